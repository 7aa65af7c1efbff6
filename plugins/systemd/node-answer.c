/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "systemd-plugin.h"

#include <string.h>

/* A unit, a timer and the power are read as a whole; what an operation asks of them is picked from that. */

/**
 * systemd_dup_below:
 * @node: a node of a unit or timer, or one below it
 *
 * Returns: (transfer full): its URI below the node of the unit, "" for that
 */
char *
systemd_dup_below (const OmaNodeRef *node)
{
  const char *slash = strchr (oma_node_ref_get_relative_uri (node), '/');

  return g_strdup (slash != NULL ? slash + 1 : "");
}

/**
 * systemd_return_nodes:
 * @task: of a read
 * @nodes: (nullable) (transfer full): what it returns
 * @error: (nullable) (transfer full): why there is nothing
 */
void
systemd_return_nodes (GTask *task, OmaNodeList *nodes, GError *error)
{
  if (nodes == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, nodes, (GDestroyNotify) oma_node_list_free);
}

/**
 * systemd_return_names:
 * @task: of a list
 * @nodes: (nullable): all nodes
 * @below: URI of the one whose children are asked for
 * @error: (nullable) (transfer full): why there are none
 */
void
systemd_return_names (GTask *task, const OmaNodeList *nodes, const char *below, GError *error)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *prefix = *below != '\0' ? g_strconcat (below, "/", NULL) : g_strdup ("");

  if (nodes == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    {
      const char *uri = oma_node_list_get_uri (nodes, i);

      if (*uri != '\0' && g_str_has_prefix (uri, prefix) && strchr (uri + strlen (prefix), '/') == NULL)
        g_strv_builder_add (names, uri + strlen (prefix));
    }
  g_task_return_pointer (task, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

/**
 * systemd_return_value:
 * @task: of a get
 * @nodes: (nullable): all nodes
 * @below: URI of the one that is asked for
 * @error: (nullable) (transfer full): why there are none
 */
void
systemd_return_value (GTask *task, const OmaNodeList *nodes, const char *below, GError *error)
{
  if (nodes == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    {
      OmaValue *value = oma_node_list_get_value (nodes, i);

      if (value == NULL || strcmp (oma_node_list_get_uri (nodes, i), below) != 0)
        continue;
      g_task_return_pointer (task, oma_value_ref (value), (GDestroyNotify) oma_value_unref);
      return;
    }
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no %s now", below);
}
