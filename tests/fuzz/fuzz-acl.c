/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "tree/oma-acl.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaAcl) acl = oma_acl_parse (text, &error), again = NULL, more = NULL, less = NULL;

  g_assert_true ((acl == NULL) == (error != NULL));
  if (acl == NULL)
    return 0;

  /* What an ACL says of itself is an ACL, and the same. */
  again = oma_acl_parse (oma_acl_get_text (acl), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (oma_acl_get_text (again), ==, oma_acl_get_text (acl));

  if (strlen (text) > 60000)
    return 0;
  more = oma_acl_with_server (acl, OMA_ACCESS_GET | OMA_ACCESS_EXEC, "fuzz");
  g_assert_true (oma_acl_allows (more, OMA_ACCESS_GET, "fuzz") && oma_acl_allows (more, OMA_ACCESS_EXEC, "fuzz"));
  g_assert_true (oma_acl_allows (more, OMA_ACCESS_ADD, "fuzz") == oma_acl_allows (acl, OMA_ACCESS_ADD, "fuzz"));
  less = oma_acl_without_server (more, "fuzz");
  g_assert_true (less == NULL || !oma_acl_allows (less, OMA_ACCESS_GET, "fuzz") ||
                 oma_acl_allows (less, OMA_ACCESS_GET, "*"));
  return 0;
}
