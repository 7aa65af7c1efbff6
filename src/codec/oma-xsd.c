/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xsd.h"

#include "codec/oma-codec.h"
#include "codec/oma-xml-error.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>
#include <string.h>

#define XSD_NAMESPACE "http://www.w3.org/2001/XMLSchema"
#define XSI_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"
#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

/* Name of the element that is declared to hold a value of a simple type. */
#define WRAPPER "value"

typedef struct {
  xmlSchema *schema;
  xmlDoc    *source;      /* the schema points into it */
  gboolean   wrap;        /* the schema holds simple types: the value is text, not a document */
  char      *target;      /* namespace of the wrapper, or NULL */
} Xsd;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

static void
xsd_free (gpointer data)
{
  Xsd *xsd = data;

  g_clear_pointer (&xsd->schema, xmlSchemaFree);
  g_clear_pointer (&xsd->source, xmlFreeDoc);
  g_free (xsd->target);
  g_free (xsd);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Xsd, xsd_free)

/* Reads a document without DTD.  It is UTF-8 whatever it says of itself, so that the search
 * for a DOCTYPE sees what the parser will see. */
static xmlDoc *
read_document (const char *text, gsize length)
{
  if (length == 0 || length > G_MAXINT || memmem (text, length, "<!DOCTYPE", strlen ("<!DOCTYPE")) != NULL)
    return NULL;
  return xmlReadMemory (text, length, NULL, "UTF-8", PARSE_OPTIONS);
}

static gboolean
is_xsd (const xmlNode *node, const char *name)
{
  return node->type == XML_ELEMENT_NODE && node->ns != NULL && strcmp ((const char *) node->name, name) == 0 &&
         strcmp ((const char *) node->ns->href, XSD_NAMESPACE) == 0;
}

/* Declares an element of the first simple type, when there is no element yet. */
static gboolean
declare_wrapper (Xsd *xsd, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (xsd->source), *element;
  g_autofree char *type = NULL;
  xmlChar *name = NULL, *target;

  for (xmlNode *node = root->children; node != NULL; node = node->next)
    {
      if (is_xsd (node, "element"))
        {
          g_clear_pointer (&name, xmlFree);
          return TRUE;
        }
      if (is_xsd (node, "simpleType") && name == NULL)
        name = xmlGetNoNsProp (node, (const xmlChar *) "name");
    }
  if (name == NULL)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED,
                   "The XML schema declares neither an element nor a simple type");
      return FALSE;
    }

  target = xmlGetNoNsProp (root, (const xmlChar *) "targetNamespace");
  element = xmlNewChild (root, root->ns, (const xmlChar *) "element", NULL);
  if (target != NULL)
    xmlNewNs (element, target, (const xmlChar *) "wrapped");
  type = g_strconcat (target != NULL ? "wrapped:" : "", (const char *) name, NULL);
  xmlNewProp (element, (const xmlChar *) "name", (const xmlChar *) WRAPPER);
  xmlNewProp (element, (const xmlChar *) "type", (const xmlChar *) type);
  xsd->target = g_strdup ((const char *) target);
  xsd->wrap = TRUE;
  xmlFree (name);
  if (target != NULL)
    xmlFree (target);
  return TRUE;
}

/* Says whether nothing in the schema makes libxml2 open another document. */
static gboolean
stands_alone (const xmlDoc *source)
{
  for (const xmlNode *node = xmlDocGetRootElement (source)->children; node != NULL; node = node->next)
    if (is_xsd (node, "include") || is_xsd (node, "import") || is_xsd (node, "redefine"))
      return FALSE;
  return TRUE;
}

static gboolean
compile (Xsd *xsd, GError **error)
{
  g_auto(OmaXmlError) kept = { NULL, 0 };
  xmlSchemaParserCtxt *parser = xmlSchemaNewDocParserCtxt (xsd->source);

  xmlSchemaSetParserStructuredErrors (parser, oma_xml_error_keep, &kept);
  xsd->schema = xmlSchemaParse (parser);
  xmlSchemaFreeParserCtxt (parser);
  if (xsd->schema != NULL)
    return TRUE;
  g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Bad XML schema: %s",
               kept.message != NULL ? kept.message : "it cannot be compiled");
  return FALSE;
}

/* A value that names schemas by xsi:schemaLocation would make libxml2 open them. */
static gboolean
names_a_schema (const xmlNode *node)
{
  for (; node != NULL; node = node->next)
    {
      if (node->type != XML_ELEMENT_NODE)
        continue;
      if (xmlHasNsProp ((xmlNode *) node, (const xmlChar *) "schemaLocation", (const xmlChar *) XSI_NAMESPACE) ||
          xmlHasNsProp ((xmlNode *) node, (const xmlChar *) "noNamespaceSchemaLocation",
                        (const xmlChar *) XSI_NAMESPACE))
        return TRUE;
      if (names_a_schema (node->children))
        return TRUE;
    }
  return FALSE;
}

/* Makes <value>TEXT</value>. */
static xmlDoc *
wrap_value (const Xsd *xsd, const char *text, gsize length)
{
  xmlDoc *document = xmlNewDoc ((const xmlChar *) "1.0");
  xmlNode *element = xmlNewDocNode (document, NULL, (const xmlChar *) WRAPPER, NULL);

  if (xsd->target != NULL)
    xmlSetNs (element, xmlNewNs (element, (const xmlChar *) xsd->target, NULL));
  xmlAddChild (element, xmlNewTextLen ((const xmlChar *) text, length));
  xmlDocSetRootElement (document, element);
  return document;
}

static gboolean
xsd_accepts (gpointer data, const char *text, gsize length)
{
  const Xsd *xsd = data;
  g_auto(OmaXmlError) kept = { NULL, 0 };
  g_autoptr(xmlDoc) document = NULL;
  xmlSchemaValidCtxt *validator;
  gboolean valid;

  if (length > G_MAXINT)
    return FALSE;
  document = xsd->wrap ? wrap_value (xsd, text, length) : read_document (text, length);
  if (document == NULL || names_a_schema (xmlDocGetRootElement (document)))
    return FALSE;
  validator = xmlSchemaNewValidCtxt (xsd->schema);
  xmlSchemaSetValidStructuredErrors (validator, oma_xml_error_keep, &kept);
  valid = xmlSchemaValidateDoc (validator, document) == 0;
  xmlSchemaFreeValidCtxt (validator);
  return valid;
}

/**
 * oma_xsd_new_constraint:
 * @text: an XML Schema document
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Makes a constraint of an XML schema (MSFT:AllowedValues, XSD).  Where the schema declares
 * an element the value must be a document of it; where it only holds simple types the value
 * must be text of the first one.  Nothing but @text and the value is ever read: a schema
 * that includes or imports another is refused, so is a value that names one, and neither
 * can have a document type.
 *
 * Returns: (transfer full): a new constraint, or %NULL with %OMA_CODEC_ERROR_MALFORMED, or
 *   %OMA_CODEC_ERROR_FORBIDDEN for what refers to other documents
 */
OmaConstraint *
oma_xsd_new_constraint (const char *text, GError **error)
{
  g_autoptr(Xsd) xsd = g_new0 (Xsd, 1);

  xsd->source = read_document (text, strlen (text));
  if (xsd->source == NULL || !is_xsd (xmlDocGetRootElement (xsd->source), "schema"))
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "Not an XML schema without document type");
      return NULL;
    }
  if (!stands_alone (xsd->source))
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN, "The XML schema refers to another one");
      return NULL;
    }
  if (!declare_wrapper (xsd, error) || !compile (xsd, error))
    return NULL;
  return oma_constraint_new_check (xsd_accepts, g_steal_pointer (&xsd), xsd_free);
}
