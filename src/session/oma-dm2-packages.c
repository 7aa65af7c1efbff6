/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

#include <string.h>

/* The start alert of package 1 (DM Protocol 2.0, package 1). */
static const char *const start_types[] = {
  [OMA_DM2_START_CLIENT] = "urn:oma:at:dm:2.0:ClientInitiatedMgmt",
  [OMA_DM2_START_NOTIFICATION] = "urn:oma:at:dm:2.0:ServerInitiatedMgmt",
  [OMA_DM2_START_BOOTSTRAP] = "urn:oma:at:dm:2.0:BootstrapComplete",
};

/* Octets of data of alerts in one package; the first is let in whatever its size. */
#define MAX_ALERT_DATA (1024 * 1024)

static OmaDm2Alert
make_alert (const OmaAlert *alert)
{
  return (OmaDm2Alert) {
    .type = alert->type,
    .source_uri = alert->source,
    .target_uri = alert->target,
    .mark = alert->mark,
    .data_type = alert->data != NULL ? oma_format_to_string (oma_value_get_format (alert->data)) : NULL,
    .data = alert->data,
    .notification_id = -1,
  };
}

/* What waits for the server, as far as it fits; the alerts are valid until the queue changes. */
static void
add_alerts (OmaDm2Session *session, GArray *alerts)
{
  g_autoptr(GPtrArray) waiting = NULL;
  gsize size = 0;

  g_array_set_size (session->sent_alerts, 0);
  if (session->alert_queue == NULL)
    return;
  waiting = oma_alert_queue_list (session->alert_queue, session->server_id, session->report_uri);
  for (guint i = 0; i < waiting->len && size < MAX_ALERT_DATA; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (waiting, i);
      const OmaDm2Alert item = make_alert (alert);

      size += alert->data != NULL ? oma_value_get_size (alert->data) : 0;
      if (size > MAX_ALERT_DATA && session->sent_alerts->len > 0)
        break;
      g_array_append_val (alerts, item);
      g_array_append_val (session->sent_alerts, alert->id);
    }
}

static OmaDm2Step *
make_package (OmaDm2Session *session, const char *media_type, GBytes *body)
{
  OmaDm2Step *step = oma_dm2_session_make_step (session, OMA_DM2_SEND, "POST", session->uri, session->named_by_server);

  step->media_type = media_type;
  step->accept = OMA_DM2_TYPE_REQUEST;
  step->max_size = OMA_DM2_MAX_PACKAGE;
  step->body = body;
  session->n_packages++;
  session->counters.messages_sent++;
  return step;
}

/* Internal: package 1: what there is to manage, if it is to be told, why the session is opened, and what waits to be
 * told. */
OmaDm2Step *
oma_dm2_packages_make_first (OmaDm2Session *session, const GPtrArray *objects)
{
  g_autoptr(GArray) alerts = g_array_new (FALSE, FALSE, sizeof (OmaDm2Alert));
  const OmaDm2Alert start = { .type = start_types[session->start], .notification_id = session->notification_id };

  g_array_append_val (alerts, start);
  add_alerts (session, alerts);
  return make_package (session, OMA_DM2_TYPE_INITIATION,
                       oma_dm2_write_initiation (objects, (const OmaDm2Alert *) (gpointer) alerts->data, alerts->len));
}

/* Internal: package 3: what became of each command. */
OmaDm2Step *
oma_dm2_packages_make_answer (OmaDm2Session *session)
{
  g_autoptr(GArray) alerts = g_array_new (FALSE, FALSE, sizeof (OmaDm2Alert));
  g_autoptr(GArray) answers = g_array_new (FALSE, FALSE, sizeof (OmaDm2Answer));

  for (guint i = 0; i < session->run->outcomes->len; i++)
    g_array_append_val (answers, oma_dm2_run_peek_outcome (session->run, i)->answer);   /* borrowed */
  add_alerts (session, alerts);
  return make_package (session, OMA_DM2_TYPE_RESPONSE,
                       oma_dm2_write_response ((const OmaDm2Answer *) (gpointer) answers->data, answers->len,
                                               (const OmaDm2Alert *) (gpointer) alerts->data, alerts->len));
}

/* Internal: the server has taken the package that was out.  Our reading: with that its alerts are delivered, since no
 * other answer to them is foreseen. */
void
oma_dm2_packages_settle_alerts (OmaDm2Session *session)
{
  for (guint i = 0; i < session->sent_alerts->len; i++)
    oma_alert_queue_settle (session->alert_queue, g_array_index (session->sent_alerts, gint64, i), OMA_STATUS_OK);
  g_array_set_size (session->sent_alerts, 0);
}
