/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-alert-list.h"

G_BEGIN_DECLS

/* Shared by the files of the list alone. */

typedef struct _OmaAlertEntry OmaAlertEntry;
struct _OmaAlertEntry {
  OmaAlert       *alert;
  OmaAlertPending pending;
  gboolean        urgent;       /* a session should be opened for it */
  gboolean        offered;      /* a session has had the chance to send it */
  char           *claimed_by;   /* (nullable): the server that is getting it, of those for anybody */
};

struct _OmaAlertList {
  GObject          parent_instance;
  OmaStore        *store;
  GPtrArray       *entries;     /* (element-type OmaAlertEntry): by id */
  guint            n_arriving;  /* on their way to the disk */
  gsize            size;        /* octets of all, those that arrive included */
  OmaAlertHoldFunc hold_func;
  gpointer         hold_data;
};

/* oma-alert-list.c */
OmaAlertEntry *oma_alert_list_find    (OmaAlertList *self, gint64 id, guint *index);
gsize          oma_alert_list_measure (const OmaAlert *alert);
void           oma_alert_list_keep    (OmaAlertList *list, const OmaAlertEntry *entry);

/* oma-alert-list-sessions.c */
GPtrArray     *oma_alert_list_list_for_session (OmaAlertQueue *queue, const char *server_id, const char *report_uri);
void           oma_alert_list_settle           (OmaAlertQueue *queue, gint64 id, OmaStatus status);

G_END_DECLS
