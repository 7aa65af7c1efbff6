# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# The installed service runs without privileges, in a tight sandbox, and polkit guards it.
. /srv/host/lib.sh

say "it is started at boot and by D-Bus activation"
must systemctl -q is-enabled omadmd
must systemctl -q is-active omadmd
is "starts again" "$(systemctl show -p NRestarts --value omadmd)" 0
must systemctl stop omadmd
must busctl call org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1 GetStatus > /dev/null
# It answers by the bus before systemd, by another way, hears that it is ready.
eventually active systemctl is-active omadmd

say "files have the right owners"
owners=$(stat -c '%a %U:%G %n' /etc/omadm /etc/omadm/accounts.d /etc/omadm/bootstrap.d /etc/omadm/ddf.d /etc/omadm/omadm.conf.d \
  /etc/omadm/omadm.conf /var/lib/omadm)
is owners "$owners" "755 root:root /etc/omadm
750 root:omadm /etc/omadm/accounts.d
750 root:omadm /etc/omadm/bootstrap.d
755 root:root /etc/omadm/ddf.d
755 root:root /etc/omadm/omadm.conf.d
644 root:root /etc/omadm/omadm.conf
700 omadm:omadm /var/lib/omadm"
contains "$(dpkg-query -W -f='${Conffiles}' omadm)" /etc/omadm/omadm.conf

say "it is user omadm with no capability"
pid=$(systemctl show -p MainPID --value omadmd)
contains "$(ps -o user= -p "$pid")" omadm
contains "$(grep CapBnd "/proc/$pid/status")" 0000000000000000
contains "$(grep CapEff "/proc/$pid/status")" 0000000000000000
contains "$(grep NoNewPrivs "/proc/$pid/status")" 1

say "systemd-analyze security is at most 1.5"
score=$(systemd-analyze security --no-pager omadmd | sed -n 's/.*Overall exposure level for omadmd.service: \([0-9.]*\).*/\1/p')
echo "security score: $score"
awk -v s="$score" 'BEGIN { exit !(s != "" && s <= 1.5) }' || fail "score $score"

say "DevInfo and DevDetail are this machine's"
contains "$(omadmctl get ./DevInfo/DevId)" urn:uuid:
is "the device id" "$(omadmctl get DevInfo/DevId)" "$(omadmctl get ./DevInfo/DevId)"
must_not grep -q "$(cut -c1-8 /etc/machine-id)" <<< "$(omadmctl get ./DevInfo/DevId)"
contains "$(omadmctl get ./DevDetail/SwV)" debian
for leaf in DevInfo/Man DevInfo/Mod DevInfo/DmV DevInfo/Lang DevDetail/DevTyp DevDetail/OEM DevDetail/FwV DevDetail/HwV; do
  [ -n "$(omadmctl get "./$leaf")" ] || fail "$leaf is empty"
done
must localectl set-locale LANG=C.UTF-8
is language "$(omadmctl get ./DevInfo/Lang)" en

say "hostnamed is asked out of the sandbox"
printf 'HARDWARE_VENDOR=Example Works\nHARDWARE_MODEL=Example 3000\n' > /etc/machine-info
systemctl stop systemd-hostnamed
restart
is vendor "$(omadmctl get ./DevInfo/Man)" "Example Works"
is model "$(omadmctl get ./DevInfo/Mod)" "Example 3000"

say "the tree is on the bus at any depth"
tree=$(busctl tree --list org.omadm.Agent1)
contains "$tree" /org/omadm/Agent1/tree/DevDetail/URI/MaxDepth
contains "$(busctl introspect org.omadm.Agent1 /org/omadm/Agent1/tree/DevInfo/DevId)" org.omadm.Agent1.Node
contains "$(gdbus call --system -d org.omadm.Agent1 -o /org/omadm/Agent1/tree/DevInfo/DevId -m org.omadm.Agent1.Node.Get)" urn:uuid

say "an unprivileged user is refused, by every way to the tree"
useradd -m joe
node=/org/omadm/Agent1/tree/DevInfo/DevId
refused runuser -u joe -- omadmctl get ./DevInfo/DevId
refused runuser -u joe -- omadmctl tree
refused runuser -u joe -- omadmctl set ./DevDetail/Ext y
refused runuser -u joe -- omadmctl account list
refused runuser -u joe -- omadmctl sync nothing
refused runuser -u joe -- busctl --timeout=5 introspect org.omadm.Agent1 "${node%/*}"
refused runuser -u joe -- busctl --timeout=5 get-property org.omadm.Agent1 $node org.omadm.Agent1.Node Uri
refused runuser -u joe -- busctl --timeout=5 call org.omadm.Agent1 $node org.freedesktop.DBus.Properties GetAll s \
  org.omadm.Agent1.Node
refused runuser -u joe -- busctl --timeout=5 get-property org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1 DeviceId
refused runuser -u joe -- busctl --timeout=5 call org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1 StartMonitor

say "who sits at the machine may read, and no more"
is "the session" "$(as_active joe sh -c 'loginctl show-session -p Active --value "$$XDG_SESSION_ID"')" yes
contains "$(as_active joe omadmctl get ./DevInfo/DevId)" urn:uuid:
must as_active joe busctl introspect org.omadm.Agent1 $node > /dev/null
refused as_active joe omadmctl set ./DevDetail/Ext y
refused as_active joe omadmctl delete ./DevDetail/Ext
refused as_active joe omadmctl exec ./DevDetail/Ext
refused as_active joe omadmctl account add x --server-id x --url https://x.example/
refused as_active joe omadmctl account remove x
refused as_active joe omadmctl sync nothing
refused as_active joe busctl call org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1 StartMonitor

say "a polkit rule opens exactly what it names"
cat > /etc/polkit-1/rules.d/10-test.rules <<'RULE'
polkit.addRule(function(action, subject) {
  if (action.id == "org.omadm.read" && subject.user == "joe") return polkit.Result.YES;
});
RULE
for ((i = 0; i < 50; i++)); do
  runuser -u joe -- omadmctl status > /dev/null 2>&1 && break
  sleep 0.1
done
contains "$(runuser -u joe -- omadmctl get ./DevInfo/DevId)" urn:uuid:
contains "$(runuser -u joe -- busctl get-property org.omadm.Agent1 $node org.omadm.Agent1.Node Uri)" ./DevInfo/DevId
refused runuser -u joe -- omadmctl account remove x
refused runuser -u joe -- omadmctl set ./DevDetail/Ext y
refused runuser -u joe -- omadmctl sync nothing

say "nobody else can have the name"
contains "$(runuser -u joe -- busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus RequestName \
  su org.omadm.Agent1 4 2>&1)" "Access denied"

say "the log is clean"
is warnings "$(journalctl _SYSTEMD_UNIT=omadmd.service --no-pager -o cat -p warning)" ""
exit 0
