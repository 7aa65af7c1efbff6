/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-report.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* How often the same thing is told. */
#define MAX_SAME 3

struct _OmaCheckReport {
  GHashTable *facts;        /* key -> text */
  GPtrArray  *nodes;        /* (element-type utf8) */
  GPtrArray  *findings;     /* (element-type OmaCheckFinding) */
  guint       n_trials;
};

static void
finding_free (OmaCheckFinding *finding)
{
  g_free (finding->uri);
  g_free (finding->operation);
  g_free (finding->trial);
  g_free (finding->message);
  g_free (finding);
}

/**
 * oma_check_report_new:
 *
 * Returns: (transfer full): an empty report
 */
OmaCheckReport *
oma_check_report_new (void)
{
  OmaCheckReport *report = g_new0 (OmaCheckReport, 1);

  report->facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  report->nodes = g_ptr_array_new_with_free_func (g_free);
  report->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) finding_free);
  return report;
}

/**
 * oma_check_report_free:
 * @report: (transfer full): a report
 */
void
oma_check_report_free (OmaCheckReport *report)
{
  g_hash_table_unref (report->facts);
  g_ptr_array_unref (report->nodes);
  g_ptr_array_unref (report->findings);
  g_free (report);
}

/**
 * oma_check_report_set:
 * @report: a report
 * @key: what is known
 * @value: of the plugin
 */
void
oma_check_report_set (OmaCheckReport *report, const char *key, const char *value)
{
  g_hash_table_replace (report->facts, g_strdup (key), g_strdup (value));
}

/**
 * oma_check_report_get:
 * @report: a report
 * @key: what is known
 *
 * Returns: (transfer none) (nullable): it
 */
const char *
oma_check_report_get (OmaCheckReport *report, const char *key)
{
  return g_hash_table_lookup (report->facts, key);
}

/**
 * oma_check_report_add_node:
 * @report: a report
 * @node: a line on a node of the DDF: URI, format, access types, operations
 */
void
oma_check_report_add_node (OmaCheckReport *report, const char *node)
{
  g_ptr_array_add (report->nodes, g_strdup (node));
}

static gboolean
is_known (OmaCheckReport *report, const char *uri, const char *operation, const char *trial, const char *message)
{
  for (guint i = 0; i < report->findings->len; i++)
    {
      const OmaCheckFinding *finding = g_ptr_array_index (report->findings, i);

      if (strcmp (finding->uri, uri) == 0 && strcmp (finding->operation, operation) == 0 &&
          strcmp (finding->trial, trial) == 0 && strcmp (finding->message, message) == 0)
        return TRUE;
    }
  return FALSE;
}

/**
 * oma_check_report_find:
 * @report: a report
 * @note: it is no mistake, but to be known
 * @uri: the node, "" when it is about none
 * @operation: what was tried, "" when nothing was
 * @trial: how, "" when there is nothing to say
 * @message: what was found
 *
 * Tells what was found, once.
 */
void
oma_check_report_find (OmaCheckReport *report, gboolean note, const char *uri, const char *operation, const char *trial,
                       const char *message)
{
  OmaCheckFinding *finding;

  if (is_known (report, uri, operation, trial, message))
    return;
  finding = g_new0 (OmaCheckFinding, 1);
  finding->note = note;
  finding->uri = g_strdup (uri);
  finding->operation = g_strdup (operation);
  finding->trial = g_strdup (trial);
  finding->message = g_strdup (message);
  g_ptr_array_add (report->findings, finding);
}

/**
 * oma_check_report_count:
 * @report: a report
 * @trials: how many more operations were run
 */
void
oma_check_report_count (OmaCheckReport *report, guint trials)
{
  report->n_trials += trials;
}

/**
 * oma_check_report_count_problems:
 * @report: a report
 *
 * Returns: how many mistakes were found
 */
guint
oma_check_report_count_problems (OmaCheckReport *report)
{
  guint n = 0;

  for (guint i = 0; i < report->findings->len; i++)
    n += ((OmaCheckFinding *) g_ptr_array_index (report->findings, i))->note ? 0 : 1;
  return n;
}

/* ---- Text ---- */

/* The same message of the same trial, whatever the node. */
static guint
count_same (OmaCheckReport *report, guint index)
{
  const OmaCheckFinding *finding = g_ptr_array_index (report->findings, index);
  guint n = 0;

  for (guint i = 0; i < index; i++)
    {
      const OmaCheckFinding *other = g_ptr_array_index (report->findings, i);

      n += strcmp (other->operation, finding->operation) == 0 && strcmp (other->message, finding->message) == 0 ? 1 : 0;
    }
  return n;
}

static void
append_finding (GString *text, const OmaCheckFinding *finding)
{
  g_string_append (text, finding->note ? "  note: " : "  PROBLEM: ");
  if (*finding->uri != '\0')
    g_string_append (text, finding->uri);
  if (*finding->operation != '\0')
    g_string_append_printf (text, "%s%s", *finding->uri != '\0' ? " " : "", finding->operation);
  if (*finding->trial != '\0')
    g_string_append_printf (text, ", %s", finding->trial);
  if (*finding->uri != '\0' || *finding->operation != '\0')
    g_string_append (text, ": ");
  g_string_append_printf (text, "%s\n", finding->message);
}

static void
append_findings (OmaCheckReport *report, gboolean notes, gboolean verbose, GString *text)
{
  guint n_left = 0;

  for (guint i = 0; i < report->findings->len; i++)
    {
      const OmaCheckFinding *finding = g_ptr_array_index (report->findings, i);

      if (finding->note != notes)
        continue;
      if (!verbose && count_same (report, i) >= MAX_SAME)
        n_left++;
      else
        append_finding (text, finding);
    }
  if (n_left > 0)
    g_string_append_printf (text, "  and the same %u times more; --verbose tells them all\n", n_left);
}

static void
append_fact (OmaCheckReport *report, const char *key, const char *label, GString *text)
{
  const char *value = oma_check_report_get (report, key);

  if (value != NULL)
    g_string_append_printf (text, "  %s: %s\n", label, *value != '\0' ? value : "none");
}

/**
 * oma_check_report_to_text:
 * @report: a report
 * @verbose: whether to tell all there is
 *
 * Returns: (transfer full): it, for people
 */
char *
oma_check_report_to_text (OmaCheckReport *report, gboolean verbose)
{
  GString *text = g_string_new (oma_check_report_get (report, "name"));
  const char *version = oma_check_report_get (report, "version");
  guint problems = oma_check_report_count_problems (report);

  g_string_append_printf (text, "%s%s\n", version != NULL ? " " : "", version != NULL ? version : "");
  append_fact (report, "abi", "Plugin ABI", text);
  append_fact (report, "uris", "Serves", text);
  append_fact (report, "bus-names", "Services that it may use", text);
  append_fact (report, "actions", "Polkit actions that it needs", text);
  if (report->nodes->len > 0)
    g_string_append (text, "Nodes\n");
  for (guint i = 0; i < report->nodes->len; i++)
    g_string_append_printf (text, "  %s\n", (const char *) g_ptr_array_index (report->nodes, i));
  if (report->findings->len > 0)
    g_string_append (text, "Found\n");
  append_findings (report, FALSE, verbose, text);
  append_findings (report, TRUE, verbose, text);
  g_string_append_printf (text, "%u operations were run, %u problems were found\n", report->n_trials, problems);
  return g_string_free (text, FALSE);
}

/* ---- JSON ---- */

static void
add_text (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_findings (OmaCheckReport *report, gboolean notes, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, notes ? "notes" : "problems");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report->findings->len; i++)
    {
      const OmaCheckFinding *finding = g_ptr_array_index (report->findings, i);

      if (finding->note != notes)
        continue;
      json_builder_begin_object (builder);
      add_text (builder, "uri", finding->uri);
      add_text (builder, "operation", finding->operation);
      add_text (builder, "trial", finding->trial);
      add_text (builder, "message", finding->message);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_nodes (OmaCheckReport *report, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "nodes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report->nodes->len; i++)
    json_builder_add_string_value (builder, g_ptr_array_index (report->nodes, i));
  json_builder_end_array (builder);
}

/**
 * oma_check_report_to_json:
 * @report: a report
 *
 * Returns: (transfer full): it, as one JSON document
 */
char *
oma_check_report_to_json (OmaCheckReport *report)
{
  static const char *const facts[] = { "name", "version", "abi", "uris", "bus-names", "actions" };
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;

  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    if (oma_check_report_get (report, facts[i]) != NULL)
      add_text (builder, facts[i], oma_check_report_get (report, facts[i]));
  add_nodes (report, builder);
  json_builder_set_member_name (builder, "operations");
  json_builder_add_int_value (builder, report->n_trials);
  add_findings (report, FALSE, builder);
  add_findings (report, TRUE, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}
