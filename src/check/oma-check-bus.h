/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "oma-check-answers.h"

G_BEGIN_DECLS

/**
 * OmaCheckFault:
 * @OMA_CHECK_FAULT_NONE: calls are answered as they should be
 * @OMA_CHECK_FAULT_FAILS: one call fails
 * @OMA_CHECK_FAULT_HANGS: one call gets no answer
 * @OMA_CHECK_FAULT_ABSENT: no service is there
 *
 * What goes wrong on the bus.
 */
typedef enum {
  OMA_CHECK_FAULT_NONE,
  OMA_CHECK_FAULT_FAILS,
  OMA_CHECK_FAULT_HANGS,
  OMA_CHECK_FAULT_ABSENT,
} OmaCheckFault;

/**
 * OmaCheckBus:
 *
 * Stands in for the system bus and all services on it, over a pair of sockets: what a plugin calls goes the same way as
 * in the daemon, and ends here.
 */
typedef struct _OmaCheckBus OmaCheckBus;

typedef void (*OmaCheckHangFunc) (gpointer user_data);

OmaCheckBus     *oma_check_bus_new            (OmaCheckAnswers *answers, GError **error);
void             oma_check_bus_free           (OmaCheckBus *bus);
GDBusConnection *oma_check_bus_get_connection (OmaCheckBus *bus);
void             oma_check_bus_set_fault      (OmaCheckBus *bus, OmaCheckFault fault, guint call);
void             oma_check_bus_set_hang_func  (OmaCheckBus *bus, OmaCheckHangFunc func, gpointer user_data);
guint            oma_check_bus_count_calls    (OmaCheckBus *bus);
guint            oma_check_bus_count_hanging  (OmaCheckBus *bus);
char            *oma_check_bus_dup_hanging    (OmaCheckBus *bus);
guint            oma_check_bus_count_unanswered (OmaCheckBus *bus);
void             oma_check_bus_release        (OmaCheckBus *bus);
void             oma_check_bus_tell_owner     (OmaCheckBus *bus, const char *name, gboolean there);
GPtrArray       *oma_check_bus_get_unanswered (OmaCheckBus *bus);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCheckBus, oma_check_bus_free)

G_END_DECLS
