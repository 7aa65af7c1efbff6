/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

/* What else an answer may be called and be a package all the same.  Our reading: servers that are built on a framework
 * for JSON send its name. */
#define TYPE_TOLERATED "application/json"

static gboolean
is_package_type (const char *media_type)
{
  return oma_media_type_is (media_type, OMA_DM2_TYPE_REQUEST) || oma_media_type_is (media_type, TYPE_TOLERATED);
}

/* Returns: (transfer full) (nullable): the body, or %NULL with @error */
static GBytes *
read_body (const OmaDm2Reply *reply, GError **error)
{
  g_autoptr(GMappedFile) mapped = NULL;

  if (reply->file < 0)
    return reply->body != NULL ? g_bytes_ref (reply->body) : g_bytes_new_static ("", 0);
  mapped = g_mapped_file_new_from_fd (reply->file, FALSE, error);
  return mapped != NULL ? g_mapped_file_get_bytes (mapped) : NULL;
}

/* The server has heard what the last package said, also if what it answers is nothing that can be read. */
static void
note_heard (OmaDm2Session *session)
{
  oma_dm2_alerts_settle (session);
  session->counters.unanswered = 0;
}

static GError *
new_refusal (const OmaDm2Reply *reply)
{
  g_autofree char *accept = reply->accept != NULL ? g_strescape (reply->accept, NULL) : NULL;

  /* Our reading: an error of the server's own is not for this session to mend either. */
  if (reply->http_status >= 500)
    return g_error_new (OMA_SESSION_ERROR, OMA_SESSION_ERROR_NO_ANSWER, "The server failed with %u",
                        reply->http_status);
  if (reply->http_status == 401 || reply->http_status == 407)
    return g_error_new (OMA_SESSION_ERROR, OMA_SESSION_ERROR_CREDENTIALS, "The server refused our credentials with %u",
                        reply->http_status);
  if (reply->http_status == 406 || reply->http_status == 415)
    return g_error_new (OMA_SESSION_ERROR, OMA_SESSION_ERROR_REFUSED,
                        "The server does not take packages of DM 2.0: %u%s%s", reply->http_status,
                        accept != NULL ? ", it wants " : "", accept != NULL ? accept : "");
  return g_error_new (OMA_SESSION_ERROR, OMA_SESSION_ERROR_REFUSED, "The server refused the package with %u",
                      reply->http_status);
}

static gboolean
has_end (const GPtrArray *commands)
{
  for (guint i = 0; i < commands->len; i++)
    {
      const OmaDm2Command *command = g_ptr_array_index (commands, i);

      if (command->type == OMA_DM2_COMMAND_END && command->status == OMA_STATUS_NONE)
        return TRUE;
    }
  return FALSE;
}

/* The last package of a session need not be answered; any other that cannot be is not begun. */
static void
take_commands (GTask *task, GPtrArray *commands)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GPtrArray) owned = commands;
  gboolean ends = has_end (commands);

  if (commands->len == 0)
    {
      g_info ("The server ends the session with a package without commands");
      oma_dm2_session_end (task, NULL);
      return;
    }
  if (!ends && (session->n_packages >= session->max_packages || oma_dm2_session_is_late (session)))
    {
      oma_dm2_session_end_with (task, OMA_SESSION_ERROR_LIMIT, "The server goes on for ever");
      return;
    }
  session->run = oma_dm2_run_new (g_steal_pointer (&owned), session->counters.unanswered);
  session->run->ends = ends;
  oma_dm2_run_go_on (task);
}

static void
take_body (GTask *task, GBytes *body)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (body, &size);
  g_autoptr(GError) error = NULL;
  GPtrArray *commands;

  if (size == 0)
    {
      g_info ("The server ends the session with an empty answer");
      oma_dm2_session_end (task, NULL);
      return;
    }
  commands = oma_dm2_commands_read (data, size, &error);
  if (commands != NULL)
    take_commands (task, commands);
  else
    oma_dm2_session_end (task, g_error_new (OMA_SESSION_ERROR, OMA_SESSION_ERROR_MESSAGE,
                                            "The server's package is not usable: %s", error->message));
}

typedef struct {
  GTask  *task;
  GBytes *body;
} Answer;

static void
confirmed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autofree Answer *answer = user_data;
  g_autoptr(GBytes) body = answer->body;

  /* What could not be confirmed was logged and is undone; an alert tells the server. */
  oma_provisional_confirm_finish (result, NULL);
  if (!oma_dm2_session_end_if_stopped (answer->task))
    take_body (answer->task, body);
}

static void
take_answer (GTask *task, const OmaDm2Reply *reply)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GBytes) body = NULL;
  GError *error = NULL;

  session->counters.messages_received++;
  body = read_body (reply, &error);
  if (body == NULL)
    {
      oma_dm2_session_end (task, error);
      return;
    }
  if (g_bytes_get_size (body) > 0 && !is_package_type (reply->media_type))
    {
      oma_dm2_session_end_with (task, OMA_SESSION_ERROR_MESSAGE, "The server's answer is no package of DM 2.0");
      return;
    }
  note_heard (session);
  if (reply->accept != NULL)
    {
      g_free (session->accept);
      session->accept = g_strdup (reply->accept);
    }
  if (!oma_provisional_is_empty (session->provisional))
    {
      const Answer answer = { task, g_steal_pointer (&body) };

      oma_provisional_confirm_async (session->provisional, confirmed_cb, g_memdup2 (&answer, sizeof answer));
      return;
    }
  take_body (task, body);
}

static GError *
new_silence (const OmaDm2Reply *reply)
{
  return reply->error != NULL ? g_error_copy (reply->error)
                              : g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_NO_ANSWER,
                                                     "The server did not answer");
}

/* Internal: what the server answers to a package: takes its own and runs the commands.  Takes over the reference to
 * @task. */
void
oma_dm2_packages_take (GTask *task, const OmaDm2Reply *reply)
{
  if (reply->error != NULL || reply->http_status == 0)
    oma_dm2_session_end (task, new_silence (reply));
  else if (reply->http_status < 200 || reply->http_status >= 300)
    oma_dm2_session_end (task, new_refusal (reply));
  else
    take_answer (task, reply);
}

/* ---- The end ---- */

static void
ended_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  oma_provisional_confirm_finish (result, NULL);
  oma_dm2_session_end (user_data, NULL);
}

/* Internal: whether the server can be reached after END.  Our reading: it hears nothing after that, so that its being
 * reached is all there is to confirm what may have cut the machine off from it; whatever it answers will do.  Takes
 * over the reference to @task. */
void
oma_dm2_packages_take_probe (GTask *task, const OmaDm2Reply *reply)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (reply->http_status != 0)
    oma_provisional_confirm_async (session->provisional, ended_cb, task);
  else
    oma_dm2_session_end (task, new_silence (reply));
}
