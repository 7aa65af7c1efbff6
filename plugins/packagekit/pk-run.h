/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs one operation: finds the package, fetches it, changes it, and looks whether that is so. */
#pragma once

#include "pk-operation.h"

G_BEGIN_DECLS

typedef struct _PkRun PkRun;

typedef void (*PkRunPhase) (PkOperation *operation, gpointer user_data);
/* Frees the run. */
typedef void (*PkRunOver)  (PkOperation *operation, const GError *error, gpointer user_data);

PkRun *pk_run_new  (gpointer pk, PkOperation *operation, PkRunPhase phase, PkRunOver over, gpointer user_data);
void   pk_run_free (PkRun *run);

G_END_DECLS
