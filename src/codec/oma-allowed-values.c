/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-allowed-values.h"

#include "codec/oma-codec.h"
#include "codec/oma-xsd.h"

#include <string.h>

typedef OmaConstraint *(*MakeFunc) (const OmaAllowedValues *allowed, const OmaSchemaNode *node, GError **error);

/**
 * oma_allowed_values_free:
 * @allowed: (transfer full): an element
 */
void
oma_allowed_values_free (OmaAllowedValues *allowed)
{
  g_free (allowed->value_type);
  g_ptr_array_unref (allowed->values);
  g_free (allowed->delimiter);
  g_free (allowed->admx);
  g_free (allowed);
}

static gboolean
read_value (OmaDdfReader *reader, gpointer target, GError **error)
{
  g_autofree char *text = NULL;

  if (!oma_ddf_reader_text (reader, &text, error))
    return FALSE;
  g_ptr_array_add (((OmaAllowedValues *) target)->values, g_steal_pointer (&text));
  return TRUE;
}

static gboolean
read_enum (OmaDdfReader *reader, gpointer target, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_MICROSOFT, "Value", read_value },
    { 0, NULL, NULL },
  };

  return oma_ddf_reader_children (reader, rules, target, error);
}

static gboolean
read_list (OmaDdfReader *reader, gpointer target, GError **error G_GNUC_UNUSED)
{
  OmaAllowedValues *allowed = target;

  g_free (allowed->delimiter);
  allowed->delimiter = oma_ddf_reader_attribute (reader, "Delimiter");
  return TRUE;
}

static gboolean
read_admx (OmaDdfReader *reader, gpointer target, GError **error G_GNUC_UNUSED)
{
  OmaAllowedValues *allowed = target;
  g_autofree char *area = oma_ddf_reader_attribute (reader, "Area");
  g_autofree char *name = oma_ddf_reader_attribute (reader, "Name");
  g_autofree char *file = oma_ddf_reader_attribute (reader, "File");

  g_free (allowed->admx);
  allowed->admx = g_strdup_printf ("Area=%s Name=%s File=%s", area != NULL ? area : "", name != NULL ? name : "",
                                   file != NULL ? file : "");
  return TRUE;
}

/**
 * oma_allowed_values_read:
 * @reader: a reader at an element AllowedValues
 * @error: return location for an %OMA_CODEC_ERROR
 *
 * Returns: (transfer full): what it says, not understood yet, or %NULL when it cannot be read
 */
OmaAllowedValues *
oma_allowed_values_read (OmaDdfReader *reader, GError **error)
{
  static const OmaDdfRule rules[] = {
    { OMA_DDF_NAMESPACE_MICROSOFT, "Value", read_value },
    { OMA_DDF_NAMESPACE_MICROSOFT, "Enum", read_enum },
    { OMA_DDF_NAMESPACE_MICROSOFT, "List", read_list },
    { OMA_DDF_NAMESPACE_MICROSOFT, "AdmxBacked", read_admx },
    { 0, NULL, NULL },
  };
  g_autoptr(OmaAllowedValues) allowed = g_new0 (OmaAllowedValues, 1);

  allowed->values = g_ptr_array_new_with_free_func (g_free);
  allowed->value_type = oma_ddf_reader_attribute (reader, "ValueType");
  if (!oma_ddf_reader_children (reader, rules, allowed, error))
    return NULL;
  return g_steal_pointer (&allowed);
}

static gpointer
fail (GError **error, const char *reason)
{
  g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, reason);
  return NULL;
}

/* The only Value, or NULL. */
static const char *
get_single (const OmaAllowedValues *allowed, GError **error)
{
  if (allowed->values->len != 1)
    return fail (error, "AllowedValues of this ValueType have one Value");
  return g_ptr_array_index (allowed->values, 0);
}

static char **
dup_values (const OmaAllowedValues *allowed)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < allowed->values->len; i++)
    g_strv_builder_add (builder, g_ptr_array_index (allowed->values, i));
  return g_strv_builder_end (builder);
}

static OmaConstraint *
make_regex (const OmaAllowedValues *allowed, const OmaSchemaNode *node G_GNUC_UNUSED, GError **error)
{
  const char *pattern = get_single (allowed, error);

  return pattern != NULL ? oma_constraint_new_regex (pattern, error) : NULL;
}

static OmaConstraint *
make_xsd (const OmaAllowedValues *allowed, const OmaSchemaNode *node G_GNUC_UNUSED, GError **error)
{
  const char *schema = get_single (allowed, error);

  return schema != NULL ? oma_xsd_new_constraint (schema, error) : NULL;
}

static OmaConstraint *
make_range (const OmaAllowedValues *allowed, const OmaSchemaNode *node, GError **error)
{
  g_auto(GStrv) values = dup_values (allowed);
  g_autofree char *ranges = g_strjoinv (",", values);

  if (node->format == OMA_FORMAT_BOOL)
    return fail (error, "A truth value has no range");
  return oma_constraint_new_range (ranges, error);
}

static OmaConstraint *
make_flag (const OmaAllowedValues *allowed, const OmaSchemaNode *node, GError **error)
{
  g_auto(GStrv) values = dup_values (allowed);

  if (node->format == OMA_FORMAT_BOOL || values[0] == NULL)
    return fail (error, "There are no flags");
  return oma_constraint_new_flag ((const char *const *) values, error);
}

static OmaConstraint *
make_enum (const OmaAllowedValues *allowed, const OmaSchemaNode *node, GError **error)
{
  g_auto(GStrv) values = dup_values (allowed);

  if (values[0] == NULL)
    return fail (error, "There are no values");
  if (node->format == OMA_FORMAT_BOOL)
    for (guint i = 0; values[i] != NULL; i++)
      {
        gboolean truth = strcmp (values[i], "1") == 0 || g_ascii_strcasecmp (values[i], "true") == 0;

        if (!truth && strcmp (values[i], "0") != 0 && g_ascii_strcasecmp (values[i], "false") != 0)
          return fail (error, "A value is not a truth value");
        g_free (values[i]);
        values[i] = g_strdup (truth ? "true" : "false");
      }
  return oma_constraint_new_enum ((const char *const *) values);
}

/* Reads "0xF000", a character's number, or takes the text as it stands. */
static char *
read_delimiter (const char *text)
{
  char utf8[7] = "";
  guint64 code;

  if (g_str_has_prefix (text, "0x") && g_ascii_string_to_unsigned (text + 2, 16, 1, 0x10ffff, &code, NULL) &&
      g_unichar_validate (code))
    {
      g_unichar_to_utf8 (code, utf8);
      return g_strdup (utf8);
    }
  return g_strdup (text);
}

static char *
make_annotation (const OmaAllowedValues *allowed)
{
  g_auto(GStrv) values = dup_values (allowed);

  return allowed->admx != NULL ? g_strdup (allowed->admx) : g_strjoinv ("\n", values);
}

/**
 * oma_allowed_values_apply:
 * @allowed: permitted values
 * @node: the leaf that they are for; its format is known
 * @error: return location for an error of %OMA_CODEC_ERROR, %OMA_STATUS_ERROR or %G_REGEX_ERROR
 *
 * Makes RegEx, Range, ENUM, Flag and XSD the constraint of @node, each element by itself
 * where the value is a list.  SDDL, ADMX and JSON become its annotation and constrain
 * nothing; None does neither.
 *
 * Returns: %TRUE, or %FALSE when the values cannot be understood; @node is then unchanged
 */
gboolean
oma_allowed_values_apply (const OmaAllowedValues *allowed, OmaSchemaNode *node, GError **error)
{
  static const struct {
    const char *value_type;
    MakeFunc    make;         /* NULL: kept as text */
  } kinds[] = {
    { "RegEx", make_regex }, { "Range", make_range }, { "ENUM", make_enum }, { "Flag", make_flag },
    { "XSD", make_xsd },     { "SDDL", NULL },        { "ADMX", NULL },      { "JSON", NULL },
  };
  const char *value_type = allowed->value_type != NULL ? allowed->value_type : "";
  guint i;

  if (g_ascii_strcasecmp (value_type, "None") == 0)
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strcasecmp (value_type, kinds[i].value_type) == 0)
      break;
  if (i == G_N_ELEMENTS (kinds))
    return fail (error, "Unknown ValueType") != NULL;

  if (kinds[i].make == NULL)
    {
      g_free (node->annotation);
      node->annotation = make_annotation (allowed);
      return TRUE;
    }
  g_clear_pointer (&node->constraint, oma_constraint_free);
  node->constraint = kinds[i].make (allowed, node, error);
  if (node->constraint == NULL)
    return FALSE;
  if (allowed->delimiter != NULL && allowed->delimiter[0] != '\0')
    {
      g_autofree char *delimiter = read_delimiter (allowed->delimiter);

      oma_constraint_set_list_delimiter (node->constraint, delimiter);
    }
  return TRUE;
}
