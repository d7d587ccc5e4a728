  # OPT (Zhang et al., arXiv 2205.01068), stage by stage, in the dialect of TorchScript archives.
  # B rows, T tokens, H hidden, D width of the embedding (H unless the model projects), F feed-forward, V vocabulary.
  # Rows are padded on the right: with a causal mask no real token sees the padding.
  def block_views(self: __torch__.M,
    flat: Tensor,
    at: int,
    h: int,
    f: int) -> List[Tensor]:
    # the order of a block in storage: one-dimensional tensors first, then matrices, q, k and v together
    sizes = [h, h, 3 * h, h, h, h, f, h, 3 * h * h, h * h, f * h, h * f]
    block = torch.slice(flat, 0, at, at + 9 * h + f + 4 * h * h + 2 * f * h, 1)
    norm1_w, norm1_b, qkv_b, out_b, norm2_w, norm2_b, up_b, down_b, qkv_w, out_w, up_w, down_w, = torch.split_with_sizes(block, sizes, 0)
    matrices = [torch.view(qkv_w, [3 * h, h]), torch.view(out_w, [h, h]), torch.view(up_w, [f, h]), torch.view(down_w, [h, f])]
    return torch.add([norm1_w, norm1_b, qkv_b, out_b, norm2_w, norm2_b, up_b, down_b], matrices)
  def matrix(self: __torch__.M,
    flat: Tensor,
    at: int,
    rows: int,
    columns: int) -> Tensor:
    return torch.view(torch.slice(flat, 0, at, at + rows * columns, 1), [rows, columns])
  def vector(self: __torch__.M,
    flat: Tensor,
    at: int,
    size: int) -> Tensor:
    return torch.slice(flat, 0, at, at + size, 1)
  def embed(self: __torch__.M,
    rows: Tensor,
    positions: Tensor,
    ids: Tensor) -> Tensor:
    # rows [U, D], positions [T, H], ids [B, T] into rows -> [B, T, H]
    return torch.add(torch.embedding(rows, ids), positions)
  def embed_projected(self: __torch__.M,
    rows: Tensor,
    positions: Tensor,
    ids: Tensor,
    project: Tensor) -> Tensor:
    # project [H, D]
    return torch.add((self).linear(torch.embedding(rows, ids), project, None, ), positions)
  def block(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    heads: int,
    pre: bool) -> Tensor:
    # x [B, T, H] -> [B, T, H]; pre: norms before attention and feed-forward, else after the residual
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    h = torch.size(x, 2)
    n = x
    if pre:
      n = torch.layer_norm(x, [h], p[0], p[1])
    qkv = torch.view((self).linear(n, p[8], p[2], ), [b, t, 3 * heads, h // heads])
    q, k, v, = torch.split(torch.transpose(qkv, 1, 2), heads, 1)
    a = (self).attention(q, k, v, )
    a = torch.reshape(torch.transpose(a, 1, 2), [b, t, h])
    x = torch.add(x, (self).linear(a, p[9], p[3], ))
    if not pre:
      x = torch.layer_norm(x, [h], p[0], p[1])
    n = x
    if pre:
      n = torch.layer_norm(x, [h], p[4], p[5])
    x = torch.add(x, (self).linear((self).linear_relu(n, p[10], p[6], ), p[11], p[7], ))
    if not pre:
      x = torch.layer_norm(x, [h], p[4], p[5])
    return x
  def last(self: __torch__.M,
    x: Tensor,
    at: Tensor,
    norm_w: Tensor,
    norm_b: Tensor) -> Tensor:
    # the final norm, where scored: x [B, T, H], at [N] into B*T -> [N, H]
    h = torch.size(x, 2)
    return torch.layer_norm(torch.index_select(torch.view(x, [-1, h]), 0, at), [h], norm_w, norm_b)
  def gather(self: __torch__.M,
    x: Tensor,
    at: Tensor) -> Tensor:
    return torch.index_select(torch.view(x, [-1, torch.size(x, 2)]), 0, at)
  def project(self: __torch__.M,
    y: Tensor,
    w: Tensor) -> Tensor:
    return (self).linear(y, w, None, )
  def logits(self: __torch__.M,
    y: Tensor,
    rows: Tensor,
    all: Tensor,
    first: int) -> Tensor:
    # y [N, D], rows [C, D] of the tied embedding -> columns first to first + C of all [N, V]
    c = torch.slice(all, 1, first, first + torch.size(rows, 0), 1)
    return torch.copy_(c, (self).linear(y, rows, None, ), False)
  def scores(self: __torch__.M,
    all: Tensor,
    position: Tensor,
    token: Tensor) -> Tensor:
    # log p(token) at position, both [S], from logits [N, V]
    return torch.index(torch.log_softmax(all, 1), annotate(List[Optional[Tensor]], [position, token]))
  def room(self: __torch__.M,
    n: int,
    v: int) -> Tensor:
    return torch.empty([n, v], dtype=6, layout=None, device=None, pin_memory=None, memory_format=None)
