/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-transport.h"

G_DEFINE_QUARK (oma-transport-error-quark, oma_transport_error)

G_DEFINE_INTERFACE (OmaTransport, oma_transport, G_TYPE_OBJECT)

static void
oma_transport_default_init (OmaTransportInterface *iface G_GNUC_UNUSED)
{
}

/**
 * oma_transport_exchange_async:
 * @transport: a transport without an exchange under way
 * @uri: (nullable): where to send: the account's address (also as %NULL) or the server's
 *   RespURI, absolute or relative to where the last message went
 * @body: the message
 * @media_type: its media type
 * @cancellable: (nullable): ends the exchange and its connection
 * @callback: called exactly once, never before this function returned
 * @user_data: for @callback
 *
 * Sends one message and receives the answer (DM Protocol 1.2, transport bindings).
 */
void
oma_transport_exchange_async (OmaTransport *transport, const char *uri, GBytes *body, const char *media_type,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (OMA_IS_TRANSPORT (transport));
  g_return_if_fail (body != NULL && media_type != NULL);
  OMA_TRANSPORT_GET_IFACE (transport)->exchange_async (transport, uri, body, media_type, cancellable, callback,
                                                       user_data);
}

/**
 * oma_transport_exchange_finish:
 * @transport: a transport
 * @result: what the callback was given
 * @media_type: (out) (transfer full) (nullable): media type of the answer, in lower case and
 *   without parameters; %NULL when the answer is empty
 * @error: return location for an %OMA_TRANSPORT_ERROR, or %G_IO_ERROR_CANCELLED, or
 *   %G_IO_ERROR_PENDING when an exchange was already under way
 *
 * Returns: (transfer full): the answer, of no octets when the server ended the session
 *   without a message; %NULL on failure
 */
GBytes *
oma_transport_exchange_finish (OmaTransport *transport, GAsyncResult *result, char **media_type, GError **error)
{
  g_return_val_if_fail (OMA_IS_TRANSPORT (transport), NULL);
  return OMA_TRANSPORT_GET_IFACE (transport)->exchange_finish (transport, result, media_type, error);
}
