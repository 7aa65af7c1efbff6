/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-private.h"
#include "agent/oma-fallback.h"

G_BEGIN_DECLS

/* Our reading: how long sessions that start by themselves stay away after a refusal of the
 * device's credentials, doubled with each further one in a row. */
#define OMA_ACCOUNT_FIRST_BACK_OFF (5 * 60)
#define OMA_ACCOUNT_MAX_BACK_OFF (24 * 60 * 60)

OmaDialect oma_account_get_dialect    (OmaAccount *account);
void       oma_account_put_dialect    (OmaAccount *account, OmaPlan *plan, const OmaDialect *dialect);
void       oma_account_put_refusal    (OmaAccount *account, OmaPlan *plan, gint64 now);
void       oma_account_put_not_before (OmaAccount *account, OmaPlan *plan, gint64 time);
void       oma_account_forget_refusals (OmaAccount *account, OmaPlan *plan);

G_END_DECLS
