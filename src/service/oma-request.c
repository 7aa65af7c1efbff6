/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-request.h"

/**
 * oma_request_new:
 * @connection: where the call came from
 * @message: a method call
 *
 * Returns: (transfer full): the call, with the agent and the rest still to be set
 */
OmaRequest *
oma_request_new (GDBusConnection *connection, GDBusMessage *message)
{
  OmaRequest *request = g_new0 (OmaRequest, 1);
  GVariant *body = g_dbus_message_get_body (message);

  request->connection = g_object_ref (connection);
  request->message = g_object_ref (message);
  request->caller = g_dbus_message_get_sender (message);
  request->path = g_dbus_message_get_path (message);
  request->parameters = g_variant_ref_sink (body != NULL ? body : g_variant_new ("()"));
  return request;
}

static void
request_free (OmaRequest *request)
{
  if (request->done != NULL)
    request->done (request, request->done_data);
  oma_request_set_object (request, NULL, NULL);
  g_clear_object (&request->agent);
  g_clear_object (&request->cancellable);
  g_variant_unref (request->parameters);
  g_object_unref (request->message);
  g_object_unref (request->connection);
  g_free (request);
}

/**
 * oma_request_set_object:
 * @request: a request
 * @object: (transfer full) (nullable): what its path stands for
 * @free_object: (nullable): frees @object
 */
void
oma_request_set_object (OmaRequest *request, gpointer object, GDestroyNotify free_object)
{
  if (request->free_object != NULL)
    request->free_object (request->object);
  request->object = object;
  request->free_object = free_object;
}

/**
 * oma_request_get_descriptors:
 * @request: a request
 *
 * Returns: (transfer none) (nullable): the descriptors that came with the call
 */
GUnixFDList *
oma_request_get_descriptors (OmaRequest *request)
{
  return g_dbus_message_get_unix_fd_list (request->message);
}

/**
 * oma_request_is_interactive:
 * @request: a request
 *
 * Returns: whether the caller waits while its user is asked
 */
gboolean
oma_request_is_interactive (OmaRequest *request)
{
  return (g_dbus_message_get_flags (request->message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
}

static void
answer (OmaRequest *request, GDBusMessage *reply)
{
  g_autoptr(GError) error = NULL;

  if (request->answered)
    return;
  request->answered = TRUE;
  if ((g_dbus_message_get_flags (request->message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) != 0)
    return;
  if (!g_dbus_connection_send_message (request->connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, &error))
    g_debug ("Could not answer %s: %s", request->caller, error->message);
}

static void
answer_error (OmaRequest *request, const GError *error)
{
  g_autofree char *text = oma_dbus_error_dup_message (error);
  g_autoptr(GDBusMessage) reply =
      g_dbus_message_new_method_error_literal (request->message, oma_dbus_error_get_name (error), text);

  answer (request, reply);
}

/**
 * oma_request_return:
 * @request: (transfer full): a request
 * @reply: (nullable): a tuple; a floating reference is consumed
 * @descriptors: (nullable): what handles in @reply stand for
 *
 * Answers a call.
 */
void
oma_request_return (OmaRequest *request, GVariant *reply, GUnixFDList *descriptors)
{
  g_autoptr(GDBusMessage) message = g_dbus_message_new_method_reply (request->message);

  if (reply != NULL)
    g_dbus_message_set_body (message, reply);
  if (descriptors != NULL && g_unix_fd_list_get_length (descriptors) > 0)
    g_dbus_message_set_unix_fd_list (message, descriptors);
  answer (request, message);
  request_free (request);
}

/**
 * oma_request_return_error:
 * @request: (transfer full): a request
 * @error: (transfer full): why it failed
 *
 * Answers a call with an error.
 */
void
oma_request_return_error (OmaRequest *request, GError *error)
{
  answer_error (request, error);
  g_error_free (error);
  request_free (request);
}

/**
 * oma_request_refuse:
 * @request: (transfer full): a request
 * @code: why
 * @format: text for the caller, as of g_strdup_printf()
 * @...: arguments of @format
 *
 * Answers a call with an #OmaDBusError.
 */
void
oma_request_refuse (OmaRequest *request, OmaDBusError code, const char *format, ...)
{
  va_list arguments;
  GError *error;

  va_start (arguments, format);
  error = g_error_new_valist (OMA_DBUS_ERROR, code, format, arguments);
  va_end (arguments);
  oma_request_return_error (request, error);
}

/**
 * oma_request_give_up:
 * @request: a request
 * @error: why
 *
 * Tells the caller that no answer will come.  Whoever works on the request still ends it.
 */
void
oma_request_give_up (OmaRequest *request, const GError *error)
{
  answer_error (request, error);
}
