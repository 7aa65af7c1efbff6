/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-eap-host.h"

#include "nm-machine.h"
#include "nm-server-names.h"

#include <string.h>

#define NS_HOST "http://www.microsoft.com/provisioning/EapHostConfig"
#define NS_COMMON "http://www.microsoft.com/provisioning/EapCommon"
#define NS_BASE "http://www.microsoft.com/provisioning/BaseEapConnectionPropertiesV1"
#define NS_PEAP "http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV1"
#define NS_PEAP2 "http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV2"
#define NS_TLS "http://www.microsoft.com/provisioning/EapTlsConnectionPropertiesV1"
#define NS_TLS2 "http://www.microsoft.com/provisioning/EapTlsConnectionPropertiesV2"
#define NS_TTLS "http://www.microsoft.com/provisioning/EapTtlsConnectionPropertiesV1"
#define NS_CHAP "http://www.microsoft.com/provisioning/MsChapV2ConnectionPropertiesV1"

#define SHA1_DIGITS 40
#define FILE_SCHEME "file://"

/* EAP method types (IANA) that both sides know. */
typedef enum {
  EAP_TLS = 13,
  EAP_TTLS = 21,
  EAP_PEAP = 25,
  EAP_MSCHAPV2 = 26,
} EapType;

static const struct {
  EapType     type;
  const char *name;
} methods[] = { { EAP_TLS, "tls" }, { EAP_TTLS, "ttls" }, { EAP_PEAP, "peap" }, { EAP_MSCHAPV2, "mschapv2" } };

static const char *
get_method (const xmlNode *node, const char *path, GError **error)
{
  g_autofree char *text = nm_xml_dup_text (node, path);

  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (methods); i++)
    if (g_ascii_strtoull (text, NULL, 10) == methods[i].type)
      return methods[i].name;
  nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "EAP method %.*s is not supported", NM_XML_MAX_QUOTE,
                  text != NULL ? text : "without a type");
  return NULL;
}

/* ---- Reading: whom the client trusts ---- */

static void
set_uri (NMSetting8021x *eap, const char *property, const char *uri)
{
  g_autoptr(GBytes) octets = g_bytes_new (uri, strlen (uri) + 1);

  g_object_set (eap, property, octets, NULL);
}

/* @node: an element with a thumbprint, octets in hexadecimal with blanks between them. */
static char *
read_thumbprint (const xmlNode *node, GError **error)
{
  g_autofree char *text = nm_xml_dup_text (node, "");
  g_autoptr(GString) digits = g_string_new (NULL);

  for (const char *c = text; *c != '\0'; c++)
    if (g_ascii_isxdigit (*c))
      g_string_append_c (digits, g_ascii_tolower (*c));
    else if (!g_ascii_isspace (*c))
      break;
  if (digits->len == SHA1_DIGITS)
    return g_strdup (digits->str);
  nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s is no SHA-1 thumbprint", (const char *) node->name);
  return NULL;
}

/* NetworkManager takes one file: the first of the authorities that this machine has. */
static gboolean
read_authorities (NMSetting8021x *eap, const xmlNode *first, GError **error)
{
  g_autofree char *missing = NULL;

  for (const xmlNode *node = first; node != NULL; node = nm_xml_next (node))
    {
      g_autofree char *thumbprint = read_thumbprint (node, error), *path = NULL, *uri = NULL;

      if (thumbprint == NULL)
        return FALSE;
      path = nm_machine_find_authority (thumbprint);
      if (path != NULL)
        {
          uri = g_strconcat (FILE_SCHEME, path, NULL);
          set_uri (eap, NM_SETTING_802_1X_CA_CERT, uri);
          return TRUE;
        }
      g_free (missing);
      missing = g_steal_pointer (&thumbprint);
    }
  return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error,
                         "No certificate with the thumbprint %s is trusted on this machine", missing);
}

/* @validation: (nullable): ServerValidation; @ca: its element with thumbprints; @check, @check_names: what the method
 * says outside of it. */
static gboolean
read_validation (NMSetting8021x *eap, const xmlNode *validation, const char *ca, gboolean check, gboolean check_names,
                 GError **error)
{
  static const char *const known[] = {
    "DisableUserPromptForServerValidation", "DisablePrompt", "ServerNames", "TrustedRootCA*", "TrustedRootCAHash*", NULL
  };
  const xmlNode *first = nm_xml_find (validation, ca);
  g_autofree char *names = nm_xml_dup_text (validation, "ServerNames"), *match = NULL, *suffix_match = NULL;

  if (!nm_xml_check (validation, known, error))
    return FALSE;
  if (!check)
    return TRUE;
  if (first != NULL && !read_authorities (eap, first, error))
    return FALSE;
  if (names != NULL && check_names && !nm_server_names_read (names, &match, &suffix_match, error))
    return FALSE;
  g_object_set (eap, NM_SETTING_802_1X_SYSTEM_CA_CERTS, first == NULL, NM_SETTING_802_1X_DOMAIN_MATCH, match,
                NM_SETTING_802_1X_DOMAIN_SUFFIX_MATCH, suffix_match, NULL);
  return TRUE;
}

/* ---- Reading: who the client is ---- */

static const char *const certificate_properties[] = {
  NM_SETTING_802_1X_CLIENT_CERT, NM_SETTING_802_1X_PRIVATE_KEY,
};
static const char *const inner_properties[] = {
  NM_SETTING_802_1X_PHASE2_CLIENT_CERT, NM_SETTING_802_1X_PHASE2_PRIVATE_KEY,
};

/* The certificate of the machine, unless somebody named another for the profile. */
static gboolean
set_certificate (NMSetting8021x *eap, NMSetting8021x *before, gboolean inner, GError **error)
{
  const char *const *properties = inner ? inner_properties : certificate_properties;
  const char *uris[] = { nm_machine_get_certificate (), nm_machine_get_key () };

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GBytes) kept = NULL;

      if (before != NULL)
        g_object_get (before, properties[i], &kept, NULL);
      if (kept != NULL)
        g_object_set (eap, properties[i], kept, NULL);
      else if (uris[i] != NULL)
        set_uri (eap, properties[i], uris[i]);
      else
        return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error,
                               "The machine has no certificate for EAP-TLS: [plugin networkmanager] of omadm.conf "
                               "names none");
    }
  g_object_set (eap, inner ? NM_SETTING_802_1X_PHASE2_PRIVATE_KEY_PASSWORD_FLAGS
                           : NM_SETTING_802_1X_PRIVATE_KEY_PASSWORD_FLAGS,
                NM_SETTING_SECRET_FLAG_NOT_REQUIRED, NULL);
  return TRUE;
}

/* Documents for Windows name no user: the one that the profile has stays, or it is the machine. */
static void
set_identity (NMSetting8021x *eap, NMSetting8021x *before)
{
  static const char *const kept[] = {
    NM_SETTING_802_1X_IDENTITY, NM_SETTING_802_1X_PASSWORD,
  };
  g_autofree char *identity = nm_machine_dup_identity ();
  NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_AGENT_OWNED;

  g_object_set (eap, NM_SETTING_802_1X_IDENTITY, identity, NULL);
  for (gsize i = 0; before != NULL && i < G_N_ELEMENTS (kept); i++)
    {
      g_autofree char *text = NULL;

      g_object_get (before, kept[i], &text, NULL);
      if (text != NULL)
        g_object_set (eap, kept[i], text, NULL);
    }
  if (before != NULL)
    flags = nm_setting_802_1x_get_password_flags (before);
  g_object_set (eap, NM_SETTING_802_1X_PASSWORD_FLAGS, flags, NULL);
}

/* ---- Reading: the methods ---- */

typedef gboolean (*ReadFunc) (const xmlNode *config, NMSetting8021x *eap, NMSetting8021x *before, GError **error);

static gboolean
read_tls (const xmlNode *config, NMSetting8021x *eap, NMSetting8021x *before, GError **error)
{
  static const char *const known[] = {
    "CredentialsSource", "ServerValidation", "DifferentUsername", "PerformServerValidation", "AcceptServerName",
    "TLSExtensions", NULL
  };
  const xmlNode *type = nm_xml_find (config, "Eap/EapType");
  gboolean check, names;

  return nm_xml_check (type, known, error) &&
         nm_xml_get_bool (type, "PerformServerValidation", TRUE, &check, error) &&
         nm_xml_get_bool (type, "AcceptServerName", TRUE, &names, error) &&
         read_validation (eap, nm_xml_find (type, "ServerValidation"), "TrustedRootCA", check, names, error) &&
         set_certificate (eap, before, FALSE, error);
}

static gboolean
refuse_true (const xmlNode *node, const char *path, GError **error)
{
  gboolean truth;

  if (!nm_xml_get_bool (node, path, FALSE, &truth, error))
    return FALSE;
  return !truth || nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s is not supported", path);
}

static gboolean
set_inner (NMSetting8021x *eap, NMSetting8021x *before, const char *property, const char *method, GError **error)
{
  if (method == NULL)
    return FALSE;
  if (strcmp (method, "tls") != 0 && strcmp (method, "mschapv2") != 0)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "EAP method %s inside of another is not supported",
                           method);
  g_object_set (eap, property, method, NULL);
  return strcmp (method, "tls") != 0 || set_certificate (eap, before, TRUE, error);
}

static gboolean
read_privacy (NMSetting8021x *eap, const xmlNode *node, const char *enabled, const char *name, GError **error)
{
  g_autofree char *identity = nm_xml_dup_text (node, name);
  gboolean truth;

  if (!nm_xml_get_bool (node, enabled, FALSE, &truth, error))
    return FALSE;
  if (truth)
    g_object_set (eap, NM_SETTING_802_1X_ANONYMOUS_IDENTITY,
                  identity != NULL && *identity != '\0' ? identity : "anonymous", NULL);
  return TRUE;
}

static gboolean
read_peap (const xmlNode *config, NMSetting8021x *eap, NMSetting8021x *before, GError **error)
{
  static const char *const known[] = {
    "ServerValidation", "FastReconnect", "InnerEapOptional", "Eap", "EnableQuarantineChecks", "RequireCryptoBinding",
    "PeapExtensions", NULL
  };
  static const char *const known_extensions[] = {
    "PerformServerValidation", "AcceptServerName", "IdentityPrivacy", "PeapExtensionsV2", NULL
  };
  const xmlNode *type = nm_xml_find (config, "Eap/EapType"), *extensions = nm_xml_find (type, "PeapExtensions");
  gboolean check, names;

  return nm_xml_check (type, known, error) && nm_xml_check (extensions, known_extensions, error) &&
         refuse_true (type, "EnableQuarantineChecks", error) && refuse_true (type, "RequireCryptoBinding", error) &&
         nm_xml_get_bool (extensions, "PerformServerValidation", TRUE, &check, error) &&
         nm_xml_get_bool (extensions, "AcceptServerName", TRUE, &names, error) &&
         read_validation (eap, nm_xml_find (type, "ServerValidation"), "TrustedRootCA", check, names, error) &&
         read_privacy (eap, nm_xml_find (extensions, "IdentityPrivacy"), "EnableIdentityPrivacy", "AnonymousUserName",
                       error) &&
         set_inner (eap, before, NM_SETTING_802_1X_PHASE2_AUTH, get_method (type, "Eap/Type", error), error);
}

static gboolean
read_phase2 (const xmlNode *node, NMSetting8021x *eap, NMSetting8021x *before, GError **error)
{
  static const struct {
    const char *element, *method;
  } plain[] = {
    { "PAPAuthentication", "pap" }, { "CHAPAuthentication", "chap" }, { "MSCHAPAuthentication", "mschap" },
    { "MSCHAPv2Authentication", "mschapv2" },
  };
  const xmlNode *inner = nm_xml_find (node, "EapHostConfig");

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    if (nm_xml_find (node, plain[i].element) != NULL)
      {
        g_object_set (eap, NM_SETTING_802_1X_PHASE2_AUTH, plain[i].method, NULL);
        return TRUE;
      }
  if (inner == NULL)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error,
                           "EAP-TTLS has no Phase2Authentication that is supported");
  return set_inner (eap, before, NM_SETTING_802_1X_PHASE2_AUTHEAP, get_method (inner, "EapMethod/Type", error), error);
}

static gboolean
read_ttls (const xmlNode *config, NMSetting8021x *eap, NMSetting8021x *before, GError **error)
{
  static const char *const known[] = { "ServerValidation", "Phase2Authentication", "Phase1Identity", NULL };
  const xmlNode *ttls = nm_xml_find (config, "EapTtls");

  return nm_xml_check (ttls, known, error) &&
         read_validation (eap, nm_xml_find (ttls, "ServerValidation"), "TrustedRootCAHash", TRUE, TRUE, error) &&
         read_privacy (eap, nm_xml_find (ttls, "Phase1Identity"), "IdentityPrivacy", "AnonymousIdentity", error) &&
         read_phase2 (nm_xml_find (ttls, "Phase2Authentication"), eap, before, error);
}

static ReadFunc
get_reader (const char *method)
{
  if (g_strcmp0 (method, "tls") == 0)
    return read_tls;
  if (g_strcmp0 (method, "peap") == 0)
    return read_peap;
  return g_strcmp0 (method, "ttls") == 0 ? read_ttls : NULL;
}

/**
 * nm_eap_host_read:
 * @host: (nullable): an element EapHostConfig
 * @before: (nullable): the setting that the profile had: user, password and certificates stay
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): a setting 802-1x, or %NULL with 415 for what NetworkManager cannot do and 406 for what this
 *   machine lacks
 */
NMSetting *
nm_eap_host_read (const xmlNode *host, NMSetting8021x *before, GError **error)
{
  static const char *const known[] = { "EapMethod", "Config", NULL };
  const char *method = host != NULL ? get_method (host, "EapMethod/Type", error) : NULL;
  g_autoptr(NMSetting) setting = NULL;
  ReadFunc read = get_reader (method);
  const char *list[] = { method, NULL };

  if (host == NULL)
    nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "EAPConfig/EapHostConfig is missing");
  if (method == NULL || !nm_xml_check (host, known, error))
    return NULL;
  if (read == NULL)
    {
      nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "EAP method %s by itself is not supported", method);
      return NULL;
    }
  setting = nm_setting_802_1x_new ();
  g_object_set (setting, NM_SETTING_802_1X_EAP, list, NULL);
  set_identity (NM_SETTING_802_1X (setting), before);
  if (!read (nm_xml_find (host, "Config"), NM_SETTING_802_1X (setting), before, error))
    return NULL;
  return g_steal_pointer (&setting);
}

/* ---- Writing ---- */

static EapType
get_type (const char *method)
{
  for (gsize i = 0; method != NULL && i < G_N_ELEMENTS (methods); i++)
    if (strcmp (methods[i].name, method) == 0)
      return methods[i].type;
  return 0;
}

static void
add_number (xmlNode *parent, const char *name, guint number)
{
  g_autofree char *text = g_strdup_printf ("%u", number);

  nm_xml_add (parent, name, text);
}

static void
add_authority (xmlNode *validation, NMSetting8021x *eap, const char *element)
{
  const char *path = nm_setting_802_1x_get_ca_cert_scheme (eap) == NM_SETTING_802_1X_CK_SCHEME_PATH
                     ? nm_setting_802_1x_get_ca_cert_path (eap) : NULL;
  g_autofree char *thumbprint = path != NULL ? nm_machine_make_thumbprint (path) : NULL;
  g_autoptr(GString) spaced = g_string_new (NULL);

  if (thumbprint == NULL)
    return;
  for (guint i = 0; i < SHA1_DIGITS; i += 2)
    g_string_append_printf (spaced, "%.2s ", thumbprint + i);
  nm_xml_add (validation, element, spaced->str);
}

static void
add_validation (xmlNode *parent, NMSetting8021x *eap, const char *prompt, const char *authority)
{
  xmlNode *validation = nm_xml_add (parent, "ServerValidation", NULL);
  g_autofree char *names = nm_server_names_write (nm_setting_802_1x_get_domain_match (eap),
                                                  nm_setting_802_1x_get_domain_suffix_match (eap));

  if (strcmp (prompt, "DisableUserPromptForServerValidation") == 0)
    nm_xml_add (validation, prompt, "true");
  nm_xml_add (validation, "ServerNames", names);
  add_authority (validation, eap, authority);
  if (strcmp (prompt, "DisablePrompt") == 0)
    nm_xml_add (validation, prompt, "true");
}

/* Whether the server is checked at all, and by name. */
static void
add_checks (xmlNode *parent, NMSetting8021x *eap, const char *name_space)
{
  gboolean names = nm_setting_802_1x_get_domain_match (eap) != NULL ||
                   nm_setting_802_1x_get_domain_suffix_match (eap) != NULL;
  gboolean checked = nm_setting_802_1x_get_system_ca_certs (eap) ||
                     nm_setting_802_1x_get_ca_cert_scheme (eap) != NM_SETTING_802_1X_CK_SCHEME_UNKNOWN;

  xmlNodeSetContent (nm_xml_add_root (parent, "PerformServerValidation", name_space),
                     (const xmlChar *) (checked ? "true" : "false"));
  xmlNodeSetContent (nm_xml_add_root (parent, "AcceptServerName", name_space),
                     (const xmlChar *) (names ? "true" : "false"));
}

static xmlNode *
add_eap (xmlNode *parent, EapType type, const char *name_space)
{
  xmlNode *eap = nm_xml_add_root (parent, "Eap", NS_BASE);

  add_number (eap, "Type", type);
  return nm_xml_add_root (eap, "EapType", name_space);
}

static void
add_chap (xmlNode *parent)
{
  nm_xml_add (add_eap (parent, EAP_MSCHAPV2, NS_CHAP), "UseWinLogonCredentials", "false");
}

static void
write_tls (xmlNode *parent, NMSetting8021x *eap)
{
  xmlNode *type = add_eap (parent, EAP_TLS, NS_TLS);
  xmlNode *source = nm_xml_add (type, "CredentialsSource", NULL);

  nm_xml_add (nm_xml_add (source, "CertificateStore", NULL), "SimpleCertSelection", "true");
  add_validation (type, eap, "DisableUserPromptForServerValidation", "TrustedRootCA");
  nm_xml_add (type, "DifferentUsername", "false");
  add_checks (type, eap, NS_TLS2);
}

static gboolean
write_peap (xmlNode *parent, NMSetting8021x *eap)
{
  EapType inner = get_type (nm_setting_802_1x_get_phase2_auth (eap));
  const char *anonymous = nm_setting_802_1x_get_anonymous_identity (eap);
  xmlNode *type, *extensions, *privacy;

  if (inner != EAP_MSCHAPV2 && inner != EAP_TLS)
    return FALSE;
  type = add_eap (parent, EAP_PEAP, NS_PEAP);
  add_validation (type, eap, "DisableUserPromptForServerValidation", "TrustedRootCA");
  nm_xml_add (type, "FastReconnect", "true");
  nm_xml_add (type, "InnerEapOptional", "false");
  if (inner == EAP_TLS)
    write_tls (type, eap);
  else
    add_chap (type);
  nm_xml_add (type, "EnableQuarantineChecks", "false");
  nm_xml_add (type, "RequireCryptoBinding", "false");
  extensions = nm_xml_add (type, "PeapExtensions", NULL);
  add_checks (extensions, eap, NS_PEAP2);
  if (anonymous == NULL)
    return TRUE;
  privacy = nm_xml_add_root (extensions, "IdentityPrivacy", NS_PEAP2);
  nm_xml_add (privacy, "EnableIdentityPrivacy", "true");
  nm_xml_add (privacy, "AnonymousUserName", anonymous);
  return TRUE;
}

static xmlNode *add_host (xmlNode *parent, EapType type);

static gboolean
write_phase2 (xmlNode *ttls, NMSetting8021x *eap)
{
  static const struct {
    const char *method, *element;
  } plain[] = {
    { "pap", "PAPAuthentication" }, { "chap", "CHAPAuthentication" }, { "mschap", "MSCHAPAuthentication" },
    { "mschapv2", "MSCHAPv2Authentication" },
  };
  const char *method = nm_setting_802_1x_get_phase2_auth (eap);
  EapType inner = get_type (nm_setting_802_1x_get_phase2_autheap (eap));
  xmlNode *phase2 = nm_xml_add (ttls, "Phase2Authentication", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    if (g_strcmp0 (method, plain[i].method) == 0)
      {
        nm_xml_add (phase2, plain[i].element, NULL);
        return TRUE;
      }
  if (inner != EAP_MSCHAPV2 && inner != EAP_TLS)
    return FALSE;
  if (inner == EAP_MSCHAPV2)
    add_chap (add_host (phase2, inner));
  else
    write_tls (add_host (phase2, inner), eap);
  return TRUE;
}

static gboolean
write_ttls (xmlNode *parent, NMSetting8021x *eap)
{
  xmlNode *ttls = nm_xml_add_root (parent, "EapTtls", NS_TTLS), *identity;
  const char *anonymous = nm_setting_802_1x_get_anonymous_identity (eap);

  add_validation (ttls, eap, "DisablePrompt", "TrustedRootCAHash");
  if (!write_phase2 (ttls, eap))
    return FALSE;
  identity = nm_xml_add (ttls, "Phase1Identity", NULL);
  nm_xml_add (identity, "IdentityPrivacy", anonymous != NULL ? "true" : "false");
  if (anonymous != NULL)
    nm_xml_add (identity, "AnonymousIdentity", anonymous);
  return TRUE;
}

/* Returns its Config. */
static xmlNode *
add_host (xmlNode *parent, EapType type)
{
  xmlNode *host = nm_xml_add_root (parent, "EapHostConfig", NS_HOST);
  xmlNode *method = nm_xml_add (host, "EapMethod", NULL);
  static const char *const zeros[] = { "VendorId", "VendorType", "AuthorId" };
  g_autofree char *number = g_strdup_printf ("%d", type);

  xmlNodeSetContent (nm_xml_add_root (method, "Type", NS_COMMON), (const xmlChar *) number);
  for (gsize i = 0; i < G_N_ELEMENTS (zeros); i++)
    xmlNodeSetContent (nm_xml_add_root (method, zeros[i], NS_COMMON), (const xmlChar *) "0");
  return nm_xml_add (host, "Config", NULL);
}

/**
 * nm_eap_host_write:
 * @eap: a setting
 * @parent: element that gets the EapHostConfig
 *
 * Returns: whether the setting's method has a form for Windows; what was added to @parent is incomplete else
 */
gboolean
nm_eap_host_write (NMSetting8021x *eap, xmlNode *parent)
{
  EapType type = nm_setting_802_1x_get_num_eap_methods (eap) > 0 ? get_type (nm_setting_802_1x_get_eap_method (eap, 0))
                                                                 : 0;
  xmlNode *config;

  if (type != EAP_TLS && type != EAP_PEAP && type != EAP_TTLS)
    return FALSE;
  config = add_host (parent, type);
  if (type == EAP_TLS)
    write_tls (config, eap);
  return type == EAP_TLS || (type == EAP_PEAP ? write_peap (config, eap) : write_ttls (config, eap));
}
