#!/usr/bin/env bash
# Generates tbconvert/proto/*_pb2.py and their types, or says whether they are stale.
#   .ci/proto.sh write|check
# The generator is the extra `proto` of pyproject.toml; it gets an environment of its own
# in the cache, made on demand and again when that extra changes.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-}
[[ $mode == write || $mode == check ]] || {
    echo "usage: .ci/proto.sh write|check" >&2
    exit 2
}

# This generator has wheels for Python 3.11 and 3.12 only; a name on the path may be an empty shim.
python=
for name in ${PYTHON:-} python3.11 python3.12 "$HOME"/.pyenv/versions/3.1[12].*/bin/python python3; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2> /dev/null; then
        python=$name
        break
    fi
done
[[ -n $python ]] || {
    echo "no Python 3.11 or 3.12 found, which grpcio-tools wants; name one: PYTHON=… $0 $mode" >&2
    exit 1
}

wanted=$("$python" -c '
import tomllib
from pathlib import Path
project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
print(*project["optional-dependencies"]["proto"], sep="\n")')

# One environment for each set of requirements: two runs with different ones stay apart.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/tbconvert/proto-$(cksum <<< "$wanted" | cut -d ' ' -f 1)
if [[ ! -e $tools/.complete ]]; then
    "$python" -m venv --clear "$tools"
    xargs -d '\n' "$tools/bin/pip" install --quiet --disable-pip-version-check <<< "$wanted"
    touch "$tools/.complete"
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
# protoc finds protoc-gen-mypy on the path
PATH=$tools/bin:$PATH "$tools/bin/python" -W ignore -m grpc_tools.protoc \
    --proto_path=. --python_out="$fresh" --mypy_out=quiet:"$fresh" tbconvert/proto/*.proto

if [[ $mode == write ]]; then
    rm -f tbconvert/proto/*_pb2.py tbconvert/proto/*_pb2.pyi
    cp "$fresh"/tbconvert/proto/* tbconvert/proto/
    exit
fi
stale=0
for file in "$fresh"/tbconvert/proto/* tbconvert/proto/*_pb2.py*; do
    name=$(basename "$file")
    diff -u "tbconvert/proto/$name" "$fresh/tbconvert/proto/$name" || stale=1
done
if ((stale)); then
    echo "tbconvert/proto/ is stale: its code is not what its .proto files make; make proto" >&2
    exit 1
fi
