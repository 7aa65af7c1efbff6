# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# host: --boots 2
# A server has the machine reboot: it hears of it before, the machine goes, and its end is told once, after the start.
. /srv/host/lib.sh

V=./Vendor/Omadm/Power
device=$(omadmctl get ./DevInfo/DevId)
results() { curl -sf "http://127.0.0.1:18081/devices/$device/results" | tr -d ' \n'; }
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH
if [ "${REAL_HOST_BOOT:-1}" = 1 ]; then
  enrol trial --url http://127.0.0.1:18080/dm --allow-http

  say "a reboot is scheduled, and the server knows"
  must curl -sf -d '[{"command": "Exec", "uri": "'$V'/Operations/Reboot", "correlator": "boot-1", "data": "30"}]' \
    "http://127.0.0.1:18081/devices/$device/commands"
  must omadmctl sync trial
  contains "$(results)" '"code":202'
  is Operation "$(omadmctl get $V/Scheduled/Operation)" Reboot
  is "what a restart of the daemon makes of it" "$(restart; omadmctl get $V/Scheduled/Operation)" Reboot
  must_not omadmctl exec $V/Operations/Reboot

  say "a cancelled one is told as well, and the next one can come"
  must omadmctl exec $V/Operations/Cancel
  must omadmctl sync trial
  contains "$(results)" '"correlator":"boot-1"'
  contains "$(results)" '"data":"214"'
  must curl -sf -d '[{"command": "Exec", "uri": "'$V'/Operations/Reboot", "correlator": "boot-2"}]' \
    "http://127.0.0.1:18081/devices/$device/commands"
  must omadmctl sync trial
  touch /srv/went-down
  # The minute of the delay is not waited for.
  must busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ScheduleShutdown st \
    reboot "$(($(date +%s) + 1))000000"
  sleep 30
  fail "the machine did not go down"
fi

say "after the start its end is told"
[ -e /srv/went-down ] || fail "the machine was not the same"
is Operation "$(omadmctl get $V/Scheduled/Operation)" ""
must omadmctl sync trial
contains "$(results)" '"correlator":"boot-2"'
contains "$(results)" '"data":"200"'

say "and only once"
restart
must omadmctl sync trial
is "reports" "$(results | grep -o '"correlator":"boot-2"' | wc -l)" 1
is "what is kept" "$(omadmctl alerts | grep -c boot-2)" 0
exit 0
