#!/bin/sh
# Stands for `parlance serve` in the tests of the private server. With MODE=broken it ends before it
# listens; on a chosen port it names that port, on port 0 one of its own.
echo "arguments: $*"
if [ "$MODE" = broken ]; then
    echo "listen: address in use" >&2
    exit 3
fi
port=$(sed -n 's/^listen = \["127.0.0.1:\([0-9]*\)"\]$/\1/p' "$3")
[ "$port" = 0 ] && port=4242
trap 'echo "stopping"; kill $!; exit 0' TERM
echo "parlance: listening on http://127.0.0.1:$port"
[ "$MODE" = two ] && echo "parlance: listening on http://127.0.0.1:4243"
sleep 600 &
wait $!
