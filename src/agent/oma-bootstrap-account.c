/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-bootstrap-account.h"

#include "agent/oma-account-private.h"
#include "agent/oma-agent.h"
#include "base/oma-secret.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#define PEM_BEGIN "-----BEGIN"
#define BOOTSTRAP_KEY OMA_ACCOUNT_2_0_BOOTSTRAP "ClientSecretKey"

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, reason);
  return FALSE;
}

static gboolean
is_pem (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return size >= strlen (PEM_BEGIN) && memmem (data, size, PEM_BEGIN, strlen (PEM_BEGIN)) != NULL;
}

static void
to_datum (GBytes *bytes, gnutls_datum_t *datum)
{
  gsize size;

  datum->data = (unsigned char *) g_bytes_get_data (bytes, &size);
  datum->size = (unsigned int) size;
}

/* Takes the octets over from GnuTLS. */
static GBytes *
take_pem (gnutls_datum_t *pem)
{
  GBytes *bytes = oma_secret_bytes_new (g_memdup2 (pem->data, pem->size), pem->size);

  explicit_bzero (pem->data, pem->size);
  gnutls_free (pem->data);
  return bytes;
}

/* Returns: (transfer full) (nullable): PEM text of a certificate in PEM or DER */
static GBytes *
make_certificate (GBytes *bytes)
{
  gnutls_x509_crt_t certificate;
  gnutls_datum_t from;
  gnutls_datum_t pem = { NULL, 0 };
  int result;

  if (is_pem (bytes))
    return g_bytes_ref (bytes);
  if (gnutls_x509_crt_init (&certificate) < 0)
    return NULL;
  to_datum (bytes, &from);
  result = gnutls_x509_crt_import (certificate, &from, GNUTLS_X509_FMT_DER);
  if (result >= 0)
    result = gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &pem);
  gnutls_x509_crt_deinit (certificate);
  return result >= 0 ? take_pem (&pem) : NULL;
}

/* The same for a private key, PKCS #8 or one of its algorithm's own forms. */
static GBytes *
make_key (GBytes *bytes)
{
  gnutls_x509_privkey_t key;
  gnutls_datum_t from;
  gnutls_datum_t pem = { NULL, 0 };
  int result;

  if (is_pem (bytes))
    return g_bytes_ref (bytes);
  if (gnutls_x509_privkey_init (&key) < 0)
    return NULL;
  to_datum (bytes, &from);
  result = gnutls_x509_privkey_import2 (key, &from, GNUTLS_X509_FMT_DER, NULL, 0);
  if (result >= 0)
    result = gnutls_x509_privkey_export2 (key, GNUTLS_X509_FMT_PEM, &pem);
  gnutls_x509_privkey_deinit (key);
  return result >= 0 ? take_pem (&pem) : NULL;
}

static gboolean
set_certificate (OmaAccountConfig *config, const OmaBootstrap *bootstrap, GError **error)
{
  if (bootstrap->certificate == NULL)
    return TRUE;
  config->certificate = make_certificate (bootstrap->certificate);
  config->key = make_key (bootstrap->key);
  return (config->certificate != NULL && config->key != NULL) ||
         refuse (error, "Auth/Trsp holds no certificate, or no key of one");
}

static gboolean
set_http_auth (OmaAccountConfig *config, const OmaBootstrap *bootstrap, GError **error)
{
  if (bootstrap->http_type == NULL)
    return TRUE;
  if (!oma_http_auth_from_node (bootstrap->http_type, &config->http_auth))
    return refuse (error, "Ext/Omadm/HTTPAuth/Type is neither HTTP-BASIC nor HTTP-DIGEST");
  config->http_user = g_strdup (bootstrap->http_user);
  config->http_secret = g_strdup (bootstrap->http_secret);
  return TRUE;
}

/**
 * oma_bootstrap_make_account:
 * @bootstrap: what a document holds
 * @error: return location for %OMA_AGENT_ERROR_BAD_SETTING
 *
 * Returns: (transfer full): the account that is to be made of it, still without a name and not checked yet, or %NULL
 */
OmaAccountConfig *
oma_bootstrap_make_account (const OmaBootstrap *bootstrap, GError **error)
{
  g_autoptr(OmaAccountConfig) config = oma_account_config_new ();

  config->protocol = OMA_DM_2_0;
  config->is_bootstrap = TRUE;
  config->server_id = g_strdup (bootstrap->server_id);
  config->url = g_strdup (bootstrap->server_uri);
  config->display_name = *bootstrap->name != '\0' ? g_strdup (bootstrap->name) : NULL;
  config->moids = g_strdupv (bootstrap->moids);
  config->others = g_hash_table_ref (bootstrap->others);
  if (bootstrap->notification_secret != NULL)
    {
      config->notification_secret = g_bytes_ref (bootstrap->notification_secret);
      config->notification_data = g_bytes_ref (bootstrap->notification_data);
    }
  if (bootstrap->ca != NULL)
    config->ca = g_bytes_new (bootstrap->ca, strlen (bootstrap->ca));
  if (!set_certificate (config, bootstrap, error) || !set_http_auth (config, bootstrap, error))
    return NULL;
  return g_steal_pointer (&config);
}

/**
 * oma_bootstrap_has_secret:
 * @bootstrap: what a document holds
 *
 * Returns: whether it holds what nobody but the device must know
 */
gboolean
oma_bootstrap_has_secret (const OmaBootstrap *bootstrap)
{
  return bootstrap->key != NULL || bootstrap->notification_secret != NULL || bootstrap->http_secret != NULL ||
         g_hash_table_contains (bootstrap->others, BOOTSTRAP_KEY);
}
