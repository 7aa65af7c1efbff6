/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-mo-data-private.h"

#include "base/oma-status.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Members of a part. */
typedef enum {
  MEMBER_UNKNOWN,
  MEMBER_DDF,
  MEMBER_CLIENT_URI,
  MEMBER_CV,
  MEMBER_MO_DATA,
} Member;

struct _OmaMoBuilder {
  OmaSpoolFunc spool;
  gpointer     spool_data;
  GPtrArray   *parts;         /* (element-type OmaMoPart) */
  OmaMoPart   *part;          /* the one under way, last of @parts */
  guint        part_depth;    /* at which parts stand: 1 without an array around them */
  guint        depth;         /* arrays and objects that are open */
  guint        skipped;       /* those of them that nobody knows */
  Member       member;
  int          node;          /* index of the innermost interior node that is open, or -1 */
  char        *name;          /* of the node that comes */
  guint        n_nodes;
  guint        n_files;
  gsize        memory;        /* octets of values */
  int          fd;            /* of the large value under way, or -1 */
};

/**
 * oma_mo_builder_new:
 * @spool: (nullable): makes files for large values
 * @user_data: for @spool
 *
 * Returns: (transfer full): a builder without parts
 */
OmaMoBuilder *
oma_mo_builder_new (OmaSpoolFunc spool, gpointer user_data)
{
  OmaMoBuilder *builder = g_new0 (OmaMoBuilder, 1);

  builder->spool = spool;
  builder->spool_data = user_data;
  builder->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_mo_part_free);
  builder->node = -1;
  builder->fd = -1;
  return builder;
}

/**
 * oma_mo_builder_free:
 * @builder: (transfer full): a builder
 */
void
oma_mo_builder_free (OmaMoBuilder *builder)
{
  g_clear_pointer (&builder->parts, g_ptr_array_unref);
  g_free (builder->name);
  if (builder->fd >= 0)
    close (builder->fd);
  g_free (builder);
}

/**
 * oma_mo_builder_steal_parts:
 * @builder: a builder that has got a whole text
 *
 * Returns: (transfer full) (element-type OmaMoPart): the parts
 */
GPtrArray *
oma_mo_builder_steal_parts (OmaMoBuilder *builder)
{
  return g_steal_pointer (&builder->parts);
}

static gboolean
fail (OmaCodecError code, const char *reason, GError **error)
{
  g_set_error (error, OMA_CODEC_ERROR, code, "Not MO data: %s", reason);
  return FALSE;
}

static gboolean
malformed (const char *reason, GError **error)
{
  return fail (OMA_CODEC_ERROR_MALFORMED, reason, error);
}

/* ---- Parts ---- */

static gboolean
start_part (OmaMoBuilder *builder, GError **error)
{
  if (builder->parts->len >= OMA_MO_DATA_MAX_PARTS)
    return fail (OMA_CODEC_ERROR_LIMIT, "there are too many parts", error);
  builder->part = oma_mo_part_new ();
  g_ptr_array_add (builder->parts, builder->part);
  return TRUE;
}

static gboolean
end_part (OmaMoBuilder *builder, GError **error)
{
  OmaTnds *document = builder->part->document;

  builder->part = NULL;
  if (document == NULL)
    return malformed ("a part has no MOData", error);
  return document->nodes->len > 0 || malformed ("MOData names no node", error);
}

static Member
find_member (const char *name, gsize length)
{
  static const struct {
    const char *name;
    Member      member;
  } members[] = {
    { "DDF", MEMBER_DDF }, { "ClientURI", MEMBER_CLIENT_URI }, { "CV", MEMBER_CV }, { "MOData", MEMBER_MO_DATA },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (strlen (members[i].name) == length && memcmp (members[i].name, name, length) == 0)
      return members[i].member;
  return MEMBER_UNKNOWN;
}

static gboolean
take_member (OmaMoBuilder *builder, OmaJsonKind kind, const char *text, gsize length, GError **error)
{
  char **field = builder->member == MEMBER_DDF ? &builder->part->ddf
                                               : builder->member == MEMBER_CV ? &builder->part->cv
                                                                              : &builder->part->client_uri;

  if (builder->member == MEMBER_UNKNOWN)
    return TRUE;
  if (builder->member == MEMBER_MO_DATA)
    return malformed ("MOData is no object", error);
  if (kind != OMA_JSON_STRING)
    return malformed ("DDF, ClientURI or CV is no text", error);
  *field = g_strndup (text, length);
  return TRUE;
}

/* ---- Nodes ---- */

static guint
get_node_depth (const OmaMoBuilder *builder)
{
  return builder->depth - builder->part_depth - 1;
}

static OmaTndsNode *
add_node (OmaMoBuilder *builder, GError **error)
{
  OmaTnds *document = builder->part->document;
  OmaTndsNode *node;

  if (++builder->n_nodes > OMA_MO_DATA_MAX_NODES)
    return fail (OMA_CODEC_ERROR_LIMIT, "there are too many nodes", error), NULL;
  if (get_node_depth (builder) >= OMA_URI_MAX_DEPTH)
    return fail (OMA_CODEC_ERROR_LIMIT, "nodes are nested too deeply", error), NULL;
  if (builder->node < 0 && document->nodes->len > 0)
    return malformed ("MOData names more than one node", error), NULL;
  node = oma_tnds_add_node (document, builder->node, builder->name);
  g_clear_pointer (&builder->name, g_free);
  return node;
}

static gboolean
start_node (OmaMoBuilder *builder, gboolean is_array, GError **error)
{
  OmaTndsNode *node;

  if (is_array)
    return malformed ("there is an array among the nodes", error);
  node = add_node (builder, error);
  if (node == NULL)
    return FALSE;
  node->format = OMA_FORMAT_NODE;
  builder->node = builder->part->document->nodes->len - 1;
  return TRUE;
}

static void
end_node (OmaMoBuilder *builder)
{
  const OmaTndsNode *node = g_ptr_array_index (builder->part->document->nodes, builder->node);

  builder->node = node->parent;
}

static gboolean
open_file (OmaMoBuilder *builder, GError **error)
{
  if (builder->spool == NULL || ++builder->n_files > OMA_MO_DATA_MAX_FILES)
    return fail (OMA_CODEC_ERROR_LIMIT, builder->spool == NULL ? "a value is too large" : "too many values are large",
                 error);
  builder->fd = builder->spool (builder->spool_data, error);
  return builder->fd >= 0;
}

static gboolean
write_file (OmaMoBuilder *builder, const char *text, gsize length, GError **error)
{
  if (builder->fd < 0 && !open_file (builder, error))
    return FALSE;
  while (length > 0)
    {
      gssize n = write (builder->fd, text, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          int saved = n < 0 ? errno : EIO;

          g_set_error (error, OMA_STATUS_ERROR,
                       saved == ENOSPC || saved == EDQUOT ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_DATA_STORE_FAILURE,
                       "Could not keep a large value: %s", g_strerror (saved));
          return FALSE;
        }
      text += n;
      length -= (gsize) n;
    }
  return TRUE;
}

static gboolean
take_file (OmaMoBuilder *builder, OmaTndsNode *node, const char *text, gsize length, GError **error)
{
  int fd;

  if (!write_file (builder, text, length, error))
    return FALSE;
  fd = builder->fd;
  builder->fd = -1;
  node->value = oma_value_new_fd (OMA_FORMAT_NONE, NULL, fd, error);
  if (node->value == NULL)
    return FALSE;
  node->size = oma_value_get_size (node->value);
  return TRUE;
}

/* Numbers and truth values are the text that they are written as (our reading: only strings are in the examples). */
static gboolean
take_leaf (OmaMoBuilder *builder, OmaJsonKind kind, const char *text, gsize length, GError **error)
{
  OmaTndsNode *node = add_node (builder, error);

  if (node == NULL)
    return FALSE;
  if (builder->fd >= 0)
    return take_file (builder, node, text, length, error);
  node->size = kind == OMA_JSON_NULL ? 0 : length;
  builder->memory += node->size;
  if (builder->memory > OMA_MO_DATA_MAX_MEMORY)
    return fail (OMA_CODEC_ERROR_LIMIT, "there are too many octets in small values", error);
  node->data = g_malloc (node->size + 1);
  if (node->size > 0)
    memcpy (node->data, text, node->size);
  node->data[node->size] = '\0';
  return TRUE;
}

/* ---- What the reader calls ---- */

static gboolean
start_member (OmaMoBuilder *builder, gboolean is_array, GError **error)
{
  if (builder->member == MEMBER_UNKNOWN)
    {
      builder->skipped = 1;
      return TRUE;
    }
  if (builder->member != MEMBER_MO_DATA)
    return malformed ("DDF, ClientURI or CV is no text", error);
  if (is_array)
    return malformed ("MOData is no object", error);
  builder->part->document = oma_tnds_new ();
  return TRUE;
}

static gboolean
take_start_event (gboolean is_array, gpointer user_data, GError **error)
{
  OmaMoBuilder *builder = user_data;
  guint depth = ++builder->depth;

  if (builder->skipped > 0)
    {
      builder->skipped++;
      return TRUE;
    }
  if (depth == 1)
    builder->part_depth = is_array ? 2 : 1;       /* our reading: one part may come without an array */
  if (depth < builder->part_depth)
    return TRUE;
  if (depth == builder->part_depth)
    return is_array ? malformed ("a part is no object", error) : start_part (builder, error);
  if (depth == builder->part_depth + 1)
    return start_member (builder, is_array, error);
  return start_node (builder, is_array, error);
}

static gboolean
take_end_event (gpointer user_data, GError **error)
{
  OmaMoBuilder *builder = user_data;
  guint depth = builder->depth--;

  if (builder->skipped > 0)
    builder->skipped--;
  else if (depth == builder->part_depth)
    return end_part (builder, error);
  else if (depth > builder->part_depth + 1)
    end_node (builder);
  return TRUE;
}

static gboolean
take_name_event (const char *name, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  OmaMoBuilder *builder = user_data;

  if (builder->skipped > 0)
    return TRUE;
  if (builder->depth == builder->part_depth)
    builder->member = find_member (name, length);
  else
    {
      g_free (builder->name);
      builder->name = g_strndup (name, length);
    }
  return TRUE;
}

static gboolean
take_part_event (const char *text, gsize length, gpointer user_data, GError **error)
{
  OmaMoBuilder *builder = user_data;

  if (builder->skipped > 0)
    return TRUE;
  if (builder->depth > builder->part_depth)
    return write_file (builder, text, length, error);
  if (builder->depth == builder->part_depth && builder->member == MEMBER_UNKNOWN)
    return TRUE;
  return fail (OMA_CODEC_ERROR_LIMIT, "there is a text that is too long", error);
}

static gboolean
take_scalar_event (OmaJsonKind kind, const char *text, gsize length, gpointer user_data, GError **error)
{
  OmaMoBuilder *builder = user_data;

  if (builder->skipped > 0)
    return TRUE;
  if (builder->depth < builder->part_depth)
    return malformed ("a part is no object", error);
  if (builder->depth == builder->part_depth)
    return take_member (builder, kind, text, length, error);
  return take_leaf (builder, kind, text, length, error);
}

const OmaJsonHandler oma_mo_builder_handler = {
  take_start_event, take_end_event, take_name_event, take_part_event, take_scalar_event,
};
