/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-spool.h"
#include "transport/oma-http-private.h"

G_BEGIN_DECLS

/**
 * OmaHttpVerdict:
 * @OMA_HTTP_FAIL: the exchange fails
 * @OMA_HTTP_READ: the body is wanted
 * @OMA_HTTP_DROP: the body does not matter, nor how it ends
 * @OMA_HTTP_REDIRECT: the same goes to another address
 *
 * What is to be done with an answer whose head is there.
 */
typedef enum {
  OMA_HTTP_FAIL,
  OMA_HTTP_READ,
  OMA_HTTP_DROP,
  OMA_HTTP_REDIRECT,
} OmaHttpVerdict;

typedef struct _OmaHttpExchange OmaHttpExchange;

/**
 * OmaHttpDoor:
 * @write_head: sets the headers of a message before it goes
 * @judge_head: looks at the answer's status and headers
 * @redirect: sets where the exchange goes on, which @location names
 * @finish: makes what the task returns, freed with @free_result
 * @max_redirects: of one exchange
 * @http1: HTTP/2 is not offered
 *
 * In what messages of DM 1.x and requests of DM 2.0 differ.
 */
typedef struct {
  void           (*write_head) (OmaHttpExchange *exchange, SoupMessageHeaders *headers);
  OmaHttpVerdict (*judge_head) (OmaHttpExchange *exchange, GError **error);
  gboolean       (*redirect)   (OmaHttpExchange *exchange, const char *location, GError **error);
  gpointer       (*finish)     (OmaHttpExchange *exchange, GError **error);
  GDestroyNotify free_result;
  guint          max_redirects;
  gboolean       http1;
} OmaHttpDoor;

/**
 * OmaHttpExchange:
 *
 * What one exchange knows; data of its task.  First comes what the door sets.
 */
struct _OmaHttpExchange {
  OmaHttp           *http;          /* source of the task */
  const OmaHttpDoor *door;
  const char        *method;
  GUri              *uri;           /* where it goes now */
  OmaHttpReach       reach;         /* what that is to the account */
  GBytes            *body;          /* (nullable) */
  int                file;          /* what is sent in place of @body, -1: nothing; the caller's */
  char              *media_type;    /* (nullable): of the body */
  gsize              max_size;      /* of an answer */
  OmaSpoolFunc       spool;         /* (nullable): where more than OMA_HTTP_MAX_IN_MEMORY of it goes */
  gpointer           spool_data;
  char              *accept;        /* (nullable): the door's */

  guint              redirects;
  SoupSession       *session;
  SoupMessage       *message;
  GInputStream      *stream;
  GByteArray        *reply;
  int                reply_file;    /* has all of the reply once it is there, else -1 */
  gsize              n_read;
  char              *reply_type;    /* (nullable) */
  GCancellable      *cancellable;   /* of one HTTP message, our own: soup_session_abort() cancels it */
  GCancellable      *callers;
  gulong             callers_id;
  guint              deadline_id;
  gsize              n_moved;       /* octets since the deadline was set */
  gboolean           is_dropped;
  gboolean           refused_address;
  GError            *failure;       /* (nullable): why we gave up ourselves */
  gboolean           refused_tls;
  gboolean           refused_certificate;
  gboolean           too_slow;
};

OmaHttpExchange *oma_http_exchange_new     (OmaHttp *http, const OmaHttpDoor *door, GCancellable *callers);
void             oma_http_exchange_run     (GTask *task, OmaHttpExchange *exchange);   /* takes both */

/* Bodies: oma-http-body.c */
gboolean         oma_http_has_body         (OmaHttpExchange *exchange);
gboolean         oma_http_check_body       (OmaHttpExchange *exchange, GError **error);
gboolean         oma_http_is_cut_short     (OmaHttpExchange *exchange);
gboolean         oma_http_set_body         (OmaHttpExchange *exchange, GError **error);
gboolean         oma_http_take_block       (OmaHttpExchange *exchange, GBytes *block, GError **error);

/* Which addresses are connected to: oma-http-connect.c */
void             oma_http_connect_watch    (OmaHttpExchange *exchange, GTask *task);

/* Credentials of the account: oma-http-auth.c */
void             oma_http_auth_watch       (OmaHttpExchange *exchange);

G_END_DECLS
