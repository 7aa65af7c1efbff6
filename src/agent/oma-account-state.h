/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-private.h"
#include "agent/oma-fallback.h"

G_BEGIN_DECLS

/* Our reading: how long sessions that start by themselves stay away after a refusal of the
 * device's credentials, doubled with each further one in a row. */
#define OMA_ACCOUNT_FIRST_BACK_OFF (5 * 60)
#define OMA_ACCOUNT_MAX_BACK_OFF (24 * 60 * 60)
#define OMA_ACCOUNT_MAX_RETRY_AFTER (7 * 24 * 60 * 60)   /* seconds; more that a server asks for is a mistake */

/* Leaf of Ext/Omadm: true while the server does not know that its account was made. */
#define OMA_ACCOUNT_BOOTSTRAP_UNTOLD "BootstrapUntold"

OmaDialect oma_account_get_dialect    (OmaAccount *account);
void       oma_account_put_dialect    (OmaAccount *account, OmaPlan *plan, const OmaDialect *dialect);
void       oma_account_put_refusal    (OmaAccount *account, OmaPlan *plan, gint64 now, GRand *rand);
void       oma_account_put_retry_after (OmaAccount *account, OmaPlan *plan, gint64 now, guint seconds, GRand *rand);
gboolean   oma_account_is_bootstrap_untold (OmaAccount *account);
void       oma_account_forget_bootstrap (OmaAccount *account, OmaPlan *plan);
guint      oma_account_get_hold       (OmaAccount *account, gint64 now);
void       oma_account_forget_refusals (OmaAccount *account, OmaPlan *plan);
void       oma_account_put_next_session (OmaAccount *account, OmaPlan *plan, gint64 now);
guint      oma_account_get_wait       (OmaAccount *account, gint64 now, guint interval);
const char *oma_account_get_objects   (OmaAccount *account);
void       oma_account_put_objects    (OmaAccount *account, OmaPlan *plan, const char *digest);
const char *oma_account_get_notifications (OmaAccount *account);
void       oma_account_put_notifications (OmaAccount *account, OmaPlan *plan, const char *record);

G_END_DECLS
