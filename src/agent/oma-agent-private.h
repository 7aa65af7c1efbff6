/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-layout.h"
#include "agent/oma-account-list.h"
#include "agent/oma-agent.h"
#include "agent/oma-config.h"
#include "agent/oma-session-queue.h"
#include "agent/oma-subscription-list.h"
#include "session/oma-follower.h"

G_BEGIN_DECLS

/* Notifications that are looked at one after the other; see oma-agent-notify.c. */
typedef struct _OmaNotifications OmaNotifications;

struct _OmaAgent {
  GObject           parent_instance;
  char             *config_dir;
  char             *state_dir;
  char             *plugin_dir;
  char             *vendor_dir;       /* (nullable) */
  gboolean          accept_own_files;
  GDBusConnection  *connection;       /* (nullable): the system bus, for plugins */
  OmaConfig        *config;
  OmaStore         *store;
  OmaTree          *tree;
  OmaCrashRecord   *crashes;          /* (nullable) */
  OmaPluginLoader  *loader;
  OmaExecutor      *executor;
  OmaFollower      *follower;         /* (nullable): before the tree is loaded */
  OmaAccountLayout *layout;
  OmaAccountList   *accounts;
  OmaAlertList     *alerts;
  OmaUnitList      *units;
  GPtrArray        *no_accounts;      /* what there is before the start */
  GPtrArray        *refused_ddf;      /* (element-type OmaRefusedDdf) */
  OmaSessionQueue  *sessions;
  GCancellable     *device_id_read;   /* (nullable): while ./DevInfo/DevId is being read */
  GRand            *rand;             /* of waits */
  OmaSubscriptionList *subscriptions; /* (nullable): before the start */
  GHashTable       *schedule;         /* account's name -> when its next session begins by itself */
  GHashTable       *retries;          /* account and address -> the session that it waits for */
  GCancellable     *fetches;          /* of bootstrap documents */
  guint             n_fetches;        /* under way */
  OmaNotifications *notifications;
  gboolean          stopping;
  GTask            *stop_task;        /* (nullable): of oma_agent_stop_async(), until it is done */
  guint             stop_timer;
};

const OmaConfig *oma_agent_get_config (OmaAgent *agent);
void     oma_agent_stop_if_idle         (OmaAgent *agent);
void     oma_agent_tell_progress        (OmaAgent *agent, const char *uri, guint percent, const char *message);

/* oma-agent-accounts.c */
void     oma_agent_open_accounts        (OmaAgent *agent);

gboolean oma_agent_refuse_when_stopping (OmaAgent *agent, GTask *task);

/* oma-agent-bootstrap.c */
#define OMA_AGENT_BOOTSTRAP_NAME "bootstrap"   /* what an account is called while its document is fetched */

void     oma_agent_open_bootstraps      (OmaAgent *agent);
void     oma_agent_deliver_bootstraps   (OmaAgent *agent);

/* oma-agent-alerts.c */
gboolean oma_agent_open_alerts          (OmaAgent *agent, GError **error);
void     oma_agent_deliver_alerts       (OmaAgent *agent);
void     oma_agent_follow_up_alerts     (OmaAgent *agent, OmaRunner *runner);
void     oma_agent_drop_homeless_alerts (OmaAgent *agent);

/* oma-agent-notify.c */
#define OMA_AGENT_MAX_NOTIFICATIONS 64   /* that wait to be looked at; more are refused */

OmaNotifications *oma_notifications_new  (void);
void     oma_notifications_free         (OmaNotifications *notifications);
gboolean oma_notifications_are_busy     (const OmaNotifications *notifications);

/* oma-agent-schedule.c */
GHashTable *oma_agent_make_schedule     (void);
void     oma_agent_schedule             (OmaAgent *agent, OmaAccount *account, gboolean after_session);
void     oma_agent_schedule_all         (OmaAgent *agent);

/* oma-agent-subscriptions.c */
void     oma_agent_open_subscriptions   (OmaAgent *agent, const OmaRunnerContext *context);

/* oma-agent-retry.c */
GHashTable *oma_agent_make_retries      (void);
void     oma_agent_open_session         (OmaAgent *agent, OmaAccount *account, const char *report_uri);
void     oma_agent_try_again            (OmaAgent *agent, OmaRunner *runner);
void     oma_agent_forget_retry         (OmaAgent *agent, const char *account, const char *report_uri);
void     oma_agent_forget_retries       (OmaAgent *agent, const char *account);

G_END_DECLS
