/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-node-ref-private.h"
#include "host-double.h"
#include "systemd-plugin.h"

#include <string.h>

#define JOB_PATH "/org/freedesktop/systemd1/job/7"

typedef struct {
  const OmaPluginDescriptor *plugin;
  HostDouble                *host;
  Systemd                   *self;
  GCancellable              *cancellable;
  OmaNodeRef                *node;
  OmaValue                  *value;
  gboolean                   returned;
  gboolean                   truth;
  gpointer                   result;
  GError                    *error;
} Fixture;

static GVariant *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  GVariant *variant = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return variant;
}

/* A unit as ListUnitsByPatterns tells it. */
#define UNIT(name, active, sub) "('" name "', 'D', 'loaded', '" active "', '" sub "', '', objectpath '/u', uint32 0, '', objectpath '/')"
#define FILES "('/lib/systemd/system/listed.service', 'disabled'), ('/lib/systemd/system/job.timer', 'enabled'), " \
              "('/lib/systemd/system/job.service', 'static'), ('/lib/systemd/system/other.service', 'enabled')"

/* Answers what is asked to know all units. */
static void
answer_look (Fixture *f, const char *files, const char *units)
{
  g_autofree char *all_files = g_strdup_printf ("(@a(ss) [%s],)", files);
  g_autofree char *all_units = g_strdup_printf ("(@a(ssssssouso) [%s],)", units);

  host_double_answer (f->host, "ListUnitFilesByPatterns", parse (all_files));
  host_double_answer (f->host, "ListUnitsByPatterns", parse (all_units));
}

static void
answer_instance (Fixture *f)
{
  host_double_fail (f->host, "GetUnitFileState", "org.freedesktop.systemd1.NoSuchUnit", "no");
}

static void
start (Fixture *f)
{
  gpointer self;

  f->returned = FALSE;
  f->cancellable = g_cancellable_new ();
  g_assert_true (f->plugin->init (OMA_PLUGIN_HOST (f->host), &self, NULL));
  f->self = self;
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->plugin = oma_plugin_query ();
  f->host = host_double_new ();
  start (f);
  host_double_answer (f->host, "Subscribe", NULL);
  answer_look (f, FILES, UNIT ("other.service", "active", "running"));
  answer_instance (f);
}

static void
clear_operation (Fixture *f)
{
  g_clear_error (&f->error);
  g_clear_pointer (&f->node, oma_node_ref_free);
  g_clear_pointer (&f->value, oma_value_unref);
  f->returned = FALSE;
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->plugin->shutdown (f->self);
  host_double_end (f->host);
  clear_operation (f);
  g_object_unref (f->cancellable);
  g_object_unref (f->host);
}

/* ---- Operations ---- */

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  f->returned = TRUE;
  if (g_task_get_source_tag (G_TASK (result)) == (gpointer) g_task_propagate_pointer)
    f->result = g_task_propagate_pointer (G_TASK (result), &f->error);
  else
    f->truth = g_task_propagate_boolean (G_TASK (result), &f->error);
}

static GTask *
begin (Fixture *f, const char *uri, const char *name, const char *capture, const char *value, gboolean pointer)
{
  GPtrArray *captures = g_ptr_array_new_with_free_func (g_free);
  GTask *task = g_task_new (f->host, f->cancellable, done_cb, f);

  clear_operation (f);
  if (capture != NULL)
    g_ptr_array_add (captures, g_strdup (capture));
  g_task_set_check_cancellable (task, FALSE);
  if (pointer)
    g_task_set_source_tag (task, g_task_propagate_pointer);
  f->node = oma_node_ref_new (uri, "", name, captures);
  f->value = value != NULL ? oma_value_new_string (value) : NULL;
  return task;
}

static void
replace_state (Fixture *f, const char *unit, const char *value)
{
  g_autofree char *uri = g_strdup_printf ("%s/%s/State", SERVICES_URI, unit);
  g_autoptr(GTask) task = begin (f, uri, "State", unit, value, FALSE);

  unit_replace_state (f->self, f->node, f->value, NULL, task);
}

static void
exec_start (Fixture *f, const char *unit)
{
  g_autofree char *uri = g_strdup_printf ("%s/%s/Operations/Start", SERVICES_URI, unit);
  g_autoptr(GTask) task = begin (f, uri, "Start", unit, NULL, FALSE);

  unit_exec (f->self, f->node, NULL, NULL, task);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
assert_ok (Fixture *f)
{
  settle ();
  g_assert_true (f->returned);
  g_assert_no_error (f->error);
}

static void
assert_fails (Fixture *f, OmaStatus status)
{
  settle ();
  g_assert_true (f->returned);
  g_assert_error (f->error, OMA_STATUS_ERROR, (int) status);
}

static void
job_removed (Fixture *f, const char *path, const char *result)
{
  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "JobRemoved",
                      g_variant_new ("(uoss)", 7, path, "listed.service", result));
}

static void
owner_changed (Fixture *f)
{
  host_double_signal (f->host, "org.freedesktop.DBus", "/org/freedesktop/DBus", "NameOwnerChanged",
                      g_variant_new ("(sss)", SYSTEMD_NAME, "", ":1.9"));
}

/* ---- Jobs ---- */

static void
test_job_that_ends_after_the_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  exec_start (f, "listed.service");
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  job_removed (f, "/org/freedesktop/systemd1/job/8", "failed");
  g_assert_false (f->returned);
  job_removed (f, JOB_PATH, "done");
  assert_ok (f);
}

static void
test_job_that_ends_before_the_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  exec_start (f, "listed.service");
  host_double_expect (f->host, "StartUnit");
  job_removed (f, JOB_PATH, "failed");
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  assert_fails (f, OMA_STATUS_COMMAND_FAILED);
  g_assert_nonnull (strstr (f->error->message, "'failed'"));
}

static void
test_job_results_have_a_status (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *result;
    OmaStatus   status;
  } cases[] = {
    { "canceled", OMA_STATUS_COMMAND_FAILED },   { "timeout", OMA_STATUS_COMMAND_FAILED },
    { "dependency", OMA_STATUS_COMMAND_FAILED }, { "skipped", OMA_STATUS_COMMAND_FAILED },
    { "unsupported", OMA_STATUS_NOT_SUPPORTED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      exec_start (f, "listed.service");
      host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
      job_removed (f, JOB_PATH, cases[i].result);
      assert_fails (f, cases[i].status);
    }
}

static void
test_errors_of_systemd_have_a_status (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *remote;
    OmaStatus   status;
  } cases[] = {
    { "org.freedesktop.systemd1.NoSuchUnit", OMA_STATUS_NOT_FOUND },
    { "org.freedesktop.systemd1.UnitMasked", OMA_STATUS_NOT_ALLOWED },
    { "org.freedesktop.systemd1.JobTypeNotApplicable", OMA_STATUS_NOT_ALLOWED },
    { "org.freedesktop.DBus.Error.AccessDenied", OMA_STATUS_COMMAND_FAILED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      exec_start (f, "listed.service");
      host_double_fail (f->host, "StartUnit", cases[i].remote, "no");
      assert_fails (f, cases[i].status);
    }
}

static void
test_job_lost_while_systemd_started_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  exec_start (f, "listed.service");
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  owner_changed (f);
  host_double_fail (f->host, "Subscribe", "org.freedesktop.systemd1.AlreadySubscribed", "yes");
  host_double_fail (f->host, "Get", "org.freedesktop.DBus.Error.UnknownObject", "gone");
  g_assert_false (f->returned);
  host_double_answer (f->host, "Get", parse ("(<'failed'>,)"));
  assert_fails (f, OMA_STATUS_COMMAND_FAILED);
}

static void
test_job_that_goes_on_while_systemd_started_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  exec_start (f, "listed.service");
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  owner_changed (f);
  host_double_answer (f->host, "Subscribe", NULL);
  host_double_answer (f->host, "Get", parse ("(<'running'>,)"));
  g_assert_false (f->returned);
  job_removed (f, JOB_PATH, "done");
  assert_ok (f);
}

static void
test_job_is_not_waited_for_when_cancelled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  exec_start (f, "listed.service");
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  g_cancellable_cancel (f->cancellable);
  settle ();
  g_assert_true (f->returned);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  job_removed (f, JOB_PATH, "done");
}

static void
test_only_listed_units_are_asked_for (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = host_double_count (f->host);

  exec_start (f, "other.service");
  assert_fails (f, OMA_STATUS_FORBIDDEN);
  exec_start (f, "omadmd.service");
  assert_fails (f, OMA_STATUS_FORBIDDEN);
  replace_state (f, "other.service", "stopped");
  assert_fails (f, OMA_STATUS_FORBIDDEN);
  g_assert_cmpuint (host_double_count (f->host), ==, before);
}

/* ---- State ---- */

static void
answer_state (Fixture *f, const char *active)
{
  g_autofree char *units = g_strdup_printf ("('listed.service', 'D', 'loaded', '%s', 'x', '', objectpath '/u', uint32 0, '',"
                                            " objectpath '/')", active);

  answer_look (f, "('/lib/listed.service', 'disabled')", units);
}

static void
test_start_that_fails_leaves_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_state (f, "listed.service", "running");
  answer_state (f, "inactive");
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  job_removed (f, JOB_PATH, "failed");
  host_double_answer (f->host, "ResetFailedUnit", NULL);
  assert_fails (f, OMA_STATUS_COMMAND_FAILED);
}

static void
test_start_that_failed_before_stays_failed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_state (f, "listed.service", "running");
  answer_state (f, "failed");
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  job_removed (f, JOB_PATH, "failed");
  assert_fails (f, OMA_STATUS_COMMAND_FAILED);
}

static void
test_stop_of_a_start_leaves_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_state (f, "listed.service", "stopped");
  answer_state (f, "activating");
  host_double_answer (f->host, "StopUnit", g_variant_new ("(o)", JOB_PATH));
  job_removed (f, JOB_PATH, "done");
  host_double_answer (f->host, "ResetFailedUnit", NULL);
  assert_ok (f);
}

static void
test_state_that_is_there_is_not_made (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_state (f, "listed.service", "running");
  answer_state (f, "active");
  assert_ok (f);
}

/* ---- Reading ---- */

static void
test_reading_costs_the_same_for_any_number_of_units (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) files = g_string_new (FILES), units = g_string_new (UNIT ("listed.service", "active", "running"));
  guint before = host_double_count (f->host), n_calls;
  g_autoptr(GTask) task = begin (f, SERVICES_URI, "Services", NULL, NULL, TRUE);
  OmaNodeList *nodes;
  gboolean counted = FALSE;

  for (guint i = 0; i < 500; i++)
    {
      g_string_append_printf (files, ", ('/lib/u%u.service', 'enabled')", i);
      g_string_append_printf (units, ", ('u%u.service', 'D', 'loaded', 'active', 'running', '', objectpath '/u',"
                              " uint32 0, '', objectpath '/')", i);
    }
  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitFilesChanged", g_variant_new ("()"));
  units_read (f->self, f->node, task);
  answer_look (f, files->str, units->str);
  answer_instance (f);
  host_double_answer (f->host, "GetAll", parse ("({'MainPID': <uint32 7>, 'CPUUsageNSec': <uint64 9>},)"));
  settle ();
  g_assert_true (f->returned);
  g_assert_no_error (f->error);
  nodes = f->result;
  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    counted |= strcmp (oma_node_list_get_uri (nodes, i), "listed.service/Resources/CPUUsageNSec") == 0;
  g_assert_true (counted);
  g_assert_cmpuint (oma_node_list_get_length (nodes), >, 500 * 9);
  oma_node_list_free (nodes);
  n_calls = host_double_count (f->host) - before;
  g_assert_cmpuint (n_calls, ==, 4);
}

static void
read_all (Fixture *f)
{
  g_autoptr(GTask) task = begin (f, SERVICES_URI, "Services", NULL, NULL, TRUE);

  units_read (f->self, f->node, task);
}

static void
answer_units (Fixture *f)
{
  host_double_answer (f->host, "ListUnitsByPatterns", parse ("(@a(ssssssouso) [],)"));
  answer_instance (f);
  assert_ok (f);
  oma_node_list_free (f->result);
}

static void
test_files_are_listed_again_only_when_they_changed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  read_all (f);
  answer_units (f);

  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "Reloading", g_variant_new ("(b)", FALSE));
  read_all (f);
  host_double_expect (f->host, "ListUnitFilesByPatterns");
  /* what is asked for while something changes is not kept */
  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitFilesChanged", g_variant_new ("()"));
  host_double_answer (f->host, "ListUnitFilesByPatterns", parse ("([" FILES "],)"));
  answer_units (f);
  read_all (f);
  host_double_answer (f->host, "ListUnitFilesByPatterns", parse ("([" FILES "],)"));
  answer_units (f);
  read_all (f);
  answer_units (f);

  owner_changed (f);
  read_all (f);
  host_double_answer (f->host, "ListUnitFilesByPatterns", parse ("([" FILES "],)"));
  answer_units (f);
}

static void
beside_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaNodeList *nodes = g_task_propagate_pointer (G_TASK (result), NULL);

  ++*(guint *) user_data;
  g_clear_pointer (&nodes, oma_node_list_free);
}

static void
read_beside (Fixture *f, guint *n_done)
{
  g_autoptr(GTask) task = g_task_new (f->host, NULL, beside_cb, n_done);

  units_read (f->self, f->node, task);
}

static void
test_files_are_listed_once_for_all_who_ask (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before, n_done = 0;

  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitFilesChanged", g_variant_new ("()"));
  before = host_double_count (f->host);
  read_all (f);
  read_beside (f, &n_done);
  read_beside (f, &n_done);
  g_assert_cmpuint (host_double_count (f->host), ==, before + 1);
  /* who asked does not get it: the next one asks */
  host_double_fail (f->host, "ListUnitFilesByPatterns", NULL, "no");
  assert_fails (f, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpuint (host_double_count (f->host), ==, before + 2);
  host_double_answer (f->host, "ListUnitFilesByPatterns", parse ("([" FILES "],)"));
  for (guint i = 0; i < 2; i++)
    {
      host_double_answer (f->host, "ListUnitsByPatterns", parse ("(@a(ssssssouso) [],)"));
      answer_instance (f);
    }
  g_assert_cmpuint (n_done, ==, 2);
}

/* ---- Following ---- */

static void
test_state_that_changes_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *path = "/org/freedesktop/systemd1/unit/other_2eservice";
  g_autofree char *first = NULL, *second = NULL;

  host_double_signal (f->host, SYSTEMD_NAME, path, "PropertiesChanged",
                      parse ("('org.freedesktop.systemd1.Unit', {'ActiveState': <'failed'>, 'SubState': <'failed'>},"
                             " ['Conditions'])"));
  first = host_double_take_changes (f->host);
  g_assert_cmpstr (first, ==, "=" SERVICES_URI "/other.service/ActiveState =" SERVICES_URI "/other.service/SubState ="
                              SERVICES_URI "/other.service/State");
  host_double_signal (f->host, SYSTEMD_NAME, path, "PropertiesChanged",
                      parse ("('org.freedesktop.systemd1.Unit', {'ActiveState': <'failed'>}, @as [])"));
  second = host_double_take_changes (f->host);
  g_assert_cmpstr (second, ==, "");
}

static void
wait_for_look (Fixture *f)
{
  while (!host_double_is_called (f->host, "ListUnitFilesByPatterns"))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_files_that_change_are_told_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *changes = NULL;

  for (guint i = 0; i < 100; i++)
    host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitFilesChanged", g_variant_new ("()"));
  wait_for_look (f);
  answer_look (f, "('/lib/listed.service', 'disabled'), ('/lib/job.timer', 'disabled'), ('/lib/job.service', 'static'),"
                  " ('/lib/new@x.service', 'masked')",
               UNIT ("other.service", "active", "running"));
  answer_instance (f);
  changes = host_double_take_changes (f->host);
  g_assert_nonnull (strstr (changes, "+" SERVICES_URI "/new@x.service"));
  g_assert_nonnull (strstr (changes, "=" SERVICES_URI "/job.timer/Enabled"));
  g_assert_nonnull (strstr (changes, "=" TASKS_URI "/job.timer/Enabled"));
  g_assert_nonnull (strstr (changes, "=" SERVICES_URI "/other.service/UnitFileState"));
  g_assert_null (strstr (changes, "listed.service"));
}

static void
test_unit_that_is_only_loaded_is_not_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = host_double_count (f->host);
  g_autofree char *changes = NULL;

  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitNew", parse ("('listed.service', objectpath '/u')"));
  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitRemoved", parse ("('listed.service', objectpath '/u')"));
  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitNew", parse ("('x.mount', objectpath '/u')"));
  changes = host_double_take_changes (f->host);
  g_assert_cmpstr (changes, ==, "");
  g_assert_cmpuint (host_double_count (f->host), ==, before);
}

static void
test_settings_that_change_are_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *changes = NULL;

  host_double_signal (f->host, HOSTNAME_NAME, "/org/freedesktop/hostname1", "PropertiesChanged",
                      parse ("('org.freedesktop.hostname1', {'StaticHostname': <'a'>, 'Hostname': <'a'>}, ['Location'])"));
  changes = host_double_take_changes (f->host);
  g_assert_cmpstr (changes, ==, "=" SYSTEM_URI "/HostName =" SYSTEM_URI "/Location");
}

/* ---- NTP ---- */

static void
replace_ntp (Fixture *f, const char *value)
{
  g_autoptr(GTask) task = begin (f, SYSTEM_URI "/NTP/Enabled", "Enabled", NULL, value, FALSE);

  setting_replace (f->self, f->node, f->value, NULL, task);
}

static void
ntp_signal (Fixture *f)
{
  host_double_signal (f->host, TIMEDATE_NAME, "/org/freedesktop/timedate1", "PropertiesChanged",
                      parse ("('org.freedesktop.timedate1', @a{sv} {}, ['NTP'])"));
}

static void
test_ntp_waits_for_the_service (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_ntp (f, "true");
  host_double_answer (f->host, "SetNTP", NULL);
  g_assert_false (f->returned);
  ntp_signal (f);
  host_double_answer (f->host, "Get", parse ("(<true>,)"));
  assert_ok (f);
}

static void
test_ntp_service_that_started_before_the_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_ntp (f, "true");
  host_double_expect (f->host, "SetNTP");
  ntp_signal (f);
  host_double_answer (f->host, "SetNTP", NULL);
  host_double_answer (f->host, "Get", parse ("(<true>,)"));
  assert_ok (f);
}

static void
test_ntp_service_that_does_not_start_is_set_back (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gboolean on = TRUE;

  replace_ntp (f, "true");
  host_double_answer (f->host, "SetNTP", NULL);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_false (f->returned);
      ntp_signal (f);
      host_double_answer (f->host, "Get", parse ("(<false>,)"));
    }
  g_assert_false (f->returned);
  g_variant_get (host_double_expect (f->host, "SetNTP"), "(bb)", &on, NULL);
  g_assert_false (on);
  host_double_answer (f->host, "SetNTP", NULL);
  assert_fails (f, OMA_STATUS_COMMAND_FAILED);
}

/* What is heard may be of what was done before. */
static void
test_ntp_signal_too_early_is_not_believed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_ntp (f, "false");
  ntp_signal (f);
  host_double_answer (f->host, "SetNTP", NULL);
  host_double_answer (f->host, "Get", parse ("(<true>,)"));
  g_assert_false (f->returned);
  ntp_signal (f);
  host_double_answer (f->host, "Get", parse ("(<false>,)"));
  assert_ok (f);
}

static void
test_ntp_wait_ends_when_cancelled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_ntp (f, "true");
  host_double_answer (f->host, "SetNTP", NULL);
  g_cancellable_cancel (f->cancellable);
  settle ();
  g_assert_true (f->returned);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  ntp_signal (f);
}

static void
test_services_that_are_not_there_take_only_their_nodes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GTask) task = begin (f, SYSTEM_URI, "System", NULL, NULL, TRUE);
  g_autoptr(OmaNodeList) nodes = NULL;

  settings_read (f->self, f->node, task);
  host_double_fail (f->host, "GetAll", NULL, "not there");
  host_double_answer (f->host, "GetAll", parse ("({'Timezone': <'Etc/UTC'>, 'NTP': <true>},)"));
  host_double_fail (f->host, "GetAll", NULL, "not there");
  g_assert_true (f->returned);
  g_assert_no_error (f->error);
  nodes = f->result;
  g_assert_cmpuint (oma_node_list_get_length (nodes), ==, 4);
  g_assert_cmpstr (oma_node_list_get_uri (nodes, 2), ==, "TimeZone");
}

/* ---- Power ---- */

static void
exec_reboot (Fixture *f)
{
  g_autoptr(GTask) task = begin (f, POWER_URI "/Operations/Reboot", "Reboot", NULL, "5", FALSE);

  power_exec (f->self, f->node, f->value, "c1", task);
}

static void
schedule_reboot (Fixture *f)
{
  exec_reboot (f);
  host_double_answer (f->host, "CanReboot", parse ("('yes',)"));
  host_double_answer (f->host, "Get", parse ("(<('', uint64 18446744073709551615)>,)"));
  host_double_answer (f->host, "Get", parse ("(<uint64 100>,)"));
}

static void
test_shutdown_is_kept_before_it_is_scheduled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  schedule_reboot (f);
  host_double_expect (f->host, "ScheduleShutdown");
  g_assert_nonnull (strstr (host_double_get_data (f->host), "Correlator=c1"));
  host_double_answer (f->host, "ScheduleShutdown", NULL);
  assert_fails (f, OMA_STATUS_ACCEPTED);
  exec_reboot (f);
  host_double_answer (f->host, "CanReboot", parse ("('yes',)"));
  host_double_answer (f->host, "Get", parse ("(<('reboot', uint64 5)>,)"));
  assert_fails (f, OMA_STATUS_ALREADY_EXISTS);
}

static void
test_shutdown_that_is_refused_leaves_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *alerts = NULL;

  schedule_reboot (f);
  host_double_fail (f->host, "ScheduleShutdown", "org.freedesktop.DBus.Error.AccessDenied", "no");
  assert_fails (f, OMA_STATUS_COMMAND_FAILED);
  g_assert_null (host_double_get_data (f->host));
  alerts = host_double_take_alerts (f->host);
  g_assert_cmpstr (alerts, ==, "");
  exec_reboot (f);
  host_double_answer (f->host, "CanReboot", parse ("('challenge',)"));
  assert_fails (f, OMA_STATUS_NOT_ALLOWED);
}

static void
start_again (Fixture *f, const char *boot)
{
  f->plugin->shutdown (f->self);
  g_object_unref (f->cancellable);
  start (f);
  host_double_answer (f->host, "Subscribe", NULL);
  answer_look (f, "", "");
  host_double_answer (f->host, "Get", parse (boot));
}

static void
test_start_of_the_machine_is_told_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = NULL, *alerts = NULL;

  schedule_reboot (f);
  host_double_answer (f->host, "ScheduleShutdown", NULL);
  assert_fails (f, OMA_STATUS_ACCEPTED);
  start_again (f, "(<uint64 100>,)");     /* only the daemon */
  none = host_double_take_alerts (f->host);
  g_assert_cmpstr (none, ==, "");
  g_assert_nonnull (host_double_get_data (f->host));
  start_again (f, "(<uint64 101>,)");
  alerts = host_double_take_alerts (f->host);
  g_assert_cmpstr (alerts, ==, POWER_URI "/Operations/Reboot c1 200;");
  g_assert_null (host_double_get_data (f->host));
}

static void
test_shutdown_that_is_cancelled_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GTask) task = NULL;
  g_autofree char *alerts = NULL;

  schedule_reboot (f);
  host_double_answer (f->host, "ScheduleShutdown", NULL);
  assert_fails (f, OMA_STATUS_ACCEPTED);
  task = begin (f, POWER_URI "/Operations/Cancel", "Cancel", NULL, NULL, FALSE);
  power_exec (f->self, f->node, NULL, NULL, task);
  host_double_answer (f->host, "CancelScheduledShutdown", parse ("(true,)"));
  assert_ok (f);
  alerts = host_double_take_alerts (f->host);
  g_assert_cmpstr (alerts, ==, POWER_URI "/Operations/Reboot c1 214;");
  g_assert_null (host_double_get_data (f->host));
}

static void
start_with_kept (Fixture *f, const char *data)
{
  host_double_set_data (f->host, data);
  start_again (f, "(<uint64 100>,)");
}

static void
wait_for_watch (Fixture *f)
{
  while (!host_double_is_called (f->host, "GetAll"))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_shutdown_that_somebody_cancelled_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = NULL, *alerts = NULL;

  start_with_kept (f, "[Shutdown]\nOperation=PowerOff\nCorrelator=c2\nWhen=1\nBoot=100\n");
  wait_for_watch (f);
  host_double_answer (f->host, "GetAll", parse ("({'ScheduledShutdown': <('', uint64 0)>, 'PreparingForShutdown': <true>},)"));
  none = host_double_take_alerts (f->host);
  g_assert_cmpstr (none, ==, "");
  wait_for_watch (f);
  host_double_answer (f->host, "GetAll", parse ("({'ScheduledShutdown': <('', uint64 0)>, 'PreparingForShutdown': <false>},)"));
  alerts = host_double_take_alerts (f->host);
  g_assert_cmpstr (alerts, ==, POWER_URI "/Operations/PowerOff c2 214;");
  g_assert_null (host_double_get_data (f->host));
}

static void
test_shutdown_that_was_put_off_is_waited_for (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = NULL;

  start_with_kept (f, "[Shutdown]\nOperation=Reboot\nWhen=1\nBoot=100\n");
  wait_for_watch (f);
  host_double_answer (f->host, "GetAll",
                      parse ("({'ScheduledShutdown': <('reboot', uint64 18446744073709551614)>,"
                             " 'PreparingForShutdown': <false>},)"));
  none = host_double_take_alerts (f->host);
  g_assert_cmpstr (none, ==, "");
  g_assert_nonnull (host_double_get_data (f->host));
}

/* The rule that comes with the plugin grants what its manifest says, and nothing else. */
static void
test_polkit_rule_grants_the_manifest (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *rule = NULL;
  g_autoptr(GRegex) regex = g_regex_new ("\"(org\\.[A-Za-z0-9.-]+)\"", 0, 0, NULL);
  g_autoptr(GMatchInfo) match = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (SYSTEMD_SOURCE "/omadm-systemd.rules", &rule, NULL, NULL));
  for (g_regex_match (regex, rule, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL))
    {
      g_autofree char *action = g_match_info_fetch (match, 1);

      g_test_message ("%s", action);
      g_assert_true (g_strv_contains (f->plugin->actions, action));
      n++;
    }
  g_assert_cmpuint (n, ==, g_strv_length ((char **) f->plugin->actions));
}

static void
test_what_was_kept_and_cannot_be_read_is_no_shutdown (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *alerts = NULL;

  host_double_set_data (f->host, "nonsense");
  f->plugin->shutdown (f->self);
  g_object_unref (f->cancellable);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*cannot be read*");
  start (f);
  g_test_assert_expected_messages ();
  alerts = host_double_take_alerts (f->host);
  g_assert_cmpstr (alerts, ==, "");
}

/* Answers come late, or not at all: nothing of what was shut down is touched. */
static void
test_answers_after_shutdown_do_no_harm (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  exec_start (f, "listed.service");
  host_double_signal (f->host, SYSTEMD_NAME, SYSTEMD_PATH, "UnitFilesChanged", g_variant_new ("()"));
  wait_for_look (f);
  f->plugin->shutdown (f->self);
  host_double_answer (f->host, "StartUnit", g_variant_new ("(o)", JOB_PATH));
  host_double_answer (f->host, "ListUnitFilesByPatterns", parse ("(@a(ss) [],)"));
  g_object_unref (f->cancellable);
  start (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/systemd/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("job-that-ends-after-the-answer", test_job_that_ends_after_the_answer);
  TEST ("job-that-ends-before-the-answer", test_job_that_ends_before_the_answer);
  TEST ("job-results-have-a-status", test_job_results_have_a_status);
  TEST ("errors-of-systemd-have-a-status", test_errors_of_systemd_have_a_status);
  TEST ("job-lost-while-systemd-started-again", test_job_lost_while_systemd_started_again);
  TEST ("job-that-goes-on-while-systemd-started-again", test_job_that_goes_on_while_systemd_started_again);
  TEST ("job-is-not-waited-for-when-cancelled", test_job_is_not_waited_for_when_cancelled);
  TEST ("only-listed-units-are-asked-for", test_only_listed_units_are_asked_for);
  TEST ("start-that-fails-leaves-nothing", test_start_that_fails_leaves_nothing);
  TEST ("start-that-failed-before-stays-failed", test_start_that_failed_before_stays_failed);
  TEST ("stop-of-a-start-leaves-nothing", test_stop_of_a_start_leaves_nothing);
  TEST ("state-that-is-there-is-not-made", test_state_that_is_there_is_not_made);
  TEST ("reading-costs-the-same-for-any-number-of-units", test_reading_costs_the_same_for_any_number_of_units);
  TEST ("files-are-listed-again-only-when-they-changed", test_files_are_listed_again_only_when_they_changed);
  TEST ("files-are-listed-once-for-all-who-ask", test_files_are_listed_once_for_all_who_ask);
  TEST ("state-that-changes-is-told", test_state_that_changes_is_told);
  TEST ("files-that-change-are-told-once", test_files_that_change_are_told_once);
  TEST ("unit-that-is-only-loaded-is-not-told", test_unit_that_is_only_loaded_is_not_told);
  TEST ("settings-that-change-are-told", test_settings_that_change_are_told);
  TEST ("ntp-waits-for-the-service", test_ntp_waits_for_the_service);
  TEST ("ntp-service-that-started-before-the-answer", test_ntp_service_that_started_before_the_answer);
  TEST ("ntp-service-that-does-not-start-is-set-back", test_ntp_service_that_does_not_start_is_set_back);
  TEST ("ntp-signal-too-early-is-not-believed", test_ntp_signal_too_early_is_not_believed);
  TEST ("ntp-wait-ends-when-cancelled", test_ntp_wait_ends_when_cancelled);
  TEST ("services-that-are-not-there-take-only-their-nodes", test_services_that_are_not_there_take_only_their_nodes);
  TEST ("shutdown-is-kept-before-it-is-scheduled", test_shutdown_is_kept_before_it_is_scheduled);
  TEST ("shutdown-that-is-refused-leaves-nothing", test_shutdown_that_is_refused_leaves_nothing);
  TEST ("start-of-the-machine-is-told-once", test_start_of_the_machine_is_told_once);
  TEST ("shutdown-that-is-cancelled-is-told", test_shutdown_that_is_cancelled_is_told);
  TEST ("shutdown-that-somebody-cancelled-is-told", test_shutdown_that_somebody_cancelled_is_told);
  TEST ("shutdown-that-was-put-off-is-waited-for", test_shutdown_that_was_put_off_is_waited_for);
  TEST ("polkit-rule-grants-the-manifest", test_polkit_rule_grants_the_manifest);
  TEST ("what-was-kept-and-cannot-be-read-is-no-shutdown", test_what_was_kept_and_cannot_be_read_is_no_shutdown);
  TEST ("answers-after-shutdown-do-no-harm", test_answers_after_shutdown_do_no_harm);
  return g_test_run ();
}
