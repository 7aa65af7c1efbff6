/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-transaction.h"

#include <string.h>

#define TRANSACTION_INTERFACE PK_BUS_NAME ".Transaction"
#define MAX_TRIES 48               /* for the lock: half an hour, with the 10 s that PackageKit waits each time */
#define MAX_PAUSE 30               /* seconds, after 1, 2, 4 ... */
#define EXIT_SUCCESS_CODE 1
#define EXIT_CANCELLED 3
#define EXIT_NEED_UNTRUSTED 8

typedef struct {
  OmaPluginHost *host;
  char          *method;
  GVariant      *parameters;
  PkProgressFunc progress;
  gpointer       progress_data;

  char          *path;             /* of the object, once there is one */
  guint          signals;          /* what it says */
  guint          owner;            /* whether PackageKit lives */
  gulong         cancelled;
  GCancellable  *calls;            /* ends what waits for an answer */
  guint          pause;
  guint          tries;
  PkResult      *result;
  GError        *error;            /* what ErrorCode said */
  gboolean       finished;
} Transaction;

static guint n_calls;              /* methods called, for the measurements */
static GQueue running = G_QUEUE_INIT;    /* GTask */

static void begin (GTask *task);

static void
repository_free (PkRepository *repository)
{
  g_free (repository->id);
  g_free (repository->description);
  g_free (repository);
}

static PkResult *
result_new (void)
{
  PkResult *result = g_new0 (PkResult, 1);

  result->packages = g_ptr_array_new_with_free_func ((GDestroyNotify) pk_package_free);
  result->details = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  result->repositories = g_ptr_array_new_with_free_func ((GDestroyNotify) repository_free);
  return result;
}

/**
 * pk_result_free:
 * @result: (transfer full): what a transaction said
 */
void
pk_result_free (PkResult *result)
{
  g_ptr_array_unref (result->packages);
  g_ptr_array_unref (result->details);
  g_ptr_array_unref (result->repositories);
  g_free (result);
}

static void
transaction_free (Transaction *self)
{
  oma_plugin_host_unsubscribe (self->host, self->signals);
  oma_plugin_host_unsubscribe (self->host, self->owner);
  g_clear_handle_id (&self->pause, g_source_remove);
  g_clear_pointer (&self->result, pk_result_free);
  g_clear_pointer (&self->parameters, g_variant_unref);
  g_clear_error (&self->error);
  g_object_unref (self->calls);
  g_free (self->path);
  g_free (self->method);
  g_object_unref (self->host);
  g_free (self);
}

/* ---- The end ---- */

static void
drop_subscriptions (Transaction *self)
{
  oma_plugin_host_unsubscribe (self->host, self->signals);
  oma_plugin_host_unsubscribe (self->host, self->owner);
  self->signals = self->owner = 0;
}

static gboolean
try_again (gpointer user_data)
{
  GTask *task = user_data;
  Transaction *self = g_task_get_task_data (task);

  self->pause = 0;
  begin (task);
  return G_SOURCE_REMOVE;
}

/* apt, dpkg or unattended-upgrades is at work: that passes. */
static gboolean
wait_for_lock (GTask *task)
{
  Transaction *self = g_task_get_task_data (task);

  if (!pk_error_is_lock (self->error) || self->tries >= MAX_TRIES ||
      g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return FALSE;
  g_info ("%s of PackageKit waits for the lock: %s", self->method, self->error->message);
  drop_subscriptions (self);
  g_clear_error (&self->error);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->result, pk_result_free);
  self->result = result_new ();
  self->pause = g_timeout_add_seconds (MIN (1u << MIN (self->tries, 8), MAX_PAUSE), try_again, task);
  self->tries++;
  return TRUE;
}

/* Ends @task, and the reference that the transaction held of it. */
static void
end (GTask *task, GError *error)
{
  Transaction *self = g_task_get_task_data (task);

  if (self->finished)
    {
      g_clear_error (&error);
      return;
    }
  if (error != NULL)
    {
      g_clear_error (&self->error);
      self->error = error;
    }
  if (self->error != NULL && wait_for_lock (task))
    return;
  self->finished = TRUE;
  g_queue_remove (&running, task);
  drop_subscriptions (self);
  if (self->cancelled != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), self->cancelled);
  self->cancelled = 0;
  g_clear_handle_id (&self->pause, g_source_remove);
  g_cancellable_cancel (self->calls);
  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&self->result), (GDestroyNotify) pk_result_free);
  g_object_unref (task);
}

static void
end_with (GTask *task, PkError code, const char *message)
{
  end (task, g_error_new_literal (PK_ERROR, code, message));
}

static void
finish (GTask *task, guint exit_code)
{
  Transaction *self = g_task_get_task_data (task);

  if (exit_code == EXIT_SUCCESS_CODE && self->error == NULL)
    end (task, NULL);
  else if (self->error != NULL)
    end (task, g_steal_pointer (&self->error));
  else if (exit_code == EXIT_CANCELLED)
    end_with (task, PK_ERROR_CANCELLED, "PackageKit cancelled it");
  else if (exit_code == EXIT_NEED_UNTRUSTED)
    end_with (task, PK_ERROR_REPO_UNSIGNED, "Its repository is not signed by a key that this machine trusts");
  else
    end_with (task, PK_ERROR_INTERNAL, "PackageKit failed without a reason");
}

/* ---- Signals ---- */

static void
take_package (Transaction *self, guint info, const char *id, const char *summary)
{
  PkPackage *package = pk_package_new (info, id, summary);

  if (package != NULL)
    g_ptr_array_add (self->result->packages, package);
}

static void
take_packages (Transaction *self, GVariant *parameters)
{
  g_autoptr(GVariantIter) iter = NULL;
  const char *id, *summary;
  guint info;

  g_variant_get (parameters, "(a(uss))", &iter);
  while (g_variant_iter_next (iter, "(u&s&s)", &info, &id, &summary))
    take_package (self, info, id, summary);
}

static void
take_properties (Transaction *self, GVariant *parameters)
{
  g_autoptr(GVariant) changed = g_variant_get_child_value (parameters, 1);
  guint percentage;

  if (self->progress != NULL && g_variant_lookup (changed, "Percentage", "u", &percentage))
    self->progress (percentage, self->progress_data);
}

static void
take_error (Transaction *self, GVariant *parameters)
{
  const char *text;
  guint code;

  g_variant_get (parameters, "(u&s)", &code, &text);
  g_clear_error (&self->error);
  /* dpkg was killed in its work: no lock that passes, but something to repair. */
  if (code == PK_ERROR_CANNOT_GET_LOCK && strstr (text, "dpkg --configure -a") != NULL)
    code = PK_ERROR_UNFINISHED_TRANSACTION;
  self->error = g_error_new_literal (PK_ERROR, (int) code, text);
  g_strstrip (self->error->message);
}

static void
take_repository (Transaction *self, GVariant *parameters)
{
  PkRepository *repository = g_new0 (PkRepository, 1);

  g_variant_get (parameters, "(ssb)", &repository->id, &repository->description, &repository->enabled);
  g_ptr_array_add (self->result->repositories, repository);
}

static void
take_restart (Transaction *self, GVariant *parameters)
{
  guint type;

  g_variant_get (parameters, "(u&s)", &type, NULL);
  self->result->wants_restart |= type == 4 || type == 6;
}

static void
signal_cb (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
           const char *interface_name G_GNUC_UNUSED, const char *signal_name, GVariant *parameters, gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);
  Transaction *self = g_task_get_task_data (task);
  const char *type = g_variant_get_type_string (parameters);

#define IS(name, text) (strcmp (signal_name, name) == 0 && strcmp (type, text) == 0)
  if (IS ("Package", "(uss)"))
    {
      const char *id, *summary;
      guint info;

      g_variant_get (parameters, "(u&s&s)", &info, &id, &summary);
      take_package (self, info, id, summary);
    }
  else if (IS ("Packages", "(a(uss))"))
    take_packages (self, parameters);
  else if (IS ("Details", "(a{sv})"))
    g_ptr_array_add (self->result->details, g_variant_get_child_value (parameters, 0));
  else if (IS ("ErrorCode", "(us)"))
    take_error (self, parameters);
  else if (IS ("RepoDetail", "(ssb)"))
    take_repository (self, parameters);
  else if (IS ("RequireRestart", "(us)"))
    take_restart (self, parameters);
  else if (IS ("PropertiesChanged", "(sa{sv}as)"))
    take_properties (self, parameters);
  else if (IS ("Finished", "(uu)"))
    {
      guint exit_code;

      g_variant_get (parameters, "(uu)", &exit_code, NULL);
      finish (task, exit_code);
    }
  else if (IS ("Destroy", "()"))
    end_with (task, PK_ERROR_DIED, "PackageKit dropped the transaction");
#undef IS
}

/* The transaction goes with the daemon. */
static void
owner_cb (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
          const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED, GVariant *parameters,
          gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);
  Transaction *self = g_task_get_task_data (task);
  const char *old;

  g_variant_get (parameters, "(&s&s&s)", NULL, &old, NULL);
  if (self->path != NULL && *old != '\0')
    end_with (task, PK_ERROR_DIED, "PackageKit went away in the middle");
}

/* ---- Calls ---- */

typedef void (*Called) (GTask *task, GVariant *answer);

typedef struct {
  GTask *task;
  Called then;     /* (nullable) */
} PkCall;

/* Who has not the right is told by the name of the error. */
static PkError
tell_failure (const char *remote)
{
  static const char *const refusals[] = { "RefusedByPolicy", "AccessDenied", "NotAuthorized", "PermissionDenied" };

  for (gsize i = 0; remote != NULL && i < G_N_ELEMENTS (refusals); i++)
    if (g_str_has_suffix (remote, refusals[i]))
      return PK_ERROR_NOT_AUTHORIZED;
  if (remote != NULL && g_str_has_suffix (remote, "PackageIdInvalid"))
    return PK_ERROR_ID_INVALID;
  return PK_ERROR_UNAVAILABLE;
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PkCall *call = user_data;
  g_autoptr(GTask) task = call->task;
  Called then = call->then;
  Transaction *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);

  g_free (call);
  if (self->finished)
    return;
  if (answer == NULL && then == NULL)
    g_info ("PackageKit: %s", error->message);
  else if (answer == NULL)
    end_with (task, tell_failure (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (source), result)), error->message);
  else if (then != NULL)
    then (task, answer);
}

static void
call (GTask *task, const char *path, const char *interface, const char *method, GVariant *parameters, Called then)
{
  Transaction *self = g_task_get_task_data (task);
  PkCall *made = g_new0 (PkCall, 1);

  made->task = g_object_ref (task);
  made->then = then;
  n_calls++;
  oma_plugin_host_call_async (self->host, PK_BUS_NAME, path, interface, method, parameters, NULL, self->calls,
                              called_cb, made);
}

static void
started (GTask *task G_GNUC_UNUSED, GVariant *answer G_GNUC_UNUSED)
{
  /* The signals tell the rest. */
}

static void
hints_set (GTask *task, GVariant *answer G_GNUC_UNUSED)
{
  Transaction *self = g_task_get_task_data (task);

  call (task, self->path, TRANSACTION_INTERFACE, self->method, self->parameters, started);
}

static void
created (GTask *task, GVariant *answer)
{
  static const char *const hints[] = { "locale=C.UTF-8", "interactive=false", "background=true",
                                       "supports-plural-signals=true", NULL };
  Transaction *self = g_task_get_task_data (task);

  if (!g_variant_is_of_type (answer, G_VARIANT_TYPE ("(o)")))
    {
      end_with (task, PK_ERROR_INTERNAL, "PackageKit gave no transaction");
      return;
    }
  g_free (self->path);
  g_variant_get (answer, "(o)", &self->path);
  /* Before the method is called: a quick one has finished before it has answered. */
  self->signals = oma_plugin_host_subscribe (self->host, PK_BUS_NAME, self->path, NULL, NULL, NULL, signal_cb, task);
  call (task, self->path, TRANSACTION_INTERFACE, "SetHints", g_variant_new ("(^as)", hints), hints_set);
}

static void
begin (GTask *task)
{
  Transaction *self = g_task_get_task_data (task);

  self->owner = oma_plugin_host_subscribe (self->host, "org.freedesktop.DBus", NULL, "org.freedesktop.DBus",
                                           "NameOwnerChanged", PK_BUS_NAME, owner_cb, task);
  call (task, PK_OBJECT_PATH, PK_BUS_NAME, "CreateTransaction", NULL, created);
}

static gboolean
cancel_in_idle (gpointer user_data)
{
  GTask *task = user_data;
  Transaction *self = g_task_get_task_data (task);

  if (self->finished)
    return G_SOURCE_REMOVE;
  if (self->path == NULL || self->pause != 0)
    end_with (task, PK_ERROR_CANCELLED, "It was cancelled");
  else
    call (task, self->path, TRANSACTION_INTERFACE, "Cancel", NULL, NULL);
  return G_SOURCE_REMOVE;
}

/* What PackageKit can no longer stop goes on: its end is waited for. */
static void
cancelled_cb (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, cancel_in_idle, g_object_ref (user_data), g_object_unref);
}

/**
 * pk_transaction_run_async:
 * @host: the plugin's host
 * @method: a method of org.freedesktop.PackageKit.Transaction
 * @parameters: what it gets; taken if floating
 * @progress: (nullable): told how far it is
 * @progress_data: for @progress, until @callback came
 * @cancellable: (nullable): asks PackageKit to cancel
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Runs a transaction to its end.  While somebody else holds the lock of the package system it is tried again.
 */
void
pk_transaction_run_async (OmaPluginHost *host, const char *method, GVariant *parameters, PkProgressFunc progress,
                          gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (host, cancellable, callback, user_data);
  Transaction *self = g_new0 (Transaction, 1);

  self->host = g_object_ref (host);
  self->method = g_strdup (method);
  self->parameters = g_variant_ref_sink (parameters);
  self->progress = progress;
  self->progress_data = progress_data;
  self->calls = g_cancellable_new ();
  self->result = result_new ();
  g_task_set_source_tag (task, pk_transaction_run_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, (GDestroyNotify) transaction_free);
  g_queue_push_tail (&running, task);
  if (cancellable != NULL)
    self->cancelled = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), task, NULL);
  begin (task);
}

/**
 * pk_transaction_run_finish:
 * @host: the plugin's host
 * @result: what the callback got
 * @error: return location for a %PK_ERROR
 *
 * Returns: (transfer full): what the transaction said, or %NULL when it failed
 */
PkResult *
pk_transaction_run_finish (OmaPluginHost *host, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * pk_transaction_abandon_all:
 *
 * Ends the wait for each transaction with %PK_ERROR_ABANDONED.  PackageKit goes on with them.
 */
void
pk_transaction_abandon_all (void)
{
  GTask *task;

  while ((task = g_queue_peek_head (&running)) != NULL)
    end_with (task, PK_ERROR_ABANDONED, "omadmd ends");
}

/**
 * pk_transaction_count_calls:
 *
 * Returns: how many methods were called since the start
 */
guint
pk_transaction_count_calls (void)
{
  return n_calls;
}
