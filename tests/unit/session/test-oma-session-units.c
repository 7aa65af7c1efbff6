/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a message that touches plugins changes: all that its Statuses say, and nothing else. */
#include "config.h"

#include "session-fixture.h"

#define ITEM(uri) "<Item><Target><LocURI>" uri "</LocURI></Target></Item>"
#define LEAF(uri, data) "<Item><Target><LocURI>" uri "</LocURI></Target><Data>" data "</Data></Item>"
#define GET(id, uri) "<Get><CmdID>" id "</CmdID>" ITEM (uri) "</Get>"
#define EXEC(id, uri) "<Exec><CmdID>" id "</CmdID>" ITEM (uri) "</Exec>"
#define REPLACE(id, uri, data) "<Replace><CmdID>" id "</CmdID>" LEAF (uri, data) "</Replace>"
#define HDR "Status 1/0 SyncHdr 200\n"

static void
assert_answer (Fixture *f, const char *commands, const char *expected)
{
  fixture_begin (f);
  fixture_answer (f, 200, commands, TRUE);
  fixture_assert_sent (f, expected);
  g_assert_cmpuint (fixture_count_units (f), ==, 0);
}

static void
assert_plug (const Fixture *f, const char *a, const char *b, const char *c)
{
  g_assert_cmpstr (f->plug[0], ==, a);
  g_assert_cmpstr (f->plug[1], ==, b);
  g_assert_cmpstr (f->plug[2], ==, c);
}

static void
test_message_costs_one_write_of_the_journal (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = fixture_count_writes (f);

  assert_answer (f, REPLACE ("2", "./Plug/A", "1") REPLACE ("3", "./Vendor/Motd", "m") REPLACE ("4", "./Plug/B", "2")
                 REPLACE ("5", "./Plug/A", "3") EXEC ("6", "./Ops/Fast"),
                 HDR "Status 1/2 Replace ./Plug/A 200\nStatus 1/3 Replace ./Vendor/Motd 200\n"
                 "Status 1/4 Replace ./Plug/B 200\nStatus 1/5 Replace ./Plug/A 200\n"
                 "Status 1/6 Exec ./Ops/Fast 200\nFinal\n");
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 2);
  g_assert_cmpuint (f->n_written, ==, 3);
  g_assert_cmpuint (f->executed, ==, 1);
  assert_plug (f, "3", "2", "c");
}

/* Commands outside of Atomic are no unit for the server. */
static void
test_command_that_fails_costs_only_itself (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->failing = "B";
  assert_answer (f, REPLACE ("2", "./Plug/A", "1") REPLACE ("3", "./Plug/B", "2") REPLACE ("4", "./Plug/Nope", "x")
                 REPLACE ("5", "./Vendor/Motd", "m") REPLACE ("6", "./Plug/C", "3"),
                 HDR "Status 1/2 Replace ./Plug/A 200\nStatus 1/3 Replace ./Plug/B 403\n"
                 "Status 1/4 Replace ./Plug/Nope 404\nStatus 1/5 Replace ./Vendor/Motd 200\n"
                 "Status 1/6 Replace ./Plug/C 200\nFinal\n");
  assert_plug (f, "1", "b", "3");
}

static void
test_get_sees_what_is_there_between_changes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->failing = "B";
  assert_answer (f, GET ("2", "./Plug/A") REPLACE ("3", "./Plug/A", "1") GET ("4", "./Plug/A")
                 REPLACE ("5", "./Plug/B", "2") GET ("6", "./Plug/B"),
                 HDR "Status 1/2 Get ./Plug/A 200\nResults 1/2 ./Plug/A chr 'a'\nStatus 1/3 Replace ./Plug/A 200\n"
                 "Status 1/4 Get ./Plug/A 200\nResults 1/4 ./Plug/A chr '1'\nStatus 1/5 Replace ./Plug/B 403\n"
                 "Status 1/6 Get ./Plug/B 200\nResults 1/6 ./Plug/B chr 'b'\nFinal\n");
}

static void
test_journal_that_fails_leaves_everything (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_fail_writes (f, OMA_STATUS_DEVICE_FULL);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be noted*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*");
  fixture_answer (f, 200, REPLACE ("2", "./Plug/A", "1") EXEC ("3", "./Ops/Fast") REPLACE ("4", "./Vendor/Motd", "m"),
                  TRUE);
  g_assert_cmpuint (f->n_written + f->executed, ==, 0);
  assert_plug (f, "a", "b", "c");
}

/* DM Representation Protocol 1.2, section 10, 516: our reading is that it says so of single commands, too. */
static void
test_failed_commit_tells_what_could_not_be_undone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->breaking = "B";
  fixture_begin (f);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "./Plug/B: could not be undone*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*");
  fixture_answer (f, 200, REPLACE ("2", "./Plug/A", "1") REPLACE ("3", "./Plug/B", "2") REPLACE ("4", "./Vendor/Motd", "m"),
                  TRUE);
  fixture_assert_sent (f, HDR "Status 1/2 Replace ./Plug/A 500\nStatus 1/3 Replace ./Plug/B 516\n"
                       "Status 1/4 Replace ./Vendor/Motd 500\nFinal\n");
  assert_plug (f, "a", "2", "c");
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
}

static void
test_atomic_that_fails_half_way_is_undone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->failing = "B";
  assert_answer (f, "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Plug/A", "1") REPLACE ("4", "./Vendor/Motd", "m")
                 REPLACE ("5", "./Plug/B", "2") REPLACE ("6", "./Plug/C", "3") "</Atomic>" GET ("7", "./Plug/A"),
                 HDR "Status 1/2 Atomic 507\nStatus 1/3 Replace ./Plug/A 216\nStatus 1/4 Replace ./Vendor/Motd 216\n"
                 "Status 1/5 Replace ./Plug/B 403\nStatus 1/6 Replace ./Plug/C 215\n"
                 "Status 1/7 Get ./Plug/A 200\nResults 1/7 ./Plug/A chr 'a'\nFinal\n");
  assert_plug (f, "a", "b", "c");
}

/* Each Atomic, and what stands between them, is a unit of its own. */
static void
test_units_of_a_message_stand_for_themselves (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->failing = "B";
  assert_answer (f, REPLACE ("2", "./Plug/A", "1") "<Atomic><CmdID>3</CmdID>" REPLACE ("4", "./Plug/A", "2")
                 REPLACE ("5", "./Plug/B", "2") "</Atomic>" REPLACE ("6", "./Plug/C", "3")
                 "<Atomic><CmdID>7</CmdID>" REPLACE ("8", "./Plug/C", "4") "</Atomic>",
                 HDR "Status 1/2 Replace ./Plug/A 200\nStatus 1/3 Atomic 507\nStatus 1/4 Replace ./Plug/A 216\n"
                 "Status 1/5 Replace ./Plug/B 403\nStatus 1/6 Replace ./Plug/C 200\nStatus 1/7 Atomic 200\n"
                 "Status 1/8 Replace ./Plug/C 200\nFinal\n");
  assert_plug (f, "1", "b", "4");
}

#define add(name, func) fixture_add ("/session/units/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("cost", test_message_costs_one_write_of_the_journal);
  add ("only-itself", test_command_that_fails_costs_only_itself);
  add ("get", test_get_sees_what_is_there_between_changes);
  add ("journal-fails", test_journal_that_fails_leaves_everything);
  add ("commit-fails", test_failed_commit_tells_what_could_not_be_undone);
  add ("atomic", test_atomic_that_fails_half_way_is_undone);
  add ("apart", test_units_of_a_message_stand_for_themselves);
  return g_test_run ();
}
