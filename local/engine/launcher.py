"""Runs MiniStack with the few corrections this repository needs.

Each correction names the exact text it replaces, so that another version of MiniStack fails here, in one line, instead of
misbehaving later. README.md beside this folder says what each one is for.
"""

import inspect
import os
import queue
import signal
import sys
import textwrap
import threading
import time
from importlib.metadata import version

EXPECTED_VERSION = "1.5.33"
END_OF_LOG = "\x04"
SAVE_PATH = "/_happy-path/save"


def swap(text: str, old: str, new: str, where: str) -> str:
    """Replaces the only occurrence of `old`, or stops the engine with one line."""
    if text.count(old) != 1:
        sys.exit(f"launcher: MiniStack {version('ministack')} has changed {where}: correct local/engine/launcher.py")
    return text.replace(old, new)


def rewrite(module, name: str, old: str, new: str) -> None:
    """Recompiles one function of `module` with `old` replaced by `new`."""
    source = textwrap.dedent(inspect.getsource(getattr(module, name)))
    exec(compile(swap(source, old, new, name), module.__file__, "exec"), vars(module))  # noqa: S102


def keep_error_names(runtime, lambda_service) -> None:
    """A failed function reports the class name of its error, as AWS does: Retry and Catch in Step Functions go by it."""
    script = runtime._NODEJS_WORKER_SCRIPT
    script = swap(
        script,
        'status: "error", error: String(err.message || err), trace: err.stack || ""',
        'status: "error", errorType: err.name || "Error", error: String(err.message || err), trace: err.stack || ""',
        "the worker's rejection",
    )
    script = swap(
        script,
        'status: "error", error: e.message, trace: e.stack',
        'status: "error", errorType: e.name, error: e.message, trace: e.stack',
        "the worker's exception",
    )
    runtime._NODEJS_WORKER_SCRIPT = script
    rewrite(
        lambda_service,
        "_execute_function_warm",
        'error_type = "Runtime.HandlerError"',
        'error_type = result.get("errorType", "Runtime.HandlerError")',
    )


def end_logs_with_a_mark(runtime) -> None:
    """The Node worker ends each invocation's log with a mark, so that nobody waits 50 ms for lines that never come."""
    runtime._NODEJS_WORKER_SCRIPT = swap(
        runtime._NODEJS_WORKER_SCRIPT,
        "if (settled) return;\n        settled = true;",
        f'if (settled) return;\n        settled = true;\n        _stderrWrite({END_OF_LOG!r} + "\\n");',
        "the worker's settle",
    )
    worker = runtime.Worker
    if list(inspect.signature(worker._drain_stderr_bounded).parameters) != [
        "self",
        "first_line_wait",
        "idle_confirm",
        "hard_cap",
    ]:
        sys.exit("launcher: MiniStack has changed _drain_stderr_bounded: correct local/engine/launcher.py")
    drain_python = worker._drain_stderr_bounded

    def drain(self, *args, **kwargs) -> str:
        if not self.config.get("Runtime", "").startswith("nodejs"):
            return drain_python(self, *args, **kwargs)
        lines, deadline = [], time.monotonic() + 0.25
        while (remaining := deadline - time.monotonic()) > 0:
            try:
                line = self._stderr_queue.get(timeout=remaining)
            except queue.Empty:
                break
            if line == END_OF_LOG:
                break
            lines.append(line)
        return "\n".join(lines)

    worker._drain_stderr_bounded = drain


def treat_requests_as_https(app_module) -> None:
    """Bucket policies that deny aws:SecureTransport=false and CloudFront's redirect-to-https hold on plain HTTP."""
    serve = app_module.app
    swap(inspect.getsource(serve), 'if scope.get("scheme") == "https":', "", "how it recognises https")

    async def app(scope, receive, send):
        if scope["type"] == "http":
            scope["scheme"] = "https"
        await serve(scope, receive, send)

    app_module.app = app


def ask_for_the_permission_of_one(iam_actions) -> None:
    """A batch needs the permission of its single call, as on AWS: IAM knows no sns:PublishBatch."""
    batched = ["sns:Publish", "sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    singles = {f"{action}Batch": action for action in batched}
    extract = iam_actions.extract_iam_action

    def extract_action(*args, **kwargs):
        action = extract(*args, **kwargs)
        return singles.get(action, action)

    iam_actions.extract_iam_action = extract_action


def begin_streams_anew(lambda_service) -> None:
    """What a restart loses of a table's stream, its reader must not wait for: positions are kept, the records are not."""
    rewrite(
        lambda_service,
        "_restore_state",
        '_restore_esm_positions(_dynamodb_stream_positions, data.get("dynamodb_stream_positions", {}))',
        "pass",
    )


def save_on_request(app_module) -> None:
    """POST to SAVE_PATH writes the state to disk as a clean stop does: a crash falls back to the last `make up`."""
    serve, save, collect = app_module.app, app_module.save_all, app_module._build_persistence_save_dict

    async def app(scope, receive, send):
        if scope["type"] != "http" or scope["path"] != SAVE_PATH:
            await serve(scope, receive, send)
            return
        save(collect())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app_module.app = app


def stop_with_supervisor() -> None:
    """Stops, saving the state, when the supervisor is gone: it holds the other end of stdin."""

    def watch() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()


def main() -> None:
    if version("ministack") != EXPECTED_VERSION:
        sys.exit(f"launcher: written for MiniStack {EXPECTED_VERSION}, found {version('ministack')}")
    import ministack.app as app_module
    import ministack.core.iam_actions as iam_actions
    import ministack.core.lambda_runtime as runtime
    import ministack.services.lambda_svc as lambda_service

    keep_error_names(runtime, lambda_service)
    end_logs_with_a_mark(runtime)
    begin_streams_anew(lambda_service)
    ask_for_the_permission_of_one(iam_actions)
    treat_requests_as_https(app_module)
    save_on_request(app_module)
    stop_with_supervisor()
    sys.argv = ["ministack"]
    app_module.main()


main()
