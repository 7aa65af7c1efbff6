/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "executor-fixture.h"

OmaSchemaNode *describe_node (OmaSchemaNode *parent, const char *name, OmaFormat format, guint access,
                              gboolean permanent);
void        mount_nodes    (Fixture *fixture, OmaSchemaNode *top, OmaMountFlags flags);

char       *dump_tree      (Fixture *fixture);
Fixture    *take_fixture   (Backend backend, void (*mount) (Fixture *fixture));
const char *get_first_dump (Fixture *fixture);
void        give_fixture   (Fixture *fixture, const char *after);
