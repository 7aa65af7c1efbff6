#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A page that a server shows (DM Protocol 2.0, SHOW) comes to who asks the user, as its address or in a browser, and the
# next command runs whatever comes of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

start_bus
start_server --port 0
start_daemon
dm2_enrol
# shellcheck disable=SC2016  # for no shell
page='https://help.example.org/here?a=1&b=$(true)%20;'
get='["GET", "urn:oma:mo:oma-dm-devinfo:1.2//Man"]'

# show ADDRESS: the statuses of SHOW, and of the command behind it
show() {
  queue "[[\"SHOW\", \"$1\"], $get]"
  exits 0 ctl sync two
  output=$(answers | sed -E 's/^[A-Z]+ [^ ]+ ([0-9]+).*/\1/' | xargs)
}
# agent [OPTION]...: until it waits
agent() {
  mkfifo "$work/answers"
  PATH=$work/bin:$PATH "${ctl[@]}" agent "$@" < "$work/answers" > "$work/agent.log" 2>&1 &
  agent_pid=$!
  exec 9> "$work/answers"
  wait_line '^Waiting' "$work/agent.log" "$agent_pid" > /dev/null || die "the agent: $(cat "$work/agent.log")"
}
end_agent() {
  exec 9>&-
  wait "$agent_pid" || die "omadmctl agent exited with $?: $(cat "$work/agent.log")"
  rm "$work/answers"
}

note "nobody is there to show it"
show "$page"
second=${output#* }
is "statuses" "501 $second" "$output"

note "its address is told, and nothing is opened unasked"
mkdir "$work/bin"
# shellcheck disable=SC2016  # for the script
printf '#!/bin/sh\nprintf "%%s\\n" "$#" "$@" > "%s"\n' "$work/bin/opened" > "$work/bin/xdg-open"
chmod 755 "$work/bin/xdg-open"
chmod 777 "$work/bin"
agent
show "$page"
is "statuses" "200 $second" "$output"
has "the address" '^  \| https://help\.example\.org/here\?a=1&b=\$\(true\)%20;$' "$(cat "$work/agent.log")"
has "who shows it" 'dm2 shows a page' "$(cat "$work/agent.log")"
end_agent
[ ! -e "$work/bin/opened" ] || die "a browser was started"

note "it is opened, as one argument"
agent --open-pages
show "$page"
is "statuses" "200 $second" "$output"
for ((i = 0; i < 300; i++)); do [ -s "$work/bin/opened" ] && break; sleep 0.1; done
is "arguments" "1 $page" "$(xargs -d '\n' < "$work/bin/opened")"
rm "$work/bin/opened"

note "an address with a user name is none"
show 'https://bank.example.org@evil.example.org/'
is "statuses" "500 $second" "$output"
[ ! -e "$work/bin/opened" ] || die "a browser was started"
end_agent

note "no browser is a failure"
rm "$work/bin/xdg-open"
if ! command -v xdg-open > /dev/null; then
  agent --open-pages
  show "$page"
  is "statuses" "500 $second" "$output"
  end_agent
fi
