/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-object-query.h"

/* What DM 2.0 lets a server do with an instance is what the ACL of its root says (DM Tree and Description 1.2, ACL); there
 * is no other list.  Our reading: */
static const struct {
  OmaObjectRights right;
  guint           commands;   /* that it takes, all of them */
} rights_table[] = {
  { OMA_OBJECT_RIGHT_READ, OMA_ACCESS_GET },
  { OMA_OBJECT_RIGHT_WRITE, OMA_ACCESS_ADD | OMA_ACCESS_DELETE | OMA_ACCESS_REPLACE },
  { OMA_OBJECT_RIGHT_EXECUTE, OMA_ACCESS_EXEC },
  { OMA_OBJECT_RIGHT_DELEGATE, OMA_ACCESS_REPLACE },   /* of the ACL, as of all that the root has */
};

/**
 * oma_object_rights_get_commands:
 * @rights: rights of DM 2.0
 *
 * Returns: the #OmaAccess that an ACL grants to who has them
 */
guint
oma_object_rights_get_commands (OmaObjectRights rights)
{
  guint commands = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (rights_table); i++)
    if (rights & rights_table[i].right)
      commands |= rights_table[i].commands;
  return commands;
}

/**
 * oma_object_rights_from_commands:
 * @commands: #OmaAccess that an ACL grants
 *
 * Returns: the rights of DM 2.0 that these are; commands of which no right consists are none
 */
OmaObjectRights
oma_object_rights_from_commands (guint commands)
{
  OmaObjectRights rights = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (rights_table); i++)
    if ((commands & rights_table[i].commands) == rights_table[i].commands)
      rights |= rights_table[i].right;
  return rights;
}

/**
 * oma_object_rights_find:
 * @rights: who asks
 * @node: root of an instance, or the nearest node above it that the tree holds
 * @parent: (nullable): the same for its parent
 * @view: (nullable): the change in whose eyes to look
 *
 * Returns: what the principal may do with the instance; to delegate rights may also who controls the parent
 */
OmaObjectRights
oma_object_rights_find (OmaRights *rights, const OmaNode *node, const OmaNode *parent, const OmaChange *view)
{
  static const OmaAccess commands[] = {
    OMA_ACCESS_ADD, OMA_ACCESS_DELETE, OMA_ACCESS_EXEC, OMA_ACCESS_GET, OMA_ACCESS_REPLACE,
  };
  guint granted = 0;
  OmaObjectRights found;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (oma_rights_are_granted (rights, node, view, commands[i]))
      granted |= commands[i];
  found = oma_object_rights_from_commands (granted);
  if ((found & OMA_OBJECT_RIGHT_DELEGATE) == 0 && oma_rights_may_set_acl (rights, node, parent, TRUE, view))
    found |= OMA_OBJECT_RIGHT_DELEGATE;
  return found;
}
