/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-mac.h"

#include "base/oma-status.h"

#include <string.h>

#define MAX_TEXT 4096   /* octets of the header */
#define WHITE " \t\r\n" /* a header may be folded */

static const struct {
  OmaMacAlgorithm algorithm;
  const char     *name;
} names[] = {
  { OMA_MAC_MD5, "MD5" },
  { OMA_MAC_SHA256, "SHA256" },
  { OMA_MAC_TIMED, "HMAC-SHA256" },
};

/* One parameter as it was read. */
typedef struct {
  GString *name;
  GString *value;
  gboolean is_quoted;
} Parameter;

static void
parameter_clear (Parameter *parameter)
{
  g_string_free (parameter->name, TRUE);
  g_string_free (parameter->value, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parameter, parameter_clear)

/**
 * oma_mac_clear:
 * @mac: what oma_mac_parse() filled
 */
void
oma_mac_clear (OmaMac *mac)
{
  g_clear_pointer (&mac->username, g_free);
  g_clear_pointer (&mac->mac, g_free);
}

static gboolean
bad (GError **error, const char *what)
{
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST, "x-syncml-hmac: %s", what);
  return FALSE;
}

static const char *
skip_white (const char *at)
{
  return at + strspn (at, WHITE);
}

/* Returns: what follows the closing quote, or %NULL when there is none. */
static const char *
read_quoted (const char *at, GString *value)
{
  for (at++; *at != '"'; at++)
    {
      if (*at == '\\')
        at++;
      if (*at == '\0')
        return NULL;
      g_string_append_c (value, *at);
    }
  return at + 1;
}

/* Reads one parameter: the name ends at the first '=', an unquoted value at a comma, so that
 * the padding of base64 is part of it. */
static const char *
read_parameter (const char *at, Parameter *parameter)
{
  gsize n = strcspn (at, "=,\"");

  if (at[n] != '=')
    return NULL;
  g_string_append_len (parameter->name, at, n);
  g_strchomp (parameter->name->str);
  at = skip_white (at + n + 1);
  parameter->is_quoted = *at == '"';
  if (parameter->is_quoted)
    {
      at = read_quoted (at, parameter->value);
      return at != NULL ? skip_white (at) : NULL;
    }
  n = strcspn (at, ",\"");
  if (at[n] == '"')
    return NULL;
  g_string_append_len (parameter->value, at, n);
  g_strchomp (parameter->value->str);
  return at + n;
}

static OmaMacAlgorithm
algorithm_from_name (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (names[i].name, name) == 0)
      return names[i].algorithm;
  return OMA_MAC_UNKNOWN;
}

/* Returns: (transfer full) (nullable): @text with the padding that it ought to have; %NULL
 *   when it is no base64 text */
static char *
normalize_base64 (const char *text)
{
  g_autofree char *padded = NULL, *again = NULL;
  g_autofree guchar *octets = NULL;
  gsize length = strlen (text), size;

  while (length > 0 && text[length - 1] == '=')
    length--;
  if (length == 0 || length % 4 == 1)
    return NULL;
  padded = g_strdup_printf ("%.*s%s", (int) length, text, length % 4 == 2 ? "==" : length % 4 == 3 ? "=" : "");
  octets = g_base64_decode (padded, &size);
  /* Foreign characters and stray bits are dropped when decoding: then the text differs. */
  again = g_base64_encode (octets, size);
  return strcmp (again, padded) == 0 ? g_steal_pointer (&padded) : NULL;
}

static gboolean
take_parameter (OmaMac *mac, const Parameter *parameter, guint *seen, GError **error)
{
  static const char *const known[] = { "algorithm", "username", "mac", "timestamp" };
  const char *value = parameter->value->str;
  guint64 number;
  guint which = 0;

  while (which < G_N_ELEMENTS (known) && g_ascii_strcasecmp (known[which], parameter->name->str) != 0)
    which++;
  if (which == G_N_ELEMENTS (known))
    return TRUE;
  if (*seen & 1u << which)
    return bad (error, "a parameter stands twice");
  *seen |= 1u << which;
  switch (which)
    {
    case 0:
      mac->algorithm = algorithm_from_name (value);
      return TRUE;
    case 1:
      mac->username = g_strdup (value);
      mac->is_quoted = parameter->is_quoted;
      return g_utf8_validate (value, -1, NULL) || bad (error, "the user name is not UTF-8");
    case 2:
      mac->mac = normalize_base64 (value);
      return mac->mac != NULL || bad (error, "the mac is no base64 text");
    default:
      mac->has_timestamp = g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &number, NULL);
      mac->timestamp = mac->has_timestamp ? (gint64) number : 0;
      return mac->has_timestamp || bad (error, "the time is no number");
    }
}

/**
 * oma_mac_parse:
 * @mac: (out caller-allocates): what was read; to be cleared in any case
 * @text: value of the header
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Reads x-syncml-hmac (DM Security 1.2, section 5.4.3).  Parameters come in any order, their
 * names in any case; those that we do not know are passed over.  A mac without padding or in
 * quotes is taken, an algorithm that is left out is MD5.
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_BAD_REQUEST when @text is not of this form
 */
gboolean
oma_mac_parse (OmaMac *mac, const char *text, GError **error)
{
  guint seen = 0;

  *mac = (OmaMac) { .algorithm = OMA_MAC_MD5 };
  if (strlen (text) > MAX_TEXT)
    return bad (error, "it is too long");
  for (const char *at = skip_white (text); *at != '\0'; at = skip_white (at))
    {
      g_auto(Parameter) parameter = { g_string_new (NULL), g_string_new (NULL), FALSE };

      if (*at == ',')     /* the lists of RFC 2616 may have empty members */
        {
          at++;
          continue;
        }
      at = read_parameter (at, &parameter);
      if (at == NULL || (*at != ',' && *at != '\0'))
        return bad (error, "a parameter is not of the form name=value");
      if (!take_parameter (mac, &parameter, &seen, error))
        return FALSE;
    }
  if (mac->username == NULL)
    return bad (error, "there is no user name");
  return mac->mac != NULL || bad (error, "there is no mac");
}

static void
append_quoted (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (const char *at = value; *at != '\0'; at++)
    {
      if (*at == '"' || *at == '\\')
        g_string_append_c (text, '\\');
      g_string_append_c (text, *at);
    }
  g_string_append_c (text, '"');
}

/**
 * oma_mac_to_text:
 * @mac: a mac of an algorithm that is known, with a user name without control characters
 *
 * Returns: (transfer full): value of the header x-syncml-hmac (DM Security 1.2, section 5.4.3)
 */
char *
oma_mac_to_text (const OmaMac *mac)
{
  GString *text = g_string_new ("algorithm=");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].algorithm == mac->algorithm)
      g_string_append (text, names[i].name);
  g_string_append (text, ", username=");
  append_quoted (text, mac->username);
  if (mac->has_timestamp)
    g_string_append_printf (text, ", timestamp=%" G_GINT64_FORMAT, mac->timestamp);
  g_string_append_printf (text, ", mac=%s", mac->mac);
  return g_string_free (text, FALSE);
}

/**
 * oma_mac_dup_from_hex:
 * @mac: a mac
 *
 * Some peers encode the digest's hexadecimal text in place of its octets, as the example that
 * DM Security 1.2 prints in section 5.4.3 does.
 *
 * Returns: (transfer full) (nullable): base64 text of the octets, %NULL when the mac holds no
 *   hexadecimal text
 */
char *
oma_mac_dup_from_hex (const OmaMac *mac)
{
  gsize size;
  g_autofree guchar *text = g_base64_decode (mac->mac, &size);

  if (size == 0 || size % 2 != 0)
    return NULL;
  for (gsize i = 0; i < size; i++)
    if (!g_ascii_isxdigit (text[i]))
      return NULL;
  for (gsize i = 0; i < size / 2; i++)
    text[i] = (guchar) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));
  return g_base64_encode (text, size / 2);
}
