  def halves(self: __torch__.M,
    size: int) -> Tensor:
    # zeros in bf16
    return torch.zeros([size], dtype=15, layout=None, device=None, pin_memory=None)
