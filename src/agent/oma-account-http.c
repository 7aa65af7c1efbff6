/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-http.h"

#include "codec/oma-codec.h"

#define SLOWEST 5             /* times the time-out is what a whole answer may take */
#define USER_AGENT "omadm/" OMADM_VERSION

/**
 * oma_account_open_http:
 * @account: an account
 * @config: the daemon's configuration
 * @device_id: (nullable): ./DevInfo/DevId
 * @files: (out) (transfer full): what the transport reads its certificates from; it must outlive it
 * @error: return location for %OMA_TRANSPORT_ERROR or a %G_IO_ERROR
 *
 * Returns: (transfer full): a transport to the account's server, with what the account says now of credentials,
 *   certificates and hosts, or %NULL
 */
OmaHttp *
oma_account_open_http (OmaAccount *account, const OmaConfig *config, const char *device_id, OmaAccountFiles **files,
                       GError **error)
{
  const char *hosts = oma_account_get_option (account, OMA_ACCOUNT_OPTION_HOSTS);
  g_auto(GStrv) allowed = hosts != NULL ? g_strsplit_set (hosts, ", ", -1) : NULL;
  g_auto(OmaHttpCredentials) credentials = { OMA_HTTP_AUTH_NONE, NULL, NULL };
  g_autoptr(OmaAccountFiles) own_files = oma_account_make_files (account, error);
  OmaHttpConfig http_config = {
    .uri = oma_account_get_url (account),
    .allowed_hosts = (const char *const *) allowed,
    .allow_http = oma_account_get_allow_http (account),
    .allow_old_tls = oma_account_get_flag (account, OMA_ACCOUNT_OPTION_OLD_TLS),
    .max_reply_size = oma_codec_default_limits.max_size,
    .timeout = oma_account_get_number (account, OMA_ACCOUNT_OPTION_TIMEOUT, config->http_timeout),
    .user_agent = USER_AGENT,
    .device_id = device_id,
  };
  OmaHttp *http;

  if (own_files == NULL)
    return NULL;
  oma_account_read_http_credentials (account, &credentials);
  http_config.auth = credentials.type;
  http_config.auth_user = credentials.user;
  http_config.auth_secret = credentials.secret;
  http_config.ca_file = own_files->ca;
  http_config.certificate_file = own_files->certificate;
  http_config.key_file = own_files->key;
  http_config.deadline = SLOWEST * http_config.timeout;
  http = oma_http_new (&http_config, error);
  if (http != NULL)
    *files = g_steal_pointer (&own_files);
  return http;
}
