/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"
#include "session/oma-session.h"

G_BEGIN_DECLS

/**
 * OmaAuthVerdict:
 * @OMA_AUTH_VERDICT_ACCEPTED: the server took our message
 * @OMA_AUTH_VERDICT_CHALLENGED: send the message again, with the credentials asked for
 * @OMA_AUTH_VERDICT_FAILED: there is nothing that we could answer
 *
 * What the Status for our SyncHdr means.
 */
typedef enum {
  OMA_AUTH_VERDICT_ACCEPTED,
  OMA_AUTH_VERDICT_CHALLENGED,
  OMA_AUTH_VERDICT_FAILED,
} OmaAuthVerdict;

/**
 * OmaAuth:
 *
 * Credentials and challenges of one session, in both directions.
 */
typedef struct _OmaAuth OmaAuth;

OmaAuth       *oma_auth_new             (const OmaSessionConfig *config);
void           oma_auth_free            (OmaAuth *auth);
void           oma_auth_set_nonce_func  (OmaAuth *auth, OmaNonceFunc func, gpointer user_data);
void           oma_auth_set_random_func (OmaAuth *auth, OmaRandomFunc func, gpointer user_data);
void           oma_auth_set_clock_func  (OmaAuth *auth, OmaClockFunc func, gpointer user_data);
void           oma_auth_set_preference_func (OmaAuth *auth, OmaPreferenceFunc func, gpointer user_data);
void           oma_auth_set_credentials_func (OmaAuth *auth, OmaCredentialsFunc func, gpointer user_data);

void           oma_auth_refresh         (OmaAuth *auth);
void           oma_auth_fill_header     (OmaAuth *auth, OmaHeader *header);
char          *oma_auth_make_mac        (const OmaAuth *auth, GBytes *body);
OmaAuthVerdict oma_auth_take_status     (OmaAuth *auth, OmaStatus status, const OmaMeta *chal, GError **error);
void           oma_auth_take_mac        (OmaAuth *auth, const char *header, GBytes *body);
OmaStatus      oma_auth_check_server    (OmaAuth *auth, const OmaHeader *header, gboolean needed, GError **error);
gboolean       oma_auth_is_server_known (const OmaAuth *auth);
gboolean       oma_auth_make_challenge  (OmaAuth *auth, OmaStatus status, OmaMeta *chal, char **nonce);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAuth, oma_auth_free)

G_END_DECLS
