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
