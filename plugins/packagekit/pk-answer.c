/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-private.h"

#include <string.h>

/* Operations on nodes that stand for the packages of a list: all wait for the list, and answer from it. */

#define SLICE 250                  /* packages */

/**
 * pk_question_new:
 * @self: the plugin
 * @task: of an operation
 * @name: (nullable): the package or repository that it is about
 * @leaf: (nullable): its leaf
 *
 * Returns: (transfer full): an operation that waits for PackageKit
 */
PkQuestion *
pk_question_new (Pk *self, GTask *task, const char *name, const char *leaf)
{
  PkQuestion *question = g_new0 (PkQuestion, 1);

  question->self = pk_ref (self);
  question->task = g_object_ref (task);
  question->name = g_strdup (name);
  question->leaf = g_strdup (leaf);
  return question;
}

/**
 * pk_question_free:
 * @question: (transfer full): a question
 */
void
pk_question_free (PkQuestion *question)
{
  g_object_unref (question->task);
  g_clear_pointer (&question->value, oma_value_unref);
  g_clear_pointer (&question->list, oma_node_list_free);
  g_clear_pointer (&question->all, g_ptr_array_unref);
  g_free (question->name);
  g_free (question->leaf);
  g_free (question->correlator);
  g_free (question->node);
  pk_unref (question->self);
  g_free (question);
}

/**
 * pk_question_ask:
 * @question: (transfer full): a question
 * @inventory: what it is about
 * @callback: takes @question
 */
void
pk_question_ask (PkQuestion *question, PkInventory *inventory, GAsyncReadyCallback callback)
{
  question->inventory = inventory;
  pk_inventory_load_async (inventory, g_task_get_cancellable (question->task), callback, question);
}

/**
 * pk_question_is_answered:
 * @question: a question
 * @result: what the callback got
 *
 * Returns: whether the list is there; if not, the operation has failed
 */
gboolean
pk_question_is_answered (PkQuestion *question, GAsyncResult *result)
{
  GError *error = NULL;

  if (!pk_inventory_load_finish (result, &error))
    g_task_return_error (question->task, error);
  else if (question->self->queue == NULL)
    pk_return_error (question->task, OMA_STATUS_COMMAND_FAILED, "The plugin ends");
  else
    return TRUE;
  return FALSE;
}

/**
 * pk_question_find:
 * @question: a question that is answered
 *
 * Returns: (transfer none) (nullable): the package that it is about; if there is none, the operation has failed
 */
const PkPackage *
pk_question_find (PkQuestion *question)
{
  const PkPackage *package = pk_inventory_find (question->inventory, question->name);

  if (package == NULL)
    pk_return_error (question->task, OMA_STATUS_NOT_FOUND, "There is no %s", question->name);
  return package;
}

static void
names_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  GPtrArray *all;

  if (!pk_question_is_answered (question, result))
    return;
  all = pk_inventory_get_all (question->inventory);
  for (guint i = 0; i < all->len; i++)
    g_strv_builder_add (names, ((const PkPackage *) g_ptr_array_index (all, i))->node);
  pk_return_names (question->task, g_strv_builder_end (names));
}

/**
 * pk_answer_names:
 * @self: the plugin
 * @inventory: a list
 * @task: of an operation list
 */
void
pk_answer_names (Pk *self, PkInventory *inventory, GTask *task)
{
  pk_question_ask (pk_question_new (self, task, NULL, NULL), inventory, names_cb);
}

static void
exists_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;

  if (pk_question_is_answered (question, result))
    g_task_return_boolean (question->task, pk_inventory_find (question->inventory, question->name) != NULL);
}

/**
 * pk_answer_exists:
 * @self: the plugin
 * @inventory: a list
 * @name: of a node
 * @task: of an operation exists
 */
void
pk_answer_exists (Pk *self, PkInventory *inventory, const char *name, GTask *task)
{
  pk_question_ask (pk_question_new (self, task, name, NULL), inventory, exists_cb);
}

static void
count_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;

  if (pk_question_is_answered (question, result))
    pk_return_int (question->task, (gint32) pk_inventory_get_all (question->inventory)->len);
}

/**
 * pk_answer_count:
 * @self: the plugin
 * @inventory: a list
 * @task: of an operation get
 */
void
pk_answer_count (Pk *self, PkInventory *inventory, GTask *task)
{
  pk_question_ask (pk_question_new (self, task, NULL, NULL), inventory, count_cb);
}

/* Of all packages, also for one: who goes from node to node would need a transaction for each.  The callback takes
 * @question. */
static void
ask_details (PkQuestion *question, GAsyncReadyCallback callback)
{
  pk_details_load_async (question->self->details, pk_inventory_get_all (question->inventory),
                         g_task_get_cancellable (question->task), callback, question);
}

/* Thousands of packages at once would keep the others in the main loop waiting. */
static gboolean
add_slice (gpointer user_data)
{
  PkQuestion *question = user_data;
  guint end = MIN (question->all->len, question->next + SLICE);

  for (; question->next < end; question->next++)
    {
      const PkPackage *package = g_ptr_array_index (question->all, question->next);
      g_autofree char *uri = pk_escape_segment (package->node);

      oma_node_list_add (question->list, uri, NULL);
      question->add (question->self, question->list, uri, package);
    }
  if (end < question->all->len)
    return G_SOURCE_CONTINUE;
  g_task_return_pointer (question->task, g_steal_pointer (&question->list), (GDestroyNotify) oma_node_list_free);
  pk_question_free (question);
  return G_SOURCE_REMOVE;
}

/* Takes @question. */
static void
return_all (PkQuestion *question)
{
  question->list = oma_node_list_new ();
  /* The list may be another one before the last slice. */
  question->all = g_ptr_array_ref (pk_inventory_get_all (question->inventory));
  if (add_slice (question) == G_SOURCE_CONTINUE)
    g_idle_add_full (G_PRIORITY_DEFAULT, add_slice, question, NULL);
}

static void
all_detailed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  GError *error = NULL;

  if (pk_details_load_finish (result, &error))
    return_all (g_steal_pointer (&question));
  else
    g_task_return_error (question->task, error);
}

static void
all_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;

  if (!pk_question_is_answered (question, result))
    return;
  if (question->detailed)
    ask_details (g_steal_pointer (&question), all_detailed_cb);
  else
    return_all (g_steal_pointer (&question));
}

/**
 * pk_answer_all:
 * @self: the plugin
 * @inventory: a list
 * @detailed: whether @add needs what pk_details_find() tells
 * @add: adds what is below the node of a package
 * @task: of an operation read of the node above them
 */
void
pk_answer_all (Pk *self, PkInventory *inventory, gboolean detailed, PkAddFunc add, GTask *task)
{
  PkQuestion *question = pk_question_new (self, task, NULL, NULL);

  question->add = add;
  question->detailed = detailed;
  pk_question_ask (question, inventory, all_cb);
}

static void
return_one (PkQuestion *question, const PkPackage *package)
{
  g_autoptr(OmaNodeList) list = oma_node_list_new ();

  question->add (question->self, list, "", package);
  if (question->leaf == NULL)
    {
      g_task_return_pointer (question->task, g_steal_pointer (&list), (GDestroyNotify) oma_node_list_free);
      return;
    }
  for (guint i = 0; i < oma_node_list_get_length (list); i++)
    if (strcmp (oma_node_list_get_uri (list, i), question->leaf) == 0)
      {
        g_task_return_pointer (question->task, oma_value_ref (oma_node_list_get_value (list, i)),
                               (GDestroyNotify) oma_value_unref);
        return;
      }
  pk_return_error (question->task, OMA_STATUS_NOT_FOUND, "%s has no %s", question->name, question->leaf);
}

static void
one_detailed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  GError *error = NULL;
  const PkPackage *package;

  if (!pk_details_load_finish (result, &error))
    g_task_return_error (question->task, error);
  else if ((package = pk_question_find (question)) != NULL)
    return_one (question, package);
}

static void
one_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  const PkPackage *package;

  if (!pk_question_is_answered (question, result) || (package = pk_question_find (question)) == NULL)
    return;
  if (question->detailed)
    ask_details (g_steal_pointer (&question), one_detailed_cb);
  else
    return_one (question, package);
}

/**
 * pk_answer_one:
 * @self: the plugin
 * @inventory: a list
 * @name: of a package's node
 * @leaf: (nullable): a leaf below it
 * @detailed: whether @add needs what pk_details_find() tells
 * @add: adds what is below the node of a package
 * @task: of an operation read of the package's node, or get of its leaf
 */
void
pk_answer_one (Pk *self, PkInventory *inventory, const char *name, const char *leaf, gboolean detailed, PkAddFunc add,
               GTask *task)
{
  PkQuestion *question = pk_question_new (self, task, name, leaf);

  question->add = add;
  question->detailed = detailed;
  pk_question_ask (question, inventory, one_cb);
}
