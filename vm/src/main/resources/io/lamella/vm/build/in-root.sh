#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# in-root.sh ROOT WORK SOURCE COMMAND...
# Runs a command in a folder of unpacked Debian packages as if that were the system, with WORK at /home and SOURCE at /boot. It is started
# in a mount namespace of its own (unshare(1)), so that nothing of this outlives it.
set -e
root=$1 work=$2 source=$3
shift 3
mount --bind "$work" "$root/home"
mount --bind "$source" "$root/boot"
mount --rbind /dev "$root/dev"
# A container may have hidden parts of its own /proc; then a new one is refused.
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/usr/sbin HOME=/home TMPDIR=/home/tmp LC_ALL=C TZ=UTC "$@"
