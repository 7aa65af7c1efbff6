/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- tree ---- */

typedef struct {
  const char *uri;
  const char *format;
  const char *type;
  GVariant   *value;
  gboolean    readable;
} Node;

static void
node_clear (Node *node)
{
  g_variant_unref (node->value);
}

static guint
depth_of (const char *uri)
{
  guint depth = 0;

  for (; *uri != '\0'; uri++)
    depth += *uri == '/';
  return depth;
}

static GArray *
collect_nodes (GVariant *list)
{
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  GVariantIter iter;
  Node node;

  g_array_set_clear_func (nodes, (GDestroyNotify) node_clear);
  g_variant_iter_init (&iter, list);
  while (g_variant_iter_next (&iter, "(&s&s&svb)", &node.uri, &node.format, &node.type, &node.value, &node.readable))
    g_array_append_val (nodes, node);
  return nodes;
}

/* Whether a node at @depth follows among the same parent's children. */
static gboolean
has_sibling_below (GArray *nodes, guint index, guint depth)
{
  for (guint i = index + 1; i < nodes->len; i++)
    {
      guint d = depth_of (g_array_index (nodes, Node, i).uri);

      if (d <= depth)
        return d == depth;
    }
  return FALSE;
}

static void
print_branch (OmaCtl *ctl, GArray *nodes, guint index, guint top, gboolean *open)
{
  const Node *node = &g_array_index (nodes, Node, index);
  guint depth = depth_of (node->uri) - top;

  for (guint level = 1; level < depth; level++)
    oma_ctl_print (ctl, OMA_CTL_DIM, open[level] ? "│  " : "   ");
  if (depth > 0)
    {
      open[depth] = has_sibling_below (nodes, index, depth + top);
      oma_ctl_print (ctl, OMA_CTL_DIM, open[depth] ? "├─ " : "└─ ");
    }
}

static void
print_node (OmaCtl *ctl, const Node *node, gboolean is_top, GUnixFDList *fds)
{
  const char *slash = strrchr (node->uri, '/');
  g_autofree char *name = g_uri_unescape_string (is_top || slash == NULL ? node->uri : slash + 1, NULL);
  g_autofree char *shown = oma_ctl_printable (name != NULL ? name : node->uri, strlen (name != NULL ? name : node->uri));
  gboolean interior = g_str_equal (node->format, "node");

  oma_ctl_print (ctl, interior ? OMA_CTL_BOLD : OMA_CTL_PLAIN, "%s", shown);
  if (!interior && node->readable)
    {
      gsize length;
      g_autofree char *text = oma_ctl_value_text (node->value, fds, &length);
      g_autofree char *value = oma_ctl_printable (text, length);

      printf (" = %s", value);
    }
  else if (!interior)
    oma_ctl_print (ctl, OMA_CTL_DIM, _(" (not readable)"));
  putchar ('\n');
}

static void
print_tree (OmaCtl *ctl, GArray *nodes, gboolean truncated, GUnixFDList *fds)
{
  gboolean open[256] = { FALSE };
  guint top = nodes->len > 0 ? depth_of (g_array_index (nodes, Node, 0).uri) : 0;

  for (guint i = 0; i < nodes->len; i++)
    {
      const Node *node = &g_array_index (nodes, Node, i);

      if (depth_of (node->uri) - top >= G_N_ELEMENTS (open))
        continue;
      print_branch (ctl, nodes, i, top, open);
      print_node (ctl, node, i == 0, fds);
    }
  if (truncated)
    printf (_("... and more; name a URI further down\n"));
}

static void
print_tree_json (GArray *nodes, gboolean truncated, GUnixFDList *fds)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "nodes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < nodes->len; i++)
    {
      const Node *node = &g_array_index (nodes, Node, i);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "uri");
      json_builder_add_string_value (builder, node->uri);
      json_builder_set_member_name (builder, "format");
      json_builder_add_string_value (builder, node->format);
      json_builder_set_member_name (builder, "type");
      json_builder_add_string_value (builder, node->type);
      json_builder_set_member_name (builder, "readable");
      json_builder_add_boolean_value (builder, node->readable);
      if (node->readable && !g_str_equal (node->format, "node"))
        oma_ctl_json_value (builder, node->value, fds);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "truncated");
  json_builder_add_boolean_value (builder, truncated);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, TRUE);
}

/**
 * oma_ctl_tree:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb tree: shows a subtree with its values.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_tree (OmaCtl *ctl, int argc, char **argv)
{
  int depth = 0, limit = 0;
  const GOptionEntry entries[] = {
    { "depth", 'd', 0, G_OPTION_ARG_INT, &depth, N_("Levels to show"), N_("N") },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, N_("Nodes to show at the most"), N_("N") },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL, list = NULL;
  g_autoptr(GUnixFDList) fds = NULL;
  g_autoptr(GArray) nodes = NULL;
  gboolean truncated;

  if (!oma_ctl_parse (ctl, "tree [URI]", entries, &argc, &argv, 0, 1))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_TREE, "GetSubtree",
                        g_variant_new ("(suu)", argc > 1 ? argv[1] : ".", MAX (depth, 0), MAX (limit, 0)),
                        "(a(sssvb)b)", NULL, &fds, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  g_variant_get (reply, "(@a(sssvb)b)", &list, &truncated);
  nodes = collect_nodes (list);
  if (ctl->json)
    print_tree_json (nodes, truncated, fds);
  else
    print_tree (ctl, nodes, truncated, fds);
  return OMA_CTL_OK;
}

/* ---- get ---- */

static OmaCtlExit
get_property (OmaCtl *ctl, const char *uri, const char *property)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = oma_ctl_call (ctl, OMA_CTL_TREE, "GetProperty", g_variant_new ("(ss)", uri, property),
                                            "(s)", NULL, NULL, &error);
  const char *value;

  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  g_variant_get (reply, "(&s)", &value);
  if (ctl->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "uri");
      json_builder_add_string_value (builder, uri);
      json_builder_set_member_name (builder, "property");
      json_builder_add_string_value (builder, property);
      json_builder_set_member_name (builder, "value");
      json_builder_add_string_value (builder, value);
      json_builder_end_object (builder);
      oma_ctl_json_print (builder, TRUE);
    }
  else
    puts (value);
  return OMA_CTL_OK;
}

static void
print_value (OmaCtl *ctl, const char *uri, GVariant *reply, GUnixFDList *fds)
{
  g_autoptr(GVariant) value = NULL;
  const char *format, *type;

  g_variant_get (reply, "(&s&sv)", &format, &type, &value);
  if (ctl->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "uri");
      json_builder_add_string_value (builder, uri);
      json_builder_set_member_name (builder, "format");
      json_builder_add_string_value (builder, format);
      json_builder_set_member_name (builder, "type");
      json_builder_add_string_value (builder, type);
      oma_ctl_json_value (builder, value, fds);
      json_builder_end_object (builder);
      oma_ctl_json_print (builder, TRUE);
    }
  else
    {
      gsize length;
      g_autofree char *text = oma_ctl_value_text (value, fds, &length);

      /* Octets go out as they are; on a terminal nothing in them may act. */
      if (isatty (STDOUT_FILENO) && !g_str_equal (format, "node"))
        {
          g_autofree char *shown = oma_ctl_printable (text, length);

          puts (shown);
        }
      else
        {
          fwrite (text, 1, length, stdout);
          if (length > 0 && !g_str_equal (format, "bin"))
            putchar ('\n');
        }
    }
}

/**
 * oma_ctl_get:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb get: a value, the children of an interior node, or a property.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_get (OmaCtl *ctl, int argc, char **argv)
{
  g_autofree char *property = NULL;
  gboolean tnds = FALSE;
  const GOptionEntry entries[] = {
    { "property", 'p', 0, G_OPTION_ARG_STRING, &property, N_("A property in place of the value"), N_("NAME") },
    { "tnds", 0, 0, G_OPTION_ARG_NONE, &tnds, N_("The node with all below it as a TNDS document"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GUnixFDList) fds = NULL;

  if (!oma_ctl_parse (ctl, "get URI", entries, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  if (property != NULL)
    return get_property (ctl, argv[1], property);
  reply = oma_ctl_call (ctl, OMA_CTL_TREE, tnds ? "GetDocument" : "Get", g_variant_new ("(s)", argv[1]), "(ssv)", NULL,
                        &fds, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  print_value (ctl, argv[1], reply, fds);
  return OMA_CTL_OK;
}

/* ---- set, add, delete, exec ---- */

/* A call that returns nothing but success. */
static OmaCtlExit
change (OmaCtl *ctl, const char *method, GVariant *parameters, GUnixFDList *fds)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = oma_ctl_call (ctl, OMA_CTL_TREE, method, parameters, NULL, fds, NULL, &error);

  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (ctl->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_end_object (builder);
      oma_ctl_json_print (builder, TRUE);
    }
  return OMA_CTL_OK;
}

/* The file's octets travel as a descriptor; "-" is standard input, which must be a file too. */
static GVariant *
value_from_file (const char *path, GUnixFDList **fds, GError **error)
{
  int fd = g_str_equal (path, "-") ? dup (STDIN_FILENO) : open (path, O_RDONLY | O_CLOEXEC);
  int handle;

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
      return NULL;
    }
  *fds = g_unix_fd_list_new ();
  handle = g_unix_fd_list_append (*fds, fd, error);
  close (fd);
  return handle >= 0 ? g_variant_new_handle (handle) : NULL;
}

static OmaCtlExit
write_node (OmaCtl *ctl, const char *method, int argc, char **argv, gboolean value_needed)
{
  g_autofree char *format = NULL, *type = NULL, *file = NULL, *property = NULL;
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &format, N_("Format, default what the DDF says"), N_("FORMAT") },
    { "type", 't', 0, G_OPTION_ARG_STRING, &type, N_("MIME type, default what the DDF says"), N_("TYPE") },
    { "file", 'F', 0, G_OPTION_ARG_FILENAME, &file, N_("Take the value from a file"), N_("FILE") },
    { "property", 'p', 0, G_OPTION_ARG_STRING, &property, N_("A property in place of the value"), N_("NAME") },
    G_OPTION_ENTRY_NULL
  };
  g_autofree char *usage = g_strdup_printf ("%s URI [VALUE]", argv[0]);
  g_autoptr(GUnixFDList) fds = NULL;
  g_autoptr(GError) error = NULL;
  GVariant *value;

  if (!oma_ctl_parse (ctl, usage, entries, &argc, &argv, 1, 2))
    return OMA_CTL_USAGE;
  if (argc == 2 && file == NULL && value_needed)
    return oma_ctl_fail_usage (ctl, _("a value or --file is needed"));
  if (argc == 3 && file != NULL)
    return oma_ctl_fail_usage (ctl, _("a value and --file exclude each other"));
  if (property != NULL)
    return change (ctl, "SetProperty", g_variant_new ("(sss)", argv[1], property, argc == 3 ? argv[2] : ""), NULL);
  value = file != NULL ? value_from_file (file, &fds, &error) : g_variant_new_string (argc == 3 ? argv[2] : "");
  if (value == NULL)
    return oma_ctl_fail (ctl, error);
  if (format == NULL && argc == 2 && file == NULL)
    format = g_strdup ("node");
  return change (ctl, method,
                 g_variant_new ("(sssv)", argv[1], format != NULL ? format : "", type != NULL ? type : "", value), fds);
}

/**
 * oma_ctl_set:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb set: replaces a leaf's value, or a property.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_set (OmaCtl *ctl, int argc, char **argv)
{
  return write_node (ctl, "Replace", argc, argv, TRUE);
}

/**
 * oma_ctl_add:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb add: makes a leaf with a value, or without one an interior node.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_add (OmaCtl *ctl, int argc, char **argv)
{
  return write_node (ctl, "Add", argc, argv, FALSE);
}

/**
 * oma_ctl_delete:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb delete: removes a node with all below it.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_delete (OmaCtl *ctl, int argc, char **argv)
{
  if (!oma_ctl_parse (ctl, "delete URI", NULL, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  return change (ctl, "Delete", g_variant_new ("(s)", argv[1]), NULL);
}

/**
 * oma_ctl_exec:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb exec: runs a node, and prints the status.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_exec (OmaCtl *ctl, int argc, char **argv)
{
  g_autofree char *correlator = NULL;
  const GOptionEntry entries[] = {
    { "correlator", 'c', 0, G_OPTION_ARG_STRING, &correlator, N_("Names the request in later reports"), N_("TEXT") },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  guint status;

  if (!oma_ctl_parse (ctl, "exec URI [ARGUMENT]", entries, &argc, &argv, 1, 2))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_TREE, "Exec",
                        g_variant_new ("(sss)", argv[1], argc > 2 ? argv[2] : "", correlator != NULL ? correlator : ""),
                        "(u)", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  g_variant_get (reply, "(u)", &status);
  if (ctl->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "status");
      json_builder_add_int_value (builder, status);
      json_builder_end_object (builder);
      oma_ctl_json_print (builder, TRUE);
    }
  else
    printf (status == 202 ? _("%u accepted, it goes on\n") : _("%u done\n"), status);
  return OMA_CTL_OK;
}
