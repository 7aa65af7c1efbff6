/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-handler-flags.h"
#include "base/oma-node-list.h"
#include "base/oma-node-ref.h"
#include "base/oma-value.h"
#include "tree/oma-schema.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaNodeOps:
 *
 * What serves a mounted subtree that is not the store's: the plugin loader implements it.
 * Each operation ends with one g_task_return_*() on @task: list returns a GStrv of decoded
 * names, read an #OmaNodeList, get an #OmaValue, all others a boolean.  Operations that the
 * node's handler lacks return %OMA_STATUS_NOT_SUPPORTED, but list, which then returns no
 * names.  The caller owns all arguments: who returns later takes a reference to @task.
 *
 * @transaction is what begin gave for the unit of work.  Where has_transactions is %FALSE,
 * write operations act at once and validate, commit and roll_back are not called.
 *
 * get_flags (nullable) says how far changes of a node can be taken back.  get_undo_data
 * (nullable), called after validate, gives (transfer full) (nullable) what the plugin will need
 * to undo the commit after the daemon died, when @transaction is no more; undo (nullable) then
 * does it, and must be good to call twice.  confirm (nullable) tells that a commit that was
 * provisional holds; roll_back comes in its place when it does not.
 *
 * exists (nullable) says whether the node has a child of that decoded name, which the schema
 * allows; it is used in the place of list where has_exists says so.  has_read (nullable) says whether read
 * is offered of a node, so that it need not be tried.
 */
typedef struct {
  OmaHandlerFlags (*get_flags) (gpointer self, const OmaSchemaNode *schema);
  gboolean (*has_transactions) (gpointer self);
  gpointer (*begin)     (gpointer self);
  void     (*end)       (gpointer self, gpointer transaction);
  void     (*list)      (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, GTask *task);
  gboolean (*has_exists) (gpointer self, const OmaSchemaNode *schema);
  void     (*exists)    (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, const char *name,
                         GTask *task);
  gboolean (*has_read)  (gpointer self, const OmaSchemaNode *schema);
  void     (*read)      (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, GTask *task);
  void     (*get)       (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, GTask *task);
  void     (*add)       (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, OmaValue *value,
                         gpointer transaction, GTask *task);
  void     (*replace)   (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, OmaValue *value,
                         gpointer transaction, GTask *task);
  void     (*remove)    (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, gpointer transaction,
                         GTask *task);
  void     (*exec)      (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, OmaValue *argument,
                         const char *correlator, GTask *task);
  void     (*copy)      (gpointer self, const OmaNodeRef *source, const OmaNodeRef *target,
                         const OmaSchemaNode *schema, gpointer transaction, GTask *task);
  void     (*rename)    (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, const char *new_name,
                         gpointer transaction, GTask *task);
  void     (*validate)  (gpointer self, gpointer transaction, GTask *task);
  void     (*commit)    (gpointer self, gpointer transaction, GTask *task);
  void     (*roll_back) (gpointer self, gpointer transaction, GTask *task);
  GBytes  *(*get_undo_data) (gpointer self, gpointer transaction);
  void     (*undo)      (gpointer self, GBytes *data, GTask *task);
  void     (*confirm)   (gpointer self, gpointer transaction, GTask *task);
} OmaNodeOps;

G_END_DECLS
