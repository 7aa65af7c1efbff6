/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation.h"

/* The value that a command has for a leaf. */

/* Internal: (transfer full): @value as one of the leaf. */
OmaValue *
oma_operation_take_value (const OmaSchemaNode *schema, OmaValue *value, GError **error)
{
  gboolean typed = *oma_value_get_type_name (value) != '\0';

  if (oma_value_get_format (value) == schema->format && typed)
    return oma_schema_node_check_value (schema, value, error) ? oma_value_ref (value) : NULL;
  if (oma_value_get_format (value) == OMA_FORMAT_NODE)
    {
      oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "the node is a leaf", error);
      return NULL;
    }
  return oma_schema_node_take_value (schema, value, error);
}

/* Base64 is how XML carries octets; what the node holds is what it stands for, unless the
 * node's own format is b64 (DM Tree and Description 1.2, Format). */
static OmaValue *
decode_value (const OmaOperation *operation, const OmaSchemaNode *schema, GError **error)
{
  OmaFormat format = operation->format == OMA_FORMAT_B64 ? OMA_FORMAT_NONE : operation->format;
  gsize length;
  g_autofree char *octets = oma_format_decode_base64 (operation->data, operation->length, &length, error);

  if (octets == NULL)
    return NULL;
  return oma_schema_node_make_value (schema, format, operation->mime_type, octets, length, error);
}

static OmaValue *
make_value (const OmaOperation *operation, const OmaSchemaNode *schema, GError **error)
{
  if (operation->value != NULL)
    return oma_operation_take_value (schema, operation->value, error);
  if (operation->format == OMA_FORMAT_NODE)
    {
      oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "the node is a leaf", error);
      return NULL;
    }
  if (operation->data == NULL && schema->format != OMA_FORMAT_NULL)
    {
      oma_operation_refuse (OMA_STATUS_INCOMPLETE_COMMAND, "there are no data", error);
      return NULL;
    }
  if ((operation->data_is_base64 || operation->format == OMA_FORMAT_B64) && schema->format != OMA_FORMAT_B64)
    return decode_value (operation, schema, error);
  return oma_schema_node_make_value (schema, operation->format, operation->mime_type, operation->data,
                                     operation->length, error);
}

/* Internal: (transfer full): the value that the operation has for a leaf.  MO data of DM 2.0 have a status of their own
 * for one that the leaf cannot have. */
OmaValue *
oma_operation_make_value (const OmaOperation *operation, const OmaSchemaNode *schema, GError **error)
{
  GError *failure = NULL;
  OmaValue *value = make_value (operation, schema, &failure);

  if (failure == NULL)
    return value;
  if (operation->document != NULL && g_error_matches (failure, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED))
    failure->code = OMA_STATUS_UNSUPPORTED_FORMAT;
  g_propagate_error (error, failure);
  return NULL;
}
