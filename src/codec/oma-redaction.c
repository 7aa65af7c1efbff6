/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-redaction.h"

#include "base/oma-ascii.h"
#include "codec/oma-tnds.h"
#include "codec/oma-wbxml.h"

#include <string.h>

/* A large object under way. */
typedef struct {
  char    *uri;     /* (nullable): of its node, NULL: there is none */
  guint    parts;
  guint64  octets;
  guint64  size;    /* as announced, 0: not */
  gboolean hidden;  /* it may hold what must not be shown, so no part of it is */
} Object;

struct _OmaTranscript {
  OmaSecrecyFunc get_secrecy;
  gpointer       user_data;
  Object         objects[2];   /* from the server, to the server */
  Object        *object;       /* of the direction of the message at hand */
  gboolean       missed[2];    /* messages went by unseen, maybe with the beginning of an object */
  OmaMessage    *message;
};

/**
 * oma_transcript_new:
 * @get_secrecy: (nullable): says what Data of a node may show; it gets the LocURI as it came; %NULL: nothing of the
 *   tree is secret
 * @user_data: for @get_secrecy
 *
 * Returns: (transfer full): a transcript of a session of which nothing was seen yet
 */
OmaTranscript *
oma_transcript_new (OmaSecrecyFunc get_secrecy, gpointer user_data)
{
  OmaTranscript *transcript = g_new0 (OmaTranscript, 1);

  transcript->get_secrecy = get_secrecy;
  transcript->user_data = user_data;
  return transcript;
}

/**
 * oma_transcript_free:
 * @transcript: (transfer full): a transcript
 */
void
oma_transcript_free (OmaTranscript *transcript)
{
  for (gsize i = 0; i < G_N_ELEMENTS (transcript->objects); i++)
    g_free (transcript->objects[i].uri);
  g_free (transcript);
}

/**
 * oma_transcript_miss:
 * @transcript: a transcript
 * @sent: whether it was a message of ours
 *
 * A message was not described: of what the next one goes on with the beginning is not known.
 */
void
oma_transcript_miss (OmaTranscript *transcript, gboolean sent)
{
  transcript->missed[sent ? 1 : 0] = TRUE;
}

/**
 * oma_transcript_has_secrets:
 * @transcript: a transcript
 *
 * Returns: whether nodes can be secret
 */
gboolean
oma_transcript_has_secrets (OmaTranscript *transcript)
{
  return transcript->get_secrecy != NULL;
}

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
    meta->next_nonce = OMA_REDACTED;
}

static OmaSecrecy
get_secrecy (OmaTranscript *transcript, const char *uri)
{
  return uri != NULL && transcript->get_secrecy != NULL ? transcript->get_secrecy (uri, transcript->user_data)
                                                        : OMA_SECRECY_NONE;
}

/* ---- Large objects ---- */

static void
forget_object (Object *object)
{
  g_free (object->uri);
  *object = (Object) { NULL, 0, 0, 0, FALSE };
}

/* A new Size begins another object; one that is repeated does not.  What must not be shown goes on whatever it is
 * called: the same node can be written in several ways. */
static gboolean
goes_on (const Object *object, const OmaCommand *command, const char *uri, guint64 size)
{
  return object->uri != NULL && command->type != OMA_COMMAND_STATUS && (size == 0 || size == object->size) &&
         (object->hidden || strcmp (object->uri, uri) == 0);
}

/* Counts a part. */
static void
note_part (Object *object, const OmaItem *item, const char *uri, guint64 size, gboolean is_first)
{
  if (is_first)
    {
      forget_object (object);
      object->uri = g_strdup (uri);
      object->size = size;
    }
  object->parts++;
  object->octets += item->data_length;
}

/* Keeps the beginning of a part, and says which part it is. */
static void
abbreviate_part (OmaTranscript *transcript, OmaItem *item)
{
  Object *object = transcript->object;
  gsize shown = MIN (item->data_length, OMA_REDACTION_MAX_BEGINNING);
  g_autofree char *total = NULL, *beginning = NULL, *text = NULL;

  while (shown < item->data_length && shown > 0 && ((guint8) item->data[shown] & 0xc0) == 0x80)
    shown--;
  beginning = item->kind == OMA_DATA_TEXT || oma_is_utf8 (item->data, item->data_length)
                ? g_strndup (item->data, shown)
                : g_base64_encode ((const guchar *) item->data, shown / 4 * 3);
  total = object->size > 0 ? g_strdup_printf (" of %" G_GUINT64_FORMAT, object->size) : g_strdup ("");
  text = g_strdup_printf ("%s[... part %u, %" G_GSIZE_FORMAT " octets; %" G_GUINT64_FORMAT "%s so far]", beginning,
                          object->parts, item->data_length, object->octets, total);
  replace_data (item, oma_message_strdup (transcript->message, text, -1));
}

/* ---- Items ---- */

static gboolean
is_base64 (const char *format)
{
  return g_strcmp0 (format, "b64") == 0 || g_strcmp0 (format, "bin") == 0;
}

/* What is not text, and what nobody can see the sense of. */
static void
abbreviate (OmaTranscript *transcript, OmaItem *item, const char *format)
{
  g_autofree char *text = NULL;

  if (item->kind != OMA_DATA_TEXT || !is_base64 (format) || item->data_length <= OMA_REDACTION_MAX_BEGINNING)
    return;
  text = g_strdup_printf ("%.*s[... %" G_GSIZE_FORMAT " octets in all]", OMA_REDACTION_MAX_BEGINNING, item->data,
                          item->data_length);
  replace_data (item, oma_message_strdup (transcript->message, text, -1));
}

/* A document of nodes can hold the secrets of any of them.  Whole ones are shown without values; of others, in
 * parts for example, nobody can tell what is a value. */
static void
redact_document (OmaTranscript *transcript, OmaItem *item, gboolean is_part)
{
  g_autoptr(OmaTnds) tnds = is_part ? NULL : oma_tnds_read (item->data, item->data_length, NULL);
  g_autofree char *text = NULL;

  if (tnds != NULL)
    return;
  text = g_strdup_printf ("[%sdocument of nodes, %" G_GSIZE_FORMAT " octets]", is_part ? "part of a " : "",
                          item->data_length);
  replace_data (item, oma_message_strdup (transcript->message, text, -1));
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

/* It is taken for one also where the type does not say so. */
static gboolean
is_document (const OmaItem *item, const char *type)
{
  return item->kind == OMA_DATA_XML || oma_tnds_is_type (type) ||
         oma_tnds_looks_like (item->data, item->data_length) || has_elements (item);
}

/* What a user answered is nobody else's: it may have been asked for without showing it. */
static gboolean
is_answer_of_user (const OmaCommand *command)
{
  return command->type == OMA_COMMAND_STATUS && g_strcmp0 (command->cmd, "Alert") == 0;
}

/* The options of a question that is not to be shown can offer an answer. */
static void
redact_options (const OmaCommand *command)
{
  OmaItem *item = command->n_items > 0 ? &command->items[0] : NULL;
  g_autofree char *text = NULL;

  if (command->type != OMA_COMMAND_ALERT || item == NULL || item->data == NULL)
    return;
  text = g_ascii_strup (item->data, item->data_length);
  if (strstr (text, "ET=P") != NULL && strstr (text, "DR=") != NULL)
    replace_data (item, OMA_REDACTED);
}

/* What is put where nothing is. */
static gboolean
leads_nowhere (OmaTranscript *transcript, const OmaCommand *command, const OmaItem *item)
{
  return (command->type == OMA_COMMAND_ADD || command->type == OMA_COMMAND_REPLACE || command->type == OMA_COMMAND_EXEC) &&
         get_secrecy (transcript, item->target) == OMA_SECRECY_UNKNOWN;
}

static gboolean
is_secret (OmaTranscript *transcript, const OmaCommand *command, const OmaItem *item)
{
  return leads_nowhere (transcript, command, item) ||
         get_secrecy (transcript, item->target) == OMA_SECRECY_VALUE ||
         get_secrecy (transcript, item->source) == OMA_SECRECY_VALUE ||
         get_secrecy (transcript, command->target_ref) == OMA_SECRECY_VALUE ||
         get_secrecy (transcript, command->source_ref) == OMA_SECRECY_VALUE ||
         (transcript->get_secrecy != NULL && is_answer_of_user (command));
}

/* Whether a part may be of a document: nobody saw its beginning, or it looks like one.  After messages went by unseen
 * any part may be. */
static gboolean
may_be_of_document (const OmaItem *item, gboolean is_further, guint64 size, gboolean missed)
{
  if (missed || is_further)
    return missed;
  return size == 0 || item->kind == OMA_DATA_WBXML || oma_tnds_may_begin (item->data, item->data_length) ||
         oma_wbxml_looks_like (item->data, item->data_length);
}

/* Whether Data may hold values of nodes that must not be shown.  Of Results nothing is hidden so: what nobody may read
 * is not in them. */
static gboolean
may_hold_secrets (OmaTranscript *transcript, const OmaCommand *command, const OmaItem *item, gboolean is_part,
                  gboolean is_further, guint64 size)
{
  const char *type = item->meta.type != NULL ? item->meta.type : command->meta.type;
  gboolean missed = transcript->missed[transcript->object - transcript->objects];
  if (transcript->get_secrecy == NULL || item->data_length == 0 || command->type == OMA_COMMAND_RESULTS)
    return FALSE;
  if (is_document (item, type) || (is_part && may_be_of_document (item, is_further, size, missed)))
    return TRUE;
  if (command->type != OMA_COMMAND_ADD && command->type != OMA_COMMAND_REPLACE)
    return FALSE;
  return get_secrecy (transcript, item->target) == OMA_SECRECY_INTERIOR;
}

static void
redact_item (OmaTranscript *transcript, const OmaCommand *command, OmaItem *item)
{
  Object *object = transcript->object;
  const char *format = item->meta.format != NULL ? item->meta.format : command->meta.format;
  const char *type = item->meta.type != NULL ? item->meta.type : command->meta.type;
  const char *uri = item->target != NULL ? item->target : item->source != NULL ? item->source : "";
  guint64 size = item->meta.has_size ? item->meta.size : command->meta.size;
  gboolean secret = is_secret (transcript, command, item);
  gboolean is_further, is_part, hidden;

  redact_meta (&item->meta);
  if (item->data == NULL)
    return;
  is_further = goes_on (object, command, uri, size);
  is_part = item->more_data || is_further;
  hidden = may_hold_secrets (transcript, command, item, is_part, is_further, size);
  if (is_part)
    {
      note_part (object, item, uri, size, !is_further);
      object->hidden |= hidden || secret;
      hidden = object->hidden;
    }
  if (secret)
    replace_data (item, OMA_REDACTED);
  else if (!is_part && (item->kind == OMA_DATA_WBXML || oma_wbxml_looks_like (item->data, item->data_length)))
    item->kind = OMA_DATA_WBXML;
  else if (hidden)
    redact_document (transcript, item, is_part);
  else if (is_part)
    abbreviate_part (transcript, item);
  else if (!is_document (item, type))
    abbreviate (transcript, item, format);
  if (is_part && !item->more_data)
    forget_object (object);
}

/* @depth of recursion is bounded by the limits that the message was read with. */
static void
redact_commands (OmaTranscript *transcript, OmaCommand *first)
{
  for (OmaCommand *command = first; command != NULL; command = command->next)
    {
      redact_meta (&command->meta);
      if (command->chal != NULL)
        redact_meta (command->chal);
      if (transcript->get_secrecy != NULL)
        redact_options (command);
      for (guint i = 0; i < command->n_items; i++)
        redact_item (transcript, command, &command->items[i]);
      redact_commands (transcript, command->first_child);
    }
}

/* What follows the host is a key to the session for whoever has it, and so is what stands before it. */
static void
redact_resp_uri (OmaTranscript *transcript, OmaHeader *header)
{
  g_autofree char *scheme = NULL, *host = NULL, *text = NULL;
  int port = -1;

  if (header->resp_uri == NULL)
    return;
  g_uri_split (header->resp_uri, G_URI_FLAGS_ENCODED, &scheme, NULL, &host, &port, NULL, NULL, NULL, NULL);
  if (scheme == NULL || host == NULL)
    header->resp_uri = OMA_REDACTED;
  else
    {
      g_autofree char *shown_port = port > 0 ? g_strdup_printf (":%d", port) : g_strdup ("");

      text = g_strdup_printf ("%s://%s%s/%s", scheme, host, shown_port, OMA_REDACTED);
      header->resp_uri = oma_message_strdup (transcript->message, text, -1);
    }
}

static void
redact_header (OmaTranscript *transcript, OmaHeader *header)
{
  redact_resp_uri (transcript, header);
  redact_meta (&header->meta);
  redact_meta (&header->cred_meta);
  if (header->cred_data != NULL)
    header->cred_data = OMA_REDACTED;
}

/**
 * oma_transcript_redact:
 * @transcript: what is known of the session so far
 * @sent: whether it is a message of ours
 * @message: the message
 *
 * Takes out of a message what must not be shown, and what is too long to be: Data are replaced by what can be said of
 * them.  Documents of nodes that stay are whole; who shows them leaves out their values.
 */
void
oma_transcript_redact (OmaTranscript *transcript, gboolean sent, OmaMessage *message)
{
  transcript->message = message;
  transcript->object = &transcript->objects[sent ? 1 : 0];
  redact_header (transcript, &message->header);
  redact_commands (transcript, message->first_command);
  transcript->missed[sent ? 1 : 0] = FALSE;
  transcript->message = NULL;
}
