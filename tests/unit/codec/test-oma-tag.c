/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tag.h"

/* SyncML Representation Protocol 1.2, section 8.2; Meta-Information 1.2, section 7. */
static void
test_numbers_are_code_page_and_token (void)
{
  static const struct {
    const char *name;
    guint       number;
  } expected[] = {
    { "Add", 0x05 }, { "Alert", 0x06 }, { "Archive", 0x07 }, { "Atomic", 0x08 }, { "Chal", 0x09 }, { "Cmd", 0x0a },
    { "CmdID", 0x0b }, { "CmdRef", 0x0c }, { "Copy", 0x0d }, { "Cred", 0x0e }, { "Data", 0x0f }, { "Delete", 0x10 },
    { "Exec", 0x11 }, { "Final", 0x12 }, { "Get", 0x13 }, { "Item", 0x14 }, { "Lang", 0x15 }, { "LocName", 0x16 },
    { "LocURI", 0x17 }, { "Map", 0x18 }, { "MapItem", 0x19 }, { "Meta", 0x1a }, { "MsgID", 0x1b },
    { "MsgRef", 0x1c }, { "NoResp", 0x1d }, { "NoResults", 0x1e }, { "Put", 0x1f }, { "Replace", 0x20 },
    { "RespURI", 0x21 }, { "Results", 0x22 }, { "Search", 0x23 }, { "Sequence", 0x24 }, { "SessionID", 0x25 },
    { "SftDel", 0x26 }, { "Source", 0x27 }, { "SourceRef", 0x28 }, { "Status", 0x29 }, { "Sync", 0x2a },
    { "SyncBody", 0x2b }, { "SyncHdr", 0x2c }, { "SyncML", 0x2d }, { "Target", 0x2e }, { "TargetRef", 0x2f },
    { "VerDTD", 0x31 }, { "VerProto", 0x32 }, { "NumberOfChanges", 0x33 }, { "MoreData", 0x34 }, { "Field", 0x35 },
    { "Filter", 0x36 }, { "Record", 0x37 }, { "FilterType", 0x38 }, { "SourceParent", 0x39 },
    { "TargetParent", 0x3a }, { "Move", 0x3b }, { "Correlator", 0x3c },
    { "Anchor", 0x105 }, { "EMI", 0x106 }, { "Format", 0x107 }, { "FreeID", 0x108 }, { "FreeMem", 0x109 },
    { "Last", 0x10a }, { "Mark", 0x10b }, { "MaxMsgSize", 0x10c }, { "Mem", 0x10d }, { "MetInf", 0x10e },
    { "Next", 0x10f }, { "NextNonce", 0x110 }, { "SharedMem", 0x111 }, { "Size", 0x112 }, { "Type", 0x113 },
    { "Version", 0x114 }, { "MaxObjSize", 0x115 }, { "FieldLevel", 0x116 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_assert_cmphex (oma_tag_from_string (expected[i].name), ==, expected[i].number);
      g_assert_cmpstr (oma_tag_to_string ((OmaTag) expected[i].number), ==, expected[i].name);
      g_assert_cmpint (OMA_TAG_IS_MET_INF (expected[i].number), ==, expected[i].number >= 0x100);
    }
}

static void
test_chal_in_lower_case_is_chal (void)
{
  g_assert_cmpint (oma_tag_from_string ("chal"), ==, OMA_TAG_CHAL);
  g_assert_cmpint (oma_tag_from_string ("CHAL"), ==, OMA_TAG_UNKNOWN);
}

static void
test_other_names_and_numbers_are_unknown (void)
{
  static const char *const names[] = { "", "add", "ADD", "Add ", "Ad", "Adds", "MgmtTree", "a:Add" };
  static const guint numbers[] = { 0, 1, 4, 0x30, 0x3d, 0xff, 0x100, 0x104, 0x117, 0x205, 0xffffffff };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpint (oma_tag_from_string (names[i]), ==, OMA_TAG_UNKNOWN);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_null (oma_tag_to_string ((OmaTag) numbers[i]));
  for (guint number = 0; number < 0x500; number++)
    g_assert_cmpint (oma_tag_is_known (number), ==, oma_tag_to_string ((OmaTag) number) != NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tag/numbers", test_numbers_are_code_page_and_token);
  g_test_add_func ("/tag/chal-in-lower-case-is-chal", test_chal_in_lower_case_is_chal);
  g_test_add_func ("/tag/unknown", test_other_names_and_numbers_are_unknown);
  return g_test_run ();
}
