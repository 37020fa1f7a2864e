"""The policy evaluator, standard library only, one file: the twin of evaluator.js, bit for bit.

As a program:
  python3 evaluator.py policy.json < requests.jsonl      one decision a line
  python3 evaluator.py policy.json --vectors vectors.json   runs conformance vectors; exit 1 on a difference
  python3 evaluator.py policy.json --next < calls.jsonl     {"request": ..., "calls": [{"candidate", "failure"}]} a line

A request is {"id", "input": {...}, "signals": {...}} and may carry "answers" and "failures" by candidate.
"""

import json
import math
import re
import sys
import unicodedata
from decimal import Decimal

_BLANK = "\t\n\x0b\x0c\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_BLANKS = re.compile("[" + _BLANK + "]+")
_NUMBER = re.compile(
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?"
)
_MAX_REGEX_UNITS = 10_000
_MAX_JSON_STARTS = 200
_MAX_JSON_DEPTH = 200
_NOTHING = object()


def _fold(text, case_sensitive):
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip(" ")
    if plain == "":
        return None
    return plain if case_sensitive else plain.upper().lower()


def _shortest(value):
    """A double as ECMAScript writes it; None for NaN and infinities; -0 is 0."""
    if not math.isfinite(value):
        return None
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(float(value))).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    k, n = len(text), len(digits) + exponent
    if k <= n <= 21:
        out = text + "0" * (n - k)
    elif 0 < n <= 21:
        out = text[:n] + "." + text[n:]
    elif -6 < n <= 0:
        out = "0." + "0" * -n + text
    else:
        e = n - 1
        out = text[0] + ("." + text[1:] if k > 1 else "") + "e" + ("+" if e > 0 else "-") + str(abs(e))
    return ("-" if sign else "") + out


def _category(char):
    return unicodedata.category(char) if ord(char) <= 0xFFFF else ""


def _last_number(text):
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    last = None
    for last in _NUMBER.finditer(plain):
        pass
    if last is None:
        return None
    start = last.start()
    at = start - 1
    while at >= 0 and (plain[at] == " " or _category(plain[at]) == "Sc") and start - at <= 2:
        at -= 1
    if not any(_category(c) == "Sc" for c in plain[at + 1 : start]):
        at = start - 1
    negative = (
        at >= 0
        and plain[at] == "-"
        and not (at > 0 and (_category(plain[at - 1])[:1] in ("L", "N") or plain[at - 1] in ")]%"))
    )
    return _shortest(float(("-" if negative else "") + last.group().replace(",", "")))


def _balanced_end(text, start):
    depth = 0
    quoted = False
    i = start
    while i < len(text):
        c = text[i]
        if quoted:
            if c == "\\":
                i += 1
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "{[":
            depth += 1
            if depth > _MAX_JSON_DEPTH:
                return -1
        elif c in "}]":
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    return -1


def _no_constant(name):
    raise ValueError(name)


def _first_json(text):
    starts = 0
    for found in re.finditer(r"[{\[]", text):
        starts += 1
        if starts > _MAX_JSON_STARTS:
            break
        end = _balanced_end(text, found.start())
        if end < 0:
            continue
        try:
            return json.loads(text[found.start() : end], parse_int=float, parse_constant=_no_constant)
        except ValueError:
            pass
    return _NOTHING


def _at_path(value, path):
    for key in path.split("."):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return _NOTHING
    return value


_regexes = {}
# Python ignores the case of these four into ASCII, ECMAScript does not: they step aside while matching.
_ASIDE = {0x130: 0xE130, 0x131: 0xE131, 0x17F: 0xE17F, 0x212A: 0xE12A}
_BACK = {aside: char for char, aside in _ASIDE.items()}
_CLASS = {"s": _BLANK, "d": "0-9", "w": "A-Za-z0-9_"}
_EDGE = {
    "b": "(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))",
    "B": "(?:(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<![A-Za-z0-9_])(?![A-Za-z0-9_]))",
}


def _translate(pattern, multiline, dot_all):
    """An ECMAScript pattern in Python's syntax with the same meaning; ValueError where there is none."""
    out = []
    i = 0
    in_class = False
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == "\\":
            if i >= len(pattern):
                raise ValueError("pattern ends in a backslash")
            e = pattern[i]
            i += 1
            if e in _CLASS:
                out.append(_CLASS[e] if in_class else "[" + _CLASS[e] + "]")
            elif e in "SDW" and not in_class:
                out.append("[^" + _CLASS[e.lower()] + "]")
            elif e in _EDGE and not in_class:
                out.append(_EDGE[e])
            elif e in "btnrfv" or e in "123456789":
                out.append("\\" + e)
            elif e == "0":
                out.append("\\x00")
            elif e == "x" and re.match(r"[0-9A-Fa-f]{2}", pattern[i:]):
                out.append("\\x")
            elif e == "u" and re.match(r"[0-9A-Fa-f]{4}", pattern[i:]):
                out.append("\\u")
            elif e.isascii() and e.isalnum():
                raise ValueError("\\" + e + " has no portable meaning")
            else:
                out.append(re.escape(e))
        elif in_class:
            in_class = c != "]"
            out.append("\\[" if c == "[" else c if c not in "&~|" else "\\" + c)
        elif c == "[":
            negated = pattern[i : i + 1] == "^"
            if pattern[i + negated : i + negated + 1] == "]":
                out.append("[\\s\\S]" if negated else "(?!)")
                i += 1 + negated
            else:
                in_class = True
                out.append("[^" if negated else "[")
                i += negated
        elif c == ".":
            out.append("[\\s\\S]" if dot_all else "[^\\n\\r\\u2028\\u2029]")
        elif c == "^":
            out.append("(?:\\A|(?<=[\\n\\r\\u2028\\u2029]))" if multiline else "\\A")
        elif c == "$":
            out.append("(?=[\\n\\r\\u2028\\u2029]|\\Z)" if multiline else "\\Z")
        elif c == "(" and pattern.startswith("?<", i) and pattern[i + 2 : i + 3] not in ("=", "!"):
            out.append("(?P<")
            i += 2
        elif c == "(" and pattern.startswith("?", i) and pattern[i + 1 : i + 2] not in (":", "=", "!", "<"):
            raise ValueError("this group has no portable meaning")
        elif c in "*+?}" and pattern[i : i + 1] == "+":
            raise ValueError("this quantifier has no portable meaning")
        else:
            out.append(c)
    return "".join(out)


def _regex(pattern, flags):
    key = (pattern, flags)
    if key not in _regexes:
        if any(f not in "gimsuyd" for f in flags):
            raise ValueError("flags " + flags + " have no portable meaning")
        options = 0
        if "i" in flags:
            options, pattern = re.IGNORECASE, pattern.translate(_ASIDE)
        _regexes[key] = re.compile(_translate(pattern, "m" in flags, "s" in flags), options)
    return _regexes[key]


def canonical_answer(spec, text):
    """The answer as compared, None where it is unusable."""
    kind = spec["kind"]
    if kind in ("exact", "contains"):
        return _fold(text, spec.get("caseSensitive", False))
    if kind == "numeric":
        return _last_number(text)
    if kind == "regex":
        flags = spec.get("flags", "")
        units = text.encode("utf-16-le", "surrogatepass")[: 2 * _MAX_REGEX_UNITS]
        text = units.decode("utf-16-le", "surrogatepass")
        match = _regex(spec["pattern"], flags).search(text.translate(_ASIDE) if "i" in flags else text)
        if match is None:
            return None
        group = match.group(1) if match.re.groups else None
        found = match.group() if group is None else group
        return _fold(found.translate(_BACK) if "i" in flags else found, False)
    if kind == "json-field":
        value = _at_path(_first_json(text), spec["path"])
        numeric = spec.get("as") == "numeric"
        if isinstance(value, bool):
            return None if numeric else ("true" if value else "false")
        if isinstance(value, float):
            return _shortest(value)
        if isinstance(value, str):
            return _last_number(value) if numeric else _fold(value, False)
        return None
    raise ValueError("unknown scorer " + str(kind))


def _exp(x):
    k = math.trunc(1.4426950408889634 * x + (-0.5 if x < 0 else 0.5))
    hi = x - k * 6.93147180369123816490e-1
    lo = k * 1.90821492927058770002e-10
    r = hi - lo
    t = r * r
    p4 = -1.65339022054652515390e-6 + t * 4.13813679705723846039e-8
    c = r - t * (
        1.66666666666666019037e-1 + t * (-2.77777777770155933842e-3 + t * (6.61375632143793436117e-5 + t * p4))
    )
    y = 1 - (lo - (r * c) / (2 - c) - hi)
    for _ in range(k):
        y *= 2
    for _ in range(-k):
        y *= 0.5
    return y


def _log(m):
    k = 0
    x = float(m)
    while x > 1.4142135623730951:
        x *= 0.5
        k += 1
    f = x - 1
    s = f / (2 + f)
    z = s * s
    w = z * z
    t1 = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1))
    t2 = z * (
        6.666666666666735130e-1
        + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1))
    )
    half = 0.5 * f * f
    return k * 6.93147180369123816490e-1 - (half - (s * (half + (t2 + t1)) + k * 1.90821492927058770002e-10) - f)


def sigmoid(z):
    if z > 700:
        return 1.0
    return 0.0 if z < -700 else 1 / (1 + _exp(-z))


def _fnv1a(text, value):
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def _tokens(text):
    token = []
    for char in text.lower():
        if unicodedata.category(char)[0] in "LN":
            token.append(char)
        elif token:
            yield "".join(token)
            token = []
    if token:
        yield "".join(token)


def _utf16_length(text):
    return len(text) + sum(1 for char in text if char > "\uffff")


def _count_words(text):
    return len([word for word in _BLANKS.split(text) if word != ""])


def text_features(text, buckets):
    """(buckets ascending, tf by bucket, ln(1 + chars), ln(1 + words))"""
    counts = {}
    previous = None
    for token in _tokens(text):
        value = _fnv1a(token, 0x811C9DC5)
        counts[value % buckets] = counts.get(value % buckets, 0) + 1
        if previous is not None:
            pair = _fnv1a(token, _fnv1a(" ", previous)) % buckets
            counts[pair] = counts.get(pair, 0) + 1
        previous = value
    norm = math.sqrt(sum(n * n for n in counts.values()))
    index = sorted(counts)
    return index, [counts[b] / norm for b in index], _log(1 + _utf16_length(text)), _log(1 + _count_words(text))


def _typed(value, kind):
    """No coercion: a value of another type, NaN or an infinity is no value."""
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        try:
            value = float(value)
        except OverflowError:
            return None
        return value if math.isfinite(value) else None
    if kind == "label":
        return value if isinstance(value, str) else None
    return value if isinstance(value, bool) else None


def _same(x, y):
    """Strict equality: true is not 1."""
    if isinstance(x, (bool, str)) or isinstance(y, (bool, str)):
        return type(x) is type(y) and x == y
    return float(x) == float(y)


def _request_text(fields, request):
    texts = [v for v in (request["input"].get(f) for f in fields) if isinstance(v, str)]
    return "\n".join(texts) if texts else None


def _signals(request):
    return request.get("signals") or {}


def _first_of(request, field):
    value = _signals(request).get(field)
    return request["input"].get(field) if value is None else value


class CompiledPolicy:
    def __init__(self, policy):
        self.policy = policy
        self.signals = {s["id"]: s for s in policy["signals"]}
        self.routes = {r["id"]: r for r in policy["routes"]}
        self._weights = {
            s["id"]: {int(b): float(w) for b, w in s["weights"]}
            for s in policy["signals"]
            if s["kind"] == "text-linear"
        }
        conditions = [r["when"] for r in policy["rules"]]
        conditions += [a["accept"] for r in policy["routes"] for a in r["attempts"]]
        for condition in conditions:
            self._check(condition)
        for rule in policy["rules"]:
            if rule["route"] not in self.routes:
                raise ValueError('unknown route "%s"' % rule["route"])
        for signal in policy["signals"]:
            if signal["kind"] == "agreement" and signal["scorer"]["kind"] == "regex":
                _regex(signal["scorer"]["pattern"], signal["scorer"].get("flags", ""))

    def _check(self, condition):
        if isinstance(condition, str):
            return
        if condition["op"] in ("and", "or"):
            for part in condition["of"]:
                self._check(part)
        elif condition["op"] == "not":
            self._check(condition["of"])
        elif condition["signal"] not in self.signals:
            raise ValueError('unknown signal "%s"' % condition["signal"])

    def _raw(self, signal, request):
        kind = signal["kind"]
        if kind in ("provided", "answer", "field"):
            of_type = signal["type"]
        else:
            of_type = "boolean" if kind == "agreement" else "number"
        if not (kind == "table" and signal["id"] == signal["field"]):
            given = _signals(request).get(signal["id"])
            if given is not None:
                return _typed(given, of_type)
        if kind == "field":
            return _typed(_first_of(request, signal["field"]), of_type)
        if kind == "table":
            label = _first_of(request, signal["field"])
            if not isinstance(label, str):
                return None
            return float(signal["table"].get(label, signal["default"]))
        if kind == "agreement":
            answers = request.get("answers") or {}
            left, right = (answers.get(c) for c in signal["candidates"])
            if not isinstance(left, str) or not isinstance(right, str):
                return None
            answer = canonical_answer(signal["scorer"], left)
            return answer is not None and answer == canonical_answer(signal["scorer"], right)
        if kind not in ("length", "text-linear"):
            return None
        text = _request_text(signal["of"], request)
        if text is None:
            return None
        if kind == "length":
            return float(_utf16_length(text) if signal["unit"] == "chars" else _count_words(text))
        buckets, tf, log_chars, log_words = text_features(text, signal["buckets"])
        weights = self._weights[signal["id"]]
        z = float(signal["intercept"])
        for bucket, value in zip(buckets, tf):
            if bucket in weights:
                z += weights[bucket] * value
        z += float(signal["numeric"]["logChars"]) * log_chars
        z += float(signal["numeric"]["logWords"]) * log_words
        for labels in signal.get("labels") or []:
            label = _first_of(request, labels["field"])
            z += float(labels["table"].get(label, labels["default"]) if isinstance(label, str) else labels["default"])
        return _typed(sigmoid(z), "number")

    def _read(self, signal, state):
        kind = signal["kind"]
        if kind == "answer":
            return self._raw(signal, state["request"]) if signal["candidate"] in state["answered"] else None
        if kind == "agreement":
            known = all(c in state["answered"] for c in signal["candidates"])
            return self._raw(signal, state["request"]) if known else None
        if signal["id"] not in state["cache"]:
            value = self._raw(signal, state["request"])
            if value is None:
                value = signal["onMissing"].get("value")
            state["cache"][signal["id"]] = value
        return state["cache"][signal["id"]]

    def _test(self, condition, state):
        """True, False, or None where a signal has no value."""
        if condition == "always" or condition == "never":
            return condition == "always"
        op = condition["op"]
        if op in ("and", "or"):
            for part in condition["of"]:
                result = self._test(part, state)
                if result is None or result is (op == "or"):
                    return result
            return op == "and"
        if op == "not":
            result = self._test(condition["of"], state)
            return None if result is None else not result
        signal = self.signals[condition["signal"]]
        x = self._read(signal, state)
        if x is None:
            state["missing"] = signal
            return None
        if op == "eq":
            return _same(x, condition["value"])
        if op == "in":
            return any(_same(x, y) for y in condition["values"])
        if isinstance(x, (bool, str)):
            return False
        t = float(condition["value"])
        distance = x - t
        if state["margin"] is None or abs(distance) < abs(state["margin"]):
            state["margin"] = distance
        return x >= t if op == "gte" else x > t if op == "gt" else x <= t if op == "lte" else x < t

    def _choose(self, state):
        for rule in self.policy["rules"]:
            result = self._test(rule["when"], state)
            if result:
                return rule["id"], rule["route"], None
            if result is False:
                continue
            signal = state["missing"]
            if "route" in signal["onMissing"]:
                return None, signal["onMissing"]["route"], None
            return None, None, "signal_missing:" + signal["id"]
        return None, None, "no_rule"

    def _walk(self, route_id, outcome, state):
        """("serve" | "call" | "error", what). outcome: a failure class, None: answers, ...: not called yet."""
        route = self.routes.get(route_id)
        if route is None:
            return "error", "unknown_route:" + route_id
        scope = route["scope"]
        answered = state["answered"]

        def call(candidate):
            if candidate in answered:
                return None
            failure = outcome(candidate)
            if candidate not in state["attempts"]:
                state["attempts"].append(candidate)
            if failure is None:
                answered.append(candidate)
            return failure

        for attempt in route["attempts"]:
            candidate = attempt["candidate"]
            if scope is not None and candidate not in scope:
                continue
            failure = call(candidate)
            if failure is ...:
                return "call", candidate
            if failure is None:
                if self._test(attempt["accept"], state):
                    return "serve", candidate
                continue
            if attempt["accept"] != "always":
                continue
            for stand_in in route["fallbacks"].get(failure) or []:
                if scope is not None and stand_in not in scope:
                    continue
                failure = call(stand_in)
                if failure is ...:
                    return "call", stand_in
                if failure is None:
                    return "serve", stand_in
        return "error", "all_failed:" + route["onAllFail"]

    def _start(self, request):
        return {"request": request, "answered": [], "attempts": [], "cache": {}, "missing": None, "margin": None}

    def decide(self, request):
        state = self._start(request)
        rule, route, error = self._choose(state)
        rule_margin, state["margin"] = state["margin"], None
        failures = request.get("failures") or {}
        step, what = ("error", error) if route is None else self._walk(route, failures.get, state)
        return {
            "id": request["id"],
            "rule": rule,
            "route": route,
            "attempts": state["attempts"],
            "served": what if step == "serve" else None,
            "margin": rule_margin if state["margin"] is None else state["margin"],
            "error": what if step == "error" else None,
        }

    def next(self, request, calls):
        """{"call": candidate}, {"serve": candidate} or {"error": code}, after the calls made so far."""
        state = self._start(request)
        _, route, error = self._choose(state)
        made = {c["candidate"]: c["failure"] for c in calls}
        step, what = ("error", error) if route is None else self._walk(route, lambda c: made.get(c, ...), state)
        return {step: what}


def compile_policy(policy):
    """Raises ValueError where a condition names a signal, or a rule a route, that is not there."""
    return CompiledPolicy(policy)


def _decoded(signals):
    special = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
    return {k: special.get(v.get("$"), v) if isinstance(v, dict) else v for k, v in signals.items()}


def run_vectors(policy, vectors):
    """The vectors on which the policy does not do what the vector says."""
    compiled = compile_policy(policy)
    wrong = []
    for vector in vectors:
        request = dict(vector["request"], failures=vector["failures"])
        request["signals"] = _decoded(request["signals"])
        decision = compiled.decide(request)
        got = {k: decision[k] for k in ("rule", "route", "attempts", "served", "error")}
        if got != vector["expect"]:
            wrong.append({"id": vector["id"], "expected": vector["expect"], "got": got})
    return wrong


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        policy = json.load(file)
    if "--vectors" in arguments:
        with open(arguments[arguments.index("--vectors") + 1], encoding="utf-8") as file:
            vectors = json.load(file)
        wrong = run_vectors(policy, vectors)
        print(json.dumps({"passed": len(vectors) - len(wrong), "failed": len(wrong), "failures": wrong}))
        return 1 if wrong else 0
    compiled = compile_policy(policy)
    for line in sys.stdin.buffer:
        if line.strip():
            request = json.loads(line.decode("utf-8"))
            if "--next" in arguments:
                print(json.dumps(compiled.next(request["request"], request["calls"])))
            else:
                request["signals"] = _decoded(request.get("signals") or {})
                print(json.dumps(compiled.decide(request)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
