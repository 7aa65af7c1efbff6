/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"
#include "agent/oma-plan.h"

G_BEGIN_DECLS

#define OMA_ACCOUNT_ROOT_NAME "DMAcc"
#define OMA_ACCOUNT_ROOT "./" OMA_ACCOUNT_ROOT_NAME
#define OMA_ACCOUNT_EXTENSION "Ext/Omadm"   /* of an account: what is not in the standard */

/* Keys of an account's options. */
#define OMA_ACCOUNT_OPTION_HOSTS "hosts"                          /* further hosts of RespURI, with commas */
#define OMA_ACCOUNT_OPTION_MAX_MESSAGE_SIZE "max-message-size"    /* octets */
#define OMA_ACCOUNT_OPTION_MAX_MESSAGES "max-messages"
#define OMA_ACCOUNT_OPTION_DIGEST "digest"                        /* md5 or sha256 */
#define OMA_ACCOUNT_OPTION_HEX_MAC "hex-mac"                      /* bool */
#define OMA_ACCOUNT_OPTION_HOLD_ALERTS "hold-alerts"              /* bool: no unsolicited ones */
#define OMA_ACCOUNT_OPTION_KEEP_ALIVE "keep-alive"                /* seconds */
#define OMA_ACCOUNT_OPTION_MAC_WINDOW "mac-window"                /* seconds */
#define OMA_ACCOUNT_OPTION_MAX_OBJECT_SIZE "max-object-size"      /* octets */
#define OMA_ACCOUNT_OPTION_MS_MDM "ms-mdm"                        /* bool: all that servers for Windows want */
#define OMA_ACCOUNT_OPTION_MS_PREFIXES "ms-prefixes"              /* bool */
#define OMA_ACCOUNT_OPTION_NO_FALLBACK "no-fallback"              /* bool: no lower protocol or encoding */
#define OMA_ACCOUNT_OPTION_REPORT_INTERRUPTED "report-interrupted" /* bool */
#define OMA_ACCOUNT_OPTION_RESEND_DELAY "resend-delay"            /* seconds, doubled each time */
#define OMA_ACCOUNT_OPTION_RESENDS "resends"                      /* of one message */
#define OMA_ACCOUNT_OPTION_RFC2104_HMAC "rfc2104-hmac"            /* bool */
#define OMA_ACCOUNT_OPTION_SIZE_OPTIONAL "size-optional"          /* bool */
#define OMA_ACCOUNT_OPTION_NONCE_AS_TEXT "nonce-as-text"          /* bool */
#define OMA_ACCOUNT_OPTION_OLD_TLS "old-tls"                      /* bool */
#define OMA_ACCOUNT_OPTION_TIMEOUT "timeout"                      /* seconds */
#define OMA_ACCOUNT_OPTION_UPSERT "upsert"                        /* bool */

/**
 * OmaHttpCredentials:
 * @type: how the account proves itself to the HTTP server
 * @user, @secret: (nullable): name and password, the latter wiped when freed
 */
typedef struct {
  OmaHttpAuth type;
  char       *user;
  char       *secret;
} OmaHttpCredentials;

void        oma_http_credentials_clear (OmaHttpCredentials *credentials);
void        oma_account_read_http_credentials (OmaAccount *account, OmaHttpCredentials *credentials);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaHttpCredentials, oma_http_credentials_clear)

/* ---- What stands in nodes ---- */

const char *oma_http_auth_to_node    (OmaHttpAuth type);
gboolean    oma_http_auth_from_node  (const char *text, OmaHttpAuth *type);

const char *oma_auth_type_to_node    (OmaAuthType type);
const char *oma_auth_type_to_1_1     (OmaAuthType type);
gboolean    oma_auth_type_from_node  (const char *text, OmaAuthType *type);
void        oma_secret_free          (char *secret);
gboolean    oma_account_digest_from_name (const char *name, OmaDigestType *type);

/* ---- From settings to nodes ---- */

char       *oma_account_make_uri     (const char *name);
void        oma_account_add_nodes    (OmaPlan *plan, const OmaAccountConfig *config, const char *digest);
void        oma_account_put_nonce    (OmaAccount *account, OmaPlan *plan, gboolean for_server, GBytes *nonce);

/* ---- From nodes to the account ---- */

OmaAccount *oma_account_new          (OmaTree *tree, const char *name);
gboolean    oma_account_reload       (OmaAccount *account);
gboolean    oma_account_exists       (OmaAccount *account);
char       *oma_account_dup_digest   (OmaAccount *account);
void        oma_account_read_credentials (OmaAccount *account, gboolean of_server, OmaCredentials *credentials);
void        oma_account_put_preference (OmaAccount *account, OmaPlan *plan, OmaAuthType type);
gboolean    oma_account_get_flag     (OmaAccount *account, const char *key);
OmaSessionQuirks oma_account_get_quirks (OmaAccount *account);
OmaDigestType oma_account_get_digest (OmaAccount *account);
const char *oma_account_get_own_text (OmaAccount *account, const char *name);
guint       oma_account_get_number   (OmaAccount *account, const char *key, guint fallback);

/* ---- Accounts of DM 2.0 ---- */

#define OMA_ACCOUNT_2_0_ROOT_NAME "DMAcc2"                    /* urn:oma:mo:oma-dm-dmacc:1.2 */
#define OMA_ACCOUNT_2_0_ROOT "./" OMA_ACCOUNT_2_0_ROOT_NAME

char      **oma_account_dup_moids          (OmaAccount *account);   /* of Perm; NULL: none are named, all may be managed */
char       *oma_account_dup_extension_uri  (OmaAccount *account);   /* of Ext/Omadm, whatever the release */
gboolean    oma_account_read_notification_key (OmaAccount *account, GBytes **secret, GBytes **data);

/**
 * OmaAccountFiles:
 * @ca, @certificate, @key: (nullable): names of files with the account's PEM texts
 *
 * The certificates as files, for libraries that take nothing else.  The files have no name in
 * any directory: they are in memory, and go when this is freed.
 */
typedef struct {
  char *ca;
  char *certificate;
  char *key;
  int   fds[3];
} OmaAccountFiles;

OmaAccountFiles *oma_account_make_files (OmaAccount *account, GError **error);
void             oma_account_files_free (OmaAccountFiles *files);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAccountFiles, oma_account_files_free)

G_END_DECLS
