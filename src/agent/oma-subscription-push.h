/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-runner-context.h"
#include "agent/oma-subscription.h"

G_BEGIN_DECLS

/**
 * OmaSubscriptionPush:
 * @digest: (nullable): of what there is now; %NULL when it could not be read
 * @places: (nullable) (element-type utf8): where what is named was found
 * @is_open: further or fewer instances of the object may change what is named
 * @sent: the server got it
 * @error: (nullable): why it could not be read, %OMA_STATUS_ERROR, among them %OMA_STATUS_FORBIDDEN, or sent,
 *   %OMA_TRANSPORT_ERROR; or %G_IO_ERROR_CANCELLED
 * @retry_after: seconds that its address asked for then, 0: not said
 *
 * What came of comparing what a server has with what there is.
 */
typedef struct {
  char      *digest;
  GPtrArray *places;
  gboolean   is_open;
  gboolean   sent;
  GError    *error;
  guint      retry_after;
} OmaSubscriptionPush;

void                 oma_subscription_push_free   (OmaSubscriptionPush *push);
void                 oma_subscription_push_async  (const OmaSubscription *subscription, const OmaRunnerContext *context,
                                                   OmaAccount *account, const char *device_id,
                                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                                   gpointer user_data);
OmaSubscriptionPush *oma_subscription_push_finish (GAsyncResult *result);
gboolean             oma_subscription_node_counts (OmaTree *tree, const char *uri);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSubscriptionPush, oma_subscription_push_free)

G_END_DECLS
