#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# Process 1 of Lamella's guests. Stages are kernel log lines ("LAMELLA: key=value"), so they never mix with others.
# Commands come over the second serial port, one line each:
#   host:  ID COMMAND...
#   guest: ID|a line of output      (any number)
#          ID.EXITCODE
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev

say() {
    echo "<5>LAMELLA: $1" > /dev/kmsg
}

leave() {
    say "stage=poweroff"
    poweroff -f
}

option() {
    grep -qw "$1" /proc/cmdline
}

say "stage=init"

# What the host wants to be there from the start, such as drivers of disks and network cards.
if [ -f /etc/modules ]; then
    while read -r module; do
        modprobe "$module" || say "module-failed=$module"
    done < /etc/modules
fi
# QEMU's user network always has these addresses.
if [ -d /sys/class/net/eth0 ]; then
    ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
    route add default gw 10.0.2.2
    echo "nameserver 10.0.2.3" > /etc/resolv.conf
fi

if option lamella.interactive; then
    say "stage=load"
    while read -r module; do
        modprobe "$module" || say "$module=failed"
    done < /etc/drivers
    ls /dev/dri 2>/dev/null
    say "stage=shell"
    setsid cttyhack sh -l
    leave
fi

if [ ! -c /dev/ttyS1 ]; then
    say "error=no-second-serial-port"
    leave
fi
stty -F /dev/ttyS1 raw -echo
exec 3<> /dev/ttyS1
say "stage=ready"
echo "ready $(uname -r)" >&3
while read -r id command <&3; do
    (eval "$command") > /tmp/output 2>&1 < /dev/null
    code=$?
    # awk ends a last line that has no newline of its own.
    awk -v id="$id" '{ print id "|" $0 }' /tmp/output >&3
    echo "$id.$code" >&3
done
leave
