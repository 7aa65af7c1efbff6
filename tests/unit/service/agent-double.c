/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-double.h"

#include "base/oma-status.h"
#include "tree/oma-node-ops.h"

#include <string.h>

/* ---- Accounts ---- */

struct _OmaAccount {
  GObject           parent_instance;
  OmaAccountConfig *config;
};

G_DEFINE_FINAL_TYPE (OmaAccount, oma_account, G_TYPE_OBJECT)

static void
oma_account_finalize (GObject *object)
{
  g_clear_pointer (&OMA_ACCOUNT (object)->config, oma_account_config_free);
  G_OBJECT_CLASS (oma_account_parent_class)->finalize (object);
}

static void
oma_account_class_init (OmaAccountClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_account_finalize;
}

static void
oma_account_init (OmaAccount *account G_GNUC_UNUSED)
{
}

const char *
oma_account_get_name (OmaAccount *account)
{
  return account->config->name;
}

const char *
oma_account_get_server_id (OmaAccount *account)
{
  return account->config->server_id;
}

const char *
oma_account_get_url (OmaAccount *account)
{
  return account->config->url;
}

OmaAuthType
oma_account_get_client_auth (OmaAccount *account)
{
  return account->config->client_auth;
}

OmaAuthType
oma_account_get_server_auth (OmaAccount *account)
{
  return account->config->server_auth;
}

OmaDmVersion
oma_account_get_protocol (OmaAccount *account)
{
  return account->config->protocol;
}

gint64
oma_account_get_not_before (OmaAccount *account G_GNUC_UNUSED)
{
  return 0;
}

OmaEncoding
oma_account_get_encoding (OmaAccount *account)
{
  return account->config->encoding;
}

const char *
oma_account_get_encoding_name (OmaAccount *account)
{
  return account->config->protocol == OMA_DM_2_0 ? "json" : oma_encoding_to_name (account->config->encoding);
}

gboolean
oma_account_get_allow_http (OmaAccount *account)
{
  return account->config->allow_http;
}

/* ---- Sessions ---- */

struct _OmaRunner {
  GObject            parent_instance;
  gint64             id;
  OmaAccount        *account;
  OmaRunnerState     state;
  char              *reason;
  OmaSessionCounters counters;
};

G_DEFINE_FINAL_TYPE (OmaRunner, oma_runner, G_TYPE_OBJECT)

static guint message_signal;

static void
oma_runner_finalize (GObject *object)
{
  OmaRunner *runner = OMA_RUNNER (object);

  g_clear_object (&runner->account);
  g_free (runner->reason);
  G_OBJECT_CLASS (oma_runner_parent_class)->finalize (object);
}

static void
oma_runner_class_init (OmaRunnerClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = oma_runner_finalize;
  g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  message_signal = g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_POINTER);
  g_signal_new ("resent", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_UINT,
                G_TYPE_STRING);
}

static void
oma_runner_init (OmaRunner *runner G_GNUC_UNUSED)
{
}

gint64
oma_runner_get_id (OmaRunner *runner)
{
  return runner->id;
}

OmaAccount *
oma_runner_get_account (OmaRunner *runner)
{
  return runner->account;
}

OmaRunnerState
oma_runner_get_state (OmaRunner *runner)
{
  return runner->state;
}

const char *
oma_runner_get_reason (OmaRunner *runner)
{
  return runner->reason;
}

gint64
oma_runner_get_start_time (OmaRunner *runner G_GNUC_UNUSED)
{
  return 1000;
}

gint64
oma_runner_get_end_time (OmaRunner *runner)
{
  return runner->state >= OMA_RUNNER_SUCCEEDED ? 2000 : 0;
}

const char *
oma_runner_get_protocol (OmaRunner *runner G_GNUC_UNUSED)
{
  return "1.3";
}

const char *
oma_runner_get_encoding (OmaRunner *runner G_GNUC_UNUSED)
{
  return "wbxml";
}

const OmaSessionCounters *
oma_runner_get_counters (OmaRunner *runner)
{
  return &runner->counters;
}

void
oma_runner_stop (OmaRunner *runner)
{
  runner->state = OMA_RUNNER_FAILED;
  runner->reason = g_strdup ("stopped");
  g_signal_emit_by_name (runner, "ended");
}

/* ---- What a plugin would do ---- */

static void
asked_list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  static const char *const top[] = { "Now", "Never", "Broken", "List", NULL };
  static const char *const list[] = { "1", "a b", NULL };
  const char *uri = oma_node_ref_get_relative_uri (node);

  if (strcmp (uri, "Broken") == 0)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The service is broken");
  else
    g_task_return_pointer (task, g_strdupv ((char **) (uri[0] == '\0' ? top : list)), (GDestroyNotify) g_strfreev);
}

static void
never_cancelled (GCancellable *cancellable G_GNUC_UNUSED, gpointer task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  g_object_unref (task);
}

static void
asked_get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  ++*(guint *) self;
  if (strcmp (oma_node_ref_get_name (node), "Never") == 0)
    g_signal_connect (g_task_get_cancellable (task), "cancelled", G_CALLBACK (never_cancelled), g_object_ref (task));
  else
    g_task_return_pointer (task, oma_value_new_string ("tick"), (GDestroyNotify) oma_value_unref);
}

static const OmaNodeOps asked_ops = { .list = asked_list, .get = asked_get };

/* ./Whole gives all that is below it at once, and has what cannot be read. */
static void
whole_list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  static const char *const names[] = { "Run", "a b", NULL }, *const below[] = { "State", "Go", NULL };
  gboolean top = strcmp (oma_node_ref_get_name (node), "Whole") == 0;

  g_task_return_pointer (task, g_strdupv ((char **) (top ? names : below)), (GDestroyNotify) g_strfreev);
}

static gboolean
whole_has_read (gpointer self G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED)
{
  return TRUE;
}

static void
whole_read (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  OmaNodeList *nodes = oma_node_list_new ();

  ++*(guint *) self;
  oma_node_list_add (nodes, "", NULL);
  oma_node_list_add (nodes, "a%20b", NULL);
  oma_node_list_add (nodes, "a%20b/State", oma_value_new_string ("good"));
  g_task_return_pointer (task, nodes, (GDestroyNotify) oma_node_list_free);
}

static const OmaNodeOps whole_ops = { .list = whole_list, .has_read = whole_has_read, .read = whole_read };

/* ---- The tree ---- */

static OmaSchemaNode *
describe (OmaSchemaNode *parent, const char *name, OmaFormat format, gboolean permanent)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);
  g_autoptr(GError) error = NULL;

  node->permanent = permanent;
  node->min_occurrence = permanent ? 1 : 0;
  node->max_occurrence = name != NULL ? 1 : OMA_OCCURRENCE_UNBOUNDED;
  node->access = OMA_ACCESS_ADD | OMA_ACCESS_GET | OMA_ACCESS_REPLACE | OMA_ACCESS_DELETE;
  if (parent != NULL)
    oma_schema_node_add_child (parent, node, &error);
  g_assert_no_error (error);
  return node;
}

static void
mount (OmaTree *tree, OmaSchemaNode *top, const OmaNodeOps *ops, gpointer self)
{
  g_autoptr(OmaSchema) schema = oma_schema_new (top->name);
  g_autoptr(GError) error = NULL;

  oma_schema_add_root (schema, ".", top);
  oma_tree_mount (tree, schema, ops, self, OMA_MOUNT_DEFAULT, &error);
  g_assert_no_error (error);
}

static void
mount_all (OmaTree *tree, guint *n_asked)
{
  OmaSchemaNode *store = describe (NULL, "Store", OMA_FORMAT_NODE, TRUE);
  OmaSchemaNode *deep = describe (NULL, "Deep", OMA_FORMAT_NODE, TRUE);
  OmaSchemaNode *asked = describe (NULL, "Asked", OMA_FORMAT_NODE, TRUE);
  OmaSchemaNode *whole = describe (NULL, "Whole", OMA_FORMAT_NODE, TRUE);
  OmaSchemaNode *level = deep, *part;

  describe (store, "Mode", OMA_FORMAT_CHR, TRUE)->default_value = g_strdup ("calm");
  describe (store, "Key", OMA_FORMAT_CHR, FALSE)->access = OMA_ACCESS_ADD | OMA_ACCESS_REPLACE;
  describe (store, NULL, OMA_FORMAT_CHR, FALSE);
  for (guint i = 0; i < 8; i++)
    level = describe (level, NULL, OMA_FORMAT_NODE, FALSE);
  describe (asked, "Now", OMA_FORMAT_CHR, TRUE);
  describe (asked, "Never", OMA_FORMAT_CHR, TRUE);
  describe (describe (asked, "Broken", OMA_FORMAT_NODE, TRUE), NULL, OMA_FORMAT_CHR, FALSE);
  describe (describe (asked, "List", OMA_FORMAT_NODE, TRUE), NULL, OMA_FORMAT_CHR, FALSE);
  describe (whole, "Run", OMA_FORMAT_NULL, TRUE)->access = OMA_ACCESS_EXEC;
  part = describe (whole, NULL, OMA_FORMAT_NODE, FALSE);
  describe (part, "State", OMA_FORMAT_CHR, TRUE);
  describe (part, "Go", OMA_FORMAT_NULL, TRUE)->access = OMA_ACCESS_EXEC;
  mount (tree, whole, &whole_ops, n_asked);
  mount (tree, store, NULL, NULL);
  mount (tree, deep, NULL, NULL);
  mount (tree, asked, &asked_ops, n_asked);
}

/* ---- The agent ---- */

struct _OmaAgent {
  GObject      parent_instance;
  OmaTree     *tree;
  OmaExecutor *executor;
  OmaStore    *store;
  guint        n_asked;
  GPtrArray   *accounts;
  GPtrArray   *runners;
  GPtrArray   *plugins;
  GPtrArray   *refused;
  OmaAlertList *alerts;
  OmaUnitList  *units;
  OmaInteraction *interaction;
};

G_DEFINE_FINAL_TYPE (OmaAgent, oma_agent, G_TYPE_OBJECT)

static void
oma_agent_finalize (GObject *object)
{
  OmaAgent *agent = OMA_AGENT (object);

  g_object_unref (agent->units);
  oma_executor_free (agent->executor);
  oma_tree_free (agent->tree);
  g_object_unref (agent->alerts);
  oma_store_close (agent->store);
  g_object_unref (agent->store);
  g_ptr_array_unref (agent->accounts);
  g_ptr_array_unref (agent->runners);
  g_ptr_array_unref (agent->plugins);
  g_ptr_array_unref (agent->refused);
  g_clear_object (&agent->interaction);
  G_OBJECT_CLASS (oma_agent_parent_class)->finalize (object);
}

static void
oma_agent_class_init (OmaAgentClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = oma_agent_finalize;
  g_signal_new ("session-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, OMA_TYPE_RUNNER);
  g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_UINT,
                G_TYPE_STRING);
  g_signal_new ("session-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, OMA_TYPE_RUNNER);
}

static void
oma_agent_init (OmaAgent *agent)
{
  g_autoptr(GError) error = NULL;

  agent->tree = oma_tree_new ();
  mount_all (agent->tree, &agent->n_asked);
  agent->store = oma_store_open (NULL, &error);
  g_assert_no_error (error);
  oma_tree_load (agent->tree, OMA_TREE_STORE (agent->store), &error);
  g_assert_no_error (error);
  agent->executor = oma_executor_new (agent->tree);
  agent->alerts = oma_alert_list_new (agent->store);
  agent->units = oma_unit_list_new (agent->executor, agent->alerts);
  agent->accounts = g_ptr_array_new_with_free_func (g_object_unref);
  agent->runners = g_ptr_array_new_with_free_func (g_object_unref);
  agent->plugins = g_ptr_array_new ();
  agent->refused = g_ptr_array_new ();
}

OmaAgent *
agent_double_new (void)
{
  return g_object_new (OMA_TYPE_AGENT, NULL);
}

guint
agent_double_count_asked (OmaAgent *agent)
{
  return agent->n_asked;
}

OmaAlertList *
oma_agent_get_alerts (OmaAgent *agent)
{
  return agent->alerts;
}

OmaUnitList *
oma_agent_get_units (OmaAgent *agent)
{
  return agent->units;
}

static void
alert_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  gint64 id = oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error);

  if (id != 0)
    g_task_return_int (task, id);
  else
    g_task_return_error (task, error);
}

void
oma_agent_raise_alert_async (OmaAgent *agent, const char *account, OmaAlert *alert, gboolean sync,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  alert->server_id = g_strdup (account);
  oma_alert_list_put_async (agent->alerts, alert, OMA_ALERT_READY, sync, alert_kept,
                            g_task_new (agent, NULL, callback, user_data));
}

gint64
oma_agent_raise_alert_finish (OmaAgent *agent G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  gint64 id = g_task_propagate_int (G_TASK (result), error);

  return id > 0 ? id : 0;
}

OmaExecutor *
oma_agent_get_executor (OmaAgent *agent)
{
  return agent->executor;
}

OmaTree *
oma_agent_get_tree (OmaAgent *agent)
{
  return agent->tree;
}

OmaStore *
oma_agent_get_store (OmaAgent *agent)
{
  return agent->store;
}

const char *
oma_agent_get_device_id (OmaAgent *agent G_GNUC_UNUSED)
{
  return "urn:uuid:1";
}

GPtrArray *
oma_agent_get_plugins (OmaAgent *agent)
{
  return agent->plugins;
}

const OmaPluginInfo *
oma_agent_find_plugin (OmaAgent *agent, const char *name, GError **error)
{
  for (guint i = 0; i < agent->plugins->len; i++)
    {
      const OmaPluginInfo *info = g_ptr_array_index (agent->plugins, i);

      if (strcmp (info->name, name) == 0)
        return info;
    }
  g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_PLUGIN, "There is no plugin %s", name);
  return NULL;
}

/* The nodes of ./Store, whatever the plugin. */
GPtrArray *
oma_agent_list_plugin_nodes (OmaAgent *agent, const char *name G_GNUC_UNUSED)
{
  static const struct {
    const char *uri;
    const char *handler;
    guint       flags;
  } made[] = {
    { "./Store", NULL, 0 },
    { "./Store/Mode", "Mode", OMA_HANDLER_IRREVERSIBLE },
    { "./Store/Key", "**", OMA_HANDLER_IRREVERSIBLE | OMA_HANDLER_PROVISIONAL },
  };
  GPtrArray *nodes = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    {
      OmaPluginNode *node = g_new0 (OmaPluginNode, 1);
      OmaLookup lookup;
      OmaUri uri;

      g_assert_true (oma_uri_parse (&uri, made[i].uri, NULL));
      oma_tree_lookup (agent->tree, &uri, NULL, &lookup);
      oma_uri_clear (&uri);
      node->uri = (char *) made[i].uri;
      node->schema = lookup.schema;
      node->handler = made[i].handler;
      node->flags = made[i].flags;
      g_ptr_array_add (nodes, node);
    }
  return nodes;
}

gboolean
oma_agent_reset_plugin (OmaAgent *agent, const char *name, GError **error)
{
  return oma_agent_find_plugin (agent, name, error) != NULL;
}

GPtrArray *
oma_agent_get_refused_ddf (OmaAgent *agent)
{
  return agent->refused;
}

GPtrArray *
oma_agent_get_accounts (OmaAgent *agent)
{
  return agent->accounts;
}

OmaAccount *
oma_agent_find_account (OmaAgent *agent, const char *name)
{
  for (guint i = 0; i < agent->accounts->len; i++)
    if (strcmp (oma_account_get_name (agent->accounts->pdata[i]), name) == 0)
      return agent->accounts->pdata[i];
  return NULL;
}

void
oma_agent_add_account_async (OmaAgent *agent, OmaAccountConfig *config, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  OmaAccount *account = g_object_new (OMA_TYPE_ACCOUNT, NULL);

  account->config = config;
  g_ptr_array_add (agent->accounts, account);
  g_task_return_pointer (task, g_object_ref (account), g_object_unref);
}

OmaAccount *
oma_agent_add_account_finish (OmaAgent *agent G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The account's settings tell what came: the document as its address, the media type as its server. */
void
oma_agent_bootstrap_async (OmaAgent *agent, const char *name, const char *media_type, GBytes *document,
                           const char *const *manage, GAsyncReadyCallback callback, gpointer user_data)
{
  OmaAccountConfig *config = oma_account_config_new ();

  config->name = g_strdup (name != NULL ? name : "made");
  config->server_id = g_strdup (media_type);
  config->url = g_strndup (g_bytes_get_data (document, NULL), g_bytes_get_size (document));
  config->manage = g_strdupv ((char **) manage);
  oma_agent_add_account_async (agent, config, callback, user_data);
}

void
oma_agent_bootstrap_from_async (OmaAgent *agent, const char *name, const char *uri, OmaAccountConfig *access,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  oma_account_config_set_address (access, name != NULL ? name : "made", uri);
  oma_agent_add_account_async (agent, access, callback, user_data);
}

OmaAccount *
oma_agent_bootstrap_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  return oma_agent_add_account_finish (agent, result, error);
}

void
oma_agent_remove_account_async (OmaAgent *agent, const char *name, gboolean withdraw G_GNUC_UNUSED,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  OmaAccount *account = oma_agent_find_account (agent, name);

  if (account == NULL)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "No account %s", name);
  else
    g_task_return_boolean (task, g_ptr_array_remove (agent->accounts, account));
}

gboolean
oma_agent_remove_account_finish (OmaAgent *agent G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
agent_double_add_account (OmaAgent *agent, const char *name)
{
  OmaAccount *account = g_object_new (OMA_TYPE_ACCOUNT, NULL);

  account->config = oma_account_config_new ();
  account->config->name = g_strdup (name);
  account->config->server_id = g_strdup ("srv");
  account->config->url = g_strdup ("https://dm.example/");
  g_ptr_array_add (agent->accounts, account);
}

const OmaAccountConfig *
agent_double_get_config (OmaAgent *agent)
{
  return ((OmaAccount *) agent->accounts->pdata[agent->accounts->len - 1])->config;
}

void
oma_agent_fetch_object_async (OmaAgent *agent, const char *moid, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, cancellable, callback, user_data);

  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "No server told where %s is to be had", moid);
}

gboolean
oma_agent_fetch_object_finish (OmaAgent *agent G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

OmaRunner *
oma_agent_sync (OmaAgent *agent, const char *name, GError **error)
{
  OmaAccount *account = oma_agent_find_account (agent, name);
  OmaRunner *runner;

  if (account == NULL)
    {
      g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "No account %s", name);
      return NULL;
    }
  runner = g_object_new (OMA_TYPE_RUNNER, NULL);
  runner->id = agent->runners->len + 1;
  runner->account = g_object_ref (account);
  g_ptr_array_add (agent->runners, runner);
  g_signal_emit_by_name (agent, "session-added", runner);
  return runner;
}

/* The octets are the name of an account, or a digest that is wrong. */
void
oma_agent_notify_async (OmaAgent *agent, GBytes *octets, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  g_autofree char *name = g_strndup (g_bytes_get_size (octets) > 0 ? g_bytes_get_data (octets, NULL) : "",
                                     g_bytes_get_size (octets));

  if (oma_agent_find_account (agent, name) == NULL)
    g_task_return_new_error (task, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_DIGEST, "Not the server's");
  else
    g_task_return_pointer (task, g_object_ref (oma_agent_sync (agent, name, NULL)), g_object_unref);
}

OmaRunner *
oma_agent_notify_finish (OmaAgent *agent G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
oma_agent_set_interaction (OmaAgent *agent, OmaInteraction *interaction)
{
  g_set_object (&agent->interaction, interaction);
}

OmaInteraction *
oma_agent_get_interaction (OmaAgent *agent)
{
  return agent->interaction;
}

GPtrArray *
oma_agent_get_sessions (OmaAgent *agent)
{
  return agent->runners;
}

OmaRunner *
agent_double_get_runner (OmaAgent *agent, guint index)
{
  return agent->runners->pdata[index];
}

void
agent_double_change_runner (OmaRunner *runner, OmaRunnerState state, guint commands)
{
  runner->state = state;
  runner->counters.commands = commands;
  g_signal_emit_by_name (runner, "changed");
}

void
agent_double_send_message (OmaRunner *runner, const char *text)
{
  const OmaRunnerMessage message = { .sent = TRUE, .number = 1, .text = text, .encoding = "wbxml", .size = 42 };

  g_signal_emit_by_name (runner, "message", &message);
}

void
agent_double_resend_message (OmaRunner *runner, const char *reason)
{
  g_signal_emit_by_name (runner, "resent", 1, 2, reason);
}

gboolean
agent_double_is_overheard (OmaRunner *runner)
{
  return g_signal_has_handler_pending (runner, message_signal, 0, TRUE);
}

void
agent_double_end_runner (OmaAgent *agent, OmaRunner *runner, const char *reason)
{
  runner->state = reason != NULL ? OMA_RUNNER_FAILED : OMA_RUNNER_SUCCEEDED;
  runner->reason = g_strdup (reason);
  g_signal_emit_by_name (runner, "changed");
  g_signal_emit_by_name (runner, "ended");
  g_signal_emit_by_name (agent, "session-removed", runner);
}
