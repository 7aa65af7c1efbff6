/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-doubles.h"

/* ---- Subscriptions ---- */

static void fake_subscriptions_iface_init (OmaSubscriptionsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeSubscriptions, fake_subscriptions, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_SUBSCRIPTIONS, fake_subscriptions_iface_init))

static void
note (OmaSubscriptions *subscriptions, const char *what, const char *server_id, const char *name, const char *uri,
      GAsyncReadyCallback callback, gpointer user_data)
{
  FakeSubscriptions *self = FAKE_SUBSCRIPTIONS (subscriptions);
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, user_data);

  g_assert_cmpstr (server_id, ==, self->server_id);
  g_string_append_printf (self->log, "%s %s %s\n", what, name, uri);
  if (self->refusal != OMA_STATUS_NONE)
    g_task_return_new_error (task, OMA_STATUS_ERROR, self->refusal, "as the test wants it");
  else
    g_task_return_boolean (task, TRUE);
}

static void
subscribe_async (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri, const char *server_uri,
                 GAsyncReadyCallback callback, gpointer user_data)
{
  note (subscriptions, "subscribe", server_id, client_uri, server_uri, callback, user_data);
}

static void
unsubscribe_async (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  note (subscriptions, "unsubscribe", server_id, client_uri, "-", callback, user_data);
}

static void
set_default_async (OmaSubscriptions *subscriptions, const char *server_id, const char *moid, const char *server_uri,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  note (subscriptions, "default", server_id, moid, server_uri, callback, user_data);
}

static gboolean
finish (OmaSubscriptions *subscriptions G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
fake_subscriptions_iface_init (OmaSubscriptionsInterface *iface)
{
  iface->subscribe_async = subscribe_async;
  iface->unsubscribe_async = unsubscribe_async;
  iface->set_default_async = set_default_async;
  iface->finish = finish;
}

static void
fake_subscriptions_finalize (GObject *object)
{
  g_string_free (FAKE_SUBSCRIPTIONS (object)->log, TRUE);
  G_OBJECT_CLASS (fake_subscriptions_parent_class)->finalize (object);
}

static void
fake_subscriptions_class_init (FakeSubscriptionsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_subscriptions_finalize;
}

static void
fake_subscriptions_init (FakeSubscriptions *self)
{
  self->server_id = DM2_SERVER_ID;
  self->log = g_string_new (NULL);
}

/* ---- Alerts ---- */

static void fake_alerts_iface_init (OmaAlertQueueInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeAlerts, fake_alerts, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_ALERT_QUEUE, fake_alerts_iface_init))

static GPtrArray *
fake_list (OmaAlertQueue *queue, const char *server_id, const char *report_uri)
{
  FakeAlerts *self = FAKE_ALERTS (queue);
  GPtrArray *alerts = g_ptr_array_new ();

  g_assert_cmpstr (server_id, ==, self->server_id);
  for (guint i = 0; i < self->alerts->len; i++)
    {
      OmaAlert *alert = g_ptr_array_index (self->alerts, i);

      if (g_strcmp0 (alert->report_uri, report_uri) == 0)
        g_ptr_array_add (alerts, alert);
    }
  return alerts;
}

static void
fake_settle (OmaAlertQueue *queue, gint64 id, OmaStatus status)
{
  FakeAlerts *self = FAKE_ALERTS (queue);

  g_string_append_printf (self->settled, "%d=%d ", (int) id, status);
  for (guint i = self->alerts->len; i-- > 0;)
    if (((OmaAlert *) g_ptr_array_index (self->alerts, i))->id == id)
      g_ptr_array_remove_index (self->alerts, i);
}

static void
fake_alerts_iface_init (OmaAlertQueueInterface *iface)
{
  iface->list = fake_list;
  iface->settle = fake_settle;
}

static void
fake_alerts_finalize (GObject *object)
{
  g_ptr_array_unref (FAKE_ALERTS (object)->alerts);
  g_string_free (FAKE_ALERTS (object)->settled, TRUE);
  G_OBJECT_CLASS (fake_alerts_parent_class)->finalize (object);
}

static void
fake_alerts_class_init (FakeAlertsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_alerts_finalize;
}

static void
fake_alerts_init (FakeAlerts *self)
{
  self->server_id = DM2_SERVER_ID;
  self->alerts = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_alert_free);
  self->settled = g_string_new (NULL);
}
