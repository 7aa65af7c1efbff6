/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-instances.h"
#include "session/oma-operation.h"

#include <string.h>

/* Get of "./?moid=<identifier>[&<leaf>=<value>...]": where the instances of a management object
 * are.  DM 1.3 is known to address by identifier, but not how it is written; this form is our
 * reading and an extension that only reads.
 *
 * The answer is text: the URIs of the instances that the server may read, joined by CR LF; an
 * empty text when there is none.  Each condition names a leaf by its URI relative to the
 * instance; an instance without it, or where it cannot be read, is left out.  Identifier and
 * values may be percent-encoded. */

#define PREFIX "./?moid="
#define SEPARATOR "\r\n"

typedef struct {
  OmaJob   *job;
  char    **conditions;     /* leaf=value */
  GString  *found;
  gboolean  waits;
} Find;

/* Internal: whether the operation is on such a query. */
gboolean
oma_operation_finds (const OmaOperation *operation)
{
  return strncmp (operation->uri, "./?", 3) == 0 && g_str_has_prefix (operation->uri, PREFIX);
}

static gboolean
check_condition (Find *find, const char *instance, const char *condition)
{
  const char *equals = strchr (condition, '=');
  g_autofree char *text = NULL, *expected = NULL;
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(OmaValue) value = NULL;
  g_autoptr(GError) error = NULL;

  if (equals == NULL || (expected = g_uri_unescape_string (equals + 1, NULL)) == NULL)
    return FALSE;
  text = g_strdup_printf ("%s/%.*s", instance, (int) (equals - condition), condition);
  if (oma_target_resolve (&target, find->job, text, &error) && target.exists && oma_job_may_get (find->job, &target.lookup) &&
      !oma_lookup_is_interior (&target.lookup) && target.uri.query == OMA_URI_QUERY_NONE)
    value = oma_uri_read_value (&target.uri, &target.lookup, find->job, &error);
  find->waits |= find->job->waits;
  return value != NULL && oma_value_get_size (value) == strlen (expected) &&
         memcmp (oma_value_get_data (value, NULL), expected, strlen (expected)) == 0;
}

static void
take_instance (OmaInstanceWalk *walk, const OmaLookup *lookup G_GNUC_UNUSED, const char *moid G_GNUC_UNUSED)
{
  Find *find = walk->user_data;
  g_autofree char *uri = oma_uri_to_string (&walk->uri);

  for (char **condition = find->conditions; *condition != NULL; condition++)
    if (!check_condition (find, uri, *condition))
      return;
  if (find->found->len > 0)
    g_string_append (find->found, SEPARATOR);
  g_string_append (find->found, uri);
}

/* Internal: does such a query; an OmaJobRun. */
gboolean
oma_operation_find (OmaJob *job, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (job->operation->uri + strlen (PREFIX), "&", -1);
  g_autoptr(GString) found = g_string_new (NULL);
  g_autofree char *moid = parts[0] != NULL ? g_uri_unescape_string (parts[0], NULL) : NULL;
  Find find = { .job = job, .found = found };
  OmaInstanceWalk walk = {
    .job = job, .moid = moid, .readable = TRUE, .take = take_instance, .user_data = &find, .uri = OMA_URI_INIT,
  };

  if (!job->work->finds_by_moid || job->operation->type != OMA_OPERATION_GET)
    return oma_operation_refuse (OMA_STATUS_NOT_FOUND, "there is no such node", error);
  if (strlen (job->operation->uri) > OMA_URI_MAX_LENGTH)
    return oma_operation_refuse (OMA_STATUS_URI_TOO_LONG, "it is too long", error);
  if (moid == NULL || *moid == '\0')
    return oma_operation_refuse (OMA_STATUS_BAD_REQUEST, "there is no identifier", error);
  find.conditions = parts + 1;
  oma_instances_walk (&walk);
  g_clear_error (&walk.failure);
  if (find.waits || walk.waits)
    return FALSE;
  job->operation->result = oma_value_new_string (found->str);
  return TRUE;
}
