/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-interruption.h"
#include "base/oma-status.h"

/* A queue that keeps the last alert, or refuses them all. */
#define TEST_TYPE_QUEUE (test_queue_get_type ())
G_DECLARE_FINAL_TYPE (TestQueue, test_queue, TEST, QUEUE, GObject)

struct _TestQueue {
  GObject   parent_instance;
  OmaAlert *alert;
  guint     n_added;
  gboolean  is_full;
};

static void test_queue_iface_init (OmaAlertQueueInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestQueue, test_queue, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_ALERT_QUEUE, test_queue_iface_init))

static void
test_queue_finalize (GObject *object)
{
  oma_alert_free (TEST_QUEUE (object)->alert);
  G_OBJECT_CLASS (test_queue_parent_class)->finalize (object);
}

static void
test_queue_class_init (TestQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_queue_finalize;
}

static void
test_queue_init (TestQueue *queue G_GNUC_UNUSED)
{
}

static void
add_async (OmaAlertQueue *iface, OmaAlert *alert, GAsyncReadyCallback callback, gpointer user_data)
{
  TestQueue *queue = TEST_QUEUE (iface);
  g_autoptr(GTask) task = g_task_new (queue, NULL, callback, user_data);

  oma_alert_free (queue->alert);
  queue->alert = alert;
  if (queue->is_full)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "full");
  else
    g_task_return_int (task, ++queue->n_added);
}

static gint64
add_finish (OmaAlertQueue *queue G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  gssize id = g_task_propagate_int (G_TASK (result), error);

  return id > 0 ? id : 0;
}

static void
test_queue_iface_init (OmaAlertQueueInterface *iface)
{
  iface->add_async = add_async;
  iface->add_finish = add_finish;
}

typedef struct {
  AgentTest  base;
  TestQueue *queue;
} Fixture;

static void
put (Fixture *f, gint64 id, const char *session_id, guint unanswered)
{
  const OmaSessionRecord record = { .id = id, .account = (char *) "a", .session_id = (char *) session_id,
                                    .reason = (char *) OMA_SESSION_INTERRUPTED, .start_time = 1, .end_time = 2,
                                    .unanswered = unanswered };

  oma_store_put_session (f->base.store, &record);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  agent_test_set_up (&f->base, data);
  f->queue = g_object_new (TEST_TYPE_QUEUE, NULL);
  put (f, 1, "11", 2);
  put (f, 2, "12", 0);
  put (f, 3, "13", 1);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->queue);
  agent_test_tear_down (&f->base, data);
}

static void
result_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
report (Fixture *f, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_interruption_report_async (f->base.store, OMA_ALERT_QUEUE (f->queue), "a", "com.example.a", result_cb, &result);
  g_assert_null (result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_interruption_report_finish (f->base.store, result, error);
}

/* DM Protocol 1.2, section 8.7 */
static void
test_all_sessions_are_told_in_one_alert (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  const OmaAlert *alert;

  g_assert_true (report (f, &error));
  g_assert_no_error (error);
  alert = f->queue->alert;
  g_assert_nonnull (alert);
  g_assert_cmpuint (alert->code, ==, OMA_ALERT_GENERIC);
  g_assert_cmpstr (alert->server_id, ==, "com.example.a");
  g_assert_cmpstr (alert->type, ==, OMA_INTERRUPTION_ALERT_TYPE);
  g_assert_cmpstr (oma_value_get_text (alert->data), ==, "11 2\n13 1");
  g_assert_false (alert->solicited);
}

static void
test_sessions_are_told_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (report (f, NULL));
  g_assert_true (report (f, NULL));
  g_assert_cmpuint (f->queue->n_added, ==, 1);
  agent_test_reopen (&f->base);
  g_assert_true (report (f, NULL));
  g_assert_cmpuint (f->queue->n_added, ==, 1);
}

static void
test_what_the_queue_refuses_is_told_later (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  f->queue->is_full = TRUE;
  g_assert_false (report (f, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  f->queue->is_full = FALSE;
  g_assert_true (report (f, NULL));
  g_assert_cmpuint (f->queue->n_added, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/interruption/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("all-sessions-are-told-in-one-alert", test_all_sessions_are_told_in_one_alert);
  ADD ("sessions-are-told-once", test_sessions_are_told_once);
  ADD ("what-the-queue-refuses-is-told-later", test_what_the_queue_refuses_is_told_later);
#undef ADD
  return g_test_run ();
}
