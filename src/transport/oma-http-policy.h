/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/oma-transport.h"

G_BEGIN_DECLS

/**
 * OmaHttpPolicy:
 * @account: the account's address
 * @allowed_hosts: (nullable): further hosts, reached by HTTPS only
 *
 * Where an account's messages may go.
 */
typedef struct {
  GUri  *account;
  char **allowed_hosts;
} OmaHttpPolicy;

/**
 * OmaHttpReach:
 * @OMA_HTTP_REACH_OWN: the account's own origin: scheme, host and port
 * @OMA_HTTP_REACH_LISTED: a host that the account lists, by HTTPS
 * @OMA_HTTP_REACH_PUBLIC: the account's host by HTTPS at another port; at a public address only
 *
 * What an address is to the account.
 */
typedef enum {
  OMA_HTTP_REACH_OWN,
  OMA_HTTP_REACH_LISTED,
  OMA_HTTP_REACH_PUBLIC,
} OmaHttpReach;

gboolean oma_http_policy_init    (OmaHttpPolicy *policy, const char *uri, const char *const *allowed_hosts,
                                  gboolean allow_http, GError **error);
void     oma_http_policy_clear   (OmaHttpPolicy *policy);
gboolean oma_http_policy_is_own  (const OmaHttpPolicy *policy, GUri *uri);
GUri    *oma_http_policy_resolve (const OmaHttpPolicy *policy, GUri *current, const char *reference, GError **error);
GUri    *oma_http_policy_judge   (const OmaHttpPolicy *policy, GUri *current, const char *reference,
                                  OmaHttpReach *reach, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaHttpPolicy, oma_http_policy_clear)

G_END_DECLS
