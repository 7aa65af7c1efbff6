/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void    oma_secret_free      (char *secret);
GBytes *oma_secret_bytes_new (gpointer data, gsize size);

G_END_DECLS
