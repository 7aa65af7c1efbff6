/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-tnds.h"
#include "tree-dump.h"

/* The Inbox, and a place for what comes there. */
static void
mount_inbox (Fixture *fixture)
{
  const guint all = OMA_ACCESS_ADD | OMA_ACCESS_DELETE | OMA_ACCESS_GET | OMA_ACCESS_REPLACE;
  OmaSchemaNode *things = describe_node (NULL, "Things", OMA_FORMAT_NODE, OMA_ACCESS_GET, TRUE);
  OmaSchemaNode *thing = describe_node (things, NULL, OMA_FORMAT_NODE, all, FALSE);

  thing->ddf_name = g_strdup ("urn:x");
  describe_node (thing, "Ref", OMA_FORMAT_CHR, all, FALSE);
  describe_node (things, "Fixed", OMA_FORMAT_NODE, all, FALSE)->ddf_name = g_strdup ("urn:y");
  mount_nodes (fixture, describe_node (NULL, "Inbox", OMA_FORMAT_NODE, OMA_ACCESS_ADD, TRUE), OMA_MOUNT_RESERVED);
  mount_nodes (fixture, things, OMA_MOUNT_DEFAULT);
}

static void
check_readable (Fixture *fixture)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);
  g_auto(OmaOperation) read = { .type = OMA_OPERATION_READ, .uri = "./T" };

  g_assert_cmpint (run (work, &read), ==, OMA_STATUS_OK);
}

/* It is done as a whole or nothing of it is, and what it makes can be read.  To read takes as long as all else, so it
 * is only done where @is_read.  Returns: (nullable): what dump_tree() says then. */
static char *
do_operation (Fixture *fixture, OmaOperation *operation, gboolean is_atomic, gboolean is_upsert,
              gboolean is_read)
{
  g_autofree char *after = NULL;
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  oma_work_set_atomic (work, is_atomic);
  oma_work_set_upsert (work, is_upsert);
  run (work, operation);
  if (oma_status_is_success (operation->status))
    {
      commit (work, &error);
      g_assert_no_error (error);
      if (is_read)
        check_readable (fixture);
      return NULL;
    }
  g_assert_true (roll_back (work, NULL));
  after = dump_tree (fixture);
  g_assert_cmpstr (get_first_dump (fixture), ==, after);
  return g_steal_pointer (&after);
}

/* The first octet says who serves the nodes, and what is done where; the others are the document. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const uris[] = { "./T", "./T/List", "./T/List/a", "./T/List/n", "./Inbox", "./Inbox/m" };
  guint choice = size > 0 ? data[0] : 0;
  g_auto(OmaOperation) operation = {
    .type = choice / 3 % 2 == 0 ? OMA_OPERATION_ADD : OMA_OPERATION_REPLACE,
    .uri = uris[choice / 6 % G_N_ELEMENTS (uris)],
    .format = OMA_FORMAT_XML,
    .mime_type = OMA_TNDS_TYPE_XML,
    .data = (const char *) data + 1,
    .length = size - 1,
  };
  g_autofree char *after = NULL;
  Fixture *fixture;

  if (size < 2)
    return 0;
  fixture = take_fixture ((Backend) (choice % N_BACKENDS), mount_inbox);
  after = do_operation (fixture, &operation, choice / 36 % 2, choice / 72 % 2, choice >= 144);
  give_fixture (fixture, after);
  return 0;
}
