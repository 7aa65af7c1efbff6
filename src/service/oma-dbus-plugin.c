/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-dbus-plugin.h"

#include "service/oma-value-variant.h"

#define MAX_NODES 10000

/**
 * oma_dbus_plugin_state:
 * @plugin: a plugin
 *
 * Returns: (transfer none): its state as D-Bus names it
 */
const char *
oma_dbus_plugin_state (const OmaPluginInfo *plugin)
{
  static const char *const names[] = {
    [OMA_PLUGIN_LOADED] = "loaded",
    [OMA_PLUGIN_FAILED] = "failed",
    [OMA_PLUGIN_LEFT_OUT] = "left-out",
  };

  return names[plugin->state];
}

/* What went wrong with it: there is nothing to say of one with which nothing did. */
static void
add_troubles (GVariantBuilder *builder, const OmaPluginInfo *plugin)
{
  g_variant_builder_add (builder, "{sv}", "Crashes", g_variant_new_uint32 (plugin->crashes));
  if (plugin->crashes > 0)
    {
      g_variant_builder_add (builder, "{sv}", "LastCrash", g_variant_new_int64 (plugin->last_crash));
      g_variant_builder_add (builder, "{sv}", "CrashSignal", g_variant_new_int32 (plugin->crash_signal));
    }
  g_variant_builder_add (builder, "{sv}", "Failures", g_variant_new_uint32 (plugin->failures));
  if (plugin->failures > 0)
    g_variant_builder_add (builder, "{sv}", "LastFailure", g_variant_new_int64 (plugin->last_failure));
  oma_variant_add_text (builder, "LastError", plugin->last_error);
}

static void
add_texts (GVariantBuilder *builder, const char *key, char **texts)
{
  g_variant_builder_add (builder, "{sv}", key,
                         g_variant_new_strv ((const char *const *) texts, texts != NULL ? -1 : 0));
}

static void
add_plugin (GVariantBuilder *builder, const OmaPluginInfo *plugin)
{
  oma_variant_add_text (builder, "Name", plugin->name);
  oma_variant_add_text (builder, "Version", plugin->version);
  oma_variant_add_text (builder, "State", oma_dbus_plugin_state (plugin));
  oma_variant_add_text (builder, "Reason", plugin->reason);
  oma_variant_add_text (builder, "File", plugin->file);
  oma_variant_add_text (builder, "Abi", plugin->abi);
  add_texts (builder, "Uris", plugin->uris);
  add_texts (builder, "BusNames", plugin->bus_names);
  add_texts (builder, "Actions", plugin->actions);
  g_variant_builder_add (builder, "{sv}", "Transactions", g_variant_new_boolean (plugin->transactions));
  add_troubles (builder, plugin);
}

/**
 * oma_dbus_plugin_list:
 * @request: (transfer full): a call of org.omadm.Agent1.ListPlugins
 */
void
oma_dbus_plugin_list (OmaRequest *request)
{
  GPtrArray *plugins = oma_agent_get_plugins (request->agent);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < plugins->len; i++)
    {
      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      add_plugin (&builder, g_ptr_array_index (plugins, i));
      g_variant_builder_close (&builder);
    }
  oma_request_return (request, g_variant_new ("(aa{sv})", &builder), NULL);
}

typedef struct {
  guint       flag;
  const char *name;
} FlagName;

static GVariant *
flags_to_variant (const FlagName *names, guint flags)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (const FlagName *name = names; name->name != NULL; name++)
    if ((flags & name->flag) != 0)
      g_variant_builder_add (&builder, "s", name->name);
  return g_variant_builder_end (&builder);
}

/* The names of access types are those of the DDF. */
static GVariant *
node_to_variant (const OmaPluginNode *node)
{
  static const FlagName accesses[] = {
    { OMA_ACCESS_ADD, "Add" },   { OMA_ACCESS_COPY, "Copy" }, { OMA_ACCESS_DELETE, "Delete" },
    { OMA_ACCESS_EXEC, "Exec" }, { OMA_ACCESS_GET, "Get" },   { OMA_ACCESS_REPLACE, "Replace" },
    { 0, NULL },
  };
  static const FlagName flags[] = {
    { OMA_HANDLER_IRREVERSIBLE, "irreversible" },
    { OMA_HANDLER_PROVISIONAL, "provisional" },
    { OMA_HANDLER_FOLLOWED, "followed" },
    { OMA_HANDLER_VOLATILE, "volatile" },
    { 0, NULL },
  };
  const char *format = oma_format_to_string (node->schema->format);
  g_autofree char *handler = g_utf8_make_valid (node->handler != NULL ? node->handler : "", -1);

  return g_variant_new ("(ss@asbs@as)", node->uri, format != NULL ? format : "",
                        flags_to_variant (accesses, node->schema->access), node->handler != NULL, handler,
                        flags_to_variant (flags, node->flags));
}

static GVariant *
nodes_to_variant (GPtrArray *nodes)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssasbsas)"));
  for (guint i = 0; i < nodes->len && i < MAX_NODES; i++)
    g_variant_builder_add_value (&builder, node_to_variant (g_ptr_array_index (nodes, i)));
  return g_variant_builder_end (&builder);
}

static void
add_progress (const char *uri, guint percent, const char *message, gpointer builder)
{
  g_variant_builder_add (builder, "(sus)", uri, percent, message);
}

static GVariant *
progress_to_variant (const OmaPluginInfo *plugin)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sus)"));
  if (plugin->progress != NULL)
    oma_plugin_progress_foreach (plugin->progress, add_progress, &builder);
  return g_variant_builder_end (&builder);
}

/**
 * oma_dbus_plugin_get:
 * @request: (transfer full): a call of org.omadm.Agent1.GetPlugin
 */
void
oma_dbus_plugin_get (OmaRequest *request)
{
  const OmaPluginInfo *plugin;
  g_autoptr(GPtrArray) nodes = NULL;
  GError *error = NULL;
  GVariantBuilder builder;
  const char *name;

  g_variant_get (request->parameters, "(&s)", &name);
  plugin = oma_agent_find_plugin (request->agent, name, &error);
  if (plugin == NULL)
    {
      oma_request_return_error (request, error);
      return;
    }
  nodes = oma_agent_list_plugin_nodes (request->agent, name);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_plugin (&builder, plugin);
  g_variant_builder_add (&builder, "{sv}", "Progress", progress_to_variant (plugin));
  g_variant_builder_add (&builder, "{sv}", "Nodes", nodes_to_variant (nodes));
  oma_request_return (request, g_variant_new ("(a{sv})", &builder), NULL);
}

/**
 * oma_dbus_plugin_reset:
 * @request: (transfer full): a call of org.omadm.Agent1.ResetPlugin
 */
void
oma_dbus_plugin_reset (OmaRequest *request)
{
  GError *error = NULL;
  const char *name;

  g_variant_get (request->parameters, "(&s)", &name);
  if (oma_agent_reset_plugin (request->agent, name, &error))
    oma_request_return (request, NULL, NULL);
  else
    oma_request_return_error (request, error);
}
