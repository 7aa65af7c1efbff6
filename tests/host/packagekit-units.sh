#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016,SC2154
# Packages, repositories, policy and jobs as nodes: done, undone, refused, and what others do with dpkg.
# repository
# host: --veth
. /srv/host/packagekit-lib

say "packages, as nodes: undone with their unit of work, or refused"
must apt-get -qq -y install needs-tiny > /dev/null 2>&1
must nm-online -q -t 20
in=./Vendor/Omadm/Packages/Installed
session "$(delete $in/needs-tiny)" "$(delete $in/tiny)"
is "removed" "$(version needs-tiny) $(version tiny)" "none none"
session "$(add $in/needs-tiny)"
contains "$results" "$in/needs-tiny\",\"code\":200"
is "installed" "$(version needs-tiny) $(version tiny)" "ii 1.0 ii 2.0"
repository=$(omadmctl tree ./Vendor/Omadm/Update/Repositories | sed -n '/ID.*unsigned/{x;p};x' | tr -dc 0-9a-f)
enabled=./Vendor/Omadm/Update/Repositories/$repository/Enabled
policy=./Vendor/Omadm/Update/Policy
session "$(atomic "$(delete $in/needs-tiny)" "$(put "$enabled" false bool)" "$(put $policy/OnlySecurity true bool)" \
  "$(put ./DevInfo/Man x)")"
contains "$results" '"command":"Atomic","code":507'
is "after an Atomic that failed" "$(version needs-tiny) $(value "$enabled") $(value $policy/OnlySecurity)" "ii 1.0 true false"
session "$(atomic "$(delete $in/needs-tiny)" "$(put "$enabled" false bool)" "$(put $policy/OnlySecurity true bool)")"
is "after an Atomic" "$(version needs-tiny) $(value "$enabled") $(value $policy/OnlySecurity)" "none false true"
must grep -q '^# *deb .*unsigned' /etc/apt/sources.list.d/strange.list
session "$(put "$enabled" true bool)" "$(put $policy/OnlySecurity false bool)" "$(put $policy/Schedule 25:00)" "$(get "$enabled")"
contains "$results" '/Schedule","code":500'
contains "$results" '"data":"true"'
session "$(atomic "$(put "$enabled" false bool)" "$(put $policy/OnlySecurity true bool)" "$(add $in/needs-tiny)" "$(add $in/broken)")"
contains "$results" '"command":"Atomic","code":507'
is "after an Atomic with one that cannot be configured" "$(version needs-tiny) $(version broken)" "none none"
is "what was undone with it" "$(value "$enabled") $(value $policy/OnlySecurity)" "true false"
dpkg --purge broken > /dev/null 2>&1
dpkg -i /srv/repository/stranger/*.deb > /dev/null
session "$(delete $in/by-stranger)" "$(add $in/nobody-signed)" "$(add $in/there-is-none)"
contains "$results" "$in/by-stranger\",\"code\":405"
contains "$results" "$in/there-is-none\",\"code\":404"
is "what could not come back, or is not signed" "$(version by-stranger) $(version nobody-signed)" "ii 1.0 none"
session "$(atomic "$(add $in/needs-tiny)" '{"command":"Exec","uri":"./Vendor/Omadm/Update/Scan"}')"
is "an Exec in an Atomic" "$(version needs-tiny)" none

say "Get, Replace, Get"
session "$(get $policy/Schedule)" "$(put $policy/Schedule 'Sat 04:30')" "$(get $policy/Schedule)" "$(put $policy/Schedule 03:00)"
contains "$results" '"data":"03:00"'
contains "$results" '"data":"Sat04:30"'
session "$(get "./Vendor/Omadm/Update?list=StructData")" "$(get "./SCOMO/Download?list=StructData")"
contains "$results" '"uri":"./Vendor/Omadm/Update/Policy/Schedule"'

say "updates: scan, policy, installation"
dpkg --purge tiny > /dev/null 2>&1
must apt-get -qq -y install tiny=1.0 > /dev/null 2>&1
runs ./Vendor/Omadm/Update/Scan 1200
is update "$(value ./Vendor/Omadm/Update/Updates/tiny/Version)" 2.0
[ -n "$(value ./Vendor/Omadm/Update/LastScan)" ] || fail LastScan
is RestartRequired "$(value ./Vendor/Omadm/Update/RestartRequired)" false
touch /run/reboot-required
is RestartRequired "$(value ./Vendor/Omadm/Update/RestartRequired)" true
apt-mark hold omadm libomadm-1-0 omadm-testserver > /dev/null 2>&1
session "$(put $policy/Automatic true bool)"
[ -n "$(value $policy/Next)" ] || fail "no time is set"
systemctl stop omadmd
sed -i 's/^Next=.*/Next=1/' /var/lib/omadm/plugin-data/packagekit/state
restart
until_true sh -c '[ "$(dpkg-query -W -f="\${Version}" tiny)" = 2.0 ]'
until_true sh -c '[ -n "$(omadmctl get ./Vendor/Omadm/Update/LastInstall)" ]'
session "$(put $policy/Automatic false bool)"
apt-mark unhold omadm libomadm-1-0 omadm-testserver > /dev/null 2>&1

say "Windows' door: a job, its failure, and the product's removal"
dpkg --purge tiny > /dev/null 2>&1
serve_files
msi=./Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7Bf5645004-3214-46ea-92c2-48835689da06%7D
job() {
  echo "<MsiInstallJob id='{f5645004}'><Product Version='1'><Download><ContentURLList><ContentURL>$1</ContentURL></ContentURLList></Download><Validation><FileHash>$2</FileHash></Validation><Enforcement><CommandLine>/q</CommandLine><TimeOut>5</TimeOut><RetryCount>0</RetryCount><RetryInterval>1</RetryInterval></Enforcement></Product></MsiInstallJob>"
}
exec_job() {                            # exec_job JOB RESULT
  correlator=$((correlator + 1))
  session "{\"command\":\"Exec\",\"uri\":\"$msi/DownloadInstall\",\"correlator\":\"c$correlator\",\"format\":\"xml\",\"data\":\"$1\"}"
  contains "$results" '/DownloadInstall","code":202'
  told "$2"
}
good=$(sha256sum < /srv/www/good.deb | cut -d' ' -f1)
session "$(add $msi)" "{\"command\":\"Add\",\"uri\":\"$msi/DownloadInstall\",\"format\":\"xml\",\"data\":\"\"}"
exec_job "$(job http://127.0.0.1:8000/good.deb "${good//[0-9]/0}")" 1407
is "Status, LastError" "$(value $msi/Status) $(value $msi/LastError)" "30 1407"
exec_job "$(job http://127.0.0.1:8000/good.deb "$good")" 0
is "needs-tiny" "$(version needs-tiny)" "ii 1.0"
is "Status, LastError, Name" "$(value $msi/Status) $(value $msi/LastError) $(value $msi/Name)" "70 0 needs-tiny"
session "{\"command\":\"Exec\",\"uri\":\"$msi/DownloadInstall\",\"format\":\"xml\",\"data\":\"<a/>\"}" "$(delete $msi)"
contains "$results" '/DownloadInstall","code":400'
is "needs-tiny" "$(version needs-tiny)" none

say "somebody else holds the lock for a while"
perl -e 'use Fcntl; open(my $f, "+<", "/var/lib/dpkg/lock-frontend") or die;
  my $lock = pack("sslll", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $lock) or die; sleep 11' &
sleep 0.2
downloads locked apt:needs-tiny 1200

say "what others do with dpkg is in the tree at once"
omadmctl get ./Vendor/Omadm/Packages/Count > /dev/null
dpkg --purge needs-tiny > /dev/null 2>&1
must_not omadmctl get $in/needs-tiny/Version
must_not omadmctl get ./SCOMO/Inventory/Deployed/needs-tiny/Version
must apt-get -qq -y install needs-tiny > /dev/null 2>&1
is needs-tiny "$(value ./SCOMO/Inventory/Deployed/needs-tiny/Version)" 1.0
rm /etc/apt/sources.list.d/strange.list
must_not omadmctl get "$enabled"

say "it was user omadm without a capability, and no secret or complaint is in the log"
must_not grep -qE 's3cret|CRITICAL' <<< "$(journalctl -u omadmd --no-pager -o cat)"
exit 0
