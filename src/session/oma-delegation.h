/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-tnds.h"
#include "session/oma-objects.h"

G_BEGIN_DECLS

/* Our reading: the identifier of the access control object, whose content the sources do not tell.  It has an instance for
 * each instance of another object; its MIID is the ClientURI of that without the last slash. */
#define OMA_DELEGATION_MOID "urn:oma:mo:oma-dm-dac:1.0"

gboolean oma_delegation_is_meant (const OmaClientUri *uri);
void     oma_delegation_list     (const GPtrArray *roots, GPtrArray *found);
void     oma_delegation_find     (const GPtrArray *roots, const OmaClientUri *uri, gboolean for_creation,
                                  GPtrArray *found);
char    *oma_delegation_make_miid (const char *moid, const char *miid);

/* oma-delegation-data.c */
char    *oma_delegation_find_instance (const OmaTnds *document);
char    *oma_delegation_make_acl (const OmaObjectNode *node, const OmaTnds *document, GError **error);

G_END_DECLS
