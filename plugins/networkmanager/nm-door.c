/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-door.h"

#include <string.h>

/* What doors have in common: texts that they keep in profiles, and leaves that are properties of settings. */

/* ---- Errors and values ---- */

/**
 * nm_leaf_refuse:
 * @status: a status
 * @error: return location for an %OMA_STATUS_ERROR
 * @format: why, for people; as of printf()
 *
 * Returns: %FALSE
 */
gboolean
nm_leaf_refuse (OmaStatus status, GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, OMA_STATUS_ERROR, (int) status, message);
  return FALSE;
}

/**
 * nm_leaf_new_string:
 * @text: (nullable): a text
 *
 * Returns: (transfer full) (nullable): it as a value, %NULL for none and for what is no UTF-8
 */
OmaValue *
nm_leaf_new_string (const char *text)
{
  return text != NULL && g_utf8_validate (text, -1, NULL) ? oma_value_new_string (text) : NULL;
}

/**
 * nm_leaf_dup_text:
 * @value: (nullable): a value of text, number or truth
 *
 * Returns: (transfer full) (nullable): its text, "" for one without octets
 */
char *
nm_leaf_dup_text (OmaValue *value)
{
  gsize size;
  const char *octets;

  if (value == NULL)
    return NULL;
  octets = oma_value_get_data (value, &size);
  return octets != NULL ? g_strndup (octets, size) : g_strdup ("");
}

/* ---- What is kept in profiles ---- */

static char *
make_key (const char *door, const char *key)
{
  return g_strconcat ("org.omadm.", door, ".", key, NULL);
}

/**
 * nm_door_get_data:
 * @connection: a profile
 * @door: id of a door
 * @key: letters, digits, dashes and dots
 *
 * Returns: (transfer none) (nullable): what the door keeps there
 */
const char *
nm_door_get_data (NMConnection *connection, const char *door, const char *key)
{
  NMSettingUser *user = NM_SETTING_USER (nm_connection_get_setting (connection, NM_TYPE_SETTING_USER));
  g_autofree char *full = make_key (door, key);

  return user != NULL ? nm_setting_user_get_data (user, full) : NULL;
}

static void
drop_if_empty (NMConnection *connection, NMSettingUser *user)
{
  guint n;

  nm_setting_user_get_keys (user, &n);
  if (n == 0)
    nm_connection_remove_setting (connection, NM_TYPE_SETTING_USER);
}

/**
 * nm_door_set_data:
 * @connection: a profile
 * @door: id of a door
 * @key: letters, digits, dashes and dots
 * @text: (nullable): what to keep there, up to 8 KiB and no secret; %NULL for nothing
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
nm_door_set_data (NMConnection *connection, const char *door, const char *key, const char *text, GError **error)
{
  NMSettingUser *user = NM_SETTING_USER (nm_connection_get_setting (connection, NM_TYPE_SETTING_USER));
  g_autofree char *full = make_key (door, key);
  g_autoptr(GError) failure = NULL;

  if (user == NULL && text == NULL)
    return TRUE;
  if (user == NULL)
    user = NM_SETTING_USER (nm_door_ensure_setting (connection, NM_SETTING_USER_SETTING_NAME));
  if (!nm_setting_user_set_data (user, full, text, &failure))
    {
      drop_if_empty (connection, user);
      return nm_leaf_refuse (OMA_STATUS_ENTITY_TOO_LARGE, error, "A profile cannot keep this: %s", failure->message);
    }
  drop_if_empty (connection, user);
  return TRUE;
}

/**
 * nm_door_clear_data:
 * @connection: a profile
 * @door: id of a door
 *
 * Removes all that the door keeps in the profile.
 */
void
nm_door_clear_data (NMConnection *connection, const char *door)
{
  NMSettingUser *user = NM_SETTING_USER (nm_connection_get_setting (connection, NM_TYPE_SETTING_USER));
  g_autofree char *prefix = make_key (door, "");
  g_auto(GStrv) keys = NULL;

  if (user == NULL)
    return;
  keys = g_strdupv ((char **) nm_setting_user_get_keys (user, NULL));
  for (char **key = keys; key != NULL && *key != NULL; key++)
    if (g_str_has_prefix (*key, prefix))
      nm_setting_user_set_data (user, *key, NULL, NULL);
  drop_if_empty (connection, user);
}

/* ---- Settings ---- */

/**
 * nm_door_get_setting:
 * @connection: a profile
 * @setting: name of a setting
 *
 * Returns: (transfer none) (nullable): the setting
 */
NMSetting *
nm_door_get_setting (NMConnection *connection, const char *setting)
{
  return nm_connection_get_setting_by_name (connection, setting);
}

/**
 * nm_door_ensure_setting:
 * @connection: a profile
 * @setting: name of a setting that libnm knows
 *
 * Returns: (transfer none): the setting, a new one when the profile had none
 */
NMSetting *
nm_door_ensure_setting (NMConnection *connection, const char *setting)
{
  NMSetting *found = nm_connection_get_setting_by_name (connection, setting);

  if (found == NULL)
    {
      found = g_object_new (nm_setting_lookup_type (setting), NULL);
      nm_connection_add_setting (connection, found);
    }
  return found;
}

/**
 * nm_leaf_drop_if_default:
 * @connection: a profile
 * @setting: name of a setting
 *
 * Removes a setting of which nothing is set any more.
 */
void
nm_leaf_drop_if_default (NMConnection *connection, const char *setting)
{
  NMSetting *found = nm_connection_get_setting_by_name (connection, setting);
  g_autoptr(NMSetting) fresh = NULL;

  if (found == NULL || NM_IS_SETTING_CONNECTION (found))
    return;
  fresh = g_object_new (G_OBJECT_TYPE (found), NULL);
  if (nm_setting_compare (found, fresh, NM_SETTING_COMPARE_FLAG_EXACT))
    nm_connection_remove_setting (connection, G_OBJECT_TYPE (found));
}

/* ---- Leaves that are properties ---- */

static OmaValue *
new_value (const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return nm_leaf_new_string (g_value_get_string (value));
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return oma_value_new_bool (g_value_get_boolean (value));
  if (G_VALUE_HOLDS_INT (value))
    return oma_value_new_int (g_value_get_int (value));
  if (G_VALUE_HOLDS_UINT (value))
    return oma_value_new_int ((gint32) MIN (g_value_get_uint (value), G_MAXINT32));
  if (G_VALUE_HOLDS_ENUM (value))
    return oma_value_new_int (g_value_get_enum (value));
  if (G_VALUE_HOLDS_FLAGS (value))
    return oma_value_new_int ((gint32) g_value_get_flags (value));
  g_return_val_if_reached (NULL);
}

/**
 * nm_leaf_get_property:
 * @place: where
 * @leaf: a leaf with a setting and a property of text, number, enumeration or truth
 * @error: unused
 *
 * Returns: (transfer full) (nullable): the property's value; %NULL when the profile lacks the setting, or has no text
 *   there
 */
OmaValue *
nm_leaf_get_property (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  NMSetting *setting = nm_door_get_setting (place->connection, leaf->setting);
  g_auto(GValue) value = G_VALUE_INIT;

  if (setting == NULL)
    return NULL;
  g_object_get_property (G_OBJECT (setting), leaf->property, &value);
  return new_value (&value);
}

static gboolean
read_number (const char *text, gint64 *number)
{
  char *end;

  *number = g_ascii_strtoll (text, &end, 10);
  return *text != '\0' && *end == '\0';
}

/* @text: of an OmaValue, whose format was checked. */
static gboolean
fill_value (GValue *value, const char *text)
{
  gint64 number = 0;

  if (G_VALUE_HOLDS_STRING (value))
    g_value_set_string (value, *text != '\0' ? text : NULL);
  else if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, strcmp (text, "true") == 0);
  else if (!read_number (text, &number))
    return FALSE;
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, (int) number);
  else if (G_VALUE_HOLDS_UINT (value) && number >= 0)
    g_value_set_uint (value, (guint) number);
  else if (G_VALUE_HOLDS_ENUM (value))
    g_value_set_enum (value, (int) number);
  else if (G_VALUE_HOLDS_FLAGS (value) && number >= 0)
    g_value_set_flags (value, (guint) number);
  else
    return FALSE;
  return TRUE;
}

/**
 * nm_leaf_set_property:
 * @place: where
 * @leaf: a leaf with a setting and a property of text, number, enumeration or truth
 * @value: (nullable): its value, %NULL for the property's default
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE on success; %FALSE when the property cannot have the value
 */
gboolean
nm_leaf_set_property (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  NMSetting *setting = value != NULL ? nm_door_ensure_setting (place->connection, leaf->setting)
                                     : nm_door_get_setting (place->connection, leaf->setting);
  g_autofree char *text = nm_leaf_dup_text (value);
  g_auto(GValue) property = G_VALUE_INIT;
  GParamSpec *spec;

  if (setting == NULL)
    return TRUE;
  spec = g_object_class_find_property (G_OBJECT_GET_CLASS (setting), leaf->property);
  g_value_init (&property, spec->value_type);
  if (text == NULL)
    g_param_value_set_default (spec, &property);
  else if (!fill_value (&property, text) || g_param_value_validate (spec, &property))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s.%s cannot have this value", leaf->setting,
                           leaf->property);
  g_object_set_property (G_OBJECT (setting), leaf->property, &property);
  if (value == NULL)
    nm_leaf_drop_if_default (place->connection, leaf->setting);
  return TRUE;
}
