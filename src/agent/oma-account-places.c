/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-private.h"

#include "base/oma-uri.h"

static const OmaAccountPlaces all_places[OMA_ACCOUNT_N_PLACES] = {
  /* DM Standardized Objects 1.2, DM Account; older and later releases of DM 1 are kept the same way. */
  {
    .root = OMA_ACCOUNT_ROOT,
    .root_name = OMA_ACCOUNT_ROOT_NAME,
    .server_id = "ServerID",
    .credentials = "AppAuth",
    .auth_type = "AAuthType",
    .auth_name = "AAuthName",
    .auth_secret = "AAuthSecret",
    .certificate = OMA_ACCOUNT_EXTENSION "/Certificate",
    .key = OMA_ACCOUNT_EXTENSION "/Key",
  },
  /* The DM Account of DM 2.0, which has no place for credentials of HTTP. */
  {
    .root = OMA_ACCOUNT_2_0_ROOT,
    .root_name = OMA_ACCOUNT_2_0_ROOT_NAME,
    .server_id = "SrvID",
    .url = "SrvURI",
    .http_credentials = OMA_ACCOUNT_EXTENSION "/HTTPAuth",
    .auth_type = "Type",
    .auth_name = "Name",
    .auth_secret = "Secret",
    .certificate = "Auth/Trsp/Data",
    .key = "Auth/Trsp/Secret",
  },
};

/**
 * oma_account_places_get:
 * @index: below %OMA_ACCOUNT_N_PLACES
 *
 * Returns: where the accounts of one generation have what
 */
const OmaAccountPlaces *
oma_account_places_get (guint index)
{
  return &all_places[index];
}

/**
 * oma_account_places_find:
 * @version: a release
 *
 * Returns: where its accounts have what
 */
const OmaAccountPlaces *
oma_account_places_find (OmaDmVersion version)
{
  return &all_places[version == OMA_DM_2_0 ? 1 : 0];
}

/**
 * oma_account_places_make_uri:
 * @places: where accounts have what
 * @name: name of an account
 *
 * Returns: (transfer full): URI of its node
 */
char *
oma_account_places_make_uri (const OmaAccountPlaces *places, const char *name)
{
  GString *uri = g_string_new (places->root);

  oma_uri_append_segment (uri, name, -1);
  return g_string_free (uri, FALSE);
}
