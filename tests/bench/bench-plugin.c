/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bench-plugin.h"

#include "base/oma-status.h"

struct _BenchPlugin {
  GHashTable *leaves;         /* relative URI -> OmaValue; those not in it hold their default */
  guint       n_sets;
  gboolean    transactions;
};

typedef struct {
  char     *uri;
  OmaValue *value;
} Note;

BenchPlugin *
bench_plugin_new (guint n_sets, gboolean transactions)
{
  BenchPlugin *plugin = g_new0 (BenchPlugin, 1);

  plugin->leaves = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) oma_value_unref);
  plugin->n_sets = n_sets;
  plugin->transactions = transactions;
  return plugin;
}

void
bench_plugin_free (BenchPlugin *plugin)
{
  g_hash_table_unref (plugin->leaves);
  g_free (plugin);
}

static void
note_clear (gpointer data)
{
  Note *note = data;

  g_free (note->uri);
  oma_value_unref (note->value);
}

static gboolean
has_transactions (gpointer self)
{
  return ((BenchPlugin *) self)->transactions;
}

/* A transaction is what it noted. */
static gpointer
begin (gpointer self G_GNUC_UNUSED)
{
  GArray *notes = g_array_new (FALSE, FALSE, sizeof (Note));

  g_array_set_clear_func (notes, note_clear);
  return notes;
}

static void
end (gpointer self G_GNUC_UNUSED, gpointer transaction)
{
  g_array_unref (transaction);
}

static void
list (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  static const char *const leaves[] = { "Name", "Value", "Count", "On", NULL };
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  if (*oma_node_ref_get_relative_uri (node) == '\0')
    for (guint i = 0; i < ((BenchPlugin *) self)->n_sets; i++)
      {
        g_autofree char *name = g_strdup_printf ("Set%u", i);
        g_strv_builder_add (names, name);
      }
  else
    g_strv_builder_addv (names, (const char **) leaves);
  g_task_return_pointer (task, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

static gboolean
has_exists (gpointer self G_GNUC_UNUSED, const OmaSchemaNode *schema)
{
  return schema->placeholder != NULL;
}

static void
exists (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
        const char *name, GTask *task)
{
  const guint n_sets = ((BenchPlugin *) self)->n_sets;
  guint64 i;

  g_task_return_boolean (task, n_sets > 0 && g_str_has_prefix (name, "Set") &&
                               g_ascii_string_to_unsigned (name + 3, 10, 0, n_sets - 1, &i, NULL));
}

static OmaValue *
make_initial (const OmaSchemaNode *schema)
{
  switch (schema->format)
    {
    case OMA_FORMAT_INT:
      return oma_value_new_int (0);
    case OMA_FORMAT_BOOL:
      return oma_value_new_bool (FALSE);
    default:
      return oma_value_new_string ("initial");
    }
}

static void
get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, GTask *task)
{
  OmaValue *value = g_hash_table_lookup (((BenchPlugin *) self)->leaves, oma_node_ref_get_relative_uri (node));

  g_task_return_pointer (task, value != NULL ? oma_value_ref (value) : make_initial (schema),
                         (GDestroyNotify) oma_value_unref);
}

static void
take (BenchPlugin *plugin, const char *uri, OmaValue *value)
{
  g_hash_table_insert (plugin->leaves, g_strdup (uri), oma_value_ref (value));
}

static void
replace (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value,
         gpointer transaction, GTask *task)
{
  BenchPlugin *plugin = self;
  const char *uri = oma_node_ref_get_relative_uri (node);
  GArray *notes = transaction;
  const Note note = { g_strdup (uri), oma_value_ref (value) };

  g_array_append_val (notes, note);
  if (!plugin->transactions)
    take (plugin, uri, value);
  g_task_return_boolean (task, TRUE);
}

static void
validate (gpointer self G_GNUC_UNUSED, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static void
commit (gpointer self, gpointer transaction, GTask *task)
{
  GArray *notes = transaction;

  for (guint i = 0; i < notes->len; i++)
    take (self, g_array_index (notes, Note, i).uri, g_array_index (notes, Note, i).value);
  g_task_return_boolean (task, TRUE);
}

/* No benchmark fails on purpose. */
static void
roll_back (gpointer self G_GNUC_UNUSED, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "There is nothing to go back to");
}

const OmaNodeOps bench_plugin_ops = {
  .has_transactions = has_transactions,
  .begin = begin,
  .end = end,
  .list = list,
  .has_exists = has_exists,
  .exists = exists,
  .get = get,
  .replace = replace,
  .validate = validate,
  .commit = commit,
  .roll_back = roll_back,
};
