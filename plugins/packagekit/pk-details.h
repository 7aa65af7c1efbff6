/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What PackageKit tells of packages beside their names: asked for in portions, and once for each version. */
#pragma once

#include "pk-package.h"

#include <omadm/omadm.h>

G_BEGIN_DECLS

/* Packages in one question. */
#define PK_DETAILS_PORTION 500

typedef struct {
  char   *description;
  char   *url;
  guint64 size;            /* octets on the disk */
} PkDetail;

typedef struct _PkDetails PkDetails;

PkDetails      *pk_details_new         (OmaPluginHost *host);
void            pk_details_free        (PkDetails *details);
void            pk_details_load_async  (PkDetails *details, GPtrArray *packages, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean        pk_details_load_finish (GAsyncResult *result, GError **error);
const PkDetail *pk_details_find        (PkDetails *details, const PkPackage *package);

G_END_DECLS
