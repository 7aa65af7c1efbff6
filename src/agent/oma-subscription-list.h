/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-list.h"
#include "agent/oma-runner-context.h"
#include "session/oma-subscriptions.h"

G_BEGIN_DECLS

#define OMA_SUBSCRIPTION_LIST_MAX 64   /* of SUB with an account, and as many of DEFAULT; more is %OMA_STATUS_DEVICE_FULL */

/* Our reading: milliseconds in which changes are collected before the server is told. */
#define OMA_SUBSCRIPTION_LIST_QUIET_TIME 2000

/**
 * OmaSubscriptionList:
 *
 * What servers of DM 2.0 asked for beyond the session, as #OmaSubscriptions on nodes of their accounts: it survives
 * restarts, and goes with the account.  A server is told once of what changed, also of what changed while the
 * daemon did not run, and again until it has taken it.
 *
 * Signals: "idle" (void) when nothing is under way any more.
 */
#define OMA_TYPE_SUBSCRIPTION_LIST (oma_subscription_list_get_type ())
G_DECLARE_FINAL_TYPE (OmaSubscriptionList, oma_subscription_list, OMA, SUBSCRIPTION_LIST, GObject)

OmaSubscriptionList *oma_subscription_list_new            (const OmaRunnerContext *context, OmaAccountList *accounts);
void                 oma_subscription_list_set_quiet_time (OmaSubscriptionList *list, guint milliseconds);
void                 oma_subscription_list_start          (OmaSubscriptionList *list, const char *device_id);
void                 oma_subscription_list_stop           (OmaSubscriptionList *list);
void                 oma_subscription_list_close          (OmaSubscriptionList *list);
gboolean             oma_subscription_list_is_busy        (OmaSubscriptionList *list);
void                 oma_subscription_list_forget         (OmaSubscriptionList *list, const char *account);
void                 oma_subscription_list_fetch_async    (OmaSubscriptionList *list, const char *moid,
                                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                                           gpointer user_data);
gboolean             oma_subscription_list_fetch_finish   (OmaSubscriptionList *list, GAsyncResult *result,
                                                           GError **error);

G_END_DECLS
