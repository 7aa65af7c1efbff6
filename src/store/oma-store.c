/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-store.h"

#include "base/oma-status.h"
#include "store/oma-database.h"

/* So many identifiers of units of work are noted as used before they are. */
#define UNIT_IDS_AT_ONCE 64

/* One thread owns the database.  A job runs there, and its task returns in the task's context:
 * a task holds the store, whose last reference must not go on the thread that the end of the
 * store waits for. */
typedef struct _Job Job;
struct _Job {
  void          (*run) (OmaDatabase *database, Job *job);
  GTask          *task;         /* NULL: nobody waits for the result */
  gpointer        data;
  GDestroyNotify  destroy;
  gpointer        result;
  GDestroyNotify  destroy_result;
  GError         *error;
};

struct _OmaStore {
  GObject      parent_instance;
  OmaDatabase *database;         /* of the thread, once it runs */
  GThread     *thread;
  GAsyncQueue *jobs;             /* (element-type Job) */
  gint64       last_session;
  gint64       last_unit;
  gint64       kept_unit;        /* the next start goes on behind this one */
};

static void oma_store_tree_store_init (OmaTreeStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (OmaStore, oma_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_TREE_STORE, oma_store_tree_store_init))

G_DEFINE_QUARK (oma-store-error-quark, oma_store_error)

static Job quit_job;

static void
job_free (Job *job)
{
  g_clear_object (&job->task);
  if (job->destroy != NULL)
    job->destroy (job->data);
  g_free (job);
}

static gboolean
return_job (gpointer user_data)
{
  Job *job = user_data;

  if (job->error != NULL)
    g_task_return_error (job->task, job->error);
  else if (job->destroy_result != NULL)
    g_task_return_pointer (job->task, job->result, job->destroy_result);
  else
    g_task_return_boolean (job->task, TRUE);
  job_free (job);
  return G_SOURCE_REMOVE;
}

/* Hands a job that ran back to who asked for it. */
static void
finish_job (Job *job)
{
  g_autoptr(GSource) source = NULL;

  if (job->task == NULL)
    {
      job_free (job);
      return;
    }
  source = g_idle_source_new ();
  g_source_set_priority (source, g_task_get_priority (job->task));
  g_source_set_static_name (source, "store result");
  g_source_set_callback (source, return_job, job, NULL);
  g_source_attach (source, g_task_get_context (job->task));
}

static void
push_job (OmaStore *store, void (*run) (OmaDatabase *, Job *), GTask *task, gpointer data, GDestroyNotify destroy)
{
  Job *job = g_new (Job, 1);

  *job = (Job) { .run = run, .task = task, .data = data, .destroy = destroy };
  g_async_queue_push (store->jobs, job);
}

static gpointer
store_thread (gpointer data)
{
  OmaStore *store = data;

  for (;;)
    {
      Job *job = g_async_queue_pop (store->jobs);

      if (job == &quit_job)
        return NULL;
      if (job->task == NULL ||
          !g_cancellable_set_error_if_cancelled (g_task_get_cancellable (job->task), &job->error))
        job->run (store->database, job);
      finish_job (job);
    }
}

/**
 * oma_store_open:
 * @state_dir: (nullable): where the files are, an existing directory; %NULL for a store in
 *   memory, which is empty
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Opens the store, making or migrating its database.  It blocks: only for the start.  A
 * database that cannot be used is left as it is.
 *
 * Returns: (transfer full): the store, or %NULL with one of the errors
 */
OmaStore *
oma_store_open (const char *state_dir, GError **error)
{
  g_autoptr(OmaDatabase) database = oma_database_open (state_dir, error);
  g_autoptr(OmaStore) store = NULL;

  if (database == NULL)
    return NULL;
  store = g_object_new (OMA_TYPE_STORE, NULL);
  if (!oma_database_get_last_session (database, &store->last_session, error) ||
      !oma_database_get_last_unit (database, &store->last_unit, error))
    return NULL;
  store->kept_unit = store->last_unit;
  store->database = g_steal_pointer (&database);
  store->thread = g_thread_new ("store", store_thread, store);
  return g_steal_pointer (&store);
}

static void
run_keep_last_unit (OmaDatabase *database, Job *job)
{
  const gint64 *id = job->data;
  g_autoptr(GError) error = NULL;

  if (!oma_database_set_last_unit (database, *id, &error))
    g_warning ("Identifiers of units of work may come again: %s", error->message);
}

static void
keep_last_unit (OmaStore *store, gint64 id)
{
  store->kept_unit = id;
  push_job (store, run_keep_last_unit, NULL, g_memdup2 (&id, sizeof id), g_free);
}

/**
 * oma_store_close:
 * @store: a store
 *
 * Finishes what was asked for and closes the database; nothing more may be asked for.  It
 * blocks: only for the end.
 */
void
oma_store_close (OmaStore *store)
{
  if (store->thread != NULL)
    {
      if (store->kept_unit != store->last_unit)
        keep_last_unit (store, store->last_unit);
      g_async_queue_push (store->jobs, &quit_job);
      g_thread_join (g_steal_pointer (&store->thread));
    }
  g_clear_pointer (&store->database, oma_database_close);
}

/* ---- Nodes and the journal ---- */

/* One of the functions. */
typedef struct {
  OmaTreeStoreLoadFunc func;
  OmaTreeStoreUnitFunc unit_func;
  OmaTreeStoreFingerprintFunc fingerprint_func;
  gpointer             user_data;
  GError             **error;
  gboolean             done, success;
  GMutex               mutex;
  GCond                cond;
} Load;

static void
run_load (OmaDatabase *database, Job *job)
{
  Load *load = job->data;
  gboolean success;

  if (load->func != NULL)
    success = oma_database_load (database, load->func, load->user_data, load->error);
  else if (load->unit_func != NULL)
    success = oma_database_load_units (database, load->unit_func, load->user_data, load->error);
  else
    success = oma_database_load_fingerprints (database, load->fingerprint_func, load->user_data, load->error);

  g_mutex_lock (&load->mutex);
  load->success = success;
  load->done = TRUE;
  g_cond_signal (&load->cond);
  g_mutex_unlock (&load->mutex);
}

/* The records are handed over on the store's thread while the caller waits. */
static gboolean
load_and_wait (OmaTreeStore *store, Load *load)
{
  g_mutex_init (&load->mutex);
  g_cond_init (&load->cond);
  push_job (OMA_STORE (store), run_load, NULL, load, NULL);
  g_mutex_lock (&load->mutex);
  while (!load->done)
    g_cond_wait (&load->cond, &load->mutex);
  g_mutex_unlock (&load->mutex);
  g_mutex_clear (&load->mutex);
  g_cond_clear (&load->cond);
  return load->success;
}

static gboolean
store_load (OmaTreeStore *store, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  Load load = { .func = func, .user_data = user_data, .error = error };

  return load_and_wait (store, &load);
}

static gboolean
store_load_units (OmaTreeStore *store, OmaTreeStoreUnitFunc func, gpointer user_data, GError **error)
{
  Load load = { .unit_func = func, .user_data = user_data, .error = error };

  return load_and_wait (store, &load);
}

static gboolean
store_load_fingerprints (OmaTreeStore *store, OmaTreeStoreFingerprintFunc func, gpointer user_data, GError **error)
{
  Load load = { .fingerprint_func = func, .user_data = user_data, .error = error };

  return load_and_wait (store, &load);
}

/* Identifiers are noted as used, many at a time, before anything that a unit of work writes: what
 * follows in the queue finds that on disk. */
static gint64
store_next_unit_id (OmaTreeStore *tree_store)
{
  OmaStore *store = OMA_STORE (tree_store);

  if (++store->last_unit > store->kept_unit)
    keep_last_unit (store, store->last_unit + UNIT_IDS_AT_ONCE - 1);
  return store->last_unit;
}

static void
run_write (OmaDatabase *database, Job *job)
{
  oma_database_write (database, job->data, &job->error);
}

static void
store_write_async (OmaTreeStore *tree_store, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  OmaStore *store = OMA_STORE (tree_store);
  GTask *task = g_task_new (store, cancellable, callback, user_data);

  g_task_set_source_tag (task, store_write_async);
  /* A write that was done is told as done, whatever was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  push_job (store, run_write, task, ops, (GDestroyNotify) g_array_unref);
}

static gboolean
store_write_finish (OmaTreeStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * oma_store_make_spool:
 * @store: a store
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes a file where a large value is put while it arrives.  It has no name and goes with its
 * last descriptor; a value made of it is stored without being copied.
 *
 * Returns: a descriptor to read and write, close-on-exec, or -1 with %OMA_STATUS_DEVICE_FULL
 *   or %OMA_STATUS_COMMAND_FAILED
 */
int
oma_store_make_spool (OmaStore *store, GError **error)
{
  return oma_database_make_spool (store->database, error);
}

/* ---- Sessions ---- */

/**
 * oma_session_record_free:
 * @record: (transfer full): a record
 */
void
oma_session_record_free (OmaSessionRecord *record)
{
  g_free (record->account);
  g_free (record->session_id);
  g_free (record->reason);
  g_free (record->protocol);
  g_free (record->encoding);
  g_free (record);
}

/**
 * oma_store_next_session:
 * @store: a store
 *
 * Returns: a number for a new session, one more than the last, also across restarts
 */
gint64
oma_store_next_session (OmaStore *store)
{
  return ++store->last_session;
}

static OmaSessionRecord *
session_record_copy (const OmaSessionRecord *record)
{
  OmaSessionRecord *copy = g_memdup2 (record, sizeof *record);

  copy->account = g_strdup (record->account);
  copy->session_id = g_strdup (record->session_id);
  copy->reason = g_strdup (record->reason);
  copy->protocol = g_strdup (record->protocol);
  copy->encoding = g_strdup (record->encoding);
  return copy;
}

static void
run_put_session (OmaDatabase *database, Job *job)
{
  g_autoptr(GError) error = NULL;

  if (!oma_database_put_session (database, job->data, &error))
    g_warning ("Session %" G_GINT64_FORMAT " is missing in the history: %s",
               ((OmaSessionRecord *) job->data)->id, error->message);
}

/**
 * oma_store_put_session:
 * @store: a store
 * @record: the session, copied
 *
 * Writes a session to the history, over an older record of the same id.  A failure is
 * logged: the history is no reason to stop a session.
 */
void
oma_store_put_session (OmaStore *store, const OmaSessionRecord *record)
{
  push_job (store, run_put_session, NULL, session_record_copy (record), (GDestroyNotify) oma_session_record_free);
}

/* Of the job that keeps a count, and of those that ask about an account. */
typedef struct {
  gint64 id;
  guint  count;
} Note;

static void
run_note_unanswered (OmaDatabase *database, Job *job)
{
  const Note *note = job->data;
  g_autoptr(GError) error = NULL;

  if (!oma_database_note_unanswered (database, note->id, note->count, &error))
    g_warning ("Session %" G_GINT64_FORMAT ": what was not answered is not noted: %s", note->id, error->message);
}

/**
 * oma_store_note_unanswered:
 * @store: a store
 * @id: a session of the history
 * @count: commands that did something of which the server may not know
 *
 * Keeps the count where no commit of nodes does it along the way.  It survives the end of the
 * process, and the next commit makes it survive that of the machine.
 */
void
oma_store_note_unanswered (OmaStore *store, gint64 id, guint count)
{
  Note *note = g_new (Note, 1);

  *note = (Note) { id, count };
  push_job (store, run_note_unanswered, NULL, note, g_free);
}

static void
run_set_reported (OmaDatabase *database, Job *job)
{
  const Note *note = job->data;
  g_autoptr(GError) error = NULL;

  if (!oma_database_set_reported (database, note->id, &error))
    g_warning ("Session %" G_GINT64_FORMAT ": that it was reported is not noted: %s", note->id, error->message);
}

/**
 * oma_store_set_reported:
 * @store: a store
 * @id: a session of the history
 *
 * Notes that the server is told of what it never got an answer to.
 */
void
oma_store_set_reported (OmaStore *store, gint64 id)
{
  Note *note = g_new0 (Note, 1);

  note->id = id;
  push_job (store, run_set_reported, NULL, note, g_free);
}

static void
run_list_unreported (OmaDatabase *database, Job *job)
{
  job->result = oma_database_list_unreported (database, job->data, &job->error);
  job->destroy_result = (GDestroyNotify) g_ptr_array_unref;
}

/**
 * oma_store_list_unreported_async:
 * @store: a store
 * @account: name of an account
 * @callback: called once; finish with oma_store_list_sessions_finish()
 * @user_data: for @callback
 *
 * Reads the account's sessions that are over and left commands unanswered of which the server
 * was not told since, oldest first.
 */
void
oma_store_list_unreported_async (OmaStore *store, const char *account, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (store, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_store_list_unreported_async);
  push_job (store, run_list_unreported, task, g_strdup (account), g_free);
}

static void
run_list_sessions (OmaDatabase *database, Job *job)
{
  job->result = oma_database_list_sessions (database, GPOINTER_TO_UINT (job->data), &job->error);
  job->destroy_result = (GDestroyNotify) g_ptr_array_unref;
}

/**
 * oma_store_list_sessions_async:
 * @store: a store
 * @limit: at most so many
 * @callback: called once
 * @user_data: for @callback
 *
 * Reads the latest sessions, latest first.
 */
void
oma_store_list_sessions_async (OmaStore *store, guint limit, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (store, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_store_list_sessions_async);
  push_job (store, run_list_sessions, task, GUINT_TO_POINTER (limit), NULL);
}

/**
 * oma_store_list_sessions_finish:
 * @store: a store
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer container) (element-type OmaSessionRecord): the records, or %NULL
 */
GPtrArray *
oma_store_list_sessions_finish (OmaStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Alerts ---- */

/**
 * oma_alert_record_free:
 * @record: (transfer full): a record
 */
void
oma_alert_record_free (OmaAlertRecord *record)
{
  g_clear_pointer (&record->data, oma_value_unref);
  g_free (record->server_id);
  g_free (record->type);
  g_free (record->mark);
  g_free (record->correlator);
  g_free (record->source);
  g_free (record->target);
  g_free (record->report_uri);
  g_free (record);
}

static void
run_put_alert (OmaDatabase *database, Job *job)
{
  OmaAlertRecord *record = job->data;

  if (!oma_database_put_alert (database, record, &job->error))
    return;
  job->result = g_memdup2 (&record->id, sizeof record->id);
  job->destroy_result = g_free;
}

/**
 * oma_store_put_alert_async:
 * @store: a store
 * @record: (transfer full): an alert; one with an id is written over what is stored of it, if
 *   that is still there
 * @callback: called once, when it is on disk
 * @user_data: for @callback
 *
 * Keeps an alert.  Ids are never used again.
 */
void
oma_store_put_alert_async (OmaStore *store, OmaAlertRecord *record, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (store, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_store_put_alert_async);
  push_job (store, run_put_alert, task, record, (GDestroyNotify) oma_alert_record_free);
}

/**
 * oma_store_put_alert_finish:
 * @store: a store
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR: %OMA_STATUS_DEVICE_FULL or
 *   %OMA_STATUS_COMMAND_FAILED
 *
 * Returns: the alert's id, 0 when it could not be kept
 */
gint64
oma_store_put_alert_finish (OmaStore *store, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *id = NULL;

  g_return_val_if_fail (g_task_is_valid (result, store), 0);
  id = g_task_propagate_pointer (G_TASK (result), error);
  return id != NULL ? *id : 0;
}

static void
run_delete_alert (OmaDatabase *database, Job *job)
{
  const gint64 *id = job->data;
  g_autoptr(GError) error = NULL;

  if (!oma_database_delete_alert (database, *id, &error))
    g_warning ("Alert %" G_GINT64_FORMAT " is done with but will be sent once more: %s", *id, error->message);
}

/**
 * oma_store_delete_alert:
 * @store: a store
 * @id: an alert, which need not be there
 *
 * Forgets an alert.  A failure is logged.
 */
void
oma_store_delete_alert (OmaStore *store, gint64 id)
{
  push_job (store, run_delete_alert, NULL, g_memdup2 (&id, sizeof id), g_free);
}

static void
run_list_alerts (OmaDatabase *database, Job *job)
{
  job->result = oma_database_list_alerts (database, &job->error);
  job->destroy_result = (GDestroyNotify) g_ptr_array_unref;
}

/**
 * oma_store_list_alerts_async:
 * @store: a store
 * @callback: called once
 * @user_data: for @callback
 *
 * Reads all alerts, oldest first.
 */
void
oma_store_list_alerts_async (OmaStore *store, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (store, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_store_list_alerts_async);
  push_job (store, run_list_alerts, task, NULL, NULL);
}

/**
 * oma_store_list_alerts_finish:
 * @store: a store
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer container) (element-type OmaAlertRecord): the records, or %NULL
 */
GPtrArray *
oma_store_list_alerts_finish (OmaStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
oma_store_finalize (GObject *object)
{
  OmaStore *store = OMA_STORE (object);

  oma_store_close (store);
  g_async_queue_unref (store->jobs);
  G_OBJECT_CLASS (oma_store_parent_class)->finalize (object);
}

static void
oma_store_class_init (OmaStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_store_finalize;
}

static void
oma_store_init (OmaStore *store)
{
  store->jobs = g_async_queue_new ();
}

static void
oma_store_tree_store_init (OmaTreeStoreInterface *iface)
{
  iface->load = store_load;
  iface->write_async = store_write_async;
  iface->write_finish = store_write_finish;
  iface->load_units = store_load_units;
  iface->next_unit_id = store_next_unit_id;
  iface->load_fingerprints = store_load_fingerprints;
}
