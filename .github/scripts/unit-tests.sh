#!/usr/bin/env bash
# Builds everything and runs every test that boots no machine.
#   .github/scripts/unit-tests.sh REPORT.tar.gz [turbo arguments]
set -euo pipefail
report=$1
shift
cd "$(dirname "$0")/../.."
pnpm="npx -y $(node -p 'require("./package.json").packageManager')"
$pnpm install --frozen-lockfile
$pnpm exec turbo run build --output-logs=errors-only
# $pnpm is several words on purpose.
# shellcheck disable=SC2086
exec node scripts/report.mjs "$report" -- \
  $pnpm exec turbo run test --continue --concurrency=2 --output-logs=new-only "$@"
