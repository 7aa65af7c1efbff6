/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-dm2-package.h"

#include "codec/oma-json-reader.h"

#include <string.h>

/* Nobody needs more; what is unknown is skipped. */
#define MAX_DEPTH 64
#define MAX_NAMES 10000
#define MAX_PARAMETER (64 * 1024)      /* octets; other bounds are those of URIs */

static const OmaJsonLimits limits = {
  .max_size = OMA_DM2_MAX_PACKAGE, .max_depth = MAX_DEPTH, .max_names = MAX_NAMES, .max_text = MAX_PARAMETER,
};

typedef enum {
  NONE,
  OPTIONAL,
  REQUIRED,
} Need;

/* Our reading: parameters are told apart by their schemes, not by their place, since of some commands the order is not
 * known. */
static const struct {
  const char *name;
  Need        server_uri;
  guint       min_client_uris;
  guint       max_client_uris;
} rules[] = {
  [OMA_DM2_COMMAND_UNKNOWN] = { "", OPTIONAL, 0, OMA_DM2_MAX_PARAMETERS },
  [OMA_DM2_COMMAND_HGET] = { "HGET", REQUIRED, 0, 1 },
  [OMA_DM2_COMMAND_HPUT] = { "HPUT", REQUIRED, 1, OMA_DM2_MAX_PARAMETERS },
  [OMA_DM2_COMMAND_HPOST] = { "HPOST", REQUIRED, 1, OMA_DM2_MAX_PARAMETERS },
  [OMA_DM2_COMMAND_DELETE] = { "DELETE", NONE, 1, 1 },
  [OMA_DM2_COMMAND_EXEC] = { "EXEC", OPTIONAL, 1, 1 },
  [OMA_DM2_COMMAND_GET] = { "GET", NONE, 1, OMA_DM2_MAX_PARAMETERS },
  [OMA_DM2_COMMAND_SHOW] = { "SHOW", REQUIRED, 0, 0 },
  [OMA_DM2_COMMAND_CONT] = { "CONT", REQUIRED, 0, 0 },
  [OMA_DM2_COMMAND_END] = { "END", NONE, 0, 0 },
  [OMA_DM2_COMMAND_DEFAULT] = { "DEFAULT", REQUIRED, 1, 1 },
  [OMA_DM2_COMMAND_SUB] = { "SUB", REQUIRED, 1, 1 },
  [OMA_DM2_COMMAND_UNSUB] = { "UNSUB", NONE, 1, 1 },
};

typedef struct {
  GPtrArray     *commands;
  guint          depth;          /* arrays and objects that are open */
  gboolean       at_cmd;         /* the value of CMD comes, or has come */
  gboolean       in_cmd;
  gboolean       found;
  OmaDm2Command *command;        /* the one under way */
  GPtrArray     *client_uris;    /* (element-type utf8): of it */
  guint          n_items;        /* of it, its name too */
  guint          n_server_uris;
  const char    *fault;          /* (nullable): why it is bad */
} PackageReader;

static void
command_free (OmaDm2Command *command)
{
  g_free (command->name);
  g_free (command->server_uri);
  g_strfreev (command->client_uris);
  g_free (command->reason);
  g_free (command);
}

/**
 * oma_dm2_command_type_to_name:
 * @type: a command
 *
 * Returns: its name as packages have it, "" for %OMA_DM2_COMMAND_UNKNOWN
 */
const char *
oma_dm2_command_type_to_name (OmaDm2CommandType type)
{
  return rules[type].name;
}

static OmaDm2CommandType
find_type (const char *name)
{
  for (gsize i = OMA_DM2_COMMAND_HGET; i < G_N_ELEMENTS (rules); i++)
    if (strcmp (rules[i].name, name) == 0)
      return (OmaDm2CommandType) i;
  return OMA_DM2_COMMAND_UNKNOWN;
}

static gboolean
fail (OmaCodecError code, const char *reason, GError **error)
{
  g_set_error (error, OMA_CODEC_ERROR, code, "Not a package 2: %s", reason);
  return FALSE;
}

/* ---- One command ---- */

static void
spoil (PackageReader *reader, const char *fault)
{
  if (reader->fault == NULL)
    reader->fault = fault;
}

static gboolean
start_command (PackageReader *reader, GError **error)
{
  if (reader->commands->len >= OMA_DM2_MAX_COMMANDS)
    return fail (OMA_CODEC_ERROR_LIMIT, "there are too many commands", error);
  reader->command = g_new0 (OmaDm2Command, 1);
  g_ptr_array_add (reader->commands, reader->command);
  g_ptr_array_set_size (reader->client_uris, 0);
  reader->n_items = reader->n_server_uris = 0;
  reader->fault = NULL;
  return TRUE;
}

static gboolean
is_server_uri (const char *text, gsize length)
{
  return (length >= strlen ("http:") && g_ascii_strncasecmp (text, "http:", strlen ("http:")) == 0) ||
         (length >= strlen ("https:") && g_ascii_strncasecmp (text, "https:", strlen ("https:")) == 0);
}

static void
add_parameter (PackageReader *reader, const char *text, gsize length)
{
  OmaDm2Command *command = reader->command;

  if (reader->n_items > 1 + OMA_DM2_MAX_PARAMETERS)
    spoil (reader, "there are too many parameters");
  else if (!is_server_uri (text, length))
    g_ptr_array_add (reader->client_uris, g_strndup (text, length));
  else if (reader->n_server_uris++ == 0)
    command->server_uri = g_strndup (text, length);
}

static void
add_item (PackageReader *reader, OmaJsonKind kind, const char *text, gsize length)
{
  OmaDm2Command *command = reader->command;

  if (reader->n_items++ == 0 && kind == OMA_JSON_STRING)
    {
      command->name = g_strndup (text, length);
      command->type = find_type (command->name);
    }
  else if (kind != OMA_JSON_STRING)
    spoil (reader, "an item is no text");
  else
    add_parameter (reader, text, length);
}

/* Other than as text. */
static void
add_bad_item (PackageReader *reader, const char *fault)
{
  reader->n_items++;
  spoil (reader, fault);
}

static const char *
find_fault (const PackageReader *reader)
{
  guint n = reader->client_uris->len, n_servers = reader->n_server_uris;
  OmaDm2CommandType type = reader->command->type;

  if (reader->fault != NULL)
    return reader->fault;
  if (n_servers == 0 && rules[type].server_uri == REQUIRED)
    return "there is no address of a server";
  if (n_servers > (rules[type].server_uri == NONE ? 0 : 1))
    return "there is an address of a server too many";
  if (n < rules[type].min_client_uris)
    return type == OMA_DM2_COMMAND_DEFAULT ? "there is no identifier" : "there is no ClientURI";
  return n > rules[type].max_client_uris ? "there is a parameter too many" : NULL;
}

static void
refuse_command (OmaDm2Command *command, OmaStatus status, const char *reason)
{
  command->status = status;
  command->reason = g_strdup (reason);
}

static void
end_command (PackageReader *reader)
{
  OmaDm2Command *command = reader->command;
  GPtrArray *client_uris = reader->client_uris;
  const char *fault;

  fault = find_fault (reader);
  if (command->name == NULL)
    refuse_command (command, OMA_STATUS_BAD_REQUEST, "it has no name");
  else if (command->type == OMA_DM2_COMMAND_UNKNOWN)
    refuse_command (command, OMA_STATUS_NOT_IMPLEMENTED, "there is no such command");
  else if (fault != NULL)
    refuse_command (command, OMA_STATUS_BAD_REQUEST, fault);
  command->client_uris = g_new (char *, client_uris->len + 1);
  for (guint i = 0; i < client_uris->len; i++)
    command->client_uris[i] = g_steal_pointer (&g_ptr_array_index (client_uris, i));
  command->client_uris[client_uris->len] = NULL;
  reader->command = NULL;
}

/* An entry that is no array. */
static gboolean
add_bad_command (PackageReader *reader, GError **error)
{
  if (!start_command (reader, error))
    return FALSE;
  end_command (reader);
  return TRUE;
}

/* ---- The package ---- */

#define DEPTH_TOP 1
#define DEPTH_CMD 2
#define DEPTH_COMMAND 3

static gboolean
start_command_array (PackageReader *reader, gboolean is_array, GError **error)
{
  if (!start_command (reader, error))
    return FALSE;
  if (!is_array)
    add_bad_item (reader, "it is no array");      /* in place of the name */
  return TRUE;
}

static gboolean
take_start (gboolean is_array, gpointer user_data, GError **error)
{
  PackageReader *reader = user_data;
  guint depth = ++reader->depth;

  if (depth == DEPTH_TOP && is_array)
    return fail (OMA_CODEC_ERROR_MALFORMED, "it is no object", error);
  if (depth == DEPTH_CMD && reader->at_cmd)
    {
      if (!is_array)
        return fail (OMA_CODEC_ERROR_MALFORMED, "CMD is no array", error);
      reader->in_cmd = reader->found = TRUE;
    }
  if (depth == DEPTH_COMMAND && reader->in_cmd)
    return start_command_array (reader, is_array, error);
  if (depth == DEPTH_COMMAND + 1 && reader->in_cmd)
    add_bad_item (reader, "an item is no text");
  return TRUE;
}

static gboolean
take_end (gpointer user_data, GError **error G_GNUC_UNUSED)
{
  PackageReader *reader = user_data;
  guint depth = reader->depth--;

  if (depth == DEPTH_COMMAND && reader->in_cmd)
    end_command (reader);
  if (depth == DEPTH_CMD)
    reader->in_cmd = FALSE;
  return TRUE;
}

static gboolean
take_name (const char *name, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  PackageReader *reader = user_data;

  if (reader->depth == DEPTH_TOP)
    reader->at_cmd = length == strlen ("CMD") && memcmp (name, "CMD", length) == 0;
  return TRUE;
}

static gboolean
take_part (const char *text G_GNUC_UNUSED, gsize length G_GNUC_UNUSED, gpointer user_data,
           GError **error G_GNUC_UNUSED)
{
  PackageReader *reader = user_data;

  if (reader->depth == DEPTH_COMMAND && reader->in_cmd)
    spoil (reader, "an item is too long");
  return TRUE;
}

static gboolean
take_scalar (OmaJsonKind kind, const char *text, gsize length, gpointer user_data, GError **error)
{
  PackageReader *reader = user_data;

  if (reader->depth == DEPTH_TOP && reader->at_cmd)
    return fail (OMA_CODEC_ERROR_MALFORMED, "CMD is no array", error);
  if (reader->depth == DEPTH_CMD && reader->in_cmd)
    return add_bad_command (reader, error);
  if (reader->depth == DEPTH_COMMAND && reader->in_cmd)
    add_item (reader, kind, text, length);
  return TRUE;
}

/**
 * oma_dm2_commands_read:
 * @data: (nullable): a package 2
 * @size: its octets
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Reads a package 2 (DM Protocol 2.0, commands).  Members that are not known are skipped.  A command that is not as it
 * must be says so in its status and does no harm to the others.
 *
 * Returns: (transfer full) (element-type OmaDm2Command): the commands in their order, or %NULL with
 *   %OMA_CODEC_ERROR_MALFORMED when it is not JSON or has no CMD, or %OMA_CODEC_ERROR_LIMIT
 */
GPtrArray *
oma_dm2_commands_read (gconstpointer data, gsize size, GError **error)
{
  static const OmaJsonHandler handler = { take_start, take_end, take_name, take_part, take_scalar };
  g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) command_free);
  g_autoptr(GPtrArray) client_uris = g_ptr_array_new_with_free_func (g_free);
  PackageReader reader = { .commands = commands, .client_uris = client_uris };
  g_autoptr(OmaJsonReader) json = oma_json_reader_new (&handler, &limits, &reader);

  if (!oma_json_reader_feed (json, data, size, error) || !oma_json_reader_finish (json, error))
    return NULL;
  if (!reader.found)
    {
      fail (OMA_CODEC_ERROR_MALFORMED, "there is no CMD", error);
      return NULL;
    }
  return g_steal_pointer (&commands);
}
