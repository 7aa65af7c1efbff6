/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_STATUS_H
#define OMA_STATUS_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaStatus:
 *
 * Response status codes of SyncML Representation Protocol 1.2, section 10, and of DM Protocol
 * 2.0, as far as a DM client meets them.  They are also the codes of %OMA_STATUS_ERROR, so that a
 * #GError says which Status the server gets.
 */
typedef enum {
  OMA_STATUS_NONE = 0,
  OMA_STATUS_IN_PROGRESS = 101,
  OMA_STATUS_OK = 200,
  OMA_STATUS_ITEM_ADDED = 201,
  OMA_STATUS_ACCEPTED = 202,
  OMA_STATUS_NO_CONTENT = 204,
  OMA_STATUS_AUTHENTICATION_ACCEPTED = 212,
  OMA_STATUS_CHUNK_ACCEPTED = 213,
  OMA_STATUS_OPERATION_CANCELLED = 214,
  OMA_STATUS_NOT_EXECUTED = 215,
  OMA_STATUS_ATOMIC_ROLL_BACK_OK = 216,
  OMA_STATUS_INHERITED_ACL = 217,
  OMA_STATUS_NOT_MODIFIED = 304,
  OMA_STATUS_BAD_REQUEST = 400,
  OMA_STATUS_INVALID_CREDENTIALS = 401,
  OMA_STATUS_FORBIDDEN = 403,
  OMA_STATUS_NOT_FOUND = 404,
  OMA_STATUS_NOT_ALLOWED = 405,
  OMA_STATUS_NOT_SUPPORTED = 406,
  OMA_STATUS_MISSING_CREDENTIALS = 407,
  OMA_STATUS_REQUEST_TIMEOUT = 408,
  OMA_STATUS_CONFLICT = 409,
  OMA_STATUS_SIZE_REQUIRED = 411,
  OMA_STATUS_INCOMPLETE_COMMAND = 412,
  OMA_STATUS_ENTITY_TOO_LARGE = 413,
  OMA_STATUS_URI_TOO_LONG = 414,
  OMA_STATUS_UNSUPPORTED_FORMAT = 415,
  OMA_STATUS_SIZE_TOO_BIG = 416,
  OMA_STATUS_RETRY_LATER = 417,
  OMA_STATUS_ALREADY_EXISTS = 418,
  OMA_STATUS_DEVICE_FULL = 420,
  OMA_STATUS_SIZE_MISMATCH = 424,
  OMA_STATUS_PERMISSION_DENIED = 425,
  OMA_STATUS_COMMAND_FAILED = 500,
  OMA_STATUS_NOT_IMPLEMENTED = 501,
  OMA_STATUS_BAD_GATEWAY = 502,
  OMA_STATUS_SERVICE_UNAVAILABLE = 503,
  OMA_STATUS_GATEWAY_TIMEOUT = 504,
  OMA_STATUS_DTD_NOT_SUPPORTED = 505,
  OMA_STATUS_PROCESSING_ERROR = 506,
  OMA_STATUS_ATOMIC_FAILED = 507,
  OMA_STATUS_DATA_STORE_FAILURE = 510,
  OMA_STATUS_SERVER_FAILURE = 511,
  OMA_STATUS_PROTOCOL_NOT_SUPPORTED = 513,
  OMA_STATUS_ATOMIC_ROLL_BACK_FAILED = 516,
  OMA_STATUS_ATOMIC_RESPONSE_TOO_LARGE = 517,
} OmaStatus;

/**
 * OMA_STATUS_ERROR:
 *
 * Error domain of everything that ends in a Status; the code is an #OmaStatus.
 */
#define OMA_STATUS_ERROR (oma_status_error_quark ())
#ifndef __GI_SCANNER__            /* which wants an enumeration of the same name */
GQuark oma_status_error_quark (void);
#endif

/**
 * oma_status_is_success:
 * @status: a status code
 *
 * Returns: whether the class of @status is 2xx.
 */
#define oma_status_is_success(status) ((status) >= 200 && (status) < 300)

const char *oma_status_get_phrase (OmaStatus status);
OmaStatus   oma_status_from_error (const GError *error);

G_END_DECLS

#endif /* OMA_STATUS_H */
