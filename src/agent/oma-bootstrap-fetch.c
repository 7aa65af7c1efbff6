/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-bootstrap-fetch.h"

#include "agent/oma-account-private.h"
#include "base/oma-secret.h"
#include "bootstrap/oma-bootstrap.h"
#include "codec/oma-mo-data.h"
#include "transport/oma-http-request.h"

#define DEADLINE 5            /* times the time-out is what a whole answer may take */
#define USER_AGENT "omadm/" OMADM_VERSION

/* Our reading: what is asked for; TNDS is understood, too. */
#define ACCEPT OMA_MO_DATA_TYPE_JSON ", " OMA_TNDS_TYPE_XML ";q=0.5"

typedef struct {
  OmaAccountFiles *files;
  OmaHttp         *http;
  OmaHttpRequest   request;
  char            *media_type;
} Fetch;

static void
fetch_free (Fetch *fetch)
{
  g_clear_object (&fetch->http);
  oma_account_files_free (fetch->files);
  g_free (fetch->media_type);
  g_free (fetch);
}

/* A document holds secrets. */
static GBytes *
dup_secret (GBytes *body)
{
  gsize size = 0;
  gconstpointer data = body != NULL ? g_bytes_get_data (body, &size) : NULL;

  return oma_secret_bytes_new (g_memdup2 (data, size), size);
}

static void
fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(OmaHttpReply) reply = oma_http_request_finish (OMA_HTTP (source), result, &error);

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (reply->status != 200)
    {
      g_task_return_new_error (task, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP,
                               "The server has no bootstrap document: HTTP status %u", reply->status);
      return;
    }
  fetch->media_type = g_strdup (reply->media_type);
  g_task_return_pointer (task, dup_secret (reply->body), (GDestroyNotify) g_bytes_unref);
}

/**
 * oma_bootstrap_fetch_async:
 * @access: address of the document, and how the device proves there who it is: it was checked, so the address
 *   is one of HTTPS
 * @config: the daemon's configuration
 * @device_id: (nullable): ./DevInfo/DevId
 * @cancellable: (nullable): a cancellable
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Gets a bootstrap document (DM Protocol 2.0, client-initiated bootstrap).  Our reading: HTTPS GET with OMADM-DevID
 * and Accept.
 */
void
oma_bootstrap_fetch_async (const OmaAccountConfig *access, const OmaConfig *config, const char *device_id,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Fetch *fetch = g_new0 (Fetch, 1);
  OmaHttpConfig http_config = {
    .uri = access->url,
    .auth = access->http_auth,
    .auth_user = access->http_user,
    .auth_secret = access->http_secret,
    .max_reply_size = OMA_BOOTSTRAP_MAX_SIZE,
    .timeout = config->http_timeout,
    .deadline = DEADLINE * config->http_timeout,
    .user_agent = USER_AGENT,
    .device_id = device_id,
  };
  GError *error = NULL;

  g_task_set_source_tag (task, oma_bootstrap_fetch_async);
  g_task_set_task_data (task, fetch, (GDestroyNotify) fetch_free);
  fetch->files = oma_account_files_new (access->ca, access->certificate, access->key, &error);
  if (fetch->files != NULL)
    {
      http_config.ca_file = fetch->files->ca;
      http_config.certificate_file = fetch->files->certificate;
      http_config.key_file = fetch->files->key;
      fetch->http = oma_http_new (&http_config, &error);
    }
  if (fetch->http == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  fetch->request = (OmaHttpRequest) {
    .method = "GET", .file = -1, .accept = ACCEPT, .max_size = OMA_BOOTSTRAP_MAX_SIZE,
  };
  oma_http_request_async (fetch->http, &fetch->request, cancellable, fetched, g_steal_pointer (&task));
}

/**
 * oma_bootstrap_fetch_finish:
 * @result: what the callback got
 * @media_type: (out) (transfer full) (nullable): Content-Type
 * @error: return location for an %OMA_TRANSPORT_ERROR
 *
 * Returns: (transfer full): the document, wiped with its last reference, or %NULL
 */
GBytes *
oma_bootstrap_fetch_finish (GAsyncResult *result, char **media_type, GError **error)
{
  Fetch *fetch = g_task_get_task_data (G_TASK (result));

  *media_type = g_strdup (fetch->media_type);
  return g_task_propagate_pointer (G_TASK (result), error);
}
