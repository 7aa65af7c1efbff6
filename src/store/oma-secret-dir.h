/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"

G_BEGIN_DECLS

/**
 * OmaSecretDir:
 *
 * Secret values as files of mode 0600, apart from the database: no page or write-ahead log
 * of SQLite ever holds one, and what is removed is gone.  A file is never changed: a new
 * value is a new file, whose name the database then takes up in its transaction.
 */
typedef struct _OmaSecretDir OmaSecretDir;

OmaSecretDir *oma_secret_dir_open   (const char *state_dir, GError **error);
void          oma_secret_dir_free   (OmaSecretDir *dir);
char         *oma_secret_dir_put    (OmaSecretDir *dir, const OmaValue *value, GError **error);
GBytes       *oma_secret_dir_get    (OmaSecretDir *dir, const char *name, GError **error);
void          oma_secret_dir_remove (OmaSecretDir *dir, const char *name);
gboolean      oma_secret_dir_sync   (OmaSecretDir *dir, GError **error);
void          oma_secret_dir_remove_others (OmaSecretDir *dir, GHashTable *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSecretDir, oma_secret_dir_free)

G_END_DECLS
