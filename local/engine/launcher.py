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
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

from event_sources import Apart, BatchingWindows, StreamBatches, failure_record, matches, sequence_number

EXPECTED_VERSION = "1.5.33"
END_OF_LOG = "\x04"
SAVE_PATH = "/_happy-path/save"
TABLE_SHARD = "shardId-00000000000000000000-00000000"
rewritten: dict = {}


def swap(text: str, old: str, new: str, where: str) -> str:
    """Replaces the only occurrence of `old`, or stops the engine with one line."""
    if text.count(old) != 1:
        sys.exit(f"launcher: MiniStack {version('ministack')} has changed {where}: correct local/engine/launcher.py")
    return text.replace(old, new)


def rewrite(module, name: str, *changes: tuple[str, str]) -> None:
    """Recompiles one function of `module` with, for each change, the old text replaced by the new."""
    # What is compiled anew has no source that inspect could find.
    source = rewritten.get((module, name)) or textwrap.dedent(inspect.getsource(getattr(module, name)))
    for old, new in changes:
        source = swap(source, old, new, name)
    rewritten[module, name] = source
    exec(compile(source, module.__file__, "exec"), vars(module))  # noqa: S102


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
        ('error_type = "Runtime.HandlerError"', 'error_type = result.get("errorType", "Runtime.HandlerError")'),
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


def know_the_authority(sigv4) -> None:
    """HTTP/2 has no Host: the SDK's client for Kinesis signs :authority in its place, and the server calls that host."""
    build = sigv4.build_canonical_headers

    def build_canonical_headers(headers, signed_headers):
        return build({**headers, ":authority": headers.get("host", "")}, signed_headers)

    sigv4.build_canonical_headers = build_canonical_headers


def begin_streams_anew(lambda_service) -> None:
    """What a restart loses of a table's stream, its reader must not wait for: positions are kept, the records are not."""
    rewrite(
        lambda_service,
        "_restore_state",
        ('_restore_esm_positions(_dynamodb_stream_positions, data.get("dynamodb_stream_positions", {}))', "pass"),
    )


def match_filters_as_aws(lambda_service) -> None:
    """A filter lets through what it lets through on AWS."""
    signature = "(record: dict, pattern: dict) -> bool"
    if str(inspect.signature(lambda_service._match_esm_filter)) != signature:
        sys.exit("launcher: MiniStack has changed _match_esm_filter: correct local/engine/launcher.py")
    lambda_service._match_esm_filter = matches


def wait_for_fuller_batches(lambda_service, sqs) -> None:
    """MaximumBatchingWindowInSeconds holds, and a batch of a queue may have more than ten messages."""
    windows = BatchingWindows()

    def waits(mapping, queue) -> bool:
        # AWS has no window for FIFO queues.
        if queue["is_fifo"]:
            return False
        available = sum(message.get("visible_at", 0) <= time.time() for message in queue["messages"])
        return windows.waits(mapping, "", available, int(mapping.get("BatchSize", 10)))

    lambda_service._queue_waits = waits
    received = "_sqs._receive_messages_for_esm(queue_url, batch_size)"
    rewrite(
        lambda_service,
        "_poll_sqs",
        (f"batch = {received}", f"batch = [] if _queue_waits(esm, queue) else {received}"),
    )
    rewrite(sqs, "_receive_messages_for_esm", ("min(int(max_number or 1), 10)", "int(max_number or 1)"))


def settle_stream_batches(lambda_service) -> None:
    """The readers of streams heed what a function reports as failed, and how often and how long that is tried again."""
    batches, windows = StreamBatches(), BatchingWindows()

    def settle(mapping, function, shard, read, given, result):
        def give_up(records, result, why, tries) -> None:
            arn = mapping["EventSourceArn"]
            at = f"{len(records)} records of {arn} from {sequence_number(records[0])} on"
            lambda_service.logger.warning("ESM: given up %s: %s after %d tries", at, why, tries)
            function_arn = function.get("config", function)["FunctionArn"]
            letter = failure_record(mapping, function_arn, shard, records, result, why, tries)
            lambda_service._send_ddb_stream_failure_record(mapping, function, records, arn, letter, why)

        return batches.settle(mapping, shard, read, given, result, give_up)

    def limit(mapping, shard) -> int:
        return batches.limit(mapping, shard, mapping.get("BatchSize", 100))

    def waits(mapping, shard, available) -> bool:
        if batches.is_retried(mapping, shard):
            return False
        return windows.waits(mapping, shard, available, limit(mapping, shard))

    vars(lambda_service).update(_settle=settle, _stream_limit=limit, _stream_waits=waits)
    # MiniStack has a letter of its own, for tables only.
    rewrite(
        lambda_service,
        "_send_ddb_stream_failure_record",
        ("body = json.dumps(envelope)", "body = json.dumps(result)"),
    )
    invoke = "result = _execute_function(func_rec, event)\n"
    rewrite(
        lambda_service,
        "_poll_dynamodb_streams",
        ('batch_size = esm.get("BatchSize", 100)', f'batch_size = _stream_limit(esm, "{TABLE_SHARD}")'),
        (
            "if not batch:\n                continue\n\n",
            f'if not batch or _stream_waits(esm, "{TABLE_SHARD}", len(batch)):\n                continue\n\n',
        ),
        ("raw_len = len(batch)", "read, raw_len = batch, len(batch)"),
        (
            invoke,
            f"{invoke}            "
            f'result, raw_len, batch = _settle(esm, func_rec, "{TABLE_SHARD}", read, batch, result)\n',
        ),
        # That is looked at by then, for every kind of stream.
        ('max_age = esm.get("MaximumRecordAgeInSeconds")', "max_age = None"),
    )
    rewrite(
        lambda_service,
        "_poll_kinesis",
        ('batch_size = esm.get("BatchSize", 100)', ""),
        (
            'raw_records = shard["records"][pos:pos + batch_size]\n                if not raw_records:',
            'raw_records = shard["records"][pos:pos + _stream_limit(esm, shard_id)]\n'
            "                if not raw_records or _stream_waits(esm, shard_id, len(raw_records)):",
        ),
        ("records = _apply_filter", "read, records = records, _apply_filter"),
        (
            invoke,
            f"{invoke}                result, done, records = _settle(esm, func_rec, shard_id, read, records, result)\n"
            "                raw_records = raw_records[:done]\n",
        ),
    )


def read_streams_apart(lambda_service) -> None:
    """Each reader of a stream has a thread of its own: MiniStack's one for all waits for the function of each."""

    def is_known(mapping) -> bool:
        return any(each[-1] is mapping[-1] for each in lambda_service._iter_all_esms())

    apart = Apart(ThreadPoolExecutor(32, "streams"), is_known, lambda_service.logger.error)

    def poll(kind: str, poller) -> bool:
        mappings = lambda_service._iter_all_esms()
        apart.poll(poller, [each for each in mappings if f":{kind}:" in each[-1]["EventSourceArn"]])
        return False

    lambda_service._poll_apart = poll
    pollers = {"kinesis": "_poll_kinesis", "dynamodb": "_poll_dynamodb_streams"}
    for name in pollers.values():
        rewrite(
            lambda_service,
            name,
            (f"def {name}():", f"def {name}(mappings):"),
            ("in _iter_all_esms():", "in mappings:"),
        )
    rewrite(
        lambda_service,
        "_poll_loop",
        *((f"{name}() or processed", f'_poll_apart("{kind}", {name}) or processed') for kind, name in pollers.items()),
    )


def keep_positions_of_expired_records(lambda_service, kinesis) -> None:
    """A Kinesis position is an index; it moves with the records when the oldest ones are dropped."""
    expire = kinesis._expire_records

    def expire_and_move(stream) -> None:
        before = {shard_id: len(shard["records"]) for shard_id, shard in stream["shards"].items()}
        expire(stream)
        for shard_id, shard in stream["shards"].items():
            dropped = before[shard_id] - len(shard["records"])
            for _account, _region, mapping in lambda_service._iter_all_esms() if dropped else ():
                positions = lambda_service._kinesis_positions.get(mapping["UUID"], {})
                if mapping["EventSourceArn"] == stream["StreamARN"] and shard_id in positions:
                    positions[shard_id] = max(0, positions[shard_id] - dropped)

    kinesis._expire_records = expire_and_move


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
    import ministack.core.sigv4 as sigv4
    import ministack.services.kinesis as kinesis
    import ministack.services.lambda_svc as lambda_service
    import ministack.services.sqs as sqs

    keep_error_names(runtime, lambda_service)
    end_logs_with_a_mark(runtime)
    begin_streams_anew(lambda_service)
    ask_for_the_permission_of_one(iam_actions)
    know_the_authority(sigv4)
    match_filters_as_aws(lambda_service)
    wait_for_fuller_batches(lambda_service, sqs)
    settle_stream_batches(lambda_service)
    read_streams_apart(lambda_service)
    keep_positions_of_expired_records(lambda_service, kinesis)
    treat_requests_as_https(app_module)
    save_on_request(app_module)
    stop_with_supervisor()
    sys.argv = ["ministack"]
    app_module.main()


main()
