/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal: units of work, their before-images, and the nodes of these. */
#include "config.h"

#include "store/oma-database-private.h"

#include "base/oma-value-private.h"

#include <string.h>

#define SECRETS "secrets/"

/* ---- Identifiers ---- */

/**
 * oma_database_get_last_unit:
 * @database: the database
 * @id: (out): a number that no unit of work has exceeded
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
oma_database_get_last_unit (OmaDatabase *database, gint64 *id, GError **error)
{
  return oma_database_query_int (database, "SELECT last FROM unit_ids", id, error);
}

/**
 * oma_database_set_last_unit:
 * @database: the database
 * @id: a number that no unit of work has exceeded yet
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Keeps @id without waiting for the disk: whatever a unit of work leaves there comes later and
 * finds it there.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_database_set_last_unit (OmaDatabase *database, gint64 id, GError **error)
{
  g_autofree char *script = g_strdup_printf ("UPDATE unit_ids SET last = %" G_GINT64_FORMAT, id);
  gboolean done = oma_database_set_synchronous (database, FALSE, error) &&
                  oma_database_run_script (database, script, error);

  return oma_database_set_synchronous (database, TRUE, done ? error : NULL) && done;
}

/* ---- Writing ---- */

static gboolean
run_with_id (OmaDatabase *database, OmaDatabaseStatement statement, gint64 id, GError **error)
{
  sqlite3_bind_int64 (database->statements[statement], 1, id);
  return oma_database_run_statement (database, statement, error);
}

/* Internal: (transfer full): where the file of a value lies and its name, by what unit_nodes says:
 * that of a secret begins with "secrets/". */
char *
oma_database_parse_unit_file (const char *text, OmaDatabaseDir *dir)
{
  gboolean is_secret = g_str_has_prefix (text, SECRETS);

  *dir = is_secret ? OMA_DATABASE_DIR_SECRETS : OMA_DATABASE_DIR_LARGE;
  return g_strdup (is_secret ? text + strlen (SECRETS) : text);
}

/* A value that is large or secret is a file, as that of a node is: what a copy of the database must
 * not hold of the nodes it does not hold of the journal either, and the same modes protect it. */
static gboolean
bind_value (OmaDatabase *database, sqlite3_stmt *s, const OmaValue *value, gboolean secret, GArray *made,
            GError **error)
{
  OmaDatabaseFile file = { .dir = secret ? OMA_DATABASE_DIR_SECRETS : OMA_DATABASE_DIR_LARGE, .value = value };
  const void *data;
  gsize size;

  oma_database_bind_text (s, 4, oma_format_to_string (oma_value_get_format (value)));
  oma_database_bind_text (s, 5, oma_value_get_type_name (value));
  if (!secret && !oma_value_is_large (value))
    {
      data = oma_value_get_data (value, &size);
      sqlite3_bind_blob64 (s, 7, data != NULL ? data : "", size, SQLITE_STATIC);
      return TRUE;
    }
  file.name = oma_value_dir_put (database->dirs[file.dir], value, error);
  if (file.name == NULL)
    return FALSE;
  g_array_append_val (made, file);
  if (secret)
    sqlite3_bind_text (s, 6, g_strconcat (SECRETS, file.name, NULL), -1, g_free);
  else
    oma_database_bind_text (s, 6, file.name);
  return TRUE;
}

static gboolean
insert_before (OmaDatabase *database, gint64 id, const OmaImage *image, GArray *made, GError **error)
{
  const OmaNodeList *before = image->before;
  sqlite3_stmt *s = database->statements[OMA_DATABASE_INSERT_UNIT_NODE];
  gboolean done = TRUE;

  for (guint i = 0; done && i < oma_node_list_get_length (before); i++)
    {
      const OmaValue *value = oma_node_list_get_value (before, i);

      sqlite3_bind_int64 (s, 1, id);
      sqlite3_bind_int64 (s, 2, i);
      oma_database_bind_text (s, 3, oma_node_list_get_uri (before, i));
      done = (value == NULL || bind_value (database, s, value, image->secret, made, error)) &&
             oma_database_run_statement (database, OMA_DATABASE_INSERT_UNIT_NODE, error);
      sqlite3_clear_bindings (s);
    }
  return done;
}

static void
bind_bytes (sqlite3_stmt *s, int index, GBytes *bytes)
{
  gsize size;
  const void *data;

  if (bytes == NULL)
    {
      sqlite3_bind_null (s, index);
      return;
    }
  data = g_bytes_get_data (bytes, &size);
  sqlite3_bind_blob64 (s, index, data != NULL ? data : "", size, SQLITE_STATIC);
}

static gboolean insert_image (OmaDatabase *database, gint64 unit, const OmaImage *image, GArray *made, GError **error);

/* What a plugin needs to undo may have secrets of its service in it, and is kept like one: as the value of a node. */
static gboolean
insert_undo_data (OmaDatabase *database, gint64 unit, const OmaImage *image, GArray *made, GError **error)
{
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
  OmaImage stored = *image;
  guint n_made = made->len;
  gsize size;
  const void *data = g_bytes_get_data (image->data, &size);
  gboolean done;

  oma_node_list_add (nodes, "", oma_value_new (OMA_FORMAT_BIN, NULL, data, size));
  stored.before = nodes;
  stored.secret = TRUE;
  stored.data = NULL;
  done = insert_image (database, unit, &stored, made, error);
  for (guint i = n_made; i < made->len; i++)
    g_array_index (made, OmaDatabaseFile, i).value = NULL;      /* it is nobody else's */
  return done;
}

static gboolean
insert_image (OmaDatabase *database, gint64 unit, const OmaImage *image, GArray *made, GError **error)
{
  sqlite3_stmt *s = database->statements[OMA_DATABASE_INSERT_IMAGE];

  if (image->kind == OMA_IMAGE_TRANSACTION && image->data != NULL)
    return insert_undo_data (database, unit, image, made, error);

  sqlite3_bind_int64 (s, 1, unit);
  sqlite3_bind_int (s, 2, image->kind);
  sqlite3_bind_int (s, 3, image->irreversible);
  sqlite3_bind_int (s, 4, image->undone);
  oma_database_bind_text (s, 5, image->mount);
  oma_database_bind_text (s, 6, image->uri);
  oma_database_bind_text (s, 7, image->target);
  sqlite3_bind_int64 (s, 8, image->before != NULL ? oma_node_list_get_length (image->before) : 0);
  bind_bytes (s, 9, image->after);
  bind_bytes (s, 10, image->data);
  return oma_database_run_statement (database, OMA_DATABASE_INSERT_IMAGE, error) &&
         (image->before == NULL ||
          insert_before (database, sqlite3_last_insert_rowid (database->sqlite), image, made, error));
}

/* What is left of one that ended with this id must not become a part of it. */
static gboolean
insert_unit (OmaDatabase *database, const OmaUnitRecord *unit, GError **error)
{
  sqlite3_stmt *s = database->statements[OMA_DATABASE_INSERT_UNIT];

  sqlite3_bind_int64 (s, 2, unit->state);
  oma_database_bind_text (s, 3, unit->server_id);
  sqlite3_bind_int64 (s, 4, unit->history_id);
  sqlite3_bind_int64 (s, 5, unit->time);
  sqlite3_bind_int64 (s, 6, unit->attempts);
  oma_database_bind_text (s, 7, unit->error);
  sqlite3_bind_int64 (s, 8, unit->images->len);
  return run_with_id (database, OMA_DATABASE_FORGET_UNIT_NODES, unit->id, error) &&
         run_with_id (database, OMA_DATABASE_FORGET_IMAGES, unit->id, error) &&
         run_with_id (database, OMA_DATABASE_INSERT_UNIT, unit->id, error) &&
         run_with_id (database, OMA_DATABASE_SET_LAST_UNIT, unit->id, error);
}

/* Internal: writes a unit of work and appends its images; files of large values are added to
 * @made (element-type OmaDatabaseFile).  Returns: %FALSE with an %OMA_STATUS_ERROR */
gboolean
oma_database_put_unit (OmaDatabase *database, const OmaUnitRecord *unit, GArray *made, GError **error)
{
  sqlite3_stmt *s = database->statements[OMA_DATABASE_UPDATE_UNIT];

  sqlite3_bind_int64 (s, 2, unit->state);
  sqlite3_bind_int64 (s, 3, unit->attempts);
  oma_database_bind_text (s, 4, unit->error);
  sqlite3_bind_int64 (s, 5, unit->images->len);
  if (!run_with_id (database, OMA_DATABASE_UPDATE_UNIT, unit->id, error) ||
      (sqlite3_changes (database->sqlite) == 0 && !insert_unit (database, unit, error)))
    return FALSE;
  for (guint i = 0; i < unit->images->len; i++)
    if (!insert_image (database, unit->id, g_ptr_array_index (unit->images, i), made, error))
      return FALSE;
  return TRUE;
}

/* Internal: ends a unit of work, which need not be there; its files are added to @unused
 * (element-type OmaDatabaseFile).  Its images go when the transaction is through, see
 * oma_database_sweep_units(): the end of a unit with large ones needs no more room than that of
 * any other.  Returns: %FALSE with an %OMA_STATUS_ERROR */
gboolean
oma_database_end_unit (OmaDatabase *database, gint64 id, GArray *unused, GError **error)
{
  sqlite3_stmt *files = database->statements[OMA_DATABASE_LIST_UNIT_FILES];
  int result;

  sqlite3_bind_int64 (files, 1, id);
  while ((result = sqlite3_step (files)) == SQLITE_ROW)
    {
      OmaDatabaseFile file = { 0 };

      file.name = oma_database_parse_unit_file (oma_database_column_text (files, 0), &file.dir);
      g_array_append_val (unused, file);
    }
  if (result != SQLITE_DONE)
    oma_database_set_write_error (database, error);
  sqlite3_reset (files);
  return result == SQLITE_DONE && run_with_id (database, OMA_DATABASE_END_UNIT, id, error);
}

/* Internal: removes images whose unit of work has ended.  What it cannot do now is done with the
 * end of the next unit or at the next start: nothing reads such images, so that there is no need
 * to wait for the disk either. */
void
oma_database_sweep_units (OmaDatabase *database)
{
  g_autoptr(GError) error = NULL;

  if (!oma_database_set_synchronous (database, FALSE, &error) ||
      !oma_database_run_statement (database, OMA_DATABASE_BEGIN, &error) ||
      !oma_database_run_statement (database, OMA_DATABASE_SWEEP_UNIT_NODES, &error) ||
      !oma_database_run_statement (database, OMA_DATABASE_SWEEP_IMAGES, &error) ||
      !oma_database_run_statement (database, OMA_DATABASE_COMMIT, &error))
    {
      g_info ("Before-images of units of work that have ended stay for now: %s", error->message);
      oma_database_give_up (database);
    }
  oma_database_set_synchronous (database, TRUE, NULL);
}
