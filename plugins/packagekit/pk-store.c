/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-store.h"

#include <string.h>

struct _PkStore {
  OmaPluginHost *host;
  char          *name;
  GKeyFile      *file;
};

/**
 * pk_store_new:
 * @host: the plugin's host
 * @name: a name of plugin data
 *
 * Returns: (transfer full): what was kept under @name
 */
PkStore *
pk_store_new (OmaPluginHost *host, const char *name)
{
  PkStore *self = g_new0 (PkStore, 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) data = oma_plugin_host_load_data (host, name, &error);

  self->host = g_object_ref (host);
  self->name = g_strdup (name);
  self->file = g_key_file_new ();
  if (data != NULL)
    g_key_file_load_from_bytes (self->file, data, G_KEY_FILE_NONE, &error);
  if (error != NULL && !g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND))
    g_warning ("What the plugin packagekit kept under %s cannot be read: %s", name, error->message);
  return self;
}

/**
 * pk_store_free:
 * @self: (transfer full): what is kept
 */
void
pk_store_free (PkStore *self)
{
  g_key_file_unref (self->file);
  g_object_unref (self->host);
  g_free (self->name);
  g_free (self);
}

/* Names of nodes may have any character, those of groups not. */
static char *
escape (const char *group)
{
  return g_uri_escape_string (group, " :/+", TRUE);
}

/**
 * pk_store_has:
 * @self: what is kept
 * @group: name of a group
 *
 * Returns: whether there is one
 */
gboolean
pk_store_has (PkStore *self, const char *group)
{
  g_autofree char *escaped = escape (group);

  return g_key_file_has_group (self->file, escaped);
}

/**
 * pk_store_list:
 * @self: what is kept
 * @prefix: how names of groups begin
 *
 * Returns: (transfer full): the rest of those names
 */
GStrv
pk_store_list (PkStore *self, const char *prefix)
{
  g_auto(GStrv) groups = g_key_file_get_groups (self->file, NULL);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], prefix))
      {
        g_autofree char *name = g_uri_unescape_string (groups[i] + strlen (prefix), NULL);

        if (name != NULL)
          g_strv_builder_add (names, name);
      }
  return g_strv_builder_end (names);
}

/**
 * pk_store_count:
 * @self: what is kept
 * @prefix: how names of groups begin
 *
 * Returns: how many there are
 */
guint
pk_store_count (PkStore *self, const char *prefix)
{
  g_auto(GStrv) names = pk_store_list (self, prefix);

  return g_strv_length (names);
}

/**
 * pk_store_get:
 * @self: what is kept
 * @group: name of a group
 * @key: a key
 *
 * Returns: (transfer full): the value, "" when there is none
 */
char *
pk_store_get (PkStore *self, const char *group, const char *key)
{
  g_autofree char *escaped = escape (group);
  char *value = g_key_file_get_string (self->file, escaped, key, NULL);

  return value != NULL ? value : g_strdup ("");
}

/**
 * pk_store_get_int:
 * @self: what is kept
 * @group: name of a group
 * @key: a key
 *
 * Returns: the number, 0 when there is none
 */
gint64
pk_store_get_int (PkStore *self, const char *group, const char *key)
{
  g_autofree char *value = pk_store_get (self, group, key);

  return g_ascii_strtoll (value, NULL, 10);
}

/**
 * pk_store_get_bool:
 * @self: what is kept
 * @group: name of a group
 * @key: a key
 *
 * Returns: whether it is "true"
 */
gboolean
pk_store_get_bool (PkStore *self, const char *group, const char *key)
{
  g_autofree char *value = pk_store_get (self, group, key);

  return strcmp (value, "true") == 0;
}

/**
 * pk_store_set:
 * @self: what is kept
 * @group: name of a group, made when there is none
 * @key: a key
 * @value: (nullable): its value, %NULL to forget it
 */
void
pk_store_set (PkStore *self, const char *group, const char *key, const char *value)
{
  g_autofree char *escaped = escape (group);

  if (value != NULL)
    g_key_file_set_string (self->file, escaped, key, value);
  else
    g_key_file_remove_key (self->file, escaped, key, NULL);
}

/**
 * pk_store_set_int:
 * @self: what is kept
 * @group: name of a group, made when there is none
 * @key: a key
 * @value: a number
 */
void
pk_store_set_int (PkStore *self, const char *group, const char *key, gint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  pk_store_set (self, group, key, text);
}

/**
 * pk_store_remove:
 * @self: what is kept
 * @group: name of a group
 */
void
pk_store_remove (PkStore *self, const char *group)
{
  g_autofree char *escaped = escape (group);

  g_key_file_remove_group (self->file, escaped, NULL);
}

/**
 * pk_store_dump:
 * @self: what is kept
 * @group: name of a group
 *
 * Returns: (transfer full): all that is in it, for pk_store_restore(); "" when there is none
 */
char *
pk_store_dump (PkStore *self, const char *group)
{
  g_autofree char *escaped = escape (group);
  g_autoptr(GKeyFile) copy = NULL;
  g_auto(GStrv) keys = g_key_file_get_keys (self->file, escaped, NULL, NULL);

  if (keys == NULL)
    return g_strdup ("");
  copy = g_key_file_new ();
  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *value = g_key_file_get_value (self->file, escaped, keys[i], NULL);

      g_key_file_set_value (copy, escaped, keys[i], value);
    }
  /* A group without keys is one, too. */
  return g_key_file_to_data (copy, NULL, NULL);
}

/**
 * pk_store_restore:
 * @self: what is kept
 * @group: name of a group
 * @dump: what pk_store_dump() gave
 */
void
pk_store_restore (PkStore *self, const char *group, const char *dump)
{
  g_autofree char *escaped = escape (group);
  g_autoptr(GKeyFile) copy = g_key_file_new ();
  g_auto(GStrv) keys = NULL;

  g_key_file_remove_group (self->file, escaped, NULL);
  if (*dump == '\0' || !g_key_file_load_from_data (copy, dump, strlen (dump), G_KEY_FILE_NONE, NULL))
    return;
  keys = g_key_file_get_keys (copy, escaped, NULL, NULL);
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *value = g_key_file_get_value (copy, escaped, keys[i], NULL);

      g_key_file_set_value (self->file, escaped, keys[i], value);
    }
}

/**
 * pk_store_save_async:
 * @self: what is kept
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Writes it down durably.
 */
void
pk_store_save_async (PkStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  gsize length;
  char *text = g_key_file_to_data (self->file, &length, NULL);
  g_autoptr(GBytes) data = g_bytes_new_take (text, length);

  oma_plugin_host_save_data_async (self->host, self->name, data, NULL, callback, user_data);
}

/**
 * pk_store_save_finish:
 * @self: what is kept
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: whether it is durable
 */
gboolean
pk_store_save_finish (PkStore *self, GAsyncResult *result, GError **error)
{
  return oma_plugin_host_save_data_finish (self->host, result, error);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  if (!oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    g_warning ("What the plugin packagekit keeps could not be written: %s", error->message);
}

/**
 * pk_store_save:
 * @self: what is kept
 *
 * As pk_store_save_async(), for what would only be done twice otherwise.
 */
void
pk_store_save (PkStore *self)
{
  pk_store_save_async (self, saved_cb, NULL);
}
