/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-change-private.h"

#include "base/oma-status.h"

#include <string.h>

/* How the tree comes to be at start: rows that fit their schema become nodes, all others
 * are kept aside; then the permanent nodes that must be there are made. */

#define NO_ROW G_MAXUINT

/* A row on its way to a place in the tree. */
typedef struct {
  OmaNode   *node;         /* NULL once it is kept aside */
  gint64     parent_id;
  guint      first_child;  /* index, highest id first */
  guint      next;         /* index of the next child of the same parent */
  OmaFormat  format;
  gboolean   overlay;
  gboolean   placed;
  char      *acl;          /* its text where that cannot be read */
} Row;

typedef struct {
  OmaTree *tree;
  GArray  *rows;           /* (element-type Row), by id */
} Loader;

static Row *
get_row (const Loader *loader, guint index)
{
  return &g_array_index (loader->rows, Row, index);
}

static void
row_clear (Row *row)
{
  if (row->node != NULL && !row->placed)
    oma_node_free (row->node);
  g_free (row->acl);
}

static void
take_record (const OmaNodeRecord *record, gpointer user_data)
{
  Loader *loader = user_data;
  OmaNode *node = oma_node_new (record->name, MIN (strlen (record->name), G_MAXUINT16));
  g_autoptr(OmaAcl) acl = NULL;
  Row row = { node, record->parent_id, NO_ROW, NO_ROW, record->format, record->overlay, FALSE, NULL };
  const char *type = record->type != NULL && *record->type != '\0' ? record->type : NULL;

  if (record->acl != NULL && *record->acl != '\0')
    {
      acl = oma_acl_parse (record->acl, NULL);
      row.acl = acl == NULL ? g_strdup (record->acl) : NULL;
    }
  if (record->format == OMA_FORMAT_NODE)
    node->flags |= OMA_NODE_INTERIOR;
  else if (record->value != NULL)
    node->value = oma_value_ref (record->value);
  node->id = record->id;
  node->tstamp = record->tstamp;
  node->verno = record->verno;
  node->owner = record->owner != NULL ? g_quark_from_string (record->owner) : 0;
  node->properties = oma_properties_new (acl, record->title, record->value == NULL ? type : NULL);
  g_array_append_val (loader->rows, row);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const Row *) a)->node->id, y = ((const Row *) b)->node->id;

  return (x > y) - (x < y);
}

static guint
find_row (const Loader *loader, gint64 id)
{
  guint low = 0, high = loader->rows->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (get_row (loader, middle)->node->id < id)
        low = middle + 1;
      else
        high = middle;
    }
  return low < loader->rows->len && get_row (loader, low)->node->id == id ? low : NO_ROW;
}

/* Chains each row to its parent's. */
static void
connect_rows (Loader *loader)
{
  gboolean sorted = TRUE;

  for (guint i = 1; i < loader->rows->len && sorted; i++)
    sorted = compare_rows (get_row (loader, i - 1), get_row (loader, i)) < 0;
  if (!sorted)
    g_array_sort (loader->rows, compare_rows);
  for (guint i = 0; i < loader->rows->len; i++)
    {
      Row *row = get_row (loader, i);
      guint parent = find_row (loader, row->parent_id);

      if (parent == NO_ROW || parent == i)
        continue;
      row->next = get_row (loader, parent)->first_child;
      get_row (loader, parent)->first_child = i;
    }
}

/* ---- Rows that do not fit ---- */

static OmaAside *
set_aside (Loader *loader, Row *row, OmaNode *parent_node, OmaAside *parent_aside, const char *reason)
{
  OmaNode *node = g_steal_pointer (&row->node);
  OmaAside *aside = g_new0 (OmaAside, 1);
  OmaNodeRecord *record = &aside->record;
  const OmaProperties *properties = node->properties;

  aside->reason = reason;
  aside->parent_node = parent_node;
  aside->parent_aside = parent_aside;
  record->id = node->id;
  record->parent_id = row->parent_id;
  record->name = g_strdup (oma_node_peek_name (node));
  record->format = row->format;
  record->overlay = row->overlay;
  record->tstamp = node->tstamp;
  record->verno = node->verno;
  record->acl = g_steal_pointer (&row->acl);
  if (properties != NULL)
    {
      if (properties->acl != NULL)
        record->acl = g_strdup (oma_acl_get_text (properties->acl));
      record->title = g_strdup (properties->title);
      record->type = g_strdup (properties->type);
    }
  if (record->type == NULL)
    record->type = g_strdup ((node->flags & OMA_NODE_INTERIOR) == 0 && node->value != NULL
                               ? oma_value_get_type_name (node->value) : "");
  oma_node_free (node);
  oma_tree_add_aside (loader->tree, aside);
  return aside;
}

static void
set_aside_below (Loader *loader, const Row *row, OmaAside *parent, guint depth)
{
  if (depth > OMA_URI_MAX_DEPTH)
    return;
  for (guint i = row->first_child; i != NO_ROW; i = get_row (loader, i)->next)
    {
      Row *child = get_row (loader, i);

      if (child->node != NULL && !child->placed)
        set_aside_below (loader, child, set_aside (loader, child, NULL, parent, "the node above is kept aside"),
                         depth + 1);
    }
}

/* ---- Rows that fit ---- */

/* A row can hold the default that a node was made with, even one that only says "empty". */
static gboolean
value_fits (const OmaSchemaNode *schema, const OmaValue *value)
{
  g_autoptr(OmaValue) initial = NULL;

  if (oma_schema_node_check_value (schema, value, NULL))
    return TRUE;
  initial = oma_schema_node_make_default (schema);
  return initial != NULL && oma_value_equal (initial, value);
}

/* Why @row cannot have the place that @schema and @mount describe and @other may have, or
 * NULL when it can. */
static const char *
find_misfit (const Row *row, const OmaSchemaNode *schema, const OmaMount *mount, const OmaNode *other)
{
  const OmaNode *node = row->node;

  if (row->acl != NULL)
    return "its ACL cannot be read";
  if (node->name_length > OMA_URI_MAX_SEGMENT || !oma_uri_name_is_valid (oma_node_peek_name (node), node->name_length))
    return "its name cannot be one";
  if (schema == NULL)
    return "no DDF describes it";
  if (row->overlay != (mount == NULL || mount->ops != NULL))
    return row->overlay ? "no plugin serves it" : "the store does not serve it";
  if (row->format != schema->format)
    return "its format is not that of the DDF";
  if (!row->overlay && row->format != OMA_FORMAT_NODE && (node->value == NULL || !value_fits (schema, node->value)))
    return "its value is not one that the DDF permits";
  if (other != NULL && ((other->flags & OMA_NODE_FIXED) == 0 || other->id != 0))
    return "another node has its name";
  return NULL;
}

/* Gives a node that is always there what its row holds. */
static void
adopt (OmaNode *fixed, Row *row)
{
  OmaNode *node = row->node;

  fixed->id = node->id;
  fixed->tstamp = node->tstamp;
  fixed->verno = node->verno;
  fixed->owner = node->owner;
  if (node->properties != NULL)
    {
      oma_properties_unref (fixed->properties);
      fixed->properties = g_steal_pointer (&node->properties);
    }
  oma_node_free (node);
  row->node = fixed;
  row->placed = TRUE;
}

static void
place (Loader *loader, OmaNode *parent, Row *row, const OmaSchemaNode *schema, OmaMount *mount)
{
  oma_node_describe (loader->tree, row->node, schema, mount);
  if (mount != NULL && row->node->properties != NULL)
    mount->has_types |= row->node->properties->type != NULL;
  /* Rows come newest first. */
  oma_node_link (loader->tree, parent, row->node, TRUE);
  parent->n_children++;
  loader->tree->n_nodes++;
  loader->tree->n_octets += oma_node_count_octets (row->node);
  row->placed = TRUE;
}

static void
place_children (Loader *loader, OmaNode *parent, const Row *parent_row, guint depth)
{
  guint n_unnamed = 0;

  for (guint i = parent_row->first_child; i != NO_ROW; i = get_row (loader, i)->next)
    {
      Row *row = get_row (loader, i);
      const char *name = oma_node_peek_name (row->node);
      OmaNode *other = oma_node_set_find (&loader->tree->nodes, parent, name, row->node->name_length, NULL);
      const OmaSchemaNode *schema;
      OmaMount *mount;
      const char *reason;

      schema = oma_node_match_child (parent, name, row->node->name_length, &mount);
      if (other != NULL && other->flags & OMA_NODE_FIXED)
        {
          schema = other->schema;
          mount = other->mount;
        }
      reason = depth < OMA_URI_MAX_DEPTH ? find_misfit (row, schema, mount, other) : "it is too deep";
      if (reason == NULL && schema->name == NULL && n_unnamed++ >= schema->max_occurrence)
        reason = "the DDF permits no more nodes there";

      if (reason != NULL)
        set_aside_below (loader, row, set_aside (loader, row, parent, NULL, reason), depth);
      else
        {
          if (other != NULL)
            adopt (other, row);
          else
            place (loader, parent, row, schema, mount);
          if (oma_node_is_interior (row->node))
            place_children (loader, row->node, row, depth + 1);
        }
    }
}

/* The root's row is the one of the highest id that has no parent. */
static void
place_all (Loader *loader)
{
  for (guint i = loader->rows->len; i-- > 0;)
    {
      Row *row = get_row (loader, i);

      if (row->parent_id == 0 && row->overlay && row->acl == NULL && row->format == OMA_FORMAT_NODE &&
          strcmp (oma_node_peek_name (row->node), ".") == 0)
        {
          OmaProperties *initial = oma_properties_ref (loader->tree->root->properties);

          adopt (loader->tree->root, row);
          if (oma_node_get_acl (row->node, NULL) == NULL)
            {
              oma_properties_unref (row->node->properties);
              row->node->properties = oma_properties_ref (initial);
            }
          oma_properties_unref (initial);
          place_children (loader, row->node, row, 0);
          break;
        }
    }
  for (guint i = 0; i < loader->rows->len; i++)
    {
      Row *row = get_row (loader, i);

      if (row->node != NULL && !row->placed)
        set_aside (loader, row, NULL, NULL, "the node above is missing");
    }
}

static gboolean
read_rows (OmaTree *tree, GError **error)
{
  g_autoptr(GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  Loader loader = { tree, rows };

  g_array_set_clear_func (rows, (GDestroyNotify) row_clear);
  if (!oma_tree_store_load (tree->store, take_record, &loader, error))
    {
      g_prefix_error (error, "store: ");
      return FALSE;
    }
  if (rows->len == 0)
    return TRUE;
  connect_rows (&loader);
  tree->last_id = MAX (get_row (&loader, rows->len - 1)->node->id, 0);
  if (tree->last_id > G_MAXINT64 / 2 || get_row (&loader, 0)->node->id <= 0)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "store: a row has an impossible id");
      return FALSE;
    }
  place_all (&loader);
  return TRUE;
}

/* ---- Nodes that must be there ---- */

static gboolean
add_missing_child (OmaChange *change, OmaNode *parent, const OmaSchemaNode *schema, GError **error)
{
  gsize length;

  if (!oma_schema_node_is_automatic (schema))
    return TRUE;
  length = strlen (schema->name);
  return oma_node_set_find (&change->tree->nodes, parent, schema->name, length, change) != NULL ||
         oma_change_add (change, parent, schema->name, length, NULL, NULL, NULL, error) != NULL;
}

static gboolean
add_missing_tops (OmaChange *change, OmaNode *node, GError **error)
{
  const GArray *points = ((OmaStructure *) node->schema)->points;

  for (guint i = 0; i < points->len; i++)
    {
      const OmaMountPoint *point = &g_array_index (points, OmaMountPoint, i);

      if (point->mount->ops == NULL && !add_missing_child (change, node, point->schema, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_missing_children (OmaChange *change, OmaNode *node, GError **error)
{
  const GPtrArray *schemas = node->schema->children;

  for (guint i = 0; i < schemas->len; i++)
    if (!add_missing_child (change, node, g_ptr_array_index (schemas, i), error))
      return FALSE;
  return TRUE;
}

/* Completes @node and what was there below it; what is added on the way is complete. */
static gboolean
complete (OmaChange *change, OmaNode *node, GError **error)
{
  if (!oma_node_is_interior (node))
    return TRUE;
  if (node->id == 0)
    oma_change_stage_row (change, node);
  for (OmaNode *child = node->first_child; child != NULL; child = child->next)
    if (!complete (change, child, error))
      return FALSE;
  if (node->mount == NULL)
    return add_missing_tops (change, node, error);
  return node->mount->ops != NULL || add_missing_children (change, node, error);
}

typedef struct {
  gboolean done;
  gboolean succeeded;
  GError **error;
} Waiting;

static void
committed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->succeeded = oma_change_commit_finish (NULL, result, waiting->error);
  waiting->done = TRUE;
}

/* Only at start, when there is nobody yet to keep waiting. */
static gboolean
commit_and_wait (OmaChange *change, GError **error)
{
  GMainContext *context = g_main_context_new ();
  Waiting waiting = { FALSE, FALSE, error };

  change->tree->start_context = context;
  g_main_context_push_thread_default (context);
  oma_change_commit_async (change, NULL, committed_cb, &waiting);
  while (!waiting.done)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  return waiting.succeeded;
}

/**
 * oma_tree_load:
 * @tree: a tree with all its mounts
 * @store: (nullable): where nodes persist; the tree takes a reference.  Without one nothing
 *   does
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Reads the stored nodes.  One takes its place when a DDF describes it, its format and
 * value are what that permits, the node above has its place, and the DDF permits one more
 * there; of two rows that claim a place the newer one gets it.  All others stay in the
 * store as they are, see oma_tree_foreach_aside().
 *
 * Then the permanent nodes that must be there are made with their default value and ACL,
 * and written (DM Tree and Description 1.2, Scope and Occurrence).  It blocks: only for the
 * start, once for each tree.
 *
 * Returns: %TRUE, or %FALSE with the store's error, prefixed "store: "
 */
gboolean
oma_tree_load (OmaTree *tree, OmaTreeStore *store, GError **error)
{
  const OmaPrincipal device = { OMA_PRINCIPAL_DEVICE, NULL };
  g_autoptr(OmaChange) change = NULL;

  g_return_val_if_fail (!tree->loaded, FALSE);

  tree->loaded = TRUE;
  if (store != NULL)
    {
      tree->store = g_object_ref (store);
      if (!read_rows (tree, error))
        return FALSE;
    }
  change = oma_change_new (tree, &device);
  return complete (change, tree->root, error) && commit_and_wait (change, error);
}
