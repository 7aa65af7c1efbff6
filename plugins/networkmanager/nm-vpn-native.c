/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn-private.h"

#include "nm-ipsec.h"
#include "nm-machine.h"
#include "nm-pac.h"
#include "nm-vpn-eap.h"

#include <string.h>

/* NativeProfile: the protocols of Windows, as plugins of NetworkManager do them. */

#define FILE_SCHEME "file://"

static gboolean
refuse (GError **error, const char *text)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s", text);
}

/* "server;name for people": the server.  NetworkManager's plugins take one. */
static char *
get_server (NMConnection *connection, GError **error)
{
  g_autofree char *servers = nm_vpn_dup_field (connection, "NativeProfile/Servers");
  g_auto(GStrv) parts = servers != NULL ? g_strsplit (servers, ";", 2) : NULL;

  if (servers == NULL)
    nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "NativeProfile/Servers is missing");
  else if (strchr (servers, ',') != NULL)
    refuse (error, "Servers: a profile of NetworkManager has one server");
  else if (parts[0] == NULL || !nm_pac_is_host (g_strstrip (parts[0])))
    refuse (error, "Servers is no name or address of a server");
  else
    return g_strdup (parts[0]);
  return NULL;
}

/**
 * nm_vpn_make_proposals:
 * @connection: a profile
 * @ike: (out) (transfer full) (nullable): what its CryptographySuite says for IKE
 * @esp: (out) (transfer full) (nullable): and for children
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE with 415 or 412
 */
gboolean
nm_vpn_make_proposals (NMConnection *connection, char **ike, char **esp, GError **error)
{
  static const char *const names[] = {
    "EncryptionMethod", "IntegrityCheckMethod", "DHGroup", "CipherTransformConstants",
    "AuthenticationTransformConstants", "PfsGroup",
  };
  char *words[G_N_ELEMENTS (names)];
  gboolean ok;

  *ike = *esp = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *field = g_strconcat ("NativeProfile/CryptographySuite/", names[i], NULL);

      words[i] = nm_vpn_dup_field (connection, field);
    }
  ok = nm_ipsec_make_proposal (&(NmIpsecSuite) { words[0], words[1], words[2] }, FALSE, ike, error) &&
       nm_ipsec_make_proposal (&(NmIpsecSuite) { words[3], words[4], words[5] }, TRUE, esp, error);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (words[i]);
  return ok;
}

static gboolean
put_proposals (NMConnection *connection, NMSettingVpn *vpn, const char *ike_key, const char *esp_key, GError **error)
{
  g_autofree char *ike = NULL, *esp = NULL;

  if (!nm_vpn_make_proposals (connection, &ike, &esp, error))
    return FALSE;
  if (ike != NULL || nm_vpn_is_fresh (connection))
    nm_vpn_put (vpn, ike_key, ike);
  if (esp != NULL || nm_vpn_is_fresh (connection))
    nm_vpn_put (vpn, esp_key, esp);
  return TRUE;
}

/* The machine's certificate as a file, for the plugins take no other; but one that the profile has stays. */
static gboolean
put_certificate (NMSettingVpn *vpn, const char *certificate_key, const char *key_key, GError **error)
{
  const char *certificate = nm_machine_get_certificate (), *key = nm_machine_get_key ();

  if (nm_setting_vpn_get_data_item (vpn, certificate_key) != NULL &&
      nm_setting_vpn_get_data_item (vpn, key_key) != NULL)
    return TRUE;
  if (certificate == NULL || key == NULL || !g_str_has_prefix (certificate, FILE_SCHEME) ||
      !g_str_has_prefix (key, FILE_SCHEME))
    return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error,
                           "The machine has no certificate in a file: [plugin networkmanager] of omadm.conf names "
                           "none");
  nm_vpn_put (vpn, certificate_key, certificate + strlen (FILE_SCHEME));
  nm_vpn_put (vpn, key_key, key + strlen (FILE_SCHEME));
  return TRUE;
}

static gboolean
put_authentication (NMConnection *connection, NMSettingVpn *vpn, const char *configuration, GError **error)
{
  gboolean machine = nm_vpn_is (connection, "NativeProfile/Authentication/MachineMethod", "Certificate"), tls;
  const char *present = nm_setting_vpn_get_data_item (vpn, "method");
  NmVpnEap eap = { 0 };

  /* The plugin has had more than one word for that. */
  if (machine && configuration == NULL && !nm_vpn_is_fresh (connection) &&
      (g_strcmp0 (present, "cert") == 0 || g_strcmp0 (present, "key") == 0))
    return TRUE;
  if (configuration != NULL && !nm_vpn_eap_read (configuration, &eap, error))
    return FALSE;
  tls = !machine && eap.method == NM_VPN_EAP_TLS;
  nm_vpn_put (vpn, "method", machine ? "cert" : tls ? "eap-tls" : "eap");
  if (configuration != NULL || nm_vpn_is_fresh (connection))
    {
      nm_vpn_put (vpn, "certificate", eap.authority);
      nm_vpn_put (vpn, "remote-identity", eap.server);
    }
  nm_vpn_put (vpn, "cert-source", machine || tls ? "file" : NULL);
  nm_vpn_eap_clear (&eap);
  return (!machine && !tls) || put_certificate (vpn, "usercert", "userkey", error);
}

static gboolean
compile_ikev2 (NMConnection *connection, NMSettingVpn *vpn, GError **error)
{
  g_autofree char *configuration = nm_vpn_dup_field (connection, "NativeProfile/Authentication/Eap/Configuration");
  gboolean told = configuration != NULL ||
                  nm_vpn_is (connection, "NativeProfile/Authentication/MachineMethod", "Certificate");

  if (nm_vpn_is (connection, "NativeProfile/Authentication/UserMethod", "MSChapv2"))
    return refuse (error, "UserMethod MSChapv2 is not for IKEv2");
  if (!told && nm_setting_vpn_get_data_item (vpn, "method") == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error,
                           "NativeProfile/Authentication has neither a MachineMethod nor Eap/Configuration");
  if ((told && !put_authentication (connection, vpn, configuration, error)) ||
      !put_proposals (connection, vpn, "ike", "esp", error))
    return FALSE;
  if (nm_vpn_is_fresh (connection))
    nm_vpn_put (vpn, "virtual", "yes");
  nm_vpn_put (vpn, "proposal", nm_setting_vpn_get_data_item (vpn, "ike") != NULL ||
                               nm_setting_vpn_get_data_item (vpn, "esp") != NULL ? "yes" : NULL);
  return TRUE;
}

/* PPP inside of what encrypts; only MSCHAPv2 of its ways does not show the password. */
static gboolean
compile_ppp (NMConnection *connection, NMSettingVpn *vpn, GError **error)
{
  static const char *const refused[] = { "refuse-pap", "refuse-chap", "refuse-mschap", "refuse-eap" };

  if (nm_vpn_is (connection, "NativeProfile/Authentication/UserMethod", "Eap"))
    return refuse (error, "UserMethod Eap is not supported for this protocol");
  if (!nm_vpn_speaks_of (connection, "NativeProfile/Authentication/UserMethod"))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    nm_vpn_put (vpn, refused[i], "yes");
  return TRUE;
}

static gboolean
compile_l2tp (NMConnection *connection, NMSettingVpn *vpn, GError **error)
{
  gboolean machine = nm_vpn_is (connection, "NativeProfile/Authentication/MachineMethod", "Certificate");

  if (nm_vpn_is_fresh (connection))
    nm_vpn_put (vpn, "ipsec-enabled", "yes");
  if (nm_vpn_speaks_of (connection, "NativeProfile/Authentication/MachineMethod"))
    nm_vpn_put (vpn, "machine-auth-type", machine ? "tls" : "psk");
  if (machine && !put_certificate (vpn, "machine-cert", "machine-key", error))
    return FALSE;
  return compile_ppp (connection, vpn, error) && put_proposals (connection, vpn, "ipsec-ike", "ipsec-esp", error);
}

/**
 * nm_vpn_compile_native:
 * @connection: a profile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes a VPN of NativeProfile.
 *
 * Returns: %FALSE with 412 when something is missing, and with 415 or 406 for what cannot be
 */
gboolean
nm_vpn_compile_native (NMConnection *connection, GError **error)
{
  g_autofree char *word = nm_vpn_dup_field (connection, "NativeProfile/NativeProtocolType");
  g_autofree char *server = NULL;
  const NmVpnProtocol *protocol = nm_vpn_find_protocol (word);
  NMSettingVpn *vpn;

  if (word == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "NativeProfile/NativeProtocolType is missing");
  server = get_server (connection, error);
  if (protocol == NULL || server == NULL)
    return protocol != NULL ? FALSE : refuse (error, "NativeProtocolType is not supported");
  vpn = nm_vpn_set_service (connection, protocol->service);
  nm_vpn_put (vpn, protocol->server, server);
  if (nm_vpn_speaks_of (connection, "RememberCredentials"))
    nm_vpn_put (vpn, "password-flags", nm_vpn_is (connection, "RememberCredentials", "true") ? "1" : "2");
  if (strcmp (protocol->service, NM_VPN_SERVICE ("strongswan")) == 0)
    return compile_ikev2 (connection, vpn, error);
  if (strcmp (protocol->service, NM_VPN_SERVICE ("l2tp")) == 0)
    return compile_l2tp (connection, vpn, error);
  if (strcmp (protocol->service, NM_VPN_SERVICE ("pptp")) == 0 && nm_vpn_is_fresh (connection))
    nm_vpn_put (vpn, "require-mppe", "yes");
  return compile_ppp (connection, vpn, error);
}
