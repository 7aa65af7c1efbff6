/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-delegation.h"

#include "session/oma-object-query.h"
#include "session/oma-operation.h"

#include <string.h>

/* What a server wants an access control object to be, as an ACL. */

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
  about = oma_delegation_make_miid (moid, miid);
  return oma_client_uri_make (OMA_DELEGATION_MOID, about, NULL);
}
