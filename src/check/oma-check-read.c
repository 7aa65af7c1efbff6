/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-run.h"

#include <string.h>

#define MAX_NAMES 20                       /* of a list, of which exists is asked */
#define NO_SUCH_NAME "omadm-no-such-node"

/* Whether the operation went well; else it tells why not, unless it was to fail. */
static gboolean
run_operation (OmaCheckRun *run, OmaOperation *operation)
{
  OmaWork *work = oma_check_device_begin (run->device, FALSE);

  oma_check_arm (run);
  oma_check_device_run (run->device, work, operation, run->cancellable);
  oma_check_disarm (run);
  oma_work_free (work);
  if (operation->error != NULL && run->healthy)
    oma_check_tell_error (run, FALSE, operation);
  return operation->error == NULL;
}

static void
tell_error (OmaCheckRun *run, const GError *error)
{
  OmaOperation operation = { .status = oma_status_from_error (error), .error = (GError *) error };

  oma_check_tell_error (run, FALSE, &operation);
}

static gboolean
check_get (OmaCheckRun *run, const OmaCheckTarget *target)
{
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_GET, .uri = target->uri };
  g_autoptr(GError) error = NULL;

  if (!run_operation (run, &operation))
    return FALSE;
  if (!oma_schema_node_check_value (target->node->schema, operation.result, &error))
    oma_check_tell (run, FALSE, "it gives '%s', which its DDF does not permit: %s",
                    oma_value_get_text (operation.result), error->message);
  return TRUE;
}

static void
check_name (OmaCheckRun *run, const OmaCheckTarget *target, char **names, gsize index)
{
  const char *name = names[index];

  if (!oma_uri_name_is_valid (name, strlen (name)))
    oma_check_tell (run, FALSE, "it lists '%s', which is no name of a node", name);
  else if (oma_schema_node_get_child (target->node->schema, name, strlen (name)) == NULL)
    oma_check_tell (run, FALSE, "it lists '%s', which its DDF does not permit there", name);
  for (gsize i = 0; i < index; i++)
    if (strcmp (names[i], name) == 0)
      oma_check_tell (run, FALSE, "it lists '%s' more than once", name);
}

/* Asks the plugin itself, since the executor passes over what is no name. */
static gboolean
check_list (OmaCheckRun *run, const OmaCheckTarget *target)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) names = NULL;

  oma_check_arm (run);
  names = oma_check_device_ask_list (run->device, target->uri, run->cancellable, &error);
  oma_check_disarm (run);
  if (error != NULL && run->healthy)
    tell_error (run, error);
  for (gsize i = 0; names != NULL && names[i] != NULL && run->healthy; i++)
    check_name (run, target, names, i);
  return error == NULL;
}

/* ---- One child is told by name ---- */

static gboolean
check_exists (OmaCheckRun *run, const OmaCheckTarget *target)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) names = NULL;
  gboolean there;

  if (run->healthy)
    names = oma_check_device_ask_list (run->device, target->uri, NULL, NULL);
  for (gsize i = 0; names != NULL && names[i] != NULL && i < MAX_NAMES; i++)
    {
      g_autoptr(GError) ignored = NULL;

      if (!oma_check_device_ask_exists (run->device, target->uri, names[i], NULL, &ignored) && ignored == NULL)
        oma_check_tell (run, FALSE, "list names '%s', and exists denies it", names[i]);
    }
  oma_check_arm (run);
  there = oma_check_device_ask_exists (run->device, target->uri, NO_SUCH_NAME, run->cancellable, &error);
  oma_check_disarm (run);
  if (error != NULL && run->healthy)
    tell_error (run, error);
  else if (there && run->healthy)
    oma_check_tell (run, FALSE, "exists says that there is '%s', and list does not", NO_SUCH_NAME);
  return error == NULL;
}

/* ---- A subtree in one call ---- */

static char *
describe_entry (const OmaNodeList *nodes, guint index)
{
  OmaValue *value = oma_node_list_get_value (nodes, index);

  if (value == NULL || oma_value_get_format (value) == OMA_FORMAT_NODE)
    return g_strdup ("a node");
  return g_strescape (oma_value_get_text (value), NULL);
}

/* What it gives is what list and get give, one by one. */
static void
compare_with_image (OmaCheckRun *run, const OmaCheckTarget *target, const OmaNodeList *nodes)
{
  g_autoptr(GHashTable) image = oma_check_take_image (run);
  g_autoptr(GHashTable) given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize length = strlen (target->uri);
  GHashTableIter iter;
  gpointer key, text;

  for (guint i = 0; !run->lost && i < oma_node_list_get_length (nodes); i++)
    {
      const char *relative = oma_node_list_get_uri (nodes, i);
      char *uri = *relative == '\0' ? g_strdup (target->uri) : g_strconcat (target->uri, "/", relative, NULL);
      g_autofree char *read = describe_entry (nodes, i);
      const char *alone = g_hash_table_lookup (image, uri);

      g_hash_table_add (given, uri);
      if (alone == NULL)
        oma_check_tell (run, FALSE, "it gives %s, which list does not", uri);
      else if (strcmp (alone, read) != 0 && strcmp (alone, "a secret") != 0 && !g_str_has_prefix (alone, "status "))
        oma_check_tell (run, FALSE, "it gives '%s' for %s, and get '%s'", read, uri, alone);
    }
  g_hash_table_iter_init (&iter, image);
  while (!run->lost && g_hash_table_iter_next (&iter, &key, &text))
    if (strncmp (key, target->uri, length) == 0 && ((char *) key)[length] == '/' &&
        strcmp (text, "a secret") != 0 && !g_str_has_prefix (text, "status ") && !g_hash_table_contains (given, key))
      oma_check_tell (run, FALSE, "it does not give %s, which list names", (char *) key);
}

static gboolean
check_read (OmaCheckRun *run, const OmaCheckTarget *target)
{
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_READ, .uri = target->uri };

  if (!run_operation (run, &operation))
    return FALSE;
  if (operation.nodes != NULL && run->healthy)
    compare_with_image (run, target, operation.nodes);
  return TRUE;
}

/**
 * oma_check_read:
 * @run: a run
 * @target: an operation that reads
 *
 * Runs the operation and looks at what it gives.
 *
 * Returns: whether it went well
 */
gboolean
oma_check_read (OmaCheckRun *run, const OmaCheckTarget *target)
{
  switch (target->kind)
    {
    case OMA_CHECK_LIST:
      return check_list (run, target);
    case OMA_CHECK_EXISTS:
      return check_exists (run, target);
    case OMA_CHECK_READ:
      return check_read (run, target);
    case OMA_CHECK_GET:
    default:
      return check_get (run, target);
    }
}
