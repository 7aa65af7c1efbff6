/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-executor.h"

#define SERVER "srv"
#define OTHER "srv2"

/* Who serves the subtree "./T". */
typedef enum {
  SERVED_BY_STORE,
  SERVED_BY_PLUGIN,        /* acts at once */
  SERVED_BY_TRANSACTIONS,
} Backend;

#define N_BACKENDS 3

/* An OmaNodeOps whose nodes are in memory and which answers from an idle source. */
typedef struct {
  GHashTable *nodes;           /* relative URI -> OmaValue, NULL for an interior node */
  gboolean    transactional;
  gboolean    can_read;
  gboolean    can_copy;
  gboolean    hangs;           /* keeps its tasks in "held" */
  GPtrArray  *held;            /* (element-type GTask) */
  const char *failing;         /* (nullable): relative URI whose write operations fail with 403 */
  gboolean    fails_validate;
  gboolean    fails_commit;
  gboolean    fails_roll_back;
  guint       n_begun, n_ended, n_committed, n_rolled_back, n_calls;
  char       *correlator;
} Plugin;

typedef struct {
  OmaTree     *tree;
  OmaExecutor *executor;
  Plugin      *plugin;         /* NULL when the store serves the subtree */
  GObject     *store;
  gboolean    *store_fails;
} Fixture;

extern const OmaPrincipal as_device, as_administrator, as_server, as_other;

Fixture  *fixture_new     (Backend backend);
Fixture  *fixture_new_with (Backend backend, void (*mount) (Fixture *fixture));
void      fixture_free    (Fixture *fixture);
void      fixture_mount_accounts (Fixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

OmaStatus run             (OmaWork *work, OmaOperation *operation);
OmaStatus run_simple      (OmaWork *work, OmaOperationType type, const char *uri, const char *text);
char     *get_text        (OmaWork *work, const char *uri);
gboolean  commit          (OmaWork *work, GError **error);
gboolean  roll_back       (OmaWork *work, GError **error);
void      answer_next     (Plugin *plugin);
void      iterate_until   (const gboolean *flag);
void      prepare         (Fixture *fixture, OmaOperationType type, const char *uri, OmaFormat format,
                           const char *text);
