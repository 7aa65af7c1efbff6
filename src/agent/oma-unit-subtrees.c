/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-unit-subtrees.h"

#include <string.h>

/**
 * oma_unit_subtrees_new:
 * @unit: a unit of work
 *
 * Returns: (transfer full) (element-type utf8): the roots of the subtrees where something of it is to be undone, each
 *   once
 */
GPtrArray *
oma_unit_subtrees_new (const OmaUnitRecord *unit)
{
  GPtrArray *subtrees = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < unit->images->len; i++)
    {
      const OmaImage *image = g_ptr_array_index (unit->images, i);

      if (!image->undone && !g_ptr_array_find_with_equal_func (subtrees, image->mount, g_str_equal, NULL))
        g_ptr_array_add (subtrees, g_strdup (image->mount));
    }
  return subtrees;
}

static gboolean
is_at_or_above (const char *uri, const char *other)
{
  gsize length = strlen (uri);

  return strncmp (uri, other, length) == 0 && (other[length] == '\0' || other[length] == '/');
}

/**
 * oma_unit_subtrees_overlap:
 * @subtrees: (element-type utf8): roots of subtrees
 * @others: (element-type utf8): others
 *
 * Returns: whether a node can be in one of either: "." holds them all
 */
gboolean
oma_unit_subtrees_overlap (const GPtrArray *subtrees, const GPtrArray *others)
{
  for (guint i = 0; i < subtrees->len; i++)
    for (guint k = 0; k < others->len; k++)
      if (is_at_or_above (subtrees->pdata[i], others->pdata[k]) ||
          is_at_or_above (others->pdata[k], subtrees->pdata[i]))
        return TRUE;
  return FALSE;
}
