/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

#include <string.h>

/* SHOW, DEFAULT, SUB and UNSUB: what concerns neither the tree nor a data repository. */

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaStatus status = oma_interaction_show_finish (OMA_INTERACTION (source), result);

  if (oma_dm2_run_stop (task))
    return;
  oma_dm2_run_answer (session->run, oma_dm2_status_from_status (status), NULL);
  oma_dm2_run_go_on (task);
}

/* Internal: SHOW: what comes of it does not keep the next command. */
gboolean
oma_dm2_run_show (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (session->interaction == NULL)
    {
      oma_dm2_run_answer (session->run, OMA_STATUS_NOT_IMPLEMENTED, "There is nobody to show a page");
      return FALSE;
    }
  oma_interaction_show_async (session->interaction, session->server_id,
                              oma_dm2_run_peek_command (session->run)->server_uri, g_task_get_cancellable (task),
                              shown_cb, task);
  return TRUE;
}

/* Returns: %FALSE when nobody keeps such things: the command is answered. */
static gboolean
has_subscriptions (OmaDm2Session *session)
{
  if (session->subscriptions != NULL)
    return TRUE;
  oma_dm2_run_answer (session->run, OMA_STATUS_NOT_IMPLEMENTED, "Subscriptions cannot be kept");
  return FALSE;
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (oma_subscriptions_finish (OMA_SUBSCRIPTIONS (source), result, &error))
    oma_dm2_run_answer (session->run, OMA_STATUS_OK, NULL);
  else
    oma_dm2_run_fail (session->run, error);
  if (!oma_dm2_run_stop (task))
    oma_dm2_run_go_on (task);
}

/* Internal: DEFAULT.  Our reading: a server names addresses for the objects that it was provisioned for. */
gboolean
oma_dm2_run_default (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  const OmaDm2Command *command = oma_dm2_run_peek_command (session->run);
  const char *moid = command->client_uris[0];

  if (!has_subscriptions (session))
    return FALSE;
  if (*moid == '\0' || strchr (moid, '/') != NULL)
    {
      oma_dm2_run_answer (session->run, OMA_STATUS_BAD_REQUEST, "That is no identifier of an object");
      return FALSE;
    }
  if (session->moids != NULL && !g_strv_contains ((const char *const *) session->moids, moid))
    {
      oma_dm2_run_answer (session->run, OMA_STATUS_FORBIDDEN, "The server was not provisioned for this object");
      return FALSE;
    }
  oma_subscriptions_set_default_async (session->subscriptions, session->server_id, moid, command->server_uri, kept_cb,
                                       task);
  return TRUE;
}

static gboolean
may_read_all (const GPtrArray *nodes)
{
  for (guint i = 0; i < nodes->len; i++)
    if ((((const OmaObjectNode *) g_ptr_array_index (nodes, i))->rights & OMA_OBJECT_RIGHT_READ) == 0)
      return FALSE;
  return TRUE;
}

static void
resolved_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  const OmaDm2Command *command = oma_dm2_run_peek_command (session->run);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) nodes = oma_objects_resolve_finish (session->objects, result, &error);

  if (oma_dm2_run_stop (task))
    return;
  if (nodes != NULL && may_read_all (nodes))
    {
      oma_subscriptions_subscribe_async (session->subscriptions, session->server_id, command->client_uris[0],
                                         command->server_uri, kept_cb, task);
      return;
    }
  if (nodes == NULL)
    oma_dm2_run_fail (session->run, error);
  else
    oma_dm2_run_answer (session->run, OMA_STATUS_FORBIDDEN, "The server may not read that");
  oma_dm2_run_go_on (task);
}

/* Internal: SUB.  Our reading: it needs the right to read, and something that is there. */
gboolean
oma_dm2_run_subscribe (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (!has_subscriptions (session) || !oma_dm2_run_parse_uris (session->run))
    return FALSE;
  oma_objects_resolve_async (session->objects, g_ptr_array_index (session->run->uris, 0), FALSE,
                             g_task_get_cancellable (task), resolved_cb, task);
  return TRUE;
}

/* Internal: UNSUB: the text counts, whatever it names by now. */
gboolean
oma_dm2_run_unsubscribe (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (!has_subscriptions (session))
    return FALSE;
  oma_subscriptions_unsubscribe_async (session->subscriptions, session->server_id,
                                       oma_dm2_run_peek_command (session->run)->client_uris[0], kept_cb, task);
  return TRUE;
}
