/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"

#include <string.h>

#define HEADER "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>2</MsgID>" \
               "<Target><LocURI>dev</LocURI></Target><Source><LocURI>srv</LocURI></Source></SyncHdr>"
#define MESSAGE(body) "<SyncML xmlns=\"SYNCML:SYNCML1.2\">" HEADER "<SyncBody>" body "</SyncBody></SyncML>"

static inline OmaMessage *
decode_octets (const char *xml, gsize size)
{
  g_autoptr(GError) error = NULL;
  OmaMessage *message = oma_codec_decode (OMA_ENCODING_XML, xml, size, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (message);
  return message;
}

static inline OmaMessage *
decode (const char *xml)
{
  return decode_octets (xml, strlen (xml));
}

static inline void
assert_octets_refused (const char *xml, gsize size, OmaCodecError code)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode (OMA_ENCODING_XML, xml, size, NULL, &error);

  g_assert_null (message);
  g_assert_error (error, OMA_CODEC_ERROR, (int) code);
}

static inline void
assert_refused (const char *xml, OmaCodecError code)
{
  assert_octets_refused (xml, strlen (xml), code);
}

#define assert_data(item, text) \
  g_assert_cmpmem ((item)->data, (item)->data_length, text, strlen (text))
