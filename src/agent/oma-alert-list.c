/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-alert-list-private.h"

#include <string.h>

/* How long a plugin that accepted an Exec may take to tell its end, restarts included: our
 * reading. */
#define PLUGIN_PATIENCE (7 * 24 * 3600)   /* seconds */

enum {
  SIGNAL_READY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void oma_alert_list_queue_init (OmaAlertQueueInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (OmaAlertList, oma_alert_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_ALERT_QUEUE, oma_alert_list_queue_init))

static void
entry_free (OmaAlertEntry *entry)
{
  oma_alert_free (entry->alert);
  g_free (entry->claimed_by);
  g_free (entry);
}

static void
oma_alert_list_finalize (GObject *object)
{
  OmaAlertList *self = OMA_ALERT_LIST (object);

  g_ptr_array_unref (self->entries);
  g_object_unref (self->store);
  G_OBJECT_CLASS (oma_alert_list_parent_class)->finalize (object);
}

static void
oma_alert_list_class_init (OmaAlertListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_alert_list_finalize;
  signals[SIGNAL_READY] = g_signal_new ("ready", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
oma_alert_list_init (OmaAlertList *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
}

/**
 * oma_alert_list_new:
 * @store: where alerts are kept
 *
 * Returns: (transfer full): an empty list; oma_alert_list_load_async() fills it
 */
OmaAlertList *
oma_alert_list_new (OmaStore *store)
{
  OmaAlertList *self = g_object_new (OMA_TYPE_ALERT_LIST, NULL);

  self->store = g_object_ref (store);
  return self;
}

/**
 * oma_alert_list_set_hold_func:
 * @list: a list
 * @func: (nullable): says which servers get only what answers their commands
 * @user_data: for @func
 */
void
oma_alert_list_set_hold_func (OmaAlertList *list, OmaAlertHoldFunc func, gpointer user_data)
{
  list->hold_func = func;
  list->hold_data = user_data;
}

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* ---- To and from the store ---- */

static OmaAlertRecord *
make_record (const OmaAlert *alert, OmaAlertPending pending)
{
  OmaAlertRecord *record = g_new (OmaAlertRecord, 1);

  *record = (OmaAlertRecord) {
    .id = alert->id,
    .server_id = g_strdup (alert->server_id),
    .code = alert->code,
    .type = g_strdup (alert->type),
    .mark = g_strdup (alert->mark),
    .correlator = g_strdup (alert->correlator),
    .source = g_strdup (alert->source),
    .target = g_strdup (alert->target),
    .report_uri = g_strdup (alert->report_uri),
    .data = alert->data != NULL ? oma_value_ref (alert->data) : NULL,
    .solicited = alert->solicited,
    .pending = pending,
    .time = alert->time,
  };
  return record;
}

static OmaAlert *
make_alert (const OmaAlertRecord *record)
{
  OmaAlert *alert = g_new (OmaAlert, 1);

  *alert = (OmaAlert) {
    .id = record->id,
    .server_id = g_strdup (record->server_id),
    .code = record->code,
    .type = g_strdup (record->type),
    .mark = g_strdup (record->mark),
    .correlator = g_strdup (record->correlator),
    .source = g_strdup (record->source),
    .target = g_strdup (record->target),
    .report_uri = g_strdup (record->report_uri),
    .data = record->data != NULL ? oma_value_ref (record->data) : NULL,
    .solicited = record->solicited,
    .time = record->time,
  };
  return alert;
}

static gsize
text_size (const char *text)
{
  return text != NULL ? strlen (text) : 0;
}

/* Internal: octets that the bound of all is about. */
gsize
oma_alert_list_measure (const OmaAlert *alert)
{
  return text_size (alert->server_id) + text_size (alert->type) + text_size (alert->mark) +
         text_size (alert->correlator) + text_size (alert->source) + text_size (alert->target) +
         text_size (alert->report_uri) +
         (alert->data != NULL ? oma_value_get_size (alert->data) : 0);
}

static OmaAlertEntry *
insert (OmaAlertList *self, OmaAlert *alert, OmaAlertPending pending, gboolean urgent)
{
  OmaAlertEntry *entry = g_new0 (OmaAlertEntry, 1);

  entry->alert = alert;
  entry->pending = pending;
  entry->urgent = urgent;
  g_ptr_array_add (self->entries, entry);
  return entry;
}

/* Internal: (nullable): the entry; @index: (out) (optional). */
OmaAlertEntry *
oma_alert_list_find (OmaAlertList *self, gint64 id, guint *index)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      OmaAlertEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->alert->id != id)
        continue;
      if (index != NULL)
        *index = i;
      return entry;
    }
  return NULL;
}

static void
tell_ready (OmaAlertList *self, const OmaAlertEntry *entry)
{
  g_autofree char *server_id = g_strdup (entry->alert->server_id);
  g_autofree char *report_uri = g_strdup (entry->alert->report_uri);

  if (entry->urgent && entry->pending == OMA_ALERT_READY)
    g_signal_emit (self, signals[SIGNAL_READY], 0, server_id, report_uri);
}

/* ---- Loading ---- */

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaAlertList *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) records = oma_store_list_alerts_finish (OMA_STORE (source), result, &error);

  if (records == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < records->len; i++)
    {
      const OmaAlertRecord *record = g_ptr_array_index (records, i);
      OmaAlert *alert = make_alert (record);

      self->size += oma_alert_list_measure (alert);
      insert (self, alert, record->pending, record->solicited);
    }
  /* Whose end nobody was there to see.  What is no Exec has data that say so, and who put it finds it again. */
  for (guint i = 0; i < self->entries->len; i++)
    {
      const OmaAlertEntry *entry = g_ptr_array_index (self->entries, i);
      gboolean is_exec = entry->alert->data == NULL || oma_value_get_size (entry->alert->data) == 0;

      if ((entry->pending == OMA_ALERT_AWAITS_DAEMON && is_exec) ||
          (entry->pending == OMA_ALERT_AWAITS_PLUGIN && entry->alert->time + PLUGIN_PATIENCE < now ()))
        oma_alert_list_complete_exec (self, entry->alert->id, OMA_STATUS_COMMAND_FAILED);
    }
  g_task_return_boolean (task, TRUE);
}

/**
 * oma_alert_list_load_async:
 * @list: an empty list
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Reads what is stored.  An Exec that was going on when the daemon ended has failed as far as its
 * server can be told; anything else that was going on waits for oma_alert_list_complete() again.
 */
void
oma_alert_list_load_async (OmaAlertList *list, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (list, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_alert_list_load_async);
  oma_store_list_alerts_async (list->store, loaded_cb, task);
}

/**
 * oma_alert_list_load_finish:
 * @list: the list
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
oma_alert_list_load_finish (OmaAlertList *list, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, list), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- New alerts ---- */

typedef struct {
  OmaAlert       *alert;
  OmaAlertPending pending;
  gboolean        urgent;
} Put;

static void
put_free (Put *put)
{
  oma_alert_free (put->alert);
  g_free (put);
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaAlertList *self = g_task_get_source_object (task);
  Put *put = g_task_get_task_data (task);
  GError *error = NULL;
  gint64 id = oma_store_put_alert_finish (OMA_STORE (source), result, &error);
  OmaAlertEntry *entry;

  self->n_arriving--;
  if (id == 0)
    {
      self->size -= oma_alert_list_measure (put->alert);
      g_task_return_error (task, error);
      return;
    }
  put->alert->id = id;
  entry = insert (self, g_steal_pointer (&put->alert), put->pending, put->urgent);
  g_task_return_pointer (task, g_memdup2 (&id, sizeof id), g_free);
  tell_ready (self, entry);
}

static gboolean
check_room (OmaAlertList *self, const OmaAlert *alert, gboolean reserved, GError **error)
{
  guint max_alerts = OMA_ALERT_LIST_MAX_ALERTS + (reserved ? OMA_ALERT_LIST_MAX_RESERVED : 0);
  gsize max_size = OMA_ALERT_LIST_MAX_SIZE + (reserved ? OMA_ALERT_LIST_MAX_RESERVED_SIZE : 0);
  gsize size = oma_alert_list_measure (alert);

  if (size > OMA_ALERT_LIST_MAX_ALERT)
    g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE, "The alert has more than %d octets",
                 OMA_ALERT_LIST_MAX_ALERT);
  else if (self->entries->len + self->n_arriving >= max_alerts || self->size + size > max_size)
    g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "Too many alerts wait for their servers");
  else
    return TRUE;
  return FALSE;
}

/* Takes @task. */
static void
put (OmaAlertList *self, OmaAlert *alert, OmaAlertPending pending, gboolean urgent, gboolean reserved, GTask *task)
{
  g_autoptr(GTask) own_task = task;
  Put *put = g_new (Put, 1);
  GError *error = NULL;

  *put = (Put) { alert, pending, urgent };
  g_task_set_task_data (task, put, (GDestroyNotify) put_free);
  if (!check_room (self, alert, reserved, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  alert->id = 0;
  alert->time = now ();
  self->n_arriving++;
  self->size += oma_alert_list_measure (alert);
  oma_store_put_alert_async (self->store, make_record (alert, pending), stored_cb, g_steal_pointer (&own_task));
}

/**
 * oma_alert_list_put_async:
 * @list: a list that was loaded
 * @alert: (transfer full): an alert; its id and time are set here
 * @pending: what it waits for; until oma_alert_list_complete() it is not sent
 * @urgent: a session should be opened for it as soon as it can be sent
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Keeps an alert.
 */
void
oma_alert_list_put_async (OmaAlertList *list, OmaAlert *alert, OmaAlertPending pending, gboolean urgent,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (list, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_alert_list_put_async);
  put (list, alert, pending, urgent, FALSE, task);
}

/**
 * oma_alert_list_put_reserved_async:
 * @list: a list that was loaded
 * @alert: (transfer full): an alert
 * @pending: what it waits for
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * As oma_alert_list_put_async(), not urgent, for what must not get lost because others filled the list.
 */
void
oma_alert_list_put_reserved_async (OmaAlertList *list, OmaAlert *alert, OmaAlertPending pending,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (list, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_alert_list_put_reserved_async);
  put (list, alert, pending, FALSE, TRUE, task);
}

/**
 * oma_alert_list_put_finish:
 * @list: the list
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_ERROR: %OMA_STATUS_DEVICE_FULL when the list or the
 *   disk is full, %OMA_STATUS_ENTITY_TOO_LARGE, %OMA_STATUS_COMMAND_FAILED
 *
 * Returns: the alert's id, 0 when it could not be kept
 */
gint64
oma_alert_list_put_finish (OmaAlertList *list, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *id = NULL;

  g_return_val_if_fail (g_task_is_valid (result, list), 0);
  id = g_task_propagate_pointer (G_TASK (result), error);
  return id != NULL ? *id : 0;
}

static void
add_async (OmaAlertQueue *queue, OmaAlert *alert, GAsyncReadyCallback callback, gpointer user_data)
{
  oma_alert_list_put_async (OMA_ALERT_LIST (queue), alert, OMA_ALERT_READY, alert->solicited, callback, user_data);
}

static gint64
add_finish (OmaAlertQueue *queue, GAsyncResult *result, GError **error)
{
  return oma_alert_list_put_finish (OMA_ALERT_LIST (queue), result, error);
}

static void
oma_alert_list_queue_init (OmaAlertQueueInterface *iface)
{
  iface->add_async = add_async;
  iface->add_finish = add_finish;
  iface->list = oma_alert_list_list_for_session;
  iface->settle = oma_alert_list_settle;
}

/* ---- Alerts that stand for an Exec ---- */

/**
 * oma_alert_list_find_pending:
 * @list: a list
 * @source: URI of a node
 * @correlator: (nullable): of the Exec
 *
 * Returns: the oldest alert that stands for an Exec of @source with @correlator that goes on, 0
 *   when there is none
 */
gint64
oma_alert_list_find_pending (OmaAlertList *list, const char *source, const char *correlator)
{
  for (guint i = 0; i < list->entries->len; i++)
    {
      const OmaAlertEntry *entry = g_ptr_array_index (list->entries, i);

      if (entry->pending != OMA_ALERT_READY && g_strcmp0 (entry->alert->source, source) == 0 &&
          g_strcmp0 (entry->alert->correlator, correlator) == 0)
        return entry->alert->id;
    }
  return 0;
}

static void
completed_cb (GObject *source, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  if (oma_store_put_alert_finish (OMA_STORE (source), result, &error) == 0)
    g_warning ("The end of an Exec could not be kept: %s", error->message);
}

/* Internal: writes what has changed of an alert that is kept already. */
void
oma_alert_list_keep (OmaAlertList *list, const OmaAlertEntry *entry)
{
  oma_store_put_alert_async (list->store, make_record (entry->alert, entry->pending), completed_cb, NULL);
}

static void
replace_text (char **text, const char *by)
{
  if (by == NULL)
    return;
  g_free (*text);
  *text = g_strdup (by);
}

/**
 * oma_alert_list_complete:
 * @list: a list
 * @id: an alert that waits for the end of an Exec
 * @type: (nullable): its type, %NULL for the one it has
 * @mark: (nullable): its mark, %NULL for the one it has
 * @data: (transfer none): what there is to tell
 *
 * The Exec is over: the alert goes to the server.  Its room was kept.  If writing it fails, which is
 * logged, the server gets it from this run of the daemon only.
 *
 * Returns: %FALSE when there is no such alert, or its end was told before
 */
gboolean
oma_alert_list_complete (OmaAlertList *list, gint64 id, const char *type, const char *mark, OmaValue *data)
{
  OmaAlertEntry *entry = oma_alert_list_find (list, id, NULL);

  if (entry == NULL || entry->pending == OMA_ALERT_READY)
    return FALSE;
  list->size -= oma_alert_list_measure (entry->alert);
  entry->pending = OMA_ALERT_READY;
  replace_text (&entry->alert->type, type);
  replace_text (&entry->alert->mark, mark);
  g_clear_pointer (&entry->alert->data, oma_value_unref);
  entry->alert->data = oma_value_ref (data);
  list->size += oma_alert_list_measure (entry->alert);
  oma_alert_list_keep (list, entry);
  tell_ready (list, entry);
  return TRUE;
}

/**
 * oma_alert_list_hand_over:
 * @list: a list
 * @id: an alert that waits for the daemon to see the end of an Exec
 *
 * From now on it waits for the plugin to tell the end, over restarts, too.
 */
void
oma_alert_list_hand_over (OmaAlertList *list, gint64 id)
{
  OmaAlertEntry *entry = oma_alert_list_find (list, id, NULL);

  if (entry == NULL || entry->pending != OMA_ALERT_AWAITS_DAEMON)
    return;
  entry->pending = OMA_ALERT_AWAITS_PLUGIN;
  oma_alert_list_keep (list, entry);
}

/**
 * oma_alert_list_complete_exec:
 * @list: a list
 * @id: an alert that waits for the end of an Exec
 * @status: how it ended
 *
 * As oma_alert_list_complete(), where nobody but the daemon tells the end: the data are the
 * status, and a failure has a stronger mark than the default (DM Representation Protocol 1.2,
 * Exec; DM Protocol 1.2, section 8.7).
 */
void
oma_alert_list_complete_exec (OmaAlertList *list, gint64 id, OmaStatus status)
{
  g_autoptr(OmaValue) data = oma_value_new_int (status);

  oma_alert_list_complete (list, id, NULL, oma_status_is_success (status) ? "informational" : "warning", data);
}

/* ---- The administrator ---- */

/**
 * oma_alert_list_get_all:
 * @list: a list
 *
 * Returns: (transfer container) (element-type OmaAlert): all alerts, pending ones included,
 *   oldest first; valid until the list changes
 */
GPtrArray *
oma_alert_list_get_all (OmaAlertList *list)
{
  GPtrArray *alerts = g_ptr_array_new ();

  for (guint i = 0; i < list->entries->len; i++)
    g_ptr_array_add (alerts, ((OmaAlertEntry *) g_ptr_array_index (list->entries, i))->alert);
  return alerts;
}

/**
 * oma_alert_list_is_pending:
 * @list: a list
 * @id: an alert
 *
 * Returns: whether it stands for an Exec that goes on
 */
gboolean
oma_alert_list_is_pending (OmaAlertList *list, gint64 id)
{
  const OmaAlertEntry *entry = oma_alert_list_find (list, id, NULL);

  return entry != NULL && entry->pending != OMA_ALERT_READY;
}

/**
 * oma_alert_list_drop:
 * @list: a list
 * @id: an alert
 *
 * Forgets an alert.
 *
 * Returns: whether it was there
 */
gboolean
oma_alert_list_drop (OmaAlertList *list, gint64 id)
{
  guint index;
  OmaAlertEntry *entry = oma_alert_list_find (list, id, &index);

  if (entry == NULL)
    return FALSE;
  list->size -= oma_alert_list_measure (entry->alert);
  g_ptr_array_remove_index (list->entries, index);
  oma_store_delete_alert (list->store, id);
  return TRUE;
}
