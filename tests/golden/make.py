"""Golden values of HCL (linear; deep, decorrelated) and COrAL, computed by PyTorch in f64.

Independent of the Rust code: written from the formulas, with PyTorch's own layers and autograd.
    python -m venv venv && venv/bin/pip install torch==2.* && venv/bin/python make.py
writes hcl.json, hcl_holes.json, hcl_linear.json and coral.json beside this file: the total loss, its
terms, and the gradient of every parameter. Parameters and inputs are given by formulas that
tests/golden_torch.rs repeats.
"""
import json
import math
import pathlib

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent


def value(name, count, scale=0.4):
    """The starting values of a parameter: sines whose phase is told from its name."""
    phase = sum(name.encode()) * 0.1
    return [scale * math.sin(1.7 * i + phase) for i in range(count)]


class Parameters(dict):
    def get(self, name, *shape, scale=0.4, shift=0.0):
        if name not in self:
            count = math.prod(shape)
            data = torch.tensor(value(name, count, scale)).reshape(shape) + shift
            self[name] = data.requires_grad_()
        return self[name]

    def linear(self, name, x, outputs):
        # Stored input-major, as the Rust side has it.
        weight = self.get(f"{name}.weight", x.shape[-1], outputs)
        return x @ weight + self.get(f"{name}.bias", 1, outputs)

    def mlp(self, name, x, width, outputs, depth=1, act=torch.relu):
        for layer in range(depth):
            x = act(self.linear(f"{name}.{layer}", x, width))
        return self.linear(f"{name}.{depth}", x, outputs)

    def layer_norm(self, name, x):
        d = x.shape[-1]
        gamma = self.get(f"{name}.gamma", 1, d, shift=1.0)
        return F.layer_norm(x, (d,), gamma[0], self.get(f"{name}.beta", 1, d)[0])

    def batch_norm(self, name, x):
        d = x.shape[-1]
        gamma = self.get(f"{name}.gamma", 1, d, shift=1.0)
        beta = self.get(f"{name}.beta", 1, d)
        return F.batch_norm(x, None, None, gamma[0], beta[0], training=True)

    def write(self, file, terms, total):
        total.backward()
        gradients = {n: p.grad.flatten().tolist() for n, p in sorted(self.items())}
        content = {"loss": total.item(), "terms": {n: t.item() for n, t in terms.items()}, "gradients": gradients}
        (HERE / file).write_text(json.dumps(content, indent=0) + "\n")


def inputs(dims, rows):
    return [torch.tensor(value(f"input {m}", rows * d, 1.3)).reshape(rows, d) for m, d in enumerate(dims)]


def subsets(count):
    found = [s for s in range(1, 2**count)]
    found = [tuple(m for m in range(count) if s >> m & 1) for s in found]
    return sorted(found, key=lambda s: (-len(s), s))


def block_name(s):
    return "+".join(f"m{m}" for m in s)


def covariance(u, v, both):
    """Over the rows that both have; each side centred over the rows that it has itself."""
    (u, has_u), (v, has_v) = u, v
    u = (u - u[has_u].mean(0)) * has_u[:, None]
    v = (v - v[has_v].mean(0)) * has_v[:, None]
    return u.T @ v / both.sum().clamp(min=1)


def hcl(file, dims, rows, rank, width, holes):
    """Our decorrelated deep loss."""
    p = Parameters()
    xs = inputs(dims, rows)
    count = len(dims)
    has = [torch.tensor([not (holes and i % 4 == 1 and i // 4 % count == m) for i in range(rows)]) for m in range(count)]
    blocks = subsets(count)
    h = {(m, s): p.mlp(f"encoder.m{m}.{block_name(s)}", xs[m], width, rank) for s in blocks for m in s}

    def cov(m, s, n, t):
        return covariance((h[m, s], has[m]), (h[n, t], has[n]), has[m] & has[n])

    align = -sum(torch.trace(cov(m, s, n, s)) / rank for s in blocks for m in s for n in s if m < n)
    eye = torch.eye(rank)
    whiten = sum(((cov(m, s, m, s) - eye) ** 2).sum() for s in blocks for m in s)
    order = {s: i for i, s in enumerate(blocks)}
    decorrelate = sum(
        (cov(m, s, n, t) ** 2).sum()
        for s in blocks for t in blocks if order[s] < order[t] for m in s for n in t
    )
    rebuild = 0
    for m in range(count):
        mine = torch.cat([h[m, s] for s in blocks if m in s], dim=1)
        rebuilt = p.mlp(f"decoder.m{m}", mine, width, dims[m])
        rebuild = rebuild + ((rebuilt - xs[m]) ** 2).mean(1)[has[m]].mean()
    terms = {"align": align, "whiten": whiten, "decorrelate": decorrelate, "rebuild": rebuild}
    p.write(file, terms, align + whiten + decorrelate + 3.0 * rebuild)


def hcl_linear(file, dims, rows, rank):
    """The published pairwise loss, written out pair by pair, not by the identity."""
    p = Parameters()
    xs = [x - x.mean(0) for x in inputs(dims, rows)]
    blocks = subsets(len(dims))
    v = {}
    for m, d in enumerate(dims):
        mine = [s for s in blocks if m in s]
        w = p.get(f"loadings.m{m}", d, len(mine) * rank)
        for k, s in enumerate(mine):
            v[m, s] = w[:, k * rank:(k + 1) * rank]
    h = {(m, s): xs[m] @ v[m, s] for (m, s) in v}
    phi = sum(h[m, s] @ h[n, s].T for s in blocks for m in s for n in s)
    n = rows
    pos = -phi.trace() / (2 * n)
    neg = (phi.sum() - phi.trace()) / (2 * n * (n - 1))
    full = torch.cat(
        [torch.cat([v.get((m, s), torch.zeros(d, rank)) for s in blocks], dim=1) for m, d in enumerate(dims)], dim=0
    )  # (all features, all blocks), V transposed
    size = (full.T @ full).pow(2).sum() / 4
    p.write(file, {"align": pos + neg, "size": size}, pos + neg + size)


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def nt_xent(a, b, tau):
    z = torch.cat([a, b])
    n = len(a)
    logits = z @ z.T / tau
    logits = logits.masked_fill(torch.eye(2 * n, dtype=torch.bool), -math.inf)
    return F.cross_entropy(logits, (torch.arange(2 * n) + n) % (2 * n))


def coral(file, dims, rows, tokens, d, width, tau, weight):
    """One transformer block with the whole attention, of which the class token is read."""
    p = Parameters()
    count = len(dims)
    heads = 4
    views = [inputs(dims, rows)]
    views.append([torch.tensor(value(f"other {m}", rows * k, 1.3)).reshape(rows, k) for m, k in enumerate(dims)])
    keep = torch.tensor([[1.0 if (i + 3 * t) % 4 else 0.0 for t in range(count * tokens)] for i in range(2 * rows)])

    def fuse(parts, mask):
        t = torch.cat([x.reshape(rows, tokens, d) for x in parts], dim=1) * mask[:, :, None]
        t = torch.cat([p.get("fusion.class", 1, d).expand(rows, 1, d), t], dim=1)
        a = p.layer_norm("fusion.norm1", t)
        names = ["query", "key", "value"]
        weights = torch.cat([p.get(f"fusion.{n}.weight", d, d).T for n in names])
        biases = torch.cat([p.get(f"fusion.{n}.bias", 1, d)[0] for n in names])
        out, _ = F.multi_head_attention_forward(
            a.transpose(0, 1), a.transpose(0, 1), a.transpose(0, 1), d, heads, weights, biases, None, None, False, 0.0,
            p.get("fusion.out.weight", d, d).T, p.get("fusion.out.bias", 1, d)[0], need_weights=False,
        )
        t = t + out.transpose(0, 1)
        u = p.linear("fusion.down", quick_gelu(p.linear("fusion.up", p.layer_norm("fusion.norm2", t), 4 * d)), d)
        return p.layer_norm("fusion.norm3", (t + u)[:, 0])

    def unique(m, x):
        name = f"unique.m{m}"
        t = p.mlp(name, x, width, tokens * d).reshape(rows, tokens, d)
        t = p.linear(f"{name}.b", F.gelu(p.layer_norm(f"{name}.norm", p.linear(f"{name}.a", t, d))), d // 2)
        share = torch.softmax(t @ p.get(f"{name}.query", 1, d // 2)[0], dim=1)
        return (share[:, :, None] * t).sum(1)

    def head(name, x):
        for layer in range(2):
            x = torch.relu(p.batch_norm(f"{name}.norm{layer}", p.linear(f"{name}.{layer}", x, 2 * d)))
        return F.normalize(p.linear(f"{name}.2", x, d), dim=1)

    z, u = [], []
    for k, xs in enumerate(views):
        parts = [p.mlp(f"encoder.m{m}", x, width, tokens * d) for m, x in enumerate(xs)]
        z.append(head("head.shared", fuse(parts, keep[k * rows:(k + 1) * rows])))
        u.append([head(f"head.m{m}", unique(m, x)) for m, x in enumerate(xs)])
    shared = nt_xent(z[0], z[1], tau)
    own = sum(nt_xent(u[0][m], u[1][m], tau) for m in range(count))
    penalty = 0
    for k in range(2):
        everything = [z[k], *u[k]]
        pairs = [(a, b) for i, a in enumerate(everything) for b in everything[i + 1:]]
        penalty = penalty + sum((a * b).sum(1).pow(2).mean() for a, b in pairs) * 3 / len(pairs)
    p.write(file, {"shared": shared, "unique": own, "orthogonality": penalty}, shared + own + weight * penalty)


hcl("hcl.json", [5, 4, 6], 9, 2, 5, holes=False)
hcl("hcl_holes.json", [5, 4, 6], 16, 2, 5, holes=True)
hcl_linear("hcl_linear.json", [5, 4, 6], 9, 2)
coral("coral.json", [5, 4, 6], 6, 2, 8, 5, 0.1, 1.0)
