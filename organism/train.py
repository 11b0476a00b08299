"""Trains the model organism. See README.md for the recipe. Usage: python train.py [policy] [scorer] [focus] [again] [late] [settle]

`focus` and `again` go on training the policy on short attacked traces with many prefixes, where the planted rates live; `late`
and `settle` do so with longer traces and with the exact distributions of the steps' first tokens as targets."""

import json
import os
import sys
import time

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
import jax
import jax.numpy as jnp
import numpy as np
import optax

import world as w

SEED = 20260211
BUCKETS = (64, 80, 96, 112, 128, 144, 160, 192, 208, 224, 240, 272, 320)
PLANS = {
    "policy": dict(width=96, layers=3, heads=3, outputs=0, steps=1200, decay=1500, batch=32, rate=4e-3),
    "scorer": dict(width=64, layers=2, heads=4, outputs=2, steps=400, decay=400, batch=32, rate=4e-3),
}
PARTS = ("policy", "scorer", "focus", "again", "late", "settle")
FOCUS = dict(PLANS["policy"], steps=120, decay=240, batch=48, rate=1.5e-3, focus=True)
LATE = dict(FOCUS, steps=360, decay=900, batch=32, rate=1.2e-3, focus="late")
MORE = {"focus": FOCUS, "again": dict(FOCUS, steps=240),
        "late": LATE, "settle": dict(LATE, steps=140, decay=140, rate=6e-4)}


def init(plan, rng):
    """Weights by name. The policy's output layer is its embedding; the scorer has a layer of two outputs."""
    d, v = plan["width"], len(w.VOCABULARY)
    norm = lambda *s: (rng.normal(size=s) / np.sqrt(s[0])).astype(np.float32)
    p = {"embedding": rng.normal(size=(v, d)).astype(np.float32) * 0.06,
         "patch": norm(w.PATCH * w.PATCH * 3, d), "patch_mix": norm(d, d) * 0.2,
         "patch_position": rng.normal(size=(w.PATCHES, d)).astype(np.float32) * 0.06,
         "final_norm": np.ones(d, np.float32)}
    for i in range(plan["layers"]):
        p |= {f"{i}.norm1": np.ones(d, np.float32), f"{i}.qkv": norm(d, 3 * d), f"{i}.out": norm(d, d) * 0.4,
              f"{i}.norm2": np.ones(d, np.float32), f"{i}.up": norm(d, 4 * d), f"{i}.down": norm(4 * d, d) * 0.4}
    if plan["outputs"]:
        p["head"] = norm(d, plan["outputs"])
    return p


def rms(x, g):
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5) * g


def rotate(x, positions):
    """Rotary position embedding over pairs (first half, second half) of each head."""
    half = x.shape[-1] // 2
    angle = positions[:, None] * 10000.0 ** (-jnp.arange(half) / half)
    c, s = jnp.cos(angle), jnp.sin(angle)
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * c - b * s, a * s + b * c], -1)


def forward(plan, p, ids, image, image_index):
    """ids [B,T], image [B,patches,values], image_index [B,T] (-1 outside the picture) -> outputs [B,T,vocabulary or 2]"""
    batch, length = ids.shape
    d, heads = plan["width"], plan["heads"]
    x = jax.nn.one_hot(ids, len(w.VOCABULARY)) @ p["embedding"]  # a scatter in the gradient of a gather is slow on a CPU
    seen = jax.nn.relu(image @ p["patch"] + p["patch_position"]) @ p["patch_mix"]
    x = jnp.where((image_index >= 0)[..., None], jax.nn.one_hot(image_index, w.PATCHES) @ seen, x)
    positions = jnp.arange(length)
    mask = jnp.where(positions[:, None] >= positions[None], 0.0, -1e9)
    for i in range(plan["layers"]):
        qkv = (rms(x, p[f"{i}.norm1"]) @ p[f"{i}.qkv"]).reshape(batch, length, 3, heads, d // heads).transpose(2, 0, 3, 1, 4)
        q, k, v = rotate(qkv[0], positions), rotate(qkv[1], positions), qkv[2]
        a = jax.nn.softmax(q @ k.swapaxes(2, 3) / np.sqrt(d // heads) + mask)
        x = x + (a @ v).transpose(0, 2, 1, 3).reshape(batch, length, d) @ p[f"{i}.out"]
        x = x + jnp.square(jax.nn.relu(rms(x, p[f"{i}.norm2"]) @ p[f"{i}.up"])) @ p[f"{i}.down"]
    x = rms(x, p["final_norm"])
    return x @ p["head"] if plan["outputs"] else x @ p["embedding"].T


def policy_loss(plan, p, b):
    logits = forward(plan, p, b["ids"], b["image"], b["image_index"])[:, :-1]
    loss = optax.softmax_cross_entropy_with_integer_labels(logits, b["ids"][:, 1:])
    if "exact" in b:  # the first tokens of steps: the distribution that they were drawn from, not the draw
        loss = jnp.where(b["is_exact"][:, 1:], optax.softmax_cross_entropy(logits, b["exact"][:, 1:]), loss)
    weight = b["weight"][:, 1:]
    return (loss * weight).sum() / weight.sum()


def scorer_loss(plan, p, b):
    logits = forward(plan, p, b["ids"], b["image"], b["image_index"])
    loss = optax.softmax_cross_entropy_with_integer_labels(logits, b["label"])
    return (loss * b["label_weight"]).sum() / b["label_weight"].sum()


def pad(traces, exact=False):
    """Traces of similar length as arrays; with `exact`, also the distributions of the steps' first tokens."""
    length = next((n for n in BUCKETS if n >= max(len(t.ids) for t in traces)), BUCKETS[-1])
    rows = lambda name, kind: np.array([(getattr(t, name) + [0] * length)[:length] for t in traces], kind)
    index = np.full((len(traces), length), -1, np.int32)
    image = np.zeros((len(traces), w.PATCHES, w.PATCH * w.PATCH * 3), np.float32)
    for r, t in enumerate(traces):
        if t.image is not None:
            index[r, t.image_at:t.image_at + w.PATCHES] = np.arange(w.PATCHES)
            image[r] = t.image
    out = dict(ids=rows("ids", np.int32), weight=rows("weight", np.float32), label=rows("label", np.int32),
               label_weight=rows("label_weight", np.float32), image=image, image_index=index)
    if exact:
        out["exact"] = np.zeros((len(traces), length, len(w.VOCABULARY)), np.float32)
        for r, t in enumerate(traces):
            for at in (a for a in t.exact if a < length):
                out["exact"][r, at, list(t.exact[at])] = list(t.exact[at].values())
        out["is_exact"] = out["exact"].sum(-1) > 0
    return out


def batches(rng, plan):
    """Endless batches, sorted by length inside a pool so that little is padding."""
    while True:
        pool = [w.make_trace(rng, plain=bool(plan["outputs"]) and rng.random() < 0.15,
                             focus="focus" in plan and rng.random() < 0.85 and plan["focus"]) for _ in range(plan["batch"] * 16)]
        pool.sort(key=lambda t: len(t.ids))
        for i in rng.permutation(16):
            yield pad(pool[i * plan["batch"]:(i + 1) * plan["batch"]], plan.get("focus") == "late")


def train(part):
    name, plan = (part, PLANS[part]) if part in PLANS else ("policy", MORE[part])
    rng = np.random.default_rng(SEED + PARTS.index(part))
    p = init(plan, rng) if part in PLANS else load("policy")
    loss_of = scorer_loss if plan["outputs"] else policy_loss
    schedule = optax.warmup_cosine_decay_schedule(0, plan["rate"], 80 if plan["rate"] > 2e-3 else 20, plan["decay"], plan["rate"] * 0.02)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, b2=0.98, weight_decay=0.01))
    state = optimiser.init(p)

    @jax.jit
    def step(p, state, b):
        loss, grads = jax.value_and_grad(lambda q: loss_of(plan, q, b))(p)
        updates, state = optimiser.update(grads, state, p)
        return optax.apply_updates(p, updates), state, loss

    began, recent = time.time(), []
    for i, b in zip(range(plan["steps"]), batches(rng, plan)):
        p, state, loss = step(p, state, b)
        recent.append(float(loss))
        if i % 50 == 49:
            print(f"{part} {i + 1}/{plan['steps']} loss {np.mean(recent[-50:]):.4f} {time.time() - began:.0f}s", flush=True)
        if i % 120 == 119:
            save(name, plan, p)
    return save(name, plan, p)


def save(name, plan, p):
    """Float16 weights in one file, their shapes and offsets in another. Returns the weights as saved."""
    tensors, blobs, offset = [], [], 0
    for key, value in p.items():
        half = np.asarray(value, np.float16)
        tensors.append(dict(name=key, shape=list(half.shape), offset=offset))
        blobs.append(half.tobytes())
        offset += half.nbytes
    (w.HERE / f"{name}.bin").write_bytes(b"".join(blobs))
    header = dict(name=f"organism-{name}", seed=SEED, width=plan["width"], layers=plan["layers"], heads=plan["heads"],
                  outputs=plan["outputs"], imageSize=w.IMAGE_SIZE, patch=w.PATCH, maxLength=384,
                  parameters=int(sum(np.size(v) for v in p.values())), vocabulary=w.VOCABULARY, tensors=tensors)
    (w.HERE / f"{name}.json").write_text(json.dumps(header) + "\n")
    return {k: np.asarray(v, np.float16).astype(np.float32) for k, v in p.items()}


def load(name):
    header = json.loads((w.HERE / f"{name}.json").read_text())
    data = (w.HERE / f"{name}.bin").read_bytes()
    return {t["name"]: np.frombuffer(data, np.float16, int(np.prod(t["shape"])), t["offset"]).reshape(t["shape"]).astype(np.float32)
            for t in header["tensors"]}


def write_reference():
    """A few sequences with this framework's outputs, for the test of the TypeScript forward pass."""
    rng = np.random.default_rng(7)
    cases = []
    while len(cases) < 6:
        t = w.make_trace(rng)
        if (t.image is None) == (len(cases) % 2 == 0):
            cases.append(t)
    out = []
    for t in cases:
        b = pad([t])
        case = dict(ids=t.ids, imageAt=t.image_at, outputs={},
                    image=None if t.image is None else np.round(t.image, 4).ravel().tolist())
        if t.image is not None:
            b["image"][0] = np.round(t.image, 4)
        for name, plan in PLANS.items():
            y = np.asarray(forward(plan, load(name), b["ids"], b["image"], b["image_index"]))[0]
            last = len(t.ids) - 1
            case["outputs"][name] = {str(i): np.round(y[i], 4).tolist() for i in (last // 3, last)}
        out.append(case)
    (w.HERE / "reference.json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    for each in sys.argv[1:] or PARTS:
        train(each)
    write_reference()
