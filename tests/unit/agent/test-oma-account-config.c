/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-private.h"
#include "agent/oma-agent.h"

#include <string.h>

typedef void (*Spoil) (OmaAccountConfig *config);

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void no_name (OmaAccountConfig *c) { set (&c->name, NULL); }
static void empty_name (OmaAccountConfig *c) { set (&c->name, ""); }
static void slash_in_name (OmaAccountConfig *c) { set (&c->name, "a/b"); }
static void dots_as_name (OmaAccountConfig *c) { set (&c->name, ".."); }
static void line_in_name (OmaAccountConfig *c) { set (&c->name, "a\nb"); }
static void no_server_id (OmaAccountConfig *c) { set (&c->server_id, NULL); }
static void star_in_server_id (OmaAccountConfig *c) { set (&c->server_id, "*"); }
static void plus_in_server_id (OmaAccountConfig *c) { set (&c->server_id, "a+b"); }
static void blank_in_server_id (OmaAccountConfig *c) { set (&c->server_id, "a b"); }
static void no_url (OmaAccountConfig *c) { set (&c->url, NULL); }
static void other_scheme (OmaAccountConfig *c) { set (&c->url, "ftp://dm.example.com/"); }
static void no_scheme (OmaAccountConfig *c) { set (&c->url, "dm.example.com"); }
static void user_in_url (OmaAccountConfig *c) { set (&c->url, "https://me:pw@dm.example.com/"); }
static void http_not_allowed (OmaAccountConfig *c) { set (&c->url, "http://dm.example.com/"); }
static void no_user (OmaAccountConfig *c) { set (&c->user, NULL); }
static void no_secret (OmaAccountConfig *c) { set (&c->secret, NULL); }
static void secret_without_auth (OmaAccountConfig *c) { c->client_auth = OMA_AUTH_NONE; }
static void server_auth_without_secret (OmaAccountConfig *c) { c->server_auth = OMA_AUTH_MD5; }
static void no_pem (OmaAccountConfig *c) { c->ca = g_bytes_new_static ("x", 1); }
static void certificate_without_key (OmaAccountConfig *c) { c->certificate = agent_test_make_pem ("certificate"); }
static void unknown_option (OmaAccountConfig *c) { g_hash_table_insert (c->options, g_strdup ("x"), g_strdup ("y")); }

static void http_user_without_auth (OmaAccountConfig *c) { set (&c->http_user, "u"); }
static void http_auth_without_user (OmaAccountConfig *c) { c->http_auth = OMA_HTTP_AUTH_DIGEST; }

static void
colon_in_http_user (OmaAccountConfig *c)
{
  c->http_auth = OMA_HTTP_AUTH_DIGEST;
  set (&c->http_user, "a:b");
  set (&c->http_secret, "s");
}

static void
http_basic_over_http (OmaAccountConfig *c)
{
  set (&c->url, "http://dm.example.com/");
  c->allow_http = TRUE;
  c->http_auth = OMA_HTTP_AUTH_BASIC;
  set (&c->http_user, "u");
  set (&c->http_secret, "s");
}

static void
basic_over_http (OmaAccountConfig *c)
{
  set (&c->url, "http://dm.example.com/");
  c->allow_http = TRUE;
  c->client_auth = OMA_AUTH_BASIC;
}

static void
key_of_another (OmaAccountConfig *c)
{
  c->certificate = agent_test_make_pem ("certificate");
  c->key = agent_test_make_pem ("other-key");
}

static void
bad_option (OmaAccountConfig *c)
{
  g_hash_table_insert (c->options, g_strdup ("upsert"), g_strdup ("perhaps"));
}

static void
bad_uri_to_manage (OmaAccountConfig *c)
{
  c->manage = g_strsplit ("./A,./A//B", ",", -1);
}

static void
property_to_manage (OmaAccountConfig *c)
{
  c->manage = g_strsplit ("./A?prop=ACL", ",", -1);
}

static void moids_for_1_2 (OmaAccountConfig *c) { c->moids = g_strsplit ("urn:a", ",", -1); }
static void notification_data_for_1_2 (OmaAccountConfig *c) { c->notification_data = g_bytes_new_static ("x", 1); }

static void
option_of_2_0 (OmaAccountConfig *c)
{
  g_hash_table_insert (c->options, g_strdup ("noti-require-digest"), g_strdup ("false"));
}

static void
test_bad_settings_are_refused (void)
{
  static const Spoil spoils[] = {
    no_name, empty_name, slash_in_name, dots_as_name, line_in_name, no_server_id, star_in_server_id, plus_in_server_id,
    blank_in_server_id, no_url, other_scheme, no_scheme, user_in_url, http_not_allowed, no_user, no_secret,
    secret_without_auth, server_auth_without_secret, no_pem, certificate_without_key, unknown_option, basic_over_http,
    http_user_without_auth, http_auth_without_user, colon_in_http_user, http_basic_over_http,
    key_of_another, bad_option, bad_uri_to_manage, property_to_manage,
    moids_for_1_2, notification_data_for_1_2, option_of_2_0,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (spoils); i++)
    {
      g_autoptr(OmaAccountConfig) config = agent_test_make_config ("a", "com.example.a");
      g_autoptr(GError) error = NULL;

      g_assert_true (oma_account_config_check (config, NULL));
      spoils[i] (config);
      if (oma_account_config_check (config, &error))
        g_error ("case %" G_GSIZE_FORMAT " was accepted", i);
      g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
      g_assert_null (strstr (error->message, "TopSecret"));
    }
}

/* ---- DM 2.0 ---- */

static OmaAccountConfig *
make_2_0_config (void)
{
  OmaAccountConfig *config = oma_account_config_new ();

  config->name = g_strdup ("a");
  config->server_id = g_strdup ("dm2.example.net");
  config->url = g_strdup ("https://dm2.example.net/dm2");
  config->protocol = OMA_DM_2_0;
  config->moids = g_strsplit ("urn:ex:mo:net:1.0", ",", -1);
  config->notification_data = g_bytes_new_static ("d", 1);
  config->notification_secret = g_bytes_new_static ("s", 1);
  return config;
}

static void
client_credentials (OmaAccountConfig *c)
{
  c->client_auth = OMA_AUTH_MD5;
  set (&c->user, "u");
  set (&c->secret, "TopSecret");
}

static void
server_credentials (OmaAccountConfig *c)
{
  c->server_auth = OMA_AUTH_BASIC;
  set (&c->server_user, "u");
  set (&c->server_secret, "TopSecret");
}

static void
too_many_moids (OmaAccountConfig *c)
{
  GStrvBuilder *builder = g_strv_builder_new ();

  for (guint i = 0; i <= OMA_ACCOUNT_MAX_MOIDS; i++)
    g_strv_builder_add (builder, "urn:ex:mo:net:1.0");
  g_strfreev (c->moids);
  c->moids = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
}

static void
set_moid (OmaAccountConfig *c, const char *moid)
{
  g_free (c->moids[0]);
  c->moids[0] = g_strdup (moid);
}

static void
set_octets (GBytes **field, gsize size)
{
  g_clear_pointer (field, g_bytes_unref);
  *field = g_bytes_new_take (g_malloc0 (size + 1), size);
}

static void chosen_encoding (OmaAccountConfig *c) { c->has_encoding = TRUE; }
static void no_moid (OmaAccountConfig *c) { g_clear_pointer (&c->moids[0], g_free); }
static void empty_moid (OmaAccountConfig *c) { set_moid (c, ""); }
static void slash_in_moid (OmaAccountConfig *c) { set_moid (c, "urn:a/b"); }
static void line_in_moid (OmaAccountConfig *c) { set_moid (c, "urn:a\nb"); }
static void no_noti_data (OmaAccountConfig *c) { g_clear_pointer (&c->notification_data, g_bytes_unref); }
static void no_noti_secret (OmaAccountConfig *c) { g_clear_pointer (&c->notification_secret, g_bytes_unref); }
static void empty_noti_secret (OmaAccountConfig *c) { set_octets (&c->notification_secret, 0); }
static void line_in_display_name (OmaAccountConfig *c) { set (&c->display_name, "a\nb"); }

static void
huge_noti_secret (OmaAccountConfig *c)
{
  set_octets (&c->notification_secret, OMA_ACCOUNT_MAX_NOTIFICATION_KEY + 1);
}

static void
option_of_1_2 (OmaAccountConfig *c)
{
  g_hash_table_insert (c->options, g_strdup ("hex-mac"), g_strdup ("true"));
}

static void
test_what_dm_2_0_has_no_use_for_is_refused (void)
{
  static const Spoil spoils[] = {
    client_credentials, server_credentials, chosen_encoding, too_many_moids, no_moid, empty_moid, slash_in_moid,
    line_in_moid, no_noti_data, no_noti_secret, empty_noti_secret, huge_noti_secret, line_in_display_name,
    option_of_1_2, http_not_allowed, key_of_another, http_user_without_auth,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (spoils); i++)
    {
      g_autoptr(OmaAccountConfig) config = make_2_0_config ();
      g_autoptr(GError) error = NULL;

      g_assert_true (oma_account_config_check (config, &error));
      g_assert_no_error (error);
      spoils[i] (config);
      if (oma_account_config_check (config, &error))
        g_error ("case %" G_GSIZE_FORMAT " was accepted", i);
      g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
      g_assert_null (strstr (error->message, "TopSecret"));
    }
}

/* DM Security 1.2, section 5.3: MD5 does not show the secret, so plain HTTP may be allowed. */
static void
test_plain_http_is_for_digests_only (void)
{
  g_autoptr(OmaAccountConfig) config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GError) error = NULL;

  set (&config->url, "http://dm.example.com/");
  config->allow_http = TRUE;
  g_assert_true (oma_account_config_check (config, &error));
  g_assert_no_error (error);
  config->client_auth = OMA_AUTH_BASIC;
  g_assert_false (oma_account_config_check (config, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
}

static void
test_certificates_and_options_are_accepted (void)
{
  g_autoptr(OmaAccountConfig) config = agent_test_make_config ("Größe", "com.example.a");
  g_autoptr(GError) error = NULL;

  config->ca = agent_test_make_pem ("certificate");
  config->certificate = agent_test_make_pem ("certificate");
  config->key = agent_test_make_pem ("key");
  g_hash_table_insert (config->options, g_strdup ("timeout"), g_strdup ("5"));
  g_hash_table_insert (config->options, g_strdup ("hosts"), g_strdup ("a.example.com,b.example.com"));
  oma_account_config_check (config, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/account-config/bad-settings-are-refused", test_bad_settings_are_refused);
  g_test_add_func ("/account-config/what-dm-2-0-has-no-use-for-is-refused", test_what_dm_2_0_has_no_use_for_is_refused);
  g_test_add_func ("/account-config/plain-http-is-for-digests-only", test_plain_http_is_for_digests_only);
  g_test_add_func ("/account-config/certificates-and-options-are-accepted", test_certificates_and_options_are_accepted);
  return g_test_run ();
}
