/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-object-query.h"
#include "session/oma-objects.h"

G_BEGIN_DECLS

struct _OmaObjects {
  int          ref_count;
  OmaExecutor *executor;
  OmaPrincipal principal;
  char        *server_id;   /* (nullable) */
  char       **moids;       /* (nullable) */
  OmaWork     *work;        /* (nullable): of its owner */
  OmaSpoolFunc spool;       /* (nullable) */
  gpointer     spool_data;
  gint64       note_id;
  guint        note_count;
};

OmaObjects *oma_objects_ref   (OmaObjects *objects);
void        oma_objects_unref (OmaObjects *objects);

/**
 * OmaObjectsRun:
 * @objects: in whose name
 * @work: the unit of work
 * @owns_work: which ends with the task
 * @operation: the one that is under way
 * @query: what it seeks
 *
 * What each task of OmaObjects has, first in its data.
 */
typedef struct {
  OmaObjects    *objects;
  OmaWork       *work;
  gboolean       owns_work;
  OmaOperation   operation;
  OmaObjectQuery query;
} OmaObjectsRun;

void oma_objects_run_init  (OmaObjectsRun *run, OmaObjects *objects, gboolean own_work);
void oma_objects_run_clear (OmaObjectsRun *run);
void oma_objects_run_seek  (OmaObjectsRun *run, const OmaClientUri *uri, gboolean for_creation);
void oma_objects_run_fail  (OmaObjectsRun *run, GTask *task);

G_END_DECLS
