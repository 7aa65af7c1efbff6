/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

#include "base/oma-value-private.h"

#include <string.h>

/* What a command carries as a document, and what a node of it says of its value. */

static gconstpointer
get_data (const OmaOperation *operation, gsize *size)
{
  if (operation->value != NULL)
    return oma_value_get_data (operation->value, size);
  *size = operation->length;
  return operation->data;
}

/* Internal: whether the data of an Add or Replace are a TNDS document: by their type where the
 * target is not a leaf, which could hold one as its value; or by how they look, where the type
 * is not stated. */
gboolean
oma_operation_is_document (const OmaOperation *operation, const OmaTarget *target)
{
  const OmaSchemaNode *schema = target->lookup.schema;
  const char *type = operation->value != NULL ? oma_value_get_type_name (operation->value) : operation->mime_type;
  gconstpointer data;
  gsize size;

  if (operation->document != NULL && target->uri.query == OMA_URI_QUERY_NONE)
    return TRUE;
  if (target->uri.query != OMA_URI_QUERY_NONE || (schema != NULL && schema->format != OMA_FORMAT_NODE))
    return FALSE;
  if (oma_tnds_is_type (type))
    return TRUE;
  if (type != NULL && strcmp (type, "text/plain") != 0)
    return FALSE;
  data = get_data (operation, &size);
  return oma_tnds_looks_like (data, size);
}

static OmaStatus
status_from_codec_error (const GError *error)
{
  switch (error->code)
    {
    case OMA_CODEC_ERROR_ENCODING:
      return OMA_STATUS_UNSUPPORTED_FORMAT;
    case OMA_CODEC_ERROR_LIMIT:
      return OMA_STATUS_ENTITY_TOO_LARGE;
    case OMA_CODEC_ERROR_MALFORMED:
    case OMA_CODEC_ERROR_FORBIDDEN:
    default:
      return OMA_STATUS_BAD_REQUEST;
    }
}

/* Internal: (transfer full): the document that Add or Replace has. */
OmaTnds *
oma_document_read (const OmaOperation *operation, GError **error)
{
  g_autoptr(GError) failure = NULL;
  OmaTnds *tnds;
  gsize size;
  gconstpointer data = get_data (operation, &size);

  if (data == NULL || size == 0)
    {
      oma_operation_refuse (OMA_STATUS_INCOMPLETE_COMMAND, "there is no document", error);
      return NULL;
    }
  tnds = oma_tnds_read (data, size, &failure);
  if (tnds == NULL)
    oma_operation_refuse (status_from_codec_error (failure), failure->message, error);
  return tnds;
}

/* Internal: whether the node has one, large or not. */
gboolean
oma_document_node_has_value (const OmaTndsNode *node)
{
  return node->data != NULL || node->value != NULL;
}

/* Internal: octets of its value. */
gsize
oma_document_node_get_size (const OmaTndsNode *node)
{
  return node->value != NULL ? oma_value_get_size (node->value) : node->size;
}

/* Octets that are there already need no decoding. */
static OmaFormat
find_stated_format (const OmaTndsNode *node, const OmaSchemaNode *schema)
{
  if (!node->is_octets)
    return schema->format == OMA_FORMAT_BIN ? OMA_FORMAT_B64 : node->format;
  return node->format == OMA_FORMAT_B64 && schema->format == OMA_FORMAT_BIN ? OMA_FORMAT_BIN : node->format;
}

/* (transfer full): the value of a large one in its file, as it is stated. */
static OmaValue *
make_large_value (const OmaTndsNode *node, const OmaSchemaNode *schema)
{
  return oma_value_with_format (node->value, find_stated_format (node, schema), node->type);
}

/* Internal: the operation that would make the node alone.  *value: (transfer full) (nullable): what has
 * to live as long as it. */
void
oma_document_fill_operation (const OmaDocument *document, guint index, const OmaSchemaNode *schema,
                             OmaOperation *operation, OmaValue **value)
{
  const OmaTndsNode *node = oma_document_node_at (document, index);
  OmaFormat format = node->format;

  *operation = (OmaOperation) {
    .type = OMA_OPERATION_ADD,
    .uri = oma_document_uri_at (document, index),
    .format = format,
    .mime_type = node->type,
    .data = node->data,
    .length = node->size,
  };
  if (document->is_mo_data)
    operation->document = document->tnds;
  if (schema == NULL || schema->format == OMA_FORMAT_NODE)
    return;
  if (!oma_document_node_has_value (node) && format != OMA_FORMAT_NODE)
    operation->value = *value = oma_schema_node_make_default (schema);
  else if (node->value != NULL)
    operation->value = *value = make_large_value (node, schema);
  else if (format == OMA_FORMAT_NONE)
    operation->data_is_base64 = !node->is_octets && schema->format == OMA_FORMAT_BIN;
  else
    operation->data_is_base64 = !node->is_octets && (format == OMA_FORMAT_BIN || format == OMA_FORMAT_B64);
  /* Octets that are there already need no decoding. */
  if (node->is_octets && format == OMA_FORMAT_B64 && schema->format == OMA_FORMAT_BIN)
    operation->format = OMA_FORMAT_BIN;
}
