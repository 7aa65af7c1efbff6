/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-follower.h"

#include "base/oma-source.h"
#include "session/oma-executor-private.h"
#include "session/oma-followed.h"
#include "session/oma-notices.h"
#include "session/oma-own-changes.h"

#include <string.h>

/* A round begins so long after the last notice, but not longer after the first. */
#define QUIET_TIME (100 * G_TIME_SPAN_MILLISECOND)
#define LONGEST_WAIT (1 * G_TIME_SPAN_SECOND)
/* Before another try when a unit of work kept us from reading for too long. */
#define RETRY_TIME (1 * G_TIME_SPAN_SECOND)
/* Children that are read one by one; of more all are read. */
#define FEW_CHILDREN 8
/* Nodes of which fingerprints are made before something else has its turn. */
#define NODES_AT_ONCE 1000

typedef enum {
  STATE_IDLE,
  STATE_COLLECTING,
  STATE_WAITING,      /* for units of work, before it reads */
  STATE_READING,
  STATE_TURNING,      /* waits for units of work, before it writes */
  STATE_WRITING,
} State;

/* Something to read in a round. */
typedef struct {
  OmaFollowed      *followed;
  char             *child;      /* (nullable): all of it */
  OmaFingerprinter *printer;    /* (nullable): of what was read */
  gboolean          failed;
} Read;

struct _OmaFollower {
  guint               ref_count;
  OmaExecutor        *executor;
  OmaTree            *tree;
  OmaFollowerIdleFunc idle;
  gpointer            idle_data;
  GPtrArray          *subtrees;    /* (element-type OmaFollowed) */
  OmaNotices         *notices;
  OmaOwnChanges      *own;
  gboolean            stopped;
  State               state;
  GSource            *timer;
  void              (*on_turn) (OmaFollower *self);
  gint64              deadline;    /* of the collecting */
  OmaLockOwner        locks;

  GPtrArray          *round;       /* (nullable) (element-type OmaNotice): what is looked at */
  GPtrArray          *reads;       /* (element-type Read) */
  guint               next_read;
  gboolean            retry;       /* something could not be read now */
  OmaWork            *work;        /* (nullable): that reads */
  OmaOperation        operation;
  char               *read_uri;
  OmaChange          *change;      /* (nullable): that is written */
  GArray             *events;      /* (element-type OmaTreeEvent): what is told */
};

static void begin_round (OmaFollower *self);
static void read_next (OmaFollower *self);
static void write_last (OmaFollower *self);

static void
read_free (gpointer data)
{
  Read *read = data;

  g_clear_pointer (&read->printer, oma_fingerprinter_free);
  g_free (read->child);
  g_free (read);
}

static void
event_clear (gpointer data)
{
  g_free ((char *) ((OmaTreeEvent *) data)->uri);
}

static void
follower_unref (OmaFollower *self)
{
  if (--self->ref_count > 0)
    return;
  g_array_unref (self->events);
  g_ptr_array_unref (self->reads);
  g_clear_pointer (&self->round, g_ptr_array_unref);
  oma_own_changes_free (self->own);
  oma_notices_free (self->notices);
  g_clear_pointer (&self->subtrees, g_ptr_array_unref);
  g_free (self->read_uri);
  g_free (self);
}

static OmaFollower *
follower_ref (OmaFollower *self)
{
  self->ref_count++;
  return self;
}

/* ---- Time ---- */

static void
set_timer (OmaFollower *self, gint64 when, gboolean (*func) (gpointer user_data))
{
  oma_clear_source (&self->timer);
  self->timer = g_timeout_source_new (0);
  g_source_set_static_name (self->timer, "follower");
  g_source_set_ready_time (self->timer, when);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
run_soon (OmaFollower *self, gboolean (*func) (gpointer user_data))
{
  oma_clear_source (&self->timer);
  self->timer = g_idle_source_new ();
  g_source_set_static_name (self->timer, "follower");
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static gboolean
collected_cb (gpointer user_data)
{
  OmaFollower *self = user_data;

  oma_clear_source (&self->timer);
  begin_round (self);
  return G_SOURCE_REMOVE;
}

/* There is something to look at. */
static void
collect (OmaFollower *self, gint64 wait)
{
  gint64 now = g_get_monotonic_time ();

  if (self->stopped)
    return;
  if (self->state == STATE_IDLE)
    {
      self->state = STATE_COLLECTING;
      self->deadline = now + MAX (LONGEST_WAIT, wait);
      set_timer (self, now + wait, collected_cb);
    }
  else if (self->state == STATE_COLLECTING)
    g_source_set_ready_time (self->timer, MIN (now + wait, self->deadline));
}

static gboolean
has_more (const OmaFollower *self)
{
  for (guint i = 0; self->subtrees != NULL && i < self->subtrees->len; i++)
    if (oma_followed_is_dirty (g_ptr_array_index (self->subtrees, i)))
      return TRUE;
  return oma_notices_count (self->notices) > 0;
}

static void
end_round (OmaFollower *self)
{
  gint64 wait = self->retry ? RETRY_TIME : QUIET_TIME;

  g_clear_pointer (&self->round, g_ptr_array_unref);
  g_ptr_array_set_size (self->reads, 0);
  g_array_set_size (self->events, 0);
  self->next_read = 0;
  self->retry = FALSE;
  self->state = STATE_IDLE;
  if (self->stopped && oma_notices_count (self->notices) > 0)
    write_last (self);
  else if (has_more (self) && !self->stopped)
    collect (self, wait);
  else if (self->idle != NULL)
    self->idle (self->idle_data);
}

/* ---- What is told ---- */

static gboolean
look_up (OmaFollower *self, const char *text, OmaUri *uri, OmaLookup *lookup)
{
  if (!oma_uri_parse (uri, text, NULL) || uri->query != OMA_URI_QUERY_NONE)
    return FALSE;
  oma_tree_lookup (self->tree, uri, NULL, lookup);
  return lookup->schema != NULL && lookup->mount != NULL && oma_mount_get_ops (lookup->mount) != NULL;
}

/* The top node of the DDF that describes the node. */
static char *
dup_top (const OmaUri *uri, const OmaLookup *lookup)
{
  g_autoptr(GString) top = g_string_new (".");
  guint depth = uri->n_segments;

  for (const OmaSchemaNode *schema = lookup->schema->parent; schema != NULL && depth > 0; schema = schema->parent)
    depth--;
  for (guint i = 0; i < depth; i++)
    oma_uri_append_segment (top, uri->segments[i].name, (gssize) uri->segments[i].length);
  return g_string_free (g_steal_pointer (&top), FALSE);
}

/* Takes up a notice; where there are too many, one that says that something below the top node changed comes in the
 * place of all from there. */
static void
notice_cb (const char *uri, OmaChangeKind kind, gpointer user_data)
{
  OmaFollower *self = user_data;
  gint64 now = g_get_monotonic_time ();
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  OmaLookup lookup;

  if (self->stopped)
    return;
  if (!look_up (self, uri, &parsed, &lookup))
    {
      g_info ("A plugin tells of %s, which no DDF of a plugin describes", uri);
      return;
    }
  if (oma_mount_is_volatile (lookup.mount, lookup.schema))
    return;
  if (!oma_notices_add (self->notices, uri, kind, now))
    {
      g_autofree char *top = dup_top (&parsed, &lookup);

      oma_notices_drop_below (self->notices, top);
      oma_notices_add (self->notices, top, OMA_CHANGE_REPLACED, now);
    }
  collect (self, QUIET_TIME);
}

/* ---- Our own changes ---- */

/* Nothing is known any more of what is there. */
static void
leave_fingerprints (OmaFollower *self, const char *uri, OmaChange *change)
{
  g_autofree char *child = NULL;
  OmaFollowed *followed = oma_followed_find (self->subtrees, uri, &child);

  for (guint i = 0; followed == NULL && i < self->subtrees->len; i++)
    {
      OmaFollowed *below = g_ptr_array_index (self->subtrees, i);

      if (!oma_uri_is_at_or_below (below->uri, uri))
        continue;
      oma_followed_set_own (below, NULL, uri, change);
      below->all = TRUE;
    }
  if (followed == NULL)
    return;
  oma_followed_set_own (followed, child, uri, change);
  oma_followed_mark (followed, child);
}

/* A unit of work is about to be written: what it did is none of the machine's own changes. */
static void
commit_cb (OmaChange *change, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  OmaFollower *self = user_data;
  gint64 now = g_get_monotonic_time ();

  if (change == self->change)
    return;
  oma_own_changes_forget_old (self->own, now);
  for (guint i = 0; i < n_events; i++)
    {
      oma_own_changes_add (self->own, events[i].uri, now);
      leave_fingerprints (self, events[i].uri, change);
    }
  if (has_more (self))
    collect (self, QUIET_TIME);
}

/* ---- A round: what is to be read ---- */

static void
mark_below (OmaFollower *self, const char *uri)
{
  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      followed->all |= oma_uri_is_at_or_below (followed->uri, uri);
    }
}

/* Has the followed subtrees that a notice is about read. */
static void
mark (OmaFollower *self, const OmaNotice *notice)
{
  g_autofree char *child = NULL;
  OmaFollowed *followed = oma_followed_find (self->subtrees, notice->uri, &child);

  if (child != NULL)
    oma_followed_mark (followed, child);
  else
    mark_below (self, notice->uri);
}

static void
add_read (OmaFollower *self, OmaFollowed *followed, const char *child)
{
  Read *read = g_new0 (Read, 1);

  read->followed = followed;
  read->child = g_strdup (child);
  g_ptr_array_add (self->reads, read);
}

static void
plan_subtree (OmaFollower *self, OmaFollowed *followed)
{
  GHashTableIter iter;
  gpointer child;

  if (followed->all || g_hash_table_size (followed->dirty) > FEW_CHILDREN)
    add_read (self, followed, NULL);
  else
    {
      g_hash_table_iter_init (&iter, followed->dirty);
      while (g_hash_table_iter_next (&iter, &child, NULL))
        add_read (self, followed, child);
    }
  followed->all = FALSE;
  g_hash_table_remove_all (followed->dirty);
}

static void
want (OmaFollower *self, GHashTable *wanted, OmaMount *mount, OmaLockMode mode)
{
  if (g_hash_table_add (wanted, mount))
    oma_lock_want (&self->locks, mount, mode);
}

static gboolean
turn_cb (gpointer user_data)
{
  OmaFollower *self = user_data;

  oma_clear_source (&self->timer);
  self->on_turn (self);
  return G_SOURCE_REMOVE;
}

/* Must not use any lock. */
static void
turn_has_come (gpointer user_data)
{
  run_soon (user_data, turn_cb);
}

/* Goes on when the locks that are wanted are there; no lock is held meanwhile, so nobody waits for us. */
static void
wait_for_turn (OmaFollower *self, State state, void (*func) (OmaFollower *self), GHashTable *wanted)
{
  self->state = state;
  self->on_turn = func;
  if (g_hash_table_size (wanted) == 0)
    run_soon (self, turn_cb);
  else
    oma_lock_wait (&self->locks, turn_has_come, self);
}

/* What units of work did is committed now, and commit_cb() knows it. */
static void
plan_reads (OmaFollower *self)
{
  oma_lock_release (&self->locks);
  self->state = STATE_READING;
  for (guint i = 0; i < self->round->len; i++)
    mark (self, g_ptr_array_index (self->round, i));
  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (oma_followed_is_dirty (followed))
        plan_subtree (self, followed);
    }
  read_next (self);
}

static void
begin_round (OmaFollower *self)
{
  g_autoptr(GHashTable) wanted = g_hash_table_new (NULL, NULL);

  self->round = oma_notices_take (self->notices);
  for (guint i = 0; i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);
      g_auto(OmaUri) uri = OMA_URI_INIT;
      OmaLookup lookup;

      if (look_up (self, notice->uri, &uri, &lookup))
        want (self, wanted, lookup.mount, OMA_LOCK_READ);
    }
  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (oma_followed_is_dirty (followed))
        want (self, wanted, followed->mount, OMA_LOCK_READ);
    }
  wait_for_turn (self, STATE_WAITING, plan_reads, wanted);
}

/* ---- A round: reading ---- */

static gboolean
make_fingerprints (gpointer user_data)
{
  OmaFollower *self = user_data;
  Read *read = g_ptr_array_index (self->reads, self->next_read);

  if (!oma_fingerprinter_step (read->printer, NODES_AT_ONCE))
    return G_SOURCE_CONTINUE;
  oma_clear_source (&self->timer);
  self->next_read++;
  read_next (self);
  return G_SOURCE_REMOVE;
}

/* It is read again, at once if that can help; else when the plugin tells that its service is back. */
static void
reading_failed (OmaFollower *self, Read *read, const GError *error)
{
  read->failed = TRUE;
  if (self->operation.status == OMA_STATUS_RETRY_LATER)
    {
      self->retry = TRUE;
      oma_followed_mark (read->followed, read->child);
      return;
    }
  read->followed->compared &= read->child != NULL;
  g_info ("%s cannot be followed now: %s", self->read_uri, error->message);
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaFollower *self = user_data;
  g_autoptr(GError) error = NULL;
  Read *read;

  if (self->work == NULL)    /* stopped meanwhile */
    {
      follower_unref (self);
      return;
    }
  read = g_ptr_array_index (self->reads, self->next_read);
  oma_work_run_finish (self->work, result, &error);
  g_clear_pointer (&self->work, oma_work_free);
  if (error == NULL || self->operation.status == OMA_STATUS_NOT_FOUND)
    read->printer = oma_fingerprinter_new (read->followed->mount, read->followed->schema, read->child,
                                           self->operation.nodes != NULL ? g_steal_pointer (&self->operation.nodes)
                                                                         : oma_node_list_new ());
  else
    reading_failed (self, read, error);
  oma_operation_clear (&self->operation);
  if (read->printer != NULL)
    run_soon (self, make_fingerprints);
  else
    {
      self->next_read++;
      read_next (self);
    }
  follower_unref (self);
}

/* As the administrator: what nobody may read is not read. */
static void
begin_read (OmaFollower *self, const Read *read)
{
  const OmaPrincipal principal = { .kind = OMA_PRINCIPAL_ADMINISTRATOR };
  g_autoptr(GString) uri = g_string_new (read->followed->uri);

  if (read->child != NULL)
    oma_uri_append_segment (uri, read->child, -1);
  g_free (self->read_uri);
  self->read_uri = g_string_free (g_steal_pointer (&uri), FALSE);
  self->work = oma_work_new (self->executor, &principal);
  self->operation = (OmaOperation) { .type = OMA_OPERATION_READ, .uri = self->read_uri };
  oma_work_run_async (self->work, &self->operation, NULL, read_cb, follower_ref (self));
}

/* ---- A round: writing ---- */

static void
add_event (OmaFollower *self, char *uri, OmaChangeKind kind)
{
  const OmaTreeEvent event = { uri, kind };

  g_array_append_val (self->events, event);
}

static void
node_changed (char *uri, OmaChangeKind kind, gpointer user_data)
{
  add_event (user_data, uri, kind);
}

/* Nobody could read what is there: the plugin's word counts, but not once more when it can be read. */
static void
take_word (OmaFollower *self, const OmaNotice *notice)
{
  add_event (self, g_strdup (notice->uri), notice->kind);
  leave_fingerprints (self, notice->uri, self->change);
}

static gboolean
has_failed (OmaFollower *self, const OmaFollowed *followed, const char *child)
{
  for (guint i = 0; i < self->reads->len; i++)
    {
      const Read *read = g_ptr_array_index (self->reads, i);

      if (read->failed && read->followed == followed &&
          (read->child == NULL || child == NULL || strcmp (read->child, child) == 0))
        return TRUE;
    }
  return FALSE;
}

/* The word of a plugin on a node that is not followed, unless it repeats what a unit of work did. */
static void
pass_on (OmaFollower *self, const OmaNotice *notice)
{
  if (!oma_own_changes_explain (self->own, notice))
    add_event (self, g_strdup (notice->uri), notice->kind);
}

/* Of a node that holds followed ones: these say what changed, as far as they could be read. */
static void
settle_above (OmaFollower *self, const OmaNotice *notice)
{
  guint n_below = 0, n_failed = 0;

  for (guint i = 0; i < self->subtrees->len; i++)
    {
      const OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (!oma_uri_is_at_or_below (followed->uri, notice->uri))
        continue;
      n_below++;
      n_failed += has_failed (self, followed, NULL);
    }
  if (n_below == 0 || notice->kind != OMA_CHANGE_REPLACED)
    pass_on (self, notice);
  else if (n_failed == n_below)
    take_word (self, notice);
}

static void
settle_notice (OmaFollower *self, const OmaNotice *notice)
{
  g_autofree char *child = NULL;
  OmaFollowed *followed = oma_followed_find (self->subtrees, notice->uri, &child);

  if (self->retry && followed != NULL && has_failed (self, followed, child))
    oma_notices_add (self->notices, notice->uri, notice->kind, notice->time);
  else if (child == NULL)
    settle_above (self, notice);
  else if (has_failed (self, followed, child))
    take_word (self, notice);
}

static void
touch (OmaFollower *self, const OmaTreeEvent *event)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, event->uri, NULL))
    return;
  oma_tree_lookup (self->tree, &uri, self->change, &lookup);
  oma_change_touch (self->change, &uri, &lookup, event->kind);
}

static void
written_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaFollower *self = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_change_commit_finish (self->change, result, &error))
    {
      g_warning ("What changed on the machine is not counted: %s", error->message);
      oma_tree_emit (self->tree, (const OmaTreeEvent *) self->events->data, self->events->len);
    }
  g_clear_pointer (&self->change, oma_change_free);
  oma_lock_release (&self->locks);
  end_round (self);
  follower_unref (self);
}

static void
write_events (OmaFollower *self)
{
  self->state = STATE_WRITING;
  for (guint i = 0; i < self->events->len; i++)
    touch (self, &g_array_index (self->events, OmaTreeEvent, i));
  oma_change_commit_async (self->change, NULL, written_cb, follower_ref (self));
}

static void
begin_change (OmaFollower *self)
{
  const OmaPrincipal principal = { .kind = OMA_PRINCIPAL_DEVICE };

  self->change = oma_change_new (self->tree, &principal);
}

static int
compare_events (gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
  return strcmp (((const OmaTreeEvent *) a)->uri, ((const OmaTreeEvent *) b)->uri);
}

/* Nobody else writes in these subtrees until it is over. */
static void
compare (OmaFollower *self)
{
  guint n_settled;

  begin_change (self);
  for (guint i = 0; i < self->round->len; i++)
    settle_notice (self, g_ptr_array_index (self->round, i));
  n_settled = self->events->len;
  for (guint i = 0; i < self->reads->len; i++)
    {
      const Read *read = g_ptr_array_index (self->reads, i);

      if (read->printer != NULL)
        oma_followed_take (read->followed, read->child, read->printer, self->change, node_changed, self);
    }
  /* Those come in any order. */
  if (self->events->len > n_settled)
    g_qsort_with_data (&g_array_index (self->events, OmaTreeEvent, n_settled), (int) (self->events->len - n_settled),
                       sizeof (OmaTreeEvent), compare_events, NULL);
  write_events (self);
}

/* All is read. */
static void
turn_to_writing (OmaFollower *self)
{
  g_autoptr(GHashTable) wanted = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);
      g_auto(OmaUri) uri = OMA_URI_INIT;
      OmaLookup lookup;

      if (look_up (self, notice->uri, &uri, &lookup))
        want (self, wanted, lookup.mount, OMA_LOCK_WRITE);
    }
  for (guint i = 0; i < self->reads->len; i++)
    want (self, wanted, ((Read *) g_ptr_array_index (self->reads, i))->followed->mount, OMA_LOCK_WRITE);
  wait_for_turn (self, STATE_TURNING, compare, wanted);
}

static void
read_next (OmaFollower *self)
{
  if (self->next_read < self->reads->len)
    begin_read (self, g_ptr_array_index (self->reads, self->next_read));
  else
    turn_to_writing (self);
}

/* ---- The follower ---- */

/**
 * oma_follower_new:
 * @executor: the executor of a tree that was loaded; it must outlive the follower
 * @idle: (nullable): called when a round is over and no other one is to come
 * @user_data: for @idle
 *
 * Returns: (transfer full): a follower, which knows of nothing yet
 */
OmaFollower *
oma_follower_new (OmaExecutor *executor, OmaFollowerIdleFunc idle, gpointer user_data)
{
  OmaFollower *self = g_new0 (OmaFollower, 1);

  self->ref_count = 1;
  self->executor = executor;
  self->tree = oma_executor_get_tree (executor);
  self->idle = idle;
  self->idle_data = user_data;
  self->subtrees = oma_followed_find_all (self->tree);
  self->notices = oma_notices_new ();
  self->own = oma_own_changes_new ();
  self->reads = g_ptr_array_new_with_free_func (read_free);
  self->events = g_array_new (FALSE, FALSE, sizeof (OmaTreeEvent));
  g_array_set_clear_func (self->events, event_clear);
  oma_lock_owner_init (&self->locks, &executor->locks);
  oma_tree_set_follow_funcs (self->tree, notice_cb, commit_cb, self);
  return self;
}

static void
restore (OmaFingerprint *fingerprint, gpointer user_data)
{
  OmaFollower *self = user_data;

  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (strcmp (followed->uri, fingerprint->subtree) == 0)
        oma_followed_restore (followed, fingerprint);
    }
  oma_fingerprint_free (fingerprint);
}

/**
 * oma_follower_load:
 * @follower: a follower
 * @error: return location for an error of the store's domain
 *
 * Takes up what an earlier run knew, before anything changes.  It blocks: only for the start.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_follower_load (OmaFollower *follower, GError **error)
{
  OmaTreeStore *store = oma_tree_get_store (follower->tree);

  return store == NULL || follower->subtrees->len == 0 ||
         oma_tree_store_load_fingerprints (store, restore, follower, error);
}

/**
 * oma_follower_start:
 * @follower: a follower that has loaded
 * @milliseconds: how long to wait before, so that those who want to be told can say so
 *
 * Has all followed subtrees compared with what was known of them, from the main loop.  One whose service is
 * not there is compared when its plugin tells of it.
 */
void
oma_follower_start (OmaFollower *follower, guint milliseconds)
{
  for (guint i = 0; i < follower->subtrees->len; i++)
    ((OmaFollowed *) g_ptr_array_index (follower->subtrees, i))->all = TRUE;
  if (has_more (follower))
    collect (follower, milliseconds * (gint64) G_TIME_SPAN_MILLISECOND);
}

static void
abort_round (OmaFollower *self)
{
  oma_clear_source (&self->timer);
  g_clear_pointer (&self->work, oma_work_free);
  oma_operation_clear (&self->operation);
  oma_lock_release (&self->locks);
  for (guint i = 0; self->round != NULL && i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);

      oma_notices_add (self->notices, notice->uri, notice->kind, notice->time);
    }
  g_clear_pointer (&self->round, g_ptr_array_unref);
  g_ptr_array_set_size (self->reads, 0);
  self->next_read = 0;
  self->state = STATE_IDLE;
}

/* What nothing but the word of the plugin tells is written now; the rest the next start finds. */
static void
write_last (OmaFollower *self)
{
  self->round = oma_notices_take (self->notices);
  begin_change (self);
  for (guint i = 0; i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);
      g_autofree char *child = NULL;

      oma_followed_find (self->subtrees, notice->uri, &child);
      if (child == NULL)
        settle_above (self, notice);
    }
  write_events (self);
}

/**
 * oma_follower_stop:
 * @follower: a follower
 *
 * Takes up nothing more, and writes what would be lost otherwise; the idle function is called when that
 * is done, if oma_follower_is_busy().
 */
void
oma_follower_stop (OmaFollower *follower)
{
  follower->stopped = TRUE;
  if (follower->state == STATE_WRITING)
    return;
  abort_round (follower);
  if (oma_notices_count (follower->notices) > 0)
    write_last (follower);
}

/**
 * oma_follower_is_busy:
 * @follower: a follower
 *
 * Returns: whether something is being written
 */
gboolean
oma_follower_is_busy (const OmaFollower *follower)
{
  return follower->state == STATE_WRITING;
}

/**
 * oma_follower_free:
 * @follower: (transfer full): a follower that is not busy
 */
void
oma_follower_free (OmaFollower *follower)
{
  follower->stopped = TRUE;
  follower->idle = NULL;
  oma_tree_set_follow_funcs (follower->tree, NULL, NULL, NULL);
  abort_round (follower);
  oma_lock_owner_clear (&follower->locks);
  follower_unref (follower);
}
