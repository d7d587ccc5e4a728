"""One step after another with the arithmetic of the public zeroth-order codes, in PyTorch, for ./zo bench peers.

    peers.py METHOD VOCABULARY POSITIONS HIDDEN HEADS LAYERS FEED_FORWARD ROWS TOKENS THREADS PRECISION DEVICE

The model is a plain OPT with random weights that computes the logits of every token, as those codes do; noise is torch.normal, drawn anew
for every pass from the direction's seed; a pass makes a new tensor for every parameter. Each line on the standard input is a request:
"step" is answered by milliseconds, "peak" by bytes.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

EPSILON, LEARNING_RATE, MEAN_RATE = 1e-3, 1e-9, 1e-9
method, *numbers, precision, device = sys.argv[1:]
vocabulary, positions, hidden, heads, layers, feed_forward, rows, tokens, threads = map(int, numbers)
torch.set_num_threads(threads)
torch.set_default_dtype({"fp32": torch.float32, "bf16": torch.bfloat16}[precision])
torch.set_default_device(device)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(hidden, hidden) for _ in range(4))
        self.up, self.down = nn.Linear(hidden, feed_forward), nn.Linear(feed_forward, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden), nn.LayerNorm(hidden)

    def forward(self, x):
        n = self.norm1(x)
        q, k, v = (f(n).view(*n.shape[:2], heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(a.transpose(1, 2).reshape(x.shape))
        return x + self.down(F.relu(self.up(self.norm2(x))))


class Opt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, hidden), nn.Embedding(positions + 2, hidden)
        self.blocks = nn.ModuleList(Block() for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(2, ids.shape[1] + 2))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokens.weight)


torch.manual_seed(0)
model = Opt()
parameters = [p for _, p in model.named_parameters()]
with torch.no_grad():
    for p in parameters:
        if p.dim() > 1:
            p.normal_(std=0.02)
ids = torch.randint(vocabulary, (rows, tokens))
labels = torch.randint(vocabulary, (rows,))
mean = [torch.zeros_like(p) for p in parameters] if method == "ldsd" else None


def differentiable_loss():
    return F.cross_entropy(model(ids)[:, -1], labels)


@torch.no_grad()
def loss():
    return differentiable_loss().item()


def noise(p):
    return torch.normal(mean=0, std=1, size=p.size(), dtype=p.dtype, device=p.device)


@torch.no_grad()
def move(seed, by, about=None):
    """A pass: every parameter by so much along the direction of a seed, about a mean if there is one."""
    torch.manual_seed(seed)
    for i, p in enumerate(parameters):
        z = noise(p) if about is None else about[i] + noise(p)
        p.data = p.data + by * z


def slope(seed, about=None):
    move(seed, EPSILON, about)
    ahead = loss()
    move(seed, -2 * EPSILON, about)
    behind = loss()
    move(seed, EPSILON, about)
    return (ahead - behind) / (2 * EPSILON)


def probe(seed, about=None):
    move(seed, EPSILON, about)
    value = loss()
    move(seed, -EPSILON, about)
    return value


def mezo(t):
    move(t, -LEARNING_RATE * slope(t))


def n_spsa(t, q=4):
    slopes = [slope(q * t + i) for i in range(q)]
    for i, p in enumerate(slopes):
        move(q * t + i, -LEARNING_RATE * p / q)


@torch.no_grad()
def ldsd(t, k=5):
    losses = [probe(k * t + i, mean) for i in range(k)]
    best = k * t + min(range(k), key=losses.__getitem__)
    move(best, -LEARNING_RATE * slope(best, mean), mean)
    for i, value in enumerate(losses):
        torch.manual_seed(k * t + i)
        weight = MEAN_RATE * (k * value - sum(losses)) / (k * (k - 1))
        for j, p in enumerate(parameters):
            mean[j] = mean[j] - weight * noise(p)


@torch.no_grad()
def guided(t, by, order):
    """A pass along the good half of the pool less the bad one, the noise of every member drawn again."""
    m = len(order)
    generators = [torch.Generator(device).manual_seed(m * t + i) for i in order]
    for p in parameters:
        z = torch.zeros_like(p)
        for rank, generator in enumerate(generators):
            sign = 1 if rank < m // 2 else -1
            z = z + sign * 2 / m * torch.normal(mean=0, std=1, size=p.size(), dtype=p.dtype, device=p.device, generator=generator)
        p.data = p.data + by * z


def gv(t, m=4):
    losses = [probe(m * t + i) for i in range(m)]
    order = sorted(range(m), key=losses.__getitem__)
    guided(t, EPSILON, order)
    ahead = loss()
    guided(t, -2 * EPSILON, order)
    behind = loss()
    guided(t, EPSILON, order)
    guided(t, -LEARNING_RATE * (ahead - behind) / (2 * EPSILON), order)


def adamw(_, optimizer=[]):
    if not optimizer:
        optimizer.append(torch.optim.AdamW(parameters, lr=LEARNING_RATE))
    differentiable_loss().backward()
    optimizer[0].step()
    optimizer[0].zero_grad()


step = {"mezo": mezo, "n-spsa": n_spsa, "ldsd": ldsd, "gv": gv, "adamw": adamw}[method]
step(0)
print(f"PyTorch {torch.__version__}, {threads} threads", flush=True)
for t, request in enumerate(sys.stdin, 1):
    if request.strip() == "step":
        start = time.perf_counter()
        step(t)
        if device != "cpu":
            torch.cuda.synchronize()
        print((time.perf_counter() - start) * 1000, flush=True)
    elif device != "cpu":
        print(torch.cuda.max_memory_reserved(), flush=True)
    else:
        with open("/proc/self/status") as status:
            print(next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")), flush=True)
