/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree/oma-acl.h"

#include <string.h>

static OmaAcl *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  OmaAcl *acl = oma_acl_parse (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (acl);
  return acl;
}

/* DM Tree and Description 1.2, ACL syntax */
static void
test_text_is_kept_as_written (void)
{
  const char *const texts[] = {
    "Get=*", "Replace=b+a&Add=a", "Add=www.example.com&Delete=x:1/2&Exec=\xc3\xbc&Get=*&Replace=a+a",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(OmaAcl) acl = parse (texts[i]);

      g_assert_cmpstr (oma_acl_get_text (acl), ==, texts[i]);
    }
}

static void
test_everybody_stands_alone (void)
{
  g_autoptr(OmaAcl) acl = parse ("Get=a+*+b&Add=a");

  g_assert_cmpstr (oma_acl_get_text (acl), ==, "Get=*&Add=a");
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_GET, "c"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_ADD, "c"));
}

static void
test_bad_text_is_refused (void)
{
  const char *const texts[] = {
    "", "&", "=", "Get", "Get=", "Get=a+", "Get=+a", "Get=a++b", "get=a", "Copy=a", "Get=a&", "&Get=a", "Get=a&&Add=a",
    "Get=a&Get=b", "Get=a b", "Get=a\n", " Get=a", "Get =a", "Get=a=b", "Get=a*", "Get=**", "Get=\xff", "Get=\x01",
    "Get=\xc2\xa0", "GetX=a", "Ge=a",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (oma_acl_parse (texts[i], &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
    }
}

static void
test_long_text_is_refused (void)
{
  g_autoptr(GString) text = g_string_new ("Get=server0");
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaAcl) acl = NULL;

  for (guint i = 1; text->len < 65000; i++)
    g_string_append_printf (text, "+server%u", i);
  acl = parse (text->str);
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_GET, "server1"));
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_GET, strrchr (text->str, '+') + 1));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_GET, "server"));

  while (text->len <= 65536)
    g_string_append (text, "+x");
  g_assert_null (oma_acl_parse (text->str, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE);
}

static void
test_identifiers_are_compared_whole (void)
{
  g_autoptr(OmaAcl) acl = parse ("Get=srv2+srv&Replace=Get&Delete=xsrv");

  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_GET, "srv"));
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_GET, "srv2"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_GET, "sr"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_GET, "srv2+srv"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_GET, "SRV"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_GET, "*"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_GET, ""));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_GET, NULL));
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_REPLACE, "Get"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_DELETE, "srv"));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_EXEC, "srv"));
}

static void
test_rights_are_added (void)
{
  g_autoptr(OmaAcl) fresh = oma_acl_with_server (NULL, OMA_ACCESS_REPLACE | OMA_ACCESS_ADD, "a");
  g_autoptr(OmaAcl) more = oma_acl_with_server (fresh, OMA_ACCESS_ADD | OMA_ACCESS_GET, "b");
  g_autoptr(OmaAcl) same = oma_acl_with_server (more, OMA_ACCESS_ADD, "a");
  g_autoptr(OmaAcl) all = oma_acl_with_server (more, OMA_ACCESS_ADD | OMA_ACCESS_EXEC, "*");

  g_assert_cmpstr (oma_acl_get_text (fresh), ==, "Add=a&Replace=a");
  g_assert_cmpstr (oma_acl_get_text (more), ==, "Add=a+b&Replace=a&Get=b");
  g_assert_true (same == more);
  g_assert_cmpstr (oma_acl_get_text (all), ==, "Add=*&Replace=a&Get=b&Exec=*");
  g_assert_true (oma_acl_allows (all, OMA_ACCESS_ADD, "z"));
  g_assert_true (oma_acl_allows (all, OMA_ACCESS_EXEC, "z"));
  g_assert_false (oma_acl_allows (all, OMA_ACCESS_GET, "z"));
  g_assert_null (oma_acl_with_server (NULL, 0, "a"));
}

/* DM Tree and Description 1.2, ACL: what becomes of a removed server */
static void
test_server_is_removed (void)
{
  g_autoptr(OmaAcl) acl = parse ("Add=a+b+a&Delete=a&Get=*&Replace=b+ab");
  g_autoptr(OmaAcl) without_a = oma_acl_without_server (acl, "a");
  g_autoptr(OmaAcl) without_b = oma_acl_without_server (without_a, "b");
  g_autoptr(OmaAcl) without_star = oma_acl_without_server (acl, "*");
  g_autoptr(OmaAcl) only_a = parse ("Get=a&Exec=a");

  g_assert_cmpstr (oma_acl_get_text (without_a), ==, "Add=b&Get=*&Replace=b+ab");
  g_assert_cmpstr (oma_acl_get_text (without_b), ==, "Get=*&Replace=ab");
  g_assert_true (oma_acl_allows (without_b, OMA_ACCESS_GET, "a"));
  g_assert_true (without_star == acl);
  g_assert_null (oma_acl_without_server (only_a, "a"));
}

static void
test_server_ids_cannot_carry_syntax (void)
{
  g_assert_true (oma_acl_server_id_is_valid ("www.example.com"));
  g_assert_true (oma_acl_server_id_is_valid ("\xc3\xbc"));
  g_assert_false (oma_acl_server_id_is_valid (""));
  g_assert_false (oma_acl_server_id_is_valid ("*"));
  g_assert_false (oma_acl_server_id_is_valid ("a+b"));
  g_assert_false (oma_acl_server_id_is_valid ("a&Get=*"));
  g_assert_false (oma_acl_server_id_is_valid ("a b"));
  g_assert_false (oma_acl_server_id_is_valid ("\xff"));
}

static void
test_invalid_server_gets_no_right (void)
{
  g_autoptr(OmaAcl) acl = parse ("Get=a"), same = NULL;

  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*cannot stand in an ACL");
  same = oma_acl_with_server (acl, OMA_ACCESS_GET, "b&Replace=*");
  g_test_assert_expected_messages ();
  g_assert_true (same == acl);
}

static void
test_server_is_named_or_one_of_everybody (void)
{
  g_autoptr(OmaAcl) acl = parse ("Get=*&Replace=a+bc");

  g_assert_true (oma_acl_names (acl, OMA_ACCESS_REPLACE, "bc"));
  g_assert_false (oma_acl_names (acl, OMA_ACCESS_REPLACE, "b"));
  g_assert_false (oma_acl_names (acl, OMA_ACCESS_GET, "a"));
  g_assert_false (oma_acl_names (acl, OMA_ACCESS_ADD, "a"));
}

static void
test_servers_and_their_commands_are_told (void)
{
  g_autoptr(OmaAcl) acl = parse ("Add=b+a&Delete=a&Get=*&Replace=c+b+c");
  g_auto(GStrv) servers = oma_acl_list_servers (acl);
  const char *const expected[] = { "b", "a", "*", "c", NULL };

  g_assert_cmpstrv (servers, expected);
  g_assert_cmpuint (oma_acl_get_commands (acl, "a"), ==, OMA_ACCESS_ADD | OMA_ACCESS_DELETE);
  g_assert_cmpuint (oma_acl_get_commands (acl, "b"), ==, OMA_ACCESS_ADD | OMA_ACCESS_REPLACE);
  g_assert_cmpuint (oma_acl_get_commands (acl, "*"), ==, OMA_ACCESS_GET);
  g_assert_cmpuint (oma_acl_get_commands (acl, "d"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/acl/text-is-kept-as-written", test_text_is_kept_as_written);
  g_test_add_func ("/acl/everybody-stands-alone", test_everybody_stands_alone);
  g_test_add_func ("/acl/bad-text-is-refused", test_bad_text_is_refused);
  g_test_add_func ("/acl/long-text-is-refused", test_long_text_is_refused);
  g_test_add_func ("/acl/servers-and-their-commands-are-told", test_servers_and_their_commands_are_told);
  g_test_add_func ("/acl/identifiers-are-compared-whole", test_identifiers_are_compared_whole);
  g_test_add_func ("/acl/rights-are-added", test_rights_are_added);
  g_test_add_func ("/acl/server-is-removed", test_server_is_removed);
  g_test_add_func ("/acl/server-ids-cannot-carry-syntax", test_server_ids_cannot_carry_syntax);
  g_test_add_func ("/acl/invalid-server-gets-no-right", test_invalid_server_gets_no_right);
  g_test_add_func ("/acl/server-is-named-or-one-of-everybody", test_server_is_named_or_one_of_everybody);
  return g_test_run ();
}
