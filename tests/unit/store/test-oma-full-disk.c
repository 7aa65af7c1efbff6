/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store on a disk that is full, and how little of it it takes.  The disk is real: a small tmpfs, in a
 * mount namespace of a subprocess. */
#include "config.h"

#include "store-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define PAGE 4096
#define N_KINDS (OMA_IMAGE_TRANSACTION + 1)
#define RESERVE (256 * 1024)

/* ---- The disk ---- */

static gboolean
write_at_once (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  if (fd >= 0)
    close (fd);
  return written;
}

/* A mount namespace; for who is not root in a user namespace where he is. */
static gboolean
enter_mount_namespace (void)
{
  guint uid = geteuid ();
  g_autofree char *uid_map = g_strdup_printf ("0 %u 1", uid);
  g_autofree char *gid_map = g_strdup_printf ("0 %u 1", getegid ());

  if (unshare (CLONE_NEWNS | (uid == 0 ? 0 : CLONE_NEWUSER)) != 0)
    return FALSE;
  return (uid == 0 ||
          (write_at_once ("/proc/self/uid_map", uid_map) && write_at_once ("/proc/self/setgroups", "deny") &&
           write_at_once ("/proc/self/gid_map", gid_map))) &&
         mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Leaves so many pages. */
static void
fill_disk (Fixture *f, guint n_left)
{
  g_autofree char *path = g_build_filename (f->dir, "fill", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  char page[PAGE] = { 1 };

  while (write (fd, page, PAGE) == PAGE)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  g_assert_cmpint (ftruncate (fd, lseek (fd, 0, SEEK_END) - (off_t) n_left * PAGE), ==, 0);
  close (fd);
}

static void
free_disk (Fixture *f)
{
  g_autofree char *path = g_build_filename (f->dir, "fill", NULL);

  g_assert_cmpint (unlink (path), ==, 0);
}

/* ---- What is written ---- */

typedef struct {
  const char *name;
  void      (*add) (GArray *ops);
  const char *after;      /* of what the store holds then */
  gboolean    needs_room;
} Write;

/* The first letters of what describe_store() tells. */
#define BEFORE "1=o*10 unit 1 "

static void
add_small_node (GArray *ops)
{
  g_autoptr(OmaValue) value = make_value ('s', 3000);

  add_node (ops, OMA_STORE_INSERT, 2, value);
}

static void
add_large_node (GArray *ops)
{
  g_autoptr(OmaValue) value = make_value ('l', LARGE);

  add_node (ops, OMA_STORE_SET_VALUE, 1, value);
}

static void
add_secret_node (GArray *ops)
{
  g_autoptr(OmaValue) value = make_value ('k', 5000);

  add_node (ops, OMA_STORE_INSERT, 2, value);
  g_array_index (ops, OmaStoreOp, 0).record.secret = TRUE;
}

static void
add_many_nodes (GArray *ops)
{
  g_autoptr(OmaValue) value = make_value ('m', 60000);

  for (gint64 id = 2; id < 12; id++)
    add_node (ops, OMA_STORE_INSERT, id, value);
}

static void
add_new_unit (GArray *ops)
{
  add_unit (ops, make_unit (2, N_KINDS));
}

static void
add_more_images (GArray *ops)
{
  OmaUnitRecord *unit = make_unit (1, N_KINDS);

  unit->attempts = 1;
  add_unit (ops, unit);
}

static void
add_commit (GArray *ops)
{
  add_small_node (ops);
  add_end (ops, 1);
}

static void
add_only_end (GArray *ops)
{
  add_end (ops, 1);
}

static void
add_failed_undo (GArray *ops)
{
  OmaUnitRecord *unit = make_unit (1, 0);

  unit->state = OMA_UNIT_UNDO_FAILED;
  add_unit (ops, unit);
}

static const Write writes[] = {
  { "small-node", add_small_node, "1=o*10 2=s*3000 unit 1 ", TRUE },
  { "large-node", add_large_node, "1=l*204800 unit 1 ", TRUE },
  { "secret-node", add_secret_node, "1=o*10 2=k*5000 unit 1 ", TRUE },
  { "many-nodes", add_many_nodes, "1=o*10 2=m*60000 3=m*60000 ", TRUE },
  { "new-unit", add_new_unit, "1=o*10 unit 1 ", TRUE },
  { "more-images", add_more_images, "1=o*10 unit 1 ", TRUE },
  { "commit-and-end", add_commit, "1=o*10 2=s*3000 ", TRUE },
  { "end", add_only_end, "1=o*10 ", FALSE },
  { "failed-undo", add_failed_undo, "1=o*10 unit 1 state 2 ", FALSE },
};

static char *
describe_store (Fixture *f)
{
  g_autofree char *nodes = dump_nodes (f);
  g_autoptr(GPtrArray) units = load_units (f);
  g_autofree char *text = describe_units (units);

  return g_strconcat (nodes, text, NULL);
}

static void
write_first (Fixture *f)
{
  g_autoptr(OmaValue) value = make_value ('o', 10);
  GArray *ops = oma_tree_store_ops_new (0);

  open_store (f);
  add_node (ops, OMA_STORE_INSERT, 1, value);
  add_unit (ops, make_unit (1, N_KINDS));
  assert_written (f, ops);
}

/* Tries to write with @n_left pages left.  What fails must have changed nothing, also for who starts on
 * the full disk. */
static gboolean
try_with (Fixture *f, const Write *what, guint n_left)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *before = describe_store (f);
  g_autofree char *after = NULL;
  g_autofree char *restarted = NULL;
  guint n_files = count_files (f->values);
  GArray *ops = oma_tree_store_ops_new (0);

  what->add (ops);
  reopen_store (f);      /* with an empty log */
  g_free (dump_nodes (f));
  fill_disk (f, n_left);
  if (write_ops (f, ops, &error))
    return TRUE;
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  after = describe_store (f);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (count_files (f->values), ==, n_files);
  reopen_store (f);
  restarted = describe_store (f);
  g_assert_cmpstr (restarted, ==, before);
  free_disk (f);
  return FALSE;
}

/* One page more each time, until there is room enough. */
static void
run_write (Fixture *f, gconstpointer data)
{
  const Write *what = data;
  g_autofree char *text = NULL;
  guint n_left = 0;

  write_first (f);
  text = describe_store (f);
  g_assert_true (g_str_has_prefix (text, BEFORE));
  while (!try_with (f, what, n_left))
    n_left++;
  if (what->needs_room)
    g_assert_cmpuint (n_left, >, 1);
  else
    g_assert_cmpuint (n_left, ==, 0);
  g_free (text);
  text = describe_store (f);
  g_assert_true (g_str_has_prefix (text, what->after));
  g_assert_cmpint (strstr (text, "unit 2 ") != NULL, ==, what->add == add_new_unit);
  g_assert_cmpint (strstr (text, "attempts 1 ") != NULL, ==, what->add == add_more_images);
  free_disk (f);
}

/* ---- Alerts and sessions ---- */

static void
put_alert_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError **error = user_data;

  g_assert_cmpint (oma_store_put_alert_finish (OMA_STORE (source), result, error) != 0, ==, *error == NULL);
  if (*error == NULL)
    *error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_EXISTS, "kept");
}

/* Returns: whether it was kept, which the disk being full alone prevents */
static gboolean
put_alert (Fixture *f)
{
  OmaAlertRecord *alert = g_new0 (OmaAlertRecord, 1);
  g_autoptr(GError) error = NULL;

  alert->code = 1226;
  alert->type = g_strdup ("urn:t");
  alert->data = make_value ('d', 20000);
  oma_store_put_alert_async (f->store, alert, put_alert_cb, &error);
  while (error == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    return TRUE;
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  return FALSE;
}

static void
put_session (Fixture *f, gint64 id)
{
  g_autofree char *account = g_strnfill (20000, 'a');
  const OmaSessionRecord session = { .id = id, .account = account, .session_id = (char *) "1", .start_time = 100 };

  oma_store_put_session (f->store, &session);
}

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GPtrArray **records = user_data;
  g_autoptr(GError) error = NULL;

  *records = oma_store_list_sessions_finish (OMA_STORE (source), result, &error);
  g_assert_no_error (error);
}

static GPtrArray *
list_sessions (Fixture *f)
{
  GPtrArray *records = NULL;

  oma_store_list_sessions_async (f->store, 10, list_cb, &records);
  while (records == NULL)
    g_main_context_iteration (NULL, TRUE);
  return records;
}

static guint
count_sessions (Fixture *f)
{
  g_autoptr(GPtrArray) records = list_sessions (f);

  return records->len;
}

static void
run_alerts_and_sessions (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  write_first (f);
  reopen_store (f);
  fill_disk (f, 0);
  g_assert_false (put_alert (f));
  put_session (f, 1);
  oma_store_note_unanswered (f->store, 1, 3);
  oma_store_delete_alert (f->store, 1);
  g_assert_cmpuint (count_sessions (f), ==, 0);
  free_disk (f);
  g_assert_true (put_alert (f));
  put_session (f, 1);
  g_assert_cmpuint (count_sessions (f), ==, 1);
}

/* ---- Starting, and going on ---- */

/* What an earlier run did not end is found, read and ended, and all is made up for when there is room. */
static void
run_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr(GPtrArray) full = NULL;
  g_autoptr(GPtrArray) freed = NULL;

  write_first (f);
  put_session (f, 1);
  close_store (f);
  fill_disk (f, 0);
  open_store (f);
  first = describe_store (f);
  g_assert_true (g_str_has_prefix (first, BEFORE));
  g_assert_cmpint (oma_tree_store_next_unit_id (OMA_TREE_STORE (f->store)), >, 1);
  end_unit (f, 1);
  full = list_sessions (f);
  g_assert_null (((OmaSessionRecord *) full->pdata[0])->reason);
  reopen_store (f);
  second = describe_store (f);
  g_assert_cmpstr (second, ==, "1=o*10 ");

  free_disk (f);
  put_session (f, 2);
  freed = list_sessions (f);
  g_assert_cmpuint (freed->len, ==, 2);
  g_assert_cmpstr (((OmaSessionRecord *) freed->pdata[1])->reason, ==, OMA_SESSION_INTERRUPTED);
  g_assert_null (((OmaSessionRecord *) freed->pdata[0])->reason);
}

static void
run_reserve (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  write_first (f);
  g_assert_cmpuint (get_size (f, "reserve"), ==, RESERVE);
  put_unit (f, make_unit (2, 3 * N_KINDS));
  reopen_store (f);
  fill_disk (f, 0);
  for (guint i = 0; i < 100; i++)     /* as often as it takes */
    {
      OmaUnitRecord *unit = make_unit (2, 0);

      unit->attempts = i;
      put_unit (f, unit);
    }
  g_assert_cmpuint (get_size (f, "reserve"), ==, 0);
  end_unit (f, 2);      /* whose files give back more than that */
  g_assert_cmpuint (get_size (f, "reserve"), ==, RESERVE);
}

/* A transaction that fills the disk by itself gives it back. */
static void
run_huge (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('h', 60000);
  g_autoptr(GError) error = NULL;
  GArray *ops = oma_tree_store_ops_new (0);

  write_first (f);
  for (gint64 id = 2; id < 500; id++)
    add_node (ops, OMA_STORE_INSERT, id, value);
  g_assert_false (write_ops (f, ops, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  g_assert_cmpuint (get_size (f, "omadm.db-wal"), ==, 0);
  ops = oma_tree_store_ops_new (0);
  add_small_node (ops);
  assert_written (f, ops);
}

/* ---- The log ---- */

#define LOG_MAX (2000 * (24 + PAGE) + 32)

static GArray *
make_huge_write (gint64 from)
{
  GArray *ops = oma_tree_store_ops_new (0);
  g_autoptr(OmaValue) value = make_value ('h', 60000);

  for (gint64 id = from; id < from + 400; id++)
    add_node (ops, OMA_STORE_INSERT, id, value);
  return ops;
}

static void
test_log_is_short_after_a_huge_transaction (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GArray *ops = make_huge_write (10);

  open_store (f);
  assert_written (f, ops);
  g_assert_cmpuint (get_size (f, "omadm.db"), >, 400 * 60000);
  g_assert_cmpuint (get_size (f, "omadm.db-wal"), <=, LOG_MAX);
  ops = make_huge_write (1000);
  add_node (ops, OMA_STORE_DELETE, 99999, NULL);
  g_assert_false (write_ops (f, ops, NULL));
  g_assert_cmpuint (get_size (f, "omadm.db-wal"), <=, LOG_MAX);
}

static void
test_log_stays_short (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('v', 60000);
  gsize longest = 0;

  open_store (f);
  for (gint64 id = 1; id <= 300; id++)
    {
      GArray *ops = oma_tree_store_ops_new (0);

      add_node (ops, OMA_STORE_INSERT, id, value);
      assert_written (f, ops);
      longest = MAX (longest, get_size (f, "omadm.db-wal"));
    }
  g_assert_cmpuint (longest, <=, LOG_MAX);
  g_assert_cmpuint (longest, >, LOG_MAX / 4);     /* nor is it copied into the database all the time */
}

/* ---- Running ---- */

typedef struct {
  void        (*run) (Fixture *f, gconstpointer data);
  gconstpointer data;
} OnDisk;

static void
test_on_small_disk (Fixture *f, gconstpointer data)
{
  const OnDisk *on_disk = data;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      if (geteuid () == 0)
        g_test_trap_assert_stderr ("*on a small disk*");
      return;
    }
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);   /* what fails is warned of */
  if (!enter_mount_namespace () || mount ("none", f->dir, "tmpfs", 0, "size=2m,mode=0700") != 0)
    {
      g_test_skip ("no mount namespace");
      return;
    }
  on_disk->run (f, on_disk->data);
  close_store (f);
  g_assert_cmpint (umount2 (f->dir, MNT_DETACH), ==, 0);
  g_printerr ("on a small disk\n");
}

static void
set_up_closed (Fixture *f, gconstpointer data)
{
  set_up (f, data);
  close_store (f);
}

static void
add_on_disk (const char *name, void (*run) (Fixture *, gconstpointer), gconstpointer data)
{
  static OnDisk on_disks[G_N_ELEMENTS (writes) + 4];
  static guint n;
  g_autofree char *path = g_strconcat ("/full-disk/", name, NULL);

  g_assert_cmpuint (n, <, G_N_ELEMENTS (on_disks));
  on_disks[n] = (OnDisk) { run, data };
  g_test_add_vtable (path, sizeof (Fixture), &on_disks[n++], (GTestFixtureFunc) set_up_closed,
                     (GTestFixtureFunc) test_on_small_disk, (GTestFixtureFunc) tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (writes); i++)
    {
      g_autofree char *name = g_strconcat ("write-is-whole-or-nothing-with-any-room/", writes[i].name, NULL);

      add_on_disk (name, run_write, &writes[i]);
    }
  add_on_disk ("alerts-and-sessions-go-on-when-there-is-room", run_alerts_and_sessions, NULL);
  add_on_disk ("start-reads-everything-and-ends-units", run_start, NULL);
  add_on_disk ("reserve-is-used-and-kept-again", run_reserve, NULL);
  add_on_disk ("huge-transaction-gives-its-room-back", run_huge, NULL);
  g_test_add ("/full-disk/log-is-short-after-a-huge-transaction", Fixture, NULL, set_up_closed,
              test_log_is_short_after_a_huge_transaction, tear_down);
  g_test_add ("/full-disk/log-stays-short", Fixture, NULL, set_up_closed, test_log_stays_short, tear_down);
  return g_test_run ();
}
