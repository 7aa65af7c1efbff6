/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tnds-private.h"

#include "codec/oma-xml-guard.h"
#include "codec/oma-xml-text.h"

#include <libxml/parserInternals.h>

/* What the examples of the specification write, DM Tree and Description 1.2. */
#define NAMESPACE "syncml:dmddf1.2"

/* ---- Reading ---- */

typedef struct {
  OmaXmlGuard     guard;         /* first */
  OmaTndsBuilder *builder;
} XmlReader;

static void
check (XmlReader *reader, gboolean ok)
{
  if (!ok)
    xmlStopParser (reader->guard.parser);
}

static void
start_element (void *user_data, const xmlChar *name, const xmlChar *prefix G_GNUC_UNUSED, const xmlChar *uri,
               int n_namespaces G_GNUC_UNUSED, const xmlChar **namespaces G_GNUC_UNUSED,
               int n_attributes G_GNUC_UNUSED, int n_defaulted G_GNUC_UNUSED,
               const xmlChar **attributes G_GNUC_UNUSED)
{
  XmlReader *reader = user_data;
  gboolean known = uri == NULL || g_str_has_prefix ((const char *) uri, "syncml:");

  if (reader->guard.error == NULL)
    check (reader, oma_tnds_builder_start (reader->builder,
                                           known ? oma_ddf_tag_from_string ((const char *) name)
                                                 : OMA_DDF_TAG_UNKNOWN, &reader->guard.error));
}

static void
end_element (void *user_data, const xmlChar *name G_GNUC_UNUSED, const xmlChar *prefix G_GNUC_UNUSED,
             const xmlChar *uri G_GNUC_UNUSED)
{
  XmlReader *reader = user_data;

  if (reader->guard.error == NULL)
    check (reader, oma_tnds_builder_end (reader->builder, &reader->guard.error));
}

static void
characters (void *user_data, const xmlChar *text, int length)
{
  XmlReader *reader = user_data;

  oma_tnds_builder_text (reader->builder, (const char *) text, length);
}

static void
set_handlers (xmlSAXHandler *sax)
{
  oma_xml_guard_init_handlers (sax);
  sax->startElementNs = start_element;
  sax->endElementNs = end_element;
  sax->characters = characters;
  sax->ignorableWhitespace = characters;
  sax->cdataBlock = characters;
}

/* Internal: reads a document in XML, in UTF-8 whatever its declaration says.  Errors as of
 * oma_tnds_read(). */
OmaTnds *
oma_tnds_read_xml (const char *data, gsize size, GError **error)
{
  g_autoptr(OmaTndsBuilder) builder = oma_tnds_builder_new ();
  g_auto(OmaXmlError) xml_error = { NULL, 0 };
  XmlReader reader = { .builder = builder };
  xmlParserCtxt *parser;
  xmlSAXHandler sax;
  gboolean complete;

  if (!g_utf8_validate_len (data, size, NULL))
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "A TNDS document that is not UTF-8");
      return NULL;
    }
  if (!oma_xml_guard_check (data, size, error))
    return NULL;
  parser = xmlCreateMemoryParserCtxt (data, (int) size);
  if (parser == NULL)
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Not an XML document");
      return NULL;
    }
  set_handlers (&sax);
  /* IGNORE_ENC: what the document says of its encoding was true before it came into a message. */
  complete = oma_xml_guard_parse (&reader.guard, parser, &sax, XML_PARSE_IGNORE_ENC);
  xml_error = reader.guard.xml_error;
  if (reader.guard.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reader.guard.error));
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
