/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-builtin-ddf.h"
#include "agent/oma-crash-file.h"
#include "agent/oma-exec-report.h"
#include "agent/oma-log.h"
#include "agent/oma-trusted-file.h"
#include "codec/oma-ddf.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_DDF (16 * 1024 * 1024)
/* Milliseconds: who sees the name on the bus can subscribe before what changed meanwhile is told. */
#define FOLLOW_DELAY 1000
#define DEVICE_ID_URI "./DevInfo/DevId"

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
take_plugin_progress (const char *plugin G_GNUC_UNUSED, const char *uri, guint percent, const char *message,
                      gpointer user_data)
{
  oma_agent_tell_progress (user_data, uri, percent, message);
}

static void
log_left_out_plugins (OmaAgent *self)
{
  GPtrArray *plugins = oma_plugin_loader_get_plugins (self->loader);

  for (guint i = 0; i < plugins->len; i++)
    {
      const OmaPluginInfo *plugin = g_ptr_array_index (plugins, i);

      if (plugin->state == OMA_PLUGIN_LEFT_OUT)
        oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_PLUGIN_LEFT_OUT, NULL, 0,
                       "Plugin %s is left out: %s; to have it back: omadmctl plugin reset %s", plugin->name,
                       plugin->reason, plugin->name);
    }
}

static void
load_plugins (OmaAgent *self)
{
  g_autofree char *data_dir = g_build_filename (self->state_dir, "plugin-data", NULL);

  self->crashes = oma_crash_file_open (self->state_dir);
  self->loader = oma_plugin_loader_new (self->tree, oma_ddf_load);
  oma_plugin_loader_set_config_func (self->loader, get_plugin_config, self);
  oma_plugin_loader_set_alert_func (self->loader, take_plugin_alert, self);
  oma_plugin_loader_set_progress_func (self->loader, take_plugin_progress, self);
  oma_plugin_loader_set_connection (self->loader, self->connection);
  oma_plugin_loader_set_data_directory (self->loader, data_dir);
  oma_plugin_loader_set_accept_own_files (self->loader, self->accept_own_files);
  oma_plugin_loader_set_crash_record (self->loader, self->crashes);
  oma_plugin_loader_load_directory (self->loader, self->plugin_dir);
  log_left_out_plugins (self);
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

/* What the read of DevId needs for as long as it takes. */
typedef struct {
  OmaAgent     *agent;
  OmaWork      *work;
  OmaOperation  operation;
} DeviceIdRead;

static void
device_id_read (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  DeviceIdRead *read = user_data;
  g_autoptr(OmaAgent) self = read->agent;
  g_autoptr(GError) error = NULL;
  const char *text = NULL;

  oma_work_run_finish (read->work, result, &error);
  if (read->operation.result != NULL)
    text = oma_value_get_text (read->operation.result);
  if (text == NULL || *text == '\0')
    g_warning ("%s cannot be read: %s", DEVICE_ID_URI,
               read->operation.error != NULL ? read->operation.error->message : "no value");
  g_clear_object (&self->device_id_read);
  /* What is being undone may be in its way: it is read again after that, see units_idle(). */
  if ((text != NULL && *text != '\0') || !oma_unit_list_is_busy (self->units))
    oma_session_queue_set_device_id (self->sessions, text != NULL && *text != '\0' ? text : NULL);
  if (text != NULL && *text != '\0')
    oma_subscription_list_start (self->subscriptions, text);
  oma_operation_clear (&read->operation);
  oma_work_free (read->work);
  g_free (read);
  oma_agent_stop_if_idle (self);
}

/* Sessions wait for it. */
static void
read_device_id (OmaAgent *self)
{
  const OmaPrincipal principal = { .kind = OMA_PRINCIPAL_DEVICE };
  DeviceIdRead *read = g_new0 (DeviceIdRead, 1);

  oma_session_queue_hold (self->sessions);
  self->device_id_read = g_cancellable_new ();
  read->agent = g_object_ref (self);
  read->work = oma_work_new (self->executor, &principal);
  read->operation.type = OMA_OPERATION_GET;
  read->operation.uri = DEVICE_ID_URI;
  oma_work_run_async (read->work, &read->operation, self->device_id_read, device_id_read, read);
}

static void
units_idle (OmaUnitList *units G_GNUC_UNUSED, gpointer user_data)
{
  OmaAgent *self = user_data;

  if (!self->stopping && self->device_id_read == NULL && oma_agent_get_device_id (self) == NULL)
    read_device_id (self);
  oma_agent_stop_if_idle (self);
}

static void
open_sessions (OmaAgent *self)
{
  OmaRunnerContext context = {
    .executor = self->executor,
    .store = self->store,
    .config = self->config,
    .alerts = OMA_ALERT_QUEUE (self->alerts),
    .rand = self->rand,
  };

  oma_agent_open_subscriptions (self, &context);
  context.subscriptions = OMA_SUBSCRIPTIONS (self->subscriptions);
  oma_session_queue_open (self->sessions, &context);
}

/* What an earlier run of the daemon left: nobody reads or writes there before it is undone. */
static gboolean
recover_units (OmaAgent *self, GError **error)
{
  self->units = oma_unit_list_new (self->executor, self->alerts);
  oma_unit_list_set_retry (self->units, self->config->retry_delay, self->rand);
  g_signal_connect (self->units, "idle", G_CALLBACK (units_idle), self);
  return oma_unit_list_recover (self->units, error);
}

static void
follower_idle (gpointer user_data)
{
  oma_agent_stop_if_idle (user_data);
}

/**
 * oma_agent_start:
 * @agent: an agent
 * @error: return location for an error
 *
 * Reads the configuration, opens the store, mounts the accounts, the plugins and the
 * administrator's DDF files, loads the stored nodes, begins to undo
 * what the journal has and takes over the accounts of
 * provisioning and bootstrap documents.  It blocks, and runs the main loop while it waits, but not for what is being undone:
 * call it before anything else is on that loop.  Plugins, DDF files and accounts that cannot be used cost a warning.
 *
 * Returns: %TRUE when the agent runs, or %FALSE with %OMA_AGENT_ERROR_BAD_SETTING for the
 *   configuration or an %OMA_STORE_ERROR for the store, which is left as it is
 */
gboolean
oma_agent_start (OmaAgent *agent, GError **error)
{
  agent->config = oma_config_load (agent->config_dir, trusted_flags (agent), error);
  if (agent->config == NULL || !open_store (agent, error) || !oma_agent_open_alerts (agent, error))
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
  oma_tree_set_limits (agent->tree, agent->config->max_nodes, (guint64) agent->config->max_stored * 1024 * 1024);
  agent->executor = oma_executor_new (agent->tree);
  oma_executor_set_alias_func (agent->executor, oma_account_layout_resolve, agent->layout);
  oma_executor_set_operation_timeout (agent->executor, agent->config->operation_timeout);
  oma_executor_set_exec_timeout (agent->executor, agent->config->exec_timeout);
  oma_exec_report_attach (agent->executor, agent->alerts);
  agent->follower = oma_follower_new (agent->executor, follower_idle, agent);
  if (!oma_follower_load (agent->follower, error) || !recover_units (agent, error))
    return FALSE;
  oma_agent_open_accounts (agent);
  oma_agent_open_bootstraps (agent);
  open_sessions (agent);
  if (agent->device_id_read == NULL && oma_agent_get_device_id (agent) == NULL)
    read_device_id (agent);
  /* An undoing may take long: nobody who wants to see it waits for that. */
  while (agent->device_id_read != NULL && !oma_unit_list_is_busy (agent->units))
    g_main_context_iteration (NULL, TRUE);
  oma_agent_deliver_alerts (agent);
  oma_agent_deliver_bootstraps (agent);
  oma_agent_schedule_all (agent);
  oma_follower_start (agent->follower, FOLLOW_DELAY);
  return TRUE;
}
