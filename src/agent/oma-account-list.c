/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-list-private.h"

#include "agent/oma-account-private.h"
#include "agent/oma-agent.h"
#include "agent/oma-builtin-ddf.h"
#include "agent/oma-withdraw.h"
#include "base/oma-uri.h"

#include <string.h>

#define MAX_MADE_NAME 64   /* octets that a name takes over from an identifier */
#define ALL_RIGHTS (OMA_ACCESS_ADD | OMA_ACCESS_DELETE | OMA_ACCESS_EXEC | OMA_ACCESS_GET | OMA_ACCESS_REPLACE)

struct _OmaAccountList {
  GObject      parent_instance;
  OmaExecutor *executor;
  OmaTree     *tree;
  GPtrArray   *accounts;    /* (element-type OmaAccount) */
  GHashTable  *reserved;    /* names and ServerIDs of accounts that are being made */
  GHashTable  *removing;    /* names of accounts whose rights go with them */
  guint        n_plans;     /* under way */
  guint        watch;
};

enum {
  SIGNAL_ADDED,
  SIGNAL_REMOVED,
  SIGNAL_IDLE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (OmaAccountList, oma_account_list, G_TYPE_OBJECT)

static void
oma_account_list_finalize (GObject *object)
{
  OmaAccountList *self = OMA_ACCOUNT_LIST (object);

  oma_account_list_close (self);
  g_ptr_array_unref (self->accounts);
  g_hash_table_unref (self->reserved);
  g_hash_table_unref (self->removing);
  G_OBJECT_CLASS (oma_account_list_parent_class)->finalize (object);
}

static void
oma_account_list_class_init (OmaAccountListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_account_list_finalize;
  signals[SIGNAL_ADDED] = g_signal_new ("added", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, OMA_TYPE_ACCOUNT);
  signals[SIGNAL_REMOVED] = g_signal_new ("removed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_IDLE] = g_signal_new ("idle", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 0);
}

static void
oma_account_list_init (OmaAccountList *self)
{
  self->accounts = g_ptr_array_new_with_free_func (g_object_unref);
  self->reserved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->removing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * oma_account_list_mount:
 * @tree: a tree
 * @error: return location for an error
 *
 * Mounts ./DMAcc and ./DMAcc2, each account seen only by its own server.
 *
 * Returns: %TRUE when they are mounted
 */
gboolean
oma_account_list_mount (OmaTree *tree, GError **error)
{
  return oma_builtin_ddf_mount (tree, "dmacc.ddf.xml", OMA_MOUNT_RESERVED | OMA_MOUNT_PRIVATE, error) &&
         oma_builtin_ddf_mount (tree, "dmacc2.ddf.xml", OMA_MOUNT_RESERVED | OMA_MOUNT_PRIVATE, error);
}

/* ---- Following the nodes ---- */

static OmaNode *
find_root (OmaAccountList *self, const OmaAccountPlaces *places)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, places->root, NULL))
    return NULL;
  oma_tree_lookup (self->tree, &uri, NULL, &lookup);
  return lookup.node;
}

static void
run_plan (OmaAccountList *self, OmaPlan *plan, GAsyncReadyCallback callback, gpointer user_data)
{
  self->n_plans++;
  oma_plan_run_async (plan, callback, user_data);
}

/* To be called last, when the callback of a plan did its work. */
static void
plan_over (OmaAccountList *self)
{
  self->n_plans--;
  if (self->n_plans == 0)
    g_signal_emit (self, signals[SIGNAL_IDLE], 0);
}

static void
rights_swept (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaAccountList) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_plan_run_finish (result, &error))
    g_warning ("The rights of a server whose account is gone could not be taken back: %s", error->message);
  plan_over (self);
}

/* The node of an account went through another door than ours, so its server's rights go now
 * (DM Tree and Description 1.2, section 8.3.7.1.4). */
static void
sweep_rights (OmaAccountList *self, const char *server_id)
{
  OmaPlan *plan;

  if (oma_account_list_find_server (self, server_id) != NULL)
    return;
  plan = oma_plan_new (self->executor);
  oma_plan_forget_server (plan, server_id);
  run_plan (self, plan, rights_swept, g_object_ref (self));
}

/* An account that was made anew may stand at another place. */
static gboolean
has_node (OmaAccountList *self, const char *name)
{
  for (guint i = 0; i < OMA_ACCOUNT_N_PLACES; i++)
    {
      OmaNode *root = find_root (self, oma_account_places_get (i));
      OmaNode *child = root != NULL ? oma_node_first_child (root, NULL) : NULL;

      for (; child != NULL; child = oma_node_next_sibling (child, NULL))
        if (strcmp (oma_node_get_name (child), name) == 0)
          return TRUE;
    }
  return FALSE;
}

/* Drops the accounts whose nodes are gone or are no whole account any more. */
static void
drop_gone (OmaAccountList *self)
{
  for (guint i = self->accounts->len; i-- > 0;)
    {
      g_autoptr(OmaAccount) account = g_object_ref (self->accounts->pdata[i]);
      g_autofree char *server_id = g_strdup (oma_account_get_server_id (account));
      const char *name = oma_account_get_name (account);

      if (oma_account_reload (account))
        continue;
      g_ptr_array_remove_index (self->accounts, i);
      g_signal_emit (self, signals[SIGNAL_REMOVED], 0, name);
      if (!has_node (self, name) && !g_hash_table_contains (self->removing, name))
        sweep_rights (self, server_id);
    }
}

static void
take_new (OmaAccountList *self, const OmaAccountPlaces *places)
{
  OmaNode *root = find_root (self, places);
  OmaNode *child = root != NULL ? oma_node_first_child (root, NULL) : NULL;

  for (; child != NULL; child = oma_node_next_sibling (child, NULL))
    {
      g_autoptr(OmaAccount) account = NULL;

      if (oma_account_list_find (self, oma_node_get_name (child)) != NULL)
        continue;
      account = oma_account_new (self->tree, places, oma_node_get_name (child));
      if (!oma_account_reload (account))
        continue;
      g_ptr_array_add (self->accounts, g_object_ref (account));
      g_signal_emit (self, signals[SIGNAL_ADDED], 0, account);
    }
}

static void
refresh (OmaAccountList *self)
{
  drop_gone (self);
  for (guint i = 0; i < OMA_ACCOUNT_N_PLACES; i++)
    take_new (self, oma_account_places_get (i));
}

static gboolean
is_about_accounts (const char *uri)
{
  for (guint i = 0; i < OMA_ACCOUNT_N_PLACES; i++)
    if (g_str_has_prefix (uri, oma_account_places_get (i)->root))
      return TRUE;
  return FALSE;
}

static void
tree_changed (OmaTree *tree G_GNUC_UNUSED, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  for (guint i = 0; i < n_events; i++)
    if (is_about_accounts (events[i].uri))
      {
        refresh (user_data);
        return;
      }
}

/**
 * oma_account_list_new:
 * @executor: the executor of a tree that was loaded; it must outlive oma_account_list_close()
 *
 * Returns: (transfer full): the accounts
 */
OmaAccountList *
oma_account_list_new (OmaExecutor *executor)
{
  OmaAccountList *self = g_object_new (OMA_TYPE_ACCOUNT_LIST, NULL);

  self->executor = executor;
  self->tree = oma_executor_get_tree (executor);
  self->watch = oma_tree_watch (self->tree, tree_changed, self);
  refresh (self);
  return self;
}

/**
 * oma_account_list_close:
 * @list: the accounts
 *
 * The list follows the nodes no more.
 */
void
oma_account_list_close (OmaAccountList *list)
{
  if (list->watch != 0)
    oma_tree_unwatch (list->tree, list->watch);
  list->watch = 0;
}

/**
 * oma_account_list_is_busy:
 * @list: the accounts
 *
 * Returns: whether a change to accounts is under way
 */
gboolean
oma_account_list_is_busy (OmaAccountList *list)
{
  return list->n_plans > 0;
}

/**
 * oma_account_list_get:
 * @list: the accounts
 *
 * Returns: (transfer none) (element-type OmaAccount): all accounts
 */
GPtrArray *
oma_account_list_get (OmaAccountList *list)
{
  return list->accounts;
}

/**
 * oma_account_list_find:
 * @list: the accounts
 * @name: a name
 *
 * Returns: (transfer none) (nullable): the account of this name
 */
OmaAccount *
oma_account_list_find (OmaAccountList *list, const char *name)
{
  for (guint i = 0; i < list->accounts->len; i++)
    if (strcmp (oma_account_get_name (list->accounts->pdata[i]), name) == 0)
      return list->accounts->pdata[i];
  return NULL;
}

/**
 * oma_account_list_find_server:
 * @list: the accounts
 * @server_id: identifier of a server
 *
 * Returns: (transfer none) (nullable): the account with this server, whatever its release
 */
OmaAccount *
oma_account_list_find_server (OmaAccountList *list, const char *server_id)
{
  for (guint i = 0; i < list->accounts->len; i++)
    if (strcmp (oma_account_get_server_id (list->accounts->pdata[i]), server_id) == 0)
      return list->accounts->pdata[i];
  return NULL;
}

/**
 * oma_account_list_make_name:
 * @list: the accounts
 * @server_id: identifier of a server
 *
 * Returns: (transfer full): a name for an account with this server that no account has, if there is one: the
 *   identifier with a dash for what a name cannot have, shortened, with a number where it is taken
 */
char *
oma_account_list_make_name (OmaAccountList *list, const char *server_id)
{
  g_autofree char *base = g_utf8_make_valid (server_id, -1);
  char *name;

  while (strlen (base) > MAX_MADE_NAME)
    *g_utf8_prev_char (base + strlen (base)) = '\0';
  g_strdelimit (base, "/", '-');
  if (strspn (base, ".") == strlen (base))
    g_strdelimit (base, ".", '-');
  name = g_strdup (base);
  for (guint i = 2; i < 2 + OMA_ACCOUNT_LIST_MAX_ACCOUNTS && oma_account_list_find (list, name) != NULL; i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s-%u", base, i);
    }
  return name;
}

/* ---- Making an account ---- */

typedef struct {
  char *name;
  char *server_id;
} AddData;

static void
add_data_free (AddData *data)
{
  g_free (data->name);
  g_free (data->server_id);
  g_free (data);
}

/* @replaced: the account that is made anew, which does not count */
static gboolean
check_is_new (OmaAccountList *self, const OmaAccountConfig *config, OmaAccount *replaced, GError **error)
{
  OmaAccount *same_name = oma_account_list_find (self, config->name);
  OmaAccount *same_server = oma_account_list_find_server (self, config->server_id);

  if ((same_name != NULL && same_name != replaced) || g_hash_table_contains (self->reserved, config->name))
    {
      g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS, "There is an account %s already", config->name);
      return FALSE;
    }
  if ((same_server != NULL && same_server != replaced) || g_hash_table_contains (self->reserved, config->server_id))
    {
      g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_ACCOUNT_EXISTS,
                   "There is an account with server %s already", config->server_id);
      return FALSE;
    }
  return TRUE;
}

/* Sets @is_whole when one of the URIs is the root. */
static GPtrArray *
make_canonical (char **uris, gboolean *is_whole)
{
  GPtrArray *canonical = g_ptr_array_new_with_free_func (g_free);

  for (char **uri = uris; uri != NULL && *uri != NULL; uri++)
    {
      g_auto(OmaUri) parsed = OMA_URI_INIT;

      if (!oma_uri_parse (&parsed, *uri, NULL))
        continue;
      *is_whole |= parsed.n_segments == 0;
      g_ptr_array_add (canonical, oma_uri_to_string (&parsed));
    }
  return canonical;
}

/* The only account gets the whole tree when nothing was said, unless it comes by bootstrap; every other one what was
 * said, and may read its own account.  Nothing is taken away from other servers. */
static void
add_rights (OmaAccountList *self, OmaPlan *plan, const OmaAccountConfig *config, OmaAccount *replaced)
{
  gboolean is_whole = FALSE;
  g_autoptr(GPtrArray) uris = make_canonical (config->manage, &is_whole);
  gboolean is_only = self->accounts->len == (replaced != NULL ? 1 : 0) && g_hash_table_size (self->reserved) == 0;

  if (uris->len == 0 && is_only && !config->is_bootstrap)
    {
      g_ptr_array_add (uris, g_strdup ("."));
      is_whole = TRUE;
    }
  if (!is_whole)
    {
      g_autofree char *account = oma_account_places_make_uri (oma_account_places_find (config->protocol), config->name);
      g_autofree char *uri = g_strconcat (account, "?prop=ACL", NULL);
      g_autofree char *acl = g_strconcat ("Get=", config->server_id, NULL);

      oma_plan_replace (plan, uri, oma_value_new_string (acl));
    }
  for (guint i = 0; i < uris->len; i++)
    oma_plan_grant (plan, uris->pdata[i], ALL_RIGHTS, config->server_id);
}

static void
account_made (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaAccountList *self = g_task_get_source_object (task);
  const AddData *data = g_task_get_task_data (task);
  OmaAccount *account;
  GError *error = NULL;

  g_hash_table_remove (self->reserved, data->name);
  g_hash_table_remove (self->reserved, data->server_id);
  if (!oma_plan_run_finish (result, &error))
    {
      g_task_return_error (task, error);
      plan_over (self);
      return;
    }
  refresh (self);
  account = oma_account_list_find (self, data->name);
  if (account != NULL)
    g_task_return_pointer (task, g_object_ref (account), g_object_unref);
  else
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "The account %s is gone again",
                             data->name);
  plan_over (self);
}

/* Those that are being made count, too: each has reserved its name and its server. */
static gboolean
has_room (OmaAccountList *self, GError **error)
{
  if (self->accounts->len + g_hash_table_size (self->reserved) / 2 < OMA_ACCOUNT_LIST_MAX_ACCOUNTS)
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "There are %d accounts already, which are all that fit",
               OMA_ACCOUNT_LIST_MAX_ACCOUNTS);
  return FALSE;
}

/* Internal: as oma_account_list_add_async(), in the place of @replaced, if there is one. */
void
oma_account_list_make_async (OmaAccountList *self, const OmaAccountConfig *config, const char *digest,
                             OmaAccount *replaced, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, user_data);
  AddData *data = g_new0 (AddData, 1);
  GError *error = NULL;
  OmaPlan *plan;

  g_task_set_source_tag (task, oma_account_list_make_async);
  g_task_set_task_data (task, data, (GDestroyNotify) add_data_free);
  if (!oma_account_config_check (config, &error) || !check_is_new (self, config, replaced, &error) ||
      (replaced == NULL && !has_room (self, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  data->name = g_strdup (config->name);
  data->server_id = g_strdup (config->server_id);
  plan = oma_plan_new (self->executor);
  if (replaced != NULL)
    {
      g_autofree char *uri = oma_account_dup_uri (replaced);

      oma_plan_delete (plan, uri);
      oma_plan_forget_server (plan, oma_account_get_server_id (replaced));
    }
  oma_account_add_nodes (plan, config, digest);
  add_rights (self, plan, config, replaced);
  g_hash_table_add (self->reserved, g_strdup (config->name));
  g_hash_table_add (self->reserved, g_strdup (config->server_id));
  run_plan (self, plan, account_made, g_steal_pointer (&task));
}

/**
 * oma_account_list_add_async:
 * @list: the accounts
 * @config: what the account is made of; not needed any more when this returned
 * @digest: (nullable): digest of the file that it comes from
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes an account, all of it or nothing.  The server gets all rights on the nodes that
 * @config names, or on the whole tree if it names none and there is no other account.
 */
void
oma_account_list_add_async (OmaAccountList *list, OmaAccountConfig *config, const char *digest,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  oma_account_list_make_async (list, config, digest, NULL, callback, user_data);
}

/**
 * oma_account_list_add_finish:
 * @list: the accounts
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): the account, or %NULL with %OMA_AGENT_ERROR_BAD_SETTING,
 *   %OMA_AGENT_ERROR_ACCOUNT_EXISTS when there is one of this name or server, or
 *   %OMA_STATUS_NOT_FOUND when a node that it shall manage is not there, %OMA_STATUS_DEVICE_FULL
 *   when there are %OMA_ACCOUNT_LIST_MAX_ACCOUNTS
 */
OmaAccount *
oma_account_list_add_finish (OmaAccountList *list G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Removing one ---- */

static void
account_removed (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaAccountList *self = g_task_get_source_object (task);
  const char *name = g_task_get_task_data (task);
  GError *error = NULL;
  gboolean removed = oma_plan_run_finish (result, &error);

  if (removed)
    refresh (self);
  g_hash_table_remove (self->removing, name);
  if (removed)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  plan_over (self);
}

/**
 * oma_account_list_remove_async:
 * @list: the accounts
 * @name: name of an account
 * @withdraw: undo what its server set, see oma_withdraw_add_steps()
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Removes an account with its secrets and takes its server out of every ACL, in one unit of
 * work.
 */
void
oma_account_list_remove_async (OmaAccountList *list, const char *name, gboolean withdraw, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (list, NULL, callback, user_data);
  OmaAccount *account = oma_account_list_find (list, name);
  g_autofree char *uri = NULL;
  OmaPlan *plan;

  g_task_set_source_tag (task, oma_account_list_remove_async);
  g_task_set_task_data (task, g_strdup (name), g_free);
  if (account == NULL || g_hash_table_contains (list->removing, name))
    {
      g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "There is no account %s", name);
      return;
    }
  uri = oma_account_dup_uri (account);
  plan = oma_plan_new (list->executor);
  if (withdraw)
    oma_withdraw_add_steps (plan, oma_account_get_server_id (account));
  oma_plan_delete (plan, uri);
  oma_plan_forget_server (plan, oma_account_get_server_id (account));
  g_hash_table_add (list->removing, g_strdup (name));
  run_plan (list, plan, account_removed, g_steal_pointer (&task));
}

/**
 * oma_account_list_remove_finish:
 * @list: the accounts
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: %TRUE when the account is gone, or %FALSE with %OMA_AGENT_ERROR_NO_ACCOUNT or
 *   what stopped the unit of work; then nothing changed
 */
gboolean
oma_account_list_remove_finish (OmaAccountList *list G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
