/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

/* Octets of a value that a caller passes as a descriptor. */
#define OMA_MAX_OBJECT_SIZE (512u * 1024 * 1024)

/* Answers the call after the operation succeeded and what it changed was committed; takes
 * @request, not @operation. */
typedef void (*OmaTreeReplyFunc) (OmaRequest *request, OmaOperation *operation);

/* Answers the call after the operation failed; takes both. */
typedef void (*OmaTreeErrorFunc) (OmaRequest *request, GError *error);

/**
 * OmaTreeRequest:
 * @request: the call
 * @operation: what to do; the caller may fill in more before it is run
 * @error_func: (nullable): answers on failure in place of oma_request_return_error()
 *
 * One operation on the tree for a D-Bus caller, whom polkit vouches for: a unit of work of
 * its own in the administrator's name.
 */
typedef struct {
  OmaRequest       *request;
  OmaOperation      operation;
  OmaTreeErrorFunc  error_func;
  /* private */
  OmaTreeReplyFunc  reply;
  OmaWork          *work;
  char             *uri;
  OmaValue         *octets;
} OmaTreeRequest;

OmaTreeRequest *oma_tree_request_new            (OmaRequest *request, OmaOperationType type, const char *uri,
                                                 OmaTreeReplyFunc reply);
void            oma_tree_request_set_octets     (OmaTreeRequest *self, OmaValue *octets);
void            oma_tree_request_set_finds_by_moid (OmaTreeRequest *self);
void            oma_tree_request_run            (OmaTreeRequest *self);
void            oma_tree_request_run_with_value (OmaTreeRequest *self, GVariant *value);
void            oma_tree_request_refuse         (OmaTreeRequest *self, OmaDBusError code, const char *reason);
GError         *oma_operation_dup_error         (const OmaOperation *operation);

void            oma_tree_reply_value            (OmaRequest *request, OmaOperation *operation);
void            oma_tree_reply_status           (OmaRequest *request, OmaOperation *operation);
void            oma_tree_reply_nothing          (OmaRequest *request, OmaOperation *operation);

G_END_DECLS
