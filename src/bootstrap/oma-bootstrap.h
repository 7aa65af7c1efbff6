/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define OMA_BOOTSTRAP_MOID "urn:oma:mo:oma-dm-dmacc:1.2"   /* of the DM Account object of DM 2.0 */
#define OMA_BOOTSTRAP_MAX_SIZE (256 * 1024)                /* octets of a document */

/**
 * OmaBootstrap:
 * @server_id: SrvID
 * @server_uri: SrvURI
 * @name: Name
 * @moids: (array zero-terminated=1): the identifiers of Perm, at least one
 * @certificate, @key: (nullable): Auth/Trsp: client certificate and private key, PEM or DER
 * @notification_data, @notification_secret: (nullable): Auth/Noti
 * @http_type, @http_user, @http_secret: (nullable): our own Ext/Omadm/HTTPAuth, as in an account
 * @ca: (nullable): our own Ext/Omadm/CA, PEM
 * @others: (element-type utf8 GBytes): leaves that are kept but not used, by their relative URI: those of
 *   Auth/Bootstrap and of Push/GCM
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
  char       *http_type;
  char       *http_user;
  char       *http_secret;
  char       *ca;
  GHashTable *others;
} OmaBootstrap;

OmaBootstrap *oma_bootstrap_read (const char *media_type, gconstpointer data, gsize size, GError **error);
void          oma_bootstrap_free (OmaBootstrap *bootstrap);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaBootstrap, oma_bootstrap_free)

G_END_DECLS
