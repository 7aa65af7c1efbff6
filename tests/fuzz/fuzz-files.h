/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <glib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file in memory that only its owner can read; it can be opened as /proc/self/fd/@number. */
static inline void
fuzz_file_make (int number)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);

  g_assert_no_errno (fd);
  g_assert_no_errno (fchmod (fd, 0600));
  if (fd == number)
    return;
  g_assert_no_errno (dup2 (fd, number));
  close (fd);
}

static inline void
fuzz_file_write (int number, gconstpointer data, gsize size)
{
  g_assert_cmpint (pwrite (number, data, size, 0), ==, size);
  g_assert_no_errno (ftruncate (number, (off_t) size));
}
