/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns a descriptor of an empty file without a name, to read and write, where something large
 * is put while it arrives or before it goes; -1 with %OMA_STATUS_ERROR when there is no room. */
typedef int (*OmaSpoolFunc) (gpointer user_data, GError **error);

/* Takes octets that were written; %FALSE with @error stops whoever writes. */
typedef gboolean (*OmaWriteFunc) (const char *data, gsize size, gpointer user_data, GError **error);

G_END_DECLS
