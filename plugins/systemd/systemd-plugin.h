/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the plugin share. */
#pragma once

#include <omadm/omadm.h>

G_BEGIN_DECLS

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define LOGIN_NAME "org.freedesktop.login1"
#define HOSTNAME_NAME "org.freedesktop.hostname1"
#define TIMEDATE_NAME "org.freedesktop.timedate1"
#define LOCALE_NAME "org.freedesktop.locale1"
#define UNIT_FILES_NAME "org.omadm.UnitFiles1"
#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

#define SERVICES_URI "./Vendor/Omadm/Services"
#define TASKS_URI "./Vendor/Omadm/Tasks"
#define SYSTEM_URI "./Vendor/Omadm/System"
#define POWER_URI "./Vendor/Omadm/Power"

typedef struct _UnitFollow UnitFollow;
typedef struct _Power Power;

/**
 * Systemd:
 * @host: what the daemon offers
 * @cancellable: of what the plugin asks by itself; cancelled at shutdown
 * @jobs: (element-type utf8 GTask): path of a job of systemd -> who waits for its end
 * @starting: calls under way whose answer is the path of a job
 * @results: (element-type utf8 utf8): path -> result of jobs that ended while @starting was not 0
 * @subscribed: systemd tells of changes
 * @files: (nullable): its list of the files of all units, as long as it tells of no change
 * @files_time: when it was asked for that
 * @files_changes: how often it told of one
 * @files_asked: (nullable): the query that asks for that list
 * @files_waiters: those that wait for what it gets
 * @ntp_waiters: (element-type GTask): who waits for timedated to have started or stopped the NTP service
 * @follow: (nullable): until shutdown: what the units were when they were last looked at
 * @power: (nullable): until shutdown: a shutdown that a server asked for
 *
 * The plugin.  Who waits for a service holds a reference: answers come after shutdown, too.
 */
typedef struct {
  OmaPluginHost *host;
  GCancellable  *cancellable;
  GHashTable    *jobs;
  guint          starting;
  GHashTable    *results;
  gboolean       subscribed;
  GVariant      *files;
  gint64         files_time;
  guint          files_changes;
  gpointer       files_asked;
  GPtrArray     *files_waiters;
  GPtrArray     *ntp_waiters;
  UnitFollow    *follow;
  Power         *power;
} Systemd;

/* systemd.c */
Systemd *systemd_ref           (Systemd *self);
void     systemd_unref         (Systemd *self);
GError  *systemd_take_error    (GAsyncResult *result, GError *error);
char    *systemd_escape        (const char *name);
gboolean systemd_check_allowed (const char *unit, GTask *task);
void     systemd_return_ok     (GTask *task, GError *error);

/* node-answer.c */
char *systemd_dup_below    (const OmaNodeRef *node);
void  systemd_return_nodes (GTask *task, OmaNodeList *nodes, GError *error);
void  systemd_return_names (GTask *task, const OmaNodeList *nodes, const char *below, GError *error);
void  systemd_return_value (GTask *task, const OmaNodeList *nodes, const char *below, GError *error);

/* unit-query.c */
void        unit_query_async   (Systemd *self, const char *unit, gboolean details, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
void        unit_query_init    (Systemd *self);
void        unit_query_clear   (Systemd *self);
void        unit_query_forget_files (Systemd *self);
GHashTable *unit_query_finish  (GAsyncResult *result, GError **error);

/* unit-job.c */
void     unit_jobs_init        (Systemd *self);
void     unit_jobs_stop        (Systemd *self);
void     unit_jobs_clear       (Systemd *self);
void     unit_job_run_async    (Systemd *self, const char *method, const char *unit, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean unit_job_run_finish   (GAsyncResult *result, GError **error);
void     unit_jobs_removed     (Systemd *self, GVariant *parameters);
void     unit_jobs_check       (Systemd *self);

/* unit-nodes.c */
void units_list         (gpointer self, const OmaNodeRef *node, GTask *task);
void units_exists       (gpointer self, const OmaNodeRef *node, const char *name, GTask *task);
void units_read         (gpointer self, const OmaNodeRef *node, GTask *task);
void unit_list          (gpointer self, const OmaNodeRef *node, GTask *task);
void unit_read          (gpointer self, const OmaNodeRef *node, GTask *task);
void unit_get           (gpointer self, const OmaNodeRef *node, GTask *task);
void unit_replace_state (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction,
                         GTask *task);
void unit_replace_file  (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction,
                         GTask *task);
void unit_exec          (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator,
                         GTask *task);
void unit_run           (Systemd *self, const char *method, const char *unit, GTask *task);

/* unit-follow.c */
void unit_follow_start  (Systemd *self);
void unit_follow_stop   (Systemd *self);

/* timer-nodes.c */
void timers_list        (gpointer self, const OmaNodeRef *node, GTask *task);
void timers_read        (gpointer self, const OmaNodeRef *node, GTask *task);
void timer_list         (gpointer self, const OmaNodeRef *node, GTask *task);
void timer_read         (gpointer self, const OmaNodeRef *node, GTask *task);
void timer_get          (gpointer self, const OmaNodeRef *node, GTask *task);
void timer_exec         (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator,
                         GTask *task);

/* settings.c */
void settings_start     (Systemd *self);
void settings_clear     (Systemd *self);
void settings_read      (gpointer self, const OmaNodeRef *node, GTask *task);
void setting_get        (gpointer self, const OmaNodeRef *node, GTask *task);
void setting_replace    (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction,
                         GTask *task);

/* power.c */
void     power_start    (Systemd *self);
void     power_stop     (Systemd *self);
void     power_read     (gpointer self, const OmaNodeRef *node, GTask *task);
void     power_get      (gpointer self, const OmaNodeRef *node, GTask *task);
void     power_exec     (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator,
                         GTask *task);

G_END_DECLS
