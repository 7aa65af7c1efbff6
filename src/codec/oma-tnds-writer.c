/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tnds-private.h"

#include <string.h>

typedef struct {
  const OmaTndsSink *sink;
  gpointer           out;
} Writer;

static void
write_leaf (const Writer *writer, OmaDdfTag tag, const char *text)
{
  if (text == NULL)
    return;
  if (*text == '\0')
    {
      writer->sink->empty (writer->out, tag);
      return;
    }
  writer->sink->start (writer->out, tag);
  writer->sink->text (writer->out, text, strlen (text));
  writer->sink->end (writer->out, tag);
}

/* The order of the DTD. */
static void
write_properties (const Writer *writer, const OmaTndsNode *node)
{
  gboolean interior = node->format == OMA_FORMAT_NODE || node->n_children > 0;

  if (node->acl == NULL && node->format == OMA_FORMAT_NONE && node->title == NULL && node->tstamp == NULL &&
      node->type == NULL && node->ver_no == NULL)
    {
      writer->sink->empty (writer->out, OMA_DDF_TAG_RT_PROPERTIES);
      return;
    }
  writer->sink->start (writer->out, OMA_DDF_TAG_RT_PROPERTIES);
  write_leaf (writer, OMA_DDF_TAG_ACL, node->acl);
  if (node->format != OMA_FORMAT_NONE)
    {
      writer->sink->start (writer->out, OMA_DDF_TAG_FORMAT);
      writer->sink->empty (writer->out, oma_tnds_get_format_tag (node->format));
      writer->sink->end (writer->out, OMA_DDF_TAG_FORMAT);
    }
  write_leaf (writer, OMA_DDF_TAG_TITLE, node->title);
  write_leaf (writer, OMA_DDF_TAG_TSTAMP, node->tstamp);
  if (node->type != NULL)
    {
      writer->sink->start (writer->out, OMA_DDF_TAG_TYPE);
      write_leaf (writer, interior ? OMA_DDF_TAG_DDF_NAME : OMA_DDF_TAG_MIME, node->type);
      writer->sink->end (writer->out, OMA_DDF_TAG_TYPE);
    }
  write_leaf (writer, OMA_DDF_TAG_VER_NO, node->ver_no);
  writer->sink->end (writer->out, OMA_DDF_TAG_RT_PROPERTIES);
}

static void
write_value (const Writer *writer, const OmaTndsNode *node)
{
  if (node->data == NULL)
    return;
  if (node->size == 0)
    {
      writer->sink->empty (writer->out, OMA_DDF_TAG_VALUE);
      return;
    }
  writer->sink->start (writer->out, OMA_DDF_TAG_VALUE);
  if (node->is_octets)
    writer->sink->octets (writer->out, node->data, node->size);
  else
    writer->sink->text (writer->out, node->data, node->size);
  writer->sink->end (writer->out, OMA_DDF_TAG_VALUE);
}

/* Internal: gives the elements of a document to @sink. */
void
oma_tnds_write_to (const OmaTnds *tnds, const OmaTndsSink *sink, gpointer out)
{
  const Writer writer = { sink, out };
  int open = -1;

  sink->start (out, OMA_DDF_TAG_MGMT_TREE);
  write_leaf (&writer, OMA_DDF_TAG_VER_DTD, tnds->ver_dtd != NULL ? tnds->ver_dtd : "1.2");
  write_leaf (&writer, OMA_DDF_TAG_MAN, tnds->manufacturer);
  write_leaf (&writer, OMA_DDF_TAG_MOD, tnds->model);
  for (guint i = 0; i <= tnds->nodes->len; i++)
    {
      const OmaTndsNode *node = i < tnds->nodes->len ? g_ptr_array_index (tnds->nodes, i) : NULL;
      int parent = node != NULL ? node->parent : -1;

      for (; open != parent && open >= 0; open = ((OmaTndsNode *) g_ptr_array_index (tnds->nodes, open))->parent)
        sink->end (out, OMA_DDF_TAG_NODE);
      if (node == NULL)
        break;
      sink->start (out, OMA_DDF_TAG_NODE);
      write_leaf (&writer, OMA_DDF_TAG_NODE_NAME, node->name);
      write_leaf (&writer, OMA_DDF_TAG_PATH, node->path);
      write_properties (&writer, node);
      write_value (&writer, node);
      open = i;
    }
  sink->end (out, OMA_DDF_TAG_MGMT_TREE);
}

/**
 * oma_tnds_write:
 * @tnds: a document whose children follow their parents, depth first
 * @encoding: how to write it
 *
 * Writes a document (DM Tree and Description Serialization 1.2).  In XML octets become base64.
 *
 * Returns: (transfer full): the document
 */
GBytes *
oma_tnds_write (const OmaTnds *tnds, OmaEncoding encoding)
{
  return encoding == OMA_ENCODING_WBXML ? oma_tnds_write_wbxml (tnds) : oma_tnds_write_xml (tnds);
}
