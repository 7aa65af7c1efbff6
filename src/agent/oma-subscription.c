/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-subscription.h"

#include "session/oma-notices.h"

/* Where they are below Ext/Omadm of the account, and what is below each. */
static const struct {
  const char *parent;
  const char *key;
} places[] = {
  [OMA_SUBSCRIPTION_CHANGES] = { "Subscriptions", "ClientURI" },
  [OMA_SUBSCRIPTION_DEFAULT] = { "Defaults", "MOID" },
};

#define SERVER_URI "ServerURI"
#define SENT "Sent"

static void
subscription_clear (OmaSubscription *subscription)
{
  g_free (subscription->account);
  g_free (subscription->number);
  g_free (subscription->key);
  g_free (subscription->server_uri);
  g_free (subscription->sent);
  g_clear_pointer (&subscription->places, g_ptr_array_unref);
}

/**
 * oma_subscription_new:
 * @kind: which command it comes of
 * @account: name of an account
 * @number: name of its node
 * @key: what it is about
 * @server_uri: an address of the server's
 *
 * Returns: (transfer full): a subscription that is only in memory yet
 */
OmaSubscription *
oma_subscription_new (OmaSubscriptionKind kind, const char *account, const char *number, const char *key,
                      const char *server_uri)
{
  OmaSubscription *subscription = g_rc_box_new0 (OmaSubscription);

  subscription->kind = kind;
  subscription->account = g_strdup (account);
  subscription->number = g_strdup (number);
  subscription->key = g_strdup (key);
  subscription->server_uri = g_strdup (server_uri);
  return subscription;
}

/**
 * oma_subscription_ref:
 * @subscription: a subscription
 *
 * Returns: (transfer full): the same
 */
OmaSubscription *
oma_subscription_ref (OmaSubscription *subscription)
{
  return g_rc_box_acquire (subscription);
}

/**
 * oma_subscription_unref:
 * @subscription: (transfer full): a subscription
 */
void
oma_subscription_unref (OmaSubscription *subscription)
{
  g_rc_box_release_full (subscription, (GDestroyNotify) subscription_clear);
}

/**
 * oma_subscription_is_about:
 * @subscription: a subscription
 * @uri: a node that changed
 * @is_structure: it was made, removed or renamed
 *
 * Returns: whether that may change what the server gets
 */
gboolean
oma_subscription_is_about (const OmaSubscription *subscription, const char *uri, gboolean is_structure)
{
  if (subscription->places == NULL || (is_structure && subscription->is_open))
    return TRUE;
  for (guint i = 0; i < subscription->places->len; i++)
    {
      const char *place = g_ptr_array_index (subscription->places, i);

      if (oma_uri_is_at_or_below (uri, place) || oma_uri_is_at_or_below (place, uri))
        return TRUE;
    }
  return FALSE;
}

/* ---- From nodes ---- */

static const char *
get_child_text (OmaNode *parent, const char *name)
{
  for (OmaNode *child = oma_node_first_child (parent, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (g_str_equal (oma_node_get_name (child), name) && !oma_node_is_interior (child))
      {
        OmaValue *value = oma_node_get_value (child, NULL);

        return value != NULL ? oma_value_get_text (value) : NULL;
      }
  return NULL;
}

static void
load_kind (OmaAccount *account, OmaSubscriptionKind kind, GPtrArray *subscriptions)
{
  g_autofree char *relative = g_strconcat (OMA_ACCOUNT_EXTENSION "/", places[kind].parent, NULL);
  OmaNode *parent = oma_account_find_node (account, relative);

  if (parent == NULL)
    return;
  for (OmaNode *node = oma_node_first_child (parent, NULL); node != NULL; node = oma_node_next_sibling (node, NULL))
    {
      const char *key = get_child_text (node, places[kind].key);
      const char *server_uri = get_child_text (node, SERVER_URI);
      OmaSubscription *subscription;

      if (key == NULL || server_uri == NULL)
        continue;
      subscription = oma_subscription_new (kind, oma_account_get_name (account), oma_node_get_name (node), key,
                                           server_uri);
      subscription->sent = g_strdup (get_child_text (node, SENT));
      g_ptr_array_add (subscriptions, subscription);
    }
}

/**
 * oma_subscription_load:
 * @account: an account
 *
 * Returns: (transfer full) (element-type OmaSubscription): what is kept with it
 */
GPtrArray *
oma_subscription_load (OmaAccount *account)
{
  GPtrArray *subscriptions = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_subscription_unref);

  load_kind (account, OMA_SUBSCRIPTION_CHANGES, subscriptions);
  load_kind (account, OMA_SUBSCRIPTION_DEFAULT, subscriptions);
  return subscriptions;
}

/* ---- To nodes ---- */

static char *
make_uri (const OmaSubscription *self, OmaAccount *account, const char *leaf)
{
  g_autofree char *extension = oma_account_dup_extension_uri (account);

  return g_strjoin ("/", extension, places[self->kind].parent, self->number, leaf, NULL);
}

static void
put_leaf (const OmaSubscription *self, OmaAccount *account, OmaPlan *plan, const char *leaf, const char *text)
{
  g_autofree char *uri = make_uri (self, account, leaf);

  oma_plan_put (plan, uri, oma_value_new_string (text));
}

/**
 * oma_subscription_put_nodes:
 * @subscription: a new subscription
 * @account: its account
 * @plan: a unit of work
 *
 * Notes what makes its nodes.
 */
void
oma_subscription_put_nodes (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan)
{
  const char *name = places[subscription->kind].parent;
  g_autofree char *relative = g_strconcat (OMA_ACCOUNT_EXTENSION "/", name, NULL);
  g_autofree char *extension = oma_account_dup_extension_uri (account);
  g_autofree char *parent = g_strconcat (extension, "/", name, NULL);
  g_autofree char *uri = make_uri (subscription, account, NULL);

  if (oma_account_find_node (account, relative) == NULL)
    oma_plan_add (plan, parent, NULL);
  oma_plan_add (plan, uri, NULL);
  put_leaf (subscription, account, plan, places[subscription->kind].key, subscription->key);
  put_leaf (subscription, account, plan, SERVER_URI, subscription->server_uri);
}

/**
 * oma_subscription_put_address:
 * @subscription: a subscription
 * @account: its account
 * @plan: a unit of work
 * @server_uri: another address of the server's
 *
 * Notes what replaces the address in its nodes.
 */
void
oma_subscription_put_address (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan,
                              const char *server_uri)
{
  put_leaf (subscription, account, plan, SERVER_URI, server_uri);
}

/**
 * oma_subscription_put_sent:
 * @subscription: a subscription
 * @account: its account
 * @plan: a unit of work
 * @digest: digest of what the server has
 *
 * Notes what keeps the digest.
 */
void
oma_subscription_put_sent (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan, const char *digest)
{
  put_leaf (subscription, account, plan, SENT, digest);
}

/**
 * oma_subscription_drop_nodes:
 * @subscription: a subscription
 * @account: its account
 * @plan: a unit of work
 *
 * Notes what removes its nodes.
 */
void
oma_subscription_drop_nodes (const OmaSubscription *subscription, OmaAccount *account, OmaPlan *plan)
{
  g_autofree char *uri = make_uri (subscription, account, NULL);

  oma_plan_delete (plan, uri);
}
