/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-object.h"

#include "oma-dbus.h"
#include "service/oma-dbus-session.h"
#include "service/oma-service.h"

#include <string.h>

#define PREFIX OMA_OBJECT_PATH "/session"

static const char *
get_state (OmaRunner *runner)
{
  static const char *const names[] = {
    [OMA_RUNNER_QUEUED] = "queued",
    [OMA_RUNNER_RUNNING] = "running",
    [OMA_RUNNER_SUCCEEDED] = "succeeded",
    [OMA_RUNNER_FAILED] = "failed",
  };
  OmaRunnerState state = oma_runner_get_state (runner);

  return (guint) state < G_N_ELEMENTS (names) ? names[state] : "";
}

static const char *
get_reason (OmaRunner *runner)
{
  const char *reason = oma_runner_get_reason (runner);

  return reason != NULL ? reason : "";
}

static GVariant *
get_property (gpointer object, const char *name)
{
  OmaRunner *runner = object;
  const OmaSessionCounters *counters = oma_runner_get_counters (runner);

  if (strcmp (name, "Id") == 0)
    return g_variant_new_uint64 (oma_runner_get_id (runner));
  if (strcmp (name, "Account") == 0)
    return g_variant_new_string (oma_account_get_name (oma_runner_get_account (runner)));
  if (strcmp (name, "State") == 0)
    return g_variant_new_string (get_state (runner));
  if (strcmp (name, "Reason") == 0)
    return g_variant_new_string (get_reason (runner));
  if (strcmp (name, "StartTime") == 0)
    return g_variant_new_int64 (oma_runner_get_start_time (runner));
  if (strcmp (name, "EndTime") == 0)
    return g_variant_new_int64 (oma_runner_get_end_time (runner));
  if (strcmp (name, "Protocol") == 0)
    return g_variant_new_string (oma_runner_get_protocol (runner));
  if (strcmp (name, "Encoding") == 0)
    return g_variant_new_string (oma_runner_get_encoding (runner));
  if (strcmp (name, "MessagesSent") == 0)
    return g_variant_new_uint32 (counters->messages_sent);
  if (strcmp (name, "MessagesReceived") == 0)
    return g_variant_new_uint32 (counters->messages_received);
  if (strcmp (name, "Commands") == 0)
    return g_variant_new_uint32 (counters->commands);
  if (strcmp (name, "FailedCommands") == 0)
    return g_variant_new_uint32 (counters->failed_commands);
  if (strcmp (name, "Unanswered") == 0)
    return g_variant_new_uint32 (counters->unanswered);
  g_return_val_if_reached (NULL);
}

/**
 * oma_dbus_session_dup_path:
 * @runner: a session
 *
 * Returns: (transfer full): the path of its object
 */
char *
oma_dbus_session_dup_path (OmaRunner *runner)
{
  return g_strdup_printf (PREFIX "/%" G_GINT64_FORMAT, oma_runner_get_id (runner));
}

static gboolean
resolve (OmaRequest *request, GError **error)
{
  GPtrArray *runners = oma_agent_get_sessions (request->agent);

  for (guint i = 0; i < runners->len; i++)
    {
      OmaRunner *runner = g_ptr_array_index (runners, i);
      g_autofree char *path = oma_dbus_session_dup_path (runner);

      if (strcmp (path, request->path) == 0)
        {
          oma_request_set_object (request, g_object_ref (runner), g_object_unref);
          return TRUE;
        }
    }
  g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_UNKNOWN_OBJECT, "No session has the path %s", request->path);
  return FALSE;
}

static void
introspect_all (OmaRequest *request)
{
  GPtrArray *runners = oma_agent_get_sessions (request->agent);
  g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < runners->len; i++)
    g_ptr_array_add (children, g_strdup_printf ("%" G_GINT64_FORMAT,
                                                oma_runner_get_id (g_ptr_array_index (runners, i))));
  oma_object_return_introspection (request, &oma_dbus_sessions_object, children);
}

/* (transfer full): the path of the session, whose signals the caller gets from now on. */
static char *
hand_out (OmaRequest *request, OmaRunner *runner)
{
  g_autoptr(GError) error = NULL;
  char *path = oma_dbus_session_dup_path (runner);

  if (!oma_subscribers_add_session (request->subscribers, request->caller, path, &error))
    g_debug ("%s gets no signals of %s: %s", request->caller, path, error->message);
  return path;
}

/**
 * oma_dbus_session_start:
 * @request: (transfer full): a call of Sync
 * @account: name of the account
 *
 * Starts a session and answers with its path; the caller gets its signals.
 */
void
oma_dbus_session_start (OmaRequest *request, const char *account)
{
  GError *error = NULL;
  g_autofree char *path = NULL;
  OmaRunner *runner = oma_agent_sync (request->agent, account, &error);

  if (runner == NULL)
    {
      oma_request_return_error (request, error);
      return;
    }
  path = hand_out (request, runner);
  oma_request_return (request, g_variant_new ("(o)", path), NULL);
}

static void
notified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OmaRequest *request = user_data;
  GError *error = NULL;
  g_autoptr(OmaRunner) runner = oma_agent_notify_finish (OMA_AGENT (source), result, &error);
  g_autofree char *path = NULL;

  if (runner == NULL)
    {
      oma_request_return_error (request, error);
      return;
    }
  path = hand_out (request, runner);
  oma_request_return (request, g_variant_new ("(so)", oma_account_get_name (oma_runner_get_account (runner)), path),
                      NULL);
}

/**
 * oma_dbus_session_start_notified:
 * @request: (transfer full): a call of HandleNotification
 *
 * Starts the session that a notification asks for and answers with its account and its path; the caller gets its
 * signals.
 */
void
oma_dbus_session_start_notified (OmaRequest *request)
{
  g_autoptr(GVariant) message = g_variant_get_child_value (request->parameters, 0);
  g_autoptr(GBytes) octets = g_variant_get_data_as_bytes (message);

  oma_agent_notify_async (request->agent, octets, notified_cb, request);
}

static void
handle_stop (OmaRequest *request)
{
  oma_runner_stop (request->object);
  oma_request_return (request, NULL, NULL);
}

/* ---- Signals ---- */

static void
changed_cb (OmaRunner *runner, gpointer user_data)
{
  const OmaSessionCounters *counters = oma_runner_get_counters (runner);
  g_autofree char *path = oma_dbus_session_dup_path (runner);

  oma_subscribers_tell_session (user_data, path, "Progress",
                                g_variant_new ("(suuu)", get_state (runner), counters->messages_sent,
                                               counters->messages_received, counters->commands));
}

static void
ended_cb (OmaRunner *runner, gpointer user_data)
{
  g_autofree char *path = oma_dbus_session_dup_path (runner);

  oma_subscribers_tell_session (user_data, path, "Ended", g_variant_new ("(ss)", get_state (runner), get_reason (runner)));
}

/* Takes a reference to floating @details. */
static void
tell_message (OmaRunner *runner, OmaSubscribers *subscribers, gboolean sent, guint number, const char *text,
              GVariant *details)
{
  g_autofree char *path = oma_dbus_session_dup_path (runner);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  oma_subscribers_tell_monitors (subscribers, "Message",
                                 g_variant_new ("(osbus@a{sv})", path,
                                                oma_account_get_name (oma_runner_get_account (runner)), sent, number,
                                                valid, details));
}

static void
add_text (GVariantBuilder *details, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_variant_builder_add (details, "{sv}", key, g_variant_new_string (valid));
}

static void
message_cb (OmaRunner *runner, const OmaRunnerMessage *message, gpointer user_data)
{
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "encoding", g_variant_new_string (message->encoding));
  g_variant_builder_add (&details, "{sv}", "size", g_variant_new_uint64 (message->size));
  if (message->method != NULL)
    g_variant_builder_add (&details, "{sv}", "method", g_variant_new_string (message->method));
  if (message->uri != NULL)
    add_text (&details, "uri", message->uri);
  if (message->status != 0)
    g_variant_builder_add (&details, "{sv}", "status", g_variant_new_uint32 (message->status));
  tell_message (runner, user_data, message->sent, message->number, message->text, g_variant_builder_end (&details));
}

static void
resent_cb (OmaRunner *runner, guint number, guint time, const char *reason, gpointer user_data)
{
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "again", g_variant_new_uint32 (time));
  add_text (&details, "reason", reason);
  tell_message (runner, user_data, TRUE, number, "", g_variant_builder_end (&details));
}

/**
 * oma_dbus_session_follow:
 * @runner: a session
 * @subscribers: who gets its signals; must live until oma_dbus_session_unfollow()
 */
void
oma_dbus_session_follow (OmaRunner *runner, OmaSubscribers *subscribers)
{
  g_signal_connect (runner, "changed", G_CALLBACK (changed_cb), subscribers);
  g_signal_connect (runner, "ended", G_CALLBACK (ended_cb), subscribers);
  oma_dbus_session_follow_messages (runner, subscribers, oma_subscribers_has_monitors (subscribers));
}

/**
 * oma_dbus_session_unfollow:
 * @runner: a session
 * @subscribers: as given to oma_dbus_session_follow()
 */
void
oma_dbus_session_unfollow (OmaRunner *runner, OmaSubscribers *subscribers)
{
  g_signal_handlers_disconnect_by_data (runner, subscribers);
}

/**
 * oma_dbus_session_follow_messages:
 * @runner: a session
 * @subscribers: who gets its messages
 * @follow: whether somebody wants them: a session makes them readable only then
 */
void
oma_dbus_session_follow_messages (OmaRunner *runner, OmaSubscribers *subscribers, gboolean follow)
{
  g_signal_handlers_disconnect_by_func (runner, message_cb, subscribers);
  g_signal_handlers_disconnect_by_func (runner, resent_cb, subscribers);
  if (!follow)
    return;
  g_signal_connect (runner, "message", G_CALLBACK (message_cb), subscribers);
  g_signal_connect (runner, "resent", G_CALLBACK (resent_cb), subscribers);
}

static const OmaMethod methods[] = {
  { "Stop", handle_stop },
  { NULL, NULL },
};

/* org.omadm.Agent1.Session */
const OmaInterface oma_dbus_session_interface = { oma_dbus_agent1_session_interface_info, methods, get_property };

static const OmaInterface *const interfaces[] = { &oma_dbus_session_interface, NULL };

/* /org/omadm/Agent1/session/ID */
const OmaObjectClass oma_dbus_session_object = { interfaces, resolve, NULL };

/* /org/omadm/Agent1/session, above them */
const OmaObjectClass oma_dbus_sessions_object = { NULL, NULL, introspect_all };
