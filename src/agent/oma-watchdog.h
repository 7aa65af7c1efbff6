/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void oma_watchdog_start (guint seconds);

G_END_DECLS
