/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

#include <string.h>

/* Add and Replace of a TNDS document (DM Tree and Description Serialization 1.2; DM
 * Representation Protocol 1.2, Add and Replace).  One command, one Status, all or nothing: each
 * node is checked and made as a command of its own would, and the first that fails takes the
 * others back.
 *
 * What plugins would have to do is only noted at first, with the answers that they give to
 * questions, so that a document that breaks a rule never reaches one of them.
 *
 * Where the texts leave room (our reading):
 *
 * - Add to a node that exists puts the top nodes below it.  Add to one that does not, and
 *   Replace: a single top node without a name, or with that of the target, is the target;
 *   otherwise the top nodes go below it.  So is one whose Path and NodeName are the whole URI of
 *   the target, as a Get with "?list=TNDS" gives it.
 * - Replace needs Replace on the target.  A node that the document names and that is there keeps
 *   its place and its ACL, unless the document has another one, and gets the value.  Others are
 *   deleted, which needs Delete in the ACL of each topmost one, but not in its AccessType;
 *   permanent ones stay as they are.
 * - A node that came with its parent out of the document may be given a value where AccessType
 *   has Add or Replace, or if it is the default anyway.
 * - A leaf without Value gets the default of its DDF, or an empty value.
 * - A node without a name that does not stand alone gets the name that the DDF has for its
 *   management object identifier, or else a number.
 * - ACLs are set last, the deepest node first, by the rules for their Replace.
 */

/* Nodes of a document that plugins have to make one after the other. */
#define MAX_SERVED 2000

/* Numbers to try as names of a node. */
#define MAX_TRIES (OMA_TNDS_MAX_NODES + 1)

/* ---- Is it a document? ---- */

static gconstpointer
get_data (const OmaOperation *operation, gsize *size)
{
  if (operation->value != NULL)
    return oma_value_get_data (operation->value, size);
  *size = operation->length;
  return operation->data;
}

/* Internal: whether the data of an Add or Replace are a TNDS document: by their type where the
 * target is not a leaf, which could hold one as its value; or by how they look, where the type
 * is not stated. */
gboolean
oma_operation_is_document (const OmaOperation *operation, const OmaTarget *target)
{
  const OmaSchemaNode *schema = target->lookup.schema;
  const char *type = operation->value != NULL ? oma_value_get_type_name (operation->value) : operation->mime_type;
  gconstpointer data;
  gsize size;

  if (target->uri.query != OMA_URI_QUERY_NONE || (schema != NULL && schema->format != OMA_FORMAT_NODE))
    return FALSE;
  if (oma_tnds_is_type (type))
    return TRUE;
  if (type != NULL && strcmp (type, "text/plain") != 0)
    return FALSE;
  data = get_data (operation, &size);
  return oma_tnds_looks_like (data, size);
}

static OmaStatus
status_from_codec_error (const GError *error)
{
  switch (error->code)
    {
    case OMA_CODEC_ERROR_ENCODING:
      return OMA_STATUS_UNSUPPORTED_FORMAT;
    case OMA_CODEC_ERROR_LIMIT:
      return OMA_STATUS_ENTITY_TOO_LARGE;
    case OMA_CODEC_ERROR_MALFORMED:
    case OMA_CODEC_ERROR_FORBIDDEN:
    default:
      return OMA_STATUS_BAD_REQUEST;
    }
}

static OmaTnds *
read_document (const OmaOperation *operation, GError **error)
{
  g_autoptr(GError) failure = NULL;
  OmaTnds *tnds;
  gsize size;
  gconstpointer data = get_data (operation, &size);

  if (data == NULL || size == 0)
    {
      oma_operation_refuse (OMA_STATUS_INCOMPLETE_COMMAND, "there is no document", error);
      return NULL;
    }
  tnds = oma_tnds_read (data, size, &failure);
  if (tnds == NULL)
    oma_operation_refuse (status_from_codec_error (failure), failure->message, error);
  return tnds;
}

/* ---- Which node is which ---- */

static OmaTndsNode *
node_at (const OmaDocument *document, guint index)
{
  return g_ptr_array_index (document->tnds->nodes, index);
}

static const char *
uri_at (const OmaDocument *document, guint index)
{
  return g_ptr_array_index (document->uris, index);
}

static guint
count_top_nodes (const OmaTnds *tnds)
{
  guint n = 0;

  for (guint i = 0; i < tnds->nodes->len; i++)
    n += ((OmaTndsNode *) g_ptr_array_index (tnds->nodes, i))->parent < 0;
  return n;
}

/* Internal: a Path without what makes no difference; "" for the target itself. */
const char *
oma_document_strip_path (const char *path)
{
  if (path == NULL || strcmp (path, ".") == 0)
    return "";
  return g_str_has_prefix (path, "./") ? path + 2 : path;
}

static char *
append_name (const char *uri, const char *name)
{
  GString *text = g_string_new (uri);

  oma_uri_append_segment (text, name, -1);
  return g_string_free (text, FALSE);
}

static char *
canonicalise (const char *uri, GError **error)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;

  if (!oma_uri_parse (&parsed, uri, error))
    return NULL;
  if (parsed.query == OMA_URI_QUERY_NONE)
    return oma_uri_to_string (&parsed);
  oma_operation_refuse (OMA_STATUS_BAD_REQUEST, "a Path has a query", error);
  return NULL;
}

/* Whether the only top node is the target itself. */
static gboolean
is_target (const OmaDocument *document, const OmaTndsNode *node)
{
  const char *path = oma_document_strip_path (node->path);
  const char *last = strrchr (document->base, '/');
  g_autofree char *parent = NULL, *whole = NULL;

  if (document->n_top != 1 || last == NULL)
    return FALSE;
  if (*path == '\0')
    {
      parent = g_strndup (document->base, last - document->base);
      whole = append_name (parent, node->name);
      return *node->name == '\0' || strcmp (whole, document->base) == 0;
    }
  parent = g_strconcat ("./", path, NULL);
  whole = append_name (parent, node->name);
  return strcmp (whole, document->base) == 0;
}

static char *
find_parent_uri (OmaDocument *document, const OmaTndsNode *node, GError **error)
{
  const char *path = oma_document_strip_path (node->path);
  g_autofree char *uri = NULL;

  if (node->parent >= 0)
    return g_strdup (uri_at (document, node->parent));
  if (*path == '\0')
    return g_strdup (document->base);
  uri = g_strconcat (document->base, "/", path, NULL);
  return canonicalise (uri, error);
}

static gboolean
is_taken (OmaDocument *document, const char *uri, gboolean *taken, GError **error)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;

  *taken = g_hash_table_contains (document->named, uri);
  if (*taken)
    return TRUE;
  if (!oma_target_resolve (&target, document->job, uri, error))
    return FALSE;
  *taken = target.exists;
  return TRUE;
}

/* Internal: chooses a URI below @parent that no node has, like @name if that is not empty.
 * What was taken once stays so: it goes on where it stopped. */
char *
oma_document_choose_uri (OmaDocument *document, const char *parent, const char *name, GError **error)
{
  g_autofree char *stem = append_name (parent, name);

  for (guint i = GPOINTER_TO_UINT (g_hash_table_lookup (document->tried, stem)) + 1; i < MAX_TRIES; i++)
    {
      g_autofree char *number = *name == '\0' ? g_strdup_printf ("%u", i)
                                : i > 1       ? g_strdup_printf ("%s-%u", name, i) : g_strdup (name);
      g_autofree char *uri = append_name (parent, number);
      gboolean taken;

      if (!is_taken (document, uri, &taken, error))
        return NULL;
      if (taken)
        continue;
      g_hash_table_insert (document->tried, g_steal_pointer (&stem), GUINT_TO_POINTER (i));
      return g_steal_pointer (&uri);
    }
  oma_operation_refuse (OMA_STATUS_COMMAND_FAILED, "there is no name left", error);
  return NULL;
}

/* The device chooses a name. */
static char *
choose_uri (OmaDocument *document, const OmaTndsNode *node, const char *parent, GError **error)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  const OmaSchemaNode *schema;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, parent, error))
    return NULL;
  oma_tree_lookup (document->job->work->executor->tree, &uri, document->job->work->change, &lookup);
  schema = lookup.schema;
  for (guint i = 0; schema != NULL && schema->children != NULL && node->type != NULL && i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      if (child->name != NULL && child->ddf_name != NULL && strcmp (child->ddf_name, node->type) == 0)
        return append_name (parent, child->name);
    }
  if (schema == NULL || schema->placeholder == NULL)
    {
      oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a node needs a name there", error);
      return NULL;
    }
  return oma_document_choose_uri (document, parent, "", error);
}

static char *
find_uri (OmaDocument *document, guint index, GError **error)
{
  const OmaTndsNode *node = node_at (document, index);
  g_autofree char *parent = NULL;

  if (node->parent < 0 && document->may_be_target && !document->is_inbox && is_target (document, node))
    return g_strdup (document->base);
  if (node->parent < 0 && document->is_inbox)
    return oma_inbox_find_place (document, node, error);
  parent = find_parent_uri (document, node, error);
  if (parent == NULL)
    return NULL;
  if (*node->name == '\0')
    return choose_uri (document, node, parent, error);
  if (!oma_uri_name_is_valid (node->name, strlen (node->name)))
    {
      oma_operation_refuse (OMA_STATUS_BAD_REQUEST, "no node can have such a name", error);
      return NULL;
    }
  return append_name (parent, node->name);
}

static guint
count_segments (const char *uri)
{
  guint n = 0;

  for (const char *slash = strchr (uri, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    n++;
  return n;
}

static int
compare_depth (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const OmaDocument *document = user_data;
  const guint i = *(const guint *) a, j = *(const guint *) b;
  const guint m = count_segments (uri_at (document, i)), n = count_segments (uri_at (document, j));

  return m != n ? (m < n ? -1 : 1) : (i < j ? -1 : i > j);
}

/* Notes what leads from the target to a node: it belongs to the document too. */
static void
note_way (OmaDocument *document, const char *uri)
{
  g_autofree char *way = g_strdup (uri);
  const gsize length = strlen (document->base);
  char *slash;

  while ((slash = strrchr (way, '/')) != NULL && (gsize) (slash - way) > length)
    {
      *slash = '\0';
      if (g_hash_table_contains (document->named, way))
        return;
      g_hash_table_insert (document->named, g_strdup (way), GUINT_TO_POINTER (FALSE));
    }
}

static gboolean
find_uris (OmaDocument *document, GError **error)
{
  for (guint i = 0; i < document->tnds->nodes->len; i++)
    {
      char *uri = find_uri (document, i, error);

      if (uri == NULL)
        return FALSE;
      g_ptr_array_add (document->uris, uri);
      /* The URIs of all that is below begin with this one. */
      if (strlen (uri) > OMA_URI_MAX_LENGTH)
        return oma_operation_refuse (OMA_STATUS_URI_TOO_LONG, "the URI of a node is too long", error);
      g_array_append_val (document->order, i);
      if (GPOINTER_TO_UINT (g_hash_table_lookup (document->named, uri)))
        {
          g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS, "%s is there twice", uri);
          return FALSE;
        }
      g_hash_table_insert (document->named, g_strdup (uri), GUINT_TO_POINTER (TRUE));
      note_way (document, uri);
    }
  /* Flat documents may name children before their parents. */
  g_array_sort_with_data (document->order, compare_depth, document);
  return TRUE;
}

/* ---- One node ---- */

/* Whether a node, or one above it, was made by this document: then it came along. */
static gboolean
came_along (const OmaDocument *document, const char *uri)
{
  g_autofree char *way = g_strdup (uri);
  char *slash;

  while ((slash = strrchr (way, '/')) != NULL)
    {
      *slash = '\0';
      if (g_hash_table_contains (document->made, way))
        return TRUE;
    }
  return FALSE;
}

/* The operation that would make the node alone.  *value: (transfer full) (nullable): what has
 * to live as long as it. */
static void
fill_operation (OmaOperation *operation, const OmaDocument *document, guint index, const OmaSchemaNode *schema,
                OmaValue **value)
{
  const OmaTndsNode *node = node_at (document, index);
  OmaFormat format = node->format;

  *operation = (OmaOperation) {
    .type = OMA_OPERATION_ADD,
    .uri = uri_at (document, index),
    .format = format,
    .mime_type = node->type,
    .data = node->data,
    .length = node->size,
  };
  if (schema == NULL || schema->format == OMA_FORMAT_NODE)
    return;
  if (node->data == NULL && format != OMA_FORMAT_NODE)
    operation->value = *value = oma_schema_node_make_default (schema);
  else if (format == OMA_FORMAT_NONE)
    operation->data_is_base64 = !node->is_octets && schema->format == OMA_FORMAT_BIN;
  else
    operation->data_is_base64 = !node->is_octets && (format == OMA_FORMAT_BIN || format == OMA_FORMAT_B64);
  /* Octets that are there already need no decoding. */
  if (node->is_octets && format == OMA_FORMAT_B64 && schema->format == OMA_FORMAT_BIN)
    operation->format = OMA_FORMAT_BIN;
}

static gboolean
is_default (const OmaSchemaNode *schema, const OmaValue *value)
{
  g_autoptr(OmaValue) known = oma_schema_node_make_default (schema);

  return known != NULL && oma_value_equal (known, value);
}

static gboolean
check_update (OmaDocument *document, OmaTarget *target, const char *uri, gboolean *needed, const OmaValue *value,
              GError **error)
{
  OmaRights *rights = &document->job->work->rights;
  const OmaSchemaNode *schema = target->lookup.schema;
  gboolean along = came_along (document, uri);

  *needed = TRUE;
  if (!oma_rights_has_access (rights, schema, OMA_ACCESS_REPLACE) &&
      !(along && oma_rights_has_access (rights, schema, OMA_ACCESS_ADD)))
    {
      *needed = FALSE;
      return is_default (schema, value) ||
             oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the value cannot be replaced", error);
    }
  if (!along && !oma_rights_are_granted (rights, target->lookup.nearest, document->job->work->change,
                                         OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return TRUE;
}

/* A node that is there already. */
static gboolean
update_node (OmaDocument *document, OmaTarget *target, guint index, GError **error)
{
  const OmaTndsNode *node = node_at (document, index);
  const OmaOperation *operation = document->job->operation;
  g_autoptr(OmaValue) value = NULL;
  gboolean needed;

  if (oma_lookup_is_interior (&target->lookup))
    {
      if (node->size > 0)
        return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "an interior node has no value", error);
      if (node->format != OMA_FORMAT_NONE && node->format != OMA_FORMAT_NODE)
        return oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "the node is an interior one", error);
      return TRUE;
    }
  if (node->data == NULL && node->format != OMA_FORMAT_NODE && came_along (document, uri_at (document, index)))
    return TRUE;
  value = oma_operation_make_value (operation, target->lookup.schema, error);
  if (value == NULL || !check_update (document, target, uri_at (document, index), &needed, value, error))
    return FALSE;
  /* What came along has nobody else's value. */
  if (!needed || came_along (document, uri_at (document, index)))
    return !needed || oma_operation_write_leaf (document->job, target, value, error);
  return oma_operation_overwrite_leaf (document->job, target, value, error);
}

static gboolean
put_node (OmaDocument *document, guint index, GError **error)
{
  OmaJob *job = document->job;
  const char *uri = uri_at (document, index);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(OmaValue) value = NULL;
  OmaOperation operation;
  gboolean ok;

  if (!oma_target_resolve (&target, job, uri, error))
    return FALSE;
  if (oma_lookup_is_served (&target.lookup) && ++document->n_served > MAX_SERVED)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "these are too many nodes for a plugin", error);
  fill_operation (&operation, document, index, target.lookup.schema, &value);
  job->operation = &operation;
  if (target.exists && (document->replaces || came_along (document, uri)))
    return update_node (document, &target, index, error);
  /* One that is there already is refused with all the rest that is wrong. */
  ok = oma_operation_add_node (job, &target, error);
  g_free (operation.failed_uri);
  if (ok)
    g_hash_table_add (document->made, (char *) uri);
  return ok;
}

/* ---- Its ACL and title ---- */

static gboolean
put_acl (OmaDocument *document, OmaTarget *target, const OmaTndsNode *node, gboolean made, GError **error)
{
  OmaJob *job = document->job;
  OmaAcl *own = target->lookup.node != NULL ? oma_node_get_acl (target->lookup.node, job->work->change) : NULL;
  OmaOperation operation = { .type = OMA_OPERATION_REPLACE, .data = node->acl };

  if (node->acl == NULL || strcmp (node->acl, own != NULL ? oma_acl_get_text (own) : "") == 0)
    return TRUE;
  /* What the device gave a new node, so that its maker can manage it, stays. */
  if (made && *node->acl == '\0')
    return TRUE;
  operation.length = strlen (node->acl);
  job->operation = &operation;
  return oma_operation_set_acl (job, target, error);
}

static gboolean
put_title (OmaDocument *document, OmaTarget *target, const OmaTndsNode *node, gboolean made, GError **error)
{
  OmaWork *work = document->job->work;
  OmaNode *known = target->lookup.node;
  const char *title = known != NULL ? oma_node_get_title (known, work->change) : NULL;

  if (node->title == NULL || strcmp (node->title, title != NULL ? title : "") == 0)
    return TRUE;
  if (!made && !oma_rights_has_access (&work->rights, target->lookup.schema, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the title cannot be replaced", error);
  if (!made && !oma_rights_are_granted (&work->rights, target->lookup.nearest, work->change, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return oma_operation_put_title (document->job, target, node->title, error);
}

static gboolean
put_properties (OmaDocument *document, guint index, GError **error)
{
  const OmaTndsNode *node = node_at (document, index);
  const char *uri = uri_at (document, index);
  gboolean made = g_hash_table_contains (document->made, uri) || came_along (document, uri);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;

  if (node->acl == NULL && node->title == NULL)
    return TRUE;
  return oma_target_resolve (&target, document->job, uri, error) &&
         put_title (document, &target, node, made, error) && put_acl (document, &target, node, made, error);
}

/* ---- What a Replace deletes ---- */

/* A plugin is asked to delete last, since that alone may not be undone. */
static gboolean
remove_node (OmaDocument *document, const char *uri, GError **error)
{
  OmaJob *job = document->job;
  OmaOperation operation = { .type = OMA_OPERATION_DELETE, .uri = uri };
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  gboolean rehearses = job->rehearses, ok;

  if (!oma_target_resolve (&target, job, uri, error))
    return FALSE;
  if (!target.exists ||
      (target.lookup.schema != NULL && !oma_rights_may_make_and_unmake (&job->work->rights, target.lookup.schema)))
    return TRUE;
  job->operation = &operation;
  if (!oma_lookup_is_served (&target.lookup))
    return oma_operation_delete_node (job, &target, error);
  job->rehearses = TRUE;
  ok = oma_operation_delete_node (job, &target, error);
  job->rehearses = rehearses;
  if (ok && !rehearses)
    g_ptr_array_add (document->removed, g_strdup (uri));
  return ok;
}

static gboolean
remove_others_below (OmaDocument *document, const char *uri, GError **error)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(GPtrArray) names = NULL;

  if (!oma_target_resolve (&target, document->job, uri, error))
    return FALSE;
  if (!target.exists || !oma_lookup_is_interior (&target.lookup))
    return TRUE;
  names = oma_uri_list_children (&target.uri, &target.lookup, document->job, TRUE, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *child = append_name (uri, g_ptr_array_index (names, i));

      if (!g_hash_table_contains (document->named, child) && !remove_node (document, child, error))
        {
          g_prefix_error (error, "%s: ", child);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
remove_others (OmaDocument *document, GError **error)
{
  g_autofree gpointer *uris = g_hash_table_get_keys_as_array (document->named, NULL);

  if (!g_hash_table_contains (document->named, document->base) &&
      !remove_others_below (document, document->base, error))
    return FALSE;
  for (guint i = 0; uris[i] != NULL; i++)
    if (!remove_others_below (document, uris[i], error))
      return FALSE;
  return TRUE;
}

/* Returns: %FALSE while it has to be waited for. */
static gboolean
keep_old_value (OmaJob *job, OmaCall *call)
{
  g_autoptr(GError) failure = NULL;
  OmaValue *old = oma_job_get (job, call->mount, call->ref, call->schema, &failure);

  call->old_value = old != NULL ? oma_value_ref (old) : NULL;
  return old != NULL || failure != NULL;
}

static gboolean
finish_removal (OmaDocument *document, const char *text, gboolean interior, GError **error)
{
  OmaJob *job = document->job;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autoptr(OmaCall) call = NULL;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, text, error))
    return FALSE;
  oma_tree_lookup (job->work->executor->tree, &uri, job->work->change, &lookup);
  if (oma_lookup_is_interior (&lookup) != interior)
    return TRUE;
  call = oma_call_new (OMA_CALL_REMOVE, lookup.mount);
  call->ref = oma_lookup_make_ref (&lookup, &uri);
  call->schema = lookup.schema;
  return (interior || keep_old_value (job, call)) && oma_job_call (job, g_steal_pointer (&call), error);
}

/* Interior nodes last: what was below them does not come back should a later one fail. */
static gboolean
finish_removals (OmaDocument *document, GError **error)
{
  for (int interior = 0; interior < 2; interior++)
    for (guint i = 0; i < document->removed->len; i++)
      if (!finish_removal (document, g_ptr_array_index (document->removed, i), interior, error))
        return FALSE;
  return TRUE;
}

/* ---- All of it ---- */

/* One run: what waits for a plugin returns FALSE without an error. */
static gboolean
put_all (OmaDocument *document, GError **error)
{
  g_hash_table_remove_all (document->made);
  g_ptr_array_set_size (document->removed, 0);
  document->n_served = 0;
  if (document->replaces && !remove_others (document, error))
    return FALSE;
  for (guint i = 0; i < document->order->len; i++)
    {
      guint index = g_array_index (document->order, guint, i);

      if (!put_node (document, index, error))
        {
          g_prefix_error (error, "%s: ", uri_at (document, index));
          return FALSE;
        }
    }
  for (guint i = document->order->len; i > 0; i--)
    {
      guint index = g_array_index (document->order, guint, i - 1);

      if (!put_properties (document, index, error))
        {
          g_prefix_error (error, "%s: ", uri_at (document, index));
          return FALSE;
        }
    }
  return finish_removals (document, error);
}

/* The intents of the job are seen by it alone, and only while it runs. */
static gboolean
run (OmaDocument *document, gboolean rehearses, GError **error)
{
  OmaJob *job = document->job;
  OmaOperation *operation = job->operation;
  GHashTable *intents = job->work->intents;
  gboolean ok;

  job->work->intents = oma_work_copy_intents (job->work);
  job->rehearses = rehearses;
  job->n_rehearsed = 0;
  ok = put_all (document, error);
  job->rehearses = FALSE;
  job->operation = operation;
  g_hash_table_unref (job->work->intents);
  job->work->intents = intents;
  return ok;
}

static gboolean
apply (OmaDocument *document, GError **error)
{
  OmaJob *job = document->job;

  job->is_compound = TRUE;
  if (!find_uris (document, error))
    return FALSE;
  if (document->is_inbox)
    oma_inbox_rewrite_references (document);
  if (!job->rehearsed)
    {
      if (!run (document, TRUE, error))
        return FALSE;
      /* No plugin has a part in it: then it is done. */
      if (job->n_rehearsed == 0)
        return TRUE;
      oma_job_roll_back_to_mark (job);
      job->rehearsed = !job->immediate;
    }
  return run (document, FALSE, error);
}

static gboolean
check_target (OmaJob *job, const OmaTarget *target, GError **error)
{
  OmaRights *rights = &job->work->rights;

  if (job->operation->type != OMA_OPERATION_REPLACE)
    return TRUE;
  if (!target->exists)
    return job->work->upsert || oma_operation_refuse (OMA_STATUS_NOT_FOUND, "there is no such node", error);
  if (!oma_rights_has_access (rights, target->lookup.schema, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the node cannot be replaced", error);
  if (!oma_rights_are_granted (rights, target->lookup.nearest, job->work->change, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return TRUE;
}

static void
document_clear (OmaDocument *document)
{
  g_free (document->base);
  g_clear_pointer (&document->uris, g_ptr_array_unref);
  g_clear_pointer (&document->removed, g_ptr_array_unref);
  g_clear_pointer (&document->order, g_array_unref);
  g_clear_pointer (&document->named, g_hash_table_unref);
  g_clear_pointer (&document->made, g_hash_table_unref);
  g_clear_pointer (&document->tried, g_hash_table_unref);
  g_clear_pointer (&document->places, g_hash_table_unref);
  g_clear_pointer (&document->objects, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaDocument, document_clear)

/* Internal: Add or Replace of a document at a node that is a part of the way, or all of it. */
gboolean
oma_operation_write_document (OmaJob *job, OmaTarget *target, GError **error)
{
  const gboolean replaces = job->operation->type == OMA_OPERATION_REPLACE && target->exists;
  g_autoptr(OmaTnds) tnds = NULL;
  g_auto(OmaDocument) document = {
    .job = job,
    .base = oma_uri_to_string (&target->uri),
    .replaces = replaces,
    .may_be_target = replaces || !target->exists,
    .is_inbox = oma_inbox_is_target (target),
    .uris = g_ptr_array_new_with_free_func (g_free),
    .removed = g_ptr_array_new_with_free_func (g_free),
    .order = g_array_new (FALSE, FALSE, sizeof (guint)),
    .named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .made = g_hash_table_new (g_str_hash, g_str_equal),
    .tried = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .places = oma_inbox_places_new (),
    .objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
  };

  if (!check_target (job, target, error))
    return FALSE;
  if (job->document == NULL)
    {
      tnds = read_document (job->operation, error);
      if (tnds == NULL)
        return FALSE;
    }
  if (!job->immediate && tnds != NULL)
    job->document = g_steal_pointer (&tnds);
  document.tnds = tnds != NULL ? tnds : job->document;
  document.n_top = count_top_nodes (document.tnds);
  return apply (&document, error);
}
