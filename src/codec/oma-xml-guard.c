/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xml-guard.h"

#include "codec/oma-xml-scan.h"

#include <libxml/parserInternals.h>
#include <string.h>

/**
 * oma_xml_guard_check:
 * @data: a document
 * @size: its octets
 * @error: return location for %OMA_CODEC_ERROR_LIMIT
 *
 * Looks for what would cost too much before a handler could refuse it.
 *
 * Returns: whether @data may be parsed
 */
gboolean
oma_xml_guard_check (const char *data, gsize size, GError **error)
{
  if (oma_xml_scan_attributes (data, size, OMA_XML_MAX_ATTRIBUTES))
    return TRUE;
  g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT, "Too many attributes in an element");
  return FALSE;
}

/**
 * oma_xml_guard_refuse:
 * @guard: a guard whose document is being parsed
 * @code: why
 * @text: the same for people
 *
 * Ends the parsing.  The first reason is kept.
 */
void
oma_xml_guard_refuse (OmaXmlGuard *guard, OmaCodecError code, const char *text)
{
  if (guard->error == NULL)
    guard->error = g_error_new_literal (OMA_CODEC_ERROR, code, text);
  xmlStopParser (guard->parser);
}

/* References to the five entities of XML itself never come here. */
static xmlEntity *
get_entity (void *user_data, const xmlChar *name G_GNUC_UNUSED)
{
  oma_xml_guard_refuse (user_data, OMA_CODEC_ERROR_MALFORMED, "Reference to an entity");
  return NULL;
}

static void
reference (void *user_data, const xmlChar *name)
{
  get_entity (user_data, name);
}

static void
entity_declaration (void *user_data, const xmlChar *name G_GNUC_UNUSED, int type G_GNUC_UNUSED,
                    const xmlChar *public_id G_GNUC_UNUSED, const xmlChar *system_id G_GNUC_UNUSED,
                    xmlChar *content G_GNUC_UNUSED)
{
  oma_xml_guard_refuse (user_data, OMA_CODEC_ERROR_FORBIDDEN, "Declaration of an entity");
}

static void
unparsed_entity_declaration (void *user_data, const xmlChar *name, const xmlChar *public_id,
                             const xmlChar *system_id, const xmlChar *notation G_GNUC_UNUSED)
{
  entity_declaration (user_data, name, 0, public_id, system_id, NULL);
}

/* It could give every element an attribute of any size. */
static void
attribute_declaration (void *user_data, const xmlChar *element G_GNUC_UNUSED, const xmlChar *name G_GNUC_UNUSED,
                       int type G_GNUC_UNUSED, int kind G_GNUC_UNUSED, const xmlChar *value G_GNUC_UNUSED,
                       xmlEnumeration *tree)
{
  xmlFreeEnumeration (tree);
  oma_xml_guard_refuse (user_data, OMA_CODEC_ERROR_FORBIDDEN, "Declaration of an attribute");
}

static void
keep_error (void *user_data, OmaXmlErrorInfo *info)
{
  OmaXmlGuard *guard = user_data;

  oma_xml_error_keep_unquoted (&guard->xml_error, info);
}

/**
 * oma_xml_guard_init_handlers:
 * @sax: (out): handlers that refuse what is not read; those of elements and text are to be set
 */
void
oma_xml_guard_init_handlers (xmlSAXHandler *sax)
{
  memset (sax, 0, sizeof *sax);
  sax->initialized = XML_SAX2_MAGIC;
  sax->getEntity = get_entity;
  sax->getParameterEntity = get_entity;
  sax->reference = reference;
  sax->entityDecl = entity_declaration;
  sax->unparsedEntityDecl = unparsed_entity_declaration;
  sax->attributeDecl = attribute_declaration;
  sax->serror = keep_error;
}

/**
 * oma_xml_guard_parse:
 * @guard: (inout): a guard, at the start of a reader; its errors tell why it stopped
 * @parser: (transfer full): a parser of a document that oma_xml_guard_check() let pass
 * @sax: handlers
 * @options: of libxml2, in addition to those that keep it off the network
 *
 * Parses a document.
 *
 * Returns: %FALSE when it is not well-formed, was not read to its end, or was refused
 */
gboolean
oma_xml_guard_parse (OmaXmlGuard *guard, xmlParserCtxt *parser, const xmlSAXHandler *sax, int options)
{
  xmlStructuredErrorFunc old_func = xmlStructuredError;
  void *old_context = xmlStructuredErrorContext;
  gboolean complete;

  guard->parser = parser;
  /* NOENT: the text of the five entities of XML itself; others cannot be declared. */
  xmlCtxtUseOptions (parser, options | XML_PARSE_NONET | XML_PARSE_NOENT);
  *parser->sax = *sax;
  parser->userData = guard;
  /* Errors of conversion know no parser and would go to stderr. */
  xmlSetStructuredErrorFunc (guard, keep_error);
  xmlParseDocument (parser);
  xmlSetStructuredErrorFunc (old_context, old_func);
  complete = parser->wellFormed && parser->nsWellFormed && parser->input != NULL &&
             parser->input->cur == parser->input->end;
  g_clear_pointer (&parser->myDoc, xmlFreeDoc);
  xmlFreeParserCtxt (parser);
  guard->parser = NULL;
  return complete;
}
