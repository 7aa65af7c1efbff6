/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-session.h"
#include "transport/oma-http-request.h"

G_BEGIN_DECLS

/* Seconds that Retry-After may ask for while a session is under way; with more it ends. */
#define OMA_EXCHANGE_MAX_WAIT 60

/* Called before the message goes out again, the @time-th time, because of @error. */
typedef void (*OmaResendFunc) (guint time, const GError *error, gpointer user_data);

void    oma_exchange_async  (OmaHttp *http, const OmaSessionStep *step, guint resends, guint delay, GRand *rand,
                             GCancellable *cancellable, OmaResendFunc resend, GAsyncReadyCallback callback,
                             gpointer user_data);
GBytes *oma_exchange_finish (OmaHttp *http, GAsyncResult *result, char **media_type, GError **error);

void          oma_exchange_request_async  (OmaHttp *http, const OmaHttpRequest *request, guint resends, guint delay,
                                           GRand *rand, GCancellable *cancellable, OmaResendFunc resend,
                                           GAsyncReadyCallback callback, gpointer user_data);
OmaHttpReply *oma_exchange_request_finish (OmaHttp *http, GAsyncResult *result, GError **error);

G_END_DECLS
