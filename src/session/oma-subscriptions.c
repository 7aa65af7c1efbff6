/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-subscriptions.h"

G_DEFINE_INTERFACE (OmaSubscriptions, oma_subscriptions, G_TYPE_OBJECT)

static void
oma_subscriptions_default_init (OmaSubscriptionsInterface *iface G_GNUC_UNUSED)
{
}

/**
 * oma_subscriptions_subscribe_async:
 * @subscriptions: who keeps them
 * @server_id: the server
 * @client_uri: what it wants to be told of
 * @server_uri: where
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Lets @client_uri be told to @server_uri when it changes (DM Protocol 2.0, SUB); the same @client_uri once more
 * replaces the address.
 */
void
oma_subscriptions_subscribe_async (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri,
                                   const char *server_uri, GAsyncReadyCallback callback, gpointer user_data)
{
  OMA_SUBSCRIPTIONS_GET_IFACE (subscriptions)->subscribe_async (subscriptions, server_id, client_uri, server_uri,
                                                                callback, user_data);
}

/**
 * oma_subscriptions_unsubscribe_async:
 * @subscriptions: who keeps them
 * @server_id: the server
 * @client_uri: the very text of a subscription
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Ends a subscription (DM Protocol 2.0, UNSUB).
 */
void
oma_subscriptions_unsubscribe_async (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  OMA_SUBSCRIPTIONS_GET_IFACE (subscriptions)->unsubscribe_async (subscriptions, server_id, client_uri, callback,
                                                                  user_data);
}

/**
 * oma_subscriptions_set_default_async:
 * @subscriptions: who keeps them
 * @server_id: the server
 * @moid: identifier of a management object
 * @server_uri: where it is to be had
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Keeps where @moid is to be had should somebody want it (DM Protocol 2.0, DEFAULT); a newer address replaces an older
 * one.
 */
void
oma_subscriptions_set_default_async (OmaSubscriptions *subscriptions, const char *server_id, const char *moid,
                                     const char *server_uri, GAsyncReadyCallback callback, gpointer user_data)
{
  OMA_SUBSCRIPTIONS_GET_IFACE (subscriptions)->set_default_async (subscriptions, server_id, moid, server_uri, callback,
                                                                  user_data);
}

/**
 * oma_subscriptions_finish:
 * @subscriptions: who keeps them
 * @result: what the callback of one of the three got
 * @error: return location for %OMA_STATUS_ERROR: %OMA_STATUS_NOT_FOUND when there is no such subscription,
 *   %OMA_STATUS_DEVICE_FULL, %OMA_STATUS_COMMAND_FAILED
 *
 * Returns: %TRUE when it is kept
 */
gboolean
oma_subscriptions_finish (OmaSubscriptions *subscriptions, GAsyncResult *result, GError **error)
{
  return OMA_SUBSCRIPTIONS_GET_IFACE (subscriptions)->finish (subscriptions, result, error);
}
