/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/**
 * oma_ctl_print:
 * @ctl: what verbs share
 * @style: how it looks on a terminal
 * @format: text
 * @...: arguments of @format
 */
void
oma_ctl_print (OmaCtl *ctl, OmaCtlStyle style, const char *format, ...)
{
  static const char *const sequences[] = { "", "\033[1m", "\033[2m", "\033[32m", "\033[31m" };
  gboolean styled = ctl->colour && style != OMA_CTL_PLAIN;
  va_list args;

  if (styled)
    fputs (sequences[style], stdout);
  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  if (styled)
    fputs ("\033[0m", stdout);
}

static char *
read_descriptor (GVariant *value, GUnixFDList *fds, gsize *length)
{
  int fd = fds != NULL ? g_unix_fd_list_get (fds, g_variant_get_handle (value), NULL) : -1;
  g_autoptr(GMappedFile) file = fd >= 0 ? g_mapped_file_new_from_fd (fd, FALSE, NULL) : NULL;
  char *text;

  if (fd >= 0)
    close (fd);
  *length = file != NULL ? g_mapped_file_get_length (file) : 0;
  text = g_malloc (*length + 1);
  if (*length > 0)
    memcpy (text, g_mapped_file_get_contents (file), *length);
  text[*length] = '\0';
  return text;
}

static char *
join_names (GVariant *value, gsize *length)
{
  g_autofree const char **names = g_variant_get_strv (value, NULL);
  char *text = g_strjoinv ("\n", (char **) names);

  *length = strlen (text);
  return text;
}

/**
 * oma_ctl_value_text:
 * @value: a node's value as org.omadm.Agent1.Tree gives it, without the outer variant
 * @fds: (nullable): descriptors that came with it
 * @length: (out): octets of the result
 *
 * Returns: (transfer full): the value's octets, a NUL behind them; of an interior node the
 *   names of its children, one a line
 */
char *
oma_ctl_value_text (GVariant *value, GUnixFDList *fds, gsize *length)
{
  const char *data;
  char *text;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_HANDLE:
      return read_descriptor (value, fds, length);
    case G_VARIANT_CLASS_STRING:
      return g_variant_dup_string (value, length);
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
        return join_names (value, length);
      data = g_variant_get_fixed_array (value, length, 1);
      text = g_malloc (*length + 1);
      if (*length > 0)
        memcpy (text, data, *length);
      text[*length] = '\0';
      return text;
    default:
      text = g_variant_print (value, FALSE);
      *length = strlen (text);
      return text;
    }
}

/**
 * oma_ctl_printable:
 * @text: octets
 * @length: how many
 *
 * Makes text that is safe for a terminal and fits a line: control characters escaped, other
 * octets told by number, long text cut.
 *
 * Returns: (transfer full): the text
 */
char *
oma_ctl_printable (const char *text, gsize length)
{
  enum { LONGEST = 120 };
  GString *out = g_string_new (NULL);
  glong shown = 0;

  if (!g_utf8_validate_len (text, length, NULL))
    {
      g_string_append_printf (out, "[%" G_GSIZE_FORMAT " octets]", length);
      return g_string_free (out, FALSE);
    }
  for (const char *p = text; p < text + length; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (shown++ == LONGEST)
        {
          g_string_append_printf (out, "... [%" G_GSIZE_FORMAT " octets]", length);
          break;
        }
      if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        g_string_append_printf (out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

/**
 * oma_ctl_time:
 * @seconds: seconds since the epoch, 0 for none
 *
 * Returns: (transfer full): local time for people, "-" for none
 */
char *
oma_ctl_time (gint64 seconds)
{
  g_autoptr(GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_local (seconds) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("-");
}

/**
 * oma_ctl_json_name:
 * @name: name of a D-Bus property
 *
 * Returns: (transfer full): its name in JSON: "MessagesSent" becomes "messages-sent"
 */
char *
oma_ctl_json_name (const char *name)
{
  GString *out = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++)
    {
      if (g_ascii_isupper (*p) && p > name)
        g_string_append_c (out, '-');
      g_string_append_c (out, g_ascii_tolower (*p));
    }
  return g_string_free (out, FALSE);
}

/**
 * oma_ctl_json_value:
 * @builder: inside an object
 * @value: a node's value
 * @fds: (nullable): descriptors that came with it
 *
 * Adds member "value", or "value-base64" when the value is no UTF-8 text.
 */
void
oma_ctl_json_value (JsonBuilder *builder, GVariant *value, GUnixFDList *fds)
{
  gsize length;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) || g_variant_is_of_type (value, G_VARIANT_TYPE_INT32))
    {
      json_builder_set_member_name (builder, "value");
      json_builder_add_value (builder, json_gvariant_serialize (value));
    }
  else
    {
      g_autofree char *text = oma_ctl_value_text (value, fds, &length);
      gboolean is_text = g_utf8_validate_len (text, length, NULL);
      g_autofree char *base64 = is_text ? NULL : g_base64_encode ((const guchar *) text, length);

      json_builder_set_member_name (builder, is_text ? "value" : "value-base64");
      json_builder_add_string_value (builder, is_text ? text : base64);
    }
}

/**
 * oma_ctl_json_properties:
 * @builder: inside an object
 * @properties: a{sv}
 *
 * Adds each property as a member.
 */
void
oma_ctl_json_properties (JsonBuilder *builder, GVariant *properties)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *name = oma_ctl_json_name (key);

      json_builder_set_member_name (builder, name);
      json_builder_add_value (builder, json_gvariant_serialize (value));
    }
}

static void
add_tuple (JsonBuilder *builder, GVariant *tuple, const char *const *names)
{
  json_builder_begin_object (builder);
  for (gsize i = 0; i < g_variant_n_children (tuple); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (tuple, i);

      json_builder_set_member_name (builder, names[i]);
      json_builder_add_value (builder, json_gvariant_serialize (member));
    }
  json_builder_end_object (builder);
}

/**
 * oma_ctl_json_list:
 * @builder: inside an object
 * @properties: a{sv}
 * @key: one of its keys, for an array of tuples; when it is not there the list is empty
 * @type: type of that array
 * @names: names in JSON for the members of a tuple
 *
 * Adds a list of tuples as a member that is a list of objects.
 */
void
oma_ctl_json_list (JsonBuilder *builder, GVariant *properties, const char *key, const char *type,
                   const char *const *names)
{
  g_autoptr(GVariant) list = g_variant_lookup_value (properties, key, G_VARIANT_TYPE (type));
  g_autofree char *name = oma_ctl_json_name (key);

  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      g_autoptr(GVariant) tuple = g_variant_get_child_value (list, i);

      add_tuple (builder, tuple, names);
    }
  json_builder_end_array (builder);
}

/**
 * oma_ctl_json_print:
 * @builder: a complete document
 * @pretty: with indentation, or as one line
 */
void
oma_ctl_json_print (JsonBuilder *builder, gboolean pretty)
{
  g_autoptr(JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, pretty);

  puts (text);
  fflush (stdout);
}

/**
 * oma_ctl_json_print_name:
 * @name: of what was made
 *
 * Prints the result of a verb that makes something: an object with its name.
 */
void
oma_ctl_json_print_name (const char *name)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, name);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, TRUE);
}

/**
 * oma_ctl_print_list:
 * @ctl: the tool
 * @reply: (aa{sv}): the answer of a method that lists things
 * @print_line: prints the properties of one, a{sv}, for people
 *
 * Shows a list, each thing as a line, or with --json all of them as one array.  The line above
 * them is up to the caller.
 */
void
oma_ctl_print_list (OmaCtl *ctl, GVariant *reply, void (*print_line) (OmaCtl *ctl, GVariant *properties))
{
  g_autoptr(GVariant) list = g_variant_get_child_value (reply, 0);
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  GVariantIter iter;
  GVariant *properties;

  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, list);
  while (g_variant_iter_loop (&iter, "@a{sv}", &properties))
    {
      if (!ctl->json)
        print_line (ctl, properties);
      json_builder_begin_object (builder);
      oma_ctl_json_properties (builder, properties);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  if (ctl->json)
    oma_ctl_json_print (builder, TRUE);
}
