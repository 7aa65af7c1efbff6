/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-tnds.h"
#include "tree-dump.h"

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
  before = dump_tree (fixture);
  work = oma_work_new (fixture->executor, &as_server);
  oma_work_set_atomic (work, choice / 8 % 2);
  oma_work_set_upsert (work, choice / 16 % 2);
  run (work, &operation);
  if (oma_status_is_success (operation.status))
    {
      g_assert_true (commit (work, &error));
      g_assert_no_error (error);
      after = dump_tree (fixture);
      return 0;
    }
  g_assert_true (roll_back (work, NULL));
  after = dump_tree (fixture);
  g_assert_cmpstr (before, ==, after);
  return 0;
}
