/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "settings.h"

#include <gio/gio.h>

static GVariant *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  GVariant *variant = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return variant;
}

static void
test_properties_become_values (void)
{
  static const struct {
    const char *node;
    const char *property;
    const char *value;      /* NULL: none */
  } cases[] = {
    { "HostName", "'edge-7'", "edge-7" },
    { "HostName", "true", NULL },
    { "NTP/Enabled", "true", "true" },
    { "NTP/Synchronized", "false", "false" },
    { "NTP/Enabled", "'yes'", NULL },
    { "Time", "uint64 1000000", "19700101T000001Z" },
    { "Time", "int64 1000000", NULL },
    { "Locale", "['LC_TIME=C', 'LANG=de_AT.UTF-8']", "de_AT.UTF-8" },
    { "Locale", "['LANGUAGE=de']", "" },
    { "Locale", "@as []", "" },
    { "Locale", "'LANG=C'", NULL },
    { "Keymap", "'de'", "de" },
    { "X11Options", "''", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GVariant) property = parse (cases[i].property);
      OmaValue *value = setting_to_value (setting_find (cases[i].node), property);

      g_assert_cmpstr (value != NULL ? oma_value_get_text (value) : NULL, ==, cases[i].value);
      g_clear_pointer (&value, oma_value_unref);
    }
  g_assert_null (setting_find ("Nothing"));
}

static void
test_values_become_parameters (void)
{
  static const char others[] = "{'Locale': <['LANG=C', 'LC_TIME=C', 'LANGUAGE=de']>, 'VConsoleKeymapToggle': <'us'>,"
                               " 'X11Layout': <'de'>, 'X11Model': <'pc105'>, 'X11Variant': <''>, 'X11Options': <'a:b'>}";
  static const struct {
    const char *node;
    const char *value;
    const char *parameters;  /* NULL: none */
  } cases[] = {
    { "HostName", "edge-7", "('edge-7', false)" },
    { "Chassis", "", "('', false)" },
    { "TimeZone", "Europe/Vienna", "('Europe/Vienna', false)" },
    { "NTP/Enabled", "true", "(true, false)" },
    { "NTP/Enabled", "false", "(false, false)" },
    { "Time", "19700101T000001Z", "(int64 1000000, false, false)" },
    { "Time", "1970-01-01T00:00:01Z", "(int64 1000000, false, false)" },
    { "Time", "19701301T000001Z", NULL },
    { "Time", "tomorrow", NULL },
    { "Locale", "de_AT.UTF-8", "(['LANG=de_AT.UTF-8', 'LC_TIME=C', 'LANGUAGE=de'], false)" },
    { "Locale", "", "(['LC_TIME=C', 'LANGUAGE=de'], false)" },
    { "Keymap", "de", "('de', 'us', false, false)" },
    { "X11Layout", "at", "('at', 'pc105', '', 'a:b', false, false)" },
    { "X11Variant", "nodeadkeys", "('de', 'pc105', 'nodeadkeys', 'a:b', false, false)" },
    { "X11Options", "", "('de', 'pc105', '', '', false, false)" },
  };
  g_autoptr(GVariant) properties = parse (others);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Setting *setting = setting_find (cases[i].node);
      g_autoptr(OmaValue) value = oma_value_new_string (cases[i].value);
      GVariant *parameters = setting_make_parameters (setting, value, properties);
      g_autofree char *text = NULL;

      if (parameters != NULL)
        text = g_variant_print (g_variant_ref_sink (parameters), TRUE);
      g_test_message ("%s", cases[i].node);
      g_assert_cmpstr (text, ==, cases[i].parameters);
      g_clear_pointer (&parameters, g_variant_unref);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/setting-values/properties-become-values", test_properties_become_values);
  g_test_add_func ("/setting-values/values-become-parameters", test_values_become_parameters);
  return g_test_run ();
}
