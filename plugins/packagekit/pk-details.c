/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-details.h"

#include "pk-transaction.h"

#include <string.h>

/* What still has to be asked for, of one list. */
typedef struct {
  PkDetails *details;
  GPtrArray *packages;
  GPtrArray *ids;
  guint      next;
  GQueue     waiting;          /* GTask */
} Load;

struct _PkDetails {
  int            ref_count;
  OmaPluginHost *host;
  GHashTable    *known;        /* "name;version;arch" -> PkDetail */
  GPtrArray     *complete;     /* (nullable): the list of which all is known */
  Load          *load;         /* (nullable): the one under way */
};

static void
detail_free (PkDetail *detail)
{
  g_free (detail->description);
  g_free (detail->url);
  g_free (detail);
}

/* The origin in an identifier is another one in each answer. */
static char *
make_key (const PkPackage *package)
{
  return g_strjoin (";", package->name, package->version, package->arch, NULL);
}

/**
 * pk_details_new:
 * @host: the plugin's host
 *
 * Returns: (transfer full): what is known of packages: nothing yet
 */
PkDetails *
pk_details_new (OmaPluginHost *host)
{
  PkDetails *self = g_new0 (PkDetails, 1);

  self->ref_count = 1;
  self->host = g_object_ref (host);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) detail_free);
  return self;
}

/**
 * pk_details_free:
 * @self: (transfer full): what is known of packages
 */
void
pk_details_free (PkDetails *self)
{
  if (--self->ref_count > 0)
    return;
  g_hash_table_unref (self->known);
  g_clear_pointer (&self->complete, g_ptr_array_unref);
  g_object_unref (self->host);
  g_free (self);
}

/**
 * pk_details_find:
 * @self: what is known of packages
 * @package: a package
 *
 * Returns: (transfer none) (nullable): what PackageKit says of it, when that was asked for
 */
const PkDetail *
pk_details_find (PkDetails *self, const PkPackage *package)
{
  g_autofree char *key = make_key (package);

  return g_hash_table_lookup (self->known, key);
}

static char *
dup_text (GVariant *answer, const char *key)
{
  const char *text = "";

  g_variant_lookup (answer, key, "&s", &text);
  return g_strdup (text);
}

static void
take_detail (PkDetails *self, GVariant *answer)
{
  g_autofree char *id = dup_text (answer, "package-id");
  g_autoptr(PkPackage) package = pk_package_new (0, id, "");
  PkDetail *detail;

  if (package == NULL)
    return;
  detail = g_new0 (PkDetail, 1);
  detail->description = dup_text (answer, "description");
  detail->url = dup_text (answer, "url");
  g_variant_lookup (answer, "size", "t", &detail->size);
  g_hash_table_replace (self->known, make_key (package), detail);
}

/* ---- Asking ---- */

static void ask_next (Load *load);

/* Takes @load. */
static void
end (Load *load, const GError *error)
{
  PkDetails *self = load->details;
  GTask *task;

  if (self->load == load)
    self->load = NULL;
  if (error == NULL)
    {
      g_clear_pointer (&self->complete, g_ptr_array_unref);
      self->complete = g_ptr_array_ref (load->packages);
    }
  while ((task = g_queue_pop_head (&load->waiting)) != NULL)
    {
      if (error != NULL)
        g_task_return_error (task, pk_error_to_status (error));
      else
        g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
  g_ptr_array_unref (load->packages);
  g_ptr_array_unref (load->ids);
  g_free (load);
  pk_details_free (self);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Load *load = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PkResult) said = pk_transaction_run_finish (OMA_PLUGIN_HOST (source), result, &error);

  if (said == NULL)
    {
      end (load, error);
      return;
    }
  for (guint i = 0; i < said->details->len; i++)
    take_detail (load->details, g_ptr_array_index (said->details, i));
  ask_next (load);
}

static void
ask_next (Load *load)
{
  guint n = MIN (load->ids->len - load->next, PK_DETAILS_PORTION);
  GVariant *ids;

  if (n == 0)
    {
      end (load, NULL);
      return;
    }
  ids = g_variant_new_strv ((const char *const *) load->ids->pdata + load->next, n);
  load->next += n;
  pk_transaction_run_async (load->details->host, "GetDetails", g_variant_new ("(@as)", ids), NULL, NULL, NULL,
                            answered_cb, load);
}

/* What went away or has another version is not needed any more; the list is that of all. */
static void
forget (PkDetails *self, GPtrArray *packages)
{
  g_autoptr(GHashTable) there = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  const char *key;

  if (g_hash_table_size (self->known) <= 2 * packages->len)
    return;
  for (guint i = 0; i < packages->len; i++)
    g_hash_table_add (there, make_key (g_ptr_array_index (packages, i)));
  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, NULL))
    if (!g_hash_table_contains (there, key))
      g_hash_table_iter_remove (&iter);
}

static Load *
load_new (PkDetails *self, GPtrArray *packages)
{
  Load *load = g_new0 (Load, 1);

  self->ref_count++;
  load->details = self;
  load->packages = g_ptr_array_ref (packages);
  load->ids = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&load->waiting);
  for (guint i = 0; i < packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (packages, i);

      if (pk_details_find (self, package) == NULL)
        g_ptr_array_add (load->ids, g_strdup (package->id));
    }
  return load;
}

/**
 * pk_details_load_async:
 * @self: what is known of packages
 * @packages: (element-type PkPackage): all that are installed; a list that never changes
 * @cancellable: (nullable): ends the wait
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Asks for what is not known of them: one transaction for %PK_DETAILS_PORTION packages.  Who asks for the same list
 * meanwhile waits for the same answer.
 */
void
pk_details_load_async (PkDetails *self, GPtrArray *packages, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (self->host, cancellable, callback, user_data);

  g_task_set_source_tag (task, pk_details_load_async);
  if (self->complete == packages)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
  else if (self->load != NULL && self->load->packages == packages)
    g_queue_push_tail (&self->load->waiting, task);
  else
    {
      forget (self, packages);
      self->load = load_new (self, packages);
      g_queue_push_tail (&self->load->waiting, task);
      ask_next (self->load);
    }
}

/**
 * pk_details_load_finish:
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: whether all is known that PackageKit knows
 */
gboolean
pk_details_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
