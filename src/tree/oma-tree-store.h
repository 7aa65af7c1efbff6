/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"
#include "tree/oma-unit.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaNodeRecord:
 * @id: identifies the row; greater than 0
 * @parent_id: id of the parent, 0 for the root "."
 * @name: decoded name
 * @format: the node's format
 * @type: (nullable): MIME type of a leaf, management object identifier of an interior node, or
 *   ""; %NULL when it is that of @value, see oma_node_record_get_type()
 * @value: (nullable): the value of a leaf, %NULL for an interior node
 * @secret: the value is kept apart from the others and never leaves by a copy of the store
 * @overlay: the record holds properties of a node that a plugin serves, no value
 * @acl: (nullable): the node's own ACL
 * @title: (nullable): property Title
 * @owner: (nullable) (transfer none): ServerID of the server that set the value, %NULL for the
 *   device; it outlives the record
 * @tstamp: property TStamp, seconds since the epoch
 * @verno: property VerNo
 *
 * A node as it is stored.
 */
typedef struct {
  gint64      id;
  gint64      parent_id;
  char       *name;
  OmaFormat   format;
  char       *type;
  OmaValue   *value;
  gboolean    secret;
  gboolean    overlay;
  char       *acl;
  char       *title;
  const char *owner;
  gint64      tstamp;
  guint16     verno;
} OmaNodeRecord;

void        oma_node_record_clear    (OmaNodeRecord *record);
const char *oma_node_record_get_type (const OmaNodeRecord *record);

#define OMA_FINGERPRINT_SIZE 16

/**
 * OmaFingerprint:
 * @subtree: canonical URI of a followed node
 * @child: decoded name of a child of it; "" says that the subtree was read once
 * @known: whether @digest counts; %FALSE: an own change came over it, what is there now is taken as it is
 * @digest: of the subtree of the child
 *
 * What a subtree that a service can change by itself was like when the daemon looked last.
 */
typedef struct {
  char    *subtree;
  char    *child;
  gboolean known;
  guint8   digest[OMA_FINGERPRINT_SIZE];
} OmaFingerprint;

OmaFingerprint *oma_fingerprint_new  (const char *subtree, const char *child, const guint8 *digest);
void            oma_fingerprint_free (OmaFingerprint *fingerprint);

/**
 * OmaStoreOpKind:
 * @OMA_STORE_INSERT: a new row, every field counts
 * @OMA_STORE_SET_VALUE: format, type, value, owner, tstamp and verno of row id; secret says
 *   where the value goes.  For an overlay row the value is %NULL
 * @OMA_STORE_SET_PROPERTIES: acl, title, type, tstamp and verno of row id
 * @OMA_STORE_RENAME: parent_id and name of row id
 * @OMA_STORE_DELETE: row id goes; the rows below it have operations of their own
 * @OMA_STORE_NOTE: note_count is kept with note_id, which is no row of a node: how many commands
 *   of a session were executed and not answered yet
 * @OMA_STORE_PUT_UNIT: of @unit, a unit of work of the journal, state, attempts and error are
 *   kept, all else too if it is new, and its images come behind those that it has
 * @OMA_STORE_END_UNIT: the unit of work @unit_id is through: it leaves the journal
 * @OMA_STORE_PUT_FINGERPRINT: @fingerprint is kept, in the place of the one of that child
 * @OMA_STORE_DROP_FINGERPRINT: there is none of that child any more
 */
typedef enum {
  OMA_STORE_INSERT,
  OMA_STORE_SET_VALUE,
  OMA_STORE_SET_PROPERTIES,
  OMA_STORE_RENAME,
  OMA_STORE_DELETE,
  OMA_STORE_NOTE,
  OMA_STORE_PUT_UNIT,
  OMA_STORE_END_UNIT,
  OMA_STORE_PUT_FINGERPRINT,
  OMA_STORE_DROP_FINGERPRINT,
} OmaStoreOpKind;

/* Fields that the kind does not use are 0 or NULL. */
typedef struct {
  OmaStoreOpKind kind;
  OmaNodeRecord  record;
  gint64         note_id;
  guint          note_count;
  OmaUnitRecord *unit;        /* owned */
  gint64         unit_id;
  OmaFingerprint *fingerprint; /* owned */
} OmaStoreOp;

/* Gets each record of the store, parents in any order; (transfer none). */
typedef void (*OmaTreeStoreLoadFunc) (const OmaNodeRecord *record, gpointer user_data);

/* Gets each unit of work of the journal, oldest first; (transfer full). */
typedef void (*OmaTreeStoreUnitFunc) (OmaUnitRecord *unit, gpointer user_data);

/* Gets each fingerprint; (transfer full). */
typedef void (*OmaTreeStoreFingerprintFunc) (OmaFingerprint *fingerprint, gpointer user_data);

/**
 * OmaTreeStore:
 *
 * Where the nodes of stored subtrees and the journal persist.  Implemented by the SQLite store; tests have
 * one in memory.
 */
#define OMA_TYPE_TREE_STORE (oma_tree_store_get_type ())
G_DECLARE_INTERFACE (OmaTreeStore, oma_tree_store, OMA, TREE_STORE, GObject)

/**
 * OmaTreeStoreInterface:
 * @load: reads everything; called once, at start, so it may block
 * @write_async: writes all operations in one durable transaction, all or nothing, in the
 *   order of the calls; takes over the array.  It fails with %OMA_STATUS_ERROR:
 *   %OMA_STATUS_DEVICE_FULL or %OMA_STATUS_COMMAND_FAILED
 * @write_finish: %TRUE when the transaction is on disk
 * @load_units: reads the journal; called at most once, at start, so it may block
 * @next_unit_id: (nullable): an identifier that no unit of work has had; a store without it keeps no journal
 * @load_fingerprints: (nullable): reads the fingerprints; called at most once, at start, so it may block; a store
 *   without it keeps none
 */
struct _OmaTreeStoreInterface {
  GTypeInterface parent_iface;

  gboolean (*load)         (OmaTreeStore *store, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error);
  void     (*write_async)  (OmaTreeStore *store, GArray *ops, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*write_finish) (OmaTreeStore *store, GAsyncResult *result, GError **error);
  gboolean (*load_units)   (OmaTreeStore *store, OmaTreeStoreUnitFunc func, gpointer user_data, GError **error);
  gint64   (*next_unit_id) (OmaTreeStore *store);
  gboolean (*load_fingerprints) (OmaTreeStore *store, OmaTreeStoreFingerprintFunc func, gpointer user_data,
                                 GError **error);
};

gboolean oma_tree_store_load         (OmaTreeStore *store, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error);
void     oma_tree_store_write_async  (OmaTreeStore *store, GArray *ops, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
gboolean oma_tree_store_write_finish (OmaTreeStore *store, GAsyncResult *result, GError **error);
gboolean oma_tree_store_load_units   (OmaTreeStore *store, OmaTreeStoreUnitFunc func, gpointer user_data, GError **error);
gint64   oma_tree_store_next_unit_id (OmaTreeStore *store);
gboolean oma_tree_store_load_fingerprints (OmaTreeStore *store, OmaTreeStoreFingerprintFunc func, gpointer user_data,
                                           GError **error);
GArray  *oma_tree_store_ops_new      (guint n_expected);

G_END_DECLS
