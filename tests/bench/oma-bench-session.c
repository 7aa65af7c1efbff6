/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays a client's side of sessions whose server messages were recorded, and tells what that
 * cost.  Only the engine runs: no network, no bus. */
#include "config.h"

#include "bench-plugin.h"

#include "codec/oma-codec.h"
#include "codec/oma-ddf.h"
#include "codec/oma-dm2-package.h"
#include "session/oma-dm2-session.h"
#include "session/oma-executor.h"
#include "session/oma-session.h"
#include "store/oma-store.h"
#include "tree/oma-change.h"
#include "tree/oma-tree.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

#define NODES_PER_SET 5
#define NODES_PER_CHANGE 50000

static char *store_dir = NULL;
static char *server_id = NULL;
static char **ddf_files = NULL;
static char **message_files = NULL;
static int repeat = 1;
static int n_nodes = 0;
static char *plugin_kind = NULL;
static gboolean verbose = FALSE;

static const GOptionEntry entries[] = {
  { "store", 0, 0, G_OPTION_ARG_FILENAME, &store_dir, "Where nodes are stored (default: memory)", "memory|DIR" },
  { "repeat", 0, 0, G_OPTION_ARG_INT, &repeat, "Sessions to play one after the other (default: 1)", "N" },
  { "ddf", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &ddf_files, "Mount the subtree that FILE describes", "FILE" },
  { "account-server-id", 0, 0, G_OPTION_ARG_STRING, &server_id, "The server's identifier in ACLs", "ID" },
  { "nodes", 0, 0, G_OPTION_ARG_INT, &n_nodes, "Store N nodes in ./Vendor/Bench before counting", "N" },
  { "plugin", 0, 0, G_OPTION_ARG_STRING, &plugin_kind, "Have a plugin serve them instead", "acts|transactions" },
  { "verbose", 0, 0, G_OPTION_ARG_NONE, &verbose, "Print the messages that are sent", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &message_files, NULL, "MESSAGE..." },
  { NULL },
};

typedef struct {
  OmaStore    *store;
  OmaTree     *tree;
  OmaExecutor *executor;
  BenchPlugin *plugin;        /* (nullable) */
  GPtrArray   *messages;      /* (element-type GBytes) */
  OmaEncoding  encoding;
  guint        commands;
  guint        failed_commands;
  gsize        answer_octets;
} Bench;

static const OmaPrincipal device = { OMA_PRINCIPAL_DEVICE, NULL };

static void
bench_clear (Bench *bench)
{
  g_clear_pointer (&bench->executor, oma_executor_free);
  g_clear_pointer (&bench->tree, oma_tree_free);
  g_clear_pointer (&bench->plugin, bench_plugin_free);
  if (bench->store != NULL)
    oma_store_close (bench->store);
  g_clear_object (&bench->store);
  g_clear_pointer (&bench->messages, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

/* ---- Waiting ---- */

static void
got_result (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* ---- The tree ---- */

static gboolean
mount (Bench *bench, const char *path, OmaMountFlags flags, BenchPlugin *plugin, GError **error)
{
  g_autoptr(OmaSchema) schema = oma_ddf_load (path, error);

  return schema != NULL &&
         oma_tree_mount (bench->tree, schema, plugin != NULL ? &bench_plugin_ops : NULL, plugin, flags, error);
}

static guint
count_sets (void)
{
  return ((guint) n_nodes + NODES_PER_SET - 1) / NODES_PER_SET;
}

static gboolean
mount_all (Bench *bench, GError **error)
{
  if (plugin_kind != NULL)
    bench->plugin = bench_plugin_new (count_sets (), g_str_equal (plugin_kind, "transactions"));
  if (!mount (bench, FIXTURES "/devinfo.ddf.xml", OMA_MOUNT_RESERVED, NULL, error))
    return FALSE;
  if (n_nodes > 0 && !mount (bench, FIXTURES "/bench.ddf.xml", OMA_MOUNT_DEFAULT, bench->plugin, error))
    return FALSE;
  for (guint i = 0; ddf_files != NULL && ddf_files[i] != NULL; i++)
    if (!mount (bench, ddf_files[i], OMA_MOUNT_DEFAULT, NULL, error))
      return FALSE;
  return oma_tree_load (bench->tree, OMA_TREE_STORE (bench->store), error);
}

static gboolean
commit (OmaChange *change, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_change_commit_async (change, NULL, got_result, &result);
  return oma_change_commit_finish (change, wait_for (&result), error);
}

/* What the only account of a daemon gets. */
static gboolean
grant_all (Bench *bench, GError **error)
{
  g_autoptr(OmaChange) change = oma_change_new (bench->tree, &device);
  g_autofree char *text = g_strdup_printf ("Add=%s&Delete=%s&Exec=%s&Get=%s&Replace=%s", server_id, server_id,
                                           server_id, server_id, server_id);
  g_autoptr(OmaAcl) acl = oma_acl_parse (text, error);

  return acl != NULL && oma_change_set_acl (change, oma_tree_get_root (bench->tree), acl, error) &&
         commit (change, error);
}

static gboolean
add_leaf (OmaChange *change, OmaNode *set, const char *name, OmaValue *value, GError **error)
{
  const OmaSchemaNode *schema = oma_schema_node_get_child (oma_node_get_schema (set), name, strlen (name));

  return oma_change_add (change, set, name, strlen (name), schema, value, NULL, error) != NULL;
}

static gboolean
add_set (OmaChange *change, OmaNode *parent, guint number, GError **error)
{
  g_autofree char *name = g_strdup_printf ("Set%u", number);
  g_autofree char *text = g_strdup_printf ("initial %u", number);
  const OmaSchemaNode *schema = oma_schema_node_get_child (oma_node_get_schema (parent), name, strlen (name));
  g_autoptr(OmaValue) label = oma_value_new_string (text);
  g_autoptr(OmaValue) count = oma_value_new_int ((gint32) number);
  g_autoptr(OmaValue) on = oma_value_new_bool (FALSE);
  OmaNode *set = oma_change_add (change, parent, name, strlen (name), schema, NULL, NULL, error);

  return set != NULL && add_leaf (change, set, "Name", label, error) && add_leaf (change, set, "Value", label, error) &&
         add_leaf (change, set, "Count", count, error) && add_leaf (change, set, "On", on, error);
}

static OmaNode *
look_up (Bench *bench, const char *text)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, text, NULL))
    return NULL;
  oma_tree_lookup (bench->tree, &uri, NULL, &lookup);
  return lookup.node;
}

/* Makes what is not there yet, @n_nodes in all. */
static gboolean
store_nodes (Bench *bench, GError **error)
{
  OmaNode *parent = look_up (bench, "./Vendor/Bench");
  guint n_sets = count_sets ();
  guint n = oma_node_count_children (parent, NULL);

  while (n < n_sets)
    {
      g_autoptr(OmaChange) change = oma_change_new (bench->tree, &device);
      guint end = MIN (n_sets, n + NODES_PER_CHANGE / NODES_PER_SET);

      for (; n < end; n++)
        if (!add_set (change, parent, n, error))
          return FALSE;
      if (!commit (change, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
start (Bench *bench, GError **error)
{
  gboolean in_memory = g_str_equal (store_dir, "memory");

  if (!in_memory && g_mkdir_with_parents (store_dir, 0700) != 0)
    {
      int saved = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", store_dir, g_strerror (saved));
      return FALSE;
    }
  bench->store = oma_store_open (in_memory ? NULL : store_dir, error);
  if (bench->store == NULL)
    return FALSE;
  bench->tree = oma_tree_new ();
  if (!mount_all (bench, error))
    return FALSE;
  bench->executor = oma_executor_new (bench->tree);
  return grant_all (bench, error);
}

/* ---- The sessions ---- */

static gboolean
read_messages (Bench *bench, GError **error)
{
  bench->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; message_files != NULL && message_files[i] != NULL; i++)
    {
      char *data;
      gsize size;

      if (!g_file_get_contents (message_files[i], &data, &size, error))
        return FALSE;
      g_ptr_array_add (bench->messages, g_bytes_new_take (data, size));
    }
  return TRUE;
}

/* The names of both sides are those of the record: then the messages fit the session. */
static OmaSessionConfig
make_config (Bench *bench, const OmaMessage *first)
{
  return (OmaSessionConfig) {
    .server_id = server_id,
    .server_uri = first->header.source != NULL ? first->header.source : "https://bench.example/dm",
    .device_id = first->header.target != NULL ? first->header.target : "bench-device",
    .session_id = first->header.session_id != NULL ? first->header.session_id : "1",
    .encoding = bench->encoding,
    .max_msg_size = oma_codec_default_limits.max_size,
    .max_messages = bench->messages->len + 10,
    .version = OMA_DM_1_2,
    .max_auth_tries = 3,
  };
}

static OmaSessionStep *
take_step (Bench *bench, OmaSession *session, GAsyncResult **result, GError **error)
{
  g_autoptr(OmaSessionStep) step = oma_session_step_finish (session, wait_for (result), error);

  if (step == NULL)
    return NULL;
  if (step->body != NULL)
    {
      bench->answer_octets += g_bytes_get_size (step->body);
      if (verbose)
        {
          gsize size;
          gconstpointer data = g_bytes_get_data (step->body, &size);
          g_autofree char *text = oma_codec_describe (bench->encoding, data, size, NULL, NULL);
          g_print ("%s", text);
        }
    }
  if (step->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&step->error));
      return NULL;
    }
  return g_steal_pointer (&step);
}

static gboolean
play_session (Bench *bench, const OmaSessionConfig *config, GError **error)
{
  g_autoptr(OmaSession) session = oma_session_new (bench->executor, config);
  g_autoptr(GAsyncResult) started = NULL;
  g_autoptr(OmaSessionStep) step = NULL;
  const OmaSessionCounters *counters;

  oma_session_start_async (session, NULL, got_result, &started);
  step = take_step (bench, session, &started, error);
  for (guint i = 0; step != NULL && step->action == OMA_SESSION_SEND && i < bench->messages->len; i++)
    {
      g_autoptr(GAsyncResult) fed = NULL;

      oma_session_feed_async (session, g_ptr_array_index (bench->messages, i),
                              oma_encoding_get_media_type (bench->encoding), NULL, NULL, got_result, &fed);
      g_clear_pointer (&step, oma_session_step_free);
      step = take_step (bench, session, &fed, error);
    }
  counters = oma_session_get_counters (session);
  bench->commands += counters->commands;
  bench->failed_commands += counters->failed_commands;
  return step != NULL;
}

/* ---- Sessions of DM 2.0 ---- */

static OmaDm2Step *
take_dm2_step (Bench *bench, OmaDm2Session *session, GAsyncResult **result, GError **error)
{
  g_autoptr(OmaDm2Step) step = oma_dm2_session_step_finish (session, wait_for (result), error);

  if (step == NULL)
    return NULL;
  if (step->body != NULL)
    {
      gsize size;
      const char *text = g_bytes_get_data (step->body, &size);

      bench->answer_octets += size;
      if (verbose)
        g_print ("%.*s\n", (int) size, text);
    }
  if (step->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&step->error));
      return NULL;
    }
  return g_steal_pointer (&step);
}

/* Packages only: no data repository answers. */
static gboolean
play_dm2_session (Bench *bench, GError **error)
{
  const OmaDm2Config config = { .server_id = server_id, .server_uri = "https://bench.example/dm" };
  g_autoptr(OmaDm2Session) session = oma_dm2_session_new (bench->executor, &config);
  g_autoptr(GAsyncResult) started = NULL;
  g_autoptr(OmaDm2Step) step = NULL;
  const OmaSessionCounters *counters;

  oma_dm2_session_start_async (session, NULL, got_result, &started);
  step = take_dm2_step (bench, session, &started, error);
  for (guint i = 0; step != NULL && step->action == OMA_DM2_SEND && i < bench->messages->len; i++)
    {
      const OmaDm2Reply reply = {
        .http_status = 200,
        .media_type = OMA_DM2_TYPE_REQUEST,
        .body = g_ptr_array_index (bench->messages, i),
        .file = -1,
      };
      g_autoptr(GAsyncResult) fed = NULL;

      oma_dm2_session_feed_async (session, &reply, NULL, got_result, &fed);
      g_clear_pointer (&step, oma_dm2_step_free);
      step = take_dm2_step (bench, session, &fed, error);
    }
  counters = oma_dm2_session_get_counters (session);
  bench->commands += counters->commands;
  bench->failed_commands += counters->failed_commands;
  return step != NULL;
}

/* ---- All of them ---- */

/* Nodes that the last session removed are made again, which does not count. */
static gboolean
restore_nodes (Bench *bench, GError **error)
{
  gboolean restored;

  if (n_nodes == 0 || bench->plugin != NULL)
    return TRUE;
  CALLGRIND_STOP_INSTRUMENTATION;
  restored = store_nodes (bench, error);
  CALLGRIND_START_INSTRUMENTATION;
  return restored;
}

static gboolean
play_all (Bench *bench, GError **error)
{
  g_autoptr(OmaMessage) first = NULL;
  gconstpointer data;
  gsize size;
  OmaSessionConfig config;
  gboolean is_json;

  if (bench->messages->len == 0)
    return TRUE;
  data = g_bytes_get_data (g_ptr_array_index (bench->messages, 0), &size);
  is_json = size > 0 && *(const char *) data == '{';
  bench->encoding = oma_encoding_guess (data, size);
  if (!is_json)
    {
      first = oma_codec_decode (bench->encoding, data, size, NULL, error);
      if (first == NULL)
        return FALSE;
      config = make_config (bench, first);
    }
  for (int i = 0; i < repeat; i++)
    if (!restore_nodes (bench, error) ||
        !(is_json ? play_dm2_session (bench, error) : play_session (bench, &config, error)))
      return FALSE;
  return TRUE;
}

/* ---- Reporting ---- */

static double
milliseconds_since (gint64 start_time)
{
  return (double) (g_get_monotonic_time () - start_time) / 1000.0;
}

/* Resident memory in KiB, 0 when it is not to be had. */
static guint64
get_resident (void)
{
  g_autofree char *text = NULL;
  unsigned long pages = 0;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) || sscanf (text, "%*u %lu", &pages) != 1)
    return 0;
  return (guint64) pages * (guint64) sysconf (_SC_PAGESIZE) / 1024;
}

static gboolean
run (Bench *bench, GError **error)
{
  struct rusage usage;
  gint64 start_time = g_get_monotonic_time ();

  if (!start (bench, error))
    return FALSE;
  g_print ("start-up-ms %.1f\n", milliseconds_since (start_time));
  g_print ("resident-kib-at-start %" G_GUINT64_FORMAT "\n", get_resident ());
  if (n_nodes > 0 && bench->plugin == NULL && !store_nodes (bench, error))
    return FALSE;
  g_print ("nodes %u\n", oma_tree_count_nodes (bench->tree));
  g_print ("resident-kib-with-nodes %" G_GUINT64_FORMAT "\n", get_resident ());
  if (!read_messages (bench, error))
    return FALSE;

  CALLGRIND_START_INSTRUMENTATION;
  start_time = g_get_monotonic_time ();
  if (!play_all (bench, error))
    return FALSE;
  g_print ("sessions-ms %.1f\n", milliseconds_since (start_time));
  g_print ("commands %u\n", bench->commands);
  g_print ("failed-commands %u\n", bench->failed_commands);
  g_print ("answer-octets %" G_GSIZE_FORMAT "\n", bench->answer_octets);
  getrusage (RUSAGE_SELF, &usage);
  g_print ("peak-kib %ld\n", usage.ru_maxrss);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  g_auto(Bench) bench = { 0 };

  setlocale (LC_ALL, "");
  store_dir = g_strdup ("memory");
  server_id = g_strdup ("bench");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "Plays sessions of recorded server messages and tells what they cost.");
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  if (!run (&bench, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
