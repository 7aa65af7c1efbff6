/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin that is right, until its configuration names the mistake that it is to make: omadm-plugin-check must find
 * each of them.  Its lamps are in memory; before each operation it asks a service, as real plugins do. */
#include <omadm/omadm.h>

#include <string.h>

#define LAMPS "org.omadm.Lamps1"

typedef struct {
  OmaPluginHost *host;
  GHashTable    *lamps;         /* name -> colour */
  GCancellable  *cancellable;   /* of what goes on in the background */
  char          *mistake;
} Wrong;

typedef void (*Action) (Wrong *self, const OmaNodeRef *node, gpointer argument, GTask *task);

typedef struct {
  Wrong            *self;
  const OmaNodeRef *node;
  gpointer          argument;
  Action            action;
  GTask            *task;
} Call;

static gboolean
makes (const Wrong *self, const char *mistake)
{
  return g_strcmp0 (self->mistake, mistake) == 0;
}

static void
asked (GObject *host, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) reply = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (host), result, &error);

  if (makes (call->self, "crashes-when-refused") && reply == NULL)
    g_assert_not_reached ();
  if (reply == NULL && makes (call->self, "drops-when-refused"))
    g_clear_error (&error);
  else if (reply == NULL && makes (call->self, "twice-when-cancelled") &&
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_new_error (call->task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "once");
      g_task_return_error (call->task, error);
    }
  else if (reply == NULL)
    g_task_return_error (call->task, error);
  else
    call->action (call->self, call->node, call->argument, call->task);
  g_object_unref (call->task);
  g_free (call);
}

static void
ask (Wrong *self, const OmaNodeRef *node, gpointer argument, GTask *task, Action action)
{
  Call *call = g_new (Call, 1);
  const char *name = makes (self, "outside-the-manifest") ? "org.omadm.Beside1" : LAMPS;

  *call = (Call) { self, node, argument, action, g_object_ref (task) };
  oma_plugin_host_call_async (self->host, name, "/org/omadm/Lamps1", LAMPS, "Touch", NULL, NULL,
                              makes (self, "ignores-cancelling") ? NULL : g_task_get_cancellable (task), asked, call);
}

/* ---- Reading ---- */

static void
do_list (Wrong *self, const OmaNodeRef *node G_GNUC_UNUSED, gpointer argument G_GNUC_UNUSED, GTask *task)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char **keys = (char **) g_hash_table_get_keys_as_array (self->lamps, NULL);

  if (!makes (self, "lists-less"))
    g_strv_builder_addv (names, (const char **) keys);
  if (makes (self, "lists-a-bad-name"))
    g_strv_builder_add (names, "a/b");
  if (makes (self, "lists-twice"))
    g_strv_builder_add (names, "one");
  g_task_return_pointer (task, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

static void
list (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask (self, node, NULL, task, do_list);
}

static void
do_exists (Wrong *self, const OmaNodeRef *node G_GNUC_UNUSED, gpointer argument, GTask *task)
{
  gboolean there = g_hash_table_contains (self->lamps, argument);

  g_task_return_boolean (task, makes (self, "invents") || (there && !makes (self, "denies")));
}

static void
exists (gpointer self, const OmaNodeRef *node, const char *name, GTask *task)
{
  ask (self, node, (gpointer) name, task, do_exists);
}

static void
do_read (Wrong *self, const OmaNodeRef *node G_GNUC_UNUSED, gpointer argument G_GNUC_UNUSED, GTask *task)
{
  OmaNodeList *nodes = oma_node_list_new ();
  GHashTableIter iter;
  gpointer name, colour;

  oma_node_list_add (nodes, "", NULL);
  g_hash_table_iter_init (&iter, self->lamps);
  while (g_hash_table_iter_next (&iter, &name, &colour))
    {
      g_autofree char *lamp = oma_node_name_escape (name);
      g_autofree char *leaf = g_strconcat (lamp, "/Colour", NULL);

      if (makes (self, "reads-less") && strcmp (name, "one") == 0)
        continue;
      oma_node_list_add (nodes, lamp, NULL);
      oma_node_list_add (nodes, leaf, oma_value_new_string (makes (self, "reads-otherwise") ? "blue" : colour));
    }
  g_task_return_pointer (task, nodes, (GDestroyNotify) oma_node_list_free);
}

static void
read_all (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask (self, node, NULL, task, do_read);
}

static void
do_get (Wrong *self, const OmaNodeRef *node, gpointer argument G_GNUC_UNUSED, GTask *task)
{
  const char *colour = g_hash_table_lookup (self->lamps, oma_node_ref_get_capture (node, 0));
  OmaValue *value = oma_value_new_string (makes (self, "gives-what-is-not-permitted") ? "purple" : colour);

  if (makes (self, "gives-another-format"))
    {
      oma_value_unref (value);
      value = oma_value_new_int (7);
    }
  if (makes (self, "leaks-a-task"))
    g_object_ref (task);
  if (makes (self, "leaks-memory") && g_strdup (colour) == NULL)
    return;
  if (makes (self, "reads-freed-memory"))
    {
      char *freed = g_strdup (colour);

      g_free (freed);
      if (*(volatile char *) freed == '\0')
        return;
    }
  g_task_return_pointer (task, value, (GDestroyNotify) oma_value_unref);
  if (makes (self, "returns-twice"))
    g_task_return_pointer (task, NULL, NULL);
}

static gboolean
block_cb (gpointer data G_GNUC_UNUSED)
{
  for (;;)
    g_usleep (G_USEC_PER_SEC);
  return G_SOURCE_REMOVE;
}

static void
get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  if (makes (self, "never-returns"))
    g_object_set_data_full (G_OBJECT (((Wrong *) self)->host), "kept", g_object_ref (task), g_object_unref);
  else if (makes (self, "blocks"))
    block_cb (NULL);
  else if (!makes (self, "drops"))
    ask (self, node, NULL, task, do_get);
}

/* ---- Writing ---- */

static void
do_add (Wrong *self, const OmaNodeRef *node, gpointer argument G_GNUC_UNUSED, GTask *task)
{
  g_hash_table_replace (self->lamps, g_strdup (oma_node_ref_get_name (node)), g_strdup ("red"));
  g_task_return_boolean (task, TRUE);
}

static void
add (gpointer self, const OmaNodeRef *node, OmaValue *value G_GNUC_UNUSED,
     OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  ask (self, node, NULL, task, do_add);
}

static void
do_replace (Wrong *self, const OmaNodeRef *node, gpointer value, GTask *task)
{
  const char *colour = oma_value_get_text (value), *lamp = oma_node_ref_get_capture (node, 0);

  if (makes (self, "rounds-what-is-written"))
    colour = "green";
  if (!makes (self, "forgets-what-is-written"))
    g_hash_table_replace (self->lamps, g_strdup (lamp), g_strdup (colour));
  g_task_return_boolean (task, TRUE);
}

static void
replace (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction G_GNUC_UNUSED,
         GTask *task)
{
  /* Then what fails has done it all the same, and says that it has not. */
  if (makes (self, "acts-and-refuses"))
    {
      g_hash_table_replace (((Wrong *) self)->lamps, g_strdup (oma_node_ref_get_capture (node, 0)),
                            g_strdup (oma_value_get_text (value)));
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN, "It is forbidden, but done");
    }
  else
    ask (self, node, value, task, do_replace);
}

static void
add_colour (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  replace (self, node, value, transaction, task);
}

static void
do_remove (Wrong *self, const OmaNodeRef *node, gpointer argument G_GNUC_UNUSED, GTask *task)
{
  const char *name = oma_node_ref_get_name (node);

  /* What an add made cannot go again. */
  if (!makes (self, "keeps-what-was-added") || strcmp (name, "trial") != 0)
    g_hash_table_remove (self->lamps, name);
  g_task_return_boolean (task, TRUE);
}

static void
remove_lamp (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  ask (self, node, NULL, task, do_remove);
}

static void
do_blink (Wrong *self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, gpointer argument G_GNUC_UNUSED, GTask *task)
{
  oma_plugin_host_progress (g_task_get_source_object (task), task, 50, NULL);
  g_task_return_boolean (task, TRUE);
}

static void
blink (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED, const char *correlator G_GNUC_UNUSED,
       GTask *task)
{
  ask (self, node, NULL, task, do_blink);
}

/* ---- The same with transactions ---- */

#ifdef TRANSACTIONS
/* A lamp that is to have a colour, or to go. */
typedef struct {
  char *lamp;
  char *colour;     /* (nullable) */
  char *before;     /* (nullable) */
} Wish;

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_free (wish->lamp);
  g_free (wish->colour);
  g_free (wish->before);
  g_free (wish);
}

static void
put (Wrong *self, const char *lamp, const char *colour)
{
  if (colour != NULL)
    g_hash_table_replace (self->lamps, g_strdup (lamp), g_strdup (colour));
  else
    g_hash_table_remove (self->lamps, lamp);
}

static void
note (Wrong *self, OmaPluginTransaction *transaction, const char *lamp, const char *colour, GTask *task)
{
  GPtrArray *wishes = oma_plugin_transaction_get_data (transaction);
  Wish *wish = g_new0 (Wish, 1);

  if (wishes == NULL)
    {
      wishes = g_ptr_array_new_with_free_func (wish_free);
      oma_plugin_transaction_set_data (transaction, wishes, (GDestroyNotify) g_ptr_array_unref);
    }
  wish->lamp = g_strdup (lamp);
  wish->colour = g_strdup (colour);
  wish->before = g_strdup (g_hash_table_lookup (self->lamps, lamp));
  g_ptr_array_add (wishes, wish);
  g_task_return_boolean (task, TRUE);
}

static void
note_lamp (gpointer self, const OmaNodeRef *node, OmaValue *value G_GNUC_UNUSED, OmaPluginTransaction *transaction,
           GTask *task)
{
  note (self, transaction, oma_node_ref_get_name (node), "red", task);
}

static void
note_colour (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  note (self, transaction, oma_node_ref_get_capture (node, 0), oma_value_get_text (value), task);
}

static void
note_removal (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  note (self, transaction, oma_node_ref_get_name (node), NULL, task);
}

static void
validate (gpointer self G_GNUC_UNUSED, OmaPluginTransaction *transaction, GTask *task)
{
  GPtrArray *wishes = oma_plugin_transaction_get_data (transaction);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GBytes) data = NULL;

  for (guint i = wishes->len; i > 0; i--)
    {
      const Wish *wish = g_ptr_array_index (wishes, i - 1);

      g_string_append_printf (text, "%s=%s\n", wish->lamp, wish->before != NULL ? wish->before : "");
    }
  data = g_bytes_new (text->str, text->len);
  oma_plugin_transaction_set_undo_data (transaction, data);
  g_task_return_boolean (task, TRUE);
}

static void
do_commit (Wrong *self, const OmaNodeRef *node G_GNUC_UNUSED, gpointer transaction, GTask *task)
{
  GPtrArray *wishes = oma_plugin_transaction_get_data (transaction);

  for (guint i = 0; i < wishes->len; i++)
    {
      const Wish *wish = g_ptr_array_index (wishes, i);

      put (self, wish->lamp, wish->colour);
    }
  g_task_return_boolean (task, TRUE);
}

static void
commit (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  ask (self, NULL, transaction, task, do_commit);
}

static void
roll_back (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  GPtrArray *wishes = oma_plugin_transaction_get_data (transaction);

  for (guint i = wishes != NULL && !makes (self, "does-not-roll-back") ? wishes->len : 0; i > 0; i--)
    {
      const Wish *wish = g_ptr_array_index (wishes, i - 1);

      put (self, wish->lamp, wish->before);
    }
  g_task_return_boolean (task, TRUE);
}

static void
undo (gpointer data, GBytes *undo_data, GTask *task)
{
  Wrong *self = data;
  g_autofree char *text = g_strndup (g_bytes_get_data (undo_data, NULL), g_bytes_get_size (undo_data));
  g_auto(GStrv) lines = g_strsplit (text, "\n", 0);
  gboolean changed = FALSE;

  for (gsize i = 0; lines[i] != NULL && !makes (self, "does-not-undo"); i++)
    {
      g_auto(GStrv) pair = g_strsplit (lines[i], "=", 2);

      if (pair[0] == NULL)
        continue;
      changed |= g_strcmp0 (g_hash_table_lookup (self->lamps, pair[0]), pair[1]) != 0;
      put (self, pair[0], *pair[1] != '\0' ? pair[1] : NULL);
    }
  if (!changed && makes (self, "undoes-once"))
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "There is nothing to undo");
  else
    g_task_return_boolean (task, TRUE);
}

static void
confirm (gpointer self, OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  if (makes (self, "does-not-confirm"))
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "It does not hold");
  else
    g_task_return_boolean (task, TRUE);
}
#endif

/* ---- The plugin ---- */

static void
started (GObject *host, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (host), result, &error);
  Wrong *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (self->lamps == NULL)      /* after the shutdown */
    g_assert_not_reached ();
  if (makes (self, "crashes-in-the-background") && reply == NULL)
    g_assert_not_reached ();
}

static void
told (OmaPluginHost *host G_GNUC_UNUSED, const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED,
      const char *signal G_GNUC_UNUSED, GVariant *parameters G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static gboolean
init (OmaPluginHost *host, gpointer *self, GError **error G_GNUC_UNUSED)
{
  Wrong *wrong = g_new0 (Wrong, 1);

  wrong->host = host;
  wrong->mistake = oma_plugin_host_get_config (host, "Mistake");
  wrong->cancellable = g_cancellable_new ();
  wrong->lamps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (wrong->lamps, g_strdup ("one"), g_strdup ("red"));
  g_hash_table_insert (wrong->lamps, g_strdup ("t w"), g_strdup ("green"));
  if (makes (wrong, "subscribes-outside"))
    oma_plugin_host_subscribe (host, "org.omadm.Beside1", NULL, NULL, NULL, NULL, told, NULL);
  if (makes (wrong, "tells-of-others"))
    oma_plugin_host_changed (host, "./DevInfo/Man", OMA_CHANGE_REPLACED);
  oma_plugin_host_call_async (host, LAMPS, "/org/omadm/Lamps1", LAMPS, "Touch", NULL, NULL, wrong->cancellable,
                              started, wrong);
  *self = wrong;
  return TRUE;
}

static void
shutdown_lamps (gpointer data)
{
  Wrong *self = data;

  if (makes (self, "crashes-in-shutdown"))
    g_assert_not_reached ();
  if (makes (self, "leaks-its-host"))
    g_object_ref (self->host);
  /* What comes back from a call must not find us then. */
  if (!makes (self, "lets-calls-go-on"))
    g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->lamps, g_hash_table_unref);
  if (makes (self, "lets-calls-go-on"))
    return;
  g_free (self->mistake);
  g_free (self);
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "", .list = list, .exists = exists, .read = read_all },
#ifdef TRANSACTIONS
  { .struct_size = sizeof (OmaNodeHandler), .node = "*", .add = note_lamp, .remove = note_removal },
  { .struct_size = sizeof (OmaNodeHandler), .node = "*/Colour", .get = get, .add = note_colour,
    .replace = note_colour },
#else
  { .struct_size = sizeof (OmaNodeHandler), .node = "*", .add = add, .remove = remove_lamp },
  { .struct_size = sizeof (OmaNodeHandler), .node = "*/Colour", .get = get, .add = add_colour,
#ifndef NO_REPLACE
    .replace = replace,
#endif
  },
#endif
  { .struct_size = sizeof (OmaNodeHandler), .node = "Blink", .exec = blink },
};
static const char *const bus_names[] = { LAMPS, NULL };
static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = MODULE,
  .version = "1.0",
  .ddf = "wrong.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = init,
  .shutdown = shutdown_lamps,
  .bus_names = bus_names,
#ifdef TRANSACTIONS
  .validate = validate,
  .commit = commit,
  .roll_back = roll_back,
  .undo = undo,
  .confirm = confirm,
#endif
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}
