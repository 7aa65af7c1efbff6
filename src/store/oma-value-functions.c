/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-value-functions.h"

#include "store/oma-value-record.h"

static const char *
value_text (sqlite3_value *value)
{
  return (const char *) sqlite3_value_text (value);
}

/* A statement whose function fails changes nothing. */
static void
result_damaged (sqlite3_context *context, const char *message)
{
  sqlite3_result_error (context, message, -1);
  sqlite3_result_error_code (context, SQLITE_CORRUPT);
}

static void
result_record (sqlite3_context *context, const OmaValueRecord *record)
{
  g_autoptr(GByteArray) buffer = g_byte_array_new ();
  gsize size = oma_value_record_pack (record, buffer);

  sqlite3_result_blob64 (context, buffer->data, size, SQLITE_TRANSIENT);
}

/* The columns before version 4 of the database: at most one of value, secret and file. */
static void
pack_value (sqlite3_context *context, int n_arguments G_GNUC_UNUSED, sqlite3_value **arguments)
{
  sqlite3_value *secret = arguments[3], *file = arguments[7], *data = arguments[2];
  OmaValueRecord record = {
    .format = oma_format_from_string (value_text (arguments[0])),
    .type = value_text (arguments[1]),
    .owner = value_text (arguments[4]),
    .tstamp = sqlite3_value_int64 (arguments[5]),
    .verno = (guint16) sqlite3_value_int (arguments[6]),
    .dir = OMA_DATABASE_DIR_NONE,
  };

  if (record.format == OMA_FORMAT_NONE || record.type == NULL)
    {
      result_damaged (context, "a node has no known format, or no type");
      return;
    }
  if (sqlite3_value_type (secret) != SQLITE_NULL)
    {
      record.dir = OMA_DATABASE_DIR_SECRETS;
      data = secret;
    }
  else if (sqlite3_value_type (file) != SQLITE_NULL)
    {
      record.dir = OMA_DATABASE_DIR_LARGE;
      data = file;
    }
  /* That of an empty blob is NULL. */
  if (sqlite3_value_type (data) != SQLITE_NULL)
    record.data = sqlite3_value_bytes (data) > 0 ? sqlite3_value_blob (data) : "";
  record.size = sqlite3_value_bytes (data);
  result_record (context, &record);
}

static void
stamp_value (sqlite3_context *context, int n_arguments G_GNUC_UNUSED, sqlite3_value **arguments)
{
  g_autoptr(GError) error = NULL;
  OmaValueRecord record;

  if (!oma_value_record_unpack (&record, sqlite3_value_blob (arguments[0]), sqlite3_value_bytes (arguments[0]),
                                &error))
    {
      result_damaged (context, error->message);
      return;
    }
  record.type = value_text (arguments[1]);
  record.tstamp = sqlite3_value_int64 (arguments[2]);
  record.verno = (guint16) sqlite3_value_int (arguments[3]);
  result_record (context, &record);
}

/**
 * oma_value_functions_register:
 * @sqlite: a database
 *
 * Makes %OMA_VALUE_PACK and %OMA_VALUE_STAMP known, to statements alone: no schema can call them.
 * They fail with SQLITE_CORRUPT when what they get is damaged.
 *
 * Returns: a result code of SQLite
 */
int
oma_value_functions_register (sqlite3 *sqlite)
{
  static const struct {
    const char *name;
    int         n_arguments;
    void      (*run) (sqlite3_context *, int, sqlite3_value **);
  } functions[] = {
    { OMA_VALUE_PACK, 8, pack_value },
    { OMA_VALUE_STAMP, 4, stamp_value },
  };
  int result = SQLITE_OK;

  for (guint i = 0; i < G_N_ELEMENTS (functions) && result == SQLITE_OK; i++)
    result = sqlite3_create_function_v2 (sqlite, functions[i].name, functions[i].n_arguments,
                                         SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, functions[i].run,
                                         NULL, NULL, NULL);
  return result;
}
