  # GPT-2 (Radford et al., 2019), stage by stage, in the dialect of TorchScript archives.
  # B rows, T tokens, H hidden, F feed-forward.
  # Rows are padded on the right: with a causal mask no real token sees the padding.
  def embed(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    positions: Tensor) -> Tensor:
    # p = rows [U, H], positions [P, H]; ids [B, T] into rows, positions [B, T] or [1, T] -> [B, T, H]
    return torch.add(torch.embedding(p[0], ids), torch.embedding(p[1], positions))
  def block(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    past: List[Tensor],
    places: Tensor,
    heads: int,
    epsilon: float) -> Tensor:
    # x [B, T, H] -> [B, T, H]
    norm1_w, norm1_b, qkv_b, out_b, norm2_w, norm2_b, up_b, down_b, qkv_w, out_w, up_w, down_w, = p
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    h = torch.size(x, 2)
    n = torch.layer_norm(x, [h], norm1_w, norm1_b, epsilon)
    qkv = torch.view((self).linear(n, qkv_w, qkv_b, ), [b, t, 3 * heads, h // heads])
    q, k, v, = torch.split(torch.transpose(qkv, 1, 2), heads, 1)
    x = torch.add(x, (self).linear((self).attend(q, k, v, past, places, 0, ), out_w, out_b, ))
    n = torch.layer_norm(x, [h], norm2_w, norm2_b, epsilon)
    m = torch.gelu((self).linear(n, up_w, up_b, ), approximate="tanh")
    return torch.add(x, (self).linear(m, down_w, down_b, ))
  def last(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    at: Tensor,
    epsilon: float) -> Tensor:
    # the final norm, where scored: x [B, T, H], at [N] into B*T -> [N, H]
    return torch.layer_norm((self).gather(x, at, ), [torch.size(x, 2)], p[0], p[1], epsilon)
