/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-schema.h"

#include "base/oma-status.h"
#include "base/oma-value-private.h"

#include <string.h>

/* With more named children than this a hash table finds a name faster than a walk. */
#define MAX_LINEAR_CHILDREN 8

/* Key of by_name: what stands in the table has a node, what is looked for has none. */
typedef struct {
  const char          *name;
  gsize                length;
  const OmaSchemaNode *node;
} NameKey;

static guint
name_key_hash (gconstpointer data)
{
  const NameKey *key = data;
  guint hash = 5381;

  for (gsize i = 0; i < key->length; i++)
    hash = hash * 33 + (guchar) g_ascii_tolower (key->name[i]);
  return hash;
}

static gboolean
name_key_equal (gconstpointer a, gconstpointer b)
{
  const NameKey *x = a, *y = b;

  if (x->length != y->length)
    return FALSE;
  if ((x->node != NULL && x->node->case_insensitive) || (y->node != NULL && y->node->case_insensitive))
    return g_ascii_strncasecmp (x->name, y->name, x->length) == 0;
  return memcmp (x->name, y->name, x->length) == 0;
}

static gboolean
node_has_name (const OmaSchemaNode *node, const char *name, gsize length)
{
  int difference = node->case_insensitive ? g_ascii_strncasecmp (node->name, name, length)
                                          : strncmp (node->name, name, length);

  return difference == 0 && node->name[length] == '\0';
}

static OmaSchemaNode *
find_named (const OmaSchemaNode *parent, const NameKey *key)
{
  if (parent->by_name != NULL)
    return g_hash_table_lookup (parent->by_name, key);
  for (guint i = 0; i < parent->children->len; i++)
    {
      OmaSchemaNode *child = g_ptr_array_index (parent->children, i);

      if (child->name != NULL && node_has_name (child, key->name, key->length))
        return child;
    }
  return NULL;
}

static void
index_child (OmaSchemaNode *parent, OmaSchemaNode *child)
{
  NameKey *key;

  if (child->name == NULL)
    return;
  key = g_new (NameKey, 1);
  *key = (NameKey) { child->name, strlen (child->name), child };
  g_hash_table_insert (parent->by_name, key, child);
}

/**
 * oma_schema_node_new:
 * @name: (nullable): decoded name, %NULL for a placeholder
 * @format: its format; %OMA_FORMAT_NODE for an interior node
 *
 * Makes a dynamic node of Occurrence One without any access, what a DDF means that states
 * nothing else (DM Tree and Description 1.2, DDF).
 *
 * Returns: (transfer full): a new node
 */
OmaSchemaNode *
oma_schema_node_new (const char *name, OmaFormat format)
{
  OmaSchemaNode *node = g_new0 (OmaSchemaNode, 1);

  node->name = g_strdup (name);
  node->min_occurrence = 1;
  node->max_occurrence = 1;
  oma_schema_node_set_format (node, format);
  return node;
}

/**
 * oma_schema_node_set_format:
 * @node: a node without children
 * @format: its format; %OMA_FORMAT_NODE lets it have children
 */
void
oma_schema_node_set_format (OmaSchemaNode *node, OmaFormat format)
{
  g_return_if_fail (node->children == NULL || node->children->len == 0);
  g_clear_pointer (&node->children, g_ptr_array_unref);
  node->format = format;
  if (format == OMA_FORMAT_NODE)
    node->children = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_schema_node_free);
}

/**
 * oma_schema_node_free:
 * @node: (transfer full): a node that is nobody's child; those below it go too
 */
void
oma_schema_node_free (OmaSchemaNode *node)
{
  g_clear_pointer (&node->by_name, g_hash_table_unref);
  g_clear_pointer (&node->children, g_ptr_array_unref);
  g_clear_pointer (&node->constraint, oma_constraint_free);
  g_strfreev (node->types);
  g_free (node->name);
  g_free (node->ddf_name);
  g_free (node->default_value);
  g_free (node->annotation);
  g_free (node->title);
  g_free (node->description);
  g_free (node->default_acl);
  g_free (node);
}

static gboolean
is_taken (const OmaSchemaNode *parent, const OmaSchemaNode *child)
{
  NameKey key;

  if (child->name == NULL)
    return parent->placeholder != NULL;
  key = (NameKey) { child->name, strlen (child->name), child };
  if (parent->by_name != NULL)
    return find_named (parent, &key) != NULL;
  for (guint i = 0; i < parent->children->len; i++)
    {
      const OmaSchemaNode *other = g_ptr_array_index (parent->children, i);
      NameKey other_key = { other->name, other->name != NULL ? strlen (other->name) : 0, other };

      if (other->name != NULL && name_key_equal (&key, &other_key))
        return TRUE;
    }
  return FALSE;
}

/**
 * oma_schema_node_add_child:
 * @parent: a node
 * @child: (transfer full): a node without parent, taken over also on failure.  Its name and
 *   case_insensitive must not change any more
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_NOT_ALLOWED when @parent is a leaf, or
 *   %OMA_STATUS_ALREADY_EXISTS when it has a child of this name, or a placeholder and
 *   @child is another one
 */
gboolean
oma_schema_node_add_child (OmaSchemaNode *parent, OmaSchemaNode *child, GError **error)
{
  g_autoptr(OmaSchemaNode) owned = child;

  if (parent->children == NULL)
    {
      g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED, "A leaf cannot have children");
      return FALSE;
    }
  if (is_taken (parent, child))
    {
      if (child->name != NULL)
        g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS, "There are two children “%s”", child->name);
      else
        g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS, "There are two children without a name");
      return FALSE;
    }

  g_ptr_array_add (parent->children, g_steal_pointer (&owned));
  child->parent = parent;
  if (child->name == NULL)
    parent->placeholder = child;
  if (parent->by_name != NULL)
    index_child (parent, child);
  else if (parent->children->len > MAX_LINEAR_CHILDREN)
    {
      parent->by_name = g_hash_table_new_full (name_key_hash, name_key_equal, g_free, NULL);
      for (guint i = 0; i < parent->children->len; i++)
        index_child (parent, g_ptr_array_index (parent->children, i));
    }
  return TRUE;
}

/**
 * oma_schema_node_get_child:
 * @parent: a node
 * @name: a decoded node name, not NUL-terminated
 * @length: its length in octets
 *
 * Finds what describes a child of this name: the child that has the name, without regard to
 * the case of ASCII letters where the child's CaseSense is CIS, else the placeholder.
 *
 * Returns: (nullable) (transfer none): the child, or %NULL when there can be none
 */
const OmaSchemaNode *
oma_schema_node_get_child (const OmaSchemaNode *parent, const char *name, gsize length)
{
  const NameKey key = { name, length, NULL };
  const OmaSchemaNode *child;

  if (parent->children == NULL)
    return NULL;
  child = find_named (parent, &key);
  return child != NULL ? child : parent->placeholder;
}

/**
 * oma_schema_node_is_automatic:
 * @node: a node
 *
 * Returns: whether the device makes the node as soon as its parent exists: it is permanent,
 *   has a name, and at least one must be there
 */
gboolean
oma_schema_node_is_automatic (const OmaSchemaNode *node)
{
  return node->permanent && node->name != NULL && node->min_occurrence > 0;
}

static gboolean
type_equal (const char *type, const char *stated)
{
  gsize length;

  if (strcmp (type, stated) == 0)     /* as it mostly is */
    return TRUE;
  length = strcspn (stated, ";");
  while (length > 0 && g_ascii_isspace (stated[length - 1]))
    length--;
  return g_ascii_strncasecmp (type, stated, length) == 0 && type[length] == '\0';
}

/* Says which MIME type a value gets; FALSE when the DDF does not permit the stated one. */
static gboolean
choose_type (const OmaSchemaNode *node, const char **type, GError **error)
{
  if (*type != NULL && **type == '\0')
    *type = NULL;
  if (node->types == NULL || node->types[0] == NULL)
    return TRUE;
  if (*type == NULL)
    {
      *type = node->types[0];
      return TRUE;
    }
  for (guint i = 0; node->types[i] != NULL; i++)
    if (type_equal (node->types[i], *type))
      return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT, "The node cannot have type %s", *type);
  return FALSE;
}

/* The stored form of a truth value as servers write it, or NULL. */
static const char *
normalize_bool (const char *text, gsize size)
{
  if (size == 1 && (text[0] == '0' || text[0] == '1'))
    return text[0] == '1' ? "true" : "false";
  if (size == 4 && g_ascii_strncasecmp (text, "true", 4) == 0)
    return "true";
  if (size == 5 && g_ascii_strncasecmp (text, "false", 5) == 0)
    return "false";
  return NULL;
}

/* Text under the name of chr is what field servers send for these. */
static gboolean
can_be_stated_as_chr (OmaFormat format)
{
  switch (format)
    {
    case OMA_FORMAT_B64:
    case OMA_FORMAT_BOOL:
    case OMA_FORMAT_INT:
    case OMA_FORMAT_NULL:
    case OMA_FORMAT_XML:
    case OMA_FORMAT_DATE:
    case OMA_FORMAT_TIME:
    case OMA_FORMAT_FLOAT:
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
format_fail (const OmaSchemaNode *node, OmaFormat stated, GError **error)
{
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT, "The node has format %s, not %s",
               oma_format_to_string (node->format), oma_format_to_string (stated));
  return FALSE;
}

static gboolean
check_constraint (const OmaSchemaNode *node, const char *data, gsize size, GError **error)
{
  if (node->constraint == NULL || oma_constraint_accepts (node->constraint, data, size))
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The value is not a permitted one");
  return FALSE;
}

/* A constraint looks at the value as a whole; few nodes with large values have one. */
static gboolean
check_value_constraint (const OmaSchemaNode *node, const OmaValue *value, GError **error)
{
  gsize size;
  const char *data = oma_value_get_data (value, &size);
  gboolean good = check_constraint (node, data, size, error);

  oma_value_release (value, 0, size);
  return good;
}

/* Octets of a bin node that came in the coding of XML transport. */
static OmaValue *
make_from_base64 (const OmaSchemaNode *node, const char *type, const char *data, gsize size, GError **error)
{
  gsize length;
  g_autofree char *octets = oma_format_decode_base64 (data, size, &length, error);

  if (octets == NULL || !check_constraint (node, octets, length, error))
    return NULL;
  return oma_value_new (OMA_FORMAT_BIN, type, octets, length);
}

/**
 * oma_schema_node_make_value:
 * @node: a leaf
 * @format: the format that a command stated, or %OMA_FORMAT_NONE
 * @type: (nullable): the MIME type that it stated
 * @data: (nullable): the octets that it carried
 * @size: how many octets
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes the value that a command gives to a node of this description (DM Tree and
 * Description 1.2, DFFormat and DFType).  It always has the format of the description:
 * text stated as chr is taken where its form is right for the node, b64 stated for a bin
 * node is its coding in transport and decoded.  A truth value may be written 1, 0 and in
 * any case, and becomes "true" or "false".  A stated type is compared without case and
 * parameters, and kept as it was stated.
 *
 * Returns: (transfer full): the value, or %NULL with %OMA_STATUS_UNSUPPORTED_FORMAT when
 *   the stated format or type does not fit, or %OMA_STATUS_COMMAND_FAILED when the value
 *   does not have the form of its format or is not a permitted one
 */
OmaValue *
oma_schema_node_make_value (const OmaSchemaNode *node, OmaFormat format, const char *type, gconstpointer data,
                            gsize size, GError **error)
{
  const char *text = data != NULL ? data : "";
  const char *word;

  if (format != node->format && format != OMA_FORMAT_NONE)
    {
      if (format == OMA_FORMAT_B64 && node->format == OMA_FORMAT_BIN)
        return choose_type (node, &type, error) ? make_from_base64 (node, type, text, size, error) : NULL;
      if (format != OMA_FORMAT_CHR || !can_be_stated_as_chr (node->format))
        return format_fail (node, format, error), NULL;
    }
  if (!choose_type (node, &type, error))
    return NULL;

  if (node->format == OMA_FORMAT_BOOL && (word = normalize_bool (text, size)) != NULL)
    {
      text = word;
      size = strlen (word);
    }
  else if (!oma_format_check (node->format, text, size, format == OMA_FORMAT_CHR ? NULL : error))
    {
      /* Of another format under the name of chr; chr itself has nothing to mistake it for. */
      if (format != OMA_FORMAT_CHR)
        return NULL;
      if (node->format != OMA_FORMAT_CHR)
        return format_fail (node, format, error), NULL;
      oma_format_check (node->format, text, size, error);
      return NULL;
    }
  if (!check_constraint (node, text, size, error))
    return NULL;
  return oma_value_new (node->format, type, text, size);
}

/**
 * oma_schema_node_take_value:
 * @node: a leaf
 * @value: a value of the format that a command stated, or of %OMA_FORMAT_NONE, and of the type
 *   that it stated, or ""; octets that travelled as base64 are decoded
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Like oma_schema_node_make_value(), but the octets of a large value stay where they are.
 *
 * Returns: (transfer full): the value, or %NULL with an error as there
 */
OmaValue *
oma_schema_node_take_value (const OmaSchemaNode *node, OmaValue *value, GError **error)
{
  const char *type = oma_value_get_type_name (value);
  OmaFormat format = oma_value_get_format (value);
  gboolean as_chr = format == OMA_FORMAT_CHR && can_be_stated_as_chr (node->format);
  gconstpointer data;
  gsize size;

  if (!oma_value_is_large (value) || (format == OMA_FORMAT_B64 && node->format == OMA_FORMAT_BIN))
    {
      data = oma_value_get_data (value, &size);
      return oma_schema_node_make_value (node, format, type, data, size, error);
    }
  if (format != node->format && format != OMA_FORMAT_NONE && !as_chr)
    return format_fail (node, format, error), NULL;
  if (!choose_type (node, &type, error))
    return NULL;
  if (!oma_value_check_format (value, node->format, as_chr ? NULL : error))
    {
      if (as_chr)
        format_fail (node, format, error);
      return NULL;
    }
  return check_value_constraint (node, value, error) ? oma_value_with_format (value, node->format, type) : NULL;
}

/**
 * oma_schema_node_make_default:
 * @node: a node
 *
 * Makes the value with which a node comes into being when nobody gave one.  A default that
 * does not have the form of the node's format counts as none.
 *
 * Returns: (transfer full) (nullable): the default, an empty value of the node's format
 *   when there is none, or %NULL for an interior node
 */
OmaValue *
oma_schema_node_make_default (const OmaSchemaNode *node)
{
  const char *text = node->default_value != NULL ? node->default_value : "";
  const char *type = node->types != NULL ? node->types[0] : NULL;
  gsize size = strlen (text);
  const char *word;

  if (node->format == OMA_FORMAT_NODE)
    return NULL;
  if (node->format == OMA_FORMAT_BOOL && (word = normalize_bool (text, size)) != NULL)
    return oma_value_new (node->format, type, word, strlen (word));
  if (node->format == OMA_FORMAT_BIN)
    {
      g_autofree char *octets = oma_format_decode_base64 (text, size, &size, NULL);

      return oma_value_new (node->format, type, octets, size);
    }
  if (!oma_format_check (node->format, text, size, NULL))
    return oma_value_new (node->format, type, NULL, 0);
  return oma_value_new (node->format, type, text, size);
}

/**
 * oma_schema_node_check_value:
 * @node: a leaf
 * @value: a value
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Checks a value that exists already, such as one of a plugin, a caller on D-Bus or the
 * store.  Unlike oma_schema_node_make_value() it takes no other spelling of a format.
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_UNSUPPORTED_FORMAT or
 *   %OMA_STATUS_COMMAND_FAILED as there
 */
gboolean
oma_schema_node_check_value (const OmaSchemaNode *node, const OmaValue *value, GError **error)
{
  const char *type = oma_value_get_type_name (value);

  if (oma_value_get_format (value) != node->format)
    return format_fail (node, oma_value_get_format (value), error);
  return choose_type (node, &type, error) && oma_value_check_format (value, node->format, error) &&
         check_value_constraint (node, value, error);
}

static void
root_free (OmaSchemaRoot *root)
{
  g_free (root->path);
  oma_schema_node_free (root->node);
  g_free (root);
}

/**
 * oma_schema_new:
 * @origin: where it was read from, for messages: a file name
 *
 * Returns: (transfer full): a new schema without nodes
 */
OmaSchema *
oma_schema_new (const char *origin)
{
  OmaSchema *schema = g_new0 (OmaSchema, 1);

  g_atomic_ref_count_init (&schema->ref_count);
  schema->origin = g_strdup (origin);
  schema->roots = g_ptr_array_new_with_free_func ((GDestroyNotify) root_free);
  return schema;
}

/**
 * oma_schema_ref:
 * @schema: a schema
 *
 * Returns: (transfer full): @schema
 */
OmaSchema *
oma_schema_ref (OmaSchema *schema)
{
  g_atomic_ref_count_inc (&schema->ref_count);
  return schema;
}

/**
 * oma_schema_unref:
 * @schema: (transfer full): a schema
 */
void
oma_schema_unref (OmaSchema *schema)
{
  if (!g_atomic_ref_count_dec (&schema->ref_count))
    return;
  g_ptr_array_unref (schema->roots);
  g_free (schema->origin);
  g_free (schema->manufacturer);
  g_free (schema->model);
  g_free (schema);
}

/**
 * oma_schema_add_root:
 * @schema: a schema that is not mounted yet
 * @path: canonical URI of the node's parent, "." for the root
 * @node: (transfer full): a top node
 */
void
oma_schema_add_root (OmaSchema *schema, const char *path, OmaSchemaNode *node)
{
  OmaSchemaRoot *root = g_new (OmaSchemaRoot, 1);

  root->path = g_strdup (path);
  root->node = node;
  g_ptr_array_add (schema->roots, root);
}
