/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-private.h"

#include <glib/gstdio.h>
#include <string.h>

/* Packages through PackageKit: one plugin behind three doors, ./SCOMO, ./Vendor/Omadm/{Packages,Update}, and
 * ./Vendor/MSFT/EnterpriseDesktopAppManagement. */

#define MAX_DOWNLOAD 2048          /* MiB */
#define DOWNLOAD_TRIES 5

static OmaNodeHandler *handlers;

static void
tell_of_package (Pk *self, const char *parent, const char *name, OmaChangeKind kind)
{
  pk_tell_changed (self, parent, name, NULL, kind);
}

static void
installed_changed (const char *name, OmaChangeKind kind, gpointer user_data)
{
  tell_of_package (user_data, PK_SCOMO_URI "/Inventory/Deployed", name, kind);
  tell_of_package (user_data, PK_PACKAGES_URI "/Installed", name, kind);
}

static void
updates_changed (const char *name, OmaChangeKind kind, gpointer user_data)
{
  tell_of_package (user_data, PK_UPDATE_URI "/Updates", name, kind);
}

static char *
dup_setting (OmaPluginHost *host, const char *key, const char *otherwise)
{
  char *value = oma_plugin_host_get_config (host, key);

  return value != NULL ? value : g_strdup (otherwise);
}

static guint64
get_number (OmaPluginHost *host, const char *key, guint64 otherwise, guint64 limit)
{
  g_autofree char *text = oma_plugin_host_get_config (host, key);
  guint64 number;

  if (text == NULL)
    return otherwise;
  if (g_ascii_string_to_unsigned (text, 10, 0, limit, &number, NULL))
    return number;
  g_warning ("%s of the plugin packagekit is no number from 0 to %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT
             " is taken", key, limit, otherwise);
  return otherwise;
}

/**
 * pk_ref:
 * @self: the plugin
 *
 * Returns: (transfer full): @self
 */
Pk *
pk_ref (Pk *self)
{
  self->ref_count++;
  return self;
}

/**
 * pk_unref:
 * @self: (transfer full): the plugin
 */
void
pk_unref (Pk *self)
{
  if (--self->ref_count > 0)
    return;
  pk_inventory_free (self->inventory);
  pk_inventory_free (self->updates);
  pk_details_free (self->details);
  pk_store_free (self->state);
  pk_store_free (self->jobs);
  g_free (self->spool);
  g_free (self->lists);
  g_free (self->reboot_file);
  g_object_unref (self->host);
  g_free (self);
}

static gboolean
packagekit_init (OmaPluginHost *host, gpointer *out, GError **error G_GNUC_UNUSED)
{
  Pk *self = g_new0 (Pk, 1);
  /* Watched, not read: PackageKit tells what is in it. */
  g_autofree char *dpkg = g_build_filename ("/var/lib", "dpkg", "status", NULL);
  g_autofree char *status_file = dup_setting (host, "DpkgStatus", dpkg);
  g_autofree char *format = dup_setting (host, "AlertFormat", "int");

  self->ref_count = 1;
  self->host = g_object_ref (host);
  self->spool = dup_setting (host, "Spool", OMADM_STATE_DIR "/packages");
  self->lists = dup_setting (host, "AptLists", "/var/lib/apt/lists");
  self->reboot_file = g_strdup ("/run/reboot-required");
  self->max_download = get_number (host, "MaxDownload", MAX_DOWNLOAD, 1024 * 1024) * 1024 * 1024;
  self->download_tries = (guint) get_number (host, "DownloadTries", DOWNLOAD_TRIES, 20);
  self->alert_as_xml = strcmp (format, "xml") == 0;
  self->state = pk_store_new (host, "state");
  self->jobs = pk_store_new (host, "jobs");
  if (g_mkdir_with_parents (self->spool, 0700) != 0)
    g_warning ("%s cannot be made: nothing can be downloaded from a URL", self->spool);
  self->inventory = pk_inventory_new (host, "GetPackages", PK_FILTER_INSTALLED, status_file, installed_changed, self);
  self->updates = pk_inventory_new (host, "GetUpdates", PK_FILTER_NONE, status_file, updates_changed, self);
  self->details = pk_details_new (host);
  self->queue = pk_queue_new (self);
  pk_queue_resume (self->queue);
  pk_update_start (self);
  *out = self;
  return TRUE;
}

static void
packagekit_shutdown (gpointer user_data)
{
  Pk *self = user_data;

  pk_update_stop (self);
  g_clear_pointer (&self->queue, pk_queue_free);
  pk_transaction_abandon_all ();
  pk_inventory_stop (self->inventory);
  pk_inventory_stop (self->updates);
  pk_unref (self);
}

static const char *const bus_names[] = { PK_BUS_NAME, NULL };

#define ACTION(name) "org.freedesktop.packagekit." name

static const char *const actions[] = {
  ACTION ("package-install"),
  ACTION ("package-remove"),
  ACTION ("repair-system"),
  ACTION ("system-sources-configure"),
  ACTION ("system-sources-refresh"),
  ACTION ("system-update"),
  NULL,
};

static OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "packagekit",
  .version = OMADM_VERSION,
  .ddf = "packagekit.ddf.xml",
  .init = packagekit_init,
  .shutdown = packagekit_shutdown,
  .validate = pk_validate,
  .commit = pk_commit,
  .roll_back = pk_roll_back,
  .undo = pk_undo,
  .bus_names = bus_names,
  .actions = actions,
};

/* Each door has its own table. */
static void
join_handlers (void)
{
  const OmaNodeHandler *tables[] = { pk_scomo_handlers, pk_installed_handlers, pk_update_handlers, pk_msi_handlers };
  const gsize lengths[] = { pk_scomo_n_handlers, pk_installed_n_handlers, pk_update_n_handlers, pk_msi_n_handlers };
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    n += lengths[i];
  handlers = g_new0 (OmaNodeHandler, n);
  for (gsize i = 0, at = 0; i < G_N_ELEMENTS (tables); at += lengths[i++])
    memcpy (handlers + at, tables[i], lengths[i] * sizeof (OmaNodeHandler));
  descriptor.handlers = handlers;
  descriptor.n_handlers = n;
}

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  if (handlers == NULL)
    join_handlers ();
  return &descriptor;
}
