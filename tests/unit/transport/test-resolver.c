/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-resolver.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A resolver that knows the names a test told it of, and no others. */
typedef GResolver TestResolver;
typedef GResolverClass TestResolverClass;
GType test_resolver_get_type (void);
G_DEFINE_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static GHashTable *names;   /* name -> addresses in order, with spaces between */

static gboolean
is_wanted (GInetAddress *address, GResolverNameLookupFlags flags)
{
  GSocketFamily family = g_inet_address_get_family (address);

  return !((flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY) && family != G_SOCKET_FAMILY_IPV4) &&
         !((flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY) && family != G_SOCKET_FAMILY_IPV6);
}

static GList *
lookup_by_name_with_flags (GResolver *resolver G_GNUC_UNUSED, const char *name, GResolverNameLookupFlags flags,
                           GCancellable *cancellable G_GNUC_UNUSED, GError **error)
{
  const char *text = g_hash_table_lookup (names, name);
  g_auto(GStrv) words = g_strsplit (text != NULL ? text : "", " ", -1);
  GList *list = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autoptr(GInetAddress) address = g_inet_address_new_from_string (words[i]);

      if (address != NULL && is_wanted (address, flags))
        list = g_list_append (list, g_object_ref (address));
    }
  if (list == NULL)
    g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "nobody knows %s", name);
  return list;
}

static GList *
lookup_by_name (GResolver *resolver, const char *name, GCancellable *cancellable, GError **error)
{
  return lookup_by_name_with_flags (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT, cancellable, error);
}

static void
lookup_by_name_with_flags_async (GResolver *resolver, const char *name, GResolverNameLookupFlags flags,
                                 GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, user_data);
  g_autoptr(GError) error = NULL;
  GList *list = lookup_by_name_with_flags (resolver, name, flags, cancellable, &error);

  if (list == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, list, (GDestroyNotify) g_resolver_free_addresses);
}

static void
lookup_by_name_async (GResolver *resolver, const char *name, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  lookup_by_name_with_flags_async (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT, cancellable, callback,
                                   user_data);
}

static GList *
lookup_finish (GResolver *resolver G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  klass->lookup_by_name = lookup_by_name;
  klass->lookup_by_name_async = lookup_by_name_async;
  klass->lookup_by_name_finish = lookup_finish;
  klass->lookup_by_name_with_flags = lookup_by_name_with_flags;
  klass->lookup_by_name_with_flags_async = lookup_by_name_with_flags_async;
  klass->lookup_by_name_with_flags_finish = lookup_finish;
}

static void
test_resolver_init (TestResolver *resolver G_GNUC_UNUSED)
{
}

/**
 * test_resolver_install:
 *
 * From now on names are what test_resolver_set() says.
 */
void
test_resolver_install (void)
{
  g_autoptr(GResolver) resolver = g_object_new (test_resolver_get_type (), NULL);

  names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_resolver_set_default (resolver);
}

/**
 * test_resolver_set:
 * @addresses: in their order, with spaces between
 */
void
test_resolver_set (const char *name, const char *addresses)
{
  g_hash_table_insert (names, g_strdup (name), g_strdup (addresses));
}

static gboolean
set_address (int fd, const char *interface, const char *address)
{
  struct ifreq request = { 0 };
  struct sockaddr_in in = { .sin_family = AF_INET };

  g_strlcpy (request.ifr_name, interface, sizeof request.ifr_name);
  inet_pton (AF_INET, address, &in.sin_addr);
  memcpy (&request.ifr_addr, &in, sizeof in);
  if (ioctl (fd, SIOCSIFADDR, &request) != 0)
    return FALSE;
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl (fd, SIOCSIFFLAGS, &request) == 0;
}

/**
 * test_network_own:
 *
 * Gives this process a network of its own, in which it is the host TEST_PUBLIC_ADDRESS too; before any threads.
 *
 * Returns: whether the machine allows that
 */
gboolean
test_network_own (void)
{
  gboolean done;
  int fd;

  if (unshare (CLONE_NEWNET) != 0 && unshare (CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return FALSE;
  fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  done = set_address (fd, "lo", "127.0.0.1") && set_address (fd, "lo:1", TEST_PUBLIC_ADDRESS);
  close (fd);
  return done;
}
