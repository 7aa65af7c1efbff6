/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tnds.h"
#include "executor-fixture.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Who tries; the root grants everything to SERVER and nothing to OTHER. */
#define SRV (&as_server)
#define OTH (&as_other)
#define DEV (&as_device)

#define ADD OMA_OPERATION_ADD
#define GET OMA_OPERATION_GET
#define REPLACE OMA_OPERATION_REPLACE
#define NODE_FORMAT OMA_FORMAT_NODE

#define DOC(nodes) "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>" nodes "</MgmtTree>"
#define NODE(name, rest) "<Node><NodeName>" name "</NodeName>" rest "</Node>"
#define AT(path, name, rest) NODE (name, "<Path>" path "</Path>" rest)
#define RT(content) "<RTProperties>" content "</RTProperties>"
#define FORMAT(format) RT ("<Format><" format "/></Format>")
#define LEAF(name, value) NODE (name, "<Value>" value "</Value>")
#define LONG16 "0123456789abcdef"
#define LONG256 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16 LONG16

/* A node and its value afterwards, %NULL when there must be none; "" for an interior one. */
typedef struct {
  const char *uri;
  const char *value;
} Check;

typedef struct {
  const char         *name;   /* the rule */
  OmaOperationType    type;
  const char         *uri;
  OmaStatus           status;
  const char         *text;
  Check               checks[6];
  const OmaPrincipal *who;    /* NULL: SERVER */
  const char         *acl_uri, *acl;   /* an ACL that is set before */
  const char         *mime;   /* NULL: that of TNDS in XML, "" none */
  gboolean            upsert;
} Row;

static const Row rows[] = {
  /* Add: dm-tree 8.3 */
  { "add/8.3-below-a-target-that-exists", ADD, "./T/List", OMA_STATUS_OK,
    DOC (NODE ("n", FORMAT ("node") LEAF ("Leaf", "v") NODE ("Sub", LEAF ("Deep", "w")))),
    { { "./T/List/n/Leaf", "v" }, { "./T/List/n/Sub/Deep", "w" }, { "./T/List/n/Auto", "d" }, { "./T/List/a/Leaf", "leaf" } } },
  { "add/8.3-the-target-itself", ADD, "./T/List/n", OMA_STATUS_OK, DOC (NODE ("n", LEAF ("Leaf", "v"))),
    { { "./T/List/n/Leaf", "v" }, { "./T/List/n/n", NULL } } },
  { "add/8.3-the-target-without-a-name", ADD, "./T/List/n", OMA_STATUS_OK, DOC ("<Node>" LEAF ("Leaf", "v") "</Node>"),
    { { "./T/List/n/Leaf", "v" } } },
  { "add/8.3-below-a-target-that-is-made", ADD, "./T/List/n", OMA_STATUS_OK, DOC (LEAF ("Leaf", "v")),
    { { "./T/List/n/Leaf", "v" } } },
  { "add/8.2-several-top-nodes", ADD, "./T/List", OMA_STATUS_OK, DOC (NODE ("n", "") NODE ("m", LEAF ("Leaf", "v"))),
    { { "./T/List/n/Auto", "d" }, { "./T/List/m/Leaf", "v" } } },
  { "add/8.2-flat-with-paths", ADD, "./T", OMA_STATUS_OK,
    DOC (AT ("List/n", "Leaf", "<Value>v</Value>") AT ("./List", "n", FORMAT ("node"))
         AT ("List/n/Sub", "Deep", "<Value>w</Value>")),
    { { "./T/List/n/Leaf", "v" }, { "./T/List/n/Sub/Deep", "w" } } },
  { "add/8.2-device-chooses-the-name", ADD, "./T/List", OMA_STATUS_OK,
    DOC ("<Node>" LEAF ("Leaf", "v") "</Node><Node>" LEAF ("Leaf", "w") "</Node>"),
    { { "./T/List/1/Leaf", "v" }, { "./T/List/2/Leaf", "w" } } },
  { "add/names-are-escaped", ADD, "./T/List", OMA_STATUS_OK, DOC (NODE ("x y", LEAF ("Leaf", "v"))),
    { { "./T/List/x%20y/Leaf", "v" } } },
  { "add/8.2-no-value-is-empty", ADD, "./T/List/n", OMA_STATUS_OK, DOC (NODE ("n", NODE ("Leaf", FORMAT ("chr")))),
    { { "./T/List/n/Leaf", "" } } },
  { "add/8.2-format-from-the-ddf", ADD, "./T/List/n", OMA_STATUS_OK, DOC (NODE ("n", LEAF ("Number", "5") NODE ("Null", ""))),
    { { "./T/List/n/Number", "5" } } },
  { "add/what-comes-along-gets-its-value", ADD, "./T/List", OMA_STATUS_OK, DOC (NODE ("n", LEAF ("Auto", "mine"))),
    { { "./T/List/n/Auto", "mine" } } },
  { "add/what-comes-along-with-the-way-gets-its-value", ADD, "./T", OMA_STATUS_OK,
    DOC (AT ("List/n", "Leaf", "<Value>v</Value>") AT ("List/n", "Auto", "<Value>mine</Value>")),
    { { "./T/List/n/Leaf", "v" }, { "./T/List/n/Auto", "mine" } } },
  { "add/the-way-brings-only-what-comes-along", ADD, "./T", OMA_STATUS_OK,
    DOC (AT ("List/n", "Auto", "<Value>mine</Value>") AT ("List/m/Sub", "Deep", "<Value>w</Value>")),
    { { "./T/List/n/Auto", "mine" }, { "./T/List/m/Auto", "d" }, { "./T/List/m/Sub/Deep", "w" } } },
  { "add/without-a-type", ADD, "./T/List", OMA_STATUS_OK, DOC (NODE ("n", "")), { { "./T/List/n/Auto", "d" } },
    .mime = "" },
  { "add/7.1-type-of-wbxml-on-xml", ADD, "./T/List", OMA_STATUS_OK, DOC (NODE ("n", "")),
    { { "./T/List/n/Auto", "d" } }, .mime = OMA_TNDS_TYPE_WBXML },
  { "add/4.4-acl-in-the-document", ADD, "./T/List", OMA_STATUS_OK,
    DOC (NODE ("n", RT ("<ACL>Get=*</ACL>") NODE ("Leaf", RT ("<ACL>Replace=x</ACL>") "<Value>v</Value>"))),
    { { "./T/List/n?prop=ACL", "Get=*" }, { "./T/List/n/Leaf?prop=ACL", "Replace=x" }, { "./T/List/n/Leaf", "v" } } },
  { "add/3-title-in-the-document", ADD, "./T/List", OMA_STATUS_OK, DOC (NODE ("n", RT ("<Title>My</Title>"))),
    { { "./T/List/n?prop=Title", "My" } } },
  { "add/4.5-creator-gets-rights", ADD, "./T/List", OMA_STATUS_OK, DOC (NODE ("n", RT ("<ACL/>") LEAF ("Leaf", "v"))),
    { { "./T/List/n/Leaf", "v" } }, .who = OTH, .acl_uri = "./T/List", .acl = "Add=" OTHER },

  /* What a plain Add would refuse */
  { "refused/7.1-exists", ADD, "./T/List", OMA_STATUS_ALREADY_EXISTS, DOC (NODE ("n", "") NODE ("a", "")) },
  { "refused/8.2-duplicates", ADD, "./T/List", OMA_STATUS_ALREADY_EXISTS, DOC (NODE ("n", "") NODE ("n", "")) },
  { "refused/8.2-duplicate-paths", ADD, "./T", OMA_STATUS_ALREADY_EXISTS,
    DOC (AT ("List", "n", "") AT ("./List", "n", "")) },
  { "refused/duplicate-of-what-comes-along", ADD, "./T/List", OMA_STATUS_ALREADY_EXISTS,
    DOC (NODE ("n", LEAF ("Auto", "1") LEAF ("Auto", "2"))) },
  { "refused/undescribed", ADD, "./T/List", OMA_STATUS_NOT_FOUND, DOC (NODE ("n", LEAF ("Colour", "v"))) },
  { "refused/undescribed-target", ADD, "./Nowhere", OMA_STATUS_NOT_FOUND, DOC (NODE ("n", "")) },
  { "refused/access-type", ADD, "./T/List", OMA_STATUS_NOT_ALLOWED, DOC (NODE ("n", NODE ("NoAdd", ""))) },
  { "refused/permanent", ADD, "./T", OMA_STATUS_NOT_ALLOWED, DOC (LEAF ("Hardware", "v")) },
  { "refused/acl", ADD, "./T/List", OMA_STATUS_PERMISSION_DENIED, DOC (NODE ("n", "")), .who = OTH },
  { "refused/acl-further-below", ADD, "./T/List", OMA_STATUS_PERMISSION_DENIED,
    DOC (NODE ("n", "") AT ("a", "Number", "<Value>1</Value>")), .acl_uri = "./T/List/a", .acl = "Get=" SERVER },
  { "refused/bad-value", ADD, "./T/List", OMA_STATUS_UNSUPPORTED_FORMAT,
    DOC (NODE ("n", LEAF ("Leaf", "v") NODE ("Number", FORMAT ("bool") "<Value>true</Value>"))) },
  { "refused/leaf-as-interior", ADD, "./T/List", OMA_STATUS_UNSUPPORTED_FORMAT, DOC (NODE ("n", NODE ("Leaf", FORMAT ("node")))) },
  { "refused/interior-as-leaf", ADD, "./T/List", OMA_STATUS_UNSUPPORTED_FORMAT, DOC (NODE ("n", FORMAT ("chr") "<Value>v</Value>")) },
  { "refused/value-of-an-interior-node", ADD, "./T/List", OMA_STATUS_NOT_ALLOWED, DOC (NODE ("n", FORMAT ("node") "<Value>v</Value>")) },
  { "refused/children-of-a-leaf", ADD, "./T/List", OMA_STATUS_NOT_ALLOWED, DOC (NODE ("n", NODE ("Leaf", LEAF ("x", "v")))) },
  { "refused/9.1-occurrence", ADD, "./T/Few", OMA_STATUS_NOT_ALLOWED, DOC (LEAF ("8", "v") LEAF ("9", "v")) },
  { "refused/name-with-a-slash", ADD, "./T/List", OMA_STATUS_BAD_REQUEST, DOC (NODE ("x/y", "")) },
  { "refused/path-with-dots", ADD, "./T/List", OMA_STATUS_BAD_REQUEST, DOC (AT ("../List", "n", "")) },
  { "refused/path-with-a-query", ADD, "./T", OMA_STATUS_BAD_REQUEST, DOC (AT ("List?prop=ACL", "n", "")) },
  { "refused/name-too-long", ADD, "./T/List", OMA_STATUS_URI_TOO_LONG, DOC (NODE (LONG256, "")) },
  { "refused/name-needed", ADD, "./T/List", OMA_STATUS_NOT_ALLOWED, DOC (NODE ("n", "<Node><Value>v</Value></Node>")) },
  { "refused/4.1-acl", ADD, "./T/List", OMA_STATUS_COMMAND_FAILED, DOC (NODE ("n", RT ("<ACL>Get=</ACL>"))) },
  { "refused/4.4-acl-of-a-leaf", ADD, "./T/List/a", OMA_STATUS_PERMISSION_DENIED,
    DOC (NODE ("Number", RT ("<ACL>Get=*</ACL>") "<Value>1</Value>")), .who = OTH, .acl_uri = "./T/List/a", .acl = "Add=" OTHER },
  { "refused/3-title-too-long", ADD, "./T/List", OMA_STATUS_ENTITY_TOO_LARGE, DOC (NODE ("n", RT ("<Title>" LONG256 "</Title>"))) },
  { "refused/malformed", ADD, "./T/List", OMA_STATUS_BAD_REQUEST, "<MgmtTree><Node>" },
  { "refused/entity", ADD, "./T/List", OMA_STATUS_BAD_REQUEST, "<!DOCTYPE MgmtTree [<!ENTITY a 'b'>]>" DOC (NODE ("n", "")) },
  { "refused/neither-form", ADD, "./T/List", OMA_STATUS_UNSUPPORTED_FORMAT, "not a document" },
  { "refused/no-data", ADD, "./T/List", OMA_STATUS_INCOMPLETE_COMMAND },
  { "refused/other-type", ADD, "./T/List/n", OMA_STATUS_UNSUPPORTED_FORMAT, DOC (NODE ("n", "")),
    .mime = "application/vnd.syncml.dmddf+xml" },
  { "refused/to-a-leaf", ADD, "./T/RW", OMA_STATUS_ALREADY_EXISTS, DOC (NODE ("RW", "")) },
  { "refused/property", ADD, "./T/List?prop=Name", OMA_STATUS_NOT_ALLOWED, DOC (NODE ("n", "")) },

  /* Replace: dm-tree 8.3 */
  { "replace/8.3-deletes-changes-and-adds", REPLACE, "./T/List/a", OMA_STATUS_OK,
    DOC (NODE ("a", LEAF ("Leaf", "new") LEAF ("Number", "5"))),
    { { "./T/List/a/Leaf", "new" }, { "./T/List/a/Number", "5" }, { "./T/List/a/Sub/Deep", NULL },
      { "./T/List/a/Locked", NULL }, { "./T/List/a/Auto", "d" }, { "./T/List/b%20c/Auto", "d" } } },
  { "replace/8.3-children-of-the-target", REPLACE, "./T/List/a", OMA_STATUS_OK, DOC (LEAF ("Leaf", "new")),
    { { "./T/List/a/Leaf", "new" }, { "./T/List/a/Sub", NULL } } },
  { "replace/8.3-in-interior-nodes-too", REPLACE, "./T/List/a", OMA_STATUS_OK, DOC ("<Node>" NODE ("Sub", FORMAT ("node")) "</Node>"),
    { { "./T/List/a/Leaf", NULL }, { "./T/List/a/Sub", "" }, { "./T/List/a/Sub/Deep", NULL } } },
  { "replace/8.2-path-keeps-what-it-leads-over", REPLACE, "./T/List/a", OMA_STATUS_OK,
    DOC (AT ("Sub", "Deep", "<Value>w</Value>")),
    { { "./T/List/a/Leaf", NULL }, { "./T/List/a/Sub/Deep", "w" } } },
  { "replace/11.8-whole-uri-as-path", REPLACE, "./T/List/a", OMA_STATUS_OK, DOC (AT ("./T/List", "a", LEAF ("Leaf", "new"))),
    { { "./T/List/a/Leaf", "new" }, { "./T/List/a/Sub", NULL } } },
  { "replace/acl-stays", REPLACE, "./T/List/a", OMA_STATUS_OK, DOC (NODE ("a", "")),
    { { "./T/List/a?prop=ACL", "Delete=" SERVER "&Get=*&Replace=" SERVER } },
    .acl_uri = "./T/List/a", .acl = "Delete=" SERVER "&Get=*&Replace=" SERVER },
  { "replace/acl-is-replaced", REPLACE, "./T/List/a", OMA_STATUS_OK, DOC (NODE ("a", RT ("<ACL/>"))),
    { { "./T/List/a?prop=ACL", "" } }, .acl_uri = "./T/List/a", .acl = "Delete=" SERVER "&Get=*&Replace=" SERVER },
  { "replace/upsert", REPLACE, "./T/List/n", OMA_STATUS_OK, DOC (NODE ("n", LEAF ("Leaf", "v"))),
    { { "./T/List/n/Leaf", "v" } }, .upsert = TRUE },
  { "replace/7.1-missing", REPLACE, "./T/List/n", OMA_STATUS_NOT_FOUND, DOC (NODE ("n", "")) },
  { "replace/access-type", REPLACE, "./T/List", OMA_STATUS_NOT_ALLOWED, DOC (NODE ("List", "")) },
  { "replace/acl", REPLACE, "./T/List/a", OMA_STATUS_PERMISSION_DENIED, DOC (NODE ("a", "")), .who = OTH },
  { "replace/acl-of-what-changes", REPLACE, "./T/List/a", OMA_STATUS_PERMISSION_DENIED,
    DOC (NODE ("a", LEAF ("Leaf", "new"))), .acl_uri = "./T/List/a/Leaf", .acl = "Delete=" SERVER },
  { "replace/acl-of-what-goes", REPLACE, "./T/List/a", OMA_STATUS_PERMISSION_DENIED,
    DOC (NODE ("a", LEAF ("Leaf", "new"))), .acl_uri = "./T/List/a/Sub", .acl = "Get=" SERVER },
  { "replace/bad-value-at-the-end", REPLACE, "./T/List/a", OMA_STATUS_UNSUPPORTED_FORMAT,
    DOC (NODE ("a", LEAF ("Leaf", "new") NODE ("Number", FORMAT ("bool") "<Value>true</Value>"))) },
};

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
dump (Fixture *fixture)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, DEV);
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

static void
check_node (Fixture *fixture, const Check *check)
{
  g_autoptr(OmaWork) look = oma_work_new (fixture->executor, DEV);
  g_auto(OmaOperation) get = { .type = GET, .uri = check->uri };

  run (look, &get);
  g_assert_cmpint (get.status, ==, check->value != NULL ? OMA_STATUS_OK : OMA_STATUS_NOT_FOUND);
  if (check->value != NULL && oma_value_get_format (get.result) != NODE_FORMAT)
    g_assert_cmpstr (oma_value_get_text (get.result), ==, check->value);
}

typedef struct {
  const Row *row;
  Backend    backend;
  gboolean   atomic;
} Case;

static void
test_row (gconstpointer data)
{
  const Case *c = data;
  const Row *row = c->row;
  g_autoptr(Fixture) fixture = fixture_new (c->backend);
  g_auto(OmaOperation) operation = {
    .type = row->type, .uri = row->uri, .format = OMA_FORMAT_XML, .data = row->text,
    .mime_type = row->mime == NULL ? OMA_TNDS_TYPE_XML : *row->mime != '\0' ? row->mime : NULL,
    .length = row->text != NULL ? strlen (row->text) : 0,
  };
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr(GError) error = NULL;

  if (row->acl != NULL)
    {
      g_autofree char *uri = g_strconcat (row->acl_uri, "?prop=ACL", NULL);
      prepare (fixture, REPLACE, uri, OMA_FORMAT_NONE, row->acl);
    }
  before = dump (fixture);

  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, row->who != NULL ? row->who : SRV);
  oma_work_set_atomic (work, c->atomic);
  oma_work_set_upsert (work, row->upsert);
  run (work, &operation);
  if (operation.status != row->status)
    g_test_message ("%s", operation.error != NULL ? operation.error->message : "");
  g_assert_cmpint (operation.status, ==, row->status);
  if (c->atomic && !oma_status_is_success (row->status))
    g_assert_true (roll_back (work, NULL));
  else
    commit (work, &error);
  g_assert_no_error (error);
  after = dump (fixture);
  if (!oma_status_is_success (row->status))
    g_assert_cmpstr (after, ==, before);
  else
    g_assert_cmpstr (after, !=, before);
  for (gsize i = 0; i < G_N_ELEMENTS (row->checks) && row->checks[i].uri != NULL; i++)
    check_node (fixture, &row->checks[i]);
}

static void
write_document (OmaOperation *operation, OmaOperationType type, const char *uri, const char *text)
{
  *operation = (OmaOperation) {
    .type = type, .uri = uri, .mime_type = OMA_TNDS_TYPE_XML, .format = OMA_FORMAT_XML, .data = text,
    .length = strlen (text),
  };
}

/* A rule that is broken at the end keeps a plugin from being asked for anything. */
static void
test_plugin_sees_nothing_of_what_breaks_a_rule (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  guint begun = fixture->plugin->n_begun;
  g_auto(OmaOperation) add = { 0 };

  write_document (&add, ADD, "./T/List", DOC (NODE ("n", LEAF ("Leaf", "v") LEAF ("Colour", "v"))));
  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpuint (fixture->plugin->n_begun, ==, begun);
}

/* Representation protocol, Add and Replace: a plugin that fails in the middle leaves nothing. */
static void
test_failure_of_a_plugin_undoes_the_rest (gconstpointer data)
{
  static const struct {
    OmaOperationType type;
    const char      *uri, *text, *failing;
  } tries[] = {
    { ADD, "./T/List", DOC (NODE ("n", LEAF ("Leaf", "v") LEAF ("Number", "1"))), "List/n/Number" },
    { REPLACE, "./T/List/a", DOC (NODE ("a", LEAF ("Leaf", "v") LEAF ("Number", "1"))), "List/a/Number" },
    { REPLACE, "./T/List/a", DOC (NODE ("a", LEAF ("Leaf", "v") LEAF ("Number", "1"))), "List/a/Sub" },
  };

  for (int atomic = 0; atomic < 2; atomic++)
    for (gsize i = 0; i < G_N_ELEMENTS (tries); i++)
      {
        g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
        g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
        g_autofree char *before = dump (fixture), *after = NULL;
        g_auto(OmaOperation) operation = { 0 };

        oma_work_set_atomic (work, atomic);
        fixture->plugin->failing = tries[i].failing;
        write_document (&operation, tries[i].type, tries[i].uri, tries[i].text);
        g_assert_cmpint (run (work, &operation), ==, OMA_STATUS_FORBIDDEN);
        g_assert_true (roll_back (work, NULL));
        after = dump (fixture);
        g_assert_cmpstr (after, ==, before);
      }
}

static void
test_later_commands_see_the_document (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) add = { 0 }, replace = { 0 };
  g_autoptr(GError) error = NULL;

  oma_work_set_atomic (work, TRUE);
  write_document (&add, ADD, "./T/List", DOC (NODE ("n", LEAF ("Leaf", "v") NODE ("Sub", ""))));
  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Sub/Deep", "deep"), ==, OMA_STATUS_OK);
  write_document (&replace, REPLACE, "./T/List/n", DOC (NODE ("n", NODE ("Sub", LEAF ("Deep", "deeper")))));
  g_assert_cmpint (run (work, &replace), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, &error));
  g_assert_no_error (error);
  check_node (fixture, &(Check) { "./T/List/n/Sub/Deep", "deeper" });
  check_node (fixture, &(Check) { "./T/List/n/Leaf", NULL });
}

/* Tree and Description 1.2, formats: bin is base64 as text, octets in WBXML. */
static void
test_binary_values_are_decoded (gconstpointer data)
{
  static const char *const texts[] = {
    DOC (NODE ("Bin", FORMAT ("bin") "<Value>AAH/</Value>")), DOC (NODE ("Bin", FORMAT ("b64") "<Value>AAH/</Value>")),
    DOC (LEAF ("Bin", "AAH/")),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts) + 1; i++)
    {
      g_autoptr(OmaTnds) tnds = oma_tnds_new ();
      OmaTndsNode *node = oma_tnds_add_node (tnds, -1, "Bin");
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
      g_autoptr(OmaWork) work = oma_work_new (fixture->executor, DEV);
      g_auto(OmaOperation) replace = { 0 }, get = { .type = GET, .uri = "./T/Bin" };

      node->data = g_memdup2 ("\0\x01\xff", 4);
      node->size = 3;
      node->is_octets = TRUE;
      node->format = OMA_FORMAT_BIN;
      bytes = oma_tnds_write (tnds, OMA_ENCODING_WBXML);
      write_document (&replace, REPLACE, "./T", i < G_N_ELEMENTS (texts) ? texts[i] : "");
      if (i == G_N_ELEMENTS (texts))
        replace.data = g_bytes_get_data (bytes, &replace.length);
      g_assert_cmpint (run (work, &replace), ==, OMA_STATUS_OK);
      g_assert_cmpint (run (work, &get), ==, OMA_STATUS_OK);
      g_assert_cmpmem (oma_value_get_data (get.result, NULL), oma_value_get_size (get.result), "\0\x01\xff", 3);
    }
}

static void
test_plugin_gets_no_more_than_it_can_take (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_autoptr(GString) text = g_string_new ("<MgmtTree>");
  g_auto(OmaOperation) add = { 0 };

  for (guint i = 0; i < 2001; i++)
    g_string_append_printf (text, "<Node><NodeName>n%u</NodeName></Node>", i);
  g_string_append (text, "</MgmtTree>");
  write_document (&add, ADD, "./T/List", text->str);
  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_ENTITY_TOO_LARGE);
}

/* As many as it may get: what waits for a plugin is not all done again for each answer, which would take longer than a
 * test may. */
static void
test_plugin_gets_many_in_no_long_time (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_autoptr(GString) text = g_string_new ("<MgmtTree>");
  g_auto(OmaOperation) add = { 0 };

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "<Node><NodeName>n%u</NodeName>" LEAF ("Leaf", "v") "</Node>", i);
  g_string_append (text, "</MgmtTree>");
  write_document (&add, ADD, "./T/List", text->str);
  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_OK);
}

/* ---- Get with "?list=TNDS" (dm-tree 8.1) ---- */

static const char *
read_text (OmaWork *work, OmaOperation *get, const char *uri)
{
  *get = (OmaOperation) { .type = GET, .uri = uri };
  g_assert_cmpint (run (work, get), ==, OMA_STATUS_OK);
  g_assert_null (get->nodes);
  g_assert_cmpint (oma_value_get_format (get->result), ==, OMA_FORMAT_XML);
  g_assert_cmpstr (oma_value_get_type_name (get->result), ==, OMA_TNDS_TYPE_XML);
  return oma_value_get_text (get->result);
}

static void
test_list_gives_one_document (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) leaf = { 0 }, named = { 0 }, item = { 0 };

  prepare (fixture, REPLACE, "./T/Int?prop=ACL", OMA_FORMAT_NONE, "Get=*&Replace=" SERVER);
  prepare (fixture, REPLACE, "./T/Int?prop=Title", OMA_FORMAT_NONE, "Number");
  g_assert_cmpstr (read_text (work, &leaf, "./T/Int?list=TNDS-TStamp-VerNo"), ==,
                   "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>"
                   "<Node><NodeName>Int</NodeName><Path>./T</Path><RTProperties><ACL>Get=*&amp;Replace=" SERVER "</ACL>"
                   "<Format><int/></Format><Title>Number</Title><Type><MIME>text/plain</MIME></Type></RTProperties>"
                   "<Value>7</Value></Node></MgmtTree>");
  g_assert_cmpstr (read_text (work, &named, "./T/Int?list=TNDS+Value"), ==,
                   "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>Int</NodeName>"
                   "<Path>./T</Path><RTProperties/><Value>7</Value></Node></MgmtTree>");
  g_assert_cmpstr (read_text (work, &item, "./T/List/b%20c?list=TNDS+Format+Type"), ==,
                   "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>b c</NodeName>"
                   "<Path>./T/List</Path><RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties>"
                   "<Node><NodeName>Auto</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME>"
                   "</Type></RTProperties></Node></Node></MgmtTree>");
}

/* What cannot be read is left out silently, secrets most of all. */
static void
test_list_leaves_out_what_cannot_be_read (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);

  prepare (fixture, REPLACE, "./T/List/a/Sub?prop=ACL", OMA_FORMAT_NONE, "Get=" OTHER);
  for (int can_read = 0; can_read < 2; can_read++)
    {
      g_auto(OmaOperation) get = { 0 };
      const char *text;

      if (fixture->plugin != NULL)
        fixture->plugin->can_read = can_read;
      text = read_text (work, &get, "./T?list=TNDS");
      g_assert_nonnull (strstr (text, "<Value>leaf</Value>"));
      g_assert_nonnull (strstr (text, "<NodeName>b c</NodeName>"));
      g_assert_null (strstr (text, "Secret"));
      g_assert_null (strstr (text, "hush"));
      g_assert_null (strstr (text, "deep"));
      g_assert_null (strstr (text, "Sub"));
    }
}

static void
test_list_can_be_wbxml (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) get = { .type = GET, .uri = "./T/List?list=TNDS", .document_encoding = OMA_ENCODING_WBXML };
  g_autoptr(OmaTnds) tnds = NULL;

  g_assert_cmpint (run (work, &get), ==, OMA_STATUS_OK);
  g_assert_cmpint (oma_value_get_format (get.result), ==, OMA_FORMAT_BIN);
  g_assert_cmpstr (oma_value_get_type_name (get.result), ==, OMA_TNDS_TYPE_WBXML);
  tnds = oma_tnds_read (oma_value_get_data (get.result, NULL), oma_value_get_size (get.result), NULL);
  g_assert_nonnull (tnds);
  g_assert_cmpstr (((OmaTndsNode *) tnds->nodes->pdata[0])->name, ==, "List");
}

#define LARGE (256 * 1024 * 1024)   /* octets of a value in a file */

static long
get_peak_kib (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);
  return usage.ru_maxrss;
}

/* A large value is not brought into memory to find that it is too large for a document. */
static void
test_list_refuses_large_values_unread (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) get = { .type = GET, .uri = "./T/List?list=TNDS" };
  g_auto(OmaOperation) bare = { .type = GET, .uri = "./T/List?list=TNDS-Value" };
  int fd = memfd_create ("large", MFD_CLOEXEC);
  long before = get_peak_kib ();
  OmaValue *value;

  g_assert_cmpint (ftruncate (fd, LARGE), ==, 0);
  value = oma_value_new_fd (OMA_FORMAT_CHR, NULL, fd, NULL);
  g_assert_nonnull (value);
  g_hash_table_insert (fixture->plugin->nodes, g_strdup ("List/a/Leaf"), value);
  g_assert_cmpint (run (work, &get), ==, OMA_STATUS_ENTITY_TOO_LARGE);
  g_assert_cmpint (run (work, &bare), ==, OMA_STATUS_OK);
  g_assert_cmpint (get_peak_kib () - before, <, LARGE / 1024 / 2);
}

/* What a Get gives a Replace takes, and it changes nothing. */
static void
test_document_of_a_get_can_be_put_back (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) get = { 0 }, replace = { 0 };
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr(GError) error = NULL;

  prepare (fixture, REPLACE, "./T/List/a?prop=ACL", OMA_FORMAT_NONE, "Delete=*&Get=*&Replace=*&Add=*");
  prepare (fixture, REPLACE, "./T/List/a/Leaf", OMA_FORMAT_NONE, "<&\x01\r\n");
  prepare (fixture, OMA_OPERATION_DELETE, "./T/List/a/Locked", OMA_FORMAT_NONE, NULL);
  before = dump (fixture);
  write_document (&replace, REPLACE, "./T/List/a", read_text (work, &get, "./T/List/a?list=TNDS"));
  g_assert_cmpint (run (work, &replace), ==, OMA_STATUS_OK);
  commit (work, &error);
  g_assert_no_error (error);
  after = dump (fixture);
  g_assert_cmpstr (before, ==, after);
}

/* ---- Inbox (dm-tree 8.4) ---- */

#define MOID "urn:example:mo:thing:1.0"
#define THING(name, rest) NODE (name, RT ("<Format><node/></Format><Type><DDFName>" MOID "</DDFName></Type>") rest)

static OmaSchemaNode *
describe (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access, gboolean permanent)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);

  node->access = access;
  node->min_occurrence = permanent;
  node->max_occurrence = name != NULL ? 1 : OMA_OCCURRENCE_UNBOUNDED;
  node->permanent = permanent;
  if (parent != NULL)
    g_assert_true (oma_schema_node_add_child (parent, node, NULL));
  return node;
}

static void
mount (Fixture *fixture, OmaSchemaNode *top, const char *path, OmaMountFlags flags)
{
  g_autoptr(OmaSchema) schema = oma_schema_new ("inbox-test.ddf.xml");
  g_autoptr(GError) error = NULL;

  oma_schema_add_root (schema, path, top);
  oma_tree_mount (fixture->tree, schema, NULL, NULL, flags, &error);
  g_assert_no_error (error);
}

/* With things below ./Vendor/Things and one at most at ./Single. */
static void
mount_inbox (Fixture *fixture)
{
  const guint all = OMA_ACCESS_ADD | OMA_ACCESS_DELETE | OMA_ACCESS_GET | OMA_ACCESS_REPLACE;
  OmaSchemaNode *things = describe (NULL, "Things", OMA_FORMAT_NODE, OMA_ACCESS_GET, TRUE);
  OmaSchemaNode *thing = describe (things, NULL, OMA_FORMAT_NODE, all, FALSE);
  OmaSchemaNode *single = describe (NULL, "Single", OMA_FORMAT_NODE, all, FALSE);

  thing->ddf_name = g_strdup (MOID);
  describe (thing, "Ref", OMA_FORMAT_CHR, all, FALSE);
  describe (thing, "Data", OMA_FORMAT_CHR, all, FALSE);
  describe (things, "Fixed", OMA_FORMAT_NODE, all, TRUE)->ddf_name = g_strdup ("urn:example:mo:fixed:1.0");
  single->ddf_name = g_strdup ("urn:example:mo:single:1.0");
  mount (fixture, describe (NULL, "Inbox", OMA_FORMAT_NODE, OMA_ACCESS_ADD, TRUE), ".", OMA_MOUNT_RESERVED);
  mount (fixture, things, "./Vendor", OMA_MOUNT_DEFAULT);
  mount (fixture, single, ".", OMA_MOUNT_DEFAULT);
}

static const Row inbox_rows[] = {
  { "place-by-type", ADD, "./Inbox", OMA_STATUS_OK, DOC (THING ("x", LEAF ("Data", "v"))),
    { { "./Vendor/Things/x/Data", "v" } } },
  { "name-is-chosen", ADD, "./Inbox", OMA_STATUS_OK, DOC (THING ("", LEAF ("Data", "v")) THING ("", LEAF ("Data", "w"))),
    { { "./Vendor/Things/1/Data", "v" }, { "./Vendor/Things/2/Data", "w" } } },
  { "name-from-the-target", ADD, "./Inbox/mine", OMA_STATUS_OK, DOC (THING ("", LEAF ("Data", "v"))),
    { { "./Vendor/Things/mine/Data", "v" } } },
  { "renamed-on-a-clash", ADD, "./Inbox", OMA_STATUS_OK,
    DOC (THING ("x", LEAF ("Data", "v")) THING ("x", LEAF ("Data", "w")) THING ("Fixed", LEAF ("Data", "z"))),
    { { "./Vendor/Things/x/Data", "v" }, { "./Vendor/Things/x-2/Data", "w" }, { "./Vendor/Things/Fixed-2/Data", "z" } } },
  { "references-are-rewritten", ADD, "./Inbox", OMA_STATUS_OK,
    DOC (THING ("Fixed", LEAF ("Data", "v") LEAF ("Ref", "./Inbox/Fixed/Data"))
         THING ("y", LEAF ("Data", "./Inbox/other/Data") LEAF ("Ref", "./Inbox/Fixed"))),
    { { "./Vendor/Things/Fixed-2/Ref", "./Vendor/Things/Fixed-2/Data" }, { "./Vendor/Things/y/Ref", "./Vendor/Things/Fixed-2" },
      { "./Vendor/Things/y/Data", "./Inbox/other/Data" } } },
  { "flat", ADD, "./Inbox", OMA_STATUS_OK, DOC (THING ("Fixed", "") AT ("Fixed", "Data", "<Value>v</Value>")),
    { { "./Vendor/Things/Fixed-2/Data", "v" } } },
  { "path-to-nowhere", ADD, "./Inbox", OMA_STATUS_NOT_FOUND, DOC (THING ("x", "") AT ("y", "Data", "<Value>v</Value>")) },
  { "named-place", ADD, "./Inbox", OMA_STATUS_OK, DOC (NODE ("x", RT ("<Type><DDFName>urn:example:mo:single:1.0</DDFName></Type>"))),
    { { "./Single", "" } } },
  { "no-place", ADD, "./Inbox", OMA_STATUS_UNSUPPORTED_FORMAT, DOC (NODE ("x", RT ("<Type><DDFName>urn:none</DDFName></Type>"))) },
  { "no-place-among-permanent-nodes", ADD, "./Inbox", OMA_STATUS_UNSUPPORTED_FORMAT,
    DOC (NODE ("x", RT ("<Type><DDFName>urn:example:mo:fixed:1.0</DDFName></Type>"))) },
  { "no-type", ADD, "./Inbox", OMA_STATUS_UNSUPPORTED_FORMAT, DOC (THING ("x", "") NODE ("y", "")) },
  { "no-right-on-the-inbox", ADD, "./Inbox", OMA_STATUS_PERMISSION_DENIED, DOC (THING ("x", "")),
    .acl_uri = "./Inbox", .acl = "Add=" OTHER },
  { "no-right-on-the-place", ADD, "./Inbox", OMA_STATUS_PERMISSION_DENIED, DOC (THING ("x", "")),
    .acl_uri = "./Vendor/Things", .acl = "Add=" OTHER },
  { "replace", REPLACE, "./Inbox", OMA_STATUS_NOT_ALLOWED, DOC (THING ("x", "")) },
  { "plain-add", ADD, "./Inbox/x", OMA_STATUS_NOT_FOUND, "value", .mime = "" },
  { "get", GET, "./Inbox", OMA_STATUS_NOT_ALLOWED },
  { "get-below", GET, "./Inbox/x", OMA_STATUS_NOT_ALLOWED },
  { "get-list", GET, "./Inbox?list=TNDS", OMA_STATUS_NOT_ALLOWED },
  { "delete", OMA_OPERATION_DELETE, "./Inbox", OMA_STATUS_NOT_ALLOWED },
};

static void
test_inbox_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr(Fixture) fixture = fixture_new_with (SERVED_BY_STORE, mount_inbox);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) operation = { 0 };
  g_autoptr(GError) error = NULL;
  guint before = oma_tree_count_nodes (fixture->tree);

  if (row->acl != NULL)
    {
      g_autofree char *uri = g_strconcat (row->acl_uri, "?prop=ACL", NULL);
      prepare (fixture, REPLACE, uri, OMA_FORMAT_NONE, row->acl);
    }
  write_document (&operation, row->type, row->uri, row->text != NULL ? row->text : "");
  if (row->mime != NULL)
    operation.mime_type = NULL;
  run (work, &operation);
  if (operation.status != row->status)
    g_test_message ("%s", operation.error != NULL ? operation.error->message : "");
  g_assert_cmpint (operation.status, ==, row->status);
  commit (work, &error);
  g_assert_no_error (error);
  if (!oma_status_is_success (row->status))
    g_assert_cmpuint (oma_tree_count_nodes (fixture->tree), ==, before);
  for (gsize i = 0; i < G_N_ELEMENTS (row->checks) && row->checks[i].uri != NULL; i++)
    check_node (fixture, &row->checks[i]);
}

#define MANY 10000      /* nodes: as many as a document can have */

/* As many nodes as there can be take a time that grows with their number, not with its square: that would be longer than
 * a test may take. */
static void
test_large_documents_take_no_long_time (void)
{
  static const struct {
    const char *uri, *first, *next;   /* @next is a format for a number */
    guint       n;
  } documents[] = {
    { "./T/List", "", "<Node><NodeName/><Title>%u</Title></Node>", MANY },
    { "./Inbox", "", THING ("", "<Title>%u</Title>"), MANY },
    { "./Inbox", "", THING ("x", "<Title>%u</Title>"), MANY },
    { "./Inbox", THING ("x", ""), AT ("x", "y%u", ""), MANY - 1 },
    { "./Inbox", THING ("x", ""), THING ("x", LEAF ("Ref", "./Inbox/y%u")), MANY / 2 - 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr(Fixture) fixture = fixture_new_with (SERVED_BY_STORE, mount_inbox);
      g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
      g_autoptr(GString) text = g_string_new ("<MgmtTree>");
      g_auto(OmaOperation) add = { 0 };

      g_string_append (text, documents[i].first);
      for (guint j = 0; j < documents[i].n; j++)
        {
          g_auto(GStrv) parts = g_strsplit (documents[i].next, "%u", 2);

          g_string_append_printf (text, "%s%u%s", parts[0], j, parts[1]);
        }
      g_string_append (text, "</MgmtTree>");
      write_document (&add, ADD, documents[i].uri, text->str);
      /* Below an object there are no such nodes. */
      g_assert_cmpint (run (work, &add), ==, i == 3 ? OMA_STATUS_NOT_FOUND : OMA_STATUS_OK);
    }
}

/* A long name is in the URI of all that is below: they must not all be made. */
static void
test_long_names_are_refused_before_they_add_up (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_autofree char *name = g_strnfill (4 * 1024 * 1024, 'n');
  g_autoptr(GString) text = g_string_new ("<MgmtTree><Node><NodeName>");
  g_auto(OmaOperation) add = { 0 };

  g_string_append_printf (text, "%s</NodeName>", name);
  for (guint i = 1; i < MANY; i++)
    g_string_append (text, "<Node><NodeName>x</NodeName></Node>");
  g_string_append (text, "</Node></MgmtTree>");
  write_document (&add, ADD, "./T/List", text->str);
  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_URI_TOO_LONG);
}

/* ---- DM 1.3: "./?moid=" (our reading) ---- */

static void
test_objects_are_found_by_identifier (gconstpointer data)
{
  static const struct {
    const char *uri;
    OmaStatus   status;
    const char *found;
  } queries[] = {
    { "./?moid=urn:example:mo:list:1.0", OMA_STATUS_OK, "./T/List" },
    { "./?moid=urn:example:mo:thing:1.0", OMA_STATUS_OK, "./T/List/t1\r\n./T/List/t2" },
    { "./?moid=urn%3aexample:mo:thing:1.0&Leaf=x%20y", OMA_STATUS_OK, "./T/List/t2" },
    { "./?moid=urn:example:mo:thing:1.0&Leaf=v&Auto=d", OMA_STATUS_OK, "./T/List/t1" },
    { "./?moid=urn:example:mo:thing:1.0&Leaf=none", OMA_STATUS_OK, "" },
    { "./?moid=urn:example:mo:thing:1.0&Sub=v", OMA_STATUS_OK, "" },
    { "./?moid=urn:example:mo:thing:1.0&Leaf", OMA_STATUS_OK, "" },
    { "./?moid=urn:example:mo:list:1.0&a/Leaf=leaf", OMA_STATUS_OK, "./T/List" },
    { "./?moid=urn:none", OMA_STATUS_OK, "" },
    { "./?moid=", OMA_STATUS_BAD_REQUEST, NULL },
    { "./?mo=x", OMA_STATUS_BAD_REQUEST, NULL },
  };
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV), old = oma_work_new (fixture->executor, SRV);
  g_autoptr(OmaWork) other = oma_work_new (fixture->executor, OTH);
  g_auto(OmaOperation) add = { 0 }, in_1_2 = { .type = GET, .uri = queries[0].uri };
  g_auto(OmaOperation) denied = { .type = GET, .uri = queries[0].uri };
  g_auto(OmaOperation) removal = { .type = OMA_OPERATION_DELETE, .uri = queries[0].uri };

#define TYPED(name, rest) NODE (name, RT ("<Type><DDFName>urn:example:mo:thing:1.0</DDFName></Type>") rest)
  write_document (&add, ADD, "./T/List", DOC (TYPED ("t1", LEAF ("Leaf", "v")) TYPED ("t2", LEAF ("Leaf", "x y"))));
  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_OK);
  commit (work, NULL);
  oma_work_set_finds_by_moid (work, TRUE);
  oma_work_set_finds_by_moid (other, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_auto(OmaOperation) get = { .type = GET, .uri = queries[i].uri };

      /* Of a plugin's node the DDF tells the type. */
      if (fixture->plugin != NULL && strstr (get.uri, "thing") != NULL)
        continue;
      g_assert_cmpint (run (work, &get), ==, queries[i].status);
      if (queries[i].found != NULL)
        g_assert_cmpstr (oma_value_get_text (get.result), ==, queries[i].found);
    }
  g_assert_cmpint (run (old, &in_1_2), ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (run (work, &removal), ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (run (other, &denied), ==, OMA_STATUS_OK);
  g_assert_cmpstr (oma_value_get_text (denied.result), ==, "");
}

static const char *const backend_names[] = { "store", "plugin", "transactions" };

static void
add_for_each_backend (const char *path, int first, GTestDataFunc func)
{
  for (int backend = first; backend < N_BACKENDS; backend++)
    {
      g_autofree char *full = g_strdup_printf ("/document/%s/%s", backend_names[backend], path);
      g_test_add_data_func (full, GINT_TO_POINTER (backend), func);
    }
}

static void
add_row (const Row *row, Backend backend, gboolean atomic)
{
  g_autofree char *path = g_strdup_printf ("/document/%s%s/%s", backend_names[backend], atomic ? "-atomic" : "", row->name);
  Case *c = g_new (Case, 1);

  *c = (Case) { row, backend, atomic };
  g_test_add_data_func_full (path, c, test_row, g_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (int backend = 0; backend < N_BACKENDS; backend++)
      {
        add_row (&rows[i], backend, FALSE);
        add_row (&rows[i], backend, TRUE);
      }
  add_for_each_backend ("plugin-sees-nothing-of-what-breaks-a-rule", SERVED_BY_PLUGIN,
                        test_plugin_sees_nothing_of_what_breaks_a_rule);
  add_for_each_backend ("failure-of-a-plugin-undoes-the-rest", SERVED_BY_PLUGIN,
                        test_failure_of_a_plugin_undoes_the_rest);
  add_for_each_backend ("later-commands-see-the-document", SERVED_BY_STORE, test_later_commands_see_the_document);
  add_for_each_backend ("binary-values-are-decoded", SERVED_BY_STORE, test_binary_values_are_decoded);
  for (guint i = 0; i < G_N_ELEMENTS (inbox_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/document/inbox/", inbox_rows[i].name, NULL);
      g_test_add_data_func (path, &inbox_rows[i], test_inbox_row);
    }
  add_for_each_backend ("list/one-document", SERVED_BY_STORE, test_list_gives_one_document);
  add_for_each_backend ("list/leaves-out-what-cannot-be-read", SERVED_BY_STORE,
                        test_list_leaves_out_what_cannot_be_read);
  add_for_each_backend ("list/can-be-wbxml", SERVED_BY_STORE, test_list_can_be_wbxml);
  add_for_each_backend ("1.3/objects-are-found-by-identifier", SERVED_BY_STORE, test_objects_are_found_by_identifier);
  add_for_each_backend ("list/can-be-put-back", SERVED_BY_STORE, test_document_of_a_get_can_be_put_back);
  g_test_add_func ("/document/list/large-values-stay-unread", test_list_refuses_large_values_unread);
  g_test_add_func ("/document/large/no-long-time", test_large_documents_take_no_long_time);
  g_test_add_func ("/document/large/long-names", test_long_names_are_refused_before_they_add_up);
  add_for_each_backend ("many-in-no-long-time", SERVED_BY_STORE, test_plugin_gets_many_in_no_long_time);
  g_test_add_func ("/document/plugin/no-more-than-it-can-take", test_plugin_gets_no_more_than_it_can_take);
  return g_test_run ();
}
