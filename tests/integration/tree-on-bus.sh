#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The DM tree is on D-Bus at any depth as a bus tool sees it: objects, properties, methods, names of
# errors; long lists come in pages, long values whole; what the tree itself knows needs no plugin.
. "$(dirname "$0")/lib.sh"
need busctl json-glib-validate

drop_in=$work/config/ddf.d
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$drop_in/"
# ./Vendor/Deep: placeholders below placeholders, and a value on the ninth level of the tree
node='<Node><NodeName>%s</NodeName>%s<DFProperties><AccessType><Add/><Delete/><Get/><Replace/></AccessType><DFFormat><%s/></DFFormat><Occurrence><%s/></Occurrence><Scope><%s/></Scope><DFType>%s</DFType></DFProperties>'
{
  echo '<MgmtTree><VerDTD>1.2</VerDTD>'
  # shellcheck disable=SC2059  # a format
  printf "$node" Deep '<Path>./Vendor</Path>' node One Permanent '<DDFName/>'
  for _ in 3 4 5 6 7 8; do
    # shellcheck disable=SC2059
    printf "$node" '' '' node ZeroOrMore Dynamic '<DDFName/>'
  done
  # shellcheck disable=SC2059
  printf "$node" 'Leaf' '' bin ZeroOrOne Dynamic '<MIME>application/octet-stream</MIME>'
  printf '</Node>%.0s' Leaf 8 7 6 5 4 3 Deep
  echo '</MgmtTree>'
} > "$drop_in/deep.ddf.xml"
use_plugin "$OMADM_SLOW_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/slow.ddf.xml"
printf '[Daemon]\nOperationTimeout=1\n' > "$work/config/omadm.conf"
start_bus
start_daemon

bus_tool() { busctl --address="$bus" --no-pager "$@"; }
property() { bus_tool get-property org.omadm.Agent1 "$1" org.omadm.Agent1.Node "$2"; }
node_call() {                          # node_call PATH METHOD [ARGUMENT]...
  local path=$1 method=$2
  shift 2
  gdbus call --address "$bus" --dest org.omadm.Agent1 --object-path "$path" --method "org.omadm.Agent1.Node.$method" "$@"
}
root=/org/omadm/Agent1/tree

note "nine levels"
uri=./Vendor/Deep
for name in a 1b 'c%20d' '%C3%A9' e_f g; do
  uri=$uri/$name
  ctl add "$uri" || die "$uri cannot be added"
done
printf 'octets\0\xff' > "$work/octets"
ctl add --file "$work/octets" "$uri/Leaf" || die "the leaf cannot be added"
path=$root/Vendor/Deep/a/_31b/c_20d/_c3_a9/e_5ff/g/Leaf
has "busctl tree" "$path\$" "$(bus_tool tree --list org.omadm.Agent1)"
has "busctl introspect" '\.Uri +property +s +"./Vendor/Deep/a/1b/c%20d/%C3%A9/e_f/g/Leaf"' \
  "$(bus_tool introspect org.omadm.Agent1 "$path")"
is "Name, decoded" 's "\303\251"' "$(property "${path%/e_5ff*}" Name)"
is "Format" 's "bin"' "$(property "$path" Format)"
is "Type" 's "application/octet-stream"' "$(property "$path" Type)"
is "Size" 't 8' "$(property "$path" Size)"
is "Children" 'u 1' "$(property "${path%/Leaf}" Children)"
is "Scope" 's "Dynamic"' "$(property "$path" Scope)"
is "VerNo" 'q 0' "$(property "$path" VerNo)"
has "Access" 'as 4 .*"Delete".*"Replace"' "$(property "$path" Access)"
has "Get" "\('bin', 'application/octet-stream', <b?\[?.*octets|\[byte 0x6f, 0x63" "$(node_call "$path" Get)"
node_call "$path" Replace "<[byte 1, 2, 3]>" > /dev/null || die "Replace of the object"
is "VerNo after a Replace" 'q 1' "$(property "$path" VerNo)"
has "TStamp" 's "20[0-9]{6}T[0-9]{6}Z"' "$(property "$path" TStamp)"
node_call "$path" Delete > /dev/null || die "Delete of the object"
exits 1 property "$path" Uri
has "the error" 'No node has the path' "$output"

note "what the tree knows needs no plugin, nor do introspection and lists"
: > "$work/omadmd.log"
has "GetAll of a plugin's node" "'Uri': <'./Vendor/Slow/Never'>" "$(gdbus call --address "$bus" --dest org.omadm.Agent1 \
  --object-path $root/Vendor/Slow/Never --method org.freedesktop.DBus.Properties.GetAll org.omadm.Agent1.Node)"
bus_tool introspect org.omadm.Agent1 $root/Vendor/Slow/Quick > /dev/null || die "introspect"
bus_tool tree org.omadm.Agent1 > /dev/null || die "tree"
exits 0 tree_call List ./Vendor/Slow 0 0
hasnt "the plugin's log" 'was asked for' "$(cat "$work/omadmd.log")"
exits 0 tree_call Get ./Vendor/Slow/Quick
is "Get of a plugin's node" "('chr', 'text/plain', <'quick'>)" "$output"
has "the plugin's log" 'Quick was asked for' "$(cat "$work/omadmd.log")"
note "a value that never comes costs its own time only"
(exits 1 tree_call Get ./Vendor/Slow/Never; has "the error" 'org\.omadm\.Agent1\.Error\.' "$output") &
waiting=$!
exits 0 tree_call Get ./Vendor/Slow/Quick
wait "$waiting" || exit 1

note "names of errors"
error_is() {                           # error_is NAME METHOD [ARGUMENT]...
  local name=$1
  shift
  exits 1 tree_call "$@"
  has "the error of $*" "org\.omadm\.Agent1\.Error\.$name: .+" "$output"
}
error_is NotFound Get ./Nothing
error_is NotFound Replace ./Vendor/Example/Sites/none/Url '' '' "<'x'>"
error_is NotAllowed Replace ./DevInfo/Man '' '' "<'x'>"
error_is NotAllowed Delete ./DevInfo
error_is NotAllowed Delete .
error_is NotAllowed Exec ./Vendor/Example/Motd '' ''
error_is AlreadyExists Add ./Vendor/Deep/a node '' "<''>"
error_is BadRequest Get './a//b'
error_is BadRequest Get './%zz'
error_is UriTooLong Get "./$(printf 'x%.0s' {1..300})"
error_is UriTooLong Get ".$(printf '/x%.0s' {1..40})"
error_is UnsupportedFormat Add ./Vendor/Example/Sites/s chr '' "<'x'>"
error_is '[A-Za-z]+' Replace ./Vendor/Example/LogLevel '' '' "<'99'>"
error_is '[A-Za-z]+' Replace ./Vendor/Example/LogLevel '' '' "<'loud'>"
is "the value" 4 "$(ctl get ./Vendor/Example/LogLevel)"
exits 1 tree_call NoSuchMethod
has "the error" 'org\.freedesktop\.DBus\.Error\.UnknownMethod' "$output"
exits 1 bus_tool set-property org.omadm.Agent1 $root/Vendor org.omadm.Agent1.Node Name s x
exits 1 gdbus call --address "$bus" --dest org.omadm.Agent1 --object-path $root/Vendor/Nothing \
  --method org.omadm.Agent1.Node.Get
has "the error" 'org\.freedesktop\.DBus\.Error\.UnknownObject' "$output"

note "several at once; properties and ACLs"
exits 0 tree_call GetMany "['./Vendor/Example/Motd', './Nothing', './DevDetail/HwV']"
has "GetMany" "\('./Vendor/Example/Motd', (uint32 )?200, 'chr', 'text/plain', <'Welcome.'>, ''\), \('./Nothing', 404, " "$output"
exits 0 tree_call GetSubtree ./Vendor/Example 1 2
has "GetSubtree stops at its limit" ', true\)$' "$output"

note "a subtree as a document, there and back"
document=$work/example.tnds
ctl get --tnds ./Vendor/Example > "$document" || die "there is no document"
has "the document" '<Node><NodeName>Motd</NodeName>.*<Value>Welcome.</Value></Node>' "$(cat "$document")"
ctl add ./Vendor/Example/Sites/doc || die "a node cannot be added"
printf '<MgmtTree><Node><NodeName>x</NodeName></Node></MgmtTree>' > "$document"
exits 1 tree_call Add ./Vendor/Example/Sites xml application/vnd.syncml.dmtnds+xml \
  "<'<MgmtTree><Node><NodeName>fresh</NodeName></Node><Node><NodeName>doc</NodeName></Node></MgmtTree>'>"
has "the error" 'org\.omadm\.Agent1\.Error\.AlreadyExists' "$output"
exits 1 tree_call Get ./Vendor/Example/Sites/fresh
ctl add --type application/vnd.syncml.dmtnds+xml --file "$document" ./Vendor/Example/Sites ||
  die "a document cannot be added"
exits 0 tree_call Get ./Vendor/Example/Sites/x
ctl delete ./Vendor/Example/Sites/x && ctl delete ./Vendor/Example/Sites/doc || die "nodes cannot be deleted"
exits 0 tree_call SetProperty ./Vendor/Example ACL 'Get=*&Replace=some.server'
exits 0 tree_call GetProperty ./Vendor/Example ACL
is "the ACL" "('Get=*&Replace=some.server',)" "$output"
is "property Acl" 's "Get=*&Replace=some.server"' "$(property $root/Vendor/Example Acl)"
ctl set --property ACL ./Vendor/Example "" || die "the ACL cannot be taken away"

note "long lists come in pages"
commands=$(printf '{ "command": "Add", "uri": "./Vendor/Example/Sites/s%d", "format": "node" },' {1..1200})
start_md5_server
queue "[${commands%,}]"
enrol
exits 0 ctl sync
is "Children" 'u 1200' "$(property $root/Vendor/Example/Sites Children)"
is "children in an introspection" 1000 "$(gdbus introspect --address "$bus" --dest org.omadm.Agent1 \
  --object-path $root/Vendor/Example/Sites --xml | grep -c '<node name=')"
for page in 0 500 1000; do tree_call List ./Vendor/Example/Sites $page 500; done > "$work/pages"
is "names in all pages" 1200 "$(grep -o "'s[0-9]*'" "$work/pages" | sort -u | wc -l)"
is "the total" 3 "$(grep -c ', uint32 1200)$' "$work/pages")"

note "long values come and go whole"
head -c 3000000 /dev/urandom > "$work/large"
for uri in l l/2 l/2/3 l/2/3/4 l/2/3/4/5 l/2/3/4/5/6; do ctl add "./Vendor/Deep/$uri" || die "$uri cannot be added"; done
leaf=./Vendor/Deep/l/2/3/4/5/6/Leaf
ctl add --file "$work/large" "$leaf" || die "a long value cannot be added"
restart_daemon
is "Size" "$(stat -c 't %s' "$work/large")" "$(property $root/Vendor/Deep/l/_32/_33/_34/_35/_36/Leaf Size)"
ctl get "$leaf" | head -c 3000000 | cmp - "$work/large" || die "the long value came back otherwise"
has "Get of it" '<handle 0>' "$(tree_call Get "$leaf")"
exits 0 ctl get --json "$leaf"
echo "$output" > "$work/json"
json-glib-validate "$work/json" || die "the long value as JSON"
head -c 5000 "$work/large" > "$work/small"
ctl set --file "$work/small" "$leaf" || die "a value cannot be set from a file"
ctl get "$leaf" | head -c 5000 | cmp - "$work/small" || die "the value came back otherwise"
