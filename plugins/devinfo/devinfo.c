/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "machine.h"

#include <omadm/omadm.h>

/* ./DevInfo (DM Standardized Objects 1.2, DevInfo).  All of it is read-only; the machine is
 * asked each time, since a language or a model can change under a running daemon. */

typedef struct {
  char *device_id;
} DevInfo;

static void
get_device_id (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  DevInfo *devinfo = self;

  g_task_return_pointer (task, oma_value_new_string (devinfo->device_id), (GDestroyNotify) oma_value_unref);
}

static void
get_client_version (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, oma_value_new_string (OMADM_VERSION), (GDestroyNotify) oma_value_unref);
}

static void
get_manufacturer (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  machine_return_member (task, G_STRUCT_OFFSET (Machine, vendor));
}

static void
get_model (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  machine_return_member (task, G_STRUCT_OFFSET (Machine, model));
}

static void
get_language (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  machine_return_member (task, G_STRUCT_OFFSET (Machine, language));
}

static gboolean
devinfo_init (OmaPluginHost *host, gpointer *self, GError **error)
{
  g_autofree char *configured = oma_plugin_host_get_config (host, "DeviceId");
  DevInfo *devinfo;

  if (configured != NULL && !machine_id_is_valid (configured))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "DeviceId=%s is neither IMEI:, MEID: nor a URI",
                   configured);
      return FALSE;
    }
  devinfo = g_new (DevInfo, 1);
  devinfo->device_id = configured != NULL ? g_steal_pointer (&configured) : machine_make_id ("/");
  *self = devinfo;
  return TRUE;
}

static void
devinfo_shutdown (gpointer self)
{
  DevInfo *devinfo = self;

  g_free (devinfo->device_id);
  g_free (devinfo);
}

#define LEAF(path, function) { .struct_size = sizeof (OmaNodeHandler), .node = path, .get = function }

static const OmaNodeHandler handlers[] = {
  LEAF ("DevId", get_device_id),
  LEAF ("Man", get_manufacturer),
  LEAF ("Mod", get_model),
  LEAF ("DmV", get_client_version),
  LEAF ("Lang", get_language),
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "devinfo",
  .version = OMADM_VERSION,
  .ddf = "devinfo.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = devinfo_init,
  .shutdown = devinfo_shutdown,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}
