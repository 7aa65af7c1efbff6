/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-config.h"

#include "agent/oma-agent.h"
#include "base/oma-uri.h"

#include <gio/gio.h>
#include <string.h>

#define DAEMON_GROUP "Daemon"
#define PLUGIN_PREFIX "plugin "
#define MAX_FILE (1024 * 1024)   /* octets */

/* Every number of [Daemon]: where it goes and what it may be. */
static const struct {
  const char *key;
  gsize       offset;
  guint       initial;
  guint       minimum;
  guint       maximum;
} numbers[] = {
  { "OperationTimeout", G_STRUCT_OFFSET (OmaConfig, operation_timeout), 30, 1, 3600 },
  { "ExecTimeout", G_STRUCT_OFFSET (OmaConfig, exec_timeout), 10, 1, 3600 },
  { "KeepAlive", G_STRUCT_OFFSET (OmaConfig, keep_alive), 0, 0, 3600 },
  { "MaxSessions", G_STRUCT_OFFSET (OmaConfig, max_sessions), 4, 1, 64 },
  { "MaxMessageSize", G_STRUCT_OFFSET (OmaConfig, max_message_size), 1048576, 4096, 16777216 },
  { "MaxObjectSize", G_STRUCT_OFFSET (OmaConfig, max_object_size), 536870912, 4096, 2147483647 },
  { "MaxMessages", G_STRUCT_OFFSET (OmaConfig, max_messages), 1000, 4, 1000000 },
  { "MaxNodes", G_STRUCT_OFFSET (OmaConfig, max_nodes), 1000000, 1000, 10000000 },
  { "MaxStored", G_STRUCT_OFFSET (OmaConfig, max_stored), 4096, 16, 1048576 },
  { "Resends", G_STRUCT_OFFSET (OmaConfig, resends), 3, 0, 100 },
  { "ResendDelay", G_STRUCT_OFFSET (OmaConfig, resend_delay), 2, 0, 3600 },
  { "RetryDelay", G_STRUCT_OFFSET (OmaConfig, retry_delay), 60, 1, 86400 },
  { "HttpTimeout", G_STRUCT_OFFSET (OmaConfig, http_timeout), 60, 1, 3600 },
  { "WatchdogTimeout", G_STRUCT_OFFSET (OmaConfig, watchdog_timeout), 60, 0, 3600 },
};

static const struct {
  const char     *name;
  GLogLevelFlags  level;
} levels[] = {
  { "error", G_LOG_LEVEL_CRITICAL },
  { "warning", G_LOG_LEVEL_WARNING },
  { "message", G_LOG_LEVEL_MESSAGE },
  { "info", G_LOG_LEVEL_INFO },
  { "debug", G_LOG_LEVEL_DEBUG },
};

/**
 * oma_config_new:
 *
 * Returns: (transfer full): what holds when no file says otherwise
 */
OmaConfig *
oma_config_new (void)
{
  OmaConfig *config = g_new0 (OmaConfig, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    G_STRUCT_MEMBER (guint, config, numbers[i].offset) = numbers[i].initial;
  config->log_level = G_LOG_LEVEL_INFO;
  config->plugins = g_key_file_new ();
  return config;
}

/**
 * oma_config_free:
 * @config: (nullable): a configuration
 */
void
oma_config_free (OmaConfig *config)
{
  if (config == NULL)
    return;
  g_key_file_unref (config->plugins);
  g_strfreev (config->bootstrap_manage);
  g_free (config);
}

static gboolean
bad_value (const char *path, const char *key, const char *text, const char *wanted, GError **error)
{
  g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, "%s: %s=%s: must be %s", path, key, text, wanted);
  return FALSE;
}

static gboolean
set_level (OmaConfig *config, const char *path, const char *text, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++)
    if (strcmp (levels[i].name, text) == 0)
      {
        config->log_level = levels[i].level;
        return TRUE;
      }
  return bad_value (path, "LogLevel", text, "error, warning, message, info or debug", error);
}

static gboolean
set_core_dumps (OmaConfig *config, const char *path, const char *text, GError **error)
{
  config->core_dumps = strcmp (text, "true") == 0;
  return config->core_dumps || strcmp (text, "false") == 0 ||
         bad_value (path, "CoreDumps", text, "true or false", error);
}

static gboolean
set_bootstrap_manage (OmaConfig *config, const char *path, const char *text, GError **error)
{
  g_auto(GStrv) uris = g_strsplit (text, ";", -1);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (char **uri = uris; *uri != NULL; uri++)
    {
      g_auto(OmaUri) parsed = OMA_URI_INIT;

      if (*g_strstrip (*uri) == '\0')
        continue;
      if (!oma_uri_parse (&parsed, *uri, NULL) || parsed.query != OMA_URI_QUERY_NONE)
        return bad_value (path, "BootstrapManage", *uri, "URIs of nodes, separated by semicolons", error);
      g_strv_builder_add (builder, *uri);
    }
  g_strfreev (config->bootstrap_manage);
  config->bootstrap_manage = g_strv_builder_end (builder);
  return TRUE;
}

/* Takes over one key of [Daemon]. */
static gboolean
set_key (OmaConfig *config, const char *path, const char *key, const char *text, GError **error)
{
  guint64 number;

  if (strcmp (key, "LogLevel") == 0)
    return set_level (config, path, text, error);
  if (strcmp (key, "CoreDumps") == 0)
    return set_core_dumps (config, path, text, error);
  if (strcmp (key, "BootstrapManage") == 0)
    return set_bootstrap_manage (config, path, text, error);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      if (strcmp (numbers[i].key, key) != 0)
        continue;
      if (!g_ascii_string_to_unsigned (text, 10, numbers[i].minimum, numbers[i].maximum, &number, NULL))
        {
          g_autofree char *wanted = g_strdup_printf ("a number from %u to %u", numbers[i].minimum, numbers[i].maximum);

          return bad_value (path, key, text, wanted, error);
        }
      G_STRUCT_MEMBER (guint, config, numbers[i].offset) = (guint) number;
      return TRUE;
    }
  g_warning ("%s: key %s of [%s] is not known; it is ignored", path, key, DAEMON_GROUP);
  return TRUE;
}

static gboolean
read_group (OmaConfig *config, GKeyFile *file, const char *path, const char *group, GError **error)
{
  g_auto(GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);
  gboolean is_plugin = g_str_has_prefix (group, PLUGIN_PREFIX);

  if (!is_plugin && strcmp (group, DAEMON_GROUP) != 0)
    {
      g_warning ("%s: group [%s] is not known; it is ignored", path, group);
      return TRUE;
    }
  for (char **key = keys; key != NULL && *key != NULL; key++)
    {
      g_autoptr(GError) local_error = NULL;
      g_autofree char *text = g_key_file_get_string (file, group, *key, &local_error);

      /* There may be a text beside the error. */
      if (local_error != NULL)
        {
          g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "%s: ", path);
          return FALSE;
        }
      if (is_plugin)
        g_key_file_set_string (config->plugins, group, *key, text);
      else if (!set_key (config, path, *key, g_strstrip (text), error))
        return FALSE;
    }
  return TRUE;
}

/* Reads one file over what was read before; one that is not there is as good as an empty one. */
static gboolean
read_file (OmaConfig *config, const char *path, OmaTrustedFileFlags flags, GError **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autoptr(GError) local_error = NULL;
  g_autoptr(GBytes) bytes = oma_trusted_file_read (path, MAX_FILE, flags, &local_error);
  g_auto(GStrv) groups = NULL;

  if (bytes == NULL && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  if (bytes == NULL)
    {
      g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, local_error->message);
      return FALSE;
    }
  if (!g_key_file_load_from_bytes (file, bytes, G_KEY_FILE_NONE, &local_error))
    {
      g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, "%s: %s", path, local_error->message);
      return FALSE;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    if (!read_group (config, file, path, *group, &local_error))
      {
        g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, local_error->message);
        return FALSE;
      }
  return TRUE;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * oma_config_list_directory:
 * @directory: a directory, which need not exist
 * @suffix: what a file's name must end with
 *
 * Hidden files are left out.
 *
 * Returns: (transfer full) (element-type filename): the files' paths, in the order of the
 *   octets of their names
 */
GPtrArray *
oma_config_list_directory (const char *directory, const char *suffix)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open (directory, 0, &error);
  const char *name;

  if (dir == NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    g_warning ("%s", error->message);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, suffix))
      g_ptr_array_add (paths, g_build_filename (directory, name, NULL));
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}

/**
 * oma_config_load:
 * @config_dir: where omadm.conf and omadm.conf.d are
 * @flags: whose files are trusted
 * @error: return location for an %OMA_AGENT_ERROR
 *
 * Reads omadm.conf, then omadm.conf.d/ *.conf in the order of their names; what is read later
 * wins.  Files that are not there are no error; keys that are not known warn.
 *
 * Returns: (transfer full): the configuration, or %NULL with %OMA_AGENT_ERROR_BAD_SETTING when
 *   a file cannot be read or others than its owner can write it, or a value is out of bounds
 */
OmaConfig *
oma_config_load (const char *config_dir, OmaTrustedFileFlags flags, GError **error)
{
  g_autoptr(OmaConfig) config = oma_config_new ();
  g_autofree char *main_path = g_build_filename (config_dir, "omadm.conf", NULL);
  g_autofree char *drop_in_dir = g_build_filename (config_dir, "omadm.conf.d", NULL);
  g_autoptr(GPtrArray) drop_ins = oma_config_list_directory (drop_in_dir, ".conf");

  if (!read_file (config, main_path, flags, error))
    return NULL;
  for (guint i = 0; i < drop_ins->len; i++)
    if (!read_file (config, drop_ins->pdata[i], flags, error))
      return NULL;
  return g_steal_pointer (&config);
}

/**
 * oma_config_dup_plugin_value:
 * @config: a configuration
 * @plugin: name of a plugin
 * @key: a key
 *
 * Returns: (transfer full) (nullable): what stands in group [plugin @plugin] for @key
 */
char *
oma_config_dup_plugin_value (const OmaConfig *config, const char *plugin, const char *key)
{
  g_autofree char *group = g_strconcat (PLUGIN_PREFIX, plugin, NULL);

  return g_key_file_get_string (config->plugins, group, key, NULL);
}
