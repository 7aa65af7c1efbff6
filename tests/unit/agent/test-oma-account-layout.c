/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-private.h"

#include <string.h>

/* The server's identifier and the name that Windows gives its account. */
#define FLEET "Fleet"
#define FLEET_UID "0x0000800cABF8CA7D87C0FA21BB21B896AE2C8468CA07710326415228ACF2392EA1327077"
#define OLD "com.example.old"

typedef struct {
  AgentTest base;
} Fixture;

static void
add (Fixture *f, const char *name, const char *server_id, OmaDmVersion protocol, const char *option)
{
  OmaAccountConfig *config = agent_test_make_config (name, server_id);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaAccount) account = NULL;

  config->protocol = protocol;
  g_free (config->url);
  config->url = g_strdup ("https://dm.example.com:8443/path");
  config->server_auth = OMA_AUTH_MD5;
  config->server_user = g_strdup ("server");
  config->server_secret = g_strdup ("s");
  if (option != NULL)
    g_hash_table_insert (config->options, g_strdup (option), g_strdup ("true"));
  account = agent_test_add (&f->base, config, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  agent_test_set_up (&f->base, data);
  add (f, "first", "com.example.first", OMA_DM_1_2, NULL);
  add (f, "old", OLD, OMA_DM_1_1, NULL);
  add (f, "fleet", FLEET, OMA_DM_1_2, OMA_ACCOUNT_OPTION_MS_PREFIXES);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  agent_test_tear_down (&f->base, data);
}

static void
assert_alias (Fixture *f, const char *uri, const char *expected)
{
  g_autofree char *found = oma_account_layout_resolve (uri, f->base.layout);

  g_assert_cmpstr (found, ==, expected);
}

/* DM Standardized Objects 1.1.2, DMAcc */
static void
test_every_leaf_of_1_1_has_its_node (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_alias (f, "./SyncML/DMAcc/old/Addr", "./DMAcc/old/AppAddr/1/Addr");
  assert_alias (f, "./SyncML/DMAcc/old/AddrType", "./DMAcc/old/AppAddr/1/AddrType");
  assert_alias (f, "./SyncML/DMAcc/old/PortNbr", "./DMAcc/old/AppAddr/1/Port/1/PortNbr");
  assert_alias (f, "./SyncML/DMAcc/old/ConRef", "./DMAcc/old/PrefConRef");
  assert_alias (f, "./SyncML/DMAcc/old/ServerId", "./DMAcc/old/ServerID");
  assert_alias (f, "./SyncML/DMAcc/old/ServerPW", "./DMAcc/old/AppAuth/SRVCRED/AAuthSecret");
  assert_alias (f, "./SyncML/DMAcc/old/ServerNonce", "./DMAcc/old/AppAuth/SRVCRED/AAuthData");
  assert_alias (f, "./SyncML/DMAcc/old/UserName", "./DMAcc/old/AppAuth/CLCRED/AAuthName");
  assert_alias (f, "./SyncML/DMAcc/old/ClientPW", "./DMAcc/old/AppAuth/CLCRED/AAuthSecret");
  assert_alias (f, "SyncML/DMAcc/old/ClientNonce", "./DMAcc/old/AppAuth/CLCRED/AAuthData");
  assert_alias (f, "./SyncML/DMAcc/old/AuthPref", "./DMAcc/old/AAuthPref");
  assert_alias (f, "./SyncML/DMAcc/old/Name?prop=ACL", "./DMAcc/old/Name?prop=ACL");
}

static void
test_other_uris_are_themselves (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_alias (f, "./DMAcc/old/Name", NULL);
  assert_alias (f, "./SyncML/DMAcc", NULL);
  assert_alias (f, "./SyncML/DMAcc/old", NULL);
  assert_alias (f, "./SyncML/DMAcc/old/Nope", NULL);
  assert_alias (f, "./SyncML/DMAcc/old/Name/x", NULL);
  assert_alias (f, "./SyncML/DMAcc/first/Name", NULL);
  assert_alias (f, "./SyncML/DMAcc/nobody/Name", NULL);
  assert_alias (f, "./SyncML/DMAcc/", NULL);
  assert_alias (f, "./SyncML/DMAcc//Name", NULL);
}

/* Windows: the account is named after SHA-256 of its server's identifier */
static void
test_windows_finds_its_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_alias (f, "./SyncML/DMAcc/" FLEET_UID "/AppAuth/CLCRED/AAuthName", "./DMAcc/fleet/AppAuth/CLCRED/AAuthName");
  assert_alias (f, "./SyncML/DMAcc/" FLEET_UID, "./DMAcc/fleet");
  assert_alias (f, "./SyncML/DMAcc/0x0000800cAB/ServerID", NULL);
}

static void
test_values_are_in_the_words_of_1_1 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccount *account = oma_account_list_find (f->base.accounts, "old");
  g_autofree char *address = agent_test_get (&f->base, "./SyncML/DMAcc/old/Addr");
  g_autofree char *port = agent_test_get (&f->base, "./SyncML/DMAcc/old/PortNbr");
  g_autofree char *type = agent_test_get (&f->base, "./SyncML/DMAcc/old/AddrType");
  g_autofree char *preferred = agent_test_get (&f->base, "./SyncML/DMAcc/old/AuthPref");
  OmaCredentials credentials;

  g_assert_cmpstr (address, ==, "https://dm.example.com/path");
  g_assert_cmpstr (port, ==, "8443");
  g_assert_cmpstr (type, ==, "1");
  g_assert_cmpstr (preferred, ==, "syncml:auth-md5");
  g_assert_cmpstr (oma_account_get_url (account), ==, "https://dm.example.com:8443/path");
  oma_account_read_credentials (account, FALSE, &credentials);
  g_assert_cmpint (credentials.type, ==, OMA_AUTH_MD5);
  oma_credentials_clear (&credentials);
}

static void
test_server_changes_its_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccount *account = oma_account_list_find (f->base.accounts, "fleet");
  OmaCredentials credentials;

  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_REPLACE,
                                   "./SyncML/DMAcc/" FLEET_UID "/AppAuth/CLCRED/AAuthSecret", "new"), ==, OMA_STATUS_OK);
  oma_account_read_credentials (account, FALSE, &credentials);
  g_assert_cmpstr (credentials.secret, ==, "new");
  oma_credentials_clear (&credentials);
}

/* Each account is seen only by its own server, by whatever name. */
static void
test_foreign_server_sees_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (agent_test_run (&f->base, "com.example.first", OMA_OPERATION_GET, "./SyncML/DMAcc/old/UserName", NULL),
                   ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (agent_test_run (&f->base, "com.example.first", OMA_OPERATION_REPLACE, "./SyncML/DMAcc/old/ClientPW", "x"),
                   ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (agent_test_run (&f->base, OLD, OMA_OPERATION_GET, "./SyncML/DMAcc/old/UserName", NULL), ==,
                   OMA_STATUS_OK);
}

static void
test_interior_nodes_list_what_is_there (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *accounts = agent_test_get (&f->base, "./SyncML/DMAcc");
  g_autofree char *leaves = agent_test_get (&f->base, "./SyncML/DMAcc/old");

  g_assert_cmpstr (accounts, ==, "old");
  g_assert_cmpstr (leaves, ==, "Addr/AddrType/PortNbr/ServerId/ServerPW/UserName/ClientPW/AuthPref/Name");
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_GET, "./SyncML/DMAcc/first", NULL), ==,
                   OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_GET, "./SyncML/DMAcc/old/ConRef", NULL), ==,
                   OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_ADD, "./SyncML/DMAcc/old/ConRef", "./X"), ==,
                   OMA_STATUS_OK);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_GET, "./DMAcc/old/PrefConRef", NULL), ==, OMA_STATUS_OK);
}

static void
test_secrets_cannot_be_read (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (agent_test_run (&f->base, OLD, OMA_OPERATION_GET, "./SyncML/DMAcc/old/ClientPW", NULL), ==,
                   OMA_STATUS_NOT_ALLOWED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/account-layout/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("every-leaf-of-1.1-has-its-node", test_every_leaf_of_1_1_has_its_node);
  ADD ("other-uris-are-themselves", test_other_uris_are_themselves);
  ADD ("windows-finds-its-account", test_windows_finds_its_account);
  ADD ("values-are-in-the-words-of-1.1", test_values_are_in_the_words_of_1_1);
  ADD ("server-changes-its-account", test_server_changes_its_account);
  ADD ("foreign-server-sees-nothing", test_foreign_server_sees_nothing);
  ADD ("interior-nodes-list-what-is-there", test_interior_nodes_list_what_is_there);
  ADD ("secrets-cannot-be-read", test_secrets_cannot_be_read);
#undef ADD
  return g_test_run ();
}
