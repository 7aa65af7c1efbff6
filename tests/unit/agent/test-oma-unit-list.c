/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units of work that are to be undone.  Their only change is that ./Ops/Extra was added, which is undone already
 * when the plugin says that it is not there, and cannot be undone when it is, since it removes nothing; or that
 * ./Slot/Value was written. */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-agent.h"
#include "agent/oma-unit-list.h"
#include "agent/oma-unit-subtrees.h"
#include "session/oma-executor-private.h"

#include <string.h>

#define SERVER "com.example.a"

typedef struct {
  AgentTest     base;
  OmaAlertList *alerts;
  OmaUnitList  *units;
  gint64        history_id;     /* of the units that are put */
} Fixture;

static void
open_alerts (Fixture *f)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  f->alerts = oma_alert_list_new (f->base.store);
  oma_alert_list_load_async (f->alerts, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
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

/* Takes @image. */
static gint64
put_image (Fixture *f, OmaUnitState state, const char *server_id, OmaImage *image)
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
  unit->history_id = f->history_id;
  unit->time = 1;
  g_ptr_array_add (unit->images, image);
  g_array_append_val (ops, op);
  oma_tree_store_write_async (store, ops, NULL, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  oma_tree_store_write_finish (store, result, &error);
  g_assert_no_error (error);
  return id;
}

static gint64
put_unit (Fixture *f, OmaUnitState state, const char *server_id, OmaImageKind kind)
{
  const char *uri = kind == OMA_IMAGE_EXEC ? "./Ops/Count" : "./Ops/Extra";

  return put_image (f, state, server_id, oma_image_new (kind, "./Ops", uri));
}

/* One that wrote ./Slot/Value. */
static gint64
put_write (Fixture *f, OmaUnitState state, const char *before, const char *after)
{
  OmaImage *image = oma_image_new (OMA_IMAGE_REPLACE, "./Slot", "./Slot/Value");
  g_autoptr(OmaValue) old = oma_value_new_string (before);
  g_autoptr(OmaValue) new = oma_value_new_string (after);

  image->before = oma_node_list_new ();
  oma_node_list_add (image->before, "", oma_value_ref (old));
  image->after = oma_image_digest (new);
  g_free (f->base.slot);
  f->base.slot = g_strdup (after);
  return put_image (f, state, SERVER, image);
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

  oma_store_list_alerts_async (f->base.store, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
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
  alerts = oma_alert_queue_list (OMA_ALERT_QUEUE (f->alerts), SERVER, NULL);
  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = alerts->pdata[i];
      g_auto(GStrv) words = g_strsplit (oma_value_get_text (alert->data), " ", 4);

      g_assert_cmpstr (alert->type, ==, OMA_UNIT_ALERT_TYPE);
      g_assert_false (alert->solicited);
      g_assert_cmpstr (words[2], ==, "1970-01-01T00:00:01Z");
      g_string_append_printf (text, "%s %s %s%s%s; ", words[0], words[1], alert->mark, words[3] != NULL ? " " : "",
                              words[3] != NULL ? words[3] : "");
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* A session has a unit of work of which its server was not reached; the journal has it. */
static void
hand_over (Fixture *f, gint64 id)
{
  OmaUnitRecord *unit = oma_unit_record_new (id);

  unit->state = OMA_UNIT_PROVISIONAL;
  unit->server_id = g_strdup (SERVER);
  unit->time = 1;
  g_ptr_array_add (unit->images, oma_image_new (OMA_IMAGE_ADD, "./Ops", "./Ops/Extra"));
  f->base.executor->unit_func (unit, f->base.executor->unit_data);
}

static gboolean
retry (Fixture *f, gint64 id, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_unit_list_retry_async (f->units, id, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
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
put_session (Fixture *f, gint64 id, const char *session_id, guint unanswered)
{
  const OmaSessionRecord record = { .id = id, .account = (char *) "a", .session_id = (char *) session_id,
                                    .reason = (char *) OMA_SESSION_INTERRUPTED, .start_time = 1, .end_time = 2,
                                    .unanswered = unanswered };

  oma_store_put_session (f->base.store, &record);
}

static void
test_server_hears_of_which_session_it_was (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_session (f, 5, "17", 0);
  f->history_id = 5;
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  f->history_id = 4;       /* the history has forgotten it */
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  recover (f);
  assert_alerts (f, "undone 1 informational 17; undone 2 informational; ");
}

/* What somebody else has changed since is no more as it was when the rest is undone at last, also after a start. */
static void
test_fate_is_that_of_all_attempts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaTreeStore *store = OMA_TREE_STORE (f->base.store);
  OmaUnitRecord *more = oma_unit_record_new (put_write (f, OMA_UNIT_OPEN, "a", "b"));
  GArray *ops = oma_tree_store_ops_new (1);
  const OmaStoreOp op = { .kind = OMA_STORE_PUT_UNIT, .unit = more };
  g_autoptr(GAsyncResult) result = NULL;

  g_ptr_array_add (more->images, oma_image_new (OMA_IMAGE_ADD, "./Ops", "./Ops/Extra"));
  g_array_append_val (ops, op);
  oma_tree_store_write_async (store, ops, NULL, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  g_assert_true (oma_tree_store_write_finish (store, result, NULL));
  g_free (f->base.slot);
  f->base.slot = g_strdup ("somebody else's");
  f->base.has_extra = TRUE;
  recover (f);
  assert_alerts (f, "partly-undone 1 warning; ");
  g_assert_false (retry (f, 1, NULL));
  restart (f);
  f->base.has_extra = FALSE;
  g_assert_true (retry (f, 1, NULL));
  assert_alerts (f, "partly-undone 1 warning; ");
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
  /* What was not sent yet is not so any more. */
  assert_alerts (f, "undone 1 informational; ");
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
  assert_alerts (f, "undone 1 informational; undone 2 informational; ");
}

static void
forget (Fixture *f, gint64 id)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_unit_list_forget_async (f->units, id, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  g_assert_true (oma_unit_list_forget_finish (f->units, result, NULL));
}

static void
test_kept_units_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 last;

  f->base.has_extra = TRUE;
  for (guint i = 1; i < OMA_UNIT_LIST_MAX_UNITS; i++)
    put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  recover (f);
  g_assert_cmpuint (count_units (f), ==, OMA_UNIT_LIST_MAX_UNITS - 1);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_REPLACE, "./Slot/Value", "x"), ==, OMA_STATUS_OK);
  last = put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  restart (f);
  g_assert_cmpuint (count_units (f), ==, OMA_UNIT_LIST_MAX_UNITS);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_REPLACE, "./Slot/Value", "y"), ==,
                   OMA_STATUS_DEVICE_FULL);
  g_assert_cmpstr (f->base.slot, ==, "x");
  /* What needs no journal goes on, and so does undoing. */
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "y"), ==, OMA_STATUS_OK);
  forget (f, last);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_REPLACE, "./Slot/Value", "y"), ==, OMA_STATUS_OK);
  g_assert_cmpstr (f->base.slot, ==, "y");
}

/* Two units wrote the same leaf, and the newer one cannot be undone. */
static void
keep_two_writes (Fixture *f)
{
  put_write (f, OMA_UNIT_OPEN, "a", "b");
  put_write (f, OMA_UNIT_OPEN, "b", "c");
  f->base.slot_refuses = TRUE;
  recover (f);
  f->base.slot_refuses = FALSE;
}

static const OmaUnitInfo *
info_at (Fixture *f, guint index)
{
  g_autoptr(GPtrArray) units = oma_unit_list_get (f->units);

  g_assert_cmpuint (index, <, units->len);
  return units->pdata[index];
}

static void
until_idle (Fixture *f)
{
  while (oma_unit_list_is_busy (f->units))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_older_one_waits_for_a_newer_one_that_is_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  keep_two_writes (f);
  g_assert_cmpuint (count_units (f), ==, 2);
  g_assert_cmpint (info_at (f, 0)->state, ==, OMA_UNIT_OPEN);
  g_assert_false (info_at (f, 0)->undoing);
  g_assert_cmpuint (info_at (f, 0)->attempts, ==, 0);
  g_assert_nonnull (strstr (info_at (f, 0)->error, "Unit of work 2 changed the same subtree later"));
  g_assert_cmpstr (info_at (f, 1)->error, ==, "The slot refuses");
  g_assert_cmpstr (f->base.slot, ==, "c");
  assert_alerts (f, "partly-undone 2 warning; ");

  g_assert_false (retry (f, 1, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER);
  g_assert_nonnull (strstr (error->message, "Unit of work 2"));
  g_assert_cmpstr (f->base.slot, ==, "c");

  /* Then it goes on by itself. */
  g_assert_true (retry (f, 2, NULL));
  until_idle (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_cmpstr (f->base.slot, ==, "a");
  g_assert_false (agent_test_has_logged ("somebody else has changed it"));
}

static void
test_older_one_waits_after_another_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  keep_two_writes (f);
  f->base.slot_refuses = TRUE;
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 2);
  g_assert_cmpuint (info_at (f, 0)->attempts, ==, 0);
  g_assert_cmpuint (info_at (f, 1)->attempts, ==, 2);
  f->base.slot_refuses = FALSE;
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_cmpstr (f->base.slot, ==, "a");
}

static void
test_older_one_goes_on_when_the_newer_one_is_forgotten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  keep_two_writes (f);
  g_free (f->base.slot);
  f->base.slot = g_strdup ("b");       /* mended by hand */
  forget (f, 2);
  until_idle (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_cmpstr (f->base.slot, ==, "a");
}

static void
test_others_need_not_wait (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  keep_two_writes (f);
  g_assert_cmpuint (count_units (f), ==, 2);
  g_assert_cmpint (info_at (f, 0)->id, ==, 2);
}

static void
test_older_one_waits_while_the_newer_one_is_being_undone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_write (f, OMA_UNIT_OPEN, "a", "b");
  put_write (f, OMA_UNIT_OPEN, "b", "c");
  f->base.slot_hangs = TRUE;
  f->units = oma_unit_list_new (f->base.executor, f->alerts);
  g_assert_true (oma_unit_list_recover (f->units, NULL));
  while (f->base.slot_task == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (info_at (f, 1)->undoing);
  g_assert_false (info_at (f, 0)->undoing);
  g_assert_nonnull (strstr (info_at (f, 0)->error, "Unit of work 2"));
  agent_test_release_slot (&f->base);
  until_idle (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_cmpstr (f->base.slot, ==, "a");
}

/* By what they wrote last, not by when they began: unit 1 began first, and went on when unit 2 was over. */
static void
test_newest_is_who_wrote_last (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaTreeStore *store = OMA_TREE_STORE (f->base.store);
  OmaUnitRecord *late;
  GArray *ops = oma_tree_store_ops_new (1);
  OmaStoreOp op = { .kind = OMA_STORE_PUT_UNIT };
  g_autoptr(OmaValue) old = oma_value_new_string ("b");
  g_autoptr(OmaValue) new = oma_value_new_string ("c");
  g_autoptr(GAsyncResult) result = NULL;
  OmaImage *image = oma_image_new (OMA_IMAGE_REPLACE, "./Slot", "./Slot/Value");

  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  put_write (f, OMA_UNIT_UNDO_FAILED, "a", "b");
  image->before = oma_node_list_new ();
  oma_node_list_add (image->before, "", oma_value_ref (old));
  image->after = oma_image_digest (new);
  late = oma_unit_record_new (1);
  g_ptr_array_add (late->images, image);
  op.unit = late;
  g_array_append_val (ops, op);
  oma_tree_store_write_async (store, ops, NULL, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  g_assert_true (oma_tree_store_write_finish (store, result, NULL));
  g_free (f->base.slot);
  f->base.slot = g_strdup ("c");
  recover (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_cmpstr (f->base.slot, ==, "a");
}

static void
test_subtrees_overlap (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *a, *b;
    gboolean    overlap;
  } cases[] = {
    { "./A", "./A", TRUE }, { "./A", "./A/B", TRUE }, { "./A/B", "./A", TRUE }, { ".", "./A", TRUE },
    { "./A", "./AB", FALSE }, { "./A/B", "./A/C", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(OmaUnitRecord) a = oma_unit_record_new (1);
      g_autoptr(OmaUnitRecord) b = oma_unit_record_new (2);
      g_autoptr(GPtrArray) first = NULL;
      g_autoptr(GPtrArray) second = NULL;
      OmaImage *undone = oma_image_new (OMA_IMAGE_ADD, cases[i].b, cases[i].b);

      undone->undone = TRUE;
      g_ptr_array_add (a->images, oma_image_new (OMA_IMAGE_ADD, cases[i].a, cases[i].a));
      g_ptr_array_add (a->images, undone);
      g_ptr_array_add (b->images, oma_image_new (OMA_IMAGE_ADD, cases[i].b, cases[i].b));
      first = oma_unit_subtrees_new (a);
      second = oma_unit_subtrees_new (b);
      g_assert_cmpuint (first->len, ==, 1);
      g_assert_cmpint (oma_unit_subtrees_overlap (first, second), ==, cases[i].overlap);
    }
}

static void
test_only_the_administrator_has_it_forgotten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id = put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  g_autoptr(GAsyncResult) result = NULL, other = NULL, tried = NULL;
  g_autoptr(GError) error = NULL;

  f->base.has_extra = TRUE;
  recover (f);
  oma_unit_list_forget_async (f->units, id + 1, agent_test_keep_result, &other);
  agent_test_wait_for (&other);
  g_assert_false (oma_unit_list_forget_finish (f->units, other, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_UNIT);
  /* Also while it is being undone. */
  oma_unit_list_retry_async (f->units, id, agent_test_keep_result, &tried);
  oma_unit_list_forget_async (f->units, id, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  agent_test_wait_for (&tried);
  g_assert_true (oma_unit_list_forget_finish (f->units, result, NULL));
  g_assert_false (oma_unit_list_retry_finish (f->units, tried, NULL));
  g_assert_cmpuint (count_units (f), ==, 0);
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
}

static void
fill_alerts (Fixture *f, guint n, gboolean reserved)
{
  for (guint i = 0; i < n; i++)
    {
      OmaAlert *alert = g_new0 (OmaAlert, 1);
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      alert->server_id = g_strdup ("com.example.other");
      alert->code = OMA_ALERT_GENERIC;
      alert->type = g_strdup ("filler");
      alert->data = oma_value_new_string ("");
      if (reserved)
        oma_alert_list_put_reserved_async (f->alerts, alert, OMA_ALERT_READY, agent_test_keep_result, &result);
      else
        oma_alert_list_put_async (f->alerts, alert, OMA_ALERT_READY, FALSE, agent_test_keep_result, &result);
      agent_test_wait_for (&result);
      oma_alert_list_put_finish (f->alerts, result, &error);
      g_assert_no_error (error);
    }
}

static void
test_there_is_room_to_tell_of_units (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fill_alerts (f, OMA_ALERT_LIST_MAX_ALERTS, FALSE);
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  recover (f);
  assert_alerts (f, "undone 1 informational; ");
  restart (f);
  assert_alerts (f, "undone 1 informational; ");
}

static void
test_what_could_not_be_noted_is_told_at_the_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) all = NULL;

  fill_alerts (f, OMA_ALERT_LIST_MAX_ALERTS, FALSE);
  fill_alerts (f, OMA_ALERT_LIST_MAX_RESERVED, TRUE);
  f->base.has_extra = TRUE;
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  recover (f);
  g_assert_cmpuint (count_units (f), ==, 1);
  assert_alerts (f, "");
  g_assert_true (agent_test_has_logged ("Unit of work 1: its server may never hear of it"));
  g_assert_true (agent_test_has_logged ("Unit of work 1: its server cannot be told what became of it"));
  all = oma_alert_list_get_all (f->alerts);
  g_assert_true (oma_alert_list_drop (f->alerts, ((OmaAlert *) all->pdata[0])->id));
  f->base.has_extra = FALSE;
  g_assert_true (retry (f, 1, NULL));
  assert_alerts (f, "undone 1 informational; ");
}

/* The list is closed while the newest unit is being undone, and that ends without success after it. */
static void
cut_off (Fixture *f)
{
  GRand *rand = g_rand_new_with_seed (1);

  f->base.slot_hangs = f->base.slot_refuses = TRUE;
  f->units = oma_unit_list_new (f->base.executor, f->alerts);
  oma_unit_list_set_retry (f->units, 1, rand);
  g_assert_true (oma_unit_list_recover (f->units, NULL));
  while (f->base.slot_task == NULL)
    g_main_context_iteration (NULL, TRUE);
  assert_alerts (f, "");
  oma_unit_list_close (f->units);
  g_rand_free (rand);
  agent_test_release_slot (&f->base);
  until_idle (f);
  f->base.slot_refuses = FALSE;
}

/* The daemon does not come to tell how it ended, again and again. */
static void
test_a_unit_leaves_one_alert_however_often_its_undoing_is_cut_off (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) all = NULL;

  put_write (f, OMA_UNIT_OPEN, "a", "b");
  for (guint i = 0; i < 3; i++)
    {
      cut_off (f);
      close_lists (f);
      agent_test_reopen (&f->base);
      open_alerts (f);
    }
  recover (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  assert_alerts (f, "undone 1 informational; ");
  all = oma_alert_list_get_all (f->alerts);
  g_assert_cmpuint (all->len, ==, 1);
}

static void
test_closed_list_does_nothing_more (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  put_write (f, OMA_UNIT_OPEN, "a", "b");
  put_write (f, OMA_UNIT_OPEN, "b", "c");
  cut_off (f);
  g_assert_cmpuint (count_units (f), ==, 2);
  g_assert_cmpstr (f->base.slot, ==, "c");
  g_assert_false (retry (f, 1, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  assert_alerts (f, "");
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  g_assert_cmpstr (f->base.slot, ==, "a");
}

static void
test_who_waits_when_the_list_is_closed_is_answered (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GAsyncResult) tried = NULL, forgotten = NULL;
  g_autoptr(GError) error = NULL;

  put_write (f, OMA_UNIT_UNDO_FAILED, "a", "b");
  f->base.slot_refuses = TRUE;
  recover (f);
  f->base.slot_hangs = TRUE;
  oma_unit_list_retry_async (f->units, 1, agent_test_keep_result, &tried);
  oma_unit_list_forget_async (f->units, 1, agent_test_keep_result, &forgotten);
  while (f->base.slot_task == NULL)
    g_main_context_iteration (NULL, TRUE);
  oma_unit_list_close (f->units);
  agent_test_release_slot (&f->base);
  agent_test_wait_for (&tried);
  agent_test_wait_for (&forgotten);
  g_assert_false (oma_unit_list_retry_finish (f->units, tried, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  g_clear_error (&error);
  g_assert_false (oma_unit_list_forget_finish (f->units, forgotten, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  /* Before its note was written, too. */
  restart (f);
  g_clear_object (&tried);
  oma_unit_list_retry_async (f->units, 1, agent_test_keep_result, &tried);
  oma_unit_list_close (f->units);
  agent_test_wait_for (&tried);
  g_clear_error (&error);
  g_assert_false (oma_unit_list_retry_finish (f->units, tried, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
}

static void
put_note (Fixture *f, const char *text)
{
  OmaAlert *note = g_new0 (OmaAlert, 1);
  g_autoptr(GAsyncResult) result = NULL;

  note->server_id = g_strdup (SERVER);
  note->code = OMA_ALERT_GENERIC;
  note->type = g_strdup (OMA_UNIT_ALERT_TYPE);
  note->mark = g_strdup ("warning");
  note->data = oma_value_new_string (text);
  oma_alert_list_put_async (f->alerts, note, OMA_ALERT_AWAITS_DAEMON, FALSE, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
}

/* The unit left the journal, and the daemon ended before it told that. */
static void
test_what_was_never_told_is_unknown (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_unit (f, OMA_UNIT_OPEN, SERVER, OMA_IMAGE_ADD);
  put_note (f, "unknown 1 1970-01-01T00:00:01Z");
  put_note (f, "unknown 7 1970-01-01T00:00:01Z");
  assert_alerts (f, "");
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  assert_alerts (f, "undone 1 informational; unknown 7 warning; ");
}

/* Its server was told 200. */
static void
test_unit_whose_server_was_not_reached_is_undone_and_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id;

  recover (f);
  id = put_unit (f, OMA_UNIT_PROVISIONAL, SERVER, OMA_IMAGE_ADD);
  hand_over (f, id);
  g_assert_true (oma_unit_list_is_busy (f->units));
  while (oma_unit_list_is_busy (f->units))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (count_units (f), ==, 0);
  assert_alerts (f, "undone 1 informational; ");
}

static void
test_unit_that_comes_too_late_is_left_to_the_next_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id;

  recover (f);
  id = put_unit (f, OMA_UNIT_PROVISIONAL, SERVER, OMA_IMAGE_ADD);
  oma_unit_list_stop (f->units);
  hand_over (f, id);
  g_assert_false (oma_unit_list_is_busy (f->units));
  assert_alerts (f, "");
  restart (f);
  g_assert_cmpuint (count_units (f), ==, 0);
  assert_alerts (f, "undone 1 informational; ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/unit-list/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("interrupted-unit-is-undone-and-its-server-told", test_interrupted_unit_is_undone_and_its_server_told);
  ADD ("server-hears-of-which-session-it-was", test_server_hears_of_which_session_it_was);
  ADD ("fate-is-that-of-all-attempts", test_fate_is_that_of_all_attempts);
  ADD ("exec-may-have-run", test_exec_may_have_run);
  ADD ("what-cannot-be-undone-is-kept-and-told-of-again-at-its-end",
       test_what_cannot_be_undone_is_kept_and_told_of_again_at_its_end);
  ADD ("it-is-tried-again-by-itself", test_it_is_tried_again_by_itself);
  ADD ("only-the-administrator-has-it-forgotten", test_only_the_administrator_has_it_forgotten);
  ADD ("there-is-room-to-tell-of-units", test_there_is_room_to_tell_of_units);
  ADD ("what-could-not-be-noted-is-told-at-the-end", test_what_could_not_be_noted_is_told_at_the_end);
  ADD ("a-unit-leaves-one-alert-however-often-its-undoing-is-cut-off",
       test_a_unit_leaves_one_alert_however_often_its_undoing_is_cut_off);
  ADD ("closed-list-does-nothing-more", test_closed_list_does_nothing_more);
  ADD ("who-waits-when-the-list-is-closed-is-answered", test_who_waits_when_the_list_is_closed_is_answered);
  ADD ("what-was-never-told-is-unknown", test_what_was_never_told_is_unknown);
  ADD ("kept-units-are-bounded", test_kept_units_are_bounded);
  ADD ("older-one-waits-for-a-newer-one-that-is-kept", test_older_one_waits_for_a_newer_one_that_is_kept);
  ADD ("older-one-waits-after-another-start", test_older_one_waits_after_another_start);
  ADD ("older-one-goes-on-when-the-newer-one-is-forgotten", test_older_one_goes_on_when_the_newer_one_is_forgotten);
  ADD ("others-need-not-wait", test_others_need_not_wait);
  ADD ("older-one-waits-while-the-newer-one-is-being-undone",
       test_older_one_waits_while_the_newer_one_is_being_undone);
  ADD ("newest-is-who-wrote-last", test_newest_is_who_wrote_last);
  ADD ("subtrees-overlap", test_subtrees_overlap);
  ADD ("unit-whose-server-was-not-reached-is-undone-and-told",
       test_unit_whose_server_was_not_reached_is_undone_and_told);
  ADD ("unit-that-comes-too-late-is-left-to-the-next-start", test_unit_that_comes_too_late_is_left_to_the_next_start);
#undef ADD
  return g_test_run ();
}
