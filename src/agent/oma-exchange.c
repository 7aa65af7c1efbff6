/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-exchange.h"

#include "agent/oma-retry.h"

/* One message and what it takes to get its answer. */
typedef struct {
  OmaHttpRequest request;   /* of DM 2.0: the caller's; no method: of DM 1.x, which these tell of: */
  char       *uri;
  GBytes     *body;
  const char *media_type;
  guint       resends;      /* that are left */
  guint       delay;        /* seconds before the first */
  GRand      *rand;         /* (nullable) */
  guint       time;         /* how often it was sent again */
  GError     *error;        /* (nullable): why the next time is needed */
  OmaResendFunc resend;     /* (nullable) */
  gpointer    user_data;
  char       *reply_type;
} Exchange;

static void
exchange_free (Exchange *exchange)
{
  g_clear_pointer (&exchange->body, g_bytes_unref);
  g_free (exchange->uri);
  g_free (exchange->reply_type);
  g_clear_error (&exchange->error);
  g_free (exchange);
}

/* The server says that it is out of order for a while. */
static gboolean
is_out_of_order (guint status)
{
  return status == 408 || status == 429 || (status >= 502 && status <= 504);
}

/* Of an answer that did not arrive nobody knows whether the message did; one that did arrive
 * is the server's word, unless it says itself that it is out of order for a while. */
static gboolean
may_send_again (OmaHttp *http, const GError *error)
{
  if (error->domain != OMA_TRANSPORT_ERROR)
    return FALSE;
  switch ((OmaTransportError) error->code)
    {
    case OMA_TRANSPORT_ERROR_CONNECT:
    case OMA_TRANSPORT_ERROR_TIMEOUT:
    case OMA_TRANSPORT_ERROR_TRUNCATED:
      return TRUE;
    case OMA_TRANSPORT_ERROR_HTTP:
      return is_out_of_order (oma_http_get_last_status (http)) &&
             oma_http_get_retry_after (http) <= OMA_EXCHANGE_MAX_WAIT;
    case OMA_TRANSPORT_ERROR_TLS:
    case OMA_TRANSPORT_ERROR_REDIRECT:
    case OMA_TRANSPORT_ERROR_TOO_LARGE:
    case OMA_TRANSPORT_ERROR_MEDIA_TYPE:
    case OMA_TRANSPORT_ERROR_POLICY:
    case OMA_TRANSPORT_ERROR_CONFIG:
    default:
      return FALSE;
    }
}

static void send_now (GTask *task);

static gboolean
waited (gpointer user_data)
{
  GTask *task = user_data;

  Exchange *exchange = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return G_SOURCE_REMOVE;
  exchange->time++;
  if (exchange->resend != NULL)
    exchange->resend (exchange->time, exchange->error, exchange->user_data);
  send_now (g_object_ref (task));
  return G_SOURCE_REMOVE;
}

/* Takes the task. */
static void
send_later (GTask *task, guint milliseconds)
{
  g_autoptr(GSource) timer = g_timeout_source_new (milliseconds);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (cancellable != NULL)
    {
      g_autoptr(GSource) cancelled = g_cancellable_source_new (cancellable);

      g_source_set_dummy_callback (cancelled);
      g_source_add_child_source (timer, cancelled);
    }
  g_source_set_static_name (timer, "send again");
  g_source_set_callback (timer, waited, task, g_object_unref);
  g_source_attach (timer, g_task_get_context (task));
}

/* Takes @task and @error. */
static void
send_again (GTask *task, GError *error)
{
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);
  guint asked = error->code == OMA_TRANSPORT_ERROR_HTTP ? oma_http_get_retry_after (http) : 0;
  guint wait = oma_retry_delay (exchange->delay, MAX (exchange->delay, OMA_EXCHANGE_MAX_WAIT), exchange->time, asked,
                                exchange->rand);

  exchange->resends--;
  g_info ("%s; the message is sent again in %u.%03u s", error->message, wait / 1000, wait % 1000);
  g_clear_error (&exchange->error);
  exchange->error = error;
  send_later (task, wait);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  GBytes *reply = oma_transport_exchange_finish (OMA_TRANSPORT (source), result, &exchange->reply_type, &error);

  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) g_bytes_unref);
  else if (exchange->resends == 0 || !may_send_again (OMA_HTTP (source), error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    send_again (g_steal_pointer (&task), g_steal_pointer (&error));
}

static void
requested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  const Exchange *exchange = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaHttpReply) reply = oma_http_request_finish (OMA_HTTP (source), result, &error);

  if (reply != NULL && is_out_of_order (reply->status))
    error = g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP, "The server answers with HTTP status %u",
                         reply->status);
  if (error != NULL && exchange->resends > 0 && may_send_again (OMA_HTTP (source), error))
    send_again (g_steal_pointer (&task), g_steal_pointer (&error));
  else if (reply != NULL)
    g_task_return_pointer (task, g_steal_pointer (&reply), (GDestroyNotify) oma_http_reply_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Takes the task. */
static void
send_now (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);
  gpointer http = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (exchange->request.method != NULL)
    oma_http_request_async (http, &exchange->request, cancellable, requested_cb, task);
  else
    oma_transport_exchange_async (http, exchange->uri, exchange->body, exchange->media_type, cancellable, sent_cb, task);
}

/**
 * oma_exchange_async:
 * @http: a transport
 * @step: a step with something to send
 * @resends: how often the message may be sent again
 * @delay: seconds before the first time, doubled each further time up to %OMA_EXCHANGE_MAX_WAIT
 * @rand: (nullable): for the random part of the waits, see oma_retry_delay(); must live until the callback
 * @cancellable: (nullable): ends it, the waiting too
 * @resend: (nullable): told each time that it is sent again
 * @callback: called once, never before this returned
 * @user_data: for @callback and @resend
 *
 * Sends a message until its answer arrives: when the connection is lost before the answer is
 * whole, when it takes too long, or when the server says that it is out of order for a while,
 * the same octets go out again, MsgID unchanged (HTTP binding of DM Protocol 1.2; how often is
 * our reading, no specification says).  A server that asks with Retry-After for more time gets it,
 * up to %OMA_EXCHANGE_MAX_WAIT.
 */
void
oma_exchange_async (OmaHttp *http, const OmaSessionStep *step, guint resends, guint delay, GRand *rand,
                    GCancellable *cancellable, OmaResendFunc resend, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (http, cancellable, callback, user_data);
  Exchange *exchange = g_new0 (Exchange, 1);

  g_task_set_source_tag (task, oma_exchange_async);
  exchange->uri = g_strdup (step->uri);
  exchange->body = g_bytes_ref (step->body);
  exchange->media_type = step->media_type;
  exchange->resends = resends;
  exchange->delay = delay;
  exchange->rand = rand;
  exchange->resend = resend;
  exchange->user_data = user_data;
  g_task_set_task_data (task, exchange, (GDestroyNotify) exchange_free);
  send_now (task);
}

/**
 * oma_exchange_finish:
 * @http: the transport
 * @result: what the callback got
 * @media_type: (out) (transfer full) (nullable): Content-Type of the answer
 * @error: return location for the %OMA_TRANSPORT_ERROR of the last time, or
 *   %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the answer, or %NULL
 */
GBytes *
oma_exchange_finish (OmaHttp *http, GAsyncResult *result, char **media_type, GError **error)
{
  Exchange *exchange;

  g_return_val_if_fail (g_task_is_valid (result, http), NULL);
  exchange = g_task_get_task_data (G_TASK (result));
  *media_type = g_steal_pointer (&exchange->reply_type);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * oma_exchange_request_async:
 * @http: a transport
 * @request: what to ask; it must live until the callback, and so must what it points to
 * @resends: how often it may be sent again
 * @delay: seconds before the first time, as for oma_exchange_async()
 * @rand: (nullable): for the random part of the waits; must live until the callback
 * @cancellable: (nullable): ends it, the waiting too
 * @resend: (nullable): told each time that it is sent again
 * @callback: called once, never before this returned
 * @user_data: for @callback and @resend
 *
 * The same for requests of DM 2.0.  Our reading: its packages, which have no number, go out again as messages of DM 1.x
 * do, the same octets; no specification says so.
 */
void
oma_exchange_request_async (OmaHttp *http, const OmaHttpRequest *request, guint resends, guint delay, GRand *rand,
                            GCancellable *cancellable, OmaResendFunc resend, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (http, cancellable, callback, user_data);
  Exchange *exchange = g_new0 (Exchange, 1);

  g_task_set_source_tag (task, oma_exchange_request_async);
  exchange->request = *request;
  exchange->resends = resends;
  exchange->delay = delay;
  exchange->rand = rand;
  exchange->resend = resend;
  exchange->user_data = user_data;
  g_task_set_task_data (task, exchange, (GDestroyNotify) exchange_free);
  send_now (task);
}

/**
 * oma_exchange_request_finish:
 * @http: the transport
 * @result: what the callback got
 * @error: return location for what oma_http_request_finish() said the last time, or %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the answer, whatever its status, or %NULL
 */
OmaHttpReply *
oma_exchange_request_finish (OmaHttp *http, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, http), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
