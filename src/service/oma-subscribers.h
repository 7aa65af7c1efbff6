/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Of one caller; subscriptions to the tree and to sessions are counted together. */
#define OMA_MAX_SUBSCRIPTIONS 256
#define OMA_MAX_SUBSCRIBERS 256   /* callers that subscribe or monitor */

/**
 * OmaSubscribers:
 *
 * Who asked for which signals.  Each signal goes to single receivers; who leaves the bus is
 * forgotten.
 */
typedef struct _OmaSubscribers OmaSubscribers;

typedef void (*OmaMonitorsFunc) (gboolean any, gpointer user_data);

OmaSubscribers *oma_subscribers_new  (GDBusConnection *connection);
void            oma_subscribers_free (OmaSubscribers *subscribers);
void            oma_subscribers_set_monitors_func (OmaSubscribers *subscribers, OmaMonitorsFunc func,
                                                   gpointer user_data);

gboolean oma_subscribers_add_uri      (OmaSubscribers *subscribers, const char *caller, const char *uri, GError **error);
gboolean oma_subscribers_remove_uri   (OmaSubscribers *subscribers, const char *caller, const char *uri);
gboolean oma_subscribers_add_session  (OmaSubscribers *subscribers, const char *caller, const char *path, GError **error);
void     oma_subscribers_drop_session (OmaSubscribers *subscribers, const char *path);
gboolean oma_subscribers_set_monitor  (OmaSubscribers *subscribers, const char *caller, gboolean monitor, GError **error);
gboolean oma_subscribers_has_monitors (OmaSubscribers *subscribers);
guint    oma_subscribers_count        (OmaSubscribers *subscribers);

void     oma_subscribers_tell_changes  (OmaSubscribers *subscribers, const OmaTreeEvent *events, guint n_events);
void     oma_subscribers_tell_progress (OmaSubscribers *subscribers, const char *uri, guint percent,
                                        const char *message);
void     oma_subscribers_tell_session  (OmaSubscribers *subscribers, const char *path, const char *signal,
                                        GVariant *parameters);
void     oma_subscribers_tell_monitors (OmaSubscribers *subscribers, const char *signal, GVariant *parameters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSubscribers, oma_subscribers_free)

G_END_DECLS
