/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-sink.h"

G_BEGIN_DECLS

OmaSink *oma_encoder_wbxml_new (void);

G_END_DECLS
