/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-private.h"
#include "agent/oma-plan.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  OMA_SUBSCRIPTION_CHANGES,   /* SUB */
  OMA_SUBSCRIPTION_DEFAULT,   /* DEFAULT */
} OmaSubscriptionKind;

/**
 * OmaSubscription:
 * @kind: which command it comes of
 * @account: name of the account that it is kept with
 * @number: name of its node there
 * @key: of SUB: the ClientURI, as the server wrote it; of DEFAULT: the identifier of a management object
 * @server_uri: where the data go, or are to be had
 * @sent: (nullable): of SUB: digest of what the server has
 * @places: (nullable) (element-type utf8): URIs of nodes: what changes there counts; %NULL: not known, any may
 * @is_open: a new instance of the object, or one that goes, may change what is named
 * @is_fresh: nothing has changed since the server asked
 * @is_dirty: what the server has is to be compared with what there is
 * @is_busy: that is under way
 * @is_gone: it was ended, or its account is gone
 * @due: monotonic time, microseconds, before which nothing is compared
 * @failures: in a row
 *
 * Something that a server asked for beyond the session (DM Protocol 2.0, SUB and DEFAULT), kept in nodes of its account.
 */
typedef struct {
  OmaSubscriptionKind kind;
  char      *account;
  char      *number;
  char      *key;
  char      *server_uri;
  char      *sent;

  GPtrArray *places;
  gboolean   is_open;
  gboolean   is_fresh;
  gboolean   is_dirty;
  gboolean   is_busy;
  gboolean   is_gone;
  gint64     due;
  guint      failures;
} OmaSubscription;

OmaSubscription *oma_subscription_new   (OmaSubscriptionKind kind, const char *account, const char *number,
                                         const char *key, const char *server_uri);
OmaSubscription *oma_subscription_ref   (OmaSubscription *subscription);
void             oma_subscription_unref (OmaSubscription *subscription);
gboolean         oma_subscription_is_about (const OmaSubscription *subscription, const char *uri, gboolean is_structure);

GPtrArray       *oma_subscription_load        (OmaAccount *account);   /* (element-type OmaSubscription) */
void             oma_subscription_put_nodes   (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan);
void             oma_subscription_put_address (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan,
                                               const char *server_uri);
void             oma_subscription_put_sent    (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan,
                                               const char *digest);
void             oma_subscription_drop_nodes  (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSubscription, oma_subscription_unref)

G_END_DECLS
