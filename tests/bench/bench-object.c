/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A large object to the client and back, part by part, through engine, executor, tree and store:
 * what it takes in memory above the idle engine, and whether each octet is right. */
#include "config.h"

#include "base/oma-value-private.h"
#include "codec/oma-ddf.h"
#include "session/oma-session.h"
#include "store/oma-store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVER "bench.example"
#define ALL "Add=*&Delete=*&Exec=*&Get=*&Replace=*"
#define ROOM 1024       /* octets of a message beside the part of the object */
#define TARGET 4096     /* KiB above idle */

static int size = 8 * 1024 * 1024;
static int chunk = 16 * 1024;
static char *store_dir = NULL;
static gboolean judge = FALSE;

static const GOptionEntry entries[] = {
  { "size", 0, 0, G_OPTION_ARG_INT, &size, "Octets of the object (default: 8 MiB)", "N" },
  { "chunk", 0, 0, G_OPTION_ARG_INT, &chunk, "Octets of a part (default: 16 KiB)", "N" },
  { "store", 0, 0, G_OPTION_ARG_FILENAME, &store_dir, "Where the store is (default: a temporary directory)", "DIR" },
  { "judge", 0, 0, G_OPTION_ARG_NONE, &judge, "Fail when the target of 4 MiB is missed", NULL },
  { NULL },
};

typedef struct {
  OmaStore       *store;
  OmaTree        *tree;
  OmaExecutor    *executor;
  OmaSession     *session;
  OmaSessionStep *step;
  guint           n_messages;
} Bench;

/* ---- Memory ---- */

static long
read_status (const char *key)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 0;
  line = strstr (text, key);
  return line != NULL ? strtol (line + strlen (key) + 1, NULL, 10) : 0;
}

static void
reset_peak (void)
{
  int fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, "5", 1) != 1)
    g_printerr ("The peak cannot be reset: what follows holds the start as well\n");
  if (fd >= 0)
    close (fd);
}

/* ---- The object ---- */

static char
octet_at (gsize i)
{
  guint32 x = (guint32) (i / 3) * 2654435761u;

  return (char) ('A' + (x >> 24) % 26);
}

static gsize
check_part (const char *data, gsize length, gboolean last G_GNUC_UNUSED, gpointer user_data)
{
  gsize *done = user_data;

  for (gsize i = 0; i < length; i++)
    if (data[i] != octet_at (*done + i))
      return 0;
  *done += length;
  return length;
}

/* ---- The engine ---- */

static void
got_result (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
take_step (Bench *bench, GAsyncResult **result)
{
  g_autoptr(GError) error = NULL;

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_clear_pointer (&bench->step, oma_session_step_free);
  bench->step = oma_session_step_finish (bench->session, *result, &error);
  g_assert_no_error (error);
  g_assert_no_error (bench->step->error);
  bench->n_messages++;
}

static int
make_spool (gpointer user_data, GError **error)
{
  return oma_store_make_spool (user_data, error);
}

static void
begin (Bench *bench, gsize max_msg_size)
{
  g_autoptr(GAsyncResult) result = NULL;
  OmaSessionConfig config = {
    .server_id = SERVER, .server_uri = "https://" SERVER "/dm", .device_id = "bench-device", .session_id = "1",
    .encoding = OMA_ENCODING_XML, .version = OMA_DM_1_2, .max_msg_size = max_msg_size, .max_obj_size = 512 * 1024 * 1024,
    .max_messages = 100, .max_auth_tries = 2,
  };

  g_clear_pointer (&bench->session, oma_session_free);
  bench->session = oma_session_new (bench->executor, &config);
  oma_session_set_spool_func (bench->session, make_spool, bench->store);
  oma_session_start_async (bench->session, NULL, got_result, &result);
  take_step (bench, &result);
}

static void
feed (Bench *bench, const char *meta, const char *command, gboolean final)
{
  g_autoptr(GAsyncResult) result = NULL;
  char *text = g_strdup_printf ("<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"
                                "<VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>%u</MsgID>"
                                "<Target><LocURI>bench-device</LocURI></Target><Source><LocURI>" SERVER "</LocURI>"
                                "</Source>%s</SyncHdr><SyncBody>%s%s</SyncBody></SyncML>",
                                bench->n_messages, meta, command, final ? "<Final/>" : "");
  g_autoptr(GBytes) body = g_bytes_new_take (text, strlen (text));

  oma_session_feed_async (bench->session, body, OMA_MEDIA_TYPE_XML, NULL, NULL, got_result, &result);
  take_step (bench, &result);
}

static OmaMessage *
decode (Bench *bench)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bench->step->body, &length);
  g_autoptr(GError) error = NULL;
  OmaMessage *message = oma_codec_decode (OMA_ENCODING_XML, data, length, NULL, &error);

  g_assert_no_error (error);
  return message;
}

/* ---- Both ways ---- */

static gboolean
send_to_client (Bench *bench, gsize total)
{
  g_autofree char *part = g_malloc ((gsize) chunk + 1);

  begin (bench, (gsize) chunk + ROOM);
  for (gsize done = 0; done < total;)
    {
      gsize n = MIN ((gsize) chunk, total - done);
      gboolean last = done + n == total;
      g_autofree char *meta = done == 0 ? g_strdup_printf ("<Meta><Size>%" G_GSIZE_FORMAT "</Size></Meta>", total) : NULL;
      g_autofree char *command = NULL;
      g_autoptr(OmaMessage) answer = NULL;

      for (gsize i = 0; i < n; i++)
        part[i] = octet_at (done + i);
      part[n] = '\0';
      command = g_strdup_printf ("<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Bench/Object</LocURI></Target>%s"
                                 "<Data>%s</Data>%s</Item></Replace>", meta != NULL ? meta : "", part,
                                 last ? "" : "<MoreData/>");
      feed (bench, "", command, last);
      answer = decode (bench);
      if (g_strcmp0 (answer->first_command->next->data, last ? "200" : "213") != 0)
        return FALSE;
      done += n;
    }
  return TRUE;
}

static gboolean
take_from_client (Bench *bench, gsize total)
{
  g_autofree char *meta = g_strdup_printf ("<Meta><MaxMsgSize>%d</MaxMsgSize></Meta>", chunk + ROOM);
  gsize done = 0;

  begin (bench, 65536);
  feed (bench, meta, "<Get><CmdID>2</CmdID><Item><Target><LocURI>./Bench/Object</LocURI></Target></Item></Get>", TRUE);
  for (;;)
    {
      g_autoptr(OmaMessage) message = decode (bench);
      const OmaItem *item = message->last_command->items;

      if (item == NULL || (item->data_length > 0 && check_part (item->data, item->data_length, FALSE, &done) == 0))
        return FALSE;
      if (message->final)
        return done == total;
      feed (bench, "", "<Alert><CmdID>2</CmdID><Data>1222</Data></Alert>", FALSE);
    }
}

static gboolean
value_is_right (Bench *bench, gsize total)
{
  const OmaPrincipal device = { OMA_PRINCIPAL_DEVICE, NULL };
  g_autoptr(OmaWork) work = oma_work_new (bench->executor, &device);
  g_auto(OmaOperation) get = { .type = OMA_OPERATION_GET, .uri = "./Bench/Object" };
  gsize done = 0;

  return oma_work_try_run (work, &get) && get.result != NULL && oma_value_get_size (get.result) == total &&
         oma_value_scan (get.result, check_part, &done);
}

static OmaSchemaNode *
make_node (const char *name, OmaFormat format)
{
  OmaSchemaNode *node = oma_schema_node_new (name, format);

  node->access = OMA_ACCESS_GET | OMA_ACCESS_REPLACE;
  node->permanent = TRUE;
  return node;
}

static void
start (Bench *bench)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSchema) info = oma_ddf_load (FIXTURES "/devinfo.ddf.xml", &error);
  g_autoptr(OmaSchema) schema = oma_schema_new ("bench-object");
  OmaSchemaNode *top = make_node ("Bench", OMA_FORMAT_NODE);

  g_assert_no_error (error);
  top->default_acl = g_strdup (ALL);
  oma_schema_node_add_child (top, make_node ("Object", OMA_FORMAT_CHR), &error);
  g_assert_no_error (error);
  oma_schema_add_root (schema, ".", top);
  bench->store = oma_store_open (store_dir, &error);
  g_assert_no_error (error);
  bench->tree = oma_tree_new ();
  oma_tree_mount (bench->tree, info, NULL, NULL, OMA_MOUNT_RESERVED, &error);
  g_assert_no_error (error);
  oma_tree_mount (bench->tree, schema, NULL, NULL, OMA_MOUNT_DEFAULT, &error);
  g_assert_no_error (error);
  oma_tree_load (bench->tree, OMA_TREE_STORE (bench->store), &error);
  g_assert_no_error (error);
  bench->executor = oma_executor_new (bench->tree);
}

static gboolean
measure (Bench *bench, const char *name, gboolean (*run) (Bench *bench, gsize total))
{
  long idle, anon, peak, kept;
  gint64 started;
  gboolean right;

  reset_peak ();
  idle = read_status ("VmRSS:");
  anon = read_status ("RssAnon:");
  started = g_get_monotonic_time ();
  right = run (bench, (gsize) size);
  peak = read_status ("VmHWM:") - idle;
  kept = read_status ("RssAnon:") - anon;
  right = right && value_is_right (bench, (gsize) size);
  printf ("%-12s %d octets in parts of %d: peak %ld KiB above idle (%ld KiB), RssAnon after it %+ld KiB, %.0f ms, %s\n",
          name, size, chunk, peak, idle, kept, (double) (g_get_monotonic_time () - started) / 1000.0,
          right ? "all octets right" : "WRONG");
  return right && (!judge || peak <= TARGET);
}

static void
remove_store (const char *dir)
{
  static const char *const names[] = { "values", "secrets", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, names[i], NULL);
      g_autoptr(GDir) files = g_dir_open (path, 0, NULL);
      const char *name;

      while (files != NULL && (name = g_dir_read_name (files)) != NULL)
        {
          g_autofree char *file = g_build_filename (path, name, NULL);
          g_remove (file);
        }
      g_rmdir (path);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *made = NULL;
  Bench bench = { 0 };
  int wanted;
  gboolean good;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || size <= 0 || chunk <= 0)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "Sizes are greater than 0");
      return 2;
    }
  if (store_dir == NULL)
    store_dir = made = g_dir_make_tmp ("bench-object-XXXXXX", &error);
  g_assert_no_error (error);
  start (&bench);
  /* An idle daemon has had sessions. */
  wanted = size;
  size = MIN (size, 2 * chunk);
  good = send_to_client (&bench, (gsize) size) && take_from_client (&bench, (gsize) size);
  size = wanted;
  good = good && measure (&bench, "to client", send_to_client);
  good = good && measure (&bench, "to server", take_from_client);

  oma_session_step_free (bench.step);
  oma_session_free (bench.session);
  oma_executor_free (bench.executor);
  oma_tree_free (bench.tree);
  oma_store_close (bench.store);
  g_object_unref (bench.store);
  if (made != NULL)
    remove_store (made);
  return good ? 0 : 1;
}
