/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "machine.h"

#include <omadm/omadm.h>

#include <string.h>
#include <sys/utsname.h>

#define UNKNOWN "Unknown"
#define BUS_TIMEOUT_MS 3000    /* hostnamed and localed start on demand; nobody waits longer */

/* Names this program in what is derived from the machine id, so that the id cannot be told
 * from it. */
static const guint8 application_id[16] = { 0x5b, 0x1e, 0x3f, 0x60, 0x92, 0x4c, 0x4d, 0x0a,
                                           0xb3, 0x75, 0x0c, 0x6e, 0x8a, 0x21, 0xd7, 0x49 };

/* What firmware vendors leave in fields that nobody filled in. */
static const char *const placeholders[] = {
  "to be filled by o.e.m.", "default string", "system manufacturer", "system product name", "system version",
  "not specified", "not applicable", "none", "n/a", "o.e.m.", "oem", "unknown", "0", "123456789", "invalid",
};

typedef struct {
  char            *root;
  GDBusConnection *bus;
  Machine         *machine;
} Reading;

/**
 * machine_free:
 * @machine: (transfer full): what machine_read_finish() gave
 */
void
machine_free (Machine *machine)
{
  g_free (machine->vendor);
  g_free (machine->model);
  g_free (machine->version);
  g_free (machine->chassis);
  g_free (machine->board_vendor);
  g_free (machine->firmware);
  g_free (machine->software);
  g_free (machine->language);
  g_free (machine);
}

static void
reading_free (Reading *reading)
{
  g_free (reading->root);
  g_clear_object (&reading->bus);
  g_clear_pointer (&reading->machine, machine_free);
  g_free (reading);
}

/* Whether @text says something that a server can show. */
static gboolean
is_meaningful (const char *text)
{
  g_autofree char *lower = NULL;

  if (text == NULL || *text == '\0' || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  lower = g_ascii_strdown (text, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (placeholders); i++)
    if (strcmp (lower, placeholders[i]) == 0)
      return FALSE;
  return TRUE;
}

/* Sets a member that no better source has set. */
static void
take (char **member, char *text)
{
  if (*member == NULL && text != NULL)
    {
      g_strstrip (text);
      if (is_meaningful (text))
        *member = g_strdup (text);
    }
  g_free (text);
}

static char *
read_file (const char *root, const char *path)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  char *text = NULL;

  return g_file_get_contents (full, &text, NULL, NULL) ? text : NULL;
}

/* Files of shell assignments: os-release, locale.conf. */
static char *
read_assignment (const char *root, const char *path, const char *key)
{
  g_autofree char *text = read_file (root, path);
  g_auto(GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      gsize length = strlen (key);

      if (strncmp (*line, key, length) == 0 && (*line)[length] == '=')
        return g_shell_unquote (*line + length + 1, NULL);
    }
  return NULL;
}

static char *
describe_software (const char *root)
{
  g_autofree char *id = read_assignment (root, "etc/os-release", "ID");
  g_autofree char *version = read_assignment (root, "etc/os-release", "VERSION_ID");
  g_autofree char *build = read_assignment (root, "etc/os-release", "BUILD_ID");
  struct utsname kernel;

  if (version == NULL)
    version = g_steal_pointer (&build);
  if (uname (&kernel) != 0)
    g_strlcpy (kernel.release, "?", sizeof kernel.release);
  return g_strdup_printf ("%s%s%s, Linux %s", id != NULL ? id : "linux", version != NULL ? " " : "",
                          version != NULL ? version : "", kernel.release);
}

/**
 * machine_language_from_locale:
 * @locale: a locale's name as setlocale() takes it
 *
 * Returns: (transfer full): its language tag (RFC 1766), "en" for the C locale and for what
 *   is no locale
 */
char *
machine_language_from_locale (const char *locale)
{
  g_autofree char *name = g_strndup (locale, strcspn (locale, ".@"));

  g_strdelimit (name, "_", '-');
  if (strcmp (name, "C") == 0 || strcmp (name, "POSIX") == 0 ||
      !g_regex_match_simple ("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", name, 0, 0))
    return g_strdup ("en");
  return g_steal_pointer (&name);
}

/* Sources that need no service: firmware tables, device tree, files in /etc, the kernel. */
static void
read_files (const char *root, Machine *machine)
{
  struct utsname kernel;
  g_autofree char *locale = read_assignment (root, "etc/locale.conf", "LANG");

  take (&machine->vendor, read_file (root, "sys/class/dmi/id/sys_vendor"));
  take (&machine->model, read_file (root, "sys/class/dmi/id/product_name"));
  take (&machine->model, read_file (root, "sys/firmware/devicetree/base/model"));
  take (&machine->version, read_file (root, "sys/class/dmi/id/product_version"));
  take (&machine->version, read_file (root, "sys/class/dmi/id/board_version"));
  take (&machine->board_vendor, read_file (root, "sys/class/dmi/id/board_vendor"));
  take (&machine->board_vendor, read_file (root, "sys/class/dmi/id/chassis_vendor"));
  take (&machine->firmware, read_file (root, "sys/class/dmi/id/bios_version"));
  take (&machine->software, describe_software (root));
  if (locale == NULL)
    locale = read_assignment (root, "etc/default/locale", "LANG");
  if (locale != NULL)
    take (&machine->language, machine_language_from_locale (locale));
  if (uname (&kernel) == 0)
    take (&machine->version, g_strdup (kernel.machine));
}

/* What stands where every source is missing or forbidden. */
static void
fill_in (Machine *machine)
{
  take (&machine->board_vendor, g_strdup (machine->vendor));
  for (char **member = (char **) machine; member < (char **) (machine + 1); member++)
    if (*member == NULL)
      *member = g_strdup (member == &machine->language ? "en" : member == &machine->chassis ? "computer" : UNKNOWN);
}

static void
take_property (char **member, GVariant *properties, const char *name)
{
  char *text = NULL;

  if (g_variant_lookup (properties, name, "s", &text))
    take (member, text);
}

static GVariant *
get_all_finish (GObject *source, GAsyncResult *result)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    {
      g_debug ("A source of device data is missing: %s", error->message);
      return NULL;
    }
  return g_variant_get_child_value (reply, 0);
}

static void
get_all (GTask *task, const char *name, const char *path, const char *interface, GAsyncReadyCallback callback)
{
  Reading *reading = g_task_get_task_data (task);

  g_dbus_connection_call (reading->bus, name, path, "org.freedesktop.DBus.Properties", "GetAll",
                          g_variant_new ("(s)", interface), G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE,
                          BUS_TIMEOUT_MS, g_task_get_cancellable (task), callback, task);
}

static void
finish_reading (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);

  read_files (reading->root, reading->machine);
  fill_in (reading->machine);
  g_task_return_pointer (task, g_steal_pointer (&reading->machine), (GDestroyNotify) machine_free);
  g_object_unref (task);
}

static void
localed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Reading *reading = g_task_get_task_data (task);
  g_autoptr(GVariant) properties = get_all_finish (source, result);
  g_autofree char **assignments = NULL;

  if (properties != NULL && g_variant_lookup (properties, "Locale", "^a&s", &assignments))
    for (char **assignment = assignments; *assignment != NULL; assignment++)
      if (g_str_has_prefix (*assignment, "LANG="))
        take (&reading->machine->language, machine_language_from_locale (*assignment + strlen ("LANG=")));
  finish_reading (task);
}

static void
hostnamed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Reading *reading = g_task_get_task_data (task);
  g_autoptr(GVariant) properties = get_all_finish (source, result);

  if (properties != NULL)
    {
      take_property (&reading->machine->vendor, properties, "HardwareVendor");
      take_property (&reading->machine->model, properties, "HardwareModel");
      take_property (&reading->machine->chassis, properties, "Chassis");
      take_property (&reading->machine->firmware, properties, "FirmwareVersion");
    }
  get_all (task, "org.freedesktop.locale1", "/org/freedesktop/locale1", "org.freedesktop.locale1", localed_cb);
}

/**
 * machine_read_async:
 * @root: the file system's root, "/" but in tests
 * @bus: (nullable): the system bus, %NULL to do without its services
 * @cancellable: (nullable): a cancellable
 * @callback: called once
 * @user_data: for @callback
 *
 * Asks hostnamed and localed, then firmware tables, files in /etc and the kernel, for what
 * the former did not tell.  Each source may be missing or forbidden.
 */
void
machine_read_async (const char *root, GDBusConnection *bus, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);

  reading->root = g_strdup (root);
  reading->bus = bus != NULL ? g_object_ref (bus) : NULL;
  reading->machine = g_new0 (Machine, 1);
  g_task_set_task_data (task, reading, (GDestroyNotify) reading_free);
  if (bus == NULL)
    finish_reading (task);
  else
    get_all (task, "org.freedesktop.hostname1", "/org/freedesktop/hostname1", "org.freedesktop.hostname1",
             hostnamed_cb);
}

/**
 * machine_read_finish:
 * @result: what the callback got
 * @error: return location for a #GIOErrorEnum
 *
 * Returns: (transfer full): what the machine told, or %NULL when it was cancelled
 */
Machine *
machine_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct {
  GTask *task;
  gsize  offset;
} Question;

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autofree Question *question = user_data;
  g_autoptr(GTask) task = question->task;
  g_autoptr(GError) error = NULL;
  g_autoptr(Machine) machine = machine_read_finish (result, &error);

  if (machine == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, oma_value_new_string (G_STRUCT_MEMBER (char *, machine, question->offset)),
                           (GDestroyNotify) oma_value_unref);
}

static void
bus_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr(GDBusConnection) bus = g_bus_get_finish (result, NULL);

  machine_read_async ("/", bus, g_task_get_cancellable (question->task), read_cb, question);
}

/**
 * machine_return_member:
 * @task: task of a get operation
 * @offset: offset of the member in #Machine
 *
 * Reads the machine anew, since a language or a host can change under a running daemon, and
 * returns the member as a chr value.
 */
void
machine_return_member (GTask *task, gsize offset)
{
  Question *question = g_new (Question, 1);

  *question = (Question) { g_object_ref (task), offset };
  g_bus_get (G_BUS_TYPE_SYSTEM, g_task_get_cancellable (task), bus_cb, question);
}

/**
 * machine_make_id:
 * @root: the file system's root, "/" but in tests
 *
 * Derives a name of the device from the machine id, which does not show in it; without one,
 * from the host name, which is less certain to be the device's alone.
 *
 * Returns: (transfer full): "urn:uuid:" and a UUID of version 4 form, always the same
 */
char *
machine_make_id (const char *root)
{
  g_autofree char *seed = read_file (root, "etc/machine-id");
  g_autoptr(GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, application_id, sizeof application_id);
  guint8 d[32];
  gsize size = sizeof d;

  if (seed == NULL)
    seed = read_file (root, "var/lib/dbus/machine-id");
  if (seed != NULL)
    g_strstrip (seed);
  if (seed == NULL || strlen (seed) != 32 || strspn (seed, "0123456789abcdef") != 32)
    {
      g_free (seed);
      seed = g_strdup (g_get_host_name ());
      g_warning ("There is no machine id: the device is named after its host name; set DeviceId= to choose");
    }
  g_hmac_update (hmac, (const guchar *) seed, -1);
  g_hmac_get_digest (hmac, d, &size);
  d[6] = (d[6] & 0x0f) | 0x40;
  d[8] = (d[8] & 0x3f) | 0x80;
  return g_strdup_printf ("urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
                          d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

/**
 * machine_id_is_valid:
 * @id: what somebody configured
 *
 * Returns: whether @id can be a DevId: "IMEI:" with 14 to 16 digits, "MEID:" with 14 hex
 *   digits, or another URI without white space
 */
gboolean
machine_id_is_valid (const char *id)
{
  if (g_ascii_strncasecmp (id, "IMEI:", 5) == 0)
    return g_regex_match_simple ("^[0-9]{14,16}$", id + 5, 0, 0);
  if (g_ascii_strncasecmp (id, "MEID:", 5) == 0)
    return g_regex_match_simple ("^[0-9A-Fa-f]{14}$", id + 5, 0, 0);
  return g_regex_match_simple ("^[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,200}$", id, 0, 0);
}
