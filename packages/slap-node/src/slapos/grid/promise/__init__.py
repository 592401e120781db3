"""What promise plugins import; the node runs them in their release's Python."""

from slapos.grid.promise.generic import (
    PROMISE_LOG_FOLDER_NAME,
    PROMISE_PARAMETER_NAME,
    PROMISE_RESULT_FOLDER_NAME,
    PROMISE_STATE_FOLDER_NAME,
    AnomalyResult,
    GenericPromise,
    PromiseError,
    TestResult,
)

__all__ = [
    "PROMISE_LOG_FOLDER_NAME",
    "PROMISE_PARAMETER_NAME",
    "PROMISE_RESULT_FOLDER_NAME",
    "PROMISE_STATE_FOLDER_NAME",
    "AnomalyResult",
    "GenericPromise",
    "PromiseError",
    "TestResult",
]
