/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "objects-fixture.h"

#include <string.h>

/* MO data into the tree (DM Protocol 2.0, HGET): done as a whole, or not at all. */

/* A node and its value afterwards, "<404>" when it is not there. */
typedef struct {
  const char *uri;
  const char *value;
} Check;

typedef struct {
  const char *name;
  const char *uri;         /* of the command, NULL: none */
  const char *data;
  const char *expected;    /* ClientURIs, or the status: then nothing is changed */
  Check       checks[6];
} Row;

#define PART(uri, nodes) "{\"ClientURI\":\"" uri "\",\"MOData\":{" nodes "}}"
#define ONE(uri, nodes) "[" PART (uri, nodes) "]"
#define IF(number, name) "\"" number "\":{\"Name\":\"" name "\"}"

static const Row rows[] = {
  /* With ClientURI: what is there is replaced. */
  { "target/leaf", NET "/a/ID", ONE (NET "/x/ID", "\"ID\":\"new\""), NET "/a/ID",
    { { "./Net/a/ID", "new" }, { "./Net/a/If/1/Name", "e0" } } },
  { "target/leaf-of-another-name", NET "/a/ID", ONE (NET "/x/Name", "\"Name\":\"new\""), NET "/a/ID",
    { { "./Net/a/ID", "new" } } },
  { "target/instance", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Count\":5,\"Flag\":true}"), NET "/a/",
    { { "./Net/a/ID", "new" }, { "./Net/a/Count", "5" }, { "./Net/a/Flag", "true" }, { "./Net/a/If/1", "<404>" },
      { "./Net/a/Secret", "<404>" }, { "./Net/a/Mode", "auto" } } },
  { "target/instance-of-another-name", NET "/a/", ONE (NET "/zz/", "\"zz\":{\"ID\":\"new\"}"), NET "/a/",
    { { "./Net/a/ID", "new" }, { "./Net/a/If/1", "<404>" }, { "./Net/zz", "<404>" } } },
  { "target/interior-node", NET "/a/If", ONE (NET "/a/If", "\"If\":{" IF ("2", "x2") "," IF ("3", "x3") "}"), NET "/a/If",
    { { "./Net/a/If/1", "<404>" }, { "./Net/a/If/2/Name", "x2" }, { "./Net/a/If/3/Name", "x3" }, { "./Net/a/ID", "eth" } } },
  { "target/permanent-nodes-that-are-named", NET "/a/", ONE (NET "/a/", "\"a\":{\"Mode\":\"manual\",\"If\":{" IF ("1", "e0") "}}"),
    NET "/a/", { { "./Net/a/Mode", "manual" }, { "./Net/a/If/1/Name", "e0" }, { "./Net/a/If/2", "<404>" } } },
  { "target/as-it-was-read", NET "/b/",
    ONE (NET "/b/", "\"b\":{\"ID\":\"wifi\",\"State\":\"idle\",\"Mode\":\"auto\",\"Ops\":{},\"Few\":{},\"If\":{" IF ("1", "w0") "}}"),
    NET "/b/", { { "./Net/b/ID", "wifi" }, { "./Net/b/State", "idle" }, { "./Net/b/If/1/Name", "w0" } } },
  { "target/node-that-is-made", NET "/a/Count", ONE (NET "/a/Count", "\"Count\":\"7\""), NET "/a/Count",
    { { "./Net/a/Count", "7" }, { "./Net/a/ID", "eth" } } },
  { "target/interior-node-that-is-made", NET "/a/If/7", ONE (NET "/a/If/7", "\"7\":{\"Name\":\"x\"}"), NET "/a/If/7",
    { { "./Net/a/If/7/Name", "x" }, { "./Net/a/If/1/Name", "e0" } } },
  { "target/instance-that-is-made", NET "/c/", ONE (NET "/x/", "\"x\":{\"ID\":\"new\"}"), NET "/c/",
    { { "./Net/c/ID", "new" }, { "./Net/c/Mode", "auto" } } },
  { "target/only-instance", DEVICE "//", ONE (DEVICE "//", "\"Dev\":{\"Name\":\"n\",\"Note\":\"t\"}"), DEVICE "/Dev/",
    { { "./Dev/Name", "n" }, { "./Dev/Note", "t" }, { "./Dev/SwV", "12.5" } } },
  { "target/x-name", NET "/(x)/ID?nv=(x)/ID:wifi", ONE (NET "/b/ID", "\"ID\":\"new\""), NET "/b/ID",
    { { "./Net/b/ID", "new" }, { "./Net/a/ID", "eth" } } },
  { "target/octets", NET "/a/Blob", ONE (NET "/a/Blob", "\"Blob\":\"AAECAw==\""), NET "/a/Blob", { { NULL, NULL } } },
  { "target/null-is-an-empty-value", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":null}"), NET "/a/", { { "./Net/a/ID", "" } } },

  /* Without: the data say where they go. */
  { "data/node", NULL, ONE (NET "/a/ID", "\"ID\":\"new\""), NET "/a/ID", { { "./Net/a/ID", "new" } } },
  { "data/instance", NULL, ONE (NET "/b/", "\"b\":{\"ID\":\"new\"}"), NET "/b/",
    { { "./Net/b/ID", "new" }, { "./Net/b/If/1", "<404>" } } },
  { "data/new-instance", NULL, ONE (NET "//", "\"x\":{\"ID\":\"new\"}"), NET "/m1/", { { "./Net/m1/ID", "new" } } },
  { "data/new-instance-by-moid-alone", NULL, ONE (NET, "\"x\":{\"ID\":\"new\"}"), NET "/m1/", { { "./Net/m1/ID", "new" } } },
  { "data/new-instance-of-a-name", NULL, ONE (NET "/c/", "\"c\":{\"ID\":\"new\"}"), NET "/c/", { { "./Net/c/ID", "new" } } },
  { "data/two-new-instances", NULL, "[" PART (NET "//", "\"x\":{\"ID\":\"p\"}") "," PART (NET "//", "\"x\":{\"ID\":\"q\"}") "]",
    NET "/m1/ " NET "/m2/", { { "./Net/m1/ID", "p" }, { "./Net/m2/ID", "q" } } },
  { "data/without-urn", NULL, ONE ("ex:mo:net:1.0/a/ID", "\"ID\":\"new\""), NET "/a/ID", { { "./Net/a/ID", "new" } } },
  { "data/new-instance-without-urn", NULL, ONE ("ex:mo:net:1.0", "\"x\":{\"ID\":\"new\"}"), NET "/m1/",
    { { "./Net/m1/ID", "new" } } },
  { "data/several-objects", NULL, "[" PART (DEVICE "//Name", "\"Name\":\"n\"") "," PART (NET "/a/ID", "\"ID\":\"new\"") "]",
    DEVICE "/Dev/Name " NET "/a/ID", { { "./Dev/Name", "n" }, { "./Net/a/ID", "new" } } },
  { "data/only-instance-there-can-be", NULL, ONE (DEVICE "//", "\"Dev\":{\"Name\":\"n\"}"), DEVICE "/Dev/",
    { { "./Dev/Name", "n" } } },
  { "data/a-part-sees-those-before-it", NULL,
    "[" PART (NET "/c/", "\"c\":{\"ID\":\"p\"}") "," PART (NET "/(x)/Count", "\"Count\":1") "]", "415", { { NULL, NULL } } },
  { "data/below-what-a-part-before-has-made", NULL,
    "[" PART (NET "/c/", "\"c\":{\"ID\":\"p\"}") "," PART (NET "/c/Count", "\"Count\":1") "]", NET "/c/ " NET "/c/Count",
    { { "./Net/c/ID", "p" }, { "./Net/c/Count", "1" } } },

  /* Against the DDF: nothing is changed. */
  { "refused/undescribed-node", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Colour\":\"red\"}"), "415" },
  { "refused/undescribed-node-below", NET "/a/", ONE (NET "/a/", "\"a\":{\"Colour\":{\"x\":\"red\"}}"), "415" },
  { "refused/format", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Count\":\"many\"}"), "415" },
  { "refused/format-of-one-that-is-made", NULL, ONE (NET "//", "\"x\":{\"ID\":\"new\",\"Flag\":\"maybe\"}"), "415" },
  { "refused/permitted-values", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Mode\":\"other\"}"), "415" },
  { "refused/base64", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Blob\":\"!\"}"), "415" },
  { "refused/interior-as-leaf", NET "/a/", ONE (NET "/a/", "\"a\":{\"If\":\"x\"}"), "415" },
  { "refused/leaf-as-interior", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":{\"x\":\"y\"}}"), "415" },
  { "refused/leaf-as-empty-interior", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":{}}"), "415" },
  { "refused/occurrence", NET "/a/Few", ONE (NET "/a/Few", "\"Few\":{\"1\":\"a\",\"2\":\"b\",\"3\":\"c\"}"), "409" },
  { "refused/access-type", NET "/a/State", ONE (NET "/a/State", "\"State\":\"busy\""), "405" },
  { "refused/access-type-below", NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"State\":\"busy\"}"), "405" },
  { "refused/access-type-of-one-that-is-made", NULL, ONE (NET "//", "\"x\":{\"ID\":\"new\",\"State\":\"busy\"}"), "405" },
  { "refused/permanent-node-that-is-not-there", DEVICE "//", ONE (DEVICE "//", "\"Dev\":{\"Slot\":\"x\"}"), "405" },
  { "refused/read-only-object", DEVICE "//", ONE (DEVICE "//", "\"Dev\":{\"Name\":\"n\",\"SwV\":\"13\"}"), "405" },
  { "refused/name-of-a-permanent-node", DEVICE "//", ONE (DEVICE "//", "\"Device\":{\"Name\":\"n\"}"), "405" },
  { "refused/name-of-a-permanent-leaf", NET "/a/Mode", ONE (NET "/a/Mode", "\"Modus\":\"manual\""), "405" },
  { "refused/name-that-no-node-can-have", NET "/a/If", ONE (NET "/a/If", "\"If\":{\"x/y\":{}}"), "400" },

  /* Where they go */
  { "refused/instance-of-no-object", NULL, ONE ("urn:none//", "\"x\":{}"), "404" },
  { "refused/node-of-no-instance", NULL, ONE (NET "/c/ID", "\"ID\":\"new\""), "404" },
  { "refused/target-of-no-instance", NET "/c/ID", ONE (NET "/c/ID", "\"ID\":\"new\""), "404" },
  { "refused/target-of-several-nodes", NET "/*/ID", ONE (NET "/a/ID", "\"ID\":\"new\""), "409" },
  { "refused/only-instance-of-several", NET "//ID", ONE (NET "/a/ID", "\"ID\":\"new\""), "404" },
  { "refused/second-singleton", NULL, ONE (DEVICE "/x/", "\"x\":{\"Name\":\"n\"}"), "404" },
  { "refused/wildcard-in-the-data", NULL, ONE (NET "/*/ID", "\"ID\":\"new\""), "415" },
  { "refused/bad-uri-in-the-data", NULL, ONE ("/a", "\"ID\":\"new\""), "415" },
  { "refused/no-uri-in-the-data", NULL, "[{\"MOData\":{\"ID\":\"new\"}}]", "415" },
  { "refused/several-parts-for-a-target", NET "/a/ID",
    "[" PART (NET "/a/ID", "\"ID\":\"p\"") "," PART (NET "/a/ID", "\"ID\":\"q\"") "]", "415" },
  { "refused/no-parts", NULL, "[]", "415" },
  { "refused/validator", NET "/a/ID?cv=1", ONE (NET "/a/ID", "\"ID\":\"new\""), "400" },

  /* One part that is bad spoils all. */
  { "refused/second-part-is-bad", NULL, "[" PART (NET "/a/", "\"a\":{\"ID\":\"new\"}") "," PART (NET "/b/Count", "\"Count\":\"x\"") "]",
    "415" },
  { "refused/second-part-goes-nowhere", NULL, "[" PART (NET "//", "\"x\":{\"ID\":\"new\"}") "," PART (NET "/x/ID", "\"ID\":\"q\"") "]",
    "404" },
};

static Backend
get_backend (gconstpointer data)
{
  return (Backend) (GPOINTER_TO_SIZE (data) / 1000);
}

static void
test_row (gconstpointer data)
{
  const Row *row = &rows[GPOINTER_TO_SIZE (data) % 1000];
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  g_autofree char *before = describe_tree (fixture), *result = NULL, *after = NULL;

  result = put_json (fixture->objects, row->uri, row->data);
  g_assert_cmpstr (result, ==, row->expected);
  if (strchr (row->expected, ':') == NULL)
    {
      after = describe_tree (fixture);
      g_assert_cmpstr (before, ==, after);
      if (fixture->plugin != NULL && !fixture->plugin->transactional)
        g_assert_cmpstr (fixture->plugin->log->str, ==, "");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (row->checks) && row->checks[i].uri != NULL; i++)
    {
      g_autofree char *value = get_value (fixture, row->checks[i].uri);

      g_assert_cmpstr (value, ==, row->checks[i].value);
    }
}

static void
test_permanent_nodes_keep_their_values (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  g_autofree char *result = NULL, *value = NULL;

  prepare (fixture->fixture, OMA_OPERATION_REPLACE, "./Net/a/Mode", OMA_FORMAT_NONE, "manual");
  result = put_json (fixture->objects, NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\"}"));
  value = get_value (fixture, "./Net/a/Mode");
  g_assert_cmpstr (result, ==, NET "/a/");
  g_assert_cmpstr (value, ==, "manual");
}

/* A value that cannot be replaced is no default that could be given. */
static void
test_read_only_value_that_is_not_the_default (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *is_default = NULL, *is_value = NULL;

  prepare (fixture->fixture, OMA_OPERATION_REPLACE, "./Net/a/State", OMA_FORMAT_NONE, "busy");
  is_default = put_json (fixture->objects, NET "/a/State", ONE (NET "/a/State", "\"State\":\"idle\""));
  is_value = put_json (fixture->objects, NET "/a/State", ONE (NET "/a/State", "\"State\":\"busy\""));
  g_assert_cmpstr (is_default, ==, "405");
  g_assert_cmpstr (is_value, ==, NET "/a/State");
}

/* What goes makes room for what comes. */
static void
test_occurrence_is_that_of_the_result (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  g_autofree char *first = put_json (fixture->objects, NET "/a/Few", ONE (NET "/a/Few", "\"Few\":{\"1\":\"p\",\"2\":\"q\"}"));
  g_autofree char *second = put_json (fixture->objects, NET "/a/Few", ONE (NET "/a/Few", "\"Few\":{\"3\":\"r\",\"4\":\"s\"}"));
  g_autofree char *third = put_json (fixture->objects, NET "/a/Few/5", ONE (NET "/a/Few/5", "\"5\":\"t\""));
  g_autofree char *nodes = read_to_text (fixture->objects, NET "/a/Few");

  g_assert_cmpstr (first, ==, NET "/a/Few");
  g_assert_cmpstr (second, ==, NET "/a/Few");
  g_assert_cmpstr (third, ==, "409");
  g_assert_cmpstr (nodes, ==, NET "/a/Few: / 3=r 4=s");
}

static void
put_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) uris = oma_objects_put_finish (NULL, result, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (uris), ==, 1);
  *(gboolean *) user_data = TRUE;
}

static void
forget_unit (OmaUnitRecord *unit, gpointer user_data)
{
  *(OmaUnitRecord **) user_data = unit;
}

/* What may cut the machine off counts once its server was reached again. */
static void
test_provisional (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_TRANSACTIONS);
  g_autoptr(GPtrArray) parts = parse_parts (OMA_MO_DATA_TYPE_JSON, ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Mode\":\"manual\"}"));
  OmaProvisional *provisional = oma_provisional_new (fixture->fixture->executor);
  OmaUnitRecord *unit = NULL;
  gboolean done = FALSE;

  oma_executor_set_unit_func (fixture->fixture->executor, forget_unit, &unit);
  fixture->plugin->flagged = "Mode";
  fixture->plugin->flags = OMA_HANDLER_PROVISIONAL;
  oma_objects_put_async (fixture->objects, NULL, parts, provisional, NULL, put_cb, &done);
  iterate_until (&done);
  g_assert_false (oma_provisional_is_empty (provisional));
  oma_provisional_undo (provisional);
  oma_provisional_unref (provisional);
  while (unit == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (unit->state, ==, OMA_UNIT_PROVISIONAL);
  oma_unit_record_free (unit);
}

/* ---- Rights ---- */

static void
test_writing_needs_the_right (gconstpointer data)
{
  static const struct {
    const char *acl;       /* of a */
    const char *expected;
  } cases[] = {
    { "Get=" SERVER "&Exec=" SERVER, "403" },
    { "Get=" SERVER "&Add=" SERVER "&Delete=" SERVER, "403" },
    { "Get=" SERVER "&Replace=" SERVER, "403" },
    { "Get=" OTHER, "404" },
    { "Add=" SERVER "&Delete=" SERVER "&Replace=" SERVER, NET "/a/ID" },
  };
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));

  /* Neither by the parent. */
  set_acl (fixture, "./Net", "Get=*");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *result = NULL, *value = NULL;

      set_acl (fixture, "./Net/a", cases[i].acl);
      result = put_json (fixture->objects, NET "/a/ID", ONE (NET "/a/ID", "\"ID\":\"new\""));
      value = get_value (fixture, "./Net/a/ID");
      g_assert_cmpstr (result, ==, cases[i].expected);
      g_assert_cmpstr (value, ==, strlen (result) == 3 ? "eth" : "new");
    }
}

/* The right is that of the root; a stricter ACL deeper down holds all the same. */
static void
test_stricter_acl_deeper_down (gconstpointer data)
{
  static const struct {
    const char *uri, *acl;
  } cases[] = {
    { "./Net/a/ID", "Get=*" },                            /* not replaced */
    { "./Net/a/If/1", "Get=*&Replace=*&Add=*" },          /* not deleted */
    { "./Net/a/If", "Get=*&Replace=*&Delete=*" },         /* nothing added */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
      g_autofree char *before = NULL, *after = NULL, *result = NULL;

      set_acl (fixture, cases[i].uri, cases[i].acl);
      before = describe_tree (fixture);
      result = put_json (fixture->objects, NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"If\":{" IF ("9", "x") "}}"));
      after = describe_tree (fixture);
      g_assert_cmpstr (result, ==, "425");
      g_assert_cmpstr (before, ==, after);
    }
}

static void
test_object_that_the_server_was_not_provisioned_for (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  const char *const moids[] = { DEVICE, NULL };
  OmaObjects *objects = oma_objects_new (fixture->fixture->executor, SERVER, moids);
  g_autofree char *result = put_json (objects, NULL, ONE (NET "//", "\"x\":{\"ID\":\"new\"}"));
  g_autofree char *node = put_json (objects, NET "/a/ID", ONE (NET "/a/ID", "\"ID\":\"new\""));

  g_assert_cmpstr (result, ==, "404");
  g_assert_cmpstr (node, ==, "404");
  oma_objects_free (objects);
}

/* DM Protocol 2.0, bootstrap: who creates an instance gets all rights. */
static void
test_creator_gets_all_rights (gconstpointer data)
{
  static const struct {
    const char *acl;         /* of the parent */
    const char *expected;    /* of the new instance, "": it inherits; NULL: 403 */
  } cases[] = {
    { "Add=" OTHER "&Get=*", "Add=" OTHER "&Delete=" OTHER "&Get=" OTHER "&Replace=" OTHER "&Exec=" OTHER },
    { "Add=*&Get=*&Replace=" OTHER, "Add=*&Get=*&Replace=" OTHER "&Delete=" OTHER "&Exec=" OTHER },
    { "Add=*&Delete=*&Exec=*&Get=*&Replace=*", "" },
    { "Get=*&Replace=" OTHER, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
      OmaObjects *other = oma_objects_new (fixture->fixture->executor, OTHER, NULL);
      g_autofree char *result = NULL, *acl = NULL, *again = NULL;

      set_acl (fixture, "./Net", cases[i].acl);
      result = put_json (other, NULL, ONE (NET "//", "\"x\":{\"ID\":\"new\"}"));
      if (cases[i].expected == NULL)
        g_assert_cmpstr (result, ==, "403");
      else
        {
          g_assert_cmpstr (result, ==, NET "/m1/");
          acl = get_acl (fixture, "./Net/m1");
          g_assert_cmpstr (acl, ==, cases[i].expected);
          again = put_json (other, NET "/m1/", ONE (NET "/m1/", "\"m1\":{\"Count\":1}"));
          g_assert_cmpstr (again, ==, NET "/m1/");
        }
      oma_objects_free (other);
    }
}

static void
test_new_instances_take_no_name_that_there_is (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *result = NULL, *next = NULL;

  prepare (fixture->fixture, OMA_OPERATION_ADD, "./Net/m1", OMA_FORMAT_NODE, NULL);
  set_acl (fixture, "./Net/m1", "Get=" OTHER);             /* cannot be seen */
  prepare (fixture->fixture, OMA_OPERATION_ADD, "./Other/m2", OMA_FORMAT_NODE, NULL);
  set_acl (fixture, "./Net", "Add=" SERVER "&Get=" SERVER);
  result = put_json (fixture->objects, NULL, ONE (NET "//", "\"x\":{\"ID\":\"new\"}"));
  next = put_json (fixture->objects, NULL, ONE (NET "//", "\"x\":{\"ID\":\"new\"}"));
  g_assert_cmpstr (result, ==, NET "/m3/");
  g_assert_cmpstr (next, ==, NET "/m4/");
}

/* ---- TNDS ---- */

#define TNDS(nodes) "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>" nodes "</MgmtTree>"
#define NODE(name, rest) "<Node><NodeName>" name "</NodeName>" rest "</Node>"
#define TYPE(moid) "<RTProperties><Format><node/></Format><Type><DDFName>" moid "</DDFName></Type></RTProperties>"

static void
test_tnds (gconstpointer data)
{
  static const struct {
    const char *uri, *document, *expected;
    Check       checks[3];
  } cases[] = {
    { NET "/a/", TNDS (NODE ("a", NODE ("ID", "<Value>new</Value>"))), NET "/a/",
      { { "./Net/a/ID", "new" }, { "./Net/a/If/1", "<404>" } } },
    { NET "/a/", TNDS (NODE ("a", "<Path>./Net</Path>" NODE ("ID", "<Value>new</Value>"))), NET "/a/",
      { { "./Net/a/ID", "new" } } },
    { NULL, TNDS (NODE ("c", TYPE (NET) NODE ("ID", "<Value>new</Value>"))), NET "/c/", { { "./Net/c/ID", "new" } } },
    { NULL, TNDS ("<Node>" TYPE (NET) NODE ("ID", "<Value>new</Value>") "</Node>"), NET "/m1/",
      { { "./Net/m1/ID", "new" } } },
    { NULL, TNDS (NODE ("b", TYPE (NET) NODE ("ID", "<Value>new</Value>"))), NET "/b/",
      { { "./Net/b/ID", "new" }, { "./Net/b/If/1", "<404>" } } },
    /* Only names, values, formats and types are read. */
    { NET "/a/", TNDS (NODE ("a", "<RTProperties><ACL>Get=x</ACL><Title>T</Title></RTProperties>")), NET "/a/",
      { { "./Net/a?prop=ACL", "" }, { "./Net/a?prop=Title", "" } } },
    { NET "/a/", TNDS (NODE ("a", NODE ("ID", "<Value>p</Value>") NODE ("ID", "<Value>q</Value>"))), "418" },
    { NULL, TNDS (NODE ("a", NODE ("ID", "<Value>new</Value>"))), "415" },
    { NULL, TNDS (NODE ("c", TYPE (NET)) NODE ("d", TYPE (NET))), "415" },
    { NET "/a/", TNDS (NODE ("ID", "<Value>new</Value>") NODE ("If", "<Path>.</Path>")), NET "/a/",
      { { "./Net/a/ID", "new" }, { "./Net/a/If/1", "<404>" } } },
    { NULL, TNDS (NODE ("a", TYPE ("urn:none"))), "404" },
    { NET "/a/", TNDS (NODE ("a", NODE ("Count", "<RTProperties><Format><chr/></Format></RTProperties><Value>x</Value>"))), "415" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
      g_autoptr(GPtrArray) parts = parse_parts (OMA_TNDS_TYPE_XML, cases[i].document);
      g_autoptr(GError) error = NULL;
      g_auto(GStrv) uris = put_parts (fixture->objects, cases[i].uri, parts, &error);

      if (uris == NULL)
        {
          g_assert_cmpint (error->code, ==, atoi (cases[i].expected));
          continue;
        }
      g_assert_cmpstr (uris[0], ==, cases[i].expected);
      for (gsize j = 0; j < G_N_ELEMENTS (cases[i].checks) && cases[i].checks[j].uri != NULL; j++)
        {
          g_autofree char *value = get_value (fixture, cases[i].checks[j].uri);

          g_assert_cmpstr (value, ==, cases[i].checks[j].value);
        }
    }
}

/* ---- Plugins that fail ---- */

/* Of a plugin that acts at once the first nodes are written already; all is undone.  The stored object of the same data
 * is not changed either. */
static void
test_plugin_that_fails_in_the_middle (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  g_autofree char *before = describe_nodes (fixture), *result = NULL, *after = NULL;

  fixture->plugin->failing = "a/Mode";
  result = put_json (fixture->objects, NULL,
                     "[" PART (DEVICE "//Name", "\"Name\":\"n\"") ","
                     PART (NET "/a/", "\"a\":{\"ID\":\"new\",\"Count\":1,\"Mode\":\"manual\"}") "]");
  after = describe_nodes (fixture);
  g_assert_cmpstr (result, ==, "403");
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpuint (fixture->fixture->journal->n_puts, ==, fixture->fixture->journal->n_ends);
}

static void
test_plugin_that_cannot_commit (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_TRANSACTIONS);
  g_autofree char *before = describe_tree (fixture), *result = NULL, *after = NULL;

  fixture->plugin->fails_commit = TRUE;
  result = put_json (fixture->objects, NULL,
                     "[" PART (DEVICE "//Name", "\"Name\":\"n\"") "," PART (NET "//", "\"x\":{\"ID\":\"new\"}") "]");
  after = describe_tree (fixture);
  g_assert_cmpstr (result, ==, "420");
  g_assert_cmpstr (before, ==, after);
}

static void
test_store_that_cannot_write (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  g_autofree char *before = describe_tree (fixture), *result = NULL, *after = NULL;

  *fixture->fixture->store_fails = TRUE;
  result = put_json (fixture->objects, NULL,
                     "[" PART (DEVICE "//Name", "\"Name\":\"n\"") "," PART (NET "/a/ID", "\"ID\":\"new\"") "]");
  after = describe_tree (fixture);
  g_assert_cmpstr (result, ==, "420");
  g_assert_cmpstr (before, ==, after);
}

/* Every call of the plugin fails in turn, whether it did its work or not: all is done, or nothing is. */
static void
test_each_call_fails (gconstpointer data)
{
  static const char part[] =
    ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Count\":1,\"Mode\":\"manual\",\"If\":{" IF ("2", "x") "," IF ("3", "y") "}}");
  gboolean done = FALSE;
  guint n_failed = 0;

  for (guint i = 1; !done; i++)
    {
      g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
      g_autofree char *before = describe_nodes (fixture), *result = NULL, *after = NULL;

      fixture->plugin->n_calls = 0;
      fixture->plugin->fault_at = i;
      result = put_json (fixture->objects, NET "/a/", part);
      done = fixture->plugin->n_calls < i;
      fixture->plugin->fault_at = 0;
      after = describe_nodes (fixture);
      if (strchr (result, ':') != NULL)
        g_assert_cmpstr (before, !=, after);
      else
        {
          g_assert_cmpstr (before, ==, after);
          n_failed++;
        }
    }
  g_assert_cmpuint (n_failed, >, 5);
}

/* What is left when the daemon dies. */
typedef struct {
  ObjectsFixture *fixture;
  GHashTable     *nodes;    /* of the plugin */
  OmaUnitRecord  *unit;     /* (nullable): of the journal */
} Death;

static void
die (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  Death *death = user_data;
  MemoryJournal *journal = death->fixture->fixture->journal;

  death->nodes = plugin_dup_nodes (death->fixture->plugin);
  death->unit = journal->units->len > 0 ? memory_journal_copy (journal, 0) : NULL;
}

static void
undone_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_auto(OmaUndoReport) report = { 0 };
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_executor_undo_unit_finish (result, &report, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (report.n_failed + report.n_left, ==, 0);
  *(gboolean *) user_data = TRUE;
}

/* In each call of the plugin: the next start undoes what there is, or all of it was done. */
static void
test_daemon_that_dies_in_each_call (void)
{
  guint n_undone = 0, n_calls = 0;

  for (guint i = 1; n_calls == 0 || i <= n_calls; i++)
    {
      g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_PLUGIN);
      g_autoptr(GCancellable) death_bell = g_cancellable_new ();
      g_autofree char *before = describe_nodes (fixture), *done = NULL, *result = NULL, *after = NULL;
      Death death = { .fixture = fixture };
      gboolean undone = FALSE;

      g_cancellable_connect (death_bell, G_CALLBACK (die), &death, NULL);
      fixture->plugin->n_calls = 0;
      fixture->plugin->fault_at = i;
      fixture->plugin->fault_cancels = death_bell;
      result = put_json (fixture->objects, NET "/a/",
                         ONE (NET "/a/", "\"a\":{\"ID\":\"new\",\"Mode\":\"manual\",\"If\":{" IF ("2", "x") "," IF ("3", "y") "}}"));
      n_calls = fixture->plugin->n_calls;
      fixture->plugin->fault_cancels = NULL;
      fixture->plugin->fault_at = 0;
      g_assert_cmpstr (result, ==, NET "/a/");
      done = describe_nodes (fixture);
      plugin_take_nodes (fixture->plugin, death.nodes);
      if (death.unit != NULL)
        {
          oma_executor_undo_unit_async (fixture->fixture->executor, death.unit, undone_cb, &undone);
          iterate_until (&undone);
          n_undone++;
        }
      after = describe_nodes (fixture);
      g_assert_cmpstr (after, ==, death.unit != NULL || strcmp (after, done) != 0 ? before : done);
    }
  g_assert_cmpuint (n_undone, >, 5);
}

static void
test_journal_that_cannot_write (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_PLUGIN);
  g_autofree char *before = describe_tree (fixture), *result = NULL, *after = NULL;

  *fixture->fixture->journal_fails = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be noted: journal: The disk is full");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know what was undone*");
  result = put_json (fixture->objects, NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"new\"}"));
  g_test_assert_expected_messages ();
  *fixture->fixture->journal_fails = FALSE;
  after = describe_tree (fixture);
  g_assert_cmpstr (result, ==, "420");
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpstr (fixture->plugin->log->str, ==, "");
}

/* Another server's value stays, as in a session of DM 1.x. */
static void
test_value_of_another_server (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  OmaObjects *other = oma_objects_new (fixture->fixture->executor, OTHER, NULL);
  g_autofree char *first = NULL, *second = NULL, *value = NULL;

  set_acl (fixture, ".", "Add=*&Delete=*&Exec=*&Get=*&Replace=*");
  first = put_json (other, NET "/a/ID", ONE (NET "/a/ID", "\"ID\":\"theirs\""));
  second = put_json (fixture->objects, NET "/a/", ONE (NET "/a/", "\"a\":{\"ID\":\"ours\"}"));
  value = get_value (fixture, "./Net/a/ID");
  g_assert_cmpstr (first, ==, NET "/a/ID");
  g_assert_cmpstr (second, ==, "425");
  g_assert_cmpstr (value, ==, "theirs");
  oma_objects_free (other);
}

/* ---- Large values ---- */

#define LARGE (300 * 1024)

static char *
make_large_json (const char *uri, const char *name, gboolean base64)
{
  GString *json = g_string_new ("[{\"ClientURI\":\"");
  g_autofree char *octets = g_malloc (LARGE);
  g_autofree char *text = NULL;

  memset (octets, 'x', LARGE);
  octets[7] = 'y';
  text = base64 ? g_base64_encode ((const guchar *) octets, LARGE) : g_strndup (octets, LARGE);
  g_string_append_printf (json, "%s\",\"MOData\":{\"%s\":\"%s\"}}]", uri, name, text);
  return g_string_free (json, FALSE);
}

static int
count_files (gpointer user_data, GError **error)
{
  ++*(guint *) user_data;
  return make_file (NULL, error);
}

static int
refuse_files (gpointer user_data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "The disk is full");
  return -1;
}

static void
check_large_value (Backend backend, gboolean has_spool)
{
  static const struct {
    const char *name;
    OmaFormat   format;
  } leaves[] = { { "Text", OMA_FORMAT_CHR }, { "Blob", OMA_FORMAT_BIN } };
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (backend);
  guint n_files = 0;

  oma_objects_set_spool_func (fixture->objects, has_spool ? count_files : NULL, &n_files);

  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++)
    {
      g_autofree char *uri = g_strconcat (NET "/a/", leaves[i].name, NULL), *node = g_strconcat ("./Net/a/", leaves[i].name, NULL);
      g_autofree char *json = make_large_json (uri, leaves[i].name, leaves[i].format == OMA_FORMAT_BIN);
      g_autofree char *result = put_json (fixture->objects, uri, json);
      g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_device);
      g_auto(OmaOperation) get = { .type = OMA_OPERATION_GET, .uri = node };

      g_assert_cmpstr (result, ==, uri);
      g_assert_cmpint (run (work, &get), ==, OMA_STATUS_OK);
      g_assert_cmpint (oma_value_get_format (get.result), ==, leaves[i].format);
      g_assert_cmpuint (oma_value_get_size (get.result), ==, LARGE);
      g_assert_cmpint (((const char *) oma_value_get_data (get.result, NULL))[7], ==, 'y');
      g_assert_cmpint (((const char *) oma_value_get_data (get.result, NULL))[LARGE - 1], ==, 'x');
    }
  g_assert_cmpuint (n_files, ==, has_spool ? 1 : 0);
}

static void
test_large_value (gconstpointer data)
{
  check_large_value (get_backend (data), TRUE);
  check_large_value (get_backend (data), FALSE);
}

/* Nothing is kept of what is not base64, and nothing is changed when there is no room. */
static void
test_large_value_that_is_bad (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *json = make_large_json (NET "/a/Blob", "Blob", FALSE), *before = describe_tree (fixture);
  g_autofree char *result = NULL, *full = NULL, *after = NULL;
  g_autofree char *good = make_large_json (NET "/a/Blob", "Blob", TRUE);
  guint n_files = 0;

  oma_objects_set_spool_func (fixture->objects, count_files, &n_files);
  json[strlen (json) - 9] = '!';
  result = put_json (fixture->objects, NULL, json);
  oma_objects_set_spool_func (fixture->objects, refuse_files, NULL);
  full = put_json (fixture->objects, NULL, good);
  after = describe_tree (fixture);
  g_assert_cmpstr (result, ==, "415");
  g_assert_cmpstr (full, ==, "420");
  g_assert_cmpstr (before, ==, after);
}

static void
cancelled_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_objects_put_finish (NULL, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) user_data = TRUE;
}

static void
test_cancelled (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(GPtrArray) parts = parse_parts (OMA_MO_DATA_TYPE_JSON, ONE (NET "/a/", "\"a\":{\"ID\":\"new\"}"));
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *before = describe_tree (fixture), *after = NULL;
  gboolean done = FALSE;

  fixture->plugin->hangs = TRUE;
  oma_objects_put_async (fixture->objects, NULL, parts, NULL, cancellable, cancelled_cb, &done);
  g_cancellable_cancel (cancellable);
  iterate_until (&done);
  fixture->plugin->hangs = FALSE;
  while (fixture->plugin->held->len > 0)
    answer_next (fixture->plugin);
  after = describe_tree (fixture);
  g_assert_cmpstr (before, ==, after);
}

/* ---- All of them ---- */

static const char *const backend_names[] = { "store", "plugin", "transactions" };

static void
add_for_backends (const char *name, GTestDataFunc func, guint index, int first)
{
  for (int backend = first; backend < N_BACKENDS; backend++)
    {
      g_autofree char *path = g_strdup_printf ("/put/%s/%s", backend_names[backend], name);

      g_test_add_data_func (path, GSIZE_TO_POINTER ((gsize) backend * 1000 + index), func);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    add_for_backends (rows[i].name, test_row, i, 0);
  add_for_backends ("writing-needs-the-right", test_writing_needs_the_right, 0, 0);
  add_for_backends ("stricter-acl-deeper-down", test_stricter_acl_deeper_down, 0, 0);
  add_for_backends ("creator-gets-all-rights", test_creator_gets_all_rights, 0, 0);
  add_for_backends ("tnds", test_tnds, 0, 0);
  add_for_backends ("plugin-that-fails-in-the-middle", test_plugin_that_fails_in_the_middle, 0, SERVED_BY_PLUGIN);
  add_for_backends ("store-that-cannot-write", test_store_that_cannot_write, 0, 0);
  add_for_backends ("each-call-fails", test_each_call_fails, 0, SERVED_BY_PLUGIN);
  add_for_backends ("large-value", test_large_value, 0, 0);
  add_for_backends ("permanent-nodes-keep-their-values", test_permanent_nodes_keep_their_values, 0, 0);
  add_for_backends ("occurrence-is-that-of-the-result", test_occurrence_is_that_of_the_result, 0, 0);
  g_test_add_func ("/put/read-only-value-that-is-not-the-default", test_read_only_value_that_is_not_the_default);
  g_test_add_func ("/put/provisional", test_provisional);
  g_test_add_func ("/put/large-value-that-is-bad", test_large_value_that_is_bad);
  g_test_add_func ("/put/plugin-that-cannot-commit", test_plugin_that_cannot_commit);
  g_test_add_func ("/put/daemon-that-dies-in-each-call", test_daemon_that_dies_in_each_call);
  g_test_add_func ("/put/journal-that-cannot-write", test_journal_that_cannot_write);
  g_test_add_func ("/put/object-that-the-server-was-not-provisioned-for", test_object_that_the_server_was_not_provisioned_for);
  g_test_add_func ("/put/new-instances-take-no-name-that-there-is", test_new_instances_take_no_name_that_there_is);
  g_test_add_func ("/put/value-of-another-server", test_value_of_another_server);
  g_test_add_func ("/put/cancelled", test_cancelled);
  return g_test_run ();
}
