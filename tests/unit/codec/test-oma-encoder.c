/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"

#define PROLOG "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.2\">"
#define XML_HEADER PROLOG "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto></SyncHdr><SyncBody>"
#define XML_END "</SyncBody></SyncML>"
#define MET_INF(name, text) "<" name " xmlns=\"syncml:metinf\">" text "</" name ">"

static const OmaHeader small_header = { .ver_dtd = "1.2", .ver_proto = "DM/1.2" };

static char *
encode (const OmaHeader *header, const OmaCommand *first, gboolean final)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_XML);
  g_autoptr(GBytes) bytes = NULL;
  gsize size;

  oma_encoder_header (encoder, header);
  for (const OmaCommand *command = first; command != NULL; command = command->next)
    oma_encoder_command (encoder, command);
  size = oma_encoder_get_size (encoder);
  bytes = oma_encoder_finish (encoder, final);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, final ? size : size - strlen ("<Final/>"));
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
assert_command (const OmaCommand *command, const char *expected)
{
  g_autofree char *whole = g_strconcat (XML_HEADER, expected, XML_END, NULL);
  g_autofree char *xml = encode (&small_header, command, FALSE);

  g_assert_cmpstr (xml, ==, whole);
}

/* DM 1.x sheet, content model of SyncHdr */
static void
test_header_is_in_order (void)
{
  const OmaHeader header = {
    .ver_dtd = "1.2", .ver_proto = "DM/1.2", .session_id = "1", .msg_id = "2", .target = "https://srv/?a=1&b=2",
    .target_name = "t", .source = "dev", .source_name = "user", .resp_uri = "r", .no_resp = TRUE, .has_cred = TRUE,
    .cred_meta = { .format = "b64", .type = "syncml:auth-basic" }, .cred_data = "Zm9v",
    .meta = { .max_msg_size = 4096, .max_obj_size = 100 },
  };
  g_autofree char *xml = encode (&header, NULL, TRUE);

  g_assert_cmpstr (xml, ==,
    PROLOG "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>2</MsgID>"
    "<Target><LocURI>https://srv/?a=1&amp;b=2</LocURI><LocName>t</LocName></Target><Source><LocURI>dev</LocURI>"
    "<LocName>user</LocName></Source><RespURI>r</RespURI><NoResp/><Cred><Meta>" MET_INF ("Format", "b64")
    MET_INF ("Type", "syncml:auth-basic") "</Meta><Data>Zm9v</Data></Cred><Meta>" MET_INF ("MaxMsgSize", "4096")
    MET_INF ("MaxObjSize", "100") "</Meta></SyncHdr><SyncBody><Final/></SyncBody></SyncML>");
}

static void
test_version_decides_the_namespace (void)
{
  const OmaHeader header = { .ver_dtd = "1.1" };
  g_autofree char *xml = encode (&header, NULL, FALSE);

  g_assert_cmpstr (xml, ==, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.1\"><SyncHdr>"
                            "<VerDTD>1.1</VerDTD></SyncHdr><SyncBody></SyncBody></SyncML>");
}

static void
test_status_is_in_order (void)
{
  OmaMeta chal = { .format = "b64", .type = "syncml:auth-md5", .next_nonce = "bm8=" };
  OmaItem item = { .data = "a<b", .data_length = 3 };
  OmaCommand status = {
    .type = OMA_COMMAND_STATUS, .cmd_id = "1", .msg_ref = "2", .cmd_ref = "0", .cmd = "SyncHdr", .target_ref = "t",
    .source_ref = "s", .chal = &chal, .data = "401", .items = &item, .n_items = 1,
  };

  assert_command (&status,
    "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>t</TargetRef>"
    "<SourceRef>s</SourceRef><Chal><Meta>" MET_INF ("Format", "b64") MET_INF ("Type", "syncml:auth-md5")
    MET_INF ("NextNonce", "bm8=") "</Meta></Chal><Data>401</Data><Item><Data>a&lt;b</Data></Item></Status>");
}

static void
test_results_are_in_order (void)
{
  OmaItem item = {
    .source = "./A", .meta = { .format = "chr", .type = "text/plain", .has_size = TRUE, .size = 30 }, .data = "ab",
    .data_length = 2, .more_data = TRUE,
  };
  OmaCommand results = {
    .type = OMA_COMMAND_RESULTS, .cmd_id = "3", .msg_ref = "1", .cmd_ref = "2", .meta = { .type = "x" },
    .target_ref = "t", .items = &item, .n_items = 1,
  };

  assert_command (&results,
    "<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Meta>" MET_INF ("Type", "x")
    "</Meta><TargetRef>t</TargetRef><Item><Source><LocURI>./A</LocURI></Source><Meta>" MET_INF ("Format", "chr")
    MET_INF ("Type", "text/plain") MET_INF ("Size", "30") "</Meta><Data>ab</Data><MoreData/></Item></Results>");
}

static void
test_alert_is_in_order (void)
{
  OmaItem items[] = {
    { .source = "./S", .meta = { .format = "int", .type = "org.x", .mark = "critical" }, .data = "", .data_length = 0 },
    { .target = NULL },
  };
  OmaCommand alert = {
    .type = OMA_COMMAND_ALERT, .cmd_id = "4", .data = "1226", .correlator = "c", .items = items, .n_items = 2,
  };

  assert_command (&alert,
    "<Alert><CmdID>4</CmdID><Data>1226</Data><Correlator>c</Correlator><Item><Source><LocURI>./S</LocURI></Source>"
    "<Meta>" MET_INF ("Format", "int") MET_INF ("Type", "org.x") MET_INF ("Mark", "critical")
    "</Meta><Data></Data></Item><Item></Item></Alert>");
}

static void
test_operations_are_in_order (void)
{
  static const struct {
    OmaCommandType type;
    const char    *name;
  } operations[] = {
    { OMA_COMMAND_ADD, "Add" }, { OMA_COMMAND_COPY, "Copy" }, { OMA_COMMAND_DELETE, "Delete" },
    { OMA_COMMAND_GET, "Get" }, { OMA_COMMAND_REPLACE, "Replace" }, { OMA_COMMAND_EXEC, "Exec" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      const char *name = operations[i].name;
      OmaItem item = { .target = "./T", .target_name = "n", .source = "./S", .data = "v", .data_length = 1 };
      OmaCommand command = {
        .type = operations[i].type, .cmd_id = "1", .no_resp = TRUE, .meta = { .format = "chr" }, .correlator = "c",
        .items = &item, .n_items = 1,
      };
      g_autofree char *expected = g_strdup_printf (
        "<%s><CmdID>1</CmdID><NoResp/><Meta>" MET_INF ("Format", "chr") "</Meta>%s<Item><Target><LocURI>./T</LocURI>"
        "<LocName>n</LocName></Target><Source><LocURI>./S</LocURI></Source><Data>v</Data></Item></%s>",
        name, command.type == OMA_COMMAND_EXEC ? "<Correlator>c</Correlator>" : "", name);

      assert_command (&command, expected);
    }
}

static void
test_containers_hold_their_children (void)
{
  OmaCommand get = { .type = OMA_COMMAND_GET, .cmd_id = "3" };
  OmaCommand unknown = { .type = OMA_COMMAND_UNKNOWN, .name = "Bogus", .next = &get };
  OmaCommand unsupported = { .type = OMA_COMMAND_UNSUPPORTED, .name = "Put", .next = &unknown };
  OmaCommand sequence = {
    .type = OMA_COMMAND_SEQUENCE, .cmd_id = "2", .first_child = &unsupported, .last_child = &get,
  };
  OmaCommand atomic = {
    .type = OMA_COMMAND_ATOMIC, .cmd_id = "1", .first_child = &sequence, .last_child = &sequence,
  };

  assert_command (&atomic, "<Atomic><CmdID>1</CmdID><Sequence><CmdID>2</CmdID><Get><CmdID>3</CmdID></Get></Sequence>"
                           "</Atomic>");
}

static void
test_every_element_comes_back (void)
{
  static const char xml[] =
    "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>"
    "<MsgID>2</MsgID><Target><LocURI>d</LocURI><LocName>dn</LocName></Target><Source><LocURI>s</LocURI></Source>"
    "<RespURI>r</RespURI><Cred><Meta><Type>syncml:auth-md5</Type></Meta><Data>x</Data></Cred><Meta><MaxMsgSize>9"
    "</MaxMsgSize></Meta></SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr"
    "</Cmd><Chal><Meta><NextNonce>n</NextNonce></Meta></Chal><Data>212</Data></Status><Atomic><CmdID>2</CmdID><Add>"
    "<CmdID>3</CmdID><Item><Target><LocURI>./A/%20b</LocURI></Target><Meta><Format>chr</Format><Size>0</Size></Meta>"
    "<Data> a &lt;b/&gt; &#13;&#10;\t\xe2\x82\xac </Data></Item><Item><Data><m xmlns='u'>x&amp;</m></Data></Item></Add>"
    "<Sequence><CmdID>4</CmdID><Exec><CmdID>5</CmdID><Correlator>c</Correlator><Item/></Exec></Sequence>"
    "</Atomic><Alert>"
    "<CmdID>6</CmdID><Data>1222</Data></Alert><Results><CmdID>7</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Item>"
    "<Source><LocURI>./Q</LocURI></Source><Data/></Item></Results><Final/></SyncBody></SyncML>";
  g_autoptr(OmaMessage) first = decode (xml);
  g_autofree char *once = encode (&first->header, first->first_command, first->final);
  g_autoptr(OmaMessage) second = decode (once);
  g_autofree char *twice = encode (&second->header, second->first_command, second->final);
  const OmaItem *item = &second->first_command->next->first_child->items[0];

  g_assert_cmpstr (once, ==, twice);
  g_assert_cmpuint (second->n_commands, ==, first->n_commands);
  g_assert_cmpuint (second->n_commands, ==, 7);
  assert_data (item, " a <b/> \r\n\t\xe2\x82\xac ");
  assert_data (item + 1, "<m xmlns=\"u\">x&amp;</m>");
  g_assert_cmpstr (second->header.cred_meta.type, ==, "syncml:auth-md5");
  g_assert_cmpstr (second->first_command->chal->next_nonce, ==, "n");
  g_assert_cmpstr (second->first_command->next->first_child->next->first_child->correlator, ==, "c");
}

static void
test_any_octets_give_well_formed_xml (void)
{
  char octets[512];
  OmaItem item = { .target = "\x01\xff", .data = octets, .data_length = sizeof octets };
  OmaCommand replace = { .type = OMA_COMMAND_REPLACE, .cmd_id = "\x02]]>", .items = &item, .n_items = 1 };
  g_autofree char *xml = NULL;
  g_autoptr(OmaMessage) message = NULL;

  for (guint i = 0; i < sizeof octets; i++)
    octets[i] = (char) (i % 2 == 0 ? i / 2 : 511 - i / 2);
  xml = encode (&small_header, &replace, TRUE);
  message = decode (xml);
  g_assert_cmpstr (message->first_command->cmd_id, ==, "\xef\xbf\xbd]]>");
  g_assert_cmpstr (message->first_command->items[0].target, ==, "\xef\xbf\xbd\xef\xbf\xbd");
  g_assert_true (g_utf8_validate (message->first_command->items[0].data,
                                  message->first_command->items[0].data_length, NULL));
}

static void
test_commands_can_be_taken_back (void)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_XML);
  OmaCommand one = { .type = OMA_COMMAND_GET, .cmd_id = "1" };
  OmaCommand two = { .type = OMA_COMMAND_GET, .cmd_id = "2" };
  g_autoptr(GBytes) bytes = NULL;
  gsize empty, with_one, with_two;

  oma_encoder_header (encoder, &small_header);
  empty = oma_encoder_get_size (encoder);
  oma_encoder_command (encoder, &one);
  with_one = oma_encoder_get_size (encoder);
  oma_encoder_command (encoder, &two);
  with_two = oma_encoder_get_size (encoder);
  g_assert_cmpuint (empty, ==, strlen (XML_HEADER "<Final/>" XML_END));
  g_assert_cmpuint (with_one - empty, ==, strlen ("<Get><CmdID>1</CmdID></Get>"));
  g_assert_cmpuint (with_two - with_one, ==, with_one - empty);
  oma_encoder_truncate (encoder, with_one);
  g_assert_cmpuint (oma_encoder_get_size (encoder), ==, with_one);
  oma_encoder_truncate (encoder, empty);
  oma_encoder_command (encoder, &two);
  bytes = oma_encoder_finish (encoder, TRUE);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                   XML_HEADER "<Get><CmdID>2</CmdID></Get><Final/>" XML_END,
                   strlen (XML_HEADER "<Get><CmdID>2</CmdID></Get><Final/>" XML_END));
}

static void
test_reserved_room_changes_nothing (void)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_XML);
  OmaCommand get = { .type = OMA_COMMAND_GET, .cmd_id = "1" };
  g_autoptr(GBytes) bytes = NULL;
  gsize size;

  oma_encoder_header (encoder, &small_header);
  size = oma_encoder_get_size (encoder);
  oma_encoder_reserve (encoder, 0);
  oma_encoder_reserve (encoder, 100000);
  g_assert_cmpuint (oma_encoder_get_size (encoder), ==, size);
  oma_encoder_command (encoder, &get);
  bytes = oma_encoder_finish (encoder, TRUE);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                   XML_HEADER "<Get><CmdID>1</CmdID></Get><Final/>" XML_END,
                   strlen (XML_HEADER "<Get><CmdID>1</CmdID></Get><Final/>" XML_END));
}

static void
test_large_values_are_whole (void)
{
  g_autofree char *value = g_strnfill (1000000, 'v');
  OmaItem item = { .data = value, .data_length = 1000000 };
  OmaCommand replace = { .type = OMA_COMMAND_REPLACE, .items = &item, .n_items = 1 };
  g_autofree char *xml = encode (&small_header, &replace, TRUE);
  g_autoptr(OmaMessage) message = decode (xml);

  assert_data (&message->first_command->items[0], value);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/encoder/header", test_header_is_in_order);
  g_test_add_func ("/encoder/version", test_version_decides_the_namespace);
  g_test_add_func ("/encoder/status", test_status_is_in_order);
  g_test_add_func ("/encoder/results", test_results_are_in_order);
  g_test_add_func ("/encoder/alert", test_alert_is_in_order);
  g_test_add_func ("/encoder/operations", test_operations_are_in_order);
  g_test_add_func ("/encoder/containers", test_containers_hold_their_children);
  g_test_add_func ("/encoder/round-trip", test_every_element_comes_back);
  g_test_add_func ("/encoder/any-octets", test_any_octets_give_well_formed_xml);
  g_test_add_func ("/encoder/truncate", test_commands_can_be_taken_back);
  g_test_add_func ("/encoder/reserve", test_reserved_room_changes_nothing);
  g_test_add_func ("/encoder/large", test_large_values_are_whole);
  return g_test_run ();
}
