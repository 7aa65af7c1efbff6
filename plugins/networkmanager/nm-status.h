/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What there is behind ./Vendor/Omadm/Network besides profiles: Status, Radio, Scan, and what activates profiles. */

#include "nm-service.h"

G_BEGIN_DECLS

const OmaNodeHandler *nm_status_get_handlers (gsize *n);

OmaNodeList *nm_status_build  (GVariant *objects);
GStrv        nm_status_find_wifi (GVariant *objects);

/* nm-exec.c */
void nm_exec_activate (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator,
                       GTask *task);
void nm_exec_deactivate (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator,
                         GTask *task);
void nm_exec_scan (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator,
                   GTask *task);

G_END_DECLS
