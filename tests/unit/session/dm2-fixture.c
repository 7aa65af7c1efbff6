/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-fixture.h"

#include "codec/oma-dm2-package.h"

#include <string.h>
#include <sys/mman.h>

/* ---- The fixture ---- */

void
dm2_set_up (Dm2Fixture *f, gconstpointer data)
{
  fixture_set_up (&f->base, data);
  f->base.now = 1000;
  f->alerts = g_object_new (FAKE_TYPE_ALERTS, NULL);
  f->subscriptions = g_object_new (FAKE_TYPE_SUBSCRIPTIONS, NULL);
  f->config = (OmaDm2Config) {
    .server_id = DM2_SERVER_ID,
    .server_uri = "https://dm.example.org/dm2",
    .notification_id = -1,
  };
}

static void
clear_step (Dm2Fixture *f)
{
  g_clear_pointer (&f->step, oma_dm2_step_free);
  g_clear_pointer (&f->body, g_free);
  g_clear_error (&f->error);
}

void
dm2_tear_down (Dm2Fixture *f, gconstpointer data)
{
  clear_step (f);
  g_clear_pointer (&f->session, oma_dm2_session_free);
  g_clear_object (&f->cancellable);
  g_clear_object (&f->alerts);
  g_clear_object (&f->subscriptions);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  fixture_tear_down (&f->base, data);
}

static gint64
get_time (gpointer user_data)
{
  return ((Dm2Fixture *) user_data)->base.now;
}

static int
make_spool (gpointer user_data, GError **error)
{
  Dm2Fixture *f = user_data;

  f->base.spools++;
  if (f->base.spool_failure == OMA_STATUS_NONE)
    return memfd_create ("spool", MFD_CLOEXEC);
  g_set_error_literal (error, OMA_STATUS_ERROR, f->base.spool_failure, "There is no file");
  return -1;
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Dm2Fixture *f = user_data;

  f->step = oma_dm2_session_step_finish (f->session, result, &f->error);
}

static char *
dup_body (const OmaDm2Step *step)
{
  char *text = NULL;
  g_autoptr(GMappedFile) mapped = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (step->file >= 0)
    {
      mapped = g_mapped_file_new_from_fd (step->file, FALSE, NULL);
      bytes = g_mapped_file_get_bytes (mapped);
    }
  else if (step->body != NULL)
    bytes = g_bytes_ref (step->body);
  if (bytes != NULL)
    text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return text != NULL ? text : g_strdup ("");
}

static void
wait_for_step (Dm2Fixture *f)
{
  while (f->step == NULL && f->error == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (f->step != NULL)
    f->body = dup_body (f->step);
}

/* Starts a session with f->config and takes the step that follows. */
void
dm2_start (Dm2Fixture *f)
{
  clear_step (f);
  g_clear_pointer (&f->session, oma_dm2_session_free);
  f->session = oma_dm2_session_new (f->base.executor, &f->config);
  oma_dm2_session_set_clock_func (f->session, get_time, f);
  oma_dm2_session_set_alert_queue (f->session, OMA_ALERT_QUEUE (f->alerts));
  oma_dm2_session_set_interaction (f->session, (OmaInteraction *) f->base.interaction);
  oma_dm2_session_set_subscriptions (f->session, (OmaSubscriptions *) f->subscriptions);
  if (!f->no_spool)
    oma_dm2_session_set_spool_func (f->session, make_spool, f);
  oma_dm2_session_start_async (f->session, f->cancellable, step_cb, f);
  wait_for_step (f);
}

/* Feeds what came of the step, and does @meanwhile before the session has worked on it. */
void
dm2_feed_then (Dm2Fixture *f, const OmaDm2Reply *reply, void (*meanwhile) (Dm2Fixture *f))
{
  clear_step (f);
  oma_dm2_session_feed_async (f->session, reply, f->cancellable, step_cb, f);
  if (meanwhile != NULL)
    meanwhile (f);
  wait_for_step (f);
}

void
dm2_feed (Dm2Fixture *f, const OmaDm2Reply *reply)
{
  dm2_feed_then (f, reply, NULL);
}

/* Answers with @status and a body. */
void
dm2_give (Dm2Fixture *f, guint status, const char *media_type, const char *body)
{
  g_autoptr(GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;

  dm2_feed (f, &(OmaDm2Reply) { .http_status = status, .media_type = media_type, .body = bytes, .file = -1 });
}

/* Answers a package with one of the server's: @commands are the items of CMD. */
void
dm2_answer (Dm2Fixture *f, const char *commands)
{
  g_autofree char *body = g_strdup_printf ("{\"CMD\":[%s]}", commands);

  dm2_give (f, 200, OMA_DM2_TYPE_REQUEST, body);
}

/* Starts a session and answers package 1 with @commands. */
void
dm2_begin (Dm2Fixture *f, const char *commands)
{
  dm2_start (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_SEND);
  dm2_answer (f, commands);
}

void
dm2_add_box (Dm2Fixture *f, const char *name, const char *value)
{
  g_hash_table_insert (f->base.boxes, g_strdup (name), g_strdup (value));
}

static void
result_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* Does something in the name of the device. */
static void
change (Dm2Fixture *f, OmaOperationType type, const char *uri, const char *text)
{
  const OmaPrincipal device = { .kind = OMA_PRINCIPAL_DEVICE };
  g_autoptr(OmaWork) work = oma_work_new (f->base.executor, &device);
  g_autoptr(OmaValue) value = oma_value_new_string (text);
  g_auto(OmaOperation) operation = { .type = type, .uri = uri, .value = value };
  g_autoptr(GAsyncResult) run = NULL, commit = NULL;
  g_autoptr(GError) error = NULL;

  oma_work_run_async (work, &operation, NULL, result_cb, &run);
  oma_work_run_finish (work, wait_for_result (&run), &error);
  g_assert_no_error (error);
  oma_work_commit_async (work, NULL, result_cb, &commit);
  oma_work_commit_finish (work, wait_for_result (&commit), &error);
  g_assert_no_error (error);
}

/* Adds a node that the store keeps. */
void
dm2_add_conn (Dm2Fixture *f, const char *name, const char *ssid)
{
  g_autofree char *uri = g_strdup_printf ("./Vendor/Net/Conn/%s/Ssid", name);

  change (f, OMA_OPERATION_ADD, uri, ssid);
}

void
dm2_set_acl (Dm2Fixture *f, const char *uri, const char *acl)
{
  g_autofree char *property = g_strdup_printf ("%s?prop=ACL", uri);

  change (f, OMA_OPERATION_REPLACE, property, acl);
}

/* ---- What came of it ---- */

/* The step sends package 3 with these items of Status, and nothing else. */
void
dm2_assert_sent (Dm2Fixture *f, const char *statuses)
{
  g_autofree char *expected = g_strdup_printf ("{\"Status\":[%s]}", statuses);

  g_assert_no_error (f->error);
  g_assert_no_error (f->step->error);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_SEND);
  g_assert_cmpstr (f->step->media_type, ==, OMA_DM2_TYPE_RESPONSE);
  g_assert_cmpstr (f->step->accept, ==, OMA_DM2_TYPE_REQUEST);
  g_assert_cmpstr (f->body, ==, expected);
}

/* The step asks a data repository. */
void
dm2_assert_transfer (Dm2Fixture *f, const char *method, const char *uri, const char *body)
{
  g_assert_no_error (f->error);
  g_assert_no_error (f->step->error);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_TRANSFER);
  g_assert_cmpstr (f->step->method, ==, method);
  g_assert_cmpstr (f->step->uri, ==, uri);
  g_assert_true (f->step->named_by_server);
  g_assert_cmpstr (f->body, ==, body);
}

/* The session ended in order. */
void
dm2_assert_done (Dm2Fixture *f)
{
  g_assert_no_error (f->error);
  g_assert_no_error (f->step->error);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_DONE);
}

void
dm2_assert_failed (Dm2Fixture *f, OmaSessionError code)
{
  g_assert_no_error (f->error);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_DONE);
  g_assert_error (f->step->error, OMA_SESSION_ERROR, (int) code);
}
