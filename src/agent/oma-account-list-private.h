/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-list.h"

G_BEGIN_DECLS

/* Shared by the files of the list alone. */

/* oma-account-list.c; ended by oma_account_list_add_finish() */
void oma_account_list_make_async (OmaAccountList *self, const OmaAccountConfig *config, const char *digest,
                                  OmaAccount *replaced, GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
