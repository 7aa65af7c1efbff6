/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fingerprints of subtrees. */
#include "config.h"

#include "session/oma-fingerprinter.h"

#include <string.h>

static OmaHandlerFlags
get_flags (gpointer self G_GNUC_UNUSED, const OmaSchemaNode *schema)
{
  return g_strcmp0 (schema->name, "Restless") == 0 ? OMA_HANDLER_VOLATILE : OMA_HANDLER_DEFAULT;
}

static const OmaNodeOps ops = { .get_flags = get_flags };

typedef struct {
  OmaTree             *tree;
  const OmaMount      *mount;
  const OmaSchemaNode *schema;
} Fixture;

static OmaSchemaNode *
add (OmaSchemaNode *parent, const char *name, OmaFormat format)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);

  g_assert_true (oma_schema_node_add_child (parent, node, NULL));
  return node;
}

static gboolean
take_mount (const OmaMount *mount, gpointer user_data)
{
  ((Fixture *) user_data)->mount = mount;
  return FALSE;
}

/* Below ./Top any number of nodes, each with Leaf, Restless and Sub/Leaf. */
static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaSchema) schema = oma_schema_new ("test.ddf.xml");
  OmaSchemaNode *top = oma_schema_node_new ("Top", OMA_FORMAT_NODE);
  OmaSchemaNode *item = add (top, NULL, OMA_FORMAT_NODE);

  add (item, "Leaf", OMA_FORMAT_CHR);
  add (item, "Restless", OMA_FORMAT_CHR);
  add (add (item, "Sub", OMA_FORMAT_NODE), "Leaf", OMA_FORMAT_CHR);
  oma_schema_add_root (schema, ".", top);
  f->schema = top;
  f->tree = oma_tree_new ();
  g_assert_true (oma_tree_mount (f->tree, schema, &ops, NULL, OMA_MOUNT_DEFAULT, NULL));
  oma_tree_foreach_mount (f->tree, take_mount, f);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_tree_free (f->tree);
}

/* @text: lines of a URI, or of a URI, "=" and a text. */
static OmaNodeList *
make_list (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  OmaNodeList *nodes = oma_node_list_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *value = strchr (lines[i], '=');

      if (value != NULL)
        *value++ = '\0';
      oma_node_list_add (nodes, lines[i], value != NULL ? oma_value_new_string (value) : NULL);
    }
  return nodes;
}

static OmaFingerprinter *
print (Fixture *f, const char *child, const char *text)
{
  OmaFingerprinter *printer = oma_fingerprinter_new (f->mount, f->schema, child, make_list (text));

  while (!oma_fingerprinter_step (printer, 1))
    ;
  return printer;
}

static const guint8 *
get_digest (OmaFingerprinter *printer, const char *child)
{
  const OmaChildPrint *print = g_hash_table_lookup (oma_fingerprinter_get_prints (printer), child);

  g_assert_nonnull (print);
  return print->digest;
}

static gboolean
are_same (Fixture *f, const char *child, const char *a, const char *b)
{
  g_autoptr(OmaFingerprinter) first = print (f, NULL, a);
  g_autoptr(OmaFingerprinter) second = print (f, NULL, b);

  return memcmp (get_digest (first, child), get_digest (second, child), OMA_FINGERPRINT_SIZE) == 0;
}

static void
test_what_differs_shows (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (are_same (f, "a", "\na\na/Leaf=1", "\na\na/Leaf=1"));
  g_assert_false (are_same (f, "a", "\na\na/Leaf=1", "\na\na/Leaf=2"));
  g_assert_false (are_same (f, "a", "\na\na/Leaf=1", "\na"));
  g_assert_false (are_same (f, "a", "\na\na/Sub", "\na\na/Sub\na/Sub/Leaf="));
  g_assert_false (are_same (f, "a", "\na\na/Leaf=1", "\na\na/Sub\na/Sub/Leaf=1"));
}

static void
test_order_and_siblings_do_not_count (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (are_same (f, "a", "\na\na/Leaf=1\na/Sub\nb", "\nb\nb/Leaf=7\na\na/Sub\na/Leaf=1"));
}

static void
test_spelling_does_not_count (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (are_same (f, "a b", "\na%20b\na%20b/Leaf=1", "\n%61%20b\n%61%20b/%4ceaf=1"));
}

static void
test_volatile_nodes_do_not_count (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (are_same (f, "a", "\na\na/Restless=1", "\na\na/Restless=2"));
  g_assert_true (are_same (f, "a", "\na\na/Restless=1", "\na"));
}

static void
test_child_alone_is_the_same (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaFingerprinter) all = print (f, NULL, "\na\na/Leaf=1\na/Sub\nb");
  g_autoptr(OmaFingerprinter) alone = print (f, "a", "\nLeaf=1\nSub");
  g_autoptr(OmaFingerprinter) gone = oma_fingerprinter_new (f->mount, f->schema, "a", oma_node_list_new ());

  g_assert_cmpmem (get_digest (all, "a"), OMA_FINGERPRINT_SIZE, get_digest (alone, "a"), OMA_FINGERPRINT_SIZE);
  g_assert_cmpuint (g_hash_table_size (oma_fingerprinter_get_prints (all)), ==, 2);
  g_assert_cmpuint (g_hash_table_size (oma_fingerprinter_get_prints (alone)), ==, 1);
  g_assert_true (oma_fingerprinter_step (gone, 1));
  g_assert_cmpuint (g_hash_table_size (oma_fingerprinter_get_prints (gone)), ==, 0);
}

static OmaNodeList *
make_many (guint first, guint step, guint n)
{
  OmaNodeList *nodes = oma_node_list_new ();

  oma_node_list_add (nodes, "", NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *uri = g_strdup_printf ("%u", (first + i * step) % n);

      oma_node_list_add (nodes, uri, NULL);
    }
  return nodes;
}

static void
test_too_many_children_have_one_fingerprint (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint n = OMA_MAX_FINGERPRINTS + 1;
  g_autoptr(OmaFingerprinter) up = oma_fingerprinter_new (f->mount, f->schema, NULL, make_many (0, 1, n));
  g_autoptr(OmaFingerprinter) down = oma_fingerprinter_new (f->mount, f->schema, NULL, make_many (n - 1, n - 1, n));
  g_autoptr(OmaFingerprinter) other = oma_fingerprinter_new (f->mount, f->schema, NULL, make_many (0, 1, n + 1));
  const guint8 *x, *y, *z;

  while (!oma_fingerprinter_step (up, 1000) || !oma_fingerprinter_step (down, 1000) ||
         !oma_fingerprinter_step (other, 1000))
    ;
  g_assert_true (oma_fingerprinter_is_folded (up));
  g_assert_cmpuint (g_hash_table_size (oma_fingerprinter_get_prints (up)), ==, 1);
  x = get_digest (up, "");
  y = get_digest (down, "");
  z = get_digest (other, "");
  g_assert_cmpmem (x, OMA_FINGERPRINT_SIZE, y, OMA_FINGERPRINT_SIZE);
  g_assert_cmpint (memcmp (x, z, OMA_FINGERPRINT_SIZE), !=, 0);
}

#define TEST(name, func) g_test_add ("/fingerprinter/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  TEST ("what-differs-shows", test_what_differs_shows);
  TEST ("order-and-siblings-do-not-count", test_order_and_siblings_do_not_count);
  TEST ("spelling-does-not-count", test_spelling_does_not_count);
  TEST ("volatile-nodes-do-not-count", test_volatile_nodes_do_not_count);
  TEST ("child-alone-is-the-same", test_child_alone_is_the_same);
  TEST ("too-many-children-have-one-fingerprint", test_too_many_children_have_one_fingerprint);
  return g_test_run ();
}
