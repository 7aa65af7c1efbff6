/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMADM_H
#define OMADM_H

/* All that a plugin author needs.  Include this file only. */
#include <omadm/oma-limits.h>
#include <omadm/oma-status.h>
#include <omadm/oma-value.h>
#include <omadm/oma-handler-flags.h>
#include <omadm/oma-node-ref.h>
#include <omadm/oma-node-list.h>
#include <omadm/oma-plugin-host.h>
#include <omadm/oma-plugin.h>

#endif /* OMADM_H */
