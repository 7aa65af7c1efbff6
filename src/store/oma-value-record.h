/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"

G_BEGIN_DECLS

/* Where values are that are not in the database. */
typedef enum {
  OMA_DATABASE_DIR_SECRETS,
  OMA_DATABASE_DIR_LARGE,
  OMA_DATABASE_N_DIRS,
  OMA_DATABASE_DIR_NONE = OMA_DATABASE_N_DIRS,
} OmaDatabaseDir;

/**
 * OmaValueRecord:
 * @format: the node's format
 * @type: its type, or ""
 * @owner: (nullable): ServerID of the server that set the value
 * @tstamp: property TStamp
 * @verno: property VerNo
 * @dir: the directory of the file that has the value, %OMA_DATABASE_DIR_NONE when no file has it
 * @data: (nullable): the octets of the value, or of the file's name; %NULL when there is no value
 * @size: how many octets
 *
 * What a row of node_values holds besides its id, packed into octets.  It owns nothing.
 */
typedef struct {
  OmaFormat      format;
  const char    *type;
  const char    *owner;
  gint64         tstamp;
  guint16        verno;
  OmaDatabaseDir dir;
  gconstpointer  data;
  gsize          size;
} OmaValueRecord;

gsize    oma_value_record_pack   (const OmaValueRecord *record, GByteArray *buffer);
gboolean oma_value_record_unpack (OmaValueRecord *record, gconstpointer octets, gsize size, GError **error);

G_END_DECLS
