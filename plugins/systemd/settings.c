/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "settings.h"
#include "systemd-plugin.h"
#include "unit-state.h"

#include <string.h>

/* ./Vendor/Omadm/System: what hostnamed, timedated and localed own.  They start on demand. */

/* The start or stop of the NTP service is waited for so long, and so long again while it is not there yet, which also
 * a signal of what was done before may be the reason for. */
#define NTP_WAIT_S 20
#define NTP_WAIT_AGAIN_S 1
#define NTP_CHECKS 4

typedef struct {
  const char *name;
  const char *path;
  const char *interface;
} Service;

static const Service services[] = {
  { HOSTNAME_NAME, "/org/freedesktop/hostname1", "org.freedesktop.hostname1" },
  { TIMEDATE_NAME, "/org/freedesktop/timedate1", "org.freedesktop.timedate1" },
  { LOCALE_NAME, "/org/freedesktop/locale1", "org.freedesktop.locale1" },
};

static const Service *
get_service (const Setting *setting)
{
  return &services[setting->service];
}

/* ---- Reading ---- */

typedef struct {
  GTask      *task;
  GVariant   *properties[G_N_ELEMENTS (services)];
  guint       outstanding;
  GError     *error;       /* (nullable): the last */
} Reading;

typedef struct {
  Reading *reading;
  guint    service;
} Part;

static void
add_settings (Reading *reading, OmaNodeList *nodes)
{
  oma_node_list_add (nodes, "", NULL);
  oma_node_list_add (nodes, "NTP", NULL);
  for (gsize i = 0; i < n_settings; i++)
    {
      const Setting *setting = &settings[i];
      GVariant *properties = reading->properties[setting->service];
      g_autoptr(GVariant) property = NULL;
      OmaValue *value;

      if (properties == NULL)
        continue;
      property = g_variant_lookup_value (properties, setting->property, NULL);
      value = property != NULL ? setting_to_value (setting, property) : NULL;
      if (value != NULL)
        oma_node_list_add (nodes, setting->node, value);
    }
}

/* A service that is not there takes its nodes with it, not those of the others. */
static void
reading_end (Reading *reading)
{
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    any |= reading->properties[i] != NULL;
  if (any)
    {
      OmaNodeList *nodes = oma_node_list_new ();

      add_settings (reading, nodes);
      g_task_return_pointer (reading->task, nodes, (GDestroyNotify) oma_node_list_free);
    }
  else
    g_task_return_error (reading->task, g_steal_pointer (&reading->error));
  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    g_clear_pointer (&reading->properties[i], g_variant_unref);
  g_clear_error (&reading->error);
  g_object_unref (reading->task);
  g_free (reading);
}

static void
part_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Part *part = user_data;
  Reading *reading = part->reading;
  g_autoptr(GVariant) answer = NULL;

  g_clear_error (&reading->error);
  answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &reading->error);
  if (answer != NULL)
    reading->properties[part->service] = g_variant_get_child_value (answer, 0);
  if (--reading->outstanding == 0)
    reading_end (reading);
}

void
settings_read (gpointer data, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  Systemd *self = data;
  Reading *reading = g_new0 (Reading, 1);

  reading->task = g_object_ref (task);
  for (guint i = 0; i < G_N_ELEMENTS (services); i++)
    {
      Part *part = g_new0 (Part, 1);

      part->reading = reading;
      part->service = i;
      reading->outstanding++;
      oma_plugin_host_call_async (self->host, services[i].name, services[i].path, PROPERTIES_INTERFACE, "GetAll",
                                  g_variant_new ("(s)", services[i].interface), G_VARIANT_TYPE ("(a{sv})"),
                                  g_task_get_cancellable (task), part_cb, part);
    }
}

static const Setting *
find_setting (const OmaNodeRef *node)
{
  const char *uri = oma_node_ref_get_uri (node);

  return setting_find (uri + strlen (SYSTEM_URI "/"));
}

static void
ask_property (Systemd *self, const Setting *setting, GCancellable *cancellable, GAsyncReadyCallback callback,
              gpointer user_data)
{
  const Service *service = get_service (setting);

  oma_plugin_host_call_async (self->host, service->name, service->path, PROPERTIES_INTERFACE, "Get",
                              g_variant_new ("(ss)", service->interface, setting->property), G_VARIANT_TYPE ("(v)"),
                              cancellable, callback, user_data);
}

static void
get_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  const Setting *setting = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  g_autoptr(GVariant) property = NULL;
  OmaValue *value;

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (answer, "(v)", &property);
  value = setting_to_value (setting, property);
  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) oma_value_unref);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s says nothing of %s",
                             get_service (setting)->name, setting->property);
}

void
setting_get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  const Setting *setting = find_setting (node);

  g_task_set_task_data (task, (gpointer) setting, NULL);
  ask_property (self, setting, g_task_get_cancellable (task), get_cb, g_object_ref (task));
}

/* ---- Writing ---- */

typedef struct {
  Systemd       *self;
  const Setting *setting;
  GTask         *task;
  OmaValue      *value;
  gboolean       signalled;    /* NTP: the service has been started or stopped */
  gboolean       waiting;      /* NTP: for that */
  guint          checks;       /* NTP: how often it was asked */
  GSource       *cancel;       /* (nullable): NTP: while it waits */
  guint          timer;        /* NTP: the same */
} Writing;

static void
stop_waiting (Writing *writing)
{
  writing->waiting = FALSE;
  g_clear_handle_id (&writing->timer, g_source_remove);
  if (writing->cancel != NULL)
    g_source_destroy (writing->cancel);
  g_clear_pointer (&writing->cancel, g_source_unref);
}

static void
writing_end (Writing *writing, GError *error)
{
  g_ptr_array_remove_fast (writing->self->ntp_waiters, writing);
  systemd_return_ok (writing->task, error);
  stop_waiting (writing);
  g_object_unref (writing->task);
  oma_value_unref (writing->value);
  systemd_unref (writing->self);
  g_free (writing);
}

static void
call_setter (Writing *writing, GVariant *parameters, GAsyncReadyCallback callback)
{
  const Service *service = get_service (writing->setting);

  oma_plugin_host_call_async (writing->self->host, service->name, service->path, service->interface,
                              writing->setting->setter, parameters, NULL, g_task_get_cancellable (writing->task),
                              callback, writing);
}

static void wait_for_ntp (Writing *writing, guint seconds);

static void
set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writing *writing = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);

  if (answer == NULL)
    writing_end (writing, systemd_take_error (result, error));
  else if (writing->setting->kind == SETTING_NTP)
    wait_for_ntp (writing, NTP_WAIT_S);
  else
    writing_end (writing, NULL);
}

/* What the setter wants besides the new value. */
static void
others_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writing *writing = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  g_autoptr(GVariant) properties = NULL;

  if (answer == NULL)
    {
      writing_end (writing, error);
      return;
    }
  properties = g_variant_get_child_value (answer, 0);
  call_setter (writing, setting_make_parameters (writing->setting, writing->value, properties), set_cb);
}

void
setting_replace (gpointer self, const OmaNodeRef *node, OmaValue *value,
                 OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  const Setting *setting = find_setting (node);
  const Service *service = get_service (setting);
  Writing *writing = g_new0 (Writing, 1);

  writing->self = systemd_ref (self);
  writing->setting = setting;
  writing->task = g_object_ref (task);
  writing->value = oma_value_ref (value);
  if (setting->kind == SETTING_NTP)
    g_ptr_array_add (writing->self->ntp_waiters, writing);
  if (setting_needs_others (setting))
    oma_plugin_host_call_async (writing->self->host, service->name, service->path, PROPERTIES_INTERFACE, "GetAll",
                                g_variant_new ("(s)", service->interface), G_VARIANT_TYPE ("(a{sv})"),
                                g_task_get_cancellable (task), others_cb, writing);
  else
    {
      GVariant *parameters = setting_make_parameters (setting, value, NULL);

      if (parameters != NULL)
        call_setter (writing, parameters, set_cb);
      else
        writing_end (writing, g_error_new (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "It is no time: '%s'",
                                           oma_value_get_text (value)));
    }
}

/* ---- NTP: timedated answers before the service that keeps the time runs, and tells later ---- */

static void
end_with_ntp_failure (Writing *writing, gboolean wanted)
{
  writing_end (writing, g_error_new (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                                     "The service that synchronises the clock did not %s", wanted ? "start" : "stop"));
}

static void
set_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GVariant) answer G_GNUC_UNUSED = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, NULL);

  end_with_ntp_failure (user_data, TRUE);
}

static void
ntp_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writing *writing = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  g_autoptr(GVariant) property = NULL;
  gboolean wanted = strcmp (oma_value_get_text (writing->value), "true") == 0;

  if (answer == NULL)
    {
      writing_end (writing, error);
      return;
    }
  g_variant_get (answer, "(v)", &property);
  if (g_variant_is_of_type (property, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean (property) == wanted)
    writing_end (writing, NULL);
  else if (writing->checks < NTP_CHECKS)
    wait_for_ntp (writing, NTP_WAIT_AGAIN_S);
  else if (wanted)
    /* It is enabled now, although it does not run here. */
    call_setter (writing, g_variant_new ("(bb)", FALSE, FALSE), set_back_cb);
  else
    end_with_ntp_failure (writing, wanted);
}

static void
check_ntp (Writing *writing)
{
  stop_waiting (writing);
  writing->signalled = FALSE;
  writing->checks++;
  ask_property (writing->self, writing->setting, g_task_get_cancellable (writing->task), ntp_cb, writing);
}

static gboolean
wait_cancelled_cb (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  writing_end (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Nobody waits any more"));
  return G_SOURCE_REMOVE;
}

static gboolean
waited_cb (gpointer user_data)
{
  Writing *writing = user_data;

  writing->timer = 0;
  check_ntp (writing);
  return G_SOURCE_REMOVE;
}

static void
wait_for_ntp (Writing *writing, guint seconds)
{
  GCancellable *cancellable = g_task_get_cancellable (writing->task);

  if (writing->signalled)
    {
      check_ntp (writing);
      return;
    }
  writing->waiting = TRUE;
  writing->timer = g_timeout_add_seconds (seconds, waited_cb, writing);
  if (cancellable == NULL)
    return;
  writing->cancel = g_cancellable_source_new (cancellable);
  g_source_set_callback (writing->cancel, G_SOURCE_FUNC (wait_cancelled_cb), writing, NULL);
  g_source_attach (writing->cancel, NULL);
}

static void
ntp_changed (Systemd *self)
{
  for (guint i = 0; i < self->ntp_waiters->len; i++)
    {
      Writing *writing = g_ptr_array_index (self->ntp_waiters, i);

      writing->signalled = TRUE;
      if (writing->waiting)
        check_ntp (writing);
    }
}

/* ---- Following ---- */

static void
property_changed (Systemd *self, const char *property)
{
  for (gsize i = 0; i < n_settings; i++)
    if (strcmp (settings[i].property, property) == 0 && settings[i].kind != SETTING_TIME)
      {
        g_autofree char *uri = g_strconcat (SYSTEM_URI "/", settings[i].node, NULL);

        oma_plugin_host_changed (self->host, uri, OMA_CHANGE_REPLACED);
      }
  if (strcmp (property, "NTP") == 0)
    ntp_changed (self);
}

static void
properties_changed (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
                    const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED,
                    GVariant *parameters, gpointer user_data)
{
  g_autoptr(GVariantIter) changed = NULL, invalidated = NULL;
  const char *property;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  g_variant_get (parameters, "(&sa{sv}as)", NULL, &changed, &invalidated);
  while (g_variant_iter_next (changed, "{&sv}", &property, NULL))
    property_changed (user_data, property);
  while (g_variant_iter_next (invalidated, "&s", &property))
    property_changed (user_data, property);
}

/**
 * settings_start:
 * @self: the plugin
 *
 * Follows what others set.
 */
void
settings_start (Systemd *self)
{
  self->ntp_waiters = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    oma_plugin_host_subscribe (self->host, services[i].name, services[i].path, PROPERTIES_INTERFACE,
                               "PropertiesChanged", services[i].interface, properties_changed, self);
}

/**
 * settings_clear:
 * @self: the plugin
 */
void
settings_clear (Systemd *self)
{
  g_ptr_array_unref (self->ntp_waiters);
}
