/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-delegation.h"

#include "session/oma-object-query.h"
#include "session/oma-operation-document.h"

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

/* (transfer full): the MIID of the instance that is about another one. */
static char *
make_miid (const char *moid, const char *miid)
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

  for (guint i = 0; i < conditions->len && letter != '\0'; i++)
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
      g_autofree char *miid = make_miid (root->moid, root->miid);
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

/* ---- What a server wants it to be ---- */

typedef struct {
  char *name;        /* y */
  char *server_id;   /* (nullable) */
  char *rights;      /* (nullable) */
} Entry;

static gboolean
refuse_data (const char *reason, GError **error)
{
  return oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, reason, error);
}

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  g_free (entry->server_id);
  g_free (entry->rights);
}

static Entry *
ensure_entry (GArray *entries, const char *name)
{
  Entry entry = { NULL, NULL, NULL };

  for (guint i = 0; i < entries->len; i++)
    if (strcmp (g_array_index (entries, Entry, i).name, name) == 0)
      return &g_array_index (entries, Entry, i);
  entry.name = g_strdup (name);
  g_array_append_val (entries, entry);
  return &g_array_index (entries, Entry, entries->len - 1);
}

static GArray *
entries_new (void)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));

  g_array_set_clear_func (entries, entry_clear);
  return entries;
}

/* What is there now, but for what stands at or below @path (NULL-terminated), which is replaced. */
static GArray *
make_entries (const OmaAcl *acl, const char *const *path)
{
  g_auto(GStrv) servers = acl != NULL ? oma_acl_list_servers (acl) : NULL;
  GArray *entries = entries_new ();

  for (guint i = 0; servers != NULL && servers[i] != NULL && path[0] != NULL && path[1] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i + 1);
      Entry *entry;

      if (path[2] == NULL && strcmp (path[1], name) == 0)
        continue;
      entry = ensure_entry (entries, name);
      entry->server_id = g_strdup (servers[i]);
      entry->rights = g_strdup_printf ("%u", (guint) oma_object_rights_from_commands (oma_acl_get_commands (acl, servers[i])));
    }
  return entries;
}

static const char *
get_text (const OmaTndsNode *node)
{
  return node->data != NULL && strlen (node->data) == node->size ? node->data : NULL;
}

static gboolean
keeps_value (const char *value, const char *text, GError **error)
{
  return g_strcmp0 (value, text) == 0 ||
         oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "what the access control object is about cannot be changed",
                               error);
}

/* Takes a node of the data that is @path. */
static gboolean
take_node (const OmaObjectNode *target, GArray *entries, const GPtrArray *path, const OmaTndsNode *node, GError **error)
{
  const char *const *names = (const char *const *) path->pdata;
  const char *text = get_text (node);
  const guint depth = path->len;
  Entry *entry;
  char **field;

  if (depth == 1 && (strcmp (names[0], "MOID") == 0 || strcmp (names[0], "MIID") == 0))
    {
      g_auto(GStrv) about = g_strsplit (target->about, "/", 2);
      g_autofree char *moid = g_uri_unescape_string (about[0], NULL), *miid = g_uri_unescape_string (about[1], NULL);

      return keeps_value (names[0][1] == 'O' ? moid : miid, text, error);
    }
  if (depth > 0 && strcmp (names[0], "ACL") != 0)
    return refuse_data ("the access control object has no such node", error);
  if (depth < 3 && (node->size > 0 || node->value != NULL))
    return refuse_data ("an interior node has no value", error);
  if (depth < 2)
    return TRUE;
  entry = ensure_entry (entries, names[1]);
  if (depth == 2)
    return TRUE;
  field = strcmp (names[2], "SrvID") == 0 ? &entry->server_id : strcmp (names[2], "Rights") == 0 ? &entry->rights : NULL;
  if (depth > 3 || field == NULL)
    return refuse_data ("the access control object has no such node", error);
  if (text == NULL)
    return refuse_data ("SrvID and Rights have values", error);
  g_free (*field);
  *field = g_strdup (text);
  return TRUE;
}

static gboolean
take_nodes (const OmaObjectNode *target, char **start, GArray *entries, const OmaTnds *document, GError **error)
{
  for (guint i = 0; i < document->nodes->len; i++)
    {
      const OmaTndsNode *node = g_ptr_array_index (document->nodes, i);
      g_autoptr(GPtrArray) path = g_ptr_array_new ();
      guint n_start = g_strv_length (start);

      if (node->parent < 0 && i > 0)
        return refuse_data ("there is more than one node in it", error);
      for (const OmaTndsNode *above = node; above->parent >= 0; above = g_ptr_array_index (document->nodes, above->parent))
        g_ptr_array_insert (path, 0, above->name);
      for (guint j = 0; j < n_start; j++)
        g_ptr_array_insert (path, j, start[j]);
      if (!take_node (target, entries, path, node, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_entry (const GArray *entries, guint index, GError **error)
{
  const Entry *entry = &g_array_index (entries, Entry, index);
  guint64 rights;

  if (entry->server_id == NULL || entry->rights == NULL)
    return refuse_data ("an entry lacks SrvID or Rights", error);
  if (strcmp (entry->server_id, "*") != 0 && !oma_acl_server_id_is_valid (entry->server_id))
    return refuse_data ("SrvID cannot be that of a server", error);
  if (!g_ascii_string_to_unsigned (entry->rights, 10, 0, OMA_OBJECT_RIGHTS_ALL, &rights, NULL))
    return refuse_data ("Rights are not of the rights that there are", error);
  for (guint i = 0; i < index; i++)
    if (strcmp (g_array_index (entries, Entry, i).server_id, entry->server_id) == 0)
      return refuse_data ("a server has two entries", error);
  return TRUE;
}

/* What the server may do afterwards: of the commands of an ACL those that no right tells apart stay as they are, unless
 * the right that they are a part of changes. */
static guint
change_commands (guint commands, OmaObjectRights wanted)
{
  const OmaObjectRights known = oma_object_rights_from_commands (commands);

  commands &= ~oma_object_rights_get_commands (known & ~wanted);
  return commands | oma_object_rights_get_commands (wanted);
}

static OmaObjectRights
find_wanted (const GArray *entries, const char *server_id)
{
  for (guint i = 0; i < entries->len; i++)
    if (strcmp (g_array_index (entries, Entry, i).server_id, server_id) == 0)
      return (OmaObjectRights) g_ascii_strtoull (g_array_index (entries, Entry, i).rights, NULL, 10);
  return 0;
}

/* Takes @acl. */
static OmaAcl *
grant (OmaAcl *acl, guint commands, const char *server_id)
{
  OmaAcl *grown = oma_acl_with_server (acl, commands, server_id);

  g_clear_pointer (&acl, oma_acl_unref);
  return grown;
}

static OmaAcl *
change_acl (const OmaAcl *acl, const GArray *entries)
{
  g_auto(GStrv) servers = acl != NULL ? oma_acl_list_servers (acl) : NULL;
  g_autoptr(OmaAcl) changed = NULL;

  for (guint i = 0; servers != NULL && servers[i] != NULL; i++)
    changed = grant (g_steal_pointer (&changed),
                     change_commands (oma_acl_get_commands (acl, servers[i]), find_wanted (entries, servers[i])),
                     servers[i]);
  for (guint i = 0; i < entries->len; i++)
    {
      const char *server_id = g_array_index (entries, Entry, i).server_id;

      if (servers == NULL || !g_strv_contains ((const char *const *) servers, server_id))
        changed = grant (g_steal_pointer (&changed), oma_object_rights_get_commands (find_wanted (entries, server_id)),
                         server_id);
    }
  return g_steal_pointer (&changed);
}

/* An ACL cannot be of any length. */
static gboolean
grants_all (const OmaAcl *acl, const GArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const char *server_id = g_array_index (entries, Entry, i).server_id;
      const guint wanted = oma_object_rights_get_commands (find_wanted (entries, server_id));

      if (wanted & ~(oma_acl_get_commands (acl, server_id) | oma_acl_get_commands (acl, "*")))
        return FALSE;
    }
  return TRUE;
}

static char **
dup_path (const OmaObjectNode *node)
{
  g_autoptr(OmaClientUri) uri = oma_client_uri_parse (node->client_uri, NULL);
  g_autoptr(GStrvBuilder) path = g_strv_builder_new ();

  for (guint i = 0; uri != NULL && i < uri->path->len; i++)
    g_strv_builder_add (path, g_array_index (uri->path, OmaClientSegment, i).name);
  return g_strv_builder_end (path);
}

/**
 * oma_delegation_make_acl:
 * @node: a node of the access control object
 * @document: what stands in place of it and of all below it
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Our reading: rights that the four do not express, Add alone for example, stay with a server as long as the rights that
 * they are a part of are not changed; since Write holds Replace, who has it may also delegate.  Somebody must be left
 * with a right, since an ACL that is empty would let the instance inherit.
 *
 * Returns: (transfer full): the ACL that the instance is to have; %NULL with %OMA_STATUS_UNSUPPORTED_FORMAT when the data
 *   are not those of such an object, %OMA_STATUS_NOT_ALLOWED when they are about another instance, %OMA_STATUS_CONFLICT
 *   when nobody would have a right
 */
char *
oma_delegation_make_acl (const OmaObjectNode *node, const OmaTnds *document, GError **error)
{
  g_auto(GStrv) path = dup_path (node);
  g_autoptr(GArray) entries = make_entries (node->acl, (const char *const *) path);
  g_autoptr(OmaAcl) acl = NULL;

  if (!take_nodes (node, path, entries, document, error))
    return NULL;
  for (guint i = 0; i < entries->len; i++)
    if (!check_entry (entries, i, error))
      return NULL;
  acl = change_acl (node->acl, entries);
  if (acl == NULL)
    oma_operation_refuse (OMA_STATUS_CONFLICT, "nobody would have a right", error);
  else if (!grants_all (acl, entries))
    oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "the ACL would be too long", error);
  else
    return g_strdup (oma_acl_get_text (acl));
  return NULL;
}

/**
 * oma_delegation_find_instance:
 * @document: MO data of an access control object
 *
 * Our reading: data that do not say where they go are for the instance that they are about.
 *
 * Returns: (transfer full) (nullable): its ClientURI, %NULL when they do not say which that is
 */
char *
oma_delegation_find_instance (const OmaTnds *document)
{
  const char *moid = NULL, *miid = NULL;
  g_autofree char *about = NULL;

  for (guint i = 0; i < document->nodes->len; i++)
    {
      const OmaTndsNode *node = g_ptr_array_index (document->nodes, i);

      if (node->parent == 0 && strcmp (node->name, "MOID") == 0)
        moid = get_text (node);
      if (node->parent == 0 && strcmp (node->name, "MIID") == 0)
        miid = get_text (node);
    }
  if (moid == NULL || miid == NULL)
    return NULL;
  about = make_miid (moid, miid);
  return oma_client_uri_make (OMA_DELEGATION_MOID, about, NULL);
}
