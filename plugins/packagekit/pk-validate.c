/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-change-private.h"
#include "pk-index.h"

#include <string.h>

/* Asks PackageKit what would come of a unit of work, and fetches what doing and undoing it needs. */

static void validate_repositories (PkWalk *walk);

static void
validated (PkWalk *walk)
{
  PkChange *change = walk->change;
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GBytes) data = NULL;

  for (guint i = 0; i < change->intents->len; i++)
    {
      const PkIntent *intent = g_ptr_array_index (change->intents, i);
      const char *what = intent->store == walk->pk->jobs ? "jobs" : "state";
      g_autofree char *before = NULL;

      if (intent->kind == PK_INTENT_REPOSITORY || !g_hash_table_add (seen, g_strconcat (what, intent->name, NULL)))
        continue;
      before = pk_store_dump (intent->store, intent->name);
      pk_walk_add_undo (walk, what, intent->name, "", before);
    }
  change->undo = g_variant_ref_sink (g_variant_builder_end (walk->builder));
  data = g_variant_get_data_as_bytes (change->undo);
  oma_plugin_transaction_set_undo_data (walk->transaction, data);
  pk_walk_end (walk, NULL);
}

static const PkIntent *
find_repository_intent (const PkChange *change, const char *id)
{
  for (guint i = 0; i < change->intents->len; i++)
    {
      const PkIntent *intent = g_ptr_array_index (change->intents, i);

      if (intent->kind == PK_INTENT_REPOSITORY && strcmp (intent->name, id) == 0)
        return intent;
    }
  return NULL;
}

static guint
count_repositories (const PkChange *change)
{
  guint n = 0;

  for (guint i = 0; i < change->intents->len; i++)
    n += ((const PkIntent *) g_ptr_array_index (change->intents, i))->kind == PK_INTENT_REPOSITORY;
  return n;
}

static void
repositories_listed (PkWalk *walk, PkResult *result, const GError *error)
{
  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  for (guint i = 0; i < result->repositories->len; i++)
    {
      const PkRepository *repository = g_ptr_array_index (result->repositories, i);

      if (find_repository_intent (walk->change, repository->id) != NULL)
        pk_walk_add_undo (walk, "repository", repository->id, "", repository->enabled ? "true" : "false");
    }
  validated (walk);
}

static void
validate_repositories (PkWalk *walk)
{
  if (count_repositories (walk->change) > 0)
    pk_walk_ask (walk, "GetRepoList", g_variant_new ("(t)", PK_FILTER_NONE), FALSE, repositories_listed);
  else
    validated (walk);
}

static void
removed_fetched (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    pk_walk_refuse (walk, OMA_STATUS_NOT_ALLOWED, error->message,
            "What would have to be installed again cannot be fetched, so the removal could not be undone:");
  else
    validate_repositories (walk);
}

static void
removed_checked (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  PkWalk *walk = user_data;
  g_autoptr(GError) error = NULL;

  if (!pk_index_has_finish (result, &error))
    pk_walk_refuse (walk, OMA_STATUS_NOT_ALLOWED, error->message, "The removal could not be undone:");
  else
    pk_walk_ask (walk, "DownloadPackages",
                 g_variant_new ("(b@as)", TRUE, pk_walk_make_ids (walk->change->remove_ids)), FALSE, removed_fetched);
}

static gboolean
is_wanted (const PkWalk *walk, const PkPackage *package)
{
  for (guint i = 0; walk->change->remove_ids[i] != NULL; i++)
    if (strcmp (walk->change->remove_ids[i], package->id) == 0)
      return TRUE;
  return FALSE;
}

static void
removal_simulated (PkWalk *walk, PkResult *result, const GError *error)
{
  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  for (guint i = 0; i < result->packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (result->packages, i);
      g_autofree char *id = pk_package_dup_repository_id (package);

      if (!is_wanted (walk, package))
        {
          pk_walk_refuse (walk, OMA_STATUS_NOT_ALLOWED, "would be removed as well", package->name);
          return;
        }
      pk_walk_add_undo (walk, "removed", package->name, package->arch, id);
    }
  pk_index_has_async (walk->pk->lists, (const char *const *) walk->change->remove_ids, removed_checked, walk);
}

static void
inventory_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  PkWalk *walk = user_data;
  PkChange *change = walk->change;
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();
  GError *error = NULL;

  if (!pk_inventory_load_finish (result, &error))
    {
      pk_walk_end (walk, error);
      return;
    }
  for (guint i = 0; i < change->uninstalls->len; i++)
    {
      const PkPackage *package = pk_inventory_find (walk->pk->inventory, g_ptr_array_index (change->uninstalls, i));

      /* One that is gone already needs no removal. */
      if (package != NULL)
        g_strv_builder_add (ids, package->id);
    }
  change->remove_ids = g_strv_builder_end (ids);
  if (change->remove_ids[0] == NULL)
    validate_repositories (walk);
  else
    pk_walk_ask (walk, "RemovePackages",
                 g_variant_new ("(t@asbb)", PK_FLAG_ONLY_TRUSTED | PK_FLAG_SIMULATE,
                                pk_walk_make_ids (change->remove_ids), FALSE, FALSE),
                 FALSE, removal_simulated);
}

static void
validate_removals (PkWalk *walk)
{
  if (walk->change->uninstalls->len > 0)
    pk_inventory_load_async (walk->pk->inventory, g_task_get_cancellable (walk->task), inventory_cb, walk);
  else
    validate_repositories (walk);
}

static void
install_fetched (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    pk_walk_end (walk, pk_error_to_status (error));
  else
    validate_removals (walk);
}

static void
install_simulated (PkWalk *walk, PkResult *result, const GError *error)
{
  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  for (guint i = 0; i < result->packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (result->packages, i);

      if (package->info != PK_INFO_INSTALLING)
        {
          pk_walk_refuse (walk, OMA_STATUS_NOT_ALLOWED, "would be changed as well, which could not be undone",
                          package->name);
          return;
        }
      pk_walk_add_undo (walk, "installed", package->name, package->arch, package->version);
    }
  pk_walk_ask (walk, "InstallPackages",
               g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED | PK_FLAG_ONLY_DOWNLOAD,
                              pk_walk_make_ids (walk->change->install_ids)),
               FALSE, install_fetched);
}

static void
install_resolved (PkWalk *walk, PkResult *result, const GError *error)
{
  PkChange *change = walk->change;
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();

  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  for (guint i = 0; i < change->installs->len; i++)
    {
      const char *name = g_ptr_array_index (change->installs, i);
      const PkPackage *installed = NULL, *candidate = NULL;

      for (guint j = 0; j < result->packages->len; j++)
        {
          const PkPackage *package = g_ptr_array_index (result->packages, j);

          if (strcmp (package->name, name) == 0)
            *(package->info == PK_INFO_INSTALLED ? &installed : &candidate) = package;
        }
      if (installed != NULL || candidate == NULL)
        {
          pk_walk_refuse (walk, installed != NULL ? OMA_STATUS_ALREADY_EXISTS : OMA_STATUS_NOT_FOUND,
                  installed != NULL ? "is installed already" : "is in no repository", name);
          return;
        }
      g_strv_builder_add (ids, candidate->id);
    }
  change->install_ids = g_strv_builder_end (ids);
  pk_walk_ask (walk, "InstallPackages",
       g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED | PK_FLAG_SIMULATE, pk_walk_make_ids (change->install_ids)), FALSE,
       install_simulated);
}

/**
 * pk_validate:
 * @self: the plugin
 * @transaction: a unit of work
 * @task: returns whether it can be done and undone
 */
void
pk_validate (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  PkWalk *walk = pk_walk_new (self, transaction, task);
  GPtrArray *installs = walk->change->installs;

  walk->builder = g_variant_builder_new (G_VARIANT_TYPE (PK_UNDO_TYPE));
  if (installs->len > 0)
    pk_walk_ask (walk, "Resolve",
         g_variant_new ("(t@as)", PK_FILTER_NONE,
                        g_variant_new_strv ((const char *const *) installs->pdata, installs->len)),
         FALSE, install_resolved);
  else
    validate_removals (walk);
}
