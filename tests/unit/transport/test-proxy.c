/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-proxy.h"

#include <gio/gio.h>

/* A machine's settings of proxies, as far as a test needs them: GIO's default resolver. */
typedef struct {
  GObject parent_instance;
} TestProxy;
typedef struct {
  GObjectClass parent_class;
} TestProxyClass;
GType test_proxy_get_type (void);
static void test_proxy_iface_init (GProxyResolverInterface *iface);
G_DEFINE_TYPE_WITH_CODE (TestProxy, test_proxy, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_PROXY_RESOLVER, test_proxy_iface_init))

static const char *current = "direct://";

static gboolean
is_supported (GProxyResolver *resolver G_GNUC_UNUSED)
{
  return TRUE;
}

static char **
lookup (GProxyResolver *resolver G_GNUC_UNUSED, const char *uri G_GNUC_UNUSED,
        GCancellable *cancellable G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  char *proxies[] = { (char *) current, NULL };

  return g_strdupv (proxies);
}

static void
lookup_async (GProxyResolver *resolver, const char *uri, GCancellable *cancellable, GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, user_data);

  g_task_return_pointer (task, lookup (resolver, uri, cancellable, NULL), (GDestroyNotify) g_strfreev);
}

static char **
lookup_finish (GProxyResolver *resolver G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_proxy_iface_init (GProxyResolverInterface *iface)
{
  iface->is_supported = is_supported;
  iface->lookup = lookup;
  iface->lookup_async = lookup_async;
  iface->lookup_finish = lookup_finish;
}

static void
test_proxy_class_init (TestProxyClass *klass G_GNUC_UNUSED)
{
}

static void
test_proxy_init (TestProxy *proxy G_GNUC_UNUSED)
{
}

/**
 * test_proxy_install:
 *
 * From now on the proxy is what test_proxy_set() says; before anything of GIO's network is used.
 */
void
test_proxy_install (void)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "omadm-test", TRUE);
  g_io_extension_point_register (G_PROXY_RESOLVER_EXTENSION_POINT_NAME);
  g_io_extension_point_implement (G_PROXY_RESOLVER_EXTENSION_POINT_NAME, test_proxy_get_type (), "omadm-test", 1000);
  g_assert_true (G_TYPE_CHECK_INSTANCE_TYPE (g_proxy_resolver_get_default (), test_proxy_get_type ()));
}

/**
 * test_proxy_set:
 * @proxy: (nullable): address of a proxy, which must stay; %NULL: none
 */
void
test_proxy_set (const char *proxy)
{
  current = proxy != NULL ? proxy : "direct://";
}
