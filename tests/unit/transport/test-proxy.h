/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void test_proxy_install (void);
void test_proxy_set     (const char *proxy);

G_END_DECLS
