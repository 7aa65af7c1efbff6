# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016,SC2317
# Units and timers on the real systemd: every node read and written, every operation and how it fails, and systemd that
# starts itself again in the middle.
. /srv/host/lib.sh

V=./Vendor/Omadm
S=$V/Services

unit sleeper.service '[Unit]' 'Description=Sleeps' '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
unit reloads.service '[Service]' 'ExecStart=/bin/sleep infinity' 'ExecReload=/bin/touch /run/reloaded'
unit fails.service '[Service]' 'Type=oneshot' 'ExecStart=/bin/false'
unit slow.service '[Service]' 'Type=oneshot' 'RemainAfterExit=yes' 'ExecStart=/bin/sh -c "until [ -e /run/go ]; do sleep 0.1; done"'
unit other.service '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
unit inst@.service '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
unit 'a\x2db.service' '[Service]' 'ExecStart=/bin/sleep infinity'
unit job.service '[Service]' 'Type=oneshot' 'ExecStart=/bin/touch /run/job-ran'
unit job.timer '[Timer]' 'OnCalendar=Mon *-*-* 04:00:00' 'Persistent=yes' '[Install]' 'WantedBy=timers.target'
unit soon.timer '[Timer]' 'OnActiveSec=100ms' 'AccuracySec=1ms' 'Unit=job.service'
mkdir -p /etc/systemd/system-preset
unit soon.timer '[Timer]' 'OnActiveSec=100ms' 'AccuracySec=1ms' 'Unit=job.service'
echo 'enable sleeper.service' > /etc/systemd/system-preset/10-test.preset
must systemctl daemon-reload
printf '%s\n' '# listed' sleeper.service reloads.service '  fails.service' slow.service inst@one.service 'a\x2db.service' \
  job.service job.timer soon.timer gone.service omadmd.service systemd-logind.service inst@.service '*.service' >> /etc/omadm/units.allow

say "units are read, with what systemctl says of them"
for name in sleeper.service systemd-journald.service dbus.socket job.timer; do
  is "$name ActiveState" "$(node "Services/$name/ActiveState")" "$(systemctl show -p ActiveState --value "$name")"
  is "$name SubState" "$(node "Services/$name/SubState")" "$(systemctl show -p SubState --value "$name")"
  is "$name UnitFileState" "$(node "Services/$name/UnitFileState")" "$(systemctl show -p UnitFileState --value "$name")"
done
is "Description" "$(node Services/dbus.socket/Description)" "$(systemctl show -p Description --value dbus.socket)"
is "LoadState" "$(node Services/dbus.socket/LoadState)" loaded
contains "$(omadmctl get $S)" 'a\x2db.service'
fails_with "no such node" omadmctl get "$S/no-such.service/State"
fails_with "no such node" omadmctl get "$S/gone.service/State"
fails_with "no such node" omadmctl get "$S/syslog.target/State"

say "a unit of the list is started, asked how it is, restarted and stopped"
must omadmctl exec $S/sleeper.service/Operations/Start
must systemctl -q is-active sleeper
is State "$(node Services/sleeper.service/State)" running
is Result "$(node Services/sleeper.service/Result)" success
is MainPID "$(node Services/sleeper.service/MainPID)" "$(systemctl show -p MainPID --value sleeper)"
since=$(date -u -d "$(systemctl show -p ActiveEnterTimestamp --value sleeper)" +%Y%m%dT%H%M%SZ)
is ActiveEnterTime "$(node Services/sleeper.service/ActiveEnterTime)" "$since"
for counter in CPUUsageNSec MemoryCurrent TasksCurrent IPIngressBytes IPEgressBytes IOReadBytes IOWriteBytes; do
  is $counter "$(node Services/sleeper.service/Resources/$counter | tr -d 0-9 | sed 's/.*no such node.*//')" ""
done
[ "$(omadmctl get $S/sleeper.service/Resources | wc -l)" -ge 1 ] || fail "nothing is counted"
pid=$(node Services/sleeper.service/MainPID)
must omadmctl exec $S/sleeper.service/Operations/Restart
[ "$(node Services/sleeper.service/MainPID)" != "$pid" ] || fail "it was not restarted"
must omadmctl exec $S/sleeper.service/Operations/Stop
must_not systemctl -q is-active sleeper
set_node Services/sleeper.service/State running
set_node Services/sleeper.service/State stopped
must_not systemctl -q is-active sleeper
must omadmctl exec "$S/a%5Cx2db.service/Operations/Start"
must systemctl -q is-active 'a\x2db.service'
must omadmctl exec $S/inst@one.service/Operations/Start
must systemctl -q is-active inst@one.service
must omadmctl exec $S/reloads.service/Operations/Start
must omadmctl exec $S/reloads.service/Operations/Reload
[ -e /run/reloaded ] || fail "it was not reloaded"

say "a unit is enabled, disabled, masked and preset by the helper"
set_node Services/sleeper.service/Enabled true
is enabled "$(systemctl is-enabled sleeper)" enabled
must_not systemctl -q is-active sleeper
set_node Services/sleeper.service/Enabled false
is disabled "$(systemctl is-enabled sleeper)" disabled
must omadmctl exec $S/sleeper.service/Operations/Preset
is preset "$(systemctl is-enabled sleeper)" enabled
set_node Services/sleeper.service/Masked true
is masked "$(systemctl is-enabled sleeper)" masked
fails_with 'masked' omadmctl exec $S/sleeper.service/Operations/Start
set_node Services/sleeper.service/Masked false
is "as before" "$(systemctl is-enabled sleeper)" enabled
set_node Services/inst@one.service/Enabled true
is "an instance" "$(systemctl is-enabled inst@one.service)" enabled

say "operations fail as the machine does"
fails_with "is not listed in" omadmctl exec $S/other.service/Operations/Start
fails_with "is not listed in" omadmctl set $S/other.service/Enabled true
fails_with "cannot be managed" omadmctl exec $S/omadmd.service/Operations/Stop
fails_with "cannot be managed" omadmctl set $S/systemd-logind.service/Masked true
fails_with "ended with 'failed'" omadmctl exec $S/fails.service/Operations/Start
is "a failed Exec" "$(systemctl is-failed fails)" failed
systemctl reset-failed fails
fails_with "ended with 'failed'" omadmctl set $S/fails.service/State running
is "what was not done leaves nothing" "$(systemctl show -p ActiveState --value fails)" inactive
fails_with "not applicable" omadmctl exec $S/sleeper.service/Operations/Reload
fails_with "no section [Install]" omadmctl set $S/reloads.service/Enabled true
fails_with "not a permitted one" omadmctl set $S/sleeper.service/State asleep
systemctl stop omadm-unit-files
must systemctl mask --runtime omadm-unit-files 2> /dev/null
fails_with "The service org.omadm.UnitFiles1 is not there" omadmctl set $S/sleeper.service/Enabled false
must systemctl unmask --runtime omadm-unit-files 2> /dev/null
set_node Services/sleeper.service/Enabled false

say "a job that takes long goes on while others work, and survives systemd's own restart"
omadmctl set $S/slow.service/State running > /run/slow.log 2>&1 &
setting=$!
eventually activating systemctl show -p ActiveState --value slow
must systemctl daemon-reexec
touch /run/go
wait $setting || fail "$(cat /run/slow.log)"
is slow "$(node Services/slow.service/SubState)" exited

say "timers of the list"
T=$V/Tasks/job.timer
is tasks "$(omadmctl get $V/Tasks | sort | xargs)" "job.timer soon.timer"
is Unit "$(omadmctl get $T/Unit)" job.service
contains "$(omadmctl get $T/OnCalendar)" "Mon *-*-* 04:00:00"
is Persistent "$(omadmctl get $T/Persistent)" true
is NextRun "$(omadmctl get $T/NextRun)" ""
set_node Tasks/job.timer/Enabled true
set_node Tasks/job.timer/State running
must systemctl -q is-active job.timer
contains "$(omadmctl get $T/NextRun)" T040000Z
must omadmctl exec $T/Operations/Run
[ -e /run/job-ran ] || fail "it did not run"
set_node Tasks/job.timer/State stopped
is LastRun "$(omadmctl get $T/LastRun)" ""
set_node Tasks/soon.timer/State running
eventually yes sh -c "systemctl show -p LastTriggerUSec --value soon.timer | grep -q : && echo yes"
last=$(date -u -d "$(systemctl show -p LastTriggerUSec --value soon.timer)" +%Y%m%dT%H%M%SZ)
is LastRun "$(node Tasks/soon.timer/LastRun)" "$last"

say "nothing went wrong that nobody asked for"
is warnings "$(journalctl _SYSTEMD_UNIT=omadmd.service --no-pager -o cat -p warning)" ""
exit 0
