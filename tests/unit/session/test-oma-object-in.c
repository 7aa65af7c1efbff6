/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Large objects from the server: DM Protocol 1.2 (PROTO), section 7. */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define FORMAT(format) "<Format xmlns=\"syncml:metinf\">" format "</Format>"
#define SIZE(size) "<Size xmlns=\"syncml:metinf\">" size "</Size>"
#define WRITE(command, id, uri, meta, data, more) \
  "<" command "><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target><Meta>" meta "</Meta>" \
  "<Data>" data "</Data>" more "</Item></" command ">"
#define FIRST(id, size, data) WRITE ("Replace", id, "./Vendor/Motd", FORMAT ("chr") SIZE (size), data, "<MoreData/>")
#define MIDDLE(id, data) WRITE ("Replace", id, "./Vendor/Motd", FORMAT ("chr"), data, "<MoreData/>")
#define LAST(id, data) WRITE ("Replace", id, "./Vendor/Motd", FORMAT ("chr"), data, "")
#define GET(id, uri) "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define NEXT_MESSAGE "<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>"

static void
assert_value (Fixture *f, const char *uri, const char *wanted)
{
  g_autofree char *value = fixture_get_value (f, uri);

  g_assert_cmpstr (value, ==, wanted);
}

/* Sends a part and checks the Status of its command, and that the package goes on. */
static void
send_part (Fixture *f, const char *part, guint status)
{
  g_autofree char *wanted = NULL, *sent = NULL;

  fixture_answer (f, 200, part, FALSE);
  g_assert_no_error (f->step->error);
  sent = fixture_describe (f);
  wanted = g_strdup_printf ("Status %u/0 SyncHdr 200\nStatus %u/2 Replace ./Vendor/Motd %u\nAlert 1222\n",
                            f->server_msg_id, f->server_msg_id, status);
  g_assert_cmpstr (sent, ==, wanted);
}

static void
send_last (Fixture *f, const char *part, guint status)
{
  g_autofree char *wanted = NULL;

  fixture_answer (f, 200, part, TRUE);
  wanted = g_strdup_printf ("Status %u/0 SyncHdr 200\nStatus %u/2 Replace ./Vendor/Motd %u\nFinal\n",
                            f->server_msg_id, f->server_msg_id, status);
  fixture_assert_sent (f, wanted);
}

static void
test_parts_become_the_value (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_obj_size = 30;
  fixture_begin (f);
  send_part (f, FIRST ("2", "30", "ABCDEFGHIJ"), 213);
  send_part (f, MIDDLE ("2", "KLMNOPQRST"), 213);
  assert_value (f, "./Vendor/Motd", "hello");
  send_last (f, LAST ("2", "UVWXYZ0123"), 200);
  assert_value (f, "./Vendor/Motd", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123");
  g_assert_cmpuint (f->spools, ==, 1);
}

static void
test_short_object_is_424 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "30", "ABCDEFGHIJ"), 213);
  send_last (f, LAST ("2", "UVWXYZ"), 424);
  assert_value (f, "./Vendor/Motd", "hello");
  send_part (f, FIRST ("2", "4", "AB"), 213);
  send_last (f, LAST ("2", "CD"), 200);
  assert_value (f, "./Vendor/Motd", "ABCD");
}

static void
test_long_object_is_424_to_its_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "5", "ABCD"), 213);
  send_part (f, MIDDLE ("2", "EF"), 424);
  send_part (f, MIDDLE ("2", "G"), 424);
  send_last (f, LAST ("2", "H"), 424);
  assert_value (f, "./Vendor/Motd", "hello");
  send_last (f, LAST ("2", "whole"), 200);
  assert_value (f, "./Vendor/Motd", "whole");
}

static void
test_object_without_size_is_411 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, MIDDLE ("2", "ABC"), 411);
  send_last (f, LAST ("2", "DEF"), 411);
  assert_value (f, "./Vendor/Motd", "hello");
}

static void
test_object_without_size_is_taken_from_such_a_server (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.quirks = OMA_QUIRK_SIZE_OPTIONAL;
  f->config.max_obj_size = 8;
  fixture_begin (f);
  send_part (f, MIDDLE ("2", "ABC"), 213);
  send_last (f, LAST ("2", "DEF"), 200);
  assert_value (f, "./Vendor/Motd", "ABCDEF");
  send_part (f, MIDDLE ("2", "ABCDE"), 213);
  send_last (f, LAST ("2", "FGHI"), 416);
  assert_value (f, "./Vendor/Motd", "ABCDEF");
}

static void
test_too_large_object_is_416_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_obj_size = 9;
  fixture_begin (f);
  send_part (f, FIRST ("2", "10", "ABCDE"), 416);
  send_last (f, LAST ("2", "FGHIJ"), 416);
  assert_value (f, "./Vendor/Motd", "hello");
  g_assert_cmpuint (f->spools, ==, 0);
  send_part (f, FIRST ("2", "18446744073709551615", "ABCDE"), 416);
}

static void
test_object_without_room_is_420 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->spool_failure = OMA_STATUS_DEVICE_FULL;
  fixture_begin (f);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*no file*");
  send_part (f, FIRST ("2", "10", "ABCDE"), 420);
  g_test_assert_expected_messages ();
  send_last (f, LAST ("2", "FGHIJ"), 420);
  assert_value (f, "./Vendor/Motd", "hello");
}

static void
test_new_command_ends_the_object (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "30", "ABCDEFGHIJ"), 213);
  fixture_answer (f, 200, GET ("2", "./Vendor/Motd"), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nAlert ./Vendor/Motd 1225\nStatus 2/2 Get ./Vendor/Motd 200\n"
                       "Results 2/2 ./Vendor/Motd chr 'hello'\nFinal\n");
  send_last (f, LAST ("2", "whole"), 200);
  assert_value (f, "./Vendor/Motd", "whole");
}

static void
test_other_object_ends_the_object (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "30", "ABCDEFGHIJ"), 213);
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Note", SIZE ("6"), "abc", "<MoreData/>"), FALSE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nAlert ./Vendor/Motd 1225\nStatus 2/2 Replace ./Vendor/Note 213\n"
                       "Alert 1222\n");
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Note", "", "def", ""), TRUE);
  fixture_assert_sent (f, "Status 3/0 SyncHdr 200\nStatus 3/2 Replace ./Vendor/Note 200\nFinal\n");
  assert_value (f, "./Vendor/Motd", "hello");
  assert_value (f, "./Vendor/Note", "abcdef");
}

static void
test_other_command_for_the_same_node_ends_the_object (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "6", "ABC"), 213);
  fixture_answer (f, 200, WRITE ("Add", "2", "./Vendor/Motd", "", "DEF", ""), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nAlert ./Vendor/Motd 1225\nStatus 2/2 Add ./Vendor/Motd 418\nFinal\n");
  assert_value (f, "./Vendor/Motd", "hello");
}

static void
test_other_size_begins_another_object (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "6", "ABC"), 213);
  fixture_answer (f, 200, FIRST ("2", "4", "ab"), FALSE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nAlert ./Vendor/Motd 1225\nStatus 2/2 Replace ./Vendor/Motd 213\n"
                       "Alert 1222\n");
  /* Some servers say Size with each part. */
  send_part (f, FIRST ("2", "4", "c"), 213);
  send_last (f, LAST ("2", "d"), 200);
  assert_value (f, "./Vendor/Motd", "abcd");
}

static void
test_alert_1225_drops_the_object (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "6", "ABC"), 213);
  fixture_answer (f, 200, "<Alert><CmdID>2</CmdID><Data>1225</Data><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>"
                  "</Item></Alert>" WRITE ("Replace", "3", "./Vendor/Motd", "", "DEF", ""), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Alert 200\nStatus 2/3 Replace ./Vendor/Motd 200\nFinal\n");
  assert_value (f, "./Vendor/Motd", "DEF");
}

static void
test_next_message_may_stand_between_parts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "6", "ABC"), 213);
  fixture_answer (f, 200, NEXT_MESSAGE, FALSE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/90 Alert 200\nAlert 1222\n");
  send_last (f, LAST ("2", "DEF"), 200);
  assert_value (f, "./Vendor/Motd", "ABCDEF");
}

static void
test_part_in_a_container_is_405 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *const names[] = { "Atomic", "Sequence" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *first = g_strdup_printf ("<%s><CmdID>9</CmdID>" FIRST ("2", "6", "ABC") "</%s>", names[i], names[i]);
      g_autofree char *last = g_strdup_printf ("<%s><CmdID>9</CmdID>" LAST ("2", "DEF") "</%s>", names[i], names[i]);
      guint status = i == 0 ? 507 : 200;
      g_autofree char *wanted = NULL, *wanted_last = NULL, *sent = NULL;

      f->server_msg_id = 0;
      fixture_begin (f);
      fixture_answer (f, 200, first, FALSE);
      wanted = g_strdup_printf ("Status 1/0 SyncHdr 200\nStatus 1/9 %s %u\nStatus 1/2 Replace ./Vendor/Motd 405\n",
                                names[i], status);
      sent = fixture_describe (f);
      g_assert_true (g_str_has_prefix (sent, wanted));
      fixture_answer (f, 200, last, TRUE);
      wanted_last = g_strdup_printf ("Status 2/0 SyncHdr 200\nStatus 2/9 %s %u\nStatus 2/2 Replace ./Vendor/Motd 405\n"
                                     "Final\n", names[i], status);
      fixture_assert_sent (f, wanted_last);
      assert_value (f, "./Vendor/Motd", "hello");
    }
}

static void
test_part_that_comes_again_is_taken_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *message = NULL;

  fixture_begin (f);
  send_part (f, FIRST ("2", "9", "ABC"), 213);
  message = fixture_message (f, "", MIDDLE ("2", "DEF"));
  for (guint i = 0; i < 3; i++)
    {
      fixture_feed (f, message);
      fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Replace ./Vendor/Motd 213\nAlert 1222\n");
    }
  send_last (f, LAST ("2", "GHI"), 200);
  assert_value (f, "./Vendor/Motd", "ABCDEFGHI");
}

static void
test_size_counts_characters_of_base64 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  /* "Hello, world" with line breaks, cut within groups of four. */
  fixture_begin (f);
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("b64") SIZE ("19"), "SGV", "<MoreData/>"), FALSE);
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("b64"), "sbG8s\nIHd", "<MoreData/>"), FALSE);
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("b64"), "v\ncmxkIQ==", ""), TRUE);
  fixture_assert_sent (f, "Status 3/0 SyncHdr 200\nStatus 3/2 Replace ./Vendor/Blob 424\nFinal\n");
  assert_value (f, "./Vendor/Blob", "");

  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("b64") SIZE ("22"), "SGV", "<MoreData/>"), FALSE);
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("b64"), "sbG8s\nIHd", "<MoreData/>"), FALSE);
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("b64"), "v\ncmxkIQ==", ""), TRUE);
  fixture_assert_sent (f, "Status 6/0 SyncHdr 200\nStatus 6/2 Replace ./Vendor/Blob 200\nFinal\n");
  assert_value (f, "./Vendor/Blob", "Hello, world!");
}

static void
test_bad_base64_is_500 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const texts[] = { "!GVs", "SG=s", "SGVsb", "SGVs====" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *first = g_strdup_printf (WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("bin") "<Size xmlns="
                                                       "\"syncml:metinf\">%u</Size>", "AAAA", "<MoreData/>"),
                                                (guint) strlen (texts[i]) + 4);
      g_autofree char *last = g_strdup_printf (WRITE ("Replace", "2", "./Vendor/Blob", FORMAT ("bin"), "%s", ""),
                                               texts[i]);

      f->server_msg_id = 0;
      fixture_begin (f);
      fixture_answer (f, 200, first, FALSE);
      fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Blob 213\nAlert 1222\n");
      fixture_answer (f, 200, last, TRUE);
      fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Replace ./Vendor/Blob 500\nFinal\n");
    }
  assert_value (f, "./Vendor/Blob", "");
}

static void
test_size_counts_octets_of_text (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, FIRST ("2", "7", "&lt;\303\274"), 213);
  send_last (f, LAST ("2", "&#228;&amp;x"), 200);
  assert_value (f, "./Vendor/Motd", "<\303\274\303\244&x");
}

static void
test_large_object_is_right_and_not_counted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *chunk = g_strnfill (5000, 'x'), *first = NULL, *middle = NULL, *last = NULL, *value = NULL;

  f->config.max_messages = 6;
  fixture_begin (f);
  first = g_strdup_printf (FIRST ("2", "250000", "%s"), chunk);
  middle = g_strdup_printf (MIDDLE ("2", "%s"), chunk);
  last = g_strdup_printf (LAST ("2", "%.4996s.end"), chunk);
  send_part (f, first, 213);
  for (guint i = 0; i < 48; i++)
    send_part (f, middle, 213);
  send_last (f, last, 200);
  value = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpuint (strlen (value), ==, 250000);
  g_assert_cmpuint (strspn (value, "x"), ==, 249996);
  g_assert_cmpstr (value + 249996, ==, ".end");
}

static void
test_tiny_parts_are_counted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_messages = 6;
  fixture_begin (f);
  send_part (f, FIRST ("2", "1000", "a"), 213);
  for (guint i = 0; i < 4; i++)
    send_part (f, MIDDLE ("2", "b"), 213);
  fixture_answer (f, 200, MIDDLE ("2", "b"), FALSE);
  fixture_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
}

static void
test_bad_text_is_refused_and_changes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL, *chunk = g_strnfill (70000, 'x');

  /* An int of that size is none. */
  fixture_begin (f);
  first = g_strdup_printf (WRITE ("Add", "2", "./Vendor/Net/Conn/a/Ssid", FORMAT ("int") SIZE ("70001"), "%s",
                                  "<MoreData/>"), chunk);
  fixture_answer (f, 200, first, FALSE);
  fixture_answer (f, 200, WRITE ("Add", "2", "./Vendor/Net/Conn/a/Ssid", FORMAT ("int"), "x", ""), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Add ./Vendor/Net/Conn/a/Ssid 415\nFinal\n");
  g_assert_null (fixture_get_value (f, "./Vendor/Net/Conn/a/Ssid"));
}

static void
test_exec_gets_its_argument_in_parts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, WRITE ("Exec", "2", "./Ops/Fast", SIZE ("4"), "ab", "<MoreData/>"), FALSE);
  g_assert_cmpuint (f->executed, ==, 0);
  fixture_answer (f, 200, WRITE ("Exec", "2", "./Ops/Fast", "", "cd", ""), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Exec ./Ops/Fast 200\nFinal\n");
  g_assert_cmpuint (f->executed, ==, 1);
}

static void
test_part_of_a_get_is_400 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, WRITE ("Get", "2", "./Vendor/Motd", SIZE ("4"), "ab", "<MoreData/>"), FALSE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Get ./Vendor/Motd 400\nAlert 1222\n");
}

static void
test_unknown_format_is_415_to_the_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  send_part (f, WRITE ("Replace", "2", "./Vendor/Motd", FORMAT ("jpeg") SIZE ("6"), "abc", "<MoreData/>"), 415);
  send_last (f, WRITE ("Replace", "2", "./Vendor/Motd", "", "def", ""), 415);
  assert_value (f, "./Vendor/Motd", "hello");
}

static void
test_property_takes_no_large_object (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *chunk = g_strnfill (70000, 'x');
  g_autofree char *first = g_strdup_printf (WRITE ("Replace", "2", "./Vendor/Motd?prop=Title", SIZE ("70001"), "%s",
                                                   "<MoreData/>"), chunk);

  fixture_begin (f);
  fixture_answer (f, 200, first, FALSE);
  fixture_answer (f, 200, WRITE ("Replace", "2", "./Vendor/Motd?prop=Title", "", "x", ""), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Replace ./Vendor/Motd?prop=Title 413\nFinal\n");
}

#define add(name, func) fixture_add ("/object-in/7/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("parts-become-the-value", test_parts_become_the_value);
  add ("short-object-is-424", test_short_object_is_424);
  add ("long-object-is-424-to-its-end", test_long_object_is_424_to_its_end);
  add ("object-without-size-is-411", test_object_without_size_is_411);
  add ("object-without-size-is-taken-from-such-a-server", test_object_without_size_is_taken_from_such_a_server);
  add ("too-large-object-is-416-at-once", test_too_large_object_is_416_at_once);
  add ("object-without-room-is-420", test_object_without_room_is_420);
  add ("new-command-ends-the-object", test_new_command_ends_the_object);
  add ("other-object-ends-the-object", test_other_object_ends_the_object);
  add ("other-command-for-the-same-node-ends-the-object", test_other_command_for_the_same_node_ends_the_object);
  add ("other-size-begins-another-object", test_other_size_begins_another_object);
  add ("alert-1225-drops-the-object", test_alert_1225_drops_the_object);
  add ("next-message-may-stand-between-parts", test_next_message_may_stand_between_parts);
  add ("part-in-a-container-is-405", test_part_in_a_container_is_405);
  add ("part-that-comes-again-is-taken-once", test_part_that_comes_again_is_taken_once);
  add ("size-counts-characters-of-base64", test_size_counts_characters_of_base64);
  add ("bad-base64-is-500", test_bad_base64_is_500);
  add ("size-counts-octets-of-text", test_size_counts_octets_of_text);
  add ("large-object-is-right-and-not-counted", test_large_object_is_right_and_not_counted);
  add ("tiny-parts-are-counted", test_tiny_parts_are_counted);
  add ("bad-text-is-refused-and-changes-nothing", test_bad_text_is_refused_and_changes_nothing);
  add ("exec-gets-its-argument-in-parts", test_exec_gets_its_argument_in_parts);
  add ("part-of-a-get-is-400", test_part_of_a_get_is_400);
  add ("unknown-format-is-415-to-the-end", test_unknown_format_is_415_to_the_end);
  add ("property-takes-no-large-object", test_property_takes_no_large_object);
  return g_test_run ();
}
