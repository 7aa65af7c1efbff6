#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# Packages through the real PackageKit, by a server's sessions, as user omadm: SCOMO, updates, Windows' door.
# repository
# host: --veth
. /srv/host/lib.sh

version() { dpkg-query -W -f='${db:Status-Abbrev}${Version}' "$1" 2> /dev/null || echo none; }
until_true() {                          # until_true COMMAND...: within 20 s
  local i
  for ((i = 0; i < 200; i++)); do "$@" > /dev/null 2>&1 && return; sleep 0.1; done
  fail "it did not become true: $*"
}

say "a machine with signed, unsigned and strange repositories, and a network"
ip netns exec outside dnsmasq --no-daemon --port=0 --interface=eth0 --bind-interfaces --pid-file= \
  --dhcp-range=198.51.100.50,198.51.100.90,120 --dhcp-leasefile=/tmp/leases 2> /dev/null &
install -m 0644 /srv/repository/key.asc /etc/apt/keyrings/trial.asc
cat > /etc/apt/sources.list.d/trial.list <<'LIST'
deb [signed-by=/etc/apt/keyrings/trial.asc] file:/srv/repository/signed ./
LIST
cat > /etc/apt/sources.list.d/strange.list <<'LIST'
deb [allow-insecure=yes] file:/srv/repository/unsigned ./
deb [allow-insecure=yes] file:/srv/repository/stranger ./
LIST
must apt-get -qq update 2> /dev/null
printf '[plugin packagekit]\nDownloadTries=1\n' > /etc/omadm/omadm.conf.d/packagekit.conf
restart
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH
enrol trial --url http://127.0.0.1:18080/dm --allow-http
device=http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)

# session JSON-COMMANDS...: results then has what the server got in it
session() {
  local IFS=,
  curl -sf -X DELETE "$device/results" > /dev/null
  curl -sf -d "[$*]" "$device/commands" > /dev/null || fail "the server refuses: $*"
  must omadmctl sync trial > /dev/null
  results=$(curl -sf "$device/results" | tr -d '\n' | sed 's/ \+//g')
}
add() { echo "{\"command\":\"Add\",\"uri\":\"$1\",\"format\":\"node\"}"; }
put() { echo "{\"command\":\"Replace\",\"uri\":\"$1\",\"format\":\"${3:-chr}\",\"data\":\"$2\"}"; }
get() { echo "{\"command\":\"Get\",\"uri\":\"$1\"}"; }
delete() { echo "{\"command\":\"Delete\",\"uri\":\"$1\"}"; }
atomic() { local IFS=,; echo "{\"command\":\"Atomic\",\"commands\":[$*]}"; }
correlator=0
# runs NODE RESULT: Exec is accepted, and the one alert about it says RESULT
runs() {
  local said
  correlator=$((correlator + 1))
  session "{\"command\":\"Exec\",\"uri\":\"$1\",\"correlator\":\"c$correlator\"}"
  contains "$results" '"command":"Exec","uri":"'"$1"'","code":202'
  told "$2"
}
told() {
  local said mark="\"correlator\":\"c$correlator\""
  until_true sh -c "curl -sf $device/results | tr -d ' ' | grep -q '$mark'"
  said=$(curl -sf "$device/results" | tr -d '\n' | sed 's/ \+//g')
  contains "${said#*"$mark"}" "\"data\":\"$1\""
  is "alerts about c$correlator" "$(grep -o "$mark" <<< "$said" | wc -l)" 1
}
# downloads X URL RESULT [OPERATION]
downloads() {
  session "$(add "./SCOMO/Download/$1")" "$(put "./SCOMO/Download/$1/PkgURL" "$2")" "$(put "./SCOMO/Download/$1/PkgID" "id-$1")"
  contains "$results" '/PkgURL","code":200'
  runs "./SCOMO/Download/$1/Operations/${4:-DownloadInstall}" "$3"
}
value() { omadmctl get "$1"; }

say "SCOMO: the inventory is dpkg's"
is "components" "$(omadmctl get ./Vendor/Omadm/Packages/Count)" "$(dpkg-query -f '.\n' -W | wc -l)"
is "version of apt" "$(value ./SCOMO/Inventory/Deployed/apt/Version)" "$(dpkg-query -W -f='${Version}' apt)"
session "$(get ./SCOMO/Inventory/Deployed/dpkg/Version)" "$(get ./SCOMO?prop=Type)" "$(get './SCOMO/Inventory/Deployed/no-such')"
contains "$results" "\"data\":\"$(dpkg-query -W -f='${Version}' dpkg)\""
contains "$results" '"uri":"./SCOMO/Inventory/Deployed/no-such","code":404'

say "SCOMO: Download, DownloadInstall, Install, Update, Remove"
downloads one apt:tiny=1.0 1200
is tiny "$(version tiny)" "ii 1.0"
is "its package" "$(value ./SCOMO/Inventory/Deployed/tiny/PkgIDRef)" id-one
is State "$(value ./SCOMO/Inventory/Delivered/one/State)" 20
runs ./SCOMO/Inventory/Deployed/tiny/Operations/Update 1200
is tiny "$(version tiny)" "ii 2.0"
is "the package of another version" "$(value ./SCOMO/Inventory/Deployed/tiny/PkgIDRef)" ""
downloads older apt:tiny=1.0 1405
downloads two apt:needs-tiny 1200 Download
is Status "$(value ./SCOMO/Download/two/Status)" 40
is needs-tiny "$(version needs-tiny)" none
runs ./SCOMO/Inventory/Delivered/two/Operations/Install 1200
is needs-tiny "$(version needs-tiny)" "ii 1.0"
runs ./SCOMO/Inventory/Deployed/tiny/Operations/Remove 1408
is "what another depends on" "$(version tiny) $(version needs-tiny)" "ii 2.0 ii 1.0"
is Status "$(value ./SCOMO/Inventory/Deployed/tiny/Status)" 20
runs ./SCOMO/Inventory/Deployed/needs-tiny/Operations/Remove 1200
is needs-tiny "$(version needs-tiny)" none
until_true test "$(omadmctl get ./Vendor/Omadm/Packages/Installed/needs-tiny 2>&1 | grep -c 'no such')" = 1
runs ./SCOMO/Inventory/Deployed/tiny/Operations/Activate 1200
session '{"command":"Exec","uri":"./SCOMO/Inventory/Deployed/tiny/Operations/Deactivate"}'
contains "$results" '/Deactivate","code":405'
runs ./SCOMO/Inventory/Delivered/two/Operations/Remove 1200
must_not omadmctl get ./SCOMO/Inventory/Delivered/two/State

say "SCOMO: what fails is told with its code, and leaves the machine as it was"
downloads unknown apt:there-is-none 1402
downloads version apt:tiny=7.0 1402
downloads unmet apt:unmet 1405
is unmet "$(version unmet)" none
downloads broken apt:broken 1405
is Status "$(value ./SCOMO/Download/broken/Status)" 70
dpkg --purge broken > /dev/null 2>&1
downloads unsigned apt:nobody-signed 1407
downloads stranger apt:by-stranger 1407
is "untrusted packages" "$(version nobody-signed) $(version by-stranger)" "none none"
session "$(add ./SCOMO/Download/rpm)" "$(put ./SCOMO/Download/rpm/PkgURL apt:tiny)" "$(put ./SCOMO/Download/rpm/EnvType rpm)" \
  "$(put ./SCOMO/Download/rpm/PkgURL 'file:///etc/shadow')"
contains "$results" '/rpm/PkgURL","code":500'
runs ./SCOMO/Download/rpm/Operations/DownloadInstall 1413
downloads sticky apt:sticky 1200
runs ./SCOMO/Inventory/Deployed/sticky/Operations/Remove 1408
is sticky "$(version sticky)" "ii 1.0"

say "SCOMO: a file over HTTP is taken up again where the connection broke, and known by its digest"
mkdir /srv/www
cp /srv/repository/signed/needs-tiny_1.0_all.deb /srv/www/good.deb
cp /srv/repository/unsigned/*.deb /srv/www/unsigned.deb
{ cat /srv/www/good.deb; echo; } > /srv/www/changed.deb
cat > /srv/www/serve <<'SERVE'
# The first answer breaks off in the middle.
read -r _ path _
range=0
while read -r line; do
  line=${line%$'\r'}
  [ -n "$line" ] || break
  case ${line,,} in "range: bytes="*) range=${line#*=}; range=${range%-}; echo "$range" >> /srv/www/ranges ;; esac
done
file=/srv/www$path
[ -f "$file" ] || { printf 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'; exit; }
size=$(stat -c %s "$file")
printf 'HTTP/1.1 %s\r\nETag: "%s"\r\nContent-Length: %s\r\nConnection: close\r\n' \
  "$([ "$range" = 0 ] && echo '200 OK' || echo '206 Partial Content')" "$size" $((size - range))
[ "$range" = 0 ] || printf 'Content-Range: bytes %s-%s/%s\r\n' "$range" $((size - 1)) "$size"
printf '\r\n'
if [ "$range" = 0 ] && [ "$path" = /good.deb ]; then head -c 300 "$file"; else tail -c +$((range + 1)) "$file"; fi
SERVE
systemd-run --quiet --unit=www --collect -- systemd-socket-activate --inetd -a -l 127.0.0.1:8000 bash /srv/www/serve
until_true curl -sf http://127.0.0.1:8000/unsigned.deb
downloads good http://127.0.0.1:8000/good.deb 1200
is needs-tiny "$(version needs-tiny)" "ii 1.0"
is "where it went on" "$(cat /srv/www/ranges)" 300
downloads changed http://127.0.0.1:8000/changed.deb 1407
downloads other http://127.0.0.1:8000/unsigned.deb 1407
downloads missing http://127.0.0.1:8000/missing.deb 1402
downloads nobody http://127.0.0.1:1/missing.deb 1402 Download
is "what is left in the spool" "$(find /var/lib/omadm/packages -type f)" ""

say "packages, as nodes: undone with their unit of work, or refused"
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

say "updates: scan, policy, installation"
dpkg --purge tiny > /dev/null 2>&1
must apt-get -qq -y install tiny=1.0 > /dev/null
runs ./Vendor/Omadm/Update/Scan 1200
is update "$(value ./Vendor/Omadm/Update/Updates/tiny/Version)" 2.0
[ -n "$(value ./Vendor/Omadm/Update/LastScan)" ] || fail LastScan
apt-mark hold omadm libomadm-1-0 omadm-testserver > /dev/null
session "$(put $policy/Automatic true bool)"
[ -n "$(value $policy/Next)" ] || fail "no time is set"
systemctl stop omadmd
sed -i 's/^Next=.*/Next=1/' /var/lib/omadm/plugin-data/packagekit/state
restart
until_true sh -c '[ "$(dpkg-query -W -f="\${Version}" tiny)" = 2.0 ]'
until_true sh -c '[ -n "$(omadmctl get ./Vendor/Omadm/Update/LastInstall)" ]'
session "$(put $policy/Automatic false bool)"
apt-mark unhold omadm libomadm-1-0 omadm-testserver > /dev/null

say "Windows' door: a job, its failure, and the product's removal"
dpkg --purge tiny > /dev/null 2>&1
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
flock /var/lib/dpkg/lock-frontend sleep 4 &
downloads locked apt:needs-tiny 1200

say "what others do with dpkg is in the tree at once"
omadmctl get ./Vendor/Omadm/Packages/Count > /dev/null
busctl --timeout=30 monitor org.omadm.Agent1 > /run/signals 2>&1 &
monitor=$!
sleep 0.5
dpkg --purge needs-tiny > /dev/null 2>&1
must_not omadmctl get $in/needs-tiny/Version
until_true grep -q 'Installed/needs.*tiny' /run/signals
kill $monitor

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
