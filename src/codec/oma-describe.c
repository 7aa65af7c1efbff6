/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"

#include "base/oma-value.h"
#include "codec/oma-ddf-tag.h"
#include "codec/oma-sink.h"
#include "codec/oma-tnds.h"
#include "codec/oma-wbxml.h"
#include "codec/oma-wbxml-octets.h"

#include <string.h>

#define MAX_OUTPUT (64 * 1024)
#define MAX_TEXT 2000          /* octets of one element that are shown */
#define MAX_LINE (7 * MAX_TEXT)   /* an octet becomes six at most; and the name, and the indent */
#define MAX_BASE64 64
#define MAX_DOCUMENT_DEPTH 64
#define TNDS_TYPE "application/vnd.syncml.dmtnds"
#define REDACTED "[redacted]"
#define CUT "[...]\n"

typedef struct {
  OmaSink  sink;
  guint    depth;
  gboolean line_is_open;   /* the last line has no end yet */
  gboolean is_full;
  gboolean hides_values;   /* of nodes in documents */
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

/* Letters, digits and what is printed as itself; nothing that a terminal would obey, and
 * nothing that changes the direction of text. */
static gboolean
is_harmless (gunichar c)
{
  return g_unichar_isprint (c) && g_unichar_type (c) != G_UNICODE_FORMAT;
}

static void
append_safe (GString *out, const char *text, gsize length)
{
  const char *end = text + length;

  while (text < end)
    {
      gunichar c = g_utf8_get_char_validated (text, end - text);

      if (c >= 0xfffffffe)    /* malformed, cut off, or NUL */
        {
          g_string_append_printf (out, "\\x%02x", (guint8) *text++);
          continue;
        }
      if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\t')
        g_string_append (out, "\\t");
      else if (c == '\\')
        g_string_append (out, "\\\\");
      else if (is_harmless (c))
        g_string_append_unichar (out, c);
      else
        g_string_append_printf (out, "\\u{%x}", c);
      text += g_unichar_to_utf8 (c, NULL);
    }
}

static void
print_name (Printer *printer, const char *name)
{
  end_line (printer);
  for (guint i = 0; i < printer->depth; i++)
    g_string_append (printer->sink.out, "  ");
  append_safe (printer->sink.out, name, MIN (strlen (name), MAX_BASE64));
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
}

static void
printer_end (OmaSink *sink, OmaTag tag G_GNUC_UNUSED)
{
  Printer *printer = (Printer *) sink;

  if (!printer->is_full)
    end_line (printer);
  printer->depth--;
}

static void
printer_leaf (OmaSink *sink, OmaTag tag, const char *text, gsize length)
{
  Printer *printer = (Printer *) sink;
  gsize shown = MIN (length, MAX_TEXT);

  if (!check_room (printer))
    return;
  print_name (printer, oma_tag_to_string (tag));
  while (shown < length && shown > 0 && ((guint8) text[shown] & 0xc0) == 0x80)
    shown--;     /* not within a character */
  g_string_append (sink->out, ": ");
  append_safe (sink->out, text, shown);
  if (shown < length)
    g_string_append_printf (sink->out, "[... %" G_GSIZE_FORMAT " octets in all]", length);
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
  return printer->hides_values && (tag == OMA_DDF_TAG_VALUE || oma_ddf_tag_to_string ((OmaDdfTag) tag) == NULL);
}

static gboolean
end_part (guint tag, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Printer *printer = user_data;
  GString *text = printer->document_text;

  if (!printer->is_full && printer->line_is_open && text->len > 0)
    {
      g_string_append (printer->sink.out, ": ");
      append_safe (printer->sink.out, is_hidden (printer, tag) ? REDACTED : text->str,
                   is_hidden (printer, tag) ? strlen (REDACTED) : MIN (text->len, MAX_TEXT));
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

/* Octets look as they would in XML. */
static void
printer_data (OmaSink *sink, const OmaItem *item, const char *format G_GNUC_UNUSED)
{
  g_autofree char *base64 = NULL;

  if (item->kind == OMA_DATA_WBXML)
    print_document ((Printer *) sink, item);
  else if (item->kind != OMA_DATA_OCTETS || oma_wbxml_is_text (item->data, item->data_length))
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

typedef struct {
  OmaMessage   *message;
  OmaSecretFunc is_secret;
  gpointer      user_data;
} Redaction;

static void
replace_data (OmaItem *item, const char *text)
{
  item->data = text;
  item->data_length = strlen (text);
  item->kind = OMA_DATA_TEXT;
}

static void
redact_meta (OmaMeta *meta)
{
  if (meta->next_nonce != NULL)
    meta->next_nonce = REDACTED;
}

static gboolean
uri_is_secret (const Redaction *redaction, const char *uri)
{
  return uri != NULL && redaction->is_secret != NULL && redaction->is_secret (uri, redaction->user_data);
}

/* Whether text has elements of a document: it may be the middle of one that comes in parts. */
static gboolean
has_elements (const OmaItem *item)
{
  static const char *const elements[] = { "NodeName>", "Value>", "RTProperties>" };

  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++)
    if (memmem (item->data, item->data_length, elements[i], strlen (elements[i])) != NULL)
      return TRUE;
  return FALSE;
}

/* A document of nodes can hold the secrets of any of them.  It is taken for one also where the
 * type does not say so. */
static gboolean
is_tree_document (const OmaItem *item, const char *type)
{
  return item->kind == OMA_DATA_XML || (type != NULL && g_ascii_strncasecmp (type, TNDS_TYPE, strlen (TNDS_TYPE)) == 0) ||
         oma_tnds_looks_like (item->data, item->data_length) || has_elements (item);
}

static gboolean
is_base64 (const char *format)
{
  return g_strcmp0 (format, "b64") == 0 || g_strcmp0 (format, "bin") == 0;
}

/* What a person has typed in answer to an alert may be a password: its echo type stood in the
 * alert, a message before (DM Protocol 1.2, section 10). */
static gboolean
is_user_input (const Redaction *redaction, const OmaCommand *command)
{
  return redaction->is_secret != NULL && command->type == OMA_COMMAND_STATUS && g_strcmp0 (command->cmd, "Alert") == 0;
}

static void
redact_item (const Redaction *redaction, const OmaCommand *command, OmaItem *item)
{
  const char *format = item->meta.format != NULL ? item->meta.format : command->meta.format;
  const char *type = item->meta.type != NULL ? item->meta.type : command->meta.type;

  redact_meta (&item->meta);
  if (item->data == NULL)
    return;
  if (uri_is_secret (redaction, item->target) || uri_is_secret (redaction, item->source) ||
      uri_is_secret (redaction, command->target_ref) || uri_is_secret (redaction, command->source_ref) ||
      is_user_input (redaction, command))
    replace_data (item, REDACTED);
  else if (item->kind == OMA_DATA_WBXML || oma_wbxml_looks_like (item->data, item->data_length))
    item->kind = OMA_DATA_WBXML;
  else if (redaction->is_secret != NULL && is_tree_document (item, type))
    {
      g_autofree char *text = g_strdup_printf ("[document of nodes, %" G_GSIZE_FORMAT " octets]", item->data_length);
      replace_data (item, oma_message_strdup (redaction->message, text, -1));
    }
  else if (item->kind == OMA_DATA_TEXT && is_base64 (format) && item->data_length > MAX_BASE64)
    {
      g_autofree char *text = g_strdup_printf ("%.*s[... %" G_GSIZE_FORMAT " octets in all]", MAX_BASE64, item->data,
                                               item->data_length);
      replace_data (item, oma_message_strdup (redaction->message, text, -1));
    }
}

/* @depth of recursion is bounded by the limits that the message was read with. */
static void
redact_commands (const Redaction *redaction, OmaCommand *first)
{
  for (OmaCommand *command = first; command != NULL; command = command->next)
    {
      redact_meta (&command->meta);
      if (command->chal != NULL)
        redact_meta (command->chal);
      for (guint i = 0; i < command->n_items; i++)
        redact_item (redaction, command, &command->items[i]);
      redact_commands (redaction, command->first_child);
    }
}

static void
redact_header (OmaHeader *header)
{
  redact_meta (&header->meta);
  redact_meta (&header->cred_meta);
  if (header->cred_data != NULL)
    header->cred_data = REDACTED;
}

static char *
describe_failure (gsize size, const GError *error)
{
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_append_printf (text, "[not a readable message, %" G_GSIZE_FORMAT " octets: ", size);
  append_safe (text, error->message, MIN (strlen (error->message), MAX_TEXT));
  g_string_append (text, "]\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * oma_codec_describe:
 * @encoding: how the message is written
 * @data: (nullable): the message
 * @size: its octets
 * @is_secret: (nullable): says whether a node's value must not be shown; it gets the LocURI
 *   as it came, so also one that cannot be parsed or has a query
 * @user_data: for @is_secret
 *
 * Makes a readable form of a message for people: one element a line, indented, in the order
 * of the standard.  Data of Cred, NextNonce, and Data of nodes that @is_secret names read
 * "[redacted]", in whatever order the elements came.  Documents of whole subtrees can hold any
 * node: if there is an @is_secret they are not shown, or in WBXML without the values.  Long values are cut.
 * Control characters are escaped, so that the text may go to a terminal, and it is never
 * longer than 64 KiB.
 *
 * Returns: (transfer full): UTF-8 text that ends with a newline; of what cannot be read it
 *   gives the size and the reason
 */
char *
oma_codec_describe (OmaEncoding encoding, gconstpointer data, gsize size, OmaSecretFunc is_secret, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode (encoding, data, size, NULL, &error);
  g_autoptr(OmaSink) sink = NULL;
  Redaction redaction = { message, is_secret, user_data };

  if (message == NULL)
    return describe_failure (size, error);
  redact_header (&message->header);
  redact_commands (&redaction, message->first_command);
  sink = printer_new (is_secret != NULL);
  oma_sink_header (sink, &message->header);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    oma_sink_command (sink, command);
  oma_sink_close (sink, message->final);
  return g_string_free (g_steal_pointer (&sink->out), FALSE);
}
