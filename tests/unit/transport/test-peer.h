/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/oma-http-request.h"

G_BEGIN_DECLS

#define TEST_XML "application/vnd.syncml.dm+xml"

/**
 * TestPeerEnd:
 *
 * What a peer does once its canned answer is out.
 */
typedef enum {
  TEST_PEER_CLOSE,     /* ends the connection in order */
  TEST_PEER_HOLD,      /* says nothing more and keeps the connection */
  TEST_PEER_RESET,     /* ends it with a reset */
  TEST_PEER_REPEAT,    /* goes on with the same octets until the other side has enough */
  TEST_PEER_SERVE,     /* answers the next request of the connection */
  TEST_PEER_GREET,     /* speaks before it is asked, then as TEST_PEER_HOLD */
} TestPeerEnd;

/**
 * TestPeer:
 *
 * A server that reads requests and answers with given octets, right or wrong.
 */
typedef struct _TestPeer TestPeer;

TestPeer   *test_peer_new             (const char *head, const char *body, TestPeerEnd end);
TestPeer   *test_peer_new_at          (const char *address, guint16 port, const char *head, const char *body,
                                       TestPeerEnd end);
void        test_peer_free            (TestPeer *peer);
void        test_peer_set_certificate (TestPeer *peer, GTlsCertificate *certificate, GTlsAuthenticationMode mode);
void        test_peer_offer_http2     (TestPeer *peer);
void        test_peer_set_later       (TestPeer *peer, const char *head);
guint       test_peer_n_requests      (TestPeer *peer);
char       *test_peer_uri             (TestPeer *peer, const char *host);
guint16     test_peer_port            (TestPeer *peer);
guint       test_peer_n_connections   (TestPeer *peer);
guint       test_peer_n_certificates  (TestPeer *peer);
void        test_peer_wait_closed     (TestPeer *peer, guint n);
const char *test_peer_request         (TestPeer *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestPeer, test_peer_free)

OmaHttp    *test_http_new  (const char *uri);
GBytes     *test_exchange  (OmaHttp *http, const char *uri, char **media_type, GError **error);
void        test_exchange_fails (OmaHttp *http, const char *uri, OmaTransportError code, const char *pattern);
OmaHttpReply *test_request  (OmaHttp *http, const OmaHttpRequest *request, GError **error);
void        test_request_fails (OmaHttp *http, const OmaHttpRequest *request, OmaTransportError code,
                                const char *pattern);

G_END_DECLS
