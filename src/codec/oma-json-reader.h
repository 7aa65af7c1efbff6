/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Octets of the name of a member, and of a number. */
#define OMA_JSON_MAX_NAME 1024
#define OMA_JSON_MAX_NUMBER 128

typedef enum {
  OMA_JSON_STRING,
  OMA_JSON_NUMBER,
  OMA_JSON_TRUE,
  OMA_JSON_FALSE,
  OMA_JSON_NULL,
} OmaJsonKind;

/**
 * OmaJsonHandler:
 * @start: an array or an object starts
 * @end: the innermost one ends
 * @name: name of the member whose value comes next
 * @part: a part of a string that is longer than the limits let it be in one piece; @scalar brings the rest
 * @scalar: a value that is neither array nor object, as text; what a string stands for, without its quotes
 * @error: return location for why %FALSE stops the reader
 *
 * What a reader calls.  Texts are UTF-8 without NUL, not NUL-terminated, and valid for the call only.
 */
typedef struct {
  gboolean (*start)  (gboolean is_array, gpointer user_data, GError **error);
  gboolean (*end)    (gpointer user_data, GError **error);
  gboolean (*name)   (const char *name, gsize length, gpointer user_data, GError **error);
  gboolean (*part)   (const char *text, gsize length, gpointer user_data, GError **error);
  gboolean (*scalar) (OmaJsonKind kind, const char *text, gsize length, gpointer user_data, GError **error);
} OmaJsonHandler;

/**
 * OmaJsonLimits:
 * @max_size: octets of the text
 * @max_depth: arrays and objects in each other
 * @max_names: members of all objects
 * @max_text: octets of a string that is given in one piece
 */
typedef struct {
  gsize max_size;
  guint max_depth;
  guint max_names;
  gsize max_text;
} OmaJsonLimits;

/**
 * OmaJsonReader:
 *
 * Reads JSON (RFC 8259) as it arrives, whatever parts it comes in, without recursion and without a copy of the whole.
 * Strict: nothing that is not JSON is let pass, and neither are names that an object has twice, surrogates that are
 * alone, and NUL.  The text is an array or an object; a byte order mark before it is skipped.
 */
typedef struct _OmaJsonReader OmaJsonReader;

OmaJsonReader *oma_json_reader_new    (const OmaJsonHandler *handler, const OmaJsonLimits *limits, gpointer user_data);
void           oma_json_reader_free   (OmaJsonReader *reader);
gboolean       oma_json_reader_feed   (OmaJsonReader *reader, const char *data, gsize size, GError **error);
gboolean       oma_json_reader_finish (OmaJsonReader *reader, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaJsonReader, oma_json_reader_free)

G_END_DECLS
