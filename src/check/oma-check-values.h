/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-schema.h"

G_BEGIN_DECLS

/**
 * OmaCheckValues:
 *
 * Values to write: those that the author gave for a node, else some that its DDF permits.
 */
typedef struct _OmaCheckValues OmaCheckValues;

OmaCheckValues *oma_check_values_new   (void);
void            oma_check_values_free  (OmaCheckValues *values);
gboolean        oma_check_values_take  (OmaCheckValues *values, const char *text, GError **error);
const char     *oma_check_values_find  (OmaCheckValues *values, const char *pattern);
OmaValue       *oma_check_values_make  (OmaCheckValues *values, const char *pattern, const OmaSchemaNode *schema,
                                        const OmaValue *other);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCheckValues, oma_check_values_free)

G_END_DECLS
