  def attention(self: __torch__.M,
    q: Tensor,
    k: Tensor,
    v: Tensor) -> Tensor:
    # causal, [B, heads, T, width of a head]; the fused operator has no second derivative
    a, _0, = torch._scaled_dot_product_attention_math(q, k, v, None, 0., True)
    return a
