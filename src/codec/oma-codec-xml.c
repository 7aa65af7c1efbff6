/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec-xml.h"

#include "codec/oma-message-builder.h"
#include "codec/oma-xml-guard.h"
#include "codec/oma-xml-markup.h"

#include <libxml/parserInternals.h>
#include <string.h>

/* Elements met in this document: libxml2 keeps one copy of each name and namespace, so that
 * comparing pointers will do. */
#define N_SLOTS 256
#define MAX_USED_SLOTS (N_SLOTS / 2)

typedef struct {
  const xmlChar *name;
  const xmlChar *uri;
  OmaTag         tag;
} Slot;

typedef struct {
  OmaXmlGuard           guard;         /* first */
  OmaMessageBuilder    *builder;
  const OmaCodecLimits *limits;
  OmaXmlMarkup         *markup;        /* (nullable): made for the first Data that holds elements */
  guint                 markup_depth;  /* elements open in Data */
  guint                 n_used_slots;
  Slot                  slots[N_SLOTS];
} XmlReader;

/* Which functions get the elements says what is open: nothing is asked for each element. */
static void start_first_markup (void *user_data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                                int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
                                const xmlChar **attributes);
static void end_data (void *user_data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri);
static void set_element_handlers (xmlSAXHandler *sax);

static void
set_handlers_of (xmlSAXHandler *sax, startElementNsSAX2Func start, endElementNsSAX2Func end, charactersSAXFunc text)
{
  sax->startElementNs = start;
  sax->endElementNs = end;
  sax->characters = text;
  sax->ignorableWhitespace = text;   /* the same as characters: libxml2 does not look for any */
  sax->cdataBlock = text;
}

/* Namespaces of SyncML, MetInf and none are all taken, whichever the element belongs to. */
static gboolean
is_known_namespace (const xmlChar *uri)
{
  return uri == NULL || g_ascii_strncasecmp ((const char *) uri, "syncml:", strlen ("syncml:")) == 0;
}

static G_GNUC_NO_INLINE OmaTag
meet_tag (XmlReader *reader, Slot *slot, const xmlChar *name, const xmlChar *uri)
{
  OmaTag tag = is_known_namespace (uri) ? oma_tag_from_string ((const char *) name) : OMA_TAG_UNKNOWN;

  if (reader->n_used_slots < MAX_USED_SLOTS)
    {
      reader->n_used_slots++;
      *slot = (Slot) { name, uri, tag };
    }
  return tag;
}

static inline OmaTag
look_up_tag (XmlReader *reader, const xmlChar *name, const xmlChar *uri)
{
  guint i = (GPOINTER_TO_SIZE (name) >> 2 ^ GPOINTER_TO_SIZE (name) >> 9) % N_SLOTS;
  Slot *slot = &reader->slots[i];

  while (slot->name != NULL)
    {
      if (G_LIKELY (slot->name == name && slot->uri == uri))
        return slot->tag;
      i = (i + 1) % N_SLOTS;
      slot = &reader->slots[i];
    }
  return meet_tag (reader, slot, name, uri);
}

static void
start_element (void *user_data, const xmlChar *name, const xmlChar *prefix G_GNUC_UNUSED, const xmlChar *uri,
               int n_namespaces G_GNUC_UNUSED, const xmlChar **namespaces G_GNUC_UNUSED,
               int n_attributes G_GNUC_UNUSED, int n_defaulted G_GNUC_UNUSED,
               const xmlChar **attributes G_GNUC_UNUSED)
{
  XmlReader *reader = user_data;
  OmaTag tag = look_up_tag (reader, name, uri);

  if (G_UNLIKELY (!oma_message_builder_start (reader->builder, tag, (const char *) name)))
    xmlStopParser (reader->guard.parser);
  else if (tag == OMA_TAG_DATA && oma_message_builder_in_data (reader->builder))
    {
      reader->guard.parser->sax->startElementNs = start_first_markup;
      reader->guard.parser->sax->endElementNs = end_data;
    }
}

static void
end_element (void *user_data, const xmlChar *name G_GNUC_UNUSED, const xmlChar *prefix G_GNUC_UNUSED,
             const xmlChar *uri G_GNUC_UNUSED)
{
  XmlReader *reader = user_data;

  if (G_UNLIKELY (!oma_message_builder_end (reader->builder)))
    xmlStopParser (reader->guard.parser);
}

static void
characters (void *user_data, const xmlChar *text, int length)
{
  XmlReader *reader = user_data;

  oma_message_builder_text (reader->builder, (const char *) text, length);
}

/* ---- Data of an Item: its elements are part of the value ---- */

static void
end_data (void *user_data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
  XmlReader *reader = user_data;

  set_element_handlers (reader->guard.parser->sax);
  end_element (reader, name, prefix, uri);
}

static void
start_markup (void *user_data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
              const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
  XmlReader *reader = user_data;

  if (++reader->markup_depth + oma_message_builder_get_depth (reader->builder) > reader->limits->max_depth)
    oma_xml_guard_refuse (&reader->guard, OMA_CODEC_ERROR_LIMIT, "Elements are nested too deeply");
  else
    oma_xml_markup_start (reader->markup, (const char *) name, (const char *) prefix, (const char *) uri, n_namespaces,
                          (const char *const *) namespaces, n_attributes - n_defaulted,
                          (const char *const *) attributes);
}

static void
end_markup (void *user_data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
  XmlReader *reader = user_data;
  GString *text = oma_xml_markup_get_text (reader->markup);

  if (reader->markup_depth > 0)
    {
      oma_xml_markup_end (reader->markup, (const char *) name, (const char *) prefix);
      reader->markup_depth--;
      return;
    }
  oma_message_builder_set_data (reader->builder, OMA_DATA_XML, text->str, text->len);
  g_string_truncate (text, 0);
  end_data (reader, name, prefix, uri);
}

static void
markup_characters (void *user_data, const xmlChar *text, int length)
{
  XmlReader *reader = user_data;

  oma_xml_markup_text (reader->markup, (const char *) text, length);
}

/* What came before counted as plain text; from now on it is XML. */
static void
start_first_markup (void *user_data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
                    const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
  XmlReader *reader = user_data;
  g_autoptr(GString) text = g_string_new (NULL);

  if (reader->markup == NULL)
    reader->markup = oma_xml_markup_new ();
  oma_message_builder_take_text (reader->builder, text);
  oma_xml_markup_text (reader->markup, text->str, text->len);
  set_handlers_of (reader->guard.parser->sax, start_markup, end_markup, markup_characters);
  start_markup (reader, name, prefix, uri, n_namespaces, namespaces, n_attributes, n_defaulted, attributes);
}

static void
set_element_handlers (xmlSAXHandler *sax)
{
  set_handlers_of (sax, start_element, end_element, characters);
}

/* ---- The whole ---- */

/* Encodings in which an octet of ASCII always stands for itself, as the scan before the
 * parser assumes. */
static gboolean
is_permitted_encoding (const char *name)
{
  static const char *const permitted[] = { "UTF-8", "UTF8", "US-ASCII", "ASCII", "ISO-8859-", "WINDOWS-125" };

  for (gsize i = 0; i < G_N_ELEMENTS (permitted); i++)
    if (g_ascii_strncasecmp (name, permitted[i], strlen (permitted[i])) == 0)
      return TRUE;
  return FALSE;
}

/* Called behind the XML declaration. */
static void
start_document (void *user_data)
{
  XmlReader *reader = user_data;
  xmlParserCtxt *parser = reader->guard.parser;
  const xmlChar *encoding = parser->encoding != NULL ? parser->encoding : parser->input->encoding;

  if ((parser->options & XML_PARSE_IGNORE_ENC) == 0 && encoding != NULL &&
      !is_permitted_encoding ((const char *) encoding))
    oma_xml_guard_refuse (&reader->guard, OMA_CODEC_ERROR_FORBIDDEN, "A character encoding that is not permitted");
}

static OmaMessage *
parse (XmlReader *reader, const char *data, gsize size, int options, GError **error)
{
  xmlParserCtxt *parser = xmlCreateMemoryParserCtxt (data, (int) size);
  g_auto(OmaXmlError) xml_error = { NULL, 0 };
  g_autoptr(OmaMessage) message = NULL;
  xmlSAXHandler sax;
  gboolean complete;

  if (parser == NULL)
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Not an XML document");
      return NULL;
    }
  oma_xml_guard_init_handlers (&sax);
  sax.startDocument = start_document;
  set_element_handlers (&sax);
  complete = oma_xml_guard_parse (&reader->guard, parser, &sax, options);
  xml_error = reader->guard.xml_error;
  if (reader->guard.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reader->guard.error));
      return NULL;
    }
  if (xml_error.message != NULL)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Not well-formed, line %d: %s", xml_error.line,
                   xml_error.message);
      return NULL;
    }
  message = oma_message_builder_finish (reader->builder, error);
  if (message != NULL && !complete)
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Not well-formed");
      return NULL;
    }
  return g_steal_pointer (&message);
}

static OmaMessage *
read_message (const char *data, gsize size, int options, const OmaCodecLimits *limits, GError **error)
{
  g_autoptr(OmaMessageBuilder) builder = NULL;
  g_autofree XmlReader *reader = NULL;
  OmaMessage *message;

  if (memchr (data, '\0', size) != NULL)
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "A NUL in an XML document");
      return NULL;
    }
  if (!oma_xml_guard_check (data, size, error))
    return NULL;
  builder = oma_message_builder_new (limits);
  reader = g_new0 (XmlReader, 1);
  reader->builder = builder;
  reader->limits = limits;
  message = parse (reader, data, size, options, error);
  oma_xml_markup_free (reader->markup);
  return message;
}

/**
 * oma_codec_xml_decode:
 * @data: the message
 * @size: its octets
 * @limits: what to accept
 * @error: return location for a #OmaCodecError
 *
 * Reads a SyncML message in XML (SyncML Representation Protocol 1.2) in UTF-8, UTF-16 or a
 * character set of one octet.  It is tolerant of what servers send: any prefix, any order,
 * the MetInf namespace anywhere or nowhere, markup in Data.  A DOCTYPE is skipped; nothing
 * is loaded.
 *
 * Returns: (transfer full): the message, or %NULL: %OMA_CODEC_ERROR_MALFORMED,
 *   %OMA_CODEC_ERROR_LIMIT or %OMA_CODEC_ERROR_FORBIDDEN
 */
OmaMessage *
oma_codec_xml_decode (gconstpointer data, gsize size, const OmaCodecLimits *limits, GError **error)
{
  g_autofree char *converted = NULL;
  const char *charset;
  gsize length = 0;

  if (size > limits->max_size || size > G_MAXINT)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT,
                   "A message of %" G_GSIZE_FORMAT " octets is too large", size);
      return NULL;
    }
  switch (xmlDetectCharEncoding (data, (int) size))
    {
    case XML_CHAR_ENCODING_NONE:
    case XML_CHAR_ENCODING_UTF8:
      return read_message (data, size, 0, limits, error);
    case XML_CHAR_ENCODING_UTF16LE:
      charset = "UTF-16LE";
      break;
    case XML_CHAR_ENCODING_UTF16BE:
      charset = "UTF-16BE";
      break;
    default:
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN,
                           "A character encoding that is not permitted");
      return NULL;
    }
  converted = g_convert (data, size, "UTF-8", charset, NULL, &length, NULL);
  if (converted == NULL)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Not valid in %s", charset);
      return NULL;
    }
  return read_message (converted, length, XML_PARSE_IGNORE_ENC, limits, error);
}
