/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-layout.h"
#include "agent/oma-account-list.h"
#include "agent/oma-agent.h"
#include "agent/oma-plan.h"
#include "session/oma-executor.h"
#include "store/oma-store.h"

#include <gio/gio.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A device on real files in a temporary directory, without plugins. */
typedef struct {
  char           *dir;
  char           *state_dir;
  OmaStore       *store;
  OmaTree        *tree;
  OmaExecutor    *executor;
  OmaAccountList *accounts;
  OmaAccountLayout *layout;
  guint           executed;     /* Execs of ./Ops/Count */
  gboolean        exec_goes_on; /* its end is told later */
  gboolean        has_extra;    /* ./Ops/Extra is there, and cannot be removed */
  char           *slot;         /* (nullable): value of ./Slot/Value, which outlives the device */
  gboolean        slot_refuses; /* to be written */
  gboolean        slot_hangs;   /* the next read of it */
  GTask          *slot_task;    /* (nullable): the read that hangs */
  guint           n_live;       /* ./Live/Count, which changes with each read */
  char            live[16];     /* ./Live/Name */
} AgentTest;

void        agent_test_init_log   (void);
gboolean    agent_test_has_logged (const char *part);
void        agent_test_clear_log  (void);

void        agent_test_open    (AgentTest *test);
void        agent_test_close   (AgentTest *test);
void        agent_test_reopen  (AgentTest *test);
void        agent_test_set_up  (AgentTest *test, gconstpointer data);
void        agent_test_tear_down (AgentTest *test, gconstpointer data);
void        agent_test_release_slot (AgentTest *test);
char       *agent_test_write   (AgentTest *test, const char *name, guint mode, const char *text);
GBytes     *agent_test_make_pem (const char *what);

OmaStatus   agent_test_run     (AgentTest *test, const char *server_id, OmaOperationType type, const char *uri,
                                const char *text);
char       *agent_test_get     (AgentTest *test, const char *uri);
gboolean    agent_test_run_plan (AgentTest *test, OmaPlan *plan, GError **error);
gboolean    agent_test_has     (AgentTest *test, const char *uri);

OmaAccountConfig *agent_test_make_config (const char *name, const char *server_id);
OmaAccount *agent_test_add     (AgentTest *test, OmaAccountConfig *config, GError **error);
gboolean    agent_test_remove  (AgentTest *test, const char *name, gboolean withdraw, GError **error);
void        agent_test_import  (AgentTest *test);

/* agent-in-test.c */
void        agent_test_make_plugin_dir (AgentTest *test);
OmaAgent   *agent_test_new_agent   (AgentTest *test);
OmaAgent   *agent_test_start_agent (AgentTest *test);
void        agent_test_stop_agent  (OmaAgent *agent);

void        agent_test_keep_result (GObject *source, GAsyncResult *result, gpointer user_data);
void        agent_test_wait_for    (GAsyncResult **result);
void        agent_test_wait_for_end (OmaRunner *runner);
char       *agent_test_listen      (SoupServer **server, SoupServerCallback serve, gpointer user_data);

G_END_DECLS
