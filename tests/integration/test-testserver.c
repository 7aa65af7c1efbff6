/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-digest.h"
#include "codec/oma-codec.h"
#include "test-pki.h"
#include "testserver-fixture.h"

#include <string.h>

/* The next message of the device, with @body in its SyncBody. */
static char *
next_message (Fixture *f, const char *body, gboolean final)
{
  g_autofree char *size = f->max_msg_size > 0 ?
    g_strdup_printf ("<Meta><MaxMsgSize xmlns=\"syncml:metinf\">%u</MaxMsgSize></Meta>", f->max_msg_size) :
    g_strdup ("");

  f->msg_id++;
  return g_strdup_printf ("<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
                          "<SessionID>%s</SessionID><MsgID>%u</MsgID><Target><LocURI>http://server/</LocURI></Target>"
                          "<Source><LocURI>%s</LocURI><LocName>dev-0001</LocName></Source>%s%s</SyncHdr>"
                          "<SyncBody>%s%s</SyncBody></SyncML>", f->session, f->msg_id, f->device, f->cred, size, body,
                          final ? "<Final/>" : "");
}

static OmaMessage *
decode (GBytes *reply)
{
  g_autoptr(GError) error = NULL;
  OmaMessage *message = oma_codec_decode (OMA_ENCODING_XML, g_bytes_get_data (reply, NULL), g_bytes_get_size (reply),
                                          &oma_codec_default_limits, &error);

  g_assert_no_error (error);
  return message;
}

static OmaMessage *
talk_text (Fixture *f, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = fixture_request (f, "POST", f->dm, OMA_MEDIA_TYPE_XML, text, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (f->status, ==, 200);
  if (f->max_msg_size > 0)
    g_assert_cmpuint (g_bytes_get_size (reply), <=, f->max_msg_size);
  return decode (reply);
}

static OmaMessage *
talk (Fixture *f, const char *body, gboolean final)
{
  g_autofree char *text = next_message (f, body, final);

  return talk_text (f, text);
}

#define PACKAGE_1 "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>" \
  "<Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>Example</Data></Item></Replace>"

static OmaMessage *
open_session (Fixture *f)
{
  f->msg_id = 0;
  return talk (f, PACKAGE_1, TRUE);
}

static const OmaCommand *
find (const OmaMessage *message, OmaCommandType type, guint index)
{
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    if (command->type == type && index-- == 0)
      return command;
  return NULL;
}

static guint
count (const OmaMessage *message, OmaCommandType type)
{
  guint n = 0;

  while (find (message, type, n) != NULL)
    n++;
  return n;
}

static void
set_md5 (Fixture *f, const char *secret, const char *nonce)
{
  g_autoptr(GBytes) octets = oma_digest_decode_nonce (nonce, NULL);
  g_autofree char *digest = oma_digest_response (OMA_DIGEST_MD5, "dev-0001", secret, octets);

  g_free (f->cred);
  f->cred = g_strdup_printf ("<Cred><Meta><Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type></Meta>"
                             "<Data>%s</Data></Cred>", digest);
}

/* The Status for SyncHdr must be @code; returns the nonce in its Chal. */
static char *
take_challenge (const OmaMessage *message, const char *code)
{
  const OmaCommand *status = find (message, OMA_COMMAND_STATUS, 0);

  g_assert_cmpstr (status->cmd, ==, "SyncHdr");
  g_assert_cmpstr (status->data, ==, code);
  g_assert_nonnull (status->chal);
  g_assert_cmpstr (status->chal->type, ==, "syncml:auth-md5");
  return g_strdup (status->chal->next_nonce);
}

static void
test_md5_of_dm_security_5_3 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, wrong = NULL, right = NULL, again = NULL;
  g_autofree char *n1 = NULL, *n2 = NULL, *n3 = NULL, *n4 = NULL;

  START (f, "--user=dev-0001:s3cret");
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./A\"}");
  first = open_session (f);
  n1 = take_challenge (first, "407");
  g_assert_cmpuint (count (first, OMA_COMMAND_GET), ==, 0);
  g_assert_cmpstr (find (first, OMA_COMMAND_STATUS, 2)->data, ==, "407");
  set_md5 (f, "guess", n1);
  wrong = talk (f, PACKAGE_1, TRUE);
  n2 = take_challenge (wrong, "401");
  g_assert_cmpstr (n1, !=, n2);
  set_md5 (f, "s3cret", n2);
  right = talk (f, PACKAGE_1, TRUE);
  n3 = take_challenge (right, "212");
  g_assert_cmpstr (n2, !=, n3);
  g_assert_cmpuint (count (right, OMA_COMMAND_GET), ==, 1);
  again = open_session (f);        /* a used nonce is none */
  n4 = take_challenge (again, "401");
  g_assert_cmpstr (n3, !=, n4);
}

static void
test_nonce_of_the_last_session_is_taken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, second = NULL, next = NULL, unauthenticated = NULL;
  g_autofree char *n1 = NULL, *n2 = NULL, *n3 = NULL, *n4 = NULL;

  START (f, "--user=dev-0001:s3cret");
  first = open_session (f);
  n1 = take_challenge (first, "407");
  set_md5 (f, "s3cret", n1);
  second = talk (f, PACKAGE_1, TRUE);
  n2 = take_challenge (second, "212");
  set_md5 (f, "s3cret", n2);
  f->session = "8";
  next = open_session (f);
  n3 = take_challenge (next, "212");
  g_free (f->cred);
  f->cred = g_strdup ("");
  f->session = "9";
  unauthenticated = open_session (f);
  n4 = take_challenge (unauthenticated, "407");
}

static void
test_basic_is_for_the_whole_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, second = NULL, third = NULL;
  const OmaCommand *status;

  START (f, "--user=dev-0001:s3cret", "--auth=basic");
  fixture_post (f, "/devices/urn:dev:1/commands", "[{\"command\":\"Get\",\"uri\":\"./A\"}]");
  first = open_session (f);
  status = find (first, OMA_COMMAND_STATUS, 0);
  g_assert_cmpstr (status->data, ==, "407");
  g_assert_cmpstr (status->chal->type, ==, "syncml:auth-basic");
  g_free (f->cred);
  f->cred = g_strdup ("<Cred><Meta><Type xmlns=\"syncml:metinf\">syncml:auth-basic</Type></Meta>"
                      "<Data>ZGV2LTAwMDE6czNjcmV0</Data></Cred>");
  second = talk (f, PACKAGE_1, TRUE);
  g_assert_cmpstr (find (second, OMA_COMMAND_STATUS, 0)->data, ==, "212");
  g_free (f->cred);
  f->cred = g_strdup ("");
  third = talk (f, "", TRUE);
  g_assert_cmpstr (find (third, OMA_COMMAND_STATUS, 0)->data, ==, "212");
}

static void
test_queue_is_worked_off_package_by_package (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, second = NULL, third = NULL;
  g_autoptr(JsonArray) array = NULL;
  g_autofree char *answer = NULL;

  START (f, "--port=0");
  fixture_post (f, "/devices/urn:dev:1/commands",
        "[{\"command\":\"Replace\",\"uri\":\"./A/B\",\"format\":\"int\",\"type\":\"text/plain\",\"data\":5},"
        "{\"command\":\"Get\",\"uri\":\"./A/C\"},{\"break\":true},"
        "{\"command\":\"Atomic\",\"commands\":[{\"command\":\"Delete\",\"uri\":\"./D\"}]},"
        "{\"raw\":\"<Exec><CmdID>x1</CmdID><Item><Target><LocURI>./E</LocURI></Target></Item></Exec>\"}]");
  first = open_session (f);
  g_assert_cmpstr (find (first, OMA_COMMAND_STATUS, 0)->data, ==, "200");
  g_assert_cmpuint (count (first, OMA_COMMAND_STATUS), ==, 3);
  g_assert_cmpstr (find (first, OMA_COMMAND_REPLACE, 0)->items[0].target, ==, "./A/B");
  g_assert_cmpstr (find (first, OMA_COMMAND_REPLACE, 0)->items[0].meta.format, ==, "int");
  g_assert_cmpstr (find (first, OMA_COMMAND_REPLACE, 0)->items[0].data, ==, "5");
  g_assert_cmpuint (count (first, OMA_COMMAND_ATOMIC), ==, 0);
  g_assert_true (first->final);
  answer = g_strdup_printf ("<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
                            "<Data>200</Data></Status>"
                            "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>%s</CmdRef><Cmd>Replace</Cmd>"
                            "<Data>404</Data></Status>"
                            "<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>%s</CmdRef><Cmd>Get</Cmd>"
                            "<TargetRef>./A/C</TargetRef><Data>200</Data></Status>"
                            "<Results><CmdID>4</CmdID><MsgRef>1</MsgRef><CmdRef>%s</CmdRef><Item><Source><LocURI>./A/C"
                            "</LocURI></Source><Meta><Format xmlns=\"syncml:metinf\">chr</Format></Meta>"
                            "<Data>caf\xc3\xa9</Data></Item></Results>",
                            find (first, OMA_COMMAND_REPLACE, 0)->cmd_id, find (first, OMA_COMMAND_GET, 0)->cmd_id,
                            find (first, OMA_COMMAND_GET, 0)->cmd_id);
  second = talk (f, answer, TRUE);
  g_assert_cmpuint (count (second, OMA_COMMAND_STATUS), ==, 1);
  g_assert_cmpstr (find (second, OMA_COMMAND_ATOMIC, 0)->first_child->items[0].target, ==, "./D");
  g_assert_cmpstr (find (second, OMA_COMMAND_EXEC, 0)->cmd_id, ==, "x1");
  third = talk (f, "", TRUE);
  g_assert_cmpuint (third->n_commands, ==, 1);
  g_assert_true (third->final);
  array = fixture_results (f);
  g_assert_cmpuint (json_array_get_length (array), ==, 4);
  fixture_assert_result (array, 0, "{\"type\":\"alert\",\"code\":1201}");
  fixture_assert_result (array, 1, "{\"type\":\"status\",\"command\":\"Replace\",\"uri\":\"./A/B\",\"code\":404}");
  fixture_assert_result (array, 2, "{\"type\":\"status\",\"command\":\"Get\",\"uri\":\"./A/C\",\"code\":200}");
  fixture_assert_result (array, 3, "{\"type\":\"results\",\"uri\":\"./A/C\",\"format\":\"chr\",\"data\":\"caf\xc3\xa9\"}");
}

#define NEXT "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>"

static void
test_package_is_split_to_max_msg_size (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) list = g_string_new ("[");
  g_autoptr(OmaMessage) message = NULL;
  guint n = 0;

  START (f, "--max-msg-size=5000");
  for (guint i = 0; i < 100; i++)
    g_string_append_printf (list, "%s{\"command\":\"Get\",\"uri\":\"./Vendor/Node/Number%u\"}", i > 0 ? "," : "", i);
  g_string_append_c (list, ']');
  fixture_post (f, "/devices/urn:dev:1/commands", list->str);
  f->max_msg_size = 2000;
  message = open_session (f);
  g_assert_cmpuint (message->header.meta.max_msg_size, ==, 5000);
  for (guint rounds = 0; rounds < 50; rounds++)
    {
      for (guint i = 0; i < count (message, OMA_COMMAND_GET); i++)
        {
          g_autofree char *uri = g_strdup_printf ("./Vendor/Node/Number%u", n++);

          g_assert_cmpstr (find (message, OMA_COMMAND_GET, i)->items[0].target, ==, uri);
        }
      if (message->final)
        break;
      g_assert_cmpuint (count (message, OMA_COMMAND_GET), >, 0);
      oma_message_free (message);
      message = talk (f, NEXT, FALSE);
    }
  g_assert_cmpuint (n, ==, 100);
}

static void
test_large_object_goes_in_chunks (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) value = g_string_new (NULL);
  g_autoptr(GString) got = g_string_new (NULL);
  g_autofree char *commands = NULL;
  g_autoptr(OmaMessage) message = NULL;
  gboolean more = TRUE;

  START (f, "--port=0");
  for (guint i = 0; i < 3000; i++)
    g_string_append (value, i % 3 == 0 ? "\xc3\xa9" : i % 3 == 1 ? "<" : "x");
  commands = g_strdup_printf ("[{\"command\":\"Get\",\"uri\":\"./A\"},{\"command\":\"Replace\",\"uri\":\"./B\","
                              "\"data\":\"%s\"},{\"command\":\"Get\",\"uri\":\"./C\"}]", value->str);
  fixture_post (f, "/devices/urn:dev:1/commands", commands);
  f->max_msg_size = 1500;
  message = open_session (f);
  while (more)
    {
      const OmaCommand *replace = find (message, OMA_COMMAND_REPLACE, 0);

      if (replace != NULL)
        {
          g_assert_cmpuint (replace->items[0].meta.has_size, ==, got->len == 0);
          g_assert_true (got->len > 0 || replace->items[0].meta.size == value->len);
          g_string_append_len (got, replace->items[0].data, (gssize) replace->items[0].data_length);
          more = replace->items[0].more_data;
          g_assert_false (more && message->final);
        }
      g_assert_cmpuint (f->msg_id, <, 40);
      g_assert_true (more || find (message, OMA_COMMAND_GET, 0) != NULL || !message->final);
      oma_message_free (message);
      message = talk (f, NEXT, FALSE);
    }
  g_assert_cmpstr (got->str, ==, value->str);
}

static void
test_results_in_chunks_are_put_together (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, second = NULL, third = NULL;
  g_autoptr(JsonArray) array = NULL;

  START (f, "--port=0");
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./A\"}");
  first = open_session (f);
  second = talk (f, "<Results><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./A</LocURI>"
                 "</Source><Data>abc</Data><MoreData/></Item></Results>", FALSE);
  g_assert_cmpstr (find (second, OMA_COMMAND_STATUS, 1)->data, ==, "213");
  g_assert_cmpstr (find (second, OMA_COMMAND_ALERT, 0)->data, ==, "1222");
  g_assert_false (second->final);
  third = talk (f, "<Results><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./A</LocURI>"
                "</Source><Data>def</Data></Item></Results>", TRUE);
  g_assert_true (third->final);
  array = fixture_results (f);
  fixture_assert_result (array, 1, "{\"type\":\"results\",\"uri\":\"./A\",\"data\":\"abcdef\"}");
}

static char *
refuse_server (guint msg_ref, const char *code, const char *nonce)
{
  return g_strdup_printf ("<Status><CmdID>1</CmdID><MsgRef>%u</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>"
                          "<Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type>"
                          "<Format xmlns=\"syncml:metinf\">b64</Format>"
                          "<NextNonce xmlns=\"syncml:metinf\">%s</NextNonce></Meta></Chal><Data>%s</Data></Status>"
                          "<Status><CmdID>2</CmdID><MsgRef>%u</MsgRef><CmdRef>4</CmdRef><Cmd>Get</Cmd><Data>%s</Data>"
                          "</Status>", msg_ref, nonce, code, msg_ref, code);
}

static void
test_server_proves_who_it_is (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *nonce = "ABEiM0RVZneImaq7zN3u/w==";
  g_autofree char *refusal = refuse_server (1, "407", nonce);
  g_autoptr(OmaMessage) first = NULL, second = NULL, third = NULL;
  g_autoptr(JsonArray) array = NULL;

  START (f, "--server-auth=md5", "--server-user=dm.example.org", "--server-secret=srvpass");
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./A\"}");
  first = open_session (f);
  g_assert_false (first->header.has_cred);
  g_assert_cmpuint (count (first, OMA_COMMAND_GET), ==, 1);
  second = talk (f, refusal, TRUE);
  g_assert_cmpstr (second->header.source_name, ==, "dm.example.org");
  g_assert_cmpstr (second->header.cred_data, ==, "03GWbh88bDo6er/GXn4aBA==");   /* DM Security 1.2, section 5.3 */
  g_assert_cmpuint (count (second, OMA_COMMAND_GET), ==, 1);
  third = talk (f, "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>212</Data>"
                "</Status><Status><CmdID>2</CmdID><MsgRef>2</MsgRef><CmdRef>2</CmdRef><Cmd>Get</Cmd><Data>200</Data>"
                "</Status>", TRUE);
  g_assert_false (third->header.has_cred);
  array = fixture_results (f);
  g_assert_cmpuint (json_array_get_length (array), ==, 2);        /* the refused try leaves no trace */
  fixture_assert_result (array, 1, "{\"type\":\"status\",\"command\":\"Get\",\"uri\":\"./A\",\"code\":200}");
}

static void
test_server_that_is_refused_again_and_again_gives_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) message = NULL;

  START (f, "--server-auth=md5", "--server-user=dm.example.org", "--server-secret=srvpass");
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./A\"}");
  message = open_session (f);
  for (guint i = 1; count (message, OMA_COMMAND_GET) > 0; i++)
    {
      g_autofree char *refusal = refuse_server (i, "401", "ABEiM0RVZneImaq7zN3u/w==");

      g_assert_cmpuint (i, <=, 4);
      oma_message_free (message);
      message = talk (f, refusal, TRUE);
    }
  g_assert_cmpuint (f->msg_id, ==, 5);
}

static void
test_abort_ends_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, second = NULL;
  g_autoptr(JsonArray) array = NULL;

  START (f, "--port=0");
  first = open_session (f);
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./A\"}");
  second = talk (f, "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>", TRUE);
  g_assert_cmpuint (count (second, OMA_COMMAND_GET), ==, 0);
  g_assert_true (second->final);
  array = fixture_results (f);
  fixture_assert_result (array, 1, "{\"type\":\"alert\",\"code\":1223}");
}

static void
test_same_message_gets_the_same_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;
  g_autoptr(OmaMessage) first = NULL, second = NULL;

  START (f, "--port=0");
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./A\"}");
  text = next_message (f, PACKAGE_1, TRUE);
  first = talk_text (f, text);
  second = talk_text (f, text);
  g_assert_cmpstr (first->header.msg_id, ==, "1");
  g_assert_cmpstr (second->header.msg_id, ==, "1");
  g_assert_cmpuint (count (second, OMA_COMMAND_GET), ==, 1);
}

static void
test_many_devices_keep_to_themselves (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  char ids[50][16];

  START (f, "--port=0");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *path = g_strdup_printf ("/devices/IMEI:%u/commands", i);
      g_autofree char *command = g_strdup_printf ("{\"command\":\"Get\",\"uri\":\"./Node%u\"}", i);

      g_snprintf (ids[i], sizeof ids[i], "IMEI:%u", i);
      fixture_post (f, path, command);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *uri = g_strdup_printf ("./Node%u", i);
      g_autoptr(OmaMessage) message = NULL;

      f->device = ids[i];
      message = open_session (f);
      g_assert_cmpuint (count (message, OMA_COMMAND_GET), ==, 1);
      g_assert_cmpstr (find (message, OMA_COMMAND_GET, 0)->items[0].target, ==, uri);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr(OmaMessage) message = NULL;

      f->device = ids[i];
      f->msg_id = 1;
      message = talk (f, "", TRUE);
      g_assert_cmpstr (message->header.msg_id, ==, "2");
    }
}

/* A message after "next": @kind was posted with @more parameters. */
static GBytes *
misbehave (Fixture *f, const char *kind, const char *more, GError **error)
{
  g_autofree char *json = g_strdup_printf ("{\"next\":\"%s\"%s}", kind, more);
  g_autofree char *text = NULL;

  fixture_post (f, "/misbehave", json);
  f->msg_id = 0;
  text = next_message (f, PACKAGE_1, TRUE);
  return fixture_request (f, "POST", f->dm, OMA_MEDIA_TYPE_XML, text, error);
}

static void
assert_breaks (Fixture *f, const char *kind, const char *more)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = misbehave (f, kind, more, &error);

  g_assert_null (reply);
  g_assert_nonnull (error);
}

/* libsoup's send_and_read() may take what came for the whole answer. */
static void
assert_truncates (Fixture *f)
{
  g_autoptr(GBytes) reply = misbehave (f, "truncate", ",\"keep\":20", NULL);

  g_assert_cmpint (f->length, >, 100);
  g_assert_true (reply == NULL || g_bytes_get_size (reply) == 20);
}

static GBytes *
assert_answers (Fixture *f, const char *kind, const char *more, guint status)
{
  g_autoptr(GError) error = NULL;
  GBytes *reply = misbehave (f, kind, more, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (f->status, ==, status);
  return reply;
}

static void
test_carrying_goes_wrong_as_asked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) internal = NULL, late = NULL, redirect = NULL, busy = NULL, garbage = NULL, empty = NULL;
  g_autoptr(OmaMessage) well = NULL;
  gint64 before;

  START (f, "--port=0");
  assert_breaks (f, "drop", "");
  assert_breaks (f, "drop", ",\"after\":true");
  assert_truncates (f);
  internal = assert_answers (f, "500", "", 500);
  busy = assert_answers (f, "503", ",\"retry-after\":5", 503);
  redirect = assert_answers (f, "redirect", ",\"status\":308,\"location\":\"/x\"", 308);
  garbage = assert_answers (f, "garbage", ",\"body\":\"nonsense\"", 200);
  g_assert_cmpmem (g_bytes_get_data (garbage, NULL), g_bytes_get_size (garbage), "nonsense", 8);
  empty = assert_answers (f, "empty", "", 200);
  g_assert_cmpuint (g_bytes_get_size (empty), ==, 0);
  before = g_get_monotonic_time ();
  late = assert_answers (f, "delay", ",\"ms\":200", 200);
  g_assert_cmpint (g_get_monotonic_time () - before, >=, 200 * 1000);
  well = open_session (f);
  g_assert_true (well->final);
}

static void
test_endless_answer_does_not_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;
  g_autoptr(SoupMessage) message = NULL;
  g_autoptr(GBytes) body = NULL;
  g_autoptr(GInputStream) stream = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  char block[4096];

  START (f, "--port=0");
  fixture_post (f, "/misbehave", "{\"next\":\"endless\"}");
  text = next_message (f, PACKAGE_1, TRUE);
  message = soup_message_new ("POST", f->dm);
  body = g_bytes_new (text, strlen (text));
  soup_message_set_request_body_from_bytes (message, OMA_MEDIA_TYPE_XML, body);
  stream = soup_session_send (f->soup, message, cancellable, NULL);
  for (gsize got = 0; got < 4 * 1024 * 1024;)
    {
      gssize n = g_input_stream_read (stream, block, sizeof block, NULL, NULL);

      g_assert_cmpint (n, >, 0);
      got += (gsize) n;
    }
  g_cancellable_cancel (cancellable);
}

static void
test_session_goes_wrong_as_asked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, no_final = NULL, echo = NULL, repeat = NULL;

  START (f, "--port=0");
  fixture_post (f, "/misbehave", "{\"next\":\"no-final\",\"skip\":1}");
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./A\"}");
  first = open_session (f);
  g_assert_true (first->final);
  fixture_post (f, "/devices/urn:dev:1/commands", "{\"command\":\"Get\",\"uri\":\"./B\"}");
  no_final = talk (f, "", TRUE);
  g_assert_false (no_final->final);
  fixture_post (f, "/misbehave", "{\"next\":\"echo-msgid\",\"device\":\"somebody-else\"}");
  fixture_post (f, "/misbehave", "{\"next\":\"repeat\"}");
  repeat = talk (f, "", TRUE);
  g_assert_cmpstr (find (repeat, OMA_COMMAND_GET, 0)->items[0].target, ==, "./B");
  f->device = "somebody-else";
  f->msg_id = 41;
  echo = talk (f, PACKAGE_1, TRUE);
  g_assert_cmpstr (echo->header.msg_id, ==, "42");
}

static void
test_authentication_goes_wrong_as_asked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL, refused = NULL, taken = NULL, challenged = NULL, again = NULL;
  g_autofree char *n1 = NULL, *n2 = NULL, *n3 = NULL, *n4 = NULL;

  START (f, "--user=dev-0001:s3cret", "--server-auth=md5", "--server-user=s", "--server-secret=p");
  first = open_session (f);
  n1 = take_challenge (first, "407");
  set_md5 (f, "s3cret", n1);
  fixture_post (f, "/misbehave", "{\"next\":\"wrong-nonce\"}");
  refused = talk (f, PACKAGE_1, TRUE);
  n2 = take_challenge (refused, "401");
  set_md5 (f, "s3cret", n2);
  taken = talk (f, PACKAGE_1, TRUE);
  n3 = take_challenge (taken, "212");
  g_free (f->cred);
  f->cred = g_strdup ("");
  fixture_post (f, "/misbehave", "{\"next\":\"challenge-mid-session\"}");
  challenged = talk (f, "", TRUE);
  n4 = take_challenge (challenged, "407");
  fixture_post (f, "/misbehave", "{\"next\":\"wrong-server-nonce\"}");
  set_md5 (f, "s3cret", n4);
  again = talk (f, "", TRUE);
  g_assert_true (again->header.has_cred);
}

static void
assert_refused (Fixture *f, const char *method, const char *uri, const char *type, const char *body, guint status)
{
  g_autoptr(GBytes) reply = fixture_request (f, method, uri, type, body, NULL);

  g_assert_nonnull (reply);
  g_assert_cmpuint (f->status, ==, status);
}

static void
test_rubbish_is_refused_and_survived (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *huge = g_strnfill (17 * 1024 * 1024, 'x');
  g_autoptr(OmaMessage) well = NULL;
  static const char *const bad[] = {
    "", "{", "[]x", "null", "7", "[{\"command\":\"Explode\"}]", "[{\"command\":\"Get\"}]", "[[]]",
    "[{\"uri\":\"./A\"}]",
    "[{\"command\":\"Atomic\"}]", "[{\"command\":\"Atomic\",\"commands\":[{\"raw\":\"x\"}]}]",
    "[{\"command\":\"Get\",\"items\":{}}]", "[{\"command\":{},\"uri\":[]}]",
  };

  START (f, "--port=0");
  assert_refused (f, "POST", f->dm, OMA_MEDIA_TYPE_XML, "<SyncML", 400);
  assert_refused (f, "POST", f->dm, OMA_MEDIA_TYPE_XML, "", 400);
  assert_refused (f, "POST", f->dm, OMA_MEDIA_TYPE_XML, "<SyncML><SyncHdr/><SyncBody/></SyncML>", 400);
  assert_refused (f, "POST", f->dm, "text/plain", "<SyncML/>", 415);
  assert_refused (f, "POST", f->dm, OMA_MEDIA_TYPE_WBXML, "\x02", 400);
  assert_refused (f, "POST", f->dm, OMA_MEDIA_TYPE_XML, huge, 413);
  assert_refused (f, "GET", f->dm, NULL, NULL, 405);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *uri = g_strconcat (f->admin, "devices/x/commands", NULL);
      g_autofree char *fault = g_strconcat (f->admin, "misbehave", NULL);

      assert_refused (f, "POST", uri, "application/json", bad[i], 400);
      assert_refused (f, "POST", fault, "application/json", bad[i], 400);
    }
  well = open_session (f);
  g_assert_true (well->final);
}

static void
test_admin_tells_and_forgets (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaMessage) first = NULL;
  g_autoptr(JsonObject) health = NULL, device = NULL, messages = NULL, gone = NULL, unknown = NULL, empty = NULL;
  JsonArray *array;

  START (f, "--port=0");
  health = fixture_admin (f, "GET", "/healthz", NULL);
  g_assert_true (json_object_get_boolean_member (health, "ok"));
  first = open_session (f);
  device = fixture_admin (f, "GET", "/devices/urn:dev:1", NULL);
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (device, "info"), "Man"), ==,
                   "Example");
  messages = fixture_admin (f, "GET", "/devices/urn:dev:1/messages", NULL);
  array = json_object_get_array_member (messages, "messages");
  g_assert_cmpuint (json_array_get_length (array), ==, 2);
  fixture_assert_result (array, 0, "{\"from\":\"client\",\"session\":\"7\"}");
  fixture_assert_result (array, 1, "{\"from\":\"server\"}");
  gone = fixture_admin (f, "DELETE", "/devices/urn:dev:1", NULL);
  empty = fixture_admin (f, "GET", "/devices/urn:dev:1/results", NULL);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (empty, "results")), ==, 0);
  unknown = fixture_admin (f, "GET", "/devices/nobody/results", NULL);
  g_assert_cmpuint (f->status, ==, 404);
}

static void
test_https_asks_for_a_client_certificate (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPki) pki = test_pki_new ("omadm test");
  g_autofree char *ca = test_pki_file (pki, "ca.pem");
  g_autofree char *crt = test_pki_file (pki, "server.pem"), *key = test_pki_file (pki, "server-key.pem");
  g_autofree char *cert_option = g_strconcat ("--cert=", crt, NULL), *key_option = g_strconcat ("--key=", key, NULL);
  g_autofree char *ca_option = g_strconcat ("--client-ca=", ca, NULL);
  g_autoptr(GTlsDatabase) database = g_tls_file_database_new (ca, NULL);
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autoptr(SoupMessage) with = NULL, without = NULL;
  g_autoptr(GBytes) reply = NULL, refused = NULL;

  test_pki_issue (pki, "server", "127.0.0.1", -1, 1);
  START (f, "--https-port=0", cert_option, key_option, ca_option);
  g_assert_true (g_str_has_prefix (f->dm, "https://"));
  soup_session_set_tls_database (f->soup, database);
  without = soup_message_new ("GET", f->dm);
  refused = soup_session_send_and_read (f->soup, without, NULL, NULL);
  g_assert_null (refused);
  certificate = g_tls_certificate_new_from_files (crt, key, NULL);
  with = soup_message_new ("GET", f->dm);
  soup_message_set_tls_client_certificate (with, certificate);
  reply = soup_session_send_and_read (f->soup, with, NULL, NULL);
  g_assert_nonnull (reply);
  g_assert_cmpuint (soup_message_get_status (with), ==, 405);
}

static void
assert_command_line_is_wrong (const char *const *arguments)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autoptr(GSubprocess) process = NULL;

  g_ptr_array_add (argv, (char *) g_getenv ("OMADM_TESTSERVER"));
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (char *) arguments[i]);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata, G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 2);
}

static void
test_wrong_command_lines_are_told (void)
{
  assert_command_line_is_wrong ((const char *const[]) { "--port=70000", NULL });
  assert_command_line_is_wrong ((const char *const[]) { "--https-port=0", NULL });
  assert_command_line_is_wrong ((const char *const[]) { "--user=nosecret", NULL });
  assert_command_line_is_wrong ((const char *const[]) { "--auth=md5", NULL });
  assert_command_line_is_wrong ((const char *const[]) { "--server-auth=md5", NULL });
  assert_command_line_is_wrong ((const char *const[]) { "surplus", NULL });
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/testserver/" name, Fixture, NULL, NULL, func, fixture_tear_down)
  ADD ("md5-of-dm-security-5.3", test_md5_of_dm_security_5_3);
  ADD ("nonce-of-the-last-session-is-taken", test_nonce_of_the_last_session_is_taken);
  ADD ("basic-is-for-the-whole-session", test_basic_is_for_the_whole_session);
  ADD ("queue-is-worked-off-package-by-package", test_queue_is_worked_off_package_by_package);
  ADD ("package-is-split-to-max-msg-size", test_package_is_split_to_max_msg_size);
  ADD ("large-object-goes-in-chunks", test_large_object_goes_in_chunks);
  ADD ("results-in-chunks-are-put-together", test_results_in_chunks_are_put_together);
  ADD ("server-proves-who-it-is", test_server_proves_who_it_is);
  ADD ("server-that-is-refused-again-and-again-gives-up", test_server_that_is_refused_again_and_again_gives_up);
  ADD ("abort-ends-the-session", test_abort_ends_the_session);
  ADD ("same-message-gets-the-same-answer", test_same_message_gets_the_same_answer);
  ADD ("many-devices-keep-to-themselves", test_many_devices_keep_to_themselves);
  ADD ("carrying-goes-wrong-as-asked", test_carrying_goes_wrong_as_asked);
  ADD ("endless-answer-does-not-end", test_endless_answer_does_not_end);
  ADD ("session-goes-wrong-as-asked", test_session_goes_wrong_as_asked);
  ADD ("authentication-goes-wrong-as-asked", test_authentication_goes_wrong_as_asked);
  ADD ("rubbish-is-refused-and-survived", test_rubbish_is_refused_and_survived);
  ADD ("admin-tells-and-forgets", test_admin_tells_and_forgets);
  ADD ("https-asks-for-a-client-certificate", test_https_asks_for_a_client_certificate);
  g_test_add_func ("/testserver/wrong-command-lines-are-told", test_wrong_command_lines_are_told);
  return g_test_run ();
}
