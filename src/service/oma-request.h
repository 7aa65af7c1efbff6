/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-agent.h"
#include "service/oma-dbus-error.h"
#include "service/oma-subscribers.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/**
 * OmaRequest:
 * @agent: the agent
 * @subscribers: who gets signals
 * @connection: where the call came from
 * @message: the call
 * @caller: unique name of the caller
 * @path: object path
 * @parameters: the arguments, a tuple; they live as long as the request
 * @cancellable: cancelled when the service stops
 * @object: (nullable): the object that the path stands for, once it was looked up
 *
 * A method call.  It ends with exactly one of oma_request_return() and
 * oma_request_return_error(), which take it.
 */
typedef struct _OmaRequest OmaRequest;

/* Called when the request is over. */
typedef void (*OmaRequestDoneFunc) (OmaRequest *request, gpointer user_data);

struct _OmaRequest {
  OmaAgent          *agent;
  OmaSubscribers    *subscribers;
  GDBusConnection   *connection;
  GDBusMessage      *message;
  const char        *caller;
  const char        *path;
  GVariant          *parameters;
  GCancellable      *cancellable;
  gpointer           object;
  GDestroyNotify     free_object;
  /* private */
  gboolean           answered;
  OmaRequestDoneFunc done;
  gpointer           done_data;
};

OmaRequest  *oma_request_new             (GDBusConnection *connection, GDBusMessage *message);
void         oma_request_set_object      (OmaRequest *request, gpointer object, GDestroyNotify free_object);
GUnixFDList *oma_request_get_descriptors (OmaRequest *request);
gboolean     oma_request_is_interactive  (OmaRequest *request);
void         oma_request_return          (OmaRequest *request, GVariant *reply, GUnixFDList *descriptors);
void         oma_request_return_error    (OmaRequest *request, GError *error);
void         oma_request_refuse          (OmaRequest *request, OmaDBusError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
void         oma_request_give_up         (OmaRequest *request, const GError *error);

G_END_DECLS
