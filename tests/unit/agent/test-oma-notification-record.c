/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-notification-record.h"

#define NOW G_GINT64_CONSTANT (1700000000)
#define WINDOW OMA_NOTIFICATION_WINDOW

static void
assert_accepted (OmaNotificationRecord *record, gint64 time, int id)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_notification_record_accept (record, time, id, TRUE, &error));
  g_assert_no_error (error);
}

static void
assert_refused (OmaNotificationRecord *record, gint64 time, int id, const char *reason)
{
  g_autofree char *before = oma_notification_record_to_text (record), *after = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_false (oma_notification_record_accept (record, time, id, TRUE, &error));
  g_assert_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_REPLAYED);
  g_assert_nonnull (g_strstr_len (error->message, -1, reason));
  after = oma_notification_record_to_text (record);
  g_assert_cmpstr (before, ==, after);
}

/* DM Protocol 2.0, package 0: NOTIFICATION-ID lets the client drop repeats. */
static void
test_repeat_is_refused (void)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new (NULL);

  assert_accepted (record, NOW, 42);
  assert_refused (record, NOW, 42, "before");
  assert_accepted (record, NOW, 43);
  assert_refused (record, NOW, 42, "before");
  assert_refused (record, NOW + WINDOW, 43, "before");
  assert_accepted (record, NOW + WINDOW + 1, 43);
}

static void
test_older_than_the_last_is_refused (void)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new (NULL);

  assert_accepted (record, NOW, 1);
  assert_refused (record, NOW - 1, 2, "older");
  /* The last one counts, also when it is long ago: its own replay has the same time. */
  assert_accepted (record, NOW + 10 * WINDOW, 2);
  assert_refused (record, NOW, 1, "older");
  assert_refused (record, NOW + 10 * WINDOW, 2, "before");
}

static void
test_one_without_identifier_is_like_any_other (void)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new (NULL);

  assert_accepted (record, NOW, -1);
  assert_refused (record, NOW + 1, -1, "no identifier");
  assert_accepted (record, NOW + 1, 0);
}

static void
test_too_many_are_refused (void)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new (NULL);

  for (int i = 0; i < OMA_NOTIFICATION_MAX_RECENT; i++)
    assert_accepted (record, NOW, i);
  assert_refused (record, NOW, OMA_NOTIFICATION_MAX_RECENT, "too many");
  assert_refused (record, NOW, 0, "before");
  assert_accepted (record, NOW + WINDOW + 1, 0);
}

static void
test_record_survives_as_text (void)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new (NULL), again = NULL;
  g_autofree char *text = NULL, *longest = NULL;

  for (int i = 0; i < OMA_NOTIFICATION_MAX_RECENT; i++)
    assert_accepted (record, NOW + i, i - 1);
  text = oma_notification_record_to_text (record);
  g_assert_true (g_str_has_prefix (text, "1700000000 -1\n1700000001 0\n"));
  again = oma_notification_record_new (text);
  longest = oma_notification_record_to_text (again);
  g_assert_cmpstr (text, ==, longest);
  assert_refused (again, NOW + OMA_NOTIFICATION_MAX_RECENT, 0, "before");
}

static void
test_damaged_text_loses_what_is_damaged_only (void)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new ("x\n1700000000 7\n-1 3\n1 70000\n1 2 3\n\n");
  g_autofree char *text = oma_notification_record_to_text (record);

  g_assert_cmpstr (text, ==, "1700000000 7");
}

/* What was not signed has the time when it came in, and the clock may be set back. */
static void
test_clock_that_was_set_back_shuts_nobody_out (void)
{
  g_autoptr(OmaNotificationRecord) record = oma_notification_record_new (NULL);

  g_assert_true (oma_notification_record_accept (record, NOW, 1, FALSE, NULL));
  g_assert_false (oma_notification_record_accept (record, NOW - WINDOW, 1, FALSE, NULL));
  g_assert_true (oma_notification_record_accept (record, NOW - WINDOW - 1, 1, FALSE, NULL));
}

static gboolean
is_of_now (gint64 time)
{
  const OmaNotification notification = { .timestamp = time };
  g_autoptr(GError) error = NULL;
  gboolean is = oma_notification_check_time (&notification, NOW, &error);

  if (!is)
    g_assert_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_REPLAYED);
  return is;
}

static void
test_time_is_now_more_or_less (void)
{
  g_assert_true (is_of_now (NOW));
  g_assert_true (is_of_now (NOW - WINDOW));
  g_assert_false (is_of_now (NOW - WINDOW - 1));
  g_assert_true (is_of_now (NOW + WINDOW));
  g_assert_false (is_of_now (NOW + WINDOW + 1));
  g_assert_false (is_of_now (0));
  g_assert_false (is_of_now (G_MAXINT64));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notification-record/repeat-is-refused", test_repeat_is_refused);
  g_test_add_func ("/notification-record/older-than-the-last-is-refused", test_older_than_the_last_is_refused);
  g_test_add_func ("/notification-record/one-without-identifier-is-like-any-other",
                   test_one_without_identifier_is_like_any_other);
  g_test_add_func ("/notification-record/too-many-are-refused", test_too_many_are_refused);
  g_test_add_func ("/notification-record/record-survives-as-text", test_record_survives_as_text);
  g_test_add_func ("/notification-record/damaged-text-loses-what-is-damaged-only",
                   test_damaged_text_loses_what_is_damaged_only);
  g_test_add_func ("/notification-record/clock-that-was-set-back-shuts-nobody-out",
                   test_clock_that_was_set_back_shuts_nobody_out);
  g_test_add_func ("/notification-record/time-is-now-more-or-less", test_time_is_now_more_or_less);
  return g_test_run ();
}
