/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"

#include <gio/gio.h>

G_DEFINE_QUARK (oma-status-error-quark, oma_status_error)

static const struct {
  OmaStatus   status;
  const char *phrase;
} phrases[] = {
  { OMA_STATUS_IN_PROGRESS, "In progress" },
  { OMA_STATUS_OK, "OK" },
  { OMA_STATUS_ITEM_ADDED, "Item added" },
  { OMA_STATUS_ACCEPTED, "Accepted for processing" },
  { OMA_STATUS_NO_CONTENT, "No content" },
  { OMA_STATUS_AUTHENTICATION_ACCEPTED, "Authentication accepted" },
  { OMA_STATUS_CHUNK_ACCEPTED, "Chunked item accepted" },
  { OMA_STATUS_OPERATION_CANCELLED, "Operation cancelled" },
  { OMA_STATUS_NOT_EXECUTED, "Not executed" },
  { OMA_STATUS_ATOMIC_ROLL_BACK_OK, "Atomic roll back OK" },
  { OMA_STATUS_INHERITED_ACL, "OK with inherited ACL" },
  { OMA_STATUS_NOT_MODIFIED, "Not modified" },
  { OMA_STATUS_BAD_REQUEST, "Bad request" },
  { OMA_STATUS_INVALID_CREDENTIALS, "Invalid credentials" },
  { OMA_STATUS_FORBIDDEN, "Forbidden" },
  { OMA_STATUS_NOT_FOUND, "Not found" },
  { OMA_STATUS_NOT_ALLOWED, "Command not allowed" },
  { OMA_STATUS_NOT_SUPPORTED, "Optional feature not supported" },
  { OMA_STATUS_MISSING_CREDENTIALS, "Missing credentials" },
  { OMA_STATUS_REQUEST_TIMEOUT, "Request timeout" },
  { OMA_STATUS_CONFLICT, "Conflict" },
  { OMA_STATUS_SIZE_REQUIRED, "Size required" },
  { OMA_STATUS_INCOMPLETE_COMMAND, "Incomplete command" },
  { OMA_STATUS_ENTITY_TOO_LARGE, "Request entity too large" },
  { OMA_STATUS_URI_TOO_LONG, "URI too long" },
  { OMA_STATUS_UNSUPPORTED_FORMAT, "Unsupported media type or format" },
  { OMA_STATUS_SIZE_TOO_BIG, "Requested size too big" },
  { OMA_STATUS_RETRY_LATER, "Retry later" },
  { OMA_STATUS_ALREADY_EXISTS, "Already exists" },
  { OMA_STATUS_DEVICE_FULL, "Device full" },
  { OMA_STATUS_SIZE_MISMATCH, "Size mismatch" },
  { OMA_STATUS_PERMISSION_DENIED, "Permission denied" },
  { OMA_STATUS_COMMAND_FAILED, "Command failed" },
  { OMA_STATUS_NOT_IMPLEMENTED, "Not implemented" },
  { OMA_STATUS_BAD_GATEWAY, "Bad gateway" },
  { OMA_STATUS_SERVICE_UNAVAILABLE, "Service unavailable" },
  { OMA_STATUS_GATEWAY_TIMEOUT, "Gateway timeout" },
  { OMA_STATUS_DTD_NOT_SUPPORTED, "DTD version not supported" },
  { OMA_STATUS_PROCESSING_ERROR, "Processing error" },
  { OMA_STATUS_ATOMIC_FAILED, "Atomic failed" },
  { OMA_STATUS_DATA_STORE_FAILURE, "Data store failure" },
  { OMA_STATUS_SERVER_FAILURE, "Server failure" },
  { OMA_STATUS_PROTOCOL_NOT_SUPPORTED, "Protocol version not supported" },
  { OMA_STATUS_ATOMIC_ROLL_BACK_FAILED, "Atomic roll back failed" },
  { OMA_STATUS_ATOMIC_RESPONSE_TOO_LARGE, "Atomic response too large to fit" },
};

/**
 * oma_status_get_phrase:
 * @status: a status code
 *
 * Returns: (transfer none): the name of @status in SyncML Representation Protocol 1.2
 *   section 10, or "Unknown status"
 */
const char *
oma_status_get_phrase (OmaStatus status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (phrases); i++)
    if (phrases[i].status == status)
      return phrases[i].phrase;
  return "Unknown status";
}

static OmaStatus
status_from_io_error (int code)
{
  switch (code)
    {
    case G_IO_ERROR_NOT_FOUND:
      return OMA_STATUS_NOT_FOUND;
    case G_IO_ERROR_EXISTS:
      return OMA_STATUS_ALREADY_EXISTS;
    case G_IO_ERROR_NO_SPACE:
      return OMA_STATUS_DEVICE_FULL;
    case G_IO_ERROR_NOT_SUPPORTED:
      return OMA_STATUS_NOT_SUPPORTED;
    case G_IO_ERROR_BUSY:
      return OMA_STATUS_FORBIDDEN;
    default:
      return OMA_STATUS_COMMAND_FAILED;
    }
}

/**
 * oma_status_from_error:
 * @error: (nullable): an error of any domain, or %NULL for success
 *
 * The one place where an error becomes a Status.  A permission that the daemon itself
 * lacks is %OMA_STATUS_COMMAND_FAILED: 425 speaks of DM access rights only.
 *
 * Returns: the status to answer with
 */
OmaStatus
oma_status_from_error (const GError *error)
{
  if (error == NULL)
    return OMA_STATUS_OK;
  if (error->domain == OMA_STATUS_ERROR)
    return (OmaStatus) error->code;
  if (error->domain == G_IO_ERROR)
    return status_from_io_error (error->code);
  return OMA_STATUS_COMMAND_FAILED;
}
