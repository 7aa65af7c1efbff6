/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-mo-data.h"

#include "base/oma-status.h"
#include "base/oma-value-private.h"
#include "codec/oma-json-text.h"
#include "codec/oma-node-links.h"

#include <string.h>

#define BLOCK (64 * 1024)      /* octets that are collected before they are written */
#define SMALL_BLOCK 512       /* octets of what is read most often: a leaf */
#define SLICE (16 * 1024)      /* octets of a value that are taken at a time */

typedef struct {
  OmaWriteFunc       write;
  gpointer           user_data;
  GString           *block;
  const OmaNodeList *nodes;
  OmaNodeLink       *links;
  int                base64_state;
  int                base64_save;
  GError            *error;         /* while a value is scanned */
} Writer;

static gboolean
flush (Writer *writer, gsize least, GError **error)
{
  gboolean good;

  if (writer->block->len < least)
    return TRUE;
  good = writer->write (writer->block->str, writer->block->len, writer->user_data, error);
  g_string_truncate (writer->block, 0);
  return good;
}

/* ---- Values: strings; of format bin base64 (our reading: so are all strings of the examples) ---- */

static void
append_base64 (Writer *writer, const char *data, gsize size, gboolean last)
{
  GString *block = writer->block;
  gsize old = block->len;

  g_string_set_size (block, old + (size / 3 + 1) * 4 + 4);
  old += g_base64_encode_step ((const guchar *) data, size, FALSE, block->str + old, &writer->base64_state,
                               &writer->base64_save);
  if (last)
    old += g_base64_encode_close (FALSE, block->str + old, &writer->base64_state, &writer->base64_save);
  g_string_truncate (block, old);
}

static gsize
write_base64 (const char *data, gsize size, gboolean last, gpointer user_data)
{
  Writer *writer = user_data;
  gsize done = 0;

  while (done < size)
    {
      gsize n = MIN (size - done, SLICE);

      append_base64 (writer, data + done, n, last && done + n == size);
      if (!flush (writer, BLOCK, &writer->error))
        return 0;
      done += n;
    }
  return done;
}

/* A character at the end may be left for the next call. */
static gsize
write_text (const char *data, gsize size, gboolean last, gpointer user_data)
{
  Writer *writer = user_data;
  gsize done = 0, n;

  do
    {
      gsize length = MIN (size - done, SLICE);

      n = oma_json_append_text (writer->block, data + done, length, last && done + length == size);
      if (!flush (writer, BLOCK, &writer->error))
        return 0;
      done += n;
    }
  while (n > 0 && done < size);
  return done;
}

static gboolean
write_value (Writer *writer, const OmaValue *value, GError **error)
{
  gboolean binary = oma_value_get_format (value) == OMA_FORMAT_BIN;

  writer->base64_state = writer->base64_save = 0;
  g_string_append_c (writer->block, '"');
  if (!oma_value_scan (value, binary ? write_base64 : write_text, writer))
    {
      g_propagate_error (error, g_steal_pointer (&writer->error));
      return FALSE;
    }
  g_string_append_c (writer->block, '"');
  return TRUE;
}

/* ---- Nodes ---- */

static char *
dup_name (const char *relative)
{
  const char *slash = strrchr (relative, '/');
  const char *segment = slash != NULL ? slash + 1 : relative;
  char *name = g_uri_unescape_segment (segment, NULL, NULL);

  return name != NULL ? name : g_strdup (segment);
}

static gboolean write_node (Writer *writer, guint index, const char *name, GError **error);

static gboolean
write_children (Writer *writer, guint index, GError **error)
{
  g_string_append_c (writer->block, '{');
  for (guint child = writer->links[index].first_child; child != 0; child = writer->links[child].next)
    {
      g_autofree char *name = dup_name (oma_node_list_get_uri (writer->nodes, child));

      if (child != writer->links[index].first_child)
        g_string_append_c (writer->block, ',');
      if (!write_node (writer, child, name, error))
        return FALSE;
    }
  g_string_append_c (writer->block, '}');
  return TRUE;
}

/* As deep as the tree is. */
static gboolean
write_node (Writer *writer, guint index, const char *name, GError **error)
{
  const OmaValue *value = oma_node_list_get_value (writer->nodes, index);

  oma_json_append_string (writer->block, name, -1);
  g_string_append_c (writer->block, ':');
  if (!flush (writer, BLOCK, error))
    return FALSE;
  return value != NULL ? write_value (writer, value, error) : write_children (writer, index, error);
}

static gboolean
write_source (Writer *writer, const OmaMoSource *source, GError **error)
{
  OmaNodeLink alone = { 0 };      /* a leaf most often */
  g_autofree OmaNodeLink *links = NULL;

  if (oma_node_list_get_length (source->nodes) > 1)
    links = oma_node_list_link (source->nodes);
  writer->nodes = source->nodes;
  writer->links = links != NULL ? links : &alone;
  g_string_append_c (writer->block, '{');
  oma_json_append_member (writer->block, "DDF", source->ddf);
  oma_json_append_member (writer->block, "ClientURI", source->client_uri);
  oma_json_append_member (writer->block, "CV", source->cv);
  g_string_append (writer->block, ",\"MOData\":{");
  if (!write_node (writer, 0, source->name, error))
    return FALSE;
  g_string_append (writer->block, "}}");
  return TRUE;
}

/**
 * oma_mo_data_write_json:
 * @sources: (array length=n_sources): what to write
 * @n_sources: how many
 * @write: takes the octets, some dozens of KiB at a time
 * @user_data: for @write
 * @error: return location for what @write returned
 *
 * Writes MO data as JSON (DM Protocol 2.0, serialization of MO data).  Octets of large values are never in memory all
 * at once.  Text that is no UTF-8, which no format of text allows, becomes U+FFFD.
 *
 * Returns: %FALSE when @write did
 */
gboolean
oma_mo_data_write_json (const OmaMoSource *sources, guint n_sources, OmaWriteFunc write, gpointer user_data,
                        GError **error)
{
  g_autoptr(GString) block = g_string_sized_new (SMALL_BLOCK);
  Writer writer = { .write = write, .user_data = user_data, .block = block };

  g_string_append_c (block, '[');
  for (guint i = 0; i < n_sources; i++)
    {
      if (i > 0)
        g_string_append_c (block, ',');
      if (!write_source (&writer, &sources[i], error))
        return FALSE;
    }
  g_string_append_c (block, ']');
  return flush (&writer, 0, error);
}

/* ---- TNDS ---- */

/* Where the node stands, as a ClientURI (our reading: the receiver has no other way to know).  *@is_root: it is the
 * root of an instance, and the text the identifier of its management object. */
static char *
dup_parent_uri (const char *client_uri, gboolean *is_root)
{
  g_autofree char *path = g_strndup (client_uri, strcspn (client_uri, "?"));
  char *slash = strrchr (path, '/');

  if (slash != NULL && slash[1] == '\0')      /* "MOID/MIID/": the root */
    {
      *slash = '\0';
      slash = strrchr (path, '/');
    }
  *is_root = slash == NULL || memchr (path, '/', (gsize) (slash - path)) == NULL;
  return slash != NULL ? g_strndup (path, (gsize) (slash - path)) : g_steal_pointer (&path);
}

static gboolean
too_large (GError **error)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE, "The subtree is too large for a document");
  return FALSE;
}

static gboolean
add_leaf (OmaTndsNode *node, const OmaValue *value, gsize *size, GError **error)
{
  *size += oma_value_get_size (value);
  if (*size > OMA_TNDS_MAX_SIZE)
    return too_large (error);
  node->format = oma_value_get_format (value);
  node->type = g_strdup (oma_value_get_type_name (value));
  oma_tnds_node_set_value (node, value);
  return TRUE;
}

static gboolean
add_nodes (OmaTnds *tnds, const OmaMoSource *source, const OmaNodeLink *links, guint index, int parent, gsize *size,
           GError **error)
{
  const OmaValue *value = oma_node_list_get_value (source->nodes, index);
  g_autofree char *name = index > 0 ? dup_name (oma_node_list_get_uri (source->nodes, index)) : g_strdup (source->name);
  OmaTndsNode *node = oma_tnds_add_node (tnds, parent, name);
  int self = tnds->nodes->len - 1;

  if (tnds->nodes->len > OMA_TNDS_MAX_NODES)
    return too_large (error);
  if (value != NULL)
    return add_leaf (node, value, size, error);
  node->format = OMA_FORMAT_NODE;
  for (guint child = links[index].first_child; child != 0; child = links[child].next)
    if (!add_nodes (tnds, source, links, child, self, size, error))
      return FALSE;
  return TRUE;
}

/**
 * oma_mo_data_write_tnds:
 * @source: what to write
 * @encoding: XML or WBXML
 * @write: takes the document
 * @user_data: for @write
 * @error: return location for an %OMA_STATUS_ERROR, or what @write returned
 *
 * Writes MO data as a document of DM Tree and Description Serialization 1.2: NodeName, Format, Type and Value of each
 * node, Path of the first.  It is in memory as a whole.
 *
 * Returns: %FALSE with %OMA_STATUS_ENTITY_TOO_LARGE when it would have more than %OMA_TNDS_MAX_NODES nodes or
 *   %OMA_TNDS_MAX_SIZE octets in values, or when @write did
 */
gboolean
oma_mo_data_write_tnds (const OmaMoSource *source, OmaEncoding encoding, OmaWriteFunc write, gpointer user_data,
                        GError **error)
{
  g_autoptr(OmaTnds) tnds = oma_tnds_new ();
  g_autofree OmaNodeLink *links = oma_node_list_link (source->nodes);
  g_autoptr(GBytes) bytes = NULL;
  OmaTndsNode *top;
  gsize size = 0;
  gboolean is_root;

  if (!add_nodes (tnds, source, links, 0, -1, &size, error))
    return FALSE;
  top = g_ptr_array_index (tnds->nodes, 0);
  top->path = dup_parent_uri (source->client_uri, &is_root);
  if (is_root && top->type == NULL)
    top->type = g_strdup (top->path);
  bytes = oma_tnds_write (tnds, encoding);
  return write (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), user_data, error);
}
