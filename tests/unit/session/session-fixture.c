/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-fixture.h"

#include "base/oma-digest.h"
#include "memory-journal.h"

#include <string.h>
#include <sys/mman.h>

#define SERVER_ID "dm.example.org"
#define ALL "Add=*&Delete=*&Exec=*&Get=*&Replace=*"

/* ---- A store that remembers nothing but how often it was written ---- */

#define FAKE_TYPE_STORE (fake_store_get_type ())
G_DECLARE_FINAL_TYPE (FakeStore, fake_store, FAKE, STORE, GObject)

struct _FakeStore {
  GObject   parent;
  guint     n_writes;
  OmaStatus failure;
  MemoryJournal journal;
};

static void fake_store_iface_init (OmaTreeStoreInterface *iface);

G_DEFINE_TYPE_WITH_CODE (FakeStore, fake_store, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (OMA_TYPE_TREE_STORE, fake_store_iface_init))

static gboolean
fake_store_load (OmaTreeStore *store G_GNUC_UNUSED, OmaTreeStoreLoadFunc func G_GNUC_UNUSED,
                 gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
fake_store_write_async (OmaTreeStore *store, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  FakeStore *self = FAKE_STORE (store);
  g_autoptr(GTask) task = g_task_new (store, cancellable, callback, user_data);

  self->n_writes++;
  if (self->failure != OMA_STATUS_NONE)
    g_task_return_new_error (task, OMA_STATUS_ERROR, self->failure, "The disk is broken");
  else
    {
      memory_journal_write (&self->journal, ops);
      g_task_return_boolean (task, TRUE);
    }
  g_array_unref (ops);
}

static gint64
fake_store_next_unit_id (OmaTreeStore *store)
{
  return memory_journal_next_id (&FAKE_STORE (store)->journal);
}

static gboolean
fake_store_write_finish (OmaTreeStore *store G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
fake_store_iface_init (OmaTreeStoreInterface *iface)
{
  iface->load = fake_store_load;
  iface->write_async = fake_store_write_async;
  iface->write_finish = fake_store_write_finish;
  iface->next_unit_id = fake_store_next_unit_id;
}

static void
fake_store_finalize (GObject *object)
{
  memory_journal_clear (&FAKE_STORE (object)->journal);
  G_OBJECT_CLASS (fake_store_parent_class)->finalize (object);
}

static void
fake_store_class_init (FakeStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_store_finalize;
}

static void
fake_store_init (FakeStore *self)
{
  memory_journal_init (&self->journal);
}

/* ---- Nodes that can be executed ---- */

static gboolean
ops_has_transactions (gpointer self G_GNUC_UNUSED)
{
  return FALSE;
}

static gboolean
return_later (gpointer task)
{
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
ops_exec (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED,
          OmaValue *argument G_GNUC_UNUSED, const char *correlator, GTask *task)
{
  Fixture *f = self;
  const char *name = oma_node_ref_get_name (node);

  f->executed++;
  if (strcmp (name, "Refresh") == 0)
    {
      g_assert_cmpstr (correlator, ==, "upd-19");
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED, "The result comes later");
    }
  else if (strcmp (name, "Slow") == 0)
    g_timeout_add_full (G_PRIORITY_DEFAULT, f->slow, return_later, g_object_ref (task), g_object_unref);
  else
    g_task_return_boolean (task, TRUE);
}

static void
ops_list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  const char *const names[] = { "Refresh", "Fast", "Slow", NULL };

  gboolean is_top = *oma_node_ref_get_relative_uri (node) == '\0';

  g_task_return_pointer (task, is_top ? g_strdupv ((char **) names) : g_new0 (char *, 1), (GDestroyNotify) g_strfreev);
}

static void
ops_get (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
         GTask *task)
{
  g_task_return_pointer (task, oma_value_new_string (""), (GDestroyNotify) oma_value_unref);
}

static const OmaNodeOps ops = {
  .has_transactions = ops_has_transactions,
  .list = ops_list,
  .get = ops_get,
  .exec = ops_exec,
};

/* ---- Nodes that a plugin keeps ---- */

static char *
find_plug (Fixture *f, const OmaNodeRef *node)
{
  return f->plug[*oma_node_ref_get_name (node) - 'A'];
}

static void
plug_get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, oma_value_new_string (find_plug (self, node)), (GDestroyNotify) oma_value_unref);
}

static void
plug_replace (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value,
              gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  Fixture *f = self;

  if (g_strcmp0 (f->failing, oma_node_ref_get_name (node)) == 0)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN, "The plugin does not want to");
      return;
    }
  if (g_strcmp0 (f->breaking, oma_node_ref_get_name (node)) == 0)
    {
      fixture_fail_writes (f, OMA_STATUS_COMMAND_FAILED);
      f->failing = f->breaking;
    }
  f->n_written++;
  g_strlcpy (find_plug (f, node), oma_value_get_text (value), sizeof f->plug[0]);
  g_task_return_boolean (task, TRUE);
}

static OmaHandlerFlags
plug_get_flags (gpointer self, const OmaSchemaNode *schema)
{
  return g_strcmp0 (((Fixture *) self)->cuts_off, schema->name) == 0 ? OMA_HANDLER_PROVISIONAL : OMA_HANDLER_DEFAULT;
}

static const OmaNodeOps plug_ops = {
  .get_flags = plug_get_flags,
  .list = ops_list,
  .get = plug_get,
  .replace = plug_replace,
};

/* ---- Boxes, which come and go ---- */

/* Returns: whether the plugin does not do what it was asked, or not now. */
static gboolean
is_stuck (Fixture *f, const char *name, GTask *task)
{
  if (g_strcmp0 (f->holding, name) == 0)
    {
      g_set_object (&f->held, task);
      return TRUE;
    }
  if (g_strcmp0 (f->stuck, name) != 0)
    return FALSE;
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN, "The box is stuck");
  return TRUE;
}

/* The name of the box that the node is, or is in. */
static char *
dup_box (const OmaNodeRef *node)
{
  const char *uri = oma_node_ref_get_relative_uri (node);

  return g_strndup (uri, strcspn (uri, "/"));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
box_list (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  static const char *const inside[] = { "Value", NULL };
  Fixture *f = self;
  g_autofree char *box = dup_box (node);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, f->boxes);
  while (*box == '\0' && g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  g_task_return_pointer (task, g_strdupv (*box != '\0' ? (char **) inside : (char **) names->pdata),
                         (GDestroyNotify) g_strfreev);
}

static void
box_get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  Fixture *f = self;
  g_autofree char *box = dup_box (node);
  const char *text = g_hash_table_lookup (f->boxes, box);

  g_task_return_pointer (task, oma_value_new_string (text != NULL ? text : ""), (GDestroyNotify) oma_value_unref);
}

static void
box_set (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value,
         gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  Fixture *f = self;
  g_autofree char *box = dup_box (node);

  if (is_stuck (f, box, task))
    return;
  if (value != NULL && oma_value_get_format (value) == OMA_FORMAT_CHR)
    g_hash_table_insert (f->boxes, g_strdup (box), g_strdup (oma_value_get_text (value)));
  else if (!g_hash_table_contains (f->boxes, box))
    g_hash_table_insert (f->boxes, g_strdup (box), g_strdup (""));
  g_task_return_boolean (task, TRUE);
}

static void
box_remove (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED,
            gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  Fixture *f = self;
  g_autofree char *box = dup_box (node);

  if (is_stuck (f, box, task))
    return;
  if (g_strcmp0 (f->breaking, box) == 0)
    fixture_fail_writes (f, OMA_STATUS_COMMAND_FAILED);
  g_hash_table_remove (f->boxes, box);
  g_task_return_boolean (task, TRUE);
}

static OmaHandlerFlags
box_get_flags (gpointer self, const OmaSchemaNode *schema G_GNUC_UNUSED)
{
  return ((Fixture *) self)->box_cuts_off ? OMA_HANDLER_PROVISIONAL : OMA_HANDLER_DEFAULT;
}

static const OmaNodeOps box_ops = {
  .get_flags = box_get_flags,
  .list = box_list,
  .get = box_get,
  .add = box_set,
  .replace = box_set,
  .remove = box_remove,
};

/* ---- The tree ---- */

static OmaSchemaNode *
add_node (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access, const char *value)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);
  g_autoptr(GError) error = NULL;

  node->access = access;
  node->permanent = name != NULL;
  node->default_value = g_strdup (value);
  if (name == NULL)
    {
      node->min_occurrence = 0;
      node->max_occurrence = OMA_OCCURRENCE_UNBOUNDED;
    }
  if (parent != NULL)
    oma_schema_node_add_child (parent, node, &error);
  g_assert_no_error (error);
  return node;
}

static void
mount (Fixture *f, OmaSchemaNode *root, const OmaNodeOps *node_ops, OmaMountFlags flags)
{
  g_autoptr(OmaSchema) schema = oma_schema_new ("test.ddf.xml");
  g_autoptr(GError) error = NULL;

  oma_schema_add_root (schema, ".", root);
  oma_tree_mount (f->tree, schema, node_ops, f, flags, &error);
  g_assert_no_error (error);
}

static void
make_tree (Fixture *f)
{
  const guint rw = OMA_ACCESS_GET | OMA_ACCESS_REPLACE, all = rw | OMA_ACCESS_ADD | OMA_ACCESS_DELETE;
  OmaSchemaNode *info = add_node (NULL, "DevInfo", OMA_FORMAT_NODE, OMA_ACCESS_GET, NULL);
  OmaSchemaNode *vendor = add_node (NULL, "Vendor", OMA_FORMAT_NODE, rw | OMA_ACCESS_ADD, NULL);
  OmaSchemaNode *exec = add_node (NULL, "Ops", OMA_FORMAT_NODE, OMA_ACCESS_GET, NULL);
  OmaSchemaNode *plug = add_node (NULL, "Plug", OMA_FORMAT_NODE, OMA_ACCESS_GET, NULL);
  OmaSchemaNode *box = add_node (NULL, "Box", OMA_FORMAT_NODE, OMA_ACCESS_GET | OMA_ACCESS_ADD, NULL);
  OmaSchemaNode *net, *conn;
  g_autoptr(GError) error = NULL;

  info->ddf_name = g_strdup ("urn:oma:mo:oma-dm-devinfo:1.2");
  vendor->ddf_name = g_strdup ("urn:ex:mo:vendor:1.0");
  exec->ddf_name = g_strdup ("urn:ex:mo:ops:1.0");
  plug->ddf_name = g_strdup ("urn:ex:mo:plug:1.0");
  add_node (info, "DevId", OMA_FORMAT_CHR, OMA_ACCESS_GET, "urn:dev:1");
  add_node (info, "Man", OMA_FORMAT_CHR, OMA_ACCESS_GET, "Example Corp");
  add_node (info, "Mod", OMA_FORMAT_CHR, OMA_ACCESS_GET, "Edge-7");
  add_node (info, "DmV", OMA_FORMAT_CHR, OMA_ACCESS_GET, "0.1");
  add_node (info, "Lang", OMA_FORMAT_CHR, OMA_ACCESS_GET, "en-US");
  vendor->default_acl = g_strdup (ALL);
  net = add_node (vendor, "Net", OMA_FORMAT_NODE, OMA_ACCESS_GET, NULL);
  add_node (net, "Hostname", OMA_FORMAT_CHR, rw, "edge");
  conn = add_node (net, "Conn", OMA_FORMAT_NODE, OMA_ACCESS_GET | OMA_ACCESS_ADD, NULL);
  conn = add_node (conn, NULL, OMA_FORMAT_NODE, all, NULL);
  conn->ddf_name = g_strdup ("urn:ex:mo:conn:1.0");
  add_node (conn, "Ssid", OMA_FORMAT_CHR, all, NULL)->permanent = FALSE;
  conn = add_node (conn, "Locked", OMA_FORMAT_NODE, OMA_ACCESS_GET, NULL);
  conn->permanent = FALSE;
  conn->min_occurrence = 0;
  add_node (conn, "Leaf", OMA_FORMAT_CHR, all, NULL)->permanent = FALSE;
  add_node (vendor, "Motd", OMA_FORMAT_CHR, rw, "hello");
  add_node (vendor, "Blob", OMA_FORMAT_BIN, rw, "");
  add_node (vendor, "Note", OMA_FORMAT_CHR, rw, "");
  add_node (exec, "Refresh", OMA_FORMAT_CHR, OMA_ACCESS_EXEC, NULL);
  add_node (exec, "Fast", OMA_FORMAT_CHR, OMA_ACCESS_EXEC, NULL);
  add_node (exec, "Slow", OMA_FORMAT_CHR, OMA_ACCESS_EXEC, NULL);

  box = add_node (box, NULL, OMA_FORMAT_NODE, all, NULL);
  box->permanent = FALSE;
  box->ddf_name = g_strdup ("urn:ex:mo:box:1.0");
  add_node (box, "Value", OMA_FORMAT_CHR, rw | OMA_ACCESS_ADD, NULL);

  add_node (plug, "A", OMA_FORMAT_CHR, rw, NULL);
  add_node (plug, "B", OMA_FORMAT_CHR, rw, NULL);
  add_node (plug, "C", OMA_FORMAT_CHR, rw, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (f->plug); i++)
    f->plug[i][0] = (char) ('a' + i);

  f->tree = oma_tree_new ();
  mount (f, info, NULL, OMA_MOUNT_RESERVED);
  mount (f, vendor, NULL, OMA_MOUNT_DEFAULT);
  mount (f, exec, &ops, OMA_MOUNT_DEFAULT);
  mount (f, plug, &plug_ops, OMA_MOUNT_DEFAULT);
  mount (f, box->parent, &box_ops, OMA_MOUNT_DEFAULT);
  f->store = OMA_TREE_STORE (g_object_new (FAKE_TYPE_STORE, NULL));
  oma_tree_load (f->tree, f->store, &error);
  g_assert_no_error (error);
}

/* ---- The fixture ---- */

void
fixture_set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->boxes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  make_tree (f);
  f->slow = 20;
  f->executor = oma_executor_new (f->tree);
  fixture_set_value (f, "./Ops?prop=ACL", ALL);
  fixture_set_value (f, "./Plug?prop=ACL", ALL);
  fixture_set_value (f, "./Box?prop=ACL", ALL);
  f->nonces = g_string_new (NULL);
  f->preferences = g_string_new (NULL);
  f->config = (OmaSessionConfig) {
    .server_id = SERVER_ID,
    .version = OMA_DM_1_2,
    .server_uri = "https://dm.example.org/s",
    .device_id = "urn:dev:1",
    .session_id = "63",
    .max_msg_size = 1 << 20,
    .max_messages = 20,
    .max_auth_tries = 2,
  };
}

void
fixture_tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->sent, oma_message_free);
  g_clear_pointer (&f->step, oma_session_step_free);
  g_clear_pointer (&f->session, oma_session_free);
  g_clear_object (&f->interaction);
  g_clear_error (&f->step_error);
  oma_credentials_clear (&f->config.client);
  oma_credentials_clear (&f->config.server);
  g_string_free (f->nonces, TRUE);
  g_string_free (f->preferences, TRUE);
  oma_executor_free (f->executor);
  oma_tree_free (f->tree);
  g_object_unref (f->store);
  g_clear_object (&f->held);
  g_hash_table_unref (f->boxes);
}

static void
keep_nonce (gboolean for_server, GBytes *nonce, gpointer user_data)
{
  Fixture *f = user_data;
  g_autofree char *text = oma_digest_encode_nonce (nonce);

  g_string_append_printf (f->nonces, "%s %s\n", for_server ? "server" : "client", text);
}

static void
keep_preference (OmaAuthType type, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_printf (f->preferences, "%d ", type);
}

static gint64
get_time (gpointer user_data)
{
  Fixture *f = user_data;

  return f->now;
}

static void
fill_random (gpointer octets, gsize size, gpointer user_data)
{
  Fixture *f = user_data;

  memset (octets, ++f->next_random, size);
}

static int
make_spool (gpointer user_data, GError **error)
{
  Fixture *f = user_data;

  f->spools++;
  if (f->spool_failure == OMA_STATUS_NONE)
    return memfd_create ("spool", MFD_CLOEXEC);
  g_set_error_literal (error, OMA_STATUS_ERROR, f->spool_failure, "There is no file");
  return -1;
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  f->step = oma_session_step_finish (f->session, result, &f->step_error);
}

static void
wait_for_step (Fixture *f)
{
  gconstpointer body;
  gsize size;
  g_autoptr(GError) error = NULL;

  g_assert_null (f->step);
  while (f->step == NULL && f->step_error == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (f->step == NULL || f->step->body == NULL)
    return;
  body = g_bytes_get_data (f->step->body, &size);
  f->sent = oma_codec_decode (OMA_ENCODING_XML, body, size, &oma_codec_default_limits, &error);
  g_assert_no_error (error);
}

static void
clear_step (Fixture *f)
{
  g_clear_pointer (&f->sent, oma_message_free);
  g_clear_pointer (&f->step, oma_session_step_free);
  g_clear_error (&f->step_error);
}

/* Starts a session with f->config and takes package 1. */
void
fixture_start (Fixture *f)
{
  clear_step (f);
  g_clear_pointer (&f->session, oma_session_free);
  f->session = oma_session_new (f->executor, &f->config);
  oma_session_set_nonce_func (f->session, keep_nonce, f);
  oma_session_set_random_func (f->session, fill_random, f);
  oma_session_set_preference_func (f->session, keep_preference, f);
  oma_session_set_clock_func (f->session, get_time, f);
  oma_session_set_alert_queue (f->session, f->queue);
  oma_session_set_interaction (f->session, (OmaInteraction *) f->interaction);
  if (!f->no_spool)
    oma_session_set_spool_func (f->session, make_spool, f);
  oma_session_start_async (f->session, NULL, step_cb, f);
  wait_for_step (f);
}

/* Feeds what the server answers, NULL for an empty body. */
void
fixture_feed (Fixture *f, const char *body)
{
  g_autoptr(GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;

  clear_step (f);
  oma_session_feed_async (f->session, bytes, OMA_MEDIA_TYPE_XML, f->mac, NULL, step_cb, f);
  wait_for_step (f);
}

void
fixture_abort (Fixture *f)
{
  clear_step (f);
  oma_session_abort_async (f->session, step_cb, f);
  wait_for_step (f);
}

/* A message of the server: @header is what follows Source in the SyncHdr. */
char *
fixture_message (Fixture *f, const char *header, const char *body)
{
  return g_strdup_printf ("<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
                          "<SessionID>63</SessionID><MsgID>%u</MsgID><Target><LocURI>urn:dev:1</LocURI></Target>"
                          "<Source><LocURI>https://dm.example.org/s</LocURI></Source>%s</SyncHdr>"
                          "<SyncBody>%s</SyncBody></SyncML>", ++f->server_msg_id, header, body);
}

void
fixture_answer_full (Fixture *f, const char *header, const char *body)
{
  g_autofree char *message = fixture_message (f, header, body);

  fixture_feed (f, message);
}

/* Answers the last message: a Status for its SyncHdr, and @commands. */
void
fixture_answer (Fixture *f, guint status, const char *commands, gboolean final)
{
  g_autofree char *body = g_strdup_printf ("<Status><CmdID>1</CmdID><MsgRef>%s</MsgRef><CmdRef>0</CmdRef>"
                                           "<Cmd>SyncHdr</Cmd><Data>%u</Data></Status>%s%s",
                                           f->sent->header.msg_id, status, commands, final ? "<Final/>" : "");

  fixture_answer_full (f, "", body);
}

/* Starts a session and checks that package 1 goes out; the test answers it. */
void
fixture_begin (Fixture *f)
{
  fixture_start (f);
  g_assert_no_error (f->step_error);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
}

static void
commit_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Changes a node or property in the name of the device. */
void
fixture_set_value (Fixture *f, const char *uri, const char *text)
{
  OmaPrincipal device = { .kind = OMA_PRINCIPAL_DEVICE };
  g_autoptr(OmaWork) work = oma_work_new (f->executor, &device);
  g_autoptr(OmaValue) value = oma_value_new_string (text);
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_REPLACE, .uri = uri, .value = value };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_work_try_run (work, &operation));
  g_assert_no_error (operation.error);
  oma_work_commit_async (work, NULL, commit_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  oma_work_commit_finish (work, result, &error);
  g_assert_no_error (error);
}

char *
fixture_get_value (Fixture *f, const char *uri)
{
  OmaPrincipal device = { .kind = OMA_PRINCIPAL_DEVICE };
  g_autoptr(OmaWork) work = oma_work_new (f->executor, &device);
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_GET, .uri = uri };

  g_assert_true (oma_work_try_run (work, &operation));
  return operation.result != NULL ? g_strdup (oma_value_get_text (operation.result)) : NULL;
}

void
fixture_fail_writes (Fixture *f, OmaStatus status)
{
  FAKE_STORE (f->store)->failure = status;
}

/* Units of work that the journal has. */
guint
fixture_count_units (Fixture *f)
{
  return FAKE_STORE (f->store)->journal.units->len;
}

/* As the journal has it: the oldest is at 0. */
const OmaUnitRecord *
fixture_peek_unit (Fixture *f, guint index)
{
  g_assert_cmpuint (index, <, fixture_count_units (f));
  return g_ptr_array_index (FAKE_STORE (f->store)->journal.units, index);
}

/* Until the journal has none. */
void
fixture_wait_for_units (Fixture *f)
{
  while (fixture_count_units (f) > 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

guint
fixture_count_writes (Fixture *f)
{
  return FAKE_STORE (f->store)->n_writes;
}

/* ---- What was sent, one command a line ---- */

static void
describe_item (GString *text, const OmaItem *item)
{
  const char *uri = item->source != NULL ? item->source : item->target;

  g_string_append_printf (text, " %s", uri != NULL ? uri : "?");
  if (item->meta.format != NULL)
    g_string_append_printf (text, " %s", item->meta.format);
  if (item->meta.type != NULL && strcmp (item->meta.type, "text/plain") != 0)
    g_string_append_printf (text, " %s", item->meta.type);
  if (item->data != NULL)
    g_string_append_printf (text, " '%.*s'", (int) item->data_length, item->data);
  if (item->meta.has_size)
    g_string_append_printf (text, " size %" G_GUINT64_FORMAT, item->meta.size);
  if (item->more_data)
    g_string_append (text, " more");
}

static void
describe_command (GString *text, const OmaCommand *command)
{
  g_string_append (text, command->name);
  if (command->msg_ref != NULL || command->cmd_ref != NULL)
    g_string_append_printf (text, " %s/%s", command->msg_ref, command->cmd_ref);
  if (command->cmd != NULL)
    g_string_append_printf (text, " %s", command->cmd);
  if (command->target_ref != NULL && strcmp (command->cmd, "SyncHdr") != 0)
    g_string_append_printf (text, " %s", command->target_ref);
  for (guint i = 0; i < command->n_items; i++)
    describe_item (text, &command->items[i]);
  if (command->data != NULL)
    g_string_append_printf (text, " %s", command->data);
  if (command->chal != NULL)
    g_string_append_printf (text, " %s %s %s", command->chal->type, command->chal->format,
                            command->chal->next_nonce != NULL ? command->chal->next_nonce : "-");
  g_string_append_c (text, '\n');
}

char *
fixture_describe (Fixture *f)
{
  GString *text = g_string_new (NULL);
  guint cmd_id = 0;

  g_assert_nonnull (f->sent);
  for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
    {
      g_assert_cmpuint (g_ascii_strtoull (command->cmd_id, NULL, 10), ==, ++cmd_id);
      describe_command (text, command);
    }
  if (f->sent->final)
    g_string_append (text, "Final\n");
  return g_string_free (text, FALSE);
}

void
fixture_assert_sent (Fixture *f, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_no_error (f->step_error);
  g_assert_no_error (f->step->error);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
  text = fixture_describe (f);
  g_assert_cmpstr (text, ==, expected);
}

/* The session ended in order and there is nothing to send. */
void
fixture_assert_done (Fixture *f)
{
  g_assert_no_error (f->step_error);
  g_assert_no_error (f->step->error);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_DONE);
  g_assert_null (f->step->body);
}

void
fixture_assert_failed (Fixture *f, OmaSessionError code)
{
  g_assert_no_error (f->step_error);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_DONE);
  g_assert_error (f->step->error, OMA_SESSION_ERROR, (int) code);
}
