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
#define OMA_ACCOUNT_OPTION_INTERVAL "interval"                    /* seconds from a session to the next, 0: none */
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
#define OMA_ACCOUNT_OPTION_NOTI_REQUIRE_DIGEST "noti-require-digest" /* bool, true unless set */
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
gboolean    oma_account_digest_from_name (const char *name, OmaDigestType *type);

/* ---- From settings to nodes ---- */

void        oma_account_add_nodes    (OmaPlan *plan, const OmaAccountConfig *config, const char *digest);
void        oma_account_put_nonce    (OmaAccount *account, OmaPlan *plan, gboolean for_server, GBytes *nonce);

/* ---- From nodes to the account ---- */

/**
 * OmaAccountPlaces:
 * @root: URI of the subtree with the accounts
 * @root_name: its name
 * @server_id: leaf with the identifier of the server; this and what follows is relative to an account
 * @url: (nullable): leaf with its address, %NULL: in AppAddr
 * @credentials: (nullable): node with sets of credentials that AAuthLevel tells apart
 * @http_credentials: (nullable): node with those of HTTP, %NULL: one of @credentials
 * @auth_type, @auth_name, @auth_secret: leaves of credentials, relative to their node
 * @certificate, @key: leaves with the client certificate and its key, PEM
 *
 * Where the accounts of a generation of the protocol have what.
 */
typedef struct {
  const char *root;
  const char *root_name;
  const char *server_id;
  const char *url;
  const char *credentials;
  const char *http_credentials;
  const char *auth_type;
  const char *auth_name;
  const char *auth_secret;
  const char *certificate;
  const char *key;
} OmaAccountPlaces;

#define OMA_ACCOUNT_N_PLACES 2   /* DM 1.1 to 1.3, and 2.0 */

const OmaAccountPlaces *oma_account_places_get (guint index);
const OmaAccountPlaces *oma_account_places_find (OmaDmVersion version);
char       *oma_account_places_make_uri (const OmaAccountPlaces *places, const char *name);

OmaAccount *oma_account_new          (OmaTree *tree, const OmaAccountPlaces *places, const char *name);
char       *oma_account_dup_uri      (OmaAccount *account);
const OmaAccountPlaces *oma_account_get_places (OmaAccount *account);
OmaNode    *oma_account_find_node    (OmaAccount *account, const char *relative);
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

#define OMA_ACCOUNT_2_0_BOOTSTRAP "Auth/Bootstrap/"           /* of an account: what is kept, but not used */
#define OMA_ACCOUNT_2_0_GCM "Push/GCM/"

/* Our reading: what Auth/Noti/Type is for the SHA-256 digest of notifications. */
#define OMA_ACCOUNT_2_0_NOTI_TYPE "1"

/* What the digest in an account begins with that was made of a bootstrap document. */
#define OMA_ACCOUNT_BOOTSTRAP_DIGEST "bootstrap:"

#define OMA_ACCOUNT_MAX_MOIDS 100            /* of one account */
#define OMA_ACCOUNT_MAX_NOTIFICATION_KEY 4096   /* octets of Auth/Noti/Data and of its Secret */

char      **oma_account_dup_moids          (OmaAccount *account);
char       *oma_account_dup_extension_uri  (OmaAccount *account);
gboolean    oma_account_read_notification_key (OmaAccount *account, GBytes **secret, GBytes **data);
gboolean    oma_account_requires_notification_digest (OmaAccount *account);

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

OmaAccountFiles *oma_account_files_new  (GBytes *ca, GBytes *certificate, GBytes *key, GError **error);
OmaAccountFiles *oma_account_make_files (OmaAccount *account, GError **error);
void             oma_account_files_free (OmaAccountFiles *files);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAccountFiles, oma_account_files_free)

G_END_DECLS
