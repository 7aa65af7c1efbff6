/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tnds-private.h"

#include <string.h>

static const struct {
  OmaDdfTag tag;
  OmaFormat  format;
} formats[] = {
  { OMA_DDF_TAG_FORMAT_B64, OMA_FORMAT_B64 },   { OMA_DDF_TAG_FORMAT_BIN, OMA_FORMAT_BIN },
  { OMA_DDF_TAG_FORMAT_BOOL, OMA_FORMAT_BOOL }, { OMA_DDF_TAG_FORMAT_CHR, OMA_FORMAT_CHR },
  { OMA_DDF_TAG_FORMAT_DATE, OMA_FORMAT_DATE }, { OMA_DDF_TAG_FORMAT_FLOAT, OMA_FORMAT_FLOAT },
  { OMA_DDF_TAG_FORMAT_INT, OMA_FORMAT_INT },   { OMA_DDF_TAG_FORMAT_NODE, OMA_FORMAT_NODE },
  { OMA_DDF_TAG_FORMAT_NULL, OMA_FORMAT_NULL }, { OMA_DDF_TAG_FORMAT_TIME, OMA_FORMAT_TIME },
  { OMA_DDF_TAG_FORMAT_XML, OMA_FORMAT_XML },
};

struct _OmaTndsBuilder {
  OmaTnds   *tnds;
  OmaDdfTag open[OMA_TNDS_MAX_DEPTH];   /* elements that matter */
  guint      depth;
  guint      skipped;                    /* elements that do not, open above them */
  guint      node_depth;
  int        node;                       /* index of the innermost open Node, or -1 */
  GString   *text;
  gboolean   is_octets;
  gboolean   collects;                   /* the text of the innermost element matters */
  gboolean   finished;                   /* the root element has ended */
};

/**
 * oma_tnds_get_format_tag:
 * @format: a format
 *
 * Returns: the empty element that stands for it in Format
 */
OmaDdfTag
oma_tnds_get_format_tag (OmaFormat format)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].format == format)
      return formats[i].tag;
  return OMA_DDF_TAG_UNKNOWN;
}

static OmaFormat
format_from_tag (OmaDdfTag tag)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].tag == tag)
      return formats[i].format;
  return OMA_FORMAT_NONE;
}

/**
 * oma_tnds_builder_new:
 *
 * Returns: (transfer full): a builder that waits for MgmtTree
 */
OmaTndsBuilder *
oma_tnds_builder_new (void)
{
  OmaTndsBuilder *builder = g_new0 (OmaTndsBuilder, 1);

  builder->tnds = oma_tnds_new ();
  builder->node = -1;
  builder->text = g_string_new (NULL);
  return builder;
}

/**
 * oma_tnds_builder_free:
 * @builder: (transfer full): a builder
 */
void
oma_tnds_builder_free (OmaTndsBuilder *builder)
{
  g_clear_pointer (&builder->tnds, oma_tnds_free);
  g_string_free (builder->text, TRUE);
  g_free (builder);
}

static gboolean
fail (OmaCodecError code, const char *reason, GError **error)
{
  g_set_error (error, OMA_CODEC_ERROR, code, "Not a TNDS document: %s", reason);
  return FALSE;
}

static OmaTndsNode *
get_node (const OmaTndsBuilder *builder)
{
  return g_ptr_array_index (builder->tnds->nodes, builder->node);
}

/* Whether an element matters where it stands. */
static gboolean
belongs (OmaDdfTag parent, OmaDdfTag tag)
{
  switch (parent)
    {
    case OMA_DDF_TAG_MGMT_TREE:
      return tag == OMA_DDF_TAG_VER_DTD || tag == OMA_DDF_TAG_MAN || tag == OMA_DDF_TAG_MOD ||
             tag == OMA_DDF_TAG_NODE;
    case OMA_DDF_TAG_NODE:
      return tag == OMA_DDF_TAG_NODE_NAME || tag == OMA_DDF_TAG_PATH || tag == OMA_DDF_TAG_RT_PROPERTIES ||
             tag == OMA_DDF_TAG_VALUE || tag == OMA_DDF_TAG_NODE;
    case OMA_DDF_TAG_RT_PROPERTIES:
      return tag == OMA_DDF_TAG_ACL || tag == OMA_DDF_TAG_FORMAT || tag == OMA_DDF_TAG_TITLE ||
             tag == OMA_DDF_TAG_TSTAMP || tag == OMA_DDF_TAG_TYPE || tag == OMA_DDF_TAG_VER_NO;
    case OMA_DDF_TAG_FORMAT:
      return format_from_tag (tag) != OMA_FORMAT_NONE;
    case OMA_DDF_TAG_TYPE:
      return tag == OMA_DDF_TAG_MIME || tag == OMA_DDF_TAG_DDF_NAME;
    default:
      return FALSE;
    }
}

static gboolean
has_text (OmaDdfTag tag)
{
  return tag != OMA_DDF_TAG_MGMT_TREE && tag != OMA_DDF_TAG_NODE && tag != OMA_DDF_TAG_RT_PROPERTIES &&
         tag != OMA_DDF_TAG_FORMAT && tag != OMA_DDF_TAG_TYPE && format_from_tag (tag) == OMA_FORMAT_NONE;
}

static gboolean
open_node (OmaTndsBuilder *builder, GError **error)
{
  if (builder->tnds->nodes->len >= OMA_TNDS_MAX_NODES)
    return fail (OMA_CODEC_ERROR_LIMIT, "there are too many nodes", error);
  if (++builder->node_depth > OMA_URI_MAX_DEPTH)
    return fail (OMA_CODEC_ERROR_LIMIT, "nodes are nested too deeply", error);
  oma_tnds_add_node (builder->tnds, builder->node, "");
  builder->node = builder->tnds->nodes->len - 1;
  return TRUE;
}

/**
 * oma_tnds_builder_start:
 * @builder: a builder
 * @tag: an element that starts
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: %TRUE, or %FALSE with %OMA_CODEC_ERROR_MALFORMED or %OMA_CODEC_ERROR_LIMIT
 */
gboolean
oma_tnds_builder_start (OmaTndsBuilder *builder, OmaDdfTag tag, GError **error)
{
  OmaDdfTag parent = builder->depth > 0 ? builder->open[builder->depth - 1] : OMA_DDF_TAG_UNKNOWN;

  builder->collects = FALSE;
  if (builder->skipped + builder->depth >= OMA_TNDS_MAX_DEPTH)
    return fail (OMA_CODEC_ERROR_LIMIT, "elements are nested too deeply", error);
  if (builder->depth == 0 && (tag != OMA_DDF_TAG_MGMT_TREE || builder->finished))
    return fail (OMA_CODEC_ERROR_MALFORMED, "the root element is not MgmtTree", error);
  if (parent == OMA_DDF_TAG_VALUE && builder->skipped == 0)
    return fail (OMA_CODEC_ERROR_MALFORMED, "a Value holds elements", error);
  if (builder->skipped > 0 || (builder->depth > 0 && !belongs (parent, tag)))
    {
      builder->skipped++;
      return TRUE;
    }
  if (tag == OMA_DDF_TAG_NODE && !open_node (builder, error))
    return FALSE;
  if (parent == OMA_DDF_TAG_FORMAT)
    get_node (builder)->format = format_from_tag (tag);
  builder->open[builder->depth++] = tag;
  builder->collects = has_text (tag);
  builder->is_octets = FALSE;
  g_string_truncate (builder->text, 0);
  return TRUE;
}

/**
 * oma_tnds_builder_text:
 * @builder: a builder
 * @text: text of the innermost element, or a part of it
 * @length: its octets
 *
 * Returns: %TRUE
 */
gboolean
oma_tnds_builder_text (OmaTndsBuilder *builder, const char *text, gsize length)
{
  if (builder->collects)
    g_string_append_len (builder->text, text, length);
  return TRUE;
}

/**
 * oma_tnds_builder_octets:
 * @builder: a builder
 * @octets: content of the innermost element that is not known to be text
 * @size: how many
 *
 * Returns: %TRUE
 */
gboolean
oma_tnds_builder_octets (OmaTndsBuilder *builder, gconstpointer octets, gsize size)
{
  builder->is_octets = TRUE;
  return oma_tnds_builder_text (builder, octets, size);
}

static void
take_value (OmaTndsBuilder *builder)
{
  OmaTndsNode *node = get_node (builder);

  g_free (node->data);
  node->size = builder->text->len;
  node->data = g_memdup2 (builder->text->str, builder->text->len + 1);
  node->is_octets = builder->is_octets;
}

static char **
find_field (OmaTndsBuilder *builder, OmaDdfTag tag)
{
  switch (tag)
    {
    case OMA_DDF_TAG_VER_DTD:
      return &builder->tnds->ver_dtd;
    case OMA_DDF_TAG_MAN:
      return &builder->tnds->manufacturer;
    case OMA_DDF_TAG_MOD:
      return &builder->tnds->model;
    case OMA_DDF_TAG_NODE_NAME:
      return &get_node (builder)->name;
    case OMA_DDF_TAG_PATH:
      return &get_node (builder)->path;
    case OMA_DDF_TAG_ACL:
      return &get_node (builder)->acl;
    case OMA_DDF_TAG_TITLE:
      return &get_node (builder)->title;
    case OMA_DDF_TAG_TSTAMP:
      return &get_node (builder)->tstamp;
    case OMA_DDF_TAG_VER_NO:
      return &get_node (builder)->ver_no;
    default:
      return &get_node (builder)->type;   /* MIME and DDFName */
    }
}

static gboolean
take_text (OmaTndsBuilder *builder, OmaDdfTag tag, GError **error)
{
  GString *text = builder->text;
  char **field = find_field (builder, tag);

  /* Without NUL too. */
  if (!g_utf8_validate_len (text->str, text->len, NULL))
    return fail (OMA_CODEC_ERROR_MALFORMED, "there is text that is not UTF-8", error);
  g_free (*field);
  *field = g_strndup (text->str, text->len);
  if (tag != OMA_DDF_TAG_NODE_NAME && tag != OMA_DDF_TAG_TITLE)
    g_strstrip (*field);
  return TRUE;
}

/**
 * oma_tnds_builder_end:
 * @builder: a builder
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * The innermost element ends.
 *
 * Returns: %TRUE, or %FALSE with %OMA_CODEC_ERROR_MALFORMED
 */
gboolean
oma_tnds_builder_end (OmaTndsBuilder *builder, GError **error)
{
  OmaDdfTag tag;

  if (builder->skipped > 0)
    {
      builder->skipped--;
      return TRUE;
    }
  if (builder->depth == 0)
    return fail (OMA_CODEC_ERROR_MALFORMED, "an element ends that did not start", error);
  tag = builder->open[--builder->depth];
  builder->collects = FALSE;
  if (tag == OMA_DDF_TAG_NODE)
    {
      builder->node = get_node (builder)->parent;
      builder->node_depth--;
    }
  else if (tag == OMA_DDF_TAG_VALUE)
    take_value (builder);
  else if (has_text (tag) && !take_text (builder, tag, error))
    return FALSE;
  builder->finished |= builder->depth == 0;
  return TRUE;
}

/**
 * oma_tnds_builder_finish:
 * @builder: a builder that has got a whole document
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: (transfer full): the document, or %NULL with %OMA_CODEC_ERROR_MALFORMED when it is
 *   not complete or holds no Node
 */
OmaTnds *
oma_tnds_builder_finish (OmaTndsBuilder *builder, GError **error)
{
  if (!builder->finished || builder->depth > 0)
    {
      fail (OMA_CODEC_ERROR_MALFORMED, "it ends too early", error);
      return NULL;
    }
  if (builder->tnds->nodes->len == 0)
    {
      fail (OMA_CODEC_ERROR_MALFORMED, "it holds no Node", error);
      return NULL;
    }
  return g_steal_pointer (&builder->tnds);
}
