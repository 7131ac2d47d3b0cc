#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
home=/usr/lib/lamella
# Without a daemon of your own, the system's is meant.
if [ -z "${LAMELLA_SOCKET:-}" ] && [ "${1:-}" != daemon ] && [ -S /run/lamella/api.sock ] &&
  [ ! -S "${XDG_RUNTIME_DIR:-/nonexistent}/lamella/api.sock" ]; then
  export LAMELLA_SOCKET=/run/lamella/api.sock
fi
case ${1:-} in
  demo | vm | daemon | bench | render | example-device | replay) compiler= ;;
  # Short commands are not worth the optimising compiler's while.
  *) compiler=-XX:TieredStopAtLevel=1 ;;
esac
# shellcheck disable=SC2086
exec "$home/bin/java" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xmx1g --enable-native-access=io.lamella.linux,io.lamella.core.c \
  -XX:AOTCache="$home/lib/lamella.aot" -Xlog:aot=off -Xlog:cds=off $compiler ${LAMELLA_JAVA_OPTS:-} \
  --module io.lamella.cli/io.lamella.cli.Lamella "$@"
