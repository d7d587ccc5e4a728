  def linear(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    # in the precision of w
    return ops.mkldnn._linear_pointwise(torch.type_as(x, w), w, (self).bias(b, w, ), "none", annotate(List[Optional[number]], []), "")
  def linear_relu(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    return ops.mkldnn._linear_pointwise(torch.type_as(x, w), w, (self).bias(b, w, ), "relu", annotate(List[Optional[number]], []), "")
