/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin-test.h"

#include "codec/oma-ddf.h"
#include "plugin/oma-crash-handler.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- A daemon, which is this program once more ---- */

static const char *how_to_crash;

static char *
get_config (const char *plugin G_GNUC_UNUSED, const char *key G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return g_strdup (how_to_crash);
}

static void
crash_in_the_daemon (void)
{
  volatile guintptr nowhere = 16;

  g_free (g_strconcat ("", (const char *) nowhere, NULL));
}

static void
take_alert (const char *plugin G_GNUC_UNUSED, const char *type G_GNUC_UNUSED, const char *mark G_GNUC_UNUSED,
            const char *uri G_GNUC_UNUSED, const char *correlator G_GNUC_UNUSED, OmaValue *data G_GNUC_UNUSED,
            gpointer user_data G_GNUC_UNUSED)
{
  crash_in_the_daemon ();
}

static OmaCrashRecord *
open_record (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "record", NULL);
  g_autoptr(GError) error = NULL;
  OmaCrashRecord *record = oma_crash_record_new (open (path, O_RDWR | O_CLOEXEC), &error);

  g_assert_no_error (error);
  return record;
}

static OmaPluginLoader *
load (OmaTree *tree, OmaCrashRecord *record, const char *dir)
{
  OmaPluginLoader *loader = oma_plugin_loader_new (tree, oma_ddf_load);

  oma_plugin_loader_set_accept_own_files (loader, TRUE);
  oma_plugin_loader_set_config_func (loader, get_config, NULL);
  oma_plugin_loader_set_alert_func (loader, take_alert, NULL);
  oma_plugin_loader_set_crash_record (loader, record);
  oma_plugin_loader_load_directory (loader, dir);
  return loader;
}

static void
value_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaValue *value = g_task_propagate_pointer (G_TASK (result), NULL);

  g_clear_pointer (&value, oma_value_unref);
  *(gboolean *) user_data = TRUE;
}

static int
run_daemon (const char *dir)
{
  g_autoptr(OmaCrashRecord) record = open_record (dir);
  OmaTree *tree = oma_tree_new ();
  g_autoptr(OmaPluginLoader) loader G_GNUC_UNUSED = load (tree, record, dir);
  g_auto(Target) target = { 0 };
  gboolean done = FALSE;
  g_autoptr(GTask) task = g_task_new (NULL, NULL, value_cb, &done);

  alarm (30);
  if (strcmp (how_to_crash, "daemon") == 0)
    crash_in_the_daemon ();
  plugin_test_find (tree, "./Vendor/Trial/Fixed", &target);
  target.ops->get (target.self, target.ref, target.lookup.schema, task);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  return 0;
}

/* ---- Tests ---- */

typedef struct {
  char *dir;
} Fixture;

static void
write_record (Fixture *f, const char *first_line)
{
  g_autofree char *path = g_build_filename (f->dir, "record", NULL);
  g_autoptr(GBytes) empty = oma_crash_record_make_empty ();
  gsize size;
  g_autofree char *octets = g_memdup2 (g_bytes_get_data (empty, NULL), g_bytes_get_size (empty));

  size = g_bytes_get_size (empty);
  memcpy (octets + OMA_CRASH_LINE, first_line, strlen (first_line));
  g_assert_true (g_file_set_contents (path, octets, (gssize) size, NULL));
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = g_dir_make_tmp ("omadm-crashes-XXXXXX", NULL);
  g_free (plugin_test_install (f->dir, "good.ddf.xml"));
  g_free (plugin_test_install (f->dir, "crash.so"));
  write_record (f, "");
  how_to_crash = "not at all";
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  plugin_test_remove (f->dir);
  g_free (f->dir);
}

/* What stands in the record: COUNT TIME SIGNAL ... NAME of its lines. */
static char *
read_record (Fixture *f)
{
  g_autofree char *path = g_build_filename (f->dir, "record", NULL);
  g_autofree char *octets = NULL;
  GString *text = g_string_new (NULL);
  gsize size;

  g_assert_true (g_file_get_contents (path, &octets, &size, NULL));
  for (gsize at = OMA_CRASH_LINE; at + OMA_CRASH_LINE <= size; at += OMA_CRASH_LINE)
    if (octets[at] != '\0')
      {
        g_auto(GStrv) parts = g_strsplit (g_strchomp (octets + at), " ", -1);

        g_assert_cmpuint (g_strv_length (parts), ==, 6);
        g_assert_cmpint (ABS (g_ascii_strtoll (parts[1], NULL, 10) - g_get_real_time () / G_USEC_PER_SEC), <, 60);
        g_string_append_printf (text, "%s by %s: %s;", parts[5], parts[2], parts[0]);
      }
  return g_string_free (text, FALSE);
}

/* Runs a daemon that ends by @signal_number, as the service manager sees it. */
static void
crash (Fixture *f, const char *how, int signal_number)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;

  /* A sanitizer would report the crash, and exit. */
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS",
                                "handle_segv=0:handle_sigbus=0:handle_abort=0:use_sigaltstack=0:detect_leaks=0", TRUE);
  g_subprocess_launcher_setenv (launcher, "UBSAN_OPTIONS", "halt_on_error=0", TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, g_get_prgname (), "--daemon", f->dir, how, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  if (signal_number == 0)
    {
      g_assert_true (g_subprocess_get_if_exited (process));
      g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
      return;
    }
  g_assert_true (g_subprocess_get_if_signaled (process));
  g_assert_cmpint (g_subprocess_get_term_sig (process), ==, signal_number);
}

static void
assert_record (Fixture *f, const char *wanted)
{
  g_autofree char *found = read_record (f);

  g_assert_cmpstr (found, ==, wanted);
}

static const struct {
  const char *how;
  int         signal_number;
} crashes[] = {
  { "init", SIGSEGV },
  { "operation", SIGSEGV },
  { "callback", SIGSEGV },
  { "overflow", SIGSEGV },
  { "error", SIGTRAP },
  { "abort", SIGABRT },
  { "thread", SIGSEGV },
  { "library", SIGSEGV },
  { "call", SIGSEGV },
};

static void
test_crash_is_the_plugins (Fixture *f, gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree char *wanted = g_strdup_printf ("crash by %d: 1;", crashes[i].signal_number);

  crash (f, crashes[i].how, crashes[i].signal_number);
  assert_record (f, wanted);
}

static void
test_crash_of_a_constructor_is_the_plugins (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_free (plugin_test_install (f->dir, "constructor.so"));
  crash (f, "not at all", SIGSEGV);
  assert_record (f, "constructor by 11: 1;");
}

/* Which the loader of the system falls over. */
static void
test_crash_by_a_cut_file_is_the_plugins (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = g_build_filename (f->dir, "crash.so", NULL);
  g_autofree char *octets = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &octets, &size, NULL));
  g_assert_true (g_file_set_contents (path, octets, 4096, NULL));
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  crash (f, "not at all", SIGBUS);
  assert_record (f, "crash by 7: 1;");
}

static void
test_crash_of_the_daemon_names_no_plugin (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  crash (f, "daemon", SIGSEGV);
  assert_record (f, "");
  /* Called by the plugin, but it is the daemon's code. */
  crash (f, "alert", SIGSEGV);
  assert_record (f, "");
}

static void
test_run_without_crash_counts_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  crash (f, "not at all", 0);
  assert_record (f, "");
}

static void
test_crash_of_a_child_counts_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  crash (f, "child", 0);
  assert_record (f, "");
}

static OmaPluginState
load_here (Fixture *f, char **reason)
{
  g_autoptr(OmaCrashRecord) record = open_record (f->dir);
  OmaTree *tree = oma_tree_new ();
  OmaPluginLoader *loader = load (tree, record, f->dir);
  const OmaPluginInfo *info = oma_plugin_loader_find_plugin (loader, "crash");
  OmaPluginState state = info->state;

  g_assert_cmpint (info->crashes >= OMA_MAX_CRASHES, ==, state == OMA_PLUGIN_LEFT_OUT);
  g_assert_cmpint (info->crashes > 0, ==, info->last_crash > 0 && info->crash_signal > 0);
  if (reason != NULL)
    *reason = g_strdup (info->reason);
  oma_plugin_loader_free (loader);
  oma_tree_free (tree);
  return state;
}

static void
reset (Fixture *f)
{
  g_autoptr(OmaCrashRecord) record = open_record (f->dir);
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_crash_record_reset (record, "crash", &error));
  g_assert_no_error (error);
}

static void
test_three_crashes_leave_the_plugin_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *reason = NULL;

  crash (f, "operation", SIGSEGV);
  crash (f, "init", SIGSEGV);
  g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LOADED);
  crash (f, "error", SIGTRAP);
  assert_record (f, "crash by 5: 3;");
  g_assert_cmpint (load_here (f, &reason), ==, OMA_PLUGIN_LEFT_OUT);
  g_assert_true (g_str_has_prefix (reason, "it took the daemon down 3 times, last on 20"));

  reset (f);
  assert_record (f, "");
  g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LOADED);
  crash (f, "init", SIGSEGV);
  assert_record (f, "crash by 11: 1;");
}

static void
test_changed_file_begins_anew (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = g_build_filename (f->dir, "crash.so", NULL);
  const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

  for (guint i = 0; i < OMA_MAX_CRASHES; i++)
    crash (f, "init", SIGSEGV);
  g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LEFT_OUT);
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
  g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LOADED);
  crash (f, "init", SIGSEGV);
  assert_record (f, "crash by 11: 1;");
}

/* A line of @count crashes of the plugin that is there, the last one @age seconds ago. */
static void
write_line (Fixture *f, guint count, gint64 age)
{
  g_autofree char *path = g_build_filename (f->dir, "crash.so", NULL);
  g_autofree char *line = NULL;
  struct stat file;

  g_assert_cmpint (stat (path, &file), ==, 0);
  line = g_strdup_printf ("%u %" G_GINT64_FORMAT " 11 %" G_GINT64_FORMAT "%09" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                          " crash\n", count, g_get_real_time () / G_USEC_PER_SEC - age, (gint64) file.st_mtim.tv_sec,
                          (gint64) file.st_mtim.tv_nsec, (gint64) file.st_size);
  write_record (f, line);
}

static guint
get_count (Fixture *f)
{
  g_autoptr(OmaCrashRecord) record = open_record (f->dir);
  g_autofree char *path = g_build_filename (f->dir, "crash.so", NULL);
  struct stat file;

  g_assert_cmpint (stat (path, &file), ==, 0);
  return oma_crash_entry_get_count (oma_crash_record_find (record, "crash", &file));
}

static void
test_crashes_far_apart_do_not_add_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  write_line (f, 2, OMA_CRASH_MEMORY + 60);
  g_assert_cmpuint (get_count (f), ==, 0);
  crash (f, "init", SIGSEGV);
  assert_record (f, "crash by 11: 1;");
  write_line (f, 2, OMA_CRASH_MEMORY - 60);
  g_assert_cmpuint (get_count (f), ==, 2);
  crash (f, "init", SIGSEGV);
  assert_record (f, "crash by 11: 3;");
  /* The run itself may be what lies between. */
  write_line (f, 2, OMA_CRASH_MEMORY - 2);
  crash (f, "late", SIGSEGV);
  assert_record (f, "crash by 11: 1;");
  /* It stays out, however long ago it was. */
  write_line (f, 3, 1000 * OMA_CRASH_MEMORY);
  g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LEFT_OUT);
}

static void
test_reset_holds_though_a_plugin_has_two_lines (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = g_build_filename (f->dir, "record", NULL);
  g_autofree char *octets = NULL;
  gsize size;

  write_line (f, 3, 1);
  g_assert_true (g_file_get_contents (path, &octets, &size, NULL));
  memcpy (octets + 2 * OMA_CRASH_LINE, octets + OMA_CRASH_LINE, OMA_CRASH_LINE);
  g_assert_true (g_file_set_contents (path, octets, (gssize) size, NULL));
  g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LEFT_OUT);
  reset (f);
  g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LOADED);
}

static void
test_rubbish_costs_a_warning (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const lines[] = {
    "rubbish", "\n", "3 1 11 1 1 crash", "0 1 11 1 1 crash\n", "3 -1 11 1 1 crash\n", "3 1 11 1 crash\n",
    "3 1 0 1 1 crash\n", "99999999999999999999 1 11 1 1 crash\n", "3 1 11 1 1 \n", "\xff\xfe 1 11 1 1 crash\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      write_record (f, lines[i]);
      g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Line 1 of the record of crashes cannot be read*");
      g_test_expect_message ("omadm", G_LOG_LEVEL_INFO, "*crash 1.0 serves*");
      g_assert_cmpint (load_here (f, NULL), ==, OMA_PLUGIN_LOADED);
      g_test_assert_expected_messages ();
    }
}

static void
test_what_is_no_record_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const headers[] = { "", "omadm-plugin-crashes 2\n", "omadm-plugin-crashes 1\n" };
  g_autofree char *path = g_build_filename (f->dir, "record", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_true (g_file_set_contents (path, headers[i], -1, NULL));
      g_assert_null (oma_crash_record_new (open (path, O_RDWR | O_CLOEXEC), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

static void
test_full_record_drops_nobody_who_is_here (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaCrashRecord) record = open_record (f->dir);
  const struct stat file = { .st_size = 1 };
  guint n = 0;

  for (;; n++)
    {
      g_autofree char *name = g_strdup_printf ("plugin %u\n", n);

      if (oma_crash_record_find (record, name, &file) == NULL)
        break;
    }
  g_assert_cmpuint (n, ==, 64);
  g_assert_nonnull (oma_crash_record_find (record, "plugin 7\n", &file));
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "--daemon") == 0)
    {
      how_to_crash = argv[3];
      return run_daemon (argv[2]);
    }
  g_test_init (&argc, &argv, NULL);
  g_set_prgname (argv[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (crashes); i++)
    {
      g_autofree char *name = g_strconcat ("/crash-record/crash-is-the-plugins/", crashes[i].how, NULL);

      g_test_add (name, Fixture, GSIZE_TO_POINTER (i), set_up, test_crash_is_the_plugins, tear_down);
    }
#define TEST(name, func) g_test_add ("/crash-record/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("crash-of-a-constructor-is-the-plugins", test_crash_of_a_constructor_is_the_plugins);
  TEST ("crash-by-a-cut-file-is-the-plugins", test_crash_by_a_cut_file_is_the_plugins);
  TEST ("crash-of-the-daemon-names-no-plugin", test_crash_of_the_daemon_names_no_plugin);
  TEST ("run-without-crash-counts-nothing", test_run_without_crash_counts_nothing);
  TEST ("crash-of-a-child-counts-nothing", test_crash_of_a_child_counts_nothing);
  TEST ("three-crashes-leave-the-plugin-out", test_three_crashes_leave_the_plugin_out);
  TEST ("changed-file-begins-anew", test_changed_file_begins_anew);
  TEST ("crashes-far-apart-do-not-add-up", test_crashes_far_apart_do_not_add_up);
  TEST ("reset-holds-though-a-plugin-has-two-lines", test_reset_holds_though_a_plugin_has_two_lines);
  TEST ("rubbish-costs-a-warning", test_rubbish_costs_a_warning);
  TEST ("what-is-no-record-is-refused", test_what_is_no_record_is_refused);
  TEST ("full-record-drops-nobody-who-is-here", test_full_record_drops_nobody_who_is_here);
  return g_test_run ();
}
