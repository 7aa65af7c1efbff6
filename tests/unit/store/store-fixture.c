/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store-fixture.h"
#include "../remove-recursively.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

void
open_store (Fixture *f)
{
  g_autoptr(GError) error = NULL;

  f->store = oma_store_open (f->dir, &error);
  g_assert_no_error (error);
}

void
close_store (Fixture *f)
{
  if (f->store != NULL)
    oma_store_close (f->store);
  g_clear_object (&f->store);
}

void
reopen_store (Fixture *f)
{
  close_store (f);
  open_store (f);
}

void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = g_dir_make_tmp ("omadm-store-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "omadm.db", NULL);
  f->values = g_build_filename (f->dir, "values", NULL);
  open_store (f);
}

void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  close_store (f);
  remove_recursively (f->dir);
  g_free (f->dir);
  g_free (f->path);
  g_free (f->values);
}

/* The store must be closed. */
void
run_sql (Fixture *f, const char *script)
{
  sqlite3 *sqlite;

  g_assert_cmpint (sqlite3_open (f->path, &sqlite), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (sqlite, script, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (sqlite);
}

gint64
query_sql (Fixture *f, const char *query)
{
  sqlite3_stmt *statement;
  sqlite3 *sqlite;
  gint64 answer;

  g_assert_cmpint (sqlite3_open (f->path, &sqlite), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (sqlite, query, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  answer = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (sqlite);
  return answer;
}

guint
count_files (const char *dir)
{
  g_autoptr(GDir) files = g_dir_open (dir, 0, NULL);
  guint n = 0;

  while (files != NULL && g_dir_read_name (files) != NULL)
    n++;
  return n;
}

gsize
get_size (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  struct stat st;

  return stat (path, &st) == 0 ? (gsize) st.st_size : 0;
}

/* The files of a directory, not those of directories in it. */
void
copy_files (const char *from, const char *to)
{
  g_autoptr(GDir) files = g_dir_open (from, 0, NULL);
  const char *name;

  g_mkdir (to, 0700);
  while ((name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);
      g_autofree char *content = NULL;
      gsize size;

      if (g_file_get_contents (source, &content, &size, NULL))
        g_assert_true (g_file_set_contents (target, content, (gssize) size, NULL));
    }
}

/* ---- Writing ---- */

OmaStoreOp *
add_op (GArray *ops, OmaStoreOpKind kind)
{
  OmaStoreOp *op;

  g_array_set_size (ops, ops->len + 1);
  op = &g_array_index (ops, OmaStoreOp, ops->len - 1);
  op->kind = kind;
  return op;
}

void
add_node (GArray *ops, OmaStoreOpKind kind, gint64 id, OmaValue *value)
{
  OmaStoreOp *op = add_op (ops, kind);

  op->record.id = id;
  op->record.name = g_strdup_printf ("N%d", (int) id);
  op->record.format = OMA_FORMAT_CHR;
  op->record.value = value != NULL ? oma_value_ref (value) : NULL;
}

void
add_end (GArray *ops, gint64 id)
{
  add_op (ops, OMA_STORE_END_UNIT)->unit_id = id;
}

/* Takes over @unit. */
void
add_unit (GArray *ops, OmaUnitRecord *unit)
{
  add_op (ops, OMA_STORE_PUT_UNIT)->unit = unit;
}

typedef struct {
  gboolean done, written;
  GError  *error;
} Wait;

static void
write_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->written = oma_tree_store_write_finish (OMA_TREE_STORE (source), result, &wait->error);
  wait->done = TRUE;
}

gboolean
write_ops (Fixture *f, GArray *ops, GError **error)
{
  Wait wait = { FALSE, FALSE, NULL };

  oma_tree_store_write_async (OMA_TREE_STORE (f->store), ops, NULL, write_cb, &wait);
  while (!wait.done)
    g_main_context_iteration (NULL, TRUE);
  if (wait.error != NULL)
    g_propagate_error (error, wait.error);
  return wait.written;
}

void
assert_written (Fixture *f, GArray *ops)
{
  g_autoptr(GError) error = NULL;

  write_ops (f, ops, &error);
  g_assert_no_error (error);
}

void
put_unit (Fixture *f, OmaUnitRecord *unit)
{
  GArray *ops = oma_tree_store_ops_new (1);

  add_unit (ops, unit);
  assert_written (f, ops);
}

void
end_unit (Fixture *f, gint64 id)
{
  GArray *ops = oma_tree_store_ops_new (1);

  add_end (ops, id);
  assert_written (f, ops);
}

/* ---- What is written ---- */

OmaValue *
make_value (char letter, gsize size)
{
  g_autofree char *text = g_strnfill (size, letter);

  return oma_value_new (OMA_FORMAT_CHR, NULL, text, size);
}

/* An image with all that its kind can have. */
OmaImage *
make_image (OmaImageKind kind)
{
  OmaImage *image = oma_image_new (kind, "./Net", kind == OMA_IMAGE_TRANSACTION ? NULL : "./Net/A");
  g_autoptr(OmaValue) after = oma_value_new_string ("after");

  if (kind == OMA_IMAGE_REPLACE || kind == OMA_IMAGE_REMOVE)
    image->before = oma_node_list_new ();
  if (kind == OMA_IMAGE_REPLACE)
    oma_node_list_add (image->before, "", oma_value_new_string ("before"));
  if (kind == OMA_IMAGE_REMOVE)
    {
      oma_node_list_add (image->before, "", NULL);
      oma_node_list_add (image->before, "Empty", oma_value_new (OMA_FORMAT_BIN, "image/png", NULL, 0));
      oma_node_list_add (image->before, "In", NULL);
      oma_node_list_add (image->before, "In/Number", oma_value_new_int (-7));
      oma_node_list_add (image->before, "In/Large", make_value ('l', LARGE));
      oma_node_list_add (image->before, "Limit", make_value ('m', OMA_VALUE_LARGE));
    }
  if (kind == OMA_IMAGE_ADD || kind == OMA_IMAGE_REPLACE)
    image->after = oma_image_digest (after);
  if (kind == OMA_IMAGE_RENAME)
    image->target = g_strdup ("./Net/B");
  if (kind == OMA_IMAGE_TRANSACTION)
    image->data = g_bytes_new ("a\0b", 3);
  image->irreversible = kind == OMA_IMAGE_EXEC;
  return image;
}

/* With images of one kind after the other. */
OmaUnitRecord *
make_unit (gint64 id, guint n_images)
{
  OmaUnitRecord *unit = oma_unit_record_new (id);

  unit->history_id = 5;
  unit->time = 1700000000;
  for (guint i = 0; i < n_images; i++)
    g_ptr_array_add (unit->images, make_image ((OmaImageKind) (i % (OMA_IMAGE_TRANSACTION + 1))));
  return unit;
}

/* ---- What is read ---- */

static void
append_node (const OmaNodeRecord *record, gpointer user_data)
{
  const char *text = record->value != NULL ? oma_value_get_text (record->value) : "";

  g_string_append_printf (user_data, "%d=%c*%d ", (int) record->id, *text != '\0' ? *text : '-', (int) strlen (text));
}

/* Each node's id, the first letter of its value, and how many there are. */
char *
dump_nodes (Fixture *f)
{
  GString *text = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  oma_tree_store_load (OMA_TREE_STORE (f->store), append_node, text, &error);
  g_assert_no_error (error);
  return g_string_free (text, FALSE);
}

static void
keep_unit (OmaUnitRecord *unit, gpointer user_data)
{
  g_ptr_array_add (user_data, unit);
}

GPtrArray *
load_units (Fixture *f)
{
  GPtrArray *units = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_unit_record_free);
  g_autoptr(GError) error = NULL;

  oma_tree_store_load_units (OMA_TREE_STORE (f->store), keep_unit, units, &error);
  g_assert_no_error (error);
  return units;
}

static void
append_bytes (GString *text, const char *name, GBytes *bytes)
{
  g_autofree char *sum = bytes != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_MD5, bytes) : NULL;

  if (sum != NULL)
    g_string_append_printf (text, " %s:%d:%s", name, (int) g_bytes_get_size (bytes), sum);
}

static void
append_before (GString *text, const OmaNodeList *before)
{
  for (guint i = 0; before != NULL && i < oma_node_list_get_length (before); i++)
    {
      const OmaValue *value = oma_node_list_get_value (before, i);
      g_autoptr(GBytes) digest = value != NULL ? oma_image_digest (value) : NULL;

      g_string_append_printf (text, " [%s", oma_node_list_get_uri (before, i));
      if (value != NULL)
        g_string_append_printf (text, " %s %s %d", oma_format_to_string (oma_value_get_format (value)),
                                oma_value_get_type_name (value), (int) oma_value_get_size (value));
      append_bytes (text, "digest", digest);
      g_string_append_c (text, ']');
    }
}

/* All that they say. */
char *
describe_units (const GPtrArray *units)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < units->len; i++)
    {
      const OmaUnitRecord *unit = units->pdata[i];

      g_string_append_printf (text, "unit %d state %d server %s session %d time %d attempts %u error %s\n", (int) unit->id,
                              unit->state, unit->server_id, (int) unit->history_id, (int) unit->time, unit->attempts,
                              unit->error);
      for (guint j = 0; j < unit->images->len; j++)
        {
          const OmaImage *image = unit->images->pdata[j];

          g_string_append_printf (text, " kind %d irreversible %d undone %d mount %s uri %s target %s", image->kind,
                                  image->irreversible, image->undone, image->mount, image->uri, image->target);
          append_bytes (text, "after", image->after);
          append_bytes (text, "data", image->data);
          append_before (text, image->before);
          g_string_append_c (text, '\n');
        }
    }
  return g_string_free (text, FALSE);
}

void
assert_units (Fixture *f, const char *expected)
{
  g_autoptr(GPtrArray) units = load_units (f);
  g_autofree char *text = describe_units (units);

  g_assert_cmpstr (text, ==, expected);
}
