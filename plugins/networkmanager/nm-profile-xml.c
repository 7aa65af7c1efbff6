/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-profile-xml.h"

#include "nm-vpn.h"
#include "nm-vpnv2.h"
#include "nm-xml.h"

#include <string.h>

/* A profile keeps 256 texts, and a row of a list is four of them. */
#define MAX_ROWS 48
#define N_REQUIRED 2

/* Elements with the text of a field, as their leaves are called. */
static const char *const fields[] = {
  "NativeProfile/Servers",
  "NativeProfile/RoutingPolicyType",
  "NativeProfile/NativeProtocolType",
  "NativeProfile/DisableClassBasedDefaultRoute",
  "NativeProfile/CryptographySuite/AuthenticationTransformConstants",
  "NativeProfile/CryptographySuite/CipherTransformConstants",
  "NativeProfile/CryptographySuite/PfsGroup",
  "NativeProfile/CryptographySuite/DHGroup",
  "NativeProfile/CryptographySuite/IntegrityCheckMethod",
  "NativeProfile/CryptographySuite/EncryptionMethod",
  "NativeProfile/Authentication/UserMethod",
  "NativeProfile/Authentication/MachineMethod",
  "PluginProfile/ServerUrlList",
  "PluginProfile/PluginPackageFamilyName",
  "RememberCredentials",
  "AlwaysOn",
  "DeviceTunnel",
  "DnsSuffix",
  "TrustedNetworkDetection",
  "Proxy/AutoConfigUrl",
  "Proxy/Manual/Server",
};

/* Elements that are rows of a list, and what is in them, the first two in each. */
typedef struct {
  const char *name;
  const char *list;
  const char *known[6];
} RowElement;

static const RowElement row_elements[] = {
  { "Route", NM_VPN_ROUTES, { "Address", "PrefixSize", "Metric", "ExclusionRoute", NULL } },
  { "DomainNameInformation", NM_VPN_DOMAINS, { "DomainName", "DnsServers", "AutoTrigger", "Persistent", NULL } },
};

#define EAP "NativeProfile/Authentication/Eap/Configuration"
#define CUSTOM "PluginProfile/CustomConfiguration"
#define PSK "NativeProfile/L2tpPsk"

/* What may stand where; the rest is refused, for it would say more than the profile then does. */
static const struct {
  const char *path;
  const char *known[24];
} schema[] = {
  { "", { "NativeProfile", "PluginProfile", "RememberCredentials", "AlwaysOn", "DeviceTunnel", "DnsSuffix",
          "TrustedNetworkDetection", "Proxy", "Route*", "DomainNameInformation*", "LockDown", "RegisterDNS",
          "ByPassForLocal", NULL } },
  { "NativeProfile", { "Servers", "RoutingPolicyType", "NativeProtocolType", "DisableClassBasedDefaultRoute", "L2tpPsk",
                       "CryptographySuite", "Authentication", NULL } },
  { "NativeProfile/CryptographySuite", { "AuthenticationTransformConstants", "CipherTransformConstants", "PfsGroup",
                                         "DHGroup", "IntegrityCheckMethod", "EncryptionMethod", NULL } },
  { "NativeProfile/Authentication", { "UserMethod", "MachineMethod", "Eap", NULL } },
  { "NativeProfile/Authentication/Eap", { "Configuration", NULL } },
  { "PluginProfile", { "ServerUrlList", "PluginPackageFamilyName", "CustomConfiguration", NULL } },
  { "Proxy", { "AutoConfigUrl", "Manual", NULL } },
  { "Proxy/Manual", { "Server", NULL } },
};

static gboolean
check_elements (const xmlNode *root, GError **error)
{
  static const char *const only_false[] = { "LockDown", "RegisterDNS", "ByPassForLocal" };

  for (gsize i = 0; i < G_N_ELEMENTS (schema); i++)
    if (!nm_xml_check (nm_xml_find (root, schema[i].path), schema[i].known, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (only_false); i++)
    {
      gboolean truth;

      if (!nm_xml_get_bool (root, only_false[i], FALSE, &truth, error))
        return FALSE;
      if (truth)
        return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s is not supported", only_false[i]);
    }
  return TRUE;
}

/* ---- Reading ---- */

static gboolean
read_fields (NMConnection *connection, const xmlNode *root, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *text = nm_xml_dup_text (root, fields[i]);

      if (text != NULL && *text != '\0' && !nm_vpnv2_set_text (connection, fields[i], text, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_row (NMConnection *connection, const xmlNode *node, const RowElement *element, guint n, GError **error)
{
  g_autofree char *row = g_strdup_printf ("%u", n), *itself = nm_vpn_row_field (element->list, row, NULL);

  if (!nm_xml_check (node, element->known, error) || !nm_vpn_set_field (connection, itself, "1", error))
    return FALSE;
  for (guint i = 0; element->known[i] != NULL; i++)
    {
      g_autofree char *text = nm_xml_dup_text (node, element->known[i]);
      g_autofree char *field = nm_vpn_row_field (element->list, row, element->known[i]);

      if (text != NULL && *text != '\0' && !nm_vpnv2_set_text (connection, field, text, error))
        return FALSE;
      if ((text == NULL || *text == '\0') && i < N_REQUIRED)
        return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "A %s has no %s", element->name,
                               element->known[i]);
    }
  return TRUE;
}

static gboolean
read_rows (NMConnection *connection, const xmlNode *root, const RowElement *element, GError **error)
{
  guint n = 0;

  for (const xmlNode *node = nm_xml_find (root, element->name); node != NULL; node = nm_xml_next (node))
    {
      if (n == MAX_ROWS)
        return nm_leaf_refuse (OMA_STATUS_ENTITY_TOO_LARGE, error, "More than %d times %s", MAX_ROWS, element->name);
      if (!read_row (connection, node, element, n++, error))
        return FALSE;
    }
  return TRUE;
}

/* Documents in the document: Windows has elements there, or their text. */
static char *
dup_inner (const xmlNode *root, const char *path)
{
  const xmlNode *node = nm_xml_find (root, path), *inner = node != NULL ? node->children : NULL;

  while (inner != NULL && inner->type != XML_ELEMENT_NODE)
    inner = inner->next;
  return inner != NULL ? nm_xml_dup_tree (inner) : nm_xml_dup_text (node, "");
}

static gboolean
read_documents (NMConnection *connection, const xmlNode *root, GError **error)
{
  g_autofree char *eap = dup_inner (root, EAP), *custom = dup_inner (root, CUSTOM), *psk = nm_xml_dup_text (root, PSK);

  return (eap == NULL || *eap == '\0' || nm_vpnv2_set_text (connection, EAP, eap, error)) &&
         (custom == NULL || *custom == '\0' || nm_vpnv2_set_text (connection, CUSTOM, custom, error)) &&
         (psk == NULL || nm_vpnv2_set_text (connection, PSK, psk, error));
}

/* What may be read of the document. */
static char *
redact (xmlDoc *document, NMConnection *connection)
{
  xmlNode *custom;
  g_autofree char *readable = nm_vpn_dup_field (connection, CUSTOM);

  nm_xml_drop (document, "L2tpPsk");
  custom = nm_xml_find (xmlDocGetRootElement (document), CUSTOM);
  if (custom != NULL)
    nm_xml_set_text (custom, readable != NULL ? readable : "");
  return nm_xml_write (document);
}

/**
 * nm_profile_xml_read:
 * @connection: a profile, which is changed half when this fails
 * @text: a VPNProfile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes the fields of the profile what the document says.
 *
 * Returns: %FALSE with 415, 413 or 406
 */
gboolean
nm_profile_xml_read (NMConnection *connection, const char *text, GError **error)
{
  g_autoptr(xmlDoc) document = nm_xml_read (text, "VPNProfile", error);
  const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
  g_autofree char *readable = NULL;

  if (root == NULL || !check_elements (root, error))
    return FALSE;
  nm_vpnv2_clear (connection);
  if (!read_fields (connection, root, error) || !read_rows (connection, root, &row_elements[0], error) ||
      !read_rows (connection, root, &row_elements[1], error) ||
      !read_documents (connection, root, error))
    return FALSE;
  readable = redact (document, connection);
  return nm_vpn_set_field (connection, "ProfileXML", readable, error);
}

/* ---- Writing ---- */

/* The element at @path below @root, made with those above it. */
static xmlNode *
ensure (xmlNode *root, const char *path)
{
  g_auto(GStrv) parts = g_strsplit (path, "/", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      xmlNode *child = nm_xml_find (root, *part);

      root = child != NULL ? child : nm_xml_add (root, *part, NULL);
    }
  return root;
}

static void
write_text (xmlNode *root, const char *path, const char *text)
{
  nm_xml_set_text (ensure (root, path), text);
}

static void
write_eap (xmlNode *root, const char *text)
{
  g_autoptr(xmlDoc) document = nm_xml_read (text, "EapHostConfig", NULL);

  if (document != NULL)
    xmlAddChild (ensure (root, EAP), xmlDocCopyNode (xmlDocGetRootElement (document), root->doc, 1));
  else
    write_text (root, EAP, text);
}

static void
write_rows (xmlNode *root, NMConnection *connection, const RowElement *element)
{
  g_auto(GStrv) rows = nm_vpn_list_rows (connection, element->list);

  for (char **row = rows; *row != NULL; row++)
    {
      xmlNode *node = nm_xml_add (root, element->name, NULL);

      for (guint i = 0; element->known[i] != NULL; i++)
        {
          g_autofree char *field = nm_vpn_row_field (element->list, *row, element->known[i]);
          g_autofree char *text = nm_vpn_dup_field (connection, field);

          if (text != NULL)
            nm_xml_add (node, element->known[i], text);
        }
    }
}

/**
 * nm_profile_xml_write:
 * @connection: a profile
 *
 * Returns: (transfer full): a VPNProfile of its fields
 */
char *
nm_profile_xml_write (NMConnection *connection)
{
  g_autoptr(xmlDoc) document = xmlNewDoc ((const xmlChar *) "1.0");
  xmlNode *root = xmlNewDocNode (document, NULL, (const xmlChar *) "VPNProfile", NULL);
  g_autofree char *eap = nm_vpn_dup_field (connection, EAP), *custom = nm_vpn_dup_field (connection, CUSTOM);

  xmlDocSetRootElement (document, root);
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *text = nm_vpn_dup_field (connection, fields[i]);

      if (text != NULL)
        write_text (root, fields[i], text);
    }
  if (eap != NULL)
    write_eap (root, eap);
  if (custom != NULL)
    write_text (root, CUSTOM, custom);
  for (gsize i = 0; i < G_N_ELEMENTS (row_elements); i++)
    write_rows (root, connection, &row_elements[i]);
  return nm_xml_write (document);
}
