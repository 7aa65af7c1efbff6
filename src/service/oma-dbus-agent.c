/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-object.h"

#include "oma-dbus.h"
#include "service/oma-account-settings.h"
#include "service/oma-dbus-account.h"
#include "service/oma-dbus-alert.h"
#include "service/oma-dbus-bootstrap.h"
#include "service/oma-dbus-plugin.h"
#include "service/oma-dbus-session.h"
#include "service/oma-interaction-agents.h"

#include <string.h>

#define DEFAULT_SESSIONS 100
#define MAX_SESSIONS 1000
#define MAX_ASIDE 1000
#define MAX_UNITS 1000

static GVariant *
text (const char *string)
{
  g_autofree char *valid = string != NULL ? g_utf8_make_valid (string, -1) : g_strdup ("");

  return g_variant_new_take_string (g_steal_pointer (&valid));
}

static GVariant *
get_property (gpointer object, const char *name)
{
  if (strcmp (name, "Version") == 0)
    return text (OMADM_VERSION);
  if (strcmp (name, "DeviceId") == 0)
    return text (oma_agent_get_device_id (object));
  g_return_val_if_reached (NULL);
}

static gboolean
resolve (OmaRequest *request, GError **error G_GNUC_UNUSED)
{
  oma_request_set_object (request, g_object_ref (request->agent), g_object_unref);
  return TRUE;
}

static void
introspect (OmaRequest *request)
{
  static const char *const names[] = { "account", "session", "tree" };
  g_autoptr(GPtrArray) children = g_ptr_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_ptr_array_add (children, (gpointer) names[i]);
  oma_object_return_introspection (request, &oma_dbus_agent_object, children);
}

/* ---- Status ---- */

static GVariant *
plugins_to_variant (GPtrArray *plugins)
{
  static const char *const no_uris[] = { NULL };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssssas)"));
  for (guint i = 0; plugins != NULL && i < plugins->len; i++)
    {
      const OmaPluginInfo *plugin = g_ptr_array_index (plugins, i);

      g_variant_builder_add (&builder, "(@s@ss@s^as)", text (plugin->name), text (plugin->version),
                             oma_dbus_plugin_state (plugin), text (plugin->reason),
                             plugin->uris != NULL ? (const char *const *) plugin->uris : no_uris);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
refused_to_variant (GPtrArray *refused)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; refused != NULL && i < refused->len; i++)
    {
      const OmaRefusedDdf *ddf = g_ptr_array_index (refused, i);

      g_variant_builder_add (&builder, "(@s@s)", text (ddf->path), text (ddf->reason));
    }
  return g_variant_builder_end (&builder);
}

static const char *const unit_states[] = {
  [OMA_UNIT_OPEN] = "open",
  [OMA_UNIT_PROVISIONAL] = "provisional",
  [OMA_UNIT_UNDO_FAILED] = "undo-failed",
};

static GVariant *
units_to_variant (OmaUnitList *list)
{
  g_autoptr(GPtrArray) units = oma_unit_list_get (list);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tssxusu)"));
  for (guint i = 0; i < units->len && i < MAX_UNITS; i++)
    {
      const OmaUnitInfo *unit = g_ptr_array_index (units, i);

      g_variant_builder_add (&builder, "(ts@sxu@su)", (guint64) unit->id,
                             unit->undoing ? "undoing" : unit_states[unit->state], text (unit->server_id), unit->time,
                             unit->attempts, text (unit->error), unit->n_changes);
    }
  return g_variant_builder_end (&builder);
}

typedef struct {
  GVariantBuilder builder;
  guint           n;
} Aside;

static void
add_aside (const char *uri, const char *reason, gpointer user_data)
{
  Aside *aside = user_data;

  if (aside->n++ < MAX_ASIDE)
    g_variant_builder_add (&aside->builder, "(@s@s)", text (uri), text (reason));
}

static GVariant *
aside_to_variant (OmaTree *tree)
{
  Aside aside = { .n = 0 };

  g_variant_builder_init (&aside.builder, G_VARIANT_TYPE ("a(ss)"));
  oma_tree_foreach_aside (tree, add_aside, &aside);
  return g_variant_builder_end (&aside.builder);
}

static guint
count_running (GPtrArray *runners)
{
  guint n = 0;

  for (guint i = 0; i < runners->len; i++)
    if (oma_runner_get_state (g_ptr_array_index (runners, i)) == OMA_RUNNER_RUNNING)
      n++;
  return n;
}

static void
handle_get_status (OmaRequest *request)
{
  OmaAgent *agent = request->agent;
  OmaTree *tree = oma_agent_get_tree (agent);
  GVariantBuilder status;

  g_variant_builder_init (&status, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&status, "{sv}", "version", text (OMADM_VERSION));
  g_variant_builder_add (&status, "{sv}", "device-id", text (oma_agent_get_device_id (agent)));
  g_variant_builder_add (&status, "{sv}", "nodes", g_variant_new_uint32 (oma_tree_count_nodes (tree)));
  g_variant_builder_add (&status, "{sv}", "accounts", g_variant_new_uint32 (oma_agent_get_accounts (agent)->len));
  g_variant_builder_add (&status, "{sv}", "sessions",
                         g_variant_new_uint32 (count_running (oma_agent_get_sessions (agent))));
  g_variant_builder_add (&status, "{sv}", "plugins", plugins_to_variant (oma_agent_get_plugins (agent)));
  g_variant_builder_add (&status, "{sv}", "refused-ddf", refused_to_variant (oma_agent_get_refused_ddf (agent)));
  g_variant_builder_add (&status, "{sv}", "aside", aside_to_variant (tree));
  g_variant_builder_add (&status, "{sv}", "units", units_to_variant (oma_agent_get_units (agent)));
  oma_request_return (request, g_variant_new ("(a{sv})", &status), NULL);
}

/* ---- Units of work ---- */

static void
unit_retried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (oma_unit_list_retry_finish (OMA_UNIT_LIST (source), result, &error))
    oma_request_return (user_data, NULL, NULL);
  else
    oma_request_return_error (user_data, error);
}

static void
handle_retry_undo (OmaRequest *request)
{
  guint64 id;

  g_variant_get (request->parameters, "(t)", &id);
  oma_unit_list_retry_async (oma_agent_get_units (request->agent), (gint64) id, unit_retried_cb, request);
}

static void
unit_forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (oma_unit_list_forget_finish (OMA_UNIT_LIST (source), result, &error))
    oma_request_return (user_data, NULL, NULL);
  else
    oma_request_return_error (user_data, error);
}

static void
handle_forget_unit (OmaRequest *request)
{
  guint64 id;

  g_variant_get (request->parameters, "(t)", &id);
  oma_unit_list_forget_async (oma_agent_get_units (request->agent), (gint64) id, unit_forgotten_cb, request);
}

/* ---- Accounts ---- */

static void
handle_list_accounts (OmaRequest *request)
{
  GPtrArray *accounts = oma_agent_get_accounts (request->agent);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(oa{sv})"));
  for (guint i = 0; i < accounts->len; i++)
    {
      OmaAccount *account = g_ptr_array_index (accounts, i);
      g_autofree char *path = oma_dbus_account_dup_path (oma_account_get_name (account));

      g_variant_builder_add (&builder, "(o@a{sv})", path, oma_interface_get_all (&oma_dbus_account_interface, account));
    }
  oma_request_return (request, g_variant_new ("(a(oa{sv}))", &builder), NULL);
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OmaRequest *request = user_data;
  GError *error = NULL;
  g_autoptr(OmaAccount) account = oma_agent_add_account_finish (OMA_AGENT (source), result, &error);
  g_autofree char *path = NULL;

  if (account == NULL)
    {
      oma_request_return_error (request, error);
      return;
    }
  path = oma_dbus_account_dup_path (oma_account_get_name (account));
  oma_request_return (request, g_variant_new ("(o)", path), NULL);
}

static void
settings_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaRequest *request = user_data;
  GError *error = NULL;
  OmaAccountConfig *config = oma_account_settings_read_finish (result, &error);

  if (config == NULL)
    oma_request_return_error (request, error);
  else
    oma_agent_add_account_async (request->agent, config, added_cb, request);
}

static void
handle_add_account (OmaRequest *request)
{
  g_autoptr(GVariant) settings = NULL;
  const char *name;

  g_variant_get (request->parameters, "(&s@a{sv})", &name, &settings);
  oma_account_settings_read_async (name, settings, oma_request_get_descriptors (request), request->cancellable,
                                   settings_cb, request);
}

/* Options of a call: each key at most once, and none but @key of type b. */
static gboolean
parse_options (GVariant *options, const char *key, gboolean *truth, GError **error)
{
  GVariantIter iter;
  const char *given;
  GVariant *value;

  *truth = FALSE;
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &given, &value))
    {
      g_autoptr(GVariant) owned = value;

      if (key == NULL || strcmp (given, key) != 0 || !g_variant_is_of_type (owned, G_VARIANT_TYPE_BOOLEAN))
        {
          g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, "No such option, or of another type: '%s'",
                       given);
          return FALSE;
        }
      *truth = g_variant_get_boolean (owned);
    }
  return TRUE;
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (oma_agent_remove_account_finish (OMA_AGENT (source), result, &error))
    oma_request_return (user_data, NULL, NULL);
  else
    oma_request_return_error (user_data, error);
}

static void
handle_remove_account (OmaRequest *request)
{
  g_autoptr(GVariant) options = NULL;
  GError *error = NULL;
  gboolean withdraw;
  const char *name;

  g_variant_get (request->parameters, "(&s@a{sv})", &name, &options);
  if (parse_options (options, "withdraw", &withdraw, &error))
    oma_agent_remove_account_async (request->agent, name, withdraw, removed_cb, request);
  else
    oma_request_return_error (request, error);
}

/* ---- Sessions ---- */

static void
handle_sync (OmaRequest *request)
{
  g_autoptr(GVariant) options = NULL;
  GError *error = NULL;
  gboolean unused;
  const char *account;

  g_variant_get (request->parameters, "(&s@a{sv})", &account, &options);
  if (parse_options (options, NULL, &unused, &error))
    oma_dbus_session_start (request, account);
  else
    oma_request_return_error (request, error);
}

static void
handle_handle_notification (OmaRequest *request)
{
  g_autoptr(GVariant) options = g_variant_get_child_value (request->parameters, 1);
  GError *error = NULL;
  gboolean unused;

  if (parse_options (options, NULL, &unused, &error))
    oma_dbus_session_start_notified (request);
  else
    oma_request_return_error (request, error);
}

static const char *
record_state (const OmaSessionRecord *record)
{
  if (record->reason == NULL)
    return "succeeded";
  return strcmp (record->reason, OMA_SESSION_INTERRUPTED) == 0 ? "interrupted" : "failed";
}

static GVariant *
record_to_variant (const OmaSessionRecord *record)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "Id", g_variant_new_uint64 (record->id));
  g_variant_builder_add (&builder, "{sv}", "Account", text (record->account));
  g_variant_builder_add (&builder, "{sv}", "State", text (record_state (record)));
  g_variant_builder_add (&builder, "{sv}", "Reason", text (record->reason));
  g_variant_builder_add (&builder, "{sv}", "StartTime", g_variant_new_int64 (record->start_time));
  g_variant_builder_add (&builder, "{sv}", "EndTime", g_variant_new_int64 (record->end_time));
  g_variant_builder_add (&builder, "{sv}", "MessagesSent", g_variant_new_uint32 (record->messages_sent));
  g_variant_builder_add (&builder, "{sv}", "MessagesReceived", g_variant_new_uint32 (record->messages_received));
  g_variant_builder_add (&builder, "{sv}", "Commands", g_variant_new_uint32 (record->commands));
  g_variant_builder_add (&builder, "{sv}", "FailedCommands", g_variant_new_uint32 (record->failed_commands));
  g_variant_builder_add (&builder, "{sv}", "Unanswered", g_variant_new_uint32 (record->unanswered));
  g_variant_builder_add (&builder, "{sv}", "Protocol", text (record->protocol));
  g_variant_builder_add (&builder, "{sv}", "Encoding", text (record->encoding));
  return g_variant_builder_end (&builder);
}

static int
compare_runners (gconstpointer a, gconstpointer b)
{
  gint64 id_a = oma_runner_get_id (*(OmaRunner **) a), id_b = oma_runner_get_id (*(OmaRunner **) b);

  return id_a < id_b ? 1 : id_a > id_b ? -1 : 0;
}

/* Latest first: what the agent still has, which knows best, among what the history has. */
static GVariant *
sessions_to_variant (GPtrArray *live, GPtrArray *records, guint limit)
{
  GVariantBuilder builder;
  guint l = 0, r = 0;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint n = 0; n < limit && (l < live->len || r < records->len); n++)
    {
      OmaRunner *runner = l < live->len ? g_ptr_array_index (live, l) : NULL;
      const OmaSessionRecord *record = r < records->len ? g_ptr_array_index (records, r) : NULL;

      if (runner != NULL && (record == NULL || oma_runner_get_id (runner) >= record->id))
        {
          g_variant_builder_add_value (&builder, oma_interface_get_all (&oma_dbus_session_interface, runner));
          r += record != NULL && oma_runner_get_id (runner) == record->id;
          l++;
        }
      else
        {
          g_variant_builder_add_value (&builder, record_to_variant (record));
          r++;
        }
    }
  return g_variant_builder_end (&builder);
}

static void
sessions_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OmaRequest *request = user_data;
  GError *error = NULL;
  g_autoptr(GPtrArray) records = oma_store_list_sessions_finish (OMA_STORE (source), result, &error);
  g_autoptr(GPtrArray) live = NULL;
  guint32 limit;

  if (records == NULL)
    {
      oma_request_return_error (request, error);
      return;
    }
  g_variant_get (request->parameters, "(u)", &limit);
  limit = limit == 0 ? DEFAULT_SESSIONS : MIN (limit, MAX_SESSIONS);
  live = g_ptr_array_copy (oma_agent_get_sessions (request->agent), NULL, NULL);
  g_ptr_array_set_free_func (live, NULL);
  g_ptr_array_sort (live, compare_runners);
  oma_request_return (request, g_variant_new ("(@aa{sv})", sessions_to_variant (live, records, limit)), NULL);
}

static void
handle_list_sessions (OmaRequest *request)
{
  guint32 limit;

  g_variant_get (request->parameters, "(u)", &limit);
  limit = limit == 0 ? DEFAULT_SESSIONS : MIN (limit, MAX_SESSIONS);
  oma_store_list_sessions_async (oma_agent_get_store (request->agent), limit, sessions_cb, request);
}

static void
handle_start_monitor (OmaRequest *request)
{
  GError *error = NULL;

  if (oma_subscribers_set_monitor (request->subscribers, request->caller, TRUE, &error))
    oma_request_return (request, NULL, NULL);
  else
    oma_request_return_error (request, error);
}

static void
handle_stop_monitor (OmaRequest *request)
{
  oma_subscribers_set_monitor (request->subscribers, request->caller, FALSE, NULL);
  oma_request_return (request, NULL, NULL);
}

/* ---- Who asks the user ---- */

static OmaInteractionAgents *
get_agents (OmaRequest *request)
{
  return OMA_INTERACTION_AGENTS (oma_agent_get_interaction (request->agent));
}

static void
handle_register_user_interaction (OmaRequest *request)
{
  GError *error = NULL;
  const char *object;

  g_variant_get (request->parameters, "(&o)", &object);
  if (oma_interaction_agents_add (get_agents (request), request->caller, object, &error))
    oma_request_return (request, NULL, NULL);
  else
    oma_request_return_error (request, error);
}

static void
handle_unregister_user_interaction (OmaRequest *request)
{
  oma_interaction_agents_remove (get_agents (request), request->caller);
  oma_request_return (request, NULL, NULL);
}

static const OmaMethod methods[] = {
  { "GetStatus", handle_get_status },
  { "ListAccounts", handle_list_accounts },
  { "AddAccount", handle_add_account },
  { "Bootstrap", oma_dbus_bootstrap_document },
  { "BootstrapFrom", oma_dbus_bootstrap_from },
  { "RemoveAccount", handle_remove_account },
  { "ListPlugins", oma_dbus_plugin_list },
  { "GetPlugin", oma_dbus_plugin_get },
  { "ResetPlugin", oma_dbus_plugin_reset },
  { "RetryUndo", handle_retry_undo },
  { "ForgetUnit", handle_forget_unit },
  { "Sync", handle_sync },
  { "HandleNotification", handle_handle_notification },
  { "ListSessions", handle_list_sessions },
  { "StartMonitor", handle_start_monitor },
  { "StopMonitor", handle_stop_monitor },
  { "RaiseAlert", oma_dbus_alert_raise },
  { "ListAlerts", oma_dbus_alert_list },
  { "DropAlert", oma_dbus_alert_drop },
  { "RegisterUserInteraction", handle_register_user_interaction },
  { "UnregisterUserInteraction", handle_unregister_user_interaction },
  { NULL, NULL },
};

/* org.omadm.Agent1 */
const OmaInterface oma_dbus_agent_interface = { oma_dbus_agent1_interface_info, methods, get_property };

static const OmaInterface *const interfaces[] = { &oma_dbus_agent_interface, &oma_dbus_tree_interface, NULL };

/* /org/omadm/Agent1 */
const OmaObjectClass oma_dbus_agent_object = { interfaces, resolve, introspect };
