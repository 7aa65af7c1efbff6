/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "testserver-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

/* A test that fails leaves no server behind. */
static void
die_with_parent_cb (gpointer user_data G_GNUC_UNUSED)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* Starts the server with --admin-port 0 and the further arguments, and reads its addresses. */
void
fixture_start (Fixture *f, const char *const *arguments)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autoptr(GDataInputStream) output = NULL;
  g_autoptr(GError) error = NULL;

  g_ptr_array_add (argv, (char *) g_getenv ("OMADM_TESTSERVER"));
  g_ptr_array_add (argv, (char *) "--admin-port=0");
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (char *) arguments[i]);
  g_ptr_array_add (argv, NULL);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent_cb, NULL, NULL);
  f->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, &error);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (f->process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output), FALSE);
  while (f->admin == NULL)
    {
      g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, NULL);

      g_assert_nonnull (line);
      if (g_str_has_prefix (line, "dm "))
        f->dm = g_strdup (line + 3);
      else if (g_str_has_prefix (line, "admin "))
        f->admin = g_strdup (line + 6);
    }
  f->soup = soup_session_new_with_options ("timeout", 10, NULL);
  f->device = "urn:dev:1";
  f->session = "7";
  f->cred = g_strdup ("");
}

/* The server must end in order, whatever was done to it. */
void
fixture_tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  g_clear_object (&f->soup);
  g_subprocess_send_signal (f->process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (f->process, NULL, &error));
  g_assert_no_error (error);
  g_object_unref (f->process);
  g_free (f->dm);
  g_free (f->admin);
  g_free (f->cred);
  g_clear_pointer (&f->headers, soup_message_headers_unref);
}

/* Follows no redirect.  Returns: the body of the answer, or NULL with @error. */
GBytes *
fixture_request (Fixture *f, const char *method, const char *uri, const char *type, const char *body, GError **error)
{
  g_autoptr(SoupMessage) message = soup_message_new (method, uri);
  g_autoptr(GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;
  GBytes *reply;

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (f->accept != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Accept", f->accept);
  if (f->cookie != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Cookie", f->cookie);
  if (f->device != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "OMADM-DevID", f->device);
  if (bytes != NULL)
    soup_message_set_request_body_from_bytes (message, type, bytes);
  reply = soup_session_send_and_read (f->soup, message, NULL, error);
  f->status = soup_message_get_status (message);
  g_clear_pointer (&f->headers, soup_message_headers_unref);
  f->headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  f->length = soup_message_headers_get_content_length (f->headers);
  return reply;
}

/* A request to the JSON interface. */
JsonObject *
fixture_admin (Fixture *f, const char *method, const char *path, const char *body)
{
  g_autofree char *uri = g_strconcat (f->admin, path + 1, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = fixture_request (f, method, uri, "application/json", body, &error);
  g_autoptr(JsonParser) parser = json_parser_new ();

  g_assert_no_error (error);
  g_assert_true (json_parser_load_from_data (parser, g_bytes_get_data (reply, NULL),
                                             (gssize) g_bytes_get_size (reply), NULL));
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

void
fixture_post (Fixture *f, const char *path, const char *body)
{
  g_autoptr(JsonObject) object G_GNUC_UNUSED = fixture_admin (f, "POST", path, body);

  g_assert_cmpuint (f->status, ==, 200);
}

/* What the device answered. */
JsonArray *
fixture_results (Fixture *f)
{
  g_autofree char *path = g_strdup_printf ("/devices/%s/results", f->device);
  g_autoptr(JsonObject) object = fixture_admin (f, "GET", path, NULL);

  return json_array_ref (json_object_get_array_member (object, "results"));
}

/* The object at @index has the members of @expected. */
void
fixture_assert_result (JsonArray *array, guint index, const char *expected)
{
  g_autoptr(JsonNode) wanted = json_from_string (expected, NULL);
  g_autoptr(GList) members = json_object_get_members (json_node_get_object (wanted));
  JsonObject *object;

  g_assert_cmpuint (json_array_get_length (array), >, index);
  object = json_array_get_object_element (array, index);
  for (GList *link = members; link != NULL; link = link->next)
    {
      JsonNode *is = json_object_get_member (object, link->data);
      JsonNode *should = json_object_get_member (json_node_get_object (wanted), link->data);

      g_assert_nonnull (is);
      g_assert_true (json_node_equal (is, should));
    }
}
