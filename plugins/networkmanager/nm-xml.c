/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-xml.h"

#include "nm-door.h"

#include <libxml/chvalid.h>
#include <libxml/parser.h>
#include <string.h>

/* No HUGE: libxml2's own limits of depth (256) hold as well.  Its messages go nowhere, for they quote the text. */
#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)

static gboolean
is_named (const xmlNode *node, const char *name, gsize length)
{
  return node->type == XML_ELEMENT_NODE && strlen ((const char *) node->name) == length &&
         strncmp ((const char *) node->name, name, length) == 0;
}

/**
 * nm_xml_read:
 * @text: a document
 * @root: local name of its root element
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): the document, or %NULL with 415 or 413
 */
xmlDoc *
nm_xml_read (const char *text, const char *root, GError **error)
{
  gsize length = strlen (text);
  g_autoptr(xmlDoc) document = NULL;
  const xmlNode *element;

  if (length > NM_XML_MAX_SIZE)
    {
      nm_leaf_refuse (OMA_STATUS_ENTITY_TOO_LARGE, error, "The document has more than %d octets", NM_XML_MAX_SIZE);
      return NULL;
    }
  /* It is UTF-8 whatever it says of itself (Windows often says UTF-16), so what is searched is what is parsed. */
  if (!g_utf8_validate (text, (gssize) length, NULL) || strstr (text, "<!DOCTYPE") != NULL)
    {
      nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "The document is no UTF-8, or has a document type");
      return NULL;
    }
  while (g_ascii_isspace (*text))
    text++;
  document = xmlReadMemory (text, (int) strlen (text), NULL, "UTF-8", PARSE_OPTIONS);
  element = document != NULL ? xmlDocGetRootElement (document) : NULL;
  if (element == NULL || !is_named (element, root, strlen (root)))
    {
      nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "This is no well-formed document of %s", root);
      return NULL;
    }
  return g_steal_pointer (&document);
}

/**
 * nm_xml_write:
 * @document: a document
 *
 * Returns: (transfer full): its text, without a declaration
 */
char *
nm_xml_write (xmlDoc *document)
{
  return nm_xml_dup_tree (xmlDocGetRootElement (document));
}

/**
 * nm_xml_dup_tree:
 * @node: an element
 *
 * Returns: (transfer full): the text of the element with all in it
 */
char *
nm_xml_dup_tree (const xmlNode *node)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  char *text;

  xmlNodeDump (buffer, node->doc, (xmlNode *) node, 0, 0);
  text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}

static xmlNode *
find_child (const xmlNode *node, const char *name, gsize length)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (is_named (child, name, length))
      return child;
  return NULL;
}

/**
 * nm_xml_find:
 * @node: (nullable): an element
 * @path: local names of elements below it, with slashes between them
 *
 * Returns: (transfer none) (nullable): the first element there
 */
xmlNode *
nm_xml_find (const xmlNode *node, const char *path)
{
  while (node != NULL && *path != '\0')
    {
      gsize length = strcspn (path, "/");

      node = find_child (node, path, length);
      path += length + (path[length] == '/');
    }
  return (xmlNode *) node;
}

/**
 * nm_xml_next:
 * @node: an element
 *
 * Returns: (transfer none) (nullable): the next element of the same local name beside it
 */
xmlNode *
nm_xml_next (const xmlNode *node)
{
  const char *name = (const char *) node->name;

  for (xmlNode *next = node->next; next != NULL; next = next->next)
    if (is_named (next, name, strlen (name)))
      return next;
  return NULL;
}

/**
 * nm_xml_dup_text:
 * @node: (nullable): an element
 * @path: of an element below it, "" for itself
 *
 * Returns: (transfer full) (nullable): the text in the element, without white space at its ends; %NULL when there is no
 *   such element
 */
char *
nm_xml_dup_text (const xmlNode *node, const char *path)
{
  const xmlNode *found = nm_xml_find (node, path);
  g_autoptr(GString) text = NULL;

  if (found == NULL)
    return NULL;
  text = g_string_new (NULL);
  for (const xmlNode *child = found->children; child != NULL; child = child->next)
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
      g_string_append (text, (const char *) child->content);
  return g_strdup (g_strstrip (text->str));
}

/**
 * nm_xml_get_bool:
 * @node: (nullable): an element
 * @path: of an element below it
 * @otherwise: what holds when there is none
 * @truth: (out): what it says
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE when its text is no truth value, in any case: some servers write "True"
 */
gboolean
nm_xml_get_bool (const xmlNode *node, const char *path, gboolean otherwise, gboolean *truth, GError **error)
{
  g_autofree char *text = nm_xml_dup_text (node, path);

  *truth = otherwise;
  if (text == NULL || *text == '\0')
    return TRUE;
  *truth = g_ascii_strcasecmp (text, "true") == 0 || strcmp (text, "1") == 0;
  if (*truth || g_ascii_strcasecmp (text, "false") == 0 || strcmp (text, "0") == 0)
    return TRUE;
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s is neither true nor false", path);
}

static gboolean
is_known (const xmlNode *child, const char *const *known, gboolean *many)
{
  for (; *known != NULL; known++)
    {
      gsize length = strcspn (*known, "*");

      *many = (*known)[length] == '*';
      if (is_named (child, *known, length))
        return TRUE;
    }
  return FALSE;
}

/**
 * nm_xml_check:
 * @node: (nullable): an element
 * @known: (array zero-terminated=1): local names that may stand in it, with a "*" behind them those that may come often
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE when another element is there, or one twice
 */
gboolean
nm_xml_check (const xmlNode *node, const char *const *known, GError **error)
{
  const xmlNode *child = node != NULL ? node->children : NULL;

  for (; child != NULL; child = child->next)
    {
      gboolean many;

      if (child->type != XML_ELEMENT_NODE)
        continue;
      if (!is_known (child, known, &many))
        return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%.*s in %.*s is not supported",
                               NM_XML_MAX_QUOTE, child->name, NM_XML_MAX_QUOTE, node->name);
      if (!many && nm_xml_next (child) != NULL)
        return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%.*s is twice in %.*s",
                               NM_XML_MAX_QUOTE, child->name, NM_XML_MAX_QUOTE, node->name);
    }
  return TRUE;
}

static xmlNode *
next_in_document (xmlNode *node)
{
  if (node->type == XML_ELEMENT_NODE && node->children != NULL)
    return node->children;
  while (node != NULL && node->next == NULL)
    node = node->parent;
  return node != NULL ? node->next : NULL;
}

static gboolean
is_to_drop (const xmlNode *node, const char *name)
{
  return node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE || is_named (node, name, strlen (name));
}

/**
 * nm_xml_drop:
 * @document: a document
 * @name: local name of elements that nobody may read
 *
 * Removes them with all that is in them, and whatever is no element and no text: a comment may quote them.
 *
 * Returns: how many elements went
 */
guint
nm_xml_drop (xmlDoc *document, const char *name)
{
  xmlNode *node = document->children;
  guint n = 0;

  while (node != NULL)
    {
      xmlNode *following;

      if (!is_to_drop (node, name))
        {
          node = next_in_document (node);
          continue;
        }
      n += node->type == XML_ELEMENT_NODE;
      for (following = node; following != NULL && following->next == NULL;)
        following = following->parent;
      following = following != NULL ? following->next : NULL;
      xmlUnlinkNode (node);
      xmlFreeNode (node);
      node = following;
    }
  return n;
}

/* Names of networks may have characters that XML cannot have. */
static char *
make_text (const char *text)
{
  GString *good = g_string_new (NULL);

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      g_string_append_unichar (good, xmlIsCharQ (c) ? c : 0xfffd);
    }
  return g_string_free (good, FALSE);
}

/**
 * nm_xml_add:
 * @parent: an element
 * @name: of the new one
 * @text: (nullable): its text
 *
 * Returns: (transfer none): a new last child of @parent, in its namespace
 */
xmlNode *
nm_xml_add (xmlNode *parent, const char *name, const char *text)
{
  g_autofree char *good = text != NULL ? make_text (text) : NULL;

  return xmlNewTextChild (parent, NULL, (const xmlChar *) name, (const xmlChar *) good);
}

/**
 * nm_xml_set_text:
 * @node: an element
 * @text: its text from now on
 */
void
nm_xml_set_text (xmlNode *node, const char *text)
{
  g_autofree char *good = make_text (text), *escaped = g_markup_escape_text (good, -1);

  xmlNodeSetContent (node, (const xmlChar *) escaped);
}

/**
 * nm_xml_add_root:
 * @parent: an element
 * @name: of the new one
 * @name_space: of the new one, which becomes the default below
 *
 * Returns: (transfer none): a new last child of @parent
 */
xmlNode *
nm_xml_add_root (xmlNode *parent, const char *name, const char *name_space)
{
  xmlNode *node = xmlNewDocNode (parent->doc, NULL, (const xmlChar *) name, NULL);

  xmlSetNs (node, xmlNewNs (node, (const xmlChar *) name_space, NULL));
  return xmlAddChild (parent, node);
}
