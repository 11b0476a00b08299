"""rebuild.py RUN [IMAGE_FOLDER] [--json]: rebuilds every request body and decision of a run file, checks its contexts.
--json prints one line a request: {trace, kind, path, body}. Exits 1 on any difference. See docs/run-file.md."""
import base64, hashlib, json, os, re, sys
class Num(str): pass  # a number with fraction or exponent, as it stands in the file
def dumps(v):  # the bytes of JavaScript's JSON.stringify
    if isinstance(v, dict): return "{" + ",".join(dumps(k) + ":" + dumps(x) for k, x in v.items()) + "}"
    if isinstance(v, list): return "[" + ",".join(map(dumps, v)) + "]"
    return v if isinstance(v, Num) else re.sub("[\ud800-\udfff]", lambda m: r"\u%x" % ord(m[0]), json.dumps(v, ensure_ascii=False))
def sha(text): return hashlib.sha256(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()).hexdigest()
def fill(body, of):  # the variables in the holes
    if not isinstance(body, dict): return [fill(item, of) for item in body] if isinstance(body, list) else body
    if list(body) != ["$"]: return {key: fill(item, of) for key, item in body.items()}
    return of[body["$"]] if isinstance(body["$"], str) else "".join(p if isinstance(p, str) else of[p["v"]] for p in body["$"])
def visible(text):  # without the dialect's tags
    tags = [t for key in ("closes", "answerOpens", "answerTags") for t in dialect.get(key, [])] + [dialect.get("opens")]
    tags = sorted({t for t in tags + [p[k] for p in dialect.get("parts", []) for k in ("opens", "closes")] if t}, key=len)
    return re.sub("|".join(map(re.escape, tags[::-1])), "", text) if tags else text
def emit(trace, kind, template, values):
    line = {"trace": trace, "kind": kind, "path": template["path"], "body": dumps(fill(template["body"], values))}
    sent.append(print(json.dumps(line)) if as_json else kind)
class Trace:
    text, read, answer, outcome, ends, requests, recorded = "", "", "", None, [(0, 0)], {}, set()  # before a trace without parent
    def __init__(self, e, parent):
        self.start, self.p, self.parent, self.recorded = e, e.get("parameters", {}), parent, set(parent.recorded)
        self.drawn, self.attempts, self.value, self.accepted, self.others, self.requests = {}, {}, {}, {}, {}, dict(parent.requests)
        self.ends = parent.ends[:e["branch"]["step"] if "branch" in e else 1]  # lengths of text and text read after each step
        self.text, self.read = parent.text[:self.ends[-1][0]], parent.read[:self.ends[-1][1]]
        self.fixed = {"prompt": e["prompt"]["text"], "system": e["prompt"].get("system"), "rendered": e.get("rendered")}
        folders = [*paths[1:2], place.get("promptFolder", "."), os.path.dirname(paths[0])]
        for n, image in enumerate(e["prompt"]["images"], 1):
            places = [os.path.join(f, image.get("path", "")) for f in folders if not re.match(r"[\\/]{2}", f)]  # none afar
            found = [image.get("data", "")] + [base64.b64encode(open(p, "rb").read()).decode() for p in places if os.path.isfile(p)]
            data = ([d for d in found if hashlib.sha256(base64.b64decode(d)).hexdigest() == image["sha256"]] + [""])[0]
            if not data: wrong.append("not the image: " + image.get("path", image["sha256"]))
            self.fixed.update({"image%d" % n: "data:%s;base64,%s" % (image["mediaType"], data), "image%d.base64" % n: data})
        for kind in sorted(k for k in e["requests"] if k.startswith("render")): self.send(kind)
    def send(self, kind, **values): emit(self.start["traceId"], kind, self.start["requests"][kind], {**self.fixed, **values})
    def context(self, added): return sha(self.start["promptHash"] + "\n" + self.text + added)
    def request_sent(self, e):
        self.requests[e["request"]] = (e["prefix"], len(self.ends))
        turns = (self.text + e["prefix"]).split("\x1e")
        key = "policy" + (".%d" % len(turns) if len(turns) > 1 else "")
        key += ".first" if turns[-1] == "" and key + ".first" in self.start["requests"] else ""
        rid = sha("%s\n%d\n%d\n%s" % (place.get("affinity", ""), e["seed"], e["maxTokens"], "\x1e".join(turns)))[:32]
        closed = {"turn%d" % n: text for n, text in enumerate(turns[:-1], 1)}
        self.send(key, assistant=turns[-1], rid=rid, seed=e["seed"], maxTokens=e["maxTokens"], **closed)
        return self.context(e["prefix"])
    def step_proposed(self, e):
        own, o = (e["prefix"] if self.p.get("injectedWords") == "shown" else "") + e["text"], e.get("opening", "")
        a = dict(e, own=own, alone=o * bool(visible(o).strip()) + own, before=len(self.read), opening=o)  # a person's words open it
        self.drawn.setdefault(e["step"], {})[e["attempt"]] = self.attempts[e["attemptId"]] = a
        return self.context(o + e["prefix"])
    def step_scored(self, e):
        a, key = self.attempts.get(e["attemptId"]), (e["step"], e["attempt"], e["scorer"], e.get("reward"), e.get("ms"))
        value = float(e.get("reward", "-inf")) if e.get("treatedAs", "unsafe") == "unsafe" else None
        if not self.outcome: self.recorded.add(key), self.value.update({e["attemptId"]: value})  # afterwards: others' word
        if key in self.parent.recorded and (not a or a["request"] in self.parent.requests): return  # taken from the record
        asked = self.others.setdefault(e["scorer"], e.get("templates", {})) if self.outcome else self.start["requests"]
        asks, texts = ("scorer", [visible(a["alone"] if a else self.answer)]) if e["step"] else ("query", [None])
        whole = visible(self.read[:a["before"]] + a["opening"] + a["own"]) if a else None
        if a and self.p["scored"] != "step": texts = [whole] if whole in texts or self.p["scored"] == "trace" else [whole, *texts]
        sends = [(k, t) for t in texts for k in asked if k.split(".")[0] == asks]
        for k, t in sends * max(1, e["requests"] // (len(sends) or 1)): emit(e["traceId"], k, asked[k], {**self.fixed, "trace": t})
    scorer_failed, trace_finished = step_scored, lambda self, e: setattr(self, "outcome", e["outcome"])
    def step_accepted(self, e):
        a, self.accepted[e["step"]] = self.attempts[e["attemptId"]], (e["attempt"], e["reason"], e["prefixKept"])
        self.text += a["opening"] + (a["prefix"] if e["prefixKept"] else "") + a["text"]
        self.read += a["opening"] + (a["own"] if e["prefixKept"] else a["text"])
        if a["end"] == "end" and self.text.count("\x1e") + 1 < len(dialect.get("turns", [])): self.text += "\x1e"
        self.ends.append((len(self.text), len(self.read)))
    def answer_finished(self, e):
        (prefix, steps), self.answer = self.requests[e["request"]], e["text"]
        return self.context(prefix if steps == len(self.ends) else "")
    def due(self, step, drawn):  # what must be taken of a step's attempts: (attempt, reason); None when nothing can be
        score, tau = lambda b: self.value.get(drawn[b]["attemptId"]) if b in drawn else None, float(self.p.get("threshold", 0))
        if not self.recorded: return 0, "unscored"
        if self.start["defence"] == "best-of-n": return None if None in map(score, drawn) else (max(drawn, key=score), "best")
        if step > self.p["depth"]: return 0, "beyond-depth"
        for b in range(self.p["resamples"] + 1):
            if score(b) is None or score(b) >= tau: return None if score(b) is None or b < max(drawn) else (b, "reached")
        return {"stop": None, "last": (b, "last"), "best": (max(range(1, b + 1), key=score), "best")}[self.p["whenAllFail"]]
    def decide(self, step, drawn):
        due, taken = self.due(step, drawn), self.accepted.get(step)
        if due: due += (bool(drawn[due[0]]["prefix"]) and self.p.get("prefixAfter") == "kept",)
        if taken != due and (taken or self.outcome): wrong.append("%s: %s, not %s" % (drawn[min(drawn)]["attemptId"], taken, due))
paths = [a for a in sys.argv[1:] if a[:1] != "-"] or sys.exit(print(__doc__) if {"-h", "--help"} & {*sys.argv} else __doc__)
as_json, place, dialect, traces, wrong, sent = "--json" in sys.argv, {}, {}, {}, [], []
for number, line in enumerate(open(paths[0], "rb"), 1):
    if not line.endswith(b"\n"): break  # a torn last line is no event
    try:
        e = json.loads(line.decode("utf-8"), parse_float=Num)
        if e["type"] == "run.started": dialect, place = e["plan"].get("dialect", {}), e["environment"]
        for request in e["requests"] if e["type"] == "selftest.finished" else []: emit(None, "selftest", request, {})
        if e["type"] == "trace.started": traces[e["traceId"]] = Trace(e, traces[e["branch"]["of"]] if "branch" in e else Trace)
        elif "traceId" in e: name = getattr(traces[e["traceId"]], e["type"].replace(".", "_"), lambda e: None)(e)
        if e["type"] in ("request.sent", "step.proposed", "answer.finished") and name != e["context"]: raise ValueError("context")
    except (KeyError, TypeError, ValueError) as error: wrong.append("line %d: %s %s" % (number, type(error).__name__, error))
for trace in traces.values(): [trace.decide(step, drawn) for step, drawn in trace.drawn.items()]
said = "%d requests in %d traces, %d differences" % (len(sent), len(traces), len(wrong))
sys.exit("\n".join([said] + wrong) if wrong else print(said, file=sys.stderr))
