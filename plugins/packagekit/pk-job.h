/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job document of EnterpriseDesktopAppManagement (MsiInstallJob), as far as it means something here.  Pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *id;           /* "" when there is none */
  char *version;
  char *url;          /* the first that can be used */
  char *sha256;       /* "" when nothing is said */
  guint timeout;      /* minutes, 0: none */
  guint n_retries;
  guint pause;        /* minutes between them */
} PkJob;

void   pk_job_free  (PkJob *job);
PkJob *pk_job_parse (const char *text, gsize length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkJob, pk_job_free)

G_END_DECLS
