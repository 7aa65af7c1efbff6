/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The person at the device and the queue of alerts, as a case scripts them. */
#include "config.h"

#include "device.h"

#include "session/oma-late-exec.h"

#include <string.h>

#define REPORT_TYPE "Reversed-Domain-Name: org.omadm.exec"

/* ---- What a request holds ---- */

const char *
get_string (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : NULL;
}

gint64
get_number (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_int_member (object, name) : 0;
}

gboolean
get_truth (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) && json_object_get_boolean_member (object, name);
}

/* Member "value" is base64 text of the octets. */
OmaValue *
get_value (JsonObject *object, OmaFormat format)
{
  const char *text = get_string (object, "value");
  gsize size = 0;
  g_autofree guchar *octets = text != NULL && *text != '\0' ? g_base64_decode (text, &size) : NULL;

  return oma_value_new (format, get_string (object, "type"), octets != NULL ? (gconstpointer) octets : "", size);
}

/* ---- The person ---- */

#define TYPE_PERSON (person_get_type ())
G_DECLARE_FINAL_TYPE (Person, person, TEST, PERSON, GObject)

struct _Person {
  GObject    parent_instance;
  GQueue     script;          /* (element-type JsonObject): what is answered next */
  JsonArray *log;             /* what was asked */
};

static void person_iface_init (OmaInteractionInterface *iface);

G_DEFINE_TYPE_WITH_CODE (Person, person, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (OMA_TYPE_INTERACTION, person_iface_init))

typedef struct {
  OmaStatus status;
  char    **answers;
} Reply;

static void
reply_free (gpointer data)
{
  Reply *reply = data;

  g_strfreev (reply->answers);
  g_free (reply);
}

static JsonArray *
describe_choices (const char *const *choices)
{
  JsonArray *array = json_array_new ();

  for (gsize i = 0; choices != NULL && choices[i] != NULL; i++)
    json_array_add_string_element (array, choices[i]);
  return array;
}

static JsonObject *
describe_request (const OmaInteractionRequest *request)
{
  char input_type[] = { request->input_type, '\0' };
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "code", request->type);
  json_object_set_string_member (object, "server", request->server_id);
  json_object_set_string_member (object, "text", request->text);
  json_object_set_array_member (object, "choices", describe_choices (request->choices));
  json_object_set_int_member (object, "min-time", request->min_time);
  json_object_set_int_member (object, "max-time", request->max_time);
  json_object_set_string_member (object, "initial", request->initial != NULL ? request->initial : "");
  json_object_set_int_member (object, "max-length", request->max_length);
  json_object_set_string_member (object, "input-type", input_type);
  json_object_set_boolean_member (object, "hidden", request->hidden);
  return object;
}

static Reply *
make_reply (JsonObject *script)
{
  g_autoptr(GStrvBuilder) answers = g_strv_builder_new ();
  JsonArray *texts = json_object_get_array_member (script, "answers");
  Reply *reply = g_new0 (Reply, 1);

  reply->status = get_number (script, "status");
  if (reply->status != OMA_STATUS_OK)
    return reply;
  for (guint i = 0; i < json_array_get_length (texts); i++)
    g_strv_builder_add (answers, json_array_get_string_element (texts, i));
  reply->answers = g_strv_builder_end (answers);
  return reply;
}

static void
person_ask_async (OmaInteraction *interaction, const OmaInteractionRequest *request, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  Person *self = TEST_PERSON (interaction);
  g_autoptr(GTask) task = g_task_new (interaction, cancellable, callback, user_data);
  JsonObject *script = g_queue_pop_head (&self->script);

  json_array_add_object_element (self->log, describe_request (request));
  if (script == NULL)
    {
      Reply *reply = g_new0 (Reply, 1);
      reply->status = OMA_STATUS_NOT_SUPPORTED;
      g_task_return_pointer (task, reply, reply_free);
      return;
    }
  g_task_return_pointer (task, make_reply (script), reply_free);
  json_object_unref (script);
}

static OmaStatus
person_ask_finish (OmaInteraction *interaction G_GNUC_UNUSED, GAsyncResult *result, char ***answers)
{
  Reply *reply = g_task_propagate_pointer (G_TASK (result), NULL);
  OmaStatus status = reply != NULL ? reply->status : OMA_STATUS_OPERATION_CANCELLED;

  *answers = NULL;
  if (reply == NULL)
    return status;
  *answers = g_steal_pointer (&reply->answers);
  reply_free (reply);
  return status;
}

/* A page is noted as a question is, and its fate is that of the next answer of the script. */
static void
person_show_async (OmaInteraction *interaction, const char *server_id, const char *uri, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  Person *self = TEST_PERSON (interaction);
  g_autoptr(GTask) task = g_task_new (interaction, cancellable, callback, user_data);
  JsonObject *script = g_queue_pop_head (&self->script);
  JsonObject *page = json_object_new ();

  json_object_set_string_member (page, "server", server_id);
  json_object_set_string_member (page, "uri", uri);
  json_array_add_object_element (self->log, page);
  g_task_return_int (task, script != NULL ? get_number (script, "status") : OMA_STATUS_NOT_IMPLEMENTED);
  g_clear_pointer (&script, json_object_unref);
}

static OmaStatus
person_show_finish (OmaInteraction *interaction G_GNUC_UNUSED, GAsyncResult *result)
{
  gssize status = g_task_propagate_int (G_TASK (result), NULL);

  return status >= 0 ? (OmaStatus) status : OMA_STATUS_OPERATION_CANCELLED;
}

static void
person_iface_init (OmaInteractionInterface *iface)
{
  iface->ask_async = person_ask_async;
  iface->ask_finish = person_ask_finish;
  iface->show_async = person_show_async;
  iface->show_finish = person_show_finish;
}

static void
person_finalize (GObject *object)
{
  Person *self = TEST_PERSON (object);

  g_queue_clear_full (&self->script, (GDestroyNotify) json_object_unref);
  json_array_unref (self->log);
  G_OBJECT_CLASS (person_parent_class)->finalize (object);
}

static void
person_class_init (PersonClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = person_finalize;
}

static void
person_init (Person *self)
{
  g_queue_init (&self->script);
  self->log = json_array_new ();
}

OmaInteraction *
person_new (void)
{
  return OMA_INTERACTION (g_object_new (TYPE_PERSON, NULL));
}

void
person_expect (OmaInteraction *person, JsonObject *request)
{
  g_queue_push_tail (&TEST_PERSON (person)->script, json_object_ref (request));
}

/* Returns: (transfer full): what was asked since the last call */
JsonArray *
person_take_log (OmaInteraction *person)
{
  JsonArray *log = TEST_PERSON (person)->log;

  TEST_PERSON (person)->log = json_array_new ();
  return log;
}

/* ---- The queue of alerts ---- */

#define TYPE_ALERTS (alerts_get_type ())
G_DECLARE_FINAL_TYPE (Alerts, alerts, TEST, ALERTS, GObject)

struct _Alerts {
  GObject    parent_instance;
  GPtrArray *alerts;          /* (element-type OmaAlert) */
  gint64     last_id;
};

static void alerts_iface_init (OmaAlertQueueInterface *iface);

G_DEFINE_TYPE_WITH_CODE (Alerts, alerts, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (OMA_TYPE_ALERT_QUEUE, alerts_iface_init))

static void
alerts_add_async (OmaAlertQueue *queue, OmaAlert *alert, GAsyncReadyCallback callback, gpointer user_data)
{
  Alerts *self = TEST_ALERTS (queue);
  g_autoptr(GTask) task = g_task_new (queue, NULL, callback, user_data);

  alert->id = ++self->last_id;
  g_ptr_array_add (self->alerts, alert);
  g_task_return_int (task, alert->id);
}

static gint64
alerts_add_finish (OmaAlertQueue *queue G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return MAX (g_task_propagate_int (G_TASK (result), error), 0);
}

static GPtrArray *
alerts_list (OmaAlertQueue *queue, const char *server_id, const char *report_uri)
{
  Alerts *self = TEST_ALERTS (queue);
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < self->alerts->len; i++)
    {
      OmaAlert *alert = g_ptr_array_index (self->alerts, i);
      if ((alert->server_id == NULL || g_strcmp0 (alert->server_id, server_id) == 0) &&
          g_strcmp0 (alert->report_uri, report_uri) == 0)
        g_ptr_array_add (list, alert);
    }
  return list;
}

/* Whether another try may end otherwise: credentials, and what is wrong with the server. */
static gboolean
may_be_mended (OmaStatus status)
{
  return status == OMA_STATUS_INVALID_CREDENTIALS || status == OMA_STATUS_MISSING_CREDENTIALS ||
         status < 200 || status >= 500;
}

static void
alerts_settle (OmaAlertQueue *queue, gint64 id, OmaStatus status)
{
  Alerts *self = TEST_ALERTS (queue);

  for (guint i = 0; i < self->alerts->len && !may_be_mended (status); i++)
    if (((OmaAlert *) g_ptr_array_index (self->alerts, i))->id == id)
      {
        g_ptr_array_remove_index (self->alerts, i);
        return;
      }
}

static void
alerts_iface_init (OmaAlertQueueInterface *iface)
{
  iface->add_async = alerts_add_async;
  iface->add_finish = alerts_add_finish;
  iface->list = alerts_list;
  iface->settle = alerts_settle;
}

static void
alerts_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_ALERTS (object)->alerts);
  G_OBJECT_CLASS (alerts_parent_class)->finalize (object);
}

static void
alerts_class_init (AlertsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = alerts_finalize;
}

static void
alerts_init (Alerts *self)
{
  self->alerts = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_alert_free);
}

OmaAlertQueue *
alerts_new (void)
{
  return OMA_ALERT_QUEUE (g_object_new (TYPE_ALERTS, NULL));
}

void
alerts_add (OmaAlertQueue *queue, JsonObject *request, gint64 time)
{
  Alerts *self = TEST_ALERTS (queue);
  OmaAlert *alert = g_new0 (OmaAlert, 1);
  OmaFormat format = oma_format_from_string (get_string (request, "format"));

  alert->id = ++self->last_id;
  alert->server_id = g_strdup (get_string (request, "server"));
  alert->code = get_number (request, "code");
  alert->type = g_strdup (get_string (request, "alert-type"));
  alert->mark = g_strdup (get_string (request, "mark"));
  alert->correlator = g_strdup (get_string (request, "correlator"));
  alert->source = g_strdup (get_string (request, "source"));
  alert->target = g_strdup (get_string (request, "target"));
  alert->report_uri = g_strdup (get_string (request, "report-uri"));
  alert->data = get_value (request, format != OMA_FORMAT_NONE ? format : OMA_FORMAT_CHR);
  alert->solicited = get_truth (request, "solicited");
  alert->time = time;
  g_ptr_array_add (self->alerts, alert);
}

/* Returns: (transfer full): those that are left */
JsonArray *
alerts_describe (OmaAlertQueue *queue)
{
  Alerts *self = TEST_ALERTS (queue);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < self->alerts->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (self->alerts, i);
      JsonObject *object = json_object_new ();

      json_object_set_int_member (object, "code", alert->code);
      json_object_set_string_member (object, "alert-type", alert->type);
      json_object_set_string_member (object, "correlator", alert->correlator != NULL ? alert->correlator : "");
      json_object_set_string_member (object, "report-uri", alert->report_uri != NULL ? alert->report_uri : "");
      json_object_set_string_member (object, "source", alert->source != NULL ? alert->source : "");
      json_object_set_string_member (object, "value", alert->data != NULL ? oma_value_get_text (alert->data) : "");
      json_array_add_object_element (array, object);
    }
  return array;
}

static void
accept_exec (OmaLateExec *exec, gpointer user_data G_GNUC_UNUSED)
{
  oma_late_exec_accept (exec, NULL);
}

static void
report_exec (OmaLateExec *exec, OmaStatus status, const GError *error G_GNUC_UNUSED, gpointer user_data)
{
  Alerts *self = user_data;
  OmaAlert *alert = g_new0 (OmaAlert, 1);
  g_autofree char *text = g_strdup_printf ("%d", status);

  alert->id = ++self->last_id;
  alert->server_id = g_strdup (exec->principal.server_id);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (REPORT_TYPE);
  alert->correlator = g_strdup (exec->correlator);
  alert->source = g_strdup (exec->uri);
  alert->report_uri = g_strdup (exec->report_uri);
  alert->data = oma_value_new (OMA_FORMAT_INT, NULL, text, strlen (text));
  alert->solicited = TRUE;
  g_ptr_array_add (self->alerts, alert);
}

/* What the daemon does with an Exec that goes on after its answer, without the store. */
void
alerts_report_late_execs (OmaAlertQueue *queue, OmaExecutor *executor)
{
  oma_executor_set_late_funcs (executor, accept_exec, report_exec, queue);
}

/* ---- What servers ask for beyond the session ---- */

#define TYPE_KEEPER (keeper_get_type ())
G_DECLARE_FINAL_TYPE (Keeper, keeper, TEST, KEEPER, GObject)

struct _Keeper {
  GObject     parent_instance;
  GHashTable *subscriptions;   /* ClientURI -> address */
  GHashTable *defaults;        /* MOID -> address */
};

static void keeper_iface_init (OmaSubscriptionsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (Keeper, keeper, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_SUBSCRIPTIONS, keeper_iface_init))

static void
keep (OmaSubscriptions *keeper, GHashTable *table, const char *name, const char *uri, GAsyncReadyCallback callback,
      gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (keeper, NULL, callback, user_data);

  if (uri != NULL)
    g_hash_table_insert (table, g_strdup (name), g_strdup (uri));
  if (uri != NULL || g_hash_table_remove (table, name))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no such subscription");
}

static void
keeper_subscribe_async (OmaSubscriptions *keeper, const char *server_id G_GNUC_UNUSED, const char *client_uri,
                        const char *server_uri, GAsyncReadyCallback callback, gpointer user_data)
{
  keep (keeper, TEST_KEEPER (keeper)->subscriptions, client_uri, server_uri, callback, user_data);
}

static void
keeper_unsubscribe_async (OmaSubscriptions *keeper, const char *server_id G_GNUC_UNUSED, const char *client_uri,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  keep (keeper, TEST_KEEPER (keeper)->subscriptions, client_uri, NULL, callback, user_data);
}

static void
keeper_set_default_async (OmaSubscriptions *keeper, const char *server_id G_GNUC_UNUSED, const char *moid,
                          const char *server_uri, GAsyncReadyCallback callback, gpointer user_data)
{
  keep (keeper, TEST_KEEPER (keeper)->defaults, moid, server_uri, callback, user_data);
}

static gboolean
keeper_finish (OmaSubscriptions *keeper G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
keeper_iface_init (OmaSubscriptionsInterface *iface)
{
  iface->subscribe_async = keeper_subscribe_async;
  iface->unsubscribe_async = keeper_unsubscribe_async;
  iface->set_default_async = keeper_set_default_async;
  iface->finish = keeper_finish;
}

static void
keeper_finalize (GObject *object)
{
  g_hash_table_unref (TEST_KEEPER (object)->subscriptions);
  g_hash_table_unref (TEST_KEEPER (object)->defaults);
  G_OBJECT_CLASS (keeper_parent_class)->finalize (object);
}

static void
keeper_class_init (KeeperClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keeper_finalize;
}

static void
keeper_init (Keeper *self)
{
  self->subscriptions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->defaults = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

OmaSubscriptions *
keeper_new (void)
{
  return OMA_SUBSCRIPTIONS (g_object_new (TYPE_KEEPER, NULL));
}

static JsonObject *
describe_table (GHashTable *table)
{
  JsonObject *object = json_object_new ();
  GHashTableIter iter;
  gpointer name, uri;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &name, &uri))
    json_object_set_string_member (object, name, uri);
  return object;
}

/* What is kept, by ClientURI and by MOID. */
void
keeper_describe (OmaSubscriptions *keeper, JsonObject *reply)
{
  json_object_set_object_member (reply, "subscriptions", describe_table (TEST_KEEPER (keeper)->subscriptions));
  json_object_set_object_member (reply, "defaults", describe_table (TEST_KEEPER (keeper)->defaults));
}
