/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-private.h"

#include <unistd.h>

/* Sets @name, when there is such a leaf, to the name of a file in memory with its text. */
static gboolean
make_file (OmaAccount *self, const char *relative, int *fd, char **name, GError **error)
{
  OmaNode *node = oma_account_find_node (self, relative);
  OmaValue *value = node != NULL && !oma_node_is_interior (node) ? oma_node_get_value (node, NULL) : NULL;

  if (value == NULL)
    return TRUE;
  *fd = oma_value_dup_fd (value, error);
  if (*fd < 0)
    {
      g_prefix_error (error, "%s: ", relative);
      return FALSE;
    }
  *name = g_strdup_printf ("/proc/self/fd/%d", *fd);
  return TRUE;
}

/**
 * oma_account_files_free:
 * @files: (nullable): files of an account
 *
 * Closes them; nothing is left of them.
 */
void
oma_account_files_free (OmaAccountFiles *files)
{
  if (files == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (files->fds); i++)
    if (files->fds[i] >= 0)
      close (files->fds[i]);
  g_free (files->ca);
  g_free (files->certificate);
  g_free (files->key);
  g_free (files);
}

/**
 * oma_account_make_files:
 * @account: an account
 * @error: return location for a %G_IO_ERROR
 *
 * Returns: (transfer full): the account's certificates as files, or %NULL
 */
OmaAccountFiles *
oma_account_make_files (OmaAccount *account, GError **error)
{
  g_autoptr(OmaAccountFiles) files = g_new0 (OmaAccountFiles, 1);
  const OmaAccountPlaces *places = oma_account_get_places (account);

  for (gsize i = 0; i < G_N_ELEMENTS (files->fds); i++)
    files->fds[i] = -1;
  if (!make_file (account, OMA_ACCOUNT_EXTENSION "/CA", &files->fds[0], &files->ca, error) ||
      !make_file (account, places->certificate, &files->fds[1], &files->certificate, error) ||
      !make_file (account, places->key, &files->fds[2], &files->key, error))
    return NULL;
  return g_steal_pointer (&files);
}

/**
 * oma_account_has_certificate:
 * @account: an account
 *
 * Returns: whether it has a client certificate
 */
gboolean
oma_account_has_certificate (OmaAccount *account)
{
  return oma_account_find_node (account, oma_account_get_places (account)->certificate) != NULL;
}
