/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* XML that a server sent as the value of a leaf: read whole, within bounds, without document type, entities, files or
 * network.  Elements are found by their local names: Windows servers and their manuals name more than one namespace
 * for the same schema. */

#include <omadm/omadm.h>

#include <libxml/tree.h>

G_BEGIN_DECLS

/* Octets of a document, and of the names and texts of it that a message quotes. */
#define NM_XML_MAX_SIZE (64 * 1024)
#define NM_XML_MAX_QUOTE 64

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

xmlDoc     *nm_xml_read     (const char *text, const char *root, GError **error);
char       *nm_xml_write    (xmlDoc *document);
xmlNode    *nm_xml_find     (const xmlNode *node, const char *path);
xmlNode    *nm_xml_next     (const xmlNode *node);
char       *nm_xml_dup_text (const xmlNode *node, const char *path);
gboolean    nm_xml_get_bool (const xmlNode *node, const char *path, gboolean otherwise, gboolean *truth,
                             GError **error);
gboolean    nm_xml_check    (const xmlNode *node, const char *const *known, GError **error);
guint       nm_xml_drop     (xmlDoc *document, const char *name);
char       *nm_xml_dup_tree (const xmlNode *node);
xmlNode    *nm_xml_add      (xmlNode *parent, const char *name, const char *text);
void        nm_xml_set_text (xmlNode *node, const char *text);
xmlNode    *nm_xml_add_root (xmlNode *parent, const char *name, const char *name_space);

G_END_DECLS
