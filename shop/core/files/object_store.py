"""A store in a bucket: Amazon S3, or any server that speaks its language (Garage, MinIO, Ceph, R2 ...).

Spoken by boto3. Who may have a file is led to the bucket by a signed address, so that no process of ours is busy while
it is sent; parts of it (ranges) are the bucket's business too.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from shop.core.errors import BucketAway, NotFound

LINK_SECONDS = 300
CONNECT_SECONDS, READ_SECONDS, TRIES = 2, 10, 3
REGION = "us-east-1"
"""What servers that have no regions expect."""


class Bucket:
    """A store whose address is `s3://BUCKET[/PREFIX][?endpoint=URL&public_endpoint=URL&region=NAME]`.

    `endpoint` is where the bucket's server is when it is not Amazon's, `public_endpoint` where visitors reach it, if
    that is elsewhere. Who we are comes from the environment or a file, as boto3 reads it (AWS_ACCESS_KEY_ID ...).
    """

    def __init__(self, place: str) -> None:
        parts = urlsplit(place)
        self._options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def put(self, name: str, content: bytes) -> None:
        """As `Store`."""
        # Names say what is in a file: storing the same again changes nothing.
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        with self._asked():
            self._client.put_object(
                **self._file(name), Body=content, ContentMD5=base64.b64encode(digest).decode()
            )

    def put_file(self, name: str, path: Path) -> None:
        """As `Store`. A large file is sent in parts."""
        with self._asked():
            self._client.upload_file(str(path), self._bucket, self._file(name)["Key"])

    def get(self, name: str) -> bytes:
        """As `Store`."""
        client = self._client
        try:
            with self._asked():
                content: bytes = client.get_object(**self._file(name))["Body"].read()
        except client.exceptions.NoSuchKey:
            raise NotFound from None
        return content

    def drop(self, name: str) -> None:
        """As `Store`."""
        with self._asked():
            self._client.delete_object(**self._file(name))

    def names(self) -> Iterator[str]:
        """As `Store`."""
        pages = self._client.get_paginator("list_objects_v2")
        asked = iter(pages.paginate(Bucket=self._bucket, Prefix=self._prefix))
        while True:
            with self._asked():
                page = next(asked, None)
            if page is None:
                return
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._prefix)

    def path(self, name: str) -> None:  # noqa: ARG002
        """None: it does not lie on this machine."""
        return

    def link(self, name: str, *, save_as: str, media_type: str) -> str:
        """As `Store`. No server is asked."""
        answer = {
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(save_as, safe='')}",
            "ResponseContentType": media_type,
            "ResponseCacheControl": "private, no-store",
        }
        link: str = self._client_at("public_endpoint").generate_presigned_url(
            "get_object", Params={**self._file(name), **answer}, ExpiresIn=LINK_SECONDS
        )
        return link

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Ask the server.

        Raises:
            BucketAway: it does not answer, or does not let us.
        """
        from boto3.exceptions import Boto3Error  # here, as boto3 itself
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

        try:
            yield
        except self._client.exceptions.NoSuchKey:
            raise
        except (Boto3Error, BotoCoreError, ClientError, HTTPClientError) as error:
            words = " ".join(str(error).split())
            raise BucketAway(f"The bucket {self._bucket} can’t be used: {words}") from error

    def _file(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + name}

    @property
    def _client(self) -> Any:
        return self._client_at("endpoint")

    def _client_at(self, which: str) -> Any:
        with self._lock:
            if which not in self._clients:
                self._clients[which] = self._make_client(which)
            return self._clients[which]

    def _make_client(self, which: str) -> Any:
        import boto3  # a third of a second, which most starts should not take
        from botocore.config import Config

        endpoint = self._options.get(which) or self._options.get("endpoint")
        return boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=self._options.get("region", REGION),
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"max_attempts": TRIES, "mode": "standard"},
                signature_version="s3v4",
                s3={"addressing_style": "path" if endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
