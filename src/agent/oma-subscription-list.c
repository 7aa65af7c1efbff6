/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-subscription-list-private.h"

#include "agent/oma-account-state.h"
#include "agent/oma-retry.h"
#include "agent/oma-subscription-push.h"

#include <string.h>

enum {
  SIGNAL_IDLE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (OmaSubscriptionList, oma_subscription_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_SUBSCRIPTIONS, oma_subscription_list_iface_init))

static void
oma_subscription_list_finalize (GObject *object)
{
  OmaSubscriptionList *self = OMA_SUBSCRIPTION_LIST (object);

  oma_subscription_list_close (self);
  g_queue_free_full (self->changes, g_object_unref);
  g_hash_table_unref (self->fetches);
  g_ptr_array_unref (self->subscriptions);
  g_object_unref (self->cancellable);
  g_object_unref (self->accounts);
  g_free (self->device_id);
  G_OBJECT_CLASS (oma_subscription_list_parent_class)->finalize (object);
}

static void
oma_subscription_list_class_init (OmaSubscriptionListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_subscription_list_finalize;
  signals[SIGNAL_IDLE] = g_signal_new ("idle", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 0);
}

static void
oma_subscription_list_init (OmaSubscriptionList *self)
{
  self->subscriptions = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_subscription_unref);
  self->changes = g_queue_new ();
  self->fetches = g_hash_table_new (g_str_hash, g_str_equal);
  self->cancellable = g_cancellable_new ();
  self->quiet_time = OMA_SUBSCRIPTION_LIST_QUIET_TIME;
}

/* Internal: what was under way may have been the last. */
void
oma_subscription_list_tell_idle (OmaSubscriptionList *self)
{
  if (!oma_subscription_list_is_busy (self))
    g_signal_emit (self, signals[SIGNAL_IDLE], 0);
}

/* ---- What is told to servers ---- */

static void
mark (OmaSubscription *subscription, guint wait)
{
  gint64 due = g_get_monotonic_time () + (gint64) wait * 1000;

  if (subscription->kind != OMA_SUBSCRIPTION_CHANGES || subscription->is_gone)
    return;
  /* One that failed keeps its turn, and what is collected already is not put off for ever. */
  if (!subscription->is_dirty)
    subscription->due = MAX (due, subscription->due);
  subscription->is_dirty = TRUE;
}

static void
sent_kept (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaSubscriptionList) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_plan_run_finish (result, &error))
    g_warning ("A server may be told once more what it has: %s", error->message);
  self->n_busy--;
  oma_subscription_list_tell_idle (self);
}

static void
keep_sent (OmaSubscriptionList *self, OmaSubscription *subscription, const char *digest)
{
  OmaAccount *account = oma_account_list_find (self->accounts, subscription->account);
  g_autoptr(OmaPlan) plan = oma_plan_new (self->context.executor);

  g_free (subscription->sent);
  subscription->sent = g_strdup (digest);
  if (account == NULL)
    return;
  oma_subscription_put_sent (subscription, account, plan, digest);
  self->n_busy++;
  oma_plan_run_async (g_steal_pointer (&plan), sent_kept, g_object_ref (self));
}

/* A right that is lost may come back, and then what changes next tells; all else is tried again. */
static void
note_failure (OmaSubscriptionList *self, OmaSubscription *subscription, const OmaSubscriptionPush *push)
{
  guint wait;

  if (g_error_matches (push->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_warning ("Account %s: its server is not told of changes of %s: %s", subscription->account, subscription->key,
             push->error->message);
  if (g_error_matches (push->error, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN))
    return;
  wait = oma_retry_delay (self->context.config->retry_delay, OMA_ACCOUNT_MAX_BACK_OFF, subscription->failures,
                          MIN (push->retry_after, OMA_ACCOUNT_MAX_RETRY_AFTER), self->context.rand);
  subscription->failures++;
  subscription->is_dirty = TRUE;
  subscription->due = g_get_monotonic_time () + (gint64) wait * 1000;
}

static void
note_push (OmaSubscriptionList *self, OmaSubscription *subscription, OmaSubscriptionPush *push)
{
  gboolean was_fresh = subscription->is_fresh;

  subscription->is_fresh = FALSE;
  if (push->places != NULL)
    {
      g_clear_pointer (&subscription->places, g_ptr_array_unref);
      subscription->places = g_steal_pointer (&push->places);
      subscription->is_open = push->is_open;
    }
  if (push->error != NULL)
    {
      note_failure (self, subscription, push);
      return;
    }
  subscription->failures = 0;
  subscription->due = 0;
  if (push->sent)
    g_info ("Account %s: its server was told of changes of %s", subscription->account, subscription->key);
  /* What changed since the server asked, and was read here already, would never be told. */
  if (was_fresh && subscription->is_dirty)
    return;
  if (g_strcmp0 (push->digest, subscription->sent) != 0)
    keep_sent (self, subscription, push->digest);
}

typedef struct {
  OmaSubscriptionList *list;
  OmaSubscription     *subscription;
} Pushed;

static void
pushed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autofree Pushed *pushed = user_data;
  g_autoptr(OmaSubscriptionList) self = pushed->list;
  g_autoptr(OmaSubscription) subscription = pushed->subscription;
  g_autoptr(OmaSubscriptionPush) push = oma_subscription_push_finish (result);

  subscription->is_busy = FALSE;
  self->n_busy--;
  if (!subscription->is_gone)
    note_push (self, subscription, push);
  oma_subscription_list_schedule (self);
  oma_subscription_list_tell_idle (self);
}

static void
push (OmaSubscriptionList *self, OmaSubscription *subscription, OmaAccount *account)
{
  Pushed *pushed = g_new (Pushed, 1);

  *pushed = (Pushed) { g_object_ref (self), oma_subscription_ref (subscription) };
  subscription->is_busy = TRUE;
  subscription->is_dirty = FALSE;
  self->n_busy++;
  oma_subscription_push_async (subscription, &self->context, account, self->device_id, self->cancellable, pushed_cb,
                               pushed);
}

/* One at a time with each account. */
static gboolean
has_to_wait (OmaSubscriptionList *self, const OmaSubscription *subscription)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      const OmaSubscription *other = self->subscriptions->pdata[i];

      if (other->is_busy && g_str_equal (other->account, subscription->account))
        return TRUE;
    }
  return FALSE;
}

static gboolean
timed_out (gpointer user_data)
{
  OmaSubscriptionList *self = user_data;
  gint64 now = g_get_monotonic_time ();

  self->timer = 0;
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      OmaSubscription *subscription = self->subscriptions->pdata[i];
      OmaAccount *account;

      if (!subscription->is_dirty || subscription->due > now || has_to_wait (self, subscription))
        continue;
      account = oma_account_list_find (self->accounts, subscription->account);
      if (account != NULL)
        push (self, subscription, account);
      else
        subscription->is_dirty = FALSE;
    }
  oma_subscription_list_schedule (self);
  return G_SOURCE_REMOVE;
}

/* Internal: wakes up when the first is due that has not to wait for another. */
void
oma_subscription_list_schedule (OmaSubscriptionList *self)
{
  gint64 now = g_get_monotonic_time (), first = G_MAXINT64;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (!self->started)
    return;
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      const OmaSubscription *subscription = self->subscriptions->pdata[i];

      if (subscription->is_dirty && !has_to_wait (self, subscription))
        first = MIN (first, subscription->due);
    }
  if (first == G_MAXINT64)
    return;
  self->timer = g_timeout_add ((guint) CLAMP ((first - now + 999) / 1000, 0, G_MAXINT), timed_out, self);
}

/* ---- What changes ---- */

static gboolean
is_structure (OmaChangeKind kind)
{
  return kind != OMA_CHANGE_REPLACED;
}

static gboolean
note_event (OmaSubscriptionList *self, const OmaTreeEvent *event)
{
  gboolean noted = FALSE;

  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      OmaSubscription *subscription = self->subscriptions->pdata[i];

      if (subscription->kind != OMA_SUBSCRIPTION_CHANGES ||
          !oma_subscription_is_about (subscription, event->uri, is_structure (event->kind)))
        continue;
      /* One that is being read for the first time finds out by itself. */
      subscription->is_fresh &= subscription->is_busy;
      mark (subscription, self->quiet_time);
      noted = TRUE;
    }
  return noted;
}

static void
tree_changed (OmaTree *tree, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  OmaSubscriptionList *self = user_data;
  gboolean noted = FALSE;

  if (self->subscriptions->len == 0)
    return;
  for (guint i = 0; i < n_events; i++)
    if (oma_subscription_node_counts (tree, events[i].uri))
      noted |= note_event (self, &events[i]);
  if (noted)
    oma_subscription_list_schedule (self);
}

/* ---- Life ---- */

static void
load_account (OmaSubscriptionList *self, OmaAccount *account)
{
  g_autoptr(GPtrArray) loaded = oma_subscription_load (account);

  for (guint i = 0; i < loaded->len; i++)
    {
      OmaSubscription *subscription = oma_subscription_ref (loaded->pdata[i]);

      g_ptr_array_add (self->subscriptions, subscription);
      mark (subscription, self->quiet_time);
    }
}

static void
close_context (OmaSubscriptionList *self)
{
  if (self->watch != 0)
    oma_tree_unwatch (oma_executor_get_tree (self->context.executor), self->watch);
  self->watch = 0;
}

/**
 * oma_subscription_list_new:
 * @context: what it works with, and what must outlive oma_subscription_list_close()
 * @accounts: the accounts
 *
 * Returns: (transfer full): what is kept with the accounts; nobody is told anything before
 *   oma_subscription_list_start()
 */
OmaSubscriptionList *
oma_subscription_list_new (const OmaRunnerContext *context, OmaAccountList *accounts)
{
  OmaSubscriptionList *self = g_object_new (OMA_TYPE_SUBSCRIPTION_LIST, NULL);
  GPtrArray *all = oma_account_list_get (accounts);

  self->context = *context;
  self->accounts = g_object_ref (accounts);
  for (guint i = 0; i < all->len; i++)
    load_account (self, all->pdata[i]);
  self->watch = oma_tree_watch (oma_executor_get_tree (context->executor), tree_changed, self);
  return self;
}

/**
 * oma_subscription_list_set_quiet_time:
 * @list: a list
 * @milliseconds: in which changes are collected, %OMA_SUBSCRIPTION_LIST_QUIET_TIME before
 */
void
oma_subscription_list_set_quiet_time (OmaSubscriptionList *list, guint milliseconds)
{
  list->quiet_time = milliseconds;
}

/**
 * oma_subscription_list_start:
 * @list: a list
 * @device_id: (nullable): ./DevInfo/DevId, the device's name towards servers
 *
 * From now on servers are told, first of what changed while the daemon did not run.
 */
void
oma_subscription_list_start (OmaSubscriptionList *list, const char *device_id)
{
  g_free (list->device_id);
  list->device_id = g_strdup (device_id);
  list->started = !g_cancellable_is_cancelled (list->cancellable);
  oma_subscription_list_schedule (list);
}

/**
 * oma_subscription_list_stop:
 * @list: a list
 *
 * Ends what is under way, see oma_subscription_list_is_busy(), and begins nothing more.
 */
void
oma_subscription_list_stop (OmaSubscriptionList *list)
{
  list->started = FALSE;
  g_clear_handle_id (&list->timer, g_source_remove);
  g_cancellable_cancel (list->cancellable);
}

/**
 * oma_subscription_list_close:
 * @list: a list
 *
 * The tree is about to go.
 */
void
oma_subscription_list_close (OmaSubscriptionList *list)
{
  oma_subscription_list_stop (list);
  close_context (list);
}

/**
 * oma_subscription_list_is_busy:
 * @list: a list
 *
 * Returns: whether something is under way
 */
gboolean
oma_subscription_list_is_busy (OmaSubscriptionList *list)
{
  return list->n_busy > 0 || list->is_changing;
}

/**
 * oma_subscription_list_forget:
 * @list: a list
 * @account: name of an account that is gone
 *
 * What was kept with it is gone, too.
 */
void
oma_subscription_list_forget (OmaSubscriptionList *list, const char *account)
{
  for (guint i = list->subscriptions->len; i-- > 0;)
    {
      OmaSubscription *subscription = list->subscriptions->pdata[i];

      if (!g_str_equal (subscription->account, account))
        continue;
      subscription->is_gone = TRUE;
      g_ptr_array_remove_index (list->subscriptions, i);
    }
  oma_subscription_list_schedule (list);
}
