/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-run.h"

#include "pk-fetch.h"
#include "pk-index.h"
#include "pk-private.h"

#include <string.h>

/* An operation is led by its goal: whatever ended it in the middle, a look at what is installed tells whether there
 * is still something to do.  So a package that restarts the daemon or PackageKit while it is installed is installed
 * once, and told of once. */

#define MAX_REPAIRS 2
#define MIN_TRIES 3                /* when PackageKit goes away */

struct _PkRun {
  int           ref_count;
  Pk           *pk;                /* NULL once the run is over */
  PkOperation  *operation;
  PkRunPhase    phase;
  PkRunOver     over;
  gpointer      user_data;
  GCancellable *cancellable;       /* of what can be taken back */
  guint         timer;
  guint         limit;
  guint         repairs;
  gboolean      changed;           /* the change was asked for in this run */
  gboolean      died;              /* PackageKit, in the middle of it */
};

static void attempt (PkRun *self);
static void resolve (PkRun *self);

static PkRun *
run_ref (PkRun *self)
{
  self->ref_count++;
  return self;
}

static void
run_unref (PkRun *self)
{
  if (--self->ref_count > 0)
    return;
  g_object_unref (self->cancellable);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkRun, run_unref)

/**
 * pk_run_free:
 * @self: (transfer full): a run
 *
 * Callbacks under way find it over.
 */
void
pk_run_free (PkRun *self)
{
  self->pk = NULL;
  self->operation = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->limit, g_source_remove);
  run_unref (self);
}

/* ---- The end ---- */

static void
finish (PkRun *self, const GError *error)
{
  self->over (self->operation, error, self->user_data);
}

static void
fail (PkRun *self, PkError code, const char *message)
{
  g_autoptr(GError) error = g_error_new_literal (PK_ERROR, (int) code, message);

  finish (self, error);
}

static void
enter (PkRun *self, PkPhase phase)
{
  self->operation->phase = phase;
  self->phase (self->operation, self->user_data);
  pk_store_save (self->pk->state);
}

static gboolean
attempt_cb (gpointer user_data)
{
  PkRun *self = user_data;

  self->timer = 0;
  attempt (self);
  return G_SOURCE_REMOVE;
}

/* How often it is worth trying: that PackageKit went away says nothing of the package. */
static guint
count_tries (const PkRun *self, const GError *error)
{
  if (g_error_matches (error, PK_ERROR, PK_ERROR_DIED) || g_error_matches (error, PK_ERROR, PK_ERROR_UNAVAILABLE))
    return MAX (self->operation->max_tries, MIN_TRIES);
  if (self->operation->kind != PK_JOB || g_error_matches (error, PK_ERROR, PK_ERROR_UNTRUSTED) ||
      g_error_matches (error, PK_ERROR, PK_ERROR_CANCELLED))
    return 0;
  return self->operation->max_tries;
}

static void
fail_or_retry (PkRun *self, const GError *error)
{
  if (g_error_matches (error, PK_ERROR, PK_ERROR_ABANDONED))
    return;
  if (self->operation->tries >= count_tries (self, error))
    {
      finish (self, error);
      return;
    }
  g_message ("%s: try %u failed: %s", self->operation->subject, self->operation->tries, error->message);
  self->died = self->operation->phase == PK_PHASE_CHANGING && g_error_matches (error, PK_ERROR, PK_ERROR_DIED);
  enter (self, PK_PHASE_RETRYING);
  self->timer = g_timeout_add_seconds (self->operation->pause, attempt_cb, self);
}

/* ---- Calls of PackageKit ---- */

typedef void (*Then) (PkRun *self, PkResult *result, const GError *error);

typedef struct {
  PkRun *run;
  Then   then;
} Step;

static void
step_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Step *step = user_data;
  g_autoptr(PkRun) self = step->run;
  g_autoptr(GError) error = NULL;
  g_autoptr(PkResult) said = pk_transaction_run_finish (OMA_PLUGIN_HOST (source), result, &error);

  if (self->pk == NULL)
    return;
  if (said != NULL && said->wants_restart)
    pk_store_set (self->pk->state, "update", "RestartRequired", "true");
  step->then (self, said, error);
}

static void
progress_cb (guint percentage, gpointer user_data)
{
  PkRun *self = user_data;

  if (self->pk == NULL || percentage > 100 || percentage / 10 == self->operation->percentage / 10)
    return;
  self->operation->percentage = percentage;
  self->phase (self->operation, self->user_data);
}

static void
ask (PkRun *self, const char *method, GVariant *parameters, GCancellable *cancellable, Then then)
{
  Step *step = g_new0 (Step, 1);

  *step = (Step) { run_ref (self), then };
  pk_transaction_run_async (self->pk->host, method, parameters, progress_cb, self, cancellable, step_cb, step);
}

static GVariant *
make_ids (const char *id)
{
  const char *const ids[] = { id, NULL };

  return g_variant_new_strv (ids, -1);
}

/* ---- Changing ---- */

static void list_updates (PkRun *self);

static void
repaired (PkRun *self, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (error != NULL)
    fail_or_retry (self, error);
  else if (self->operation->kind == PK_UPDATE_ALL)
    list_updates (self);
  else
    resolve (self);
}

/* What was killed half way is brought to its end first; dpkg does nothing else before. */
static void
repair (PkRun *self)
{
  self->repairs++;
  g_message ("dpkg was interrupted: PackageKit is asked to repair that");
  ask (self, "RepairSystem", g_variant_new ("(t)", PK_FLAG_ONLY_TRUSTED), NULL, repaired);
}

static void
changed (PkRun *self, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  self->changed = error == NULL;
  if (g_error_matches (error, PK_ERROR, PK_ERROR_UNFINISHED_TRANSACTION) && self->repairs < MAX_REPAIRS)
    repair (self);
  else if (g_error_matches (error, PK_ERROR, PK_ERROR_ALL_INSTALLED) ||
           g_error_matches (error, PK_ERROR, PK_ERROR_ALREADY_INSTALLED))
    finish (self, NULL);
  else if (error != NULL)
    fail_or_retry (self, error);
  else
    /* PackageKit also calls it a success when there is no such version. */
    resolve (self);
}

static void
fetched_only (PkRun *self, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (g_error_matches (error, PK_ERROR, PK_ERROR_UNFINISHED_TRANSACTION) && self->repairs < MAX_REPAIRS)
    repair (self);
  else if (error != NULL)
    fail_or_retry (self, error);
  else
    {
      enter (self, PK_PHASE_DOWNLOADED);
      finish (self, NULL);
    }
}

static void
install (PkRun *self, const char *id)
{
  if (self->operation->kind == PK_DOWNLOAD)
    {
      ask (self, "InstallPackages",
           g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED | PK_FLAG_ONLY_DOWNLOAD, make_ids (id)), self->cancellable,
           fetched_only);
      return;
    }
  enter (self, PK_PHASE_CHANGING);
  ask (self, "InstallPackages", g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED, make_ids (id)), self->cancellable,
       changed);
}

static void
install_what_is_wanted (PkRun *self, const PkPackage *installed, const PkPackage *candidate)
{
  PkOperation *operation = self->operation;
  const char *wanted = operation->version;
  g_autofree char *id = NULL;

  if (wanted == NULL)
    wanted = candidate != NULL ? candidate->version : installed != NULL ? installed->version : NULL;
  if (installed != NULL && operation->kind != PK_DOWNLOAD &&
      (strcmp (installed->version, wanted) == 0 ||
       (operation->version == NULL && pk_version_compare (installed->version, wanted) > 0)))
    {
      g_free (operation->version);
      operation->version = g_strdup (installed->version);
      finish (self, NULL);
    }
  else if (installed != NULL && pk_version_compare (installed->version, wanted) > 0)
    fail (self, PK_ERROR_FAILED_INSTALL, "A newer version is installed");
  else if (wanted == NULL || (candidate == NULL && installed == NULL))
    fail (self, PK_ERROR_NOT_FOUND, "No repository has the package");
  else if (self->changed)
    fail (self, PK_ERROR_NOT_FOUND, "No repository has that version of the package");
  else
    {
      const PkPackage *any = candidate != NULL ? candidate : installed;

      id = candidate != NULL && strcmp (candidate->version, wanted) == 0
             ? g_strdup (candidate->id)
             : g_strjoin (";", any->name, wanted, any->arch, "", NULL);
      if (operation->version == NULL)
        operation->version = g_strdup (wanted);
      install (self, id);
    }
}

/* ---- Removing ---- */

static void
removal_simulated (PkRun *self, PkResult *result, const GError *error)
{
  const char *id = self->operation->installed_id;

  if (error != NULL)
    {
      fail_or_retry (self, error);
      return;
    }
  /* The APT back end removes what depends on it, asked or not. */
  for (guint i = 0; i < result->packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (result->packages, i);

      if (strcmp (package->name, self->operation->name) != 0)
        {
          g_autofree char *text = g_strdup_printf ("%s depends on it", package->name);

          fail (self, PK_ERROR_FAILED_REMOVE, text);
          return;
        }
    }
  enter (self, PK_PHASE_CHANGING);
  ask (self, "RemovePackages", g_variant_new ("(t@asbb)", PK_FLAG_ONLY_TRUSTED, make_ids (id), FALSE, FALSE),
       self->cancellable, changed);
}

static void
remove_it (PkRun *self, const PkPackage *installed)
{
  if (installed == NULL && (self->changed || self->operation->tries > 1 || self->operation->interrupted > 0))
    finish (self, NULL);
  else if (installed == NULL)
    fail (self, PK_ERROR_NOT_INSTALLED, "The package is not installed");
  else if (self->changed)
    fail (self, PK_ERROR_FAILED_REMOVE, "The package is still installed");
  else
    {
      g_free (self->operation->installed_id);
      self->operation->installed_id = g_strdup (installed->id);
      ask (self, "RemovePackages",
           g_variant_new ("(t@asbb)", PK_FLAG_SIMULATE | PK_FLAG_ONLY_TRUSTED, make_ids (installed->id), FALSE, FALSE),
           self->cancellable, removal_simulated);
    }
}

static void
update_it (PkRun *self, const PkPackage *installed, const PkPackage *candidate)
{
  if (installed == NULL)
    fail (self, PK_ERROR_NOT_FOUND, "The package is not installed");
  else
    install_what_is_wanted (self, installed, candidate);
}

static void
resolved (PkRun *self, PkResult *result, const GError *error)
{
  const PkPackage *installed, *candidate;
  PkOperation *operation = self->operation;

  if (error != NULL)
    {
      fail_or_retry (self, error);
      return;
    }
  pk_choose (result->packages, operation->name, operation->arch, &installed, &candidate);
  if (operation->kind == PK_REMOVE)
    remove_it (self, installed);
  else if (operation->kind == PK_UPDATE)
    update_it (self, installed, candidate);
  else
    install_what_is_wanted (self, installed, candidate);
}

static void
resolve (PkRun *self)
{
  ask (self, "Resolve", g_variant_new ("(t@as)", PK_FILTER_NONE, make_ids (self->operation->name)), NULL, resolved);
}

/* ---- Finding the package that a URL names ---- */

static void
identified_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkRun) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = NULL;
  g_autoptr(PkIndexEntry) entry = pk_index_find_finish (result, &sha256, &error);
  PkOperation *operation = self->operation;

  if (self->pk == NULL)
    return;
  g_free (operation->digest);
  operation->digest = g_steal_pointer (&sha256);
  if (operation->digest != NULL && operation->sha256 != NULL && *operation->sha256 != '\0' &&
      g_ascii_strcasecmp (operation->digest, operation->sha256) != 0)
    fail (self, PK_ERROR_UNTRUSTED, "The file has another digest than the server says");
  else if (entry == NULL)
    fail_or_retry (self, error);
  else
    {
      g_free (operation->name);
      g_free (operation->version);
      g_free (operation->arch);
      operation->name = g_strdup (entry->name);
      operation->version = g_strdup (entry->version);
      operation->arch = g_strdup (entry->arch);
      resolve (self);
    }
}

static void
fetched_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PkRun) self = user_data;
  g_autoptr(GError) error = NULL;
  gboolean fetched = pk_fetch_finish (result, &error);

  if (self->pk == NULL)
    return;
  if (fetched)
    pk_index_find_async (self->pk->lists, self->operation->file, identified_cb, run_ref (self));
  else
    fail_or_retry (self, error);
}

static void
fetch_progress (guint64 done, guint64 total, gpointer user_data)
{
  if (total > 0)
    progress_cb ((guint) (done * 100 / total), user_data);
}

static void
fetch (PkRun *self)
{
  PkFetchOptions options = { self->pk->max_download, self->pk->download_tries, 1 };
  PkOperation *operation = self->operation;
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, operation->url, -1);

  g_free (operation->file);
  operation->file = g_strdup_printf ("%s/%s.deb", self->pk->spool, name);
  pk_fetch_async (operation->url, operation->file, &options, fetch_progress, self, self->cancellable, fetched_cb,
                  run_ref (self));
}

static void
locate (PkRun *self)
{
  PkOperation *operation = self->operation;
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;

  if (operation->phase != PK_PHASE_CHANGING || operation->name == NULL)
    enter (self, PK_PHASE_DOWNLOADING);
  if (operation->phase == PK_PHASE_CHANGING)
    resolve (self);
  else if (g_str_has_prefix (operation->url, "http://") || g_str_has_prefix (operation->url, "https://"))
    fetch (self);
  else if (pk_parse_source (operation->url, &name, &version))
    {
      g_free (operation->name);
      operation->name = g_steal_pointer (&name);
      g_free (operation->version);
      operation->version = g_steal_pointer (&version);
      resolve (self);
    }
  else
    fail (self, PK_ERROR_NOT_OFFERED, "The URL is neither apt:, http: nor https:");
}

/* ---- All updates ---- */

static void
all_updated (PkRun *self, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  if (g_error_matches (error, PK_ERROR, PK_ERROR_UNFINISHED_TRANSACTION) && self->repairs < MAX_REPAIRS)
    repair (self);
  else if (error != NULL)
    fail_or_retry (self, error);
  else
    finish (self, NULL);
}

static void
updates_listed (PkRun *self, PkResult *result, const GError *error)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) ids = NULL;

  if (error != NULL)
    {
      fail_or_retry (self, error);
      return;
    }
  for (guint i = 0; i < result->packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (result->packages, i);

      if (package->info != PK_INFO_BLOCKED &&
          (!self->operation->security_only || package->info == PK_INFO_SECURITY))
        g_strv_builder_add (builder, package->id);
    }
  ids = g_strv_builder_end (builder);
  self->operation->n_done = g_strv_length (ids);
  if (ids[0] == NULL || self->operation->kind == PK_SCAN)
    {
      finish (self, NULL);
      return;
    }
  enter (self, PK_PHASE_CHANGING);
  ask (self, "UpdatePackages",
       g_variant_new ("(t@as)", PK_FLAG_ONLY_TRUSTED, g_variant_new_strv ((const char *const *) ids, -1)), NULL,
       all_updated);
}

static void
list_updates (PkRun *self)
{
  ask (self, "GetUpdates", g_variant_new ("(t)", PK_FILTER_NONE), NULL, updates_listed);
}

static void
refreshed (PkRun *self, PkResult *result G_GNUC_UNUSED, const GError *error)
{
  /* What is known already can be installed without a network, if APT can get at it. */
  if (error != NULL && (self->operation->kind == PK_SCAN || !g_error_matches (error, PK_ERROR, PK_ERROR_NO_NETWORK)))
    fail_or_retry (self, error);
  else
    list_updates (self);
}

/* ---- The beginning ---- */

static void
attempt (PkRun *self)
{
  PkOperation *operation = self->operation;

  if (operation->tries >= MAX (operation->max_tries, MIN_TRIES))
    {
      fail (self, PK_ERROR_DIED, "It was interrupted too often");
      return;
    }
  operation->tries++;
  self->changed = FALSE;
  if (operation->foreign)
    {
      fail (self, PK_ERROR_ENVIRONMENT, "The package is for another environment: this one is \"debian\"");
      return;
    }
  if (self->died)
    {
      /* And dpkg with it. */
      self->died = FALSE;
      enter (self, PK_PHASE_CHANGING);
      repair (self);
      return;
    }
  switch (operation->kind)
    {
    case PK_DOWNLOAD:
    case PK_DOWNLOAD_INSTALL:
    case PK_JOB:
      locate (self);
      break;
    case PK_INSTALL:
    case PK_REMOVE:
    case PK_UPDATE:
      enter (self, PK_PHASE_CHANGING);
      resolve (self);
      break;
    case PK_SCAN:
    case PK_UPDATE_ALL:
      enter (self, PK_PHASE_DOWNLOADING);
      ask (self, "RefreshCache", g_variant_new ("(b)", FALSE), NULL, refreshed);
      break;
    case PK_ACTIVATE:
    case PK_DISCARD:
    default:
      finish (self, NULL);
      break;
    }
}

static gboolean
limit_cb (gpointer user_data)
{
  PkRun *self = user_data;

  self->limit = 0;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/**
 * pk_run_new:
 * @pk: the plugin
 * @operation: what to do, which lives longer than the run
 * @phase: told how it goes on
 * @over: told that it is over
 * @user_data: for both
 *
 * Returns: (transfer full): a run, which has begun
 */
PkRun *
pk_run_new (gpointer pk, PkOperation *operation, PkRunPhase phase, PkRunOver over, gpointer user_data)
{
  PkRun *self = g_new0 (PkRun, 1);

  self->ref_count = 1;
  self->pk = pk;
  self->operation = operation;
  self->phase = phase;
  self->over = over;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  if (operation->timeout > 0)
    self->limit = g_timeout_add_seconds (operation->timeout, limit_cb, self);
  self->timer = g_idle_add (attempt_cb, self);
  return self;
}
