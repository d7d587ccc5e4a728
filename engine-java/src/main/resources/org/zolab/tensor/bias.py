  def bias(self: __torch__.M,
    b: Optional[Tensor],
    w: Tensor) -> Optional[Tensor]:
    # in the precision of w
    if torch.__is__(b, None):
      c = annotate(Optional[Tensor], None)
    else:
      c = annotate(Optional[Tensor], torch.type_as(unchecked_cast(Tensor, b), w))
    return c
