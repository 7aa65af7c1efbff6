/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is installed, or can be updated, as PackageKit tells it: one transaction for all, kept until something
 * changes. */
#pragma once

#include "pk-package.h"

#include <omadm/omadm.h>

G_BEGIN_DECLS

typedef struct _PkInventory PkInventory;

/* A package came, went or has another version; @name: of its node, NULL when it is not known which. */
typedef void (*PkInventoryChanged) (const char *name, OmaChangeKind kind, gpointer user_data);

PkInventory     *pk_inventory_new        (OmaPluginHost *host, const char *method, guint64 filter,
                                          const char *status_file, PkInventoryChanged changed, gpointer user_data);
void             pk_inventory_stop       (PkInventory *inventory);
void             pk_inventory_free       (PkInventory *inventory);
void             pk_inventory_load_async (PkInventory *inventory, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
gboolean         pk_inventory_load_finish (GAsyncResult *result, GError **error);
GPtrArray       *pk_inventory_get_all    (PkInventory *inventory);
const PkPackage *pk_inventory_find       (PkInventory *inventory, const char *name);
void             pk_inventory_invalidate (PkInventory *inventory);
void             pk_inventory_set_patience (PkInventory *inventory, guint patience);
void             pk_inventory_set_busy   (PkInventory *inventory, gboolean busy);

G_END_DECLS
