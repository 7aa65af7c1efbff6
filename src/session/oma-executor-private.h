/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-access.h"
#include "session/oma-executor.h"
#include "session/oma-lock.h"
#include "session/oma-provisional.h"

G_BEGIN_DECLS

typedef struct _OmaJob OmaJob;
typedef struct _OmaJournal OmaJournal;

/* What a unit of work noted with a plugin that has transactions and that no list or get of
 * the plugin shows yet. */
typedef struct {
  gboolean  present;   /* added or replaced, else deleted */
  gboolean  fresh;     /* added: the plugin knows nothing below it */
  OmaValue *value;     /* of a leaf that is present */
} OmaIntent;

struct _OmaExecutor {
  OmaTree *tree;
  OmaAliasFunc alias_func;      /* (nullable) */
  gpointer alias_data;
  guint    operation_timeout;   /* seconds */
  guint    turn_timeout;        /* seconds */
  OmaLockTable locks;           /* which unit of work does what where */
  gboolean *alive;              /* shared with works, which may be outlived by a plugin's answer */
  guint    exec_timeout;        /* seconds, 0: that of other operations, and no 202 */
  GQueue   late;                /* (element-type OmaLateExec): not owned */
  OmaExecAcceptFunc late_accept;
  OmaExecEndFunc    late_end;
  OmaExecHandOverFunc late_hand_over;
  gpointer          late_data;
  OmaUnitFunc       unit_func;  /* (nullable) */
  gpointer          unit_data;
  OmaTurnFunc       turn_func;  /* (nullable) */
  gpointer          turn_data;
  gboolean          journal_full;
  GPtrArray        *provisional; /* of oma-provisional.c: units of work that wait for their servers */
  GArray           *unended;     /* (element-type gint64): confirmed ones that the journal still has */
  GSource          *end_timer;   /* (nullable): of the next attempt to tell it */
  guint             end_wait;    /* seconds */
};

struct _OmaWork {
  int          ref_count;
  OmaExecutor *executor;
  gboolean    *executor_alive;
  OmaRights    rights;
  OmaLockOwner locks;           /* what it does where, until it ends */
  OmaChange   *change;          /* made by the first write operation */
  OmaJob      *job;             /* what is under way */
  GPtrArray   *participants;    /* (element-type OmaParticipant) */
  GPtrArray   *settled;         /* (element-type OmaParticipant): those that committed a part of it */
  GPtrArray   *acted;           /* (element-type OmaCall): what plugins did at once, to undo it */
  GPtrArray   *staged;          /* (element-type OmaCall): what was only noted, in order */
  GPtrArray   *late;            /* (element-type OmaCall): what plugins may still do although their time is over */
  OmaJournal  *journal;
  GHashTable  *intents;         /* canonical URI -> OmaIntent */
  GArray      *lasting_ids;     /* (element-type guint): operations that the last roll back did not undo */
  gboolean     atomic;
  gboolean     upsert;
  gboolean     tell_inherited_acl;
  gint64       note_id;         /* 0: none */
  guint        note_count;
  gboolean     rehearsal;       /* plugins are not called if that could not be taken back */
  gboolean     held_back;       /* one of them would have been */
  gboolean     finds_by_moid;
  OmaProvisional *provisional;  /* (nullable): who waits for the server after its commit */
  gboolean     cuts_off;        /* a plugin did what may cut the machine off from its server */
  gboolean     failed;          /* an operation of an atomic unit failed */
  gboolean     lasting;         /* what an operation that failed did could not be undone */
  gboolean     unresolved;      /* some of what is in acted belongs to these */
  gboolean     closed;          /* its owner is through with it */
};

typedef struct _OmaCall OmaCall;

OmaWork  *oma_work_ref                (OmaWork *work);
void      oma_work_unref              (OmaWork *work);
void      oma_work_note_call          (OmaWork *work, const OmaCall *call);
GHashTable *oma_work_make_intents     (void);
GHashTable *oma_work_copy_intents     (const OmaWork *work);
gboolean  oma_work_has_rows           (const OmaWork *work);

G_END_DECLS
