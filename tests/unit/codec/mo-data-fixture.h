/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-mo-data.h"

#include <string.h>
#include <sys/mman.h>

static inline int
make_memory_file (gpointer user_data, GError **error G_GNUC_UNUSED)
{
  guint *n_files = user_data;
  int fd = memfd_create ("test", MFD_CLOEXEC);

  g_assert_no_errno (fd);
  if (n_files != NULL)
    (*n_files)++;
  return fd;
}

/* Feeds @step octets at a time, in memory whose bounds are seen. */
static inline GPtrArray *
read_in_steps (const char *type, const char *data, gsize size, gsize step, OmaSpoolFunc spool, GError **error)
{
  g_autoptr(OmaMoReader) reader = oma_mo_reader_new (type, spool, NULL, error);

  g_assert_nonnull (reader);
  for (gsize done = 0; done < size; done += step)
    {
      g_autofree char *copy = g_memdup2 (data + done, MIN (step, size - done));

      if (!oma_mo_reader_feed (reader, copy, MIN (step, size - done), error))
        return NULL;
    }
  return oma_mo_reader_finish (reader, error);
}

static inline void
show_node (GString *out, const OmaTndsNode *node)
{
  gsize size = node->size;
  const char *data = node->value != NULL ? oma_value_get_data (node->value, &size) : node->data;

  g_string_append_printf (out, "%d %s", node->parent, node->name);
  if (node->format != OMA_FORMAT_NONE)
    g_string_append_printf (out, " (%s)", oma_format_to_string (node->format));
  if (data != NULL)
    g_string_append_printf (out, ": %.*s", (int) size, data);
  g_string_append_c (out, '\n');
  g_assert_cmpuint (node->size, ==, size);
  g_assert_true (data == NULL || data[size] == '\0');
}

/* What was read, a node a line. */
static inline char *
show_parts (const GPtrArray *parts)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++)
    {
      const OmaMoPart *part = g_ptr_array_index (parts, i);

      g_string_append_printf (out, "%s %s %s\n", part->client_uri, part->ddf, part->cv);
      for (guint n = 0; n < part->document->nodes->len; n++)
        show_node (out, g_ptr_array_index (part->document->nodes, n));
    }
  return g_string_free (out, FALSE);
}

static inline gboolean
append_block (const char *data, gsize size, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  g_string_append_len (user_data, data, (gssize) size);
  return TRUE;
}
