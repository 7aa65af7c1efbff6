/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent.h"

#include "agent/oma-account-layout.h"
#include "agent/oma-account-list.h"
#include "agent/oma-account-private.h"
#include "agent/oma-agent-private.h"
#include "agent/oma-builtin-ddf.h"
#include "agent/oma-config.h"
#include "agent/oma-exec-report.h"
#include "agent/oma-log.h"
#include "agent/oma-runner-private.h"
#include "agent/oma-trusted-file.h"
#include "codec/oma-ddf.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define STOP_TIMEOUT 5              /* seconds that sessions may take to end */
#define KEEP_SESSION 60             /* seconds that an ended session can still be asked for */
#define MAX_DDF (16 * 1024 * 1024)
#define DEVICE_ID_URI "./DevInfo/DevId"

struct _OmaAgent {
  GObject           parent_instance;
  char             *config_dir;
  char             *state_dir;
  char             *plugin_dir;
  gboolean          accept_own_files;
  OmaConfig        *config;
  OmaStore         *store;
  OmaTree          *tree;
  OmaPluginLoader  *loader;
  OmaExecutor      *executor;
  OmaAccountLayout *layout;
  OmaAccountList   *accounts;
  OmaAlertList     *alerts;
  OmaInteraction   *interaction;      /* (nullable): asks the person at the device */
  GPtrArray        *no_accounts;      /* what there is before the start */
  GPtrArray        *refused_ddf;      /* (element-type OmaRefusedDdf) */
  GPtrArray        *sessions;         /* (element-type OmaRunner): queued, running, ended */
  GHashTable       *timers;           /* OmaRunner -> source that lets it go */
  char             *device_id;
  guint             queue_source;
  gboolean          stopping;
  GTask            *stop_task;        /* (nullable): of oma_agent_stop_async(), until it is done */
  guint             stop_timer;
};

enum {
  SIGNAL_ACCOUNT_ADDED,
  SIGNAL_ACCOUNT_REMOVED,
  SIGNAL_SESSION_ADDED,
  SIGNAL_SESSION_REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (OmaAgent, oma_agent, G_TYPE_OBJECT)

static void
refused_ddf_free (OmaRefusedDdf *refused)
{
  g_free (refused->path);
  g_free (refused->reason);
  g_free (refused);
}

static void
remove_source (gpointer id)
{
  g_source_remove (GPOINTER_TO_UINT (id));
}

static guint
count_sessions (OmaAgent *self, OmaRunnerState state)
{
  guint n = 0;

  for (guint i = 0; i < self->sessions->len; i++)
    n += oma_runner_get_state (self->sessions->pdata[i]) == state;
  return n;
}

static gboolean
is_active (OmaAgent *self)
{
  return (self->accounts != NULL && oma_account_list_is_busy (self->accounts)) ||
         count_sessions (self, OMA_RUNNER_RUNNING) > 0;
}

static void
oma_agent_finalize (GObject *object)
{
  OmaAgent *self = OMA_AGENT (object);

  if (self->accounts != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->accounts, self);
      oma_account_list_close (self->accounts);
    }
  g_clear_handle_id (&self->queue_source, g_source_remove);
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_hash_table_unref (self->timers);
  if (self->executor != NULL)
    oma_executor_set_late_funcs (self->executor, NULL, NULL, NULL);
  if (!is_active (self))
    {
      g_clear_pointer (&self->executor, oma_executor_free);
      g_clear_pointer (&self->loader, oma_plugin_loader_free);
      g_clear_pointer (&self->tree, oma_tree_free);
      g_clear_pointer (&self->layout, oma_account_layout_free);
    }
  /* Else what did not end in time still points to them: the process is about to end. */
  for (guint i = 0; i < self->sessions->len; i++)
    oma_runner_abandon (self->sessions->pdata[i]);
  g_ptr_array_unref (self->sessions);
  g_clear_object (&self->accounts);
  if (self->alerts != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->alerts, self);
      oma_alert_list_set_hold_func (self->alerts, NULL, NULL);
    }
  g_clear_object (&self->alerts);
  g_clear_object (&self->interaction);
  if (self->store != NULL)
    oma_store_close (self->store);
  g_clear_object (&self->store);
  g_clear_pointer (&self->config, oma_config_free);
  g_ptr_array_unref (self->no_accounts);
  g_ptr_array_unref (self->refused_ddf);
  g_free (self->config_dir);
  g_free (self->state_dir);
  g_free (self->plugin_dir);
  g_free (self->device_id);
  G_OBJECT_CLASS (oma_agent_parent_class)->finalize (object);
}

static void
oma_agent_class_init (OmaAgentClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = oma_agent_finalize;
  signals[SIGNAL_ACCOUNT_ADDED] = g_signal_new ("account-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 1, OMA_TYPE_ACCOUNT);
  signals[SIGNAL_ACCOUNT_REMOVED] = g_signal_new ("account-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                  G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_SESSION_ADDED] = g_signal_new ("session-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 1, OMA_TYPE_RUNNER);
  signals[SIGNAL_SESSION_REMOVED] = g_signal_new ("session-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                  G_TYPE_NONE, 1, OMA_TYPE_RUNNER);
}

static void
oma_agent_init (OmaAgent *self)
{
  self->no_accounts = g_ptr_array_new ();
  self->refused_ddf = g_ptr_array_new_with_free_func ((GDestroyNotify) refused_ddf_free);
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  self->timers = g_hash_table_new_full (NULL, NULL, NULL, remove_source);
}

/**
 * oma_agent_new:
 * @options: where its files are; copied
 *
 * Returns: (transfer full): an agent that waits for oma_agent_start()
 */
OmaAgent *
oma_agent_new (const OmaAgentOptions *options)
{
  OmaAgent *self = g_object_new (OMA_TYPE_AGENT, NULL);

  self->config_dir = g_strdup (options->config_dir);
  self->state_dir = g_strdup (options->state_dir);
  self->plugin_dir = g_strdup (options->plugin_dir);
  self->accept_own_files = options->accept_own_files;
  return self;
}

/* ---- Start ---- */

static gboolean
open_store (OmaAgent *self, GError **error)
{
  if (g_mkdir_with_parents (self->state_dir, 0700) != 0)
    {
      int saved_errno = errno;

      g_set_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_FAILED, "%s: %s", self->state_dir, g_strerror (saved_errno));
      return FALSE;
    }
  self->store = oma_store_open (self->state_dir, error);
  if (self->store == NULL)
    g_prefix_error (error, "%s: ", self->state_dir);
  return self->store != NULL;
}

static OmaTrustedFileFlags
trusted_flags (OmaAgent *self)
{
  return self->accept_own_files ? OMA_TRUSTED_FILE_ACCEPT_OWN : OMA_TRUSTED_FILE_DEFAULT;
}

static char *
get_plugin_config (const char *plugin, const char *key, gpointer user_data)
{
  OmaAgent *self = user_data;

  return oma_config_dup_plugin_value (self->config, plugin, key);
}

static void
take_plugin_alert (const char *plugin, const char *type, const char *mark, const char *uri, const char *correlator,
                   OmaValue *data, gpointer user_data)
{
  OmaAgent *self = user_data;

  oma_exec_report_by_plugin (self->alerts, plugin, type, mark, uri, correlator, data);
}

static void
load_plugins (OmaAgent *self)
{
  self->loader = oma_plugin_loader_new (self->tree, oma_ddf_load);
  oma_plugin_loader_set_config_func (self->loader, get_plugin_config, self);
  oma_plugin_loader_set_alert_func (self->loader, take_plugin_alert, self);
  oma_plugin_loader_set_accept_own_files (self->loader, self->accept_own_files);
  oma_plugin_loader_load_directory (self->loader, self->plugin_dir);
}

static gboolean
mount_ddf (OmaAgent *self, const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = oma_trusted_file_read (path, MAX_DDF, trusted_flags (self), error);
  g_autoptr(OmaSchema) schema = NULL;
  gconstpointer data;
  gsize size;

  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  schema = oma_ddf_parse (path, data, size, error);
  return schema != NULL && oma_tree_mount (self->tree, schema, NULL, NULL, OMA_MOUNT_DEFAULT, error);
}

/* Why it was refused, without the file's name when that stands before it. */
static const char *
reason_without_path (const char *message, const char *path)
{
  gsize length = strlen (path);

  return g_str_has_prefix (message, path) && g_str_has_prefix (message + length, ": ") ? message + length + 2 : message;
}

/* What the administrator describes is served by the store.  One bad file costs its own nodes. */
static void
mount_ddf_directory (OmaAgent *self)
{
  g_autofree char *directory = g_build_filename (self->config_dir, "ddf.d", NULL);
  g_autoptr(GPtrArray) paths = oma_config_list_directory (directory, ".ddf.xml");

  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr(GError) error = NULL;
      const char *reason;
      OmaRefusedDdf *refused;

      if (mount_ddf (self, paths->pdata[i], &error))
        continue;
      reason = reason_without_path (error->message, paths->pdata[i]);
      oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_DDF_REFUSED, NULL, 0, "DDF file %s refused: %s",
                     (char *) paths->pdata[i], reason);
      refused = g_new0 (OmaRefusedDdf, 1);
      refused->path = g_strdup (paths->pdata[i]);
      refused->reason = g_strdup (reason);
      g_ptr_array_add (self->refused_ddf, refused);
    }
}

static void
account_added (OmaAccountList *list G_GNUC_UNUSED, OmaAccount *account, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_ACCOUNT_ADDED], 0, account);
}

static OmaRunner *find_active (OmaAgent *self, const char *account);
static void stop_if_idle (OmaAgent *self);
static void drop_homeless_alerts (OmaAgent *self);

static void
account_removed (OmaAccountList *list G_GNUC_UNUSED, const char *name, gpointer user_data)
{
  OmaAgent *self = user_data;
  OmaRunner *runner = find_active (self, name);

  if (runner != NULL)
    oma_runner_stop (runner);
  drop_homeless_alerts (self);
  g_signal_emit (self, signals[SIGNAL_ACCOUNT_REMOVED], 0, name);
}

static void
import_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  oma_account_list_import_finish (OMA_ACCOUNT_LIST (source), result);
  *(gboolean *) user_data = TRUE;
}

/* Nobody can ask for anything yet, so the main loop is ours for the time of the import. */
static void
open_accounts (OmaAgent *self)
{
  g_autofree char *directory = g_build_filename (self->config_dir, "accounts.d", NULL);
  gboolean done = FALSE;

  self->accounts = oma_account_list_new (self->executor);
  g_signal_connect (self->accounts, "added", G_CALLBACK (account_added), self);
  g_signal_connect (self->accounts, "removed", G_CALLBACK (account_removed), self);
  g_signal_connect_swapped (self->accounts, "idle", G_CALLBACK (stop_if_idle), self);
  oma_account_list_import_async (self->accounts, directory, self->accept_own_files, import_done, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/* What the read of DevId needs for as long as it takes. */
typedef struct {
  OmaAgent     *agent;
  OmaWork      *work;
  OmaOperation  operation;
  gboolean     *done;
} DeviceIdRead;

static void
device_id_read (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  DeviceIdRead *read = user_data;
  g_autoptr(GError) error = NULL;
  const char *text = NULL;

  oma_work_run_finish (read->work, result, &error);
  if (read->operation.result != NULL)
    text = oma_value_get_text (read->operation.result);
  if (text != NULL && *text != '\0')
    read->agent->device_id = g_strdup (text);
  else
    g_warning ("%s cannot be read: %s", DEVICE_ID_URI,
               read->operation.error != NULL ? read->operation.error->message : "no value");
  *read->done = TRUE;
  oma_operation_clear (&read->operation);
  oma_work_free (read->work);
  g_free (read);
}

static void
read_device_id (OmaAgent *self)
{
  const OmaPrincipal principal = { .kind = OMA_PRINCIPAL_DEVICE };
  DeviceIdRead *read = g_new0 (DeviceIdRead, 1);
  gboolean done = FALSE;

  read->agent = self;
  read->done = &done;
  read->work = oma_work_new (self->executor, &principal);
  read->operation.type = OMA_OPERATION_GET;
  read->operation.uri = DEVICE_ID_URI;
  oma_work_run_async (read->work, &read->operation, NULL, device_id_read, read);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

typedef struct {
  gboolean done, loaded;
  GError **error;
} AlertsLoad;

static void
alerts_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AlertsLoad *load = user_data;

  load->loaded = oma_alert_list_load_finish (OMA_ALERT_LIST (source), result, load->error);
  load->done = TRUE;
}

static OmaAccount *
find_account_of (OmaAgent *self, const char *server_id)
{
  GPtrArray *accounts = oma_agent_get_accounts (self);

  for (guint i = 0; i < accounts->len; i++)
    if (g_strcmp0 (oma_account_get_server_id (accounts->pdata[i]), server_id) == 0)
      return accounts->pdata[i];
  return NULL;
}

static gboolean
holds_alerts (const char *server_id, gpointer user_data)
{
  OmaAccount *account = find_account_of (user_data, server_id);

  return account != NULL && oma_account_get_flag (account, OMA_ACCOUNT_OPTION_HOLD_ALERTS);
}

/* An alert that asks for a session gets one, unless one is under way: that takes it along, or
 * another one follows.  One for whoever comes first goes to the first account. */
static void
alert_ready (OmaAlertList *list G_GNUC_UNUSED, const char *server_id, gpointer user_data)
{
  OmaAgent *self = user_data;
  GPtrArray *accounts = oma_agent_get_accounts (self);
  OmaAccount *account = server_id != NULL ? find_account_of (self, server_id) : NULL;
  g_autoptr(GError) error = NULL;

  if (server_id == NULL && count_sessions (self, OMA_RUNNER_RUNNING) == 0 && accounts->len > 0)
    account = accounts->pdata[0];
  /* Such a session starts by itself: one that the server refused stays away for a while. */
  if (account != NULL && oma_account_get_not_before (account) > g_get_real_time () / G_USEC_PER_SEC)
    return;
  if (account != NULL && !self->stopping && oma_agent_sync (self, oma_account_get_name (account), &error) == NULL)
    g_debug ("No session for an alert: %s", error->message);
}

/* An account that is gone takes its alerts along. */
static void
drop_homeless_alerts (OmaAgent *self)
{
  g_autoptr(GPtrArray) alerts = oma_alert_list_get_all (self->alerts);
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = alerts->pdata[i];

      if (alert->server_id != NULL && find_account_of (self, alert->server_id) == NULL)
        g_array_append_val (ids, alert->id);
    }
  for (guint i = 0; i < ids->len; i++)
    oma_alert_list_drop (self->alerts, g_array_index (ids, gint64, i));
}

static gboolean
open_alerts (OmaAgent *self, GError **error)
{
  AlertsLoad load = { .error = error };

  self->alerts = oma_alert_list_new (self->store);
  oma_alert_list_load_async (self->alerts, alerts_loaded, &load);
  while (!load.done)
    g_main_context_iteration (NULL, TRUE);
  if (!load.loaded)
    return FALSE;
  oma_alert_list_set_hold_func (self->alerts, holds_alerts, self);
  g_signal_connect (self->alerts, "ready", G_CALLBACK (alert_ready), self);
  return TRUE;
}

/* Servers that wait for an alert since an earlier run of the daemon. */
static void
deliver_alerts (OmaAgent *self)
{
  GPtrArray *accounts = oma_agent_get_accounts (self);

  for (guint i = 0; i < accounts->len; i++)
    {
      const char *server_id = oma_account_get_server_id (accounts->pdata[i]);

      if (server_id != NULL && oma_alert_list_session_over (self->alerts, server_id))
        oma_agent_sync (self, oma_account_get_name (accounts->pdata[i]), NULL);
    }
}

/**
 * oma_agent_start:
 * @agent: an agent
 * @error: return location for an error
 *
 * Reads the configuration, opens the store, mounts the accounts, the plugins and the
 * administrator's DDF files, loads the stored nodes and takes over the accounts of
 * provisioning.  It blocks, and runs the main loop while it waits: call it before anything
 * else is on that loop.  Plugins, DDF files and accounts that cannot be used cost a warning.
 *
 * Returns: %TRUE when the agent runs, or %FALSE with %OMA_AGENT_ERROR_BAD_SETTING for the
 *   configuration or an %OMA_STORE_ERROR for the store, which is left as it is
 */
gboolean
oma_agent_start (OmaAgent *agent, GError **error)
{
  agent->config = oma_config_load (agent->config_dir, trusted_flags (agent), error);
  if (agent->config == NULL || !open_store (agent, error) || !open_alerts (agent, error))
    return FALSE;
  agent->tree = oma_tree_new ();
  agent->layout = oma_account_layout_new (agent->tree);
  if (!oma_account_list_mount (agent->tree, error) || !oma_account_layout_mount (agent->layout, error) ||
      !oma_builtin_ddf_mount (agent->tree, "inbox.ddf.xml", OMA_MOUNT_RESERVED, error))
    return FALSE;
  load_plugins (agent);
  mount_ddf_directory (agent);
  if (!oma_tree_load (agent->tree, OMA_TREE_STORE (agent->store), error))
    return FALSE;
  agent->executor = oma_executor_new (agent->tree);
  oma_executor_set_alias_func (agent->executor, oma_account_layout_resolve, agent->layout);
  oma_executor_set_operation_timeout (agent->executor, agent->config->operation_timeout);
  oma_executor_set_exec_timeout (agent->executor, agent->config->exec_timeout);
  oma_exec_report_attach (agent->executor, agent->alerts);
  open_accounts (agent);
  read_device_id (agent);
  deliver_alerts (agent);
  return TRUE;
}

/**
 * oma_agent_get_config:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the configuration
 */
const OmaConfig *
oma_agent_get_config (OmaAgent *agent)
{
  return agent->config;
}

/* ---- Sessions: one with each account, several accounts at a time ---- */

static OmaRunner *
find_active (OmaAgent *self, const char *account)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      OmaRunner *runner = self->sessions->pdata[i];

      if (!oma_runner_is_over (runner) &&
          g_strcmp0 (oma_account_get_name (oma_runner_get_account (runner)), account) == 0)
        return runner;
    }
  return NULL;
}

static gpointer
ref_object (gconstpointer object, gpointer user_data G_GNUC_UNUSED)
{
  return g_object_ref ((gpointer) object);
}

/* What ends may change the list. */
static GPtrArray *
copy_sessions (OmaAgent *self)
{
  return g_ptr_array_copy (self->sessions, ref_object, NULL);   /* with the free function */
}

/* Starts what is queued as far as there is room, the oldest first. */
static gboolean
run_queue (gpointer user_data)
{
  OmaAgent *self = user_data;
  g_autoptr(GPtrArray) sessions = copy_sessions (self);

  self->queue_source = 0;
  for (guint i = 0; i < sessions->len; i++)
    if (oma_runner_get_state (sessions->pdata[i]) == OMA_RUNNER_QUEUED &&
        count_sessions (self, OMA_RUNNER_RUNNING) < self->config->max_sessions)
      oma_runner_start (sessions->pdata[i], self->device_id);
  return G_SOURCE_REMOVE;
}

static void
schedule_queue (OmaAgent *self)
{
  if (self->queue_source == 0 && !self->stopping)
    self->queue_source = g_idle_add (run_queue, self);
}

static gboolean
let_go (gpointer user_data)
{
  g_autoptr(OmaRunner) runner = g_object_ref (user_data);
  OmaAgent *self = g_object_get_data (G_OBJECT (runner), "oma-agent");

  g_hash_table_steal (self->timers, runner);
  g_ptr_array_remove (self->sessions, runner);
  g_signal_emit (self, signals[SIGNAL_SESSION_REMOVED], 0, runner);
  return G_SOURCE_REMOVE;
}

/* An alert that was raised when the session had said all it had to say needs another one; after
 * a session that failed it waits for the next. */
static void
follow_up (OmaAgent *self, OmaRunner *runner)
{
  OmaAccount *account = oma_runner_get_account (runner);
  const char *server_id = oma_account_get_server_id (account);

  if (server_id != NULL && oma_alert_list_session_over (self->alerts, server_id) &&
      oma_runner_get_state (runner) == OMA_RUNNER_SUCCEEDED)
    oma_agent_sync (self, oma_account_get_name (account), NULL);
}

static void
session_ended (OmaRunner *runner, gpointer user_data)
{
  OmaAgent *self = user_data;
  guint id = g_timeout_add_seconds (KEEP_SESSION, let_go, runner);

  g_hash_table_insert (self->timers, runner, GUINT_TO_POINTER (id));
  follow_up (self, runner);
  schedule_queue (self);
  stop_if_idle (self);
}

/**
 * oma_agent_sync:
 * @agent: an agent that was started
 * @account: name of an account
 * @error: return location for an %OMA_AGENT_ERROR
 *
 * Asks for a session with the account's server.  If one is queued or under way it is that
 * one.  It begins from the main loop, so that the caller can connect to its signals before.
 *
 * Returns: (transfer none) (nullable): the session, or %NULL with %OMA_AGENT_ERROR_NO_ACCOUNT
 *   or %OMA_AGENT_ERROR_STOPPING
 */
OmaRunner *
oma_agent_sync (OmaAgent *agent, const char *account, GError **error)
{
  OmaAccount *found = oma_agent_find_account (agent, account);
  const OmaRunnerContext context = { agent->executor, agent->store, agent->config, OMA_ALERT_QUEUE (agent->alerts),
                                     agent->interaction };
  OmaRunner *runner;

  if (agent->stopping)
    {
      g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
      return NULL;
    }
  if (found == NULL)
    {
      g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "There is no account %s", account);
      return NULL;
    }
  runner = find_active (agent, account);
  if (runner != NULL)
    return runner;
  runner = oma_runner_new (&context, found);
  g_object_set_data (G_OBJECT (runner), "oma-agent", agent);
  g_ptr_array_add (agent->sessions, runner);
  g_signal_connect_object (runner, "ended", G_CALLBACK (session_ended), agent, 0);
  g_signal_emit (agent, signals[SIGNAL_SESSION_ADDED], 0, runner);
  schedule_queue (agent);
  return runner;
}

/**
 * oma_agent_set_interaction:
 * @agent: an agent
 * @interaction: (nullable): asks the person at the device for the sessions that begin from now
 *   on; without it they cannot be asked
 */
void
oma_agent_set_interaction (OmaAgent *agent, OmaInteraction *interaction)
{
  g_set_object (&agent->interaction, interaction);
}

/**
 * oma_agent_get_interaction:
 * @agent: an agent
 *
 * Returns: (transfer none) (nullable): what oma_agent_set_interaction() set
 */
OmaInteraction *
oma_agent_get_interaction (OmaAgent *agent)
{
  return agent->interaction;
}

/**
 * oma_agent_get_sessions:
 * @agent: an agent
 *
 * Returns: (transfer none) (element-type OmaRunner): sessions that are queued, under way or
 *   ended a short while ago, in the order in which they were asked for
 */
GPtrArray *
oma_agent_get_sessions (OmaAgent *agent)
{
  return agent->sessions;
}

/* ---- Alerts ---- */

static void
alert_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  gint64 id = oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error);

  if (id != 0)
    g_task_return_pointer (task, g_memdup2 (&id, sizeof id), g_free);
  else
    g_task_return_error (task, error);
}

/**
 * oma_agent_raise_alert_async:
 * @agent: an agent that was started
 * @account: (nullable): the account whose server is to be told, %NULL for whoever comes first
 * @alert: (transfer full): what to tell; its server is set here
 * @sync: open a session for it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Keeps an alert until its server has acknowledged it.
 */
void
oma_agent_raise_alert_async (OmaAgent *agent, const char *account, OmaAlert *alert, gboolean sync,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  g_autoptr(OmaAlert) own_alert = alert;
  OmaAccount *found = account != NULL ? oma_agent_find_account (agent, account) : NULL;

  g_task_set_source_tag (task, oma_agent_raise_alert_async);
  if (agent->stopping)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  else if (account != NULL && found == NULL)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "There is no account %s", account);
  else
    {
      g_free (own_alert->server_id);
      own_alert->server_id = found != NULL ? g_strdup (oma_account_get_server_id (found)) : NULL;
      oma_alert_list_put_async (agent->alerts, g_steal_pointer (&own_alert), OMA_ALERT_READY, sync, alert_kept,
                                g_steal_pointer (&task));
    }
}

/**
 * oma_agent_raise_alert_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for %OMA_AGENT_ERROR_NO_ACCOUNT, %OMA_AGENT_ERROR_STOPPING, or an
 *   error as of oma_alert_list_put_finish()
 *
 * Returns: the alert's id, 0 when it was not kept
 */
gint64
oma_agent_raise_alert_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *id = NULL;

  g_return_val_if_fail (g_task_is_valid (result, agent), 0);
  id = g_task_propagate_pointer (G_TASK (result), error);
  return id != NULL ? *id : 0;
}

/**
 * oma_agent_get_alerts:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): what servers are to be told
 */
OmaAlertList *
oma_agent_get_alerts (OmaAgent *agent)
{
  return agent->alerts;
}

/* ---- Accounts ---- */

/**
 * oma_agent_get_accounts:
 * @agent: an agent
 *
 * Returns: (transfer none) (element-type OmaAccount): all accounts
 */
GPtrArray *
oma_agent_get_accounts (OmaAgent *agent)
{
  return agent->accounts != NULL ? oma_account_list_get (agent->accounts) : agent->no_accounts;
}

/**
 * oma_agent_find_account:
 * @agent: an agent that was started
 * @name: a name
 *
 * Returns: (transfer none) (nullable): the account of this name
 */
OmaAccount *
oma_agent_find_account (OmaAgent *agent, const char *name)
{
  return oma_account_list_find (agent->accounts, name);
}

static void
account_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  OmaAccount *account = oma_account_list_add_finish (OMA_ACCOUNT_LIST (source), result, &error);

  if (account != NULL)
    g_task_return_pointer (task, account, g_object_unref);
  else
    g_task_return_error (task, error);
}

static gboolean
refuse_when_stopping (OmaAgent *self, GTask *task)
{
  if (!self->stopping)
    return FALSE;
  g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  return TRUE;
}

/**
 * oma_agent_add_account_async:
 * @agent: an agent that was started
 * @config: (transfer full): what the account is made of
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes an account, all of it or nothing.  The server gets all rights on the nodes that
 * @config names, or on the whole tree if it names none and there is no other account.
 */
void
oma_agent_add_account_async (OmaAgent *agent, OmaAccountConfig *config, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr(OmaAccountConfig) own_config = config;
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_agent_add_account_async);
  if (!refuse_when_stopping (agent, task))
    oma_account_list_add_async (agent->accounts, own_config, NULL, account_made, g_steal_pointer (&task));
}

/**
 * oma_agent_add_account_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): the account, or %NULL with an error as of
 *   oma_account_list_add_finish(), or %OMA_AGENT_ERROR_STOPPING
 */
OmaAccount *
oma_agent_add_account_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct {
  char     *name;
  gboolean  withdraw;
} RemoveData;

static void
remove_data_free (RemoveData *data)
{
  g_free (data->name);
  g_free (data);
}

static void
account_gone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (oma_account_list_remove_finish (OMA_ACCOUNT_LIST (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Takes over @task. */
static void
remove_now (GTask *task)
{
  OmaAgent *self = g_task_get_source_object (task);
  const RemoveData *data = g_task_get_task_data (task);

  oma_account_list_remove_async (self->accounts, data->name, data->withdraw, account_gone, task);
}

static void
ended_before_removal (OmaRunner *runner, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (runner, ended_before_removal, user_data);
  remove_now (user_data);
}

/**
 * oma_agent_remove_account_async:
 * @agent: an agent that was started
 * @name: name of an account
 * @withdraw: undo what its server set, see oma_withdraw_add_steps()
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Ends the account's session, if there is one, and removes the account with its secrets and
 * the rights of its server.
 */
void
oma_agent_remove_account_async (OmaAgent *agent, const char *name, gboolean withdraw, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  RemoveData *data = g_new0 (RemoveData, 1);
  OmaRunner *runner = find_active (agent, name);

  g_task_set_source_tag (task, oma_agent_remove_account_async);
  g_task_set_task_data (task, data, (GDestroyNotify) remove_data_free);
  data->name = g_strdup (name);
  data->withdraw = withdraw;
  if (refuse_when_stopping (agent, task))
    return;
  if (runner == NULL)
    {
      remove_now (g_steal_pointer (&task));
      return;
    }
  g_signal_connect (runner, "ended", G_CALLBACK (ended_before_removal), g_steal_pointer (&task));
  oma_runner_stop (runner);
}

/**
 * oma_agent_remove_account_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: %TRUE when the account is gone, or %FALSE with %OMA_AGENT_ERROR_NO_ACCOUNT,
 *   %OMA_AGENT_ERROR_STOPPING, or what stopped the unit of work; then nothing changed
 */
gboolean
oma_agent_remove_account_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- Stop ---- */

static void
finish_stop (OmaAgent *self)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->stop_task);

  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_task_return_boolean (task, TRUE);
}

static void
stop_if_idle (OmaAgent *self)
{
  if (self->stop_task != NULL && !is_active (self))
    finish_stop (self);
}

static gboolean
stop_timed_out (gpointer user_data)
{
  OmaAgent *self = user_data;

  self->stop_timer = 0;
  g_warning ("Sessions did not end in time");
  finish_stop (self);
  return G_SOURCE_REMOVE;
}

/**
 * oma_agent_stop_async:
 * @agent: an agent that was started
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Ends the sessions, each with Alert 1223 to its server, and lets changes to accounts come to
 * their end, in 5 seconds at most.  From now on there is no new session and no new change to
 * accounts.  The store is closed with the last reference to the agent.
 */
void
oma_agent_stop_async (OmaAgent *agent, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GPtrArray) sessions = NULL;

  g_return_if_fail (!agent->stopping && agent->executor != NULL);
  agent->stopping = TRUE;
  g_clear_handle_id (&agent->queue_source, g_source_remove);
  sessions = copy_sessions (agent);
  for (guint i = 0; i < sessions->len; i++)
    oma_runner_stop (sessions->pdata[i]);
  agent->stop_task = g_task_new (agent, NULL, callback, user_data);
  g_task_set_source_tag (agent->stop_task, oma_agent_stop_async);
  agent->stop_timer = g_timeout_add_seconds (STOP_TIMEOUT, stop_timed_out, agent);
  stop_if_idle (agent);
}

/**
 * oma_agent_stop_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: %TRUE: no session is under way
 */
gboolean
oma_agent_stop_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- What it is made of ---- */

/**
 * oma_agent_get_executor:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the one door to the tree
 */
OmaExecutor *
oma_agent_get_executor (OmaAgent *agent)
{
  return agent->executor;
}

/**
 * oma_agent_get_tree:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the tree
 */
OmaTree *
oma_agent_get_tree (OmaAgent *agent)
{
  return agent->tree;
}

/**
 * oma_agent_get_store:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the store
 */
OmaStore *
oma_agent_get_store (OmaAgent *agent)
{
  return agent->store;
}

/**
 * oma_agent_get_device_id:
 * @agent: an agent that was started
 *
 * Returns: (transfer none) (nullable): ./DevInfo/DevId, the device's name towards servers
 */
const char *
oma_agent_get_device_id (OmaAgent *agent)
{
  return agent->device_id;
}

/**
 * oma_agent_get_plugins:
 * @agent: an agent that was started
 *
 * Returns: (transfer none) (element-type OmaPluginInfo): the plugins, failed ones included
 */
GPtrArray *
oma_agent_get_plugins (OmaAgent *agent)
{
  return oma_plugin_loader_get_plugins (agent->loader);
}

/**
 * oma_agent_get_refused_ddf:
 * @agent: an agent
 *
 * Returns: (transfer none) (element-type OmaRefusedDdf): the administrator's DDF files that were
 *   refused, and why
 */
GPtrArray *
oma_agent_get_refused_ddf (OmaAgent *agent)
{
  return agent->refused_ddf;
}
