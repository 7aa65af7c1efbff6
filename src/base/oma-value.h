/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_VALUE_H
#define OMA_VALUE_H

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * OmaFormat:
 *
 * Formats of a node (SyncML Meta-Information 1.2, Format; DM Tree and Description 1.2).
 * %OMA_FORMAT_NONE stands for "not stated".
 */
typedef enum {
  OMA_FORMAT_NONE,
  OMA_FORMAT_B64,
  OMA_FORMAT_BIN,
  OMA_FORMAT_BOOL,
  OMA_FORMAT_CHR,
  OMA_FORMAT_INT,
  OMA_FORMAT_NODE,
  OMA_FORMAT_NULL,
  OMA_FORMAT_XML,
  OMA_FORMAT_DATE,
  OMA_FORMAT_TIME,
  OMA_FORMAT_FLOAT,
} OmaFormat;

#define OMA_N_FORMATS (OMA_FORMAT_FLOAT + 1)

const char *oma_format_to_string   (OmaFormat format);
OmaFormat   oma_format_from_string (const char *text);

/**
 * OmaValue:
 *
 * The value of a leaf: format, MIME type and octets.  Immutable and reference counted,
 * so it may be shared between threads.  A large one is backed by a file descriptor.
 */
typedef struct _OmaValue OmaValue;

#define OMA_TYPE_VALUE (oma_value_get_type ())
GType         oma_value_get_type   (void);

OmaValue     *oma_value_new        (OmaFormat format, const char *type, gconstpointer data, gsize size);
OmaValue     *oma_value_new_string (const char *text);
OmaValue     *oma_value_new_int    (gint32 number);
OmaValue     *oma_value_new_bool   (gboolean truth);
OmaValue     *oma_value_new_fd     (OmaFormat format, const char *type, int fd, GError **error);
OmaValue     *oma_value_ref        (OmaValue *value);
void          oma_value_unref      (OmaValue *value);

OmaFormat     oma_value_get_format (const OmaValue *value);
const char   *oma_value_get_type_name (const OmaValue *value);
gsize         oma_value_get_size   (const OmaValue *value);
gconstpointer oma_value_get_data   (const OmaValue *value, gsize *size);
const char   *oma_value_get_text   (const OmaValue *value);
gint32        oma_value_get_int    (const OmaValue *value);
gboolean      oma_value_get_bool   (const OmaValue *value);
int           oma_value_dup_fd     (const OmaValue *value, GError **error);
gboolean      oma_value_equal      (const OmaValue *a, const OmaValue *b);

gboolean      oma_format_check     (OmaFormat format, gconstpointer data, gsize size, GError **error);
char         *oma_format_decode_base64 (const char *text, gsize length, gsize *size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaValue, oma_value_unref)

G_END_DECLS

#endif /* OMA_VALUE_H */
