/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-media.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The forms of MO data that we write, the best first. */
static const OmaDm2Media medias[] = {
  { OMA_MO_DATA_TYPE_JSON, TRUE, OMA_ENCODING_XML },
  { OMA_MO_DATA_TYPE_JSON_ONE, TRUE, OMA_ENCODING_XML },
  { "application/json", TRUE, OMA_ENCODING_XML },
  { OMA_TNDS_TYPE_XML, FALSE, OMA_ENCODING_XML },
  { OMA_TNDS_TYPE_WBXML, FALSE, OMA_ENCODING_WBXML },
};

/* What a node takes beside its value: quotation marks, braces, tags. */
#define NODE_OVERHEAD 64   /* octets */

/* ---- Negotiation ---- */

/* How exactly @range, as in Accept, names @type: 0 not at all, 3 by its name. */
static guint
match_range (const char *range, const char *type)
{
  gsize length = strcspn (type, "/") + 1;

  if (g_ascii_strcasecmp (range, type) == 0)
    return 3;
  if (strcmp (range, "*/*") == 0 || strcmp (range, "*") == 0)
    return 1;
  return g_ascii_strncasecmp (range, type, length) == 0 && strcmp (range + length, "*") == 0 ? 2 : 0;
}

static double
read_quality (char **parameters)
{
  for (; *parameters != NULL; parameters++)
    {
      const char *parameter = g_strstrip (*parameters);

      if (g_ascii_strncasecmp (parameter, "q=", 2) == 0)
        return CLAMP (g_ascii_strtod (parameter + 2, NULL), 0.0, 1.0);
    }
  return 1.0;
}

/* The range that names @type the most exactly decides (RFC 9110, 12.5.1). */
static double
find_quality (char **ranges, const char *type)
{
  double quality = 0.0;
  guint best = 0;

  for (; *ranges != NULL; ranges++)
    {
      g_auto(GStrv) parts = g_strsplit (*ranges, ";", -1);
      guint match = parts[0] != NULL ? match_range (g_strstrip (parts[0]), type) : 0;

      if (match <= best)
        continue;
      best = match;
      quality = read_quality (parts + 1);
    }
  return quality;
}

/**
 * oma_dm2_media_get_default:
 *
 * Returns: (transfer none): the form in which MO data go where nobody asks for another
 */
const OmaDm2Media *
oma_dm2_media_get_default (void)
{
  return &medias[0];
}

/**
 * oma_dm2_media_choose:
 * @accept: (nullable): what the other side takes, as in Accept; %NULL: anything
 * @single: there is one object to write: TNDS has no more than one in a document
 * @not_this: (nullable): a form that was refused
 *
 * Chooses the form in which the other side wants MO data the most, and the best of several that it wants alike (DM
 * Protocol 2.0, negotiation).
 *
 * Returns: (transfer none) (nullable): the form, %NULL when there is none that it takes
 */
const OmaDm2Media *
oma_dm2_media_choose (const char *accept, gboolean single, const OmaDm2Media *not_this)
{
  g_auto(GStrv) ranges = g_strsplit (accept != NULL ? accept : "*/*", ",", -1);
  const OmaDm2Media *chosen = NULL;
  double best = 0.0;

  for (gsize i = 0; i < G_N_ELEMENTS (medias); i++)
    {
      double quality = find_quality (ranges, medias[i].type);

      if (&medias[i] != not_this && (single || medias[i].is_json) && quality > best)
        {
          chosen = &medias[i];
          best = quality;
        }
    }
  return chosen;
}

/* ---- Writing ---- */

/* Where it is written to. */
typedef struct {
  GByteArray *memory;     /* (nullable) */
  gsize       max_size;
  int         fd;
} Sink;

static gboolean
write_to_memory (const char *data, gsize size, gpointer user_data, GError **error)
{
  Sink *sink = user_data;

  if (size > sink->max_size - sink->memory->len)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE, "The data are too large");
      return FALSE;
    }
  g_byte_array_append (sink->memory, (const guint8 *) data, size);
  return TRUE;
}

static gboolean
write_to_file (const char *data, gsize size, gpointer user_data, GError **error)
{
  const Sink *sink = user_data;

  while (size > 0)
    {
      gssize n = write (sink->fd, data, size);

      if (n < 0 && errno != EINTR)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (code), "The data could not be kept: %s",
                       g_strerror (code));
          return FALSE;
        }
      if (n < 0)
        continue;
      data += n;
      size -= n;
    }
  return TRUE;
}

/* What of @data there is to write: not what the server has, nor what has no value.  @sources has room for all.
 * Returns: how many it has then */
static guint
list_sources (const GPtrArray *data, OmaMoSource *sources)
{
  guint n = 0;

  for (guint i = 0; i < data->len; i++)
    {
      const OmaObjectData *item = g_ptr_array_index (data, i);

      if (item->nodes != NULL)
        sources[n++] = (OmaMoSource) {
          .client_uri = item->node->client_uri,
          .cv = item->cv,
          .name = item->node->name,
          .nodes = item->nodes,
        };
    }
  return n;
}

static gboolean
write_data (const OmaDm2Media *media, const GPtrArray *data, OmaWriteFunc func, Sink *sink, GError **error)
{
  OmaMoSource only = { 0 };
  g_autofree OmaMoSource *several = data->len > 1 ? g_new (OmaMoSource, data->len) : NULL;
  OmaMoSource *sources = several != NULL ? several : &only;
  guint n = list_sources (data, sources);

  if (media->is_json)
    return oma_mo_data_write_json (sources, n, func, sink, error);
  return oma_mo_data_write_tnds (sources, media->encoding, func, sink, error);
}

/**
 * oma_dm2_media_write:
 * @media: a form
 * @data: (element-type OmaObjectData): what was read; of TNDS one object that is there
 * @max_size: the most octets
 * @error: return location for %OMA_STATUS_ERROR: %OMA_STATUS_ENTITY_TOO_LARGE when they would be more
 *
 * Writes what there is of @data: not what the server has already, nor leaves without a value.
 *
 * Returns: (transfer full): the octets, or %NULL
 */
GBytes *
oma_dm2_media_write (const OmaDm2Media *media, const GPtrArray *data, gsize max_size, GError **error)
{
  Sink sink = { .memory = g_byte_array_new (), .max_size = max_size, .fd = -1 };

  if (write_data (media, data, write_to_memory, &sink, error))
    return g_byte_array_free_to_bytes (sink.memory);
  g_byte_array_unref (sink.memory);
  return NULL;
}

/**
 * oma_dm2_media_write_fd:
 * @media: a form
 * @data: (element-type OmaObjectData): what was read
 * @fd: a file
 * @error: return location for %OMA_STATUS_ERROR or %G_IO_ERROR
 *
 * As oma_dm2_media_write(), to a file.  It waits for the disk: it is for threads other than the main one, while nobody
 * else touches @data.
 *
 * Returns: whether all was written
 */
gboolean
oma_dm2_media_write_fd (const OmaDm2Media *media, const GPtrArray *data, int fd, GError **error)
{
  Sink sink = { .fd = fd };

  return write_data (media, data, write_to_file, &sink, error);
}

/**
 * oma_dm2_media_measure:
 * @data: (element-type OmaObjectData): what was read
 *
 * Returns: about how many octets it will be when it is written
 */
gsize
oma_dm2_media_measure (const GPtrArray *data)
{
  gsize size = 0;

  for (guint i = 0; i < data->len; i++)
    {
      const OmaObjectData *item = g_ptr_array_index (data, i);
      guint n = item->nodes != NULL ? oma_node_list_get_length (item->nodes) : 0;

      for (guint j = 0; j < n; j++)
        {
          OmaValue *value = oma_node_list_get_value (item->nodes, j);

          size += NODE_OVERHEAD + strlen (oma_node_list_get_uri (item->nodes, j)) +
                  (value != NULL ? oma_value_get_size (value) : 0);
        }
    }
  return size;
}
