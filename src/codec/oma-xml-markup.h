/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaXmlMarkup:
 *
 * Writes the elements that a parser reports back into XML text that stands on its own:
 * for Data that holds markup in place of escaped text.
 */
typedef struct _OmaXmlMarkup OmaXmlMarkup;

OmaXmlMarkup *oma_xml_markup_new       (void);
void          oma_xml_markup_free      (OmaXmlMarkup *markup);
void          oma_xml_markup_start     (OmaXmlMarkup *markup, const char *name, const char *prefix, const char *uri,
                                        int n_namespaces, const char *const *namespaces,
                                        int n_attributes, const char *const *attributes);
void          oma_xml_markup_text      (OmaXmlMarkup *markup, const char *text, gsize length);
void          oma_xml_markup_end       (OmaXmlMarkup *markup, const char *name, const char *prefix);
GString      *oma_xml_markup_get_text  (OmaXmlMarkup *markup);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaXmlMarkup, oma_xml_markup_free)

G_END_DECLS
