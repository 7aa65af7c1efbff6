/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Machine:
 * @vendor: manufacturer of the hardware
 * @model: its model
 * @version: its version
 * @chassis: kind of device
 * @board_vendor: vendor of the board or chassis
 * @firmware: version of the firmware
 * @software: operating system and kernel
 * @language: language tag of the system's locale
 *
 * What the machine tells of itself.  No member is ever empty.
 */
typedef struct {
  char *vendor;
  char *model;
  char *version;
  char *chassis;
  char *board_vendor;
  char *firmware;
  char *software;
  char *language;
} Machine;

void     machine_free (Machine *machine);
void     machine_read_async  (const char *root, GDBusConnection *bus, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
Machine *machine_read_finish (GAsyncResult *result, GError **error);
void     machine_return_member (GTask *task, gsize offset);
char    *machine_make_id     (const char *root);
gboolean machine_id_is_valid (const char *id);
char    *machine_language_from_locale (const char *locale);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Machine, machine_free)

G_END_DECLS
