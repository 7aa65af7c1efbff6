/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-fetch.h"
#include "pk-private.h"

#include <string.h>

/* ./SCOMO (OMA Software Component Management Object 1.0): what is to be downloaded, what was delivered, and what is
 * installed.  A deployment component is a Debian package; it is active as long as it is installed. */

#define ENVIRONMENT "debian"
#define MAX_DELIVERED 256          /* what is kept of them has to fit in the plugin's data */
#define DOWNLOAD "download:"
#define DELIVERED "delivered:"
#define COMPONENT "component:"
#define DEPLOYED_URI PK_SCOMO_URI "/Inventory/Deployed"
#define DELIVERED_URI PK_SCOMO_URI "/Inventory/Delivered"
#define DOWNLOAD_URI PK_SCOMO_URI "/Download"

/* Values of Status and State (SCOMO 1.0, section 5). */
enum {
  STATUS_IDLE = 10,
  STATUS_DOWNLOAD_FAILED = 20,
  STATUS_DOWNLOADING = 30,
  STATUS_DOWNLOADED = 40,
  STATUS_INSTALLING = 50,
  STATUS_FAILED_WITH_DATA = 60,
  STATUS_FAILED_WITHOUT_DATA = 70,
};
enum {
  DELIVERED_INSTALLING = 40,
  DELIVERED_FAILED_WITH_DATA = 50,
  DELIVERED_FAILED_WITHOUT_DATA = 60,
};
enum {
  DEPLOYED_REMOVE_FAILED = 20,
  DEPLOYED_REMOVING = 30,
};
enum {
  STATE_DELIVERED = 10,
  STATE_INSTALLED = 20,
  STATE_ACTIVE = 20,
};

static char *
make_group (const char *prefix, const OmaNodeRef *node)
{
  return g_strconcat (prefix, oma_node_ref_get_capture (node, 0), NULL);
}

/* ---- Download and Delivered: what is kept ---- */

static void
list_downloads (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_return_names (task, pk_store_list (((Pk *) self)->state, DOWNLOAD));
}

static void
list_delivered (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_return_names (task, pk_store_list (((Pk *) self)->state, DELIVERED));
}

static void
return_kept (Pk *self, const char *prefix, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *group = make_group (prefix, node);
  g_autofree char *value = pk_store_get (self->state, group, oma_node_ref_get_name (node));

  pk_return_text (task, value);
}

static void
return_kept_number (Pk *self, const char *prefix, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *group = make_group (prefix, node);

  pk_return_int (task, (gint32) pk_store_get_int (self->state, group, oma_node_ref_get_name (node)));
}

static void
get_of_download (gpointer self, const OmaNodeRef *node, GTask *task)
{
  return_kept (self, DOWNLOAD, node, task);
}

static void
get_number_of_download (gpointer self, const OmaNodeRef *node, GTask *task)
{
  return_kept_number (self, DOWNLOAD, node, task);
}

static void
get_progress (gpointer self, const OmaNodeRef *node, GTask *task)
{
  PkOperation *operation = pk_queue_find (((Pk *) self)->queue, DOWNLOAD_URI, oma_node_ref_get_capture (node, 0));

  pk_return_int (task, operation != NULL ? (gint32) operation->percentage : 0);
}

static void
get_of_delivered (gpointer self, const OmaNodeRef *node, GTask *task)
{
  return_kept (self, DELIVERED, node, task);
}

static void
get_number_of_delivered (gpointer self, const OmaNodeRef *node, GTask *task)
{
  return_kept_number (self, DELIVERED, node, task);
}

static void
add_download (gpointer self, const OmaNodeRef *node, OmaValue *value G_GNUC_UNUSED, OmaPluginTransaction *transaction,
              GTask *task)
{
  g_autofree char *group = make_group (DOWNLOAD, node);
  g_autofree char *status = g_strdup_printf ("%d", STATUS_IDLE);

  pk_change_set (pk_change_get (self, transaction), ((Pk *) self)->state, group, "Status", status);
  g_task_return_boolean (task, TRUE);
}

static void
replace_of_download (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction,
                     GTask *task)
{
  g_autofree char *group = make_group (DOWNLOAD, node);

  /* What is under way goes on with what it has. */
  pk_change_set (pk_change_get (self, transaction), ((Pk *) self)->state, group, oma_node_ref_get_name (node),
                 oma_value_get_text (value));
  g_task_return_boolean (task, TRUE);
}

static void
remove_download (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  Pk *pk = self;
  PkChange *change;
  g_autofree char *group = make_group (DOWNLOAD, node);
  g_autofree char *url = pk_store_get (pk->state, group, "PkgURL");
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, url, -1);

  if (pk_queue_find (pk->queue, DOWNLOAD_URI, oma_node_ref_get_capture (node, 0)) != NULL)
    {
      pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "Its download is under way");
      return;
    }
  change = pk_change_get (pk, transaction);
  pk_change_remove (change, pk->state, group);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *file = g_strdup_printf ("%s/%s.deb%s", pk->spool, digest, i == 0 ? ".part" : ".tag");

      pk_change_file (change, file);
    }
  g_task_return_boolean (task, TRUE);
}

static void
remove_delivered (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  Pk *pk = self;
  g_autofree char *group = make_group (DELIVERED, node);

  if (pk_queue_find (pk->queue, DELIVERED_URI, oma_node_ref_get_capture (node, 0)) != NULL)
    {
      pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "Its installation is under way");
      return;
    }
  pk_change_remove (pk_change_get (pk, transaction), pk->state, group);
  g_task_return_boolean (task, TRUE);
}

/* ---- Deployed: what is installed ---- */

/* The version belongs to it: a component that was updated past its package has that reference no more. */
static char *
dup_package_reference (Pk *self, const PkPackage *package)
{
  g_autofree char *group = g_strconcat (COMPONENT, package->name, NULL);
  g_autofree char *version = pk_store_get (self->state, group, "Version");

  return strcmp (version, package->version) == 0 ? pk_store_get (self->state, group, "PkgID") : g_strdup ("");
}

static int
tell_status_of_deployed (Pk *self, const PkPackage *package)
{
  g_autofree char *group = NULL;

  if (pk_queue_find (self->queue, DEPLOYED_URI, package->node) != NULL)
    return DEPLOYED_REMOVING;
  group = g_strconcat (COMPONENT, package->name, NULL);
  return pk_store_get_bool (self->state, group, "RemoveFailed") ? DEPLOYED_REMOVE_FAILED : STATUS_IDLE;
}

static void
add_component (Pk *self, OmaNodeList *list, const char *uri, const PkPackage *package)
{
  g_autofree char *reference = dup_package_reference (self, package);
  const char *slash = *uri != '\0' ? "/" : "";
  g_autofree char *status = g_strconcat (uri, slash, "Status", NULL);
  g_autofree char *state = g_strconcat (uri, slash, "State", NULL);
  g_autofree char *below = g_strconcat (uri, slash, "Operations", NULL);

  pk_add_text (list, uri, "ID", package->node);
  pk_add_text (list, uri, "PkgIDRef", reference);
  pk_add_text (list, uri, "Name", package->name);
  pk_add_text (list, uri, "Version", package->version);
  pk_add_text (list, uri, "Description", package->summary);
  pk_add_text (list, uri, "EnvType", ENVIRONMENT);
  oma_node_list_add (list, status, oma_value_new_int (tell_status_of_deployed (self, package)));
  oma_node_list_add (list, state, oma_value_new_int (STATE_ACTIVE));
  oma_node_list_add (list, below, NULL);
}

static void
list_deployed (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_answer_names (self, ((Pk *) self)->inventory, task);
}

static void
exists_deployed (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const char *name, GTask *task)
{
  pk_answer_exists (self, ((Pk *) self)->inventory, name, task);
}

static void
read_deployed (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_answer_all (self, ((Pk *) self)->inventory, FALSE, add_component, task);
}

static void
read_component (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_answer_one (self, ((Pk *) self)->inventory, oma_node_ref_get_capture (node, 0), NULL, FALSE, add_component,
                 task);
}

static void
get_of_component (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_answer_one (self, ((Pk *) self)->inventory, oma_node_ref_get_capture (node, 0), oma_node_ref_get_name (node),
                 FALSE, add_component, task);
}

/* ---- Operations ---- */

static gboolean
refuse_busy (Pk *self, const char *prefix, const char *subject, GTask *task)
{
  if (pk_queue_find (self->queue, prefix, subject) == NULL)
    return FALSE;
  pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "An operation on it is under way");
  return TRUE;
}

static void
exec_inactive (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, OmaValue *argument G_GNUC_UNUSED,
               const char *correlator G_GNUC_UNUSED, GTask *task)
{
  pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "A Debian package is active as long as it is installed");
}

static void
exec_download (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED, const char *correlator,
               GTask *task)
{
  Pk *pk = self;
  const char *subject = oma_node_ref_get_capture (node, 0);
  g_autofree char *group = make_group (DOWNLOAD, node);
  g_autofree char *url = pk_store_get (pk->state, group, "PkgURL");
  g_autofree char *environment = pk_store_get (pk->state, group, "EnvType");
  gboolean install = strcmp (oma_node_ref_get_name (node), "DownloadInstall") == 0;
  PkOperation *operation;

  if (refuse_busy (pk, DOWNLOAD_URI, subject, task))
    return;
  if (*url == '\0')
    {
      pk_return_error (task, OMA_STATUS_NOT_ALLOWED, "PkgURL says nothing");
      return;
    }
  if (pk_store_count (pk->state, DELIVERED) >= MAX_DELIVERED)
    {
      pk_return_error (task, OMA_STATUS_DEVICE_FULL, "%d delivery packages are here already", MAX_DELIVERED);
      return;
    }
  operation = pk_operation_new (install ? PK_DOWNLOAD_INSTALL : PK_DOWNLOAD, oma_node_ref_get_uri (node), correlator,
                                subject);
  operation->url = g_steal_pointer (&url);
  operation->foreign = *environment != '\0' && g_ascii_strcasecmp (environment, ENVIRONMENT) != 0;
  pk_queue_accept (pk->queue, operation, task);
}

static void
exec_on_delivered (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED, const char *correlator,
                   GTask *task)
{
  Pk *pk = self;
  const char *subject = oma_node_ref_get_capture (node, 0);
  g_autofree char *group = make_group (DELIVERED, node);
  gboolean install = strcmp (oma_node_ref_get_name (node), "Install") == 0;
  PkOperation *operation;

  if (refuse_busy (pk, DELIVERED_URI, subject, task))
    return;
  operation = pk_operation_new (install ? PK_INSTALL : PK_DISCARD, oma_node_ref_get_uri (node), correlator, subject);
  operation->name = pk_store_get (pk->state, group, "Package");
  operation->version = pk_store_get (pk->state, group, "Version");
  pk_queue_accept (pk->queue, operation, task);
}

static PkKind
find_kind (const char *operation)
{
  if (strcmp (operation, "Remove") == 0)
    return PK_REMOVE;
  return strcmp (operation, "Update") == 0 ? PK_UPDATE : PK_ACTIVATE;
}

static void
component_found (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkQuestion) question = user_data;
  const PkPackage *package;
  PkOperation *operation;

  if (!pk_question_is_answered (question, result) || (package = pk_question_find (question)) == NULL ||
      refuse_busy (question->self, DEPLOYED_URI, question->name, question->task))
    return;
  operation = pk_operation_new (find_kind (question->leaf), question->node, question->correlator, question->name);
  operation->name = g_strdup (package->name);
  operation->arch = g_strdup (package->arch);
  pk_queue_accept (question->self->queue, operation, question->task);
}

static void
exec_on_component (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED, const char *correlator,
                   GTask *task)
{
  const char *subject = oma_node_ref_get_capture (node, 0);
  PkQuestion *question;

  if (refuse_busy (self, DEPLOYED_URI, subject, task))
    return;
  question = pk_question_new (self, task, subject, oma_node_ref_get_name (node));
  question->node = g_strdup (oma_node_ref_get_uri (node));
  question->correlator = g_strdup (correlator);
  pk_question_ask (question, ((Pk *) self)->inventory, component_found);
}

/* ---- How they go on ---- */

static void
set_status (Pk *self, const char *prefix, const char *uri, const char *subject, int status)
{
  g_autofree char *group = g_strconcat (prefix, subject, NULL);

  if (!pk_store_has (self->state, group) || pk_store_get_int (self->state, group, "Status") == status)
    return;
  pk_store_set_int (self->state, group, "Status", status);
  pk_tell_changed (self, uri, subject, "Status", OMA_CHANGE_REPLACED);
}

/**
 * pk_scomo_phase:
 * @self: the plugin
 * @operation: one that began here
 *
 * It goes on: Status tells.
 */
void
pk_scomo_phase (Pk *self, PkOperation *operation)
{
  gboolean changing = operation->phase == PK_PHASE_CHANGING;

  if (operation->kind == PK_DOWNLOAD || operation->kind == PK_DOWNLOAD_INSTALL)
    {
      set_status (self, DOWNLOAD, DOWNLOAD_URI, operation->subject,
                  changing ? STATUS_INSTALLING : STATUS_DOWNLOADING);
      pk_tell_changed (self, DOWNLOAD_URI, operation->subject, "Ext/Progress", OMA_CHANGE_REPLACED);
    }
  else if (operation->kind == PK_INSTALL)
    set_status (self, DELIVERED, DELIVERED_URI, operation->subject, DELIVERED_INSTALLING);
  else
    pk_tell_changed (self, DEPLOYED_URI, operation->subject, "Status", OMA_CHANGE_REPLACED);
}

static void
copy_key (Pk *self, const char *from, const char *to, const char *key)
{
  g_autofree char *value = pk_store_get (self->state, from, key);

  pk_store_set (self->state, to, key, value);
}

/* A delivery package appears in Delivered under the name that it has in Download. */
static void
deliver (Pk *self, const PkOperation *operation, int state)
{
  static const char *const keys[] = { "PkgID", "Name", "Description", "InstallParams", "EnvType", "PkgType" };
  g_autofree char *from = g_strconcat (DOWNLOAD, operation->subject, NULL);
  g_autofree char *to = g_strconcat (DELIVERED, operation->subject, NULL);
  gboolean known = pk_store_has (self->state, to);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    copy_key (self, from, to, keys[i]);
  pk_store_set (self->state, to, "Package", operation->name);
  pk_store_set (self->state, to, "Version", operation->version != NULL ? operation->version : "");
  pk_store_set_int (self->state, to, "Status", STATUS_IDLE);
  pk_store_set_int (self->state, to, "State", state);
  pk_tell_changed (self, DELIVERED_URI, operation->subject, NULL, known ? OMA_CHANGE_REPLACED : OMA_CHANGE_ADDED);
}

static void
note_component (Pk *self, const PkOperation *operation, const char *prefix)
{
  g_autofree char *from = g_strconcat (prefix, operation->subject, NULL);
  g_autofree char *to = g_strconcat (COMPONENT, operation->name, NULL);

  copy_key (self, from, to, "PkgID");
  pk_store_set (self->state, to, "Version", operation->version);
}

static void
downloaded (Pk *self, PkOperation *operation, const GError *error)
{
  gboolean changing = operation->phase == PK_PHASE_CHANGING;

  /* APT has it, or fetches it from the repository: the file only told which package it is. */
  if (operation->file != NULL && (error == NULL || operation->digest != NULL))
    pk_fetch_remove (operation->file);
  if (error == NULL && operation->kind == PK_DOWNLOAD_INSTALL)
    note_component (self, operation, DOWNLOAD);
  if (error == NULL)
    deliver (self, operation, operation->kind == PK_DOWNLOAD ? STATE_DELIVERED : STATE_INSTALLED);
  set_status (self, DOWNLOAD, DOWNLOAD_URI, operation->subject,
              error == NULL ? (operation->kind == PK_DOWNLOAD ? STATUS_DOWNLOADED : STATUS_IDLE)
              : changing    ? STATUS_FAILED_WITHOUT_DATA
                            : STATUS_DOWNLOAD_FAILED);
}

static void
removed (Pk *self, PkOperation *operation, const GError *error)
{
  g_autofree char *group = g_strconcat (COMPONENT, operation->name, NULL);

  if (error == NULL)
    pk_store_remove (self->state, group);
  else
    pk_store_set (self->state, group, "RemoveFailed", "true");
  pk_tell_changed (self, DEPLOYED_URI, operation->subject, "Status", OMA_CHANGE_REPLACED);
}

static void
installed (Pk *self, PkOperation *operation, const GError *error)
{
  g_autofree char *group = g_strconcat (DELIVERED, operation->subject, NULL);

  if (error == NULL)
    {
      note_component (self, operation, DELIVERED);
      pk_store_set_int (self->state, group, "State", STATE_INSTALLED);
      pk_tell_changed (self, DELIVERED_URI, operation->subject, "State", OMA_CHANGE_REPLACED);
    }
  set_status (self, DELIVERED, DELIVERED_URI, operation->subject,
              error == NULL ? STATUS_IDLE : DELIVERED_FAILED_WITH_DATA);
}

static void
discarded (Pk *self, PkOperation *operation)
{
  g_autofree char *group = g_strconcat (DELIVERED, operation->subject, NULL);

  pk_store_remove (self->state, group);
  pk_tell_changed (self, DELIVERED_URI, operation->subject, NULL, OMA_CHANGE_DELETED);
}

/**
 * pk_scomo_done:
 * @self: the plugin
 * @operation: one that began here
 * @error: (nullable): why it failed
 *
 * It is over: Status and State tell.
 */
void
pk_scomo_done (Pk *self, PkOperation *operation, const GError *error)
{
  switch (operation->kind)
    {
    case PK_DOWNLOAD:
    case PK_DOWNLOAD_INSTALL:
      downloaded (self, operation, error);
      break;
    case PK_INSTALL:
      installed (self, operation, error);
      break;
    case PK_REMOVE:
      removed (self, operation, error);
      break;
    case PK_DISCARD:
      discarded (self, operation);
      break;
    default:
      break;
    }
}

/* ---- The door ---- */

#define OF_DOWNLOAD(name) PK_HANDLER ("Download/*/" name, .get = get_of_download, .replace = replace_of_download)
#define OF_DELIVERED(name) PK_HANDLER ("Inventory/Delivered/*/" name, .get = get_of_delivered)
#define OF_COMPONENT(name) PK_HANDLER ("Inventory/Deployed/*/" name, .get = get_of_component)

const OmaNodeHandler pk_scomo_handlers[] = {
  PK_HANDLER ("Download", .list = list_downloads),
  PK_HANDLER ("Download/*", .add = add_download, .remove = remove_download),
  OF_DOWNLOAD ("PkgID"),
  OF_DOWNLOAD ("Name"),
  OF_DOWNLOAD ("PkgURL"),
  OF_DOWNLOAD ("InstallParams"),
  OF_DOWNLOAD ("Description"),
  OF_DOWNLOAD ("EnvType"),
  OF_DOWNLOAD ("PkgType"),
  PK_HANDLER ("Download/*/Status", .get = get_number_of_download),
  PK_HANDLER ("Download/*/Ext/Progress", .get = get_progress),
  PK_HANDLER ("Download/*/Operations/Download", .exec = exec_download),
  PK_HANDLER ("Download/*/Operations/DownloadInstall", .exec = exec_download),
  PK_HANDLER ("Download/*/Operations/DownloadInstallInactive", .exec = exec_inactive),
  PK_HANDLER ("Inventory/Delivered", .list = list_delivered),
  PK_HANDLER ("Inventory/Delivered/*", .remove = remove_delivered),
  OF_DELIVERED ("PkgID"),
  OF_DELIVERED ("Name"),
  OF_DELIVERED ("Version"),
  OF_DELIVERED ("Description"),
  OF_DELIVERED ("InstallParams"),
  OF_DELIVERED ("EnvType"),
  OF_DELIVERED ("PkgType"),
  PK_HANDLER ("Inventory/Delivered/*/Status", .get = get_number_of_delivered),
  PK_HANDLER ("Inventory/Delivered/*/State", .get = get_number_of_delivered),
  PK_HANDLER ("Inventory/Delivered/*/Operations/Install", .exec = exec_on_delivered),
  PK_HANDLER ("Inventory/Delivered/*/Operations/InstallInactive", .exec = exec_inactive),
  PK_HANDLER ("Inventory/Delivered/*/Operations/Remove", .exec = exec_on_delivered),
  PK_HANDLER ("Inventory/Deployed", .list = list_deployed, .read = read_deployed, .exists = exists_deployed,
              .flags = OMA_HANDLER_FOLLOWED),
  PK_HANDLER ("Inventory/Deployed/*", .read = read_component),
  OF_COMPONENT ("ID"),
  OF_COMPONENT ("PkgIDRef"),
  OF_COMPONENT ("Name"),
  OF_COMPONENT ("Version"),
  OF_COMPONENT ("Description"),
  OF_COMPONENT ("EnvType"),
  OF_COMPONENT ("Status"),
  OF_COMPONENT ("State"),
  PK_HANDLER ("Inventory/Deployed/*/Operations/Update", .exec = exec_on_component),
  PK_HANDLER ("Inventory/Deployed/*/Operations/Activate", .exec = exec_on_component),
  PK_HANDLER ("Inventory/Deployed/*/Operations/Deactivate", .exec = exec_inactive),
  PK_HANDLER ("Inventory/Deployed/*/Operations/Remove", .exec = exec_on_component),
};
const gsize pk_scomo_n_handlers = G_N_ELEMENTS (pk_scomo_handlers);
