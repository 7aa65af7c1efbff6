/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "settings.h"
#include "unit-state.h"

#include <string.h>

#define HOSTNAMED SETTING_OF_HOSTNAMED
#define TIMEDATED SETTING_OF_TIMEDATED
#define LOCALED SETTING_OF_LOCALED

const Setting settings[] = {
  { "HostName", HOSTNAMED, SETTING_TEXT, "StaticHostname", "SetStaticHostname" },
  { "PrettyName", HOSTNAMED, SETTING_TEXT, "PrettyHostname", "SetPrettyHostname" },
  { "Location", HOSTNAMED, SETTING_TEXT, "Location", "SetLocation" },
  { "Deployment", HOSTNAMED, SETTING_TEXT, "Deployment", "SetDeployment" },
  { "Chassis", HOSTNAMED, SETTING_TEXT, "Chassis", "SetChassis" },
  { "TimeZone", TIMEDATED, SETTING_TEXT, "Timezone", "SetTimezone" },
  { "NTP/Enabled", TIMEDATED, SETTING_NTP, "NTP", "SetNTP" },
  { "NTP/Synchronized", TIMEDATED, SETTING_STATE, "NTPSynchronized", NULL },
  { "Time", TIMEDATED, SETTING_TIME, "TimeUSec", "SetTime" },
  { "Locale", LOCALED, SETTING_LANG, "Locale", "SetLocale" },
  { "Keymap", LOCALED, SETTING_KEYMAP, "VConsoleKeymap", "SetVConsoleKeyboard" },
  { "X11Layout", LOCALED, SETTING_X11, "X11Layout", "SetX11Keyboard" },
  { "X11Model", LOCALED, SETTING_X11, "X11Model", "SetX11Keyboard" },
  { "X11Variant", LOCALED, SETTING_X11, "X11Variant", "SetX11Keyboard" },
  { "X11Options", LOCALED, SETTING_X11, "X11Options", "SetX11Keyboard" },
};
const gsize n_settings = G_N_ELEMENTS (settings);

/**
 * setting_find:
 * @node: URI of a leaf below the node of all settings
 *
 * Returns: (transfer none) (nullable): the setting
 */
const Setting *
setting_find (const char *node)
{
  for (gsize i = 0; i < n_settings; i++)
    if (strcmp (settings[i].node, node) == 0)
      return &settings[i];
  return NULL;
}

/**
 * setting_needs_others:
 * @setting: a setting
 *
 * Returns: whether its setter sets more than it, so that the rest has to be known
 */
gboolean
setting_needs_others (const Setting *setting)
{
  return setting->kind == SETTING_LANG || setting->kind == SETTING_KEYMAP || setting->kind == SETTING_X11;
}

static OmaValue *
lang_to_value (GVariant *property)
{
  g_autofree const char **assignments = NULL;

  if (!g_variant_is_of_type (property, G_VARIANT_TYPE_STRING_ARRAY))
    return NULL;
  assignments = g_variant_get_strv (property, NULL);
  for (gsize i = 0; assignments[i] != NULL; i++)
    if (g_str_has_prefix (assignments[i], "LANG="))
      return oma_value_new_string (assignments[i] + strlen ("LANG="));
  return oma_value_new_string ("");
}

/**
 * setting_to_value:
 * @setting: a setting
 * @property: what its owner says
 *
 * Returns: (transfer full) (nullable): the value of the node; %NULL when the property has another type
 */
OmaValue *
setting_to_value (const Setting *setting, GVariant *property)
{
  g_autofree char *text = NULL;

  switch (setting->kind)
    {
    case SETTING_TEXT:
    case SETTING_KEYMAP:
    case SETTING_X11:
      if (!g_variant_is_of_type (property, G_VARIANT_TYPE_STRING))
        return NULL;
      return oma_value_new_string (g_variant_get_string (property, NULL));
    case SETTING_NTP:
    case SETTING_STATE:
      if (!g_variant_is_of_type (property, G_VARIANT_TYPE_BOOLEAN))
        return NULL;
      return oma_value_new_bool (g_variant_get_boolean (property));
    case SETTING_TIME:
      if (!g_variant_is_of_type (property, G_VARIANT_TYPE_UINT64))
        return NULL;
      text = unit_format_time (g_variant_get_uint64 (property));
      return oma_value_new_string (text);
    case SETTING_LANG:
      return lang_to_value (property);
    default:
      return NULL;
    }
}

static const char *
find_text (GVariant *properties, const char *name)
{
  const char *text = "";

  g_variant_lookup (properties, name, "&s", &text);
  return text;
}

/* The value where it is the setting's own property, what there is otherwise. */
static const char *
choose (const Setting *setting, OmaValue *value, GVariant *properties, const char *name)
{
  return strcmp (setting->property, name) == 0 ? oma_value_get_text (value) : find_text (properties, name);
}

static GVariant *
make_locale (OmaValue *value, GVariant *properties)
{
  g_autoptr(GVariant) current = g_variant_lookup_value (properties, "Locale", G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree char *lang = g_strconcat ("LANG=", oma_value_get_text (value), NULL);
  g_autofree const char **assignments = current != NULL ? g_variant_get_strv (current, NULL) : NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  if (*oma_value_get_text (value) != '\0')
    g_variant_builder_add (&builder, "s", lang);
  for (gsize i = 0; assignments != NULL && assignments[i] != NULL; i++)
    if (!g_str_has_prefix (assignments[i], "LANG="))
      g_variant_builder_add (&builder, "s", assignments[i]);
  return g_variant_new ("(asb)", &builder, FALSE);
}

static GVariant *
make_time (OmaValue *value)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (oma_value_get_text (value), utc);

  if (time == NULL)
    return NULL;
  return g_variant_new ("(xbb)", g_date_time_to_unix (time) * G_USEC_PER_SEC, FALSE, FALSE);
}

/**
 * setting_make_parameters:
 * @setting: a setting that has a setter
 * @value: what it is to be
 * @properties: (nullable): those of its owner, where setting_needs_others() says so
 *
 * The last parameter says that nobody is there to be asked for a password.
 *
 * Returns: (transfer floating) (nullable): what the setter gets, or %NULL when @value is no time
 */
GVariant *
setting_make_parameters (const Setting *setting, OmaValue *value, GVariant *properties)
{
  switch (setting->kind)
    {
    case SETTING_NTP:
      return g_variant_new ("(bb)", strcmp (oma_value_get_text (value), "true") == 0, FALSE);
    case SETTING_TIME:
      return make_time (value);
    case SETTING_LANG:
      return make_locale (value, properties);
    case SETTING_KEYMAP:
      return g_variant_new ("(ssbb)", oma_value_get_text (value), find_text (properties, "VConsoleKeymapToggle"), FALSE,
                            FALSE);
    case SETTING_X11:
      return g_variant_new ("(ssssbb)", choose (setting, value, properties, "X11Layout"),
                            choose (setting, value, properties, "X11Model"),
                            choose (setting, value, properties, "X11Variant"),
                            choose (setting, value, properties, "X11Options"), FALSE, FALSE);
    case SETTING_TEXT:
    case SETTING_STATE:
    default:
      return g_variant_new ("(sb)", oma_value_get_text (value), FALSE);
    }
}
