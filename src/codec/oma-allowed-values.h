/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-ddf-reader.h"
#include "tree/oma-schema.h"

G_BEGIN_DECLS

/**
 * OmaAllowedValues:
 * @value_type: (nullable): attribute ValueType
 * @values: (element-type utf8): each Value, those in Enum included
 * @delimiter: (nullable): attribute Delimiter of List
 * @admx: (nullable): the attributes of AdmxBacked
 *
 * An element MSFT:AllowedValues as it is written.
 */
typedef struct {
  char      *value_type;
  GPtrArray *values;
  char      *delimiter;
  char      *admx;
} OmaAllowedValues;

OmaAllowedValues *oma_allowed_values_read  (OmaDdfReader *reader, GError **error);
void              oma_allowed_values_free  (OmaAllowedValues *allowed);
gboolean          oma_allowed_values_apply (const OmaAllowedValues *allowed, OmaSchemaNode *node, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAllowedValues, oma_allowed_values_free)

G_END_DECLS
