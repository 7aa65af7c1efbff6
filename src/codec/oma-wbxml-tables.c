/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml-tables.h"

#define N_PAGES 2
#define VALUE_TOKENS 0x80   /* attribute value tokens start here */

/* Provisioning Content 1.1, section 8: what an attribute starts with, name=value. */
static const char *const attributes_0[VALUE_TOKENS] = {
  [0x05] = "name", [0x06] = "value", [0x07] = "name=NAME", [0x08] = "name=NAP-ADDRESS", [0x09] = "name=NAP-ADDRTYPE",
  [0x0a] = "name=CALLTYPE", [0x0b] = "name=VALIDUNTIL", [0x0c] = "name=AUTHTYPE", [0x0d] = "name=AUTHNAME",
  [0x0e] = "name=AUTHSECRET", [0x0f] = "name=LINGER", [0x10] = "name=BEARER", [0x11] = "name=NAPID",
  [0x12] = "name=COUNTRY", [0x13] = "name=NETWORK", [0x14] = "name=INTERNET", [0x15] = "name=PROXY-ID",
  [0x16] = "name=PROXY-PROVIDER-ID", [0x17] = "name=DOMAIN", [0x18] = "name=PROVURL", [0x19] = "name=PXAUTH-TYPE",
  [0x1a] = "name=PXAUTH-ID", [0x1b] = "name=PXAUTH-PW", [0x1c] = "name=STARTPAGE", [0x1d] = "name=BASAUTH-ID",
  [0x1e] = "name=BASAUTH-PW", [0x1f] = "name=PUSHENABLED", [0x20] = "name=PXADDR", [0x21] = "name=PXADDRTYPE",
  [0x22] = "name=TO-NAPID", [0x23] = "name=PORTNBR", [0x24] = "name=SERVICE", [0x25] = "name=LINKSPEED",
  [0x26] = "name=DNLINKSPEED", [0x27] = "name=LOCAL-ADDR", [0x28] = "name=LOCAL-ADDRTYPE",
  [0x29] = "name=CONTEXT-ALLOW", [0x2a] = "name=TRUST", [0x2b] = "name=MASTER", [0x2c] = "name=SID",
  [0x2d] = "name=SOC", [0x2e] = "name=WSP-VERSION", [0x2f] = "name=PHYSICAL-PROXY-ID", [0x30] = "name=CLIENT-ID",
  [0x31] = "name=DELIVERY-ERR-SDU", [0x32] = "name=DELIVERY-ORDER", [0x33] = "name=TRAFFIC-CLASS",
  [0x34] = "name=MAX-SDU-SIZE", [0x35] = "name=MAX-BITRATE-UPLINK", [0x36] = "name=MAX-BITRATE-DNLINK",
  [0x37] = "name=RESIDUAL-BER", [0x38] = "name=SDU-ERROR-RATIO", [0x39] = "name=TRAFFIC-HANDL-PRIO",
  [0x3a] = "name=TRANSFER-DELAY", [0x3b] = "name=GUARANTEED-BITRATE-UPLINK",
  [0x3c] = "name=GUARANTEED-BITRATE-DNLINK", [0x3d] = "name=PXADDR-FQDN", [0x3e] = "name=PROXY-PW",
  [0x3f] = "name=PPGAUTH-TYPE", [0x45] = "version", [0x46] = "version=1.0", [0x47] = "name=PULLENABLED",
  [0x48] = "name=DNS-ADDR", [0x49] = "name=MAX-NUM-RETRY", [0x4a] = "name=FIRST-RETRY-TIMEOUT",
  [0x4b] = "name=REREG-THRESHOLD", [0x4c] = "name=T-BIT", [0x4e] = "name=AUTH-ENTITY", [0x4f] = "name=SPI",
  [0x50] = "type", [0x51] = "type=PXLOGICAL", [0x52] = "type=PXPHYSICAL", [0x53] = "type=PORT",
  [0x54] = "type=VALIDITY", [0x55] = "type=NAPDEF", [0x56] = "type=BOOTSTRAP", [0x57] = "type=VENDORCONFIG",
  [0x58] = "type=CLIENTIDENTITY", [0x59] = "type=PXAUTHINFO", [0x5a] = "type=NAPAUTHINFO", [0x5b] = "type=ACCESS",
};

/* The page of APPLICATION characteristics. */
static const char *const attributes_1[VALUE_TOKENS] = {
  [0x05] = "name", [0x06] = "value", [0x07] = "name=NAME", [0x14] = "name=INTERNET", [0x1c] = "name=STARTPAGE",
  [0x22] = "name=TO-NAPID", [0x23] = "name=PORTNBR", [0x24] = "name=SERVICE", [0x2e] = "name=AACCEPT",
  [0x2f] = "name=AAUTHDATA", [0x30] = "name=AAUTHLEVEL", [0x31] = "name=AAUTHNAME", [0x32] = "name=AAUTHSECRET",
  [0x33] = "name=AAUTHTYPE", [0x34] = "name=ADDR", [0x35] = "name=ADDRTYPE", [0x36] = "name=APPID",
  [0x37] = "name=APROTOCOL", [0x38] = "name=PROVIDER-ID", [0x39] = "name=TO-PROXY", [0x3a] = "name=URI",
  [0x3b] = "name=RULE", [0x50] = "type", [0x53] = "type=PORT", [0x55] = "type=APPLICATION", [0x56] = "type=APPADDR",
  [0x57] = "type=APPAUTH", [0x58] = "type=CLIENTIDENTITY", [0x59] = "type=RESOURCE",
};

/* Values and parts of them; the index is the token - 0x80. */
#define VALUE(token) ((token) - VALUE_TOKENS)
static const char *const values_0[VALUE_TOKENS] = {
  [VALUE (0x85)] = "IPV4", [VALUE (0x86)] = "IPV6", [VALUE (0x87)] = "E164", [VALUE (0x88)] = "ALPHA",
  [VALUE (0x89)] = "APN", [VALUE (0x8a)] = "SCODE", [VALUE (0x8b)] = "TETRA-ITSI", [VALUE (0x8c)] = "MAN",
  [VALUE (0x90)] = "ANALOG-MODEM", [VALUE (0x91)] = "V.120", [VALUE (0x92)] = "V.110", [VALUE (0x93)] = "X.31",
  [VALUE (0x94)] = "BIT-TRANSPARENT", [VALUE (0x95)] = "DIRECT-ASYNCHRONOUS-DATA-SERVICE", [VALUE (0x9a)] = "PAP",
  [VALUE (0x9b)] = "CHAP", [VALUE (0x9c)] = "HTTP-BASIC", [VALUE (0x9d)] = "HTTP-DIGEST", [VALUE (0x9e)] = "WTLS-SS",
  [VALUE (0x9f)] = "MD5", [VALUE (0xa2)] = "GSM-USSD", [VALUE (0xa3)] = "GSM-SMS", [VALUE (0xa4)] = "ANSI-136-GUTS",
  [VALUE (0xa5)] = "IS-95-CDMA-SMS", [VALUE (0xa6)] = "IS-95-CDMA-CSD", [VALUE (0xa7)] = "IS-95-CDMA-PACKET",
  [VALUE (0xa8)] = "ANSI-136-CSD", [VALUE (0xa9)] = "ANSI-136-GPRS", [VALUE (0xaa)] = "GSM-CSD",
  [VALUE (0xab)] = "GSM-GPRS", [VALUE (0xac)] = "AMPS-CDPD", [VALUE (0xad)] = "PDC-CSD",
  [VALUE (0xae)] = "PDC-PACKET", [VALUE (0xaf)] = "IDEN-SMS", [VALUE (0xb0)] = "IDEN-CSD",
  [VALUE (0xb1)] = "IDEN-PACKET", [VALUE (0xb2)] = "FLEX/REFLEX", [VALUE (0xb3)] = "PHS-SMS",
  [VALUE (0xb4)] = "PHS-CSD", [VALUE (0xb5)] = "TRETRA-SDS", [VALUE (0xb6)] = "TRETRA-PACKET",
  [VALUE (0xb7)] = "ANSI-136-GHOST", [VALUE (0xb8)] = "MOBITEX-MPAK", [VALUE (0xb9)] = "CDMA2000-1X-SIMPLE-IP",
  [VALUE (0xba)] = "CDMA2000-1X-MOBILE-IP", [VALUE (0xc5)] = "AUTOBAUDING", [VALUE (0xca)] = "CL-WSP",
  [VALUE (0xcb)] = "CO-WSP", [VALUE (0xcc)] = "CL-SEC-WSP", [VALUE (0xcd)] = "CO-SEC-WSP",
  [VALUE (0xce)] = "CL-SEC-WTA", [VALUE (0xcf)] = "CO-SEC-WTA", [VALUE (0xd0)] = "OTA-HTTP-TO",
  [VALUE (0xd1)] = "OTA-HTTP-TLS-TO", [VALUE (0xd2)] = "OTA-HTTP-PO", [VALUE (0xd3)] = "OTA-HTTP-TLS-PO",
  [VALUE (0xe0)] = "AAA", [VALUE (0xe1)] = "HA",
};

static const char *const values_1[VALUE_TOKENS] = {
  [VALUE (0x86)] = "IPV6", [VALUE (0x87)] = "E164", [VALUE (0x88)] = "ALPHA", [VALUE (0x8d)] = "APPSRV",
  [VALUE (0x8e)] = "OBEX", [VALUE (0x90)] = ",", [VALUE (0x91)] = "HTTP-", [VALUE (0x92)] = "BASIC",
  [VALUE (0x93)] = "DIGEST",
};

static const char *const *const attributes[N_PAGES] = { attributes_0, attributes_1 };
static const char *const *const values[N_PAGES] = { values_0, values_1 };

/**
 * oma_wbxml_provisioning_attribute:
 * @page: the attribute code page
 * @token: an attribute start token, below 0x80
 *
 * Returns: (nullable): the attribute's name, which a '=' and the start of its value may follow
 */
const char *
oma_wbxml_provisioning_attribute (guint page, guint8 token)
{
  return page < N_PAGES && token < VALUE_TOKENS ? attributes[page][token] : NULL;
}

/**
 * oma_wbxml_provisioning_value:
 * @page: the attribute code page
 * @token: an attribute value token, from 0x80
 *
 * Returns: (nullable): the text it stands for
 */
const char *
oma_wbxml_provisioning_value (guint page, guint8 token)
{
  return page < N_PAGES && token >= VALUE_TOKENS ? values[page][VALUE (token)] : NULL;
}
