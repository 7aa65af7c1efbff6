/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "executor-fixture.h"

char    *dump_tree    (Fixture *fixture);
Fixture *take_fixture (Backend backend, void (*mount) (Fixture *fixture));
void     give_fixture (Fixture *fixture);
