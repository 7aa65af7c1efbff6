/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http.h"
#include "transport/oma-http-private.h"

#include <string.h>

G_DEFINE_FINAL_TYPE_WITH_CODE (OmaHttp, oma_http, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_TRANSPORT, oma_http_transport_init))

static void
oma_http_finalize (GObject *object)
{
  OmaHttp *http = OMA_HTTP (object);

  g_clear_object (&http->session);
  g_clear_object (&http->listed);
  g_clear_object (&http->public);
  g_clear_object (&http->certificate);
  g_clear_pointer (&http->current, g_uri_unref);
  oma_http_policy_clear (&http->policy);
  if (http->auth_secret != NULL)
    explicit_bzero (http->auth_secret, strlen (http->auth_secret));
  g_free (http->auth_secret);
  g_free (http->auth_user);
  g_free (http->mac);
  g_free (http->reply_mac);
  g_free (http->device_id);
  G_OBJECT_CLASS (oma_http_parent_class)->finalize (object);
}

static void
oma_http_class_init (OmaHttpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_http_finalize;
}

static void
oma_http_init (OmaHttp *http G_GNUC_UNUSED)
{
}

/**
 * oma_http_new:
 * @config: the account's settings; copied
 * @error: return location for an %OMA_TRANSPORT_ERROR
 *
 * Makes the transport of one session over HTTP or HTTPS (HTTP binding of DM Protocol 1.2).
 * Connections are kept during the session and cookies live as long as it; proxies are those
 * of GIO's default resolver.  HTTPS verifies the server's certificate and host name.
 *
 * Without the account's permission no message is sent over TLS below 1.2, whatever the
 * handshake agreed on.  With it, what is offered is up to GnuTLS's priorities: those of the
 * system or of G_TLS_GNUTLS_PRIORITY in the environment of the process.
 *
 * A chunked answer that is cut between two chunks looks whole to libsoup 3.2, so to this
 * transport too; such a message is not well-formed.
 *
 * Returns: (transfer full): a transport, or %NULL with %OMA_TRANSPORT_ERROR_POLICY for an
 *   address that is not allowed, %OMA_TRANSPORT_ERROR_CONFIG for files that cannot be used
 */
OmaHttp *
oma_http_new (const OmaHttpConfig *config, GError **error)
{
  g_autoptr(OmaHttp) http = g_object_new (OMA_TYPE_HTTP, NULL);

  if (!oma_http_policy_init (&http->policy, config->uri, config->allowed_hosts, config->allow_http, error))
    return NULL;
  http->current = g_uri_ref (http->policy.account);
  http->max_reply_size = config->max_reply_size;
  http->deadline = config->deadline;
  http->allow_old_tls = config->allow_old_tls;
  http->auth = config->auth_user != NULL && config->auth_secret != NULL ? config->auth : OMA_HTTP_AUTH_NONE;
  http->auth_user = g_strdup (config->auth_user);
  http->auth_secret = g_strdup (config->auth_secret);
  /* What cannot stand in a header is escaped. */
  if (config->device_id != NULL)
    http->device_id = g_uri_escape_string (config->device_id, G_URI_RESERVED_CHARS_GENERIC_DELIMITERS
                                           G_URI_RESERVED_CHARS_SUBCOMPONENT_DELIMITERS, FALSE);
  if (!oma_http_open_session (http, config, error))
    return NULL;
  return g_steal_pointer (&http);
}

/**
 * oma_http_set_mac:
 * @http: a transport without an exchange under way
 * @mac: (nullable): value of the header x-syncml-hmac (DM Security 1.2, section 5.4.3) of all
 *   messages from now on; a message that is sent again has the same
 */
void
oma_http_set_mac (OmaHttp *http, const char *mac)
{
  g_return_if_fail (OMA_IS_HTTP (http));
  g_free (http->mac);
  http->mac = g_strdup (mac);
}

/**
 * oma_http_get_reply_mac:
 * @http: a transport
 *
 * Returns: (transfer none) (nullable): the header x-syncml-hmac of the last exchange's answer
 */
const char *
oma_http_get_reply_mac (OmaHttp *http)
{
  g_return_val_if_fail (OMA_IS_HTTP (http), NULL);
  return http->reply_mac;
}

/**
 * oma_http_get_last_status:
 * @http: a transport
 *
 * Tells an answer of 415 from other failures, so that another encoding can be tried.
 *
 * Returns: the HTTP status of the last exchange's last answer, 0 if there was none
 */
guint
oma_http_get_last_status (OmaHttp *http)
{
  g_return_val_if_fail (OMA_IS_HTTP (http), 0);
  return http->last_status;
}

/**
 * oma_http_get_retry_after:
 * @http: a transport
 *
 * Returns: seconds after which the last answer asks to come back (Retry-After), 0 if it does
 *   not ask
 */
guint
oma_http_get_retry_after (OmaHttp *http)
{
  g_return_val_if_fail (OMA_IS_HTTP (http), 0);
  return http->retry_after;
}
