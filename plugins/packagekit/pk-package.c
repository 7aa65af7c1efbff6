/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-package.h"

#include <omadm/omadm.h>
#include <string.h>

G_DEFINE_QUARK (omadm-packagekit-error, pk_error)

/* ---- Packages ---- */

/**
 * pk_package_new:
 * @info: a PkInfo
 * @id: "name;version;arch;data"
 * @summary: one line for people
 *
 * Returns: (transfer full) (nullable): the package, %NULL when @id is none
 */
PkPackage *
pk_package_new (guint info, const char *id, const char *summary)
{
  g_auto(GStrv) parts = g_strsplit (id, ";", -1);
  PkPackage *package;

  if (g_strv_length (parts) != 4 || *parts[0] == '\0')
    return NULL;
  package = g_new0 (PkPackage, 1);
  /* An update has its severity in the upper half. */
  package->info = info & 0xffff;
  package->id = g_strdup (id);
  package->name = g_steal_pointer (&parts[0]);
  package->version = g_steal_pointer (&parts[1]);
  package->arch = g_steal_pointer (&parts[2]);
  package->data = g_steal_pointer (&parts[3]);
  package->summary = g_utf8_make_valid (summary, -1);
  return package;
}

/**
 * pk_package_copy:
 * @package: a package
 *
 * Returns: (transfer full): the same
 */
PkPackage *
pk_package_copy (const PkPackage *package)
{
  return pk_package_new (package->info, package->id, package->summary);
}

/**
 * pk_package_free:
 * @package: (transfer full) (nullable): a package
 */
void
pk_package_free (PkPackage *package)
{
  if (package == NULL)
    return;
  g_free (package->id);
  g_free (package->name);
  g_free (package->version);
  g_free (package->arch);
  g_free (package->data);
  g_free (package->summary);
  g_free (package->node);
  g_free (package);
}

/* The APT back end says "installed:origin", "manual:origin" or "auto:origin" of what is installed, the same with
 * a "+" before it of what it is about to install, and the mere origin of what can be had. */
static const char *
find_origin (const char *data)
{
  static const char *const states[] = { "installed", "manual", "auto", "local" };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      gsize length = strlen (states[i]);

      if (strncmp (data, states[i], length) == 0 && (data[length] == ':' || data[length] == '\0'))
        return data[length] == ':' ? data + length + 1 : data + length;
    }
  return NULL;
}

/**
 * pk_package_is_installed:
 * @package: a package
 *
 * Returns: whether its identifier is one of an installed package
 */
gboolean
pk_package_is_installed (const PkPackage *package)
{
  return find_origin (package->data) != NULL;
}

/**
 * pk_package_get_origin:
 * @package: a package
 *
 * Returns: the repository that has it, "" when none is known
 */
const char *
pk_package_get_origin (const PkPackage *package)
{
  const char *data = *package->data == '+' ? package->data + 1 : package->data;
  const char *origin = find_origin (data);

  if (origin == NULL)
    origin = data;
  return strcmp (origin, "local") == 0 ? "" : origin;
}

/**
 * pk_package_dup_repository_id:
 * @package: a package
 *
 * Returns: (transfer full): the identifier that it has in its repository, to install it by
 */
char *
pk_package_dup_repository_id (const PkPackage *package)
{
  return g_strjoin (";", package->name, package->version, package->arch, pk_package_get_origin (package), NULL);
}

/**
 * pk_severity_to_string:
 * @info: PkInfo of an update
 *
 * Returns: how urgent it is
 */
const char *
pk_severity_to_string (guint info)
{
  switch (info)
    {
    case PK_INFO_SECURITY:
      return "security";
    case PK_INFO_IMPORTANT:
      return "important";
    case PK_INFO_BUGFIX:
      return "bugfix";
    case PK_INFO_ENHANCEMENT:
      return "enhancement";
    case PK_INFO_LOW:
      return "low";
    case PK_INFO_BLOCKED:
      return "blocked";
    default:
      return "normal";
    }
}

/* ---- What Resolve says ---- */

/* The architecture asked for, else the one that the resolver names first. */
static gboolean
suits (const PkPackage *package, const char *name, const char *arch)
{
  return strcmp (package->name, name) == 0 && (arch == NULL || *arch == '\0' || strcmp (package->arch, arch) == 0);
}

/**
 * pk_choose:
 * @packages: what Resolve said
 * @name: a package
 * @arch: (nullable): its architecture, %NULL for any
 * @installed: (out) (nullable): as it is installed
 * @candidate: (out) (nullable): the newest that can be had
 *
 * Finds it among them.
 */
void
pk_choose (GPtrArray *packages, const char *name, const char *arch, const PkPackage **installed,
           const PkPackage **candidate)
{
  *installed = *candidate = NULL;
  for (guint i = 0; i < packages->len; i++)
    {
      const PkPackage *package = g_ptr_array_index (packages, i);

      if (!suits (package, name, arch))
        continue;
      if (package->info == PK_INFO_INSTALLED)
        {
          if (*installed == NULL)
            *installed = package;
        }
      else if (*candidate == NULL || (strcmp ((*candidate)->arch, package->arch) == 0 &&
                                      pk_version_compare (package->version, (*candidate)->version) > 0))
        *candidate = package;
    }
}

/* ---- Versions (Debian Policy, section 5.6.12) ---- */

static int
order (char c)
{
  if (c == '~')
    return -1;
  if (c == '\0' || g_ascii_isdigit (c))
    return 0;
  return g_ascii_isalpha (c) ? (guchar) c : (guchar) c + 256;
}

/* Upstream version or revision, each up to its end. */
static int
compare_part (const char *a, gsize a_length, const char *b, gsize b_length)
{
  gsize i = 0, j = 0;

#define AT(text, length, index) ((index) < (length) ? (text)[index] : '\0')
  while (i < a_length || j < b_length)
    {
      int difference = 0;

      while ((i < a_length && !g_ascii_isdigit (a[i])) || (j < b_length && !g_ascii_isdigit (b[j])))
        {
          difference = order (AT (a, a_length, i)) - order (AT (b, b_length, j));
          if (difference != 0)
            return difference;
          i += i < a_length;
          j += j < b_length;
        }
      while (AT (a, a_length, i) == '0')
        i++;
      while (AT (b, b_length, j) == '0')
        j++;
      while (g_ascii_isdigit (AT (a, a_length, i)) && g_ascii_isdigit (AT (b, b_length, j)))
        {
          if (difference == 0)
            difference = a[i] - b[j];
          i++;
          j++;
        }
      if (g_ascii_isdigit (AT (a, a_length, i)))
        return 1;
      if (g_ascii_isdigit (AT (b, b_length, j)))
        return -1;
      if (difference != 0)
        return difference;
    }
#undef AT
  return 0;
}

static const char *
split_version (const char *version, guint64 *epoch, gsize *upstream, const char **revision)
{
  const char *colon = strchr (version, ':');
  const char *rest = colon != NULL ? colon + 1 : version;
  const char *dash = strrchr (rest, '-');

  *epoch = colon != NULL ? g_ascii_strtoull (version, NULL, 10) : 0;
  *upstream = dash != NULL ? (gsize) (dash - rest) : strlen (rest);
  *revision = dash != NULL ? dash + 1 : "";
  return rest;
}

/**
 * pk_version_compare:
 * @a: a version
 * @b: another
 *
 * Returns: less than, equal to, or greater than 0, as @a is older than, the same as, or newer than @b
 */
int
pk_version_compare (const char *a, const char *b)
{
  guint64 a_epoch, b_epoch;
  gsize a_length, b_length;
  const char *a_revision, *b_revision;
  const char *a_rest = split_version (a, &a_epoch, &a_length, &a_revision);
  const char *b_rest = split_version (b, &b_epoch, &b_length, &b_revision);
  int difference;

  if (a_epoch != b_epoch)
    return a_epoch < b_epoch ? -1 : 1;
  difference = compare_part (a_rest, a_length, b_rest, b_length);
  return difference != 0 ? difference
                         : compare_part (a_revision, strlen (a_revision), b_revision, strlen (b_revision));
}

/**
 * pk_parse_source:
 * @url: "apt:name" or "apt:name=version"
 * @name: (out): the package
 * @version: (out) (nullable): its version, %NULL for the newest
 *
 * Returns: whether @url is one
 */
gboolean
pk_parse_source (const char *url, char **name, char **version)
{
  const char *rest = url + strlen ("apt:");
  const char *equals;
  gsize length;

  *name = *version = NULL;
  if (!g_str_has_prefix (url, "apt:"))
    return FALSE;
  equals = strchr (rest, '=');
  length = equals != NULL ? (gsize) (equals - rest) : strlen (rest);
  /* Debian Policy, section 5.6.7; and no more, for it goes into an identifier of PackageKit. */
  if (length < 2 || !g_ascii_isalnum (*rest) ||
      strspn (rest, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != length)
    return FALSE;
  if (equals != NULL &&
      (equals[1] == '\0' ||
       strspn (equals + 1, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".+-:~") != strlen (equals + 1)))
    return FALSE;
  *name = g_strndup (rest, length);
  *version = equals != NULL ? g_strdup (equals + 1) : NULL;
  return TRUE;
}

/* ---- Errors ---- */

static int
stage_failed (PkStage stage)
{
  switch (stage)
    {
    case PK_STAGE_DOWNLOAD:
      return 1402;
    case PK_STAGE_REMOVE:
      return 1408;
    case PK_STAGE_INSTALL:
    default:
      return 1405;
    }
}

/**
 * pk_error_to_scomo:
 * @error: (nullable): what went wrong
 * @stage: doing what
 *
 * Returns: the result code of SCOMO 1.0, section 6.2; 1200 without an error
 */
int
pk_error_to_scomo (const GError *error, PkStage stage)
{
  if (error == NULL)
    return 1200;
  if (error->domain != PK_ERROR)
    return error->domain == OMA_STATUS_ERROR ? stage_failed (stage) : 1412;
  switch (error->code)
    {
    case PK_ERROR_OUT_OF_MEMORY:
    case PK_ERROR_NO_SPACE:
      return stage == PK_STAGE_DOWNLOAD ? 1404 : 1406;
    case PK_ERROR_NO_NETWORK:
    case PK_ERROR_DOWNLOAD_FAILED:
    case PK_ERROR_REPO_NOT_AVAILABLE:
    case PK_ERROR_NO_MIRRORS:
    case PK_ERROR_NOT_FOUND:
    case PK_ERROR_ID_INVALID:
      return stage == PK_STAGE_REMOVE ? 1408 : 1402;
    case PK_ERROR_GPG_FAILURE:
    case PK_ERROR_BAD_SIGNATURE:
    case PK_ERROR_MISSING_SIGNATURE:
    case PK_ERROR_REPO_UNSIGNED:
    case PK_ERROR_UPDATE_REPO_UNSIGNED:
    case PK_ERROR_UNTRUSTED:
      return 1407;
    case PK_ERROR_ALREADY_INSTALLED:
    case PK_ERROR_ALL_INSTALLED:
      return 1200;
    case PK_ERROR_INCOMPATIBLE_ARCH:
    case PK_ERROR_ENVIRONMENT:
      return 1413;
    case PK_ERROR_SYSTEM_PACKAGE:
    case PK_ERROR_FAILED_REMOVE:
    case PK_ERROR_NOT_INSTALLED:
      return 1408;
    case PK_ERROR_CANCELLED:
      return 1401;
    case PK_ERROR_NOT_AUTHORIZED:
    case PK_ERROR_BLOCKED:
      return 1400;
    case PK_ERROR_NOT_OFFERED:
      return 1411;
    case PK_ERROR_HTTP_AUTHENTICATION:
      return 1403;
    case PK_ERROR_HTTP_SERVER:
      return 1500;
    case PK_ERROR_HTTP_UNAVAILABLE:
      return 1501;
    case PK_ERROR_DEPENDENCY:
    case PK_ERROR_FILE_CONFLICTS:
    case PK_ERROR_PACKAGE_CONFLICTS:
    case PK_ERROR_INVALID_FILE:
    case PK_ERROR_CORRUPT:
    case PK_ERROR_LOCAL_INSTALL_FAILED:
    case PK_ERROR_FAILED_CONFIG:
    case PK_ERROR_FAILED_INSTALL:
      return stage == PK_STAGE_REMOVE ? 1408 : 1405;
    case PK_ERROR_INTERNAL:
    case PK_ERROR_TRANSACTION:
    case PK_ERROR_CANNOT_GET_LOCK:
    case PK_ERROR_LOCK_REQUIRED:
    case PK_ERROR_UNFINISHED_TRANSACTION:
    case PK_ERROR_DIED:
    case PK_ERROR_UNAVAILABLE:
      return stage_failed (stage);
    default:
      return 1412;
    }
}

/**
 * pk_error_is_lock:
 * @error: what went wrong
 *
 * Returns: whether somebody else works on packages, so that it may go later
 */
gboolean
pk_error_is_lock (const GError *error)
{
  return g_error_matches (error, PK_ERROR, PK_ERROR_CANNOT_GET_LOCK) ||
         g_error_matches (error, PK_ERROR, PK_ERROR_LOCK_REQUIRED);
}

/**
 * pk_error_to_status:
 * @error: what went wrong
 *
 * Returns: (transfer full): the same as an %OMA_STATUS_ERROR, for a command on a node
 */
GError *
pk_error_to_status (const GError *error)
{
  OmaStatus status = OMA_STATUS_COMMAND_FAILED;

  if (error->domain != PK_ERROR)
    return g_error_copy (error);
  if (error->code == PK_ERROR_NOT_FOUND || error->code == PK_ERROR_NOT_INSTALLED)
    status = OMA_STATUS_NOT_FOUND;
  else if (error->code == PK_ERROR_NO_SPACE)
    status = OMA_STATUS_DEVICE_FULL;
  else if (pk_error_is_lock (error))
    status = OMA_STATUS_RETRY_LATER;
  return g_error_new_literal (OMA_STATUS_ERROR, status, error->message);
}
