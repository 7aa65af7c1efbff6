/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account.h"

#include "agent/oma-account-private.h"
#include "base/oma-secret.h"
#include <string.h>

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
 * oma_account_config_set_address:
 * @config: an account's settings
 * @name: its name, and the identifier of its server
 * @url: its address
 *
 * Makes @config one of DM 2.0 with this address.
 */
void
oma_account_config_set_address (OmaAccountConfig *config, const char *name, const char *url)
{
  g_free (config->name);
  config->name = g_strdup (name);
  g_free (config->server_id);
  config->server_id = g_strdup (name);
  g_free (config->url);
  config->url = g_strdup (url);
  config->protocol = OMA_DM_2_0;
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
  g_free (config->display_name);
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
  g_strfreev (config->moids);
  g_clear_pointer (&config->notification_data, g_bytes_unref);
  g_clear_pointer (&config->notification_secret, g_bytes_unref);
  g_clear_pointer (&config->others, g_hash_table_unref);
  g_hash_table_unref (config->options);
  g_free (config);
}
