/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"
#include "objects-fixture.h"
#include "session/oma-object-query.h"

#include <string.h>

/* A server that may do all, and one that sees instance b alone, and of that no names. */
static ObjectsFixture *
get_fixture (void)
{
  static ObjectsFixture *fixture;

  if (fixture != NULL)
    return fixture;
  fixture = objects_fixture_new (SERVED_BY_STORE);
  prepare (fixture->fixture, OMA_OPERATION_ADD, "./Other/a", OMA_FORMAT_NODE, NULL);
  prepare (fixture->fixture, OMA_OPERATION_ADD, "./Other/a/ID", OMA_FORMAT_NONE, "third");
  prepare (fixture->fixture, OMA_OPERATION_ADD, "./Net/b/If/x%2Ay", OMA_FORMAT_NODE, NULL);
  set_acl (fixture, "./Net/b", "Delete=" SERVER "+" OTHER "&Get=" SERVER "&Replace=" SERVER);
  return fixture;
}

/* Nothing is changed: one is enough. */
static OmaWork *
get_work (const OmaPrincipal *who)
{
  static OmaWork *works[2];
  OmaWork **work = &works[who == &as_other];

  if (*work == NULL)
    *work = oma_work_new (get_fixture ()->fixture->executor, who);
  return *work;
}

/* (transfer full) (nullable): what the ClientURI names. */
static GPtrArray *
find (const OmaPrincipal *who, const OmaClientUri *uri, gboolean for_creation, GHashTable *taken)
{
  const OmaObjectQuery query = { .uri = uri, .for_creation = for_creation, .taken = taken };
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_FIND, .uri = uri->text, .query = &query };

  g_assert_true (oma_work_try_run (get_work (who), &operation));
  g_assert_true ((operation.objects == NULL) == (operation.error != NULL));
  return g_steal_pointer (&operation.objects);
}

/* The ClientURI of a node, written out, names this node and no other. */
static void
check_node (const OmaPrincipal *who, const OmaObjectNode *node, gboolean for_creation)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaClientUri) uri = oma_client_uri_parse (node->client_uri, &error);
  g_autoptr(GPtrArray) found = NULL;
  const OmaObjectNode *again;

  /* What was escaped is longer. */
  if (g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_URI_TOO_LONG))
    return;
  g_assert_no_error (error);
  g_assert_false (oma_client_uri_is_multiple (uri));
  g_assert_null (uri->cv);
  found = find (who, uri, for_creation, NULL);
  g_assert_nonnull (found);
  g_assert_cmpuint (found->len, ==, 1);
  again = g_ptr_array_index (found, 0);
  g_assert_cmpstr (again->uri, ==, node->uri);
  g_assert_cmpstr (again->client_uri, ==, node->client_uri);
  g_assert_true (again->exists == node->exists);
  g_assert_true (!node->exists || node->rights != 0);
}

/* The first octet says who asks for what; the others are the ClientURI. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const guint choice = size > 0 ? data[0] : 0;
  const OmaPrincipal *who = choice & 1 ? &as_other : &as_server;
  const gboolean for_creation = (choice & 2) != 0;
  g_autofree char *text = g_strndup (size > 1 ? (const char *) data + 1 : "", size > 1 ? size - 1 : 0);
  g_autoptr(GHashTable) taken = choice & 4 ? g_hash_table_new (g_str_hash, g_str_equal) : NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaClientUri) uri = oma_client_uri_parse (text, &error);
  g_autoptr(GPtrArray) found = NULL;

  g_assert_true ((uri == NULL) == (error != NULL));
  if (uri == NULL)
    return 0;
  found = find (who, uri, for_creation, taken);
  if (found == NULL)
    return 0;
  g_assert_true (found->len == 1 || oma_client_uri_is_multiple (uri));
  /* Of many each has its turn, which costs less. */
  check_node (who, g_ptr_array_index (found, size % found->len), for_creation || taken != NULL);
  return 0;
}
