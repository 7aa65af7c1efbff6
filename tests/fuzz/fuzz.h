/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls; a target defines it. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
