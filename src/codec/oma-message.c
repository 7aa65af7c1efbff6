/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-message.h"

#include <string.h>

#define obstack_chunk_alloc g_malloc
#define obstack_chunk_free g_free

#define FIRST_CHUNK 4000      /* enough for a message of a few commands */
#define LATER_CHUNKS 65000

/**
 * oma_message_new:
 *
 * Makes an empty message.  Commands, items and texts that it points to belong into its
 * arena, see oma_message_strdup().
 *
 * Returns: (transfer full): a new message
 */
OmaMessage *
oma_message_new (void)
{
  OmaMessage *message = g_new0 (OmaMessage, 1);

  obstack_begin (&message->arena, FIRST_CHUNK);
  obstack_chunk_size (&message->arena) = LATER_CHUNKS;
  return message;
}

/**
 * oma_message_free:
 * @message: (nullable) (transfer full): a message
 *
 * Frees the message and everything in its arena.
 */
void
oma_message_free (OmaMessage *message)
{
  if (message == NULL)
    return;
  obstack_free (&message->arena, NULL);
  g_clear_pointer (&message->source, g_bytes_unref);
  g_free (message);
}

/**
 * oma_message_strdup:
 * @message: a message
 * @text: octets
 * @length: how many, or -1 when @text ends with a NUL
 *
 * Returns: (transfer none): a copy of @text with a NUL behind it, which lives as long as
 *   @message
 */
char *
oma_message_strdup (OmaMessage *message, const char *text, gssize length)
{
  return obstack_copy0 (&message->arena, text, length < 0 ? strlen (text) : (gsize) length);
}
