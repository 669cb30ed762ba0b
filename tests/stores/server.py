"""An S3 server on loopback, as a program: prints its port, ends with its standard input.

Each line that comes in is a bucket, a prefix and a number: so many empty objects are put there.
"""

from __future__ import annotations

import sys

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer


def main() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    for line in sys.stdin:
        bucket, prefix, count = line.split()
        for number in range(int(count)):
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, f"{prefix}{number}/x", b"")
        print(count, flush=True)
    server.stop()


if __name__ == "__main__":
    main()
