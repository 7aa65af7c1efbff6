/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-uri.h"
#include "codec/oma-mo-data.h"

#include <string.h>

static const char *const types[] = {
  OMA_MO_DATA_TYPE_JSON, OMA_MO_DATA_TYPE_JSON, OMA_TNDS_TYPE_XML, "application/json",
};

static GPtrArray *
read_in_steps (const char *type, const char *data, gsize size, gsize step, GError **error)
{
  g_autoptr(OmaMoReader) reader = oma_mo_reader_new (type, NULL, NULL, NULL);

  for (gsize done = 0; done < size; done += step)
    if (!oma_mo_reader_feed (reader, data + done, MIN (step, size - done), error))
      return NULL;
  return oma_mo_reader_finish (reader, error);
}

static void
check_same_nodes (const OmaTnds *a, const OmaTnds *b)
{
  g_assert_cmpuint (a->nodes->len, ==, b->nodes->len);
  for (guint i = 0; i < a->nodes->len; i++)
    {
      const OmaTndsNode *x = g_ptr_array_index (a->nodes, i), *y = g_ptr_array_index (b->nodes, i);

      g_assert_cmpint (x->parent, ==, y->parent);
      g_assert_cmpint (x->format, ==, y->format);
      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_true ((x->data == NULL) == (y->data == NULL));
      g_assert_cmpmem (x->data, x->size, y->data, y->size);
    }
}

static void
check_same (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const OmaMoPart *x = g_ptr_array_index (a, i), *y = g_ptr_array_index (b, i);

      g_assert_cmpstr (x->client_uri, ==, y->client_uri);
      g_assert_cmpstr (x->ddf, ==, y->ddf);
      g_assert_cmpstr (x->cv, ==, y->cv);
      check_same_nodes (x->document, y->document);
    }
}

/* ---- As it would be read of a tree, and written ---- */

static char *
make_uri (const OmaTnds *document, const OmaTndsNode *node)
{
  g_autoptr(GString) uri = g_string_new (NULL);

  if (node->parent < 0)
    return g_strdup ("");
  for (; node->parent >= 0; node = g_ptr_array_index (document->nodes, node->parent))
    {
      g_autoptr(GString) segment = g_string_new (NULL);

      oma_uri_append_segment (segment, node->name, -1);
      g_string_prepend (uri, segment->str);
    }
  return g_strdup (uri->str + 1);
}

/* NULL: there are nodes that no tree has. */
static OmaNodeList *
make_nodes (const OmaTnds *document)
{
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();

  for (guint i = 0; i < document->nodes->len; i++)
    {
      const OmaTndsNode *node = g_ptr_array_index (document->nodes, i);
      g_autofree char *uri = make_uri (document, node);

      if (*node->name == '\0')
        return NULL;
      oma_node_list_add (nodes, uri,
                         node->data != NULL ? oma_value_new (OMA_FORMAT_CHR, NULL, node->data, node->size) : NULL);
    }
  return g_steal_pointer (&nodes);
}

static gboolean
append (const char *data, gsize size, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  g_string_append_len (user_data, data, (gssize) size);
  return TRUE;
}

static void
check_round_trip (const OmaMoPart *part)
{
  g_autoptr(OmaNodeList) nodes = make_nodes (part->document);
  const OmaTndsNode *top = g_ptr_array_index (part->document->nodes, 0);
  OmaMoSource source = { part->ddf, part->client_uri, part->cv, top->name, nodes };
  g_autoptr(GString) json = g_string_new (NULL), xml = g_string_new (NULL);
  g_autoptr(GPtrArray) parts = NULL, documents = NULL;
  const OmaMoPart *document;
  g_autoptr(GError) error = NULL;

  if (nodes == NULL || part->client_uri == NULL)
    return;
  g_assert_true (oma_mo_data_write_json (&source, 1, append, json, NULL));
  parts = read_in_steps (OMA_MO_DATA_TYPE_JSON, json->str, json->len, json->len, &error);
  g_assert_no_error (error);
  check_same_nodes (part->document, ((OmaMoPart *) g_ptr_array_index (parts, 0))->document);
  g_assert_cmpstr (part->client_uri, ==, ((OmaMoPart *) g_ptr_array_index (parts, 0))->client_uri);
  g_assert_true (oma_mo_data_write_tnds (&source, OMA_ENCODING_XML, append, xml, NULL));
  documents = read_in_steps (OMA_TNDS_TYPE_XML, xml->str, xml->len, 1000, &error);
  g_assert_no_error (error);
  document = g_ptr_array_index (documents, 0);
  g_assert_cmpuint (document->document->nodes->len, ==, part->document->nodes->len);
}

/* The first octet says how many are fed at a time, and as what. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = (const char *) data + 1;
  g_autoptr(GError) error = NULL, cut_error = NULL;
  g_autoptr(GPtrArray) parts = NULL, cut_parts = NULL;
  const char *type;

  if (size < 2)
    return 0;
  type = types[data[0] >> 6];
  parts = read_in_steps (type, text, size - 1, size, &error);
  cut_parts = read_in_steps (type, text, size - 1, 1 + data[0] % 16, &cut_error);
  g_assert_true ((parts == NULL) == (error != NULL));
  g_assert_true ((cut_parts == NULL) == (cut_error != NULL));
  g_assert_true ((error == NULL) == (cut_error == NULL));
  g_assert_true (error == NULL || (error->domain == cut_error->domain && error->code == cut_error->code));
  if (parts == NULL)
    return 0;
  check_same (parts, cut_parts);
  for (guint i = 0; type != types[2] && i < parts->len; i++)
    check_round_trip (g_ptr_array_index (parts, i));
  return 0;
}
