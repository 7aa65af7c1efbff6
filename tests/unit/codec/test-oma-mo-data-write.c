/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mo-data-fixture.h"

#include "base/oma-status.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* In an order of its own, as plugins list them. */
static OmaNodeList *
make_nodes (void)
{
  OmaNodeList *nodes = oma_node_list_new ();

  oma_node_list_add (nodes, "", NULL);
  oma_node_list_add (nodes, "If", NULL);
  oma_node_list_add (nodes, "ID", oma_value_new_string ("eth\n\"0\""));
  oma_node_list_add (nodes, "If/1", NULL);
  oma_node_list_add (nodes, "Key", oma_value_new (OMA_FORMAT_BIN, NULL, "\x00\xff", 2));
  oma_node_list_add (nodes, "If/a%20b", NULL);
  oma_node_list_add (nodes, "If/1/MTU", oma_value_new_int (1500));
  oma_node_list_add (nodes, "If/a%20b/Up", oma_value_new_bool (TRUE));
  oma_node_list_add (nodes, "None", oma_value_new (OMA_FORMAT_NULL, NULL, NULL, 0));
  return nodes;
}

static char *
write_json (const OmaMoSource *sources, guint n_sources)
{
  g_autoptr(GError) error = NULL;
  GString *json = g_string_new (NULL);

  g_assert_true (oma_mo_data_write_json (sources, n_sources, append_block, json, &error));
  g_assert_no_error (error);
  return g_string_free (json, FALSE);
}

/* DM Protocol 2.0, serialization of MO data: leaves are strings, bin is base64, a leaf alone is its name and value. */
static void
test_objects_are_written (void)
{
  g_autoptr(OmaNodeList) nodes = make_nodes (), leaf = oma_node_list_new ();
  OmaMoSource sources[] = {
    { "https://d/net.ddf", "urn:ex:mo:net:1.0/a/", "x7", "a", nodes },
    { NULL, "urn:ex:mo:net:1.0/a/P%C3%A4", NULL, "P\xc3\xa4", leaf },
  };
  g_autofree char *json = NULL, *none = write_json (NULL, 0);

  oma_node_list_add (leaf, "", oma_value_new_string (""));
  json = write_json (sources, 2);
  g_assert_cmpstr (json, ==,
                   "[{\"DDF\":\"https://d/net.ddf\",\"ClientURI\":\"urn:ex:mo:net:1.0/a/\",\"CV\":\"x7\","
                   "\"MOData\":{\"a\":{\"If\":{\"1\":{\"MTU\":\"1500\"},\"a b\":{\"Up\":\"true\"}},"
                   "\"ID\":\"eth\\n\\\"0\\\"\",\"Key\":\"AP8=\",\"None\":\"\"}}},"
                   "{\"ClientURI\":\"urn:ex:mo:net:1.0/a/P%C3%A4\",\"MOData\":{\"P\xc3\xa4\":\"\"}}]");
  g_assert_cmpstr (none, ==, "[]");
}

static void
test_what_is_written_is_read_again (void)
{
  g_autoptr(OmaNodeList) nodes = make_nodes ();
  OmaMoSource source = { "d", "urn:ex:mo:net:1.0/a/", "x7", "a", nodes };
  g_autofree char *json = write_json (&source, 1), *text = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) parts = read_in_steps (OMA_MO_DATA_TYPE_JSON, json, strlen (json), 5, NULL, &error);

  g_assert_no_error (error);
  text = show_parts (parts);
  g_assert_cmpstr (text, ==,
                   "urn:ex:mo:net:1.0/a/ d x7\n-1 a (node)\n0 If (node)\n1 1 (node)\n2 MTU: 1500\n1 a b (node)\n"
                   "4 Up: true\n0 ID: eth\n\"0\"\n0 Key: AP8=\n0 None: \n");
}

/* ---- Large values ---- */

typedef struct {
  GString *json;
  gsize    largest;
} Blocks;

static gboolean
take_block (const char *data, gsize size, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Blocks *blocks = user_data;

  blocks->largest = MAX (blocks->largest, size);
  g_string_append_len (blocks->json, data, (gssize) size);
  return TRUE;
}

static GString *
make_text (gsize size)
{
  GString *text = g_string_new (NULL);

  while (text->len < size)
    g_string_append (text, "0123456789\xe2\x82\xac\"\xf0\x9f\x98\x80");
  return text;
}

static const char *
get_leaf (JsonNode *root, const char *name)
{
  JsonObject *item = json_array_get_object_element (json_node_get_array (root), 0);
  JsonObject *top = json_object_get_object_member (json_object_get_object_member (item, "MOData"), "a");

  return json_object_get_string_member (top, name);
}

/* A large value is written a block at a time, and is the same to another reader. */
static void
test_large_values_are_written_in_blocks (void)
{
  g_autoptr(GString) text = make_text (3 * 1024 * 1024), json = g_string_new (NULL);
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
  OmaMoSource source = { NULL, "urn:x/a/", NULL, "a", nodes };
  Blocks blocks = { json, 0 };
  g_autofree char *base64 = g_base64_encode ((const guchar *) text->str, text->len);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) root = NULL;

  oma_node_list_add (nodes, "", NULL);
  oma_node_list_add (nodes, "Text", oma_value_new (OMA_FORMAT_CHR, NULL, text->str, text->len));
  oma_node_list_add (nodes, "Bin", oma_value_new (OMA_FORMAT_BIN, NULL, text->str, text->len));
  oma_node_list_add (nodes, "B64", oma_value_new (OMA_FORMAT_B64, NULL, base64, strlen (base64)));
  g_assert_true (oma_mo_data_write_json (&source, 1, take_block, &blocks, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (blocks.largest, <, 256 * 1024);
  root = json_from_string (json->str, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (get_leaf (root, "Text"), ==, text->str);
  g_assert_cmpstr (get_leaf (root, "Bin"), ==, base64);
  g_assert_cmpstr (get_leaf (root, "B64"), ==, base64);
}

static gboolean
take_two_blocks (const char *data G_GNUC_UNUSED, gsize size G_GNUC_UNUSED, gpointer user_data, GError **error)
{
  guint *n = user_data;

  if (++*n <= 2)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "full");
  return FALSE;
}

static void
test_who_takes_no_more_stops_the_writer (void)
{
  g_autoptr(GString) text = make_text (1024 * 1024);

  for (guint binary = 0; binary < 2; binary++)
    {
      g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
      OmaMoSource source = { NULL, "urn:x/a/B", NULL, "B", nodes };
      g_autoptr(GError) error = NULL;
      guint n = 0;

      oma_node_list_add (nodes, "",
                         oma_value_new (binary ? OMA_FORMAT_BIN : OMA_FORMAT_CHR, NULL, text->str, text->len));
      g_assert_false (oma_mo_data_write_json (&source, 1, take_two_blocks, &n, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
      g_assert_cmpuint (n, ==, 3);
    }
}

/* ---- TNDS ---- */

static void
assert_tnds (const OmaMoSource *source, const char *expected)
{
  g_autoptr(GString) xml = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_mo_data_write_tnds (source, OMA_ENCODING_XML, append_block, xml, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (xml->str, ==, expected);
}

#define HEAD "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>"
#define LEAF(name, path, format, value) "<Node><NodeName>" name "</NodeName>" path "<RTProperties>" \
                                        "<Format><" format "/></Format><Type><MIME>text/plain</MIME></Type>" \
                                        "</RTProperties>" value "</Node>"

/* DM Tree and Description Serialization 1.2; Path (our reading) is the ClientURI of the parent, and the root of an
 * instance says of which object it is. */
static void
test_documents_of_1_2_are_written (void)
{
  g_autoptr(OmaNodeList) nodes = oma_node_list_new (), leaf = oma_node_list_new ();
  OmaMoSource root = { NULL, "urn:x/a/", NULL, "a", nodes }, below = { NULL, "urn:x/a/If/1?cv=3", NULL, "1", leaf };
  OmaMoSource unnamed = { NULL, "urn:x//", NULL, "a", nodes };

  oma_node_list_add (nodes, "", NULL);
  oma_node_list_add (nodes, "I%2FD", oma_value_new_string ("<e>"));
  oma_node_list_add (nodes, "Key", oma_value_new (OMA_FORMAT_BIN, NULL, "\x00\xff", 2));
  oma_node_list_add (leaf, "", oma_value_new_int (7));
#define NODES "<RTProperties><Format><node/></Format><Type><DDFName>urn:x</DDFName></Type></RTProperties>" \
              LEAF ("I/D", "", "chr", "<Value>&lt;e&gt;</Value>") LEAF ("Key", "", "bin", "<Value>AP8=</Value>") \
              "</Node></MgmtTree>"
  assert_tnds (&root, HEAD "<Node><NodeName>a</NodeName><Path>urn:x</Path>" NODES);
  assert_tnds (&unnamed, HEAD "<Node><NodeName>a</NodeName><Path>urn:x</Path>" NODES);
  assert_tnds (&below, HEAD LEAF ("1", "<Path>urn:x/a/If</Path>", "int", "<Value>7</Value>") "</MgmtTree>");
}

static void
test_documents_in_wbxml_are_read_again (void)
{
  g_autoptr(OmaNodeList) nodes = make_nodes ();
  OmaMoSource source = { NULL, "urn:x/a/", NULL, "a", nodes };
  g_autoptr(GString) wbxml = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaTnds) tnds = NULL;

  g_assert_true (oma_mo_data_write_tnds (&source, OMA_ENCODING_WBXML, append_block, wbxml, &error));
  tnds = oma_tnds_read (wbxml->str, wbxml->len, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (tnds->nodes->len, ==, oma_node_list_get_length (nodes));
}

static void
test_documents_that_would_be_too_large_are_413 (void)
{
  g_autofree char *text = g_strnfill (OMA_TNDS_MAX_SIZE / 2 + 1, 'x');
  g_autoptr(OmaNodeList) large = oma_node_list_new (), many = oma_node_list_new ();
  OmaMoSource sources[] = { { NULL, "urn:x/a/", NULL, "a", large }, { NULL, "urn:x/a/", NULL, "a", many } };

  oma_node_list_add (large, "", NULL);
  oma_node_list_add (large, "A", oma_value_new_string (text));
  oma_node_list_add (large, "B", oma_value_new_string (text));
  oma_node_list_add (many, "", NULL);
  for (guint i = 0; i < OMA_TNDS_MAX_NODES; i++)
    {
      char name[16];

      g_snprintf (name, sizeof name, "%u", i);
      oma_node_list_add (many, name, NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr(GString) xml = g_string_new (NULL);
      g_autoptr(GError) error = NULL;

      g_assert_false (oma_mo_data_write_tnds (&sources[i], OMA_ENCODING_XML, append_block, xml, &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE);
      g_assert_cmpuint (xml->len, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mo-data-write/json/objects-are-written", test_objects_are_written);
  g_test_add_func ("/mo-data-write/json/what-is-written-is-read-again", test_what_is_written_is_read_again);
  g_test_add_func ("/mo-data-write/json/large-values-are-written-in-blocks", test_large_values_are_written_in_blocks);
  g_test_add_func ("/mo-data-write/json/who-takes-no-more-stops-the-writer", test_who_takes_no_more_stops_the_writer);
  g_test_add_func ("/mo-data-write/tnds/documents-of-1.2-are-written", test_documents_of_1_2_are_written);
  g_test_add_func ("/mo-data-write/tnds/documents-in-wbxml-are-read-again", test_documents_in_wbxml_are_read_again);
  g_test_add_func ("/mo-data-write/tnds/documents-that-would-be-too-large-are-413",
                   test_documents_that_would_be_too_large_are_413);
  return g_test_run ();
}
