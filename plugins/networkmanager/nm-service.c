/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-service.h"
#include "nm-tree.h"

#include <string.h>

/* The profiles are read once, with one call for their list, one for what is active, and for each profile one for its
 * settings and one for each setting that has secrets; signals tell what to read again. */

#define MAX_CALLS 32        /* at once, while all is read */
#define RETRY_INTERVAL 200  /* milliseconds, while it starts */
#define MAX_RETRIES 50

/* In seconds; more than a session waits for its server by default, which is less than five minutes. */
#define DEFAULT_CHECKPOINT_TIMEOUT 900
#define MAX_CHECKPOINT_TIMEOUT 86400

/* Of the nodes behind a door. */
typedef struct {
  GHashTable *by_name;        /* name -> NmProfile */
  GHashTable *by_profile;     /* NmProfile -> name */
} NmNames;

struct _NmService {
  OmaPluginHost *host;
  GCancellable  *ended;
  GPtrArray     *profiles;    /* (element-type NmProfile): by uuid, and drafts */
  GHashTable    *names;       /* NmDoor -> NmNames, made when they are wanted */
  GHashTable    *active;      /* uuid -> NmActive */
  GQueue         to_load;     /* paths */
  guint          n_loading;
  GPtrArray     *waiting;     /* (element-type GTask) */
  gboolean       loaded;
  gboolean       loading;
  gboolean       follow_active;   /* what is active is being read */
  gboolean       active_stale;    /* and has changed meanwhile */
  guint          run;             /* counts the starts of NetworkManager */
  guint          generation;
  GHashTable    *echoes;          /* path -> how often it is about to tell of our asking for secrets */
  GPtrArray     *units;           /* (element-type NmUnit): those that are not over yet; not owned */
  guint32        checkpoint_timeout;
  guint          retry;           /* source */
  guint          n_retries;
  guint          subscriptions[6];
};

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

static void
active_free (gpointer data)
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

static NmProfile *
find_path (NmService *service, const char *path)
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

static void
note_active (NmService *service, NmProfile *profile)
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
      note_active (service, profile);
      g_ptr_array_add (service->profiles, profile);
    }
  if (old != NULL)
    g_ptr_array_remove (service->profiles, old);
  g_ptr_array_sort (service->profiles, compare_profiles);
  g_hash_table_remove_all (service->names);
  if (before != NULL)
    nm_tree_tell_changes (service, before, profile);
}

/* @connection: (transfer full) (nullable): as it is now, %NULL when it is gone. */
static void
take_connection (NmService *service, const char *path, NMConnection *connection)
{
  NmProfile *old = find_path (service, path), *profile;

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
  oma_plugin_host_call_async (service->host, NM_DBUS_SERVICE, path, interface, method, parameters,
                              reply_type != NULL ? G_VARIANT_TYPE (reply_type) : NULL, cancellable, callback, user_data);
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

/* ---- One profile with its secrets ---- */

typedef struct {
  NmService    *service;
  char         *path;
  NMConnection *connection;
  guint         next;         /* setting to ask for secrets */
} Fetch;

static const char *const settings_with_secrets[] = {
  NM_SETTING_WIRELESS_SECURITY_SETTING_NAME, NM_SETTING_802_1X_SETTING_NAME, NM_SETTING_GSM_SETTING_NAME,
  NM_SETTING_CDMA_SETTING_NAME, NM_SETTING_PPPOE_SETTING_NAME, NM_SETTING_ADSL_SETTING_NAME,
  NM_SETTING_VPN_SETTING_NAME, NM_SETTING_WIREGUARD_SETTING_NAME, NM_SETTING_MACSEC_SETTING_NAME,
};

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  g_free (fetch->path);
  g_clear_object (&fetch->connection);
  g_free (fetch);
}

/* NetworkManager tells of a change of the profile when somebody asks for its secrets. */
static gboolean
count_echo (NmService *service, const char *path, int step)
{
  int count = GPOINTER_TO_INT (g_hash_table_lookup (service->echoes, path));

  if (count + step > 0)
    g_hash_table_replace (service->echoes, g_strdup (path), GINT_TO_POINTER (count + step));
  else
    g_hash_table_remove (service->echoes, path);
  return count > 0;
}

static void fetch_secrets (GTask *task);

/* Not having any is an error, too.  Others must not be taken for that: what is written without its secrets loses
 * them. */
static gboolean
has_none (const char *remote)
{
  return remote != NULL && (g_str_has_suffix (remote, ".NoSecrets") || g_str_has_suffix (remote, ".SettingNotFound"));
}

static void
got_secrets (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) secrets = NULL;
  g_autoptr(GError) error = NULL;

  answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  if (answer == NULL)
    count_echo (fetch->service, fetch->path, -1);
  if (answer == NULL && !has_none (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (source), result)))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  secrets = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
  if (secrets != NULL && g_variant_n_children (secrets) > 0)
    nm_connection_update_secrets (fetch->connection, settings_with_secrets[fetch->next - 1], secrets, NULL);
  fetch_secrets (task);
}

static void
fetch_secrets (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);

  while (fetch->next < G_N_ELEMENTS (settings_with_secrets))
    {
      const char *setting = settings_with_secrets[fetch->next++];

      if (nm_connection_get_setting_by_name (fetch->connection, setting) == NULL)
        continue;
      count_echo (fetch->service, fetch->path, 1);
      nm_service_call (fetch->service, fetch->path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "GetSecrets",
                       g_variant_new ("(s)", setting), "(a{sa{sv}})", g_task_get_cancellable (task), got_secrets,
                       g_object_ref (task));
      return;
    }
  g_task_return_pointer (task, g_steal_pointer (&fetch->connection), g_object_unref);
}

static void
got_settings (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GError) failure = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (fetch->service, result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  settings = g_variant_get_child_value (answer, 0);
  fetch->connection = nm_simple_connection_new ();
  if (!nm_connection_replace_settings (fetch->connection, settings, &failure))
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                             "A profile of NetworkManager cannot be understood: %s", failure->message);
  else
    fetch_secrets (task);
}

/**
 * nm_service_fetch_async:
 * @service: the service
 * @path: NetworkManager's object of a profile
 * @cancellable: (nullable): of the operation
 * @callback: called once
 * @user_data: for @callback
 *
 * Reads a profile with its secrets.
 */
void
nm_service_fetch_async (NmService *service, const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (service->host, cancellable, callback, user_data);
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->service = service;
  fetch->path = g_strdup (path);
  g_task_set_source_tag (task, nm_service_fetch_async);
  g_task_set_task_data (task, fetch, fetch_free);
  nm_service_call (service, path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "GetSettings", NULL, "(a{sa{sv}})", cancellable,
                   got_settings, g_object_ref (task));
}

/**
 * nm_service_fetch_finish:
 * @service: the service
 * @result: of nm_service_fetch_async()
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): the profile, or %NULL
 */
NMConnection *
nm_service_fetch_finish (NmService *service G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

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
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, active_free);
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

      note_active (service, profile);
      if (service->loaded && nm_connection_get_state_noted (profile->connection) != before)
        nm_tree_tell_state (service, profile);
    }
}

static void read_what_is_active (NmService *service);

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
    read_what_is_active (service);
}

static void
read_what_is_active (NmService *service)
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

static gboolean
is_over (GError *error)
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
  if (is_over (error))
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
  if (is_over (error))
    return;
  if (connection != NULL)
    take_connection (service, path, connection);
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
  if (is_over (error))
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

  if (is_over (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  take_connection (update->service, update->path, connection);
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

/* ---- Signals ---- */

static void
told_to_load (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    nm_tree_tell_all (user_data);
  else if (!is_over (error))
    g_info ("The profiles of NetworkManager could not be read: %s", error->message);
}

/* Whether it is as it was, but perhaps for secrets. */
static gboolean
is_unchanged (NmService *service, const char *path, GVariant *answer)
{
  const NmProfile *profile = find_path (service, path);
  g_autoptr(GVariant) settings = g_variant_get_child_value (answer, 0);
  g_autoptr(NMConnection) now = nm_simple_connection_new ();

  return profile != NULL && nm_connection_replace_settings (now, settings, NULL) &&
         nm_connection_compare (profile->connection, now,
                                (NMSettingCompareFlags) (NM_SETTING_COMPARE_FLAG_IGNORE_SECRETS |
                                                         NM_SETTING_COMPARE_FLAG_IGNORE_TIMESTAMP));
}

static void
looked_again (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Loading *look = user_data;
  g_autofree char *path = look->path;
  NmService *service = look->service;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  g_free (look);
  if (is_over (error))
    return;
  if (answer == NULL || !is_unchanged (service, path, answer) || !count_echo (service, path, -1))
    nm_service_update_async (service, path, NULL, NULL);
}

/* Somebody changed a profile, or its secrets; or it was us who asked for them. */
static void
follow (NmService *service, const char *path)
{
  Loading *look;

  if (!service->loaded && !service->loading)
    {
      nm_service_load_async (service, service->ended, told_to_load, service);
      return;
    }
  look = g_new (Loading, 1);
  *look = (Loading) { service, g_strdup (path) };
  nm_service_call (service, path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "GetSettings", NULL, "(a{sa{sv}})",
                   service->ended, looked_again, look);
}

static void
settings_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
                 const char *interface_name G_GNUC_UNUSED, const char *signal_name, GVariant *parameters,
                 gpointer user_data)
{
  NmService *service = user_data;
  const char *path;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(o)")))
    return;
  g_variant_get (parameters, "(&o)", &path);
  if (strcmp (signal_name, "ConnectionRemoved") == 0 && service->loaded)
    take_connection (service, path, NULL);
  else
    follow (service, path);
}

static void
connection_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path, const char *interface_name G_GNUC_UNUSED,
                   const char *signal_name G_GNUC_UNUSED, GVariant *parameters G_GNUC_UNUSED, gpointer user_data)
{
  follow (user_data, object_path);
}

static void
active_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
               const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED,
               GVariant *parameters G_GNUC_UNUSED, gpointer user_data)
{
  NmService *service = user_data;

  if (service->loaded)
    read_what_is_active (service);
}

static void
manager_signal (OmaPluginHost *host, const char *object_path G_GNUC_UNUSED, const char *interface_name G_GNUC_UNUSED,
                const char *signal_name G_GNUC_UNUSED, GVariant *parameters, gpointer user_data)
{
  static const struct {
    const char *property, *node;
  } table[] = {
    { "WirelessEnabled", "Radio/Wifi" }, { "WwanEnabled", "Radio/Wwan" }, { "Connectivity", "Status/Connectivity" },
    { "PrimaryConnectionType", "Status/PrimaryType" }, { "AllDevices", "Status/Devices" },
  };
  const char *interface;
  g_autoptr(GVariant) changed = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  g_variant_get (parameters, "(&s@a{sv}as)", &interface, &changed, NULL);
  for (gsize i = 0; strcmp (interface, NM_DBUS_SERVICE) == 0 && i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (changed, table[i].property, NULL);

      if (value != NULL)
        oma_plugin_host_changed (host, table[i].node, OMA_CHANGE_REPLACED);
    }
  active_signal (host, NULL, NULL, NULL, NULL, user_data);
}

/* It starts anew, or is gone: nothing is known any more, but of drafts. */
static void
owner_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
              const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED, GVariant *parameters,
              gpointer user_data)
{
  NmService *service = user_data;
  const char *owner;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get (parameters, "(&s&s&s)", NULL, NULL, &owner);
  service->run++;
  service->loaded = FALSE;
  for (guint i = service->profiles->len; i > 0; i--)
    if (((NmProfile *) g_ptr_array_index (service->profiles, i - 1))->path != NULL)
      g_ptr_array_remove_index (service->profiles, i - 1);
  g_hash_table_remove_all (service->names);
  g_hash_table_remove_all (service->active);
  g_hash_table_remove_all (service->echoes);
  nm_tree_tell_all (service);
  if (*owner != '\0')
    nm_service_load_async (service, service->ended, told_to_load, service);
}

static void
subscribe (NmService *service)
{
  static const struct {
    const char         *name, *path, *interface, *signal, *arg0;
    OmaPluginSignalFunc func;
  } table[] = {
    { NM_DBUS_SERVICE, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "NewConnection", NULL, settings_signal },
    { NM_DBUS_SERVICE, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "ConnectionRemoved", NULL, settings_signal },
    { NM_DBUS_SERVICE, NULL, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Updated", NULL, connection_signal },
    { NM_DBUS_SERVICE, NULL, NM_DBUS_INTERFACE_ACTIVE_CONNECTION, "StateChanged", NULL, active_signal },
    { NM_DBUS_SERVICE, NM_DBUS_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", NM_DBUS_SERVICE, manager_signal },
    { "org.freedesktop.DBus", NULL, "org.freedesktop.DBus", "NameOwnerChanged", NM_DBUS_SERVICE, owner_signal },
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (table) == G_N_ELEMENTS (((NmService *) NULL)->subscriptions));
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    service->subscriptions[i] = oma_plugin_host_subscribe (service->host, table[i].name, table[i].path,
                                                           table[i].interface, table[i].signal, table[i].arg0,
                                                           table[i].func, service);
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
  NmService *service = g_new0 (NmService, 1);

  service->host = host;
  service->ended = g_cancellable_new ();
  service->units = g_ptr_array_new ();
  service->echoes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  service->checkpoint_timeout = read_timeout (host);
  service->profiles = g_ptr_array_new_with_free_func (profile_free);
  service->names = g_hash_table_new_full (NULL, NULL, NULL, names_free);
  service->active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, active_free);
  service->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  subscribe (service);
  return service;
}

/**
 * nm_service_free:
 * @service: (transfer full): the service
 */
void
nm_service_free (NmService *service)
{
  g_cancellable_cancel (service->ended);
  g_clear_handle_id (&service->retry, g_source_remove);
  for (gsize i = 0; i < G_N_ELEMENTS (service->subscriptions); i++)
    if (service->subscriptions[i] != 0)
      oma_plugin_host_unsubscribe (service->host, service->subscriptions[i]);
  g_queue_clear_full (&service->to_load, g_free);
  g_ptr_array_unref (service->waiting);
  g_hash_table_unref (service->active);
  g_hash_table_unref (service->names);
  g_ptr_array_unref (service->profiles);
  g_ptr_array_unref (service->units);
  g_hash_table_unref (service->echoes);
  g_object_unref (service->ended);
  g_free (service);
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
