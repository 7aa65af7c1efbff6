/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;
  void      (*handle) (OmaRequest *request);   /* takes it */
} OmaMethod;

/**
 * OmaInterface:
 * @get_info: what gdbus-codegen made of the interface's XML
 * @methods: a handler for each method, ended by a %NULL name
 * @get_property: (nullable): value of a property of @object, floating
 *
 * An interface as objects implement it.  The skeletons of gdbus-codegen are not used: they
 * cannot authorise the reading of a property, authorise methods on a thread, and broadcast
 * PropertiesChanged.
 */
typedef struct {
  GDBusInterfaceInfo *(*get_info) (void);
  const OmaMethod     *methods;
  GVariant           *(*get_property) (gpointer object, const char *name);
} OmaInterface;

/**
 * OmaObjectClass:
 * @interfaces: (nullable): what the objects implement, ended by %NULL
 * @resolve: (nullable): finds the object, sets it in the request
 * @introspect: (nullable): answers Introspect with oma_object_return_introspection();
 *   without it objects have no children
 *
 * A kind of objects.
 */
typedef struct {
  const OmaInterface *const *interfaces;
  gboolean (*resolve)    (OmaRequest *request, GError **error);
  void     (*introspect) (OmaRequest *request);
} OmaObjectClass;

/* Children that one introspection lists. */
#define OMA_MAX_INTROSPECTED 1000

const OmaObjectClass *oma_object_class_for_path  (const char *path);
const OmaInterface   *oma_object_class_get_interface (const OmaObjectClass *object_class, const char *name);
const OmaMethod      *oma_interface_get_method   (const OmaInterface *interface, const char *name);
GVariant             *oma_interface_get_all      (const OmaInterface *interface, gpointer object);
void                  oma_object_return_introspection (OmaRequest *request, const OmaObjectClass *object_class,
                                                       GPtrArray *children);

extern const OmaObjectClass oma_dbus_agent_object;
extern const OmaObjectClass oma_dbus_accounts_object;
extern const OmaObjectClass oma_dbus_account_object;
extern const OmaObjectClass oma_dbus_sessions_object;
extern const OmaObjectClass oma_dbus_session_object;
extern const OmaObjectClass oma_dbus_node_object;

extern const OmaInterface oma_dbus_agent_interface;
extern const OmaInterface oma_dbus_tree_interface;
extern const OmaInterface oma_dbus_account_interface;
extern const OmaInterface oma_dbus_session_interface;
extern const OmaInterface oma_dbus_node_interface;

G_END_DECLS
