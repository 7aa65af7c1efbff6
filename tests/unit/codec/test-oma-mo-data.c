/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mo-data-fixture.h"

#include "base/oma-status.h"

#include <fcntl.h>
#include <unistd.h>

#define ITEM(nodes) "[{\"ClientURI\":\"urn:ex:mo:net:1.0/a/\",\"MOData\":" nodes "}]"

/* However it is cut, it reads as @expected. */
static void
assert_read (const char *json, const char *expected)
{
  gsize size = strlen (json);

  for (gsize step = 1; step <= size; step++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) parts = read_in_steps (OMA_MO_DATA_TYPE_JSON, json, size, step, NULL, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = show_parts (parts);
      g_assert_cmpstr (text, ==, expected);
    }
}

static void
assert_refused_with (const char *json, OmaSpoolFunc spool, GQuark domain, int code)
{
  gsize size = strlen (json);
  const gsize steps[] = { size < 1000 ? 1 : 999, 4096, size + 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) parts = read_in_steps (OMA_MO_DATA_TYPE_JSON, json, size, steps[i], spool, &error);

      g_assert_null (parts);
      g_assert_error (error, domain, code);
    }
}

static void
assert_refused (const char *json, OmaCodecError code)
{
  assert_refused_with (json, make_memory_file, OMA_CODEC_ERROR, (int) code);
}

/* ---- JSON ---- */

/* DM Protocol 2.0, serialization of MO data: nodes by name, leaves as text. */
static void
test_objects_are_read (void)
{
  assert_read ("[{\"DDF\":\"https://d/net.ddf\",\"ClientURI\":\"urn:ex:mo:net:1.0/a/\",\"CV\":\"x7\",\"MOData\":{\"a\":"
               "{\"ID\":\"eth\",\"If\":{\"1\":{\"Name\":\"e\\u00300\"},\"2\":{\"Name\":\"\"}},\"Ops\":{}}}},"
               "{\"ClientURI\":\"urn:ex:mo:net:1.0/b/ID\",\"MOData\":{\"ID\":\"wifi\"}}]",
               "urn:ex:mo:net:1.0/a/ https://d/net.ddf x7\n"
               "-1 a (node)\n0 ID: eth\n0 If (node)\n2 1 (node)\n3 Name: e00\n2 2 (node)\n5 Name: \n0 Ops (node)\n"
               "urn:ex:mo:net:1.0/b/ID (null) (null)\n-1 ID: wifi\n");
  assert_read ("[]", "");
}

/* The same, our reading: one part without the array, and parts whose ClientURI lacks "urn:" or is not there. */
static void
test_forms_of_other_servers_are_read (void)
{
  assert_read ("{\"ClientURI\":\"ex:mo:net:1.0/a/ID\",\"MOData\":{\"ID\":\"wifi\"}}",
               "ex:mo:net:1.0/a/ID (null) (null)\n-1 ID: wifi\n");
  assert_read ("[{\"MOData\":{\"ID\":\"wifi\"}}]", "(null) (null) (null)\n-1 ID: wifi\n");
}

/* The same: members have no order. */
static void
test_nodes_before_their_address_are_read (void)
{
  assert_read ("[{\"MOData\":{\"a\":{\"ID\":\"eth\"}},\"CV\":\"1\",\"ClientURI\":\"urn:x/a/\"}]",
               "urn:x/a/ (null) 1\n-1 a (node)\n0 ID: eth\n");
}

/* The same, our reading: numbers and truth values as leaves are the text they are written as, null is empty. */
static void
test_leaves_that_are_no_strings_are_read_as_text (void)
{
  assert_read (ITEM ("{\"a\":{\"i\":-12,\"f\":1.50,\"e\":1E+2,\"t\":true,\"n\":false,\"0\":null}}"),
               "urn:ex:mo:net:1.0/a/ (null) (null)\n-1 a (node)\n0 i: -12\n0 f: 1.50\n0 e: 1E+2\n0 t: true\n"
               "0 n: false\n0 0: \n");
}

static void
test_unknown_members_are_skipped (void)
{
  assert_read ("[{\"x\":{\"MOData\":{\"y\":[1,{\"MOData\":2}]}},\"ClientURI\":\"urn:x/a/\",\"y\":[[]],\"z\":0,"
               "\"MOData\":{\"a\":{}},\"Type\":\"t\"}]",
               "urn:x/a/ (null) (null)\n-1 a (node)\n");
}

static void
test_what_is_no_mo_data_is_refused (void)
{
  static const char *const bad[] = {
    "", "{}", "[7]", "[\"a\"]", "[[]]", "[null]", "[{}]", "[{\"ClientURI\":\"u\"}]",
    "[{\"ClientURI\":7,\"MOData\":{\"a\":{}}}]",
    "[{\"ClientURI\":null,\"MOData\":{\"a\":{}}}]", "[{\"DDF\":{},\"MOData\":{\"a\":{}}}]",
    "[{\"CV\":[],\"MOData\":{\"a\":{}}}]", "[{\"CV\":1,\"MOData\":{\"a\":{}}}]", ITEM ("{}"), ITEM ("\"a\""),
    ITEM ("null"),
    ITEM ("[]"), ITEM ("[{\"a\":{}}]"), ITEM ("{\"a\":[]}"), ITEM ("{\"a\":{\"b\":[1]}}"),
    ITEM ("{\"a\":{},\"b\":{}}"), ITEM ("{\"a\":1,\"b\":2}"), ITEM ("{\"a\":{\"b\":1,\"b\":2}}"),
    ITEM ("{\"a\":{\"b\":1}"),
    ITEM ("{\"a\":{}}") "x", ITEM ("{\"a\":\"\\u0000\"}"), ITEM ("{\"a\":'1'}"),
    "[{\"MOData\":{\"a\":{}},\"MOData\":{\"a\":{}}}]", "[" ITEM ("{\"a\":{}}") "]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      assert_refused (bad[i], OMA_CODEC_ERROR_MALFORMED);
    }
}

/* ---- Bounds ---- */

static char *
repeat (const char *before, const char *format, guint n, const char *after)
{
  GString *json = g_string_new (before);

  for (guint i = 0; i < n; i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      g_string_append_printf (json, "\"%u\":", i);
      g_string_append (json, format);
    }
  g_string_append (json, after);
  return g_string_free (json, FALSE);
}

static void
test_parts_are_bounded (void)
{
  g_autoptr(GString) json = g_string_new ("[");

  for (guint i = 0; i < OMA_MO_DATA_MAX_PARTS; i++)
    g_string_append (json, "{\"MOData\":{\"a\":1}},");
  g_string_append (json, "{\"MOData\":{\"a\":1}}]");
  assert_refused (json->str, OMA_CODEC_ERROR_LIMIT);
}

static void
test_nodes_are_bounded (void)
{
  g_autofree char *most = repeat ("[{\"MOData\":{\"a\":{", "1", OMA_MO_DATA_MAX_NODES - 1, "}}}]");
  g_autofree char *more = repeat ("[{\"MOData\":{\"a\":{", "1", OMA_MO_DATA_MAX_NODES, "}}}]");
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) parts = read_in_steps ("application/json", most, strlen (most), 4096, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (((OmaMoPart *) parts->pdata[0])->document->nodes->len, ==, OMA_MO_DATA_MAX_NODES);
  assert_refused (more, OMA_CODEC_ERROR_LIMIT);
}

static char *
nest (guint n)
{
  GString *json = g_string_new ("[{\"MOData\":");

  for (guint i = 0; i < n; i++)
    g_string_append (json, "{\"a\":");
  g_string_append (json, "1");
  for (guint i = 0; i < n + 1; i++)
    g_string_append (json, "}");
  g_string_append (json, "]");
  return g_string_free (json, FALSE);
}

static void
test_depth_is_bounded (void)
{
  g_autofree char *most = nest (OMA_URI_MAX_DEPTH), *more = nest (OMA_URI_MAX_DEPTH + 1);
  g_autofree char *brackets = g_strnfill (OMA_MO_DATA_MAX_DEPTH, '[');
  g_autofree char *deep = g_strconcat ("[{\"x\":", brackets, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) parts = read_in_steps ("application/json", most, strlen (most), 7, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (((OmaMoPart *) parts->pdata[0])->document->nodes->len, ==, OMA_URI_MAX_DEPTH);
  assert_refused (more, OMA_CODEC_ERROR_LIMIT);
  assert_refused (deep, OMA_CODEC_ERROR_LIMIT);
}

static void
test_small_values_are_bounded_in_all (void)
{
  g_autofree char *value = g_strnfill (60000, 'v');
  g_autofree char *string = g_strdup_printf ("\"%s\"", value);
  g_autofree char *json = repeat ("[{\"MOData\":{\"a\":{", string, OMA_MO_DATA_MAX_MEMORY / 60000 + 1, "}}}]");

  assert_refused (json, OMA_CODEC_ERROR_LIMIT);
}

static void
test_size_is_bounded (void)
{
  g_autoptr(OmaMoReader) reader = oma_mo_reader_new (OMA_MO_DATA_TYPE_JSON, NULL, NULL, NULL);
  g_autofree char *spaces = g_strnfill (1024 * 1024, ' ');
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < OMA_MO_DATA_MAX_SIZE / (1024 * 1024); i++)
    g_assert_true (oma_mo_reader_feed (reader, spaces, 1024 * 1024, NULL));
  g_assert_false (oma_mo_reader_feed (reader, " ", 1, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
}

static void
test_texts_of_a_part_are_bounded (void)
{
  g_autofree char *text = g_strnfill (OMA_MO_DATA_LARGE_VALUE + 1, 'v');
  g_autofree char *address = g_strdup_printf ("[{\"ClientURI\":\"%s\",\"MOData\":{\"a\":1}}]", text);
  g_autofree char *data = g_strdup_printf ("[{\"MOData\":\"%s\"}]", text);
  g_autofree char *unknown = g_strdup_printf ("[{\"x\":\"%s\",\"y\":[\"%s\"],\"MOData\":{\"a\":1}}]", text, text);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) parts = read_in_steps ("application/json", unknown, strlen (unknown), 4096, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (parts->len, ==, 1);
  assert_refused (address, OMA_CODEC_ERROR_LIMIT);
  assert_refused (data, OMA_CODEC_ERROR_LIMIT);
}

/* ---- Large values ---- */

/* A value of more than the limit is in a file, and is the same octets wherever it was cut. */
static void
test_large_values_go_to_files (void)
{
  g_autoptr(GString) value = g_string_new (NULL), json = g_string_new ("[{\"MOData\":{\"a\":{\"s\":\"1\",\"l\":\"");

  while (value->len <= 3 * OMA_MO_DATA_LARGE_VALUE)
    {
      g_string_append (value, "abc\xe2\x82\xac\n\xf0\x9f\x98\x80");
      g_string_append (json, "abc\xe2\x82\xac\\n\\ud83d\\ude00");
    }
  g_string_append (json, "\",\"t\":\"2\"}}}]");
  for (gsize step = 7; step < json->len + 300000; step = step * 3 + 1)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) parts =
        read_in_steps (OMA_MO_DATA_TYPE_JSON, json->str, json->len, step, make_memory_file, &error);
      const OmaTndsNode *node;
      gconstpointer data;
      gsize size;

      g_assert_no_error (error);
      node = g_ptr_array_index (((OmaMoPart *) parts->pdata[0])->document->nodes, 2);
      g_assert_nonnull (node->value);
      g_assert_null (node->data);
      data = oma_value_get_data (node->value, &size);
      g_assert_cmpmem (data, size, value->str, value->len);
      g_assert_cmpuint (node->size, ==, value->len);
      node = g_ptr_array_index (((OmaMoPart *) parts->pdata[0])->document->nodes, 3);
      g_assert_cmpstr (node->data, ==, "2");
    }
}

static gsize
count_file_values (gsize length, gsize step)
{
  g_autofree char *value = g_strnfill (length, 'v');
  g_autofree char *json = g_strdup_printf ("{\"MOData\":{\"a\":\"%s\"}}", value);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) parts = read_in_steps ("application/json", json, strlen (json), step, make_memory_file, &error);
  const OmaTndsNode *node;

  g_assert_no_error (error);
  node = g_ptr_array_index (((OmaMoPart *) parts->pdata[0])->document->nodes, 0);
  g_assert_cmpuint (node->size, ==, length);
  return node->value != NULL;
}

static void
test_whether_a_value_is_large_does_not_depend_on_cuts (void)
{
  for (gsize step = 1000; step < 200000; step *= 5)
    {
      g_assert_cmpuint (count_file_values (OMA_MO_DATA_LARGE_VALUE, step), ==, 0);
      g_assert_cmpuint (count_file_values (OMA_MO_DATA_LARGE_VALUE + 1, step), ==, 1);
    }
}

static int
make_full_file (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return open ("/dev/full", O_RDWR | O_CLOEXEC);
}

static int
make_unwritable_file (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int
make_no_file (gpointer user_data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "no room");
  return -1;
}

static void
test_files_that_fail_are_told (void)
{
  g_autofree char *value = g_strnfill (OMA_MO_DATA_LARGE_VALUE + 1, 'v');
  g_autofree char *json = g_strdup_printf ("[{\"MOData\":{\"a\":\"%s\"}}]", value);
  g_autofree char *string = g_strdup_printf ("\"%s\"", value);
  g_autofree char *many = repeat ("[{\"MOData\":{\"a\":{", string, OMA_MO_DATA_MAX_FILES + 1, "}}}]");

  assert_refused_with (json, make_full_file, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  assert_refused_with (json, make_unwritable_file, OMA_STATUS_ERROR, OMA_STATUS_DATA_STORE_FAILURE);
  assert_refused_with (json, make_no_file, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  assert_refused_with (json, NULL, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
  assert_refused (many, OMA_CODEC_ERROR_LIMIT);
}

/* Reads it block by block.  Returns: how many octets were taken */
static gsize
read_blocks (GBytes *body, int file, gsize max_size, GError **error)
{
  g_autoptr(OmaMoReader) reader = oma_mo_reader_new (OMA_MO_DATA_TYPE_JSON, make_memory_file, NULL, NULL);
  g_autoptr(GPtrArray) parts = NULL;
  gsize offset = 0, before = 0;

  while (oma_mo_reader_feed_block (reader, body, file, &offset, max_size, error))
    {
      g_assert_cmpuint (offset - before, <=, OMA_MO_DATA_BLOCK);
      before = offset;
    }
  if (*error != NULL)
    return offset;
  parts = oma_mo_reader_finish (reader, error);
  g_assert_no_error (*error);
  g_assert_cmpuint (parts->len, ==, 1);
  return offset;
}

static void
test_blocks_come_from_memory_and_from_files (void)
{
  g_autofree char *value = g_strnfill (2 * OMA_MO_DATA_BLOCK, 'v');
  g_autofree char *json = g_strdup_printf ("[{\"MOData\":{\"a\":\"%s\"}}]", value);
  const gsize size = strlen (json);
  g_autoptr(GBytes) body = g_bytes_new_static (json, size);
  int file = make_memory_file (NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (write (file, json, size), ==, (gssize) size);
  g_assert_cmpuint (read_blocks (body, -1, size, &error), ==, size);
  g_assert_cmpuint (read_blocks (NULL, file, size, &error), ==, size);
  read_blocks (body, -1, size - 1, &error);
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE);
  g_clear_error (&error);
  read_blocks (NULL, file, size - 1, &error);
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE);
  g_clear_error (&error);
  close (file);
  read_blocks (NULL, file, size, &error);
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
}

/* What is left of a transfer that breaks off in a large value is cleaned up: ASan and the descriptors say so. */
static void
test_a_broken_transfer_leaves_nothing (void)
{
  static const char start[] = "{\"MOData\":{\"a\":{\"b\":1,\"c\":\"";
  g_autofree char *value = g_strnfill (OMA_MO_DATA_LARGE_VALUE + 1, 'v');
  int before = dup (0), after;

  g_assert_no_errno (before);
  close (before);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(OmaMoReader) reader = oma_mo_reader_new (OMA_MO_DATA_TYPE_JSON, make_memory_file, NULL, NULL);

      g_assert_true (oma_mo_reader_feed (reader, start, strlen (start), NULL));
      g_assert_true (oma_mo_reader_feed (reader, value, strlen (value), NULL));
    }
  after = dup (0);
  g_assert_cmpint (after, ==, before);
  close (after);
}

/* ---- TNDS ---- */

#define DOCUMENT "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>a</NodeName><Node><NodeName>ID</NodeName>" \
                 "<RTProperties><Format><chr/></Format></RTProperties><Value>eth</Value></Node></Node></MgmtTree>"

static void
assert_document (const char *type, gconstpointer data, gsize size)
{
  for (gsize step = 1; step <= size; step++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) parts = read_in_steps (type, data, size, step, NULL, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = show_parts (parts);
      g_assert_cmpstr (text, ==, "(null) (null) (null)\n-1 a\n0 ID (chr): eth\n");
    }
}

/* DM Tree and Description Serialization 1.2, as another type of MO data. */
static void
test_documents_of_1_2_are_read (void)
{
  g_autoptr(OmaTnds) tnds = oma_tnds_read (DOCUMENT, strlen (DOCUMENT), NULL);
  g_autoptr(GBytes) wbxml = oma_tnds_write (tnds, OMA_ENCODING_WBXML);

  assert_document ("application/vnd.syncml.dmtnds+xml; charset=utf-8", DOCUMENT, strlen (DOCUMENT));
  assert_document (OMA_TNDS_TYPE_WBXML, g_bytes_get_data (wbxml, NULL), g_bytes_get_size (wbxml));
}

static void
test_documents_are_bounded (void)
{
  g_autoptr(OmaMoReader) reader = oma_mo_reader_new (OMA_TNDS_TYPE_XML, NULL, NULL, NULL);
  g_autoptr(OmaMoReader) bad = oma_mo_reader_new (OMA_TNDS_TYPE_XML, NULL, NULL, NULL);
  g_autofree char *spaces = g_strnfill (OMA_TNDS_MAX_SIZE, ' ');
  g_autoptr(GError) error = NULL, bad_error = NULL;

  g_assert_true (oma_mo_reader_feed (reader, spaces, OMA_TNDS_MAX_SIZE, NULL));
  g_assert_false (oma_mo_reader_feed (reader, " ", 1, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
  g_assert_null (oma_mo_reader_finish (bad, &bad_error));
  g_assert_error (bad_error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_ENCODING);
}

static void
test_types_are_known (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_mo_data_is_type ("application/vnd.oma.dm.mos+json"));
  g_assert_true (oma_mo_data_is_type (" Application/VND.oma.dm.mo+JSON;charset=utf-8"));
  g_assert_true (oma_mo_data_is_type ("application/json ; charset=utf-8"));
  g_assert_true (oma_mo_data_is_type (OMA_TNDS_TYPE_XML));
  g_assert_true (oma_mo_data_is_type (OMA_TNDS_TYPE_WBXML));
  g_assert_false (oma_mo_data_is_type (NULL));
  g_assert_false (oma_mo_data_is_type (""));
  g_assert_false (oma_mo_data_is_type ("application/jsonx"));
  g_assert_false (oma_mo_data_is_type ("text/html"));
  g_assert_null (oma_mo_reader_new ("text/html", NULL, NULL, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_ENCODING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mo-data/json/objects-are-read", test_objects_are_read);
  g_test_add_func ("/mo-data/json/forms-of-other-servers-are-read", test_forms_of_other_servers_are_read);
  g_test_add_func ("/mo-data/json/nodes-before-their-address-are-read", test_nodes_before_their_address_are_read);
  g_test_add_func ("/mo-data/json/leaves-that-are-no-strings-are-read-as-text",
                   test_leaves_that_are_no_strings_are_read_as_text);
  g_test_add_func ("/mo-data/json/unknown-members-are-skipped", test_unknown_members_are_skipped);
  g_test_add_func ("/mo-data/json/what-is-no-mo-data-is-refused", test_what_is_no_mo_data_is_refused);
  g_test_add_func ("/mo-data/bounds/parts-are-bounded", test_parts_are_bounded);
  g_test_add_func ("/mo-data/bounds/nodes-are-bounded", test_nodes_are_bounded);
  g_test_add_func ("/mo-data/bounds/depth-is-bounded", test_depth_is_bounded);
  g_test_add_func ("/mo-data/bounds/small-values-are-bounded-in-all", test_small_values_are_bounded_in_all);
  g_test_add_func ("/mo-data/bounds/size-is-bounded", test_size_is_bounded);
  g_test_add_func ("/mo-data/bounds/texts-of-a-part-are-bounded", test_texts_of_a_part_are_bounded);
  g_test_add_func ("/mo-data/large/values-go-to-files", test_large_values_go_to_files);
  g_test_add_func ("/mo-data/large/whether-a-value-is-large-does-not-depend-on-cuts",
                   test_whether_a_value_is_large_does_not_depend_on_cuts);
  g_test_add_func ("/mo-data/large/files-that-fail-are-told", test_files_that_fail_are_told);
  g_test_add_func ("/mo-data/large/blocks-come-from-memory-and-from-files", test_blocks_come_from_memory_and_from_files);
  g_test_add_func ("/mo-data/large/a-broken-transfer-leaves-nothing", test_a_broken_transfer_leaves_nothing);
  g_test_add_func ("/mo-data/tnds/documents-of-1.2-are-read", test_documents_of_1_2_are_read);
  g_test_add_func ("/mo-data/tnds/documents-are-bounded", test_documents_are_bounded);
  g_test_add_func ("/mo-data/types-are-known", test_types_are_known);
  return g_test_run ();
}
