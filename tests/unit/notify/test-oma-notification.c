/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "notify/oma-notification.h"

#include <string.h>

/* Worked out by hand and with other programs: server dm2.example.net, any connection, identifier 42, time 1700000000,
 * REQ-MOS; secret "notisecret", data "notidata". */
#define WHOLE \
  "13001f00646d322e6578616d706c652e6e6574110012002a1f11" \
  "47b8563ecaa3e71af3ab98a12be1673aece7be32ec5c5b4d068c79192f3af117" \
  "146553f10010"
#define MINIMAL "10801473727631"   /* srv1 */
#define DIGEST "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static GBytes *
from_hex (const char *hex)
{
  gsize size = strlen (hex) / 2;
  g_autofree guint8 *octets = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    octets[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_bytes_new (octets, size);
}

static char *
to_hex (GBytes *bytes)
{
  gsize size;
  const guint8 *octets = g_bytes_get_data (bytes, &size);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", octets[i]);
  return g_string_free (text, FALSE);
}

static OmaNotification *
read_hex (const char *hex)
{
  g_autoptr(GBytes) octets = from_hex (hex);
  g_autoptr(GError) error = NULL;
  OmaNotification *notification = oma_notification_read (octets, &error);

  g_assert_no_error (error);
  return notification;
}

static gboolean
has_digest_of (const char *hex, const char *secret, const char *data)
{
  g_autoptr(GBytes) octets = from_hex (hex);
  g_autoptr(GBytes) secret_bytes = g_bytes_new (secret, strlen (secret));
  g_autoptr(GBytes) data_bytes = data != NULL ? g_bytes_new (data, strlen (data)) : NULL;
  g_autoptr(OmaNotification) notification = read_hex (hex);

  return oma_notification_check_digest (notification, octets, secret_bytes, data_bytes);
}

static void
assert_written (OmaNotification *notification, GBytes *secret, GBytes *data, const char *expected)
{
  g_autoptr(GBytes) octets = oma_notification_write (notification, secret, data);
  g_autofree char *hex = NULL;

  g_assert_nonnull (octets);
  hex = to_hex (octets);
  g_assert_cmpstr (hex, ==, expected);
}

static void
test_package_0_is_read (void)
{
  g_autoptr(OmaNotification) notification = read_hex (WHOLE);

  g_assert_cmpstr (notification->server_id, ==, "dm2.example.net");
  g_assert_cmpmem (g_bytes_get_data (notification->connection_types, NULL),
                   g_bytes_get_size (notification->connection_types), "\0", 1);
  g_assert_cmpint (notification->id, ==, 42);
  g_assert_cmpuint (g_bytes_get_size (notification->digest), ==, 32);
  g_assert_cmpint (notification->timestamp, ==, 1700000000);
  g_assert_true (notification->wants_objects);
}

static void
test_what_is_absent_is_said_to_be (void)
{
  g_autoptr(OmaNotification) notification = read_hex (MINIMAL);

  g_assert_cmpstr (notification->server_id, ==, "srv1");
  g_assert_null (notification->connection_types);
  g_assert_cmpint (notification->id, ==, -1);
  g_assert_null (notification->digest);
  g_assert_cmpint (notification->timestamp, ==, -1);
  g_assert_false (notification->wants_objects);
}

static void
test_digest_is_that_of_who_knows_the_secret (void)
{
  g_assert_true (has_digest_of (WHOLE, "notisecret", "notidata"));
  g_assert_false (has_digest_of (WHOLE, "notisecreT", "notidata"));
  g_assert_false (has_digest_of (WHOLE, "notisecret", "notidatA"));
  g_assert_false (has_digest_of (WHOLE, "notisecret", NULL));
  g_assert_false (has_digest_of (WHOLE, "", "notidata"));
  g_assert_false (has_digest_of (MINIMAL, "notisecret", "notidata"));
}

/* The digest covers each octet, its own aside. */
static void
test_digest_covers_the_message (void)
{
  g_autoptr(GBytes) secret = g_bytes_new_static ("notisecret", 10);
  g_autoptr(GBytes) data = g_bytes_new_static ("notidata", 8);
  g_autoptr(GBytes) octets = from_hex (WHOLE);
  gsize size;
  const guint8 *original = g_bytes_get_data (octets, &size);
  guint n_read = 0;

  for (gsize i = 0; i < 8 * size; i++)
    {
      g_autofree guint8 *changed = g_memdup2 (original, size);
      g_autoptr(GBytes) other = NULL;
      g_autoptr(OmaNotification) notification = NULL;

      changed[i / 8] ^= (guint8) (1 << i % 8);
      other = g_bytes_new (changed, size);
      notification = oma_notification_read (other, NULL);
      n_read += notification != NULL;
      g_assert_false (notification != NULL && oma_notification_check_digest (notification, other, secret, data));
    }
  g_assert_cmpuint (n_read, >, 300);
}

static void
test_package_0_is_written (void)
{
  g_autoptr(GBytes) secret = g_bytes_new_static ("notisecret", 10);
  g_autoptr(GBytes) data = g_bytes_new_static ("notidata", 8);
  g_autoptr(GBytes) types = g_bytes_new_static ("\0", 1);
  g_autoptr(GBytes) digest = from_hex (DIGEST);
  OmaNotification whole = { (char *) "dm2.example.net", types, 42, NULL, 1700000000, TRUE };
  OmaNotification minimal = { (char *) "srv1", NULL, -1, NULL, -1, FALSE };
  OmaNotification given = { (char *) "srv1", NULL, -1, digest, -1, FALSE };
  OmaNotification late = { (char *) "srv1", NULL, 65535, NULL, G_GINT64_CONSTANT (4294967296), FALSE };

  assert_written (&whole, secret, data, WHOLE);
  assert_written (&minimal, NULL, NULL, MINIMAL);
  assert_written (&given, NULL, NULL, "110014737276313f11" DIGEST);
  assert_written (&late, NULL, NULL, "1180147372763122ffff280000000100000000");
}

static void
test_what_cannot_be_read_is_not_written (void)
{
  g_autofree char *longest = g_strnfill (270, 'x');
  g_autofree char *longer = g_strnfill (271, 'x');
  g_autoptr(GBytes) types = g_bytes_new_static ("\1\2\3\0\1", 5);
  OmaNotification notification = { longest, NULL, -1, NULL, -1, FALSE };
  g_autoptr(GBytes) octets = oma_notification_write (&notification, NULL, NULL);
  g_autoptr(OmaNotification) read = oma_notification_read (octets, NULL);

  g_assert_cmpstr (read->server_id, ==, longest);
  notification.server_id = longer;
  g_assert_null (oma_notification_write (&notification, NULL, NULL));
  notification.server_id = (char *) "";
  g_assert_null (oma_notification_write (&notification, NULL, NULL));
  notification.server_id = (char *) "s";
  notification.id = 65536;
  g_assert_null (oma_notification_write (&notification, NULL, NULL));
  notification.id = -1;
  notification.connection_types = types;
  g_assert_null (oma_notification_write (&notification, NULL, NULL));
}

static void
test_lengths_from_15_on_have_an_octet_more (void)
{
  g_autoptr(OmaNotification) shorter = read_hex ("10801e" "3131313131313131313131313131");
  g_autoptr(OmaNotification) longer = read_hex ("10801f00" "313131313131313131313131313131");

  g_assert_cmpuint (strlen (shorter->server_id), ==, 14);
  g_assert_cmpuint (strlen (longer->server_id), ==, 15);
}

static void
test_unknown_options_and_reserved_bits_are_skipped (void)
{
  g_autoptr(OmaNotification) more = read_hex ("11ff1473727631" "50" "72aabb");
  g_autoptr(OmaNotification) types = read_hex ("11001473727631" "1401020300");

  g_assert_cmpstr (more->server_id, ==, "srv1");
  g_assert_true (more->wants_objects);
  g_assert_cmpuint (g_bytes_get_size (types->connection_types), ==, 4);
}

static void
test_timestamp_may_have_8_octets (void)
{
  g_autoptr(OmaNotification) notification = read_hex ("11001473727631" "48000000016553f100");

  g_assert_cmpint (notification->timestamp, ==, G_GINT64_CONSTANT (0x16553f100));
}

static void
test_versions_beside_ours_are_taken (void)
{
  static const char *const taken[] = { "00801473727631", "20801473727631" };

  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr(OmaNotification) notification = NULL;

      g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*is of version*");
      notification = read_hex (taken[i]);
      g_test_assert_expected_messages ();
      g_assert_cmpstr (notification->server_id, ==, "srv1");
    }
}

static void
test_malformed_ones_are_refused (void)
{
  static const struct { const char *hex, *pattern; } cases[] = {
    { "", "*too short" },
    { "10", "*too short" },
    { "30801473727631", "*version 3*" },
    { "f0801473727631", "*version 15*" },
    { "1000", "*no SERVER-ID" },
    { "1080" "60", "*no SERVER-ID" },
    { "1080", "*less options*" },
    { "11001473727631", "*less options*" },
    { "1080147372763100", "*goes on*" },
    { "1000" "1473727631", "*goes on*" },
    { "108014737276", "*ends within*" },
    { "10801f", "*ends within*" },
    { "10801fff41", "*ends within*" },
    { "10800473727631", "*not in order" },
    { "110014737276310473727632", "*not in order" },
    { "108010", "*no text" },
    { "108012c328", "*no text" },
    { "1080124100", "*no text" },
    { "108012410a", "*control*" },
    { "108013c28541", "*control*" },
    { "110014737276311" "0", "*PREFERRED-CON-TYPE of 0*" },
    { "11001473727631150102030001", "*PREFERRED-CON-TYPE of 5*" },
    { "11001473727631212a", "*NOTIFICATION-ID of 1*" },
    { "110014737276312300002a", "*NOTIFICATION-ID of 3*" },
    { "1100147372763130", "*digest of 0*" },
    { "110014737276313f10" "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e", "*digest of 31*" },
    { "110014737276313f12" DIGEST "20", "*digest of 33*" },
    { "1100147372763140", "*TIMESTAMP*" },
    { "1100147372763145006553f100", "*TIMESTAMP*" },
    { "1100147372763148ffffffffffffffff", "*TIMESTAMP*" },
    { "11001473727631" "5101", "*REQ-MOS*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GBytes) octets = from_hex (cases[i].hex);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].hex);
      g_assert_null (oma_notification_read (octets, &error));
      g_assert_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_MALFORMED);
      if (!g_pattern_match_simple (cases[i].pattern, error->message))
        g_error ("\"%s\" is not like \"%s\"", error->message, cases[i].pattern);
    }
}

static GBytes *
make_large (gsize size)
{
  g_autoptr(GByteArray) octets = g_byte_array_new ();
  const guint8 head[] = { 0x12, 0x80, 0x11, 's', 0x2f, 255 };   /* 5 options: SERVER-ID and large unknown ones */

  g_assert_cmpuint (sizeof head, ==, 6);
  g_byte_array_append (octets, head, 4);
  for (guint i = 0; i < 4; i++)
    {
      gsize left = size - octets->len, n = MIN (left - 2, 270);
      const guint8 option[2] = { 0x8f, (guint8) (n - 15) };

      g_byte_array_append (octets, option, 2);
      g_byte_array_set_size (octets, octets->len + (guint) n);
      memset (octets->data + octets->len - n, 0, n);
    }
  g_assert_cmpuint (octets->len, ==, size);
  return g_byte_array_free_to_bytes (g_steal_pointer (&octets));
}

static void
test_size_is_bounded (void)
{
  g_autoptr(GBytes) fits = make_large (OMA_NOTIFICATION_MAX_SIZE);
  g_autoptr(GBytes) more = make_large (OMA_NOTIFICATION_MAX_SIZE + 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaNotification) notification = oma_notification_read (fits, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (notification->server_id, ==, "s");
  g_assert_null (oma_notification_read (more, &error));
  g_assert_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_MALFORMED);
  g_assert_true (g_pattern_match_simple ("*longer than*", error->message));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notification/package-0-is-read", test_package_0_is_read);
  g_test_add_func ("/notification/what-is-absent-is-said-to-be", test_what_is_absent_is_said_to_be);
  g_test_add_func ("/notification/digest-is-that-of-who-knows-the-secret", test_digest_is_that_of_who_knows_the_secret);
  g_test_add_func ("/notification/digest-covers-the-message", test_digest_covers_the_message);
  g_test_add_func ("/notification/package-0-is-written", test_package_0_is_written);
  g_test_add_func ("/notification/what-cannot-be-read-is-not-written", test_what_cannot_be_read_is_not_written);
  g_test_add_func ("/notification/lengths-from-15-on-have-an-octet-more", test_lengths_from_15_on_have_an_octet_more);
  g_test_add_func ("/notification/unknown-options-and-reserved-bits-are-skipped",
                   test_unknown_options_and_reserved_bits_are_skipped);
  g_test_add_func ("/notification/timestamp-may-have-8-octets", test_timestamp_may_have_8_octets);
  g_test_add_func ("/notification/versions-beside-ours-are-taken", test_versions_beside_ours_are_taken);
  g_test_add_func ("/notification/malformed-ones-are-refused", test_malformed_ones_are_refused);
  g_test_add_func ("/notification/size-is-bounded", test_size_is_bounded);
  return g_test_run ();
}
