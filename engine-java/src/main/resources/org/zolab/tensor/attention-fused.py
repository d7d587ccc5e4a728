  def attention(self: __torch__.M,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Optional[Tensor],
    causal: bool) -> Tensor:
    # [B, heads, T, width of a head]; mask, if any, is added to the scores
    return torch.scaled_dot_product_attention(q, k, v, mask, 0., causal)
