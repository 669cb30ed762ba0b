#!/usr/bin/env bash
# Builds sdist and wheel, and tries the wheel where nothing else of the project is.
#   .ci/wheel.sh [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(realpath -s "$(command -v "${1:-python3}")")
root=$PWD
clean=$(mktemp -d)
trap 'rm -rf "$clean"' EXIT

rm -rf dist
"$python" -m venv "$clean/build"
"$clean/build/bin/pip" install --quiet build
# the wheel is built from the sdist: what the sdist forgets, the wheel has not
"$clean/build/bin/python" -m build --outdir dist . > "$clean/build.log" || {
    cat "$clean/build.log"
    exit 1
}

"$python" -m venv "$clean/venv"
"$clean/venv/bin/pip" install --quiet dist/*.whl
cd "$clean"
printf 'epoch,loss,acc\n0,0.5,0.1\n1,0.25,0.2\n' > history.csv
cp -r "$root/fixtures" fixtures
venv/bin/tbconvert --version
venv/bin/tbconvert ingest history.csv fixtures/keras --logdir runs --json --quiet > report.json
venv/bin/python - << 'END'
import json
import pathlib

import tbconvert

assert pathlib.Path("venv") in pathlib.Path(tbconvert.__file__).relative_to(pathlib.Path.cwd()).parents
report = json.loads(pathlib.Path("report.json").read_text())
totals = report["totals"]
assert report["exit_status"] == 0, report
assert totals["failed"] == 0, totals
assert totals["written"] == totals["runs"] >= 2, totals
for run in report["runs"]:
    assert pathlib.Path(run["event_file"]).stat().st_size == run["bytes"] > 0, run
print(f"the wheel works: {totals['written']} runs, {totals['points']} points")
END
