/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the journal.  A unit of work that is damaged must not keep the daemon from starting,
 * or nobody could manage the machine any more; and it must not be forgotten.  So it comes as one
 * whose undoing has failed: with all that can be read of it, to be undone, shown and kept. */
#include "config.h"

#include "store/oma-database-private.h"

#include "base/oma-uri.h"

#include <string.h>

/* What was wrong first. */
static void
note_damage (GError **damage, gint64 unit, const char *what)
{
  if (*damage == NULL)
    g_set_error (damage, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED, "Database: unit of work %" G_GINT64_FORMAT ": %s",
                 unit, what);
}

/* ---- Nodes of an image ---- */

static gboolean
parent_is_known (const char *uri, GHashTable *known)
{
  const char *slash = strrchr (uri, '/');
  g_autofree char *parent = slash != NULL ? g_strndup (uri, (gsize) (slash - uri)) : g_strdup ("");

  return g_hash_table_contains (known, parent);
}

static gboolean
is_canonical (const char *text, gsize skip)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autofree char *canonical = NULL;

  if (text == NULL || !oma_uri_parse (&uri, text, NULL))
    return FALSE;
  canonical = oma_uri_to_string (&uri);
  return strcmp (canonical + MIN (skip, strlen (canonical)), text) == 0;
}

static gboolean
check_node_uri (const char *uri, GHashTable *known)
{
  if (uri == NULL || g_hash_table_contains (known, uri))
    return FALSE;
  return g_hash_table_size (known) == 0 ? *uri == '\0'
                                        : is_canonical (uri, strlen ("./")) && parent_is_known (uri, known);
}

/* Returns: (transfer full): the value of a leaf, or %NULL with @damage */
static OmaValue *
read_value (OmaDatabase *database, sqlite3_stmt *row, gint64 unit, gboolean *secret, GError **damage)
{
  const char *type = oma_database_column_text (row, 3), *file = oma_database_column_text (row, 4);
  OmaFormat format = oma_format_from_string (oma_database_column_text (row, 2));
  g_autoptr(GError) error = NULL;
  OmaValue *value = NULL;

  if (format == OMA_FORMAT_NONE || type == NULL || !g_utf8_validate (type, -1, NULL) ||
      (file == NULL && sqlite3_column_type (row, 5) == SQLITE_NULL))
    note_damage (damage, unit, "a node of an image has no value, or one of no known format");
  else if (file == NULL)
    value = oma_value_new (format, type, sqlite3_column_blob (row, 5), (gsize) sqlite3_column_bytes (row, 5));
  else
    {
      OmaDatabaseDir dir;
      g_autofree char *name = oma_database_parse_unit_file (file, &dir);

      value = oma_value_dir_get (database->dirs[dir], name, format, type, &error);
      *secret |= dir == OMA_DATABASE_DIR_SECRETS;
      if (value == NULL)
        note_damage (damage, unit, error->message);
    }
  return value;
}

static gboolean
read_node (OmaDatabase *database, sqlite3_stmt *row, gint64 unit, OmaNodeList *list, GHashTable *known,
           gboolean *secret, GError **damage)
{
  const char *uri = oma_database_column_text (row, 1);
  OmaValue *value = NULL;

  if (sqlite3_column_int64 (row, 0) != oma_node_list_get_length (list) || !check_node_uri (uri, known))
    {
      note_damage (damage, unit, "a node of an image is missing, or has a wrong URI");
      return FALSE;
    }
  if (sqlite3_column_type (row, 2) != SQLITE_NULL)
    {
      value = read_value (database, row, unit, secret, damage);
      if (value == NULL)
        return FALSE;
    }
  g_hash_table_add (known, g_strdup (uri));
  oma_node_list_add (list, uri, value);
  return TRUE;
}

/* @secret: set when one of the values is.  Returns: (transfer full): the nodes, or %NULL with @damage
 * or @error */
static OmaNodeList *
read_before (OmaDatabase *database, gint64 image, gint64 count, gint64 unit, gboolean *secret, GError **damage,
             GError **error)
{
  g_autoptr(OmaNodeList) list = oma_node_list_new ();
  g_autoptr(GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sqlite3_stmt *rows = database->statements[OMA_DATABASE_READ_UNIT_NODES];
  int result;

  sqlite3_bind_int64 (rows, 1, image);
  while ((result = sqlite3_step (rows)) == SQLITE_ROW && read_node (database, rows, unit, list, known, secret, damage))
    ;
  if (result == SQLITE_DONE && oma_node_list_get_length (list) != count)
    note_damage (damage, unit, "a node of an image is missing");
  else if (result != SQLITE_DONE && result != SQLITE_ROW)
    oma_database_set_error (database, error);
  sqlite3_reset (rows);
  return result == SQLITE_DONE && oma_node_list_get_length (list) == count ? g_steal_pointer (&list) : NULL;
}

/* ---- Images ---- */

static gboolean
is_at_or_below (const char *text, const char *mount)
{
  gsize length = strlen (mount);

  return is_canonical (text, 0) && g_str_has_prefix (text, mount) && (text[length] == '\0' || text[length] == '/');
}

static gboolean
has_what_its_kind_needs (const OmaImage *image)
{
  switch (image->kind)
    {
    case OMA_IMAGE_REPLACE:
    case OMA_IMAGE_REMOVE:
      return image->uri != NULL && (image->before != NULL || image->irreversible);
    case OMA_IMAGE_RENAME:
      return image->uri != NULL && image->target != NULL;
    case OMA_IMAGE_ADD:
    case OMA_IMAGE_EXEC:
      return image->uri != NULL;
    case OMA_IMAGE_TRANSACTION:
      return TRUE;
    }
  return FALSE;
}

/* What the tree itself holds has images of properties, too. */
static gboolean
check_uri (const OmaImage *image)
{
  const char *query = image->uri != NULL && *image->mount == '.' && image->mount[1] == '\0'
                        ? strchr (image->uri, '?') : NULL;
  g_autofree char *node = query != NULL ? g_strndup (image->uri, (gsize) (query - image->uri)) : g_strdup (image->uri);

  if (query != NULL && strcmp (query, "?prop=ACL") != 0 && strcmp (query, "?prop=Title") != 0)
    return FALSE;
  return node == NULL || is_at_or_below (node, image->mount);
}

static gboolean
check_image (const OmaImage *image)
{
  return is_canonical (image->mount, 0) && has_what_its_kind_needs (image) && check_uri (image) &&
         (image->target == NULL || is_at_or_below (image->target, image->mount));
}

/* In place of an image that cannot be used, or is missing: neither what was there is known nor what
 * was written, so that no undo is through with it. */
static OmaImage *
make_unknown (const char *mount, const char *uri)
{
  OmaImage *image = oma_image_new (OMA_IMAGE_REPLACE, mount, uri);

  image->irreversible = TRUE;
  return image;
}

/* Takes @image. */
static OmaImage *
replace_damaged (OmaImage *image)
{
  const char *mount = is_canonical (image->mount, 0) ? image->mount : ".";
  OmaImage *replacement = make_unknown (mount, is_canonical (image->uri, 0) ? image->uri : mount);

  oma_image_free (image);
  return replacement;
}

static GBytes *
read_bytes (sqlite3_stmt *row, int column)
{
  if (sqlite3_column_type (row, column) == SQLITE_NULL)
    return NULL;
  return g_bytes_new (sqlite3_column_blob (row, column), (gsize) sqlite3_column_bytes (row, column));
}

/* What a plugin needs to undo is kept as the value of a node. */
static void
take_undo_data (OmaImage *image)
{
  OmaValue *value = oma_node_list_get_value (image->before, 0);
  gsize size;
  const void *data = value != NULL ? oma_value_get_data (value, &size) : NULL;

  if (value != NULL)
    image->data = g_bytes_new (data, size);
  g_clear_pointer (&image->before, oma_node_list_free);
  image->secret = FALSE;
}

/* Returns: (transfer full): an image, or %NULL with @error */
static OmaImage *
read_image (OmaDatabase *database, sqlite3_stmt *row, gint64 unit, GError **damage, GError **error)
{
  OmaImage *image = oma_image_new ((OmaImageKind) sqlite3_column_int64 (row, 1), oma_database_column_text (row, 4),
                                   oma_database_column_text (row, 5));
  gint64 count = sqlite3_column_int64 (row, 7);
  GError *local = NULL;

  image->irreversible = sqlite3_column_int (row, 2) != 0;
  image->undone = (OmaImageFate) CLAMP (sqlite3_column_int (row, 3), OMA_IMAGE_PENDING, OMA_IMAGE_EXECUTED);
  image->target = g_strdup (oma_database_column_text (row, 6));
  image->after = read_bytes (row, 8);
  image->data = read_bytes (row, 9);
  if (count != 0)
    image->before = read_before (database, sqlite3_column_int64 (row, 0), count, unit, &image->secret, damage,
                                 &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      oma_image_free (image);
      return NULL;
    }
  if ((count != 0 && image->before == NULL) || !check_image (image))
    {
      note_damage (damage, unit, "an image is of no known kind, or has wrong URIs, or lacks what its kind needs");
      image = replace_damaged (image);
    }
  else if (image->kind == OMA_IMAGE_TRANSACTION && image->before != NULL && image->data == NULL)
    take_undo_data (image);
  return image;
}

static gboolean
read_images (OmaDatabase *database, OmaUnitRecord *unit, gint64 count, GError **damage, GError **error)
{
  sqlite3_stmt *rows = database->statements[OMA_DATABASE_READ_IMAGES];
  gboolean good = TRUE;
  int result = SQLITE_ERROR;

  sqlite3_bind_int64 (rows, 1, unit->id);
  while (good && (result = sqlite3_step (rows)) == SQLITE_ROW)
    {
      OmaImage *image = read_image (database, rows, unit->id, damage, error);

      good = image != NULL;
      if (good)
        g_ptr_array_add (unit->images, image);
    }
  if (good && result != SQLITE_DONE)
    good = oma_database_set_error (database, error);
  if (good && unit->images->len != count)
    {
      note_damage (damage, unit->id, "an image is missing");
      g_ptr_array_insert (unit->images, 0, make_unknown (".", "."));
    }
  sqlite3_reset (rows);
  return good;
}

/* ---- Units of work ---- */

static OmaUnitRecord *
read_unit (OmaDatabase *database, sqlite3_stmt *row, GError **error)
{
  g_autoptr(OmaUnitRecord) unit = oma_unit_record_new (sqlite3_column_int64 (row, 0));
  g_autoptr(GError) damage = NULL;
  gint64 state = sqlite3_column_int64 (row, 1);

  unit->state = (OmaUnitState) state;
  unit->server_id = g_strdup (oma_database_column_text (row, 2));
  unit->history_id = sqlite3_column_int64 (row, 3);
  unit->time = sqlite3_column_int64 (row, 4);
  unit->attempts = (guint) sqlite3_column_int64 (row, 5);
  unit->error = g_strdup (oma_database_column_text (row, 6));
  if (state < OMA_UNIT_OPEN || state > OMA_UNIT_UNDO_FAILED)
    note_damage (&damage, unit->id, "it is in no known state");
  if (!read_images (database, unit, sqlite3_column_int64 (row, 7), &damage, error))
    return NULL;
  if (damage != NULL)
    {
      g_warning ("%s: not everything of it can be undone", damage->message);
      unit->state = OMA_UNIT_UNDO_FAILED;
      g_free (unit->error);
      unit->error = g_strdup (damage->message);
    }
  return g_steal_pointer (&unit);
}

/**
 * oma_database_load_units:
 * @database: the database
 * @func: gets each unit of work, and owns it
 * @user_data: for @func
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Reads the journal, oldest first by what each has written last, and removes what earlier ends left of it.  A unit of work that
 * is damaged is logged, and comes as %OMA_UNIT_UNDO_FAILED whose error says what is wrong; an image
 * of it that cannot be used is irreversible and says nothing of what was there, so that the unit is
 * kept however often it is undone.
 *
 * Returns: %TRUE when all of the journal was read
 */
gboolean
oma_database_load_units (OmaDatabase *database, OmaTreeStoreUnitFunc func, gpointer user_data, GError **error)
{
  sqlite3_stmt *rows = NULL;
  gboolean good = sqlite3_prepare_v2 (database->sqlite,
                                      "SELECT * FROM units ORDER BY"
                                      " (SELECT max(id) FROM unit_images WHERE unit = units.id), id",
                                      -1, &rows, NULL) == SQLITE_OK || oma_database_set_error (database, error);
  int result = SQLITE_ERROR;

  while (good && (result = sqlite3_step (rows)) == SQLITE_ROW)
    {
      OmaUnitRecord *unit = read_unit (database, rows, error);

      good = unit != NULL;
      if (good)
        func (unit, user_data);
    }
  if (good && result != SQLITE_DONE)
    good = oma_database_set_error (database, error);
  sqlite3_finalize (rows);
  if (good)
    oma_database_sweep_units (database);
  return good;
}

/* Internal: adds the names of files in @dir that the journal needs to @names (element-type utf8 utf8),
 * which owns them.  Returns: %FALSE with an %OMA_STORE_ERROR */
gboolean
oma_database_add_unit_files (OmaDatabase *database, OmaDatabaseDir dir, GHashTable *names, GError **error)
{
  sqlite3_stmt *rows = NULL;
  int result = sqlite3_prepare_v2 (database->sqlite,
                                   "SELECT file FROM units JOIN unit_images ON unit = units.id"
                                   " JOIN unit_nodes ON image = unit_images.id WHERE file IS NOT NULL",
                                   -1, &rows, NULL);

  while (result == SQLITE_OK || result == SQLITE_ROW)
    {
      g_autofree char *name = NULL;
      OmaDatabaseDir where = OMA_DATABASE_DIR_NONE;

      result = sqlite3_step (rows);
      if (result == SQLITE_ROW)
        name = oma_database_parse_unit_file (oma_database_column_text (rows, 0), &where);
      if (result == SQLITE_ROW && where == dir)
        g_hash_table_add (names, g_steal_pointer (&name));
    }
  if (result != SQLITE_DONE)
    oma_database_set_error (database, error);
  sqlite3_finalize (rows);
  return result == SQLITE_DONE;
}
