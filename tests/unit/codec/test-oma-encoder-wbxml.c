/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"
#include "wbxml-fixture.h"

#define PROLOG "02 A4 01 6A 00 "
#define HDR "6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 01 6B "
#define CLOSING_WITHOUT_FINAL "01 01"
#define N_FINAL 1

static const OmaHeader small_header = { .ver_dtd = "1.2", .ver_proto = "DM/1.2" };

static GBytes *
encode (const OmaHeader *header, const OmaCommand *first, gboolean final)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_WBXML);
  GBytes *bytes;
  gsize size;

  oma_encoder_header (encoder, header);
  for (const OmaCommand *command = first; command != NULL; command = command->next)
    oma_encoder_command (encoder, command);
  size = oma_encoder_get_size (encoder);
  bytes = oma_encoder_finish (encoder, final);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, final ? size : size - N_FINAL);
  return bytes;
}

static void
assert_octets (GBytes *bytes, const char *expected)
{
  g_autoptr(GBytes) octets = from_hex (expected);
  g_autofree char *hex = to_hex (bytes);
  g_autofree char *expected_hex = to_hex (octets);

  g_assert_cmpstr (hex, ==, expected_hex);
}

static void
assert_command (const OmaCommand *command, const char *expected)
{
  g_autofree char *whole = g_strconcat (PROLOG HDR, expected, " " CLOSING_WITHOUT_FINAL, NULL);
  g_autoptr(GBytes) bytes = encode (&small_header, command, FALSE);

  assert_octets (bytes, whole);
}

static void
assert_item (const OmaItem *item, const char *expected)
{
  g_autofree OmaItem *copy = g_memdup2 (item, sizeof *item);
  OmaCommand add = { .type = OMA_COMMAND_ADD, .items = copy, .n_items = 1 };
  g_autofree char *whole = g_strconcat ("45 54 ", expected, " 01 01", NULL);

  assert_command (&add, whole);
}

/* The switch to page 0 stands before the next tag of page 0, not at the end of Meta. */
static void
test_package_1 (void)
{
  const OmaHeader header = { .ver_dtd = "1.2", .ver_proto = "DM/1.2", .session_id = "1", .msg_id = "1",
                             .target = "http://dm.example/s", .source = "IMEI:49", .meta = { .max_msg_size = 16384 } };
  const OmaCommand alert = { .type = OMA_COMMAND_ALERT, .cmd_id = "1", .data = "1201" };
  g_autoptr(GBytes) bytes = encode (&header, &alert, TRUE);

  assert_octets (bytes,
    "02 A4 01 6A 00 6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 65 03 '1' 00 01 5B 03 '1' 00 01 "
    "6E 57 03 'http://dm.example/s' 00 01 01 67 57 03 'IMEI:49' 00 01 01 5A 00 01 4C 03 '16384' 00 01 01 01 "
    "00 00 6B 46 4B 03 '1' 00 01 4F 03 '1201' 00 01 01 12 01 01");
}

static void
test_challenge (void)
{
  OmaMeta chal = { .format = "b64", .type = "syncml:auth-md5", .next_nonce = "LG3iZQhhdmKNHg==" };
  OmaCommand status = { .type = OMA_COMMAND_STATUS, .cmd_id = "1", .msg_ref = "1", .cmd_ref = "0", .cmd = "SyncHdr",
                        .chal = &chal, .data = "407" };

  assert_command (&status,
    "69 4B 03 '1' 00 01 5C 03 '1' 00 01 4C 03 '0' 00 01 4A 03 'SyncHdr' 00 01 49 5A 00 01 47 03 'b64' 00 01 "
    "53 03 'syncml:auth-md5' 00 01 50 03 'LG3iZQhhdmKNHg==' 00 01 01 01 00 00 4F 03 '407' 00 01 01");
}

static void
test_version_decides_the_public_identifier (void)
{
  static const struct {
    const char *ver_dtd;
    const char *start;
  } cases[] = {
    { "1.0", "02 9F 51 6A 00" }, { "1.1", "02 9F 53 6A 00" }, { "1.2", "02 A4 01 6A 00" }, { NULL, "02 A4 01 6A 00" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      OmaHeader header = { .ver_dtd = cases[i].ver_dtd };
      g_autoptr(GBytes) bytes = encode (&header, NULL, TRUE);
      g_autofree char *hex = to_hex (bytes);

      g_assert_true (g_str_has_prefix (hex, cases[i].start));
    }
}

/* Correlator has a token since SyncML 1.2. */
static void
test_no_new_tokens_in_old_versions (void)
{
  const OmaHeader old = { .ver_dtd = "1.1" };
  const OmaCommand exec = { .type = OMA_COMMAND_EXEC, .cmd_id = "1", .correlator = "c" };
  g_autoptr(GBytes) bytes = encode (&old, &exec, FALSE);

  assert_octets (bytes, "02 9F 53 6A 00 6D 6C 71 03 '1.1' 00 01 01 6B 51 4B 03 '1' 00 01 01 01 01");
  assert_command (&exec, "51 4B 03 '1' 00 01 7C 03 'c' 00 01 01");
}

static void
test_data (void)
{
  assert_item (&(OmaItem) { .data = "v", .data_length = 1 }, "4F 03 'v' 00 01");
  assert_item (&(OmaItem) { .data = "", .data_length = 0 }, "0F");
  assert_item (&(OmaItem) { .data = "a\0b", .data_length = 3 }, "4F C3 03 'a' 00 'b' 01");
  assert_item (&(OmaItem) { .data = "\xff", .data_length = 1 }, "4F C3 01 FF 01");
  assert_item (&(OmaItem) { .data = "\xc3\xa4", .data_length = 2 }, "4F 03 C3 A4 00 01");
  assert_item (&(OmaItem) { .data = "v", .data_length = 1, .kind = OMA_DATA_OCTETS }, "4F C3 01 'v' 01");
  assert_item (&(OmaItem) { .data = "<a/>", .data_length = 4, .kind = OMA_DATA_XML }, "4F C3 04 '<a/>' 01");
  assert_item (&(OmaItem) { .data = "\x03\x01", .data_length = 2, .kind = OMA_DATA_WBXML }, "4F C3 02 03 01 01");
  assert_item (&(OmaItem) { .data = "v", .data_length = 1, .meta = { .format = "bin" } },
               "5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 01 'v' 01");
  assert_item (&(OmaItem) { .source = "./A", .source_name = "a", .data = "v", .data_length = 1, .more_data = TRUE },
               "67 57 03 './A' 00 01 56 03 'a' 00 01 01 4F 03 'v' 00 01 34");
}

/* Format of the command counts for its items. */
static void
test_format_of_the_command (void)
{
  OmaItem item = { .data = "v", .data_length = 1 };
  OmaCommand add = { .type = OMA_COMMAND_ADD, .meta = { .format = "bin" }, .items = &item, .n_items = 1 };

  assert_command (&add, "45 5A 00 01 47 03 'bin' 00 01 01 00 00 54 4F C3 01 'v' 01 01 01");
}

static void
test_long_data_is_opaque (void)
{
  g_autofree char *value = g_strnfill (1025, 'v');

  for (gsize length = 1024; length <= 1025; length++)
    {
      OmaItem item = { .data = value, .data_length = length };
      OmaCommand add = { .type = OMA_COMMAND_ADD, .items = &item, .n_items = 1 };
      g_autoptr(GBytes) bytes = encode (&small_header, &add, TRUE);
      g_autofree char *hex = to_hex (bytes);

      g_assert_nonnull (strstr (hex, length == 1024 ? " 54 4F 03 76 76" : " 54 4F C3 88 01 76 76"));
    }
}

/* What is no UTF-8 cannot be text: no reader would take the message. */
static void
test_texts_stay_readable (void)
{
  OmaCommand get = { .type = OMA_COMMAND_GET, .cmd_id = "a\xff" };

  assert_command (&get, "53 4B 03 'a' EF BF BD 00 01 01");
}

/* Whatever page a command ended on. */
static void
test_commands_can_be_taken_back (void)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_WBXML);
  OmaItem item = { .meta = { .format = "chr" } };
  OmaCommand get = { .type = OMA_COMMAND_GET, .cmd_id = "1" };
  OmaCommand add = { .type = OMA_COMMAND_ADD, .items = &item, .n_items = 1 };
  g_autoptr(GBytes) bytes = NULL;
  gsize empty, with_add, with_both;

  oma_encoder_header (encoder, &small_header);
  empty = oma_encoder_get_size (encoder);
  oma_encoder_command (encoder, &add);
  with_add = oma_encoder_get_size (encoder);
  oma_encoder_command (encoder, &get);
  with_both = oma_encoder_get_size (encoder);
  g_assert_cmpuint (with_both - with_add, ==, 7);
  oma_encoder_truncate (encoder, with_add);
  g_assert_cmpuint (oma_encoder_get_size (encoder), ==, with_add);
  oma_encoder_truncate (encoder, empty);
  oma_encoder_command (encoder, &get);
  oma_encoder_command (encoder, &add);
  g_assert_cmpuint (oma_encoder_get_size (encoder), ==, with_both);
  bytes = oma_encoder_finish (encoder, TRUE);
  assert_octets (bytes, PROLOG HDR "53 4B 03 '1' 00 01 01 45 54 5A 00 01 47 03 'chr' 00 01 01 01 01 00 00 12 01 01");
}

static void
test_octets_come_back (void)
{
  char octets[512];
  OmaItem item = { .target = "./X", .data = octets, .data_length = sizeof octets, .meta = { .format = "bin" } };
  OmaCommand replace = { .type = OMA_COMMAND_REPLACE, .cmd_id = "1", .items = &item, .n_items = 1 };
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(OmaMessage) message = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < sizeof octets; i++)
    octets[i] = (char) i;
  bytes = encode (&small_header, &replace, TRUE);
  message = oma_codec_decode (OMA_ENCODING_WBXML, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (message->first_command->items[0].kind, ==, OMA_DATA_OCTETS);
  g_assert_cmpmem (message->first_command->items[0].data, message->first_command->items[0].data_length, octets,
                   sizeof octets);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/encoder-wbxml/package-1", test_package_1);
  g_test_add_func ("/encoder-wbxml/challenge", test_challenge);
  g_test_add_func ("/encoder-wbxml/version", test_version_decides_the_public_identifier);
  g_test_add_func ("/encoder-wbxml/no-new-tokens-in-old-versions", test_no_new_tokens_in_old_versions);
  g_test_add_func ("/encoder-wbxml/data", test_data);
  g_test_add_func ("/encoder-wbxml/format-of-the-command", test_format_of_the_command);
  g_test_add_func ("/encoder-wbxml/long-data-is-opaque", test_long_data_is_opaque);
  g_test_add_func ("/encoder-wbxml/texts-stay-readable", test_texts_stay_readable);
  g_test_add_func ("/encoder-wbxml/taken-back", test_commands_can_be_taken_back);
  g_test_add_func ("/encoder-wbxml/octets-come-back", test_octets_come_back);
  return g_test_run ();
}
