/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packages of DM 2.0: how a session begins, goes on and ends. */
#include "config.h"

#include "dm2-fixture.h"

#include "codec/oma-dm2-package.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#define URI "https://dm.example.org/dm2"
#define OTHER_URI "https://other.example.org/dm2"
#define START(cause) "{\"AlertType\":\"urn:oma:at:dm:2.0:" cause "\"}"
#define GET_HOSTNAME "[\"GET\",\"urn:ex:mo:vendor:1.0//Net/Hostname\"]"
#define HOSTNAME "{\"sc\":200,\"MOData\":[{\"ClientURI\":\"urn:ex:mo:vendor:1.0/Vendor/Net/Hostname\"," \
                 "\"MOData\":{\"Hostname\":\"edge\"}}]}"
#define END "[\"END\"]"

/* ---- Package 1 ---- */

static void
test_package_1_tells_who_wanted_the_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_SEND);
  g_assert_cmpstr (f->step->method, ==, "POST");
  g_assert_cmpstr (f->step->uri, ==, URI);
  g_assert_false (f->step->named_by_server);
  g_assert_cmpstr (f->step->media_type, ==, OMA_DM2_TYPE_INITIATION);
  g_assert_cmpstr (f->step->accept, ==, OMA_DM2_TYPE_REQUEST);
  g_assert_cmpuint (f->step->max_size, ==, OMA_DM2_MAX_PACKAGE);
  g_assert_cmpstr (f->body, ==, "{\"Alert\":[" START ("ClientInitiatedMgmt") "]}");
}

static void
test_notification_is_answered_with_its_id (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.start = OMA_DM2_START_NOTIFICATION;
  f->config.notification_id = 42;
  dm2_start (f);
  g_assert_cmpstr (f->body, ==, "{\"Alert\":[{\"AlertType\":\"urn:oma:at:dm:2.0:ServerInitiatedMgmt\","
                   "\"DataType\":\"int\",\"Data\":{\"NotificationID\":42}}]}");
}

static void
test_notification_may_have_no_id (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.start = OMA_DM2_START_NOTIFICATION;
  dm2_start (f);
  g_assert_cmpstr (f->body, ==, "{\"Alert\":[" START ("ServerInitiatedMgmt") "]}");
}

static void
test_bootstrap_is_told_and_needs_no_id (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.start = OMA_DM2_START_BOOTSTRAP;
  f->config.notification_id = 42;
  dm2_start (f);
  g_assert_cmpstr (f->body, ==, "{\"Alert\":[" START ("BootstrapComplete") "]}");
}

static void
test_objects_are_listed_when_asked_for (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *const moids[] = { "urn:ex:mo:box:1.0", "urn:ex:mo:vendor:1.0", NULL };

  f->config.list_objects = TRUE;
  f->config.moids = moids;
  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "2");
  dm2_start (f);
  g_assert_nonnull (strstr (f->body, "{\"MOID\":\"urn:ex:mo:box:1.0\",\"MIID\":[\"a\",\"b\"]}"));
  g_assert_nonnull (strstr (f->body, "{\"MOID\":\"urn:ex:mo:vendor:1.0\",\"MIID\":[\"Vendor\"]}"));
  g_assert_null (strstr (f->body, "ops"));
  g_assert_true (g_str_has_suffix (f->body, "\"Alert\":[" START ("ClientInitiatedMgmt") "]}"));
}

/* ---- Packages 2 and 3 ---- */

static void
test_answers_come_in_the_order_of_the_commands (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, GET_HOSTNAME ",[\"GET\",\"urn:ex:mo:vendor:1.0//Nix\"]," GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME ",{\"sc\":404}," HOSTNAME);
  g_assert_cmpstr (f->step->uri, ==, URI);
  g_assert_false (f->step->named_by_server);
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME);
  dm2_answer (f, END);
  dm2_assert_done (f);
}

static void
test_bad_command_is_answered_and_the_others_run (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"GET\"],[\"FROB\",\"x\"],[7]," GET_HOSTNAME ",[\"EXEC\",\"https://a/\"],[]");
  dm2_assert_sent (f, "{\"sc\":400},{\"sc\":501},{\"sc\":400}," HOSTNAME ",{\"sc\":400},{\"sc\":400}");
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->commands, ==, 6);
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->failed_commands, ==, 5);
}

static void
test_json_of_another_name_is_a_package_too (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  dm2_give (f, 200, "Application/JSON; charset=utf-8", "{\"CMD\":[" GET_HOSTNAME "]}");
  dm2_assert_sent (f, HOSTNAME);
}

static void
test_large_package_comes_in_a_file (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaDm2Reply reply = { .http_status = 200, .media_type = OMA_DM2_TYPE_REQUEST, .file = -1 };
  const char *text = "{\"CMD\":[" GET_HOSTNAME "]}";
  g_autofree char *name = NULL;
  g_autoptr(GError) error = NULL;

  dm2_start (f);
  reply.file = g_file_open_tmp (NULL, &name, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (name, text, -1, NULL));
  g_close (reply.file, NULL);
  reply.file = g_open (name, O_RDONLY);
  dm2_feed (f, &reply);
  g_close (reply.file, NULL);
  g_unlink (name);
  dm2_assert_sent (f, HOSTNAME);
}

/* ---- What is no package ---- */

static void
test_syntax_error_ends_the_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const texts[] = {
    "{", "[]", "{}", "null", "{\"CMD\":7}", "{\"CMD\":[[\"END\"]]", "{\"CMD\":[[\"END\"]]}x", "<html/>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      dm2_start (f);
      dm2_give (f, 200, OMA_DM2_TYPE_REQUEST, texts[i]);
      dm2_assert_failed (f, OMA_SESSION_ERROR_MESSAGE);
    }
}

static void
test_answer_of_another_type_ends_the_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const types[] = { "text/html", NULL, "application/vnd.oma.dm.response+json", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      dm2_start (f);
      dm2_give (f, 200, types[i], "{\"CMD\":[" END "]}");
      dm2_assert_failed (f, OMA_SESSION_ERROR_MESSAGE);
    }
}

static void
test_refusal_ends_the_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    guint           status;
    OmaSessionError code;
  } cases[] = {
    { 302, OMA_SESSION_ERROR_REFUSED }, { 400, OMA_SESSION_ERROR_REFUSED }, { 401, OMA_SESSION_ERROR_CREDENTIALS },
    { 403, OMA_SESSION_ERROR_REFUSED }, { 404, OMA_SESSION_ERROR_REFUSED }, { 406, OMA_SESSION_ERROR_REFUSED },
    { 415, OMA_SESSION_ERROR_REFUSED }, { 429, OMA_SESSION_ERROR_REFUSED }, { 500, OMA_SESSION_ERROR_NO_ANSWER },
    { 503, OMA_SESSION_ERROR_NO_ANSWER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      dm2_start (f);
      dm2_give (f, cases[i].status, OMA_DM2_TYPE_REQUEST, "{\"CMD\":[" END "]}");
      dm2_assert_failed (f, cases[i].code);
    }
}

/* DM Protocol 2.0, negotiation: 415 with OMADM-Accept. */
static void
test_type_that_the_server_wants_is_named (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, GET_HOSTNAME);
  dm2_feed (f, &(OmaDm2Reply) { .http_status = 415, .accept = "text/x\n", .file = -1 });
  dm2_assert_failed (f, OMA_SESSION_ERROR_REFUSED);
  g_assert_nonnull (strstr (f->step->error->message, "text/x\\n"));
}

static void
test_silence_ends_the_session_with_its_reason (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, "no route");

  dm2_start (f);
  dm2_feed (f, &(OmaDm2Reply) { .error = error, .file = -1 });
  g_assert_cmpint (f->step->action, ==, OMA_DM2_DONE);
  g_assert_error (f->step->error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
  dm2_start (f);
  dm2_feed (f, &(OmaDm2Reply) { .file = -1 });
  dm2_assert_failed (f, OMA_SESSION_ERROR_NO_ANSWER);
}

/* ---- END and what is like it ---- */

/* DM Protocol 2.0, END: every command of the package runs, and nothing is sent. */
static void
test_end_lets_all_commands_run (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "2");
  dm2_begin (f, "[\"DELETE\",\"urn:ex:mo:box:1.0/a/\"]," END ",[\"DELETE\",\"urn:ex:mo:box:1.0/b/\"]");
  dm2_assert_done (f);
  g_assert_cmpuint (g_hash_table_size (f->base.boxes), ==, 0);
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->commands, ==, 3);
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->failed_commands, ==, 0);
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->unanswered, ==, 0);
}

static void
test_bad_end_is_no_end (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"END\",\"urn:x\"]");
  dm2_assert_sent (f, "{\"sc\":400}");
}

static void
test_answer_without_commands_ends_the_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "");
  dm2_assert_done (f);
  dm2_start (f);
  dm2_give (f, 204, NULL, NULL);
  dm2_assert_done (f);
  dm2_start (f);
  dm2_give (f, 200, NULL, NULL);
  dm2_assert_done (f);
  dm2_start (f);
  dm2_give (f, 200, "text/html", "");
  dm2_assert_done (f);
  dm2_begin (f, GET_HOSTNAME);
  dm2_give (f, 204, NULL, NULL);
  dm2_assert_done (f);
}

/* ---- CONT ---- */

/* DM Protocol 2.0, CONT: this and all following packages 3. */
static void
test_cont_moves_all_packages_that_follow (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"CONT\",\"" OTHER_URI "\"]," GET_HOSTNAME);
  dm2_assert_sent (f, "{\"sc\":200}," HOSTNAME);
  g_assert_cmpstr (f->step->uri, ==, OTHER_URI);
  g_assert_true (f->step->named_by_server);
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME);
  g_assert_cmpstr (f->step->uri, ==, OTHER_URI);
  g_assert_true (f->step->named_by_server);
  dm2_answer (f, "[\"CONT\",\"" URI "\"]");
  dm2_assert_sent (f, "{\"sc\":200}");
  g_assert_cmpstr (f->step->uri, ==, URI);
  g_assert_true (f->step->named_by_server);
}

/* ---- Guards ---- */

static void
test_endless_server_is_given_up (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  f->config.max_packages = 3;
  dm2_begin (f, GET_HOSTNAME);
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME);
  dm2_answer (f, "[\"DELETE\",\"urn:ex:mo:box:1.0/a/\"]");
  dm2_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
  g_assert_cmpuint (g_hash_table_size (f->base.boxes), ==, 1);
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->messages_sent, ==, 3);
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->messages_received, ==, 3);
}

static void
test_last_package_may_end_the_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  f->config.max_packages = 1;
  dm2_begin (f, "[\"DELETE\",\"urn:ex:mo:box:1.0/a/\"]," END);
  dm2_assert_done (f);
  g_assert_cmpuint (g_hash_table_size (f->base.boxes), ==, 0);
}

static void
test_default_bounds (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  for (guint i = 1; i < OMA_DM2_MAX_PACKAGES; i++)
    {
      dm2_answer (f, GET_HOSTNAME);
      dm2_assert_sent (f, HOSTNAME);
    }
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
  dm2_start (f);
  f->base.now += OMA_DM2_MAX_SECONDS - 1;
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME);
  f->base.now++;
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
}

static void
test_session_does_not_outlast_its_time_in_transfers (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_seconds = 60;
  dm2_begin (f, "[\"HPUT\",\"https://repo.example.org/1\",\"urn:ex:mo:vendor:1.0//Motd\"],"
             "[\"HPUT\",\"https://repo.example.org/2\",\"urn:ex:mo:vendor:1.0//Motd\"]");
  f->base.now += 59;
  dm2_give (f, 200, NULL, NULL);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_TRANSFER);
  f->base.now++;
  dm2_give (f, 200, NULL, NULL);
  dm2_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
}

/* ---- Wrong use ---- */

static void
test_steps_come_one_after_the_other (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  dm2_answer (f, END);
  dm2_assert_done (f);
  dm2_answer (f, GET_HOSTNAME);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dm2_add ("package-1/client", test_package_1_tells_who_wanted_the_session);
  dm2_add ("package-1/notification", test_notification_is_answered_with_its_id);
  dm2_add ("package-1/notification-without-id", test_notification_may_have_no_id);
  dm2_add ("package-1/bootstrap", test_bootstrap_is_told_and_needs_no_id);
  dm2_add ("package-1/objects", test_objects_are_listed_when_asked_for);
  dm2_add ("packages/order", test_answers_come_in_the_order_of_the_commands);
  dm2_add ("packages/bad-command", test_bad_command_is_answered_and_the_others_run);
  dm2_add ("packages/json", test_json_of_another_name_is_a_package_too);
  dm2_add ("packages/file", test_large_package_comes_in_a_file);
  dm2_add ("no-package/syntax", test_syntax_error_ends_the_session);
  dm2_add ("no-package/type", test_answer_of_another_type_ends_the_session);
  dm2_add ("no-package/refusal", test_refusal_ends_the_session);
  dm2_add ("no-package/wanted-type", test_type_that_the_server_wants_is_named);
  dm2_add ("no-package/silence", test_silence_ends_the_session_with_its_reason);
  dm2_add ("end/all-commands-run", test_end_lets_all_commands_run);
  dm2_add ("end/bad", test_bad_end_is_no_end);
  dm2_add ("end/no-commands", test_answer_without_commands_ends_the_session);
  dm2_add ("cont", test_cont_moves_all_packages_that_follow);
  dm2_add ("guards/endless", test_endless_server_is_given_up);
  dm2_add ("guards/last-package", test_last_package_may_end_the_session);
  dm2_add ("guards/defaults", test_default_bounds);
  dm2_add ("guards/transfers", test_session_does_not_outlast_its_time_in_transfers);
  dm2_add ("order-of-steps", test_steps_come_one_after_the_other);
  return g_test_run ();
}
