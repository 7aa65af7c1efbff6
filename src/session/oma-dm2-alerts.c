/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

#include <string.h>

/* What packages tell beside statuses: why the session was opened, and what waits for the server.  Alerts name the node
 * that they are about as the tree does; a server of DM 2.0 knows it by its ClientURI. */

/* The start alert of package 1 (DM Protocol 2.0, package 1). */
static const char *const start_types[] = {
  [OMA_DM2_START_CLIENT] = "urn:oma:at:dm:2.0:ClientInitiatedMgmt",
  [OMA_DM2_START_NOTIFICATION] = "urn:oma:at:dm:2.0:ServerInitiatedMgmt",
  [OMA_DM2_START_BOOTSTRAP] = "urn:oma:at:dm:2.0:BootstrapComplete",
};

/* Octets of data of alerts in one package; the first is let in whatever its size. */
#define MAX_ALERT_DATA (1024 * 1024)

#define TYPE_QUERY "?prop=Type"

/* How a node is found that an alert is about. */
struct _OmaDm2Naming {
  OmaWork         *work;
  OmaOperation     operation;
  char            *source;      /* of the alert */
  char            *root;        /* what may be the root of the object: the node or one above it */
  char            *query;       /* for the Type of that */
  OmaClientUri    *uri;         /* (nullable): all instances of the object */
  OmaDm2NamedFunc  func;
};

static void name_next (GTask *task);
static void ask_type (GTask *task);

/* Internal: @naming (transfer full): nothing of it is under way. */
void
oma_dm2_naming_free (OmaDm2Naming *naming)
{
  oma_operation_clear (&naming->operation);
  oma_work_free (naming->work);
  g_clear_pointer (&naming->uri, oma_client_uri_free);
  g_free (naming->source);
  g_free (naming->root);
  g_free (naming->query);
  g_free (naming);
}

/* ---- From URIs to ClientURIs ---- */

static char *
make_client_uri (const OmaObjectNode *root, const char *rest)
{
  g_auto(GStrv) path = g_strsplit (rest, "/", -1);

  for (guint i = 0; path[i] != NULL; i++)
    {
      char *name = g_uri_unescape_string (path[i], NULL);

      if (name == NULL)
        continue;
      g_free (path[i]);
      path[i] = name;
    }
  return oma_client_uri_make (root->moid, root->miid, (const char *const *) path);
}

/* Takes @name, which is what the source is called from now on. */
static void
take_name (GTask *task, char *name)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Naming *naming = session->naming;

  g_hash_table_insert (session->names, g_steal_pointer (&naming->source), name);
  name_next (task);
}

/* Looks at the node above.  Our reading: what no object holds keeps the name that it has in the tree. */
static void
go_up (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Naming *naming = session->naming;
  char *slash = strrchr (naming->root, '/');

  if (slash == NULL)
    {
      take_name (task, g_strdup (naming->source));
      return;
    }
  *slash = '\0';
  ask_type (task);
}

static void
resolved_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  const OmaDm2Naming *naming = session->naming;
  g_autoptr(GPtrArray) nodes = oma_objects_resolve_finish (session->objects, result, NULL);
  const char *rest = naming->source + strlen (naming->root);

  if (oma_dm2_session_end_if_stopped (task))
    return;
  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    {
      const OmaObjectNode *node = g_ptr_array_index (nodes, i);

      if (strcmp (node->root, naming->root) != 0)
        continue;
      take_name (task, make_client_uri (node, *rest == '/' ? rest + 1 : rest));
      return;
    }
  go_up (task);
}

/* The Type of an interior node is the identifier of its object, that of a leaf is a media type. */
static void
take_type (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Naming *naming = session->naming;
  OmaValue *type = naming->operation.result;
  const char *moid = type != NULL ? oma_value_get_text (type) : "";
  g_autofree char *text = g_strdup_printf ("%s/*/", moid);
  gboolean is_object = *moid != '\0' && strchr (moid, '/') == NULL;

  oma_operation_clear (&naming->operation);
  g_clear_pointer (&naming->uri, oma_client_uri_free);
  if (is_object)
    naming->uri = oma_client_uri_parse (text, NULL);
  if (naming->uri != NULL)
    oma_objects_resolve_async (session->objects, naming->uri, FALSE, g_task_get_cancellable (task), resolved_cb, task);
  else
    go_up (task);
}

static void
type_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);

  oma_work_run_finish (session->naming->work, result, NULL);
  if (!oma_dm2_session_end_if_stopped (task))
    take_type (task);
}

static void
ask_type (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Naming *naming = session->naming;

  g_free (naming->query);
  naming->query = g_strconcat (naming->root, TYPE_QUERY, NULL);
  naming->operation = (OmaOperation) { .type = OMA_OPERATION_GET, .uri = naming->query };
  if (oma_work_try_run (naming->work, &naming->operation))
    take_type (task);
  else
    oma_work_run_async (naming->work, &naming->operation, g_task_get_cancellable (task), type_cb, task);
}

static char *
find_unnamed (OmaDm2Session *session)
{
  g_autoptr(GPtrArray) waiting = NULL;

  if (session->alert_queue == NULL)
    return NULL;
  waiting = oma_alert_queue_list (session->alert_queue, session->server_id, session->report_uri);
  for (guint i = 0; i < waiting->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (waiting, i);

      if (alert->source != NULL && !g_hash_table_contains (session->names, alert->source))
        return g_strdup (alert->source);
    }
  return NULL;
}

static void
name_next (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Naming *naming = session->naming;

  naming->source = find_unnamed (session);
  if (naming->source == NULL)
    {
      OmaDm2NamedFunc func = naming->func;

      g_clear_pointer (&session->naming, oma_dm2_naming_free);
      func (task);
      return;
    }
  g_free (naming->root);
  naming->root = g_strdup (naming->source);
  ask_type (task);
}

/* Internal: finds the ClientURIs of the nodes that waiting alerts are about, then calls @func. */
void
oma_dm2_alerts_name (GTask *task, OmaDm2NamedFunc func)
{
  static const OmaPrincipal device = { .kind = OMA_PRINCIPAL_DEVICE };
  OmaDm2Session *session = g_task_get_task_data (task);

  session->naming = g_new0 (OmaDm2Naming, 1);
  session->naming->func = func;
  session->naming->work = oma_work_new (session->executor, &device);
  name_next (task);
}

/* ---- Into a package ---- */

/* Internal: why the session was opened: exactly one alert of package 1. */
OmaDm2Alert
oma_dm2_alerts_make_start (const OmaDm2Session *session)
{
  return (OmaDm2Alert) { .type = start_types[session->start], .notification_id = session->notification_id };
}

static OmaDm2Alert
make_alert (const OmaDm2Session *session, const OmaAlert *alert)
{
  return (OmaDm2Alert) {
    .type = alert->type,
    .source_uri = alert->source != NULL ? g_hash_table_lookup (session->names, alert->source) : NULL,
    .target_uri = alert->target,
    .mark = alert->mark,
    .data_type = alert->data != NULL ? oma_format_to_string (oma_value_get_format (alert->data)) : NULL,
    .data = alert->data,
    .notification_id = -1,
  };
}

/* Internal: adds what waits for the server, as far as it fits, to @alerts (element-type OmaDm2Alert); valid until the
 * queue changes. */
void
oma_dm2_alerts_add (OmaDm2Session *session, GArray *alerts)
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
      const OmaDm2Alert item = make_alert (session, alert);

      size += alert->data != NULL ? oma_value_get_size (alert->data) : 0;
      if (size > MAX_ALERT_DATA && session->sent_alerts->len > 0)
        break;
      g_array_append_val (alerts, item);
      g_array_append_val (session->sent_alerts, alert->id);
    }
}

/* Internal: the server has taken the package that was out.  Our reading: with that its alerts are delivered, since no
 * other answer to them is foreseen. */
void
oma_dm2_alerts_settle (OmaDm2Session *session)
{
  for (guint i = 0; i < session->sent_alerts->len; i++)
    oma_alert_queue_settle (session->alert_queue, g_array_index (session->sent_alerts, gint64, i), OMA_STATUS_OK);
  g_array_set_size (session->sent_alerts, 0);
}
