/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-object.h"

#include "service/oma-service.h"

#include <string.h>

#define ACCOUNTS_PATH OMA_OBJECT_PATH "/account"
#define SESSIONS_PATH OMA_OBJECT_PATH "/session"
#define TREE_PATH OMA_OBJECT_PATH "/tree"

static const char standard_interfaces[] =
    "  <interface name=\"org.freedesktop.DBus.Properties\">\n"
    "    <method name=\"Get\">\n"
    "      <arg type=\"s\" name=\"interface_name\" direction=\"in\"/>\n"
    "      <arg type=\"s\" name=\"property_name\" direction=\"in\"/>\n"
    "      <arg type=\"v\" name=\"value\" direction=\"out\"/>\n"
    "    </method>\n"
    "    <method name=\"GetAll\">\n"
    "      <arg type=\"s\" name=\"interface_name\" direction=\"in\"/>\n"
    "      <arg type=\"a{sv}\" name=\"properties\" direction=\"out\"/>\n"
    "    </method>\n"
    "    <method name=\"Set\">\n"
    "      <arg type=\"s\" name=\"interface_name\" direction=\"in\"/>\n"
    "      <arg type=\"s\" name=\"property_name\" direction=\"in\"/>\n"
    "      <arg type=\"v\" name=\"value\" direction=\"in\"/>\n"
    "    </method>\n"
    "  </interface>\n"
    "  <interface name=\"org.freedesktop.DBus.Introspectable\">\n"
    "    <method name=\"Introspect\">\n"
    "      <arg type=\"s\" name=\"xml_data\" direction=\"out\"/>\n"
    "    </method>\n"
    "  </interface>\n"
    "  <interface name=\"org.freedesktop.DBus.Peer\">\n"
    "    <method name=\"Ping\"/>\n"
    "    <method name=\"GetMachineId\">\n"
    "      <arg type=\"s\" name=\"machine_uuid\" direction=\"out\"/>\n"
    "    </method>\n"
    "  </interface>\n";

/**
 * oma_object_class_for_path:
 * @path: an object path
 *
 * Returns: (transfer none) (nullable): what kind of object @path would be, %NULL for none of
 *   ours.  Whether there is one, its resolve tells
 */
const OmaObjectClass *
oma_object_class_for_path (const char *path)
{
  if (strcmp (path, OMA_OBJECT_PATH) == 0)
    return &oma_dbus_agent_object;
  if (strcmp (path, TREE_PATH) == 0 || g_str_has_prefix (path, TREE_PATH "/"))
    return &oma_dbus_node_object;
  if (strcmp (path, ACCOUNTS_PATH) == 0)
    return &oma_dbus_accounts_object;
  if (g_str_has_prefix (path, ACCOUNTS_PATH "/"))
    return &oma_dbus_account_object;
  if (strcmp (path, SESSIONS_PATH) == 0)
    return &oma_dbus_sessions_object;
  if (g_str_has_prefix (path, SESSIONS_PATH "/"))
    return &oma_dbus_session_object;
  return NULL;
}

/**
 * oma_object_class_get_interface:
 * @object_class: a kind of objects
 * @name: name of an interface
 *
 * Returns: (transfer none) (nullable): the interface, when the objects implement it
 */
const OmaInterface *
oma_object_class_get_interface (const OmaObjectClass *object_class, const char *name)
{
  for (guint i = 0; object_class->interfaces != NULL && object_class->interfaces[i] != NULL; i++)
    if (strcmp (object_class->interfaces[i]->get_info ()->name, name) == 0)
      return object_class->interfaces[i];
  return NULL;
}

/**
 * oma_interface_get_method:
 * @interface: an interface
 * @name: name of a method
 *
 * Returns: (transfer none) (nullable): what handles it
 */
const OmaMethod *
oma_interface_get_method (const OmaInterface *interface, const char *name)
{
  for (const OmaMethod *method = interface->methods; method->name != NULL; method++)
    if (strcmp (method->name, name) == 0)
      return method;
  return NULL;
}

/**
 * oma_interface_get_all:
 * @interface: an interface
 * @object: an object that implements it
 *
 * Returns: (transfer floating): all properties, "a{sv}"
 */
GVariant *
oma_interface_get_all (const OmaInterface *interface, gpointer object)
{
  GDBusPropertyInfo **properties = interface->get_info ()->properties;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; properties != NULL && properties[i] != NULL; i++)
    g_variant_builder_add (&builder, "{sv}", properties[i]->name,
                           interface->get_property (object, properties[i]->name));
  return g_variant_builder_end (&builder);
}

/**
 * oma_object_return_introspection:
 * @request: (transfer full): a call of Introspect
 * @object_class: the kind of the object
 * @children: (nullable) (element-type utf8): last segments of the children's paths; more
 *   than %OMA_MAX_INTROSPECTED are left out
 */
void
oma_object_return_introspection (OmaRequest *request, const OmaObjectClass *object_class, GPtrArray *children)
{
  g_autoptr(GString) xml = g_string_new ("<!DOCTYPE node PUBLIC "
                                         "\"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
                                         " \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n"
                                         "<node>\n");

  g_string_append (xml, standard_interfaces);
  for (guint i = 0; object_class->interfaces != NULL && object_class->interfaces[i] != NULL; i++)
    g_dbus_interface_info_generate_xml (object_class->interfaces[i]->get_info (), 2, xml);
  /* segments hold letters, digits and "_" only: nothing to escape */
  for (guint i = 0; children != NULL && i < MIN (children->len, OMA_MAX_INTROSPECTED); i++)
    g_string_append_printf (xml, "  <node name=\"%s\"/>\n", (const char *) g_ptr_array_index (children, i));
  g_string_append (xml, "</node>\n");
  oma_request_return (request, g_variant_new ("(s)", xml->str), NULL);
}
