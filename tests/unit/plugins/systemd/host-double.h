/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host that sends nothing: a test sees each call of the plugin, and answers when it likes. */
#pragma once

#include <omadm/omadm.h>

G_BEGIN_DECLS

#define HOST_TYPE_DOUBLE (host_double_get_type ())
G_DECLARE_FINAL_TYPE (HostDouble, host_double, HOST, DOUBLE, OmaPluginHost)

HostDouble *host_double_new      (void);
guint       host_double_count    (HostDouble *host);
gboolean    host_double_is_called (HostDouble *host, const char *method);
GVariant   *host_double_expect   (HostDouble *host, const char *method);
void        host_double_answer   (HostDouble *host, const char *method, GVariant *answer);
void        host_double_fail     (HostDouble *host, const char *method, const char *remote, const char *message);
void        host_double_signal   (HostDouble *host, const char *bus_name, const char *path, const char *signal,
                                  GVariant *parameters);
void        host_double_end      (HostDouble *host);
char       *host_double_take_changes (HostDouble *host);
char       *host_double_take_alerts  (HostDouble *host);
void        host_double_set_data (HostDouble *host, const char *text);
const char *host_double_get_data (HostDouble *host);

G_END_DECLS
