/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-digest.h"
#include "base/oma-spool.h"
#include "codec/oma-codec.h"
#include "session/oma-alert-queue.h"
#include "session/oma-executor.h"
#include "session/oma-interaction.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaSessionError:
 * @OMA_SESSION_ERROR_MESSAGE: the server's message could not be read or is not of this session
 * @OMA_SESSION_ERROR_CREDENTIALS: the server refused our credentials
 * @OMA_SESSION_ERROR_SERVER_CREDENTIALS: the server did not prove who it is
 * @OMA_SESSION_ERROR_CHALLENGE: the server asks for credentials that the account has not
 * @OMA_SESSION_ERROR_REFUSED: the server refused the session with a Status
 * @OMA_SESSION_ERROR_ABORTED: Alert 1223 from the server
 * @OMA_SESSION_ERROR_STOPPED: stopped from our side
 * @OMA_SESSION_ERROR_LIMIT: the server goes on for ever
 * @OMA_SESSION_ERROR_VERSION: the server does not speak the release of the session's first
 *   message; a session in a lower one may work
 * @OMA_SESSION_ERROR_NO_ANSWER: the server answered with nothing where there must be a message
 *
 * Why a session ended otherwise than in order.
 */
typedef enum {
  OMA_SESSION_ERROR_MESSAGE,
  OMA_SESSION_ERROR_CREDENTIALS,
  OMA_SESSION_ERROR_SERVER_CREDENTIALS,
  OMA_SESSION_ERROR_CHALLENGE,
  OMA_SESSION_ERROR_REFUSED,
  OMA_SESSION_ERROR_ABORTED,
  OMA_SESSION_ERROR_STOPPED,
  OMA_SESSION_ERROR_LIMIT,
  OMA_SESSION_ERROR_VERSION,
  OMA_SESSION_ERROR_NO_ANSWER,
} OmaSessionError;

#define OMA_SESSION_N_ERRORS (OMA_SESSION_ERROR_NO_ANSWER + 1)
#define OMA_SESSION_ERROR (oma_session_error_quark ())
GQuark oma_session_error_quark (void);

/**
 * OmaAuthType:
 *
 * How one side proves who it is (DM Security 1.2, section 5.3).
 */
typedef enum {
  OMA_AUTH_NONE,
  OMA_AUTH_BASIC,
  OMA_AUTH_MD5,
  OMA_AUTH_HMAC,
} OmaAuthType;

/**
 * OmaDmVersion:
 *
 * Releases of the protocol; a higher one is greater.
 */
typedef enum {
  OMA_DM_1_1,
  OMA_DM_1_2,
  OMA_DM_1_3,
  OMA_DM_2_0,
} OmaDmVersion;

/**
 * OmaSessionQuirks:
 * @OMA_QUIRK_UPSERT: Replace also creates
 * @OMA_QUIRK_NONCE_AS_TEXT: MD5 over the nonce's base64 text
 * @OMA_QUIRK_RFC2104_HMAC: x-syncml-hmac by RFC 2104 in place of the specification's formula
 * @OMA_QUIRK_HEX_MAC: the server's x-syncml-hmac may hold the digest in hexadecimal
 * @OMA_QUIRK_SIZE_OPTIONAL: the first part of a large object may come without Size
 * @OMA_QUIRK_MS_PREFIXES: ./Device/X and ./device/X stand for ./X
 *
 * What a server does otherwise than the specification; each is a key of the account.
 */
typedef enum {
  OMA_QUIRK_UPSERT = 1 << 0,
  OMA_QUIRK_NONCE_AS_TEXT = 1 << 1,
  OMA_QUIRK_RFC2104_HMAC = 1 << 2,
  OMA_QUIRK_HEX_MAC = 1 << 3,
  OMA_QUIRK_SIZE_OPTIONAL = 1 << 4,
  OMA_QUIRK_MS_PREFIXES = 1 << 5,
} OmaSessionQuirks;

/**
 * OmaCredentials:
 * @type: preferred type
 * @name: (nullable): user name
 * @secret: (nullable): password; wiped when freed
 * @nonce: (nullable): the nonce to use (client) or to expect (server)
 */
typedef struct {
  OmaAuthType type;
  char       *name;
  char       *secret;
  GBytes     *nonce;
} OmaCredentials;

/**
 * OmaResync:
 * @OMA_RESYNC_NONE: the stored nonces hold
 * @OMA_RESYNC_OCTETS: both sides begin with four zero octets
 * @OMA_RESYNC_TEXT: both sides begin with the characters "0x00000000"
 *
 * Whether nonces are to be agreed on anew (DM Notification 1.2, section 6.2).  The text does
 * not say which form the default nonce has: our reading takes the one that the notification
 * was made with.
 */
typedef enum {
  OMA_RESYNC_NONE,
  OMA_RESYNC_OCTETS,
  OMA_RESYNC_TEXT,
} OmaResync;

void oma_credentials_clear (OmaCredentials *credentials);

/**
 * OmaSessionConfig:
 * @server_id: ServerID of the account: in whose name commands run
 * @server_uri: the account's address, Target of the first message
 * @device_id: ./DevInfo/DevId, Source of every message
 * @session_id: SessionID, decimal digits unless a notification dictated it
 * @server_initiated: Alert 1200 in place of 1201
 * @encoding: how messages are written
 * @client: how we prove who we are
 * @server: how the server must prove who it is, %OMA_AUTH_NONE when the transport does
 * @allow_basic: basic credentials may be sent (the transport is encrypted)
 * @max_msg_size: octets of a message that we accept, announced
 * @max_obj_size: octets of an object that we accept, announced; 0: not announced
 * @max_messages: messages of a session before it is given up; further parts of an answer that
 *   the server's MaxMsgSize cuts are not counted
 * @max_auth_tries: rejected credentials in each direction before it is given up
 * @quirks: what the server does otherwise than the specification
 * @version: the release that is spoken
 * @digest: the digest algorithm of credentials and of x-syncml-hmac
 * @mac_window: seconds that the time of a signed message may be off, 0: messages carry no
 *   time.  Our reading, see omadm.conf(5)
 * @history_id: under which commits keep the number of commands that were executed and not
 *   answered; 0: not at all
 * @resync: with which nonces the session begins
 * @keep_alive: seconds after which a message goes out although commands are still running,
 *   0: never
 *
 * What a session needs to know.  Copied by oma_session_new().
 */
typedef struct {
  const char    *server_id;
  const char    *server_uri;
  const char    *device_id;
  const char    *session_id;
  gboolean       server_initiated;
  OmaEncoding    encoding;
  OmaCredentials client;
  OmaCredentials server;
  gboolean       allow_basic;
  gsize          max_msg_size;
  gsize          max_obj_size;
  guint          max_messages;
  guint          max_auth_tries;
  OmaSessionQuirks quirks;
  OmaDmVersion   version;
  OmaDigestType  digest;
  guint          mac_window;
  gint64         history_id;
  OmaResync      resync;
  guint          keep_alive;
} OmaSessionConfig;

/**
 * OmaSessionAction:
 * @OMA_SESSION_SEND: send the step's body to the step's URI and feed the answer
 * @OMA_SESSION_DONE: the session is over; send the body if there is one, ignore the answer
 *
 * What the caller does next.
 */
typedef enum {
  OMA_SESSION_SEND,
  OMA_SESSION_DONE,
} OmaSessionAction;

/**
 * OmaSessionStep:
 * @action: what to do
 * @body: (nullable): octets to send
 * @media_type: Content-Type of @body
 * @mac: (nullable): value of the x-syncml-hmac header that goes along
 * @uri: where to send it: the account's address or the server's RespURI, which the
 *   transport still has to find acceptable
 * @error: (nullable): of %OMA_SESSION_DONE: why the session failed, %NULL when it ended in
 *   order
 */
typedef struct {
  OmaSessionAction action;
  GBytes          *body;
  const char      *media_type;
  char            *mac;
  char            *uri;
  GError          *error;
} OmaSessionStep;

void oma_session_step_free (OmaSessionStep *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSessionStep, oma_session_step_free)

/**
 * OmaNonceFunc:
 *
 * Keeps a nonce before the message that needs it goes out: @for_server says whether it is
 * the one the server will have to use, or the one that we use next.
 */
typedef void (*OmaNonceFunc) (gboolean for_server, GBytes *nonce, gpointer user_data);

/* Tells our credentials as the account has them now; type and nonce do not count. */
typedef void (*OmaCredentialsFunc) (OmaCredentials *credentials, gpointer user_data);

/* Keeps the type of credentials that the server would rather have next time. */
typedef void (*OmaPreferenceFunc) (OmaAuthType type, gpointer user_data);

/* Fills @size octets with randomness for a nonce. */
typedef void (*OmaRandomFunc) (gpointer octets, gsize size, gpointer user_data);

/* Returns the time in seconds since the epoch. */
typedef gint64 (*OmaClockFunc) (gpointer user_data);

/**
 * OmaSessionCounters:
 * @messages_sent: messages of ours
 * @messages_received: messages of the server
 * @commands: answered commands, each item counted
 * @failed_commands: those that were not answered with 2xx
 * @unanswered: commands that did something of which the server may not know: it has not
 *   acknowledged their answers
 * @noted: @unanswered as a commit of the last step kept it, %OMA_SESSION_NOT_NOTED when none did
 */
typedef struct {
  guint messages_sent;
  guint messages_received;
  guint commands;
  guint failed_commands;
  guint unanswered;
  guint noted;
} OmaSessionCounters;

#define OMA_SESSION_NOT_NOTED G_MAXUINT

/**
 * OmaSession:
 *
 * A DM 1.x session of the client: bytes in, bytes out.  It has no socket, no clock and no
 * bus.
 */
typedef struct _OmaSession OmaSession;

OmaSession     *oma_session_new          (OmaExecutor *executor, const OmaSessionConfig *config);
void            oma_session_free         (OmaSession *session);
void            oma_session_set_nonce_func  (OmaSession *session, OmaNonceFunc func, gpointer user_data);
void            oma_session_set_random_func (OmaSession *session, OmaRandomFunc func, gpointer user_data);
void            oma_session_set_clock_func  (OmaSession *session, OmaClockFunc func, gpointer user_data);
void            oma_session_set_credentials_func (OmaSession *session, OmaCredentialsFunc func, gpointer user_data);
void            oma_session_set_preference_func (OmaSession *session, OmaPreferenceFunc func, gpointer user_data);
void            oma_session_set_spool_func  (OmaSession *session, OmaSpoolFunc func, gpointer user_data);
void            oma_session_set_interaction (OmaSession *session, OmaInteraction *interaction);
void            oma_session_set_alert_queue (OmaSession *session, OmaAlertQueue *queue);
void            oma_session_start_async  (OmaSession *session, GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
void            oma_session_feed_async   (OmaSession *session, GBytes *body, const char *media_type, const char *mac,
                                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void            oma_session_abort_async  (OmaSession *session, GAsyncReadyCallback callback, gpointer user_data);
OmaSessionStep *oma_session_step_finish  (OmaSession *session, GAsyncResult *result, GError **error);
const OmaSessionCounters *oma_session_get_counters (OmaSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSession, oma_session_free)

G_END_DECLS
