  def attention(self: __torch__.M,
    q: Tensor,
    k: Tensor,
    v: Tensor) -> Tensor:
    # causal, [B, heads, T, width of a head]
    return torch.scaled_dot_product_attention(q, k, v, None, 0., True)
