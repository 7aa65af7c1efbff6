/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tnds-private.h"

#include "codec/oma-xml-text.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* How far the beginning of a document is looked through for its root element. */
#define PROLOG 2048

/**
 * oma_tnds_new:
 *
 * Returns: (transfer full): a document without nodes
 */
OmaTnds *
oma_tnds_new (void)
{
  OmaTnds *tnds = g_new0 (OmaTnds, 1);

  tnds->nodes = g_ptr_array_new ();
  return tnds;
}

static void
node_free (OmaTndsNode *node)
{
  g_free (node->path);
  g_free (node->name);
  g_free (node->type);
  g_free (node->acl);
  g_free (node->title);
  g_free (node->tstamp);
  g_free (node->ver_no);
  if (node->data != NULL)
    explicit_bzero (node->data, node->size);     /* it may have been a secret */
  g_free (node->data);
  g_clear_pointer (&node->value, oma_value_unref);
  g_free (node);
}

/**
 * oma_tnds_free:
 * @tnds: (transfer full): a document
 */
void
oma_tnds_free (OmaTnds *tnds)
{
  g_free (tnds->ver_dtd);
  g_free (tnds->manufacturer);
  g_free (tnds->model);
  for (guint i = 0; i < tnds->nodes->len; i++)
    node_free (g_ptr_array_index (tnds->nodes, i));
  g_ptr_array_unref (tnds->nodes);
  g_free (tnds);
}

/**
 * oma_tnds_add_node:
 * @tnds: a document
 * @parent: index of the node that it stands in, -1 for a top node
 * @name: its decoded name
 *
 * Adds a node behind all others.
 *
 * Returns: (transfer none): the node, for the caller to fill
 */
OmaTndsNode *
oma_tnds_add_node (OmaTnds *tnds, int parent, const char *name)
{
  OmaTndsNode *node = g_new0 (OmaTndsNode, 1);

  node->parent = parent;
  node->name = g_strdup (name);
  if (parent >= 0)
    ((OmaTndsNode *) g_ptr_array_index (tnds->nodes, parent))->n_children++;
  g_ptr_array_add (tnds->nodes, node);
  return node;
}

/**
 * oma_tnds_node_set_value:
 * @node: a node without value
 * @value: the value of a leaf
 *
 * Copies the octets.  Text that the document cannot hold goes as octets, and then says so with its format.
 */
void
oma_tnds_node_set_value (OmaTndsNode *node, const OmaValue *value)
{
  const char *data = oma_value_get_data (value, &node->size);
  OmaFormat format = oma_value_get_format (value);

  if (format == OMA_FORMAT_NULL)
    return;
  node->data = g_malloc (node->size + 1);
  memcpy (node->data, data, node->size);
  node->data[node->size] = '\0';
  node->is_octets = format == OMA_FORMAT_BIN;
  if (!node->is_octets && !oma_xml_can_hold_text (data, node->size))
    {
      node->is_octets = TRUE;
      node->format = OMA_FORMAT_B64;
    }
}

/**
 * oma_tnds_is_type:
 * @media_type: (nullable): a Meta Type
 *
 * Returns: whether it is that of a TNDS document in any encoding
 */
gboolean
oma_tnds_is_type (const char *media_type)
{
  return media_type != NULL && (g_ascii_strcasecmp (media_type, OMA_TNDS_TYPE_XML) == 0 ||
                                g_ascii_strcasecmp (media_type, OMA_TNDS_TYPE_WBXML) == 0);
}

/* ---- Which of the forms it is (all that servers send under either type) ---- */

typedef enum {
  FORM_UNKNOWN,
  FORM_XML,
  FORM_WBXML,
} Form;

static const char *
skip_space (const char *data, gsize *size)
{
  if (*size >= strlen (BYTE_ORDER_MARK) && memcmp (data, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0)
    {
      data += strlen (BYTE_ORDER_MARK);
      *size -= strlen (BYTE_ORDER_MARK);
    }
  while (*size > 0 && g_ascii_isspace (*data))
    {
      data++;
      (*size)--;
    }
  return data;
}

static Form
sniff (const char *data, gsize size)
{
  const char *start = skip_space (data, &size);

  if (size > 0 && *start == '<')
    return FORM_XML;
  return start == data && size > 1 && *data >= 0x01 && *data <= 0x03 ? FORM_WBXML : FORM_UNKNOWN;
}

/* Returns: (transfer full) (nullable): what base64 text stands for. */
static char *
decode (const char *data, gsize size, gsize *length)
{
  return size > 0 ? oma_format_decode_base64 (data, size, length, NULL) : NULL;
}

/**
 * oma_tnds_looks_like:
 * @data: (nullable): the data of a command
 * @size: their octets
 *
 * Looks at the beginning only.
 *
 * Returns: whether it may be a TNDS document, in XML, WBXML or base64 of these
 */
gboolean
oma_tnds_looks_like (gconstpointer data, gsize size)
{
  g_autofree char *decoded = NULL;
  const char *text = data;
  gsize length = MIN (size, PROLOG);

  if (data == NULL || size == 0)
    return FALSE;
  if (sniff (text, length) == FORM_UNKNOWN)
    {
      length = length / 4 * 4;
      decoded = decode (text, length, &length);
      text = decoded;
    }
  if (text == NULL)
    return FALSE;
  switch (sniff (text, length))
    {
    case FORM_XML:
      return g_strstr_len (text, length, "MgmtTree") != NULL;
    case FORM_WBXML:
      return memmem (text, length, "DM-DDF", strlen ("DM-DDF")) != NULL || memchr (text, '\x60', length) != NULL;
    case FORM_UNKNOWN:
    default:
      return FALSE;
    }
}

/**
 * oma_tnds_may_begin:
 * @data: the first part of some data
 * @size: its octets
 *
 * Returns: whether it may be the beginning of a TNDS document, also when it is too short to tell
 */
gboolean
oma_tnds_may_begin (gconstpointer data, gsize size)
{
  g_autofree char *decoded = NULL;
  gsize length = size / 4 * 4;

  if (oma_tnds_looks_like (data, size))
    return TRUE;
  if (size >= PROLOG)
    return FALSE;
  if (size < 4 || sniff (data, size) != FORM_UNKNOWN)
    return TRUE;
  decoded = decode (data, length, &length);
  return decoded != NULL && sniff (decoded, length) != FORM_UNKNOWN;
}

static OmaTnds *
read_form (Form form, const char *data, gsize size, GError **error)
{
  if (form == FORM_WBXML)
    return oma_tnds_read_wbxml (data, size, error);
  data = skip_space (data, &size);
  return oma_tnds_read_xml (data, size, error);
}

/**
 * oma_tnds_read:
 * @data: a document: XML or WBXML, or base64 of one of these; the data say which, since the
 *   types that servers state cannot be relied on
 * @size: its octets
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Reads a document (DM Tree and Description Serialization 1.2).  Elements that do not belong
 * there are skipped, DFProperties too.
 *
 * Returns: (transfer full): the document; %NULL with %OMA_CODEC_ERROR_ENCODING when it is in
 *   none of these forms, %OMA_CODEC_ERROR_MALFORMED, %OMA_CODEC_ERROR_LIMIT when it is too
 *   large or too deep or has too many nodes, or %OMA_CODEC_ERROR_FORBIDDEN
 */
OmaTnds *
oma_tnds_read (gconstpointer data, gsize size, GError **error)
{
  Form form = sniff (data, size);
  g_autofree char *decoded = NULL;
  gsize length = 0;

  if (size > OMA_TNDS_MAX_SIZE)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT,
                   "A TNDS document of %" G_GSIZE_FORMAT " octets is too large", size);
      return NULL;
    }
  if (form != FORM_UNKNOWN)
    return read_form (form, data, size, error);
  decoded = decode (data, size, &length);
  form = decoded != NULL ? sniff (decoded, length) : FORM_UNKNOWN;
  if (form != FORM_UNKNOWN)
    return read_form (form, decoded, length, error);
  g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_ENCODING, "Neither XML nor WBXML");
  return NULL;
}
