/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "oma-check-device.h"
#include "oma-check-values.h"

G_BEGIN_DECLS

/**
 * OmaCheckSay:
 * @kind: what is said: "begin" (@message: number of the operation), "problem", "note", "cut" (@message: number of an
 *   operation that is to be cut off by a shutdown, for its handler), "ran", "lost"
 * @uri: the node, "" for none
 * @operation: what is tried, "" for nothing
 * @trial: how
 * @message: what there is to say
 *
 * Takes what a run has to say, at once: the run may crash.
 */
typedef void (*OmaCheckSay) (const char *kind, const char *uri, const char *operation, const char *trial,
                             const char *message, gpointer user_data);

/**
 * OmaCheckRun:
 * @device: the plugin is there
 * @values: what to write
 * @say: what there is to say
 * @say_data: for @say
 * @nodes: (element-type OmaPluginNode): those of the DDF
 * @by_schema: OmaSchemaNode -> OmaPluginNode
 * @targets: (element-type OmaCheckTarget): operations on nodes that are there
 * @image: (nullable): what is there: URI -> text
 * @healthy: nothing is made to go wrong
 * @fault: what goes wrong with a call while something is tried
 * @fault_at: with which call, counted from 1
 * @calls: how many calls the last operation made
 * @unanswered: for how many of them there was no answer
 * @lost: an operation has not returned: nothing more can be tried in this process
 * @cancellable: (nullable): ends what is tried
 * @uri: of the node that is tried
 * @operation: that is tried
 * @trial: what is tried with it
 *
 * All operations of all handlers of a plugin, one after the other.
 */
typedef struct {
  OmaCheckDevice *device;
  OmaCheckValues *values;
  OmaCheckSay     say;
  gpointer        say_data;
  GPtrArray      *nodes;
  GHashTable     *by_schema;
  GPtrArray      *targets;
  GHashTable     *image;
  gboolean        healthy;
  OmaCheckFault   fault;
  guint           fault_at;
  guint           calls;
  guint           unanswered;
  guint           dropped;
  gboolean        lost;
  GCancellable   *cancellable;
  const char     *uri;
  const char     *operation;
  const char     *trial;
} OmaCheckRun;

typedef enum {
  OMA_CHECK_LIST,
  OMA_CHECK_EXISTS,
  OMA_CHECK_GET,
  OMA_CHECK_READ,
  OMA_CHECK_REPLACE,
  OMA_CHECK_ADD,
  OMA_CHECK_REMOVE,
  OMA_CHECK_RENAME,
  OMA_CHECK_COPY,
  OMA_CHECK_EXEC,
} OmaCheckKind;

/* An operation on a node. */
typedef struct {
  char                *uri;
  const OmaPluginNode *node;
  OmaCheckKind         kind;
} OmaCheckTarget;

OmaCheckRun *oma_check_run_new      (OmaCheckDevice *device, OmaCheckValues *values, OmaCheckSay say,
                                     gpointer say_data);
void         oma_check_run_free     (OmaCheckRun *run);
void         oma_check_run_all      (OmaCheckRun *run, guint first);
void         oma_check_run_services (OmaCheckRun *run);
void         oma_check_run_cut_off  (OmaCheckRun *run, guint index);

/* oma-check-nodes.c */
void         oma_check_find_targets (OmaCheckRun *run);
void         oma_check_target_free  (OmaCheckTarget *target);
const char  *oma_check_kind_to_string (OmaCheckKind kind);
GHashTable  *oma_check_take_image   (OmaCheckRun *run);
char        *oma_check_compare_images (GHashTable *before, GHashTable *after);
const OmaPluginNode *oma_check_find_node (OmaCheckRun *run, const OmaSchemaNode *schema);
char        *oma_check_join         (const char *uri, const char *name);
void         oma_check_check_description (OmaCheckRun *run);

/* oma-check-read.c */
gboolean     oma_check_read         (OmaCheckRun *run, const OmaCheckTarget *target);

/* oma-check-write.c */
gboolean     oma_check_is_write     (OmaCheckKind kind);
void         oma_check_write        (OmaCheckRun *run, const OmaCheckTarget *target);
void         oma_check_write_and_forget (OmaCheckRun *run, const OmaCheckTarget *target);
gboolean     oma_check_write_and_undo (OmaCheckRun *run, const OmaCheckTarget *target);

/* oma-check-run.c */
void         oma_check_tell         (OmaCheckRun *run, gboolean note, const char *format, ...) G_GNUC_PRINTF (3, 4);
void         oma_check_tell_error   (OmaCheckRun *run, gboolean guessed, const OmaOperation *operation);
void         oma_check_await_return (OmaCheckRun *run);
void         oma_check_arm          (OmaCheckRun *run);
void         oma_check_disarm       (OmaCheckRun *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCheckRun, oma_check_run_free)

G_END_DECLS
