#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The administrator sees of each plugin, whether it serves, was refused or crashed too often, what there is to know.
. "$(dirname "$0")/lib.sh"
need busctl json-glib-validate

# A sanitizer would report the crash, and exit.
as_user+=(ASAN_OPTIONS="$sanitizers:detect_leaks=1:handle_segv=0:handle_abort=0:use_sigaltstack=0")
daemon_command
for plugin in "$OMADM_GOOD_PLUGIN" "$OMADM_BADABI_PLUGIN" "$OMADM_CRASH_PLUGIN"; do
  use_plugin "$plugin" "$OMADM_SOURCE_DIR/tests/unit/plugin/modules/good.ddf.xml"
done
printf '[plugin good]\nGreeting=hello\n[plugin crash]\nHow=init\n' > "$work/config/omadm.conf"
# agent_call METHOD [ARGUMENT]...: through busctl
agent_call() { busctl --address="$bus" call org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1 "$@"; }

start_bus
for _ in 1 2 3; do exits 139 "${daemon[@]}" --bus-address "$bus" --no-polkit; done
start_daemon

note "all of them, in a line each"
list=$(ctl plugin list)
has "the heading" '^NAME  .*VERSION  .*STATE  ' "$list"
has "one that serves" '^good +1\.0 +loaded +\./Vendor/Trial$' "$list"
has "one that was refused" '^badabi +- +failed +it was built for plugin ABI 99\.' "$list"
has "one that crashed" '^crash +- +left out +it took the daemon down 3 times, last on 20' "$list"
check "JSON" json-glib-validate <(ctl plugin list --json)
has "JSON" '"state" : "left-out"' "$(ctl plugin list --json)"
has "D-Bus" '^aa\{sv\} [0-9]+ .*"Name" s "badabi"' "$(agent_call ListPlugins)"

note "one that was refused"
shown=$(ctl plugin show badabi)
has "its state" '^badabi: failed$' "$shown"
has "the reason" '^  Reason: it was built for plugin ABI 99\.[0-9]+, this is [0-9]' "$shown"
has "its file" "^  File: $work/plugins/badabi\.so$" "$shown"
has "its ABI" '^  Plugin ABI: 99\.' "$shown"
hasnt "its nodes" '\./Vendor' "$shown"
has "D-Bus" '"State" s "failed"' "$(agent_call GetPlugin s badabi)"
has "D-Bus" '"Nodes" a\(ssasbsas\) 0' "$(agent_call GetPlugin s badabi)"

note "one that crashed three times"
shown=$(ctl plugin show crash)
has "its state" '^crash: left out$' "$shown"
has "its crashes" '^  Crashes of the daemon: 3, last on 20[-0-9]* [:0-9]* by signal 11 ' "$shown"
has "D-Bus" '"Crashes" u 3 "LastCrash" x [0-9]{10} "CrashSignal" i 11' "$(agent_call GetPlugin s crash)"
has "JSON" '"crash-signal" : 11' "$(ctl plugin show --json crash)"

note "one that serves, and then fails"
shown=$(ctl plugin show good)
has "its state" '^good 1\.0: loaded$' "$shown"
has "its transactions" '^  Transactions: no$' "$shown"
has "its manifest" '^  Services that it may use: none$' "$shown"
has "its manifest" '^  Polkit actions that it needs: none$' "$shown"
has "a node" '^  \./Vendor/Trial/Fixed  chr  Get,Replace$' "$shown"
has "a node without a handler" '^  \./Vendor/Trial/\*  node  Add,Delete,Get  \(no handler\)$' "$shown"
has "a node below a placeholder" '^  \./Vendor/Trial/\*/Run  chr  Exec,Get$' "$shown"
hasnt "what failed" 'failed|error' "$shown"
exits 1 ctl set ./Vendor/Trial/Fixed x
shown=$(ctl plugin show good)
has "what failed" '^  Operations that failed since the daemon started: 1, last on 20' "$shown"
has "why" '^  Last error: The plugin gave no result$' "$shown"
check "JSON" json-glib-validate <(ctl plugin show --json good)
for member in name version state file abi uris bus-names actions transactions crashes failures last-failure last-error nodes uri format \
  access served handler flags; do
  has "JSON" "\"$member\" : " "$(ctl plugin show --json good)"
done

note "what there is not"
exits 1 ctl plugin show nobody
has "the reason" 'There is no plugin nobody' "$output"
exits 1 agent_call GetPlugin s nobody
exits 2 ctl plugin
exits 2 ctl plugin show
exits 2 ctl plugin list more

note "flags and transactions are told; crashes that are forgotten are not"
exits 0 ctl plugin reset crash
hasnt "its crashes" 'Crashes of the daemon' "$(ctl plugin show crash)"
stop_daemon
rm "$work/plugins/good.so" "$work/plugins/crash.so"
use_plugin "$OMADM_UNDO_PLUGIN" "$OMADM_SOURCE_DIR/tests/unit/plugin/modules/good.ddf.xml"
use_plugin "$OMADM_CLIENT_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/client.ddf.xml"
start_daemon
note "what a plugin may use is told"
shown=$(ctl plugin show client)
has "the services" '^  Services that it may use: org\.freedesktop\.DBus org\.omadm\.Absent1$' "$shown"
has "the actions" '^  Polkit actions that it needs: org\.omadm\.trial\.run$' "$shown"
has "D-Bus" '"BusNames" as 2 "org.freedesktop.DBus" "org.omadm.Absent1" "Actions" as 1 "org.omadm.trial.run"' \
  "$(agent_call GetPlugin s client)"
shown=$(ctl plugin show undo)
has "its transactions" '^  Transactions: yes$' "$shown"
has "a node that may cut the machine off" '^  \./Vendor/Trial/\*  node  Add,Delete,Get  provisional$' "$shown"
has "a node that cannot be undone" '^  \./Vendor/Trial/\*/Run  chr  Exec,Get  irreversible, provisional$' "$shown"
stop_daemon
