/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* omadm-plugin-check: tries a plugin, or reads a DDF, without daemon, bus or privileges. */
#include "config.h"

#include "oma-check-child.h"
#include "oma-check-page.h"

#include "codec/oma-ddf.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define MAX_TIMEOUT 3600

enum {
  EXIT_GOOD = 0,
  EXIT_PROBLEMS = 1,
  EXIT_BAD_USAGE = 2,
};

typedef struct {
  char    *answers;
  char   **config;
  char   **given;
  gboolean manifest;
  gboolean markdown;
  int      timeout;
  gboolean json;
  gboolean verbose;
  gboolean version;
} Options;

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "answers", 'a', 0, G_OPTION_ARG_FILENAME, &options->answers, "What services on the system bus answer", "FILE" },
    { "value", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->given,
      "What to write to a node, or the name of a node to add", "URI=TEXT" },
    { "config", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->config, "A key of the plugin's configuration", "KEY=VALUE" },
    { "manifest", 0, 0, G_OPTION_ARG_NONE, &options->manifest, "Only say what the plugin is, and try nothing", NULL },
    { "markdown", 0, 0, G_OPTION_ARG_NONE, &options->markdown, "Of a DDF: a page on its nodes", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &options->timeout,
      "Seconds after which one trial counts as blocking the daemon (20)", "SECONDS" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, "One JSON document on standard output", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "All that was found, and what the plugin logs", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Show the version", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new ("PLUGIN.so|DDF.xml");

  g_option_context_set_summary (context,
                                "Tries a plugin of omadmd, or reads a DDF, without daemon, bus or privileges.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (options->timeout < 1 || options->timeout > MAX_TIMEOUT)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--timeout is 1 to %d seconds", MAX_TIMEOUT);
      return FALSE;
    }
  if (options->version || *argc == 2)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "name one plugin or DDF");
  return FALSE;
}

/* ---- A place of its own for the plugin ---- */

static gboolean
copy_file (const char *from, const char *directory, GError **error)
{
  g_autofree char *name = g_path_get_basename (from);
  g_autofree char *to = g_build_filename (directory, name, NULL);
  g_autofree char *content = NULL;
  gsize size;

  return g_file_get_contents (from, &content, &size, error) &&
         g_file_set_contents_full (to, content, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, error);
}

/* The loader takes what belongs to us and nobody else can write, and the DDF lies beside the plugin. */
static gboolean
copy_plugin (const char *path, const char *directory, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  if (dir == NULL || !copy_file (path, directory, error))
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);

      if (g_str_has_suffix (name, ".xml") && g_file_test (file, G_FILE_TEST_IS_REGULAR) &&
          !copy_file (file, directory, error))
        return FALSE;
    }
  return TRUE;
}

static void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      if (g_file_test (file, G_FILE_TEST_IS_DIR) && !g_file_test (file, G_FILE_TEST_IS_SYMLINK))
        remove_tree (file);
      else
        g_unlink (file);
    }
  g_rmdir (path);
}

/* ---- What is asked for ---- */

static int
print_report (OmaCheckReport *report, const Options *options)
{
  g_autofree char *text = options->json ? oma_check_report_to_json (report)
                                        : oma_check_report_to_text (report, options->verbose);

  fputs (text, stdout);
  if (options->json)
    putchar ('\n');
  return oma_check_report_count_problems (report) > 0 ? EXIT_PROBLEMS : EXIT_GOOD;
}

static int
fail (const GError *error)
{
  fprintf (stderr, "omadm-plugin-check: %s\n", error->message);
  return EXIT_BAD_USAGE;
}

static OmaCheckValues *
take_values (char **given, GError **error)
{
  g_autoptr(OmaCheckValues) values = oma_check_values_new ();

  for (gsize i = 0; given != NULL && given[i] != NULL; i++)
    if (!oma_check_values_take (values, given[i], error))
      return NULL;
  return g_steal_pointer (&values);
}

static gboolean
try_plugin (const char *path, const char *work, const Options *options, OmaCheckReport *report, GError **error)
{
  g_autofree char *directory = g_build_filename (work, "plugin", NULL);
  g_autofree char *data_dir = g_build_filename (work, "data", NULL);
  g_autofree char *file = g_path_get_basename (path);
  g_autoptr(OmaCheckValues) values = take_values (options->given, error);
  const OmaCheckSettings settings = {
    .directory = directory,
    .answers = options->answers,
    .config = options->config,
    .values = values,
    .data_dir = data_dir,
    .timeout = (guint) options->timeout,
    .manifest = options->manifest,
    .verbose = options->verbose,
  };

  if (values == NULL)
    return FALSE;
  if (g_mkdir (directory, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", directory, g_strerror (errno));
      return FALSE;
    }
  if (!copy_plugin (path, directory, error))
    return FALSE;
  file[strlen (file) - strlen (".so")] = '\0';
  oma_check_report_set (report, "name", file);
  return oma_check_plugin (&settings, report, error);
}

static int
check_plugin (const char *path, const Options *options)
{
  g_autoptr(OmaCheckReport) report = oma_check_report_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *work = g_dir_make_tmp ("omadm-plugin-check-XXXXXX", &error);
  gboolean good = work != NULL && try_plugin (path, work, options, report, &error);

  if (work != NULL)
    remove_tree (work);
  return good ? print_report (report, options) : fail (error);
}

static void
add_ddf_node (OmaCheckReport *report, const OmaSchemaNode *node, const char *parent)
{
  const char *format = oma_format_to_string (node->format);
  g_autofree char *uri = g_strconcat (parent, "/", node->name != NULL ? node->name : "*", NULL);
  g_autofree char *line = g_strconcat (uri, "  ", format, NULL);

  oma_check_report_add_node (report, line);
  if (node->description == NULL)
    oma_check_report_find (report, TRUE, uri, "", "", "the DDF does not describe it");
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    add_ddf_node (report, g_ptr_array_index (node->children, i), uri);
}

static GLogWriterOutput
take_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer report)
{
  for (gsize i = 0; i < n_fields && (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE)) != 0; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      oma_check_report_find (report, TRUE, "", "", "", fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static int
check_ddf (const char *path, const Options *options)
{
  g_autoptr(OmaCheckReport) report = oma_check_report_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSchema) schema = NULL;

  oma_check_report_set (report, "name", path);
  g_log_set_writer_func (take_warning, report, NULL);
  schema = oma_ddf_load (path, &error);
  if (schema == NULL)
    oma_check_report_find (report, FALSE, "", "", "", error->message);
  if (schema != NULL && options->markdown)
    {
      g_autofree char *page = oma_check_page_make (schema, path);

      fputs (page, stdout);
      return EXIT_GOOD;
    }
  for (guint i = 0; schema != NULL && i < schema->roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, i);

      add_ddf_node (report, root->node, root->path);
    }
  return print_report (report, options);
}

static void
clear (Options *options)
{
  g_free (options->answers);
  g_strfreev (options->config);
  g_strfreev (options->given);
}

int
main (int argc, char **argv)
{
  Options options = { .timeout = 20 };
  g_autoptr(GError) error = NULL;
  int status;

  setlocale (LC_ALL, "");
  if (!parse_options (&options, &argc, &argv, &error))
    status = fail (error);
  else if (options.version)
    {
      puts ("omadm-plugin-check " OMADM_VERSION);
      status = EXIT_GOOD;
    }
  else if (g_str_has_suffix (argv[1], ".so"))
    status = check_plugin (argv[1], &options);
  else
    status = check_ddf (argv[1], &options);
  clear (&options);
  return status;
}
