/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-node-list.h"

G_BEGIN_DECLS

/**
 * OmaUnitState:
 * @OMA_UNIT_OPEN: begun, and not through yet
 * @OMA_UNIT_PROVISIONAL: committed; it counts only when the next message of its session got through
 * @OMA_UNIT_UNDO_FAILED: it was to be undone, and not everything could be
 *
 * Where a unit of work of the journal stands.  One that is through is not in the journal; all
 * others are undone when the daemon starts.
 */
typedef enum {
  OMA_UNIT_OPEN,
  OMA_UNIT_PROVISIONAL,
  OMA_UNIT_UNDO_FAILED,
} OmaUnitState;

/**
 * OmaImageKind:
 * @OMA_IMAGE_ADD: the node was not there
 * @OMA_IMAGE_REPLACE: the leaf held what @before says
 * @OMA_IMAGE_REMOVE: the node and what was below it were as @before says
 * @OMA_IMAGE_RENAME: the node at @target had the name that @uri says
 * @OMA_IMAGE_EXEC: the node was executed; nothing undoes that
 * @OMA_IMAGE_TRANSACTION: the plugin can undo all its part by what @data says
 *
 * What is about to happen.
 */
typedef enum {
  OMA_IMAGE_ADD,
  OMA_IMAGE_REPLACE,
  OMA_IMAGE_REMOVE,
  OMA_IMAGE_RENAME,
  OMA_IMAGE_EXEC,
  OMA_IMAGE_TRANSACTION,
} OmaImageKind;

/**
 * OmaImageFate:
 * @OMA_IMAGE_PENDING: it is not undone
 * @OMA_IMAGE_UNDONE: it is as it was
 * @OMA_IMAGE_LEFT: somebody else has changed it since
 * @OMA_IMAGE_EXECUTED: an Exec, which may have run
 *
 * What became of a change when its unit of work was undone.  All but the first are through.
 */
typedef enum {
  OMA_IMAGE_PENDING,
  OMA_IMAGE_UNDONE,
  OMA_IMAGE_LEFT,
  OMA_IMAGE_EXECUTED,
} OmaImageFate;

/**
 * OmaImage:
 * @kind: what is about to happen
 * @irreversible: what was there is not known, or cannot be written back
 * @undone: whether and how it has been undone
 * @secret: @before holds values that nobody may read: they are kept as those of the nodes are
 * @mount: canonical URI of the root of the subtree, which says who serves it; "." when the tree
 *   itself holds the node
 * @uri: (nullable): canonical URI of the node, where the tree holds it also with "?prop=ACL" or
 *   "?prop=Title"
 * @target: (nullable): of %OMA_IMAGE_RENAME: its URI under the new name
 * @before: (nullable): what was there: the node itself is "", the others are relative to it
 * @after: (nullable): digest of the value that the node is given, see oma_image_digest(): by it
 *   one knows whether somebody else has changed the node since
 * @data: (nullable): of %OMA_IMAGE_TRANSACTION; of a node that the tree holds, ServerID of the server
 *   that had set it
 *
 * A before-image: what one call of a unit of work changes, and how it was.
 */
typedef struct {
  OmaImageKind kind;
  gboolean     irreversible;
  OmaImageFate undone;
  gboolean     secret;
  char        *mount;
  char        *uri;
  char        *target;
  OmaNodeList *before;
  GBytes      *after;
  GBytes      *data;
} OmaImage;

/**
 * OmaUnitRecord:
 * @id: identifies the unit of work, greater than 0, never used again
 * @state: where it stands
 * @server_id: (nullable): in whose name, %NULL for the device or its administrator
 * @history_id: the session that it belongs to, 0 for none
 * @time: when it began, seconds since the epoch
 * @attempts: how often its undoing has failed
 * @error: (nullable): why the last time
 * @images: (element-type OmaImage): in the order in which they were to happen
 *
 * A unit of work as the journal keeps it.
 */
typedef struct {
  gint64       id;
  OmaUnitState state;
  char        *server_id;
  gint64       history_id;
  gint64       time;
  guint        attempts;
  char        *error;
  GPtrArray   *images;
} OmaUnitRecord;

OmaImage      *oma_image_new        (OmaImageKind kind, const char *mount, const char *uri);
OmaImage      *oma_image_copy       (const OmaImage *image);
gboolean       oma_image_equal      (const OmaImage *a, const OmaImage *b);
void           oma_image_free       (OmaImage *image);
GBytes        *oma_image_digest     (const OmaValue *value);

OmaUnitRecord *oma_unit_record_new  (gint64 id);
OmaUnitRecord *oma_unit_record_copy (const OmaUnitRecord *record);
void           oma_unit_record_free (OmaUnitRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaImage, oma_image_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaUnitRecord, oma_unit_record_free)

G_END_DECLS
