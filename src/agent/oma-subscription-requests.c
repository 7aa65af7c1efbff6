/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-subscription-list-private.h"

/* SUB, UNSUB and DEFAULT: changes of nodes of accounts, one after the other. */

typedef enum {
  CHANGE_ADD,        /* the subscription is new */
  CHANGE_ADDRESS,
  CHANGE_REMOVE,
} ChangeKind;

typedef struct {
  ChangeKind       kind;
  OmaSubscription *subscription;
  char            *server_uri;     /* (nullable): the new one */
} Change;

static void run_next_change (OmaSubscriptionList *self);

static void
change_free (Change *change)
{
  g_clear_pointer (&change->subscription, oma_subscription_unref);
  g_free (change->server_uri);
  g_free (change);
}

static OmaSubscription *
find (OmaSubscriptionList *self, OmaSubscriptionKind kind, const char *account, const char *key)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      OmaSubscription *subscription = self->subscriptions->pdata[i];

      if (subscription->kind == kind && g_str_equal (subscription->account, account) &&
          g_str_equal (subscription->key, key))
        return subscription;
    }
  return NULL;
}

/* Returns: a number that no subscription of the account has, 0 when it has too many */
static guint
find_number (OmaSubscriptionList *self, OmaSubscriptionKind kind, const char *account)
{
  guint64 highest = 0, number;
  guint n = 0;

  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      const OmaSubscription *subscription = self->subscriptions->pdata[i];

      if (subscription->kind != kind || !g_str_equal (subscription->account, account))
        continue;
      n++;
      if (g_ascii_string_to_unsigned (subscription->number, 10, 1, G_MAXINT32, &number, NULL))
        highest = MAX (highest, number);
    }
  return n < OMA_SUBSCRIPTION_LIST_MAX ? (guint) highest + 1 : 0;
}

static void
drop (OmaSubscriptionList *self, OmaSubscription *subscription)
{
  subscription->is_gone = TRUE;
  g_ptr_array_remove (self->subscriptions, subscription);
}

static void
note_change (OmaSubscriptionList *self, Change *change)
{
  OmaSubscription *subscription = change->subscription;

  switch (change->kind)
    {
    case CHANGE_ADDRESS:
      g_free (subscription->server_uri);
      subscription->server_uri = g_steal_pointer (&change->server_uri);
      subscription->failures = 0;
      if (!subscription->is_dirty)
        subscription->due = 0;
      break;
    case CHANGE_ADD:
      /* What there is now is read at once. */
      subscription->is_dirty |= subscription->kind == OMA_SUBSCRIPTION_CHANGES;
      break;
    case CHANGE_REMOVE:
    default:
      drop (self, subscription);
      break;
    }
  oma_subscription_list_schedule (self);
}

static void
changed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaSubscriptionList *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  self->is_changing = FALSE;
  if (oma_plan_run_finish (result, &error))
    {
      note_change (self, change);
      g_task_return_boolean (task, TRUE);
    }
  else
    {
      if (change->kind == CHANGE_ADD)
        drop (self, change->subscription);
      g_task_return_error (task, error);
    }
  run_next_change (self);
  oma_subscription_list_tell_idle (self);
}

/* Takes @task. */
static void
run_change (OmaSubscriptionList *self, GTask *task)
{
  const Change *change = g_task_get_task_data (task);
  OmaAccount *account = oma_account_list_find (self->accounts, change->subscription->account);
  g_autoptr(OmaPlan) plan = oma_plan_new (self->context.executor);

  if (account == NULL)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "The account is gone");
      g_object_unref (task);
      return;
    }
  if (change->kind == CHANGE_ADD)
    oma_subscription_put_nodes (change->subscription, account, plan);
  else if (change->kind == CHANGE_ADDRESS)
    oma_subscription_put_address (change->subscription, account, plan, change->server_uri);
  else
    oma_subscription_drop_nodes (change->subscription, account, plan);
  self->is_changing = TRUE;
  oma_plan_run_async (g_steal_pointer (&plan), changed_cb, task);
}

static void
run_next_change (OmaSubscriptionList *self)
{
  while (!self->is_changing && !g_queue_is_empty (self->changes))
    run_change (self, g_queue_pop_head (self->changes));
}

/* Takes @task and @subscription. */
static void
push_change (GTask *task, ChangeKind kind, OmaSubscription *subscription, const char *server_uri)
{
  OmaSubscriptionList *self = g_task_get_source_object (task);
  Change *change = g_new0 (Change, 1);

  *change = (Change) { kind, subscription, g_strdup (server_uri) };
  g_task_set_task_data (task, change, (GDestroyNotify) change_free);
  g_queue_push_tail (self->changes, task);
  run_next_change (self);
}

/* (transfer none) (nullable): the account of the server; without one @task has got its error. */
static OmaAccount *
find_account (OmaSubscriptionList *self, const char *server_id, GTask *task)
{
  OmaAccount *account = oma_account_list_find_server (self->accounts, server_id);

  if (account == NULL)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "The server has no account");
      g_object_unref (task);
    }
  return account;
}

/* Takes @task. */
static void
put (OmaSubscriptionList *self, OmaSubscriptionKind kind, const char *server_id, const char *key, const char *server_uri,
     GTask *task)
{
  OmaAccount *account = find_account (self, server_id, task);
  g_autofree char *number = NULL;
  OmaSubscription *subscription;
  const char *name;
  guint free_number;

  if (account == NULL)
    return;
  name = oma_account_get_name (account);
  subscription = find (self, kind, name, key);
  free_number = find_number (self, kind, name);
  if (subscription != NULL)
    {
      push_change (task, CHANGE_ADDRESS, oma_subscription_ref (subscription), server_uri);
      return;
    }
  if (free_number == 0)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL,
                               "An account has at most %d of these", OMA_SUBSCRIPTION_LIST_MAX);
      g_object_unref (task);
      return;
    }
  number = g_strdup_printf ("%u", free_number);
  subscription = oma_subscription_new (kind, name, number, key, server_uri);
  subscription->is_fresh = TRUE;
  g_ptr_array_add (self->subscriptions, oma_subscription_ref (subscription));
  push_change (task, CHANGE_ADD, subscription, NULL);
}

static void
subscribe_async (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri, const char *server_uri,
                 GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (subscriptions, NULL, callback, user_data);

  g_task_set_source_tag (task, subscribe_async);
  put (OMA_SUBSCRIPTION_LIST (subscriptions), OMA_SUBSCRIPTION_CHANGES, server_id, client_uri, server_uri, task);
}

static void
set_default_async (OmaSubscriptions *subscriptions, const char *server_id, const char *moid, const char *server_uri,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (subscriptions, NULL, callback, user_data);

  g_task_set_source_tag (task, set_default_async);
  put (OMA_SUBSCRIPTION_LIST (subscriptions), OMA_SUBSCRIPTION_DEFAULT, server_id, moid, server_uri, task);
}

static void
unsubscribe_async (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  OmaSubscriptionList *self = OMA_SUBSCRIPTION_LIST (subscriptions);
  GTask *task = g_task_new (subscriptions, NULL, callback, user_data);
  OmaAccount *account = find_account (self, server_id, task);
  OmaSubscription *subscription;

  g_task_set_source_tag (task, unsubscribe_async);
  if (account == NULL)
    return;
  subscription = find (self, OMA_SUBSCRIPTION_CHANGES, oma_account_get_name (account), client_uri);
  if (subscription == NULL)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no subscription to %s",
                               client_uri);
      g_object_unref (task);
      return;
    }
  push_change (task, CHANGE_REMOVE, oma_subscription_ref (subscription), NULL);
}

static gboolean
finish (OmaSubscriptions *subscriptions, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, subscriptions), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Internal: what the list is to sessions. */
void
oma_subscription_list_iface_init (OmaSubscriptionsInterface *iface)
{
  iface->subscribe_async = subscribe_async;
  iface->unsubscribe_async = unsubscribe_async;
  iface->set_default_async = set_default_async;
  iface->finish = finish;
}
