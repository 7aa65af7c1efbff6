/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define MAX_SIZE 1024             /* octets that the daemon takes */
#define MAX_TEXT (8 * MAX_SIZE)   /* octets of text, with room for blanks */

/* (transfer full): at most @max octets, or one more when there are more. */
static GBytes *
read_octets (const char *path, gsize max, GError **error)
{
  gboolean is_stdin = strcmp (path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen (path, "re");
  g_autofree char *buffer = g_malloc (max + 1);
  gsize n;
  int failure;

  if (file == NULL)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
      return NULL;
    }
  n = fread (buffer, 1, max + 1, file);
  failure = ferror (file) ? errno : 0;
  if (!is_stdin)
    fclose (file);
  if (failure == 0)
    return g_bytes_new_take (g_steal_pointer (&buffer), n);
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (failure), "%s: %s", path, g_strerror (failure));
  return NULL;
}

/* (transfer full) (nullable): what the digits in @text stand for; blanks between octets count for nothing. */
static GBytes *
parse_hex (GBytes *text, GError **error)
{
  gsize size;
  const char *p = g_bytes_get_data (text, &size);
  const char *end = p + size;
  g_autoptr(GByteArray) octets = g_byte_array_new ();

  while (p < end)
    {
      guint8 octet;

      if (g_ascii_isspace (*p))
        {
          p++;
          continue;
        }
      if (end - p < 2 || !g_ascii_isxdigit (p[0]) || !g_ascii_isxdigit (p[1]))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("not hexadecimal digits, two for each octet"));
          return NULL;
        }
      octet = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));
      g_byte_array_append (octets, &octet, 1);
      p += 2;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&octets));
}

static GBytes *
read_notification (const char *path, gboolean hex, GError **error)
{
  g_autoptr(GBytes) octets = read_octets (path, hex ? MAX_TEXT : MAX_SIZE, error);
  g_autoptr(GBytes) parsed = NULL;

  if (octets == NULL || !hex)
    return g_steal_pointer (&octets);
  if (g_bytes_get_size (octets) > MAX_TEXT)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("too long for a notification"));
      return NULL;
    }
  parsed = parse_hex (octets, error);
  return g_steal_pointer (&parsed);
}

static void
print_result (OmaCtl *ctl, GVariant *reply)
{
  const char *account, *session;
  g_autofree char *shown = NULL;
  g_autoptr(JsonBuilder) builder = NULL;

  g_variant_get (reply, "(&s&o)", &account, &session);
  if (!ctl->json)
    {
      shown = oma_ctl_printable (account, strlen (account));
      printf (_("The server of account %s gets its session: %s\n"), shown, session);
      return;
    }
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "account");
  json_builder_add_string_value (builder, account);
  json_builder_set_member_name (builder, "session");
  json_builder_add_string_value (builder, session);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, TRUE);
}

/**
 * oma_ctl_notify:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments, the verb first
 *
 * The verb notify: hands in a notification of a server, whatever way it came.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_notify (OmaCtl *ctl, int argc, char **argv)
{
  gboolean hex = FALSE;
  const GOptionEntry entries[] = {
    { "hex", 0, 0, G_OPTION_ARG_NONE, &hex, N_("It is written in hexadecimal digits"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) octets = NULL;
  g_autoptr(GVariant) reply = NULL;
  GVariantBuilder options;

  if (!oma_ctl_parse (ctl, "notify FILE|-", entries, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  octets = read_notification (argv[1], hex, &error);
  if (octets == NULL)
    return oma_ctl_fail (ctl, error);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "HandleNotification",
                        g_variant_new ("(@aya{sv})", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, octets, TRUE),
                                       &options), "(so)", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  print_result (ctl, reply);
  return OMA_CTL_OK;
}
