  # Llama, Qwen 2 and Mistral, stage by stage, in the dialect of TorchScript archives.
  # B rows, T tokens, H hidden, W width of a head.
  # Rows are padded on the right: with a causal mask no real token sees the padding.
  def embed(self: __torch__.M,
    p: List[Tensor],
    ids: Tensor) -> Tensor:
    # p = rows [U, H], ids [B, T] into rows -> [B, T, H]
    return torch.embedding(p[0], ids)
  def rotate(self: __torch__.M,
    x: Tensor,
    positions: Tensor,
    frequencies: Tensor) -> Tensor:
    # x [B, heads, T, W], positions [B, T] or [1, T]: at t number i of the first half of a head turns against that of the second by t*frequencies[i]
    angles = torch.mul(torch.unsqueeze(torch.unsqueeze(torch.to(positions, 7), 1), 3), frequencies)
    c = torch.to(torch.cos(angles), 6)
    s = torch.to(torch.sin(angles), 6)
    a, b, = torch.chunk(x, 2, -1)
    return torch.type_as(torch.cat([torch.sub(torch.mul(a, c), torch.mul(b, s)), torch.add(torch.mul(b, c), torch.mul(a, s))], -1), x)
  def block(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    past: List[Tensor],
    places: Tensor,
    first: int,
    heads: int,
    groups: int,
    window: int,
    epsilon: float,
    frequencies: Tensor) -> Tensor:
    # x [B, T, H], the first of a row at position first -> [B, T, H]
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    h = torch.size(x, 2)
    qkv_b = annotate(Optional[Tensor], None)
    if torch.len(p) > 6:
      qkv_b = p[2]
    qkv_w = p[-4]
    out_w = p[-3]
    gate_up_w = p[-2]
    down_w = p[-1]
    n = torch.rms_norm(x, [h], p[0], epsilon)
    qkv = torch.transpose(torch.view((self).linear(n, qkv_w, qkv_b, ), [b, t, heads + 2 * groups, -1]), 1, 2)
    qk, v, = torch.split_with_sizes(qkv, [heads + groups, groups], 1)
    q, k, = torch.split_with_sizes((self).rotate(qk, torch.add(places[0], first), frequencies, ), [heads, groups], 1)
    x = torch.add(x, (self).linear((self).attend(q, k, v, past, places, window, ), out_w, None, ))
    n = torch.rms_norm(x, [h], p[1], epsilon)
    gate, up, = torch.chunk((self).linear(n, gate_up_w, None, ), 2, -1)
    return torch.add(x, (self).linear(torch.mul(torch.silu(gate), up), down_w, None, ))
  def last(self: __torch__.M,
    p: List[Tensor],
    x: Tensor,
    at: Tensor,
    epsilon: float) -> Tensor:
    # the final norm, where scored: x [B, T, H], at [N] into B*T -> [N, H]
    return torch.rms_norm((self).gather(x, at, ), [torch.size(x, 2)], p[0], epsilon)
