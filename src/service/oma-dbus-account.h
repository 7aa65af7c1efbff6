/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *oma_dbus_account_dup_path (const char *name);

G_END_DECLS
