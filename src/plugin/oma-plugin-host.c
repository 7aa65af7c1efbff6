/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-host.h"

G_DEFINE_ABSTRACT_TYPE (OmaPluginHost, oma_plugin_host, G_TYPE_OBJECT)

static void
oma_plugin_host_class_init (OmaPluginHostClass *klass G_GNUC_UNUSED)
{
}

static void
oma_plugin_host_init (OmaPluginHost *host G_GNUC_UNUSED)
{
}

/**
 * oma_plugin_host_changed:
 * @host: the plugin's host
 * @relative_uri: the node, its URI below the root node of the plugin's DDF, segments
 *   escaped; "" for that node
 * @kind: what happened
 *
 * Tells that a node changed from the device's side, so that VerNo, TStamp and subscribers
 * follow.  Not needed for changes that an operation of the plugin made.
 */
void
oma_plugin_host_changed (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  OMA_PLUGIN_HOST_GET_CLASS (host)->changed (host, relative_uri, kind);
}

/**
 * oma_plugin_host_progress:
 * @host: the plugin's host
 * @task: the task of a running exec operation
 * @percent: how much is done, 0 to 100
 * @message: (nullable): what is being done, for people
 *
 * Reports the progress of a long exec.
 */
void
oma_plugin_host_progress (OmaPluginHost *host, GTask *task, guint percent, const char *message)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  OMA_PLUGIN_HOST_GET_CLASS (host)->progress (host, task, MIN (percent, 100), message);
}

/**
 * oma_plugin_host_get_config:
 * @host: the plugin's host
 * @key: a key of the group "[plugin NAME]" in omadm.conf
 *
 * Returns: (transfer full) (nullable): the value, or %NULL when it is not set
 */
char *
oma_plugin_host_get_config (OmaPluginHost *host, const char *key)
{
  g_return_val_if_fail (OMA_IS_PLUGIN_HOST (host), NULL);
  return OMA_PLUGIN_HOST_GET_CLASS (host)->get_config (host, key);
}

/**
 * oma_plugin_host_alert:
 * @host: the plugin's host
 * @type: type of the alert, sent as it is: what the definition of the management object says
 * @mark: (nullable): importance: fatal, critical, minor, warning, informational (what %NULL stands
 *   for), harmless or indeterminate
 * @relative_uri: (nullable): the node that it is about, its URI below the root node of the
 *   plugin's DDF, segments escaped; "" for that node
 * @correlator: (nullable): that of the Exec whose end this tells
 * @data: (transfer none): the event
 *
 * Sends a generic alert (DM Protocol 1.2, section 8.7).  With the node and the correlator of an
 * Exec that was answered with 202 it goes to the server of that Exec, else to the server whose
 * session comes first.  It is kept until a server has acknowledged it.  What cannot be kept is
 * logged.
 */
void
oma_plugin_host_alert (OmaPluginHost *host, const char *type, const char *mark, const char *relative_uri,
                       const char *correlator, OmaValue *data)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  g_return_if_fail (type != NULL && data != NULL);
  OMA_PLUGIN_HOST_GET_CLASS (host)->alert (host, type, mark, relative_uri, correlator, data);
}
