/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-exchange.h"

#include <string.h>

/* The account's name and password are for its own server alone, once, and a password that can
 * be read goes over TLS only.  Which schemes are answered is up to the session's features. */
static gboolean
message_authenticate_cb (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer user_data)
{
  OmaHttp *http = OMA_HTTP (user_data);
  GUri *uri = soup_message_get_uri (message);

  if (retrying || soup_auth_is_for_proxy (auth) || !oma_http_policy_is_own (&http->policy, uri))
    return FALSE;
  if (http->auth == OMA_HTTP_AUTH_BASIC && strcmp (g_uri_get_scheme (uri), "https") != 0)
    return FALSE;
  soup_auth_authenticate (auth, http->auth_user, http->auth_secret);
  return TRUE;
}

/* Answers a server that asks for the account's credentials. */
void
oma_http_auth_watch (OmaHttpExchange *exchange)
{
  if (exchange->http->auth != OMA_HTTP_AUTH_NONE)
    g_signal_connect_object (exchange->message, "authenticate", G_CALLBACK (message_authenticate_cb), exchange->http, 0);
}
