/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "tree-dump.h"

#include <string.h>

/* The input is a unit of work of the journal, such as the store hands over: URIs are canonical and below the mount, but
 * nobody says that the nodes are there, or ever were.  It is undone as long as a plugin fails, and then once more. */

/* What the plugin undoes its part by. */
#define UNDO_DATA "[interior]\nList=\nList/n=\n[leaves]\nRW=first\nList/n/Leaf=x\n"

static const char *const mounts[] = { "./T", "./T", "./T", "./Gone", "." };
static const char *const uris[] = {
  "RW", "RO", "Int", "Bin", "Secret", "Opt", "List", "List/n", "List/n/Leaf", "List/a", "List/a/Leaf", "List/a/Sub",
  "List/b", "List/n/Locked", "Few/x", "Nothing/x", "",
};
static const char *const below[] = { "Leaf", "Number", "Auto", "Sub", "Sub/Deep", "Locked", "x", "x/y", "Null" };
static const char *const values[] = { "first", "", "7", "x", "fixed", "9", "hush", "deep", "d" };

typedef struct {
  const uint8_t *p, *end;
} Input;

static uint8_t
take (Input *input)
{
  return input->p < input->end ? *input->p++ : 0;
}

static const char *
choose (Input *input, const char *const *texts, gsize n)
{
  return texts[take (input) % n];
}

#define CHOOSE(input, texts) choose (input, texts, G_N_ELEMENTS (texts))

static char *
make_uri (Input *input, const char *mount)
{
  const char *relative = CHOOSE (input, uris);

  return *relative != '\0' ? g_strconcat (mount, "/", relative, NULL) : g_strdup (mount);
}

static OmaValue *
make_value (Input *input)
{
  uint8_t octet = take (input);
  const char *text = values[octet % G_N_ELEMENTS (values)];

  return oma_value_new (octet >= 0x80 ? OMA_FORMAT_INT : OMA_FORMAT_CHR, "text/plain", text, strlen (text));
}

/* The node itself, then what was below it. */
static OmaNodeList *
make_before (Input *input)
{
  OmaNodeList *before = oma_node_list_new ();
  uint8_t n = take (input);

  oma_node_list_add (before, "", n % 2 == 0 ? make_value (input) : NULL);
  for (guint i = 0; i < n / 2u % 8u; i++)
    {
      const char *relative = CHOOSE (input, below);

      oma_node_list_add (before, relative, take (input) % 4 != 0 ? make_value (input) : NULL);
    }
  return before;
}

/* What each kind must have it has: oma-unit-load.c sees to that. */
static OmaImage *
make_image (Input *input)
{
  OmaImageKind kind = (OmaImageKind) (take (input) % (OMA_IMAGE_TRANSACTION + 1));
  const char *mount = CHOOSE (input, mounts);
  g_autofree char *uri = make_uri (input, mount);
  OmaImage *image = oma_image_new (kind, mount, uri);
  uint8_t flags = take (input);

  image->undone = (flags & 7) == 7;
  image->irreversible = (flags & 0x38) == 0x38;
  if (kind == OMA_IMAGE_RENAME)
    image->target = make_uri (input, mount);
  if ((flags & 0x40) != 0 || (kind == OMA_IMAGE_REPLACE || kind == OMA_IMAGE_REMOVE))
    image->before = make_before (input);
  if ((flags & 0x80) != 0)
    {
      g_autoptr(OmaValue) after = make_value (input);

      image->after = oma_image_digest (after);
    }
  if (kind == OMA_IMAGE_TRANSACTION)
    image->data = g_bytes_new_static (UNDO_DATA, strlen (UNDO_DATA));
  return image;
}

static OmaUnitRecord *
make_unit (Input *input)
{
  OmaUnitRecord *unit = oma_unit_record_new (1);

  while (input->p < input->end && unit->images->len < 16)
    g_ptr_array_add (unit->images, make_image (input));
  return unit;
}

typedef struct {
  gboolean      done, succeeded;
  OmaUndoReport report;
} Outcome;

static void
undone_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;
  g_autoptr(GError) error = NULL;

  outcome->succeeded = oma_executor_undo_unit_finish (result, &outcome->report, &error);
  g_assert_true (outcome->succeeded == (error == NULL));
  outcome->done = TRUE;
}

/* Each change is as it was, or is said not to be.  Returns: (transfer full) (nullable): what is kept. */
static OmaUnitRecord *
undo (Fixture *fixture, OmaUnitRecord *unit)
{
  Outcome outcome = { FALSE, FALSE, { 0 } };
  const OmaUndoReport *report = &outcome.report;
  guint n_steps = 0;

  for (guint i = 0; i < unit->images->len; i++)
    n_steps += !((OmaImage *) g_ptr_array_index (unit->images, i))->undone;
  oma_executor_undo_unit_async (fixture->executor, unit, undone_cb, &outcome);
  while (!outcome.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (report->n_undone + report->n_left + report->n_failed + report->n_executed, ==, n_steps);
  g_assert_true (outcome.succeeded == (report->n_left + report->n_failed == 0));
  g_assert_true ((report->kept != NULL) == (report->n_failed > 0));
  if (report->kept != NULL)
    {
      guint n_open = 0;

      g_assert_cmpint (report->kept->state, ==, OMA_UNIT_UNDO_FAILED);
      for (guint i = 0; i < report->kept->images->len; i++)
        n_open += !((OmaImage *) g_ptr_array_index (report->kept->images, i))->undone;
      g_assert_cmpuint (n_open, ==, report->n_failed);
    }
  return report->kept;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, data + size };
  uint8_t settings = take (&input);
  Fixture *fixture = take_fixture (settings % 2 == 0 ? SERVED_BY_PLUGIN : SERVED_BY_TRANSACTIONS, NULL);
  GHashTable *nodes = plugin_dup_nodes (fixture->plugin);
  OmaUnitRecord *kept;

  fixture->plugin->failing = (settings & 2) != 0 ? "RW" : NULL;
  fixture->plugin->fails_undo = (settings & 4) != 0;
  fixture->plugin->fails_commit = (settings & 8) != 0;
  fixture->plugin->can_read = (settings & 16) != 0;
  fixture->plugin->gives_undo_data = (settings & 32) != 0;
  kept = undo (fixture, make_unit (&input));
  fixture->plugin->failing = NULL;
  fixture->plugin->fails_undo = FALSE;
  fixture->plugin->fails_commit = FALSE;
  if (kept != NULL)
    kept = undo (fixture, kept);
  g_clear_pointer (&kept, oma_unit_record_free);
  fixture->plugin->can_read = FALSE;
  fixture->plugin->gives_undo_data = FALSE;
  g_string_truncate (fixture->plugin->log, 0);
  plugin_take_nodes (fixture->plugin, nodes);
  give_fixture (fixture, NULL);
  return 0;
}
