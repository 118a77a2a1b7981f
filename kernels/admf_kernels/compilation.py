"""How kernels are compiled: the decorators that the whole package uses.

``error_model="numpy"`` keeps a division from being able to raise. A method that can raise hides its reference
counting from Numba's pruning, and an atomic count at every call doubles the time of a bar. No function here is
called from Python when compilation is on, so none gets the wrapper for that: wrappers would take longer to
compile than the functions.
"""

import numpy as np
from numba import njit

_WITHOUT_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

#: A function of its own, for the rare path and for scalar arithmetic.
kernel = njit(error_model="numpy", **_WITHOUT_WRAPPERS)

#: Inlined in Numba's own representation, for the path that every bar takes. Such a function takes arrays without
#: counting references to them, so it must not branch around an array or a jitclass.
inlined = njit(error_model="numpy", inline="always", **_WITHOUT_WRAPPERS)

#: A user's function: divisions raise as they do in Python. Said openly, because Numba hands the caller's model down.
user_function = njit(error_model="python", **_WITHOUT_WRAPPERS)

#: Plain numbers as arguments. Numba compiles a function anew for every literal that it is called with, and for every
#: Python integer that it finds in a module; it does not for numbers of NumPy.
NOTHING = np.int64(0)
FIRST = np.int64(0)
ALL = np.int64(-1)
YES = np.bool_(True)
NO = np.bool_(False)
