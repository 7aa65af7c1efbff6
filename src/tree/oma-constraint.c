/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-constraint.h"

#include "base/oma-status.h"

#include <string.h>

/* Bounds what a pattern that backtracks without end may cost for one value. */
#define REGEX_MATCH_LIMIT "(*LIMIT_MATCH=1000000)"

#define FRACTION_DIGITS 18

typedef enum {
  KIND_REGEX,
  KIND_RANGE,
  KIND_ENUM,
  KIND_FLAG,
  KIND_CHECK,
} Kind;

/* A decimal number, exact: ranges reach over gint64 and guint64 alike. */
typedef struct {
  gboolean negative;
  guint64  whole;
  guint64  fraction;    /* in units of 10^-FRACTION_DIGITS */
} Number;

typedef struct {
  Number min;
  Number max;
} Range;

struct _OmaConstraint {
  Kind               kind;
  char              *delimiter;     /* NULL: the value is no list */
  GRegex            *regex;
  GArray            *ranges;        /* of Range */
  char             **values;        /* KIND_ENUM */
  guint64            flags;
  OmaConstraintCheck check;
  gpointer           check_data;
  GDestroyNotify     check_destroy;
};

static OmaConstraint *
constraint_alloc (Kind kind)
{
  OmaConstraint *constraint = g_new0 (OmaConstraint, 1);

  constraint->kind = kind;
  return constraint;
}

/* Reads [+-]digits[.digits] at the start of @text; returns how many characters, or 0. */
static gsize
read_number (const char *text, gsize length, Number *number)
{
  guint64 unit = G_GUINT64_CONSTANT (1000000000000000000);
  gsize i = 0, digits;

  *number = (Number) { FALSE, 0, 0 };
  if (length > 0 && (text[0] == '-' || text[0] == '+'))
    number->negative = text[i++] == '-';
  for (digits = i; i < length && g_ascii_isdigit (text[i]); i++)
    if (!g_uint64_checked_mul (&number->whole, number->whole, 10) ||
        !g_uint64_checked_add (&number->whole, number->whole, text[i] - '0'))
      return 0;
  if (i == digits)
    return 0;
  if (i + 1 < length && text[i] == '.' && g_ascii_isdigit (text[i + 1]))
    for (i++; i < length && g_ascii_isdigit (text[i]); i++)
      number->fraction += (unit /= 10) * (text[i] - '0');
  if (number->whole == 0 && number->fraction == 0)
    number->negative = FALSE;
  return i;
}

static int
number_compare (const Number *a, const Number *b)
{
  int sign = a->negative ? -1 : 1;

  if (a->negative != b->negative)
    return sign;
  if (a->whole != b->whole)
    return a->whole < b->whole ? -sign : sign;
  if (a->fraction != b->fraction)
    return a->fraction < b->fraction ? -sign : sign;
  return 0;
}

/* Reads a whole number, decimal or 0x, without sign. */
static gboolean
read_flags (const char *text, gsize length, guint64 *flags)
{
  guint base = 10;

  *flags = 0;
  if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
    {
      base = 16;
      text += 2;
      length -= 2;
    }
  if (length == 0)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      int digit = base == 16 ? g_ascii_xdigit_value (text[i]) : g_ascii_digit_value (text[i]);

      if (digit < 0 || !g_uint64_checked_mul (flags, *flags, base) || !g_uint64_checked_add (flags, *flags, digit))
        return FALSE;
    }
  return TRUE;
}

/**
 * oma_constraint_new_regex:
 * @pattern: a regular expression in UTF-8
 * @error: return location for a #GRegexError
 *
 * The whole value must match.  Published descriptions write the flavours of XML Schema or
 * .NET; what those have and PCRE has not (class subtraction, \i and \c) is refused or means
 * what PCRE says.  A match that costs too many steps counts as none.
 *
 * Returns: (transfer full): a new constraint, or %NULL when @pattern does not compile
 */
OmaConstraint *
oma_constraint_new_regex (const char *pattern, GError **error)
{
  g_autoptr(GRegex) alone = g_regex_new (pattern, 0, 0, error);
  g_autofree char *anchored = NULL;
  OmaConstraint *constraint;
  GRegex *regex;

  /* Compiled alone too, so that "a)|(b" cannot leave the group that anchors it. */
  if (alone == NULL)
    return NULL;
  anchored = g_strconcat (REGEX_MATCH_LIMIT "\\A(?:", pattern, ")\\z", NULL);
  regex = g_regex_new (anchored, 0, 0, error);
  if (regex == NULL)
    return NULL;
  constraint = constraint_alloc (KIND_REGEX);
  constraint->regex = regex;
  return constraint;
}

static gboolean
range_fail (const char *ranges, GError **error)
{
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "“%s” is not a range [MIN-MAX]", ranges);
  return FALSE;
}

/* Reads "[MIN-MAX]", "[NUMBER]" or either without brackets; moves @text behind it. */
static gboolean
read_range (const char **text, Range *range)
{
  const char *p = *text;
  gboolean bracket = *p == '[';
  gsize n;

  p += bracket ? 1 : 0;
  n = read_number (p, strlen (p), &range->min);
  if (n == 0)
    return FALSE;
  p += n;
  range->max = range->min;
  if (*p == '-')
    {
      n = read_number (p + 1, strlen (p + 1), &range->max);
      if (n == 0)
        return FALSE;
      p += n + 1;
    }
  if (bracket && *p++ != ']')
    return FALSE;
  *text = p;
  return number_compare (&range->min, &range->max) <= 0;
}

/**
 * oma_constraint_new_range:
 * @ranges: "[MIN-MAX]", or several of them, adjacent or with commas between
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * The value must be a decimal number, without exponent, within one of the ranges, ends
 * included.  Numbers may be negative and as large as 64 bits.
 *
 * Returns: (transfer full): a new constraint, or %NULL with %OMA_STATUS_COMMAND_FAILED
 */
OmaConstraint *
oma_constraint_new_range (const char *ranges, GError **error)
{
  g_autoptr(OmaConstraint) constraint = constraint_alloc (KIND_RANGE);
  g_autofree char *packed = g_strdup (ranges);
  const char *p;
  char *out = packed;

  for (p = ranges; *p != '\0'; p++)
    if (!g_ascii_isspace (*p))
      *out++ = *p;
  *out = '\0';

  constraint->ranges = g_array_new (FALSE, FALSE, sizeof (Range));
  p = packed;
  do
    {
      Range range;

      if (!read_range (&p, &range))
        return range_fail (ranges, error), NULL;
      g_array_append_val (constraint->ranges, range);
      if (*p != '\0' && *p != ',' && *p != '[')
        return range_fail (ranges, error), NULL;
      if (*p == ',')
        p++;
      else if (*p == '\0')
        p = NULL;
    }
  while (p != NULL);
  return g_steal_pointer (&constraint);
}

/**
 * oma_constraint_new_enum:
 * @values: (array zero-terminated=1): the permitted values
 *
 * Returns: (transfer full): a new constraint; the value must equal one of @values
 */
OmaConstraint *
oma_constraint_new_enum (const char *const *values)
{
  OmaConstraint *constraint = constraint_alloc (KIND_ENUM);

  constraint->values = g_strdupv ((char **) values);
  return constraint;
}

/**
 * oma_constraint_new_flag:
 * @values: (array zero-terminated=1): numbers, decimal or with 0x
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * The value must be a number, decimal or with 0x, that has no bit which is in none of
 * @values; so 0 is always permitted.
 *
 * Returns: (transfer full): a new constraint, or %NULL with %OMA_STATUS_COMMAND_FAILED when
 *   one of @values is no number
 */
OmaConstraint *
oma_constraint_new_flag (const char *const *values, GError **error)
{
  g_autoptr(OmaConstraint) constraint = constraint_alloc (KIND_FLAG);

  for (gsize i = 0; values[i] != NULL; i++)
    {
      guint64 flags;

      if (!read_flags (values[i], strlen (values[i]), &flags))
        {
          g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "“%s” is not a flag", values[i]);
          return NULL;
        }
      constraint->flags |= flags;
    }
  return g_steal_pointer (&constraint);
}

/**
 * oma_constraint_new_check:
 * @check: says whether a value is permitted
 * @data: (nullable): for @check
 * @destroy: (nullable): frees @data with the constraint
 *
 * Returns: (transfer full): a new constraint
 */
OmaConstraint *
oma_constraint_new_check (OmaConstraintCheck check, gpointer data, GDestroyNotify destroy)
{
  OmaConstraint *constraint = constraint_alloc (KIND_CHECK);

  constraint->check = check;
  constraint->check_data = data;
  constraint->check_destroy = destroy;
  return constraint;
}

/**
 * oma_constraint_free:
 * @constraint: (transfer full): a constraint
 */
void
oma_constraint_free (OmaConstraint *constraint)
{
  g_free (constraint->delimiter);
  g_clear_pointer (&constraint->regex, g_regex_unref);
  g_clear_pointer (&constraint->ranges, g_array_unref);
  g_strfreev (constraint->values);
  if (constraint->check_destroy != NULL)
    constraint->check_destroy (constraint->check_data);
  g_free (constraint);
}

/**
 * oma_constraint_set_list_delimiter:
 * @constraint: a constraint
 * @delimiter: (nullable): what stands between the elements of a list, not empty; %NULL
 *   when the value is no list
 *
 * Makes the constraint one on each element of the value (MSFT:List).
 */
void
oma_constraint_set_list_delimiter (OmaConstraint *constraint, const char *delimiter)
{
  g_return_if_fail (delimiter == NULL || delimiter[0] != '\0');
  g_free (constraint->delimiter);
  constraint->delimiter = g_strdup (delimiter);
}

static gboolean
ranges_accept (const GArray *ranges, const char *text, gsize length)
{
  Number number;

  if (length == 0 || read_number (text, length, &number) != length)
    return FALSE;
  for (guint i = 0; i < ranges->len; i++)
    {
      const Range *range = &g_array_index (ranges, Range, i);

      if (number_compare (&number, &range->min) >= 0 && number_compare (&number, &range->max) <= 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
values_accept (char *const *values, const char *text, gsize length)
{
  for (; *values != NULL; values++)
    if (strncmp (*values, text, length) == 0 && (*values)[length] == '\0')
      return TRUE;
  return FALSE;
}

static gboolean
element_is_accepted (const OmaConstraint *constraint, const char *text, gsize length)
{
  guint64 flags;

  switch (constraint->kind)
    {
    case KIND_REGEX:
      return g_regex_match_full (constraint->regex, text, length, 0, 0, NULL, NULL);
    case KIND_RANGE:
      return ranges_accept (constraint->ranges, text, length);
    case KIND_ENUM:
      return values_accept (constraint->values, text, length);
    case KIND_FLAG:
      return read_flags (text, length, &flags) && (flags & ~constraint->flags) == 0;
    case KIND_CHECK:
    default:
      return constraint->check (constraint->check_data, text, length);
    }
}

/**
 * oma_constraint_accepts:
 * @constraint: a constraint
 * @text: the octets of a value
 * @length: how many
 *
 * Where a list delimiter is set each element is checked; an empty value is a list without
 * elements and is permitted.  What is not UTF-8 text is not permitted.
 *
 * Returns: whether the value is permitted
 */
gboolean
oma_constraint_accepts (const OmaConstraint *constraint, const char *text, gsize length)
{
  gsize delimiter_length;

  /* GRegex trusts the text to be UTF-8, strncmp() not to hold a NUL. */
  if (!g_utf8_validate_len (text, length, NULL))
    return FALSE;
  if (constraint->delimiter == NULL)
    return element_is_accepted (constraint, text, length);
  if (length == 0)
    return TRUE;

  delimiter_length = strlen (constraint->delimiter);
  for (;;)
    {
      const char *end = memmem (text, length, constraint->delimiter, delimiter_length);
      gsize n = end != NULL ? (gsize) (end - text) : length;

      if (!element_is_accepted (constraint, text, n))
        return FALSE;
      if (end == NULL)
        return TRUE;
      text += n + delimiter_length;
      length -= n + delimiter_length;
    }
}

static void
add_number (GStrvBuilder *examples, const Number *number)
{
  g_autofree char *text = g_strdup_printf ("%s%" G_GUINT64_FORMAT, number->negative ? "-" : "", number->whole);

  if (number->fraction == 0)
    g_strv_builder_add (examples, text);
}

/**
 * oma_constraint_dup_examples:
 * @constraint: a constraint
 *
 * Returns: (transfer full): some values that it permits, as far as they can be told: all of an enumeration, the ends of
 *   ranges, no bit and all of a flag; of others none
 */
char **
oma_constraint_dup_examples (const OmaConstraint *constraint)
{
  g_autoptr(GStrvBuilder) examples = g_strv_builder_new ();
  g_autofree char *flags = g_strdup_printf ("%" G_GUINT64_FORMAT, constraint->flags);

  if (constraint->kind == KIND_ENUM)
    g_strv_builder_addv (examples, (const char **) constraint->values);
  else if (constraint->kind == KIND_FLAG)
    g_strv_builder_add_many (examples, "0", flags, NULL);
  for (guint i = 0; constraint->kind == KIND_RANGE && i < constraint->ranges->len; i++)
    {
      add_number (examples, &g_array_index (constraint->ranges, Range, i).min);
      add_number (examples, &g_array_index (constraint->ranges, Range, i).max);
    }
  return g_strv_builder_end (examples);
}
