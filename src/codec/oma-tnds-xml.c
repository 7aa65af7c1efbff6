/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tnds-private.h"

#include "codec/oma-xml-error.h"
#include "codec/oma-xml-scan.h"
#include "codec/oma-xml-text.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#define MAX_ATTRIBUTES 256

/* What the examples of the specification write, DM Tree and Description 1.2. */
#define NAMESPACE "syncml:dmddf1.2"

/* ---- Reading ---- */

typedef struct {
  xmlParserCtxt  *parser;
  OmaTndsBuilder *builder;
  GError         *error;       /* why it was refused here */
  OmaXmlError     xml_error;
} XmlReader;

static void
check (XmlReader *reader, gboolean ok)
{
  if (!ok)
    xmlStopParser (reader->parser);
}

static void
refuse (XmlReader *reader, OmaCodecError code, const char *text)
{
  if (reader->error == NULL)
    reader->error = g_error_new_literal (OMA_CODEC_ERROR, code, text);
  xmlStopParser (reader->parser);
}

static void
start_element (void *user_data, const xmlChar *name, const xmlChar *prefix G_GNUC_UNUSED, const xmlChar *uri,
               int n_namespaces G_GNUC_UNUSED, const xmlChar **namespaces G_GNUC_UNUSED,
               int n_attributes G_GNUC_UNUSED, int n_defaulted G_GNUC_UNUSED,
               const xmlChar **attributes G_GNUC_UNUSED)
{
  XmlReader *reader = user_data;
  gboolean known = uri == NULL || g_str_has_prefix ((const char *) uri, "syncml:");

  if (reader->error == NULL)
    check (reader, oma_tnds_builder_start (reader->builder,
                                           known ? oma_ddf_tag_from_string ((const char *) name)
                                                 : OMA_DDF_TAG_UNKNOWN, &reader->error));
}

static void
end_element (void *user_data, const xmlChar *name G_GNUC_UNUSED, const xmlChar *prefix G_GNUC_UNUSED,
             const xmlChar *uri G_GNUC_UNUSED)
{
  XmlReader *reader = user_data;

  if (reader->error == NULL)
    check (reader, oma_tnds_builder_end (reader->builder, &reader->error));
}

static void
characters (void *user_data, const xmlChar *text, int length)
{
  XmlReader *reader = user_data;

  oma_tnds_builder_text (reader->builder, (const char *) text, length);
}

/* References to the five entities of XML itself never come here. */
static xmlEntity *
get_entity (void *user_data, const xmlChar *name G_GNUC_UNUSED)
{
  refuse (user_data, OMA_CODEC_ERROR_MALFORMED, "Reference to an entity");
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
  refuse (user_data, OMA_CODEC_ERROR_FORBIDDEN, "Declaration of an entity");
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
  refuse (user_data, OMA_CODEC_ERROR_FORBIDDEN, "Declaration of an attribute");
}

static void
keep_error (void *user_data, OmaXmlErrorInfo *info)
{
  XmlReader *reader = user_data;

  oma_xml_error_keep (&reader->xml_error, info);
}

static void
set_handlers (xmlSAXHandler *sax)
{
  memset (sax, 0, sizeof *sax);
  sax->initialized = XML_SAX2_MAGIC;
  sax->startElementNs = start_element;
  sax->endElementNs = end_element;
  sax->characters = characters;
  sax->ignorableWhitespace = characters;
  sax->cdataBlock = characters;
  sax->getEntity = get_entity;
  sax->getParameterEntity = get_entity;
  sax->reference = reference;
  sax->entityDecl = entity_declaration;
  sax->unparsedEntityDecl = unparsed_entity_declaration;
  sax->attributeDecl = attribute_declaration;
  sax->serror = keep_error;
}

/* FALSE: not well-formed, not read to its end, or stopped. */
static gboolean
run_parser (XmlReader *reader, const char *data, gsize size)
{
  xmlParserCtxt *parser = xmlCreateMemoryParserCtxt (data, (int) size);
  xmlStructuredErrorFunc old_func = xmlStructuredError;
  void *old_context = xmlStructuredErrorContext;
  gboolean complete;

  if (parser == NULL)
    return FALSE;
  reader->parser = parser;
  /* NOENT: the text of the five entities of XML itself; others cannot be declared.  IGNORE_ENC:
   * what the document says of its encoding was true before it came into a message. */
  xmlCtxtUseOptions (parser, XML_PARSE_IGNORE_ENC | XML_PARSE_NONET | XML_PARSE_NOENT);
  set_handlers (parser->sax);
  parser->userData = reader;
  xmlSetStructuredErrorFunc (reader, keep_error);
  xmlParseDocument (parser);
  xmlSetStructuredErrorFunc (old_context, old_func);
  complete = parser->wellFormed && parser->nsWellFormed && parser->input != NULL &&
             parser->input->cur == parser->input->end;
  g_clear_pointer (&parser->myDoc, xmlFreeDoc);
  xmlFreeParserCtxt (parser);
  return complete;
}

/* Internal: reads a document in XML, in UTF-8 whatever its declaration says.  Errors as of
 * oma_tnds_read(). */
OmaTnds *
oma_tnds_read_xml (const char *data, gsize size, GError **error)
{
  g_autoptr(OmaTndsBuilder) builder = oma_tnds_builder_new ();
  g_auto(OmaXmlError) xml_error = { NULL, 0 };
  XmlReader reader = { .builder = builder };
  gboolean complete;

  if (!g_utf8_validate_len (data, size, NULL))
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "A TNDS document that is not UTF-8");
      return NULL;
    }
  if (!oma_xml_scan_attributes (data, size, MAX_ATTRIBUTES))
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT, "Too many attributes in an element");
      return NULL;
    }
  complete = run_parser (&reader, data, size);
  xml_error = reader.xml_error;
  if (reader.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reader.error));
      return NULL;
    }
  if (!complete)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Not well-formed, line %d: %s", xml_error.line,
                   xml_error.message != NULL ? xml_error.message : "it ends too early");
      return NULL;
    }
  return oma_tnds_builder_finish (builder, error);
}

/* ---- Writing ---- */

static void
write_start (gpointer out, OmaDdfTag tag)
{
  g_string_append_printf (out, "<%s%s>", oma_ddf_tag_to_string (tag),
                          tag == OMA_DDF_TAG_MGMT_TREE ? " xmlns=\"" NAMESPACE "\"" : "");
}

static void
write_end (gpointer out, OmaDdfTag tag)
{
  g_string_append_printf (out, "</%s>", oma_ddf_tag_to_string (tag));
}

static void
write_empty (gpointer out, OmaDdfTag tag)
{
  g_string_append_printf (out, "<%s/>", oma_ddf_tag_to_string (tag));
}

static void
write_text (gpointer out, const char *text, gsize length)
{
  oma_xml_append_text (out, text, length);
}

static void
write_octets (gpointer out, gconstpointer octets, gsize size)
{
  g_autofree char *text = g_base64_encode (octets, size);

  g_string_append (out, text);
}

/* Internal: writes a document in XML, without a declaration. */
GBytes *
oma_tnds_write_xml (const OmaTnds *tnds)
{
  static const OmaTndsSink sink = { write_start, write_end, write_empty, write_text, write_octets };
  GString *out = g_string_new (NULL);

  oma_tnds_write_to (tnds, &sink, out);
  return g_string_free_to_bytes (out);
}
