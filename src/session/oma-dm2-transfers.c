/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

#include "base/oma-source.h"
#include "codec/oma-mo-data.h"

#include <string.h>
#include <unistd.h>

/* HGET, HPUT and HPOST: MO data go between the tree and a data repository.  The caller makes the request; while it is
 * under way there is no unit of work. */

struct _OmaDm2Transfer {
  const OmaDm2Media *media;     /* (nullable): the form in which data are sent */
  gboolean           retried;   /* in another form than the first */
  int                spool;     /* where they are written to, -1: none */

  OmaMoReader       *reader;    /* (nullable): of what is fetched */
  GBytes            *body;      /* (nullable): that, ... */
  int                file;      /* ... or in a file, the caller's */
  gsize              offset;    /* how far it is read */
  GSource           *source;
};

/* Internal: @transfer (transfer full). */
void
oma_dm2_transfer_free (OmaDm2Transfer *transfer)
{
  oma_clear_source (&transfer->source);
  if (transfer->spool >= 0)
    close (transfer->spool);
  g_clear_pointer (&transfer->reader, oma_mo_reader_free);
  g_clear_pointer (&transfer->body, g_bytes_unref);
  g_free (transfer);
}

static OmaDm2Transfer *
transfer_new (void)
{
  OmaDm2Transfer *transfer = g_new0 (OmaDm2Transfer, 1);

  transfer->spool = transfer->file = -1;
  return transfer;
}

static OmaDm2Run *
peek_run (GTask *task)
{
  return ((OmaDm2Session *) g_task_get_task_data (task))->run;
}

static void
answer_and_go_on (GTask *task, OmaStatus status, const char *reason)
{
  oma_dm2_run_answer (peek_run (task), status, reason);
  oma_dm2_run_go_on (task);
}

/* What is wrong with the data is not the command's fault (DM Protocol 2.0, statuses: 415). */
static void
refuse_data (GTask *task, const GError *error)
{
  OmaStatus status = error->domain == OMA_STATUS_ERROR || error->domain == G_IO_ERROR
                       ? oma_dm2_status_from_error (error) : OMA_STATUS_UNSUPPORTED_FORMAT;

  answer_and_go_on (task, status == OMA_STATUS_BAD_REQUEST ? OMA_STATUS_UNSUPPORTED_FORMAT : status, error->message);
}

/* ---- HGET ---- */

/* Internal: HGET: what the repository gives is put into the tree. */
gboolean
oma_dm2_transfer_fetch (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;
  OmaDm2Step *step;

  if (!oma_dm2_run_parse_uris (run))
    return FALSE;
  run->transfer = transfer_new ();
  step = oma_dm2_session_make_step (session, OMA_DM2_TRANSFER, "GET", oma_dm2_run_peek_command (run)->server_uri, TRUE);
  step->accept = OMA_DM2_MEDIA_ACCEPTED;
  step->max_size = session->max_object_size;
  oma_dm2_session_return_step (task, step);
  return TRUE;
}

static gboolean
is_same (char **uris, const char *uri)
{
  return uris[0] != NULL && uris[1] == NULL && strcmp (uris[0], uri) == 0;
}

static void
put_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;
  OmaDm2Outcome *outcome = oma_dm2_run_peek_outcome (run, run->next);
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) uris = oma_objects_put_finish (session->objects, result, &error);

  if (uris != NULL)
    {
      outcome->changed = TRUE;
      if (session->history_id != 0)
        session->counters.noted = oma_dm2_run_count_unanswered (run);
      if (run->uris->len == 0 || !is_same (uris, ((const OmaClientUri *) g_ptr_array_index (run->uris, 0))->text))
        outcome->answer.uris = g_steal_pointer (&uris);
    }
  if (oma_dm2_run_stop (task))
    return;
  if (error != NULL)
    refuse_data (task, error);
  else
    answer_and_go_on (task, OMA_STATUS_OK, NULL);
}

static void
put (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) parts = oma_mo_reader_finish (run->transfer->reader, &error);

  if (parts == NULL)
    {
      refuse_data (task, error);
      return;
    }
  if (parts->len == 0)
    {
      answer_and_go_on (task, OMA_STATUS_UNSUPPORTED_FORMAT, "The repository's data hold no object");
      return;
    }
  if (session->history_id != 0)
    oma_objects_set_note (session->objects, session->history_id, oma_dm2_run_count_unanswered (run) + 1);
  oma_objects_put_async (session->objects, run->uris->len > 0 ? g_ptr_array_index (run->uris, 0) : NULL, parts,
                         session->provisional, g_task_get_cancellable (task), put_cb, task);
}

/* One block, then whoever waits has a turn. */
static gboolean
read_on_cb (gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Transfer *transfer = session->run->transfer;
  g_autoptr(GError) error = NULL;

  if (oma_dm2_run_stop (task))
    return G_SOURCE_REMOVE;
  if (oma_mo_reader_feed_block (transfer->reader, transfer->body, transfer->file, &transfer->offset,
                                session->max_object_size, &error))
    return G_SOURCE_CONTINUE;
  oma_clear_source (&transfer->source);
  if (error != NULL)
    refuse_data (task, error);
  else
    put (task);
  return G_SOURCE_REMOVE;
}

static void
take_data (GTask *task, const OmaDm2Reply *reply)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Transfer *transfer = session->run->transfer;
  g_autoptr(GError) error = NULL;

  if (reply->body == NULL && reply->file < 0)
    {
      answer_and_go_on (task, OMA_STATUS_UNSUPPORTED_FORMAT, "The repository gave no data");
      return;
    }
  if (reply->media_type == NULL || !oma_mo_data_is_type (reply->media_type))
    {
      answer_and_go_on (task, OMA_STATUS_UNSUPPORTED_FORMAT, "The repository gave data of another type");
      return;
    }
  transfer->reader = oma_mo_reader_new (reply->media_type, session->spool_func, session->spool_data, &error);
  if (transfer->reader == NULL)
    {
      refuse_data (task, error);
      return;
    }
  transfer->body = reply->body != NULL ? g_bytes_ref (reply->body) : NULL;
  transfer->file = reply->body != NULL ? -1 : reply->file;
  transfer->source = g_idle_source_new ();
  g_source_set_priority (transfer->source, G_PRIORITY_DEFAULT);
  g_source_set_callback (transfer->source, read_on_cb, task, NULL);
  g_source_attach (transfer->source, g_task_get_context (task));
}

/* ---- HPUT and HPOST ---- */

static void
send_step (GTask *task, GBytes *body, int file)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  const OmaDm2Command *command = oma_dm2_run_peek_command (session->run);
  OmaDm2Step *step = oma_dm2_session_make_step (session, OMA_DM2_TRANSFER,
                                                command->type == OMA_DM2_COMMAND_HPUT ? "PUT" : "POST",
                                                command->server_uri, TRUE);

  step->body = body;
  step->file = file;
  step->media_type = session->run->transfer->media->type;
  step->max_size = OMA_DM2_MEDIA_MAX_IN_MEMORY;
  oma_dm2_session_return_step (task, step);
}

static void
written_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Transfer *transfer = peek_run (task)->transfer;
  g_autoptr(GError) error = NULL;
  gboolean written = g_task_propagate_boolean (G_TASK (result), &error);

  if (oma_dm2_run_stop (task))
    return;
  if (!written)
    {
      oma_dm2_run_fail (peek_run (task), error);
      oma_dm2_run_go_on (task);
      return;
    }
  send_step (task, NULL, transfer->spool);
  transfer->spool = -1;
}

/* The data do not change meanwhile. */
static void
write_in_thread (GTask *inner, gpointer source G_GNUC_UNUSED, gpointer data, GCancellable *cancellable G_GNUC_UNUSED)
{
  const OmaDm2Run *run = data;
  GError *error = NULL;

  if (oma_dm2_media_write_fd (run->transfer->media, run->data, run->transfer->spool, &error))
    g_task_return_boolean (inner, TRUE);
  else
    g_task_return_error (inner, error);
}

static void
spool (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Transfer *transfer = session->run->transfer;
  g_autoptr(GError) error = NULL;
  g_autoptr(GTask) inner = NULL;

  if (session->spool_func == NULL)
    {
      answer_and_go_on (task, OMA_STATUS_ENTITY_TOO_LARGE, "There is no place for data that large");
      return;
    }
  transfer->spool = session->spool_func (session->spool_data, &error);
  if (transfer->spool < 0)
    {
      oma_dm2_run_fail (session->run, error);
      oma_dm2_run_go_on (task);
      return;
    }
  inner = g_task_new (NULL, NULL, written_cb, task);
  g_task_set_source_tag (inner, spool);
  g_task_set_task_data (inner, session->run, NULL);
  g_task_run_in_thread (inner, write_in_thread);
}

/* Sends what was read in the form that was chosen. */
static void
send_data (GTask *task)
{
  OmaDm2Run *run = peek_run (task);
  g_autoptr(GError) error = NULL;
  GBytes *body;

  if (oma_dm2_media_measure (run->data) > OMA_DM2_MEDIA_MAX_IN_MEMORY)
    {
      spool (task);
      return;
    }
  body = oma_dm2_media_write (run->transfer->media, run->data, G_MAXSIZE, &error);
  if (body != NULL)
    {
      send_step (task, body, -1);
      return;
    }
  oma_dm2_run_fail (run, error);
  oma_dm2_run_go_on (task);
}

static guint
count_items (const OmaDm2Run *run)
{
  guint n = 0;

  for (guint i = 0; i < run->data->len; i++)
    n += ((const OmaObjectData *) g_ptr_array_index (run->data, i))->nodes != NULL;
  return n;
}

static void
choose_and_send (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;
  guint n = count_items (run);

  if (n == 0)
    {
      answer_and_go_on (task, oma_dm2_run_judge_data (run->data), NULL);
      return;
    }
  run->transfer = transfer_new ();
  run->transfer->media = oma_dm2_media_choose (session->accept, n == 1, NULL);
  if (run->transfer->media != NULL)
    send_data (task);
  else
    answer_and_go_on (task, OMA_STATUS_NOT_SUPPORTED, "The server takes no type of MO data that there is here");
}

/* Internal: HPUT or HPOST: what the command names is sent to the repository. */
gboolean
oma_dm2_transfer_send (GTask *task)
{
  return oma_dm2_run_read (task, choose_and_send);
}

/* Returns: whether the data are sent once more, in a form that the repository says it takes (DM Protocol 2.0,
 * negotiation). */
static gboolean
send_again (GTask *task, const OmaDm2Reply *reply)
{
  OmaDm2Run *run = peek_run (task);
  OmaDm2Transfer *transfer = run->transfer;
  const OmaDm2Media *other;

  if (transfer->media == NULL || transfer->retried || reply->http_status != 415 || reply->accept == NULL)
    return FALSE;
  other = oma_dm2_media_choose (reply->accept, count_items (run) == 1, transfer->media);
  if (other == NULL)
    return FALSE;
  transfer->media = other;
  transfer->retried = TRUE;
  send_data (task);
  return TRUE;
}

/* ---- Answers of repositories ---- */

/* Internal: what came of the request for the command that runs.  Its failure is that of the command alone.  Takes over
 * the reference to @task, as every callback does. */
void
oma_dm2_transfer_take (GTask *task, const OmaDm2Reply *reply)
{
  const OmaDm2Transfer *transfer = peek_run (task)->transfer;

  if (reply->http_status == 0)
    answer_and_go_on (task, reply->failure != OMA_STATUS_NONE ? oma_dm2_status_from_status (reply->failure)
                                                               : OMA_STATUS_BAD_GATEWAY,
                      reply->error != NULL ? reply->error->message : NULL);
  else if (send_again (task, reply))
    return;
  /* Our reading: the repository's own error is passed on. */
  else if (reply->http_status >= 400 && reply->http_status < 600)
    answer_and_go_on (task, (OmaStatus) reply->http_status, "The repository refused");
  else if (reply->http_status < 200 || reply->http_status >= 300)
    answer_and_go_on (task, OMA_STATUS_BAD_GATEWAY, "The repository's answer makes no sense");
  else if (transfer->media != NULL)
    answer_and_go_on (task, OMA_STATUS_OK, NULL);
  else
    take_data (task, reply);
}
