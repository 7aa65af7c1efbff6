/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-version.h"

#include <string.h>

#define MIME_TNDS "application/vnd.syncml.dmtnds"   /* +xml or +wbxml */

/* DM 1.3 on the wire is 1.2 but for VerProto: our reading, the text of its Representation
 * Protocol was not at hand. */
static const struct {
  const char *name;
  const char *ver_dtd;
  const char *ver_proto;
} versions[] = {
  [OMA_DM_1_1] = { "1.1", "1.1", "DM/1.1" },
  [OMA_DM_1_2] = { "1.2", "1.2", "DM/1.2" },
  [OMA_DM_1_3] = { "1.3", "1.2", "DM/1.3" },
  [OMA_DM_2_0] = { "2.0", NULL, NULL },         /* no SyncML */
};

/* Our reading: any VerDTD that a server of 1.1 to 1.3 may write is as good as ours, since the
 * account decides what is spoken. */
static const char *const accepted_dtds[] = { "1.1", "1.2", "1.3", NULL };

/**
 * oma_dm_version_to_name:
 * @version: a release
 *
 * Returns: its name in commands, files and nodes: 1.1, 1.2, 1.3 or 2.0
 */
const char *
oma_dm_version_to_name (OmaDmVersion version)
{
  return versions[version].name;
}

/**
 * oma_dm_version_from_name:
 * @name: a name
 * @version: (out): the release
 *
 * Returns: whether @name is 1.1, 1.2, 1.3 or 2.0
 */
gboolean
oma_dm_version_from_name (const char *name, OmaDmVersion *version)
{
  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++)
    if (strcmp (versions[i].name, name) == 0)
      {
        *version = (OmaDmVersion) i;
        return TRUE;
      }
  return FALSE;
}

/**
 * oma_version_fill_header:
 * @version: the release that is spoken
 * @header: a header of ours
 *
 * Sets VerDTD and VerProto (DM Representation Protocol 1.1.2 and 1.2, section 5.2; DM Protocol
 * 1.2, section 8.3).  The encoder derives namespace and public identifier from them.
 */
void
oma_version_fill_header (OmaDmVersion version, OmaHeader *header)
{
  header->ver_dtd = versions[version].ver_dtd;
  header->ver_proto = versions[version].ver_proto;
}

/**
 * oma_version_check_header:
 * @version: the release that is spoken
 * @header: a header of the server
 *
 * Judges what the server says that it speaks (SyncML Representation Protocol 1.2, section 10:
 * 505 and 513).  A header without the values is taken for one of ours.
 *
 * Returns: %OMA_STATUS_OK, %OMA_STATUS_DTD_NOT_SUPPORTED or %OMA_STATUS_PROTOCOL_NOT_SUPPORTED
 */
OmaStatus
oma_version_check_header (OmaDmVersion version, const OmaHeader *header)
{
  if (header->ver_dtd != NULL && !g_strv_contains (accepted_dtds, header->ver_dtd))
    return OMA_STATUS_DTD_NOT_SUPPORTED;
  if (header->ver_proto != NULL && g_ascii_strcasecmp (header->ver_proto, versions[version].ver_proto) != 0)
    return OMA_STATUS_PROTOCOL_NOT_SUPPORTED;
  return OMA_STATUS_OK;
}

/**
 * oma_version_is_refusal:
 * @status: a Status for our SyncHdr
 *
 * Returns: whether the server says with it that it does not speak our release
 */
gboolean
oma_version_is_refusal (OmaStatus status)
{
  return status == OMA_STATUS_DTD_NOT_SUPPORTED || status == OMA_STATUS_PROTOCOL_NOT_SUPPORTED;
}

/**
 * oma_version_has_alert:
 * @version: the release that is spoken
 * @code: code of an Alert
 *
 * Client event and generic alert came with DM 1.2 (DM Protocol 1.2, section 8.7); in a session
 * of 1.1 they stay in their queue.
 *
 * Returns: whether a session may send such an Alert
 */
gboolean
oma_version_has_alert (OmaDmVersion version, guint code)
{
  return version > OMA_DM_1_1 || (code != OMA_ALERT_CLIENT_EVENT && code != OMA_ALERT_GENERIC);
}

static gboolean
is_tnds (const OmaCommand *command, const OmaItem *item)
{
  const char *type = item->meta.type != NULL ? item->meta.type : command->meta.type;
  const char *query = item->target != NULL ? strchr (item->target, '?') : NULL;

  return (type != NULL && g_ascii_strncasecmp (type, MIME_TNDS, strlen (MIME_TNDS)) == 0) ||
         (query != NULL && g_str_has_prefix (query, "?list=TNDS"));
}

static void
drop_correlators (OmaCommand *first)
{
  for (OmaCommand *command = first; command != NULL; command = command->next)
    {
      command->correlator = NULL;
      drop_correlators (command->first_child);
    }
}

/**
 * oma_version_restrict:
 * @version: the release that is spoken
 * @batch: commands that were not run yet
 *
 * Takes from the commands what @version does not have: DM 1.1 knows neither Correlator nor
 * serialised management objects, which are answered 406; from DM 1.3 on the ACL that a node
 * inherits is told with 217, and objects can be found by their identifier.
 */
void
oma_version_restrict (OmaDmVersion version, OmaBatch *batch)
{
  batch->tell_inherited_acl = version >= OMA_DM_1_3;
  batch->finds_by_moid = version >= OMA_DM_1_3;
  if (version > OMA_DM_1_1)
    return;
  drop_correlators (batch->message->first_command);
  for (guint i = 0; i < batch->outcomes->len; i++)
    {
      OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, i);

      if (outcome->kind == OMA_OUTCOME_STATUS && outcome->status == OMA_STATUS_NONE && outcome->item != NULL &&
          is_tnds (outcome->command, outcome->item))
        outcome->status = OMA_STATUS_NOT_SUPPORTED;
    }
  oma_batch_check_atomics (batch);
}
