/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-list-private.h"

#include "agent/oma-account-file.h"
#include "agent/oma-account-private.h"
#include "agent/oma-config.h"
#include "agent/oma-log.h"

#include <string.h>

/* Accounts from files of provisioning, one file after the other. */

typedef struct {
  GPtrArray  *paths;
  guint       next;
  GHashTable *seen;         /* names that a file of this run has already */
  gboolean    accept_own;
} ImportData;

static void import_next (GTask *task);

static void
import_data_free (ImportData *data)
{
  g_ptr_array_unref (data->paths);
  g_hash_table_unref (data->seen);
  g_free (data);
}

static void
refuse_file (const char *account, const char *message)
{
  oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_ACCOUNT_REFUSED, account, 0, "Account not provisioned: %s", message);
}

static void
file_imported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ImportData *data = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaAccount) account = oma_account_list_add_finish (OMA_ACCOUNT_LIST (source), result, &error);

  if (account != NULL)
    {
      g_message ("Account %s provisioned from %s", oma_account_get_name (account), (char *) data->paths->pdata[data->next]);
    }
  else
    {
      g_prefix_error (&error, "%s: ", (char *) data->paths->pdata[data->next]);
      refuse_file (NULL, error->message);
    }
  data->next++;
  import_next (task);
}

/* Returns whether the file is worth anything: its account is new, or the file changed. */
static gboolean
is_news (OmaAccount *account, const char *path, const char *digest)
{
  g_autofree char *old = NULL;
  g_autofree char *message = NULL;

  if (account == NULL)
    return TRUE;
  old = oma_account_dup_digest (account);
  if (old != NULL && !g_str_has_prefix (old, OMA_ACCOUNT_BOOTSTRAP_DIGEST))
    return strcmp (old, digest) != 0;
  message = g_strdup_printf ("%s: there is an account %s already that was not made from a file", path,
                             oma_account_get_name (account));
  refuse_file (oma_account_get_name (account), message);
  return FALSE;
}

/* Returns whether there is something to wait for. */
static gboolean
import_file (GTask *task, const char *path)
{
  OmaAccountList *self = g_task_get_source_object (task);
  ImportData *data = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autofree char *digest = NULL;
  g_autoptr(OmaAccountConfig) config = oma_account_file_load (path, data->accept_own, &digest, &error);
  OmaAccount *account;

  if (config == NULL)
    {
      refuse_file (NULL, error->message);
      return FALSE;
    }
  if (!g_hash_table_add (data->seen, g_strdup (config->name)))
    {
      g_autofree char *message = g_strdup_printf ("%s: another file has an account %s, too", path, config->name);

      refuse_file (config->name, message);
      return FALSE;
    }
  account = oma_account_list_find (self, config->name);
  if (!is_news (account, path, digest))
    return FALSE;
  oma_account_list_make_async (self, config, digest, account, file_imported, task);
  return TRUE;
}

/* Takes over @task. */
static void
import_next (GTask *task)
{
  ImportData *data = g_task_get_task_data (task);

  for (; data->next < data->paths->len; data->next++)
    if (import_file (task, data->paths->pdata[data->next]))
      return;
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/**
 * oma_account_list_import_async:
 * @list: the accounts
 * @directory: a directory, which need not exist
 * @accept_own: files of the daemon's own user are as good as root's
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes accounts of the files *.conf in @directory.  A file whose account is there is used
 * again only when it, or a file that it names, changed: then the account is made anew.  A
 * file that cannot be used costs a warning.
 */
void
oma_account_list_import_async (OmaAccountList *list, const char *directory, gboolean accept_own,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (list, NULL, callback, user_data);
  ImportData *data = g_new0 (ImportData, 1);

  g_task_set_source_tag (task, oma_account_list_import_async);
  data->paths = oma_config_list_directory (directory, ".conf");
  data->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  data->accept_own = accept_own;
  g_task_set_task_data (task, data, (GDestroyNotify) import_data_free);
  import_next (task);
}

/**
 * oma_account_list_import_finish:
 * @list: the accounts
 * @result: what the callback got
 *
 * Every file was used or refused.
 */
void
oma_account_list_import_finish (OmaAccountList *list G_GNUC_UNUSED, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
