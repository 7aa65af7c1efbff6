/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-node-ref-private.h"

/* Internal: @captures is (transfer full) and nullable. */
OmaNodeRef *
oma_node_ref_new (const char *uri, const char *relative_uri, const char *name, GPtrArray *captures)
{
  OmaNodeRef *ref = g_new (OmaNodeRef, 1);

  ref->uri = g_strdup (uri);
  ref->relative_uri = g_strdup (relative_uri);
  ref->name = g_strdup (name);
  ref->captures = captures != NULL ? captures : g_ptr_array_new_with_free_func (g_free);
  return ref;
}

OmaNodeRef *
oma_node_ref_copy (const OmaNodeRef *ref)
{
  GPtrArray *captures = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < ref->captures->len; i++)
    g_ptr_array_add (captures, g_strdup (g_ptr_array_index (ref->captures, i)));
  return oma_node_ref_new (ref->uri, ref->relative_uri, ref->name, captures);
}

void
oma_node_ref_free (OmaNodeRef *ref)
{
  g_free (ref->uri);
  g_free (ref->relative_uri);
  g_free (ref->name);
  g_ptr_array_unref (ref->captures);
  g_free (ref);
}

/**
 * oma_node_ref_get_uri:
 * @ref: a node reference
 *
 * Returns: (transfer none): the node's canonical URI, "./A/B"
 */
const char *
oma_node_ref_get_uri (const OmaNodeRef *ref)
{
  return ref->uri;
}

/**
 * oma_node_ref_get_relative_uri:
 * @ref: a node reference
 *
 * Returns: (transfer none): the node's URI below the top node of the plugin's DDF to which it
 *   belongs, "" for that node itself
 */
const char *
oma_node_ref_get_relative_uri (const OmaNodeRef *ref)
{
  return ref->relative_uri;
}

/**
 * oma_node_ref_get_name:
 * @ref: a node reference
 *
 * Returns: (transfer none): the node's name, decoded
 */
const char *
oma_node_ref_get_name (const OmaNodeRef *ref)
{
  return ref->name;
}

/**
 * oma_node_ref_get_n_captures:
 * @ref: a node reference
 *
 * Returns: how many placeholders of the DDF lie on the way to the node, itself included
 */
guint
oma_node_ref_get_n_captures (const OmaNodeRef *ref)
{
  return ref->captures->len;
}

/**
 * oma_node_ref_get_capture:
 * @ref: a node reference
 * @index: which placeholder, counted from 0 at the root
 *
 * Returns: (transfer none) (nullable): the name that stands for the placeholder, decoded,
 *   or %NULL when there are not as many
 */
const char *
oma_node_ref_get_capture (const OmaNodeRef *ref, guint index)
{
  return index < ref->captures->len ? g_ptr_array_index (ref->captures, index) : NULL;
}

/**
 * oma_node_name_escape:
 * @name: a decoded node name
 *
 * Makes a segment of a URI of a name, for oma_node_list_add(), oma_plugin_host_changed() and others that take a URI.
 *
 * Returns: (transfer full): @name with what must be escaped escaped
 */
char *
oma_node_name_escape (const char *name)
{
  return g_uri_escape_string (name, "!*'():@&=+$,", FALSE);
}
