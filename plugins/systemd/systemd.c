/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "systemd-plugin.h"

#include "unit-name.h"

#include <string.h>

/* ./Vendor/Omadm/Services, Tasks, System and Power: units and settings of a systemd machine.  What of it needs
 * rights is decided three times: here by the administrator's list, by polkit with omadm-systemd.rules, and by the
 * helper for the files of units. */

/* ---- What the parts share ---- */

/**
 * systemd_ref:
 * @self: the plugin
 *
 * Returns: (transfer full): @self
 */
Systemd *
systemd_ref (Systemd *self)
{
  return g_rc_box_acquire (self);
}

static void
systemd_clear (gpointer data)
{
  Systemd *self = data;

  settings_clear (self);
  unit_query_clear (self);
  unit_jobs_clear (self);
  g_object_unref (self->cancellable);
}

/**
 * systemd_unref:
 * @self: (transfer full): the plugin
 */
void
systemd_unref (Systemd *self)
{
  g_rc_box_release_full (self, systemd_clear);
}

static OmaStatus
find_status (const char *remote)
{
  static const struct {
    const char *remote;
    OmaStatus   status;
  } errors[] = {
    { SYSTEMD_NAME ".NoSuchUnit", OMA_STATUS_NOT_FOUND },
    { SYSTEMD_NAME ".UnitMasked", OMA_STATUS_NOT_ALLOWED },
    { SYSTEMD_NAME ".OnlyByDependency", OMA_STATUS_NOT_ALLOWED },
    { SYSTEMD_NAME ".JobTypeNotApplicable", OMA_STATUS_NOT_ALLOWED },
    { TIMEDATE_NAME ".AutomaticTimeSyncEnabled", OMA_STATUS_NOT_ALLOWED },
    { TIMEDATE_NAME ".NoNTPSupport", OMA_STATUS_NOT_SUPPORTED },
    { UNIT_FILES_NAME ".Error.NotAllowed", OMA_STATUS_FORBIDDEN },
    { UNIT_FILES_NAME ".Error.NoSuchUnit", OMA_STATUS_NOT_FOUND },
    { UNIT_FILES_NAME ".Error.NotApplicable", OMA_STATUS_NOT_ALLOWED },
  };

  for (gsize i = 0; remote != NULL && i < G_N_ELEMENTS (errors); i++)
    if (strcmp (remote, errors[i].remote) == 0)
      return errors[i].status;
  return OMA_STATUS_NONE;
}

/**
 * systemd_take_error:
 * @result: of a call that failed
 * @error: (transfer full): what it failed with
 *
 * Returns: (transfer full): the error with the Status that the failure has here
 */
GError *
systemd_take_error (GAsyncResult *result, GError *error)
{
  g_autoptr(GObject) host = g_async_result_get_source_object (result);
  OmaStatus status = find_status (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (host), result));

  if (status != OMA_STATUS_NONE)
    {
      error->domain = OMA_STATUS_ERROR;
      error->code = status;
    }
  return error;
}

/**
 * systemd_escape:
 * @name: a node's name
 *
 * Returns: (transfer full): the name as a segment of a URI
 */
char *
systemd_escape (const char *name)
{
  return g_uri_escape_string (name, "@:", FALSE);
}

/**
 * systemd_check_allowed:
 * @unit: the name of a unit
 * @task: of an operation that is about to change it; fails when it may not
 *
 * Returns: whether the administrator's list has the unit
 */
gboolean
systemd_check_allowed (const char *unit, GTask *task)
{
  GError *error = NULL;
  g_autoptr(GHashTable) allowed = unit_allow_load (UNIT_ALLOW_FILE, &error);

  if (allowed == NULL)
    g_task_return_error (task, error);
  else if (!g_hash_table_contains (allowed, unit))
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN, "%s %s " UNIT_ALLOW_FILE, unit,
                             unit_name_may_be_listed (unit) ? "is not listed in" : "cannot be managed, whatever is in");
  else
    return TRUE;
  return FALSE;
}

/**
 * systemd_return_ok:
 * @task: of an operation that returns a boolean
 * @error: (nullable) (transfer full): why it failed
 */
void
systemd_return_ok (GTask *task, GError *error)
{
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* ---- The plugin ---- */

static void
systemd_shutdown (gpointer data)
{
  Systemd *self = data;

  g_cancellable_cancel (self->cancellable);
  unit_follow_stop (self);
  power_stop (self);
  unit_jobs_stop (self);
  systemd_unref (self);
}

static gboolean
systemd_init (OmaPluginHost *host, gpointer *data, GError **error G_GNUC_UNUSED)
{
  Systemd *self = g_rc_box_new0 (Systemd);

  self->host = host;
  self->cancellable = g_cancellable_new ();
  unit_jobs_init (self);
  unit_query_init (self);
  settings_start (self);
  unit_follow_start (self);
  power_start (self);
  *data = self;
  return TRUE;
}

#define HANDLER .struct_size = sizeof (OmaNodeHandler)
#define LEAF(path, function, how) { HANDLER, .node = path, .get = function, .flags = how }

static const OmaNodeHandler handlers[] = {
  { HANDLER, .node = "", .list = units_list, .exists = units_exists, .read = units_read,
    .flags = OMA_HANDLER_FOLLOWED },
  { HANDLER, .node = "*", .list = unit_list, .read = unit_read },
  { HANDLER, .node = "*/Resources", .list = unit_list, .flags = OMA_HANDLER_VOLATILE },
  LEAF ("*/Resources/**", unit_get, OMA_HANDLER_VOLATILE),
  LEAF ("*/Description", unit_get, OMA_HANDLER_VOLATILE),
  LEAF ("*/LoadState", unit_get, OMA_HANDLER_VOLATILE),
  LEAF ("*/ActiveState", unit_get, OMA_HANDLER_DEFAULT),
  LEAF ("*/SubState", unit_get, OMA_HANDLER_DEFAULT),
  LEAF ("*/UnitFileState", unit_get, OMA_HANDLER_DEFAULT),
  LEAF ("*/Result", unit_get, OMA_HANDLER_VOLATILE),
  LEAF ("*/MainPID", unit_get, OMA_HANDLER_VOLATILE),
  LEAF ("*/ActiveEnterTime", unit_get, OMA_HANDLER_VOLATILE),
  /* Stopped, it may be what the way to the server hangs on. */
  { HANDLER, .node = "*/State", .get = unit_get, .replace = unit_replace_state, .flags = OMA_HANDLER_PROVISIONAL },
  { HANDLER, .node = "*/Enabled", .get = unit_get, .replace = unit_replace_file },
  { HANDLER, .node = "*/Masked", .get = unit_get, .replace = unit_replace_file },
  { HANDLER, .node = "*/Operations/**", .exec = unit_exec },

  { HANDLER, .node = TASKS_URI, .list = timers_list, .read = timers_read, .flags = OMA_HANDLER_FOLLOWED },
  { HANDLER, .node = TASKS_URI "/*", .list = timer_list, .read = timer_read },
  LEAF (TASKS_URI "/*/Unit", timer_get, OMA_HANDLER_DEFAULT),
  LEAF (TASKS_URI "/*/OnCalendar", timer_get, OMA_HANDLER_DEFAULT),
  LEAF (TASKS_URI "/*/Persistent", timer_get, OMA_HANDLER_DEFAULT),
  LEAF (TASKS_URI "/*/NextRun", timer_get, OMA_HANDLER_VOLATILE),
  LEAF (TASKS_URI "/*/LastRun", timer_get, OMA_HANDLER_VOLATILE),
  { HANDLER, .node = TASKS_URI "/*/State", .get = timer_get, .replace = unit_replace_state },
  { HANDLER, .node = TASKS_URI "/*/Enabled", .get = timer_get, .replace = unit_replace_file },
  { HANDLER, .node = TASKS_URI "/*/Operations/**", .exec = timer_exec },

  { HANDLER, .node = SYSTEM_URI, .read = settings_read, .flags = OMA_HANDLER_FOLLOWED },
  { HANDLER, .node = SYSTEM_URI "/**", .get = setting_get, .replace = setting_replace },
  LEAF (SYSTEM_URI "/NTP/Synchronized", setting_get, OMA_HANDLER_VOLATILE),
  { HANDLER, .node = SYSTEM_URI "/Time", .get = setting_get, .replace = setting_replace,
    .flags = OMA_HANDLER_IRREVERSIBLE | OMA_HANDLER_VOLATILE },

  { HANDLER, .node = POWER_URI, .read = power_read },
  { HANDLER, .node = POWER_URI "/**", .get = power_get, .exec = power_exec, .flags = OMA_HANDLER_VOLATILE },
};

static const char *const bus_names[] = {
  SYSTEMD_NAME, LOGIN_NAME, HOSTNAME_NAME, TIMEDATE_NAME, LOCALE_NAME, UNIT_FILES_NAME, NULL,
};

static const char *const actions[] = {
  "org.freedesktop.systemd1.manage-units",
  "org.freedesktop.hostname1.set-static-hostname",
  "org.freedesktop.hostname1.set-machine-info",
  "org.freedesktop.timedate1.set-time",
  "org.freedesktop.timedate1.set-timezone",
  "org.freedesktop.timedate1.set-ntp",
  "org.freedesktop.locale1.set-locale",
  "org.freedesktop.locale1.set-keyboard",
  "org.freedesktop.login1.reboot",
  "org.freedesktop.login1.reboot-multiple-sessions",
  "org.freedesktop.login1.power-off",
  "org.freedesktop.login1.power-off-multiple-sessions",
  NULL,
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "systemd",
  .version = OMADM_VERSION,
  .ddf = "systemd.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = systemd_init,
  .shutdown = systemd_shutdown,
  .bus_names = bus_names,
  .actions = actions,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}
