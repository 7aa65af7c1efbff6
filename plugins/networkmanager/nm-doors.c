/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-doors.h"

const NmDoor *const nm_doors[] = {
  &nm_door_network, &nm_door_nap, &nm_door_proxy, &nm_door_wifi, &nm_door_vpnv2, NULL
};
