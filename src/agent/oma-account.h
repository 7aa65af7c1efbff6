/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-session.h"
#include "transport/oma-http.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Names in commands, files and D-Bus settings. */
const char *oma_auth_type_to_name   (OmaAuthType type);
gboolean    oma_auth_type_from_name (const char *name, OmaAuthType *type);
gboolean    oma_http_auth_from_name (const char *name, OmaHttpAuth *type);
const char *oma_encoding_to_name    (OmaEncoding encoding);
gboolean    oma_encoding_from_name  (const char *name, OmaEncoding *encoding);

/**
 * OmaAccountConfig:
 *
 * What an account is made of, as `omadmctl account add`, a key-file drop-in and a bootstrap
 * give it.  Secrets are wiped when it is freed.
 */
typedef struct {
  char        *name;
  char        *server_id;
  char        *url;
  OmaAuthType  client_auth;
  char        *user;
  char        *secret;
  OmaAuthType  server_auth;
  char        *server_user;
  char        *server_secret;
  OmaHttpAuth  http_auth;
  char        *http_user;
  char        *http_secret;
  GBytes      *ca;                /* (nullable): PEM */
  GBytes      *certificate;       /* (nullable): PEM */
  GBytes      *key;               /* (nullable): PEM */
  gboolean     allow_http;
  OmaEncoding  encoding;
  gboolean     has_encoding;      /* somebody chose it */
  OmaDmVersion protocol;
  char       **manage;            /* (nullable): URIs on which the server gets all rights */
  GHashTable  *options;           /* utf8 -> utf8: further keys, see omadm.conf(5) */
  /* Of DM 2.0. */
  char        *display_name;      /* (nullable): name for people, if it is not @name */
  char       **moids;             /* (nullable): identifiers of Perm */
  GBytes      *notification_data; /* (nullable) */
  GBytes      *notification_secret;   /* (nullable): it wipes itself */
  gboolean     is_bootstrap;      /* made of a bootstrap document: no rights but what @manage says, its server is told */
  GHashTable  *others;            /* (nullable): utf8 -> GBytes: further leaves of Auth/Bootstrap and Push/GCM */
} OmaAccountConfig;

OmaAccountConfig *oma_account_config_new  (void);
void              oma_account_config_free (OmaAccountConfig *config);
void              oma_account_config_set_address (OmaAccountConfig *config, const char *name, const char *url);
gboolean          oma_account_config_check (const OmaAccountConfig *config, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAccountConfig, oma_account_config_free)

/**
 * OmaAccount:
 *
 * An account: a DMAcc instance (DM Standardized Objects 1.2, DM Account, or the DM Account of DM 2.0)
 * with the daemon's own settings for it in its Ext.  The nodes are the truth; this object reads them.
 */
#define OMA_TYPE_ACCOUNT (oma_account_get_type ())
G_DECLARE_FINAL_TYPE (OmaAccount, oma_account, OMA, ACCOUNT, GObject)

const char  *oma_account_get_name      (OmaAccount *account);
const char  *oma_account_get_server_id (OmaAccount *account);
const char  *oma_account_get_url       (OmaAccount *account);
OmaAuthType  oma_account_get_client_auth (OmaAccount *account);
OmaAuthType  oma_account_get_server_auth (OmaAccount *account);
OmaEncoding  oma_account_get_encoding  (OmaAccount *account);
OmaDmVersion oma_account_get_protocol  (OmaAccount *account);
gboolean     oma_account_get_allow_http (OmaAccount *account);
gint64       oma_account_get_not_before (OmaAccount *account);
const char  *oma_account_get_option    (OmaAccount *account, const char *key);
const char  *oma_account_get_encoding_name (OmaAccount *account);
gboolean     oma_account_has_certificate (OmaAccount *account);

G_END_DECLS
