/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-address.h"
#include "transport/oma-http-exchange.h"

/* The address of a local or otherwise strange socket is not public. */
static gboolean
is_public (GSocketAddress *address)
{
  return G_IS_INET_SOCKET_ADDRESS (address) &&
         oma_http_address_is_public (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* Before a name's address is connected to: not a packet goes to one that is not public.  The name's other addresses
 * may do, so this attempt alone fails. */
static void
judge_connecting (OmaHttpExchange *exchange, GIOStream *connection)
{
  g_autoptr(GSocketAddress) address = NULL;

  if (!G_IS_SOCKET_CONNECTION (connection))
    return;
  address = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (connection), NULL);
  if (is_public (address))
    return;
  exchange->refused_address = TRUE;
  g_socket_close (g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection)), NULL);
}

static void
prepare_handshake (OmaHttpExchange *exchange, GTlsConnection *connection)
{
  static const char *const http1[] = { "http/1.1", NULL };

  /* Only the certificate that a connection has before its handshake keeps GIO from resuming a session that the server
   * began with another client; libsoup sets it when it is asked for. */
  if (exchange->reach == OMA_HTTP_REACH_OWN && exchange->http->certificate != NULL)
    g_tls_connection_set_certificate (connection, exchange->http->certificate);
  if (exchange->door->http1)
    g_tls_connection_set_advertised_protocols (connection, http1);
}

static void
message_network_event_cb (SoupMessage *message, GSocketClientEvent event, GIOStream *connection, gpointer user_data)
{
  OmaHttpExchange *exchange = g_task_get_task_data (G_TASK (user_data));

  if (message != exchange->message)
    return;
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING && G_IS_TLS_CONNECTION (connection))
    prepare_handshake (exchange, G_TLS_CONNECTION (connection));
  else if (event == G_SOCKET_CLIENT_CONNECTING && exchange->reach == OMA_HTTP_REACH_PUBLIC)
    judge_connecting (exchange, connection);
  else if (event == G_SOCKET_CLIENT_CONNECTED)
    exchange->refused_address = FALSE;
}

/* GIO cannot be told a lowest TLS version for one connection, and GnuTLS's own priorities may
 * offer 1.0 and 1.1 (Debian 12's do).  Nor can it be told to resume no session of another
 * account, in which the server's certificate was good for that account's CA.  "starting" comes
 * after the handshake and before the first octet of the request, on a kept connection too. */
static void
message_starting_cb (SoupMessage *message, gpointer user_data)
{
  OmaHttpExchange *exchange = g_task_get_task_data (G_TASK (user_data));

  /* A kept connection was judged before; this holds whatever its beginning was. */
  exchange->refused_address = exchange->reach == OMA_HTTP_REACH_PUBLIC &&
                              !is_public (soup_message_get_remote_address (message));
  if (exchange->refused_address)
    g_cancellable_cancel (exchange->cancellable);
  if (!g_str_equal (g_uri_get_scheme (soup_message_get_uri (message)), "https"))
    return;
  exchange->refused_certificate = soup_message_get_tls_peer_certificate_errors (message) != 0;
  exchange->refused_tls = !exchange->http->allow_old_tls &&
                          soup_message_get_tls_protocol_version (message) < G_TLS_PROTOCOL_VERSION_TLS_1_2;
  if (exchange->refused_certificate || exchange->refused_tls)
    g_cancellable_cancel (exchange->cancellable);
}

/* Looks at each connection before it is used. */
void
oma_http_connect_watch (OmaHttpExchange *exchange, GTask *task)
{
  if (exchange->http->certificate != NULL && exchange->reach == OMA_HTTP_REACH_OWN)
    soup_message_set_tls_client_certificate (exchange->message, exchange->http->certificate);
  g_signal_connect_object (exchange->message, "network-event", G_CALLBACK (message_network_event_cb), task, 0);
  g_signal_connect_object (exchange->message, "starting", G_CALLBACK (message_starting_cb), task, 0);
}
