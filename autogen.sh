#!/bin/sh
# Make ./configure in a checkout.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --force --warnings=all,no-portability
