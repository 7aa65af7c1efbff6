/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tag.h"

#include <string.h>

/* How a server for Windows that is in the field writes Chal; our reading. */
#define CHAL_IN_THE_FIELD "chal"

/* SyncML Representation Protocol 1.2, section 8.2. */
static const char *const syncml_names[] = {
  [OMA_TAG_ADD] = "Add", [OMA_TAG_ALERT] = "Alert", [OMA_TAG_ARCHIVE] = "Archive", [OMA_TAG_ATOMIC] = "Atomic",
  [OMA_TAG_CHAL] = "Chal", [OMA_TAG_CMD] = "Cmd", [OMA_TAG_CMD_ID] = "CmdID", [OMA_TAG_CMD_REF] = "CmdRef",
  [OMA_TAG_COPY] = "Copy", [OMA_TAG_CRED] = "Cred", [OMA_TAG_DATA] = "Data", [OMA_TAG_DELETE] = "Delete",
  [OMA_TAG_EXEC] = "Exec", [OMA_TAG_FINAL] = "Final", [OMA_TAG_GET] = "Get", [OMA_TAG_ITEM] = "Item",
  [OMA_TAG_LANG] = "Lang", [OMA_TAG_LOC_NAME] = "LocName", [OMA_TAG_LOC_URI] = "LocURI", [OMA_TAG_MAP] = "Map",
  [OMA_TAG_MAP_ITEM] = "MapItem", [OMA_TAG_META] = "Meta", [OMA_TAG_MSG_ID] = "MsgID", [OMA_TAG_MSG_REF] = "MsgRef",
  [OMA_TAG_NO_RESP] = "NoResp", [OMA_TAG_NO_RESULTS] = "NoResults", [OMA_TAG_PUT] = "Put",
  [OMA_TAG_REPLACE] = "Replace", [OMA_TAG_RESP_URI] = "RespURI", [OMA_TAG_RESULTS] = "Results",
  [OMA_TAG_SEARCH] = "Search", [OMA_TAG_SEQUENCE] = "Sequence", [OMA_TAG_SESSION_ID] = "SessionID",
  [OMA_TAG_SFT_DEL] = "SftDel", [OMA_TAG_SOURCE] = "Source", [OMA_TAG_SOURCE_REF] = "SourceRef",
  [OMA_TAG_STATUS] = "Status", [OMA_TAG_SYNC] = "Sync", [OMA_TAG_SYNC_BODY] = "SyncBody",
  [OMA_TAG_SYNC_HDR] = "SyncHdr", [OMA_TAG_SYNC_ML] = "SyncML", [OMA_TAG_TARGET] = "Target",
  [OMA_TAG_TARGET_REF] = "TargetRef", [OMA_TAG_VER_DTD] = "VerDTD", [OMA_TAG_VER_PROTO] = "VerProto",
  [OMA_TAG_NUMBER_OF_CHANGES] = "NumberOfChanges", [OMA_TAG_MORE_DATA] = "MoreData", [OMA_TAG_FIELD] = "Field",
  [OMA_TAG_FILTER] = "Filter", [OMA_TAG_RECORD] = "Record", [OMA_TAG_FILTER_TYPE] = "FilterType",
  [OMA_TAG_SOURCE_PARENT] = "SourceParent", [OMA_TAG_TARGET_PARENT] = "TargetParent", [OMA_TAG_MOVE] = "Move",
  [OMA_TAG_CORRELATOR] = "Correlator",
};

/* SyncML Meta-Information 1.2, section 7. */
#define TOKEN(tag) ((tag) & 0xff)
static const char *const met_inf_names[] = {
  [TOKEN (OMA_TAG_ANCHOR)] = "Anchor", [TOKEN (OMA_TAG_EMI)] = "EMI", [TOKEN (OMA_TAG_FORMAT)] = "Format",
  [TOKEN (OMA_TAG_FREE_ID)] = "FreeID", [TOKEN (OMA_TAG_FREE_MEM)] = "FreeMem", [TOKEN (OMA_TAG_LAST)] = "Last",
  [TOKEN (OMA_TAG_MARK)] = "Mark", [TOKEN (OMA_TAG_MAX_MSG_SIZE)] = "MaxMsgSize", [TOKEN (OMA_TAG_MEM)] = "Mem",
  [TOKEN (OMA_TAG_MET_INF)] = "MetInf", [TOKEN (OMA_TAG_NEXT)] = "Next",
  [TOKEN (OMA_TAG_NEXT_NONCE)] = "NextNonce", [TOKEN (OMA_TAG_SHARED_MEM)] = "SharedMem",
  [TOKEN (OMA_TAG_SIZE)] = "Size", [TOKEN (OMA_TAG_TYPE)] = "Type", [TOKEN (OMA_TAG_VERSION)] = "Version",
  [TOKEN (OMA_TAG_MAX_OBJ_SIZE)] = "MaxObjSize", [TOKEN (OMA_TAG_FIELD_LEVEL)] = "FieldLevel",
};

static const struct {
  const char *const *names;
  guint              n_names;
} pages[] = {
  { syncml_names, G_N_ELEMENTS (syncml_names) },
  { met_inf_names, G_N_ELEMENTS (met_inf_names) },
};

/**
 * oma_tag_to_string:
 * @tag: a tag, or any number
 *
 * Returns: (nullable): the element's name without a prefix, or %NULL when no element has
 *   that number
 */
const char *
oma_tag_to_string (OmaTag tag)
{
  guint page = (guint) tag >> 8;
  guint token = TOKEN ((guint) tag);

  if (page >= G_N_ELEMENTS (pages) || token >= pages[page].n_names)
    return NULL;
  return pages[page].names[token];
}

/**
 * oma_tag_from_string:
 * @name: an element's name without a prefix, case-sensitive but for Chal, which a server for
 *   Windows in the field writes in lower case
 *
 * No name is in both code pages, so the namespace is not needed to tell them apart.
 *
 * Returns: the tag, or %OMA_TAG_UNKNOWN
 */
OmaTag
oma_tag_from_string (const char *name)
{
  for (guint page = 0; page < G_N_ELEMENTS (pages); page++)
    for (guint token = 0; token < pages[page].n_names; token++)
      {
        const char *known = pages[page].names[token];
        if (known != NULL && known[0] == name[0] && strcmp (known, name) == 0)
          return (OmaTag) (page << 8 | token);
      }
  return strcmp (name, CHAL_IN_THE_FIELD) == 0 ? OMA_TAG_CHAL : OMA_TAG_UNKNOWN;
}
