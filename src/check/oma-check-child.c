/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-child.h"

#include "oma-check-run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The plugin runs in processes of their own, which tell what they do in lines: fields with tabs between, escaped.  One
 * that ends before it said so was taken down by the plugin. */

#define N_FIELDS 5                       /* kind, URI, operation, trial, message */
#define MAX_CUT_OFF 64                   /* shutdowns that are tried */
#define MAX_INIT_CALLS 8
#define MAX_RESTARTS 30                  /* behind an operation that took its process with it */
#define MAX_WAITS 2                      /* for operations that do not come to an end */
#define OPERATION_TIMEOUT 3

typedef enum {
  PHASE_ALL,            /* the operations, from a number on */
  PHASE_CUT_OFF,        /* the operation of that number is cut off by the shutdown */
  PHASE_INIT_FAILS,     /* the call of that number fails, which the plugin makes when it starts */
  PHASE_INIT_HANGS,     /* it hangs, also at the shutdown */
} Phase;

/* ---- In the child ---- */

typedef struct {
  const OmaCheckSettings *settings;
  int                     fd;
  OmaCheckRun            *run;       /* (nullable) */
} Child;

static Child *the_child;             /* the log writer has it from here, also in threads */

static void
say (const char *kind, const char *uri, const char *operation, const char *trial, const char *message,
     gpointer user_data)
{
  const char *fields[N_FIELDS] = { kind, uri, operation, trial, message };
  GString *line = g_string_new (NULL);
  const Child *child = user_data;

  /* The signal ends a process that does not come here any more. */
  alarm (child->settings->timeout);
  for (gsize i = 0; i < N_FIELDS; i++)
    {
      g_autofree char *escaped = g_strescape (fields[i] != NULL ? fields[i] : "", NULL);

      g_string_append_printf (line, "%s%s", i > 0 ? "\t" : "", escaped);
    }
  g_string_append_c (line, '\n');
  for (gsize done = 0; done < line->len;)
    {
      gssize n = write (child->fd, line->str + done, line->len - done);

      if (n < 0 && errno != EINTR)
        break;
      done += n > 0 ? (gsize) n : 0;
    }
  g_string_free (line, TRUE);
}

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].value;
  return NULL;
}

/* What the host complains of is a mistake of the plugin, and so is what a library takes for one. */
static gboolean
is_mistake (GLogLevelFlags level, const char *domain, const char *message)
{
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) != 0)
    return TRUE;
  return (level & G_LOG_LEVEL_WARNING) != 0 && g_strcmp0 (domain, "omadm") == 0 &&
         g_str_has_prefix (message, "Plugin ") && strstr (message, " is left out: ") == NULL;
}

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  const char *message = find_field (fields, n_fields, "MESSAGE");
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const OmaCheckRun *run = the_child->run;
  g_autofree char *text = NULL;

  if (message == NULL)
    return G_LOG_WRITER_HANDLED;
  text = (level & G_LOG_LEVEL_WARNING) != 0 || domain == NULL ? g_strdup (message)
                                                               : g_strdup_printf ("%s: %s", domain, message);
  if (is_mistake (level, domain, message))
    say ("problem", run != NULL ? run->uri : "", run != NULL ? run->operation : "init", run != NULL ? run->trial : "",
         text, the_child);
  else if (the_child->settings->verbose && (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE)) != 0)
    return g_log_writer_standard_streams (level, fields, n_fields, user_data);
  return G_LOG_WRITER_HANDLED;
}

static char *
get_config (const char *plugin G_GNUC_UNUSED, const char *key, gpointer user_data)
{
  char **config = user_data;
  gsize length = strlen (key);

  for (gsize i = 0; config != NULL && config[i] != NULL; i++)
    if (strncmp (config[i], key, length) == 0 && config[i][length] == '=')
      return g_strdup (config[i] + length + 1);
  return NULL;
}

static void
say_fact (Child *child, const char *key, const char *value)
{
  say ("fact", key, "", "", value, child);
}

static void
say_texts (Child *child, const char *key, char **texts)
{
  g_autofree char *joined = texts != NULL ? g_strjoinv (" ", texts) : g_strdup ("");

  say_fact (child, key, joined);
}

static void
say_node (Child *child, const OmaPluginNode *node)
{
  static const char *const accesses[] = { "Add", "Copy", "Delete", "Exec", "Get", "Replace" };
  static const guint bits[] = { OMA_ACCESS_ADD, OMA_ACCESS_COPY, OMA_ACCESS_DELETE, OMA_ACCESS_EXEC, OMA_ACCESS_GET,
                                OMA_ACCESS_REPLACE };
  g_autoptr(GString) line = g_string_new (node->uri);
  const char *format = oma_format_to_string (node->schema->format);
  char separator = ' ';

  g_string_append_printf (line, "  %s ", format != NULL ? format : "");
  for (gsize i = 0; i < G_N_ELEMENTS (bits); i++)
    if ((node->schema->access & bits[i]) != 0)
      {
        g_string_append_printf (line, "%c%s", separator, accesses[i]);
        separator = ',';
      }
  g_string_append_printf (line, "  %s", node->handler != NULL ? "" : "(no handler)");
  say ("node", g_strchomp (line->str), "", "", "", child);
}

static void
say_plugin (Child *child, OmaCheckDevice *device)
{
  const OmaPluginInfo *info = device->info;
  g_autoptr(GPtrArray) nodes = NULL;

  say_fact (child, "version", info->version);
  say_fact (child, "abi", info->abi);
  say_texts (child, "uris", info->uris);
  say_texts (child, "bus-names", info->bus_names);
  say_texts (child, "actions", info->actions);
  nodes = oma_check_device_list_nodes (device);
  for (guint i = 0; i < nodes->len; i++)
    say_node (child, g_ptr_array_index (nodes, i));
}

static void
say_unanswered (Child *child, OmaCheckBus *bus)
{
  GPtrArray *calls = oma_check_bus_get_unanswered (bus);

  for (guint i = 0; i < calls->len; i++)
    {
      g_autofree char *text = g_strdup_printf ("no answer is given for %s", (char *) g_ptr_array_index (calls, i));

      say ("note", "", "", "", text, child);
    }
}

static void
run_phase (Child *child, OmaCheckDevice *device, Phase phase, guint number)
{
  if (phase == PHASE_ALL)
    {
      if (number == 0)
        say_plugin (child, device);
      if (child->settings->manifest)
        return;
      oma_check_run_all (child->run, number);
      if (!child->run->lost)
        oma_check_run_services (child->run);
      if (child->run->lost)
        say ("lost", "", "", "", "", child);
      say_unanswered (child, device->bus);
    }
  else if (phase == PHASE_CUT_OFF)
    oma_check_run_cut_off (child->run, number);
}

/* Returns: whether the plugin came up */
static gboolean
check_loaded (Child *child, OmaCheckDevice *device, Phase phase)
{
  g_autofree char *calls = NULL;

  if (device->info == NULL || device->info->state != OMA_PLUGIN_LOADED)
    {
      /* It may well refuse to start when it cannot do its work. */
      if (phase == PHASE_ALL)
        say ("problem", "", "init", "", device->info != NULL ? device->info->reason : "there is no plugin", child);
      return FALSE;
    }
  if (phase == PHASE_ALL || phase == PHASE_INIT_FAILS)
    oma_check_device_settle (device, 100);
  oma_check_device_iterate (phase == PHASE_INIT_HANGS ? 10 : 50);
  calls = g_strdup_printf ("%u", child->settings->manifest ? 0 : oma_check_bus_count_calls (device->bus));
  say ("init", "", "", "", calls, child);
  return TRUE;
}

static void
tell_end (Child *child, gboolean clean)
{
  if (!clean)
    say ("problem", "", "shutdown", "", "something of the plugin still refers to its host: a task or a reference was "
         "leaked, or a call goes on for ever", child);
}

static void
run_child (Child *child, OmaCheckBus *bus, Phase phase, guint number)
{
  const OmaCheckDeviceOptions options = {
    .directory = child->settings->directory,
    .data_dir = child->settings->data_dir,
    .config_func = get_config,
    .config_data = child->settings->config,
    .timeout = OPERATION_TIMEOUT,
  };
  OmaCheckDevice *device;
  gboolean lost = FALSE;

  if (phase == PHASE_INIT_FAILS || phase == PHASE_INIT_HANGS)
    oma_check_bus_set_fault (bus, phase == PHASE_INIT_FAILS ? OMA_CHECK_FAULT_FAILS : OMA_CHECK_FAULT_HANGS, number);
  device = oma_check_device_new (&options, bus);
  if (check_loaded (child, device, phase))
    {
      if (phase == PHASE_ALL || phase == PHASE_CUT_OFF)
        oma_check_bus_set_fault (bus, OMA_CHECK_FAULT_NONE, 0);
      child->run = oma_check_run_new (device, child->settings->values, say, child);
      run_phase (child, device, phase, number);
      lost = child->run->lost;
    }
  say ("shutdown", "", "", "", "", child);
  /* What has not returned ties the executor down: the daemon would not free it either. */
  if (!lost)
    tell_end (child, oma_check_device_free (device));
  g_clear_pointer (&child->run, oma_check_run_free);
}

static void
child_main (const OmaCheckSettings *settings, int fd, Phase phase, guint number)
{
  Child child = { .settings = settings, .fd = fd };
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaCheckAnswers) answers = NULL;
  g_autoptr(OmaCheckBus) bus = NULL;

  the_child = &child;
  g_log_set_writer_func (log_writer, NULL, NULL);
  answers = settings->answers != NULL ? oma_check_answers_load (settings->answers, &error) : oma_check_answers_new ();
  if (answers != NULL)
    bus = oma_check_bus_new (answers, &error);
  if (bus != NULL)
    run_child (&child, bus, phase, number);
  else
    say ("broken", "", "", "", error->message, &child);
  say ("end", "", "", "", "", &child);
}

/* ---- In the parent ---- */

typedef struct {
  OmaCheckReport *report;
  guint           timeout;
  GHashTable     *cut_off;        /* handler and operation: each once */
  GArray         *cut_numbers;    /* (element-type guint) */
  guint           init_calls;
  guint           current;        /* number of the operation that is tried */
  char           *uri, *operation, *trial;
  gboolean        looking;        /* what is done is not tried, but part of something else */
  gboolean        lost;
  gboolean        shutting_down;
  gboolean        ended;
  guint           n_waits;
  char           *broken;         /* (nullable): why nothing can be tried */
} Parent;

static void
set_text (char **text, const char *to)
{
  g_free (*text);
  *text = g_strdup (to);
}

static void
note_cut_off (Parent *parent, char **fields)
{
  guint number = (guint) g_ascii_strtoull (fields[4], NULL, 10);

  if (g_hash_table_add (parent->cut_off, g_strconcat (fields[3], " ", fields[2], NULL)) &&
      parent->cut_numbers->len < MAX_CUT_OFF)
    g_array_append_val (parent->cut_numbers, number);
}

static void
take_fields (Parent *parent, char **fields)
{
  const char *kind = fields[0];

  if (strcmp (kind, "begin") == 0)
    parent->current = (guint) g_ascii_strtoull (fields[4], NULL, 10);
  if (strcmp (kind, "begin") == 0 || strcmp (kind, "ran") == 0 || strcmp (kind, "look") == 0)
    {
      parent->looking = strcmp (kind, "look") == 0;
      set_text (&parent->uri, fields[1]);
      set_text (&parent->operation, fields[2]);
      set_text (&parent->trial, fields[3]);
    }
  if (strcmp (kind, "ran") == 0)
    oma_check_report_count (parent->report, 1);
  else if (strcmp (kind, "problem") == 0 || strcmp (kind, "note") == 0)
    oma_check_report_find (parent->report, strcmp (kind, "note") == 0, fields[1], fields[2], fields[3], fields[4]);
  else if (strcmp (kind, "fact") == 0)
    oma_check_report_set (parent->report, fields[1], fields[4]);
  else if (strcmp (kind, "node") == 0)
    oma_check_report_add_node (parent->report, fields[1]);
  else if (strcmp (kind, "cut") == 0)
    note_cut_off (parent, fields);
  else if (strcmp (kind, "init") == 0)
    parent->init_calls = MAX (parent->init_calls, (guint) g_ascii_strtoull (fields[4], NULL, 10));
  else if (strcmp (kind, "lost") == 0)
    parent->lost = TRUE;
  else if (strcmp (kind, "shutdown") == 0)
    parent->shutting_down = TRUE;
  else if (strcmp (kind, "broken") == 0)
    set_text (&parent->broken, fields[4]);
  else if (strcmp (kind, "end") == 0)
    parent->ended = TRUE;
}

static void
take_line (Parent *parent, const char *line)
{
  g_auto(GStrv) fields = g_strsplit (line, "\t", 0);

  if (g_strv_length (fields) != N_FIELDS)
    return;
  for (gsize i = 0; i < N_FIELDS; i++)
    {
      char *plain = g_strcompress (fields[i]);

      g_free (fields[i]);
      fields[i] = g_utf8_make_valid (plain, -1);
      g_free (plain);
    }
  take_fields (parent, fields);
}

static void
read_lines (Parent *parent, int fd)
{
  g_autoptr(GString) text = g_string_new (NULL);
  char buffer[4096];
  char *end;
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
    {
      g_string_append_len (text, buffer, MAX (n, 0));
      while ((end = strchr (text->str, '\n')) != NULL)
        {
          *end = '\0';
          take_line (parent, text->str);
          g_string_erase (text, 0, end - text->str + 1);
        }
    }
}

/* How a process ended that was not to end like this. */
static void
judge_end (Parent *parent, int status)
{
  g_autofree char *how = WIFSIGNALED (status)
                           ? g_strdup_printf ("signal %d (%s)", WTERMSIG (status), g_strsignal (WTERMSIG (status)))
                           : g_strdup_printf ("exit status %d", WEXITSTATUS (status));
  g_autofree char *message = NULL;

  if (parent->lost || (WIFSIGNALED (status) && WTERMSIG (status) == SIGALRM))
    parent->n_waits++;
  if (parent->ended && WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return;
  if (!parent->ended && WIFSIGNALED (status) && WTERMSIG (status) == SIGALRM)
    message = g_strdup_printf ("it does not come to an end in %u seconds: it blocks the main loop",
                               parent->timeout);
  else if (parent->ended)
    message = g_strdup_printf ("its process ended with %s when it was over: memory was leaked, see what the sanitizer "
                               "says, or it left something behind at the exit", how);
  else
    message = g_strdup_printf ("it takes the daemon down: %s", how);
  if (parent->ended)
    oma_check_report_find (parent->report, FALSE, "", "exit", "", message);
  else
    oma_check_report_find (parent->report, FALSE, parent->uri, parent->shutting_down ? "shutdown" : parent->operation,
                           parent->trial, message);
}

/* Returns: whether it ended as it should */
static gboolean
spawn (Parent *parent, const OmaCheckSettings *settings, Phase phase, guint number)
{
  int ends[2], status = 0;
  pid_t pid;

  parent->ended = parent->lost = parent->shutting_down = parent->looking = FALSE;
  set_text (&parent->uri, "");
  set_text (&parent->operation, "init");
  set_text (&parent->trial, "");
  if (pipe (ends) != 0)
    return FALSE;
  fflush (NULL);
  pid = fork ();
  if (pid == 0)
    {
      close (ends[0]);
      child_main (settings, ends[1], phase, number);
      close (ends[1]);
      exit (0);
    }
  close (ends[1]);
  if (pid > 0)
    read_lines (parent, ends[0]);
  close (ends[0]);
  while (pid > 0 && waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (pid > 0)
    judge_end (parent, status);
  return parent->ended;
}

static void
run_all (Parent *parent, const OmaCheckSettings *settings)
{
  guint first = 0, n_restarts = 0;

  /* Behind an operation that took its process with it the next one goes on. */
  while (parent->broken == NULL)
    {
      gboolean ended;

      parent->current = G_MAXUINT;
      ended = spawn (parent, settings, PHASE_ALL, first);
      if (parent->current == G_MAXUINT || (!parent->lost && (ended || parent->shutting_down)) || parent->looking ||
          ++n_restarts > MAX_RESTARTS || parent->n_waits >= MAX_WAITS)
        break;
      first = parent->current + 1;
    }
}

/**
 * oma_check_plugin:
 * @settings: what to try, and how
 * @report: gets what is found
 * @error: return location for an error
 *
 * Tries all operations of a plugin.
 *
 * Returns: whether it could be tried; what is wrong with it is in @report
 */
gboolean
oma_check_plugin (const OmaCheckSettings *settings, OmaCheckReport *report, GError **error)
{
  Parent parent = { .report = report, .timeout = settings->timeout };

  parent.cut_off = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  parent.cut_numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  run_all (&parent, settings);
  for (guint i = 0; i < parent.cut_numbers->len && parent.broken == NULL && parent.n_waits == 0; i++)
    spawn (&parent, settings, PHASE_CUT_OFF, g_array_index (parent.cut_numbers, guint, i));
  for (guint call = 1; call <= parent.init_calls && call <= MAX_INIT_CALLS && parent.broken == NULL; call++)
    {
      spawn (&parent, settings, PHASE_INIT_FAILS, call);
      spawn (&parent, settings, PHASE_INIT_HANGS, call);
    }
  if (parent.broken != NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, parent.broken);
  g_hash_table_unref (parent.cut_off);
  g_array_unref (parent.cut_numbers);
  g_free (parent.uri);
  g_free (parent.operation);
  g_free (parent.trial);
  if (parent.broken == NULL)
    return TRUE;
  g_free (parent.broken);
  return FALSE;
}
