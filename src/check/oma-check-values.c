/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-values.h"

#include "base/oma-status.h"

#include <string.h>

struct _OmaCheckValues {
  GHashTable *given;      /* pattern of a URI -> text */
};

/**
 * oma_check_values_new:
 *
 * Returns: (transfer full): values, none of which is given
 */
OmaCheckValues *
oma_check_values_new (void)
{
  OmaCheckValues *values = g_new (OmaCheckValues, 1);

  values->given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return values;
}

/**
 * oma_check_values_free:
 * @values: (transfer full): values
 */
void
oma_check_values_free (OmaCheckValues *values)
{
  g_hash_table_unref (values->given);
  g_free (values);
}

/**
 * oma_check_values_take:
 * @values: values
 * @text: "URI=VALUE"; the URI has "*" for placeholders.  Of a placeholder the value is the name of a node to add
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: whether @text is such
 */
gboolean
oma_check_values_take (OmaCheckValues *values, const char *text, GError **error)
{
  const char *sign = strchr (text, '=');

  if (sign == NULL || !g_str_has_prefix (text, "./"))
    {
      g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST, "%s: a value is ./URI=TEXT", text);
      return FALSE;
    }
  g_hash_table_replace (values->given, g_strndup (text, sign - text), g_strdup (sign + 1));
  return TRUE;
}

/**
 * oma_check_values_find:
 * @values: values
 * @pattern: URI of a node with "*" for placeholders
 *
 * Returns: (transfer none) (nullable): what is given for it
 */
const char *
oma_check_values_find (OmaCheckValues *values, const char *pattern)
{
  return g_hash_table_lookup (values->given, pattern);
}

static OmaValue *
try_text (const OmaSchemaNode *schema, const char *text, const OmaValue *other)
{
  const char *type = schema->types != NULL ? schema->types[0] : NULL;
  g_autoptr(OmaValue) value = oma_schema_node_make_value (schema, schema->format, type, text, strlen (text), NULL);

  if (value == NULL || !oma_schema_node_check_value (schema, value, NULL))
    return NULL;
  if (other != NULL && oma_value_get_size (other) == oma_value_get_size (value) &&
      memcmp (oma_value_get_data (other, NULL), oma_value_get_data (value, NULL), oma_value_get_size (value)) == 0)
    return NULL;
  return g_steal_pointer (&value);
}

/**
 * oma_check_values_make:
 * @values: values
 * @pattern: URI of a leaf with "*" for placeholders
 * @schema: what describes it
 * @other: (nullable): a value that it must differ from
 *
 * Returns: (transfer full) (nullable): a value that the DDF permits, %NULL when none is given and none could be guessed
 */
OmaValue *
oma_check_values_make (OmaCheckValues *values, const char *pattern, const OmaSchemaNode *schema, const OmaValue *other)
{
  static const char *const guesses[] = {
    "trial", "1", "0", "2", "true", "false", "", "a", "192.0.2.7", "2001:db8::7", "2026-02-28", "12:00:00", "1.5",
    "dHJpYWw=", "<trial/>", "/org/example/Trial", "00000000-0000-4000-8000-000000000007", "0x1",
    "urn:example:trial", "http://example.org/", "en", "10", "100", "TRIAL", "trial.example",
  };
  const char *given = oma_check_values_find (values, pattern);
  g_auto(GStrv) examples = NULL;
  OmaValue *value = NULL;

  if (given != NULL)
    return try_text (schema, given, NULL);
  if (schema->constraint != NULL)
    examples = oma_constraint_dup_examples (schema->constraint);
  for (gsize i = 0; value == NULL && examples != NULL && examples[i] != NULL; i++)
    value = try_text (schema, examples[i], other);
  for (gsize i = 0; value == NULL && i < G_N_ELEMENTS (guesses); i++)
    value = try_text (schema, guesses[i], other);
  return value;
}
