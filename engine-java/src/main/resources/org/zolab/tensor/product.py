  def product(self: __torch__.M,
    x: Tensor,
    w: Tensor) -> Tensor:
    return (self).linear(x, w, None, )
