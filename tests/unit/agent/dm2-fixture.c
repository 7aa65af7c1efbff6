/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-fixture.h"

#include "agent/oma-account-private.h"
#include "codec/oma-dm2-package.h"

#include <string.h>

static void
request_free (Dm2Request *request)
{
  g_free (request->method);
  g_free (request->path);
  g_free (request->media_type);
  g_free (request->device_id);
  g_free (request->body);
  g_free (request);
}

static void
note_request (Dm2Fixture *f, SoupServerMessage *message, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  Dm2Request *request = g_new0 (Dm2Request, 1);

  request->method = g_strdup (soup_server_message_get_method (message));
  request->path = g_strdup (path);
  request->media_type = g_strdup (soup_message_headers_get_content_type (headers, NULL));
  request->device_id = g_strdup (soup_message_headers_get_one (headers, "OMADM-DevID"));
  request->body = g_strndup (body->data != NULL ? body->data : "", (gsize) body->length);
  g_ptr_array_add (f->requests, request);
}

static Dm2Reply
next_reply (Dm2Fixture *f, const char *path)
{
  GArray *replies = g_hash_table_lookup (f->replies, path);
  Dm2Reply reply = { .status = 404 };

  if (replies == NULL)
    return reply;
  reply = g_array_index (replies, Dm2Reply, 0);
  if (replies->len > 1)
    g_array_remove_index (replies, 0);
  return reply;
}

static void
serve (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message, const char *path, GHashTable *query G_GNUC_UNUSED,
       gpointer user_data)
{
  Dm2Fixture *f = user_data;
  Dm2Reply reply = next_reply (f, path);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  note_request (f, message, path);
  if (reply.never)
    {
      g_set_object (&f->held, message);
      soup_server_message_pause (message);
      return;
    }
  if (reply.status == 0)
    {
      g_autoptr(GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
      return;
    }
  if (reply.accept != NULL)
    soup_message_headers_replace (headers, "OMADM-Accept", reply.accept);
  if (reply.retry_after != NULL)
    soup_message_headers_replace (headers, "Retry-After", reply.retry_after);
  soup_server_message_set_status (message, reply.status, NULL);
  if (reply.body != NULL)
    soup_server_message_set_response (message, reply.media_type, SOUP_MEMORY_COPY, reply.body, strlen (reply.body));
}

/* @data: (nullable): "OPTION=VALUE" */
void
dm2_set_up (Dm2Fixture *f, gconstpointer data)
{
  OmaAccountConfig *config = oma_account_config_new ();
  g_auto(GStrv) option = data != NULL ? g_strsplit (data, "=", 2) : NULL;
  g_autoptr(GError) error = NULL;

  agent_test_set_up (&f->base, NULL);
  f->replies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  f->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) request_free);
  f->url = agent_test_listen (&f->server, serve, f);
  config->name = g_strdup ("a");
  config->server_id = g_strdup (DM2_SERVER);
  config->url = g_strconcat (f->url, "dm2", NULL);
  config->protocol = OMA_DM_2_0;
  config->allow_http = TRUE;
  if (option != NULL)
    g_hash_table_insert (config->options, g_strdup (option[0]), g_strdup (option[1]));
  f->account = agent_test_add (&f->base, config, &error);
  g_assert_no_error (error);
  f->config = oma_config_new ();
  f->config->resend_delay = 0;
  f->context = (OmaRunnerContext) { .executor = f->base.executor, .store = f->base.store, .config = f->config };
}

void
dm2_tear_down (Dm2Fixture *f, gconstpointer data)
{
  g_clear_object (&f->held);
  soup_server_disconnect (f->server);
  g_clear_object (&f->server);
  g_clear_object (&f->account);
  agent_test_tear_down (&f->base, data);
  oma_config_free (f->config);
  g_hash_table_unref (f->replies);
  g_ptr_array_unref (f->requests);
  g_free (f->url);
}

void
dm2_reply (Dm2Fixture *f, const char *path, Dm2Reply reply)
{
  GArray *replies = g_hash_table_lookup (f->replies, path);

  if (replies == NULL)
    {
      replies = g_array_new (FALSE, FALSE, sizeof (Dm2Reply));
      g_hash_table_insert (f->replies, g_strdup (path), replies);
    }
  reply.body = g_intern_string (reply.body);
  g_array_append_val (replies, reply);
}

void
dm2_package (Dm2Fixture *f, const char *commands)
{
  g_auto(GStrv) parts = g_strsplit (commands, "@", -1);
  g_autofree char *joined = g_strjoinv (f->url, parts);
  g_autofree char *body = g_strdup_printf ("{\"CMD\":[%s]}", joined);

  dm2_reply (f, "/dm2", (Dm2Reply) { .status = 200, .media_type = OMA_DM2_TYPE_REQUEST, .body = body });
}

const Dm2Request *
dm2_get_request (Dm2Fixture *f, guint index)
{
  g_assert_cmpuint (index, <, f->requests->len);
  return f->requests->pdata[index];
}

void
dm2_wait_for_requests (Dm2Fixture *f, guint n)
{
  while (f->requests->len < n)
    g_main_context_iteration (NULL, TRUE);
}

void
dm2_make_net (Dm2Fixture *f, const char *name, const char *id)
{
  g_autofree char *uri = g_strconcat ("./Net/", name, NULL), *leaf = g_strconcat (uri, "/ID", NULL);

  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_ADD, uri, NULL), ==, OMA_STATUS_OK);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_ADD, leaf, id), ==, OMA_STATUS_OK);
}

void
dm2_set_id (Dm2Fixture *f, const char *name, const char *id)
{
  g_autofree char *leaf = g_strdup_printf ("./Net/%s/ID", name);

  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_REPLACE, leaf, id), ==, OMA_STATUS_OK);
}
