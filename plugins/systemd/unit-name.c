/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "unit-name.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIT_PATH_PREFIX "/org/freedesktop/systemd1/unit/"
#define MAX_NAME 255

/* Types that mean something to a server.  Targets, mounts, slices and scopes are the machine's own. */
static const char *const shown_suffixes[] = { ".service", ".socket", ".timer", ".path" };

/* Never managed, listed or not: what omadm itself hangs on, what decides what it may do, and what is a
 * shell of root. */
static const char *const reserved_prefixes[] = {
  "omadm", "dbus", "systemd-", "polkit", "user@", "user-runtime-dir@", "debug-shell", "rescue", "emergency", "initrd-",
};

/**
 * unit_name_is_valid:
 * @name: a text
 *
 * Returns: whether it is the name of a unit, an instance included, but no template
 */
gboolean
unit_name_is_valid (const char *name)
{
  gsize length = strlen (name);
  const char *dot = strrchr (name, '.');
  const char *at = strchr (name, '@');

  if (length > MAX_NAME || dot == NULL || dot == name || dot[1] == '\0' || at == name ||
      strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ":-_.\\@") != length)
    return FALSE;
  return at == NULL || at + 1 < dot;
}

/**
 * unit_name_is_shown:
 * @name: a text
 *
 * Returns: whether it is the name of a unit of a kind that has a node
 */
gboolean
unit_name_is_shown (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shown_suffixes); i++)
    if (g_str_has_suffix (name, shown_suffixes[i]))
      return unit_name_is_valid (name);
  return FALSE;
}

/**
 * unit_name_is_reserved:
 * @name: the name of a unit
 *
 * Returns: whether it may not be managed even when the administrator's list has it
 */
gboolean
unit_name_is_reserved (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reserved_prefixes); i++)
    if (g_str_has_prefix (name, reserved_prefixes[i]))
      return TRUE;
  return FALSE;
}

/**
 * unit_name_may_be_listed:
 * @name: a line of the administrator's list
 *
 * Returns: whether the line counts
 */
gboolean
unit_name_may_be_listed (const char *name)
{
  return unit_name_is_shown (name) && !unit_name_is_reserved (name);
}

/**
 * unit_name_to_path:
 * @name: the name of a unit
 *
 * Returns: (transfer full): the path of its object at systemd's manager
 */
char *
unit_name_to_path (const char *name)
{
  GString *path = g_string_new (UNIT_PATH_PREFIX);

  for (const char *c = name; *c != '\0'; c++)
    if (g_ascii_isalpha (*c) || (g_ascii_isdigit (*c) && c > name))
      g_string_append_c (path, *c);
    else
      g_string_append_printf (path, "_%02x", (guchar) *c);
  return g_string_free (path, FALSE);
}

/**
 * unit_name_from_path:
 * @path: the path of an object
 *
 * Returns: (transfer full) (nullable): the name of the unit whose object it is; %NULL when it is no unit's
 */
char *
unit_name_from_path (const char *path)
{
  g_autoptr(GString) name = g_string_new (NULL);

  if (!g_str_has_prefix (path, UNIT_PATH_PREFIX))
    return NULL;
  for (const char *c = path + strlen (UNIT_PATH_PREFIX); *c != '\0'; c++)
    {
      if (*c != '_')
        {
          g_string_append_c (name, *c);
          continue;
        }
      if (!g_ascii_isxdigit (c[1]) || !g_ascii_isxdigit (c[2]))
        return NULL;
      g_string_append_c (name, (char) (g_ascii_xdigit_value (c[1]) << 4 | g_ascii_xdigit_value (c[2])));
      c += 2;
    }
  return unit_name_is_valid (name->str) ? g_strdup (name->str) : NULL;
}

/**
 * unit_allow_parse:
 * @text: the content of a list: one unit a line; empty lines and those that begin with "#" say nothing
 * @size: its octets
 * @refused: (nullable) (element-type utf8): gets the lines that do not count
 *
 * Returns: (transfer full): the set of names
 */
GHashTable *
unit_allow_parse (const char *text, gsize size, GPtrArray *refused)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *copy = g_strndup (text, size);
  g_auto(GStrv) lines = g_strsplit (copy, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      const char *name = g_strstrip (*line);

      if (*name == '\0' || *name == '#')
        continue;
      if (unit_name_may_be_listed (name) &&
          (g_hash_table_contains (names, name) || g_hash_table_size (names) < UNIT_ALLOW_MAX))
        g_hash_table_add (names, g_strdup (name));
      else if (refused != NULL)
        g_ptr_array_add (refused, g_strdup (name));
    }
  return names;
}

static gboolean
fail (GError **error, const char *path, int saved_errno)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved_errno), "%s: %s", path, g_strerror (saved_errno));
  return FALSE;
}

/* All of a regular file; one that grew too large is as bad as none. */
static gboolean
read_file (const char *path, int fd, GString *text, GError **error)
{
  struct stat status;
  char buffer[4096];
  gssize got;

  if (fstat (fd, &status) != 0)
    return fail (error, path, errno);
  if (!S_ISREG (status.st_mode))
    return fail (error, path, EINVAL);
  while ((got = read (fd, buffer, sizeof buffer)) != 0)
    {
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return fail (error, path, errno);
      g_string_append_len (text, buffer, got);
      if (text->len > UNIT_ALLOW_MAX_FILE)
        return fail (error, path, EFBIG);
    }
  return TRUE;
}

/**
 * unit_allow_load:
 * @path: file name of a list
 * @error: return location for an error
 *
 * Reads it now, so that what the administrator wrote counts at once.  It is a small file, and not waited for.
 *
 * Returns: (transfer full) (nullable): the set of names, an empty one when there is no file; %NULL with an
 *   error when it cannot be read
 */
GHashTable *
unit_allow_load (const char *path, GError **error)
{
  g_autoptr(GString) text = g_string_new (NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gboolean good;

  if (fd < 0 && errno == ENOENT)
    return unit_allow_parse ("", 0, NULL);
  if (fd < 0)
    {
      fail (error, path, errno);
      return NULL;
    }
  good = read_file (path, fd, text, error);
  close (fd);
  if (!good)
    return NULL;
  return unit_allow_parse (text->str, text->len, NULL);
}
