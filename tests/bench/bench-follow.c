/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What it costs to follow a service: a burst of notices, and the comparison of a followed subtree. */
#include "config.h"

#include "base/oma-status.h"
#include "service/oma-event-summary.h"
#include "session/oma-follower.h"
#include "store/oma-store.h"

#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

#define N_LEAVES 10

/* ---- A store that counts its writes ---- */

#define BENCH_TYPE_STORE (bench_store_get_type ())
G_DECLARE_FINAL_TYPE (BenchStore, bench_store, BENCH, STORE, GObject)

struct _BenchStore {
  GObject       parent_instance;
  OmaTreeStore *real;
  guint         n_writes;
};

static void bench_store_init_interface (OmaTreeStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BenchStore, bench_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_TREE_STORE, bench_store_init_interface))

static gboolean
load (OmaTreeStore *store, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  return oma_tree_store_load (BENCH_STORE (store)->real, func, user_data, error);
}

static gboolean
load_fingerprints (OmaTreeStore *store, OmaTreeStoreFingerprintFunc func, gpointer user_data, GError **error)
{
  return oma_tree_store_load_fingerprints (BENCH_STORE (store)->real, func, user_data, error);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (oma_tree_store_write_finish (OMA_TREE_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
write_async (OmaTreeStore *store, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  BENCH_STORE (store)->n_writes++;
  oma_tree_store_write_async (BENCH_STORE (store)->real, ops, cancellable, written_cb,
                              g_task_new (store, cancellable, callback, user_data));
}

static gboolean
write_finish (OmaTreeStore *store G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
bench_store_init_interface (OmaTreeStoreInterface *iface)
{
  iface->load = load;
  iface->load_fingerprints = load_fingerprints;
  iface->write_async = write_async;
  iface->write_finish = write_finish;
}

static void
bench_store_class_init (BenchStoreClass *klass G_GNUC_UNUSED)
{
}

static void
bench_store_init (BenchStore *store G_GNUC_UNUSED)
{
}

/* ---- The service ---- */

typedef struct {
  guint    n_children;
  guint    round;        /* values change with it */
  gboolean followed;
} Service;

static OmaHandlerFlags
get_flags (gpointer self, const OmaSchemaNode *schema)
{
  return ((Service *) self)->followed && schema->parent == NULL ? OMA_HANDLER_FOLLOWED : OMA_HANDLER_DEFAULT;
}

static void
read_all (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  const Service *service = self;
  OmaNodeList *nodes = oma_node_list_new ();

  oma_node_list_add (nodes, "", NULL);
  for (guint i = 0; i < service->n_children; i++)
    {
      g_autofree char *child = g_strdup_printf ("Child%u", i);

      oma_node_list_add (nodes, child, NULL);
      for (guint j = 0; j < N_LEAVES; j++)
        {
          g_autofree char *leaf = g_strdup_printf ("%s/Leaf%u", child, j);
          g_autofree char *text = g_strdup_printf ("a value of some length, %u", i + service->round);

          oma_node_list_add (nodes, leaf, oma_value_new_string (text));
        }
    }
  g_task_return_pointer (task, nodes, (GDestroyNotify) oma_node_list_free);
}

static const OmaNodeOps ops = { .get_flags = get_flags, .read = read_all };

static OmaSchema *
make_schema (void)
{
  OmaSchema *schema = oma_schema_new ("bench-follow");
  OmaSchemaNode *top = oma_schema_node_new ("Followed", OMA_FORMAT_NODE);
  OmaSchemaNode *child = oma_schema_node_new (NULL, OMA_FORMAT_NODE);

  top->access = child->access = OMA_ACCESS_GET;
  top->permanent = TRUE;
  top->min_occurrence = top->max_occurrence = 1;
  child->max_occurrence = OMA_OCCURRENCE_UNBOUNDED;
  oma_schema_node_add_child (top, child, NULL);
  for (guint i = 0; i < N_LEAVES; i++)
    {
      g_autofree char *name = g_strdup_printf ("Leaf%u", i);
      OmaSchemaNode *leaf = oma_schema_node_new (name, OMA_FORMAT_CHR);

      leaf->access = OMA_ACCESS_GET;
      leaf->permanent = TRUE;
      leaf->min_occurrence = leaf->max_occurrence = 1;
      oma_schema_node_add_child (child, leaf, NULL);
    }
  oma_schema_add_root (schema, "./Vendor", top);
  return schema;
}

/* ---- What is measured ---- */

typedef struct {
  gboolean idle;
  guint    n_events, n_signals;
} Seen;

static void
events_cb (OmaTree *tree G_GNUC_UNUSED, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  Seen *seen = user_data;
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  g_autoptr(GArray) summaries = NULL;

  for (guint i = 0; i < n_events; i++)
    g_ptr_array_add (all, (gpointer) &events[i]);
  summaries = oma_event_summarize (all);
  seen->n_events += n_events;
  seen->n_signals += summaries->len;
}

static void
idle_cb (gpointer user_data)
{
  ((Seen *) user_data)->idle = TRUE;
}

/* Returns: microseconds that the main loop was held for longest */
static gint64
wait_until_idle (Seen *seen)
{
  gint64 longest = 0;

  seen->idle = FALSE;
  while (!seen->idle)
    {
      gint64 begin;

      while (!g_main_context_pending (NULL) && !seen->idle)
        g_usleep (1000);
      begin = g_get_monotonic_time ();
      g_main_context_iteration (NULL, FALSE);
      longest = MAX (longest, g_get_monotonic_time () - begin);
    }
  return longest;
}

static void
notify_all (OmaTree *tree, const Service *service)
{
  for (guint i = 0; i < service->n_children; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./Vendor/Followed/Child%u", i);

      oma_tree_notify (tree, uri, OMA_CHANGE_REPLACED);
    }
}

static int
fail (const GError *error)
{
  g_printerr ("%s\n", error->message);
  return EXIT_FAILURE;
}

int
main (int argc, char *argv[])
{
  Service service = { 10000, 0, FALSE };
  int n_children = 10000, repeat = 1;
  gboolean same = FALSE;
  g_autofree char *state_dir = NULL;
  const GOptionEntry entries[] = {
    { "children", 0, 0, G_OPTION_ARG_INT, &n_children, "Nodes of which is told", "N" },
    { "repeat", 0, 0, G_OPTION_ARG_INT, &repeat, "Bursts", "N" },
    { "followed", 0, 0, G_OPTION_ARG_NONE, &service.followed, "The subtree is followed", NULL },
    { "same", 0, 0, G_OPTION_ARG_NONE, &same, "What is told is not true: nothing changed", NULL },
    { "store", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where the store is; without it in memory", "DIR" },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new ("- what it costs to follow a service");
  g_autoptr(OmaSchema) schema = make_schema ();
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaStore) store = NULL;
  g_autoptr(BenchStore) counting = NULL;
  OmaTree *tree = oma_tree_new ();
  OmaExecutor *executor;
  OmaFollower *follower;
  Seen seen = { 0 };
  gint64 longest = 0, begin, took;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return fail (error);
  service.n_children = (guint) n_children;
  store = oma_store_open (state_dir, &error);
  if (store == NULL)
    return fail (error);
  counting = g_object_new (BENCH_TYPE_STORE, NULL);
  counting->real = OMA_TREE_STORE (store);
  if (!oma_tree_mount (tree, schema, &ops, &service, OMA_MOUNT_DEFAULT, &error) ||
      !oma_tree_load (tree, OMA_TREE_STORE (counting), &error))
    return fail (error);
  executor = oma_executor_new (tree);
  follower = oma_follower_new (executor, idle_cb, &seen);
  if (!oma_follower_load (follower, &error))
    return fail (error);
  oma_tree_watch (tree, events_cb, &seen);
  oma_follower_start (follower, 0);
  if (service.followed)
    wait_until_idle (&seen);
  notify_all (tree, &service);      /* the rows of the nodes are made once */
  service.round++;
  wait_until_idle (&seen);

  counting->n_writes = seen.n_events = seen.n_signals = 0;
  CALLGRIND_START_INSTRUMENTATION;
  begin = g_get_monotonic_time ();
  for (int i = 0; i < repeat; i++)
    {
      gint64 held;

      if (!same)
        service.round++;
      notify_all (tree, &service);
      held = wait_until_idle (&seen);
      longest = MAX (longest, held);
    }
  took = g_get_monotonic_time () - begin;
  CALLGRIND_STOP_INSTRUMENTATION;

  g_print ("notices %d\nwrites %u\nevents %u\nsignals %u\nmilliseconds-a-burst %" G_GINT64_FORMAT
           "\nlongest-held-milliseconds %" G_GINT64_FORMAT "\n", n_children * repeat, counting->n_writes, seen.n_events,
           seen.n_signals, took / repeat / 1000, longest / 1000);
  oma_follower_free (follower);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  oma_executor_free (executor);
  oma_tree_free (tree);
  return EXIT_SUCCESS;
}
