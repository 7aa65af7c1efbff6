/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-ddf.h"

#include <string.h>

/* Makes and checks values of every leaf, so that constraints that were compiled are used. */
static void
use_node (const OmaSchemaNode *node)
{
  static const char *const texts[] = { "", "1", "true", "a,b", "<a/>" };

  for (guint i = 0; node->children == NULL && i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(OmaValue) value =
        oma_schema_node_make_value (node, OMA_FORMAT_NONE, NULL, texts[i], strlen (texts[i]), NULL);

      g_assert_true (value == NULL || oma_schema_node_check_value (node, value, NULL));
    }
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (node->children, i);

      if (child->name != NULL)
        g_assert_true (oma_schema_node_get_child (node, child->name, strlen (child->name)) == child);
      use_node (child);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSchema) schema = oma_ddf_parse ("fuzz", data, size, &error);

  g_assert_true ((schema == NULL) == (error != NULL));
  for (guint i = 0; schema != NULL && i < schema->roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, i);
      g_autoptr(OmaValue) value = oma_schema_node_make_default (root->node);

      g_assert_true ((value == NULL) == (root->node->format == OMA_FORMAT_NODE));
      use_node (root->node);
    }
  return 0;
}
