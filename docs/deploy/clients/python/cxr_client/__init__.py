"""Client of `cxr serve`: where report phrases lie on a chest radiograph. Standard library only."""

from __future__ import annotations

import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["CxrClient", "CxrError", "Phrase", "Result", "UploadedImage"]

Box = tuple[float, float, float, float]


class CxrError(Exception):
    """The service refused, or could not be reached. `status` is the HTTP status, 0 where there was no answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Phrase:
    """Where one phrase lies. Boxes are (x, y, width, height) in pixels of the upright image, the largest first."""

    phrase: str
    boxes: tuple[Box, ...]
    peak: tuple[float, float] | None
    confidence: float | None
    """Probability that the image supports the phrase; None where the service cannot tell."""
    region: str | None
    """`supported`, `low_confidence` or `no_region`; None where the service cannot tell."""
    warnings: tuple[str, ...]
    raw: Mapping[str, Any]
    """The whole entry, as in docs/schemas/result.schema.json."""


@dataclass(frozen=True)
class Result:
    """The answer to one question."""

    phrases: tuple[Phrase, ...]
    width: int
    height: int
    bundle: str
    raw: Mapping[str, Any]
    """The whole document, as in docs/schemas/result.schema.json; `cxr replay` reads it."""


class CxrClient:
    """A service at an address."""

    def __init__(self, url: str | None = None, key: str | None = None, timeout: float = 120) -> None:
        """`url` and `key` default to CXR_URL (else http://127.0.0.1:8080) and CXR_KEY; `timeout` is in seconds."""
        self._url = (url or os.environ.get("CXR_URL") or "http://127.0.0.1:8080").rstrip("/")
        self._key = key if key is not None else os.environ.get("CXR_KEY", "")
        self._timeout = timeout

    def ready(self) -> bool:
        """Whether the service answers questions; it does so only after its golden cases were reproduced."""
        try:
            self._request("GET", "/v2/health/ready")
        except CxrError:
            return False
        return True

    def models(self) -> Any:
        """The models that are served."""
        return json.loads(self._request("GET", "/v1/models"))

    def ground(
        self,
        image: str | os.PathLike[str] | bytes,
        phrases: Iterable[str] = (),
        report: str | None = None,
        **fields: str | float | bool,
    ) -> Result:
        """Grounds phrases, or the findings of a report, on an image (a path or the file's bytes).

        `fields` are the further form fields: model, preset, threshold, per_token, confidence, heatmaps, overlays, deadline_seconds.
        """
        return _result(self._request("POST", "/v1/ground", *_form(_bytes(image), phrases, report, fields)))

    def upload(self, image: str | os.PathLike[str] | bytes) -> UploadedImage:
        """Keeps an image in the service's memory, so that several questions share its work."""
        answer = json.loads(self._request("POST", "/v1/images", *_form(_bytes(image), (), None, {})))
        return UploadedImage(self, answer["id"])

    def _request(self, method: str, path: str, body: bytes | None = None, content_type: str | None = None) -> bytes:
        request = urllib.request.Request(self._url + path, data=body, method=method)
        if content_type:
            request.add_header("Content-Type", content_type)
        if self._key:
            request.add_header("Authorization", f"Bearer {self._key}")
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise CxrError(error.code, _reason(error)) from None
        except (urllib.error.URLError, OSError) as error:
            raise CxrError(0, f"{self._url} cannot be reached: {getattr(error, 'reason', error)}") from None


class UploadedImage:
    """An image in the service's memory; leaving the `with` forgets it there."""

    def __init__(self, client: CxrClient, image_id: str) -> None:
        self._client = client
        self.id = image_id

    def ground(self, phrases: Iterable[str] = (), report: str | None = None, **fields: str | float | bool) -> Result:
        """As `CxrClient.ground`; phrases that were asked before are not computed from the beginning."""
        question: dict[str, Any] = {**fields, "phrases": list(phrases)}
        if report is not None:
            question["report"] = report
        body = json.dumps(question).encode()
        return _result(self._client._request("POST", f"/v1/images/{self.id}/ground", body, "application/json"))

    def forget(self) -> None:
        """Removes the image from the service's memory."""
        self._client._request("DELETE", f"/v1/images/{self.id}")

    def __enter__(self) -> UploadedImage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.forget()


def _bytes(image: str | os.PathLike[str] | bytes) -> bytes:
    return image if isinstance(image, bytes) else Path(image).read_bytes()


def _form(
    image: bytes, phrases: Iterable[str], report: str | None, fields: Mapping[str, str | float | bool]
) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    texts: list[tuple[str, str]] = [("phrases", phrase) for phrase in phrases]
    if report is not None:
        texts.append(("report", report))
    texts += [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in fields.items()]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode() for name, text in texts
    ]
    # The file's name may name a patient: it is not sent.
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="image"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + image
        + f"\r\n--{boundary}--\r\n".encode()
    )
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        problem = json.loads(error.read())
        return str(problem.get("detail") or problem.get("title") or error.reason)
    except ValueError:
        return f"{error.code} {error.reason}"


def _result(body: bytes) -> Result:
    document = json.loads(body)
    return Result(
        phrases=tuple(_phrase(entry) for entry in document["phrases"]),
        width=document["image"]["width"],
        height=document["image"]["height"],
        bundle=document["bundle"]["id"],
        raw=document,
    )


def _phrase(entry: Mapping[str, Any]) -> Phrase:
    peak = entry.get("peak")
    return Phrase(
        phrase=entry["phrase"],
        boxes=tuple((box[0], box[1], box[2], box[3]) for box in entry["boxes"]),
        peak=(peak["x"], peak["y"]) if peak else None,
        confidence=entry.get("confidence"),
        region=entry.get("region"),
        warnings=tuple(entry.get("warnings") or ()),
        raw=entry,
    )
