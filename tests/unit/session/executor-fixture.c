/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "executor-fixture.h"

#include <string.h>

const OmaPrincipal as_device = { OMA_PRINCIPAL_DEVICE, NULL };
const OmaPrincipal as_administrator = { OMA_PRINCIPAL_ADMINISTRATOR, NULL };
const OmaPrincipal as_server = { OMA_PRINCIPAL_SERVER, SERVER };
const OmaPrincipal as_other = { OMA_PRINCIPAL_SERVER, OTHER };

/* ---- The DDF ---- */

#define A OMA_ACCESS_ADD
#define D OMA_ACCESS_DELETE
#define E OMA_ACCESS_EXEC
#define G OMA_ACCESS_GET
#define R OMA_ACCESS_REPLACE

static OmaSchemaNode *
describe (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access, guint min, guint max,
          gboolean permanent)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);

  node->access = access;
  node->min_occurrence = min;
  node->max_occurrence = max;
  node->permanent = permanent;
  if (parent != NULL)
    g_assert_true (oma_schema_node_add_child (parent, node, NULL));
  return node;
}

static OmaSchemaNode *
permanent (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access)
{
  return describe (parent, name, format, access, 1, 1, TRUE);
}

static OmaSchemaNode *
optional (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access)
{
  return describe (parent, name, format, access, 0, 1, FALSE);
}

static OmaSchema *
make_schema (void)
{
  OmaSchema *schema = oma_schema_new ("test.ddf.xml");
  OmaSchemaNode *top = permanent (NULL, "T", OMA_FORMAT_NODE, G);
  OmaSchemaNode *list, *item, *sub, *few;
  static const char *const types[] = { "text/plain", "text/html", NULL };

  permanent (top, "RO", OMA_FORMAT_CHR, G)->default_value = g_strdup ("fixed");
  permanent (top, "RW", OMA_FORMAT_CHR, G | R)->default_value = g_strdup ("first");
  permanent (top, "Typed", OMA_FORMAT_CHR, G | R)->types = g_strdupv ((char **) types);
  permanent (top, "Int", OMA_FORMAT_INT, G | R)->default_value = g_strdup ("7");
  permanent (top, "Bin", OMA_FORMAT_BIN, G | R);
  permanent (top, "B64", OMA_FORMAT_B64, G | R);
  permanent (top, "Secret", OMA_FORMAT_CHR, R)->default_value = g_strdup ("hush");
  permanent (top, "Run", OMA_FORMAT_NULL, E);
  optional (top, "Opt", OMA_FORMAT_CHR, A | D | G | R);
  describe (top, "Hardware", OMA_FORMAT_CHR, A | D | G | R, 0, 1, TRUE);
  list = permanent (top, "List", OMA_FORMAT_NODE, A | G);
  list->ddf_name = g_strdup ("urn:example:mo:list:1.0");
  item = describe (list, NULL, OMA_FORMAT_NODE, A | D | G | R, 0, OMA_OCCURRENCE_UNBOUNDED, FALSE);
  permanent (item, "Auto", OMA_FORMAT_CHR, A | G | R)->default_value = g_strdup ("d");
  optional (item, "Leaf", OMA_FORMAT_CHR, A | D | G | R);
  optional (item, "Number", OMA_FORMAT_INT, A | D | G | R);
  optional (item, "Null", OMA_FORMAT_NULL, A | D | G | R);
  optional (item, "Locked", OMA_FORMAT_CHR, A | G);
  sub = optional (item, "Sub", OMA_FORMAT_NODE, A | D | G | R);
  optional (sub, "Deep", OMA_FORMAT_CHR, A | D | G | R);
  optional (optional (item, "NoAdd", OMA_FORMAT_NODE, G), "Below", OMA_FORMAT_CHR, A | G);
  describe (list, "named", OMA_FORMAT_CHR, A | D | G | R, 0, 1, FALSE);
  few = permanent (top, "Few", OMA_FORMAT_NODE, A | G);
  describe (few, NULL, OMA_FORMAT_CHR, A | D | G | R, 0, 2, FALSE);
  oma_schema_add_root (schema, ".", top);
  return schema;
}

static OmaSchema *
make_account_schema (void)
{
  OmaSchema *schema = oma_schema_new ("dmacc.ddf.xml");
  OmaSchemaNode *top = permanent (NULL, "DMAcc", OMA_FORMAT_NODE, A | G);
  OmaSchemaNode *account = describe (top, NULL, OMA_FORMAT_NODE, A | D | G | R, 0, OMA_OCCURRENCE_UNBOUNDED, FALSE);

  optional (account, "ServerID", OMA_FORMAT_CHR, A | D | G | R);
  optional (account, "Name", OMA_FORMAT_CHR, A | D | G | R);
  oma_schema_add_root (schema, ".", top);
  return schema;
}

/* ---- A store in memory, that only tells whether a write succeeds ---- */

#define TEST_TYPE_STORE (test_store_get_type ())
G_DECLARE_FINAL_TYPE (TestStore, test_store, TEST, STORE, GObject)

struct _TestStore {
  GObject       parent_instance;
  gboolean      fails;
  gboolean      journal_fails;
  guint         n_writes;
  MemoryJournal journal;
  GHashTable   *fingerprints;   /* "subtree child" -> OmaFingerprint */
};

static void
write_fingerprint (TestStore *self, OmaStoreOp *op)
{
  char *key;

  if (op->fingerprint == NULL)
    return;
  key = g_strconcat (op->fingerprint->subtree, " ", op->fingerprint->child, NULL);
  if (op->kind == OMA_STORE_PUT_FINGERPRINT)
    g_hash_table_insert (self->fingerprints, key, g_steal_pointer (&op->fingerprint));
  else
    {
      g_hash_table_remove (self->fingerprints, key);
      g_free (key);
    }
}

static gboolean
store_load_fingerprints (OmaTreeStore *store, OmaTreeStoreFingerprintFunc func, gpointer user_data,
                         GError **error G_GNUC_UNUSED)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, TEST_STORE (store)->fingerprints);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const OmaFingerprint *fingerprint = value;

      func (oma_fingerprint_new (fingerprint->subtree, fingerprint->child,
                                 fingerprint->known ? fingerprint->digest : NULL), user_data);
    }
  return TRUE;
}

static gboolean
store_load (OmaTreeStore *store G_GNUC_UNUSED, OmaTreeStoreLoadFunc func G_GNUC_UNUSED,
            gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
store_write_async (OmaTreeStore *store, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (store, cancellable, callback, user_data);

  g_autoptr(GArray) owned = ops;
  TestStore *self = TEST_STORE (store);

  self->n_writes++;
  if (memory_journal_is_only (owned) ? self->journal_fails : self->fails)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "The disk is full");
      return;
    }
  memory_journal_write (&self->journal, owned);
  for (guint i = 0; i < owned->len; i++)
    write_fingerprint (self, &g_array_index (owned, OmaStoreOp, i));
  g_task_return_boolean (task, TRUE);
}

static gint64
store_next_unit_id (OmaTreeStore *store)
{
  return memory_journal_next_id (&TEST_STORE (store)->journal);
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
  iface->next_unit_id = store_next_unit_id;
  iface->load_fingerprints = store_load_fingerprints;
}

G_DEFINE_TYPE_WITH_CODE (TestStore, test_store, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (OMA_TYPE_TREE_STORE, store_iface_init))

static void
test_store_finalize (GObject *object)
{
  memory_journal_clear (&TEST_STORE (object)->journal);
  g_hash_table_unref (TEST_STORE (object)->fingerprints);
  G_OBJECT_CLASS (test_store_parent_class)->finalize (object);
}

static void
test_store_class_init (TestStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_store_finalize;
}

static void
test_store_init (TestStore *self)
{
  memory_journal_init (&self->journal);
  self->fingerprints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) oma_fingerprint_free);
}

/* ---- The plugin ---- */

/* A write operation that a transaction noted. */
typedef struct {
  char     *uri;
  char     *renamed;     /* (nullable) */
  OmaValue *value;       /* (nullable) */
  gboolean  removes;
} Note;

typedef struct {
  GPtrArray  *notes;     /* (element-type Note) */
  GHashTable *before;    /* what the nodes were before commit, or NULL */
} Transaction;

static void
copy_entry (gpointer key, gpointer value, gpointer copy)
{
  g_hash_table_insert (copy, g_strdup (key), value != NULL ? oma_value_ref (value) : NULL);
}

static void
value_free (gpointer value)
{
  if (value != NULL)
    oma_value_unref (value);
}

static GHashTable *
nodes_new (GHashTable *from)
{
  GHashTable *nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, value_free);

  if (from != NULL)
    g_hash_table_foreach (from, copy_entry, nodes);
  return nodes;
}

static void
note_free (gpointer data)
{
  Note *note = data;

  g_free (note->uri);
  g_free (note->renamed);
  value_free (note->value);
  g_free (note);
}

static gboolean
is_at_or_below (const char *uri, const char *above)
{
  return g_str_has_prefix (uri, above) && (uri[strlen (above)] == '\0' || uri[strlen (above)] == '/');
}

static void
apply (Plugin *plugin, const Note *note)
{
  g_autoptr(GHashTable) old = NULL;
  GHashTableIter iter;
  gpointer key, value;

  if (!note->removes && note->renamed == NULL)
    {
      g_hash_table_insert (plugin->nodes, g_strdup (note->uri),
                           note->value != NULL ? oma_value_ref (note->value) : NULL);
      return;
    }
  old = nodes_new (plugin->nodes);
  g_hash_table_iter_init (&iter, old);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (is_at_or_below (key, note->uri))
      {
        g_hash_table_remove (plugin->nodes, key);
        if (note->renamed != NULL)
          g_hash_table_insert (plugin->nodes, g_strconcat (note->renamed, (char *) key + strlen (note->uri), NULL),
                               value != NULL ? oma_value_ref (value) : NULL);
      }
}

static gboolean
return_later (gpointer data)
{
  GTask *task = data;
  GError *error = g_object_steal_data (G_OBJECT (task), "error");
  gpointer value = g_object_steal_data (G_OBJECT (task), "value");
  GDestroyNotify destroy = g_object_get_data (G_OBJECT (task), "destroy");

  if (error != NULL)
    g_task_return_error (task, error);
  else if (destroy != NULL)
    g_task_return_pointer (task, value, destroy);
  else
    g_task_return_boolean (task, g_object_get_data (G_OBJECT (task), "denied") == NULL);
  return G_SOURCE_REMOVE;
}

/* What a plugin that hangs was asked first, it answers now. */
void
answer_next (Plugin *plugin)
{
  g_autoptr(GTask) task = g_ptr_array_steal_index (plugin->held, 0);

  return_later (task);
}

/* (transfer full): what the plugin has now. */
GHashTable *
plugin_dup_nodes (Plugin *plugin)
{
  return nodes_new (plugin->nodes);
}

/* Takes @nodes. */
void
plugin_take_nodes (Plugin *plugin, GHashTable *nodes)
{
  g_hash_table_unref (plugin->nodes);
  plugin->nodes = nodes;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
  return strcmp (a, b);
}

/* All that the plugin has, as text. */
char *
plugin_describe (Plugin *plugin)
{
  g_autoptr(GList) keys = g_list_sort_with_data (g_hash_table_get_keys (plugin->nodes), compare_keys, NULL);
  GString *text = g_string_new (NULL);

  for (GList *l = keys; l != NULL; l = l->next)
    {
      OmaValue *value = g_hash_table_lookup (plugin->nodes, l->data);

      g_string_append_printf (text, "%s=%s\n", (char *) l->data, value != NULL ? oma_value_get_text (value) : "-");
    }
  return g_string_free (text, FALSE);
}

/* @text: (nullable): what a leaf holds, %NULL when there is no such node */
gboolean
plugin_holds (Plugin *plugin, const char *uri, const char *text)
{
  OmaValue *value = g_hash_table_lookup (plugin->nodes, uri);

  return g_strcmp0 (value != NULL ? oma_value_get_text (value) : NULL, text) == 0;
}

/* Takes @error and @value. */
static void
answer (Plugin *plugin, GTask *task, GError *error, gpointer value, GDestroyNotify destroy)
{
  if (++plugin->n_calls == plugin->fault_at && plugin->fault_cancels != NULL)
    g_cancellable_cancel (plugin->fault_cancels);
  else if (error == NULL && plugin->fault_at != 0 &&
           (plugin->fault_lasts ? plugin->n_calls >= plugin->fault_at : plugin->n_calls == plugin->fault_at))
    {
      error = g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The plugin breaks");
      if (value != NULL && destroy != NULL)
        destroy (value);
      value = NULL;
    }
  if (error != NULL)
    g_object_set_data_full (G_OBJECT (task), "error", error, (GDestroyNotify) g_error_free);
  if (value != NULL)
    g_object_set_data_full (G_OBJECT (task), "value", value, destroy);
  g_object_set_data (G_OBJECT (task), "destroy", (gpointer) destroy);
  if (plugin->hangs)
    g_ptr_array_add (plugin->held, g_object_ref (task));
  else
    g_idle_add_full (G_PRIORITY_DEFAULT, return_later, g_object_ref (task), g_object_unref);
}

static GError *
make_error (OmaStatus status)
{
  return g_error_new (OMA_STATUS_ERROR, status, "The plugin says %d", status);
}

static gboolean
plugin_has_transactions (gpointer self)
{
  return ((Plugin *) self)->transactional;
}

static gpointer
plugin_begin (gpointer self)
{
  Transaction *transaction = g_new0 (Transaction, 1);

  ((Plugin *) self)->n_begun++;
  transaction->notes = g_ptr_array_new_with_free_func (note_free);
  return transaction;
}

static void
plugin_end (gpointer self, gpointer data)
{
  Transaction *transaction = data;

  ((Plugin *) self)->n_ended++;
  g_ptr_array_unref (transaction->notes);
  g_clear_pointer (&transaction->before, g_hash_table_unref);
  g_free (transaction);
}

static void
plugin_list (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  Plugin *plugin = self;
  const char *relative = oma_node_ref_get_relative_uri (node);
  g_autofree char *prefix = *relative != '\0' ? g_strconcat (relative, "/", NULL) : g_strdup ("");
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, plugin->nodes);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *rest = (const char *) key + strlen (prefix);

      if (g_str_has_prefix (key, prefix) && strchr (rest, '/') == NULL)
        {
          g_autofree char *name = g_uri_unescape_string (rest, NULL);
          g_strv_builder_add (names, name);
        }
    }
  plugin->n_listed++;
  answer (plugin, task, NULL, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

static gboolean
plugin_has_exists (gpointer self, const OmaSchemaNode *schema G_GNUC_UNUSED)
{
  return ((Plugin *) self)->can_tell_one;
}

static void
plugin_exists (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, const char *name,
               GTask *task)
{
  Plugin *plugin = self;
  const char *relative = oma_node_ref_get_relative_uri (node);
  g_autofree char *segment = g_uri_escape_string (name, NULL, TRUE);
  g_autofree char *uri = g_strconcat (relative, *relative != '\0' ? "/" : "", segment, NULL);

  if (!g_hash_table_contains (plugin->nodes, uri))
    g_object_set_data (G_OBJECT (task), "denied", GINT_TO_POINTER (TRUE));
  plugin->n_asked++;
  answer (plugin, task, g_strcmp0 (plugin->untellable, uri) == 0 ? make_error (plugin->untellable_status) : NULL, NULL,
          NULL);
}

static void
plugin_read (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  Plugin *plugin = self;
  const char *relative = oma_node_ref_get_relative_uri (node);
  OmaNodeList *nodes;
  g_autoptr(GList) keys = NULL;

  if (plugin->absent != OMA_STATUS_NONE)
    {
      answer (plugin, task, make_error (plugin->absent), NULL, NULL);
      return;
    }
  plugin->n_read++;
  if (!plugin->can_read)
    {
      answer (plugin, task, make_error (OMA_STATUS_NOT_SUPPORTED), NULL, NULL);
      return;
    }
  nodes = oma_node_list_new ();
  keys = g_list_sort_with_data (g_hash_table_get_keys (plugin->nodes), compare_keys, NULL);
  oma_node_list_add (nodes, "", NULL);
  for (GList *l = keys; l != NULL; l = l->next)
    {
      const char *key = l->data;
      OmaValue *value = g_hash_table_lookup (plugin->nodes, key);

      if (*relative != '\0' && (!is_at_or_below (key, relative) || strcmp (key, relative) == 0))
        continue;
      oma_node_list_add (nodes, *relative != '\0' ? key + strlen (relative) + 1 : key,
                         value != NULL ? oma_value_ref (value) : NULL);
    }
  answer (plugin, task, NULL, nodes, (GDestroyNotify) oma_node_list_free);
}

static gboolean
plugin_has_read (gpointer self, const OmaSchemaNode *schema G_GNUC_UNUSED)
{
  return ((Plugin *) self)->can_read;
}

static void
plugin_get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, GTask *task)
{
  Plugin *plugin = self;
  OmaValue *value = g_hash_table_lookup (plugin->nodes, oma_node_ref_get_relative_uri (node));

  if (g_strcmp0 (plugin->unreadable, oma_node_ref_get_relative_uri (node)) == 0)
    answer (plugin, task, make_error (OMA_STATUS_NOT_SUPPORTED), NULL, NULL);
  else if (value == NULL && !oma_schema_node_is_automatic (schema))
    answer (plugin, task, make_error (OMA_STATUS_NOT_FOUND), NULL, NULL);
  else
    answer (plugin, task, NULL, value != NULL ? oma_value_ref (value) : oma_schema_node_make_default (schema),
            value_free);
}

static void
write_note (Plugin *plugin, Transaction *transaction, const char *uri, Note note, GTask *task)
{
  Note *noted;

  if (g_strcmp0 (plugin->failing, uri) == 0)
    {
      g_free (note.renamed);
      answer (plugin, task, make_error (OMA_STATUS_FORBIDDEN), NULL, NULL);
      return;
    }
  noted = g_memdup2 (&note, sizeof note);
  noted->uri = g_strdup (uri);
  if (note.value != NULL)
    oma_value_ref (note.value);
  g_ptr_array_add (transaction->notes, noted);
  g_string_append_printf (plugin->log, "%s ", uri);
  if (!plugin->transactional)
    apply (plugin, noted);
  answer (plugin, task, g_strcmp0 (plugin->broken, uri) == 0 ? make_error (OMA_STATUS_COMMAND_FAILED) : NULL, NULL, NULL);
  if (g_strcmp0 (plugin->broken, uri) == 0)
    plugin->broken = NULL;
}

static void
plugin_write (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value,
              gpointer transaction, GTask *task)
{
  write_note (self, transaction, oma_node_ref_get_relative_uri (node), (Note) { .value = value }, task);
}

static void
plugin_remove (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, gpointer transaction,
               GTask *task)
{
  write_note (self, transaction, oma_node_ref_get_relative_uri (node), (Note) { .removes = TRUE }, task);
}

static void
plugin_exec (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED,
             OmaValue *argument, const char *correlator, GTask *task)
{
  Plugin *plugin = self;
  gboolean later = argument != NULL && strcmp (oma_value_get_text (argument), "later") == 0;

  g_string_append_printf (plugin->log, "!%s ", oma_node_ref_get_name (node));
  g_free (plugin->correlator);
  plugin->correlator = g_strdup (correlator);
  answer (plugin, task, later ? make_error (OMA_STATUS_ACCEPTED) : NULL, NULL, NULL);
}

static void
plugin_copy (gpointer self, const OmaNodeRef *source, const OmaNodeRef *target, const OmaSchemaNode *schema,
             gpointer transaction, GTask *task)
{
  Plugin *plugin = self;
  OmaValue *known = g_hash_table_lookup (plugin->nodes, oma_node_ref_get_relative_uri (source));
  g_autoptr(OmaValue) value = known != NULL ? oma_value_ref (known) : oma_schema_node_make_default (schema);

  if (!plugin->can_copy)
    answer (plugin, task, make_error (OMA_STATUS_NOT_SUPPORTED), NULL, NULL);
  else
    write_note (plugin, transaction, oma_node_ref_get_relative_uri (target), (Note) { .value = value }, task);
}

static void
plugin_rename (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, const char *new_name,
               gpointer transaction, GTask *task)
{
  const char *uri = oma_node_ref_get_relative_uri (node), *slash = strrchr (uri, '/');
  g_autoptr(GString) renamed = g_string_new_len (uri, slash != NULL ? slash - uri : 0);

  oma_uri_append_segment (renamed, new_name, -1);
  write_note (self, transaction, uri, (Note) { .renamed = g_strdup (renamed->str + (slash == NULL)) }, task);
}

static void
plugin_validate (gpointer self, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  Plugin *plugin = self;

  answer (plugin, task, plugin->fails_validate ? make_error (OMA_STATUS_COMMAND_FAILED) : NULL, NULL, NULL);
}

static void
plugin_commit (gpointer self, gpointer data, GTask *task)
{
  Plugin *plugin = self;
  Transaction *transaction = data;

  if (!plugin->fails_commit)
    {
      g_clear_pointer (&transaction->before, g_hash_table_unref);
      transaction->before = nodes_new (plugin->nodes);
      for (guint i = 0; i < transaction->notes->len; i++)
        apply (plugin, g_ptr_array_index (transaction->notes, i));
      plugin->n_committed++;
      g_string_append (plugin->log, "commit ");
    }
  answer (plugin, task, plugin->fails_commit ? make_error (OMA_STATUS_DEVICE_FULL) : NULL, NULL, NULL);
}

static void
plugin_roll_back (gpointer self, gpointer data, GTask *task)
{
  Plugin *plugin = self;
  Transaction *transaction = data;

  plugin->n_rolled_back++;
  if (transaction->before != NULL && !plugin->fails_roll_back)
    {
      g_hash_table_unref (plugin->nodes);
      plugin->nodes = g_steal_pointer (&transaction->before);
    }
  answer (plugin, task, plugin->fails_roll_back ? make_error (OMA_STATUS_COMMAND_FAILED) : NULL, NULL, NULL);
}

static OmaHandlerFlags
plugin_get_flags (gpointer self, const OmaSchemaNode *schema)
{
  const Plugin *plugin = self;

  if (schema->name != NULL && g_strcmp0 (plugin->restless, schema->name) == 0)
    return OMA_HANDLER_VOLATILE;
  return schema->name != NULL && g_strcmp0 (plugin->flagged, schema->name) == 0 ? plugin->flags : OMA_HANDLER_DEFAULT;
}

/* The texts of all leaves that it knows, by which it undoes everything. */
static GBytes *
plugin_get_undo_data (gpointer self, gpointer transaction G_GNUC_UNUSED)
{
  Plugin *plugin = self;
  g_autoptr(GKeyFile) file = g_key_file_new ();
  GHashTableIter iter;
  gpointer key, value;
  char *text;
  gsize length;

  if (!plugin->gives_undo_data)
    return NULL;
  g_hash_table_iter_init (&iter, plugin->nodes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_key_file_set_string (file, value != NULL ? "leaves" : "interior", key, value != NULL ? oma_value_get_text (value) : "");
  text = g_key_file_to_data (file, &length, NULL);
  return g_bytes_new_take (text, length);
}

static void
read_group (GKeyFile *file, const char *group, GHashTable *nodes)
{
  g_auto(GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *text = g_key_file_get_string (file, group, keys[i], NULL);

      g_hash_table_insert (nodes, g_strdup (keys[i]), strcmp (group, "leaves") == 0 ? oma_value_new_string (text) : NULL);
    }
}

static void
plugin_undo (gpointer self, GBytes *data, GTask *task)
{
  Plugin *plugin = self;
  g_autoptr(GKeyFile) file = g_key_file_new ();

  if (!plugin->fails_undo)
    {
      g_assert_true (g_key_file_load_from_bytes (file, data, G_KEY_FILE_NONE, NULL));
      g_hash_table_remove_all (plugin->nodes);
      read_group (file, "interior", plugin->nodes);
      read_group (file, "leaves", plugin->nodes);
      g_string_append (plugin->log, "undo ");
    }
  answer (plugin, task, plugin->fails_undo ? make_error (OMA_STATUS_COMMAND_FAILED) : NULL, NULL, NULL);
}

static void
plugin_confirm (gpointer self, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  Plugin *plugin = self;

  g_assert_true (plugin->transactional);
  plugin->n_confirmed++;
  answer (plugin, task, plugin->fails_confirm ? make_error (OMA_STATUS_COMMAND_FAILED) : NULL, NULL, NULL);
}

static const OmaNodeOps plugin_ops = {
  .get_flags = plugin_get_flags,
  .get_undo_data = plugin_get_undo_data,
  .undo = plugin_undo,
  .has_transactions = plugin_has_transactions,
  .begin = plugin_begin,
  .end = plugin_end,
  .list = plugin_list,
  .has_exists = plugin_has_exists,
  .exists = plugin_exists,
  .has_read = plugin_has_read,
  .read = plugin_read,
  .get = plugin_get,
  .add = plugin_write,
  .replace = plugin_write,
  .remove = plugin_remove,
  .exec = plugin_exec,
  .copy = plugin_copy,
  .rename = plugin_rename,
  .validate = plugin_validate,
  .commit = plugin_commit,
  .roll_back = plugin_roll_back,
  .confirm = plugin_confirm,
};

static void
plugin_free (Plugin *plugin)
{
  g_assert_cmpuint (plugin->n_begun, ==, plugin->n_ended);
  g_hash_table_unref (plugin->nodes);
  g_ptr_array_unref (plugin->held);
  g_free (plugin->correlator);
  g_string_free (plugin->log, TRUE);
  g_free (plugin);
}

/* ---- The fixture ---- */

static void
put (Plugin *plugin, const char *uri, const char *text)
{
  g_hash_table_insert (plugin->nodes, g_strdup (uri), text != NULL ? oma_value_new_string (text) : NULL);
}

static Plugin *
plugin_new_empty (gboolean transactional)
{
  Plugin *plugin = g_new0 (Plugin, 1);

  plugin->nodes = nodes_new (NULL);
  plugin->held = g_ptr_array_new_with_free_func (g_object_unref);
  plugin->transactional = plugin->can_tell_one = transactional;
  plugin->log = g_string_new (NULL);
  plugin->can_copy = TRUE;
  return plugin;
}

static Plugin *
plugin_new (gboolean transactional)
{
  Plugin *plugin = plugin_new_empty (transactional);

  put (plugin, "List", NULL);
  put (plugin, "Few", NULL);
  return plugin;
}

Fixture *
fixture_new (Backend backend)
{
  return fixture_new_with (backend, NULL);
}

/* @mount: (nullable): mounts more before the tree is loaded */
Fixture *
fixture_new_with (Backend backend, void (*mount) (Fixture *fixture))
{
  Fixture *fixture = g_new0 (Fixture, 1);
  g_autoptr(OmaSchema) schema = make_schema ();
  g_autoptr(GError) error = NULL;

  fixture->tree = oma_tree_new ();
  fixture->more_plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_free);
  if (backend != SERVED_BY_STORE)
    fixture->plugin = plugin_new (backend == SERVED_BY_TRANSACTIONS);
  oma_tree_mount (fixture->tree, schema, fixture->plugin != NULL ? &plugin_ops : NULL, fixture->plugin,
                  OMA_MOUNT_DEFAULT, &error);
  g_assert_no_error (error);
  fixture_mount_accounts (fixture);
  if (mount != NULL)
    mount (fixture);
  fixture->store = g_object_new (TEST_TYPE_STORE, NULL);
  fixture->store_fails = &TEST_STORE (fixture->store)->fails;
  fixture->journal_fails = &TEST_STORE (fixture->store)->journal_fails;
  fixture->fingerprints = TEST_STORE (fixture->store)->fingerprints;
  fixture->n_writes = &TEST_STORE (fixture->store)->n_writes;
  fixture->journal = &TEST_STORE (fixture->store)->journal;
  oma_tree_load (fixture->tree, OMA_TREE_STORE (fixture->store), &error);
  g_assert_no_error (error);
  fixture->executor = oma_executor_new (fixture->tree);

  prepare (fixture, OMA_OPERATION_REPLACE, ".?prop=ACL", OMA_FORMAT_NONE,
           "Add=" SERVER "&Delete=" SERVER "&Exec=" SERVER "&Get=" SERVER "&Replace=" SERVER);
  prepare (fixture, OMA_OPERATION_ADD, "./T/List/a", OMA_FORMAT_NODE, NULL);
  prepare (fixture, OMA_OPERATION_ADD, "./T/List/a/Leaf", OMA_FORMAT_NONE, "leaf");
  prepare (fixture, OMA_OPERATION_ADD, "./T/List/a/Locked", OMA_FORMAT_NONE, "locked");
  prepare (fixture, OMA_OPERATION_ADD, "./T/List/a/Sub", OMA_FORMAT_NODE, NULL);
  prepare (fixture, OMA_OPERATION_ADD, "./T/List/a/Sub/Deep", OMA_FORMAT_NONE, "deep");
  prepare (fixture, OMA_OPERATION_ADD, "./T/List/b%20c", OMA_FORMAT_NODE, NULL);
  prepare (fixture, OMA_OPERATION_ADD, "./T/Few/1", OMA_FORMAT_NONE, "one");
  prepare (fixture, OMA_OPERATION_ADD, "./T/Few/2", OMA_FORMAT_NONE, "two");
  if (fixture->plugin != NULL)
    g_string_truncate (fixture->plugin->log, 0);
  fixture->journal->n_puts = fixture->journal->n_ends = 0;
  return fixture;
}

void
fixture_mount_accounts (Fixture *fixture)
{
  g_autoptr(OmaSchema) schema = make_account_schema ();
  g_autoptr(GError) error = NULL;

  oma_tree_mount (fixture->tree, schema, NULL, NULL, OMA_MOUNT_RESERVED | OMA_MOUNT_PRIVATE, &error);
  g_assert_no_error (error);
}

/* (transfer none): what serves @schema; it has no nodes. */
Plugin *
fixture_mount_plugin (Fixture *fixture, OmaSchema *schema, gboolean transactional)
{
  Plugin *plugin = plugin_new_empty (transactional);
  g_autoptr(GError) error = NULL;

  g_ptr_array_add (fixture->more_plugins, plugin);
  oma_tree_mount (fixture->tree, schema, &plugin_ops, plugin, OMA_MOUNT_DEFAULT, &error);
  g_assert_no_error (error);
  return plugin;
}

void
fixture_free (Fixture *fixture)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  oma_executor_free (fixture->executor);
  oma_tree_free (fixture->tree);
  g_clear_object (&fixture->store);
  if (fixture->plugin != NULL)
    plugin_free (fixture->plugin);
  g_ptr_array_unref (fixture->more_plugins);
  g_free (fixture);
}

/* ---- Running ---- */

void
iterate_until (const gboolean *flag)
{
  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
}

typedef struct {
  OmaWork *work;
  gboolean (*finish) (OmaWork *work, GAsyncResult *result, GError **error);
  gboolean ok;
  GError  *error;
  gboolean done;
} Waiting;

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->ok = waiting->finish (waiting->work, result, &waiting->error);
  waiting->done = TRUE;
}

OmaStatus
run (OmaWork *work, OmaOperation *operation)
{
  Waiting waiting = { .work = work, .finish = oma_work_run_finish };

  if (!oma_work_try_run (work, operation))
    {
      oma_work_run_async (work, operation, NULL, done_cb, &waiting);
      g_assert_false (waiting.done);
      iterate_until (&waiting.done);
      g_assert_true (waiting.ok == oma_status_is_success (operation->status));
      g_clear_error (&waiting.error);
    }
  if (oma_status_is_success (operation->status))
    g_assert_no_error (operation->error);
  else
    g_assert_nonnull (operation->error);
  return operation->status;
}

OmaStatus
run_simple (OmaWork *work, OmaOperationType type, const char *uri, const char *text)
{
  g_auto(OmaOperation) operation = {
    .type = type, .uri = uri, .data = text, .length = text != NULL ? strlen (text) : 0,
  };

  return run (work, &operation);
}

char *
get_text (OmaWork *work, const char *uri)
{
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_GET, .uri = uri };

  if (run (work, &operation) != OMA_STATUS_OK)
    return g_strdup_printf ("<%d>", operation.status);
  return g_strdup (oma_value_get_text (operation.result));
}

static gboolean
finish (Waiting *waiting, GError **error)
{
  iterate_until (&waiting->done);
  if (waiting->error != NULL)
    g_propagate_error (error, waiting->error);
  return waiting->ok;
}

gboolean
commit (OmaWork *work, GError **error)
{
  Waiting waiting = { .work = work, .finish = oma_work_commit_finish };

  oma_work_commit_async (work, NULL, done_cb, &waiting);
  return finish (&waiting, error);
}

gboolean
roll_back (OmaWork *work, GError **error)
{
  Waiting waiting = { .work = work, .finish = oma_work_roll_back_finish };

  oma_work_roll_back_async (work, done_cb, &waiting);
  return finish (&waiting, error);
}

/* Does something in the device's name and commits it. */
void
prepare (Fixture *fixture, OmaOperationType type, const char *uri, OmaFormat format, const char *text)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);
  g_autoptr(GError) error = NULL;
  g_auto(OmaOperation) operation = {
    .type = type, .uri = uri, .format = format, .data = text, .length = text != NULL ? strlen (text) : 0,
  };

  run (work, &operation);
  g_assert_no_error (operation.error);
  commit (work, &error);
  g_assert_no_error (error);
}
