/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-fd-reader.h"

#include "service/oma-dbus-error.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void
keep_result (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static OmaValue *
read_fd (int fd, OmaFdKind kind, gsize limit, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_fd_read_async (fd, kind, limit, NULL, keep_result, &result);
  g_assert_null (result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_fd_read_finish (result, error);
}

static int
make_file (const char *octets, gsize size)
{
  int fd = memfd_create ("test", MFD_CLOEXEC);

  g_assert_cmpint (write (fd, octets, size), ==, size);
  return fd;
}

static void
test_file_is_read_from_its_start (void)
{
  g_autofree char *octets = g_strnfill (200000, 'x');
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) value = read_fd (make_file (octets, 200000), OMA_FD_FILE, 200000, &error);
  gsize size;
  const char *data;

  g_assert_no_error (error);
  data = oma_value_get_data (value, &size);
  g_assert_cmpmem (data, size, octets, 200000);
}

static void
test_empty_file_is_an_empty_value (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) value = read_fd (make_file ("", 0), OMA_FD_FILE, 1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (oma_value_get_size (value), ==, 0);
}

/* A mapping of the caller's file would kill us when he cuts it. */
static void
test_caller_cannot_change_what_was_read (void)
{
  g_autoptr(GError) error = NULL;
  int fd = make_file ("secret", 6), other = dup (fd);
  g_autoptr(OmaValue) value = read_fd (fd, OMA_FD_FILE, 100, &error);

  g_assert_no_error (error);
  g_assert_cmpint (ftruncate (other, 0), ==, 0);
  g_assert_cmpmem (oma_value_get_data (value, NULL), oma_value_get_size (value), "secret", 6);
  close (other);
}

static void
test_too_much_is_refused (void)
{
  g_autoptr(GError) error = NULL;
  int ends[2];

  g_assert_null (read_fd (make_file ("1234", 4), OMA_FD_FILE, 3, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (write (ends[1], "1234", 4), ==, 4);
  close (ends[1]);
  g_assert_null (read_fd (ends[0], OMA_FD_FILE_OR_PIPE, 3, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
}

static gboolean
finish_writing (gpointer user_data)
{
  int fd = GPOINTER_TO_INT (user_data);

  g_assert_cmpint (write (fd, "word", 4), ==, 4);
  close (fd);
  return G_SOURCE_REMOVE;
}

static void
test_pipe_is_waited_for_without_blocking (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) value = NULL;
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (write (ends[1], "pass", 4), ==, 4);
  g_timeout_add (20, finish_writing, GINT_TO_POINTER (ends[1]));
  value = read_fd (ends[0], OMA_FD_FILE_OR_PIPE, 100, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (oma_value_get_data (value, NULL), oma_value_get_size (value), "password", 8);
}

static void
test_other_kinds_are_refused (void)
{
  g_autoptr(GError) error = NULL;
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_null (read_fd (ends[0], OMA_FD_FILE, 100, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  close (ends[1]);

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  g_assert_null (read_fd (ends[0], OMA_FD_FILE_OR_PIPE, 100, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
  close (ends[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fd-reader/file-is-read-from-its-start", test_file_is_read_from_its_start);
  g_test_add_func ("/fd-reader/empty-file-is-an-empty-value", test_empty_file_is_an_empty_value);
  g_test_add_func ("/fd-reader/caller-cannot-change-what-was-read", test_caller_cannot_change_what_was_read);
  g_test_add_func ("/fd-reader/too-much-is-refused", test_too_much_is_refused);
  g_test_add_func ("/fd-reader/pipe-is-waited-for-without-blocking", test_pipe_is_waited_for_without_blocking);
  g_test_add_func ("/fd-reader/other-kinds-are-refused", test_other_kinds_are_refused);
  return g_test_run ();
}
