/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn-eap.h"

#include "nm-eap-host.h"

#include <string.h>

/* Some servers quote the document once more inside of the value. */
static char *
unquote (const char *text)
{
  static const struct {
    const char *quoted, *plain;
  } entities[] = { { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&apos;", "'" }, { "&amp;", "&" } };
  g_autoptr(GString) plain = g_string_new (text);

  if (g_str_has_prefix (text, "&lt;"))
    for (gsize i = 0; i < G_N_ELEMENTS (entities); i++)
      g_string_replace (plain, entities[i].quoted, entities[i].plain, 0);
  return g_strdup (plain->str);
}

/* The same as for a wireless network tells what can be and what not. */
static NMSetting *
read_setting (const char *text, GError **error)
{
  g_autofree char *plain = unquote (text);
  g_autoptr(xmlDoc) document = nm_xml_read (plain, "EapHostConfig", error);

  return document != NULL ? nm_eap_host_read (xmlDocGetRootElement (document), NULL, error) : NULL;
}

/* EAP-MSCHAPv2 by itself, which is for VPN only, and says nothing of the server. */
static gboolean
is_plain_mschapv2 (const char *text)
{
  g_autofree char *plain = unquote (text);
  g_autoptr(xmlDoc) document = nm_xml_read (plain, "EapHostConfig", NULL);
  g_autofree char *type = document != NULL ? nm_xml_dup_text (xmlDocGetRootElement (document), "EapMethod/Type") : NULL;

  return g_strcmp0 (type, "26") == 0;
}

/**
 * nm_vpn_eap_read:
 * @text: an EapHostConfig
 * @eap: (out caller-allocates): what is in it
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE with 415 or 406 when NetworkManager cannot do it
 */
gboolean
nm_vpn_eap_read (const char *text, NmVpnEap *eap, GError **error)
{
  g_autoptr(NMSetting) setting = NULL;
  NMSetting8021x *read;
  const char *names;

  memset (eap, 0, sizeof *eap);
  if (is_plain_mschapv2 (text))
    return TRUE;
  setting = read_setting (text, error);
  if (setting == NULL)
    return FALSE;
  read = NM_SETTING_802_1X (setting);
  names = nm_setting_802_1x_get_domain_match (read);
  if (nm_setting_802_1x_get_domain_suffix_match (read) != NULL || (names != NULL && strchr (names, ';') != NULL))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "ServerNames: a plugin for IKEv2 takes one name");
  if (strcmp (nm_setting_802_1x_get_eap_method (read, 0), "tls") == 0 ||
      g_strcmp0 (nm_setting_802_1x_get_phase2_auth (read), "tls") == 0)
    eap->method = NM_VPN_EAP_TLS;
  eap->server = g_strdup (names);
  if (nm_setting_802_1x_get_ca_cert_scheme (read) == NM_SETTING_802_1X_CK_SCHEME_PATH)
    eap->authority = g_strdup (nm_setting_802_1x_get_ca_cert_path (read));
  return TRUE;
}

/**
 * nm_vpn_eap_clear:
 * @eap: what nm_vpn_eap_read() filled
 */
void
nm_vpn_eap_clear (NmVpnEap *eap)
{
  g_clear_pointer (&eap->authority, g_free);
  g_clear_pointer (&eap->server, g_free);
}
