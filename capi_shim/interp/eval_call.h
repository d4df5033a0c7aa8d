/* eval_call.h: the part of eval.c's loop that calls and returns.  Included inside `run`, nowhere else.
 *
 * A call's operands are base[0], base[1], arguments: (NULL, callable) or (method, self).  Whoever wants a
 * Python function to run sets fn, argv, nargs, kwnames, init_self and after, and goes to enter_python. */

L_CALL: {
    PyObject **base = sp - pc->a - 2, *callable;
    SAVE();
    init_self = NULL;
    kwnames = pc->b ? consts[pc->b - 1] : NULL;
    if (base[0] == NULL && Py_TYPE(base[1]) == &PyMethod_Type) {
        PyMethodObject *method = (PyMethodObject *)base[1];
        base[0] = method->im_func;
        base[1] = method->im_self;
    }
    callable = base[0] != NULL ? base[0] : base[1];
    argv = base + (base[0] != NULL ? 1 : 2);
    nargs = sp - argv;
    if (CACHE(gcrt_cache_call)->misses < QUICKEN_LIMIT)
        eval_call_specialize(pc, callable, nargs, base[0] != NULL, kwnames != NULL);
    if (kwnames != NULL)
        nargs -= PyTuple_GET_SIZE(kwnames);
    after = base;
    if (function_is(callable) && ((PyFunctionObject *)callable)->vectorcall == _PyFunction_Vectorcall) {
        fn = (PyFunctionObject *)callable;
        goto enter_python;
    }
    value = eval_call_c(callable, argv, nargs, kwnames);
    CHECKED(value);
    sp = base;
    PUSH(value);
    NEXT(CACHE_WORDS_CALL);
}
L_CALL_PY: {
    PyObject **base = sp - pc->a - 2;
    PyObject *callable = base[0] != NULL ? base[0] : base[1];
    gcrt_cache_call *cache = CACHE(gcrt_cache_call);
    if (GCRT_UNLIKELY(!function_is(callable) || ((PyFunctionObject *)callable)->func_code != cache->key)) {
        if (Py_TYPE(callable) != &PyMethod_Type || ((PyMethodObject *)callable)->im_func != cache->callable) {
            cache->misses += cache->misses < UINT16_MAX;
            pc->op = OP_CALL;
        }
        goto L_CALL;
    }
    SAVE();
    fn = (PyFunctionObject *)callable;
    argv = base + (base[0] != NULL ? 1 : 2);
    nargs = sp - argv;
    after = base;
    init_self = NULL;
    PyCodeObject *code = cache->key;
    if (GCRT_UNLIKELY(pc->b != 0)) {
        kwnames = consts[pc->b - 1];
        nargs -= PyTuple_GET_SIZE(kwnames);
        goto enter_python;
    }
    kwnames = NULL;
    if (GCRT_UNLIKELY(code->jit_entry != NULL || !code->simple_args || nargs != code->co_argcount))
        goto enter_python;
    frame->sp = after;
    gcrt_frame *callee = frame_push_raw(ts, fn, code);
    CHECKED(callee);
    frame = callee;
    PyObject **slot = callee->slots;
    pc = code->insns;
    consts = code->consts;
    for (Py_ssize_t i = 0; i < nargs; i++)
        *slot++ = argv[i];
    sp = callee->sp;
    while (slot < sp)
        *slot++ = NULL;
    DISPATCH();
}
L_CALL_CFUNCTION: {
    PyObject **base = sp - pc->a - 2;
    gcrt_cache_call *cache = CACHE(gcrt_cache_call);
    PyMethodDef *def = cache->key;
    PyObject *callable = base[0] != NULL ? base[0] : base[1], *self;
    argv = base + (base[0] != NULL ? 1 : 2);
    nargs = sp - argv;
    if (callable == cache->callable && Py_TYPE(callable) == &PyMethodDescr_Type) {
        if (nargs == 0 || !PyObject_TypeCheck(argv[0], ((PyMethodDescrObject *)callable)->d_common.d_type))
            goto L_CALL;
        self = *argv++;
        nargs--;
    }
    else if (Py_TYPE(callable) == &PyCFunction_Type && ((PyCFunctionObject *)callable)->m_ml == def)
        self = ((PyCFunctionObject *)callable)->m_self;
    else {
        cache->misses += cache->misses < UINT16_MAX;
        pc->op = OP_CALL;
        goto L_CALL;
    }
    SAVE();
    switch (def->ml_flags & ~(METH_COEXIST | METH_STATIC | METH_CLASS)) {
    case METH_O:
        if (nargs != 1)
            goto L_CALL;
        value = def->ml_meth(self, argv[0]);
        break;
    case METH_NOARGS:
        if (nargs != 0)
            goto L_CALL;
        value = def->ml_meth(self, NULL);
        break;
    case METH_FASTCALL:
        value = ((_PyCFunctionFast)(void (*)(void))def->ml_meth)(self, argv, nargs);
        break;
    case METH_FASTCALL | METH_KEYWORDS:
        value = ((_PyCFunctionFastWithKeywords)(void (*)(void))def->ml_meth)(self, argv, nargs, NULL);
        break;
    default:
        goto L_CALL;
    }
    value = call_checked(callable, value);
    CHECKED(value);
    sp = base;
    PUSH(value);
    NEXT(CACHE_WORDS_CALL);
}
L_CALL_TYPE: {
    PyObject **base = sp - pc->a - 2;
    gcrt_cache_call *cache = CACHE(gcrt_cache_call);
    PyTypeObject *type = (PyTypeObject *)base[1];
    if (GCRT_UNLIKELY(base[0] != NULL || (void *)type != cache->key || type->tp_version_tag != cache->version)) {
        cache->misses += cache->misses < UINT16_MAX;
        pc->op = OP_CALL;
        goto L_CALL;
    }
    SAVE();
    init_self = type_new_instance(type);
    CHECKED(init_self);
    if (cache->callable == NULL) { /* object.__init__, no arguments */
        sp = base;
        PUSH(init_self);
        NEXT(CACHE_WORDS_CALL);
    }
    base[1] = init_self;
    fn = (PyFunctionObject *)cache->callable;
    argv = base + 1;
    nargs = sp - argv;
    kwnames = pc->b ? consts[pc->b - 1] : NULL;
    if (kwnames != NULL)
        nargs -= PyTuple_GET_SIZE(kwnames);
    after = base;
    goto enter_python;
}
L_CALL_FUNCTION_EX: {
    PyObject **base = sp - 3 - (pc->a & 1), *callable = base[1], *args = base[2];
    PyObject *kwargs = pc->a & 1 ? base[3] : NULL;
    SAVE();
    if (kwargs != NULL && PyDict_CheckExact(kwargs) && PyDict_GET_SIZE(kwargs) == 0)
        kwargs = NULL;
    if (kwargs == NULL && function_is(callable) && PyTuple_CheckExact(args) &&
        ((PyFunctionObject *)callable)->vectorcall == _PyFunction_Vectorcall) {
        fn = (PyFunctionObject *)callable;
        argv = &PyTuple_GET_ITEM(args, 0);
        nargs = PyTuple_GET_SIZE(args);
        kwnames = init_self = NULL;
        after = base;
        goto enter_python;
    }
    value = eval_call_ex(callable, args, kwargs);
    CHECKED(value);
    sp = base;
    PUSH(value);
    NEXT(0);
}
enter_python: {
    PyCodeObject *code = (PyCodeObject *)fn->func_code;
    SAVE();
    frame->sp = after;
    if (code->jit_entry != NULL) {
        value = call_native(fn, argv, nargs, kwnames);
        if (init_self != NULL)
            value = init_result(value, init_self);
        CHECKED(value);
        sp = after;
        PUSH(value);
        pc += insn_words[pc->op];
        DISPATCH();
    }
    gcrt_frame *callee = frame_push(ts, fn, code);
    CHECKED(callee);
    if (code->simple_args && kwnames == NULL && nargs == code->co_argcount)
        memcpy(callee->slots, argv, (size_t)nargs * sizeof *argv);
    else if (frame_bind_args(fn, code, callee->slots, argv, nargs, kwnames) < 0) {
        frame_pop(ts, callee);
        goto error;
    }
    if (init_self != NULL) {
        callee->flags = GCRT_FRAME_INIT;
        callee->init_self = init_self;
    }
    frame = callee;
    LOAD_FRAME();
    DISPATCH();
}
enter_loop: {
    /* Compiled code takes the frame over and finishes it.  It knows nothing of INIT. */
    uint32_t flags = frame->flags;
    init_self = frame->init_self;
    frame->flags &= ~(uint32_t)GCRT_FRAME_INIT;
    for (uint32_t i = 0; i < frame->code->n_localsplus; i++)
        strgrow_share(SLOT(i));
    SAVE();
    frame->sp = sp;
    value = CACHE(gcrt_cache_loop)->entry(ts, frame);
    if (value == GCRT_JIT_LEFT_NEXT || value == GCRT_JIT_LEFT_RAISE) {
        frame->flags = flags;
        frame = ts->frame;
        LOAD_FRAME();
        if (value == GCRT_JIT_LEFT_RAISE)
            goto error;
        DISPATCH();
    }
    frame = ts->frame;
    if (flags & GCRT_FRAME_INIT)
        value = init_result(value, init_self);
    if (flags & GCRT_FRAME_ENTRY)
        return value;
    if (value != NULL)
        goto returned;
    LOAD_FRAME();
    goto error;
}
L_RETURN_VALUE: {
    value = POP();
    if (GCRT_UNLIKELY(frame->flags != 0 || frame->object != NULL))
        goto return_slow;
    gcrt_frame *back = frame->back;
    ts->stack_top = (char *)frame;
    ts->recursion_left++;
    ts->frame = frame = back;
}
returned:
    /* `value` is the result of the call that frame->pc made. */
    LOAD_FRAME();
    PUSH(value);
    pc += insn_words[pc->op];
    DISPATCH();
return_slow: {
    uint32_t flags = frame->flags;
    SAVE();
    if (flags & GCRT_FRAME_GENERATOR) {
        gen_leave(ts, gen_of_frame(frame), GEN_CLOSED);
        if (flags & GCRT_FRAME_ENTRY)
            return value;
        /* The instruction that stepped the generator: FOR_ITER or SEND.  It ends now. */
        frame = ts->frame;
        LOAD_FRAME();
        if (pc->op == OP_SEND)
            sp[-1] = value;
        else
            sp--;
        JUMP_TO(pc->a);
    }
    if (flags & GCRT_FRAME_INIT)
        value = init_result(value, frame->init_self);
    frame_pop(ts, frame);
    if (flags & GCRT_FRAME_ENTRY)
        return value;
    frame = ts->frame;
    if (value != NULL)
        goto returned;
    LOAD_FRAME();
    goto error;
}
L_MAKE_FUNCTION: {
    uint32_t flags = pc->a;
    ptrdiff_t n = 1 + !!(flags & 1) + !!(flags & 2) + !!(flags & 4) + !!(flags & 8);
    REPLACE(n, eval_make_function(ts, frame, flags, sp));
    NEXT(0);
}
L_LOAD_BUILD_CLASS:
    REPLACE(0, eval_load_build_class(frame));
    NEXT(0);
