/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin as ABI 1.0 built it: the structures are written out as they were then, and stay so when those of the
 * headers grow (with SHORT: still shorter ones, as a 1.0 plugin is to a later host).  Its descriptor and its handlers
 * end where the memory ends: a host that reads past struct_size does not live on. */
#include <omadm/omadm.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
  gsize           struct_size;
  const char     *node;
  gpointer        list, read;
  void          (*get) (gpointer self, const OmaNodeRef *node, GTask *task);
  gpointer        add, replace, remove, exec, copy, rename;
#ifndef SHORT
  OmaHandlerFlags flags;
  gpointer        exists;
#endif
} OldHandler;

typedef struct {
  gsize              struct_size;
  guint16            abi_major;
  guint16            abi_minor;
  const char        *name;
  const char        *version;
  const char        *ddf;
  const OldHandler  *handlers;
  gsize              n_handlers;
  gboolean         (*init) (OmaPluginHost *host, gpointer *self, GError **error);
  gpointer           shutdown;
#ifndef SHORT
  gpointer           validate;
  void             (*commit) (gpointer self, OmaPluginTransaction *transaction, GTask *task);
  gpointer           roll_back, undo, confirm;
  const char *const *bus_names;
  const char *const *actions;
#endif
} OldDescriptor;

static void
get (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, oma_value_new_string ("old"), (GDestroyNotify) oma_value_unref);
}

#ifndef SHORT
static void
commit (gpointer self G_GNUC_UNUSED, OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}
#endif

static gboolean
init (OmaPluginHost *host G_GNUC_UNUSED, gpointer *self G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gpointer
put_at_the_end_of_memory (gconstpointer data, gsize size)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  char *pages = mmap (NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (pages != MAP_FAILED && mprotect (pages + page, page, PROT_NONE) == 0);
  return memcpy (pages + page - size, data, size);
}

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  const OldHandler handlers[] = {
    { .struct_size = sizeof (OldHandler), .node = "" },
    { .struct_size = sizeof (OldHandler), .node = "Fixed", .get = get },
  };
  const OldDescriptor descriptor = {
    .struct_size = sizeof descriptor,
    .abi_major = 1,
    .abi_minor = 0,
    .name = MODULE,
    .version = "0.2",
    .ddf = "good.ddf.xml",
    .handlers = put_at_the_end_of_memory (handlers, sizeof handlers),
    .n_handlers = G_N_ELEMENTS (handlers),
    .init = init,
#ifndef SHORT
    .commit = commit,
#endif
  };

  return put_at_the_end_of_memory (&descriptor, sizeof descriptor);
}
