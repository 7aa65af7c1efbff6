/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-private.h"
#include "pk-run.h"

#include <string.h>

#define MAX_OPERATIONS 64
#define MAX_TRIES 3                /* also when the daemon or PackageKit ended in the middle */
#define PREFIX "operation:"
#define ALERT_TYPE "urn:oma:at:scomo:1.0:OperationComplete"
#define MSI_ALERT_TYPE "Reversed-Domain-Name:com.microsoft.mdm.win32csp_install"

/* The daemon notes an Exec that was accepted after it got the answer; the end may not come before. */
#define HEAD_START 250             /* ms */

struct _PkQueue {
  Pk     *pk;
  GQueue  operations;              /* PkOperation, the head is at work */
  PkRun  *run;                     /* (nullable): of the head */
  guint   timer;
  guint   last;                    /* number of the last one */
};

/* ---- One operation ---- */

static const struct {
  const char *key;
  gsize       offset;
} texts[] = {
  { "Node", G_STRUCT_OFFSET (PkOperation, node) },
  { "Correlator", G_STRUCT_OFFSET (PkOperation, correlator) },
  { "Subject", G_STRUCT_OFFSET (PkOperation, subject) },
  { "Url", G_STRUCT_OFFSET (PkOperation, url) },
  { "Sha256", G_STRUCT_OFFSET (PkOperation, sha256) },
  { "Name", G_STRUCT_OFFSET (PkOperation, name) },
  { "Version", G_STRUCT_OFFSET (PkOperation, version) },
  { "Arch", G_STRUCT_OFFSET (PkOperation, arch) },
};

static const struct {
  const char *key;
  gsize       offset;
} numbers[] = {
  { "Kind", G_STRUCT_OFFSET (PkOperation, kind) },
  { "Phase", G_STRUCT_OFFSET (PkOperation, phase) },
  { "Tries", G_STRUCT_OFFSET (PkOperation, tries) },
  { "Interrupted", G_STRUCT_OFFSET (PkOperation, interrupted) },
  { "MaxTries", G_STRUCT_OFFSET (PkOperation, max_tries) },
  { "Pause", G_STRUCT_OFFSET (PkOperation, pause) },
  { "Timeout", G_STRUCT_OFFSET (PkOperation, timeout) },
  { "SecurityOnly", G_STRUCT_OFFSET (PkOperation, security_only) },
  { "Foreign", G_STRUCT_OFFSET (PkOperation, foreign) },
};

#define TEXT(operation, index) G_STRUCT_MEMBER (char *, operation, texts[index].offset)
#define NUMBER(operation, index) G_STRUCT_MEMBER (guint, operation, numbers[index].offset)

static void
operation_free (PkOperation *operation)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (TEXT (operation, i));
  g_free (operation->group);
  g_free (operation->file);
  g_free (operation->digest);
  g_free (operation->installed_id);
  g_free (operation->candidate_id);
  g_free (operation);
}

/**
 * pk_operation_new:
 * @kind: what to do
 * @node: (nullable): the node of the Exec, from the root of the tree
 * @correlator: (nullable): that of the Exec
 * @subject: what the door calls it
 *
 * Returns: (transfer full): an operation for pk_queue_accept()
 */
PkOperation *
pk_operation_new (PkKind kind, const char *node, const char *correlator, const char *subject)
{
  PkOperation *operation = g_new0 (PkOperation, 1);

  operation->kind = kind;
  operation->node = g_strdup (node);
  operation->correlator = g_strdup (correlator);
  operation->subject = g_strdup (subject);
  operation->max_tries = MAX_TRIES;
  operation->pause = 2;
  return operation;
}

static void
keep (PkQueue *self, PkOperation *operation)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (TEXT (operation, i) != NULL)
      pk_store_set (self->pk->state, operation->group, texts[i].key, TEXT (operation, i));
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    pk_store_set_int (self->pk->state, operation->group, numbers[i].key, NUMBER (operation, i));
}

/* After the daemon ended in the middle of it. */
static PkOperation *
find_again (PkQueue *self, const char *number)
{
  PkOperation *operation = g_new0 (PkOperation, 1);

  operation->group = g_strconcat (PREFIX, number, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = pk_store_get (self->pk->state, operation->group, texts[i].key);

      if (*text != '\0')
        TEXT (operation, i) = g_steal_pointer (&text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    NUMBER (operation, i) = (guint) pk_store_get_int (self->pk->state, operation->group, numbers[i].key);
  /* That does not count as one of its tries, unless it is what ends the daemon. */
  if (operation->interrupted++ < MAX_TRIES && operation->tries > 0)
    operation->tries--;
  return operation;
}

/* ---- The end of one ---- */

static gboolean
is_of_update (const PkOperation *operation)
{
  return operation->kind == PK_SCAN || operation->kind == PK_UPDATE_ALL;
}

static int
tell_result (const PkOperation *operation, const GError *error)
{
  PkStage stage = operation->kind == PK_REMOVE                ? PK_STAGE_REMOVE
                  : operation->phase <= PK_PHASE_DOWNLOADING ? PK_STAGE_DOWNLOAD
                                                              : PK_STAGE_INSTALL;
  int result = pk_error_to_scomo (error, stage);

  /* What is to be updated or removed has to be there. */
  return operation->kind == PK_UPDATE && result == 1402 ? 1405 : result;
}

static OmaValue *
make_data (Pk *pk, const PkOperation *operation, int result)
{
  g_autofree char *name = NULL;
  g_autofree char *xml = NULL;

  if (operation->kind == PK_JOB)
    return oma_value_new_int (result == 1200 ? 0 : result);
  if (!pk->alert_as_xml)
    return oma_value_new_int (result);
  name = g_markup_escape_text (operation->name != NULL ? operation->name : "", -1);
  xml = *name != '\0' && result == 1200
          ? g_strdup_printf ("<ResultCode>%d</ResultCode><Identifier>%s</Identifier>", result, name)
          : g_strdup_printf ("<ResultCode>%d</ResultCode>", result);
  return oma_value_new (OMA_FORMAT_XML, NULL, xml, strlen (xml));
}

static void
tell_server (Pk *pk, const PkOperation *operation, int result)
{
  g_autoptr(OmaValue) data = NULL;

  if (operation->node == NULL)
    return;
  data = make_data (pk, operation, result);
  oma_plugin_host_alert (pk->host, operation->kind == PK_JOB ? MSI_ALERT_TYPE : ALERT_TYPE,
                         result == 1200 ? "informational" : "warning", operation->node, operation->correlator, data);
}

static void start_next (PkQueue *self);

static void
over (PkOperation *operation, const GError *error, gpointer user_data)
{
  PkQueue *self = user_data;
  Pk *pk = self->pk;
  int result = tell_result (operation, error);

  g_message ("%s of %s: %d%s%s", operation->node != NULL ? operation->node : "The policy", operation->subject, result,
             error != NULL ? ", " : "", error != NULL ? error->message : "");
  g_clear_pointer (&self->run, pk_run_free);
  g_queue_remove (&self->operations, operation);
  pk_inventory_set_busy (pk->inventory, FALSE);
  if (operation->kind == PK_JOB)
    pk_msi_done (pk, operation, error);
  else if (is_of_update (operation))
    pk_update_done (pk, operation, error);
  else
    pk_scomo_done (pk, operation, error);
  /* In this order: a server that hears of the end twice is better off than one that never does. */
  tell_server (pk, operation, result);
  pk_store_remove (pk->state, operation->group);
  pk_store_save (pk->state);
  operation_free (operation);
  start_next (self);
}

static void
phase_changed (PkOperation *operation, gpointer user_data)
{
  PkQueue *self = user_data;

  keep (self, operation);
  pk_inventory_set_busy (self->pk->inventory, operation->phase == PK_PHASE_CHANGING);
  if (operation->kind == PK_JOB)
    pk_msi_phase (self->pk, operation);
  else if (!is_of_update (operation))
    pk_scomo_phase (self->pk, operation);
}

/* ---- The queue ---- */

static gboolean
start_cb (gpointer user_data)
{
  PkQueue *self = user_data;
  PkOperation *operation = g_queue_peek_head (&self->operations);

  self->timer = 0;
  if (operation != NULL && self->run == NULL)
    self->run = pk_run_new (self->pk, operation, phase_changed, over, self);
  return G_SOURCE_REMOVE;
}

static void
start_next (PkQueue *self)
{
  if (self->run == NULL && self->timer == 0 && !g_queue_is_empty (&self->operations))
    self->timer = g_timeout_add (HEAD_START, start_cb, self);
}

typedef struct {
  PkQueue     *queue;
  PkOperation *operation;
  GTask       *task;
} Accept;

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Accept *accept = user_data;
  g_autoptr(GTask) task = accept->task;
  GError *error = NULL;

  /* The plugin may be gone; then the operation is found again at the next start. */
  if (!oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    {
      if (g_object_get_data (source, "omadm-pk-queue") == accept->queue)
        {
          pk_store_remove (accept->queue->pk->state, accept->operation->group);
          g_queue_remove (&accept->queue->operations, accept->operation);
          operation_free (accept->operation);
        }
      g_task_return_error (task, error);
      return;
    }
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED, "Its end is told by an alert");
  if (g_object_get_data (source, "omadm-pk-queue") == accept->queue)
    start_next (accept->queue);
}

static void
put (PkQueue *self, PkOperation *operation)
{
  operation->group = g_strdup_printf (PREFIX "%08u", ++self->last);
  keep (self, operation);
  g_queue_push_tail (&self->operations, operation);
}

/**
 * pk_queue_accept:
 * @self: the queue
 * @operation: (transfer full): what to do
 * @task: of the Exec; returns %OMA_STATUS_ACCEPTED
 *
 * Writes it down, and does it when its turn has come.
 */
void
pk_queue_accept (PkQueue *self, PkOperation *operation, GTask *task)
{
  Accept *accept;

  if (g_queue_get_length (&self->operations) >= MAX_OPERATIONS)
    {
      operation_free (operation);
      pk_return_error (task, OMA_STATUS_RETRY_LATER, "%u operations wait already", MAX_OPERATIONS);
      return;
    }
  accept = g_new0 (Accept, 1);
  put (self, operation);
  *accept = (Accept) { self, operation, g_object_ref (task) };
  pk_store_save_async (self->pk->state, kept_cb, accept);
}

/**
 * pk_queue_add:
 * @self: the queue
 * @operation: (transfer full): what to do, of the policy
 */
void
pk_queue_add (PkQueue *self, PkOperation *operation)
{
  put (self, operation);
  pk_store_save (self->pk->state);
  start_next (self);
}

/**
 * pk_queue_find:
 * @self: the queue
 * @prefix: how the node of the Exec begins, "" for those of the policy as well
 * @subject: what the door calls it
 *
 * Returns: (transfer none) (nullable): the operation on it
 */
PkOperation *
pk_queue_find (PkQueue *self, const char *prefix, const char *subject)
{
  for (GList *l = self->operations.head; l != NULL; l = l->next)
    {
      PkOperation *operation = l->data;

      if (g_str_has_prefix (operation->node != NULL ? operation->node : "", prefix) &&
          g_strcmp0 (operation->subject, subject) == 0)
        return operation;
    }
  return NULL;
}

/**
 * pk_queue_is_busy:
 * @self: the queue
 *
 * Returns: whether something is to be done
 */
gboolean
pk_queue_is_busy (PkQueue *self)
{
  return !g_queue_is_empty (&self->operations);
}

/**
 * pk_queue_new:
 * @self: the plugin
 *
 * Returns: (transfer full): its queue
 */
PkQueue *
pk_queue_new (gpointer self)
{
  PkQueue *queue = g_new0 (PkQueue, 1);

  queue->pk = self;
  g_queue_init (&queue->operations);
  g_object_set_data (G_OBJECT (queue->pk->host), "omadm-pk-queue", queue);
  return queue;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * pk_queue_resume:
 * @self: the queue, of a plugin that starts
 *
 * Goes on with what an earlier run of the daemon did not bring to its end.
 */
void
pk_queue_resume (PkQueue *self)
{
  g_auto(GStrv) names = pk_store_list (self->pk->state, PREFIX);

  qsort (names, g_strv_length (names), sizeof (char *), compare_names);
  for (guint i = 0; names[i] != NULL; i++)
    {
      PkOperation *operation = find_again (self, names[i]);

      self->last = MAX (self->last, (guint) g_ascii_strtoull (names[i], NULL, 10));
      g_message ("%s of %s is found again", operation->node != NULL ? operation->node : "The policy",
                 operation->subject);
      g_queue_push_tail (&self->operations, operation);
    }
  start_next (self);
}

/**
 * pk_queue_free:
 * @self: (transfer full): the queue
 *
 * What is to be done stays written down.
 */
void
pk_queue_free (PkQueue *self)
{
  g_object_set_data (G_OBJECT (self->pk->host), "omadm-pk-queue", NULL);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->run, pk_run_free);
  g_queue_clear_full (&self->operations, (GDestroyNotify) operation_free);
  g_free (self);
}
