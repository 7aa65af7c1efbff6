/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-subscription-push.h"

#include "agent/oma-account-http.h"
#include "base/oma-uri.h"
#include "base/oma-value-private.h"
#include "session/oma-dm2-media.h"
#include "session/oma-fingerprinter.h"
#include "session/oma-objects.h"
#include "transport/oma-http-request.h"

#include <string.h>
#include <unistd.h>

#define HTTP_UNSUPPORTED_MEDIA_TYPE 415

typedef struct {
  const OmaRunnerContext *context;
  OmaAccount          *account;
  char                *device_id;
  char                *server_uri;
  char                *sent;          /* (nullable): digest of what the server has */
  gboolean             is_fresh;      /* nothing is sent: what there is now is what later changes are compared with */
  char               **moids;         /* (nullable) */
  OmaClientUri        *uri;
  OmaObjects          *objects;
  GPtrArray           *data;          /* (element-type OmaObjectData) */
  OmaSubscriptionPush *outcome;
  OmaAccountFiles     *files;
  OmaHttp             *http;
  OmaHttpRequest       request;
  const OmaDm2Media   *media;
  gboolean             retried;       /* in another form than the first */
  GBytes              *body;          /* (nullable): what is sent, ... */
  int                  spool;         /* ... or in a file, -1: none */
} Push;

static void
push_clear (Push *push)
{
  g_clear_object (&push->http);
  g_clear_pointer (&push->files, oma_account_files_free);
  g_clear_pointer (&push->data, g_ptr_array_unref);
  g_clear_pointer (&push->objects, oma_objects_free);
  g_clear_pointer (&push->uri, oma_client_uri_free);
  g_clear_pointer (&push->outcome, oma_subscription_push_free);
  g_clear_pointer (&push->body, g_bytes_unref);
  if (push->spool >= 0)
    close (push->spool);
  g_object_unref (push->account);
  g_strfreev (push->moids);
  g_free (push->device_id);
  g_free (push->server_uri);
  g_free (push->sent);
  g_free (push);
}

/**
 * oma_subscription_push_free:
 * @push: (transfer full): what came of it
 */
void
oma_subscription_push_free (OmaSubscriptionPush *push)
{
  g_free (push->digest);
  g_clear_pointer (&push->places, g_ptr_array_unref);
  g_clear_error (&push->error);
  g_free (push);
}

/* Takes @task. */
static void
return_outcome (GTask *task)
{
  Push *push = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&push->outcome), (GDestroyNotify) oma_subscription_push_free);
  g_object_unref (task);
}

/* Takes both. */
static void
return_error (GTask *task, GError *error)
{
  Push *push = g_task_get_task_data (task);

  push->outcome->error = error;
  return_outcome (task);
}

/* ---- The digest ---- */

/* What is kept with accounts changes with each session, and by what is done here. */
static gboolean
is_own_state (const OmaUri *uri)
{
  static const char *const below[] = { "Ext", "Omadm" };
  gboolean is_account = FALSE;

  if (uri->n_segments < 4)
    return FALSE;
  for (guint i = 0; i < OMA_ACCOUNT_N_PLACES && !is_account; i++)
    {
      const char *root = oma_account_places_get (i)->root_name;

      is_account = uri->segments[0].length == strlen (root) &&
                   memcmp (uri->segments[0].name, root, uri->segments[0].length) == 0;
    }
  for (guint i = 0; is_account && i < G_N_ELEMENTS (below); i++)
    is_account = uri->segments[2 + i].length == strlen (below[i]) &&
                 memcmp (uri->segments[2 + i].name, below[i], uri->segments[2 + i].length) == 0;
  return is_account;
}

/**
 * oma_subscription_node_counts:
 * @tree: the tree
 * @uri: URI of a node
 *
 * Returns: whether a change of the node is one: statistics change all the time, and so does what we keep of sessions
 */
gboolean
oma_subscription_node_counts (OmaTree *tree, const char *uri)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&parsed, uri, NULL))
    return FALSE;
  if (is_own_state (&parsed))
    return FALSE;
  oma_tree_lookup (tree, &parsed, NULL, &lookup);
  return lookup.schema == NULL || lookup.mount == NULL || !oma_mount_is_volatile (lookup.mount, lookup.schema);
}

static gsize
add_octets (const char *data, gsize size, gboolean last G_GNUC_UNUSED, gpointer user_data)
{
  g_checksum_update (user_data, (const guchar *) data, (gssize) size);
  return size;
}

static void
add_text (GChecksum *checksum, const char *text)
{
  g_checksum_update (checksum, (const guchar *) text, (gssize) strlen (text) + 1);
}

static void
add_value (GChecksum *checksum, const OmaValue *value)
{
  const guint64 header[] = {
    GUINT64_TO_LE ((guint64) (value != NULL ? oma_value_get_format (value) : OMA_FORMAT_NODE)),
    GUINT64_TO_LE ((guint64) (value != NULL ? oma_value_get_size (value) : 0)),
  };

  g_checksum_update (checksum, (const guchar *) header, sizeof header);
  if (value != NULL)
    oma_value_scan (value, add_octets, checksum);
}

typedef struct {
  char           *uri;
  const OmaValue *value;
} Line;

static void
line_clear (Line *line)
{
  g_free (line->uri);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (((const Line *) a)->uri, ((const Line *) b)->uri);
}

static void
add_lines (GArray *lines, OmaTree *tree, const OmaObjectData *data)
{
  for (guint i = 0; data->nodes != NULL && i < oma_node_list_get_length (data->nodes); i++)
    {
      const char *relative = oma_node_list_get_uri (data->nodes, i);
      Line line = { g_strjoin (*relative != '\0' ? "/" : "", data->node->uri, relative, NULL),
                    oma_node_list_get_value (data->nodes, i) };

      if (oma_subscription_node_counts (tree, line.uri))
        g_array_append_val (lines, line);
      else
        line_clear (&line);
    }
}

/* (transfer full): the same whatever order a plugin tells its nodes in. */
static char *
make_digest (OmaTree *tree, const GPtrArray *data)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr(GArray) lines = g_array_new (FALSE, FALSE, sizeof (Line));

  g_array_set_clear_func (lines, (GDestroyNotify) line_clear);
  for (guint i = 0; i < data->len; i++)
    add_lines (lines, tree, g_ptr_array_index (data, i));
  g_array_sort (lines, compare_lines);
  for (guint i = 0; i < lines->len; i++)
    {
      const Line *line = &g_array_index (lines, Line, i);

      add_text (checksum, line->uri);
      add_value (checksum, line->value);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

/* Where a change counts.  A condition may come to hold for another instance by what changes beside the one that is named. */
static GPtrArray *
list_places (const Push *push)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < push->data->len; i++)
    {
      const OmaObjectNode *node = ((const OmaObjectData *) g_ptr_array_index (push->data, i))->node;
      const char *end = strrchr (node->root, '/');

      if (push->uri->conditions == NULL)
        g_ptr_array_add (places, g_strdup (node->uri));
      else
        g_ptr_array_add (places, end != NULL ? g_strndup (node->root, (gsize) (end - node->root)) : g_strdup ("."));
    }
  return places;
}

/* ---- Sending ---- */

static void send_data (GTask *task);

static gboolean
send_in_another_form (GTask *task, const OmaHttpReply *reply)
{
  Push *push = g_task_get_task_data (task);
  const OmaDm2Media *other;

  if (reply->status != HTTP_UNSUPPORTED_MEDIA_TYPE || push->retried || reply->accept == NULL)
    return FALSE;
  other = oma_dm2_media_choose (reply->accept, push->data->len == 1, push->media);
  if (other == NULL)
    return FALSE;
  push->media = other;
  push->retried = TRUE;
  g_clear_pointer (&push->body, g_bytes_unref);
  if (push->spool >= 0)
    close (push->spool);
  push->spool = -1;
  send_data (task);
  return TRUE;
}

static void
put_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Push *push = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(OmaHttpReply) reply = oma_http_request_finish (OMA_HTTP (source), result, &error);

  if (reply == NULL)
    return_error (task, error);
  else if (reply->status / 100 == 2)
    {
      push->outcome->sent = TRUE;
      return_outcome (task);
    }
  else if (!send_in_another_form (task, reply))
    {
      push->outcome->retry_after = reply->retry_after;
      return_error (task, g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP,
                                       "%s answers with HTTP status %u", push->server_uri, reply->status));
    }
}

static void
put (GTask *task)
{
  Push *push = g_task_get_task_data (task);

  push->request = (OmaHttpRequest) {
    .method = "PUT",
    .uri = push->server_uri,
    .named_by_server = TRUE,
    .body = push->body,
    .file = push->spool,
    .media_type = push->media->type,
  };
  oma_http_request_async (push->http, &push->request, g_task_get_cancellable (task), put_cb, task);
}

static void
spooled_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    put (user_data);
  else
    return_error (user_data, error);
}

/* The data do not change meanwhile. */
static void
spool_in_thread (GTask *inner, gpointer source G_GNUC_UNUSED, gpointer data, GCancellable *cancellable G_GNUC_UNUSED)
{
  const Push *push = data;
  GError *error = NULL;

  if (oma_dm2_media_write_fd (push->media, push->data, push->spool, &error))
    g_task_return_boolean (inner, TRUE);
  else
    g_task_return_error (inner, error);
}

static void
spool (GTask *task)
{
  Push *push = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GTask) inner = NULL;

  push->spool = oma_store_make_spool (push->context->store, &error);
  if (push->spool < 0)
    {
      return_error (task, error);
      return;
    }
  inner = g_task_new (NULL, NULL, spooled_cb, task);
  g_task_set_source_tag (inner, spool);
  g_task_set_task_data (inner, push, NULL);
  g_task_run_in_thread (inner, spool_in_thread);
}

static void
send_data (GTask *task)
{
  Push *push = g_task_get_task_data (task);
  GError *error = NULL;

  if (oma_dm2_media_measure (push->data) > OMA_DM2_MEDIA_MAX_IN_MEMORY)
    {
      spool (task);
      return;
    }
  push->body = oma_dm2_media_write (push->media, push->data, G_MAXSIZE, &error);
  if (push->body != NULL)
    put (task);
  else
    return_error (task, error);
}

static void
send (GTask *task)
{
  Push *push = g_task_get_task_data (task);
  GError *error = NULL;

  push->http = oma_account_open_http (push->account, push->context->config, push->device_id, &push->files, &error);
  if (push->http == NULL)
    {
      return_error (task, error);
      return;
    }
  push->media = oma_dm2_media_choose (NULL, push->data->len == 1, NULL);
  send_data (task);
}

/* ---- Reading ---- */

/* What is not there any more, or is ambiguous, is told as nothing. */
static gboolean
is_nothing (const GError *error)
{
  return g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND);
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Push *push = g_task_get_task_data (task);
  OmaSubscriptionPush *outcome = push->outcome;
  GError *error = NULL;

  push->data = oma_objects_read_finish (push->objects, result, &error);
  if (push->data == NULL && !is_nothing (error))
    {
      return_error (task, error);
      return;
    }
  if (push->data == NULL)
    push->data = g_ptr_array_new ();
  g_clear_error (&error);
  outcome->digest = make_digest (oma_executor_get_tree (push->context->executor), push->data);
  outcome->places = list_places (push);
  outcome->is_open = push->data->len == 0 || oma_client_uri_is_multiple (push->uri) ||
                     push->uri->instance.kind != OMA_CLIENT_SEGMENT_NAME;
  if (push->is_fresh || g_strcmp0 (outcome->digest, push->sent) == 0)
    return_outcome (task);
  else
    send (task);
}

/**
 * oma_subscription_push_async:
 * @subscription: of SUB
 * @context: what sessions share, too; it must live until @callback
 * @account: its account
 * @device_id: (nullable): ./DevInfo/DevId
 * @cancellable: (nullable): ends it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Compares what the server has with what there is, in the server's name, and sends it if that is something else (DM
 * Protocol 2.0, SUB).  Our reading: what is no longer there is told as MO data without an item.
 */
void
oma_subscription_push_async (const OmaSubscription *subscription, const OmaRunnerContext *context, OmaAccount *account,
                             const char *device_id, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Push *push = g_new0 (Push, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, oma_subscription_push_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, push, (GDestroyNotify) push_clear);
  push->context = context;
  push->account = g_object_ref (account);
  push->device_id = g_strdup (device_id);
  push->server_uri = g_strdup (subscription->server_uri);
  push->sent = g_strdup (subscription->sent);
  push->is_fresh = subscription->is_fresh;
  push->spool = -1;
  push->outcome = g_new0 (OmaSubscriptionPush, 1);
  push->moids = oma_account_dup_moids (account);
  push->uri = oma_client_uri_parse (subscription->key, &error);
  if (push->uri == NULL)
    {
      return_error (task, error);
      return;
    }
  g_clear_pointer (&push->uri->cv, g_free);      /* all of it, whatever the server had when it asked */
  push->objects = oma_objects_new (context->executor, oma_account_get_server_id (account),
                                   (const char *const *) push->moids);
  oma_objects_read_async (push->objects, push->uri, cancellable, read_cb, task);
}

/**
 * oma_subscription_push_finish:
 * @result: what the callback got
 *
 * Returns: (transfer full): what came of it
 */
OmaSubscriptionPush *
oma_subscription_push_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
