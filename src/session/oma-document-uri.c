/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

#include <string.h>

/* Numbers to try as names of a node. */
#define MAX_TRIES (OMA_TNDS_MAX_NODES + 1)

/* Internal: a Path without what makes no difference; "" for the target itself. */
const char *
oma_document_strip_path (const char *path)
{
  if (path == NULL || strcmp (path, ".") == 0)
    return "";
  return g_str_has_prefix (path, "./") ? path + 2 : path;
}

/* Internal: the URI of the node @name below @uri. */
char *
oma_document_append_name (const char *uri, const char *name)
{
  GString *text = g_string_sized_new (strlen (uri) + strlen (name) + 1);

  g_string_append (text, uri);
  oma_uri_append_segment (text, name, -1);
  return g_string_free (text, FALSE);
}

static char *
canonicalise (const char *uri, GError **error)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;

  if (!oma_uri_parse (&parsed, uri, error))
    return NULL;
  if (parsed.query == OMA_URI_QUERY_NONE)
    return oma_uri_to_string (&parsed);
  oma_operation_refuse (OMA_STATUS_BAD_REQUEST, "a Path has a query", error);
  return NULL;
}

/* The name of a permanent node is not a server's to choose. */
static gboolean
check_name (const OmaDocument *document, const OmaTndsNode *node, GError **error)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  const OmaRights *rights = &document->job->work->rights;
  const OmaUriSegment *last;

  if (!oma_target_resolve (&target, document->job, document->base, error))
    return FALSE;
  if (*node->name == '\0' || target.uri.n_segments == 0 || target.lookup.schema == NULL ||
      oma_rights_may_make_and_unmake (rights, target.lookup.schema))
    return TRUE;
  last = &target.uri.segments[target.uri.n_segments - 1];
  return (strlen (node->name) == last->length && memcmp (node->name, last->name, last->length) == 0) ||
         oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a permanent node keeps its name", error);
}

/* Whether the only top node is the target itself. */
static gboolean
is_target (const OmaDocument *document, const OmaTndsNode *node)
{
  const char *path = oma_document_strip_path (node->path);
  const char *last = strrchr (document->base, '/');
  g_autofree char *parent = NULL, *whole = NULL;

  if (document->n_top != 1 || last == NULL)
    return FALSE;
  if (document->is_mo_data)
    return TRUE;
  if (*path == '\0')
    {
      parent = g_strndup (document->base, last - document->base);
      whole = oma_document_append_name (parent, node->name);
      return *node->name == '\0' || strcmp (whole, document->base) == 0;
    }
  parent = g_strconcat ("./", path, NULL);
  whole = oma_document_append_name (parent, node->name);
  return strcmp (whole, document->base) == 0;
}

static char *
find_parent_uri (OmaDocument *document, const OmaTndsNode *node, GError **error)
{
  const char *path = oma_document_strip_path (node->path);
  g_autofree char *uri = NULL;

  if (node->parent >= 0)
    return g_strdup (oma_document_uri_at (document, node->parent));
  if (*path == '\0')
    return g_strdup (document->base);
  uri = g_strconcat (document->base, "/", path, NULL);
  return canonicalise (uri, error);
}

static gboolean
is_taken (OmaDocument *document, const char *uri, gboolean *taken, GError **error)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;

  *taken = g_hash_table_contains (document->named, uri);
  if (*taken)
    return TRUE;
  if (!oma_target_resolve (&target, document->job, uri, error))
    return FALSE;
  *taken = target.exists;
  return TRUE;
}

/* Internal: chooses a URI below @parent that no node has, like @name if that is not empty.
 * What was taken once stays so: it goes on where it stopped. */
char *
oma_document_choose_uri (OmaDocument *document, const char *parent, const char *name, GError **error)
{
  g_autofree char *stem = oma_document_append_name (parent, name);

  for (guint i = GPOINTER_TO_UINT (g_hash_table_lookup (document->tried, stem)) + 1; i < MAX_TRIES; i++)
    {
      g_autofree char *number = *name == '\0' ? g_strdup_printf ("%u", i)
                                : i > 1       ? g_strdup_printf ("%s-%u", name, i) : g_strdup (name);
      g_autofree char *uri = oma_document_append_name (parent, number);
      gboolean taken;

      if (!is_taken (document, uri, &taken, error))
        return NULL;
      if (taken)
        continue;
      g_hash_table_insert (document->tried, g_steal_pointer (&stem), GUINT_TO_POINTER (i));
      return g_steal_pointer (&uri);
    }
  oma_operation_refuse (OMA_STATUS_COMMAND_FAILED, "there is no name left", error);
  return NULL;
}

/* The device chooses a name. */
static char *
choose_uri (OmaDocument *document, const OmaTndsNode *node, const char *parent, GError **error)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  const OmaSchemaNode *schema;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, parent, error))
    return NULL;
  oma_tree_lookup (document->job->work->executor->tree, &uri, document->job->work->change, &lookup);
  schema = lookup.schema;
  for (guint i = 0; schema != NULL && schema->children != NULL && node->type != NULL && i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      if (child->name != NULL && child->ddf_name != NULL && strcmp (child->ddf_name, node->type) == 0)
        return oma_document_append_name (parent, child->name);
    }
  if (schema == NULL || schema->placeholder == NULL)
    {
      oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a node needs a name there", error);
      return NULL;
    }
  return oma_document_choose_uri (document, parent, "", error);
}

static char *
find_uri (OmaDocument *document, guint index, GError **error)
{
  const OmaTndsNode *node = oma_document_node_at (document, index);
  g_autofree char *parent = NULL;

  if (node->parent < 0 && document->may_be_target && !document->is_inbox && is_target (document, node))
    return !document->is_mo_data || check_name (document, node, error) ? g_strdup (document->base) : NULL;
  if (node->parent < 0 && document->is_inbox)
    return oma_inbox_find_place (document, node, error);
  parent = find_parent_uri (document, node, error);
  if (parent == NULL)
    return NULL;
  if (*node->name == '\0')
    return choose_uri (document, node, parent, error);
  if (!oma_uri_name_is_valid (node->name, strlen (node->name)))
    {
      oma_operation_refuse (OMA_STATUS_BAD_REQUEST, "no node can have such a name", error);
      return NULL;
    }
  return oma_document_append_name (parent, node->name);
}

static guint
count_segments (const char *uri)
{
  guint n = 0;

  for (const char *slash = strchr (uri, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    n++;
  return n;
}

static int
compare_depth (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const OmaDocument *document = user_data;
  const guint i = *(const guint *) a, j = *(const guint *) b;
  const guint m = count_segments (oma_document_uri_at (document, i));
  const guint n = count_segments (oma_document_uri_at (document, j));

  return m != n ? (m < n ? -1 : 1) : (i < j ? -1 : i > j);
}

/* Notes what leads from the target to a node: it belongs to the document too. */
static void
note_way (OmaDocument *document, const char *uri)
{
  g_autofree char *way = g_strdup (uri);
  const gsize length = strlen (document->base);
  char *slash;

  while ((slash = strrchr (way, '/')) != NULL && (gsize) (slash - way) > length)
    {
      *slash = '\0';
      if (g_hash_table_contains (document->named, way))
        return;
      g_hash_table_insert (document->named, g_strdup (way), GUINT_TO_POINTER (FALSE));
    }
}

/* Internal: gives each node of the document its URI, and puts parents before their children.  It goes on
 * behind the last one that was found. */
gboolean
oma_document_find_uris (OmaDocument *document, GError **error)
{
  for (guint i = document->uris->len; i < document->tnds->nodes->len; i++)
    {
      char *uri = find_uri (document, i, error);

      if (uri == NULL)
        return FALSE;
      g_ptr_array_add (document->uris, uri);
      /* The URIs of all that is below begin with this one. */
      if (strlen (uri) > OMA_URI_MAX_LENGTH)
        return oma_operation_refuse (OMA_STATUS_URI_TOO_LONG, "the URI of a node is too long", error);
      g_array_append_val (document->order, i);
      if (GPOINTER_TO_UINT (g_hash_table_lookup (document->named, uri)))
        {
          g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS, "%s is there twice", uri);
          return FALSE;
        }
      g_hash_table_insert (document->named, g_strdup (uri), GUINT_TO_POINTER (TRUE));
      note_way (document, uri);
    }
  /* Flat documents may name children before their parents. */
  g_array_sort_with_data (document->order, compare_depth, document);
  return TRUE;
}
