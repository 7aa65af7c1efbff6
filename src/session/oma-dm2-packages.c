/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

static void
send_package (GTask *task, const char *media_type, GBytes *body)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Step *step = oma_dm2_session_make_step (session, OMA_DM2_SEND, "POST", session->uri, session->named_by_server);

  step->media_type = media_type;
  step->accept = OMA_DM2_TYPE_REQUEST;
  step->max_size = OMA_DM2_MAX_PACKAGE;
  step->body = body;
  session->n_packages++;
  session->counters.messages_sent++;
  oma_dm2_session_return_step (task, step);
}

static void
send_first (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GArray) alerts = g_array_new (FALSE, FALSE, sizeof (OmaDm2Alert));
  const OmaDm2Alert start = oma_dm2_alerts_make_start (session);

  g_array_append_val (alerts, start);
  oma_dm2_alerts_add (session, alerts);
  send_package (task, OMA_DM2_TYPE_INITIATION,
                oma_dm2_write_initiation (session->listed, (const OmaDm2Alert *) (gpointer) alerts->data, alerts->len));
  g_clear_pointer (&session->listed, g_ptr_array_unref);
}

/* Internal: the step is package 1: what there is to manage, if it is to be told, why the session is opened, and what
 * waits to be told.  Takes over the reference to @task. */
void
oma_dm2_packages_send_first (GTask *task)
{
  oma_dm2_alerts_name (task, send_first);
}

static void
send_answer (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GArray) alerts = g_array_new (FALSE, FALSE, sizeof (OmaDm2Alert));
  g_autoptr(GArray) answers = g_array_new (FALSE, FALSE, sizeof (OmaDm2Answer));
  g_autoptr(GBytes) body = NULL;

  for (guint i = 0; i < session->run->outcomes->len; i++)
    g_array_append_val (answers, oma_dm2_run_peek_outcome (session->run, i)->answer);   /* borrowed */
  oma_dm2_alerts_add (session, alerts);
  body = oma_dm2_write_response ((const OmaDm2Answer *) (gpointer) answers->data, answers->len,
                                 (const OmaDm2Alert *) (gpointer) alerts->data, alerts->len);
  oma_dm2_session_close_run (session);
  send_package (task, OMA_DM2_TYPE_RESPONSE, g_steal_pointer (&body));
}

/* Internal: the step is package 3: what became of each command, and what waits to be told.  Takes over the reference to
 * @task. */
void
oma_dm2_packages_send_answer (GTask *task)
{
  oma_dm2_alerts_name (task, send_answer);
}
