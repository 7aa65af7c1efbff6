/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of a message: SyncML Representation Protocol 1.2, DM usage (REPPRO). */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define LEAF(uri, data) "<Item><Target><LocURI>" uri "</LocURI></Target><Data>" data "</Data></Item>"
#define ITEM(uri) "<Item><Target><LocURI>" uri "</LocURI></Target></Item>"
#define REPLACE(id, uri, data) "<Replace><CmdID>" id "</CmdID>" LEAF (uri, data) "</Replace>"
#define GET(id, uri) "<Get><CmdID>" id "</CmdID>" ITEM (uri) "</Get>"
#define COPY(id, from, to) "<Copy><CmdID>" id "</CmdID><Item><Target><LocURI>" to "</LocURI></Target>" \
                           "<Source><LocURI>" from "</LocURI></Source></Item></Copy>"
#define HDR "Status 1/0 SyncHdr 200\n"

static void
assert_answer (Fixture *f, const char *commands, const char *expected)
{
  g_autofree char *full = g_strconcat (HDR, expected, "Final\n", NULL);

  fixture_begin (f);
  fixture_answer (f, 200, commands, TRUE);
  fixture_assert_sent (f, full);
}

static void
test_copy (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, COPY ("2", "./DevInfo/Mod", "./Vendor/Motd") COPY ("3", "./Vendor/Motd", "./Vendor/Net/Conn/x/Ssid")
                 COPY ("4", "./Vendor/Nope", "./Vendor/Motd") COPY ("5", "./Vendor/Net", "./Vendor/Motd")
                 COPY ("6", "./Vendor/Motd", "./Vendor/Net") COPY ("7", "./Vendor/Motd", "./DevInfo/Mod")
                 GET ("8", "./Vendor/Net/Conn/x/Ssid"),
                 "Status 1/2 Copy ./Vendor/Motd 200\nStatus 1/3 Copy ./Vendor/Net/Conn/x/Ssid 200\n"
                 "Status 1/4 Copy ./Vendor/Motd 404\nStatus 1/5 Copy ./Vendor/Motd 405\n"
                 "Status 1/6 Copy ./Vendor/Net 405\nStatus 1/7 Copy ./DevInfo/Mod 405\n"
                 "Status 1/8 Get ./Vendor/Net/Conn/x/Ssid 200\n"
                 "Results 1/8 ./Vendor/Net/Conn/x/Ssid chr 'Edge-7'\n");
}

static void
test_status_of_copy_names_both_ends (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaCommand *status;

  fixture_begin (f);
  fixture_answer (f, 200, COPY ("2", "./DevInfo/Mod", "./Vendor/Motd"), TRUE);
  status = f->sent->first_command->next;
  g_assert_cmpstr (status->target_ref, ==, "./Vendor/Motd");
  g_assert_cmpstr (status->source_ref, ==, "./DevInfo/Mod");
}

static void
test_status_names_the_parent_that_cannot_be_added (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Add><CmdID>2</CmdID>" LEAF ("./Vendor/Net/Conn/x/Locked/Leaf", "v")
                 LEAF ("./Vendor/Net/Conn/x/Ssid", "v") LEAF ("./Vendor/Net/Conn/x/Ssid", "v") "</Add>",
                 "Status 1/2 Add ./Vendor/Net/Conn/x/Locked/Leaf ./Vendor/Net/Conn/x/Locked 405\n"
                 "Status 1/2 Add ./Vendor/Net/Conn/x/Ssid 200\nStatus 1/2 Add ./Vendor/Net/Conn/x/Ssid 418\n");
}

static void
test_item_of_a_status_has_a_target (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaCommand *status;

  fixture_begin (f);
  fixture_answer (f, 200, "<Add><CmdID>2</CmdID>" LEAF ("./Vendor/Net/Conn/x/Locked/Leaf", "v") "</Add>", TRUE);
  status = f->sent->first_command->next;
  g_assert_cmpuint (status->n_items, ==, 1);
  g_assert_cmpstr (status->items[0].target, ==, "./Vendor/Net/Conn/x/Locked");
  g_assert_null (status->items[0].data);
}

static void
test_cmd_id_is_any_text (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, REPLACE ("7f1c9a52-0d2e-4b1c-9f10-aa00bb11cc22", "./Vendor/Motd", "x")
                 REPLACE ("0", "./Vendor/Note", "y") REPLACE ("a word", "./Vendor/Note", "z") GET ("0", "./Vendor/Note"),
                 "Status 1/7f1c9a52-0d2e-4b1c-9f10-aa00bb11cc22 Replace ./Vendor/Motd 200\n"
                 "Status 1/0 Replace ./Vendor/Note 200\nStatus 1/a word Replace ./Vendor/Note 200\n"
                 "Status 1/0 Get ./Vendor/Note 200\nResults 1/0 ./Vendor/Note chr 'z'\n");
}

static void
test_meta_in_a_metinf_element (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Replace><CmdID>2</CmdID><Meta><MetInf xmlns=\"syncml:metinf\"><Format>b64</Format></MetInf></Meta>"
                 LEAF ("./Vendor/Blob", "AAEC")
                 "<Item><Target><LocURI>./Vendor/Motd</LocURI></Target><Meta><Format>chr</Format></Meta>"
                 "<Data>AAEC</Data></Item></Replace>" GET ("3", "./Vendor/Blob") GET ("4", "./Vendor/Motd"),
                 "Status 1/2 Replace ./Vendor/Blob 200\nStatus 1/2 Replace ./Vendor/Motd 200\n"
                 "Status 1/3 Get ./Vendor/Blob 200\nResults 1/3 ./Vendor/Blob b64 'AAEC'\n"
                 "Status 1/4 Get ./Vendor/Motd 200\nResults 1/4 ./Vendor/Motd chr 'AAEC'\n");
}

static void
test_no_resp_of_an_atomic_concerns_its_own_status (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Atomic><CmdID>2</CmdID><NoResp/>" REPLACE ("3", "./Vendor/Motd", "x") "</Atomic>",
                 "Status 1/3 Replace ./Vendor/Motd 200\n");
}

static void
test_no_resp_of_the_header_does_not_suppress_the_package (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  fixture_begin (f);
  fixture_answer_full (f, "<NoResp/>", REPLACE ("2", "./Vendor/Motd", "x") "<Final/>");
  fixture_assert_sent (f, "Final\n");
  text = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (text, ==, "x");
}

static void
test_we_never_ask_for_no_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, GET ("2", "./Vendor/Motd"), "Status 1/2 Get ./Vendor/Motd 200\nResults 1/2 ./Vendor/Motd chr 'hello'\n");
  g_assert_false (f->sent->header.no_resp);
  for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
    g_assert_false (command->no_resp);
}

static void
test_commands_that_dm_does_not_use_are_406 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Put><CmdID>2</CmdID></Put><Search><CmdID>3</CmdID></Search><Sync><CmdID>4</CmdID></Sync>"
                 "<Map><CmdID>5</CmdID></Map><Sequence><CmdID>6</CmdID><Put><CmdID>7</CmdID></Put></Sequence>",
                 "Status 1/2 Put 406\nStatus 1/3 Search 406\nStatus 1/4 Sync 406\nStatus 1/5 Map 406\n"
                 "Status 1/6 Sequence 200\nStatus 1/7 Put 406\n");
}

static void
test_missing_data_is_412 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Replace><CmdID>2</CmdID>" ITEM ("./Vendor/Motd") "</Replace>"
                 "<Add><CmdID>3</CmdID>" ITEM ("./Vendor/Net/Conn/x/Ssid") "</Add>"
                 "<Exec><CmdID>4</CmdID></Exec><Add><CmdID>5</CmdID><Item/></Add>",
                 "Status 1/2 Replace ./Vendor/Motd 412\nStatus 1/3 Add ./Vendor/Net/Conn/x/Ssid 412\n"
                 "Status 1/4 Exec 412\nStatus 1/5 Add 412\n");
}

static void
test_exec_runs_each_item (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "<Exec><CmdID>2</CmdID><Correlator>upd-19</Correlator>" ITEM ("./Ops/Refresh") ITEM ("./Ops/Fast")
                 "</Exec>",
                 "Status 1/2 Exec ./Ops/Refresh 202\nStatus 1/2 Exec ./Ops/Fast 200\n");
  g_assert_cmpuint (f->executed, ==, 2);
}

static void
test_atomic_whose_answer_cannot_be_told_is_517 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  fixture_begin (f);
  fixture_answer_full (f, "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">600</MaxMsgSize></Meta>",
                       "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Motd", "x") "</Atomic><Final/>");
  g_assert_no_error (f->step->error);
  g_assert_cmpstr (f->sent->first_command->next->data, ==, "517");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_atomic_may_be_answered_in_several_messages (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) commands = g_string_new ("<Atomic><CmdID>2</CmdID>");

  for (guint i = 3; i < 20; i++)
    g_string_append_printf (commands, "<Replace><CmdID>%u</CmdID>" LEAF ("./Vendor/Motd", "x") "</Replace>", i);
  g_string_append (commands, "</Atomic><Final/>");
  fixture_begin (f);
  fixture_answer_full (f, "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1500</MaxMsgSize></Meta>", commands->str);
  g_assert_cmpstr (f->sent->first_command->next->data, ==, "200");
  g_assert_false (f->sent->final);
}

/* ---- Servers that were written for Windows ---- */

static void
test_prefix_of_the_device (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.quirks = OMA_QUIRK_MS_PREFIXES;
  assert_answer (f, REPLACE ("2", "./Device/Vendor/Motd", "x") GET ("3", " ./device/Vendor/Motd\n")
                 GET ("4", "./User/Vendor/Motd") GET ("5", "Vendor/Motd")
                 COPY ("6", "./Device/Vendor/Motd", "./device/Vendor/Note"),
                 "Status 1/2 Replace ./Device/Vendor/Motd 200\nStatus 1/3 Get ./device/Vendor/Motd 200\n"
                 "Results 1/3 ./device/Vendor/Motd chr 'x'\nStatus 1/4 Get ./User/Vendor/Motd 405\n"
                 "Status 1/5 Get Vendor/Motd 200\nResults 1/5 Vendor/Motd chr 'x'\n"
                 "Status 1/6 Copy ./device/Vendor/Note 200\n");
}

static void
test_prefix_without_the_switch_is_a_node (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, GET ("2", "./Device/Vendor/Motd") GET ("3", "./User/Vendor/Motd"),
                 "Status 1/2 Get ./Device/Vendor/Motd 404\nStatus 1/3 Get ./User/Vendor/Motd 404\n");
}

static void
test_atomic_with_a_node_of_a_user_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.quirks = OMA_QUIRK_MS_PREFIXES;
  assert_answer (f, "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Device/Vendor/Motd", "x")
                 REPLACE ("4", "./User/Vendor/Motd", "x") "</Atomic>",
                 "Status 1/2 Atomic 507\nStatus 1/3 Replace ./Device/Vendor/Motd 216\n"
                 "Status 1/4 Replace ./User/Vendor/Motd 405\n");
}

/* The format that an Add does not state is that of the DDF, and missing parents come along. */
static void
test_add_without_meta (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.quirks = OMA_QUIRK_UPSERT;
  assert_answer (f, "<Add><CmdID>2</CmdID>" LEAF ("./Vendor/Net/Conn/new/Ssid", "lab") "</Add>"
                 REPLACE ("3", "./Vendor/Net/Conn/newer/Ssid", "home") GET ("4", "./Vendor/Net/Conn/newer/Ssid"),
                 "Status 1/2 Add ./Vendor/Net/Conn/new/Ssid 200\n"
                 "Status 1/3 Replace ./Vendor/Net/Conn/newer/Ssid 200\n"
                 "Status 1/4 Get ./Vendor/Net/Conn/newer/Ssid 200\n"
                 "Results 1/4 ./Vendor/Net/Conn/newer/Ssid chr 'home'\n");
}

/* ---- Two servers ---- */

static void
test_what_another_server_set_is_425 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.server_id = "first.example";
  assert_answer (f, REPLACE ("2", "./Vendor/Motd", "mine"), "Status 1/2 Replace ./Vendor/Motd 200\n");
  f->config.server_id = "second.example";
  f->server_msg_id = 0;
  assert_answer (f, REPLACE ("2", "./Vendor/Motd", "yours") REPLACE ("3", "./Vendor/Motd", "mine")
                 REPLACE ("4", "./Vendor/Note", "yours"),
                 "Status 1/2 Replace ./Vendor/Motd 425\nStatus 1/3 Replace ./Vendor/Motd 200\n"
                 "Status 1/4 Replace ./Vendor/Note 200\n");
}

#define add(name, func) fixture_add ("/batch/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("reppro/6/copy", test_copy);
  add ("reppro/6/status-of-copy-names-both-ends", test_status_of_copy_names_both_ends);
  add ("reppro/6/status-names-the-parent-that-cannot-be-added", test_status_names_the_parent_that_cannot_be_added);
  add ("reppro/6/item-of-a-status-has-a-target", test_item_of_a_status_has_a_target);
  add ("reppro/6/cmd-id-is-any-text", test_cmd_id_is_any_text);
  add ("reppro/6/meta-in-a-metinf-element", test_meta_in_a_metinf_element);
  add ("reppro/6/no-resp-of-an-atomic-concerns-its-own-status", test_no_resp_of_an_atomic_concerns_its_own_status);
  add ("reppro/6/no-resp-of-the-header-does-not-suppress-the-package",
       test_no_resp_of_the_header_does_not_suppress_the_package);
  add ("reppro/6/we-never-ask-for-no-answer", test_we_never_ask_for_no_answer);
  add ("reppro/6/commands-that-dm-does-not-use-are-406", test_commands_that_dm_does_not_use_are_406);
  add ("reppro/6/missing-data-is-412", test_missing_data_is_412);
  add ("reppro/6/exec-runs-each-item", test_exec_runs_each_item);
  add ("reppro/6/atomic-whose-answer-cannot-be-told-is-517", test_atomic_whose_answer_cannot_be_told_is_517);
  add ("reppro/6/atomic-may-be-answered-in-several-messages", test_atomic_may_be_answered_in_several_messages);
  add ("dialect/prefix-of-the-device", test_prefix_of_the_device);
  add ("dialect/prefix-without-the-switch-is-a-node", test_prefix_without_the_switch_is_a_node);
  add ("dialect/atomic-with-a-node-of-a-user-fails", test_atomic_with_a_node_of_a_user_fails);
  add ("dialect/add-without-meta", test_add_without_meta);
  add ("conflict/what-another-server-set-is-425", test_what_another_server_set_is_425);
  return g_test_run ();
}
