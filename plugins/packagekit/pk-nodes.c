/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-private.h"

#include <string.h>

/**
 * pk_return_text:
 * @task: of an operation that gets a leaf
 * @text: its value, UTF-8
 */
void
pk_return_text (GTask *task, const char *text)
{
  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

/**
 * pk_return_int:
 * @task: of an operation that gets a leaf
 * @number: its value
 */
void
pk_return_int (GTask *task, gint32 number)
{
  g_task_return_pointer (task, oma_value_new_int (number), (GDestroyNotify) oma_value_unref);
}

/**
 * pk_return_bool:
 * @task: of an operation that gets a leaf
 * @truth: its value
 */
void
pk_return_bool (GTask *task, gboolean truth)
{
  g_task_return_pointer (task, oma_value_new_bool (truth), (GDestroyNotify) oma_value_unref);
}

/**
 * pk_return_error:
 * @task: of an operation
 * @status: what the server gets
 * @format: the reason, for people
 */
void
pk_return_error (GTask *task, OmaStatus status, const char *format, ...)
{
  va_list args;
  GError *error;

  va_start (args, format);
  error = g_error_new_valist (OMA_STATUS_ERROR, (int) status, format, args);
  va_end (args);
  g_task_return_error (task, error);
}

/**
 * pk_return_names:
 * @task: of an operation that lists children
 * @names: (transfer full): their names
 */
void
pk_return_names (GTask *task, GStrv names)
{
  g_task_return_pointer (task, names, (GDestroyNotify) g_strfreev);
}

/**
 * pk_escape_segment:
 * @name: a node's name
 *
 * Returns: (transfer full): the name as a segment of a URI
 */
char *
pk_escape_segment (const char *name)
{
  return g_uri_escape_string (name, "+:", FALSE);
}

/**
 * pk_add_text:
 * @list: answer to a read
 * @parent: URI of an interior node in it, "" for the one that is read
 * @name: name of a leaf, which needs no escapes
 * @text: its value
 */
void
pk_add_text (OmaNodeList *list, const char *parent, const char *name, const char *text)
{
  g_autofree char *uri = *parent != '\0' ? g_strconcat (parent, "/", name, NULL) : g_strdup (name);

  oma_node_list_add (list, uri, oma_value_new_string (text));
}

/**
 * pk_format_time:
 * @seconds: of the epoch, 0: never
 *
 * Returns: (transfer full): the time of UTC as of ISO 8601, "" for never
 */
char *
pk_format_time (gint64 seconds)
{
  g_autoptr(GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("");
}

/**
 * pk_tell_changed:
 * @self: the plugin
 * @parent: URI of a node from the root of the tree
 * @name: (nullable): a child of it, %NULL for the node itself
 * @below: (nullable): URI of a node below the child
 * @kind: what happened to it
 */
void
pk_tell_changed (Pk *self, const char *parent, const char *name, const char *below, OmaChangeKind kind)
{
  g_autofree char *segment = name != NULL ? pk_escape_segment (name) : NULL;
  g_autofree char *uri = g_strconcat (parent, name != NULL ? "/" : "", name != NULL ? segment : "",
                                      below != NULL ? "/" : "", below != NULL ? below : "", NULL);

  oma_plugin_host_changed (self->host, uri, kind);
}
