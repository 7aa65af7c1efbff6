/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaDBusError:
 *
 * What the service itself refuses.  These have the names that the bus gives them.
 */
typedef enum {
  OMA_DBUS_ERROR_UNKNOWN_OBJECT,
  OMA_DBUS_ERROR_UNKNOWN_INTERFACE,
  OMA_DBUS_ERROR_UNKNOWN_METHOD,
  OMA_DBUS_ERROR_UNKNOWN_PROPERTY,
  OMA_DBUS_ERROR_PROPERTY_READ_ONLY,
  OMA_DBUS_ERROR_INVALID_ARGS,
  OMA_DBUS_ERROR_ACCESS_DENIED,
  OMA_DBUS_ERROR_AUTHORIZATION_REQUIRED,
  OMA_DBUS_ERROR_LIMITS_EXCEEDED,
} OmaDBusError;

#define OMA_DBUS_N_ERRORS (OMA_DBUS_ERROR_LIMITS_EXCEEDED + 1)
#define OMA_DBUS_ERROR (oma_dbus_error_quark ())
GQuark oma_dbus_error_quark (void);

const char *oma_dbus_error_get_name    (const GError *error);
char       *oma_dbus_error_dup_message (const GError *error);

G_END_DECLS
