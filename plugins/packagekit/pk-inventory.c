/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-inventory.h"

#include "pk-transaction.h"

#include <glib/gstdio.h>
#include <string.h>

#define QUIET 500                  /* ms without a change until the new list is asked for */
#define PATIENCE 5000              /* ms until the last list has to do, while PackageKit works for somebody */

struct _PkInventory {
  OmaPluginHost     *host;
  const char        *method;
  guint64            filter;
  PkInventoryChanged changed;
  gpointer           user_data;
  char              *status_file;
  guint64            status;       /* what it was when the list was asked for */
  GFileMonitor      *monitor;
  guint              updates;      /* subscriptions */
  guint              timer;
  guint              patience;     /* ms */
  guint              late;         /* timer of who waits */

  GHashTable        *packages;     /* (nullable) node name -> PkPackage in all */
  GPtrArray         *all;          /* PkPackage by name, owned */
  gboolean           stale;
  guint              generation;   /* of the last change */
  gboolean           loading;
  guint              loading_generation;
  GQueue             waiting;      /* GTask */
  gboolean           busy;
  int                ref_count;
};

static void load (PkInventory *self);

static PkInventory *
inventory_ref (PkInventory *self)
{
  self->ref_count++;
  return self;
}

static void
inventory_unref (PkInventory *self)
{
  if (--self->ref_count > 0)
    return;
  g_clear_pointer (&self->packages, g_hash_table_unref);
  g_clear_pointer (&self->all, g_ptr_array_unref);
  g_object_unref (self->host);
  g_free (self->status_file);
  g_free (self);
}

/* ---- Changes ---- */

static gboolean
load_cb (gpointer user_data)
{
  PkInventory *self = user_data;

  self->timer = 0;
  if (self->packages == NULL)
    /* Nobody has asked yet: which ones is not known, nor of interest. */
    self->changed (NULL, OMA_CHANGE_REPLACED, self->user_data);
  else if (!self->loading && !self->busy)
    load (self);
  return G_SOURCE_REMOVE;
}

/**
 * pk_inventory_invalidate:
 * @self: the inventory
 *
 * What is installed may have changed.
 */
void
pk_inventory_invalidate (PkInventory *self)
{
  self->stale = TRUE;
  self->generation++;
  if (self->changed == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (QUIET, load_cb, self);
}

/* dpkg replaces the file with each step. */
static void
file_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file G_GNUC_UNUSED, GFile *other G_GNUC_UNUSED,
              GFileMonitorEvent event, gpointer user_data)
{
  if (event != G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED && event != G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT)
    pk_inventory_invalidate (user_data);
}

static void
signal_cb (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
           const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED,
           GVariant *parameters G_GNUC_UNUSED, gpointer user_data)
{
  pk_inventory_invalidate (user_data);
}

/**
 * pk_inventory_set_busy:
 * @self: the inventory
 * @busy: whether PackageKit works for us on packages
 *
 * As long as it does, what was known before is told at once instead of waiting for its end.
 */
void
pk_inventory_set_busy (PkInventory *self, gboolean busy)
{
  if (self->busy && !busy)
    pk_inventory_invalidate (self);
  self->busy = busy;
}

/* ---- The list ---- */

static int
compare_packages (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const PkPackage *const *) a)->name, (*(const PkPackage *const *) b)->name);
}

/* A package that is there for several architectures gets a node for each. */
static void
name_nodes (GPtrArray *all, GHashTable *packages)
{
  const char *before = "";

  for (guint i = 0; i < all->len; i++)
    {
      PkPackage *package = g_ptr_array_index (all, i);
      const PkPackage *next = i + 1 < all->len ? g_ptr_array_index (all, i + 1) : NULL;
      gboolean alone = strcmp (before, package->name) != 0 &&
                       (next == NULL || strcmp (next->name, package->name) != 0);

      package->node = alone ? g_strdup (package->name) : g_strconcat (package->name, ":", package->arch, NULL);
      g_hash_table_insert (packages, package->node, package);
      before = package->name;
    }
}

/* Which are new, gone, or another version. */
static void
tell_changes (PkInventory *self, GHashTable *old, GHashTable *packages)
{
  GHashTableIter iter;
  const char *name;
  const PkPackage *package;

  g_hash_table_iter_init (&iter, packages);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &package))
    {
      const PkPackage *before = g_hash_table_lookup (old, name);

      if (before == NULL)
        self->changed (name, OMA_CHANGE_ADDED, self->user_data);
      else if (strcmp (before->version, package->version) != 0)
        self->changed (name, OMA_CHANGE_REPLACED, self->user_data);
    }
  g_hash_table_iter_init (&iter, old);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, NULL))
    if (!g_hash_table_contains (packages, name))
      self->changed (name, OMA_CHANGE_DELETED, self->user_data);
}

/* With two entries of one package, of which one is that of a repository, PackageKit gives the same twice. */
static gboolean
is_new (GHashTable *seen, const PkPackage *package)
{
  return g_hash_table_add (seen, g_strdup_printf ("%s;%s;%s", package->name, package->version, package->arch));
}

static void
take_list (PkInventory *self, PkResult *result)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) pk_package_free);
  GHashTable *packages = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < result->packages->len; i++)
    if (is_new (seen, g_ptr_array_index (result->packages, i)))
      g_ptr_array_add (all, g_steal_pointer (&result->packages->pdata[i]));
  g_ptr_array_sort (all, compare_packages);
  name_nodes (all, packages);
  self->stale = self->loading_generation != self->generation;
  if (self->packages != NULL)
    tell_changes (self, self->packages, packages);
  g_clear_pointer (&self->packages, g_hash_table_unref);
  g_clear_pointer (&self->all, g_ptr_array_unref);
  self->packages = packages;
  self->all = all;
}

static void
answer_all (PkInventory *self, const GError *error)
{
  GQueue waiting = self->waiting;
  GTask *task;

  g_clear_handle_id (&self->late, g_source_remove);
  g_queue_init (&self->waiting);
  while ((task = g_queue_pop_head (&waiting)) != NULL)
    {
      if (error == NULL)
        g_task_return_boolean (task, TRUE);
      else
        g_task_return_error (task, pk_error_to_status (error));
      g_object_unref (task);
    }
}

static gboolean
late_cb (gpointer user_data)
{
  PkInventory *self = user_data;

  self->late = 0;
  answer_all (self, NULL);
  return G_SOURCE_REMOVE;
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PkInventory *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PkResult) list = pk_transaction_run_finish (OMA_PLUGIN_HOST (source), result, &error);

  self->loading = FALSE;
  if (list != NULL && self->changed != NULL)
    take_list (self, list);
  answer_all (self, list != NULL ? NULL : error);
  inventory_unref (self);
}

/* The monitor tells of a change a moment later, which may be too late for who asks. */
static guint64
read_status (const PkInventory *self)
{
  GStatBuf st;

  if (g_stat (self->status_file, &st) != 0)
    return 0;
  return ((guint64) st.st_mtim.tv_sec * 1000000000 + (guint64) st.st_mtim.tv_nsec) ^ ((guint64) st.st_ino << 20);
}

static void
load (PkInventory *self)
{
  self->loading = TRUE;
  self->status = read_status (self);
  self->loading_generation = self->generation;
  pk_transaction_run_async (self->host, self->method, g_variant_new ("(t)", self->filter), NULL, NULL, NULL, loaded_cb,
                            inventory_ref (self));
}

/**
 * pk_inventory_load_async:
 * @self: the inventory
 * @cancellable: (nullable): ends the wait
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes sure that the list is that of the machine.  Who asks meanwhile waits for the same answer.  When
 * PackageKit takes long, since it installs something for somebody, the list that it gave before is taken.
 */
void
pk_inventory_load_async (PkInventory *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self->host, cancellable, callback, user_data);

  g_task_set_source_tag (task, pk_inventory_load_async);
  if (self->packages != NULL && !self->stale && read_status (self) != self->status)
    pk_inventory_invalidate (self);
  if (self->packages != NULL && (!self->stale || self->busy))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_queue_push_tail (&self->waiting, task);
  if (self->packages != NULL && self->late == 0)
    self->late = g_timeout_add (self->patience, late_cb, self);
  if (!self->loading)
    load (self);
}

/**
 * pk_inventory_load_finish:
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: whether the list is there
 */
gboolean
pk_inventory_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * pk_inventory_set_patience:
 * @self: the inventory
 * @patience: in ms
 *
 * How long who asks waits for the present list before an earlier one has to do.
 */
void
pk_inventory_set_patience (PkInventory *self, guint patience)
{
  self->patience = patience;
}

/**
 * pk_inventory_get_all:
 * @self: the inventory, after pk_inventory_load_finish()
 *
 * Returns: (transfer none) (element-type PkPackage): what is installed, by name; a name is that of a node
 */
GPtrArray *
pk_inventory_get_all (PkInventory *self)
{
  return self->all;
}

/**
 * pk_inventory_find:
 * @self: the inventory, after pk_inventory_load_finish()
 * @name: name of a node
 *
 * Returns: (transfer none) (nullable): the package
 */
const PkPackage *
pk_inventory_find (PkInventory *self, const char *name)
{
  return self->packages != NULL ? g_hash_table_lookup (self->packages, name) : NULL;
}

/**
 * pk_inventory_new:
 * @host: the plugin's host
 * @method: (not nullable): a static string: what lists them, GetPackages or GetUpdates
 * @filter: its filter
 * @status_file: what dpkg writes with each change
 * @changed: told what changed; with a %NULL name when it is not known which
 * @user_data: for @changed
 *
 * Returns: (transfer full): an inventory that knows nothing yet
 */
PkInventory *
pk_inventory_new (OmaPluginHost *host, const char *method, guint64 filter, const char *status_file,
                  PkInventoryChanged changed, gpointer user_data)
{
  PkInventory *self = g_new0 (PkInventory, 1);
  g_autoptr(GFile) file = g_file_new_for_path (status_file);
  g_autoptr(GError) error = NULL;

  self->ref_count = 1;
  self->host = g_object_ref (host);
  self->status_file = g_strdup (status_file);
  self->method = method;
  self->filter = filter;
  self->changed = changed;
  self->user_data = user_data;
  self->patience = PATIENCE;
  g_queue_init (&self->waiting);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor != NULL)
    g_signal_connect (self->monitor, "changed", G_CALLBACK (file_changed), self);
  else
    g_warning ("What is installed without PackageKit is not noticed: %s", error->message);
  self->updates = oma_plugin_host_subscribe (host, PK_BUS_NAME, PK_OBJECT_PATH, PK_BUS_NAME, "UpdatesChanged", NULL,
                                             signal_cb, self);
  return self;
}

/**
 * pk_inventory_stop:
 * @self: the inventory
 *
 * Nothing is followed any more; who waits for the list still gets an answer.
 */
void
pk_inventory_stop (PkInventory *self)
{
  self->changed = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->late, g_source_remove);
  oma_plugin_host_unsubscribe (self->host, self->updates);
  self->updates = 0;
  if (self->monitor != NULL)
    g_file_monitor_cancel (self->monitor);
  g_clear_object (&self->monitor);
}

/**
 * pk_inventory_free:
 * @self: (transfer full): the inventory, stopped
 */
void
pk_inventory_free (PkInventory *self)
{
  pk_inventory_stop (self);
  inventory_unref (self);
}
