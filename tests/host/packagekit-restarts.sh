#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016,SC2154
# What is installed restarts or kills what installs it: it ends all the same, and is told once.
# repository
# host: --veth
. /srv/host/packagekit-lib

must nm-online -q -t 20

say "PackageKit is killed in the middle"
correlator=$((correlator + 1))
session "$(add ./SCOMO/Download/slow)" "$(put ./SCOMO/Download/slow/PkgURL apt:slow)"
session "{\"command\":\"Exec\",\"uri\":\"./SCOMO/Download/slow/Operations/DownloadInstall\",\"correlator\":\"c$correlator\"}"
until_true pgrep -f slow.postinst
is Status "$(value ./SCOMO/Download/slow/Status)" 50
systemctl kill -s KILL packagekit
told 1200
is slow "$(version slow)" "ii 1.0"
downloads killer apt:killer 1200
is killer "$(version killer)" "ii 1.0"

say "PackageKit or the daemon is killed in the middle of a unit of work: it is undone"
in=./Vendor/Omadm/Packages/Installed
session "$(delete $in/slow)"
is slow "$(version slow)" none
curl -sf -X DELETE "$device/results" > /dev/null
curl -sf -d "[$(add $in/slow)]" "$device/commands" > /dev/null
omadmctl sync trial > /dev/null &
until_true pgrep -f slow.postinst
systemctl kill -s KILL packagekit
wait $!
contains "$(curl -sf "$device/results" | tr -d ' \n')" "$in/slow\",\"code\":500"
is "after PackageKit was killed" "$(version slow)" none
omadmctl add $in/slow > /dev/null 2>&1 &
until_true pgrep -f slow.postinst
systemctl kill -s KILL omadmd
wait $!
until_true systemctl -q is-active omadmd
until_true sh -c '! dpkg-query -W slow'
until_true sh -c "! omadmctl status | grep -qi 'could not be undone'"

say "what takes the daemon too long is undone when PackageKit has done it"
printf '[Daemon]\nOperationTimeout=2\n' > /etc/omadm/omadm.conf.d/patience.conf
restart
must_not omadmctl add $in/slow
until_true sh -c '! dpkg-query -W slow'
must_not omadmctl get $in/slow/Version
rm /etc/omadm/omadm.conf.d/patience.conf
restart

say "the daemon, PackageKit and NetworkManager are restarted by what is installed"
before=$(systemctl show -p MainPID --value omadmd)
downloads restarter apt:restarter 1200
is restarter "$(version restarter)" "ii 1.0"
until_true sh -c "[ \$(systemctl show -p MainPID --value omadmd) != $before ] && systemctl -q is-active omadmd"
omadmctl sync trial > /dev/null
told 1200

say "the daemon updates itself, and tells of it once"
own=$(dpkg-query -W -f='${Version}' omadm)
correlator=$((correlator + 1))
session '{"command":"Exec","uri":"./Vendor/Omadm/Update/InstallAll","correlator":"c'$correlator'"}'
contains "$results" '/InstallAll","code":202'
until_true sh -c "[ \"\$(dpkg-query -W -f='\${Version}' omadm)\" = '$own+1' ] && systemctl -q is-active omadmd"
told 1200
omadmctl sync trial > /dev/null
told 1200
is "its version" "$(version omadm)" "ii $own+1"

say "it was user omadm without a capability, and no secret or complaint is in the log"
must_not grep -qE 's3cret|CRITICAL' <<< "$(journalctl -u omadmd --no-pager -o cat)"
exit 0
