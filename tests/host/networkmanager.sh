# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# host: --veth
# What a server does to ./Vendor/Omadm/Network is what NetworkManager has, and goes back when it must.
. /srv/host/lib.sh

server=198.51.100.1
c=./Vendor/Omadm/Network/Connections
network=./Vendor/Omadm/Network

outside() { ip netns exec outside "$@"; }
wait_for() {                          # wait_for WHAT COMMAND...
  local i
  for ((i = 0; i < 100; i++)); do "${@:2}" > /dev/null 2>&1 && return; sleep 0.1; done
  fail "it did not come to this: $1"
}
of() { nmcli --show-secrets -g "$2" con show "$1" | sed 's/\\:/:/g'; }     # of PROFILE PROPERTY
# secret_is PROFILE PROPERTY VALUE: nmcli itself loses it when the profile changes meanwhile
secret_is() { wait_for "$1 has the $2 $3" is_of "$@"; }
is_of() { [ "$(of "$1" "$2")" = "$3" ]; }
checkpoints() {
  busctl get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager \
    Checkpoints
}
has_address() { ip -4 addr show eth0 | grep -qF "inet $1"; }
no_secret() {                         # nothing that others than root could read has one
  must_not grep -F planted <<< "$(omadmctl tree ./Vendor)"
  must_not grep -F planted <<< "$(journalctl -b --no-pager -o cat)"
  must_not grep -rF planted /var/lib/omadm
}

# session JSON: what the device answers is in $results then, without blanks
session() {
  outside curl -sf -X DELETE "http://$server:18081/devices/$device/results" > /dev/null
  outside curl -sf -d "$1" "http://$server:18081/devices/$device/commands" > /dev/null || fail "commands: $1"
  synced=$(omadmctl sync trial 2>&1)
  results=$(outside curl -sf "http://$server:18081/devices/$device/results" | tr -d ' \n')
}
status() { sed -n "s|.*\"command\":\"$1\",\"uri\":\"$2\",\"code\":\([0-9]*\).*|\1|p" <<< "$results"; }
value() {
  sed -n "s|.*\"type\":\"results\",\"session\":\"[0-9]*\",\"uri\":\"$1\",[^}]*\"data\":\"\([^\"]*\)\".*|\1|p" <<< "$results"
}
add() {                               # add URI [DATA]: without data it is an interior node
  [ $# = 1 ] && echo "{\"command\":\"Add\",\"uri\":\"$1\",\"format\":\"node\"}" ||
    echo "{\"command\":\"Add\",\"uri\":\"$1\",\"data\":\"$2\"}"
}
replace() { echo "{\"command\":\"Replace\",\"uri\":\"$1\",\"data\":\"$2\"}"; }
delete() { echo "{\"command\":\"Delete\",\"uri\":\"$1\"}"; }
get() { echo "{\"command\":\"Get\",\"uri\":\"$1\"}"; }
atomic() { local IFS=,; echo "{\"command\":\"Atomic\",\"commands\":[$*]}"; }

outside dnsmasq --no-daemon --port=0 --interface=eth0 --bind-interfaces --dhcp-range=198.51.100.50,198.51.100.90,120 \
  --pid-file= --dhcp-leasefile=/run/leases > /dev/null 2>&1 &
outside ip link set lo up
printf '[Daemon]\nHttpTimeout=2\nResends=1\nResendDelay=1\n' > /etc/omadm/omadm.conf.d/test.conf
restart
wait_for "an address" has_address 198.51.100.
# shellcheck disable=SC2086  # words on purpose
outside omadm-testserver --address $server --port 18080 --admin-port 18081 --server-id trial $SERVER_AUTH \
  > /run/server.log 2>&1 &
wait_for "the server" outside curl -sf "http://$server:18081/healthz"
enrol trial --url "http://$server:18080/dm" --allow-http
device=$(omadmctl get ./DevInfo/DevId)
eth=$(nmcli -g GENERAL.CON-UUID device show eth0)

say "get, set, get: what the server reads is what nmcli shows"
session "[$(get "$c/$eth/Priority"), $(replace "$c/$eth/Priority" 7), $(get "$c/$eth/Priority"), $(get "$c/$eth/State"),
  $(get "$network/Status/IPv4"), $(get "$network/Status/PrimaryType")]"
is "the first Get, and the second" "$(grep -o '"data":"[^"]*"' <<< "$results" | head -2 | tr -d '\n')" \
  '"data":"-999""data":"7"'
is nmcli "$(of "$eth" connection.autoconnect-priority)" 7
is state "$(value "$c/$eth/State")" 2
is type "$(value "$network/Status/PrimaryType")" 802-3-ethernet
is address "$(value "$network/Status/IPv4")" "$(nmcli -g IP4.ADDRESS device show eth0)"
is checkpoints "$(checkpoints)" "ao 0"

say "a Wi-Fi profile comes with one Atomic, its key to be read nowhere"
office=(
  "$(add "$c/office")" "$(add "$c/office/Type" 802-11-wireless)" "$(add "$c/office/Wifi/SSID" Office)"
  "$(add "$c/office/Wifi/Security/KeyMgmt" wpa-psk)" "$(add "$c/office/Wifi/Security/Psk" planted-key)"
)
session "[$(atomic "${office[@]}"), $(get "$c/office/Wifi/SSID"), $(get "$c/office/Wifi/Security/Psk")]"
is "the profile" "$(of office 802-11-wireless.ssid)" Office
secret_is office 802-11-wireless-security.psk planted-key
is "Get of the SSID" "$(value "$c/office/Wifi/SSID")" Office
is "Get of the key" "$(status Get "$c/office/Wifi/Security/Psk")" 405
must_not omadmctl get "$c/office/Wifi/Security/Psk"
no_secret

say "so it does with one document"
leaf_of() { echo "<Node><NodeName>$1</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>$2</Value></Node>"; }
node_of() { echo "<Node><NodeName>$1</NodeName><RTProperties><Format><node/></Format></RTProperties>${*:2}</Node>"; }
document="<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>$(node_of lab "$(leaf_of Type 802-11-wireless)" \
  "$(node_of Wifi "$(leaf_of SSID Lab)" "$(node_of Security "$(leaf_of KeyMgmt sae)" "$(leaf_of Psk planted-lab)")")")</MgmtTree>"
session "[{\"command\":\"Add\",\"uri\":\"$c/lab\",\"type\":\"application/vnd.syncml.dmtnds+xml\",\"format\":\"xml\",
  \"data\":\"$document\"}]"
is "the profile" "$(of lab 802-11-wireless.ssid)" Lab
secret_is lab 802-11-wireless-security.psk planted-lab
must omadmctl delete "$c/lab"
must_not nmcli con show lab

say "other leaves leave the key alone"
session "[$(replace "$c/office/AutoConnect" false), $(replace "$c/office/Name" Bureau)]"
is "the profile" "$(of Bureau connection.autoconnect)" no
secret_is Bureau 802-11-wireless-security.psk planted-key

say "an Atomic that fails leaves a profile without a device as it was, and its key"
session "[$(atomic "$(replace "$c/office/Wifi/SSID" Other)" "$(replace "$c/office/Wifi/Security/Psk" planted-other)" \
  "$(add "$c/second")" "$(add "$c/second/Type" 802-11-wireless)" "$(add "$c/second/Wifi/SSID" Second)" \
  "$(replace "$c/office/Metered" 9)")]"
is "the Replace before" "$(status Replace "$c/office/Wifi/SSID")" 216
is "the profile" "$(of Bureau 802-11-wireless.ssid)" Office
secret_is Bureau 802-11-wireless-security.psk planted-key
must_not nmcli con show second

say "what is refused by NetworkManager is refused in validation"
session "[$(atomic "$(replace "$c/office/Wifi/SSID" Other)" "$(add "$c/office/IPv4/Method" manual)")]"
is "the Replace before" "$(status Replace "$c/office/Wifi/SSID")" 216
is "the SSID" "$(of Bureau 802-11-wireless.ssid)" Office

gone=22222222-3333-4444-5555-666666666666
must nmcli con add type wifi ssid Gone con-name gone autoconnect no connection.uuid $gone wifi-sec.key-mgmt wpa-psk \
  wifi-sec.psk planted-gone > /dev/null
wait_for "what nmcli added" omadmctl get "$c/$gone/Name"
say "a change that cuts the machine off from its server is undone, and the session comes back"
session "[$(atomic "$(add "$c/$eth/IPv4/Address" 203.0.113.7/24)" "$(replace "$c/$eth/IPv4/Method" manual)" \
  "$(replace "$c/office/Wifi/Security/Psk" planted-other)" "$(delete "$c/$gone")" "$(add "$c/second")" \
  "$(add "$c/second/Type" 802-11-wireless)" "$(add "$c/second/Wifi/SSID" Second)")]"
contains "$synced" failed
wait_for "the old address" has_address 198.51.100.
is "the method" "$(of "$eth" ipv4.method)" auto
secret_is Bureau 802-11-wireless-security.psk planted-key
secret_is gone 802-11-wireless-security.psk planted-gone
must_not nmcli con show second
must_not omadmctl get "$c/second/Type"
is checkpoints "$(checkpoints)" "ao 0"
session "[$(get "$c/$eth/IPv4/Method")]"
is "the method" "$(value "$c/$eth/IPv4/Method")" auto
contains "$results" org.omadm.unit-undone
no_secret

say "the same when it is the profile that goes"
must nmcli con add type ethernet ifname eth0 con-name only connection.uuid 33333333-4444-5555-6666-777777777777 > /dev/null
must nmcli con up only > /dev/null
wait_for "the address" has_address 198.51.100.
must nmcli con delete "$eth" > /dev/null
session "[$(delete "$c/33333333-4444-5555-6666-777777777777")]"
contains "$synced" failed
wait_for "the old address" has_address 198.51.100.
is "the profile" "$(nmcli -g GENERAL.CONNECTION device show eth0)" only
eth=33333333-4444-5555-6666-777777777777
session "[$(get "$c/$eth/IPv4/Method")]"
is "the method" "$(value "$c/$eth/IPv4/Method")" auto

say "the same when the daemon is killed, and NetworkManager with it"
sed -i 's/HttpTimeout=.*/HttpTimeout=20/' /etc/omadm/omadm.conf.d/test.conf
restart
for both in "" NetworkManager; do
  outside curl -sf -d "[$(atomic "$(add "$c/$eth/IPv4/Address" 203.0.113.7/24)" \
    "$(replace "$c/$eth/IPv4/Method" manual)" "$(replace "$c/office/Wifi/Security/Psk" planted-other)" \
    "$(delete "$c/$gone")" "$(add "$c/second")" \
    "$(add "$c/second/Type" 802-11-wireless)" "$(add "$c/second/Wifi/SSID" Second)")]" \
    "http://$server:18081/devices/$device/commands" > /dev/null
  omadmctl sync trial > /dev/null 2>&1 &
  waiting=$!
  wait_for "the new profile" nmcli con show second
  wait_for "the new address" has_address 203.0.113.7
  secret_is Bureau 802-11-wireless-security.psk planted-other
  must_not nmcli con show gone
  # shellcheck disable=SC2086  # nothing, or one word
  systemctl kill -s KILL omadmd $both
  wait $waiting
  wait_for "no new profile" eval '! nmcli con show second'
  secret_is Bureau 802-11-wireless-security.psk planted-key
  secret_is gone 802-11-wireless-security.psk planted-gone
  wait_for "the old address" has_address 198.51.100.
  is "the method" "$(of "$eth" ipv4.method)" auto
  wait_for "the daemon" omadmctl status
  no_secret
  session "[$(get "$c/$eth/IPv4/Method")]"
  is "the tree's method" "$(value "$c/$eth/IPv4/Method")" auto
done

say "NetworkManager restarted before the server answered: what was committed holds"
session "[$(replace "$c/$eth/Priority" 8)]"
outside curl -sf -d '{"next":"delay","ms":2000,"skip":1}' "http://$server:18081/misbehave" > /dev/null
outside curl -sf -d "[$(replace "$c/$eth/Priority" 9)]" "http://$server:18081/devices/$device/commands" > /dev/null
omadmctl sync trial > /dev/null 2>&1 &
waiting=$!
wait_for "the change" eval '[ "$(of "$eth" connection.autoconnect-priority)" = 9 ]'
must systemctl restart NetworkManager
wait $waiting || fail "the session"
is "the priority" "$(of "$eth" connection.autoconnect-priority)" 9
is "the tree's" "$(omadmctl get "$c/$eth/Priority")" 9
wait_for "the old address" has_address 198.51.100.

say "what nmcli changes is in the tree at once"
uuid=11111111-2222-3333-4444-555555555555
must nmcli con modify Bureau 802-11-wireless.hidden yes
wait_for "the leaf" eval '[ "$(omadmctl get "$c/office/Wifi/Hidden")" = true ]'
must nmcli con add type wifi ssid Later con-name later autoconnect no connection.uuid $uuid \
  wifi-sec.key-mgmt wpa-psk > /dev/null
wait_for "the profile" omadmctl get "$c/$uuid/Wifi/SSID"
must_not grep -q Psk <<< "$(omadmctl tree "$c/$uuid")"
must nmcli con modify later wifi-sec.psk planted-key
wait_for "the key" eval 'omadmctl tree "$c/$uuid" | grep -q Psk'
must nmcli con delete later Bureau gone > /dev/null
wait_for "no profile" eval '! omadmctl get "$c/office/Wifi/SSID"'

say "a profile that comes in parts is a draft until it is complete"
must omadmctl add "$c/parts"
contains "$(omadmctl get "$c/parts/Problem")" Type
must omadmctl add "$c/parts/Type" 802-11-wireless
must_not nmcli con show parts
must omadmctl add "$c/parts/Wifi/Security/KeyMgmt" wpa-psk
must omadmctl add "$c/parts/Wifi/Security/Psk" planted-key
must_not nmcli con show parts
is "the tree's" "$(omadmctl get "$c/parts/Wifi/Security/KeyMgmt")" wpa-psk
must omadmctl add "$c/parts/Wifi/SSID" Parts
is "the profile" "$(of parts 802-11-wireless.ssid)" Parts
secret_is parts 802-11-wireless-security.psk planted-key
must_not omadmctl get "$c/parts/Problem"
must omadmctl delete "$c/parts"
must_not nmcli con show parts
must omadmctl add "$c/parts"
must omadmctl delete "$c/parts"
must_not omadmctl get "$c/parts/Problem"

say "every leaf is written and read, and what no profile can have is refused"
key=aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd28=
peer=$c/tunnel/WireGuard/Peers/${key//\//%2F}
make() {                              # make NAME TYPE COMMAND...
  session "[$(atomic "$(add "$c/$1")" "$(add "$c/$1/Type" "$2")" "${@:3}")]"
  is "the Atomic of $1" "$(grep -o '"command":"Atomic","code":[0-9]*' <<< "$results")" '"command":"Atomic","code":200'
}
make wired 802-3-ethernet "$(add "$c/wired/AutoConnect" false)"
make wifi 802-11-wireless "$(add "$c/wifi/Wifi/SSID" Wifi)" "$(add "$c/wifi/AutoConnect" false)" \
  "$(add "$c/wifi/Wifi/Security/KeyMgmt" wpa-eap)" "$(add "$c/wifi/Eap/Method" tls)" "$(add "$c/wifi/Eap/Identity" x)" \
  "$(add "$c/wifi/Eap/ClientCert" file:///etc/c.pem)" "$(add "$c/wifi/Eap/PrivateKey" file:///etc/c.key)" \
  "$(add "$c/wifi/Eap/PrivateKeyPassword" planted-password)"
make modem gsm "$(add "$c/modem/Gsm/Apn" internet)"
make tunnel wireguard "$(add "$c/tunnel/Interface" wg0)" "$(add "$c/tunnel/WireGuard/PrivateKey" "$key")" \
  "$(add "$c/tunnel/AutoConnect" false)" "$(add "$peer")" "$(add "$peer/AllowedIPs" 10.1.0.0/16)"
make vpn vpn "$(add "$c/vpn/Vpn/Kind" openvpn)" "$(add "$c/vpn/Vpn/Data/remote" vpn.example.org)" \
  "$(add "$c/vpn/Vpn/Secrets/password" planted-password)"
no_secret
leaf() {                              # leaf URI VALUE PROFILE PROPERTY SHOWN BAD
  omadmctl add "$c/$1" "$2" > /dev/null 2>&1 || must omadmctl set "$c/$1" "$2"
  [ "$4" = - ] || is "nmcli's $1" "$(of "$3" "$4")" "$5"
  is "the tree's $1" "$(omadmctl get "$c/$1" 2> /dev/null)" "$2"
  [ "$6" = - ] || must_not omadmctl set "$c/$1" "$6"
}
contains_now() { case $1 in *"$2"*) ;; *) return 1 ;; esac; }
secret() {                            # secret URI VALUE PROFILE PROPERTY BAD
  omadmctl add "$c/$1" "$2" > /dev/null 2>&1 || must omadmctl set "$c/$1" "$2"
  [ "$4" = - ] || wait_for "$3 has the $4 $2" eval 'contains_now "$(of "'"$3"'" '"$4"')" "'"$2"'"'
  must_not omadmctl get "$c/$1"
  [ "$5" = - ] || must_not omadmctl set "$c/$1" "$5"
}
leaf wired/Name Cable Cable connection.id Cable -
leaf wired/AutoConnect false Cable connection.autoconnect no maybe
leaf wired/Priority 3 Cable connection.autoconnect-priority 3 1000
leaf wired/Interface eth9 Cable connection.interface-name eth9 'no/name'
leaf wired/Metered 1 Cable connection.metered yes 7
leaf wired/IPv4/Address '192.0.2.5/24, 192.0.2.6/24' Cable ipv4.addresses '192.0.2.5/24, 192.0.2.6/24' 192.0.2.5/33
leaf wired/IPv4/Method manual Cable ipv4.method manual nonsense
leaf wired/IPv4/Gateway 192.0.2.1 Cable ipv4.gateway 192.0.2.1 2001:db8::1
leaf wired/IPv4/DNS '192.0.2.3, 192.0.2.4' Cable ipv4.dns '192.0.2.3,192.0.2.4' name.example
leaf wired/IPv4/DnsSearch 'a.example, b.example' Cable ipv4.dns-search a.example,b.example 'a b/c'
leaf wired/IPv4/Routes '198.51.0.0/16 192.0.2.1 50, 203.0.113.0/24 192.0.2.2' Cable ipv4.routes \
  '198.51.0.0/16 192.0.2.1 50, 203.0.113.0/24 192.0.2.2' 198.51.0.0/40
leaf wired/IPv6/Address 2001:db8::5/64 Cable ipv6.addresses 2001:db8::5/64 192.0.2.1/24
leaf wired/IPv6/Method manual Cable ipv6.method manual nonsense
leaf wired/IPv6/Gateway 2001:db8::1 Cable ipv6.gateway 2001:db8::1 192.0.2.1
leaf wired/IPv6/DNS 2001:db8::3 Cable ipv6.dns 2001:db8::3 192.0.2.1
leaf wired/IPv6/DnsSearch c.example Cable ipv6.dns-search c.example 'a/b'
leaf wired/IPv6/Routes '2001:db8:1::/48 2001:db8::1' Cable ipv6.routes '2001:db8:1::/48 2001:db8::1' '2001:db8::/129'
leaf wired/Proxy/Method 1 Cable proxy.method auto 2
leaf wired/Proxy/PacUrl http://pac.example/ Cable proxy.pac-url http://pac.example/ -
leaf wifi/Wifi/SSID Wifi2 wifi 802-11-wireless.ssid Wifi2 a23456789012345678901234567890123
leaf wifi/Wifi/Hidden true wifi 802-11-wireless.hidden yes 3
leaf wifi/Wifi/Mode infrastructure wifi 802-11-wireless.mode infrastructure x
leaf wifi/Wifi/Band a wifi 802-11-wireless.band a n
leaf wifi/Wifi/BSSID 02:00:00:00:00:01 wifi 802-11-wireless.bssid 02:00:00:00:00:01 02
leaf wifi/Wifi/Security/Pmf 2 wifi 802-11-wireless-security.pmf 2 7
leaf wifi/Eap/Identity joe wifi 802-1x.identity joe -
leaf wifi/Eap/AnonymousIdentity anonymous wifi 802-1x.anonymous-identity anonymous -
leaf wifi/Eap/CACert pkcs11:token=x wifi - - /etc/ca.pem
leaf wifi/Eap/ClientCert file:///etc/d.pem wifi - - file://etc
leaf wifi/Eap/PrivateKey file:///etc/d.key wifi - - key
leaf wifi/Eap/DomainSuffixMatch example.org wifi 802-1x.domain-suffix-match example.org -
secret wifi/Eap/PrivateKeyPassword planted-two wifi 802-1x.private-key-password -
leaf wifi/Eap/Phase2 mschapv2 wifi 802-1x.phase2-auth mschapv2 x
secret wifi/Eap/Password planted-three wifi 802-1x.password -
leaf wifi/Eap/Method peap wifi 802-1x.eap peap x
leaf modem/Gsm/Apn carrier.example modem gsm.apn carrier.example -
leaf modem/Gsm/Username user modem gsm.username user -
secret modem/Gsm/Password planted-four modem gsm.password -
leaf modem/Gsm/NetworkId 26201 modem gsm.network-id 26201 1
leaf modem/Gsm/SimId 8949 modem gsm.sim-id 8949 -
leaf tunnel/WireGuard/ListenPort 51820 tunnel wireguard.listen-port 51820 70000
secret tunnel/WireGuard/PrivateKey d29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGU= tunnel wireguard.private-key short
leaf "${peer#"$c/"}/Endpoint" peer.example:51820 tunnel - - nowhere
leaf "${peer#"$c/"}/AllowedIPs" '10.1.0.0/16, 10.2.0.0/16' tunnel - - 10.1.0.0/77
leaf "${peer#"$c/"}/Keepalive" 25 tunnel - - 70000
secret "${peer#"$c/"}/PresharedKey" d29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGU= tunnel - short
leaf vpn/Vpn/Kind l2tp vpn vpn.service-type org.freedesktop.NetworkManager.l2tp 'a b'
leaf vpn/Vpn/Username joe vpn vpn.user-name joe -
leaf vpn/Vpn/Data/gateway vpn.example vpn - - -
contains "$(of vpn vpn.data)" "gateway = vpn.example"
secret vpn/Vpn/Secrets/password planted-five vpn vpn.secrets -
no_secret

say "leaves and lists go, and the profiles"
must omadmctl delete "$c/wired/IPv4/Routes"
is routes "$(of Cable ipv4.routes)" ""
must omadmctl delete "$c/vpn/Vpn/Data/gateway"
must_not grep -q gateway <<< "$(of vpn vpn.data)"
must omadmctl delete "$c/wifi/Eap/Password"
is password "$(of wifi 802-1x.password)" ""
must omadmctl delete "$peer"
must_not omadmctl get "$peer/Keepalive"
session "[$(for name in wired wifi modem tunnel vpn; do echo "$(delete "$c/$name"),"; done)
  $(get "$c/wired/Name")]"
is "Get of what is gone" "$(status Get "$c/wired/Name")" 404
is "profiles" "$(nmcli -g TYPE con | sort | tr '\n' ' ')" "802-3-ethernet loopback "

say "Exec: profiles are activated and not, and there is nothing to scan with"
make bridge bridge "$(add "$c/bridge/Interface" br9)" "$(add "$c/bridge/AutoConnect" false)" \
  "$(add "$c/bridge/IPv4/Method" manual)" "$(add "$c/bridge/IPv4/Address" 192.0.2.9/24)" \
  "$(add "$c/bridge/IPv6/Method" disabled)"
session "[{\"command\":\"Exec\",\"uri\":\"$c/bridge/Operations/Activate\"}, $(get "$c/bridge/State")]"
is "Exec" "$(status Exec "$c/bridge/Operations/Activate")" 200
contains "$(omadmctl tree "$c/bridge")" Activate
contains "$(omadmctl tree "$c/bridge/Operations")" Deactivate
wait_for "the address" eval 'ip addr show br9 | grep -q 192.0.2.9'
is state "$(omadmctl get "$c/bridge/State")" 2
must omadmctl exec "$c/bridge/Operations/Deactivate"
wait_for "no bridge" eval '! ip link show br9'
wait_for "the state" eval '[ "$(omadmctl get "$c/bridge/State")" = 0 ]'
must omadmctl delete "$c/bridge"
session "[{\"command\":\"Exec\",\"uri\":\"$network/Scan\"}]"
is Scan "$(status Exec "$network/Scan")" 406

say "radios, and what there is of devices"
session "[$(replace "$network/Radio/Wifi" false), $(replace "$network/Radio/Wwan" false)]"
is radios "$(nmcli radio wifi) $(nmcli radio wwan)" "disabled disabled"
session "[$(atomic "$(replace "$network/Radio/Wifi" true)" "$(replace "$c/$eth/Metered" 9)")]"
is "radio after an Atomic that failed" "$(nmcli radio wifi)" disabled
must omadmctl set "$network/Radio/Wifi" true
must omadmctl set "$network/Radio/Wwan" true
must_not omadmctl set "$network/Radio/Wwan" perhaps
is "type of eth0" "$(omadmctl get "$network/Status/Devices/eth0/Type")" veth
is "state of eth0" "$(omadmctl get "$network/Status/Devices/eth0/State")" 100
is "address of eth0" "$(omadmctl get "$network/Status/Devices/eth0/HwAddress" | tr A-F a-f)" \
  "$(cat /sys/class/net/eth0/address)"
[ "$(omadmctl get "$network/Status/Devices/eth0/RxBytes")" -gt 0 ] || fail "RxBytes"
[ "$(omadmctl get "$network/Status/Devices/eth0/TxBytes")" -gt 0 ] || fail "TxBytes"
must_not omadmctl get "$network/Status/Devices/eth7/State"
must omadmctl get "$network/Status/Connectivity" > /dev/null
is "access points" "$(omadmctl get "$network/Status/AccessPoints")" ""

say "the daemon's user may do exactly this"
is rights "$(runuser -u omadm -- nmcli -t -f PERMISSION,VALUE general permissions | grep ':yes$' | sort)" \
"org.freedesktop.NetworkManager.checkpoint-rollback:yes
org.freedesktop.NetworkManager.enable-disable-wifi:yes
org.freedesktop.NetworkManager.enable-disable-wwan:yes
org.freedesktop.NetworkManager.network-control:yes
org.freedesktop.NetworkManager.settings.modify.system:yes
org.freedesktop.NetworkManager.wifi.scan:yes"
must_not runuser -u omadm -- busctl call org.freedesktop.NetworkManager /org/freedesktop/NetworkManager/Settings \
  org.freedesktop.NetworkManager.Settings LoadConnections as 1 /tmp/x.nmconnection

say "without NetworkManager its nodes fail and say why, and are back with it"
systemctl mask --runtime --now NetworkManager 2> /dev/null
said=$(omadmctl get "$c" 2>&1) && fail "without NetworkManager"
contains "$said" "is not there"
systemctl unmask --runtime NetworkManager 2> /dev/null
must systemctl start NetworkManager
wait_for "the tree" omadmctl get "$c/$eth/Type"
exit 0
