/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-bootstrap-record.h"

#include <string.h>

#define FILE_NAME "bootstrap-documents"
#define HEADER "omadm-bootstrap-documents 1"   /* the version of the file */

struct _OmaBootstrapRecord {
  char       *path;
  GHashTable *found;      /* digests of the file */
  GHashTable *kept;       /* those that it shall have */
};

/**
 * oma_bootstrap_record_open:
 * @state_dir: the daemon's directory
 *
 * Reads the record.  One that is not there is empty; so is one that cannot be read, with a warning.
 *
 * Returns: (transfer full): the record
 */
OmaBootstrapRecord *
oma_bootstrap_record_open (const char *state_dir)
{
  OmaBootstrapRecord *record = g_new0 (OmaBootstrapRecord, 1);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) lines = NULL;

  record->path = g_build_filename (state_dir, FILE_NAME, NULL);
  record->found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  record->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!g_file_get_contents (record->path, &text, NULL, &error))
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_warning ("%s", error->message);
      return record;
    }
  lines = g_strsplit (text, "\n", -1);
  if (g_strcmp0 (lines[0], HEADER) != 0)
    {
      g_warning ("%s is no record of bootstrap documents; it is not used", record->path);
      return record;
    }
  for (char **line = lines + 1; *line != NULL; line++)
    if (**line != '\0')
      g_hash_table_add (record->found, g_strdup (*line));
  return record;
}

/**
 * oma_bootstrap_record_free:
 * @record: (nullable): a record
 */
void
oma_bootstrap_record_free (OmaBootstrapRecord *record)
{
  if (record == NULL)
    return;
  g_hash_table_unref (record->found);
  g_hash_table_unref (record->kept);
  g_free (record->path);
  g_free (record);
}

/**
 * oma_bootstrap_record_has:
 * @record: a record
 * @digest: digest of a document
 *
 * Returns: whether the document was used before
 */
gboolean
oma_bootstrap_record_has (OmaBootstrapRecord *record, const char *digest)
{
  return g_hash_table_contains (record->found, digest);
}

/**
 * oma_bootstrap_record_keep:
 * @record: a record
 * @digest: digest of a document that is there and was used, now or before
 *
 * What is not kept anew is forgotten: the record has no more than there are documents.
 */
void
oma_bootstrap_record_keep (OmaBootstrapRecord *record, const char *digest)
{
  g_hash_table_add (record->kept, g_strdup (digest));
}

static gboolean
is_unchanged (OmaBootstrapRecord *record)
{
  GHashTableIter iter;
  gpointer digest;

  if (g_hash_table_size (record->found) != g_hash_table_size (record->kept))
    return FALSE;
  g_hash_table_iter_init (&iter, record->kept);
  while (g_hash_table_iter_next (&iter, &digest, NULL))
    if (!g_hash_table_contains (record->found, digest))
      return FALSE;
  return TRUE;
}

/**
 * oma_bootstrap_record_save:
 * @record: a record
 * @error: return location for a %G_FILE_ERROR
 *
 * Writes it, if it has changed, as a whole and to the disk.  A digest is made of secrets, so nobody else may read it.
 *
 * Returns: %FALSE when that failed
 */
gboolean
oma_bootstrap_record_save (OmaBootstrapRecord *record, GError **error)
{
  g_autoptr(GString) text = g_string_new (HEADER "\n");
  GHashTableIter iter;
  gpointer digest;

  if (is_unchanged (record))
    return TRUE;
  g_hash_table_iter_init (&iter, record->kept);
  while (g_hash_table_iter_next (&iter, &digest, NULL))
    g_string_append_printf (text, "%s\n", (const char *) digest);
  return g_file_set_contents_full (record->path, text->str, (gssize) text->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}
