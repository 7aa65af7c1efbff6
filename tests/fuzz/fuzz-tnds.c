/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-tnds.h"

/* Nothing but the text that XML cannot hold is lost on the way. */
static void
check_round_trip (const OmaTnds *tnds, OmaEncoding encoding)
{
  g_autoptr(GBytes) bytes = oma_tnds_write (tnds, encoding);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaTnds) again = oma_tnds_read (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (again->nodes->len, ==, tnds->nodes->len);
  for (guint i = 0; i < tnds->nodes->len; i++)
    {
      const OmaTndsNode *a = g_ptr_array_index (tnds->nodes, i), *b = g_ptr_array_index (again->nodes, i);

      g_assert_cmpint (a->parent, ==, b->parent);
      g_assert_cmpint (a->format, ==, b->format);
      g_assert_true ((a->data == NULL) == (b->data == NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaTnds) tnds = oma_tnds_read (data, size, &error);

  g_assert_true ((tnds == NULL) == (error != NULL));
  g_assert_true (!oma_tnds_looks_like (data, size) || oma_tnds_may_begin (data, size));
  if (tnds == NULL)
    return 0;
  check_round_trip (tnds, OMA_ENCODING_XML);
  check_round_trip (tnds, OMA_ENCODING_WBXML);
  return 0;
}
