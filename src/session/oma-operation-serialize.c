/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation.h"

#include "codec/oma-node-links.h"
#include "codec/oma-tnds.h"

#include <string.h>

/* Get with "?list=TNDS" (DM Tree and Description 1.2, section 8.4): a subtree as one document.
 *
 * Where the text leaves room (our reading): Path of the top node is the whole URI of its parent;
 * an ACL or Title that a node does not have is left out. */

typedef enum {
  PART_ACL = 1 << 0,
  PART_FORMAT = 1 << 1,
  PART_TITLE = 1 << 2,
  PART_TSTAMP = 1 << 3,
  PART_TYPE = 1 << 4,
  PART_VER_NO = 1 << 5,
  PART_VALUE = 1 << 6,
} Parts;

#define ALL_PARTS (PART_ACL | PART_FORMAT | PART_TITLE | PART_TSTAMP | PART_TYPE | PART_VER_NO | PART_VALUE)

static const struct {
  const char *name;
  Parts       part;
} part_names[] = {
  { "ACL", PART_ACL },   { "Format", PART_FORMAT }, { "Title", PART_TITLE }, { "TStamp", PART_TSTAMP },
  { "Type", PART_TYPE }, { "VerNo", PART_VER_NO },  { "Value", PART_VALUE },
};

#define KEYWORD "TNDS"

/* ---- What is asked for ---- */

static gboolean
add_part (Parts *parts, const char *name, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (part_names); i++)
    if (strlen (part_names[i].name) == length && memcmp (part_names[i].name, name, length) == 0)
      {
        *parts |= part_names[i].part;
        return TRUE;
      }
  return FALSE;
}

/* "TNDS", "TNDS+P1+P2" or "TNDS-P1-P2"; the two signs are not mixed. */
static gboolean
parse_list (const char *list, Parts *parts)
{
  const char *next = list + strlen (KEYWORD);
  const char sign = *next;
  Parts named = 0;

  if (!g_str_has_prefix (list, KEYWORD) || (sign != '\0' && sign != '+' && sign != '-'))
    return FALSE;
  while (*next == sign && sign != '\0')
    {
      gsize length = strcspn (next + 1, "+-");

      if (!add_part (&named, next + 1, length))
        return FALSE;
      next += 1 + length;
    }
  *parts = sign == '+' ? named : ALL_PARTS & ~named;
  return *next == '\0';
}

/* Internal: whether @list, behind "?list=", asks for a TNDS document that we can give.
 * *with_values: its leaves have values. */
gboolean
oma_operation_list_is_tnds (const char *list, gboolean *with_values)
{
  Parts parts;

  if (!parse_list (list, &parts))
    return FALSE;
  *with_values = (parts & PART_VALUE) != 0;
  return TRUE;
}

/* ---- One node ---- */

typedef struct {
  OmaJob            *job;
  const char        *base;
  const OmaNodeList *nodes;
  const OmaNodeLink *links;
  Parts              parts;
  OmaTnds           *tnds;
  gsize              size;     /* octets of values so far */
} Serializer;

static char *
dup_property (Serializer *serializer, OmaTarget *target, Parts part, const char *name)
{
  if ((serializer->parts & part) == 0)
    return NULL;
  target->uri.query = OMA_URI_QUERY_PROP;
  target->uri.query_value = name;
  return oma_operation_dup_property (serializer->job, target, NULL);
}

static void
fill_properties (Serializer *serializer, OmaTndsNode *node, OmaTarget *target, const OmaValue *value)
{
  const OmaChange *view = serializer->job->work->change;
  OmaAcl *acl = target->lookup.node != NULL ? oma_node_get_acl (target->lookup.node, view) : NULL;

  if ((serializer->parts & PART_ACL) != 0 && acl != NULL)
    node->acl = g_strdup (oma_acl_get_text (acl));
  if ((serializer->parts & PART_FORMAT) != 0)
    node->format = value != NULL ? oma_value_get_format (value) : OMA_FORMAT_NODE;
  node->title = dup_property (serializer, target, PART_TITLE, "Title");
  if (node->title != NULL && *node->title == '\0')
    g_clear_pointer (&node->title, g_free);
  node->tstamp = dup_property (serializer, target, PART_TSTAMP, "TStamp");
  node->type = value != NULL && (serializer->parts & PART_TYPE) != 0
                 ? g_strdup (oma_value_get_type_name (value))
                 : dup_property (serializer, target, PART_TYPE, "Type");
  node->ver_no = dup_property (serializer, target, PART_VER_NO, "VerNo");
}

static gboolean
fill_value (Serializer *serializer, OmaTndsNode *node, const OmaValue *value, GError **error)
{
  if (oma_value_get_format (value) == OMA_FORMAT_NULL)
    return TRUE;
  /* Before it is copied: a large value need not be in memory. */
  serializer->size += oma_value_get_size (value);
  if (serializer->size > OMA_TNDS_MAX_SIZE)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "the values are too large for a document", error);
  oma_tnds_node_set_value (node, value);
  return TRUE;
}

static char *
dup_parent_uri (const OmaUri *uri)
{
  OmaUri parent = *uri;

  parent.n_segments--;
  return oma_uri_to_string (&parent);
}

static gboolean
add_node (Serializer *serializer, guint index, int parent, GError **error)
{
  const char *relative = oma_node_list_get_uri (serializer->nodes, index);
  const OmaValue *value = oma_node_list_get_value (serializer->nodes, index);
  g_autofree char *text = *relative != '\0' ? g_strconcat (serializer->base, "/", relative, NULL)
                                            : g_strdup (serializer->base);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autofree char *name = NULL;
  OmaTndsNode *node;
  guint n;

  if (!oma_uri_parse (&target.uri, text, error))
    return FALSE;
  oma_tree_lookup (serializer->job->work->executor->tree, &target.uri, serializer->job->work->change, &target.lookup);
  n = target.uri.n_segments;
  name = n > 0 ? g_strndup (target.uri.segments[n - 1].name, target.uri.segments[n - 1].length) : g_strdup (".");
  node = oma_tnds_add_node (serializer->tnds, parent, name);
  if (parent < 0 && n > 0)
    node->path = dup_parent_uri (&target.uri);
  fill_properties (serializer, node, &target, value);
  if (serializer->tnds->nodes->len > OMA_TNDS_MAX_NODES)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "the subtree is too large for a document", error);
  return value == NULL || (serializer->parts & PART_VALUE) == 0 || fill_value (serializer, node, value, error);
}

static gboolean
add_subtree (Serializer *serializer, guint index, int parent, GError **error)
{
  int self = serializer->tnds->nodes->len;

  if (!add_node (serializer, index, parent, error))
    return FALSE;
  for (guint child = serializer->links[index].first_child; child != 0; child = serializer->links[child].next)
    if (!add_subtree (serializer, child, self, error))
      return FALSE;
  return TRUE;
}

/* Internal: makes a document of @nodes, which were read for "?list=TNDS"; the operation's result
 * gets it. */
gboolean
oma_operation_serialize (OmaJob *job, OmaTarget *target, const OmaNodeList *nodes, GError **error)
{
  g_autofree char *base = oma_uri_to_string (&target->uri);
  g_autoptr(OmaTnds) tnds = oma_tnds_new ();
  g_autofree OmaNodeLink *links = oma_node_list_link (nodes);
  Serializer serializer = { .job = job, .base = base, .nodes = nodes, .links = links, .tnds = tnds };
  gboolean wbxml = job->operation->document_encoding == OMA_ENCODING_WBXML;
  g_autoptr(GBytes) bytes = NULL;
  gconstpointer data;
  gsize size;

  if (!parse_list (target->uri.query_value, &serializer.parts) || !add_subtree (&serializer, 0, -1, error))
    return FALSE;
  bytes = oma_tnds_write (tnds, job->operation->document_encoding);
  data = g_bytes_get_data (bytes, &size);
  job->operation->result = oma_value_new (wbxml ? OMA_FORMAT_BIN : OMA_FORMAT_XML,
                                          wbxml ? OMA_TNDS_TYPE_WBXML : OMA_TNDS_TYPE_XML, data, size);
  return TRUE;
}
