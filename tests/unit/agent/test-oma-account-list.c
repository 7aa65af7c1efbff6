/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-private.h"
#include "agent/oma-agent.h"

#include <glib/gstdio.h>
#include <string.h>

#define SECRET "TopSecretOfTheDevice"

/* ---- What is on the disk ---- */

static gboolean
file_holds (const char *path, const char *needle)
{
  g_autofree char *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  return memmem (text, size, needle, strlen (needle)) != NULL;
}

static gboolean
directory_holds (const char *path, const char *needle)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  gboolean found = FALSE;
  const char *name;

  while (!found && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      found = g_file_test (child, G_FILE_TEST_IS_DIR) ? directory_holds (child, needle) : file_holds (child, needle);
    }
  return found;
}

static OmaAccount *
add (AgentTest *f, const char *name, const char *server_id)
{
  g_autoptr(GError) error = NULL;
  OmaAccount *account = agent_test_add (f, agent_test_make_config (name, server_id), &error);

  g_assert_no_error (error);
  return account;
}

/* ---- Making and reading ---- */

static void
test_settings_survive_a_restart (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  OmaAccountConfig *config = agent_test_make_config ("a b", "com.example.a");
  g_autoptr(OmaAccount) made = NULL;
  OmaCredentials client;
  OmaCredentials server;
  OmaAccount *account;

  config->server_auth = OMA_AUTH_BASIC;
  config->server_user = g_strdup ("server");
  config->server_secret = g_strdup ("TopSecretOfTheServer");
  config->encoding = OMA_ENCODING_WBXML;
  g_hash_table_insert (config->options, g_strdup ("timeout"), g_strdup ("7"));
  made = agent_test_add (f, config, &error);
  g_assert_no_error (error);
  g_clear_object (&made);
  agent_test_reopen (f);

  account = oma_account_list_find (f->accounts, "a b");
  g_assert_nonnull (account);
  g_assert_cmpstr (oma_account_get_server_id (account), ==, "com.example.a");
  g_assert_cmpstr (oma_account_get_url (account), ==, "https://dm.example.com/dm");
  g_assert_cmpint (oma_account_get_client_auth (account), ==, OMA_AUTH_MD5);
  g_assert_cmpint (oma_account_get_server_auth (account), ==, OMA_AUTH_BASIC);
  g_assert_cmpint (oma_account_get_encoding (account), ==, OMA_ENCODING_WBXML);
  g_assert_false (oma_account_get_allow_http (account));
  g_assert_cmpuint (oma_account_get_number (account, "timeout", 1), ==, 7);
  oma_account_read_credentials (account, FALSE, &client);
  g_assert_cmpstr (client.name, ==, "device");
  g_assert_cmpstr (client.secret, ==, SECRET);
  g_assert_null (client.nonce);
  oma_account_read_credentials (account, TRUE, &server);
  g_assert_cmpstr (server.secret, ==, "TopSecretOfTheServer");
  oma_credentials_clear (&client);
  oma_credentials_clear (&server);
}

/* DM Standardized Objects 1.2, DM Account. */
static void
test_accounts_are_dm_acc_nodes (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const expected[][2] = {
    { "./DMAcc/a/AppID", "w7" },
    { "./DMAcc/a/ServerID", "com.example.a" },
    { "./DMAcc/a/Name", "a" },
    { "./DMAcc/a/AppAddr/1/Addr", "https://dm.example.com/dm" },
    { "./DMAcc/a/AppAddr/1/AddrType", "URI" },
    { "./DMAcc/a/AAuthPref", "DIGEST" },
    { "./DMAcc/a/AppAuth/CLCRED/AAuthLevel", "CLCRED" },
    { "./DMAcc/a/AppAuth/CLCRED/AAuthType", "DIGEST" },
    { "./DMAcc/a/AppAuth/CLCRED/AAuthName", "device" },
    { "./DMAcc/a?prop=Type", "urn:oma:mo:oma-dm-dmacc:1.0" },
    { "./DMAcc/a/Ext/Omadm/AllowHTTP", "false" },
  };
  g_autoptr(OmaAccount) account = add (f, "a", "com.example.a");

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *text = agent_test_get (f, expected[i][0]);

      g_assert_cmpstr (text, ==, expected[i][1]);
    }
}

/* DM Standardized Objects 1.2, DM Account: AAuthSecret and AAuthData have no Get. */
static void
test_nobody_reads_a_secret (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const secrets[] = {
    "./DMAcc/a/AppAuth/CLCRED/AAuthSecret", "./DMAcc/a/Ext/Omadm/Key",
  };
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(OmaAccount) account = NULL;
  g_autoptr(GBytes) key = agent_test_make_pem ("key");
  g_autofree char *store = g_build_filename (f->state_dir, "omadm.db", NULL);
  g_autofree char *secrets_dir = g_build_filename (f->state_dir, "secrets", NULL);
  GStatBuf status;

  config->certificate = agent_test_make_pem ("certificate");
  config->key = g_bytes_ref (key);
  account = agent_test_add (f, config, NULL);
  g_assert_nonnull (account);
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_GET, secrets[i], NULL), ==, 405);
      g_assert_cmpint (agent_test_run (f, "", OMA_OPERATION_GET, secrets[i], NULL), ==, 405);
    }
  g_assert_true (directory_holds (secrets_dir, SECRET));
  g_assert_false (file_holds (store, SECRET));
  g_assert_cmpint (g_stat (secrets_dir, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
}

static void
test_certificates_come_as_files_in_memory (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GBytes) key = agent_test_make_pem ("key");
  g_autoptr(OmaAccount) account = NULL;
  g_autoptr(OmaAccountFiles) files = NULL;
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;

  config->certificate = agent_test_make_pem ("certificate");
  config->key = g_bytes_ref (key);
  account = agent_test_add (f, config, NULL);
  files = oma_account_make_files (account, NULL);
  g_assert_nonnull (files);
  g_assert_null (files->ca);
  name = g_strdup (files->key);
  g_assert_true (g_path_is_absolute (name));
  g_assert_true (g_file_get_contents (name, &text, NULL, NULL));
  g_assert_cmpmem (text, strlen (text), g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  g_assert_true (g_file_test (files->certificate, G_FILE_TEST_EXISTS));
  g_clear_pointer (&files, oma_account_files_free);
  g_assert_false (g_file_test (name, G_FILE_TEST_EXISTS));
}

static void
test_names_and_servers_are_unique (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) account = add (f, "a", "com.example.a");
  g_autoptr(GError) error = NULL;

  g_assert_null (agent_test_add (f, agent_test_make_config ("a", "com.example.b"), &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS);
  g_clear_error (&error);
  g_assert_null (agent_test_add (f, agent_test_make_config ("b", "com.example.a"), &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS);
}

/* ---- Rights ---- */

static void
test_only_account_gets_the_whole_tree (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) a = add (f, "a", "com.example.a");
  g_autoptr(OmaAccount) b = add (f, "b", "com.example.b");

  g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "x"), ==, 200);
  g_assert_cmpint (agent_test_run (f, "com.example.b", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "y"), ==, 425);
  g_assert_cmpint (agent_test_run (f, "com.example.b", OMA_OPERATION_GET, "./DMAcc/b/ServerID", NULL), ==, 200);
  g_assert_cmpint (agent_test_run (f, "com.example.b", OMA_OPERATION_REPLACE, "./DMAcc/b/AppAddr/1/Addr", "z"), ==, 425);
  /* Another server's account is invisible, all rights on the root notwithstanding. */
  g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_GET, "./DMAcc/b/ServerID", NULL), ==, 404);
  g_assert_cmpint (agent_test_run (f, "com.example.b", OMA_OPERATION_GET, "./DMAcc/a/ServerID", NULL), ==, 404);
}

static void
test_managed_nodes_keep_the_rights_of_others (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) a = add (f, "a", "com.example.a");
  OmaAccountConfig *config = agent_test_make_config ("b", "com.example.b");
  g_autoptr(OmaAccount) b = NULL;

  config->manage = g_strsplit ("Vendor/Items", ",", -1);
  b = agent_test_add (f, config, NULL);
  g_assert_nonnull (b);
  g_assert_cmpint (agent_test_run (f, "com.example.b", OMA_OPERATION_ADD, "./Vendor/Items/x", NULL), ==, 200);
  g_assert_cmpint (agent_test_run (f, "com.example.b", OMA_OPERATION_DELETE, "./Vendor/Items/x", NULL), ==, 200);
  g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_ADD, "./Vendor/Items/y", NULL), ==, 200);
  g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_DELETE, "./Vendor/Items/y", NULL), ==, 200);
  g_assert_cmpint (agent_test_run (f, "com.example.b", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "y"), ==, 425);
}

static void
test_managing_what_is_not_there_makes_no_account (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GError) error = NULL;

  config->manage = g_strsplit ("./Vendor,./Vendor/Nothing", ",", -1);
  g_assert_null (agent_test_add (f, config, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "Nothing"));
  g_assert_false (agent_test_has (f, "./DMAcc/a"));
  g_assert_cmpuint (oma_account_list_get (f->accounts)->len, ==, 0);
  g_assert_false (directory_holds (f->state_dir, SECRET));
}

/* ---- Removing ---- */

/* DM Tree and Description 1.2, section 8.3.7.1.4. */
static void
test_removal_leaves_no_right_and_no_secret (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GBytes) key = agent_test_make_pem ("key");
  g_autoptr(OmaAccount) account = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *line = g_strndup ((const char *) g_bytes_get_data (key, NULL) + 40, 40);
  g_autofree char *acl = NULL;

  config->certificate = agent_test_make_pem ("certificate");
  config->key = g_bytes_ref (key);
  account = agent_test_add (f, config, &error);
  g_assert_no_error (error);
  g_assert_true (directory_holds (f->state_dir, SECRET));
  g_assert_true (directory_holds (f->state_dir, line));
  agent_test_remove (f, "a", FALSE, &error);
  g_assert_no_error (error);
  g_assert_false (directory_holds (f->state_dir, SECRET));
  g_assert_false (directory_holds (f->state_dir, line));
  agent_test_reopen (f);
  g_assert_false (directory_holds (f->state_dir, SECRET));
  acl = agent_test_get (f, ".?prop=ACL");
  g_assert_null (strstr (acl, "com.example.a"));
  g_assert_cmpuint (oma_account_list_get (f->accounts)->len, ==, 0);
  g_assert_false (agent_test_remove (f, "a", FALSE, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT);
}

static void
test_deleting_the_node_takes_the_rights_back (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) account = add (f, "a", "com.example.a");
  g_autofree char *acl = NULL;

  g_assert_cmpint (agent_test_run (f, "", OMA_OPERATION_DELETE, "./DMAcc/a", NULL), ==, 200);
  g_assert_null (oma_account_list_find (f->accounts, "a"));
  while (oma_account_list_is_busy (f->accounts))
    g_main_context_iteration (NULL, TRUE);
  acl = agent_test_get (f, ".?prop=ACL");
  g_assert_null (strstr (acl, "com.example.a"));
}

static void
note_removed (OmaAccountList *list G_GNUC_UNUSED, const char *name, gpointer user_data)
{
  g_string_append_printf (user_data, "-%s ", name);
}

static void
note_added (OmaAccountList *list G_GNUC_UNUSED, OmaAccount *account, gpointer user_data)
{
  g_string_append_printf (user_data, "+%s ", oma_account_get_name (account));
}

static void
test_changes_are_signalled_once (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) notes = g_string_new (NULL);
  g_autoptr(OmaAccount) a = NULL;
  g_autoptr(OmaAccount) b = NULL;

  g_signal_connect (f->accounts, "added", G_CALLBACK (note_added), notes);
  g_signal_connect (f->accounts, "removed", G_CALLBACK (note_removed), notes);
  a = add (f, "a", "com.example.a");
  b = add (f, "b", "com.example.b");
  g_assert_true (agent_test_remove (f, "a", FALSE, NULL));
  g_assert_cmpstr (notes->str, ==, "+a +b -a ");
  g_signal_handlers_disconnect_by_data (f->accounts, notes);
}

/* ---- Provisioning ---- */

#define FILE_TEXT "[Account]\nServerId=com.example.%s\nUrl=https://%s.example.com/\n"

static char *
write_account (AgentTest *f, const char *name, const char *server, const char *host)
{
  g_autofree char *file = g_strdup_printf ("accounts.d/%s.conf", name);
  g_autofree char *text = g_strdup_printf (FILE_TEXT, server, host);

  return agent_test_write (f, file, 0640, text);
}

static const char *
get_url (AgentTest *f, const char *name)
{
  OmaAccount *account = oma_account_list_find (f->accounts, name);

  return account != NULL ? oma_account_get_url (account) : NULL;
}

static void
test_a_file_that_did_not_change_overwrites_nothing (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = write_account (f, "a", "a", "one");
  g_autofree char *changed = NULL;

  agent_test_import (f);
  g_assert_cmpstr (get_url (f, "a"), ==, "https://one.example.com/");
  g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_REPLACE, "./DMAcc/a/AppAddr/1/Addr",
                                   "https://moved.example.com/"), ==, 200);
  agent_test_reopen (f);
  agent_test_import (f);
  g_assert_cmpstr (get_url (f, "a"), ==, "https://moved.example.com/");
  changed = write_account (f, "a", "a", "two");
  agent_test_import (f);
  g_assert_cmpstr (get_url (f, "a"), ==, "https://two.example.com/");
  g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "x"), ==, 200);
}

static void
test_a_changed_server_loses_its_rights (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = write_account (f, "a", "old", "one");
  g_autofree char *changed = NULL;

  agent_test_import (f);
  g_assert_cmpint (agent_test_run (f, "com.example.old", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "x"), ==, 200);
  changed = write_account (f, "a", "new", "one");
  agent_test_import (f);
  g_assert_cmpint (agent_test_run (f, "com.example.old", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "y"), ==, 425);
  g_assert_cmpint (agent_test_run (f, "com.example.new", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "z"), ==, 200);
}

static void
test_one_bad_file_stops_no_other (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *a = agent_test_write (f, "accounts.d/a.conf", 0640, "nonsense");
  g_autofree char *b = agent_test_write (f, "accounts.d/b.conf", 0666, "[Account]\nServerId=b\nUrl=https://b/\n");
  g_autofree char *c = write_account (f, "c", "c", "c");
  g_autofree char *d = agent_test_write (f, "accounts.d/d.conf", 0640, "[Account]\nName=c\nServerId=d\nUrl=https://d/\n");
  g_autofree char *e = write_account (f, "e", "c", "e");

  agent_test_import (f);
  g_assert_cmpuint (oma_account_list_get (f->accounts)->len, ==, 1);
  g_assert_cmpstr (get_url (f, "c"), ==, "https://c.example.com/");
  g_assert_true (agent_test_has_logged ("a.conf"));
  g_assert_true (agent_test_has_logged ("b.conf"));
  g_assert_true (agent_test_has_logged ("d.conf"));
  g_assert_true (agent_test_has_logged ("e.conf"));
}

static void
test_a_file_leaves_an_account_of_others_alone (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaAccount) account = add (f, "a", "com.example.a");
  g_autofree char *path = write_account (f, "a", "a", "one");

  agent_test_import (f);
  g_assert_cmpstr (get_url (f, "a"), ==, "https://dm.example.com/dm");
  g_assert_true (agent_test_has_logged ("a.conf"));
}

/* DM Standardized Objects 1.2, 7.1.3.4: the type of the object says where it goes. */
static void
test_account_from_the_inbox_is_an_account (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
#define LEAF(name, value) "<Node><NodeName>" name "</NodeName><Value>" value "</Value></Node>"
  static const char document[] =
    "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>fresh</NodeName><RTProperties>"
    "<Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties>"
    LEAF ("AppID", "w7") LEAF ("ServerID", "com.example.fresh") LEAF ("Name", "Fresh")
    "<Node><NodeName>AppAddr</NodeName><Node><NodeName>1</NodeName>" LEAF ("Addr", "https://fresh.example.com/dm")
    LEAF ("AddrType", "URI") "</Node></Node>"
    "<Node><NodeName>AppAuth</NodeName><Node><NodeName>c</NodeName>" LEAF ("AAuthLevel", "CLCRED")
    LEAF ("AAuthType", "DIGEST") LEAF ("AAuthName", "device") LEAF ("AAuthSecret", "s") LEAF ("AAuthData", "bm9uY2U=")
    "</Node><Node><NodeName>s</NodeName>" LEAF ("AAuthLevel", "SRVCRED") LEAF ("AAuthType", "DIGEST")
    LEAF ("AAuthName", "com.example.fresh") LEAF ("AAuthSecret", "t") LEAF ("AAuthData", "bm9uY2U=")
    "</Node></Node></Node></MgmtTree>";
#undef LEAF
  OmaAccount *account;

  /* The DDF of the accounts has no Add for servers. */
  g_assert_cmpint (agent_test_run (f, "com.example.a", OMA_OPERATION_ADD, "./Inbox", document), ==,
                   OMA_STATUS_NOT_ALLOWED);
  g_assert_cmpuint (oma_account_list_get (f->accounts)->len, ==, 0);
  g_assert_cmpint (agent_test_run (f, NULL, OMA_OPERATION_ADD, "./Inbox", document), ==, OMA_STATUS_OK);
  account = oma_account_list_find (f->accounts, "fresh");
  g_assert_nonnull (account);
  g_assert_cmpstr (oma_account_get_server_id (account), ==, "com.example.fresh");
  g_assert_cmpint (agent_test_run (f, NULL, OMA_OPERATION_GET, "./Inbox", NULL), ==, OMA_STATUS_NOT_ALLOWED);
}

static void
test_accounts_are_bounded (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < OMA_ACCOUNT_LIST_MAX_ACCOUNTS; i++)
    {
      g_autofree char *name = g_strdup_printf ("a%u", i), *server_id = g_strdup_printf ("com.example.%u", i);

      g_object_unref (add (f, name, server_id));
    }
  g_assert_null (agent_test_add (f, agent_test_make_config ("more", "com.example.more"), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  g_clear_error (&error);
  agent_test_remove (f, "a7", FALSE, &error);
  g_assert_no_error (error);
  g_object_unref (add (f, "more", "com.example.more"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/accounts/" name, AgentTest, NULL, agent_test_set_up, func, agent_test_tear_down)
  ADD ("settings-survive-a-restart", test_settings_survive_a_restart);
  ADD ("accounts-are-bounded", test_accounts_are_bounded);
  ADD ("accounts-are-dm-acc-nodes", test_accounts_are_dm_acc_nodes);
  ADD ("nobody-reads-a-secret", test_nobody_reads_a_secret);
  ADD ("certificates-come-as-files-in-memory", test_certificates_come_as_files_in_memory);
  ADD ("names-and-servers-are-unique", test_names_and_servers_are_unique);
  ADD ("only-account-gets-the-whole-tree", test_only_account_gets_the_whole_tree);
  ADD ("managed-nodes-keep-the-rights-of-others", test_managed_nodes_keep_the_rights_of_others);
  ADD ("managing-what-is-not-there-makes-no-account", test_managing_what_is_not_there_makes_no_account);
  ADD ("removal-leaves-no-right-and-no-secret", test_removal_leaves_no_right_and_no_secret);
  ADD ("deleting-the-node-takes-the-rights-back", test_deleting_the_node_takes_the_rights_back);
  ADD ("changes-are-signalled-once", test_changes_are_signalled_once);
  ADD ("a-file-that-did-not-change-overwrites-nothing", test_a_file_that_did_not_change_overwrites_nothing);
  ADD ("a-changed-server-loses-its-rights", test_a_changed_server_loses_its_rights);
  ADD ("one-bad-file-stops-no-other", test_one_bad_file_stops_no_other);
  ADD ("a-file-leaves-an-account-of-others-alone", test_a_file_leaves_an_account_of_others_alone);
  ADD ("account-from-the-inbox-is-an-account", test_account_from_the_inbox_is_an_account);
#undef ADD
  return g_test_run ();
}
