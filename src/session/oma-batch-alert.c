/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-batch-alert.h"

#include "base/oma-source.h"
#include "session/oma-interaction-options.h"

#include <string.h>

/* Our reading: a question for which the server states no MAXDT is not waited for without end,
 * since the session would hang on somebody who is not there. */
#define DEFAULT_MAX_TIME (10 * 60)   /* seconds */

/* Our reading: the rest of a Sequence depends on the answer, so a question that nobody answered
 * in time stops it as a refusal does; other commands of the message go on. */
#define TIME_OUT_STOPS_SEQUENCE TRUE

/* What no screen can show: 416. */
#define MAX_TEXT 8192                /* octets of a text */
#define MAX_CHOICES 256

#define FIRST_CHOICE 2               /* Items: options, text, choices */

/* One question under way.  The task's and the agent's part in it end apart from each other:
 * time may be over while the agent still has not said a word. */
typedef struct {
  GTask                *task;          /* NULL once it returned */
  OmaInteractionType    type;
  guint                 n_choices;
  OmaInteractionOptions options;
  GCancellable         *cancellable;   /* of the agent */
  GSource              *timer;
  GSource              *cancel_source;
  int                   ref_count;
} Ask;

typedef struct {
  OmaStatus status;
  char    **answers;
} Verdict;

static void
verdict_free (gpointer data)
{
  Verdict *verdict = data;

  g_strfreev (verdict->answers);
  g_free (verdict);
}

static gboolean
get_code (const OmaCommand *alert, guint64 *code)
{
  return alert->data != NULL && g_ascii_string_to_unsigned (alert->data, 10, 0, G_MAXUINT32, code, NULL);
}

/**
 * oma_alert_has_code:
 * @command: any command
 * @code: code of an Alert
 *
 * Returns: whether @command is such an Alert
 */
gboolean
oma_alert_has_code (const OmaCommand *command, guint code)
{
  guint64 stated;

  return command->type == OMA_COMMAND_ALERT && get_code (command, &stated) && stated == code;
}

static gboolean
is_interaction (guint64 code)
{
  return code >= OMA_INTERACTION_DISPLAY && code <= OMA_INTERACTION_MULTIPLE_CHOICE;
}

static gboolean
is_choice (guint64 code)
{
  return code == OMA_INTERACTION_CHOICE || code == OMA_INTERACTION_MULTIPLE_CHOICE;
}

/**
 * oma_alert_check_question:
 * @alert: a user interaction alert
 *
 * Looks at the Items: options, which may be empty, a text, and choices.  What is missing is only
 * told where there is somebody to ask, since a device without user interface answers 406 to all.
 *
 * Returns: %OMA_STATUS_NONE when it can be asked; %OMA_STATUS_INCOMPLETE_COMMAND when an Item is
 *   missing; %OMA_STATUS_SIZE_TOO_BIG when it is more than can be shown
 */
OmaStatus
oma_alert_check_question (const OmaCommand *alert)
{
  guint64 code = 0;

  get_code (alert, &code);
  if (alert->n_items < (is_choice (code) ? FIRST_CHOICE + 1 : FIRST_CHOICE))
    return OMA_STATUS_INCOMPLETE_COMMAND;
  if (alert->n_items > FIRST_CHOICE + MAX_CHOICES)
    return OMA_STATUS_SIZE_TOO_BIG;
  for (guint i = 1; i < alert->n_items; i++)
    {
      const OmaItem *item = &alert->items[i];

      if (item->data == NULL)
        return OMA_STATUS_INCOMPLETE_COMMAND;
      if (item->data_length > MAX_TEXT || !g_utf8_validate_len (item->data, item->data_length, NULL))
        return OMA_STATUS_SIZE_TOO_BIG;
    }
  return OMA_STATUS_NONE;
}

/**
 * oma_alert_check:
 * @alert: an Alert of the server
 *
 * Alerts that a server may send (DM Representation Protocol 1.2, section 7): questions for the
 * person at the device, Next Message, Session Abort and No End of Data.  Those that only a
 * client sends are 405, all others 406.
 *
 * Returns: its Status; %OMA_STATUS_NONE when somebody has to be asked
 */
OmaStatus
oma_alert_check (const OmaCommand *alert)
{
  guint64 code;

  if (alert->data == NULL || *alert->data == '\0')
    return OMA_STATUS_INCOMPLETE_COMMAND;
  if (!get_code (alert, &code))
    return OMA_STATUS_NOT_SUPPORTED;
  if (is_interaction (code))
    return OMA_STATUS_NONE;
  switch (code)
    {
    case 1222:
    case 1223:
    case 1225:
      return OMA_STATUS_OK;
    case 1200:
    case 1201:
    case 1224:
    case 1226:
      return OMA_STATUS_NOT_ALLOWED;
    default:
      return OMA_STATUS_NOT_SUPPORTED;
    }
}

/**
 * oma_alert_asks:
 * @alert: an Alert of the server
 *
 * Returns: whether it is one of the user interaction alerts
 */
gboolean
oma_alert_asks (const OmaCommand *alert)
{
  guint64 code;

  return get_code (alert, &code) && is_interaction (code);
}

/**
 * oma_alert_stops_sequence:
 * @status: of a user interaction alert that was asked
 *
 * Returns: whether the rest of the Sequence that holds it is not executed
 */
gboolean
oma_alert_stops_sequence (OmaStatus status)
{
  return status == OMA_STATUS_NOT_MODIFIED || status == OMA_STATUS_OPERATION_CANCELLED ||
         (TIME_OUT_STOPS_SEQUENCE && status == OMA_STATUS_REQUEST_TIMEOUT);
}

/* ---- Asking ---- */

static Ask *
ask_ref (Ask *ask)
{
  ask->ref_count++;
  return ask;
}

static void
ask_unref (Ask *ask)
{
  if (--ask->ref_count > 0)
    return;
  oma_clear_source (&ask->timer);
  oma_clear_source (&ask->cancel_source);
  oma_interaction_options_clear (&ask->options);
  g_object_unref (ask->cancellable);
  g_free (ask);
}

/* Takes @answers. */
static void
ask_return (Ask *ask, OmaStatus status, char **answers)
{
  g_autoptr(GTask) task = g_steal_pointer (&ask->task);
  Verdict *verdict = g_new (Verdict, 1);

  *verdict = (Verdict) { status, answers };
  oma_clear_source (&ask->timer);
  oma_clear_source (&ask->cancel_source);
  g_task_return_pointer (task, verdict, verdict_free);
}

static gboolean
time_is_over (gpointer user_data)
{
  Ask *ask = ask_ref (user_data);

  ask_return (ask, OMA_STATUS_REQUEST_TIMEOUT, NULL);
  g_cancellable_cancel (ask->cancellable);
  ask_unref (ask);
  return G_SOURCE_REMOVE;
}

static gboolean
was_cancelled (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  Ask *ask = ask_ref (user_data);

  ask_return (ask, OMA_STATUS_OPERATION_CANCELLED, NULL);
  g_cancellable_cancel (ask->cancellable);
  ask_unref (ask);
  return G_SOURCE_REMOVE;
}

static gboolean
are_choices (const Ask *ask, char **answers)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint n = g_strv_length (answers), number;

  if (ask->type == OMA_INTERACTION_CHOICE && n != 1)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!oma_interaction_check_number (answers[i], ask->n_choices, &number) ||
        !g_hash_table_add (seen, GUINT_TO_POINTER (number)))
      return FALSE;
  return TRUE;
}

/* What goes to the server is what it asked for, whatever an agent says. */
static gboolean
answers_are_valid (const Ask *ask, char **answers)
{
  static char *none[] = { NULL };

  answers = answers != NULL ? answers : none;
  switch (ask->type)
    {
    case OMA_INTERACTION_INPUT:
      return g_strv_length (answers) == 1 &&
             oma_interaction_check_input (ask->options.input_type, ask->options.max_length, answers[0]);
    case OMA_INTERACTION_CHOICE:
    case OMA_INTERACTION_MULTIPLE_CHOICE:
      return are_choices (ask, answers);
    case OMA_INTERACTION_DISPLAY:
    case OMA_INTERACTION_CONFIRM:
    default:
      return g_strv_length (answers) == 0;
    }
}

static OmaStatus
judge (const Ask *ask, OmaStatus status, char **answers)
{
  switch (status)
    {
    case OMA_STATUS_OK:
      if (answers_are_valid (ask, answers))
        return status;
      g_warning ("An agent answered a question of a server with what the question does not permit");
      return OMA_STATUS_COMMAND_FAILED;
    case OMA_STATUS_OPERATION_CANCELLED:
    case OMA_STATUS_NOT_SUPPORTED:
    case OMA_STATUS_REQUEST_TIMEOUT:
    case OMA_STATUS_SIZE_TOO_BIG:
      return status;
    case OMA_STATUS_NOT_MODIFIED:
      return ask->type == OMA_INTERACTION_CONFIRM ? status : OMA_STATUS_COMMAND_FAILED;
    default:
      return OMA_STATUS_COMMAND_FAILED;
    }
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ask *ask = user_data;
  g_auto(GStrv) answers = NULL;
  OmaStatus status = oma_interaction_ask_finish (OMA_INTERACTION (source), result, &answers);

  if (ask->task != NULL)
    {
      status = judge (ask, status, answers);
      ask_return (ask, status, status == OMA_STATUS_OK ? g_steal_pointer (&answers) : NULL);
    }
  ask_unref (ask);
}

static void
watch (Ask *ask)
{
  GCancellable *cancellable = g_task_get_cancellable (ask->task);
  guint seconds = ask->options.max_time > 0 ? ask->options.max_time : DEFAULT_MAX_TIME;

  ask->timer = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (ask->timer, time_is_over, ask, NULL);
  g_source_attach (ask->timer, g_task_get_context (ask->task));
  if (cancellable == NULL)
    return;
  ask->cancel_source = g_cancellable_source_new (cancellable);
  g_source_set_callback (ask->cancel_source, G_SOURCE_FUNC (was_cancelled), ask, NULL);
  g_source_attach (ask->cancel_source, g_task_get_context (ask->task));
}

static char **
dup_texts (const OmaCommand *alert)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 1; i < alert->n_items; i++)
    {
      g_autofree char *text = g_strndup (alert->items[i].data, alert->items[i].data_length);

      g_strv_builder_add (builder, text);
    }
  return g_strv_builder_end (builder);
}

/**
 * oma_alert_ask_async:
 * @interaction: who asks
 * @server_id: which server wants to know
 * @alert: a user interaction alert that oma_alert_check_question() let pass; only needed during the call
 * @cancellable: (nullable): takes the question back
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Asks what a user interaction alert wants to know (DM Protocol 1.2, section 10).  The time
 * that its options allow is kept here, whether the agent does or not.
 */
void
oma_alert_ask_async (OmaInteraction *interaction, const char *server_id, const OmaCommand *alert,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Ask *ask = g_new0 (Ask, 1);
  g_auto(GStrv) texts = dup_texts (alert);
  OmaInteractionRequest request = { .server_id = server_id, .text = texts[0] };
  guint64 code = 0;

  get_code (alert, &code);
  ask->ref_count = 1;
  ask->type = (OmaInteractionType) code;
  ask->n_choices = is_choice (code) ? alert->n_items - FIRST_CHOICE : 0;
  ask->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (ask->task, oma_alert_ask_async);
  g_task_set_check_cancellable (ask->task, FALSE);
  ask->cancellable = g_cancellable_new ();
  oma_interaction_options_parse (&ask->options, ask->type, ask->n_choices, alert->items[0].data,
                                 alert->items[0].data_length);
  watch (ask);
  request.type = ask->type;
  request.choices = is_choice (code) ? (const char *const *) texts + 1 : NULL;
  request.min_time = ask->options.min_time;
  request.max_time = ask->options.max_time;
  request.initial = ask->options.initial;
  request.max_length = ask->options.max_length;
  request.input_type = ask->options.input_type;
  request.hidden = ask->options.hidden;
  oma_interaction_ask_async (interaction, &request, ask->cancellable, answered_cb, ask);
}

/**
 * oma_alert_ask_finish:
 * @result: what the callback got
 * @answers: (out) (transfer full) (nullable) (array zero-terminated=1): what goes into the
 *   Items of the Status: the text of an input, the numbers of choices
 *
 * Returns: the Status: 200; 304, the user says no; 214, the user, or who stopped the session,
 *   takes everything back; 406, there is nobody to ask; 408, no answer in time; 416, it cannot
 *   be shown; 500, the agent's answer is none
 */
OmaStatus
oma_alert_ask_finish (GAsyncResult *result, char ***answers)
{
  Verdict *verdict = g_task_propagate_pointer (G_TASK (result), NULL);
  OmaStatus status = verdict->status;

  *answers = g_steal_pointer (&verdict->answers);
  verdict_free (verdict);
  return status;
}
