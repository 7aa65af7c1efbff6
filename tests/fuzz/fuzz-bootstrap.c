/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-status.h"
#include "bootstrap/oma-bootstrap.h"
#include "codec/oma-mo-data.h"

#include <string.h>

static void
check (const OmaBootstrap *bootstrap)
{
  GHashTableIter iter;
  gpointer key;

  g_assert_true (*bootstrap->server_id != '\0' && *bootstrap->server_uri != '\0');
  g_assert_nonnull (bootstrap->name);
  g_assert_nonnull (bootstrap->moids[0]);
  g_assert_true ((bootstrap->certificate == NULL) == (bootstrap->key == NULL));
  g_assert_true ((bootstrap->notification_data == NULL) == (bootstrap->notification_secret == NULL));
  g_assert_true ((bootstrap->http_type == NULL) == (bootstrap->http_secret == NULL));
  g_hash_table_iter_init (&iter, bootstrap->others);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_assert_true (g_str_has_prefix (key, "Auth/Bootstrap/") || g_str_has_prefix (key, "Push/GCM/"));
}

/* A bootstrap document behind an octet that stands for its media type: j, x or anything else. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *media_type = size == 0 || data[0] == 'j' ? OMA_MO_DATA_TYPE_JSON
                           : data[0] == 'x'            ? OMA_TNDS_TYPE_XML
                                                       : OMA_TNDS_TYPE_WBXML;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaBootstrap) bootstrap = oma_bootstrap_read (media_type, size > 0 ? data + 1 : NULL, size > 0 ? size - 1 : 0,
                                                          &error);

  if (bootstrap != NULL)
    check (bootstrap);
  else
    g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST);
  return 0;
}
