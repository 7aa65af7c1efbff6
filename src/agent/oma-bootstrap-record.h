/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaBootstrapRecord:
 *
 * Which bootstrap documents were used at a start of the daemon, as digests of them.
 */
typedef struct _OmaBootstrapRecord OmaBootstrapRecord;

OmaBootstrapRecord *oma_bootstrap_record_open (const char *state_dir);
void                oma_bootstrap_record_free (OmaBootstrapRecord *record);
gboolean            oma_bootstrap_record_has  (OmaBootstrapRecord *record, const char *digest);
void                oma_bootstrap_record_keep (OmaBootstrapRecord *record, const char *digest);
gboolean            oma_bootstrap_record_save (OmaBootstrapRecord *record, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaBootstrapRecord, oma_bootstrap_record_free)

G_END_DECLS
