/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a case wants of the device, whatever the session. */
#include "config.h"

#include "device.h"

#include <string.h>

/* How cases name what a session ended with. */
const char *
name_session_error (const GError *error)
{
  static const char *const names[] = { "message", "credentials", "server-credentials", "challenge", "refused",
                                       "aborted", "stopped", "limit", "version", "no-answer" };
  G_STATIC_ASSERT (G_N_ELEMENTS (names) == OMA_SESSION_N_ERRORS);

  return error->domain == OMA_SESSION_ERROR ? names[error->code] : "other";
}

static void
get_node (Device *device, JsonObject *request, JsonObject *reply)
{
  OmaValue *value = NULL;
  OmaStatus status = device_get_node (device, get_string (request, "uri"), &value);
  gconstpointer octets;
  gsize size;

  json_object_set_int_member (reply, "status", status);
  if (value == NULL)
    return;
  octets = oma_value_get_data (value, &size);
  if (octets != NULL)
    {
      g_autofree char *text = g_base64_encode (octets, size);
      json_object_set_string_member (reply, "value", text);
    }
  json_object_set_string_member (reply, "format", oma_format_to_string (oma_value_get_format (value)));
  oma_value_unref (value);
}

/* @time: the session's clock.  Returns: whether @op is one of these */
gboolean
device_serve (Device *device, gint64 *time, const char *op, JsonObject *request, JsonObject *reply)
{
  if (strcmp (op, "node") == 0)
    device_set_node (device, request);
  else if (strcmp (op, "behave") == 0)
    device_behave (device, request);
  else if (strcmp (op, "store") == 0)
    device_fail_store (device, get_number (request, "status"));
  else if (strcmp (op, "person") == 0)
    person_expect (device->user, request);
  else if (strcmp (op, "alert") == 0)
    alerts_add (device->queue, request, *time - get_number (request, "age"));
  else if (strcmp (op, "alerts") == 0)
    json_object_set_array_member (reply, "alerts", alerts_describe (device->queue));
  else if (strcmp (op, "clock") == 0)
    *time += get_number (request, "seconds");
  else if (strcmp (op, "get") == 0)
    get_node (device, request, reply);
  else
    return FALSE;
  return TRUE;
}
