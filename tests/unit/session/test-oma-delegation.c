/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "objects-fixture.h"

#include <string.h>

/* The access control object (DM Protocol 2.0, delegation): ACLs of DM 1.x as rights of DM 2.0, and back. */

#define OF_A DELEGATION "/urn:ex:mo:net:1.0%2Fa"
#define THIRD "third"
#define EVERYTHING "Add=" SERVER "&Delete=" SERVER "&Exec=" SERVER "&Get=" SERVER "&Replace=" SERVER

#define ENTRY(number, server, rights) "\"" number "\":{\"SrvID\":\"" server "\",\"Rights\":" rights "}"
#define PART(uri, nodes) "[{\"ClientURI\":\"" uri "\",\"MOData\":{" nodes "}}]"
#define OBJECT(entries) PART (OF_A "/", "\"x\":{\"ACL\":{" entries "}}")

/* What an ACL is as the object. */
static void
test_acl_to_rights (void)
{
  static const struct {
    const char *acl;
    const char *entries;
  } cases[] = {
    { EVERYTHING, "ACL/1/ ACL/1/Rights=15 ACL/1/SrvID=" SERVER },
    { "Get=" SERVER "+" OTHER "&Replace=" SERVER,
      "ACL/1/ ACL/1/Rights=9 ACL/1/SrvID=" SERVER " ACL/2/ ACL/2/Rights=1 ACL/2/SrvID=" OTHER },
    { "Get=*&Exec=" OTHER, "ACL/1/ ACL/1/Rights=1 ACL/1/SrvID=* ACL/2/ ACL/2/Rights=4 ACL/2/SrvID=" OTHER },
    /* Some of Write is no right. */
    { "Get=" SERVER "&Add=" OTHER "&Delete=" OTHER,
      "ACL/1/ ACL/1/Rights=1 ACL/1/SrvID=" SERVER " ACL/2/ ACL/2/Rights=0 ACL/2/SrvID=" OTHER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
      g_autofree char *expected = g_strconcat (OF_A "/: / ACL/ ", cases[i].entries, " MIID=a MOID=" NET, NULL);
      g_autofree char *text = NULL;

      set_acl (fixture, "./Net/a", cases[i].acl);
      text = read_to_text (fixture->objects, OF_A "/");
      g_assert_cmpstr (text, ==, expected);
    }
}

typedef struct {
  const char *name;
  const char *acl;        /* of the root of a before, NULL: it inherits EVERYTHING */
  const char *uri;        /* of the command, NULL: none */
  const char *data;
  const char *expected;   /* the ACL afterwards, or the status */
} Row;

static const Row rows[] = {
  { "grant", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "15") "," ENTRY ("2", OTHER, "1")),
    "Add=" SERVER "&Delete=" SERVER "&Exec=" SERVER "&Get=" SERVER "+" OTHER "&Replace=" SERVER },
  { "grant-what-was-inherited", NULL, OF_A "/", OBJECT (ENTRY ("1", SERVER, "15") "," ENTRY ("2", OTHER, "4")),
    "Add=" SERVER "&Delete=" SERVER "&Exec=" SERVER "+" OTHER "&Get=" SERVER "&Replace=" SERVER },
  { "grant-everybody", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "15") "," ENTRY ("x", "*", "1")),
    "Add=" SERVER "&Delete=" SERVER "&Exec=" SERVER "&Get=*&Replace=" SERVER },
  { "write-is-three-commands", "Replace=" SERVER, OF_A "/", OBJECT (ENTRY ("1", SERVER, "8") "," ENTRY ("2", OTHER, "2")),
    "Replace=" SERVER "+" OTHER "&Add=" OTHER "&Delete=" OTHER },
  { "delegate-is-replace", "Replace=" SERVER, OF_A "/", OBJECT (ENTRY ("1", SERVER, "8") "," ENTRY ("2", OTHER, "8")),
    "Replace=" SERVER "+" OTHER },
  { "withdraw", EVERYTHING "+" OTHER, OF_A "/", OBJECT (ENTRY ("1", SERVER, "15")), EVERYTHING },
  { "withdraw-write-and-keep-delegate", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "13")),
    "Exec=" SERVER "&Get=" SERVER "&Replace=" SERVER },
  { "give-away", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", OTHER, "15")),
    "Add=" OTHER "&Delete=" OTHER "&Exec=" OTHER "&Get=" OTHER "&Replace=" OTHER },
  { "one-entry", EVERYTHING, OF_A "/ACL/5", PART (OF_A "/ACL/5", ENTRY ("5", OTHER, "1")),
    "Add=" SERVER "&Delete=" SERVER "&Exec=" SERVER "&Get=" SERVER "+" OTHER "&Replace=" SERVER },
  { "one-leaf", "Get=" OTHER "&Replace=" SERVER, OF_A "/ACL/1/Rights", PART (OF_A "/ACL/1/Rights", "\"Rights\":4"),
    "Exec=" OTHER "&Replace=" SERVER },
  { "entries-alone", EVERYTHING, OF_A "/ACL", PART (OF_A "/ACL", "\"ACL\":{" ENTRY ("1", SERVER, "9") "}"),
    "Get=" SERVER "&Replace=" SERVER },
  { "the-data-say-where", EVERYTHING, NULL, OBJECT (ENTRY ("1", SERVER, "9")), "Get=" SERVER "&Replace=" SERVER },
  { "the-data-say-what-they-are-about", EVERYTHING, NULL,
    PART (DELEGATION "//", "\"x\":{\"MOID\":\"" NET "\",\"MIID\":\"a\",\"ACL\":{" ENTRY ("1", SERVER, "9") "}}"),
    "Get=" SERVER "&Replace=" SERVER },

  /* What the four rights do not express stays until it is touched. */
  { "rest-stays", "Add=" OTHER "&Delete=" OTHER "&Replace=" SERVER, OF_A "/",
    OBJECT (ENTRY ("1", OTHER, "0") "," ENTRY ("2", SERVER, "8")), "Add=" OTHER "&Delete=" OTHER "&Replace=" SERVER },
  { "rest-stays-where-it-is-not-named", "Add=" OTHER "&Replace=" SERVER, OF_A "/", OBJECT (ENTRY ("2", SERVER, "8")),
    "Add=" OTHER "&Replace=" SERVER },
  { "rest-stays-beside-what-is-granted", "Add=" OTHER "&Replace=" SERVER, OF_A "/",
    OBJECT (ENTRY ("1", OTHER, "1") "," ENTRY ("2", SERVER, "8")), "Add=" OTHER "&Get=" OTHER "&Replace=" SERVER },
  { "rest-goes-with-its-right", "Add=" OTHER "&Delete=" OTHER "&Replace=" SERVER "+" OTHER, OF_A "/",
    OBJECT (ENTRY ("1", SERVER, "8")), "Replace=" SERVER },

  /* What is refused */
  { "refused/nobody-is-left", EVERYTHING, OF_A "/", OBJECT (""), "409" },
  { "refused/no-rights-for-all", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "0")), "409" },
  { "refused/unknown-right", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "16")), "415" },
  { "refused/negative-right", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "-1")), "415" },
  { "refused/right-that-is-no-number", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "\"all\"")), "415" },
  { "refused/server-that-cannot-be", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", "a=b&Get", "1")), "415" },
  { "refused/server-twice", EVERYTHING, OF_A "/", OBJECT (ENTRY ("1", SERVER, "1") "," ENTRY ("2", SERVER, "2")), "415" },
  { "refused/no-rights", EVERYTHING, OF_A "/", OBJECT ("\"1\":{\"SrvID\":\"" SERVER "\"}"), "415" },
  { "refused/no-server", EVERYTHING, OF_A "/", OBJECT ("\"1\":{\"Rights\":1}"), "415" },
  { "refused/unknown-leaf", EVERYTHING, OF_A "/", OBJECT ("\"1\":{\"SrvID\":\"" SERVER "\",\"Rights\":1,\"x\":1}"), "415" },
  { "refused/unknown-node", EVERYTHING, OF_A "/", PART (OF_A "/", "\"x\":{\"Owner\":\"" SERVER "\"}"), "415" },
  { "refused/value-of-an-interior-node", EVERYTHING, OF_A "/", PART (OF_A "/", "\"x\":{\"ACL\":\"" SERVER "\"}"), "415" },
  { "refused/another-instance", EVERYTHING, OF_A "/", PART (OF_A "/", "\"x\":{\"MIID\":\"b\"}"), "405" },
  { "refused/another-object", EVERYTHING, OF_A "/", PART (OF_A "/", "\"x\":{\"MOID\":\"" DEVICE "\"}"), "405" },
  { "refused/instance-that-is-not-there", EVERYTHING, DELEGATION "/urn:none%2Fa/", OBJECT (ENTRY ("1", SERVER, "15")), "404" },
  { "refused/it-is-not-said-what-it-is-about", EVERYTHING, NULL, PART (DELEGATION "//", "\"x\":{\"ACL\":{}}"), "415" },
  { "refused/without-the-right", "Add=*&Delete=*&Get=*&Exec=*&Replace=" OTHER, OF_A "/", OBJECT (ENTRY ("1", SERVER, "15")), "403" },
  { "refused/without-any-right", "Get=" OTHER, OF_A "/", OBJECT (ENTRY ("1", SERVER, "15")), "404" },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *result = NULL, *before = NULL, *after = NULL;

  /* Who controls the parent may delegate as well: nobody does here, unless the instance inherits. */
  if (row->acl != NULL)
    {
      set_acl (fixture, "./Net/a", row->acl);
      set_acl (fixture, "./Net", "Get=" THIRD);
    }
  before = get_acl (fixture, "./Net/a");
  result = put_json (fixture->objects, row->uri, row->data);
  after = get_acl (fixture, "./Net/a");
  if (strlen (row->expected) == 3)
    {
      g_assert_cmpstr (result, ==, row->expected);
      g_assert_cmpstr (before, ==, after);
    }
  else
    g_assert_cmpstr (after, ==, row->expected);
}

static void
test_addresses (void)
{
  static const struct {
    const char *uri;
    const char *expected;
  } cases[] = {
    { OF_A "/MOID", OF_A "/MOID: =" NET },
    { DELEGATION "/(x)/MIID?nv=(x)/MIID:b&nv=(x)/MOID:" NET, DELEGATION "/urn:ex:mo:net:1.0%2Fb/MIID: =b" },
    { OF_A "/ACL/(y)/Rights?nv=(y)/SrvID:" SERVER, OF_A "/ACL/1/Rights: =15" },
    { OF_A "/ACL/*/SrvID", OF_A "/ACL/1/SrvID: =" SERVER },
    { OF_A "/ACL/9", "404" },
    { OF_A "/Owner", "404" },
    { DELEGATION "//", "404" },
    { DELEGATION "/a/", "404" },
  };
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = read_to_text (fixture->objects, cases[i].uri);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

/* It is nothing that could be deleted or executed. */
static void
test_node_is_an_acl (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autoptr(GPtrArray) nodes = resolve_nodes (fixture->objects, OF_A "/", FALSE, NULL);
  const OmaObjectNode *node = g_ptr_array_index (nodes, 0);
  g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_server);

  g_assert_cmpstr (node->uri, ==, "./Net/a?prop=ACL");
  g_assert_cmpint (run_simple (work, OMA_OPERATION_DELETE, node->uri, NULL), ==, OMA_STATUS_NOT_ALLOWED);
  g_assert_cmpint (run_simple (work, OMA_OPERATION_EXEC, node->uri, NULL), ==, OMA_STATUS_NOT_ALLOWED);
}

static void
test_object_that_the_server_was_not_provisioned_for (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  const char *const without[] = { NET, NULL }, *const alone[] = { DELEGATION, DEVICE, NULL };
  OmaObjects *objects = oma_objects_new (fixture->fixture->executor, SERVER, without);
  OmaObjects *others = oma_objects_new (fixture->fixture->executor, SERVER, alone);
  g_autofree char *not_provisioned = read_to_text (objects, OF_A "/"), *of_another = read_to_text (others, OF_A "/");
  g_autofree char *only = read_to_text (others, DELEGATION "//MIID");

  g_assert_cmpstr (not_provisioned, ==, "404");
  g_assert_cmpstr (of_another, ==, "404");
  g_assert_cmpstr (only, ==, DELEGATION "/urn:ex:mo:dev:1.0%2FDev/MIID: =Dev");
  oma_objects_free (objects);
  oma_objects_free (others);
}

/* Rights that were given away work for the other server, in either protocol. */
static void
test_what_was_delegated_holds (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new ((Backend) GPOINTER_TO_INT (data));
  OmaObjects *other = oma_objects_new (fixture->fixture->executor, OTHER, NULL);
  g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_other);
  g_autofree char *before = read_to_text (other, NET "/*/ID"), *result = NULL, *after = NULL, *by_1_x = NULL;

  result = put_json (fixture->objects, OF_A "/", OBJECT (ENTRY ("1", SERVER, "15") "," ENTRY ("2", OTHER, "1")));
  after = read_to_text (other, NET "/*/ID");
  by_1_x = get_text (work, "./Net/a/ID");
  g_assert_cmpstr (before, ==, "404");
  g_assert_cmpstr (result, ==, OF_A "/");
  g_assert_cmpstr (after, ==, NET "/a/ID: =eth");
  g_assert_cmpstr (by_1_x, ==, "eth");
  oma_objects_free (other);
}

/* Together with other data it is one unit of work. */
static void
test_with_other_data (void)
{
#define TWO(count) "[{\"ClientURI\":\"" OF_A "/\",\"MOData\":{\"x\":{\"ACL\":{" ENTRY ("1", SERVER, "9") "}}}}," \
                   "{\"ClientURI\":\"" NET "/b/Count\",\"MOData\":{\"Count\":" count "}}]"
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *bad = put_json (fixture->objects, NULL, TWO ("\"x\"")), *untouched = get_acl (fixture, "./Net/a");
  g_autofree char *good = put_json (fixture->objects, NULL, TWO ("4")), *changed = get_acl (fixture, "./Net/a");

  g_assert_cmpstr (bad, ==, "415");
  g_assert_cmpstr (untouched, ==, "");
  g_assert_cmpstr (good, ==, OF_A "/ " NET "/b/Count");
  g_assert_cmpstr (changed, ==, "Get=" SERVER "&Replace=" SERVER);
}

/* What is read can be written: nothing changes. */
static void
test_round_trip (void)
{
  static const char *const acls[] = {
    EVERYTHING, "Get=*&Replace=" SERVER, "Add=" OTHER "&Get=" SERVER "+" OTHER "&Exec=" THIRD "&Replace=" SERVER,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (acls); i++)
    {
      g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
      g_autoptr(GPtrArray) data = NULL;
      g_autoptr(OmaAcl) before = oma_acl_parse (acls[i], NULL), after = NULL;
      g_autofree char *result = NULL, *text = NULL;
      g_autoptr(GString) json = g_string_new ("[{\"ClientURI\":\"" OF_A "/ACL\",\"MOData\":{\"ACL\":{");

      set_acl (fixture, "./Net/a", acls[i]);
      data = read_nodes (fixture->objects, OF_A "/ACL/*", NULL);
      for (guint j = 0; j < data->len; j++)
        {
          const OmaNodeList *nodes = ((OmaObjectData *) g_ptr_array_index (data, j))->nodes;

          g_string_append_printf (json, "%s\"%u\":{\"SrvID\":\"%s\",\"Rights\":%s}", j > 0 ? "," : "", j,
                                  oma_value_get_text (oma_node_list_get_value (nodes, 1)),
                                  oma_value_get_text (oma_node_list_get_value (nodes, 2)));
        }
      g_string_append (json, "}}}]");
      result = put_json (fixture->objects, OF_A "/ACL", json->str);
      text = get_acl (fixture, "./Net/a");
      after = oma_acl_parse (text, NULL);
      g_assert_cmpstr (result, ==, OF_A "/ACL");
      for (guint command = OMA_ACCESS_ADD; command <= OMA_ACCESS_REPLACE; command <<= 1)
        {
          static const char *const servers[] = { SERVER, OTHER, THIRD, "fourth" };

          for (gsize j = 0; j < G_N_ELEMENTS (servers); j++)
            g_assert_true (oma_acl_allows (before, command, servers[j]) == oma_acl_allows (after, command, servers[j]));
        }
    }
}

int
main (int argc, char *argv[])
{
  static const char *const backend_names[] = { "store", "plugin", "transactions" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delegation/acl-to-rights", test_acl_to_rights);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/delegation/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/delegation/addresses", test_addresses);
  g_test_add_func ("/delegation/node-is-an-acl", test_node_is_an_acl);
  g_test_add_func ("/delegation/object-that-the-server-was-not-provisioned-for",
                   test_object_that_the_server_was_not_provisioned_for);
  for (int i = 0; i < N_BACKENDS; i++)
    {
      g_autofree char *path = g_strconcat ("/delegation/what-was-delegated-holds/", backend_names[i], NULL);

      g_test_add_data_func (path, GINT_TO_POINTER (i), test_what_was_delegated_holds);
    }
  g_test_add_func ("/delegation/with-other-data", test_with_other_data);
  g_test_add_func ("/delegation/round-trip", test_round_trip);
  return g_test_run ();
}
