/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-crash-file.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = g_dir_make_tmp ("omadm-crash-file-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "plugin-crashes", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_remove (f->path);
  g_rmdir (f->dir);
  g_free (f->path);
  g_free (f->dir);
}

/* A full disk must not keep a crash from being counted. */
static void
test_room_is_there_from_the_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaCrashRecord *record = oma_crash_file_open (f->dir);
  struct stat status;

  g_assert_nonnull (record);
  g_assert_cmpint (stat (f->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (status.st_size, ==, 65 * 512);
  g_assert_cmpint (status.st_blocks * 512, >=, status.st_size);
  oma_crash_record_free (record);
}

static void
test_record_stays (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const struct stat file = { .st_size = 5 };
  const char line[] = "3 1 11 0 5 bad\n";
  g_autofree char *octets = NULL;
  OmaCrashRecord *record;
  gsize size;

  oma_crash_record_free (oma_crash_file_open (f->dir));
  g_assert_true (g_file_get_contents (f->path, &octets, &size, NULL));
  memcpy (octets + 512 * 3, line, sizeof line);
  g_assert_true (g_file_set_contents (f->path, octets, (gssize) size, NULL));
  record = oma_crash_file_open (f->dir);
  g_assert_cmpuint (oma_crash_entry_get_count (oma_crash_record_find (record, "bad", &file)), ==, 3);
  g_assert_cmpuint (oma_crash_entry_get_count (oma_crash_record_find (record, "good", &file)), ==, 0);
  oma_crash_record_free (record);
}

static void
test_rubbish_is_replaced_with_a_warning (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const contents[] = { "", "rubbish", "omadm-plugin-crashes 99\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_assert_true (g_file_set_contents (f->path, contents[i], -1, NULL));
      g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*/plugin-crashes: this is no record of crashes; *forgotten");
      oma_crash_record_free (oma_crash_file_open (f->dir));
      g_test_assert_expected_messages ();
      oma_crash_record_free (oma_crash_file_open (f->dir));
    }
}

static void
test_without_a_record_there_is_a_warning (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *nowhere = g_build_filename (f->dir, "nowhere", NULL);

  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*/nowhere/plugin-crashes: *are not found out");
  g_assert_null (oma_crash_file_open (nowhere));
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/crash-file/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("room-is-there-from-the-start", test_room_is_there_from_the_start);
  TEST ("record-stays", test_record_stays);
  TEST ("rubbish-is-replaced-with-a-warning", test_rubbish_is_replaced_with_a_warning);
  TEST ("without-a-record-there-is-a-warning", test_without_a_record_there_is_a_warning);
  return g_test_run ();
}
