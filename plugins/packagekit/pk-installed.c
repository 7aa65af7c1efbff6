/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-private.h"

#include <string.h>

/* ./Vendor/Omadm/Packages: what is installed, as a subtree that is written: a node that is added is a package that is
 * installed, one that is deleted is removed.  Both are undone with the unit of work. */

#define INSTALLED_URI PK_PACKAGES_URI "/Installed"

/* What nobody asked for by its name goes when nothing needs it any more. */
static gboolean
is_automatic (const PkPackage *package)
{
  return strcmp (package->data, "auto") == 0 || g_str_has_prefix (package->data, "auto:");
}

/* A size in KiB fits the format. */
static gint32
count_kib (const PkDetail *detail)
{
  return detail != NULL ? (gint32) MIN (detail->size / 1024, G_MAXINT32) : 0;
}

static void
add_details (Pk *self, OmaNodeList *list, const char *uri, const PkPackage *package)
{
  const PkDetail *detail = pk_details_find (self->details, package);
  g_autofree char *size = g_strconcat (uri, *uri != '\0' ? "/" : "", "Size", NULL);

  pk_add_text (list, uri, "Description", detail != NULL ? detail->description : "");
  pk_add_text (list, uri, "URL", detail != NULL ? detail->url : "");
  oma_node_list_add (list, size, oma_value_new_int (count_kib (detail)));
}

static void
add_package (Pk *self, OmaNodeList *list, const char *uri, const PkPackage *package)
{
  g_autofree char *automatic = g_strconcat (uri, *uri != '\0' ? "/" : "", "Automatic", NULL);

  pk_add_text (list, uri, "Version", package->version);
  pk_add_text (list, uri, "Architecture", package->arch);
  pk_add_text (list, uri, "Summary", package->summary);
  pk_add_text (list, uri, "Origin", pk_package_get_origin (package));
  oma_node_list_add (list, automatic, oma_value_new_bool (is_automatic (package)));
  add_details (self, list, uri, package);
}

static void
list_installed (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_answer_names (self, ((Pk *) self)->inventory, task);
}

static void
exists_installed (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const char *name, GTask *task)
{
  pk_answer_exists (self, ((Pk *) self)->inventory, name, task);
}

static void
read_installed (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_answer_all (self, ((Pk *) self)->inventory, TRUE, add_package, task);
}

static void
get_leaf (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_answer_one (self, ((Pk *) self)->inventory, oma_node_ref_get_capture (node, 0), oma_node_ref_get_name (node),
                 FALSE, add_package, task);
}

static void
get_detail (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_answer_one (self, ((Pk *) self)->inventory, oma_node_ref_get_capture (node, 0), oma_node_ref_get_name (node), TRUE,
                 add_package, task);
}

static void
read_package (gpointer self, const OmaNodeRef *node, GTask *task)
{
  pk_answer_one (self, ((Pk *) self)->inventory, oma_node_ref_get_capture (node, 0), NULL, TRUE, add_package, task);
}

static void
get_count (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  pk_answer_count (self, ((Pk *) self)->inventory, task);
}

/* ---- Writing ---- */

static void
add_installed (gpointer self, const OmaNodeRef *node, OmaValue *value G_GNUC_UNUSED, OmaPluginTransaction *transaction,
               GTask *task)
{
  g_autofree char *url = g_strconcat ("apt:", oma_node_ref_get_name (node), NULL);
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;

  if (!pk_parse_source (url, &name, &version) || version != NULL)
    {
      pk_return_error (task, OMA_STATUS_NOT_FOUND, "That is no name of a package");
      return;
    }
  pk_change_install (pk_change_get (self, transaction), name);
  g_task_return_boolean (task, TRUE);
}

static void
remove_installed (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction, GTask *task)
{
  pk_change_uninstall (pk_change_get (self, transaction), oma_node_ref_get_name (node));
  g_task_return_boolean (task, TRUE);
}

#define LEAF(name) PK_HANDLER (INSTALLED_URI "/*/" name, .get = get_leaf)
#define DETAIL(name) PK_HANDLER (INSTALLED_URI "/*/" name, .get = get_detail)

const OmaNodeHandler pk_installed_handlers[] = {
  PK_HANDLER (PK_PACKAGES_URI "/Count", .get = get_count),
  PK_HANDLER (INSTALLED_URI, .list = list_installed, .read = read_installed, .exists = exists_installed,
              .flags = OMA_HANDLER_FOLLOWED),
  PK_HANDLER (INSTALLED_URI "/*", .read = read_package, .add = add_installed, .remove = remove_installed),
  LEAF ("Version"),
  LEAF ("Architecture"),
  LEAF ("Summary"),
  LEAF ("Origin"),
  LEAF ("Automatic"),
  DETAIL ("Description"),
  DETAIL ("URL"),
  DETAIL ("Size"),
};
const gsize pk_installed_n_handlers = G_N_ELEMENTS (pk_installed_handlers);
