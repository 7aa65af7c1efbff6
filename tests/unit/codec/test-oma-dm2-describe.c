/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-dm2-package.h"

#include <string.h>

static OmaSecrecy
get_secrecy (const char *client_uri, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_null (strchr (client_uri, '?'));
  if (strstr (client_uri, "Secret") != NULL)
    return OMA_SECRECY_VALUE;
  return strstr (client_uri, "Nowhere") != NULL ? OMA_SECRECY_UNKNOWN : OMA_SECRECY_NONE;
}

static void
assert_shown (gboolean sent, const char *json, const char *expected)
{
  g_autofree char *text = oma_dm2_describe (sent, json, strlen (json), get_secrecy, NULL);

  g_assert_cmpstr (text, ==, expected);
}

/* DM Protocol 2.0, package 2. */
static void
test_commands_are_one_a_line (void)
{
  assert_shown (FALSE,
                "{\"CMD\":[[\"GET\",\"urn:x/a/P\",\"urn:x/a/Q\"],[\"HPUT\",\"https://r:8443/dev/17\",\"urn:x/*/\"],"
                "[\"EXEC\",\"urn:x/a/Run\",\"https://s/async\"],[\"PATCH\",\"secret\"],[\"GET\",7],[3],[\"END\"]]}",
                "CMD\n"
                "  GET urn:x/a/P urn:x/a/Q\n"
                "  HPUT https://r:8443/dev/17 urn:x/*/\n"
                "  EXEC https://s/async urn:x/a/Run\n"
                "  PATCH [501: there is no such command]\n"
                "  GET [400: an item is no text]\n"
                "  [no name] [400: it has no name]\n"
                "  END\n");
}

/* Who sees an address must not be able to use it in the server's name. */
static void
test_keys_in_addresses_are_hidden (void)
{
  assert_shown (FALSE,
                "{\"CMD\":[[\"HGET\",\"https://user:pw@r/cfg/9?sig=abc\"],[\"CONT\",\"https://s:444/session/17?k=1\"],"
                "[\"CONT\",\"https://s/\"],[\"SHOW\",\"https:opaque\"],[\"https://r/?sig=abc\"]]}",
                "CMD\n"
                "  HGET https://[redacted]@r/cfg/9?[redacted]\n"
                "  CONT https://s:444/[redacted]?[redacted]\n"
                "  CONT https://s\n"
                "  SHOW [redacted]\n"
                "  [unknown name] [501: there is no such command]\n");
}

/* DM Protocol 2.0, addressing: a condition holds the value of a node. */
static void
test_secrets_in_conditions_are_hidden (void)
{
  assert_shown (FALSE,
                "{\"CMD\":[[\"GET\",\"urn:x/(x)/P?nv=(x)/ID:wifi&nv=(x)/Secret:hunter2&cv=77\"],"
                "[\"GET\",\"urn:x/a/If/(y)/P?nv=(y)/Name:e0&nv=(z)/Name:hunter2&other=hunter2&hunter2\"],"
                "[\"GET\",\"urn:x/Secret/(x)/P?nv=(x)/ID:hunter2\"]]}",
                "CMD\n"
                "  GET urn:x/(x)/P?nv=(x)/ID:wifi&nv=(x)/Secret:[redacted]&cv=77\n"
                "  GET urn:x/a/If/(y)/P?nv=(y)/Name:e0&nv=(z)/Name:[redacted]&[redacted]&[redacted]\n"
                "  GET urn:x/Secret/(x)/P?nv=(x)/ID:[redacted]\n");
}

/* A condition of no letter, or of one that is nowhere, is of no node. */
static void
test_conditions_of_nothing_are_hidden (void)
{
  assert_shown (FALSE, "{\"CMD\":[[\"GET\",\"urn:x/(x)/P?nv=/ID:7&nv=:7&nv=&nv=ID&&nv=(x:7&nv=x)/a:7\"]]}",
                "CMD\n  GET urn:x/(x)/P?nv=/ID:[redacted]&nv=:[redacted]&[redacted]&[redacted]&[redacted]"
                "&nv=(x:[redacted]&nv=x)/a:[redacted]\n");
}

/* DM Protocol 2.0, package 1. */
static void
test_initiation_is_shown (void)
{
  assert_shown (TRUE,
                "{\"MOS\":[{\"DDF\":\"https://d/n.ddf\",\"MOID\":\"urn:x\",\"MIID\":[\"a\",\"b\"]},{\"MIID\":[]}],"
                "\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ServerInitiatedMgmt\",\"DataType\":\"int\","
                "\"Data\":{\"NotificationID\":42}}]}",
                "MOS\n"
                "  urn:x\n"
                "    DDF: https://d/n.ddf\n"
                "    MIID: a\n"
                "    MIID: b\n"
                "  [no MOID]\n"
                "Alert\n"
                "  urn:oma:at:dm:2.0:ServerInitiatedMgmt\n"
                "    DataType: int\n"
                "    Data\n"
                "      NotificationID: 42\n");
}

/* DM Protocol 2.0, package 3. */
static void
test_response_is_shown (void)
{
  assert_shown (TRUE,
                "{\"Status\":[{\"sc\":200,\"MOData\":[{\"ClientURI\":\"urn:x/a/\",\"CV\":\"7\",\"MOData\":{\"a\":{"
                "\"ID\":\"eth\",\"If\":{\"Secret\":\"hunter2\"}}}}]},{\"sc\":200,\"URI\":[\"urn:x/m3/\"]},"
                "{\"sc\":404}],\"Alert\":[{\"AlertType\":\"urn:x:Done\",\"SourceURI\":\"urn:x/a/Run\",\"Mark\":\"warning\","
                "\"Data\":{\"DM1x\":\"a\\nb\"}},{\"AlertType\":\"urn:x:Key\",\"SourceURI\":\"urn:x/a/Secret?cv=1\","
                "\"Data\":{\"DM1x\":\"hunter2\"}}]}",
                "Status\n"
                "  200 OK\n"
                "    urn:x/a/\n"
                "      CV: 7\n"
                "      a\n"
                "        ID: eth\n"
                "        If\n"
                "          Secret: [redacted]\n"
                "  200 OK\n"
                "    urn:x/m3/\n"
                "  404 Not found\n"
                "Alert\n"
                "  urn:x:Done\n"
                "    SourceURI: urn:x/a/Run\n"
                "    Mark: warning\n"
                "    Data\n"
                "      DM1x: a\\nb\n"
                "  urn:x:Key\n"
                "    SourceURI: urn:x/a/Secret?cv=1\n"
                "    Data\n"
                "      DM1x: [redacted]\n");
}

/* Of a server's nodes the values are hidden: the command says where they go, not what they are called here. */
static void
test_values_are_shown_of_our_nodes_only (void)
{
  static const char json[] = "[{\"ClientURI\":\"urn:x//?cv=3\",\"DDF\":\"d\",\"MOData\":{\"a\":{\"A b\":"
                             "{\"n\":7,\"t\":true},\"Nowhere\":\"v\"}}},{\"MOData\":{\"P\":\"v\"}}]";
  g_autofree char *all = oma_dm2_describe (FALSE, json, strlen (json), NULL, NULL);

  assert_shown (TRUE, json,
                "MO data\n  urn:x//?cv=3\n    DDF: d\n    a\n      A b\n        n: 7\n        t: true\n"
                "      Nowhere: [redacted]\n  [no ClientURI]\n    P: [redacted]\n");
  assert_shown (FALSE, json,
                "MO data\n  urn:x//?cv=3\n    DDF: d\n    a\n      A b\n        n: [redacted]\n        t: [redacted]\n"
                "      Nowhere: [redacted]\n  [no ClientURI]\n    P: [redacted]\n");
  g_assert_cmpstr (all, ==,
                   "MO data\n  urn:x//?cv=3\n    DDF: d\n    a\n      A b\n        n: 7\n        t: true\n"
                   "      Nowhere: v\n  [no ClientURI]\n    P: v\n");
  assert_shown (TRUE, "{\"ClientURI\":\"urn:x/a/Secret\",\"MOData\":{\"P\":\"hunter2\"}}",
                "MO data\n  urn:x/a/Secret\n    P: [redacted]\n");
}

/* Of what is none of these forms nothing is shown that could be a value. */
static void
test_what_is_not_known_is_not_shown (void)
{
  assert_shown (FALSE, "{\"x\":\"hunter2\"}", "[nothing that DM 2.0 knows]\n");
  assert_shown (FALSE, "[\"hunter2\"]", "MO data\n  [no part]\n");
  assert_shown (FALSE, "{\"MOData\":\"hunter2\"}", "MO data\n  [no ClientURI]\n");
  assert_shown (TRUE, "{\"Status\":[7],\"Alert\":\"hunter2\",\"MOS\":{\"a\":1}}", "Status\n  [no object]\n");
  assert_shown (TRUE, "{\"Status\":[{\"sc\":\"hunter2\",\"MOData\":\"hunter2\"}]}", "Status\n  [no sc]\n");
  assert_shown (FALSE, "{\"CMD\":\"hunter2\"}", "[not readable, 17 octets: Not a package 2: CMD is no array]\n");
  assert_shown (FALSE, "hunter2", "[not readable, 7 octets: Octet 0 of JSON: this is nothing that belongs there]\n");
  assert_shown (FALSE, "", "[not readable, 0 octets: Octet 0 of JSON: it ends too early]\n");
  assert_shown (FALSE, "{\"CMD\":[['hunter2']]}",
                "[not readable, 21 octets: Octet 9 of JSON: this is nothing that belongs there]\n");
}

/* Nothing that a terminal would obey, and no more than fits. */
static void
test_output_is_harmless_and_bounded (void)
{
  g_autofree char *text = g_strnfill (5000, 'x');
  g_autofree char *escapes = g_strdup_printf ("{\"CMD\":[[\"GET\",\"urn:\\u001b[31m\\u202e%s\"]]}", text);
  g_autofree char *shown = oma_dm2_describe (FALSE, escapes, strlen (escapes), get_secrecy, NULL);
  g_autoptr(GString) many = g_string_new ("{\"CMD\":[[\"END\"]");
  g_autofree char *cut = NULL, *none = NULL;

  g_assert_true (g_str_has_prefix (shown, "CMD\n  GET urn:\\u{1b}[31m\\u{202e}xxx"));
  g_assert_true (g_str_has_suffix (shown, "xxx[... 5012 octets in all]\n"));
  for (guint i = 0; i < 9000; i++)
    g_string_append_printf (many, ",[\"GET\",\"urn:x/a/%u\"]", i);
  g_string_append (many, "]}");
  cut = oma_dm2_describe (FALSE, many->str, many->len, get_secrecy, NULL);
  g_assert_cmpuint (strlen (cut), <=, 64 * 1024);
  g_assert_cmpuint (strlen (cut), >, 60 * 1024);
  g_assert_true (g_str_has_suffix (cut, "\n[...]\n"));
  for (gsize i = many->len; i <= 1024 * 1024; i++)
    g_string_append_c (many, ' ');
  none = oma_dm2_describe (FALSE, many->str, many->len, get_secrecy, NULL);
  g_assert_cmpstr (none, ==, "[not readable, 1048577 octets: Octet 0 of JSON: it is too large]\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dm2-describe/commands-are-one-a-line", test_commands_are_one_a_line);
  g_test_add_func ("/dm2-describe/keys-in-addresses-are-hidden", test_keys_in_addresses_are_hidden);
  g_test_add_func ("/dm2-describe/secrets-in-conditions-are-hidden", test_secrets_in_conditions_are_hidden);
  g_test_add_func ("/dm2-describe/conditions-of-nothing-are-hidden", test_conditions_of_nothing_are_hidden);
  g_test_add_func ("/dm2-describe/initiation-is-shown", test_initiation_is_shown);
  g_test_add_func ("/dm2-describe/response-is-shown", test_response_is_shown);
  g_test_add_func ("/dm2-describe/values-are-shown-of-our-nodes-only", test_values_are_shown_of_our_nodes_only);
  g_test_add_func ("/dm2-describe/what-is-not-known-is-not-shown", test_what_is_not_known_is_not_shown);
  g_test_add_func ("/dm2-describe/output-is-harmless-and-bounded", test_output_is_harmless_and_bounded);
  return g_test_run ();
}
