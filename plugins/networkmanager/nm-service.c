/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-service-private.h"
#include "nm-tree.h"

#include <string.h>

/* The profiles of NetworkManager that are known, and their names behind the doors. */

/* In seconds; more than a session waits for its server by default, which is less than five minutes. */
#define DEFAULT_CHECKPOINT_TIMEOUT 900
#define MAX_CHECKPOINT_TIMEOUT 86400

/* ---- Profiles ---- */

static void
profile_free (gpointer data)
{
  NmProfile *profile = data;

  g_free (profile->path);
  g_free (profile->uuid);
  g_free (profile->name);
  g_object_unref (profile->connection);
  g_free (profile);
}

static void
names_free (gpointer data)
{
  NmNames *names = data;

  g_hash_table_unref (names->by_name);
  g_hash_table_unref (names->by_profile);
  g_free (names);
}

/* Internal: an NmActive. */
void
nm_service_active_free (gpointer data)
{
  NmActive *active = data;

  g_free (active->path);
  g_strfreev (active->devices);
  g_free (active);
}

static int
compare_profiles (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(NmProfile *const *) a)->uuid, (*(NmProfile *const *) b)->uuid);
}

/* Internal: (nullable): the profile that is this object of NetworkManager. */
NmProfile *
nm_service_find_path (NmService *service, const char *path)
{
  for (guint i = 0; i < service->profiles->len; i++)
    {
      NmProfile *profile = g_ptr_array_index (service->profiles, i);

      if (g_strcmp0 (profile->path, path) == 0)
        return profile;
    }
  return NULL;
}

/**
 * nm_service_find_uuid:
 * @service: the service
 * @uuid: what a profile is known by
 *
 * Returns: (transfer none) (nullable): the profile or draft
 */
NmProfile *
nm_service_find_uuid (NmService *service, const char *uuid)
{
  for (guint i = 0; i < service->profiles->len; i++)
    {
      NmProfile *profile = g_ptr_array_index (service->profiles, i);

      if (strcmp (profile->uuid, uuid) == 0)
        return profile;
    }
  return NULL;
}

/**
 * nm_service_get_profiles:
 * @service: the service
 *
 * Returns: (transfer none) (element-type NmProfile): all of them, drafts too
 */
GPtrArray *
nm_service_get_profiles (NmService *service)
{
  return service->profiles;
}

static gboolean
is_behind (const NmDoor *door, const NmProfile *profile)
{
  return profile->path == NULL ? profile->door == door : door->shows (profile->connection);
}

static char *
dup_wanted_name (const NmDoor *door, const NmProfile *profile)
{
  const char *given = nm_door_get_data (profile->connection, door->id, "name");
  g_autofree char *natural = NULL;

  if (profile->path == NULL)
    return g_strdup (profile->name);
  if (given != NULL && *given != '\0')
    return g_strdup (given);
  natural = door->get_name != NULL ? door->get_name (profile->connection) : NULL;
  return natural != NULL && *natural != '\0' ? g_steal_pointer (&natural) : g_strdup (profile->uuid);
}

/* Of profiles that would have the same name the first one has it, the others have their uuid. */
static NmNames *
make_names (NmService *service, const NmDoor *door)
{
  NmNames *names = g_new (NmNames, 1);

  names->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  names->by_profile = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < service->profiles->len; i++)
    {
      NmProfile *profile = g_ptr_array_index (service->profiles, i);
      char *name;

      if (!is_behind (door, profile))
        continue;
      name = dup_wanted_name (door, profile);
      if (g_hash_table_contains (names->by_name, name))
        {
          g_free (name);
          name = g_strdup (profile->uuid);
        }
      g_hash_table_replace (names->by_profile, profile, g_strdup (name));
      g_hash_table_replace (names->by_name, name, profile);
    }
  return names;
}

static NmNames *
get_names (NmService *service, const NmDoor *door)
{
  NmNames *names = g_hash_table_lookup (service->names, door);

  if (names == NULL)
    {
      names = make_names (service, door);
      g_hash_table_insert (service->names, (gpointer) door, names);
    }
  return names;
}

/**
 * nm_service_get_name:
 * @service: the service
 * @door: a door
 * @profile: a profile
 *
 * Returns: (transfer none) (nullable): the name of its node behind the door, %NULL when there is none
 */
const char *
nm_service_get_name (NmService *service, const NmDoor *door, const NmProfile *profile)
{
  return g_hash_table_lookup (get_names (service, door)->by_profile, profile);
}

/**
 * nm_service_find_node:
 * @service: the service
 * @door: a door
 * @name: decoded name of a node
 *
 * Returns: (transfer none) (nullable): the profile or draft
 */
NmProfile *
nm_service_find_node (NmService *service, const NmDoor *door, const char *name)
{
  return g_hash_table_lookup (get_names (service, door)->by_name, name);
}

/**
 * nm_service_get_active:
 * @service: the service
 * @uuid: of a profile
 *
 * Returns: (transfer none) (nullable): how it is active
 */
const NmActive *
nm_service_get_active (NmService *service, const char *uuid)
{
  return g_hash_table_lookup (service->active, uuid);
}

/* ---- Changes of profiles ---- */

/* Internal: has the profile tell whether it is active. */
void
nm_service_note_active (NmService *service, NmProfile *profile)
{
  const NmActive *active = g_hash_table_lookup (service->active, profile->uuid);

  nm_connection_note_state (profile->connection, active != NULL ? active->state : 0);
}

/* @profile: (transfer full) (nullable): in the place of @old, if there is one. */
static void
put_profile (NmService *service, NmProfile *old, NmProfile *profile)
{
  g_autoptr(GHashTable) before = service->loaded ? nm_tree_snapshot (service, old) : NULL;

  if (profile != NULL)
    {
      profile->generation = ++service->generation;
      nm_service_note_active (service, profile);
      g_ptr_array_add (service->profiles, profile);
    }
  if (old != NULL)
    g_ptr_array_remove (service->profiles, old);
  g_ptr_array_sort (service->profiles, compare_profiles);
  g_hash_table_remove_all (service->names);
  if (before != NULL)
    nm_tree_tell_changes (service, before, profile);
}

/* Internal: @connection: (transfer full) (nullable): as it is now, %NULL when it is gone. */
void
nm_service_take_connection (NmService *service, const char *path, NMConnection *connection)
{
  NmProfile *old = nm_service_find_path (service, path), *profile;

  if (connection != NULL && (nm_connection_get_uuid (connection) == NULL))
    g_clear_object (&connection);
  if (connection == NULL && old == NULL)
    return;
  if (connection != NULL)
    {
      nm_mask_secrets (connection);
      /* A draft that became a profile. */
      if (old == NULL)
        old = nm_service_find_uuid (service, nm_connection_get_uuid (connection));
    }
  if (connection != NULL && old != NULL && old->path != NULL && g_strcmp0 (old->path, path) == 0 &&
      nm_connection_compare (old->connection, connection, NM_SETTING_COMPARE_FLAG_IGNORE_TIMESTAMP))
    {
      g_object_unref (connection);
      return;
    }
  profile = connection != NULL ? g_new0 (NmProfile, 1) : NULL;
  if (profile != NULL)
    {
      profile->path = g_strdup (path);
      profile->uuid = g_strdup (nm_connection_get_uuid (connection));
      profile->connection = connection;
    }
  put_profile (service, old, profile);
}

/**
 * nm_service_put_draft:
 * @service: the service
 * @door: through which door it is made
 * @name: name of its node there
 * @connection: (transfer none): what there is of it
 *
 * Keeps a draft, in the place of an earlier one with its uuid.
 *
 * Returns: (transfer none): it
 */
NmProfile *
nm_service_put_draft (NmService *service, const NmDoor *door, const char *name, NMConnection *connection)
{
  NmProfile *draft = g_new0 (NmProfile, 1);

  draft->uuid = g_strdup (nm_connection_get_uuid (connection));
  draft->connection = g_object_ref (connection);
  draft->door = door;
  draft->name = g_strdup (name);
  put_profile (service, nm_service_find_uuid (service, draft->uuid), draft);
  return draft;
}

/**
 * nm_service_drop_draft:
 * @service: the service
 * @uuid: of a draft, if there is one
 */
void
nm_service_drop_draft (NmService *service, const char *uuid)
{
  NmProfile *draft = nm_service_find_uuid (service, uuid);

  if (draft != NULL && draft->path == NULL)
    put_profile (service, draft, NULL);
}

/* ---- Calls ---- */

/* The service lives until it is answered, also when the plugin was shut down. */
typedef struct {
  NmService          *service;
  GAsyncReadyCallback callback;
  gpointer            user_data;
} Pending;

static void
called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Pending *pending = user_data;

  pending->callback (source, result, pending->user_data);
  nm_service_unref (pending->service);
  g_free (pending);
}

/**
 * nm_service_call:
 * @service: the service
 * @path: an object of NetworkManager
 * @interface: its interface
 * @method: the method
 * @parameters: (nullable): what it gets
 * @reply_type: (nullable): what it answers with
 * @cancellable: (nullable): of the operation
 * @callback: called once
 * @user_data: for @callback
 */
void
nm_service_call (NmService *service, const char *path, const char *interface, const char *method, GVariant *parameters,
                 const char *reply_type, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Pending *pending = g_new (Pending, 1);

  *pending = (Pending) { nm_service_ref (service), callback, user_data };
  oma_plugin_host_call_async (service->host, NM_DBUS_SERVICE, path, interface, method, parameters,
                              reply_type != NULL ? G_VARIANT_TYPE (reply_type) : NULL, cancellable, called, pending);
}

/* What NetworkManager's errors mean to a server. */
static void
judge (OmaPluginHost *host, GAsyncResult *result, GError *error)
{
  static const struct {
    const char *ending;
    OmaStatus   status;
  } table[] = {
    { ".InvalidProperty", OMA_STATUS_UNSUPPORTED_FORMAT }, { ".InvalidSetting", OMA_STATUS_UNSUPPORTED_FORMAT },
    { ".MissingProperty", OMA_STATUS_UNSUPPORTED_FORMAT }, { ".MissingSetting", OMA_STATUS_UNSUPPORTED_FORMAT },
    { ".InvalidConnection", OMA_STATUS_UNSUPPORTED_FORMAT },
  };
  const char *remote = oma_plugin_host_get_remote_error (host, result);

  for (gsize i = 0; remote != NULL && error->domain == OMA_STATUS_ERROR && i < G_N_ELEMENTS (table); i++)
    if (g_str_has_suffix (remote, table[i].ending))
      error->code = (int) table[i].status;
}

/**
 * nm_service_call_finish:
 * @service: the service
 * @result: of nm_service_call()
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): the answer, or %NULL
 */
GVariant *
nm_service_call_finish (NmService *service, GAsyncResult *result, GError **error)
{
  GError *failure = NULL;
  GVariant *answer = oma_plugin_host_call_finish (service->host, result, &failure);

  if (answer == NULL)
    {
      judge (service->host, result, failure);
      g_propagate_error (error, failure);
    }
  return answer;
}

/* ---- Beginning and end ---- */

static guint32
read_timeout (OmaPluginHost *host)
{
  g_autofree char *text = oma_plugin_host_get_config (host, "CheckpointTimeout");
  guint64 seconds;

  if (text == NULL)
    return DEFAULT_CHECKPOINT_TIMEOUT;
  if (g_ascii_string_to_unsigned (text, 10, 10, MAX_CHECKPOINT_TIMEOUT, &seconds, NULL))
    return (guint32) seconds;
  g_warning ("CheckpointTimeout=%s is no number of seconds from 10 to %u; it is %u", text, MAX_CHECKPOINT_TIMEOUT,
             DEFAULT_CHECKPOINT_TIMEOUT);
  return DEFAULT_CHECKPOINT_TIMEOUT;
}

/**
 * nm_service_new:
 * @host: the plugin's host
 *
 * Returns: (transfer full): NetworkManager, of which nothing is known yet
 */
NmService *
nm_service_new (OmaPluginHost *host)
{
  NmService *service = g_rc_box_new0 (NmService);

  service->host = host;       /* which outlives it */
  service->ended = g_cancellable_new ();
  service->units = g_ptr_array_new ();
  service->echoes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  service->checkpoint_timeout = read_timeout (host);
  service->profiles = g_ptr_array_new_with_free_func (profile_free);
  service->names = g_hash_table_new_full (NULL, NULL, NULL, names_free);
  service->active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, nm_service_active_free);
  service->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  nm_service_subscribe (service);
  return service;
}

static void
service_clear (gpointer data)
{
  NmService *service = data;

  g_queue_clear_full (&service->to_load, g_free);
  g_ptr_array_unref (service->waiting);
  g_hash_table_unref (service->active);
  g_hash_table_unref (service->names);
  g_ptr_array_unref (service->profiles);
  g_ptr_array_unref (service->units);
  g_hash_table_unref (service->echoes);
  g_object_unref (service->ended);
}

/**
 * nm_service_ref:
 * @service: the service
 *
 * Returns: (transfer full): @service
 */
NmService *
nm_service_ref (NmService *service)
{
  return g_rc_box_acquire (service);
}

/**
 * nm_service_unref:
 * @service: (transfer full): the service
 */
void
nm_service_unref (NmService *service)
{
  g_rc_box_release_full (service, service_clear);
}

/**
 * nm_service_free:
 * @service: (transfer full): the service
 *
 * Ends it: it follows nothing any more.
 */
void
nm_service_free (NmService *service)
{
  for (guint i = 0; i < service->profiles->len; i++)
    {
      const NmProfile *profile = g_ptr_array_index (service->profiles, i);

      if (profile->path == NULL)
        g_message ("The draft of the profile %s is lost: it was not complete", profile->name);
    }
  g_cancellable_cancel (service->ended);
  g_clear_handle_id (&service->retry, g_source_remove);
  for (guint i = 0; i < service->waiting->len; i++)
    g_task_return_new_error (g_ptr_array_index (service->waiting, i), OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                             "The plugin was shut down");
  g_ptr_array_set_size (service->waiting, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (service->subscriptions); i++)
    if (service->subscriptions[i] != 0)
      oma_plugin_host_unsubscribe (service->host, service->subscriptions[i]);
  nm_service_unref (service);
}

/**
 * nm_service_get_host:
 * @service: the service
 *
 * Returns: (transfer none): the plugin's host
 */
OmaPluginHost *
nm_service_get_host (NmService *service)
{
  return service->host;
}

/**
 * nm_service_get_run:
 * @service: the service
 *
 * Returns: another number after each start and end of NetworkManager
 */
guint
nm_service_get_run (NmService *service)
{
  return service->run;
}

/**
 * nm_service_get_units:
 * @service: the service
 *
 * Returns: (transfer none) (element-type NmUnit): units of work whose transactions have not ended
 */
GPtrArray *
nm_service_get_units (NmService *service)
{
  return service->units;
}

/**
 * nm_service_get_checkpoint_timeout:
 * @service: the service
 *
 * Returns: seconds after which NetworkManager goes back by itself
 */
guint32
nm_service_get_checkpoint_timeout (NmService *service)
{
  return service->checkpoint_timeout;
}

/* ---- Notes about a profile ---- */

/**
 * nm_connection_note_state:
 * @connection: a profile
 * @state: of NMActiveConnectionState, 0 when it is not active
 */
void
nm_connection_note_state (NMConnection *connection, guint state)
{
  g_object_set_data (G_OBJECT (connection), "omadm-state", GUINT_TO_POINTER (state));
}

/**
 * nm_connection_get_state_noted:
 * @connection: a profile
 *
 * Returns: what nm_connection_note_state() kept
 */
guint
nm_connection_get_state_noted (NMConnection *connection)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (connection), "omadm-state"));
}

/**
 * nm_connection_note_problem:
 * @connection: a draft
 * @problem: (nullable): why it cannot be a profile
 */
void
nm_connection_note_problem (NMConnection *connection, const char *problem)
{
  g_object_set_data_full (G_OBJECT (connection), "omadm-problem", g_strdup (problem), g_free);
}

/**
 * nm_connection_get_problem_noted:
 * @connection: a profile
 *
 * Returns: (nullable): what nm_connection_note_problem() kept
 */
const char *
nm_connection_get_problem_noted (NMConnection *connection)
{
  return g_object_get_data (G_OBJECT (connection), "omadm-problem");
}
