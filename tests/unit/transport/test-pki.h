/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TestPki:
 *
 * A certificate authority in a temporary directory, made for one test program.
 */
typedef struct _TestPki TestPki;

TestPki *test_pki_new   (const char *name);
void     test_pki_free  (TestPki *pki);
char    *test_pki_file  (TestPki *pki, const char *name);
void     test_pki_issue (TestPki *pki, const char *name, const char *host, int from_day, int to_day);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestPki, test_pki_free)

G_END_DECLS
