/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of agents and sessions share.  An agent is on the directories of an AgentTest whose device is closed:
 * "plugins" is empty, "vendor" is the test's to make. */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-runner-private.h"

#include <glib/gstdio.h>

void
agent_test_make_plugin_dir (AgentTest *test)
{
  g_autofree char *plugin_dir = g_build_filename (test->dir, "plugins", NULL);

  g_assert_cmpint (g_mkdir (plugin_dir, 0700), ==, 0);
}

OmaAgent *
agent_test_new_agent (AgentTest *test)
{
  g_autofree char *plugin_dir = g_build_filename (test->dir, "plugins", NULL);
  g_autofree char *vendor_dir = g_build_filename (test->dir, "vendor", NULL);
  const OmaAgentOptions options = {
    .config_dir = test->dir,
    .state_dir = test->state_dir,
    .plugin_dir = plugin_dir,
    .vendor_dir = vendor_dir,
    .accept_own_files = TRUE,
  };

  return oma_agent_new (&options);
}

OmaAgent *
agent_test_start_agent (AgentTest *test)
{
  OmaAgent *agent = agent_test_new_agent (test);
  g_autoptr(GError) error = NULL;

  oma_agent_start (agent, &error);
  g_assert_no_error (error);
  return agent;
}

void
agent_test_stop_agent (OmaAgent *agent)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_agent_stop_async (agent, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  g_assert_true (oma_agent_stop_finish (agent, result, NULL));
}

/* @user_data: a GAsyncResult * that is NULL until then */
void
agent_test_keep_result (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

void
agent_test_wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

void
agent_test_wait_for_end (OmaRunner *runner)
{
  while (!oma_runner_is_over (runner))
    g_main_context_iteration (NULL, TRUE);
}

/* @server: (out) (transfer full): who answers on loopback with @serve.  Returns: (transfer full): its address */
char *
agent_test_listen (SoupServer **server, SoupServerCallback serve, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  GSList *uris;
  char *url;

  *server = soup_server_new (NULL, NULL);
  soup_server_add_handler (*server, NULL, serve, user_data, NULL);
  soup_server_listen_local (*server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (*server);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}
