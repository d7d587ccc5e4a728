  # RoBERTa and BERT as masked language models or with a head of classes, stage by stage, in the dialect of TorchScript archives.
  # B rows, T tokens, H hidden, F feed-forward. Rows are padded on the right, and lengths [B] say from where on.
  def embed(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    epsilon: float) -> Tensor:
    # rows [U, H], positions [T, H], a token type [1, H]; ids [B, T] into rows -> [B, T, H]
    rows, positions, kind, norm_w, norm_b, = p
    x = torch.add(torch.add(torch.embedding(rows, ids), kind), positions)
    return torch.layer_norm(x, [torch.size(x, 2)], norm_w, norm_b, epsilon)
  def embed_typed(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    types: Tensor,
    epsilon: float) -> Tensor:
    # the same with a table of token types [2, H] and each token's own, types [B, T]
    rows, positions, kinds, norm_w, norm_b, = p
    x = torch.add(torch.add(torch.embedding(rows, ids), torch.embedding(kinds, types)), positions)
    return torch.layer_norm(x, [torch.size(x, 2)], norm_w, norm_b, epsilon)
  def real(self: __torch__.M,
    k: Tensor,
    t: int,
    lengths: Tensor) -> Tensor:
    # what is added to the scores of k [B, heads, P + T, W]: 0 for what is past and for real tokens, -inf for padding: [B, 1, 1, P + T]
    n = torch.size(k, 2)
    all = torch.arange(n, dtype=None, layout=None, device=ops.prim.device(k), pin_memory=None)
    seen = torch.lt(all, torch.add(torch.view(lengths, [-1, 1, 1, 1]), n - t))
    return torch.log(torch.type_as(seen, k))
  def block(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    past: List[Tensor],
    lengths: Tensor,
    heads: int,
    epsilon: float) -> Tensor:
    # x [B, T, H] -> [B, T, H]
    norm1_w, norm1_b, norm2_w, norm2_b, qkv_b, out_b, up_b, down_b, qkv_w, out_w, up_w, down_w, = p
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    h = torch.size(x, 2)
    qkv = torch.view((self).linear(x, qkv_w, qkv_b, ), [b, t, 3 * heads, h // heads])
    q, k, v, = torch.split(torch.transpose(qkv, 1, 2), heads, 1)
    k, v, = (self).recall(k, v, past, )
    a = (self).attention(q, k, v, (self).real(k, t, lengths, ), False, )
    a = torch.reshape(torch.transpose(a, 1, 2), [b, t, h])
    x = torch.layer_norm(torch.add(x, (self).linear(a, out_w, out_b, )), [h], norm1_w, norm1_b, epsilon)
    m = torch.gelu((self).linear(x, up_w, up_b, ))
    return torch.layer_norm(torch.add(x, (self).linear(m, down_w, down_b, )), [h], norm2_w, norm2_b, epsilon)
  def transform(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    at: Tensor,
    epsilon: float) -> Tensor:
    # what the head multiplies, where scored: x [B, T, H], at [N] into B*T -> [N, H]
    dense_b, norm_w, norm_b, dense_w, = p
    y = torch.gelu((self).linear((self).gather(x, at, ), dense_w, dense_b, ))
    return torch.layer_norm(y, [torch.size(y, 1)], norm_w, norm_b, epsilon)
  def pool(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    at: Tensor) -> Tensor:
    # what the head of classes multiplies, where scored: x [B, T, H], at [N] into B*T -> [N, H]
    dense_b, dense_w, = p
    return torch.tanh((self).linear((self).gather(x, at, ), dense_w, dense_b, ))
