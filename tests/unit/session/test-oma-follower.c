/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree follows the machine: what services change by themselves counts and is told, once. */
#include "config.h"

#include "executor-fixture.h"
#include "session/oma-fingerprinter.h"
#include "session/oma-follower.h"
#include "session/oma-notices.h"

#include <string.h>

#define A OMA_CHANGE_ADDED
#define R OMA_CHANGE_REPLACED
#define D OMA_CHANGE_DELETED

/* ./T/List is followed, ./T/RW and the like are not. */
typedef struct {
  Fixture     *base;
  Plugin      *plugin;
  OmaFollower *follower;
  GString     *told;
  gboolean     idle;
  gint64       now;
} Machine;

static gint64
get_now (gpointer data)
{
  return ((Machine *) data)->now;
}

static void
note_events (OmaTree *tree G_GNUC_UNUSED, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  Machine *m = user_data;

  for (guint i = 0; i < n_events; i++)
    g_string_append_printf (m->told, "%c%s ", "ARD"[events[i].kind], events[i].uri);
}

static void
idle_cb (gpointer user_data)
{
  ((Machine *) user_data)->idle = TRUE;
}

static void
open_follower (Machine *m)
{
  g_autoptr(GError) error = NULL;

  m->follower = oma_follower_new (m->base->executor, idle_cb, m);
  oma_follower_load (m->follower, &error);
  g_assert_no_error (error);
}

static void
wait_until_idle (Machine *m)
{
  m->idle = FALSE;
  iterate_until (&m->idle);
}

static void
start (Machine *m)
{
  open_follower (m);
  oma_follower_start (m->follower, 0);
  wait_until_idle (m);
}

/* As when the daemon is killed: nothing is written any more. */
static void
end (Machine *m)
{
  g_clear_pointer (&m->follower, oma_follower_free);
}

static void
restart (Machine *m)
{
  end (m);
  g_string_truncate (m->told, 0);
  start (m);
}

static void
set_up (Machine *m, gconstpointer backend)
{
  m->base = fixture_new ((Backend) GPOINTER_TO_INT (backend));
  m->plugin = m->base->plugin;
  m->plugin->can_read = TRUE;
  m->plugin->flagged = "List";
  m->plugin->flags = OMA_HANDLER_FOLLOWED;
  m->plugin->restless = "Number";
  m->told = g_string_new (NULL);
  m->now = 1000;
  oma_tree_set_clock (m->base->tree, get_now, m);
  oma_tree_watch (m->base->tree, note_events, m);
  start (m);
  m->now = 2000;
}

static void
tear_down (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  g_clear_pointer (&m->follower, oma_follower_free);
  g_string_free (m->told, TRUE);
  fixture_free (m->base);
}

/* ---- What services do ---- */

static void
service_sets (Machine *m, const char *relative, const char *text)
{
  g_hash_table_insert (m->plugin->nodes, g_strdup (relative), text != NULL ? oma_value_new_string (text) : NULL);
}

static gboolean
is_below (gpointer key, gpointer value G_GNUC_UNUSED, gpointer top)
{
  return oma_uri_is_at_or_below (key, top);
}

static void
service_removes (Machine *m, const char *relative)
{
  g_hash_table_foreach_remove (m->plugin->nodes, is_below, (gpointer) relative);
}

static void
plugin_tells (Machine *m, const char *uri, OmaChangeKind kind)
{
  oma_tree_notify (m->base->tree, uri, kind);
}

static void
assert_told (Machine *m, const char *expected)
{
  g_assert_cmpstr (m->told->str, ==, expected);
  g_string_truncate (m->told, 0);
}

static char *
get_property (Machine *m, const char *uri, const char *name)
{
  g_autoptr(OmaWork) work = oma_work_new (m->base->executor, &as_device);
  g_autofree char *query = g_strdup_printf ("%s?prop=%s", uri, name);

  return get_text (work, query);
}

static int
get_verno (Machine *m, const char *uri)
{
  g_autofree char *text = get_property (m, uri, "VerNo");

  return (int) g_ascii_strtoll (text, NULL, 10);
}

static void
assert_tstamp (Machine *m, const char *uri, gint64 expected)
{
  g_autofree char *text = get_property (m, uri, "TStamp");
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (expected);
  g_autofree char *wanted = g_date_time_format (time, "%Y%m%dT%H%M%SZ");

  g_assert_cmpstr (text, ==, wanted);
}

static void
replace (Machine *m, const char *uri, const char *text)
{
  prepare (m->base, OMA_OPERATION_REPLACE, uri, OMA_FORMAT_NONE, text);
}

/* ---- Subtrees that are not followed ---- */

static void
test_change_counts_and_is_told (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int leaf = get_verno (m, "./T/RW"), top = get_verno (m, "./T");

  plugin_tells (m, "./T/RW", R);
  assert_told (m, "");
  wait_until_idle (m);
  assert_told (m, "R./T/RW ");
  g_assert_cmpint (get_verno (m, "./T/RW"), ==, leaf + 1);
  assert_tstamp (m, "./T/RW", 2000);
  g_assert_cmpint (get_verno (m, "./T"), ==, top);
}

/* DM Tree and Description 1.2, VerNo: an interior node changes with its list of children. */
static void
test_child_that_comes_counts_for_the_parent (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int top = get_verno (m, "./T");

  service_sets (m, "Opt", "new");
  plugin_tells (m, "./T/Opt", A);
  wait_until_idle (m);
  assert_told (m, "A./T/Opt ");
  g_assert_cmpint (get_verno (m, "./T"), ==, top + 1);
  service_removes (m, "Opt");
  plugin_tells (m, "./T/Opt", D);
  wait_until_idle (m);
  assert_told (m, "D./T/Opt ");
  g_assert_cmpint (get_verno (m, "./T"), ==, top + 2);
}

static void
test_burst_is_one_write_and_one_change_a_node (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  guint writes = *m->base->n_writes;
  int few = get_verno (m, "./T/Few/1");

  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./T/Few/%u", i % 100);

      plugin_tells (m, uri, R);
    }
  wait_until_idle (m);
  g_assert_cmpuint (*m->base->n_writes, ==, writes + 1);
  g_assert_cmpint (get_verno (m, "./T/Few/1"), ==, few + 1);
}

static void
test_own_change_is_not_counted_twice (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int before = get_verno (m, "./T/RW");

  replace (m, "./T/RW", "ours");
  assert_told (m, "R./T/RW ");
  plugin_tells (m, "./T/RW", R);
  plugin_tells (m, "./T", R);
  plugin_tells (m, "./T/Int", R);      /* somebody else's */
  wait_until_idle (m);
  assert_told (m, "R./T/Int ");
  g_assert_cmpint (get_verno (m, "./T/RW"), ==, before + 1);
}

static void
test_volatile_node_is_not_told_of (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  plugin_tells (m, "./T/List/a/Number", R);
  plugin_tells (m, "./T/RW", R);
  wait_until_idle (m);
  assert_told (m, "R./T/RW ");
}

static void
test_node_that_no_ddf_describes_is_not_told_of (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  plugin_tells (m, "./T/Nonsense", A);
  plugin_tells (m, "./Elsewhere", A);
  plugin_tells (m, "./T//", A);
  plugin_tells (m, "./T/RW", R);
  wait_until_idle (m);
  assert_told (m, "R./T/RW ");
}

static void
test_too_many_notices_become_one_of_the_top_node (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  for (guint i = 0; i < OMA_MAX_NOTICES + 10; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./T/Few/%u", i);

      plugin_tells (m, uri, A);
    }
  wait_until_idle (m);
  /* ./T holds what is followed; the last nine came after the collapse. */
  g_assert_true (g_str_has_suffix (m->told->str, "A./T/Few/20009 "));
  g_assert_cmpuint (m->told->len, <, 1000);
}

/* ---- Followed subtrees ---- */

static void
test_what_is_as_it_was_is_not_told_of (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int before = get_verno (m, "./T/List/a");

  plugin_tells (m, "./T/List/a", R);
  plugin_tells (m, "./T/List/a/Leaf", R);
  plugin_tells (m, "./T/List", R);
  plugin_tells (m, "./T", R);
  wait_until_idle (m);
  assert_told (m, "");
  g_assert_cmpint (get_verno (m, "./T/List/a"), ==, before);
}

static void
test_followed_change_counts_once (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int leaf = get_verno (m, "./T/List/a/Leaf"), child = get_verno (m, "./T/List/a");

  service_sets (m, "List/a/Leaf", "theirs");
  plugin_tells (m, "./T/List/a", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List/a/Leaf ");
  plugin_tells (m, "./T/List/a/Leaf", R);
  wait_until_idle (m);
  assert_told (m, "");
  g_assert_cmpint (get_verno (m, "./T/List/a/Leaf"), ==, leaf + 1);
  g_assert_cmpint (get_verno (m, "./T/List/a"), ==, child);
  assert_tstamp (m, "./T/List/a/Leaf", 2000);
}

/* What is seen before its plugin tells of it is told with the rest, by its own name. */
static void
test_each_node_is_told_by_its_name (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  service_sets (m, "List/a/Leaf", "theirs");
  service_sets (m, "List/a/Sub/Deep", "theirs");
  service_removes (m, "List/a/Locked");
  service_sets (m, "List/a/Null", "new");
  service_sets (m, "List/b%20c/Sub", NULL);
  service_sets (m, "List/b%20c/Sub/Deep", "new");
  plugin_tells (m, "./T/List/a/Leaf", R);
  plugin_tells (m, "./T/List/b%20c", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List/a/Leaf D./T/List/a/Locked R./T/List/a/Sub/Deep A./T/List/b%20c/Sub ");
  plugin_tells (m, "./T/List/a/Sub/Deep", R);
  wait_until_idle (m);
  assert_told (m, "");
}

static void
test_what_others_change_beside_our_own_is_told (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  replace (m, "./T/List/a/Leaf", "ours");
  service_sets (m, "List/a/Sub/Deep", "theirs");
  plugin_tells (m, "./T/List/a", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List/a/Leaf R./T/List/a/Sub/Deep ");
}

static void
test_what_others_remove_after_our_own_change_is_told (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  replace (m, "./T/List/a/Leaf", "ours");
  service_removes (m, "List/a");
  plugin_tells (m, "./T/List/a", D);
  wait_until_idle (m);
  assert_told (m, "R./T/List/a/Leaf D./T/List/a ");
}

static void
test_any_word_finds_what_came_and_went (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int list = get_verno (m, "./T/List");

  service_sets (m, "List/x", NULL);
  service_sets (m, "List/x/Leaf", "new");
  service_removes (m, "List/a");
  plugin_tells (m, "./T/List", R);
  wait_until_idle (m);
  assert_told (m, "D./T/List/a A./T/List/x ");
  g_assert_cmpint (get_verno (m, "./T/List"), ==, list + 1);
}

static void
test_followed_own_change_is_not_counted_twice (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int before = get_verno (m, "./T/List/a/Leaf");

  replace (m, "./T/List/a/Leaf", "ours");
  plugin_tells (m, "./T/List/a", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List/a/Leaf ");
  plugin_tells (m, "./T/List/a", R);     /* the service is slow */
  wait_until_idle (m);
  assert_told (m, "");
  g_assert_cmpint (get_verno (m, "./T/List/a/Leaf"), ==, before + 1);
}

static void
test_unit_of_work_that_is_taken_back_is_not_told_of (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  g_autoptr(OmaWork) work = oma_work_new (m->base->executor, &as_device);

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, OMA_OPERATION_REPLACE, "./T/List/a/Leaf", "ours"), ==, OMA_STATUS_OK);
  plugin_tells (m, "./T/List/a", R);
  g_assert_true (roll_back (work, NULL));
  plugin_tells (m, "./T/List/a", R);
  wait_until_idle (m);
  assert_told (m, "");
}

static void
test_notices_wait_for_the_unit_of_work (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  g_autoptr(OmaWork) work = oma_work_new (m->base->executor, &as_device);
  int before = get_verno (m, "./T/RW");
  gint64 end = g_get_monotonic_time () + 300 * G_TIME_SPAN_MILLISECOND;

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, OMA_OPERATION_REPLACE, "./T/RW", "ours"), ==, OMA_STATUS_OK);
  plugin_tells (m, "./T/RW", R);
  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (commit (work, NULL));
  wait_until_idle (m);
  g_assert_cmpint (get_verno (m, "./T/RW"), ==, before + 1);
  assert_told (m, "R./T/RW ");
}

/* ---- Over restarts ---- */

static void
test_first_start_tells_nothing (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  assert_told (m, "");
}

static void
test_what_changed_meanwhile_counts_once (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int leaf = get_verno (m, "./T/List/a"), list = get_verno (m, "./T/List");

  end (m);
  service_sets (m, "List/a/Leaf", "theirs");
  service_sets (m, "List/x", NULL);
  service_removes (m, "List/b%20c");
  restart (m);
  g_assert_nonnull (strstr (m->told->str, "R./T/List/a "));
  g_assert_nonnull (strstr (m->told->str, "A./T/List/x "));
  g_assert_nonnull (strstr (m->told->str, "D./T/List/b%20c "));
  g_assert_cmpint (get_verno (m, "./T/List/a"), ==, leaf + 1);
  g_assert_cmpint (get_verno (m, "./T/List"), ==, list + 1);
  assert_tstamp (m, "./T/List/a", 2000);
  restart (m);
  assert_told (m, "");
}

/* A lower bound: a slow machine only adds to it. */
static void
test_word_at_the_start_does_not_hasten_it (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  gint64 begun;

  end (m);
  service_sets (m, "List/a/Leaf", "theirs");
  open_follower (m);
  begun = g_get_monotonic_time ();
  oma_follower_start (m->follower, 400);
  plugin_tells (m, "./T/RW", R);
  wait_until_idle (m);
  g_assert_cmpint (g_get_monotonic_time () - begun, >=, 400 * G_TIME_SPAN_MILLISECOND);
  assert_told (m, "R./T/RW R./T/List/a ");
}

static void
test_own_changes_do_not_count_at_the_next_start (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  replace (m, "./T/List/a/Leaf", "ours");
  prepare (m->base, OMA_OPERATION_ADD, "./T/List/y", OMA_FORMAT_NODE, NULL);
  prepare (m->base, OMA_OPERATION_DELETE, "./T/List/b%20c", OMA_FORMAT_NONE, NULL);
  restart (m);      /* before it could read them */
  assert_told (m, "");
  restart (m);
  assert_told (m, "");
}

static void
test_what_was_told_does_not_count_at_the_next_start (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  service_sets (m, "List/a/Leaf", "theirs");
  plugin_tells (m, "./T/List/a", R);
  wait_until_idle (m);
  restart (m);
  assert_told (m, "");
}

static void
test_what_was_not_looked_at_is_found_at_the_next_start (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  service_sets (m, "List/a/Leaf", "theirs");
  plugin_tells (m, "./T/List/a", R);
  oma_follower_stop (m->follower);
  assert_told (m, "");
  restart (m);
  assert_told (m, "R./T/List/a ");
}

static void
test_stop_writes_what_would_be_lost (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  int before = get_verno (m, "./T/RW");

  plugin_tells (m, "./T/RW", R);
  oma_follower_stop (m->follower);
  g_assert_true (oma_follower_is_busy (m->follower));
  wait_until_idle (m);
  g_assert_false (oma_follower_is_busy (m->follower));
  assert_told (m, "R./T/RW ");
  g_assert_cmpint (get_verno (m, "./T/RW"), ==, before + 1);
}

static void
test_service_that_is_not_there_is_compared_when_it_comes (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  end (m);
  service_sets (m, "List/a/Leaf", "theirs");
  m->plugin->absent = OMA_STATUS_COMMAND_FAILED;
  restart (m);
  assert_told (m, "");
  m->plugin->absent = OMA_STATUS_NONE;
  plugin_tells (m, "./T", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List/a ");
}

static void
test_service_that_went_is_told_of_but_its_nodes_are_not (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  m->plugin->absent = OMA_STATUS_COMMAND_FAILED;
  plugin_tells (m, "./T/List", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List ");
  m->plugin->absent = OMA_STATUS_NONE;
  plugin_tells (m, "./T/List", R);
  wait_until_idle (m);
  assert_told (m, "");
}

static void
test_full_disk_costs_the_count_but_not_the_signal (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  service_sets (m, "List/a/Leaf", "theirs");
  *m->base->store_fails = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*not counted*");
  plugin_tells (m, "./T/List/a", R);
  wait_until_idle (m);
  g_test_assert_expected_messages ();
  assert_told (m, "R./T/List/a/Leaf ");
  *m->base->store_fails = FALSE;
  restart (m);
  assert_told (m, "R./T/List/a ");     /* the count comes now */
}

static void
test_fingerprint_of_what_was_changed_by_us_is_made_anew (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  const OmaFingerprint *print;

  replace (m, "./T/List/a/Leaf", "ours");
  print = g_hash_table_lookup (m->base->fingerprints, "./T/List a");
  g_assert_nonnull (print);
  g_assert_false (print->known);
  wait_until_idle (m);
  print = g_hash_table_lookup (m->base->fingerprints, "./T/List a");
  g_assert_true (print->known);
}

/* One child is read, not all, when its plugin can do that. */
static void
test_one_child_is_read (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  guint before = m->plugin->n_read;

  service_sets (m, "List/a/Leaf", "theirs");
  service_sets (m, "List/b%20c/Leaf", "nobody tells");
  plugin_tells (m, "./T/List/a", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List/a/Leaf ");
  g_assert_cmpuint (m->plugin->n_read, ==, before + 1);
}

static void
test_many_children_are_read_at_once (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  guint before = m->plugin->n_read;

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *relative = g_strdup_printf ("List/n%u", i);
      g_autofree char *uri = g_strconcat ("./T/", relative, NULL);

      service_sets (m, relative, NULL);
      plugin_tells (m, uri, A);
    }
  wait_until_idle (m);
  g_assert_cmpuint (m->plugin->n_read, ==, before + 1);
  g_assert_nonnull (strstr (m->told->str, "A./T/List/n299 "));
}

/* More than a thousand children that change at once are told by their own names. */
static void
test_very_many_changes_are_told_by_child (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < 1001; i++)
        {
          g_autofree char *item = g_strdup_printf ("List/n%u", i);
          g_autofree char *leaf = g_strconcat (item, "/Leaf", NULL);

          service_sets (m, item, NULL);
          service_sets (m, leaf, round == 0 ? "one" : "two");
        }
      g_string_truncate (m->told, 0);
      plugin_tells (m, "./T/List", R);
      wait_until_idle (m);
    }
  g_assert_nonnull (strstr (m->told->str, "R./T/List/n1000 "));
  g_assert_null (strstr (m->told->str, "/Leaf"));
}

static void
test_secret_is_in_no_fingerprint (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  m->plugin->flagged = "T";
  service_sets (m, "RW", "one");
  restart (m);
  end (m);
  service_sets (m, "Secret", "other");      /* nobody may Get it */
  restart (m);
  assert_told (m, "");
  end (m);
  service_sets (m, "RW", "other");
  restart (m);
  assert_told (m, "R./T/RW ");
}

static void
test_too_many_children_are_followed_as_one (Machine *m, gconstpointer backend G_GNUC_UNUSED)
{
  for (guint i = 0; i < OMA_MAX_FINGERPRINTS; i++)
    {
      g_autofree char *relative = g_strdup_printf ("List/n%u", i);

      service_sets (m, relative, NULL);
    }
  plugin_tells (m, "./T/List", R);
  wait_until_idle (m);
  assert_told (m, "R./T/List ");
  g_assert_cmpuint (g_hash_table_size (m->base->fingerprints), ==, 1);
  plugin_tells (m, "./T/List/n7", R);
  wait_until_idle (m);
  assert_told (m, "");
  restart (m);
  assert_told (m, "");
  service_removes (m, "List/n7");
  restart (m);
  assert_told (m, "R./T/List ");
}

typedef struct {
  const char *name;
  void      (*func) (Machine *m, gconstpointer backend);
} Test;

static const Test tests[] = {
  { "change-counts-and-is-told", test_change_counts_and_is_told },
  { "child-that-comes-counts-for-the-parent", test_child_that_comes_counts_for_the_parent },
  { "burst-is-one-write-and-one-change-a-node", test_burst_is_one_write_and_one_change_a_node },
  { "own-change-is-not-counted-twice", test_own_change_is_not_counted_twice },
  { "volatile-node-is-not-told-of", test_volatile_node_is_not_told_of },
  { "node-that-no-ddf-describes-is-not-told-of", test_node_that_no_ddf_describes_is_not_told_of },
  { "too-many-notices-become-one-of-the-top-node", test_too_many_notices_become_one_of_the_top_node },
  { "what-is-as-it-was-is-not-told-of", test_what_is_as_it_was_is_not_told_of },
  { "followed-change-counts-once", test_followed_change_counts_once },
  { "each-node-is-told-by-its-name", test_each_node_is_told_by_its_name },
  { "what-others-change-beside-our-own-is-told", test_what_others_change_beside_our_own_is_told },
  { "what-others-remove-after-our-own-change-is-told", test_what_others_remove_after_our_own_change_is_told },
  { "any-word-finds-what-came-and-went", test_any_word_finds_what_came_and_went },
  { "followed-own-change-is-not-counted-twice", test_followed_own_change_is_not_counted_twice },
  { "unit-of-work-that-is-taken-back-is-not-told-of", test_unit_of_work_that_is_taken_back_is_not_told_of },
  { "notices-wait-for-the-unit-of-work", test_notices_wait_for_the_unit_of_work },
  { "first-start-tells-nothing", test_first_start_tells_nothing },
  { "what-changed-meanwhile-counts-once", test_what_changed_meanwhile_counts_once },
  { "word-at-the-start-does-not-hasten-it", test_word_at_the_start_does_not_hasten_it },
  { "own-changes-do-not-count-at-the-next-start", test_own_changes_do_not_count_at_the_next_start },
  { "what-was-told-does-not-count-at-the-next-start", test_what_was_told_does_not_count_at_the_next_start },
  { "what-was-not-looked-at-is-found-at-the-next-start", test_what_was_not_looked_at_is_found_at_the_next_start },
  { "stop-writes-what-would-be-lost", test_stop_writes_what_would_be_lost },
  { "service-that-is-not-there-is-compared-when-it-comes", test_service_that_is_not_there_is_compared_when_it_comes },
  { "service-that-went-is-told-of-but-its-nodes-are-not", test_service_that_went_is_told_of_but_its_nodes_are_not },
  { "full-disk-costs-the-count-but-not-the-signal", test_full_disk_costs_the_count_but_not_the_signal },
  { "fingerprint-of-what-was-changed-by-us-is-made-anew", test_fingerprint_of_what_was_changed_by_us_is_made_anew },
  { "one-child-is-read", test_one_child_is_read },
  { "many-children-are-read-at-once", test_many_children_are_read_at_once },
  { "very-many-changes-are-told-by-child", test_very_many_changes_are_told_by_child },
  { "secret-is-in-no-fingerprint", test_secret_is_in_no_fingerprint },
  { "too-many-children-are-followed-as-one", test_too_many_children_are_followed_as_one },
};

int
main (int argc, char *argv[])
{
  static const char *const backends[] = { [SERVED_BY_PLUGIN] = "plugin", [SERVED_BY_TRANSACTIONS] = "transactions" };

  g_test_init (&argc, &argv, NULL);
  for (int backend = SERVED_BY_PLUGIN; backend <= SERVED_BY_TRANSACTIONS; backend++)
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
      {
        g_autofree char *path = g_strdup_printf ("/follower/%s/%s", backends[backend], tests[i].name);

        g_test_add (path, Machine, GINT_TO_POINTER (backend), set_up, tests[i].func, tear_down);
      }
  return g_test_run ();
}
