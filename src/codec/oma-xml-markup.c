/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xml-markup.h"

#include "codec/oma-xml-text.h"

#include <string.h>

/* A namespace that the written text declares; both strings are the parser's. */
typedef struct {
  const char *prefix;    /* NULL: default namespace */
  const char *uri;
  guint       depth;
} Scope;

struct _OmaXmlMarkup {
  GString *text;
  GArray  *scopes;
  guint    depth;        /* elements that are open */
  gboolean tag_is_open;  /* the last start tag has no '>' yet */
};

/**
 * oma_xml_markup_new:
 *
 * Returns: (transfer full): a writer with no text
 */
OmaXmlMarkup *
oma_xml_markup_new (void)
{
  OmaXmlMarkup *markup = g_new0 (OmaXmlMarkup, 1);

  markup->text = g_string_new (NULL);
  markup->scopes = g_array_new (FALSE, FALSE, sizeof (Scope));
  return markup;
}

/**
 * oma_xml_markup_free:
 * @markup: (nullable) (transfer full): a writer
 */
void
oma_xml_markup_free (OmaXmlMarkup *markup)
{
  if (markup == NULL)
    return;
  g_string_free (markup->text, TRUE);
  g_array_unref (markup->scopes);
  g_free (markup);
}

/**
 * oma_xml_markup_get_text:
 * @markup: a writer
 *
 * Returns: (transfer none): what was written; the caller may empty it between two elements
 */
GString *
oma_xml_markup_get_text (OmaXmlMarkup *markup)
{
  return markup->text;
}

static void
close_tag (OmaXmlMarkup *markup)
{
  if (markup->tag_is_open)
    g_string_append_c (markup->text, '>');
  markup->tag_is_open = FALSE;
}

static void
append_name (OmaXmlMarkup *markup, const char *prefix, const char *name)
{
  if (prefix != NULL)
    {
      g_string_append (markup->text, prefix);
      g_string_append_c (markup->text, ':');
    }
  g_string_append (markup->text, name);
}

static void
declare (OmaXmlMarkup *markup, const char *prefix, const char *uri)
{
  Scope scope = { prefix, uri, markup->depth };

  g_array_append_val (markup->scopes, scope);
  g_string_append (markup->text, prefix == NULL ? " xmlns" : " xmlns:");
  if (prefix != NULL)
    g_string_append (markup->text, prefix);
  g_string_append (markup->text, "=\"");
  oma_xml_append_attribute (markup->text, uri, strlen (uri));
  g_string_append_c (markup->text, '"');
}

/* The message's own namespace is not meant when markup without any namespace inherits it. */
static gboolean
is_message_namespace (const char *prefix, const char *uri)
{
  return prefix == NULL && g_ascii_strncasecmp (uri, "SYNCML:SYNCML", strlen ("SYNCML:SYNCML")) == 0;
}

/* Declares a namespace that was declared outside of the markup. */
static void
declare_inherited (OmaXmlMarkup *markup, const char *prefix, const char *uri)
{
  if (uri == NULL || is_message_namespace (prefix, uri) || g_strcmp0 (prefix, "xml") == 0)
    return;
  for (guint i = markup->scopes->len; i > 0; i--)
    if (g_strcmp0 (g_array_index (markup->scopes, Scope, i - 1).prefix, prefix) == 0)
      return;
  declare (markup, prefix, uri);
}

/**
 * oma_xml_markup_start:
 * @markup: a writer
 * @name: local name
 * @prefix: (nullable): prefix of the element
 * @uri: (nullable): its namespace
 * @n_namespaces: namespaces that the start tag declares
 * @namespaces: pairs of prefix (nullable) and URI
 * @n_attributes: attributes of the start tag
 * @attributes: local name, prefix (nullable), URI (nullable), start and end of the value for
 *   each, as libxml2's SAX2 interface hands them over
 *
 * An element starts.  The strings of names and namespaces must outlive the element.
 */
void
oma_xml_markup_start (OmaXmlMarkup *markup, const char *name, const char *prefix, const char *uri, int n_namespaces,
                      const char *const *namespaces, int n_attributes, const char *const *attributes)
{
  close_tag (markup);
  markup->depth++;
  g_string_append_c (markup->text, '<');
  append_name (markup, prefix, name);
  for (int i = 0; i < n_namespaces; i++)
    declare (markup, namespaces[2 * i], namespaces[2 * i + 1] != NULL ? namespaces[2 * i + 1] : "");
  declare_inherited (markup, prefix, uri);
  for (int i = 0; i < n_attributes; i++)
    if (attributes[5 * i + 1] != NULL)
      declare_inherited (markup, attributes[5 * i + 1], attributes[5 * i + 2]);
  for (int i = 0; i < n_attributes; i++)
    {
      const char *const *attribute = attributes + 5 * i;
      g_string_append_c (markup->text, ' ');
      append_name (markup, attribute[1], attribute[0]);
      g_string_append (markup->text, "=\"");
      oma_xml_append_attribute (markup->text, attribute[3], attribute[4] - attribute[3]);
      g_string_append_c (markup->text, '"');
    }
  markup->tag_is_open = TRUE;
}

/**
 * oma_xml_markup_text:
 * @markup: a writer
 * @text: octets of UTF-8
 * @length: how many
 *
 * Text between or beside elements.
 */
void
oma_xml_markup_text (OmaXmlMarkup *markup, const char *text, gsize length)
{
  close_tag (markup);
  oma_xml_append_text (markup->text, text, length);
}

/**
 * oma_xml_markup_end:
 * @markup: a writer with an open element
 * @name: its local name
 * @prefix: (nullable): its prefix
 *
 * The element ends.
 */
void
oma_xml_markup_end (OmaXmlMarkup *markup, const char *name, const char *prefix)
{
  GArray *scopes = markup->scopes;

  if (markup->tag_is_open)
    g_string_append (markup->text, "/>");
  else
    {
      g_string_append (markup->text, "</");
      append_name (markup, prefix, name);
      g_string_append_c (markup->text, '>');
    }
  markup->tag_is_open = FALSE;
  while (scopes->len > 0 && g_array_index (scopes, Scope, scopes->len - 1).depth == markup->depth)
    g_array_set_size (scopes, scopes->len - 1);
  markup->depth--;
}
