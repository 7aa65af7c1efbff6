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

/**
 * oma_interaction_show_async:
 * @interaction: who asks
 * @server_id: the server
 * @uri: the page; only needed during the call
 * @cancellable: (nullable): stops waiting
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Opens a page in the browser of the person at the device (DM Protocol 2.0, SHOW).
 */
void
oma_interaction_show_async (OmaInteraction *interaction, const char *server_id, const char *uri,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  OmaInteractionInterface *iface = OMA_INTERACTION_GET_IFACE (interaction);
  GTask *task;

  if (iface->show_async != NULL)
    {
      iface->show_async (interaction, server_id, uri, cancellable, callback, user_data);
      return;
    }
  task = g_task_new (interaction, cancellable, callback, user_data);
  g_task_set_source_tag (task, oma_interaction_show_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_return_int (task, OMA_STATUS_NOT_IMPLEMENTED);
  g_object_unref (task);
}

/**
 * oma_interaction_show_finish:
 * @interaction: who asked
 * @result: what the callback got
 *
 * Returns: the status of the command: 200 when it was begun, 501 when there is nobody to show it, 500 when it failed
 */
OmaStatus
oma_interaction_show_finish (OmaInteraction *interaction, GAsyncResult *result)
{
  if (g_async_result_is_tagged (result, oma_interaction_show_async))
    return (OmaStatus) g_task_propagate_int (G_TASK (result), NULL);
  return OMA_INTERACTION_GET_IFACE (interaction)->show_finish (interaction, result);
}
