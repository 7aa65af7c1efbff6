/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaTag:
 *
 * Elements of SyncML and MetInf.  The number is code page << 8 | WBXML token (SyncML
 * Representation Protocol 1.2, section 8.2; Meta-Information 1.2, section 7), so that the
 * XML and the WBXML reader speak of the same thing without a table between them.
 */
typedef enum {
  OMA_TAG_UNKNOWN = 0,

  OMA_TAG_ADD = 0x05, OMA_TAG_ALERT, OMA_TAG_ARCHIVE, OMA_TAG_ATOMIC, OMA_TAG_CHAL, OMA_TAG_CMD,
  OMA_TAG_CMD_ID, OMA_TAG_CMD_REF, OMA_TAG_COPY, OMA_TAG_CRED, OMA_TAG_DATA, OMA_TAG_DELETE,
  OMA_TAG_EXEC, OMA_TAG_FINAL, OMA_TAG_GET, OMA_TAG_ITEM, OMA_TAG_LANG, OMA_TAG_LOC_NAME,
  OMA_TAG_LOC_URI, OMA_TAG_MAP, OMA_TAG_MAP_ITEM, OMA_TAG_META, OMA_TAG_MSG_ID, OMA_TAG_MSG_REF,
  OMA_TAG_NO_RESP, OMA_TAG_NO_RESULTS, OMA_TAG_PUT, OMA_TAG_REPLACE, OMA_TAG_RESP_URI,
  OMA_TAG_RESULTS, OMA_TAG_SEARCH, OMA_TAG_SEQUENCE, OMA_TAG_SESSION_ID, OMA_TAG_SFT_DEL,
  OMA_TAG_SOURCE, OMA_TAG_SOURCE_REF, OMA_TAG_STATUS, OMA_TAG_SYNC, OMA_TAG_SYNC_BODY,
  OMA_TAG_SYNC_HDR, OMA_TAG_SYNC_ML, OMA_TAG_TARGET, OMA_TAG_TARGET_REF,
  OMA_TAG_VER_DTD = 0x31, OMA_TAG_VER_PROTO, OMA_TAG_NUMBER_OF_CHANGES, OMA_TAG_MORE_DATA,
  OMA_TAG_FIELD, OMA_TAG_FILTER, OMA_TAG_RECORD, OMA_TAG_FILTER_TYPE, OMA_TAG_SOURCE_PARENT,
  OMA_TAG_TARGET_PARENT, OMA_TAG_MOVE, OMA_TAG_CORRELATOR,

  OMA_TAG_ANCHOR = 0x105, OMA_TAG_EMI, OMA_TAG_FORMAT, OMA_TAG_FREE_ID, OMA_TAG_FREE_MEM,
  OMA_TAG_LAST, OMA_TAG_MARK, OMA_TAG_MAX_MSG_SIZE, OMA_TAG_MEM, OMA_TAG_MET_INF, OMA_TAG_NEXT,
  OMA_TAG_NEXT_NONCE, OMA_TAG_SHARED_MEM, OMA_TAG_SIZE, OMA_TAG_TYPE, OMA_TAG_VERSION,
  OMA_TAG_MAX_OBJ_SIZE, OMA_TAG_FIELD_LEVEL,
} OmaTag;

/* Whether an element has that number. */
static inline gboolean
oma_tag_is_known (guint tag)
{
  static const guint64 tokens[] = { G_GUINT64_CONSTANT (0x1ffeffffffffffe0), G_GUINT64_CONSTANT (0x7fffe0) };

  return (tag & ~0x13fu) == 0 && (tokens[tag >> 8] >> (tag & 0x3f) & 1) != 0;
}

#define OMA_TAG_IS_MET_INF(tag) (((tag) >> 8) == 1)

const char *oma_tag_to_string   (OmaTag tag);
OmaTag      oma_tag_from_string (const char *name);

G_END_DECLS
