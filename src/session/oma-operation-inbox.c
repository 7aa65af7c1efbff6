/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-instances.h"
#include "session/oma-operation-document.h"

#include <string.h>

/* ./Inbox (DM Standardized Objects 1.2, section 7.1.3.4): a server that does not know where a
 * management object belongs adds it here; its identifier, the Type of the top node, says where it
 * goes.
 *
 * Where the text leaves room (our reading):
 *
 * - The place is that of oma_instances_find_place().  There is no place: 415.
 * - The server needs Add on ./Inbox and all that it would need to add the object where it goes.
 * - The object keeps its name; if another node has that, a number is put behind it.  One without
 *   a name gets the last segment of a target below ./Inbox, or a number.
 */

#define INBOX "Inbox"
#define INBOX_URI "./" INBOX

/* Where objects of an identifier go. */
typedef struct {
  char *parent;   /* of the place, %NULL: none */
  char *name;     /* (nullable): the name that the DDF has for the node */
} Place;

static void
place_free (gpointer data)
{
  Place *place = data;

  g_free (place->parent);
  g_free (place->name);
  g_free (place);
}

/* Internal: (transfer full): what is known of no identifier yet; the keys stay the document's. */
GHashTable *
oma_inbox_places_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, place_free);
}

/* Internal: whether the target is ./Inbox or below it. */
gboolean
oma_inbox_is_target (const OmaTarget *target)
{
  const OmaUri *uri = &target->uri;

  return uri->n_segments > 0 && target->lookup.mount != NULL &&
         (oma_mount_get_flags (target->lookup.mount) & OMA_MOUNT_RESERVED) != 0 &&
         uri->segments[0].length == strlen (INBOX) && memcmp (uri->segments[0].name, INBOX, strlen (INBOX)) == 0;
}

static gboolean
check_inbox (OmaJob *job, GError **error)
{
  OmaRights *rights = &job->work->rights;
  g_auto(OmaTarget) inbox = OMA_TARGET_INIT;

  if (!oma_target_resolve (&inbox, job, INBOX_URI, error))
    return FALSE;
  if (!oma_rights_has_access (rights, inbox.lookup.schema, OMA_ACCESS_ADD))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "nothing can be added to the Inbox", error);
  if (!oma_rights_are_granted (rights, inbox.lookup.nearest, job->work->change, OMA_ACCESS_ADD))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL of the Inbox does not grant Add", error);
  return TRUE;
}

/* The name that the server has for the object: its own, or that in the target. */
static char *
dup_wanted_name (const OmaDocument *document, const OmaTndsNode *node)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;

  if (*node->name != '\0')
    return g_strdup (node->name);
  if (document->n_top > 1 || !oma_uri_parse (&uri, document->base, NULL) || uri.n_segments < 2)
    return g_strdup ("");
  return g_strndup (uri.segments[uri.n_segments - 1].name, uri.segments[uri.n_segments - 1].length);
}

/* The object of the document that the first segment of @path names; *length: of that segment. */
static const char *
find_object (const OmaDocument *document, const char *path, gsize *length)
{
  g_autofree char *name = NULL;

  *length = strcspn (path, "/");
  name = g_strndup (path, *length);
  return g_hash_table_lookup (document->objects, name);
}

/* Where a node goes whose Path leads below an object that came before it. */
static char *
follow_path (const OmaDocument *document, const OmaTndsNode *node, const char *path, GError **error)
{
  gsize length;
  const char *object = find_object (document, path, &length);
  GString *uri;

  if (object == NULL)
    {
      oma_operation_refuse (OMA_STATUS_NOT_FOUND, "a Path leads to no management object of the document", error);
      return NULL;
    }
  uri = g_string_new (object);
  g_string_append (uri, path + length);
  oma_uri_append_segment (uri, node->name, -1);
  return g_string_free (uri, FALSE);
}

/* The place that is known for the identifier; it is looked for once. */
static const Place *
find_place (OmaDocument *document, const char *moid)
{
  Place *place = g_hash_table_lookup (document->places, moid);

  if (place != NULL)
    return place;
  place = g_new0 (Place, 1);
  g_hash_table_insert (document->places, (gpointer) moid, place);
  place->parent = oma_instances_find_place (document->job->work->executor->tree, moid, &place->name);
  return place;
}

static char *
choose_place (OmaDocument *document, const OmaTndsNode *node, GError **error)
{
  const Place *place = find_place (document, node->type != NULL ? node->type : "");
  g_autofree char *wanted = NULL;

  if (place->parent == NULL)
    {
      oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "there is no place for such a management object", error);
      return NULL;
    }
  if (place->name != NULL)
    {
      GString *uri = g_string_new (place->parent);

      oma_uri_append_segment (uri, place->name, -1);
      return g_string_free (uri, FALSE);
    }
  wanted = dup_wanted_name (document, node);
  if (*wanted != '\0' && !oma_uri_name_is_valid (wanted, strlen (wanted)))
    {
      oma_operation_refuse (OMA_STATUS_BAD_REQUEST, "no node can have such a name", error);
      return NULL;
    }
  return oma_document_choose_uri (document, place->parent, wanted, error);
}

/* Of two objects of the same name the first is meant. */
static void
note_object (OmaDocument *document, const OmaTndsNode *node, const char *uri)
{
  g_autoptr(GString) name = g_string_new (NULL);

  oma_uri_append_segment (name, node->name, -1);
  if (*node->name != '\0' && !g_hash_table_contains (document->objects, name->str + 1))
    g_hash_table_insert (document->objects, g_strdup (name->str + 1), g_strdup (uri));
}

/* Internal: (transfer full): the URI of a top node that was sent to the Inbox. */
char *
oma_inbox_find_place (OmaDocument *document, const OmaTndsNode *node, GError **error)
{
  const char *path = oma_document_strip_path (node->path);
  g_autofree char *uri = NULL;

  if (!check_inbox (document->job, error))
    return NULL;
  if (*path != '\0')
    return follow_path (document, node, path, error);
  uri = choose_place (document, node, error);
  if (uri != NULL)
    note_object (document, node, uri);
  return g_steal_pointer (&uri);
}

/* The first @length octets of the value go. */
static void
rewrite (OmaTndsNode *node, gsize length, const char *to)
{
  char *text = g_strconcat (to, node->data + length, NULL);

  g_free (node->data);
  node->data = text;
  node->size = strlen (text);
}

static gboolean
is_reference (const OmaTndsNode *node)
{
  return node->data != NULL && !node->is_octets && strlen (node->data) == node->size &&
         g_str_has_prefix (node->data, INBOX_URI "/") &&
         (node->format == OMA_FORMAT_NONE || node->format == OMA_FORMAT_CHR);
}

/* Of a single object also the target is its name. */
static const char *
find_only_object (const OmaDocument *document, const char *text)
{
  const gsize length = strlen (document->base);
  const OmaTndsNode *top = g_ptr_array_index (document->tnds->nodes, 0);

  if (document->n_top > 1 || length <= strlen (INBOX_URI) || *oma_document_strip_path (top->path) != '\0' ||
      strncmp (text, document->base, length) != 0 || (text[length] != '\0' && text[length] != '/'))
    return NULL;
  return g_ptr_array_index (document->uris, 0);
}

/* Internal: lets values that name a node of the document by its URI in the Inbox name it by the
 * URI that it gets. */
void
oma_inbox_rewrite_references (OmaDocument *document)
{
  const gsize start = strlen (INBOX_URI "/");

  for (guint i = 0; i < document->tnds->nodes->len; i++)
    {
      OmaTndsNode *node = g_ptr_array_index (document->tnds->nodes, i);
      const char *object;
      gsize length;

      if (!is_reference (node))
        continue;
      object = find_object (document, node->data + start, &length);
      if (object != NULL)
        rewrite (node, start + length, object);
      else if ((object = find_only_object (document, node->data)) != NULL)
        rewrite (node, strlen (document->base), object);
    }
}
