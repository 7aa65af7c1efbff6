/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-layout.h"

#include "agent/oma-account-private.h"
#include "agent-resources.h"
#include "base/oma-status.h"
#include "codec/oma-ddf.h"
#include "session/oma-version.h"

#include <string.h>

#define DDF_RESOURCE "/org/omadm/syncml-dmacc.ddf.xml"
#define ROOT "SyncML"
#define LIST "DMAcc"

/* Windows names the account of a server after the digest of its identifier; 0x0000800c is the
 * number of SHA-256 there.  The formula is not documented, but what servers send. */
#define UID_PREFIX "0x0000800c"

struct _OmaAccountLayout {
  OmaTree *tree;
};

/* The leaves of DM 1.1 and where their values are; FIRST stands for the child whose name comes
 * first, LEVEL for the credentials of that AAuthLevel. */
static const struct {
  const char *name;
  const char *path[5];
} leaves[] = {
  { "Addr", { "AppAddr", "*", "Addr", NULL, NULL } },
  { "AddrType", { "AppAddr", "*", "AddrType", NULL, NULL } },
  { "PortNbr", { "AppAddr", "*", "Port", "*", "PortNbr" } },
  { "ConRef", { "PrefConRef", NULL, NULL, NULL, NULL } },
  { "ServerId", { "ServerID", NULL, NULL, NULL, NULL } },
  { "ServerID", { "ServerID", NULL, NULL, NULL, NULL } },   /* asked for by who finds out whose account it is */
  { "ServerPW", { "AppAuth", "=SRVCRED", "AAuthSecret", NULL, NULL } },
  { "ServerNonce", { "AppAuth", "=SRVCRED", "AAuthData", NULL, NULL } },
  { "UserName", { "AppAuth", "=CLCRED", "AAuthName", NULL, NULL } },
  { "ClientPW", { "AppAuth", "=CLCRED", "AAuthSecret", NULL, NULL } },
  { "ClientNonce", { "AppAuth", "=CLCRED", "AAuthData", NULL, NULL } },
  { "AuthPref", { "AAuthPref", NULL, NULL, NULL, NULL } },
  { "Name", { "Name", NULL, NULL, NULL, NULL } },
};

/**
 * oma_account_layout_new:
 * @tree: the tree, which must outlive the layout's use
 *
 * Returns: (transfer full): the other layouts of its accounts
 */
OmaAccountLayout *
oma_account_layout_new (OmaTree *tree)
{
  OmaAccountLayout *layout = g_new (OmaAccountLayout, 1);

  layout->tree = tree;
  return layout;
}

/**
 * oma_account_layout_free:
 * @layout: (nullable): a layout that nothing is mounted with any more
 */
void
oma_account_layout_free (OmaAccountLayout *layout)
{
  g_free (layout);
}

/* ---- From the other names to the nodes ---- */

static OmaNode *
find_child (OmaNode *parent, const char *name)
{
  OmaNode *child = parent != NULL ? oma_node_first_child (parent, NULL) : NULL;

  while (child != NULL && strcmp (oma_node_get_name (child), name) != 0)
    child = oma_node_next_sibling (child, NULL);
  return child;
}

static OmaNode *
find_first (OmaNode *parent)
{
  OmaNode *first = NULL;

  for (OmaNode *child = oma_node_first_child (parent, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (first == NULL || strcmp (oma_node_get_name (child), oma_node_get_name (first)) < 0)
      first = child;
  return first;
}

static const char *
get_text (OmaNode *node)
{
  OmaValue *value = node != NULL && !oma_node_is_interior (node) ? oma_node_get_value (node, NULL) : NULL;

  return value != NULL ? oma_value_get_text (value) : NULL;
}

static OmaNode *
find_level (OmaNode *parent, const char *level)
{
  OmaNode *child = oma_node_first_child (parent, NULL);

  while (child != NULL && g_strcmp0 (get_text (find_child (child, "AAuthLevel")), level) != 0)
    child = oma_node_next_sibling (child, NULL);
  return child;
}

static OmaNode *
step_to (OmaNode *parent, const char *step)
{
  if (parent == NULL)
    return NULL;
  if (*step == '*')
    return find_first (parent);
  return *step == '=' ? find_level (parent, step + 1) : find_child (parent, step);
}

static OmaNode *
find_root (OmaAccountLayout *layout)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, OMA_ACCOUNT_ROOT, NULL))
    return NULL;
  oma_tree_lookup (layout->tree, &uri, NULL, &lookup);
  return lookup.node;
}

static OmaNode *
get_own (OmaNode *account, const char *name)
{
  return find_child (find_child (find_child (account, "Ext"), "Omadm"), name);
}

static gboolean
is_1_1 (OmaNode *account)
{
  const char *protocol = get_text (get_own (account, "Protocol"));
  const char *working = get_text (get_own (account, "WorkingProtocol"));

  return g_strcmp0 (protocol, "1.1") == 0 || g_strcmp0 (working, "1.1") == 0;
}

static gboolean
is_windows (OmaNode *account)
{
  OmaNode *options = get_own (account, "Options");

  return options != NULL &&
         (g_strcmp0 (get_text (find_child (options, OMA_ACCOUNT_OPTION_MS_PREFIXES)), "true") == 0 ||
          g_strcmp0 (get_text (find_child (options, OMA_ACCOUNT_OPTION_MS_MDM)), "true") == 0);
}

static char *
make_uid (const char *server_id)
{
  glong length;
  g_autofree gunichar2 *utf16 = g_utf8_to_utf16 (server_id, -1, NULL, &length, NULL);
  g_autofree char *digest = NULL;
  g_autofree char *upper = NULL;

  if (utf16 == NULL)
    return NULL;
  for (glong i = 0; i < length; i++)
    utf16[i] = GUINT16_TO_LE (utf16[i]);
  digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) utf16, length * sizeof *utf16);
  upper = g_ascii_strup (digest, -1);
  return g_strconcat (UID_PREFIX, upper, NULL);
}

static gboolean
segment_is (const OmaUri *uri, guint index, const char *name)
{
  return uri->segments[index].length == strlen (name) &&
         strncmp (uri->segments[index].name, name, uri->segments[index].length) == 0;
}

static OmaNode *
find_windows_account (OmaAccountLayout *layout, const OmaUri *uri)
{
  OmaNode *root = find_root (layout);

  if (root == NULL || uri->segments[2].length <= strlen (UID_PREFIX) ||
      strncmp (uri->segments[2].name, UID_PREFIX, strlen (UID_PREFIX)) != 0)
    return NULL;
  for (OmaNode *child = oma_node_first_child (root, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    {
      const char *server_id = get_text (find_child (child, "ServerID"));
      g_autofree char *uid = server_id != NULL && is_windows (child) ? make_uid (server_id) : NULL;

      if (uid != NULL && segment_is (uri, 2, uid))
        return child;
    }
  return NULL;
}

static OmaNode *
find_1_1_account (OmaAccountLayout *layout, const OmaUri *uri)
{
  OmaNode *root = find_root (layout);
  g_autofree char *name = g_strndup (uri->segments[2].name, uri->segments[2].length);
  OmaNode *account = root != NULL ? find_child (root, name) : NULL;

  return account != NULL && is_1_1 (account) ? account : NULL;
}

/* The node of a leaf, or the place where it would be: its parent is there.  Returns: (transfer
 * full) (nullable): its URI */
static char *
make_leaf_uri (OmaNode *account, const char *name, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++)
    {
      OmaNode *node = account;
      guint n = 0;
      g_autofree char *parent = NULL;

      if (strlen (leaves[i].name) != length || strncmp (leaves[i].name, name, length) != 0)
        continue;
      for (; n + 1 < G_N_ELEMENTS (leaves[i].path) && leaves[i].path[n + 1] != NULL && node != NULL; n++)
        node = step_to (node, leaves[i].path[n]);
      if (node == NULL)
        return NULL;
      parent = oma_node_dup_uri (node);
      return g_strconcat (parent, "/", leaves[i].path[n], NULL);
    }
  return NULL;
}

static char *
make_windows_uri (OmaNode *account, const OmaUri *uri)
{
  g_autofree char *base = oma_node_dup_uri (account);
  GString *text = g_string_new (base);

  for (guint i = 3; i < uri->n_segments; i++)
    oma_uri_append_segment (text, uri->segments[i].name, uri->segments[i].length);
  return g_string_free (text, FALSE);
}

static gboolean
may_be_ours (const char *uri)
{
  return strncmp (uri, "./" ROOT "/" LIST "/", strlen ("./" ROOT "/" LIST "/")) == 0 ||
         strncmp (uri, ROOT "/" LIST "/", strlen (ROOT "/" LIST "/")) == 0;
}

/**
 * oma_account_layout_resolve:
 * @uri: a LocURI
 * @layout: an #OmaAccountLayout
 *
 * An #OmaAliasFunc: finds the node of ./DMAcc that a node of ./SyncML/DMAcc is another name of.
 * There are the leaves of DM 1.1 (its Standardized Objects, DMAcc) for accounts of that release,
 * named as in ./DMAcc, and for accounts of Windows-style servers the whole layout of DM 1.2,
 * named after the digest of the server's identifier.
 *
 * Returns: (transfer full) (nullable): its URI with the query of @uri
 */
char *
oma_account_layout_resolve (const char *uri, gpointer layout)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  const char *query = strchr (uri, '?');
  g_autofree char *found = NULL;
  OmaNode *account;

  if (!may_be_ours (uri) || !oma_uri_parse (&parsed, uri, NULL) || parsed.n_segments < 3)
    return NULL;
  account = find_windows_account (layout, &parsed);
  if (account != NULL)
    found = make_windows_uri (account, &parsed);
  else if (parsed.n_segments == 4 && (account = find_1_1_account (layout, &parsed)) != NULL)
    found = make_leaf_uri (account, parsed.segments[3].name, parsed.segments[3].length);
  return found != NULL && query != NULL ? g_strconcat (found, query, NULL) : g_steal_pointer (&found);
}

/* ---- What is there: the interior nodes ---- */

static OmaNode *
find_node (OmaAccountLayout *layout, const char *text)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (text == NULL || !oma_uri_parse (&uri, text, NULL))
    return NULL;
  oma_tree_lookup (layout->tree, &uri, NULL, &lookup);
  return lookup.node;
}

static void
list_accounts (OmaAccountLayout *layout, GPtrArray *names)
{
  OmaNode *root = find_root (layout);
  OmaNode *child = root != NULL ? oma_node_first_child (root, NULL) : NULL;

  for (; child != NULL; child = oma_node_next_sibling (child, NULL))
    if (is_1_1 (child))
      g_ptr_array_add (names, g_strdup (oma_node_get_name (child)));
}

static void
list_leaves (OmaAccountLayout *layout, const char *uri, const OmaSchemaNode *schema, GPtrArray *names)
{
  for (guint i = 0; i < schema->children->len; i++)
    {
      const OmaSchemaNode *leaf = g_ptr_array_index (schema->children, i);
      g_autofree char *leaf_uri = g_strconcat (uri, "/", leaf->name, NULL);
      g_autofree char *other = oma_account_layout_resolve (leaf_uri, layout);

      if (find_node (layout, other) != NULL)
        g_ptr_array_add (names, g_strdup (leaf->name));
    }
}

static void
layout_list (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, GTask *task)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (schema->parent == NULL)
    list_accounts (self, names);
  else
    list_leaves (self, oma_node_ref_get_uri (node), schema, names);
  g_ptr_array_add (names, NULL);
  g_task_return_pointer (task, g_strdupv ((char **) names->pdata), (GDestroyNotify) g_strfreev);
}

static void
layout_get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  g_autofree char *other = oma_account_layout_resolve (oma_node_ref_get_uri (node), self);
  OmaNode *found = find_node (self, other);
  OmaValue *value = found != NULL ? oma_node_get_value (found, NULL) : NULL;

  if (value != NULL)
    g_task_return_pointer (task, oma_value_ref (value), (GDestroyNotify) oma_value_unref);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "there is no such node");
}

static void
layout_refuse (GTask *task)
{
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED, "accounts are made in ./DMAcc");
}

static void
layout_put (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED,
            const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value G_GNUC_UNUSED,
            gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  layout_refuse (task);
}

static void
layout_remove (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED,
               const OmaSchemaNode *schema G_GNUC_UNUSED, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  layout_refuse (task);
}

static const OmaNodeOps layout_ops = {
  .list = layout_list,
  .get = layout_get,
  .add = layout_put,
  .replace = layout_put,
  .remove = layout_remove,
};

/**
 * oma_account_layout_mount:
 * @layout: a layout, which must outlive its tree
 * @error: return location for an error
 *
 * Mounts ./SyncML/DMAcc, each account seen only by its own server.
 *
 * Returns: %TRUE when it is mounted
 */
gboolean
oma_account_layout_mount (OmaAccountLayout *layout, GError **error)
{
  g_autoptr(GBytes) bytes = g_resource_lookup_data (oma_agent_resources_get_resource (), DDF_RESOURCE,
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autoptr(OmaSchema) schema = NULL;
  gconstpointer data;
  gsize size;

  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  schema = oma_ddf_parse ("syncml-dmacc.ddf.xml", data, size, error);
  return schema != NULL &&
         oma_tree_mount (layout->tree, schema, &layout_ops, layout, OMA_MOUNT_RESERVED | OMA_MOUNT_PRIVATE, error);
}
