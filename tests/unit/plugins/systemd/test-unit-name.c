/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "unit-name.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static void
test_names (void)
{
  static const struct {
    const char *name;
    gboolean    valid;
    gboolean    shown;
    gboolean    listed;
  } cases[] = {
    { "cron.service", TRUE, TRUE, TRUE },
    { "inst@one.service", TRUE, TRUE, TRUE },
    { "a\\x2db.timer", TRUE, TRUE, TRUE },
    { "x:y-z_0.path", TRUE, TRUE, TRUE },
    { "inst@a@b.socket", TRUE, TRUE, TRUE },
    { "multi-user.target", TRUE, FALSE, FALSE },
    { "-.mount", TRUE, FALSE, FALSE },
    { "inst@.service", FALSE, FALSE, FALSE },
    { "@one.service", FALSE, FALSE, FALSE },
    { "cron", FALSE, FALSE, FALSE },
    { ".service", FALSE, FALSE, FALSE },
    { "cron.", FALSE, FALSE, FALSE },
    { "", FALSE, FALSE, FALSE },
    { "/etc/systemd/system/cron.service", FALSE, FALSE, FALSE },
    { "../cron.service", FALSE, FALSE, FALSE },
    { "*.service", FALSE, FALSE, FALSE },
    { "cron?.service", FALSE, FALSE, FALSE },
    { "[a].service", FALSE, FALSE, FALSE },
    { "a b.service", FALSE, FALSE, FALSE },
    { "\xc3\xa4.service", FALSE, FALSE, FALSE },
    { "omadmd.service", TRUE, TRUE, FALSE },
    { "omadm-unit-files.service", TRUE, TRUE, FALSE },
    { "dbus.socket", TRUE, TRUE, FALSE },
    { "dbus-broker.service", TRUE, TRUE, FALSE },
    { "dbus-org.freedesktop.hostname1.service", TRUE, TRUE, FALSE },
    { "systemd-logind.service", TRUE, TRUE, FALSE },
    { "polkit.service", TRUE, TRUE, FALSE },
    { "user@0.service", TRUE, TRUE, FALSE },
    { "debug-shell.service", TRUE, TRUE, FALSE },
    { "rescue.service", TRUE, TRUE, FALSE },
    { "emergency.service", TRUE, TRUE, FALSE },
  };
  g_autofree char *longest = g_strnfill (255 - strlen (".service"), 'a');
  g_autofree char *good = g_strconcat (longest, ".service", NULL);
  g_autofree char *bad = g_strconcat (longest, "a.service", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (unit_name_is_valid (cases[i].name), ==, cases[i].valid);
      g_assert_cmpint (unit_name_is_shown (cases[i].name), ==, cases[i].shown);
      g_assert_cmpint (unit_name_may_be_listed (cases[i].name), ==, cases[i].listed);
    }
  g_assert_true (unit_name_is_valid (good));
  g_assert_false (unit_name_is_valid (bad));
}

/* The rest of the expression that begins with @before in the polkit rule. */
static char *
read_rule (const char *before)
{
  g_autofree char *text = NULL;
  const char *start, *end;

  g_assert_true (g_file_get_contents (SYSTEMD_SOURCE "/omadm-systemd.rules", &text, NULL, NULL));
  start = strstr (text, before);
  g_assert_nonnull (start);
  start += strlen (before);
  end = strstr (start, "/.test");
  g_assert_nonnull (end);
  return g_strndup (start, end - start);
}

static void
test_polkit_rule_says_the_same (void)
{
  static const char *const names[] = {
    "cron.service", "omadmd.service", "omadm.timer", "dbus.service", "dbus-broker.service", "systemd-logind.service",
    "systemd.service", "polkit.service", "polkitd.service", "user@1000.service", "user.service",
    "user-runtime-dir@0.service", "debug-shell.service", "rescue.service", "emergency.service", "initrd-cleanup.service",
    "my-omadm.service", "a\\x2db.path", "x.target", "a b.service", "a/b.service", "*.service", "cron.servicex",
  };
  g_autofree char *rest = read_rule ("if (/^(omadm|");
  g_autofree char *reserved = g_strconcat ("^(omadm|", rest, NULL);
  g_autofree char *form = read_rule ("|| !/");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_test_message ("%s", names[i]);
      g_assert_cmpint (g_regex_match_simple (reserved, names[i], 0, 0), ==, unit_name_is_reserved (names[i]));
      g_assert_cmpint (g_regex_match_simple (form, names[i], G_REGEX_DOLLAR_ENDONLY, 0), ==, unit_name_is_shown (names[i]));
    }
}

static void
test_paths_of_objects (void)
{
  static const char *const cases[][2] = {
    { "cron.service", "/org/freedesktop/systemd1/unit/cron_2eservice" },
    { "a\\x2db.service", "/org/freedesktop/systemd1/unit/a_5cx2db_2eservice" },
    { "inst@one.service", "/org/freedesktop/systemd1/unit/inst_40one_2eservice" },
    { "0a.timer", "/org/freedesktop/systemd1/unit/_30a_2etimer" },
    { "a_b.path", "/org/freedesktop/systemd1/unit/a_5fb_2epath" },
  };
  static const char *const wrong[] = {
    "/org/freedesktop/systemd1/job/5", "/org/freedesktop/systemd1/unit/a_2", "/org/freedesktop/systemd1/unit/a_zz",
    "/org/freedesktop/systemd1/unit/", "/org/freedesktop/systemd1/unit/a_00_2eservice", "/",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = unit_name_to_path (cases[i][0]);
      g_autofree char *name = unit_name_from_path (cases[i][1]);

      g_assert_cmpstr (path, ==, cases[i][1]);
      g_assert_cmpstr (name, ==, cases[i][0]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *name = unit_name_from_path (wrong[i]);

      g_assert_null (name);
    }
}

static void
test_list_has_one_unit_a_line (void)
{
  static const char text[] = "# cron.timer\n\n  cron.service\t\ncron.service\r\n#\n*.service\n/tmp/x.service\nomadmd.service\n"
                             "inst@.service\nlast.timer";
  g_autoptr(GPtrArray) refused = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GHashTable) names = unit_allow_parse (text, strlen (text), refused);

  g_assert_cmpuint (g_hash_table_size (names), ==, 2);
  g_assert_true (g_hash_table_contains (names, "cron.service"));
  g_assert_true (g_hash_table_contains (names, "last.timer"));
  g_assert_cmpuint (refused->len, ==, 4);
  g_assert_cmpstr (g_ptr_array_index (refused, 2), ==, "omadmd.service");
}

static void
test_list_is_bounded (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GPtrArray) refused = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GHashTable) names = NULL;

  for (guint i = 0; i < UNIT_ALLOW_MAX + 2; i++)
    g_string_append_printf (text, "u%u.service\n", i);
  g_string_append (text, "u0.service\n");
  names = unit_allow_parse (text->str, text->len, refused);
  g_assert_cmpuint (g_hash_table_size (names), ==, UNIT_ALLOW_MAX);
  g_assert_cmpuint (refused->len, ==, 2);
}

static void
test_no_list_allows_nothing (void)
{
  g_autofree char *dir = g_dir_make_tmp ("omadm-units-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "units.allow", NULL);
  g_autofree char *large = g_strnfill (UNIT_ALLOW_MAX_FILE + 1, '#');
  g_autoptr(GError) error = NULL;
  GHashTable *names = unit_allow_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (names), ==, 0);
  g_hash_table_unref (names);

  g_assert_true (g_file_set_contents (path, large, -1, NULL));
  g_assert_null (unit_allow_load (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
  g_clear_error (&error);
  g_remove (path);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (unit_allow_load (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  g_remove (path);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unit-name/names", test_names);
  g_test_add_func ("/unit-name/polkit-rule-says-the-same", test_polkit_rule_says_the_same);
  g_test_add_func ("/unit-name/paths-of-objects", test_paths_of_objects);
  g_test_add_func ("/unit-name/list-has-one-unit-a-line", test_list_has_one_unit_a_line);
  g_test_add_func ("/unit-name/list-is-bounded", test_list_is_bounded);
  g_test_add_func ("/unit-name/no-list-allows-nothing", test_no_list_allows_nothing);
  return g_test_run ();
}
