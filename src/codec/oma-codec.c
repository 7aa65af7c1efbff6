/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"

G_DEFINE_QUARK (oma-codec-error-quark, oma_codec_error)
