/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-tnds-private.h"

#include "codec/oma-wbxml.h"

/* ---- Reading ---- */

static gboolean
start_element (guint tag, const char *name, gpointer user_data, GError **error)
{
  /* Elements without a token are written as their names. */
  return oma_tnds_builder_start (user_data, tag != 0 ? (OmaDdfTag) tag : oma_ddf_tag_from_string (name), error);
}

static gboolean
text (const char *text, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  return oma_tnds_builder_text (user_data, text, length);
}

static gboolean
octets (gconstpointer octets, gsize size, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  return oma_tnds_builder_octets (user_data, octets, size);
}

static gboolean
end_element (guint tag G_GNUC_UNUSED, gpointer user_data, GError **error)
{
  return oma_tnds_builder_end (user_data, error);
}

/* Internal: reads a document in WBXML.  Errors as of oma_tnds_read(). */
OmaTnds *
oma_tnds_read_wbxml (gconstpointer data, gsize size, GError **error)
{
  static const OmaWbxmlHandler handler = { .start = start_element, .text = text, .octets = octets, .end = end_element };
  g_autoptr(OmaTndsBuilder) builder = oma_tnds_builder_new ();

  if (!oma_wbxml_read (OMA_WBXML_DDF, data, size, OMA_TNDS_MAX_DEPTH, &handler, builder, error))
    return NULL;
  return oma_tnds_builder_finish (builder, error);
}

/* ---- Writing ---- */

static void
write_start (gpointer out, OmaDdfTag tag)
{
  oma_wbxml_writer_start (out, tag);
}

static void
write_end (gpointer out, OmaDdfTag tag G_GNUC_UNUSED)
{
  oma_wbxml_writer_end (out);
}

static void
write_empty (gpointer out, OmaDdfTag tag)
{
  oma_wbxml_writer_empty (out, tag);
}

static void
write_text (gpointer out, const char *text, gsize length)
{
  oma_wbxml_writer_text (out, text, length);
}

static void
write_octets (gpointer out, gconstpointer octets, gsize size)
{
  oma_wbxml_writer_octets (out, octets, size);
}

/* Internal: writes a document of its own in WBXML. */
GBytes *
oma_tnds_write_wbxml (const OmaTnds *tnds)
{
  static const OmaTndsSink sink = { write_start, write_end, write_empty, write_text, write_octets };
  g_autoptr(OmaWbxmlWriter) out = oma_wbxml_writer_new (OMA_WBXML_PUBLIC_UNKNOWN, OMA_WBXML_PUBLIC_NAME_DDF);

  oma_tnds_write_to (tnds, &sink, out);
  return oma_wbxml_writer_finish (out);
}
