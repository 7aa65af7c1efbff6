/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * Fixture:
 * @status: HTTP status of the last answer
 * @length: its Content-Length
 * @headers: (nullable): headers of the last answer
 * @accept, @cookie: (nullable): headers of requests
 * @session, @msg_id, @max_msg_size, @cred: of sessions of DM 1.x
 *
 * A running omadm-testserver, and one device that talks to it.  The environment's OMADM_TESTSERVER is the program.
 */
typedef struct {
  GSubprocess        *process;
  char               *dm;
  char               *admin;
  SoupSession        *soup;
  const char         *device;
  const char         *accept;
  const char         *cookie;
  guint               status;
  goffset             length;
  SoupMessageHeaders *headers;
  const char         *session;
  guint               msg_id;
  guint               max_msg_size;
  char               *cred;      /* Cred element of the next message, or "" */
} Fixture;

void        fixture_start         (Fixture *f, const char *const *arguments);
void        fixture_tear_down     (Fixture *f, gconstpointer data);
GBytes     *fixture_request       (Fixture *f, const char *method, const char *uri, const char *type, const char *body,
                                   GError **error);
JsonObject *fixture_admin         (Fixture *f, const char *method, const char *path, const char *body);
void        fixture_post          (Fixture *f, const char *path, const char *body);
JsonArray  *fixture_results       (Fixture *f);
void        fixture_assert_result (JsonArray *array, guint index, const char *expected);

#define START(f, ...) fixture_start (f, (const char *const[]) { __VA_ARGS__ __VA_OPT__ (,) NULL })

G_END_DECLS
