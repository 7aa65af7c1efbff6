/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* Functions of SQL on the records of node_values. */
#define OMA_VALUE_PACK  "pack_value"    /* (format, type, value, secret, owner, tstamp, verno, file) */
#define OMA_VALUE_STAMP "stamp_value"   /* (record, type, tstamp, verno) */

int oma_value_functions_register (sqlite3 *sqlite);

G_END_DECLS
