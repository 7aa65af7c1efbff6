/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "timer-state.h"
#include "unit-state.h"

#include <gio/gio.h>

static GVariant *
parse (const char *type, const char *text)
{
  g_autoptr(GError) error = NULL;
  GVariant *variant = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return variant;
}

/* The table as "name=file state/load/active/sub " each. */
static char *
describe (GHashTable *table)
{
  g_autoptr(GList) units = unit_table_list (table);
  GString *text = g_string_new (NULL);

  for (GList *item = units; item != NULL; item = item->next)
    {
      const UnitState *state = item->data;

      g_string_append_printf (text, "%s=%s/%s/%s/%s ", state->name, state->file_state != NULL ? state->file_state : "-",
                              state->load_state != NULL ? state->load_state : "-",
                              state->active_state != NULL ? state->active_state : "-",
                              state->sub_state != NULL ? state->sub_state : "-");
    }
  return g_string_free (text, FALSE);
}

static void
test_units_are_those_with_a_file_or_loaded (void)
{
  g_autoptr(GHashTable) table = unit_table_new ();
  g_autoptr(GVariant) files = parse ("(a(ss))",
    "([('/lib/systemd/system/cron.service', 'enabled'), ('/etc/systemd/system/syslog.service', 'alias'),"
    " ('/lib/systemd/system/getty@.service', 'enabled'), ('/lib/systemd/system/a.target', 'static'),"
    " ('/etc/systemd/system/gone.service', 'masked')],)");
  g_autoptr(GVariant) units = parse ("(a(ssssssouso))",
    "([('cron.service', 'Cron', 'loaded', 'active', 'running', '', '/u/c', 0, '', '/'),"
    "  ('getty@tty1.service', 'Getty', 'loaded', 'active', 'running', '', '/u/g', 0, '', '/'),"
    "  ('gone.service', 'gone.service', 'masked', 'inactive', 'dead', '', '/u/m', 0, '', '/'),"
    "  ('named.service', 'named.service', 'not-found', 'inactive', 'dead', '', '/u/n', 0, '', '/'),"
    "  ('a.target', 'A', 'loaded', 'active', 'active', '', '/u/t', 0, '', '/')],)");
  g_autofree char *text = NULL;

  unit_table_take_files (table, files);
  unit_table_take_units (table, units);
  text = describe (table);
  g_assert_cmpstr (text, ==, "cron.service=enabled/loaded/active/running getty@tty1.service=-/loaded/active/running "
                             "gone.service=masked/masked/inactive/dead ");
}

static char *
describe_nodes (OmaNodeList *nodes)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    {
      OmaValue *value = oma_node_list_get_value (nodes, i);

      g_string_append_printf (text, "%s%s%s;", oma_node_list_get_uri (nodes, i), value != NULL ? "=" : "/",
                              value != NULL ? oma_value_get_text (value) : "");
    }
  return g_string_free (text, FALSE);
}

static void
test_unit_that_is_not_loaded_has_what_its_file_says (void)
{
  g_autoptr(UnitState) state = unit_state_new ("a.service");
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
  g_autofree char *text = NULL;

  state->file_state = g_strdup ("enabled-runtime");
  unit_state_add_nodes (state, "a.service", nodes);
  text = describe_nodes (nodes);
  g_assert_cmpstr (text, ==, "a.service/LoadState=stub;a.service/ActiveState=inactive;a.service/SubState=dead;"
                             "a.service/State=stopped;a.service/UnitFileState=enabled-runtime;a.service/Enabled=true;"
                             "a.service/Masked=false;a.service/Operations/;");
}

static void
test_what_is_not_counted_has_no_node (void)
{
  g_autoptr(UnitState) state = unit_state_new ("a.service");
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
  g_autofree char *text = NULL;

  state->load_state = g_strdup ("loaded");
  state->active_state = g_strdup ("reloading");
  state->sub_state = g_strdup ("reload");
  state->details = parse ("a{sv}", "{'Result': <'success'>, 'MainPID': <uint32 7>, 'ActiveEnterTimestamp': <uint64 0>,"
                                   " 'MemoryCurrent': <uint64 18446744073709551615>, 'CPUUsageNSec': <uint64 5000000000>,"
                                   " 'TasksCurrent': <'many'>}");
  unit_state_add_nodes (state, "", nodes);
  text = describe_nodes (nodes);
  g_assert_cmpstr (text, ==, "LoadState=loaded;ActiveState=reloading;SubState=reload;State=running;Result=success;"
                             "MainPID=7;ActiveEnterTime=;Resources/;Resources/CPUUsageNSec=5000000000;Operations/;");
}

static void
test_loading_changes_nothing_that_is_followed (void)
{
  g_autoptr(UnitState) a = unit_state_new ("a.service");
  g_autoptr(UnitState) b = unit_state_new ("a.service");

  b->active_state = g_strdup ("inactive");
  b->sub_state = g_strdup ("dead");
  b->description = g_strdup ("What it is");
  g_assert_true (unit_state_equal (a, b));
  a->file_state = g_strdup ("enabled");
  g_assert_false (unit_state_equal (a, b));
}

static void
test_times (void)
{
  static const struct {
    guint64     usec;
    const char *text;
  } cases[] = {
    { 0, "" }, { G_MAXUINT64, "" }, { G_USEC_PER_SEC, "19700101T000001Z" },
    { G_GUINT64_CONSTANT (1795927428151862), "20261129T044348Z" }, { G_MAXUINT64 - 1, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = unit_format_time (cases[i].usec);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_timer (void)
{
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
  g_autoptr(GVariant) properties = parse ("a{sv}",
    "{'LoadState': <'loaded'>, 'ActiveState': <'active'>, 'UnitFileState': <'enabled'>, 'Unit': <'job.service'>,"
    " 'Persistent': <true>, 'NextElapseUSecRealtime': <uint64 1000000>, 'LastTriggerUSec': <uint64 0>,"
    " 'TimersCalendar': <[('OnCalendar', 'Mon *-*-* 04:00:00', uint64 1), ('OnCalendar', 'hourly', 1)]>}");
  g_autoptr(GVariant) none = parse ("a{sv}", "{'LoadState': <'not-found'>}");
  g_autofree char *text = NULL;

  g_assert_true (timer_is_there (properties));
  g_assert_false (timer_is_there (none));
  timer_add_nodes (properties, "job.timer", nodes);
  text = describe_nodes (nodes);
  g_assert_cmpstr (text, ==, "job.timer/Unit=job.service;job.timer/OnCalendar=Mon *-*-* 04:00:00\nhourly;"
                             "job.timer/Persistent=true;job.timer/NextRun=19700101T000001Z;job.timer/LastRun=;"
                             "job.timer/State=running;job.timer/Enabled=true;job.timer/Operations/;");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unit-state/units-are-those-with-a-file-or-loaded", test_units_are_those_with_a_file_or_loaded);
  g_test_add_func ("/unit-state/unit-that-is-not-loaded-has-what-its-file-says",
                   test_unit_that_is_not_loaded_has_what_its_file_says);
  g_test_add_func ("/unit-state/what-is-not-counted-has-no-node", test_what_is_not_counted_has_no_node);
  g_test_add_func ("/unit-state/loading-changes-nothing-that-is-followed", test_loading_changes_nothing_that_is_followed);
  g_test_add_func ("/unit-state/times", test_times);
  g_test_add_func ("/unit-state/timer", test_timer);
  return g_test_run ();
}
