"""LLVM text to native code.  llvmlite is imported here and nowhere else: with the first hot function."""

from __future__ import annotations

import llvmlite.binding as llvm


class NativeCompiler:
    """Optimizes modules for this machine and keeps the code that it has made."""

    def __init__(self) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_default_triple()
        self._machine = target.create_target_machine(
            cpu=llvm.get_host_cpu_name(),
            features=llvm.get_host_cpu_features().flatten(),
            opt=2,
            reloc="static",
            codemodel="large",
            jit=True,
        )
        # One engine owns the machine and every module.
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self._machine)

    def compile(self, text: str, symbol: str, want_text: bool = False) -> tuple[int, str, str]:
        """Address of the symbol's code; with want_text also the optimized module and the assembly."""
        module = llvm.parse_assembly(text)
        module.triple = self._machine.triple
        module.data_layout = str(self._machine.target_data)
        options = llvm.create_pipeline_tuning_options(speed_level=2)
        options.loop_vectorization = False
        options.slp_vectorization = False
        builder = llvm.create_pass_builder(self._machine, options)
        # The module pipeline takes half as long again, and there is nothing in it for one function whose
        # allocations are inlined.
        inliner = llvm.create_new_module_pass_manager()
        inliner.add_always_inliner_pass()
        inliner.run(module, builder)
        builder.getFunctionPassManager().run(module.get_function(symbol), builder)
        optimized = str(module) if want_text else ""
        assembly = self._machine.emit_assembly(module) if want_text else ""
        self._engine.add_module(module)
        self._engine.finalize_object()
        return self._engine.get_function_address(symbol), optimized, assembly
