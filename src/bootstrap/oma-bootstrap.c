/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bootstrap/oma-bootstrap.h"

#include "base/oma-secret.h"
#include "base/oma-status.h"
#include "codec/oma-mo-data.h"

#include <string.h>

#define URN "urn:"

/* Our reading: the kind of Auth/Noti that is a SHA-256 digest. */
#define NOTI_TYPE "1"

typedef enum {
  FIELD_TEXT,           /* into a char * */
  FIELD_OCTETS,         /* base64, into a GBytes * */
  FIELD_MOID,           /* one of the identifiers */
  FIELD_NOTI_TYPE,      /* has one value only */
  FIELD_OTHER_TEXT,     /* among the others */
  FIELD_OTHER_OCTETS,
} FieldKind;

/* A leaf of the DM Account object; "*" stands for any name. */
typedef struct {
  const char *path;
  FieldKind   kind;
  gsize       offset;     /* in OmaBootstrap */
  gboolean    required;   /* when the node above is there */
} Field;

#define OFFSET(name) G_STRUCT_OFFSET (OmaBootstrap, name)

static const Field fields[] = {
  { "SrvID", FIELD_TEXT, OFFSET (server_id), TRUE },
  { "SrvURI", FIELD_TEXT, OFFSET (server_uri), TRUE },
  { "Name", FIELD_TEXT, OFFSET (name), TRUE },
  { "Perm/*/MOID", FIELD_MOID, 0, FALSE },
  { "Auth/Bootstrap/ServerURI", FIELD_OTHER_TEXT, 0, TRUE },
  { "Auth/Bootstrap/SecMode", FIELD_OTHER_OCTETS, 0, TRUE },
  { "Auth/Bootstrap/ClientPubKey", FIELD_OTHER_OCTETS, 0, FALSE },
  { "Auth/Bootstrap/ServerPubKey", FIELD_OTHER_OCTETS, 0, FALSE },
  { "Auth/Bootstrap/ClientSecretKey", FIELD_OTHER_OCTETS, 0, FALSE },
  { "Auth/Noti/Type", FIELD_NOTI_TYPE, 0, TRUE },
  { "Auth/Noti/Data", FIELD_OCTETS, OFFSET (notification_data), TRUE },
  { "Auth/Noti/Secret", FIELD_OCTETS, OFFSET (notification_secret), TRUE },
  { "Auth/Trsp/Data", FIELD_OCTETS, OFFSET (certificate), TRUE },
  { "Auth/Trsp/Secret", FIELD_OCTETS, OFFSET (key), TRUE },
  { "Push/GCM/SenderID", FIELD_OTHER_TEXT, 0, TRUE },
  { "Push/GCM/RegURI", FIELD_OTHER_TEXT, 0, TRUE },
  { "Push/GCM/UnRegURI", FIELD_OTHER_TEXT, 0, TRUE },
  { "Push/GCM/RegParams", FIELD_OTHER_TEXT, 0, TRUE },
  /* Our reading: the object has no place for these, so they may stand where an account of ours has them. */
  { "Ext/Omadm/HTTPAuth/Type", FIELD_TEXT, OFFSET (http_type), TRUE },
  { "Ext/Omadm/HTTPAuth/Name", FIELD_TEXT, OFFSET (http_user), TRUE },
  { "Ext/Omadm/HTTPAuth/Secret", FIELD_TEXT, OFFSET (http_secret), TRUE },
  { "Ext/Omadm/CA", FIELD_TEXT, OFFSET (ca), FALSE },
};

/* What is known while one document is read. */
typedef struct {
  OmaBootstrap *bootstrap;
  GHashTable   *seen;       /* relative URIs of nodes */
  GPtrArray    *moids;
} Reader;

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST, "Not a bootstrap document: %s", reason);
  return FALSE;
}

/**
 * oma_bootstrap_free:
 * @bootstrap: (nullable): what a document holds
 *
 * Frees it; secrets are wiped.
 */
void
oma_bootstrap_free (OmaBootstrap *bootstrap)
{
  if (bootstrap == NULL)
    return;
  g_free (bootstrap->server_id);
  g_free (bootstrap->server_uri);
  g_free (bootstrap->name);
  g_strfreev (bootstrap->moids);
  g_clear_pointer (&bootstrap->certificate, g_bytes_unref);
  g_clear_pointer (&bootstrap->key, g_bytes_unref);
  g_clear_pointer (&bootstrap->notification_data, g_bytes_unref);
  g_clear_pointer (&bootstrap->notification_secret, g_bytes_unref);
  g_free (bootstrap->http_type);
  g_free (bootstrap->http_user);
  oma_secret_free (bootstrap->http_secret);
  g_free (bootstrap->ca);
  g_hash_table_unref (bootstrap->others);
  g_free (bootstrap);
}

/* ---- Nodes ---- */

static gboolean
matches (const char *pattern, const char *path)
{
  while (*pattern != '\0' && *path != '\0')
    {
      gsize length = strcspn (path, "/");

      if (*pattern == '*')
        pattern++;
      else if (strncmp (pattern, path, length) == 0 && (pattern[length] == '/' || pattern[length] == '\0'))
        pattern += length;
      else
        return FALSE;
      path += length;
      if ((*pattern == '/') != (*path == '/'))
        return FALSE;
      pattern += *pattern == '/';
      path += *path == '/';
    }
  return *pattern == *path;
}

static const Field *
find_field (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    if (matches (fields[i].path, path))
      return &fields[i];
  return NULL;
}

/* Returns: (transfer full) (nullable): the text of a leaf */
static char *
dup_text (const OmaTndsNode *node, const char *path, GError **error)
{
  if (node->value != NULL)
    return refuse (error, "%s is too large", path), NULL;
  if (node->size > 0 && (memchr (node->data, '\0', node->size) != NULL ||
                         !g_utf8_validate (node->data, (gssize) node->size, NULL)))
    return refuse (error, "%s is no text", path), NULL;
  return g_strndup (node->size > 0 ? node->data : "", node->size);
}

/* Returns: (transfer full) (nullable): the octets of a leaf, wiped with the last reference */
static GBytes *
dup_octets (const OmaTndsNode *node, const char *path, GError **error)
{
  gsize size;
  char *octets;

  if (node->value != NULL)
    return refuse (error, "%s is too large", path), NULL;
  if (node->is_octets)
    return oma_secret_bytes_new (g_memdup2 (node->data, node->size), node->size);
  octets = oma_format_decode_base64 (node->size > 0 ? node->data : "", node->size, &size, NULL);
  if (octets == NULL)
    return refuse (error, "%s is no base64", path), NULL;
  return oma_secret_bytes_new (octets, size);
}

static gboolean
keep_other (Reader *reader, const Field *field, const OmaTndsNode *node, GError **error)
{
  g_autofree char *text = NULL;
  GBytes *bytes;

  if (field->kind == FIELD_OTHER_OCTETS)
    bytes = dup_octets (node, field->path, error);
  else
    {
      text = dup_text (node, field->path, error);
      bytes = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;
    }
  if (bytes == NULL)
    return FALSE;
  g_hash_table_replace (reader->bootstrap->others, g_strdup (field->path), bytes);
  return TRUE;
}

static gboolean
keep_moid (Reader *reader, const OmaTndsNode *node, const char *path, GError **error)
{
  g_autofree char *moid = dup_text (node, path, error);

  if (moid == NULL)
    return FALSE;
  if (*moid == '\0')
    return refuse (error, "%s is empty", path);
  g_ptr_array_add (reader->moids, g_steal_pointer (&moid));
  return TRUE;
}

static gboolean
check_noti_type (const OmaTndsNode *node, const char *path, GError **error)
{
  g_autofree char *type = dup_text (node, path, error);

  if (type == NULL)
    return FALSE;
  return strcmp (type, NOTI_TYPE) == 0 || refuse (error, "%s is of a kind that is not known", path);
}

static gboolean
keep (Reader *reader, const Field *field, const OmaTndsNode *node, const char *path, GError **error)
{
  switch (field->kind)
    {
    case FIELD_TEXT:
      G_STRUCT_MEMBER (char *, reader->bootstrap, field->offset) = dup_text (node, path, error);
      return G_STRUCT_MEMBER (char *, reader->bootstrap, field->offset) != NULL;
    case FIELD_OCTETS:
      G_STRUCT_MEMBER (GBytes *, reader->bootstrap, field->offset) = dup_octets (node, path, error);
      return G_STRUCT_MEMBER (GBytes *, reader->bootstrap, field->offset) != NULL;
    case FIELD_MOID:
      return keep_moid (reader, node, path, error);
    case FIELD_NOTI_TYPE:
      return check_noti_type (node, path, error);
    case FIELD_OTHER_TEXT:
    case FIELD_OTHER_OCTETS:
      return keep_other (reader, field, node, error);
    default:
      g_return_val_if_reached (FALSE);
    }
}

static gboolean
is_interior (const OmaTndsNode *node)
{
  return node->n_children > 0 || node->format == OMA_FORMAT_NODE;
}

/* Where the document has a node twice, nobody knows which one was meant. */
static gboolean
take_node (Reader *reader, const OmaTndsNode *node, const char *path, GError **error)
{
  const Field *field = find_field (path);

  if (!g_hash_table_add (reader->seen, g_strdup (path)))
    return refuse (error, "%s stands there twice", field != NULL ? path : "a node");
  if (field == NULL)
    return TRUE;
  if (is_interior (node))
    return refuse (error, "%s is no leaf", path);
  return keep (reader, field, node, path, error);
}

/* The relative URI of each node, by its index; NULL for the top node. */
static gboolean
take_nodes (Reader *reader, const OmaTnds *document, GError **error)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < document->nodes->len; i++)
    {
      const OmaTndsNode *node = g_ptr_array_index (document->nodes, i);
      const char *parent = node->parent >= 0 ? g_ptr_array_index (paths, node->parent) : NULL;
      char *path = node->parent < 0 ? NULL
                   : parent == NULL ? g_strdup (node->name)
                                    : g_strconcat (parent, "/", node->name, NULL);

      g_ptr_array_add (paths, path);
      if (node->parent < 0 && i > 0)
        return refuse (error, "there is more than one object");
      if (path != NULL && !take_node (reader, node, path, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_required (Reader *reader, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *end = strrchr (fields[i].path, '/');
      g_autofree char *above = end != NULL ? g_strndup (fields[i].path, end - fields[i].path) : NULL;

      if (fields[i].required && !g_hash_table_contains (reader->seen, fields[i].path) &&
          (above == NULL || g_hash_table_contains (reader->seen, above)))
        return refuse (error, "there is no %s", fields[i].path);
    }
  if (*reader->bootstrap->server_id == '\0' || *reader->bootstrap->server_uri == '\0')
    return refuse (error, "SrvID or SrvURI is empty");
  return reader->moids->len > 0 || refuse (error, "Perm names no management object");
}

/* ---- Documents ---- */

/* "urn:oma:mo:oma-dm-dmacc:1.2/INSTANCE/", the instance empty as a rule; that "urn:" is left out is seen in examples. */
static gboolean
names_account (const char *client_uri)
{
  const char *moid = OMA_BOOTSTRAP_MOID;
  const char *rest;

  if (!g_str_has_prefix (client_uri, URN))
    moid += strlen (URN);
  if (!g_str_has_prefix (client_uri, moid))
    return FALSE;
  rest = client_uri + strlen (moid);
  if (*rest == '\0')
    return TRUE;
  if (*rest != '/')
    return FALSE;
  rest += 1 + strcspn (rest + 1, "/?");
  return *rest == '\0' || strcmp (rest, "/") == 0;
}

static gboolean
check_object (const OmaMoPart *part, GError **error)
{
  const OmaTndsNode *top = part->document->nodes->len > 0 ? g_ptr_array_index (part->document->nodes, 0) : NULL;

  if (part->client_uri != NULL && !names_account (part->client_uri))
    return refuse (error, "the object is no DM Account");
  if (top == NULL || !is_interior (top))
    return refuse (error, "there is no object");
  if (part->client_uri == NULL && g_strcmp0 (top->type, OMA_BOOTSTRAP_MOID) != 0)
    return refuse (error, "the object is no DM Account");
  return TRUE;
}

static OmaBootstrap *
read_object (const OmaMoPart *part, GError **error)
{
  g_autoptr(OmaBootstrap) bootstrap = g_new0 (OmaBootstrap, 1);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) moids = g_ptr_array_new_with_free_func (g_free);
  Reader reader = { bootstrap, seen, moids };

  bootstrap->others = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  if (!check_object (part, error) || !take_nodes (&reader, part->document, error) || !check_required (&reader, error))
    return NULL;
  g_ptr_array_add (moids, NULL);
  bootstrap->moids = (char **) g_ptr_array_free (g_steal_pointer (&moids), FALSE);
  return g_steal_pointer (&bootstrap);
}

static void
wipe (GPtrArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    {
      const OmaMoPart *part = g_ptr_array_index (parts, i);

      for (guint j = 0; j < part->document->nodes->len; j++)
        {
          OmaTndsNode *node = g_ptr_array_index (part->document->nodes, j);

          if (node->data != NULL)
            explicit_bzero (node->data, node->size);
        }
    }
}

static GPtrArray *
read_parts (const char *media_type, const char *data, gsize size, GError **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autoptr(OmaMoReader) reader = NULL;
  GPtrArray *parts = NULL;

  if (size > OMA_BOOTSTRAP_MAX_SIZE)
    return refuse (error, "it is larger than %d octets", OMA_BOOTSTRAP_MAX_SIZE), NULL;
  reader = oma_mo_reader_new (media_type, NULL, NULL, &local_error);
  if (reader == NULL)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT,
                           "A bootstrap document is MO data as JSON or TNDS");
      return NULL;
    }
  if (oma_mo_reader_feed (reader, data, size, &local_error))
    parts = oma_mo_reader_finish (reader, &local_error);
  if (parts == NULL)
    refuse (error, "%s", local_error->message);
  return parts;
}

/**
 * oma_bootstrap_read:
 * @media_type: (nullable): Content-Type of the document
 * @data: (nullable): its octets
 * @size: how many
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Reads a bootstrap document (DM Protocol 2.0, bootstrap): MO data of one DM Account object, as JSON or TNDS.  Nodes
 * that are not known are ignored.
 *
 * Our reading: the ClientURI of JSON names the object, with whatever instance, which the client chooses; in TNDS the
 * type of the top node does.
 *
 * Returns: (transfer full): what it holds, or %NULL with %OMA_STATUS_UNSUPPORTED_FORMAT for another media type or
 *   %OMA_STATUS_BAD_REQUEST when it is malformed or larger than %OMA_BOOTSTRAP_MAX_SIZE, a mandatory node is missing or
 *   one stands there twice; messages quote nothing that can be a secret
 */
OmaBootstrap *
oma_bootstrap_read (const char *media_type, gconstpointer data, gsize size, GError **error)
{
  g_autoptr(GPtrArray) parts = read_parts (media_type, data, size, error);
  OmaBootstrap *bootstrap = NULL;

  if (parts == NULL)
    return NULL;
  if (parts->len == 1)
    bootstrap = read_object (g_ptr_array_index (parts, 0), error);
  else
    refuse (error, parts->len == 0 ? "there is no object" : "there is more than one object");
  wipe (parts);
  return bootstrap;
}
