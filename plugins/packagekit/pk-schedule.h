/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When updates are due by the policy.  Pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gint64 pk_schedule_next (const char *schedule, GDateTime *after);

G_END_DECLS
