#!/bin/sh
# Installs the npm packages of the repository unless they are those of package-lock.json. On a clean clone SAM builds
# functions in parallel, and each asks for the packages: hence the lock.
set -eu
cd "$(dirname "$0")/.."
node=node_modules/.bin/node
installed=node_modules/.package-lock.json
lock=.cache/npm-ci.lock

fail() {
  echo "$1" >&2
  exit 1
}

is_current() {
  [ -x "$node" ] && [ -e "$installed" ] && ! [ package-lock.json -nt "$installed" ]
}

is_current && exit 0
mkdir -p .cache
until mkdir "$lock" 2>/dev/null; do
  owner=$(cat "$lock/pid" 2>/dev/null || true)
  if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$lock"; else sleep 1; fi
done
echo $$ > "$lock/pid"
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' INT TERM
is_current && exit 0

major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
[ "$major" -ge 20 ] || fail "Node.js 20 or newer is needed to start (found: $(node --version 2>/dev/null || echo none)); install it from your package manager or nodejs.org."

echo "… install npm packages" >&2
started=$(date +%s)
if ! npm ci --no-audit --no-fund --no-update-notifier --loglevel=error > .cache/npm-ci.log 2>&1; then
  grep -v 'npm warn' .cache/npm-ci.log | tail -n 15 | sed 's/^/  | /' >&2
  fail "npm ci failed: check the network, the registry settings of npm and the free disk space, then run the command again."
fi
case $("$node" --version 2>/dev/null || true) in
  v24.*) ;;
  *)
    # npm calls this complete; the next command must not.
    rm -f "$installed"
    fail "npm did not install Node 24: its install scripts are disabled. Run: npm config delete ignore-scripts; then the command again."
    ;;
esac
touch "$installed"
echo "✓ install npm packages ($(($(date +%s) - started)) s)" >&2
