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

OmaPluginTransaction *
oma_plugin_transaction_new (void)
{
  return g_new0 (OmaPluginTransaction, 1);
}

void
oma_plugin_transaction_free (OmaPluginTransaction *transaction)
{
  oma_plugin_transaction_set_data (transaction, NULL, NULL);
  g_free (transaction);
}
