/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What followed subtrees were like when the daemon looked last. */
#include "config.h"

#include "store/oma-database-private.h"

#include <string.h>

static void
bind_place (sqlite3_stmt *statement, const OmaFingerprint *fingerprint)
{
  oma_database_bind_text (statement, 1, fingerprint->subtree);
  oma_database_bind_text (statement, 2, fingerprint->child);
}

/* Internal: keeps a fingerprint in the place of an older one.  Returns: %FALSE with an %OMA_STATUS_ERROR */
gboolean
oma_database_put_fingerprint (OmaDatabase *database, const OmaFingerprint *fingerprint, GError **error)
{
  sqlite3_stmt *s = database->statements[OMA_DATABASE_PUT_FINGERPRINT];

  bind_place (s, fingerprint);
  if (fingerprint->known)
    sqlite3_bind_blob (s, 3, fingerprint->digest, OMA_FINGERPRINT_SIZE, SQLITE_STATIC);
  else
    sqlite3_bind_null (s, 3);
  return oma_database_run_statement (database, OMA_DATABASE_PUT_FINGERPRINT, error);
}

/* Internal: forgets a fingerprint, which need not be there.  Returns: %FALSE with an %OMA_STATUS_ERROR */
gboolean
oma_database_drop_fingerprint (OmaDatabase *database, const OmaFingerprint *fingerprint, GError **error)
{
  bind_place (database->statements[OMA_DATABASE_DROP_FINGERPRINT], fingerprint);
  return oma_database_run_statement (database, OMA_DATABASE_DROP_FINGERPRINT, error);
}

/**
 * oma_database_load_fingerprints:
 * @database: the database
 * @func: gets each fingerprint, and owns it
 * @user_data: for @func
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Reads all fingerprints.  A digest that is none of ours is not known.
 *
 * Returns: %TRUE when all were read
 */
gboolean
oma_database_load_fingerprints (OmaDatabase *database, OmaTreeStoreFingerprintFunc func, gpointer user_data,
                                GError **error)
{
  sqlite3_stmt *s = database->statements[OMA_DATABASE_READ_FINGERPRINTS];
  gboolean good;
  int code;

  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      const guint8 *digest = sqlite3_column_blob (s, 2);
      gboolean known = digest != NULL && sqlite3_column_bytes (s, 2) == OMA_FINGERPRINT_SIZE;
      const char *subtree = oma_database_column_text (s, 0);
      const char *child = oma_database_column_text (s, 1);

      if (subtree != NULL && child != NULL)
        func (oma_fingerprint_new (subtree, child, known ? digest : NULL), user_data);
    }
  good = code == SQLITE_DONE || oma_database_set_error (database, error);
  sqlite3_reset (s);
  return good;
}
