/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-session-queue.h"

#include <string.h>

#define KEEP_SESSION 60             /* seconds that an ended session can still be asked for */

struct _OmaSessionQueue {
  GObject           parent_instance;
  OmaRunnerContext  context;          /* holds a reference on its interaction */
  char             *device_id;        /* (nullable) */
  GPtrArray        *sessions;         /* (element-type OmaRunner): queued, running, ended */
  GHashTable       *timers;           /* OmaRunner -> source that lets it go */
  guint             source;           /* that starts what is queued */
  gboolean          held;             /* nothing starts */
  gboolean          stopping;
};

enum {
  SIGNAL_ADDED,
  SIGNAL_ENDED,
  SIGNAL_REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (OmaSessionQueue, oma_session_queue, G_TYPE_OBJECT)

static void
remove_source (gpointer id)
{
  g_source_remove (GPOINTER_TO_UINT (id));
}

static void
oma_session_queue_finalize (GObject *object)
{
  OmaSessionQueue *self = OMA_SESSION_QUEUE (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_hash_table_unref (self->timers);
  g_ptr_array_unref (self->sessions);
  g_clear_object (&self->context.interaction);
  g_free (self->device_id);
  G_OBJECT_CLASS (oma_session_queue_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, OmaSessionQueueClass *klass)
{
  return g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                       OMA_TYPE_RUNNER);
}

static void
oma_session_queue_class_init (OmaSessionQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_session_queue_finalize;
  signals[SIGNAL_ADDED] = new_signal ("added", klass);
  signals[SIGNAL_ENDED] = new_signal ("ended", klass);
  signals[SIGNAL_REMOVED] = new_signal ("removed", klass);
}

static void
oma_session_queue_init (OmaSessionQueue *self)
{
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  self->timers = g_hash_table_new_full (NULL, NULL, NULL, remove_source);
}

/**
 * oma_session_queue_new:
 *
 * Returns: (transfer full): a queue that is empty and waits for oma_session_queue_open()
 */
OmaSessionQueue *
oma_session_queue_new (void)
{
  return g_object_new (OMA_TYPE_SESSION_QUEUE, NULL);
}

/**
 * oma_session_queue_open:
 * @queue: a queue
 * @context: what all sessions share, which has to outlive them; its interaction is the one of
 *   oma_session_queue_set_interaction() instead
 *
 * From now on sessions can be added.
 */
void
oma_session_queue_open (OmaSessionQueue *queue, const OmaRunnerContext *context)
{
  OmaInteraction *interaction = queue->context.interaction;

  queue->context = *context;
  queue->context.interaction = interaction;
}

static gpointer
ref_object (gconstpointer object, gpointer user_data G_GNUC_UNUSED)
{
  return g_object_ref ((gpointer) object);
}

/* What ends may change the list. */
static GPtrArray *
copy_sessions (OmaSessionQueue *self)
{
  return g_ptr_array_copy (self->sessions, ref_object, NULL);   /* with the free function */
}

/**
 * oma_session_queue_stop:
 * @queue: a queue
 *
 * Ends the sessions, see oma_runner_stop(), and starts no more.
 */
void
oma_session_queue_stop (OmaSessionQueue *queue)
{
  g_autoptr(GPtrArray) sessions = copy_sessions (queue);

  queue->stopping = TRUE;
  g_clear_handle_id (&queue->source, g_source_remove);
  for (guint i = 0; i < sessions->len; i++)
    oma_runner_stop (sessions->pdata[i]);
}

/**
 * oma_session_queue_close:
 * @queue: a queue
 *
 * The store is about to be closed: nothing starts any more, nothing is let go, and what sessions
 * still do is not written to the history.
 */
void
oma_session_queue_close (OmaSessionQueue *queue)
{
  queue->stopping = TRUE;
  g_clear_handle_id (&queue->source, g_source_remove);
  g_hash_table_remove_all (queue->timers);
  for (guint i = 0; i < queue->sessions->len; i++)
    oma_runner_abandon (queue->sessions->pdata[i]);
}

/* ---- What sessions need ---- */

/**
 * oma_session_queue_get_device_id:
 * @queue: a queue
 *
 * Returns: (transfer none) (nullable): what oma_session_queue_set_device_id() set
 */
const char *
oma_session_queue_get_device_id (OmaSessionQueue *queue)
{
  return queue->device_id;
}

/**
 * oma_session_queue_set_interaction:
 * @queue: a queue
 * @interaction: (nullable): asks the person at the device for the sessions that are added from
 *   now on; without it they cannot be asked
 */
void
oma_session_queue_set_interaction (OmaSessionQueue *queue, OmaInteraction *interaction)
{
  g_set_object (&queue->context.interaction, interaction);
}

/**
 * oma_session_queue_get_interaction:
 * @queue: a queue
 *
 * Returns: (transfer none) (nullable): what oma_session_queue_set_interaction() set
 */
OmaInteraction *
oma_session_queue_get_interaction (OmaSessionQueue *queue)
{
  return queue->context.interaction;
}

/* ---- Sessions ---- */

static guint
count (OmaSessionQueue *self, OmaRunnerState state)
{
  guint n = 0;

  for (guint i = 0; i < self->sessions->len; i++)
    n += oma_runner_get_state (self->sessions->pdata[i]) == state;
  return n;
}

static GUri *
parse_address (OmaRunner *runner)
{
  const char *report_uri = oma_runner_get_report_uri (runner);

  return g_uri_parse (report_uri != NULL ? report_uri : oma_account_get_url (oma_runner_get_account (runner)),
                      G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL);
}

/* A server has one session at a time with a device, whatever its addresses. */
static gboolean
is_same_server (OmaRunner *a, OmaRunner *b)
{
  g_autoptr(GUri) first = NULL, second = NULL;

  if (g_strcmp0 (oma_runner_get_report_uri (a), oma_runner_get_report_uri (b)) == 0)
    return TRUE;
  first = parse_address (a);
  second = parse_address (b);
  return first != NULL && second != NULL && g_uri_get_port (first) == g_uri_get_port (second) &&
         g_ascii_strcasecmp (g_uri_get_host (first), g_uri_get_host (second)) == 0;
}

/* A session with the same account, and the same server, is under way. */
static gboolean
has_to_wait (OmaSessionQueue *self, OmaRunner *runner)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      OmaRunner *other = self->sessions->pdata[i];

      if (oma_runner_get_state (other) == OMA_RUNNER_RUNNING &&
          strcmp (oma_account_get_name (oma_runner_get_account (other)),
                  oma_account_get_name (oma_runner_get_account (runner))) == 0 && is_same_server (other, runner))
        return TRUE;
    }
  return FALSE;
}

/* Starts what is queued as far as there is room, the oldest first. */
static gboolean
run_queue (gpointer user_data)
{
  OmaSessionQueue *self = user_data;
  g_autoptr(GPtrArray) sessions = copy_sessions (self);

  self->source = 0;
  for (guint i = 0; i < sessions->len && !self->held; i++)
    if (oma_runner_get_state (sessions->pdata[i]) == OMA_RUNNER_QUEUED && !has_to_wait (self, sessions->pdata[i]) &&
        oma_session_queue_count_running (self) < self->context.config->max_sessions)
      oma_runner_start (sessions->pdata[i], self->device_id);
  return G_SOURCE_REMOVE;
}

static void
schedule (OmaSessionQueue *self)
{
  if (self->source == 0 && !self->stopping)
    self->source = g_idle_add (run_queue, self);
}

/**
 * oma_session_queue_hold:
 * @queue: a queue
 *
 * No session begins before oma_session_queue_set_device_id().
 */
void
oma_session_queue_hold (OmaSessionQueue *queue)
{
  queue->held = TRUE;
}

/**
 * oma_session_queue_set_device_id:
 * @queue: a queue
 * @device_id: (nullable): ./DevInfo/DevId, the device's name towards servers; copied.  Without it
 *   sessions fail
 */
void
oma_session_queue_set_device_id (OmaSessionQueue *queue, const char *device_id)
{
  g_free (queue->device_id);
  queue->device_id = g_strdup (device_id);
  queue->held = FALSE;
  schedule (queue);
}

static gboolean
let_go (gpointer user_data)
{
  g_autoptr(OmaRunner) runner = g_object_ref (user_data);
  OmaSessionQueue *self = g_object_get_data (G_OBJECT (runner), "oma-session-queue");

  g_hash_table_steal (self->timers, runner);
  g_ptr_array_remove (self->sessions, runner);
  g_signal_emit (self, signals[SIGNAL_REMOVED], 0, runner);
  return G_SOURCE_REMOVE;
}

/* Whoever has session after session run keeps no more of them in memory than these. */
static void
let_oldest_go (OmaSessionQueue *self, OmaRunner *newest)
{
  guint n_ended = self->sessions->len - count (self, OMA_RUNNER_QUEUED) - count (self, OMA_RUNNER_RUNNING);
  OmaRunner *oldest = NULL;

  for (guint i = 0; n_ended > OMA_SESSION_QUEUE_MAX_ENDED && oldest == NULL; i++)
    if (self->sessions->pdata[i] != newest && oma_runner_is_over (self->sessions->pdata[i]))
      oldest = self->sessions->pdata[i];
  if (oldest == NULL)
    return;
  g_source_remove (GPOINTER_TO_UINT (g_hash_table_lookup (self->timers, oldest)));
  let_go (oldest);
}

static void
session_ended (OmaRunner *runner, gpointer user_data)
{
  OmaSessionQueue *self = user_data;
  guint id = g_timeout_add_seconds (KEEP_SESSION, let_go, runner);

  g_hash_table_insert (self->timers, runner, GUINT_TO_POINTER (id));
  let_oldest_go (self, runner);
  schedule (self);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, runner);
}

static OmaRunner *
find_to_join (OmaSessionQueue *self, OmaAccount *account, const OmaSessionCause *cause)
{
  const char *name = oma_account_get_name (account);

  for (guint i = 0; i < self->sessions->len; i++)
    if (strcmp (oma_account_get_name (oma_runner_get_account (self->sessions->pdata[i])), name) == 0 &&
        oma_runner_join (self->sessions->pdata[i], cause))
      return self->sessions->pdata[i];
  return NULL;
}

/**
 * oma_session_queue_add:
 * @queue: a queue that is open
 * @account: whose server to talk to
 *
 * As oma_session_queue_add_for(), because the device wants it.
 *
 * Returns: (transfer none): the session
 */
OmaRunner *
oma_session_queue_add (OmaSessionQueue *queue, OmaAccount *account)
{
  const OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;

  return oma_session_queue_add_for (queue, account, &cause);
}

/**
 * oma_session_queue_add_for:
 * @queue: a queue that is open
 * @account: whose server to talk to
 * @cause: why; copied
 *
 * Asks for a session.  If one is queued or under way with the account that does for @cause, too, it is that one.  It
 * begins from the main loop, so that the caller can connect to its signals before.  Sessions with an address on another
 * server may run beside the one with the account's.
 *
 * Returns: (transfer none): the session
 */
OmaRunner *
oma_session_queue_add_for (OmaSessionQueue *queue, OmaAccount *account, const OmaSessionCause *cause)
{
  OmaRunner *runner = find_to_join (queue, account, cause);

  if (runner != NULL)
    return runner;
  runner = oma_runner_new (&queue->context, account, cause);
  g_object_set_data (G_OBJECT (runner), "oma-session-queue", queue);
  g_ptr_array_add (queue->sessions, runner);
  g_signal_connect_object (runner, "ended", G_CALLBACK (session_ended), queue, 0);
  g_signal_emit (queue, signals[SIGNAL_ADDED], 0, runner);
  schedule (queue);
  return runner;
}

/**
 * oma_session_queue_find_active:
 * @queue: a queue
 * @account: name of an account
 *
 * Returns: (transfer none) (nullable): a session of the account that is queued or under way, the oldest
 */
OmaRunner *
oma_session_queue_find_active (OmaSessionQueue *queue, const char *account)
{
  for (guint i = 0; i < queue->sessions->len; i++)
    {
      OmaRunner *runner = queue->sessions->pdata[i];

      if (!oma_runner_is_over (runner) &&
          g_strcmp0 (oma_account_get_name (oma_runner_get_account (runner)), account) == 0)
        return runner;
    }
  return NULL;
}

/**
 * oma_session_queue_has_active:
 * @queue: a queue
 * @account: name of an account
 * @report_uri: (nullable): an address that its server named, %NULL for that of the account
 *
 * Returns: whether a session with this address is queued or under way
 */
gboolean
oma_session_queue_has_active (OmaSessionQueue *queue, const char *account, const char *report_uri)
{
  for (guint i = 0; i < queue->sessions->len; i++)
    {
      OmaRunner *runner = queue->sessions->pdata[i];

      if (!oma_runner_is_over (runner) && g_strcmp0 (oma_runner_get_report_uri (runner), report_uri) == 0 &&
          g_strcmp0 (oma_account_get_name (oma_runner_get_account (runner)), account) == 0)
        return TRUE;
    }
  return FALSE;
}

/**
 * oma_session_queue_count_running:
 * @queue: a queue
 *
 * Returns: how many sessions are under way
 */
guint
oma_session_queue_count_running (OmaSessionQueue *queue)
{
  return count (queue, OMA_RUNNER_RUNNING);
}

/**
 * oma_session_queue_get_all:
 * @queue: a queue
 *
 * Returns: (transfer none) (element-type OmaRunner): sessions that are queued, under way or
 *   ended a short while ago, in the order in which they were asked for
 */
GPtrArray *
oma_session_queue_get_all (OmaSessionQueue *queue)
{
  return queue->sessions;
}
