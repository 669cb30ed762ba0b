"""What a URI says of its store: no network is needed for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow
import pytest
from pyarrow import fs

from tbconvert import RunWriter, UsageError, plan_runs, stores

pytestmark = pytest.mark.usefixtures("credentials")
IS_TOO_OLD = int(pyarrow.__version__.partition(".")[0]) < 21
needs_stores = pytest.mark.skipif(IS_TOO_OLD, reason="object stores want pyarrow 21")


@pytest.mark.parametrize(
    ("given", "uri", "said"),
    [
        ("s3://b/runs/", "s3://b/runs", {}),
        ("S3://b", "s3://b", {}),
        ("gcs://b/x", "gs://b/x", {}),
        ("abfss://c@a.dfs.core.windows.net/x", "abfs://c@a.dfs.core.windows.net/x", {}),
        ("s3://b/a@b:c", "s3://b/a@b:c", {}),
        ("s3://b/run_?.csv", "s3://b/run_?.csv", {}),
        ("s3://b/run_?.csv?region=eu-west-1", "s3://b/run_?.csv", {"region": "eu-west-1"}),
        (
            "s3://b/x?endpoint_override=localhost:9000&scheme=http&anonymous=true",
            "s3://b/x",
            {"endpoint_override": "localhost:9000", "scheme": "http", "anonymous": "true"},
        ),
        ("gs://b/x?project_id=p", "gs://b/x", {"project_id": "p"}),
        ("abfs://c/x?endpoint_override=127.0.0.1:10000&scheme=http", "abfs://c/x",
         {"endpoint_override": "127.0.0.1:10000", "scheme": "http"}),
    ],
)  # fmt: skip
def test_what_a_uri_says_of_its_store_is_taken_out_of_it(
    given: str, uri: str, said: dict[str, str]
) -> None:
    assert stores.known(given) == uri
    assert stores.known(uri) == uri
    assert list(stores.access().values()) == ([said] if said else [])


WRONG = {
    "hdfs": ("hdfs://host/x", "wanted s3://, gs://"),
    "https": ("https://me:s3cret@host/x.csv?key=s3cret", "curl … | tbconvert ingest -"),
    "no bucket": ("s3:///x", "wanted a bucket"),
    "keys": ("s3://AKIA:s3cret@b/x", "wanted credentials in the environment"),
    "a key with a slash": ("s3://AKIA:s3cr/s3cret@b/x", "wanted credentials in the environment"),
    "a user": ("s3://s3cret@b/x", "wanted credentials in the environment"),
    "azure's key": ("abfs://c:s3cret@a.dfs.core.windows.net", "wanted credentials in the environm"),
    "unknown": ("s3://b/x?secret_key=s3cret", "got 'secret_key' behind it, wanted endpoint_over"),
    "of another store": ("s3://b/x?project_id=p", "got 'project_id' behind it"),
    "azure's region": ("abfs://c/x?region=p", "got 'region' behind it"),
    "a URL": ("s3://b/x?endpoint_override=http://me:s3cret@h", "wanted host:port"),
    "scheme": ("s3://b/x?scheme=ftp", "wanted http or https"),
    "anonymous": ("s3://b/x?anonymous=yes", "wanted true or false"),
    "nothing": ("s3://b/x?region=", "wanted something"),
}


@pytest.mark.parametrize(("uri", "said"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("use", ["source", "logdir", "writer"])
def test_a_wrong_uri_is_wrong_usage_and_is_not_repeated_with_its_secret(
    uri: str, said: str, use: str
) -> None:
    uses: dict[str, Callable[[], object]] = {
        "source": lambda: plan_runs([uri], "runs"),
        "logdir": lambda: plan_runs(["a.csv"], uri),
        "writer": lambda: RunWriter(uri),
    }
    with pytest.raises(UsageError) as wrong:
        uses[use]()

    assert said in str(wrong.value)
    assert "s3cret" not in str(wrong.value)


def test_a_bucket_has_one_endpoint() -> None:
    stores.known("s3://b/x?region=eu-west-1")
    stores.known("s3://b/x?region=eu-west-1")
    stores.known("s3://other/x?region=us-west-1")

    with pytest.raises(UsageError, match="s3://b: got two endpoints or regions for it"):
        stores.known("s3://b/y?region=us-west-1")


def made(uri: str) -> tuple[Any, str]:
    return stores._place(stores.known(uri))


@needs_stores
def test_a_filesystem_of_google() -> None:
    filesystem, path = made("gs://b/a/c.csv?endpoint_override=localhost:1&scheme=http")
    assert isinstance(filesystem, fs.GcsFileSystem)
    assert path == "b/a/c.csv"


@needs_stores
def test_a_filesystem_of_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    class Recorded(fs.AzureFileSystem):  # type: ignore[misc]
        def __init__(self, account: str, **given: Any) -> None:
            asked.append((account, given))
            super().__init__(account, **given)

    monkeypatch.setattr(fs, "AzureFileSystem", Recorded)

    assert made("abfs://c@acc.dfs.core.windows.net/a/b")[1] == "c/a/b"
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "mine")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "Zm9v")
    assert made("abfs://c2/a?endpoint_override=127.0.0.1:10000&scheme=http")[1] == "c2/a"

    assert asked == [
        (
            "acc",
            {
                "dfs_storage_authority": ".dfs.core.windows.net",
                "blob_storage_authority": ".blob.core.windows.net",
            },
        ),
        (
            "mine",
            {
                "dfs_storage_authority": "127.0.0.1:10000",
                "dfs_storage_scheme": "http",
                "blob_storage_authority": "127.0.0.1:10000",
                "blob_storage_scheme": "http",
                "account_key": "Zm9v",
            },
        ),
    ]


@needs_stores
def test_azure_wants_an_account() -> None:
    with pytest.raises(OSError, match="no account") as wrong:
        made("abfs://c/x")
    assert "AZURE_STORAGE_ACCOUNT" in wrong.value.hint  # type: ignore[attr-defined]


def test_an_older_pyarrow_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyarrow.__version__", "15.0.0")
    with pytest.raises(OSError, match=r"want pyarrow 21 or newer, and this is 15\.0\.0") as wrong:
        made("s3://b/x")
    assert wrong.value.hint == "pip install 'tbconvert[stores]'"  # type: ignore[attr-defined]


@needs_stores
def test_the_endpoint_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(fs, "S3FileSystem", lambda **given: asked.update(given))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:9000")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    made("s3://b/x")
    assert (asked["endpoint_override"], asked["scheme"]) == ("localhost:9000", "http")
    assert asked["region"] == "eu-west-1"

    made("s3://c/x?endpoint_override=h:1&region=us-west-1")
    assert (asked["endpoint_override"], asked["region"]) == ("h:1", "us-west-1")
