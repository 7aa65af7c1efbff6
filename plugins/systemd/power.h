/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server asked for, as it is kept over the start that it brings.  Nothing here calls anybody. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Minutes: the server hears of it before the machine goes. */
#define SHUTDOWN_MIN_DELAY 1
#define SHUTDOWN_MAX_DELAY (7 * 24 * 60)

/**
 * ShutdownRecord:
 * @operation: name of the node that was executed
 * @correlator: (nullable): of the Exec
 * @when: microseconds since 1970
 * @boot: when the machine was started that it was asked of
 */
typedef struct {
  char   *operation;
  char   *correlator;
  guint64 when;
  guint64 boot;
} ShutdownRecord;

ShutdownRecord *shutdown_record_new    (const char *operation, const char *correlator);
ShutdownRecord *shutdown_record_copy   (const ShutdownRecord *record);
void            shutdown_record_free   (ShutdownRecord *record);
GBytes         *shutdown_record_format (const ShutdownRecord *record);
ShutdownRecord *shutdown_record_parse  (GBytes *bytes);

const char     *shutdown_operation_to_type (const char *operation);
const char     *shutdown_type_to_operation (const char *type);
gboolean        shutdown_parse_delay       (const char *text, guint *minutes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShutdownRecord, shutdown_record_free)

G_END_DECLS
