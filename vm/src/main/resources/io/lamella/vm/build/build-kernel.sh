#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build-kernel.sh JOBS
# Inside the build root: from /boot/usr/src/linux-source-*.tar.xz and /home/fragment to /home/bzImage. It goes on where an earlier run
# was interrupted.
set -e
cd /home
mkdir -p tmp bin
# An awk is chosen when one is installed; here nothing is installed, only unpacked.
ln -sf /usr/bin/mawk bin/awk
export PATH=/home/bin:$PATH
if [ ! -f unpacked ]; then
    echo "LAMELLA: unpack"
    rm -rf linux
    mkdir linux
    tar -C linux --strip-components=1 --no-same-owner -xf /boot/usr/src/linux-source-*.tar.xz
    touch unpacked
fi
cd linux
make="make LLVM=1 KBUILD_BUILD_TIMESTAMP=2000-01-01 KBUILD_BUILD_USER=lamella KBUILD_BUILD_HOST=lamella"
echo "LAMELLA: configure"
$make rustavailable
$make KCONFIG_ALLCONFIG=/home/fragment allnoconfig
grep '^CONFIG_' /home/fragment | while read -r line; do
    grep -qxF "$line" .config || { echo "LAMELLA: refused $line"; exit 1; }
done
echo "LAMELLA: compile"
$make -j "$1" bzImage
cp .config ../config
cp arch/x86/boot/bzImage ../bzImage
echo "LAMELLA: done"
