/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"
#include "wbxml-fixture.h"

static OmaSecrecy
is_password (const char *uri, gpointer user_data G_GNUC_UNUSED)
{
  if (g_str_has_suffix (uri, "/Password"))
    return OMA_SECRECY_VALUE;
  if (g_str_has_suffix (uri, "/Nowhere"))
    return OMA_SECRECY_UNKNOWN;
  return g_str_has_suffix (uri, "/Interior") ? OMA_SECRECY_INTERIOR : OMA_SECRECY_NONE;
}

static char *
describe (const char *xml)
{
  return oma_codec_describe (OMA_ENCODING_XML, xml, strlen (xml), is_password, NULL);
}

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_test_fail_printf ("\"%s\" is not in: %s", part, text);
}

static void
assert_lacks (const char *text, const char *part)
{
  if (strstr (text, part) != NULL)
    g_test_fail_printf ("\"%s\" is in: %s", part, text);
}

static void
test_one_element_a_line (void)
{
  g_autofree char *text = describe (MESSAGE (
    "<Status><CmdID>1</CmdID><Data>200</Data></Status><Atomic><CmdID>2</CmdID><Get><CmdID>3</CmdID><Item><Target>"
    "<LocURI>./A</LocURI></Target></Item></Get><Put/></Atomic><Final/>"));

  g_assert_cmpstr (text, ==,
    "SyncML\n"
    "  SyncHdr\n"
    "    VerDTD: 1.2\n"
    "    VerProto: DM/1.2\n"
    "    SessionID: 1\n"
    "    MsgID: 2\n"
    "    Target\n"
    "      LocURI: dev\n"
    "    Source\n"
    "      LocURI: srv\n"
    "  SyncBody\n"
    "    Status\n"
    "      CmdID: 1\n"
    "      Data: 200\n"
    "    Atomic\n"
    "      CmdID: 2\n"
    "      Get\n"
    "        CmdID: 3\n"
    "        Item\n"
    "          Target\n"
    "            LocURI: ./A\n"
    "      Put (not a command of DM)\n"
    "    Final\n");
}

static void
test_secrets_are_redacted (void)
{
  static const char *const messages[] = {
    "<SyncML><SyncHdr><Cred><Meta><NextNonce>s3cret</NextNonce></Meta><Data>s3cret</Data></Cred></SyncHdr><SyncBody/>"
    "</SyncML>",
    MESSAGE ("<Status><Chal><Meta><NextNonce>s3cret</NextNonce></Meta></Chal><Data>407</Data></Status>"),
    MESSAGE ("<Replace><Item><Target><LocURI>./X/Password</LocURI></Target><Data>s3cret</Data></Item></Replace>"),
    MESSAGE ("<Replace><Item><Data>s3cret</Data><Target><LocURI>./X/Password</LocURI></Target></Item></Replace>"),
    MESSAGE ("<Sequence><Atomic><Add><Item><Data><x>s3cret</x></Data><Target>./X/Password</Target></Item></Add>"
             "</Atomic>"
             "</Sequence>"),
    MESSAGE ("<Results><Item><Source><LocURI>./X/Password</LocURI></Source><Data>s3cret</Data></Item></Results>"),
    MESSAGE ("<Status><Cmd>Alert</Cmd><Data>200</Data><Item><Data>s3cret</Data></Item></Status>"),
    MESSAGE ("<Results><TargetRef>./X/Password</TargetRef><Item><Data>s3cret</Data></Item></Results>"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autofree char *text = describe (messages[i]);
      assert_contains (text, ": [redacted]\n");
      assert_lacks (text, "s3cret");
    }
}

static void
test_addresses_to_answer_to_show_their_host_only (void)
{
  static const char *const addresses[][2] = {
    { "https://dm.example:8443/a;s=S3CRET?S3CRET=1#S3CRET", "RespURI: https://dm.example:8443/[redacted]\n" },
    { "http://u:S3CRET@dm.example", "RespURI: http://dm.example/[redacted]\n" },
    { "http://u:S3CRET/x@dm.example/", "RespURI: [redacted]\n" },
    { "/dm?S3CRET", "RespURI: [redacted]\n" },
    { "//u:S3CRET@dm.example/", "RespURI: [redacted]\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autofree char *header = g_strdup_printf ("</Source><RespURI>%s</RespURI>", addresses[i][0]);
      g_auto(GStrv) parts = g_strsplit (MESSAGE ("<Final/>"), "</Source>", 2);
      g_autofree char *xml = g_strjoinv (header, parts);
      g_autofree char *text = describe (xml);

      assert_contains (text, addresses[i][1]);
      assert_lacks (text, "S3CRET");
    }
}

/* It may be the password of a service whose plugin is missing. */
static void
test_what_is_put_where_nothing_is_is_redacted (void)
{
  g_autofree char *text = describe (MESSAGE (
    "<Add><Item><Target><LocURI>./A/Nowhere</LocURI></Target><Data>S3CRET-1</Data></Item></Add>"
    "<Replace><Item><Target><LocURI>./A/Nowhere</LocURI></Target><Data>S3CRET-2</Data></Item></Replace>"
    "<Exec><Item><Target><LocURI>./A/Nowhere</LocURI></Target><Data>S3CRET-3</Data></Item></Exec>"
    "<Status><TargetRef>./A/Nowhere</TargetRef><Data>404</Data></Status><Final/>"));

  assert_lacks (text, "S3CRET");
  assert_contains (text, "Data: [redacted]");
  assert_contains (text, "LocURI: ./A/Nowhere");
  assert_contains (text, "Data: 404");
}

static void
test_other_values_are_shown (void)
{
  static const char xml[] = MESSAGE (
    "<Replace><Item><Target><LocURI>./X/Name</LocURI></Target><Data>shown</Data></Item><Item><Target>"
    "<LocURI>./X/Password"
    "</LocURI></Target><Data>s3cret</Data></Item></Replace>");
  g_autofree char *text = describe (xml);
  g_autofree char *everything = oma_codec_describe (OMA_ENCODING_XML, xml, strlen (xml), NULL, NULL);

  assert_contains (text, "Data: shown\n");
  assert_lacks (text, "s3cret");
  assert_contains (everything, "Data: s3cret\n");
}

#define DOCUMENT "&lt;MgmtTree>&lt;VerDTD>1.2&lt;/VerDTD>&lt;Node>&lt;NodeName>A&lt;/NodeName>&lt;Node>&lt;NodeName>Key" \
                 "&lt;/NodeName>&lt;RTProperties>&lt;Format>&lt;chr/>&lt;/Format>&lt;/RTProperties>" \
                 "&lt;Value>s3cret&lt;/Value>&lt;/Node>&lt;/Node>&lt;/MgmtTree>"

/* DM Tree 1.2, section "TNDS": the type may be written in any case, be missing, or be wrong; what is
 * in parts cannot be read. */
static void
test_values_of_documents_are_not_shown (void)
{
  static const struct {
    const char *message;
    const char *shown;
  } cases[] = {
    { "<Meta><Type>application/vnd.syncml.dmtnds+xml</Type></Meta><Data>" DOCUMENT "</Data>", "A/Key (chr): [redacted]\n" },
    { "<Data>" DOCUMENT "</Data>", "A/Key (chr): [redacted]\n" },
    { "<Meta><Type>Application/Vnd.SyncML.DMTNDS+xml</Type></Meta><Data>&lt;MgmtTree>s3cret</Data>",
      "Data: [document of nodes, 16 octets]\n" },
    { "<Data>PE1nbXRUcmVlPjxWZXJEVEQ+MS4yPC9WZXJEVEQ+PE5vZGU+PE5vZGVOYW1lPktleTwvTm9kZU5hbWU+PFZhbHVlPnMzY3JldDwvVmFs"
      "dWU+PC9Ob2RlPjwvTWdtdFRyZWU+</Data>", "Key: [redacted]\n" },
    { "<Data><MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>Key</NodeName><Value>s3cret</Value>"
      "</Node></MgmtTree></Data>", "Key: [redacted]\n" },
    { "<Data>me>s3cret&lt;/Val</Data>", "Data: [document of nodes, 14 octets]\n" },
    { "<Data>me>s3cret&lt;/Val</Data><MoreData/>", "Data: [part of a document of nodes, 14 octets]\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = g_strdup_printf (
        MESSAGE ("<Add><Item><Target><LocURI>./Interior</LocURI></Target>%s</Item></Add>"), cases[i].message);
      g_autofree char *text = describe (message);

      assert_contains (text, cases[i].shown);
      assert_lacks (text, "s3cret");
      assert_lacks (text, "PE1nbXRU");
    }
}

/* What nobody may read is not in them. */
static void
test_documents_that_we_send_are_shown (void)
{
  g_autofree char *text = describe (MESSAGE (
    "<Results><Item><Source><LocURI>./X</LocURI></Source><Data>" DOCUMENT "</Data></Item></Results>"));

  assert_contains (text, "        Data: [TNDS document, 186 octets]\n          A\n          A/Key (chr): s3cret\n");
}

/* DM Protocol 1.2, section 10: an answer may be a password that was not shown when it was typed. */
static void
test_answers_of_users_are_not_shown (void)
{
  g_autofree char *text = describe (MESSAGE (
    "<Status><Cmd>Alert</Cmd><Item><Data>s3cret</Data></Item><Data>200</Data></Status>"));
  g_autofree char *asked = describe (MESSAGE (
    "<Alert><Data>1102</Data><Item><Data>ET=P&amp;DR=s3cret</Data></Item><Item><Data>Which?</Data></Item></Alert>"));
  g_autofree char *other = describe (MESSAGE (
    "<Status><Cmd>Replace</Cmd><Item><Data>shown</Data></Item><Data>217</Data></Status>"));

  assert_contains (text, "Data: [redacted]\n");
  assert_lacks (text, "s3cret");
  assert_contains (asked, "Which?");
  assert_lacks (asked, "s3cret");
  assert_contains (other, "Data: shown\n");
}

static char *
describe_part (OmaTranscript *transcript, gboolean sent, const char *item)
{
  g_autofree char *xml = g_strdup_printf (
    MESSAGE ("<Replace><Item><Target><LocURI>./A</LocURI></Target>%s</Item></Replace>"), item);

  return oma_transcript_describe (transcript, sent, OMA_ENCODING_XML, xml, strlen (xml));
}

/* DM RepPro 1.2, section "Large Objects": only the first part has Size, the last one no MoreData. */
static void
test_parts_of_large_objects_are_counted (void)
{
  g_autoptr(OmaTranscript) transcript = oma_transcript_new (is_password, NULL);
  g_autofree char *long_text = g_strnfill (100, 'x');
  g_autofree char *first_item = g_strdup_printf ("<Meta><Size>110</Size></Meta><Data>%s</Data><MoreData/>", long_text);
  g_autofree char *first = describe_part (transcript, FALSE, first_item);
  g_autofree char *other = describe_part (transcript, TRUE, "<Data>other</Data>");
  g_autofree char *second = describe_part (transcript, FALSE, "<Data>123</Data><MoreData/>");
  g_autofree char *last = describe_part (transcript, FALSE, "<Data>67890</Data>");
  g_autofree char *next = describe_part (transcript, FALSE, "<Data>next</Data>");

  assert_contains (first, "xxx[... part 1, 100 octets; 100 of 110 so far]\n");
  assert_lacks (first, long_text);
  assert_contains (other, "Data: other\n");
  assert_contains (second, "Data: 123[... part 2, 3 octets; 103 of 110 so far]\n");
  assert_contains (last, "Data: 67890[... part 3, 5 octets; 108 of 110 so far]\n");
  assert_contains (next, "Data: next\n");
}

/* A value that is cut in the middle of a document shows in no part, whatever the first one looked like. */
static void
test_later_parts_of_documents_are_not_shown (void)
{
  static const char *const parts[][3] = {
    { "&lt;MgmtTree>&lt;Node>&lt;NodeName>Key&lt;/NodeName>&lt;Value>s3c", "ret and s3c", "ret too" },
    { "&lt;?xml version='1.0'?>", "s3c", "ret too" },
    { "PE1nbXRUcmVlPjxOb2RlPjxOb2RlTmFtZT5LZXk8", "czNjcmV0", "cmV0" },
    { "&lt;", "s3cret", "cmV0" },
  };
  static const char *const metas[] = { "<Size>200</Size>", "<Type>application/vnd.syncml.dmtnds+xml</Type>" };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (metas); j++)
      {
        g_autoptr(OmaTranscript) transcript = oma_transcript_new (is_password, NULL);

        for (guint k = 0; k < 3; k++)
          {
            g_autofree char *item = g_strdup_printf ("<Meta>%s</Meta><Data>%s</Data>%s", k == 0 || j == 0 ? metas[j] : "",
                                                     parts[i][k], k < 2 ? "<MoreData/>" : "");
            g_autofree char *text = describe_part (transcript, FALSE, item);

            assert_contains (text, "Data: [part of a document of nodes, ");
          }
      }
}

/* Who begins to watch in the middle does not see what the parts are of. */
static void
test_parts_after_a_gap_are_not_shown (void)
{
  g_autoptr(OmaTranscript) transcript = oma_transcript_new (is_password, NULL);
  g_autofree char *middle = NULL, *last = NULL, *next = NULL;

  oma_transcript_miss (transcript, FALSE);
  middle = describe_part (transcript, FALSE, "<Data>s3cret</Data><MoreData/>");
  last = describe_part (transcript, FALSE, "<Data>s3cret</Data>");
  next = describe_part (transcript, FALSE, "<Data>next</Data>");
  assert_lacks (middle, "s3cret");
  assert_lacks (last, "s3cret");
  assert_contains (next, "Data: next\n");
}

/* Servers leave the type out, and a document that comes in parts has it in the first one only. */
static void
test_documents_without_a_type_are_not_shown (void)
{
  static const char *const data[] = {
    "<![CDATA[<MgmtTree><Node><NodeName>x</NodeName><Value>s3cret</Value></Node></MgmtTree>]]>",
    "&lt;MgmtTree>s3cret&lt;/MgmtTree>",
    "<![CDATA[e><Node><NodeName>Password</NodeName><Value>s3cret]]>",
    "s3cret&lt;/Value>",
    "PE1nbXRUcmVlPnMzY3JldDwvTWdtdFRyZWU+",
  };
  static const char *const types[] = {
    "", "<Meta><Type>text/plain</Type></Meta>", "<Meta><Type>Application/Vnd.SyncML.DMTNDS+xml</Type></Meta>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (data); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (types); j++)
      {
        g_autofree char *xml = g_strdup_printf (MESSAGE ("<Add><Item><Target><LocURI>./X</LocURI></Target>%s"
                                                         "<Data>%s</Data></Item></Add>"), types[j], data[i]);
        g_autofree char *text = describe (xml);

        assert_contains (text, "ocument");
        assert_lacks (text, "s3cret");
        assert_lacks (text, "cmV0");
      }
}

/* A part alone does not tell that it is the middle of a document. */
static void
test_later_parts_of_a_document_are_not_shown (void)
{
  static const char *const firsts[] = {
    "&lt;MgmtTree>&lt;Node>&lt;Value>a",
    "PE1nbXRUcmVlPg==",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (firsts); i++)
    {
      g_autoptr(OmaTranscript) transcript = oma_transcript_new (is_password, NULL);
      g_autofree char *item = g_strdup_printf ("<Meta><Size>99</Size></Meta><Data>%s</Data><MoreData/>", firsts[i]);
      g_autofree char *first = describe_part (transcript, FALSE, item);
      g_autofree char *second = describe_part (transcript, FALSE, "<Data>s3cret</Data><MoreData/>");
      g_autofree char *last = describe_part (transcript, FALSE, "<Data>s3cret</Data>");
      g_autofree char *next = describe_part (transcript, FALSE, "<Data>next</Data>");

      assert_contains (first, "Data: [part of a document of nodes");
      assert_contains (second, "Data: [part of a document of nodes, 6 octets]\n");
      assert_contains (last, "Data: [part of a document of nodes, 6 octets]\n");
      assert_contains (next, "Data: next\n");
    }
}

/* The beginning may have been that of a document. */
static void
test_parts_whose_beginning_was_not_seen_are_not_shown (void)
{
  g_autoptr(OmaTranscript) transcript = oma_transcript_new (is_password, NULL);
  g_autofree char *part = describe_part (transcript, FALSE, "<Data>s3cret</Data><MoreData/>");
  g_autofree char *last = describe_part (transcript, FALSE, "<Data>s3cret</Data>");

  assert_lacks (part, "s3cret");
  assert_lacks (last, "s3cret");
}

static void
test_base64_is_cut (void)
{
  g_autofree char *value = g_strnfill (1000, 'A');
  g_autofree char *xml = g_strdup_printf (MESSAGE ("<Add><Meta><Format>b64</Format></Meta><Item><Data>%s</Data>"
  "</Item></Add>"),
                                          value);
  g_autofree char *text = describe (xml);
  g_autofree char *start = g_strnfill (64, 'A');
  g_autofree char *expected = g_strconcat ("Data: ", start, "[... 1000 octets in all]\n", NULL);

  assert_contains (text, expected);
}

static void
test_long_text_is_cut_between_characters (void)
{
  g_autoptr(GString) xml = g_string_new ("<SyncML>" HEADER "<SyncBody><Add><Item><Data>a");
  g_autofree char *text = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append (xml, "\xc3\xbc");
  g_string_append (xml, "</Data></Item></Add></SyncBody></SyncML>");
  text = describe (xml->str);
  assert_contains (text, "[... 10001 octets in all]\n");
  assert_lacks (text, "\\x");
  g_assert_cmpuint (strlen (text), <, 3000);
}

static void
test_terminals_get_no_control_characters (void)
{
  g_autofree char *text = describe (MESSAGE (
    "<Alert><CmdID>a\tb\\c</CmdID><Item>"
    "<Data>x&#10;y&#13;z&#x9b;2J&#x7f;&#x202e;evil&#x2066;&#x200b;&#xe9;</Data></Item>"
    "</Alert><\xe2\x80\x8b/>"));
  g_autofree char *good = describe (MESSAGE (
    "<Alert><CmdID>a\tb\\c</CmdID><Item>"
    "<Data>x&#10;y&#13;z&#x9b;2J&#x7f;&#x202e;evil&#x2066;&#x200b;&#xe9;</Data></Item>"
    "</Alert>"));

  assert_contains (text, "[not a readable message");
  assert_contains (good, "CmdID: a\\tb\\\\c\n");
  assert_contains (good, "Data: x\\ny\\u{d}z\\u{9b}2J\\u{7f}\\u{202e}evil\\u{2066}\\u{200b}\xc3\xa9\n");
}

static char *
describe_hex (const char *hex, OmaSecrecyFunc is_secret)
{
  g_autoptr(GBytes) octets = from_hex (hex);

  return oma_codec_describe (OMA_ENCODING_WBXML, g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), is_secret,
                             NULL);
}

#define WBXML_HEADER "03 A4 01 6A 00 6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 65 03 '1' 00 01 5B 03 '2' 00 01 " \
                     "6E 57 03 'dev' 00 01 01 67 57 03 'srv' 00 01 01 01 6B "

/* The same lines, whichever encoding. */
static void
test_wbxml_reads_as_xml_does (void)
{
  g_autofree char *xml = describe (MESSAGE (
    "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./A</LocURI></Target><Meta><Format>bin</Format></Meta>"
    "<Data>AAEC/w==</Data></Item><Item><Target><LocURI>./Password</LocURI></Target><Data>hush</Data></Item></Replace>"
    "<Final/>"));
  g_autofree char *wbxml = describe_hex (
    WBXML_HEADER "60 4B 03 '2' 00 01 54 6E 57 03 './A' 00 01 01 5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 04 00 01 02 FF 01 01 "
    "54 6E 57 03 './Password' 00 01 01 4F C3 04 'hush' 01 01 01 12 01 01", is_password);

  g_assert_cmpstr (wbxml, ==, xml);
}

static void
test_parts_of_a_document_in_wbxml_are_not_shown (void)
{
  static const char *const parts[] = {
    "5A 00 01 52 03 '99' 00 01 01 00 00 4F C3 08 02 01 6A 00 00 02 60 64 01 34 01", "4F C3 06 's3cret' 01 34 01",
    "4F C3 06 's3cret' 01 01",
  };
  g_autoptr(OmaTranscript) transcript = oma_transcript_new (is_password, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *hex = g_strdup_printf (WBXML_HEADER "60 54 6E 57 03 './A' 00 01 01 %s 01 12 01 01", parts[i]);
      g_autoptr(GBytes) octets = from_hex (hex);
      g_autofree char *text = oma_transcript_describe (transcript, FALSE, OMA_ENCODING_WBXML,
                                                       g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));

      assert_contains (text, "Data: [part of a document of nodes, ");
      assert_lacks (text, "s3cret");
    }
}

static void
test_octets_are_abbreviated (void)
{
  g_autofree char *text = describe_hex (
    WBXML_HEADER "45 54 4F C3 31 00 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv' 01 01 01 12 01 01", NULL);

  assert_contains (text, "      Data: AGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6YWJjZGVmZ2hpamtsbW5vcHFyc3R1[... 49 octets in all]\n");
}

/* The three ways in which WBXML holds a document of nodes look the same. */
static void
test_documents_in_wbxml_are_shown (void)
{
#define NODES "00 02 60 77 03 '1.2' 00 01 64 66 03 'Key' 00 01 6F 5C 0B 01 01 76 03 'hush' 00 01 01 01"
  static const char *const messages[] = {
    WBXML_HEADER "45 54 4F " NODES " 00 00 01 01 01 12 01 01",
    WBXML_HEADER "45 54 4F C3 25 02 01 6A 00 " NODES " 01 01 01 12 01 01",
    WBXML_HEADER "45 5A 00 01 53 03 'application/vnd.syncml.dmtnds+wbxml' 00 01 01 00 00 54 4F C3 41 03 00 00 6A 1B "
      "'-//OMA//DTD-DM-DDF 1.2//EN' 00 " NODES " 01 01 01 12 01 01",
  };
  static const char shown[] =
    "        Data\n          MgmtTree\n            VerDTD: 1.2\n            Node\n              NodeName: Key\n"
    "              RTProperties\n                Format\n                  chr\n              Value: ";

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autofree char *open = describe_hex (messages[i], NULL);
      g_autofree char *redacted = describe_hex (messages[i], is_password);

      assert_contains (open, shown);
      assert_contains (open, "Value: hush\n");
      assert_contains (redacted, shown);
      assert_contains (redacted, "Value: [redacted]\n");
      assert_lacks (redacted, "hush");
    }
}

static void
test_broken_documents_are_marked (void)
{
  g_autofree char *text = describe_hex (WBXML_HEADER "45 54 4F C3 09 02 01 6A 00 00 02 60 76 03 01 01 01 12 01 01", is_password);

  assert_contains (text, "MgmtTree\n");
  assert_contains (text, "[the rest of the document cannot be read]\n");
  assert_contains (text, "Final\n");
}

static void
test_what_cannot_be_read_is_described (void)
{
  g_autofree char *text = describe ("<SyncML><\x1b[2J");
  g_autofree char *wbxml = oma_codec_describe (OMA_ENCODING_WBXML, "\x03\x01", 2, NULL, NULL);
  g_autofree char *empty = oma_codec_describe (OMA_ENCODING_XML, NULL, 0, NULL, NULL);

  assert_contains (text, "[not a readable message, 13 octets: ");
  assert_lacks (text, "\x1b");
  assert_contains (wbxml, "[not a readable message, 2 octets: ");
  assert_contains (empty, "[not a readable message, 0 octets: ");
}

static void
test_output_is_bounded (void)
{
  g_autoptr(GString) xml = g_string_new ("<SyncML>" HEADER "<SyncBody>");
  g_autofree char *value = g_strnfill (3000, '\n');
  g_autofree char *text = NULL;

  for (guint i = 0; i < 500; i++)
    g_string_append_printf (xml, "<Sequence><Add><Item><Data>%s</Data></Item></Add><Put/></Sequence>", value);
  g_string_append (xml, "</SyncBody></SyncML>");
  text = describe (xml->str);
  g_assert_cmpuint (strlen (text), <=, 64 * 1024);
  g_assert_cmpuint (strlen (text), >, 40 * 1024);
  g_assert_true (g_str_has_suffix (text, "[...]\n"));
}

static void
append_add (GString *message, char octet, gsize n)
{
  g_autofree char *text = g_strnfill (n, octet);

  g_string_append_printf (message, "\x45\x54\x4f\x03%s%c\x01\x01\x01", text, '\0');
}

/* Each octet of the text needs six, and it comes when there is just room for one. */
static void
test_output_is_bounded_whatever_is_escaped (void)
{
  g_autoptr(GBytes) start = from_hex (WBXML_HEADER);

  for (guint length = 1; length < 2000; length += 10)
    {
      g_autoptr(GString) message = g_string_new_len (g_bytes_get_data (start, NULL), g_bytes_get_size (start));
      g_autofree char *text = NULL;

      append_add (message, 'x', 1800);
      append_add (message, 'x', 1800);
      append_add (message, 'x', length);
      for (guint i = 0; i < 6; i++)
        append_add (message, '\x1f', 2000);
      g_string_append (message, "\x01\x01");
      text = oma_codec_describe (OMA_ENCODING_WBXML, message->str, message->len, NULL, NULL);
      assert_contains (text, "\\u{1f}");
      g_assert_cmpuint (strlen (text), <=, 64 * 1024);
      g_assert_true (g_str_has_suffix (text, "\n"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/describe/wbxml-reads-as-xml-does", test_wbxml_reads_as_xml_does);
  g_test_add_func ("/describe/octets-are-abbreviated", test_octets_are_abbreviated);
  g_test_add_func ("/describe/documents-in-wbxml-are-shown", test_documents_in_wbxml_are_shown);
  g_test_add_func ("/describe/broken-documents-are-marked", test_broken_documents_are_marked);
  g_test_add_func ("/describe/lines", test_one_element_a_line);
  g_test_add_func ("/describe/secrets", test_secrets_are_redacted);
  g_test_add_func ("/describe/addresses-to-answer-to", test_addresses_to_answer_to_show_their_host_only);
  g_test_add_func ("/describe/what-is-put-where-nothing-is", test_what_is_put_where_nothing_is_is_redacted);
  g_test_add_func ("/describe/others", test_other_values_are_shown);
  g_test_add_func ("/describe/documents-without-a-type", test_documents_without_a_type_are_not_shown);
  g_test_add_func ("/describe/bounded-whatever-is-escaped", test_output_is_bounded_whatever_is_escaped);
  g_test_add_func ("/describe/values-of-documents", test_values_of_documents_are_not_shown);
  g_test_add_func ("/describe/documents-of-ours", test_documents_that_we_send_are_shown);
  g_test_add_func ("/describe/answers-of-users", test_answers_of_users_are_not_shown);
  g_test_add_func ("/describe/parts-of-large-objects", test_parts_of_large_objects_are_counted);
  g_test_add_func ("/describe/later-parts-of-a-document", test_later_parts_of_a_document_are_not_shown);
  g_test_add_func ("/describe/parts-without-a-beginning", test_parts_whose_beginning_was_not_seen_are_not_shown);
  g_test_add_func ("/describe/later-parts-of-documents", test_later_parts_of_documents_are_not_shown);
  g_test_add_func ("/describe/parts-of-a-document-in-wbxml", test_parts_of_a_document_in_wbxml_are_not_shown);
  g_test_add_func ("/describe/parts-after-a-gap", test_parts_after_a_gap_are_not_shown);
  g_test_add_func ("/describe/base64", test_base64_is_cut);
  g_test_add_func ("/describe/long-text", test_long_text_is_cut_between_characters);
  g_test_add_func ("/describe/terminal", test_terminals_get_no_control_characters);
  g_test_add_func ("/describe/unreadable", test_what_cannot_be_read_is_described);
  g_test_add_func ("/describe/bounded", test_output_is_bounded);
  return g_test_run ();
}
