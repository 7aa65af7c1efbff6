/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "door-fixture.h"

#include "nm-service.h"

#include <string.h>

#define UUID "11111111-2222-3333-4444-555555555555"

void
door_fixture_open (DoorFixture *f, const NmDoor *door, const char *name)
{
  g_autoptr(GError) error = NULL;

  *f = (DoorFixture) { door, nm_simple_connection_new (), name };
  g_object_set (nm_door_ensure_setting (f->connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_UUID,
                UUID, NULL);
  g_assert_true (door->init (f->connection, name, &error));
  g_assert_no_error (error);
}

void
door_fixture_close (DoorFixture *f)
{
  g_clear_object (&f->connection);
}

/* Whether @node is a node of the pattern; the names of its placeholders go into @place. */
static gboolean
matches (const char *pattern, const char *node, NmPlace *place)
{
  g_auto(GStrv) patterns = g_strsplit (pattern, "/", -1), segments = g_strsplit (node, "/", -1);
  guint n = 0;

  if (g_strv_length (patterns) != g_strv_length (segments))
    return FALSE;
  for (guint i = 0; patterns[i] != NULL; i++)
    if (strcmp (patterns[i], "*") == 0)
      place->captures[n++] = g_intern_string (segments[i]);
    else if (strcmp (patterns[i], segments[i]) != 0)
      return FALSE;
  while (n < G_N_ELEMENTS (place->captures))
    place->captures[n++] = "";
  return TRUE;
}

static const NmLeaf *
find_leaf (DoorFixture *f, const char *node, NmPlace *place)
{
  *place = (NmPlace) { f->door, f->connection, f->name, { "", "", "", "" } };
  for (gsize i = 0; i < f->door->n_leaves; i++)
    if (matches (f->door->leaves[i].node, node, place))
      return &f->door->leaves[i];
  g_error ("The door has no leaf %s", node);
}

/* As the daemon does: the elements of lists on the way are added when they are not there. */
static gboolean
add_elements (DoorFixture *f, const char *node, GError **error)
{
  for (gsize i = 0; i < f->door->n_lists; i++)
    {
      const NmList *list = &f->door->lists[i];
      g_auto(GStrv) segments = g_strsplit (node, "/", -1), names = NULL;
      g_autofree char *pattern = g_strconcat (list->node, "/*", NULL), *path = NULL;
      guint length = 1;
      NmPlace place = { f->door, f->connection, f->name, { "", "", "", "" } };

      for (const char *c = pattern; *c != '\0'; c++)
        length += *c == '/';
      if (list->add == NULL || length > g_strv_length (segments))
        continue;
      for (guint k = length; segments[k] != NULL; k++)
        g_clear_pointer (&segments[k], g_free);
      path = g_strjoinv ("/", segments);
      if (!matches (pattern, path, &place))
        continue;
      names = list->list (&place);
      if (!g_strv_contains ((const char *const *) names, segments[length - 1]) && !list->add (&place, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
door_fixture_set (DoorFixture *f, const char *node, const char *text, GError **error)
{
  g_autoptr(OmaValue) value = text != NULL ? oma_value_new_string (text) : NULL;
  NmPlace place;
  const NmLeaf *leaf = find_leaf (f, node, &place);

  return (text == NULL || add_elements (f, node, error)) && leaf->set (&place, leaf, value, error);
}

void
door_fixture_refuses (DoorFixture *f, const char *node, const char *text, int status, const char *reason)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (door_fixture_set (f, node, text, &error));
  g_assert_error (error, OMA_STATUS_ERROR, status);
  if (strstr (error->message, reason) == NULL)
    g_error ("'%s' is not in: %s", reason, error->message);
}

/* The plugin reads from a copy that has "*" for each secret. */
char *
door_fixture_get (DoorFixture *f, const char *node)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) value = NULL;
  g_autoptr(NMConnection) masked = nm_simple_connection_new_clone (f->connection);
  NmPlace place;
  const NmLeaf *leaf = find_leaf (f, node, &place);

  nm_mask_secrets (masked);
  place.connection = masked;
  value = leaf->get (&place, leaf, &error);
  g_assert_no_error (error);
  return nm_leaf_dup_text (value);
}

void
door_fixture_is (DoorFixture *f, const char *node, const char *text)
{
  g_autofree char *found = door_fixture_get (f, node);

  g_assert_cmpstr (found, ==, text);
}

/* What NetworkManager would write. */
char *
door_fixture_finish (DoorFixture *f)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GKeyFile) file = NULL;

  if (f->door->finish != NULL)
    f->door->finish (f->connection, &error);
  g_assert_no_error (error);
  nm_connection_normalize (f->connection, NULL, NULL, &error);
  g_assert_no_error (error);
  file = nm_keyfile_write (f->connection, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, &error);
  g_assert_no_error (error);
  return g_key_file_to_data (file, NULL, NULL);
}

void
door_fixture_unfinished (DoorFixture *f, const char *reason)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (f->door->finish (f->connection, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, reason) == NULL)
    g_error ("'%s' is not in: %s", reason, error->message);
}

void
door_fixture_has (const char *keyfile, const char *group, const char *key, const char *text)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *found = NULL;

  g_assert_true (g_key_file_load_from_data (file, keyfile, strlen (keyfile), G_KEY_FILE_NONE, NULL));
  found = g_key_file_get_string (file, group, key, NULL);
  if (g_strcmp0 (found, text) != 0)
    g_error ("%s.%s is %s, not %s, in\n%s", group, key, found, text, keyfile);
}

/* It is in the profile, and in nothing that can be read of it. */
void
door_fixture_keeps_secret (DoorFixture *f, const char *secret)
{
  g_autoptr(GVariant) all = g_variant_ref_sink (nm_connection_to_dbus (f->connection, NM_CONNECTION_SERIALIZE_ALL));
  g_autoptr(GVariant) readable =
    g_variant_ref_sink (nm_connection_to_dbus (f->connection, NM_CONNECTION_SERIALIZE_WITH_NON_SECRET));
  g_autofree char *with = g_variant_print (all, FALSE), *without = g_variant_print (readable, FALSE);

  g_assert_nonnull (strstr (with, secret));
  g_assert_null (strstr (without, secret));
  for (gsize i = 0; i < f->door->n_leaves; i++)
    {
      const NmLeaf *leaf = &f->door->leaves[i];
      g_autofree char *text = NULL;

      if (strchr (leaf->node, '*') != NULL || leaf->flags & NM_LEAF_SECRET)
        continue;
      text = door_fixture_get (f, leaf->node);
      g_assert_true (text == NULL || strstr (text, secret) == NULL);
    }
}
