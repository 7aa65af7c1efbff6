/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-address.h"

static gboolean
is_public (const char *text)
{
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (text);

  g_assert_nonnull (address);
  g_test_message ("%s", text);
  return oma_http_address_is_public (address);
}

/* The first and last addresses of each block, and those beside it. */
static void
test_blocks_of_ipv4_end_where_they_end (void)
{
  static const char *const not_public[] = {
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
    "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
    "192.0.0.0", "192.0.0.255", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "224.0.0.0",
    "239.255.255.255", "240.0.0.0", "255.255.255.255",
  };
  static const char *const public[] = {
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "203.0.113.1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (not_public); i++)
    g_assert_false (is_public (not_public[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (public); i++)
    g_assert_true (is_public (public[i]));
}

static void
test_blocks_of_ipv6_end_where_they_end (void)
{
  static const char *const not_public[] = {
    "::", "::1", "64:ff9b:1::1", "64:ff9b:1:ffff::8.8.8.8", "100::1", "fc00::", "fdff:ffff::1", "fe80::1",
    "febf:ffff::1", "fec0::1", "feff::1", "ff02::1", "ffff::1",
  };
  static const char *const public[] = {
    "2600::1", "2a00:1450::1", "64:ff9b:2::1", "100:0:0:1::1", "fbff::1", "fe7f::1", "3fff::1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (not_public); i++)
    g_assert_false (is_public (not_public[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (public); i++)
    g_assert_true (is_public (public[i]));
}

/* Whatever form an address takes. */
static void
test_ipv4_within_ipv6_is_judged (void)
{
  static const char *const not_public[] = {
    "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::127.0.0.1", "::192.168.1.1",
    "::ffff:0:10.0.0.1", "64:ff9b::192.168.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::1", "2002:c0a8:101::",
    "2002:a00:1::8.8.8.8",
    "2001:0:a00:1::f7f7:f7f7",        /* Teredo: its server is 10.0.0.1 */
    "2001:0:808:808::f5ff:fffe",      /* its client is 10.0.0.1, inverted */
  };
  static const char *const public[] = {
    "::ffff:8.8.8.8", "::8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
    "2001:0:808:808::f7f7:f7f7", "2001:db8::10.0.0.1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (not_public); i++)
    g_assert_false (is_public (not_public[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (public); i++)
    g_assert_true (is_public (public[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-address/blocks-of-ipv4-end-where-they-end", test_blocks_of_ipv4_end_where_they_end);
  g_test_add_func ("/http-address/blocks-of-ipv6-end-where-they-end", test_blocks_of_ipv6_end_where_they_end);
  g_test_add_func ("/http-address/ipv4-within-ipv6-is-judged", test_ipv4_within_ipv6_is_judged);
  return g_test_run ();
}
