/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-client-uri.h"

#include "base/oma-status.h"
#include "base/oma-uri.h"

#include <string.h>

/* ClientURIs (DM Protocol 2.0, addressing):
 *
 *   ClientURI = MOID "/" instance "/" [path] [ "?" field "=" value *( "&" field "=" value ) ]
 *
 * Our reading, where the text was not to be had:
 *
 * - Escapes are decoded behind splitting, in the MOID, each segment and each value, so that an escaped separator never
 *   separates, "%2A" is a name and no wildcard, "%28x%29" a name and no x-name.
 * - A MOID alone, or with one slash, names the root of its only instance; a slash behind the last segment is none of
 *   its own.
 * - An x-name without a condition is any node, like "*".
 * - A condition for a letter that is not in the path, and a field that is neither "nv" nor "cv", are errors: to ignore
 *   a condition would address more than the server meant. */

#define USUAL_DEPTH 4      /* segments for which there is room at once */
#define USUAL_LENGTH 64    /* octets of a text that is written, the same */

#define FIELD_CONDITION "nv"
#define FIELD_VALIDATOR "cv"

static gboolean
refuse (OmaStatus status, const char *reason, GError **error)
{
  g_set_error (error, OMA_STATUS_ERROR, status, "Bad ClientURI: %s", reason);
  return FALSE;
}

static void
segment_clear (gpointer data)
{
  OmaClientSegment *segment = data;

  g_clear_pointer (&segment->name, g_free);
}

static void
condition_clear (gpointer data)
{
  OmaClientCondition *condition = data;

  g_clear_pointer (&condition->path, g_strfreev);
  g_clear_pointer (&condition->value, g_free);
}

/* ---- Parts ---- */

/* Those of 0x20 to 0x7e that must be escaped: a set of bits for each half. */
#define BIT(c) (G_GUINT64_CONSTANT (1) << ((c) & 63))

static const guint64 refused[] = {
  BIT (' ') | BIT ('"') | BIT ('#') | BIT ('<') | BIT ('>'),
  BIT ('[') | BIT ('\\') | BIT (']') | BIT ('^') | BIT ('`') | BIT ('{') | BIT ('|') | BIT ('}'),
};

static gboolean
check_characters (const char *text, GError **error)
{
  for (const guchar *p = (const guchar *) text; *p != '\0'; p++)
    if (*p < ' ' || *p >= 0x7f || (refused[*p >> 6] & BIT (*p)) != 0)
      return refuse (OMA_STATUS_BAD_REQUEST, "it holds a character that must be escaped", error);
  return TRUE;
}

/* (transfer full): text, without a NUL inside. */
static char *
decode (const char *text, gsize length, GError **error)
{
  char *decoded;

  if (memchr (text, '%', length) == NULL)
    return g_strndup (text, length);      /* of ASCII alone, as was checked */
  decoded = g_uri_unescape_segment (text, text + length, NULL);
  if (decoded != NULL && g_utf8_validate (decoded, -1, NULL))
    return decoded;
  g_free (decoded);
  refuse (OMA_STATUS_BAD_REQUEST, "an escape is broken or stands for no text", error);
  return NULL;
}

/* (transfer full): what can be the name of a node. */
static char *
decode_name (const char *text, gsize length, GError **error)
{
  g_autofree char *name = NULL;

  if (length > OMA_URI_MAX_SEGMENT)
    {
      refuse (OMA_STATUS_URI_TOO_LONG, "a segment is too long", error);
      return NULL;
    }
  name = decode (text, length, error);
  if (name != NULL && !oma_uri_name_is_valid (name, strlen (name)))
    {
      refuse (OMA_STATUS_BAD_REQUEST, "a segment is empty or cannot be a name", error);
      return NULL;
    }
  return g_steal_pointer (&name);
}

static gboolean
is_x_name (const char *text, gsize length)
{
  return length == 3 && text[0] == '(' && g_ascii_isalpha (text[1]) && text[2] == ')';
}

static gboolean
has_letter (const OmaClientUri *uri, char letter)
{
  if (uri->instance.letter == letter)
    return TRUE;
  for (guint i = 0; i < uri->path->len; i++)
    if (g_array_index (uri->path, OmaClientSegment, i).letter == letter)
      return TRUE;
  return FALSE;
}

/* *segment is part of @uri afterwards; the instance may be a whole path, see oma-instances.h. */
static gboolean
read_segment (const OmaClientUri *uri, OmaClientSegment *segment, const char *text, gsize length, gboolean is_instance,
              GError **error)
{
  *segment = (OmaClientSegment) { .kind = OMA_CLIENT_SEGMENT_NAME };
  if (length == 1 && *text == '*')
    segment->kind = OMA_CLIENT_SEGMENT_ANY;
  else if (is_x_name (text, length))
    {
      if (has_letter (uri, text[1]))
        return refuse (OMA_STATUS_BAD_REQUEST, "an x-name stands there twice", error);
      segment->kind = OMA_CLIENT_SEGMENT_LETTER;
      segment->letter = text[1];
    }
  else if (is_instance && length == 0)
    segment->kind = OMA_CLIENT_SEGMENT_ONLY;
  else
    segment->name = is_instance ? decode (text, length, error) : decode_name (text, length, error);
  return segment->kind != OMA_CLIENT_SEGMENT_NAME || segment->name != NULL;
}

/* ---- The path ---- */

static gboolean
read_path (OmaClientUri *uri, const char *text, const char *end, GError **error)
{
  while (text < end)
    {
      const char *slash = memchr (text, '/', end - text);
      const char *segment_end = slash != NULL ? slash : end;
      OmaClientSegment segment;

      if (uri->path->len == OMA_URI_MAX_DEPTH)
        return refuse (OMA_STATUS_URI_TOO_LONG, "it has too many segments", error);
      if (!read_segment (uri, &segment, text, segment_end - text, FALSE, error))
        return FALSE;
      g_array_append_val (uri->path, segment);
      text = segment_end + 1;
    }
  return TRUE;
}

static gboolean
read_address (OmaClientUri *uri, const char *text, const char *end, GError **error)
{
  const char *slash = memchr (text, '/', end - text);
  const char *moid_end = slash != NULL ? slash : end;
  const char *instance_end;

  if (moid_end == text)
    return refuse (OMA_STATUS_BAD_REQUEST, "it has no management object identifier", error);
  uri->moid = decode (text, moid_end - text, error);
  if (uri->moid == NULL)
    return FALSE;
  uri->instance.kind = OMA_CLIENT_SEGMENT_ONLY;
  if (slash == NULL)
    return TRUE;
  text = slash + 1;
  slash = memchr (text, '/', end - text);
  instance_end = slash != NULL ? slash : end;
  if (!read_segment (uri, &uri->instance, text, instance_end - text, TRUE, error))
    return FALSE;
  return slash == NULL || read_path (uri, slash + 1, end, error);
}

/* ---- The query ---- */

static char **
read_condition_path (const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);
  g_auto(GStrv) path = g_strsplit (copy, "/", -1);

  if (g_strv_length (path) > OMA_URI_MAX_DEPTH)
    {
      refuse (OMA_STATUS_URI_TOO_LONG, "a condition has too many segments", error);
      return NULL;
    }
  for (guint i = 0; path[i] != NULL; i++)
    {
      char *name = decode_name (path[i], strlen (path[i]), error);

      if (name == NULL)
        return NULL;
      g_free (path[i]);
      path[i] = name;
    }
  return g_steal_pointer (&path);
}

/* "(x)/REL/PATH:VALUE" */
static gboolean
read_condition (OmaClientUri *uri, const char *text, gsize length, GError **error)
{
  const char *colon = memchr (text, ':', length);
  OmaClientCondition condition = { .letter = '\0' };

  if (uri->conditions->len == OMA_CLIENT_URI_MAX_CONDITIONS)
    return refuse (OMA_STATUS_URI_TOO_LONG, "it has too many conditions", error);
  if (colon == NULL || colon - text < 5 || !is_x_name (text, 3) || text[3] != '/')
    return refuse (OMA_STATUS_BAD_REQUEST, "a condition is no x-name, relative path and value", error);
  condition.letter = text[1];
  if (!has_letter (uri, condition.letter))
    return refuse (OMA_STATUS_BAD_REQUEST, "a condition is about an x-name that is not there", error);
  condition.path = read_condition_path (text + 4, colon - text - 4, error);
  if (condition.path != NULL)
    condition.value = decode (colon + 1, text + length - colon - 1, error);
  g_array_append_val (uri->conditions, condition);
  return condition.value != NULL;
}

static gboolean
read_field (OmaClientUri *uri, const char *text, gsize length, GError **error)
{
  const char *equals = memchr (text, '=', length);
  const gsize name_length = equals != NULL ? (gsize) (equals - text) : length;

  if (equals == NULL || name_length != 2)
    return refuse (OMA_STATUS_BAD_REQUEST, "a field of the query is unknown", error);
  if (memcmp (text, FIELD_CONDITION, 2) == 0)
    return read_condition (uri, equals + 1, length - 3, error);
  if (memcmp (text, FIELD_VALIDATOR, 2) != 0)
    return refuse (OMA_STATUS_BAD_REQUEST, "a field of the query is unknown", error);
  if (uri->cv != NULL)
    return refuse (OMA_STATUS_BAD_REQUEST, "there are two cache validators", error);
  uri->cv = decode (equals + 1, length - 3, error);
  return uri->cv != NULL;
}

static gboolean
read_query (OmaClientUri *uri, const char *text, GError **error)
{
  for (;;)
    {
      const gsize length = strcspn (text, "&");

      if (!read_field (uri, text, length, error))
        return FALSE;
      if (text[length] == '\0')
        return TRUE;
      text += length + 1;
    }
}

/* ---- All of it ---- */

/**
 * oma_client_uri_parse:
 * @text: a ClientURI as a server wrote it
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Reads a ClientURI with its query (DM Protocol 2.0, addressing).
 *
 * Returns: (transfer full): the ClientURI; %NULL with %OMA_STATUS_NOT_FOUND for an empty text,
 *   %OMA_STATUS_URI_TOO_LONG for a limit, %OMA_STATUS_BAD_REQUEST for anything that cannot be parsed
 */
OmaClientUri *
oma_client_uri_parse (const char *text, GError **error)
{
  g_autoptr(OmaClientUri) uri = NULL;
  const char *query = strchr (text, '?');
  const gsize length = strnlen (text, OMA_CLIENT_URI_MAX_LENGTH + 1);

  if (length == 0)
    {
      refuse (OMA_STATUS_NOT_FOUND, "it is empty", error);
      return NULL;
    }
  if (length > OMA_CLIENT_URI_MAX_LENGTH)
    {
      refuse (OMA_STATUS_URI_TOO_LONG, "it is too long", error);
      return NULL;
    }
  if (!check_characters (text, error))
    return NULL;
  uri = g_new0 (OmaClientUri, 1);
  uri->text = g_strdup (text);
  uri->path = g_array_sized_new (FALSE, TRUE, sizeof (OmaClientSegment), USUAL_DEPTH);
  g_array_set_clear_func (uri->path, segment_clear);
  uri->conditions = g_array_new (FALSE, TRUE, sizeof (OmaClientCondition));
  g_array_set_clear_func (uri->conditions, condition_clear);
  if (!read_address (uri, text, query != NULL ? query : text + length, error) ||
      (query != NULL && !read_query (uri, query + 1, error)))
    return NULL;
  return g_steal_pointer (&uri);
}

/**
 * oma_client_uri_free:
 * @uri: (transfer full): a ClientURI
 */
void
oma_client_uri_free (OmaClientUri *uri)
{
  g_free (uri->text);
  g_free (uri->moid);
  segment_clear (&uri->instance);
  g_array_unref (uri->path);
  g_array_unref (uri->conditions);
  g_free (uri->cv);
  g_free (uri);
}

static gboolean
segment_is_multiple (const OmaClientSegment *segment)
{
  return segment->kind == OMA_CLIENT_SEGMENT_ANY || segment->kind == OMA_CLIENT_SEGMENT_LETTER;
}

/**
 * oma_client_uri_is_multiple:
 * @uri: a ClientURI
 *
 * Returns: whether it may name several nodes: it has a wildcard or an x-name
 */
gboolean
oma_client_uri_is_multiple (const OmaClientUri *uri)
{
  if (segment_is_multiple (&uri->instance))
    return TRUE;
  for (guint i = 0; i < uri->path->len; i++)
    if (segment_is_multiple (&g_array_index (uri->path, OmaClientSegment, i)))
      return TRUE;
  return FALSE;
}

/* What could be taken for a separator, a wildcard or an x-name is escaped too. */
#define UNESCAPED "!$'+,:;=@"

static gboolean
needs_no_escape (const char *name)
{
  for (; *name != '\0'; name++)
    if (!g_ascii_isalnum (*name) && strchr ("-._~" UNESCAPED, *name) == NULL)
      return FALSE;
  return TRUE;
}

static void
append_escaped (GString *text, const char *name)
{
  if (needs_no_escape (name))
    g_string_append (text, name);
  else
    g_string_append_uri_escaped (text, name, UNESCAPED, FALSE);
}

/**
 * oma_client_uri_make:
 * @moid: management object identifier
 * @miid: decoded identifier of the instance
 * @path: (nullable) (array zero-terminated=1): decoded names of the nodes below its root, %NULL for the root itself
 *
 * Writes a ClientURI: oma_client_uri_parse() gives the same names, whatever they are.
 *
 * Returns: (transfer full): the ClientURI; that of a root ends with a slash
 */
char *
oma_client_uri_make (const char *moid, const char *miid, const char *const *path)
{
  GString *text = g_string_sized_new (USUAL_LENGTH);

  append_escaped (text, moid);
  g_string_append_c (text, '/');
  append_escaped (text, miid);
  g_string_append_c (text, '/');
  for (guint i = 0; path != NULL && path[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (text, '/');
      append_escaped (text, path[i]);
    }
  return g_string_free (text, FALSE);
}
