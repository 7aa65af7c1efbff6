/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml.h"

#include "wbxml-fixture.h"

#define MAX_DEPTH 8
#define SYNCML "03 A4 01 6A 00 "
#define PROV "03 0B 6A 00 "

/* ---- What was read, as text: <Name attribute=value>text[octets]</> ---- */

typedef struct {
  GString *text;
  guint    fail_at;    /* events until a handler fails, 0: never */
} Log;

static gboolean
count_event (Log *log, GError **error)
{
  if (log->fail_at == 0 || --log->fail_at > 0)
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INTR, "enough");
  return FALSE;
}

static const char *
name_of (guint tag)
{
  return tag >> 8 == OMA_WBXML_PAGE_DDF ? oma_ddf_tag_to_string ((OmaDdfTag) tag) : oma_tag_to_string ((OmaTag) tag);
}

static gboolean
log_start (guint tag, const char *name, gpointer user_data, GError **error)
{
  Log *log = user_data;

  if (tag == 0)
    g_string_append_printf (log->text, "<'%s'>", name);
  else if (name_of (tag) != NULL)
    g_string_append_printf (log->text, "<%s>", name_of (tag));
  else
    g_string_append_printf (log->text, "<%x>", tag);
  g_assert_true (tag == 0 || name == NULL);
  return count_event (log, error);
}

static gboolean
log_attribute (const char *name, const char *value, gpointer user_data, GError **error)
{
  Log *log = user_data;

  g_string_append_printf (log->text, "{%s=%s}", name, value);
  return count_event (log, error);
}

static gboolean
log_text (const char *text, gsize length, gpointer user_data, GError **error)
{
  Log *log = user_data;

  g_assert_true (g_utf8_validate_len (text, length, NULL));
  g_string_append_len (log->text, text, length);
  return count_event (log, error);
}

static gboolean
log_octets (gconstpointer octets, gsize size, gpointer user_data, GError **error)
{
  Log *log = user_data;
  const guint8 *data = octets;

  g_string_append_c (log->text, '[');
  for (gsize i = 0; i < size; i++)
    g_string_append_printf (log->text, "%02x", data[i]);
  g_string_append_c (log->text, ']');
  return count_event (log, error);
}

static gboolean
log_end (guint tag G_GNUC_UNUSED, gpointer user_data, GError **error)
{
  Log *log = user_data;

  g_string_append (log->text, "</>");
  return count_event (log, error);
}

static const OmaWbxmlHandler handler = {
  .start = log_start,
  .attribute = log_attribute,
  .text = log_text,
  .octets = log_octets,
  .end = log_end,
};

static const OmaWbxmlHandler keeping_handler = {
  .start = log_start,
  .text = log_text,
  .octets = log_octets,
  .end = log_end,
  .document = log_octets,
  .keep_in = OMA_TAG_DATA,
};

static const OmaWbxmlHandler text_handler = {
  .start = log_start,
  .text = log_text,
  .end = log_end,
};

static char *
read_octets (OmaWbxmlDocument document, const OmaWbxmlHandler *with, GBytes *octets, gsize size, GError **error)
{
  g_autofree gpointer data = copy_octets (octets, size);
  Log log = { .text = g_string_new (NULL) };
  gboolean good = oma_wbxml_read (document, data, size, MAX_DEPTH, with, &log, error);

  return g_string_free (log.text, !good);
}

static void
assert_read_by (OmaWbxmlDocument document, const OmaWbxmlHandler *with, const char *hex, const char *expected)
{
  g_autoptr(GBytes) octets = from_hex (hex);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = read_octets (document, with, octets, g_bytes_get_size (octets), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_read (const char *hex, const char *expected)
{
  assert_read_by (OMA_WBXML_SYNCML, &handler, hex, expected);
}

static void
assert_refused_by (OmaWbxmlDocument document, const OmaWbxmlHandler *with, const char *hex, OmaCodecError code)
{
  g_autoptr(GBytes) octets = from_hex (hex);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = read_octets (document, with, octets, g_bytes_get_size (octets), &error);

  g_assert_error (error, OMA_CODEC_ERROR, (int) code);
  g_assert_null (text);
}

static void
assert_refused (const char *hex, OmaCodecError code)
{
  assert_refused_by (OMA_WBXML_SYNCML, &handler, hex, code);
}

/* ---- The header (WAP-192, section 5.2) ---- */

static void
test_header (void)
{
  assert_read ("03 A4 01 6A 00 2D", "<SyncML></>");
  assert_read ("02 A4 01 6A 00 2D", "<SyncML></>");
  assert_read ("01 9F 53 6A 00 2D", "<SyncML></>");
  assert_read ("00 9F 51 00 2D", "<SyncML></>");                 /* 1.0 has no charset */
  assert_read ("03 01 6A 00 2D", "<SyncML></>");                 /* public identifier unknown */
  assert_read ("03 01 00 00 2D", "<SyncML></>");                 /* charset unknown */
  assert_read ("03 01 03 00 2D", "<SyncML></>");
  assert_read ("03 01 80 80 80 80 6A 00 2D", "<SyncML></>");     /* not the shortest form, but legal */
  assert_read ("02 00 00 6A 1E '-//SYNCML//DTD SyncML 1.2//EN' 00 2D", "<SyncML></>");
  assert_read ("02 00 00 6A 1D '-//SYNCML//DTD SyncML 1.2//EN' 2D", "<SyncML></>");   /* without its NUL */
  assert_refused ("04 A4 01 6A 00 2D", OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("13 A4 01 6A 00 2D", OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("3C 53 79 6E 63", OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("03 A4 01 87 77 00 2D", OMA_CODEC_ERROR_FORBIDDEN);      /* UTF-16 */
  assert_refused ("03 A4 01 6A 02 41 2D", OMA_CODEC_ERROR_MALFORMED);      /* nothing behind the table */
  assert_refused ("03 A4 01 6A 05 41 2D", OMA_CODEC_ERROR_MALFORMED);      /* table beyond the end */
  assert_refused ("03 A4 01 6A 84 80 01 2D", OMA_CODEC_ERROR_LIMIT);       /* 65537 octets */
  assert_refused ("02 00 04 6A 04 'abc' 00 2D", OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("03 80 80 80 80 80 01 6A 00 2D", OMA_CODEC_ERROR_MALFORMED);   /* six octets */
  assert_refused ("03 90 80 80 80 00 6A 00 2D", OMA_CODEC_ERROR_MALFORMED);      /* 2^32 */
  assert_read ("03 8F FF FF FF 7F 6A 00 2D", "<SyncML></>");
}

static void
test_looks_like (void)
{
  static const struct {
    const char *hex;
    gboolean    expected;
  } cases[] = {
    { "03 A4 01 6A 00 6D", TRUE },
    { "02 9F 53 6A 00 6D", TRUE },
    { "01 9F 51 6A 00 6D", TRUE },
    { "03 0B 6A 00 45", TRUE },
    { "03 01 6A 00 60", TRUE },
    { "03 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 60", TRUE },
    { "03 00 00 6A 04 'abc' 00 60", FALSE },
    { "03 22 6A 00 60", FALSE },
    { "03 A4 01 87 77 00 6D", FALSE },
    { "03 A4 01 6A 00", FALSE },
    { "03 A4 01 6A 7F 00", FALSE },
    { "00 00 00 01", FALSE },
    { "'<SyncML/>'", FALSE },
    { "EF BB BF '<SyncML/>'", FALSE },
    { "", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GBytes) octets = from_hex (cases[i].hex);
      gsize size = g_bytes_get_size (octets);
      g_autofree gpointer data = copy_octets (octets, size);

      g_test_message ("%s", cases[i].hex);
      g_assert_cmpint (oma_wbxml_looks_like (data, size), ==, cases[i].expected);
    }
  g_assert_false (oma_wbxml_looks_like (NULL, 0));
}

/* ---- Elements and pages ---- */

/* WAP-192, section 5.8.4.7.1: the page is a state of the document, not of an element. */
static void
test_pages (void)
{
  assert_read (SYNCML "6D 6C 5A 00 01 4C 03 '16384' 00 01 01 01 00 00 6B 12 01 01",
               "<SyncML><SyncHdr><Meta><MaxMsgSize>16384</></></><SyncBody><Final></></></>");
  assert_read (SYNCML "6D 00 00 00 00 6B 52 01 01 01", "<SyncML><SyncBody><Final></></></>");
  assert_read (SYNCML "6D 5A 00 01 4E 4C 03 '5000' 00 01 01 01 00 00 01",
               "<SyncML><Meta><MetInf><MaxMsgSize>5000</></></></>");
  assert_read (SYNCML "6D 00 02 64 66 03 'X' 00 01 01 00 00 12 01", "<SyncML><Node><NodeName>X</></><Final></></>");
}

static void
test_unknown_elements (void)
{
  assert_read (SYNCML "6D 70 03 'x' 00 01 3F 00 07 45 45 01 01 00 00 12 01",
               "<SyncML><30>x</><3f></><705><705></></><Final></></>");
  assert_read ("03 A4 01 6A 04 'Foo' 00 6D 44 00 03 'hi' 00 01 04 00 01", "<SyncML><'Foo'>hi</><'Foo'></></>");
  assert_read ("03 A4 01 6A 03 'Foo' 6D 04 01 01", "<SyncML><'oo'></></>");
  assert_refused (SYNCML "6D 04 00 01", OMA_CODEC_ERROR_MALFORMED);
}

/* Attributes, processing instructions and extensions mean nothing in SyncML. */
static void
test_skipped (void)
{
  assert_read ("03 A4 01 6A 02 'a' 00 43 04 00 03 'v' 00 01 6D 43 05 85 01 40 'x' 00 80 05 C0 12 01 43 01",
               "<SyncML><Final></></>");
  assert_read ("03 A4 01 6A 02 'a' 00 ED 05 03 'x' 00 04 00 85 83 00 02 41 00 09 01 12 01", "<SyncML><Final></></>");
  assert_read ("03 A4 01 6A 02 'a' 00 C4 00 05 01 84 00 01 01", "<'a'><'a'></></>");
  assert_refused (SYNCML "ED 05 43 01 01", OMA_CODEC_ERROR_MALFORMED);
  assert_refused (SYNCML "ED 05 03 'x'", OMA_CODEC_ERROR_MALFORMED);
}

static void
test_trailing_octets (void)
{
  assert_read (SYNCML "2D 00 00 FF", "<SyncML></>");
  assert_read (SYNCML "6D 01 6D", "<SyncML></>");
}

/* ---- Text (WAP-192, section 5.8.4) ---- */

static void
test_text (void)
{
  assert_read ("03 A4 01 6A 0A 'DM/1.2' 00 'aa' 00 6D 71 C3 03 '1.2' 01 72 83 00 01 65 03 'A' 00 01 4F 83 07 01 01",
               "<SyncML><VerDTD>[312e32]</><VerProto>DM/1.2</><SessionID>A</><Data>aa</></>");
  assert_read (SYNCML "6D 4F 02 C1 2C 03 'eur' 00 02 41 01 01", "<SyncML><Data>\xe2\x82\xac" "eurA</></>");
  assert_read (SYNCML "6D 4F 01 4F 03 00 01 4F C3 00 01 0F 01",
               "<SyncML><Data></><Data></><Data>[]</><Data></></>");
  assert_read (SYNCML "6D 4F 03 'a&<b' 00 01 01", "<SyncML><Data>a&<b</></>");
  assert_refused (SYNCML "6D 4F 03 'abc'", OMA_CODEC_ERROR_MALFORMED);
  assert_refused (SYNCML "6D 4F C3 05 'abcd'", OMA_CODEC_ERROR_MALFORMED);
  assert_refused (SYNCML "6D 4F C3 8F FF FF FF 7F 'a'", OMA_CODEC_ERROR_MALFORMED);
  assert_refused (SYNCML "6D 4F 83 00 01 01", OMA_CODEC_ERROR_MALFORMED);
  assert_refused (SYNCML "03 'text' 00", OMA_CODEC_ERROR_MALFORMED);
  assert_refused (SYNCML "01", OMA_CODEC_ERROR_MALFORMED);
}

static void
test_entities (void)
{
  assert_read (SYNCML "4F 02 84 80 00 01", "<Data>\xf0\x90\x80\x80</>");
  assert_refused (SYNCML "4F 02 00 01", OMA_CODEC_ERROR_MALFORMED);
  assert_refused (SYNCML "4F 02 83 B0 00 01", OMA_CODEC_ERROR_MALFORMED);        /* U+D800 */
  assert_refused (SYNCML "4F 02 C4 80 00 01", OMA_CODEC_ERROR_MALFORMED);        /* U+110000 */
}

static void
test_charsets (void)
{
  assert_read ("03 01 6A 00 4F 03 C3 A4 00 01", "<Data>\xc3\xa4</>");
  assert_read ("03 01 00 00 4F 03 C3 A4 00 01", "<Data>\xc3\xa4</>");
  assert_read ("03 01 04 00 4F 03 E4 00 01", "<Data>\xc3\xa4</>");
  assert_read ("03 01 04 02 E4 00 4F 83 00 01", "<Data>\xc3\xa4</>");
  assert_read ("03 01 04 01 E4 44 00 01", "<'\xc3\xa4'></>");
  assert_refused ("03 01 6A 00 4F 03 E4 00 01", OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("03 01 6A 00 4F 03 'abcdefgh' E4 00 01", OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("03 01 6A 02 E4 00 4F 83 00 01", OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("03 01 6A 00 4F 03 ED A0 80 00 01", OMA_CODEC_ERROR_MALFORMED);    /* a surrogate */
  assert_refused ("03 01 6A 00 4F 03 C0 80 00 01", OMA_CODEC_ERROR_MALFORMED);       /* a NUL in disguise */
}

/* A handler that knows text only gets OPAQUE as text. */
static void
test_opaque_as_text (void)
{
  assert_read_by (OMA_WBXML_SYNCML, &text_handler, SYNCML "4F 03 'a' 00 C3 02 C3 A4 01", "<Data>a\xc3\xa4</>");
  assert_refused_by (OMA_WBXML_SYNCML, &text_handler, SYNCML "4F C3 01 E4 01", OMA_CODEC_ERROR_MALFORMED);
  assert_refused_by (OMA_WBXML_SYNCML, &text_handler, SYNCML "4F C3 01 00 01", OMA_CODEC_ERROR_MALFORMED);
}

/* ---- Limits ---- */

static void
test_depth (void)
{
  assert_read (SYNCML "45 45 45 45 45 45 45 05 01 01 01 01 01 01 01",
               "<Add><Add><Add><Add><Add><Add><Add><Add></></></></></></></></>");
  assert_refused (SYNCML "45 45 45 45 45 45 45 45 05 01 01 01 01 01 01 01 01", OMA_CODEC_ERROR_LIMIT);
}

/* A reference of two octets must not stand for 64 KiB without end. */
static void
test_expansion (void)
{
  g_autoptr(GByteArray) octets = g_byte_array_new ();
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *table = g_strnfill (OMA_WBXML_MAX_TABLE, 'x');
  g_autofree char *text = NULL;

  g_byte_array_append (octets, (const guint8 *) "\x03\x01\x6a\x84\x80\x00", 6);
  g_byte_array_append (octets, (const guint8 *) table, OMA_WBXML_MAX_TABLE);
  g_byte_array_append (octets, (const guint8 *) "\x4f", 1);
  for (guint i = 0; i < OMA_WBXML_MAX_EXPANSION / OMA_WBXML_MAX_TABLE; i++)
    g_byte_array_append (octets, (const guint8 *) "\x83\x00", 2);
  g_byte_array_append (octets, (const guint8 *) "\x01", 1);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&octets));
  text = read_octets (OMA_WBXML_SYNCML, &handler, bytes, g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  g_clear_pointer (&text, g_free);

  octets = g_bytes_unref_to_array (g_steal_pointer (&bytes));
  g_byte_array_set_size (octets, octets->len - 1);
  g_byte_array_append (octets, (const guint8 *) "\x83\x00\x01", 3);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&octets));
  text = read_octets (OMA_WBXML_SYNCML, &handler, bytes, g_bytes_get_size (bytes), &error);
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
  g_assert_null (text);
}

static void
test_every_cut_is_refused (void)
{
  g_autoptr(GBytes) octets = from_hex ("03 A4 01 6A 02 'a' 00 6D 83 00 02 41 44 00 01 C5 03 'x' 00 04 00 01 "
                                       "4F C3 02 00 FF 01 00 01 4E 01 43 05 03 'x' 00 01 40 'x' 00 80 01 C0 01 01");
  gsize size = g_bytes_get_size (octets);

  for (gsize i = 0; i < size; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (read_octets (OMA_WBXML_SYNCML, &handler, octets, i, &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
    }
}

static void
test_handler_stops (void)
{
  g_autoptr(GBytes) octets = from_hex (PROV "45 87 36 06 03 'x' 00 01 01 01");

  for (guint i = 1; i < 6; i++)
    {
      g_autoptr(GError) error = NULL;
      Log log = { .text = g_string_new (NULL), .fail_at = i };

      g_assert_false (oma_wbxml_read (OMA_WBXML_PROVISIONING, g_bytes_get_data (octets, NULL),
                                      g_bytes_get_size (octets), MAX_DEPTH, &handler, &log, &error));
      g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INTR);
      g_string_free (log.text, TRUE);
    }
}

/* ---- Documents in documents ---- */

static void
test_kept_elements (void)
{
  assert_read_by (OMA_WBXML_SYNCML, &keeping_handler,
                  SYNCML "6D 54 4F 00 02 60 77 03 '1.2' 00 01 64 66 03 'X' 00 01 01 01 01 00 00 01 12 01",
                  "<SyncML><Item><Data>[02016a00" "0002" "6077" "03312e320001" "6466" "0358000101" "01]</></>"
                  "<Final></></>");
  /* With the string table where they refer to it. */
  assert_read_by (OMA_WBXML_SYNCML, &keeping_handler, "03 01 04 02 'X' 00 6D 4F 83 00 00 02 64 66 83 00 01 01 01 01",
                  "<SyncML><Data>X[0201040258000002646683000101]</></>");
  assert_read_by (OMA_WBXML_SYNCML, &keeping_handler, SYNCML "6D 4F 05 01 4F 00 02 20 01 01",
                  "<SyncML><Data>[02016a0005]</><Data>[02016a00000220]</></>");
  assert_refused_by (OMA_WBXML_SYNCML, &keeping_handler, SYNCML "6D 4F 00 02 60 03 'X'", OMA_CODEC_ERROR_MALFORMED);
  assert_refused_by (OMA_WBXML_SYNCML, &keeping_handler,
                     SYNCML "4F 00 02 45 45 45 45 45 45 45 45 01 01 01 01 01 01 01 01 01", OMA_CODEC_ERROR_LIMIT);
}

/* TND 1.2, section 8.6; libwbxml switches to page 2, others stay on page 0. */
static void
test_ddf (void)
{
  static const char expected[] = "<MgmtTree><VerDTD>1.2</><Node><NodeName>X</><RTProperties><Format><chr></></>"
                                 "<Type><MIME>text/plain</></></><Value>v</></></>";
#define TREE "60 77 03 '1.2' 00 01 64 66 03 'X' 00 01 6F 5C 0B 01 75 61 03 'text/plain' 00 01 01 01 76 03 'v' 00 01 01 01"
#define DDF "03 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 "

  assert_read_by (OMA_WBXML_DDF, &handler, DDF "00 02 " TREE, expected);
  assert_read_by (OMA_WBXML_DDF, &handler, DDF TREE, expected);
}

/* ---- Client Provisioning (Provisioning Content 1.1, section 8) ---- */

static void
test_provisioning (void)
{
  assert_read_by (OMA_WBXML_PROVISIONING, &handler,
                  PROV "45 C6 00 01 55 01 87 36 06 03 'w7' 00 01 87 38 06 03 'dm.example.org' 00 01 "
                  "C6 57 01 87 30 06 8D 01 87 33 06 91 93 01 01 01 01",
                  "<Add><Alert>{type=APPLICATION}<Archive>{name=APPID}{value=w7}</>"
                  "<Archive>{name=PROVIDER-ID}{value=dm.example.org}</>"
                  "<Alert>{type=APPAUTH}<Archive>{name=AAUTHLEVEL}{value=APPSRV}</>"
                  "<Archive>{name=AAUTHTYPE}{value=HTTP-DIGEST}</></></></>");
  /* The attribute page goes back for the value, the tag page is switched too. */
  assert_read_by (OMA_WBXML_PROVISIONING, &handler,
                  PROV "45 00 01 C6 00 01 55 01 87 36 00 00 06 03 'w7' 00 01 01 01",
                  "<Add><Alert>{type=APPLICATION}<Archive>{name=APPID}{value=w7}</></></>");
  assert_read_by (OMA_WBXML_PROVISIONING, &handler, PROV "C5 46 01 C6 56 01 87 07 06 03 'Op' 00 01 01 01",
                  "<Add>{version=1.0}<Alert>{type=BOOTSTRAP}<Archive>{name=NAME}{value=Op}</></></>");
}

static void
test_provisioning_values (void)
{
  assert_read_by (OMA_WBXML_PROVISIONING, &handler, PROV "87 00 01 33 06 92 90 93 01",
                  "<Archive>{name=AAUTHTYPE}{value=BASIC,DIGEST}</>");
  assert_read_by (OMA_WBXML_PROVISIONING, &handler, "03 0B 6A 09 'WLAN' 00 'on' 00 'x' 87 04 00 83 05 03 '!' 00 C3 01 'x' 02 41 01",
                  "<Archive>{WLAN=on!xA}</>");
  assert_read_by (OMA_WBXML_PROVISIONING, &handler, PROV "87 05 03 'APP' 00 03 'ID' 00 06 01",
                  "<Archive>{name=APPID}{value=}</>");
  /* What no table has is left out whole: half a value is none. */
  assert_read_by (OMA_WBXML_PROVISIONING, &handler, PROV "87 4D 03 'x' 00 06 BF 03 'x' 00 00 09 05 03 'x' 00 00 00 07 01",
                  "<Archive>{name=NAME}</>");
  assert_refused_by (OMA_WBXML_PROVISIONING, &handler, PROV "87 06 C3 01 00 01", OMA_CODEC_ERROR_MALFORMED);
}

/* Each token of the tables, and none beyond them. */
static void
test_provisioning_tables (void)
{
  static const guint n_expected[2] = { 81, 29 };

  for (guint page = 0; page < G_N_ELEMENTS (n_expected); page++)
    {
      guint n = 0;

      for (guint token = 0x05; token < 0x80; token++)
        {
          g_autofree char *hex = NULL;
          g_autofree char *text = NULL;
          g_autoptr(GBytes) octets = NULL;

          if ((token & 0x3f) < 5)
            continue;
          hex = g_strdup_printf (PROV "87 00 %02X %02X 01", page, token);
          octets = from_hex (hex);
          text = read_octets (OMA_WBXML_PROVISIONING, &handler, octets, g_bytes_get_size (octets), NULL);
          n += g_strcmp0 (text, "<Archive></>") != 0;
        }
      g_assert_cmpuint (n, ==, n_expected[page]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wbxml/header", test_header);
  g_test_add_func ("/wbxml/looks-like", test_looks_like);
  g_test_add_func ("/wbxml/pages", test_pages);
  g_test_add_func ("/wbxml/unknown-elements", test_unknown_elements);
  g_test_add_func ("/wbxml/skipped", test_skipped);
  g_test_add_func ("/wbxml/trailing-octets", test_trailing_octets);
  g_test_add_func ("/wbxml/text", test_text);
  g_test_add_func ("/wbxml/entities", test_entities);
  g_test_add_func ("/wbxml/charsets", test_charsets);
  g_test_add_func ("/wbxml/opaque-as-text", test_opaque_as_text);
  g_test_add_func ("/wbxml/depth", test_depth);
  g_test_add_func ("/wbxml/expansion", test_expansion);
  g_test_add_func ("/wbxml/every-cut-is-refused", test_every_cut_is_refused);
  g_test_add_func ("/wbxml/handler-stops", test_handler_stops);
  g_test_add_func ("/wbxml/kept-elements", test_kept_elements);
  g_test_add_func ("/wbxml/ddf", test_ddf);
  g_test_add_func ("/wbxml/provisioning", test_provisioning);
  g_test_add_func ("/wbxml/provisioning-values", test_provisioning_values);
  g_test_add_func ("/wbxml/provisioning-tables", test_provisioning_tables);
  return g_test_run ();
}
