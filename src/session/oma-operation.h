/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"
#include "session/oma-target.h"

G_BEGIN_DECLS

gboolean oma_operation_run      (OmaJob *job, GError **error);

/* The parts of it; each is an OmaJobRun. */
gboolean oma_operation_read     (OmaJob *job, GError **error);
gboolean oma_operation_write    (OmaJob *job, GError **error);
gboolean oma_operation_get_property (OmaJob *job, OmaTarget *target, GError **error);
gboolean oma_operation_set_property (OmaJob *job, OmaTarget *target, GError **error);
gboolean oma_operation_is_document (const OmaOperation *operation, const OmaTarget *target);
gboolean oma_operation_list_is_tnds (const char *list, gboolean *with_values);
gboolean oma_operation_serialize  (OmaJob *job, OmaTarget *target, const OmaNodeList *nodes, GError **error);
char    *oma_operation_dup_property (OmaJob *job, OmaTarget *target, GError **error);
gboolean oma_operation_finds      (const OmaOperation *operation);
gboolean oma_operation_find       (OmaJob *job, GError **error);
gboolean oma_operation_walk       (OmaJob *job, OmaUri *uri, gboolean all, gboolean values, OmaNodeList **nodes,
                                   gboolean *complete, GError **error);
gboolean oma_inbox_is_target       (const OmaTarget *target);
gboolean oma_operation_write_document (OmaJob *job, OmaTarget *target, GError **error);

/* What they are made of, for one node; they take value and the like from the job's operation. */
gboolean  oma_operation_add_node    (OmaJob *job, OmaTarget *target, GError **error);
gboolean  oma_operation_delete_node (OmaJob *job, const OmaTarget *target, GError **error);
gboolean  oma_operation_overwrite_leaf (OmaJob *job, OmaTarget *target, OmaValue *value, GError **error);
gboolean  oma_operation_write_leaf  (OmaJob *job, OmaTarget *target, OmaValue *value, GError **error);
gboolean  oma_operation_set_acl     (OmaJob *job, OmaTarget *target, GError **error);
gboolean  oma_operation_put_title   (OmaJob *job, OmaTarget *target, const char *title, GError **error);
OmaValue *oma_operation_take_value  (const OmaSchemaNode *schema, OmaValue *value, GError **error);
OmaValue *oma_operation_make_value  (const OmaOperation *operation, const OmaSchemaNode *schema, GError **error);

gboolean oma_operation_refuse   (OmaStatus status, const char *reason, GError **error);
char    *oma_operation_dup_text (const OmaOperation *operation, GError **error);

G_END_DECLS
