/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-json-reader.h"
#include "codec/oma-mo-data.h"

G_BEGIN_DECLS

OmaMoPart *oma_mo_part_new (void);

/**
 * OmaMoBuilder:
 *
 * Makes parts of the JSON form, which oma_mo_builder_handler takes from a reader.
 */
typedef struct _OmaMoBuilder OmaMoBuilder;

extern const OmaJsonHandler oma_mo_builder_handler;

OmaMoBuilder *oma_mo_builder_new         (OmaSpoolFunc spool, gpointer user_data);
void          oma_mo_builder_free        (OmaMoBuilder *builder);
GPtrArray    *oma_mo_builder_steal_parts (OmaMoBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaMoBuilder, oma_mo_builder_free)

G_END_DECLS
