/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What servers that exist really do, and how a session comes through it in good order. */
#include "config.h"

#include "session-fixture.h"

#include "base/oma-digest.h"

#include <string.h>

#define GET(id, uri) "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define REPLACE(id, data) "<Replace><CmdID>" id "</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>" \
                          "<Data>" data "</Data></Item></Replace>"
#define CHAL(nonce) "<Chal><Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">" \
                    "syncml:auth-md5</Type><NextNonce xmlns=\"syncml:metinf\">" nonce "</NextNonce></Meta></Chal>"

static void
set_md5 (Fixture *f)
{
  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("dev-0001"), g_strdup ("s3cret"), NULL };
}

static void
challenge (Fixture *f, guint status, const char *nonce)
{
  g_autofree char *body = g_strdup_printf ("<Status><CmdID>1</CmdID><MsgRef>%s</MsgRef><CmdRef>0</CmdRef>"
                                           "<Cmd>SyncHdr</Cmd>" CHAL ("%s") "<Data>%u</Data></Status><Final/>",
                                           f->sent->header.msg_id, nonce, status);

  fixture_answer_full (f, "", body);
}

static void
test_statuses_that_match_nothing_are_not_fatal (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer_full (f, "", "<Status><CmdID>1</CmdID><MsgRef>9</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
                       "<Data>404</Data></Status>"
                       "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>77</CmdRef><Cmd>Alert</Cmd><Data>500</Data>"
                       "</Status><Status><CmdID>3</CmdID></Status><Status><CmdID>4</CmdID><MsgRef>1</MsgRef>"
                       "<CmdRef>0</CmdRef><Cmd>Alert</Cmd><Data>401</Data></Status>" REPLACE ("5", "x") "<Final/>");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/5 Replace ./Vendor/Motd 200\nFinal\n");
}

static void
test_pretty_printed_status_in_any_order (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_md5 (f);
  fixture_begin (f);
  fixture_answer_full (f, "", "\n <Status>\n  <Data> 407\n </Data>\n <Cmd> SyncHdr </Cmd> <Chal><Meta>"
                       "<Type> syncml:auth-md5 </Type><NextNonce> ABEiM0RVZneImaq7zN3u/w== </NextNonce></Meta></Chal>"
                       "<CmdRef> 0 </CmdRef><MsgRef>\n1</MsgRef><CmdID>1</CmdID></Status>\n");
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
  g_assert_cmpstr (f->sent->header.cred_data, ==, "0UP/r2MJQrgvqvCAlMMc0Q==");
}

/* A server that echoes our MsgID and never sends Final. */
static void
test_no_final_and_echoed_msg_id (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE ("a", "x"), FALSE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/a Replace ./Vendor/Motd 200\nFinal\n");
  fixture_answer (f, 200, GET ("b", "./Vendor/Motd"), FALSE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/b Get ./Vendor/Motd 200\n"
                       "Results 2/b ./Vendor/Motd chr 'x'\nFinal\n");
  fixture_answer (f, 200, "", FALSE);
  fixture_assert_done (f);
}

static void
test_server_that_never_counts_its_messages (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  for (guint i = 0; i < 3; i++)
    {
      f->server_msg_id = 0;
      fixture_answer (f, 200, REPLACE ("2", "x"), TRUE);
      fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 200\nFinal\n");
    }
}

static void
test_empty_rounds_without_final_have_an_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint rounds = 0;
  g_autofree char *text = NULL;

  fixture_begin (f);
  do
    {
      fixture_answer (f, 200, "<Alert><CmdID>2</CmdID><Data>1222</Data></Alert>", FALSE);
      g_assert_cmpuint (++rounds, <, 10);
    }
  while (f->step->action == OMA_SESSION_SEND);
  fixture_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
  g_assert_cmpuint (rounds, ==, 4);
  text = fixture_describe (f);
  g_assert_true (g_str_has_suffix (text, "Alert 1223\nFinal\n"));
}

static void
test_the_same_commands_for_ever_have_an_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint rounds = 0;
  g_autofree char *text = NULL;

  fixture_begin (f);
  do
    {
      fixture_answer (f, 200, GET ("2", "./Vendor/Motd"), TRUE);
      g_assert_cmpuint (++rounds, <, 100);
    }
  while (f->step->action == OMA_SESSION_SEND);
  fixture_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
  g_assert_cmpuint (rounds, ==, f->config.max_messages);
  text = fixture_describe (f);
  g_assert_true (g_str_has_suffix (text, "Alert 1223\nFinal\n"));
}

static void
test_401_with_fresh_nonces_for_ever_has_an_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint rounds = 0;

  set_md5 (f);
  f->config.max_auth_tries = 4;
  fixture_begin (f);
  do
    {
      g_autofree char *nonce = g_base64_encode ((const guchar *) &rounds, sizeof rounds);
      challenge (f, 401, nonce);
      g_assert_cmpuint (++rounds, <, 20);
    }
  while (f->step->action == OMA_SESSION_SEND);
  fixture_assert_failed (f, OMA_SESSION_ERROR_CREDENTIALS);
  g_assert_cmpuint (rounds, ==, 5);   /* the first was no answer to credentials */
}

static void
test_nonce_that_runs_out_again_and_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_md5 (f);
  fixture_begin (f);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *nonce = g_base64_encode ((const guchar *) &i, sizeof i);
      challenge (f, 407, nonce);
      g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
      g_assert_true (f->sent->header.has_cred);
      fixture_answer (f, 200, REPLACE ("2", "x"), FALSE);
      g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
    }
}

static void
test_repeated_message_gets_the_same_answer_and_is_run_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *message = NULL;
  g_autoptr(GBytes) first = NULL;

  fixture_begin (f);
  message = fixture_message (f, "", "<Exec><CmdID>2</CmdID><Item><Target><LocURI>./Ops/Fast</LocURI></Target></Item>"
                             "</Exec><Final/>");
  fixture_feed (f, message);
  first = g_bytes_ref (f->step->body);
  fixture_feed (f, message);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
  g_assert_true (g_bytes_equal (first, f->step->body));
  g_assert_cmpuint (f->executed, ==, 1);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
}

static void
test_repeated_message_for_ever_has_an_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *message = NULL;
  guint rounds = 0;

  fixture_begin (f);
  message = fixture_message (f, "", "<Exec><CmdID>2</CmdID><Item><Target><LocURI>./Ops/Fast</LocURI></Target></Item>"
                             "</Exec><Final/>");
  do
    {
      fixture_feed (f, message);
      g_assert_cmpuint (++rounds, <, 100);
    }
  while (f->step->action == OMA_SESSION_SEND);
  fixture_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
  g_assert_cmpuint (f->executed, ==, 1);
}

static void
test_message_that_is_not_well_formed_ends_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *const broken[] = {
    "<SyncML", "no XML", "<html><body>502 Bad Gateway</body></html>",
    "<SyncML><SyncHdr><SessionID>63</SessionID></SyncHdr><SyncBody>" REPLACE ("2", "x") "</SyncML>",
    "<SyncML><SyncHdr><SessionID>63</SessionID></SyncHdr><SyncBody>" REPLACE ("2", "&nope;") "</SyncBody></SyncML>",
    "<!DOCTYPE SyncML [<!ENTITY e 'x'>]><SyncML><SyncHdr><SessionID>63</SessionID></SyncHdr><SyncBody>"
    REPLACE ("2", "&e;") "</SyncBody></SyncML>",
  };
  g_autofree char *motd = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      fixture_begin (f);
      fixture_feed (f, broken[i]);
      fixture_assert_failed (f, OMA_SESSION_ERROR_MESSAGE);
      g_assert_null (f->step->body);
    }
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_only_decimal_digits_are_sent (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  for (guint i = 2; i <= 12; i++)
    {
      g_autofree char *expected = g_strdup_printf ("%u", i);
      fixture_answer (f, 200, REPLACE ("2", "x"), TRUE);
      g_assert_cmpstr (f->sent->header.msg_id, ==, expected);
      for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
        g_assert_cmpuint (strspn (command->cmd_id, "0123456789"), ==, strlen (command->cmd_id));
    }
}

static void
test_md5_over_the_nonces_text_is_a_switch (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("Bruce2"), g_strdup ("OhBehave"),
                                        oma_digest_decode_nonce ("LG3iZQhhdmKNHg==", NULL) };
  fixture_begin (f);
  g_assert_cmpstr (f->sent->header.cred_data, ==, "LAK2i25Fh0nxxGGaAzRRpg==");
  f->config.quirks = OMA_QUIRK_NONCE_AS_TEXT;
  fixture_begin (f);
  g_assert_cmpstr (f->sent->header.cred_data, ==, "kpKgquN4uuyvg2Io01gZ5A==");
}

static void
test_answer_without_a_status_for_our_header (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer_full (f, "", REPLACE ("2", "x"));
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 200\nFinal\n");
}

static void
test_prefixes_and_indentation_kept_as_text (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_feed (f, "<?xml version=\"1.0\"?>\n<ns0:SyncML xmlns:ns0=\"SYNCML:SYNCML1.2\" xmlns:ns1=\"syncml:metinf\">\n"
                "  <ns0:SyncHdr>\n <ns0:VerDTD> 1.2 </ns0:VerDTD><ns0:VerProto>\nDM/1.2\n</ns0:VerProto>"
                "<ns0:SessionID> 63 </ns0:SessionID><ns0:MsgID> 1 </ns0:MsgID><ns0:Target>\n <ns0:LocURI>urn:dev:1\n"
                "</ns0:LocURI></ns0:Target><ns0:Source><ns0:LocURI>https://dm.example.org/s</ns0:LocURI></ns0:Source>\n"
                "</ns0:SyncHdr>\n<ns0:SyncBody>\n <ns0:Status>\n<ns0:CmdID>1</ns0:CmdID><ns0:Data> 200\n</ns0:Data>"
                "<ns0:Cmd> SyncHdr </ns0:Cmd><ns0:CmdRef> 0 </ns0:CmdRef><ns0:MsgRef> 1 </ns0:MsgRef></ns0:Status>"
                "<ns0:Replace><ns0:CmdID> 2\n</ns0:CmdID><ns0:Item>\n<ns0:Target> <ns0:LocURI>\n ./Vendor/Motd "
                "</ns0:LocURI></ns0:Target><ns0:Meta><ns1:Format> chr </ns1:Format><ns1:Type> text/plain </ns1:Type>"
                "</ns0:Meta><ns0:Data> kept </ns0:Data></ns0:Item></ns0:Replace>\n"
                "<ns0:Get><ns0:CmdID>3</ns0:CmdID><ns0:Item><ns0:Target><ns0:LocURI>./Vendor/Motd</ns0:LocURI>"
                "</ns0:Target></ns0:Item></ns0:Get><ns0:Final></ns0:Final>\n</ns0:SyncBody>\n</ns0:SyncML>\n");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 200\n"
                       "Status 1/3 Get ./Vendor/Motd 200\nResults 1/3 ./Vendor/Motd chr ' kept '\nFinal\n");
}

static void
test_location_without_a_loc_uri (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, "<Copy><CmdID>2</CmdID><Item><Target>./Vendor/Note</Target><Source>./Vendor/Motd</Source>"
                  "</Item></Copy>" GET ("3", "./Vendor/Note"), TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Copy ./Vendor/Note 200\n"
                       "Status 1/3 Get ./Vendor/Note 200\nResults 1/3 ./Vendor/Note chr 'hello'\nFinal\n");
}

static void
test_elements_in_data_are_the_value (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  fixture_begin (f);
  fixture_answer (f, 200, "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>"
                  "<Data><MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree></Data></Item></Replace>",
                  TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 200\nFinal\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree>");
}

#define add(name, func) fixture_add ("/field/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("statuses-that-match-nothing-are-not-fatal", test_statuses_that_match_nothing_are_not_fatal);
  add ("pretty-printed-status-in-any-order", test_pretty_printed_status_in_any_order);
  add ("prefixes-and-indentation-kept-as-text", test_prefixes_and_indentation_kept_as_text);
  add ("location-without-a-loc-uri", test_location_without_a_loc_uri);
  add ("elements-in-data-are-the-value", test_elements_in_data_are_the_value);
  add ("no-final-and-echoed-msg-id", test_no_final_and_echoed_msg_id);
  add ("server-that-never-counts-its-messages", test_server_that_never_counts_its_messages);
  add ("empty-rounds-without-final-have-an-end", test_empty_rounds_without_final_have_an_end);
  add ("the-same-commands-for-ever-have-an-end", test_the_same_commands_for_ever_have_an_end);
  add ("401-with-fresh-nonces-for-ever-has-an-end", test_401_with_fresh_nonces_for_ever_has_an_end);
  add ("nonce-that-runs-out-again-and-again", test_nonce_that_runs_out_again_and_again);
  add ("repeated-message-gets-the-same-answer-and-is-run-once",
       test_repeated_message_gets_the_same_answer_and_is_run_once);
  add ("repeated-message-for-ever-has-an-end", test_repeated_message_for_ever_has_an_end);
  add ("message-that-is-not-well-formed-ends-the-session", test_message_that_is_not_well_formed_ends_the_session);
  add ("only-decimal-digits-are-sent", test_only_decimal_digits_are_sent);
  add ("md5-over-the-nonces-text-is-a-switch", test_md5_over_the_nonces_text_is_a_switch);
  add ("answer-without-a-status-for-our-header", test_answer_without_a_status_for_our_header);
  return g_test_run ();
}
