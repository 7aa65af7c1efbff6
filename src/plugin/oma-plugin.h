/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_PLUGIN_H
#define OMA_PLUGIN_H

#include <omadm/oma-handler-flags.h>
#include <omadm/oma-node-list.h>
#include <omadm/oma-node-ref.h>
#include <omadm/oma-plugin-host.h>
#include <omadm/oma-value.h>

#include <gmodule.h>

G_BEGIN_DECLS

/**
 * OMA_PLUGIN_ABI_MAJOR:
 *
 * The plugin ABI of these headers.  A plugin is loaded when the major it was built for is the host's
 * and the minor is not above the host's.
 *
 * Within a major nothing goes away or changes its meaning, and what was built stays good.  A minor adds:
 * functions to the library, members at the end of #OmaNodeHandler and #OmaPluginDescriptor, values to
 * enumerations and flags.  Both structures begin with their size as the plugin was built, so the host
 * knows which members are there; those that are not count as zero.  A plugin must not count on having
 * seen all values of an enumeration.
 */
#define OMA_PLUGIN_ABI_MAJOR 1

/**
 * OMA_PLUGIN_ABI_MINOR:
 *
 * See %OMA_PLUGIN_ABI_MAJOR.  What came with a later minor than 0 says so.  A plugin that uses nothing
 * later than an earlier minor may name that one in its descriptor, whatever headers it is built with,
 * and is loaded by older hosts too.
 */
#define OMA_PLUGIN_ABI_MINOR 0

/**
 * OmaPluginTransaction:
 *
 * One unit of work of the daemon, as a plugin with commit sees it: its write operations
 * note their intent here and touch nothing until commit.
 *
 * A unit of work happens as a whole or not at all, and the machine may lose its power at any
 * moment.  Most plugins need do nothing for that: before anything happens the daemon writes
 * durably what was there, as @get and @list of the handlers tell, and undoes from that, newest
 * first: @replace with the old value, @remove of what was added, @add of what was removed, and
 * @rename back.  For this
 *
 * - @get must return what @replace or @add was given as long as nobody else changes it: a value
 *   that reads otherwise counts as somebody else's change, which stays;
 * - an undo goes through the same operations as a change, also after a restart, when the plugin
 *   knows nothing of the unit of work.
 *
 * There is more to do for
 *
 * - a service that can take several changes together or not at all, or whose changes are costly
 *   one by one: offer transactions, @validate, @commit and @roll_back of #OmaPluginDescriptor;
 * - state that nodes do not show, but which has to come back as well, or a service that knows
 *   by itself how to go back (a checkpoint): keep undo data, and offer @undo;
 * - what cannot come back at all, such as a message that was sent: %OMA_HANDLER_IRREVERSIBLE.
 *   An Exec cannot be undone, flag or not;
 * - what may cut the machine off from its server: %OMA_HANDLER_PROVISIONAL, and @confirm when the
 *   plugin has to know that it holds.
 */
typedef struct _OmaPluginTransaction OmaPluginTransaction;

void     oma_plugin_transaction_set_data (OmaPluginTransaction *transaction, gpointer data, GDestroyNotify destroy);
gpointer oma_plugin_transaction_get_data (OmaPluginTransaction *transaction);
void     oma_plugin_transaction_set_undo_data (OmaPluginTransaction *transaction, GBytes *data);

/**
 * OmaNodeHandler:
 * @struct_size: sizeof (OmaNodeHandler) as the plugin was built
 * @node: which nodes of the DDF are served: their path below the DDF's first top node, with "*"
 *   for each placeholder, and "" for that node; or, beginning with "./", the path from the root of the
 *   tree, as for the nodes below other top nodes; a last segment "**" for all that is below.  The most
 *   specific handler wins
 * @list: names of the children of an interior node; returns a GStrv, decoded names.  Left
 *   out where the DDF has no placeholder and no optional child below the node
 * @read: the whole subtree of the node in one call; returns an #OmaNodeList.  Left out: the
 *   host asks with @list and @get
 * @get: the value of a leaf; returns an #OmaValue
 * @add: makes a node; @value is %NULL for an interior one.  Returns a boolean
 * @replace: overwrites a leaf's value.  Returns a boolean
 * @remove: deletes a node with its subtree.  Returns a boolean
 * @exec: runs the node; @argument and @correlator may be %NULL.  Returns a boolean.  One that takes
 *   longer than the host waits goes on: the server gets 202, and an alert when the task returns.  A
 *   plugin whose definition has an alert of its own sends it with oma_plugin_host_alert() before the
 *   task returns, which takes that one's place; or it returns %OMA_STATUS_ACCEPTED at once and
 *   alerts when the end has come, also after a restart
 * @copy: copies a leaf's value to @target.  Returns a boolean
 * @rename: gives the node a new name.  Returns a boolean
 * @flags: how far changes of these nodes can be taken back; as with all members, those of the most
 *   specific handler count
 * @exists: whether an interior node has the child @name, which is a decoded name that the DDF allows
 *   there; returns a boolean, %FALSE without an error when it has not.  For nodes with many children:
 *   the host asks for the one that it needs to know of, and uses @list only when it wants all.  Left
 *   out: it asks with @list.  What it says and what @list says must be the same
 *
 * What serves a node of the DDF.  Everything runs on the main thread and must not block.
 * An operation ends with exactly one g_task_return_*() on @task, at once or later.  The host
 * owns @task and the other arguments: who returns later takes a reference to @task, and the
 * arguments live as long as it does.  The host keeps the time limit, cancels the task's
 * cancellable when it is over, and discards what comes after.  Errors are of
 * %OMA_STATUS_ERROR; others become 500.
 *
 * Format, access type, occurrence, permitted values and access rights were checked against
 * the DDF before an operation is called.
 */
typedef struct {
  gsize       struct_size;
  const char *node;
  void      (*list)    (gpointer self, const OmaNodeRef *node, GTask *task);
  void      (*read)    (gpointer self, const OmaNodeRef *node, GTask *task);
  void      (*get)     (gpointer self, const OmaNodeRef *node, GTask *task);
  void      (*add)     (gpointer self, const OmaNodeRef *node, OmaValue *value,
                        OmaPluginTransaction *transaction, GTask *task);
  void      (*replace) (gpointer self, const OmaNodeRef *node, OmaValue *value,
                        OmaPluginTransaction *transaction, GTask *task);
  void      (*remove)  (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task);
  void      (*exec)    (gpointer self, const OmaNodeRef *node, OmaValue *argument, const char *correlator, GTask *task);
  void      (*copy)    (gpointer self, const OmaNodeRef *source, const OmaNodeRef *target,
                        OmaPluginTransaction *transaction, GTask *task);
  void      (*rename)  (gpointer self, const OmaNodeRef *node, const char *new_name,
                        OmaPluginTransaction *transaction, GTask *task);
  OmaHandlerFlags flags;
  void      (*exists)  (gpointer self, const OmaNodeRef *node, const char *name, GTask *task);
} OmaNodeHandler;

/**
 * OmaPluginDescriptor:
 * @struct_size: sizeof (OmaPluginDescriptor) as the plugin was built
 * @abi_major: %OMA_PLUGIN_ABI_MAJOR
 * @abi_minor: %OMA_PLUGIN_ABI_MINOR, or an earlier one that has all that the plugin uses
 * @name: the plugin's name, that of its shared object without suffix
 * @version: the plugin's own version
 * @ddf: file name of the DDF that describes its nodes, beside the shared object.  It may have several top
 *   nodes, each with a name and the path where it lies: other doors to the same settings
 * @handlers: what serves the nodes
 * @n_handlers: how many
 * @init: called once before anything else; sets @self, which every operation gets
 * @shutdown: (nullable): called once after the last operation
 * @validate: (nullable): says whether what the transaction holds can be done; returns a
 *   boolean.  After it, @commit may fail for the unforeseeable only
 * @commit: (nullable): does it; returns a boolean.  %NULL: write operations act at once
 * @roll_back: (nullable): undoes a commit, or drops what was noted; returns a boolean.  Its
 *   task cannot be cancelled
 * @undo: (nullable): undoes a commit, or the part of it that happened, in a daemon that does not
 *   know its transaction, by what oma_plugin_transaction_set_undo_data() kept; returns a boolean.
 *   Its task cannot be cancelled.  It must be good to call twice, and for a commit that had not
 *   begun: a daemon can die while it undoes, too.  What fails is kept and tried again.  Only with
 *   @commit
 * @confirm: (nullable): the commit of a unit of work with a change of %OMA_HANDLER_PROVISIONAL
 *   holds: the server was reached, or there is none to wait for, as with a caller on D-Bus; returns
 *   a boolean.  If it fails, all of the unit is undone.  @roll_back comes in its place when the
 *   server was not reached; but when another unit of work has had the plugin commit since, the nodes
 *   are undone one by one, and the transaction ends.  @undo, or the nodes one by one, comes when the
 *   daemon died meanwhile; that may be after @confirm, before it was written down.  Only with @commit
 * @bus_names: (nullable) (array zero-terminated=1): well-known names on the system bus of the services
 *   that it calls and whose signals it follows; others it does not get at through its host
 * @actions: (nullable) (array zero-terminated=1): identifiers of the polkit actions that it needs, as
 *   the polkit rule that comes with it grants them
 *
 * What a plugin is.
 */
typedef struct {
  gsize                 struct_size;
  guint16               abi_major;
  guint16               abi_minor;
  const char           *name;
  const char           *version;
  const char           *ddf;
  const OmaNodeHandler *handlers;
  gsize                 n_handlers;
  gboolean            (*init)      (OmaPluginHost *host, gpointer *self, GError **error);
  void                (*shutdown)  (gpointer self);
  void                (*validate)  (gpointer self, OmaPluginTransaction *transaction, GTask *task);
  void                (*commit)    (gpointer self, OmaPluginTransaction *transaction, GTask *task);
  void                (*roll_back) (gpointer self, OmaPluginTransaction *transaction, GTask *task);
  void                (*undo)      (gpointer self, GBytes *data, GTask *task);
  void                (*confirm)   (gpointer self, OmaPluginTransaction *transaction, GTask *task);
  const char *const    *bus_names;
  const char *const    *actions;
} OmaPluginDescriptor;

/**
 * oma_plugin_query:
 *
 * The one symbol that a plugin exports.
 *
 * Returns: (transfer none): the plugin's descriptor, valid for ever
 */
G_MODULE_EXPORT const OmaPluginDescriptor *oma_plugin_query (void);

G_END_DECLS

#endif /* OMA_PLUGIN_H */
