/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-uri.h"
#include "store/oma-database-private.h"
#include "tree/oma-tree.h"

#include <string.h>

/* The input is what stands in the database: rows that SQLite finds in order, but that nobody of us may have written.
 * A row is an octet that says of which table, and its columns: a number is an octet, or 0xff and eight of them; a text
 * or octets are their length, 0xff for NULL, and they. */

typedef struct {
  const char   *table;
  const char   *columns;
  const char   *types;       /* of each column: i, t or b */
  sqlite3_stmt *insert;
  sqlite3_stmt *clear;
  gboolean      has_rows;
} Table;

enum { NODES, NODE_VALUES, UNITS, UNIT_IMAGES, UNIT_NODES, ALERTS, SESSIONS };

static Table tables[] = {
  [NODES] = { .table = "nodes", .columns = "id, parent, name, overlay, acl, title", .types = "iititt" },
  [NODE_VALUES] = { .table = "node_values", .columns = "id, record", .types = "ib" },
  [UNITS] = { .table = "units", .columns = "id, state, server_id, history_id, time, attempts, error, images",
              .types = "iitiiiti" },
  [UNIT_IMAGES] = { .table = "unit_images",
                    .columns = "unit, kind, irreversible, undone, mount, uri, target, nodes, after, data",
                    .types = "iiiitttibb" },
  [UNIT_NODES] = { .table = "unit_nodes", .columns = "image, place, uri, format, type, file, value",
                   .types = "iittttb" },
  [ALERTS] = { .table = "alerts",
               .columns = "id, server_id, code, type, mark, correlator, source, target, format, data, solicited,"
                          " pending, time",
               .types = "itittttttbiii" },
  [SESSIONS] = { .table = "sessions",
                 .columns = "id, account, session_id, reason, start_time, end_time, messages_sent, messages_received,"
                            " commands, failed_commands, unanswered, reported, protocol, encoding",
                 .types = "itttiiiiiiiitt" },
};

static OmaDatabase *database;

/* ---- The database, as a store that only reads ---- */

#define FUZZ_TYPE_STORE (fuzz_store_get_type ())
G_DECLARE_FINAL_TYPE (FuzzStore, fuzz_store, FUZZ, STORE, GObject)

struct _FuzzStore {
  GObject parent_instance;
};

static gboolean
store_load (OmaTreeStore *store G_GNUC_UNUSED, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  return oma_database_load (database, func, user_data, error);
}

static void
store_write_async (OmaTreeStore *store, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (store, cancellable, callback, user_data);

  g_array_unref (ops);
  g_task_return_boolean (task, TRUE);
}

static gboolean
store_write_finish (OmaTreeStore *store G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
store_iface_init (OmaTreeStoreInterface *iface)
{
  iface->load = store_load;
  iface->write_async = store_write_async;
  iface->write_finish = store_write_finish;
}

G_DEFINE_TYPE_WITH_CODE (FuzzStore, fuzz_store, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (OMA_TYPE_TREE_STORE, store_iface_init))

static void
fuzz_store_class_init (FuzzStoreClass *klass G_GNUC_UNUSED)
{
}

static void
fuzz_store_init (FuzzStore *self G_GNUC_UNUSED)
{
}

static void
prepare (const char *text, sqlite3_stmt **statement)
{
  g_assert_cmpint (sqlite3_prepare_v3 (database->sqlite, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL), ==,
                   SQLITE_OK);
}

static void
set_up (void)
{
  g_autoptr(GError) error = NULL;

  sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0);     /* it takes a lock for each piece of memory */
  database = oma_database_open (NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);

      g_string_printf (text, "INSERT INTO %s (%s) VALUES (?", tables[i].table, tables[i].columns);
      for (gsize n = 1; n < strlen (tables[i].types); n++)
        g_string_append (text, ", ?");
      g_string_append_c (text, ')');
      prepare (text->str, &tables[i].insert);
      g_string_printf (text, "DELETE FROM %s", tables[i].table);
      prepare (text->str, &tables[i].clear);
    }
}

/* ---- The rows ---- */

typedef struct {
  const uint8_t *p, *end;
} Input;

static uint8_t
take (Input *input)
{
  return input->p < input->end ? *input->p++ : 0;
}

static void
bind_number (Input *input, sqlite3_stmt *insert, int column)
{
  uint8_t octet = take (input);
  guint64 number = octet;

  for (guint i = 0; octet == 0xff && i < 8; i++)
    number = number << 8 | take (input);
  sqlite3_bind_int64 (insert, column, (gint64) number);
}

static void
bind_octets (Input *input, sqlite3_stmt *insert, int column, gboolean is_text)
{
  uint8_t length = take (input);
  int n = (int) MIN ((gsize) length, (gsize) (input->end - input->p));
  const char *octets = (const char *) input->p;

  if (length == 0xff)
    sqlite3_bind_null (insert, column);
  else if (is_text)
    sqlite3_bind_text (insert, column, octets, n, SQLITE_STATIC);
  else
    sqlite3_bind_blob (insert, column, octets, n, SQLITE_STATIC);
  if (length != 0xff)
    input->p += n;
}

static void
insert_row (Input *input)
{
  Table *table = &tables[take (input) % G_N_ELEMENTS (tables)];

  table->has_rows = TRUE;
  for (int i = 0; table->types[i] != '\0'; i++)
    if (table->types[i] == 'i')
      bind_number (input, table->insert, i + 1);
    else
      bind_octets (input, table->insert, i + 1, table->types[i] == 't');
  sqlite3_step (table->insert);      /* what the table cannot hold is left out */
  sqlite3_reset (table->insert);
}

/* In one transaction, or each row would be one. */
static void
fill (const uint8_t *data, size_t size)
{
  Input input = { data, data + size };

  g_assert_true (oma_database_run_statement (database, OMA_DATABASE_BEGIN, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    if (tables[i].has_rows)
      {
        g_assert_cmpint (sqlite3_step (tables[i].clear), ==, SQLITE_DONE);
        sqlite3_reset (tables[i].clear);
        tables[i].has_rows = FALSE;
      }
  while (input.p < input.end)
    insert_row (&input);
  g_assert_true (oma_database_run_statement (database, OMA_DATABASE_COMMIT, NULL));
}

/* ---- What must hold of what is read: what nobody looks at any more before it is shown is text ---- */

static void
check_text (const char *text)
{
  g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
}

static OmaTree *
make_tree (void)
{
  g_autoptr(OmaSchema) schema = oma_schema_new ("fuzz.ddf.xml");
  OmaSchemaNode *top = oma_schema_node_new ("T", OMA_FORMAT_NODE), *list = oma_schema_node_new (NULL, OMA_FORMAT_NODE);
  OmaSchemaNode *leaf = oma_schema_node_new ("Leaf", OMA_FORMAT_CHR);
  OmaSchemaNode *fixed = oma_schema_node_new ("RW", OMA_FORMAT_INT);
  OmaTree *tree = oma_tree_new ();

  top->permanent = TRUE;
  fixed->permanent = TRUE;
  fixed->default_value = g_strdup ("7");
  list->min_occurrence = 0;
  list->max_occurrence = 2;
  leaf->min_occurrence = 0;
  g_assert_true (oma_schema_node_add_child (list, leaf, NULL));
  g_assert_true (oma_schema_node_add_child (top, fixed, NULL));
  g_assert_true (oma_schema_node_add_child (top, list, NULL));
  oma_schema_add_root (schema, ".", top);
  g_assert_true (oma_tree_mount (tree, schema, NULL, NULL, OMA_MOUNT_DEFAULT, NULL));
  return tree;
}

static void
check_node (const OmaNode *node)
{
  g_autofree char *uri = oma_node_dup_uri (node);

  check_text (uri);
  check_text (oma_node_get_title (node, NULL));
  check_text (oma_node_get_type_property (node, NULL));
  check_text (oma_node_get_owner (node, NULL));
  for (const OmaNode *child = oma_node_first_child (node, NULL); child != NULL;
       child = oma_node_next_sibling (child, NULL))
    {
      g_assert_true (oma_node_get_parent (child) == node);
      check_node (child);
    }
}

/* Its URI is shown as the octets that it is. */
static void
check_aside (const char *uri, const char *reason, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_nonnull (uri);
  g_assert_nonnull (reason);
}

/* Each row has a place, or is kept aside, or all of it is refused. */
static void
check_tree (FuzzStore *store)
{
  g_autoptr(OmaTree) tree = make_tree ();
  g_autoptr(GError) error = NULL;
  gboolean loaded = oma_tree_load (tree, OMA_TREE_STORE (store), &error);

  g_assert_true (loaded == (error == NULL));
  if (loaded)
    {
      check_node (oma_tree_get_root (tree));
      oma_tree_foreach_aside (tree, check_aside, NULL);
    }
  else
    check_text (error->message);
}

static void
check_uri (const char *text)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;

  g_assert_true (oma_uri_parse (&uri, text, NULL));
}

static void
check_image (const OmaImage *image)
{
  check_uri (image->mount);
  if (image->uri != NULL)
    check_uri (image->uri);
  if (image->target != NULL)
    check_uri (image->target);
  for (guint i = 0; image->before != NULL && i < oma_node_list_get_length (image->before); i++)
    {
      const char *relative = oma_node_list_get_uri (image->before, i);
      OmaValue *value = oma_node_list_get_value (image->before, i);

      g_assert_true ((i == 0) == (*relative == '\0'));
      check_text (relative);
      check_text (value != NULL ? oma_value_get_type_name (value) : NULL);
    }
}

static void
check_unit (OmaUnitRecord *unit, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_cmpint (unit->state, >=, OMA_UNIT_OPEN);
  g_assert_cmpint (unit->state, <=, OMA_UNIT_UNDO_FAILED);
  for (guint i = 0; i < unit->images->len; i++)
    check_image (g_ptr_array_index (unit->images, i));
  oma_unit_record_free (unit);
}

static void
check_alerts (void)
{
  g_autoptr(GPtrArray) alerts = oma_database_list_alerts (database, NULL);

  g_assert_nonnull (alerts);
  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlertRecord *alert = g_ptr_array_index (alerts, i);

      g_assert_nonnull (alert->type);
      g_assert_cmpint (alert->pending, >=, OMA_ALERT_READY);
      g_assert_cmpint (alert->pending, <=, OMA_ALERT_AWAITS_PLUGIN);
    }
}

static void
check_session_list (GPtrArray *sessions)
{
  g_assert_nonnull (sessions);
  for (guint i = 0; i < sessions->len; i++)
    g_assert_nonnull (((const OmaSessionRecord *) g_ptr_array_index (sessions, i))->account);
  g_ptr_array_unref (sessions);
}

static void
check_sessions (void)
{
  gint64 last;

  check_session_list (oma_database_list_sessions (database, 10, NULL));
  check_session_list (oma_database_list_unreported (database, "a", NULL));
  g_assert_true (oma_database_get_last_session (database, &last, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(FuzzStore) store = NULL;
  g_autoptr(GError) error = NULL;

  if (database == NULL)
    set_up ();
  store = g_object_new (FUZZ_TYPE_STORE, NULL);
  fill (data, size);
  if (tables[NODES].has_rows || tables[NODE_VALUES].has_rows)
    check_tree (store);
  if (tables[UNITS].has_rows || tables[UNIT_IMAGES].has_rows || tables[UNIT_NODES].has_rows)
    g_assert_true (oma_database_load_units (database, check_unit, NULL, &error));
  g_assert_no_error (error);
  if (tables[ALERTS].has_rows)
    check_alerts ();
  if (tables[SESSIONS].has_rows)
    check_sessions ();
  return 0;
}
