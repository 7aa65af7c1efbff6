/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaTrustedFileFlags:
 * @OMA_TRUSTED_FILE_ACCEPT_OWN: files of the daemon's own user are as good as root's
 * @OMA_TRUSTED_FILE_SECRET: others must not even read it
 */
typedef enum {
  OMA_TRUSTED_FILE_DEFAULT = 0,
  OMA_TRUSTED_FILE_ACCEPT_OWN = 1 << 0,
  OMA_TRUSTED_FILE_SECRET = 1 << 1,
} OmaTrustedFileFlags;

GBytes *oma_trusted_file_read (const char *path, gsize max_size, OmaTrustedFileFlags flags, GError **error);

G_END_DECLS
