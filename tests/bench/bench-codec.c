/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the codec alone needs: reading messages, writing them again, or writing a Status for each
 * of their commands. */
#include "config.h"

#include "codec/oma-codec.h"
#include "codec/oma-wbxml.h"

#include <string.h>

static gboolean string_table = FALSE;

static gsize
encode (const OmaMessage *message, OmaEncoding encoding)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (encoding);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GBytes) shared = NULL;

  oma_encoder_header (encoder, &message->header);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    oma_encoder_command (encoder, command);
  bytes = oma_encoder_finish (encoder, message->final);
  shared = string_table ? oma_wbxml_share_strings (bytes) : g_bytes_ref (bytes);
  return g_bytes_get_size (shared);
}

static gsize
answer (const OmaMessage *message, OmaEncoding encoding)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (encoding);
  g_autoptr(GBytes) bytes = NULL;
  guint n = 0;

  oma_encoder_header (encoder, &message->header);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    {
      char cmd_id[16];
      OmaCommand status = { .type = OMA_COMMAND_STATUS, .cmd_id = cmd_id, .msg_ref = "1", .data = "200" };
      g_snprintf (cmd_id, sizeof cmd_id, "%u", ++n);
      status.cmd = command->name;
      status.cmd_ref = command->cmd_id;
      status.target_ref = command->n_items > 0 ? command->items[0].target : NULL;
      oma_encoder_command (encoder, &status);
    }
  bytes = oma_encoder_finish (encoder, TRUE);
  return g_bytes_get_size (bytes);
}

int
main (int argc, char **argv)
{
  static int repeat = 1, answers, encodes;
  static char **files;
  static const GOptionEntry entries[] = {
    { "repeat", 0, 0, G_OPTION_ARG_INT, &repeat, "Read each file N times", "N" },
    { "answer", 0, 0, G_OPTION_ARG_INT, &answers, "Write the answer N times", "N" },
    { "encode", 0, 0, G_OPTION_ARG_INT, &encodes, "Write what was read N times", "N" },
    { "string-table", 0, 0, G_OPTION_ARG_NONE, &string_table, "Write a string table", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "MESSAGE..." },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  gsize octets = 0;
  guint commands = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      g_autoptr(OmaMessage) message = NULL;
      g_autofree char *data = NULL;
      OmaEncoding encoding;
      gsize size;

      if (!g_file_get_contents (files[i], &data, &size, &error))
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      encoding = oma_encoding_guess (data, size);
      for (int n = 0; n < repeat; n++)
        {
          g_clear_pointer (&message, oma_message_free);
          message = oma_codec_decode (encoding, data, size, NULL, &error);
          if (message == NULL)
            {
              g_printerr ("%s: %s\n", files[i], error->message);
              return 1;
            }
          commands += message->n_commands;
        }
      for (int n = 0; message != NULL && n < answers; n++)
        octets += answer (message, encoding);
      for (int n = 0; message != NULL && n < encodes; n++)
        octets += encode (message, encoding);
    }
  g_print ("commands %u\nanswer octets %" G_GSIZE_FORMAT "\n", commands, octets);
  return 0;
}
