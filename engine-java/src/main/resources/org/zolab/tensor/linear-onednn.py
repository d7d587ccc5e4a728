  def linear(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")
  def linear_relu(self: __torch__.M,
    x: Tensor,
    w: Tensor,
    b: Optional[Tensor]) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, w, b, "relu", annotate(List[Optional[number]], []), "")
