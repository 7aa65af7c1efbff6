/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ours against xml2wbxml and wbxml2xml of libwbxml, on what both can read. */
#include "config.h"

#include "codec/oma-codec.h"
#include "codec/oma-wbxml-tables.h"
#include "codec/oma-wbxml.h"

#include "wbxml-fixture.h"

#include <glib/gstdio.h>

#define DOCTYPE_SYNCML "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML %s//EN\" \"http://example.org/SyncML.dtd\">"
#define DOCTYPE_DDF "<!DOCTYPE MgmtTree PUBLIC \"-//OMA//DTD-DM-DDF 1.2//EN\" \"http://www.openmobilealliance.org/tech/DTD/dm_ddf-v1_2.dtd\">"
#define DOCTYPE_PROV "<!DOCTYPE wap-provisioningdoc PUBLIC \"-//WAPFORUM//DTD PROV 1.0//EN\" \"http://example.org/prov.dtd\">"
#define META(content) "<Meta>" content "</Meta>"
#define M(name, text) "<" name " xmlns=\"syncml:metinf\">" text "</" name ">"
#define ITEM(uri, rest) "<Item><Target><LocURI>" uri "</LocURI></Target>" rest "</Item>"

static char *work;

/* ---- The tools ---- */

static GBytes *
run_tool (const char *tool, const char *const *options, GBytes *input)
{
  g_autofree char *in = g_build_filename (work, "in", NULL);
  g_autofree char *out = g_build_filename (work, "out", NULL);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *messages = NULL;
  char *data;
  gsize size;
  int status;

  g_file_set_contents (in, g_bytes_get_data (input, NULL), g_bytes_get_size (input), &error);
  g_assert_no_error (error);
  g_ptr_array_add (argv, (gpointer) tool);
  for (; *options != NULL; options++)
    g_ptr_array_add (argv, (gpointer) *options);
  g_ptr_array_add (argv, (gpointer) "-o");
  g_ptr_array_add (argv, out);
  g_ptr_array_add (argv, in);
  g_ptr_array_add (argv, NULL);
  g_remove (out);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &messages, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, NULL) || !g_file_get_contents (out, &data, &size, NULL))
    g_error ("%s: %s", tool, messages);
  return g_bytes_new_take (data, size);
}

static GBytes *
xml_to_wbxml (const char *xml, const char *const *options)
{
  g_autoptr(GBytes) input = g_bytes_new_static (xml, strlen (xml));

  return run_tool ("xml2wbxml", options, input);
}

static char *
wbxml_to_xml (GBytes *wbxml)
{
  static const char *const options[] = { "-m", "0", "-k", NULL };
  g_autoptr(GBytes) xml = run_tool ("wbxml2xml", options, wbxml);

  return g_strndup (g_bytes_get_data (xml, NULL), g_bytes_get_size (xml));
}

/* ---- Whole messages ---- */

static OmaMessage *
decode (OmaEncoding encoding, gconstpointer data, gsize size)
{
  g_autoptr(GError) error = NULL;
  OmaMessage *message = oma_codec_decode (encoding, data, size, NULL, &error);

  g_assert_no_error (error);
  return message;
}

static GBytes *
encode (OmaEncoding encoding, const OmaMessage *message)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (encoding);

  oma_encoder_header (encoder, &message->header);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    oma_encoder_command (encoder, command);
  return oma_encoder_finish (encoder, message->final);
}

/* What a message says, whatever it was written in. */
static char *
normalise (OmaEncoding encoding, gconstpointer data, gsize size)
{
  g_autoptr(OmaMessage) message = decode (encoding, data, size);
  g_autoptr(GBytes) xml = encode (OMA_ENCODING_XML, message);

  return g_strndup (g_bytes_get_data (xml, NULL), g_bytes_get_size (xml));
}

static void
compare_message (const char *xml)
{
  static const char *const variants[][4] = {
    { NULL }, { "-n", NULL }, { "-v", "1.1", NULL }, { "-n", "-v", "1.2", NULL },
  };
  g_autofree char *expected = normalise (OMA_ENCODING_XML, xml, strlen (xml));
  g_autoptr(OmaMessage) message = decode (OMA_ENCODING_XML, xml, strlen (xml));
  g_autoptr(GBytes) ours = encode (OMA_ENCODING_WBXML, message);
  g_autofree char *back = wbxml_to_xml (ours);
  g_autofree char *ours_read_by_them = normalise (OMA_ENCODING_XML, back, strlen (back));

  g_assert_cmpstr (ours_read_by_them, ==, expected);
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autoptr(GBytes) theirs = xml_to_wbxml (xml, variants[i]);
      g_autofree char *theirs_read_by_us = normalise (OMA_ENCODING_WBXML, g_bytes_get_data (theirs, NULL),
                                                      g_bytes_get_size (theirs));

      g_assert_cmpstr (theirs_read_by_us, ==, expected);
    }
}

static const char *const bodies[] = {
  "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>",
  "<Alert><CmdID>1</CmdID><Data>1226</Data><Item><Source><LocURI>./A</LocURI></Source>"
    META (M ("Format", "chr") M ("Type", "urn:x:y") M ("Mark", "warning")) "<Data>text</Data></Item></Alert>",
  "<Alert><CmdID>1</CmdID><Data>1101</Data><Item/><Item><Data>Really?</Data></Item></Alert>",
  "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>a</TargetRef>"
    "<SourceRef>b</SourceRef><Chal>" META (M ("Format", "b64") M ("Type", "syncml:auth-md5")
    M ("NextNonce", "LG3iZQhhdmKNHg==")) "</Chal><Data>407</Data></Status>",
  "<Add><CmdID>2</CmdID>" ITEM ("./A", META (M ("Format", "chr") M ("Type", "text/plain")) "<Data>a &lt;b&gt; &amp; c</Data>")
    "</Add><Replace><CmdID>3</CmdID>" ITEM ("./A", "<Data> kept </Data>") "</Replace>",
  "<Replace><CmdID>3</CmdID>" ITEM ("./A", META (M ("Format", "b64") M ("Size", "4")) "<Data>AAEC/w==</Data><MoreData/>")
    "</Replace><Replace><CmdID>4</CmdID>" ITEM ("./\xc3\xa4\xe2\x82\xac", "<Data>\xf0\x9f\x98\x80</Data>") "</Replace>",
  "<Atomic><CmdID>2</CmdID><Add><CmdID>3</CmdID>" ITEM ("./N", META (M ("Format", "node"))) "</Add><Delete><CmdID>4</CmdID>"
    ITEM ("./B", "") "</Delete><Sequence><CmdID>5</CmdID><Get><CmdID>6</CmdID>" ITEM ("./C?list=Struct", "") "</Get>"
    "</Sequence></Atomic>",
  "<Copy><CmdID>2</CmdID><Item><Target><LocURI>./A</LocURI></Target><Source><LocURI>./B</LocURI></Source></Item></Copy>"
    "<Exec><CmdID>3</CmdID><Correlator>c-1</Correlator>" ITEM ("./E", "<Data>args</Data>") "</Exec>",
  "<Results><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>3</CmdRef><Item><Source><LocURI>./A</LocURI></Source>"
    META (M ("Format", "int") M ("Type", "text/plain")) "<Data>42</Data></Item><Item><Source><LocURI>./B</LocURI>"
    "<LocName>b</LocName></Source><Data/></Item></Results>",
  "<Replace><CmdID>2</CmdID><NoResp/>" META (M ("Format", "chr")) ITEM ("./A", "<Data>1</Data>") ITEM ("./B", "<Data>2</Data>")
    "</Replace><Get><CmdID>3</CmdID>" ITEM ("./A", "") ITEM ("./B", "") "</Get>",
};

#define HEADER \
  "<SyncHdr><VerDTD>%s</VerDTD><VerProto>DM/%s</VerProto><SessionID>1</SessionID><MsgID>2</MsgID>" \
  "<Target><LocURI>dev</LocURI><LocName>user</LocName></Target><Source><LocURI>https://srv.example/?a=1&amp;b=2</LocURI></Source>" \
  "<Cred>" META (M ("Format", "b64") M ("Type", "syncml:auth-basic")) "<Data>Zm9vOmJhcg==</Data></Cred>" \
  META (M ("MaxMsgSize", "16384") M ("MaxObjSize", "65536")) "</SyncHdr>"

static void
test_messages (void)
{
  static const char *const versions[] = { "1.1", "1.2" };

  for (gsize v = 0; v < G_N_ELEMENTS (versions); v++)
    for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
      {
        g_autofree char *xml = NULL;

        if (v == 0 && strstr (bodies[i], "Correlator") != NULL)
          continue;
        xml = g_strdup_printf (DOCTYPE_SYNCML "<SyncML xmlns=\"SYNCML:SYNCML%s\">" HEADER "<SyncBody>%s<Final/></SyncBody>"
                               "</SyncML>", versions[v], versions[v], versions[v], versions[v], bodies[i]);
        g_test_message ("version %s, message %" G_GSIZE_FORMAT, versions[v], i);
        compare_message (xml);
      }
}

/* A message of many commands, with strings long and often enough for their string table. */
static void
test_string_table (void)
{
  g_autoptr(GString) xml = g_string_new (NULL);

  g_string_printf (xml, DOCTYPE_SYNCML "<SyncML xmlns=\"SYNCML:SYNCML1.2\">" HEADER "<SyncBody>", "1.2", "1.2", "1.2");
  for (guint i = 0; i < 60; i++)
    g_string_append_printf (xml, "<Replace><CmdID>%u</CmdID><Item><Target><LocURI>./Vendor/Example/Settings/Value%u</LocURI>"
                            "</Target>" META (M ("Format", "chr") M ("Type", "application/x-settings-of-vendor"))
                            "<Data>the value of node %u</Data></Item></Replace>", i + 2, i % 7, i % 5);
  g_string_append (xml, "<Final/></SyncBody></SyncML>");
  compare_message (xml->str);
}

/* ---- Elements: what a document holds, as <name attribute=value>text</> ---- */

static gboolean
log_wbxml_start (guint tag, const char *name, gpointer log, GError **error G_GNUC_UNUSED)
{
  static const char *const provisioning[] = { "wap-provisioningdoc", "characteristic", "parm" };

  if (name == NULL && tag >> 8 == OMA_WBXML_PAGE_DDF)
    name = oma_ddf_tag_to_string ((OmaDdfTag) tag);
  else if (name == NULL && g_str_has_prefix (((GString *) log)->str, "CP"))
    name = provisioning[tag - OMA_WBXML_TAG_PROVISIONING_DOC];
  else if (name == NULL)
    name = oma_tag_to_string ((OmaTag) tag);
  g_string_append_printf (log, "<%s>", name != NULL ? name : "unknown");
  return TRUE;
}

static gboolean
log_attribute (const char *name, const char *value, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append_printf (log, "{%s=%s}", name, value);
  return TRUE;
}

static gboolean
log_wbxml_text (const char *text, gsize length, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append_len (log, text, length);
  return TRUE;
}

static gboolean
log_wbxml_end (guint tag G_GNUC_UNUSED, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append (log, "</>");
  return TRUE;
}

static char *
log_wbxml (OmaWbxmlDocument document, gconstpointer data, gsize size)
{
  static const OmaWbxmlHandler handler = { .start = log_wbxml_start, .attribute = log_attribute,
                                           .text = log_wbxml_text, .end = log_wbxml_end };
  g_autoptr(GString) log = g_string_new (document == OMA_WBXML_PROVISIONING ? "CP" : "");
  g_autoptr(GError) error = NULL;

  oma_wbxml_read (document, data, size, 32, &handler, log, &error);
  g_assert_no_error (error);
  return g_string_free (g_steal_pointer (&log), FALSE);
}

static void
log_xml_start (GMarkupParseContext *context G_GNUC_UNUSED, const char *name, const char **names, const char **values,
               gpointer log, GError **error)
{
  g_string_append_printf (log, "<%s>", name);
  for (guint i = 0; names[i] != NULL; i++)
    if (!g_str_has_prefix (names[i], "xmlns"))
      log_attribute (names[i], values[i], log, error);
}

static void
log_xml_end (GMarkupParseContext *context G_GNUC_UNUSED, const char *name, gpointer log, GError **error)
{
  log_wbxml_end (0, log, error);
  g_assert_nonnull (name);
}

static void
log_xml_text (GMarkupParseContext *context G_GNUC_UNUSED, const char *text, gsize length, gpointer log,
              GError **error G_GNUC_UNUSED)
{
  g_autofree char *stripped = g_strstrip (g_strndup (text, length));

  g_string_append (log, stripped);
}

static char *
log_xml (const char *prefix, const char *xml)
{
  static const GMarkupParser parser = { .start_element = log_xml_start, .end_element = log_xml_end, .text = log_xml_text };
  g_autoptr(GString) log = g_string_new (prefix);
  g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, log, NULL);
  g_autoptr(GError) error = NULL;

  g_markup_parse_context_parse (context, xml, -1, &error);
  g_assert_no_error (error);
  return g_string_free (g_steal_pointer (&log), FALSE);
}

static void
compare_elements (OmaWbxmlDocument document, const char *prefix, const char *xml)
{
  static const char *const options[] = { NULL };
  g_autofree char *expected = log_xml (prefix, xml);
  g_autoptr(GBytes) wbxml = xml_to_wbxml (xml, options);
  g_autofree char *read_by_us = log_wbxml (document, g_bytes_get_data (wbxml, NULL), g_bytes_get_size (wbxml));

  g_assert_cmpstr (read_by_us, ==, expected);
}

/* Every token of SyncML and MetInf. */
static void
test_syncml_tokens (void)
{
  g_autoptr(GString) xml = g_string_new (NULL);
  g_autoptr(OmaWbxmlWriter) writer = oma_wbxml_writer_new (OMA_WBXML_PUBLIC_SYNCML_1_2, NULL);
  g_autoptr(GBytes) ours = NULL;
  g_autofree char *back = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *read_by_them = NULL;

  g_string_printf (xml, DOCTYPE_SYNCML "<SyncML xmlns=\"SYNCML:SYNCML1.2\">", "1.2");
  oma_wbxml_writer_start (writer, OMA_TAG_SYNC_ML);
  for (guint tag = 0; tag < 0x200; tag++)
    {
      const char *name = oma_tag_to_string ((OmaTag) tag);

      if (name == NULL)
        continue;
      if (OMA_TAG_IS_MET_INF (tag))
        g_string_append_printf (xml, M ("%s", "x"), name, name);
      else
        g_string_append_printf (xml, "<%s>x</%s>", name, name);
      oma_wbxml_writer_start (writer, tag);
      oma_wbxml_writer_text (writer, "x", 1);
      oma_wbxml_writer_end (writer);
    }
  g_string_append (xml, "</SyncML>");
  oma_wbxml_writer_end (writer);
  compare_elements (OMA_WBXML_SYNCML, "", xml->str);
  ours = oma_wbxml_writer_finish (writer);
  back = wbxml_to_xml (ours);
  expected = log_xml ("", xml->str);
  read_by_them = log_xml ("", back);
  g_assert_cmpstr (read_by_them, ==, expected);
}

static void
test_ddf_tokens (void)
{
  g_autoptr(GString) xml = g_string_new (DOCTYPE_DDF "<MgmtTree xmlns=\"syncml:dmddf1.2\">");
  g_autoptr(OmaWbxmlWriter) writer = oma_wbxml_writer_new (0, OMA_WBXML_PUBLIC_NAME_DDF);
  g_autoptr(GBytes) ours = NULL;
  g_autofree char *back = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *read_by_them = NULL;

  oma_wbxml_writer_start (writer, OMA_DDF_TAG_MGMT_TREE);
  for (guint tag = 0x205; tag <= 0x23c; tag++)
    {
      const char *name = oma_ddf_tag_to_string ((OmaDdfTag) tag);

      if (tag == OMA_DDF_TAG_MGMT_TREE)     /* the root; their reader takes a further one for a document in Data */
        continue;
      g_string_append_printf (xml, "<%s>x</%s>", name, name);
      oma_wbxml_writer_start (writer, tag);
      oma_wbxml_writer_text (writer, "x", 1);
      oma_wbxml_writer_end (writer);
    }
  g_string_append (xml, "</MgmtTree>");
  oma_wbxml_writer_end (writer);
  compare_elements (OMA_WBXML_DDF, "", xml->str);
  ours = oma_wbxml_writer_finish (writer);
  back = wbxml_to_xml (ours);
  expected = log_xml ("", xml->str);
  read_by_them = log_xml ("", back);
  g_assert_cmpstr (read_by_them, ==, expected);
}

/* A document of nodes in Data: the tool puts a whole WBXML document there (TND 1.2, section 7.7). */
static void
test_document_of_nodes_in_data (void)
{
#define TREE "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName><RTProperties>" \
             "<Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>v</Value></Node></MgmtTree>"
  static const char *const options[] = { NULL };
  g_autofree char *xml = g_strdup_printf (
    DOCTYPE_SYNCML "<SyncML xmlns=\"SYNCML:SYNCML1.2\">" HEADER "<SyncBody><Add><CmdID>2</CmdID>"
    ITEM ("./X", META (M ("Format", "xml") M ("Type", "application/vnd.syncml.dmtnds+xml")) "<Data>" TREE "</Data>")
    "</Add><Final/></SyncBody></SyncML>", "1.2", "1.2", "1.2");
  g_autoptr(GBytes) wbxml = xml_to_wbxml (xml, options);
  g_autoptr(OmaMessage) message = decode (OMA_ENCODING_WBXML, g_bytes_get_data (wbxml, NULL), g_bytes_get_size (wbxml));
  const OmaItem *item = &message->first_command->items[0];
  g_autofree char *expected = log_xml ("", TREE);
  g_autofree char *read_by_us = NULL;

  g_assert_cmpint (item->kind, ==, OMA_DATA_OCTETS);
  g_assert_true (oma_wbxml_looks_like (item->data, item->data_length));
  read_by_us = log_wbxml (OMA_WBXML_DDF, item->data, item->data_length);
  g_assert_cmpstr (read_by_us, ==, expected);
}

/* ---- Client Provisioning ---- */

static void
append_provisioning (GString *xml, const char *attribute, const char *value)
{
  if (g_str_has_prefix (attribute, "name="))
    g_string_append_printf (xml, "<parm name=\"%s\" value=\"%s\"/>", attribute + strlen ("name="), value);
  else if (g_str_has_prefix (attribute, "type="))
    g_string_append_printf (xml, "<characteristic type=\"%s\"/>", attribute + strlen ("type="));
}

static void
test_provisioning (void)
{
  for (guint page = 0; page < 2; page++)
    {
      g_autoptr(GString) xml = g_string_new (DOCTYPE_PROV "<wap-provisioningdoc version=\"1.0\">");

      for (guint token = 0; token < 0x80; token++)
        if (oma_wbxml_provisioning_attribute (page, token) != NULL)
          append_provisioning (xml, oma_wbxml_provisioning_attribute (page, token), "some value");
      for (guint token = 0x80; token < 0x100; token++)
        if (oma_wbxml_provisioning_value (page, token) != NULL)
          append_provisioning (xml, "name=ADDRTYPE", oma_wbxml_provisioning_value (page, token));
      g_string_append (xml, "</wap-provisioningdoc>");
      compare_elements (OMA_WBXML_PROVISIONING, "CP", xml->str);
    }
}

/* Each attribute token, as both decode it. */
static void
test_provisioning_tokens (void)
{
  for (guint page = 0; page < 2; page++)
    {
      g_autoptr(GString) hex = g_string_new ("03 0B 6A 00 45 ");
      g_autoptr(GBytes) octets = NULL;
      g_autofree char *xml = NULL;
      g_autofree char *expected = NULL;
      g_autofree char *read_by_us = NULL;

      for (guint token = 0; token < 0x80; token++)
        if (oma_wbxml_provisioning_attribute (page, token) != NULL)
          g_string_append_printf (hex, "87 00 %02X %02X 03 'x' 00 01 ", page, token);
      for (guint token = 0x80; token < 0x100; token++)
        if (oma_wbxml_provisioning_value (page, token) != NULL)
          g_string_append_printf (hex, "87 00 %02X 06 %02X 01 ", page, token);
      g_string_append (hex, "01");
      octets = from_hex (hex->str);
      xml = wbxml_to_xml (octets);
      expected = log_xml ("CP", xml);
      read_by_us = log_wbxml (OMA_WBXML_PROVISIONING, g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
      g_assert_cmpstr (read_by_us, ==, expected);
    }
}

static gboolean
have (const char *tool)
{
  g_autofree char *path = g_find_program_in_path (tool);

  return path != NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  int result;

  if (!have ("xml2wbxml") || !have ("wbxml2xml"))
    {
      g_print ("1..0 # SKIP the tools of libwbxml are not installed\n");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  work = g_dir_make_tmp ("omadm-libwbxml-XXXXXX", &error);
  g_assert_no_error (error);
  g_test_add_func ("/libwbxml/messages", test_messages);
  g_test_add_func ("/libwbxml/string-table", test_string_table);
  g_test_add_func ("/libwbxml/syncml-tokens", test_syncml_tokens);
  g_test_add_func ("/libwbxml/ddf-tokens", test_ddf_tokens);
  g_test_add_func ("/libwbxml/document-of-nodes-in-data", test_document_of_nodes_in_data);
  g_test_add_func ("/libwbxml/provisioning", test_provisioning);
  g_test_add_func ("/libwbxml/provisioning-tokens", test_provisioning_tokens);
  result = g_test_run ();
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_build_filename (work, i == 0 ? "in" : "out", NULL);
      g_remove (path);
    }
  g_rmdir (work);
  g_free (work);
  return result;
}
