/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"
#include "tree/oma-tree.h"

G_BEGIN_DECLS

OmaSecrecy oma_object_secrecy_find (OmaTree *tree, const char *client_uri);

G_END_DECLS
