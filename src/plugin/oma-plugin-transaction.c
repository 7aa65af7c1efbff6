/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-transaction-private.h"

/**
 * oma_plugin_transaction_set_data:
 * @transaction: a transaction
 * @data: (nullable): what the plugin notes
 * @destroy: (nullable): frees @data when it is replaced or the transaction ends
 *
 * Keeps the plugin's own state of the unit of work.
 */
void
oma_plugin_transaction_set_data (OmaPluginTransaction *transaction, gpointer data, GDestroyNotify destroy)
{
  if (transaction->destroy != NULL)
    transaction->destroy (transaction->data);
  transaction->data = data;
  transaction->destroy = destroy;
}

/**
 * oma_plugin_transaction_get_data:
 * @transaction: a transaction
 *
 * Returns: (transfer none) (nullable): what oma_plugin_transaction_set_data() kept
 */
gpointer
oma_plugin_transaction_get_data (OmaPluginTransaction *transaction)
{
  return transaction->data;
}

/**
 * oma_plugin_transaction_set_undo_data:
 * @transaction: a transaction
 * @data: (nullable): what @undo of the plugin's descriptor needs to undo the commit
 *
 * To be called until validate has returned: what it sets then is written durably before commit is
 * called, and lives in the daemon's state directory until the unit of work is through, as private as
 * the secrets of accounts: it may have those of the plugin's service in it.  It comes back to @undo
 * when the daemon died before.  The plugin chooses the form; a later version of it may have to read
 * it.  Without @undo nothing is kept, and the daemon undoes from what it read of the nodes; with it,
 * but without data, too.
 */
void
oma_plugin_transaction_set_undo_data (OmaPluginTransaction *transaction, GBytes *data)
{
  GBytes *old = transaction->undo_data;

  transaction->undo_data = data != NULL ? g_bytes_ref (data) : NULL;
  g_clear_pointer (&old, g_bytes_unref);
}

OmaPluginTransaction *
oma_plugin_transaction_new (void)
{
  return g_new0 (OmaPluginTransaction, 1);
}

void
oma_plugin_transaction_free (OmaPluginTransaction *transaction)
{
  oma_plugin_transaction_set_data (transaction, NULL, NULL);
  oma_plugin_transaction_set_undo_data (transaction, NULL);
  g_free (transaction);
}
