/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-run.h"

#include <string.h>

/**
 * oma_check_is_write:
 * @kind: an operation
 *
 * Returns: whether it changes something that can be undone
 */
gboolean
oma_check_is_write (OmaCheckKind kind)
{
  return kind == OMA_CHECK_REPLACE || kind == OMA_CHECK_ADD || kind == OMA_CHECK_REMOVE || kind == OMA_CHECK_RENAME ||
         kind == OMA_CHECK_COPY;
}

/* ---- What to do ---- */

static OmaValue *
get_value (OmaCheckRun *run, const char *uri)
{
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_GET, .uri = uri };
  OmaWork *work = oma_check_device_begin (run->device, FALSE);

  oma_check_device_run (run->device, work, &operation, NULL);
  oma_work_free (work);
  return g_steal_pointer (&operation.result);
}

static gboolean
run_one (OmaCheckRun *run, OmaWork *work, OmaOperation *operation)
{
  oma_check_device_run (run->device, work, operation, run->cancellable);
  return operation->error == NULL;
}

/* Of a new node the leaves that it cannot be without, and those for which the author gave a value. */
static gboolean
add_below (OmaCheckRun *run, OmaWork *work, const char *uri, const OmaSchemaNode *schema, OmaOperation *failed)
{
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);
      const OmaPluginNode *node = oma_check_find_node (run, child);
      gboolean given = oma_check_values_find (run->values, node->uri) != NULL;
      g_autofree char *child_uri = child->name != NULL ? oma_check_join (uri, child->name) : NULL;
      g_autoptr(OmaValue) value = NULL;
      g_auto(OmaOperation) operation = { .type = OMA_OPERATION_ADD, .uri = child_uri };

      if (child->name == NULL || (child->access & OMA_ACCESS_ADD) == 0 ||
          (!given && (child->min_occurrence == 0 || oma_schema_node_is_automatic (child))))
        continue;
      if (child->format == OMA_FORMAT_NODE)
        operation.format = OMA_FORMAT_NODE;
      else
        operation.value = value = oma_check_values_make (run->values, node->uri, child, NULL);
      if (child->format != OMA_FORMAT_NODE && value == NULL)
        continue;
      if (!run_one (run, work, &operation) ||
          (child->format == OMA_FORMAT_NODE && !add_below (run, work, child_uri, child, failed)))
        {
          if (failed->error == NULL)
            {
              failed->status = operation.status;
              failed->error = g_steal_pointer (&operation.error);
            }
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
do_add (OmaCheckRun *run, const OmaCheckTarget *target, OmaWork *work, OmaOperation *operation)
{
  const OmaSchemaNode *schema = target->node->schema;
  g_autoptr(OmaValue) value = NULL;
  gboolean good;

  operation->type = OMA_OPERATION_ADD;
  if (schema->format == OMA_FORMAT_NODE)
    operation->format = OMA_FORMAT_NODE;
  else
    operation->value = value = oma_check_values_make (run->values, target->node->uri, schema, NULL);
  good = run_one (run, work, operation) &&
         (schema->format != OMA_FORMAT_NODE || add_below (run, work, target->uri, schema, operation));
  operation->value = NULL;
  return good;
}

static gboolean
do_replace (OmaCheckRun *run, OmaValue *value, OmaWork *work, OmaOperation *operation)
{
  gboolean good;

  operation->type = OMA_OPERATION_REPLACE;
  operation->value = value;
  good = run_one (run, work, operation);
  operation->value = NULL;
  return good;
}

static gboolean
do_rename (OmaCheckRun *run, const OmaCheckTarget *target, OmaWork *work, OmaOperation *operation)
{
  g_autofree char *uri = g_strconcat (target->uri, "?prop=Name", NULL);
  gboolean good;

  operation->type = OMA_OPERATION_REPLACE;
  operation->uri = uri;
  operation->data = "trial-renamed";
  operation->length = strlen (operation->data);
  good = run_one (run, work, operation);
  operation->uri = target->uri;
  return good;
}

/* On itself: that is a copy as good as any. */
static gboolean
do_copy (OmaCheckRun *run, const OmaCheckTarget *target, OmaWork *work, OmaOperation *operation)
{
  operation->type = OMA_OPERATION_COPY;
  operation->source_uri = target->uri;
  return run_one (run, work, operation);
}

/* @value: (nullable): of a replace */
static gboolean
do_it (OmaCheckRun *run, const OmaCheckTarget *target, OmaValue *value, OmaWork *work, OmaOperation *operation)
{
  operation->uri = target->uri;
  switch (target->kind)
    {
    case OMA_CHECK_ADD:
      return do_add (run, target, work, operation);
    case OMA_CHECK_REPLACE:
      return do_replace (run, value, work, operation);
    case OMA_CHECK_RENAME:
      return do_rename (run, target, work, operation);
    case OMA_CHECK_COPY:
      return do_copy (run, target, work, operation);
    case OMA_CHECK_REMOVE:
    default:
      operation->type = OMA_OPERATION_DELETE;
      return run_one (run, work, operation);
    }
}

static OmaValue *
choose_value (OmaCheckRun *run, const OmaCheckTarget *target)
{
  gboolean readable = (target->node->schema->access & OMA_ACCESS_GET) != 0;
  g_autoptr(OmaValue) now = target->kind == OMA_CHECK_REPLACE && readable ? get_value (run, target->uri) : NULL;

  return target->kind == OMA_CHECK_REPLACE
           ? oma_check_values_make (run->values, target->node->uri, target->node->schema, now) : NULL;
}

static gboolean
is_guessed (OmaCheckRun *run, const OmaCheckTarget *target)
{
  return oma_check_values_find (run->values, target->node->uri) == NULL;
}

/* ---- Whether all is as it was ---- */

static void
check_undone (OmaCheckRun *run, const GError *error)
{
  g_autoptr(GHashTable) image = NULL;
  g_autofree char *difference = NULL;

  if (run->healthy && g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_ATOMIC_ROLL_BACK_FAILED))
    oma_check_tell (run, run->unanswered > 0, "it cannot be undone: %s", error->message);
  image = oma_check_take_image (run);
  difference = oma_check_compare_images (run->image, image);
  if (difference == NULL)
    return;
  oma_check_tell (run, FALSE, "after it was %s %s", run->healthy && error == NULL ? "refused" : "undone", difference);
  g_hash_table_unref (run->image);
  run->image = g_steal_pointer (&image);
}

/* ---- Doing it, and undoing it by its opposite ---- */

static gboolean
commit_replace (OmaCheckRun *run, const OmaCheckTarget *target, OmaValue *value)
{
  g_auto(OmaOperation) operation = { .uri = target->uri };
  OmaWork *work = oma_check_device_begin (run->device, FALSE);
  g_autoptr(GError) error = NULL;
  gboolean good = do_replace (run, value, work, &operation);

  if (!good)
    oma_check_tell_error (run, is_guessed (run, target), &operation);
  else if (!oma_check_device_commit (run->device, work, NULL, &error))
    {
      good = FALSE;
      oma_check_tell (run, is_guessed (run, target), "it was accepted, and its commit failed: %s", error->message);
    }
  oma_work_free (work);
  return good;
}

static void
check_what_was_written (OmaCheckRun *run, const OmaCheckTarget *target, OmaValue *value)
{
  g_autoptr(OmaValue) read = get_value (run, target->uri);

  if (read == NULL)
    oma_check_tell (run, FALSE, "what was written cannot be read");
  else if (oma_value_get_size (read) != oma_value_get_size (value) ||
           memcmp (oma_value_get_data (read, NULL), oma_value_get_data (value, NULL), oma_value_get_size (value)) != 0)
    oma_check_tell (run, FALSE, "'%s' was written, and '%s' is read: what reads otherwise counts as somebody else's "
                    "change, and is not undone", oma_value_get_text (value), oma_value_get_text (read));
}

/**
 * oma_check_write:
 * @run: a run
 * @target: an operation that writes
 *
 * Writes a leaf, reads it, and writes back what was there, each for good.
 */
void
oma_check_write (OmaCheckRun *run, const OmaCheckTarget *target)
{
  g_autoptr(OmaValue) before = NULL, value = NULL;

  if (target->kind != OMA_CHECK_REPLACE || (target->node->schema->access & OMA_ACCESS_GET) == 0)
    return;
  before = get_value (run, target->uri);
  value = choose_value (run, target);
  if (value == NULL)
    oma_check_tell (run, TRUE, "no value that its DDF permits could be guessed; give one with --value");
  if (before == NULL || value == NULL)
    return;
  if (!commit_replace (run, target, value))
    {
      check_undone (run, NULL);
      return;
    }
  check_what_was_written (run, target, value);
  if (commit_replace (run, target, before))
    check_what_was_written (run, target, before);
}

/* ---- Doing it in a unit of work that fails at its end ---- */

static gboolean
refuse (OmaCheckRun *run, OmaWork *work, GError **error)
{
  g_autoptr(OmaValue) value = oma_value_new_string ("now");
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_REPLACE, .uri = OMA_CHECK_REFUSER, .value = value };

  oma_check_device_run (run->device, work, &operation, NULL);
  return oma_check_device_commit (run->device, work, NULL, error);
}

/**
 * oma_check_write_and_undo:
 * @run: a run
 * @target: an operation that writes
 *
 * Does it in a unit of work which another participant lets fail when everything is committed, or undoes it before if it
 * failed itself, and looks whether all is as it was.
 *
 * Returns: whether it went well, up to the point where it was to fail
 */
gboolean
oma_check_write_and_undo (OmaCheckRun *run, const OmaCheckTarget *target)
{
  g_autoptr(OmaValue) value = choose_value (run, target);
  g_auto(OmaOperation) operation = { 0 };
  g_autoptr(GError) error = NULL;
  OmaWork *work;
  gboolean good;

  if (target->kind == OMA_CHECK_REPLACE && value == NULL)
    return FALSE;
  oma_check_arm (run);
  work = oma_check_device_begin (run->device, TRUE);
  good = do_it (run, target, value, work, &operation);
  if (good)
    refuse (run, work, &error);
  else if (run->healthy)
    oma_check_tell_error (run, is_guessed (run, target), &operation);
  oma_check_await_return (run);
  if (!good)
    oma_check_device_roll_back (run->device, work, &error);
  oma_work_free (work);
  oma_check_await_return (run);
  oma_check_disarm (run);
  check_undone (run, error);
  return good;
}

/* ---- Undoing what a daemon that was started anew does not know ---- */

static void
undo_once_more (OmaCheckRun *run, const OmaCheckTarget *target, GBytes *undo_data, const char *which)
{
  g_autoptr(GError) error = NULL;

  if (!oma_check_device_undo (run->device, target->uri, undo_data, &error))
    oma_check_tell (run, FALSE, "undo fails %s: %s", which, error->message);
  else
    check_undone (run, NULL);
}

/**
 * oma_check_write_and_forget:
 * @run: a run
 * @target: an operation that writes
 *
 * Commits a change of a plugin with transactions, confirms it, and has the plugin undo it by its data: twice, for a
 * daemon can die while it undoes, and once for a commit that had not begun.
 */
void
oma_check_write_and_forget (OmaCheckRun *run, const OmaCheckTarget *target)
{
  g_autoptr(OmaValue) value = NULL, before = NULL;
  g_autoptr(GBytes) undo_data = NULL, unused = NULL;
  g_autoptr(GError) error = NULL;

  if (!run->device->info->transactions || target->kind != OMA_CHECK_REPLACE ||
      (target->node->schema->access & OMA_ACCESS_GET) == 0)
    return;
  value = choose_value (run, target);
  before = get_value (run, target->uri);
  if (value == NULL || before == NULL ||
      !oma_check_device_commit_alone (run->device, target->uri, value, FALSE, &undo_data, &error))
    return;
  check_what_was_written (run, target, value);
  if (undo_data != NULL)
    {
      undo_once_more (run, target, undo_data, "after the commit");
      undo_once_more (run, target, undo_data, "the second time");
      if (!oma_check_device_commit_alone (run->device, target->uri, value, TRUE, &unused, &error))
        {
          oma_check_tell (run, FALSE, "a commit that went well before fails when it is confirmed: %s", error->message);
          return;
        }
    }
  commit_replace (run, target, before);
  check_undone (run, NULL);
}
