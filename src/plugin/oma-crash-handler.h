/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A line of the record of crashes, see OmaCrashRecord: "COUNT TIME SIGNAL " before what is known of
 * the plugin beforehand. */
#define OMA_CRASH_LINE 512
#define OMA_CRASH_TAIL (OMA_CRASH_LINE - 64)

/* Crashes that lie further apart, in seconds, have nothing to do with each other.  Our choice: a
 * day, for a plugin that does not get through a session must be found out though sessions are rare. */
#define OMA_CRASH_MEMORY (24 * 60 * 60)

/**
 * OmaCrashWatch:
 * @name: of the plugin
 * @tail: the end of its line
 * @offset: where its line stands in the record
 * @count: how often it took the daemon down
 * @last: when it did last, seconds since the epoch
 * @start: (private): its code
 * @end: (private): behind it
 *
 * A plugin, as the handler of signals needs to know it: nothing that has to be looked up or allocated
 * when it is too late.
 */
typedef struct {
  char     name[256];
  char     tail[OMA_CRASH_TAIL];
  gint64   offset;
  guint    count;
  gint64   last;
  guintptr start;
  guintptr end;
} OmaCrashWatch;

void oma_crash_handler_install   (int fd);
void oma_crash_handler_uninstall (int fd);
void oma_crash_handler_begin_load (OmaCrashWatch *watch);
void oma_crash_handler_end_load  (OmaCrashWatch *watch, gconstpointer address);

G_END_DECLS
