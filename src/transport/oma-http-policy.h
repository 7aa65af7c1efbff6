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

gboolean oma_http_policy_init    (OmaHttpPolicy *policy, const char *uri, const char *const *allowed_hosts,
                                  gboolean allow_http, GError **error);
void     oma_http_policy_clear   (OmaHttpPolicy *policy);
GUri    *oma_http_policy_resolve (const OmaHttpPolicy *policy, GUri *current, const char *reference, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaHttpPolicy, oma_http_policy_clear)

G_END_DECLS
