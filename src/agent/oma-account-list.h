/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"
#include "session/oma-executor.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define OMA_ACCOUNT_LIST_MAX_ACCOUNTS 256   /* that are made here; more is %OMA_STATUS_DEVICE_FULL */

/**
 * OmaAccountList:
 *
 * The accounts, as the nodes below ./DMAcc and ./DMAcc2 are.
 *
 * Signals: "added" (OmaAccount *), "removed" (const char *name), "idle" (void) when the last
 * change to accounts that was under way is over.
 */
#define OMA_TYPE_ACCOUNT_LIST (oma_account_list_get_type ())
G_DECLARE_FINAL_TYPE (OmaAccountList, oma_account_list, OMA, ACCOUNT_LIST, GObject)

gboolean        oma_account_list_mount         (OmaTree *tree, GError **error);
OmaAccountList *oma_account_list_new           (OmaExecutor *executor);
void            oma_account_list_close         (OmaAccountList *list);
gboolean        oma_account_list_is_busy       (OmaAccountList *list);
GPtrArray      *oma_account_list_get           (OmaAccountList *list);
OmaAccount     *oma_account_list_find          (OmaAccountList *list, const char *name);
OmaAccount     *oma_account_list_find_server   (OmaAccountList *list, const char *server_id);
char           *oma_account_list_make_name     (OmaAccountList *list, const char *server_id);
void            oma_account_list_add_async     (OmaAccountList *list, OmaAccountConfig *config, const char *digest,
                                                GAsyncReadyCallback callback, gpointer user_data);
OmaAccount     *oma_account_list_add_finish    (OmaAccountList *list, GAsyncResult *result, GError **error);
void            oma_account_list_remove_async  (OmaAccountList *list, const char *name, gboolean withdraw,
                                                GAsyncReadyCallback callback, gpointer user_data);
gboolean        oma_account_list_remove_finish (OmaAccountList *list, GAsyncResult *result, GError **error);
void            oma_account_list_import_async  (OmaAccountList *list, const char *directory, gboolean accept_own,
                                                GAsyncReadyCallback callback, gpointer user_data);
void            oma_account_list_import_finish (OmaAccountList *list, GAsyncResult *result);

G_END_DECLS
