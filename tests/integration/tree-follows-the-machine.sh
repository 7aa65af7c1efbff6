#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a service changes by itself shows in the tree at once, counts in VerNo and TStamp, and is signalled, once; also what
# changed while the daemon did not run, and what changed while the service was not there.
. "$(dirname "$0")/lib.sh"

use_plugin "$OMADM_WATCHED_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/watched.ddf.xml"
service=$work/service
mkdir -p "$service/items" "$service/settings" "$service/.new"
[ "$(id -u)" != 0 ] || chown -R "$user_id" "$service"
printf '[plugin watched]\nDirectory=%s\n' "$service" > "$work/config/omadm.conf"
items=./Vendor/Watched/Items
changes='' changes_pid=''

# set ITEM TEXT: what the service's own tool does
set_item() {
  echo "$2" > "$service/.new/$1"
  mv "$service/.new/$1" "$service/items/$1"
}

verno() { gdbus call --address "$bus" --dest org.omadm.Agent1 --object-path /org/omadm/Agent1 \
  --method org.omadm.Agent1.Tree.GetProperty "$1" VerNo | sed "s/('\(.*\)',)/\1/"; }

start_changes() {                      # what is told from now on is in $work/changes.log
  changes=$work/changes.log
  : > "$changes"
  "${ctl[@]}" watch ./Vendor/Watched >> "$changes" 2>&1 &
  changes_pid=$!
  wait_line '^Watching' "$changes" "$changes_pid" > /dev/null || die "there is no subscription"
}
stop_changes() { end "$changes_pid"; changes_pid=''; }

count() { grep -c -- "$1" "$changes"; }

# told PATTERN: waits for a signal
told() { wait_line "$1" "$changes" "$changes_pid" > /dev/null || die "nobody was told of $1: $(cat "$changes")"; }

# start_again: with a subscription
start_again() {
  local before
  before=$(count '^Watching')
  start_daemon
  while [ "$(count '^Watching')" = "$before" ]; do sleep 0.05; done
}

# flush: until all that happened before was told of
n_flushes=0
flush() {
  local before
  n_flushes=$((n_flushes + 1))
  before=$(grep -c '^replaced ./Vendor/Watched/Single$' "$changes")
  echo "$n_flushes" > "$service/settings/single"
  while [ "$(grep -c '^replaced ./Vendor/Watched/Single$' "$changes")" = "$before" ]; do sleep 0.05; done
}

set_item one 1
set_item two 1
start_bus
start_daemon
wait_line 'Watched/Items is followed' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "it was not read"
start_changes

note "what the service's tool does shows at once, counts and is told"
before=$(verno $items/one/Value)
set_item one 2
is "the value" 2 "$(ctl get $items/one/Value)"
told "^replaced $items/one/Value\$"
is "VerNo" $((before + 1)) "$(verno $items/one/Value)"
before=$(verno $items)
set_item three 1
told "^added $items/three\$"
rm "$service/items/two"
told "^deleted $items/two\$"
is "VerNo of the node above" $((before + 2)) "$(verno $items)"

note "a subtree is read with one call of the plugin, which shows what nobody may read as well"
: > "$work/omadmd.log"
tree=$(ctl tree $items)
has "the value" 'Value = 2' "$tree"
has "what cannot be read" 'Forget.*not readable' "$tree"
is "the nodes" 9 "$(wc -l <<< "$tree")"
is "one level" 3 "$(ctl tree --depth 1 $items | wc -l)"
is "two levels" 9 "$(ctl tree --depth 2 $items | wc -l)"
is "so many" 4 "$(ctl tree --limit 4 $items | grep -cE '[│├└]|^\./')"
hasnt "the plugin's log" 'was asked for' "$(cat "$work/omadmd.log")"

note "a signal that changes nothing is not told, nor is what we did ourselves told twice"
touch "$service/items/one"
set_item one 2
ctl set $items/one/Value 3 || die "a node cannot be set"
is "the service's file" 3 "$(cat "$service/items/one")"
flush
is "how often a change of the child was told" 0 "$(count "$items/one\$")"
is "how often one of the value was told, ours the second" 2 "$(count "$items/one/Value\$")"
is "VerNo" 2 "$(verno $items/one/Value)"

note "many changes of a subtree are one signal"
for i in $(seq 300); do echo 1 > "$service/.new/n$i"; done
mv "$service"/.new/n* "$service/items/"
told "^subtree $items\$"
flush
is "how many of them were told by name" 0 "$(count "^added $items/n")"
is "VerNo of one of them" 0 "$(verno $items/n7)"

note "what changes while the daemon does not run counts at the start, once"
before=$(verno $items/three)
stop_daemon
set_item three 2
set_item four 1
start_again
told "^replaced $items/three\$"
told "^added $items/four\$"
is "VerNo" $((before + 1)) "$(verno $items/three)"
flush
lines=$(wc -l < "$changes")
stop_daemon
start_again
flush
is "what was told then" "replaced ./Vendor/Watched/Single" "$(tail -n +$((lines + 1)) "$changes" | grep -v "^Watching\|^omadmctl" | sort -u)"

note "also after a kill; but not what we did before it"
ctl set $items/one/Value 4 || die "a node cannot be set"
kill_daemon
set_item three 3
start_again
flush
is "VerNo of ours" 3 "$(verno $items/one/Value)"
is "VerNo of the node above it" 0 "$(verno $items/one)"
is "VerNo of theirs" $((before + 2)) "$(verno $items/three)"

note "and what changes while the service is not there, when it comes"
: > "$service/settings/absent"
stop_daemon
start_again
wait_line 'Watched/Items cannot be followed now: .*The service is not there' "$work/omadmd.log" "$daemon_pid" > /dev/null ||
  die "the service is there"
exits '[!0]' ctl get $items/one/Value
has "the reason" "The service is not there" "$output"
set_item three 4
rm "$service/settings/absent"
flush
is "VerNo" $((before + 3)) "$(verno $items/three)"
is "the value" 4 "$(ctl get $items/three/Value)"
stop_changes
