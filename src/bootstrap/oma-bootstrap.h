/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaBootstrap:
 * @server_id: SrvID
 * @server_uri: SrvURI
 * @name: (nullable): Name
 * @moids: (array zero-terminated=1): the identifiers of Perm
 * @certificate, @key: (nullable): Auth/Trsp: client certificate and private key, PEM or DER
 * @notification_data, @notification_secret: (nullable): Auth/Noti
 * @push: (nullable): Push/GCM and what else there is: relative URI -> text
 *
 * What a bootstrap document of DM 2.0 holds: a DM Account object (DM Protocol 2.0, bootstrap).  Secrets are wiped
 * when it is freed.
 */
typedef struct {
  char       *server_id;
  char       *server_uri;
  char       *name;
  char      **moids;
  GBytes     *certificate;
  GBytes     *key;
  GBytes     *notification_data;
  GBytes     *notification_secret;
  GHashTable *push;
} OmaBootstrap;

/* MO data of one DM Account, JSON or TNDS; OMA_STATUS_ERROR 400, 415. */
OmaBootstrap *oma_bootstrap_read (const char *media_type, gconstpointer data, gsize size, GError **error);
void          oma_bootstrap_free (OmaBootstrap *bootstrap);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaBootstrap, oma_bootstrap_free)

G_END_DECLS
