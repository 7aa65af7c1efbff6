/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree-fixture.h"

#include "tree/oma-change-private.h"

#include <string.h>

const OmaPrincipal fixture_device = { OMA_PRINCIPAL_DEVICE, NULL };
const OmaPrincipal fixture_server = { OMA_PRINCIPAL_SERVER, "srv" };
const OmaNodeOps fixture_plugin_ops = { NULL };

/* A node with all access. */
OmaSchemaNode *
fixture_schema_node (OmaSchemaNode *parent, const char *name, OmaFormat format, gboolean permanent, guint min,
                     guint max)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);
  g_autoptr(GError) error = NULL;

  node->permanent = permanent;
  node->min_occurrence = min;
  node->max_occurrence = max;
  node->access = OMA_ACCESS_ADD | OMA_ACCESS_GET | OMA_ACCESS_REPLACE | OMA_ACCESS_DELETE;
  if (parent != NULL)
    oma_schema_node_add_child (parent, node, &error);
  g_assert_no_error (error);
  return node;
}

OmaSchema *
fixture_schema (const char *origin, const char *path, OmaSchemaNode *top)
{
  OmaSchema *schema = oma_schema_new (origin);

  oma_schema_add_root (schema, path, top);
  return schema;
}

/* ./Settings: Mode (One, default "calm"), Count (int, ZeroOrOne), Key (write only), and any
 * number of named groups with Name (One, default "unnamed") and any leaves. */
OmaSchema *
fixture_settings (void)
{
  OmaSchemaNode *top = fixture_schema_node (NULL, "Settings", OMA_FORMAT_NODE, TRUE, 1, 1);
  OmaSchemaNode *mode = fixture_schema_node (top, "Mode", OMA_FORMAT_CHR, TRUE, 1, 1);
  OmaSchemaNode *group = fixture_schema_node (top, NULL, OMA_FORMAT_NODE, FALSE, 0, OMA_OCCURRENCE_UNBOUNDED);
  OmaSchemaNode *name = fixture_schema_node (group, "Name", OMA_FORMAT_CHR, TRUE, 1, 1);

  mode->default_value = g_strdup ("calm");
  mode->default_acl = g_strdup ("Get=*&Replace=boss");
  name->default_value = g_strdup ("unnamed");
  group->ddf_name = g_strdup ("org.example/1.0/Group");
  fixture_schema_node (top, "Count", OMA_FORMAT_INT, FALSE, 0, 1);
  fixture_schema_node (top, "Key", OMA_FORMAT_CHR, FALSE, 0, 1)->access = OMA_ACCESS_ADD | OMA_ACCESS_REPLACE;
  fixture_schema_node (group, NULL, OMA_FORMAT_CHR, FALSE, 0, OMA_OCCURRENCE_UNBOUNDED);
  return fixture_schema ("settings.ddf.xml", ".", top);
}

static gint64
noon (gpointer data G_GNUC_UNUSED)
{
  return 43200;
}

/* A loaded tree with one mount; takes over @schema. */
OmaTree *
fixture_tree (OmaSchema *schema, const OmaNodeOps *ops, MemoryStore *store)
{
  OmaTree *tree = oma_tree_new ();
  g_autoptr(GError) error = NULL;

  oma_tree_set_clock (tree, noon, NULL);
  oma_tree_mount (tree, schema, ops, NULL, OMA_MOUNT_DEFAULT, &error);
  g_assert_no_error (error);
  oma_tree_load (tree, store != NULL ? OMA_TREE_STORE (store) : NULL, &error);
  g_assert_no_error (error);
  oma_schema_unref (schema);
  return tree;
}

void
fixture_lookup (OmaTree *tree, const char *uri, OmaChange *view, OmaLookup *lookup)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  g_autoptr(GError) error = NULL;

  oma_uri_parse (&parsed, uri, &error);
  g_assert_no_error (error);
  oma_tree_lookup (tree, &parsed, view, lookup);
}

OmaNode *
fixture_find (OmaTree *tree, const char *uri, OmaChange *view)
{
  OmaLookup lookup;

  fixture_lookup (tree, uri, view, &lookup);
  return lookup.node;
}

/* Adds a node; a leaf gets the format of its DDF.  It must succeed. */
OmaNode *
fixture_add (OmaChange *change, const char *uri, const char *value)
{
  OmaTree *tree = change->tree;
  const char *name = strrchr (uri, '/') + 1;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) made = NULL;
  OmaLookup lookup;
  OmaNode *node;

  fixture_lookup (tree, uri, change, &lookup);
  g_assert_nonnull (lookup.schema);
  if (value != NULL)
    made = oma_value_new (lookup.schema->format, NULL, value, strlen (value));
  node = oma_change_add (change, lookup.nearest, name, strlen (name), lookup.schema, made, NULL, &error);
  g_assert_no_error (error);
  return node;
}

gboolean
fixture_replace (OmaChange *change, const char *uri, const char *value, GError **error)
{
  OmaTree *tree = change->tree;
  OmaNode *node = fixture_find (tree, uri, change);
  g_autoptr(OmaValue) made = NULL;

  g_assert_nonnull (node);
  made = oma_value_new (oma_node_get_schema (node)->format, NULL, value, strlen (value));
  return oma_change_replace (change, node, made, error);
}

/* The text of a leaf, or NULL when there is none. */
const char *
fixture_get (OmaTree *tree, const char *uri, OmaChange *view)
{
  OmaNode *node = fixture_find (tree, uri, view);
  OmaValue *value = node != NULL ? oma_node_get_value (node, view) : NULL;

  return value != NULL ? oma_value_get_text (value) : NULL;
}

typedef struct {
  OmaChange *change;
  gboolean   done, succeeded;
  GError   **error;
} Waiting;

static void
committed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->succeeded = oma_change_commit_finish (waiting->change, result, waiting->error);
  waiting->done = TRUE;
}

gboolean
fixture_commit (OmaChange *change, GError **error)
{
  Waiting waiting = { change, FALSE, FALSE, error };

  oma_change_commit_async (change, NULL, committed_cb, &waiting);
  g_assert_false (waiting.done);
  while (!waiting.done)
    g_main_context_iteration (NULL, TRUE);
  return waiting.succeeded;
}

static int
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names of children, sorted, "a b c"; the count must agree. */
char *
fixture_list (OmaTree *tree, const char *uri, OmaChange *view)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  OmaNode *node = fixture_find (tree, uri, view);

  for (OmaNode *child = oma_node_first_child (node, view); child != NULL; child = oma_node_next_sibling (child, view))
    g_ptr_array_add (names, (gpointer) oma_node_get_staged_name (child, view));
  g_assert_cmpuint (names->len, ==, oma_node_count_children (node, view));
  g_ptr_array_sort (names, compare_text);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

static void
dump_node (GString *text, OmaNode *node, OmaChange *view, guint depth)
{
  OmaValue *value = oma_node_get_value (node, view);
  OmaAcl *acl = oma_node_get_acl (node, view);

  g_string_append_printf (text, "%*s%s=%s %s %s %s %" G_GINT64_FORMAT " %d\n", (int) depth, "",
                          oma_node_get_staged_name (node, view), value != NULL ? oma_value_get_text (value) : "-",
                          acl != NULL ? oma_acl_get_text (acl) : "-", oma_node_get_title (node, view),
                          oma_node_get_owner (node, view), oma_node_get_tstamp (node, view),
                          oma_node_get_verno (node, view));
  for (OmaNode *child = oma_node_first_child (node, view); child != NULL; child = oma_node_next_sibling (child, view))
    dump_node (text, child, view, depth + 1);
}

/* All nodes with all their properties. */
char *
fixture_dump (OmaTree *tree, OmaChange *view)
{
  GString *text = g_string_new (NULL);

  dump_node (text, oma_tree_get_root (tree), view, 0);
  return g_string_free (text, FALSE);
}

static void
add_aside (const char *uri, const char *reason, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup_printf ("%s: %s", uri, reason));
}

/* What is kept aside and why, sorted, a line each. */
char *
fixture_dump_aside (OmaTree *tree)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  oma_tree_foreach_aside (tree, add_aside, lines);
  g_ptr_array_sort (lines, compare_text);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}
