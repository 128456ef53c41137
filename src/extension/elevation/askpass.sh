#!/bin/sh
# Started by `sudo -A` as the person who captures; everything it needs is in the environment (askpassEndpoint.ts).
ELECTRON_RUN_AS_NODE=1 exec "$NETWORK_TRAFFIC_ASKPASS_NODE" "$NETWORK_TRAFFIC_ASKPASS_MAIN" "$1"
