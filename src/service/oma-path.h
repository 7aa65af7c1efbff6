/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void  oma_path_append_segment (GString *path, const char *name);
char *oma_path_encode_name    (const char *name);
char *oma_path_decode_segment (const char *segment, gsize length);
char *oma_path_to_uri         (const char *below_tree);

G_END_DECLS
