/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.omadm.UnitFiles1: see its interface in dbus/. */
#pragma once

#include "oma-dbus.h"

G_BEGIN_DECLS

/**
 * UnitFilesError:
 * @UNIT_FILES_ERROR_FAILED: systemd failed
 * @UNIT_FILES_ERROR_NOT_ALLOWED: a name may not be managed
 * @UNIT_FILES_ERROR_NO_SUCH_UNIT: there is no such unit
 * @UNIT_FILES_ERROR_NOT_APPLICABLE: systemd cannot do this with the unit
 */
typedef enum {
  UNIT_FILES_ERROR_FAILED,
  UNIT_FILES_ERROR_NOT_ALLOWED,
  UNIT_FILES_ERROR_NO_SUCH_UNIT,
  UNIT_FILES_ERROR_NOT_APPLICABLE,
} UnitFilesError;

#define UNIT_FILES_ERROR (unit_files_error_quark ())
GQuark unit_files_error_quark (void);

typedef struct _UnitFiles UnitFiles;

/* Called when a call begins and when it has ended. */
typedef void (*UnitFilesActivityFunc) (gboolean begins, gpointer user_data);

gboolean   unit_files_check (const char *allow_file, const char *const *units, GError **error);
UnitFiles *unit_files_new   (GDBusConnection *connection, const char *allow_file, UnitFilesActivityFunc activity,
                             gpointer user_data, GError **error);
void       unit_files_free  (UnitFiles *files);

G_END_DECLS
