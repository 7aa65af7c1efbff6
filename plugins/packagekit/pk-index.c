/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-index.h"

#include "pk-package.h"

#include <string.h>

/* APT leaves in its lists directory the InRelease file of a repository, or its Release file with Release.gpg, only
 * when it has verified the signature; that of an unsigned or "trusted=yes" one lies there as a bare Release file.
 * An index counts when such a file names its digest: where APT reads a repository in place (file:), the index in
 * the directory is a link to one that may have changed since. */

#define CHUNK (64 * 1024)

/**
 * pk_index_entry_free:
 * @entry: (transfer full): an entry
 */
void
pk_index_entry_free (PkIndexEntry *entry)
{
  g_free (entry->name);
  g_free (entry->version);
  g_free (entry->arch);
  g_free (entry);
}

/**
 * pk_index_digest_file:
 * @file: path of a file
 * @error: return location for a %G_FILE_ERROR or %G_IO_ERROR
 *
 * Returns: (transfer full): its SHA-256, in hexadecimal digits
 */
char *
pk_index_digest_file (const char *file, GError **error)
{
  g_autoptr(GFile) location = g_file_new_for_path (file);
  g_autoptr(GFileInputStream) stream = g_file_read (location, NULL, error);
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *buffer = g_malloc (CHUNK);
  gssize n;

  if (stream == NULL)
    return NULL;
  while ((n = g_input_stream_read (G_INPUT_STREAM (stream), buffer, CHUNK, NULL, error)) > 0)
    g_checksum_update (checksum, buffer, n);
  return n == 0 ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

/* ---- One stanza ---- */

static char *
dup_field (const char *stanza, gsize length, const char *name)
{
  gsize name_length = strlen (name);
  const char *end = stanza + length;

  for (const char *line = stanza; line < end;)
    {
      const char *next = memchr (line, '\n', end - line);

      if (next == NULL)
        next = end;
      if ((gsize) (next - line) > name_length && line[name_length] == ':' &&
          g_ascii_strncasecmp (line, name, name_length) == 0)
        return g_strstrip (g_strndup (line + name_length + 1, next - line - name_length - 1));
      line = next + 1;
    }
  return NULL;
}

static PkIndexEntry *
make_entry (const char *stanza, gsize length)
{
  g_autoptr(PkIndexEntry) entry = g_new0 (PkIndexEntry, 1);

  entry->name = dup_field (stanza, length, "Package");
  entry->version = dup_field (stanza, length, "Version");
  entry->arch = dup_field (stanza, length, "Architecture");
  return entry->name != NULL && entry->version != NULL && entry->arch != NULL ? g_steal_pointer (&entry) : NULL;
}

/* What is looked for: a file by its digest, or a package by its name, version and architecture. */
typedef struct {
  const char *needle;              /* a line */
  const char *name;                /* (nullable) */
  const char *version;
  const char *arch;
} Query;

/* The stanza that the line at @hit belongs to. */
static PkIndexEntry *
find_stanza (const char *text, gsize length, const char *hit)
{
  const char *start = hit, *end;

  while (start > text && !(start[-1] == '\n' && (start - 1 == text || start[-2] == '\n')))
    start--;
  end = memmem (hit, text + length - hit, "\n\n", 2);
  if (end == NULL)
    end = text + length;
  return make_entry (start, end - start);
}

static gboolean
is_asked (const Query *query, const PkIndexEntry *entry)
{
  return query->name == NULL || (strcmp (query->name, entry->name) == 0 &&
                                 strcmp (query->version, entry->version) == 0 &&
                                 strcmp (query->arch, entry->arch) == 0);
}

static PkIndexEntry *
search_index (const char *text, gsize length, const Query *query)
{
  gsize needle_length = strlen (query->needle);
  const char *end = text + length;
  const char *hit = text;

  while ((hit = memmem (hit, end - hit, query->needle, needle_length)) != NULL)
    {
      const char *after = hit + needle_length;

      if ((hit == text || hit[-1] == '\n') && (after == end || *after == '\n'))
        {
          g_autoptr(PkIndexEntry) entry = find_stanza (text, length, hit);

          if (entry != NULL && is_asked (query, entry))
            return g_steal_pointer (&entry);
        }
      hit = after;
    }
  return NULL;
}

/* ---- The directory ---- */

static gboolean
is_release (const char *lists, const char *name, char **stem)
{
  g_autofree char *signature = NULL;

  if (g_str_has_suffix (name, "_InRelease"))
    {
      *stem = g_strndup (name, strlen (name) - strlen ("InRelease"));
      return TRUE;
    }
  if (!g_str_has_suffix (name, "_Release"))
    return FALSE;
  signature = g_strdup_printf ("%s/%s.gpg", lists, name);
  if (!g_file_test (signature, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  *stem = g_strndup (name, strlen (name) - strlen ("Release"));
  return TRUE;
}

/* Whether the Release file says so of a file of that digest and size. */
static gboolean
release_names (const char *release, const char *digest, gsize size)
{
  g_autofree char *needle = g_strdup_printf ("\n %s %" G_GSIZE_FORMAT " ", digest, size);
  g_autofree char *text = NULL;
  g_autofree char *squeezed = NULL;
  g_autoptr(GRegex) spaces = g_regex_new (" +", 0, 0, NULL);

  if (!g_file_get_contents (release, &text, NULL, NULL))
    return FALSE;
  squeezed = g_regex_replace_literal (spaces, text, -1, 0, " ", 0, NULL);
  return squeezed != NULL && strstr (squeezed, needle) != NULL;
}

static gboolean
is_verified (const char *lists, GPtrArray *names, const char *index, const char *text, gsize length)
{
  g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text, length);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *stem = NULL;
      g_autofree char *release = g_build_filename (lists, g_ptr_array_index (names, i), NULL);

      if (is_release (lists, g_ptr_array_index (names, i), &stem) && g_str_has_prefix (index, stem) &&
          release_names (release, digest, length))
        return TRUE;
    }
  return FALSE;
}

static PkIndexEntry *
search_file (const char *lists, GPtrArray *names, const char *name, const Query *query)
{
  g_autofree char *path = g_build_filename (lists, name, NULL);
  g_autoptr(GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  g_autoptr(PkIndexEntry) entry = NULL;

  if (file == NULL || g_mapped_file_get_length (file) == 0)
    return NULL;
  entry = search_index (g_mapped_file_get_contents (file), g_mapped_file_get_length (file), query);
  if (entry == NULL)
    return NULL;
  if (is_verified (lists, names, name, g_mapped_file_get_contents (file), g_mapped_file_get_length (file)))
    return g_steal_pointer (&entry);
  g_info ("%s has it, but no signature of it was verified", path);
  return NULL;
}

static GPtrArray *
read_names (const char *lists, GError **error)
{
  g_autoptr(GDir) dir = g_dir_open (lists, 0, error);
  GPtrArray *names;
  const char *name;

  if (dir == NULL)
    return NULL;
  names = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  return names;
}

/* *note: why it may not have been found. */
static PkIndexEntry *
search_lists (const char *lists, const Query *query, const char **note)
{
  g_autoptr(GPtrArray) names = read_names (lists, NULL);

  *note = names == NULL ? ": its lists cannot be read" : "";
  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      PkIndexEntry *entry = g_str_has_suffix (name, "_Packages") ? search_file (lists, names, name, query) : NULL;

      if (entry != NULL)
        return entry;
      if (strstr (name, "_Packages.") != NULL)
        *note = " (indexes that APT keeps compressed are not read)";
    }
  return NULL;
}

/**
 * pk_index_find:
 * @lists: the directory where APT keeps what it knows of repositories
 * @sha256: digest of a package's file, in hexadecimal digits
 * @error: return location for a %PK_ERROR
 *
 * Blocks: for a thread.
 *
 * Returns: (transfer full): the package, or %NULL with %PK_ERROR_UNTRUSTED when no repository whose signature was
 *   verified has it
 */
PkIndexEntry *
pk_index_find (const char *lists, const char *sha256, GError **error)
{
  g_autofree char *digest = g_ascii_strdown (sha256, -1);
  g_autofree char *needle = g_strconcat ("SHA256: ", digest, NULL);
  const Query query = { needle, NULL, NULL, NULL };
  const char *note;
  PkIndexEntry *entry = search_lists (lists, &query, &note);

  if (entry == NULL)
    g_set_error (error, PK_ERROR, PK_ERROR_UNTRUSTED,
                 "No repository whose signature was verified has a file of digest %s%s", digest, note);
  return entry;
}

/**
 * pk_index_has:
 * @lists: the directory where APT keeps what it knows of repositories
 * @ids: identifiers of packages
 * @error: return location for a %PK_ERROR
 *
 * Blocks: for a thread.
 *
 * Returns: whether repositories whose signature was verified have all of them in just these versions
 */
gboolean
pk_index_has (const char *lists, const char *const *ids, GError **error)
{
  for (gsize i = 0; ids[i] != NULL; i++)
    {
      g_autoptr(PkPackage) package = pk_package_new (0, ids[i], "");
      g_autofree char *needle = package != NULL ? g_strconcat ("Package: ", package->name, NULL) : NULL;
      g_autoptr(PkIndexEntry) entry = NULL;
      const char *note = "";

      if (package != NULL)
        {
          const Query query = { needle, package->name, package->version, package->arch };

          entry = search_lists (lists, &query, &note);
        }
      if (entry == NULL)
        {
          g_set_error (error, PK_ERROR, PK_ERROR_UNTRUSTED, "No repository whose signature was verified has %s%s",
                       ids[i], note);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- In a thread ---- */

typedef struct {
  char *lists;
  char *file;
  char *sha256;
} Search;

static void
search_free (Search *search)
{
  g_free (search->lists);
  g_free (search->file);
  g_free (search->sha256);
  g_free (search);
}

static void
search_thread (GTask *task, gpointer source G_GNUC_UNUSED, gpointer task_data,
               GCancellable *cancellable G_GNUC_UNUSED)
{
  Search *search = task_data;
  GError *error = NULL;
  PkIndexEntry *entry = NULL;

  search->sha256 = pk_index_digest_file (search->file, &error);
  if (search->sha256 != NULL)
    entry = pk_index_find (search->lists, search->sha256, &error);
  if (entry != NULL)
    g_task_return_pointer (task, entry, (GDestroyNotify) pk_index_entry_free);
  else
    g_task_return_error (task, error);
}

/**
 * pk_index_find_async:
 * @lists: the directory where APT keeps what it knows of repositories
 * @file: path of a package's file
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Finds out which package @file is by its digest.
 */
void
pk_index_find_async (const char *lists, const char *file, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Search *search = g_new0 (Search, 1);

  search->lists = g_strdup (lists);
  search->file = g_strdup (file);
  g_task_set_source_tag (task, pk_index_find_async);
  g_task_set_task_data (task, search, (GDestroyNotify) search_free);
  g_task_run_in_thread (task, search_thread);
}

/**
 * pk_index_find_finish:
 * @result: what the callback got
 * @sha256: (out) (nullable) (transfer full): the file's digest, when it could be read
 * @error: return location for a %PK_ERROR
 *
 * Returns: (transfer full): the package, see pk_index_find()
 */
PkIndexEntry *
pk_index_find_finish (GAsyncResult *result, char **sha256, GError **error)
{
  Search *search = g_task_get_task_data (G_TASK (result));

  *sha256 = g_strdup (search->sha256);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
check_thread (GTask *task, gpointer source G_GNUC_UNUSED, gpointer task_data, GCancellable *cancellable G_GNUC_UNUSED)
{
  GStrv words = task_data;
  GError *error = NULL;

  if (pk_index_has (words[0], (const char *const *) words + 1, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * pk_index_has_async:
 * @lists: the directory where APT keeps what it knows of repositories
 * @ids: identifiers of packages
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Does pk_index_has() in a thread.
 */
void
pk_index_has_async (const char *lists, const char *const *ids, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr(GStrvBuilder) words = g_strv_builder_new ();

  g_strv_builder_add (words, lists);
  g_strv_builder_addv (words, (const char **) ids);
  g_task_set_source_tag (task, pk_index_has_async);
  g_task_set_task_data (task, g_strv_builder_end (words), (GDestroyNotify) g_strfreev);
  g_task_run_in_thread (task, check_thread);
}

/**
 * pk_index_has_finish:
 * @result: what the callback got
 * @error: return location for a %PK_ERROR
 *
 * Returns: see pk_index_has()
 */
gboolean
pk_index_has_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
