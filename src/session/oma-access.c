/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-access.h"

/**
 * oma_rights_init:
 * @rights: (out caller-allocates): what to fill; clear it with oma_rights_clear()
 * @principal: who acts, copied
 */
void
oma_rights_init (OmaRights *rights, const OmaPrincipal *principal)
{
  *rights = (OmaRights) {
    .principal = { principal->kind, g_strdup (principal->server_id) },
  };
}

/**
 * oma_rights_clear:
 * @rights: rights
 *
 * Frees what @rights points to.
 */
void
oma_rights_clear (OmaRights *rights)
{
  g_free ((char *) rights->principal.server_id);
  rights->principal.server_id = NULL;
  g_clear_pointer (&rights->acl, oma_acl_unref);
  rights->known = rights->allowed = 0;
}

/**
 * oma_rights_has_access:
 * @rights: rights
 * @schema: (nullable): what describes the node; %NULL for the root and nodes above mount
 *   points, which can only be read
 * @command: the command
 *
 * The first gate: AccessType (DM Tree and Description 1.2, DFProperties).  It binds everybody
 * but the device itself.
 *
 * Returns: whether the DDF lets @command act on the node
 */
gboolean
oma_rights_has_access (const OmaRights *rights, const OmaSchemaNode *schema, OmaAccess command)
{
  if (rights->principal.kind == OMA_PRINCIPAL_DEVICE)
    return TRUE;
  return ((schema != NULL ? schema->access : OMA_ACCESS_GET) & command) != 0;
}

/**
 * oma_rights_may_make_and_unmake:
 * @rights: rights
 * @schema: what describes the node
 *
 * Permanent nodes come and go with the device only (DM Tree and Description 1.2, Scope).
 *
 * Returns: whether the node may be added, deleted or renamed, AccessType aside
 */
gboolean
oma_rights_may_make_and_unmake (const OmaRights *rights, const OmaSchemaNode *schema)
{
  return !schema->permanent || rights->principal.kind == OMA_PRINCIPAL_DEVICE;
}

/**
 * oma_rights_are_granted:
 * @rights: rights
 * @node: the node, or the nearest one above it that the tree holds
 * @view: (nullable): the change in whose eyes to look
 * @command: the command
 *
 * The second gate: the ACL that is in effect at @node (DM Tree and Description 1.2, ACL).
 * It binds servers only.
 *
 * Returns: whether @command is granted
 */
gboolean
oma_rights_are_granted (OmaRights *rights, const OmaNode *node, const OmaChange *view, OmaAccess command)
{
  OmaAcl *acl;

  if (rights->principal.kind != OMA_PRINCIPAL_SERVER)
    return TRUE;
  acl = oma_node_get_effective_acl (node, view);
  if (acl == NULL || rights->principal.server_id == NULL)
    return FALSE;
  if (acl != rights->acl)
    {
      /* The reference keeps the address from being given to another list. */
      g_clear_pointer (&rights->acl, oma_acl_unref);
      rights->acl = oma_acl_ref (acl);
      rights->known = rights->allowed = 0;
    }
  if ((rights->known & command) == 0)
    {
      rights->known |= command;
      if (oma_acl_allows (acl, command, rights->principal.server_id))
        rights->allowed |= command;
    }
  return (rights->allowed & command) != 0;
}

/**
 * oma_rights_may_set_acl:
 * @rights: rights
 * @node: the node, or the nearest one above it that the tree holds
 * @parent: (nullable): the same for its parent, %NULL when the node is the root
 * @interior: whether the node is an interior one
 * @view: (nullable): the change in whose eyes to look
 *
 * Who may replace an ACL (DM Tree and Description 1.2, ACL): with Replace on the parent one
 * controls every child, with Replace on an interior node that node's own list, but with
 * Replace on a leaf only its value.
 *
 * Returns: whether the node's ACL may be replaced
 */
gboolean
oma_rights_may_set_acl (OmaRights *rights, const OmaNode *node, const OmaNode *parent, gboolean interior,
                        const OmaChange *view)
{
  if (interior && oma_rights_are_granted (rights, node, view, OMA_ACCESS_REPLACE))
    return TRUE;
  return parent != NULL && oma_rights_are_granted (rights, parent, view, OMA_ACCESS_REPLACE);
}

/**
 * oma_rights_make_creation_acl:
 * @rights: rights
 * @parent: the parent of a new interior node, or the nearest node above it that the tree holds
 * @given: (nullable): the ACL that the DDF gives the new node
 * @view: (nullable): the change in whose eyes to look
 *
 * A server that adds an interior node without having Replace on its parent could never manage
 * what it made; the device then gives it Add, Delete and Replace on the new node (DM Tree and
 * Description 1.2, ACL).  Deviation: Get is granted too, since the new list ends inheritance
 * and its maker could not read its own node otherwise.
 *
 * Returns: (transfer full) (nullable): the list to set, %NULL when none is needed
 */
OmaAcl *
oma_rights_make_creation_acl (OmaRights *rights, const OmaNode *parent, const OmaAcl *given, const OmaChange *view)
{
  if (oma_rights_are_granted (rights, parent, view, OMA_ACCESS_REPLACE))
    return NULL;
  return oma_acl_with_server (given, OMA_ACCESS_ADD | OMA_ACCESS_DELETE | OMA_ACCESS_GET | OMA_ACCESS_REPLACE,
                              rights->principal.server_id);
}
