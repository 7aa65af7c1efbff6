/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin with transactions, which can undo them also when they are forgotten (not with NO_UNDO). */
#include <omadm/omadm.h>

#include <string.h>

#ifndef NO_UNDO
#define UNDO undo
#else
#define UNDO NULL
#endif

typedef struct {
  char    *text;
  gboolean confirmed;
} State;

static void
get (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  const State *state = self;
  g_autofree char *text = g_strconcat (state->text, state->confirmed ? " for good" : "", NULL);

  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

static void
replace (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, OmaValue *value,
         OmaPluginTransaction *transaction, GTask *task)
{
  oma_plugin_transaction_set_data (transaction, g_strdup (oma_value_get_text (value)), g_free);
  g_task_return_boolean (task, TRUE);
}

static void
validate (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  const State *state = self;
  g_autoptr(GBytes) first = g_bytes_new_static ("replaced", 8);
  g_autoptr(GBytes) data = g_bytes_new (state->text, strlen (state->text));

  oma_plugin_transaction_set_undo_data (transaction, first);
  oma_plugin_transaction_set_undo_data (transaction, data);
  g_task_return_boolean (task, TRUE);
}

static void
commit (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  State *state = self;

  g_free (state->text);
  state->text = g_strdup (oma_plugin_transaction_get_data (transaction));
  g_task_return_boolean (task, TRUE);
}

static void
confirm (gpointer self, OmaPluginTransaction *transaction, GTask *task)
{
  State *state = self;

  state->confirmed = g_strcmp0 (oma_plugin_transaction_get_data (transaction), state->text) == 0;
  g_task_return_boolean (task, TRUE);
}

#ifndef NO_UNDO
typedef struct {
  State  *state;
  GBytes *data;
  GTask  *task;
} Undo;

static gboolean
undo_later (gpointer user_data)
{
  g_autofree Undo *undo = user_data;
  g_autoptr(GTask) task = undo->task;
  gsize size;
  const char *text = g_bytes_get_data (undo->data, &size);

  g_free (undo->state->text);
  undo->state->text = g_strndup (text, size);
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

/* @data live as long as @task does. */
static void
undo (gpointer self, GBytes *data, GTask *task)
{
  Undo *later = g_new0 (Undo, 1);

  later->state = self;
  later->data = data;
  later->task = g_object_ref (task);
  g_idle_add (undo_later, later);
}
#endif

static gboolean
init (OmaPluginHost *host G_GNUC_UNUSED, gpointer *self, GError **error G_GNUC_UNUSED)
{
  State *state = g_new0 (State, 1);

  state->text = g_strdup ("at first");
  *self = state;
  return TRUE;
}

static void
stop (gpointer self)
{
  State *state = self;

  g_free (state->text);
  g_free (state);
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "**", .flags = OMA_HANDLER_PROVISIONAL },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Fixed", .get = get, .replace = replace },
  { .struct_size = sizeof (OmaNodeHandler), .node = "*/**",
    .flags = OMA_HANDLER_IRREVERSIBLE | OMA_HANDLER_PROVISIONAL },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = MODULE,
  .version = "1.0",
  .ddf = "good.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = init,
  .shutdown = stop,
  .validate = validate,
#ifndef NO_COMMIT
  .commit = commit,
#endif
  .undo = UNDO,
  .confirm = confirm,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}
