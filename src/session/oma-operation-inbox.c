/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

#include <string.h>

/* ./Inbox (DM Standardized Objects 1.2, section 7.1.3.4): a server that does not know where a
 * management object belongs adds it here; its identifier, the Type of the top node, says where it
 * goes.
 *
 * Where the text leaves room (our reading):
 *
 * - The place is the first one that a mounted DDF has for the identifier: a placeholder whose
 *   ancestors all have names, or a dynamic node with a name.  There is no place: 415.
 * - The server needs Add on ./Inbox and all that it would need to add the object where it goes.
 * - The object keeps its name; if another node has that, a number is put behind it.  One without
 *   a name gets the last segment of a target below ./Inbox, or a number.
 */

#define INBOX "Inbox"
#define INBOX_URI "./" INBOX

typedef struct {
  const char *moid;
  char       *parent;   /* of the place, %NULL: none */
  char       *name;     /* (nullable): the name that the DDF has for the node */
} Search;

/* Internal: whether the target is ./Inbox or below it. */
gboolean
oma_inbox_is_target (const OmaTarget *target)
{
  const OmaUri *uri = &target->uri;

  return uri->n_segments > 0 && target->lookup.mount != NULL &&
         (oma_mount_get_flags (target->lookup.mount) & OMA_MOUNT_RESERVED) != 0 &&
         uri->segments[0].length == strlen (INBOX) && memcmp (uri->segments[0].name, INBOX, strlen (INBOX)) == 0;
}

static void
search_schema (Search *search, const OmaSchemaNode *schema, const char *parent)
{
  GString *uri;

  if (search->parent != NULL || schema->format != OMA_FORMAT_NODE)
    return;
  if (!schema->permanent && g_strcmp0 (schema->ddf_name, search->moid) == 0)
    {
      search->parent = g_strdup (parent);
      search->name = g_strdup (schema->name);
      return;
    }
  if (schema->name == NULL)
    return;
  uri = g_string_new (parent);
  oma_uri_append_segment (uri, schema->name, -1);
  for (guint i = 0; i < schema->children->len; i++)
    search_schema (search, g_ptr_array_index (schema->children, i), uri->str);
  g_string_free (uri, TRUE);
}

static gboolean
search_mount (const OmaMount *mount, gpointer user_data)
{
  Search *search = user_data;
  const OmaSchema *schema = oma_mount_get_schema (mount);

  for (guint i = 0; i < schema->roots->len && search->parent == NULL; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, i);
      g_auto(OmaUri) uri = OMA_URI_INIT;
      g_autofree char *parent = NULL;

      if (!oma_uri_parse (&uri, root->path, NULL))
        continue;
      parent = oma_uri_to_string (&uri);
      search_schema (search, root->node, parent);
    }
  return search->parent == NULL;
}

static gboolean
check_inbox (OmaJob *job, GError **error)
{
  OmaRights *rights = &job->work->rights;
  g_auto(OmaTarget) inbox = OMA_TARGET_INIT;

  if (!oma_target_resolve (&inbox, job, INBOX_URI, error))
    return FALSE;
  if (!oma_rights_has_access (rights, inbox.lookup.schema, OMA_ACCESS_ADD))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "nothing can be added to the Inbox", error);
  if (!oma_rights_are_granted (rights, inbox.lookup.nearest, job->work->change, OMA_ACCESS_ADD))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL of the Inbox does not grant Add", error);
  return TRUE;
}

/* The name that the server has for the object: its own, or that in the target. */
static char *
dup_wanted_name (const OmaDocument *document, const OmaTndsNode *node)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;

  if (*node->name != '\0')
    return g_strdup (node->name);
  if (document->n_top > 1 || !oma_uri_parse (&uri, document->base, NULL) || uri.n_segments < 2)
    return g_strdup ("");
  return g_strndup (uri.segments[uri.n_segments - 1].name, uri.segments[uri.n_segments - 1].length);
}

/* Where a node goes whose Path leads below an object that came before it. */
static char *
follow_path (const OmaDocument *document, const OmaTndsNode *node, const char *path, GError **error)
{
  for (guint i = 0; i < document->uris->len; i++)
    {
      const OmaTndsNode *top = g_ptr_array_index (document->tnds->nodes, i);
      g_autoptr(GString) uri = g_string_new (NULL);
      gsize length;

      oma_uri_append_segment (uri, top->name, -1);
      length = uri->len - 1;
      if (top->parent >= 0 || *top->name == '\0' || *oma_document_strip_path (top->path) != '\0' ||
          strncmp (path, uri->str + 1, length) != 0 || (path[length] != '\0' && path[length] != '/'))
        continue;
      g_string_assign (uri, g_ptr_array_index (document->uris, i));
      g_string_append (uri, path + length);
      oma_uri_append_segment (uri, node->name, -1);
      return g_strdup (uri->str);
    }
  oma_operation_refuse (OMA_STATUS_NOT_FOUND, "a Path leads to no management object of the document", error);
  return NULL;
}

/* Internal: (transfer full): the URI of a top node that was sent to the Inbox. */
char *
oma_inbox_find_place (OmaDocument *document, const OmaTndsNode *node, GError **error)
{
  const char *path = oma_document_strip_path (node->path);
  OmaJob *job = document->job;
  Search search = { .moid = node->type };
  g_autofree char *parent = NULL, *name = NULL, *wanted = NULL;

  if (!check_inbox (job, error))
    return NULL;
  if (*path != '\0')
    return follow_path (document, node, path, error);
  if (node->type != NULL && *node->type != '\0')
    oma_tree_foreach_mount (job->work->executor->tree, search_mount, &search);
  parent = search.parent;
  name = search.name;
  if (parent == NULL)
    {
      oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "there is no place for such a management object", error);
      return NULL;
    }
  if (name != NULL)
    {
      g_autoptr(GString) uri = g_string_new (parent);

      oma_uri_append_segment (uri, name, -1);
      return g_strdup (uri->str);
    }
  wanted = dup_wanted_name (document, node);
  if (*wanted != '\0' && !oma_uri_name_is_valid (wanted, strlen (wanted)))
    {
      oma_operation_refuse (OMA_STATUS_BAD_REQUEST, "no node can have such a name", error);
      return NULL;
    }
  return oma_document_choose_uri (document, parent, wanted, error);
}

static gboolean
rewrite (OmaTndsNode *node, const char *from, const char *to)
{
  const gsize length = strlen (from);
  char *text;

  if (strncmp (node->data, from, length) != 0 || (node->data[length] != '\0' && node->data[length] != '/'))
    return FALSE;
  text = g_strconcat (to, node->data + length, NULL);
  g_free (node->data);
  node->data = text;
  node->size = strlen (text);
  return TRUE;
}

static gboolean
is_reference (const OmaTndsNode *node)
{
  return node->data != NULL && !node->is_octets && strlen (node->data) == node->size &&
         g_str_has_prefix (node->data, INBOX_URI "/") &&
         (node->format == OMA_FORMAT_NONE || node->format == OMA_FORMAT_CHR);
}

/* Internal: lets values that name a node of the document by its URI in the Inbox name it by the
 * URI that it gets. */
void
oma_inbox_rewrite_references (OmaDocument *document)
{
  GPtrArray *nodes = document->tnds->nodes;

  for (guint i = 0; i < nodes->len; i++)
    {
      OmaTndsNode *node = g_ptr_array_index (nodes, i);
      gboolean done = !is_reference (node);

      for (guint j = 0; j < nodes->len && !done; j++)
        {
          const OmaTndsNode *top = g_ptr_array_index (nodes, j);
          g_autoptr(GString) from = g_string_new (INBOX_URI);

          if (top->parent >= 0 || *oma_document_strip_path (top->path) != '\0')
            continue;
          oma_uri_append_segment (from, top->name, -1);
          done = *top->name != '\0' && rewrite (node, from->str, g_ptr_array_index (document->uris, j));
          if (!done && document->n_top == 1 && strlen (document->base) > strlen (INBOX_URI))
            done = rewrite (node, document->base, g_ptr_array_index (document->uris, j));
        }
    }
}
