/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "systemd-plugin.h"

#include "unit-name.h"
#include "unit-state.h"

/* Asks systemd for one unit or for all, in a number of calls that the number of units has no part in: two for all
 * of them, and up to two more for each unit of the administrator's list, which is bounded.  The list of all files costs
 * systemd, which does nothing else meanwhile, some milliseconds a file: it is asked for again only after systemd told
 * that something changed, or after a while. */

/* Calls under way at once; the bus limits them. */
#define WINDOW 16
/* Who writes files of units without telling systemd is noticed after this. */
#define FILES_MAX_AGE_US (60 * G_USEC_PER_SEC)

typedef struct {
  Systemd    *self;
  GTask      *task;
  char       *unit;          /* (nullable): the only one */
  gboolean    details;
  GHashTable *allowed;
  GHashTable *table;
  guint       outstanding;
  guint       files_changes; /* when the files were asked for */
  GQueue      todo;          /* Step */
  GError     *error;
} Query;

/* One more question about one unit. */
typedef struct {
  Query   *query;
  char    *unit;
  gboolean details;          /* all its properties; else the state of its file */
} Step;

static void
step_free (Step *step)
{
  g_free (step->unit);
  g_free (step);
}

static void
query_free (Query *query)
{
  systemd_unref (query->self);
  g_object_unref (query->task);
  g_free (query->unit);
  g_clear_pointer (&query->allowed, g_hash_table_unref);
  g_clear_pointer (&query->table, g_hash_table_unref);
  g_queue_clear_full (&query->todo, (GDestroyNotify) step_free);
  g_clear_error (&query->error);
  g_free (query);
}

static void ask_more (Query *query);

/* A unit that went, or that has no file, has less to tell, which is no failure. */
static void
step_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Step *step = user_data;
  Query *query = step->query;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  UnitState *state = g_hash_table_lookup (query->table, step->unit);

  query->outstanding--;
  if (answer != NULL && step->details)
    {
      if (state != NULL)
        state->details = g_variant_get_child_value (answer, 0);
    }
  else if (answer != NULL)
    {
      if (state == NULL)
        {
          state = unit_state_new (step->unit);
          g_hash_table_insert (query->table, state->name, state);
        }
      g_variant_get (answer, "(s)", &state->file_state);
    }
  else if (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (source), result) == NULL && query->error == NULL)
    query->error = g_steal_pointer (&error);
  step_free (step);
  ask_more (query);
}

static void
ask (Step *step)
{
  Systemd *self = step->query->self;
  GCancellable *cancellable = g_task_get_cancellable (step->query->task);

  step->query->outstanding++;
  if (step->details)
    {
      g_autofree char *path = unit_name_to_path (step->unit);

      oma_plugin_host_call_async (self->host, SYSTEMD_NAME, path, PROPERTIES_INTERFACE, "GetAll",
                                  g_variant_new ("(s)", ""), G_VARIANT_TYPE ("(a{sv})"), cancellable, step_cb, step);
    }
  else
    oma_plugin_host_call_async (self->host, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "GetUnitFileState",
                                g_variant_new ("(s)", step->unit), G_VARIANT_TYPE ("(s)"), cancellable, step_cb, step);
}

static void
ask_more (Query *query)
{
  while (query->error == NULL && query->outstanding < WINDOW && !g_queue_is_empty (&query->todo))
    ask (g_queue_pop_head (&query->todo));
  if (query->outstanding > 0)
    return;
  if (query->error != NULL)
    g_task_return_error (query->task, g_steal_pointer (&query->error));
  else
    g_task_return_pointer (query->task, g_steal_pointer (&query->table), (GDestroyNotify) g_hash_table_unref);
  query_free (query);
}

static void
push (Query *query, const char *unit, gboolean details)
{
  Step *step = g_new0 (Step, 1);

  step->query = query;
  step->unit = g_strdup (unit);
  step->details = details;
  g_queue_push_tail (&query->todo, step);
}

/* Both lists are there: what else the units of the administrator's list have to tell.  An instance of a template
 * has no file that the list of files would show. */
static void
plan_steps (Query *query)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, query->allowed);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const UnitState *state = g_hash_table_lookup (query->table, key);

      if (query->unit != NULL && !g_str_equal (query->unit, key))
        continue;
      if (state == NULL || state->file_state == NULL)
        push (query, key, FALSE);
      if (query->details && state != NULL && state->path != NULL)
        push (query, key, TRUE);
    }
}

static GVariant *
take_answer (Query *query, GObject *source, GAsyncResult *result)
{
  g_autoptr(GError) error = NULL;
  GVariant *answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);

  query->outstanding--;
  if (answer == NULL && query->error == NULL)
    query->error = g_steal_pointer (&error);
  return answer;
}

static void
units_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Query *query = user_data;
  g_autoptr(GVariant) answer = take_answer (query, source, result);

  if (answer != NULL)
    {
      unit_table_take_units (query->table, answer);
      plan_steps (query);
    }
  ask_more (query);
}

static void
ask_units (Query *query)
{
  query->outstanding++;
  oma_plugin_host_call_async (query->self->host, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitsByPatterns",
                              g_object_get_data (G_OBJECT (query->task), "patterns"),
                              G_VARIANT_TYPE ("(a(ssssssouso))"), g_task_get_cancellable (query->task), units_cb,
                              query);
}

/**
 * unit_query_forget_files:
 * @self: the plugin
 *
 * Files of units may have changed.
 */
void
unit_query_forget_files (Systemd *self)
{
  self->files_changes++;
  g_clear_pointer (&self->files, g_variant_unref);
}

/**
 * unit_query_init:
 * @self: the plugin
 */
void
unit_query_init (Systemd *self)
{
  self->files_waiters = g_ptr_array_new ();
}

/**
 * unit_query_clear:
 * @self: the plugin, for which no query is under way
 */
void
unit_query_clear (Systemd *self)
{
  unit_query_forget_files (self);
  g_ptr_array_unref (self->files_waiters);
}

static void
keep_files (Query *query, GVariant *answer)
{
  Systemd *self = query->self;

  if (query->unit != NULL || !self->subscribed || query->files_changes != self->files_changes)
    return;
  g_clear_pointer (&self->files, g_variant_unref);
  self->files = g_variant_ref (answer);
  self->files_time = g_get_monotonic_time ();
}

static void ask_files (Query *query);

/* Those that wanted the same list: they have it, or ask themselves. */
static void
tell_waiters (Systemd *self, GVariant *answer)
{
  g_autoptr(GPtrArray) waiters = g_steal_pointer (&self->files_waiters);

  self->files_waiters = g_ptr_array_new ();
  for (guint i = 0; i < waiters->len; i++)
    {
      Query *query = g_ptr_array_index (waiters, i);

      if (answer != NULL)
        {
          unit_table_take_files (query->table, answer);
          ask_units (query);
        }
      else
        ask_files (query);
    }
}

static void
files_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Query *query = user_data;
  g_autoptr(GVariant) answer = take_answer (query, source, result);

  if (query->self->files_asked == query)
    {
      query->self->files_asked = NULL;
      tell_waiters (query->self, answer);
    }
  if (answer == NULL)
    {
      ask_more (query);
      return;
    }
  unit_table_take_files (query->table, answer);
  keep_files (query, answer);
  ask_units (query);
}

static gboolean
find_files (Query *query)
{
  Systemd *self = query->self;
  const Query *asked = self->files_asked;

  if (self->files != NULL && g_get_monotonic_time () - self->files_time < FILES_MAX_AGE_US)
    {
      unit_table_take_files (query->table, self->files);
      ask_units (query);
      return TRUE;
    }
  if (asked == NULL || asked->files_changes != self->files_changes)
    return FALSE;
  g_ptr_array_add (self->files_waiters, query);
  return TRUE;
}

static void
ask_files (Query *query)
{
  Systemd *self = query->self;

  if (query->unit == NULL && find_files (query))
    return;
  query->files_changes = self->files_changes;
  query->outstanding++;
  if (query->unit == NULL)
    self->files_asked = query;
  oma_plugin_host_call_async (self->host, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitFilesByPatterns",
                              g_object_get_data (G_OBJECT (query->task), "patterns"), G_VARIANT_TYPE ("(a(ss))"),
                              g_task_get_cancellable (query->task), files_cb, query);
}

/**
 * unit_query_async:
 * @self: the plugin
 * @unit: (nullable): name of the only unit to ask for
 * @details: whether to ask for what only units of the administrator's list tell
 * @cancellable: (nullable): of the operation
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Asks for units as they are now.  No unit is loaded for it.
 */
void
unit_query_async (Systemd *self, const char *unit, gboolean details, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  static const char *const kinds[] = { "*.service", "*.socket", "*.timer", "*.path", NULL };
  const char *const only[] = { unit, NULL };
  const char *const none[] = { NULL };
  g_autoptr(GTask) task = g_task_new (self->host, cancellable, callback, user_data);
  g_autoptr(GError) error = NULL;
  GVariant *patterns;
  Query *query;

  g_task_set_source_tag (task, unit_query_async);
  query = g_new0 (Query, 1);
  query->self = systemd_ref (self);
  query->task = g_object_ref (task);
  query->unit = g_strdup (unit);
  query->details = details;
  query->allowed = unit_allow_load (UNIT_ALLOW_FILE, &error);
  if (query->allowed == NULL)
    {
      g_warning ("No unit may be managed: %s", error->message);
      query->allowed = unit_allow_parse ("", 0, NULL);
    }
  query->table = unit_table_new ();
  patterns = g_variant_ref_sink (g_variant_new ("(^as^as)", none, unit != NULL ? only : kinds));
  g_object_set_data_full (G_OBJECT (task), "patterns", patterns, (GDestroyNotify) g_variant_unref);
  ask_files (query);
}

/**
 * unit_query_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full) (element-type utf8 UnitState): the units by name, or %NULL
 */
GHashTable *
unit_query_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
