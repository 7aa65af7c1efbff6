/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power.h"

#include <string.h>

#define GROUP "Shutdown"

static const struct {
  const char *operation;
  const char *type;
} operations[] = {
  { "Reboot", "reboot" },
  { "PowerOff", "poweroff" },
};

/**
 * shutdown_record_new:
 * @operation: name of the node that was executed
 * @correlator: (nullable): of the Exec
 *
 * Returns: (transfer full): a record without times
 */
ShutdownRecord *
shutdown_record_new (const char *operation, const char *correlator)
{
  ShutdownRecord *record = g_new0 (ShutdownRecord, 1);

  record->operation = g_strdup (operation);
  record->correlator = g_strdup (correlator);
  return record;
}

/**
 * shutdown_record_copy:
 * @record: a record
 *
 * Returns: (transfer full): another that says the same
 */
ShutdownRecord *
shutdown_record_copy (const ShutdownRecord *record)
{
  ShutdownRecord *copy = shutdown_record_new (record->operation, record->correlator);

  copy->when = record->when;
  copy->boot = record->boot;
  return copy;
}

/**
 * shutdown_record_free:
 * @record: (transfer full): a record
 */
void
shutdown_record_free (ShutdownRecord *record)
{
  g_free (record->operation);
  g_free (record->correlator);
  g_free (record);
}

/**
 * shutdown_record_format:
 * @record: a record
 *
 * Returns: (transfer full): it, to be kept
 */
GBytes *
shutdown_record_format (const ShutdownRecord *record)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  gsize size;
  char *text;

  g_key_file_set_string (file, GROUP, "Operation", record->operation);
  if (record->correlator != NULL)
    g_key_file_set_string (file, GROUP, "Correlator", record->correlator);
  g_key_file_set_uint64 (file, GROUP, "When", record->when);
  g_key_file_set_uint64 (file, GROUP, "Boot", record->boot);
  text = g_key_file_to_data (file, &size, NULL);
  return g_bytes_new_take (text, size);
}

/**
 * shutdown_record_parse:
 * @bytes: what was kept
 *
 * Returns: (transfer full) (nullable): the record; %NULL when it is none
 */
ShutdownRecord *
shutdown_record_parse (GBytes *bytes)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autoptr(ShutdownRecord) record = g_new0 (ShutdownRecord, 1);
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  if (size == 0 || !g_key_file_load_from_data (file, text, size, G_KEY_FILE_NONE, NULL))
    return NULL;
  record->operation = g_key_file_get_string (file, GROUP, "Operation", NULL);
  record->correlator = g_key_file_get_string (file, GROUP, "Correlator", NULL);
  record->when = g_key_file_get_uint64 (file, GROUP, "When", NULL);
  record->boot = g_key_file_get_uint64 (file, GROUP, "Boot", NULL);
  if (record->operation == NULL || shutdown_operation_to_type (record->operation) == NULL || record->boot == 0)
    return NULL;
  return g_steal_pointer (&record);
}

/**
 * shutdown_operation_to_type:
 * @operation: name of a node
 *
 * Returns: (nullable): what logind calls it
 */
const char *
shutdown_operation_to_type (const char *operation)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if (strcmp (operations[i].operation, operation) == 0)
      return operations[i].type;
  return NULL;
}

/**
 * shutdown_type_to_operation:
 * @type: what logind has scheduled; "" for nothing
 *
 * Returns: the name of its node; @type where there is none, as for "halt"
 */
const char *
shutdown_type_to_operation (const char *type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if (strcmp (operations[i].type, type) == 0)
      return operations[i].operation;
  return type;
}

/**
 * shutdown_parse_delay:
 * @text: (nullable): argument of an Exec; none stands for the shortest delay
 * @minutes: (out): the delay
 *
 * Returns: whether it is a delay
 */
gboolean
shutdown_parse_delay (const char *text, guint *minutes)
{
  guint64 number = SHUTDOWN_MIN_DELAY;

  if (text != NULL && *text != '\0' &&
      !g_ascii_string_to_unsigned (text, 10, SHUTDOWN_MIN_DELAY, SHUTDOWN_MAX_DELAY, &number, NULL))
    return FALSE;
  *minutes = (guint) number;
  return TRUE;
}
