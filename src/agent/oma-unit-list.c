/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-unit-list.h"

#include "agent/oma-agent.h"
#include "agent/oma-log.h"
#include "agent/oma-retry.h"
#include "agent/oma-unit-report.h"

#define FIRST_RETRY 60               /* seconds; what the configuration says comes in its place */
#define LONGEST_RETRY (60 * 60)      /* among our readings */

/* A unit of work.  It stays in the list while something of it is under way. */
typedef struct {
  OmaUnitList   *list;
  OmaUnitInfo    info;
  OmaUnitRecord *record;     /* (nullable): the executor has it while it undoes */
  gboolean       busy;       /* it is being undone or forgotten */
  gboolean       unanswered; /* its server knows nothing of its fate yet */
  gint64         note;       /* alert that stands for the end of the undoing, 0 for none */
  guint          failures;   /* in a row, in this run of the daemon */
  gint64         due;        /* monotonic time of the next attempt */
  GPtrArray     *waiting;    /* (element-type GTask): who waits for what is under way */
} Entry;

struct _OmaUnitList {
  GObject       parent_instance;
  OmaExecutor  *executor;    /* not used once it is closed */
  OmaAlertList *alerts;
  GPtrArray    *entries;     /* (element-type Entry): oldest first */
  guint         retry_delay;
  GRand        *rand;        /* (nullable) */
  guint         n_busy;
  guint         n_notes;     /* being written, at the start */
  guint         timer;       /* of the attempt that comes first */
  gboolean      stopping;
  gboolean      closed;
};

enum {
  SIGNAL_IDLE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (OmaUnitList, oma_unit_list, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->record, oma_unit_record_free);
  g_ptr_array_unref (entry->waiting);
  g_free (entry->info.server_id);
  g_free (entry->info.error);
  g_free (entry);
}

static void
oma_unit_list_finalize (GObject *object)
{
  OmaUnitList *self = OMA_UNIT_LIST (object);

  oma_unit_list_close (self);
  g_ptr_array_unref (self->entries);
  g_object_unref (self->alerts);
  G_OBJECT_CLASS (oma_unit_list_parent_class)->finalize (object);
}

static void
oma_unit_list_class_init (OmaUnitListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_unit_list_finalize;
  signals[SIGNAL_IDLE] = g_signal_new ("idle", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 0);
}

static void
oma_unit_list_init (OmaUnitList *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->retry_delay = FIRST_RETRY;
}

/* ---- Entries ---- */

static guint
count_changes (const OmaUnitRecord *record)
{
  guint n = 0;

  for (guint i = 0; i < record->images->len; i++)
    n += !((const OmaImage *) g_ptr_array_index (record->images, i))->undone;
  return n;
}

/* Takes @record, as the journal has it. */
static void
set_record (Entry *entry, OmaUnitRecord *record)
{
  OmaUnitInfo *info = &entry->info;

  g_clear_pointer (&entry->record, oma_unit_record_free);
  g_free (info->server_id);
  g_free (info->error);
  entry->record = record;
  *info = (OmaUnitInfo) {
    .id = record->id,
    .state = record->state,
    .server_id = g_strdup (record->server_id),
    .history_id = record->history_id,
    .time = record->time,
    .attempts = record->attempts,
    .error = g_strdup (record->error),
    .n_changes = count_changes (record),
  };
}

/* Takes @record. */
static Entry *
add_entry (OmaUnitList *self, OmaUnitRecord *record)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->list = self;
  entry->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  /* One that was answered said 516 where it could not be undone. */
  entry->unanswered = record->state != OMA_UNIT_UNDO_FAILED;
  set_record (entry, record);
  g_ptr_array_add (self->entries, entry);
  return entry;
}

static Entry *
find (OmaUnitList *self, gint64 id)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (entry->info.id == id)
        return entry;
    }
  return NULL;
}

static void
begin (Entry *entry)
{
  entry->busy = TRUE;
  entry->list->n_busy++;
  g_object_ref (entry->list);
}

/* What may be the last thing that keeps the list. */
static void
end (OmaUnitList *self)
{
  self->n_busy--;
  if (self->n_busy == 0)
    g_signal_emit (self, signals[SIGNAL_IDLE], 0);
  g_object_unref (self);
}

/* ---- Attempts ---- */

static void attempt (Entry *entry);
static void schedule (OmaUnitList *self);

static gboolean
timer_cb (gpointer user_data)
{
  OmaUnitList *self = user_data;

  self->timer = 0;
  /* The newest first: what an older one changed may stand below it. */
  for (guint i = self->entries->len; i > 0; i--)
    {
      Entry *entry = g_ptr_array_index (self->entries, i - 1);

      if (!entry->busy && entry->due <= g_get_monotonic_time ())
        attempt (entry);
    }
  schedule (self);
  return G_SOURCE_REMOVE;
}

/* One timer for all. */
static void
schedule (OmaUnitList *self)
{
  gint64 first = G_MAXINT64;

  g_clear_handle_id (&self->timer, g_source_remove);
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (self->entries, i);

      if (!entry->busy)
        first = MIN (first, entry->due);
    }
  if (first < G_MAXINT64 && !self->stopping)
    {
      gint64 wait = MAX (first - g_get_monotonic_time (), 0) / G_TIME_SPAN_SECOND + 1;

      self->timer = g_timeout_add_seconds ((guint) wait, timer_cb, self);
    }
}

static void
postpone (Entry *entry)
{
  OmaUnitList *self = entry->list;
  guint longest = MAX (self->retry_delay, LONGEST_RETRY);
  guint wait = oma_retry_delay (self->retry_delay, longest, entry->failures, 0, self->rand);

  entry->failures++;
  entry->due = g_get_monotonic_time () + (gint64) wait * G_TIME_SPAN_MILLISECOND;
}

static void
note_told (GObject *source, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  if (oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error) == 0)
    g_warning ("An alert that tells of a unit of work was lost: %s", error->message);
}

/* A server that was not told yet is told whatever came of it; one that knows that something could not be undone only
 * when that is over. */
static void
tell (Entry *entry, OmaUnitFate fate, gboolean over)
{
  OmaAlertList *alerts = entry->list->alerts;
  gint64 note = entry->note;

  entry->note = 0;
  if (entry->info.server_id == NULL)
    return;
  if (!entry->unanswered && !over)
    {
      if (note != 0)
        oma_alert_list_drop (alerts, note);
      return;
    }
  entry->unanswered = FALSE;
  if (!oma_unit_report_complete (alerts, note, &entry->info, fate))
    oma_alert_list_put_async (alerts, oma_unit_report_make_alert (&entry->info, fate), OMA_ALERT_READY, FALSE,
                              note_told, NULL);
}

/* Ends the waiting of all for @tag, or of all when it is %NULL. */
static void
answer (Entry *entry, gpointer tag, const GError *error)
{
  g_autoptr(GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < entry->waiting->len;)
    {
      GTask *task = g_ptr_array_index (entry->waiting, i);

      if (tag == NULL || g_task_get_source_tag (task) == tag)
        g_ptr_array_add (tasks, g_ptr_array_steal_index (entry->waiting, i));
      else
        i++;
    }
  for (guint i = 0; i < tasks->len; i++)
    if (error != NULL)
      g_task_return_error (tasks->pdata[i], g_error_copy (error));
    else
      g_task_return_boolean (tasks->pdata[i], TRUE);
}

static void forget (Entry *entry);

static void
undo_over (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Entry *entry = user_data;
  OmaUnitList *self = entry->list;
  g_auto(OmaUndoReport) report = { 0 };
  g_autoptr(GError) error = NULL;
  gboolean tried;

  oma_executor_undo_unit_finish (result, &report, &error);
  tried = report.kept == NULL || report.n_undone + report.n_left + report.n_failed + report.n_executed > 0;
  entry->busy = entry->info.undoing = FALSE;
  oma_unit_report_log (&entry->info, &report, error);
  if (tried)
    tell (entry, oma_unit_report_get_fate (&report), report.kept == NULL);
  if (report.kept == NULL)
    {
      answer (entry, NULL, NULL);
      g_ptr_array_remove (self->entries, entry);
    }
  else
    {
      set_record (entry, g_steal_pointer (&report.kept));
      if (entry->info.error == NULL && error != NULL)
        entry->info.error = g_strdup (error->message);
      postpone (entry);
      answer (entry, oma_unit_list_retry_async, error);
      if (entry->waiting->len > 0)
        forget (entry);
    }
  schedule (self);
  end (self);
}

/* The entry is busy. */
static void
undo (Entry *entry)
{
  oma_executor_undo_unit_async (entry->list->executor, g_steal_pointer (&entry->record), undo_over, entry);
}

static void
noted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Entry *entry = user_data;
  OmaUnitList *self = entry->list;
  g_autoptr(GError) error = NULL;

  entry->note = oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error);
  /* It is told at the end then, if the daemon lives to see it. */
  if (error != NULL)
    g_warning ("Unit of work %" G_GINT64_FORMAT ": its server may never hear of it: %s", entry->info.id,
               error->message);
  if (self->n_notes > 0)
    self->n_notes--;
  else if (self->closed)
    {
      /* The executor is gone: the next run of the daemon finds it in the journal. */
      entry->busy = entry->info.undoing = FALSE;
      end (self);
    }
  else
    undo (entry);
}

/* An alert stands for the end of the undoing from before it begins, so that the server hears of it even when the daemon
 * does not live to see it.  Returns: %FALSE when there is nobody to tell, or it stands already. */
static gboolean
make_note (Entry *entry)
{
  if (entry->info.server_id == NULL || entry->note != 0)
    return FALSE;
  oma_alert_list_put_async (entry->list->alerts, oma_unit_report_make_alert (&entry->info, OMA_UNIT_FATE_UNKNOWN),
                            OMA_ALERT_AWAITS_DAEMON, FALSE, noted, entry);
  return TRUE;
}

static void
attempt (Entry *entry)
{
  begin (entry);
  entry->info.undoing = TRUE;
  if (!make_note (entry))
    undo (entry);
}

/* ---- The start ---- */

static void
take_unit (OmaUnitRecord *unit, gpointer user_data)
{
  add_entry (user_data, unit);
}

/* Its server was told 516; or 200, and was not reached any more. */
static void
take_kept (OmaUnitRecord *unit, gpointer user_data)
{
  OmaUnitList *self = user_data;
  Entry *entry = add_entry (self, unit);

  if (unit->state == OMA_UNIT_PROVISIONAL)
    {
      /* What it comes too late for is left to the next start. */
      if (!self->stopping)
        attempt (entry);
      return;
    }

  oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_UNIT, NULL, unit->history_id,
                 "Unit of work %" G_GINT64_FORMAT " could not be undone, and is tried again: %s", unit->id,
                 unit->error != NULL ? unit->error : "no reason was given");
  postpone (entry);
  schedule (self);
}

/**
 * oma_unit_list_new:
 * @executor: an executor, which must outlive the list or oma_unit_list_close()
 * @alerts: what servers are to be told
 *
 * Returns: (transfer full): a list that takes all units of work that @executor cannot undo
 */
OmaUnitList *
oma_unit_list_new (OmaExecutor *executor, OmaAlertList *alerts)
{
  OmaUnitList *self = g_object_new (OMA_TYPE_UNIT_LIST, NULL);

  self->executor = executor;
  self->alerts = g_object_ref (alerts);
  oma_executor_set_unit_func (executor, take_kept, self);
  return self;
}

/**
 * oma_unit_list_set_retry:
 * @list: a list
 * @seconds: wait before the second attempt; it doubles with each further one, up to an hour
 * @rand: (nullable): where the random part of waits comes from; it must outlive the list
 */
void
oma_unit_list_set_retry (OmaUnitList *list, guint seconds, GRand *rand)
{
  list->retry_delay = seconds;
  list->rand = rand;
}

/**
 * oma_unit_list_recover:
 * @list: an empty list
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Begins to undo what the journal has, the newest first; it blocks, running the main loop, until all of it has begun:
 * what reads or writes in the same subtrees from then on waits.  Call it before anything else reads or writes.
 *
 * Returns: %FALSE when the journal cannot be read
 */
gboolean
oma_unit_list_recover (OmaUnitList *list, GError **error)
{
  OmaTreeStore *store = oma_tree_get_store (oma_executor_get_tree (list->executor));

  if (!oma_tree_store_load_units (store, take_unit, list, error))
    return FALSE;
  for (guint i = 0; i < list->entries->len; i++)
    list->n_notes += make_note (g_ptr_array_index (list->entries, i));
  while (list->n_notes > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = list->entries->len; i > 0; i--)
    {
      Entry *entry = g_ptr_array_index (list->entries, i - 1);

      begin (entry);
      entry->info.undoing = TRUE;
      undo (entry);
    }
  return TRUE;
}

/* ---- The end ---- */

/**
 * oma_unit_list_stop:
 * @list: a list
 *
 * No further attempt begins.  What is under way goes on, see oma_unit_list_is_busy(); what is not through stays in the
 * journal.
 */
void
oma_unit_list_stop (OmaUnitList *list)
{
  list->stopping = TRUE;
  g_clear_handle_id (&list->timer, g_source_remove);
}

/**
 * oma_unit_list_close:
 * @list: a list
 *
 * It takes no more units of work; the executor may go, unless the list is busy.
 */
void
oma_unit_list_close (OmaUnitList *list)
{
  oma_unit_list_stop (list);
  if (!list->closed && list->executor != NULL)
    oma_executor_set_unit_func (list->executor, NULL, NULL);
  list->closed = TRUE;
  list->rand = NULL;
}

/**
 * oma_unit_list_is_busy:
 * @list: a list
 *
 * Returns: whether an undoing is under way
 */
gboolean
oma_unit_list_is_busy (OmaUnitList *list)
{
  return list->n_busy > 0;
}

/* ---- What an administrator asks ---- */

/**
 * oma_unit_list_get:
 * @list: a list
 *
 * Returns: (element-type OmaUnitInfo) (transfer container): all units of work, oldest first; valid until the main loop
 *   runs
 */
GPtrArray *
oma_unit_list_get (OmaUnitList *list)
{
  GPtrArray *infos = g_ptr_array_sized_new (list->entries->len);

  for (guint i = 0; i < list->entries->len; i++)
    g_ptr_array_add (infos, &((Entry *) g_ptr_array_index (list->entries, i))->info);
  return infos;
}

/* Returns: (nullable): the entry, or %NULL when @task was answered. */
static Entry *
look_up (OmaUnitList *self, gint64 id, GTask *task)
{
  Entry *entry = self->stopping ? NULL : find (self, id);

  if (self->stopping)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  else if (entry == NULL)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_UNIT,
                             "There is no unit of work %" G_GINT64_FORMAT " that is to be undone", id);
  return entry;
}

/**
 * oma_unit_list_retry_async:
 * @list: a list
 * @id: a unit of work
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Tries now to undo it, or waits for the attempt that is under way.
 */
void
oma_unit_list_retry_async (OmaUnitList *list, gint64 id, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (list, NULL, callback, user_data);
  Entry *entry;

  g_task_set_source_tag (task, oma_unit_list_retry_async);
  entry = look_up (list, id, task);
  if (entry == NULL)
    return;
  g_ptr_array_add (entry->waiting, g_steal_pointer (&task));
  if (!entry->busy)
    attempt (entry);
}

/**
 * oma_unit_list_retry_finish:
 * @list: a list
 * @result: what the callback got
 * @error: return location for %OMA_AGENT_ERROR_NO_UNIT, %OMA_AGENT_ERROR_STOPPING, or an error as of
 *   oma_executor_undo_unit_finish()
 *
 * Returns: %TRUE when it is through, %FALSE when it is still kept
 */
gboolean
oma_unit_list_retry_finish (OmaUnitList *list, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, list), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Entry *entry = user_data;
  OmaUnitList *self = entry->list;
  g_autoptr(GError) error = NULL;

  entry->busy = FALSE;
  if (oma_tree_store_write_finish (OMA_TREE_STORE (source), result, &error))
    {
      oma_log_event (G_LOG_LEVEL_MESSAGE, OMA_LOG_ID_UNIT, NULL, entry->info.history_id,
                     "Unit of work %" G_GINT64_FORMAT " was forgotten by the administrator; not undone: %u changes",
                     entry->info.id, entry->info.n_changes);
      if (entry->note != 0)
        oma_alert_list_drop (self->alerts, entry->note);
      answer (entry, NULL, NULL);
      g_ptr_array_remove (self->entries, entry);
    }
  else
    answer (entry, NULL, error);
  schedule (self);
  end (self);
}

static void
forget (Entry *entry)
{
  GArray *ops = oma_tree_store_ops_new (1);
  const OmaStoreOp op = { .kind = OMA_STORE_END_UNIT, .unit_id = entry->info.id };

  g_array_append_val (ops, op);
  begin (entry);
  oma_tree_store_write_async (oma_tree_get_store (oma_executor_get_tree (entry->list->executor)), ops, NULL, forgotten,
                              entry);
}

/**
 * oma_unit_list_forget_async:
 * @list: a list
 * @id: a unit of work
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Leaves what the unit changed as it is, and tries no more; if it is just being undone that goes first.
 */
void
oma_unit_list_forget_async (OmaUnitList *list, gint64 id, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (list, NULL, callback, user_data);
  Entry *entry;

  g_task_set_source_tag (task, oma_unit_list_forget_async);
  entry = look_up (list, id, task);
  if (entry == NULL)
    return;
  g_ptr_array_add (entry->waiting, g_steal_pointer (&task));
  if (!entry->busy)
    forget (entry);
}

/**
 * oma_unit_list_forget_finish:
 * @list: a list
 * @result: what the callback got
 * @error: return location for %OMA_AGENT_ERROR_NO_UNIT, %OMA_AGENT_ERROR_STOPPING, or an %OMA_STATUS_ERROR of the store
 *
 * Returns: %TRUE when it is not in the journal any more
 */
gboolean
oma_unit_list_forget_finish (OmaUnitList *list, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, list), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
