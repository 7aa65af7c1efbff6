# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# What the plugin systemd has hostnamed, timedated, localed and logind do: every node read and written, and how it fails.
. /srv/host/lib.sh

V=./Vendor/Omadm

say "host name and what describes the machine"
set_node System/HostName edge-7.example
is hostname "$(hostnamectl hostname)" edge-7.example
set_node System/PrettyName 'The edge, 7th'
set_node System/Location 'Hall 3'
set_node System/Deployment production
set_node System/Chassis server
is machine-info "$(. /etc/machine-info; echo "$PRETTY_HOSTNAME|$LOCATION|$DEPLOYMENT|$CHASSIS")" 'The edge, 7th|Hall 3|production|server'
set_node System/PrettyName ''
fails_with "not a permitted one" omadmctl set $V/System/HostName 'a b'
fails_with "not a permitted one" omadmctl set $V/System/HostName "$(printf 'a%.0s' {1..65})"
fails_with "not a permitted one" omadmctl set $V/System/Chassis toaster
fails_with "not a permitted one" omadmctl set $V/System/Location $'a\nPRETTY_HOSTNAME=b'
is hostname "$(hostnamectl hostname)" edge-7.example

say "time zone, clock and who keeps it"
set_node System/TimeZone Europe/Vienna
is zone "$(timedatectl show -p Timezone --value)" Europe/Vienna
fails_with "SetTimezone" omadmctl set $V/System/TimeZone Europe/Nowhere
is Time "$(node System/Time | cut -c1-11)" "$(date -u +%Y%m%dT%H)"
is Synchronized "$(node System/NTP/Synchronized)" false
fails_with "SetTime" omadmctl set $V/System/Time 20300101T000000Z
fails_with "not a permitted one" omadmctl set $V/System/Time tomorrow
fails_with "did not start" omadmctl set $V/System/NTP/Enabled true
is NTP "$(node System/NTP/Enabled)" false
unit clock.service '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=sysinit.target'
mkdir -p /etc/systemd/ntp-units.d
echo clock.service > /etc/systemd/ntp-units.d/10-test.list
must systemctl daemon-reload
systemctl stop systemd-timedated
set_node System/NTP/Enabled true
must systemctl -q is-active clock
fails_with "Error.NotAllowed" omadmctl --json set $V/System/Time 20300101T000000Z
set_node System/NTP/Enabled false
must_not systemctl -q is-active clock

say "language and keyboard"
must localectl set-locale LANG=C.UTF-8 LC_TIME=C
set_node System/Locale POSIX
contains "$(localectl)" LC_TIME=C
set_node System/Locale C.UTF-8
fails_with "SetLocale" omadmctl set $V/System/Locale xx_YY.UTF-8
set_node System/X11Layout de
set_node System/X11Model pc105
set_node System/X11Variant nodeadkeys
set_node System/X11Options ctrl:nocaps
is keyboard "$(. /etc/default/keyboard; echo "$XKBLAYOUT|$XKBMODEL|$XKBVARIANT|$XKBOPTIONS")" 'de|pc105|nodeadkeys|ctrl:nocaps'
fails_with "SetVConsoleKeyboard" omadmctl set $V/System/Keymap no-such-map

say "a service that dies is there again"
must systemctl kill -s KILL systemd-hostnamed
set_node System/HostName edge-8.example

say "a reboot is scheduled, refused twice, and cancelled"
is CanReboot "$(node Power/CanReboot)" yes
is CanPowerOff "$(node Power/CanPowerOff)" yes
fails_with "Nothing is scheduled" omadmctl exec $V/Power/Operations/Cancel
fails_with "number of minutes" omadmctl exec $V/Power/Operations/Reboot 0
fails_with "number of minutes" omadmctl exec $V/Power/Operations/PowerOff soon
must omadmctl exec $V/Power/Operations/PowerOff 90
is Operation "$(node Power/Scheduled/Operation)" PowerOff
contains "$(busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager \
  ScheduledShutdown)" poweroff
fails_with "scheduled already" omadmctl exec $V/Power/Operations/Reboot
must omadmctl exec $V/Power/Operations/Cancel
is Operation "$(node Power/Scheduled/Operation)" ""

say "nothing went wrong that nobody asked for"
is warnings "$(journalctl _SYSTEMD_UNIT=omadmd.service --no-pager -o cat -p warning)" ""
exit 0
