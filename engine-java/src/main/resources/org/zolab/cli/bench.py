  def product(self: __torch__.M,
    flat: Tensor,
    at: int,
    rows: int,
    columns: int,
    x: Tensor) -> Tensor:
    w = torch.view(torch.slice(flat, 0, at, at + rows * columns, 1), [rows, columns])
    return (self).linear(x, w, None, )
