/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-xsd.h"
#include "tree/oma-constraint.h"

#include <string.h>

/* PCRE is not what is tested: patterns as published descriptions have them. */
static const char *const patterns[] = {
  "^(\\d{1,3}\\.){3}\\d{1,3}$", "[a-zA-Z0-9_-]{1,15}", "(a|b)*c", "^\\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}\\}?$",
  "^[^\\x00-\\x1f]*$", "(?i)^https?://.+",
};

typedef OmaConstraint *(*MakeFunc) (const char *text, GError **error);

static OmaConstraint *
make_regex (const char *text, GError **error)
{
  return oma_constraint_new_regex (patterns[(guchar) *text % G_N_ELEMENTS (patterns)], error);
}

static OmaConstraint *
make_enum (const char *text, GError **error G_GNUC_UNUSED)
{
  g_auto(GStrv) values = g_strsplit (text, "|", -1);

  return oma_constraint_new_enum ((const char *const *) values);
}

static OmaConstraint *
make_flag (const char *text, GError **error)
{
  g_auto(GStrv) values = g_strsplit (text, "|", -1);

  return oma_constraint_new_flag ((const char *const *) values, error);
}

static const MakeFunc makers[] = { make_regex, oma_constraint_new_range, make_enum, make_flag, oma_xsd_new_constraint };

/* The first octet says which kind and whether of a list, then what is permitted, a NUL, and the value. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = size > 0 ? g_strndup ((const char *) data + 1, size - 1) : NULL;
  g_autoptr(OmaConstraint) constraint = NULL;
  g_autoptr(GError) error = NULL;
  gsize length = text != NULL ? strlen (text) : 0;

  if (size == 0)
    return 0;
  constraint = makers[data[0] % G_N_ELEMENTS (makers)] (text, &error);
  g_assert_true ((constraint == NULL) == (error != NULL));
  if (constraint == NULL || length + 2 > size)
    return 0;
  if ((data[0] & 0x80) != 0)
    oma_constraint_set_list_delimiter (constraint, ",");
  if (oma_constraint_accepts (constraint, (const char *) data + length + 2, size - length - 2))
    g_assert_true (g_utf8_validate_len ((const char *) data + length + 2, size - length - 2, NULL));
  return 0;
}
