/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-account-state.h"
#include "agent/oma-retry.h"

/* The session that an account's alerts wait for. */
typedef struct {
  OmaAgent *agent;
  char     *account;
  guint     failures;    /* sessions in a row */
  guint     source;      /* 0: none waits */
} Retry;

static void
retry_free (gpointer data)
{
  Retry *retry = data;

  g_clear_handle_id (&retry->source, g_source_remove);
  g_free (retry->account);
  g_free (retry);
}

/* Internal: makes the table of what oma_agent_open_session() and oma_agent_try_again() wait with. */
GHashTable *
oma_agent_make_retries (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, retry_free);
}

static guint
get_hold (OmaAccount *account)
{
  return oma_account_get_hold (account, g_get_real_time () / G_USEC_PER_SEC);
}

static gboolean
waited (gpointer user_data)
{
  Retry *retry = user_data;
  OmaAgent *self = retry->agent;
  OmaAccount *account = oma_agent_find_account (self, retry->account);

  retry->source = 0;
  /* What waited may have gone another way; a session that is under way looks after it when it ends. */
  if (account != NULL && oma_session_queue_find_active (self->sessions, retry->account) == NULL &&
      oma_alert_list_session_over (self->alerts, oma_account_get_server_id (account), FALSE))
    oma_agent_open_session (self, account);
  return G_SOURCE_REMOVE;
}

static Retry *
ensure (OmaAgent *self, OmaAccount *account)
{
  Retry *retry = g_hash_table_lookup (self->retries, oma_account_get_name (account));

  if (retry != NULL)
    return retry;
  retry = g_new0 (Retry, 1);
  retry->agent = self;
  retry->account = g_strdup (oma_account_get_name (account));
  g_hash_table_insert (self->retries, retry->account, retry);
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

/* Internal: a session that starts by itself: one that the server refused, or asked to come later, stays away for
 * as long, and one that failed is not joined by another before its turn. */
void
oma_agent_open_session (OmaAgent *self, OmaAccount *account)
{
  Retry *retry = g_hash_table_lookup (self->retries, oma_account_get_name (account));
  guint hold = get_hold (account);
  g_autoptr(GError) error = NULL;

  if (self->stopping || (retry != NULL && retry->source != 0))
    return;
  if (hold > 0)
    wait_for (ensure (self, account), oma_retry_delay (0, 0, 0, hold, NULL));
  else if (oma_agent_sync (self, oma_account_get_name (account), &error) == NULL)
    g_debug ("No session for an alert: %s", error->message);
}

/* Internal: a session failed, and alerts that want one still wait. */
void
oma_agent_try_again (OmaAgent *self, OmaAccount *account)
{
  Retry *retry;

  if (self->stopping)
    return;
  retry = ensure (self, account);
  wait_for (retry, oma_retry_delay (self->config->retry_delay, OMA_ACCOUNT_MAX_BACK_OFF, retry->failures,
                                    get_hold (account), self->rand));
  retry->failures++;
}

/* Internal: the account's session went well, or the account is gone. */
void
oma_agent_forget_retry (OmaAgent *self, const char *account)
{
  g_hash_table_remove (self->retries, account);
}
