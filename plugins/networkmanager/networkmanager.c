/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-machine.h"
#include "nm-status.h"
#include "nm-unit.h"

#include <string.h>

/* The plugin: from the daemon's operations to profiles (nm-tree.c, nm-unit.c) and to what there is besides them
 * (nm-status.c). */

#define MAX_HANDLERS 40

/* ---- Reading profiles ---- */

typedef void (*ReadFunc) (NmService *service, const NmPath *path, const NmProfile *profile, const char *child,
                          GTask *task);

typedef struct {
  NmService *service;
  NmPath     path;
  ReadFunc   read;
  char      *child;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  nm_service_unref (reading->service);
  nm_path_clear (&reading->path);
  g_free (reading->child);
  g_free (reading);
}

static void
return_not_found (GTask *task)
{
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no such profile");
}

static void
loaded_to_read (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  const NmProfile *profile = NULL;
  GError *error = NULL;

  if (!nm_service_load_finish (reading->service, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (reading->path.name != NULL)
    profile = nm_service_find_node (reading->service, reading->path.door, reading->path.name);
  if (reading->path.name != NULL && profile == NULL)
    return_not_found (task);
  else
    reading->read (reading->service, &reading->path, profile, reading->child, task);
}

static void
start_reading (NmService *service, const OmaNodeRef *node, const char *child, ReadFunc read, GTask *task)
{
  Reading *reading = g_new0 (Reading, 1);
  GError *error = NULL;

  reading->service = nm_service_ref (service);
  reading->read = read;
  reading->child = g_strdup (child);
  g_task_set_task_data (task, reading, reading_free);
  if (!nm_path_init (&reading->path, oma_node_ref_get_uri (node), &error))
    g_task_return_error (task, error);
  else
    nm_service_load_async (service, g_task_get_cancellable (task), loaded_to_read, g_object_ref (task));
}

static char **
list_profiles (NmService *service, const NmDoor *door)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  GPtrArray *profiles = nm_service_get_profiles (service);

  for (guint i = 0; i < profiles->len; i++)
    {
      const char *name = nm_service_get_name (service, door, g_ptr_array_index (profiles, i));

      if (name != NULL)
        g_strv_builder_add (names, name);
    }
  return g_strv_builder_end (names);
}

static char **
list_children (NmService *service, const NmPath *path, const NmProfile *profile)
{
  g_autofree char *below = NULL;

  if (path->name == NULL)
    return list_profiles (service, path->door);
  below = nm_path_to_relative (path);
  return nm_tree_list (path->door, profile->connection, path->name, below);
}

static void
list_loaded (NmService *service, const NmPath *path, const NmProfile *profile, const char *child G_GNUC_UNUSED,
             GTask *task)
{
  char **names = list_children (service, path, profile);

  if (names == NULL)
    return_not_found (task);
  else
    g_task_return_pointer (task, names, (GDestroyNotify) g_strfreev);
}

static void
list_node (gpointer self, const OmaNodeRef *node, GTask *task)
{
  start_reading (self, node, NULL, list_loaded, task);
}

static void
exists_loaded (NmService *service, const NmPath *path, const NmProfile *profile, const char *child, GTask *task)
{
  g_auto(GStrv) names = list_children (service, path, profile);

  g_task_return_boolean (task, names != NULL && g_strv_contains ((const char *const *) names, child));
}

static void
node_exists (gpointer self, const OmaNodeRef *node, const char *name, GTask *task)
{
  start_reading (self, node, name, exists_loaded, task);
}

static void
get_loaded (NmService *service G_GNUC_UNUSED, const NmPath *path, const NmProfile *profile,
            const char *child G_GNUC_UNUSED, GTask *task)
{
  GError *error = NULL;
  OmaValue *value = profile != NULL ? nm_tree_get (path, profile->connection, &error) : NULL;

  if (error != NULL)
    g_task_return_error (task, error);
  else if (value == NULL)
    return_not_found (task);
  else
    g_task_return_pointer (task, value, (GDestroyNotify) oma_value_unref);
}

static void
get_node (gpointer self, const OmaNodeRef *node, GTask *task)
{
  start_reading (self, node, NULL, get_loaded, task);
}

/* What is below @below of a profile goes into @list, its URIs after @prefix. */
static gboolean
read_profile (OmaNodeList *list, const NmDoor *door, const NmProfile *profile, const char *name, const char *below,
              const char *prefix, GError **error)
{
  g_autoptr(GPtrArray) nodes = nm_tree_collect (door, profile->connection, name, below, error);
  gsize skip = *below != '\0' ? strlen (below) + 1 : 0;

  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    {
      const NmNode *node = g_ptr_array_index (nodes, i);
      g_autofree char *uri = NULL;

      /* A secret, or the node itself. */
      if ((!node->interior && node->value == NULL) || strlen (node->path) < skip)
        continue;
      uri = g_strconcat (prefix, node->path + skip, NULL);
      oma_node_list_add (list, uri, node->value != NULL ? oma_value_ref (node->value) : NULL);
    }
  /* Of no table of the door: what can be done with a profile is not in it. */
  if (nodes != NULL && door == &nm_door_network && *below == '\0')
    {
      g_autofree char *operations = g_strconcat (prefix, "Operations", NULL);

      oma_node_list_add (list, operations, NULL);
    }
  return nodes != NULL;
}

static gboolean
read_all (OmaNodeList *list, NmService *service, const NmDoor *door, GError **error)
{
  GPtrArray *profiles = nm_service_get_profiles (service);

  for (guint i = 0; i < profiles->len; i++)
    {
      const NmProfile *profile = g_ptr_array_index (profiles, i);
      const char *name = nm_service_get_name (service, door, profile);
      g_autofree char *escaped = name != NULL ? nm_name_escape (name) : NULL;
      g_autofree char *prefix = name != NULL ? g_strconcat (escaped, "/", NULL) : NULL;

      if (name == NULL)
        continue;
      oma_node_list_add (list, escaped, NULL);
      if (!read_profile (list, door, profile, name, "", prefix, error))
        return FALSE;
    }
  return TRUE;
}

static void
read_loaded (NmService *service, const NmPath *path, const NmProfile *profile, const char *child G_GNUC_UNUSED,
             GTask *task)
{
  g_autoptr(OmaNodeList) list = oma_node_list_new ();
  g_autofree char *below = nm_path_to_relative (path);
  GError *error = NULL;
  gboolean ok;

  ok = profile != NULL ? read_profile (list, path->door, profile, path->name, below, "", &error)
                       : read_all (list, service, path->door, &error);
  if (ok)
    g_task_return_pointer (task, g_steal_pointer (&list), (GDestroyNotify) oma_node_list_free);
  else
    g_task_return_error (task, error);
}

static void
read_node (gpointer self, const OmaNodeRef *node, GTask *task)
{
  start_reading (self, node, NULL, read_loaded, task);
}

/* ---- Writing profiles: noted in the unit's copy ---- */

typedef enum {
  WRITE_ADD,
  WRITE_REPLACE,
  WRITE_REMOVE,
} WriteKind;

typedef struct {
  NmUnit   *unit;
  NmPath    path;
  WriteKind kind;
  OmaValue *value;
} Write;

static void
write_free (gpointer data)
{
  Write *write = data;

  nm_path_clear (&write->path);
  g_clear_pointer (&write->value, oma_value_unref);
  g_free (write);
}

static gboolean
remove_profile (const NmPath *path, NmChange *change, GError **error)
{
  /* What is not complete is in no profile yet. */
  if (path->door->remove != NULL && change->path != NULL)
    return path->door->remove (change->after, path->name, error);
  g_clear_object (&change->after);
  return TRUE;
}

static gboolean
do_write (Write *write, NmChange *change, GError **error)
{
  if (write->kind == WRITE_REMOVE)
    return nm_tree_is_whole (&write->path) ? remove_profile (&write->path, change, error)
                                           : nm_tree_remove (&write->path, change->after, error);
  if (write->path.n_segments == 0)
    return TRUE;
  return write->kind == WRITE_ADD ? nm_tree_add (&write->path, change->after, write->value, error)
                                  : nm_tree_replace (&write->path, change->after, write->value, error);
}

static void
edited (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Write *write = g_task_get_task_data (task);
  GError *error = NULL;
  NmChange *change = nm_unit_edit_finish (write->unit, result, &error);
  g_autoptr(NMConnection) kept = NULL;

  if (change != NULL && change->after != NULL)
    kept = nm_simple_connection_new_clone (change->after);
  if (change != NULL && do_write (write, change, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  /* What failed leaves nothing behind. */
  if (change != NULL)
    g_set_object (&change->after, kept);
  g_task_return_error (task, error);
}

static void
start_writing (NmService *service, const OmaNodeRef *node, WriteKind kind, OmaValue *value,
               OmaPluginTransaction *transaction, GTask *task)
{
  Write *write = g_new0 (Write, 1);
  GError *error = NULL;

  write->unit = nm_unit_get (service, transaction);
  write->kind = kind;
  write->value = value != NULL ? oma_value_ref (value) : NULL;
  g_task_set_task_data (task, write, write_free);
  if (!nm_path_init (&write->path, oma_node_ref_get_uri (node), &error))
    g_task_return_error (task, error);
  else
    nm_unit_edit_async (write->unit, &write->path, kind == WRITE_ADD && write->path.n_segments == 0, task, edited,
                        g_object_ref (task));
}

static void
add_node (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  start_writing (self, node, WRITE_ADD, value, transaction, task);
}

static void
replace_node (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  start_writing (self, node, WRITE_REPLACE, value, transaction, task);
}

static void
remove_node (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  start_writing (self, node, WRITE_REMOVE, NULL, transaction, task);
}

/* ---- Units of work ---- */

static void
validate (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  nm_unit_validate (nm_unit_get (self, transaction), transaction, task);
}

static void
commit (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  nm_unit_commit (nm_unit_get (self, transaction), task);
}

static void
roll_back (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  nm_unit_roll_back (nm_unit_get (self, transaction), task);
}

static void
confirm (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  nm_unit_confirm (nm_unit_get (self, transaction), task);
}

static void
undo (gpointer self, GBytes *data, GTask *task)
{
  NmUnit *unit = nm_undo_unpack (self, data);

  if (unit == NULL)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                               "What was kept of the unit of work is not understood");
      return;
    }
  g_object_set_data_full (G_OBJECT (task), "omadm-unit", unit, (GDestroyNotify) nm_unit_free);
  nm_undo_run (unit, task);
}

/* ---- The plugin ---- */

static gboolean
networkmanager_init (OmaPluginHost *host, gpointer *self, GError **error G_GNUC_UNUSED)
{
  nm_machine_set_up (host);
  *self = nm_service_new (host);
  return TRUE;
}

static void
networkmanager_shutdown (gpointer self)
{
  nm_service_free (self);
}

static const char *const bus_names[] = { NM_DBUS_SERVICE, NULL };

static const char *const actions[] = {
  "org.freedesktop.NetworkManager.settings.modify.system",
  "org.freedesktop.NetworkManager.network-control",
  "org.freedesktop.NetworkManager.checkpoint-rollback",
  "org.freedesktop.NetworkManager.enable-disable-wifi",
  "org.freedesktop.NetworkManager.enable-disable-wwan",
  "org.freedesktop.NetworkManager.wifi.scan",
  NULL,
};

static OmaNodeHandler handlers[MAX_HANDLERS];

static OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "networkmanager",
  .version = OMADM_VERSION,
  .ddf = "networkmanager.ddf.xml",
  .handlers = handlers,
  .init = networkmanager_init,
  .shutdown = networkmanager_shutdown,
  .validate = validate,
  .commit = commit,
  .roll_back = roll_back,
  .undo = undo,
  .confirm = confirm,
  .bus_names = bus_names,
  .actions = actions,
};

/* Two for each door: for the node of all profiles, and for all below it. */
static void
add_door (const NmDoor *door)
{
  OmaNodeHandler top = {
    .struct_size = sizeof (OmaNodeHandler), .node = door->root,
    .list = list_node, .exists = node_exists, .read = read_node, .flags = OMA_HANDLER_FOLLOWED,
  };
  OmaNodeHandler below = {
    .struct_size = sizeof (OmaNodeHandler), .node = g_strconcat (door->root, "/**", NULL),
    .list = list_node, .exists = node_exists, .read = read_node, .get = get_node,
    .add = add_node, .replace = replace_node, .remove = remove_node, .flags = OMA_HANDLER_PROVISIONAL,
  };

  g_assert (descriptor.n_handlers + 2 <= MAX_HANDLERS);
  handlers[descriptor.n_handlers++] = top;
  handlers[descriptor.n_handlers++] = below;
}

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  gsize n;
  const OmaNodeHandler *others = nm_status_get_handlers (&n);

  if (descriptor.n_handlers > 0)
    return &descriptor;
  for (const NmDoor *const *door = nm_doors; *door != NULL; door++)
    add_door (*door);
  for (gsize i = 0; i < n && descriptor.n_handlers < MAX_HANDLERS; i++)
    handlers[descriptor.n_handlers++] = others[i];
  return &descriptor;
}
