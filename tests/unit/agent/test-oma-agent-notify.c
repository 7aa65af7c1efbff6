/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notifications of DM 2.0 (DM Protocol 2.0, package 0), whatever way they came. */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-private.h"
#include "agent/oma-account-state.h"
#include "agent/oma-agent.h"
#include "agent/oma-agent-private.h"
#include "agent/oma-notification-record.h"
#include "base/oma-secret.h"

#include <string.h>

#define SERVER "dm2.example.net"
#define NOBODY "https://127.0.0.1:9/"
#define SECRET "TopSecretOfNotifications"
#define DATA "notidata"

/* An agent on directories of its own; the device of AgentTest is closed. */
typedef struct {
  AgentTest  base;
  OmaAgent  *agent;
} Fixture;

static void
start (Fixture *f)
{
  f->agent = agent_test_start_agent (&f->base);
}

static void
stop (Fixture *f)
{
  agent_test_stop_agent (f->agent);
  g_clear_object (&f->agent);
}

/* @secret: (nullable): without it the account has no credentials of notifications */
static OmaAccount *
add_account (Fixture *f, const char *name, const char *server_id, OmaDmVersion protocol, const char *secret,
             const char *option)
{
  OmaAccountConfig *config = oma_account_config_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(OmaAccount) account = NULL;
  g_autoptr(GError) error = NULL;

  config->name = g_strdup (name);
  config->server_id = g_strdup (server_id);
  config->url = g_strdup (NOBODY);
  config->protocol = protocol;
  if (secret != NULL)
    {
      config->notification_secret = oma_secret_bytes_new (g_strdup (secret), strlen (secret));
      config->notification_data = g_bytes_new_static (DATA, strlen (DATA));
    }
  if (option != NULL)
    g_hash_table_insert (config->options, g_strdup (option), g_strdup ("false"));
  oma_agent_add_account_async (f->agent, config, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  account = oma_agent_add_account_finish (f->agent, result, &error);
  g_assert_no_error (error);
  return account;   /* the agent has it */
}

static void
set_up (Fixture *f, gconstpointer data)
{
  agent_test_set_up (&f->base, data);
  agent_test_close (&f->base);
  agent_test_make_plugin_dir (&f->base);
  agent_test_clear_log ();
  start (f);
  add_account (f, "two", SERVER, OMA_DM_2_0, SECRET, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->agent != NULL)
    stop (f);
  g_assert_false (agent_test_has_logged (SECRET));
  agent_test_tear_down (&f->base, data);
}

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* @secret: (nullable): without it there is no digest; @time: -1: none */
static GBytes *
make (const char *server_id, int id, gint64 time, const char *secret)
{
  const OmaNotification notification = { .server_id = (char *) server_id, .id = id, .timestamp = time };
  g_autoptr(GBytes) key = secret != NULL ? g_bytes_new_static (secret, strlen (secret)) : NULL;
  g_autoptr(GBytes) data = g_bytes_new_static (DATA, strlen (DATA));

  return oma_notification_write (&notification, key, data);
}

/* Returns: (transfer none) (nullable): the session */
static OmaRunner *
notify (Fixture *f, GBytes *octets, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(OmaRunner) runner = NULL;

  oma_agent_notify_async (f->agent, octets, agent_test_keep_result, &result);
  g_assert_null (result);
  agent_test_wait_for (&result);
  runner = oma_agent_notify_finish (f->agent, result, error);
  return runner;
}

static guint
count_sessions (Fixture *f)
{
  return oma_agent_get_sessions (f->agent)->len;
}

static const char *
get_record (Fixture *f)
{
  return oma_account_get_notifications (oma_agent_find_account (f->agent, "two"));
}

static void
assert_accepted (Fixture *f, GBytes *octets)
{
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (notify (f, octets, &error));
  g_assert_no_error (error);
}

static void
assert_refused (Fixture *f, GBytes *octets, OmaNotificationError code)
{
  g_autofree char *before = g_strdup (get_record (f));
  guint n_sessions = count_sessions (f);
  g_autoptr(GError) error = NULL;

  g_assert_null (notify (f, octets, &error));
  g_assert_error (error, OMA_NOTIFICATION_ERROR, (int) code);
  g_assert_null (strstr (error->message, SECRET));
  g_assert_cmpuint (count_sessions (f), ==, n_sessions);
  g_assert_cmpstr (get_record (f), ==, before);
}

static void
test_right_one_starts_a_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 time = now ();
  g_autofree char *record = g_strdup_printf ("%" G_GINT64_FORMAT " 42", time);
  g_autoptr(GBytes) octets = make (SERVER, 42, time, SECRET);
  g_autoptr(GError) error = NULL;
  OmaRunner *runner = notify (f, octets, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (oma_account_get_name (oma_runner_get_account (runner)), ==, "two");
  g_assert_true (oma_agent_get_sessions (f->agent)->pdata[0] == runner);
  /* It has not begun, and what was accepted is noted. */
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_QUEUED);
  g_assert_cmpstr (get_record (f), ==, record);
}

static void
test_repeat_is_refused_at_once_and_after_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) octets = make (SERVER, 42, now (), SECRET);
  g_autoptr(GAsyncResult) first = NULL, second = NULL;
  g_autoptr(OmaRunner) runner = NULL;
  g_autoptr(GError) error = NULL;

  /* The second comes while the first is being noted. */
  oma_agent_notify_async (f->agent, octets, agent_test_keep_result, &first);
  oma_agent_notify_async (f->agent, octets, agent_test_keep_result, &second);
  agent_test_wait_for (&first);
  agent_test_wait_for (&second);
  runner = oma_agent_notify_finish (f->agent, first, &error);
  g_assert_no_error (error);
  g_assert_null (oma_agent_notify_finish (f->agent, second, &error));
  g_assert_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_REPLAYED);
  assert_refused (f, octets, OMA_NOTIFICATION_ERROR_REPLAYED);
  g_clear_object (&runner);
  g_clear_object (&first);    /* which keep the agent */
  g_clear_object (&second);
  stop (f);
  start (f);
  assert_refused (f, octets, OMA_NOTIFICATION_ERROR_REPLAYED);
}

static void
test_older_one_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 time = now ();
  g_autoptr(GBytes) newer = make (SERVER, 2, time, SECRET), older = make (SERVER, 1, time - 1, SECRET);

  assert_accepted (f, newer);
  assert_refused (f, older, OMA_NOTIFICATION_ERROR_REPLAYED);
}

static void
test_time_must_be_now (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) old = make (SERVER, 1, now () - OMA_NOTIFICATION_WINDOW - 60, SECRET);
  g_autoptr(GBytes) early = make (SERVER, 2, now () + OMA_NOTIFICATION_WINDOW + 60, SECRET);
  g_autoptr(GBytes) timeless = make (SERVER, 3, -1, SECRET);

  assert_refused (f, old, OMA_NOTIFICATION_ERROR_REPLAYED);
  assert_refused (f, early, OMA_NOTIFICATION_ERROR_REPLAYED);
  assert_refused (f, timeless, OMA_NOTIFICATION_ERROR_REPLAYED);
}

static void
test_digest_must_be_the_servers (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) other_key = make (SERVER, 1, now (), "guess"), without = make (SERVER, 2, now (), NULL);

  assert_refused (f, other_key, OMA_NOTIFICATION_ERROR_DIGEST);
  assert_refused (f, without, OMA_NOTIFICATION_ERROR_DIGEST);
  /* A digest that nothing can be judged by is not one that counts for nothing. */
  add_account (f, "plain", "plain.example.net", OMA_DM_2_0, NULL, NULL);
  g_clear_pointer (&other_key, g_bytes_unref);
  other_key = make ("plain.example.net", 1, now (), "guess");
  assert_refused (f, other_key, OMA_NOTIFICATION_ERROR_DIGEST);
}

static void
test_server_must_be_that_of_an_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) unknown = make ("nobody", 1, now (), SECRET), old = make ("dm1.example.net", 1, now (), NULL);

  assert_refused (f, unknown, OMA_NOTIFICATION_ERROR_SERVER);
  add_account (f, "one", "dm1.example.net", OMA_DM_1_2, NULL, NULL);
  assert_refused (f, old, OMA_NOTIFICATION_ERROR_SERVER);
}

static void
test_what_cannot_be_read_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) none = g_bytes_new (NULL, 0), rubbish = g_bytes_new_static ("rubbish", 7);
  g_autoptr(GBytes) large = g_bytes_new_take (g_malloc0 (OMA_NOTIFICATION_MAX_SIZE + 1), OMA_NOTIFICATION_MAX_SIZE + 1);

  assert_refused (f, none, OMA_NOTIFICATION_ERROR_MALFORMED);
  assert_refused (f, rubbish, OMA_NOTIFICATION_ERROR_MALFORMED);
  assert_refused (f, large, OMA_NOTIFICATION_ERROR_MALFORMED);
}

/* Without credentials a digest cannot be asked for; repeats are dropped all the same. */
static void
test_without_credentials_no_digest_is_needed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) octets = make ("plain.example.net", 1, now (), NULL);
  g_autoptr(GBytes) least = make ("plain.example.net", -1, -1, NULL);

  add_account (f, "plain", "plain.example.net", OMA_DM_2_0, NULL, NULL);
  assert_accepted (f, octets);
  assert_refused (f, octets, OMA_NOTIFICATION_ERROR_REPLAYED);
  assert_accepted (f, least);
  assert_refused (f, least, OMA_NOTIFICATION_ERROR_REPLAYED);
}

/* What anybody can make must not keep out what the server made. */
static void
test_one_without_digest_says_nothing_of_others (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 time = now ();
  g_autoptr(GBytes) forged = make ("lax.example.net", 7, time + OMA_NOTIFICATION_WINDOW - 60, NULL);
  g_autoptr(GBytes) right = make ("lax.example.net", 7, time, SECRET);
  g_autoptr(GBytes) wrong = make ("lax.example.net", 8, time, "guess");

  add_account (f, "lax", "lax.example.net", OMA_DM_2_0, SECRET, OMA_ACCOUNT_OPTION_NOTI_REQUIRE_DIGEST);
  assert_accepted (f, forged);
  assert_accepted (f, right);
  assert_refused (f, right, OMA_NOTIFICATION_ERROR_REPLAYED);
  assert_refused (f, wrong, OMA_NOTIFICATION_ERROR_DIGEST);
}

static void
test_refusals_do_not_fill_the_log (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *server_id = g_strdup_printf ("nobody-%d.", i);
      g_autoptr(GBytes) octets = make (server_id, 1, now (), NULL);

      assert_refused (f, octets, OMA_NOTIFICATION_ERROR_SERVER);
    }
  g_assert_true (agent_test_has_logged ("nobody-9."));
  g_assert_false (agent_test_has_logged ("nobody-10."));
}

static void
test_too_many_at_once_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GAsyncResult *results[OMA_AGENT_MAX_NOTIFICATIONS + 1] = { NULL };
  gint64 time = now ();
  guint n_accepted = 0, n_later = 0;

  for (int i = 0; i <= OMA_AGENT_MAX_NOTIFICATIONS; i++)
    {
      g_autoptr(GBytes) octets = make (SERVER, i, time, SECRET);

      oma_agent_notify_async (f->agent, octets, agent_test_keep_result, &results[i]);
    }
  for (int i = 0; i <= OMA_AGENT_MAX_NOTIFICATIONS; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaRunner) runner = NULL;

      agent_test_wait_for (&results[i]);
      runner = oma_agent_notify_finish (f->agent, results[i], &error);
      n_accepted += runner != NULL;
      n_later += g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER);
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (n_accepted, ==, OMA_AGENT_MAX_NOTIFICATIONS);
  g_assert_cmpuint (n_later, ==, 1);
}

/* A caller that has the next one at hand. */
typedef struct {
  OmaAgent     *agent;
  GBytes       *next;
  GAsyncResult *first;
  GAsyncResult *second;
} Caller;

static void
hand_in_next (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Caller *caller = user_data;

  caller->first = g_object_ref (result);
  oma_agent_notify_async (caller->agent, caller->next, agent_test_keep_result, &caller->second);
}

static void
test_next_one_may_come_with_the_answer_to_the_last (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) octets = make (SERVER, 1, now (), SECRET), next = make (SERVER, 2, now (), SECRET);
  Caller caller = { f->agent, next, NULL, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaRunner) first = NULL, second = NULL;

  oma_agent_notify_async (f->agent, octets, hand_in_next, &caller);
  agent_test_wait_for (&caller.second);
  first = oma_agent_notify_finish (f->agent, caller.first, &error);
  g_assert_no_error (error);
  second = oma_agent_notify_finish (f->agent, caller.second, &error);
  g_assert_no_error (error);
  g_object_unref (caller.first);
  g_object_unref (caller.second);
}

static void
test_nothing_is_accepted_while_stopping (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) first = make (SERVER, 1, now (), SECRET), second = make (SERVER, 2, now (), SECRET);
  g_autoptr(GAsyncResult) noted = NULL, waiting = NULL, late = NULL, stopped = NULL;
  g_autoptr(GError) error = NULL;

  oma_agent_notify_async (f->agent, first, agent_test_keep_result, &noted);
  oma_agent_notify_async (f->agent, second, agent_test_keep_result, &waiting);
  oma_agent_stop_async (f->agent, agent_test_keep_result, &stopped);
  oma_agent_notify_async (f->agent, second, agent_test_keep_result, &late);
  agent_test_wait_for (&stopped);
  /* What was under way came to its end before. */
  g_assert_nonnull (noted);
  g_assert_null (oma_agent_notify_finish (f->agent, noted, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  g_clear_error (&error);
  agent_test_wait_for (&waiting);
  g_assert_null (oma_agent_notify_finish (f->agent, waiting, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  g_clear_error (&error);
  agent_test_wait_for (&late);
  g_assert_null (oma_agent_notify_finish (f->agent, late, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  g_clear_object (&f->agent);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/agent-notify/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("right-one-starts-a-session", test_right_one_starts_a_session);
  ADD ("repeat-is-refused-at-once-and-after-a-restart", test_repeat_is_refused_at_once_and_after_a_restart);
  ADD ("older-one-is-refused", test_older_one_is_refused);
  ADD ("time-must-be-now", test_time_must_be_now);
  ADD ("digest-must-be-the-servers", test_digest_must_be_the_servers);
  ADD ("server-must-be-that-of-an-account", test_server_must_be_that_of_an_account);
  ADD ("what-cannot-be-read-is-refused", test_what_cannot_be_read_is_refused);
  ADD ("without-credentials-no-digest-is-needed", test_without_credentials_no_digest_is_needed);
  ADD ("one-without-digest-says-nothing-of-others", test_one_without_digest_says_nothing_of_others);
  ADD ("refusals-do-not-fill-the-log", test_refusals_do_not_fill_the_log);
  ADD ("too-many-at-once-are-refused", test_too_many_at_once_are_refused);
  ADD ("next-one-may-come-with-the-answer-to-the-last", test_next_one_may_come_with_the_answer_to_the_last);
  ADD ("nothing-is-accepted-while-stopping", test_nothing_is_accepted_while_stopping);
#undef ADD
  return g_test_run ();
}
