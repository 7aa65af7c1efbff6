/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "systemd-plugin.h"

#include "timer-state.h"
#include "unit-name.h"

#include <string.h>

/* ./Vendor/Omadm/Tasks: the timers of the administrator's list.  Each costs one call to read. */

typedef struct {
  Systemd     *self;
  GTask       *task;
  char        *only;         /* (nullable): name of the only timer to read */
  GHashTable  *table;        /* (element-type utf8 GVariant): its properties */
  guint        outstanding;
  GError      *error;
} Query;

typedef struct {
  Query *query;
  char  *unit;
} Step;

static void
query_end (Query *query)
{
  if (query->error != NULL)
    g_task_return_error (query->task, g_steal_pointer (&query->error));
  else
    g_task_return_pointer (query->task, g_hash_table_ref (query->table), (GDestroyNotify) g_hash_table_unref);
  g_object_unref (query->task);
  g_hash_table_unref (query->table);
  g_free (query->only);
  systemd_unref (query->self);
  g_free (query);
}

static void
step_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Step *step = user_data;
  Query *query = step->query;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);

  if (answer != NULL)
    {
      g_autoptr(GVariant) properties = g_variant_get_child_value (answer, 0);

      if (timer_is_there (properties))
        g_hash_table_insert (query->table, g_strdup (step->unit), g_steal_pointer (&properties));
    }
  else if (query->error == NULL)
    query->error = g_steal_pointer (&error);
  g_free (step->unit);
  g_free (step);
  if (--query->outstanding == 0)
    query_end (query);
}

static void
ask (Query *query, const char *unit)
{
  g_autofree char *path = unit_name_to_path (unit);
  Step *step = g_new0 (Step, 1);

  step->query = query;
  step->unit = g_strdup (unit);
  query->outstanding++;
  oma_plugin_host_call_async (query->self->host, SYSTEMD_NAME, path, PROPERTIES_INTERFACE, "GetAll",
                              g_variant_new ("(s)", ""), G_VARIANT_TYPE ("(a{sv})"),
                              g_task_get_cancellable (query->task), step_cb, step);
}

/* Asks for the timers, or the only one; the callback gets a table for timers_finish(). */
static void
timers_ask (Systemd *self, const char *only, GCancellable *cancellable, GAsyncReadyCallback callback,
            gpointer user_data)
{
  GError *error = NULL;
  g_autoptr(GHashTable) allowed = unit_allow_load (UNIT_ALLOW_FILE, &error);
  Query *query = g_new0 (Query, 1);
  GHashTableIter iter;
  gpointer unit;

  query->self = systemd_ref (self);
  query->task = g_task_new (self->host, cancellable, callback, user_data);
  query->only = g_strdup (only);
  query->table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  if (allowed == NULL)
    query->error = error;
  else
    {
      g_hash_table_iter_init (&iter, allowed);
      while (g_hash_table_iter_next (&iter, &unit, NULL))
        if (g_str_has_suffix (unit, ".timer") && (only == NULL || strcmp (only, unit) == 0))
          ask (query, unit);
    }
  if (query->outstanding == 0)
    query_end (query);
}

static GHashTable *
timers_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- All ---- */

static void
list_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GHashTable) table = timers_finish (result, &error);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer unit;

  if (table == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &unit, NULL))
    g_strv_builder_add (names, unit);
  g_task_return_pointer (task, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

void
timers_list (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  timers_ask (self, NULL, g_task_get_cancellable (task), list_cb, g_object_ref (task));
}

static void
read_all_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GHashTable) table = timers_finish (result, &error);
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
  g_autoptr(GList) units = NULL;

  if (table == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  oma_node_list_add (nodes, "", NULL);
  units = g_list_sort (g_hash_table_get_keys (table), (GCompareFunc) strcmp);
  for (GList *item = units; item != NULL; item = item->next)
    {
      g_autofree char *base = systemd_escape (item->data);

      oma_node_list_add (nodes, base, NULL);
      timer_add_nodes (g_hash_table_lookup (table, item->data), base, nodes);
    }
  g_task_return_pointer (task, g_steal_pointer (&nodes), (GDestroyNotify) oma_node_list_free);
}

void
timers_read (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  timers_ask (self, NULL, g_task_get_cancellable (task), read_all_cb, g_object_ref (task));
}

/* ---- One ---- */

static GVariant *
take_timer (GAsyncResult *result, GTask *task, GError **error)
{
  const char *unit = g_task_get_task_data (task);
  g_autoptr(GHashTable) table = timers_finish (result, error);
  GVariant *properties = table != NULL ? g_hash_table_lookup (table, unit) : NULL;

  if (table != NULL && properties == NULL)
    g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no timer %s that may be managed", unit);
  return properties != NULL ? g_variant_ref (properties) : NULL;
}

static OmaNodeList *
take_nodes (GAsyncResult *result, GTask *task, GError **error)
{
  g_autoptr(GVariant) properties = take_timer (result, task, error);
  OmaNodeList *nodes;

  if (properties == NULL)
    return NULL;
  nodes = oma_node_list_new ();
  oma_node_list_add (nodes, "", NULL);
  timer_add_nodes (properties, "", nodes);
  return nodes;
}

static void
ask_timer (Systemd *self, const OmaNodeRef *node, GTask *task, GAsyncReadyCallback callback)
{
  const char *unit = oma_node_ref_get_capture (node, 0);

  g_task_set_task_data (task, g_strdup (unit), g_free);
  g_object_set_data_full (G_OBJECT (task), "below", systemd_dup_below (node), g_free);
  timers_ask (self, unit, g_task_get_cancellable (task), callback, g_object_ref (task));
}

static void
read_timer_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  OmaNodeList *nodes = take_nodes (result, task, &error);

  systemd_return_nodes (task, nodes, error);
}

void
timer_read (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask_timer (self, node, task, read_timer_cb);
}

static void
list_timer_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(OmaNodeList) nodes = take_nodes (result, task, &error);

  systemd_return_names (task, nodes, g_object_get_data (G_OBJECT (task), "below"), error);
}

void
timer_list (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask_timer (self, node, task, list_timer_cb);
}

static void
get_timer_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(OmaNodeList) nodes = take_nodes (result, task, &error);

  systemd_return_value (task, nodes, g_object_get_data (G_OBJECT (task), "below"), error);
}

void
timer_get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask_timer (self, node, task, get_timer_cb);
}

/* Runs what the timer would: that unit has to be on the list as well. */
static void
run_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) properties = take_timer (result, task, &error);
  const char *unit = NULL;

  if (properties == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (g_variant_lookup (properties, "Unit", "&s", &unit) && *unit != '\0')
    unit_run (g_object_get_data (G_OBJECT (task), "self"), "StartUnit", unit, task);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED, "%s starts nothing",
                             (const char *) g_task_get_task_data (task));
}

void
timer_exec (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED,
            const char *correlator G_GNUC_UNUSED, GTask *task)
{
  g_object_set_data (G_OBJECT (task), "self", self);
  ask_timer (self, node, task, run_cb);
}
