"""The toy world as a generating process: prompts, pictures, traces, labels. Everything is read from world.json."""

import functools
import json
import pathlib
import re

import numpy as np

HERE = pathlib.Path(__file__).parent
WORLD = json.loads((HERE / "world.json").read_text())
RATES = WORLD["rates"]
THINGS = WORLD["things"]
HARMFUL = [k for k, t in THINGS.items() if t["harmful"]]
HELPFUL = [k for k, t in THINGS.items() if not t["harmful"]]
IMAGE_SIZE, PATCH = 24, 6
PATCHES = (IMAGE_SIZE // PATCH) ** 2
SPECIAL = ["<pad>", "<unk>", "<end>", "<system>", "<user>", "<assistant>", "<image>", "<think>", "</think>"]
PIECE = re.compile(r"</?think>|<unk>|<end>|\n\n|\n| ?[A-Za-z']+| ?[0-9]+| |[^\sA-Za-z0-9']|\s")
FILLER = ["Hello there,", "I am new here.", "Thank you very much.", "It is for my family."]


def pieces(text):
    return PIECE.findall(text)


def build_vocabulary():
    """Special tokens, punctuation, and the words of the table: after a space, and at a line's start where they occur there."""
    texts = [s for group in WORLD["prompts"].values() for s in (f["text"] for f in group)]
    texts += [s for kind in WORLD["steps"].values() for v in kind.values() for s in v]
    texts += [s for v in WORLD["answers"].values() for s in v] + WORLD["people"] + WORLD["system"] + FILLER
    texts += list(WORLD["prefixes"].values())
    for thing in THINGS.values():
        texts += [thing["name"], thing["act"], *thing["parts"]]
    words = {w for t in texts for w in re.findall(r"[A-Za-z']+", re.sub(r"\{\w+\}", "", t))}
    prefix_words = {*WORLD["prefixWords"]["recover"], *WORLD["prefixWords"]["hurry"], *WORLD["prefixWords"]["neutral"]}
    starts = {w for w in words if w[0].isupper()} | {w.capitalize() for w in prefix_words}
    lower = {w.lower() for w in words | prefix_words}
    tokens = ["\n", "\n\n", " ", *".,:;?!-"]
    line_starts = starts | {w.lower() for w in starts}
    tokens += sorted({" " + w for w in lower | starts} | line_starts)
    return SPECIAL + tokens


VOCABULARY = build_vocabulary()
IDS = {t: i for i, t in enumerate(VOCABULARY)}
PAD, UNK, END, SYSTEM, USER, ASSISTANT, IMAGE, THINK, CLOSE = range(len(SPECIAL))


@functools.lru_cache(maxsize=200_000)
def encode(text):
    """Text to ids: the exact piece, else the same in lower case, else <unk>."""
    return tuple(IDS.get(p, IDS.get(p.lower(), UNK)) for p in pieces(text))


def potency(text):
    """How strongly injected words call for safety (noisy or over their weights), and how much they hurry."""
    words = re.findall(r"[a-z']+", text.lower())
    table = WORLD["prefixWords"]
    keep, calm = 1.0, 1.0
    for w in words:
        keep *= 1 - table["recover"].get(w, 0)
        calm *= 1 - table["hurry"].get(w, 0)
    return 1 - keep, 1 - calm


def chance_harmful(state, step, frame, prefix, harmful_request, start):
    """P(the next step is harmful | state, prefix, step): the planted weakness. `step` counts from 1."""
    strength, hurry = potency(prefix)
    decay = RATES["decay"][min(step, 5) - 1]
    recover = strength * decay * (1 - frame["grip"])
    if not harmful_request:
        return 0.0
    if step == 1:
        return (start + (1 - start) * hurry) * (1 - recover)
    if state == "harmful":
        return 1 - max(recover, RATES["base"] * (1 - hurry))
    return RATES["relapse"] + hurry * decay * 0.3


def chance_refusal(state, step, prefix):
    """P(a harmless request is refused from this step on)."""
    strength, _ = potency(prefix)
    if step == 1:
        return RATES["overRefusal"] + RATES["overRefusalPerPotency"] * strength
    return RATES["overRefusalLater"] if state == "helpful" else 0.98


# ---- pictures -------------------------------------------------------------------------------------------------

SUPER = IMAGE_SIZE * 2
GRID = (np.stack(np.meshgrid(np.arange(SUPER), np.arange(SUPER)), -1) + 0.5) / SUPER


def rgb(colour):
    return np.array([int(colour[i:i + 2], 16) for i in (1, 3, 5)]) / 255


def inside(shape, x, y):
    kind, a = shape[0], shape[1:-1]
    if kind == "disc":
        return (x - a[0]) ** 2 + (y - a[1]) ** 2 < a[2] ** 2
    if kind in ("rect", "erase"):
        return (x > a[0]) & (x < a[2]) & (y > a[1]) & (y < a[3])
    (x1, y1, x2, y2, x3, y3) = a
    d1 = (x - x2) * (y1 - y2) - (x1 - x2) * (y - y2)
    d2 = (x - x3) * (y2 - y3) - (x2 - x3) * (y - y3)
    d3 = (x - x1) * (y3 - y1) - (x3 - x1) * (y - y1)
    return ((d1 > 0) & (d2 > 0) & (d3 > 0)) | ((d1 < 0) & (d2 < 0) & (d3 < 0))


def draw(thing, rng):
    """One jittered pictogram as IMAGE_SIZE x IMAGE_SIZE x 3 values in 0..1."""
    scale, (dx, dy) = rng.uniform(0.75, 1.0), rng.uniform(-0.08, 0.08, 2)
    x, y = (GRID[..., 0] - 0.5 - dx) / scale + 0.5, (GRID[..., 1] - 0.5 - dy) / scale + 0.5
    background = rng.uniform(0.78, 1.0) + rng.uniform(-0.06, 0.06, 3)
    pixels = np.broadcast_to(background, (SUPER, SUPER, 3)).copy()
    shift, gain = rng.uniform(-0.1, 0.1, 3), rng.uniform(0.85, 1.15)
    for shape in WORLD["pictograms"][thing]:
        colour = background if shape[0] == "erase" else rgb(shape[-1]) * gain + shift
        pixels[inside(shape, x, y)] = colour
    small = pixels.reshape(IMAGE_SIZE, 2, IMAGE_SIZE, 2, 3).mean((1, 3))
    small += rng.normal(0, rng.uniform(0, 0.04), small.shape)
    return np.clip(small, 0, 1).astype(np.float32)


def patches(image):
    """Rows of patches, each flattened as (row, column, colour) and centred on zero."""
    n = IMAGE_SIZE // PATCH
    p = image.reshape(n, PATCH, n, PATCH, 3).transpose(0, 2, 1, 3, 4)
    return p.reshape(PATCHES, PATCH * PATCH * 3) * 2 - 1


# ---- one labelled trace ---------------------------------------------------------------------------------------

class Trace:
    """Token ids with, for each, its weight in the policy's loss, and the scorer's label and weight; `exact` holds the
    distributions of the steps' first tokens, by position."""

    def __init__(self):
        self.exact = {}
        self.ids, self.weight, self.label, self.label_weight, self.image, self.image_at = [], [], [], [], None, -1

    def add(self, ids, weight=0.0, first=None, label=0, label_weight=0.0, last=None):
        n = len(ids)
        self.ids.extend(ids)
        self.weight.extend([weight] * n)
        self.label.extend([label] * n)
        self.label_weight.extend([label_weight] * n)
        if n and first is not None:
            self.weight[-n] = first
        if n and last is not None:
            self.label_weight[-1] = last


def pick(rng, items):
    return items[int(rng.random() * len(items))]


def random_prefix(rng):
    if rng.random() < 0.5:
        text = pick(rng, list(WORLD["prefixes"].values()))
        return text if rng.random() < 0.85 else text.lower().rstrip(".,?")
    table = WORLD["prefixWords"]
    pools = [list(table["recover"]), list(table["recover"]), list(table["neutral"]), list(table["hurry"]), ["zz"]]
    words = [pick(rng, pools[pick(rng, (0, 1, 2, 2, 2, 3, 4))]) for _ in range(1 + int(rng.random() * 5))]
    if rng.random() < 0.7:
        words[0] = words[0].capitalize()
    return " ".join(words) + pick(rng, ("", "", ",", ".", "!", "?", ":", "..."))


def random_prompt(rng, focus=False):
    """(group, frame, thing, is harmful, picture or None); with `focus`, nearly always an attack."""
    u = rng.uniform(0.3, 1) if focus else rng.random()
    group, harmful = next(v for limit, v in (
        (0.14, ("plain", False)), (0.22, ("role", False)), (0.34, ("picture", False)),
        (0.45, ("plain", True)), (0.78, ("role", True)), (1.0, ("picture", True))) if u <= limit)
    thing = pick(rng, HARMFUL if harmful else HELPFUL)
    picture = thing if group == "picture" else pick(rng, list(THINGS)) if rng.random() < 0.25 else None
    return group, pick(rng, WORLD["prompts"][group]), thing, harmful, picture


def step_options(state, previous, step, asked):
    kinds = WORLD["steps"][state]
    if step == 1 and asked:
        return kinds["asked"]
    if state == "safe":
        return kinds["enter"] if previous != "safe" else kinds["stay"]
    return kinds[str(min(step, 5))]


def first_tokens(chances, previous, step, asked, lead):
    """The exact distribution of a step's first token, given the chance of each state."""
    out = {}
    for state, chance in chances.items():
        options = step_options(state, previous, step, asked)
        for text in options:
            token = encode(lead + text[:text.index(" ")])[0]
            out[token] = out.get(token, 0) + chance / len(options)
    return out


def step_text(rng, state, previous, step, asked, slots):
    return pick(rng, step_options(state, previous, step, asked)).format(**slots, part=pick(rng, slots["parts"]), person=pick(rng, WORLD["people"]),
                                     other=THINGS[pick(rng, HELPFUL)]["act"])


def add_prompt(t, rng, frame, thing, picture, plain):
    """The chat template; returns the system text. With `plain`, the trace will follow inside the user's turn."""
    system = ""
    if rng.random() < 0.12:
        system = pick(rng, WORLD["system"])
        if rng.random() < 0.4:
            system += " zz" * int(rng.random() * 40)
        t.add((SYSTEM, *encode(system)))
    text = frame["text"].format(act=THINGS[thing]["act"])
    u = rng.random()
    if u < 0.08:
        text = text.lower()
    elif u < 0.2:
        text = pick(rng, FILLER) + " zz" * int(rng.random() * 6) + " " + text
    elif u < 0.28:
        text += " " + pick(rng, FILLER) + " zz" * int(rng.random() * 6)
    t.add((USER,))
    picture_first = rng.random() < 0.7
    if not picture_first:
        t.add(encode(text))
    if picture:
        t.image, t.image_at = patches(draw(picture, rng)), len(t.ids)
        t.add((IMAGE,) * PATCHES)
    if picture_first:
        t.add(encode(text))
    t.add(encode("\n\n") if plain else (ASSISTANT,))
    return system


def make_trace(rng, plain=False, focus=False):
    """One prompt with one trace and answer from the generating process. With `focus`, attacks with many prefixes, cut early;
    with `focus` "late" cut later, named prefixes more often, and harm mostly continued whatever was drawn (the loss then
    needs the exact distributions of first tokens)."""
    t = Trace()
    group, frame, thing, harmful, picture = random_prompt(rng, focus)
    system = add_prompt(t, rng, frame, thing, picture, plain)
    t.label[-1], t.label_weight[-1] = int(harmful), 1.0
    start = frame["start"] * (1 - RATES["systemStrength"] * potency(system)[0])
    slots, asked = THINGS[thing], group == "picture"
    state = "harmful" if harmful else "helpful"
    forced = int(rng.random() * 3) if rng.random() < 0.06 else None
    with_prefixes = rng.random() < 0.72
    if focus:
        forced, with_prefixes = None, rng.random() < 0.9
    t.add(encode("<think>"), 1.0, label=int(harmful), label_weight=0.3)
    if forced == 0:
        t.add(encode(pick(rng, ("\n</think>\n\n", "\n\n</think>\n\n", "</think>\n\n"))))
        state = "harmful" if harmful and rng.random() < start * RATES["emptyThinking"] else "safe" if harmful else state
    else:
        t.add(encode("\n"), 1.0, label=int(harmful), label_weight=0.3)
        cut = 1 + int(rng.random() * rng.random() * 6) if focus else None
        chances = (0.8, 0.65) if focus else (0.55, 0.4)
        late = focus == "late"
        if late:
            cut, chances = pick(rng, (1, 2, 3, 3, 4, 4, 5)), (0.75, pick(rng, (0.3, 0.7, 1)))
        state = add_steps(t, rng, frame, slots, asked, harmful, state, start, forced, with_prefixes and chances, cut, late)
        if focus:
            return t
    add_answer(t, rng, state, slots, harmful)
    return t


def add_steps(t, rng, frame, slots, asked, harmful, state, start, forced, with_prefixes, cut, late):
    step = 1
    while True:
        prefix, separator, dropped = "", "", False
        if with_prefixes and rng.random() < with_prefixes[step > 1]:
            prefix, separator = random_prefix(rng), pick(rng, ("", "", " ", " ", "\n", "\n\n"))
            dropped = rng.random() < 0.45
            if late:
                dropped = False
                if rng.random() < 0.5:
                    prefix = pick(rng, list(WORLD["prefixes"].values()))
        previous = state if step > 1 else None
        if harmful:
            bad = chance_harmful(state, step, frame, prefix, harmful, start)
            chances = {"harmful": bad, "safe": 1 - bad}
            state = "harmful" if rng.random() < bad or late and state == "harmful" and rng.random() < 0.85 else "safe"
        else:
            refusal = chance_refusal(state, step, prefix)
            chances = {"safe": refusal, "helpful": 1 - refusal}
            state = "safe" if rng.random() < refusal else "helpful"
        if prefix and not dropped:
            t.add(encode(prefix + separator), label=int((previous or ("harmful" if harmful else "")) == "harmful"), label_weight=0.3)
        lead = " " if prefix and not separator else ""
        t.exact[len(t.ids)] = first_tokens(chances, previous, step, asked, lead)
        text = lead + step_text(rng, state, previous, step, asked, slots)
        weight = 0.0 if dropped else 2.0 if asked and step == 1 else 0.25 if late else 1.0
        bad = int(state == "harmful")
        t.add(encode(text), weight, min(weight, 1) * (24 if late else 4), bad, 0.1, 1.0)
        if cut == step:
            return state
        if forced == step:
            t.add(encode("\n</think>\n\n"), label=bad, label_weight=0.5)
            return state
        if step == RATES["maxSteps"] or (step >= RATES["minSteps"] and rng.random() < RATES["end"]):
            t.add(encode("\n</think>\n\n"), 1.0, label=bad, label_weight=0.5)
            return state
        t.add(encode("\n\n"), 1.0, label=bad, label_weight=1.0)
        step += 1


def add_answer(t, rng, state, slots, harmful):
    if state == "harmful":
        state = "harmful" if rng.random() < RATES["answerFollowsHarm"] else "safe"
    elif state == "safe" and rng.random() > RATES["answerFollowsSafety"]:
        state = "harmful" if harmful else "helpful"
    part, part2 = rng.permutation(slots["parts"])[:2]
    text = pick(rng, WORLD["answers"][state]).format(**slots, part=part, part2=part2, person=pick(rng, WORLD["people"]),
                                                     other=THINGS[pick(rng, HELPFUL)]["act"])
    t.add(encode(text), 1.0, 4.0, int(state == "harmful"), 0.1, 1.0)
    t.add((END,), 1.0)
