  def linear(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    # in the precision of w
    return torch.linear(torch.type_as(x, w), w, (self).bias(b, w, ))
  def linear_relu(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    return torch.relu((self).linear(x, w, b, ))
