/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"
#include "wbxml-fixture.h"

#define PROLOG "03 A4 01 6A 00 "
#define HDR "6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 01 "
#define BODY(commands) PROLOG "6D " HDR "6B " commands " 01 01"
#define ITEM(content) BODY ("45 54 " content " 01 01")

static OmaMessage *
decode_hex (const char *hex)
{
  g_autoptr(GBytes) octets = from_hex (hex);
  gsize size = g_bytes_get_size (octets);
  g_autofree gpointer data = copy_octets (octets, size);
  g_autoptr(GError) error = NULL;
  OmaMessage *message = oma_codec_decode (OMA_ENCODING_WBXML, data, size, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (message);
  return message;
}

static void
assert_hex_refused (const char *hex, OmaCodecError code)
{
  g_autoptr(GBytes) octets = from_hex (hex);
  gsize size = g_bytes_get_size (octets);
  g_autofree gpointer data = copy_octets (octets, size);
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_codec_decode (OMA_ENCODING_WBXML, data, size, NULL, &error));
  g_assert_error (error, OMA_CODEC_ERROR, (int) code);
}

static void
assert_data_of (const char *hex, OmaDataKind kind, const char *data, gsize length)
{
  g_autoptr(OmaMessage) message = decode_hex (hex);
  const OmaItem *item = &message->first_command->items[0];

  g_assert_cmpint (item->kind, ==, kind);
  g_assert_cmpmem (item->data, item->data_length, data, length);
}

/* A whole package 1 (DM Protocol 1.2, section 8.3). */
#define PACKAGE_1_REST \
  "65 03 '1' 00 01 5B 03 '1' 00 01 6E 57 03 'http://dm.example/s' 00 01 01 67 57 03 'IMEI:49' 00 01 01 " \
  "5A 00 01 4C 03 '16384' 00 01 01 01 00 00 6B 46 4B 03 '1' 00 01 4F 03 '1201' 00 01 01 12 01 01"
#define PACKAGE_1 "6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 " PACKAGE_1_REST

static void
assert_package_1 (const char *hex, const char *ver_dtd)
{
  g_autoptr(OmaMessage) message = decode_hex (hex);
  const OmaHeader *header = &message->header;

  g_assert_cmpstr (header->ver_dtd, ==, ver_dtd);
  g_assert_cmpstr (header->session_id, ==, "1");
  g_assert_cmpstr (header->msg_id, ==, "1");
  g_assert_cmpstr (header->target, ==, "http://dm.example/s");
  g_assert_cmpstr (header->source, ==, "IMEI:49");
  g_assert_cmpuint (header->meta.max_msg_size, ==, 16384);
  g_assert_cmpuint (message->n_commands, ==, 1);
  g_assert_cmpint (message->first_command->type, ==, OMA_COMMAND_ALERT);
  g_assert_cmpstr (message->first_command->cmd_id, ==, "1");
  g_assert_cmpstr (message->first_command->data, ==, "1201");
  g_assert_true (message->final);
}

static void
test_package_1 (void)
{
  assert_package_1 (PROLOG PACKAGE_1, "1.2");
  assert_package_1 ("02 00 00 6A 1E '-//SYNCML//DTD SyncML 1.2//EN' 00 " PACKAGE_1, "1.2");
  assert_package_1 ("02 00 00 6A 1D '-//SYNCML//DTD SyncML 1.2//EN' " PACKAGE_1, "1.2");
  assert_package_1 ("03 01 6A 00 " PACKAGE_1, "1.2");
  assert_package_1 ("03 9F 53 6A 00 6D 6C 71 03 '1.1' 00 01 72 03 'DM/1.1' 00 01 " PACKAGE_1_REST, "1.1");
  assert_package_1 ("03 9F 51 6A 00 6D 6C 71 03 '1.0' 00 01 72 03 'DM/1.0' 00 01 " PACKAGE_1_REST, "1.0");
  /* The public identifier of another version: VerDTD decides. */
  assert_package_1 ("02 9F 53 6A 00 " PACKAGE_1, "1.2");
}

/* SyncML Representation Protocol 1.2, section 8; MetInf page 1, END without a page. */
static void
test_challenge (void)
{
  g_autoptr(OmaMessage) message = decode_hex (BODY (
    "69 4B 03 '1' 00 01 5C 03 '1' 00 01 4C 03 '0' 00 01 4A 03 'SyncHdr' 00 01 "
    "49 5A 00 01 47 03 'b64' 00 01 53 03 'syncml:auth-md5' 00 01 50 03 'LG3iZQhhdmKNHg==' 00 01 01 01 "
    "00 00 4F 03 '407' 00 01 01 12"));
  const OmaCommand *status = message->first_command;

  g_assert_cmpint (status->type, ==, OMA_COMMAND_STATUS);
  g_assert_cmpstr (status->cmd, ==, "SyncHdr");
  g_assert_cmpstr (status->cmd_ref, ==, "0");
  g_assert_cmpstr (status->data, ==, "407");
  g_assert_cmpstr (status->chal->format, ==, "b64");
  g_assert_cmpstr (status->chal->type, ==, "syncml:auth-md5");
  g_assert_cmpstr (status->chal->next_nonce, ==, "LG3iZQhhdmKNHg==");
  g_assert_true (message->final);
}

static void
test_met_inf_element (void)
{
  g_autoptr(OmaMessage) message = decode_hex (
    PROLOG "6D 6C 5A 00 01 4E 4C 03 '5000' 00 01 55 C3 02 '99' 01 01 01 00 00 01 6B 12 01 01");

  g_assert_cmpuint (message->header.meta.max_msg_size, ==, 5000);
  g_assert_cmpuint (message->header.meta.max_obj_size, ==, 99);
}

static void
test_text_of_elements (void)
{
  g_autoptr(OmaMessage) message = decode_hex (
    "03 A4 01 6A 0A 'DM/1.2' 00 'aa' 00 6D 6C 71 C3 03 '1.2' 01 72 83 00 01 65 03 ' A ' 00 01 "
    "6E 57 03 'a' 00 02 C1 2C 83 07 C3 01 'z' 01 01 01 6B 52 01 01 01");

  g_assert_cmpstr (message->header.ver_dtd, ==, "1.2");
  g_assert_cmpstr (message->header.ver_proto, ==, "DM/1.2");
  g_assert_cmpstr (message->header.session_id, ==, "A");     /* white space around is not meant, as in XML */
  g_assert_cmpstr (message->header.target, ==, "a\xe2\x82\xac" "aaz");
  g_assert_true (message->final);
  assert_hex_refused (PROLOG "6D 6C 71 C3 03 '1' 00 '2' 01 01 6B 01 01", OMA_CODEC_ERROR_MALFORMED);
  assert_hex_refused (PROLOG "6D 6C 71 C3 01 FF 01 01 6B 01 01", OMA_CODEC_ERROR_MALFORMED);
}

static void
test_kinds_of_data (void)
{
  assert_data_of (ITEM ("4F 03 ' a b ' 00 01"), OMA_DATA_TEXT, " a b ", 5);
  assert_data_of (ITEM ("4F 02 C1 2C 03 'eur' 00 01"), OMA_DATA_TEXT, "\xe2\x82\xac" "eur", 6);
  assert_data_of (ITEM ("4F C3 04 00 FF 'ab' 01"), OMA_DATA_OCTETS, "\0\xff" "ab", 4);
  assert_data_of (ITEM ("4F 03 'a' 00 C3 01 00 03 'b' 00 01"), OMA_DATA_OCTETS, "a\0b", 3);
  assert_data_of (ITEM ("0F"), OMA_DATA_TEXT, "", 0);
  assert_data_of (ITEM ("4F 01"), OMA_DATA_TEXT, "", 0);
  assert_data_of (ITEM ("4F 03 00 01"), OMA_DATA_TEXT, "", 0);
  assert_data_of (ITEM ("4F C3 00 01"), OMA_DATA_OCTETS, "", 0);
  /* The first Data counts. */
  assert_data_of (ITEM ("4F 03 'a' 00 01 4F C3 01 'b' 01"), OMA_DATA_TEXT, "a", 1);
}

/* TND 1.2, section 7.7: the elements stand in the message itself. */
static void
test_document_of_nodes_in_the_message (void)
{
  g_autoptr(OmaMessage) message = decode_hex (ITEM (
    "6E 57 03 './X' 00 01 01 4F 00 02 60 77 03 '1.2' 00 01 64 66 03 'X' 00 01 6F 5C 0B 01 01 76 03 'v' 00 01 01 01 01 "
    "00 00 34"));
  const OmaItem *item = &message->first_command->items[0];
  g_autoptr(GBytes) expected = from_hex ("02 01 6A 00 00 02 60 77 03 '1.2' 00 01 64 66 03 'X' 00 01 6F 5C 0B 01 01 "
                                         "76 03 'v' 00 01 01 01");

  g_assert_cmpint (item->kind, ==, OMA_DATA_WBXML);
  g_assert_cmpmem (item->data, item->data_length, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
  g_assert_cmpstr (item->target, ==, "./X");
  g_assert_true (item->more_data);
  /* White space around it is no part of it. */
  assert_data_of (ITEM ("4F 03 ' ' 00 00 02 20 00 00 01"), OMA_DATA_WBXML, "\x02\x01\x6a\x00\x00\x02\x20\x00\x00", 9);
}

/* Elements in Data of a Status are none of a value. */
static void
test_markup_elsewhere_is_skipped (void)
{
  g_autoptr(OmaMessage) message = decode_hex (BODY ("69 4F 03 '200' 00 00 02 20 00 00 01 01 12"));

  g_assert_cmpstr (message->first_command->data, ==, "200");
  g_assert_true (message->final);
}

static void
test_unknown_elements (void)
{
  g_autoptr(OmaMessage) message = decode_hex (
    "03 A4 01 6A 0B 'Foo' 00 'Replace' 6D " HDR "6B 44 00 4B 03 '7' 00 01 01 00 05 45 01 00 00 44 04 4B 03 '8' 00 01 01 "
    "70 01 50 3D 4B 03 '9' 00 01 01 12 01 01");
  const OmaCommand *command = message->first_command;

  g_assert_cmpint (command->type, ==, OMA_COMMAND_UNKNOWN);
  g_assert_cmpstr (command->name, ==, "Foo");
  g_assert_cmpstr (command->cmd_id, ==, "7");
  command = command->next;
  g_assert_cmpint (command->type, ==, OMA_COMMAND_UNKNOWN);     /* an element of page 5 */
  g_assert_cmpstr (command->name, ==, "unknown");
  command = command->next;
  g_assert_cmpint (command->type, ==, OMA_COMMAND_REPLACE);     /* spelt out */
  g_assert_cmpstr (command->cmd_id, ==, "8");
  command = command->next;
  g_assert_cmpint (command->type, ==, OMA_COMMAND_UNKNOWN);     /* the reserved token */
  command = command->next;
  g_assert_cmpint (command->type, ==, OMA_COMMAND_DELETE);
  g_assert_cmpstr (command->cmd_id, ==, "9");
  g_assert_null (command->next);
}

static void
test_texts_outlive_the_octets_of_the_caller (void)
{
  GBytes *octets = from_hex (ITEM ("6E 57 03 ' ./A ' 00 01 57 03 './B' 00 01 01 4F 03 ' v ' 00 01"));
  GBytes *copy = g_bytes_new_take (copy_octets (octets, g_bytes_get_size (octets)), g_bytes_get_size (octets));
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode_bytes (OMA_ENCODING_WBXML, copy, NULL, &error);
  const OmaItem *item;

  g_assert_no_error (error);
  g_bytes_unref (copy);
  g_bytes_unref (octets);
  item = &message->first_command->items[0];
  g_assert_cmpstr (item->target, ==, "./A");
  g_assert_cmpmem (item->data, item->data_length, " v ", 3);
}

/* The text of a Target is its LocURI only where it has none. */
static void
test_text_before_an_element_is_no_location (void)
{
  g_autoptr(OmaMessage) message = decode_hex (ITEM ("6E 03 'x' 00 57 03 './A' 00 01 01 67 03 'y' 00 56 03 'n' 00 01 01"));
  const OmaItem *item = &message->first_command->items[0];

  g_assert_cmpstr (item->target, ==, "./A");
  g_assert_null (item->source);
  g_assert_cmpstr (item->source_name, ==, "n");
}

static void
test_all_items_of_a_command_are_there (void)
{
  for (guint n = 0; n <= 9; n++)
    {
      g_autoptr(GString) hex = g_string_new (PROLOG "6D " HDR "6B 45 ");
      g_autoptr(OmaMessage) message = NULL;

      for (guint i = 0; i < n; i++)
        g_string_append_printf (hex, "54 6E 57 03 './%u' 00 01 01 4F 03 'v%u' 00 01 01 ", i, i);
      g_string_append (hex, "01 50 54 6E 57 03 './Z' 00 01 01 01 01 01 01");
      message = decode_hex (hex->str);
      g_assert_cmpuint (message->first_command->n_items, ==, n);
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *target = g_strdup_printf ("./%u", i);
          g_autofree char *data = g_strdup_printf ("v%u", i);
          const OmaItem *item = &message->first_command->items[i];

          g_assert_cmpstr (item->target, ==, target);
          g_assert_cmpmem (item->data, item->data_length, data, strlen (data));
        }
      g_assert_cmpuint (message->first_command->next->n_items, ==, 1);
      g_assert_cmpstr (message->first_command->next->items[0].target, ==, "./Z");
    }
}

static void
test_padding_is_ignored (void)
{
  g_autoptr(OmaMessage) message = decode_hex (BODY ("12") " 00 00 00 FF");

  g_assert_true (message->final);
}

static void
test_what_is_no_message_is_refused (void)
{
  assert_hex_refused (PROLOG "45 01", OMA_CODEC_ERROR_MALFORMED);
  assert_hex_refused (PROLOG "2D", OMA_CODEC_ERROR_MALFORMED);
  assert_hex_refused (PROLOG "6D " HDR "01", OMA_CODEC_ERROR_MALFORMED);
  assert_hex_refused (PROLOG "6D 6B 12 01 01", OMA_CODEC_ERROR_MALFORMED);
  assert_hex_refused (PROLOG "6D " HDR HDR "6B 12 01 01", OMA_CODEC_ERROR_MALFORMED);
  assert_hex_refused ("03 0B 6A 00 45 C6 56 01 01 01", OMA_CODEC_ERROR_MALFORMED);
  assert_hex_refused ("'<SyncML/>'", OMA_CODEC_ERROR_MALFORMED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec-wbxml/package-1", test_package_1);
  g_test_add_func ("/codec-wbxml/challenge", test_challenge);
  g_test_add_func ("/codec-wbxml/met-inf-element", test_met_inf_element);
  g_test_add_func ("/codec-wbxml/text-of-elements", test_text_of_elements);
  g_test_add_func ("/codec-wbxml/kinds-of-data", test_kinds_of_data);
  g_test_add_func ("/codec-wbxml/document-of-nodes-in-the-message", test_document_of_nodes_in_the_message);
  g_test_add_func ("/codec-wbxml/markup-elsewhere-is-skipped", test_markup_elsewhere_is_skipped);
  g_test_add_func ("/codec-wbxml/unknown-elements", test_unknown_elements);
  g_test_add_func ("/codec-wbxml/texts-outlive-the-octets-of-the-caller", test_texts_outlive_the_octets_of_the_caller);
  g_test_add_func ("/codec-wbxml/text-before-an-element-is-no-location", test_text_before_an_element_is_no_location);
  g_test_add_func ("/codec-wbxml/all-items-of-a-command-are-there", test_all_items_of_a_command_are_there);
  g_test_add_func ("/codec-wbxml/padding-is-ignored", test_padding_is_ignored);
  g_test_add_func ("/codec-wbxml/what-is-no-message-is-refused", test_what_is_no_message_is_refused);
  return g_test_run ();
}
