/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files that make up NmService share. */

#include "nm-service.h"

G_BEGIN_DECLS

/* Of the nodes behind a door. */
typedef struct {
  GHashTable *by_name;        /* name -> NmProfile */
  GHashTable *by_profile;     /* NmProfile -> name */
} NmNames;

struct _NmService {
  OmaPluginHost *host;
  GCancellable  *ended;
  GPtrArray     *profiles;    /* (element-type NmProfile): by uuid, and drafts */
  GHashTable    *names;       /* NmDoor -> NmNames, made when they are wanted */
  GHashTable    *active;      /* uuid -> NmActive */
  GQueue         to_load;     /* paths */
  guint          n_loading;
  GPtrArray     *waiting;     /* (element-type GTask) */
  gboolean       loaded;
  gboolean       loading;
  gboolean       follow_active;   /* what is active is being read */
  gboolean       active_stale;    /* and has changed meanwhile */
  guint          run;             /* counts the starts of NetworkManager */
  guint          generation;
  GHashTable    *echoes;          /* path -> how often it is about to tell of our asking for secrets */
  GPtrArray     *units;           /* (element-type NmUnit): those that are not over yet; not owned */
  guint32        checkpoint_timeout;
  guint          retry;           /* source */
  guint          n_retries;
  guint          subscriptions[6];
};

NmProfile *nm_service_find_path       (NmService *service, const char *path);
void       nm_service_take_connection (NmService *service, const char *path, NMConnection *connection);
void       nm_service_note_active     (NmService *service, NmProfile *profile);
void       nm_service_active_free     (gpointer data);
gboolean   nm_service_count_echo      (NmService *service, const char *path, int step);
gboolean   nm_service_is_over         (const GError *error);
void       nm_service_read_active     (NmService *service);
void       nm_service_subscribe       (NmService *service);

G_END_DECLS
