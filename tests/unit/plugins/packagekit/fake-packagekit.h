/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host whose bus has a PackageKit that does what a test says. */
#pragma once

#include <omadm/omadm.h>

G_BEGIN_DECLS

typedef struct _FakePackagekit FakePackagekit;

FakePackagekit *fake_packagekit_new       (void);
void            fake_packagekit_free      (FakePackagekit *fake);
OmaPluginHost  *fake_packagekit_get_host  (FakePackagekit *fake);

/* What the transaction number @n (from 1) says after its method was called, one call for each signal:
 * @text: the parameters, as g_variant_parse() reads them. */
void            fake_packagekit_say       (FakePackagekit *fake, guint n, const char *signal, const char *text);
/* It goes away instead. */
void            fake_packagekit_die       (FakePackagekit *fake, guint n);
/* Its method is refused with a D-Bus error of that name. */
void            fake_packagekit_refuse    (FakePackagekit *fake, guint n, const char *remote_error);

/* "Method parameters" of each transaction so far, and "Cancel". */
GPtrArray      *fake_packagekit_get_calls (FakePackagekit *fake);
guint           fake_packagekit_count_subscriptions (FakePackagekit *fake);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakePackagekit, fake_packagekit_free)

G_END_DECLS
