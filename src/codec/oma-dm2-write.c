/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-dm2-package.h"

#include "codec/oma-json-text.h"

#include <string.h>

/**
 * oma_dm2_object_free:
 * @object: (transfer full): an object
 */
void
oma_dm2_object_free (OmaDm2Object *object)
{
  g_free (object->moid);
  g_free (object->ddf);
  g_strfreev (object->miids);
  g_free (object);
}

/**
 * oma_dm2_answer_clear:
 * @answer: an answer, which is empty then
 */
void
oma_dm2_answer_clear (OmaDm2Answer *answer)
{
  g_clear_pointer (&answer->uris, g_strfreev);
  g_clear_pointer (&answer->mo_data, g_bytes_unref);
  answer->status = OMA_STATUS_NONE;
}

static void
append_texts (GString *json, char *const *texts)
{
  g_string_append_c (json, '[');
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      oma_json_append_string (json, texts[i], -1);
    }
  g_string_append_c (json, ']');
}

/* ---- Alerts ---- */

/* A number or a truth value where JSON has one for the format. */
static void
append_value (GString *json, const OmaValue *value)
{
  OmaFormat format = oma_value_get_format (value);
  gsize size;
  const char *data = oma_value_get_data (value, &size);
  g_autofree char *base64 = NULL;

  if (format == OMA_FORMAT_INT && oma_format_check (format, data, size, NULL))
    g_string_append_printf (json, "%d", oma_value_get_int (value));
  else if (format == OMA_FORMAT_BOOL && oma_format_check (format, data, size, NULL))
    g_string_append_len (json, data, (gssize) size);
  else if (format == OMA_FORMAT_BIN)
    {
      base64 = g_base64_encode ((const guchar *) data, size);
      oma_json_append_string (json, base64, -1);
    }
  else
    oma_json_append_string (json, data, (gssize) size);
}

static void
append_alert_data (GString *json, const OmaDm2Alert *alert)
{
  if (alert->notification_id >= 0)
    g_string_append_printf (json, ",\"Data\":{\"" OMA_DM2_NOTIFICATION_MEMBER "\":%d}", alert->notification_id);
  else if (alert->data != NULL)
    {
      g_string_append (json, ",\"Data\":{\"DM1x\":");
      append_value (json, alert->data);
      g_string_append_c (json, '}');
    }
}

static void
append_alert (GString *json, const OmaDm2Alert *alert)
{
  g_string_append_c (json, '{');
  oma_json_append_member (json, "AlertType", alert->type);
  oma_json_append_member (json, "SourceURI", alert->source_uri);
  oma_json_append_member (json, "TargetURI", alert->target_uri);
  oma_json_append_member (json, "Mark", alert->mark);
  oma_json_append_member (json, "DataType", alert->data_type == NULL && alert->notification_id >= 0 ? "int"
                                                                                                    : alert->data_type);
  append_alert_data (json, alert);
  g_string_append_c (json, '}');
}

static void
append_alerts (GString *json, const OmaDm2Alert *alerts, guint n_alerts)
{
  if (n_alerts == 0)
    return;
  g_string_append (json, json->len > 1 ? ",\"Alert\":[" : "\"Alert\":[");
  for (guint i = 0; i < n_alerts; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      append_alert (json, &alerts[i]);
    }
  g_string_append_c (json, ']');
}

/* ---- Package 1 ---- */

static void
append_object (GString *json, const OmaDm2Object *object)
{
  g_string_append_c (json, '{');
  oma_json_append_member (json, "DDF", object->ddf);
  oma_json_append_member (json, "MOID", object->moid);
  g_string_append (json, ",\"MIID\":");
  append_texts (json, object->miids);
  g_string_append_c (json, '}');
}

/**
 * oma_dm2_write_initiation:
 * @objects: (nullable) (element-type OmaDm2Object): MOS; %NULL: it is left out
 * @alerts: (array length=n_alerts): Alert
 * @n_alerts: how many
 *
 * Returns: (transfer full): a package 1 (DM Protocol 2.0, package 1)
 */
GBytes *
oma_dm2_write_initiation (const GPtrArray *objects, const OmaDm2Alert *alerts, guint n_alerts)
{
  GString *json = g_string_new ("{");

  if (objects != NULL)
    {
      g_string_append (json, "\"MOS\":[");
      for (guint i = 0; i < objects->len; i++)
        {
          if (i > 0)
            g_string_append_c (json, ',');
          append_object (json, g_ptr_array_index (objects, i));
        }
      g_string_append_c (json, ']');
    }
  append_alerts (json, alerts, n_alerts);
  g_string_append_c (json, '}');
  return g_string_free_to_bytes (json);
}

/* ---- Package 3 ---- */

/* Without the cost of a format: there is one for each command. */
static void
append_status (GString *json, OmaStatus status)
{
  char text[12], *start = text + sizeof text;

  for (guint rest = status; rest > 0 || start == text + sizeof text; rest /= 10)
    *--start = (char) ('0' + rest % 10);
  g_string_append_len (json, start, text + sizeof text - start);
}

static void
append_answer (GString *json, const OmaDm2Answer *answer)
{
  g_string_append (json, "{\"sc\":");
  append_status (json, answer->status);
  if (answer->uris != NULL)
    {
      g_string_append (json, ",\"URI\":");
      append_texts (json, answer->uris);
    }
  if (answer->mo_data != NULL)
    {
      g_string_append (json, ",\"" OMA_DM2_RESULT_MEMBER "\":");
      g_string_append_len (json, g_bytes_get_data (answer->mo_data, NULL), (gssize) g_bytes_get_size (answer->mo_data));
    }
  g_string_append_c (json, '}');
}

/**
 * oma_dm2_write_response:
 * @answers: (array length=n_answers): Status: one for each command of the package 2, in its order
 * @n_answers: how many
 * @alerts: (array length=n_alerts): Alert
 * @n_alerts: how many
 *
 * Returns: (transfer full): a package 3 (DM Protocol 2.0, package 3)
 */
GBytes *
oma_dm2_write_response (const OmaDm2Answer *answers, guint n_answers, const OmaDm2Alert *alerts, guint n_alerts)
{
  GString *json = g_string_new ("{\"Status\":[");

  for (guint i = 0; i < n_answers; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      append_answer (json, &answers[i]);
    }
  g_string_append_c (json, ']');
  append_alerts (json, alerts, n_alerts);
  g_string_append_c (json, '}');
  return g_string_free_to_bytes (json);
}
