/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

/* The executor answers with the statuses of SyncML, of which DM 2.0 has not all.  Our reading: those of HTTP that say
 * the same. */
static const struct {
  OmaStatus status;
  OmaStatus dm2;
} translations[] = {
  { OMA_STATUS_ITEM_ADDED, OMA_STATUS_OK },
  { OMA_STATUS_PERMISSION_DENIED, OMA_STATUS_FORBIDDEN },
  { OMA_STATUS_ALREADY_EXISTS, OMA_STATUS_CONFLICT },
  { OMA_STATUS_INCOMPLETE_COMMAND, OMA_STATUS_BAD_REQUEST },
  { OMA_STATUS_URI_TOO_LONG, OMA_STATUS_NOT_FOUND },
  { OMA_STATUS_SIZE_TOO_BIG, OMA_STATUS_ENTITY_TOO_LARGE },
  { OMA_STATUS_SIZE_MISMATCH, OMA_STATUS_UNSUPPORTED_FORMAT },
  { OMA_STATUS_NOT_SUPPORTED, OMA_STATUS_NOT_IMPLEMENTED },
  { OMA_STATUS_RETRY_LATER, OMA_STATUS_SERVICE_UNAVAILABLE },
};

/**
 * oma_dm2_status_from_status:
 * @status: a status of the executor
 *
 * Returns: what a command of DM 2.0 is answered with: one of the codes of DM Protocol 2.0, statuses, or 503
 */
OmaStatus
oma_dm2_status_from_status (OmaStatus status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (translations); i++)
    if (translations[i].status == status)
      return translations[i].dm2;
  switch (status)
    {
    case OMA_STATUS_OK:
    case OMA_STATUS_ACCEPTED:
    case OMA_STATUS_NO_CONTENT:
    case OMA_STATUS_NOT_MODIFIED:
    case OMA_STATUS_BAD_REQUEST:
    case OMA_STATUS_FORBIDDEN:
    case OMA_STATUS_NOT_FOUND:
    case OMA_STATUS_NOT_ALLOWED:
    case OMA_STATUS_CONFLICT:
    case OMA_STATUS_ENTITY_TOO_LARGE:
    case OMA_STATUS_UNSUPPORTED_FORMAT:
    case OMA_STATUS_NOT_IMPLEMENTED:
    case OMA_STATUS_BAD_GATEWAY:
    case OMA_STATUS_GATEWAY_TIMEOUT:
    case OMA_STATUS_SERVICE_UNAVAILABLE:
      return status;
    default:
      return oma_status_is_success (status) ? OMA_STATUS_OK : OMA_STATUS_COMMAND_FAILED;
    }
}

/**
 * oma_dm2_status_from_error:
 * @error: why a command failed
 *
 * Returns: what it is answered with
 */
OmaStatus
oma_dm2_status_from_error (const GError *error)
{
  return oma_dm2_status_from_status (oma_status_from_error (error));
}
