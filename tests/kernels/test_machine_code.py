"""Machine code of one module is not found by another that has functions of the same names."""

import numpy as np
from numba import njit, types

from admf_kernels.arithmetic import power
from admf_kernels.ir_only import MachineCompiler
from tests.kernels.plain import callable_from_python


def into(x, out):
    """Fill ``out`` by a function that is too long to be inlined, and that can be called in a shorter way here."""
    out[0] = power(x, 1.5) + power(2.0 * x, 2.5)
    out[1] = power(x + 1.0, 3.5) - power(3.0 * x, 4.5)


def test_a_function_that_another_module_has_as_well_is_its_own() -> None:
    signature = types.void(types.float64, types.float64[::1])
    compiled = njit(signature, error_model="numpy", pipeline_class=MachineCompiler)(into)
    out = np.zeros(2)
    compiled(5.0, out)
    # With its own way of handing over arguments and result, whose code would end the process if it was mistaken.
    call = callable_from_python(power)
    assert out.tolist() == [call(5.0, 1.5) + call(10.0, 2.5), call(6.0, 3.5) - call(15.0, 4.5)]
