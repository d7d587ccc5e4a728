  def attention(self: __torch__.M,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Optional[Tensor]) -> Tensor:
    # [B, heads, T, width of a head]; mask is added to the scores, causal without one; the fused operator has no second derivative
    a, _0, = torch._scaled_dot_product_attention_math(q, k, v, mask, 0., torch.__is__(mask, None))
    return a
