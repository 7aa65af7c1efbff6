/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* NetworkManager as the plugin sees it: its profiles, kept as they are told on the bus, and what of them is active. */

#include "nm-door.h"

G_BEGIN_DECLS


/**
 * NmProfile:
 * @path: (nullable): NetworkManager's object, %NULL of a draft
 * @uuid: what it is known by
 * @connection: what is in it; "*" in the place of each secret, but a draft has its secrets
 * @generation: another one after each change
 * @door: (nullable): of a draft: through which door it is made
 * @name: (nullable): of a draft: name of its node there
 *
 * A profile, or a draft of one: what was added in parts, and is not complete yet.
 */
typedef struct {
  char         *path;
  char         *uuid;
  NMConnection *connection;
  guint         generation;
  const NmDoor *door;
  char         *name;
} NmProfile;

/**
 * NmActive:
 * @path: NetworkManager's object of the activation
 * @state: of NMActiveConnectionState
 * @devices: object paths of the devices
 *
 * A profile that is active, or becomes so.
 */
typedef struct {
  char  *path;
  guint  state;
  char **devices;
} NmActive;

typedef struct _NmService NmService;

NmService *nm_service_new  (OmaPluginHost *host);
void       nm_service_free (NmService *service);
NmService *nm_service_ref  (NmService *service);
void       nm_service_unref (NmService *service);
OmaPluginHost *nm_service_get_host (NmService *service);
guint      nm_service_get_run (NmService *service);
guint32    nm_service_get_checkpoint_timeout (NmService *service);
GPtrArray *nm_service_get_units (NmService *service);

void       nm_service_load_async    (NmService *service, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean   nm_service_load_finish   (NmService *service, GAsyncResult *result, GError **error);
void       nm_service_update_async  (NmService *service, const char *path, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean   nm_service_update_finish (NmService *service, GAsyncResult *result, GError **error);

void          nm_service_fetch_async  (NmService *service, const char *path, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
NMConnection *nm_service_fetch_finish (NmService *service, GAsyncResult *result, GError **error);

void       nm_service_call        (NmService *service, const char *path, const char *interface, const char *method,
                                   GVariant *parameters, const char *reply_type, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
GVariant  *nm_service_call_finish (NmService *service, GAsyncResult *result, GError **error);

GPtrArray *nm_service_get_profiles  (NmService *service);
NmProfile *nm_service_find_uuid     (NmService *service, const char *uuid);
NmProfile *nm_service_find_node     (NmService *service, const NmDoor *door, const char *name);
const char *nm_service_get_name     (NmService *service, const NmDoor *door, const NmProfile *profile);
const NmActive *nm_service_get_active (NmService *service, const char *uuid);
NmProfile *nm_service_put_draft     (NmService *service, const NmDoor *door, const char *name,
                                     NMConnection *connection);
void       nm_service_drop_draft    (NmService *service, const char *uuid);

/* Masks secrets in the place of which "*" is kept. */
void       nm_mask_secrets   (NMConnection *connection);

/* What is known of a profile besides its settings, kept with its model. */
void        nm_connection_note_state   (NMConnection *connection, guint state);
guint       nm_connection_get_state_noted (NMConnection *connection);
void        nm_connection_note_problem (NMConnection *connection, const char *problem);
const char *nm_connection_get_problem_noted (NMConnection *connection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NmService, nm_service_unref)

G_END_DECLS
