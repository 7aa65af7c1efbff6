/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-page.h"

#include <string.h>

#define MAX_EXAMPLES 8      /* permitted values that are told */

/* What a table of Markdown would take for its own. */
static void
append_text (GString *page, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (strchr ("|<>*_`[]\\", *p) != NULL)
      g_string_append_printf (page, "&#%d;", *p);
    else
      g_string_append_c (page, g_ascii_isspace (*p) ? ' ' : *p);
}

static void
append_access (GString *page, guint access)
{
  static const char *const names[] = { "Add", "Copy", "Delete", "Exec", "Get", "Replace" };
  static const guint bits[] = { OMA_ACCESS_ADD, OMA_ACCESS_COPY, OMA_ACCESS_DELETE, OMA_ACCESS_EXEC, OMA_ACCESS_GET,
                                OMA_ACCESS_REPLACE };
  const char *separator = "";

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if ((access & bits[i]) != 0)
      {
        g_string_append_printf (page, "%s%s", separator, names[i]);
        separator = ", ";
      }
}

static void
append_occurrence (GString *page, const OmaSchemaNode *node)
{
  if (node->max_occurrence == OMA_OCCURRENCE_UNBOUNDED)
    g_string_append (page, node->min_occurrence > 0 ? "one or more" : "any number");
  else if (node->max_occurrence > 1)
    g_string_append_printf (page, "up to %u", node->max_occurrence);
  else
    g_string_append (page, node->min_occurrence > 0 ? "one" : "none or one");
}

static void
append_values (GString *page, const OmaSchemaNode *node)
{
  g_auto(GStrv) examples = node->constraint != NULL ? oma_constraint_dup_examples (node->constraint) : NULL;
  gsize n = examples != NULL ? g_strv_length (examples) : 0;

  for (gsize i = 0; i < n && i < MAX_EXAMPLES; i++)
    {
      g_string_append (page, i > 0 ? ", " : " Permitted: ");
      append_text (page, *examples[i] != '\0' ? examples[i] : "empty");
    }
  if (n > 0)
    g_string_append (page, n > MAX_EXAMPLES ? " and others." : ".");
  else if (node->constraint != NULL)
    g_string_append (page, " Permitted values are limited.");
}

static void
append_node (GString *page, const OmaSchemaNode *node, const char *parent)
{
  const char *format = oma_format_to_string (node->format);
  g_autofree char *uri = g_strconcat (parent, "/", node->name != NULL ? node->name : "*", NULL);

  g_string_append_printf (page, "| `%s` | %s | ", uri, format != NULL ? format : "");
  append_access (page, node->access);
  g_string_append (page, " | ");
  append_occurrence (page, node);
  g_string_append (page, " | ");
  append_text (page, node->description != NULL ? node->description : "");
  append_values (page, node);
  g_string_append (page, " |\n");
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    append_node (page, g_ptr_array_index (node->children, i), uri);
}

/**
 * oma_check_page_make:
 * @schema: a DDF
 * @path: its file
 *
 * Returns: (transfer full): a page on its nodes, in Markdown as gi-docgen takes it
 */
char *
oma_check_page_make (const OmaSchema *schema, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  GString *page;

  if (g_str_has_suffix (name, ".ddf.xml"))
    name[strlen (name) - strlen (".ddf.xml")] = '\0';
  page = g_string_new (NULL);
  g_string_append_printf (page, "Title: Nodes of %s\nSlug: nodes-of-%s\n\n# Nodes of %s\n\n", name, name, name);
  g_string_append (page, "| node | format | access | occurrence | what it is |\n| --- | --- | --- | --- | --- |\n");
  for (guint i = 0; i < schema->roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, i);

      append_node (page, root->node, root->path);
    }
  return g_string_free (page, FALSE);
}
