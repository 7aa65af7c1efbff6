/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "agent/oma-agent.h"
#include "agent/oma-config.h"
#include "fuzz-files.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NUMBER 200

static char *directory, *path;

static void
clean_up (void)
{
  g_remove (path);
  g_remove (directory);
}

/* A directory with the file in memory under the name that is read. */
static void
set_up (void)
{
  g_autoptr(GError) error = NULL;

  fuzz_file_make (FILE_NUMBER);
  directory = g_dir_make_tmp ("fuzz-config-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (directory, "omadm.conf", NULL);
  g_assert_no_errno (symlink ("/proc/self/fd/" G_STRINGIFY (FILE_NUMBER), path));
  atexit (clean_up);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(OmaConfig) config = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *value = NULL;

  if (directory == NULL)
    set_up ();
  fuzz_file_write (FILE_NUMBER, data, size);
  config = oma_config_load (directory, OMA_TRUSTED_FILE_ACCEPT_OWN, &error);
  if (config == NULL)
    {
      g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
      return 0;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (config->max_sessions, >=, 1);
  g_assert_cmpuint (config->max_message_size, >=, 4096);
  value = oma_config_dup_plugin_value (config, "fuzz", "Key");
  return 0;
}
