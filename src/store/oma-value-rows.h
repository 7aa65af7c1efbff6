/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/oma-value-record.h"
#include "tree/oma-tree-store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

#define OMA_VALUE_ROWS_TABLE "value_rows"

/* A file that a transaction makes, or one that nothing names after it. */
typedef struct {
  OmaDatabaseDir  dir;
  char           *name;
  const OmaValue *value;   /* of a new file */
} OmaDatabaseFile;

/**
 * OmaValueRows:
 * @ops: (element-type OmaStoreOp): the operations of a transaction
 * @files: (element-type OmaDatabaseFile): the files of those that put their value into one, in the
 *   order of @ops
 *
 * What the table "value_rows" shows: a row for each operation that writes a value.
 */
typedef struct {
  const GArray *ops;
  const GArray *files;
} OmaValueRows;

gboolean       oma_store_op_has_value  (const OmaStoreOp *op);
OmaDatabaseDir oma_store_op_get_dir    (const OmaStoreOp *op);
int            oma_value_rows_register (sqlite3 *sqlite, const OmaValueRows *rows);

G_END_DECLS
