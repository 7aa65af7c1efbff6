/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "nm-doors.h"
#include "nm-machine.h"
#include "nm-wlan-xml.h"
#include "nm-xml.h"

#include <string.h>

static const NmMachine machine = { "host/trial", "file:///crt", "file:///key", "/nonexistent", NULL };

static const NmLeaf *
get_leaf (void)
{
  g_assert_cmpstr (nm_door_wifi.leaves[0].node, ==, "WlanXml");
  return &nm_door_wifi.leaves[0];
}

static void
check_readable (const char *text)
{
  g_autoptr(xmlDoc) document = nm_xml_read (text, "WLANProfile", NULL);

  g_assert_nonnull (document);
  g_assert_cmpuint (nm_xml_drop (document, "keyMaterial"), ==, 0);
}

/* What is made of a profile makes the same profile. */
static void
check_written (NMConnection *connection)
{
  g_autoptr(NMConnection) again = nm_simple_connection_new_clone (connection);
  g_autofree char *text = nm_wlan_xml_write (connection);

  g_assert_nonnull (text);
  g_assert_true (nm_wlan_xml_read (again, text, NULL));
  nm_connection_clear_secrets (connection);
  nm_connection_clear_secrets (again);
  g_assert_true (nm_connection_compare (connection, again, NM_SETTING_COMPARE_FLAG_EXACT));
}

/* A document, written on a profile that has none: refused with a reason, or a profile that reads without its key. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr(NMConnection) connection = nm_simple_connection_new ();
  NmPlace place = { &nm_door_wifi, connection, "x", { "", "", "", "" } };
  g_autoptr(OmaValue) value = oma_value_new_string (text), read = NULL;
  g_autoptr(GError) error = NULL;

  nm_machine_set (&machine);
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_UUID,
                "11111111-2222-3333-4444-555555555555", NULL);
  nm_door_wifi.init (connection, "x", NULL);
  if (!get_leaf ()->set (&place, get_leaf (), value, &error))
    {
      g_assert_true (error != NULL && error->domain == OMA_STATUS_ERROR);
      return 0;
    }
  read = get_leaf ()->get (&place, get_leaf (), NULL);
  g_assert_nonnull (read);
  check_readable (oma_value_get_text (read));
  g_clear_pointer (&read, oma_value_unref);
  nm_door_clear_data (connection, nm_door_wifi.id);
  read = get_leaf ()->get (&place, get_leaf (), NULL);
  g_assert_nonnull (read);
  check_readable (oma_value_get_text (read));
  check_written (connection);
  return 0;
}
