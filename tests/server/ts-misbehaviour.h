/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * TsFaultKind:
 *
 * Up to %TS_FAULT_STATUS they concern the carrying of a message, the others its content.
 */
typedef enum {
  TS_FAULT_NONE,
  TS_FAULT_DROP,
  TS_FAULT_DELAY,
  TS_FAULT_TRUNCATE,
  TS_FAULT_ENDLESS,
  TS_FAULT_REDIRECT,
  TS_FAULT_GARBAGE,
  TS_FAULT_EMPTY,
  TS_FAULT_MEDIA_TYPE,
  TS_FAULT_STATUS,
  TS_FAULT_WRONG_NONCE,
  TS_FAULT_WRONG_SERVER_NONCE,
  TS_FAULT_NO_FINAL,
  TS_FAULT_ECHO_MSGID,
  TS_FAULT_REPEAT,
  TS_FAULT_NO_END,
  TS_FAULT_CHALLENGE,
  TS_FAULT_WRONG_DTD,
  TS_FAULT_WRONG_PROTOCOL,
} TsFaultKind;

/**
 * TsFault:
 * @kind: what goes wrong
 * @device: (nullable): with whom; %NULL: with whoever comes
 * @path: (nullable): with requests for that document of the data repository; %NULL: with messages and packages
 * @skip: messages that go well before
 * @count: how often
 * @ms: how long a delay lasts
 * @status: HTTP status
 * @keep: octets that a truncated answer has
 * @text: (nullable): Location, a media type, a command, or octets of garbage
 * @retry_after: (nullable): value of that header
 * @after: a drop comes after the message was worked on
 */
typedef struct {
  TsFaultKind kind;
  char       *device;
  char       *path;
  guint       skip;
  guint       count;
  guint       ms;
  guint       status;
  gsize       keep;
  char       *text;
  char       *retry_after;
  gboolean    after;
} TsFault;

TsFault *ts_fault_parse (JsonNode *node, GError **error);
void     ts_fault_free  (TsFault *fault);
TsFault *ts_fault_copy  (const TsFault *fault);
gboolean ts_fault_is_refusal (const TsFault *fault);
TsFault *ts_faults_take (GQueue *faults, const char *device, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsFault, ts_fault_free)

G_END_DECLS
