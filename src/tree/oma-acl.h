/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-schema.h"

G_BEGIN_DECLS

/**
 * OmaAcl:
 *
 * An access control list (DM Tree and Description 1.2, ACL).  Immutable, reference counted.
 */
typedef struct _OmaAcl OmaAcl;

OmaAcl     *oma_acl_parse          (const char *text, GError **error);
OmaAcl     *oma_acl_ref            (OmaAcl *acl);
void        oma_acl_unref          (OmaAcl *acl);
const char *oma_acl_get_text       (const OmaAcl *acl);
gboolean    oma_acl_allows         (const OmaAcl *acl, OmaAccess command, const char *server_id);
gboolean    oma_acl_names          (const OmaAcl *acl, OmaAccess command, const char *server_id);
guint       oma_acl_get_commands   (const OmaAcl *acl, const char *server_id);
char      **oma_acl_list_servers   (const OmaAcl *acl);
OmaAcl     *oma_acl_with_server    (const OmaAcl *acl, guint grant, const char *server_id);
OmaAcl     *oma_acl_without_server (const OmaAcl *acl, const char *server_id);
gboolean    oma_acl_server_id_is_valid (const char *server_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAcl, oma_acl_unref)

G_END_DECLS
