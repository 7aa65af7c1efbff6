# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091
# host: --veth
# Sessions manage the profiles of the real NetworkManager by the objects of OMA and the paths of Windows: a wireless
# network, an access point, its proxy, VPN; what nmcli shows before and after; what is refused; what others change.
. /srv/host/lib.sh

# The server is on loopback, for no profile here touches a device.
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH
enrol trial --url http://127.0.0.1:18080/dm --allow-http --option ms-prefixes=true
device=$(omadmctl get ./DevInfo/DevId)
sessions=0

# session: runs the commands (JSON) of its input.  CODES are their status codes, in order, ANSWERS all that was said.
session() {
  sessions=$((sessions + 1))
  curl -sf -d @- "http://127.0.0.1:18081/devices/$device/commands" > /dev/null || fail "commands"
  omadmctl sync trial > /srv/sync.log 2>&1
  ANSWERS=$(curl -sf "http://127.0.0.1:18081/devices/$device/results" | tr -d '\n' | sed 's/ : /:/g; s/}, *{ */}\n{/g' |
            grep "\"session\":\"$sessions\"")
  CODES=$(grep '"type":"status"' <<< "$ANSWERS" | grep -o '"code":[0-9]*' | cut -d : -f 2 | tr '\n' ' ')
}

# one COMMAND URI [DATA [FORMAT]]: a command, as JSON
one() {
  printf '{"command": "%s", "uri": "%s"' "$1" "$2"
  [ $# -lt 3 ] || printf ', "format": "%s", "data": "%s"' "${4:-chr}" "$3"
  printf '}'
}

# atomic COMMAND...: a session with those in an Atomic
atomic() {
  local IFS=,
  session <<< "[{\"command\": \"Atomic\", \"commands\": [$*]}]"
}

profiles() { nmcli -t -f NAME,TYPE con show | grep -v -e ':loopback$' -e '^Wired' | sort | tr '\n' ' '; }
shows() { nmcli -g "$2" con show "$1"; }            # shows PROFILE PROPERTY
# secret PROFILE KEY: as the file has it; nmcli shows none while somebody else asks for secrets, too
secret() { sed -n "s/^$2=//p" "/etc/NetworkManager/system-connections/$1.nmconnection"; }

# soon TEXT COMMAND...: the command says it, as soon as a signal has come
soon() {
  local text=$1 i
  shift
  for ((i = 0; i < 50; i++)); do
    case $("$@") in *"$text"*) return ;; esac
    sleep 0.1
  done
  fail "'$text' is not what $* says"
}

WIFI=./Vendor/MSFT/WiFi/Profile
VPN=./Vendor/MSFT/VPNv2

wlan_xml() {                                        # wlan_xml SSID SECURITY
  echo "<WLANProfile xmlns='http://www.microsoft.com/networking/WLAN/profile/v1'><name>$1</name><SSIDConfig><SSID>" \
    "<name>$1</name></SSID></SSIDConfig><connectionType>ESS</connectionType><connectionMode>auto</connectionMode>" \
    "<MSM><security>$2</security></MSM></WLANProfile>"
}
OPEN="<authEncryption><authentication>open</authentication><encryption>none</encryption><useOneX>false</useOneX>
</authEncryption>"
personal() {                                        # personal KEY
  echo "<authEncryption><authentication>WPA2PSK</authentication><encryption>AES</encryption><useOneX>false</useOneX>" \
    "</authEncryption><sharedKey><keyType>passPhrase</keyType><protected>false</protected><keyMaterial>$1" \
    "</keyMaterial></sharedKey>"
}
OPEN=$(tr -d '\n' <<< "$OPEN")

session <<< '[]'
is "profiles before" "$(profiles)" ""

say "a wireless network by WlanXml"
atomic "$(one Add "$WIFI/Caf%C3%A9%201/WlanXml" "$(wlan_xml 'Café 1' "$(personal s3cret-of-the-network)")")" \
  "$(one Add "$WIFI/Caf%C3%A9%201/Proxy" proxy.example.com:8080)" "$(one Add "$WIFI/Caf%C3%A9%201/WiFiCost" 2 int)"
is "codes" "$CODES" "200 200 200 200 "
is "profiles" "$(profiles)" "Café 1:802-11-wireless "
is "SSID" "$(shows 'Café 1' 802-11-wireless.ssid)" "Café 1"
is "key" "$(secret 'Café 1' psk)" s3cret-of-the-network
is "metered" "$(shows 'Café 1' connection.metered)" yes
contains "$(shows 'Café 1' proxy.pac-script)" 'PROXY proxy.example.com\:8080'

say "GET-SET-GET: what reads has no key, and what was read may be written"
session <<< "[$(one Get "$WIFI"), $(one Get "$WIFI/Caf%C3%A9%201/WlanXml"), $(one Get "$WIFI/Caf%C3%A9%201/Proxy")]"
is "codes" "$CODES" "200 200 200 "
contains "$ANSWERS" "proxy.example.com:8080"
contains "$ANSWERS" "<protected>false</protected>"
case $ANSWERS in *s3cret*) fail "the key reads" ;; esac
read_back=$(omadmctl get "$WIFI/Caf%C3%A9%201/WlanXml" | sed 's/"/\\"/g')
session <<< "[$(one Replace "$WIFI/Caf%C3%A9%201/WlanXml" "$read_back"), $(one Get "$WIFI/Caf%C3%A9%201/WlanXml")]"
is "codes" "$CODES" "200 200 "
is "key" "$(secret 'Café 1' psk)" s3cret-of-the-network
session <<< "[$(one Replace "$WIFI/Caf%C3%A9%201/WlanXml" "$(wlan_xml 'Café 1' "$(personal an0ther-s3cret)")")]"
is "codes" "$CODES" "200 "
is "key" "$(secret 'Café 1' psk)" an0ther-s3cret

say "what nmcli changes reads"
must nmcli con modify 'Café 1' 802-11-wireless.hidden yes
soon "<nonBroadcast>true</nonBroadcast>" omadmctl get "$WIFI/Caf%C3%A9%201/WlanXml"

say "what no profile can be is refused, and leaves nothing"
atomic "$(one Add "$WIFI/Other/WlanXml" "$(wlan_xml Other "$OPEN")")" \
  "$(one Replace "$WIFI/Caf%C3%A9%201/WlanXml" "$(wlan_xml 'Café 1' "${OPEN/none/WEP}")")"
is "codes" "$CODES" "507 216 415 "
is "profiles" "$(profiles)" "Café 1:802-11-wireless "
is "key" "$(secret 'Café 1' psk)" an0ther-s3cret
atomic "$(one Delete "$WIFI/Caf%C3%A9%201")" "$(one Add "$WIFI/Other/WlanXml" "<WLANProfile>")"
is "codes" "$CODES" "507 216 415 "
is "profiles" "$(profiles)" "Café 1:802-11-wireless "
is "key" "$(secret 'Café 1' psk)" an0ther-s3cret
session <<< "[$(one Add "$WIFI/Other/WlanXml" "<WLANProfile>"), $(one Add "$WIFI/Caf%C3%A9%201/ProxyPacUrl" file:///etc/passwd),
  $(one Replace "$WIFI/Caf%C3%A9%201/WiFiCost" 4 int), $(one Replace "$WIFI/None/WlanXml" "$(wlan_xml None "$OPEN")"),
  $(one Get "$WIFI/None/WlanXml"), $(one Get "$WIFI/Caf%C3%A9%201/Nothing")]"
is "codes" "$CODES" "415 415 500 404 404 404 "
is "profiles" "$(profiles)" "Café 1:802-11-wireless "

say "a network goes as Windows servers remove it"
atomic "$(one Delete "$WIFI/Caf%C3%A9%201/WlanXml")"
is "codes" "$CODES" "200 200 "
is "profiles" "$(profiles)" ""
session <<< "[$(one Add "$WIFI/Open/WlanXml" "$(wlan_xml Open "$OPEN")"), $(one Delete "$WIFI/Open"), $(one Get "$WIFI")]"
is "codes" "$CODES" "200 200 200 "
is "profiles" "$(profiles)" ""

say "networks that ask who one is, for ./Device, with what only the machine knows"
eap() {                                             # eap TYPE CONFIG
  echo "<authEncryption><authentication>WPA2</authentication><encryption>AES</encryption><useOneX>true</useOneX>" \
    "</authEncryption><OneX xmlns='http://www.microsoft.com/networking/OneX/v1'><authMode>machine</authMode><EAPConfig>" \
    "<EapHostConfig xmlns='http://www.microsoft.com/provisioning/EapHostConfig'><EapMethod><Type>$1</Type></EapMethod>" \
    "<Config>$2</Config></EapHostConfig></EAPConfig></OneX>"
}
mkdir /srv/authorities
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=Trial Root" \
  -keyout /dev/null -out /srv/authorities/root.pem 2> /dev/null || fail openssl
chmod -R a+rX /srv/authorities
thumbprint=$(openssl x509 -in /srv/authorities/root.pem -noout -fingerprint -sha1 | cut -d = -f 2 | tr : ' ')
TLS=$(eap 13 "<Eap><Type>13</Type><EapType><ServerValidation><ServerNames>radius.example.com</ServerNames><TrustedRootCA>\
$thumbprint</TrustedRootCA></ServerValidation></EapType></Eap>")
PEAP=$(eap 25 "<Eap><Type>25</Type><EapType><Eap><Type>26</Type></Eap></EapType></Eap>")
session <<< "[$(one Add "$WIFI/Tls/WlanXml" "$(wlan_xml Tls "$TLS")")]"
is "codes" "$CODES" "406 "
printf '%s\n' '[plugin networkmanager]' Identity=host/trial.example.com ClientCertificate=file:///etc/ssl/trial.crt \
  PrivateKey=file:///etc/ssl/trial.key Authorities=/srv/authorities > /etc/omadm/omadm.conf.d/eap.conf
restart
session <<< "[$(one Add "./Device${WIFI#.}/Tls/WlanXml" "$(wlan_xml Tls "$TLS")"),
  $(one Add "./Device${WIFI#.}/Peap/WlanXml" "$(wlan_xml Peap "$PEAP")"), $(one Get "./Device${WIFI#.}/Tls/WlanXml")]"
is "codes" "$CODES" "200 200 200 "
contains "$ANSWERS" "$thumbprint"
is "identity" "$(shows Tls 802-1x.identity)" host/trial.example.com
is "certificate" "$(shows Tls 802-1x.client-cert)" /etc/ssl/trial.crt
is "authority" "$(shows Tls 802-1x.ca-cert)" /srv/authorities/root.pem
is "server" "$(shows Tls 802-1x.domain-match)" radius.example.com
is "authorities" "$(shows Peap 802-1x.system-ca-certs)" yes
is "inside" "$(shows Peap 802-1x.phase2-auth)" mschapv2
session <<< "[$(one Delete "./Device${WIFI#.}/Tls"), $(one Delete "$WIFI/Peap")]"
is "profiles" "$(profiles)" ""

say "an access point, as a carrier sets it up and updates it"
atomic "$(one Add ./NAP/carrier)" "$(one Add ./NAP/carrier/BearerType GSM-GPRS)" "$(one Add ./NAP/carrier/AddrType APN)" \
  "$(one Add ./NAP/carrier/Addr internet.carrier.example)" "$(one Add ./NAP/carrier/Name Carrier)" \
  "$(one Add ./NAP/carrier/AuthInfo/AuthType CHAP)" "$(one Add ./NAP/carrier/AuthInfo/AuthName joe)" \
  "$(one Add ./NAP/carrier/AuthInfo/AuthSecret s3cret-of-the-carrier)"
is "codes" "$CODES" "200 200 200 200 200 200 200 200 200 "
is "profiles" "$(profiles)" "Carrier:gsm "
uuid=$(nmcli -g connection.uuid con show Carrier)
atomic "$(one Replace ./NAP/carrier/Addr ims.carrier.example)" "$(one Replace ./NAP/carrier/AuthInfo/AuthName jim)" \
  "$(one Replace ./NAP/carrier/AuthInfo/AuthSecret n3w-s3cret)"
is "codes" "$CODES" "200 200 200 200 "
is "APN" "$(shows Carrier gsm.apn)" ims.carrier.example
is "user" "$(shows Carrier gsm.username)" jim
is "password" "$(secret Carrier password)" n3w-s3cret
is "refuse-pap" "$(shows Carrier ppp.refuse-pap)" yes
is "the same profile" "$(nmcli -g connection.uuid con show Carrier)" "$uuid"
session <<< "[$(one Get ./NAP/carrier/Addr), $(one Get ./NAP/carrier/AuthInfo/AuthSecret), $(one Get './NAP?list=TNDS')]"
is "codes" "$CODES" "200 405 200 "
contains "$ANSWERS" ims.carrier.example
case $ANSWERS in *n3w-s3cret*) fail "the password reads" ;; esac
contains "$(omadmctl get --property Type ./NAP/carrier)" urn:oma:mo:oma-connmo-nap:1.0

say "an update that cannot be leaves the old one"
atomic "$(one Replace ./NAP/carrier/AuthInfo/AuthName eve)" "$(one Replace ./NAP/carrier/Addr 'no apn')"
contains "$CODES" "507 "
is "APN" "$(shows Carrier gsm.apn)" ims.carrier.example
is "user" "$(shows Carrier gsm.username)" jim

say "its proxy, and one that comes with its access point"
atomic "$(one Add ./Proxy/p)" "$(one Add ./Proxy/p/Addr 192.0.2.1)" "$(one Add ./Proxy/p/AddrType IPV4)" \
  "$(one Add ./Proxy/p/Ports/1/PortNbr 3128)" "$(one Add ./Proxy/p/ConRefs/1/ConRef ./NAP/carrier)"
is "codes" "$CODES" "200 200 200 200 200 200 "
contains "$(shows Carrier proxy.pac-script)" 'PROXY 192.0.2.1\:3128'
is "port" "$(omadmctl get ./Proxy/p/Ports/1/PortNbr)" 3128
contains "$(omadmctl get --property Type ./Proxy/p)" urn:oma:mo:oma-connmo-proxy:1.0
session <<< "[$(one Replace ./Proxy/p/Addr 192.0.2.9), $(one Add ./Proxy/p/Ports/2/PortNbr 80),
  $(one Add ./Proxy/p/ProxyType WAP), $(one Replace ./Proxy/p/ConRefs/1/ConRef ./NAP/none)]"
is "codes" "$CODES" "200 406 500 405 "
contains "$(shows Carrier proxy.pac-script)" 'PROXY 192.0.2.9\:3128'
session <<< "[$(one Delete ./Proxy/p), $(one Get ./Proxy), $(one Add ./Proxy/r), $(one Delete ./Proxy/r)]"
is "codes" "$CODES" "200 200 200 200 "
is "script" "$(shows Carrier proxy.pac-script)" ""
is "proxies" "$(omadmctl get ./Proxy)" ""
atomic "$(one Add ./Proxy/q)" "$(one Add ./Proxy/q/AddrFQDN proxy.example.com)" "$(one Add ./Proxy/q/ProxyType SOCKS)" \
  "$(one Add ./Proxy/q/Ports/1/PortNbr 1080)" "$(one Add ./Proxy/q/ConRefs/1/ConRef ./NAP/new)" \
  "$(one Add ./NAP/new)" "$(one Add ./NAP/new/BearerType LTE)" "$(one Add ./NAP/new/Addr lte.carrier.example)"
is "profiles" "$(profiles)" "Carrier:gsm new:gsm "
contains "$(shows new proxy.pac-script)" 'SOCKS proxy.example.com\:1080'

say "leaf by leaf outside of an Atomic: a profile when it is complete"
session <<< "[$(one Add ./NAP/slow), $(one Add ./NAP/slow/Addr slow.example)]"
is "profiles" "$(profiles)" "Carrier:gsm new:gsm "
is "address" "$(omadmctl get ./NAP/slow/Addr)" slow.example
session <<< "[$(one Add ./NAP/slow/BearerType 3GPP-PS)]"
is "profiles" "$(profiles)" "Carrier:gsm new:gsm slow:gsm "
session <<< "[$(one Delete ./NAP/slow), $(one Delete ./NAP/new), $(one Delete ./NAP/carrier)]"
is "codes" "$CODES" "200 200 200 "
is "profiles" "$(profiles)" ""
is "proxies" "$(omadmctl get ./Proxy)" ""

say "VPN: no plugin, and then there is one"
DOCUMENT="<VPNProfile><NativeProfile><Servers>vpn.example.com</Servers><NativeProtocolType>L2TP</NativeProtocolType><L2tpPsk>\
s3cret-of-the-vpn</L2tpPsk><RoutingPolicyType>SplitTunnel</RoutingPolicyType></NativeProfile><Route><Address>10.0.0.0\
</Address><PrefixSize>8</PrefixSize></Route><RememberCredentials>true</RememberCredentials></VPNProfile>"
atomic "$(one Add "$VPN/Office/ProfileXML" "$DOCUMENT")"
is "codes" "$CODES" "507 406 "
contains "$(omadmctl add "$VPN/Office/NativeProfile/NativeProtocolType" L2TP 2>&1)" \
  "NetworkManager has no plugin org.freedesktop.NetworkManager.l2tp"
mkdir -p /etc/NetworkManager/VPN
printf '[VPN Connection]\nname=l2tp\nservice=org.freedesktop.NetworkManager.l2tp\nprogram=/bin/false\n' \
  > /etc/NetworkManager/VPN/nm-l2tp-service.name
atomic "$(one Add "$VPN/Office/ProfileXML" "$DOCUMENT")"
is "codes" "$CODES" "200 200 "
is "profiles" "$(profiles)" "Office:vpn "
contains "$(shows Office vpn.data)" "gateway = vpn.example.com"
is "preshared key" "$(secret Office ipsec-psk)" s3cret-of-the-vpn
is "routes" "$(shows Office ipv4.routes)" 10.0.0.0/8
is "never default" "$(shows Office ipv4.never-default)" yes
session <<< "[$(one Add "$VPN/Office/RouteList/1/Address" 172.16.0.0), $(one Add "$VPN/Office/RouteList/1/PrefixSize" 12 int),
  $(one Replace "$VPN/Office/NativeProfile/Servers" vpn2.example.com), $(one Get "$VPN/Office/ProfileXML"),
  $(one Get "$VPN/Office/NativeProfile/L2tpPsk"), $(one Replace "$VPN/Office/NativeProfile/NativeProtocolType" IKEv2)]"
is "codes" "$CODES" "200 200 200 200 405 406 "
is "routes" "$(shows Office ipv4.routes)" "10.0.0.0/8, 172.16.0.0/12"
is "preshared key" "$(secret Office ipsec-psk)" s3cret-of-the-vpn
contains "$ANSWERS" "<Servers>vpn2.example.com</Servers>"
case $ANSWERS in *s3cret*) fail "the key reads" ;; esac
must nmcli con modify Office +vpn.data gateway=vpn3.example.com
soon vpn3.example.com omadmctl get "$VPN/Office/NativeProfile/Servers"

say "a tunnel of the machine, as Always On VPN has it"
printf '[VPN Connection]\nname=strongswan\nservice=org.freedesktop.NetworkManager.strongswan\nprogram=/bin/false\n' \
  > /etc/NetworkManager/VPN/nm-strongswan-service.name
DOCUMENT="<VPNProfile><DnsSuffix>example.com</DnsSuffix><NativeProfile><Servers>vpn.example.com</Servers><NativeProtocolType>\
IKEv2</NativeProtocolType><Authentication><MachineMethod>Certificate</MachineMethod></Authentication><RoutingPolicyType>\
SplitTunnel</RoutingPolicyType><DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute></NativeProfile><AlwaysOn>\
true</AlwaysOn><RememberCredentials>true</RememberCredentials><TrustedNetworkDetection>example.com</TrustedNetworkDetection>\
<Route><Address>10.0.0.0</Address><PrefixSize>8</PrefixSize></Route><DomainNameInformation><DomainName>.example.com\
</DomainName><DnsServers>192.0.2.1</DnsServers></DomainNameInformation></VPNProfile>"
session <<< "[$(one Add "$VPN/Always/ProfileXML" "$DOCUMENT"), $(one Get "$VPN/Always/ProfileXML"),
  $(one Get "$VPN/Always/DomainNameInformationList/0/DnsServers")]"
is "codes" "$CODES" "200 200 200 "
contains "$ANSWERS" "$DOCUMENT"
contains "$(shows Always vpn.data)" "usercert = /etc/ssl/trial.crt"
is "persistent" "$(shows Always vpn.persistent)" yes
is "domains" "$(shows Always ipv4.dns-search)" "example.com,~example.com"
is "servers" "$(shows Always ipv4.dns)" 192.0.2.1
must nmcli con modify Always +vpn.data encap=yes
session <<< "[$(one Replace "$VPN/Always/AlwaysOn" false bool), $(one Delete "$VPN/Always/DomainNameInformationList/0")]"
is "codes" "$CODES" "200 200 "
contains "$(shows Always vpn.data)" "encap = yes"
is "autoconnect" "$(shows Always connection.autoconnect)" no
is "domains" "$(shows Always ipv4.dns-search)" example.com
session <<< "[$(one Delete "$VPN/Always")]"

say "WireGuard by a file of wg-quick"
CONF="[Interface]\\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\\nAddress = 192.0.2.2/24\\n[Peer]\\nPublicKey = \
xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\\nAllowedIPs = 10.1.0.0/16\\nEndpoint = vpn.example.com:51820\\n"
atomic "$(one Add "$VPN/Tunnel/PluginProfile/CustomConfiguration" "$CONF")" \
  "$(one Add "$VPN/Tunnel/PluginProfile/PluginPackageFamilyName" wireguard)"
is "codes" "$CODES" "200 200 200 "
is "key" "$(secret Tunnel private-key)" yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
is "address" "$(shows Tunnel ipv4.addresses)" 192.0.2.2/24
is "profiles" "$(profiles)" "Office:vpn Tunnel:wireguard "
contains "$(omadmctl get "$VPN/Tunnel/PluginProfile/CustomConfiguration")" "AllowedIPs = 10.1.0.0/16"
atomic "$(one Add "$VPN/Bad/PluginProfile/CustomConfiguration" "${CONF}PostUp = /bin/sh\\n")" \
  "$(one Add "$VPN/Bad/PluginProfile/PluginPackageFamilyName" wireguard)"
contains "$CODES" "507 "
session <<< "[$(one Delete "$VPN/Office"), $(one Delete "$VPN/Tunnel")]"
is "profiles" "$(profiles)" ""

say "secrets are nowhere"
for secret in s3cret yAnz5TF; do
  # not below Services: systemd-run describes the trial server by its command line
  for top in ./NAP ./Proxy ./Vendor/MSFT ./Vendor/Omadm/Network; do
    must_not grep -q "$secret" <<< "$(omadmctl tree $top)"
  done
  must_not grep -q "$secret-of-the-[ncv]" <<< "$(journalctl --no-pager -o cat -u omadmd)"
  must_not grep -rq -e "$secret-of-the-[ncv]" -e yAnz5TF -e n3w-s3cret /var/lib/omadm --exclude-dir=secrets
done
exit 0
