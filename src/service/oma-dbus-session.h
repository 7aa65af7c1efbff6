/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

char *oma_dbus_session_dup_path         (OmaRunner *runner);
void  oma_dbus_session_start            (OmaRequest *request, const char *account);
void  oma_dbus_session_start_notified   (OmaRequest *request);
void  oma_dbus_session_follow           (OmaRunner *runner, OmaSubscribers *subscribers);
void  oma_dbus_session_unfollow         (OmaRunner *runner, OmaSubscribers *subscribers);
void  oma_dbus_session_follow_messages  (OmaRunner *runner, OmaSubscribers *subscribers, gboolean follow);

G_END_DECLS
