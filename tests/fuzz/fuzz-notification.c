/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "notify/oma-notification.h"

#include <string.h>

static void
assert_same_bytes (GBytes *a, GBytes *b)
{
  g_assert_true ((a == NULL) == (b == NULL));
  g_assert_true (a == NULL || g_bytes_equal (a, b));
}

/* What is written is read as what it was. */
static void
check_written (const OmaNotification *notification)
{
  g_autoptr(GBytes) octets = oma_notification_write (notification, NULL, NULL);
  g_autoptr(OmaNotification) again = NULL;

  g_assert_nonnull (octets);
  again = oma_notification_read (octets, NULL);
  g_assert_nonnull (again);
  g_assert_cmpstr (again->server_id, ==, notification->server_id);
  assert_same_bytes (again->connection_types, notification->connection_types);
  assert_same_bytes (again->digest, notification->digest);
  g_assert_cmpint (again->id, ==, notification->id);
  g_assert_cmpint (again->timestamp, ==, notification->timestamp);
  g_assert_cmpint (again->wants_objects, ==, notification->wants_objects);
}

/* Who knows the secret is believed, nobody else. */
static void
check_digest (const OmaNotification *notification, GBytes *octets)
{
  g_autoptr(GBytes) secret = g_bytes_new_static ("secret", 6);
  g_autoptr(GBytes) data = g_bytes_new_static ("data", 4);
  g_autoptr(GBytes) made = oma_notification_write (notification, secret, data);
  g_autoptr(OmaNotification) again = oma_notification_read (made, NULL);

  g_assert_false (oma_notification_check_digest (notification, octets, secret, data));
  g_assert_true (oma_notification_check_digest (again, made, secret, data));
  g_assert_false (oma_notification_check_digest (again, made, data, secret));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GBytes) octets = g_bytes_new_static (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaNotification) notification = oma_notification_read (octets, &error);

  g_assert_true ((notification == NULL) == (error != NULL));
  if (notification == NULL)
    return 0;
  check_written (notification);
  check_digest (notification, octets);
  return 0;
}
