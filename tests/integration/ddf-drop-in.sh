#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A DDF file in ddf.d gives a stored subtree; one that must not be believed is refused whole and
# shown; when the schema changes, nodes that do not fit are kept aside and come back.
. "$(dirname "$0")/lib.sh"

drop_in=$work/config/ddf.d

# node NAME FORMAT ACCESS OCCURRENCE SCOPE [CHILDREN]: markup of a node; - leaves an element out
node() {
  local access='' word
  for word in $3; do access="$access<$word/>"; done
  echo "<Node><NodeName>$1</NodeName><DFProperties><AccessType>$access</AccessType><DFFormat><$2/></DFFormat>"
  [ "$4" = - ] || echo "<Occurrence><$4/></Occurrence>"
  [ "$5" = - ] || echo "<Scope><$5/></Scope>"
  if [ "$2" = node ]; then echo "<DFType><DDFName/></DFType>"; else echo "<DFType><MIME>text/plain</MIME></DFType>"; fi
  echo "</DFProperties>${6:-}</Node>"
}

# at PATH NODE: the node as a top node there
at() { echo "${2/<\/NodeName>/</NodeName><Path>$1</Path>}"; }

# document FILE NODES [DOCTYPE]
document() {
  printf '<?xml version="1.0" encoding="UTF-8"?>\n%s<MgmtTree><VerDTD>1.2</VerDTD>%s</MgmtTree>\n' "${3:-}" "$2" \
    > "$drop_in/$1"
}

tree() { ctl tree --json ./Vendor | sed -n 's/^ *"uri" : "\(.*\)",*$/\1/p' | sort | tr '\n' ' '; }
aside() { ctl status | sed -n '/kept aside/,$p' | sed -n 's/^  \(\.[^ :]*\): .*/\1/p' | sort | tr '\n' ' '; }
refused() { ctl status | sed -n '/were refused/,/kept aside/p'; }

start_bus

note "as published files are: a DOCTYPE, several top nodes, a placeholder beside a named node, things left out"
document one.ddf.xml "$(at ./Vendor "$(node First node Get One Permanent "
    $(node Named chr 'Get Replace' One Permanent)
    $(node '' chr 'Add Delete Get Replace' ZeroOrMore Dynamic)
    $(node Silent chr '' - -)")")
  $(at ./Vendor "$(node Second node 'Get Add' One Permanent "$(node '' node 'Add Get Delete' OneOrMore -)")")" \
  '<!DOCTYPE MgmtTree PUBLIC " -//OMA//DTD-DM-DDF 1.2//EN" "http://127.0.0.1:9/ddf.dtd" [<?oma-dm-ddf-ver supported-versions="1.2"?>]>'
start_daemon
is "the tree" "./Vendor ./Vendor/First ./Vendor/First/Named ./Vendor/Second " "$(tree)"
ctl add ./Vendor/First/Free yes || die "a node of the placeholder cannot be added"
ctl set ./Vendor/First/Named no || die "the named node cannot be set"
exits 1 ctl delete ./Vendor/First/Named
ctl add ./Vendor/Second/x || die "an interior node cannot be added"
exits 1 ctl exec ./Vendor/First/Named
exits 1 ctl add ./Vendor/Third x
restart_daemon
is "the tree after a restart" \
  "./Vendor ./Vendor/First ./Vendor/First/Free ./Vendor/First/Named ./Vendor/Second ./Vendor/Second/x " "$(tree)"
is "refused files" "" "$(refused)"

note "refused whole, each with a reason"
document p-served.ddf.xml "$(at ./Vendor "$(node Fine node Get One Permanent)")$(at ./Vendor "$(node First node Get One Permanent)")"
for uri in DevInfo DevDetail DMAcc Inbox devinfo; do
  document "b-$uri.ddf.xml" "$(node "$uri" node Get One Permanent)"
done
document c-below.ddf.xml "$(at ./DevInfo "$(node Extra chr Get One Permanent)")"
document d-entity.ddf.xml "$(at ./Vendor "$(node Entity node Get One Permanent)")" '<!DOCTYPE MgmtTree [<!ENTITY a "b">]>'
echo "no XML" > "$drop_in/e-noise.ddf.xml"
head -c 300 "$drop_in/one.ddf.xml" > "$drop_in/f-cut.ddf.xml"
document g-writable.ddf.xml "$(at ./Vendor "$(node Writable node Get One Permanent)")"
chmod 666 "$drop_in/g-writable.ddf.xml"
bad="p-served b-DevInfo b-DevDetail b-DMAcc b-Inbox b-devinfo c-below d-entity e-noise f-cut g-writable"
if [ "$(id -u)" = 0 ]; then
  document h-foreign.ddf.xml "$(at ./Vendor "$(node Foreign node Get One Permanent)")"
  chown 12345 "$drop_in/h-foreign.ddf.xml"
  bad="$bad h-foreign"
fi
document z-good.ddf.xml "$(at ./Vendor "$(node Good node Get One Permanent)")"
echo "not looked at" > "$drop_in/readme.txt"
restart_daemon
is "the tree" "./Vendor ./Vendor/First ./Vendor/First/Free ./Vendor/First/Named ./Vendor/Good ./Vendor/Second ./Vendor/Second/x " \
  "$(tree)"
list=$(refused)
for file in $bad; do
  has "what omadmctl status says of $file" "$file\.ddf\.xml: .+" "$list"
  grep -q "$file\.ddf\.xml" "$work/omadmd.log" || die "the log does not tell of $file"
  rm "$drop_in/$file.ddf.xml"
done
is "how many are refused" "$(wc -w <<< "$bad")" "$(grep -c '^  /' <<< "$list")"
hasnt "good files among the refused" '/(one|z-good)\.ddf\.xml: ' "$list"
is "DevInfo is the plugin's" "$(device_id)" "$(ctl get ./DevInfo/DevId)"
rm "$drop_in/z-good.ddf.xml" "$drop_in/one.ddf.xml"

note "a schema that changes, over three versions"
version() {                            # version NODES: of ./Vendor/Up
  document up.ddf.xml "$(at ./Vendor "$(node Up node Get One Permanent "$1")")"
  restart_daemon
}
sites=$(node Sites node 'Add Get' One Permanent "$(node '' node 'Add Get Delete' ZeroOrMore Dynamic \
  "$(node Url chr 'Add Get Replace' One Dynamic)$(node Note chr 'Add Get Delete Replace' ZeroOrOne Dynamic)")")
version "$(node Level chr 'Get Replace' One Permanent)$(node Name chr 'Get Replace' One Permanent)$sites"
is "what was stored for the first files" "./Vendor/First ./Vendor/First/Free ./Vendor/First/Named ./Vendor/Good ./Vendor/Second ./Vendor/Second/x " \
  "$(aside)"
ctl set ./Vendor/Up/Level high || die "set"
ctl set ./Vendor/Up/Name box || die "set"
ctl add ./Vendor/Up/Sites/b || die "add"
ctl add ./Vendor/Up/Sites/b/Url https://b.example/ || die "add"
ctl add ./Vendor/Up/Sites/b/Note keep || die "add"

note "the second: Level is a number, Name and Note are gone, there is a Colour"
second="$(node Level int 'Get Replace' One Permanent)$(node Colour chr 'Get Replace' One Permanent)
  $(node Sites node 'Add Get' One Permanent "$(node '' node 'Add Get Delete' ZeroOrMore Dynamic \
    "$(node Url chr 'Add Get Replace' One Dynamic)")")"
version "$second"
list=$(aside)
for uri in ./Vendor/Up/Level ./Vendor/Up/Name ./Vendor/Up/Sites/b/Note; do
  has "what is kept aside" "$uri " "$list"
done
is "what fits" https://b.example/ "$(ctl get ./Vendor/Up/Sites/b/Url)"
exits 1 ctl get ./Vendor/Up/Name
exits 1 ctl get ./Vendor/Up/Sites/b/Note
ctl set ./Vendor/Up/Colour red || die "a new node cannot be set"
ctl set ./Vendor/Up/Level 7 || die "a node of another format cannot be set"

note "the third: as the first, with Colour"
version "$(node Level chr 'Get Replace' One Permanent)$(node Name chr 'Get Replace' One Permanent)
  $(node Colour chr 'Get Replace' One Permanent)$sites"
is "Level" high "$(ctl get ./Vendor/Up/Level)"
is "Name" box "$(ctl get ./Vendor/Up/Name)"
is "Note" keep "$(ctl get ./Vendor/Up/Sites/b/Note)"
is "Colour" red "$(ctl get ./Vendor/Up/Colour)"
is "what is kept aside" "./Vendor/Up/Level " "$(aside | tr ' ' '\n' | grep /Up/ | tr '\n' ' ')"

note "the second again: both values of Level were kept"
version "$second"
is "Level" 7 "$(ctl get ./Vendor/Up/Level)"
has "what is kept aside" './Vendor/Up/Level ' "$(aside)"
version "$(node Level chr 'Get Replace' One Permanent)$(node Name chr 'Get Replace' One Permanent)$sites"
is "Level" high "$(ctl get ./Vendor/Up/Level)"

note "the whole file gone, and back"
mv "$drop_in/up.ddf.xml" "$work/up"
restart_daemon
exits 1 ctl get ./Vendor/Up
has "what is kept aside" './Vendor/Up/Sites/b/Note ' "$(aside)"
cp "$work/up" "$drop_in/up.ddf.xml"
kill_daemon
start_daemon
is "Note" keep "$(ctl get ./Vendor/Up/Sites/b/Note)"
