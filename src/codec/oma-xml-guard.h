/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"
#include "codec/oma-xml-error.h"

#include <libxml/parser.h>

G_BEGIN_DECLS

/* Attributes of one element. */
#define OMA_XML_MAX_ATTRIBUTES 256

/**
 * OmaXmlGuard:
 * @parser: what reads
 * @error: why the document was refused
 * @xml_error: why it is not well-formed
 *
 * Reads XML that somebody sent: no entity is declared or resolved, nothing is loaded.  Readers
 * start with this structure; it is what their handlers get.
 */
typedef struct {
  xmlParserCtxt *parser;
  GError        *error;
  OmaXmlError    xml_error;
} OmaXmlGuard;

gboolean oma_xml_guard_check  (const char *data, gsize size, GError **error);
void     oma_xml_guard_refuse (OmaXmlGuard *guard, OmaCodecError code, const char *text);
void     oma_xml_guard_init_handlers (xmlSAXHandler *sax);
gboolean oma_xml_guard_parse  (OmaXmlGuard *guard, xmlParserCtxt *parser, const xmlSAXHandler *sax, int options);

G_END_DECLS
