/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-object-secrecy.h"

#include "session/oma-client-uri.h"

#include <string.h>

/* What DDF say of a ClientURI; no node is read, so that it can be asked at any time. */
typedef struct {
  const OmaClientUri *uri;
  gboolean            found;
  OmaSecrecy          secrecy;
} Search;

/* The node that the path names below an instance that @schema describes. */
static const OmaSchemaNode *
follow (const OmaSchemaNode *schema, const GArray *path)
{
  for (guint i = 0; schema != NULL && i < path->len; i++)
    {
      const OmaClientSegment *segment = &g_array_index (path, OmaClientSegment, i);

      if (schema->format != OMA_FORMAT_NODE)
        return NULL;
      if (segment->kind == OMA_CLIENT_SEGMENT_NAME)
        schema = oma_schema_node_get_child (schema, segment->name, strlen (segment->name));
      else
        schema = schema->placeholder;
    }
  return schema;
}

static OmaSecrecy
judge (const OmaSchemaNode *schema)
{
  if (schema == NULL)
    return OMA_SECRECY_UNKNOWN;
  if (schema->format == OMA_FORMAT_NODE)
    return OMA_SECRECY_INTERIOR;
  return (schema->access & OMA_ACCESS_GET) == 0 ? OMA_SECRECY_VALUE : OMA_SECRECY_NONE;
}

/* Where several DDF have the object, the most careful of them counts. */
static void
search (Search *self, const OmaSchemaNode *schema)
{
  if (g_strcmp0 (schema->ddf_name, self->uri->moid) == 0)
    {
      OmaSecrecy secrecy = judge (follow (schema, self->uri->path));

      if (!self->found || self->secrecy == OMA_SECRECY_NONE)
        self->secrecy = secrecy;
      self->found = TRUE;
    }
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    search (self, g_ptr_array_index (schema->children, i));
}

static gboolean
search_mount (const OmaMount *mount, gpointer user_data)
{
  const OmaSchema *schema = oma_mount_get_schema (mount);

  for (guint i = 0; schema != NULL && i < schema->roots->len; i++)
    search (user_data, ((const OmaSchemaRoot *) g_ptr_array_index (schema->roots, i))->node);
  return TRUE;
}

/**
 * oma_object_secrecy_find:
 * @tree: the tree
 * @client_uri: a ClientURI (DM Protocol 2.0, addressing), of whatever origin
 *
 * Returns: what a value for it may show to people: a value that nobody can read through the tree is not shown in a package
 *   either, nor one for an object that no DDF describes
 */
OmaSecrecy
oma_object_secrecy_find (OmaTree *tree, const char *client_uri)
{
  g_autoptr(OmaClientUri) uri = oma_client_uri_parse (client_uri, NULL);
  Search self = { uri, FALSE, OMA_SECRECY_UNKNOWN };

  if (uri == NULL)
    return OMA_SECRECY_VALUE;
  oma_tree_foreach_mount (tree, search_mount, &self);
  return self.secrecy;
}
