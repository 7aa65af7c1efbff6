/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-subscription-list-private.h"

#include "agent/oma-account-http.h"
#include "codec/oma-mo-data.h"
#include "session/oma-dm2-media.h"
#include "session/oma-objects.h"
#include "transport/oma-http-request.h"

#include <string.h>
#include <unistd.h>

/* DEFAULT: what somebody on the device needs and is not there is fetched from where a server said that it is to be had. */

/* ---- From one address ---- */

typedef struct {
  const OmaRunnerContext *context;
  OmaAccountFiles *files;
  OmaHttp         *http;
  OmaHttpRequest   request;
  char            *uri;
  char           **moids;        /* (nullable) */
  OmaObjects      *objects;
  OmaHttpReply    *reply;        /* (nullable) */
  OmaMoReader     *reader;       /* (nullable) */
  gsize            offset;       /* how far the reply is read */
} Transfer;

static void
transfer_free (Transfer *transfer)
{
  g_clear_object (&transfer->http);
  g_clear_pointer (&transfer->files, oma_account_files_free);
  g_clear_pointer (&transfer->objects, oma_objects_free);
  g_clear_pointer (&transfer->reply, oma_http_reply_free);
  g_clear_pointer (&transfer->reader, oma_mo_reader_free);
  g_strfreev (transfer->moids);
  g_free (transfer->uri);
  g_free (transfer);
}

/* Takes both. */
static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
put_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Transfer *transfer = g_task_get_task_data (task);
  GError *error = NULL;
  g_auto(GStrv) uris = oma_objects_put_finish (transfer->objects, result, &error);

  if (uris != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
put (GTask *task)
{
  Transfer *transfer = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) parts = oma_mo_reader_finish (transfer->reader, &error);

  if (parts == NULL)
    fail (task, error);
  else
    oma_objects_put_async (transfer->objects, NULL, parts, NULL, g_task_get_cancellable (task), put_cb, task);
}

/* One block, then whoever waits has a turn. */
static gboolean
read_on (gpointer user_data)
{
  GTask *task = user_data;
  Transfer *transfer = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return G_SOURCE_REMOVE;
    }
  /* The transport has looked after its size. */
  if (oma_mo_reader_feed_block (transfer->reader, transfer->reply->file < 0 ? transfer->reply->body : NULL,
                                transfer->reply->file, &transfer->offset, G_MAXSIZE, &error))
    return G_SOURCE_CONTINUE;
  if (error != NULL)
    fail (task, error);
  else
    put (task);
  return G_SOURCE_REMOVE;
}

static int
make_spool (gpointer user_data, GError **error)
{
  const Transfer *transfer = user_data;

  return oma_store_make_spool (transfer->context->store, error);
}

/* Returns: whether the answer is one that can hold MO data */
static gboolean
check_reply (const Transfer *transfer, GError **error)
{
  const OmaHttpReply *reply = transfer->reply;

  if (reply->status / 100 != 2)
    g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP, "%s answers with HTTP status %u", transfer->uri,
                 reply->status);
  else if (reply->media_type == NULL || !oma_mo_data_is_type (reply->media_type))
    g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT, "%s gives data of another type",
                 transfer->uri);
  else if (reply->body == NULL && reply->file < 0)
    g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT, "%s gives no data", transfer->uri);
  else
    return TRUE;
  return FALSE;
}

static void
got_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Transfer *transfer = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GSource) idle = NULL;

  transfer->reply = oma_http_request_finish (OMA_HTTP (source), result, &error);
  if (transfer->reply != NULL && check_reply (transfer, &error))
    transfer->reader = oma_mo_reader_new (transfer->reply->media_type, make_spool, transfer, &error);
  if (transfer->reader == NULL)
    {
      fail (task, error);
      return;
    }
  idle = g_idle_source_new ();
  g_source_set_priority (idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (idle, read_on, task, NULL);
  g_source_attach (idle, g_task_get_context (task));
}

static void
get (GTask *task, guint max_size)
{
  Transfer *transfer = g_task_get_task_data (task);

  transfer->request = (OmaHttpRequest) {
    .method = "GET",
    .uri = transfer->uri,
    .named_by_server = TRUE,
    .file = -1,
    .accept = OMA_DM2_MEDIA_ACCEPTED,
    .max_size = MIN (max_size, OMA_MO_DATA_MAX_SIZE),
    .spool = make_spool,
    .spool_data = transfer,
  };
  oma_http_request_async (transfer->http, &transfer->request, g_task_get_cancellable (task), got_cb, task);
}

static void fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* Fetches MO data and puts them into the tree, in the name of the account's server; fetched_cb() goes on. */
static void
fetch_from (OmaSubscriptionList *self, OmaAccount *account, const char *uri, gpointer user_data)
{
  GTask *inner = g_task_new (NULL, self->cancellable, fetched_cb, user_data);
  Transfer *transfer = g_new0 (Transfer, 1);
  GError *error = NULL;

  g_task_set_source_tag (inner, fetch_from);
  g_task_set_task_data (inner, transfer, (GDestroyNotify) transfer_free);
  transfer->context = &self->context;
  transfer->uri = g_strdup (uri);
  transfer->moids = oma_account_dup_moids (account);
  transfer->objects = oma_objects_new (self->context.executor, oma_account_get_server_id (account),
                                       (const char *const *) transfer->moids);
  transfer->http = oma_account_open_http (account, self->context.config, self->device_id, &transfer->files, &error);
  if (transfer->http != NULL)
    get (inner, oma_account_get_number (account, OMA_ACCOUNT_OPTION_MAX_OBJECT_SIZE,
                                        self->context.config->max_object_size));
  else
    fail (inner, error);
}

/* ---- One after the other ---- */

/* Those who want an object, while it is being fetched. */
typedef struct {
  OmaSubscriptionList *list;
  char                *moid;
  GPtrArray           *defaults;   /* (element-type OmaSubscription): that are left to try */
  GPtrArray           *tasks;      /* (element-type GTask): who wants it */
  GError              *error;      /* (nullable): why the last of them gave nothing */
} Fetch;

static void
fetch_free (Fetch *fetch)
{
  g_ptr_array_unref (fetch->defaults);
  g_ptr_array_unref (fetch->tasks);
  g_clear_error (&fetch->error);
  g_object_unref (fetch->list);
  g_free (fetch->moid);
  g_free (fetch);
}

static Fetch *
fetch_new (OmaSubscriptionList *self, const char *moid)
{
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->list = g_object_ref (self);
  fetch->moid = g_strdup (moid);
  fetch->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  fetch->defaults = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_subscription_unref);
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      OmaSubscription *subscription = self->subscriptions->pdata[i];

      if (subscription->kind == OMA_SUBSCRIPTION_DEFAULT && g_str_equal (subscription->key, moid))
        g_ptr_array_add (fetch->defaults, oma_subscription_ref (subscription));
    }
  return fetch;
}

/* Takes @fetch. */
static void
return_to_all (Fetch *fetch)
{
  g_hash_table_steal (fetch->list->fetches, fetch->moid);
  for (guint i = 0; i < fetch->tasks->len; i++)
    if (fetch->error != NULL)
      g_task_return_error (fetch->tasks->pdata[i], g_error_copy (fetch->error));
    else
      g_task_return_boolean (fetch->tasks->pdata[i], TRUE);
  fetch_free (fetch);
}

static void fetch_next (Fetch *fetch);

static void
fetched_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fetch *fetch = user_data;
  g_autoptr(OmaSubscriptionList) self = g_object_ref (fetch->list);

  self->n_busy--;
  g_clear_error (&fetch->error);
  if (g_task_propagate_boolean (G_TASK (result), &fetch->error))
    return_to_all (fetch);
  else
    {
      g_warning ("%s: there is no default to be had: %s", fetch->moid, fetch->error->message);
      fetch_next (fetch);
    }
  oma_subscription_list_tell_idle (self);
}

/* Takes @fetch. */
static void
fetch_next (Fetch *fetch)
{
  OmaSubscriptionList *self = fetch->list;

  while (fetch->defaults->len > 0)
    {
      g_autoptr(OmaSubscription) subscription = g_ptr_array_steal_index (fetch->defaults, 0);
      OmaAccount *account = oma_account_list_find (self->accounts, subscription->account);

      if (account == NULL)
        continue;
      self->n_busy++;
      fetch_from (self, account, subscription->server_uri, fetch);
      return;
    }
  if (fetch->error == NULL)
    g_set_error (&fetch->error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "No server told where %s is to be had",
                 fetch->moid);
  return_to_all (fetch);
}

/**
 * oma_subscription_list_fetch_async:
 * @list: a list
 * @moid: identifier of a management object that is not there
 * @cancellable: (nullable): ends the waiting
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Gets the object from where a server said that it is to be had, without a word to the server (DM Protocol 2.0,
 * DEFAULT).  Where several did, one after the other is tried; who asks while it is being fetched gets the same.
 */
void
oma_subscription_list_fetch_async (OmaSubscriptionList *list, const char *moid, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (list, cancellable, callback, user_data);
  Fetch *fetch = g_hash_table_lookup (list->fetches, moid);

  g_task_set_source_tag (task, oma_subscription_list_fetch_async);
  if (fetch != NULL)
    {
      g_ptr_array_add (fetch->tasks, task);
      return;
    }
  fetch = fetch_new (list, moid);
  g_ptr_array_add (fetch->tasks, task);
  g_hash_table_insert (list->fetches, fetch->moid, fetch);
  fetch_next (fetch);
}

/**
 * oma_subscription_list_fetch_finish:
 * @list: the list
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_NOT_FOUND when no server said where it is to be had, else for what went wrong
 *   with the last that did: %OMA_STATUS_ERROR, %OMA_TRANSPORT_ERROR or %G_IO_ERROR_CANCELLED
 *
 * Returns: whether data were put into the tree
 */
gboolean
oma_subscription_list_fetch_finish (OmaSubscriptionList *list, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, list), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
