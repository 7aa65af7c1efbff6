/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Our reading: a wait is longer by a random part of this much at most, so that devices that lost their
 * server together do not come back together. */
#define OMA_RETRY_JITTER 50   /* per cent */

guint oma_retry_delay (guint first, guint longest, guint time, guint asked, GRand *rand);

G_END_DECLS
