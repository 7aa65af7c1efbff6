/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-executor.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaPlan:
 *
 * A unit of work in the device's own name: steps that are noted first, then done one after
 * the other and committed together, all or nothing.
 */
typedef struct _OmaPlan OmaPlan;

OmaPlan *oma_plan_new           (OmaExecutor *executor);
void      oma_plan_free          (OmaPlan *plan);
OmaTree  *oma_plan_get_tree      (OmaPlan *plan);
gboolean  oma_plan_is_empty      (const OmaPlan *plan);
void      oma_plan_add           (OmaPlan *plan, const char *uri, OmaValue *value);
void      oma_plan_put           (OmaPlan *plan, const char *uri, OmaValue *value);
void      oma_plan_replace       (OmaPlan *plan, const char *uri, OmaValue *value);
void      oma_plan_delete        (OmaPlan *plan, const char *uri);
void      oma_plan_grant         (OmaPlan *plan, const char *uri, guint commands, const char *server_id);
void      oma_plan_forget_server (OmaPlan *plan, const char *server_id);
void      oma_plan_run_async     (OmaPlan *plan, GAsyncReadyCallback callback, gpointer user_data);
gboolean  oma_plan_run_finish    (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaPlan, oma_plan_free)

G_END_DECLS
