/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a unit of work goes on, step by step (pk-change.c, pk-validate.c, pk-commit.c).
 *
 * What is written is noted; validate asks PackageKit what would come of it, fetches what doing it and
 * undoing it needs, and refuses what could not be undone; commit does it.  What undoes it, in roll_back or after a
 * restart in undo, is a list of what was there before, and good to go through twice. */
#pragma once

#include "pk-private.h"

G_BEGIN_DECLS

#define PK_UNDO_TYPE "a(ssss)"     /* what, name, key, before */

typedef enum {
  PK_INTENT_SET,
  PK_INTENT_REMOVE,
  PK_INTENT_REPOSITORY,
} PkIntentKind;

typedef struct {
  PkIntentKind kind;
  PkStore   *store;
  char      *name;     /* of the group or repository */
  char      *key;
  char      *value;
} PkIntent;

struct _PkChange {
  int        ref_count;      /* the transaction's, and those of walks */
  Pk        *pk;
  GPtrArray *intents;
  GPtrArray *installs;       /* names of packages */
  GPtrArray *uninstalls;     /* names of nodes */
  GPtrArray *files;          /* of the spool, removed at the end */
  GPtrArray *afters;         /* functions */

  GStrv      install_ids;
  GStrv      remove_ids;
  GVariant  *undo;           /* what was there */
  gboolean   began;          /* to commit */
  gboolean   committing;
  GCancellable *patience;    /* of who waits for the commit */
  GTask     *roll_back;      /* (nullable): waits for the end of the commit */
};

/* A walk through the steps of a phase; frees itself with the last. */
typedef struct {
  Pk       *pk;
  PkChange *change;          /* (nullable): not of an undo after a restart */
  OmaPluginTransaction *transaction;
  GTask    *task;
  GVariant *undo;
  gssize    next;            /* repository or entry of the undo data */
  gboolean  repaired;
  gboolean  commits;
  GVariantBuilder *builder;  /* of the undo data */
} PkWalk;

typedef void (*PkWalkThen) (PkWalk *walk, PkResult *result, const GError *error);

void      pk_change_unref    (PkChange *change);

PkWalk   *pk_walk_new        (Pk *pk, OmaPluginTransaction *transaction, GTask *task);
void      pk_walk_end        (PkWalk *walk, GError *error);
void      pk_walk_refuse     (PkWalk *walk, OmaStatus status, const char *format, const char *name);
void      pk_walk_ask        (PkWalk *walk, const char *method, GVariant *parameters, gboolean changes,
                              PkWalkThen then);
GVariant *pk_walk_make_ids   (GStrv ids);
void      pk_walk_add_undo   (PkWalk *walk, const char *what, const char *name, const char *key, const char *before);
void      pk_walk_undo       (Pk *pk, PkChange *change, GTask *task);

G_END_DECLS
