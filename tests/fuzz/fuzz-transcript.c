/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-codec.h"

#include <string.h>

#define SEPARATOR "\n\n"     /* between two messages */
#define PLANTED "Pl4nted"    /* part of a secret */

static OmaSecrecy
get_secrecy (const char *uri, gpointer user_data G_GNUC_UNUSED)
{
  return strstr (uri, "Secret") != NULL ? OMA_SECRECY_VALUE
                                        : strstr (uri, "Box") != NULL ? OMA_SECRECY_INTERIOR : OMA_SECRECY_NONE;
}

static gboolean
has_planted (const char *data, gsize size)
{
  return data != NULL && memmem (data, size, PLANTED, strlen (PLANTED)) != NULL;
}

/* How often the planted text stands in values of secret nodes. */
static guint
count_secrets (const OmaCommand *first)
{
  guint n = 0;

  for (const OmaCommand *command = first; command != NULL; command = command->next)
    {
      for (guint i = 0; i < command->n_items; i++)
        {
          const OmaItem *item = &command->items[i];

          if (has_planted (item->data, item->data_length) &&
              ((item->target != NULL && get_secrecy (item->target, NULL) == OMA_SECRECY_VALUE) ||
               (item->source != NULL && get_secrecy (item->source, NULL) == OMA_SECRECY_VALUE)))
            n++;
        }
      n += count_secrets (command->first_child);
    }
  return n;
}

static guint
count_planted (const char *data, gsize size)
{
  guint n = 0;

  for (const char *p = data; (p = memmem (p, size - (p - data), PLANTED, strlen (PLANTED))) != NULL; p++)
    n++;
  return n;
}

static void
describe (OmaTranscript *transcript, gboolean sent, const char *data, gsize size)
{
  OmaEncoding encoding = oma_encoding_guess (data, size);
  g_autofree char *text = oma_transcript_describe (transcript, sent, encoding, data, size);
  g_autoptr(OmaMessage) message = NULL;
  guint planted = count_planted (data, size);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpuint (strlen (text), <=, 64 * 1024);
  g_assert_true (g_str_has_suffix (text, "\n"));
  message = planted > 0 ? oma_codec_decode (encoding, data, size, NULL, NULL) : NULL;
  if (message != NULL && count_secrets (message->first_command) == planted)
    g_assert_false (has_planted (text, strlen (text)));
}

/* A whole session as "omadmctl monitor" shows it: bit by bit the first octet says which messages are ours. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(OmaTranscript) transcript = oma_transcript_new (get_secrecy, NULL);
  const char *p = (const char *) data + 1, *end = (const char *) data + size;

  for (guint i = 0; size > 0 && p <= end; i++)
    {
      const char *stop = memmem (p, end - p, SEPARATOR, strlen (SEPARATOR));

      if (stop == NULL)
        stop = end;
      describe (transcript, data[0] >> i % 8 & 1, p, stop - p);
      p = stop + strlen (SEPARATOR);
    }
  return 0;
}
