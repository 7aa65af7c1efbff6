/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of many changes. */
#include "config.h"

#include "service/oma-event-summary.h"

#include <string.h>

static void
event_free (gpointer data)
{
  OmaTreeEvent *event = data;

  g_free ((char *) event->uri);
  g_free (event);
}

static void
add (GPtrArray *events, const char *uri, OmaChangeKind kind)
{
  OmaTreeEvent *event = g_new (OmaTreeEvent, 1);

  *event = (OmaTreeEvent) { g_strdup (uri), kind };
  g_ptr_array_add (events, event);
}

static void
add_many (GPtrArray *events, const char *top, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *uri = g_strdup_printf ("%s/%u", top, i);

      add (events, uri, OMA_CHANGE_REPLACED);
    }
}

static char *
summarize (GPtrArray *events)
{
  g_autoptr(GArray) summaries = oma_event_summarize (events);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < summaries->len; i++)
    {
      const OmaEventSummary *summary = &g_array_index (summaries, OmaEventSummary, i);

      g_string_append_len (text, summary->event->uri, (gssize) summary->length);
      g_string_append (text, summary->many ? "+ " : " ");
    }
  return g_string_free (text, FALSE);
}

static void
assert_summary (GPtrArray *events, const char *expected)
{
  g_autofree char *text = summarize (events);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_few_are_told_in_their_order (void)
{
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (event_free);

  assert_summary (events, "");
  add (events, "./B", OMA_CHANGE_ADDED);
  add (events, "./A", OMA_CHANGE_ADDED);
  assert_summary (events, "./B ./A ");
}

static void
test_limit_is_exact (void)
{
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (event_free);
  g_autofree char *text = NULL;

  add_many (events, "./A/B", OMA_MAX_EVENTS);
  text = summarize (events);
  g_assert_null (strchr (text, '+'));
  add (events, "./A/B/x", OMA_CHANGE_ADDED);
  assert_summary (events, "./A/B+ ");
}

static void
test_deepest_subtree_is_told (void)
{
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (event_free);

  add_many (events, "./A/B", 150);
  add_many (events, "./A/C/D", 150);
  add (events, "./A/C", OMA_CHANGE_REPLACED);
  add (events, "./A-", OMA_CHANGE_REPLACED);       /* sorts between ./A and ./A/ by octets */
  add (events, "./A/B-", OMA_CHANGE_REPLACED);
  assert_summary (events, "./A/B+ ./A/B- ./A/C ./A/C/D+ ./A- ");
}

static void
test_many_small_subtrees_are_told_as_the_one_above (void)
{
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (event_free);

  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *top = g_strdup_printf ("./A/%u", i);

      add_many (events, top, 2);
    }
  add (events, "./B", OMA_CHANGE_DELETED);
  assert_summary (events, "./A+ ./B ");
}

static void
test_changes_of_one_node_are_no_subtree_above (void)
{
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (event_free);

  for (guint i = 0; i < 150; i++)
    add (events, "./A/B", OMA_CHANGE_REPLACED);
  assert_summary (events, "./A/B+ ");
}

static void
test_node_that_came_with_many_is_named_itself (void)
{
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (event_free);
  g_autoptr(GArray) summaries = NULL;

  add_many (events, "./A", 150);
  add (events, "./A", OMA_CHANGE_ADDED);
  summaries = oma_event_summarize (events);
  g_assert_cmpuint (summaries->len, ==, 1);
  g_assert_cmpstr (g_array_index (summaries, OmaEventSummary, 0).event->uri, ==, "./A");
  g_assert_cmpint (g_array_index (summaries, OmaEventSummary, 0).event->kind, ==, OMA_CHANGE_ADDED);
}

static void
test_root_is_above_all (void)
{
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (event_free);

  add (events, ".", OMA_CHANGE_REPLACED);
  add_many (events, ".", 150);
  assert_summary (events, ".+ ");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/event-summary/few-are-told-in-their-order", test_few_are_told_in_their_order);
  g_test_add_func ("/event-summary/limit-is-exact", test_limit_is_exact);
  g_test_add_func ("/event-summary/deepest-subtree-is-told", test_deepest_subtree_is_told);
  g_test_add_func ("/event-summary/many-small-subtrees-are-told-as-the-one-above",
                   test_many_small_subtrees_are_told_as_the_one_above);
  g_test_add_func ("/event-summary/changes-of-one-node-are-no-subtree-above",
                   test_changes_of_one_node_are_no_subtree_above);
  g_test_add_func ("/event-summary/node-that-came-with-many-is-named-itself",
                   test_node_that_came_with_many_is_named_itself);
  g_test_add_func ("/event-summary/root-is-above-all", test_root_is_above_all);
  return g_test_run ();
}
