"""Products of matrices, in every combination of ranks."""

import numpy as np

from tinytorch.tensor.einsum import contract
from tinytorch.tensor.products import matmul, transposed_matmul

STRIDED = np.linspace(0.5, 2.0, 6).reshape(3, 2).T


def spelled(equation):
    first, second, result = equation.replace("->", ",").split(",")
    return {"first": first, "second": second, "result": result}


CASES = [
    *(
        (matmul, [x, y], {})
        for x, y in [
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 4)),
            ((2, 3), (3, 4)),
            ((2, 2, 3), (3,)),
            ((2, 2, 3), (3, 4)),
            ((3,), (2, 3, 4)),
            ((2, 3), (2, 3, 4)),
            ((2, 2, 3), (2, 3, 1)),
            ((2, 1, 2, 3), (3, 3, 1)),
            ((2, 2, 2, 3), (3, 2)),
            (STRIDED, STRIDED.T),
            ((2, 0), (0, 3)),
            ((2, 0, 3), (3, 2)),
        ]
    ),
    (matmul, [(2, 3), np.array([[1], [2], [3]])], {}),
    (transposed_matmul, [(2, 3), (2, 4)], {}),
    (transposed_matmul, [(2, 2, 3), (2, 2, 1)], {}),
    (transposed_matmul, [STRIDED, STRIDED], {}),
    (transposed_matmul, [(0, 2), (0, 3)], {}),
    *(
        (contract, [x, y], spelled(equation))
        for equation, x, y in [
            ("ij,jk->ik", (2, 3), (3, 4)),
            ("ij,jk->ki", (2, 3), (3, 4)),
            ("bqd,bkd->bqk", (2, 3, 2), (2, 4, 2)),
            ("ij,ij->i", (2, 3), (2, 3)),
            ("ij,ji->", (2, 3), (3, 2)),
            ("ij,ij->i", (1, 2), (3, 1)),
            ("ij,ij->", (3, 1), (1, 2)),
            ("ij,ij->i", (1, 2), (0, 2)),
            ("i,j->ji", (2,), (3,)),
            ("ij,i->ij", (2, 3), (2,)),
            ("ij,ij->ij", (1, 3), (2, 1)),
            ("ij,jk->ik", (2, 3), (1, 4)),
            ("ij,jk->ik", (2, 1), (3, 4)),
            ("bij,bjk->bik", (1, 2, 3), (2, 3, 2)),
            ("ij,jk->ik", (2, 0), (0, 2)),
            (",->", (), ()),
            ("ij,->ij", STRIDED, ()),
        ]
    ),
]
