/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin that takes the process down, in the way that its configuration says. */
#include <omadm/omadm.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static OmaPluginHost *the_host;
static volatile guintptr nowhere = 16;

static gpointer
crash (gpointer user_data G_GNUC_UNUSED)
{
  *(volatile int *) nowhere = 1;
  return NULL;
}

#ifdef CONSTRUCTOR
__attribute__ ((constructor)) static void
construct (void)
{
  crash (NULL);
}
#endif

static gboolean
crash_later (gpointer user_data)
{
  crash (user_data);
  return G_SOURCE_REMOVE;
}

static volatile int depth;

G_GNUC_NO_INLINE static int
recurse (volatile char *above)
{
  volatile char here[1024];

  here[0] = *above;
  return ++depth == G_MAXINT ? 0 : recurse (here) + here[0];
}

static void
crash_in_a_child (void)
{
  pid_t child = fork ();
  int status;

  if (child == 0)
    crash (NULL);
  g_assert_true (waitpid (child, &status, 0) == child && WIFSIGNALED (status));
}

static void
call_nowhere (void)
{
  void (*volatile function) (void) = NULL;

  function ();
}

static gboolean
is (const char *how, const char *wanted)
{
  return g_strcmp0 (how, wanted) == 0;
}

static void
get (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  const char *how = self;

  if (is (how, "operation"))
    crash (NULL);
  else if (is (how, "late"))
    {
      g_usleep (4 * G_USEC_PER_SEC);
      crash (NULL);
    }
  else if (is (how, "callback"))
    g_idle_add (crash_later, NULL);
  else if (is (how, "overflow"))
    recurse ("");
  else if (is (how, "error"))
    g_error ("I give up");
  else if (is (how, "abort"))
    abort ();
  else if (is (how, "thread"))
    g_thread_join (g_thread_new ("crash", crash, NULL));
  else if (is (how, "library"))
    g_free (g_strconcat ("", (const char *) nowhere, NULL));
  else if (is (how, "call"))
    call_nowhere ();
  else if (is (how, "child"))
    crash_in_a_child ();
  else if (is (how, "hang"))
    for (;;)
      g_usleep (G_USEC_PER_SEC);
  else if (is (how, "alert"))
    {
      g_autoptr(OmaValue) value = oma_value_new_string ("x");

      oma_plugin_host_alert (the_host, "type", NULL, NULL, NULL, value);
    }
  g_task_return_pointer (task, oma_value_new_string (how), (GDestroyNotify) oma_value_unref);
}

static gboolean
init (OmaPluginHost *host, gpointer *self, GError **error G_GNUC_UNUSED)
{
  the_host = host;
  *self = oma_plugin_host_get_config (host, "How");
  if (is (*self, "init"))
    crash (NULL);
  return TRUE;
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "Fixed", .get = get },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = MODULE,
  .version = "1.0",
  .ddf = "good.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = init,
  .shutdown = g_free,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}
