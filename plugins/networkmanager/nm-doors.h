/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nm-door.h"

G_BEGIN_DECLS

/* The doors beside the one of ./Vendor/Omadm/Network: objects of OMA and paths of Windows. */
extern const NmDoor nm_door_nap;
extern const NmDoor nm_door_proxy;
extern const NmDoor nm_door_wifi;
extern const NmDoor nm_door_vpnv2;

G_END_DECLS
