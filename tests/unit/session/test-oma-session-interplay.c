/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one rule of a session does to another: credentials, sizes, large objects and repetitions
 * at the same time.  Sections are those of DM Protocol 1.2. */
#include "config.h"

#include "session-fixture.h"

#include "base/oma-digest.h"

#include <string.h>

#define NONCE "bjBuY2UtYnl0ZXM="
#define OURS_1 "AQEBAQEBAQEBAQEBAQEBAQ=="
#define OURS_2 "AgICAgICAgICAgICAgICAg=="
#define OURS_3 "AwMDAwMDAwMDAwMDAwMDAw=="

#define HEADER_STATUS(msg) "<Status><CmdID>1</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
                           "<Data>200</Data></Status>"
#define MAX_SIZE(n) "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">" n "</MaxMsgSize></Meta>"
#define GET(id, uri) "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define NEXT_MESSAGE "<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>"
#define PART(size, text, more) "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>" \
                               "<Meta><Format xmlns=\"syncml:metinf\">chr</Format>" size "</Meta>" \
                               "<Data>" text "</Data>" more "</Item></Replace>"
#define SIZE(n) "<Size xmlns=\"syncml:metinf\">" n "</Size>"
#define MORE "<MoreData/>"

static void
set_long_value (Fixture *f, const char *uri, char octet, gsize size)
{
  g_autofree char *text = g_strnfill (size, octet);

  fixture_set_value (f, uri, text);
}

/* ---- Sizes (sections 6 and 7) ---- */

static void
test_statuses_of_many_alerts_keep_to_the_size (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) body = g_string_new (HEADER_STATUS ("1"));
  guint n = 0;

  for (guint i = 0; i < 60; i++)
    g_string_append_printf (body, "<Alert><CmdID>%u</CmdID><Data>1100</Data><Item/><Item><Data>x</Data></Item></Alert>",
                            i + 2);
  g_string_append (body, "<Final/>");
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("2000"), body->str);
  for (;;)
    {
      g_assert_no_error (f->step->error);
      g_assert_cmpuint (g_bytes_get_size (f->step->body), <=, 2000);
      for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
        n += command->type == OMA_COMMAND_STATUS && strcmp (command->data, "406") == 0;
      if (f->sent->final)
        break;
      fixture_answer (f, 200, NEXT_MESSAGE, FALSE);
    }
  g_assert_cmpuint (n, ==, 60);
}

static void
test_size_that_shrinks_cuts_results_that_wait (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_long_value (f, "./Vendor/Net/Hostname", 'h', 2000);
  set_long_value (f, "./Vendor/Motd", 'm', 3000);
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("4200"), HEADER_STATUS ("1") GET ("7", "./Vendor/Net/Hostname")
                       GET ("8", "./Vendor/Motd") "<Final/>");
  g_assert_false (f->sent->final);
  fixture_answer_full (f, MAX_SIZE ("1500"), HEADER_STATUS ("2") NEXT_MESSAGE);
  for (guint i = 0; i < 30; i++)
    {
      g_assert_no_error (f->step->error);
      g_assert_cmpuint (g_bytes_get_size (f->step->body), <=, 1500);
      if (f->sent->final)
        break;
      fixture_answer (f, 200, NEXT_MESSAGE, FALSE);
    }
  g_assert_true (f->sent->final);
}

static const OmaCommand *
find_results (Fixture *f)
{
  const OmaCommand *command;

  for (command = f->sent->first_command; command != NULL && command->type != OMA_COMMAND_RESULTS;
       command = command->next)
    ;
  g_assert_nonnull (command);
  return command;
}

static void
test_parts_of_a_document_name_the_node (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_long_value (f, "./Vendor/Motd", 'm', 3000);
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1500"), HEADER_STATUS ("1") GET ("7", "./Vendor?list=TNDS") "<Final/>");
  g_assert_true (find_results (f)->items[0].more_data);
  g_assert_cmpstr (find_results (f)->items[0].source, ==, "./Vendor");
  /* Whoever stops it writes the URI that the parts have. */
  fixture_answer (f, 200, "<Alert><CmdID>9</CmdID><Data>1225</Data><Item><Source><LocURI>./Vendor</LocURI></Source>"
                  "</Item></Alert>", TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/9 Alert 200\nFinal\n");
}

static void
test_more_than_the_server_takes_is_not_read (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) body = g_string_new (HEADER_STATUS ("1") "<Get><CmdID>7</CmdID>");
  guint n_read = 0, n_refused = 0;

  set_long_value (f, "./Vendor/Motd", 'm', 60000);
  for (guint i = 0; i < 1300; i++)
    g_string_append (body, "<Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item>");
  g_string_append (body, "</Get><Final/>");
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("500000"), body->str);
  for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
    {
      n_read += g_strcmp0 (command->cmd, "Get") == 0 && strcmp (command->data, "200") == 0;
      n_refused += g_strcmp0 (command->cmd, "Get") == 0 && strcmp (command->data, "413") == 0;
    }
  g_assert_cmpuint (n_read, ==, 64 * 1024 * 1024 / 60000 + 1);
  g_assert_cmpuint (n_refused, ==, 1300 - n_read);
}

/* ---- Strangers (section 9) ---- */

static void
use_mac (Fixture *f)
{
  f->config.server = (OmaCredentials) { OMA_AUTH_HMAC, g_strdup ("srv"), g_strdup ("srvpw"),
                                        oma_digest_decode_nonce (NONCE, NULL) };
}

static void
feed_signed (Fixture *f, const char *nonce, const char *header, const char *body)
{
  g_autofree char *message = fixture_message (f, header, body);
  g_autoptr(GBytes) bytes = g_bytes_new (message, strlen (message));
  g_autoptr(GBytes) octets = oma_digest_decode_nonce (nonce, NULL);
  g_autofree char *mac = oma_digest_mac (OMA_DIGEST_MD5, "srv", "srvpw", octets, bytes);
  g_autofree char *value = g_strdup_printf ("username=\"srv\", mac=%s", mac);

  f->mac = value;
  fixture_feed (f, message);
  f->mac = NULL;
}

static void
test_stranger_gets_nothing_that_waits (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_long_value (f, "./Vendor/Motd", 'm', 2500);
  use_mac (f);
  fixture_begin (f);
  feed_signed (f, NONCE, MAX_SIZE ("1500"), HEADER_STATUS ("1") GET ("7", "./Vendor/Motd") "<Final/>");
  g_assert_true (find_results (f)->items[0].more_data);
  fixture_answer (f, 200, NEXT_MESSAGE, FALSE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 407 syncml:auth-MAC b64 " OURS_2 "\nStatus 2/90 Alert 407\n");
  feed_signed (f, OURS_2, "", HEADER_STATUS ("3") NEXT_MESSAGE);
  g_assert_cmpstr (find_results (f)->cmd_ref, ==, "7");
  g_assert_false (find_results (f)->items[0].meta.has_size);
  for (guint i = 4; !f->sent->final && i < 30; i++)
    {
      g_autofree char *body = g_strdup_printf ("<Status><CmdID>1</CmdID><MsgRef>%u</MsgRef><CmdRef>0</CmdRef>"
                                               "<Cmd>SyncHdr</Cmd><Data>200</Data></Status>" NEXT_MESSAGE, i);
      g_autofree char *nonce = NULL;
      guint8 octets[16];

      memset (octets, (int) i - 1, sizeof octets);
      nonce = g_base64_encode (octets, sizeof octets);
      feed_signed (f, nonce, "", body);
    }
  g_assert_true (f->sent->final);
}

static void
test_stranger_acknowledges_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_mac (f);
  fixture_begin (f);
  feed_signed (f, NONCE, "", HEADER_STATUS ("1") PART ("", "new", "") "<Final/>");
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 1);
  fixture_answer (f, 200, GET ("7", "./Vendor/Motd"), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 407 syncml:auth-MAC b64 " OURS_2 "\n"
                       "Status 2/7 Get ./Vendor/Motd 407\nFinal\n");
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 1);
  feed_signed (f, OURS_2, "", HEADER_STATUS ("3") GET ("7", "./Vendor/Motd") "<Final/>");
  fixture_assert_sent (f, "Status 3/0 SyncHdr 200 syncml:auth-MAC b64 " OURS_3 "\n"
                       "Status 3/7 Get ./Vendor/Motd 200\nResults 3/7 ./Vendor/Motd chr 'new'\nFinal\n");
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 0);
}

static void
test_end_that_a_stranger_brings_acknowledges_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_mac (f);
  fixture_begin (f);
  feed_signed (f, NONCE, "", HEADER_STATUS ("1") PART ("", "new", "") "<Final/>");
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 1);
}

/* ---- Repetitions (section 6) ---- */

static void
feed_uncounted (Fixture *f, const char *body)
{
  f->server_msg_id = 0;
  fixture_answer_full (f, "", body);
}

static void
test_equal_parts_of_a_server_that_never_counts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  fixture_begin (f);
  feed_uncounted (f, PART (SIZE ("12"), "abc", MORE));
  feed_uncounted (f, PART ("", "abc", MORE));
  feed_uncounted (f, PART ("", "abc", MORE));
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 213\nAlert 1222\n");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "4");
  feed_uncounted (f, PART ("", "abc", "") "<Final/>");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 200\nFinal\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "abcabcabcabc");
}

static void
test_equal_parts_in_messages_that_differ (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  fixture_begin (f);
  fixture_answer_full (f, "", PART (SIZE ("9"), "abc", MORE));
  fixture_answer_full (f, "", PART ("", "abc", MORE));
  fixture_answer_full (f, "", PART ("", "abc", "") "<Final/>");
  fixture_assert_sent (f, "Status 3/0 SyncHdr 200\nStatus 3/2 Replace ./Vendor/Motd 200\nFinal\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "abcabcabc");
}

static void
test_part_that_comes_again_is_taken_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL, *part = NULL;

  fixture_begin (f);
  fixture_answer_full (f, "", PART (SIZE ("9"), "abc", MORE));
  part = fixture_message (f, "", PART ("", "def", MORE));
  fixture_feed (f, part);
  fixture_feed (f, part);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Replace ./Vendor/Motd 213\nAlert 1222\n");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "3");
  fixture_answer_full (f, "", PART ("", "ghi", "") "<Final/>");
  fixture_assert_sent (f, "Status 3/0 SyncHdr 200\nStatus 3/2 Replace ./Vendor/Motd 200\nFinal\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "abcdefghi");
}

/* ---- Questions (section 10) ---- */

static void
test_part_behind_a_question_is_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  f->interaction = fake_interaction_new ();
  fake_interaction_will (f->interaction, "214");
  fixture_begin (f);
  fixture_answer (f, 200, "<Alert><CmdID>9</CmdID><Data>1101</Data><Item/><Item><Data>Go on?</Data></Item></Alert>"
                  PART (SIZE ("6"), "abc", MORE), FALSE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/9 Alert 214\nStatus 1/2 Replace ./Vendor/Motd 213\n"
                       "Alert 1222\n");
  fixture_answer (f, 200, PART ("", "def", ""), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Replace ./Vendor/Motd 200\nFinal\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "abcdef");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/session/interplay/statuses-of-many-alerts-keep-to-the-size",
               test_statuses_of_many_alerts_keep_to_the_size);
  fixture_add ("/session/interplay/size-that-shrinks-cuts-results-that-wait",
               test_size_that_shrinks_cuts_results_that_wait);
  fixture_add ("/session/interplay/parts-of-a-document-name-the-node", test_parts_of_a_document_name_the_node);
  fixture_add ("/session/interplay/more-than-the-server-takes-is-not-read",
               test_more_than_the_server_takes_is_not_read);
  fixture_add ("/session/interplay/stranger-gets-nothing-that-waits", test_stranger_gets_nothing_that_waits);
  fixture_add ("/session/interplay/stranger-acknowledges-nothing", test_stranger_acknowledges_nothing);
  fixture_add ("/session/interplay/end-that-a-stranger-brings-acknowledges-nothing",
               test_end_that_a_stranger_brings_acknowledges_nothing);
  fixture_add ("/session/interplay/equal-parts-of-a-server-that-never-counts",
               test_equal_parts_of_a_server_that_never_counts);
  fixture_add ("/session/interplay/equal-parts-in-messages-that-differ", test_equal_parts_in_messages_that_differ);
  fixture_add ("/session/interplay/part-that-comes-again-is-taken-once", test_part_that_comes_again_is_taken_once);
  fixture_add ("/session/interplay/part-behind-a-question-is-kept", test_part_behind_a_question_is_kept);
  return g_test_run ();
}
