/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packages as PackageKit names them, and what its numbers mean.  Pure: no service is asked. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bits of PkFilter and of PkTransactionFlag (PackageKit, pk-enum.h). */
#define PK_FILTER_NONE (G_GUINT64_CONSTANT (1) << 1)
#define PK_FILTER_INSTALLED (G_GUINT64_CONSTANT (1) << 2)
#define PK_FILTER_NOT_INSTALLED (G_GUINT64_CONSTANT (1) << 3)
#define PK_FLAG_ONLY_TRUSTED (G_GUINT64_CONSTANT (1) << 1)
#define PK_FLAG_SIMULATE (G_GUINT64_CONSTANT (1) << 2)
#define PK_FLAG_ONLY_DOWNLOAD (G_GUINT64_CONSTANT (1) << 3)

/* PkInfo, as far as it matters here. */
typedef enum {
  PK_INFO_INSTALLED = 1,
  PK_INFO_AVAILABLE = 2,
  PK_INFO_LOW = 3,
  PK_INFO_ENHANCEMENT = 4,
  PK_INFO_NORMAL = 5,
  PK_INFO_BUGFIX = 6,
  PK_INFO_IMPORTANT = 7,
  PK_INFO_SECURITY = 8,
  PK_INFO_BLOCKED = 9,
  PK_INFO_UPDATING = 11,
  PK_INFO_INSTALLING = 12,
  PK_INFO_REMOVING = 13,
  PK_INFO_OBSOLETING = 15,
  PK_INFO_REINSTALLING = 19,
  PK_INFO_DOWNGRADING = 20,
} PkInfo;

/* PkError, as far as it matters here. */
typedef enum {
  PK_ERROR_OUT_OF_MEMORY = 1,
  PK_ERROR_NO_NETWORK = 2,
  PK_ERROR_INTERNAL = 4,
  PK_ERROR_GPG_FAILURE = 5,
  PK_ERROR_ID_INVALID = 6,
  PK_ERROR_NOT_INSTALLED = 7,
  PK_ERROR_NOT_FOUND = 8,
  PK_ERROR_ALREADY_INSTALLED = 9,
  PK_ERROR_DOWNLOAD_FAILED = 10,
  PK_ERROR_DEPENDENCY = 13,
  PK_ERROR_TRANSACTION = 16,
  PK_ERROR_CANCELLED = 17,
  PK_ERROR_SYSTEM_PACKAGE = 20,
  PK_ERROR_CANNOT_GET_LOCK = 26,
  PK_ERROR_LOCAL_INSTALL_FAILED = 29,
  PK_ERROR_BAD_SIGNATURE = 30,
  PK_ERROR_MISSING_SIGNATURE = 31,
  PK_ERROR_FILE_CONFLICTS = 35,
  PK_ERROR_PACKAGE_CONFLICTS = 36,
  PK_ERROR_REPO_NOT_AVAILABLE = 37,
  PK_ERROR_INVALID_FILE = 38,
  PK_ERROR_BLOCKED = 39,
  PK_ERROR_CORRUPT = 40,
  PK_ERROR_ALL_INSTALLED = 41,
  PK_ERROR_NO_MIRRORS = 43,
  PK_ERROR_INCOMPATIBLE_ARCH = 45,
  PK_ERROR_NO_SPACE = 46,
  PK_ERROR_NOT_AUTHORIZED = 48,
  PK_ERROR_REPO_UNSIGNED = 50,
  PK_ERROR_UPDATE_REPO_UNSIGNED = 51,
  PK_ERROR_FAILED_CONFIG = 56,
  PK_ERROR_FAILED_INSTALL = 58,
  PK_ERROR_FAILED_REMOVE = 59,
  PK_ERROR_UNFINISHED_TRANSACTION = 66,
  PK_ERROR_LOCK_REQUIRED = 67,
  /* Not PackageKit's own: it went away in the middle, or cannot be had. */
  PK_ERROR_DIED = 1000,
  PK_ERROR_UNAVAILABLE = 1001,
  /* Of what is downloaded here. */
  PK_ERROR_UNTRUSTED = 1002,
  PK_ERROR_HTTP_AUTHENTICATION = 1003,
  PK_ERROR_HTTP_SERVER = 1004,
  PK_ERROR_HTTP_UNAVAILABLE = 1005,
  PK_ERROR_NOT_OFFERED = 1006,
  PK_ERROR_ENVIRONMENT = 1007,
  /* The daemon ends, PackageKit goes on. */
  PK_ERROR_ABANDONED = 1008,
} PkError;

/* The domain of what PackageKit says: the code is a PkError. */
#define PK_ERROR (pk_error_quark ())
GQuark pk_error_quark (void);

/**
 * PkPackage:
 *
 * A package: what its identifier "name;version;arch;data" says, and what goes with it.
 */
typedef struct {
  guint info;      /* PkInfo */
  char *id;
  char *name;
  char *version;
  char *arch;
  char *data;      /* origin, or state and origin of an installed one */
  char *summary;
  char *node;      /* (nullable): name of its node: the package's, with the architecture where there are several */
} PkPackage;

PkPackage *pk_package_new       (guint info, const char *id, const char *summary);
PkPackage *pk_package_copy      (const PkPackage *package);
void       pk_package_free      (PkPackage *package);
gboolean   pk_package_is_installed (const PkPackage *package);
const char *pk_package_get_origin (const PkPackage *package);
char      *pk_package_dup_repository_id (const PkPackage *package);
const char *pk_severity_to_string (guint info);
void       pk_choose            (GPtrArray *packages, const char *name, const char *arch,
                                 const PkPackage **installed, const PkPackage **candidate);
int        pk_version_compare   (const char *a, const char *b);
gboolean   pk_parse_source      (const char *url, char **name, char **version);

typedef enum {
  PK_STAGE_DOWNLOAD,
  PK_STAGE_INSTALL,
  PK_STAGE_REMOVE,
} PkStage;

int        pk_error_to_scomo    (const GError *error, PkStage stage);
gboolean   pk_error_is_lock     (const GError *error);
GError    *pk_error_to_status   (const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkPackage, pk_package_free)

G_END_DECLS
