/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-script.h"

#include "codec/oma-dm2-package.h"
#include "codec/oma-mo-data.h"

#include <string.h>

#define MAX_COMMANDS 48

typedef enum {
  OP_COMMAND,
  OP_ODD,
  OP_FAULT,
  OP_TIME,
  OP_ALERT,
  OP_SEND,
} Op;

/* What the first octet of a record says: the likelier, the more often it is here. */
static const struct {
  Op          op;
  const char *name;
} ops[] = {
  { OP_COMMAND, "HGET" }, { OP_COMMAND, "HGET" }, { OP_COMMAND, "HGET" }, { OP_COMMAND, "HGET" },
  { OP_COMMAND, "HPUT" }, { OP_COMMAND, "HPOST" }, { OP_COMMAND, "DELETE" }, { OP_COMMAND, "DELETE" },
  { OP_COMMAND, "DELETE" }, { OP_COMMAND, "EXEC" }, { OP_COMMAND, "GET" }, { OP_COMMAND, "GET" },
  { OP_COMMAND, "GET" }, { OP_COMMAND, "SHOW" }, { OP_COMMAND, "CONT" }, { OP_COMMAND, "DEFAULT" },
  { OP_COMMAND, "SUB" }, { OP_COMMAND, "UNSUB" }, { OP_COMMAND, "END" }, { OP_ODD, NULL },
  { OP_FAULT, NULL }, { OP_TIME, NULL }, { OP_ALERT, NULL }, { OP_SEND, NULL },
  { OP_SEND, NULL }, { OP_SEND, NULL }, { OP_SEND, NULL }, { OP_SEND, NULL },
};

#define LIST "urn:example:mo:list:1.0"
#define NET "urn:ex:mo:net:1.0"
#define INFO "urn:oma:mo:oma-dm-devinfo:1.2"
#define DAC "urn:oma:mo:oma-dm-dac:1.0"

/* The first N_SOUND_URIS make sense. */
static const char *const client_uris[] = {
  LIST "//", LIST "/List/", LIST "//a/", LIST "//n/", LIST "//n/Leaf", LIST "//n/Sub/", LIST "//n/Sub/Deep",
  LIST "//*/Leaf",
  LIST "//(x)/Leaf?nv=(x)/Leaf:text", LIST "//(x)/?nv=(x)/Number:1", LIST "//named", LIST "//a/Locked", LIST "//a/Null",
  LIST "//a/Auto", LIST "//?cv=x", LIST, LIST "/nix/", LIST "//b%20c/", NET "//", NET "/e0/", NET "/e0/Name",
  NET "/*/Name", NET "/*/", NET "/(x)/If/(y)/Name?nv=(x)/Name:text&nv=(y)/Name:1", NET "/m1/", NET "/e1/If/",
  NET "/e1/If/1/",
  INFO "//", INFO "//DevId", DAC "/*/", DAC "//", "*", "", "/", "urn:x", LIST "//n/Leaf?x=y", LIST "//%zz",
  LIST "//(x)/(x)",
  NET "/e0/If/1/Name",
};

static const char *const server_uris[] = {
  "https://repo.example.org/d", "https://dm.example.org/next", "http://repo.example.org/", "https://", "HTTPS://x/",
};

/* The places of values are marked with \1 and \2; the first N_SOUND_DATA make sense. */
static const char *const data[] = {
  "[{\"ClientURI\":\"" LIST "//n/Leaf\",\"MOData\":{\"Leaf\":\"\1\"}}]",
  "[{\"ClientURI\":\"" LIST "//n/\",\"MOData\":{\"n\":{\"Leaf\":\"\1\",\"Number\":\"\2\",\"Sub\":{\"Deep\":\"\1\"}}}}]",
  "[{\"ClientURI\":\"" LIST "//\",\"MOData\":{\"List\":{\"n\":{\"Leaf\":\"\1\"},\"a\":{},\"named\":\"\2\"}}}]",
  "[{\"ClientURI\":\"" NET "//\",\"MOData\":{\"e0\":{\"Name\":\"\1\",\"If\":{\"1\":{\"Name\":\"\2\"}}}}}]",
  "[{\"ClientURI\":\"" NET "/e0/\",\"MOData\":{\"e0\":{\"Name\":\"\1\"}}},"
  "{\"ClientURI\":\"" LIST "//n/Number\",\"MOData\":{\"Number\":\"\2\"}}]",
  "[{\"ClientURI\":\"" NET "/\1/\",\"MOData\":{\"\1\":{\"Name\":\"\2\",\"If\":{}}}}]",
  "[{\"ClientURI\":\"" NET "/e0/If/\",\"MOData\":{\"If\":{\"1\":{\"Name\":\"\1\"},\"2\":{\"Name\":\"\2\"}}}}]",
  "[{\"MOData\":{\"Leaf\":\"\1\"},\"ClientURI\":\"" LIST "//n/Leaf\",\"CV\":\"\2\",\"DDF\":\"https://x/\"}]",
  "[{\"ClientURI\":\"" DAC "/e0/\",\"MOData\":{\"e0\":{\"MOID\":\"" NET "\",\"MIID\":\"e0\",\"ACL\":{\"1\":"
  "{\"SrvID\":\"\1\",\"Rights\":\"\2\"}}}}}]",
  "[{\"ClientURI\":\"" LIST "//a/Locked\",\"MOData\":{\"Locked\":\"\1\"}}]",
  "[{\"ClientURI\":\"" LIST "//n/Nix\",\"MOData\":{\"Nix\":\"\1\"}}]",
  "[{\"ClientURI\":\"" LIST "//n/Leaf\",\"MOData\":{\"Leaf\":{\"\1\":\"\2\"}}}]",
  "[]", "{}", "[{\"ClientURI\":\"\1\",\"MOData\":{\"\2\":null}}]", "", "\1", "[{\"ClientURI\":\"" NET "//\"}]",
  "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>n</NodeName><Node><NodeName>Leaf</NodeName><Value>\1</Value></Node>"
  "</Node></MgmtTree>",
  "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>List</NodeName><Path>./T</Path><Node><NodeName>\2</NodeName></Node>"
  "</Node></MgmtTree>",
  "<MgmtTree/>",
};

static const char *const values[] = {
  "1", "text", "", "e0", "n", "15", "-7", "true", "SGVsbG8=", "\xc3\xbc", "srv", "srv2", "\\u00fc\\n", "\\ud83d", "m1",
  "a/b",
};

static const char *const media_types[] = {
  OMA_MO_DATA_TYPE_JSON, OMA_MO_DATA_TYPE_JSON, OMA_MO_DATA_TYPE_JSON, OMA_MO_DATA_TYPE_JSON_ONE, OMA_TNDS_TYPE_XML,
  OMA_TNDS_TYPE_WBXML, "application/json", "text/html", NULL,
};

static const char *const accepts[] = {
  NULL, NULL, OMA_MO_DATA_TYPE_JSON, OMA_TNDS_TYPE_XML, OMA_TNDS_TYPE_WBXML ";q=0.5, */*;q=0.1", "application/*",
  "text/plain", ";,q=", "application/json;q=1, " OMA_MO_DATA_TYPE_JSON ";q=0",
};

static const guint statuses[] = { 200, 200, 200, 200, 200, 200, 200, 200, 200, 201, 204, 404, 415, 415, 503, 302, 0 };

static const guint package_statuses[] = {
  200, 200, 200, 200, 200, 200, 200, 201, 204, 401, 404, 406, 415, 503, 302, 0,
};

static const OmaStatus failures[] = {
  OMA_STATUS_NONE, OMA_STATUS_GATEWAY_TIMEOUT, OMA_STATUS_ENTITY_TOO_LARGE, OMA_STATUS_FORBIDDEN,
};

/* Entries of CMD that are none, or odd. */
static const char *const odd_entries[] = {
  "7", "null", "[]", "{}", "[\"GET\"]", "[\"GET\",7]", "[\"FROB\",\"x\"]", "[7]",
  "[\"HGET\",\"https://a/\",\"https://b/\"]",
  "[\"get\",\"urn:x\"]", "[\"END\",\"x\"]", "[[\"END\"]]", "[\"HPUT\",\"" LIST "//\",\"https://repo.example.org/d\"]",
  "[\"GET\",\"" LIST "//\",\"" NET "/*/\",\"" INFO "//DevId\"]",
};

static const char *const alert_uris[] = { "./T/List/n", "./T/RW", "./DevInfo/DevId", "./Net/e0/Name", "./Nix", "." };

struct _Dm2Script {
  const uint8_t *data;
  size_t         size;
  size_t         position;
  guint          faults;
};

Dm2Script *
dm2_script_new (const uint8_t *octets, size_t size)
{
  Dm2Script *script = g_new0 (Dm2Script, 1);

  script->data = octets;
  script->size = size;
  script->position = SCRIPT_SETTINGS;
  return script;
}

void
dm2_script_free (Dm2Script *script)
{
  g_free (script);
}

void
dm2_script_answer_clear (Dm2ScriptAnswer *answer)
{
  g_clear_pointer (&answer->body, g_bytes_unref);
}

static const uint8_t *
next_record (Dm2Script *script)
{
  const uint8_t *record = script->data + script->position;

  if (script->size - script->position < SCRIPT_RECORD)
    return NULL;
  script->position += SCRIPT_RECORD;
  return record;
}

#define PICK(table, index) (table)[(index) % G_N_ELEMENTS (table)]

/* One of the first, which make sense, most of the time. */
#define PICK_SOUND(table, n_sound, index) (table)[(index) < 0xb0 ? (index) % (n_sound) : (index) % G_N_ELEMENTS (table)]

/* From which octet on. */
#define DAMAGED 0xf0

#define N_SOUND_URIS 29
#define N_SOUND_DATA 9

/* The text, one octet of it changed when @at says so. */
static GBytes *
make_body (GString *text, uint8_t at)
{
  if (at >= DAMAGED && text->len > 0)
    text->str[(at - DAMAGED) * 11 % text->len] ^= 1 << at % 7;
  return g_string_free_to_bytes (text);
}

/* ---- Packages ---- */

static void
append_command (GString *text, const char *name, const uint8_t *record)
{
  const char *client_uri = PICK_SOUND (client_uris, N_SOUND_URIS, record[2]);
  const char *server_uri = PICK (server_uris, record[3] < 0xc0 ? 0u : record[3]);
  gboolean has_server = strchr ("GDU", *name) == NULL || strcmp (name, "DEFAULT") == 0;   /* GET, DELETE, UNSUB */
  gboolean has_client = strcmp (name, "SHOW") != 0 && strcmp (name, "CONT") != 0;

  g_string_append_printf (text, "[\"%s\"", name);
  if (strcmp (name, "END") != 0)
    {
      /* Those that need not be there are there half of the time. */
      if (has_server && (strcmp (name, "EXEC") != 0 || record[1] % 2 == 0))
        g_string_append_printf (text, ",\"%s\"", server_uri);
      if (has_client && (strcmp (name, "HGET") != 0 || record[1] % 2 == 0))
        g_string_append_printf (text, ",\"%s\"", client_uri);
      if (strcmp (name, "HPUT") == 0 && record[1] % 4 == 3)
        g_string_append_printf (text, ",\"%s\"", PICK (client_uris, record[2] + record[1]));
    }
  g_string_append_c (text, ']');
}

static void
send_package (Dm2ScriptAnswer *answer, GString *text, const uint8_t *record, guint n_commands)
{
  g_string_append (text, "]}");
  answer->status = PICK (package_statuses, record[1]);
  answer->media_type = record[2] < 0xf0 ? OMA_DM2_TYPE_REQUEST : PICK (media_types, record[2]);
  answer->accept = PICK (accepts, record[2]);
  answer->in_file = record[3] % 16 == 15;
  answer->n_commands = answer->status / 100 == 2 && record[2] < 0xf0 && record[3] < DAMAGED ? n_commands : 0;
  answer->body = make_body (text, record[3]);
}

/* Returns: %FALSE at the end of the program. */
gboolean
dm2_script_next_package (Dm2Script *script, Dm2ScriptAnswer *answer)
{
  GString *text = g_string_new ("{\"CMD\":[");
  const uint8_t *record;
  guint n = 0;

  *answer = (Dm2ScriptAnswer) { .faults = script->faults };
  while ((record = next_record (script)) != NULL)
    {
      Op op = PICK (ops, record[0]).op;

      if ((op == OP_COMMAND || op == OP_ODD) && n < MAX_COMMANDS)
        {
          if (n++ > 0)
            g_string_append_c (text, ',');
          if (op == OP_COMMAND)
            append_command (text, PICK (ops, record[0]).name, record);
          else
            g_string_append (text, PICK (odd_entries, record[1]));
        }
      else if (op == OP_FAULT)
        answer->faults = script->faults = record[1];
      else if (op == OP_TIME)
        answer->time = (gint) record[1] * 8;
      else if (op == OP_ALERT)
        answer->alert = PICK (alert_uris, record[1]);
      else if (op == OP_SEND)
        {
          send_package (answer, text, record, n);
          return TRUE;
        }
    }
  g_string_free (text, TRUE);
  return FALSE;
}

/* ---- Data ---- */

static GString *
make_data (const uint8_t *record)
{
  GString *text = g_string_new (NULL);

  for (const char *p = PICK_SOUND (data, N_SOUND_DATA, record[2]); *p != '\0'; p++)
    if (*p == '\1')
      g_string_append (text, PICK (values, record[1] >> 4));
    else if (*p == '\2')
      g_string_append (text, PICK (values, record[1] & 15));
    else
      g_string_append_c (text, *p);
  return text;
}

/* Returns: %FALSE at the end of the program. */
gboolean
dm2_script_next_data (Dm2Script *script, Dm2ScriptAnswer *answer)
{
  const uint8_t *record = next_record (script);
  guint media = record != NULL && record[0] >= 0xc0 ? record[0] : 0;

  *answer = (Dm2ScriptAnswer) { .faults = script->faults };
  if (record == NULL)
    return FALSE;
  /* A document is called one most of the time. */
  if (PICK_SOUND (data, N_SOUND_DATA, record[2])[0] == '<' && media == 0)
    media = 4;
  answer->status = PICK (statuses, record[0]);
  answer->media_type = PICK (media_types, media);
  answer->accept = PICK (accepts, record[0] / 16);
  answer->failure = PICK (failures, record[1]);
  answer->in_file = record[3] % 16 == 7;
  answer->body = make_body (make_data (record), record[3]);
  return TRUE;
}
