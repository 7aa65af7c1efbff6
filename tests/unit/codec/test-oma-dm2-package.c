/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-dm2-package.h"

#include <string.h>

static GPtrArray *
read_good (const char *json)
{
  g_autoptr(GError) error = NULL;
  GPtrArray *commands = oma_dm2_commands_read (json, strlen (json), &error);

  g_assert_no_error (error);
  g_assert_nonnull (commands);
  return commands;
}

static const OmaDm2Command *
command_at (const GPtrArray *commands, guint index)
{
  g_assert_cmpuint (index, <, commands->len);
  return g_ptr_array_index (commands, index);
}

static void
assert_refused (const char *json, OmaCodecError code)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) commands = oma_dm2_commands_read (json, strlen (json), &error);

  g_assert_null (commands);
  g_assert_error (error, OMA_CODEC_ERROR, (int) code);
}

static void
assert_command (const OmaDm2Command *command, OmaDm2CommandType type, const char *server_uri, const char *client_uris)
{
  g_autofree char *joined = g_strjoinv (" ", command->client_uris);

  g_assert_cmpint (command->type, ==, type);
  g_assert_cmpint (command->status, ==, OMA_STATUS_NONE);
  g_assert_null (command->reason);
  g_assert_cmpstr (command->server_uri, ==, server_uri);
  g_assert_cmpstr (joined, ==, client_uris);
  g_assert_cmpstr (command->name, ==, oma_dm2_command_type_to_name (type));
}

/* ---- Package 2 ---- */

/* DM Protocol 2.0, package 2: all commands, in their order. */
static void
test_all_commands_are_read (void)
{
  g_autoptr(GPtrArray) commands = read_good (
    "{\"CMD\":[[\"HGET\",\"https://r/1\"],[\"HGET\",\"https://r/1\",\"urn:x/a/\"],"
    "[\"HPUT\",\"https://r/2\",\"urn:x/a/\",\"urn:x/b/\"],[\"HPOST\",\"http://r/3\",\"urn:x/*/\"],"
    "[\"DELETE\",\"urn:x/b/\"],[\"EXEC\",\"urn:x/a/Ops/Run\"],[\"EXEC\",\"urn:x/a/Ops/Run\",\"https://s/async\"],"
    "[\"GET\",\"urn:x/a/P\",\"urn:x/a/Q\"],[\"SHOW\",\"https://s/page\"],[\"CONT\",\"HTTPS://s/next\"],"
    "[\"DEFAULT\",\"https://r/d\",\"urn:x\"],[\"SUB\",\"https://r/s\",\"urn:x/a/\"],[\"UNSUB\",\"urn:x/a/\"],"
    "[\"END\"]]}");

  g_assert_cmpuint (commands->len, ==, 14);
  assert_command (command_at (commands, 0), OMA_DM2_COMMAND_HGET, "https://r/1", "");
  assert_command (command_at (commands, 1), OMA_DM2_COMMAND_HGET, "https://r/1", "urn:x/a/");
  assert_command (command_at (commands, 2), OMA_DM2_COMMAND_HPUT, "https://r/2", "urn:x/a/ urn:x/b/");
  assert_command (command_at (commands, 3), OMA_DM2_COMMAND_HPOST, "http://r/3", "urn:x/*/");
  assert_command (command_at (commands, 4), OMA_DM2_COMMAND_DELETE, NULL, "urn:x/b/");
  assert_command (command_at (commands, 5), OMA_DM2_COMMAND_EXEC, NULL, "urn:x/a/Ops/Run");
  assert_command (command_at (commands, 6), OMA_DM2_COMMAND_EXEC, "https://s/async", "urn:x/a/Ops/Run");
  assert_command (command_at (commands, 7), OMA_DM2_COMMAND_GET, NULL, "urn:x/a/P urn:x/a/Q");
  assert_command (command_at (commands, 8), OMA_DM2_COMMAND_SHOW, "https://s/page", "");
  assert_command (command_at (commands, 9), OMA_DM2_COMMAND_CONT, "HTTPS://s/next", "");
  assert_command (command_at (commands, 10), OMA_DM2_COMMAND_DEFAULT, "https://r/d", "urn:x");
  assert_command (command_at (commands, 11), OMA_DM2_COMMAND_SUB, "https://r/s", "urn:x/a/");
  assert_command (command_at (commands, 12), OMA_DM2_COMMAND_UNSUB, NULL, "urn:x/a/");
  assert_command (command_at (commands, 13), OMA_DM2_COMMAND_END, NULL, "");
}

/* DM Protocol 2.0, package 2 (our reading): a parameter is what its scheme says, wherever it stands. */
static void
test_parameters_in_another_order_are_the_same (void)
{
  g_autoptr(GPtrArray) commands = read_good ("{\"CMD\":[[\"EXEC\",\"https://s/async\",\"urn:x/a/Run\"],"
                                             "[\"SUB\",\"urn:x/a/\",\"https://r/s\"],"
                                             "[\"HPUT\",\"urn:x/a/\",\"https://r/2\",\"urn:x/b/\"]]}");

  assert_command (command_at (commands, 0), OMA_DM2_COMMAND_EXEC, "https://s/async", "urn:x/a/Run");
  assert_command (command_at (commands, 1), OMA_DM2_COMMAND_SUB, "https://r/s", "urn:x/a/");
  assert_command (command_at (commands, 2), OMA_DM2_COMMAND_HPUT, "https://r/2", "urn:x/a/ urn:x/b/");
}

/* DM Protocol 2.0, package 2: unknown members are ignored, whatever is in them. */
static void
test_unknown_members_are_ignored (void)
{
  g_autoptr(GPtrArray) commands = read_good ("{\"MgmtTree\":{\"CMD\":[[\"DELETE\",\"urn:x/a/\"]],\"x\":[[1]]},"
                                             "\"CMD\":[[\"END\"]],\"n\":null,\"a\":[[\"GET\"]]}");

  g_assert_cmpuint (commands->len, ==, 1);
  assert_command (command_at (commands, 0), OMA_DM2_COMMAND_END, NULL, "");
}

static void
test_no_commands_are_no_error (void)
{
  g_autoptr(GPtrArray) commands = read_good ("{\"CMD\":[]}");

  g_assert_cmpuint (commands->len, ==, 0);
}

static const struct {
  const char *json;
  OmaStatus   status;
  const char *name;
} bad_commands[] = {
  { "7", OMA_STATUS_BAD_REQUEST, NULL },
  { "\"GET\"", OMA_STATUS_BAD_REQUEST, NULL },
  { "null", OMA_STATUS_BAD_REQUEST, NULL },
  { "{}", OMA_STATUS_BAD_REQUEST, NULL },
  { "{\"GET\":\"urn:x/a/\"}", OMA_STATUS_BAD_REQUEST, NULL },
  { "[]", OMA_STATUS_BAD_REQUEST, NULL },
  { "[7]", OMA_STATUS_BAD_REQUEST, NULL },
  { "[[\"GET\"],\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, NULL },
  { "[null,\"GET\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, NULL },
  { "[\"GET\",7]", OMA_STATUS_BAD_REQUEST, "GET" },
  { "[\"GET\",\"urn:x/a/\",null]", OMA_STATUS_BAD_REQUEST, "GET" },
  { "[\"GET\",[\"urn:x/a/\"]]", OMA_STATUS_BAD_REQUEST, "GET" },
  { "[\"GET\",{\"a\":[1,{}]}]", OMA_STATUS_BAD_REQUEST, "GET" },
  { "[\"GET\"]", OMA_STATUS_BAD_REQUEST, "GET" },
  { "[\"GET\",\"https://r/1\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, "GET" },
  { "[\"HGET\"]", OMA_STATUS_BAD_REQUEST, "HGET" },
  { "[\"HGET\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, "HGET" },
  { "[\"HGET\",\"https://r/1\",\"urn:x/a/\",\"urn:x/b/\"]", OMA_STATUS_BAD_REQUEST, "HGET" },
  { "[\"HPUT\",\"https://r/1\"]", OMA_STATUS_BAD_REQUEST, "HPUT" },
  { "[\"HPUT\",\"https://r/1\",\"https://r/2\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, "HPUT" },
  { "[\"HPOST\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, "HPOST" },
  { "[\"DELETE\"]", OMA_STATUS_BAD_REQUEST, "DELETE" },
  { "[\"DELETE\",\"urn:x/a/\",\"urn:x/b/\"]", OMA_STATUS_BAD_REQUEST, "DELETE" },
  { "[\"DELETE\",\"https://r/1\"]", OMA_STATUS_BAD_REQUEST, "DELETE" },
  { "[\"EXEC\",\"https://r/1\"]", OMA_STATUS_BAD_REQUEST, "EXEC" },
  { "[\"EXEC\",\"urn:x/a/\",\"https://r/1\",\"https://r/2\"]", OMA_STATUS_BAD_REQUEST, "EXEC" },
  { "[\"SHOW\"]", OMA_STATUS_BAD_REQUEST, "SHOW" },
  { "[\"SHOW\",\"file:///etc/passwd\"]", OMA_STATUS_BAD_REQUEST, "SHOW" },
  { "[\"CONT\",\"https://r/1\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, "CONT" },
  { "[\"END\",\"now\"]", OMA_STATUS_BAD_REQUEST, "END" },
  { "[\"DEFAULT\",\"https://r/1\"]", OMA_STATUS_BAD_REQUEST, "DEFAULT" },
  { "[\"DEFAULT\",\"urn:x\"]", OMA_STATUS_BAD_REQUEST, "DEFAULT" },
  { "[\"SUB\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, "SUB" },
  { "[\"UNSUB\"]", OMA_STATUS_BAD_REQUEST, "UNSUB" },
  { "[\"UNSUB\",\"https://r/1\",\"urn:x/a/\"]", OMA_STATUS_BAD_REQUEST, "UNSUB" },
  { "[\"get\",\"urn:x/a/\"]", OMA_STATUS_NOT_IMPLEMENTED, "get" },
  { "[\"PATCH\",7,[],\"https://r/1\",\"https://r/2\"]", OMA_STATUS_NOT_IMPLEMENTED, "PATCH" },
  { "[\"\"]", OMA_STATUS_NOT_IMPLEMENTED, "" },
};

/* A command that is bad is answered with 400, an unknown one with 501; the others run. */
static void
test_a_bad_command_does_no_harm_to_the_others (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_commands); i++)
    {
      g_autofree char *json = g_strdup_printf ("{\"CMD\":[[\"GET\",\"urn:x/a/P\"],%s,[\"END\"]]}", bad_commands[i].json);
      g_autoptr(GPtrArray) commands = read_good (json);
      const OmaDm2Command *command = command_at (commands, 1);

      g_test_message ("%s", json);
      g_assert_cmpuint (commands->len, ==, 3);
      assert_command (command_at (commands, 0), OMA_DM2_COMMAND_GET, NULL, "urn:x/a/P");
      g_assert_cmpint (command->status, ==, bad_commands[i].status);
      g_assert_cmpstr (command->name, ==, bad_commands[i].name);
      g_assert_nonnull (command->reason);
      g_assert_nonnull (command->client_uris);
      assert_command (command_at (commands, 2), OMA_DM2_COMMAND_END, NULL, "");
    }
}

/* Nothing of a package that is bad as a whole is believed. */
static void
test_a_package_that_is_none_is_refused (void)
{
  static const char *const bad[] = {
    "", "[]", "[[\"END\"]]", "{}", "{\"cmd\":[]}", "{\"CMD\":{}}", "{\"CMD\":null}", "{\"CMD\":\"END\"}", "{\"CMD\":7}",
    "{\"CMD\":[[\"END\"]]", "{\"CMD\":[[\"END\"]]}}", "{\"CMD\":[[\"END\"]]} x", "{\"CMD\":[],\"CMD\":[[\"END\"]]}",
    "{\"CMD\":[[\"GET\",\"\\ud800\"]]}", "{\"CMD\":[['END']]}", "{\"CMD\":[[\"END\"],]}", "var x = {\"CMD\":[]}",
    "{\"CMD\":[/* */]}", "{\"CMD\":[[\"GET\",\"\xff\"]]}", "{\"x\":{\"CMD\":[]}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      assert_refused (bad[i], OMA_CODEC_ERROR_MALFORMED);
    }
}

static char *
repeat (const char *before, const char *what, guint n, const char *after)
{
  GString *json = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (json, "%s%s", i > 0 ? "," : "", what);
  g_string_append (json, after);
  return g_string_free (json, FALSE);
}

static void
test_commands_are_bounded (void)
{
  g_autofree char *most = repeat ("{\"CMD\":[", "[\"END\"]", OMA_DM2_MAX_COMMANDS, "]}");
  g_autofree char *more = repeat ("{\"CMD\":[", "[\"END\"]", OMA_DM2_MAX_COMMANDS + 1, "]}");
  g_autoptr(GPtrArray) commands = read_good (most);

  g_assert_cmpuint (commands->len, ==, OMA_DM2_MAX_COMMANDS);
  assert_refused (more, OMA_CODEC_ERROR_LIMIT);
}

static void
test_parameters_are_bounded (void)
{
  g_autofree char *most = repeat ("{\"CMD\":[[\"GET\",", "\"urn:x/a/\"", OMA_DM2_MAX_PARAMETERS, "],[\"END\"]]}");
  g_autofree char *more = repeat ("{\"CMD\":[[\"GET\",", "\"urn:x/a/\"", OMA_DM2_MAX_PARAMETERS + 1, "],[\"END\"]]}");
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autofree char *large = g_strdup_printf ("{\"CMD\":[[\"GET\",\"urn:%s\"],[\"END\"]]}", text);
  g_autoptr(GPtrArray) good = read_good (most), bad = read_good (more), too_long = read_good (large);

  g_assert_cmpuint (g_strv_length (command_at (good, 0)->client_uris), ==, OMA_DM2_MAX_PARAMETERS);
  g_assert_cmpint (command_at (good, 0)->status, ==, OMA_STATUS_NONE);
  g_assert_cmpint (command_at (bad, 0)->status, ==, OMA_STATUS_BAD_REQUEST);
  g_assert_cmpint (command_at (too_long, 0)->status, ==, OMA_STATUS_BAD_REQUEST);
  assert_command (command_at (bad, 1), OMA_DM2_COMMAND_END, NULL, "");
  assert_command (command_at (too_long, 1), OMA_DM2_COMMAND_END, NULL, "");
}

static void
test_package_is_bounded (void)
{
  g_autofree char *spaces = g_strnfill (OMA_DM2_MAX_PACKAGE, ' ');
  g_autofree char *large = g_strconcat ("{\"CMD\":[]}", spaces, NULL);
  g_autofree char *brackets = g_strnfill (100000, '[');
  g_autofree char *deep = g_strconcat ("{\"x\":", brackets, NULL);
  g_autofree char *names = NULL;
  g_autoptr(GString) many = g_string_new ("{\"CMD\":[]");

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (many, ",\"%u\":1", i);
  names = g_strconcat (many->str, "}", NULL);
  assert_refused (large, OMA_CODEC_ERROR_LIMIT);
  assert_refused (deep, OMA_CODEC_ERROR_LIMIT);
  assert_refused (names, OMA_CODEC_ERROR_LIMIT);
}

/* ---- Packages 1 and 3 ---- */

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  g_assert_cmpstr (text, ==, expected);
  g_bytes_unref (bytes);
}

/* DM Protocol 2.0, package 1: MOS and the start alert with the notification's identifier. */
static void
test_initiation_lists_objects_and_alerts (void)
{
  char *d1[] = { (char *) "d1", NULL }, *ab[] = { (char *) "a", (char *) "b\"", NULL }, *none[] = { NULL };
  OmaDm2Object devinfo = {
    (char *) "urn:oma:mo:oma-dm-devinfo:1.2", (char *) "https://ddf.example.net/devinfo.ddf", d1,
  };
  OmaDm2Object net = { (char *) "urn:ex:mo:net:1.0", NULL, ab }, empty = { (char *) "urn:ex:mo:no:1.0", NULL, none };
  OmaDm2Alert alert = { .type = "urn:oma:at:dm:2.0:ServerInitiatedMgmt", .data_type = "int", .notification_id = 42 };
  g_autoptr(GPtrArray) objects = g_ptr_array_new ();

  g_ptr_array_add (objects, &devinfo);
  g_ptr_array_add (objects, &net);
  g_ptr_array_add (objects, &empty);
  assert_bytes (oma_dm2_write_initiation (objects, &alert, 1),
                "{\"MOS\":[{\"DDF\":\"https://ddf.example.net/devinfo.ddf\",\"MOID\":\"urn:oma:mo:oma-dm-devinfo:1.2\","
                "\"MIID\":[\"d1\"]},{\"MOID\":\"urn:ex:mo:net:1.0\",\"MIID\":[\"a\",\"b\\\"\"]},"
                "{\"MOID\":\"urn:ex:mo:no:1.0\",\"MIID\":[]}],"
                "\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ServerInitiatedMgmt\",\"DataType\":\"int\","
                "\"Data\":{\"NotificationID\":42}}]}");
  g_ptr_array_set_size (objects, 0);
  assert_bytes (oma_dm2_write_initiation (objects, NULL, 0), "{\"MOS\":[]}");
  assert_bytes (oma_dm2_write_initiation (NULL, NULL, 0), "{}");
}

/* DM Protocol 2.0, package 1: without a notification nothing is said of one. */
static void
test_start_alert_without_notification (void)
{
  OmaDm2Alert alert = { .type = "urn:oma:at:dm:2.0:ClientInitiatedMgmt", .notification_id = -1 };
  OmaDm2Alert zero = { .type = "urn:oma:at:dm:2.0:ServerInitiatedMgmt", .notification_id = 0 };

  assert_bytes (oma_dm2_write_initiation (NULL, &alert, 1),
                "{\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ClientInitiatedMgmt\"}]}");
  assert_bytes (oma_dm2_write_initiation (NULL, &zero, 1),
                "{\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ServerInitiatedMgmt\",\"DataType\":\"int\","
                "\"Data\":{\"NotificationID\":0}}]}");
}

/* DM Protocol 2.0, package 3: a status for each command, with the addresses and the data of those that have some. */
static void
test_response_has_statuses_in_their_order (void)
{
  g_autoptr(GBytes) data = g_bytes_new_static ("[{\"ClientURI\":\"u\",\"MOData\":{\"P\":\"1\"}}]", 38);
  const char *uris[] = { "urn:ex:mo:net:1.0/m3/", "urn:x/\xc3\xa4/", NULL };
  OmaDm2Answer answers[] = {
    { OMA_STATUS_OK, NULL, g_bytes_ref (data) }, { OMA_STATUS_OK, g_strdupv ((char **) uris), NULL },
    { OMA_STATUS_ACCEPTED, NULL, NULL },
  };

  assert_bytes (oma_dm2_write_response (answers, 3, NULL, 0),
                "{\"Status\":[{\"sc\":200,\"MOData\":[{\"ClientURI\":\"u\",\"MOData\":{\"P\":\"1\"}}]},"
                "{\"sc\":200,\"URI\":[\"urn:ex:mo:net:1.0/m3/\",\"urn:x/\xc3\xa4/\"]},{\"sc\":202}]}");
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      oma_dm2_answer_clear (&answers[i]);
      g_assert_null (answers[i].uris);
      g_assert_null (answers[i].mo_data);
      g_assert_cmpint (answers[i].status, ==, OMA_STATUS_NONE);
    }
  assert_bytes (oma_dm2_write_response (NULL, 0, NULL, 0), "{\"Status\":[]}");
}

/* DM Protocol 2.0, generic alert: data as what they are, where JSON has it. */
static void
test_alert_data_have_their_type (void)
{
  static const struct {
    OmaFormat   format;
    const char *octets;
    const char *json;
  } values[] = {
    { OMA_FORMAT_INT, "1200", "1200" },      { OMA_FORMAT_INT, "+7", "7" },
    { OMA_FORMAT_INT, "007", "7" },          { OMA_FORMAT_INT, "x", "\"x\"" },
    { OMA_FORMAT_BOOL, "true", "true" },     { OMA_FORMAT_BOOL, "yes", "\"yes\"" },
    { OMA_FORMAT_BIN, "\x01\xff", "\"Af8=\"" }, { OMA_FORMAT_CHR, "12\n", "\"12\\n\"" },
    { OMA_FORMAT_FLOAT, "1.5", "\"1.5\"" },  { OMA_FORMAT_NULL, "", "\"\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr(OmaValue) value = oma_value_new (values[i].format, NULL, values[i].octets, strlen (values[i].octets));
      OmaDm2Alert alert = { "urn:ex:at:Done", "urn:x/a/Run", "t", "informational", "int", value, -1 };
      g_autofree char *expected =
        g_strdup_printf ("{\"Status\":[],\"Alert\":[{\"AlertType\":\"urn:ex:at:Done\",\"SourceURI\":\"urn:x/a/Run\","
                         "\"TargetURI\":\"t\",\"Mark\":\"informational\",\"DataType\":\"int\","
                         "\"Data\":{\"DM1x\":%s}}]}",
                         values[i].json);

      assert_bytes (oma_dm2_write_response (NULL, 0, &alert, 1), expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dm2-package/2/all-commands-are-read", test_all_commands_are_read);
  g_test_add_func ("/dm2-package/2/parameters-in-another-order-are-the-same",
                   test_parameters_in_another_order_are_the_same);
  g_test_add_func ("/dm2-package/2/unknown-members-are-ignored", test_unknown_members_are_ignored);
  g_test_add_func ("/dm2-package/2/no-commands-are-no-error", test_no_commands_are_no_error);
  g_test_add_func ("/dm2-package/2/a-bad-command-does-no-harm-to-the-others",
                   test_a_bad_command_does_no_harm_to_the_others);
  g_test_add_func ("/dm2-package/2/a-package-that-is-none-is-refused", test_a_package_that_is_none_is_refused);
  g_test_add_func ("/dm2-package/2/commands-are-bounded", test_commands_are_bounded);
  g_test_add_func ("/dm2-package/2/parameters-are-bounded", test_parameters_are_bounded);
  g_test_add_func ("/dm2-package/2/package-is-bounded", test_package_is_bounded);
  g_test_add_func ("/dm2-package/1/initiation-lists-objects-and-alerts", test_initiation_lists_objects_and_alerts);
  g_test_add_func ("/dm2-package/1/start-alert-without-notification", test_start_alert_without_notification);
  g_test_add_func ("/dm2-package/3/response-has-statuses-in-their-order", test_response_has_statuses_in_their_order);
  g_test_add_func ("/dm2-package/3/alert-data-have-their-type", test_alert_data_have_their_type);
  return g_test_run ();
}
