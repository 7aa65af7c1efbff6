/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-acl.h"

#include "base/oma-status.h"

#include <string.h>

#define MAX_TEXT (64 * 1024)
#define N_COMMANDS G_N_ELEMENTS (commands)

static const struct {
  OmaAccess   access;
  const char *name;
  gsize       length;
} commands[] = {
  { OMA_ACCESS_ADD, "Add", 3 },
  { OMA_ACCESS_DELETE, "Delete", 6 },
  { OMA_ACCESS_EXEC, "Exec", 4 },
  { OMA_ACCESS_GET, "Get", 3 },
  { OMA_ACCESS_REPLACE, "Replace", 7 },
};

/* One "Command=a+b"; ids points into the ACL's text. */
typedef struct {
  OmaAccess   command;
  const char *ids;
  gsize       length;
} Entry;

struct _OmaAcl {
  gatomicrefcount ref_count;
  guint           everybody;    /* commands of entries that are "*" */
  guint           n_entries;
  Entry           entries[5];   /* in the order of the text */
  char            text[];
};

G_STATIC_ASSERT (G_N_ELEMENTS (((OmaAcl *) NULL)->entries) == N_COMMANDS);

static gboolean
fail (GError **error, const char *reason)
{
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "Bad ACL: %s", reason);
  return FALSE;
}

/* Says whether @length octets of UTF-8 are one identifier; "*" is none. */
static gboolean
is_server_id (const char *id, gsize length)
{
  const char *end = id + length;

  for (const char *p = id; p < end; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c < 0x80 ? !g_ascii_isgraph (c) || strchr ("=&*+", c) != NULL : !g_unichar_isgraph (c))
        return FALSE;
    }
  return length > 0;
}

/* Checks the ids of an entry and finds whether "*" is one of them. */
static gboolean
read_ids (const char *ids, gsize length, gboolean *everybody)
{
  const char *end = ids + length;

  *everybody = FALSE;
  for (;;)
    {
      const char *plus = memchr (ids, '+', end - ids);
      const char *id_end = plus != NULL ? plus : end;

      if (id_end - ids == 1 && *ids == '*')
        *everybody = TRUE;
      else if (!is_server_id (ids, id_end - ids))
        return FALSE;
      if (plus == NULL)
        return TRUE;
      ids = plus + 1;
    }
}

static gboolean
read_entry (OmaAcl *acl, guint *seen, const char *text, gsize length, GError **error)
{
  const char *equals = memchr (text, '=', length);
  gsize name_length = equals != NULL ? (gsize) (equals - text) : length;
  Entry *entry = &acl->entries[acl->n_entries];
  gboolean everybody;
  guint i;

  for (i = 0; i < N_COMMANDS; i++)
    if (commands[i].length == name_length && memcmp (commands[i].name, text, name_length) == 0)
      break;
  if (i == N_COMMANDS || equals == NULL)
    return fail (error, "an entry does not begin with a command");
  if (*seen & commands[i].access)
    return fail (error, "a command has two entries");
  *seen |= commands[i].access;

  entry->command = commands[i].access;
  entry->ids = equals + 1;
  entry->length = length - name_length - 1;
  if (!read_ids (entry->ids, entry->length, &everybody))
    return fail (error, "an identifier is empty or has a character that it cannot have");
  if (everybody)
    {
      entry->ids = "*";
      entry->length = 1;
      acl->everybody |= entry->command;
    }
  acl->n_entries++;
  return TRUE;
}

/* How many octets the text of @entries has at most. */
static gsize
entries_size (const Entry *entries, guint n_entries)
{
  gsize size = 0;

  for (guint i = 0; i < n_entries; i++)
    size += strlen ("&Replace=") + entries[i].length;
  return size;
}

/* Makes an ACL of @entries, whose ids may stand anywhere. */
static OmaAcl *
acl_build (const Entry *entries, guint n_entries, guint everybody)
{
  OmaAcl *acl = g_malloc (sizeof *acl + entries_size (entries, n_entries) + 1);
  char *p;

  g_atomic_ref_count_init (&acl->ref_count);
  acl->everybody = everybody;
  acl->n_entries = n_entries;
  p = acl->text;
  for (guint i = 0; i < n_entries; i++)
    {
      guint c = 0;

      while (commands[c].access != entries[i].command)
        c++;
      if (i > 0)
        *p++ = '&';
      p = mempcpy (p, commands[c].name, commands[c].length);
      *p++ = '=';
      acl->entries[i] = (Entry) { entries[i].command, p, entries[i].length };
      p = mempcpy (p, entries[i].ids, entries[i].length);
    }
  *p = '\0';
  return acl;
}

/**
 * oma_acl_parse:
 * @text: the text of an ACL.  An empty one is an error: callers take it for "no ACL, the
 *   node inherits" before they come here
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Reads an ACL (DM Tree and Description 1.2, ACL syntax).  An entry that names "*" beside
 * other identifiers becomes "*"; everything else is kept as it is written.
 *
 * Returns: (transfer full): the ACL, or %NULL with %OMA_STATUS_COMMAND_FAILED when an
 *   entry has no identifier, a command is unknown or has two entries, or a character
 *   cannot be there, or with %OMA_STATUS_ENTITY_TOO_LARGE over 64 KiB
 */
OmaAcl *
oma_acl_parse (const char *text, GError **error)
{
  gsize length = strnlen (text, MAX_TEXT + 1);
  OmaAcl raw = { .n_entries = 0 };
  guint seen = 0;

  if (length > MAX_TEXT)
    {
      g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE, "The ACL is too long");
      return NULL;
    }
  if (!g_utf8_validate_len (text, length, NULL))
    return fail (error, "it is not UTF-8"), NULL;
  for (const char *entry = text;;)
    {
      const char *end = strchrnul (entry, '&');

      if (!read_entry (&raw, &seen, entry, end - entry, error))
        return NULL;
      if (*end == '\0')
        return acl_build (raw.entries, raw.n_entries, raw.everybody);
      entry = end + 1;
    }
}

/**
 * oma_acl_ref:
 * @acl: an ACL
 *
 * Returns: (transfer full): @acl
 */
OmaAcl *
oma_acl_ref (OmaAcl *acl)
{
  g_atomic_ref_count_inc (&acl->ref_count);
  return acl;
}

/**
 * oma_acl_unref:
 * @acl: (transfer full): an ACL
 */
void
oma_acl_unref (OmaAcl *acl)
{
  if (g_atomic_ref_count_dec (&acl->ref_count))
    g_free (acl);
}

/**
 * oma_acl_get_text:
 * @acl: an ACL
 *
 * Returns: (transfer none): its text as it was parsed, except that "*" stands alone in its
 *   entry
 */
const char *
oma_acl_get_text (const OmaAcl *acl)
{
  return acl->text;
}

/* Finds an identifier in "a+b+c": its start, or NULL. */
static const char *
find_id (const char *ids, gsize length, const char *server_id, gsize id_length)
{
  const char *end = ids + length;

  for (;;)
    {
      const char *plus = memchr (ids, '+', end - ids);
      gsize n = (plus != NULL ? plus : end) - ids;

      if (n == id_length && memcmp (ids, server_id, n) == 0)
        return ids;
      if (plus == NULL)
        return NULL;
      ids = plus + 1;
    }
}

/**
 * oma_acl_allows:
 * @acl: the ACL in effect
 * @command: one command; for Copy ask for the rights that stand for it
 * @server_id: (nullable): DMAcc ServerID, %NULL for one that only "*" can mean
 *
 * Evaluates an ACL, identifier by identifier (DM Tree and Description 1.2, ACL).
 *
 * Returns: whether the server may do it
 */
gboolean
oma_acl_allows (const OmaAcl *acl, OmaAccess command, const char *server_id)
{
  if (acl->everybody & command)
    return TRUE;
  return server_id != NULL && *server_id != '\0' && oma_acl_names (acl, command, server_id);
}

/**
 * oma_acl_names:
 * @acl: an ACL
 * @command: one command
 * @server_id: DMAcc ServerID
 *
 * Returns: whether the ACL grants @command to this server by its name, not as one of everybody
 */
gboolean
oma_acl_names (const OmaAcl *acl, OmaAccess command, const char *server_id)
{
  for (guint i = 0; i < acl->n_entries; i++)
    if (acl->entries[i].command == command)
      return find_id (acl->entries[i].ids, acl->entries[i].length, server_id, strlen (server_id)) != NULL;
  return FALSE;
}

/**
 * oma_acl_get_commands:
 * @acl: an ACL
 * @server_id: DMAcc ServerID, or "*" for everybody
 *
 * Returns: the #OmaAccess that the ACL grants by this name
 */
guint
oma_acl_get_commands (const OmaAcl *acl, const char *server_id)
{
  guint granted = 0;

  for (guint i = 0; i < acl->n_entries; i++)
    if (oma_acl_names (acl, acl->entries[i].command, server_id))
      granted |= acl->entries[i].command;
  return granted;
}

/**
 * oma_acl_list_servers:
 * @acl: an ACL
 *
 * Returns: (transfer full): the names in it, each once, in the order of the text; "*" for everybody
 */
char **
oma_acl_list_servers (const OmaAcl *acl)
{
  g_autoptr(GStrvBuilder) servers = g_strv_builder_new ();
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < acl->n_entries; i++)
    {
      g_autofree char *ids = g_strndup (acl->entries[i].ids, acl->entries[i].length);
      g_auto(GStrv) names = g_strsplit (ids, "+", -1);

      for (char **name = names; *name != NULL; name++)
        if (g_hash_table_add (seen, g_strdup (*name)))
          g_strv_builder_add (servers, *name);
    }
  return g_strv_builder_end (servers);
}

/**
 * oma_acl_server_id_is_valid:
 * @server_id: a DMAcc ServerID
 *
 * Returns: whether @server_id can stand in an ACL: printable UTF-8 without white space and
 *   without "=", "&", "*" and "+"
 */
gboolean
oma_acl_server_id_is_valid (const char *server_id)
{
  return g_utf8_validate (server_id, -1, NULL) && is_server_id (server_id, strlen (server_id));
}

/* Copies "a+b" without @server_id; returns the new length. */
static gsize
copy_ids_without (char *out, const Entry *entry, const char *server_id)
{
  gsize id_length = strlen (server_id), n = 0;
  const char *end = entry->ids + entry->length;

  for (const char *id = entry->ids; id < end;)
    {
      const char *plus = memchr (id, '+', end - id);
      gsize length = (plus != NULL ? plus : end) - id;

      if (length != id_length || memcmp (id, server_id, length) != 0)
        {
          if (n > 0)
            out[n++] = '+';
          memcpy (out + n, id, length);
          n += length;
        }
      id += length + 1;
    }
  return n;
}

static OmaAcl *
refuse_grant (const OmaAcl *acl, const char *server_id, const char *reason)
{
  g_warning ("Could not grant rights to server “%s”: %s", server_id, reason);
  return acl != NULL ? oma_acl_ref ((OmaAcl *) acl) : NULL;
}

/**
 * oma_acl_with_server:
 * @acl: (nullable): an ACL, %NULL to begin one
 * @grant: which #OmaAccess; the bit of Copy means nothing
 * @server_id: who gets them: a valid identifier, or "*" for everybody
 *
 * Adds rights.  Entries that there are keep their place, new ones follow.
 *
 * Returns: (transfer full) (nullable): the ACL with the rights.  @acl itself when it grants
 *   them already, or, with a warning, when @server_id is not valid or the text would
 *   become longer than oma_acl_parse() reads; so %NULL only when that happens to %NULL or
 *   no right is asked for
 */
OmaAcl *
oma_acl_with_server (const OmaAcl *acl, guint grant, const char *server_id)
{
  const gboolean star = strcmp (server_id, "*") == 0;
  g_autoptr(GPtrArray) grown = g_ptr_array_new_with_free_func (g_free);
  Entry entries[N_COMMANDS];
  guint n = acl != NULL ? acl->n_entries : 0;
  guint everybody = acl != NULL ? acl->everybody : 0, seen = 0;

  if (!star && !oma_acl_server_id_is_valid (server_id))
    return refuse_grant (acl, server_id, "it cannot stand in an ACL");
  for (guint i = 0; i < n; i++)
    {
      Entry *entry = &entries[i];
      char *ids;

      *entry = acl->entries[i];
      seen |= entry->command;
      if (!(grant & entry->command) || oma_acl_allows (acl, entry->command, server_id))
        continue;
      ids = star ? g_strdup ("*") : g_strdup_printf ("%.*s+%s", (int) entry->length, entry->ids, server_id);
      g_ptr_array_add (grown, ids);
      *entry = (Entry) { entry->command, ids, strlen (ids) };
    }
  for (guint c = 0; c < N_COMMANDS; c++)
    {
      if (grant & ~seen & commands[c].access)
        entries[n++] = (Entry) { commands[c].access, server_id, strlen (server_id) };
      if (star)
        everybody |= grant & commands[c].access;
    }

  if (acl != NULL && grown->len == 0 && n == acl->n_entries)
    return oma_acl_ref ((OmaAcl *) acl);
  if (entries_size (entries, n) > MAX_TEXT)
    return refuse_grant (acl, server_id, "the ACL would be too long");
  return n > 0 ? acl_build (entries, n, everybody) : NULL;
}

/**
 * oma_acl_without_server:
 * @acl: an ACL
 * @server_id: whose rights go; what everybody may do stays
 *
 * Removes a server from every entry; an entry that is left empty is removed (DM Tree and
 * Description 1.2, ACL).  That the root must keep an ACL is the caller's to see to.
 *
 * Returns: (transfer full) (nullable): the ACL that is left, @acl itself when it does not
 *   name the server, or %NULL when nothing is left
 */
OmaAcl *
oma_acl_without_server (const OmaAcl *acl, const char *server_id)
{
  gsize id_length = strlen (server_id);
  g_autofree char *buffer = NULL;
  Entry entries[N_COMMANDS];
  gboolean named = FALSE;
  guint n = 0;
  char *out;

  for (guint i = 0; i < acl->n_entries && id_length > 0 && strcmp (server_id, "*") != 0; i++)
    named |= find_id (acl->entries[i].ids, acl->entries[i].length, server_id, id_length) != NULL;
  if (!named)
    return oma_acl_ref ((OmaAcl *) acl);

  out = buffer = g_malloc (strlen (acl->text));
  for (guint i = 0; i < acl->n_entries; i++)
    {
      gsize length = copy_ids_without (out, &acl->entries[i], server_id);

      if (length == 0)
        continue;
      entries[n++] = (Entry) { acl->entries[i].command, out, length };
      out += length;
    }
  return n > 0 ? acl_build (entries, n, acl->everybody) : NULL;
}
