/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-ddf-reader.h"

#include "base/oma-uri.h"
#include "codec/oma-codec.h"
#include "codec/oma-xml-error.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlreader.h>
#include <string.h>

#define MICROSOFT_NAMESPACE "http://schemas.microsoft.com/MobileDevice/DM"

/* Nested nodes, and what stands in the properties of the innermost. */
#define MAX_DEPTH (OMA_URI_MAX_DEPTH + 16)

#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

struct _OmaDdfReader {
  xmlTextReader *xml;
  char          *origin;
  GString       *node;        /* URI of the node that messages name; empty: none */
  OmaXmlError    kept;
  gpointer       user_data;
};

/* ---- The prolog: looked through first, so that no entity is ever declared ---- */

static void
see_entity (void *ctx, const xmlChar *name G_GNUC_UNUSED, int type G_GNUC_UNUSED,
            const xmlChar *public_id G_GNUC_UNUSED, const xmlChar *system_id G_GNUC_UNUSED,
            xmlChar *content G_GNUC_UNUSED)
{
  xmlParserCtxt *parser = ctx;

  *(gboolean *) parser->_private = TRUE;
  xmlStopParser (parser);
}

static void
see_unparsed_entity (void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id,
                     const xmlChar *notation G_GNUC_UNUSED)
{
  see_entity (ctx, name, 0, public_id, system_id, NULL);
}

static void
see_root (void *ctx, const xmlChar *name G_GNUC_UNUSED, const xmlChar *prefix G_GNUC_UNUSED,
          const xmlChar *uri G_GNUC_UNUSED, int n_namespaces G_GNUC_UNUSED, const xmlChar **namespaces G_GNUC_UNUSED,
          int n_attributes G_GNUC_UNUSED, int n_defaulted G_GNUC_UNUSED, const xmlChar **attributes G_GNUC_UNUSED)
{
  xmlStopParser (ctx);
}

static gboolean
declares_entities (gconstpointer data, gsize size)
{
  xmlParserCtxt *parser = xmlCreateMemoryParserCtxt (data, size);
  gboolean seen = FALSE;

  if (parser == NULL)
    return FALSE;
  memset (parser->sax, 0, sizeof *parser->sax);
  parser->sax->initialized = XML_SAX2_MAGIC;
  parser->sax->entityDecl = see_entity;
  parser->sax->unparsedEntityDecl = see_unparsed_entity;
  parser->sax->startElementNs = see_root;
  parser->_private = &seen;
  xmlCtxtUseOptions (parser, PARSE_OPTIONS);
  xmlParseDocument (parser);
  g_clear_pointer (&parser->myDoc, xmlFreeDoc);
  xmlFreeParserCtxt (parser);
  return seen;
}

/* ---- Messages ---- */

static char *
format_message (OmaDdfReader *reader, int line, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);

  if (line == 0)
    line = oma_ddf_reader_get_line (reader);
  return g_strdup_printf ("%s:%d: %s%s%s", reader->origin, line, reader->node->str, reader->node->len > 0 ? ": " : "",
                          text);
}

/**
 * oma_ddf_reader_fail_code:
 * @reader: a reader
 * @code: an #OmaCodecError
 * @line: a line of the document, 0 for where the reader is
 * @error: return location for an %OMA_CODEC_ERROR of @code
 * @format: what is wrong: a printf format
 * @...: arguments
 *
 * Returns: %FALSE
 */
gboolean
oma_ddf_reader_fail_code (OmaDdfReader *reader, int code, int line, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = format_message (reader, line, format, args);
  va_end (args);
  g_set_error_literal (error, OMA_CODEC_ERROR, code, message);
  return FALSE;
}

/**
 * oma_ddf_reader_fail:
 * @reader: a reader
 * @line: a line of the document, 0 for where the reader is
 * @error: return location for %OMA_CODEC_ERROR_MALFORMED
 * @format: what is wrong: a printf format
 * @...: arguments
 *
 * Returns: %FALSE
 */
gboolean
oma_ddf_reader_fail (OmaDdfReader *reader, int line, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = format_message (reader, line, format, args);
  va_end (args);
  g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, message);
  return FALSE;
}

/**
 * oma_ddf_reader_warn:
 * @reader: a reader
 * @line: a line of the document, 0 for where the reader is
 * @format: what is odd: a printf format
 * @...: arguments
 *
 * Logs what does not make the document unusable.
 */
void
oma_ddf_reader_warn (OmaDdfReader *reader, int line, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = format_message (reader, line, format, args);
  va_end (args);
  g_warning ("%s", message);
}

static gboolean
fail_xml (OmaDdfReader *reader, GError **error)
{
  return oma_ddf_reader_fail (reader, reader->kept.line, error, "%s",
                              reader->kept.message != NULL ? reader->kept.message : "the document ends too early");
}

/* ---- The walk ---- */

/* Reads on; FALSE at the document's end too, then without an error. */
static gboolean
advance (OmaDdfReader *reader, gboolean *end, GError **error)
{
  int result = xmlTextReaderRead (reader->xml);

  *end = result == 0;
  if (result < 0 || reader->kept.message != NULL)
    return fail_xml (reader, error);
  if (result == 0)
    return FALSE;
  if (xmlTextReaderDepth (reader->xml) > MAX_DEPTH)
    return oma_ddf_reader_fail_code (reader, OMA_CODEC_ERROR_LIMIT, 0, error, "elements are nested too deep");
  if (xmlTextReaderNodeType (reader->xml) == XML_READER_TYPE_ENTITY_REFERENCE)
    return oma_ddf_reader_fail_code (reader, OMA_CODEC_ERROR_FORBIDDEN, 0, error, "it refers to an entity");
  return TRUE;
}

/**
 * oma_ddf_reader_new:
 * @origin: where the document comes from, for messages
 * @data: the document, which must outlive the reader
 * @size: its size in octets, at most %G_MAXINT
 * @user_data: for oma_ddf_reader_get_data()
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: (transfer full): a new reader before the root, or %NULL with
 *   %OMA_CODEC_ERROR_FORBIDDEN when the document declares an entity, or
 *   %OMA_CODEC_ERROR_MALFORMED when it is empty
 */
OmaDdfReader *
oma_ddf_reader_new (const char *origin, gconstpointer data, gsize size, gpointer user_data, GError **error)
{
  g_autoptr(OmaDdfReader) reader = g_new0 (OmaDdfReader, 1);

  reader->origin = g_strdup (origin);
  reader->node = g_string_new (NULL);
  reader->user_data = user_data;
  if (size > 0 && declares_entities (data, size))
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN, "%s: it declares an entity", origin);
      return NULL;
    }
  reader->xml = size > 0 ? xmlReaderForMemory (data, size, NULL, NULL, PARSE_OPTIONS) : NULL;
  if (reader->xml == NULL)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "%s: it is empty", origin);
      return NULL;
    }
  xmlTextReaderSetStructuredErrorHandler (reader->xml, oma_xml_error_keep, &reader->kept);
  return g_steal_pointer (&reader);
}

/**
 * oma_ddf_reader_free:
 * @reader: (transfer full): a reader
 */
void
oma_ddf_reader_free (OmaDdfReader *reader)
{
  g_clear_pointer (&reader->xml, xmlFreeTextReader);
  oma_xml_error_clear (&reader->kept);
  g_string_free (reader->node, TRUE);
  g_free (reader->origin);
  g_free (reader);
}

/**
 * oma_ddf_reader_get_data:
 * @reader: a reader
 *
 * Returns: the user data
 */
gpointer
oma_ddf_reader_get_data (const OmaDdfReader *reader)
{
  return reader->user_data;
}

/**
 * oma_ddf_reader_get_node:
 * @reader: a reader
 *
 * Returns: (transfer none): the URI that messages name, for the caller to set
 */
GString *
oma_ddf_reader_get_node (const OmaDdfReader *reader)
{
  return reader->node;
}

/**
 * oma_ddf_reader_get_depth:
 * @reader: a reader
 *
 * Returns: in how many elements the current one stands
 */
int
oma_ddf_reader_get_depth (OmaDdfReader *reader)
{
  return xmlTextReaderDepth (reader->xml);
}

/**
 * oma_ddf_reader_get_line:
 * @reader: a reader
 *
 * Returns: the line of the current element, 0 before the root
 */
int
oma_ddf_reader_get_line (OmaDdfReader *reader)
{
  /* The parser's own line is that of the block it has read ahead. */
  const xmlNode *node = xmlTextReaderCurrentNode (reader->xml);

  return node != NULL ? xmlGetLineNo (node) : 0;
}

/**
 * oma_ddf_reader_open:
 * @reader: a new reader
 * @root: name of the root element
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Goes to the root.
 *
 * Returns: %TRUE, or %FALSE when the document begins otherwise or is not well-formed
 */
gboolean
oma_ddf_reader_open (OmaDdfReader *reader, const char *root, GError **error)
{
  gboolean end;

  do
    if (!advance (reader, &end, error))
      return end ? fail_xml (reader, error) : FALSE;
  while (xmlTextReaderNodeType (reader->xml) != XML_READER_TYPE_ELEMENT);
  if (!oma_ddf_reader_is (reader, OMA_DDF_NAMESPACE_OMA, root))
    return oma_ddf_reader_fail (reader, 0, error, "the root element is not %s", root);
  return TRUE;
}

/**
 * oma_ddf_reader_close:
 * @reader: a reader behind the root
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: whether nothing follows that is not well-formed
 */
gboolean
oma_ddf_reader_close (OmaDdfReader *reader, GError **error)
{
  gboolean end;

  while (advance (reader, &end, error))
    ;
  return end;
}

static OmaDdfNamespace
get_namespace (OmaDdfReader *reader)
{
  const char *uri = (const char *) xmlTextReaderConstNamespaceUri (reader->xml);

  if (uri == NULL || *uri == '\0' || g_str_has_prefix (uri, "syncml:dmddf"))
    return OMA_DDF_NAMESPACE_OMA;
  return strcmp (uri, MICROSOFT_NAMESPACE) == 0 ? OMA_DDF_NAMESPACE_MICROSOFT : OMA_DDF_NAMESPACE_OTHER;
}

/**
 * oma_ddf_reader_is:
 * @reader: a reader at an element
 * @name_space: a namespace
 * @name: a name without prefix
 *
 * Returns: whether the current element has this name
 */
gboolean
oma_ddf_reader_is (OmaDdfReader *reader, OmaDdfNamespace name_space, const char *name)
{
  return strcmp ((const char *) xmlTextReaderConstLocalName (reader->xml), name) == 0 &&
         get_namespace (reader) == name_space;
}

/**
 * oma_ddf_reader_next_child:
 * @reader: a reader at an element, or at one of its children that this function led to, or
 *   anywhere within that
 * @depth: oma_ddf_reader_get_depth() of the element
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Goes to the element's next child, over what is left of the one before.
 *
 * Returns: 1, or 0 when there is no more, or -1 with an error
 */
int
oma_ddf_reader_next_child (OmaDdfReader *reader, int depth, GError **error)
{
  gboolean end;

  if (xmlTextReaderDepth (reader->xml) == depth && xmlTextReaderIsEmptyElement (reader->xml))
    return 0;
  while (advance (reader, &end, error))
    {
      int type = xmlTextReaderNodeType (reader->xml), at = xmlTextReaderDepth (reader->xml);

      if (type == XML_READER_TYPE_END_ELEMENT && at == depth)
        return 0;
      if (type == XML_READER_TYPE_ELEMENT && at == depth + 1)
        return 1;
    }
  if (end)
    fail_xml (reader, error);
  return -1;
}

/**
 * oma_ddf_reader_children:
 * @reader: a reader at an element
 * @rules: what to do for which child, ended by one without name; others are skipped
 * @target: for the functions in @rules
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: %TRUE when all of the element is read
 */
gboolean
oma_ddf_reader_children (OmaDdfReader *reader, const OmaDdfRule *rules, gpointer target, GError **error)
{
  const int depth = xmlTextReaderDepth (reader->xml);
  int step;

  while ((step = oma_ddf_reader_next_child (reader, depth, error)) > 0)
    for (const OmaDdfRule *rule = rules; rule->name != NULL; rule++)
      if (oma_ddf_reader_is (reader, rule->name_space, rule->name))
        {
          if (!rule->read (reader, target, error))
            return FALSE;
          break;
        }
  return step == 0;
}

/* Reads the element's own text and the name of its first child, with that one's text. */
static gboolean
read_content (OmaDdfReader *reader, char **text, char **child, char **child_text, GError **error)
{
  const int depth = xmlTextReaderDepth (reader->xml);
  g_autoptr(GString) own = g_string_new (NULL), below = g_string_new (NULL);
  gboolean end = FALSE, empty = xmlTextReaderIsEmptyElement (reader->xml);

  while (!empty)
    {
      int type, at;

      if (!advance (reader, &end, error))
        return end ? fail_xml (reader, error) : FALSE;
      type = xmlTextReaderNodeType (reader->xml);
      at = xmlTextReaderDepth (reader->xml);
      if (type == XML_READER_TYPE_END_ELEMENT && at == depth)
        break;
      if (type == XML_READER_TYPE_ELEMENT && at == depth + 1 && child != NULL && *child == NULL)
        *child = g_strdup ((const char *) xmlTextReaderConstLocalName (reader->xml));
      else if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
               type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE || type == XML_READER_TYPE_WHITESPACE)
        {
          const char *part = (const char *) xmlTextReaderConstValue (reader->xml);

          if (at <= depth + 2 && part != NULL)
            g_string_append (at == depth + 1 ? own : below, part);
        }
    }
  g_free (*text);
  *text = g_string_free (g_steal_pointer (&own), FALSE);
  if (child_text != NULL)
    *child_text = g_string_free (g_steal_pointer (&below), FALSE);
  return TRUE;
}

/**
 * oma_ddf_reader_text:
 * @reader: a reader at an element
 * @text: (inout) (nullable): its text; what was there is freed
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: %TRUE, or %FALSE with @text unchanged
 */
gboolean
oma_ddf_reader_text (OmaDdfReader *reader, char **text, GError **error)
{
  return read_content (reader, text, NULL, NULL, error);
}

/**
 * oma_ddf_reader_word:
 * @reader: a reader at an element
 * @word: (inout) (nullable): its text without white space around it; what was there is freed
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: %TRUE, or %FALSE with @word unchanged
 */
gboolean
oma_ddf_reader_word (OmaDdfReader *reader, char **word, GError **error)
{
  if (!read_content (reader, word, NULL, NULL, error))
    return FALSE;
  g_strstrip (*word);
  return TRUE;
}

/**
 * oma_ddf_reader_choice:
 * @reader: a reader at an element
 * @name: (out): name of the element in it, or, where files write it so, its own text
 * @content: (out) (optional): text of the element in it
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Reads an enumeration, which DDF writes as empty elements.
 *
 * Returns: %TRUE, or %FALSE with an error
 */
gboolean
oma_ddf_reader_choice (OmaDdfReader *reader, char **name, char **content, GError **error)
{
  g_autofree char *text = NULL, *child = NULL, *child_text = NULL;

  if (!read_content (reader, &text, &child, &child_text, error))
    return FALSE;
  *name = child != NULL ? g_steal_pointer (&child) : g_strstrip (g_steal_pointer (&text));
  if (content != NULL)
    *content = g_strstrip (g_steal_pointer (&child_text));
  return TRUE;
}

/**
 * oma_ddf_reader_attribute:
 * @reader: a reader at an element
 * @name: name of an attribute without namespace
 *
 * Returns: (transfer full) (nullable): its value
 */
char *
oma_ddf_reader_attribute (OmaDdfReader *reader, const char *name)
{
  xmlChar *value = xmlTextReaderGetAttribute (reader->xml, (const xmlChar *) name);
  char *copy = g_strdup ((const char *) value);

  if (value != NULL)
    xmlFree (value);
  return copy;
}
