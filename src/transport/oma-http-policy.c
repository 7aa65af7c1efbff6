/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-policy.h"

#include <libsoup/soup.h>

#define MAX_URI 4096   /* octets; longer ones are nobody's address */

static gboolean
is_https (GUri *uri)
{
  return g_str_equal (g_uri_get_scheme (uri), "https");
}

/* GUri takes raw control characters, which would end a line of the request. */
static gboolean
is_clean (const char *text)
{
  gsize i;

  for (i = 0; text[i] != '\0' && i <= MAX_URI; i++)
    if ((guchar) text[i] <= ' ' || text[i] == 0x7f)
      return FALSE;
  return i > 0 && i <= MAX_URI;
}

static gboolean
is_http_address (GUri *uri)
{
  const char *host = g_uri_get_host (uri);

  return (is_https (uri) || g_str_equal (g_uri_get_scheme (uri), "http")) && host != NULL && host[0] != '\0' &&
         g_uri_get_userinfo (uri) == NULL;
}

static gboolean
is_allowed_host (const OmaHttpPolicy *policy, const char *host)
{
  for (guint i = 0; policy->allowed_hosts != NULL && policy->allowed_hosts[i] != NULL; i++)
    if (g_ascii_strcasecmp (policy->allowed_hosts[i], host) == 0)
      return TRUE;
  return FALSE;
}

/**
 * oma_http_policy_init:
 * @policy: (out caller-allocates): what to fill; clear it with oma_http_policy_clear()
 * @uri: the account's address
 * @allowed_hosts: (nullable): host names that redirects and RespURI may lead to by HTTPS
 * @allow_http: @uri may be of plain HTTP
 * @error: return location for an %OMA_TRANSPORT_ERROR
 *
 * Returns: whether the address can be used, else %OMA_TRANSPORT_ERROR_POLICY
 */
gboolean
oma_http_policy_init (OmaHttpPolicy *policy, const char *uri, const char *const *allowed_hosts, gboolean allow_http,
                      GError **error)
{
  *policy = (OmaHttpPolicy) { NULL, NULL };
  if (is_clean (uri))
    policy->account = g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL);
  if (policy->account == NULL || !is_http_address (policy->account))
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_POLICY,
                           "The account's address is no http or https URL, or holds a user name");
      oma_http_policy_clear (policy);
      return FALSE;
    }
  if (!is_https (policy->account) && !allow_http)
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_POLICY,
                           "The account's address is plain HTTP, which the account does not allow");
      oma_http_policy_clear (policy);
      return FALSE;
    }
  policy->allowed_hosts = g_strdupv ((char **) allowed_hosts);
  return TRUE;
}

/**
 * oma_http_policy_clear:
 * @policy: a policy, also one whose initialisation failed
 */
void
oma_http_policy_clear (OmaHttpPolicy *policy)
{
  g_clear_pointer (&policy->account, g_uri_unref);
  g_clear_pointer (&policy->allowed_hosts, g_strfreev);
}

/**
 * oma_http_policy_is_own:
 * @policy: a policy
 * @uri: an address of HTTP or HTTPS
 *
 * Returns: whether scheme, host and port are those of the account's address
 */
gboolean
oma_http_policy_is_own (const OmaHttpPolicy *policy, GUri *uri)
{
  GUri *own = policy->account;

  return g_str_equal (g_uri_get_scheme (uri), g_uri_get_scheme (own)) && g_uri_get_port (uri) == g_uri_get_port (own) &&
         g_ascii_strcasecmp (g_uri_get_host (uri), g_uri_get_host (own)) == 0;
}

/**
 * oma_http_policy_resolve:
 * @policy: a policy
 * @current: where the last message went
 * @reference: a RespURI or the Location of a redirect, absolute or relative
 * @error: return location for an %OMA_TRANSPORT_ERROR
 *
 * Finds where @reference leads.  It stays within scheme, host and port of the account's
 * address or goes by HTTPS to one of the allowed hosts, and never from HTTPS to plain HTTP
 * (DM Security 1.2, transport; RespURI of DM Protocol 1.2).
 *
 * Returns: (transfer full): the address, or %NULL with %OMA_TRANSPORT_ERROR_REDIRECT
 */
GUri *
oma_http_policy_resolve (const OmaHttpPolicy *policy, GUri *current, const char *reference, GError **error)
{
  g_autoptr(GUri) uri = NULL;

  if (is_clean (reference))
    uri = g_uri_parse_relative (current, reference, SOUP_HTTP_URI_FLAGS, NULL);
  if (uri == NULL || !is_http_address (uri))
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_REDIRECT,
                           "The server leads to an address that is no http or https URL, or holds a user name");
      return NULL;
    }
  if (is_https (current) && !is_https (uri))
    {
      g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_REDIRECT,
                   "The server leads from HTTPS to plain HTTP (%s)", g_uri_get_host (uri));
      return NULL;
    }
  if (!oma_http_policy_is_own (policy, uri) && !(is_https (uri) && is_allowed_host (policy, g_uri_get_host (uri))))
    {
      g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_REDIRECT,
                   "The server leads to %s://%s:%d, which the account does not allow", g_uri_get_scheme (uri),
                   g_uri_get_host (uri), g_uri_get_port (uri));
      return NULL;
    }
  return g_steal_pointer (&uri);
}

/**
 * oma_http_policy_judge:
 * @policy: a policy
 * @current: what @reference is relative to: the account's address, or where a redirect came from
 * @reference: an address that a server of DM 2.0 names, or the Location of a redirect
 * @reach: (out): what it is to the account
 * @error: return location for an %OMA_TRANSPORT_ERROR
 *
 * Finds where @reference leads.  That is within the account's origin, or by HTTPS the account's
 * host or one of the allowed hosts, and never from HTTPS to plain HTTP.
 *
 * Returns: (transfer full): the address, or %NULL with %OMA_TRANSPORT_ERROR_POLICY
 */
GUri *
oma_http_policy_judge (const OmaHttpPolicy *policy, GUri *current, const char *reference, OmaHttpReach *reach,
                       GError **error)
{
  g_autoptr(GUri) uri = NULL;

  if (is_clean (reference))
    uri = g_uri_parse_relative (current, reference, SOUP_HTTP_URI_FLAGS, NULL);
  if (uri == NULL || !is_http_address (uri))
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_POLICY,
                           "The server names an address that is no http or https URL, or holds a user name");
      return NULL;
    }
  if (oma_http_policy_is_own (policy, uri) && (is_https (uri) || !is_https (current)))
    *reach = OMA_HTTP_REACH_OWN;
  else if (is_https (uri) && is_allowed_host (policy, g_uri_get_host (uri)))
    *reach = OMA_HTTP_REACH_LISTED;
  else if (is_https (uri) && g_ascii_strcasecmp (g_uri_get_host (uri), g_uri_get_host (policy->account)) == 0)
    *reach = OMA_HTTP_REACH_PUBLIC;
  else
    {
      g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_POLICY,
                   "The server names %s://%s:%d, which the account does not allow", g_uri_get_scheme (uri),
                   g_uri_get_host (uri), g_uri_get_port (uri));
      return NULL;
    }
  return g_steal_pointer (&uri);
}
