"""How an operation of JAX is computed on each device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.extend.core import Primitive
from jax.interpreters import mlir


def implement(primitive: Primitive, plain: Callable[..., Any], on_cpu: Callable[..., Any]) -> None:
    """Register how a primitive is computed: by ``on_cpu`` on a CPU, by ``plain`` elsewhere.

    Its keyword arguments are static and must be hashable. Both functions return an array, or a
    tuple of them if the primitive has several results.
    """
    anywhere = mlir.lower_fun(plain, multiple_results=primitive.multiple_results)
    here = mlir.lower_fun(on_cpu, multiple_results=primitive.multiple_results)

    def for_cpu(
        ctx: mlir.LoweringRuleContext, *args: mlir.ir.Value, **params: object
    ) -> Sequence[mlir.ir.Value]:
        # A program that jax.export writes may run in another process or on another machine, where
        # the accelerator is missing, so it must not call the accelerator. JAX has no public way to
        # ask whether it is exporting. If the attribute below is missing, jax.export itself refuses
        # to write a call of the accelerator.
        parameters = ctx.module_context.lowering_parameters
        is_exported = getattr(parameters, "for_export", False)
        values: Sequence[mlir.ir.Value] = (anywhere if is_exported else here)(ctx, *args, **params)
        return values

    mlir.register_lowering(primitive, anywhere)
    mlir.register_lowering(primitive, for_cpu, platform="cpu")
    bind = jax.jit(
        lambda *args, **params: primitive.bind(*args, **params),
        static_argnames=("layout", "problem"),
    )
    primitive.def_impl(bind)
