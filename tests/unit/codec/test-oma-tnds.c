/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-limits.h"
#include "codec/oma-tnds.h"

#include <gio/gio.h>
#include <string.h>

#define HEAD "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>"
#define TAIL "</MgmtTree>"
#define FORMAT(name) "<Format><" name "/></Format>"
#define NODE(name, rest) "<Node><NodeName>" name "</NodeName>" rest "</Node>"

/* SyncML as WBXML, section 10.6 of WAP-192 documents: X, chr, text/plain, "v". */
static const guchar small_wbxml[] =
  "\x03\x00\x00\x6a\x1b-//OMA//DTD-DM-DDF 1.2//EN\0"
  "\x00\x02\x60\x77\x03" "1.2\0" "\x01"
  "\x64\x66\x03X\0\x01"
  "\x6f\x5c\x0b\x01\x75\x61\x03text/plain\0" "\x01\x01\x01"
  "\x76\x03v\0\x01\x01\x01";

/* The same as the inline form leaves it: a document without public identifier. */
static const guchar inline_wbxml[] =
  "\x02\x01\x6a\x00"
  "\x00\x02\x60\x77\x03" "1.2\0" "\x01\x64\x66\x03X\0\x01\x6f\x5c\x0b\x01\x01\x76\x03v\0\x01\x01\x01";

static OmaTnds *
read_good (gconstpointer data, gsize size)
{
  g_autoptr(GError) error = NULL;
  OmaTnds *tnds = oma_tnds_read (data, size, &error);

  g_assert_no_error (error);
  g_assert_nonnull (tnds);
  return tnds;
}

static void
assert_refused (gconstpointer data, gsize size, OmaCodecError code)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaTnds) tnds = oma_tnds_read (data, size, &error);

  g_assert_error (error, OMA_CODEC_ERROR, (int) code);
  g_assert_null (tnds);
}

static void
assert_text_refused (const char *text, OmaCodecError code)
{
  assert_refused (text, strlen (text), code);
}

static OmaTndsNode *
node_at (const OmaTnds *tnds, guint index)
{
  g_assert_cmpuint (index, <, tnds->nodes->len);
  return g_ptr_array_index (tnds->nodes, index);
}

static void
assert_small (const OmaTnds *tnds)
{
  const OmaTndsNode *node = node_at (tnds, 0);

  g_assert_cmpstr (tnds->ver_dtd, ==, "1.2");
  g_assert_cmpuint (tnds->nodes->len, ==, 1);
  g_assert_cmpstr (node->name, ==, "X");
  g_assert_cmpint (node->format, ==, OMA_FORMAT_CHR);
  g_assert_cmpmem (node->data, node->size, "v", 1);
  g_assert_false (node->is_octets);
}

/* Serialization 1.2, 9.2: nested nodes with all their properties. */
static void
test_nested_document_with_all_properties (void)
{
  const char *text =
    "<?xml version='1.0'?>\n<!DOCTYPE MgmtTree PUBLIC '-//OMA//DTD-DM-DDF 1.2//EN' 'x.dtd'>\n"
    HEAD "<Man>Maker</Man><Mod>Model</Mod>"
    "<Node>\n <NodeName>Top</NodeName><Path> ./Vendor/A%20b </Path><RTProperties><ACL>Get=*&amp;Replace=s</ACL>"
    FORMAT ("node") "<Title>A title </Title><TStamp>20200101T000000Z</TStamp>"
    "<Type><DDFName>urn:x</DDFName></Type><VerNo>3</VerNo></RTProperties>"
    NODE ("Leaf", "<RTProperties>" FORMAT ("int") "<Type><MIME>text/plain</MIME></Type></RTProperties><Value>7</Value>")
    NODE ("In", NODE ("Deep", "<Value><![CDATA[<a>]]> &lt;</Value>")) NODE ("Last", "") "</Node>" TAIL;
  g_autoptr(OmaTnds) tnds = read_good (text, strlen (text));
  const OmaTndsNode *top = node_at (tnds, 0);

  g_assert_cmpstr (tnds->manufacturer, ==, "Maker");
  g_assert_cmpstr (tnds->model, ==, "Model");
  g_assert_cmpuint (tnds->nodes->len, ==, 5);
  g_assert_cmpstr (top->path, ==, "./Vendor/A%20b");
  g_assert_cmpstr (top->acl, ==, "Get=*&Replace=s");
  g_assert_cmpstr (top->title, ==, "A title ");
  g_assert_cmpstr (top->tstamp, ==, "20200101T000000Z");
  g_assert_cmpstr (top->type, ==, "urn:x");
  g_assert_cmpstr (top->ver_no, ==, "3");
  g_assert_cmpint (top->format, ==, OMA_FORMAT_NODE);
  g_assert_cmpint (top->parent, ==, -1);
  g_assert_cmpuint (top->n_children, ==, 3);
  g_assert_null (top->data);
  g_assert_cmpint (node_at (tnds, 1)->format, ==, OMA_FORMAT_INT);
  g_assert_cmpstr (node_at (tnds, 1)->type, ==, "text/plain");
  g_assert_cmpint (node_at (tnds, 3)->parent, ==, 2);
  g_assert_cmpmem (node_at (tnds, 3)->data, node_at (tnds, 3)->size, "<a> <", 5);
  g_assert_cmpint (node_at (tnds, 3)->format, ==, OMA_FORMAT_NONE);
  g_assert_cmpint (node_at (tnds, 4)->parent, ==, 0);
}

/* Serialization 1.2, 9.2: DFProperties is a DDF sent by mistake; what is unknown does no harm. */
static void
test_what_does_not_belong_is_skipped (void)
{
  const char *text = HEAD "<Node><NodeName>X</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><int/>"
                     "</DFFormat><Node><NodeName>no</NodeName></Node></DFProperties>"
                     "<RTProperties>" FORMAT ("chr") "<Name>y</Name><Size>1</Size></RTProperties>"
                     "<m:Other xmlns:m='http://x'><NodeName>z</NodeName></m:Other><Value>v</Value></Node>" TAIL;
  g_autoptr(OmaTnds) tnds = read_good (text, strlen (text));

  assert_small (tnds);
}

/* Serialization 1.2, 9.2: NodeName may be absent; "Node" and "node" differ. */
static void
test_name_may_be_absent (void)
{
  const char *text = "<MgmtTree><VerDTD>1.2</VerDTD><Node><Value/></Node>" TAIL;
  g_autoptr(OmaTnds) tnds = read_good (text, strlen (text));

  g_assert_cmpstr (node_at (tnds, 0)->name, ==, "");
  g_assert_nonnull (node_at (tnds, 0)->data);
  g_assert_cmpuint (node_at (tnds, 0)->size, ==, 0);
  assert_text_refused ("<mgmttree><node/></mgmttree>", OMA_CODEC_ERROR_MALFORMED);
  assert_text_refused (HEAD "<node/>" TAIL, OMA_CODEC_ERROR_MALFORMED);
}

/* A white space alone is base64 text too, of nothing. */
static void
test_blank_is_no_document (void)
{
  assert_text_refused ("\n", OMA_CODEC_ERROR_ENCODING);
  assert_text_refused ("\n\n \n", OMA_CODEC_ERROR_ENCODING);
}

/* WBXML encoding of TNDS, 7.1: forms A to D, whatever the type says. */
static void
test_every_form_is_recognised (void)
{
  const char *xml = "\xef\xbb\xbf \n" HEAD NODE ("X", "<RTProperties>" FORMAT ("chr") "</RTProperties><Value>v</Value>")
                    TAIL;
  g_autofree char *xml64 = g_base64_encode ((const guchar *) xml, strlen (xml));
  g_autofree char *wbxml64 = g_base64_encode (small_wbxml, sizeof small_wbxml - 1);
  const struct {
    gconstpointer data;
    gsize         size;
  } forms[] = {
    { xml, strlen (xml) },
    { small_wbxml, sizeof small_wbxml - 1 },
    { inline_wbxml, sizeof inline_wbxml - 1 },
    { xml64, strlen (xml64) },
    { wbxml64, strlen (wbxml64) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr(OmaTnds) tnds = read_good (forms[i].data, forms[i].size);

      assert_small (tnds);
      g_assert_true (oma_tnds_looks_like (forms[i].data, forms[i].size));
    }
}

static void
test_other_data_do_not_look_like_one (void)
{
  static const char *const others[] = { "", "x", "<a/>", "AAAA", "bWVzc2FnZQ==", "\x01\x02" };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (oma_tnds_looks_like (others[i], strlen (others[i])));
  g_assert_false (oma_tnds_looks_like (NULL, 0));
  assert_text_refused ("plain", OMA_CODEC_ERROR_ENCODING);
  assert_text_refused ("", OMA_CODEC_ERROR_ENCODING);
  assert_text_refused ("bWVzc2FnZQ==", OMA_CODEC_ERROR_ENCODING);
}

static void
test_broken_documents_are_refused (void)
{
  static const char *const texts[] = {
    "<MgmtTree>", HEAD TAIL, HEAD "<Node></Node>", HEAD "<Node/>" TAIL "x", HEAD "<Node/>" TAIL TAIL,
    "<Node/>", HEAD "<Node><Value><b/></Value></Node>" TAIL, HEAD NODE ("\xff", "") TAIL, "<", "<!DOCTYPE a>",
    HEAD NODE ("&x;", "") TAIL,
  };
  static const guchar bad_wbxml[][8] = { "\x03\x00\x00\x6a\x00\x00\x02\x60", "\x01\x01\x6a\x00\x45\x01" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_text_refused (texts[i], OMA_CODEC_ERROR_MALFORMED);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_wbxml); i++)
    assert_refused (bad_wbxml[i], sizeof bad_wbxml[i], OMA_CODEC_ERROR_MALFORMED);
  for (gsize size = 2; size < sizeof small_wbxml - 1; size++)
    assert_refused (small_wbxml, size, OMA_CODEC_ERROR_MALFORMED);
}

/* Tree and Description 1.2, trap list: entities are never declared. */
static void
test_entities_are_refused (void)
{
  assert_text_refused ("<!DOCTYPE MgmtTree [<!ENTITY a 'b'>]>" HEAD "<Node/>" TAIL, OMA_CODEC_ERROR_FORBIDDEN);
  assert_text_refused ("<!DOCTYPE MgmtTree [<!ENTITY % a SYSTEM '/etc/passwd'>]>" HEAD "<Node/>" TAIL,
                       OMA_CODEC_ERROR_FORBIDDEN);
  assert_text_refused ("<!DOCTYPE MgmtTree [<!ATTLIST Node a CDATA 'b'>]>" HEAD "<Node/>" TAIL,
                       OMA_CODEC_ERROR_FORBIDDEN);
}

static char *
repeat (const char *head, const char *text, guint n, const char *middle, const char *end, const char *tail)
{
  GString *document = g_string_new (head);

  for (guint i = 0; i < n; i++)
    g_string_append (document, text);
  g_string_append (document, middle);
  for (guint i = 0; i < n; i++)
    g_string_append (document, end);
  g_string_append (document, tail);
  return g_string_free (document, FALSE);
}

static void
test_limits_hold (void)
{
  g_autofree char *deepest = repeat (HEAD, "<Node>", OMA_URI_MAX_DEPTH, "<RTProperties/>", "</Node>", TAIL);
  g_autofree char *deep = repeat (HEAD, "<Node>", 1000, "", "</Node>", TAIL);
  g_autofree char *skipped = repeat (HEAD "<Node/>", "<Q>", 1000, "", "</Q>", TAIL);
  g_autofree char *many = repeat (HEAD, "<Node/>", OMA_TNDS_MAX_NODES + 1, "", "", TAIL);
  g_autofree char *most = repeat (HEAD, "<Node/>", OMA_TNDS_MAX_NODES, "", "", TAIL);
  g_autofree char *attributes = repeat ("<MgmtTree ", "a='1' bb='2' ccc='3' ", 3000, ">", "", TAIL);
  g_autofree char *large = repeat (HEAD, "          ", OMA_TNDS_MAX_SIZE / 10 + 1, "", "", TAIL);
  g_autoptr(OmaTnds) tnds = read_good (deepest, strlen (deepest));

  g_assert_cmpuint (tnds->nodes->len, ==, OMA_URI_MAX_DEPTH);
  assert_text_refused (deep, OMA_CODEC_ERROR_LIMIT);
  assert_text_refused (skipped, OMA_CODEC_ERROR_LIMIT);
  assert_text_refused (many, OMA_CODEC_ERROR_LIMIT);
  oma_tnds_free (read_good (most, strlen (most)));
  assert_text_refused (attributes, OMA_CODEC_ERROR_LIMIT);
  assert_text_refused (large, OMA_CODEC_ERROR_LIMIT);
}

static OmaTnds *
make_document (void)
{
  OmaTnds *tnds = oma_tnds_new ();
  OmaTndsNode *top = oma_tnds_add_node (tnds, -1, "T & <p>");
  OmaTndsNode *leaf, *binary;

  tnds->manufacturer = g_strdup ("M");
  top->path = g_strdup ("./Vendor");
  top->format = OMA_FORMAT_NODE;
  top->acl = g_strdup ("Get=*&Add=a");
  top->type = g_strdup ("urn:x");
  top->title = g_strdup ("");
  leaf = oma_tnds_add_node (tnds, 0, "Leaf");
  leaf->format = OMA_FORMAT_XML;
  leaf->type = g_strdup ("text/xml");
  leaf->data = g_strdup ("<a>\r\n&amp;</a>");
  leaf->size = strlen (leaf->data);
  leaf->tstamp = g_strdup ("20200101T000000Z");
  leaf->ver_no = g_strdup ("65535");
  oma_tnds_add_node (tnds, 0, "In");
  binary = oma_tnds_add_node (tnds, 2, "Bin");
  binary->format = OMA_FORMAT_BIN;
  binary->data = g_memdup2 ("\0\x01\xff<", 5);
  binary->size = 4;
  binary->is_octets = TRUE;
  oma_tnds_add_node (tnds, -1, "Second")->data = g_strdup ("");
  return tnds;
}

/* DM Protocol 1.2, 11.8: what a Get with "?list=TNDS" gives. */
static void
test_written_xml_is_exact (void)
{
  static const char expected[] =
    HEAD "<Man>M</Man><Node><NodeName>T &amp; &lt;p&gt;</NodeName><Path>./Vendor</Path><RTProperties>"
    "<ACL>Get=*&amp;Add=a</ACL>" FORMAT ("node") "<Title/><Type><DDFName>urn:x</DDFName></Type></RTProperties>"
    "<Node><NodeName>Leaf</NodeName><RTProperties>" FORMAT ("xml") "<TStamp>20200101T000000Z</TStamp>"
    "<Type><MIME>text/xml</MIME></Type><VerNo>65535</VerNo></RTProperties>"
    "<Value>&lt;a&gt;&#13;\n&amp;amp;&lt;/a&gt;</Value></Node><Node><NodeName>In</NodeName><RTProperties/>"
    "<Node><NodeName>Bin</NodeName><RTProperties>" FORMAT ("bin") "</RTProperties><Value>AAH/PA==</Value></Node>"
    "</Node></Node><Node><NodeName>Second</NodeName><RTProperties/><Value/></Node>" TAIL;
  g_autoptr(OmaTnds) tnds = make_document ();
  g_autoptr(GBytes) bytes = oma_tnds_write (tnds, OMA_ENCODING_XML);
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  g_assert_cmpmem (text, size, expected, strlen (expected));
}

static void
assert_node_equal (const OmaTndsNode *a, const OmaTndsNode *b)
{
  g_assert_cmpint (a->parent, ==, b->parent);
  g_assert_cmpint (a->format, ==, b->format);
  g_assert_cmpuint (a->n_children, ==, b->n_children);
  g_assert_cmpstr (a->path, ==, b->path);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->type, ==, b->type);
  g_assert_cmpstr (a->acl, ==, b->acl);
  g_assert_cmpstr (a->title, ==, b->title);
  g_assert_cmpstr (a->tstamp, ==, b->tstamp);
  g_assert_cmpstr (a->ver_no, ==, b->ver_no);
}

static void
test_what_is_written_reads_the_same (gconstpointer data)
{
  OmaEncoding encoding = GPOINTER_TO_INT (data);
  g_autoptr(OmaTnds) tnds = make_document ();
  g_autoptr(GBytes) bytes = oma_tnds_write (tnds, encoding);
  g_autoptr(OmaTnds) again = read_good (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  g_assert_true (oma_tnds_looks_like (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)));
  g_assert_cmpuint (again->nodes->len, ==, tnds->nodes->len);
  for (guint i = 0; i < tnds->nodes->len; i++)
    assert_node_equal (node_at (tnds, i), node_at (again, i));
  g_assert_cmpmem (node_at (again, 1)->data, node_at (again, 1)->size, node_at (tnds, 1)->data,
                   node_at (tnds, 1)->size);
  if (encoding == OMA_ENCODING_XML)
    g_assert_cmpmem (node_at (again, 3)->data, node_at (again, 3)->size, "AAH/PA==", 8);
  else
    {
      g_assert_true (node_at (again, 3)->is_octets);
      g_assert_cmpmem (node_at (again, 3)->data, node_at (again, 3)->size, "\0\x01\xff<", 4);
    }
}

static void
test_types_of_documents_are_known (void)
{
  g_assert_true (oma_tnds_is_type ("application/vnd.syncml.dmtnds+xml"));
  g_assert_true (oma_tnds_is_type ("application/vnd.syncml.DMTNDS+wbxml"));
  g_assert_false (oma_tnds_is_type ("application/vnd.syncml.dmddf+xml"));
  g_assert_false (oma_tnds_is_type (NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tnds/nested-document-with-all-properties", test_nested_document_with_all_properties);
  g_test_add_func ("/tnds/what-does-not-belong-is-skipped", test_what_does_not_belong_is_skipped);
  g_test_add_func ("/tnds/name-may-be-absent", test_name_may_be_absent);
  g_test_add_func ("/tnds/blank-is-no-document", test_blank_is_no_document);
  g_test_add_func ("/tnds/every-form-is-recognised", test_every_form_is_recognised);
  g_test_add_func ("/tnds/other-data-do-not-look-like-one", test_other_data_do_not_look_like_one);
  g_test_add_func ("/tnds/broken-documents-are-refused", test_broken_documents_are_refused);
  g_test_add_func ("/tnds/entities-are-refused", test_entities_are_refused);
  g_test_add_func ("/tnds/limits-hold", test_limits_hold);
  g_test_add_func ("/tnds/written-xml-is-exact", test_written_xml_is_exact);
  g_test_add_data_func ("/tnds/what-is-written-reads-the-same/xml", GINT_TO_POINTER (OMA_ENCODING_XML),
                        test_what_is_written_reads_the_same);
  g_test_add_data_func ("/tnds/what-is-written-reads-the-same/wbxml", GINT_TO_POINTER (OMA_ENCODING_WBXML),
                        test_what_is_written_reads_the_same);
  g_test_add_func ("/tnds/types-of-documents-are-known", test_types_of_documents_are_known);
  return g_test_run ();
}
