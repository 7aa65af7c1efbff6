/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-answers.h"

#include <string.h>

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define PROPERTY "property."
#define METHOD "method."
#define SETS ".sets"
#define ERROR ".error"

/* An interface of an object of a service. */
typedef struct {
  char       *bus_name;
  char       *object_path;
  char       *interface_name;
  GHashTable *properties;      /* name -> GVariant */
  GHashTable *methods;         /* name, with or without arguments -> GVariant, a tuple */
  GHashTable *errors;          /* likewise -> name of a D-Bus error */
  GHashTable *sets;            /* name of a method -> the properties that its arguments are for, "-" for none */
} Object;

struct _OmaCheckAnswers {
  GPtrArray          *objects;      /* (element-type Object) */
  OmaCheckChangedFunc changed_func;
  gpointer            changed_data;
};

static void
object_free (Object *object)
{
  g_free (object->bus_name);
  g_free (object->object_path);
  g_free (object->interface_name);
  g_hash_table_unref (object->properties);
  g_hash_table_unref (object->methods);
  g_hash_table_unref (object->errors);
  g_hash_table_unref (object->sets);
  g_free (object);
}

static GHashTable *
new_table (GDestroyNotify destroy)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, destroy);
}

/**
 * oma_check_answers_new:
 *
 * Returns: (transfer full): no answers
 */
OmaCheckAnswers *
oma_check_answers_new (void)
{
  OmaCheckAnswers *answers = g_new0 (OmaCheckAnswers, 1);

  answers->objects = g_ptr_array_new_with_free_func ((GDestroyNotify) object_free);
  return answers;
}

/**
 * oma_check_answers_free:
 * @answers: (transfer full): answers
 */
void
oma_check_answers_free (OmaCheckAnswers *answers)
{
  g_ptr_array_unref (answers->objects);
  g_free (answers);
}

/**
 * oma_check_answers_set_changed_func:
 * @answers: answers
 * @func: (nullable): told when a call set a property
 * @user_data: for @func
 */
void
oma_check_answers_set_changed_func (OmaCheckAnswers *answers, OmaCheckChangedFunc func, gpointer user_data)
{
  answers->changed_func = func;
  answers->changed_data = user_data;
}

/* ---- The file ---- */

/* "BUS-NAME OBJECT-PATH INTERFACE" */
static Object *
new_object (const char *group, GError **error)
{
  g_auto(GStrv) words = g_strsplit (group, " ", 0);
  Object *object;

  if (g_strv_length (words) != 3 || !g_dbus_is_name (words[0]) || !g_variant_is_object_path (words[1]) ||
      !g_dbus_is_interface_name (words[2]))
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE,
                   "[%s]: a group is [BUS-NAME OBJECT-PATH INTERFACE]", group);
      return NULL;
    }
  object = g_new0 (Object, 1);
  object->bus_name = g_strdup (words[0]);
  object->object_path = g_strdup (words[1]);
  object->interface_name = g_strdup (words[2]);
  object->properties = new_table ((GDestroyNotify) g_variant_unref);
  object->methods = new_table ((GDestroyNotify) g_variant_unref);
  object->errors = new_table (g_free);
  object->sets = new_table (g_free);
  return object;
}

static gboolean
take_value (GHashTable *table, const char *name, const char *text, gboolean tuple, GError **error)
{
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, error);

  if (value == NULL)
    return FALSE;
  if (tuple && !g_variant_is_of_type (value, G_VARIANT_TYPE_TUPLE))
    {
      g_variant_unref (value);
      g_set_error_literal (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "an answer is a tuple");
      return FALSE;
    }
  g_hash_table_replace (table, g_strdup (name), value);
  return TRUE;
}

static gboolean
take_key (Object *object, const char *key, const char *text, GError **error)
{
  const char *name = key + strlen (METHOD);
  gsize length;

  if (g_str_has_prefix (key, PROPERTY))
    return take_value (object->properties, key + strlen (PROPERTY), text, FALSE, error);
  if (!g_str_has_prefix (key, METHOD))
    {
      g_set_error_literal (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE,
                           "a key begins with \"" PROPERTY "\" or \"" METHOD "\"");
      return FALSE;
    }
  length = strlen (name);
  if (g_str_has_suffix (name, SETS))
    g_hash_table_replace (object->sets, g_strndup (name, length - strlen (SETS)), g_strdup (text));
  else if (g_str_has_suffix (name, ERROR))
    g_hash_table_replace (object->errors, g_strndup (name, length - strlen (ERROR)), g_strdup (text));
  else
    return take_value (object->methods, name, text, TRUE, error);
  return TRUE;
}

static gboolean
take_group (OmaCheckAnswers *answers, GKeyFile *file, const char *group, GError **error)
{
  g_auto(GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);
  Object *object = new_object (group, error);

  if (object == NULL)
    return FALSE;
  g_ptr_array_add (answers->objects, object);
  for (gsize i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *text = g_key_file_get_value (file, group, keys[i], NULL);

      if (!take_key (object, keys[i], text, error))
        {
          g_prefix_error (error, "[%s] %s: ", group, keys[i]);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * oma_check_answers_load:
 * @path: a file, see omadm-plugin-check(1)
 * @error: return location for a #GError
 *
 * Returns: (transfer full): what it says, or %NULL
 */
OmaCheckAnswers *
oma_check_answers_load (const char *path, GError **error)
{
  g_autoptr(OmaCheckAnswers) answers = oma_check_answers_new ();
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_auto(GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (gsize i = 0; groups[i] != NULL; i++)
    if (!take_group (answers, file, groups[i], error))
      {
        g_prefix_error (error, "%s: ", path);
        return NULL;
      }
  return g_steal_pointer (&answers);
}

/* ---- Answering ---- */

static Object *
find_object (OmaCheckAnswers *answers, const char *bus_name, const char *path, const char *interface)
{
  for (guint i = 0; i < answers->objects->len; i++)
    {
      Object *object = g_ptr_array_index (answers->objects, i);

      if (strcmp (object->bus_name, bus_name) == 0 && strcmp (object->object_path, path) == 0 &&
          strcmp (object->interface_name, interface) == 0)
        return object;
    }
  return NULL;
}

/**
 * oma_check_answers_has_name:
 * @answers: answers
 * @bus_name: a name
 *
 * Returns: whether something of that service is answered
 */
gboolean
oma_check_answers_has_name (OmaCheckAnswers *answers, const char *bus_name)
{
  for (guint i = 0; i < answers->objects->len; i++)
    if (strcmp (((Object *) g_ptr_array_index (answers->objects, i))->bus_name, bus_name) == 0)
      return TRUE;
  return FALSE;
}

static void
set_property (OmaCheckAnswers *answers, Object *object, const char *name, GVariant *value)
{
  g_autoptr(GVariant) changed = NULL;
  GVariantDict dict;

  g_hash_table_replace (object->properties, g_strdup (name), g_variant_ref (value));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, name, value);
  changed = g_variant_ref_sink (g_variant_dict_end (&dict));
  if (answers->changed_func != NULL)
    answers->changed_func (object->object_path, object->interface_name, changed, answers->changed_data);
}

static GVariant *
get_all (Object *object)
{
  GVariantDict dict;
  GHashTableIter iter;
  gpointer name, value;

  g_variant_dict_init (&dict, NULL);
  g_hash_table_iter_init (&iter, object->properties);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_variant_dict_insert_value (&dict, name, value);
  return g_variant_new ("(@a{sv})", g_variant_dict_end (&dict));
}

static GDBusMessage *
answer (GDBusMessage *call, GVariant *body)
{
  GDBusMessage *reply = g_dbus_message_new_method_reply (call);

  g_dbus_message_set_body (reply, body);
  return reply;
}

static GDBusMessage *
reply_property (OmaCheckAnswers *answers, GDBusMessage *call)
{
  GVariant *arguments = g_dbus_message_get_body (call);
  const char *member = g_dbus_message_get_member (call);
  g_autoptr(GVariant) value = NULL;
  const char *interface, *name;
  Object *object;

  if (arguments == NULL || g_variant_n_children (arguments) == 0)
    return NULL;
  g_variant_get_child (arguments, 0, "&s", &interface);
  object = find_object (answers, g_dbus_message_get_destination (call), g_dbus_message_get_path (call), interface);
  if (object == NULL)
    return NULL;
  if (strcmp (member, "GetAll") == 0)
    return answer (call, get_all (object));
  if (strcmp (member, "Get") == 0 && g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(ss)")))
    {
      g_variant_get_child (arguments, 1, "&s", &name);
      value = g_hash_table_lookup (object->properties, name);
      if (value != NULL)
        return answer (call, g_variant_new ("(v)", g_variant_ref (value)));
    }
  else if (strcmp (member, "Set") == 0 && g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(ssv)")))
    {
      g_variant_get (arguments, "(&s&sv)", NULL, &name, &value);
      set_property (answers, object, name, value);
      return answer (call, NULL);
    }
  return NULL;
}

/* Answers to these arguments come before those to any. */
static gpointer
find_with_arguments (GHashTable *table, const char *member, GVariant *arguments)
{
  g_autofree char *printed = arguments != NULL ? g_variant_print (arguments, FALSE) : g_strdup ("()");
  g_autofree char *key = g_strconcat (member, printed, NULL);
  gpointer found = g_hash_table_lookup (table, key);

  return found != NULL ? found : g_hash_table_lookup (table, member);
}

static void
set_properties (OmaCheckAnswers *answers, Object *object, const char *names, GVariant *arguments)
{
  g_auto(GStrv) properties = g_strsplit (names, " ", 0);

  for (gsize i = 0; properties[i] != NULL && i < g_variant_n_children (arguments); i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (arguments, i);

      if (strcmp (properties[i], "-") != 0)
        set_property (answers, object, properties[i], value);
    }
}

/**
 * oma_check_answers_reply:
 * @answers: answers
 * @call: a method call
 *
 * Returns: (transfer full) (nullable): the answer, %NULL when there is none for it
 */
GDBusMessage *
oma_check_answers_reply (OmaCheckAnswers *answers, GDBusMessage *call)
{
  const char *interface = g_dbus_message_get_interface (call), *member = g_dbus_message_get_member (call);
  GVariant *arguments = g_dbus_message_get_body (call), *body;
  const char *sets, *error;
  Object *object;

  if (strcmp (interface, PROPERTIES_INTERFACE) == 0)
    return reply_property (answers, call);
  object = find_object (answers, g_dbus_message_get_destination (call), g_dbus_message_get_path (call), interface);
  if (object == NULL)
    return NULL;
  error = find_with_arguments (object->errors, member, arguments);
  if (error != NULL)
    return g_dbus_message_new_method_error_literal (call, error, "As it was to be answered");
  body = find_with_arguments (object->methods, member, arguments);
  if (body == NULL)
    return NULL;
  sets = g_hash_table_lookup (object->sets, member);
  if (sets != NULL && arguments != NULL)
    set_properties (answers, object, sets, arguments);
  return answer (call, body);
}
