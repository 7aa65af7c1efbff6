/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *oma_wbxml_provisioning_attribute (guint page, guint8 token);
const char *oma_wbxml_provisioning_value     (guint page, guint8 token);

G_END_DECLS
