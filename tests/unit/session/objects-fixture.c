/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "objects-fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define A OMA_ACCESS_ADD
#define D OMA_ACCESS_DELETE
#define E OMA_ACCESS_EXEC
#define G OMA_ACCESS_GET
#define R OMA_ACCESS_REPLACE
#define ALL (A | D | G | R)

/* ---- The DDFs ---- */

static OmaSchemaNode *
describe (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access, guint max, gboolean permanent)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);

  node->access = access;
  node->min_occurrence = permanent ? 1 : 0;
  node->max_occurrence = max;
  node->permanent = permanent;
  if (parent != NULL)
    g_assert_true (oma_schema_node_add_child (parent, node, NULL));
  return node;
}

static OmaSchemaNode *
fixed (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access, const char *value)
{
  OmaSchemaNode *node = describe (parent, name, format, access, 1, TRUE);

  node->default_value = g_strdup (value);
  return node;
}

static OmaSchemaNode *
optional (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access)
{
  return describe (parent, name, format, access, 1, FALSE);
}

static OmaSchema *
make_schema (OmaSchemaNode *top)
{
  OmaSchema *schema = oma_schema_new ("objects.ddf.xml");

  oma_schema_add_root (schema, ".", top);
  return schema;
}

static OmaSchema *
make_net_schema (const char *name)
{
  static const char *const modes[] = { "auto", "manual", NULL };
  OmaSchemaNode *top = describe (NULL, name, OMA_FORMAT_NODE, A | G, 1, TRUE);
  OmaSchemaNode *net = describe (top, NULL, OMA_FORMAT_NODE, ALL, OMA_OCCURRENCE_UNBOUNDED, FALSE);
  OmaSchemaNode *list, *item;

  net->ddf_name = g_strdup (NET);
  optional (net, "ID", OMA_FORMAT_CHR, ALL);
  optional (net, "Count", OMA_FORMAT_INT, ALL);
  optional (net, "Flag", OMA_FORMAT_BOOL, ALL);
  optional (net, "Blob", OMA_FORMAT_BIN, ALL);
  optional (net, "Text", OMA_FORMAT_CHR, ALL);
  optional (net, "Secret", OMA_FORMAT_CHR, A | D | R);
  fixed (net, "State", OMA_FORMAT_CHR, G, "idle");
  fixed (net, "Mode", OMA_FORMAT_CHR, G | R, "auto")->constraint = oma_constraint_new_enum (modes);
  list = fixed (net, "Ops", OMA_FORMAT_NODE, G, NULL);
  fixed (list, "Restart", OMA_FORMAT_NULL, E, NULL);
  list = fixed (net, "If", OMA_FORMAT_NODE, A | G, NULL);
  item = describe (list, NULL, OMA_FORMAT_NODE, ALL, OMA_OCCURRENCE_UNBOUNDED, FALSE);
  optional (item, "Name", OMA_FORMAT_CHR, ALL);
  list = fixed (net, "Few", OMA_FORMAT_NODE, A | G, NULL);
  describe (list, NULL, OMA_FORMAT_CHR, ALL, 2, FALSE);
  return make_schema (top);
}

static OmaSchema *
make_device_schema (void)
{
  OmaSchemaNode *top = describe (NULL, "Dev", OMA_FORMAT_NODE, G, 1, TRUE);

  top->ddf_name = g_strdup (DEVICE);
  fixed (top, "SwV", OMA_FORMAT_CHR, G, "12.5");
  fixed (top, "Name", OMA_FORMAT_CHR, G | R, "box");
  optional (top, "Note", OMA_FORMAT_CHR, ALL);
  describe (top, "Slot", OMA_FORMAT_CHR, ALL, 1, TRUE)->min_occurrence = 0;
  return make_schema (top);
}

/* ---- The tree ---- */

/* What fixture_new_with() calls has no other way to know. */
static Backend chosen_backend;
static Plugin *chosen_plugin;

static void
mount (Fixture *fixture, OmaSchema *schema)
{
  g_autoptr(GError) error = NULL;

  oma_tree_mount (fixture->tree, schema, NULL, NULL, OMA_MOUNT_DEFAULT, &error);
  g_assert_no_error (error);
  oma_schema_unref (schema);
}

static void
mount_objects (Fixture *fixture)
{
  g_autoptr(OmaSchema) net = make_net_schema ("Net");

  if (chosen_backend == SERVED_BY_STORE)
    mount (fixture, oma_schema_ref (net));
  else
    chosen_plugin = fixture_mount_plugin (fixture, net, chosen_backend == SERVED_BY_TRANSACTIONS);
  mount (fixture, make_net_schema ("Other"));
  mount (fixture, make_device_schema ());
}

static void
add (ObjectsFixture *fixture, const char *uri, OmaFormat format, const char *text)
{
  prepare (fixture->fixture, OMA_OPERATION_ADD, uri, format, text);
}

ObjectsFixture *
objects_fixture_new (Backend backend)
{
  ObjectsFixture *fixture = g_new0 (ObjectsFixture, 1);

  chosen_backend = backend;
  chosen_plugin = NULL;
  fixture->fixture = fixture_new_with (SERVED_BY_STORE, mount_objects);
  fixture->plugin = chosen_plugin;
  fixture->objects = oma_objects_new (fixture->fixture->executor, SERVER, NULL);
  add (fixture, "./Net/a", OMA_FORMAT_NODE, NULL);
  add (fixture, "./Net/a/ID", OMA_FORMAT_NONE, "eth");
  add (fixture, "./Net/a/If/1", OMA_FORMAT_NODE, NULL);
  add (fixture, "./Net/a/If/1/Name", OMA_FORMAT_NONE, "e0");
  add (fixture, "./Net/a/If/2", OMA_FORMAT_NODE, NULL);
  add (fixture, "./Net/a/If/2/Name", OMA_FORMAT_NONE, "e1");
  add (fixture, "./Net/a/Secret", OMA_FORMAT_NONE, "hush");
  add (fixture, "./Net/b", OMA_FORMAT_NODE, NULL);
  add (fixture, "./Net/b/ID", OMA_FORMAT_NONE, "wifi");
  add (fixture, "./Net/b/If/1", OMA_FORMAT_NODE, NULL);
  add (fixture, "./Net/b/If/1/Name", OMA_FORMAT_NONE, "w0");
  if (fixture->plugin != NULL)
    g_string_truncate (fixture->plugin->log, 0);
  fixture->fixture->journal->n_puts = fixture->fixture->journal->n_ends = 0;
  return fixture;
}

void
objects_fixture_free (ObjectsFixture *fixture)
{
  oma_objects_free (fixture->objects);
  fixture_free (fixture->fixture);
  g_free (fixture);
}

void
set_acl (ObjectsFixture *fixture, const char *uri, const char *acl)
{
  g_autofree char *property = g_strconcat (uri, "?prop=ACL", NULL);

  prepare (fixture->fixture, OMA_OPERATION_REPLACE, property, OMA_FORMAT_NONE, acl);
}

static char *
get (ObjectsFixture *fixture, const char *uri)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_device);

  return get_text (work, uri);
}

char *
get_acl (ObjectsFixture *fixture, const char *uri)
{
  g_autofree char *property = g_strconcat (uri, "?prop=ACL", NULL);

  return get (fixture, property);
}

char *
get_value (ObjectsFixture *fixture, const char *uri)
{
  return get (fixture, uri);
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* (transfer full): the lines of @array, sorted. */
static char *
join (GPtrArray *array)
{
  g_ptr_array_sort (array, compare_strings);
  g_ptr_array_add (array, NULL);
  return g_strjoinv (" ", (char **) array->pdata);
}

static const char *
to_text (const OmaValue *value)
{
  return oma_value_get_size (value) < 100 ? oma_value_get_text (value) : "(large)";
}

static char *
nodes_to_text (const OmaNodeList *nodes)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; nodes != NULL && i < oma_node_list_get_length (nodes); i++)
    {
      const OmaValue *value = oma_node_list_get_value (nodes, i);

      g_ptr_array_add (lines, value != NULL ? g_strdup_printf ("%s=%s", oma_node_list_get_uri (nodes, i), to_text (value))
                                            : g_strdup_printf ("%s/", oma_node_list_get_uri (nodes, i)));
    }
  return join (lines);
}

/* All that is in the tree, with ACLs. */
char *
describe_nodes (ObjectsFixture *fixture)
{
  static const char *const tops[] = { "./Net", "./Other", "./Dev" };
  static const char *const roots[] = { "./Net", "./Net/a", "./Net/b", "./Dev" };
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tops); i++)
    {
      g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_device);
      g_auto(OmaOperation) read = { .type = OMA_OPERATION_READ, .uri = tops[i] };
      g_autofree char *nodes = NULL;

      g_assert_cmpint (run (work, &read), ==, OMA_STATUS_OK);
      nodes = nodes_to_text (read.nodes);
      g_string_append_printf (text, "%s: %s\n", tops[i], nodes);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      g_autofree char *acl = get_acl (fixture, roots[i]);

      g_string_append_printf (text, "%s: %s\n", roots[i], acl);
    }
  return g_string_free (text, FALSE);
}

/* The same, and all that the plugin has, also what is there anyway. */
char *
describe_tree (ObjectsFixture *fixture)
{
  g_autofree char *nodes = describe_nodes (fixture);
  g_autofree char *plugin = fixture->plugin != NULL ? plugin_describe (fixture->plugin) : g_strdup ("");

  return g_strconcat (nodes, plugin, NULL);
}

/* ---- Calls ---- */

typedef struct {
  OmaObjects   *objects;
  GAsyncResult *result;
  gboolean      done;
} Waiting;

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->result = g_object_ref (result);
  waiting->done = TRUE;
}

static void
await (Waiting *waiting)
{
  g_assert_false (waiting->done);
  iterate_until (&waiting->done);
}

GPtrArray *
list_objects (OmaObjects *objects)
{
  Waiting waiting = { .objects = objects };
  g_autoptr(GError) error = NULL;
  GPtrArray *list;

  oma_objects_list_async (objects, NULL, done_cb, &waiting);
  await (&waiting);
  list = oma_objects_list_finish (objects, waiting.result, &error);
  g_assert_no_error (error);
  g_object_unref (waiting.result);
  return list;
}

GPtrArray *
resolve_nodes (OmaObjects *objects, const char *uri, gboolean for_creation, GError **error)
{
  g_autoptr(OmaClientUri) parsed = oma_client_uri_parse (uri, error);
  Waiting waiting = { .objects = objects };
  GPtrArray *nodes;

  if (parsed == NULL)
    return NULL;
  oma_objects_resolve_async (objects, parsed, for_creation, NULL, done_cb, &waiting);
  await (&waiting);
  nodes = oma_objects_resolve_finish (objects, waiting.result, error);
  g_object_unref (waiting.result);
  return nodes;
}

GPtrArray *
read_nodes (OmaObjects *objects, const char *uri, GError **error)
{
  g_autoptr(OmaClientUri) parsed = oma_client_uri_parse (uri, error);
  Waiting waiting = { .objects = objects };
  GPtrArray *data;

  if (parsed == NULL)
    return NULL;
  oma_objects_read_async (objects, parsed, NULL, done_cb, &waiting);
  await (&waiting);
  data = oma_objects_read_finish (objects, waiting.result, error);
  g_object_unref (waiting.result);
  return data;
}

char **
put_parts (OmaObjects *objects, const char *uri, GPtrArray *parts, GError **error)
{
  g_autoptr(OmaClientUri) parsed = uri != NULL ? oma_client_uri_parse (uri, error) : NULL;
  Waiting waiting = { .objects = objects };
  char **uris;

  if (uri != NULL && parsed == NULL)
    return NULL;
  oma_objects_put_async (objects, parsed, parts, NULL, NULL, done_cb, &waiting);
  await (&waiting);
  uris = oma_objects_put_finish (objects, waiting.result, error);
  g_object_unref (waiting.result);
  return uris;
}

/* ---- As text ---- */

static char *
error_to_text (const GError *error)
{
  g_assert_true (error->domain == OMA_STATUS_ERROR);
  return g_strdup_printf ("%d", error->code);
}

/* The ClientURIs, or the status. */
char *
resolve_to_text (OmaObjects *objects, const char *uri)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) nodes = resolve_nodes (objects, uri, FALSE, &error);
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  if (nodes == NULL)
    return error_to_text (error);
  for (guint i = 0; i < nodes->len; i++)
    g_ptr_array_add (lines, g_strdup (((OmaObjectNode *) g_ptr_array_index (nodes, i))->client_uri));
  return join (lines);
}

char *
list_to_text (OmaObjects *objects)
{
  g_autoptr(GPtrArray) list = list_objects (objects);
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < list->len; i++)
    {
      const OmaDm2Object *object = g_ptr_array_index (list, i);

      for (char **miid = object->miids; *miid != NULL; miid++)
        g_ptr_array_add (lines, g_strdup_printf ("%s/%s", object->moid, *miid));
    }
  return join (lines);
}

char *
read_to_text (OmaObjects *objects, const char *uri)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) data = read_nodes (objects, uri, &error);
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  if (data == NULL)
    return error_to_text (error);
  for (guint i = 0; i < data->len; i++)
    {
      const OmaObjectData *item = g_ptr_array_index (data, i);
      g_autofree char *nodes = nodes_to_text (item->nodes);

      g_ptr_array_add (lines, g_strdup_printf ("%s: %s", item->node->client_uri, item->not_modified ? "304" : nodes));
    }
  return join (lines);
}

int
make_file (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  FILE *file = tmpfile ();
  int fd = dup (fileno (file));

  fclose (file);
  return fd;
}

GPtrArray *
parse_parts (const char *media_type, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMoReader) reader = oma_mo_reader_new (media_type, make_file, NULL, &error);
  GPtrArray *parts;

  g_assert_no_error (error);
  oma_mo_reader_feed (reader, text, strlen (text), &error);
  g_assert_no_error (error);
  parts = oma_mo_reader_finish (reader, &error);
  g_assert_no_error (error);
  return parts;
}

char *
put_json (OmaObjects *objects, const char *uri, const char *json)
{
  g_autoptr(GPtrArray) parts = parse_parts (OMA_MO_DATA_TYPE_JSON, json);
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) uris = put_parts (objects, uri, parts, &error);

  if (uris == NULL)
    return error_to_text (error);
  return g_strjoinv (" ", uris);
}
