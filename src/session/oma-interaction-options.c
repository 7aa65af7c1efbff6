/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-interaction-options.h"

#include <string.h>

#define MAX_SECONDS (24 * 60 * 60)
#define MAX_CHARACTERS 65535

/* An option whose value is none of those that the protocol knows is as if it were not there:
 * so DM Protocol 1.2, section 10, wants it for unknown names; that it holds for values too is
 * our reading. */
static void
take_number (const char *value, guint max, guint *number)
{
  guint64 parsed;

  if (g_ascii_string_to_unsigned (value, 10, 1, G_MAXUINT32, &parsed, NULL))
    *number = MIN (parsed, max);
}

static void
take_option (OmaInteractionOptions *options, const char *key, const char *value)
{
  if (strcmp (key, "MINDT") == 0)
    take_number (value, MAX_SECONDS, &options->min_time);
  else if (strcmp (key, "MAXDT") == 0)
    take_number (value, MAX_SECONDS, &options->max_time);
  else if (strcmp (key, "MAXLEN") == 0)
    take_number (value, MAX_CHARACTERS, &options->max_length);
  else if (strcmp (key, "DR") == 0)
    {
      g_free (options->initial);
      options->initial = g_strdup (value);
    }
  else if (strcmp (key, "IT") == 0 && strlen (value) == 1 && strchr ("ANDTPI", *value) != NULL)
    options->input_type = *value;
  else if (strcmp (key, "ET") == 0 && strlen (value) == 1 && strchr ("TP", *value) != NULL)
    options->hidden = *value == 'P';
}

/* URL-encoding of RFC 2396, where a space may be "+" too. */
static char *
decode (const char *text, gsize length)
{
  g_autofree char *copy = g_strndup (text, length);
  g_autofree char *decoded = NULL;

  for (char *p = copy; *p != '\0'; p++)
    if (*p == '+')
      *p = ' ';
  decoded = g_uri_unescape_string (copy, NULL);
  if (decoded == NULL || !g_utf8_validate (decoded, -1, NULL))
    return NULL;
  return g_steal_pointer (&decoded);
}

static void
take_pair (OmaInteractionOptions *options, const char *pair, gsize length)
{
  const char *equals = memchr (pair, '=', length);
  g_autofree char *key = NULL, *value = NULL;

  if (equals == NULL)
    return;
  key = decode (pair, equals - pair);
  value = decode (equals + 1, length - (equals + 1 - pair));
  if (key != NULL && value != NULL)
    take_option (options, g_strstrip (key), g_strstrip (value));
}

static gboolean
are_numbers (const char *text, guint n_choices)
{
  g_auto(GStrv) numbers = g_strsplit (text, "-", -1);
  guint number;

  if (numbers[0] == NULL)
    return FALSE;
  for (guint i = 0; numbers[i] != NULL; i++)
    if (!oma_interaction_check_number (numbers[i], n_choices, &number))
      return FALSE;
  return TRUE;
}

static gboolean
initial_is_valid (const OmaInteractionOptions *options, OmaInteractionType type, guint n_choices)
{
  guint number;

  switch (type)
    {
    case OMA_INTERACTION_CONFIRM:
      return strcmp (options->initial, "0") == 0 || strcmp (options->initial, "1") == 0;
    case OMA_INTERACTION_INPUT:
      return oma_interaction_check_input (options->input_type, options->max_length, options->initial);
    case OMA_INTERACTION_CHOICE:
      return oma_interaction_check_number (options->initial, n_choices, &number);
    case OMA_INTERACTION_MULTIPLE_CHOICE:
      return are_numbers (options->initial, n_choices);
    case OMA_INTERACTION_DISPLAY:
    default:
      return FALSE;
    }
}

/**
 * oma_interaction_options_parse:
 * @options: (out): what to fill; clear it with oma_interaction_options_clear()
 * @type: of the alert
 * @n_choices: how many choices it has
 * @text: (nullable): the option string, not NUL-terminated
 * @length: octets of @text
 *
 * Reads "KEY=value&KEY=value" (DM Protocol 1.2, section 10.3).  Options that are unknown, that
 * do not belong to the type of alert or that have a value they cannot have are skipped; of one
 * that comes twice the last good value counts.
 */
void
oma_interaction_options_parse (OmaInteractionOptions *options, OmaInteractionType type, guint n_choices,
                               const char *text, gsize length)
{
  *options = (OmaInteractionOptions) { .input_type = 'A' };
  if (text == NULL)
    length = 0;
  for (gsize start = 0; start < length;)
    {
      const char *pair = text + start;
      const char *end = memchr (pair, '&', length - start);
      gsize pair_length = end != NULL ? (gsize) (end - pair) : length - start;

      take_pair (options, pair, pair_length);
      start += pair_length + 1;
    }
  if (type != OMA_INTERACTION_INPUT)
    {
      options->input_type = 'A';
      options->hidden = FALSE;
      options->max_length = 0;
    }
  if (options->initial != NULL && !initial_is_valid (options, type, n_choices))
    g_clear_pointer (&options->initial, g_free);
  if (options->max_time > 0)
    options->min_time = MIN (options->min_time, options->max_time);
}

/**
 * oma_interaction_options_clear:
 * @options: options
 */
void
oma_interaction_options_clear (OmaInteractionOptions *options)
{
  g_clear_pointer (&options->initial, g_free);
}

/* ---- What may be entered ---- */

static gboolean
is_number (const char *text)
{
  guint digits = 0, points = 0;

  if (*text == '+' || *text == '-')
    text++;
  for (; *text != '\0'; text++)
    {
      digits += g_ascii_isdigit (*text);
      points += *text == '.';
      if (!g_ascii_isdigit (*text) && *text != '.')
        return FALSE;
    }
  return digits > 0 && points <= 1;
}

static gboolean
are_digits (const char *text, gsize length)
{
  return strlen (text) == length && strspn (text, "0123456789") == length;
}

static guint
two_digits (const char *text)
{
  return (text[0] - '0') * 10 + (text[1] - '0');
}

static gboolean
is_date (const char *text)
{
  return are_digits (text, 8) && g_date_valid_dmy (two_digits (text), (GDateMonth) two_digits (text + 2),
                                                   two_digits (text + 4) * 100 + two_digits (text + 6));
}

static gboolean
is_time (const char *text)
{
  return are_digits (text, 6) && two_digits (text) < 24 && two_digits (text + 2) < 60 && two_digits (text + 4) < 60;
}

static gboolean
is_phone_number (const char *text)
{
  if (*text == '+')
    text++;
  return *text != '\0' && text[strspn (text, "0123456789pws")] == '\0';
}

static gboolean
is_ipv4_address (const char *text)
{
  g_auto(GStrv) parts = g_strsplit (text, ".", -1);
  guint64 part;

  if (g_strv_length (parts) != 4)
    return FALSE;
  for (guint i = 0; i < 4; i++)
    if (strlen (parts[i]) > 3 || !g_ascii_string_to_unsigned (parts[i], 10, 0, 255, &part, NULL))
      return FALSE;
  return TRUE;
}

/* One line, with nothing in it that XML could not carry. */
static gboolean
is_line (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c) || c == 0xfffe || c == 0xffff)
        return FALSE;
    }
  return TRUE;
}

/**
 * oma_interaction_check_input:
 * @input_type: A, N, D, T, P or I (IT)
 * @max_length: characters that it may have, 0 for any number (MAXLEN)
 * @text: what somebody entered, or is offered
 *
 * Returns: whether the alert's options permit @text (DM Protocol 1.2, section 10.3)
 */
gboolean
oma_interaction_check_input (char input_type, guint max_length, const char *text)
{
  if (!g_utf8_validate (text, -1, NULL) || !is_line (text) ||
      (max_length > 0 && g_utf8_strlen (text, -1) > (glong) max_length))
    return FALSE;
  switch (input_type)
    {
    case 'N':
      return is_number (text);
    case 'D':
      return is_date (text);
    case 'T':
      return is_time (text);
    case 'P':
      return is_phone_number (text);
    case 'I':
      return is_ipv4_address (text);
    default:
      return TRUE;
    }
}

/**
 * oma_interaction_check_number:
 * @text: number of a choice
 * @n_choices: how many there are
 * @number: (out): the number, counted from 1
 *
 * Returns: whether there is such a choice
 */
gboolean
oma_interaction_check_number (const char *text, guint n_choices, guint *number)
{
  guint64 parsed;

  if (n_choices == 0 || !g_ascii_string_to_unsigned (text, 10, 1, n_choices, &parsed, NULL))
    return FALSE;
  *number = parsed;
  return TRUE;
}
