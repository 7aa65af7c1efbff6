/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-fallback.h"

#include "transport/oma-transport.h"

/* What a server that cannot read a message may answer the first one with (our reading). */
#define HTTP_BAD_REQUEST 400
#define HTTP_UNSUPPORTED_MEDIA_TYPE 415
#define HTTP_INTERNAL_ERROR 500

/**
 * oma_fallback_next:
 * @dialect: (inout): what the session began with; what to begin the next one with
 * @error: why the session failed
 * @http_status: HTTP status of the answer to its first message; 0 when it failed later
 * @lasting: (out): whether what works next is worth being remembered; a server's own failure
 *   may be over the next time
 *
 * What to try when the server does not understand the first message of a session (our reading;
 * SyncML Representation Protocol 1.2, section 10, has the codes 505 and 513): XML in place of
 * WBXML, then the next lower release.
 *
 * Returns: whether there is something left to try
 */
gboolean
oma_fallback_next (OmaDialect *dialect, const GError *error, guint http_status, gboolean *lasting)
{
  gboolean refused = g_error_matches (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP) &&
                     (http_status == HTTP_BAD_REQUEST || http_status == HTTP_UNSUPPORTED_MEDIA_TYPE ||
                      http_status == HTTP_INTERNAL_ERROR);
  gboolean silent = g_error_matches (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_NO_ANSWER) && http_status != 0;

  *lasting = !refused || http_status != HTTP_INTERNAL_ERROR;
  if (dialect->encoding == OMA_ENCODING_WBXML && (refused || silent))
    {
      dialect->encoding = OMA_ENCODING_XML;
      return TRUE;
    }
  if (!refused && !g_error_matches (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_VERSION))
    return FALSE;
  if (dialect->version == OMA_DM_1_1)
    return FALSE;
  dialect->version--;
  return TRUE;
}
