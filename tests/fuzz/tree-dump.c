/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree-dump.h"

#include <string.h>

/* Returns: (transfer none): a new node of @parent, or without one the top of a schema for mount_nodes(); @name may be NULL:
 * any name, any number */
OmaSchemaNode *
describe_node (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access, gboolean permanent)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);

  node->access = access;
  node->permanent = permanent;
  node->min_occurrence = permanent ? 1 : 0;
  node->max_occurrence = name != NULL ? 1 : OMA_OCCURRENCE_UNBOUNDED;
  if (parent != NULL)
    g_assert_true (oma_schema_node_add_child (parent, node, NULL));
  return node;
}

/* Takes @top. */
void
mount_nodes (Fixture *fixture, OmaSchemaNode *top, OmaMountFlags flags)
{
  g_autoptr(OmaSchema) schema = oma_schema_new (top->name);
  g_autoptr(GError) error = NULL;

  oma_schema_add_root (schema, ".", top);
  oma_tree_mount (fixture->tree, schema, NULL, NULL, flags, &error);
  g_assert_no_error (error);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* What is known of a node, and of those below. */
static void
add_node (GPtrArray *lines, const OmaNode *node)
{
  OmaValue *value = oma_node_get_value (node, NULL);
  OmaAcl *acl = oma_node_get_acl (node, NULL);
  const char *title = oma_node_get_title (node, NULL), *type = oma_node_get_type_property (node, NULL);

  /* Beside what a plugin serves there may be nodes that hold nothing. */
  if (!oma_node_is_overlay (node) || acl != NULL || title != NULL || type != NULL)
    {
      g_autofree char *uri = oma_node_dup_uri (node);

      g_ptr_array_add (lines, g_strdup_printf ("%s=%s acl:%s title:%s type:%s v%u", uri,
                                               value != NULL ? oma_value_get_text (value) : "",
                                               acl != NULL ? oma_acl_get_text (acl) : "", title, type,
                                               oma_node_get_verno (node, NULL)));
    }
  for (const OmaNode *child = oma_node_first_child (node, NULL); child != NULL;
       child = oma_node_next_sibling (child, NULL))
    add_node (lines, child);
}

/* A node that comes by itself is there with its default value, whether the plugin has noted it or not. */
static gboolean
is_default (Fixture *fixture, const char *relative_uri, OmaValue *value)
{
  g_autofree char *text = g_strconcat ("./T/", relative_uri, NULL);
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  oma_uri_parse (&uri, text, NULL);
  oma_tree_lookup (fixture->tree, &uri, NULL, &lookup);
  return value != NULL && lookup.schema != NULL && oma_schema_node_is_automatic (lookup.schema) &&
         g_strcmp0 (oma_value_get_text (value), lookup.schema->default_value) == 0;
}

/* All nodes, those of the plugin as the plugin has them. */
char *
dump_tree (Fixture *fixture)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key, value;

  add_node (lines, oma_tree_get_root (fixture->tree));
  if (fixture->plugin != NULL)
    {
      g_hash_table_iter_init (&iter, fixture->plugin->nodes);
      while (g_hash_table_iter_next (&iter, &key, &value))
        if (!is_default (fixture, key, value))
          g_ptr_array_add (lines, g_strdup_printf ("plugin %s=%s", (char *) key,
                                                   value != NULL ? oma_value_get_text (value) : ""));
    }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

/* To make a fixture costs more than most inputs: one whose tree is as it was is used again. */
static struct {
  Fixture *fixture;    /* NULL: there is none, or it is in use */
  char    *dump;
} kept[N_BACKENDS];

static gint64
get_time (gpointer data G_GNUC_UNUSED)
{
  return 1000000000;
}

static Backend
get_backend (Fixture *fixture)
{
  return fixture->plugin == NULL ? SERVED_BY_STORE
                                 : fixture->plugin->transactional ? SERVED_BY_TRANSACTIONS : SERVED_BY_PLUGIN;
}

/* @mount: the same for all calls of a program */
Fixture *
take_fixture (Backend backend, void (*mount) (Fixture *fixture))
{
  Fixture *fixture = g_steal_pointer (&kept[backend].fixture);

  if (fixture != NULL)
    return fixture;
  fixture = fixture_new_with (backend, mount);
  oma_tree_set_clock (fixture->tree, get_time, NULL);
  g_free (kept[backend].dump);
  kept[backend].dump = dump_tree (fixture);
  return fixture;
}

/* What dump_tree() said of @fixture when it was taken. */
const char *
get_first_dump (Fixture *fixture)
{
  return kept[get_backend (fixture)].dump;
}

/* @after: (nullable): what dump_tree() says of it, where that is known */
void
give_fixture (Fixture *fixture, const char *after)
{
  Backend backend = get_backend (fixture);
  g_autofree char *dump = after == NULL ? dump_tree (fixture) : NULL;

  while (g_main_context_iteration (NULL, FALSE))
    continue;
  if (fixture->plugin != NULL)
    g_assert_cmpuint (fixture->plugin->n_begun, ==, fixture->plugin->n_ended);
  if (strcmp (after != NULL ? after : dump, kept[backend].dump) == 0)
    kept[backend].fixture = fixture;
  else
    fixture_free (fixture);
}
