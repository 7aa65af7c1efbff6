/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Octets of a large value that are looked at in one go. */
#define OMA_OCTETS_WINDOW (256 * 1024)

/**
 * OmaOctets:
 *
 * The octets of a large value, with a NUL behind them.  They are mapped: out of a file where
 * there is one, so that they cost no memory while nobody looks at them.  Immutable and
 * reference counted; shared between threads.
 */
typedef struct _OmaOctets OmaOctets;

OmaOctets  *oma_octets_new_copy (gconstpointer data, gsize size);
OmaOctets  *oma_octets_new_fd   (int fd, gsize size, GError **error);
OmaOctets  *oma_octets_ref      (OmaOctets *octets);
void        oma_octets_unref    (OmaOctets *octets);
const char *oma_octets_get_data (const OmaOctets *octets);
void        oma_octets_release  (const OmaOctets *octets, gsize offset, gsize size);
int         oma_octets_dup_fd   (OmaOctets *octets);
gboolean    oma_octets_link     (OmaOctets *octets, const char *path);
gboolean    oma_octets_settle   (OmaOctets *octets, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaOctets, oma_octets_unref)

G_END_DECLS
