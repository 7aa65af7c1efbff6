/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-change-private.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- Commit ---- */

static void
run_afters (PkWalk *walk)
{
  for (guint i = 0; walk->change != NULL && i < walk->change->afters->len; i++)
    ((void (*) (Pk *)) g_ptr_array_index (walk->change->afters, i)) (walk->pk);
  for (guint i = 0; walk->change != NULL && i < walk->change->files->len; i++)
    g_unlink (g_ptr_array_index (walk->change->files, i));
  /* A daemon that was started anew does not know what was undone: its plan may be that of the policy before. */
  if (walk->change == NULL)
    pk_update_policy_changed (walk->pk);
  pk_inventory_invalidate (walk->pk->inventory);
}

static void
jobs_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PkWalk *walk = user_data;
  GError *error = NULL;

  if (oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    run_afters (walk);
  pk_walk_end (walk, error);
}

static void
state_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PkWalk *walk = user_data;
  GError *error = NULL;

  if (!oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    pk_walk_end (walk, error);
  else
    pk_store_save_async (walk->pk->jobs, jobs_saved, walk);
}

static void
save_all (PkWalk *walk)
{
  pk_store_save_async (walk->pk->state, state_saved, walk);
}

static void
commit_stores (PkWalk *walk)
{
  for (guint i = 0; i < walk->change->intents->len; i++)
    {
      const PkIntent *intent = g_ptr_array_index (walk->change->intents, i);

      if (intent->kind == PK_INTENT_SET)
        pk_store_set (intent->store, intent->name, intent->key, intent->value);
      else if (intent->kind == PK_INTENT_REMOVE)
        pk_store_remove (intent->store, intent->name);
    }
  save_all (walk);
}

static void
installed (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    pk_walk_end (walk, pk_error_to_status (error));
  else
    commit_stores (walk);
}

static void
commit_installs (PkWalk *walk)
{
  if (walk->change->install_ids != NULL)
    pk_walk_ask (walk, "InstallPackages",
                 g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED, pk_walk_make_ids (walk->change->install_ids)), TRUE,
                 installed);
  else
    commit_stores (walk);
}

static void
removed (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    pk_walk_end (walk, pk_error_to_status (error));
  else
    commit_installs (walk);
}

static void
commit_removals (PkWalk *walk)
{
  if (walk->change->remove_ids != NULL && walk->change->remove_ids[0] != NULL)
    pk_walk_ask (walk, "RemovePackages",
                 g_variant_new ("(t@asbb)", PK_FLAG_ONLY_TRUSTED, pk_walk_make_ids (walk->change->remove_ids), FALSE,
                                FALSE),
                 TRUE, removed);
  else
    commit_installs (walk);
}

static void
commit_next_repository (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  GPtrArray *intents = walk->change->intents;

  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  while ((gsize) walk->next < intents->len)
    {
      const PkIntent *intent = g_ptr_array_index (intents, walk->next++);

      if (intent->kind != PK_INTENT_REPOSITORY)
        continue;
      pk_walk_ask (walk, "RepoEnable", g_variant_new ("(sb)", intent->name, strcmp (intent->value, "true") == 0), TRUE,
           commit_next_repository);
      return;
    }
  commit_removals (walk);
}

/**
 * pk_commit:
 * @self: the plugin
 * @transaction: a unit of work that was validated
 * @task: returns whether it is done
 */
void
pk_commit (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  PkWalk *walk = pk_walk_new (self, transaction, task);

  walk->commits = TRUE;
  walk->change->began = walk->change->committing = TRUE;
  commit_next_repository (walk, NULL, NULL);
}

/* ---- Undo ---- */

/* The identifiers or names of the packages of one kind in the undo data. */
static GStrv
list_packages (GVariant *undo, const char *kind, gboolean names)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  const char *what, *name, *arch, *before;
  GVariantIter iter;

  g_variant_iter_init (&iter, undo);
  while (g_variant_iter_next (&iter, "(&s&s&s&s)", &what, &name, &arch, &before))
    if (strcmp (what, kind) == 0 && names)
      g_strv_builder_add (builder, name);
    else if (strcmp (what, kind) == 0)
      {
        g_autofree char *id = strcmp (kind, "removed") == 0 ? g_strdup (before)
                                                            : g_strjoin (";", name, before, arch, "", NULL);

        g_strv_builder_add (builder, id);
      }
  return g_strv_builder_end (builder);
}

static const PkPackage *
find_installed (const PkResult *result, const PkPackage *like)
{
  for (guint i = 0; i < result->packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (result->packages, i);

      if (package->info == PK_INFO_INSTALLED && strcmp (package->name, like->name) == 0 &&
          strcmp (package->arch, like->arch) == 0)
        return package;
    }
  return NULL;
}

/* Those of @ids that nobody has changed since: of what is to go, all but other versions, also what is there half
 * and so counts as not installed; of what is to come back, those that are not there. */
static GStrv
leave_others (GStrv ids, const PkResult *result, gboolean back)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autoptr(PkPackage) package = pk_package_new (0, ids[i], "");
      const PkPackage *there = package != NULL ? find_installed (result, package) : NULL;

      if (package != NULL && (there == NULL || (!back && strcmp (there->version, package->version) == 0)))
        g_strv_builder_add (builder, ids[i]);
    }
  return g_strv_builder_end (builder);
}

static void
undo_last (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    pk_walk_end (walk, pk_error_to_status (error));
  else
    save_all (walk);
}

static void
undo_removals_resolved (PkWalk *walk, PkResult *result, const GError *error)
{
  g_auto(GStrv) all = list_packages (walk->undo, "removed", FALSE);
  g_auto(GStrv) ids = NULL;

  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  ids = leave_others (all, result, TRUE);
  if (ids[0] != NULL)
    pk_walk_ask (walk, "InstallPackages", g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED, pk_walk_make_ids (ids)), TRUE,
                 undo_last);
  else
    save_all (walk);
}

static void
undo_removals (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  g_auto(GStrv) names = list_packages (walk->undo, "removed", TRUE);

  if (error != NULL)
    pk_walk_end (walk, pk_error_to_status (error));
  else if (names[0] != NULL)
    pk_walk_ask (walk, "Resolve", g_variant_new ("(t@as)", PK_FILTER_NONE, pk_walk_make_ids (names)), TRUE,
                 undo_removals_resolved);
  else
    save_all (walk);
}

static void
undo_installs_resolved (PkWalk *walk, PkResult *result, const GError *error)
{
  g_auto(GStrv) all = list_packages (walk->undo, "installed", FALSE);
  g_auto(GStrv) ids = NULL;

  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  ids = leave_others (all, result, FALSE);
  if (ids[0] != NULL)
    pk_walk_ask (walk, "RemovePackages",
                 g_variant_new ("(t@asbb)", PK_FLAG_ONLY_TRUSTED, pk_walk_make_ids (ids), FALSE, FALSE), TRUE,
                 undo_removals);
  else
    undo_removals (walk, NULL, NULL);
}

static void
undo_installs (PkWalk *walk)
{
  g_auto(GStrv) names = list_packages (walk->undo, "installed", TRUE);

  if (names[0] != NULL)
    pk_walk_ask (walk, "Resolve", g_variant_new ("(t@as)", PK_FILTER_NONE, pk_walk_make_ids (names)), TRUE,
                 undo_installs_resolved);
  else
    undo_removals (walk, NULL, NULL);
}

/* Newest first; packages, which go together, at the end. */
static void
undo_next (PkWalk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    {
      pk_walk_end (walk, pk_error_to_status (error));
      return;
    }
  while (--walk->next >= 0)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (walk->undo, walk->next);
      const char *what, *name, *before;

      g_variant_get (entry, "(&s&s&s&s)", &what, &name, NULL, &before);
      if (strcmp (what, "repository") == 0)
        {
          pk_walk_ask (walk, "RepoEnable", g_variant_new ("(sb)", name, strcmp (before, "true") == 0), TRUE, undo_next);
          return;
        }
      if (strcmp (what, "state") == 0 || strcmp (what, "jobs") == 0)
        pk_store_restore (strcmp (what, "jobs") == 0 ? walk->pk->jobs : walk->pk->state, name, before);
    }
  undo_installs (walk);
}

static void
undo_all (PkWalk *walk, GVariant *undo)
{
  walk->undo = g_variant_ref (undo);
  walk->next = (gssize) g_variant_n_children (undo);
  undo_next (walk, NULL, NULL);
}

/**
 * pk_walk_undo:
 * @pk: the plugin
 * @change: a unit of work that was begun to commit
 * @task: returns whether it is undone
 */
void
pk_walk_undo (Pk *pk, PkChange *change, GTask *task)
{
  PkWalk *walk = pk_walk_new (pk, NULL, task);

  walk->change = change;
  change->ref_count++;
  g_ptr_array_set_size (change->files, 0);
  undo_all (walk, change->undo);
}

/**
 * pk_roll_back:
 * @self: the plugin
 * @transaction: a unit of work that came to nothing
 * @task: returns whether it is undone
 */
void
pk_roll_back (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  PkChange *change = pk_change_get (self, transaction);

  if (!change->began || change->undo == NULL)
    g_task_return_boolean (task, TRUE);
  else if (change->committing)
    {
      change->roll_back = g_object_ref (task);
      g_cancellable_cancel (change->patience);
    }
  else
    pk_walk_undo (self, change, task);
}

/**
 * pk_undo:
 * @self: the plugin
 * @data: what was there before a unit of work of an earlier run
 * @task: returns whether it is undone
 */
void
pk_undo (gpointer self, GBytes *data, GTask *task)
{
  g_autoptr(GVariant) undo = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (PK_UNDO_TYPE), data, FALSE));

  undo_all (pk_walk_new (self, NULL, task), undo);
}
