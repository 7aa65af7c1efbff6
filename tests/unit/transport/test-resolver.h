/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void     test_resolver_install (void);
void     test_resolver_set     (const char *name, const char *addresses);
gboolean test_network_own      (void);

#define TEST_PUBLIC_ADDRESS "203.0.113.1"   /* of this machine once test_network_own() was TRUE */

G_END_DECLS
