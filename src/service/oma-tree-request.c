/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-tree-request.h"

#include "service/oma-fd-reader.h"
#include "service/oma-node-view.h"
#include "service/oma-value-variant.h"

static const OmaPrincipal administrator = { OMA_PRINCIPAL_ADMINISTRATOR, NULL };

static void
tree_request_free (OmaTreeRequest *self)
{
  oma_operation_clear (&self->operation);
  g_clear_pointer (&self->octets, oma_value_unref);
  g_clear_pointer (&self->work, oma_work_free);
  g_free (self->uri);
  g_free (self);
}

/**
 * oma_tree_request_new:
 * @request: (transfer full): the call
 * @type: what to do
 * @uri: to which node, copied
 * @reply: answers the call
 *
 * Returns: (transfer full): to be given to oma_tree_request_run() or
 *   oma_tree_request_run_with_value()
 */
OmaTreeRequest *
oma_tree_request_new (OmaRequest *request, OmaOperationType type, const char *uri, OmaTreeReplyFunc reply)
{
  OmaTreeRequest *self = g_new0 (OmaTreeRequest, 1);

  self->request = request;
  self->reply = reply;
  self->work = oma_work_new (oma_agent_get_executor (request->agent), &administrator);
  oma_work_set_rehearsal (self->work, TRUE);
  self->uri = g_strdup (uri);
  self->operation.type = type;
  self->operation.uri = self->uri;
  return self;
}

/**
 * oma_tree_request_set_finds_by_moid:
 * @self: a Get of "./?moid=..."
 *
 * See oma_work_set_finds_by_moid().
 */
void
oma_tree_request_set_finds_by_moid (OmaTreeRequest *self)
{
  oma_work_set_finds_by_moid (self->work, TRUE);
}

/**
 * oma_operation_dup_error:
 * @operation: an operation that was run
 *
 * Returns: (transfer full) (nullable): why it failed, %NULL when it did not
 */
GError *
oma_operation_dup_error (const OmaOperation *operation)
{
  if (oma_status_is_success (operation->status))
    return NULL;
  if (operation->error != NULL)
    return g_error_copy (operation->error);
  return g_error_new_literal (OMA_STATUS_ERROR, operation->status, oma_status_get_phrase (operation->status));
}

static void
fail (OmaTreeRequest *self, GError *error)
{
  OmaRequest *request = g_steal_pointer (&self->request);

  if (self->error_func != NULL)
    self->error_func (request, error);
  else
    oma_request_return_error (request, error);
  tree_request_free (self);
}

static void
succeed (OmaTreeRequest *self)
{
  self->reply (g_steal_pointer (&self->request), &self->operation);
  tree_request_free (self);
}

static void
committed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaTreeRequest *self = user_data;
  GError *error = NULL;

  if (oma_work_commit_finish (self->work, result, &error))
    succeed (self);
  else
    fail (self, error);
}

static void
applied_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaTreeRequest *self = user_data;
  GError *error = NULL;

  if (oma_work_apply_finish (self->work, result, &error))
    oma_tree_request_run (self);
  else
    fail (self, error);
}

static void
run_done (OmaTreeRequest *self)
{
  GError *error = oma_operation_dup_error (&self->operation);

  if (error != NULL)
    fail (self, error);
  else if (oma_work_held_back (self->work))
    oma_work_apply_async (self->work, applied_cb, self);
  else if (oma_work_is_dirty (self->work))
    oma_work_commit_async (self->work, NULL, committed_cb, self);
  else
    succeed (self);
}

static void
run_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaTreeRequest *self = user_data;
  GError *error = NULL;

  if (oma_work_run_finish (self->work, result, &error) || self->operation.status != OMA_STATUS_NONE)
    {
      g_clear_error (&error);
      run_done (self);
    }
  else
    fail (self, error);
}

/**
 * oma_tree_request_refuse:
 * @self: (transfer full): a request that was not run
 * @code: why
 * @reason: text for the caller
 *
 * Answers the call with an #OmaDBusError.
 */
void
oma_tree_request_refuse (OmaTreeRequest *self, OmaDBusError code, const char *reason)
{
  fail (self, g_error_new_literal (OMA_DBUS_ERROR, code, reason));
}

/**
 * oma_tree_request_set_octets:
 * @self: a request
 * @octets: (transfer full): what the operation gets as data
 */
void
oma_tree_request_set_octets (OmaTreeRequest *self, OmaValue *octets)
{
  self->octets = octets;
  self->operation.data = oma_value_get_data (octets, &self->operation.length);
}

/**
 * oma_tree_request_run:
 * @self: (transfer full): a request
 *
 * Runs the operation, commits what it changed, and answers the call.
 */
void
oma_tree_request_run (OmaTreeRequest *self)
{
  oma_work_run_async (self->work, &self->operation, self->request->cancellable, run_cb, self);
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaTreeRequest *self = user_data;
  GError *error = NULL;
  OmaValue *octets = oma_fd_read_finish (result, &error);

  if (octets == NULL)
    {
      fail (self, error);
      return;
    }
  oma_tree_request_set_octets (self, octets);
  oma_tree_request_run (self);
}

/**
 * oma_tree_request_run_with_value:
 * @self: (transfer full): a request
 * @value: the value as the caller gave it, a descriptor perhaps
 *
 * As oma_tree_request_run(), with @value as the operation's data.
 */
void
oma_tree_request_run_with_value (OmaTreeRequest *self, GVariant *value)
{
  GError *error = NULL;
  OmaValue *octets;
  int fd;

  if (oma_variant_is_handle (value))
    {
      fd = oma_variant_dup_handle (value, oma_request_get_descriptors (self->request), &error);
      if (fd < 0)
        fail (self, error);
      else
        oma_fd_read_async (fd, OMA_FD_FILE, OMA_MAX_OBJECT_SIZE, self->request->cancellable, read_cb, self);
      return;
    }
  octets = oma_value_from_variant (value, &error);
  if (octets == NULL)
    {
      fail (self, error);
      return;
    }
  oma_tree_request_set_octets (self, octets);
  oma_tree_request_run (self);
}

/**
 * oma_tree_reply_value:
 * @request: (transfer full): a call of Get
 * @operation: the Get that was done
 *
 * Answers with format, type and value.
 */
void
oma_tree_reply_value (OmaRequest *request, OmaOperation *operation)
{
  OmaValue *value = operation->result;
  g_autoptr(GUnixFDList) descriptors = g_unix_fd_list_new ();
  g_autoptr(OmaNodeView) view = NULL;
  GError *error = NULL;
  GVariant *variant = oma_value_to_variant (value, descriptors, &error);
  const char *type = oma_value_get_type_name (value);

  if (variant == NULL)
    {
      oma_request_return_error (request, error);
      return;
    }
  if (oma_value_get_format (value) == OMA_FORMAT_NODE)
    {
      view = oma_node_view_new (oma_agent_get_tree (request->agent), operation->uri, NULL);
      type = view != NULL ? oma_node_view_get_type (view) : "";
    }
  oma_request_return (request,
                      g_variant_new ("(ssv)", oma_format_to_string (oma_value_get_format (value)), type, variant),
                      descriptors);
}

/**
 * oma_tree_reply_status:
 * @request: (transfer full): a call of Exec
 * @operation: the Exec that was done
 *
 * Answers with the operation's status.
 */
void
oma_tree_reply_status (OmaRequest *request, OmaOperation *operation)
{
  oma_request_return (request, g_variant_new ("(u)", operation->status), NULL);
}

/**
 * oma_tree_reply_nothing:
 * @request: (transfer full): a call without result
 * @operation: what was done
 *
 * Answers that it was done.
 */
void
oma_tree_reply_nothing (OmaRequest *request, OmaOperation *operation G_GNUC_UNUSED)
{
  oma_request_return (request, NULL, NULL);
}
