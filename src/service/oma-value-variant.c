/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-value-variant.h"

#include "service/oma-dbus-error.h"

#include <string.h>
#include <unistd.h>

static GVariant *
octets_to_variant (gconstpointer data, gsize size)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1);
}

/* D-Bus strings are UTF-8 without NUL; what is neither goes as octets. */
static GVariant *
text_to_variant (const char *data, gsize size)
{
  if (!g_utf8_validate_len (data, size, NULL))
    return octets_to_variant (data, size);
  return g_variant_new_take_string (g_strndup (data, size));
}

/* An interior node's octets are the escaped names of its children, joined with "/". */
static GVariant *
names_to_variant (const char *data, gsize size)
{
  g_autofree char *text = g_strndup (data, size);
  g_auto(GStrv) names = g_strsplit (text, "/", -1);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *name = g_uri_unescape_string (names[i], NULL);

      if (name != NULL && g_utf8_validate (name, -1, NULL))
        g_variant_builder_add (&builder, "s", name);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
int_to_variant (const char *data, gsize size)
{
  g_autofree char *text = g_strndup (data, size);
  gint64 number;

  if (!g_ascii_string_to_signed (text[0] == '+' ? text + 1 : text, 10, G_MININT32, G_MAXINT32, &number, NULL))
    return text_to_variant (data, size);
  return g_variant_new_int32 (number);
}

static GVariant *
bool_to_variant (const char *data, gsize size)
{
  if (size == 4 && memcmp (data, "true", 4) == 0)
    return g_variant_new_boolean (TRUE);
  if (size == 5 && memcmp (data, "false", 5) == 0)
    return g_variant_new_boolean (FALSE);
  return text_to_variant (data, size);
}

static GVariant *
value_to_handle (const OmaValue *value, GUnixFDList *descriptors, GError **error)
{
  int fd = oma_value_dup_fd (value, error);
  int index = fd < 0 ? -1 : g_unix_fd_list_append (descriptors, fd, error);

  if (fd >= 0)
    close (fd);
  return index < 0 ? NULL : g_variant_new_handle (index);
}

/**
 * oma_value_to_variant:
 * @value: a value; of an interior node as Get of the executor gives it
 * @descriptors: gets the descriptor of a value above %OMA_VARIANT_MAX_INLINE octets
 * @error: return location for a #GIOErrorEnum
 *
 * Writes a value as interface org.omadm.Agent1.Tree documents it.  A value that does not
 * keep to its format goes as text or octets.
 *
 * Returns: (transfer floating): the value, to be put into a "v", or %NULL when no descriptor
 *   could be made
 */
GVariant *
oma_value_to_variant (const OmaValue *value, GUnixFDList *descriptors, GError **error)
{
  gsize size;
  const char *data = oma_value_get_data (value, &size);

  if (oma_value_get_format (value) == OMA_FORMAT_NODE)
    return names_to_variant (data, size);
  if (size > OMA_VARIANT_MAX_INLINE)
    return value_to_handle (value, descriptors, error);
  switch (oma_value_get_format (value))
    {
    case OMA_FORMAT_INT:
      return int_to_variant (data, size);
    case OMA_FORMAT_BOOL:
      return bool_to_variant (data, size);
    case OMA_FORMAT_BIN:
      return octets_to_variant (data, size);
    default:
      return text_to_variant (data, size);
    }
}

/**
 * oma_value_from_variant:
 * @variant: what a caller gave for a value: "s", "i", "b" or "ay"
 * @error: return location for an #OmaDBusError
 *
 * Returns: (transfer full): a value with these octets and without a format, or %NULL with
 *   %OMA_DBUS_ERROR_INVALID_ARGS for another type
 */
OmaValue *
oma_value_from_variant (GVariant *variant, GError **error)
{
  gconstpointer data;
  gsize size;
  char number[12];

  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    data = g_variant_get_string (variant, &size);
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING))
    data = g_variant_get_fixed_array (variant, &size, 1);
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_INT32))
    {
      size = g_snprintf (number, sizeof number, "%" G_GINT32_FORMAT, g_variant_get_int32 (variant));
      data = number;
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BOOLEAN))
    {
      data = g_variant_get_boolean (variant) ? "true" : "false";
      size = strlen (data);
    }
  else
    {
      g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, "A value cannot be of type '%s'",
                   g_variant_get_type_string (variant));
      return NULL;
    }
  return oma_value_new (OMA_FORMAT_NONE, NULL, data, size);
}

/**
 * oma_variant_is_handle:
 * @variant: what a caller gave for a value
 *
 * Returns: whether it is a descriptor
 */
gboolean
oma_variant_is_handle (GVariant *variant)
{
  return g_variant_is_of_type (variant, G_VARIANT_TYPE_HANDLE);
}

/**
 * oma_variant_dup_handle:
 * @variant: a "h"
 * @descriptors: (nullable): those of the message
 * @error: return location for an #OmaDBusError
 *
 * Returns: the descriptor, close-on-exec and owned by the caller, or -1 with
 *   %OMA_DBUS_ERROR_INVALID_ARGS when the message does not hold it
 */
int
oma_variant_dup_handle (GVariant *variant, GUnixFDList *descriptors, GError **error)
{
  gint32 index = g_variant_get_handle (variant);
  int fd = -1;

  if (descriptors != NULL && index >= 0 && index < g_unix_fd_list_get_length (descriptors))
    fd = g_unix_fd_list_get (descriptors, index, NULL);
  if (fd < 0)
    g_set_error_literal (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, "The message lacks the descriptor");
  return fd;
}

/**
 * oma_variant_add_text:
 * @builder: of an a{sv}
 * @key: a key
 * @text: (nullable): its value, whatever octets it has; %NULL: there is none, and nothing is added
 */
void
oma_variant_add_text (GVariantBuilder *builder, const char *key, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}
