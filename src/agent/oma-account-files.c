/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-private.h"

#include <unistd.h>

/* Sets @name, when there is a value, to the name of a file in memory with its text. */
static gboolean
make_file (OmaValue *value, int *fd, char **name, GError **error)
{
  if (value == NULL)
    return TRUE;
  *fd = oma_value_dup_fd (value, error);
  if (*fd < 0)
    return FALSE;
  *name = g_strdup_printf ("/proc/self/fd/%d", *fd);
  return TRUE;
}

static OmaAccountFiles *
make_files (OmaValue *ca, OmaValue *certificate, OmaValue *key, GError **error)
{
  g_autoptr(OmaAccountFiles) files = g_new0 (OmaAccountFiles, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (files->fds); i++)
    files->fds[i] = -1;
  if (!make_file (ca, &files->fds[0], &files->ca, error) ||
      !make_file (certificate, &files->fds[1], &files->certificate, error) ||
      !make_file (key, &files->fds[2], &files->key, error))
    {
      g_prefix_error (error, "CA, certificate or key: ");
      return NULL;
    }
  return g_steal_pointer (&files);
}

static OmaValue *
get_value (OmaAccount *account, const char *relative)
{
  OmaNode *node = oma_account_find_node (account, relative);

  return node != NULL && !oma_node_is_interior (node) ? oma_node_get_value (node, NULL) : NULL;
}

static OmaValue *
make_value (GBytes *bytes)
{
  gsize size;
  gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  return data != NULL ? oma_value_new (OMA_FORMAT_BIN, "application/octet-stream", data, size) : NULL;
}

/**
 * oma_account_files_new:
 * @ca, @certificate, @key: (nullable): PEM texts
 * @error: return location for a %G_IO_ERROR
 *
 * Returns: (transfer full): the texts as files, or %NULL
 */
OmaAccountFiles *
oma_account_files_new (GBytes *ca, GBytes *certificate, GBytes *key, GError **error)
{
  g_autoptr(OmaValue) ca_value = make_value (ca);
  g_autoptr(OmaValue) certificate_value = make_value (certificate);
  g_autoptr(OmaValue) key_value = make_value (key);

  return make_files (ca_value, certificate_value, key_value, error);
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
  const OmaAccountPlaces *places = oma_account_get_places (account);

  return make_files (get_value (account, OMA_ACCOUNT_EXTENSION "/CA"), get_value (account, places->certificate),
                     get_value (account, places->key), error);
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
