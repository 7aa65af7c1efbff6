/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units of work that are to be undone.  Their only change is that ./Ops/Extra was added: that is undone already
 * when the plugin says that it is not there, and cannot be undone when it is, since it removes nothing. */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-agent.h"
#include "agent/oma-unit-list.h"

#include <string.h>

#define SERVER "com.example.a"

typedef struct {
  AgentTest     base;
  OmaAlertList *alerts;
  OmaUnitList  *units;
} Fixture;

static void
result_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
open_alerts (Fixture *f)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  f->alerts = oma_alert_list_new (f->base.store);
  oma_alert_list_load_async (f->alerts, result_cb, &result);
  wait_for (&result);
  oma_alert_list_load_finish (f->alerts, result, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  agent_test_set_up (&f->base, data);
  open_alerts (f);
}

/* Before the executor goes: results of the list that a test still has keep it alive. */
static void
close_lists (Fixture *f)
{
  if (f->units != NULL)
    oma_unit_list_close (f->units);
  g_clear_object (&f->units);
  g_clear_object (&f->alerts);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_lists (f);
  agent_test_tear_down (&f->base, data);
}

static gint64
put_unit (Fixture *f, OmaUnitState state, const char *server_id, OmaImageKind kind)
{
  OmaTreeStore *store = OMA_TREE_STORE (f->base.store);
  OmaUnitRecord *unit = oma_unit_record_new (oma_tree_store_next_unit_id (store));
  GArray *ops = oma_tree_store_ops_new (1);
  const OmaStoreOp op = { .kind = OMA_STORE_PUT_UNIT, .unit = unit };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  gint64 id = unit->id;

  unit->state = state;
  unit->server_id = g_strdup (server_id);
  unit->time = 1;
  g_ptr_array_add (unit->images, oma_image_new (kind, "./Ops", kind == OMA_IMAGE_EXEC ? "./Ops/Count" : "./Ops/Extra"));
  g_array_append_val (ops, op);
  oma_tree_store_write_async (store, ops, NULL, result_cb, &result);
  wait_for (&result);
  oma_tree_store_write_finish (store, result, &error);
  g_assert_no_error (error);
  return id;
}

/* As when the daemon starts; then until nothing is under way. */
static void
recover (Fixture *f)
{
  g_autoptr(GError) error = NULL;

  f->units = oma_unit_list_new (f->base.executor, f->alerts);
  oma_unit_list_recover (f->units, &error);
  g_assert_no_error (error);
  while (oma_unit_list_is_busy (f->units))
    g_main_context_iteration (NULL, TRUE);
}

static void
restart (Fixture *f)
{
  close_lists (f);
  agent_test_reopen (&f->base);
  open_alerts (f);
  recover (f);
}

static guint
count_units (Fixture *f)
{
  g_autoptr(GPtrArray) units = oma_unit_list_get (f->units);

  return units->len;
}

/* Until what the store was asked before is done. */
static void
settle (Fixture *f)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) records = NULL;

  oma_store_list_alerts_async (f->base.store, result_cb, &result);
  wait_for (&result);
  records = oma_store_list_alerts_finish (f->base.store, result, NULL);
  g_assert_nonnull (records);
}

/* Data and mark of the alerts that can be sent to the server, but for the time in them. */
static void
assert_alerts (Fixture *f, const char *expected)
{
  g_autoptr(GPtrArray) alerts = NULL;
  g_autoptr(GString) text = g_string_new (NULL);

  settle (f);
  alerts = oma_alert_queue_list (OMA_ALERT_QUEUE (f->alerts), SERVER);
  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = alerts->pdata[i];
      g_auto(GStrv) words = g_strsplit (oma_value_get_text (alert->data), " ", 3);

      g_assert_cmpstr (alert->type, ==, OMA_UNIT_ALERT_TYPE);
      g_assert_false (alert->solicited);
      g_assert_cmpstr (words[2], ==, "1970-01-01T00:00:01Z");
      g_string_append_printf (text, "%s %s %s; ", words[0], words[1], alert->mark);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static gboolean
retry (Fixture *f, gint64 id, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_unit_list_retry_async (f->units, id, result_cb, &result);
  wait_for (&result);
  return oma_unit_list_retry_finish (f->units, result, error);
}

static void
test_interrupted_unit_is_undone_and_its_server_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD), ==, 1);
  g_assert_cmpint (put_unit (f, OMA_UNIT_PROVISIONAL, SERVER, OMA_IMAGE_ADD), ==, 2);
  put_unit (f, OMA_UNIT_OPEN, NULL, OMA_IMAGE_ADD);
  recover (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_true (agent_test_has_logged ("Unit of work 1 of com.example.a, begun 1970-01-01T00:00:01Z, is undone"));
  g_assert_true (agent_test_has_logged ("Unit of work 3 of this device"));
  assert_alerts (f, "undone 1 informational; undone 2 informational; ");
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  assert_alerts (f, "undone 1 informational; undone 2 informational; ");
}

static void
test_exec_may_have_run (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_EXEC);
  recover (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_cmpuint (f->base.executed, ==, 0);
  assert_alerts (f, "may-have-run 1 warning; ");
}

static void
test_what_cannot_be_undone_is_kept_and_told_of_again_at_its_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id = put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  g_autoptr(GPtrArray) units = NULL;
  g_autoptr(GError) error = NULL;
  const OmaUnitInfo *unit;

  f->base.has_extra = TRUE;
  recover (f);
  units = oma_unit_list_get (f->units);
  g_assert_cmpuint (units->len, ==, 1);
  unit = units->pdata[0];
  g_assert_cmpint (unit->id, ==, id);
  g_assert_cmpint (unit->state, ==, OMA_UNIT_UNDO_FAILED);
  g_assert_cmpuint (unit->attempts, ==, 1);
  g_assert_cmpuint (unit->n_changes, ==, 1);
  g_assert_nonnull (unit->error);
  assert_alerts (f, "partly-undone 1 warning; ");

  g_assert_false (retry (f, id, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ATOMIC_ROLL_BACK_FAILED);
  g_assert_cmpuint (unit->attempts, ==, 2);
  assert_alerts (f, "partly-undone 1 warning; ");
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 1);
  assert_alerts (f, "partly-undone 1 warning; ");
  f->base.has_extra = FALSE;
  g_assert_true (retry (f, id, NULL));
  g_assert_cmpuint (count_units (f), ==, 0);
  assert_alerts (f, "partly-undone 1 warning; undone 1 informational; ");
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
}

static void
test_it_is_tried_again_by_itself (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->base.has_extra = TRUE;
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  f->units = oma_unit_list_new (f->base.executor, f->alerts);
  oma_unit_list_set_retry (f->units, 1, NULL);
  g_assert_true (oma_unit_list_recover (f->units, NULL));
  while (oma_unit_list_is_busy (f->units))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (count_units (f), ==, 2);
  f->base.has_extra = FALSE;
  while (count_units (f) > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_alerts (f, "partly-undone 1 warning; partly-undone 2 warning; "
                    "undone 2 informational; undone 1 informational; ");
}

static void
test_only_the_administrator_has_it_forgotten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id = put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  g_autoptr(GAsyncResult) result = NULL, other = NULL, tried = NULL;
  g_autoptr(GError) error = NULL;

  f->base.has_extra = TRUE;
  recover (f);
  oma_unit_list_forget_async (f->units, id + 1, result_cb, &other);
  wait_for (&other);
  g_assert_false (oma_unit_list_forget_finish (f->units, other, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_UNIT);
  /* Also while it is being undone. */
  oma_unit_list_retry_async (f->units, id, result_cb, &tried);
  oma_unit_list_forget_async (f->units, id, result_cb, &result);
  wait_for (&result);
  wait_for (&tried);
  g_assert_true (oma_unit_list_forget_finish (f->units, result, NULL));
  g_assert_false (oma_unit_list_retry_finish (f->units, tried, NULL));
  g_assert_cmpuint (count_units (f), ==, 0);
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
}

static void
test_what_could_not_be_noted_is_told_at_the_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) all = NULL;

  for (guint i = 0; i < OMA_ALERT_LIST_MAX_ALERTS; i++)
    {
      OmaAlert *alert = g_new0 (OmaAlert, 1);
      g_autoptr(GAsyncResult) result = NULL;

      alert->server_id = g_strdup ("com.example.other");
      alert->code = OMA_ALERT_GENERIC;
      alert->type = g_strdup ("filler");
      alert->data = oma_value_new_string ("");
      oma_alert_queue_add_async (OMA_ALERT_QUEUE (f->alerts), alert, result_cb, &result);
      wait_for (&result);
    }
  f->base.has_extra = TRUE;
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  recover (f);
  g_assert_cmpuint (count_units (f), ==, 1);
  assert_alerts (f, "");
  g_assert_true (agent_test_has_logged ("its server may never hear of it"));
  all = oma_alert_list_get_all (f->alerts);
  g_assert_true (oma_alert_list_drop (f->alerts, ((OmaAlert *) all->pdata[0])->id));
  f->base.has_extra = FALSE;
  g_assert_true (retry (f, 1, NULL));
  assert_alerts (f, "undone 1 informational; ");
}

/* The daemon ends in the middle of the undoing. */
static void
test_unit_stays_when_the_undoing_is_cut_off (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) text = oma_value_new_string ("unknown 1 1970-01-01T00:00:01Z");
  OmaAlert *note = g_new0 (OmaAlert, 1);
  g_autoptr(GAsyncResult) result = NULL;

  note->server_id = g_strdup (SERVER);
  note->code = OMA_ALERT_GENERIC;
  note->type = g_strdup (OMA_UNIT_ALERT_TYPE);
  note->mark = g_strdup ("warning");
  note->data = oma_value_ref (text);
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  oma_alert_list_put_async (f->alerts, note, OMA_ALERT_AWAITS_DAEMON, FALSE, result_cb, &result);
  wait_for (&result);
  assert_alerts (f, "");
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  assert_alerts (f, "unknown 1 warning; undone 1 informational; ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/unit-list/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("interrupted-unit-is-undone-and-its-server-told", test_interrupted_unit_is_undone_and_its_server_told);
  ADD ("exec-may-have-run", test_exec_may_have_run);
  ADD ("what-cannot-be-undone-is-kept-and-told-of-again-at-its-end",
       test_what_cannot_be_undone_is_kept_and_told_of_again_at_its_end);
  ADD ("it-is-tried-again-by-itself", test_it_is_tried_again_by_itself);
  ADD ("only-the-administrator-has-it-forgotten", test_only_the_administrator_has_it_forgotten);
  ADD ("what-could-not-be-noted-is-told-at-the-end", test_what_could_not_be_noted_is_told_at_the_end);
  ADD ("unit-stays-when-the-undoing-is-cut-off", test_unit_stays_when_the_undoing_is_cut_off);
#undef ADD
  return g_test_run ();
}
