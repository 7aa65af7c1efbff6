/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-tnds.h"
#include "session/oma-call.h"

G_BEGIN_DECLS

/* Returns TRUE when it is done, FALSE with @error when it failed, FALSE without one when it
 * needs an answer that it has asked for. */
typedef gboolean (*OmaJobRun) (OmaJob *job, GError **error);

typedef enum {
  OMA_JOB_RUNNING,
  OMA_JOB_UNDOING,
  OMA_JOB_OVER,
} OmaJobPhase;

/**
 * OmaJob:
 *
 * One operation, commit, roll back or the like under way.
 *
 * The rules of the tree are plain straight-line code (oma-operation.c).  When they need what
 * only a plugin knows, they ask the job.  If the answer is not here yet the run ends without
 * a result, the job makes the calls and runs the rules again from the start, now with the
 * answers at hand.  So the same lines decide for a stored node and for one of a plugin, each
 * run looks everything up afresh (the tree may have changed while a plugin worked), and what
 * a run staged in the change before it stopped is taken back before the next one.
 * Each call is made once, however many runs ask for it.
 */
struct _OmaJob {
  int           ref_count;
  OmaWork      *work;
  OmaOperation *operation;     /* NULL of what is about all of the unit */
  OmaJobRun     run;
  gboolean      immediate;     /* there can be no second run: fail where one would wait */
  gboolean      waits;         /* this run stopped for an answer or for other units of work */
  gboolean      wants_lock;    /* the latter */
  gboolean      wrote;         /* the store was asked */
  gboolean      marked;
  gpointer      mark;          /* where the change stood when the job began */
  OmaStatus     success;       /* the status if nothing fails */
  gboolean      is_compound;   /* the operation writes many nodes: all or none */
  gboolean      rehearses;     /* what it would have plugins do is only noted */
  guint         n_rehearsed;   /* calls that were only noted */
  struct _OmaDocument *document;   /* (nullable): what a compound operation goes on with after each answer */

  OmaJobPhase   phase;
  GTask        *task;
  GCancellable *cancellable;   /* of this job's calls */
  GHashTable   *calls;         /* what is asked -> OmaCall */
  GQueue        queued;        /* (element-type OmaCall): asked for, not started */
  guint         outstanding;
  guint         generation;    /* answers to an older one come too late */
  GPtrArray    *acted;         /* (element-type OmaCall): what plugins did at once */
  GPtrArray    *staged;        /* (element-type OmaCall): what plugins noted */
  GPtrArray    *notes;         /* (nullable) (element-type OmaImage): what the plugins noted, for the journal */
  gboolean      has_notes;     /* there were some */
  guint         salt;          /* of calls that are asked for now */
  struct _OmaUndo *undo;       /* (nullable): how far it is undone */
  guint         undo_failures;
  GError       *error;         /* why it failed, while it is undone */
  GSource      *timer;
  GSource      *cancel_source;
  OmaCall      *exec;          /* (nullable): an Exec that is under way */
  OmaCall      *due_exec;      /* (nullable): one that begins once it is noted that it goes on behind its answer */
  gboolean      accepting;     /* it goes on; that is being noted */
};

void         oma_job_init        (OmaJob *job, OmaWork *work, OmaOperation *operation, OmaJobRun run);
OmaJob      *oma_job_new         (OmaWork *work, OmaOperation *operation, OmaJobRun run, GTask *task);
void         oma_job_unref       (OmaJob *job);
void         oma_job_start       (OmaJob *job);
void         oma_job_abandon     (OmaJob *job);

void         oma_job_begin_write (OmaJob *job);
gboolean     oma_job_lock        (OmaJob *job, gconstpointer subtree, OmaLockMode mode);
void         oma_job_roll_back_to_mark (OmaJob *job);
const char *const *oma_job_list  (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                                  GError **error);
gboolean           oma_job_can_ask_for_child (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref,
                                              const OmaSchemaNode *schema);
gboolean           oma_job_has_child (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                                      const OmaNodeRef *child, gboolean *exists, GError **error);
OmaValue    *oma_job_get         (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                                  GError **error);
OmaNodeList *oma_job_read        (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                                  GError **error);
gboolean     oma_job_call        (OmaJob *job, OmaCall *call, GError **error);
OmaCall     *oma_job_ask         (OmaJob *job, OmaCall *call);
gboolean     oma_job_knows       (const OmaJob *job, const OmaCall *call);

/* oma-settle.c */
gboolean     oma_job_journal_call (OmaJob *job, OmaCall *call, GError **error);
gboolean     oma_job_settle      (OmaJob *job, gboolean with_store, GError **error);
gboolean     oma_job_apply       (OmaJob *job, GError **error);
gboolean     oma_job_roll_back_participant (OmaJob *job, OmaParticipant *participant, GError **error);

void         oma_work_job_over   (OmaJob *job);

G_END_DECLS
