/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-change.h"
#include "tree/oma-node-private.h"

#include <obstack.h>

G_BEGIN_DECLS

typedef enum {
  OMA_CHANGE_LOG_STAGED,    /* a node was staged */
  OMA_CHANGE_LOG_EDITED,    /* what was staged of a node became something else */
  OMA_CHANGE_LOG_TOUCHED,   /* a plugin changed a node */
  OMA_CHANGE_LOG_FORGOT,    /* the rights of a server went */
} OmaChangeLogKind;

/* What was done, newest first; undone in that order. */
typedef struct _OmaChangeLog OmaChangeLog;
struct _OmaChangeLog {
  OmaChangeLog    *older;
  OmaChangeLogKind kind;
  OmaStaged       *staged;
  OmaNode         *alias;     /* (nullable): made by this step */
  union {
    OmaNodeState   before;    /* of EDITED */
    OmaTreeEvent   event;     /* of TOUCHED */
    const char    *server_id; /* of FORGOT */
  };
};

struct _OmaChange {
  OmaTree        *tree;
  GQuark          owner;       /* who sets values; 0 unless it is a server */
  gint64          now;
  OmaChangeLog   *log;
  GPtrArray      *touched;     /* (element-type OmaStaged) in the order of staging */
  struct obstack  memory;      /* of log and staged nodes */
  gpointer        memory_start;
  GArray         *extra_ops;   /* (nullable) (element-type OmaStoreOp): what the next commit writes too */
  gboolean        committing;
  gboolean        freed;       /* while committing */
};

/* Steps of the operations.  One that fails may leave some behind: roll back to a mark. */
OmaChangeLog *oma_change_log_step       (OmaChange *change, OmaChangeLogKind kind, OmaStaged *staged);
OmaNodeState *oma_change_edit           (OmaChange *change, OmaNode *node, GError **error);
OmaNode      *oma_change_insert         (OmaChange *change, OmaNode *parent, const char *name, gsize length,
                                         const OmaSchemaNode *schema, OmaMount *mount);
gboolean      oma_change_stage_deletion (OmaChange *change, OmaNode *node, GError **error);
gboolean      oma_change_set_properties (OmaChange *change, OmaNode *node, OmaAcl *acl, const char *title,
                                         GError **error);
void          oma_change_stage_row      (OmaChange *change, OmaNode *node);
void          oma_change_end            (OmaChange *change);

G_END_DECLS
