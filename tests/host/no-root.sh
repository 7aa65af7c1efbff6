# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016,SC2317
# host: --veth
# What the polkit rules of all plugins grant user omadm is no way to root: who has taken over the daemon gets nothing
# but what is granted.  Each attempt is a process of that user's own; beside it a granted call shows that the attempt
# failed for what it was, and not because nothing works.
. /srv/host/lib.sh

as_omadm() { setpriv --reuid omadm --regid omadm --init-groups "$@" < /dev/null; }
manager() { as_omadm busctl --timeout=10 call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager "$@"; }
helper() { as_omadm busctl --timeout=10 call org.omadm.UnitFiles1 /org/omadm/UnitFiles1 org.omadm.UnitFiles1 "$@"; }
setting() {                             # setting hostname1 METHOD...
  local name=$1
  shift
  as_omadm busctl --timeout=10 call "org.freedesktop.$name" "/org/freedesktop/$name" "org.freedesktop.$name" "$@"
}
login() { as_omadm busctl --timeout=10 call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager "$@"; }
# denied COMMAND...: it fails for want of a right
denied() {
  local said
  said=$("$@" 2>&1) && fail "it must be denied: $*"
  grep -qiE 'interactive authentication required|access denied|not authorized|permission denied|not allowed|insufficient privileges|cannot be managed|is not listed|authentication required|obtain authentication|not privileged' \
    <<< "$said" || fail "'$*' failed for another reason: $said"
}
# fails COMMAND...: it fails, for whatever reason
fails() { if "$@" > /dev/null 2>&1; then fail "it must fail: $*"; fi; }

cat > /tmp/evil.sh <<'SH'
#!/bin/sh
touch /run/owned
SH
chmod 0755 /tmp/evil.sh
printf '[Service]\nExecStart=/tmp/evil.sh\n[Install]\nWantedBy=multi-user.target\n' > /tmp/evil.service
chmod 0666 /tmp/evil.service /tmp/evil.sh
chown omadm /tmp/evil.service /tmp/evil.sh
chmod 0755 /tmp/evil.sh

for name in listed unlisted "inst@"; do
  unit $name.service '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
done
must systemctl daemon-reload
reserved="omadmd.service omadm-unit-files.service dbus.service dbus.socket systemd-journald.service polkit.service
  debug-shell.service rescue.service emergency.service user@0.service"
# shellcheck disable=SC2086  # words on purpose
printf '%s\n' listed.service inst@one.service $reserved multi-user.target inst@.service /tmp/evil.service \
  ../../../tmp/evil.service '*' '*.service' -- '' > /etc/omadm/units.allow

say "what is granted works"
is "who asks" "$(as_omadm id -un)" omadm
must manager StartUnit ss listed.service replace > /dev/null
must manager RestartUnit ss listed.service replace > /dev/null
must manager ResetFailedUnit s listed.service > /dev/null
must manager StopUnit ss listed.service replace > /dev/null
must manager StartUnit ss inst@one.service replace > /dev/null
must helper Enable as 1 listed.service
is enabled "$(systemctl is-enabled listed)" enabled
must helper Disable as 1 listed.service
must setting hostname1 SetStaticHostname sb edge.example false
must setting timedate1 SetTimezone sb Europe/Vienna false
must setting locale1 SetLocale asb 1 LANG=C.UTF-8 false
is "can reboot" "$(login CanReboot)" 's "yes"'

say "units that are not listed, and those that never are"
for method in StartUnit StopUnit RestartUnit ReloadUnit ReloadOrRestartUnit TryRestartUnit; do
  denied manager $method ss unlisted.service replace
done
for name in $reserved multi-user.target; do
  denied manager StopUnit ss "$name" replace
  denied manager StartUnit ss "$name" replace
  denied helper Mask as 1 "$name"
done
denied manager StopUnit ss omadmd.service replace
denied manager StartUnit ss reboot.target replace-irreversibly
fails manager StartUnit ss listed.service isolate

say "more than was granted to a listed unit"
must manager StartUnit ss listed.service replace > /dev/null
denied manager KillUnit ssi listed.service all 9
denied manager SetUnitProperties 'sba(sv)' listed.service true 1 Description s evil
denied manager ReloadOrRestartUnit ss listed.service replace
denied manager FreezeUnit s listed.service
denied manager CleanUnit sas listed.service 1 state
denied manager BindMountUnit sssbb listed.service /tmp /mnt false true
fails manager AttachProcessesToUnit ssau listed.service "" 1 $$

say "units and settings of one's own"
denied manager StartTransientUnit 'ssa(sv)a(sa(sv))' evil.service replace 1 ExecStart 'a(sasb)' 1 /tmp/evil.sh 1 /tmp/evil.sh false 0
denied manager LinkUnitFiles asbb 1 /tmp/evil.service false false
denied manager EnableUnitFiles asbb 1 /tmp/evil.service false false
denied manager EnableUnitFiles asbb 1 listed.service false false
denied manager DisableUnitFiles asb 1 listed.service false
denied manager MaskUnitFiles asbb 1 unlisted.service false false
denied manager UnmaskUnitFiles asb 1 unlisted.service false
denied manager PresetUnitFiles asbb 1 listed.service false false
denied manager PresetAllUnitFiles sbb full false false
denied manager RevertUnitFiles as 1 listed.service
denied manager AddDependencyUnitFiles asssbb 1 listed.service multi-user.target Wants false false
denied manager SetDefaultTarget sb rescue.target true
denied manager SetEnvironment as 1 LD_PRELOAD=/tmp/evil.so
denied manager UnsetEnvironment as 1 PATH
denied manager Reload
denied manager Reexecute
denied manager SwitchRoot ss /tmp /tmp/evil.sh
denied as_omadm systemd-run --no-ask-password /tmp/evil.sh

say "the helper takes names of listed units only, from omadm and root only"
denied helper Enable as 1 unlisted.service
denied helper Enable as 2 listed.service unlisted.service
denied helper Enable as 1 /tmp/evil.service
denied helper Enable as 1 ../../../tmp/evil.service
denied helper Enable as 1 inst@.service
denied helper Enable as 1 '*'
denied helper Enable as 1 ''
fails helper Enable as 0
is "none of them" "$(systemctl is-enabled listed unlisted 2> /dev/null | xargs)" "disabled disabled"
useradd -m joe
denied runuser -u joe -- busctl --timeout=10 call org.omadm.UnitFiles1 /org/omadm/UnitFiles1 org.omadm.UnitFiles1 \
  Enable as 1 listed.service
denied as_omadm busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus RequestName \
  su org.omadm.UnitFiles1 4
pid=$(systemctl show -p MainPID --value omadm-unit-files)
contains "$(grep CapBnd "/proc/$pid/status")" 0000000000000000
must_not nsenter -t "$pid" -m test -w /etc
must_not nsenter -t "$pid" -m test -w /usr
must_not nsenter -t "$pid" -m test -e /run/systemd/private
for unit in omadmd omadm-unit-files; do
  score=$(systemd-analyze security --no-pager $unit | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
  echo "security score of $unit: $score"
  awk -v s="$score" 'BEGIN { exit !(s != "" && s <= 1.5) }' || fail "score $score"
done

say "odd values stay values"
as_omadm busctl call org.freedesktop.hostname1 /org/freedesktop/hostname1 org.freedesktop.hostname1 SetLocation sb \
  '$(touch /run/owned)`touch /run/owned`";touch /run/owned;"' false > /dev/null
fails setting hostname1 SetPrettyHostname sb $'a\nPATH=/tmp' false
fails setting hostname1 SetStaticHostname sb '$(touch /run/owned)' false
fails setting hostname1 SetDeployment sb '$(touch /run/owned)' false
fails setting timedate1 SetTimezone sb ../../../etc/shadow false
fails setting timedate1 SetTimezone sb /tmp/evil.sh false
fails setting locale1 SetLocale asb 1 LD_PRELOAD=/tmp/evil.so false
fails setting locale1 SetLocale asb 1 'LANG=$(touch /run/owned)' false
as_omadm busctl call org.freedesktop.locale1 /org/freedesktop/locale1 org.freedesktop.locale1 SetX11Keyboard ssssbb \
  'us";touch /run/owned;"' '$(touch /run/owned)' '' '' false false > /dev/null 2>&1
for file in /etc/machine-info /etc/default/keyboard /etc/default/locale /etc/locale.conf /etc/hostname; do
  [ ! -e $file ] || sh -c ". $file" > /dev/null 2>&1
done
is "the link" "$(readlink -f /etc/localtime)" /usr/share/zoneinfo/Europe/Vienna

say "what else these services can do"
denied setting hostname1 GetProductUUID b false
denied setting timedate1 SetLocalRTC bbb true false false
denied login Halt b false
fails login Suspend b false
denied login SetUserLinger ubb 0 true false
fails login TerminateUser u 0
fails login KillUser ui 0 9
fails login SetRebootParameter s evil
fails login SetRebootToFirmwareSetup b true
denied login Inhibit ssss shutdown evil evil block

say "packages of one's own"
mkdir -p /tmp/evil/DEBIAN
printf 'Package: evil\nVersion: 1\nArchitecture: all\nMaintainer: e <e@e.example>\nDescription: evil\n' > /tmp/evil/DEBIAN/control
install -m 0755 /tmp/evil.sh /tmp/evil/DEBIAN/postinst
must dpkg-deb -b /tmp/evil /tmp/evil.deb > /dev/null
chmod 0644 /tmp/evil.deb
# The first is asked for as one with a signature, and as one without when there is none.
denied as_omadm pkcon --plain --noninteractive install-local /tmp/evil.deb
denied as_omadm pkcon --plain --noninteractive --allow-untrusted install-local /tmp/evil.deb
fails as_omadm pkcon --plain --noninteractive repo-set-data evil url file:/tmp/evil
must_not dpkg-query -W evil

say "connections that would run or read something as root"
nm() { as_omadm busctl --timeout=10 call org.freedesktop.NetworkManager "$@"; }
NM=org.freedesktop.NetworkManager
printf '[connection]\nid=evil\ntype=ethernet\nuuid=11111111-2222-3333-4444-555555555555\n' > /tmp/evil.nmconnection
chown omadm /tmp/evil.nmconnection
fails nm /org/freedesktop/NetworkManager/Settings $NM.Settings LoadConnections as 1 /tmp/evil.nmconnection
denied nm /org/freedesktop/NetworkManager/Settings $NM.Settings ReloadConnections
denied nm /org/freedesktop/NetworkManager/Settings $NM.Settings SaveHostname s evil
denied nm /org/freedesktop/NetworkManager $NM Reload u 0
denied nm /org/freedesktop/NetworkManager $NM Sleep b true
denied nm /org/freedesktop/NetworkManager $NM Enable b false
denied nm /org/freedesktop/NetworkManager $NM SetLogging ss TRACE ALL
if [ -e /usr/share/polkit-1/rules.d/omadm-networkmanager.rules ]; then
  added=$(nm /org/freedesktop/NetworkManager/Settings $NM.Settings AddConnection2 'a{sa{sv}}ua{sv}' 1 \
    connection 3 id s granted type s 802-3-ethernet uuid s 11111111-2222-3333-4444-666666666666 2 0) \
    || fail "the granted call"
  contains "$added" /Settings/
  # A VPN whose program would run a script: there is no way from a profile to it.
  nm /org/freedesktop/NetworkManager/Settings $NM.Settings AddConnection2 'a{sa{sv}}ua{sv}' 2 \
    connection 3 id s evilvpn type s vpn uuid s 11111111-2222-3333-4444-777777777777 \
    vpn 2 service-type s org.freedesktop.NetworkManager.openvpn \
    data 'a{ss}' 3 remote vpn.example up /tmp/evil.sh script-security 2 2 0 > /dev/null 2>&1
  fails as_omadm nmcli --wait 5 connection up evilvpn
else
  denied nm /org/freedesktop/NetworkManager/Settings $NM.Settings AddConnection2 'a{sa{sv}}ua{sv}' 1 \
    connection 3 id s evil type s 802-3-ethernet uuid s 11111111-2222-3333-4444-666666666666 2 0
fi

say "no action is granted but those of the rules, and what those imply"
sleep infinity &
setpriv --reuid omadm --regid omadm --clear-groups sleep infinity &
mine=$!
setpriv --reuid joe --regid joe --clear-groups sleep infinity &
others=$!
granted() {                             # granted PID USER: actions that a process has without a password
  local action
  for action in $(pkaction); do
    pkcheck --action-id "$action" --process "$1,$(cut -d' ' -f22 "/proc/$1/stat"),$(id -u "$2")" > /dev/null 2>&1 && echo "$action"
  done
}
for ((i = 0; i < 50; i++)); do [ "$(ps -o user= -p $others)$(ps -o user= -p $mine)" = joeomadm ] && break; sleep 0.1; done
more=$(comm -23 <(granted $mine omadm | sort) <(granted $others joe | sort))
named=$(grep -hoE '"org\.[A-Za-z0-9.-]+"' /usr/share/polkit-1/rules.d/omadm-*.rules | tr -d '"' | sort -u)
for action in $more; do
  grep -qxF "$action" <<< "$named" && continue
  case $action in
    # implied by set-static-hostname and by reboot, says the services' own policy
    org.freedesktop.hostname1.set-hostname|org.freedesktop.login1.set-wall-message) ;;
    *) fail "$action is granted and named nowhere" ;;
  esac
done
contains "$more" org.freedesktop.hostname1.set-static-hostname
if [ -e /usr/share/polkit-1/rules.d/omadm-packagekit.rules ]; then
  contains "$more" org.freedesktop.packagekit.package-install
fi
must_not grep -E 'manage-unit-files|manage-units|install-untrusted|trust-signing-key|policykit.exec|set-environment|reload-daemon' <<< "$more"
kill "$mine" "$others" %1

say "nobody came to be root"
[ ! -e /run/owned ] || fail "something of omadm's ran as root"
must_not systemctl -q is-active evil.service
[ ! -e /etc/systemd/system/evil.service ] || fail "a unit of omadm's is there"
must systemctl -q is-active omadmd dbus polkit systemd-logind
exit 0
