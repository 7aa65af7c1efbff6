/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-value-private.h"
#include "codec/oma-mo-data.h"
#include "session/oma-decoded-value.h"
#include "session/oma-delegation.h"
#include "session/oma-instances.h"
#include "session/oma-objects-private.h"
#include "session/oma-operation.h"

#include <string.h>

/* MO data into the tree (DM Protocol 2.0, HGET): one atomic unit of work, which is rehearsed like an Atomic of DM 1.x,
 * see oma_work_set_rehearsal(), so that a plugin is called only when all of it has passed the rules.
 *
 * Where the text leaves room (our reading):
 *
 * - What is at the target is replaced, also where the data say where they go.
 * - Data for a ClientURI are one part, whose own ClientURI does not count.  It must name one node: 409.
 * - A TNDS document without ClientURI has one top node: it is for the object that its Type says, and the instance of its
 *   name; Path does not count.
 * - Who makes an instance gets all rights on it, beside those that its ACL gives otherwise. */

#define CREATOR_RIGHTS OMA_OBJECT_RIGHTS_ALL

/* What is done with each part, one after the other. */
typedef enum {
  STEP_PLACE,       /* finds out where it goes */
  STEP_DECODE,      /* large values that came as text */
  STEP_WRITE,
  STEP_LOOK,        /* at a new instance */
  STEP_SET_ACL,
} Step;

/**
 * Place:
 * @uri: (nullable): what the part itself says of where it goes
 * @node: (nullable): that is where it goes
 * @acl: (nullable): the ACL that its root is to have
 *
 * A part on its way.
 */
typedef struct {
  OmaClientUri  *uri;
  OmaObjectNode *node;
  char          *acl;
} Place;

typedef struct {
  OmaObjectsRun       run;
  const OmaClientUri *uri;         /* (nullable) */
  GPtrArray          *parts;       /* (element-type OmaMoPart) */
  Place              *places;      /* of each part */
  GHashTable         *taken;       /* URIs of instances that are made */
  gboolean            rehearses;
  guint               next;
  Step                step;
  char               *acl_uri;     /* of the operation */
  OmaClientUri       *look_uri;
  GError             *failure;
} Put;

static void
put_free (gpointer data)
{
  Put *put = data;

  oma_objects_run_clear (&put->run);
  for (guint i = 0; i < put->parts->len; i++)
    {
      g_clear_pointer (&put->places[i].uri, oma_client_uri_free);
      oma_object_node_free (put->places[i].node);
      g_free (put->places[i].acl);
    }
  g_free (put->places);
  g_ptr_array_unref (put->parts);
  g_hash_table_unref (put->taken);
  g_free (put->acl_uri);
  g_clear_pointer (&put->look_uri, oma_client_uri_free);
  g_clear_error (&put->failure);
  g_free (put);
}

static const OmaTnds *
get_document (const Put *put)
{
  return ((OmaMoPart *) g_ptr_array_index (put->parts, put->next))->document;
}

static gboolean
refuse (OmaStatus status, const char *reason, GError **error)
{
  return oma_operation_refuse (status, reason, error);
}

/* ---- Where a part goes ---- */

/* (transfer full) (nullable): the ClientURI that a TNDS document of one object stands for. */
static char *
make_uri_of_document (const OmaTnds *document)
{
  const OmaTndsNode *top = document->nodes->len > 0 ? g_ptr_array_index (document->nodes, 0) : NULL;

  if (top == NULL || top->type == NULL || *top->type == '\0')
    return NULL;
  for (guint i = 1; i < document->nodes->len; i++)
    if (((const OmaTndsNode *) g_ptr_array_index (document->nodes, i))->parent < 0)
      return NULL;
  return oma_client_uri_make (top->type, top->name, NULL);
}

/* An example of the specification leaves "urn:" out, and so do some who follow it. */
static void
complete_moid (const Put *put, OmaClientUri *uri)
{
  OmaTree *tree = oma_executor_get_tree (put->run.objects->executor);
  g_autofree char *whole = g_strconcat ("urn:", uri->moid, NULL);

  if (g_str_has_prefix (uri->moid, "urn:") || oma_instances_are_described (tree, uri->moid))
    return;
  if (!oma_instances_are_described (tree, whole) && strcmp (whole, OMA_DELEGATION_MOID) != 0)
    return;
  g_free (uri->moid);
  uri->moid = g_steal_pointer (&whole);
}

/* (transfer full) (nullable): what the part says of where it goes; data of an access control object may say it by what
 * they are about. */
static OmaClientUri *
parse_uri_of_part (const Put *put, GError **error)
{
  const OmaMoPart *part = g_ptr_array_index (put->parts, put->next);
  g_autofree char *text = part->client_uri != NULL ? g_strdup (part->client_uri) : make_uri_of_document (part->document);
  g_autoptr(OmaClientUri) uri = NULL;
  g_autoptr(GError) failure = NULL;

  if (text == NULL)
    {
      refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "the data do not say of which object they are", error);
      return NULL;
    }
  uri = oma_client_uri_parse (text, &failure);
  if (uri != NULL)
    complete_moid (put, uri);
  if (uri != NULL && uri->instance.kind == OMA_CLIENT_SEGMENT_ONLY && uri->path->len == 0 &&
      oma_delegation_is_meant (uri))
    {
      g_free (text);
      text = oma_delegation_find_instance (part->document);
      g_clear_pointer (&uri, oma_client_uri_free);
      uri = text != NULL ? oma_client_uri_parse (text, &failure) : NULL;
    }
  if (uri == NULL)
    refuse (OMA_STATUS_UNSUPPORTED_FORMAT, failure != NULL ? failure->message : "it is not said what it is about", error);
  else if (oma_client_uri_is_multiple (uri))
    refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "data are of one node", error);
  else
    return g_steal_pointer (&uri);
  return NULL;
}

static gboolean
begin_place (Put *put, Place *place, GError **error)
{
  if (put->uri == NULL)
    {
      place->uri = parse_uri_of_part (put, error);
      if (place->uri == NULL)
        return FALSE;
    }
  oma_objects_run_seek (&put->run, place->uri != NULL ? place->uri : put->uri, TRUE);
  put->run.query.taken = put->uri == NULL ? put->taken : NULL;
  return TRUE;
}

static gboolean
take_place (Put *put, Place *place, GError **error)
{
  GPtrArray *found = put->run.operation.objects;
  OmaObjectNode *node = g_ptr_array_index (found, 0);

  if (found->len > 1)
    return refuse (OMA_STATUS_CONFLICT, "the data have more than one place to go", error);
  if ((node->rights & OMA_OBJECT_RIGHT_WRITE) == 0)
    return refuse (OMA_STATUS_FORBIDDEN, node->view != NULL ? "the right to delegate is missing"
                                                            : "the right to write is missing", error);
  place->node = g_steal_pointer (&g_ptr_array_index (found, 0));
  if (!node->exists && strcmp (node->uri, node->root) == 0)
    g_hash_table_add (put->taken, g_strdup (node->uri));
  if (node->view == NULL)
    return TRUE;
  place->acl = oma_delegation_make_acl (node, get_document (put), error);
  return place->acl != NULL;
}

/* ---- Large values ---- */

/* Whether it is base64 text in a file, and its node is of octets. */
static gboolean
is_text_of_octets (const Put *put, const OmaTnds *document, const OmaTndsNode *node)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  g_autoptr(GString) text = NULL;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (node->value == NULL || node->is_octets || !oma_value_is_large (node->value))
    return FALSE;
  for (; node->parent >= 0; node = g_ptr_array_index (document->nodes, node->parent))
    g_ptr_array_insert (names, 0, node->name);
  text = g_string_new (put->places[put->next].node->uri);
  for (guint i = 0; i < names->len; i++)
    oma_uri_append_segment (text, g_ptr_array_index (names, i), -1);
  if (!oma_uri_parse (&uri, text->str, NULL))
    return FALSE;
  oma_tree_lookup (oma_executor_get_tree (put->run.objects->executor), &uri, NULL, &lookup);
  return lookup.schema != NULL && lookup.schema->format == OMA_FORMAT_BIN;
}

/* The next one of the part; each becomes the octets for which it stands, once for all passes. */
static OmaTndsNode *
find_text_of_octets (const Put *put)
{
  const OmaTnds *document = get_document (put);

  for (guint i = 0; put->run.objects->spool != NULL && i < document->nodes->len; i++)
    if (is_text_of_octets (put, document, g_ptr_array_index (document->nodes, i)))
      return g_ptr_array_index (document->nodes, i);
  return NULL;
}

/* ---- What is done there ---- */

static void
begin_write (Put *put, const Place *place)
{
  oma_operation_clear (&put->run.operation);
  put->run.operation = (OmaOperation) {
    .type = place->node->exists ? OMA_OPERATION_REPLACE : OMA_OPERATION_ADD,
    .uri = place->node->uri,
    .document = get_document (put),
    .id = put->next,
  };
}

static void
begin_look (Put *put, const Place *place)
{
  g_clear_pointer (&put->look_uri, oma_client_uri_free);
  put->look_uri = oma_client_uri_parse (place->node->client_uri, NULL);
  oma_objects_run_seek (&put->run, put->look_uri, FALSE);
}

/* Whether the server that made the instance must be given rights. */
static void
take_look (Put *put, Place *place)
{
  const OmaObjectNode *made = g_ptr_array_index (put->run.operation.objects, 0);
  g_autoptr(OmaAcl) acl = NULL;

  g_clear_pointer (&place->acl, g_free);
  if (put->run.objects->server_id == NULL)
    return;
  acl = oma_acl_with_server (made->acl, oma_object_rights_get_commands (CREATOR_RIGHTS), put->run.objects->server_id);
  if (acl != NULL && acl != made->acl)
    place->acl = g_strdup (oma_acl_get_text (acl));
}

static void
begin_set_acl (Put *put, const Place *place)
{
  g_free (put->acl_uri);
  put->acl_uri = g_strconcat (place->node->root, "?prop=ACL", NULL);
  oma_operation_clear (&put->run.operation);
  put->run.operation = (OmaOperation) {
    .type = OMA_OPERATION_REPLACE,
    .uri = put->acl_uri,
    .data = place->acl,
    .length = strlen (place->acl),
    .id = put->next,
  };
}

/* ---- One after the other ---- */

static gboolean
makes_instance (const Place *place)
{
  return !place->node->exists && strcmp (place->node->uri, place->node->root) == 0;
}

/* What comes behind a step, until the part is through. */
static gboolean
is_needed (const Put *put, const Place *place, Step step)
{
  switch (step)
    {
    case STEP_PLACE:
      return place->node == NULL;
    case STEP_DECODE:
      return place->node->view == NULL && find_text_of_octets (put) != NULL;
    case STEP_WRITE:
      return place->node->view == NULL;
    case STEP_LOOK:
      return makes_instance (place) && place->node->view == NULL && put->run.objects->server_id != NULL;
    case STEP_SET_ACL:
    default:
      return place->acl != NULL;
    }
}

/* Goes to the next step that there is.  Returns: %FALSE when all parts are through */
static gboolean
find_step (Put *put)
{
  for (; put->next < put->parts->len; put->next++, put->step = STEP_PLACE)
    for (; put->step <= STEP_SET_ACL; put->step++)
      if (is_needed (put, &put->places[put->next], put->step))
        return TRUE;
  return FALSE;
}

static gboolean
begin_step (Put *put, GError **error)
{
  Place *place = &put->places[put->next];

  switch (put->step)
    {
    case STEP_PLACE:
      return begin_place (put, place, error);
    case STEP_DECODE:      /* takes longer */
    case STEP_WRITE:
      begin_write (put, place);
      return TRUE;
    case STEP_LOOK:
      begin_look (put, place);
      return TRUE;
    case STEP_SET_ACL:
    default:
      begin_set_acl (put, place);
      return TRUE;
    }
}

static gboolean
take_step (Put *put, GError **error)
{
  Place *place = &put->places[put->next];
  const Step step = put->step++;

  if (put->run.operation.error != NULL)
    {
      g_propagate_error (error, g_error_copy (put->run.operation.error));
      return FALSE;
    }
  if (step == STEP_PLACE)
    return take_place (put, place, error);
  if (step == STEP_LOOK)
    take_look (put, place);
  return TRUE;
}

/* ---- The unit of work ---- */

static char **
list_uris (const Put *put)
{
  char **uris = g_new0 (char *, put->parts->len + 1);

  for (guint i = 0; i < put->parts->len; i++)
    uris[i] = g_strdup (put->places[i].node->client_uri);
  return uris;
}

static void
rolled_back_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Put *put = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (!oma_work_roll_back_finish (put->run.work, result, &error))
    {
      g_warning ("Could not undo what MO data began: %s", error->message);
      g_task_return_error (task, g_steal_pointer (&error));
    }
  else
    g_task_return_error (task, g_steal_pointer (&put->failure));
}

/* Takes @error. */
static void
fail (GTask *task, GError *error)
{
  Put *put = g_task_get_task_data (task);

  g_clear_error (&put->failure);
  put->failure = error;
  oma_work_roll_back_async (put->run.work, rolled_back_cb, task);
}

static void
committed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Put *put = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (oma_work_commit_finish (put->run.work, result, &error))
    g_task_return_pointer (task, list_uris (put), (GDestroyNotify) g_strfreev);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void put_on (GTask *task);

static void
applied_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Put *put = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (!oma_work_apply_finish (put->run.work, result, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  put->rehearses = FALSE;
  put->next = 0;
  put->step = STEP_PLACE;
  put_on (task);
}

static void
settle (GTask *task)
{
  Put *put = g_task_get_task_data (task);

  if (put->rehearses && oma_work_held_back (put->run.work))
    oma_work_apply_async (put->run.work, applied_cb, task);
  else
    oma_work_commit_async (put->run.work, NULL, committed_cb, task);
}

static void
decoded_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Put *put = g_task_get_task_data (task);
  OmaTndsNode *node = find_text_of_octets (put);
  GError *error = NULL;
  OmaValue *value = oma_decoded_value_make_finish (result, &error);

  if (value == NULL)
    {
      fail (task, error);
      return;
    }
  oma_value_unref (node->value);
  node->value = value;
  node->size = oma_value_get_size (value);
  node->is_octets = TRUE;
  put_on (task);
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (take_step (g_task_get_task_data (task), &error))
    put_on (task);
  else
    fail (task, error);
}

static void
put_on (GTask *task)
{
  Put *put = g_task_get_task_data (task);
  GError *error = NULL;

  while (find_step (put))
    {
      if (put->step == STEP_DECODE)
        {
          oma_decoded_value_make_async (find_text_of_octets (put)->value, put->run.objects->spool,
                                        put->run.objects->spool_data, g_task_get_cancellable (task), decoded_cb, task);
          return;
        }
      if (!begin_step (put, &error))
        {
          fail (task, error);
          return;
        }
      if (!oma_work_try_run (put->run.work, &put->run.operation))
        {
          oma_work_run_async (put->run.work, &put->run.operation, g_task_get_cancellable (task), step_cb, task);
          return;
        }
      if (!take_step (put, &error))
        {
          fail (task, error);
          return;
        }
    }
  settle (task);
}

static gboolean
check_parts (const OmaClientUri *uri, const GPtrArray *parts, GError **error)
{
  if (parts->len == 0)
    return refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "there are no MO data", error);
  if (uri != NULL && parts->len > 1)
    return refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "there are several parts for one ClientURI", error);
  if (uri != NULL && uri->cv != NULL)
    return refuse (OMA_STATUS_BAD_REQUEST, "a cache validator is for what is read", error);
  return TRUE;
}

/**
 * oma_objects_put_async:
 * @objects: the management objects of a server
 * @uri: (nullable): the node in whose place the data come; it must live until @callback is called.  %NULL: the data say
 *   where they go, and a part that names no instance makes a new one
 * @parts: (element-type OmaMoPart): MO data; a reference is kept until @callback is called.  Large values in them may
 *   become octets in place of text
 * @provisional: (nullable): as for oma_work_set_provisional()
 * @cancellable: (nullable): ends it, with nothing done, until it is committed
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Puts MO data into the tree, all or nothing (DM Protocol 2.0, HGET): what is at the target and is not in the data goes,
 * but for permanent nodes, which keep their values.  All is checked against the DDF, and plugins are only called when
 * nothing speaks against it.  The server needs the right to write, for the access control object that to delegate.
 */
void
oma_objects_put_async (OmaObjects *objects, const OmaClientUri *uri, GPtrArray *parts, OmaProvisional *provisional,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Put *put = g_new0 (Put, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, oma_objects_put_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, put, put_free);
  put->uri = uri;
  put->parts = g_ptr_array_ref (parts);
  put->places = g_new0 (Place, parts->len);
  put->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  put->rehearses = TRUE;
  oma_objects_run_init (&put->run, objects, TRUE);
  oma_work_set_atomic (put->run.work, TRUE);
  oma_work_set_rehearsal (put->run.work, TRUE);
  oma_work_set_provisional (put->run.work, provisional);
  if (objects->note_id != 0)
    oma_work_set_note (put->run.work, objects->note_id, objects->note_count);
  if (check_parts (uri, parts, &error))
    put_on (task);
  else
    fail (task, error);
}

/**
 * oma_objects_put_finish:
 * @objects: the management objects of a server
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_ERROR, and nothing was changed: %OMA_STATUS_NOT_FOUND for an object or a node
 *   that is not there; %OMA_STATUS_FORBIDDEN or %OMA_STATUS_PERMISSION_DENIED without the right; %OMA_STATUS_CONFLICT or
 *   %OMA_STATUS_ALREADY_EXISTS for too many nodes or places; %OMA_STATUS_NOT_ALLOWED for what cannot be written;
 *   %OMA_STATUS_UNSUPPORTED_FORMAT for data that are not those of the object; what a plugin or the store failed with.
 *   %OMA_STATUS_ATOMIC_ROLL_BACK_FAILED: something could not be undone
 *
 * Returns: (transfer full) (array zero-terminated=1): the ClientURI of each part
 */
char **
oma_objects_put_finish (OmaObjects *objects G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
