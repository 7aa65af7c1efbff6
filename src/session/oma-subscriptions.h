/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaSubscriptions:
 *
 * What servers asked for beyond the session (DM Protocol 2.0, SUB, UNSUB and DEFAULT).  It is kept with the
 * account, and gone with it.  Implemented by the agent.
 */
#define OMA_TYPE_SUBSCRIPTIONS (oma_subscriptions_get_type ())
G_DECLARE_INTERFACE (OmaSubscriptions, oma_subscriptions, OMA, SUBSCRIPTIONS, GObject)

/**
 * OmaSubscriptionsInterface:
 * @subscribe_async: @client_uri is told to @server_uri when it changes; the same @client_uri once more replaces
 *   the address
 * @unsubscribe_async: no more; %OMA_STATUS_NOT_FOUND unless @client_uri is the very text of a subscription
 * @set_default_async: where the object @moid is to be had; a newer address replaces an older one
 * @finish: of all three; %OMA_STATUS_ERROR, among them %OMA_STATUS_DEVICE_FULL
 */
struct _OmaSubscriptionsInterface {
  GTypeInterface parent_iface;

  void     (*subscribe_async)   (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri,
                                 const char *server_uri, GAsyncReadyCallback callback, gpointer user_data);
  void     (*unsubscribe_async) (OmaSubscriptions *subscriptions, const char *server_id, const char *client_uri,
                                 GAsyncReadyCallback callback, gpointer user_data);
  void     (*set_default_async) (OmaSubscriptions *subscriptions, const char *server_id, const char *moid,
                                 const char *server_uri, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*finish)            (OmaSubscriptions *subscriptions, GAsyncResult *result, GError **error);
};

void     oma_subscriptions_subscribe_async   (OmaSubscriptions *subscriptions, const char *server_id,
                                              const char *client_uri, const char *server_uri,
                                              GAsyncReadyCallback callback, gpointer user_data);
void     oma_subscriptions_unsubscribe_async (OmaSubscriptions *subscriptions, const char *server_id,
                                              const char *client_uri, GAsyncReadyCallback callback,
                                              gpointer user_data);
void     oma_subscriptions_set_default_async (OmaSubscriptions *subscriptions, const char *server_id, const char *moid,
                                              const char *server_uri, GAsyncReadyCallback callback,
                                              gpointer user_data);
gboolean oma_subscriptions_finish            (OmaSubscriptions *subscriptions, GAsyncResult *result, GError **error);

G_END_DECLS
