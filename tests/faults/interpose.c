/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comes before the C library (LD_PRELOAD), counts the calls by which a process changes anything
 * outside of itself, and lets a fault strike at one of them.
 *
 * A point is known by its function and its place, and by its number among those: threads run side
 * by side, so a number among all would not be the same in each run.  Places are files below the
 * directories that OMADM_FAULTS_PLACES names, "name=/directory:...", and sockets.  All else changes
 * nothing that outlives the process: pipes, what wakes up threads, the log. */
/* Both forms of the functions that take an offset are here, each under its own name. */
#undef _FILE_OFFSET_BITS
#include "interpose.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__ ((visibility ("default")))
#define MAX_NAMES 256
#define N_ELEMENTS(array) (sizeof (array) / sizeof ((array)[0]))

/* The next function of the name behind us: a sanitizer's, or that of the C library. */
#define NEXT(name) ((__typeof__ (&name)) next (#name))

typedef enum { GO_ON, TEAR, NO_ROOM, BROKEN, DIE_BEHIND } Verdict;

static Faults *faults;
static int trace_fd = -1;
static const char *places;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { char *name; uint32_t count; } names[MAX_NAMES];

static void *
next (const char *name)
{
  void *found = dlsym (RTLD_NEXT, name);

  if (found == NULL)
    abort ();
  return found;
}

__attribute__ ((constructor))
static void
set_up (void)
{
  const char *path = getenv ("OMADM_FAULTS"), *trace = getenv ("OMADM_FAULTS_TRACE");
  int fd = path != NULL ? (int) syscall (SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
  void *map = fd >= 0 ? mmap (NULL, sizeof (Faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

  if (fd >= 0)
    syscall (SYS_close, fd);
  if (map == MAP_FAILED)
    return;
  places = getenv ("OMADM_FAULTS_PLACES");
  if (trace != NULL)
    trace_fd = (int) syscall (SYS_openat, AT_FDCWD, trace, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
  faults = map;
}

/* ---- Where ---- */

/* Files come and go under names that differ each time; only these are always the same. */
static int
has_fixed_name (const char *name)
{
  return strncmp (name, "omadm.db", 8) == 0;
}

/* Returns: whether @path is somewhere that counts. */
static int
name_path (const char *path, char *place, size_t size)
{
  for (const char *p = places; p != NULL && *p != '\0'; p = strchr (p, ':') != NULL ? strchr (p, ':') + 1 : NULL)
    {
      const char *equals = strchr (p, '=');
      size_t length = equals != NULL ? strcspn (equals + 1, ":") : 0;
      const char *rest = path + length, *slash;

      if (equals == NULL || strncmp (path, equals + 1, length) != 0 || (*rest != '/' && *rest != '\0'))
        continue;
      slash = strrchr (rest, '/');
      if (slash == NULL)
        snprintf (place, size, "%.*s", (int) (equals - p), p);
      else if (has_fixed_name (slash + 1))
        snprintf (place, size, "%.*s%s", (int) (equals - p), p, rest);
      else
        snprintf (place, size, "%.*s%.*s/*", (int) (equals - p), p, (int) (slash - rest), rest);
      return 1;
    }
  return 0;
}

static int
name_at (int dir, const char *path, char *place, size_t size)
{
  char link[64], whole[2 * PATH_MAX];
  ssize_t length = 0;

  if (path[0] == '/')
    return name_path (path, place, size);
  snprintf (link, sizeof link, dir == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dir);
  length = readlink (link, whole, PATH_MAX);
  if (length < 0)
    return 0;
  snprintf (whole + length, sizeof whole - (size_t) length, "/%s", path);
  return name_path (whole, place, size);
}

static int
name_fd (int fd, char *place, size_t size)
{
  char link[64], path[PATH_MAX];
  struct sockaddr_storage address;
  socklen_t address_size = sizeof address;
  ssize_t length;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  if (length <= 0)
    return 0;
  path[length] = '\0';
  if (path[0] == '/')
    return name_path (path, place, size);
  if (strncmp (path, "socket:", 7) != 0 || getsockname (fd, (struct sockaddr *) &address, &address_size) != 0)
    return 0;
  snprintf (place, size, "%s", address.ss_family == AF_UNIX ? "bus" : "network");
  return 1;
}

/* ---- What strikes ---- */

static uint32_t
count_point (const char *name)
{
  for (size_t i = 0; i < N_ELEMENTS (names); i++)
    {
      if (names[i].name == NULL)
        names[i].name = strdup (name);
      if (names[i].name != NULL && strcmp (names[i].name, name) == 0)
        return ++names[i].count;
    }
  abort ();
}

static void
trace_point (const char *name, uint32_t number)
{
  char line[512];
  int length = snprintf (line, sizeof line, "%u %s\n", number, name);

  if (trace_fd >= 0)
    syscall (SYS_write, trace_fd, line, (size_t) length);
}

static void __attribute__ ((noreturn))
die (void)
{
  for (;;)
    syscall (SYS_kill, getpid (), SIGKILL);
}

/* A place is on a disk, or it is a socket. */
static Verdict
judge (const char *function, const char *place, int needs_room, int can_break)
{
  char name[sizeof faults->name];
  int on_disk = strcmp (place, "bus") != 0 && strcmp (place, "network") != 0;
  Verdict verdict = GO_ON;
  uint32_t number;

  pthread_mutex_lock (&lock);
  snprintf (name, sizeof name, "%s %s", function, place);
  number = count_point (name);
  faults->points++;
  trace_point (name, number);
  if (number == faults->number && strcmp (name, faults->name) == 0)
    {
      faults->hits++;
      if (faults->fault == FAULT_KILL_BEFORE)
        die ();
      if (faults->fault == FAULT_KILL_AFTER)
        verdict = DIE_BEHIND;
      if (faults->fault == FAULT_KILL_TORN)
        verdict = TEAR;
      if (faults->fault == FAULT_FULL_ONCE && on_disk && needs_room)
        verdict = NO_ROOM;
      if (faults->fault == FAULT_BROKEN_ONCE && on_disk && can_break)
        verdict = BROKEN;
    }
  if (faults->fault == FAULT_FULL && faults->hits > 0 && on_disk && needs_room)
    verdict = NO_ROOM;
  pthread_mutex_unlock (&lock);
  return verdict;
}

static int
is_armed (void)
{
  return faults != NULL && __atomic_load_n (&faults->armed, __ATOMIC_ACQUIRE) != 0;
}

static Verdict
judge_fd (const char *function, int fd, int needs_room, int can_break)
{
  char place[PATH_MAX];
  int saved = errno;
  Verdict verdict = is_armed () && name_fd (fd, place, sizeof place)
                      ? judge (function, place, needs_room, can_break) : GO_ON;

  errno = saved;
  return verdict;
}

static Verdict
judge_at (const char *function, int dir, const char *path, int needs_room)
{
  char place[2 * PATH_MAX];
  int saved = errno;
  Verdict verdict = is_armed () && name_at (dir, path, place, sizeof place)
                      ? judge (function, place, needs_room, 0) : GO_ON;

  errno = saved;
  return verdict;
}

/* What comes back when the point did not have to be changed. */
static long
behind (Verdict verdict, long result)
{
  if (verdict == DIE_BEHIND || verdict == TEAR)
    die ();
  return result;
}

static int
fails (Verdict verdict)
{
  if (verdict != NO_ROOM && verdict != BROKEN)
    return 0;
  errno = verdict == NO_ROOM ? ENOSPC : EIO;
  return 1;
}

/* How much of @size octets is written: when the disk becomes full a half still fits. */
static size_t
share (Verdict verdict, size_t size)
{
  if (verdict == TEAR)
    return size / 2;
  if (verdict == NO_ROOM && faults->fault == FAULT_FULL && faults->hits == 1 && size > 1)
    {
      faults->hits++;
      return size / 2;
    }
  return verdict == NO_ROOM || verdict == BROKEN ? 0 : size;
}

#define WRITE(verdict, size, call) \
  do { \
    size_t part = share (verdict, size); \
    if (part == 0 && (size) > 0 && fails (verdict)) \
      return -1; \
    return behind (verdict, call); \
  } while (0)

/* ---- The calls ---- */

EXPORT ssize_t
write (int fd, const void *data, size_t size)
{
  Verdict verdict = judge_fd ("write", fd, 1, 1);

  WRITE (verdict, size, NEXT (write) (fd, data, part));
}

EXPORT ssize_t
pwrite (int fd, const void *data, size_t size, off_t offset)
{
  Verdict verdict = judge_fd ("pwrite", fd, 1, 1);

  WRITE (verdict, size, NEXT (pwrite) (fd, data, part, offset));
}

EXPORT ssize_t
pwrite64 (int fd, const void *data, size_t size, off64_t offset)
{
  Verdict verdict = judge_fd ("pwrite", fd, 1, 1);

  WRITE (verdict, size, NEXT (pwrite64) (fd, data, part, offset));
}

/* Torn only between its parts. */
EXPORT ssize_t
writev (int fd, const struct iovec *parts, int n)
{
  Verdict verdict = judge_fd ("writev", fd, 1, 1);

  if (fails (verdict))
    return -1;
  return behind (verdict, NEXT (writev) (fd, parts, verdict == TEAR ? n / 2 : n));
}

EXPORT ssize_t
pwritev (int fd, const struct iovec *parts, int n, off_t offset)
{
  Verdict verdict = judge_fd ("pwritev", fd, 1, 1);

  if (fails (verdict))
    return -1;
  return behind (verdict, NEXT (pwritev) (fd, parts, verdict == TEAR ? n / 2 : n, offset));
}

EXPORT ssize_t
send (int fd, const void *data, size_t size, int flags)
{
  Verdict verdict = judge_fd ("send", fd, 0, 0);

  WRITE (verdict, size, NEXT (send) (fd, data, part, flags));
}

EXPORT ssize_t
sendto (int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
  Verdict verdict = judge_fd ("send", fd, 0, 0);

  WRITE (verdict, size, NEXT (sendto) (fd, data, part, flags, address, length));
}

EXPORT ssize_t
sendmsg (int fd, const struct msghdr *message, int flags)
{
  Verdict verdict = judge_fd ("send", fd, 0, 0);

  return behind (verdict, NEXT (sendmsg) (fd, message, flags));
}

EXPORT int
fsync (int fd)
{
  Verdict verdict = judge_fd ("fsync", fd, 0, 1);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (fsync) (fd));
}

EXPORT int
fdatasync (int fd)
{
  Verdict verdict = judge_fd ("fdatasync", fd, 0, 1);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (fdatasync) (fd));
}

EXPORT int
ftruncate (int fd, off_t size)
{
  Verdict verdict = judge_fd ("ftruncate", fd, size > 0, 0);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (ftruncate) (fd, size));
}

EXPORT int
ftruncate64 (int fd, off64_t size)
{
  Verdict verdict = judge_fd ("ftruncate", fd, size > 0, 0);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (ftruncate64) (fd, size));
}

EXPORT int
rename (const char *from, const char *to)
{
  Verdict verdict = judge_at ("rename", AT_FDCWD, to, 1);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (rename) (from, to));
}

EXPORT int
renameat (int from_dir, const char *from, int to_dir, const char *to)
{
  Verdict verdict = judge_at ("rename", to_dir, to, 1);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (renameat) (from_dir, from, to_dir, to));
}

EXPORT int
link (const char *from, const char *to)
{
  Verdict verdict = judge_at ("link", AT_FDCWD, to, 1);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (link) (from, to));
}

EXPORT int
linkat (int from_dir, const char *from, int to_dir, const char *to, int flags)
{
  Verdict verdict = judge_at ("link", to_dir, to, 1);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (linkat) (from_dir, from, to_dir, to, flags));
}

EXPORT int
unlink (const char *path)
{
  Verdict verdict = judge_at ("unlink", AT_FDCWD, path, 0);

  return (int) behind (verdict, NEXT (unlink) (path));
}

EXPORT int
unlinkat (int dir, const char *path, int flags)
{
  Verdict verdict = judge_at ("unlink", dir, path, 0);

  return (int) behind (verdict, NEXT (unlinkat) (dir, path, flags));
}

EXPORT int
rmdir (const char *path)
{
  Verdict verdict = judge_at ("rmdir", AT_FDCWD, path, 0);

  return (int) behind (verdict, NEXT (rmdir) (path));
}

EXPORT int
mkdir (const char *path, mode_t mode)
{
  Verdict verdict = judge_at ("mkdir", AT_FDCWD, path, 1);

  return fails (verdict) ? -1 : (int) behind (verdict, NEXT (mkdir) (path, mode));
}

/* Opening a file changes something when that makes it. */
static int
open_point (const char *function, int dir, const char *path, int flags, mode_t mode)
{
  Verdict verdict = GO_ON;

  if ((flags & O_CREAT) != 0 && is_armed () && NEXT (faccessat) (dir, path, F_OK, 0) != 0)
    verdict = judge_at ("create", dir, path, 1);
  if (fails (verdict))
    return -1;
  if (strcmp (function, "openat") == 0)
    return (int) behind (verdict, NEXT (openat) (dir, path, flags, mode));
  if (strcmp (function, "openat64") == 0)
    return (int) behind (verdict, NEXT (openat64) (dir, path, flags, mode));
  if (strcmp (function, "open64") == 0)
    return (int) behind (verdict, NEXT (open64) (path, flags, mode));
  return (int) behind (verdict, NEXT (open) (path, flags, mode));
}

#define GET_MODE(flags, mode) \
  do { \
    va_list args; \
    va_start (args, flags); \
    mode = ((flags) & (O_CREAT | O_TMPFILE)) != 0 ? (mode_t) va_arg (args, int) : 0; \
    va_end (args); \
  } while (0)

EXPORT int
open (const char *path, int flags, ...)
{
  mode_t mode;

  GET_MODE (flags, mode);
  return open_point ("open", AT_FDCWD, path, flags, mode);
}

EXPORT int
open64 (const char *path, int flags, ...)
{
  mode_t mode;

  GET_MODE (flags, mode);
  return open_point ("open64", AT_FDCWD, path, flags, mode);
}

EXPORT int
openat (int dir, const char *path, int flags, ...)
{
  mode_t mode;

  GET_MODE (flags, mode);
  return open_point ("openat", dir, path, flags, mode);
}

EXPORT int
openat64 (int dir, const char *path, int flags, ...)
{
  mode_t mode;

  GET_MODE (flags, mode);
  return open_point ("openat64", dir, path, flags, mode);
}
