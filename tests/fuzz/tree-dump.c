/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree-dump.h"

#include <string.h>

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* All nodes of "./T" with their values and ACLs, in the order of their URIs. */
char *
dump_tree (Fixture *fixture)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);
  g_auto(OmaOperation) read = { .type = OMA_OPERATION_READ, .uri = "./T" };
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  g_assert_cmpint (run (work, &read), ==, OMA_STATUS_OK);
  for (guint i = 0; i < oma_node_list_get_length (read.nodes); i++)
    {
      OmaValue *value = oma_node_list_get_value (read.nodes, i);
      const char *uri = oma_node_list_get_uri (read.nodes, i);
      g_autofree char *property = g_strdup_printf ("./T%s%s?prop=ACL", *uri != '\0' ? "/" : "", uri);
      g_autofree char *acl = get_text (work, property);

      g_ptr_array_add (lines, g_strdup_printf ("%s=%s [%s]", uri, value != NULL ? oma_value_get_text (value) : "", acl));
    }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}
