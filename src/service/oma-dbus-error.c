/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-dbus-error.h"

#include "agent/oma-agent.h"
#include "base/oma-status.h"
#include "session/oma-session.h"

G_DEFINE_QUARK (oma-dbus-error-quark, oma_dbus_error)

#define BUS(name) "org.freedesktop.DBus.Error." name
#define OURS(name) "org.omadm.Agent1.Error." name

static const char *const bus_names[] = {
  [OMA_DBUS_ERROR_UNKNOWN_OBJECT] = BUS ("UnknownObject"),
  [OMA_DBUS_ERROR_UNKNOWN_INTERFACE] = BUS ("UnknownInterface"),
  [OMA_DBUS_ERROR_UNKNOWN_METHOD] = BUS ("UnknownMethod"),
  [OMA_DBUS_ERROR_UNKNOWN_PROPERTY] = BUS ("UnknownProperty"),
  [OMA_DBUS_ERROR_PROPERTY_READ_ONLY] = BUS ("PropertyReadOnly"),
  [OMA_DBUS_ERROR_INVALID_ARGS] = BUS ("InvalidArgs"),
  [OMA_DBUS_ERROR_ACCESS_DENIED] = BUS ("AccessDenied"),
  [OMA_DBUS_ERROR_AUTHORIZATION_REQUIRED] = BUS ("InteractiveAuthorizationRequired"),
  [OMA_DBUS_ERROR_LIMITS_EXCEEDED] = BUS ("LimitsExceeded"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (bus_names) == OMA_DBUS_N_ERRORS);

static const char *const agent_names[] = {
  [OMA_AGENT_ERROR_NO_ACCOUNT] = OURS ("NoAccount"),
  [OMA_AGENT_ERROR_ACCOUNT_EXISTS] = OURS ("AccountExists"),
  [OMA_AGENT_ERROR_BAD_SETTING] = OURS ("BadSetting"),
  [OMA_AGENT_ERROR_STOPPING] = OURS ("Stopping"),
  [OMA_AGENT_ERROR_NO_PLUGIN] = OURS ("NoPlugin"),
  [OMA_AGENT_ERROR_NO_UNIT] = OURS ("NoUnit"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (agent_names) == OMA_AGENT_N_ERRORS);

static const char *const notification_names[] = {
  [OMA_NOTIFICATION_ERROR_MALFORMED] = OURS ("Notification.Malformed"),
  [OMA_NOTIFICATION_ERROR_SERVER] = OURS ("Notification.UnknownServer"),
  [OMA_NOTIFICATION_ERROR_DIGEST] = OURS ("Notification.Digest"),
  [OMA_NOTIFICATION_ERROR_REPLAYED] = OURS ("Notification.Replayed"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (notification_names) == OMA_NOTIFICATION_ERROR_REPLAYED + 1);

static const char *const session_names[] = {
  [OMA_SESSION_ERROR_MESSAGE] = OURS ("Session.Message"),
  [OMA_SESSION_ERROR_CREDENTIALS] = OURS ("Session.Credentials"),
  [OMA_SESSION_ERROR_SERVER_CREDENTIALS] = OURS ("Session.ServerCredentials"),
  [OMA_SESSION_ERROR_CHALLENGE] = OURS ("Session.Challenge"),
  [OMA_SESSION_ERROR_REFUSED] = OURS ("Session.Refused"),
  [OMA_SESSION_ERROR_ABORTED] = OURS ("Session.Aborted"),
  [OMA_SESSION_ERROR_STOPPED] = OURS ("Session.Stopped"),
  [OMA_SESSION_ERROR_LIMIT] = OURS ("Session.Limit"),
  [OMA_SESSION_ERROR_VERSION] = OURS ("Session.Version"),
  [OMA_SESSION_ERROR_NO_ANSWER] = OURS ("Session.NoAnswer"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (session_names) == OMA_SESSION_N_ERRORS);

static const char *const transport_names[] = {
  [OMA_TRANSPORT_ERROR_CONNECT] = OURS ("Transport.Connect"),
  [OMA_TRANSPORT_ERROR_TIMEOUT] = OURS ("Transport.Timeout"),
  [OMA_TRANSPORT_ERROR_TLS] = OURS ("Transport.Tls"),
  [OMA_TRANSPORT_ERROR_HTTP] = OURS ("Transport.Http"),
  [OMA_TRANSPORT_ERROR_REDIRECT] = OURS ("Transport.Redirect"),
  [OMA_TRANSPORT_ERROR_TOO_LARGE] = OURS ("Transport.TooLarge"),
  [OMA_TRANSPORT_ERROR_TRUNCATED] = OURS ("Transport.Truncated"),
  [OMA_TRANSPORT_ERROR_MEDIA_TYPE] = OURS ("Transport.MediaType"),
  [OMA_TRANSPORT_ERROR_POLICY] = OURS ("Transport.Policy"),
  [OMA_TRANSPORT_ERROR_CONFIG] = OURS ("Transport.Config"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (transport_names) == OMA_TRANSPORT_N_ERRORS);

static const char *const store_names[] = {
  [OMA_STORE_ERROR_DAMAGED] = OURS ("Store.Damaged"),
  [OMA_STORE_ERROR_NEWER] = OURS ("Store.Newer"),
  [OMA_STORE_ERROR_READ_ONLY] = OURS ("Store.ReadOnly"),
  [OMA_STORE_ERROR_FULL] = OURS ("Store.Full"),
  [OMA_STORE_ERROR_BUSY] = OURS ("Store.Busy"),
  [OMA_STORE_ERROR_FAILED] = OURS ("Store.Failed"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (store_names) == OMA_STORE_ERROR_FAILED + 1);

/* Every status of OmaStatus that says that something was not done. */
static const struct {
  OmaStatus   status;
  const char *name;
} status_names[] = {
  { OMA_STATUS_OPERATION_CANCELLED, OURS ("Cancelled") },
  { OMA_STATUS_NOT_EXECUTED, OURS ("NotExecuted") },
  { OMA_STATUS_ATOMIC_ROLL_BACK_OK, OURS ("RolledBack") },
  { OMA_STATUS_NOT_MODIFIED, OURS ("NotModified") },
  { OMA_STATUS_BAD_REQUEST, OURS ("BadRequest") },
  { OMA_STATUS_INVALID_CREDENTIALS, OURS ("InvalidCredentials") },
  { OMA_STATUS_FORBIDDEN, OURS ("Forbidden") },
  { OMA_STATUS_NOT_FOUND, OURS ("NotFound") },
  { OMA_STATUS_NOT_ALLOWED, OURS ("NotAllowed") },
  { OMA_STATUS_NOT_SUPPORTED, OURS ("NotSupported") },
  { OMA_STATUS_MISSING_CREDENTIALS, OURS ("MissingCredentials") },
  { OMA_STATUS_REQUEST_TIMEOUT, OURS ("Timeout") },
  { OMA_STATUS_CONFLICT, OURS ("Conflict") },
  { OMA_STATUS_SIZE_REQUIRED, OURS ("SizeRequired") },
  { OMA_STATUS_INCOMPLETE_COMMAND, OURS ("Incomplete") },
  { OMA_STATUS_ENTITY_TOO_LARGE, OURS ("TooLarge") },
  { OMA_STATUS_URI_TOO_LONG, OURS ("UriTooLong") },
  { OMA_STATUS_UNSUPPORTED_FORMAT, OURS ("UnsupportedFormat") },
  { OMA_STATUS_SIZE_TOO_BIG, OURS ("SizeTooBig") },
  { OMA_STATUS_RETRY_LATER, OURS ("RetryLater") },
  { OMA_STATUS_ALREADY_EXISTS, OURS ("AlreadyExists") },
  { OMA_STATUS_DEVICE_FULL, OURS ("DeviceFull") },
  { OMA_STATUS_SIZE_MISMATCH, OURS ("SizeMismatch") },
  { OMA_STATUS_PERMISSION_DENIED, OURS ("PermissionDenied") },
  { OMA_STATUS_COMMAND_FAILED, OURS ("Failed") },
  { OMA_STATUS_NOT_IMPLEMENTED, OURS ("NotImplemented") },
  { OMA_STATUS_BAD_GATEWAY, OURS ("BadGateway") },
  { OMA_STATUS_SERVICE_UNAVAILABLE, OURS ("ServiceUnavailable") },
  { OMA_STATUS_GATEWAY_TIMEOUT, OURS ("GatewayTimeout") },
  { OMA_STATUS_DTD_NOT_SUPPORTED, OURS ("DtdNotSupported") },
  { OMA_STATUS_PROCESSING_ERROR, OURS ("ProcessingError") },
  { OMA_STATUS_ATOMIC_FAILED, OURS ("AtomicFailed") },
  { OMA_STATUS_DATA_STORE_FAILURE, OURS ("StoreFailure") },
  { OMA_STATUS_SERVER_FAILURE, OURS ("ServerFailure") },
  { OMA_STATUS_PROTOCOL_NOT_SUPPORTED, OURS ("ProtocolNotSupported") },
  { OMA_STATUS_ATOMIC_ROLL_BACK_FAILED, OURS ("RollBackFailed") },
  { OMA_STATUS_ATOMIC_RESPONSE_TOO_LARGE, OURS ("ResponseTooLarge") },
};

static const char *
status_name (OmaStatus status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (status_names); i++)
    if (status_names[i].status == status)
      return status_names[i].name;
  return NULL;
}

static const char *
lookup (const char *const *names, gsize n_names, int code)
{
  return code >= 0 && (gsize) code < n_names ? names[code] : NULL;
}

/* The name of an error of a domain that has names of its own, else NULL. */
static const char *
own_name (const GError *error)
{
  if (error->domain == OMA_DBUS_ERROR)
    return lookup (bus_names, G_N_ELEMENTS (bus_names), error->code);
  if (error->domain == OMA_AGENT_ERROR)
    return lookup (agent_names, G_N_ELEMENTS (agent_names), error->code);
  if (error->domain == OMA_NOTIFICATION_ERROR)
    return lookup (notification_names, G_N_ELEMENTS (notification_names), error->code);
  if (error->domain == OMA_SESSION_ERROR)
    return lookup (session_names, G_N_ELEMENTS (session_names), error->code);
  if (error->domain == OMA_TRANSPORT_ERROR)
    return lookup (transport_names, G_N_ELEMENTS (transport_names), error->code);
  if (error->domain == OMA_STORE_ERROR)
    return lookup (store_names, G_N_ELEMENTS (store_names), error->code);
  if (error->domain == OMA_STATUS_ERROR)
    return status_name (error->code);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return status_name (OMA_STATUS_OPERATION_CANCELLED);
  return NULL;
}

/**
 * oma_dbus_error_get_name:
 * @error: an error of any domain
 *
 * The one place where errors get their names on the bus.  Errors of foreign domains, those
 * of other D-Bus services among them, become what oma_status_from_error() makes of them, so
 * that callers see our names and the standard ones only.
 *
 * Returns: (transfer none): the name; "org.omadm.Agent1.Error.Status" for a status without
 *   one, whose message then tells the code
 */
const char *
oma_dbus_error_get_name (const GError *error)
{
  const char *name = own_name (error);

  if (name == NULL)
    name = status_name (oma_status_from_error (error));
  return name != NULL ? name : OURS ("Status");
}

/**
 * oma_dbus_error_dup_message:
 * @error: an error of any domain
 *
 * Returns: (transfer full): the text for the caller: that of @error without the name which
 *   GDBus puts before that of a remote error, and with the code of a status without a name
 */
char *
oma_dbus_error_dup_message (const GError *error)
{
  g_autoptr(GError) copy = g_error_copy (error);
  g_autofree char *text = NULL;

  g_dbus_error_strip_remote_error (copy);
  text = g_utf8_make_valid (copy->message, -1);
  if (error->domain == OMA_STATUS_ERROR && status_name (error->code) == NULL)
    return g_strdup_printf ("Status %d: %s", error->code, text);
  return g_steal_pointer (&text);
}
