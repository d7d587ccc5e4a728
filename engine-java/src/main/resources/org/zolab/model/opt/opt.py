  # OPT (Zhang et al., arXiv 2205.01068), stage by stage, in the dialect of TorchScript archives.
  # B rows, T tokens, H hidden, D width of the embedding (H unless the model projects), F feed-forward.
  # Rows are padded on the right: with a causal mask no real token sees the padding.
  def embed(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor,
    positions: Tensor) -> Tensor:
    # p = rows [U, D], positions [P, H] and perhaps a projection [H, D]; ids [B, T] into rows, positions [B, T] or [1, T] -> [B, T, H]
    x = torch.embedding(p[0], ids)
    if torch.len(p) > 2:
      x = (self).linear(x, p[2], None, )
    return torch.add(x, torch.embedding(p[1], positions))
  def block(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    past: List[Tensor],
    places: Tensor,
    heads: int,
    pre: bool) -> Tensor:
    # x [B, T, H] -> [B, T, H]; pre: norms before attention and feed-forward, else after the residual
    norm1_w, norm1_b, qkv_b, out_b, norm2_w, norm2_b, up_b, down_b, qkv_w, out_w, up_w, down_w, = p
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    h = torch.size(x, 2)
    n = x
    if pre:
      n = torch.layer_norm(x, [h], norm1_w, norm1_b)
    qkv = torch.view((self).linear(n, qkv_w, qkv_b, ), [b, t, 3 * heads, h // heads])
    q, k, v, = torch.split(torch.transpose(qkv, 1, 2), heads, 1)
    x = torch.add(x, (self).linear((self).attend(q, k, v, past, places, 0, ), out_w, out_b, ))
    if not pre:
      x = torch.layer_norm(x, [h], norm1_w, norm1_b)
    n = x
    if pre:
      n = torch.layer_norm(x, [h], norm2_w, norm2_b)
    x = torch.add(x, (self).linear((self).linear_relu(n, up_w, up_b, ), down_w, down_b, ))
    if not pre:
      x = torch.layer_norm(x, [h], norm2_w, norm2_b)
    return x
  def last(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    at: Tensor,
    norm: bool) -> Tensor:
    # what the head multiplies, where scored: x [B, T, H], at [N] into B*T -> [N, D], by the final norm and a projection, if any
    y = (self).gather(x, at, )
    if norm:
      y = torch.layer_norm(y, [torch.size(y, 1)], p[0], p[1])
    if torch.len(p) % 2 == 1:
      y = (self).linear(y, p[-1], None, )
    return y
