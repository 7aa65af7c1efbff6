/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-service-private.h"
#include "nm-tree.h"

#include <string.h>

/* The profiles are read once, with one call for their list, one for what is active, and those of nm-fetch.c for each;
 * what changes is read again. */

#define MAX_CALLS 32        /* at once, while all is read */
#define RETRY_INTERVAL 200  /* milliseconds, while it starts */
#define MAX_RETRIES 50

/* ---- What is active ---- */

static const char *
get_text (GVariant *properties, const char *name)
{
  const char *text = "";

  g_variant_lookup (properties, name, "&s", &text);
  return text;
}

static void
take_active (GHashTable *table, const char *path, GVariant *properties)
{
  NmActive *active = g_new0 (NmActive, 1);

  active->path = g_strdup (path);
  if (!g_variant_lookup (properties, "Devices", "^ao", &active->devices))
    active->devices = g_new0 (char *, 1);
  g_variant_lookup (properties, "State", "u", &active->state);
  g_hash_table_replace (table, g_strdup (get_text (properties, "Uuid")), active);
}

static GHashTable *
read_active (GVariant *objects)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, nm_service_active_free);
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      g_autoptr(GVariant) properties = g_variant_lookup_value (interfaces, NM_DBUS_INTERFACE_ACTIVE_CONNECTION,
                                                               G_VARIANT_TYPE_VARDICT);

      if (properties != NULL)
        take_active (table, path, properties);
    }
  return table;
}

static void
set_active (NmService *service, GVariant *objects)
{
  g_hash_table_unref (service->active);
  service->active = read_active (objects);
  for (guint i = 0; i < service->profiles->len; i++)
    {
      NmProfile *profile = g_ptr_array_index (service->profiles, i);
      guint before = nm_connection_get_state_noted (profile->connection);

      nm_service_note_active (service, profile);
      if (service->loaded && nm_connection_get_state_noted (profile->connection) != before)
        nm_tree_tell_state (service, profile);
    }
}

static void
got_active (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  NmService *service = user_data;
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GError) error = NULL;

  answer = g_task_propagate_pointer (G_TASK (result), &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  service->follow_active = FALSE;
  if (answer != NULL)
    {
      g_autoptr(GVariant) objects = g_variant_get_child_value (answer, 0);

      set_active (service, objects);
    }
  if (service->active_stale)
    nm_service_read_active (service);
}

/* Internal: reads anew what is active, once more if that changes meanwhile. */
void
nm_service_read_active (NmService *service)
{
  service->active_stale = service->follow_active;
  if (service->follow_active)
    return;
  service->follow_active = TRUE;
  nm_service_call (service, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                   "(a{oa{sa{sv}}})", service->ended, got_active, service);
}

/* ---- All of it ---- */

static void load_next (NmService *service);

/* @error: (transfer full) (nullable). */
static void
finish_load (NmService *service, GError *error)
{
  g_autoptr(GPtrArray) waiting = g_steal_pointer (&service->waiting);

  service->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  service->loading = FALSE;
  service->loaded = error == NULL;
  for (guint i = 0; i < waiting->len; i++)
    {
      if (error != NULL)
        g_task_return_error (g_ptr_array_index (waiting, i), g_error_copy (error));
      else
        g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
    }
  g_clear_error (&error);
}

/* Internal: whether the service itself is gone. */
gboolean
nm_service_is_over (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
got_all_active (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  NmService *service = user_data;
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = g_task_propagate_pointer (G_TASK (result), &error);
  if (nm_service_is_over (error))
    {
      g_error_free (error);
      return;
    }
  if (answer != NULL)
    {
      g_autoptr(GVariant) objects = g_variant_get_child_value (answer, 0);

      set_active (service, objects);
    }
  finish_load (service, error);
}

typedef struct {
  NmService *service;
  char      *path;
} Loading;

static void
loaded_one (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Loading *loading = user_data;
  NmService *service = loading->service;
  g_autofree char *path = loading->path;
  g_autoptr(GError) error = NULL;
  NMConnection *connection = g_task_propagate_pointer (G_TASK (result), &error);

  g_free (loading);
  if (nm_service_is_over (error))
    return;
  if (connection != NULL)
    nm_service_take_connection (service, path, connection);
  else
    g_info ("A profile of NetworkManager is left out: %s", error->message);
  service->n_loading--;
  load_next (service);
}

static void
load_next (NmService *service)
{
  while (service->n_loading < MAX_CALLS && service->to_load.length > 0)
    {
      Loading *loading = g_new (Loading, 1);

      *loading = (Loading) { service, g_queue_pop_head (&service->to_load) };
      service->n_loading++;
      nm_service_fetch_async (service, loading->path, service->ended, loaded_one, loading);
    }
  if (service->n_loading == 0)
    nm_service_call (service, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                     "(a{oa{sa{sv}}})", service->ended, got_all_active, service);
}

static void ask_for_list (NmService *service);

static gboolean
ask_again (gpointer user_data)
{
  NmService *service = user_data;

  service->retry = 0;
  ask_for_list (service);
  return G_SOURCE_REMOVE;
}

/* NetworkManager has its name before it has its objects. */
static gboolean
is_starting (NmService *service, GAsyncResult *result)
{
  const char *remote = oma_plugin_host_get_remote_error (service->host, result);

  return remote != NULL && strstr (remote, ".Error.Unknown") != NULL && !g_str_has_suffix (remote, ".ServiceUnknown") &&
         service->n_retries++ < MAX_RETRIES;
}

static void
got_list (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  NmService *service = user_data;
  g_autoptr(GVariant) answer = NULL;
  g_autofree const char **paths = NULL;
  GError *error = NULL;

  answer = g_task_propagate_pointer (G_TASK (result), &error);
  if (nm_service_is_over (error))
    g_error_free (error);
  else if (error != NULL && is_starting (service, result))
    {
      g_error_free (error);
      service->retry = g_timeout_add (RETRY_INTERVAL, ask_again, service);
    }
  else if (error != NULL)
    finish_load (service, error);
  else
    {
      g_variant_get (answer, "(^a&o)", &paths);
      for (guint i = 0; paths[i] != NULL; i++)
        g_queue_push_tail (&service->to_load, g_strdup (paths[i]));
      load_next (service);
    }
}

static void
ask_for_list (NmService *service)
{
  nm_service_call (service, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "ListConnections", NULL, "(ao)",
                   service->ended, got_list, service);
}

/**
 * nm_service_load_async:
 * @service: the service
 * @cancellable: (nullable): of the operation
 * @callback: called once
 * @user_data: for @callback
 *
 * Reads all profiles unless they are known.
 */
void
nm_service_load_async (NmService *service, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (service->host, cancellable, callback, user_data);

  g_task_set_source_tag (task, nm_service_load_async);
  if (service->loaded)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (service->waiting, g_object_ref (task));
  if (service->loading)
    return;
  service->loading = TRUE;
  service->n_retries = 0;
  ask_for_list (service);
}

/**
 * nm_service_load_finish:
 * @service: the service
 * @result: of nm_service_load_async()
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: whether the profiles are known
 */
gboolean
nm_service_load_finish (NmService *service G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- One profile again ---- */

typedef struct {
  NmService *service;
  char      *path;
} Update;

static void
update_free (gpointer data)
{
  Update *update = data;

  g_free (update->path);
  g_free (update);
}

static void
updated_one (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Update *update = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  NMConnection *connection = g_task_propagate_pointer (G_TASK (result), &error);

  if (nm_service_is_over (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  nm_service_take_connection (update->service, update->path, connection);
  g_task_return_boolean (task, TRUE);
}

/**
 * nm_service_update_async:
 * @service: the service
 * @path: NetworkManager's object of a profile
 * @callback: called once
 * @user_data: for @callback
 *
 * Reads a profile again, which may be new, or gone.
 */
void
nm_service_update_async (NmService *service, const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (service->host, NULL, callback, user_data);
  Update *update = g_new (Update, 1);

  *update = (Update) { service, g_strdup (path) };
  g_task_set_source_tag (task, nm_service_update_async);
  g_task_set_task_data (task, update, update_free);
  nm_service_fetch_async (service, path, service->ended, updated_one, g_object_ref (task));
}

/**
 * nm_service_update_finish:
 * @service: the service
 * @result: of nm_service_update_async()
 * @error: return location for %G_IO_ERROR_CANCELLED
 *
 * Returns: whether it was read
 */
gboolean
nm_service_update_finish (NmService *service G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
