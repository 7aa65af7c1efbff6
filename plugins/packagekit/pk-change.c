/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-index.h"
#include "pk-private.h"

#include <glib/gstdio.h>
#include <string.h>

/* A unit of work: what is written is noted; validate asks PackageKit what would come of it, fetches what doing it and
 * undoing it needs, and refuses what could not be undone; commit does it.  What undoes it, in roll_back or after a
 * restart in undo, is a list of what was there before, and good to go through twice. */

#define UNDO_TYPE "a(ssss)"        /* what, name, key, before */

typedef enum {
  INTENT_SET,
  INTENT_REMOVE,
  INTENT_REPOSITORY,
} IntentKind;

typedef struct {
  IntentKind kind;
  PkStore   *store;
  char      *name;     /* of the group or repository */
  char      *key;
  char      *value;
} Intent;

struct _PkChange {
  int        ref_count;      /* the transaction's, and those of walks */
  Pk        *pk;
  GPtrArray *intents;
  GPtrArray *installs;       /* names of packages */
  GPtrArray *uninstalls;     /* names of nodes */
  GPtrArray *files;          /* of the spool, removed at the end */
  GPtrArray *afters;         /* functions */

  GStrv      install_ids;
  GStrv      remove_ids;
  GVariant  *undo;           /* what was there */
  gboolean   began;          /* to commit */
  gboolean   committing;
  GCancellable *patience;    /* of who waits for the commit */
  GTask     *roll_back;      /* (nullable): waits for the end of the commit */
};

/* A walk through the steps of a phase; frees itself with the last. */
typedef struct {
  Pk       *pk;
  PkChange *change;          /* (nullable): not of an undo after a restart */
  OmaPluginTransaction *transaction;
  GTask    *task;
  GVariant *undo;
  gssize    next;            /* repository or entry of the undo data */
  gboolean  repaired;
  gboolean  commits;
  GVariantBuilder *builder;  /* of the undo data */
} Walk;

typedef void (*Then) (Walk *walk, PkResult *result, const GError *error);

/* ---- What is noted ---- */

static void
intent_free (Intent *intent)
{
  g_free (intent->name);
  g_free (intent->key);
  g_free (intent->value);
  g_free (intent);
}

static void
change_unref (PkChange *change)
{
  if (--change->ref_count > 0)
    return;
  g_ptr_array_unref (change->intents);
  g_ptr_array_unref (change->installs);
  g_ptr_array_unref (change->uninstalls);
  g_ptr_array_unref (change->files);
  g_ptr_array_unref (change->afters);
  g_strfreev (change->install_ids);
  g_strfreev (change->remove_ids);
  g_clear_pointer (&change->undo, g_variant_unref);
  g_clear_object (&change->roll_back);
  g_object_unref (change->patience);
  g_free (change);
}

/**
 * pk_change_get:
 * @self: the plugin
 * @transaction: a unit of work
 *
 * Returns: (transfer none): what is noted of it
 */
PkChange *
pk_change_get (Pk *self, OmaPluginTransaction *transaction)
{
  PkChange *change = oma_plugin_transaction_get_data (transaction);

  if (change != NULL)
    return change;
  change = g_new0 (PkChange, 1);
  change->ref_count = 1;
  change->pk = self;
  change->patience = g_cancellable_new ();
  change->intents = g_ptr_array_new_with_free_func ((GDestroyNotify) intent_free);
  change->installs = g_ptr_array_new_with_free_func (g_free);
  change->uninstalls = g_ptr_array_new_with_free_func (g_free);
  change->files = g_ptr_array_new_with_free_func (g_free);
  change->afters = g_ptr_array_new ();
  oma_plugin_transaction_set_data (transaction, change, (GDestroyNotify) change_unref);
  return change;
}

static void
note (PkChange *change, IntentKind kind, PkStore *store, const char *name, const char *key, const char *value)
{
  Intent *intent = g_new0 (Intent, 1);

  *intent = (Intent) { kind, store, g_strdup (name), g_strdup (key), g_strdup (value) };
  g_ptr_array_add (change->intents, intent);
}

/**
 * pk_change_set:
 * @change: a unit of work
 * @store: what is kept
 * @group: a group of it
 * @key: a key
 * @value: (nullable): its value
 *
 * Notes that it is to be set.
 */
void
pk_change_set (PkChange *change, PkStore *store, const char *group, const char *key, const char *value)
{
  note (change, INTENT_SET, store, group, key, value);
}

/**
 * pk_change_remove:
 * @change: a unit of work
 * @store: what is kept
 * @group: a group of it
 *
 * Notes that it is to go.
 */
void
pk_change_remove (PkChange *change, PkStore *store, const char *group)
{
  note (change, INTENT_REMOVE, store, group, NULL, NULL);
}

/**
 * pk_change_repository:
 * @change: a unit of work
 * @id: a repository, as PackageKit names it
 * @enabled: whether it is to be used
 */
void
pk_change_repository (PkChange *change, const char *id, gboolean enabled)
{
  note (change, INTENT_REPOSITORY, NULL, id, NULL, enabled ? "true" : "false");
}

/**
 * pk_change_install:
 * @change: a unit of work
 * @name: a package that is to be installed
 */
void
pk_change_install (PkChange *change, const char *name)
{
  g_ptr_array_add (change->installs, g_strdup (name));
}

/**
 * pk_change_uninstall:
 * @change: a unit of work
 * @node: node of a package that is to be removed
 */
void
pk_change_uninstall (PkChange *change, const char *node)
{
  g_ptr_array_add (change->uninstalls, g_strdup (node));
}

/**
 * pk_change_file:
 * @change: a unit of work
 * @file: of the spool, which is to go
 */
void
pk_change_file (PkChange *change, const char *file)
{
  g_ptr_array_add (change->files, g_strdup (file));
}

/**
 * pk_change_after:
 * @change: a unit of work
 * @after: called when it is committed or undone
 */
void
pk_change_after (PkChange *change, void (*after) (Pk *self))
{
  if (!g_ptr_array_find (change->afters, after, NULL))
    g_ptr_array_add (change->afters, after);
}

/* ---- Steps ---- */

static Walk *
walk_new (Pk *pk, OmaPluginTransaction *transaction, GTask *task)
{
  Walk *walk = g_new0 (Walk, 1);

  walk->pk = pk_ref (pk);
  walk->transaction = transaction;
  walk->change = transaction != NULL ? pk_change_get (pk, transaction) : NULL;
  if (walk->change != NULL)
    walk->change->ref_count++;
  walk->task = g_object_ref (task);
  return walk;
}

static void undo_change (Pk *pk, PkChange *change, GTask *task);

static void
walk_free (Walk *walk)
{
  g_clear_pointer (&walk->builder, g_variant_builder_unref);
  g_clear_pointer (&walk->undo, g_variant_unref);
  g_clear_pointer (&walk->change, change_unref);
  g_object_unref (walk->task);
  pk_unref (walk->pk);
  g_free (walk);
}

static void
end (Walk *walk, GError *error)
{
  g_autoptr(GTask) roll_back = NULL;

  if (error != NULL)
    g_task_return_error (walk->task, error);
  else
    g_task_return_boolean (walk->task, TRUE);
  if (walk->commits)
    {
      walk->change->committing = FALSE;
      roll_back = g_steal_pointer (&walk->change->roll_back);
    }
  if (roll_back != NULL)
    undo_change (walk->pk, walk->change, roll_back);
  walk_free (walk);
}

/* The daemon may have lost its patience with a commit, which then is to end, and to be undone. */
static gboolean
is_given_up (Walk *walk)
{
  return walk->commits && walk->change->roll_back != NULL;
}

static void
refuse (Walk *walk, OmaStatus status, const char *format, const char *name)
{
  g_autofree char *text = g_strdup_printf ("%s %s", name, format);

  end (walk, g_error_new_literal (OMA_STATUS_ERROR, (int) status, text));
}

typedef struct {
  Walk       *walk;
  const char *method;
  GVariant   *parameters;
  gboolean    changes;
  Then        then;
} Step;

static void run_step (Step *step);

static void
step_free (Step *step)
{
  g_variant_unref (step->parameters);
  g_free (step);
}

/* Whether it was worth it shows the step itself. */
static void
repaired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PkResult *said = pk_transaction_run_finish (OMA_PLUGIN_HOST (source), result, NULL);

  g_clear_pointer (&said, pk_result_free);
  run_step (user_data);
}

static void
step_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Step *step = user_data;
  Walk *walk = step->walk;
  Then then = step->then;
  g_autoptr(GError) error = NULL;
  g_autoptr(PkResult) said = pk_transaction_run_finish (OMA_PLUGIN_HOST (source), result, &error);

  /* dpkg was killed in its work, with PackageKit or by whoever: it does nothing else before that is done. */
  if (g_error_matches (error, PK_ERROR, PK_ERROR_UNFINISHED_TRANSACTION) && step->changes && !walk->repaired)
    {
      walk->repaired = TRUE;
      pk_transaction_run_async (walk->pk->host, "RepairSystem", g_variant_new ("(t)", PK_FLAG_ONLY_TRUSTED), NULL, NULL,
                                NULL, repaired_cb, step);
      return;
    }
  step_free (step);
  if (g_error_matches (error, PK_ERROR, PK_ERROR_ABANDONED))
    end (walk, pk_error_to_status (error));
  else if (is_given_up (walk))
    end (walk, g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "It took too long"));
  else
    then (walk, said, error);
}

/* What changes something goes on to its end when PackageKit cannot stop it any more: its undo waits for it.  An undo
 * is never given up. */
static GCancellable *
get_cancellable (const Step *step)
{
  if (!step->changes)
    return g_task_get_cancellable (step->walk->task);
  return step->walk->commits ? step->walk->change->patience : NULL;
}

static void
run_step (Step *step)
{
  pk_transaction_run_async (step->walk->pk->host, step->method, step->parameters, NULL, NULL, get_cancellable (step),
                            step_cb, step);
}

static void
ask (Walk *walk, const char *method, GVariant *parameters, gboolean changes, Then then)
{
  Step *step = g_new0 (Step, 1);

  *step = (Step) { walk, method, g_variant_ref_sink (parameters), changes, then };
  run_step (step);
}

static GVariant *
make_ids (GStrv ids)
{
  return g_variant_new_strv ((const char *const *) ids, -1);
}

static void
add_undo (Walk *walk, const char *what, const char *name, const char *key, const char *before)
{
  g_variant_builder_add (walk->builder, "(ssss)", what, name, key, before);
}

/* ---- Validation ---- */

static void validate_repositories (Walk *walk);

static void
validated (Walk *walk)
{
  PkChange *change = walk->change;
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GBytes) data = NULL;

  for (guint i = 0; i < change->intents->len; i++)
    {
      const Intent *intent = g_ptr_array_index (change->intents, i);
      const char *what = intent->store == walk->pk->jobs ? "jobs" : "state";
      g_autofree char *before = NULL;

      if (intent->kind == INTENT_REPOSITORY || !g_hash_table_add (seen, g_strconcat (what, intent->name, NULL)))
        continue;
      before = pk_store_dump (intent->store, intent->name);
      add_undo (walk, what, intent->name, "", before);
    }
  change->undo = g_variant_ref_sink (g_variant_builder_end (walk->builder));
  data = g_variant_get_data_as_bytes (change->undo);
  oma_plugin_transaction_set_undo_data (walk->transaction, data);
  end (walk, NULL);
}

static const Intent *
find_repository_intent (const PkChange *change, const char *id)
{
  for (guint i = 0; i < change->intents->len; i++)
    {
      const Intent *intent = g_ptr_array_index (change->intents, i);

      if (intent->kind == INTENT_REPOSITORY && strcmp (intent->name, id) == 0)
        return intent;
    }
  return NULL;
}

static guint
count_repositories (const PkChange *change)
{
  guint n = 0;

  for (guint i = 0; i < change->intents->len; i++)
    n += ((const Intent *) g_ptr_array_index (change->intents, i))->kind == INTENT_REPOSITORY;
  return n;
}

static void
repositories_listed (Walk *walk, PkResult *result, const GError *error)
{
  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
      return;
    }
  for (guint i = 0; i < result->repositories->len; i++)
    {
      const PkRepository *repository = g_ptr_array_index (result->repositories, i);

      if (find_repository_intent (walk->change, repository->id) != NULL)
        add_undo (walk, "repository", repository->id, "", repository->enabled ? "true" : "false");
    }
  validated (walk);
}

static void
validate_repositories (Walk *walk)
{
  if (count_repositories (walk->change) > 0)
    ask (walk, "GetRepoList", g_variant_new ("(t)", PK_FILTER_NONE), FALSE, repositories_listed);
  else
    validated (walk);
}

static void
removed_fetched (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    refuse (walk, OMA_STATUS_NOT_ALLOWED, error->message,
            "What would have to be installed again cannot be fetched, so the removal could not be undone:");
  else
    validate_repositories (walk);
}

static void
removed_checked (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Walk *walk = user_data;
  g_autoptr(GError) error = NULL;

  if (!pk_index_has_finish (result, &error))
    refuse (walk, OMA_STATUS_NOT_ALLOWED, error->message, "The removal could not be undone:");
  else
    ask (walk, "DownloadPackages", g_variant_new ("(b@as)", TRUE, make_ids (walk->change->remove_ids)), FALSE,
         removed_fetched);
}

static gboolean
is_wanted (const Walk *walk, const PkPackage *package)
{
  for (guint i = 0; walk->change->remove_ids[i] != NULL; i++)
    if (strcmp (walk->change->remove_ids[i], package->id) == 0)
      return TRUE;
  return FALSE;
}

static void
removal_simulated (Walk *walk, PkResult *result, const GError *error)
{
  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
      return;
    }
  for (guint i = 0; i < result->packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (result->packages, i);
      g_autofree char *id = pk_package_dup_repository_id (package);

      if (!is_wanted (walk, package))
        {
          refuse (walk, OMA_STATUS_NOT_ALLOWED, "would be removed as well", package->name);
          return;
        }
      add_undo (walk, "removed", package->name, package->arch, id);
    }
  pk_index_has_async (walk->pk->lists, (const char *const *) walk->change->remove_ids, removed_checked, walk);
}

static void
inventory_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Walk *walk = user_data;
  PkChange *change = walk->change;
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();
  GError *error = NULL;

  if (!pk_inventory_load_finish (result, &error))
    {
      end (walk, error);
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
    ask (walk, "RemovePackages",
         g_variant_new ("(t@asbb)", PK_FLAG_ONLY_TRUSTED | PK_FLAG_SIMULATE, make_ids (change->remove_ids), FALSE,
                        FALSE),
         FALSE, removal_simulated);
}

static void
validate_removals (Walk *walk)
{
  if (walk->change->uninstalls->len > 0)
    pk_inventory_load_async (walk->pk->inventory, g_task_get_cancellable (walk->task), inventory_cb, walk);
  else
    validate_repositories (walk);
}

static void
install_fetched (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    end (walk, pk_error_to_status (error));
  else
    validate_removals (walk);
}

static void
install_simulated (Walk *walk, PkResult *result, const GError *error)
{
  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
      return;
    }
  for (guint i = 0; i < result->packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (result->packages, i);

      if (package->info != PK_INFO_INSTALLING)
        {
          refuse (walk, OMA_STATUS_NOT_ALLOWED, "would be changed as well, which could not be undone", package->name);
          return;
        }
      add_undo (walk, "installed", package->name, package->arch, package->version);
    }
  ask (walk, "InstallPackages",
       g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED | PK_FLAG_ONLY_DOWNLOAD, make_ids (walk->change->install_ids)),
       FALSE, install_fetched);
}

static void
install_resolved (Walk *walk, PkResult *result, const GError *error)
{
  PkChange *change = walk->change;
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();

  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
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
          refuse (walk, installed != NULL ? OMA_STATUS_ALREADY_EXISTS : OMA_STATUS_NOT_FOUND,
                  installed != NULL ? "is installed already" : "is in no repository", name);
          return;
        }
      g_strv_builder_add (ids, candidate->id);
    }
  change->install_ids = g_strv_builder_end (ids);
  ask (walk, "InstallPackages",
       g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED | PK_FLAG_SIMULATE, make_ids (change->install_ids)), FALSE,
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
  Walk *walk = walk_new (self, transaction, task);
  GPtrArray *installs = walk->change->installs;

  walk->builder = g_variant_builder_new (G_VARIANT_TYPE (UNDO_TYPE));
  if (installs->len > 0)
    ask (walk, "Resolve",
         g_variant_new ("(t@as)", PK_FILTER_NONE,
                        g_variant_new_strv ((const char *const *) installs->pdata, installs->len)),
         FALSE, install_resolved);
  else
    validate_removals (walk);
}

/* ---- Commit ---- */

static void
run_afters (Walk *walk)
{
  for (guint i = 0; walk->change != NULL && i < walk->change->afters->len; i++)
    ((void (*) (Pk *)) g_ptr_array_index (walk->change->afters, i)) (walk->pk);
  for (guint i = 0; walk->change != NULL && i < walk->change->files->len; i++)
    g_unlink (g_ptr_array_index (walk->change->files, i));
  pk_inventory_invalidate (walk->pk->inventory);
}

static void
jobs_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Walk *walk = user_data;
  GError *error = NULL;

  if (oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    run_afters (walk);
  end (walk, error);
}

static void
state_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Walk *walk = user_data;
  GError *error = NULL;

  if (!oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    end (walk, error);
  else
    pk_store_save_async (walk->pk->jobs, jobs_saved, walk);
}

static void
save_all (Walk *walk)
{
  pk_store_save_async (walk->pk->state, state_saved, walk);
}

static void
commit_stores (Walk *walk)
{
  for (guint i = 0; i < walk->change->intents->len; i++)
    {
      const Intent *intent = g_ptr_array_index (walk->change->intents, i);

      if (intent->kind == INTENT_SET)
        pk_store_set (intent->store, intent->name, intent->key, intent->value);
      else if (intent->kind == INTENT_REMOVE)
        pk_store_remove (intent->store, intent->name);
    }
  save_all (walk);
}

static void
installed (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    end (walk, pk_error_to_status (error));
  else
    commit_stores (walk);
}

static void
commit_installs (Walk *walk)
{
  if (walk->change->install_ids != NULL)
    ask (walk, "InstallPackages", g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED, make_ids (walk->change->install_ids)),
         TRUE, installed);
  else
    commit_stores (walk);
}

static void
removed (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    end (walk, pk_error_to_status (error));
  else
    commit_installs (walk);
}

static void
commit_removals (Walk *walk)
{
  if (walk->change->remove_ids != NULL && walk->change->remove_ids[0] != NULL)
    ask (walk, "RemovePackages",
         g_variant_new ("(t@asbb)", PK_FLAG_ONLY_TRUSTED, make_ids (walk->change->remove_ids), FALSE, FALSE), TRUE,
         removed);
  else
    commit_installs (walk);
}

static void
commit_next_repository (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  GPtrArray *intents = walk->change->intents;

  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
      return;
    }
  while ((gsize) walk->next < intents->len)
    {
      const Intent *intent = g_ptr_array_index (intents, walk->next++);

      if (intent->kind != INTENT_REPOSITORY)
        continue;
      ask (walk, "RepoEnable", g_variant_new ("(sb)", intent->name, strcmp (intent->value, "true") == 0), TRUE,
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
  Walk *walk = walk_new (self, transaction, task);

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
undo_last (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    end (walk, pk_error_to_status (error));
  else
    save_all (walk);
}

static void
undo_removals_resolved (Walk *walk, PkResult *result, const GError *error)
{
  g_auto(GStrv) all = list_packages (walk->undo, "removed", FALSE);
  g_auto(GStrv) ids = NULL;

  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
      return;
    }
  ids = leave_others (all, result, TRUE);
  if (ids[0] != NULL)
    ask (walk, "InstallPackages", g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED, make_ids (ids)), TRUE, undo_last);
  else
    save_all (walk);
}

static void
undo_removals (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  g_auto(GStrv) names = list_packages (walk->undo, "removed", TRUE);

  if (error != NULL)
    end (walk, pk_error_to_status (error));
  else if (names[0] != NULL)
    ask (walk, "Resolve", g_variant_new ("(t@as)", PK_FILTER_NONE, make_ids (names)), TRUE, undo_removals_resolved);
  else
    save_all (walk);
}

static void
undo_installs_resolved (Walk *walk, PkResult *result, const GError *error)
{
  g_auto(GStrv) all = list_packages (walk->undo, "installed", FALSE);
  g_auto(GStrv) ids = NULL;

  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
      return;
    }
  ids = leave_others (all, result, FALSE);
  if (ids[0] != NULL)
    ask (walk, "RemovePackages", g_variant_new ("(t@asbb)", PK_FLAG_ONLY_TRUSTED, make_ids (ids), FALSE, FALSE), TRUE,
         undo_removals);
  else
    undo_removals (walk, NULL, NULL);
}

static void
undo_installs (Walk *walk)
{
  g_auto(GStrv) names = list_packages (walk->undo, "installed", TRUE);

  if (names[0] != NULL)
    ask (walk, "Resolve", g_variant_new ("(t@as)", PK_FILTER_NONE, make_ids (names)), TRUE, undo_installs_resolved);
  else
    undo_removals (walk, NULL, NULL);
}

/* Newest first; packages, which go together, at the end. */
static void
undo_next (Walk *walk, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    {
      end (walk, pk_error_to_status (error));
      return;
    }
  while (--walk->next >= 0)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (walk->undo, walk->next);
      const char *what, *name, *before;

      g_variant_get (entry, "(&s&s&s&s)", &what, &name, NULL, &before);
      if (strcmp (what, "repository") == 0)
        {
          ask (walk, "RepoEnable", g_variant_new ("(sb)", name, strcmp (before, "true") == 0), TRUE, undo_next);
          return;
        }
      if (strcmp (what, "state") == 0 || strcmp (what, "jobs") == 0)
        pk_store_restore (strcmp (what, "jobs") == 0 ? walk->pk->jobs : walk->pk->state, name, before);
    }
  undo_installs (walk);
}

static void
undo_all (Walk *walk, GVariant *undo)
{
  walk->undo = g_variant_ref (undo);
  walk->next = (gssize) g_variant_n_children (undo);
  undo_next (walk, NULL, NULL);
}

static void
undo_change (Pk *pk, PkChange *change, GTask *task)
{
  Walk *walk = walk_new (pk, NULL, task);

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
    undo_change (self, change, task);
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
  g_autoptr(GVariant) undo = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (UNDO_TYPE), data, FALSE));

  undo_all (walk_new (self, NULL, task), undo);
}
