/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "memory-journal.h"
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
  gboolean    can_tell_one;    /* child, by "exists" */
  const char *untellable;      /* (nullable): relative URI of the one of which it cannot tell, with this status */
  OmaStatus   untellable_status;
  gboolean    can_copy;
  gboolean    hangs;           /* keeps its tasks in "held" */
  GPtrArray  *held;            /* (element-type GTask) */
  const char *failing;         /* (nullable): relative URI whose write operations fail with 403 */
  gboolean    fails_validate;
  gboolean    fails_commit;
  gboolean    fails_roll_back;
  gboolean    gives_undo_data;
  gboolean    fails_undo;
  gboolean    fails_confirm;
  guint       fault_at;        /* 0: never: the call of this number fails, though it may have done its work, ... */
  gboolean    fault_lasts;     /* so do all calls after it */
  GCancellable *fault_cancels; /* (nullable): ... or this is cancelled in its place */
  const char *broken;          /* (nullable): relative URI of what is written, and answered with 500 once all the same */
  const char *unreadable;      /* (nullable): relative URI of what cannot be read */
  const char *flagged;         /* (nullable): relative URI of the node that has these flags */
  OmaHandlerFlags flags;
  const char *restless;        /* (nullable): name of the nodes that are volatile */
  OmaStatus   absent;          /* what read fails with, if not 0 */
  GString    *log;             /* what it was called to change, and when it was told to commit */
  guint       n_begun, n_ended, n_committed, n_rolled_back, n_confirmed, n_calls, n_listed, n_asked, n_read;
  char       *correlator;
} Plugin;

typedef struct {
  OmaTree     *tree;
  OmaExecutor *executor;
  Plugin      *plugin;         /* NULL when the store serves the subtree */
  GObject     *store;
  gboolean    *store_fails;    /* to write nodes */
  GHashTable  *fingerprints;   /* "subtree child" -> OmaFingerprint: of the store */
  gboolean    *journal_fails;
  guint       *n_writes;
  MemoryJournal *journal;
  GPtrArray   *more_plugins;   /* (element-type Plugin) */
} Fixture;

extern const OmaPrincipal as_device, as_administrator, as_server, as_other;

Fixture  *fixture_new     (Backend backend);
Fixture  *fixture_new_with (Backend backend, void (*mount) (Fixture *fixture));
void      fixture_free    (Fixture *fixture);
void      fixture_mount_accounts (Fixture *fixture);
Plugin   *fixture_mount_plugin (Fixture *fixture, OmaSchema *schema, gboolean transactional);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

OmaStatus run             (OmaWork *work, OmaOperation *operation);
OmaStatus run_simple      (OmaWork *work, OmaOperationType type, const char *uri, const char *text);
char     *get_text        (OmaWork *work, const char *uri);
gboolean  commit          (OmaWork *work, GError **error);
gboolean  roll_back       (OmaWork *work, GError **error);
void      answer_next     (Plugin *plugin);
GHashTable *plugin_dup_nodes (Plugin *plugin);
void      plugin_take_nodes (Plugin *plugin, GHashTable *nodes);
char     *plugin_describe (Plugin *plugin);
gboolean  plugin_holds    (Plugin *plugin, const char *uri, const char *text);
void      iterate_until   (const gboolean *flag);
void      prepare         (Fixture *fixture, OmaOperationType type, const char *uri, OmaFormat format,
                           const char *text);
