/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account.h"

#include "agent/oma-account-private.h"
#include "agent/oma-agent.h"
#include "base/oma-uri.h"

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

/* The options that an account may have; omadm.conf(5) describes them. */
static const struct {
  const char *key;
  OptionType  type;
  guint       minimum;
  guint       maximum;
} options[] = {
  { OMA_ACCOUNT_OPTION_DIGEST, OPTION_DIGEST, 0, 0 },
  { OMA_ACCOUNT_OPTION_HEX_MAC, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_HOLD_ALERTS, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_HOSTS, OPTION_TEXT, 0, 0 },
  { OMA_ACCOUNT_OPTION_KEEP_ALIVE, OPTION_NUMBER, 0, 3600 },
  { OMA_ACCOUNT_OPTION_MAC_WINDOW, OPTION_NUMBER, 1, 86400 },
  { OMA_ACCOUNT_OPTION_MAX_MESSAGE_SIZE, OPTION_NUMBER, 4096, 16777216 },
  { OMA_ACCOUNT_OPTION_MAX_MESSAGES, OPTION_NUMBER, 4, 1000000 },
  { OMA_ACCOUNT_OPTION_MAX_OBJECT_SIZE, OPTION_NUMBER, 4096, 2147483647 },
  { OMA_ACCOUNT_OPTION_MS_MDM, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_MS_PREFIXES, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_NO_FALLBACK, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_NONCE_AS_TEXT, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_OLD_TLS, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_REPORT_INTERRUPTED, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_RESEND_DELAY, OPTION_NUMBER, 0, 3600 },
  { OMA_ACCOUNT_OPTION_RESENDS, OPTION_NUMBER, 0, 100 },
  { OMA_ACCOUNT_OPTION_RFC2104_HMAC, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_SIZE_OPTIONAL, OPTION_BOOL, 0, 0 },
  { OMA_ACCOUNT_OPTION_TIMEOUT, OPTION_NUMBER, 1, 3600 },
  { OMA_ACCOUNT_OPTION_UPSERT, OPTION_BOOL, 0, 0 },
};

static const char *const auth_names[] = { "none", "basic", "md5", "hmac" };
static const char *const auth_node_values[] = { "TRANSPORT", "BASIC", "DIGEST", "HMAC" };
static const char *const http_auth_names[] = { "none", "basic", "digest" };
static const char *const http_auth_node_values[] = { "TRANSPORT", "HTTP-BASIC", "HTTP-DIGEST" };
static const char *const auth_1_1_values[] = { "", "syncml:auth-basic", "syncml:auth-md5", "syncml:auth-MAC" };
static const char *const encoding_names[] = { "xml", "wbxml" };

static gboolean
find_text (const char *const *texts, gsize n_texts, const char *text, int *index)
{
  for (gsize i = 0; i < n_texts; i++)
    if (strcmp (texts[i], text) == 0)
      {
        *index = (int) i;
        return TRUE;
      }
  return FALSE;
}

/**
 * oma_auth_type_to_name:
 * @type: how one side proves who it is
 *
 * Returns: its name in commands and files: none, basic, md5 or hmac
 */
const char *
oma_auth_type_to_name (OmaAuthType type)
{
  return auth_names[type];
}

/**
 * oma_auth_type_from_name:
 * @name: none, basic, md5 or hmac
 * @type: (out): the type
 *
 * Returns: whether @name is one of these
 */
gboolean
oma_auth_type_from_name (const char *name, OmaAuthType *type)
{
  int index;

  if (!find_text (auth_names, G_N_ELEMENTS (auth_names), name, &index))
    return FALSE;
  *type = (OmaAuthType) index;
  return TRUE;
}

/**
 * oma_auth_type_to_node:
 * @type: how one side proves who it is
 *
 * Returns: what stands in DMAcc AAuthType (DM Standardized Objects 1.2, section 5.3.20)
 */
const char *
oma_auth_type_to_node (OmaAuthType type)
{
  return auth_node_values[type];
}

/**
 * oma_auth_type_to_1_1:
 * @type: how one side proves who it is
 *
 * Returns: what stands in AuthPref of the DMAcc of DM 1.1, which AAuthPref of such an account
 *   holds too
 */
const char *
oma_auth_type_to_1_1 (OmaAuthType type)
{
  return auth_1_1_values[type];
}

/**
 * oma_auth_type_from_node:
 * @text: what stands in DMAcc AAuthType or AAuthPref, in the words of any release
 * @type: (out): the type
 *
 * Returns: whether it is a type that we have
 */
gboolean
oma_auth_type_from_node (const char *text, OmaAuthType *type)
{
  int index;

  if (!find_text (auth_node_values, G_N_ELEMENTS (auth_node_values), text, &index) &&
      !find_text (auth_1_1_values, G_N_ELEMENTS (auth_1_1_values), text, &index))
    return FALSE;
  *type = (OmaAuthType) index;
  return TRUE;
}

/**
 * oma_http_auth_from_name:
 * @name: none, basic or digest
 * @type: (out): the type
 *
 * Returns: whether @name is one of these
 */
gboolean
oma_http_auth_from_name (const char *name, OmaHttpAuth *type)
{
  int index;

  if (!find_text (http_auth_names, G_N_ELEMENTS (http_auth_names), name, &index))
    return FALSE;
  *type = (OmaHttpAuth) index;
  return TRUE;
}

/**
 * oma_http_auth_to_node:
 * @type: how the account proves itself to the HTTP server
 *
 * Returns: what stands in AAuthType beside AAuthLevel HTTP (DM Standardized Objects 1.2,
 *   section 5.3.20)
 */
const char *
oma_http_auth_to_node (OmaHttpAuth type)
{
  return http_auth_node_values[type];
}

/**
 * oma_http_auth_from_node:
 * @text: what stands in AAuthType beside AAuthLevel HTTP
 * @type: (out): the type
 *
 * Returns: whether it is a type that we have
 */
gboolean
oma_http_auth_from_node (const char *text, OmaHttpAuth *type)
{
  int index;

  if (!find_text (http_auth_node_values, G_N_ELEMENTS (http_auth_node_values), text, &index))
    return FALSE;
  *type = (OmaHttpAuth) index;
  return TRUE;
}

/**
 * oma_encoding_to_name:
 * @encoding: how messages are written
 *
 * Returns: xml or wbxml
 */
const char *
oma_encoding_to_name (OmaEncoding encoding)
{
  return encoding_names[encoding];
}

/**
 * oma_encoding_from_name:
 * @name: xml or wbxml
 * @encoding: (out): the encoding
 *
 * Returns: whether @name is one of these
 */
gboolean
oma_encoding_from_name (const char *name, OmaEncoding *encoding)
{
  int index;

  if (!find_text (encoding_names, G_N_ELEMENTS (encoding_names), name, &index))
    return FALSE;
  *encoding = (OmaEncoding) index;
  return TRUE;
}

/**
 * oma_account_digest_from_name:
 * @name: md5 or sha256
 * @type: (out) (optional): the digest algorithm
 *
 * Returns: whether @name is one of these
 */
gboolean
oma_account_digest_from_name (const char *name, OmaDigestType *type)
{
  OmaDigestType found = strcmp (name, "sha256") == 0 ? OMA_DIGEST_SHA256 : OMA_DIGEST_MD5;

  if (found == OMA_DIGEST_MD5 && strcmp (name, "md5") != 0)
    return FALSE;
  if (type != NULL)
    *type = found;
  return TRUE;
}

/**
 * oma_account_config_new:
 *
 * Returns: (transfer full): an account without a name, DM 1.2, messages as XML, no credentials
 */
OmaAccountConfig *
oma_account_config_new (void)
{
  OmaAccountConfig *config = g_new0 (OmaAccountConfig, 1);

  config->encoding = OMA_ENCODING_XML;
  config->protocol = OMA_DM_1_2;
  config->options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return config;
}

/**
 * oma_secret_free:
 * @secret: (nullable): a secret
 *
 * Wipes and frees it.
 */
void
oma_secret_free (char *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/* The key's octets, when nobody else holds them, are wiped here; a reader that took them from a
 * file made them so that they wipe themselves. */
static void
clear_key (GBytes *key)
{
  gsize size;
  gpointer data = g_bytes_unref_to_data (key, &size);

  if (size > 0)
    explicit_bzero (data, size);
  g_free (data);
}

/**
 * oma_account_config_free:
 * @config: (nullable): an account's settings
 *
 * Frees them; secrets and key are wiped.
 */
void
oma_account_config_free (OmaAccountConfig *config)
{
  if (config == NULL)
    return;
  g_free (config->name);
  g_free (config->server_id);
  g_free (config->url);
  g_free (config->user);
  oma_secret_free (config->secret);
  g_free (config->server_user);
  oma_secret_free (config->server_secret);
  g_free (config->http_user);
  oma_secret_free (config->http_secret);
  g_clear_pointer (&config->ca, g_bytes_unref);
  g_clear_pointer (&config->certificate, g_bytes_unref);
  g_clear_pointer (&config->key, clear_key);
  g_strfreev (config->manage);
  g_hash_table_unref (config->options);
  g_free (config);
}

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
check_option (const char *key, const char *text, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      if (strcmp (options[i].key, key) != 0)
        continue;
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

/**
 * oma_account_config_check:
 * @config: an account's settings
 * @error: return location for an %OMA_AGENT_ERROR
 *
 * Says whether an account can be made of them: a name that a node can have, a ServerID that an
 * ACL can hold, an address of HTTPS (of HTTP when it is allowed and no basic credentials go
 * there, DM Security 1.2, section 5.3), credentials that are complete, certificates that can be
 * read and a key that fits, options that there are.
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
      !check_http_auth (config, is_http, error) ||
      !check_pem (config->ca, config->certificate, config->key, error) || !check_rights (config->manage, error))
    return FALSE;
  g_hash_table_iter_init (&iter, config->options);
  while (g_hash_table_iter_next (&iter, &key, &text))
    if (!check_option (key, text, error))
      return FALSE;
  return TRUE;
}
