/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-conflict.h"

#include <string.h>

/* Our reading of two servers that want different values, where their rights let both: the one
 * that set the value keeps it, the other one gets 425, until
 *
 * - the node's own ACL names the other one for the command: then the ACL decides alone;
 * - the administrator or the device sets the value: then it is nobody's;
 * - the first server's account is removed: what it set is then nobody's too;
 * - or the DDF says that another rule holds (MSFT:ConflictResolution).
 *
 * A server that wants the value that is there already gets 200, and it stays the other's. */
#define OWNER_WINS TRUE

/* Another server that set the value of the node, or that made it; NULL when there is none that
 * matters. */
static const char *
find_rival (OmaJob *job, const OmaNode *node, OmaAccess command)
{
  const OmaPrincipal *principal = &job->work->rights.principal;
  const OmaChange *view = job->work->change;
  const char *owner;
  OmaAcl *acl;

  if (!OWNER_WINS || principal->kind != OMA_PRINCIPAL_SERVER || node == NULL)
    return NULL;
  owner = oma_node_get_owner (node, view);
  if (G_LIKELY (owner == NULL || strcmp (owner, principal->server_id) == 0))
    return NULL;
  acl = oma_node_get_acl (node, view);
  return acl != NULL && oma_acl_names (acl, command, principal->server_id) ? NULL : owner;
}

static gboolean
get_number (OmaValue *value, gint64 *number)
{
  const char *text = oma_value_get_text (value);

  return text != NULL && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, number, NULL);
}

/* Whether @value is at least as secure as @old.  Zero stands for no limit where the rule says
 * so, which is the least secure there is. */
static gboolean
is_more_secure (OmaMergeRule rule, gint64 value, gint64 old)
{
  gboolean zero_is_open = rule == OMA_MERGE_LOWEST_ZERO_OPEN || rule == OMA_MERGE_HIGHEST_ZERO_OPEN;

  if (zero_is_open && (value == 0 || old == 0))
    return old == 0;
  if (rule == OMA_MERGE_LOWEST || rule == OMA_MERGE_LOWEST_ZERO_OPEN)
    return value < old;
  return value > old;
}

static gboolean
wins (OmaMergeRule rule, OmaValue *value, OmaValue *old)
{
  gint64 new_number, old_number;

  switch (rule)
    {
    case OMA_MERGE_LAST_WRITE:
      return TRUE;
    case OMA_MERGE_LOWEST:
    case OMA_MERGE_LOWEST_ZERO_OPEN:
    case OMA_MERGE_HIGHEST:
    case OMA_MERGE_HIGHEST_ZERO_OPEN:
      return get_number (value, &new_number) && get_number (old, &old_number) &&
             is_more_secure (rule, new_number, old_number);
    case OMA_MERGE_NONE:
    default:
      return FALSE;
    }
}

static gboolean
are_equal (OmaValue *a, OmaValue *b)
{
  gsize size_a, size_b;
  gconstpointer data_a = oma_value_get_data (a, &size_a), data_b = oma_value_get_data (b, &size_b);

  return size_a == size_b && memcmp (data_a, data_b, size_a) == 0;
}

/**
 * oma_conflict_judge:
 * @job: a job of a principal whom AccessType and ACL let replace the value
 * @target: a leaf that exists
 * @value: what it is to become
 *
 * Finds out whether another server wants another value.  Microsoft keeps what each server wants
 * and computes what holds; here the value that holds is kept with its owner, so that the rule of
 * the DDF decides between it and the new one.
 *
 * Returns: what becomes of @value
 */
OmaConflict
oma_conflict_judge (OmaJob *job, const OmaTarget *target, OmaValue *value)
{
  const OmaSchemaNode *schema = target->lookup.schema;
  g_autoptr(OmaValue) old = NULL;
  g_autoptr(GError) failure = NULL;

  if (G_LIKELY (find_rival (job, target->lookup.node, OMA_ACCESS_REPLACE) == NULL))
    return OMA_CONFLICT_NONE;
  old = oma_uri_read_value (&target->uri, &target->lookup, job, &failure);
  if (old == NULL && failure == NULL)
    return OMA_CONFLICT_WAIT;
  if (old != NULL && are_equal (old, value))
    return OMA_CONFLICT_SAME;
  return old != NULL && wins (schema->merge, value, old) ? OMA_CONFLICT_NONE : OMA_CONFLICT_LOST;
}

static gboolean
holds_value_of_rival (OmaJob *job, OmaNode *node)
{
  const OmaChange *view = job->work->change;

  const OmaSchemaNode *schema = oma_node_get_schema (node);

  if (!oma_node_is_interior (node))
    return (schema == NULL || schema->merge != OMA_MERGE_LAST_WRITE) &&
           find_rival (job, node, OMA_ACCESS_DELETE) != NULL;
  for (OmaNode *child = oma_node_first_child (node, view); child != NULL; child = oma_node_next_sibling (child, view))
    if (holds_value_of_rival (job, child))
      return TRUE;
  return FALSE;
}

/**
 * oma_conflict_stops_delete:
 * @job: a job of a principal whom AccessType and ACL let delete the node
 * @target: a node that exists
 *
 * A value that is gone is another value.
 *
 * Returns: whether the node is or holds a value that another server has set
 */
gboolean
oma_conflict_stops_delete (OmaJob *job, const OmaTarget *target)
{
  if (job->work->rights.principal.kind != OMA_PRINCIPAL_SERVER || target->lookup.node == NULL)
    return FALSE;
  return holds_value_of_rival (job, target->lookup.node);
}
