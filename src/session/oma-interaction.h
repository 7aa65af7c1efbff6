/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-status.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaInteractionType:
 *
 * What the person at the device is asked; the numbers are the codes of the Alert (DM Protocol
 * 1.2, section 10).
 */
typedef enum {
  OMA_INTERACTION_DISPLAY = 1100,
  OMA_INTERACTION_CONFIRM = 1101,
  OMA_INTERACTION_INPUT = 1102,
  OMA_INTERACTION_CHOICE = 1103,
  OMA_INTERACTION_MULTIPLE_CHOICE = 1104,
} OmaInteractionType;

/**
 * OmaInteractionRequest:
 * @type: what is asked
 * @server_id: which server asks
 * @text: what to show
 * @choices: (nullable): of the two choices: what can be chosen
 * @min_time: seconds that it is shown at least, 0: not stated (MINDT)
 * @max_time: seconds that an answer is waited for, 0: not stated (MAXDT)
 * @initial: (nullable): what the answer is set to at first, as the server wrote it (DR)
 * @max_length: characters of an input, 0: not stated (MAXLEN)
 * @input_type: A, N, D, T, P or I (IT)
 * @hidden: the input is not shown (ET=P)
 *
 * A user interaction alert.
 */
typedef struct {
  OmaInteractionType type;
  const char        *server_id;
  const char        *text;
  const char *const *choices;
  guint              min_time;
  guint              max_time;
  const char        *initial;
  guint              max_length;
  char               input_type;
  gboolean           hidden;
} OmaInteractionRequest;

/**
 * OmaInteraction:
 *
 * Who asks the person at the device.  Implemented by the D-Bus service.
 */
#define OMA_TYPE_INTERACTION (oma_interaction_get_type ())
G_DECLARE_INTERFACE (OmaInteraction, oma_interaction, OMA, INTERACTION, GObject)

/**
 * OmaInteractionInterface:
 * @ask_async: asks; the request is only valid during the call
 * @ask_finish: gives 200, 214 (cancelled), 304 (refused), 406 (there is nobody to ask),
 *   408 (no answer in time) or 416 (cannot be shown), and the answers: the text of an input,
 *   the numbers from 1 of choices
 * @show_async: opens a page in the browser of the person at the device (DM Protocol 2.0, SHOW)
 * @show_finish: gives 200 when that was begun, 501 when there is nobody to show it, 500 when it failed
 */
struct _OmaInteractionInterface {
  GTypeInterface parent_iface;

  void      (*ask_async)  (OmaInteraction *interaction, const OmaInteractionRequest *request,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  OmaStatus (*ask_finish) (OmaInteraction *interaction, GAsyncResult *result, char ***answers);
  void      (*show_async)  (OmaInteraction *interaction, const char *server_id, const char *uri,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  OmaStatus (*show_finish) (OmaInteraction *interaction, GAsyncResult *result);
};

void      oma_interaction_ask_async  (OmaInteraction *interaction, const OmaInteractionRequest *request,
                                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
OmaStatus oma_interaction_ask_finish (OmaInteraction *interaction, GAsyncResult *result, char ***answers);
void      oma_interaction_show_async  (OmaInteraction *interaction, const char *server_id, const char *uri,
                                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
OmaStatus oma_interaction_show_finish (OmaInteraction *interaction, GAsyncResult *result);

G_END_DECLS
