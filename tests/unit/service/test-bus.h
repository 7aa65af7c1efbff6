/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void             test_bus_up      (GTestDBus *bus);
GTestDBus       *test_bus_new     (void);
GDBusConnection *test_bus_connect (GTestDBus *bus);

G_END_DECLS
