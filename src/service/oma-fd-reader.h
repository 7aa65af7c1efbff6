/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaFdKind:
 * @OMA_FD_FILE: a regular file or a memory file
 * @OMA_FD_FILE_OR_PIPE: also a pipe, read to its end
 *
 * Which descriptors are read.
 */
typedef enum {
  OMA_FD_FILE,
  OMA_FD_FILE_OR_PIPE,
} OmaFdKind;

void      oma_fd_read_async  (int fd, OmaFdKind kind, gsize limit, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
OmaValue *oma_fd_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
