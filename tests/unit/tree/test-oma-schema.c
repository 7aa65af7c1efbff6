/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree/oma-schema.h"

#include <string.h>

static OmaSchemaNode *
add (OmaSchemaNode *parent, const char *name, OmaFormat format)
{
  g_autoptr(GError) error = NULL;
  OmaSchemaNode *child = oma_schema_node_new (name, format);

  oma_schema_node_add_child (parent, child, &error);
  g_assert_no_error (error);
  return child;
}

static const OmaSchemaNode *
get (const OmaSchemaNode *parent, const char *name)
{
  g_autofree char *copy = g_memdup2 (name, strlen (name));

  return oma_schema_node_get_child (parent, copy, strlen (name));
}

static void
test_named_child_wins_over_placeholder (void)
{
  g_autoptr(OmaSchemaNode) top = oma_schema_node_new ("Top", OMA_FORMAT_NODE);
  OmaSchemaNode *any = add (top, NULL, OMA_FORMAT_NODE);
  OmaSchemaNode *named = add (top, "Named", OMA_FORMAT_CHR);

  g_assert_true (get (top, "Named") == named);
  g_assert_true (get (top, "named") == any);
  g_assert_true (get (top, "Name") == any);
  g_assert_true (get (top, "NamedX") == any);
  g_assert_null (get (named, "x"));
  g_assert_null (get (any, "x"));
  g_assert_true (named->parent == top);
}

static void
test_names_are_found_among_few_and_many (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr(OmaSchemaNode) top = oma_schema_node_new ("Top", OMA_FORMAT_NODE);
  OmaSchemaNode *any = add (top, NULL, OMA_FORMAT_CHR);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("Child%u", i);

      add (top, name, OMA_FORMAT_CHR);
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("Child%u", i);

      g_assert_cmpstr (get (top, name)->name, ==, name);
      name[0] = 'c';
      g_assert_true (get (top, name) == any);
    }
}

/* DM Tree and Description 1.2, CaseSense */
static void
test_case_counts_only_where_it_is_declared (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr(OmaSchemaNode) top = oma_schema_node_new ("Top", OMA_FORMAT_NODE);
  OmaSchemaNode *lax = oma_schema_node_new ("Lax", OMA_FORMAT_CHR);

  lax->case_insensitive = TRUE;
  g_assert_true (oma_schema_node_add_child (top, lax, NULL));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("Strict%u", i);

      add (top, name, OMA_FORMAT_CHR);
    }
  g_assert_true (get (top, "LAX") == lax);
  g_assert_true (get (top, "lax") == lax);
  g_assert_null (get (top, "laxx"));
  g_assert_nonnull (get (top, "Strict0"));
  g_assert_null (get (top, "STRICT0"));
}

static void
test_siblings_have_different_names (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr(OmaSchemaNode) top = oma_schema_node_new ("Top", OMA_FORMAT_NODE);
  OmaSchemaNode *lax = oma_schema_node_new ("CHILD0", OMA_FORMAT_CHR);
  g_autoptr(GError) error = NULL;

  add (top, NULL, OMA_FORMAT_CHR);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("Child%u", i);

      add (top, name, OMA_FORMAT_CHR);
    }
  g_assert_false (oma_schema_node_add_child (top, oma_schema_node_new ("Child0", OMA_FORMAT_CHR), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS);
  g_clear_error (&error);
  g_assert_false (oma_schema_node_add_child (top, oma_schema_node_new (NULL, OMA_FORMAT_CHR), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS);
  g_clear_error (&error);
  lax->case_insensitive = TRUE;
  g_assert_false (oma_schema_node_add_child (top, lax, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS);
}

static void
test_leaf_takes_no_child (void)
{
  g_autoptr(OmaSchemaNode) leaf = oma_schema_node_new ("Leaf", OMA_FORMAT_CHR);
  g_autoptr(GError) error = NULL;

  g_assert_false (oma_schema_node_add_child (leaf, oma_schema_node_new ("x", OMA_FORMAT_CHR), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED);
}

static void
test_device_makes_permanent_named_nodes (void)
{
  g_autoptr(OmaSchemaNode) named = oma_schema_node_new ("x", OMA_FORMAT_CHR);
  g_autoptr(OmaSchemaNode) placeholder = oma_schema_node_new (NULL, OMA_FORMAT_CHR);

  g_assert_false (oma_schema_node_is_automatic (named));
  named->permanent = placeholder->permanent = TRUE;
  g_assert_true (oma_schema_node_is_automatic (named));
  g_assert_false (oma_schema_node_is_automatic (placeholder));
  named->max_occurrence = OMA_OCCURRENCE_UNBOUNDED;
  g_assert_true (oma_schema_node_is_automatic (named));
  named->min_occurrence = 0;
  g_assert_false (oma_schema_node_is_automatic (named));
}

/* What a command states and carries, and what becomes of it: a text, or a Status. */
typedef struct {
  OmaFormat   node_format;
  OmaFormat   stated;
  const char *data;
  const char *stored;
  OmaStatus   status;
} ValueCase;

static void
test_stated_format_is_fitted_to_the_node (void)
{
  const ValueCase cases[] = {
    { OMA_FORMAT_CHR, OMA_FORMAT_NONE, "text", "text", 0 },
    { OMA_FORMAT_CHR, OMA_FORMAT_CHR, "", "", 0 },
    { OMA_FORMAT_CHR, OMA_FORMAT_CHR, "\xff", NULL, OMA_STATUS_COMMAND_FAILED },
    { OMA_FORMAT_CHR, OMA_FORMAT_INT, "5", NULL, OMA_STATUS_UNSUPPORTED_FORMAT },
    { OMA_FORMAT_INT, OMA_FORMAT_NONE, "5", "5", 0 },
    { OMA_FORMAT_INT, OMA_FORMAT_INT, "-5", "-5", 0 },
    { OMA_FORMAT_INT, OMA_FORMAT_CHR, "5", "5", 0 },
    { OMA_FORMAT_INT, OMA_FORMAT_CHR, "five", NULL, OMA_STATUS_UNSUPPORTED_FORMAT },
    { OMA_FORMAT_INT, OMA_FORMAT_INT, "five", NULL, OMA_STATUS_COMMAND_FAILED },
    { OMA_FORMAT_INT, OMA_FORMAT_NONE, "", NULL, OMA_STATUS_COMMAND_FAILED },
    { OMA_FORMAT_INT, OMA_FORMAT_BOOL, "1", NULL, OMA_STATUS_UNSUPPORTED_FORMAT },
    { OMA_FORMAT_BOOL, OMA_FORMAT_BOOL, "1", "true", 0 },
    { OMA_FORMAT_BOOL, OMA_FORMAT_CHR, "0", "false", 0 },
    { OMA_FORMAT_BOOL, OMA_FORMAT_NONE, "TRUE", "true", 0 },
    { OMA_FORMAT_BOOL, OMA_FORMAT_BOOL, "False", "false", 0 },
    { OMA_FORMAT_BOOL, OMA_FORMAT_BOOL, "yes", NULL, OMA_STATUS_COMMAND_FAILED },
    { OMA_FORMAT_BOOL, OMA_FORMAT_INT, "1", NULL, OMA_STATUS_UNSUPPORTED_FORMAT },
    { OMA_FORMAT_DATE, OMA_FORMAT_CHR, "2026-11-22", "2026-11-22", 0 },
    { OMA_FORMAT_XML, OMA_FORMAT_CHR, "<a/>", "<a/>", 0 },
    { OMA_FORMAT_BIN, OMA_FORMAT_BIN, "\x01\xff", "\x01\xff", 0 },
    { OMA_FORMAT_BIN, OMA_FORMAT_B64, "QUJD", "ABC", 0 },
    { OMA_FORMAT_BIN, OMA_FORMAT_B64, "", "", 0 },
    { OMA_FORMAT_BIN, OMA_FORMAT_B64, "QUJ", NULL, OMA_STATUS_COMMAND_FAILED },
    { OMA_FORMAT_BIN, OMA_FORMAT_CHR, "x", NULL, OMA_STATUS_UNSUPPORTED_FORMAT },
    { OMA_FORMAT_B64, OMA_FORMAT_B64, "QUJD", "QUJD", 0 },
    { OMA_FORMAT_CHR, OMA_FORMAT_NODE, "", NULL, OMA_STATUS_UNSUPPORTED_FORMAT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(OmaSchemaNode) node = oma_schema_node_new ("x", cases[i].node_format);
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaValue) value = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      value = oma_schema_node_make_value (node, cases[i].stated, NULL, cases[i].data, strlen (cases[i].data), &error);
      if (cases[i].stored == NULL)
        {
          g_assert_error (error, OMA_STATUS_ERROR, (int) cases[i].status);
          g_assert_null (value);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpstr (oma_value_get_text (value), ==, cases[i].stored);
      g_assert_cmpint (oma_value_get_format (value), ==, cases[i].node_format);
      g_assert_cmpstr (oma_value_get_type_name (value), ==, "text/plain");
      g_assert_true (oma_schema_node_check_value (node, value, &error));
    }
}

static void
test_type_is_one_of_the_description (void)
{
  g_autoptr(OmaSchemaNode) node = oma_schema_node_new ("x", OMA_FORMAT_CHR);
  g_autoptr(OmaValue) empty = NULL;
  const struct {
    const char *stated;
    const char *stored;
  } cases[] = {
    { NULL, "text/xml" },
    { "", "text/xml" },
    { "text/plain", "text/plain" },
    { "TEXT/XML; charset=utf-8", "TEXT/XML; charset=utf-8" },
    { "text/plain ;a=b", "text/plain ;a=b" },
    { "text/pla", NULL },
    { "text/plainer", NULL },
    { "application/json", NULL },
    { ";", NULL },
  };

  empty = oma_schema_node_make_value (node, OMA_FORMAT_CHR, "", "v", 1, NULL);
  g_assert_cmpstr (oma_value_get_type_name (empty), ==, "text/plain");

  node->types = g_strsplit ("text/xml text/plain", " ", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaValue) value = oma_schema_node_make_value (node, OMA_FORMAT_CHR, cases[i].stated, "v", 1, &error);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (cases[i].stored == NULL)
        g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT);
      else
        g_assert_cmpstr (oma_value_get_type_name (value), ==, cases[i].stored);
    }
}

static void
test_permitted_values_are_enforced (void)
{
  const char *const words[] = { "true", NULL };
  g_autoptr(OmaSchemaNode) node = oma_schema_node_new ("x", OMA_FORMAT_BOOL);
  g_autoptr(OmaValue) good = NULL, no = oma_value_new_bool (FALSE), text = oma_value_new_string ("true");
  g_autoptr(GError) error = NULL;

  node->constraint = oma_constraint_new_enum (words);
  good = oma_schema_node_make_value (node, OMA_FORMAT_NONE, NULL, "1", 1, &error);
  g_assert_no_error (error);
  g_assert_true (oma_schema_node_check_value (node, good, &error));
  g_assert_null (oma_schema_node_make_value (node, OMA_FORMAT_NONE, NULL, "0", 1, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_clear_error (&error);
  g_assert_false (oma_schema_node_check_value (node, no, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_clear_error (&error);
  g_assert_false (oma_schema_node_check_value (node, text, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT);
}

static void
check_default (OmaFormat format, const char *text, const char *expected)
{
  g_autoptr(OmaSchemaNode) node = oma_schema_node_new ("x", format);
  g_autoptr(OmaValue) value = NULL;

  node->default_value = g_strdup (text);
  value = oma_schema_node_make_default (node);
  g_assert_cmpint (oma_value_get_format (value), ==, format);
  g_assert_cmpstr (oma_value_get_text (value), ==, expected);
}

static void
test_default_has_the_format_of_the_node (void)
{
  g_autoptr(OmaSchemaNode) interior = oma_schema_node_new ("x", OMA_FORMAT_NODE);

  check_default (OMA_FORMAT_CHR, "text", "text");
  check_default (OMA_FORMAT_CHR, NULL, "");
  check_default (OMA_FORMAT_INT, "7", "7");
  check_default (OMA_FORMAT_INT, NULL, "");
  check_default (OMA_FORMAT_INT, "seven", "");
  check_default (OMA_FORMAT_BOOL, "True", "true");
  check_default (OMA_FORMAT_BIN, "QUJD", "ABC");
  check_default (OMA_FORMAT_BIN, NULL, "");
  check_default (OMA_FORMAT_B64, "QUJD", "QUJD");
  g_assert_null (oma_schema_node_make_default (interior));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema/named-child-wins-over-placeholder", test_named_child_wins_over_placeholder);
  g_test_add_data_func ("/schema/names-are-found-among/few", GUINT_TO_POINTER (3),
                        test_names_are_found_among_few_and_many);
  g_test_add_data_func ("/schema/names-are-found-among/many", GUINT_TO_POINTER (500),
                        test_names_are_found_among_few_and_many);
  g_test_add_data_func ("/schema/case-counts-only-where-declared/few", GUINT_TO_POINTER (2),
                        test_case_counts_only_where_it_is_declared);
  g_test_add_data_func ("/schema/case-counts-only-where-declared/many", GUINT_TO_POINTER (20),
                        test_case_counts_only_where_it_is_declared);
  g_test_add_data_func ("/schema/siblings-have-different-names/few", GUINT_TO_POINTER (2),
                        test_siblings_have_different_names);
  g_test_add_data_func ("/schema/siblings-have-different-names/many", GUINT_TO_POINTER (20),
                        test_siblings_have_different_names);
  g_test_add_func ("/schema/leaf-takes-no-child", test_leaf_takes_no_child);
  g_test_add_func ("/schema/device-makes-permanent-named-nodes", test_device_makes_permanent_named_nodes);
  g_test_add_func ("/schema/stated-format-is-fitted-to-the-node", test_stated_format_is_fitted_to_the_node);
  g_test_add_func ("/schema/type-is-one-of-the-description", test_type_is_one_of_the_description);
  g_test_add_func ("/schema/permitted-values-are-enforced", test_permitted_values_are_enforced);
  g_test_add_func ("/schema/default-has-the-format-of-the-node", test_default_has_the_format_of_the_node);
  return g_test_run ();
}
