/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value-private.h"
#include "store/oma-value-record.h"
#include "tree/oma-tree-store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

#define OMA_VALUE_ROWS_TABLE "value_rows"

/* A file that a transaction makes, or one that nothing names after it. */
typedef struct {
  OmaDatabaseDir  dir;
  char           *name;
  const OmaValue *value;   /* (nullable): of a new file, unless nobody else has it */
  guint           op;      /* the operation that made it */
} OmaDatabaseFile;

/**
 * OmaValueRows:
 * @ops: (element-type OmaStoreOp): the operations of a transaction
 * @files: (element-type OmaDatabaseFile): the files of those that put their value into one, in the
 *   order of @ops
 * @left: (element-type guint): the operations whose rows oma_value_rows_overwrite() has left
 * @buffer: where records are packed
 *
 * The rows of node_values that a transaction writes: one for each operation that writes a value.
 */
typedef struct {
  const GArray *ops;
  const GArray *files;
  GArray       *left;
  GByteArray   *buffer;
} OmaValueRows;

/* Whether it writes format, type, value, owner and stamps of its row. */
static inline gboolean
oma_store_op_has_value (const OmaStoreOp *op)
{
  return op->kind == OMA_STORE_INSERT || op->kind == OMA_STORE_SET_VALUE;
}

/* Where a value that it writes goes: secrets and large values have files of their own. */
static inline OmaDatabaseDir
oma_store_op_get_dir (const OmaStoreOp *op)
{
  const OmaNodeRecord *record = &op->record;

  if (record->value == NULL)
    return OMA_DATABASE_DIR_NONE;
  if (record->secret)
    return OMA_DATABASE_DIR_SECRETS;
  return oma_value_is_large (record->value) ? OMA_DATABASE_DIR_LARGE : OMA_DATABASE_DIR_NONE;
}

void oma_value_rows_init      (OmaValueRows *rows, const GArray *ops, const GArray *files);
void oma_value_rows_clear     (OmaValueRows *rows);
int  oma_value_rows_register  (sqlite3 *sqlite, const OmaValueRows *rows);
int  oma_value_rows_overwrite (OmaValueRows *rows, sqlite3 *sqlite);

G_END_DECLS
