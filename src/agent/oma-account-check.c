/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account.h"

#include "agent/oma-account-private.h"
#include "agent/oma-agent.h"
#include "base/oma-uri.h"
#include "session/oma-version.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#define MAX_TEXT 1024   /* octets of a name, identifier, user name or secret */

typedef enum {
  OPTION_BOOL,
  OPTION_DIGEST,
  OPTION_NUMBER,
  OPTION_TEXT,
} OptionType;

/* The generations of the protocol that an option says something to. */
typedef enum {
  FOR_1 = 1 << 0,
  FOR_2 = 1 << 1,
  FOR_ALL = FOR_1 | FOR_2,
} Generations;

/* The options that an account may have; omadm.conf(5) describes them. */
static const struct {
  const char *key;
  OptionType  type;
  Generations generations;
  guint       minimum;
  guint       maximum;
} options[] = {
  { OMA_ACCOUNT_OPTION_DIGEST, OPTION_DIGEST, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_HEX_MAC, OPTION_BOOL, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_HOLD_ALERTS, OPTION_BOOL, FOR_ALL, 0, 0 },
  { OMA_ACCOUNT_OPTION_HOSTS, OPTION_TEXT, FOR_ALL, 0, 0 },
  { OMA_ACCOUNT_OPTION_INTERVAL, OPTION_NUMBER, FOR_ALL, 60, 2678400 },
  { OMA_ACCOUNT_OPTION_KEEP_ALIVE, OPTION_NUMBER, FOR_ALL, 0, 3600 },
  { OMA_ACCOUNT_OPTION_MAC_WINDOW, OPTION_NUMBER, FOR_1, 1, 86400 },
  { OMA_ACCOUNT_OPTION_MAX_MESSAGE_SIZE, OPTION_NUMBER, FOR_1, 4096, 16777216 },
  { OMA_ACCOUNT_OPTION_MAX_MESSAGES, OPTION_NUMBER, FOR_ALL, 4, 1000000 },
  { OMA_ACCOUNT_OPTION_MAX_OBJECT_SIZE, OPTION_NUMBER, FOR_ALL, 4096, 2147483647 },
  { OMA_ACCOUNT_OPTION_MS_MDM, OPTION_BOOL, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_MS_PREFIXES, OPTION_BOOL, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_NO_FALLBACK, OPTION_BOOL, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_NONCE_AS_TEXT, OPTION_BOOL, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_NOTI_REQUIRE_DIGEST, OPTION_BOOL, FOR_2, 0, 0 },
  { OMA_ACCOUNT_OPTION_OLD_TLS, OPTION_BOOL, FOR_ALL, 0, 0 },
  { OMA_ACCOUNT_OPTION_REPORT_INTERRUPTED, OPTION_BOOL, FOR_ALL, 0, 0 },
  { OMA_ACCOUNT_OPTION_RESEND_DELAY, OPTION_NUMBER, FOR_ALL, 0, 3600 },
  { OMA_ACCOUNT_OPTION_RESENDS, OPTION_NUMBER, FOR_ALL, 0, 100 },
  { OMA_ACCOUNT_OPTION_RFC2104_HMAC, OPTION_BOOL, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_SIZE_OPTIONAL, OPTION_BOOL, FOR_1, 0, 0 },
  { OMA_ACCOUNT_OPTION_TIMEOUT, OPTION_NUMBER, FOR_ALL, 1, 3600 },
  { OMA_ACCOUNT_OPTION_UPSERT, OPTION_BOOL, FOR_1, 0, 0 },
};

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, reason);
  return FALSE;
}

static gboolean
is_plain_text (const char *text)
{
  if (strlen (text) > MAX_TEXT || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* DM Tree and Description 1.2, grammar of ACLs: what a server identifier may consist of. */
static gboolean
is_server_id (const char *text)
{
  if (*text == '\0' || !is_plain_text (text))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (strchr ("=&*+", *p) != NULL || g_unichar_isspace (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* Sets @is_http when the address is one of plain HTTP.  What may hold a password is not quoted, nor what GLib says of it,
 * which quotes it, too. */
static gboolean
check_url (const char *url, gboolean *is_http, GError **error)
{
  g_autoptr(GUri) uri = NULL;

  if (url == NULL || strlen (url) > MAX_TEXT)
    return refuse (error, "The address of the server is missing or too long");
  uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL)
    return refuse (error, "The address of the server is no URL");
  *is_http = strcmp (g_uri_get_scheme (uri), "http") == 0;
  if (!*is_http && strcmp (g_uri_get_scheme (uri), "https") != 0)
    return refuse (error, "The address of the server is neither https nor http but %s", g_uri_get_scheme (uri));
  if (g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return refuse (error, "The address of the server names no host");
  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return refuse (error, "The address of the server must have neither a user name nor a fragment");
  return TRUE;
}

static gboolean
check_credentials (const char *whose, OmaAuthType type, const char *user, const char *secret, gboolean is_http,
                   GError **error)
{
  if (type == OMA_AUTH_NONE)
    return user == NULL && secret == NULL ? TRUE : refuse (error, "%s has a user or secret, but no authentication", whose);
  if (user == NULL || secret == NULL)
    return refuse (error, "%s needs a user name and a secret", whose);
  if (*user == '\0' || !is_plain_text (user) || !is_plain_text (secret))
    return refuse (error, "%s: the user name is empty, or it or the secret is too long or no plain text", whose);
  if (type == OMA_AUTH_BASIC && strchr (user, ':') != NULL)
    return refuse (error, "%s: a user name with a colon cannot be used with basic authentication", whose);
  if (type == OMA_AUTH_BASIC && is_http)
    return refuse (error, "%s: basic authentication is never used over plain HTTP", whose);
  return TRUE;
}

static gboolean
check_http_auth (const OmaAccountConfig *config, gboolean is_http, GError **error)
{
  const char *user = config->http_user;

  if (config->http_auth == OMA_HTTP_AUTH_NONE)
    return (user == NULL && config->http_secret == NULL) ||
           refuse (error, "There is a user or secret for HTTP, but no HTTP authentication");
  if (user == NULL || config->http_secret == NULL)
    return refuse (error, "HTTP authentication needs a user name and a secret");
  if (*user == '\0' || strchr (user, ':') != NULL || !is_plain_text (user) || !is_plain_text (config->http_secret))
    return refuse (error, "HTTP authentication: the user name is empty or has a colon, or it or the secret is too long "
                   "or no plain text");
  if (config->http_auth == OMA_HTTP_AUTH_BASIC && is_http)
    return refuse (error, "HTTP authentication: basic is never used over plain HTTP");
  return TRUE;
}

static void
to_datum (GBytes *bytes, gnutls_datum_t *datum)
{
  gsize size;

  datum->data = (unsigned char *) g_bytes_get_data (bytes, &size);
  datum->size = (unsigned int) size;
}

static gboolean
check_pem (GBytes *ca, GBytes *certificate, GBytes *key, GError **error)
{
  gnutls_certificate_credentials_t credentials;
  gnutls_datum_t first;
  gnutls_datum_t second;
  int result = 0;

  if ((certificate == NULL) != (key == NULL))
    return refuse (error, "A client certificate needs its key and the other way round");
  if (gnutls_certificate_allocate_credentials (&credentials) < 0)
    return refuse (error, "Certificates cannot be read now");
  if (ca != NULL)
    {
      to_datum (ca, &first);
      result = gnutls_certificate_set_x509_trust_mem (credentials, &first, GNUTLS_X509_FMT_PEM);
      if (result == 0)
        result = GNUTLS_E_NO_CERTIFICATE_FOUND;
    }
  if (result < 0)
    refuse (error, "The CA certificates cannot be used: %s", gnutls_strerror (result));
  else if (certificate != NULL)
    {
      to_datum (certificate, &first);
      to_datum (key, &second);
      result = gnutls_certificate_set_x509_key_mem (credentials, &first, &second, GNUTLS_X509_FMT_PEM);
      if (result < 0)
        refuse (error, "The client certificate or its key cannot be used: %s", gnutls_strerror (result));
    }
  gnutls_certificate_free_credentials (credentials);
  return result >= 0;
}

static gboolean
check_option (const char *key, const char *text, OmaDmVersion version, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      if (strcmp (options[i].key, key) != 0)
        continue;
      if ((options[i].generations & (version == OMA_DM_2_0 ? FOR_2 : FOR_1)) == 0)
        return refuse (error, "Option %s means nothing for DM %s", key, oma_dm_version_to_name (version));
      if (options[i].type == OPTION_BOOL && strcmp (text, "true") != 0 && strcmp (text, "false") != 0)
        return refuse (error, "Option %s must be true or false", key);
      if (options[i].type == OPTION_DIGEST && !oma_account_digest_from_name (text, NULL))
        return refuse (error, "Option %s must be md5 or sha256", key);
      if (options[i].type == OPTION_NUMBER &&
          !g_ascii_string_to_unsigned (text, 10, options[i].minimum, options[i].maximum, NULL, NULL))
        return refuse (error, "Option %s must be a number from %u to %u", key, options[i].minimum, options[i].maximum);
      return is_plain_text (text) ? TRUE : refuse (error, "Option %s is no plain text", key);
    }
  return refuse (error, "There is no option %s", key);
}

static gboolean
check_rights (char **manage, GError **error)
{
  for (char **uri = manage; uri != NULL && *uri != NULL; uri++)
    {
      g_auto(OmaUri) parsed = OMA_URI_INIT;
      g_autoptr(GError) local_error = NULL;

      if (!oma_uri_parse (&parsed, *uri, &local_error))
        return refuse (error, "Cannot manage %s: %s", *uri, local_error->message);
      if (parsed.query != OMA_URI_QUERY_NONE)
        return refuse (error, "Cannot manage %s: not the URI of a node", *uri);
    }
  return TRUE;
}

/* ---- What only one generation of the protocol has ---- */

static gboolean
check_moids (char **moids, GError **error)
{
  if (moids != NULL && (*moids == NULL || g_strv_length (moids) > OMA_ACCOUNT_MAX_MOIDS))
    return refuse (error, "An account names from one to %d identifiers of management objects", OMA_ACCOUNT_MAX_MOIDS);
  for (char **moid = moids; moid != NULL && *moid != NULL; moid++)
    {
      if (**moid == '\0' || !is_plain_text (*moid) || strpbrk (*moid, "/? ") != NULL)
        return refuse (error, "An identifier of a management object is empty, too long or has a slash, a question mark "
                       "or a space");
    }
  return TRUE;
}

static gboolean
check_notification_key (GBytes *data, GBytes *secret, GError **error)
{
  if ((data == NULL) != (secret == NULL))
    return refuse (error, "The digest of notifications needs a secret and data");
  if (secret != NULL && (g_bytes_get_size (secret) == 0 ||
                         g_bytes_get_size (secret) > OMA_ACCOUNT_MAX_NOTIFICATION_KEY ||
                         g_bytes_get_size (data) > OMA_ACCOUNT_MAX_NOTIFICATION_KEY))
    return refuse (error, "The secret of notifications is empty, or it or their data are larger than %d octets",
                   OMA_ACCOUNT_MAX_NOTIFICATION_KEY);
  return TRUE;
}

static gboolean
check_generation (const OmaAccountConfig *config, GError **error)
{
  if (config->protocol != OMA_DM_2_0)
    return (config->moids == NULL && config->notification_data == NULL && config->notification_secret == NULL &&
            config->display_name == NULL && config->others == NULL) ||
           refuse (error, "Identifiers of management objects and secrets of notifications are for accounts of DM 2.0");
  if (config->client_auth != OMA_AUTH_NONE || config->server_auth != OMA_AUTH_NONE)
    return refuse (error, "DM 2.0 knows no credentials but those of HTTP and TLS: there is no authentication %s",
                   oma_auth_type_to_name (config->client_auth != OMA_AUTH_NONE ? config->client_auth
                                                                               : config->server_auth));
  if (config->has_encoding)
    return refuse (error, "DM 2.0 writes its messages as JSON: there is no encoding to choose");
  if (config->display_name != NULL && !is_plain_text (config->display_name))
    return refuse (error, "The name for people is too long or no plain text");
  return check_moids (config->moids, error) &&
         check_notification_key (config->notification_data, config->notification_secret, error);
}

/**
 * oma_account_config_check:
 * @config: an account's settings
 * @error: return location for an %OMA_AGENT_ERROR
 *
 * Says whether an account can be made of them: a name that a node can have, a ServerID that an
 * ACL can hold, an address of HTTPS (of HTTP when it is allowed and no basic credentials go
 * there, DM Security 1.2, section 5.3), credentials that are complete, certificates that can be
 * read and a key that fits, options that there are, and nothing that the release of the protocol
 * has no use for.
 *
 * Returns: %TRUE, or %FALSE with %OMA_AGENT_ERROR_BAD_SETTING
 */
gboolean
oma_account_config_check (const OmaAccountConfig *config, GError **error)
{
  gboolean is_http = FALSE;
  GHashTableIter iter;
  gpointer key;
  gpointer text;

  if (config->name == NULL || !oma_uri_name_is_valid (config->name, strlen (config->name)) ||
      strlen (config->name) > OMA_URI_MAX_SEGMENT / 3 || !is_plain_text (config->name))
    return refuse (error, "The account has no name, or one that a node cannot have");
  if (config->server_id == NULL || !is_server_id (config->server_id))
    return refuse (error, "The server identifier is missing, or has white space or one of = & * +");
  if (!check_url (config->url, &is_http, error))
    return FALSE;
  if (is_http && !config->allow_http)
    return refuse (error, "The address of the server is one of plain HTTP, which the account does not allow");
  if (!check_credentials ("The device", config->client_auth, config->user, config->secret, is_http, error) ||
      !check_credentials ("The server", config->server_auth, config->server_user, config->server_secret, is_http, error) ||
      !check_http_auth (config, is_http, error) || !check_generation (config, error) ||
      !check_pem (config->ca, config->certificate, config->key, error) || !check_rights (config->manage, error))
    return FALSE;
  g_hash_table_iter_init (&iter, config->options);
  while (g_hash_table_iter_next (&iter, &key, &text))
    if (!check_option (key, text, config->protocol, error))
      return FALSE;
  return TRUE;
}
