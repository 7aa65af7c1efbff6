/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree-store.h"

G_BEGIN_DECLS

/**
 * OmaStoreError:
 * @OMA_STORE_ERROR_DAMAGED: not a database, or one that fails its check
 * @OMA_STORE_ERROR_NEWER: written by a newer version of omadm
 * @OMA_STORE_ERROR_READ_ONLY: it cannot be written
 * @OMA_STORE_ERROR_FULL: no space left
 * @OMA_STORE_ERROR_BUSY: another process has it open
 * @OMA_STORE_ERROR_FAILED: anything else
 */
typedef enum {
  OMA_STORE_ERROR_DAMAGED,
  OMA_STORE_ERROR_NEWER,
  OMA_STORE_ERROR_READ_ONLY,
  OMA_STORE_ERROR_FULL,
  OMA_STORE_ERROR_BUSY,
  OMA_STORE_ERROR_FAILED,
} OmaStoreError;

#define OMA_STORE_ERROR (oma_store_error_quark ())
GQuark oma_store_error_quark (void);

/**
 * OmaStore:
 *
 * The SQLite store: stored nodes, files of large values and the history of sessions.  SQLite runs on one thread of
 * its own; nothing here blocks the main loop but oma_store_open() and the load at start.
 */
#define OMA_TYPE_STORE (oma_store_get_type ())
G_DECLARE_FINAL_TYPE (OmaStore, oma_store, OMA, STORE, GObject)

OmaStore *oma_store_open  (const char *state_dir, GError **error);   /* NULL directory: in memory */
void      oma_store_close (OmaStore *store);
int       oma_store_make_spool (OmaStore *store, GError **error);

/**
 * OmaSessionRecord:
 *
 * A session as the history keeps it.  Times are seconds since the epoch, @end_time 0 while
 * it runs.
 */
typedef struct {
  gint64 id;
  char  *account;
  char  *session_id;
  char  *reason;          /* (nullable): why it failed, NULL when it ended in order */
  gint64 start_time;
  gint64 end_time;
  guint  messages_sent;
  guint  messages_received;
  guint  commands;
  guint  failed_commands;
  guint  unanswered;      /* commands that did something of which the server may not know */
  gboolean reported;      /* the server was told of them since */
  char  *protocol;        /* (nullable): release of the protocol that was spoken last */
  char  *encoding;        /* (nullable): how messages were written last */
} OmaSessionRecord;

/* Reason of a session that was under way when the daemon ended without being asked to. */
#define OMA_SESSION_INTERRUPTED "interrupted"

void       oma_session_record_free    (OmaSessionRecord *record);
gint64     oma_store_next_session     (OmaStore *store);
void       oma_store_put_session      (OmaStore *store, const OmaSessionRecord *record);
void       oma_store_note_unanswered  (OmaStore *store, gint64 id, guint count);
void       oma_store_set_reported     (OmaStore *store, gint64 id);
void       oma_store_list_unreported_async (OmaStore *store, const char *account, GAsyncReadyCallback callback,
                                            gpointer user_data);
void       oma_store_list_sessions_async  (OmaStore *store, guint limit, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *oma_store_list_sessions_finish (OmaStore *store, GAsyncResult *result, GError **error);

/**
 * OmaAlertPending:
 * @OMA_ALERT_READY: the alert can be sent
 * @OMA_ALERT_AWAITS_DAEMON: it stands for something that goes on, whose end the daemon will see; an Exec if it has no
 *   data
 * @OMA_ALERT_AWAITS_PLUGIN: it stands for an Exec whose end its plugin will tell
 */
typedef enum {
  OMA_ALERT_READY,
  OMA_ALERT_AWAITS_DAEMON,
  OMA_ALERT_AWAITS_PLUGIN,
} OmaAlertPending;

/**
 * OmaAlertRecord:
 *
 * An alert as it is kept until its server has acknowledged it.  @id is 0 for a new one.
 */
typedef struct {
  gint64    id;
  char     *server_id;    /* (nullable) */
  guint     code;
  char     *type;
  char     *mark;         /* (nullable) */
  char     *correlator;   /* (nullable) */
  char     *source;       /* (nullable) */
  char     *target;       /* (nullable) */
  char     *report_uri;   /* (nullable) */
  OmaValue *data;         /* (nullable) */
  gboolean  solicited;
  OmaAlertPending pending;
  gint64    time;         /* seconds since the epoch */
} OmaAlertRecord;

void       oma_alert_record_free    (OmaAlertRecord *record);
void       oma_store_put_alert_async     (OmaStore *store, OmaAlertRecord *record, GAsyncReadyCallback callback,
                                          gpointer user_data);
gint64     oma_store_put_alert_finish    (OmaStore *store, GAsyncResult *result, GError **error);
void       oma_store_delete_alert        (OmaStore *store, gint64 id);
void       oma_store_list_alerts_async   (OmaStore *store, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *oma_store_list_alerts_finish  (OmaStore *store, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSessionRecord, oma_session_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAlertRecord, oma_alert_record_free)

G_END_DECLS
