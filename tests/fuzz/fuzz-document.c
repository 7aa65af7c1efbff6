/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-tnds.h"
#include "executor-fixture.h"

#include <string.h>

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
dump (Fixture *fixture)
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

/* The first octet says who serves the nodes, and what is done where; the others are the document.  It is done as a
 * whole or nothing of it is, and what it makes can be read. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const uris[] = { "./T", "./T/List", "./T/List/a", "./T/List/n" };
  g_autoptr(Fixture) fixture = NULL;
  g_autoptr(OmaWork) work = NULL;
  g_autofree char *before = NULL, *after = NULL;
  g_auto(OmaOperation) operation = { .format = OMA_FORMAT_XML, .mime_type = OMA_TNDS_TYPE_XML };
  g_autoptr(GError) error = NULL;
  guint choice = size > 0 ? data[0] : 0;

  if (size < 2)
    return 0;
  fixture = fixture_new ((Backend) (choice % N_BACKENDS));
  choice /= N_BACKENDS;
  operation.type = choice % 2 == 0 ? OMA_OPERATION_ADD : OMA_OPERATION_REPLACE;
  operation.uri = uris[choice / 2 % G_N_ELEMENTS (uris)];
  operation.data = (const char *) data + 1;
  operation.length = size - 1;
  before = dump (fixture);
  work = oma_work_new (fixture->executor, &as_server);
  oma_work_set_atomic (work, choice / 8 % 2);
  oma_work_set_upsert (work, choice / 16 % 2);
  run (work, &operation);
  if (oma_status_is_success (operation.status))
    {
      g_assert_true (commit (work, &error));
      g_assert_no_error (error);
      after = dump (fixture);
      return 0;
    }
  g_assert_true (roll_back (work, NULL));
  after = dump (fixture);
  g_assert_cmpstr (before, ==, after);
  return 0;
}
