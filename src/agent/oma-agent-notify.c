/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-account-private.h"
#include "agent/oma-account-state.h"
#include "agent/oma-log.h"
#include "agent/oma-notification-record.h"

#define LOG_PERIOD 60        /* seconds in which */
#define LOG_AT_MOST 10       /* so many refusals are told of */

struct _OmaNotifications {
  GQueue      tasks;         /* (element-type GTask): the first one is looked at */
  GHashTable *unsigned_ones; /* server -> OmaNotificationRecord */
  gint64      log_since;     /* monotonic, microseconds */
  guint       n_refused;     /* since then */
};

/* A notification until it is accepted and that is on disk. */
typedef struct {
  GBytes          *octets;
  OmaNotification *notification;
  char            *account;   /* name */
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_bytes_unref (call->octets);
  g_clear_pointer (&call->notification, oma_notification_free);
  g_free (call->account);
  g_free (call);
}

static void
record_free (gpointer data)
{
  oma_notification_record_free (data);
}

/* Internal: none yet. */
OmaNotifications *
oma_notifications_new (void)
{
  OmaNotifications *self = g_new0 (OmaNotifications, 1);

  g_queue_init (&self->tasks);
  self->unsigned_ones = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, record_free);
  return self;
}

/* Internal: who waits holds the agent, so nobody does now. */
void
oma_notifications_free (OmaNotifications *notifications)
{
  g_hash_table_unref (notifications->unsigned_ones);
  g_free (notifications);
}

/* Internal: whether one is being noted. */
gboolean
oma_notifications_are_busy (const OmaNotifications *notifications)
{
  return notifications->tasks.length > 0;
}

/* ---- Refusing ---- */

/* Anybody may make wrong ones, as many as he likes: the log does not fill up with them. */
static void
log_refusal (OmaNotifications *self, const char *account, const GError *error)
{
  gint64 now = g_get_monotonic_time ();

  if (now - self->log_since > LOG_PERIOD * G_USEC_PER_SEC)
    {
      if (self->n_refused > LOG_AT_MOST)
        g_message ("%u more notifications were refused", self->n_refused - LOG_AT_MOST);
      self->log_since = now;
      self->n_refused = 0;
    }
  if (self->n_refused++ < LOG_AT_MOST)
    oma_log_event (G_LOG_LEVEL_MESSAGE, NULL, account, 0, "A notification was refused: %s", error->message);
}

/* Returns: (transfer none) (nullable): the account; notifications of this kind are those of DM 2.0 */
static OmaAccount *
find_account (OmaAgent *self, const OmaNotification *notification, GError **error)
{
  OmaAccount *account = oma_account_list_find_server (self->accounts, notification->server_id);

  if (account != NULL && oma_account_get_protocol (account) == OMA_DM_2_0)
    return account;
  g_set_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_SERVER,
               account != NULL ? "The account with the notification's server %s is none of DM 2.0"
                               : "There is no account with the notification's server %s", notification->server_id);
  return NULL;
}

static gboolean
refuse_digest (GError **error, const char *reason)
{
  g_set_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_DIGEST, "The notification %s", reason);
  return FALSE;
}

/* A digest that there is must be right.  Our reading: one that is missing is only let pass where the account has nothing
 * to make one with, or its option noti-require-digest says so (DM Protocol 2.0, package 0). */
static gboolean
check_digest (OmaAccount *account, const Call *call, GError **error)
{
  g_autoptr(GBytes) secret = NULL;
  g_autoptr(GBytes) data = NULL;

  if (call->notification->digest == NULL)
    return !oma_account_requires_notification_digest (account) || refuse_digest (error, "has no digest");
  if (!oma_account_read_notification_key (account, &secret, &data))
    return refuse_digest (error, "has a digest, and the account no credentials to judge it");
  return oma_notification_check_digest (call->notification, call->octets, secret, data) ||
         refuse_digest (error, "has a digest that is not its server's");
}

/* Our reading: a digest without a time proves nothing, since it may be as old as the secret is. */
static gboolean
check_time (const OmaNotification *notification, gint64 now, GError **error)
{
  if (notification->timestamp >= 0)
    return oma_notification_check_time (notification, now, error);
  if (notification->digest == NULL)
    return TRUE;
  g_set_error_literal (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_REPLAYED, "The notification has no time");
  return FALSE;
}

/* ---- Accepting ---- */

static void look_at_first (OmaAgent *self);

/* Our reading: this machine is connected as it is, and what its server prefers is only told of. */
static void
log_connection_types (const OmaNotification *notification)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gsize size;
  const guint8 *types;

  if (notification->connection_types == NULL)
    return;
  types = g_bytes_get_data (notification->connection_types, &size);
  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, " %u", types[i]);
  g_info ("Server %s prefers connections of type%s", notification->server_id, text->str);
}

/* Takes over @error.  The call is over, and it is the next one's turn. */
static void
finish_first (OmaAgent *self, OmaRunner *runner, GError *error)
{
  g_autoptr(GTask) task = g_queue_pop_head (&self->notifications->tasks);   /* it holds the agent */
  const Call *call = g_task_get_task_data (task);
  gboolean has_next = oma_notifications_are_busy (self->notifications);   /* before the caller brings another one */

  if (error != NULL)
    {
      log_refusal (self->notifications, call->account, error);
      g_task_return_error (task, error);
    }
  else
    g_task_return_pointer (task, g_object_ref (runner), g_object_unref);
  if (has_next)
    look_at_first (self);
  else
    oma_agent_stop_if_idle (self);
}

static void
start_session (OmaAgent *self, const Call *call)
{
  const OmaNotification *notification = call->notification;
  const OmaSessionCause cause = { OMA_DM2_START_NOTIFICATION, notification->id, notification->wants_objects, NULL };
  GError *error = NULL;
  OmaRunner *runner = oma_agent_sync_for (self, call->account, &cause, &error);

  if (runner != NULL)
    {
      oma_log_event (G_LOG_LEVEL_INFO, NULL, call->account, oma_runner_get_id (runner),
                     "Server %s asks for a session, notification %d", notification->server_id, notification->id);
      log_connection_types (notification);
    }
  finish_first (self, runner, error);
}

static void
noted (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaAgent *self = user_data;
  GError *error = NULL;

  if (oma_plan_run_finish (result, &error))
    start_session (self, g_task_get_task_data (g_queue_peek_head (&self->notifications->tasks)));
  else
    {
      g_prefix_error_literal (&error, "The notification could not be noted: ");
      finish_first (self, NULL, error);
    }
  g_object_unref (self);
}

/* Before there is a session it is on disk that this one was: else it would count once more after a crash. */
static gboolean
accept_signed (OmaAgent *self, OmaAccount *account, const OmaNotification *notification, GError **error)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new (oma_account_get_notifications (account));
  g_autoptr(OmaPlan) plan = NULL;
  g_autofree char *text = NULL;

  if (!oma_notification_record_accept (record, notification->timestamp, notification->id, TRUE, error))
    return FALSE;
  plan = oma_plan_new (self->executor);
  text = oma_notification_record_to_text (record);
  oma_account_put_notifications (account, plan, text);
  oma_plan_run_async (g_steal_pointer (&plan), noted, g_object_ref (self));
  return TRUE;
}

/* What anybody could have made is not worth a place on the disk, and says nothing of those with a digest. */
static gboolean
accept_unsigned (OmaAgent *self, const Call *call, gint64 now, GError **error)
{
  const char *server_id = call->notification->server_id;
  OmaNotificationRecord *record = g_hash_table_lookup (self->notifications->unsigned_ones, server_id);

  if (record == NULL)
    {
      record = oma_notification_record_new (NULL);
      g_hash_table_insert (self->notifications->unsigned_ones, g_strdup (server_id), record);
    }
  if (!oma_notification_record_accept (record, now, call->notification->id, FALSE, error))
    return FALSE;
  start_session (self, call);
  return TRUE;
}

static gboolean
judge (OmaAgent *self, Call *call, GError **error)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  OmaAccount *account = find_account (self, call->notification, error);

  if (account == NULL)
    return FALSE;
  call->account = g_strdup (oma_account_get_name (account));
  if (!check_digest (account, call, error) || !check_time (call->notification, now, error))
    return FALSE;
  return call->notification->digest != NULL ? accept_signed (self, account, call->notification, error)
                                            : accept_unsigned (self, call, now, error);
}

static void
look_at_first (OmaAgent *self)
{
  GTask *task = g_queue_peek_head (&self->notifications->tasks);
  GError *error = NULL;

  if (self->stopping)
    g_set_error_literal (&error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  if (error != NULL || !judge (self, g_task_get_task_data (task), &error))
    finish_first (self, NULL, error);
}

/**
 * oma_agent_notify_async:
 * @agent: an agent that was started
 * @octets: package 0 of DM Protocol 2.0
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Takes a notification that came by whatever bearer, and asks for the session that its server wants.  It counts once
 * only, also when the daemon is killed: that it was accepted is on disk before there is a session.
 */
void
oma_agent_notify_async (OmaAgent *agent, GBytes *octets, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  OmaNotifications *notifications = agent->notifications;
  Call *call = g_new0 (Call, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, oma_agent_notify_async);
  g_task_set_task_data (task, call, call_free);
  call->octets = g_bytes_ref (octets);
  if (oma_agent_refuse_when_stopping (agent, task))
    return;
  if (notifications->tasks.length >= OMA_AGENT_MAX_NOTIFICATIONS)
    g_set_error (&error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER, "%d notifications wait already",
                 OMA_AGENT_MAX_NOTIFICATIONS);
  else
    call->notification = oma_notification_read (octets, &error);
  if (error != NULL)
    {
      log_refusal (notifications, NULL, error);
      g_task_return_error (task, error);
      return;
    }
  g_queue_push_tail (&notifications->tasks, g_steal_pointer (&task));
  if (notifications->tasks.length == 1)
    look_at_first (agent);
}

/**
 * oma_agent_notify_finish:
 * @agent: an agent
 * @result: what the callback of oma_agent_notify_async() got
 * @error: return location for an error
 *
 * Returns: (transfer full): the session, queued or about to begin, or %NULL with an %OMA_NOTIFICATION_ERROR,
 *   %OMA_AGENT_ERROR_STOPPING, or a status: %OMA_STATUS_RETRY_LATER when there are too many at once, or why it could not
 *   be noted
 */
OmaRunner *
oma_agent_notify_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
