/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-document.h"

#include <string.h>

#define PART 8000        /* octets, below what libnm takes */
#define MAX_PARTS 9      /* a document of NM_XML_MAX_SIZE */

static char *
make_key (const char *key, guint part)
{
  return g_strdup_printf ("%s.%u", key, part);
}

/* Octets of the first part of @text: no character is cut. */
static gsize
measure_part (const char *text)
{
  gsize size = strlen (text);

  if (size <= PART)
    return size;
  for (size = PART; (text[size] & 0xc0) == 0x80;)
    size--;
  return size;
}

/**
 * nm_document_store:
 * @connection: a profile
 * @door: id of a door
 * @key: as for nm_door_set_data()
 * @text: (nullable): a document, %NULL for none
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE when it is too large
 */
gboolean
nm_document_store (NMConnection *connection, const char *door, const char *key, const char *text, GError **error)
{
  for (guint part = 0; part < MAX_PARTS; part++)
    {
      gsize size = text != NULL ? measure_part (text) : 0;
      g_autofree char *full = make_key (key, part), *octets = size > 0 ? g_strndup (text, size) : NULL;

      if (!nm_door_set_data (connection, door, full, octets, error))
        return FALSE;
      text = size > 0 ? text + size : NULL;
    }
  return text == NULL || *text == '\0' ||
         nm_leaf_refuse (OMA_STATUS_ENTITY_TOO_LARGE, error, "The document is too large to be kept in a profile");
}

/**
 * nm_document_load:
 * @connection: a profile
 * @door: id of a door
 * @key: what it was stored under
 *
 * Returns: (transfer full) (nullable): the document
 */
char *
nm_document_load (NMConnection *connection, const char *door, const char *key)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint part = 0; part < MAX_PARTS; part++)
    {
      g_autofree char *full = make_key (key, part);
      const char *octets = nm_door_get_data (connection, door, full);

      if (octets == NULL)
        break;
      g_string_append (text, octets);
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

/* ---- What follows from a profile ---- */

#define DERIVED "omadm-derived"

static void
forget_derived (NMConnection *connection, gpointer user_data G_GNUC_UNUSED)
{
  g_hash_table_remove_all (g_object_get_data (G_OBJECT (connection), DERIVED));
}

/* Many leaves ask for the same. */
static GHashTable *
ensure_derived (NMConnection *connection)
{
  GHashTable *derived = g_object_get_data (G_OBJECT (connection), DERIVED);

  if (derived == NULL)
    {
      derived = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
      g_object_set_data_full (G_OBJECT (connection), DERIVED, derived, (GDestroyNotify) g_hash_table_unref);
      g_signal_connect (connection, NM_CONNECTION_CHANGED, G_CALLBACK (forget_derived), NULL);
    }
  return derived;
}

/**
 * nm_document_get_derived:
 * @connection: a profile
 * @key: a name
 *
 * Returns: (transfer none) (nullable): what nm_document_set_derived() put there, unless the profile was changed since
 */
gpointer
nm_document_get_derived (NMConnection *connection, const char *key)
{
  return g_hash_table_lookup (ensure_derived (connection), key);
}

/**
 * nm_document_set_derived:
 * @connection: a profile
 * @key: a name that stays
 * @object: (transfer full): what follows from the profile as it is
 */
void
nm_document_set_derived (NMConnection *connection, const char *key, gpointer object)
{
  g_hash_table_replace (ensure_derived (connection), (gpointer) key, object);
}

/* As NetworkManager would get it, with no trace of secrets: libnm remembers of some that they were there. */
static NMConnection *
dup_without_secrets (NMConnection *connection)
{
  g_autoptr(NMConnection) normal = nm_simple_connection_new_clone (connection);
  g_autoptr(GVariant) settings = NULL;

  nm_connection_clear_secrets (normal);
  if (!nm_connection_normalize (normal, NULL, NULL, NULL))
    return NULL;
  settings = g_variant_ref_sink (nm_connection_to_dbus (normal, NM_CONNECTION_SERIALIZE_WITH_NON_SECRET));
  return nm_simple_connection_new_from_dbus (settings, NULL);
}

/**
 * nm_document_still_says:
 * @connection: a profile
 * @write_again: puts what is kept into a profile, as when it was written
 * @user_data: for @write_again
 *
 * What is kept is worth something as long as nobody changed what it stands for: to write it once more would change
 * nothing.  Secrets are not looked at.
 *
 * Returns: whether that is so
 */
gboolean
nm_document_still_says (NMConnection *connection, NmDocumentFunc write_again, gpointer user_data)
{
  g_autoptr(NMConnection) after = nm_simple_connection_new_clone (connection);
  g_autoptr(NMConnection) x = NULL, y = NULL;

  nm_connection_clear_secrets (after);
  if (!write_again (after, user_data))
    return FALSE;
  x = dup_without_secrets (connection);
  y = dup_without_secrets (after);
  return x != NULL && y != NULL && nm_connection_compare (x, y, NM_SETTING_COMPARE_FLAG_EXACT);
}
