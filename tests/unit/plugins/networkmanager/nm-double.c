/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-double.h"

#include <string.h>

#define DEVICE NM_DBUS_PATH "/Devices/1"
#define ACTIVE NM_DBUS_PATH "/ActiveConnection/1"

typedef struct {
  char         *path;
  NMConnection *connection;
  gboolean      active;
} Profile;

typedef struct {
  char               *signal;
  OmaPluginSignalFunc func;
  gpointer            user_data;
} Subscription;

struct _NmDouble {
  OmaPluginHost parent_instance;

  GPtrArray *profiles;
  guint      count;
  GPtrArray *checkpoint;      /* (nullable) (element-type Profile): those that were active */
  gboolean   busy;            /* the device, once */
  GPtrArray *subscriptions;
  GString   *calls;
  GString   *changes;
  char      *failing;         /* (nullable): method */
  guint      fail_after;
  char      *remote_error;
};

G_DEFINE_FINAL_TYPE (NmDouble, nm_double, OMA_TYPE_PLUGIN_HOST)

/* ---- Profiles ---- */

static void
profile_free (gpointer data)
{
  Profile *profile = data;

  g_free (profile->path);
  g_object_unref (profile->connection);
  g_free (profile);
}

static Profile *
profile_new (NmDouble *nm, NMConnection *connection)
{
  Profile *profile = g_new0 (Profile, 1);

  profile->path = g_strdup_printf (NM_DBUS_PATH_SETTINGS "/%u", ++nm->count);
  profile->connection = g_object_ref (connection);
  g_ptr_array_add (nm->profiles, profile);
  return profile;
}

typedef gboolean (*MatchFunc) (const Profile *profile, const char *text);

static gboolean
has_path (const Profile *profile, const char *path)
{
  return strcmp (profile->path, path) == 0;
}

static gboolean
has_uuid (const Profile *profile, const char *uuid)
{
  return strcmp (nm_connection_get_uuid (profile->connection), uuid) == 0;
}

static gboolean
has_id (const Profile *profile, const char *id)
{
  return strcmp (nm_connection_get_id (profile->connection), id) == 0;
}

static Profile *
find (NmDouble *nm, MatchFunc match, const char *text)
{
  for (guint i = 0; i < nm->profiles->len; i++)
    if (match (g_ptr_array_index (nm->profiles, i), text))
      return g_ptr_array_index (nm->profiles, i);
  return NULL;
}

static NMConnection *
make_wifi (const char *id, const char *uuid, const char *ssid, const char *psk)
{
  NMConnection *connection = nm_simple_connection_new ();
  NMSetting *setting = nm_setting_connection_new ();
  g_autoptr(GBytes) bytes = g_bytes_new (ssid, strlen (ssid));
  g_autoptr(GError) error = NULL;

  g_object_set (setting, NM_SETTING_CONNECTION_ID, id, NM_SETTING_CONNECTION_UUID, uuid, NM_SETTING_CONNECTION_TYPE,
                NM_SETTING_WIRELESS_SETTING_NAME, NULL);
  nm_connection_add_setting (connection, setting);
  setting = nm_setting_wireless_new ();
  g_object_set (setting, NM_SETTING_WIRELESS_SSID, bytes, NULL);
  nm_connection_add_setting (connection, setting);
  if (psk != NULL)
    {
      setting = nm_setting_wireless_security_new ();
      g_object_set (setting, NM_SETTING_WIRELESS_SECURITY_KEY_MGMT, "wpa-psk", NM_SETTING_WIRELESS_SECURITY_PSK, psk,
                    NULL);
      nm_connection_add_setting (connection, setting);
    }
  nm_connection_normalize (connection, NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

/* ---- Signals ---- */

typedef struct {
  NmDouble *nm;
  char     *path;
  char     *signal;
  GVariant *parameters;
} Emission;

static gboolean
emit_now (gpointer user_data)
{
  Emission *emission = user_data;

  for (guint i = 0; i < emission->nm->subscriptions->len; i++)
    {
      const Subscription *subscription = g_ptr_array_index (emission->nm->subscriptions, i);

      if (strcmp (subscription->signal, emission->signal) == 0)
        subscription->func (OMA_PLUGIN_HOST (emission->nm), emission->path, "", emission->signal, emission->parameters,
                            subscription->user_data);
    }
  g_object_unref (emission->nm);
  g_free (emission->path);
  g_free (emission->signal);
  g_variant_unref (emission->parameters);
  g_free (emission);
  return G_SOURCE_REMOVE;
}

static void
emit (NmDouble *nm, const char *path, const char *signal, GVariant *parameters)
{
  Emission *emission = g_new (Emission, 1);

  *emission = (Emission) { g_object_ref (nm), g_strdup (path), g_strdup (signal), g_variant_ref_sink (parameters) };
  g_idle_add (emit_now, emission);
}

static void
emit_updated (NmDouble *nm, const Profile *profile)
{
  emit (nm, profile->path, "Updated", g_variant_new ("()"));
}

static void
remove_profile (NmDouble *nm, Profile *profile)
{
  emit (nm, NM_DBUS_PATH_SETTINGS, "ConnectionRemoved", g_variant_new ("(o)", profile->path));
  g_ptr_array_remove (nm->profiles, profile);
}

/* ---- Calls ---- */

static GVariant *
get_settings (const Profile *profile)
{
  return g_variant_new ("(@a{sa{sv}})",
                        nm_connection_to_dbus (profile->connection, NM_CONNECTION_SERIALIZE_WITH_NON_SECRET));
}

static GVariant *
list_connections (NmDouble *nm)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ao"));
  for (guint i = 0; i < nm->profiles->len; i++)
    g_variant_builder_add (&builder, "o", ((Profile *) g_ptr_array_index (nm->profiles, i))->path);
  return g_variant_new ("(ao)", &builder);
}

static GVariant *
get_objects (NmDouble *nm)
{
  GVariantBuilder builder, interfaces, properties;
  const char *const devices[] = { DEVICE, NULL };

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  for (guint i = 0; i < nm->profiles->len; i++)
    {
      const Profile *profile = g_ptr_array_index (nm->profiles, i);

      if (!profile->active)
        continue;
      g_variant_builder_init (&interfaces, G_VARIANT_TYPE ("a{sa{sv}}"));
      g_variant_builder_init (&properties, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&properties, "{sv}", "Uuid",
                             g_variant_new_string (nm_connection_get_uuid (profile->connection)));
      g_variant_builder_add (&properties, "{sv}", "State", g_variant_new_uint32 (2));
      g_variant_builder_add (&properties, "{sv}", "Devices", g_variant_new_objv (devices, -1));
      g_variant_builder_add (&interfaces, "{sa{sv}}", NM_DBUS_INTERFACE_ACTIVE_CONNECTION, &properties);
      g_variant_builder_add (&builder, "{oa{sa{sv}}}", ACTIVE, &interfaces);
    }
  return g_variant_new ("(a{oa{sa{sv}}})", &builder);
}

static NMConnection *
read_settings (GVariant *parameters)
{
  g_autoptr(GVariant) settings = g_variant_get_child_value (parameters, 0);
  g_autoptr(GError) error = NULL;
  NMConnection *connection = nm_simple_connection_new_from_dbus (settings, &error);

  g_assert_no_error (error);
  return connection;
}

static GVariant *
add_connection (NmDouble *nm, GVariant *parameters)
{
  g_autoptr(NMConnection) connection = read_settings (parameters);
  const Profile *profile = profile_new (nm, connection);

  emit (nm, NM_DBUS_PATH_SETTINGS, "NewConnection", g_variant_new ("(o)", profile->path));
  return g_variant_new ("(o@a{sv})", profile->path, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

/* A device goes back with its profile; others stay as they are. */
static GVariant *
roll_back (NmDouble *nm)
{
  for (guint i = 0; nm->checkpoint != NULL && i < nm->checkpoint->len; i++)
    {
      const Profile *kept = g_ptr_array_index (nm->checkpoint, i);
      Profile *profile = find (nm, has_uuid, nm_connection_get_uuid (kept->connection));

      if (profile == NULL)
        profile = profile_new (nm, kept->connection);
      g_set_object (&profile->connection, kept->connection);
      profile->active = TRUE;
      emit_updated (nm, profile);
    }
  g_clear_pointer (&nm->checkpoint, g_ptr_array_unref);
  return g_variant_new ("(@a{su})", g_variant_new_array (G_VARIANT_TYPE ("{su}"), NULL, 0));
}

static GVariant *
make_checkpoint (NmDouble *nm)
{
  g_clear_pointer (&nm->checkpoint, g_ptr_array_unref);
  nm->checkpoint = g_ptr_array_new_with_free_func (profile_free);
  for (guint i = 0; i < nm->profiles->len; i++)
    {
      const Profile *profile = g_ptr_array_index (nm->profiles, i);
      Profile *kept;

      if (!profile->active)
        continue;
      kept = g_new0 (Profile, 1);
      kept->connection = nm_simple_connection_new_clone (profile->connection);
      g_ptr_array_add (nm->checkpoint, kept);
    }
  return g_variant_new ("(o)", NM_DBUS_PATH "/Checkpoint/1");
}

static GVariant *
get_secrets (NmDouble *nm, const Profile *profile, const char **remote_error)
{
  NMSettingWirelessSecurity *security = nm_connection_get_setting_wireless_security (profile->connection);

  if (security == NULL || nm_setting_wireless_security_get_psk (security) == NULL)
    {
      *remote_error = "org.freedesktop.NetworkManager.AgentManager.NoSecrets";
      return NULL;
    }
  emit_updated (nm, profile);
  return g_variant_new ("(@a{sa{sv}})",
                        nm_connection_to_dbus (profile->connection, NM_CONNECTION_SERIALIZE_WITH_SECRETS));
}

/* A device takes a while, and is looked at once in that time. */
static GVariant *
get_device_state (NmDouble *nm)
{
  guint32 state = nm->busy ? NM_DEVICE_STATE_IP_CONFIG : NM_DEVICE_STATE_ACTIVATED;

  nm->busy = FALSE;
  return g_variant_new ("(v)", g_variant_new_uint32 (state));
}

/* Of a profile. */
static GVariant *
answer_profile (NmDouble *nm, Profile *profile, const char *method, GVariant *parameters, const char **remote_error)
{
  if (strcmp (method, "GetSettings") == 0)
    return get_settings (profile);
  if (strcmp (method, "GetSecrets") == 0)
    return get_secrets (nm, profile, remote_error);
  if (strcmp (method, "Delete") == 0)
    {
      remove_profile (nm, profile);
      return g_variant_new ("()");
    }
  if (strcmp (method, "Update2") == 0)
    {
      g_object_unref (profile->connection);
      profile->connection = read_settings (parameters);
      emit_updated (nm, profile);
      return g_variant_new ("(@a{sv})", g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
    }
  g_error ("what is %s", method);
}

static GVariant *
find_by_uuid (NmDouble *nm, GVariant *parameters, const char **remote_error)
{
  const char *uuid;
  const Profile *profile;

  g_variant_get (parameters, "(&s)", &uuid);
  profile = find (nm, has_uuid, uuid);
  *remote_error = NM_DBUS_INTERFACE_SETTINGS ".InvalidConnection";
  return profile != NULL ? g_variant_new ("(o)", profile->path) : NULL;
}

static GVariant *
answer (NmDouble *nm, const char *path, const char *method, GVariant *parameters, const char **remote_error)
{
  Profile *profile = find (nm, has_path, path);

  *remote_error = "org.freedesktop.DBus.Error.UnknownMethod";
  if (profile != NULL)
    return answer_profile (nm, profile, method, parameters, remote_error);
  if (strcmp (method, "ListConnections") == 0)
    return list_connections (nm);
  if (strcmp (method, "GetManagedObjects") == 0)
    return get_objects (nm);
  if (strcmp (method, "AddConnection2") == 0)
    return add_connection (nm, parameters);
  if (strcmp (method, "GetConnectionByUuid") == 0)
    return find_by_uuid (nm, parameters, remote_error);
  if (strcmp (method, "CheckpointCreate") == 0)
    return make_checkpoint (nm);
  if (strcmp (method, "CheckpointRollback") == 0 && nm->checkpoint != NULL)
    return roll_back (nm);
  if (strcmp (method, "CheckpointDestroy") == 0 && nm->checkpoint != NULL)
    {
      g_clear_pointer (&nm->checkpoint, g_ptr_array_unref);
      return g_variant_new ("()");
    }
  if (strcmp (method, "ActivateConnection") == 0)
    return g_variant_new ("(o)", ACTIVE);
  if (strcmp (method, "Reapply") == 0)
    return g_variant_new ("()");
  if (strcmp (method, "Get") == 0)
    return get_device_state (nm);
  return NULL;
}

static gboolean
fails (NmDouble *nm, const char *method, const char **remote_error)
{
  if (g_strcmp0 (nm->failing, method) != 0 || nm->fail_after-- > 0)
    return FALSE;
  g_clear_pointer (&nm->failing, g_free);
  *remote_error = nm->remote_error;
  return TRUE;
}

typedef struct {
  NmDouble *nm;
  GVariant *answer;
  char     *remote_error;
  GTask    *task;
} Reply;

static gboolean
reply_now (gpointer user_data)
{
  Reply *reply = user_data;

  if (reply->answer != NULL)
    g_task_return_pointer (reply->task, reply->answer, (GDestroyNotify) g_variant_unref);
  else
    {
      g_task_set_task_data (reply->task, g_strdup (reply->remote_error), g_free);
      g_task_return_new_error (reply->task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s", reply->remote_error);
    }
  g_object_unref (reply->task);
  g_object_unref (reply->nm);
  g_free (reply->remote_error);
  g_free (reply);
  return G_SOURCE_REMOVE;
}

static void
host_call (OmaPluginHost *host, const char *bus_name G_GNUC_UNUSED, const char *object_path,
           const char *interface_name G_GNUC_UNUSED, const char *method_name, GVariant *parameters,
           const GVariantType *reply_type G_GNUC_UNUSED, GTask *task)
{
  NmDouble *nm = NM_DOUBLE (host);
  g_autoptr(GVariant) owned = parameters != NULL ? g_variant_ref_sink (parameters) : NULL;
  Reply *reply = g_new0 (Reply, 1);
  const char *remote_error = "";

  g_string_append_printf (nm->calls, "%s ", method_name);
  reply->nm = g_object_ref (nm);
  reply->task = g_object_ref (task);
  if (!fails (nm, method_name, &remote_error))
    reply->answer = answer (nm, object_path, method_name, owned, &remote_error);
  if (reply->answer != NULL)
    g_variant_ref_sink (reply->answer);
  reply->remote_error = g_strdup (remote_error);
  g_idle_add (reply_now, reply);
}

/* ---- The host ---- */

static void
host_changed (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind)
{
  static const char kinds[] = "+=-";

  g_string_append_printf (NM_DOUBLE (host)->changes, "%c%s ", kinds[kind], relative_uri);
}

static void
subscription_free (gpointer data)
{
  Subscription *subscription = data;

  g_free (subscription->signal);
  g_free (subscription);
}

static guint
host_subscribe (OmaPluginHost *host, const char *bus_name G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
                const char *interface_name G_GNUC_UNUSED, const char *signal_name, const char *arg0 G_GNUC_UNUSED,
                OmaPluginSignalFunc func, gpointer user_data)
{
  Subscription *subscription = g_new (Subscription, 1);

  *subscription = (Subscription) { g_strdup (signal_name), func, user_data };
  g_ptr_array_add (NM_DOUBLE (host)->subscriptions, subscription);
  return NM_DOUBLE (host)->subscriptions->len;
}

static void
host_unsubscribe (OmaPluginHost *host, guint id)
{
  ((Subscription *) g_ptr_array_index (NM_DOUBLE (host)->subscriptions, id - 1))->signal[0] = '\0';
}

static char *
host_get_config (OmaPluginHost *host G_GNUC_UNUSED, const char *key G_GNUC_UNUSED)
{
  return NULL;
}

static void
nm_double_finalize (GObject *object)
{
  NmDouble *nm = NM_DOUBLE (object);

  g_ptr_array_unref (nm->profiles);
  g_clear_pointer (&nm->checkpoint, g_ptr_array_unref);
  g_ptr_array_unref (nm->subscriptions);
  g_string_free (nm->calls, TRUE);
  g_string_free (nm->changes, TRUE);
  g_free (nm->failing);
  g_free (nm->remote_error);
  G_OBJECT_CLASS (nm_double_parent_class)->finalize (object);
}

static void
nm_double_class_init (NmDoubleClass *klass)
{
  OmaPluginHostClass *host_class = OMA_PLUGIN_HOST_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = nm_double_finalize;
  host_class->changed = host_changed;
  host_class->call = host_call;
  host_class->subscribe = host_subscribe;
  host_class->unsubscribe = host_unsubscribe;
  host_class->get_config = host_get_config;
}

static void
nm_double_init (NmDouble *nm)
{
  nm->profiles = g_ptr_array_new_with_free_func (profile_free);
  nm->subscriptions = g_ptr_array_new_with_free_func (subscription_free);
  nm->calls = g_string_new (NULL);
  nm->changes = g_string_new (NULL);
}

/* ---- What tests do with it ---- */

NmDouble *
nm_double_new (void)
{
  return g_object_new (NM_TYPE_DOUBLE, NULL);
}

/* Somebody adds a profile; returns its uuid.  @psk: (nullable): of an open network. */
const char *
nm_double_add (NmDouble *nm, const char *id, const char *ssid, const char *psk)
{
  g_autofree char *uuid = nm_utils_uuid_generate ();
  g_autoptr(NMConnection) connection = make_wifi (id, uuid, ssid, psk);
  const Profile *profile = profile_new (nm, connection);

  emit (nm, NM_DBUS_PATH_SETTINGS, "NewConnection", g_variant_new ("(o)", profile->path));
  return nm_connection_get_uuid (profile->connection);
}

void
nm_double_activate (NmDouble *nm, const char *id)
{
  find (nm, has_id, id)->active = TRUE;
}

void
nm_double_keep_busy (NmDouble *nm)
{
  nm->busy = TRUE;
}

void
nm_double_modify (NmDouble *nm, const char *id, const char *ssid, const char *psk)
{
  Profile *profile = find (nm, has_id, id);
  g_autofree char *uuid = g_strdup (nm_connection_get_uuid (profile->connection));

  g_object_unref (profile->connection);
  profile->connection = make_wifi (id, uuid, ssid, psk);
  emit_updated (nm, profile);
}

void
nm_double_remove (NmDouble *nm, const char *id)
{
  remove_profile (nm, find (nm, has_id, id));
}

/* The call of @method after @after others of it fails. */
void
nm_double_fail (NmDouble *nm, const char *method, guint after, const char *remote_error)
{
  g_free (nm->failing);
  g_free (nm->remote_error);
  nm->failing = g_strdup (method);
  nm->fail_after = after;
  nm->remote_error = g_strdup (remote_error);
}

/* It comes back without its checkpoints, its objects with other paths. */
void
nm_double_restart (NmDouble *nm)
{
  g_clear_pointer (&nm->checkpoint, g_ptr_array_unref);
  for (guint i = 0; i < nm->profiles->len; i++)
    {
      Profile *profile = g_ptr_array_index (nm->profiles, i);

      g_free (profile->path);
      profile->path = g_strdup_printf (NM_DBUS_PATH_SETTINGS "/%u", ++nm->count);
    }
  emit (nm, "/org/freedesktop/DBus", "NameOwnerChanged", g_variant_new ("(sss)", NM_DBUS_SERVICE, ":1.1", ""));
  emit (nm, "/org/freedesktop/DBus", "NameOwnerChanged", g_variant_new ("(sss)", NM_DBUS_SERVICE, "", ":1.2"));
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp (nm_connection_get_id ((*(Profile *const *) a)->connection),
                 nm_connection_get_id ((*(Profile *const *) b)->connection));
}

/* All profiles, by their names: "name:ssid:key:priority ", with "*" behind those that are active; and whether there is
 * a checkpoint. */
char *
nm_double_describe (NmDouble *nm)
{
  GString *text = g_string_new (NULL);

  nm_double_settle ();
  g_ptr_array_sort (nm->profiles, compare_ids);
  for (guint i = 0; i < nm->profiles->len; i++)
    {
      const Profile *profile = g_ptr_array_index (nm->profiles, i);
      NMSettingWirelessSecurity *security = nm_connection_get_setting_wireless_security (profile->connection);
      GBytes *ssid = nm_setting_wireless_get_ssid (nm_connection_get_setting_wireless (profile->connection));
      const char *psk = security != NULL ? nm_setting_wireless_security_get_psk (security) : NULL;

      g_string_append_printf (text, "%s:%.*s:%s:%d%s ", nm_connection_get_id (profile->connection),
                              (int) g_bytes_get_size (ssid), (const char *) g_bytes_get_data (ssid, NULL),
                              psk != NULL ? psk : "",
                              nm_setting_connection_get_autoconnect_priority (
                                nm_connection_get_setting_connection (profile->connection)),
                              profile->active ? "*" : "");
    }
  return g_string_free (g_string_append (text, nm->checkpoint != NULL ? "checkpoint" : ""), FALSE);
}

static char *
take (GString *text)
{
  char *taken;

  nm_double_settle ();
  taken = g_strdup (text->str);
  g_string_truncate (text, 0);
  return taken;
}

/* The methods that were called since the last time. */
char *
nm_double_take_calls (NmDouble *nm)
{
  return take (nm->calls);
}

/* What was told of nodes since the last time: "+URI", "=URI", "-URI". */
char *
nm_double_take_changes (NmDouble *nm)
{
  return take (nm->changes);
}

void
nm_double_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}
