/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"

G_BEGIN_DECLS

OmaMessage *oma_codec_wbxml_decode (GBytes *bytes, const OmaCodecLimits *limits, GError **error);

G_END_DECLS
