/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "machine.h"
#include "../remove-recursively.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *root;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->root = g_dir_make_tmp ("omadm-machine-XXXXXX", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  remove_recursively (f->root);
  g_free (f->root);
}

static void
put (Fixture *f, const char *path, const char *text)
{
  g_autofree char *full = g_build_filename (f->root, path, NULL);
  g_autofree char *dir = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  g_assert_true (g_file_set_contents (full, text, -1, NULL));
}

static void
store_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(Machine **) user_data = machine_read_finish (result, NULL);
}

static Machine *
read_machine (Fixture *f)
{
  Machine *machine = NULL;

  machine_read_async (f->root, NULL, NULL, store_cb, &machine);
  while (machine == NULL)
    g_main_context_iteration (NULL, TRUE);
  return machine;
}

static void
test_firmware_tables_and_etc_are_read (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(Machine) machine = NULL;

  put (f, "sys/class/dmi/id/sys_vendor", "Example Corp\n");
  put (f, "sys/class/dmi/id/product_name", "Edge 7\n");
  put (f, "sys/class/dmi/id/bios_version", "1.2\n");
  put (f, "sys/class/dmi/id/board_vendor", "Boards Ltd\n");
  put (f, "etc/os-release", "NAME=\"Example OS\"\nID=example\nVERSION_ID=\"12\"\n");
  put (f, "etc/locale.conf", "LANG=de_DE.UTF-8\n");
  machine = read_machine (f);
  g_assert_cmpstr (machine->vendor, ==, "Example Corp");
  g_assert_cmpstr (machine->model, ==, "Edge 7");
  g_assert_cmpstr (machine->firmware, ==, "1.2");
  g_assert_cmpstr (machine->board_vendor, ==, "Boards Ltd");
  g_assert_true (g_str_has_prefix (machine->software, "example 12, Linux "));
  g_assert_cmpstr (machine->language, ==, "de-DE");
}

static void
test_nothing_is_ever_empty (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(Machine) machine = NULL;

  put (f, "sys/class/dmi/id/sys_vendor", "To Be Filled By O.E.M.\n");
  put (f, "sys/class/dmi/id/product_name", "\n");
  put (f, "sys/class/dmi/id/bios_version", "\xff\xfe");
  machine = read_machine (f);
  g_assert_cmpstr (machine->vendor, ==, "Unknown");
  g_assert_cmpstr (machine->model, ==, "Unknown");
  g_assert_cmpstr (machine->firmware, ==, "Unknown");
  g_assert_cmpstr (machine->board_vendor, ==, "Unknown");
  g_assert_cmpstr (machine->language, ==, "en");
  g_assert_cmpstr (machine->chassis, ==, "computer");
  g_assert_true (g_str_has_prefix (machine->software, "linux, Linux "));
  g_assert_cmpuint (strlen (machine->version), >, 0);
}

static void
test_id_is_stable_and_hides_the_machine_id (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL, *second = NULL, *other = NULL;

  put (f, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  first = machine_make_id (f->root);
  second = machine_make_id (f->root);
  put (f, "etc/machine-id", "0123456789abcdef0123456789abcdee\n");
  other = machine_make_id (f->root);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (first, !=, other);
  g_assert_true (g_str_has_prefix (first, "urn:uuid:"));
  g_assert_true (g_uuid_string_is_valid (first + strlen ("urn:uuid:")));
  g_assert_null (strstr (first, "01234567"));
  g_assert_true (machine_id_is_valid (first));
}

static void
test_id_without_machine_id_is_stable_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL, *second = NULL;

  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*no machine id*");
  first = machine_make_id (f->root);
  put (f, "etc/machine-id", "uninitialized\n");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*no machine id*");
  second = machine_make_id (f->root);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (first, ==, second);
}

static void
test_configured_ids_are_checked (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  const struct {
    const char *id;
    gboolean    valid;
  } cases[] = {
    { "IMEI:493005100592800", TRUE }, { "IMEI:49300", FALSE },        { "IMEI:49300510059280x", FALSE },
    { "MEID:A0000000002329", TRUE },  { "MEID:A000000000232", FALSE }, { "urn:dev:mac:0024befffe804ff1", TRUE },
    { "just a name", FALSE },         { "", FALSE },                   { "urn:has space", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (machine_id_is_valid (cases[i].id), ==, cases[i].valid);
}

static void
test_locales_become_language_tags (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  const char *const cases[][2] = {
    { "en_US.UTF-8", "en-US" }, { "de_AT@euro", "de-AT" }, { "C.UTF-8", "en" }, { "POSIX", "en" },
    { "fr", "fr" },             { "", "en" },              { "not a locale", "en" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *tag = machine_language_from_locale (cases[i][0]);

      g_assert_cmpstr (tag, ==, cases[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/machine/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("firmware-tables-and-etc-are-read", test_firmware_tables_and_etc_are_read);
  TEST ("nothing-is-ever-empty", test_nothing_is_ever_empty);
  TEST ("id-is-stable-and-hides-the-machine-id", test_id_is_stable_and_hides_the_machine_id);
  TEST ("id-without-machine-id-is-stable-too", test_id_without_machine_id_is_stable_too);
  TEST ("configured-ids-are-checked", test_configured_ids_are_checked);
  TEST ("locales-become-language-tags", test_locales_become_language_tags);
  return g_test_run ();
}
