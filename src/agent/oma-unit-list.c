/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-unit-list.h"

#include "agent/oma-agent.h"
#include "agent/oma-log.h"
#include "agent/oma-retry.h"
#include "agent/oma-unit-entry.h"
#include "agent/oma-unit-report.h"
#include "store/oma-store.h"

#define FIRST_RETRY 60               /* seconds; what the configuration says comes in its place */
#define LONGEST_RETRY (60 * 60)      /* among our readings */

struct _OmaUnitList {
  GObject       parent_instance;
  OmaExecutor  *executor;    /* not used once it is closed */
  OmaAlertList *alerts;
  GPtrArray    *entries;     /* (element-type OmaUnitEntry): oldest first, by what they wrote last */
  guint         retry_delay;
  GRand        *rand;        /* (nullable) */
  guint         n_busy;
  guint         n_notes;     /* being written, at the start */
  guint         timer;       /* of the attempt that comes first */
  gboolean      lists_sessions;
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
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_unit_entry_free);
  self->retry_delay = FIRST_RETRY;
}

/* ---- Entries ---- */

/* Nothing is forgotten, so that there must be no more at some time. */
static void
update_room (OmaUnitList *self)
{
  oma_executor_set_journal_full (self->executor, self->entries->len >= OMA_UNIT_LIST_MAX_UNITS);
}

/* Takes @record. */
static OmaUnitEntry *
add_entry (OmaUnitList *self, OmaUnitRecord *record)
{
  OmaUnitEntry *entry = oma_unit_entry_new (self, record);

  g_ptr_array_add (self->entries, entry);
  update_room (self);
  return entry;
}

/* It is through, or forgotten. */
static void
remove_entry (OmaUnitList *self, OmaUnitEntry *entry)
{
  oma_unit_entry_answer (entry, NULL, NULL);
  g_ptr_array_remove (self->entries, entry);
  update_room (self);
}

static OmaUnitEntry *
find (OmaUnitList *self, gint64 id)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      OmaUnitEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->info.id == id)
        return entry;
    }
  return NULL;
}

static void
begin (OmaUnitEntry *entry)
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
  if (self->n_busy == 0 && self->closed)
    oma_executor_set_turn_func (self->executor, NULL, NULL);
  if (self->n_busy == 0)
    g_signal_emit (self, signals[SIGNAL_IDLE], 0);
  g_object_unref (self);
}

/* ---- Attempts ---- */

static void attempt (OmaUnitEntry *entry);
static void run_due (OmaUnitList *self);

static gboolean
timer_cb (gpointer user_data)
{
  OmaUnitList *self = user_data;

  self->timer = 0;
  run_due (self);
  return G_SOURCE_REMOVE;
}

/* One timer for all that have their turn. */
static void
schedule (OmaUnitList *self)
{
  gint64 first = G_MAXINT64;

  g_clear_handle_id (&self->timer, g_source_remove);
  for (guint i = 0; i < self->entries->len; i++)
    {
      const OmaUnitEntry *entry = g_ptr_array_index (self->entries, i);

      if (!entry->busy && oma_unit_entry_find_newer (entry, self->entries) == NULL)
        first = MIN (first, entry->due);
    }
  if (first < G_MAXINT64 && !self->stopping)
    {
      gint64 wait = MAX (first - g_get_monotonic_time (), 0) / G_TIME_SPAN_SECOND + 1;

      self->timer = g_timeout_add_seconds ((guint) wait, timer_cb, self);
    }
}

/* Begins what is due: also when an older one has its turn now. */
static void
run_due (OmaUnitList *self)
{
  for (guint i = self->entries->len; i > 0 && !self->stopping; i--)
    {
      OmaUnitEntry *entry = g_ptr_array_index (self->entries, i - 1);

      if (!entry->busy && entry->due <= g_get_monotonic_time () &&
          oma_unit_entry_find_newer (entry, self->entries) == NULL)
        attempt (entry);
    }
  schedule (self);
}

static void
postpone (OmaUnitEntry *entry)
{
  OmaUnitList *self = entry->list;
  guint longest = MAX (self->retry_delay, LONGEST_RETRY);
  guint wait = oma_retry_delay (self->retry_delay, longest, entry->failures, 0, self->rand);

  entry->failures++;
  entry->due = g_get_monotonic_time () + (gint64) wait * G_TIME_SPAN_MILLISECOND;
}

/* Who was to be told, by an alert that did not stand before. */
typedef struct {
  OmaUnitList *list;
  gint64       unit;
} Telling;

static void
told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Telling *telling = user_data;
  g_autoptr(OmaUnitList) self = telling->list;
  OmaUnitEntry *entry = find (self, telling->unit);
  g_autoptr(GError) error = NULL;
  gint64 id = oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error);

  if (id != 0)
    {
      oma_unit_report_supersede (OMA_ALERT_LIST (source), id, telling->unit);
      return;
    }
  g_warning ("Unit of work %" G_GINT64_FORMAT ": its server cannot be told what became of it: %s", telling->unit,
             error->message);
  if (entry != NULL)
    entry->unanswered = TRUE;
}

/* A server that was not told yet is told whatever came of it; one that knows that something could not be undone only
 * when that is over.  What it did not get yet gives way to what is so now. */
static void
tell (OmaUnitEntry *entry, OmaUnitFate fate, gboolean over)
{
  OmaAlertList *alerts = entry->list->alerts;
  gint64 note = entry->note;
  Telling *telling;

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
  if (oma_unit_report_complete (alerts, note, &entry->info, fate))
    {
      oma_unit_report_supersede (alerts, note, entry->info.id);
      return;
    }
  telling = g_new (Telling, 1);
  *telling = (Telling) { g_object_ref (entry->list), entry->info.id };
  oma_alert_list_put_reserved_async (alerts, oma_unit_report_make_alert (&entry->info, fate), OMA_ALERT_READY, told,
                                     telling);
}

/* The store is about to close, or has: the next run of the daemon finds in the journal what is not through. */
static void
give_up (OmaUnitEntry *entry)
{
  g_autoptr(GError) error = g_error_new_literal (OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING,
                                                 "The daemon is about to end");

  oma_unit_entry_answer (entry, NULL, error);
  end (entry->list);
}

static void forget (OmaUnitEntry *entry);

/* Of all attempts. */
static OmaUnitFate
get_fate (const OmaUnitEntry *entry, const OmaUndoReport *report)
{
  OmaUndoReport all = *report;

  all.n_left += entry->n_left;
  all.n_executed += entry->n_executed;
  return oma_unit_report_get_fate (&all);
}

/* It is not through. */
static void
keep (OmaUnitEntry *entry, OmaUnitRecord *record, gboolean tried, const GError *error)
{
  oma_unit_entry_set_record (entry, record);
  /* One that was not tried because of a newer one is as soon as that is over. */
  if (tried || oma_unit_entry_find_newer (entry, entry->list->entries) == NULL)
    {
      if (entry->reason == NULL && error != NULL)
        entry->reason = g_strdup (error->message);
      postpone (entry);
    }
  oma_unit_entry_answer (entry, oma_unit_list_retry_async, error);
  if (entry->waiting->len > 0)
    forget (entry);
}

static void
undo_over (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaUnitEntry *entry = user_data;
  OmaUnitList *self = entry->list;
  g_auto(OmaUndoReport) report = { 0 };
  g_autoptr(GError) error = NULL;
  gboolean tried;

  oma_executor_undo_unit_finish (result, &report, &error);
  tried = report.kept == NULL || report.n_undone + report.n_left + report.n_failed + report.n_executed > 0;
  entry->busy = entry->undoing = FALSE;
  oma_unit_report_log (&entry->info, &report, error);
  if (self->closed)
    {
      give_up (entry);
      return;
    }
  if (tried)
    tell (entry, get_fate (entry, &report), report.kept == NULL);
  if (report.kept != NULL)
    keep (entry, g_steal_pointer (&report.kept), tried, error);
  else
    remove_entry (self, entry);
  run_due (self);
  end (self);
}

/* The entry is busy. */
static void
undo (OmaUnitEntry *entry)
{
  oma_executor_undo_unit_async (entry->list->executor, g_steal_pointer (&entry->record), undo_over, entry);
}

static void
noted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OmaUnitEntry *entry = user_data;
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
      entry->busy = entry->undoing = FALSE;
      give_up (entry);
    }
  else
    undo (entry);
}

/* An alert stands for the end of the undoing from before it begins, so that the server hears of it even when the daemon
 * does not live to see it.  Returns: %FALSE when there is nobody to tell, or it stands already. */
static gboolean
make_note (OmaUnitEntry *entry)
{
  if (entry->info.server_id == NULL || entry->note != 0)
    return FALSE;
  oma_alert_list_put_reserved_async (entry->list->alerts,
                                     oma_unit_report_make_alert (&entry->info, OMA_UNIT_FATE_UNKNOWN),
                                     OMA_ALERT_AWAITS_DAEMON, noted, entry);
  return TRUE;
}

static void
attempt (OmaUnitEntry *entry)
{
  begin (entry);
  entry->undoing = TRUE;
  if (!make_note (entry))
    undo (entry);
}

/* ---- The sessions ---- */

static void
sessions_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaUnitList) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) sessions = oma_store_list_sessions_finish (OMA_STORE (source), result, &error);

  self->lists_sessions = FALSE;
  if (sessions == NULL)
    g_warning ("Units of work are told of without their sessions: %s", error->message);
  for (guint i = 0; sessions != NULL && i < sessions->len; i++)
    {
      const OmaSessionRecord *session = g_ptr_array_index (sessions, i);

      for (guint k = 0; k < self->entries->len; k++)
        oma_unit_entry_take_session (g_ptr_array_index (self->entries, k), session);
    }
}

/* Finds out what servers know the sessions of units by. */
static void
list_sessions (OmaUnitList *self)
{
  OmaTreeStore *store = oma_tree_get_store (oma_executor_get_tree (self->executor));

  self->lists_sessions = TRUE;
  oma_store_list_sessions_async (OMA_STORE (store), G_MAXUINT, sessions_listed, g_object_ref (self));
}

/* ---- The start ---- */

/* Finds the alerts that stand for the end of an undoing again, so that a daemon that ends each time before it knows
 * that end leaves one, not one for each time.  What has no unit any more was never told: nobody knows its fate. */
static void
take_notes (OmaUnitList *self)
{
  g_autoptr(GPtrArray) alerts = oma_alert_list_get_all (self->alerts);

  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (alerts, i);
      gint64 unit = oma_alert_list_is_pending (self->alerts, alert->id) ? oma_unit_report_get_unit (alert) : 0;
      OmaUnitEntry *entry = unit != 0 ? find (self, unit) : NULL;
      g_autoptr(OmaValue) data = unit != 0 ? oma_value_ref (alert->data) : NULL;

      if (entry != NULL && entry->note == 0)
        {
          entry->note = alert->id;
          entry->unanswered = TRUE;
        }
      else if (unit != 0)
        oma_alert_list_complete (self->alerts, alert->id, NULL, NULL, data);
    }
}

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
  OmaUnitEntry *entry = add_entry (self, unit);

  if (unit->history_id != 0 && !self->stopping)
    list_sessions (self);
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

static gboolean
has_turn (gint64 id, gpointer user_data, GError **error)
{
  OmaUnitList *self = user_data;
  const OmaUnitEntry *entry = find (self, id);

  if (self->stopping)
    g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  return !self->stopping && (entry == NULL || oma_unit_entry_check_turn (entry, self->entries, error));
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
  oma_executor_set_turn_func (executor, has_turn, self);
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
 * Begins to undo what the journal has, in the same subtree one after the other, the newest first; it blocks, running
 * the main loop, until all of it has begun: what reads or writes in the same subtrees from then on waits.  Call it
 * before anything else reads or writes.
 *
 * Returns: %FALSE when the journal cannot be read
 */
gboolean
oma_unit_list_recover (OmaUnitList *list, GError **error)
{
  OmaTreeStore *store = oma_tree_get_store (oma_executor_get_tree (list->executor));

  if (!oma_tree_store_load_units (store, take_unit, list, error))
    return FALSE;
  if (list->entries->len > 0)
    list_sessions (list);
  while (list->lists_sessions)
    g_main_context_iteration (NULL, TRUE);
  take_notes (list);
  for (guint i = 0; i < list->entries->len; i++)
    list->n_notes += make_note (g_ptr_array_index (list->entries, i));
  while (list->n_notes > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = list->entries->len; i > 0; i--)
    {
      OmaUnitEntry *entry = g_ptr_array_index (list->entries, i - 1);

      begin (entry);
      entry->undoing = TRUE;
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
    {
      oma_executor_set_unit_func (list->executor, NULL, NULL);
      /* What is under way asks for its turn still. */
      if (list->n_busy == 0)
        oma_executor_set_turn_func (list->executor, NULL, NULL);
    }
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
    g_ptr_array_add (infos, oma_unit_entry_show (g_ptr_array_index (list->entries, i), list->entries));
  return infos;
}

/* Returns: (nullable): the entry, or %NULL when @task was answered. */
static OmaUnitEntry *
look_up (OmaUnitList *self, gint64 id, GTask *task)
{
  OmaUnitEntry *entry = self->stopping ? NULL : find (self, id);

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
 * Tries now to undo it, or waits for the attempt that is under way.  One that has to wait for a newer one is not tried.
 */
void
oma_unit_list_retry_async (OmaUnitList *list, gint64 id, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (list, NULL, callback, user_data);
  GError *error = NULL;
  OmaUnitEntry *entry;

  g_task_set_source_tag (task, oma_unit_list_retry_async);
  entry = look_up (list, id, task);
  if (entry == NULL)
    return;
  if (!entry->busy && !oma_unit_entry_check_turn (entry, list->entries, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_add (entry->waiting, g_steal_pointer (&task));
  if (!entry->busy)
    attempt (entry);
}

/**
 * oma_unit_list_retry_finish:
 * @list: a list
 * @result: what the callback got
 * @error: return location for %OMA_AGENT_ERROR_NO_UNIT, %OMA_AGENT_ERROR_STOPPING, or an error as of
 *   oma_executor_undo_unit_finish(): %OMA_STATUS_RETRY_LATER also when a newer one has to go first
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
  OmaUnitEntry *entry = user_data;
  OmaUnitList *self = entry->list;
  g_autoptr(GError) error = NULL;

  entry->busy = FALSE;
  if (self->closed)
    {
      give_up (entry);
      return;
    }
  if (oma_tree_store_write_finish (OMA_TREE_STORE (source), result, &error))
    {
      oma_log_event (G_LOG_LEVEL_MESSAGE, OMA_LOG_ID_UNIT, NULL, entry->info.history_id,
                     "Unit of work %" G_GINT64_FORMAT " was forgotten by the administrator; not undone: %u changes",
                     entry->info.id, entry->info.n_changes);
      if (entry->note != 0)
        oma_alert_list_drop (self->alerts, entry->note);
      remove_entry (self, entry);
    }
  else
    oma_unit_entry_answer (entry, NULL, error);
  run_due (self);
  end (self);
}

static void
forget (OmaUnitEntry *entry)
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
  OmaUnitEntry *entry;

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
