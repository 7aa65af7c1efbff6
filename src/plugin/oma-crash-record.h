/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include <sys/stat.h>

G_BEGIN_DECLS

/* So often a plugin may take the daemon down before it is left out, see OMA_CRASH_MEMORY. */
#define OMA_MAX_CRASHES 3

/**
 * OmaCrashRecord:
 *
 * Which plugins took the daemon down, and how often, in a file that is there in full before anything
 * happens: lines of 512 octets, filled up with NUL, the first of which tells the version.  While it
 * lives crashes are counted, see oma_crash_handler_install(); there can be one at a time.
 */
typedef struct _OmaCrashRecord OmaCrashRecord;

/* What the record knows of a plugin. */
typedef struct _OmaCrashEntry OmaCrashEntry;

GBytes         *oma_crash_record_make_empty (void);
OmaCrashRecord *oma_crash_record_new        (int fd, GError **error);
void            oma_crash_record_free       (OmaCrashRecord *record);
OmaCrashEntry  *oma_crash_record_find       (OmaCrashRecord *record, const char *plugin, const struct stat *file);
gboolean        oma_crash_record_reset      (OmaCrashRecord *record, const char *plugin, GError **error);

guint           oma_crash_entry_get_count   (const OmaCrashEntry *entry);
gint64          oma_crash_entry_get_last    (const OmaCrashEntry *entry);
int             oma_crash_entry_get_signal  (const OmaCrashEntry *entry);
char           *oma_crash_entry_describe    (const OmaCrashEntry *entry);
void            oma_crash_entry_begin_load  (OmaCrashEntry *entry);
void            oma_crash_entry_end_load    (OmaCrashEntry *entry, gconstpointer address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCrashRecord, oma_crash_record_free)

G_END_DECLS
