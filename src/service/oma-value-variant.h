/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* Values of more octets travel as descriptors. */
#define OMA_VARIANT_MAX_INLINE (1024 * 1024)

GVariant *oma_value_to_variant     (const OmaValue *value, GUnixFDList *descriptors, GError **error);
OmaValue *oma_value_from_variant   (GVariant *variant, GError **error);
gboolean  oma_variant_is_handle    (GVariant *variant);
int       oma_variant_dup_handle   (GVariant *variant, GUnixFDList *descriptors, GError **error);
void      oma_variant_add_text     (GVariantBuilder *builder, const char *key, const char *text);

G_END_DECLS
