/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-command.h"
#include "session/oma-session.h"

G_BEGIN_DECLS

/**
 * OmaObjectIn:
 *
 * The large object that a server is sending, part by part, message by message (DM Protocol
 * 1.2, section 7).  Its octets go to a file; of a session there is one at a time.
 */
typedef struct _OmaObjectIn OmaObjectIn;

OmaObjectIn *oma_object_in_new            (OmaTree *tree, guint64 max_size, gboolean size_optional);
void         oma_object_in_free           (OmaObjectIn *object);
void         oma_object_in_set_spool_func (OmaObjectIn *object, OmaSpoolFunc func, gpointer user_data);
gboolean     oma_object_in_is_open        (const OmaObjectIn *object);
gboolean     oma_object_in_is_idle        (const OmaObjectIn *object);
const char  *oma_object_in_get_uri        (const OmaObjectIn *object);
guint64      oma_object_in_get_received   (const OmaObjectIn *object);
gboolean     oma_object_in_is_part        (const OmaObjectIn *object, const OmaCommand *command, const OmaItem *item);
OmaStatus    oma_object_in_take           (OmaObjectIn *object, const OmaCommand *command, const OmaItem *item,
                                           OmaValue **value);
void         oma_object_in_refuse         (OmaObjectIn *object, const OmaCommand *command, const OmaItem *item,
                                           OmaStatus status);
void         oma_object_in_drop           (OmaObjectIn *object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaObjectIn, oma_object_in_free)

G_END_DECLS
