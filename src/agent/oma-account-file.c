/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-file.h"

#include "agent/oma-account-private.h"
#include "agent/oma-agent.h"
#include "agent/oma-trusted-file.h"
#include "base/oma-secret.h"
#include "session/oma-version.h"

#include <string.h>

#define GROUP "Account"
#define OPTIONS_GROUP "Options"
#define MAX_FILE 65536       /* octets of the key file */
#define MAX_PEM 1048576
#define MAX_SECRET 4096

/* What is known while one file is read. */
typedef struct {
  const char          *path;
  GKeyFile            *file;
  GChecksum           *checksum;   /* of all that counts, files it names included */
  OmaTrustedFileFlags  flags;
} Reader;

/* GKeyFile takes the key Encoding for that of the file, hence MessageEncoding. */
static const char *const known_keys[] = {
  "Name", "ServerId", "Url", "Auth", "User", "SecretFile", "SecretCredential", "ServerAuth", "ServerUser",
  "ServerSecretFile", "ServerSecretCredential", "HttpAuth", "HttpUser", "HttpSecretFile", "HttpSecretCredential",
   "CaFile", "CertificateFile", "KeyFile", "KeyCredential", "AllowHttp",
  "MessageEncoding", "Protocol", "Manage", "Moids", "NotificationData", "NotificationSecretFile",
  "NotificationSecretCredential", NULL,
};

static gboolean G_GNUC_PRINTF (3, 4)
refuse (const Reader *reader, GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, "%s: %s", reader->path, reason);
  return FALSE;
}

/* What GLib says of a value that it cannot read quotes it, and it can be a password in the wrong file. */
static const char *
get_reason (const GError *error)
{
  return g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND)
           ? "there is no group [" GROUP "]"
           : "the value cannot be read";
}

static gboolean
get_string (const Reader *reader, const char *key, char **text, GError **error)
{
  g_autoptr(GError) local_error = NULL;

  *text = g_key_file_get_string (reader->file, GROUP, key, &local_error);
  if (local_error != NULL && !g_error_matches (local_error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND))
    return refuse (reader, error, "%s: %s", key, get_reason (local_error));
  return TRUE;
}

/* Length goes in before the octets, so that no two sets of files have the same digest. */
static void
update_checksum (Reader *reader, GBytes *bytes)
{
  gsize size;
  const guchar *data = g_bytes_get_data (bytes, &size);
  guint64 length = size;

  g_checksum_update (reader->checksum, (const guchar *) &length, sizeof length);
  if (size > 0)
    g_checksum_update (reader->checksum, data, (gssize) size);
}

/* Reads the file that @key names, or the systemd credential that @credential_key names. */
static gboolean
get_file (Reader *reader, const char *key, const char *credential_key, gsize max_size, OmaTrustedFileFlags flags,
          GBytes **bytes, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *credential = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) local_error = NULL;
  const char *directory = g_getenv ("CREDENTIALS_DIRECTORY");

  if (!get_string (reader, key, &name, error) ||
      (credential_key != NULL && !get_string (reader, credential_key, &credential, error)))
    return FALSE;
  if (name == NULL && credential == NULL)
    return TRUE;
  if (name != NULL && credential != NULL)
    return refuse (reader, error, "%s and %s exclude each other", key, credential_key);
  if (name != NULL && !g_path_is_absolute (name))
    return refuse (reader, error, "%s must be an absolute file name", key);
  if (credential != NULL && (directory == NULL || *credential == '\0' || strchr (credential, '/') != NULL))
    return refuse (reader, error, "%s: there is no such credential", credential_key);
  path = name != NULL ? g_steal_pointer (&name) : g_build_filename (directory, credential, NULL);
  /* systemd makes credentials for the service's own user and lets nobody else near them. */
  if (credential != NULL)
    flags = OMA_TRUSTED_FILE_ACCEPT_OWN;
  *bytes = oma_trusted_file_read (path, max_size, reader->flags | flags, &local_error);
  if (*bytes == NULL)
    return refuse (reader, error, "%s", local_error->message);
  update_checksum (reader, *bytes);
  return TRUE;
}

/* A secret is the first line of its file. */
static gboolean
get_secret (Reader *reader, const char *key, const char *credential_key, char **secret, GError **error)
{
  g_autoptr(GBytes) bytes = NULL;
  const char *data;
  const char *end;
  gsize size;

  if (!get_file (reader, key, credential_key, MAX_SECRET, OMA_TRUSTED_FILE_SECRET, &bytes, error))
    return FALSE;
  if (bytes == NULL)
    return TRUE;
  data = g_bytes_get_data (bytes, &size);
  end = memchr (data, '\n', size);
  if (end != NULL && end + 1 != data + size)
    return refuse (reader, error, "%s names a file of more than one line", key);
  size = end != NULL ? (gsize) (end - data) : size;
  if (memchr (data, '\0', size) != NULL)
    return refuse (reader, error, "%s names a file that is no text", key);
  *secret = g_strndup (data, size);
  return TRUE;
}

/* What the digest of notifications is made with, as octets. */
static gboolean
read_notification_key (Reader *reader, OmaAccountConfig *config, GError **error)
{
  char *secret = NULL;
  g_autofree char *data = NULL;

  if (!get_string (reader, "NotificationData", &data, error) ||
      !get_secret (reader, "NotificationSecretFile", "NotificationSecretCredential", &secret, error))
    return FALSE;
  if (secret != NULL)
    config->notification_secret = oma_secret_bytes_new (secret, strlen (secret));
  if (data != NULL)
    config->notification_data = g_bytes_new (data, strlen (data));
  return TRUE;
}

static gboolean
read_texts (Reader *reader, OmaAccountConfig *config, GError **error)
{
  return get_string (reader, "Name", &config->name, error) &&
         get_string (reader, "ServerId", &config->server_id, error) &&
         get_string (reader, "Url", &config->url, error) &&
         get_string (reader, "User", &config->user, error) &&
         get_string (reader, "ServerUser", &config->server_user, error) &&
         get_string (reader, "HttpUser", &config->http_user, error);
}

static gboolean
read_files (Reader *reader, OmaAccountConfig *config, GError **error)
{
  return get_secret (reader, "SecretFile", "SecretCredential", &config->secret, error) &&
         get_secret (reader, "ServerSecretFile", "ServerSecretCredential", &config->server_secret, error) &&
         get_secret (reader, "HttpSecretFile", "HttpSecretCredential", &config->http_secret, error) &&
         read_notification_key (reader, config, error) &&
         get_file (reader, "CaFile", NULL, MAX_PEM, 0, &config->ca, error) &&
         get_file (reader, "CertificateFile", NULL, MAX_PEM, 0, &config->certificate, error) &&
         get_file (reader, "KeyFile", "KeyCredential", MAX_PEM, OMA_TRUSTED_FILE_SECRET, &config->key, error);
}

static gboolean
read_auth (Reader *reader, const char *key, OmaAuthType *type, GError **error)
{
  g_autofree char *name = NULL;

  if (!get_string (reader, key, &name, error))
    return FALSE;
  if (name != NULL && !oma_auth_type_from_name (name, type))
    return refuse (reader, error, "%s must be none, basic, md5 or hmac", key);
  return TRUE;
}

static gboolean
read_choices (Reader *reader, OmaAccountConfig *config, GError **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autofree char *encoding = NULL;
  g_autofree char *protocol = NULL;
  g_autofree char *http_auth = NULL;

  if (!read_auth (reader, "Auth", &config->client_auth, error) ||
      !read_auth (reader, "ServerAuth", &config->server_auth, error) ||
      !get_string (reader, "MessageEncoding", &encoding, error) ||
      !get_string (reader, "Protocol", &protocol, error) || !get_string (reader, "HttpAuth", &http_auth, error))
    return FALSE;
  if (http_auth != NULL && !oma_http_auth_from_name (http_auth, &config->http_auth))
    return refuse (reader, error, "HttpAuth must be none, basic or digest");
  if (encoding != NULL && !oma_encoding_from_name (encoding, &config->encoding))
    return refuse (reader, error, "MessageEncoding must be xml or wbxml");
  config->has_encoding = encoding != NULL;
  if (protocol != NULL && !oma_dm_version_from_name (protocol, &config->protocol))
    return refuse (reader, error, "Protocol must be 1.1, 1.2, 1.3 or 2.0");
  if (g_key_file_has_key (reader->file, GROUP, "AllowHttp", NULL))
    config->allow_http = g_key_file_get_boolean (reader->file, GROUP, "AllowHttp", &local_error);
  if (local_error == NULL && g_key_file_has_key (reader->file, GROUP, "Manage", NULL))
    config->manage = g_key_file_get_string_list (reader->file, GROUP, "Manage", NULL, &local_error);
  if (local_error == NULL && g_key_file_has_key (reader->file, GROUP, "Moids", NULL))
    config->moids = g_key_file_get_string_list (reader->file, GROUP, "Moids", NULL, &local_error);
  return local_error == NULL ? TRUE
                             : refuse (reader, error, "AllowHttp, Manage or Moids: %s", get_reason (local_error));
}

static gboolean
read_options (Reader *reader, OmaAccountConfig *config, GError **error)
{
  g_auto(GStrv) keys = g_key_file_get_keys (reader->file, OPTIONS_GROUP, NULL, NULL);

  for (char **key = keys; key != NULL && *key != NULL; key++)
    {
      g_autoptr(GError) local_error = NULL;
      g_autofree char *text = g_key_file_get_string (reader->file, OPTIONS_GROUP, *key, &local_error);

      if (local_error != NULL)
        return refuse (reader, error, "%s: %s", *key, get_reason (local_error));
      g_hash_table_insert (config->options, g_strdup (*key), g_steal_pointer (&text));
    }
  return TRUE;
}

static void
warn_of_unknown (const Reader *reader)
{
  g_auto(GStrv) groups = g_key_file_get_groups (reader->file, NULL);
  g_auto(GStrv) keys = g_key_file_get_keys (reader->file, GROUP, NULL, NULL);

  for (char **group = groups; *group != NULL; group++)
    if (strcmp (*group, GROUP) != 0 && strcmp (*group, OPTIONS_GROUP) != 0)
      g_warning ("%s: group [%s] is not known; it is ignored", reader->path, *group);
  for (char **key = keys; key != NULL && *key != NULL; key++)
    if (!g_strv_contains (known_keys, *key))
      g_warning ("%s: key %s of [%s] is not known; it is ignored", reader->path, *key, GROUP);
}

static gboolean
parse (Reader *reader, OmaAccountConfig *config, GError **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autoptr(GBytes) bytes = oma_trusted_file_read (reader->path, MAX_FILE, reader->flags, &local_error);

  if (bytes == NULL)
    {
      g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING, local_error->message);
      return FALSE;
    }
  update_checksum (reader, bytes);
  /* GLib quotes the line, which can be a password that went to the wrong file. */
  if (!g_key_file_load_from_bytes (reader->file, bytes, G_KEY_FILE_NONE, NULL))
    return refuse (reader, error, "a line is neither a group nor a key with a value nor a comment");
  warn_of_unknown (reader);
  if (!read_texts (reader, config, error) || !read_choices (reader, config, error) ||
      !read_options (reader, config, error) || !read_files (reader, config, error))
    return FALSE;
  if (config->name == NULL)
    {
      config->name = g_path_get_basename (reader->path);
      if (g_str_has_suffix (config->name, ".conf"))
        config->name[strlen (config->name) - strlen (".conf")] = '\0';
    }
  if (!oma_account_config_check (config, &local_error))
    return refuse (reader, error, "%s", local_error->message);
  return TRUE;
}

/**
 * oma_account_file_load:
 * @path: name of a key file
 * @accept_own: files of the daemon's own user are as good as root's
 * @digest: (out) (transfer full): what the file and those that it names hold, as one digest; it
 *   is made of secrets, so it must be kept like one
 * @error: return location for an %OMA_AGENT_ERROR
 *
 * Reads an account of provisioning: omadm.conf(5).  Secrets and keys stand in files of their
 * own, which others must not be able to read, or are systemd credentials.
 *
 * Returns: (transfer full): an account that oma_account_config_check() accepts, or %NULL with
 *   %OMA_AGENT_ERROR_BAD_SETTING and a message that names the file
 */
OmaAccountConfig *
oma_account_file_load (const char *path, gboolean accept_own, char **digest, GError **error)
{
  g_autoptr(OmaAccountConfig) config = oma_account_config_new ();
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  Reader reader = {
    .path = path,
    .file = file,
    .checksum = checksum,
    .flags = accept_own ? OMA_TRUSTED_FILE_ACCEPT_OWN : OMA_TRUSTED_FILE_DEFAULT,
  };

  if (!parse (&reader, config, error))
    return NULL;
  *digest = g_strdup (g_checksum_get_string (checksum));
  return g_steal_pointer (&config);
}
