/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-dbus-alert.h"

#include "service/oma-value-variant.h"

#include <string.h>

#define MAX_TEXT 2047   /* octets of each text but the data */

/* What a caller says of an alert. */
typedef struct {
  OmaAlert *alert;
  OmaFormat format;
  gboolean  sync;
} Settings;

static gboolean
bad_setting (const char *key, const char *wanted, GError **error)
{
  g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, "%s must be %s", key, wanted);
  return FALSE;
}

/* Control characters have no place in any of these. */
static gboolean
is_plain (const char *text)
{
  if (*text == '\0' || strlen (text) > MAX_TEXT)
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return FALSE;
  return TRUE;
}

static gboolean
set_text (char **text, const char *key, GVariant *value, GError **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) || !is_plain (g_variant_get_string (value, NULL)))
    return bad_setting (key, "a text of 1 to 2047 octets without control characters", error);
  *text = g_variant_dup_string (value, NULL);
  return TRUE;
}

/* DM Protocol 1.2, section 8.7. */
static gboolean
check_mark (const char *mark, GError **error)
{
  static const char *const marks[] = { "fatal", "critical", "minor", "warning", "informational", "harmless",
                                       "indeterminate", NULL };

  return g_strv_contains (marks, mark) ||
         bad_setting ("mark", "fatal, critical, minor, warning, informational, harmless or indeterminate", error);
}

static gboolean
set_code (OmaAlert *alert, GVariant *value, GError **error)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    alert->code = g_variant_get_uint32 (value);
  else
    alert->code = 0;
  return alert->code == OMA_ALERT_CLIENT_EVENT || alert->code == OMA_ALERT_GENERIC ||
         bad_setting ("code", "the number 1224 or 1226", error);
}

static gboolean
set_format (OmaFormat *format, GVariant *value, GError **error)
{
  *format = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
              ? oma_format_from_string (g_variant_get_string (value, NULL)) : OMA_FORMAT_NONE;
  return (*format != OMA_FORMAT_NONE && *format != OMA_FORMAT_NODE) ||
         bad_setting ("format", "b64, bin, bool, chr, date, float, int, null, time or xml", error);
}

static gboolean
set_option (Settings *settings, const char *key, GVariant *value, GError **error)
{
  OmaAlert *alert = settings->alert;

  if (strcmp (key, "code") == 0)
    return set_code (alert, value, error);
  if (strcmp (key, "format") == 0)
    return set_format (&settings->format, value, error);
  if (strcmp (key, "mark") == 0 && alert->mark == NULL)
    return set_text (&alert->mark, key, value, error) && check_mark (alert->mark, error);
  if (strcmp (key, "source") == 0 && alert->source == NULL)
    return set_text (&alert->source, key, value, error);
  if (strcmp (key, "target") == 0 && alert->target == NULL)
    return set_text (&alert->target, key, value, error);
  if (strcmp (key, "correlator") == 0 && alert->correlator == NULL)
    return set_text (&alert->correlator, key, value, error);
  if (strcmp (key, "sync") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    {
      settings->sync = g_variant_get_boolean (value);
      return TRUE;
    }
  g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, "No such option, or of another type, or twice: '%s'",
               key);
  return FALSE;
}

static gboolean
set_options (Settings *settings, GVariant *options, GError **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr(GVariant) owned = value;

      if (!set_option (settings, key, owned, error))
        return FALSE;
    }
  return TRUE;
}

/* The format that a type of D-Bus stands for, where none is given. */
static OmaFormat
guess_format (GVariant *data)
{
  if (g_variant_is_of_type (data, G_VARIANT_TYPE_INT32))
    return OMA_FORMAT_INT;
  if (g_variant_is_of_type (data, G_VARIANT_TYPE_BOOLEAN))
    return OMA_FORMAT_BOOL;
  return g_variant_is_of_type (data, G_VARIANT_TYPE_BYTESTRING) ? OMA_FORMAT_BIN : OMA_FORMAT_CHR;
}

static gboolean
set_data (Settings *settings, GVariant *data, GError **error)
{
  g_autoptr(OmaValue) octets = oma_value_from_variant (data, error);
  OmaFormat format = settings->format != OMA_FORMAT_NONE ? settings->format : guess_format (data);
  g_autoptr(GError) bad = NULL;
  gconstpointer bytes;
  gsize size;

  if (octets == NULL)
    return FALSE;
  bytes = oma_value_get_data (octets, &size);
  if (!oma_format_check (format, bytes, size, &bad))
    return bad_setting ("data", bad->message, error);
  settings->alert->data = oma_value_new (format, NULL, bytes, size);
  return TRUE;
}

static void
raised_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OmaRequest *request = user_data;
  GError *error = NULL;
  gint64 id = oma_agent_raise_alert_finish (OMA_AGENT (source), result, &error);

  if (id != 0)
    oma_request_return (request, g_variant_new ("(x)", id), NULL);
  else
    oma_request_return_error (request, error);
}

/* An alert that a program raises answers no command, whatever its correlator. */
void
oma_dbus_alert_raise (OmaRequest *request)
{
  g_autoptr(OmaAlert) alert = g_new0 (OmaAlert, 1);
  Settings settings = { .alert = alert };
  g_autoptr(GVariant) type = g_variant_get_child_value (request->parameters, 1);
  g_autoptr(GVariant) boxed = g_variant_get_child_value (request->parameters, 2);
  g_autoptr(GVariant) data = g_variant_get_variant (boxed);
  g_autoptr(GVariant) options = g_variant_get_child_value (request->parameters, 3);
  GError *error = NULL;
  const char *account;

  g_variant_get_child (request->parameters, 0, "&s", &account);
  alert->code = OMA_ALERT_GENERIC;
  if (set_text (&alert->type, "type", type, &error) && set_options (&settings, options, &error) &&
      set_data (&settings, data, &error))
    oma_agent_raise_alert_async (request->agent, *account != '\0' ? account : NULL, g_steal_pointer (&alert),
                                 settings.sync, raised_cb, request);
  else
    oma_request_return_error (request, error);
}

/* What the data are is between the two sides: only their size is shown. */
static GVariant *
alert_to_variant (OmaAlertList *list, const OmaAlert *alert)
{
  GVariantBuilder builder;
  gboolean pending = oma_alert_list_is_pending (list, alert->id);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "Id", g_variant_new_int64 (alert->id));
  g_variant_builder_add (&builder, "{sv}", "Code", g_variant_new_uint32 (alert->code));
  oma_variant_add_text (&builder, "ServerId", alert->server_id);
  oma_variant_add_text (&builder, "Type", alert->type);
  oma_variant_add_text (&builder, "Mark", alert->mark);
  oma_variant_add_text (&builder, "Correlator", alert->correlator);
  oma_variant_add_text (&builder, "Source", alert->source);
  oma_variant_add_text (&builder, "Target", alert->target);
  oma_variant_add_text (&builder, "ReportUri", alert->report_uri);
  if (alert->data != NULL)
    oma_variant_add_text (&builder, "Format", oma_format_to_string (oma_value_get_format (alert->data)));
  g_variant_builder_add (&builder, "{sv}", "Size",
                         g_variant_new_uint64 (alert->data != NULL ? oma_value_get_size (alert->data) : 0));
  g_variant_builder_add (&builder, "{sv}", "State", g_variant_new_string (pending ? "pending" : "ready"));
  g_variant_builder_add (&builder, "{sv}", "Time", g_variant_new_int64 (alert->time));
  return g_variant_builder_end (&builder);
}

/**
 * oma_dbus_alert_list:
 * @request: (transfer full): a call of org.omadm.Agent1.ListAlerts
 */
void
oma_dbus_alert_list (OmaRequest *request)
{
  OmaAlertList *list = oma_agent_get_alerts (request->agent);
  g_autoptr(GPtrArray) alerts = oma_alert_list_get_all (list);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < alerts->len; i++)
    g_variant_builder_add_value (&builder, alert_to_variant (list, g_ptr_array_index (alerts, i)));
  oma_request_return (request, g_variant_new ("(aa{sv})", &builder), NULL);
}

/**
 * oma_dbus_alert_drop:
 * @request: (transfer full): a call of org.omadm.Agent1.DropAlert
 */
void
oma_dbus_alert_drop (OmaRequest *request)
{
  gint64 id;

  g_variant_get (request->parameters, "(x)", &id);
  if (oma_alert_list_drop (oma_agent_get_alerts (request->agent), id))
    oma_request_return (request, NULL, NULL);
  else
    oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "There is no alert %" G_GINT64_FORMAT, id);
}
