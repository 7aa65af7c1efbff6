/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "nm-doors.h"
#include "nm-machine.h"
#include "nm-vpn.h"
#include "nm-xml.h"

#include <string.h>

static gboolean
has_vpn (const char *service G_GNUC_UNUSED)
{
  return TRUE;
}

static const NmMachine machine = { "host/trial", "file:///crt", "file:///key", "/nonexistent", has_vpn };

static const NmLeaf *
find_leaf (const char *node)
{
  for (gsize i = 0; i < nm_door_vpnv2.n_leaves; i++)
    if (strcmp (nm_door_vpnv2.leaves[i].node, node) == 0)
      return &nm_door_vpnv2.leaves[i];
  g_assert_not_reached ();
}

/* Each leaf of what was taken reads as text, and the document without secrets. */
static void
check_readable (const NmPlace *place)
{
  const NmLeaf *xml = find_leaf ("ProfileXML");
  g_autoptr(OmaValue) value = NULL;
  g_autoptr(xmlDoc) document = NULL;

  for (gsize i = 0; i < nm_door_vpnv2.n_leaves; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaValue) read = nm_door_vpnv2.leaves[i].get (place, &nm_door_vpnv2.leaves[i], &error);

      g_assert_no_error (error);
      g_assert_true (read == NULL || g_utf8_validate (oma_value_get_text (read), -1, NULL));
    }
  value = xml->get (place, xml, NULL);
  document = nm_xml_read (oma_value_get_text (value), "VPNProfile", NULL);
  g_assert_nonnull (document);
  g_assert_cmpuint (nm_xml_drop (document, "L2tpPsk"), ==, 0);
}

/* A profile that NetworkManager takes is still what its fields say. */
static void
check_finished (const NmPlace *place)
{
  g_autoptr(NMConnection) normal = NULL;
  g_autoptr(GError) error = NULL;

  if (!nm_door_vpnv2.finish (place->connection, &error))
    {
      g_assert_true (error != NULL && error->domain == OMA_STATUS_ERROR);
      return;
    }
  normal = nm_simple_connection_new_clone (place->connection);
  if (nm_connection_normalize (normal, NULL, NULL, NULL))
    g_assert_true (nm_vpn_still_says (normal));
}

/* The first octet tells which leaf: a document of all, or a configuration of a plugin. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gboolean custom = size > 0 && data[0] == '[';
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr(NMConnection) connection = nm_simple_connection_new ();
  NmPlace place = { &nm_door_vpnv2, connection, "x", { "", "", "", "" } };
  const NmLeaf *leaf = find_leaf (custom ? "PluginProfile/CustomConfiguration" : "ProfileXML");
  g_autoptr(OmaValue) value = oma_value_new_string (text);
  g_autoptr(GError) error = NULL;

  nm_machine_set (&machine);
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_UUID,
                "11111111-2222-3333-4444-555555555555", NULL);
  nm_door_vpnv2.init (connection, "x", NULL);
  if (!leaf->set (&place, leaf, value, &error))
    {
      g_assert_true (error != NULL && error->domain == OMA_STATUS_ERROR);
      return 0;
    }
  if (custom)
    nm_vpn_set_field (connection, "PluginProfile/PluginPackageFamilyName",
                      strstr (text, "[Interface]") != NULL ? "wireguard" : "openvpn", NULL);
  else
    check_readable (&place);
  check_finished (&place);
  return 0;
}
