  # What the stages of all families share, in the dialect of TorchScript archives. flat is where a stage's weights lie.
  # B rows, T tokens, H hidden, D width of the embedding, V vocabulary, N scored positions.
  def piece(self: __torch__.M,
    flat: Tensor,
    at: int,
    size: int,
    rows: int) -> Tensor:
    # one tensor: a vector if rows is 0
    x = torch.slice(flat, 0, at, at + size, 1)
    if rows > 0:
      x = torch.view(x, [rows, -1])
    return x
  def pieces(self: __torch__.M,
    before: List[Tensor],
    flat: Tensor,
    at: int,
    sizes: List[int],
    rows: List[int]) -> List[Tensor]:
    # after those before, tensors that lie side by side, by one split, whose derivative is one tensor too
    total = 0
    for i in range(torch.len(sizes)):
      total = total + sizes[i]
    flats = torch.split_with_sizes(torch.slice(flat, 0, at, at + total, 1), sizes, 0)
    all = before
    for i in range(torch.len(sizes)):
      x = flats[i]
      if rows[i] > 0:
        x = torch.view(x, [rows[i], -1])
      all = torch.add(all, [x])
    return all
  def nothing(self: __torch__.M) -> List[Tensor]:
    # of a stage without weights
    return annotate(List[Tensor], [])
  def behind(self: __torch__.M,
    prefix: Tensor,
    past: List[Tensor],
    x: Tensor,
    groups: int) -> List[Tensor]:
    # for texts x [B, T, H] a past that begins with the keys and values of a prefix [2*P, groups*W]; one that goes on has them already
    begins = torch.len(past) == 0
    if not begins:
      begins = torch.numel(past[0]) == 0
    all = past
    if begins:
      kv = torch.view(prefix, [2, 1, torch.size(prefix, 0) // 2, groups, -1])
      k, v, = torch.unbind(torch.expand(torch.transpose(kv, 2, 3), [-1, torch.size(x, 0), -1, -1, -1]), 0)
      all = [k, v]
      if torch.len(past) > 0:
        _0 = torch.pop(past, 0)
        _1 = torch.pop(past, 0)
        torch.insert(past, 0, v)
        torch.insert(past, 0, k)
        all = past
    return all
  def recall(self: __torch__.M,
    k: Tensor,
    v: Tensor,
    past: List[Tensor]) -> Tuple[Tensor, Tensor]:
    # k and v [B, groups, T, W] behind those of P earlier tokens.
    # past is empty, or a ring of keys and values [B, groups, P, W] of all blocks: each takes the first two and puts them, longer, at the end
    if torch.len(past) > 0:
      k = torch.cat([torch.type_as(torch.pop(past, 0), k), k], 2)
      v = torch.cat([torch.type_as(torch.pop(past, 0), v), v], 2)
      past = torch.append(torch.append(past, k), v)
    return (k, v)
  def attend(self: __torch__.M,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    past: List[Tensor],
    places: Tensor,
    window: int) -> Tensor:
    # causal attention of q [B, heads, T, W] to k and v [B, groups, T, W] and to the tokens of a past, the last few if window is not 0 -> [B, T, heads*W].
    # places [1 or 2, 1 or B, T]: the number of each token in its row, and if rows share what they begin with, to which of them it belongs: 0 for all
    k, v, = (self).recall(k, v, past, )
    heads = torch.size(q, 1)
    t = torch.size(q, 2)
    n = torch.size(k, 2)
    if window == 0:
      window = n
    mask = annotate(Optional[Tensor], None)
    if n > window or (t > 1 and n > t) or torch.size(places, 0) > 1:
      mask = (self).sight(q, n, window, places, )
    if heads > torch.size(k, 1):
      k = torch.repeat_interleave(k, heads // torch.size(k, 1), 1)
      v = torch.repeat_interleave(v, heads // torch.size(v, 1), 1)
    a = (self).attention(q, k, v, mask, torch.__is__(mask, None) and n == t, )
    return torch.reshape(torch.transpose(a, 1, 2), [torch.size(q, 0), t, -1])
  def sight(self: __torch__.M,
    q: Tensor,
    n: int,
    window: int,
    places: Tensor) -> Tensor:
    # what is added to the scores of the last T of n tokens, each of which sees itself and those before it, window in all, of its own row or shared: 0 or -inf, [1 or B, 1, T, n]
    own = places[0]
    first = torch.size(q, 2) - n
    past = torch.arange(first, 0, dtype=4, layout=None, device=ops.prim.device(q), pin_memory=None)
    all = torch.unsqueeze(torch.cat([torch.expand(past, [torch.size(own, 0), -1]), own], 1), 1)
    at = torch.unsqueeze(own, 2)
    seen = torch.__and__(torch.le(all, at), torch.gt(all, torch.sub(at, window)))
    if torch.size(places, 0) > 1:
      row = torch.unsqueeze(torch.constant_pad_nd(places[1], [-first, 0], 0), 1)
      seen = torch.__and__(seen, torch.__or__(torch.eq(row, 0), torch.eq(row, torch.unsqueeze(places[1], 2))))
    return torch.unsqueeze(torch.log(torch.type_as(seen, q)), 1)
  def numbers(self: __torch__.M,
    like: Tensor,
    n: int) -> Tensor:
    # 0 to n - 1, [1, n], where like is
    return torch.unsqueeze(torch.arange(n, dtype=None, layout=None, device=ops.prim.device(like), pin_memory=None), 0)
  def zeros(self: __torch__.M,
    ids: Tensor) -> Tensor:
    return torch.mul(ids, 0)
  def before(self: __torch__.M,
    prompt: Tensor,
    x: Tensor) -> Tensor:
    # prompt [1, P, H] in front of each row of x [B, T, H] -> [B, P + T, H]
    return torch.cat([torch.expand(prompt, [torch.size(x, 0), -1, -1]), x], 1)
  def gather(self: __torch__.M,
    x: Tensor,
    at: Tensor) -> Tensor:
    # x [B, T, H], at [N] into B*T -> [N, H]
    return torch.index_select(torch.view(x, [-1, torch.size(x, 2)]), 0, at)
  def project(self: __torch__.M,
    y: Tensor,
    w: List[Tensor]) -> Tensor:
    # y [N, D], w a matrix [C, D] and perhaps a bias [C] -> [N, C], in single precision
    b = annotate(Optional[Tensor], None)
    if torch.len(w) > 1:
      b = w[1]
    return torch.to((self).linear(y, w[0], b, ), 6)
  def logits(self: __torch__.M,
    y: Tensor,
    w: List[Tensor],
    all: Tensor,
    first: int) -> Tensor:
    # columns first to first + C of all [N, V]
    c = torch.slice(all, 1, first, first + torch.size(w[0], 0), 1)
    return torch.copy_(c, (self).project(y, w, ), False)
  def scores(self: __torch__.M,
    all: Tensor,
    position: Tensor,
    token: Tensor) -> Tensor:
    # log p(token) at position, both [S], from logits [N, V]
    return torch.index(torch.log_softmax(all, 1), annotate(List[Optional[Tensor]], [position, token]))
  def room(self: __torch__.M,
    like: Tensor,
    n: int,
    v: int) -> Tensor:
    # for [n, v] numbers, where like is
    return torch.empty([n, v], dtype=6, layout=None, device=ops.prim.device(like), pin_memory=None, memory_format=None)
