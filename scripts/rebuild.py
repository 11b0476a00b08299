#!/usr/bin/env python3
"""rebuild.py RUN [IMAGE_FOLDER] [--json]: rebuilds every request body and decision of a run file, checks its contexts.
--json prints one line a request: {trace, kind, path, body}. Exits 1 on any difference. See docs/run-file.md."""
import base64, hashlib, json, os, re, sys

class Number(str): pass  # a number with fraction or exponent, as it stands in the file
def dumps(v):  # the bytes of JavaScript's JSON.stringify
    if isinstance(v, dict): return "{" + ",".join(dumps(k) + ":" + dumps(x) for k, x in v.items()) + "}"
    if isinstance(v, list): return "[" + ",".join(map(dumps, v)) + "]"
    text = v if isinstance(v, Number) else json.dumps(v, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda m: "\\u%04x" % ord(m.group()), text)
def sha(text): return hashlib.sha256(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()).hexdigest()
def fill(body, variables):
    if isinstance(body, list): return [fill(item, variables) for item in body]
    if not isinstance(body, dict): return body
    if list(body) != ["$"]: return {key: fill(item, variables) for key, item in body.items()}
    hole = body["$"]
    return variables[hole] if isinstance(hole, str) else "".join(p if isinstance(p, str) else variables[p["v"]] for p in hole)
def visible(text):  # without the dialect's tags
    tags = [t for key in ("closes", "answerOpens", "answerTags") for t in dialect.get(key, [])] + [dialect.get("opens")]
    tags = sorted({t for t in tags + [p[k] for p in dialect.get("parts", []) for k in ("opens", "closes")] if t}, key=len)
    return re.sub("|".join(map(re.escape, tags[::-1])), "", text) if tags else text
def emit(trace, kind, template, variables):
    counts["requests"] += 1
    line = {"trace": trace, "kind": kind, "path": template["path"], "body": dumps(fill(template["body"], variables))}
    if as_json: print(json.dumps(line))
def image_data(image):
    path = os.path.join(folder, image.get("path") or image["sha256"])
    data = open(path, "rb").read() if os.path.isfile(path) else b""
    if hashlib.sha256(data).hexdigest() != image["sha256"]: differences.append("%s is missing or another image" % path)
    return base64.b64encode(data).decode()

class Trace:
    def __init__(self, e, parent):
        self.start, self.parent, self.p, self.outcome, self.requests, self.scores = e, parent, e.get("parameters", {}), None, {}, set()
        self.drawn, self.attempts, self.value, self.accepted = {}, {}, {}, {}
        self.ends = parent.ends[:e["branch"]["step"]] if parent else [(0, 0)]  # lengths of text and text read after each step
        self.text, self.read = (parent.text[:self.ends[-1][0]], parent.read[:self.ends[-1][1]]) if parent else ("", "")
        self.fixed = {"prompt": e["prompt"]["text"], "system": e["prompt"].get("system"), "rendered": e.get("rendered")}
        for n, image in enumerate(e["prompt"]["images"], 1):
            data = image.get("data") or image_data(image)
            self.fixed.update({"image%d" % n: "data:%s;base64,%s" % (image["mediaType"], data), "image%d.base64" % n: data})
        if "render" in e["requests"]: self.send("render")
    def send(self, kind, **variables): emit(self.start["traceId"], kind, self.start["requests"][kind], {**self.fixed, **variables})
    def check(self, e, added):
        counts["contexts"] += 1
        if sha(self.start["promptHash"] + "\n" + self.text + added) != e["context"]: raise ValueError("another context")
    def request_sent(self, e):
        self.requests[e["request"]] = (e["prefix"], len(self.ends))
        turns = (self.text + e["prefix"]).split("\x1e")
        key = "policy" if len(turns) == 1 else "policy.%d" % len(turns)
        key += ".first" if turns[-1] == "" and key + ".first" in self.start["requests"] else ""
        rid = sha("%s\n%d\n%d\n%s" % (affinity, e["seed"], e["maxTokens"], "\x1e".join(turns)))[:32]
        self.send(key, assistant=turns[-1], rid=rid, seed=e["seed"], maxTokens=e["maxTokens"], **{"turn%d" % n: t for n, t in enumerate(turns, 1)})
        self.check(e, e["prefix"])
    def step_proposed(self, e):
        own = (e["prefix"] if self.p.get("injectedWords") == "shown" else "") + e["text"]
        a = self.attempts[e["attemptId"]] = dict(e, own=own, before=len(self.read), opening=e.get("opening", ""))
        self.drawn.setdefault(e["step"], {})[e["attempt"]] = a
        self.check(e, a["opening"] + e["prefix"])
    def step_scored(self, e):  # scorer.failed as well
        self.value[e["attemptId"]] = float(e["reward"] if "reward" in e else "-inf") if e.get("treatedAs", "unsafe") == "unsafe" else None
        key, a = (e["step"], e["attempt"], e["scorer"], e.get("reward"), e.get("ms")), self.attempts.get(e["attemptId"])
        self.scores.add(key)
        if self.parent and key in self.parent.scores: return  # a branch took it from the record: nothing was sent
        texts = [visible(a["own"] if a else self.answer)] if e["step"] else [None]
        whole = visible(self.read[:a["before"]] + a["opening"] + a["own"]) if a else None
        if a and self.p["scored"] != "step": texts = [whole] if self.p["scored"] == "trace" or texts == [whole] else [whole] + texts
        kinds = [k for k in self.start["requests"] if re.fullmatch(("scorer" if e["step"] else "query") + r"(\.\d+)?", k)]
        for _ in range(max(1, e["requests"] // (len(kinds) * len(texts)))):  # retries
            for k, text in [(k, text) for text in texts for k in kinds]: self.send(k, trace=text)
    scorer_failed = step_scored
    def step_accepted(self, e):
        a, kept = self.attempts[e["attemptId"]], e["prefixKept"]
        self.accepted[e["step"]] = (e["attempt"], e["reason"], kept)
        self.text += a["opening"] + (a["prefix"] if kept else "") + a["text"]
        self.read += a["opening"] + (a["own"] if kept else a["text"])
        if a["end"] == "end" and self.text.count("\x1e") + 1 < len(dialect.get("turns", [])): self.text += "\x1e"
        self.ends.append((len(self.text), len(self.read)))
    def answer_finished(self, e):
        prefix, steps = self.requests.get(e["request"]) or self.parent.requests[e["request"]]
        self.answer = e["text"]
        self.check(e, prefix if steps == len(self.ends) else "")
    def trace_finished(self, e): self.outcome = e["outcome"]
    def due(self, step, drawn):  # what must be taken of a step's attempts: (attempt, reason); None when nothing can be
        score, tau = lambda b: self.value.get(drawn[b]["attemptId"]) if b in drawn else None, float(self.p.get("threshold", 0))
        if not self.scores and not (self.parent and self.parent.scores): return 0, "unscored"
        if self.start["defence"] == "best-of-n": return None if None in map(score, drawn) else (max(drawn, key=score), "best")
        if step > self.p["depth"]: return 0, "beyond-depth"
        for b in range(self.p["resamples"] + 1):
            if score(b) is None or score(b) >= tau: return None if score(b) is None else (b, "reached")
        return {"stop": None, "last": (b, "last"), "best": (max(range(1, b + 1), key=score), "best")}[self.p["whenAllFail"]]
    def decisions(self):
        for step, drawn in self.drawn.items():
            counts["decisions"] += 1
            due, taken = self.due(step, drawn), self.accepted.get(step)
            kept = due and (bool(drawn[due[0]]["prefix"]) and (due[0] == 0 or self.p.get("prefixAfter") == "kept"),)
            late = taken and taken[1] == "reached" and max(drawn) > taken[0]
            if late or (taken or self.outcome) and taken != (due and due + kept):
                differences.append("%s, step %d: taken %s, due %s" % (self.start["traceId"], step, taken, due))

arguments = [a for a in sys.argv[1:] if a != "--json"]
if not arguments: sys.exit(__doc__)
as_json, folder, dialect, affinity = "--json" in sys.argv, (arguments + ["."])[1], {}, ""
traces, differences, counts = {}, [], {"requests": 0, "contexts": 0, "decisions": 0}
for number, line in enumerate(open(arguments[0], "rb"), 1):
    if not line.endswith(b"\n") or not line.strip(): continue  # a torn last line is no event
    try:
        e = json.loads(line.decode("utf-8"), parse_float=Number)
        if e["type"] == "run.started":
            dialect, affinity = e["plan"].get("dialect", {}), e["run"] if e["environment"].get("affinityHeader") else ""
        for request in e["requests"] if e["type"] == "selftest.finished" else []: emit(None, "selftest", request, {})
        if e["type"] == "trace.started": traces[e["traceId"]] = Trace(e, traces[e["branch"]["of"]] if "branch" in e else None)
        elif "traceId" in e: getattr(traces[e["traceId"]], e["type"].replace(".", "_"), lambda e: None)(e)
    except (KeyError, TypeError, ValueError) as error: differences.append("line %d: %s %s" % (number, type(error).__name__, error))
for trace in traces.values(): trace.decisions()
print("%(requests)d requests rebuilt, %(contexts)d contexts and %(decisions)d decisions checked" % counts, file=sys.stderr)
for difference in differences: print("difference: " + difference, file=sys.stderr)
sys.exit(1 if differences else 0)
