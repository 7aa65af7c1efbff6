/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define HDR "Status 1/0 SyncHdr 200\n"
#define TNDS "application/vnd.syncml.dmtnds+xml"
#define NODES \
  "<VerDTD>1.2</VerDTD><Node><NodeName>c9</NodeName><Node><NodeName>Ssid</NodeName><Value>lab</Value></Node></Node>"
#define ESCAPED \
  "&lt;MgmtTree&gt;&lt;Node&gt;&lt;NodeName&gt;c9&lt;/NodeName&gt;&lt;Node&gt;&lt;NodeName&gt;Ssid&lt;/NodeName&gt;" \
  "&lt;Value&gt;lab&lt;/Value&gt;&lt;/Node&gt;&lt;/Node&gt;&lt;/MgmtTree&gt;"
#define ADD(format, type, data) \
  "<Add><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Net/Conn</LocURI></Target><Meta><Format>" format "</Format>" \
  "<Type>" type "</Type></Meta><Data>" data "</Data></Item></Add>"
#define GET(id, uri) \
  "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"

static void
add (Fixture *f, const char *command)
{
  g_autofree char *value = NULL;

  fixture_begin (f);
  fixture_answer (f, 200, command, TRUE);
  fixture_assert_sent (f, HDR "Status 1/2 Add ./Vendor/Net/Conn 200\nFinal\n");
  value = fixture_get_value (f, "./Vendor/Net/Conn/c9/Ssid");
  g_assert_cmpstr (value, ==, "lab");
}

/* WBXML encoding of TNDS, 7.1, in XML: as escaped text, as CDATA, as markup, as base64. */
static void
test_escaped_text_is_a_document (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, ADD ("xml", TNDS, ESCAPED));
}

static void
test_cdata_is_a_document (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, ADD ("xml", TNDS, "<![CDATA[<MgmtTree>" NODES "</MgmtTree>]]>"));
}

static void
test_markup_is_a_document (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, ADD ("xml", TNDS, "<MgmtTree xmlns='syncml:dmddf1.2'>" NODES "</MgmtTree>"));
}

static void
test_base64_is_a_document (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char text[] = "<MgmtTree>" NODES "</MgmtTree>";
  g_autofree char *encoded = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *command = g_strdup_printf (ADD ("b64", "application/vnd.syncml.dmtnds+wbxml", "%s"), encoded);

  add (f, command);
}

/* DM Representation Protocol 1.2, Add: one Status, and nothing is there when it fails. */
static void
test_failure_has_one_status (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200,
                  ADD ("xml", TNDS, "<MgmtTree>" NODES "<Node><NodeName>c9</NodeName></Node></MgmtTree>")
                  GET ("3", "./Vendor/Net/Conn"), TRUE);
  fixture_assert_sent (f, HDR "Status 1/2 Add ./Vendor/Net/Conn 418\nStatus 1/3 Get ./Vendor/Net/Conn 200\n"
                          "Results 1/3 ./Vendor/Net/Conn node ''\nFinal\n");
}

/* DM Protocol 1.2, 11.8: Source is the node, without the query. */
static void
test_get_gives_one_document (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaItem *item = NULL;

  fixture_begin (f);
  fixture_answer (f, 200, GET ("2", "./Vendor/Motd?list=TNDS+Value+Format"), TRUE);
  for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
    if (command->type == OMA_COMMAND_RESULTS)
      item = &command->items[0];
  g_assert_nonnull (item);
  g_assert_cmpstr (item->source, ==, "./Vendor/Motd");
  g_assert_cmpstr (item->meta.format, ==, "xml");
  g_assert_cmpstr (item->meta.type, ==, TNDS);
#define EXPECTED \
  "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>Motd</NodeName><Path>./Vendor</Path>" \
  "<RTProperties><Format><chr/></Format></RTProperties><Value>hello</Value></Node></MgmtTree>"
  g_assert_cmpmem (item->data, item->data_length, EXPECTED, strlen (EXPECTED));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/session-document/escaped-text", test_escaped_text_is_a_document);
  fixture_add ("/session-document/cdata", test_cdata_is_a_document);
  fixture_add ("/session-document/markup", test_markup_is_a_document);
  fixture_add ("/session-document/base64", test_base64_is_a_document);
  fixture_add ("/session-document/failure-has-one-status", test_failure_has_one_status);
  fixture_add ("/session-document/get-gives-one-document", test_get_gives_one_document);
  return g_test_run ();
}
