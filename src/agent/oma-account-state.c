/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-state.h"

#include "agent/oma-retry.h"
#include "session/oma-version.h"

#include <string.h>

/* What sessions leave behind for the next one, in leaves of the account's Ext/Omadm. */
#define WORKING_PROTOCOL "WorkingProtocol"
#define WORKING_ENCODING "WorkingEncoding"
#define REFUSALS "Refusals"
#define NOT_BEFORE "NotBefore"
#define OBJECTS "Objects"
#define NOTIFICATIONS "Notifications"
#define NEXT_SESSION "NextSession"

/* The longest wait that is ever noted, its random part included. */
#define MAX_HOLD ((gint64) OMA_ACCOUNT_MAX_RETRY_AFTER * (100 + OMA_RETRY_JITTER) / 100 + 1)

static char *
make_uri (OmaAccount *account, const char *leaf)
{
  g_autofree char *base = oma_account_dup_extension_uri (account);

  return g_strconcat (base, "/", leaf, NULL);
}

static void
put_text (OmaAccount *account, OmaPlan *plan, const char *leaf, const char *text)
{
  g_autofree char *uri = make_uri (account, leaf);

  oma_plan_put (plan, uri, oma_value_new_string (text));
}

static void
drop (OmaAccount *account, OmaPlan *plan, const char *leaf)
{
  g_autofree char *uri = make_uri (account, leaf);

  if (oma_account_get_own_text (account, leaf) != NULL)
    oma_plan_delete (plan, uri);
}

static gint64
get_number (OmaAccount *account, const char *leaf)
{
  const char *text = oma_account_get_own_text (account, leaf);
  gint64 number = 0;

  if (text != NULL)
    g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &number, NULL);
  return number;
}

/**
 * oma_account_get_dialect:
 * @account: an account
 *
 * Returns: what a session begins with: the account's settings, or what its server was found to
 *   understand instead
 */
OmaDialect
oma_account_get_dialect (OmaAccount *account)
{
  OmaDialect dialect = { oma_account_get_protocol (account), oma_account_get_encoding (account) };
  const char *protocol = oma_account_get_own_text (account, WORKING_PROTOCOL);
  const char *encoding = oma_account_get_own_text (account, WORKING_ENCODING);
  OmaDmVersion working;

  if (oma_account_get_flag (account, OMA_ACCOUNT_OPTION_NO_FALLBACK))
    return dialect;
  if (protocol != NULL && oma_dm_version_from_name (protocol, &working))
    dialect.version = MIN (dialect.version, working);
  if (encoding != NULL)
    oma_encoding_from_name (encoding, &dialect.encoding);
  return dialect;
}

/**
 * oma_account_put_dialect:
 * @account: an account
 * @plan: a unit of work
 * @dialect: what its server understands
 *
 * Notes what lets the next session begin with @dialect.
 */
void
oma_account_put_dialect (OmaAccount *account, OmaPlan *plan, const OmaDialect *dialect)
{
  if (dialect->version != oma_account_get_protocol (account))
    put_text (account, plan, WORKING_PROTOCOL, oma_dm_version_to_name (dialect->version));
  if (dialect->encoding != oma_account_get_encoding (account))
    put_text (account, plan, WORKING_ENCODING, oma_encoding_to_name (dialect->encoding));
}

/* Notes that for so long no session starts by itself. */
static void
put_not_before (OmaAccount *account, OmaPlan *plan, gint64 now, guint milliseconds)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, now + (gint64) (milliseconds + 999) / 1000);

  put_text (account, plan, NOT_BEFORE, text);
}

/**
 * oma_account_put_retry_after:
 * @account: an account
 * @plan: a unit of work
 * @now: seconds since the epoch
 * @seconds: what the server asked for with Retry-After; above %OMA_ACCOUNT_MAX_RETRY_AFTER it counts as that
 * @rand: (nullable): for the random part of the wait
 *
 * Notes that for so long no session starts by itself.
 */
void
oma_account_put_retry_after (OmaAccount *account, OmaPlan *plan, gint64 now, guint seconds, GRand *rand)
{
  put_not_before (account, plan, now,
                  oma_retry_delay (0, 0, 0, MIN (seconds, OMA_ACCOUNT_MAX_RETRY_AFTER), rand));
}

/**
 * oma_account_put_refusal:
 * @account: an account
 * @plan: a unit of work
 * @now: seconds since the epoch
 * @rand: (nullable): for the random part of the wait
 *
 * Notes that the server refused the device's credentials: a wrong password must not become a
 * denial of service on the server, nor lock the device out there.
 */
void
oma_account_put_refusal (OmaAccount *account, OmaPlan *plan, gint64 now, GRand *rand)
{
  gint64 refusals = get_number (account, REFUSALS);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, MIN (refusals, G_MAXINT32 - 1) + 1);
  g_autofree char *uri = make_uri (account, REFUSALS);

  oma_plan_put (plan, uri, oma_value_new (OMA_FORMAT_INT, "text/plain", text, strlen (text)));
  put_not_before (account, plan, now,
                  oma_retry_delay (OMA_ACCOUNT_FIRST_BACK_OFF, OMA_ACCOUNT_MAX_BACK_OFF,
                                   (guint) MIN (refusals, G_MAXINT32), 0, rand));
}

/**
 * oma_account_forget_refusals:
 * @account: an account
 * @plan: a unit of work
 *
 * Notes that a session went well.
 */
void
oma_account_forget_refusals (OmaAccount *account, OmaPlan *plan)
{
  drop (account, plan, REFUSALS);
  drop (account, plan, NOT_BEFORE);
}

/**
 * oma_account_is_bootstrap_untold:
 * @account: an account
 *
 * Returns: whether it was made of a bootstrap document, and no session has told its server so yet (DM Protocol 2.0,
 *   alert BootstrapComplete)
 */
gboolean
oma_account_is_bootstrap_untold (OmaAccount *account)
{
  return g_strcmp0 (oma_account_get_own_text (account, OMA_ACCOUNT_BOOTSTRAP_UNTOLD), "true") == 0;
}

/**
 * oma_account_forget_bootstrap:
 * @account: an account
 * @plan: a unit of work
 *
 * Notes that its server knows of the bootstrap.
 */
void
oma_account_forget_bootstrap (OmaAccount *account, OmaPlan *plan)
{
  drop (account, plan, OMA_ACCOUNT_BOOTSTRAP_UNTOLD);
}

/**
 * oma_account_get_objects:
 * @account: an account of DM 2.0
 *
 * Returns: (transfer none) (nullable): digest of the list of management objects that its server has
 */
const char *
oma_account_get_objects (OmaAccount *account)
{
  return oma_account_get_own_text (account, OBJECTS);
}

/**
 * oma_account_put_objects:
 * @account: an account of DM 2.0
 * @plan: a unit of work
 * @digest: digest of the list of management objects that its server has now
 *
 * Notes what lets the next session send the list only if it has changed since.
 */
void
oma_account_put_objects (OmaAccount *account, OmaPlan *plan, const char *digest)
{
  put_text (account, plan, OBJECTS, digest);
}

/**
 * oma_account_get_notifications:
 * @account: an account of DM 2.0
 *
 * Returns: (transfer none) (nullable): what oma_account_put_notifications() noted
 */
const char *
oma_account_get_notifications (OmaAccount *account)
{
  return oma_account_get_own_text (account, NOTIFICATIONS);
}

/**
 * oma_account_put_notifications:
 * @account: an account of DM 2.0
 * @plan: a unit of work
 * @record: text of an #OmaNotificationRecord
 *
 * Notes which notifications were accepted, so that none of them counts twice.
 */
void
oma_account_put_notifications (OmaAccount *account, OmaPlan *plan, const char *record)
{
  put_text (account, plan, NOTIFICATIONS, record);
}

/**
 * oma_account_put_next_session:
 * @account: an account
 * @plan: a unit of work
 * @now: seconds since the epoch
 *
 * Notes when its next session begins by itself, if it has an interval.
 */
void
oma_account_put_next_session (OmaAccount *account, OmaPlan *plan, gint64 now)
{
  guint interval = oma_account_get_number (account, OMA_ACCOUNT_OPTION_INTERVAL, 0);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, now + interval);

  if (interval > 0)
    put_text (account, plan, NEXT_SESSION, text);
}

/**
 * oma_account_get_wait:
 * @account: an account with an interval
 * @now: seconds since the epoch
 * @interval: seconds from a session to the next
 *
 * Returns: seconds until its next session begins by itself.  What is further away than the interval was noted by a clock
 *   that has been set back since, or before the interval was set, and counts for nothing
 */
guint
oma_account_get_wait (OmaAccount *account, gint64 now, guint interval)
{
  gint64 next = get_number (account, NEXT_SESSION);

  return next > now && next - now <= interval ? (guint) (next - now) : 0;
}

/**
 * oma_account_get_not_before:
 * @account: an account
 *
 * Returns: seconds since the epoch before which no session starts by itself, 0 when it may at
 *   once.  Who asks for a session is not held back
 */
gint64
oma_account_get_not_before (OmaAccount *account)
{
  return get_number (account, NOT_BEFORE);
}

/**
 * oma_account_get_hold:
 * @account: an account
 * @now: seconds since the epoch
 *
 * Returns: seconds from now on in which no session starts by itself.  What is further away than any wait
 *   that we note was noted by a clock that has been set back since, and counts for nothing
 */
guint
oma_account_get_hold (OmaAccount *account, gint64 now)
{
  gint64 not_before = get_number (account, NOT_BEFORE);

  return not_before > now && not_before - now <= MAX_HOLD ? (guint) (not_before - now) : 0;
}
