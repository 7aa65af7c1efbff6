/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service behind service.c: settings in its memory, which outlive the daemon.  Usage:
 * fault-service ADDRESS, the address of the bus.
 *
 * Fail (uint32 n, boolean dies) makes the n-th call of the daemon from then on fail, or the service end. */
#include <gio/gio.h>
#include <string.h>

#define SERVICE "org.omadm.Test.Service"

static const char introspection[] =
  "<node><interface name='" SERVICE "'>"
  "<method name='List'><arg type='s' direction='in'/><arg type='as' direction='out'/></method>"
  "<method name='Get'><arg type='s' direction='in'/><arg type='s' direction='out'/></method>"
  "<method name='MakeCheckpoint'><arg type='s' direction='out'/></method>"
  "<method name='Apply'><arg type='a(sas)' direction='in'/></method>"
  "<method name='RollBack'><arg type='s' direction='in'/></method>"
  "<method name='Drop'><arg type='s' direction='in'/></method>"
  "<method name='Reset'><arg type='a{ss}' direction='in'/></method>"
  "<method name='Dump'><arg type='a{ss}' direction='out'/><arg type='u' direction='out'/></method>"
  "<method name='Fail'><arg type='u' direction='in'/><arg type='b' direction='in'/></method>"
  "</interface></node>";

static GHashTable *settings;           /* (element-type utf8 utf8) */
static GHashTable *checkpoints;        /* (element-type utf8 GHashTable): settings as they were */
static guint n_checkpoints;
static guint fail_at;
static gboolean dies;

static GHashTable *
settings_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static GHashTable *
settings_copy (GHashTable *from)
{
  GHashTable *copy = settings_new ();
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (copy, g_strdup (key), g_strdup (value));
  return copy;
}

static GVariant *
list (const char *parent)
{
  GVariantBuilder names = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("(as)"));
  g_autofree char *prefix = *parent != '\0' ? g_strconcat (parent, "/", NULL) : g_strdup ("");
  g_autoptr(GList) keys = g_list_sort (g_hash_table_get_keys (settings), (GCompareFunc) strcmp);

  g_variant_builder_open (&names, G_VARIANT_TYPE ("as"));
  for (GList *l = keys; l != NULL; l = l->next)
    if (g_str_has_prefix (l->data, prefix) && strchr ((char *) l->data + strlen (prefix), '/') == NULL)
      g_variant_builder_add (&names, "s", (char *) l->data + strlen (prefix));
  if (*parent == '\0')
    g_variant_builder_add (&names, "s", "Items");
  g_variant_builder_close (&names);
  return g_variant_builder_end (&names);
}

static GVariant *
make_checkpoint (void)
{
  char *name = g_strdup_printf ("checkpoint-%u", ++n_checkpoints);

  g_hash_table_insert (checkpoints, name, settings_copy (settings));
  return g_variant_new ("(s)", name);
}

/* All at once: the bus never sees a part of it. */
static GVariant *
apply (GVariant *arguments)
{
  g_autoptr(GVariantIter) iter = NULL;
  const char *key;
  char **value;

  g_variant_get (arguments, "(a(sas))", &iter);
  while (g_variant_iter_loop (iter, "(&s^as)", &key, &value))
    if (value[0] != NULL)
      g_hash_table_insert (settings, g_strdup (key), g_strdup (value[0]));
    else
      g_hash_table_remove (settings, key);
  return g_variant_new ("()");
}

static GVariant *
roll_back (const char *checkpoint)
{
  GHashTable *kept = g_hash_table_lookup (checkpoints, checkpoint);

  if (kept == NULL)
    return NULL;
  g_hash_table_unref (settings);
  settings = settings_copy (kept);
  return g_variant_new ("()");
}

static GVariant *
reset (GVariant *arguments)
{
  g_autoptr(GVariantIter) iter = NULL;
  const char *key, *value;

  g_hash_table_remove_all (settings);
  g_hash_table_remove_all (checkpoints);
  g_variant_get (arguments, "(a{ss})", &iter);
  while (g_variant_iter_loop (iter, "{&s&s}", &key, &value))
    g_hash_table_insert (settings, g_strdup (key), g_strdup (value));
  return g_variant_new ("()");
}

static GVariant *
dump (void)
{
  GVariantBuilder all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_autoptr(GList) keys = g_list_sort (g_hash_table_get_keys (settings), (GCompareFunc) strcmp);

  for (GList *l = keys; l != NULL; l = l->next)
    g_variant_builder_add (&all, "{ss}", l->data, g_hash_table_lookup (settings, l->data));
  return g_variant_new ("(a{ss}u)", &all, g_hash_table_size (checkpoints));
}

static GVariant *
fail (GVariant *arguments)
{
  g_variant_get (arguments, "(ub)", &fail_at, &dies);
  return g_variant_new ("()");
}

static GVariant *
get (const char *key)
{
  const char *value = g_hash_table_lookup (settings, key);

  return value != NULL ? g_variant_new ("(s)", value) : NULL;
}

/* Returns: (transfer floating) (nullable): what the method returns, %NULL when what it names is not there */
static GVariant *
serve (const char *method, GVariant *arguments)
{
  const char *text = "";

  if (g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(s)")))
    g_variant_get (arguments, "(&s)", &text);
  if (strcmp (method, "List") == 0)
    return list (text);
  if (strcmp (method, "Get") == 0)
    return get (text);
  if (strcmp (method, "MakeCheckpoint") == 0)
    return make_checkpoint ();
  if (strcmp (method, "Apply") == 0)
    return apply (arguments);
  if (strcmp (method, "RollBack") == 0)
    return roll_back (text);
  if (strcmp (method, "Reset") == 0)
    return reset (arguments);
  if (strcmp (method, "Dump") == 0)
    return dump ();
  if (strcmp (method, "Fail") == 0)
    return fail (arguments);
  g_hash_table_remove (checkpoints, text);         /* Drop */
  return g_variant_new ("()");
}

static gboolean
is_of_test (const char *method)
{
  return strcmp (method, "Reset") == 0 || strcmp (method, "Dump") == 0 || strcmp (method, "Fail") == 0;
}

static void
call_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED, const char *path G_GNUC_UNUSED,
         const char *interface G_GNUC_UNUSED, const char *method, GVariant *arguments,
         GDBusMethodInvocation *invocation, gpointer user_data G_GNUC_UNUSED)
{
  GVariant *reply;

  if (!is_of_test (method) && fail_at > 0 && --fail_at == 0)
    {
      if (dies)
        exit (0);
      g_dbus_method_invocation_return_dbus_error (invocation, SERVICE ".Error.Failed", "Told to fail");
      return;
    }
  reply = serve (method, arguments);
  if (reply != NULL)
    g_dbus_method_invocation_return_value (invocation, reply);
  else
    g_dbus_method_invocation_return_dbus_error (invocation, SERVICE ".Error.NotFound", "NotFound");
}

static const GDBusInterfaceVTable vtable = { .method_call = call_cb };

static void
acquired_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
             gpointer user_data G_GNUC_UNUSED)
{
  g_print ("ready\n");
}

int
main (int argc, char **argv)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr(GDBusConnection) connection = NULL;
  g_autoptr(GError) error = NULL;

  if (argc == 2)
    connection = g_dbus_connection_new_for_address_sync (argv[1], G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL,
                                                         &error);
  settings = settings_new ();
  checkpoints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  if (connection == NULL ||
      g_dbus_connection_register_object (connection, "/", node->interfaces[0], &vtable, NULL, NULL, &error) == 0)
    {
      g_printerr ("fault-service: %s\n", error != NULL ? error->message : "usage: fault-service ADDRESS");
      return 1;
    }
  g_bus_own_name_on_connection (connection, SERVICE, G_BUS_NAME_OWNER_FLAGS_NONE, acquired_cb, NULL, NULL, NULL);
  g_main_loop_run (loop);
  return 0;
}
