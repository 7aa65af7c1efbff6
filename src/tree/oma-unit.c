/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-unit.h"

#include "base/oma-value-private.h"

#include <string.h>

/**
 * oma_image_new:
 * @kind: what is about to happen
 * @mount: canonical URI of the root of the subtree
 * @uri: (nullable): canonical URI of the node
 *
 * Returns: (transfer full): an image whose other fields the caller fills
 */
OmaImage *
oma_image_new (OmaImageKind kind, const char *mount, const char *uri)
{
  OmaImage *image = g_new0 (OmaImage, 1);

  image->kind = kind;
  image->mount = g_strdup (mount);
  image->uri = g_strdup (uri);
  return image;
}

static OmaNodeList *
copy_nodes (const OmaNodeList *nodes)
{
  OmaNodeList *copy = oma_node_list_new ();

  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    {
      OmaValue *value = oma_node_list_get_value (nodes, i);

      oma_node_list_add (copy, oma_node_list_get_uri (nodes, i), value != NULL ? oma_value_ref (value) : NULL);
    }
  return copy;
}

/**
 * oma_image_copy:
 * @image: an image
 *
 * Returns: (transfer full): one that is the same; it shares the values
 */
OmaImage *
oma_image_copy (const OmaImage *image)
{
  OmaImage *copy = oma_image_new (image->kind, image->mount, image->uri);

  copy->irreversible = image->irreversible;
  copy->undone = image->undone;
  copy->secret = image->secret;
  copy->target = g_strdup (image->target);
  copy->before = image->before != NULL ? copy_nodes (image->before) : NULL;
  copy->after = image->after != NULL ? g_bytes_ref (image->after) : NULL;
  copy->data = image->data != NULL ? g_bytes_ref (image->data) : NULL;
  return copy;
}

/* Who lists nodes may do so in another order each time. */
static gboolean
nodes_equal (const OmaNodeList *a, const OmaNodeList *b)
{
  g_autoptr(GHashTable) known = NULL;
  guint n = a != NULL ? oma_node_list_get_length (a) : 0;

  if (n != (b != NULL ? oma_node_list_get_length (b) : 0))
    return FALSE;
  known = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < n; i++)
    g_hash_table_insert (known, (gpointer) oma_node_list_get_uri (a, i), oma_node_list_get_value (a, i));
  for (guint i = 0; i < n; i++)
    {
      OmaValue *right = oma_node_list_get_value (b, i);
      gpointer left;

      if (!g_hash_table_lookup_extended (known, oma_node_list_get_uri (b, i), NULL, &left) ||
          (left != NULL) != (right != NULL) || (left != NULL && !oma_value_equal (left, right)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
octets_equal (GBytes *a, GBytes *b)
{
  return a == b || (a != NULL && b != NULL && g_bytes_equal (a, b));
}

/**
 * oma_image_equal:
 * @a: an image
 * @b: an image
 *
 * Returns: whether both say the same of the same, undone or not
 */
gboolean
oma_image_equal (const OmaImage *a, const OmaImage *b)
{
  return a->kind == b->kind && a->irreversible == b->irreversible && g_strcmp0 (a->mount, b->mount) == 0 &&
         g_strcmp0 (a->uri, b->uri) == 0 && g_strcmp0 (a->target, b->target) == 0 &&
         octets_equal (a->after, b->after) && octets_equal (a->data, b->data) && nodes_equal (a->before, b->before);
}

/**
 * oma_image_free:
 * @image: (transfer full): an image
 */
void
oma_image_free (OmaImage *image)
{
  g_free (image->mount);
  g_free (image->uri);
  g_free (image->target);
  g_clear_pointer (&image->before, oma_node_list_free);
  g_clear_pointer (&image->after, g_bytes_unref);
  g_clear_pointer (&image->data, g_bytes_unref);
  g_free (image);
}

/**
 * oma_image_digest:
 * @value: a value
 *
 * Returns: (transfer full): the SHA-256 of its format and octets: enough to know it again, and
 *   nothing that a journal could give away
 */
GBytes *
oma_image_digest (const OmaValue *value)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *format = oma_format_to_string (oma_value_get_format (value));
  gsize size, length = (gsize) g_checksum_type_get_length (G_CHECKSUM_SHA256);
  const void *data = oma_value_get_data (value, &size);
  guint8 *digest = g_malloc (length);

  g_checksum_update (checksum, (const guchar *) format, (gssize) strlen (format) + 1);
  if (size > 0)
    g_checksum_update (checksum, data, (gssize) size);
  g_checksum_get_digest (checksum, digest, &length);
  return g_bytes_new_take (digest, length);
}

/**
 * oma_unit_record_new:
 * @id: its identifier
 *
 * Returns: (transfer full): an open unit of work without images
 */
OmaUnitRecord *
oma_unit_record_new (gint64 id)
{
  OmaUnitRecord *record = g_new0 (OmaUnitRecord, 1);

  record->id = id;
  record->images = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_image_free);
  return record;
}

/**
 * oma_unit_record_copy:
 * @record: a record
 *
 * Returns: (transfer full): one that is the same; its images share the values
 */
OmaUnitRecord *
oma_unit_record_copy (const OmaUnitRecord *record)
{
  OmaUnitRecord *copy = oma_unit_record_new (record->id);

  copy->state = record->state;
  copy->server_id = g_strdup (record->server_id);
  copy->history_id = record->history_id;
  copy->time = record->time;
  copy->attempts = record->attempts;
  copy->error = g_strdup (record->error);
  for (guint i = 0; i < record->images->len; i++)
    g_ptr_array_add (copy->images, oma_image_copy (g_ptr_array_index (record->images, i)));
  return copy;
}

/**
 * oma_unit_record_free:
 * @record: (transfer full): a record
 */
void
oma_unit_record_free (OmaUnitRecord *record)
{
  g_free (record->server_id);
  g_free (record->error);
  g_ptr_array_unref (record->images);
  g_free (record);
}
