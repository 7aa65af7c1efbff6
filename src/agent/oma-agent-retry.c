/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-account-state.h"
#include "agent/oma-retry.h"

/* The session that alerts for one address wait for. */
typedef struct {
  OmaAgent *agent;
  char     *account;
  char     *report_uri;  /* (nullable): %NULL: the account's own */
  guint     failures;    /* sessions in a row */
  guint     source;      /* 0: none waits */
} Retry;

static void
retry_free (gpointer data)
{
  Retry *retry = data;

  g_clear_handle_id (&retry->source, g_source_remove);
  g_free (retry->account);
  g_free (retry->report_uri);
  g_free (retry);
}

/* Internal: makes the table of what oma_agent_open_session() and oma_agent_try_again() wait with. */
GHashTable *
oma_agent_make_retries (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, retry_free);
}

static char *
make_key (const char *account, const char *report_uri)
{
  return g_strconcat (account, "\n", report_uri, NULL);
}

static Retry *
find (OmaAgent *self, const char *account, const char *report_uri)
{
  g_autofree char *key = make_key (account, report_uri);

  return g_hash_table_lookup (self->retries, key);
}

/* What holds for the account's own address says nothing of others. */
static guint
get_hold (OmaAccount *account, const char *report_uri)
{
  return report_uri == NULL ? oma_account_get_hold (account, g_get_real_time () / G_USEC_PER_SEC) : 0;
}

static gboolean
waited (gpointer user_data)
{
  Retry *retry = user_data;
  OmaAgent *self = retry->agent;
  OmaAccount *account = oma_agent_find_account (self, retry->account);

  retry->source = 0;
  /* What waited may have gone another way; a session that is under way looks after it when it ends. */
  if (account != NULL && !oma_session_queue_has_active (self->sessions, retry->account, retry->report_uri) &&
      (oma_alert_list_session_over (self->alerts, oma_account_get_server_id (account), retry->report_uri, FALSE) ||
       (retry->report_uri == NULL && oma_account_is_bootstrap_untold (account))))
    oma_agent_open_session (self, account, retry->report_uri);
  return G_SOURCE_REMOVE;
}

static Retry *
ensure (OmaAgent *self, OmaAccount *account, const char *report_uri)
{
  const char *name = oma_account_get_name (account);
  Retry *retry = find (self, name, report_uri);

  if (retry != NULL)
    return retry;
  retry = g_new0 (Retry, 1);
  retry->agent = self;
  retry->account = g_strdup (name);
  retry->report_uri = g_strdup (report_uri);
  g_hash_table_insert (self->retries, make_key (name, report_uri), retry);
  return retry;
}

static void
wait_for (Retry *retry, guint milliseconds)
{
  guint seconds = (guint) (((guint64) milliseconds + 999) / 1000);

  g_clear_handle_id (&retry->source, g_source_remove);
  retry->source = g_timeout_add_seconds (seconds, waited, retry);
  g_debug ("Account %s: a session for its alerts begins in %u s", retry->account, seconds);
}

/* Internal: a session that starts by itself, with the address @report_uri that the server named unless that is NULL:
 * one that the server refused, or asked to come later, stays away for
 * as long, and one that failed is not joined by another before its turn. */
void
oma_agent_open_session (OmaAgent *self, OmaAccount *account, const char *report_uri)
{
  OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;
  Retry *retry = find (self, oma_account_get_name (account), report_uri);
  guint hold = get_hold (account, report_uri);
  g_autoptr(GError) error = NULL;

  cause.report_uri = (char *) report_uri;
  if (self->stopping || (retry != NULL && retry->source != 0))
    return;
  if (hold > 0)
    wait_for (ensure (self, account, report_uri), oma_retry_delay (0, 0, 0, hold, NULL));
  else if (oma_agent_sync_for (self, oma_account_get_name (account), &cause, &error) == NULL)
    g_debug ("No session for an alert: %s", error->message);
}

/* Internal: a session failed, and alerts that want one still wait. */
void
oma_agent_try_again (OmaAgent *self, OmaRunner *runner)
{
  OmaAccount *account = oma_runner_get_account (runner);
  const char *report_uri = oma_runner_get_report_uri (runner);
  guint asked = report_uri == NULL ? get_hold (account, NULL)
                                   : MIN (oma_runner_get_retry_after (runner), OMA_ACCOUNT_MAX_RETRY_AFTER);
  Retry *retry;

  if (self->stopping)
    return;
  retry = ensure (self, account, report_uri);
  wait_for (retry, oma_retry_delay (self->config->retry_delay, OMA_ACCOUNT_MAX_BACK_OFF, retry->failures, asked,
                                    self->rand));
  retry->failures++;
}

/* Internal: a session with this address of the account went well, or there is nothing more to tell it. */
void
oma_agent_forget_retry (OmaAgent *self, const char *account, const char *report_uri)
{
  g_autofree char *key = make_key (account, report_uri);

  g_hash_table_remove (self->retries, key);
}

/* Internal: the account is gone. */
void
oma_agent_forget_retries (OmaAgent *self, const char *account)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->retries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_strcmp0 (((const Retry *) value)->account, account) == 0)
      g_hash_table_iter_remove (&iter);
}
