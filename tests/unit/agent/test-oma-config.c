/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-agent.h"
#include "agent/oma-config.h"

static void
test_no_file_gives_defaults (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConfig) config = oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->max_sessions, ==, 4);
  g_assert_cmpuint (config->max_message_size, ==, 1048576);
  g_assert_cmpuint (config->max_object_size, ==, 536870912);
  g_assert_cmpint (config->log_level, ==, G_LOG_LEVEL_INFO);
  g_assert_null (oma_config_dup_plugin_value (config, "devinfo", "DeviceId"));
}

static void
test_drop_ins_win_in_their_order (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *a = agent_test_write (f, "omadm.conf", 0644, "[Daemon]\nMaxSessions=2\nHttpTimeout=7\nLogLevel=debug\n");
  g_autofree char *b = agent_test_write (f, "omadm.conf.d/20-b.conf", 0644,
                                         "[Daemon]\nMaxSessions=9\n[plugin devinfo]\nDeviceId=fixed\n");
  g_autofree char *c = agent_test_write (f, "omadm.conf.d/10-a.conf", 0644, "[Daemon]\nMaxSessions=8\nMaxMessages=99\nCoreDumps=true\n");
  g_autofree char *d = agent_test_write (f, "omadm.conf.d/30-no.conf.bak", 0644, "[Daemon]\nMaxSessions=1\n");
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConfig) config = oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, &error);
  g_autofree char *device_id = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (config->max_sessions, ==, 9);
  g_assert_cmpuint (config->max_messages, ==, 99);
  g_assert_cmpuint (config->http_timeout, ==, 7);
  g_assert_cmpint (config->log_level, ==, G_LOG_LEVEL_DEBUG);
  g_assert_true (config->core_dumps);
  device_id = oma_config_dup_plugin_value (config, "devinfo", "DeviceId");
  g_assert_cmpstr (device_id, ==, "fixed");
}

static void
test_uris_to_manage_are_a_list (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *a = agent_test_write (f, "omadm.conf", 0644, "[Daemon]\nBootstrapManage=./A; ./B/C ;;\n");
  g_autofree char *b = NULL;
  g_autoptr(OmaConfig) config = oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, NULL);
  g_autoptr(OmaConfig) none = NULL;

  g_assert_cmpuint (g_strv_length (config->bootstrap_manage), ==, 2);
  g_assert_cmpstr (config->bootstrap_manage[1], ==, "./B/C");
  b = agent_test_write (f, "omadm.conf.d/10-none.conf", 0644, "[Daemon]\nBootstrapManage=\n");
  none = oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, NULL);
  g_assert_cmpuint (g_strv_length (none->bootstrap_manage), ==, 0);
}

static gboolean
takes (AgentTest *f, const char *key, guint64 number)
{
  g_autofree char *text = g_strdup_printf ("[Daemon]\n%s=%" G_GUINT64_FORMAT "\n", key, number);
  g_autofree char *path = agent_test_write (f, "omadm.conf", 0644, text);
  g_autoptr(OmaConfig) config = oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, NULL);

  return config != NULL;
}

static void
test_numbers_are_taken_within_their_bounds (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *key;
    guint64     minimum, maximum;
  } keys[] = {
    { "OperationTimeout", 1, 3600 },
    { "ExecTimeout", 1, 3600 },
    { "KeepAlive", 0, 3600 },
    { "MaxSessions", 1, 64 },
    { "MaxMessageSize", 4096, 16777216 },
    { "MaxObjectSize", 4096, 2147483647 },
    { "MaxMessages", 4, 1000000 },
    { "MaxNodes", 1000, 10000000 },
    { "MaxStored", 16, 1048576 },
    { "Resends", 0, 100 },
    { "ResendDelay", 0, 3600 },
    { "RetryDelay", 1, 86400 },
    { "HttpTimeout", 1, 3600 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_assert_true (takes (f, keys[i].key, keys[i].minimum));
      g_assert_true (takes (f, keys[i].key, keys[i].maximum));
      g_assert_false (takes (f, keys[i].key, keys[i].maximum + 1));
      g_assert_true (keys[i].minimum == 0 || !takes (f, keys[i].key, keys[i].minimum - 1));
    }
}

static void
test_bad_files_and_values_are_refused (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const bad[] = {
    "no key file\n",
    "[Daemon]\nMaxSessions=0\n",
    "[Daemon]\nMaxSessions=65\n",
    "[Daemon]\nMaxSessions=-1\n",
    "[Daemon]\nMaxMessageSize=lots\n",
    "[Daemon]\nHttpTimeout=\n",
    "[Daemon]\nLogLevel=loud\n",
    "[Daemon]\nLogLevel=\\q\n",
    "[Daemon]\nCoreDumps=perhaps\n",
    "[Daemon]\nBootstrapManage=./A;./B//C\n",
    "[Daemon]\nBootstrapManage=./A?prop=ACL\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = agent_test_write (f, "omadm.conf", 0644, bad[i]);
      g_autoptr(GError) error = NULL;

      g_assert_null (oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, &error));
      g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
      g_assert_nonnull (strstr (error->message, path));
    }
}

static void
test_file_that_others_can_write_is_refused (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = agent_test_write (f, "omadm.conf", 0666, "[Daemon]\nMaxSessions=2\n");
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_unknown_keys_and_groups_warn (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = agent_test_write (f, "omadm.conf", 0644, "[Daemon]\nMaxSesions=2\n[Demon]\nMaxSessions=2\n");
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConfig) config = oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->max_sessions, ==, 4);
  g_assert_true (agent_test_has_logged ("MaxSesions"));
  g_assert_true (agent_test_has_logged ("[Demon]"));
}

static void
test_shipped_file_states_the_defaults (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "..", "..", "data", "omadm.conf", NULL);
  g_autofree char *text = NULL;
  g_autofree char *copy = NULL;
  g_autoptr(GRegex) regex = g_regex_new ("^#(\\w+=|\\[)", G_REGEX_MULTILINE, 0, NULL);
  g_autofree char *active = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConfig) config = NULL;
  g_autoptr(OmaConfig) defaults = oma_config_new ();

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  active = g_regex_replace (regex, text, -1, 0, "\\1", 0, NULL);
  g_assert_nonnull (strstr (active, "\nMaxSessions="));
  copy = agent_test_write (f, "omadm.conf", 0644, active);
  config = oma_config_load (f->dir, OMA_TRUSTED_FILE_ACCEPT_OWN, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (config->operation_timeout, ==, defaults->operation_timeout);
  g_assert_cmpuint (config->max_sessions, ==, defaults->max_sessions);
  g_assert_cmpuint (config->max_message_size, ==, defaults->max_message_size);
  g_assert_cmpuint (config->max_messages, ==, defaults->max_messages);
  g_assert_cmpuint (config->http_timeout, ==, defaults->http_timeout);
  g_assert_cmpuint (config->watchdog_timeout, ==, defaults->watchdog_timeout);
  g_assert_cmpint (config->log_level, ==, defaults->log_level);
  g_assert_false (config->core_dumps);
  g_assert_false (agent_test_has_logged ("not known"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/config/" name, AgentTest, NULL, agent_test_set_up, func, agent_test_tear_down)
  ADD ("no-file-gives-defaults", test_no_file_gives_defaults);
  ADD ("drop-ins-win-in-their-order", test_drop_ins_win_in_their_order);
  ADD ("uris-to-manage-are-a-list", test_uris_to_manage_are_a_list);
  ADD ("numbers-are-taken-within-their-bounds", test_numbers_are_taken_within_their_bounds);
  ADD ("bad-files-and-values-are-refused", test_bad_files_and_values_are_refused);
  ADD ("file-that-others-can-write-is-refused", test_file_that_others_can_write_is_refused);
  ADD ("unknown-keys-and-groups-warn", test_unknown_keys_and_groups_warn);
  ADD ("shipped-file-states-the-defaults", test_shipped_file_states_the_defaults);
#undef ADD
  return g_test_run ();
}
