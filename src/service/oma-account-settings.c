/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-account-settings.h"

#include "base/oma-secret.h"
#include "service/oma-dbus-error.h"
#include "service/oma-fd-reader.h"
#include "service/oma-value-variant.h"
#include "session/oma-version.h"

#include <glib/gstdio.h>
#include <string.h>

#define MAX_SECRET (64 * 1024)
#define MAX_CERTIFICATES (1024 * 1024)

typedef gboolean (*SettingFunc) (OmaAccountConfig *config, GVariant *value, gsize offset);

/* What is read from a descriptor. */
typedef enum {
  INPUT_NONE,                  /* nothing */
  INPUT_PEM,                   /* octets */
  INPUT_LINE,                  /* one line of text */
  INPUT_SECRET,                /* the octets of one line of text */
} InputKind;

/* How a setting gets into the configuration. */
typedef struct {
  const char *key;
  const char *type;
  gsize       offset;          /* of the field */
  SettingFunc set;             /* FALSE: not a value of this setting; NULL: read from a descriptor */
  InputKind   input;
} Setting;

/* A descriptor that is still to be read. */
typedef struct {
  const Setting *setting;
  int            fd;
} Input;

typedef struct {
  OmaAccountConfig *config;
  GArray           *inputs;    /* of Input */
  guint             next;
} Reading;

static gboolean
set_text (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  char **field = G_STRUCT_MEMBER_P (config, offset);

  g_free (*field);
  *field = g_variant_dup_string (value, NULL);
  return TRUE;
}

static gboolean
set_octets (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  GBytes **field = G_STRUCT_MEMBER_P (config, offset);
  const char *given = g_variant_get_string (value, NULL);

  g_clear_pointer (field, g_bytes_unref);
  *field = g_bytes_new (given, strlen (given));
  return TRUE;
}

static gboolean
set_truth (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  G_STRUCT_MEMBER (gboolean, config, offset) = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
set_auth (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  return oma_auth_type_from_name (g_variant_get_string (value, NULL), G_STRUCT_MEMBER_P (config, offset));
}

static gboolean
set_http_auth (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  return oma_http_auth_from_name (g_variant_get_string (value, NULL), G_STRUCT_MEMBER_P (config, offset));
}

static gboolean
set_encoding (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  config->has_encoding = TRUE;
  return oma_encoding_from_name (g_variant_get_string (value, NULL), G_STRUCT_MEMBER_P (config, offset));
}

static gboolean
set_protocol (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  return oma_dm_version_from_name (g_variant_get_string (value, NULL), G_STRUCT_MEMBER_P (config, offset));
}

static gboolean
set_texts (OmaAccountConfig *config, GVariant *value, gsize offset)
{
  char ***field = G_STRUCT_MEMBER_P (config, offset);

  g_strfreev (*field);
  *field = g_variant_dup_strv (value, NULL);
  return TRUE;
}

static gboolean
set_options (OmaAccountConfig *config, GVariant *value, gsize offset G_GNUC_UNUSED)
{
  GVariantIter iter;
  char *key, *text;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "{ss}", &key, &text))
    g_hash_table_replace (config->options, key, text);
  return TRUE;
}

#define FIELD(name) G_STRUCT_OFFSET (OmaAccountConfig, name)

static const Setting table[] = {
  { "allow-http", "b", FIELD (allow_http), set_truth, INPUT_NONE },
  { "auth", "s", FIELD (client_auth), set_auth, INPUT_NONE },
  { "ca", "h", FIELD (ca), NULL, INPUT_PEM },
  { "certificate", "h", FIELD (certificate), NULL, INPUT_PEM },
  { "encoding", "s", FIELD (encoding), set_encoding, INPUT_NONE },
  { "http-auth", "s", FIELD (http_auth), set_http_auth, INPUT_NONE },
  { "http-secret", "h", FIELD (http_secret), NULL, INPUT_LINE },
  { "http-user", "s", FIELD (http_user), set_text, INPUT_NONE },
  { "key", "h", FIELD (key), NULL, INPUT_PEM },
  { "manage", "as", FIELD (manage), set_texts, INPUT_NONE },
  { "moids", "as", FIELD (moids), set_texts, INPUT_NONE },
  { "notification-data", "s", FIELD (notification_data), set_octets, INPUT_NONE },
  { "notification-secret", "h", FIELD (notification_secret), NULL, INPUT_SECRET },
  { "options", "a{ss}", FIELD (options), set_options, INPUT_NONE },
  { "protocol", "s", FIELD (protocol), set_protocol, INPUT_NONE },
  { "secret", "h", FIELD (secret), NULL, INPUT_LINE },
  { "server-auth", "s", FIELD (server_auth), set_auth, INPUT_NONE },
  { "server-id", "s", FIELD (server_id), set_text, INPUT_NONE },
  { "server-secret", "h", FIELD (server_secret), NULL, INPUT_LINE },
  { "server-user", "s", FIELD (server_user), set_text, INPUT_NONE },
  { "url", "s", FIELD (url), set_text, INPUT_NONE },
  { "user", "s", FIELD (user), set_text, INPUT_NONE },
};

static void
input_clear (gpointer input)
{
  int fd = ((Input *) input)->fd;

  if (fd >= 0)
    g_close (fd, NULL);
}

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_clear_pointer (&reading->config, oma_account_config_free);
  g_array_unref (reading->inputs);
  g_free (reading);
}

static const Setting *
find_setting (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].key, key) == 0)
      return &table[i];
  return NULL;
}

static gboolean
refuse (GError **error, const char *format, const char *key)
{
  g_autofree char *reason = g_strdup_printf (format, key);

  g_set_error_literal (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, reason);
  return FALSE;
}

static gboolean
take_setting (Reading *reading, const char *key, GVariant *value, GUnixFDList *descriptors, GError **error)
{
  const Setting *setting = find_setting (key);
  Input input = { setting, -1 };

  if (setting == NULL)
    return refuse (error, "There is no setting '%s'", key);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (setting->type)))
    return refuse (error, "Setting '%s' is of the wrong type", key);
  if (setting->set != NULL)
    return setting->set (reading->config, value, setting->offset) ||
           refuse (error, "Setting '%s' has a value that it cannot have", key);
  input.fd = oma_variant_dup_handle (value, descriptors, error);
  if (input.fd < 0)
    return FALSE;
  g_array_append_val (reading->inputs, input);
  return TRUE;
}

static gboolean
take_settings (Reading *reading, GVariant *settings, GUnixFDList *descriptors, GError **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr(GVariant) owned = value;

      if (!g_hash_table_add (seen, (gpointer) key))
        return refuse (error, "Setting '%s' is given twice", key);
      if (!take_setting (reading, key, owned, descriptors, error))
        return FALSE;
    }
  return TRUE;
}

/* One line; its end may be left out. */
static gboolean
keep_line (const Setting *setting, OmaAccountConfig *config, const char *data, gsize size, GError **error)
{
  char *line;

  if (size > 0 && data[size - 1] == '\n')
    size -= size > 1 && data[size - 2] == '\r' ? 2 : 1;
  if (size == 0 || memchr (data, '\0', size) != NULL || memchr (data, '\n', size) != NULL)
    return refuse (error, "Setting '%s' is not one line of text", setting->key);
  line = g_strndup (data, size);
  if (setting->input == INPUT_SECRET)
    G_STRUCT_MEMBER (GBytes *, config, setting->offset) = oma_secret_bytes_new (line, size);
  else
    G_STRUCT_MEMBER (char *, config, setting->offset) = line;
  return TRUE;
}

static gboolean
keep_input (const Setting *setting, OmaAccountConfig *config, const OmaValue *octets, GError **error)
{
  gsize size;
  const char *data = oma_value_get_data (octets, &size);

  if (setting->input != INPUT_PEM)
    return keep_line (setting, config, data, size, error);
  G_STRUCT_MEMBER (GBytes *, config, setting->offset) = g_bytes_new (data, size);
  return TRUE;
}

static gsize
get_max_size (const Setting *setting)
{
  return setting->input != INPUT_PEM || strcmp (setting->key, "key") == 0 ? MAX_SECRET : MAX_CERTIFICATES;
}

static void read_next (GTask *task);

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) octets = oma_fd_read_finish (result, &error);
  Reading *reading = g_task_get_task_data (task);
  const Setting *setting = g_array_index (reading->inputs, Input, reading->next).setting;

  if (octets == NULL || !keep_input (setting, reading->config, octets, &error))
    {
      g_prefix_error (&error, "%s: ", setting->key);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  reading->next++;
  read_next (g_steal_pointer (&task));
}

/* Takes the task. */
static void
read_next (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);
  Input *input;

  if (reading->next == reading->inputs->len)
    {
      g_task_return_pointer (task, g_steal_pointer (&reading->config), (GDestroyNotify) oma_account_config_free);
      g_object_unref (task);
      return;
    }
  input = &g_array_index (reading->inputs, Input, reading->next);
  oma_fd_read_async (g_steal_fd (&input->fd), OMA_FD_FILE_OR_PIPE, get_max_size (input->setting),
                     g_task_get_cancellable (task), read_cb, task);
}

/**
 * oma_account_settings_read_async:
 * @name: name of the account
 * @settings: as AddAccount of org.omadm.Agent1 documents them, "a{sv}"
 * @descriptors: (nullable): those of the message
 * @cancellable: (nullable): a cancellable
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes an account's configuration of what a caller gave, secrets read from his descriptors.
 * What was read of them is wiped.
 */
void
oma_account_settings_read_async (const char *name, GVariant *settings, GUnixFDList *descriptors,
                                 GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, oma_account_settings_read_async);
  reading->config = oma_account_config_new ();
  reading->config->name = g_strdup (name);
  reading->inputs = g_array_new (FALSE, FALSE, sizeof (Input));
  g_array_set_clear_func (reading->inputs, input_clear);
  g_task_set_task_data (task, reading, reading_free);
  if (take_settings (reading, settings, descriptors, &error))
    read_next (g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

/**
 * oma_account_settings_read_finish:
 * @result: what the callback got
 * @error: return location for an #OmaDBusError or a #GIOErrorEnum
 *
 * Returns: (transfer full): the configuration, whose values are not checked yet, or %NULL with
 *   %OMA_DBUS_ERROR_INVALID_ARGS
 */
OmaAccountConfig *
oma_account_settings_read_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
