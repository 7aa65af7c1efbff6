/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-dm2-package.h"
#include "codec/oma-json-text.h"

#include <string.h>

static void
append_item (GString *json, const char *text)
{
  g_string_append_c (json, ',');
  oma_json_append_string (json, text, -1);
}

/* As a server would write it. */
static GString *
write_commands (const GPtrArray *commands)
{
  GString *json = g_string_new ("{\"CMD\":[");

  for (guint i = 0; i < commands->len; i++)
    {
      const OmaDm2Command *command = g_ptr_array_index (commands, i);

      g_string_append (json, i > 0 ? ",[" : "[");
      if (command->name != NULL)
        oma_json_append_string (json, command->name, -1);
      else
        g_string_append (json, "0");
      if (command->server_uri != NULL)
        append_item (json, command->server_uri);
      for (guint n = 0; command->client_uris[n] != NULL; n++)
        append_item (json, command->client_uris[n]);
      g_string_append_c (json, ']');
    }
  g_string_append (json, "]}");
  return json;
}

static void
check_command (const OmaDm2Command *command)
{
  g_assert_nonnull (command->client_uris);
  g_assert_true ((command->status == OMA_STATUS_NONE) == (command->reason == NULL));
  if (command->name == NULL)
    g_assert_cmpint (command->status, ==, OMA_STATUS_BAD_REQUEST);
  else if (command->type == OMA_DM2_COMMAND_UNKNOWN)
    g_assert_cmpint (command->status, ==, OMA_STATUS_NOT_IMPLEMENTED);
  else
    g_assert_cmpstr (command->name, ==, oma_dm2_command_type_to_name (command->type));
  g_assert_true (command->server_uri == NULL || g_ascii_strncasecmp (command->server_uri, "http", 4) == 0);
  for (guint i = 0; command->client_uris[i] != NULL; i++)
    g_assert_true (g_ascii_strncasecmp (command->client_uris[i], "https:", 6) != 0);
}

static void
check_same (const OmaDm2Command *a, const OmaDm2Command *b)
{
  g_assert_cmpint (a->type, ==, b->type);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->server_uri, ==, b->server_uri);
  g_assert_true (g_strv_equal ((const char *const *) a->client_uris, (const char *const *) b->client_uris));
  /* What is no text, and an address too many, is not written again. */
  g_assert_true (a->status == b->status || a->status == OMA_STATUS_BAD_REQUEST);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) commands = oma_dm2_commands_read (data, size, &error), again = NULL;
  g_autoptr(GString) json = NULL;

  g_assert_true ((commands == NULL) == (error != NULL));
  if (commands == NULL)
    return 0;
  json = write_commands (commands);
  again = oma_dm2_commands_read (json->str, json->len, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->len, ==, commands->len);
  for (guint i = 0; i < commands->len; i++)
    {
      check_command (g_ptr_array_index (commands, i));
      check_same (g_ptr_array_index (commands, i), g_ptr_array_index (again, i));
    }
  return 0;
}
