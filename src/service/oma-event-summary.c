/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-event-summary.h"

#include <string.h>

/* What is below a node comes right behind it: "/" is less than all else. */
static int
compare_uris (const char *a, const char *b)
{
  while (*a != '\0' && *a == *b)
    {
      a++;
      b++;
    }
  if (*a == *b)
    return 0;
  if (*a == '\0' || *b == '\0')
    return *a == '\0' ? -1 : 1;
  if (*a == '/' || *b == '/')
    return *a == '/' ? -1 : 1;
  return (guchar) *a < (guchar) *b ? -1 : 1;
}

/* Those of one node stay in order. */
static int
compare_events (gconstpointer a, gconstpointer b)
{
  return compare_uris ((*(const OmaTreeEvent *const *) a)->uri, (*(const OmaTreeEvent *const *) b)->uri);
}

static const char *
get_uri (GPtrArray *events, guint index)
{
  return ((const OmaTreeEvent *) g_ptr_array_index (events, index))->uri;
}

static void
add_singly (GPtrArray *events, guint first, guint end, GArray *summaries)
{
  for (guint i = first; i < end; i++)
    {
      const OmaTreeEvent *event = g_ptr_array_index (events, i);
      const OmaEventSummary summary = { event, strlen (event->uri), FALSE };

      g_array_append_val (summaries, summary);
    }
}

/* All of these events are at or below the node whose URI is the first @length octets of each. */
static void
add_subtree (GPtrArray *events, guint first, guint end, gsize length, GArray *summaries)
{
  guint begin = summaries->len;
  OmaEventSummary summary = { NULL, length, TRUE };

  if (end - first <= OMA_MAX_EVENTS)
    {
      add_singly (events, first, end, summaries);
      return;
    }
  summary.event = g_ptr_array_index (events, first);
  for (guint i = first, next; i < end; i = next)
    {
      const char *uri = get_uri (events, i);
      gsize child = uri[length] == '\0' ? length : length + 1 + strcspn (uri + length + 1, "/");

      for (next = i + 1; next < end; next++)
        {
          const char *other = get_uri (events, next);

          if (strncmp (uri, other, child) != 0 || (other[child] != '\0' && (other[child] != '/' || child == length)))
            break;
        }
      if (child == length)
        add_singly (events, i, next, summaries);
      else
        add_subtree (events, i, next, child, summaries);
    }
  if (summaries->len - begin <= OMA_MAX_EVENTS)
    return;
  g_array_set_size (summaries, begin);
  g_array_append_val (summaries, summary);
}

/**
 * oma_event_summarize:
 * @events: (element-type OmaTreeEvent): changes with canonical URIs; they are sorted if there are many
 *
 * Sums up changes: where more than %OMA_MAX_EVENTS are in a subtree, and not in a smaller one, that subtree is
 * told in their place.
 *
 * Returns: (transfer full) (element-type OmaEventSummary): what is to be told; it points to the events
 */
GArray *
oma_event_summarize (GPtrArray *events)
{
  GArray *summaries = g_array_new (FALSE, FALSE, sizeof (OmaEventSummary));

  if (events->len > OMA_MAX_EVENTS)
    g_ptr_array_sort (events, compare_events);
  add_subtree (events, 0, events->len, 1, summaries);
  return summaries;
}
