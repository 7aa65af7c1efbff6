/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaDdfReader:
 *
 * Walks the elements of a device description, within limits and without ever opening
 * anything else.
 */
typedef struct _OmaDdfReader OmaDdfReader;

typedef enum {
  OMA_DDF_NAMESPACE_OTHER,
  OMA_DDF_NAMESPACE_OMA,        /* of DM Tree and Description 1.2, or none */
  OMA_DDF_NAMESPACE_MICROSOFT,
} OmaDdfNamespace;

/* Reads the element that the reader is at; need not read all of it. */
typedef gboolean (*OmaDdfReadFunc) (OmaDdfReader *reader, gpointer target, GError **error);

typedef struct {
  OmaDdfNamespace name_space;
  const char     *name;         /* NULL ends a list of rules */
  OmaDdfReadFunc  read;
} OmaDdfRule;

OmaDdfReader *oma_ddf_reader_new        (const char *origin, gconstpointer data, gsize size, gpointer user_data,
                                         GError **error);
void          oma_ddf_reader_free       (OmaDdfReader *reader);
gpointer      oma_ddf_reader_get_data   (const OmaDdfReader *reader);
int           oma_ddf_reader_get_depth  (OmaDdfReader *reader);
int           oma_ddf_reader_get_line   (OmaDdfReader *reader);
GString      *oma_ddf_reader_get_node   (const OmaDdfReader *reader);
gboolean      oma_ddf_reader_open       (OmaDdfReader *reader, const char *root, GError **error);
gboolean      oma_ddf_reader_close      (OmaDdfReader *reader, GError **error);
gboolean      oma_ddf_reader_is         (OmaDdfReader *reader, OmaDdfNamespace name_space, const char *name);
int           oma_ddf_reader_next_child (OmaDdfReader *reader, int depth, GError **error);
gboolean      oma_ddf_reader_children   (OmaDdfReader *reader, const OmaDdfRule *rules, gpointer target,
                                         GError **error);
gboolean      oma_ddf_reader_text       (OmaDdfReader *reader, char **text, GError **error);
gboolean      oma_ddf_reader_word       (OmaDdfReader *reader, char **word, GError **error);
gboolean      oma_ddf_reader_choice     (OmaDdfReader *reader, char **name, char **content, GError **error);
char         *oma_ddf_reader_attribute  (OmaDdfReader *reader, const char *name);

gboolean      oma_ddf_reader_fail       (OmaDdfReader *reader, int line, GError **error, const char *format, ...)
                                         G_GNUC_PRINTF (4, 5);
gboolean      oma_ddf_reader_fail_code  (OmaDdfReader *reader, int code, int line, GError **error,
                                         const char *format, ...) G_GNUC_PRINTF (5, 6);
void          oma_ddf_reader_warn       (OmaDdfReader *reader, int line, const char *format, ...)
                                         G_GNUC_PRINTF (3, 4);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaDdfReader, oma_ddf_reader_free)

G_END_DECLS
