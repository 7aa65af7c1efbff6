/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-account-state.h"

/* Our reading: how much later than its time a session may begin, in per cent of its interval, at random: devices that
 * were made together do not come together. */
#define SLACK 10

/* The next session of an account that has an interval. */
typedef struct {
  OmaAgent *agent;
  char     *account;
  guint     source;
} Appointment;

static void
appointment_free (gpointer data)
{
  Appointment *appointment = data;

  g_clear_handle_id (&appointment->source, g_source_remove);
  g_free (appointment->account);
  g_free (appointment);
}

/* Internal: makes the table of what oma_agent_schedule() waits with. */
GHashTable *
oma_agent_make_schedule (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, appointment_free);
}

static gboolean
is_due (gpointer user_data)
{
  Appointment *appointment = user_data;
  OmaAgent *self = appointment->agent;
  OmaAccount *account = oma_agent_find_account (self, appointment->account);
  g_autoptr(GError) error = NULL;

  appointment->source = 0;
  if (account == NULL || self->stopping)
    return G_SOURCE_REMOVE;
  /* What has come to hold it back meanwhile holds; the end of the session makes the next appointment. */
  if (oma_account_get_hold (account, g_get_real_time () / G_USEC_PER_SEC) > 0)
    oma_agent_schedule (self, account, FALSE);
  else if (oma_agent_sync (self, oma_account_get_name (account), &error) == NULL)
    g_debug ("No session by schedule: %s", error->message);
  return G_SOURCE_REMOVE;
}

/* Internal: if the account has an interval, its next session begins by itself: an interval after the last one, at once
 * when that is over or there was none, and not before its server wants to see it.  @after_session: one has just ended,
 * which may have come to nothing that could be kept. */
void
oma_agent_schedule (OmaAgent *self, OmaAccount *account, gboolean after_session)
{
  const char *name = oma_account_get_name (account);
  guint interval = oma_account_get_number (account, OMA_ACCOUNT_OPTION_INTERVAL, 0);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  Appointment *appointment;
  guint wait;

  g_hash_table_remove (self->schedule, name);
  if (interval == 0 || self->stopping || !oma_account_exists (account))
    return;
  wait = oma_account_get_wait (account, now, interval);
  if (wait == 0 && after_session)
    wait = interval;
  wait = MAX (wait, oma_account_get_hold (account, now));
  wait += (guint) (g_rand_double (self->rand) * interval * SLACK / 100);
  appointment = g_new0 (Appointment, 1);
  appointment->agent = self;
  appointment->account = g_strdup (name);
  appointment->source = g_timeout_add_seconds (wait, is_due, appointment);
  g_hash_table_insert (self->schedule, appointment->account, appointment);
  g_debug ("Account %s: its next session begins in %u s", name, wait);
}

/* Internal: the same for all accounts. */
void
oma_agent_schedule_all (OmaAgent *self)
{
  GPtrArray *accounts = oma_agent_get_accounts (self);

  for (guint i = 0; i < accounts->len; i++)
    oma_agent_schedule (self, accounts->pdata[i], FALSE);
}
