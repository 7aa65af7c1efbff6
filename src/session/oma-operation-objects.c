/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-delegation.h"
#include "session/oma-instances.h"
#include "session/oma-object-query.h"
#include "session/oma-operation-document.h"

#include <string.h>

/* What ClientURIs name (DM Protocol 2.0, addressing).
 *
 * Where the text leaves room (our reading):
 *
 * - An instance is a node whose Type is the identifier; its MIID is the node's name.  Of instances of an object that
 *   share a name each has the URI of its node without "./" as MIID; that is understood of others, too.
 * - An instance on which the server has no right is not there, nor is one of an identifier that it was not provisioned
 *   for, nor the Inbox.
 * - What a wildcard or an x-name in the path stands for is what the server may Get the names of, and a condition holds
 *   where it may Get the value; so neither tells what could not be read anyway.
 * - What does not resolve, or names "" among several instances, is 404. */
#define UNRESOLVED OMA_STATUS_NOT_FOUND

/* Our reading: the MIID of an instance whose server names none. */
#define NEW_MIID "m%u"

typedef struct {
  char           *uri;
  char           *moid;
  char           *miid;
  char           *name;
  OmaObjectRights rights;
  OmaAcl         *acl;
} Instance;

typedef struct {
  OmaJob               *job;
  const OmaObjectQuery *query;
  GPtrArray            *instances;   /* (element-type Instance) */
  const Instance       *instance;    /* whose path is followed */
  GPtrArray            *path;        /* (element-type utf8): decoded names so far */
  GPtrArray            *found;       /* (element-type OmaObjectNode) */
  GError               *failure;     /* (nullable): the first other than that something is not there */
  gboolean              too_many;
  gboolean              waits;
} Find;

static void
instance_free (gpointer data)
{
  Instance *instance = data;

  g_free (instance->uri);
  g_free (instance->moid);
  g_free (instance->miid);
  g_free (instance->name);
  g_clear_pointer (&instance->acl, oma_acl_unref);
  g_free (instance);
}

/* Takes @error. */
static void
note (Find *find, GError *error)
{
  find->waits |= find->job->waits;
  if (error == NULL)
    return;
  if (find->failure == NULL && !g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND))
    find->failure = error;
  else
    g_error_free (error);
}

/* ---- Instances ---- */

static gboolean
is_provisioned (const OmaObjectQuery *query, const char *moid)
{
  return query->moids == NULL || g_strv_contains (query->moids, moid);
}

static OmaObjectRights
find_rights (OmaJob *job, const OmaUri *uri, const OmaLookup *lookup)
{
  OmaUri parent = *uri;
  OmaLookup above;

  if (uri->n_segments == 0)
    return oma_object_rights_find (&job->work->rights, lookup->nearest, NULL, job->work->change);
  parent.n_segments--;
  oma_tree_lookup (job->work->executor->tree, &parent, job->work->change, &above);
  return oma_object_rights_find (&job->work->rights, lookup->nearest, above.nearest, job->work->change);
}

static gboolean
is_in_inbox (const OmaInstanceWalk *walk, const OmaLookup *lookup)
{
  const OmaTarget target = { .uri = walk->uri, .lookup = *lookup };

  return oma_inbox_is_target (&target);
}

static Instance *
instance_new (char *uri, const char *moid, const OmaUriSegment *name, OmaObjectRights rights, OmaAcl *acl)
{
  Instance *instance = g_new0 (Instance, 1);

  instance->uri = uri;
  instance->moid = g_strdup (moid);
  instance->name = g_strndup (name->name, name->length);
  instance->rights = rights;
  instance->acl = acl != NULL ? oma_acl_ref (acl) : NULL;
  return instance;
}

static void
take_instance (OmaInstanceWalk *walk, const OmaLookup *lookup, const char *moid)
{
  Find *find = walk->user_data;
  OmaObjectRights rights;

  if (walk->uri.n_segments == 0 || !is_provisioned (find->query, moid) || is_in_inbox (walk, lookup))
    return;
  rights = find_rights (walk->job, &walk->uri, lookup);
  if (rights == 0)
    return;
  g_ptr_array_add (find->instances,
                   instance_new (oma_uri_to_string (&walk->uri), moid, &walk->uri.segments[walk->uri.n_segments - 1],
                                 rights, oma_node_get_effective_acl (lookup->nearest, walk->job->work->change)));
}

/* The MIID of an instance that shares its name: a part of @uri. */
static const char *
get_path_miid (const char *uri)
{
  return g_str_has_prefix (uri, "./") ? uri + 2 : uri;
}

static void
name_instances (Find *find)
{
  g_autoptr(GHashTable) seen = NULL;

  if (find->instances->len == 1)
    {
      Instance *only = g_ptr_array_index (find->instances, 0);

      only->miid = g_strdup (only->name);
      return;
    }
  seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < find->instances->len; i++)
    {
      Instance *instance = g_ptr_array_index (find->instances, i), *other;
      g_autofree char *key = oma_client_uri_make (instance->moid, instance->name, NULL);

      other = g_hash_table_lookup (seen, key);
      if (other == NULL)
        {
          instance->miid = g_strdup (instance->name);
          g_hash_table_insert (seen, g_steal_pointer (&key), instance);
          continue;
        }
      instance->miid = g_strdup (get_path_miid (instance->uri));
      g_free (other->miid);
      other->miid = g_strdup (get_path_miid (other->uri));
    }
}

/* Only instances of the name that is sought have to be looked for, if it is no path. */
static void
find_instances (Find *find)
{
  const OmaClientUri *uri = find->query->uri;
  OmaInstanceWalk walk = {
    .job = find->job, .take = take_instance, .user_data = find, .uri = OMA_URI_INIT,
  };

  if (uri != NULL && !is_provisioned (find->query, uri->moid))
    return;
  if (uri != NULL && !oma_delegation_is_meant (uri))
    walk.moid = uri->moid;
  if (walk.moid != NULL && uri->instance.kind == OMA_CLIENT_SEGMENT_NAME && strchr (uri->instance.name, '/') == NULL)
    walk.name = uri->instance.name;
  oma_instances_walk (&walk);
  find->waits |= walk.waits;
  note (find, walk.failure);
  name_instances (find);
}

/* ---- Nodes ---- */

static void
add_found (Find *find, const char *uri, gboolean exists)
{
  const Instance *instance = find->instance;
  OmaObjectNode *node = g_new0 (OmaObjectNode, 1);

  g_ptr_array_add (find->path, NULL);
  node->uri = g_strdup (uri);
  node->client_uri = oma_client_uri_make (instance->moid, instance->miid, (const char *const *) find->path->pdata);
  g_ptr_array_set_size (find->path, find->path->len - 1);
  node->root = g_strdup (instance->uri);
  node->moid = g_strdup (instance->moid);
  node->miid = g_strdup (instance->miid);
  node->name = g_strdup (find->path->len > 0 ? g_ptr_array_index (find->path, find->path->len - 1) : instance->name);
  node->rights = instance->rights;
  node->exists = exists;
  node->acl = instance->acl != NULL ? oma_acl_ref (instance->acl) : NULL;
  g_ptr_array_add (find->found, node);
}

/* Whether the node is there; *target is to be cleared in any case. */
static gboolean
resolve (Find *find, OmaTarget *target, const char *uri)
{
  GError *error = NULL;
  gboolean exists = oma_target_resolve (target, find->job, uri, &error) && target->exists;

  note (find, error);
  return exists;
}

static gboolean
condition_holds (Find *find, const char *uri, const OmaClientCondition *condition)
{
  g_autoptr(GString) text = g_string_new (uri);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(OmaValue) value = NULL;
  const gsize length = strlen (condition->value);
  GError *error = NULL;

  for (char **name = condition->path; *name != NULL; name++)
    oma_uri_append_segment (text, *name, -1);
  if (!resolve (find, &target, text->str) || !oma_job_may_get (find->job, &target.lookup) ||
      oma_lookup_is_interior (&target.lookup))
    return FALSE;
  value = oma_uri_read_value (&target.uri, &target.lookup, find->job, &error);
  note (find, error);
  return value != NULL && oma_value_get_size (value) == length &&
         (length == 0 || memcmp (oma_value_get_data (value, NULL), condition->value, length) == 0);
}

/* Whether all conditions of the letter hold for the node. */
static gboolean
is_meant (Find *find, const char *uri, char letter)
{
  const GArray *conditions = find->query->uri->conditions;

  for (guint i = 0; i < conditions->len; i++)
    {
      const OmaClientCondition *condition = &g_array_index (conditions, OmaClientCondition, i);

      if (condition->letter == letter && !condition_holds (find, uri, condition))
        return FALSE;
    }
  return TRUE;
}

static void follow (Find *find, const char *uri, guint depth);

static void
follow_name (Find *find, const char *uri, const char *name, guint depth)
{
  g_autofree char *child = oma_document_append_name (uri, name);

  g_ptr_array_add (find->path, (gpointer) name);
  follow (find, child, depth + 1);
  g_ptr_array_set_size (find->path, find->path->len - 1);
}

static void
follow_any (Find *find, const char *uri, char letter, guint depth)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(GPtrArray) names = NULL;
  GError *error = NULL;

  if (!resolve (find, &target, uri) || !oma_lookup_is_interior (&target.lookup) ||
      !oma_job_may_get (find->job, &target.lookup))
    return;
  names = oma_uri_list_children (&target.uri, &target.lookup, find->job, FALSE, &error);
  note (find, error);
  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      g_autofree char *child = oma_document_append_name (uri, g_ptr_array_index (names, i));

      if (letter == '\0' || is_meant (find, child, letter))
        follow_name (find, uri, g_ptr_array_index (names, i), depth);
    }
}

/* The end of the path: a node that may have to be made needs only one above it. */
static void
finish (Find *find, const char *uri)
{
  const GArray *path = find->query->uri->path;
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autofree char *parent = NULL;
  gboolean exists = resolve (find, &target, uri);

  if (!exists && path->len > 0 && find->query->for_creation &&
      g_array_index (path, OmaClientSegment, path->len - 1).kind == OMA_CLIENT_SEGMENT_NAME)
    {
      g_auto(OmaTarget) above = OMA_TARGET_INIT;

      parent = g_strndup (uri, strrchr (uri, '/') - uri);
      if (!resolve (find, &above, parent))
        return;
    }
  else if (!exists)
    return;
  if (find->found->len < OMA_OBJECTS_MAX_NODES)
    add_found (find, uri, exists);
  else
    find->too_many = TRUE;
}

static void
follow (Find *find, const char *uri, guint depth)
{
  const GArray *path = find->query->uri->path;
  const OmaClientSegment *segment;

  if (depth == path->len)
    {
      finish (find, uri);
      return;
    }
  segment = &g_array_index (path, OmaClientSegment, depth);
  if (segment->kind == OMA_CLIENT_SEGMENT_NAME)
    follow_name (find, uri, segment->name, depth);
  else
    follow_any (find, uri, segment->letter, depth);
}

/* ---- Which instance ---- */

static gboolean
instance_is_meant (Find *find, const Instance *instance)
{
  const OmaClientSegment *segment = &find->query->uri->instance;

  switch (segment->kind)
    {
    case OMA_CLIENT_SEGMENT_NAME:
      return strcmp (segment->name, instance->miid) == 0 || strcmp (segment->name, get_path_miid (instance->uri)) == 0;
    case OMA_CLIENT_SEGMENT_LETTER:
      return is_meant (find, instance->uri, segment->letter);
    case OMA_CLIENT_SEGMENT_ONLY:
      return find->instances->len == 1;
    case OMA_CLIENT_SEGMENT_ANY:
    default:
      return TRUE;
    }
}

static OmaObjectRights
find_rights_to_make (OmaJob *job, const char *parent)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, parent, NULL))
    return 0;
  oma_tree_lookup (job->work->executor->tree, &uri, job->work->change, &lookup);
  return oma_rights_are_granted (&job->work->rights, lookup.nearest, job->work->change, OMA_ACCESS_ADD)
           ? OMA_OBJECT_RIGHT_WRITE : 0;
}

static void
add_place (Find *find, const char *parent, const char *name)
{
  const OmaUriSegment segment = { name, strlen (name) };
  Instance *instance = instance_new (oma_document_append_name (parent, name), find->query->uri->moid, &segment,
                                     find_rights_to_make (find->job, parent), NULL);

  instance->miid = g_strdup (name);
  g_ptr_array_add (find->instances, instance);
  find->instance = instance;
  add_found (find, instance->uri, FALSE);
}

/* An instance that is not there, where its DDF lets it be made.  Our reading: its MIID is the server's choice if the
 * server names one. */
static void
find_place (Find *find)
{
  const OmaClientUri *uri = find->query->uri;
  const char *wanted = uri->instance.name;
  g_autofree char *name = NULL;
  g_autofree char *parent = oma_instances_find_place (find->job->work->executor->tree, uri->moid, &name);

  if (parent != NULL && (name == NULL || strcmp (name, wanted) == 0) && is_provisioned (find->query, uri->moid) &&
      oma_uri_name_is_valid (wanted, strlen (wanted)))
    add_place (find, parent, wanted);
}

static gboolean
is_miid (const Find *find, const char *name)
{
  for (guint i = 0; i < find->instances->len; i++)
    if (strcmp (((Instance *) g_ptr_array_index (find->instances, i))->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Whether no node has the name, nor will have it, nor has an instance elsewhere. */
static gboolean
is_free (Find *find, const char *parent, const char *name)
{
  g_autofree char *uri = oma_document_append_name (parent, name);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;

  return !g_hash_table_contains (find->query->taken, uri) && !is_miid (find, name) &&
         !resolve (find, &target, uri);
}

/* A new instance, or the only one there can be. */
static void
find_new_place (Find *find)
{
  const OmaClientUri *uri = find->query->uri;
  g_autofree char *fixed = NULL;
  g_autofree char *parent = oma_instances_find_place (find->job->work->executor->tree, uri->moid, &fixed);

  if (!is_provisioned (find->query, uri->moid))
    return;
  if (parent == NULL && find->instances->len == 1)
    {
      find->instance = g_ptr_array_index (find->instances, 0);
      add_found (find, find->instance->uri, TRUE);
    }
  else if (parent != NULL && fixed != NULL)
    add_place (find, parent, fixed);
  for (guint i = 1; parent != NULL && fixed == NULL && find->found->len == 0 && !find->waits && find->failure == NULL; i++)
    {
      g_autofree char *name = g_strdup_printf (NEW_MIID, i);

      if (is_free (find, parent, name) && !find->waits)
        add_place (find, parent, name);
    }
}

static void
find_nodes (Find *find)
{
  const OmaClientUri *uri = find->query->uri;
  gboolean known = FALSE;

  if (find->query->taken != NULL && uri->instance.kind == OMA_CLIENT_SEGMENT_ONLY && uri->path->len == 0)
    {
      find_new_place (find);
      return;
    }
  for (guint i = 0; i < find->instances->len; i++)
    {
      find->instance = g_ptr_array_index (find->instances, i);
      if (!instance_is_meant (find, find->instance))
        continue;
      known = TRUE;
      follow (find, find->instance->uri, 0);
    }
  if (!known && find->query->for_creation && uri->instance.kind == OMA_CLIENT_SEGMENT_NAME && uri->path->len == 0 &&
      !find->waits)
    find_place (find);
}

static void
find_roots (Find *find)
{
  for (guint i = 0; i < find->instances->len; i++)
    {
      find->instance = g_ptr_array_index (find->instances, i);
      add_found (find, find->instance->uri, TRUE);
    }
}

/* The access control object speaks of all others. */
static void
find_delegation (Find *find)
{
  const OmaObjectQuery *query = find->query;
  g_autoptr(GPtrArray) roots = find->found;

  find->found = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_object_node_free);
  if (query->uri != NULL)
    oma_delegation_find (roots, query->uri, query->for_creation, find->found);
  else
    {
      g_ptr_array_extend (find->found, roots, NULL, NULL);
      if (is_provisioned (query, OMA_DELEGATION_MOID))
        oma_delegation_list (roots, find->found);
      g_ptr_array_set_free_func (roots, NULL);
    }
}

/* A plugin that fails is no news where others have what is sought. */
static gboolean
conclude (Find *find, GError **error)
{
  OmaOperation *operation = find->job->operation;

  if (find->too_many)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "it names too many nodes", error);
  if (find->failure != NULL && find->found->len == 0 && find->query->uri != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&find->failure));
      return FALSE;
    }
  if (find->failure != NULL)
    g_info ("What a plugin has is left out: %s", find->failure->message);
  if (find->found->len == 0 && find->query->uri != NULL)
    return oma_operation_refuse (UNRESOLVED, "it names no node", error);
  operation->objects = g_ptr_array_ref (find->found);
  return TRUE;
}

/* Internal: finds management objects or nodes of them; an OmaJobRun. */
gboolean
oma_operation_find_objects (OmaJob *job, GError **error)
{
  g_autoptr(GPtrArray) instances = g_ptr_array_new_with_free_func (instance_free);
  g_autoptr(GPtrArray) path = g_ptr_array_new ();
  const OmaClientUri *uri = job->operation->query->uri;
  Find find = {
    .job = job, .query = job->operation->query, .instances = instances, .path = path,
    .found = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_object_node_free),
  };
  gboolean ok;

  find_instances (&find);
  if (!find.waits && uri != NULL && !oma_delegation_is_meant (uri))
    find_nodes (&find);
  else if (!find.waits)
    {
      find_roots (&find);
      find_delegation (&find);
    }
  ok = !find.waits && conclude (&find, error);
  g_ptr_array_unref (find.found);
  g_clear_error (&find.failure);
  return ok;
}
