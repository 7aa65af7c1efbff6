/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-user.h"

#include "base/oma-digest.h"
#include "base/oma-mac.h"

TsUser *
ts_user_new (const char *name)
{
  TsUser *user = g_new0 (TsUser, 1);

  user->name = g_strdup (name);
  user->secret = g_strdup ("");
  return user;
}

void
ts_user_free (TsUser *user)
{
  g_free (user->name);
  g_free (user->device);
  g_free (user->secret);
  g_clear_pointer (&user->nonce, g_bytes_unref);
  g_free (user->server_user);
  g_free (user->server_secret);
  g_clear_pointer (&user->server_nonce, g_bytes_unref);
  g_free (user);
}

/**
 * ts_auth_parse:
 * @text: (nullable): "none", "basic", "md5", "hmac" or "sha256"; %NULL leaves @auth alone
 * @auth: (inout): what it means
 * @error: return location for %G_IO_ERROR_INVALID_ARGUMENT
 */
gboolean
ts_auth_parse (const char *text, TsAuth *auth, GError **error)
{
  static const char *const names[] = { "none", "basic", "md5", "hmac", "sha256" };

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (text, names[i]))
      {
        *auth = (TsAuth) i;
        return TRUE;
      }
  if (text == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\" is none of none, basic, md5, hmac, sha256", text);
  return FALSE;
}

/**
 * ts_auth_get_type:
 *
 * Returns: (transfer none) (nullable): Type of a Cred or Chal (DM Security 1.2, section 5.3)
 */
const char *
ts_auth_get_type (TsAuth auth)
{
  static const char *const types[] = { NULL, "syncml:auth-basic", "syncml:auth-md5", "syncml:auth-MAC",
                                       "syncml:auth-sha256" };

  return types[auth];
}

/**
 * ts_user_check:
 * @user: a user with authentication other than HMAC
 * @header: a message's SyncHdr
 * @nonce: (nullable): the nonce that was given out last
 *
 * Returns: whether the header's credentials are right, of the type that is asked for and,
 *   with a digest, made with @nonce
 */
gboolean
ts_user_check (const TsUser *user, const OmaHeader *header, GBytes *nonce)
{
  const char *type = header->cred_meta.type;
  g_autofree char *expected = NULL;

  if (!header->has_cred || header->cred_data == NULL || type == NULL ||
      g_ascii_strcasecmp (type, ts_auth_get_type (user->auth)) != 0 || user->auth == TS_AUTH_HMAC ||
      (user->auth != TS_AUTH_BASIC && nonce == NULL))
    return FALSE;
  if (user->auth == TS_AUTH_BASIC)
    expected = oma_digest_basic (user->name, user->secret);
  else
    expected = oma_digest_response (user->auth == TS_AUTH_SHA256 ? OMA_DIGEST_SHA256 : OMA_DIGEST_MD5, user->name,
                                    user->secret, nonce);
  return oma_digest_equal (expected, header->cred_data);
}

/**
 * ts_user_check_mac:
 * @user: a user with HMAC authentication
 * @header: (nullable): x-syncml-hmac of its message (DM Security 1.2, section 5.4.3)
 * @body: the message
 * @nonce: (nullable): the nonce that was given out last
 *
 * Returns: whether the mac is right
 */
gboolean
ts_user_check_mac (const TsUser *user, const char *header, GBytes *body, GBytes *nonce)
{
  g_auto(OmaMac) mac = { 0 };
  g_autofree char *expected = NULL;

  if (header == NULL || nonce == NULL || !oma_mac_parse (&mac, header, NULL) || mac.algorithm != OMA_MAC_MD5 ||
      !mac.is_quoted || g_strcmp0 (mac.username, user->name) != 0)
    return FALSE;
  expected = oma_digest_mac (OMA_DIGEST_MD5, user->name, user->secret, nonce, body);
  return oma_digest_equal (expected, mac.mac);
}

/**
 * ts_user_make_mac:
 * @user: a user to whom the server proves itself with HMAC
 * @body: the server's message
 * @nonce: the nonce that the device gave out last
 *
 * Returns: (transfer full): x-syncml-hmac
 */
char *
ts_user_make_mac (const TsUser *user, GBytes *body, GBytes *nonce)
{
  g_autofree char *text = oma_digest_mac (OMA_DIGEST_MD5, user->server_user, user->server_secret, nonce, body);
  const OmaMac mac = { .algorithm = OMA_MAC_MD5, .username = user->server_user, .mac = text };

  return oma_mac_to_text (&mac);
}

static gboolean
load_nonce (GKeyFile *file, const char *group, const char *key, GBytes **nonce, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);

  if (text != NULL)
    *nonce = oma_digest_decode_nonce (text, error);
  return text == NULL || *nonce != NULL;
}

static TsUser *
load_user (GKeyFile *file, const char *group, GError **error)
{
  g_autoptr(TsUser) user = ts_user_new (group);
  g_autofree char *auth = g_key_file_get_string (file, group, "auth", NULL);
  g_autofree char *server_auth = g_key_file_get_string (file, group, "server-auth", NULL);

  user->auth = TS_AUTH_MD5;
  g_free (user->secret);
  user->secret = g_key_file_get_string (file, group, "secret", error);
  user->device = g_key_file_get_string (file, group, "device", NULL);
  user->server_user = g_key_file_get_string (file, group, "server-user", NULL);
  user->server_secret = g_key_file_get_string (file, group, "server-secret", NULL);
  if (user->secret == NULL || !ts_auth_parse (auth, &user->auth, error) ||
      !ts_auth_parse (server_auth, &user->server_auth, error) ||
      !load_nonce (file, group, "nonce", &user->nonce, error) ||
      !load_nonce (file, group, "server-nonce", &user->server_nonce, error))
    return NULL;
  return g_steal_pointer (&user);
}

/**
 * ts_users_load:
 * @file: name of a key file, one group for each user
 * @error: return location for an error
 *
 * Returns: (transfer full) (element-type TsUser): the users, or %NULL
 */
GPtrArray *
ts_users_load (const char *file, GError **error)
{
  g_autoptr(GKeyFile) keys = g_key_file_new ();
  g_autoptr(GPtrArray) users = g_ptr_array_new_with_free_func ((GDestroyNotify) ts_user_free);
  g_auto(GStrv) groups = NULL;

  if (!g_key_file_load_from_file (keys, file, G_KEY_FILE_NONE, error))
    return NULL;
  groups = g_key_file_get_groups (keys, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    {
      TsUser *user = load_user (keys, groups[i], error);

      if (user == NULL)
        return NULL;
      g_ptr_array_add (users, user);
    }
  return g_steal_pointer (&users);
}

/**
 * ts_users_find:
 * @users: (element-type TsUser): all users
 * @header: a message's SyncHdr
 *
 * Finds a user by the message's LocName, else by its device.
 *
 * Returns: (transfer none) (nullable): the user
 */
const TsUser *
ts_users_find (GPtrArray *users, const OmaHeader *header)
{
  for (guint i = 0; i < users->len; i++)
    {
      const TsUser *user = g_ptr_array_index (users, i);
      gboolean is_named = header->source_name != NULL && g_strcmp0 (user->name, header->source_name) == 0;
      gboolean is_device = g_strcmp0 (user->device, header->source) == 0;

      if (user->name == NULL || is_device || (is_named && user->device == NULL) ||
          (users->len == 1 && header->source_name == NULL && user->device == NULL))
        return user;
    }
  return NULL;
}
