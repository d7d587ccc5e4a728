  # What the stages of all families share, in the dialect of TorchScript archives. flat is where a stage's weights lie.
  # B rows, T tokens, H hidden, D width of the embedding, V vocabulary, N scored positions.
  def piece(self: __torch__.M,
    flat: Tensor,
    at: int,
    size: int,
    rows: int) -> Tensor:
    # one tensor: a vector if rows is 0
    x = torch.slice(flat, 0, at, at + size, 1)
    if rows > 0:
      x = torch.view(x, [rows, -1])
    return x
  def pieces(self: __torch__.M,
    flat: Tensor,
    at: int,
    sizes: List[int],
    rows: List[int]) -> List[Tensor]:
    # tensors that lie side by side, by one split, whose derivative is one tensor too
    total = 0
    for i in range(torch.len(sizes)):
      total = total + sizes[i]
    flats = torch.split_with_sizes(torch.slice(flat, 0, at, at + total, 1), sizes, 0)
    all = annotate(List[Tensor], [])
    for i in range(torch.len(sizes)):
      x = flats[i]
      if rows[i] > 0:
        x = torch.view(x, [rows[i], -1])
      all = torch.add(all, [x])
    return all
  def nothing(self: __torch__.M) -> List[Tensor]:
    # of a stage without weights
    return annotate(List[Tensor], [])
  def gather(self: __torch__.M,
    x: Tensor,
    at: Tensor) -> Tensor:
    # x [B, T, H], at [N] into B*T -> [N, H]
    return torch.index_select(torch.view(x, [-1, torch.size(x, 2)]), 0, at)
  def project(self: __torch__.M,
    y: Tensor,
    w: List[Tensor]) -> Tensor:
    # y [N, D], w a matrix [C, D] and perhaps a bias [C] -> [N, C]
    b = annotate(Optional[Tensor], None)
    if torch.len(w) > 1:
      b = w[1]
    return (self).linear(y, w[0], b, )
  def logits(self: __torch__.M,
    y: Tensor,
    w: List[Tensor],
    all: Tensor,
    first: int) -> Tensor:
    # columns first to first + C of all [N, V]
    c = torch.slice(all, 1, first, first + torch.size(w[0], 0), 1)
    return torch.copy_(c, (self).project(y, w, ), False)
  def scores(self: __torch__.M,
    all: Tensor,
    position: Tensor,
    token: Tensor) -> Tensor:
    # log p(token) at position, both [S], from logits [N, V]
    return torch.index(torch.log_softmax(all, 1), annotate(List[Optional[Tensor]], [position, token]))
  def room(self: __torch__.M,
    n: int,
    v: int) -> Tensor:
    return torch.empty([n, v], dtype=6, layout=None, device=None, pin_memory=None, memory_format=None)
