/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-executor-private.h"
#include "session/oma-followed.h"
#include "session/oma-follower.h"
#include "session/oma-notices.h"
#include "session/oma-own-changes.h"

G_BEGIN_DECLS

/* Shared by the files of the follower alone. */

/* A round begins so long after the last notice. */
#define OMA_FOLLOWER_QUIET_TIME (100 * G_TIME_SPAN_MILLISECOND)

typedef enum {
  OMA_FOLLOWER_IDLE,
  OMA_FOLLOWER_COLLECTING,
  OMA_FOLLOWER_WAITING,      /* for units of work, before it reads */
  OMA_FOLLOWER_READING,
  OMA_FOLLOWER_TURNING,      /* waits for units of work, before it writes */
  OMA_FOLLOWER_WRITING,
} OmaFollowerState;

/* Something to read in a round. */
typedef struct {
  OmaFollowed      *followed;
  char             *child;      /* (nullable): all of it */
  OmaFingerprinter *printer;    /* (nullable): of what was read */
  gboolean          failed;
} OmaFollowerRead;

struct _OmaFollower {
  guint               ref_count;
  OmaExecutor        *executor;
  OmaTree            *tree;
  OmaFollowerIdleFunc idle;
  gpointer            idle_data;
  GPtrArray          *subtrees;    /* (element-type OmaFollowed) */
  OmaNotices         *notices;
  OmaOwnChanges      *own;
  gboolean            stopped;
  OmaFollowerState    state;
  GSource            *timer;
  void              (*on_turn) (OmaFollower *self);
  gint64              deadline;    /* of the collecting */
  OmaLockOwner        locks;

  GPtrArray          *round;       /* (nullable) (element-type OmaNotice): what is looked at */
  GPtrArray          *reads;       /* (element-type OmaFollowerRead) */
  guint               next_read;
  gboolean            retry;       /* something could not be read now */
  OmaWork            *work;        /* (nullable): that reads */
  OmaOperation        operation;
  char               *read_uri;
  OmaChange          *change;      /* (nullable): that is written */
  GArray             *events;      /* (element-type OmaTreeEvent): what is told */
};

/* oma-follower.c */
OmaFollower *oma_follower_ref       (OmaFollower *self);
void         oma_follower_unref     (OmaFollower *self);
void         oma_follower_collect   (OmaFollower *self, gint64 wait);
gboolean     oma_follower_has_more  (const OmaFollower *self);
void         oma_follower_end_round (OmaFollower *self);

/* oma-follower-collect.c */
void         oma_follower_listen    (OmaFollower *self);
gboolean     oma_follower_look_up   (OmaFollower *self, const char *text, OmaUri *uri, OmaLookup *lookup);
void         oma_follower_leave_fingerprints (OmaFollower *self, const char *uri, OmaChange *change);

/* oma-follower-read.c */
void         oma_follower_begin_round (OmaFollower *self);

/* oma-follower-write.c */
void         oma_follower_compare    (OmaFollower *self);
void         oma_follower_write_last (OmaFollower *self);

G_END_DECLS
