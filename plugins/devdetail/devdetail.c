/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "machine.h"

#include <omadm/omadm.h>
#include <string.h>

/* ./DevDetail (DM Standardized Objects 1.2, DevDetail).  All of it is read-only. */

static const struct {
  const char *name;
  gsize       offset;   /* of the member in Machine */
} members[] = {
  { "DevTyp", G_STRUCT_OFFSET (Machine, chassis) },
  { "OEM", G_STRUCT_OFFSET (Machine, board_vendor) },
  { "FwV", G_STRUCT_OFFSET (Machine, firmware) },
  { "SwV", G_STRUCT_OFFSET (Machine, software) },
  { "HwV", G_STRUCT_OFFSET (Machine, version) },
};

static const struct {
  const char *name;
  guint       limit;
} limits[] = {
  { "MaxDepth", OMA_URI_MAX_DEPTH },
  { "MaxTotLen", OMA_URI_MAX_LENGTH },
  { "MaxSegLen", OMA_URI_MAX_SEGMENT },
};

static void
get_member (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, GTask *task)
{
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (strcmp (members[i].name, oma_node_ref_get_name (node)) == 0)
      machine_return_member (task, members[i].offset);
}

static void
get_limit (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, GTask *task)
{
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    if (strcmp (limits[i].name, oma_node_ref_get_name (node)) == 0)
      {
        g_autofree char *text = g_strdup_printf ("%u", limits[i].limit);

        g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
      }
}

/* Objects larger than a message are taken and sent (DM Protocol 1.2, section 7). */
static void
get_large_object (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, oma_value_new_bool (TRUE), (GDestroyNotify) oma_value_unref);
}

static gboolean
devdetail_init (OmaPluginHost *host G_GNUC_UNUSED, gpointer *self G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

#define LEAF(path, function) { .struct_size = sizeof (OmaNodeHandler), .node = path, .get = function }

static const OmaNodeHandler handlers[] = {
  LEAF ("DevTyp", get_member),
  LEAF ("OEM", get_member),
  LEAF ("FwV", get_member),
  LEAF ("SwV", get_member),
  LEAF ("HwV", get_member),
  LEAF ("URI/**", get_limit),
  LEAF ("LrgObj", get_large_object),
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "devdetail",
  .version = OMADM_VERSION,
  .ddf = "devdetail.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = devdetail_init,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}
