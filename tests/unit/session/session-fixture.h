/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-interaction.h"
#include "session/oma-session.h"

G_BEGIN_DECLS

/**
 * Fixture:
 *
 * A session on a small tree in memory, with a server that a test plays by hand.
 *
 *     ./DevInfo/{DevId,Man,Mod,DmV,Lang}   stored, Get
 *     ./Vendor/Net/{Hostname,Conn/<X>/Ssid}, ./Vendor/{Motd,Blob,Note}   stored
 *     ./Ops/{Refresh,Fast,Slow}            Exec: 202; at once; at once but later
 *     ./Plug/{A,B,C}                       of a plugin that acts at once, "a", "b" and "c" at first
 *     ./Box/<X>/Value                      of a plugin that acts at once, and holds what a test puts in
 */
typedef struct {
  OmaSessionConfig config;      /* changed by a test before fixture_start() */
  OmaTree         *tree;
  OmaTreeStore    *store;
  OmaExecutor     *executor;
  OmaSession      *session;
  FakeInteraction *interaction; /* (nullable): set by a test before fixture_start() */
  OmaSessionStep  *step;        /* the last one */
  OmaMessage      *sent;        /* its body, decoded; NULL: none */
  GError          *step_error;  /* of a call that gave no step */
  GString         *nonces;      /* kept nonces, "client <base64>\n" */
  guint            server_msg_id;
  const char      *mac;         /* x-syncml-hmac of what the server answers next */
  GString         *preferences; /* types that the server would rather have, each with a blank behind */
  gint64           now;         /* what the clock says */
  guint8           next_random;
  guint            executed;    /* Execs that were run */
  char             plug[3][16]; /* what the plugin's leaves hold */
  const char      *failing;     /* (nullable): name of the one that cannot be written */
  const char      *breaking;    /* (nullable): name of the one, or the box, once changed nothing can be written any more */
  const char      *cuts_off;    /* (nullable): name of the one whose change may cut the machine off */
  guint            n_written;   /* how often one of them was */
  GHashTable      *boxes;       /* (element-type utf8 utf8): Value of ./Box/<X> */
  const char      *stuck;       /* (nullable): name of the box that is not written or removed */
  gboolean         box_cuts_off; /* the change of any may cut the machine off */
  GTask           *held;        /* (nullable): what the plugin of the boxes was asked and does not answer, ... */
  const char      *holding;     /* (nullable): ... as soon as it is about the box of this name */
  OmaAlertQueue   *queue;       /* (nullable): not owned */
  guint            slow;        /* milliseconds that ./Ops/Slow takes */
  gboolean         no_spool;    /* there is no place for large objects */
  OmaStatus        spool_failure;
  guint            spools;      /* files that were asked for */
} Fixture;

void        fixture_set_up    (Fixture *f, gconstpointer data);
void        fixture_tear_down (Fixture *f, gconstpointer data);

void        fixture_start     (Fixture *f);
void        fixture_feed      (Fixture *f, const char *body);
void        fixture_abort     (Fixture *f);
char       *fixture_message   (Fixture *f, const char *header, const char *body);
void        fixture_answer    (Fixture *f, guint status, const char *commands, gboolean final);
void        fixture_answer_full (Fixture *f, const char *header, const char *body);
void        fixture_begin     (Fixture *f);
void        fixture_set_value (Fixture *f, const char *uri, const char *text);
char       *fixture_get_value (Fixture *f, const char *uri);
void        fixture_fail_writes (Fixture *f, OmaStatus status);
guint       fixture_count_units (Fixture *f);
const OmaUnitRecord *fixture_peek_unit (Fixture *f, guint index);
void        fixture_wait_for_units (Fixture *f);
guint       fixture_count_writes (Fixture *f);

char       *fixture_describe  (Fixture *f);
void        fixture_assert_sent (Fixture *f, const char *expected);
void        fixture_assert_done (Fixture *f);
void        fixture_assert_failed (Fixture *f, OmaSessionError code);

#define fixture_add(path, func) \
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

G_END_DECLS
