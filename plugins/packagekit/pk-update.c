/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-private.h"
#include "pk-schedule.h"

#include <glib/gstdio.h>
#include <string.h>

/* ./Vendor/Omadm/Update: which updates there are, the policy by which they are installed, and the repositories they
 * come from. */

#define POLICY "policy"
#define UPDATE "update"
#define REPOSITORIES_URI PK_UPDATE_URI "/Repositories"
#define MAX_WAIT 3600              /* seconds: the clock may be set meanwhile, and the machine may sleep */
#define DEFAULT_SCHEDULE "03:00"

/* ---- Leaves that are kept ---- */

static void
get_policy_bool (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_return_bool (task, pk_store_get_bool (((Pk *) self)->state, POLICY, oma_node_ref_get_name (node)));
}

static char *
dup_schedule (Pk *self)
{
  char *schedule = pk_store_get (self->state, POLICY, "Schedule");

  if (*schedule != '\0')
    return schedule;
  g_free (schedule);
  return g_strdup (DEFAULT_SCHEDULE);
}

static void
get_schedule (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_autofree char *schedule = dup_schedule (self);

  pk_return_text (task, schedule);
}

static void plan (Pk *self);

/**
 * pk_update_policy_changed:
 * @self: the plugin
 *
 * What is to be done by itself may have changed: the next time is counted from now on.
 */
void
pk_update_policy_changed (Pk *self)
{
  pk_store_set (self->state, UPDATE, "Next", NULL);
  plan (self);
}

static void
replace_policy (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  PkChange *change = pk_change_get (self, transaction);
  const char *text = oma_value_get_text (value);

  /* Both ways to write it (XML Schema, boolean). */
  if (oma_value_get_format (value) == OMA_FORMAT_BOOL)
    text = strcmp (text, "true") == 0 || strcmp (text, "1") == 0 ? "true" : "false";
  pk_change_set (change, ((Pk *) self)->state, POLICY, oma_node_ref_get_name (node), text);
  pk_change_after (change, pk_update_policy_changed);
  g_task_return_boolean (task, TRUE);
}

static void
get_time (gpointer self, const OmaNodeRef *node, GTask *task)
{
  gint64 time = pk_store_get_int (((Pk *) self)->state, UPDATE, oma_node_ref_get_name (node));
  g_autofree char *text = pk_format_time (time);

  pk_return_text (task, text);
}

static void
get_number (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_return_int (task, (gint32) pk_store_get_int (((Pk *) self)->state, UPDATE, oma_node_ref_get_name (node)));
}

static void
get_text (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *text = pk_store_get (((Pk *) self)->state, UPDATE, oma_node_ref_get_name (node));

  pk_return_text (task, text);
}

/* What PackageKit said holds until the machine has started again.  The sandbox hides the boot's identifier; the
 * service manager makes its socket once for each boot. */
static char *
dup_boot_id (void)
{
  GStatBuf st;

  if (g_stat ("/run/systemd/notify", &st) != 0)
    return g_strdup ("");
  return g_strdup_printf ("%" G_GINT64_FORMAT ".%09ld", (gint64) st.st_mtim.tv_sec, (long) st.st_mtim.tv_nsec);
}

static void
get_restart (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  Pk *pk = self;

  pk_return_bool (task, pk_store_get_bool (pk->state, UPDATE, "RestartRequired") ||
                          g_file_test (pk->reboot_file, G_FILE_TEST_EXISTS));
}

/* ---- Updates ---- */

static void
add_update (Pk *self G_GNUC_UNUSED, OmaNodeList *list, const char *uri, const PkPackage *package)
{
  pk_add_text (list, uri, "Name", package->name);
  pk_add_text (list, uri, "Version", package->version);
  pk_add_text (list, uri, "Architecture", package->arch);
  pk_add_text (list, uri, "Severity", pk_severity_to_string (package->info));
  pk_add_text (list, uri, "Summary", package->summary);
  pk_add_text (list, uri, "Origin", pk_package_get_origin (package));
}

static void
read_updates (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_answer_all (self, ((Pk *) self)->updates, FALSE, add_update, task);
}

static void
list_updates (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_answer_names (self, ((Pk *) self)->updates, task);
}

static void
get_of_update (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_answer_one (self, ((Pk *) self)->updates, oma_node_ref_get_capture (node, 0), oma_node_ref_get_name (node),
                 FALSE, add_update, task);
}

/* ---- Repositories ---- */

/* The identifier of a repository has the path of a file and the words of a line in it; its node has a name that a
 * URI can bear. */
static char *
name_repository (const char *id)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);

  return g_strndup (digest, 16);
}

static void
add_repository (OmaNodeList *list, const char *uri, const PkRepository *repository)
{
  g_autofree char *id = g_utf8_make_valid (repository->id, -1);
  g_autofree char *description = g_utf8_make_valid (repository->description, -1);
  g_autofree char *enabled = g_strconcat (uri, *uri != '\0' ? "/" : "", "Enabled", NULL);

  if (*uri != '\0')
    oma_node_list_add (list, uri, NULL);
  pk_add_text (list, uri, "ID", id);
  pk_add_text (list, uri, "Description", g_strstrip (description));
  oma_node_list_add (list, enabled, oma_value_new_bool (repository->enabled));
}

static const PkRepository *
find_repository (const PkResult *result, const char *name)
{
  for (guint i = 0; i < result->repositories->len; i++)
    {
      const PkRepository *repository = g_ptr_array_index (result->repositories, i);
      g_autofree char *own = name_repository (repository->id);

      if (strcmp (own, name) == 0)
        return repository;
    }
  return NULL;
}

static PkResult *
take_repositories (PkQuestion *question, GObject *source, GAsyncResult *result)
{
  g_autoptr(GError) error = NULL;
  PkResult *said = pk_transaction_run_finish (OMA_PLUGIN_HOST (source), result, &error);

  if (said == NULL)
    g_task_return_error (question->task, pk_error_to_status (error));
  return said;
}

static void
ask_repositories (PkQuestion *question, GAsyncReadyCallback callback)
{
  pk_transaction_run_async (question->self->host, "GetRepoList", g_variant_new ("(t)", PK_FILTER_NONE), NULL, NULL,
                            g_task_get_cancellable (question->task), callback, question);
}

static void
repositories_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  g_autoptr(PkResult) said = take_repositories (question, source, result);
  OmaNodeList *list;

  if (said == NULL)
    return;
  list = oma_node_list_new ();
  for (guint i = 0; i < said->repositories->len; i++)
    {
      const PkRepository *repository = g_ptr_array_index (said->repositories, i);
      g_autofree char *name = name_repository (repository->id);

      add_repository (list, name, repository);
    }
  g_task_return_pointer (question->task, list, (GDestroyNotify) oma_node_list_free);
}

static void
read_repositories (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  ask_repositories (pk_question_new (self, task, NULL, NULL), repositories_read);
}

static void
repositories_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  g_autoptr(PkResult) said = take_repositories (question, source, result);
  g_autoptr(GStrvBuilder) names = NULL;

  if (said == NULL)
    return;
  names = g_strv_builder_new ();
  for (guint i = 0; i < said->repositories->len; i++)
    {
      g_autofree char *name = name_repository (((const PkRepository *) g_ptr_array_index (said->repositories, i))->id);

      g_strv_builder_add (names, name);
    }
  pk_return_names (question->task, g_strv_builder_end (names));
}

static void
list_repositories (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  ask_repositories (pk_question_new (self, task, NULL, NULL), repositories_listed);
}

static const PkRepository *
find_asked (PkQuestion *question, const PkResult *said)
{
  const PkRepository *repository = find_repository (said, question->name);

  if (repository == NULL)
    pk_return_error (question->task, OMA_STATUS_NOT_FOUND, "There is no such repository");
  return repository;
}

static void
repository_leaf_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  g_autoptr(PkResult) said = take_repositories (question, source, result);
  const PkRepository *repository = said != NULL ? find_asked (question, said) : NULL;

  if (repository == NULL)
    return;
  if (strcmp (question->leaf, "Enabled") == 0)
    pk_return_bool (question->task, repository->enabled);
  else
    {
      g_autofree char *text = g_utf8_make_valid (strcmp (question->leaf, "ID") == 0 ? repository->id
                                                                                     : repository->description, -1);

      pk_return_text (question->task, strcmp (question->leaf, "ID") == 0 ? text : g_strstrip (text));
    }
}

static void
get_of_repository (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask_repositories (pk_question_new (self, task, oma_node_ref_get_capture (node, 0), oma_node_ref_get_name (node)),
                    repository_leaf_read);
}

static void
repository_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  g_autoptr(PkResult) said = take_repositories (question, source, result);
  const PkRepository *repository = said != NULL ? find_asked (question, said) : NULL;
  const char *text = oma_value_get_text (question->value);

  if (repository == NULL)
    return;
  pk_change_repository (pk_change_get (question->self, question->transaction), repository->id,
                        strcmp (text, "true") == 0 || strcmp (text, "1") == 0);
  g_task_return_boolean (question->task, TRUE);
}

static void
replace_enabled (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction,
                 GTask *task)
{
  PkQuestion *question = pk_question_new (self, task, oma_node_ref_get_capture (node, 0), NULL);

  question->value = oma_value_ref (value);
  question->transaction = transaction;
  ask_repositories (question, repository_found);
}

/* ---- Operations ---- */

static PkOperation *
make_operation (Pk *self, PkKind kind, const char *node, const char *correlator)
{
  PkOperation *operation = pk_operation_new (kind, node, correlator, kind == PK_SCAN ? "Scan" : "InstallAll");

  operation->security_only = pk_store_get_bool (self->state, POLICY, "OnlySecurity");
  return operation;
}

static void
exec_update (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED, const char *correlator,
             GTask *task)
{
  Pk *pk = self;
  const char *name = oma_node_ref_get_name (node);

  if (pk_queue_find (pk->queue, "", name) != NULL)
    {
      pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "It is under way");
      return;
    }
  pk_queue_accept (pk->queue,
                   make_operation (pk, strcmp (name, "Scan") == 0 ? PK_SCAN : PK_UPDATE_ALL,
                                   oma_node_ref_get_uri (node), correlator),
                   task);
}

/**
 * pk_update_done:
 * @self: the plugin
 * @operation: one that began here
 * @error: (nullable): why it failed
 *
 * It is over.
 */
void
pk_update_done (Pk *self, PkOperation *operation, const GError *error)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  pk_store_set_int (self->state, UPDATE, "LastError",
                    error != NULL ? pk_error_to_scomo (error, operation->phase == PK_PHASE_CHANGING
                                                                ? PK_STAGE_INSTALL
                                                                : PK_STAGE_DOWNLOAD)
                                  : 0);
  pk_store_set (self->state, UPDATE, "LastErrorDesc", error != NULL ? error->message : "");
  if (error == NULL || operation->phase == PK_PHASE_CHANGING)
    pk_store_set_int (self->state, UPDATE, "LastScan", now);
  if (operation->kind == PK_UPDATE_ALL && error == NULL)
    pk_store_set_int (self->state, UPDATE, "LastInstall", now);
  pk_inventory_invalidate (self->updates);
  pk_tell_changed (self, PK_UPDATE_URI, operation->kind == PK_SCAN ? "LastScan" : "LastInstall", NULL,
                   OMA_CHANGE_REPLACED);
  plan (self);
}

/* ---- The policy ---- */

static void
repositories_changed (Pk *self)
{
  pk_tell_changed (self, REPOSITORIES_URI, NULL, NULL, OMA_CHANGE_REPLACED);
}

static void
repositories_cb (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
                 const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED,
                 GVariant *parameters G_GNUC_UNUSED, gpointer user_data)
{
  repositories_changed (user_data);
}

static void
sources_cb (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file G_GNUC_UNUSED, GFile *other G_GNUC_UNUSED,
            GFileMonitorEvent event, gpointer user_data)
{
  if (event != G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED && event != G_FILE_MONITOR_EVENT_CHANGED)
    repositories_changed (user_data);
}

static gboolean
due_cb (gpointer user_data)
{
  Pk *self = user_data;

  self->schedule = 0;
  plan (self);
  return G_SOURCE_REMOVE;
}

/* One that was missed, since the machine was off, is made up for. */
static void
plan (Pk *self)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *schedule = dup_schedule (self);
  gint64 seconds = g_date_time_to_unix (now);
  gint64 next = pk_store_get_int (self->state, UPDATE, "Next");

  g_clear_handle_id (&self->schedule, g_source_remove);
  if (!pk_store_get_bool (self->state, POLICY, "Automatic"))
    return;
  if (next != 0 && next <= seconds && pk_queue_find (self->queue, "", "InstallAll") == NULL)
    {
      g_message ("Updates are due");
      pk_store_set_int (self->state, UPDATE, "Next", pk_schedule_next (schedule, now));
      pk_queue_add (self->queue, make_operation (self, PK_UPDATE_ALL, NULL, NULL));
    }
  else if (next == 0)
    {
      pk_store_set_int (self->state, UPDATE, "Next", pk_schedule_next (schedule, now));
      pk_store_save (self->state);
    }
  next = pk_store_get_int (self->state, UPDATE, "Next");
  if (next != 0)
    self->schedule = g_timeout_add_seconds ((guint) CLAMP (next - seconds, 1, MAX_WAIT), due_cb, self);
}

/**
 * pk_update_start:
 * @self: the plugin
 *
 * Begins to act on the policy.
 */
void
pk_update_start (Pk *self)
{
  g_autofree char *boot = dup_boot_id ();
  g_autofree char *known = pk_store_get (self->state, UPDATE, "Boot");
  g_autoptr(GFile) sources = g_file_new_for_path ("/etc/apt/sources.list.d");

  if (strcmp (boot, known) != 0)
    {
      pk_store_set (self->state, UPDATE, "Boot", boot);
      pk_store_set (self->state, UPDATE, "RestartRequired", NULL);
      pk_store_save (self->state);
    }
  self->repositories = oma_plugin_host_subscribe (self->host, PK_BUS_NAME, PK_OBJECT_PATH, PK_BUS_NAME,
                                                  "RepoListChanged", NULL, repositories_cb, self);
  self->sources = g_file_monitor_directory (sources, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->sources != NULL)
    g_signal_connect (self->sources, "changed", G_CALLBACK (sources_cb), self);
  plan (self);
}

/**
 * pk_update_stop:
 * @self: the plugin
 */
void
pk_update_stop (Pk *self)
{
  g_clear_handle_id (&self->schedule, g_source_remove);
  oma_plugin_host_unsubscribe (self->host, self->repositories);
  if (self->sources != NULL)
    g_file_monitor_cancel (self->sources);
  g_clear_object (&self->sources);
}

/* ---- The door ---- */

#define LEAF(path, function) PK_HANDLER (PK_UPDATE_URI "/" path, .get = function)

const OmaNodeHandler pk_update_handlers[] = {
  PK_HANDLER (PK_UPDATE_URI "/Scan", .exec = exec_update),
  PK_HANDLER (PK_UPDATE_URI "/InstallAll", .exec = exec_update),
  LEAF ("LastScan", get_time),
  LEAF ("LastInstall", get_time),
  LEAF ("LastError", get_number),
  LEAF ("LastErrorDesc", get_text),
  LEAF ("RestartRequired", get_restart),
  PK_HANDLER (PK_UPDATE_URI "/Policy/Automatic", .get = get_policy_bool, .replace = replace_policy),
  PK_HANDLER (PK_UPDATE_URI "/Policy/OnlySecurity", .get = get_policy_bool, .replace = replace_policy),
  PK_HANDLER (PK_UPDATE_URI "/Policy/Schedule", .get = get_schedule, .replace = replace_policy),
  LEAF ("Policy/Next", get_time),
  PK_HANDLER (PK_UPDATE_URI "/Updates", .list = list_updates, .read = read_updates),
  LEAF ("Updates/*/Name", get_of_update),
  LEAF ("Updates/*/Version", get_of_update),
  LEAF ("Updates/*/Architecture", get_of_update),
  LEAF ("Updates/*/Severity", get_of_update),
  LEAF ("Updates/*/Summary", get_of_update),
  LEAF ("Updates/*/Origin", get_of_update),
  PK_HANDLER (REPOSITORIES_URI, .list = list_repositories, .read = read_repositories,
              .flags = OMA_HANDLER_FOLLOWED),
  PK_HANDLER (REPOSITORIES_URI "/*/ID", .get = get_of_repository),
  PK_HANDLER (REPOSITORIES_URI "/*/Description", .get = get_of_repository),
  PK_HANDLER (REPOSITORIES_URI "/*/Enabled", .get = get_of_repository, .replace = replace_enabled),
};
const gsize pk_update_n_handlers = G_N_ELEMENTS (pk_update_handlers);
