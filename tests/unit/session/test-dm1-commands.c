/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands and their answers: SyncML Representation Protocol 1.2, DM usage (REPPRO), sections
 * 6 and 7, and DM Protocol 1.2, section 6. */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define ITEM(uri) "<Item><Target><LocURI>" uri "</LocURI></Target></Item>"
#define LEAF(uri, data) "<Item><Target><LocURI>" uri "</LocURI></Target><Data>" data "</Data></Item>"
#define GET(id, uri) "<Get><CmdID>" id "</CmdID>" ITEM (uri) "</Get>"
#define REPLACE(id, uri, data) "<Replace><CmdID>" id "</CmdID>" LEAF (uri, data) "</Replace>"
#define NODE(uri) "<Item><Target><LocURI>" uri "</LocURI></Target>" \
                  "<Meta><Format xmlns=\"syncml:metinf\">node</Format></Meta></Item>"
#define HDR "Status 1/0 SyncHdr 200\n"

static void
assert_answer (Fixture *f, const char *commands, const char *expected)
{
  fixture_begin (f);
  fixture_answer (f, 200, commands, TRUE);
  fixture_assert_sent (f, expected);
}

static void
test_status_for_each_command_in_order (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, REPLACE ("2", "./Vendor/Motd", "x") REPLACE ("3", "./Vendor/Nope", "x") GET ("4", "./Vendor/Motd")
                 REPLACE ("5", "./DevInfo/Man", "x"),
                 HDR
                 "Status 1/2 Replace ./Vendor/Motd 200\n"
                 "Status 1/3 Replace ./Vendor/Nope 404\n"
                 "Status 1/4 Get ./Vendor/Motd 200\n"
                 "Results 1/4 ./Vendor/Motd chr 'x'\n"
                 "Status 1/5 Replace ./DevInfo/Man 405\n"
                 "Final\n");
}

static void
test_incomplete_command_is_412 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Get><CmdID>2</CmdID></Get><Delete><CmdID>3</CmdID><Item><Data>x</Data></Item></Delete>"
                 "<Copy><CmdID>4</CmdID>" ITEM ("./Vendor/Motd") "</Copy><Alert><CmdID>5</CmdID></Alert>",
                 HDR "Status 1/2 Get 412\nStatus 1/3 Delete 412\nStatus 1/4 Copy ./Vendor/Motd 412\n"
                 "Status 1/5 Alert 412\nFinal\n");
}

static void
test_alerts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Alert><CmdID>2</CmdID><Data>1100</Data><Item/><Item><Data>Hello</Data></Item></Alert>"
                 "<Alert><CmdID>3</CmdID><Data>1104</Data></Alert>"
                 "<Alert><CmdID>4</CmdID><Data>1222\n</Data></Alert>"
                 "<Alert><CmdID>5</CmdID><Data>1225</Data></Alert>"
                 "<Alert><CmdID>6</CmdID><Data>1250</Data></Alert>",
                 HDR "Status 1/2 Alert 406\nStatus 1/3 Alert 406\nStatus 1/4 Alert 200\nStatus 1/5 Alert 200\n"
                 "Status 1/6 Alert 406\nFinal\n");
}

static void
test_no_resp_suppresses_the_status_and_not_the_results (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Get><CmdID>2</CmdID><NoResp/>" ITEM ("./DevInfo/Mod") "</Get>"
                 "<Replace><CmdID>3</CmdID><NoResp/>" LEAF ("./Vendor/Motd", "x") "</Replace>"
                 GET ("4", "./Vendor/Motd"),
                 HDR "Results 1/2 ./DevInfo/Mod chr 'Edge-7'\nStatus 1/4 Get ./Vendor/Motd 200\n"
                 "Results 1/4 ./Vendor/Motd chr 'x'\nFinal\n");
}

static void
test_interior_node_gives_its_children (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, GET ("2", "./Vendor/Net") GET ("3", "./Vendor/Net/Conn"),
                 HDR "Status 1/2 Get ./Vendor/Net 200\nResults 1/2 ./Vendor/Net node 'Hostname/Conn'\n"
                 "Status 1/3 Get ./Vendor/Net/Conn 200\nResults 1/3 ./Vendor/Net/Conn node ''\nFinal\n");
}

static void
test_property_has_no_meta (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, GET ("2", "./Vendor/Motd?prop=Format") GET ("3", "./Vendor/Motd?prop=ACL")
                 GET ("4", "./Vendor/Motd?prop=Bogus"),
                 HDR "Status 1/2 Get ./Vendor/Motd?prop=Format 200\nResults 1/2 ./Vendor/Motd?prop=Format 'chr'\n"
                 "Status 1/3 Get ./Vendor/Motd?prop=ACL 200\nResults 1/3 ./Vendor/Motd?prop=ACL ''\n"
                 "Status 1/4 Get ./Vendor/Motd?prop=Bogus 406\nFinal\n");
}

static void
test_octets_travel_as_base64 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Blob</LocURI></Target>"
                 "<Meta><Format xmlns=\"syncml:metinf\">b64</Format></Meta><Data>AAH/</Data></Item></Replace>"
                 GET ("3", "./Vendor/Blob") GET ("4", "./Vendor/Blob?prop=Format") GET ("5", "./Vendor/Blob?prop=Size"),
                 HDR "Status 1/2 Replace ./Vendor/Blob 200\nStatus 1/3 Get ./Vendor/Blob 200\n"
                 "Results 1/3 ./Vendor/Blob b64 'AAH/'\n"
                 "Status 1/4 Get ./Vendor/Blob?prop=Format 200\nResults 1/4 ./Vendor/Blob?prop=Format 'bin'\n"
                 "Status 1/5 Get ./Vendor/Blob?prop=Size 200\nResults 1/5 ./Vendor/Blob?prop=Size '3'\nFinal\n");
}

static void
test_text_that_xml_cannot_hold_travels_as_base64 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *const texts[] = { "bell\a", "\xef\xbf\xbe", "\xc3\xa9\t\n&<>" };
  const char *const sent[] = { "Results 1/9 ./Vendor/Note b64 'YmVsbAc='\n", "Results 2/9 ./Vendor/Note b64 '77++'\n",
                               "Results 3/9 ./Vendor/Note chr '\xc3\xa9\t\n&<>'\n" };

  fixture_begin (f);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = NULL;

      fixture_set_value (f, "./Vendor/Note", texts[i]);
      fixture_answer (f, 200, GET ("9", "./Vendor/Note"), TRUE);
      text = fixture_describe (f);
      g_assert_nonnull (strstr (text, sent[i]));
    }
}

static void
test_exec_at_once_later_and_accepted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Exec><CmdID>2</CmdID>" ITEM ("./Ops/Fast") "</Exec>"
                 "<Exec><CmdID>3</CmdID>" ITEM ("./Ops/Slow") "</Exec>"
                 "<Exec><CmdID>4</CmdID><Correlator>upd-19</Correlator>" LEAF ("./Ops/Refresh", "security") "</Exec>"
                 "<Exec><CmdID>5</CmdID>" ITEM ("./Vendor/Motd") "</Exec>" GET ("6", "./DevInfo/Mod"),
                 HDR "Status 1/2 Exec ./Ops/Fast 200\nStatus 1/3 Exec ./Ops/Slow 200\n"
                 "Status 1/4 Exec ./Ops/Refresh 202\nStatus 1/5 Exec ./Vendor/Motd 405\n"
                 "Status 1/6 Get ./DevInfo/Mod 200\nResults 1/6 ./DevInfo/Mod chr 'Edge-7'\nFinal\n");
  g_assert_cmpuint (f->executed, ==, 3);
}

static void
test_atomic_that_fails_is_undone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, REPLACE ("2", "./Vendor/Note", "kept")
                 "<Atomic><CmdID>3</CmdID>" REPLACE ("4", "./Vendor/Motd", "b") REPLACE ("5", "./Vendor/Nope", "c")
                 REPLACE ("6", "./Vendor/Note", "d") "</Atomic>" GET ("7", "./Vendor/Note") GET ("8", "./Vendor/Motd"),
                 HDR "Status 1/2 Replace ./Vendor/Note 200\nStatus 1/3 Atomic 507\n"
                 "Status 1/4 Replace ./Vendor/Motd 216\nStatus 1/5 Replace ./Vendor/Nope 404\n"
                 "Status 1/6 Replace ./Vendor/Note 215\n"
                 "Status 1/7 Get ./Vendor/Note 200\nResults 1/7 ./Vendor/Note chr 'kept'\n"
                 "Status 1/8 Get ./Vendor/Motd 200\nResults 1/8 ./Vendor/Motd chr 'hello'\nFinal\n");
}

static void
test_atomic_whose_commit_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_fail_writes (f, OMA_STATUS_COMMAND_FAILED);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*The disk is broken");
  fixture_answer (f, 200, "<Atomic><CmdID>3</CmdID>" REPLACE ("4", "./Vendor/Motd", "b")
                  REPLACE ("5", "./Vendor/Note", "c") "</Atomic>" GET ("6", "./Vendor/Motd"), TRUE);
  g_test_assert_expected_messages ();
  fixture_assert_sent (f, HDR "Status 1/3 Atomic 507\nStatus 1/4 Replace ./Vendor/Motd 216\n"
                       "Status 1/5 Replace ./Vendor/Note 216\n"
                       "Status 1/6 Get ./Vendor/Motd 200\nResults 1/6 ./Vendor/Motd chr 'hello'\nFinal\n");
}

static void
test_atomic_with_what_it_cannot_hold (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Motd", "b") GET ("4", "./Vendor/Motd")
                 REPLACE ("5", "./Vendor/Note", "c") "</Atomic>"
                 "<Atomic><CmdID>6</CmdID><Atomic><CmdID>7</CmdID>" REPLACE ("8", "./Vendor/Motd", "b") "</Atomic>"
                 "</Atomic>"
                 "<Atomic><CmdID>9</CmdID><Exec><CmdID>10</CmdID>" ITEM ("./Ops/Fast") "</Exec></Atomic>"
                 "<Atomic><CmdID>11</CmdID><Bogus><CmdID>12</CmdID></Bogus></Atomic>"
                 "<Atomic><CmdID>13</CmdID><Alert><CmdID>14</CmdID><Data>1101</Data></Alert></Atomic>"
                 "<Atomic><CmdID>15</CmdID></Atomic>" GET ("16", "./Vendor/Motd"),
                 HDR "Status 1/2 Atomic 507\nStatus 1/3 Replace ./Vendor/Motd 215\nStatus 1/4 Get ./Vendor/Motd 500\n"
                 "Status 1/5 Replace ./Vendor/Note 215\n"
                 "Status 1/6 Atomic 507\nStatus 1/7 Atomic 500\nStatus 1/8 Replace ./Vendor/Motd 215\n"
                 "Status 1/9 Atomic 507\nStatus 1/10 Exec ./Ops/Fast 405\n"
                 "Status 1/11 Atomic 507\nStatus 1/12 Bogus 400\n"
                 "Status 1/13 Atomic 507\nStatus 1/14 Alert 406\n"
                 "Status 1/15 Atomic 200\n"
                 "Status 1/16 Get ./Vendor/Motd 200\nResults 1/16 ./Vendor/Motd chr 'hello'\nFinal\n");
  g_assert_cmpuint (f->executed, ==, 0);
}

static void
test_atomic_in_sequence_and_sequence_in_atomic (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Sequence><CmdID>2</CmdID><Atomic><CmdID>3</CmdID>" REPLACE ("4", "./Vendor/Motd", "b")
                 "</Atomic></Sequence><Atomic><CmdID>5</CmdID><Sequence><CmdID>6</CmdID>"
                 REPLACE ("7", "./Vendor/Motd", "c") "</Sequence></Atomic>" GET ("8", "./Vendor/Motd"),
                 HDR "Status 1/2 Sequence 200\nStatus 1/3 Atomic 200\nStatus 1/4 Replace ./Vendor/Motd 200\n"
                 "Status 1/5 Atomic 507\nStatus 1/6 Sequence 406\nStatus 1/7 Replace ./Vendor/Motd 215\n"
                 "Status 1/8 Get ./Vendor/Motd 200\nResults 1/8 ./Vendor/Motd chr 'b'\nFinal\n");
}

static void
test_replace_creates_only_with_the_switch (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.quirks = OMA_QUIRK_UPSERT;
  assert_answer (f, "<Replace><CmdID>2</CmdID>" NODE ("./Vendor/Net/Conn/c9") "</Replace>",
                 HDR "Status 1/2 Replace ./Vendor/Net/Conn/c9 200\nFinal\n");
  f->config.quirks = 0;
  f->server_msg_id = 0;
  assert_answer (f, "<Replace><CmdID>2</CmdID>" NODE ("./Vendor/Net/Conn/c8") "</Replace>",
                 HDR "Status 1/2 Replace ./Vendor/Net/Conn/c8 404\nFinal\n");
}

#define add(name, func) fixture_add ("/reppro/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("6.5.1/status-for-each-command-in-order", test_status_for_each_command_in_order);
  add ("6.5/incomplete-command-is-412", test_incomplete_command_is_412);
  add ("7/alerts", test_alerts);
  add ("6.1/no-resp-suppresses-the-status-and-not-the-results",
       test_no_resp_suppresses_the_status_and_not_the_results);
  add ("6.6/get-of-interior-node-gives-its-children", test_interior_node_gives_its_children);
  add ("6.6/get-of-property-has-no-meta", test_property_has_no_meta);
  add ("6.4/octets-travel-as-base64", test_octets_travel_as_base64);
  add ("6.4/text-that-xml-cannot-hold-travels-as-base64", test_text_that_xml_cannot_hold_travels_as_base64);
  add ("6.6/exec-at-once-later-and-accepted", test_exec_at_once_later_and_accepted);
  add ("6.6/atomic-that-fails-is-undone", test_atomic_that_fails_is_undone);
  add ("6.6/atomic-whose-commit-fails", test_atomic_whose_commit_fails);
  add ("6.6/atomic-with-what-it-cannot-hold", test_atomic_with_what_it_cannot_hold);
  add ("6.6/atomic-in-sequence-and-sequence-in-atomic", test_atomic_in_sequence_and_sequence_in_atomic);
  add ("6.6/replace-creates-only-with-the-switch", test_replace_creates_only_with_the_switch);
  return g_test_run ();
}
