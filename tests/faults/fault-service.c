/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service behind service.c: settings and checkpoints that outlive the daemon, and itself, since they are in a file.
 * Usage: fault-service ADDRESS FILE, the address of the bus and that file.
 *
 * Fail lets the n-th call of the daemon from then on go wrong: "refuse" it, "die" or "hang" (never answer), each with
 * "-behind" when what it asks for is done before; with a method behind that only calls of it count.  Dump tells how
 * many calls there were since Load, and how many went wrong.  Load reads the file again, and lets nothing go wrong. */
#include <gio/gio.h>
#include <string.h>

#define SERVICE "org.omadm.Test.Service"

static const char introspection[] =
  "<node><interface name='" SERVICE "'>"
  "<method name='List'><arg type='s' direction='in'/><arg type='as' direction='out'/></method>"
  "<method name='Get'><arg type='s' direction='in'/><arg type='s' direction='out'/></method>"
  "<method name='MakeCheckpoint'><arg type='as' direction='in'/><arg type='s' direction='out'/></method>"
  "<method name='Apply'><arg type='a(sas)' direction='in'/></method>"
  "<method name='RollBack'><arg type='s' direction='in'/></method>"
  "<method name='Drop'><arg type='s' direction='in'/></method>"
  "<method name='Load'/>"
  "<method name='Dump'><arg type='a{ss}' direction='out'/><arg type='u' direction='out'/>"
  "<arg type='u' direction='out'/></method>"
  "<method name='Fail'><arg type='u' direction='in'/><arg type='s' direction='in'/></method>"
  "</interface></node>";

static GHashTable *settings;           /* (element-type utf8 utf8) */
static GHashTable *checkpoints;        /* (element-type utf8 GHashTable): some settings as they were */
static guint n_checkpoints;
static const char *path;               /* where all that is kept */
static guint n_calls;
static guint n_failed;
static GPtrArray *failures;            /* (element-type Failure) */

typedef struct {
  guint in;         /* so many calls, 0 when it is over */
  char *how;
  char *method;     /* (nullable): whose calls count */
} Failure;

static GHashTable *
settings_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* ---- What outlives the service ---- */

static void
put (GKeyFile *file, const char *group, GHashTable *from)
{
  GHashTableIter iter;
  gpointer key, value;

  g_key_file_set_string (file, group, "-", "");    /* an empty group is none */
  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_key_file_set_string (file, group, key, value);
}

/* What was answered outlives a loss of power. */
static void
save (void)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  GHashTableIter iter;
  gpointer name, kept;
  gsize size;

  put (file, "settings", settings);
  g_hash_table_iter_init (&iter, checkpoints);
  while (g_hash_table_iter_next (&iter, &name, &kept))
    put (file, name, kept);
  text = g_key_file_to_data (file, &size, NULL);
  if (!g_file_set_contents_full (path, text, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT |
                                 G_FILE_SET_CONTENTS_DURABLE, 0600, &error))
    g_error ("%s", error->message);
}

static void
load (void)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_auto(GStrv) groups = NULL;

  g_hash_table_remove_all (settings);
  g_hash_table_remove_all (checkpoints);
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return;
  groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      gboolean is_checkpoint = !g_str_equal (*group, "settings");
      GHashTable *to = is_checkpoint ? settings_new () : settings;
      g_auto(GStrv) keys = g_key_file_get_keys (file, *group, NULL, NULL);

      for (char **key = keys; *key != NULL; key++)
        if (!g_str_equal (*key, "-"))
          g_hash_table_insert (to, g_strdup (*key), g_key_file_get_string (file, *group, *key, NULL));
      if (is_checkpoint)
        g_hash_table_insert (checkpoints, g_strdup (*group), to);
      if (is_checkpoint)
        n_checkpoints = MAX (n_checkpoints, (guint) g_ascii_strtoull (strrchr (*group, '-') + 1, NULL, 10));
    }
}

/* ---- What it is asked for ---- */

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

/* Of these keys only: what others change meanwhile stays.  A value begins with "=". */
static GVariant *
make_checkpoint (GVariant *arguments)
{
  char *name = g_strdup_printf ("checkpoint-%u", ++n_checkpoints);
  GHashTable *kept = settings_new ();
  g_autoptr(GVariantIter) iter = NULL;
  const char *key;

  g_variant_get (arguments, "(as)", &iter);
  while (g_variant_iter_loop (iter, "&s", &key))
    {
      const char *value = g_hash_table_lookup (settings, key);

      g_hash_table_insert (kept, g_strdup (key), value != NULL ? g_strconcat ("=", value, NULL) : g_strdup (""));
    }
  g_hash_table_insert (checkpoints, name, kept);
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
  GHashTableIter iter;
  gpointer key, value;

  if (kept == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, kept);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (*(const char *) value == '=')
      g_hash_table_insert (settings, g_strdup (key), g_strdup ((const char *) value + 1));
    else
      g_hash_table_remove (settings, key);
  return g_variant_new ("()");
}

static GVariant *
dump (void)
{
  GVariantBuilder all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_autoptr(GList) keys = g_list_sort (g_hash_table_get_keys (settings), (GCompareFunc) strcmp);

  for (GList *l = keys; l != NULL; l = l->next)
    g_variant_builder_add (&all, "{ss}", l->data, g_hash_table_lookup (settings, l->data));
  return g_variant_new ("(a{ss}uu)", &all, n_calls, n_failed);
}

static void
failure_free (gpointer data)
{
  Failure *failure = data;

  g_free (failure->how);
  g_free (failure->method);
  g_free (failure);
}

static GVariant *
fail (GVariant *arguments)
{
  Failure *failure = g_new0 (Failure, 1);
  const char *text, *space;

  g_variant_get (arguments, "(u&s)", &failure->in, &text);
  space = strchr (text, ' ');
  failure->how = space != NULL ? g_strndup (text, (gsize) (space - text)) : g_strdup (text);
  failure->method = space != NULL ? g_strdup (space + 1) : NULL;
  g_ptr_array_add (failures, failure);
  return g_variant_new ("()");
}

/* Returns: (nullable): how the call is to go wrong. */
static const char *
count_call (const char *method)
{
  const char *how = NULL;

  n_calls++;
  for (guint i = 0; i < failures->len; i++)
    {
      Failure *failure = g_ptr_array_index (failures, i);

      if (failure->in > 0 && (failure->method == NULL || g_str_equal (method, failure->method)) && --failure->in == 0)
        how = failure->how;
    }
  return how;
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
    return make_checkpoint (arguments);
  if (strcmp (method, "Apply") == 0)
    return apply (arguments);
  if (strcmp (method, "RollBack") == 0)
    return roll_back (text);
  if (strcmp (method, "Load") == 0)
    {
      g_ptr_array_set_size (failures, 0);
      n_calls = n_failed = 0;
      load ();
      return g_variant_new ("()");
    }
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
  return strcmp (method, "Load") == 0 || strcmp (method, "Dump") == 0 || strcmp (method, "Fail") == 0;
}

static void
answer (GDBusMethodInvocation *invocation, GVariant *reply)
{
  if (reply != NULL)
    g_dbus_method_invocation_return_value (invocation, reply);
  else
    g_dbus_method_invocation_return_dbus_error (invocation, SERVICE ".Error.NotFound", "NotFound");
}

static void
go_wrong (const char *how, const char *method, GVariant *arguments, GDBusMethodInvocation *invocation)
{
  g_autoptr(GVariant) reply = NULL;

  n_failed++;
  if (g_str_has_suffix (how, "-behind"))
    reply = serve (method, arguments);
  if (reply != NULL)
    g_variant_ref_sink (reply);
  save ();
  if (g_str_has_prefix (how, "die"))
    exit (3);
  if (g_str_has_prefix (how, "refuse"))
    g_dbus_method_invocation_return_dbus_error (invocation, SERVICE ".Error.Failed", "Told to fail");
  else
    g_object_unref (invocation);                   /* it hangs */
}

static void
call_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED, const char *object G_GNUC_UNUSED,
         const char *interface G_GNUC_UNUSED, const char *method, GVariant *arguments,
         GDBusMethodInvocation *invocation, gpointer user_data G_GNUC_UNUSED)
{
  const char *how = is_of_test (method) ? NULL : count_call (method);
  GVariant *reply;

  if (how != NULL)
    {
      go_wrong (how, method, arguments, invocation);
      return;
    }
  reply = serve (method, arguments);
  if (!is_of_test (method) && strcmp (method, "List") != 0 && strcmp (method, "Get") != 0)
    save ();
  answer (invocation, reply);
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

  if (argc == 3)
    connection = g_dbus_connection_new_for_address_sync (argv[1], G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL,
                                                         &error);
  settings = settings_new ();
  checkpoints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  failures = g_ptr_array_new_with_free_func (failure_free);
  path = argv[argc - 1];
  load ();
  if (connection == NULL ||
      g_dbus_connection_register_object (connection, "/", node->interfaces[0], &vtable, NULL, NULL, &error) == 0)
    {
      g_printerr ("fault-service: %s\n", error != NULL ? error->message : "usage: fault-service ADDRESS FILE");
      return 1;
    }
  g_bus_own_name_on_connection (connection, SERVICE, G_BUS_NAME_OWNER_FLAGS_NONE, acquired_cb, NULL, NULL, NULL);
  g_main_loop_run (loop);
  return 0;
}
