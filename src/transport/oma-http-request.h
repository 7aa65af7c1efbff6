/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-spool.h"
#include "transport/oma-http.h"

G_BEGIN_DECLS

/**
 * OmaHttpRequest:
 * @method: "POST", "PUT", "GET" or "HEAD"
 * @uri: (nullable): where, absolute or relative to the account's address; %NULL: the account's address
 * @named_by_server: @uri comes from the server (DM 2.0: data repository, CONT, asynchronous reports): it is within the
 *   account's origin, or HTTPS to the account's host or one of its allowed hosts; loopback, link-local and private
 *   addresses are refused unless the host is among the allowed ones or it is the account's own origin, judged by the
 *   address that is connected to, after name resolution and at each redirect
 * @body: (nullable): what is sent
 * @file: descriptor of what is sent, from its start, -1: none; stays the caller's
 * @media_type: (nullable): Content-Type
 * @accept: (nullable): Accept
 * @max_size: octets of an answer that are taken, 0: its body is not wanted, and may have any size
 * @spool: (nullable): where an answer goes that is larger than %OMA_HTTP_MAX_IN_MEMORY; %NULL: it stays in memory
 * @spool_data: for @spool
 *
 * A request of DM 2.0.  Borrowed until it is over.  Name and password, cookies and client certificate go to the
 * account's own origin only.
 */
typedef struct {
  const char  *method;
  const char  *uri;
  gboolean     named_by_server;
  GBytes      *body;
  int          file;
  const char  *media_type;
  const char  *accept;
  gsize        max_size;
  OmaSpoolFunc spool;
  gpointer     spool_data;
} OmaHttpRequest;

#define OMA_HTTP_MAX_IN_MEMORY (64 * 1024)

/**
 * OmaHttpReply:
 * @status: status of the answer, whatever it is
 * @media_type: (nullable): Content-Type, lower case, without parameters
 * @accept: (nullable): OMADM-Accept
 * @body: (nullable): the body of an answer of success, unless it is empty or went to @file
 * @file: descriptor of the body, at its start, -1: none
 * @retry_after: seconds, 0: not said
 */
typedef struct {
  guint   status;
  char   *media_type;
  char   *accept;
  GBytes *body;
  int     file;
  guint   retry_after;
} OmaHttpReply;

void          oma_http_reply_free     (OmaHttpReply *reply);
void          oma_http_request_async  (OmaHttp *http, const OmaHttpRequest *request, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
OmaHttpReply *oma_http_request_finish (OmaHttp *http, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaHttpReply, oma_http_reply_free)

G_END_DECLS
