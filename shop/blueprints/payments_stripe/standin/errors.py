"""Answers of the API that say no. https://docs.stripe.com/api/errors"""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal, in Stripe's shape."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param

    @property
    def body(self) -> dict[str, Any]:
        """What is sent."""
        told = {"type": self.kind, "message": str(self), "code": self.code, "param": self.param}
        return {"error": {name: value for name, value in told.items() if value is not None}}


def no_such(kind: str, reference: str) -> ApiError:
    """There is nothing of this name."""
    return ApiError(
        f"No such {kind}: '{reference}'", status=404, code="resource_missing", param="id"
    )
