/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "testserver-fixture.h"

#include <string.h>

#define TYPE_1 "application/vnd.oma.dm.initiation+json"
#define TYPE_2 "application/vnd.oma.dm.request+json"
#define TYPE_3 "application/vnd.oma.dm.response+json"
#define TYPE_MO "application/vnd.oma.dm.mos+json"

#define PACKAGE_1 "{\"MOS\":[{\"MOID\":\"urn:ex:mo:net:1.0\",\"MIID\":[\"a\"]}]," \
  "\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ClientInitiatedMgmt\"}]}"

static char *
to_text (GBytes *bytes)
{
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* Sends a package; @expected is the package 2 that comes back. */
static void
assert_talk (Fixture *f, const char *type, const char *package, const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;
  g_autofree char *text = NULL;

  f->accept = TYPE_2;
  reply = fixture_request (f, "POST", f->dm, type, package, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (f->status, ==, 200);
  g_assert_cmpstr (soup_message_headers_get_content_type (f->headers, NULL), ==, TYPE_2);
  text = to_text (reply);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_status (Fixture *f, const char *method, const char *path, const char *type, const char *body, guint status)
{
  g_autofree char *uri = g_strconcat (f->dm, path, NULL);
  g_autoptr(GBytes) reply = fixture_request (f, method, uri, type, body, NULL);

  g_assert_nonnull (reply);
  g_assert_cmpuint (f->status, ==, status);
}

/* A request to the JSON interface whose answer is no JSON. */
static char *
admin_text (Fixture *f, const char *method, const char *path, const char *type, const char *body)
{
  g_autofree char *uri = g_strconcat (f->admin, path + 1, NULL);
  g_autoptr(GBytes) reply = fixture_request (f, method, uri, type, body, NULL);

  g_assert_nonnull (reply);
  g_assert_cmpuint (f->status, ==, 200);
  return to_text (reply);
}

static void
queue (Fixture *f, const char *commands)
{
  fixture_post (f, "/devices/urn:dev:1/commands", commands);
}

static void
test_packages_are_filled_from_the_queue (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  START (f, "--port=0");
  queue (f, "[[\"GET\",\"urn:ex:mo:net:1.0/a/ID\"],[\"HPUT\",\"https://r/1\",\"urn:ex:mo:net:1.0/*/\"],{\"raw\":7},"
            "{\"break\":true},[\"DELETE\",\"urn:ex:mo:net:1.0/a/\"]]");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"GET\",\"urn:ex:mo:net:1.0/a/ID\"],"
               "[\"HPUT\",\"https://r/1\",\"urn:ex:mo:net:1.0/*/\"],7]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200},{\"sc\":200},{\"sc\":400}]}",
               "{\"CMD\":[[\"DELETE\",\"urn:ex:mo:net:1.0/a/\"]]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}", "{\"CMD\":[[\"END\"]]}");
}

/* What stands behind an END waits for the next session. */
static void
test_end_that_was_queued_ends_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(JsonObject) device = NULL;

  START (f, "--port=0");
  queue (f, "[[\"DELETE\",\"urn:b//\"],[\"END\"],[\"GET\",\"urn:c//\"]]");
  queue (f, "[\"GET\",\"urn:d//\"]");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"DELETE\",\"urn:b//\"],[\"END\"]]}");
  device = fixture_admin (f, "GET", "/devices/urn:dev:1", NULL);
  g_assert_false (json_object_get_boolean_member (device, "busy"));
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"GET\",\"urn:c//\"],[\"GET\",\"urn:d//\"]]}");
}

static void
test_statuses_alerts_and_objects_are_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(JsonArray) array = NULL;

  START (f, "--port=0");
  queue (f, "[[\"GET\",\"urn:a//x\"],[\"HGET\",\"https://r/9\"]]");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"GET\",\"urn:a//x\"],[\"HGET\",\"https://r/9\"]]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200,\"MOData\":[{\"ClientURI\":\"urn:a/1/x\",\"MOData\":{\"x\":\"5\"}}]},"
               "{\"sc\":200,\"URI\":[\"urn:b/m3/\"]}],\"Alert\":[{\"AlertType\":\"urn:ex:at:1.0:Done\","
               "\"SourceURI\":\"urn:a/1/Run\",\"Mark\":\"minor\",\"DataType\":\"int\",\"Data\":{\"DM1x\":1200}}]}",
               "{\"CMD\":[[\"END\"]]}");
  array = fixture_results (f);
  g_assert_cmpuint (json_array_get_length (array), ==, 5);
  fixture_assert_result (array, 0, "{\"type\":\"objects\",\"protocol\":\"2.0\",\"session\":\"1\","
                         "\"objects\":[{\"MOID\":\"urn:ex:mo:net:1.0\",\"MIID\":[\"a\"]}]}");
  fixture_assert_result (array, 1, "{\"type\":\"alert\",\"alert-type\":\"urn:oma:at:dm:2.0:ClientInitiatedMgmt\"}");
  fixture_assert_result (array, 2, "{\"type\":\"status\",\"command\":\"GET\",\"uri\":\"urn:a//x\",\"code\":200,"
                         "\"mo-data\":[{\"ClientURI\":\"urn:a/1/x\",\"MOData\":{\"x\":\"5\"}}]}");
  fixture_assert_result (array, 3, "{\"type\":\"status\",\"command\":\"HGET\",\"uri\":\"https://r/9\",\"code\":200,"
                         "\"uris\":[\"urn:b/m3/\"]}");
  fixture_assert_result (array, 4, "{\"type\":\"alert\",\"alert-type\":\"urn:ex:at:1.0:Done\",\"source\":\"urn:a/1/Run\","
                         "\"mark\":\"minor\",\"data-type\":\"int\",\"data\":{\"DM1x\":1200}}");
}

/* A client that breaks a rule is told on: a test of it then finds "error" among the results. */
static void
test_breaches_of_the_specification_are_noted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *type;
    const char *package;
  } bad[] = {
    { TYPE_1, "{}" },
    { TYPE_1, "{\"MOS\":[{\"MOID\":\"urn:a\"}],\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ClientInitiatedMgmt\"}]}" },
    { TYPE_1, "{\"MOS\":7,\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ClientInitiatedMgmt\"}]}" },
    { TYPE_1, "{\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ClientInitiatedMgmt\"},7]}" },
    { TYPE_1, "{\"Alert\":[{\"AlertType\":7}]}" },
    { TYPE_3, "{\"Status\":[]}" },
  };

  START (f, "--port=0");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(JsonObject) gone G_GNUC_UNUSED = fixture_admin (f, "DELETE", "/devices/urn:dev:1", NULL);
      gboolean found = FALSE;
      g_autoptr(JsonArray) array = NULL;

      assert_talk (f, bad[i].type, bad[i].package, "{\"CMD\":[[\"END\"]]}");
      array = fixture_results (f);
      for (guint k = 0; k < json_array_get_length (array); k++)
        found |= g_strcmp0 (json_object_get_string_member (json_array_get_object_element (array, k), "type"), "error") == 0;
      g_assert_true (found);
    }
}

static void
test_status_missing_is_noted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(JsonArray) array = NULL;

  START (f, "--port=0");
  queue (f, "[[\"GET\",\"urn:a//x\"],[\"GET\",\"urn:a//y\"]]");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"GET\",\"urn:a//x\"],[\"GET\",\"urn:a//y\"]]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}", "{\"CMD\":[[\"END\"]]}");
  array = fixture_results (f);
  fixture_assert_result (array, 3, "{\"type\":\"error\"}");
}

/* DM Protocol 2.0, HTTP binding. */
static void
test_types_and_headers_are_demanded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *deep = g_strnfill (1000000, '[');

  START (f, "--port=0", "--announced-types=" TYPE_MO);
  f->accept = "text/html, application/xml;q=0.9";
  assert_status (f, "POST", "dm2", TYPE_1, PACKAGE_1, 406);
  f->accept = "application/*, text/html;q=0.1";
  assert_status (f, "POST", "dm2", TYPE_1, PACKAGE_1, 200);
  g_assert_cmpstr (soup_message_headers_get_one (f->headers, "OMADM-Accept"), ==, TYPE_MO);
  assert_status (f, "POST", "dm2", "application/json", PACKAGE_1, 415);
  assert_status (f, "POST", "dm2", TYPE_1, "{\"MOS\":[", 400);
  assert_status (f, "POST", "dm2", TYPE_1, "[]", 400);
  assert_status (f, "POST", "dm2", TYPE_1, deep, 400);
  assert_status (f, "GET", "dm2", NULL, NULL, 405);
  f->device = NULL;
  assert_status (f, "POST", "dm2", TYPE_1, PACKAGE_1, 400);
}

/* A device that reports to another address opens a session while another one is under way. */
static void
test_sessions_at_the_same_time_are_told_apart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(JsonArray) array = NULL;

  START (f, "--port=0");
  queue (f, "[\"GET\",\"urn:a//\"]");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"GET\",\"urn:a//\"]]}");
  g_assert_cmpstr (soup_message_headers_get_one (f->headers, "Set-Cookie"), ==, "omadm-testserver=1; Path=/; HttpOnly");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"END\"]]}");
  f->cookie = "x=y; omadm-testserver=1";
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":404}]}", "{\"CMD\":[[\"END\"]]}");
  array = fixture_results (f);
  fixture_assert_result (array, 4, "{\"type\":\"status\",\"session\":\"1\",\"command\":\"GET\",\"code\":404}");
  g_assert_cmpuint (json_array_get_length (array), ==, 5);
}

static void
test_both_generations_have_queues_of_their_own (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  START (f, "--port=0");
  queue (f, "[{\"command\":\"Get\",\"uri\":\"./A\"}]");
  queue (f, "[[\"GET\",\"urn:a//x\"]]");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"GET\",\"urn:a//x\"]]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}", "{\"CMD\":[[\"END\"]]}");
  assert_status (f, "POST", "dm", "application/vnd.syncml.dm+xml",
                 "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
                 "<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>s</LocURI></Target>"
                 "<Source><LocURI>urn:dev:1</LocURI></Source></SyncHdr><SyncBody><Alert><CmdID>1</CmdID>"
                 "<Data>1201</Data></Alert><Final/></SyncBody></SyncML>", 200);
}

static void
test_documents_are_got_and_put (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *put = NULL, *got = NULL, *document = NULL, *gone = NULL;
  g_autoptr(JsonObject) list = NULL, requests = NULL;
  g_autofree char *uri = NULL;
  g_autoptr(GBytes) bytes = NULL;

  START (f, "--port=0");
  put = admin_text (f, "PUT", "/data/cfg/9", TYPE_MO, "[9]");
  uri = g_strconcat (f->dm, "data/cfg/9", NULL);
  f->accept = TYPE_MO ", application/json;q=0.5";
  bytes = fixture_request (f, "GET", uri, NULL, NULL, NULL);
  document = to_text (bytes);
  g_assert_cmpstr (document, ==, "[9]");
  g_assert_cmpstr (soup_message_headers_get_content_type (f->headers, NULL), ==, TYPE_MO);
  f->accept = "text/xml";
  assert_status (f, "GET", "data/cfg/9", NULL, NULL, 406);
  f->accept = NULL;
  assert_status (f, "GET", "data/none", NULL, NULL, 404);
  assert_status (f, "PUT", "data/up", TYPE_MO, "[1]", 204);
  assert_status (f, "POST", "data/up", TYPE_MO, "[2]", 204);
  assert_status (f, "DELETE", "data/up", NULL, NULL, 405);
  got = admin_text (f, "GET", "/data/up", NULL, NULL);
  g_assert_cmpstr (got, ==, "[2]");
  list = fixture_admin (f, "GET", "/data", NULL);
  fixture_assert_result (json_object_get_array_member (list, "documents"), 1,
                         "{\"path\":\"/data/up\",\"media-type\":\"" TYPE_MO "\",\"size\":3}");
  requests = fixture_admin (f, "GET", "/requests", NULL);
  fixture_assert_result (json_object_get_array_member (requests, "requests"), 3,
                         "{\"method\":\"PUT\",\"path\":\"/data/up\",\"device\":\"urn:dev:1\",\"data\":\"[1]\",\"status\":204}");
  gone = admin_text (f, "DELETE", "/data/up", NULL, NULL);
  assert_status (f, "GET", "data/up", NULL, NULL, 404);
}

static void
test_repository_takes_only_its_types (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  START (f, "--port=0", "--data-types=application/vnd.syncml.dmtnds+xml");
  assert_status (f, "PUT", "data/up", TYPE_MO, "[1]", 415);
  g_assert_cmpstr (soup_message_headers_get_one (f->headers, "OMADM-Accept"), ==, "application/vnd.syncml.dmtnds+xml");
  assert_status (f, "PUT", "data/up", "application/vnd.syncml.dmtnds+xml", "<MgmtTree/>", 204);
  assert_status (f, "GET", "data/up", NULL, NULL, 200);
}

static void
test_repository_goes_wrong_as_asked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *put = NULL;

  START (f, "--port=0");
  put = admin_text (f, "PUT", "/data/a", TYPE_MO, "[9]");
  fixture_post (f, "/misbehave", "{\"next\":\"500\",\"path\":\"/data/a\"}");
  fixture_post (f, "/misbehave", "{\"next\":\"redirect\",\"path\":\"/data/a\",\"location\":\"http://127.0.0.9/\"}");
  fixture_post (f, "/misbehave", "{\"next\":\"media-type\",\"type\":\"text/html\",\"path\":\"/data/a\"}");
  fixture_post (f, "/misbehave", "{\"next\":\"status\",\"status\":507,\"path\":\"/data/b\"}");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"END\"]]}");   /* packages are none of it */
  f->accept = NULL;
  assert_status (f, "GET", "data/a", NULL, NULL, 500);
  assert_status (f, "GET", "data/a", NULL, NULL, 307);
  g_assert_cmpstr (soup_message_headers_get_one (f->headers, "Location"), ==, "http://127.0.0.9/");
  assert_status (f, "GET", "data/a", NULL, NULL, 200);
  g_assert_cmpstr (soup_message_headers_get_content_type (f->headers, NULL), ==, "text/html");
  assert_status (f, "PUT", "data/b", TYPE_MO, "[]", 507);
  assert_status (f, "GET", "data/b", NULL, NULL, 404);
  assert_status (f, "GET", "data/a", NULL, NULL, 200);
  g_assert_cmpstr (soup_message_headers_get_content_type (f->headers, NULL), ==, TYPE_MO);
}

static void
test_sessions_go_wrong_as_asked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  START (f, "--port=0");
  fixture_post (f, "/misbehave", "{\"next\":\"no-end\",\"count\":2}");
  fixture_post (f, "/misbehave", "{\"next\":\"no-end\",\"command\":[\"GET\",\"urn:x//\"]}");
  fixture_post (f, "/misbehave", "{\"next\":\"garbage\",\"body\":\"{\\\"CMD\\\":[]}\"}");
  assert_talk (f, TYPE_1, PACKAGE_1, "{\"CMD\":[[\"GET\",\"urn:oma:mo:oma-dm-devinfo:1.2//DevID\"]]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}",
               "{\"CMD\":[[\"GET\",\"urn:oma:mo:oma-dm-devinfo:1.2//DevID\"]]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}", "{\"CMD\":[[\"GET\",\"urn:x//\"]]}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}", "{\"CMD\":[]}");
  queue (f, "[\"GET\",\"urn:y//\"]");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}", "{\"CMD\":[[\"GET\",\"urn:y//\"]]}");
  fixture_post (f, "/misbehave", "{\"next\":\"repeat\"}");
  assert_talk (f, TYPE_3, "{\"Status\":[{\"sc\":200}]}", "{\"CMD\":[[\"GET\",\"urn:y//\"]]}");
}

/* The values of the first were computed by other means than this program. */
static void
test_notifications_have_the_right_octets (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *request;
    const char *hex;
  } cases[] = {
    { "{\"server-id\":\"dm2.example.net\",\"id\":42,\"time\":1700000000,\"objects\":true,\"secret\":\"notisecret\","
      "\"data\":\"notidata\"}",
      "13001f00646d322e6578616d706c652e6e6574110012002a1f1147b8563ecaa3e71af3ab98a12be1673aece7be32ec5c5b4d068c79192f3af11"
      "7146553f10010" },
    { "{\"server-id\":\"srv1\",\"connection-type\":-1,\"id\":-1,\"time\":-1}", "10801473727631" },
    { "{\"server-id\":\"s\",\"connection-type\":2,\"id\":65535,\"time\":4294967296}",
      "12001173110212ffff280000000100000000" },
  };

  START (f, "--port=0");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(JsonObject) reply = fixture_admin (f, "POST", "/notifications", cases[i].request);

      g_assert_cmpuint (f->status, ==, 200);
      g_assert_cmpstr (json_object_get_string_member (reply, "hex"), ==, cases[i].hex);
    }
}

static void
test_bootstrap_document_is_at_its_path (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *made = NULL, *served = NULL, *uri = NULL;
  g_autoptr(GBytes) bytes = NULL;

  START (f, "--port=0", "--server-id=boot");
  assert_status (f, "GET", "bootstrap", NULL, NULL, 404);
  made = admin_text (f, "POST", "/bootstrap", "application/json",
                     "{\"server-uri\":\"https://dm/\",\"moids\":[\"urn:a\",\"urn:b\"],\"notification-secret\":\"x\","
                     "\"ca\":\"PEM\",\"http-user\":\"joe\",\"http-secret\":\"s3cret\"}");
  uri = g_strconcat (f->dm, "bootstrap", NULL);
  bytes = fixture_request (f, "GET", uri, NULL, NULL, NULL);
  g_assert_cmpstr (soup_message_headers_get_content_type (f->headers, NULL), ==, TYPE_MO);
  served = to_text (bytes);
  g_assert_cmpstr (made, ==, served);
  for (const char *const *text = (const char *const[]) { "\"ClientURI\" : \"urn:oma:mo:oma-dm-dmacc:1.2//\"",
       "\"SrvID\" : \"boot\"", "\"SrvURI\" : \"https://dm/\"", "\"MOID\" : \"urn:b\"", "\"Secret\" : \"eA==\"", "\"CA\" : \"PEM\"", "\"Name\" : \"joe\"",
       "\"Secret\" : \"s3cret\"", NULL };
       *text != NULL; text++)
    g_assert_nonnull (strstr (served, *text));
  assert_status (f, "PUT", "bootstrap", TYPE_MO, "[]", 405);
}

static void
test_rubbish_of_administrators_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *path;
    const char *body;
  } bad[] = {
    { "/devices/x/commands", "[[\"GET\",\"urn:a//\"],{\"command\":\"Get\",\"uri\":\"./A\"}]" },
    { "/devices/x/commands", "[[7]]" },
    { "/devices/x/commands", "[[\"GET\"],[]]" },
    { "/notifications", "[]" },
    { "/notifications", "{\"server-id\":7}" },
    { "/notifications", "{\"id\":\"many\"}" },
    { "/bootstrap", "{\"moids\":[]}" },
    { "/bootstrap", "7" },
  };

  START (f, "--port=0");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(JsonObject) reply = fixture_admin (f, "POST", bad[i].path, bad[i].body);

      g_assert_cmpuint (f->status, ==, 400);
      g_assert_true (json_object_has_member (reply, "error"));
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/testserver-dm2/" name, Fixture, NULL, NULL, func, fixture_tear_down)
  ADD ("packages-are-filled-from-the-queue", test_packages_are_filled_from_the_queue);
  ADD ("end-that-was-queued-ends-the-session", test_end_that_was_queued_ends_the_session);
  ADD ("statuses-alerts-and-objects-are-kept", test_statuses_alerts_and_objects_are_kept);
  ADD ("breaches-of-the-specification-are-noted", test_breaches_of_the_specification_are_noted);
  ADD ("status-missing-is-noted", test_status_missing_is_noted);
  ADD ("types-and-headers-are-demanded", test_types_and_headers_are_demanded);
  ADD ("sessions-at-the-same-time-are-told-apart", test_sessions_at_the_same_time_are_told_apart);
  ADD ("both-generations-have-queues-of-their-own", test_both_generations_have_queues_of_their_own);
  ADD ("documents-are-got-and-put", test_documents_are_got_and_put);
  ADD ("repository-takes-only-its-types", test_repository_takes_only_its_types);
  ADD ("repository-goes-wrong-as-asked", test_repository_goes_wrong_as_asked);
  ADD ("sessions-go-wrong-as-asked", test_sessions_go_wrong_as_asked);
  ADD ("notifications-have-the-right-octets", test_notifications_have_the_right_octets);
  ADD ("bootstrap-document-is-at-its-path", test_bootstrap_document_is_at_its_path);
  ADD ("rubbish-of-administrators-is-refused", test_rubbish_of_administrators_is_refused);
  return g_test_run ();
}
