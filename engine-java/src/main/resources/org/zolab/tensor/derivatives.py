  # Derivatives of y [S], which was computed from the leaves.
  def leaf(self: __torch__.M,
    x: Tensor) -> Tensor:
    # an alias of x to differentiate by
    return torch.requires_grad_(torch.detach(x), True)
  def grad(self: __torch__.M,
    f: Tensor,
    leaves: List[Tensor],
    again: bool,
    keep: bool) -> List[Tensor]:
    # again: the derivatives can be differentiated; keep: so can f, once more
    g = torch.grad([f], leaves, None, keep, again, False)
    all = annotate(List[Tensor], [])
    for i in range(torch.len(g)):
      all = torch.add(all, [torch.contiguous(unchecked_cast(Tensor, g[i]))])
    return all
  def pullback(self: __torch__.M,
    y: Tensor,
    w: Tensor,
    leaves: List[Tensor],
    keep: bool) -> List[Tensor]:
    # of <w, y>; what y was computed from is forgotten unless kept
    return (self).grad(torch.dot(w, y), leaves, False, keep, )
  def second(self: __torch__.M,
    y: Tensor,
    w: Tensor,
    leaves: List[Tensor],
    v: List[Tensor]) -> List[Tensor]:
    # of <derivatives of <w, y>, v>, and at last by w, which is how y changes along v
    u = torch.requires_grad_(torch.detach(w), True)
    g = (self).grad(torch.dot(u, y), leaves, True, True, )
    s = torch.zeros([], dtype=6, layout=None, device=ops.prim.device(w), pin_memory=None)
    for i in range(torch.len(g)):
      s = torch.add(s, torch.dot(g[i], v[i]))
    return (self).grad(s, torch.add(leaves, [u]), False, True, )
