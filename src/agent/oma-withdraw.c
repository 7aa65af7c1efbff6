/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-withdraw.h"

#include "agent/oma-account-private.h"

#include <string.h>

static gboolean
is_owned (const OmaNode *node, const char *server_id)
{
  return g_strcmp0 (oma_node_get_owner (node, NULL), server_id) == 0;
}

/* Nobody but the server and the device itself has a hand in the node and what is below it. */
static gboolean
belongs_to (const OmaNode *node, const char *server_id)
{
  const OmaSchemaNode *schema = oma_node_get_schema (node);

  if (!is_owned (node, server_id) &&
      (oma_node_get_owner (node, NULL) != NULL || schema == NULL || !oma_schema_node_is_automatic (schema)))
    return FALSE;
  for (OmaNode *child = oma_node_first_child (node, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (!belongs_to (child, server_id))
      return FALSE;
  return TRUE;
}

/* A plugin does what its DDF says; the device may do anything to stored nodes. */
static gboolean
can_do (const OmaNode *node, OmaAccess command)
{
  return !oma_node_is_overlay (node) || (oma_node_get_schema (node)->access & command) != 0;
}

/* The server added the node, as far as one can know: a leaf that was changed since it was made
 * may have been there before, so it goes only when there is no default to return to. */
static gboolean
was_added_by (const OmaNode *node, const char *server_id)
{
  const OmaSchemaNode *schema = oma_node_get_schema (node);

  if (!is_owned (node, server_id) || schema == NULL || schema->permanent || !can_do (node, OMA_ACCESS_DELETE))
    return FALSE;
  if (oma_node_is_interior (node))
    return belongs_to (node, server_id);
  if (schema->name != NULL && schema->min_occurrence > 0)
    return FALSE;
  return schema->default_value == NULL || (!oma_node_is_overlay (node) && oma_node_get_verno (node, NULL) == 0);
}

static void
withdraw_node (OmaPlan *plan, const OmaNode *node, const char *server_id)
{
  const OmaSchemaNode *schema = oma_node_get_schema (node);
  g_autofree char *uri = NULL;

  if (was_added_by (node, server_id))
    {
      uri = oma_node_dup_uri (node);
      oma_plan_delete (plan, uri);
      return;
    }
  if (!oma_node_is_interior (node))
    {
      if (!is_owned (node, server_id) || schema == NULL || !can_do (node, OMA_ACCESS_REPLACE) ||
          (oma_node_is_overlay (node) && schema->default_value == NULL))
        return;
      uri = oma_node_dup_uri (node);
      oma_plan_replace (plan, uri, oma_schema_node_make_default (schema));
      return;
    }
  for (OmaNode *child = oma_node_first_child (node, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    withdraw_node (plan, child, server_id);
}

static gboolean
is_account_root (const OmaNode *node)
{
  for (guint i = 0; i < OMA_ACCOUNT_N_PLACES; i++)
    if (strcmp (oma_node_get_name (node), oma_account_places_get (i)->root_name) == 0)
      return TRUE;
  return FALSE;
}

/**
 * oma_withdraw_add_steps:
 * @plan: a unit of work
 * @server_id: a server
 *
 * Notes what undoes the server's work.  With each node is kept which server set it last, but not
 * what it was before.  So:
 *
 * - an interior node that the server added is deleted with all below it, if nobody else put
 *   something there; else only the server's own nodes below it go;
 * - a leaf that the server added is deleted;
 * - a leaf that the server changed returns to the DefaultValue of the DDF.  If there is none
 *   it is deleted, or emptied where the DDF says that it must be there;
 * - what another server, the administrator or the device set later stays;
 * - nodes of plugins are treated alike where their DDF lets one delete them or gives them a
 *   default; what cannot be undone there stays;
 * - titles and names that the server gave stay.
 *
 * Accounts are left out: the server's own goes with its removal.
 */
void
oma_withdraw_add_steps (OmaPlan *plan, const char *server_id)
{
  OmaNode *root = oma_tree_get_root (oma_plan_get_tree (plan));

  for (OmaNode *child = oma_node_first_child (root, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (!is_account_root (child))
      withdraw_node (plan, child, server_id);
}
