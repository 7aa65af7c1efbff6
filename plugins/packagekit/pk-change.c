/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-change-private.h"

#include <string.h>

/* ---- What is noted ---- */

static void
intent_free (PkIntent *intent)
{
  g_free (intent->name);
  g_free (intent->key);
  g_free (intent->value);
  g_free (intent);
}

/**
 * pk_change_unref:
 * @change: (transfer full): what is noted of a unit of work
 */
void
pk_change_unref (PkChange *change)
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
  oma_plugin_transaction_set_data (transaction, change, (GDestroyNotify) pk_change_unref);
  return change;
}

static void
note (PkChange *change, PkIntentKind kind, PkStore *store, const char *name, const char *key, const char *value)
{
  PkIntent *intent = g_new0 (PkIntent, 1);

  *intent = (PkIntent) { kind, store, g_strdup (name), g_strdup (key), g_strdup (value) };
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
  note (change, PK_INTENT_SET, store, group, key, value);
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
  note (change, PK_INTENT_REMOVE, store, group, NULL, NULL);
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
  note (change, PK_INTENT_REPOSITORY, NULL, id, NULL, enabled ? "true" : "false");
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

/**
 * pk_walk_new:
 * @pk: the plugin
 * @transaction: (nullable): a unit of work; %NULL for an undo after a restart
 * @task: of the phase
 *
 * Returns: (transfer full): a walk through the steps of a phase, which frees itself at the end
 */
PkWalk *
pk_walk_new (Pk *pk, OmaPluginTransaction *transaction, GTask *task)
{
  PkWalk *walk = g_new0 (PkWalk, 1);

  walk->pk = pk_ref (pk);
  walk->transaction = transaction;
  walk->change = transaction != NULL ? pk_change_get (pk, transaction) : NULL;
  if (walk->change != NULL)
    walk->change->ref_count++;
  walk->task = g_object_ref (task);
  return walk;
}

static void
walk_free (PkWalk *walk)
{
  g_clear_pointer (&walk->builder, g_variant_builder_unref);
  g_clear_pointer (&walk->undo, g_variant_unref);
  g_clear_pointer (&walk->change, pk_change_unref);
  g_object_unref (walk->task);
  pk_unref (walk->pk);
  g_free (walk);
}

/**
 * pk_walk_end:
 * @walk: (transfer full): a walk
 * @error: (transfer full) (nullable): why it failed
 */
void
pk_walk_end (PkWalk *walk, GError *error)
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
    pk_walk_undo (walk->pk, walk->change, roll_back);
  walk_free (walk);
}

/* The daemon may have lost its patience with a commit, which then is to end, and to be undone. */
static gboolean
is_given_up (PkWalk *walk)
{
  return walk->commits && walk->change->roll_back != NULL;
}

/**
 * pk_walk_refuse:
 * @walk: (transfer full): a walk
 * @status: what the server gets
 * @format: the rest of a sentence
 * @name: its subject
 */
void
pk_walk_refuse (PkWalk *walk, OmaStatus status, const char *format, const char *name)
{
  g_autofree char *text = g_strdup_printf ("%s %s", name, format);

  pk_walk_end (walk, g_error_new_literal (OMA_STATUS_ERROR, (int) status, text));
}

typedef struct {
  PkWalk       *walk;
  const char *method;
  GVariant   *parameters;
  gboolean    changes;
  PkWalkThen        then;
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
  PkWalk *walk = step->walk;
  PkWalkThen then = step->then;
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
    pk_walk_end (walk, pk_error_to_status (error));
  else if (is_given_up (walk))
    pk_walk_end (walk, g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "It took too long"));
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

/**
 * pk_walk_ask:
 * @walk: a walk
 * @method: a static string: a method of a transaction
 * @parameters: what it gets; taken if floating
 * @changes: whether it changes something
 * @then: the next step
 *
 * Runs a transaction of PackageKit, after a repair where dpkg needs one.
 */
void
pk_walk_ask (PkWalk *walk, const char *method, GVariant *parameters, gboolean changes, PkWalkThen then)
{
  Step *step = g_new0 (Step, 1);

  *step = (Step) { walk, method, g_variant_ref_sink (parameters), changes, then };
  run_step (step);
}

/**
 * pk_walk_make_ids:
 * @ids: identifiers
 *
 * Returns: (transfer floating): the same for PackageKit
 */
GVariant *
pk_walk_make_ids (GStrv ids)
{
  return g_variant_new_strv ((const char *const *) ids, -1);
}

/**
 * pk_walk_add_undo:
 * @walk: a walk of validate
 * @what: kind of what was there
 * @name: its name
 * @key: more of its name
 * @before: what it was
 */
void
pk_walk_add_undo (PkWalk *walk, const char *what, const char *name, const char *key, const char *before)
{
  g_variant_builder_add (walk->builder, "(ssss)", what, name, key, before);
}
