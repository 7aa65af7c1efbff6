/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ./Vendor/Service: a plugin with transactions, for a service on the bus that can go back to a
 * checkpoint, as NetworkManager does.  The checkpoint is made when a transaction is validated, its name
 * is the undo data, and it is dropped with the transaction that is through.  Its configuration:
 *   Address=ADDRESS        of the bus
 *   Crash=OPERATION WHEN   the daemon crashes "before" or "behind" what the next "init", "get", "list", "note",
 *                          "validate", "commit", "roll-back" or "undo" does
 *   Signal=NUMBER          by this signal */
#include <omadm/omadm.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE "org.omadm.Test.Service"

typedef struct {
  GDBusConnection *connection;
  char            *crash;
  int              signal;
} Service;

/* What a transaction noted. */
typedef struct {
  Service   *service;
  GPtrArray *changes;       /* (element-type GVariant): (sas) key, and its value or none */
  char      *checkpoint;
  gboolean   through;       /* committed, and not rolled back since: nobody goes back to the checkpoint */
} Notes;

static void
maybe_crash (Service *service, const char *operation, const char *when)
{
  g_autofree char *here = g_strconcat (operation, " ", when, NULL);

  if (g_strcmp0 (service->crash, here) == 0)
    raise (service->signal);
}

static void
call (Service *service, const char *method, GVariant *arguments, GAsyncReadyCallback callback, GTask *task)
{
  g_dbus_connection_call (service->connection, SERVICE, "/", SERVICE, method, arguments, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                          task != NULL ? g_task_get_cancellable (task) : NULL, callback,
                          task != NULL ? g_object_ref (task) : NULL);
}

static GVariant *
call_finish (GAsyncResult *result, GObject *source, GTask *task)
{
  g_autoptr(GError) error = NULL;
  GVariant *reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_task_return_new_error (task, OMA_STATUS_ERROR,
                             g_dbus_error_is_remote_error (error) &&
                             strstr (error->message, "NotFound") != NULL ? OMA_STATUS_NOT_FOUND
                                                                         : OMA_STATUS_COMMAND_FAILED,
                             "%s", error->message);
  return reply;
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) reply = call_finish (result, source, task);

  if (reply != NULL)
    g_task_return_boolean (task, TRUE);
}

/* ---- Reading ---- */

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) reply = call_finish (result, source, task);
  char **names;

  if (reply == NULL)
    return;
  g_variant_get (reply, "(^as)", &names);
  g_task_return_pointer (task, names, (GDestroyNotify) g_strfreev);
}

static void
list (gpointer self, const OmaNodeRef *node, GTask *task)
{
  maybe_crash (self, "list", "before");
  call (self, "List", g_variant_new ("(s)", oma_node_ref_get_relative_uri (node)), list_cb, task);
}

static void
get_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) reply = call_finish (result, source, task);
  const char *text;

  if (reply == NULL)
    return;
  g_variant_get (reply, "(&s)", &text);
  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

static void
get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  maybe_crash (self, "get", "before");
  call (self, "Get", g_variant_new ("(s)", oma_node_ref_get_relative_uri (node)), get_cb, task);
}

/* ---- Writing: noted, nothing is touched ---- */

static void
notes_free (gpointer data)
{
  Notes *notes = data;

  if (notes->checkpoint != NULL && notes->through)
    call (notes->service, "Drop", g_variant_new ("(s)", notes->checkpoint), NULL, NULL);
  g_ptr_array_unref (notes->changes);
  g_free (notes->checkpoint);
  g_free (notes);
}

static Notes *
get_notes (Service *service, OmaPluginTransaction *transaction)
{
  Notes *notes = oma_plugin_transaction_get_data (transaction);

  if (notes != NULL)
    return notes;
  notes = g_new0 (Notes, 1);
  notes->service = service;
  notes->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  oma_plugin_transaction_set_data (transaction, notes, notes_free);
  return notes;
}

static void
note (Notes *notes, const OmaNodeRef *node, const char *text)
{
  GVariant *change = g_variant_new ("(s@as)", oma_node_ref_get_relative_uri (node),
                                    g_variant_new_strv (&text, text != NULL ? 1 : 0));

  maybe_crash (notes->service, "note", "before");
  g_ptr_array_add (notes->changes, g_variant_ref_sink (change));
}

static void
replace (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  note (get_notes (self, transaction), node, oma_value_get_text (value));
  g_task_return_boolean (task, TRUE);
}

static void
remove_node (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  note (get_notes (self, transaction), node, NULL);
  g_task_return_boolean (task, TRUE);
}

/* ---- Transactions ---- */

static void
validate_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) reply = call_finish (result, source, task);
  g_autoptr(GBytes) undo_data = NULL;
  OmaPluginTransaction *transaction = g_task_get_task_data (task);
  Notes *notes = oma_plugin_transaction_get_data (transaction);

  if (reply == NULL)
    return;
  g_variant_get (reply, "(s)", &notes->checkpoint);
  undo_data = g_bytes_new (notes->checkpoint, strlen (notes->checkpoint));
  oma_plugin_transaction_set_undo_data (transaction, undo_data);
  maybe_crash (notes->service, "validate", "behind");
  g_task_return_boolean (task, TRUE);
}

static void
validate (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  Notes *notes = get_notes (self, transaction);
  GVariantBuilder keys = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  maybe_crash (self, "validate", "before");
  g_task_set_task_data (task, transaction, NULL);
  for (guint i = 0; i < notes->changes->len; i++)
    {
      g_autoptr(GVariant) key = g_variant_get_child_value (g_ptr_array_index (notes->changes, i), 0);

      g_variant_builder_add_value (&keys, key);
    }
  call (self, "MakeCheckpoint", g_variant_new ("(as)", &keys), validate_cb, task);
}

static void
commit_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Notes *notes = oma_plugin_transaction_get_data (g_task_get_task_data (user_data));

  maybe_crash (notes->service, "commit", "behind");
  notes->through = TRUE;
  done_cb (source, result, user_data);
}

static void
commit (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  Notes *notes = get_notes (self, transaction);
  GVariantBuilder changes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sas)"));

  maybe_crash (self, "commit", "before");
  g_task_set_task_data (task, transaction, NULL);
  for (guint i = 0; i < notes->changes->len; i++)
    g_variant_builder_add_value (&changes, g_ptr_array_index (notes->changes, i));
  call (self, "Apply", g_variant_new ("(a(sas))", &changes), commit_cb, task);
}

static void
roll_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) reply = call_finish (result, source, task);
  Notes *notes = oma_plugin_transaction_get_data (g_task_get_task_data (task));

  maybe_crash (notes->service, "roll-back", "behind");
  if (reply != NULL)
    g_task_return_boolean (task, TRUE);
}

static void
roll_back (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  Notes *notes = get_notes (self, transaction);

  maybe_crash (self, "roll-back", "before");
  notes->through = FALSE;
  g_task_set_task_data (task, transaction, NULL);
  if (notes->checkpoint != NULL)
    call (self, "RollBack", g_variant_new ("(s)", notes->checkpoint), roll_back_cb, task);
  else
    g_task_return_boolean (task, TRUE);
}

static void
undo_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) reply = call_finish (result, source, task);

  maybe_crash (g_task_get_task_data (task), "undo", "behind");
  if (reply != NULL)
    g_task_return_boolean (task, TRUE);
}

static void
undo (gpointer self, GBytes *data, GTask *task)
{
  gsize size;
  const char *text = g_bytes_get_data (data, &size);
  g_autofree char *checkpoint = g_strndup (text, size);

  maybe_crash (self, "undo", "before");
  g_task_set_task_data (task, self, NULL);
  call (self, "RollBack", g_variant_new ("(s)", checkpoint), undo_cb, task);
}

/* ---- The plugin ---- */

static gboolean
init (OmaPluginHost *host, gpointer *self, GError **error)
{
  g_autofree char *address = oma_plugin_host_get_config (host, "Address");
  g_autofree char *number = oma_plugin_host_get_config (host, "Signal");
  g_autoptr(GDBusConnection) connection = NULL;
  Service *service;

  connection = g_dbus_connection_new_for_address_sync (address != NULL ? address : "",
                                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                       NULL, NULL, error);
  if (connection == NULL)
    return FALSE;
  service = g_new0 (Service, 1);
  service->connection = g_steal_pointer (&connection);
  service->crash = oma_plugin_host_get_config (host, "Crash");
  service->signal = number != NULL ? atoi (number) : SIGSEGV;
  maybe_crash (service, "init", "before");
  *self = service;
  return TRUE;
}

static void
stop (gpointer self)
{
  Service *service = self;

  g_object_unref (service->connection);
  g_free (service->crash);
  g_free (service);
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "**", .list = list, .get = get, .replace = replace, .add = replace,
    .remove = remove_node },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "service",
  .version = "1",
  .ddf = "service.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = init,
  .shutdown = stop,
  .validate = validate,
  .commit = commit,
  .roll_back = roll_back,
  .undo = undo,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}
