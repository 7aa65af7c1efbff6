/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-notices.h"

#include <string.h>

struct _OmaNotices {
  GPtrArray  *all;      /* (element-type OmaNotice) (nullable elements): in order */
  GHashTable *by_uri;   /* uri of the notice -> its index in all, plus 1 */
};

static void
notice_free (gpointer data)
{
  OmaNotice *notice = data;

  if (notice == NULL)
    return;
  g_free (notice->uri);
  g_free (notice);
}

/**
 * oma_notices_new:
 *
 * Returns: (transfer full): no notices
 */
OmaNotices *
oma_notices_new (void)
{
  OmaNotices *notices = g_new (OmaNotices, 1);

  notices->all = g_ptr_array_new_with_free_func (notice_free);
  notices->by_uri = g_hash_table_new (g_str_hash, g_str_equal);
  return notices;
}

/**
 * oma_notices_free:
 * @notices: (transfer full): notices
 */
void
oma_notices_free (OmaNotices *notices)
{
  g_hash_table_unref (notices->by_uri);
  g_ptr_array_unref (notices->all);
  g_free (notices);
}

static void
drop (OmaNotices *notices, guint index)
{
  OmaNotice *notice = g_ptr_array_index (notices->all, index);

  g_hash_table_remove (notices->by_uri, notice->uri);
  notice_free (notice);
  g_ptr_array_index (notices->all, index) = NULL;
}

/* What two changes of a node, one after the other, come to.  Returns: %FALSE when that is nothing: it came and went. */
static gboolean
merge (OmaChangeKind before, OmaChangeKind kind, OmaChangeKind *merged)
{
  if (before == OMA_CHANGE_ADDED)
    *merged = OMA_CHANGE_ADDED;
  else if (before == OMA_CHANGE_DELETED)
    *merged = kind == OMA_CHANGE_DELETED ? OMA_CHANGE_DELETED : OMA_CHANGE_REPLACED;
  else
    *merged = kind == OMA_CHANGE_DELETED ? OMA_CHANGE_DELETED : OMA_CHANGE_REPLACED;
  return before != OMA_CHANGE_ADDED || kind != OMA_CHANGE_DELETED;
}

/**
 * oma_notices_add:
 * @notices: notices
 * @uri: canonical URI of a node
 * @kind: what happened to it
 * @now: monotonic time
 *
 * Takes up a notice, and makes one of it and of what was told of the node before.
 *
 * Returns: %FALSE, with nothing taken up, when there are %OMA_MAX_NOTICES
 */
gboolean
oma_notices_add (OmaNotices *notices, const char *uri, OmaChangeKind kind, gint64 now)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (notices->by_uri, uri));
  OmaNotice *notice;

  if (place != 0)
    {
      notice = g_ptr_array_index (notices->all, place - 1);
      if (!merge (notice->kind, kind, &notice->kind))
        drop (notices, place - 1);
      return TRUE;
    }
  if (oma_notices_count (notices) >= OMA_MAX_NOTICES)
    return FALSE;
  notice = g_new (OmaNotice, 1);
  *notice = (OmaNotice) { g_strdup (uri), kind, now };
  g_ptr_array_add (notices->all, notice);
  g_hash_table_insert (notices->by_uri, notice->uri, GUINT_TO_POINTER (notices->all->len));
  return TRUE;
}

/**
 * oma_notices_count:
 * @notices: notices
 *
 * Returns: of how many nodes something is told
 */
guint
oma_notices_count (const OmaNotices *notices)
{
  return g_hash_table_size (notices->by_uri);
}

/**
 * oma_notices_take:
 * @notices: notices
 *
 * Takes them all away.
 *
 * Returns: (transfer full) (element-type OmaNotice): the notices in the order in which they came
 */
GPtrArray *
oma_notices_take (OmaNotices *notices)
{
  GPtrArray *taken = notices->all;
  guint n = 0;

  for (guint i = 0; i < taken->len; i++)
    if (g_ptr_array_index (taken, i) != NULL)
      taken->pdata[n++] = taken->pdata[i];
  for (guint i = n; i < taken->len; i++)
    taken->pdata[i] = NULL;
  g_ptr_array_set_size (taken, (int) n);
  g_hash_table_remove_all (notices->by_uri);
  notices->all = g_ptr_array_new_with_free_func (notice_free);
  return taken;
}

/**
 * oma_notices_drop_below:
 * @notices: notices
 * @top: canonical URI of a node
 *
 * Drops what is told of @top and of the nodes below.
 */
void
oma_notices_drop_below (OmaNotices *notices, const char *top)
{
  for (guint i = 0; i < notices->all->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (notices->all, i);

      if (notice != NULL && oma_uri_is_at_or_below (notice->uri, top))
        drop (notices, i);
    }
}

/**
 * oma_uri_is_at_or_below:
 * @uri: a canonical URI
 * @top: another
 *
 * Returns: whether @uri is that of the node @top or of one below it
 */
gboolean
oma_uri_is_at_or_below (const char *uri, const char *top)
{
  gsize length = strlen (top);

  return strncmp (uri, top, length) == 0 && (uri[length] == '\0' || uri[length] == '/');
}
