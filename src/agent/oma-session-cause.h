/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-dm2-session.h"

G_BEGIN_DECLS

/**
 * OmaSessionCause:
 * @start: why the session is opened
 * @notification_id: of a notification: its NOTIFICATION-ID, -1: none
 * @list_objects: the server wants to know what there is to manage
 * @report_uri: (nullable): the session goes to this address of the server's, with the alerts that are for it
 *
 * Why a DM 2.0 session is opened.
 */
typedef struct {
  OmaDm2Start start;
  int         notification_id;
  gboolean    list_objects;
  char       *report_uri;
} OmaSessionCause;

#define OMA_SESSION_CAUSE_CLIENT { OMA_DM2_START_CLIENT, -1, FALSE, NULL }

G_END_DECLS
