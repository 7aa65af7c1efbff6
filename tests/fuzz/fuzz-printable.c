/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "ctl/oma-ctl.h"

#include <string.h>

#define LONGEST (120 * 6 + 64)     /* each character as \uXXXX, and what is said of the rest */

/* Texts of servers, as omadmctl puts them on a terminal. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = oma_ctl_printable ((const char *) data, size);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpuint (strlen (text), <=, LONGEST);
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)) ||
                    g_unichar_type (g_utf8_get_char (p)) == G_UNICODE_FORMAT);
  return 0;
}
