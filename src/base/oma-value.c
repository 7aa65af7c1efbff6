/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-value-private.h"

#include "base/oma-ascii.h"
#include "base/oma-octets.h"
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
  OmaOctets      *octets;     /* of a large value, else NULL: they are in data */
  char            data[];     /* size octets and a NUL */
};

G_DEFINE_BOXED_TYPE (OmaValue, oma_value, oma_value_ref, oma_value_unref)

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

/* @size: octets that are kept in the value itself. */
static OmaValue *
value_alloc (OmaFormat format, const char *type, gsize size)
{
  gsize type_size = type == NULL || strcmp (type, DEFAULT_TYPE) == 0 ? 0 : strlen (type) + 1;
  OmaValue *value = g_malloc (sizeof *value + size + 1 + type_size);

  g_atomic_ref_count_init (&value->ref_count);
  value->format = format;
  value->size = size;
  value->octets = NULL;
  value->data[size] = '\0';
  value->type = type_size == 0 ? DEFAULT_TYPE : memcpy (value->data + size + 1, type, type_size);
  return value;
}

/* @octets: (transfer full) */
static OmaValue *
value_new_large (OmaFormat format, const char *type, OmaOctets *octets, gsize size)
{
  OmaValue *value = value_alloc (format, type, 0);

  value->size = size;
  value->octets = octets;
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
  OmaValue *value;

  if (size > OMA_VALUE_LARGE)
    return value_new_large (format, type, oma_octets_new_copy (data, size), size);
  value = value_alloc (format, type, size);
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

static gboolean
read_all (int fd, char *data, gsize size)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = pread (fd, data + done, size - done, (off_t) done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      done += n;
    }
  return TRUE;
}

/**
 * oma_value_new_fd:
 * @format: the format, which is not checked against the octets
 * @type: (nullable): MIME type, %NULL for "text/plain"
 * @fd: a regular file or memory file, read from its start; taken over
 *   also on failure
 * @error: return location for a #GIOErrorEnum
 *
 * Makes a value whose octets stay in a file, if there are many.  The file must not change any
 * more.
 *
 * Returns: (transfer full): a new value, or %NULL when @fd cannot be mapped or read
 */
OmaValue *
oma_value_new_fd (OmaFormat format, const char *type, int fd, GError **error)
{
  OmaOctets *octets;
  OmaValue *value;
  struct stat st;
  gboolean read;

  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Not a regular file");
      close (fd);
      return NULL;
    }
  if (st.st_size > OMA_VALUE_LARGE)
    {
      octets = oma_octets_new_fd (fd, (gsize) st.st_size, error);
      return octets != NULL ? value_new_large (format, type, octets, (gsize) st.st_size) : NULL;
    }
  value = value_alloc (format, type, (gsize) st.st_size);
  read = read_all (fd, value->data, value->size);
  close (fd);
  if (read)
    return value;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Could not read the value");
  oma_value_unref (value);
  return NULL;
}

/* Internal: a value whose octets stay in the file @path, which is opened when it has to be:
 * thousands of values cost no descriptors.  The file must not change any more, but may be
 * removed. */
OmaValue *
oma_value_new_file (OmaFormat format, const char *type, const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  int saved = errno;
  OmaValue *value;

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", path, g_strerror (saved));
      return NULL;
    }
  value = oma_value_new_fd (format, type, fd, error);
  if (value != NULL)
    oma_value_settle (value, path);
  return value;
}

/* Internal: (transfer full): the octets of @value under another format and type. */
OmaValue *
oma_value_with_format (OmaValue *value, OmaFormat format, const char *type)
{
  if (value->format == format && g_strcmp0 (value->type, type != NULL ? type : DEFAULT_TYPE) == 0)
    return oma_value_ref (value);
  if (value->octets == NULL)
    return oma_value_new (format, type, value->data, value->size);
  return value_new_large (format, type, oma_octets_ref (value->octets), value->size);
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
  if (value->octets != NULL)
    oma_octets_unref (value->octets);
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
  return value->octets != NULL ? oma_octets_get_data (value->octets) : value->data;
}

/**
 * oma_value_get_text:
 * @value: a value
 *
 * Returns: (transfer none): the octets with a NUL behind them.  An octet of the value can
 *   be NUL too, unless its format was checked to be one of text.
 */
const char *
oma_value_get_text (const OmaValue *value)
{
  return oma_value_get_data (value, NULL);
}

/* Internal: whether the octets may be in a file. */
gboolean
oma_value_is_large (const OmaValue *value)
{
  return value->octets != NULL;
}

/* Internal: octets of @value will not be looked at again soon. */
void
oma_value_release (const OmaValue *value, gsize offset, gsize size)
{
  if (value->octets != NULL)
    oma_octets_release (value->octets, offset, size);
}

/* Internal: shows all octets of @value to @func, a part at a time, so that those of a large
 * value are never in memory all at once.  Returns: whether @func has used them all. */
gboolean
oma_value_scan (const OmaValue *value, OmaValueScanFunc func, gpointer user_data)
{
  const char *data = oma_value_get_data (value, NULL);
  gsize done = 0;

  while (done < value->size)
    {
      gsize size = MIN (OMA_OCTETS_WINDOW, value->size - done);
      gsize used = func (data + done, size, done + size == value->size, user_data);

      oma_value_release (value, 0, value->size);      /* the kernel reads more than was looked at */
      if (used == 0)
        return FALSE;
      done += used;
    }
  return TRUE;
}

static gsize
write_part (const char *data, gsize size, gboolean last G_GNUC_UNUSED, gpointer user_data)
{
  int fd = GPOINTER_TO_INT (user_data);
  gssize n;

  do
    n = write (fd, data, size);
  while (n < 0 && errno == EINTR);
  return n > 0 ? (gsize) n : 0;
}

/* Internal: writes the octets to @fd.  Returns: %FALSE with errno when that fails. */
gboolean
oma_value_copy_to_fd (const OmaValue *value, int fd)
{
  return oma_value_scan (value, write_part, GINT_TO_POINTER (fd));
}

/* Internal: see oma_octets_link(). */
gboolean
oma_value_link (const OmaValue *value, const char *path)
{
  return value->octets != NULL && oma_octets_link (value->octets, path);
}

/* Internal: see oma_octets_settle(). */
void
oma_value_settle (const OmaValue *value, const char *path)
{
  if (value->octets != NULL && !oma_octets_settle (value->octets, path))
    g_debug ("%s stays in memory as well", path);
}

static int
make_memory_file (const OmaValue *value)
{
  int fd = memfd_create ("omadm-value", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  int saved;

  if (fd < 0)
    return -1;
  if (oma_value_copy_to_fd (value, fd) && lseek (fd, 0, SEEK_SET) == 0 &&
      fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return fd;
  saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

/**
 * oma_value_get_int:
 * @value: a value of format int
 *
 * Returns: the number; 0 for what is none.  One that an operation got was checked to be one
 */
gint32
oma_value_get_int (const OmaValue *value)
{
  gint64 number = 0;

  /* What does not fit is no number of this format. */
  if (!g_ascii_string_to_signed (oma_value_get_text (value), 10, G_MININT32, G_MAXINT32, &number, NULL))
    return 0;
  return (gint32) number;
}

/**
 * oma_value_get_bool:
 * @value: a value of format bool
 *
 * Returns: whether it is "true"
 */
gboolean
oma_value_get_bool (const OmaValue *value)
{
  return strcmp (oma_value_get_text (value), "true") == 0;
}

/**
 * oma_value_dup_fd:
 * @value: a value
 * @error: return location for a #GIOErrorEnum
 *
 * Gives the octets as a file that is read from its start and cannot be written: the one that
 * holds a large value, or a memory file.
 *
 * Returns: a new descriptor, close-on-exec and owned by the caller, or -1
 */
int
oma_value_dup_fd (const OmaValue *value, GError **error)
{
  int fd = value->octets != NULL ? oma_octets_dup_fd (value->octets) : -1;
  int saved;

  if (fd < 0)
    fd = make_memory_file (value);
  if (fd >= 0)
    return fd;
  saved = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "Could not make a memory file: %s",
               g_strerror (saved));
  return -1;
}

typedef struct {
  const OmaValue *other;
  gsize           done;
} Comparison;

static gsize
compare_part (const char *data, gsize size, gboolean last G_GNUC_UNUSED, gpointer user_data)
{
  Comparison *comparison = user_data;
  const char *other = oma_value_get_data (comparison->other, NULL);
  gboolean same = memcmp (data, other + comparison->done, size) == 0;

  oma_value_release (comparison->other, 0, comparison->other->size);
  comparison->done += size;
  return same ? size : 0;
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
  Comparison comparison = { b, 0 };

  return a->format == b->format && a->size == b->size && strcmp (a->type, b->type) == 0 &&
         oma_value_scan (a, compare_part, &comparison);
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

typedef struct {
  gsize digits;
  gsize padding;
} Base64;

static gsize
scan_base64 (const char *text, gsize size, gboolean last G_GNUC_UNUSED, gpointer user_data)
{
  Base64 *base64 = user_data;

  for (gsize i = 0; i < size; i++)
    {
      if (g_ascii_isspace (text[i]))
        continue;
      if (text[i] == '=')
        base64->padding++;
      else if (base64->padding > 0 || !(g_ascii_isalnum (text[i]) || text[i] == '+' || text[i] == '/'))
        return 0;
      else
        base64->digits++;
    }
  return size;
}

static gboolean
base64_is_whole (const Base64 *base64)
{
  return base64->padding <= 2 && (base64->digits + base64->padding) % 4 == 0;
}

static gboolean
check_base64 (const char *text, gsize size)
{
  Base64 base64 = { 0, 0 };

  return (size == 0 || scan_base64 (text, size, TRUE, &base64) > 0) && base64_is_whole (&base64);
}

/* A character that the end of a part cuts is looked at with the next part. */
static gsize
scan_utf8 (const char *text, gsize size, gboolean last, gpointer user_data G_GNUC_UNUSED)
{
  const char *end;

  if (g_utf8_validate_len (text, size, &end))
    return size;
  if (!last && (gsize) (text + size - end) < 4 &&
      g_utf8_get_char_validated (end, text + size - end) == (gunichar) -2)
    return (gsize) (end - text);
  return 0;
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
      return oma_is_utf8 (text, size);
    case OMA_FORMAT_NULL:
    case OMA_FORMAT_NODE:
      return size == 0;
    case OMA_FORMAT_BIN:
    case OMA_FORMAT_NONE:
    default:
      return TRUE;
    }
}

static gboolean
fail_format (OmaFormat format, GError **error)
{
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The value is not of format %s",
               format_names[format]);
  return FALSE;
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
  return format_accepts (format, data != NULL ? data : "", size) || fail_format (format, error);
}

/**
 * oma_format_decode_base64:
 * @text: (nullable): base64 text, maybe with white space
 * @length: its octets
 * @size: (out): how many octets it stands for
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): the octets, with a NUL behind them, or %NULL with
 *   %OMA_STATUS_COMMAND_FAILED when the text is not of format b64
 */
char *
oma_format_decode_base64 (const char *text, gsize length, gsize *size, GError **error)
{
  char *octets;

  *size = 0;
  if (!oma_format_check (OMA_FORMAT_B64, text, length, error))
    return NULL;
  octets = g_malloc (length / 4 * 3 + 4);
  if (length > 0)
    {
      int state = 0;
      guint save = 0;

      *size = g_base64_decode_step (text, length, (guchar *) octets, &state, &save);
    }
  octets[*size] = '\0';
  return octets;
}

/* Internal: oma_format_check() of a value, whatever format it has itself. */
gboolean
oma_value_check_format (const OmaValue *value, OmaFormat format, GError **error)
{
  Base64 base64 = { 0, 0 };
  gboolean good;

  if (value->octets != NULL && (format == OMA_FORMAT_CHR || format == OMA_FORMAT_XML))
    good = oma_value_scan (value, scan_utf8, NULL);
  else if (value->octets != NULL && format == OMA_FORMAT_B64)
    good = oma_value_scan (value, scan_base64, &base64) && base64_is_whole (&base64);
  else
    return oma_format_check (format, oma_value_get_data (value, NULL), value->size, error);
  return good || fail_format (format, error);
}
