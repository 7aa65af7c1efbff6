/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml.h"

#include "wbxml-fixture.h"

static void
assert_written (OmaWbxmlWriter *writer, const char *expected)
{
  g_autoptr(GBytes) bytes = oma_wbxml_writer_finish (writer);
  g_autoptr(GBytes) octets = from_hex (expected);
  g_autofree char *hex = to_hex (bytes);
  g_autofree char *expected_hex = to_hex (octets);

  g_assert_cmpstr (hex, ==, expected_hex);
}

static void
write_leaf (OmaWbxmlWriter *writer, guint tag, const char *text)
{
  oma_wbxml_writer_start (writer, tag);
  oma_wbxml_writer_text (writer, text, strlen (text));
  oma_wbxml_writer_end (writer);
}

/* The public identifier in the string table; the page is switched once. */
static void
test_document_of_nodes (void)
{
  g_autoptr(OmaWbxmlWriter) writer = oma_wbxml_writer_new (0, OMA_WBXML_PUBLIC_NAME_DDF);

  oma_wbxml_writer_start (writer, OMA_DDF_TAG_MGMT_TREE);
  write_leaf (writer, OMA_DDF_TAG_VER_DTD, "1.2");
  oma_wbxml_writer_start (writer, OMA_DDF_TAG_FORMAT);
  oma_wbxml_writer_empty (writer, OMA_DDF_TAG_FORMAT_CHR);
  oma_wbxml_writer_end (writer);
  oma_wbxml_writer_end (writer);
  assert_written (writer, "02 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 60 77 03 '1.2' 00 01 5C 0B 01 01");
}

/* END switches no page; the next start does. */
static void
test_pages (void)
{
  g_autoptr(OmaWbxmlWriter) writer = oma_wbxml_writer_new (OMA_WBXML_PUBLIC_SYNCML_1_2, NULL);

  oma_wbxml_writer_start (writer, OMA_TAG_SYNC_ML);
  oma_wbxml_writer_start (writer, OMA_TAG_META);
  write_leaf (writer, OMA_TAG_FORMAT, "chr");
  write_leaf (writer, OMA_TAG_TYPE, "a");
  oma_wbxml_writer_end (writer);
  oma_wbxml_writer_empty (writer, OMA_TAG_FINAL);
  oma_wbxml_writer_end (writer);
  assert_written (writer, "02 A4 01 6A 00 6D 5A 00 01 47 03 'chr' 00 01 53 03 'a' 00 01 01 00 00 12 01");
}

/* An element that got nothing has no content bit. */
static void
test_empty_elements (void)
{
  g_autoptr(OmaWbxmlWriter) writer = oma_wbxml_writer_new (OMA_WBXML_PUBLIC_SYNCML_1_1, NULL);

  oma_wbxml_writer_start (writer, OMA_TAG_ITEM);
  write_leaf (writer, OMA_TAG_DATA, "");
  oma_wbxml_writer_start (writer, OMA_TAG_DATA);
  oma_wbxml_writer_octets (writer, NULL, 0);
  oma_wbxml_writer_end (writer);
  oma_wbxml_writer_end (writer);
  assert_written (writer, "02 9F 53 6A 00 54 0F 0F 01");
}

/* STR_I would lose what is behind a NUL. */
static void
test_text_with_nul (void)
{
  g_autoptr(OmaWbxmlWriter) writer = oma_wbxml_writer_new (OMA_WBXML_PUBLIC_UNKNOWN, NULL);

  oma_wbxml_writer_start (writer, OMA_TAG_DATA);
  oma_wbxml_writer_text (writer, "a\0b", 3);
  oma_wbxml_writer_end (writer);
  assert_written (writer, "02 01 6A 00 4F C3 03 'a' 00 'b' 01");
}

/* WAP-192, section 5.1. */
static void
test_lengths (void)
{
  static const struct {
    gsize       size;
    const char *expected;
  } cases[] = {
    { 1, "02 01 6A 00 4F C3 01" },
    { 127, "02 01 6A 00 4F C3 7F" },
    { 128, "02 01 6A 00 4F C3 81 00" },
    { 300, "02 01 6A 00 4F C3 82 2C" },
    { 16383, "02 01 6A 00 4F C3 FF 7F" },
    { 16384, "02 01 6A 00 4F C3 81 80 00" },
    { 2097152, "02 01 6A 00 4F C3 81 80 80 00" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(OmaWbxmlWriter) writer = oma_wbxml_writer_new (OMA_WBXML_PUBLIC_UNKNOWN, NULL);
      g_autofree char *data = g_malloc0 (cases[i].size);
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(GBytes) expected = from_hex (cases[i].expected);
      gsize header = g_bytes_get_size (expected);

      oma_wbxml_writer_start (writer, OMA_TAG_DATA);
      oma_wbxml_writer_octets (writer, data, cases[i].size);
      oma_wbxml_writer_end (writer);
      bytes = oma_wbxml_writer_finish (writer);
      g_assert_cmpuint (g_bytes_get_size (bytes), ==, header + cases[i].size + 1);
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), header, g_bytes_get_data (expected, NULL), header);
    }
}

/* TND 1.2, section 8.6: Node and node are two elements. */
static void
test_ddf_tags (void)
{
  guint n = 0;

  for (guint tag = 0; tag < 0x400; tag++)
    {
      const char *name = oma_ddf_tag_to_string ((OmaDdfTag) tag);

      if (name == NULL)
        continue;
      g_assert_cmpuint (oma_ddf_tag_from_string (name), ==, tag);
      n++;
    }
  g_assert_cmpuint (n, ==, 0x3c - 0x05 + 1);
  g_assert_cmpuint (oma_ddf_tag_from_string ("AccessType"), ==, 0x205);
  g_assert_cmpuint (oma_ddf_tag_from_string ("MgmtTree"), ==, 0x220);
  g_assert_cmpuint (oma_ddf_tag_from_string ("Node"), ==, 0x224);
  g_assert_cmpuint (oma_ddf_tag_from_string ("node"), ==, 0x225);
  g_assert_cmpuint (oma_ddf_tag_from_string ("RTProperties"), ==, 0x22f);
  g_assert_cmpuint (oma_ddf_tag_from_string ("ZeroOrOne"), ==, 0x23c);
  g_assert_cmpuint (oma_ddf_tag_from_string ("NODE"), ==, OMA_DDF_TAG_UNKNOWN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wbxml-writer/document-of-nodes", test_document_of_nodes);
  g_test_add_func ("/wbxml-writer/pages", test_pages);
  g_test_add_func ("/wbxml-writer/empty-elements", test_empty_elements);
  g_test_add_func ("/wbxml-writer/text-with-nul", test_text_with_nul);
  g_test_add_func ("/wbxml-writer/lengths", test_lengths);
  g_test_add_func ("/wbxml-writer/ddf-tags", test_ddf_tags);
  return g_test_run ();
}
