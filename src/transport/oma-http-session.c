/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-private.h"

#include <gnutls/gnutls.h>

static gboolean
config_error (GError **error, const char *what, const char *file, const char *why)
{
  g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONFIG, "%s %s: %s", what, file, why);
  return FALSE;
}

/* The account's CAs take the place of the system's.  GTlsFileDatabase only warns about a
 * relative name, and takes a file without a certificate, so both are looked at before. */
static gboolean
set_ca (OmaHttp *http, const char *file, GError **error)
{
  g_autoptr(GError) reason = NULL;
  g_autoptr(GTlsDatabase) database = NULL;
  g_autolist(GTlsCertificate) list = NULL;

  if (!g_path_is_absolute (file))
    return config_error (error, "CA file", file, "not an absolute name");
  list = g_tls_certificate_list_new_from_file (file, &reason);
  if (list == NULL)
    return config_error (error, "CA file", file, reason != NULL ? reason->message : "no certificate in it");
  database = g_tls_file_database_new (file, &reason);
  if (database == NULL)
    return config_error (error, "CA file", file, reason->message);
  soup_session_set_tls_database (http->session, database);
  return TRUE;
}

/* GTlsCertificate takes a key that belongs to another certificate; the handshake would fail
 * without a word of why. */
static gboolean
check_key (const char *certificate, const char *key, GError **error)
{
  gnutls_certificate_credentials_t credentials;
  int code = gnutls_certificate_allocate_credentials (&credentials);

  if (code == GNUTLS_E_SUCCESS)
    {
      code = gnutls_certificate_set_x509_key_file (credentials, certificate, key, GNUTLS_X509_FMT_PEM);
      gnutls_certificate_free_credentials (credentials);
    }
  return code >= 0 || config_error (error, "Client certificate", certificate, gnutls_strerror (code));
}

static gboolean
set_certificate (OmaHttp *http, const char *certificate, const char *key, GError **error)
{
  g_autoptr(GError) reason = NULL;

  if (certificate == NULL || key == NULL)
    return config_error (error, "Client certificate", certificate != NULL ? certificate : key,
                         "certificate and key belong together");
  if (!g_path_is_absolute (certificate) || !g_path_is_absolute (key))
    return config_error (error, "Client certificate", certificate, "not an absolute name");
  http->certificate = g_tls_certificate_new_from_files (certificate, key, &reason);
  if (http->certificate == NULL)
    return config_error (error, "Client certificate", certificate, reason->message);
  return check_key (certificate, key, error);
}

/* A session that knows nothing of the account's.  Who asks for credentials gets no answer; a
 * compressed answer would get round the limit of its size. */
static SoupSession *
new_bare_session (guint timeout, const char *user_agent)
{
  SoupSession *session = soup_session_new_with_options ("timeout", timeout, "idle-timeout", 0, NULL);

  soup_session_set_user_agent (session, user_agent);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  return session;
}

/* With credentials of the account only who asks by its scheme gets an answer. */
static SoupSession *
new_session (const OmaHttpConfig *config)
{
  SoupSession *session = new_bare_session (config->timeout, config->user_agent);
  g_autoptr(SoupSessionFeature) jar = SOUP_SESSION_FEATURE (soup_cookie_jar_new ());

  if (config->auth != OMA_HTTP_AUTH_NONE)
    {
      soup_session_add_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
      soup_session_add_feature_by_type (session, config->auth == OMA_HTTP_AUTH_BASIC ? SOUP_TYPE_AUTH_BASIC
                                                                                     : SOUP_TYPE_AUTH_DIGEST);
    }
  soup_session_add_feature (session, jar);
  return session;
}

/* Makes the session of libsoup's that @config asks for, and reads its files. */
gboolean
oma_http_open_session (OmaHttp *http, const OmaHttpConfig *config, GError **error)
{
  http->session = new_session (config);
  if (config->ca_file != NULL && !set_ca (http, config->ca_file, error))
    return FALSE;
  return (config->certificate_file == NULL && config->key_file == NULL) ||
         set_certificate (http, config->certificate_file, config->key_file, error);
}

/* The session for addresses of this @reach.  Other origins than the account's have one that trusts the same CAs and
 * knows no cookies and no credentials.  Where the address that is connected to is judged no proxy may hide it: such
 * hosts are reached directly, and one that needs a proxy must be among those that the account lists. */
SoupSession *
oma_http_get_session (OmaHttp *http, OmaHttpReach reach)
{
  SoupSession **session = reach == OMA_HTTP_REACH_PUBLIC ? &http->public : &http->listed;

  if (reach == OMA_HTTP_REACH_OWN)
    return http->session;
  if (*session == NULL)
    {
      *session = new_bare_session (soup_session_get_timeout (http->session),
                                   soup_session_get_user_agent (http->session));
      soup_session_set_tls_database (*session, soup_session_get_tls_database (http->session));
      if (reach == OMA_HTTP_REACH_PUBLIC)
        soup_session_set_proxy_resolver (*session, NULL);
    }
  return *session;
}
