/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-address.h"

#include <string.h>

#define NONE (-1)

/**
 * Block:
 * @octets: its first octets
 * @n_bits: how many bits of them say what is in the block
 * @embedded: where an IPv4 address stands in what is in the block, which decides in its place; %NONE: the
 *   block is not public
 * @is_inverted: that one's bits are inverted
 */
typedef struct {
  guint8   octets[16];
  guint8   n_bits;
  int      embedded;
  gboolean is_inverted;
} Block;

/* Special-purpose addresses (RFC 6890, the registries it made) of which none is a server on the Internet.  Those for
 * documentation may be given to servers of a test, and are left out. */
static const Block blocks4[] = {
  { { 0 }, 8, NONE, FALSE },              /* this network */
  { { 10 }, 8, NONE, FALSE },             /* private, RFC 1918 */
  { { 100, 64 }, 10, NONE, FALSE },       /* shared with a carrier, RFC 6598 */
  { { 127 }, 8, NONE, FALSE },            /* loopback */
  { { 169, 254 }, 16, NONE, FALSE },      /* link-local */
  { { 172, 16 }, 12, NONE, FALSE },       /* private, RFC 1918 */
  { { 192, 0, 0 }, 24, NONE, FALSE },     /* of protocols, RFC 6890 */
  { { 192, 168 }, 16, NONE, FALSE },      /* private, RFC 1918 */
  { { 198, 18 }, 15, NONE, FALSE },       /* of benchmarks, RFC 2544 */
  { { 224 }, 3, NONE, FALSE },            /* multicast, reserved, broadcast */
};

/* Those with IPv4 addresses in them lead to these.  The first that fits counts, but Teredo has two. */
static const Block blocks6[] = {
  { { 0 }, 127, NONE, FALSE },                                                /* unspecified, loopback */
  { { 0 }, 96, 12, FALSE },                                                   /* IPv4-compatible */
  { { [10] = 0xff, [11] = 0xff }, 96, 12, FALSE },                            /* IPv4-mapped */
  { { [8] = 0xff, [9] = 0xff }, 96, 12, FALSE },                              /* IPv4-translated, RFC 2765 */
  { { 0x00, 0x64, 0xff, 0x9b }, 96, 12, FALSE },                              /* NAT64, RFC 6052 */
  { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, NONE, FALSE },                /* local NAT64, RFC 8215 */
  { { 0x01 }, 64, NONE, FALSE },                                              /* discarded, RFC 6666 */
  { { 0x20, 0x01 }, 32, 4, FALSE },                                           /* Teredo's server, RFC 4380 */
  { { 0x20, 0x01 }, 32, 12, TRUE },                                           /* and its client */
  { { 0x20, 0x02 }, 16, 2, FALSE },                                           /* 6to4, RFC 3056 */
  { { 0xfc }, 7, NONE, FALSE },                                               /* unique local, RFC 4193 */
  { { 0xfe, 0x80 }, 9, NONE, FALSE },                                         /* link-local, site-local */
  { { 0xff }, 8, NONE, FALSE },                                               /* multicast */
};

static gboolean
is_in (const guint8 *octets, const Block *block)
{
  guint whole = block->n_bits / 8, rest = block->n_bits % 8;

  return memcmp (octets, block->octets, whole) == 0 &&
         (rest == 0 || (octets[whole] ^ block->octets[whole]) >> (8 - rest) == 0);
}

static gboolean
is_public4 (const guint8 *octets)
{
  for (gsize i = 0; i < G_N_ELEMENTS (blocks4); i++)
    if (is_in (octets, &blocks4[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_public6 (const guint8 *octets)
{
  for (gsize i = 0; i < G_N_ELEMENTS (blocks6); i++)
    {
      guint8 embedded[4];

      if (!is_in (octets, &blocks6[i]))
        continue;
      if (blocks6[i].embedded == NONE)
        return FALSE;
      for (guint j = 0; j < sizeof embedded; j++)
        embedded[j] = octets[blocks6[i].embedded + j] ^ (blocks6[i].is_inverted ? 0xff : 0);
      if (!is_public4 (embedded))
        return FALSE;
    }
  return TRUE;
}

/**
 * oma_http_address_is_public:
 * @address: an address
 *
 * Tells the Internet from where a server must not lead a device unless its account says so: the
 * device itself, its link, its site.
 *
 * Returns: whether @address, or the IPv4 address it stands for, is none of loopback, link-local,
 *   private, shared, multicast or otherwise without a host on the Internet
 */
gboolean
oma_http_address_is_public (GInetAddress *address)
{
  const guint8 *octets = g_inet_address_to_bytes (address);

  return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 ? is_public4 (octets) : is_public6 (octets);
}
