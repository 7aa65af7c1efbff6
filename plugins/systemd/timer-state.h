/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What systemd says of a timer, and the nodes of one.  Nothing here calls anybody. */
#pragma once

#include <omadm/omadm.h>

G_BEGIN_DECLS

gboolean timer_is_there  (GVariant *properties);
void     timer_add_nodes (GVariant *properties, const char *base, OmaNodeList *nodes);

G_END_DECLS
