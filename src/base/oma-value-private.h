/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"

G_BEGIN_DECLS

/* Values of more octets than this are large: none of their octets need stay in memory. */
#define OMA_VALUE_LARGE (64 * 1024)

/**
 * OmaValueScanFunc:
 * @data: octets of the value, from the first that no call has used yet
 * @size: how many
 * @last: no octets follow behind these
 * @user_data: what the caller passed
 *
 * Looks at a part of a value.
 *
 * Returns: how many octets it has used, 0 to end the scan
 */
typedef gsize (*OmaValueScanFunc) (const char *data, gsize size, gboolean last, gpointer user_data);

/* Values as the daemon alone uses them. */
OmaValue *oma_value_new_file     (OmaFormat format, const char *type, const char *path, GError **error);
OmaValue *oma_value_with_format  (OmaValue *value, OmaFormat format, const char *type);
gboolean  oma_value_is_large     (const OmaValue *value);
gboolean  oma_value_scan         (const OmaValue *value, OmaValueScanFunc func, gpointer user_data);
void      oma_value_release      (const OmaValue *value, gsize offset, gsize size);
gboolean  oma_value_check_format (const OmaValue *value, OmaFormat format, GError **error);
gboolean  oma_value_copy_to_fd   (const OmaValue *value, int fd);
gboolean  oma_value_link         (const OmaValue *value, const char *path);
void      oma_value_settle       (const OmaValue *value, const char *path);

G_END_DECLS
