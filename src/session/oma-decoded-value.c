/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-decoded-value.h"

#include "base/oma-base64.h"
#include "base/oma-status.h"
#include "base/oma-value-private.h"

#include <errno.h>
#include <unistd.h>

/* From file to file, in a thread: hundreds of megabytes take longer than the main loop can wait. */
typedef struct {
  OmaValue        *text;
  int              fd;
  int              failure;    /* errno */
  GCancellable    *cancellable;
  OmaBase64Decoder decoder;
} Decoding;

static void
decoding_free (gpointer data)
{
  Decoding *decoding = data;

  oma_value_unref (decoding->text);
  if (decoding->fd >= 0)
    close (decoding->fd);
  g_free (decoding);
}

static gboolean
write_octets (const char *octets, gsize size, gpointer user_data)
{
  Decoding *decoding = user_data;

  while (size > 0)
    {
      gssize n = write (decoding->fd, octets, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          decoding->failure = n < 0 ? errno : EIO;
          return FALSE;
        }
      octets += n;
      size -= (gsize) n;
    }
  return TRUE;
}

static gsize
decode_part (const char *text, gsize length, gboolean last G_GNUC_UNUSED, gpointer user_data)
{
  Decoding *decoding = user_data;

  if (g_cancellable_is_cancelled (decoding->cancellable) ||
      !oma_base64_decoder_check (&decoding->decoder, text, length) ||
      !oma_base64_decoder_feed (&decoding->decoder, text, length, write_octets, decoding))
    return 0;
  return length;
}

static void
decode (GTask *task, gpointer source G_GNUC_UNUSED, gpointer task_data, GCancellable *cancellable)
{
  Decoding *decoding = task_data;
  GError *error = NULL;
  OmaValue *value;
  int fd;

  decoding->cancellable = cancellable;
  if (!oma_value_scan (decoding->text, decode_part, decoding) || !oma_base64_decoder_is_complete (&decoding->decoder))
    {
      if (decoding->failure != 0)
        g_task_return_new_error (task, OMA_STATUS_ERROR,
                                 decoding->failure == ENOSPC || decoding->failure == EDQUOT ? OMA_STATUS_DEVICE_FULL
                                                                                            : OMA_STATUS_DATA_STORE_FAILURE,
                                 "Could not keep a large value: %s", g_strerror (decoding->failure));
      else
        g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT, "A large value is not base64");
      return;
    }
  fd = decoding->fd;
  decoding->fd = -1;
  value = oma_value_new_fd (OMA_FORMAT_NONE, NULL, fd, &error);
  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) oma_value_unref);
  else
    g_task_return_error (task, error);
}

/**
 * oma_decoded_value_make_async:
 * @text: a large value that is base64 text
 * @spool: makes the file of the other
 * @spool_data: for @spool
 * @cancellable: (nullable): ends it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes the value that the text stands for, without having either in memory.
 */
void
oma_decoded_value_make_async (OmaValue *text, OmaSpoolFunc spool, gpointer spool_data, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Decoding *decoding = g_new0 (Decoding, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, oma_decoded_value_make_async);
  g_task_set_task_data (task, decoding, decoding_free);
  decoding->text = oma_value_ref (text);
  decoding->fd = spool (spool_data, &error);
  if (decoding->fd >= 0)
    g_task_run_in_thread (task, decode);
  else
    g_task_return_error (task, error);
}

/**
 * oma_decoded_value_make_finish:
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_UNSUPPORTED_FORMAT when it is not base64, %OMA_STATUS_DEVICE_FULL,
 *   %OMA_STATUS_DATA_STORE_FAILURE, a #GIOErrorEnum
 *
 * Returns: (transfer full): the value, of no format
 */
OmaValue *
oma_decoded_value_make_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
