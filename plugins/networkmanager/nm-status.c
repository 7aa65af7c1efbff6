/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-status.h"
#include "nm-unit.h"

#include <string.h>

/* Status/...: one call gets all objects of NetworkManager with their properties, whatever is asked for.  Radio/... */

#define OBJECTS_PATH "/org/freedesktop"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* ---- Properties of objects ---- */

static GVariant *
get_properties (GVariant *objects, const char *path, const char *interface)
{
  g_autoptr(GVariant) interfaces = g_variant_lookup_value (objects, path, NULL);

  return interfaces != NULL ? g_variant_lookup_value (interfaces, interface, G_VARIANT_TYPE_VARDICT) : NULL;
}

static const char *
get_text (GVariant *properties, const char *name, const char *format)
{
  const char *text = NULL;

  return properties != NULL && g_variant_lookup (properties, name, format, &text) ? text : "";
}

static guint32
get_number (GVariant *properties, const char *name)
{
  guint32 number = 0;

  if (properties != NULL)
    g_variant_lookup (properties, name, "u", &number);
  return number;
}

static void
add (OmaNodeList *list, const char *uri, OmaValue *value)
{
  oma_node_list_add (list, uri, value);
}

static void
add_text (OmaNodeList *list, const char *uri, const char *text)
{
  if (g_utf8_validate (text, -1, NULL))
    add (list, uri, oma_value_new_string (text));
}

static void
add_number (OmaNodeList *list, const char *uri, guint32 number)
{
  add (list, uri, oma_value_new_int ((gint32) MIN (number, (guint32) G_MAXINT32)));
}

/* ---- The connection that leads out ---- */

static void
add_addresses (OmaNodeList *list, const char *uri, GVariant *objects, const char *path, const char *interface)
{
  g_autoptr(GVariant) properties = get_properties (objects, path, interface);
  g_autoptr(GVariant) data = properties != NULL ? g_variant_lookup_value (properties, "AddressData",
                                                                          G_VARIANT_TYPE ("aa{sv}")) : NULL;
  g_autoptr(GString) text = g_string_new (NULL);

  for (gsize i = 0; data != NULL && i < g_variant_n_children (data); i++)
    {
      g_autoptr(GVariant) address = g_variant_get_child_value (data, i);

      g_string_append_printf (text, "%s%s/%u", i > 0 ? ", " : "", get_text (address, "address", "&s"),
                              get_number (address, "prefix"));
    }
  add_text (list, uri, text->str);
}

static void
add_primary (OmaNodeList *list, GVariant *objects, GVariant *manager)
{
  const char *path = get_text (manager, "PrimaryConnection", "&o");
  g_autoptr(GVariant) active = get_properties (objects, path, NM_DBUS_INTERFACE_ACTIVE_CONNECTION);

  add_number (list, "Connectivity", get_number (manager, "Connectivity"));
  add_text (list, "PrimaryType", get_text (manager, "PrimaryConnectionType", "&s"));
  add_addresses (list, "IPv4", objects, get_text (active, "Ip4Config", "&o"), NM_DBUS_SERVICE ".IP4Config");
  add_addresses (list, "IPv6", objects, get_text (active, "Ip6Config", "&o"), NM_DBUS_SERVICE ".IP6Config");
}

/* ---- Devices ---- */

static const char *
get_device_type (guint32 type)
{
  static const struct {
    guint32     type;
    const char *name;
  } table[] = {
    { NM_DEVICE_TYPE_ETHERNET, NM_SETTING_WIRED_SETTING_NAME },
    { NM_DEVICE_TYPE_WIFI, NM_SETTING_WIRELESS_SETTING_NAME },
    { NM_DEVICE_TYPE_MODEM, NM_SETTING_GSM_SETTING_NAME }, { NM_DEVICE_TYPE_BT, NM_SETTING_BLUETOOTH_SETTING_NAME },
    { NM_DEVICE_TYPE_BOND, NM_SETTING_BOND_SETTING_NAME }, { NM_DEVICE_TYPE_VLAN, NM_SETTING_VLAN_SETTING_NAME },
    { NM_DEVICE_TYPE_BRIDGE, NM_SETTING_BRIDGE_SETTING_NAME }, { NM_DEVICE_TYPE_TEAM, NM_SETTING_TEAM_SETTING_NAME },
    { NM_DEVICE_TYPE_TUN, NM_SETTING_TUN_SETTING_NAME }, { NM_DEVICE_TYPE_MACVLAN, NM_SETTING_MACVLAN_SETTING_NAME },
    { NM_DEVICE_TYPE_VETH, NM_SETTING_VETH_SETTING_NAME }, { NM_DEVICE_TYPE_DUMMY, NM_SETTING_DUMMY_SETTING_NAME },
    { NM_DEVICE_TYPE_WIREGUARD, NM_SETTING_WIREGUARD_SETTING_NAME }, { NM_DEVICE_TYPE_LOOPBACK, "loopback" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].type == type)
      return table[i].name;
  return "other";
}

/* The kernel's own counts: NetworkManager's are still while nobody has it count. */
static void
add_count (OmaNodeList *list, const char *uri, const char *interface, const char *count)
{
  g_autofree char *path = g_strdup_printf ("/sys/class/net/%s/statistics/%s", interface, count);
  g_autofree char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    add_text (list, uri, g_strstrip (text));
}

/* In Mbit/s, where it is known. */
static guint32
get_speed (GVariant *interfaces)
{
  g_autoptr(GVariant) wired = g_variant_lookup_value (interfaces, NM_DBUS_INTERFACE_DEVICE_WIRED, NULL);
  g_autoptr(GVariant) wireless = g_variant_lookup_value (interfaces, NM_DBUS_INTERFACE_DEVICE_WIRELESS, NULL);

  return wired != NULL ? get_number (wired, "Speed") : get_number (wireless, "Bitrate") / 1000;
}

static void
add_device (OmaNodeList *list, GVariant *device, GVariant *interfaces)
{
  const char *interface = get_text (device, "Interface", "&s");
  g_autofree char *escaped = nm_name_escape (interface);
  g_autofree char *uri = g_strconcat ("Devices/", escaped, NULL);
  static const char *const names[] = { "Type", "State", "HwAddress", "RxBytes", "TxBytes", "Speed" };
  g_autoptr(GPtrArray) uris = g_ptr_array_new_with_free_func (g_free);

  if (*interface == '\0' || strchr (interface, '/') != NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_ptr_array_add (uris, g_strconcat (uri, "/", names[i], NULL));
  add (list, uri, NULL);
  add_text (list, uris->pdata[0], get_device_type (get_number (device, "DeviceType")));
  add_number (list, uris->pdata[1], get_number (device, "State"));
  if (*get_text (device, "HwAddress", "&s") != '\0')
    add_text (list, uris->pdata[2], get_text (device, "HwAddress", "&s"));
  add_count (list, uris->pdata[3], interface, "rx_bytes");
  add_count (list, uris->pdata[4], interface, "tx_bytes");
  if (get_speed (interfaces) > 0)
    add_number (list, uris->pdata[5], get_speed (interfaces));
}

/* ---- Access points ---- */

static char *
dup_ssid (GVariant *point)
{
  g_autoptr(GVariant) ssid = g_variant_lookup_value (point, "Ssid", G_VARIANT_TYPE_BYTESTRING);
  gsize size = 0;
  const char *octets = ssid != NULL ? g_variant_get_fixed_array (ssid, &size, 1) : NULL;

  return octets != NULL ? g_strndup (octets, size) : g_strdup ("");
}

static void
add_access_point (OmaNodeList *list, GVariant *point, GVariant *interfaces G_GNUC_UNUSED)
{
  g_autofree char *escaped = nm_name_escape (get_text (point, "HwAddress", "&s"));
  g_autofree char *uri = g_strconcat ("AccessPoints/", escaped, NULL);
  g_autofree char *ssid_uri = g_strconcat (uri, "/SSID", NULL);
  g_autofree char *strength_uri = g_strconcat (uri, "/Strength", NULL);
  g_autofree char *frequency_uri = g_strconcat (uri, "/Frequency", NULL);
  g_autofree char *secured_uri = g_strconcat (uri, "/Secured", NULL);
  g_autofree char *ssid = dup_ssid (point);
  guchar strength = 0;

  if (*escaped == '\0')
    return;
  g_variant_lookup (point, "Strength", "y", &strength);
  add (list, uri, NULL);
  add_text (list, ssid_uri, ssid);
  add_number (list, strength_uri, strength);
  add_number (list, frequency_uri, get_number (point, "Frequency"));
  add (list, secured_uri, oma_value_new_bool ((get_number (point, "Flags") & NM_802_11_AP_FLAGS_PRIVACY) != 0 ||
                                              get_number (point, "RsnFlags") != 0));
}

/* ---- All of it ---- */

static void
add_each (OmaNodeList *list, GVariant *objects, const char *interface,
          void (*func) (OmaNodeList *list, GVariant *properties, GVariant *interfaces))
{
  GVariantIter iter;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{o@a{sa{sv}}}", NULL, &interfaces))
    {
      g_autoptr(GVariant) properties = g_variant_lookup_value (interfaces, interface, G_VARIANT_TYPE_VARDICT);

      if (properties != NULL)
        func (list, properties, interfaces);
    }
}

/**
 * nm_status_build:
 * @objects: what GetManagedObjects of NetworkManager answers, a{oa{sa{sv}}}
 *
 * Returns: (transfer full): what is below Status
 */
OmaNodeList *
nm_status_build (GVariant *objects)
{
  OmaNodeList *list = oma_node_list_new ();
  g_autoptr(GVariant) manager = get_properties (objects, NM_DBUS_PATH, NM_DBUS_SERVICE);

  add_primary (list, objects, manager);
  add (list, "Devices", NULL);
  add_each (list, objects, NM_DBUS_INTERFACE_DEVICE, add_device);
  add (list, "AccessPoints", NULL);
  add_each (list, objects, NM_DBUS_SERVICE ".AccessPoint", add_access_point);
  return list;
}

/**
 * nm_status_find_wifi:
 * @objects: what GetManagedObjects of NetworkManager answers
 *
 * Returns: (transfer full): the object paths of the Wi-Fi devices
 */
GStrv
nm_status_find_wifi (GVariant *objects)
{
  g_autoptr(GStrvBuilder) paths = g_strv_builder_new ();
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      g_autoptr(GVariant) wireless = g_variant_lookup_value (interfaces, NM_DBUS_INTERFACE_DEVICE_WIRELESS,
                                                             G_VARIANT_TYPE_VARDICT);

      if (wireless != NULL)
        g_strv_builder_add (paths, path);
    }
  return g_strv_builder_end (paths);
}

/* ---- Reading it ---- */

typedef void (*AnswerFunc) (OmaNodeList *list, const char *below, const char *child, GTask *task);

typedef struct {
  NmService *service;
  AnswerFunc answer;
  char      *below;
  char      *child;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  nm_service_unref (question->service);
  g_free (question->below);
  g_free (question->child);
  g_free (question);
}

static void
got_objects (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) objects = NULL;
  g_autoptr(OmaNodeList) list = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (question->service, result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  objects = g_variant_get_child_value (answer, 0);
  list = nm_status_build (objects);
  question->answer (list, question->below, question->child, task);
}

static void
ask (gpointer self, const OmaNodeRef *node, const char *child, AnswerFunc answer, GTask *task)
{
  const char *uri = oma_node_ref_get_relative_uri (node) + strlen ("Status");
  Question *question = g_new0 (Question, 1);

  question->service = nm_service_ref (self);
  question->answer = answer;
  question->below = g_strdup (*uri == '/' ? uri + 1 : uri);
  question->child = g_strdup (child);
  g_task_set_task_data (task, question, question_free);
  nm_service_call (self, OBJECTS_PATH, OBJECT_MANAGER, "GetManagedObjects", NULL, "(a{oa{sa{sv}}})",
                   g_task_get_cancellable (task), got_objects, g_object_ref (task));
}

/* What is below a node: its URI from there, NULL for what is elsewhere. */
static const char *
get_relative (OmaNodeList *list, guint i, const char *below)
{
  const char *uri = oma_node_list_get_uri (list, i);
  gsize length = strlen (below);

  if (length == 0)
    return uri;
  return strncmp (uri, below, length) == 0 && uri[length] == '/' ? uri + length + 1 : NULL;
}

static char **
list_names (OmaNodeList *list, const char *below)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < oma_node_list_get_length (list); i++)
    {
      const char *relative = get_relative (list, i, below);
      g_autofree char *name = NULL;

      if (relative != NULL && strchr (relative, '/') == NULL)
        name = g_uri_unescape_string (relative, NULL);
      if (name != NULL)
        g_strv_builder_add (names, name);
    }
  return g_strv_builder_end (names);
}

static void
answer_names (OmaNodeList *list, const char *below, const char *child G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, list_names (list, below), (GDestroyNotify) g_strfreev);
}

static void
list_status (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask (self, node, NULL, answer_names, task);
}

static void
answer_existence (OmaNodeList *list, const char *below, const char *child, GTask *task)
{
  g_auto(GStrv) names = list_names (list, below);

  g_task_return_boolean (task, g_strv_contains ((const char *const *) names, child));
}

static void
status_exists (gpointer self, const OmaNodeRef *node, const char *name, GTask *task)
{
  ask (self, node, name, answer_existence, task);
}

static void
answer_value (OmaNodeList *list, const char *below, const char *child G_GNUC_UNUSED, GTask *task)
{
  for (guint i = 0; i < oma_node_list_get_length (list); i++)
    if (strcmp (oma_node_list_get_uri (list, i), below) == 0 && oma_node_list_get_value (list, i) != NULL)
      {
        g_task_return_pointer (task, oma_value_ref (oma_node_list_get_value (list, i)),
                               (GDestroyNotify) oma_value_unref);
        return;
      }
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "It is not there any more");
}

static void
get_status (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask (self, node, NULL, answer_value, task);
}

static void
answer_subtree (OmaNodeList *list, const char *below, const char *child G_GNUC_UNUSED, GTask *task)
{
  OmaNodeList *part = oma_node_list_new ();

  for (guint i = 0; i < oma_node_list_get_length (list); i++)
    {
      const char *relative = get_relative (list, i, below);
      OmaValue *value = oma_node_list_get_value (list, i);

      if (relative != NULL)
        oma_node_list_add (part, relative, value != NULL ? oma_value_ref (value) : NULL);
    }
  g_task_return_pointer (task, part, (GDestroyNotify) oma_node_list_free);
}

static void
read_status (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask (self, node, NULL, answer_subtree, task);
}

/* ---- Radio ---- */

static const char *
get_radio_property (const OmaNodeRef *node)
{
  return strcmp (oma_node_ref_get_name (node), "Wifi") == 0 ? "WirelessEnabled" : "WwanEnabled";
}

static void
got_radio (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) value = NULL;
  GError *error = NULL;

  answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (answer, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    g_task_return_pointer (task, oma_value_new_bool (g_variant_get_boolean (value)), (GDestroyNotify) oma_value_unref);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "NetworkManager does not tell");
}

static void
get_radio (gpointer self, const OmaNodeRef *node, GTask *task)
{
  nm_service_call (self, NM_DBUS_PATH, PROPERTIES, "Get",
                   g_variant_new ("(ss)", NM_DBUS_SERVICE, get_radio_property (node)), "(v)",
                   g_task_get_cancellable (task), got_radio, g_object_ref (task));
}

typedef struct {
  NmUnit  *unit;
  NmRadio  radio;
} Switch;

static void
got_radio_before (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Switch *change = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) value = NULL;
  GError *error = NULL;

  answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (answer, "(v)", &value);
  change->radio.before = g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean (value);
  g_array_append_val (change->unit->radios, change->radio);
  g_task_return_boolean (task, TRUE);
}

static void
replace_radio (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  Switch *change = g_new0 (Switch, 1);

  change->unit = nm_unit_get (self, transaction);
  change->radio.property = get_radio_property (node);
  change->radio.after = strcmp (oma_value_get_text (value), "true") == 0;
  g_task_set_task_data (task, change, g_free);
  nm_service_call (self, NM_DBUS_PATH, PROPERTIES, "Get",
                   g_variant_new ("(ss)", NM_DBUS_SERVICE, change->radio.property), "(v)",
                   g_task_get_cancellable (task), got_radio_before, g_object_ref (task));
}

/* ---- Handlers ---- */

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "Status", .list = list_status, .exists = status_exists,
    .read = read_status },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Status/**", .list = list_status, .exists = status_exists,
    .read = read_status, .get = get_status },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Radio/**", .get = get_radio, .replace = replace_radio,
    .flags = OMA_HANDLER_PROVISIONAL },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Scan", .exec = nm_exec_scan },
  /* Its children are those of the DDF. */
  { .struct_size = sizeof (OmaNodeHandler), .node = "Connections/*/Operations" },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Connections/*/Operations/Activate", .exec = nm_exec_activate },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Connections/*/Operations/Deactivate", .exec = nm_exec_deactivate },
};

/**
 * nm_status_get_handlers:
 * @n: (out): how many
 *
 * Returns: (transfer none) (array length=n): what serves the nodes
 */
const OmaNodeHandler *
nm_status_get_handlers (gsize *n)
{
  *n = G_N_ELEMENTS (handlers);
  return handlers;
}
