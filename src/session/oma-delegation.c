/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-delegation.h"

#include "session/oma-object-query.h"

#include <string.h>

/* The access control object (DM Protocol 2.0, delegation): who may do what with an instance.  It is a view of the ACL of
 * the instance's root and has nothing of its own.
 *
 *   MOID, MIID       the instance
 *   ACL/y/SrvID      a server that the ACL names, "*" for any
 *   ACL/y/Rights     what it may do, an #OmaObjectRights
 *
 * A node of it is known to the executor as property ACL of the root, which cannot be deleted, executed or added to. */

#define ACL_PROPERTY "?prop=ACL"

/**
 * oma_delegation_is_meant:
 * @uri: a ClientURI
 *
 * Returns: whether it addresses the access control object
 */
gboolean
oma_delegation_is_meant (const OmaClientUri *uri)
{
  return strcmp (uri->moid, OMA_DELEGATION_MOID) == 0;
}

/* Internal: (transfer full): the MIID of the instance that is about another one. */
char *
oma_delegation_make_miid (const char *moid, const char *miid)
{
  char *text = oma_client_uri_make (moid, miid, NULL);

  text[strlen (text) - 1] = '\0';
  return text;
}

/* ---- The view ---- */

static void
add_text (OmaNodeList *view, const char *uri, const char *text)
{
  oma_node_list_add (view, uri, oma_value_new_string (text));
}

static void
add_server (OmaNodeList *view, guint number, const OmaAcl *acl, const char *server_id)
{
  const OmaObjectRights rights = oma_object_rights_from_commands (oma_acl_get_commands (acl, server_id));
  g_autofree char *uri = g_strdup_printf ("ACL/%u", number);
  g_autofree char *id_uri = g_strconcat (uri, "/SrvID", NULL), *rights_uri = g_strconcat (uri, "/Rights", NULL);

  oma_node_list_add (view, uri, NULL);
  add_text (view, id_uri, server_id);
  oma_node_list_add (view, rights_uri, oma_value_new_int ((gint32) rights));
}

static OmaNodeList *
make_view (const OmaObjectNode *root)
{
  g_auto(GStrv) servers = root->acl != NULL ? oma_acl_list_servers (root->acl) : NULL;
  OmaNodeList *view = oma_node_list_new ();

  oma_node_list_add (view, "", NULL);
  add_text (view, "MOID", root->moid);
  add_text (view, "MIID", root->miid);
  oma_node_list_add (view, "ACL", NULL);
  for (guint i = 0; servers != NULL && servers[i] != NULL; i++)
    add_server (view, i + 1, root->acl, servers[i]);
  return view;
}

/* The part of the view that is at or below @uri; NULL: nothing is. */
static OmaNodeList *
cut_out (const OmaNodeList *view, const char *uri)
{
  g_autoptr(OmaNodeList) part = oma_node_list_new ();
  const gsize length = strlen (uri);

  for (guint i = 0; i < oma_node_list_get_length (view); i++)
    {
      const char *other = oma_node_list_get_uri (view, i);
      OmaValue *value = oma_node_list_get_value (view, i);

      if (strncmp (other, uri, length) == 0 && (length == 0 || other[length] == '\0' || other[length] == '/'))
        oma_node_list_add (part, other + length + (length > 0 && other[length] == '/'),
                           value != NULL ? oma_value_ref (value) : NULL);
    }
  return oma_node_list_get_length (part) > 0 ? g_steal_pointer (&part) : NULL;
}

static const OmaValue *
find_value (const OmaNodeList *view, const char *uri, gboolean *exists)
{
  for (guint i = 0; i < oma_node_list_get_length (view); i++)
    if (strcmp (oma_node_list_get_uri (view, i), uri) == 0)
      {
        *exists = TRUE;
        return oma_node_list_get_value (view, i);
      }
  *exists = FALSE;
  return NULL;
}

/* ---- Addressing ---- */

typedef struct {
  const OmaClientUri  *uri;
  gboolean             for_creation;
  const OmaObjectNode *root;     /* what the instance is about */
  const OmaNodeList   *view;
  const char          *miid;
  GPtrArray           *path;     /* (element-type utf8) */
  GPtrArray           *found;
} Find;

static OmaObjectRights
find_rights (const OmaObjectNode *root)
{
  if (root->rights & OMA_OBJECT_RIGHT_DELEGATE)
    return OMA_OBJECT_RIGHT_READ | OMA_OBJECT_RIGHT_WRITE | OMA_OBJECT_RIGHT_DELEGATE;
  return root->rights & OMA_OBJECT_RIGHT_READ;
}

static void
add_found (Find *find, const char *uri, gboolean exists)
{
  OmaObjectNode *node = g_new0 (OmaObjectNode, 1);

  g_ptr_array_add (find->path, NULL);
  node->client_uri = oma_client_uri_make (OMA_DELEGATION_MOID, find->miid, (const char *const *) find->path->pdata);
  g_ptr_array_set_size (find->path, find->path->len - 1);
  node->uri = g_strconcat (find->root->root, ACL_PROPERTY, NULL);
  node->root = g_strdup (find->root->root);
  node->moid = g_strdup (OMA_DELEGATION_MOID);
  node->miid = g_strdup (find->miid);
  node->name = g_strdup (find->path->len > 0 ? g_ptr_array_index (find->path, find->path->len - 1) : find->miid);
  node->rights = find_rights (find->root);
  node->exists = exists;
  node->acl = find->root->acl != NULL ? oma_acl_ref (find->root->acl) : NULL;
  node->view = exists ? cut_out (find->view, uri) : oma_node_list_new ();
  node->about = g_strdup (find->miid);
  g_ptr_array_add (find->found, node);
}

static char *
append_name (const char *uri, const char *name)
{
  g_autoptr(GString) text = g_string_new (uri);

  oma_uri_append_segment (text, name, -1);
  return g_strdup (*uri == '\0' ? text->str + 1 : text->str);
}

static gboolean
condition_holds (const Find *find, const char *uri, const OmaClientCondition *condition)
{
  g_autofree char *leaf = g_strdup (uri);
  const OmaValue *value;
  gboolean exists;

  for (char **name = condition->path; *name != NULL; name++)
    {
      char *longer = append_name (leaf, *name);

      g_free (leaf);
      leaf = longer;
    }
  value = find_value (find->view, leaf, &exists);
  return value != NULL && oma_value_get_size (value) == strlen (condition->value) &&
         memcmp (oma_value_get_data (value, NULL), condition->value, strlen (condition->value)) == 0;
}

static gboolean
is_meant (const Find *find, const char *uri, char letter)
{
  const GArray *conditions = find->uri->conditions;

  for (guint i = 0; conditions != NULL && i < conditions->len && letter != '\0'; i++)
    {
      const OmaClientCondition *condition = &g_array_index (conditions, OmaClientCondition, i);

      if (condition->letter == letter && !condition_holds (find, uri, condition))
        return FALSE;
    }
  return TRUE;
}

static void follow (Find *find, const char *uri, guint depth);

static void
follow_name (Find *find, const char *uri, const char *name, guint depth)
{
  g_autofree char *child = append_name (uri, name);

  g_ptr_array_add (find->path, (gpointer) name);
  follow (find, child, depth + 1);
  g_ptr_array_set_size (find->path, find->path->len - 1);
}

/* Names here need no escapes. */
static void
follow_any (Find *find, const char *uri, char letter, guint depth)
{
  const gsize length = strlen (uri);

  for (guint i = 0; i < oma_node_list_get_length (find->view); i++)
    {
      const char *other = oma_node_list_get_uri (find->view, i);
      const char *name = length == 0 ? other : other + length + 1;

      if (*other == '\0' || (length > 0 && (strncmp (other, uri, length) != 0 || other[length] != '/')) ||
          strchr (name, '/') != NULL)
        continue;
      if (is_meant (find, other, letter))
        follow_name (find, uri, name, depth);
    }
}

static void
follow (Find *find, const char *uri, guint depth)
{
  const GArray *path = find->uri->path;
  const OmaClientSegment *segment;
  gboolean exists;

  if (depth == path->len)
    {
      find_value (find->view, uri, &exists);
      if (exists || (find->for_creation && depth == 2 && g_str_has_prefix (uri, "ACL/")))
        add_found (find, uri, exists);
      return;
    }
  segment = &g_array_index (path, OmaClientSegment, depth);
  if (segment->kind == OMA_CLIENT_SEGMENT_NAME)
    follow_name (find, uri, segment->name, depth);
  else
    follow_any (find, uri, segment->letter, depth);
}

static gboolean
instance_is_meant (const Find *find, guint n_instances)
{
  const OmaClientSegment *segment = &find->uri->instance;

  switch (segment->kind)
    {
    case OMA_CLIENT_SEGMENT_NAME:
      return strcmp (segment->name, find->miid) == 0;
    case OMA_CLIENT_SEGMENT_LETTER:
      return is_meant (find, "", segment->letter);
    case OMA_CLIENT_SEGMENT_ONLY:
      return n_instances == 1;
    case OMA_CLIENT_SEGMENT_ANY:
    default:
      return TRUE;
    }
}

/**
 * oma_delegation_find:
 * @roots: (element-type OmaObjectNode): the instances that the server sees
 * @uri: a ClientURI of the access control object
 * @for_creation: an entry of ACL need not be there
 * @found: (element-type OmaObjectNode): gets the nodes that it names
 */
void
oma_delegation_find (const GPtrArray *roots, const OmaClientUri *uri, gboolean for_creation, GPtrArray *found)
{
  g_autoptr(GPtrArray) path = g_ptr_array_new ();
  guint n_visible = 0;

  for (guint i = 0; i < roots->len; i++)
    n_visible += find_rights (g_ptr_array_index (roots, i)) != 0;
  for (guint i = 0; i < roots->len; i++)
    {
      const OmaObjectNode *root = g_ptr_array_index (roots, i);
      g_autoptr(OmaNodeList) view = make_view (root);
      g_autofree char *miid = oma_delegation_make_miid (root->moid, root->miid);
      Find find = { uri, for_creation, root, view, miid, path, found };

      if (find_rights (root) != 0 && instance_is_meant (&find, n_visible))
        follow (&find, "", 0);
    }
}

/**
 * oma_delegation_list:
 * @roots: (element-type OmaObjectNode): the instances that the server sees
 * @found: (element-type OmaObjectNode): gets an instance of the access control object for each of them
 */
void
oma_delegation_list (const GPtrArray *roots, GPtrArray *found)
{
  g_autoptr(OmaClientUri) all = oma_client_uri_parse (OMA_DELEGATION_MOID "/*/", NULL);

  oma_delegation_find (roots, all, FALSE, found);
}
