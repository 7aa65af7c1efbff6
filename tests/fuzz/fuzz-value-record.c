/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "store/oma-store.h"
#include "store/oma-value-record.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GByteArray) buffer = g_byte_array_new ();
  g_autoptr(GError) error = NULL;
  OmaValueRecord record;
  gsize packed;

  if (!oma_value_record_unpack (&record, data, size, &error))
    {
      g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED);
      return 0;
    }
  g_assert_no_error (error);
  /* There is one way to write a record. */
  packed = oma_value_record_pack (&record, buffer);
  g_assert_cmpmem (buffer->data, packed, data, size);
  return 0;
}
