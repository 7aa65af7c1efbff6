/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"
#include "wbxml-fixture.h"

static void
assert_shared (const char *hex, const char *expected)
{
  g_autoptr(GBytes) bytes = from_hex (hex);
  g_autoptr(GBytes) shared = oma_wbxml_share_strings (bytes);
  g_autoptr(GBytes) expected_bytes = from_hex (expected);
  g_autofree char *found = to_hex (shared);
  g_autofree char *wanted = to_hex (expected_bytes);

  g_assert_cmpstr (found, ==, wanted);
}

static void
assert_unchanged (const char *hex)
{
  assert_shared (hex, hex);
}

/* WAP-192, section 5.3 */
static void
test_strings_are_moved (void)
{
  assert_shared ("02 A4 01 6A 00 6D 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 4A 03 'Status' 00 01 4A 03 'Replace' 00 01 01",
                 "02 A4 01 6A 08 'Replace' 00 6D 4A 83 00 01 4A 83 00 01 4A 03 'Status' 00 01 4A 83 00 01 01");
  assert_shared ("02 A4 01 6A 00 6D 4A 03 'abcdef' 00 01 4A 03 'ghijkl' 00 01 00 01 47 03 'ghijkl' 00 01 47 03 'abcdef' 00 01 "
                 "00 00 4F C3 06 03 'abcd' 00 01 4F 03 'abcdef' 00 01 0F 4F 03 'ghijkl' 00 01 01",
                 "02 A4 01 6A 0E 'abcdef' 00 'ghijkl' 00 6D 4A 83 00 01 4A 83 07 01 00 01 47 83 07 01 47 83 00 01 "
                 "00 00 4F C3 06 03 'abcd' 00 01 4F 83 00 01 0F 4F 83 07 01 01");
}

static void
test_what_would_not_get_shorter_stays (void)
{
  assert_unchanged ("02 A4 01 6A 00 6D 4A 03 'Replace' 00 01 4A 03 'Status' 00 01 01");
  assert_unchanged ("02 A4 01 6A 00 6D 4A 03 'abc' 00 01 4A 03 'abc' 00 01 4A 03 'abc' 00 01 01");
}

/* It only touches what the writers of this program make. */
static void
test_other_documents_stay (void)
{
  assert_unchanged ("02 A4 01 6A 02 'a' 00 6D 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 01");
  assert_unchanged ("02 A4 01 6A 00 ED 05 01 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 01");
  assert_unchanged ("02 A4 01 6A 00 6D 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 4A 03 'x'");
  assert_unchanged ("02 A4 01 6A 00 6D 4A 03 'Replace' 00 01 4A 03 'Replace' 00 01 4F C3 7F 01");
  assert_unchanged ("'<SyncML/>'");
  assert_unchanged ("");
}

/* A message says the same with it, and the table stays within what readers take. */
static void
test_messages_say_the_same (void)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_WBXML);
  const OmaHeader header = { .ver_dtd = "1.2", .ver_proto = "DM/1.2" };
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GBytes) shared = NULL;
  g_autoptr(OmaMessage) message = NULL;
  g_autoptr(GError) error = NULL;
  guint n = 0;

  oma_encoder_header (encoder, &header);
  for (guint i = 0; i < 6000; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./Vendor/Example/Settings/Value%u", i % 3000);
      OmaCommand status = { .type = OMA_COMMAND_STATUS, .cmd = "Replace", .target_ref = uri, .data = "200" };
      oma_encoder_command (encoder, &status);
    }
  bytes = oma_encoder_finish (encoder, TRUE);
  shared = oma_wbxml_share_strings (bytes);
  g_assert_cmpuint (g_bytes_get_size (shared), <, g_bytes_get_size (bytes));
  message = oma_codec_decode (OMA_ENCODING_WBXML, g_bytes_get_data (shared, NULL), g_bytes_get_size (shared), NULL, &error);
  g_assert_no_error (error);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next, n++)
    {
      g_autofree char *uri = g_strdup_printf ("./Vendor/Example/Settings/Value%u", n % 3000);

      g_assert_cmpstr (command->target_ref, ==, uri);
      g_assert_cmpstr (command->cmd, ==, "Replace");
      g_assert_cmpstr (command->data, ==, "200");
    }
  g_assert_cmpuint (n, ==, 6000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wbxml-strings/moved", test_strings_are_moved);
  g_test_add_func ("/wbxml-strings/not-shorter", test_what_would_not_get_shorter_stays);
  g_test_add_func ("/wbxml-strings/other-documents", test_other_documents_stay);
  g_test_add_func ("/wbxml-strings/messages-say-the-same", test_messages_say_the_same);
  return g_test_run ();
}
