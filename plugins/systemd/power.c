/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power.h"
#include "systemd-plugin.h"
#include "unit-state.h"

#include <string.h>

/* ./Vendor/Omadm/Power: a reboot or power-off, which logind schedules, so that the session and its last message come
 * before it.  What a server asked for is kept until it is over: its end is found after the start, and told once. */

#define LOGIN_PATH "/org/freedesktop/login1"
#define LOGIN_MANAGER "org.freedesktop.login1.Manager"
#define DATA_NAME "shutdown"
#define ALERT_TYPE "Reversed-Domain-Name: org.omadm.exec"
/* After the time has come: a shutdown that has not begun by then was cancelled by somebody else.  (Tests have less
 * patience.) */
#ifndef PATIENCE_S
#define PATIENCE_S 60
#endif

struct _Power {
  ShutdownRecord *pending;   /* (nullable): what a server waits for */
  guint           timer;
};

/* ---- The end of what was asked for ---- */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  if (!oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    g_warning ("A shutdown that is over may be reported again: %s", error->message);
}

/* Nobody waits any more; with a status other than OMA_STATUS_NONE that is told. */
static void
settle (Systemd *self, OmaStatus status)
{
  g_autoptr(ShutdownRecord) record = g_steal_pointer (&self->power->pending);

  g_clear_handle_id (&self->power->timer, g_source_remove);
  if (record == NULL)
    return;
  if (status != OMA_STATUS_NONE)
    {
      g_autofree char *uri = g_strconcat (POWER_URI "/Operations/", record->operation, NULL);
      g_autoptr(OmaValue) data = oma_value_new_int (status);

      oma_plugin_host_alert (self->host, ALERT_TYPE, status == OMA_STATUS_OK ? "informational" : "warning", uri,
                             record->correlator, data);
    }
  oma_plugin_host_save_data_async (self->host, DATA_NAME, NULL, NULL, saved_cb, NULL);
}

static void watch (Systemd *self);

/* Whether it is still to come; if not, and the machine is still up, somebody cancelled it. */
static void
watched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Systemd *self = user_data;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, NULL);
  g_autoptr(GVariant) properties = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
  const char *type = "";
  gboolean preparing = FALSE;
  guint64 when = 0;

  if (self->power == NULL || self->power->pending == NULL)
    {
      systemd_unref (self);
      return;
    }
  if (properties != NULL)
    {
      g_variant_lookup (properties, "ScheduledShutdown", "(&st)", &type, &when);
      g_variant_lookup (properties, "PreparingForShutdown", "b", &preparing);
    }
  if (properties != NULL && *type == '\0' && !preparing)
    settle (self, OMA_STATUS_OPERATION_CANCELLED);
  else
    {
      if (*type != '\0')
        self->power->pending->when = when;
      watch (self);
    }
  systemd_unref (self);
}

static gboolean
watch_cb (gpointer user_data)
{
  Systemd *self = user_data;

  self->power->timer = 0;
  oma_plugin_host_call_async (self->host, LOGIN_NAME, LOGIN_PATH, PROPERTIES_INTERFACE, "GetAll",
                              g_variant_new ("(s)", LOGIN_MANAGER), G_VARIANT_TYPE ("(a{sv})"), self->cancellable,
                              watched_cb, systemd_ref (self));
  return G_SOURCE_REMOVE;
}

static void
watch (Systemd *self)
{
  gint64 left = (gint64) (self->power->pending->when / G_USEC_PER_SEC) - g_get_real_time () / G_USEC_PER_SEC;

  g_clear_handle_id (&self->power->timer, g_source_remove);
  self->power->timer = g_timeout_add_seconds ((guint) CLAMP (left, 0, 30 * 24 * 3600) + PATIENCE_S, watch_cb, self);
}

/* ---- Which start of the machine this is ---- */

static void
ask_boot (Systemd *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  oma_plugin_host_call_async (self->host, SYSTEMD_NAME, SYSTEMD_PATH, PROPERTIES_INTERFACE, "Get",
                              g_variant_new ("(ss)", SYSTEMD_MANAGER, "UserspaceTimestamp"), G_VARIANT_TYPE ("(v)"),
                              cancellable, callback, user_data);
}

static guint64
take_boot (GObject *source, GAsyncResult *result, GError **error)
{
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, error);
  g_autoptr(GVariant) boxed = NULL;

  if (answer == NULL)
    return 0;
  g_variant_get (answer, "(v)", &boxed);
  if (g_variant_is_of_type (boxed, G_VARIANT_TYPE_UINT64) && g_variant_get_uint64 (boxed) != 0)
    return g_variant_get_uint64 (boxed);
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "systemd does not tell when the machine started");
  return 0;
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Systemd *self = user_data;
  g_autoptr(GError) error = NULL;
  guint64 boot = take_boot (source, result, &error);

  if (self->power != NULL && self->power->pending != NULL)
    {
      if (boot == 0)
        g_warning ("Whether the machine was started again cannot be told: %s", error->message);
      if (boot != 0 && boot != self->power->pending->boot)
        settle (self, OMA_STATUS_OK);
      else
        watch (self);
    }
  systemd_unref (self);
}

/**
 * power_start:
 * @self: the plugin
 *
 * Finds out whether what a server asked for has happened.
 */
void
power_start (Systemd *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = oma_plugin_host_load_data (self->host, DATA_NAME, &error);

  self->power = g_new0 (Power, 1);
  if (bytes == NULL && !g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND))
    g_warning ("Whether a shutdown was asked for cannot be told: %s", error->message);
  if (bytes == NULL)
    return;
  self->power->pending = shutdown_record_parse (bytes);
  if (self->power->pending != NULL)
    ask_boot (self, self->cancellable, started_cb, systemd_ref (self));
  else
    g_warning ("What was kept of a shutdown that was asked for cannot be read");
}

/**
 * power_stop:
 * @self: the plugin
 */
void
power_stop (Systemd *self)
{
  Power *power = g_steal_pointer (&self->power);

  g_clear_handle_id (&power->timer, g_source_remove);
  g_clear_pointer (&power->pending, shutdown_record_free);
  g_free (power);
}

/* ---- Reading ---- */

typedef struct {
  GTask *task;
  char  *leaf;           /* (nullable): the only one that is asked for */
  char  *can_reboot;
  char  *can_power_off;
  guint  outstanding;
  GError *error;
  OmaNodeList *nodes;
} Reading;

static void
reading_end (Reading *reading)
{
  GTask *task = reading->task;

  if (reading->error != NULL)
    g_task_return_error (task, g_steal_pointer (&reading->error));
  else if (reading->leaf == NULL)
    systemd_return_nodes (task, g_steal_pointer (&reading->nodes), NULL);
  else
    systemd_return_value (task, reading->nodes, reading->leaf, NULL);
  g_clear_pointer (&reading->nodes, oma_node_list_free);
  g_object_unref (task);
  g_free (reading->leaf);
  g_free (reading);
}

static GVariant *
take_part (Reading *reading, GObject *source, GAsyncResult *result)
{
  GError *error = NULL;
  GVariant *answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);

  if (answer == NULL && reading->error == NULL)
    reading->error = g_steal_pointer (&error);
  g_clear_error (&error);
  return answer;
}

static void
take_can (Reading *reading, const char *leaf, GObject *source, GAsyncResult *result)
{
  g_autoptr(GVariant) answer = take_part (reading, source, result);
  const char *text = "";

  if (answer != NULL)
    g_variant_get (answer, "(&s)", &text);
  oma_node_list_add (reading->nodes, leaf, oma_value_new_string (text));
  if (--reading->outstanding == 0)
    reading_end (reading);
}

static void
can_reboot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  take_can (user_data, "CanReboot", source, result);
}

static void
can_power_off_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  take_can (user_data, "CanPowerOff", source, result);
}

static void
scheduled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  g_autoptr(GVariant) answer = take_part (reading, source, result);
  g_autoptr(GVariant) scheduled = NULL;
  g_autofree char *time = NULL;
  const char *type = "";
  guint64 when = 0;

  if (answer != NULL)
    g_variant_get (answer, "(v)", &scheduled);
  if (scheduled != NULL && g_variant_is_of_type (scheduled, G_VARIANT_TYPE ("(st)")))
    g_variant_get (scheduled, "(&st)", &type, &when);
  time = unit_format_time (*type != '\0' ? when : 0);
  oma_node_list_add (reading->nodes, "Scheduled", NULL);
  oma_node_list_add (reading->nodes, "Scheduled/Operation", oma_value_new_string (shutdown_type_to_operation (type)));
  oma_node_list_add (reading->nodes, "Scheduled/Time", oma_value_new_string (time));
  if (--reading->outstanding == 0)
    reading_end (reading);
}

static void
power_ask (Systemd *self, const char *leaf, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  Reading *reading = g_new0 (Reading, 1);

  reading->task = g_object_ref (task);
  reading->leaf = g_strdup (leaf);
  reading->outstanding = 3;
  reading->nodes = oma_node_list_new ();
  oma_node_list_add (reading->nodes, "", NULL);
  oma_node_list_add (reading->nodes, "Operations", NULL);
  oma_plugin_host_call_async (self->host, LOGIN_NAME, LOGIN_PATH, LOGIN_MANAGER, "CanReboot", NULL,
                              G_VARIANT_TYPE ("(s)"), cancellable, can_reboot_cb, reading);
  oma_plugin_host_call_async (self->host, LOGIN_NAME, LOGIN_PATH, LOGIN_MANAGER, "CanPowerOff", NULL,
                              G_VARIANT_TYPE ("(s)"), cancellable, can_power_off_cb, reading);
  oma_plugin_host_call_async (self->host, LOGIN_NAME, LOGIN_PATH, PROPERTIES_INTERFACE, "Get",
                              g_variant_new ("(ss)", LOGIN_MANAGER, "ScheduledShutdown"), G_VARIANT_TYPE ("(v)"),
                              cancellable, scheduled_cb, reading);
}

void
power_read (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  power_ask (self, NULL, task);
}

void
power_get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  power_ask (self, oma_node_ref_get_uri (node) + strlen (POWER_URI "/"), task);
}

/* ---- Scheduling: refused, or kept and scheduled ---- */

typedef struct {
  Systemd        *self;
  GTask          *task;
  ShutdownRecord *record;
} Scheduling;

/* Takes @error; NULL: it goes on, and its end is told later. */
static void
scheduling_end (Scheduling *scheduling, GError *error)
{
  if (error != NULL)
    g_task_return_error (scheduling->task, error);
  else
    g_task_return_new_error (scheduling->task, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED, "It is scheduled");
  g_object_unref (scheduling->task);
  g_clear_pointer (&scheduling->record, shutdown_record_free);
  systemd_unref (scheduling->self);
  g_free (scheduling);
}

static void
ordered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Scheduling *scheduling = user_data;
  Systemd *self = scheduling->self;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);

  if (self->power == NULL)
    {
      g_clear_error (&error);
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The daemon ends");
    }
  else if (answer == NULL)
    settle (self, OMA_STATUS_NONE);
  else
    watch (self);
  scheduling_end (scheduling, error);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Scheduling *scheduling = user_data;
  Systemd *self = scheduling->self;
  GError *error = NULL;

  if (!oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    {
      if (self->power != NULL)
        settle (self, OMA_STATUS_NONE);
      scheduling_end (scheduling, error);
      return;
    }
  oma_plugin_host_call_async (self->host, LOGIN_NAME, LOGIN_PATH, LOGIN_MANAGER, "ScheduleShutdown",
                              g_variant_new ("(st)", shutdown_operation_to_type (scheduling->record->operation),
                                             scheduling->record->when),
                              NULL, NULL, ordered_cb, scheduling);
}

static void
boot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Scheduling *scheduling = user_data;
  Systemd *self = scheduling->self;
  GError *error = NULL;
  g_autoptr(GBytes) bytes = NULL;

  scheduling->record->boot = take_boot (source, result, &error);
  if (error == NULL && (self->power == NULL || self->power->pending != NULL))
    error = g_error_new (OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS, "Another one is scheduled already");
  if (error != NULL)
    {
      scheduling_end (scheduling, error);
      return;
    }
  self->power->pending = shutdown_record_copy (scheduling->record);
  bytes = shutdown_record_format (scheduling->record);
  oma_plugin_host_save_data_async (self->host, DATA_NAME, bytes, NULL, kept_cb, scheduling);
}

static void
unscheduled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Scheduling *scheduling = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  g_autoptr(GVariant) scheduled = NULL;
  const char *type = "";

  if (answer != NULL)
    g_variant_get (answer, "(v)", &scheduled);
  if (scheduled != NULL && g_variant_is_of_type (scheduled, G_VARIANT_TYPE ("(st)")))
    g_variant_get (scheduled, "(&st)", &type, NULL);
  if (*type != '\0')
    error = g_error_new (OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS,
                         "A %s is scheduled already: it is to be cancelled first", type);
  if (error != NULL)
    scheduling_end (scheduling, error);
  else
    ask_boot (scheduling->self, g_task_get_cancellable (scheduling->task), boot_cb, scheduling);
}

static void
can_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Scheduling *scheduling = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  const char *can = "";

  if (answer != NULL)
    g_variant_get (answer, "(&s)", &can);
  if (answer != NULL && strcmp (can, "yes") != 0)
    error = g_error_new (OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED, "logind does not let omadm do this now: '%s'", can);
  if (error != NULL)
    {
      scheduling_end (scheduling, error);
      return;
    }
  oma_plugin_host_call_async (OMA_PLUGIN_HOST (source), LOGIN_NAME, LOGIN_PATH, PROPERTIES_INTERFACE, "Get",
                              g_variant_new ("(ss)", LOGIN_MANAGER, "ScheduledShutdown"), G_VARIANT_TYPE ("(v)"),
                              g_task_get_cancellable (scheduling->task), unscheduled_cb, scheduling);
}

static void
schedule (Systemd *self, const char *operation, guint minutes, const char *correlator, GTask *task)
{
  g_autofree char *method = g_strconcat ("Can", operation, NULL);
  Scheduling *scheduling = g_new0 (Scheduling, 1);

  scheduling->self = systemd_ref (self);
  scheduling->task = g_object_ref (task);
  scheduling->record = shutdown_record_new (operation, correlator);
  scheduling->record->when = g_get_real_time () + minutes * 60 * G_USEC_PER_SEC;
  oma_plugin_host_call_async (self->host, LOGIN_NAME, LOGIN_PATH, LOGIN_MANAGER, method, NULL, G_VARIANT_TYPE ("(s)"),
                              g_task_get_cancellable (task), can_cb, scheduling);
}

/* ---- Cancelling ---- */

static void
cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Systemd *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  gboolean cancelled = FALSE;

  if (answer != NULL)
    g_variant_get (answer, "(b)", &cancelled);
  if (cancelled && self->power != NULL)
    settle (self, OMA_STATUS_OPERATION_CANCELLED);
  if (answer != NULL && !cancelled)
    error = g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "Nothing is scheduled");
  systemd_return_ok (task, error);
}

static void
cancel (Systemd *self, GTask *task)
{
  g_task_set_task_data (task, systemd_ref (self), (GDestroyNotify) systemd_unref);
  oma_plugin_host_call_async (self->host, LOGIN_NAME, LOGIN_PATH, LOGIN_MANAGER, "CancelScheduledShutdown", NULL,
                              G_VARIANT_TYPE ("(b)"), g_task_get_cancellable (task), cancelled_cb, g_object_ref (task));
}

void
power_exec (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator, GTask *task)
{
  const char *operation = oma_node_ref_get_name (node);
  guint minutes;

  if (strcmp (operation, "Cancel") == 0)
    cancel (self, task);
  else if (!shutdown_parse_delay (argument != NULL ? oma_value_get_text (argument) : NULL, &minutes))
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST,
                             "The delay is a number of minutes from %d to %d", SHUTDOWN_MIN_DELAY, SHUTDOWN_MAX_DELAY);
  else
    schedule (self, operation, minutes, correlator, task);
}
