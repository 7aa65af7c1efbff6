/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-mo-data-private.h"

#include "base/oma-status.h"
#include "codec/oma-codec.h"

#include <errno.h>
#include <unistd.h>

typedef enum {
  FORM_NONE,
  FORM_JSON,
  FORM_TNDS,      /* the octets say in which encoding */
} Form;

static const struct {
  const char *media_type;
  Form        form;
} media_types[] = {
  { OMA_MO_DATA_TYPE_JSON, FORM_JSON }, { OMA_MO_DATA_TYPE_JSON_ONE, FORM_JSON }, { "application/json", FORM_JSON },
  { OMA_TNDS_TYPE_XML, FORM_TNDS },     { OMA_TNDS_TYPE_WBXML, FORM_TNDS },
};

static const OmaJsonLimits limits = {
  .max_size = OMA_MO_DATA_MAX_SIZE,
  .max_depth = OMA_MO_DATA_MAX_DEPTH,
  .max_names = 2 * OMA_MO_DATA_MAX_NODES,     /* nodes, and members of parts; those that nobody knows too */
  .max_text = OMA_MO_DATA_LARGE_VALUE,
};

struct _OmaMoReader {
  OmaMoBuilder  *builder;
  OmaJsonReader *json;
  GByteArray    *tnds;      /* (nullable): the document so far, in place of both */
};

/**
 * oma_mo_part_new:
 *
 * Returns: (transfer full): a part without nodes
 */
OmaMoPart *
oma_mo_part_new (void)
{
  return g_new0 (OmaMoPart, 1);
}

/**
 * oma_mo_part_free:
 * @part: (transfer full): a part
 */
void
oma_mo_part_free (OmaMoPart *part)
{
  g_free (part->ddf);
  g_free (part->client_uri);
  g_free (part->cv);
  g_clear_pointer (&part->document, oma_tnds_free);
  g_free (part);
}

static Form
find_form (const char *media_type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (media_types); i++)
    if (oma_media_type_is (media_type, media_types[i].media_type))
      return media_types[i].form;
  return FORM_NONE;
}

/**
 * oma_mo_data_is_type:
 * @media_type: (nullable): a Content-Type, with or without parameters
 *
 * Returns: whether MO data of this type can be read
 */
gboolean
oma_mo_data_is_type (const char *media_type)
{
  return find_form (media_type) != FORM_NONE;
}

/**
 * oma_mo_reader_new:
 * @media_type: (nullable): the Content-Type of what comes, with or without parameters
 * @spool: (nullable): makes files for values of more than %OMA_MO_DATA_LARGE_VALUE octets; %NULL: these are refused
 * @user_data: for @spool
 * @error: return location for %OMA_CODEC_ERROR_ENCODING
 *
 * Returns: (transfer full): a reader of MO data (DM Protocol 2.0, serialization of MO data), or %NULL when
 *   oma_mo_data_is_type() is %FALSE
 */
OmaMoReader *
oma_mo_reader_new (const char *media_type, OmaSpoolFunc spool, gpointer user_data, GError **error)
{
  Form form = find_form (media_type);
  OmaMoReader *reader;

  if (form == FORM_NONE)
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_ENCODING, "Not a type of MO data");
      return NULL;
    }
  reader = g_new0 (OmaMoReader, 1);
  if (form == FORM_TNDS)
    reader->tnds = g_byte_array_new ();
  else
    {
      reader->builder = oma_mo_builder_new (spool, user_data);
      reader->json = oma_json_reader_new (&oma_mo_builder_handler, &limits, reader->builder);
    }
  return reader;
}

/**
 * oma_mo_reader_free:
 * @reader: (transfer full): a reader
 */
void
oma_mo_reader_free (OmaMoReader *reader)
{
  g_clear_pointer (&reader->json, oma_json_reader_free);
  g_clear_pointer (&reader->builder, oma_mo_builder_free);
  g_clear_pointer (&reader->tnds, g_byte_array_unref);
  g_free (reader);
}

/**
 * oma_mo_reader_feed:
 * @reader: a reader
 * @data: (nullable): the next octets, in whatever parts they come
 * @size: how many
 * @error: return location for an %OMA_CODEC_ERROR, an %OMA_STATUS_ERROR, or what the spool function returned
 *
 * Reads on.  After a failure nothing more is to be fed.
 *
 * Returns: %TRUE, or %FALSE with %OMA_CODEC_ERROR_MALFORMED, %OMA_CODEC_ERROR_LIMIT, or %OMA_STATUS_DEVICE_FULL or
 *   %OMA_STATUS_DATA_STORE_FAILURE when a large value cannot be put into its file
 */
gboolean
oma_mo_reader_feed (OmaMoReader *reader, const char *data, gsize size, GError **error)
{
  if (reader->json != NULL)
    return oma_json_reader_feed (reader->json, data, size, error);
  if (size > OMA_TNDS_MAX_SIZE - reader->tnds->len)
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT, "A TNDS document is too large");
      return FALSE;
    }
  if (size > 0)
    g_byte_array_append (reader->tnds, (const guint8 *) data, (guint) size);
  return TRUE;
}

/* Returns: how many octets are at @block, 0 at the end, -1 with @error */
static gssize
read_block (GBytes *body, int file, gsize offset, char *buffer, const char **block, GError **error)
{
  gssize n;

  *block = buffer;
  if (body != NULL)
    {
      gsize size;
      const char *data = g_bytes_get_data (body, &size);

      *block = data + offset;
      return (gssize) MIN (size - offset, OMA_MO_DATA_BLOCK);
    }
  do
    n = pread (file, buffer, OMA_MO_DATA_BLOCK, (off_t) offset);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The data could not be read: %s",
                 g_strerror (errno));
  return n;
}

/**
 * oma_mo_reader_feed_block:
 * @reader: a reader
 * @body: (nullable): all that there is to read; %NULL: it is in @file
 * @file: a descriptor, whose own offset does not count; stays the caller's
 * @offset: (inout): how many octets of it have been read
 * @max_size: how many octets it may be
 * @error: return location for an error
 *
 * Reads one block of what is there already, so that others can have their turn before the next.
 *
 * Returns: whether there may be more; %FALSE without an error at the end, else with that of oma_mo_reader_feed(),
 *   %OMA_STATUS_ENTITY_TOO_LARGE, or %OMA_STATUS_COMMAND_FAILED when the file cannot be read
 */
gboolean
oma_mo_reader_feed_block (OmaMoReader *reader, GBytes *body, int file, gsize *offset, gsize max_size, GError **error)
{
  g_autofree char *buffer = body == NULL ? g_malloc (OMA_MO_DATA_BLOCK) : NULL;
  const char *block;
  const gssize n = read_block (body, file, *offset, buffer, &block, error);

  if (n <= 0)
    return FALSE;
  if (*offset + (gsize) n > max_size)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE, "The repository's data are too large");
      return FALSE;
    }
  *offset += (gsize) n;
  return oma_mo_reader_feed (reader, block, (gsize) n, error);
}

static GPtrArray *
finish_tnds (OmaMoReader *reader, GError **error)
{
  g_autoptr(OmaMoPart) part = oma_mo_part_new ();
  GPtrArray *parts;

  part->document = oma_tnds_read (reader->tnds->data, reader->tnds->len, error);
  if (part->document == NULL)
    return NULL;
  parts = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_mo_part_free);
  g_ptr_array_add (parts, g_steal_pointer (&part));
  return parts;
}

/**
 * oma_mo_reader_finish:
 * @reader: a reader that has got all, without failure
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: (transfer full) (element-type OmaMoPart): what was read, %NULL when it is not whole, or as for
 *   oma_tnds_read()
 */
GPtrArray *
oma_mo_reader_finish (OmaMoReader *reader, GError **error)
{
  if (reader->tnds != NULL)
    return finish_tnds (reader, error);
  return oma_json_reader_finish (reader->json, error) ? oma_mo_builder_steal_parts (reader->builder) : NULL;
}
