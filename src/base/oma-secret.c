/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-secret.h"

#include <string.h>

/**
 * oma_secret_free:
 * @secret: (nullable): a secret
 *
 * Wipes and frees it.
 */
void
oma_secret_free (char *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

typedef struct {
  gpointer data;
  gsize    size;
} SecretBlock;

static void
secret_block_free (SecretBlock *block)
{
  if (block->size > 0)
    explicit_bzero (block->data, block->size);
  g_free (block->data);
  g_free (block);
}

/**
 * oma_secret_bytes_new:
 * @data: (transfer full): octets
 * @size: how many
 *
 * Returns: (transfer full): the octets, which are wiped with the last reference
 */
GBytes *
oma_secret_bytes_new (gpointer data, gsize size)
{
  SecretBlock *block = g_new0 (SecretBlock, 1);

  block->data = data;
  block->size = size;
  return g_bytes_new_with_free_func (data, size, (GDestroyNotify) secret_block_free, block);
}
