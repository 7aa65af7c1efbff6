/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-file.h"
#include "agent/oma-agent.h"

#include <glib/gstdio.h>

#define HEAD "[Account]\nServerId=com.example.a\nUrl=https://dm.example.com/dm\n"

static OmaAccountConfig *
load (AgentTest *f, const char *text, char **digest, GError **error)
{
  g_autofree char *path = agent_test_write (f, "accounts.d/a.conf", 0640, text);
  g_autofree char *ignored = NULL;

  return oma_account_file_load (path, TRUE, digest != NULL ? digest : &ignored, error);
}

static void
test_every_key_is_read (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) pem = agent_test_make_pem ("certificate");
  g_autoptr(GBytes) key_pem = agent_test_make_pem ("key");
  g_autofree char *secret = agent_test_write (f, "secret", 0600, "client secret\n");
  g_autofree char *server_secret = agent_test_write (f, "server-secret", 0600, "server secret");
  g_autofree char *ca = agent_test_write (f, "ca.pem", 0644, g_bytes_get_data (pem, NULL));
  g_autofree char *key = agent_test_write (f, "key.pem", 0600, g_bytes_get_data (key_pem, NULL));
  g_autofree char *text = g_strdup_printf (
    HEAD "Name=b\nHttpAuth=digest\nHttpUser=h\nHttpSecretFile=%s\nAuth=basic\nUser=u\nSecretFile=%s\nServerAuth=md5\nServerUser=s\nServerSecretFile=%s\nCaFile=%s\n"
    "CertificateFile=%s\nKeyFile=%s\nAllowHttp=true\nMessageEncoding=wbxml\nProtocol=1.1\nManage=./A;./B%%20C;\n[Options]\nupsert=true\n",
    secret, secret, server_secret, ca, ca, key);
  g_autofree char *digest = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaAccountConfig) config = load (f, text, &digest, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->name, ==, "b");
  g_assert_cmpstr (config->server_id, ==, "com.example.a");
  g_assert_cmpint (config->client_auth, ==, OMA_AUTH_BASIC);
  g_assert_cmpstr (config->user, ==, "u");
  g_assert_cmpstr (config->secret, ==, "client secret");
  g_assert_cmpint (config->server_auth, ==, OMA_AUTH_MD5);
  g_assert_cmpstr (config->server_user, ==, "s");
  g_assert_cmpstr (config->server_secret, ==, "server secret");
  g_assert_cmpint (config->http_auth, ==, OMA_HTTP_AUTH_DIGEST);
  g_assert_cmpstr (config->http_user, ==, "h");
  g_assert_cmpstr (config->http_secret, ==, "client secret");
  g_assert_true (g_bytes_equal (config->key, key_pem));
  g_assert_true (g_bytes_equal (config->ca, pem));
  g_assert_true (config->allow_http);
  g_assert_cmpint (config->encoding, ==, OMA_ENCODING_WBXML);
  g_assert_cmpint (config->protocol, ==, OMA_DM_1_1);
  g_assert_cmpstr (config->manage[1], ==, "./B%20C");
  g_assert_cmpstr (g_hash_table_lookup (config->options, "upsert"), ==, "true");
  g_assert_cmpuint (strlen (digest), ==, 64);
  g_assert_false (agent_test_has_logged ("not known"));
}

static void
test_name_comes_from_the_file (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaAccountConfig) config = load (f, HEAD "Colour=blue\n", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->name, ==, "a");
  g_assert_true (agent_test_has_logged ("Colour"));
}

static void
test_digest_covers_the_files_it_names (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *secret = agent_test_write (f, "secret", 0600, "one");
  g_autofree char *text = g_strdup_printf (HEAD "Auth=md5\nUser=u\nSecretFile=%s\n", secret);
  g_autofree char *first = NULL;
  g_autofree char *same = NULL;
  g_autofree char *other = NULL;
  g_autofree char *changed = NULL;

  oma_account_config_free (load (f, text, &first, NULL));
  oma_account_config_free (load (f, text, &same, NULL));
  g_assert_cmpstr (first, ==, same);
  changed = agent_test_write (f, "secret", 0600, "two");
  oma_account_config_free (load (f, text, &other, NULL));
  g_assert_nonnull (other);
  g_assert_cmpstr (first, !=, other);
}

static void
test_secrets_come_as_credentials (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = agent_test_write (f, "credentials/dm-secret", 0400, "from systemd\n");
  g_autofree char *directory = g_path_get_dirname (path);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaAccountConfig) config = NULL;

  g_setenv ("CREDENTIALS_DIRECTORY", directory, TRUE);
  config = load (f, HEAD "Auth=md5\nUser=u\nSecretCredential=dm-secret\n", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->secret, ==, "from systemd");
  g_assert_null (load (f, HEAD "Auth=md5\nUser=u\nSecretCredential=../a\n", NULL, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
  g_clear_error (&error);
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_assert_null (load (f, HEAD "Auth=md5\nUser=u\nSecretCredential=dm-secret\n", NULL, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
}

static void
test_bad_files_are_refused_by_name (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const bad[] = {
    "not a key file",
    "[Account]\nUrl=https://dm.example.com/\n",
    HEAD "Auth=sha\n",
    HEAD "MessageEncoding=json\n",
    HEAD "Protocol=3.0\n",
    HEAD "AllowHttp=perhaps\n",
    HEAD "Auth=md5\nUser=u\n",
    HEAD "Auth=md5\nUser=u\nSecretFile=relative\n",
    HEAD "Auth=md5\nUser=u\nSecretFile=/nonexistent/file\n",
    HEAD "Auth=md5\nUser=u\nSecretFile=/a\nSecretCredential=b\n",
    HEAD "Manage=a//b\n",
    HEAD "[Options]\nno-such=1\n",
    HEAD "Name=\\q\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (load (f, bad[i], NULL, &error));
      g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
      g_assert_nonnull (strstr (error->message, "a.conf"));
    }
}

/* What cannot be used is logged; a password can have got into it. */
static void
test_what_is_refused_is_not_quoted (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
#define ADDRESS(url) "[Account]\nServerId=com.example.a\nUrl=" url "\n"
  static const char *const bad[] = {
    HEAD "S3CRET\n",
    HEAD "User=\\qS3CRET\n",
    HEAD "Manage=\\qS3CRET\n",
    HEAD "[Options]\ntimeout=\\qS3CRET\n",
    "S3CRET=1\n" HEAD,
    ADDRESS ("https://u:S3CRET@dm.example.com/"),
    ADDRESS ("https://u:S3CRET/x@dm.example.com/"),
    ADDRESS ("https://u:S3CRET@"),
    ADDRESS ("ftp://u:S3CRET@dm.example.com/"),
    ADDRESS ("http://u:S3CRET@dm.example.com/"),
    ADDRESS ("http://dm.example.com/?key=S3CRET"),
  };
#undef ADDRESS

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (load (f, bad[i], NULL, &error));
      g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
      g_assert_null (strstr (error->message, "S3CRET"));
    }
}

static void
test_files_that_others_can_touch_are_refused (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *secret = agent_test_write (f, "secret", 0604, "one");
  g_autofree char *text = g_strdup_printf (HEAD "Auth=md5\nUser=u\nSecretFile=%s\n", secret);
  g_autofree char *path = agent_test_write (f, "accounts.d/w.conf", 0660, HEAD);
  g_autofree char *fifo = g_build_filename (f->dir, "fifo.conf", NULL);
  g_autofree char *digest = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_null (load (f, text, NULL, &error));
  g_assert_nonnull (strstr (error->message, "others may read"));
  g_clear_error (&error);
  g_assert_null (oma_account_file_load (path, TRUE, &digest, &error));
  g_assert_nonnull (strstr (error->message, "writable by group"));
  g_clear_error (&error);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_null (oma_account_file_load (fifo, TRUE, &digest, &error));
  g_assert_nonnull (strstr (error->message, "not a regular file"));
  g_clear_error (&error);
  g_assert_null (oma_account_file_load (f->dir, TRUE, &digest, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) \
  g_test_add ("/account-file/" name, AgentTest, NULL, agent_test_set_up, func, agent_test_tear_down)
  ADD ("every-key-is-read", test_every_key_is_read);
  ADD ("name-comes-from-the-file", test_name_comes_from_the_file);
  ADD ("digest-covers-the-files-it-names", test_digest_covers_the_files_it_names);
  ADD ("secrets-come-as-credentials", test_secrets_come_as_credentials);
  ADD ("bad-files-are-refused-by-name", test_bad_files_are_refused_by_name);
  ADD ("what-is-refused-is-not-quoted", test_what_is_refused_is_not_quoted);
  ADD ("files-that-others-can-touch-are-refused", test_files_that_others_can_touch_are_refused);
#undef ADD
  return g_test_run ();
}
