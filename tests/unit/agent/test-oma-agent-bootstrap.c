/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"
#include "test-peer.h"
#include "test-pki.h"

#include "agent/oma-account-private.h"
#include "agent/oma-account-state.h"
#include "agent/oma-agent-private.h"
#include "agent/oma-bootstrap-account.h"
#include "base/oma-secret.h"
#include "codec/oma-mo-data.h"

#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#define JSON OMA_MO_DATA_TYPE_JSON

/* A document for server ID at URL with more of its nodes; nobody is there at the usual address. */
#define DOCUMENT(id, url, more)                                                                                       \
  "[{\"ClientURI\":\"urn:oma:mo:oma-dm-dmacc:1.2//\",\"MOData\":{\"a\":{\"SrvID\":\"" id "\",\"SrvURI\":\"" url "\"," \
  "\"Name\":\"Fleet\"," more "\"Perm\":{\"1\":{\"MOID\":\"urn:ex:mo:net:1.0\"}}}}}]"
#define NOBODY "https://127.0.0.1:9/"
#define NOTI "\"Auth\":{\"Noti\":{\"Type\":\"1\",\"Data\":\"ZA==\",\"Secret\":\"VG9wU2VjcmV0\"}},"

#define DDF                                                                                                           \
  "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Vendor</NodeName><DFProperties><AccessType><Get/></AccessType>"       \
  "<DFFormat><node/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"                            \
  "<DFType><DDFName/></DFType></DFProperties></Node></MgmtTree>"

/* An agent on directories of its own; the device of AgentTest is closed. */
typedef struct {
  AgentTest  base;
  OmaAgent  *agent;
} Fixture;

static void
start (Fixture *f)
{
  f->agent = agent_test_start_agent (&f->base);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  agent_test_set_up (&f->base, data);
  agent_test_close (&f->base);
  agent_test_make_plugin_dir (&f->base);
}

static void
stop (Fixture *f)
{
  agent_test_stop_agent (f->agent);
  g_clear_object (&f->agent);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->agent != NULL)
    stop (f);
  agent_test_tear_down (&f->base, data);
}

/* Returns: (transfer none): the account, which the agent has */
static OmaAccount *
bootstrap (Fixture *f, const char *name, const char *media_type, const char *text, const char *const *manage,
           GError **error)
{
  g_autoptr(GBytes) document = g_bytes_new (text, strlen (text));
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(OmaAccount) account = NULL;

  oma_agent_bootstrap_async (f->agent, name, media_type, document, manage, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  account = oma_agent_bootstrap_finish (f->agent, result, error);
  return account;
}

/* ---- On demand ---- */

/* DM Protocol 2.0, bootstrap. */
static void
test_document_makes_an_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) moids = NULL;
  OmaAccount *account;

  start (f);
  account = bootstrap (f, NULL, JSON, DOCUMENT ("urn:x/dm2.example.net", NOBODY, NOTI), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (oma_account_get_name (account), ==, "urn:x-dm2.example.net");
  g_assert_cmpstr (oma_account_get_server_id (account), ==, "urn:x/dm2.example.net");
  g_assert_cmpint (oma_account_get_protocol (account), ==, OMA_DM_2_0);
  moids = oma_account_dup_moids (account);
  g_assert_cmpstr (moids[0], ==, "urn:ex:mo:net:1.0");
  g_assert_true (oma_account_requires_notification_digest (account));
  /* Its server is told. */
  g_assert_true (oma_account_is_bootstrap_untold (account));
  g_assert_cmpuint (oma_agent_get_sessions (f->agent)->len, ==, 1);
}

static void
test_same_document_changes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  OmaAccount *account;

  start (f);
  account = bootstrap (f, "fleet", JSON, DOCUMENT ("s", NOBODY, ""), NULL, &error);
  g_assert_no_error (error);
  g_assert_true (bootstrap (f, "other", JSON, DOCUMENT ("s", NOBODY, ""), NULL, &error) == account);
  g_assert_no_error (error);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 1);
  g_assert_null (bootstrap (f, "other", JSON, DOCUMENT ("s", NOBODY, NOTI), NULL, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS);
  g_assert_nonnull (strstr (error->message, "fleet"));
  g_clear_error (&error);
  g_assert_null (bootstrap (f, "fleet", JSON, DOCUMENT ("t", NOBODY, ""), NULL, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 1);
}

static void
test_made_names_are_new (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *filler = g_strnfill (300, 'n');
  g_autofree char *long_id = g_strdup_printf (DOCUMENT ("%s", NOBODY, ""), filler);

  start (f);
  g_assert_nonnull (bootstrap (f, "a-b", JSON, DOCUMENT ("s", NOBODY, ""), NULL, &error));
  g_assert_cmpstr (oma_account_get_name (bootstrap (f, NULL, JSON, DOCUMENT ("a/b", NOBODY, ""), NULL, &error)), ==,
                   "a-b-2");
  g_assert_cmpstr (oma_account_get_name (bootstrap (f, NULL, JSON, DOCUMENT ("..", NOBODY, ""), NULL, &error)), ==, "--");
  g_assert_cmpuint (strlen (oma_account_get_name (bootstrap (f, NULL, JSON, long_id, NULL, &error))), ==, 64);
}

static void
test_bad_documents_change_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *media_type;
    const char *text;
    int         status;     /* 0: OMA_AGENT_ERROR_BAD_SETTING */
  } bad[] = {
    { JSON, "nonsense", 400 },
    { "text/plain", DOCUMENT ("s", NOBODY, ""), 415 },
    { JSON, DOCUMENT ("s", "http://127.0.0.1:9/", ""), 0 },
    { JSON, DOCUMENT ("s", "ftp://127.0.0.1:9/", ""), 0 },
    { JSON, DOCUMENT ("s p", NOBODY, ""), 0 },
    { JSON, DOCUMENT ("s", NOBODY, "\"Auth\":{\"Trsp\":{\"Data\":\"ZA==\",\"Secret\":\"VG9wU2VjcmV0\"}},"), 0 },
    { JSON, DOCUMENT ("s", NOBODY, "\"Ext\":{\"Omadm\":{\"CA\":\"none\"}},"), 0 },
    { JSON, DOCUMENT ("s", NOBODY, "\"Ext\":{\"Omadm\":{\"HTTPAuth\":{\"Type\":\"X\",\"Name\":\"u\",\"Secret\":"
                      "\"TopSecret\"}}},"), 0 },
    { JSON, DOCUMENT ("s", NOBODY, "\"Auth\":{\"Noti\":{\"Type\":\"1\",\"Data\":\"ZA==\",\"Secret\":\"\"}},"), 0 },
  };

  start (f);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (bootstrap (f, NULL, bad[i].media_type, bad[i].text, NULL, &error));
      if (bad[i].status != 0)
        g_assert_error (error, OMA_STATUS_ERROR, bad[i].status);
      else
        g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
      g_assert_null (strstr (error->message, "TopSecret"));
    }
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 0);
  g_assert_cmpuint (oma_agent_get_sessions (f->agent)->len, ==, 0);
}

static void
test_nothing_is_made_while_stopping (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  start (f);
  oma_agent_stop_async (f->agent, agent_test_keep_result, &result);
  g_assert_null (bootstrap (f, NULL, JSON, DOCUMENT ("s", NOBODY, ""), NULL, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  agent_test_wait_for (&result);
  g_clear_object (&f->agent);
}

/* The session that tells the server is asked for until one goes well, also by a later run of the daemon. */
static void
test_server_is_told_after_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  g_assert_nonnull (bootstrap (f, NULL, JSON, DOCUMENT ("s", NOBODY, ""), NULL, NULL));
  stop (f);
  start (f);
  g_assert_true (oma_account_is_bootstrap_untold (oma_agent_find_account (f->agent, "s")));
  g_assert_cmpuint (oma_agent_get_sessions (f->agent)->len, ==, 1);
}

/* ---- Certificates ---- */

static GBytes *
to_der (GBytes *pem, gboolean is_key)
{
  gnutls_datum_t from = { (unsigned char *) g_bytes_get_data (pem, NULL), g_bytes_get_size (pem) };
  gnutls_datum_t der;
  GBytes *bytes;

  if (is_key)
    {
      gnutls_x509_privkey_t key;

      g_assert_cmpint (gnutls_x509_privkey_init (&key), ==, 0);
      g_assert_cmpint (gnutls_x509_privkey_import2 (key, &from, GNUTLS_X509_FMT_PEM, NULL, 0), ==, 0);
      g_assert_cmpint (gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der), ==, 0);
      gnutls_x509_privkey_deinit (key);
    }
  else
    {
      gnutls_x509_crt_t certificate;

      g_assert_cmpint (gnutls_x509_crt_init (&certificate), ==, 0);
      g_assert_cmpint (gnutls_x509_crt_import (certificate, &from, GNUTLS_X509_FMT_PEM), ==, 0);
      g_assert_cmpint (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_DER, &der), ==, 0);
      gnutls_x509_crt_deinit (certificate);
    }
  bytes = g_bytes_new (der.data, der.size);
  gnutls_free (der.data);
  return bytes;
}

static char *
to_base64 (GBytes *bytes)
{
  return g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* DM Account of DM 2.0, Auth/Trsp; our reading: PEM or DER. */
static void
test_certificates_come_as_pem_or_der (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) certificate = agent_test_make_pem ("certificate");
  g_autoptr(GBytes) key = agent_test_make_pem ("key");
  g_autoptr(GBytes) certificate_der = to_der (certificate, FALSE);
  g_autoptr(GBytes) key_der = to_der (key, TRUE);

  start (f);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *first = to_base64 (i == 0 ? certificate : certificate_der);
      g_autofree char *second = to_base64 (i == 0 ? key : key_der);
      g_autofree char *text = g_strdup_printf (
        DOCUMENT ("s%u", NOBODY, "\"Auth\":{\"Trsp\":{\"Data\":\"%s\",\"Secret\":\"%s\"}},"), i, first, second);
      g_autoptr(GError) error = NULL;
      OmaAccount *account = bootstrap (f, NULL, JSON, text, NULL, &error);
      g_autoptr(OmaAccountFiles) files = NULL;
      g_autofree char *pem = NULL;

      g_assert_no_error (error);
      g_assert_true (oma_account_has_certificate (account));
      files = oma_account_make_files (account, &error);
      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (files->certificate, &pem, NULL, NULL));
      g_assert_cmpmem (pem, strlen (pem), g_bytes_get_data (certificate, NULL), g_bytes_get_size (certificate));
    }
}

/* ---- Files ---- */

static char *
write_file (Fixture *f, const char *name, guint mode, const char *text)
{
  return agent_test_write (&f->base, name, mode, text);
}

static void
remove_account (Fixture *f, const char *name)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_agent_remove_account_async (f->agent, name, FALSE, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  g_assert_true (oma_agent_remove_account_finish (f->agent, result, NULL));
}

/* A vendor's file cannot be removed with the account. */
static void
test_removed_account_does_not_come_back (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *vendor = write_file (f, "vendor/bootstrap.d/a.json", 0644, DOCUMENT ("v", NOBODY, ""));
  g_autofree char *record = g_build_filename (f->base.state_dir, "bootstrap-documents", NULL);
  g_autofree char *changed = NULL;
  GStatBuf status;

  start (f);
  remove_account (f, "v");
  stop (f);
  g_assert_cmpint (g_stat (record, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  start (f);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 0);
  stop (f);
  changed = write_file (f, "vendor/bootstrap.d/a.json", 0644, DOCUMENT ("v", "https://127.0.0.1:10/", ""));
  start (f);
  g_assert_nonnull (oma_agent_find_account (f->agent, "v"));
}

/* The record is no more than a convenience: without it, documents are compared with their accounts. */
static void
test_lost_record_makes_no_second_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *vendor = write_file (f, "vendor/bootstrap.d/a.json", 0644, DOCUMENT ("v", NOBODY, ""));
  g_autofree char *bad = NULL;

  start (f);
  stop (f);
  bad = write_file (f, "state/bootstrap-documents", 0600, "something else\n");
  start (f);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 1);
  g_assert_true (agent_test_has_logged ("no record of bootstrap documents"));
  g_assert_false (agent_test_has_logged ("not provisioned"));
}

static void
test_files_are_used_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *vendor = write_file (f, "vendor/bootstrap.d/10-fleet.json", 0644, DOCUMENT ("v", NOBODY, ""));
  g_autofree char *own = write_file (f, "bootstrap.d/20-own.json", 0640, DOCUMENT ("o", NOBODY, NOTI));
  g_autofree char *changed = NULL;

  start (f);
  g_assert_nonnull (oma_agent_find_account (f->agent, "v"));
  g_assert_nonnull (oma_agent_find_account (f->agent, "o"));
  g_assert_cmpuint (oma_agent_get_sessions (f->agent)->len, ==, 2);
  stop (f);
  agent_test_clear_log ();
  start (f);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 2);
  g_assert_false (agent_test_has_logged ("not provisioned"));
  stop (f);
  changed = write_file (f, "vendor/bootstrap.d/10-fleet.json", 0644, DOCUMENT ("v", "https://127.0.0.1:10/", ""));
  start (f);
  g_assert_cmpstr (oma_account_get_url (oma_agent_find_account (f->agent, "v")), ==, NOBODY);
  g_assert_true (agent_test_has_logged ("10-fleet.json"));
}

/* Our reading: a bootstrap gives no rights; the administrator may give some. */
static void
test_servers_of_files_manage_what_the_administrator_says (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *ddf = write_file (f, "ddf.d/a.ddf.xml", 0644, DDF);
  g_autofree char *config = write_file (f, "omadm.conf", 0644, "[Daemon]\nBootstrapManage=./Vendor\n");
  g_autofree char *document = write_file (f, "bootstrap.d/a.json", 0644, DOCUMENT ("s", NOBODY, ""));
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;
  const OmaAcl *acl;

  start (f);
  g_assert_true (oma_uri_parse (&uri, "./Vendor", NULL));
  oma_tree_lookup (oma_agent_get_tree (f->agent), &uri, NULL, &lookup);
  acl = oma_node_get_acl (lookup.node, NULL);
  g_assert_nonnull (acl);
  g_assert_nonnull (strstr (oma_acl_get_text (acl), "Replace=s"));
}

static void
test_administrators_file_stands_for_the_vendors (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *a = write_file (f, "vendor/bootstrap.d/a.json", 0644, DOCUMENT ("va", NOBODY, ""));
  g_autofree char *b = write_file (f, "vendor/bootstrap.d/b.json", 0644, DOCUMENT ("vb", NOBODY, ""));
  g_autofree char *own_a = write_file (f, "bootstrap.d/a.json", 0644, DOCUMENT ("oa", NOBODY, ""));
  g_autofree char *own_b = write_file (f, "bootstrap.d/b.json", 0644, "");

  start (f);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 1);
  g_assert_nonnull (oma_agent_find_account (f->agent, "oa"));
  g_assert_false (agent_test_has_logged ("not provisioned"));
}

static void
test_one_bad_file_stops_no_other (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *a = write_file (f, "bootstrap.d/a.json", 0644, "nonsense");
  g_autofree char *b = write_file (f, "bootstrap.d/b.json", 0666, DOCUMENT ("b", NOBODY, ""));
  g_autofree char *c = write_file (f, "bootstrap.d/c.json", 0644, DOCUMENT ("c", NOBODY, NOTI));
  g_autofree char *d = write_file (f, "bootstrap.d/d.json", 0644, DOCUMENT ("d", NOBODY, ""));
  g_autofree char *e = write_file (f, "bootstrap.d/e.json", 0644, DOCUMENT ("d", NOBODY, "\"X\":\"\","));
  g_autofree char *other = write_file (f, "bootstrap.d/f.txt", 0644, DOCUMENT ("f", NOBODY, ""));

  start (f);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 1);
  g_assert_nonnull (oma_agent_find_account (f->agent, "d"));
  g_assert_true (agent_test_has_logged ("a.json"));
  g_assert_true (agent_test_has_logged ("b.json: writable by group or others"));
  g_assert_true (agent_test_has_logged ("c.json: holds a secret, but others may read it"));
  g_assert_true (agent_test_has_logged ("e.json"));
  g_assert_false (agent_test_has_logged ("f.txt"));
}

/* ---- From a server ---- */

#define HEAD(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n"

typedef struct {
  Fixture   base;
  TestPki  *pki;
  TestPeer *peer;
} FromFixture;

static void
from_set_up (FromFixture *f, gconstpointer data)
{
  set_up (&f->base, data);
  f->pki = test_pki_new ("omadm test");
  test_pki_issue (f->pki, "server", "127.0.0.1", -1, 1);
  test_pki_issue (f->pki, "client", "device-1", -1, 1);
  start (&f->base);
}

static void
from_tear_down (FromFixture *f, gconstpointer data)
{
  g_clear_pointer (&f->peer, test_peer_free);
  test_pki_free (f->pki);
  tear_down (&f->base, data);
}

static GBytes *
read_pem (FromFixture *f, const char *name)
{
  g_autofree char *path = test_pki_file (f->pki, name);
  char *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  return g_bytes_new_take (text, size);
}

static void
serve (FromFixture *f, const char *head, const char *body, GTlsAuthenticationMode mode)
{
  g_autofree char *certificate_file = test_pki_file (f->pki, "server.pem");
  g_autofree char *key_file = test_pki_file (f->pki, "server-key.pem");
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_files (certificate_file, key_file, NULL);

  g_clear_pointer (&f->peer, test_peer_free);
  f->peer = test_peer_new (head, body, TEST_PEER_CLOSE);
  test_peer_set_certificate (f->peer, certificate, mode);
}

static OmaAccount *
bootstrap_from (FromFixture *f, const char *uri, OmaAccountConfig *access, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(OmaAccount) account = NULL;

  oma_agent_bootstrap_from_async (f->base.agent, NULL, uri, access, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  account = oma_agent_bootstrap_finish (f->base.agent, result, error);
  return account;
}

static OmaAccount *
bootstrap_from_peer (FromFixture *f, gboolean with_certificate, GError **error)
{
  g_autofree char *uri = test_peer_uri (f->peer, "127.0.0.1");
  OmaAccountConfig *access = oma_account_config_new ();

  access->ca = read_pem (f, "ca.pem");
  if (with_certificate)
    {
      access->certificate = read_pem (f, "client.pem");
      access->key = read_pem (f, "client-key.pem");
    }
  return bootstrap_from (f, uri, access, error);
}

/* DM Protocol 2.0, client-initiated bootstrap. */
static void
test_server_is_asked_for_the_document (FromFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  OmaAccount *account;

  serve (f, HEAD (JSON), DOCUMENT ("s", NOBODY, NOTI), G_TLS_AUTHENTICATION_REQUIRED);
  account = bootstrap_from_peer (f, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (oma_account_get_server_id (account), ==, "s");
  g_assert_true (g_str_has_prefix (test_peer_request (f->peer), "GET "));
  g_assert_nonnull (strstr (test_peer_request (f->peer), "Accept: " JSON));
}

static void
test_what_is_no_document_is_refused (FromFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *huge = g_strnfill (OMA_BOOTSTRAP_MAX_SIZE + 1, ' ');

  serve (f, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "", G_TLS_AUTHENTICATION_NONE);
  g_assert_null (bootstrap_from_peer (f, FALSE, &error));
  g_assert_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP);
  g_assert_nonnull (strstr (error->message, "404"));
  g_clear_error (&error);
  serve (f, HEAD ("text/html"), DOCUMENT ("s", NOBODY, ""), G_TLS_AUTHENTICATION_NONE);
  g_assert_null (bootstrap_from_peer (f, FALSE, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT);
  g_clear_error (&error);
  serve (f, HEAD (JSON), huge, G_TLS_AUTHENTICATION_NONE);
  g_assert_null (bootstrap_from_peer (f, FALSE, &error));
  g_assert_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TOO_LARGE);
  g_clear_error (&error);
  serve (f, HEAD (JSON), "", G_TLS_AUTHENTICATION_NONE);
  g_assert_null (bootstrap_from_peer (f, FALSE, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST);
  g_assert_cmpuint (oma_agent_get_accounts (f->base.agent)->len, ==, 0);
}

/* The document holds the keys of the device. */
static void
test_plain_http_is_never_used (FromFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (bootstrap_from (f, "http://127.0.0.1:9/", oma_account_config_new (), &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
  g_clear_error (&error);
  serve (f, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", "",
         G_TLS_AUTHENTICATION_NONE);
  g_assert_null (bootstrap_from_peer (f, FALSE, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == OMA_TRANSPORT_ERROR);
  g_assert_false (g_error_matches (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONNECT));
}

static void
test_a_server_that_nobody_vouches_for_is_refused (FromFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *uri = NULL;

  serve (f, HEAD (JSON), DOCUMENT ("s", NOBODY, ""), G_TLS_AUTHENTICATION_NONE);
  uri = test_peer_uri (f->peer, "127.0.0.1");
  g_assert_null (bootstrap_from (f, uri, oma_account_config_new (), &error));
  g_assert_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TLS);
}

/* The daemon waits for no server when it ends. */
static void
test_a_fetch_ends_with_the_agent (FromFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autofree char *uri = NULL;
  g_autoptr(GError) error = NULL;
  OmaAccountConfig *access = oma_account_config_new ();
  OmaAgent *agent = g_object_ref (f->base.agent);

  g_clear_pointer (&f->peer, test_peer_free);
  f->peer = test_peer_new ("", "", TEST_PEER_HOLD);
  uri = g_strdup_printf ("https://127.0.0.1:%u/", test_peer_port (f->peer));
  oma_agent_bootstrap_from_async (agent, NULL, uri, access, agent_test_keep_result, &result);
  stop (&f->base);
  agent_test_wait_for (&result);
  g_assert_null (oma_agent_bootstrap_finish (agent, result, &error));
  g_assert_nonnull (error);
  g_object_unref (agent);
}

/* ---- The first session ---- */

#define DM2_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oma.dm.request+json\r\nConnection: close\r\n\r\n"

static char *
make_document (FromFixture *f)
{
  g_autoptr(GBytes) ca = read_pem (f, "ca.pem");
  g_autofree char *uri = test_peer_uri (f->peer, "127.0.0.1");
  g_autofree char *text = g_strndup (g_bytes_get_data (ca, NULL), g_bytes_get_size (ca));
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *escaped = g_strjoinv ("\\n", lines);

  return g_strdup_printf (DOCUMENT ("s", "%s", "\"Ext\":{\"Omadm\":{\"CA\":\"%s\"}},"), uri, escaped);
}

static void
run_session (FromFixture *f, OmaRunnerState expected)
{
  GPtrArray *sessions = oma_agent_get_sessions (f->base.agent);
  OmaRunner *runner = g_ptr_array_index (sessions, sessions->len - 1);

  while (oma_runner_get_state (runner) <= OMA_RUNNER_RUNNING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (oma_runner_get_state (runner), ==, expected);
}

/* DM Protocol 2.0, package 1: exactly one start alert, BootstrapComplete after a bootstrap.  A session that failed
 * has told nobody. */
static void
test_server_is_told_by_the_first_session_that_goes_well (FromFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  OmaAccount *account;

  oma_session_queue_set_device_id (f->base.agent->sessions, "urn:test:1");
  serve (f, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "", G_TLS_AUTHENTICATION_NONE);
  text = make_document (f);
  account = bootstrap (&f->base, NULL, JSON, text, NULL, &error);
  g_assert_no_error (error);
  run_session (f, OMA_RUNNER_FAILED);
  g_assert_nonnull (strstr (test_peer_request (f->peer), "urn:oma:at:dm:2.0:BootstrapComplete"));
  g_assert_true (oma_account_is_bootstrap_untold (account));
}

static void
test_server_is_told_once (FromFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  OmaAccount *account;

  oma_session_queue_set_device_id (f->base.agent->sessions, "urn:test:1");
  serve (f, DM2_HEAD, "{\"CMD\":[[\"END\"]]}", G_TLS_AUTHENTICATION_NONE);
  text = make_document (f);
  account = bootstrap (&f->base, NULL, JSON, text, NULL, &error);
  g_assert_no_error (error);
  run_session (f, OMA_RUNNER_SUCCEEDED);
  g_assert_nonnull (strstr (test_peer_request (f->peer), "urn:oma:at:dm:2.0:BootstrapComplete"));
  g_assert_null (strstr (test_peer_request (f->peer), "ClientInitiatedMgmt"));
  g_assert_nonnull (strstr (test_peer_request (f->peer), "OMADM-DevID: urn:test:1"));
  g_assert_false (oma_account_is_bootstrap_untold (account));
  g_assert_nonnull (oma_agent_sync (f->base.agent, "s", NULL));
  run_session (f, OMA_RUNNER_SUCCEEDED);
  g_assert_nonnull (strstr (test_peer_request (f->peer), "urn:oma:at:dm:2.0:ClientInitiatedMgmt"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/agent-bootstrap/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_FROM(name, func) \
  g_test_add ("/agent-bootstrap/" name, FromFixture, NULL, from_set_up, func, from_tear_down)
  ADD ("document-makes-an-account", test_document_makes_an_account);
  ADD ("same-document-changes-nothing", test_same_document_changes_nothing);
  ADD ("made-names-are-new", test_made_names_are_new);
  ADD ("bad-documents-change-nothing", test_bad_documents_change_nothing);
  ADD ("nothing-is-made-while-stopping", test_nothing_is_made_while_stopping);
  ADD ("server-is-told-after-a-restart", test_server_is_told_after_a_restart);
  ADD ("certificates-come-as-pem-or-der", test_certificates_come_as_pem_or_der);
  ADD ("files-are-used-once", test_files_are_used_once);
  ADD ("removed-account-does-not-come-back", test_removed_account_does_not_come_back);
  ADD ("lost-record-makes-no-second-account", test_lost_record_makes_no_second_account);
  ADD ("servers-of-files-manage-what-the-administrator-says", test_servers_of_files_manage_what_the_administrator_says);
  ADD ("administrators-file-stands-for-the-vendors", test_administrators_file_stands_for_the_vendors);
  ADD ("one-bad-file-stops-no-other", test_one_bad_file_stops_no_other);
  ADD_FROM ("server-is-asked-for-the-document", test_server_is_asked_for_the_document);
  ADD_FROM ("what-is-no-document-is-refused", test_what_is_no_document_is_refused);
  ADD_FROM ("plain-http-is-never-used", test_plain_http_is_never_used);
  ADD_FROM ("a-server-that-nobody-vouches-for-is-refused", test_a_server_that_nobody_vouches_for_is_refused);
  ADD_FROM ("server-is-told-by-the-first-session-that-goes-well", test_server_is_told_by_the_first_session_that_goes_well);
  ADD_FROM ("server-is-told-once", test_server_is_told_once);
  ADD_FROM ("a-fetch-ends-with-the-agent", test_a_fetch_ends_with_the_agent);
#undef ADD_FROM
#undef ADD
  return g_test_run ();
}
