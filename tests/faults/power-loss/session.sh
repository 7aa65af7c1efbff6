# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the jobs in the emulated machine share: the machine of machine.sh, with all that it changes on one disk.
. "$(dirname "$0")/../machine.sh"

power_loss=$(dirname "$0") places=(state files service)
mkdir "$work/disk"

# move_to_disk: from now on everything is where the disk is mounted
move_to_disk() {
  local place
  for place in "${places[@]}"; do
    rm -rf "${work:?}/$place"
    ln -s "disk/$place" "$work/$place"
  done
}

# log_writes: from now on the disk is $logged, and what is written to it is recorded on /dev/ubdb
log_writes() {
  dmsetup create log --noudevrules --noudevsync \
    --table "0 $(blockdev --getsz /dev/ubda) log-writes /dev/ubda /dev/ubdb" || die "dmsetup"
  dmsetup mknodes
  logged=/dev/mapper/log
}

mark() { dmsetup message log 0 mark "$1"; }

end_log() {
  umount "$work/disk" && dmsetup remove log || die "the log cannot be ended"
}

# serve_at PORT: the trial server from now on
serve_at() {
  stop_server
  start_server --port "$1"
  OMADM_FAULTS_ADMIN=$admin
}
