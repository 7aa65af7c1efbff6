/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the codec alone needs: reading messages, writing them again, or writing a Status for each
 * of their commands.  In JSON they are packages of DM 2.0, or MO data, of which each node counts. */
#include "config.h"

#include "base/oma-uri.h"
#include "codec/oma-codec.h"
#include "codec/oma-dm2-package.h"
#include "codec/oma-mo-data.h"
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

/* ---- SyncML ---- */

typedef struct {
  int   repeat;
  int   answers;
  int   encodes;
  guint commands;     /* read */
  gsize octets;       /* written */
} Bench;

static gboolean
run_message (Bench *bench, const char *data, gsize size, GError **error)
{
  OmaEncoding encoding = oma_encoding_guess (data, size);
  g_autoptr(OmaMessage) message = NULL;

  for (int n = 0; n < bench->repeat; n++)
    {
      g_clear_pointer (&message, oma_message_free);
      message = oma_codec_decode (encoding, data, size, NULL, error);
      if (message == NULL)
        return FALSE;
      bench->commands += message->n_commands;
    }
  for (int n = 0; message != NULL && n < bench->answers; n++)
    bench->octets += answer (message, encoding);
  for (int n = 0; message != NULL && n < bench->encodes; n++)
    bench->octets += encode (message, encoding);
  return TRUE;
}

/* ---- Packages ---- */

static gsize
answer_package (guint n_commands)
{
  g_autofree OmaDm2Answer *answers = g_new0 (OmaDm2Answer, n_commands);
  g_autoptr(GBytes) bytes = NULL;

  for (guint i = 0; i < n_commands; i++)
    answers[i].status = OMA_STATUS_OK;
  bytes = oma_dm2_write_response (answers, n_commands, NULL, 0);
  return g_bytes_get_size (bytes);
}

static gboolean
run_package (Bench *bench, const char *data, gsize size, GError **error)
{
  guint n_commands = 0;

  for (int n = 0; n < bench->repeat; n++)
    {
      g_autoptr(GPtrArray) commands = oma_dm2_commands_read (data, size, error);

      if (commands == NULL)
        return FALSE;
      n_commands = commands->len;
      bench->commands += n_commands;
    }
  for (int n = 0; n < bench->answers; n++)
    bench->octets += answer_package (n_commands);
  return TRUE;
}

/* ---- MO data ---- */

static GPtrArray *
read_parts (const char *data, gsize size, GError **error)
{
  g_autoptr(OmaMoReader) reader = oma_mo_reader_new (OMA_MO_DATA_TYPE_JSON, NULL, NULL, error);

  return oma_mo_reader_feed (reader, data, size, error) ? oma_mo_reader_finish (reader, error) : NULL;
}

/* What a tree would give. */
static OmaNodeList *
make_nodes (const OmaTnds *document)
{
  OmaNodeList *nodes = oma_node_list_new ();
  g_autoptr(GPtrArray) uris = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < document->nodes->len; i++)
    {
      const OmaTndsNode *node = g_ptr_array_index (document->nodes, i);
      GString *uri = g_string_new (node->parent >= 0 ? g_ptr_array_index (uris, node->parent) : NULL);

      if (node->parent >= 0)
        oma_uri_append_segment (uri, node->name, -1);
      if (*uri->str == '/')
        g_string_erase (uri, 0, 1);
      oma_node_list_add (nodes, uri->str,
                         node->data != NULL ? oma_value_new (OMA_FORMAT_CHR, NULL, node->data, node->size) : NULL);
      g_ptr_array_add (uris, g_string_free (uri, FALSE));
    }
  return nodes;
}

static gboolean
count_octets (const char *data G_GNUC_UNUSED, gsize size, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  *(gsize *) user_data += size;
  return TRUE;
}

static void
write_part (Bench *bench, const OmaMoPart *part)
{
  g_autoptr(OmaNodeList) nodes = make_nodes (part->document);
  const OmaTndsNode *top = g_ptr_array_index (part->document->nodes, 0);
  const OmaMoSource source = { NULL, part->client_uri, NULL, top->name, nodes };

  for (int n = 0; n < bench->encodes; n++)
    oma_mo_data_write_json (&source, 1, count_octets, &bench->octets, NULL);
}

static gboolean
run_mo_data (Bench *bench, const char *data, gsize size, GError **error)
{
  g_autoptr(GPtrArray) parts = NULL;

  for (int n = 0; n < bench->repeat; n++)
    {
      g_clear_pointer (&parts, g_ptr_array_unref);
      parts = read_parts (data, size, error);
      if (parts == NULL)
        return FALSE;
      for (guint i = 0; i < parts->len; i++)
        bench->commands += ((OmaMoPart *) g_ptr_array_index (parts, i))->document->nodes->len;
    }
  for (guint i = 0; parts != NULL && i < parts->len; i++)
    write_part (bench, g_ptr_array_index (parts, i));
  return TRUE;
}

static gboolean
run_file (Bench *bench, const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return FALSE;
  if (*data == '{')
    return run_package (bench, data, size, error);
  if (*data == '[')
    return run_mo_data (bench, data, size, error);
  return run_message (bench, data, size, error);
}

int
main (int argc, char **argv)
{
  static Bench bench = { .repeat = 1 };
  static char **files;
  static const GOptionEntry entries[] = {
    { "repeat", 0, 0, G_OPTION_ARG_INT, &bench.repeat, "Read each file N times", "N" },
    { "answer", 0, 0, G_OPTION_ARG_INT, &bench.answers, "Write the answer N times", "N" },
    { "encode", 0, 0, G_OPTION_ARG_INT, &bench.encodes, "Write what was read N times", "N" },
    { "string-table", 0, 0, G_OPTION_ARG_NONE, &string_table, "Write a string table", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "MESSAGE..." },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    if (!run_file (&bench, files[i], &error))
      {
        g_printerr ("%s: %s\n", files[i], error->message);
        return 1;
      }
  g_print ("commands %u\nanswer octets %" G_GSIZE_FORMAT "\n", bench.commands, bench.octets);
  return 0;
}
