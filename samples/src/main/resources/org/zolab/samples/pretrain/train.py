  # Training an OPT with the norm first: the blocks are the engine's own opt.py, the rest is here.
  # p: the tensors in the order of OptShape: token rows, positions, 16 a block, the final norm.
  def linear(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    return torch.linear(x, w, b)
  def linear_relu(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    return torch.relu(torch.linear(x, w, b))
  def attention(self: __torch__.M,
    q: Tensor,
    k: Tensor,
    v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v, None, 0., True)
  def hidden(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    heads: int) -> Tensor:
    # ids [B, T] -> [B, T, H], after the final norm; OPT's positions begin at row 2
    t = torch.size(ids, 1)
    x = torch.add(torch.embedding(p[0], ids), torch.slice(p[1], 0, 2, t + 2, 1))
    for l in range((torch.len(p) - 4) // 16):
      i = 2 + 16 * l
      qkv_w = torch.cat([p[i + 2], p[i + 4], p[i + 6]], 0)
      qkv_b = torch.cat([p[i + 3], p[i + 5], p[i + 7]], 0)
      block = [p[i], p[i + 1], qkv_b, p[i + 9], p[i + 10], p[i + 11], p[i + 13], p[i + 15], qkv_w, p[i + 8], p[i + 12], p[i + 14]]
      x = (self).block(block, x, heads, True, )
    n = torch.len(p)
    return torch.layer_norm(x, [torch.size(x, 2)], p[n - 2], p[n - 1])
  def next_token_loss(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    targets: Tensor,
    heads: Tensor) -> Tensor:
    # mean of -log p(target), ids and targets [B, T]
    y = (self).hidden(p, ids, annotate(int, torch.item(heads)), )
    logits = torch.linear(y, p[0], None)
    return torch.cross_entropy_loss(torch.flatten(logits, 0, 1), torch.flatten(targets, 0, 1), None, 1, -100, 0.)
  def answer_logits(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    at: Tensor,
    words: Tensor,
    heads: Tensor) -> Tensor:
    # ids [B, T], at [B] into B*T, words [K] -> [B, K]
    y = torch.flatten((self).hidden(p, ids, annotate(int, torch.item(heads)), ), 0, 1)
    return torch.linear(torch.index_select(y, 0, at), torch.index_select(p[0], 0, words), None)
  def answer_loss(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    at: Tensor,
    words: Tensor,
    labels: Tensor,
    heads: Tensor) -> Tensor:
    # mean of -log softmax over the K words; labels [B]
    return torch.cross_entropy_loss((self).answer_logits(p, ids, at, words, heads, ), labels, None, 1, -100, 0.)
  def add_gradients(self: __torch__.M,
    g: List[Tensor],
    more: List[Tensor]) -> Tensor:
    # g += more; more = 0
    for i in range(torch.len(g)):
      a = torch.add_(g[i], more[i])
      z = torch.zero_(more[i])
    return g[0]
  def adamw(self: __torch__.M,
    p: List[Tensor],
    g: List[Tensor],
    m: List[Tensor],
    v: List[Tensor],
    scale: float,
    rate: float,
    decay: float,
    beta1: float,
    beta2: float,
    correction1: float,
    correction2: float) -> Tensor:
    # Loshchilov and Hutter, arXiv 1711.05101, algorithm 2; gradients times scale, then clipped to norm 1; only matrices decay
    n = torch.zeros([], dtype=6)
    for i in range(torch.len(g)):
      n = torch.add(n, torch.sum(torch.mul(g[i], g[i])))
    n = torch.mul(torch.sqrt(n), scale)
    k = torch.mul(torch.clamp_max(torch.reciprocal(torch.add(n, 1.0e-06)), 1.), scale)
    for i in range(torch.len(p)):
      d = torch.mul_(g[i], k)
      a = torch.add_(torch.mul_(m[i], beta1), d, alpha=1. - beta1)
      s = torch.addcmul_(torch.mul_(v[i], beta2), d, d, value=1. - beta2)
      if torch.gt(torch.dim(p[i]), 1):
        w = torch.mul_(p[i], 1. - rate * decay)
      q = torch.add_(torch.sqrt(torch.div(s, correction2)), 1.0e-08)
      w = torch.addcdiv_(p[i], a, q, value=torch.neg(rate) / correction1)
      z = torch.zero_(d)
    return n
