/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaTransportError:
 * @OMA_TRANSPORT_ERROR_CONNECT: name not found, refused, unreachable, reset
 * @OMA_TRANSPORT_ERROR_TIMEOUT: no answer in time
 * @OMA_TRANSPORT_ERROR_TLS: the server's certificate or the handshake is not acceptable
 * @OMA_TRANSPORT_ERROR_HTTP: an HTTP status other than success; the message names it
 * @OMA_TRANSPORT_ERROR_REDIRECT: a redirect or RespURI that the account does not allow
 * @OMA_TRANSPORT_ERROR_TOO_LARGE: the reply is larger than the account allows
 * @OMA_TRANSPORT_ERROR_TRUNCATED: the reply ended before its length, or its head cannot be read
 * @OMA_TRANSPORT_ERROR_MEDIA_TYPE: the reply is no DM message
 * @OMA_TRANSPORT_ERROR_POLICY: plain HTTP, or an address, that the account does not allow
 * @OMA_TRANSPORT_ERROR_CONFIG: a CA, certificate or key that cannot be used
 *
 * Why an exchange failed.
 */
typedef enum {
  OMA_TRANSPORT_ERROR_CONNECT,
  OMA_TRANSPORT_ERROR_TIMEOUT,
  OMA_TRANSPORT_ERROR_TLS,
  OMA_TRANSPORT_ERROR_HTTP,
  OMA_TRANSPORT_ERROR_REDIRECT,
  OMA_TRANSPORT_ERROR_TOO_LARGE,
  OMA_TRANSPORT_ERROR_TRUNCATED,
  OMA_TRANSPORT_ERROR_MEDIA_TYPE,
  OMA_TRANSPORT_ERROR_POLICY,
  OMA_TRANSPORT_ERROR_CONFIG,
} OmaTransportError;

#define OMA_TRANSPORT_N_ERRORS (OMA_TRANSPORT_ERROR_CONFIG + 1)
#define OMA_TRANSPORT_ERROR (oma_transport_error_quark ())
GQuark oma_transport_error_quark (void);

/**
 * OmaTransport:
 *
 * Carries a session's messages; one object for each session.
 */
#define OMA_TYPE_TRANSPORT (oma_transport_get_type ())
G_DECLARE_INTERFACE (OmaTransport, oma_transport, OMA, TRANSPORT, GObject)

struct _OmaTransportInterface {
  GTypeInterface parent_iface;

  void    (*exchange_async)  (OmaTransport *transport, const char *uri, GBytes *body, const char *media_type,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  GBytes *(*exchange_finish) (OmaTransport *transport, GAsyncResult *result, char **media_type, GError **error);
};

void    oma_transport_exchange_async  (OmaTransport *transport, const char *uri, GBytes *body, const char *media_type,
                                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GBytes *oma_transport_exchange_finish (OmaTransport *transport, GAsyncResult *result, char **media_type,
                                       GError **error);

G_END_DECLS
