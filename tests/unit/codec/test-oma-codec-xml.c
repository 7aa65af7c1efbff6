/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"

/* SyncML Representation Protocol 1.2, section 5.2.2 */
static void
test_header_has_every_element (void)
{
  g_autoptr(OmaMessage) message = decode (
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
    "<SessionID>4F</SessionID><MsgID>7</MsgID><Target><LocURI>IMEI:1</LocURI><LocName>device</LocName></Target>"
    "<Source><LocURI>https://srv/dm</LocURI><LocName>server</LocName></Source><RespURI>https://srv/dm?x=1&amp;y=2"
    "</RespURI><NoResp/><Cred><Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">"
    "syncml:auth-md5</Type></Meta><Data> Zm9v </Data></Cred><Meta><MaxMsgSize xmlns=\"syncml:metinf\">4096</MaxMsgSize>"
    "<MaxObjSize xmlns=\"syncml:metinf\">1000000</MaxObjSize></Meta></SyncHdr><SyncBody><Final/></SyncBody></SyncML>");
  const OmaHeader *header = &message->header;

  g_assert_cmpstr (header->ver_dtd, ==, "1.2");
  g_assert_cmpstr (header->ver_proto, ==, "DM/1.2");
  g_assert_cmpstr (header->session_id, ==, "4F");
  g_assert_cmpstr (header->msg_id, ==, "7");
  g_assert_cmpstr (header->target, ==, "IMEI:1");
  g_assert_cmpstr (header->target_name, ==, "device");
  g_assert_cmpstr (header->source, ==, "https://srv/dm");
  g_assert_cmpstr (header->source_name, ==, "server");
  g_assert_cmpstr (header->resp_uri, ==, "https://srv/dm?x=1&y=2");
  g_assert_true (header->no_resp);
  g_assert_true (header->has_cred);
  g_assert_cmpstr (header->cred_meta.format, ==, "b64");
  g_assert_cmpstr (header->cred_meta.type, ==, "syncml:auth-md5");
  g_assert_cmpstr (header->cred_data, ==, "Zm9v");
  g_assert_cmpuint (header->meta.max_msg_size, ==, 4096);
  g_assert_cmpuint (header->meta.max_obj_size, ==, 1000000);
  g_assert_true (message->final);
  g_assert_cmpuint (message->n_commands, ==, 0);
}

static void
test_absent_elements_are_null (void)
{
  g_autoptr(OmaMessage) message = decode ("<SyncML><SyncHdr/><SyncBody><Get/></SyncBody></SyncML>");
  const OmaCommand *get = message->first_command;

  g_assert_null (message->header.ver_dtd);
  g_assert_null (message->header.session_id);
  g_assert_null (message->header.target);
  g_assert_false (message->header.has_cred);
  g_assert_false (message->final);
  g_assert_null (get->cmd_id);
  g_assert_null (get->data);
  g_assert_null (get->meta.format);
  g_assert_cmpuint (get->n_items, ==, 0);
}

static void
test_status_has_every_element (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Status><CmdID>1</CmdID><MsgRef>3</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>a</TargetRef>"
    "<TargetRef>second</TargetRef><SourceRef>b</SourceRef><Chal><Meta><Format xmlns=\"syncml:metinf\">b64</Format>"
    "<Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type><NextNonce xmlns=\"syncml:metinf\">bm9uY2U=</NextNonce></Meta>"
    "</Chal><Data>\n 401 \n</Data><Item><Data>why</Data></Item></Status>"));
  const OmaCommand *status = message->first_command;

  g_assert_cmpint (status->type, ==, OMA_COMMAND_STATUS);
  g_assert_cmpstr (status->name, ==, "Status");
  g_assert_cmpstr (status->cmd_id, ==, "1");
  g_assert_cmpstr (status->msg_ref, ==, "3");
  g_assert_cmpstr (status->cmd_ref, ==, "0");
  g_assert_cmpstr (status->cmd, ==, "SyncHdr");
  g_assert_cmpstr (status->target_ref, ==, "a");
  g_assert_cmpstr (status->source_ref, ==, "b");
  g_assert_nonnull (status->chal);
  g_assert_cmpstr (status->chal->format, ==, "b64");
  g_assert_cmpstr (status->chal->type, ==, "syncml:auth-md5");
  g_assert_cmpstr (status->chal->next_nonce, ==, "bm9uY2U=");
  g_assert_cmpstr (status->data, ==, "401");
  g_assert_cmpuint (status->n_items, ==, 1);
  assert_data (&status->items[0], "why");
}

static void
test_children_come_in_any_order (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Status><Data>200</Data><Cmd>Get</Cmd><CmdRef>5</CmdRef><MsgRef>1</MsgRef><CmdID>2</CmdID></Status>"
    "<Replace><Item><Data>v</Data><Meta><Type>t</Type><Format>chr</Format></Meta><Target><LocURI>./A</LocURI>"
    "</Target></Item><CmdID>3</CmdID></Replace>"));
  const OmaCommand *status = message->first_command;
  const OmaCommand *replace = status->next;

  g_assert_cmpstr (status->cmd_id, ==, "2");
  g_assert_cmpstr (status->cmd_ref, ==, "5");
  g_assert_cmpstr (status->data, ==, "200");
  g_assert_cmpstr (replace->cmd_id, ==, "3");
  g_assert_cmpstr (replace->items[0].target, ==, "./A");
  g_assert_cmpstr (replace->items[0].meta.format, ==, "chr");
  assert_data (&replace->items[0], "v");
}

static void
test_header_may_follow_the_body (void)
{
  g_autoptr(OmaMessage) message = decode ("<SyncML><SyncBody><Final/></SyncBody>" HEADER "</SyncML>");

  g_assert_cmpstr (message->header.msg_id, ==, "2");
}

static void
test_every_command_is_known (void)
{
  static const struct {
    const char    *name;
    OmaCommandType type;
  } commands[] = {
    { "Add", OMA_COMMAND_ADD }, { "Alert", OMA_COMMAND_ALERT }, { "Atomic", OMA_COMMAND_ATOMIC },
    { "Copy", OMA_COMMAND_COPY }, { "Delete", OMA_COMMAND_DELETE }, { "Exec", OMA_COMMAND_EXEC },
    { "Get", OMA_COMMAND_GET }, { "Replace", OMA_COMMAND_REPLACE }, { "Results", OMA_COMMAND_RESULTS },
    { "Sequence", OMA_COMMAND_SEQUENCE }, { "Status", OMA_COMMAND_STATUS }, { "Put", OMA_COMMAND_UNSUPPORTED },
    { "Search", OMA_COMMAND_UNSUPPORTED }, { "Sync", OMA_COMMAND_UNSUPPORTED }, { "Map", OMA_COMMAND_UNSUPPORTED },
    { "Move", OMA_COMMAND_UNSUPPORTED }, { "Explode", OMA_COMMAND_UNKNOWN },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const char *name = commands[i].name;
      g_autofree char *xml = g_strdup_printf (MESSAGE ("<Sequence><%s><CmdID>id</CmdID></%s></Sequence><%s>"
                                                       "<CmdID>id</CmdID><NoResp/></%s>"), name, name, name, name);
      g_autoptr(OmaMessage) message = decode (xml);
      const OmaCommand *inner = message->first_command->first_child;
      const OmaCommand *outer = message->first_command->next;

      g_assert_cmpuint (message->n_commands, ==, 3);
      g_assert_cmpint (inner->type, ==, commands[i].type);
      g_assert_cmpstr (inner->name, ==, name);
      g_assert_cmpstr (inner->cmd_id, ==, "id");
      g_assert_false (inner->no_resp);
      g_assert_null (inner->next);
      g_assert_cmpint (outer->type, ==, commands[i].type);
      g_assert_cmpstr (outer->cmd_id, ==, "id");
      g_assert_true (outer->no_resp);
      g_assert_true (outer == message->last_command);
    }
}

static void
test_containers_nest (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Atomic><CmdID>a</CmdID><Meta><Format>chr</Format></Meta><Add><CmdID>b</CmdID><Item/></Add>"
    "<Sequence><CmdID>c</CmdID><Get><CmdID>d</CmdID></Get></Sequence><Delete><CmdID>e</CmdID></Delete></Atomic>"
    "<Get><CmdID>f</CmdID></Get>"));
  const OmaCommand *atomic = message->first_command;
  const OmaCommand *sequence = atomic->first_child->next;

  g_assert_cmpuint (message->n_commands, ==, 6);
  g_assert_cmpstr (atomic->cmd_id, ==, "a");
  g_assert_cmpstr (atomic->meta.format, ==, "chr");
  g_assert_cmpuint (atomic->n_items, ==, 0);
  g_assert_cmpstr (atomic->first_child->cmd_id, ==, "b");
  g_assert_cmpuint (atomic->first_child->n_items, ==, 1);
  g_assert_cmpstr (sequence->cmd_id, ==, "c");
  g_assert_cmpstr (sequence->first_child->cmd_id, ==, "d");
  g_assert_cmpstr (atomic->last_child->cmd_id, ==, "e");
  g_assert_cmpstr (atomic->next->cmd_id, ==, "f");
  g_assert_null (atomic->next->next);
}

static void
test_items_have_every_element (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Exec><CmdID>1</CmdID><Meta><Format>xml</Format><Type>text/xml</Type></Meta><Correlator> c1 </Correlator>"
    "<Item/><Item><Target><LocURI> ./A/B\n</LocURI><LocName>n</LocName></Target><Source><LocURI>./C</LocURI>"
    "<LocName>m</LocName></Source><Meta><Format> b64 </Format><Type>\n text/plain </Type><Mark>critical</Mark>"
    "<Size>30</Size></Meta><Data>ABC</Data><MoreData/></Item></Exec>"));
  const OmaCommand *exec = message->first_command;
  const OmaItem *item = &exec->items[1];

  g_assert_cmpstr (exec->correlator, ==, "c1");
  g_assert_cmpstr (exec->meta.format, ==, "xml");
  g_assert_cmpuint (exec->n_items, ==, 2);
  g_assert_null (exec->items[0].target);
  g_assert_null (exec->items[0].data);
  g_assert_cmpstr (item->target, ==, "./A/B");
  g_assert_cmpstr (item->target_name, ==, "n");
  g_assert_cmpstr (item->source, ==, "./C");
  g_assert_cmpstr (item->source_name, ==, "m");
  g_assert_cmpstr (item->meta.format, ==, "b64");
  g_assert_cmpstr (item->meta.type, ==, "text/plain");
  g_assert_cmpstr (item->meta.mark, ==, "critical");
  g_assert_true (item->meta.has_size);
  g_assert_cmpuint (item->meta.size, ==, 30);
  assert_data (item, "ABC");
  g_assert_true (item->more_data);
  g_assert_cmpint (item->kind, ==, OMA_DATA_TEXT);
}

static void
test_many_items_stay_with_their_command (void)
{
  g_autoptr(GString) xml = g_string_new ("<SyncML>" HEADER "<SyncBody>");
  g_autoptr(OmaMessage) message = NULL;
  const OmaCommand *command;

  for (guint i = 0; i < 20; i++)
    {
      g_string_append (xml, "<Delete>");
      for (guint j = 0; j < i; j++)
        g_string_append_printf (xml, "<Item><Target><LocURI>./%u/%u</LocURI></Target></Item>", i, j);
      g_string_append (xml, "</Delete>");
    }
  g_string_append (xml, "</SyncBody></SyncML>");
  message = decode (xml->str);
  command = message->first_command;
  for (guint i = 0; i < 20; i++, command = command->next)
    {
      g_assert_cmpuint (command->n_items, ==, i);
      for (guint j = 0; j < i; j++)
        {
          g_autofree char *uri = g_strdup_printf ("./%u/%u", i, j);
          g_assert_cmpstr (command->items[j].target, ==, uri);
        }
    }
  g_assert_null (command);
}

/* ---- What servers send, DM 1.x sheet: "Seen in the field" ---- */

static void
test_namespaces_and_prefixes_do_not_matter (void)
{
  static const char *const messages[] = {
    MESSAGE ("<Replace><CmdID>1</CmdID><Item><Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta></Item>"
             "</Replace>"),
    "<SyncML>" HEADER "<SyncBody><Replace><CmdID>1</CmdID><Item><Meta><Format>int</Format></Meta></Item></Replace>"
    "</SyncBody></SyncML>",
    "<SyncML xmlns='SYNCML:SYNCML1.1'>" HEADER "<SyncBody><Replace xmlns='SYNCML:SYNCML1.2'><CmdID>1</CmdID><Item>"
    "<Meta xmlns='syncml:metinf'><Format>int</Format></Meta></Item></Replace></SyncBody></SyncML>",
    "<SyncML xmlns='syncml:SYNCML1.2'>" HEADER "<SyncBody><Replace><CmdID>1</CmdID><Item><Meta>"
    "<MetInf xmlns='syncml:metinf'><Format>int</Format></MetInf></Meta></Item></Replace></SyncBody></SyncML>",
    "<ns0:SyncML xmlns:ns0='SYNCML:SYNCML1.2' xmlns:m='syncml:metinf'><ns0:SyncHdr><ns0:MsgID>2</ns0:MsgID>"
    "</ns0:SyncHdr><ns0:SyncBody><ns0:Replace><ns0:CmdID>1</ns0:CmdID><ns0:Item><ns0:Meta><m:Format>int</m:Format>"
    "</ns0:Meta></ns0:Item></ns0:Replace></ns0:SyncBody></ns0:SyncML>",
    "<SyncML unknown='1' xml:lang='en'>" HEADER "<SyncBody x='y'><Replace z=\"&lt;\"><CmdID a='b'>1</CmdID><Item>"
    "<Meta><Format q='r'>int</Format></Meta></Item></Replace></SyncBody></SyncML>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autoptr(OmaMessage) message = decode (messages[i]);
      g_assert_cmpstr (message->header.msg_id, ==, "2");
      g_assert_cmpint (message->first_command->type, ==, OMA_COMMAND_REPLACE);
      g_assert_cmpstr (message->first_command->cmd_id, ==, "1");
      g_assert_cmpstr (message->first_command->items[0].meta.format, ==, "int");
    }
}

static void
test_elements_of_other_namespaces_are_unknown (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Get xmlns='urn:other'/><Get><x:CmdID xmlns:x='urn:other'>no</x:CmdID><CmdID>yes</CmdID></Get>"));

  g_assert_cmpint (message->first_command->type, ==, OMA_COMMAND_UNKNOWN);
  g_assert_cmpstr (message->first_command->name, ==, "Get");
  g_assert_cmpstr (message->first_command->next->cmd_id, ==, "yes");
}

static void
test_white_space_matters_in_values_only (void)
{
  g_autoptr(OmaMessage) message = decode (
    "\n<SyncML>\n  <SyncHdr>\n    <SessionID>\n 1 </SessionID> <MsgID>\t2\r\n</MsgID>\n"
    "    <Target>\n      <LocURI>\n dev </LocURI>\n </Target> </SyncHdr>\n  <SyncBody>\n"
    "    <Alert> <CmdID> word with space </CmdID> <Data> 1222\n</Data>\n </Alert>\n"
    "    <Replace>\n <CmdID>2</CmdID>\n <Item>\n <Target>\n <LocURI> ./A </LocURI>\n </Target>\n"
    "      <Data>\n  kept\t </Data>\n </Item>\n </Replace>\n  </SyncBody>\n</SyncML>\n");
  const OmaCommand *alert = message->first_command;

  g_assert_cmpstr (message->header.session_id, ==, "1");
  g_assert_cmpstr (message->header.msg_id, ==, "2");
  g_assert_cmpstr (message->header.target, ==, "dev");
  g_assert_cmpstr (alert->cmd_id, ==, "word with space");
  g_assert_cmpstr (alert->data, ==, "1222");
  g_assert_cmpstr (alert->next->items[0].target, ==, "./A");
  assert_data (&alert->next->items[0], "\n  kept\t ");
}

static void
test_text_may_stand_in_target_itself (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Copy><Item><Target> ./A </Target><Source>./B<!-- c -->/C</Source></Item>"
    "<Item><Target>junk<LocURI>./D</LocURI>junk<LocName>n</LocName></Target><Source> \n</Source></Item></Copy>"));
  const OmaItem *items = message->first_command->items;

  g_assert_cmpstr (items[0].target, ==, "./A");
  g_assert_cmpstr (items[0].source, ==, "./B/C");
  g_assert_cmpstr (items[1].target, ==, "./D");
  g_assert_cmpstr (items[1].target_name, ==, "n");
  g_assert_null (items[1].source);
}

static void
test_command_ids_are_opaque (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Get><CmdID>3f2504e0-4f89-11d3-9a0c-0305e82c3301</CmdID></Get><Get><CmdID>word</CmdID></Get>"
    "<Get><CmdID></CmdID></Get><Get><CmdID> </CmdID></Get><Get/>"));
  const OmaCommand *command = message->first_command;

  g_assert_cmpstr (command->cmd_id, ==, "3f2504e0-4f89-11d3-9a0c-0305e82c3301");
  g_assert_cmpstr ((command = command->next)->cmd_id, ==, "word");
  g_assert_null ((command = command->next)->cmd_id);
  g_assert_null ((command = command->next)->cmd_id);
  g_assert_null ((command = command->next)->cmd_id);
}

static void
test_final_is_empty_or_has_an_end_tag (void)
{
  g_autoptr(OmaMessage) empty = decode (MESSAGE ("<Final/>"));
  g_autoptr(OmaMessage) tags = decode (MESSAGE ("<Final></Final>"));
  g_autoptr(OmaMessage) none = decode (MESSAGE (""));

  g_assert_true (empty->final);
  g_assert_true (tags->final);
  g_assert_false (none->final);
}

static void
test_comments_cdata_and_instructions_are_read (void)
{
  g_autoptr(OmaMessage) message = decode (
    "<?xml version=\"1.0\"?><!-- a --><?pi x?><SyncML><!-- b -->" HEADER "<SyncBody><!-- c --><Replace>"
    "<CmdID>1<!-- d -->2</CmdID><Item><Target><LocURI><![CDATA[./A?x&y]]></LocURI></Target>"
    "<Data>a<![CDATA[<b>&amp;</b>]]>c<!-- e -->d<?pi?>&lt;&#x20AC;</Data></Item></Replace></SyncBody></SyncML>"
    "<!-- f -->");
  const OmaCommand *replace = message->first_command;

  g_assert_cmpstr (replace->cmd_id, ==, "12");
  g_assert_cmpstr (replace->items[0].target, ==, "./A?x&y");
  assert_data (&replace->items[0], "a<b>&amp;</b>cd<\xe2\x82\xac");
}

static void
test_empty_data_is_not_absent_data (void)
{
  g_autoptr(OmaMessage) message = decode (MESSAGE (
    "<Replace><Item><Data/></Item><Item><Data></Data></Item><Item/></Replace>"));
  const OmaItem *items = message->first_command->items;

  g_assert_nonnull (items[0].data);
  g_assert_cmpuint (items[0].data_length, ==, 0);
  g_assert_nonnull (items[1].data);
  g_assert_null (items[2].data);
}

static void
test_numbers_are_digits_or_absent (void)
{
  static const char *const bad[] = { "", "-1", "+1", "0x10", "1e3", "12 34", "18446744073709551616", "many" };
  g_autoptr(OmaMessage) good = decode (MESSAGE (
    "<Add><Item><Meta><Size> 0 </Size><MaxMsgSize>\n10\n</MaxMsgSize><MaxObjSize>18446744073709551615</MaxObjSize>"
    "</Meta></Item></Add>"));
  const OmaMeta *meta = &good->first_command->items[0].meta;

  g_assert_true (meta->has_size);
  g_assert_cmpuint (meta->size, ==, 0);
  g_assert_cmpuint (meta->max_msg_size, ==, 10);
  g_assert_cmpuint (meta->max_obj_size, ==, G_MAXUINT64);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *xml = g_strdup_printf (MESSAGE ("<Add><Item><Meta><Size>%s</Size><MaxMsgSize>%s</MaxMsgSize>"
                                                       "</Meta></Item></Add>"), bad[i], bad[i]);
      g_autoptr(OmaMessage) message = decode (xml);
      const OmaMeta *bad_meta = &message->first_command->items[0].meta;

      g_assert_false (bad_meta->has_size);
      g_assert_cmpuint (bad_meta->size, ==, 0);
      g_assert_cmpuint (bad_meta->max_msg_size, ==, 0);
    }
}

static void
test_unknown_elements_are_skipped (void)
{
  g_autoptr(OmaMessage) message = decode (
    "<SyncML><Extra><SyncHdr/></Extra><SyncHdr><MsgID>1</MsgID><Foo><MsgID>9</MsgID></Foo></SyncHdr><SyncBody>"
    "<Item><Target><LocURI>./X</LocURI></Target></Item><Data>stray</Data>"
    "<Get><CmdID>1</CmdID><Lang>en</Lang><Cred><Data>x</Data></Cred><Item><SourceParent><LocURI>./P</LocURI>"
    "</SourceParent><Target><LocURI>./A<b>./B</b></LocURI><Filter><Item/></Filter></Target><Meta><EMI>x</EMI>"
    "<Anchor><Last>1</Last></Anchor></Meta></Item><Get><CmdID>2</CmdID></Get></Get></SyncBody></SyncML>");
  const OmaCommand *get = message->first_command;

  g_assert_cmpstr (message->header.msg_id, ==, "1");
  g_assert_cmpuint (message->n_commands, ==, 1);
  g_assert_cmpstr (get->cmd_id, ==, "1");
  g_assert_cmpuint (get->n_items, ==, 1);
  g_assert_cmpstr (get->items[0].target, ==, "./A");
  g_assert_null (get->items[0].source);
}

static void
test_many_different_names_are_read (void)
{
  g_autoptr(GString) xml = g_string_new ("<SyncML>" HEADER "<SyncBody>");
  g_autoptr(OmaMessage) message = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (xml, "<Unknown%u/>", i);
  g_string_append (xml, "<Get><CmdID>last</CmdID></Get></SyncBody></SyncML>");
  message = decode (xml->str);
  g_assert_cmpuint (message->n_commands, ==, 1001);
  g_assert_cmpstr (message->first_command->next->name, ==, "Unknown1");
  g_assert_cmpint (message->last_command->type, ==, OMA_COMMAND_GET);
  g_assert_cmpstr (message->last_command->cmd_id, ==, "last");
}

/* ---- Markup in Data ---- */

static void
assert_markup (const char *data, const char *expected)
{
  g_autofree char *xml = g_strconcat ("<SyncML xmlns=\"SYNCML:SYNCML1.2\" xmlns:o=\"urn:outer\">" HEADER
                                      "<SyncBody><Replace><Item><Data>", data,
                                      "</Data><MoreData/></Item><Item><Data>next</Data></Item></Replace>"
                                      "</SyncBody></SyncML>",
                                      NULL);
  g_autoptr(OmaMessage) message = decode (xml);
  const OmaItem *items = message->first_command->items;

  g_assert_cmpuint (message->first_command->n_items, ==, 2);
  g_assert_cmpmem (items[0].data, items[0].data_length, expected, strlen (expected));
  g_assert_cmpint (items[0].kind, ==, OMA_DATA_XML);
  g_assert_true (items[0].more_data);
  assert_data (&items[1], "next");
  g_assert_cmpint (items[1].kind, ==, OMA_DATA_TEXT);
}

static void
test_markup_in_data_becomes_text (void)
{
  assert_markup ("<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties>"
                 "<Format><chr/></Format></RTProperties><Value>a &amp; &lt;b&gt;</Value></Node></MgmtTree>",
                 "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties>"
                 "<Format><chr/></Format></RTProperties><Value>a &amp; &lt;b&gt;</Value></Node></MgmtTree>");
  assert_markup ("\n <a/>\n", "\n <a/>\n");
  assert_markup ("<Item><Data>x</Data></Item>", "<Item><Data>x</Data></Item>");
}

static void
test_text_beside_markup_stays_xml (void)
{
  assert_markup ("1 &lt; 2 &amp; <b>3</b> &gt; <![CDATA[<4>]]>", "1 &lt; 2 &amp; <b>3</b> &gt; &lt;4&gt;");
}

static void
test_markup_keeps_attributes_and_namespaces (void)
{
  assert_markup ("<a x='1' y=\"&quot;&lt;&amp;&#10;\"/>", "<a x=\"1\" y=\"&quot;&lt;&amp;&#10;\"/>");
  assert_markup ("<p:a xmlns:p='urn:p' p:x='1'><p:b/><c xmlns='urn:c'><d/></c></p:a>",
                 "<p:a xmlns:p=\"urn:p\" p:x=\"1\"><p:b/><c xmlns=\"urn:c\"><d/></c></p:a>");
  assert_markup ("<o:a><o:b o:c='1'/></o:a><o:d/>",
                 "<o:a xmlns:o=\"urn:outer\"><o:b o:c=\"1\"/></o:a><o:d xmlns:o=\"urn:outer\"/>");
  assert_markup ("<a o:b='1'/>", "<a xmlns:o=\"urn:outer\" o:b=\"1\"/>");
  assert_markup ("<a xml:space='preserve'> </a>", "<a xml:space=\"preserve\"> </a>");
  assert_markup ("<a xmlns=''/>", "<a xmlns=\"\"/>");
}

static void
test_markup_in_codes_and_credentials_is_skipped (void)
{
  g_autoptr(OmaMessage) message = decode (
    "<SyncML><SyncHdr><Cred><Data>ab<x>no</x>c</Data></Cred></SyncHdr><SyncBody><Alert>"
    "<Data>12<b>no</b>01</Data></Alert>"
    "</SyncBody></SyncML>");

  g_assert_cmpstr (message->header.cred_data, ==, "abc");
  g_assert_cmpstr (message->first_command->data, ==, "1201");
}

/* ---- Character sets and DOCTYPE ---- */

static void
test_character_sets_end_as_utf8 (void)
{
  static const char body[] = "<SyncML><SyncHdr/><SyncBody><Get><CmdID>\xc3\xbc</CmdID></Get></SyncBody></SyncML>";
  static const struct {
    const char *charset;
    const char *before;      /* in UTF-8 */
  } cases[] = {
    { "UTF-8", "" },
    { "UTF-8", "<?xml version=\"1.0\" encoding=\"utf-8\"?>" },
    { "UTF-8", "\xef\xbb\xbf" },
    { "UTF-8", "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>" },
    { "ISO-8859-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" },
    { "WINDOWS-1252", "<?xml version=\"1.0\" encoding=\"windows-1252\"?>" },
    { "UTF-16LE", "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-16\"?>" },
    { "UTF-16BE", "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-16\"?>" },
    { "UTF-16LE", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" },
    { "UTF-16BE", "\xef\xbb\xbf" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *utf8 = g_strconcat (cases[i].before, body, NULL);
      gsize size;
      g_autofree char *xml = g_convert (utf8, -1, cases[i].charset, "UTF-8", NULL, &size, NULL);
      g_autoptr(OmaMessage) message = decode_octets (xml, size);

      g_assert_cmpstr (message->first_command->cmd_id, ==, "\xc3\xbc");
    }
}

static void
test_doctype_is_skipped (void)
{
  static const char *const doctypes[] = {
    "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" \"http://invalid.invalid/DTD.dtd\">",
    "<!DOCTYPE SyncML SYSTEM \"file:///etc/passwd\">",
    "<!DOCTYPE SyncML>",
    "<!DOCTYPE SyncML [ <!ELEMENT SyncML ANY> <!-- c --> ]>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (doctypes); i++)
    {
      g_autofree char *xml = g_strconcat ("<?xml version=\"1.0\"?>", doctypes[i], MESSAGE ("<Final/>"), NULL);
      g_autoptr(OmaMessage) message = decode (xml);
      g_assert_true (message->final);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec-xml/header", test_header_has_every_element);
  g_test_add_func ("/codec-xml/absent", test_absent_elements_are_null);
  g_test_add_func ("/codec-xml/status", test_status_has_every_element);
  g_test_add_func ("/codec-xml/any-order", test_children_come_in_any_order);
  g_test_add_func ("/codec-xml/header-last", test_header_may_follow_the_body);
  g_test_add_func ("/codec-xml/commands", test_every_command_is_known);
  g_test_add_func ("/codec-xml/containers", test_containers_nest);
  g_test_add_func ("/codec-xml/items", test_items_have_every_element);
  g_test_add_func ("/codec-xml/many-items", test_many_items_stay_with_their_command);
  g_test_add_func ("/codec-xml/namespaces", test_namespaces_and_prefixes_do_not_matter);
  g_test_add_func ("/codec-xml/other-namespaces", test_elements_of_other_namespaces_are_unknown);
  g_test_add_func ("/codec-xml/white-space", test_white_space_matters_in_values_only);
  g_test_add_func ("/codec-xml/text-in-target", test_text_may_stand_in_target_itself);
  g_test_add_func ("/codec-xml/command-ids", test_command_ids_are_opaque);
  g_test_add_func ("/codec-xml/final", test_final_is_empty_or_has_an_end_tag);
  g_test_add_func ("/codec-xml/comments-and-cdata", test_comments_cdata_and_instructions_are_read);
  g_test_add_func ("/codec-xml/empty-data", test_empty_data_is_not_absent_data);
  g_test_add_func ("/codec-xml/numbers", test_numbers_are_digits_or_absent);
  g_test_add_func ("/codec-xml/unknown-elements", test_unknown_elements_are_skipped);
  g_test_add_func ("/codec-xml/many-names", test_many_different_names_are_read);
  g_test_add_func ("/codec-xml/markup", test_markup_in_data_becomes_text);
  g_test_add_func ("/codec-xml/markup-and-text", test_text_beside_markup_stays_xml);
  g_test_add_func ("/codec-xml/markup-namespaces", test_markup_keeps_attributes_and_namespaces);
  g_test_add_func ("/codec-xml/markup-elsewhere", test_markup_in_codes_and_credentials_is_skipped);
  g_test_add_func ("/codec-xml/character-sets", test_character_sets_end_as_utf8);
  g_test_add_func ("/codec-xml/doctype", test_doctype_is_skipped);
  return g_test_run ();
}
