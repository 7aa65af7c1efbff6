/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-private.h"
#include "agent/oma-account-state.h"
#include "agent/oma-agent.h"
#include "base/oma-secret.h"

#include <string.h>

#define SERVER "dm2.example.net"
#define NOTI_SECRET "TopSecretOfNotifications"
#define HTTP_SECRET "TopSecretOfHttp"

static GBytes *
octets (const char *text)
{
  return oma_secret_bytes_new (g_strdup (text), strlen (text));
}

/* A whole one: all that an account of DM 2.0 can have. */
static OmaAccountConfig *
make_config (const char *name, const char *server_id)
{
  OmaAccountConfig *config = oma_account_config_new ();

  config->name = g_strdup (name);
  config->server_id = g_strdup (server_id);
  config->url = g_strdup ("https://dm2.example.net/dm2");
  config->protocol = OMA_DM_2_0;
  config->http_auth = OMA_HTTP_AUTH_DIGEST;
  config->http_user = g_strdup ("device");
  config->http_secret = g_strdup (HTTP_SECRET);
  config->moids = g_strsplit ("urn:ex:mo:net:1.0,urn:ex:mo:list:1.0", ",", -1);
  config->notification_data = octets ("notidata");
  config->notification_secret = octets (NOTI_SECRET);
  config->certificate = agent_test_make_pem ("certificate");
  config->key = agent_test_make_pem ("key");
  config->display_name = g_strdup ("The fleet");
  config->others = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_hash_table_insert (config->others, g_strdup ("Push/GCM/SenderID"), octets ("17"));
  g_hash_table_insert (config->others, g_strdup ("Push/GCM/RegURI"), octets ("https://push.example.net/on"));
  g_hash_table_insert (config->others, g_strdup ("Push/GCM/UnRegURI"), octets ("https://push.example.net/off"));
  g_hash_table_insert (config->others, g_strdup ("Push/GCM/RegParams"), octets ("a=b"));
  g_hash_table_insert (config->others, g_strdup ("Auth/Bootstrap/ServerURI"), octets ("https://boot.example.net/"));
  g_hash_table_insert (config->others, g_strdup ("Auth/Bootstrap/SecMode"), octets ("2"));
  g_hash_table_insert (config->others, g_strdup ("Auth/Bootstrap/ClientSecretKey"), octets ("TopSecretOfBootstrap"));
  g_hash_table_insert (config->options, g_strdup ("hosts"), g_strdup ("repo.example.net"));
  return config;
}

static OmaAccount *
add (AgentTest *f, OmaAccountConfig *config)
{
  g_autoptr(GError) error = NULL;
  OmaAccount *account = agent_test_add (f, config, &error);

  g_assert_no_error (error);
  return account;
}

/* The DM Account object of DM 2.0. */
static void
test_accounts_are_dm_account_nodes (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const expected[][2] = {
    { "./DMAcc2/a?prop=Type", "urn:oma:mo:oma-dm-dmacc:1.2" },
    { "./DMAcc2/a/SrvID", SERVER },
    { "./DMAcc2/a/SrvURI", "https://dm2.example.net/dm2" },
    { "./DMAcc2/a/Name", "The fleet" },
    { "./DMAcc2/a/Auth/Noti/Type", "1" },
    { "./DMAcc2/a/Auth/Bootstrap/ServerURI", "https://boot.example.net/" },
    { "./DMAcc2/a/Push/GCM/SenderID", "17" },
    { "./DMAcc2/a/Push/GCM/RegParams", "a=b" },
    { "./DMAcc2/a/Ext/Omadm/AllowHTTP", "false" },
    { "./DMAcc2/a/Ext/Omadm/HTTPAuth/Type", "HTTP-DIGEST" },
    { "./DMAcc2/a/Ext/Omadm/HTTPAuth/Name", "device" },
    { "./DMAcc2/a/Ext/Omadm/Options/hosts", "repo.example.net" },
  };
  g_autoptr(OmaAccount) account = add (f, make_config ("a", SERVER));

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *text = agent_test_get (f, expected[i][0]);

      g_assert_cmpstr (text, ==, expected[i][1]);
    }
}

/* The same getters as for DM 1.x, whatever the nodes are called. */
static void
test_settings_survive_a_restart (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(OmaHttpCredentials) http = { OMA_HTTP_AUTH_NONE, NULL, NULL };
  OmaCredentials none;
  OmaAccount *account;
  OmaDialect dialect;

  g_object_unref (add (f, make_config ("a b", SERVER)));
  agent_test_reopen (f);
  account = oma_account_list_find (f->accounts, "a b");
  g_assert_nonnull (account);
  g_assert_true (oma_account_list_find_server (f->accounts, SERVER) == account);
  g_assert_cmpstr (oma_account_get_server_id (account), ==, SERVER);
  g_assert_cmpstr (oma_account_get_url (account), ==, "https://dm2.example.net/dm2");
  g_assert_cmpint (oma_account_get_protocol (account), ==, OMA_DM_2_0);
  g_assert_cmpstr (oma_account_get_encoding_name (account), ==, "json");
  g_assert_cmpint (oma_account_get_client_auth (account), ==, OMA_AUTH_NONE);
  g_assert_cmpstr (oma_account_get_option (account, "hosts"), ==, "repo.example.net");
  g_assert_false (oma_account_get_allow_http (account));
  g_assert_true (oma_account_has_certificate (account));
  oma_account_read_http_credentials (account, &http);
  g_assert_cmpint (http.type, ==, OMA_HTTP_AUTH_DIGEST);
  g_assert_cmpstr (http.user, ==, "device");
  g_assert_cmpstr (http.secret, ==, HTTP_SECRET);
  oma_account_read_credentials (account, FALSE, &none);
  g_assert_cmpint (none.type, ==, OMA_AUTH_NONE);
  g_assert_null (none.secret);
  oma_credentials_clear (&none);
  dialect = oma_account_get_dialect (account);
  g_assert_cmpint (dialect.version, ==, OMA_DM_2_0);
}

static void
test_perm_is_what_the_server_was_provisioned_for (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) account = add (f, make_config ("a", SERVER));
  OmaAccountConfig *config = make_config ("b", "other.example.net");
  g_autoptr(OmaAccount) other = NULL;
  g_auto(GStrv) moids = oma_account_dup_moids (account);

  g_assert_cmpuint (g_strv_length (moids), ==, 2);
  g_assert_cmpstr (moids[0], ==, "urn:ex:mo:net:1.0");
  g_assert_cmpstr (moids[1], ==, "urn:ex:mo:list:1.0");
  g_clear_pointer (&config->moids, g_strfreev);
  other = add (f, config);
  g_assert_null (oma_account_dup_moids (other));
}

static void
assert_octets (GBytes *bytes, const char *text)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, strlen (text));
}

static void
test_notification_key_is_read (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) account = add (f, make_config ("a", SERVER));
  g_autoptr(OmaAccount) without = NULL;
  OmaAccountConfig *config = make_config ("b", "other.example.net");
  g_autoptr(GBytes) secret = NULL, noti_data = NULL, no_secret = NULL, no_data = NULL;

  g_assert_true (oma_account_read_notification_key (account, &secret, &noti_data));
  assert_octets (secret, NOTI_SECRET);
  assert_octets (noti_data, "notidata");
  g_assert_true (oma_account_requires_notification_digest (account));
  g_clear_pointer (&config->notification_secret, g_bytes_unref);
  g_clear_pointer (&config->notification_data, g_bytes_unref);
  without = add (f, config);
  g_assert_false (oma_account_read_notification_key (without, &no_secret, &no_data));
  g_assert_null (no_secret);
  g_assert_false (oma_account_requires_notification_digest (without));
}

static void
test_digest_of_notifications_can_be_waived (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccountConfig *config = make_config ("a", SERVER);
  g_autoptr(OmaAccount) account = NULL;

  g_hash_table_insert (config->options, g_strdup ("noti-require-digest"), g_strdup ("false"));
  account = add (f, config);
  g_assert_false (oma_account_requires_notification_digest (account));
}

/* The client certificate is that of Auth/Trsp. */
static void
test_certificates_come_as_files_in_memory (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) account = add (f, make_config ("a", SERVER));
  g_autoptr(OmaAccountFiles) files = oma_account_make_files (account, NULL);
  g_autoptr(GBytes) key = agent_test_make_pem ("key");
  g_autofree char *text = NULL;

  g_assert_nonnull (files);
  g_assert_null (files->ca);
  g_assert_nonnull (files->certificate);
  g_assert_true (g_file_get_contents (files->key, &text, NULL, NULL));
  g_assert_cmpmem (text, strlen (text), g_bytes_get_data (key, NULL), g_bytes_get_size (key));
}

/* DM Account of DM 2.0: no Get for keys and Perm; our reading: nor for Noti/Secret. */
static void
test_nobody_reads_a_secret (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const secrets[] = {
    "./DMAcc2/a/Auth/Noti/Secret", "./DMAcc2/a/Auth/Trsp/Secret", "./DMAcc2/a/Auth/Bootstrap/ClientSecretKey",
    "./DMAcc2/a/Ext/Omadm/HTTPAuth/Secret", "./DMAcc2/a/Perm", "./DMAcc2/a/Perm/1/MOID",
  };
  g_autoptr(OmaAccount) account = add (f, make_config ("a", SERVER));

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_assert_true (agent_test_has (f, secrets[i]));
      g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_GET, secrets[i], NULL), ==, 405);
      g_assert_cmpint (agent_test_run (f, "", OMA_OPERATION_GET, secrets[i], NULL), ==, 405);
    }
}

/* Of both generations: a server knows its own account and no other, all rights on the root notwithstanding. */
static void
test_a_server_sees_its_own_account_only (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) old = add (f, agent_test_make_config ("old", "com.example.old"));
  g_autoptr(OmaAccount) a = add (f, make_config ("a", SERVER));
  g_autoptr(OmaAccount) b = add (f, make_config ("b", "other.example.net"));

  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_GET, "./DMAcc2/a/SrvURI", NULL), ==, 200);
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_GET, "./DMAcc2/b/SrvURI", NULL), ==, 404);
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_GET, "./DMAcc/old/ServerID", NULL), ==, 404);
  g_assert_cmpint (agent_test_run (f, "com.example.old", OMA_OPERATION_GET, "./DMAcc2/a/SrvURI", NULL), ==, 404);
  g_assert_cmpint (agent_test_run (f, "com.example.old", OMA_OPERATION_DELETE, "./DMAcc2/a", NULL), ==, 404);
  g_assert_cmpint (agent_test_run (f, "com.example.old", OMA_OPERATION_ADD, "./DMAcc2/x", NULL), ==, 405);
  g_assert_cmpint (agent_test_run (f, "", OMA_OPERATION_GET, "./DMAcc2/a/SrvURI", NULL), ==, 200);
}

/* One name space: names in commands, and identifiers in ACLs. */
static void
test_names_and_servers_are_unique_over_generations (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) old = add (f, agent_test_make_config ("a", "com.example.a"));
  g_autoptr(GError) error = NULL;

  g_assert_null (agent_test_add (f, make_config ("a", SERVER), &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS);
  g_clear_error (&error);
  g_assert_null (agent_test_add (f, make_config ("b", "com.example.a"), &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS);
}

static void
test_managed_nodes_are_the_servers (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) old = add (f, agent_test_make_config ("old", "com.example.old"));
  OmaAccountConfig *config = make_config ("a", SERVER);
  g_autoptr(OmaAccount) account = NULL;
  g_autofree char *acl = NULL;

  config->manage = g_strsplit ("./Vendor/Items", ",", -1);
  account = add (f, config);
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Items/x", NULL), ==, 200);
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Fixed", "y"), ==, 425);
  g_assert_true (agent_test_remove (f, "a", TRUE, NULL));
  g_assert_false (agent_test_has (f, "./DMAcc2/a"));
  g_assert_false (agent_test_has (f, "./Vendor/Items/x"));
  acl = agent_test_get (f, "./Vendor/Items?prop=ACL");
  g_assert_true (acl == NULL || strstr (acl, SERVER) == NULL);
  g_assert_true (agent_test_has (f, "./DMAcc/old"));
}

/* DM Protocol 2.0, bootstrap: accepting it gives no rights yet, and be it the only account. */
static void
test_bootstrap_gives_no_rights_but_those_named (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccountConfig *config = make_config ("a", SERVER);
  OmaAccountConfig *other = make_config ("b", "other.example.net");
  g_autoptr(OmaAccount) account = NULL;
  g_autoptr(OmaAccount) managing = NULL;

  config->is_bootstrap = TRUE;
  account = add (f, config);
  g_assert_true (oma_account_is_bootstrap_untold (account));
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Fixed", "x"), ==, 425);
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_GET, "./DMAcc2/a/Name", NULL), ==, 200);
  other->is_bootstrap = TRUE;
  other->manage = g_strsplit ("./Vendor/Items", ",", -1);
  managing = add (f, other);
  g_assert_cmpint (agent_test_run (f, "other.example.net", OMA_OPERATION_ADD, "./Vendor/Items/x", NULL), ==, 200);
}

static void
commit (AgentTest *f, OmaPlan *plan)
{
  g_autoptr(GError) error = NULL;

  agent_test_run_plan (f, plan, &error);
  g_assert_no_error (error);
}

/* What sessions leave for the next one. */
static void
test_state_is_kept_with_the_account (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) account = add (f, make_config ("a", SERVER));
  OmaPlan *plan = oma_plan_new (f->executor);
  g_autofree char *uri = oma_account_dup_extension_uri (account);
  g_autofree char *refusals = NULL;

  g_assert_cmpstr (uri, ==, "./DMAcc2/a/Ext/Omadm");
  oma_account_put_refusal (account, plan, 1000, NULL);
  commit (f, plan);
  refusals = agent_test_get (f, "./DMAcc2/a/Ext/Omadm/Refusals");
  g_assert_cmpstr (refusals, ==, "1");
  g_assert_cmpint (oma_account_get_not_before (account), >, 1000);
  plan = oma_plan_new (f->executor);
  oma_account_forget_refusals (account, plan);
  commit (f, plan);
  g_assert_cmpint (oma_account_get_not_before (account), ==, 0);
}

/* ---- Files ---- */

static void
test_a_file_may_change_the_generation (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = agent_test_write (f, "accounts.d/a.conf", 0640,
                                             "[Account]\nServerId=" SERVER "\nUrl=https://dm.example.net/\n");
  g_autofree char *secret = agent_test_write (f, "noti", 0600, NOTI_SECRET "\n");
  g_autofree char *text = g_strdup_printf ("[Account]\nServerId=" SERVER "\nUrl=https://dm2.example.net/\nProtocol=2.0\n"
                                           "Moids=urn:ex:mo:net:1.0;urn:ex:mo:b:1.0\nNotificationData=d\n"
                                           "NotificationSecretFile=%s\n[Options]\nnoti-require-digest=false\n", secret);
  g_autofree char *second = NULL;
  g_auto(GStrv) moids = NULL;
  OmaAccount *account;

  agent_test_import (f);
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Fixed", "x"), ==, 200);
  second = agent_test_write (f, "accounts.d/a.conf", 0640, text);
  agent_test_import (f);
  g_assert_false (agent_test_has (f, "./DMAcc/a"));
  account = oma_account_list_find (f->accounts, "a");
  g_assert_nonnull (account);
  g_assert_cmpint (oma_account_get_protocol (account), ==, OMA_DM_2_0);
  moids = oma_account_dup_moids (account);
  g_assert_cmpuint (g_strv_length (moids), ==, 2);
  /* Its rights were given anew, and nobody sweeps them for the place that the account has left. */
  while (oma_account_list_is_busy (f->accounts))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (agent_test_run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Fixed", "y"), ==, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/accounts-2-0/" name, AgentTest, NULL, agent_test_set_up, func, agent_test_tear_down)
  ADD ("accounts-are-dm-account-nodes", test_accounts_are_dm_account_nodes);
  ADD ("settings-survive-a-restart", test_settings_survive_a_restart);
  ADD ("perm-is-what-the-server-was-provisioned-for", test_perm_is_what_the_server_was_provisioned_for);
  ADD ("notification-key-is-read", test_notification_key_is_read);
  ADD ("digest-of-notifications-can-be-waived", test_digest_of_notifications_can_be_waived);
  ADD ("certificates-come-as-files-in-memory", test_certificates_come_as_files_in_memory);
  ADD ("nobody-reads-a-secret", test_nobody_reads_a_secret);
  ADD ("a-server-sees-its-own-account-only", test_a_server_sees_its_own_account_only);
  ADD ("names-and-servers-are-unique-over-generations", test_names_and_servers_are_unique_over_generations);
  ADD ("managed-nodes-are-the-servers", test_managed_nodes_are_the_servers);
  ADD ("bootstrap-gives-no-rights-but-those-named", test_bootstrap_gives_no_rights_but_those_named);
  ADD ("state-is-kept-with-the-account", test_state_is_kept_with_the_account);
  ADD ("a-file-may-change-the-generation", test_a_file_may_change_the_generation);
#undef ADD
  return g_test_run ();
}
