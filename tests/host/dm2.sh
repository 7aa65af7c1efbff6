# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# host: --veth
# A machine with two servers, one of DM 1.2 and one of DM 2.0: both read and write NetworkManager's profiles, and what
# nmcli has is what either of them reads.
. /srv/host/lib.sh

server=198.51.100.1
network=urn:oma:mo:ext-omadm-network:1.0 nap=urn:oma:mo:oma-connmo-nap:1.0
c=./Vendor/Omadm/Network/Connections

outside() { ip netns exec outside "$@"; }
wait_for() {                          # wait_for WHAT COMMAND...
  local i
  for ((i = 0; i < 100; i++)); do "${@:2}" > /dev/null 2>&1 && return; sleep 0.1; done
  fail "it did not come to this: $1"
}
of() { nmcli --show-secrets -g "$2" con show "$1" | sed 's/\\:/:/g'; }     # of PROFILE PROPERTY
has_address() { ip -4 addr show eth0 | grep -qF "inet $1"; }
admin() { outside curl -sf --max-time 30 "$@"; }

# session ACCOUNT JSON: what the device answers is in $results then, without blanks
session() {
  admin -X DELETE "http://$server:18081/devices/$device/results" > /dev/null
  admin -d "$2" "http://$server:18081/devices/$device/commands" > /dev/null || fail "commands: $2"
  must omadmctl sync "$1"
  results=$(admin "http://$server:18081/devices/$device/results" | tr -d ' \n')
}
codes() { grep -o '"code":[0-9]*' <<< "$results" | cut -d : -f 2 | xargs; }
document() {                          # document NAME JSON: in the data repository
  admin -X PUT -H 'Content-Type: application/vnd.oma.dm.mos+json' -d "$2" "http://$server:18081/data/$1" > /dev/null ||
    fail "document $1"
}
# share URI: the node's own ACL names both servers, so that neither keeps what it set from the other
share() { echo "{\"command\":\"Replace\",\"uri\":\"$1?prop=ACL\",\"data\":\"Get=*&Replace=trial+second&Delete=trial+second\"}"; }
hget() { echo "[\"HGET\",\"http://$server:18080/data/$1\"]"; }

outside dnsmasq --no-daemon --port=0 --interface=eth0 --bind-interfaces --dhcp-range=198.51.100.50,198.51.100.90,120 \
  --pid-file= --dhcp-leasefile=/run/leases > /dev/null 2>&1 &
outside ip link set lo up
wait_for "an address" has_address 198.51.100.
# shellcheck disable=SC2086  # words on purpose
outside omadm-testserver --address $server --port 18080 --admin-port 18081 --server-id trial $SERVER_AUTH \
  > /run/server.log 2>&1 &
wait_for "the server" outside curl -sf "http://$server:18081/healthz"
enrol trial --url "http://$server:18080/dm" --allow-http --manage ./Vendor --manage ./NAP
must omadmctl account add second --protocol 2.0 --server-id second --url "http://$server:18080/dm2" --allow-http \
  --manage ./Vendor --manage ./NAP
device=$(omadmctl get ./DevInfo/DevId)
eth=$(nmcli -g GENERAL.CON-UUID device show eth0)

say "the same node, read and written by both"
session trial "[{\"command\":\"Replace\",\"uri\":\"$c/$eth/Priority\",\"data\":\"7\"}]"
is "1.2" "$(codes)" "1201 200"
document priority "[{\"ClientURI\":\"$network//Connections/$eth/Priority\",\"MOData\":{\"Priority\":\"8\"}}]"
session second "[$(hget priority)]"
is "2.0, while the value is the first server's" "$(codes)" "403"
is nmcli "$(of "$eth" connection.autoconnect-priority)" 7
session trial "[$(share "$c/$eth/Priority")]"
is "1.2" "$(codes)" "1201 200"
session second "[[\"GET\",\"$network//Connections/$eth/Priority\"],$(hget priority)]"
is "2.0" "$(codes)" "200 200"
contains "$results" '"MOData":{"Priority":"7"}'
is nmcli "$(of "$eth" connection.autoconnect-priority)" 8
session trial "[{\"command\":\"Get\",\"uri\":\"$c/$eth/Priority\"}]"
contains "$results" '"data":"8"'

say "an access point of the one is the other's, too"
session trial '[{"command":"Atomic","commands":[{"command":"Add","uri":"./NAP/lte","format":"node"},
  {"command":"Add","uri":"./NAP/lte/BearerType","data":"LTE"},{"command":"Add","uri":"./NAP/lte/Addr","data":"one.example"}]},
  '"$(share ./NAP/lte/Addr)]"
is "1.2" "$(codes | tr ' ' '\n' | sort -u | xargs)" "1201 200"
document addr "[{\"ClientURI\":\"$nap/lte/Addr\",\"MOData\":{\"Addr\":\"two.example\"}}]"
document roaming "[{\"ClientURI\":\"$nap//\",\"MOData\":{\"x\":{\"Name\":\"roaming\",\"BearerType\":\"LTE\",\"Addr\":\"far.example\"}}}]"
session second "[[\"GET\",\"$nap/(x)/Addr?nv=(x)/BearerType:LTE\"],$(hget addr),$(hget roaming)]"
is "2.0" "$(codes)" "200 200 200"
contains "$results" '"MOData":{"Addr":"one.example"}'
made=$(sed -n "s|.*\"uris\":\[\"$nap/\([^/\"]*\)/*\"\].*|\1|p" <<< "$results")
is "APN of the one" "$(nmcli -g gsm.apn con show "$(omadmctl get ./NAP/lte/Ext/Omadm/UUID)")" two.example
is "APN of the other" "$(of roaming gsm.apn)" far.example
session trial "[{\"command\":\"Get\",\"uri\":\"./NAP/$made/Addr\"}]"
contains "$results" '"data":"far.example"'

say "a document that NetworkManager refuses leaves nothing"
before=$(nmcli -g UUID con | sort)
document bad "[{\"ClientURI\":\"$nap/lte/Addr\",\"MOData\":{\"Addr\":\"three.example\"}},
  {\"ClientURI\":\"$nap//\",\"MOData\":{\"x\":{\"Name\":\"bad\",\"BearerType\":\"Pigeon\",\"Addr\":\"x\"}}}]"
session second "[$(hget bad),[\"GET\",\"$nap/lte/Addr\"]]"
contains "$results" '"MOData":{"Addr":"two.example"}'
must_not grep -q '^200' <<< "$(codes)"
is "profiles" "$(nmcli -g UUID con | sort)" "$before"

say "what one deletes is gone for both"
session second "[[\"DELETE\",\"$nap/$made/\"]]"
is "2.0" "$(codes)" "200"
must_not nmcli con show roaming
session trial "[{\"command\":\"Get\",\"uri\":\"./NAP/$made/Addr\"},{\"command\":\"Delete\",\"uri\":\"./NAP/lte\"}]"
is "1.2" "$(codes)" "1201 404 200"
session second "[[\"GET\",\"$nap/lte/Addr\"]]"
is "2.0" "$(codes)" "404"
contains "$(omadmctl sessions)" ' 2.0 '
contains "$(omadmctl sessions)" ' 1.2 '
exit 0
