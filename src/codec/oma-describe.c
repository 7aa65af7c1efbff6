/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"

#include "base/oma-ascii.h"
#include "base/oma-value.h"
#include "codec/oma-ddf-tag.h"
#include "codec/oma-redaction.h"
#include "codec/oma-safe-text.h"
#include "codec/oma-sink.h"
#include "codec/oma-tnds.h"
#include "codec/oma-wbxml.h"

#include <string.h>

#define MAX_OUTPUT (64 * 1024)
#define MAX_TEXT 2000          /* octets of one element that are shown */
#define MAX_LINE (7 * MAX_TEXT)   /* an octet becomes six at most; and the name, and the indent */
#define MAX_BASE64 OMA_REDACTION_MAX_BEGINNING
#define MAX_DOCUMENT_DEPTH 64
#define CUT "[...]\n"

typedef struct {
  OmaSink  sink;
  guint    depth;
  gboolean line_is_open;   /* the last line has no end yet */
  gboolean is_full;
  gboolean hides_values;   /* of nodes in documents of the other side */
  gboolean is_ours;        /* Results: nothing is in them that may not be read */
  GString *document_text;  /* of the element of a document that is open */
} Printer;

static void
end_line (Printer *printer)
{
  if (printer->line_is_open)
    g_string_append_c (printer->sink.out, '\n');
  printer->line_is_open = FALSE;
}

/* FALSE: there is no room any more. */
static gboolean
check_room (Printer *printer)
{
  if (!printer->is_full && printer->sink.out->len > MAX_OUTPUT - MAX_LINE)
    {
      end_line (printer);
      g_string_append (printer->sink.out, CUT);
      printer->is_full = TRUE;
    }
  return !printer->is_full;
}

static void
print_name (Printer *printer, const char *name)
{
  end_line (printer);
  for (guint i = 0; i < printer->depth; i++)
    g_string_append (printer->sink.out, "  ");
  oma_safe_text_append (printer->sink.out, name, MIN (strlen (name), MAX_BASE64));
  printer->line_is_open = TRUE;
}

static void
printer_begin (OmaSink *sink, const OmaHeader *header G_GNUC_UNUSED)
{
  sink->start (sink, OMA_TAG_SYNC_ML);
}

static void
printer_start (OmaSink *sink, OmaTag tag)
{
  Printer *printer = (Printer *) sink;

  if (check_room (printer))
    print_name (printer, oma_tag_to_string (tag));
  printer->depth++;
  if (tag == OMA_TAG_RESULTS)
    printer->is_ours = TRUE;
}

static void
printer_end (OmaSink *sink, OmaTag tag)
{
  Printer *printer = (Printer *) sink;

  if (tag == OMA_TAG_RESULTS)
    printer->is_ours = FALSE;
  if (!printer->is_full)
    end_line (printer);
  printer->depth--;
}

static void
printer_leaf (OmaSink *sink, OmaTag tag, const char *text, gsize length)
{
  Printer *printer = (Printer *) sink;

  if (!check_room (printer))
    return;
  print_name (printer, oma_tag_to_string (tag));
  g_string_append (sink->out, ": ");
  oma_safe_text_append_cut (sink->out, text, length, MAX_TEXT);
  end_line (printer);
}

/* ---- Documents of nodes in WBXML ---- */

static gboolean
start_part (guint tag, const char *name, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Printer *printer = user_data;

  if (name == NULL)
    name = oma_ddf_tag_to_string ((OmaDdfTag) tag);
  if (check_room (printer))
    print_name (printer, name != NULL ? name : "unknown");
  printer->depth++;
  g_string_truncate (printer->document_text, 0);
  return TRUE;
}

static gboolean
part_text (const char *text, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Printer *printer = user_data;

  g_string_append_len (printer->document_text, text, length);
  return TRUE;
}

static gboolean
part_octets (gconstpointer octets, gsize size, gpointer user_data, GError **error)
{
  return part_text (octets, size, user_data, error);
}

/* What no table knows could be a value as well. */
static gboolean
is_hidden (const Printer *printer, guint tag)
{
  return printer->hides_values && !printer->is_ours &&
         (tag == OMA_DDF_TAG_VALUE || oma_ddf_tag_to_string ((OmaDdfTag) tag) == NULL);
}

static gboolean
end_part (guint tag, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Printer *printer = user_data;
  GString *text = printer->document_text;

  if (!printer->is_full && printer->line_is_open && text->len > 0)
    {
      g_string_append (printer->sink.out, ": ");
      oma_safe_text_append (printer->sink.out, is_hidden (printer, tag) ? OMA_REDACTED : text->str,
                   is_hidden (printer, tag) ? strlen (OMA_REDACTED) : MIN (text->len, MAX_TEXT));
      if (!is_hidden (printer, tag) && text->len > MAX_TEXT)
        g_string_append_printf (printer->sink.out, "[... %" G_GSIZE_FORMAT " octets in all]", text->len);
    }
  if (!printer->is_full)
    end_line (printer);
  printer->depth--;
  g_string_truncate (text, 0);
  return TRUE;
}

static void
print_document (Printer *printer, const OmaItem *item)
{
  static const OmaWbxmlHandler handler = {
    .start = start_part, .text = part_text, .octets = part_octets, .end = end_part,
  };
  g_autoptr(GString) text = g_string_new (NULL);
  guint depth = printer->depth;
  gboolean good;

  if (!check_room (printer))
    return;
  print_name (printer, oma_tag_to_string (OMA_TAG_DATA));
  printer->depth++;
  printer->document_text = text;
  good = oma_wbxml_read (OMA_WBXML_DDF, item->data, item->data_length, MAX_DOCUMENT_DEPTH, &handler, printer, NULL);
  printer->document_text = NULL;
  printer->depth = depth;
  if (!good && check_room (printer))
    print_name (printer, "[the rest of the document cannot be read]");
  if (!printer->is_full)
    end_line (printer);
}

/* ---- Documents of nodes in XML, or in base64 ---- */

static char *
get_node_path (const OmaTnds *tnds, const OmaTndsNode *node)
{
  GString *path = g_string_new (*node->name != '\0' ? node->name : "[unnamed]");

  while (node->parent >= 0)
    {
      node = g_ptr_array_index (tnds->nodes, node->parent);
      g_string_prepend_c (path, '/');
      g_string_prepend (path, *node->name != '\0' ? node->name : "[unnamed]");
    }
  if (node->path != NULL && *node->path != '\0')
    {
      g_string_prepend_c (path, '/');
      g_string_prepend (path, node->path);
    }
  return g_string_free (path, FALSE);
}

static void
print_node (Printer *printer, const OmaTnds *tnds, const OmaTndsNode *node)
{
  GString *out = printer->sink.out;
  g_autofree char *path = get_node_path (tnds, node);
  gsize shown = MIN (node->size, MAX_BASE64);

  print_name (printer, "");
  oma_safe_text_append (out, path, MIN (strlen (path), MAX_TEXT));
  if (node->format != OMA_FORMAT_NONE)
    g_string_append_printf (out, " (%s)", oma_format_to_string (node->format));
  if (node->acl != NULL)
    {
      g_string_append (out, " ACL ");
      oma_safe_text_append (out, node->acl, MIN (strlen (node->acl), MAX_BASE64));
    }
  if (node->data != NULL)
    {
      g_string_append (out, ": ");
      if (printer->hides_values && !printer->is_ours)
        g_string_append (out, OMA_REDACTED);
      else if (node->is_octets)
        g_string_append_printf (out, "[%" G_GSIZE_FORMAT " octets]", node->size);
      else
        oma_safe_text_append (out, node->data, shown);
      if (!node->is_octets && shown < node->size && (!printer->hides_values || printer->is_ours))
        g_string_append_printf (out, "[... %" G_GSIZE_FORMAT " octets in all]", node->size);
    }
  end_line (printer);
}

/* The nodes one a line.  Returns: FALSE when it is no such document */
static gboolean
print_nodes (Printer *printer, const OmaItem *item)
{
  g_autoptr(OmaTnds) tnds = NULL;

  if (item->kind != OMA_DATA_XML && !oma_tnds_looks_like (item->data, item->data_length))
    return FALSE;
  tnds = oma_tnds_read (item->data, item->data_length, NULL);
  if (tnds == NULL)
    return FALSE;
  if (!check_room (printer))
    return TRUE;
  print_name (printer, oma_tag_to_string (OMA_TAG_DATA));
  g_string_append_printf (printer->sink.out, ": [TNDS document, %" G_GSIZE_FORMAT " octets]", item->data_length);
  end_line (printer);
  printer->depth++;
  for (guint i = 0; i < tnds->nodes->len && check_room (printer); i++)
    print_node (printer, tnds, g_ptr_array_index (tnds->nodes, i));
  printer->depth--;
  return TRUE;
}

/* Octets look as they would in XML. */
static void
printer_data (OmaSink *sink, const OmaItem *item, const char *format G_GNUC_UNUSED)
{
  g_autofree char *base64 = NULL;

  if (item->kind == OMA_DATA_WBXML)
    print_document ((Printer *) sink, item);
  else if (print_nodes ((Printer *) sink, item))
    return;
  else if (item->kind != OMA_DATA_OCTETS || oma_is_utf8 (item->data, item->data_length))
    sink->leaf (sink, OMA_TAG_DATA, item->data, item->data_length);
  else
    {
      g_autofree char *text = NULL;

      base64 = g_base64_encode ((const guchar *) item->data, MIN (item->data_length, MAX_BASE64 / 4 * 3));
      text = g_strdup_printf ("%s[... %" G_GSIZE_FORMAT " octets in all]", base64, item->data_length);
      sink->leaf (sink, OMA_TAG_DATA, item->data_length > MAX_BASE64 / 4 * 3 ? text : base64,
                  strlen (item->data_length > MAX_BASE64 / 4 * 3 ? text : base64));
    }
}

static void
printer_empty (OmaSink *sink, OmaTag tag)
{
  sink->start (sink, tag);
  sink->end (sink, tag);
}

static void
printer_note (OmaSink *sink, const char *name)
{
  Printer *printer = (Printer *) sink;

  if (!check_room (printer))
    return;
  print_name (printer, name);
  g_string_append (sink->out, " (not a command of DM)");
  end_line (printer);
}

static void
printer_free (OmaSink *sink)
{
  if (sink->out != NULL)
    g_string_free (sink->out, TRUE);
  g_free (sink);
}

static OmaSink *
printer_new (gboolean hides_values)
{
  Printer *printer = g_new0 (Printer, 1);
  OmaSink *sink = &printer->sink;

  sink->begin = printer_begin;
  sink->start = printer_start;
  sink->end = printer_end;
  sink->leaf = printer_leaf;
  sink->data = printer_data;
  printer->hides_values = hides_values;
  sink->empty = printer_empty;
  sink->note = printer_note;
  sink->free = printer_free;
  sink->out = g_string_new (NULL);
  return sink;
}

static char *
describe_failure (gsize size, const GError *error)
{
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_append_printf (text, "[not a readable message, %" G_GSIZE_FORMAT " octets: ", size);
  oma_safe_text_append (text, error->message, MIN (strlen (error->message), MAX_TEXT));
  g_string_append (text, "]\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * oma_transcript_describe:
 * @transcript: what is known of the session so far
 * @sent: whether it is a message of ours
 * @encoding: how the message is written
 * @data: (nullable): the message
 * @size: its octets
 *
 * Makes a readable form of a message for people: one element a line, indented, in the order
 * of the standard.  Data of Cred, NextNonce, what a user answered, and Data of nodes that must not
 * be shown read "[redacted]", in whatever order the elements came.  TNDS documents show their nodes,
 * but values only of those that we sent.  Long values are cut, parts of large objects counted.
 * Control characters are escaped, so that the text may go to a terminal, and it is never
 * longer than 64 KiB.
 *
 * Returns: (transfer full): UTF-8 text that ends with a newline; of what cannot be read it
 *   gives the size and the reason
 */
char *
oma_transcript_describe (OmaTranscript *transcript, gboolean sent, OmaEncoding encoding, gconstpointer data, gsize size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode (encoding, data, size, NULL, &error);
  g_autoptr(OmaSink) sink = NULL;

  if (message == NULL)
    {
      oma_transcript_miss (transcript, sent);
      return describe_failure (size, error);
    }
  oma_transcript_redact (transcript, sent, message);
  sink = printer_new (oma_transcript_has_secrets (transcript));
  oma_sink_header (sink, &message->header);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    oma_sink_command (sink, command);
  oma_sink_close (sink, message->final);
  return g_string_free (g_steal_pointer (&sink->out), FALSE);
}

/**
 * oma_codec_describe:
 * @encoding: how the message is written
 * @data: (nullable): the message
 * @size: its octets
 * @get_secrecy: (nullable): says what Data of a node may show; it gets the LocURI as it came, so also one that cannot be
 *   parsed or has a query
 * @user_data: for @get_secrecy
 *
 * Makes a readable form of one message of which no others are known, see oma_transcript_describe().
 *
 * Returns: (transfer full): UTF-8 text that ends with a newline
 */
char *
oma_codec_describe (OmaEncoding encoding, gconstpointer data, gsize size, OmaSecrecyFunc get_secrecy,
                    gpointer user_data)
{
  g_autoptr(OmaTranscript) transcript = oma_transcript_new (get_secrecy, user_data);

  return oma_transcript_describe (transcript, FALSE, encoding, data, size);
}
