/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "unit-files.h"

#include "unit-name.h"

#include <string.h>

#define OBJECT_PATH "/org/omadm/UnitFiles1"
#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"

/* Reading all files again takes systemd some time; the caller has a time limit of its own. */
#define TIMEOUT_MS (120 * 1000)

/* Names in one call. */
#define MAX_UNITS UNIT_ALLOW_MAX

struct _UnitFiles {
  GDBusConnection      *connection;
  OmaDBusUnitFiles1    *skeleton;
  char                 *allow_file;
  UnitFilesActivityFunc activity;
  gpointer              user_data;
};

/* A method under way. */
typedef struct {
  UnitFiles             *files;
  GDBusMethodInvocation *invocation;
} Call;

static const GDBusErrorEntry entries[] = {
  { UNIT_FILES_ERROR_FAILED, "org.omadm.UnitFiles1.Error.Failed" },
  { UNIT_FILES_ERROR_NOT_ALLOWED, "org.omadm.UnitFiles1.Error.NotAllowed" },
  { UNIT_FILES_ERROR_NO_SUCH_UNIT, "org.omadm.UnitFiles1.Error.NoSuchUnit" },
  { UNIT_FILES_ERROR_NOT_APPLICABLE, "org.omadm.UnitFiles1.Error.NotApplicable" },
};

GQuark
unit_files_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("unit-files-error-quark", &quark, entries, G_N_ELEMENTS (entries));
  return (GQuark) quark;
}

/* ---- What may be asked ---- */

/**
 * unit_files_check:
 * @allow_file: the administrator's list
 * @units: names that somebody sent
 * @error: return location for a %UNIT_FILES_ERROR
 *
 * Returns: whether all of them may be managed
 */
gboolean
unit_files_check (const char *allow_file, const char *const *units, GError **error)
{
  g_autoptr(GError) failure = NULL;
  g_autoptr(GHashTable) allowed = unit_allow_load (allow_file, &failure);
  gsize n = g_strv_length ((char **) units);

  if (allowed == NULL)
    {
      g_set_error (error, UNIT_FILES_ERROR, UNIT_FILES_ERROR_FAILED, "%s", failure->message);
      return FALSE;
    }
  if (n == 0 || n > MAX_UNITS)
    {
      g_set_error (error, UNIT_FILES_ERROR, UNIT_FILES_ERROR_NOT_ALLOWED, "From 1 to %d units can be named", MAX_UNITS);
      return FALSE;
    }
  for (; *units != NULL; units++)
    if (!unit_name_may_be_listed (*units) || !g_hash_table_contains (allowed, *units))
      {
        g_set_error (error, UNIT_FILES_ERROR, UNIT_FILES_ERROR_NOT_ALLOWED, "%s %s %s", *units,
                     unit_name_may_be_listed (*units) ? "is not listed in" : "cannot be managed, whatever is in",
                     allow_file);
        return FALSE;
      }
  return TRUE;
}

/* What systemd failed with, as an error of ours. */
static GError *
translate (GError *error)
{
  static const struct {
    const char    *remote;
    UnitFilesError code;
  } errors[] = {
    { SYSTEMD_NAME ".NoSuchUnit", UNIT_FILES_ERROR_NO_SUCH_UNIT },
    { "org.freedesktop.DBus.Error.FileNotFound", UNIT_FILES_ERROR_NO_SUCH_UNIT },
    { "System.Error.ENOENT", UNIT_FILES_ERROR_NO_SUCH_UNIT },
    { SYSTEMD_NAME ".UnitMasked", UNIT_FILES_ERROR_NOT_APPLICABLE },
    { SYSTEMD_NAME ".UnitGenerated", UNIT_FILES_ERROR_NOT_APPLICABLE },
    { SYSTEMD_NAME ".UnitLinked", UNIT_FILES_ERROR_NOT_APPLICABLE },
    { SYSTEMD_NAME ".UnitExists", UNIT_FILES_ERROR_NOT_APPLICABLE },
    { SYSTEMD_NAME ".BadUnitSetting", UNIT_FILES_ERROR_NOT_APPLICABLE },
    { "org.freedesktop.DBus.Error.FileExists", UNIT_FILES_ERROR_NOT_APPLICABLE },
  };
  g_autofree char *remote = g_dbus_error_get_remote_error (error);
  UnitFilesError code = UNIT_FILES_ERROR_FAILED;

  for (gsize i = 0; remote != NULL && i < G_N_ELEMENTS (errors); i++)
    if (strcmp (remote, errors[i].remote) == 0)
      code = errors[i].code;
  g_dbus_error_strip_remote_error (error);
  return g_error_new (UNIT_FILES_ERROR, code, "%s", error->message);
}

/* ---- Calls ---- */

/* Takes @error. */
static void
call_end (Call *call, GError *error)
{
  UnitFiles *files = call->files;

  if (error != NULL)
    {
      g_message ("%s: %s", g_dbus_method_invocation_get_method_name (call->invocation), error->message);
      g_dbus_method_invocation_take_error (call->invocation, error);
    }
  else
    g_dbus_method_invocation_return_value (call->invocation, NULL);
  g_free (call);
  files->activity (FALSE, files->user_data);
}

static void
ask_systemd (Call *call, const char *method, GVariant *parameters, GAsyncReadyCallback callback)
{
  g_dbus_connection_call (call->files->connection, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method, parameters,
                          NULL, G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, NULL, callback, call);
}

static void
reloaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  call_end (user_data, answer == NULL ? translate (error) : NULL);
}

/* Enabling answers with whether the files say where the units belong; those that do not were left alone. */
static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *method = g_dbus_method_invocation_get_method_name (call->invocation);
  gboolean has_install = TRUE;

  if (answer == NULL)
    {
      call_end (call, translate (error));
      return;
    }
  if (strcmp (method, "Enable") == 0 && g_variant_is_of_type (answer, G_VARIANT_TYPE ("(ba(sss))")))
    g_variant_get (answer, "(ba(sss))", &has_install, NULL);
  if (!has_install)
    {
      call_end (call, g_error_new (UNIT_FILES_ERROR, UNIT_FILES_ERROR_NOT_APPLICABLE,
                                   "The unit's file says nothing of where it belongs (it has no section [Install])"));
      return;
    }
  ask_systemd (call, "Reload", NULL, reloaded_cb);
}

/* The flags say: for good, not until the machine goes down; and not over what is there. */
static GVariant *
make_parameters (const char *method, const char *const *units)
{
  if (strcmp (method, "Disable") == 0 || strcmp (method, "Unmask") == 0)
    return g_variant_new ("(^asb)", units, FALSE);
  return g_variant_new ("(^asbb)", units, FALSE, FALSE);
}

static gboolean
handle (OmaDBusUnitFiles1 *skeleton G_GNUC_UNUSED, GDBusMethodInvocation *invocation, const char *const *units,
        UnitFiles *files)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  g_autofree char *systemd_method = g_strconcat (method, "UnitFiles", NULL);
  g_autofree char *names = g_strjoinv (" ", (char **) units);
  Call *call = g_new0 (Call, 1);
  GError *error = NULL;

  call->files = files;
  call->invocation = invocation;
  files->activity (TRUE, files->user_data);
  if (!unit_files_check (files->allow_file, units, &error))
    {
      call_end (call, error);
      return TRUE;
    }
  g_message ("%s: %s", method, names);
  ask_systemd (call, systemd_method, make_parameters (method, units), changed_cb);
  return TRUE;
}

/**
 * unit_files_new:
 * @connection: the system bus
 * @allow_file: the administrator's list
 * @activity: told when a call begins and when it ends
 * @user_data: for @activity
 * @error: return location for an error
 *
 * Returns: (transfer full): the object on the bus, or %NULL
 */
UnitFiles *
unit_files_new (GDBusConnection *connection, const char *allow_file, UnitFilesActivityFunc activity,
                gpointer user_data, GError **error)
{
  static const char *const signals[] = {
    "handle-enable", "handle-disable", "handle-mask", "handle-unmask", "handle-preset",
  };
  UnitFiles *files = g_new0 (UnitFiles, 1);

  files->connection = g_object_ref (connection);
  files->skeleton = oma_dbus_unit_files1_skeleton_new ();
  files->allow_file = g_strdup (allow_file);
  files->activity = activity;
  files->user_data = user_data;
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect (files->skeleton, signals[i], G_CALLBACK (handle), files);
  if (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (files->skeleton), connection, OBJECT_PATH, error))
    return files;
  unit_files_free (files);
  return NULL;
}

/**
 * unit_files_free:
 * @files: (transfer full): an object without calls under way
 */
void
unit_files_free (UnitFiles *files)
{
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (files->skeleton)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (files->skeleton));
  g_object_unref (files->skeleton);
  g_object_unref (files->connection);
  g_free (files->allow_file);
  g_free (files);
}
