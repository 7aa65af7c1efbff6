/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-subscription-list.h"
#include "agent/oma-subscription.h"

G_BEGIN_DECLS

/* Shared by the files of the list alone. */

struct _OmaSubscriptionList {
  GObject           parent_instance;
  OmaRunnerContext  context;
  OmaAccountList   *accounts;
  char             *device_id;        /* (nullable) */
  GPtrArray        *subscriptions;    /* (element-type OmaSubscription) */
  GQueue           *changes;          /* (element-type GTask): of nodes, one after the other */
  gboolean          is_changing;      /* the first of them is under way */
  GHashTable       *fetches;          /* identifier of an object -> what oma-subscription-fetch.c does for it */
  guint             n_busy;           /* pushes and fetches under way */
  guint             quiet_time;       /* milliseconds */
  guint             timer;
  guint             watch;
  gboolean          started;
  GCancellable     *cancellable;
};

/* oma-subscription-list.c */
void oma_subscription_list_schedule   (OmaSubscriptionList *list);
void oma_subscription_list_tell_idle  (OmaSubscriptionList *list);

/* oma-subscription-requests.c */
void oma_subscription_list_iface_init (OmaSubscriptionsInterface *iface);

G_END_DECLS
