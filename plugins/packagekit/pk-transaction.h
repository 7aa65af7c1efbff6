/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One transaction of PackageKit: an object of its own on the bus, with one method, and signals until it has
 * finished. */
#pragma once

#include "pk-package.h"

#include <omadm/omadm.h>

G_BEGIN_DECLS

#define PK_BUS_NAME "org.freedesktop.PackageKit"
#define PK_OBJECT_PATH "/org/freedesktop/PackageKit"

typedef struct {
  char    *id;
  char    *description;
  gboolean enabled;
} PkRepository;

/**
 * PkResult:
 *
 * What a transaction said.
 */
typedef struct {
  GPtrArray *packages;       /* PkPackage, in the order of the signals */
  GPtrArray *details;        /* GVariant a{sv} */
  GPtrArray *repositories;   /* PkRepository */
  gboolean   wants_restart;  /* of the system */
} PkResult;

void pk_result_free (PkResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkResult, pk_result_free)

/* @percentage: 0 to 100, or 101 when it is not known */
typedef void (*PkProgressFunc) (guint percentage, gpointer user_data);

void      pk_transaction_run_async  (OmaPluginHost *host, const char *method, GVariant *parameters,
                                     PkProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
PkResult *pk_transaction_run_finish (OmaPluginHost *host, GAsyncResult *result, GError **error);

void      pk_transaction_abandon_all (void);
guint     pk_transaction_count_calls (void);

G_END_DECLS
