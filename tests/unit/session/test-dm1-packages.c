/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packages made of several messages, their sizes, and how sessions end: DM Protocol 1.2
 * (PROTO), sections 6, 7 and 8. */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define GET(id, uri) "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define REPLACE(id, uri, data) "<Replace><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target>" \
                               "<Data>" data "</Data></Item></Replace>"
#define PART(id, data) "<Replace><CmdID>" id "</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>" \
                       "<Data>" data "</Data><MoreData/></Item></Replace>"
#define NEXT_MESSAGE "<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>"
#define MAX_SIZES(m, o) "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">" m "</MaxMsgSize>" \
                        "<MaxObjSize xmlns=\"syncml:metinf\">" o "</MaxObjSize></Meta>"
#define MAX_SIZE(n) "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">" n "</MaxMsgSize></Meta>"

static void
test_package_1_of_either_side (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  f->config.server_initiated = TRUE;
  f->config.max_obj_size = 5000;
  fixture_begin (f);
  text = fixture_describe (f);
  g_assert_true (g_str_has_prefix (text, "Alert 1200\nReplace ./DevInfo/DevId 'urn:dev:1' "));
  g_assert_cmpstr (f->sent->header.ver_dtd, ==, "1.2");
  g_assert_cmpstr (f->sent->header.ver_proto, ==, "DM/1.2");
  g_assert_cmpstr (f->sent->header.session_id, ==, "63");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "1");
  g_assert_cmpstr (f->sent->header.target, ==, "https://dm.example.org/s");
  g_assert_cmpstr (f->sent->header.source, ==, "urn:dev:1");
  g_assert_cmpuint (f->sent->header.meta.max_msg_size, ==, 1 << 20);
  g_assert_cmpuint (f->sent->header.meta.max_obj_size, ==, 5000);
  g_assert_false (f->sent->header.has_cred);
}

static void
test_no_max_obj_size_is_announced_by_default (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  g_assert_cmpuint (f->sent->header.meta.max_obj_size, ==, 0);
  fixture_answer (f, 200, GET ("2", "./Vendor/Motd"), TRUE);
  g_assert_cmpstr (f->sent->header.msg_id, ==, "2");
  g_assert_cmpuint (f->sent->header.meta.max_msg_size, ==, 0);
}

static void
test_empty_body_in_the_middle_of_our_package_is_an_error (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("900"), GET ("2", "./DevInfo/Man") GET ("3", "./DevInfo/Mod")
                       GET ("4", "./DevInfo/DmV") "<Final/>");
  g_assert_false (f->sent->final);
  fixture_feed (f, NULL);
  fixture_assert_failed (f, OMA_SESSION_ERROR_NO_ANSWER);
}

/* Takes messages until the one with Final, each asked for with @request.  Returns: all that
 * they say but the Status for SyncHdr and for Alert 1222. */
static char *
collect (Fixture *f, const char *request, gsize limit, guint *n_messages)
{
  GString *all = g_string_new (NULL);

  for (*n_messages = 1; ; (*n_messages)++)
    {
      g_autofree char *text = fixture_describe (f);
      g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

      g_assert_cmpuint (g_bytes_get_size (f->step->body), <=, limit);
      g_assert_nonnull (strstr (lines[0], "SyncHdr 200"));
      for (guint i = 1; lines[i] != NULL; i++)
        if (*lines[i] != '\0' && strstr (lines[i], " Alert ") == NULL)
          g_string_append_printf (all, "%s\n", lines[i]);
      if (f->sent->final)
        return g_string_free (all, FALSE);
      g_assert_cmpuint (*n_messages, <, 200);
      fixture_answer (f, 200, request, FALSE);
      g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
    }
}

static const char six_gets[] = GET ("2", "./DevInfo/DevId") GET ("3", "./DevInfo/Man") GET ("4", "./DevInfo/Mod")
                               GET ("5", "./DevInfo/DmV") GET ("6", "./DevInfo/Lang") GET ("7", "./Vendor/Motd")
                               "<Final/>";
static const char six_answers[] =
  "Status 1/2 Get ./DevInfo/DevId 200\nResults 1/2 ./DevInfo/DevId chr 'urn:dev:1'\n"
  "Status 1/3 Get ./DevInfo/Man 200\nResults 1/3 ./DevInfo/Man chr 'Example Corp'\n"
  "Status 1/4 Get ./DevInfo/Mod 200\nResults 1/4 ./DevInfo/Mod chr 'Edge-7'\n"
  "Status 1/5 Get ./DevInfo/DmV 200\nResults 1/5 ./DevInfo/DmV chr '0.1'\n"
  "Status 1/6 Get ./DevInfo/Lang 200\nResults 1/6 ./DevInfo/Lang chr 'en-US'\n"
  "Status 1/7 Get ./Vendor/Motd 200\nResults 1/7 ./Vendor/Motd chr 'hello'\n"
  "Final\n";

static void
test_answer_is_cut_to_the_servers_size (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *all = NULL;
  guint n;

  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1400"), six_gets);
  all = collect (f, NEXT_MESSAGE, 1400, &n);
  g_assert_cmpstr (all, ==, six_answers);
  g_assert_cmpuint (n, >, 2);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
}

static void
test_answer_goes_on_without_1222_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *all = NULL;
  guint n;

  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1400"), six_gets);
  all = collect (f, "", 1400, &n);
  g_assert_cmpstr (all, ==, six_answers);
}

static void
test_next_message_gets_its_status_first (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1000"), six_gets);
  g_assert_false (f->sent->final);
  text = fixture_describe (f);
  g_assert_null (strstr (text, "Alert"));
  g_clear_pointer (&text, g_free);
  fixture_answer (f, 200, NEXT_MESSAGE, FALSE);
  text = fixture_describe (f);
  g_assert_true (g_str_has_prefix (text, "Status 2/0 SyncHdr 200\nStatus 2/90 Alert 200\n"));
  g_assert_nonnull (strstr (text, " 1/"));
}

static void
test_results_that_fit_no_object_are_413 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *big = g_strnfill (3000, 'x'), *all = NULL;
  g_autofree char *commands = g_strdup_printf (REPLACE ("2", "./Vendor/Motd", "%s") GET ("3", "./Vendor/Motd")
                                               GET ("4", "./DevInfo/Mod") "<Final/>", big);
  guint n;

  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZES ("2000", "2999"), commands);
  all = collect (f, NEXT_MESSAGE, 2000, &n);
  g_assert_cmpstr (all, ==, "Status 1/2 Replace ./Vendor/Motd 200\nStatus 1/3 Get ./Vendor/Motd 413\n"
                   "Status 1/4 Get ./DevInfo/Mod 200\nResults 1/4 ./DevInfo/Mod chr 'Edge-7'\nFinal\n");
}

static void
test_tiny_size_still_makes_progress (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *all = NULL;
  guint n;

  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1"), REPLACE ("2", "./Vendor/Motd", "x") REPLACE ("3", "./Vendor/Note", "x")
                       "<Final/>");
  all = collect (f, NEXT_MESSAGE, 4000, &n);
  g_assert_cmpstr (all, ==, "Status 1/2 Replace ./Vendor/Motd 200\nStatus 1/3 Replace ./Vendor/Note 200\nFinal\n");
}

static void
test_parts_of_an_answer_do_not_count_as_messages (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) commands = g_string_new (NULL);
  g_autofree char *all = NULL;
  guint n;

  for (guint i = 0; i < 60; i++)
    g_string_append (commands, GET ("2", "./Vendor/Motd"));
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1000"), commands->str);
  all = collect (f, NEXT_MESSAGE, 1000, &n);
  g_assert_cmpuint (n, >, f->config.max_messages);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
}

static void
test_commands_and_1222_without_final_are_answered_with_1222 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE ("2", "./Vendor/Motd", "x") NEXT_MESSAGE, FALSE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 200\nStatus 1/90 Alert 200\n"
                       "Alert 1222\n");
  fixture_answer (f, 200, REPLACE ("3", "./Vendor/Motd", "y"), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/3 Replace ./Vendor/Motd 200\nFinal\n");
}

static void
test_parts_of_a_large_object_are_refused_and_never_stored (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  f->no_spool = TRUE;
  fixture_begin (f);
  fixture_answer (f, 200, PART ("2", "ABC"), FALSE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 406\nAlert 1222\n");
  fixture_answer (f, 200, PART ("2", "DEF"), FALSE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Replace ./Vendor/Motd 406\nAlert 1222\n");
  fixture_answer (f, 200, REPLACE ("2", "./Vendor/Motd", "GHI"), TRUE);
  fixture_assert_sent (f, "Status 3/0 SyncHdr 200\nStatus 3/2 Replace ./Vendor/Motd 406\nFinal\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
  fixture_answer (f, 200, REPLACE ("2", "./Vendor/Motd", "whole"), TRUE);
  fixture_assert_sent (f, "Status 4/0 SyncHdr 200\nStatus 4/2 Replace ./Vendor/Motd 200\nFinal\n");
}

static void
test_large_object_that_was_given_up_is_forgotten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, PART ("2", "ABC"), FALSE);
  fixture_answer (f, 200, REPLACE ("3", "./Vendor/Note", "x"), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/3 Replace ./Vendor/Note 200\nFinal\n");
  fixture_answer (f, 200, REPLACE ("4", "./Vendor/Motd", "whole"), TRUE);
  fixture_assert_sent (f, "Status 3/0 SyncHdr 200\nStatus 3/4 Replace ./Vendor/Motd 200\nFinal\n");
}

static void
test_resp_uri_holds_until_the_session_ends (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer_full (f, "<RespURI>https://dm.example.org/s?k=77&amp;n=2</RespURI>", GET ("2", "./DevInfo/Mod"));
  g_assert_cmpstr (f->step->uri, ==, "https://dm.example.org/s?k=77&n=2");
  g_assert_cmpstr (f->sent->header.target, ==, "https://dm.example.org/s?k=77&n=2");
  fixture_answer (f, 200, GET ("2", "./DevInfo/Man"), TRUE);
  g_assert_cmpstr (f->step->uri, ==, "https://dm.example.org/s?k=77&n=2");
  fixture_answer_full (f, "<RespURI>other?x</RespURI>", GET ("2", "./DevInfo/Mod"));
  g_assert_cmpstr (f->step->uri, ==, "https://dm.example.org/other?x");
}

#define add(name, func) fixture_add ("/proto/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("8.3/package-1-of-either-side", test_package_1_of_either_side);
  add ("7/no-max-obj-size-is-announced-by-default", test_no_max_obj_size_is_announced_by_default);
  add ("6/empty-body-in-the-middle-of-our-package-is-an-error",
       test_empty_body_in_the_middle_of_our_package_is_an_error);
  add ("6/answer-is-cut-to-the-servers-size", test_answer_is_cut_to_the_servers_size);
  add ("6/answer-goes-on-without-1222-too", test_answer_goes_on_without_1222_too);
  add ("6/next-message-gets-its-status-first", test_next_message_gets_its_status_first);
  add ("7/results-that-fit-no-object-are-413", test_results_that_fit_no_object_are_413);
  add ("6/tiny-size-still-makes-progress", test_tiny_size_still_makes_progress);
  add ("6/parts-of-an-answer-do-not-count-as-messages", test_parts_of_an_answer_do_not_count_as_messages);
  add ("6/commands-and-1222-without-final-are-answered-with-1222",
       test_commands_and_1222_without_final_are_answered_with_1222);
  add ("7/parts-of-a-large-object-are-refused-and-never-stored",
       test_parts_of_a_large_object_are_refused_and_never_stored);
  add ("7/large-object-that-was-given-up-is-forgotten", test_large_object_that_was_given_up_is_forgotten);
  add ("8/resp-uri-holds-until-the-session-ends", test_resp_uri_holds_until_the_session_ends);
  return g_test_run ();
}
