/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What takes long: one after the other, written down before it is accepted, found again after a restart of the daemon
 * or of PackageKit, and told of once. */
#pragma once

#include "pk-package.h"

#include <omadm/omadm.h>

G_BEGIN_DECLS

typedef enum {
  PK_DOWNLOAD,           /* what PkgURL names, into the cache of APT or the spool */
  PK_DOWNLOAD_INSTALL,
  PK_INSTALL,            /* what was delivered */
  PK_REMOVE,
  PK_UPDATE,             /* one package */
  PK_ACTIVATE,           /* what is installed is active */
  PK_DISCARD,            /* what was delivered */
  PK_JOB,                /* of EnterpriseDesktopAppManagement */
  PK_SCAN,
  PK_UPDATE_ALL,
} PkKind;

typedef enum {
  PK_PHASE_QUEUED,
  PK_PHASE_DOWNLOADING,
  PK_PHASE_DOWNLOADED,
  PK_PHASE_CHANGING,
  PK_PHASE_RETRYING,
} PkPhase;

typedef struct _PkQueue PkQueue;

/**
 * PkOperation:
 *
 * One of them.  What is not marked lasts over a restart.
 */
typedef struct {
  char    *group;          /* where it is kept */
  PkKind   kind;
  PkPhase  phase;
  char    *node;           /* (nullable): of the Exec, from the root of the tree; NULL: the policy began it */
  char    *correlator;     /* (nullable) */
  char    *subject;        /* what the door calls it */
  char    *url;            /* where the package is: apt:, http:, https: */
  char    *sha256;         /* what it must be, "" when nothing is said */
  char    *name;           /* the package, once it is known */
  char    *version;
  char    *arch;
  guint    tries;          /* how often it was begun */
  guint    interrupted;    /* how often the daemon ended meanwhile */
  guint    max_tries;
  guint    pause;          /* seconds between them */
  guint    timeout;        /* seconds until it is given up, 0: none */
  gboolean security_only;
  gboolean foreign;        /* of another environment than this one */

  /* not kept */
  char    *file;           /* in the spool */
  char    *digest;
  char    *installed_id;   /* (nullable): of the package as it is installed */
  char    *candidate_id;   /* (nullable): as it can be had */
  guint    percentage;
  guint    n_done;         /* packages changed */
} PkOperation;

PkQueue     *pk_queue_new     (gpointer self);
void         pk_queue_free    (PkQueue *queue);
void         pk_queue_resume  (PkQueue *queue);
PkOperation *pk_queue_find    (PkQueue *queue, const char *prefix, const char *subject);
gboolean     pk_queue_is_busy (PkQueue *queue);

PkOperation *pk_operation_new (PkKind kind, const char *node, const char *correlator, const char *subject);
void         pk_queue_accept  (PkQueue *queue, PkOperation *operation, GTask *task);
void         pk_queue_add     (PkQueue *queue, PkOperation *operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkQueue, pk_queue_free)

G_END_DECLS
