/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-value.h"

#include "base/oma-status.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_TYPE "text/plain"

struct _OmaValue {
  gatomicrefcount ref_count;
  OmaFormat       format;
  gsize           size;
  const char     *type;       /* DEFAULT_TYPE, or behind the octets in this block */
  gpointer        mapping;    /* the octets of a value with a descriptor, else NULL */
  int             fd;         /* -1: the octets are in data */
  char            data[];     /* size octets and a NUL */
};

static const char *const format_names[OMA_N_FORMATS] = {
  NULL, "b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float",
};

/**
 * oma_format_to_string:
 * @format: a format
 *
 * Returns: (nullable): the name of @format as it stands in messages and DDF files, or
 *   %NULL for %OMA_FORMAT_NONE
 */
const char *
oma_format_to_string (OmaFormat format)
{
  g_return_val_if_fail ((guint) format < OMA_N_FORMATS, NULL);
  return format_names[format];
}

/**
 * oma_format_from_string:
 * @text: (nullable): a format's name
 *
 * Returns: the format, or %OMA_FORMAT_NONE when @text names none
 */
OmaFormat
oma_format_from_string (const char *text)
{
  if (text == NULL)
    return OMA_FORMAT_NONE;
  for (int i = 1; i < OMA_N_FORMATS; i++)
    if (format_names[i][0] == text[0] && strcmp (format_names[i], text) == 0)
      return (OmaFormat) i;
  return OMA_FORMAT_NONE;
}

static OmaValue *
value_alloc (OmaFormat format, const char *type, gsize size)
{
  gsize type_size = type == NULL || strcmp (type, DEFAULT_TYPE) == 0 ? 0 : strlen (type) + 1;
  OmaValue *value = g_malloc (sizeof *value + size + 1 + type_size);

  g_atomic_ref_count_init (&value->ref_count);
  value->format = format;
  value->size = size;
  value->mapping = NULL;
  value->fd = -1;
  value->data[size] = '\0';
  value->type = type_size == 0 ? DEFAULT_TYPE : memcpy (value->data + size + 1, type, type_size);
  return value;
}

/**
 * oma_value_new:
 * @format: the format, which is not checked against the octets
 * @type: (nullable): MIME type, %NULL for "text/plain"
 * @data: (nullable): the octets, copied
 * @size: how many octets
 *
 * Returns: (transfer full): a new value
 */
OmaValue *
oma_value_new (OmaFormat format, const char *type, gconstpointer data, gsize size)
{
  OmaValue *value = value_alloc (format, type, size);

  if (size > 0)
    memcpy (value->data, data, size);
  return value;
}

/**
 * oma_value_new_string:
 * @text: UTF-8 text
 *
 * Returns: (transfer full): a new value of format chr
 */
OmaValue *
oma_value_new_string (const char *text)
{
  return oma_value_new (OMA_FORMAT_CHR, NULL, text, strlen (text));
}

/**
 * oma_value_new_int:
 * @number: the number
 *
 * Returns: (transfer full): a new value of format int
 */
OmaValue *
oma_value_new_int (gint32 number)
{
  char text[12];
  int length = g_snprintf (text, sizeof text, "%" G_GINT32_FORMAT, number);

  return oma_value_new (OMA_FORMAT_INT, NULL, text, length);
}

/**
 * oma_value_new_bool:
 * @truth: the truth value
 *
 * Returns: (transfer full): a new value of format bool, "true" or "false"
 */
OmaValue *
oma_value_new_bool (gboolean truth)
{
  return oma_value_new (OMA_FORMAT_BOOL, NULL, truth ? "true" : "false", truth ? 4 : 5);
}

/**
 * oma_value_new_fd:
 * @format: the format, which is not checked against the octets
 * @type: (nullable): MIME type, %NULL for "text/plain"
 * @fd: (transfer full): a regular file or memory file, read from its start; taken over
 *   also on failure
 * @error: return location for a #GIOErrorEnum
 *
 * Makes a value whose octets stay in a file.  The file must not change any more.
 *
 * Returns: (transfer full): a new value, or %NULL when @fd cannot be mapped
 */
OmaValue *
oma_value_new_fd (OmaFormat format, const char *type, int fd, GError **error)
{
  struct stat st;
  gpointer mapping = NULL;
  OmaValue *value;

  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Not a regular file");
      close (fd);
      return NULL;
    }
  if (st.st_size > 0)
    {
      mapping = mmap (NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
      if (mapping == MAP_FAILED)
        {
          int saved = errno;
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "Could not map the value: %s",
                       g_strerror (saved));
          close (fd);
          return NULL;
        }
    }
  value = value_alloc (format, type, 0);
  value->size = st.st_size;
  value->mapping = mapping;
  value->fd = fd;
  return value;
}

/**
 * oma_value_ref:
 * @value: a value
 *
 * Returns: (transfer full): @value
 */
OmaValue *
oma_value_ref (OmaValue *value)
{
  g_atomic_ref_count_inc (&value->ref_count);
  return value;
}

/**
 * oma_value_unref:
 * @value: (transfer full): a value
 */
void
oma_value_unref (OmaValue *value)
{
  if (!g_atomic_ref_count_dec (&value->ref_count))
    return;
  if (value->mapping != NULL)
    munmap (value->mapping, value->size);
  if (value->fd >= 0)
    close (value->fd);
  g_free (value);
}

/**
 * oma_value_get_format:
 * @value: a value
 *
 * Returns: its format
 */
OmaFormat
oma_value_get_format (const OmaValue *value)
{
  return value->format;
}

/**
 * oma_value_get_type_name:
 * @value: a value
 *
 * Returns: (transfer none): its MIME type, never %NULL
 */
const char *
oma_value_get_type_name (const OmaValue *value)
{
  return value->type;
}

/**
 * oma_value_get_size:
 * @value: a value
 *
 * Returns: the number of its octets
 */
gsize
oma_value_get_size (const OmaValue *value)
{
  return value->size;
}

/**
 * oma_value_get_data:
 * @value: a value
 * @size: (out) (optional): the number of octets
 *
 * Returns: (transfer none): the octets, valid as long as @value; never %NULL
 */
gconstpointer
oma_value_get_data (const OmaValue *value, gsize *size)
{
  if (size != NULL)
    *size = value->size;
  return value->mapping != NULL ? value->mapping : value->data;
}

/**
 * oma_value_get_text:
 * @value: a value that is not backed by a descriptor
 *
 * Returns: (transfer none): the octets with a NUL behind them.  An octet of the value can
 *   be NUL too, unless its format was checked to be one of text.
 */
const char *
oma_value_get_text (const OmaValue *value)
{
  g_return_val_if_fail (value->fd < 0, "");
  return value->data;
}

/**
 * oma_value_dup_fd:
 * @value: a value
 * @error: return location for a #GIOErrorEnum
 *
 * Gives the octets as a file that is read from its start.
 *
 * Returns: a new descriptor, close-on-exec and owned by the caller, or -1
 */
int
oma_value_dup_fd (const OmaValue *value, GError **error)
{
  const char *data = oma_value_get_data (value, NULL);
  gsize done = 0;
  int fd = memfd_create ("omadm-value", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  while (fd >= 0 && done < value->size)
    {
      gssize n = write (fd, data + done, value->size - done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          int saved = errno;
          close (fd);
          errno = saved;
          fd = -1;
          break;
        }
      done += n;
    }
  if (fd < 0 || lseek (fd, 0, SEEK_SET) != 0 ||
      fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    {
      int saved = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "Could not make a memory file: %s",
                   g_strerror (saved));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

/**
 * oma_value_equal:
 * @a: a value
 * @b: a value
 *
 * Returns: whether both have the same format, type and octets
 */
gboolean
oma_value_equal (const OmaValue *a, const OmaValue *b)
{
  return a->format == b->format && a->size == b->size && strcmp (a->type, b->type) == 0 &&
         memcmp (oma_value_get_data (a, NULL), oma_value_get_data (b, NULL), a->size) == 0;
}

static gboolean
all_digits (const char *p, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isdigit (p[i]))
      return FALSE;
  return TRUE;
}

static guint
two_digits (const char *p)
{
  return (p[0] - '0') * 10 + (p[1] - '0');
}

static gboolean
check_int (const char *text, gsize size)
{
  gsize sign = size > 0 && (text[0] == '-' || text[0] == '+');
  gint64 number = 0;

  if (size == sign || !all_digits (text + sign, size - sign))
    return FALSE;
  for (gsize i = sign; i < size && number <= G_MAXUINT32; i++)
    number = number * 10 + (text[i] - '0');
  return text[0] == '-' ? number <= -(gint64) G_MININT32 : number <= G_MAXINT32;
}

static gboolean
check_bool (const char *text, gsize size)
{
  return (size == 4 && memcmp (text, "true", 4) == 0) || (size == 5 && memcmp (text, "false", 5) == 0);
}

static gboolean
check_date (const char *text, gsize size)
{
  char compact[8];

  if (size == 10 && text[4] == '-' && text[7] == '-')
    {
      memcpy (compact, text, 4);
      memcpy (compact + 4, text + 5, 2);
      memcpy (compact + 6, text + 8, 2);
      text = compact;
    }
  else if (size != 8)
    return FALSE;
  return all_digits (text, 8) &&
         g_date_valid_dmy (two_digits (text + 6), two_digits (text + 4),
                           two_digits (text) * 100 + two_digits (text + 2));
}

static gboolean
check_time (const char *text, gsize size)
{
  char compact[6];

  if (size == 8 && text[2] == ':' && text[5] == ':')
    {
      memcpy (compact, text, 2);
      memcpy (compact + 2, text + 3, 2);
      memcpy (compact + 4, text + 6, 2);
      text = compact;
    }
  else if (size != 6)
    return FALSE;
  return all_digits (text, 6) && two_digits (text) < 24 && two_digits (text + 2) < 60 &&
         two_digits (text + 4) <= 60;
}

static gboolean
check_float (const char *text, gsize size)
{
  char copy[64], *end;

  if (size == 0 || size >= sizeof copy || g_ascii_isspace (text[0]))
    return FALSE;
  memcpy (copy, text, size);
  copy[size] = '\0';
  if (strcmp (copy, "INF") == 0 || strcmp (copy, "-INF") == 0 || strcmp (copy, "NaN") == 0)
    return TRUE;
  if (strspn (copy, "0123456789+-.eE") != size)
    return FALSE;
  g_ascii_strtod (copy, &end);
  return end == copy + size;
}

static gboolean
check_base64 (const char *text, gsize size)
{
  gsize digits = 0, padding = 0;

  for (gsize i = 0; i < size; i++)
    {
      if (g_ascii_isspace (text[i]))
        continue;
      if (text[i] == '=')
        padding++;
      else if (padding > 0 || !(g_ascii_isalnum (text[i]) || text[i] == '+' || text[i] == '/'))
        return FALSE;
      else
        digits++;
    }
  return padding <= 2 && (digits + padding) % 4 == 0;
}

static gboolean
format_accepts (OmaFormat format, const char *text, gsize size)
{
  switch (format)
    {
    case OMA_FORMAT_INT:
      return check_int (text, size);
    case OMA_FORMAT_BOOL:
      return check_bool (text, size);
    case OMA_FORMAT_DATE:
      return check_date (text, size);
    case OMA_FORMAT_TIME:
      return check_time (text, size);
    case OMA_FORMAT_FLOAT:
      return check_float (text, size);
    case OMA_FORMAT_B64:
      return check_base64 (text, size);
    case OMA_FORMAT_CHR:
    case OMA_FORMAT_XML:
      return g_utf8_validate_len (text, size, NULL);
    case OMA_FORMAT_NULL:
    case OMA_FORMAT_NODE:
      return size == 0;
    case OMA_FORMAT_BIN:
    case OMA_FORMAT_NONE:
    default:
      return TRUE;
    }
}

/**
 * oma_format_check:
 * @format: the format that a value claims
 * @data: (nullable): its octets
 * @size: how many octets
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Checks the lexical form that SyncML Meta-Information 1.2 gives each format.  An xml
 * value is checked to be UTF-8 text, not parsed.
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_COMMAND_FAILED
 */
gboolean
oma_format_check (OmaFormat format, gconstpointer data, gsize size, GError **error)
{
  if (format_accepts (format, data != NULL ? data : "", size))
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The value is not of format %s",
               format_names[format]);
  return FALSE;
}
