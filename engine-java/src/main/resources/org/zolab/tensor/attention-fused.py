  def attention(self: __torch__.M,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Optional[Tensor]) -> Tensor:
    # [B, heads, T, width of a head]; mask is added to the scores, causal without one
    return torch.scaled_dot_product_attention(q, k, v, mask, 0., torch.__is__(mask, None))
