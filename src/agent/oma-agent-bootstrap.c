/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-account-private.h"
#include "agent/oma-account-state.h"
#include "agent/oma-bootstrap-account.h"
#include "agent/oma-bootstrap-fetch.h"
#include "agent/oma-bootstrap-record.h"
#include "agent/oma-log.h"
#include "agent/oma-trusted-file.h"
#include "codec/oma-mo-data.h"

#include <string.h>

#define DIRECTORY "bootstrap.d"

/* What is known of a bootstrap until its account is made. */
typedef struct {
  char             *name;      /* (nullable): what the account is to be called */
  char            **manage;    /* (nullable) */
  gboolean          sync;      /* its server is told at once */
  OmaAccountConfig *access;    /* (nullable): how to get the document */
} Bootstrap;

static void
bootstrap_free (Bootstrap *bootstrap)
{
  g_free (bootstrap->name);
  g_strfreev (bootstrap->manage);
  g_clear_pointer (&bootstrap->access, oma_account_config_free);
  g_free (bootstrap);
}

/* ---- Making the account ---- */

/* Asks for the session that tells the server: BootstrapComplete. */
static void
tell_server (OmaAgent *self, OmaAccount *account)
{
  g_autoptr(GError) error = NULL;

  if (oma_agent_sync (self, oma_account_get_name (account), &error) == NULL)
    g_debug ("No session after a bootstrap: %s", error->message);
}

static void
account_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  const Bootstrap *bootstrap = g_task_get_task_data (task);
  GError *error = NULL;
  OmaAccount *account = oma_account_list_add_finish (OMA_ACCOUNT_LIST (source), result, &error);

  if (account == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  oma_log_event (G_LOG_LEVEL_MESSAGE, NULL, oma_account_get_name (account), 0, "Account %s made by bootstrap with %s",
                 oma_account_get_name (account), oma_account_get_server_id (account));
  if (bootstrap->sync)
    tell_server (g_task_get_source_object (task), account);
  g_task_return_pointer (task, account, g_object_unref);
}

static char *
make_digest (GBytes *document)
{
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, document);

  return g_strconcat (OMA_ACCOUNT_BOOTSTRAP_DIGEST, digest, NULL);
}

/* The same document once more changes nothing; another one replaces no account. */
static void
meet_existing (GTask *task, OmaAccount *account, const char *digest)
{
  g_autofree char *old = oma_account_dup_digest (account);

  if (g_strcmp0 (old, digest) == 0)
    g_task_return_pointer (task, g_object_ref (account), g_object_unref);
  else
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS,
                             "There is an account with server %s already, %s; a bootstrap replaces none",
                             oma_account_get_server_id (account), oma_account_get_name (account));
}

/* Takes over @task. */
static void
install (GTask *task, const OmaBootstrap *document, GBytes *octets)
{
  g_autoptr(GTask) owned = task;
  OmaAgent *self = g_task_get_source_object (task);
  Bootstrap *bootstrap = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(OmaAccountConfig) config = oma_bootstrap_make_account (document, &error);
  g_autofree char *digest = make_digest (octets);
  OmaAccount *existing;

  if (config == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  existing = oma_account_list_find_server (self->accounts, config->server_id);
  if (existing != NULL)
    {
      meet_existing (task, existing, digest);
      return;
    }
  config->name = bootstrap->name != NULL ? g_strdup (bootstrap->name)
                                         : oma_account_list_make_name (self->accounts, config->server_id);
  config->manage = g_strdupv (bootstrap->manage);
  oma_account_list_add_async (self->accounts, config, digest, account_made, g_steal_pointer (&owned));
}

/* ---- On demand ---- */

/* Takes over @task. */
static void
read_and_install (GTask *task, const char *media_type, GBytes *octets)
{
  GError *error = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (octets, &size);
  g_autoptr(OmaBootstrap) document = oma_bootstrap_read (media_type, data, size, &error);

  if (document != NULL)
    {
      install (task, document, octets);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static GTask *
make_task (OmaAgent *self, const char *name, const char *const *manage, gboolean sync, GAsyncReadyCallback callback,
           gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Bootstrap *bootstrap = g_new0 (Bootstrap, 1);

  bootstrap->name = g_strdup (name);
  bootstrap->manage = g_strdupv ((char **) manage);
  bootstrap->sync = sync;
  g_task_set_task_data (task, bootstrap, (GDestroyNotify) bootstrap_free);
  return task;
}

/**
 * oma_agent_bootstrap_async:
 * @agent: an agent that was started
 * @name: (nullable): name of the account, %NULL: one that is made of the identifier of the server
 * @media_type: (nullable): Content-Type of the document
 * @document: the document, see oma_bootstrap_read()
 * @manage: (nullable) (array zero-terminated=1): URIs on which the server gets all rights
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes the account that a bootstrap document describes, all of it or nothing, and opens a session that tells its
 * server (DM Protocol 2.0, bootstrap).  The same document once more changes nothing.
 *
 * Our reading: the server gets no rights but to read its own account, and those of @manage; what it creates is its own.
 */
void
oma_agent_bootstrap_async (OmaAgent *agent, const char *name, const char *media_type, GBytes *document,
                           const char *const *manage, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = make_task (agent, name, manage, TRUE, callback, user_data);

  g_task_set_source_tag (task, oma_agent_bootstrap_async);
  if (!oma_agent_refuse_when_stopping (agent, task))
    read_and_install (g_steal_pointer (&task), media_type, document);
}

/**
 * oma_agent_bootstrap_finish:
 * @agent: an agent
 * @result: what the callback of oma_agent_bootstrap_async() or oma_agent_bootstrap_from_async() got
 * @error: return location for an error
 *
 * Returns: (transfer full): the account, or %NULL with an error as of oma_bootstrap_read() or
 *   oma_account_list_add_finish(), %OMA_AGENT_ERROR_ACCOUNT_EXISTS when there is one with this server that was made of
 *   something else, %OMA_AGENT_ERROR_STOPPING, or an %OMA_TRANSPORT_ERROR; then nothing changed
 */
OmaAccount *
oma_agent_bootstrap_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
document_fetched (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaAgent *self = g_object_ref (g_task_get_source_object (task));
  g_autofree char *media_type = NULL;
  GError *error = NULL;
  g_autoptr(GBytes) document = oma_bootstrap_fetch_finish (result, &media_type, &error);

  self->n_fetches--;
  if (document == NULL)
    g_task_return_error (task, error);
  else if (!oma_agent_refuse_when_stopping (self, task))
    read_and_install (g_steal_pointer (&task), media_type, document);
  oma_agent_stop_if_idle (self);
  g_object_unref (self);
}

/**
 * oma_agent_bootstrap_from_async:
 * @agent: an agent that was started
 * @name: (nullable): as for oma_agent_bootstrap_async()
 * @uri: address of the document, HTTPS
 * @access: (transfer full): how the device proves there who it is, and what the server may manage: http_auth, http_user,
 *   http_secret, ca, certificate, key and manage count
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Gets a bootstrap document, and goes on as oma_agent_bootstrap_async() does.
 */
void
oma_agent_bootstrap_from_async (OmaAgent *agent, const char *name, const char *uri, OmaAccountConfig *access,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = make_task (agent, name, (const char *const *) access->manage, TRUE, callback, user_data);
  Bootstrap *bootstrap = g_task_get_task_data (task);
  GError *error = NULL;

  g_task_set_source_tag (task, oma_agent_bootstrap_from_async);
  bootstrap->access = access;
  if (oma_agent_refuse_when_stopping (agent, task))
    return;
  /* What is checked of an account holds for this address, too; name and identifier are not known yet. */
  oma_account_config_set_address (access, OMA_AGENT_BOOTSTRAP_NAME, uri);
  if (!oma_account_config_check (access, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  agent->n_fetches++;
  oma_bootstrap_fetch_async (access, agent->config, oma_agent_get_device_id (agent), agent->fetches, document_fetched,
                             g_steal_pointer (&task));
}

/* ---- Files ---- */

static const struct {
  const char *suffix;
  const char *media_type;
} file_types[] = {
  { ".json", OMA_MO_DATA_TYPE_JSON },
  { ".xml", OMA_TNDS_TYPE_XML },
};

static const char *
get_media_type (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (file_types); i++)
    if (g_str_has_suffix (path, file_types[i].suffix))
      return file_types[i].media_type;
  return NULL;
}

static void
list_documents (const char *parent, GTree *paths)
{
  g_autofree char *directory = g_build_filename (parent, DIRECTORY, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (file_types); i++)
    {
      g_autoptr(GPtrArray) found = oma_config_list_directory (directory, file_types[i].suffix);

      for (guint j = 0; j < found->len; j++)
        g_tree_replace (paths, g_path_get_basename (found->pdata[j]), g_strdup (found->pdata[j]));
    }
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
  return strcmp (a, b);
}

/* A document with secrets must be one that others cannot even read. */
static gboolean
check_secrecy (const OmaBootstrap *document, const char *path, OmaTrustedFileFlags flags, GError **error)
{
  g_autoptr(GBytes) again = NULL;

  if (!oma_bootstrap_has_secret (document))
    return TRUE;
  again = oma_trusted_file_read (path, OMA_BOOTSTRAP_MAX_SIZE, flags | OMA_TRUSTED_FILE_SECRET, error);
  return again != NULL;
}

typedef struct {
  gboolean done;
  GError  *error;
} Wait;

static void
file_installed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;
  OmaAccount *account = oma_agent_bootstrap_finish (OMA_AGENT (source), result, &wait->error);

  g_clear_object (&account);
  wait->done = TRUE;
}

static gboolean
use_document (OmaAgent *self, const char *path, GBytes *octets, OmaTrustedFileFlags flags, GError **error)
{
  g_autoptr(OmaBootstrap) document = NULL;
  Wait wait = { FALSE, NULL };
  gsize size;
  gconstpointer data = g_bytes_get_data (octets, &size);

  document = oma_bootstrap_read (get_media_type (path), data, size, error);
  if (document == NULL || !check_secrecy (document, path, flags, error))
    return FALSE;
  install (make_task (self, NULL, (const char *const *) self->config->bootstrap_manage, FALSE, file_installed, &wait),
           document, octets);
  while (!wait.done)
    g_main_context_iteration (NULL, TRUE);
  if (wait.error != NULL)
    g_propagate_error (error, wait.error);
  return wait.error == NULL;
}

/* A document is used once: whoever removes its account need not remove the vendor's file. */
static gboolean
use_file (OmaAgent *self, OmaBootstrapRecord *record, const char *path, GError **error)
{
  OmaTrustedFileFlags flags = self->accept_own_files ? OMA_TRUSTED_FILE_ACCEPT_OWN : OMA_TRUSTED_FILE_DEFAULT;
  g_autoptr(GBytes) octets = oma_trusted_file_read (path, OMA_BOOTSTRAP_MAX_SIZE, flags, error);
  g_autofree char *digest = NULL;

  if (octets == NULL)
    return FALSE;
  if (g_bytes_get_size (octets) == 0)
    return TRUE;
  digest = make_digest (octets);
  if (!oma_bootstrap_record_has (record, digest) && !use_document (self, path, octets, flags, error))
    return FALSE;
  oma_bootstrap_record_keep (record, digest);
  return TRUE;
}

typedef struct {
  OmaAgent           *agent;
  OmaBootstrapRecord *record;
} Import;

static gboolean
use_next (gpointer name G_GNUC_UNUSED, gpointer path, gpointer user_data)
{
  const Import *import = user_data;
  g_autoptr(GError) error = NULL;

  if (!use_file (import->agent, import->record, path, &error))
    oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_ACCOUNT_REFUSED, NULL, 0, "Account not provisioned: %s: %s",
                   (const char *) path, error->message);
  return FALSE;
}

/* Internal: takes over the bootstrap documents of the vendor and of the administrator, in the order of their names; of
 * two with the same name the administrator's counts, and an empty one stands for none; each is used once.  Nobody can ask for anything
 * yet, so the main loop is ours for that time. */
void
oma_agent_open_bootstraps (OmaAgent *self)
{
  g_autoptr(GTree) paths = g_tree_new_full (compare_names, NULL, g_free, g_free);
  g_autoptr(OmaBootstrapRecord) record = oma_bootstrap_record_open (self->state_dir);
  Import import = { self, record };
  g_autoptr(GError) error = NULL;

  if (self->vendor_dir != NULL)
    list_documents (self->vendor_dir, paths);
  list_documents (self->config_dir, paths);
  g_tree_foreach (paths, use_next, &import);
  if (!oma_bootstrap_record_save (record, &error))
    g_warning ("Which bootstrap documents were used could not be kept: %s", error->message);
}

/* Internal: opens sessions with servers that do not know of their bootstrap yet. */
void
oma_agent_deliver_bootstraps (OmaAgent *self)
{
  GPtrArray *accounts = oma_agent_get_accounts (self);

  for (guint i = 0; i < accounts->len; i++)
    if (oma_account_is_bootstrap_untold (accounts->pdata[i]))
      oma_agent_open_session (self, accounts->pdata[i], NULL);
}
