/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn-private.h"

#include "nm-document.h"

#include <string.h>

/* Fields are texts of the setting "user", the longer ones documents. */

#define KEY_FRESH "Fresh"

/* Those that may be longer than what the setting "user" takes as one text. */
static gboolean
is_document (const char *field)
{
  return strcmp (field, "PluginProfile/CustomConfiguration") == 0 || strcmp (field, "ProfileXML") == 0 ||
         strcmp (field, "NativeProfile/Authentication/Eap/Configuration") == 0;
}

static char *
make_key (const char *field)
{
  return g_strdelimit (g_strdup (field), "/", '.');
}

/**
 * nm_vpn_dup_field:
 * @connection: a profile
 * @field: path of a leaf
 *
 * Returns: (transfer full) (nullable): its text
 */
char *
nm_vpn_dup_field (NMConnection *connection, const char *field)
{
  g_autofree char *key = make_key (field);

  return is_document (field) ? nm_document_load (connection, NM_VPN_DOOR, key)
                             : g_strdup (nm_door_get_data (connection, NM_VPN_DOOR, key));
}

/**
 * nm_vpn_set_field:
 * @connection: a profile
 * @field: path of a leaf
 * @text: (nullable): its text, and no secret
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE when it is too large
 */
gboolean
nm_vpn_set_field (NMConnection *connection, const char *field, const char *text, GError **error)
{
  g_autofree char *key = make_key (field);

  return is_document (field) ? nm_document_store (connection, NM_VPN_DOOR, key, text, error)
                             : nm_door_set_data (connection, NM_VPN_DOOR, key, text, error);
}

/**
 * nm_vpn_clear_fields:
 * @connection: a profile
 *
 * Forgets all fields, but not how the node is called.
 */
void
nm_vpn_clear_fields (NMConnection *connection)
{
  g_autofree char *name = g_strdup (nm_door_get_data (connection, NM_VPN_DOOR, "name"));

  nm_door_clear_data (connection, NM_VPN_DOOR);
  nm_door_set_data (connection, NM_VPN_DOOR, "name", name, NULL);
}

/**
 * nm_vpn_is:
 * @connection: a profile
 * @field: path of a leaf
 * @word: a word
 *
 * Returns: whether the field is this word, in any case
 */
gboolean
nm_vpn_is (NMConnection *connection, const char *field, const char *word)
{
  g_autofree char *text = nm_vpn_dup_field (connection, field);

  return text != NULL && g_ascii_strcasecmp (text, word) == 0;
}

/**
 * nm_vpn_has:
 * @connection: a profile
 * @field: path of a leaf
 *
 * Returns: whether there is such a field
 */
gboolean
nm_vpn_has (NMConnection *connection, const char *field)
{
  g_autofree char *text = nm_vpn_dup_field (connection, field);

  return text != NULL;
}

/**
 * nm_vpn_set_fresh:
 * @connection: a profile
 * @fresh: whether its fields are all that it is to be
 *
 * They are when it is added, or written as a whole; otherwise what they do not speak of stays.
 */
void
nm_vpn_set_fresh (NMConnection *connection, gboolean fresh)
{
  nm_door_set_data (connection, NM_VPN_DOOR, KEY_FRESH, fresh ? "1" : NULL, NULL);
}

/**
 * nm_vpn_is_fresh:
 * @connection: a profile
 *
 * Returns: see nm_vpn_set_fresh()
 */
gboolean
nm_vpn_is_fresh (NMConnection *connection)
{
  return nm_door_get_data (connection, NM_VPN_DOOR, KEY_FRESH) != NULL;
}

/**
 * nm_vpn_speaks_of:
 * @connection: a profile
 * @field: path of a leaf
 *
 * Returns: whether what the field is about is to be as it says, or as it is without it
 */
gboolean
nm_vpn_speaks_of (NMConnection *connection, const char *field)
{
  return nm_vpn_is_fresh (connection) || nm_vpn_has (connection, field);
}

/**
 * nm_vpn_row_field:
 * @list: name of a list
 * @row: decoded name of a child of it
 * @leaf: (nullable): name of a leaf below it, %NULL for the child itself
 *
 * Returns: (transfer full): the field; octets that cannot stand in a key are there in hexadecimal
 */
char *
nm_vpn_row_field (const char *list, const char *row, const char *leaf)
{
  GString *field = g_string_new (list);

  g_string_append_c (field, '/');
  for (; *row != '\0'; row++)
    if (g_ascii_isalnum (*row))
      g_string_append_c (field, *row);
    else
      g_string_append_printf (field, "=%02x", (guint8) *row);
  if (leaf != NULL)
    g_string_append_printf (field, "/%s", leaf);
  return g_string_free (field, FALSE);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const char *x = *(const char *const *) a, *y = *(const char *const *) b;
  gint64 m = g_ascii_strtoll (x, NULL, 10), n = g_ascii_strtoll (y, NULL, 10);

  return m != n ? (m > n) - (m < n) : strcmp (x, y);
}

static char *
decode_row (const char *text)
{
  g_autofree char *percent = g_strdelimit (g_strdup (text), "=", '%');

  return g_uri_unescape_string (percent, NULL);
}

/**
 * nm_vpn_list_rows:
 * @connection: a profile
 * @list: name of a list
 *
 * Returns: (transfer full): the decoded names of its children, in the order of their numbers
 */
char **
nm_vpn_list_rows (NMConnection *connection, const char *list)
{
  g_autofree char *prefix = g_strconcat ("org.omadm." NM_VPN_DOOR ".", list, ".", NULL);
  NMSettingUser *user = NM_SETTING_USER (nm_connection_get_setting (connection, NM_TYPE_SETTING_USER));
  const char *const *keys = user != NULL ? nm_setting_user_get_keys (user, NULL) : NULL;
  GPtrArray *rows = g_ptr_array_new ();

  for (; keys != NULL && *keys != NULL; keys++)
    if (g_str_has_prefix (*keys, prefix) && strchr (*keys + strlen (prefix), '.') == NULL)
      {
        char *row = decode_row (*keys + strlen (prefix));

        if (row != NULL)
          g_ptr_array_add (rows, row);
      }
  g_ptr_array_sort (rows, compare_rows);
  g_ptr_array_add (rows, NULL);
  return (char **) g_ptr_array_free (rows, FALSE);
}
