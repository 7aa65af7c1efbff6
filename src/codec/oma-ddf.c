/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-ddf.h"

#include "base/oma-uri.h"
#include "codec/oma-allowed-values.h"
#include "codec/oma-codec.h"
#include "codec/oma-ddf-reader.h"
#include "tree/oma-acl.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_SIZE (16 * 1024 * 1024)
#define MAX_NODES 100000

/* What stands for the name of a placeholder in messages. */
#define PLACEHOLDER "<X>"

typedef enum {
  CASE_INHERITED,
  CASE_SENSITIVE,
  CASE_INSENSITIVE,
} CaseSense;

/* A Node as it is written; its elements may come in any order. */
typedef struct {
  OmaSchemaNode    *node;
  int               line;
  gsize             mark;           /* length of the parent's URI in what messages call the node */
  char             *path;           /* of a top node */
  OmaFormat         format;         /* DFFormat */
  OmaFormat         rt_format;      /* Format in RTProperties */
  char             *value;
  GPtrArray        *types;
  CaseSense         case_sense;
  gboolean          client_named;
  OmaAllowedValues *allowed;
  GPtrArray        *children;       /* of Draft */
} Draft;

typedef struct {
  OmaDdfReader *reader;
  OmaSchema    *schema;
  GPtrArray    *tops;               /* of Draft */
  GHashTable   *top_uris;
  guint         n_nodes;
} Document;

static void
draft_free (Draft *draft)
{
  g_clear_pointer (&draft->node, oma_schema_node_free);
  g_clear_pointer (&draft->allowed, oma_allowed_values_free);
  g_ptr_array_unref (draft->types);
  g_ptr_array_unref (draft->children);
  g_free (draft->path);
  g_free (draft->value);
  g_free (draft);
}

static Draft *
draft_new (int line, gsize mark)
{
  Draft *draft = g_new0 (Draft, 1);

  draft->node = oma_schema_node_new (NULL, OMA_FORMAT_NONE);
  draft->line = line;
  draft->mark = mark;
  draft->types = g_ptr_array_new_with_free_func (g_free);
  draft->children = g_ptr_array_new_with_free_func ((GDestroyNotify) draft_free);
  return draft;
}

/* Lets messages name this node. */
static void
enter_node (OmaDdfReader *reader, const Draft *draft)
{
  GString *uri = oma_ddf_reader_get_node (reader);

  g_string_truncate (uri, draft->mark);
  if (draft->mark == 0)
    g_string_append (uri, draft->path != NULL ? draft->path : ".");
  if (draft->node->name != NULL)
    oma_uri_append_segment (uri, draft->node->name, -1);
  else
    g_string_append (uri, "/" PLACEHOLDER);
}

static void
leave_node (OmaDdfReader *reader, const Draft *draft)
{
  g_string_truncate (oma_ddf_reader_get_node (reader), draft->mark);
}

/* ---- Reading: elements to drafts ---- */

static gboolean
read_access (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const struct {
    const char *name;
    OmaAccess   access;
  } commands[] = {
    { "Add", OMA_ACCESS_ADD },   { "Copy", OMA_ACCESS_COPY }, { "Delete", OMA_ACCESS_DELETE },
    { "Exec", OMA_ACCESS_EXEC }, { "Get", OMA_ACCESS_GET },   { "Replace", OMA_ACCESS_REPLACE },
  };
  Draft *draft = target;
  const int depth = oma_ddf_reader_get_depth (reader);
  int step;

  while ((step = oma_ddf_reader_next_child (reader, depth, error)) > 0)
    for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
      if (oma_ddf_reader_is (reader, OMA_DDF_NAMESPACE_OMA, commands[i].name))
        draft->node->access |= commands[i].access;
  return step == 0;
}

static gboolean
read_format_to (OmaDdfReader *reader, OmaFormat *format, GError **error)
{
  g_autofree char *name = NULL;

  if (!oma_ddf_reader_choice (reader, &name, NULL, error))
    return FALSE;
  *format = oma_format_from_string (name);
  if (*format == OMA_FORMAT_NONE && name[0] != '\0')
    return oma_ddf_reader_fail (reader, 0, error, "“%s” is not a format", name);
  return TRUE;
}

static gboolean
read_format (OmaDdfReader *reader, gpointer target, GError **error)
{
  return read_format_to (reader, &((Draft *) target)->format, error);
}

static gboolean
read_rt_format (OmaDdfReader *reader, gpointer target, GError **error)
{
  return read_format_to (reader, &((Draft *) target)->rt_format, error);
}

static gboolean
read_occurrence (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const struct {
    const char *name;
    guint       min, max;     /* max 0: the element's number */
  } occurrences[] = {
    { "", 1, 1 },
    { "One", 1, 1 },
    { "ZeroOrOne", 0, 1 },
    { "ZeroOrMore", 0, OMA_OCCURRENCE_UNBOUNDED },
    { "OneOrMore", 1, OMA_OCCURRENCE_UNBOUNDED },
    { "ZeroOrN", 0, 0 },
    { "OneOrN", 1, 0 },
  };
  OmaSchemaNode *node = ((Draft *) target)->node;
  g_autofree char *name = NULL, *number = NULL;
  guint64 n;
  guint i;

  if (!oma_ddf_reader_choice (reader, &name, &number, error))
    return FALSE;
  for (i = 0; i < G_N_ELEMENTS (occurrences); i++)
    if (strcmp (name, occurrences[i].name) == 0)
      break;
  if (i == G_N_ELEMENTS (occurrences))
    return oma_ddf_reader_fail (reader, 0, error, "“%s” is not an occurrence", name);
  node->min_occurrence = occurrences[i].min;
  node->max_occurrence = occurrences[i].max;
  if (occurrences[i].max == 0)
    {
      if (!g_ascii_string_to_unsigned (number, 10, 1, 65536, &n, NULL))
        return oma_ddf_reader_fail (reader, 0, error, "%s needs a number from 1 to 65536", name);
      node->max_occurrence = n;
    }
  return TRUE;
}

static gboolean
read_scope (OmaDdfReader *reader, gpointer target, GError **error)
{
  g_autofree char *name = NULL;

  if (!oma_ddf_reader_choice (reader, &name, NULL, error))
    return FALSE;
  if (strcmp (name, "Permanent") != 0 && strcmp (name, "Dynamic") != 0 && name[0] != '\0')
    return oma_ddf_reader_fail (reader, 0, error, "“%s” is not a scope", name);
  ((Draft *) target)->node->permanent = strcmp (name, "Permanent") == 0;
  return TRUE;
}

static gboolean
read_case_sense (OmaDdfReader *reader, gpointer target, GError **error)
{
  Draft *draft = target;
  g_autofree char *name = NULL;

  if (!oma_ddf_reader_choice (reader, &name, NULL, error))
    return FALSE;
  if (strcmp (name, "CIS") == 0)
    draft->case_sense = CASE_INSENSITIVE;
  else if (strcmp (name, "CS") == 0)
    draft->case_sense = CASE_SENSITIVE;
  return TRUE;
}

static gboolean
read_default (OmaDdfReader *reader, gpointer target, GError **error)
{
  return oma_ddf_reader_text (reader, &((Draft *) target)->node->default_value, error);
}

static gboolean
read_value (OmaDdfReader *reader, gpointer target, GError **error)
{
  return oma_ddf_reader_text (reader, &((Draft *) target)->value, error);
}

static gboolean
read_title (OmaDdfReader *reader, gpointer target, GError **error)
{
  return oma_ddf_reader_word (reader, &((Draft *) target)->node->title, error);
}

static gboolean
read_description (OmaDdfReader *reader, gpointer target, GError **error)
{
  return oma_ddf_reader_word (reader, &((Draft *) target)->node->description, error);
}

static gboolean
read_ddf_name (OmaDdfReader *reader, gpointer target, GError **error)
{
  return oma_ddf_reader_word (reader, &((Draft *) target)->node->ddf_name, error);
}

static gboolean
read_mime (OmaDdfReader *reader, gpointer target, GError **error)
{
  g_autofree char *type = NULL;

  if (!oma_ddf_reader_word (reader, &type, error))
    return FALSE;
  if (type[0] != '\0')
    g_ptr_array_add (((Draft *) target)->types, g_steal_pointer (&type));
  return TRUE;
}

static gboolean
read_type (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_OMA, "MIME", read_mime },
    { OMA_DDF_NAMESPACE_OMA, "DDFName", read_ddf_name },
    { 0, NULL, NULL },
  };

  return oma_ddf_reader_children (reader, rules, target, error);
}

/* An ACL that cannot be read is not left out: the node would be open to more than it should. */
static gboolean
read_acl (OmaDdfReader *reader, gpointer target, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr(OmaAcl) acl = NULL;
  g_autoptr(GError) acl_error = NULL;

  if (!oma_ddf_reader_word (reader, &text, error))
    return FALSE;
  if (text[0] == '\0')
    return TRUE;
  acl = oma_acl_parse (text, &acl_error);
  if (acl == NULL)
    return oma_ddf_reader_fail (reader, 0, error, "%s", acl_error->message);
  g_free (((Draft *) target)->node->default_acl);
  ((Draft *) target)->node->default_acl = g_strdup (oma_acl_get_text (acl));
  return TRUE;
}

static gboolean
mark_client_named (OmaDdfReader *reader G_GNUC_UNUSED, gpointer target, GError **error G_GNUC_UNUSED)
{
  ((Draft *) target)->client_named = TRUE;
  return TRUE;
}

static gboolean
read_naming (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_MICROSOFT, "ClientInventory", mark_client_named },
    { 0, NULL, NULL },
  };

  return oma_ddf_reader_children (reader, rules, target, error);
}

static gboolean
read_allowed_values (OmaDdfReader *reader, gpointer target, GError **error)
{
  Draft *draft = target;

  g_clear_pointer (&draft->allowed, oma_allowed_values_free);
  draft->allowed = oma_allowed_values_read (reader, error);
  return draft->allowed != NULL;
}

/* A rule that is not known costs a warning: then the server that was first keeps its value. */
static gboolean
read_merge_rule (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const struct {
    const char  *name;
    OmaMergeRule rule;
  } merge_rules[] = {
    { "", OMA_MERGE_NONE },
    { "NoMerge", OMA_MERGE_NONE },
    { "LastWrite", OMA_MERGE_LAST_WRITE },
    { "LowestValueMostSecure", OMA_MERGE_LOWEST },
    { "LowestValueMostSecureZeroHasNoLimits", OMA_MERGE_LOWEST_ZERO_OPEN },
    { "HighestValueMostSecure", OMA_MERGE_HIGHEST },
    { "HighestValueMostSecureZeroHasNoLimits", OMA_MERGE_HIGHEST_ZERO_OPEN },
  };
  g_autofree char *name = NULL;

  if (!oma_ddf_reader_word (reader, &name, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (merge_rules); i++)
    if (strcmp (name, merge_rules[i].name) == 0)
      {
        ((Draft *) target)->node->merge = merge_rules[i].rule;
        return TRUE;
      }
  oma_ddf_reader_warn (reader, 0, "“%s” is not a rule for conflicts", name);
  return TRUE;
}

static gboolean
read_df_properties (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_OMA, "AccessType", read_access },
    { OMA_DDF_NAMESPACE_OMA, "CaseSense", read_case_sense },
    { OMA_DDF_NAMESPACE_OMA, "DFFormat", read_format },
    { OMA_DDF_NAMESPACE_OMA, "DFTitle", read_title },
    { OMA_DDF_NAMESPACE_OMA, "DFType", read_type },
    { OMA_DDF_NAMESPACE_OMA, "DefaultValue", read_default },
    { OMA_DDF_NAMESPACE_OMA, "Description", read_description },
    { OMA_DDF_NAMESPACE_OMA, "Occurrence", read_occurrence },
    { OMA_DDF_NAMESPACE_OMA, "Scope", read_scope },
    { OMA_DDF_NAMESPACE_MICROSOFT, "AllowedValues", read_allowed_values },
    { OMA_DDF_NAMESPACE_MICROSOFT, "ConflictResolution", read_merge_rule },
    { OMA_DDF_NAMESPACE_MICROSOFT, "DynamicNodeNaming", read_naming },
    { 0, NULL, NULL },
  };

  return oma_ddf_reader_children (reader, rules, target, error);
}

static gboolean
read_rt_properties (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_OMA, "ACL", read_acl },
    { OMA_DDF_NAMESPACE_OMA, "Format", read_rt_format },
    { 0, NULL, NULL },
  };

  return oma_ddf_reader_children (reader, rules, target, error);
}

static gboolean
read_name (OmaDdfReader *reader, gpointer target, GError **error)
{
  OmaSchemaNode *node = ((Draft *) target)->node;
  g_autofree char *name = NULL;
  g_autoptr(GString) escaped = g_string_new (NULL);

  if (!oma_ddf_reader_word (reader, &name, error))
    return FALSE;
  g_clear_pointer (&node->name, g_free);
  if (name[0] == '\0')
    {
      enter_node (reader, target);
      return TRUE;
    }
  oma_uri_append_segment (escaped, name, -1);
  if (!oma_uri_name_is_valid (name, strlen (name)) || escaped->len > OMA_URI_MAX_SEGMENT + strlen ("/"))
    return oma_ddf_reader_fail (reader, 0, error, "“%s” cannot be the name of a node", escaped->str + 1);
  node->name = g_steal_pointer (&name);
  enter_node (reader, target);
  return TRUE;
}

/* Makes a Path canonical; all of "./A/B", "A/B" and "./A/B/" are written. */
static gboolean
read_path (OmaDdfReader *reader, gpointer target, GError **error)
{
  Draft *draft = target;
  g_autofree char *path = NULL;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autoptr(GError) uri_error = NULL;
  gsize length;

  if (!oma_ddf_reader_word (reader, &path, error))
    return FALSE;
  length = strlen (path);
  if (length > 1 && path[length - 1] == '/')
    path[length - 1] = '\0';
  if (path[0] != '\0' && (!oma_uri_parse (&uri, path, &uri_error) || uri.query != OMA_URI_QUERY_NONE))
    return oma_ddf_reader_fail (reader, 0, error, "Path “%s” is not the URI of a node", path);
  g_free (draft->path);
  draft->path = oma_uri_to_string (&uri);
  enter_node (reader, draft);
  return TRUE;
}

static gboolean read_child_node (OmaDdfReader *reader, gpointer target, GError **error);

static Draft *
read_node (OmaDdfReader *reader, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_OMA, "NodeName", read_name },
    { OMA_DDF_NAMESPACE_OMA, "DFProperties", read_df_properties },
    { OMA_DDF_NAMESPACE_OMA, "RTProperties", read_rt_properties },
    { OMA_DDF_NAMESPACE_OMA, "Node", read_child_node },
    { OMA_DDF_NAMESPACE_OMA, "Value", read_value },
    { OMA_DDF_NAMESPACE_OMA, "Path", read_path },
    { 0, NULL, NULL },
  };
  gsize mark = oma_ddf_reader_get_node (reader)->len;
  Draft *draft = draft_new (oma_ddf_reader_get_line (reader), mark);
  Document *document = oma_ddf_reader_get_data (reader);
  gboolean good;

  if (++document->n_nodes > MAX_NODES)
    good = oma_ddf_reader_fail_code (reader, OMA_CODEC_ERROR_LIMIT, 0, error, "there are more than %d nodes",
                                     MAX_NODES);
  else
    good = oma_ddf_reader_children (reader, rules, draft, error);
  if (good && mark > 0 && draft->path != NULL)
    good = oma_ddf_reader_fail (reader, draft->line, error, "only a top node can have a Path");
  leave_node (reader, draft);
  if (!good)
    g_clear_pointer (&draft, draft_free);
  return draft;
}

/* Recursion ends at the reader's limit on depth. */
static gboolean
read_child_node (OmaDdfReader *reader, gpointer target, GError **error)
{
  Draft *child = read_node (reader, error);

  if (child != NULL)
    g_ptr_array_add (((Draft *) target)->children, child);
  return child != NULL;
}

static gboolean
read_top_node (OmaDdfReader *reader, gpointer target, GError **error)
{
  Draft *top = read_node (reader, error);

  if (top != NULL)
    g_ptr_array_add (((Document *) target)->tops, top);
  return top != NULL;
}

static gboolean
read_version (OmaDdfReader *reader, gpointer target G_GNUC_UNUSED, GError **error)
{
  g_autofree char *version = NULL;

  if (!oma_ddf_reader_word (reader, &version, error))
    return FALSE;
  if (strcmp (version, "1.1") != 0 && strcmp (version, "1.2") != 0 && strcmp (version, "1.3") != 0)
    oma_ddf_reader_warn (reader, 0, "version “%s” of the description format is not known", version);
  return TRUE;
}

static gboolean
read_manufacturer (OmaDdfReader *reader, gpointer target, GError **error)
{
  return oma_ddf_reader_word (reader, &((Document *) target)->schema->manufacturer, error);
}

static gboolean
read_model (OmaDdfReader *reader, gpointer target, GError **error)
{
  return oma_ddf_reader_word (reader, &((Document *) target)->schema->model, error);
}

/* ---- Building: drafts to schema nodes ---- */

static void
choose_format (Draft *draft)
{
  OmaFormat format = draft->format != OMA_FORMAT_NONE ? draft->format : draft->rt_format;

  if (format == OMA_FORMAT_NONE)
    format = draft->children->len > 0 || draft->node->ddf_name != NULL ? OMA_FORMAT_NODE : OMA_FORMAT_CHR;
  oma_schema_node_set_format (draft->node, format);
}

/* The default of a leaf: kept when it has the form of the format, else left out, since the
 * rest of the file is good without it. */
static void
build_default (Document *document, Draft *draft)
{
  OmaSchemaNode *node = draft->node;
  OmaFormat form = node->format == OMA_FORMAT_BIN ? OMA_FORMAT_B64 : node->format;
  g_autoptr(OmaValue) value = NULL;

  if (node->default_value == NULL)
    node->default_value = g_steal_pointer (&draft->value);
  if (node->default_value == NULL)
    return;
  if (form != OMA_FORMAT_CHR && form != OMA_FORMAT_XML)
    g_strstrip (node->default_value);
  if (node->default_value[0] == '\0' ||
      oma_format_check (form, node->default_value, strlen (node->default_value), NULL))
    return;
  value = oma_schema_node_make_default (node);
  if (oma_value_get_size (value) > 0)     /* 1, True and the like, for bool */
    return;
  oma_ddf_reader_warn (document->reader, draft->line, "the default value is not of format %s and is left out",
                       oma_format_to_string (node->format));
  g_clear_pointer (&node->default_value, g_free);
}

static gboolean
build_leaf (Document *document, Draft *draft, GError **error)
{
  OmaSchemaNode *node = draft->node;
  g_autoptr(GError) reason = NULL;

  if (draft->children->len > 0)
    return oma_ddf_reader_fail (document->reader, draft->line, error, "a leaf cannot have children");
  g_clear_pointer (&node->ddf_name, g_free);
  if (draft->types->len > 0)
    {
      g_ptr_array_add (draft->types, NULL);
      node->types = g_strdupv ((char **) draft->types->pdata);
    }
  build_default (document, draft);
  if (draft->allowed != NULL && !oma_allowed_values_apply (draft->allowed, node, &reason))
    oma_ddf_reader_warn (document->reader, draft->line, "permitted values are not enforced: %s", reason->message);
  return TRUE;
}

static gboolean build_node (Document *document, Draft *draft, gboolean case_insensitive, guint depth,
                            GError **error);

static gboolean
build_interior (Document *document, Draft *draft, guint depth, GError **error)
{
  OmaSchemaNode *node = draft->node;

  if ((node->default_value != NULL && node->default_value[0] != '\0') ||
      (draft->value != NULL && draft->value[0] != '\0'))
    return oma_ddf_reader_fail (document->reader, draft->line, error, "an interior node cannot have a value");
  g_clear_pointer (&node->default_value, g_free);

  for (guint i = 0; i < draft->children->len; i++)
    {
      Draft *child = g_ptr_array_index (draft->children, i);
      g_autoptr(GError) reason = NULL;

      if (!build_node (document, child, node->case_insensitive, depth + 1, error))
        return FALSE;
      if (!oma_schema_node_add_child (node, g_steal_pointer (&child->node), &reason))
        return oma_ddf_reader_fail (document->reader, child->line, error, "%s", reason->message);
    }
  return TRUE;
}

/* Completes the node of a draft; @depth is how many segments lead to it. */
static gboolean
build_node (Document *document, Draft *draft, gboolean case_insensitive, guint depth, GError **error)
{
  OmaSchemaNode *node = draft->node;
  gboolean good;

  enter_node (document->reader, draft);
  if (depth > OMA_URI_MAX_DEPTH)
    return oma_ddf_reader_fail_code (document->reader, OMA_CODEC_ERROR_LIMIT, draft->line, error,
                                     "the node is deeper than %d segments", OMA_URI_MAX_DEPTH);
  node->case_insensitive = draft->case_sense == CASE_INHERITED ? case_insensitive
                                                               : draft->case_sense == CASE_INSENSITIVE;
  if (draft->client_named)
    node->access &= ~OMA_ACCESS_ADD;
  choose_format (draft);
  good = node->format == OMA_FORMAT_NODE ? build_interior (document, draft, depth, error)
                                         : build_leaf (document, draft, error);
  if (good)
    leave_node (document->reader, draft);
  return good;
}

static gboolean
build_top (Document *document, Draft *top, GError **error)
{
  const char *path = top->path != NULL ? top->path : ".";
  guint depth = 1;

  for (const char *p = path; *p != '\0'; p++)
    depth += *p == '/';
  if (!build_node (document, top, FALSE, depth, error))
    return FALSE;
  enter_node (document->reader, top);
  if (!g_hash_table_add (document->top_uris, g_strdup (oma_ddf_reader_get_node (document->reader)->str)))
    return oma_ddf_reader_fail (document->reader, top->line, error, "the node is described twice");
  leave_node (document->reader, top);
  oma_schema_add_root (document->schema, path, g_steal_pointer (&top->node));
  return TRUE;
}

static gboolean
build_schema (Document *document, GError **error)
{
  for (guint i = 0; i < document->tops->len; i++)
    if (!build_top (document, g_ptr_array_index (document->tops, i), error))
      return FALSE;
  return TRUE;
}

/**
 * oma_ddf_parse:
 * @origin: where the document comes from, for messages: a file name
 * @data: the document
 * @size: its size in octets
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Reads a device description (DM Tree and Description 1.2, Device Description Framework) as
 * it is published: with or without namespace, elements in any order, unknown ones skipped.
 * A DOCTYPE is skipped and nothing is fetched; an entity declaration refuses the document.
 *
 * Of Microsoft's extensions AllowedValues become the constraint or the annotation of a leaf,
 * ConflictResolution says which of two servers' values holds, and DynamicNodeNaming of ClientInventory takes the right to Add away; UniqueName does not
 * constrain names, since published ones mix expressions and prose.  Permitted values and
 * defaults that cannot be understood cost a warning, not the document: the node is then
 * not constrained, or has no default.  An ACL that cannot be understood refuses it.
 *
 * Returns: (transfer full): the schema, or %NULL with %OMA_CODEC_ERROR_FORBIDDEN,
 *   %OMA_CODEC_ERROR_LIMIT over 16 MiB, 100,000 nodes or %OMA_URI_MAX_DEPTH segments, or
 *   %OMA_CODEC_ERROR_MALFORMED; the message names file, line and node
 */
OmaSchema *
oma_ddf_parse (const char *origin, gconstpointer data, gsize size, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_OMA, "VerDTD", read_version },
    { OMA_DDF_NAMESPACE_OMA, "Man", read_manufacturer },
    { OMA_DDF_NAMESPACE_OMA, "Mod", read_model },
    { OMA_DDF_NAMESPACE_OMA, "Node", read_top_node },
    { 0, NULL, NULL },
  };
  g_autoptr(GPtrArray) tops = g_ptr_array_new_with_free_func ((GDestroyNotify) draft_free);
  g_autoptr(GHashTable) top_uris = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(OmaSchema) schema = oma_schema_new (origin);
  Document document = { .schema = schema, .tops = tops, .top_uris = top_uris };
  g_autoptr(OmaDdfReader) reader = NULL;

  if (size > MAX_SIZE)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT, "%s: larger than %d MiB", origin,
                   MAX_SIZE / (1024 * 1024));
      return NULL;
    }
  reader = oma_ddf_reader_new (origin, data, size, &document, error);
  if (reader == NULL)
    return NULL;
  document.reader = reader;
  if (!oma_ddf_reader_open (reader, "MgmtTree", error) ||
      !oma_ddf_reader_children (reader, rules, &document, error))
    return NULL;
  if (tops->len == 0)
    {
      oma_ddf_reader_fail (reader, 0, error, "there is no node");
      return NULL;
    }
  if (!oma_ddf_reader_close (reader, error) || !build_schema (&document, error))
    return NULL;
  return g_steal_pointer (&schema);
}

/**
 * oma_ddf_load:
 * @path: a file; links are followed
 * @error: return location for an %OMA_CODEC_ERROR or #GIOErrorEnum
 *
 * Reads a device description from a regular file; blocks, as start-up may.
 *
 * Returns: (transfer full): the schema, or %NULL with an error as of oma_ddf_parse(), or a
 *   #GIOErrorEnum when the file cannot be read or is not a regular one
 */
OmaSchema *
oma_ddf_load (const char *path, GError **error)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileInfo) info = NULL;
  g_autofree char *data = NULL;
  gsize size;

  info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                            G_FILE_QUERY_INFO_NONE, NULL, error);
  if (info == NULL)
    return NULL;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "%s: not a regular file", path);
      return NULL;
    }
  if (g_file_info_get_size (info) > MAX_SIZE)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT, "%s: larger than %d MiB", path,
                   MAX_SIZE / (1024 * 1024));
      return NULL;
    }
  if (!g_file_load_contents (file, NULL, &data, &size, NULL, error))
    return NULL;
  return oma_ddf_parse (path, data, size, error);
}
