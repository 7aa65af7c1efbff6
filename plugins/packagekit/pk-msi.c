/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-fetch.h"
#include "pk-job.h"
#include "pk-private.h"

#include <string.h>

/* ./Vendor/MSFT/EnterpriseDesktopAppManagement: a node for each product that a server installs, the job to run, and
 * how it went.  Deleting the node removes the package. */

#define PREFIX "msi:"

/* Values of Status. */
enum {
  STATUS_INITIALIZED = 10,
  STATUS_DOWNLOADING = 20,
  STATUS_PENDING_DOWNLOAD_RETRY = 25,
  STATUS_DOWNLOAD_FAILED = 30,
  STATUS_DOWNLOADED = 40,
  STATUS_ENFORCING = 50,
  STATUS_PENDING_ENFORCEMENT_RETRY = 55,
  STATUS_ENFORCEMENT_FAILED = 60,
  STATUS_COMPLETED = 70,
};

static char *
make_group (const OmaNodeRef *node)
{
  return g_strconcat (PREFIX, oma_node_ref_get_capture (node, 0), NULL);
}

static void
list_products (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_return_names (task, pk_store_list (((Pk *) self)->jobs, PREFIX));
}

/* DownloadInstall is there once a server has added it. */
static void
list_product (gpointer self, const OmaNodeRef *node, GTask *task)
{
  Pk *pk = self;
  g_autofree char *group = make_group (node);
  g_autofree char *job = pk_store_get (pk->jobs, group, "HasJob");
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  g_strv_builder_add_many (names, "Name", "Version", "InstallDate", "Status", "LastError", "LastErrorDesc", NULL);
  if (*job != '\0')
    g_strv_builder_add (names, "DownloadInstall");
  pk_return_names (task, g_strv_builder_end (names));
}

static void
get_text (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *group = make_group (node);
  g_autofree char *text = pk_store_get (((Pk *) self)->jobs, group, oma_node_ref_get_name (node));

  pk_return_text (task, text);
}

static void
get_number (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *group = make_group (node);

  pk_return_int (task, (gint32) pk_store_get_int (((Pk *) self)->jobs, group, oma_node_ref_get_name (node)));
}

static void
get_job (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *group = make_group (node);
  g_autofree char *text = pk_store_get (((Pk *) self)->jobs, group, "Job");

  g_task_return_pointer (task, oma_value_new (OMA_FORMAT_XML, NULL, text, strlen (text)),
                         (GDestroyNotify) oma_value_unref);
}

/* ---- Writing ---- */

static void
add_product (gpointer self, const OmaNodeRef *node, OmaValue *value G_GNUC_UNUSED, OmaPluginTransaction *transaction,
             GTask *task)
{
  g_autofree char *group = make_group (node);

  pk_change_set (pk_change_get (self, transaction), ((Pk *) self)->jobs, group, "Status",
                 G_STRINGIFY (10));
  g_task_return_boolean (task, TRUE);
}

static void
remove_product (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  Pk *pk = self;
  PkChange *change;
  g_autofree char *group = make_group (node);
  g_autofree char *package = pk_store_get (pk->jobs, group, "Package");

  if (pk_queue_find (pk->queue, PK_MSI_URI, oma_node_ref_get_capture (node, 0)) != NULL)
    {
      pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "Its installation is under way");
      return;
    }
  change = pk_change_get (pk, transaction);
  if (*package != '\0')
    pk_change_uninstall (change, package);
  pk_change_remove (change, pk->jobs, group);
  g_task_return_boolean (task, TRUE);
}

/* Both with a job and empty, as servers do. */
static gboolean
check_job (OmaValue *value, GTask *task)
{
  gsize size;
  const char *text = oma_value_get_data (value, &size);
  GError *error = NULL;
  g_autoptr(PkJob) job = NULL;

  if (size == 0)
    return TRUE;
  job = pk_job_parse (text, size, &error);
  if (job == NULL)
    g_task_return_error (task, error);
  return job != NULL;
}

static void
write_job (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  PkChange *change;
  g_autofree char *group = make_group (node);
  gsize size;
  const char *data = oma_value_get_data (value, &size);
  g_autofree char *text = g_strndup (data, size);

  if (!check_job (value, task))
    return;
  change = pk_change_get (self, transaction);
  pk_change_set (change, ((Pk *) self)->jobs, group, "Job", text);
  pk_change_set (change, ((Pk *) self)->jobs, group, "HasJob", "true");
  g_task_return_boolean (task, TRUE);
}

static void
add_job (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  g_autoptr(OmaValue) empty = NULL;

  if (value == NULL)
    value = empty = oma_value_new (OMA_FORMAT_XML, NULL, "", 0);
  write_job (self, node, value, transaction, task);
}

static void
remove_job (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  PkChange *change = pk_change_get (self, transaction);
  g_autofree char *group = make_group (node);

  pk_change_set (change, ((Pk *) self)->jobs, group, "Job", NULL);
  pk_change_set (change, ((Pk *) self)->jobs, group, "HasJob", NULL);
  g_task_return_boolean (task, TRUE);
}

/* ---- Running ---- */

static PkJob *
find_job (Pk *self, const char *group, OmaValue *argument, GError **error)
{
  g_autofree char *kept = pk_store_get (self->jobs, group, "Job");
  gsize size = 0;
  const char *text = argument != NULL ? oma_value_get_data (argument, &size) : NULL;

  return size > 0 ? pk_job_parse (text, size, error) : pk_job_parse (kept, strlen (kept), error);
}

static void
exec_job (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator, GTask *task)
{
  Pk *pk = self;
  const char *subject = oma_node_ref_get_capture (node, 0);
  g_autofree char *group = make_group (node);
  g_autoptr(PkJob) job = NULL;
  GError *error = NULL;
  PkOperation *operation;

  if (pk_queue_find (pk->queue, PK_MSI_URI, subject) != NULL)
    {
      pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "Its installation is under way");
      return;
    }
  job = find_job (pk, group, argument, &error);
  if (job == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  operation = pk_operation_new (PK_JOB, oma_node_ref_get_uri (node), correlator, subject);
  operation->url = g_strdup (job->url);
  operation->sha256 = g_strdup (job->sha256);
  operation->max_tries = job->n_retries + 1;
  operation->pause = job->pause * 60;
  operation->timeout = job->timeout * 60;
  pk_queue_accept (pk->queue, operation, task);
}

static void
set_status (Pk *self, const PkOperation *operation, int status)
{
  g_autofree char *group = g_strconcat (PREFIX, operation->subject, NULL);

  if (!pk_store_has (self->jobs, group) || pk_store_get_int (self->jobs, group, "Status") == status)
    return;
  pk_store_set_int (self->jobs, group, "Status", status);
  pk_tell_changed (self, PK_MSI_URI, operation->subject, "Status", OMA_CHANGE_REPLACED);
}

/**
 * pk_msi_phase:
 * @self: the plugin
 * @operation: a job
 *
 * It goes on: Status tells.
 */
void
pk_msi_phase (Pk *self, PkOperation *operation)
{
  switch (operation->phase)
    {
    case PK_PHASE_CHANGING:
      set_status (self, operation, STATUS_ENFORCING);
      break;
    case PK_PHASE_RETRYING:
      set_status (self, operation,
                  operation->name == NULL ? STATUS_PENDING_DOWNLOAD_RETRY : STATUS_PENDING_ENFORCEMENT_RETRY);
      break;
    case PK_PHASE_DOWNLOADED:
      set_status (self, operation, STATUS_DOWNLOADED);
      break;
    default:
      set_status (self, operation, STATUS_DOWNLOADING);
      break;
    }
}

/**
 * pk_msi_done:
 * @self: the plugin
 * @operation: a job
 * @error: (nullable): why it failed
 *
 * It is over: Status, LastError and LastErrorDesc tell.
 */
void
pk_msi_done (Pk *self, PkOperation *operation, const GError *error)
{
  g_autofree char *group = g_strconcat (PREFIX, operation->subject, NULL);
  gboolean changing = operation->phase == PK_PHASE_CHANGING;
  g_autofree char *now = pk_format_time (g_get_real_time () / G_USEC_PER_SEC);

  if (operation->file != NULL && (error == NULL || operation->digest != NULL))
    pk_fetch_remove (operation->file);
  if (!pk_store_has (self->jobs, group))
    return;
  pk_store_set_int (self->jobs, group, "LastError",
                    error != NULL ? pk_error_to_scomo (error, changing ? PK_STAGE_INSTALL : PK_STAGE_DOWNLOAD) : 0);
  pk_store_set (self->jobs, group, "LastErrorDesc", error != NULL ? error->message : "");
  if (error == NULL)
    {
      pk_store_set (self->jobs, group, "Package", operation->name);
      pk_store_set (self->jobs, group, "Name", operation->name);
      pk_store_set (self->jobs, group, "Version", operation->version);
      pk_store_set (self->jobs, group, "InstallDate", now);
    }
  set_status (self, operation,
              error == NULL ? STATUS_COMPLETED
              : changing    ? STATUS_ENFORCEMENT_FAILED
                            : STATUS_DOWNLOAD_FAILED);
  pk_store_save (self->jobs);
  pk_tell_changed (self, PK_MSI_URI, operation->subject, NULL, OMA_CHANGE_REPLACED);
}

/* ---- The door ---- */

const OmaNodeHandler pk_msi_handlers[] = {
  PK_HANDLER (PK_MSI_URI, .list = list_products),
  PK_HANDLER (PK_MSI_URI "/*", .list = list_product, .add = add_product, .remove = remove_product),
  PK_HANDLER (PK_MSI_URI "/*/Name", .get = get_text),
  PK_HANDLER (PK_MSI_URI "/*/Version", .get = get_text),
  PK_HANDLER (PK_MSI_URI "/*/InstallDate", .get = get_text),
  PK_HANDLER (PK_MSI_URI "/*/Status", .get = get_number),
  PK_HANDLER (PK_MSI_URI "/*/LastError", .get = get_number),
  PK_HANDLER (PK_MSI_URI "/*/LastErrorDesc", .get = get_text),
  PK_HANDLER (PK_MSI_URI "/*/DownloadInstall", .get = get_job, .add = add_job, .replace = write_job,
              .remove = remove_job, .exec = exec_job),
};
const gsize pk_msi_n_handlers = G_N_ELEMENTS (pk_msi_handlers);
