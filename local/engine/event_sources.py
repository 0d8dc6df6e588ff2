"""How records of queues and streams reach functions, as AWS documents it: the part of it that MiniStack leaves out.

launcher.py hangs this into MiniStack's pollers. What is here does not know how they store positions.
"""

import threading
import time
import uuid

# What `error` is in a result: MiniStack's, when the function failed, and ours, when what it answered says so.
_BY_FUNCTION = True
_BY_ANSWER = "answer"


def matches(event: dict, pattern: dict) -> bool:
    """Whether an event fits a pattern of FilterCriteria: a rule looks at the values that are found at its path."""
    return _matches([event], pattern)


def _matches(objects: list, pattern: dict) -> bool:
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(_matches(objects, each) for each in wanted):
                return False
            continue
        found = [value for each in objects if key in each for value in _values(each[key])]
        if isinstance(wanted, dict):
            if not _matches([value for value in found if isinstance(value, dict)], wanted):
                return False
        else:
            # An object is a step of the path, never a value: AWS looks for `exists`, too, among the leaves only.
            leaves = [value for value in found if not isinstance(value, dict)]
            if not any(_allows(rule, leaves) for rule in wanted):
                return False
    return True


def _values(value) -> list:
    return [inner for item in value for inner in _values(item)] if isinstance(value, list) else [value]


def _allows(rule, leaves: list) -> bool:
    if not isinstance(rule, dict):
        return any(_equal(leaf, rule) for leaf in leaves)
    if "exists" in rule:
        return bool(leaves) == rule["exists"]
    return any(_fits(rule, leaf) for leaf in leaves)


def _equal(value, other) -> bool:
    # In Python, but not in JSON, true is 1.
    return isinstance(value, bool) == isinstance(other, bool) and value == other


def _fits(rule: dict, leaf) -> bool:
    ((operator, operand),) = rule.items()
    if operator == "anything-but":
        refused = operand if isinstance(operand, list) else [operand]
        return not any(_fits(each, leaf) if isinstance(each, dict) else _equal(leaf, each) for each in refused)
    if operator == "numeric":
        is_number = isinstance(leaf, (int, float)) and not isinstance(leaf, bool)
        return is_number and all(_COMPARE[op](leaf, limit) for op, limit in zip(operand[::2], operand[1::2]))
    if not isinstance(leaf, str):
        return False
    if isinstance(operand, dict):
        return operator in _TEXT and _TEXT[operator](leaf.lower(), operand["equals-ignore-case"].lower())
    return operator in _TEXT and _TEXT[operator](leaf, operand)


_COMPARE = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}
_TEXT = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, other: value.lower() == other.lower(),
}


class BatchingWindows:
    """MaximumBatchingWindowInSeconds: how long a batch waits to become fuller, from when its first record is seen."""

    def __init__(self, now=time.monotonic):
        self._now = now
        self._since = {}

    def waits(self, mapping: dict, shard: str, available: int, limit: int) -> bool:
        key = (mapping["UUID"], shard)
        window = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        if available == 0 or available >= limit or window == 0:
            self._since.pop(key, None)
            return False
        if self._now() - self._since.setdefault(key, self._now()) < window:
            return True
        del self._since[key]
        return False


class StreamBatches:
    """What becomes of a stream's batch after the function's answer: how far to go on, and when to give records up."""

    def __init__(self, now=time.time):
        self._now = now
        # By mapping and shard, while a batch is tried again: its first sequence number, how often that was tried, how many
        # records the next try reads.
        self._retries = {}

    def limit(self, mapping: dict, shard: str, size: int) -> int:
        return self._retries.get((mapping["UUID"], shard), {}).get("limit", int(size))

    def is_retried(self, mapping: dict, shard: str) -> bool:
        return (mapping["UUID"], shard) in self._retries

    def settle(self, mapping: dict, shard: str, read: list, given: list, result: dict, give_up) -> tuple[dict, int, list]:
        """
        Judges an answer. `given` are those of the records read that passed the filter; `give_up` is told of records that
        are not tried again, of what they ended with, why, and after how many tries.

        Returns the result as the poller is to take it, how many of the records read are done with, and those of the given.
        """
        key = (mapping["UUID"], shard)
        failed, result = _first_failed(mapping, given, result)
        if failed is None:
            self._retries.pop(key, None)
            return result, len(read), given

        rest = given[failed:]
        done = read.index(rest[0])
        left = len(read) - done
        before = self._retries.get(key, {})
        first = sequence_number(rest[0])
        tries = before["tries"] if before.get("first") == first else 0
        if result.get("error") == _BY_FUNCTION and mapping.get("BisectBatchOnFunctionError") and len(given) > 1:
            # Split, which counts as no try.
            left = read.index(given[len(given) // 2]) - done
        elif not result.get("throttle"):
            tries += 1
        why = self._why_given_up(mapping, rest, tries)
        if why:
            self._retries.pop(key, None)
            give_up(rest, result, why, tries)
            return {}, len(read), given
        self._retries[key] = {"first": first, "tries": tries, "limit": left}
        return result, done, given if result.get("error") else given[:failed]

    def _why_given_up(self, mapping: dict, rest: list, tries: int) -> str | None:
        # Numbers that come through a template's parameter are texts; -1 is no limit.
        age, attempts = (int(mapping.get(name, -1)) for name in ("MaximumRecordAgeInSeconds", "MaximumRetryAttempts"))
        if 0 <= age < self._now() - min(created_at(record) for record in rest):
            return "RecordAgeExceeded"
        return "RetryAttemptsExhausted" if 0 <= attempts < tries else None


def _first_failed(mapping: dict, given: list, result: dict) -> tuple[int | None, dict]:
    """The index of the first record that failed; and the result, made an error where all failed."""
    if result.get("error"):
        return 0, result
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return None, result
    numbers = [sequence_number(record) for record in given]
    try:
        failed = min((numbers.index(each) for each in _reported(result.get("body"))), default=None)
    except (AttributeError, KeyError, TypeError, ValueError):
        message = f"not a batch response to these records: {result.get('body')}"
        return 0, _error(result, "InvalidBatchResponse", message)
    return failed, _error(result, "BatchItemFailures", "the first record is reported") if failed == 0 else result


def _reported(body) -> list:
    """The identifiers of a batch response. Raises when it has another shape; nothing at all is a success."""
    return [failure["itemIdentifier"] for failure in (body or {}).get("batchItemFailures") or []]


def _error(result: dict, error_type: str, message: str) -> dict:
    return {"error": _BY_ANSWER, "body": {"errorType": error_type, "errorMessage": message}, "log": result.get("log", "")}


def sequence_number(record: dict) -> str:
    return record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"]


def created_at(record: dict) -> float:
    if "kinesis" in record:
        return float(record["kinesis"]["approximateArrivalTimestamp"])
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def failure_record(
    mapping: dict, function_arn: str, shard: str, records: list, result: dict, why: str, tries: int
) -> dict:
    """What the destination for failures is sent of records that are given up: where they are, not what they say."""

    def written(seconds: float) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))

    is_kinesis = "kinesis" in records[0]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": why,
            "approximateInvokeCount": tries,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if result.get("error") == _BY_FUNCTION else None,
        },
        "version": "1.0",
        "timestamp": written(time.time()),
        "KinesisBatchInfo" if is_kinesis else "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": sequence_number(records[0]),
            "endSequenceNumber": sequence_number(records[-1]),
            "approximateArrivalOfFirstRecord": written(created_at(records[0])),
            "approximateArrivalOfLastRecord": written(created_at(records[-1])),
            "batchSize": len(records),
            "streamArn": mapping["EventSourceArn"],
        },
    }


class Apart:
    """Runs a poller for each mapping on a thread of its own, so that a slow function holds up no other."""

    def __init__(self, pool, is_known, log_error):
        self._pool, self._is_known, self._log_error = pool, is_known, log_error
        # Those that have a thread; and of these, those that were asked for while it worked.
        self._busy, self._again, self._lock = set(), set(), threading.Lock()

    def poll(self, poll, mappings) -> None:
        for mapping in mappings:
            identifier = mapping[-1]["UUID"]
            with self._lock:
                if identifier in self._busy:
                    self._again.add(identifier)
                    continue
                self._busy.add(identifier)
            self._pool.submit(self._run, poll, mapping, identifier)

    def _run(self, poll, mapping, identifier) -> None:
        while True:
            with self._lock:
                self._again.discard(identifier)
            try:
                found = self._is_known(mapping) and poll([mapping])
            except Exception as error:  # noqa: BLE001
                self._log_error("ESM stream poller error: %s", error)
                found = False
            with self._lock:
                if not found and identifier not in self._again:
                    self._busy.discard(identifier)
                    return
