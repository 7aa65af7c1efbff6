/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Preloaded into a program whose memory is watched: whoever writes a line to the FIFO that OMADM_SOAK_HEAP names finds,
 * in the file of that name and ".octets", how many octets of the heap are in use, after what is free went back to the
 * system.  The thread that waits holds no descriptor and takes no signal. */

static void
report (const char *path)
{
  struct mallinfo2 info;
  char name[512];
  FILE *file;

  malloc_trim (0);
  info = mallinfo2 ();
  snprintf (name, sizeof name, "%s.octets", path);
  file = fopen (name, "w");
  if (file == NULL)
    return;
  fprintf (file, "%zu\n", info.uordblks + info.hblkhd);
  fclose (file);
}

static void *
wait_for_questions (void *path)
{
  for (;;)
    {
      FILE *fifo = fopen (path, "r");

      if (fifo == NULL)
        return NULL;
      while (fgetc (fifo) != EOF)
        ;
      fclose (fifo);
      report (path);
    }
}

static void __attribute__ ((constructor))
start (void)
{
  char *path = getenv ("OMADM_SOAK_HEAP");
  sigset_t all, before;
  pthread_t thread;

  if (path == NULL)
    return;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  if (pthread_create (&thread, NULL, wait_for_questions, path) == 0)
    pthread_detach (thread);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}
