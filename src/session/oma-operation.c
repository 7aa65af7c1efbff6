/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-object-query.h"
#include "session/oma-operation.h"

#include <string.h>

#define MAX_TEXT (64 * 1024)   /* octets of a property, as they are stated */

/* The rules of the tree: DM Tree and Description 1.2; SyncML Representation Protocol 1.2, DM
 * usage, for the status of each failure.
 *
 * Checks come in this order: can the URI be parsed (400, 404, 414, an unknown query); is the
 * node there (404, of Add 418); do AccessType, Scope and the kind of node let the command act
 * (405); does the ACL (425); and last is the value right (412, 413, 415, 500).
 *
 * Where the texts leave room:
 *
 * - An unknown query is 406 for Get and 405 for the other commands; an unknown property 406.
 *   "?prop=" on commands other than Get and Replace is 405, "?list=" on others than Get too.
 * - Get of a property needs Get in AccessType like Get of the value, so that nothing leaks of
 *   nodes that cannot be read.  Replace of an ACL is not bound by AccessType, since only the
 *   ACL itself says who controls it; Replace of Name and Title is.
 * - Add of a URI that no DDF describes is 404, also where the parent exists, since it "cannot
 *   be resolved"; but 405 when a leaf lies on the way.  More siblings than Occurrence permits
 *   is 405.  A parent that is missing is made if its AccessType has Add and it is dynamic.
 *   A permanent node that a missing parent brings with it takes the value of the Add.
 * - Add of a leaf with format node, or of an interior node with another one or without any but
 *   with data, is 415; data under format node 405.  An interior node may be added without a
 *   stated format when there are no data: the DDF knows better than the default chr.
 * - Replace of an interior node is 405.  A format or type that the node cannot have is 415,
 *   for a permanent node 405; being of the value this is found after 425.
 * - Delete does not look at the lower bound of Occurrence, and not at the ACL or AccessType of
 *   descendants: those that are permanent go with the dynamic node above them.  A subtree into
 *   which another DDF is mounted cannot be deleted.
 * - Copy needs what Get and then Replace or Add would need; Copy in AccessType is not asked
 *   for, as few published DDF files know it.
 * - The name of a node that the DDF names cannot be changed (405), nor to a name that the DDF
 *   describes otherwise (405); one that no node can have is 500.
 * - A title of more than 255 octets is 413, a bad ACL 500, an empty one on the root 405.
 */

/**
 * oma_operation_clear:
 * @operation: an operation
 *
 * Frees its outcome; what the caller put in stays.
 */
void
oma_operation_clear (OmaOperation *operation)
{
  operation->status = OMA_STATUS_NONE;
  g_clear_error (&operation->error);
  g_clear_pointer (&operation->result, oma_value_unref);
  g_clear_pointer (&operation->names, g_strfreev);
  g_clear_pointer (&operation->nodes, oma_node_list_free);
  g_clear_pointer (&operation->objects, g_ptr_array_unref);
  g_clear_pointer (&operation->failed_uri, g_free);
}

/* Internal: sets @error and returns FALSE.  The node is named when the operation is over. */
gboolean
oma_operation_refuse (OmaStatus status, const char *reason, GError **error)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, status, reason);
  return FALSE;
}

/* Internal: the data of a command that are text, as they are for properties. */
char *
oma_operation_dup_text (const OmaOperation *operation, GError **error)
{
  gsize length = operation->length;
  const char *data = operation->data;
  g_autofree char *decoded = NULL;

  if (operation->value != NULL)
    data = oma_value_get_data (operation->value, &length);
  if (length > MAX_TEXT)
    {
      oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "a property cannot be that long", error);
      return NULL;
    }
  if (data == NULL)
    {
      oma_operation_refuse (OMA_STATUS_INCOMPLETE_COMMAND, "there are no data", error);
      return NULL;
    }
  if (operation->data_is_base64 && operation->value == NULL)
    {
      decoded = oma_format_decode_base64 (data, length, &length, error);
      if (decoded == NULL)
        return NULL;
      data = decoded;
    }
  if (!g_utf8_validate_len (data, length, NULL))
    {
      oma_operation_refuse (OMA_STATUS_COMMAND_FAILED, "the data are not text", error);
      return NULL;
    }
  return g_strndup (data, length);
}

/* Internal: does the operation of @job, an OmaJobRun. */
gboolean
oma_operation_run (OmaJob *job, GError **error)
{
  switch (job->operation->type)
    {
    case OMA_OPERATION_GET:
    case OMA_OPERATION_LIST:
    case OMA_OPERATION_READ:
      return oma_operation_read (job, error);
    case OMA_OPERATION_FIND:
      return oma_operation_find_objects (job, error);
    case OMA_OPERATION_ADD:
    case OMA_OPERATION_COPY:
    case OMA_OPERATION_DELETE:
    case OMA_OPERATION_EXEC:
    case OMA_OPERATION_REPLACE:
      return oma_operation_finds (job->operation) ? oma_operation_find (job, error) : oma_operation_write (job, error);
    default:
      return oma_operation_refuse (OMA_STATUS_NOT_SUPPORTED, "there is no such operation", error);
    }
}
