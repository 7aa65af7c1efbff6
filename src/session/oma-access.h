/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-change.h"
#include "tree/oma-principal.h"
#include "tree/oma-tree.h"

G_BEGIN_DECLS

/**
 * OmaRights:
 * @principal: who acts; its strings are owned
 * @acl: (nullable): the list that was asked last; @known and @allowed hold its answers
 * @known: #OmaAccess bits that were asked of @acl
 * @allowed: the bits among @known that it grants
 *
 * What a principal may do.  Rights come from two gates that know nothing of each other: the
 * AccessType of the DDF (405) and the ACL (425).
 */
typedef struct {
  OmaPrincipal principal;
  OmaAcl      *acl;
  guint        known;
  guint        allowed;
} OmaRights;

void     oma_rights_init         (OmaRights *rights, const OmaPrincipal *principal);
void     oma_rights_clear        (OmaRights *rights);
gboolean oma_rights_has_access   (const OmaRights *rights, const OmaSchemaNode *schema, OmaAccess command);
gboolean oma_rights_may_make_and_unmake (const OmaRights *rights, const OmaSchemaNode *schema);
gboolean oma_rights_are_granted  (OmaRights *rights, const OmaNode *node, const OmaChange *view, OmaAccess command);
gboolean oma_rights_may_set_acl  (OmaRights *rights, const OmaNode *node, const OmaNode *parent, gboolean interior,
                                  const OmaChange *view);
OmaAcl  *oma_rights_make_creation_acl (OmaRights *rights, const OmaNode *parent, const OmaAcl *given,
                                       const OmaChange *view);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaRights, oma_rights_clear)

G_END_DECLS
