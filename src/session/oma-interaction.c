/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-interaction.h"

G_DEFINE_INTERFACE (OmaInteraction, oma_interaction, G_TYPE_OBJECT)

static void
oma_interaction_default_init (OmaInteractionInterface *iface G_GNUC_UNUSED)
{
}

/**
 * oma_interaction_ask_async:
 * @interaction: who asks
 * @request: what to ask; only needed during the call
 * @cancellable: (nullable): takes the question back
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Asks the person at the device (DM Protocol 1.2, section 10).
 */
void
oma_interaction_ask_async (OmaInteraction *interaction, const OmaInteractionRequest *request,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  OMA_INTERACTION_GET_IFACE (interaction)->ask_async (interaction, request, cancellable, callback, user_data);
}

/**
 * oma_interaction_ask_finish:
 * @interaction: who asked
 * @result: what the callback got
 * @answers: (out) (transfer full) (array zero-terminated=1): the answers when the status is
 *   200, else %NULL
 *
 * Returns: the Status of the Alert: 200, 214, 304, 406, 408 or 416
 */
OmaStatus
oma_interaction_ask_finish (OmaInteraction *interaction, GAsyncResult *result, char ***answers)
{
  return OMA_INTERACTION_GET_IFACE (interaction)->ask_finish (interaction, result, answers);
}
