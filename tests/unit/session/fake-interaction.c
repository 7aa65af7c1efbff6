/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-interaction.h"

#include <string.h>

struct _FakeInteraction {
  GObject    parent;
  GQueue     answers;      /* (element-type utf8) */
  GString   *asked;        /* one question a line */
  guint      taken_back;
};

static void fake_interaction_iface_init (OmaInteractionInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeInteraction, fake_interaction, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_INTERACTION, fake_interaction_iface_init))

static void
describe (GString *text, const OmaInteractionRequest *request)
{
  g_string_append_printf (text, "%d %s '%s'", request->type, request->server_id, request->text);
  for (guint i = 0; request->choices != NULL && request->choices[i] != NULL; i++)
    g_string_append_printf (text, " %u:'%s'", i + 1, request->choices[i]);
  if (request->min_time > 0)
    g_string_append_printf (text, " min=%u", request->min_time);
  if (request->max_time > 0)
    g_string_append_printf (text, " max=%u", request->max_time);
  if (request->initial != NULL)
    g_string_append_printf (text, " initial='%s'", request->initial);
  if (request->max_length > 0)
    g_string_append_printf (text, " length=%u", request->max_length);
  if (request->input_type != 'A')
    g_string_append_printf (text, " type=%c", request->input_type);
  if (request->hidden)
    g_string_append (text, " hidden");
  g_string_append_c (text, '\n');
}

static void
taken_back_cb (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  GTask *task = user_data;
  FakeInteraction *self = g_task_get_source_object (task);

  self->taken_back++;
  g_task_return_int (task, OMA_STATUS_OPERATION_CANCELLED);
}

static void
ask_async (OmaInteraction *interaction, const OmaInteractionRequest *request, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  FakeInteraction *self = FAKE_INTERACTION (interaction);
  g_autoptr(GTask) task = g_task_new (interaction, cancellable, callback, user_data);
  g_autofree char *answer = g_queue_pop_head (&self->answers);

  g_task_set_check_cancellable (task, FALSE);
  describe (self->asked, request);
  if (answer != NULL && strcmp (answer, "-") == 0)
    {
      g_cancellable_connect (cancellable, G_CALLBACK (taken_back_cb), g_object_ref (task), g_object_unref);
      return;
    }
  if (answer != NULL && strlen (answer) > 3)
    g_task_set_task_data (task, g_strsplit (answer + 4, "|", -1), (GDestroyNotify) g_strfreev);
  g_task_return_int (task, answer != NULL ? (gssize) g_ascii_strtoull (answer, NULL, 10) : OMA_STATUS_NOT_SUPPORTED);
}

static OmaStatus
ask_finish (OmaInteraction *interaction G_GNUC_UNUSED, GAsyncResult *result, char ***answers)
{
  *answers = g_strdupv (g_task_get_task_data (G_TASK (result)));
  return (OmaStatus) g_task_propagate_int (G_TASK (result), NULL);
}

static void
show_async (OmaInteraction *interaction, const char *server_id, const char *uri, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  const OmaInteractionRequest request = { .server_id = server_id, .text = uri, .input_type = 'A' };

  ask_async (interaction, &request, cancellable, callback, user_data);
}

static OmaStatus
show_finish (OmaInteraction *interaction G_GNUC_UNUSED, GAsyncResult *result)
{
  return (OmaStatus) g_task_propagate_int (G_TASK (result), NULL);
}

static void
fake_interaction_iface_init (OmaInteractionInterface *iface)
{
  iface->show_async = show_async;
  iface->show_finish = show_finish;
  iface->ask_async = ask_async;
  iface->ask_finish = ask_finish;
}

static void
fake_interaction_finalize (GObject *object)
{
  FakeInteraction *self = FAKE_INTERACTION (object);

  g_queue_clear_full (&self->answers, g_free);
  g_string_free (self->asked, TRUE);
  G_OBJECT_CLASS (fake_interaction_parent_class)->finalize (object);
}

static void
fake_interaction_class_init (FakeInteractionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_interaction_finalize;
}

static void
fake_interaction_init (FakeInteraction *self)
{
  g_queue_init (&self->answers);
  self->asked = g_string_new (NULL);
}

FakeInteraction *
fake_interaction_new (void)
{
  return g_object_new (FAKE_TYPE_INTERACTION, NULL);
}

void
fake_interaction_will (FakeInteraction *fake, const char *answer)
{
  g_queue_push_tail (&fake->answers, g_strdup (answer));
}

const char *
fake_interaction_get_asked (FakeInteraction *fake)
{
  return fake->asked->str;
}

guint
fake_interaction_get_taken_back (FakeInteraction *fake)
{
  return fake->taken_back;
}
