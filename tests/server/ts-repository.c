/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-repository.h"

#include "ts-dm2.h"
#include "ts-server.h"

#include <string.h>

#define MAX_DOCUMENTS 10000

struct _TsRepository {
  GHashTable *documents;   /* path -> Document */
  const char *types;       /* (nullable): media types that are taken, with commas */
};

typedef struct {
  char   *media_type;
  GBytes *body;
} Document;

static void
document_free (Document *document)
{
  g_free (document->media_type);
  g_bytes_unref (document->body);
  g_free (document);
}

/**
 * ts_repository_new:
 * @types: (nullable): the media types that clients may put, with commas between them; %NULL: any.
 *   It must outlive the repository
 */
TsRepository *
ts_repository_new (const char *types)
{
  TsRepository *repository = g_new0 (TsRepository, 1);

  repository->documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) document_free);
  repository->types = types;
  return repository;
}

void
ts_repository_free (TsRepository *repository)
{
  g_hash_table_unref (repository->documents);
  g_free (repository);
}

/**
 * ts_repository_has_path:
 *
 * Returns: whether requests for @path are for the repository
 */
gboolean
ts_repository_has_path (const char *path)
{
  return g_str_has_prefix (path, TS_DATA) || g_str_equal (path, TS_BOOTSTRAP);
}

/**
 * ts_repository_put:
 * @repository: a repository
 * @path: where
 * @media_type: (nullable): Content-Type
 * @body: the document, which replaces one that is there
 *
 * Returns: whether there was room for it
 */
gboolean
ts_repository_put (TsRepository *repository, const char *path, const char *media_type, GBytes *body)
{
  Document *document;

  if (!g_hash_table_contains (repository->documents, path) &&
      g_hash_table_size (repository->documents) >= MAX_DOCUMENTS)
    return FALSE;
  document = g_new0 (Document, 1);
  document->media_type = g_strdup (media_type != NULL ? media_type : "application/octet-stream");
  document->body = g_bytes_ref (body);
  g_hash_table_replace (repository->documents, g_strdup (path), document);
  return TRUE;
}

/**
 * ts_repository_remove:
 *
 * Returns: whether there was a document at @path
 */
gboolean
ts_repository_remove (TsRepository *repository, const char *path)
{
  return g_hash_table_remove (repository->documents, path);
}

/**
 * ts_repository_get:
 * @repository: a repository
 * @path: where
 * @media_type: (out) (transfer none): its Content-Type
 *
 * Returns: (transfer none) (nullable): the document
 */
GBytes *
ts_repository_get (TsRepository *repository, const char *path, const char **media_type)
{
  const Document *document = g_hash_table_lookup (repository->documents, path);

  if (document == NULL)
    return NULL;
  *media_type = document->media_type;
  return document->body;
}

/**
 * ts_repository_list:
 *
 * Returns: (transfer full): an object with path, media-type and size for each document, by path
 */
JsonArray *
ts_repository_list (TsRepository *repository)
{
  g_autoptr(GList) paths = g_list_sort (g_hash_table_get_keys (repository->documents), (GCompareFunc) strcmp);
  JsonArray *array = json_array_new ();

  for (GList *link = paths; link != NULL; link = link->next)
    {
      const Document *document = g_hash_table_lookup (repository->documents, link->data);
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "path", link->data);
      json_object_set_string_member (object, "media-type", document->media_type);
      json_object_set_int_member (object, "size", (gint64) g_bytes_get_size (document->body));
      json_array_add_object_element (array, object);
    }
  return array;
}

/**
 * ts_accept_has:
 * @list: (nullable): media types and ranges of them, as in Accept
 * @type: a media type
 *
 * Returns: whether @list has @type; no list has all
 */
gboolean
ts_accept_has (const char *list, const char *type)
{
  GSList *accepted = list != NULL ? soup_header_parse_quality_list (list, NULL) : NULL;
  gboolean has = list == NULL;

  for (GSList *link = accepted; link != NULL && !has; link = link->next)
    {
      g_auto(GStrv) parts = g_strsplit (link->data, ";", 2);
      g_autofree char *pattern = g_strstrip (g_ascii_strdown (parts[0], -1));
      gsize length = strlen (pattern);

      if (g_str_has_suffix (pattern, "/*"))
        has = g_str_equal (pattern, "*/*") || g_ascii_strncasecmp (pattern, type, length - 1) == 0;
      else
        has = g_ascii_strcasecmp (pattern, type) == 0;
    }
  soup_header_free_list (accepted);
  return has;
}

static void
serve_get (TsRepository *repository, SoupServerMessage *http, const char *path, const TsFault *fault)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (http);
  const char *media_type = NULL;
  GBytes *body = ts_repository_get (repository, path, &media_type);

  if (body == NULL)
    ts_carry_error (http, SOUP_STATUS_NOT_FOUND, "there is no such document");
  else if (!ts_accept_has (soup_message_headers_get_list (headers, "Accept"), media_type))
    ts_carry_error (http, SOUP_STATUS_NOT_ACCEPTABLE, "the document is of another type than those accepted");
  else
    ts_carry (http, body, media_type, fault);
}

static void
take_body (TsRepository *repository, SoupServerMessage *http, const char *path, const TsFault *fault)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (http);
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (http));
  g_autoptr(GBytes) nothing = g_bytes_new (NULL, 0);
  const char *media_type = soup_message_headers_get_content_type (headers, NULL);

  if (media_type == NULL || !ts_accept_has (repository->types, media_type))
    {
      ts_carry_error (http, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, "documents of this type are not taken");
      if (repository->types != NULL)
        soup_message_headers_replace (soup_server_message_get_response_headers (http), TS_DM2_ACCEPT_HEADER,
                                      repository->types);
    }
  else if (!ts_repository_put (repository, path, media_type, body))
    ts_carry_error (http, SOUP_STATUS_INSUFFICIENT_STORAGE, "there are too many documents");
  else if (fault != NULL)
    ts_carry (http, nothing, "text/plain", fault);
  else
    soup_server_message_set_status (http, SOUP_STATUS_NO_CONTENT, NULL);
}

/**
 * ts_repository_serve:
 * @repository: a repository
 * @http: a request of a client's
 * @path: for what
 * @fault: (nullable): what shall go wrong
 */
void
ts_repository_serve (TsRepository *repository, SoupServerMessage *http, const char *path, const TsFault *fault)
{
  const char *method = soup_server_message_get_method (http);

  if (ts_fault_is_refusal (fault))
    ts_carry (http, NULL, NULL, fault);
  else if (method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD)
    serve_get (repository, http, path, fault);
  else if ((method == SOUP_METHOD_PUT || method == SOUP_METHOD_POST) && !g_str_equal (path, TS_BOOTSTRAP))
    take_body (repository, http, path, fault);
  else
    ts_carry_error (http, SOUP_STATUS_METHOD_NOT_ALLOWED, "documents are got, put or posted");
}
