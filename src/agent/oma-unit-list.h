/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-alert-list.h"
#include "session/oma-executor.h"

G_BEGIN_DECLS

/* Type of the alert that tells a server what became of a unit of work that was undone although it got no
 * answer that says so: our reading, no specification has one. */
#define OMA_UNIT_ALERT_TYPE "org.omadm.unit-undone"

/* So many wait to be undone; beyond, what needs the journal is refused with %OMA_STATUS_DEVICE_FULL. */
#define OMA_UNIT_LIST_MAX_UNITS 64

/**
 * OmaUnitInfo:
 * @id: identifies the unit of work
 * @state: where it stands
 * @undoing: its undoing is under way
 * @server_id: (nullable): in whose name, %NULL for the device or its administrator
 * @history_id: the session that it belongs to, 0 for none
 * @session_id: (nullable): what the server knows that session by, if the history has it still
 * @time: when it began, seconds since the epoch
 * @attempts: how often its undoing has failed
 * @error: (nullable): why the last time, or which newer one it waits for
 * @n_changes: what is not undone yet
 *
 * A unit of work that is to be undone.
 */
typedef struct {
  gint64       id;
  OmaUnitState state;
  gboolean     undoing;
  char        *server_id;
  gint64       history_id;
  char        *session_id;
  gint64       time;
  guint        attempts;
  char        *error;
  guint        n_changes;
} OmaUnitInfo;

/**
 * OmaUnitList:
 *
 * The units of work that are neither as they were to be nor undone: those that an earlier run of the daemon left, and
 * those whose undoing failed.  Each is tried again, for as long as it takes, until it is undone or an administrator
 * forgets it.
 *
 * Signals: "idle" when no undoing is under way any more.
 */
#define OMA_TYPE_UNIT_LIST (oma_unit_list_get_type ())
G_DECLARE_FINAL_TYPE (OmaUnitList, oma_unit_list, OMA, UNIT_LIST, GObject)

OmaUnitList *oma_unit_list_new           (OmaExecutor *executor, OmaAlertList *alerts);
void         oma_unit_list_set_retry     (OmaUnitList *list, guint seconds, GRand *rand);
gboolean     oma_unit_list_recover       (OmaUnitList *list, GError **error);
void         oma_unit_list_stop          (OmaUnitList *list);
void         oma_unit_list_close         (OmaUnitList *list);
gboolean     oma_unit_list_is_busy       (OmaUnitList *list);
GPtrArray   *oma_unit_list_get           (OmaUnitList *list);   /* (element-type OmaUnitInfo) (transfer container) */
void         oma_unit_list_retry_async   (OmaUnitList *list, gint64 id, GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean     oma_unit_list_retry_finish  (OmaUnitList *list, GAsyncResult *result, GError **error);
void         oma_unit_list_forget_async  (OmaUnitList *list, gint64 id, GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean     oma_unit_list_forget_finish (OmaUnitList *list, GAsyncResult *result, GError **error);

G_END_DECLS
