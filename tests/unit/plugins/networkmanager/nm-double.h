/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A host that has a NetworkManager with profiles in memory: it answers the calls that the plugin makes, later, and
 * fails when it is told to. */

#include <NetworkManager.h>
#include <omadm/omadm.h>

G_BEGIN_DECLS

#define NM_TYPE_DOUBLE (nm_double_get_type ())
G_DECLARE_FINAL_TYPE (NmDouble, nm_double, NM, DOUBLE, OmaPluginHost)

NmDouble   *nm_double_new        (void);
const char *nm_double_add        (NmDouble *nm, const char *id, const char *ssid, const char *psk);
void        nm_double_activate   (NmDouble *nm, const char *id);
void        nm_double_keep_busy  (NmDouble *nm);
void        nm_double_modify     (NmDouble *nm, const char *id, const char *ssid, const char *psk);
void        nm_double_remove     (NmDouble *nm, const char *id);
void        nm_double_fail       (NmDouble *nm, const char *method, guint after, const char *remote_error);
void        nm_double_restart    (NmDouble *nm);
char       *nm_double_describe   (NmDouble *nm);
char       *nm_double_take_calls (NmDouble *nm);
char       *nm_double_take_changes (NmDouble *nm);
void        nm_double_settle     (void);

G_END_DECLS
