/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A store in a directory of its own, and what tests write to it. */
#pragma once

#include "base/oma-status.h"
#include "base/oma-value-private.h"
#include "store/oma-store.h"

G_BEGIN_DECLS

#define LARGE (200 * 1024)

typedef struct {
  char     *dir;
  char     *path;     /* of the database */
  char     *values;
  OmaStore *store;
} Fixture;

void           set_up             (Fixture *f, gconstpointer data);
void           tear_down          (Fixture *f, gconstpointer data);
void           open_store         (Fixture *f);
void           close_store        (Fixture *f);
void           reopen_store       (Fixture *f);
void           run_sql            (Fixture *f, const char *script);
gint64         query_sql          (Fixture *f, const char *query);
guint          count_files        (const char *dir);
gsize          get_size           (Fixture *f, const char *name);
void           copy_files         (const char *from, const char *to);

OmaStoreOp    *add_op             (GArray *ops, OmaStoreOpKind kind);
void           add_node           (GArray *ops, OmaStoreOpKind kind, gint64 id, OmaValue *value);
void           add_end            (GArray *ops, gint64 id);
void           add_unit           (GArray *ops, OmaUnitRecord *unit);
gboolean       write_ops          (Fixture *f, GArray *ops, GError **error);
void           assert_written     (Fixture *f, GArray *ops);
void           put_unit           (Fixture *f, OmaUnitRecord *unit);
void           end_unit           (Fixture *f, gint64 id);

OmaValue      *make_value         (char letter, gsize size);
OmaImage      *make_image         (OmaImageKind kind);
OmaUnitRecord *make_unit          (gint64 id, guint n_images);

char          *dump_nodes         (Fixture *f);
GPtrArray     *load_units         (Fixture *f);
char          *describe_units     (const GPtrArray *units);
void           assert_units       (Fixture *f, const char *expected);

G_END_DECLS
