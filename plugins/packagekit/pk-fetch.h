/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads a file over HTTP into the spool: what is there already is not fetched again. */
#pragma once

#include "pk-package.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* @done and @total in octets; @total 0: not known */
typedef void (*PkFetchProgress) (guint64 done, guint64 total, gpointer user_data);

/**
 * PkFetchOptions:
 * @max_size: octets of the file at most
 * @max_tries: how often a lost connection is taken up again
 * @pause: seconds before the first of these; each further one waits twice as long
 */
typedef struct {
  guint64 max_size;
  guint   max_tries;
  guint   pause;
} PkFetchOptions;

void     pk_fetch_async  (const char *url, const char *file, const PkFetchOptions *options, PkFetchProgress progress,
                          gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean pk_fetch_finish (GAsyncResult *result, GError **error);
void     pk_fetch_remove (const char *file);

G_END_DECLS
