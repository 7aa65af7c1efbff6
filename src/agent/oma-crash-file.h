/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/oma-crash-record.h"

G_BEGIN_DECLS

OmaCrashRecord *oma_crash_file_open (const char *state_dir);

G_END_DECLS
