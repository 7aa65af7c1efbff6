/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-crash-handler.h"

#include <errno.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#define MAX_WATCHED 64              /* lines that a record has */
#define ALT_STACK (64 * 1024)
#define MAX_SECONDS 5               /* that finding out may take */

/* What ends a process that has an error; SIGTRAP is how g_error() does it. */
static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };

/* All that the handler uses is here, for nothing can be made when it runs. */
static struct {
  gboolean         installed;
  pid_t            process;
  int              fd;
  guintptr         start, end;                 /* of the program itself */
  OmaCrashWatch   *watched[MAX_WATCHED];
  guint            n_watched;                  /* (atomic) */
  OmaCrashWatch   *loading;                    /* (atomic) (nullable) */
  guint            busy;                       /* (atomic): a thread is in the handler */
  struct sigaction before[G_N_ELEMENTS (signals)];
  stack_t          stack_before;
} handler;

static _Alignas (16) guint8 alt_stack[ALT_STACK];

/* ---- Whose code is it? ---- */

/* Where the shared object lies that @address is in. */
typedef struct {
  guintptr address;
  guintptr start, end;
} Extent;

static int
find_extent (struct dl_phdr_info *info, size_t size G_GNUC_UNUSED, void *user_data)
{
  Extent *extent = user_data;
  guintptr start = G_MAXSIZE, end = 0;

  for (guint i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD)
      {
        guintptr segment = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

        start = MIN (start, segment);
        end = MAX (end, segment + info->dlpi_phdr[i].p_memsz);
      }
  if (extent->address < start || extent->address >= end)
    return 0;
  extent->start = start;
  extent->end = end;
  return 1;
}

static void
get_extent (gconstpointer address, guintptr *start, guintptr *end)
{
  Extent extent = { .address = (guintptr) address };

  dl_iterate_phdr (find_extent, &extent);
  *start = extent.start;
  *end = extent.end;
}

static OmaCrashWatch *
find_watch (guintptr address)
{
  guint n = g_atomic_int_get (&handler.n_watched);

  for (guint i = 0; i < n; i++)
    if (address >= handler.watched[i]->start && address < handler.watched[i]->end)
      return handler.watched[i];
  return NULL;
}

typedef struct {
  OmaCrashWatch *culprit;
  gboolean       passed_signal;      /* the frames of the handler itself are behind us */
} Walk;

/* From the innermost frame outwards: libraries do what they were told to, so it is the first who is
 * a plugin or the daemon itself.  A daemon's frame inside a plugin's is the daemon's fault. */
static _Unwind_Reason_Code
visit_frame (struct _Unwind_Context *context, void *user_data)
{
  Walk *walk = user_data;
  int interrupted = 0;
  guintptr address = _Unwind_GetIPInfo (context, &interrupted);

  walk->passed_signal |= interrupted != 0;
  if (!walk->passed_signal || address == 0)
    return _URC_NO_REASON;
  /* A return address may be behind the end of the function that called. */
  address -= interrupted == 0;
  walk->culprit = find_watch (address);
  return walk->culprit != NULL || (address >= handler.start && address < handler.end) ? _URC_END_OF_STACK :
                                                                                        _URC_NO_REASON;
}

/* Who called what is no code cannot be found by unwinding: it left its return address only. */
static guintptr
get_caller_of_bad_call (const siginfo_t *info G_GNUC_UNUSED, const ucontext_t *context G_GNUC_UNUSED)
{
#if defined (__x86_64__)
  guintptr pc = (guintptr) context->uc_mcontext.gregs[REG_RIP];

  return (guintptr) info->si_addr == pc ? *(const guintptr *) context->uc_mcontext.gregs[REG_RSP] - 1 : 0;
#elif defined (__aarch64__)
  return (guintptr) info->si_addr == context->uc_mcontext.pc ? context->uc_mcontext.regs[30] - 1 : 0;
#else
  return 0;
#endif
}

static OmaCrashWatch *
find_culprit (int number, const siginfo_t *info, const ucontext_t *context)
{
  Walk walk = { NULL };

  if (number == SIGSEGV && info->si_code > 0)
    walk.culprit = find_watch (get_caller_of_bad_call (info, context));
  if (walk.culprit == NULL)
    _Unwind_Backtrace (visit_frame, &walk);
  /* Constructors of the plugin's file run before it is known where they are. */
  return walk.culprit != NULL ? walk.culprit : g_atomic_pointer_get (&handler.loading);
}

/* ---- The record ---- */

static gsize
append_number (char *to, gint64 number, char behind)
{
  char digits[24];
  gsize n = 0, length = 0;

  do
    digits[n++] = (char) ('0' + number % 10);
  while ((number /= 10) > 0);
  while (n > 0)
    to[length++] = digits[--n];
  to[length++] = behind;
  return length;
}

static void
write_line (const OmaCrashWatch *watch, int number)
{
  char line[OMA_CRASH_LINE] = { 0 };
  struct timespec now;
  gint64 age;
  guint count;
  gsize length;

  clock_gettime (CLOCK_REALTIME, &now);
  age = now.tv_sec - watch->last;
  count = age <= OMA_CRASH_MEMORY ? watch->count : 0;
  length = append_number (line, (gint64) count + 1, ' ');
  length += append_number (line + length, MAX (now.tv_sec, 0), ' ');
  length += append_number (line + length, number, ' ');
  memcpy (line + length, watch->tail, strlen (watch->tail));
  /* Over what is allocated already: a full disk does not matter. */
  if (pwrite (handler.fd, line, sizeof line, watch->offset) < 0)
    return;
}

static void
tell (const OmaCrashWatch *watch, int number)
{
  char line[512] = "omadmd: error: plugin ";
  gsize length = strlen (line);

  memcpy (line + length, watch->name, strlen (watch->name));
  length += strlen (watch->name);
  memcpy (line + length, " takes the daemon down: signal ", 31);
  length += 31;
  length += append_number (line + length, number, '\n');
  if (write (STDERR_FILENO, line, length) < 0)
    return;
}

/* ---- Signals ---- */

/* Unwinding is not made for this, and may meet what it waits for for ever, or a stack in ruins. */
static void
limit_time (guint seconds)
{
  sigset_t set;

  signal (SIGALRM, SIG_DFL);
  sigemptyset (&set);
  sigaddset (&set, SIGALRM);
  pthread_sigmask (SIG_UNBLOCK, &set, NULL);
  alarm (seconds);
}

static void
restore (int number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    if (signals[i] == number)
      sigaction (number, &handler.before[i], NULL);
}

/* An instruction that faults does so again when we return, with all that a debugger wants to see; other
 * signals are sent again, and come when this one is over. */
static gboolean
comes_again (int number, const siginfo_t *info)
{
  return info->si_code > 0 && (number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE);
}

static void
handle_signal (int number, siginfo_t *info, void *context)
{
  int saved_errno = errno;
  OmaCrashWatch *culprit;

  /* Another thread is already on its way down, and takes this one with it. */
  while (!g_atomic_int_compare_and_exchange (&handler.busy, 0, 1))
    pause ();
  limit_time (MAX_SECONDS);
  culprit = find_culprit (number, info, context);
  /* A child that a plugin forked takes nobody down but itself. */
  if (culprit != NULL && getpid () == handler.process)
    {
      tell (culprit, number);
      write_line (culprit, number);
    }
  alarm (0);
  restore (number);
  if (!comes_again (number, info))
    raise (number);
  errno = saved_errno;
}

/* Where a stack has overflowed there is no room to say so.  Other threads have no such place: what
 * overflows there is not found out. */
static void
provide_stack (void)
{
  const stack_t stack = { .ss_sp = alt_stack, .ss_size = sizeof alt_stack };

  sigaltstack (NULL, &handler.stack_before);
  if ((handler.stack_before.ss_flags & SS_DISABLE) != 0)
    sigaltstack (&stack, NULL);
}

/**
 * oma_crash_handler_install:
 * @fd: the record, open for writing; must stay open
 *
 * From now on a signal that ends the process because of an error is looked at first: when the code of
 * a watched plugin is at fault, its line in the record counts it.  Then the signal goes its way, and
 * service manager and debugger see it as if nothing had been.
 *
 * One record counts at a time: the last one.  At fault is a plugin's code, or a library that it called, on whatever thread.  It is not when the
 * code of the program itself was what crashed, though a plugin called it.
 */
void
oma_crash_handler_install (int fd)
{
  struct sigaction action = { .sa_sigaction = handle_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  Walk walk = { NULL };

  if (handler.installed)
    oma_crash_handler_uninstall (handler.fd);
  /* The unwinder allocates the first time, if ever. */
  _Unwind_Backtrace (visit_frame, &walk);
  get_extent (oma_crash_handler_install, &handler.start, &handler.end);
  handler.fd = fd;
  handler.process = getpid ();
  handler.installed = TRUE;
  provide_stack ();
  sigfillset (&action.sa_mask);
  sigdelset (&action.sa_mask, SIGALRM);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &action, &handler.before[i]);
}

/**
 * oma_crash_handler_uninstall:
 * @fd: a record
 *
 * Undoes oma_crash_handler_install() for @fd, and forgets what was watched.
 */
void
oma_crash_handler_uninstall (int fd)
{
  if (!handler.installed || handler.fd != fd)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &handler.before[i], NULL);
  sigaltstack (&handler.stack_before, NULL);
  memset (&handler, 0, sizeof handler);
}

/**
 * oma_crash_handler_begin_load:
 * @watch: (transfer none): a plugin that is about to be loaded; must live until
 *   oma_crash_handler_uninstall()
 *
 * Until oma_crash_handler_end_load() crashes that nobody else is at fault for are this plugin's.
 */
void
oma_crash_handler_begin_load (OmaCrashWatch *watch)
{
  g_atomic_pointer_set (&handler.loading, watch);
}

/**
 * oma_crash_handler_end_load:
 * @watch: what oma_crash_handler_begin_load() got
 * @address: (nullable): in the plugin's code, or %NULL when it was not loaded
 *
 * Watches the plugin's code.  It must not be unloaded any more.
 */
void
oma_crash_handler_end_load (OmaCrashWatch *watch, gconstpointer address)
{
  g_atomic_pointer_set (&handler.loading, NULL);
  if (address == NULL || !handler.installed)
    return;
  g_return_if_fail (handler.n_watched < MAX_WATCHED);
  get_extent (address, &watch->start, &watch->end);
  handler.watched[handler.n_watched] = watch;
  g_atomic_int_inc (&handler.n_watched);
}
