/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-object-in.h"

#include "base/oma-base64.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Status of the first part of an object above our MaxObjSize: the texts name 413 as well.  Our
 * reading: 416, "requested size too big", since the size is what was wrong. */
#define TOO_LARGE OMA_STATUS_SIZE_TOO_BIG

typedef enum {
  STATE_IDLE,
  STATE_OPEN,       /* parts have come, and more must come */
  STATE_REFUSED,    /* what else comes of the object gets the same Status */
} State;

struct _OmaObjectIn {
  OmaTree       *tree;
  guint64        max_size;       /* 0: any */
  gboolean       size_optional;
  OmaSpoolFunc   spool_func;
  gpointer       spool_data;

  State          state;
  OmaStatus      refusal;
  OmaCommandType type;
  char          *target;
  char          *source;
  OmaFormat      format;         /* of the octets as they are in the file */
  char          *mime_type;      /* "" when none was stated */
  gboolean       has_size;
  guint64        size;           /* as announced */
  guint64        received;       /* octets or characters as they travelled */
  int            fd;
  guint64        written;
  gboolean       base64;         /* the octets travel as base64 text, and are decoded */
  OmaBase64Decoder decoder;
};

/**
 * oma_object_in_new:
 * @tree: the tree; it must outlive the object
 * @max_size: octets or characters that are accepted, 0 for any number
 * @size_optional: the first part may come without Size
 *
 * Returns: (transfer full): an object of which nothing has come
 */
OmaObjectIn *
oma_object_in_new (OmaTree *tree, guint64 max_size, gboolean size_optional)
{
  OmaObjectIn *object = g_new0 (OmaObjectIn, 1);

  object->tree = tree;
  object->max_size = max_size;
  object->size_optional = size_optional;
  object->fd = -1;
  return object;
}

/**
 * oma_object_in_drop:
 * @object: an object
 *
 * Forgets what has come; the next part is the first of another object.
 */
void
oma_object_in_drop (OmaObjectIn *object)
{
  if (object->state == STATE_IDLE)
    return;
  if (object->fd >= 0)
    close (object->fd);
  object->fd = -1;
  g_clear_pointer (&object->target, g_free);
  g_clear_pointer (&object->source, g_free);
  g_clear_pointer (&object->mime_type, g_free);
  object->state = STATE_IDLE;
}

/**
 * oma_object_in_free:
 * @object: (transfer full): an object
 */
void
oma_object_in_free (OmaObjectIn *object)
{
  oma_object_in_drop (object);
  g_free (object);
}

/**
 * oma_object_in_set_spool_func:
 * @object: an object of which nothing has come
 * @func: (nullable): makes files; without it every object is refused with 406
 * @user_data: for @func
 */
void
oma_object_in_set_spool_func (OmaObjectIn *object, OmaSpoolFunc func, gpointer user_data)
{
  object->spool_func = func;
  object->spool_data = user_data;
}

/**
 * oma_object_in_is_open:
 * @object: an object
 *
 * Returns: whether parts have come, and nothing but the next one may come now
 */
gboolean
oma_object_in_is_open (const OmaObjectIn *object)
{
  return object->state == STATE_OPEN;
}

/**
 * oma_object_in_is_idle:
 * @object: an object
 *
 * Returns: whether nothing has come of which anything else could be a further part
 */
gboolean
oma_object_in_is_idle (const OmaObjectIn *object)
{
  return object->state == STATE_IDLE;
}

/**
 * oma_object_in_get_uri:
 * @object: an object that is open
 *
 * Returns: (transfer none): LocURI of the node that it is for
 */
const char *
oma_object_in_get_uri (const OmaObjectIn *object)
{
  return object->target;
}

/**
 * oma_object_in_get_received:
 * @object: an object
 *
 * Returns: how much of the open object has come, as it travelled; 0 when none is open
 */
guint64
oma_object_in_get_received (const OmaObjectIn *object)
{
  return object->state == STATE_OPEN ? object->received : 0;
}

/* Meta of the item overrides that of the command. */
static gboolean
get_size (const OmaCommand *command, const OmaItem *item, guint64 *size)
{
  *size = item->meta.has_size ? item->meta.size : command->meta.size;
  return item->meta.has_size || command->meta.has_size;
}

/**
 * oma_object_in_is_part:
 * @object: an object
 * @command: a command of the server
 * @item: one of its items
 *
 * Tells whether @item goes on with the object: it stands in the same command and has the same
 * Target and Source.  Our reading: Size belongs to the first part; where a server repeats it,
 * another one starts another object.
 *
 * Returns: whether oma_object_in_take() would take it as a further part
 */
gboolean
oma_object_in_is_part (const OmaObjectIn *object, const OmaCommand *command, const OmaItem *item)
{
  guint64 size;
  gboolean has_size;

  if (G_LIKELY (object->state == STATE_IDLE))
    return FALSE;
  if (command->type != object->type || g_strcmp0 (item->target, object->target) != 0 ||
      g_strcmp0 (item->source, object->source) != 0)
    return FALSE;
  has_size = get_size (command, item, &size);
  if (object->state == STATE_REFUSED)
    return !has_size || !item->more_data;
  return !has_size || (object->has_size && size == object->size);
}

static void
identify (OmaObjectIn *object, const OmaCommand *command, const OmaItem *item)
{
  object->type = command->type;
  object->target = g_strdup (item->target);
  object->source = g_strdup (item->source);
}

/* Nothing is kept of a refused object but whose parts are refused, too. */
static OmaStatus
refuse (OmaObjectIn *object, const OmaCommand *command, const OmaItem *item, OmaStatus status)
{
  oma_object_in_drop (object);
  if (!item->more_data)
    return status;
  identify (object, command, item);
  object->state = STATE_REFUSED;
  object->refusal = status;
  return status;
}

/**
 * oma_object_in_refuse:
 * @object: an object that is not open
 * @command: a command of the server
 * @item: one of its items, which is a part of an object
 * @status: why it is not taken
 *
 * What else comes of the same object is refused as well: the last part looks like a whole
 * object but is not.
 */
void
oma_object_in_refuse (OmaObjectIn *object, const OmaCommand *command, const OmaItem *item, OmaStatus status)
{
  refuse (object, command, item, status);
}

/* ---- The first part ---- */

static gboolean
node_is_base64 (const OmaObjectIn *object, const char *target)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, target, NULL))
    return FALSE;
  oma_tree_lookup (object->tree, &uri, NULL, &lookup);
  return lookup.schema != NULL && lookup.schema->format == OMA_FORMAT_B64;
}

/* Octets travel as base64 text wherever the encoding has only text; a node of format b64 keeps
 * the text. */
static void
choose_format (OmaObjectIn *object, const OmaItem *item, OmaFormat stated)
{
  gboolean is_text = stated == OMA_FORMAT_B64 || (stated == OMA_FORMAT_BIN && item->kind != OMA_DATA_OCTETS);

  object->base64 = is_text && !node_is_base64 (object, item->target);
  object->format = object->base64 && stated == OMA_FORMAT_B64 ? OMA_FORMAT_NONE : stated;
  object->decoder = (OmaBase64Decoder) { .digits = 0 };
}

static OmaStatus
status_from_errno (int code)
{
  return code == ENOSPC || code == EDQUOT ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_COMMAND_FAILED;
}

/* Room is taken before the parts come.  Not posix_fallocate(), which writes every block where
 * the file system cannot do better. */
static OmaStatus
make_file (OmaObjectIn *object)
{
  g_autoptr(GError) error = NULL;
  off_t octets = (off_t) (object->base64 ? object->size / 4 * 3 : object->size);

  object->fd = object->spool_func (object->spool_data, &error);
  if (object->fd < 0)
    {
      g_warning ("There is no file for a large object: %s", error->message);
      return oma_status_from_error (error);
    }
  if (octets > 0 && fallocate (object->fd, FALLOC_FL_KEEP_SIZE, 0, octets) != 0 &&
      (errno == ENOSPC || errno == EDQUOT))
    return OMA_STATUS_DEVICE_FULL;
  return OMA_STATUS_NONE;
}

static OmaStatus
start (OmaObjectIn *object, const OmaCommand *command, const OmaItem *item)
{
  const char *format = item->meta.format != NULL ? item->meta.format : command->meta.format;
  const char *type = item->meta.type != NULL ? item->meta.type : command->meta.type;

  oma_object_in_drop (object);
  if (object->spool_func == NULL)
    return OMA_STATUS_NOT_SUPPORTED;
  object->has_size = get_size (command, item, &object->size);
  if (!object->has_size && !object->size_optional)
    return OMA_STATUS_SIZE_REQUIRED;
  if (!object->has_size)
    object->size = 0;
  if (object->size > G_MAXINT64 || (object->max_size > 0 && object->size > object->max_size))
    return TOO_LARGE;
  identify (object, command, item);
  object->mime_type = g_strdup (type != NULL ? type : "");
  object->received = 0;
  object->written = 0;
  choose_format (object, item, oma_format_from_string (format));
  object->state = STATE_OPEN;
  return make_file (object);
}

/* ---- Every part ---- */

static OmaStatus
write_octets (OmaObjectIn *object, const char *data, gsize size)
{
  while (size > 0)
    {
      gssize n = write (object->fd, data, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return status_from_errno (errno);
      data += n;
      size -= n;
      object->written += n;
    }
  return OMA_STATUS_NONE;
}

typedef struct {
  OmaObjectIn *object;
  OmaStatus    status;
} Decoding;

static gboolean
take_decoded (const char *octets, gsize size, gpointer user_data)
{
  Decoding *decoding = user_data;

  decoding->status = write_octets (decoding->object, octets, size);
  return decoding->status == OMA_STATUS_NONE;
}

/* A part may end within a group of four characters, and there may be line breaks. */
static OmaStatus
write_base64 (OmaObjectIn *object, const char *text, gsize length)
{
  Decoding decoding = { object, OMA_STATUS_NONE };

  if (!oma_base64_decoder_check (&object->decoder, text, length))
    return OMA_STATUS_COMMAND_FAILED;
  oma_base64_decoder_feed (&object->decoder, text, length, take_decoded, &decoding);
  return decoding.status;
}

static OmaStatus
append (OmaObjectIn *object, const OmaItem *item)
{
  object->received += item->data_length;
  if (object->has_size && object->received > object->size)
    return OMA_STATUS_SIZE_MISMATCH;
  if (object->max_size > 0 && object->received > object->max_size)
    return TOO_LARGE;
  if (item->data_length == 0)
    return OMA_STATUS_NONE;
  return object->base64 ? write_base64 (object, item->data, item->data_length)
                        : write_octets (object, item->data, item->data_length);
}

/* Room that was taken and not needed is given back. */
static OmaStatus
finish (OmaObjectIn *object, OmaValue **value)
{
  g_autoptr(GError) error = NULL;

  if (object->has_size && object->received != object->size)
    return OMA_STATUS_SIZE_MISMATCH;
  if (object->base64 && !oma_base64_decoder_is_complete (&object->decoder))
    return OMA_STATUS_COMMAND_FAILED;
  if (ftruncate (object->fd, (off_t) object->written) != 0)
    return status_from_errno (errno);
  *value = oma_value_new_fd (object->format, object->mime_type, object->fd, &error);
  object->fd = -1;
  if (*value != NULL)
    return OMA_STATUS_NONE;
  g_warning ("A large object cannot be read: %s", error->message);
  return OMA_STATUS_COMMAND_FAILED;
}

/**
 * oma_object_in_take:
 * @object: an object
 * @command: a command of the server
 * @item: one of its items: the next part of the object, or the first one of another
 * @value: (out) (transfer full): the whole object, when @item was its last part; its type is
 *   "" when none was stated, its format %OMA_FORMAT_NONE
 *
 * Takes a part (DM Protocol 1.2, section 7).  Size counts what travelled: octets, or
 * characters of base64 text, line breaks included.
 *
 * Returns: %OMA_STATUS_CHUNK_ACCEPTED when more has to come, %OMA_STATUS_NONE when @value is
 *   the whole, or why the object was dropped: %OMA_STATUS_SIZE_REQUIRED,
 *   %OMA_STATUS_SIZE_TOO_BIG, %OMA_STATUS_DEVICE_FULL, %OMA_STATUS_SIZE_MISMATCH,
 *   %OMA_STATUS_NOT_SUPPORTED or %OMA_STATUS_COMMAND_FAILED
 */
OmaStatus
oma_object_in_take (OmaObjectIn *object, const OmaCommand *command, const OmaItem *item, OmaValue **value)
{
  OmaStatus status = OMA_STATUS_NONE;

  if (!oma_object_in_is_part (object, command, item))
    status = start (object, command, item);
  else if (object->state == STATE_REFUSED)
    status = object->refusal;
  if (status == OMA_STATUS_NONE)
    status = append (object, item);
  if (status == OMA_STATUS_NONE && item->more_data)
    return OMA_STATUS_CHUNK_ACCEPTED;
  if (status == OMA_STATUS_NONE)
    status = finish (object, value);
  if (status == OMA_STATUS_NONE)
    oma_object_in_drop (object);
  else
    refuse (object, command, item, status);
  return status;
}
