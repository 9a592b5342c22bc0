"""The Emscripten runtime in WebAssembly text: C++ exceptions, memory growth, and a world without files.

An exception is a block of the module's memory with a header of 24 bytes before it:

    -24 reference count | -20 type | -16 destructor | -12 caught, -11 rethrown (bytes) | -8 adjusted pointer

Where newer and older Emscripten differ (a CatchInfo object against the header's last field) compiled code sees an
opaque pointer, so this one layout serves both. Source: Emscripten, src/library_exceptions.js.

`$m` is the module's memory, `$s` ours: candidate types of a search at 0, the stack of caught exceptions from 1024.
"""

from __future__ import annotations

__all__ = ["BODIES", "PRELUDE", "TYPES_AT", "stub_body"]

TYPES_AT = 0
_CAUGHT_AT = 1024

PRELUDE = f"""
(memory $s 2)
(tag $exception (param i32))
(global $last (mut i32) (i32.const 0))
(global $uncaught (mut i32) (i32.const 0))
(global $top (mut i32) (i32.const {_CAUGHT_AT}))
(global $temp (mut i32) (i32.const 0))
(func $push (param $exception i32)
  (i32.store $s (global.get $top) (local.get $exception))
  (global.set $top (i32.add (global.get $top) (i32.const 4))))
(func $pop (result i32)
  (global.set $top (i32.sub (global.get $top) (i32.const 4)))
  (i32.load $s (global.get $top)))
(func $header (param $exception i32) (param $offset i32) (result i32)
  (i32.sub (local.get $exception) (local.get $offset)))
;; The catch clause that takes the last exception: the exception as result, its type in $temp.
(func $find (param $candidates i32) (result i32)
  (local $thrown i32) (local $type i32) (local $index i32) (local $candidate i32)
  (local.set $thrown (global.get $last))
  (if (i32.eqz (local.get $thrown)) (then (global.set $temp (i32.const 0)) (return (i32.const 0))))
  (i32.store $m (call $header (local.get $thrown) (i32.const 8)) (local.get $thrown))
  (local.set $type (i32.load $m (call $header (local.get $thrown) (i32.const 20))))
  (if (i32.eqz (local.get $type)) (then (global.set $temp (i32.const 0)) (return (local.get $thrown))))
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $index) (local.get $candidates)))
    (local.set $candidate (i32.load $s (i32.add (i32.const {TYPES_AT}) (i32.shl (local.get $index) (i32.const 2)))))
    (br_if $done (i32.eqz (local.get $candidate)))
    (br_if $done (i32.eq (local.get $candidate) (local.get $type)))
    (if (call $__cxa_can_catch (local.get $candidate) (local.get $type) (call $header (local.get $thrown) (i32.const 8)))
      (then (global.set $temp (local.get $candidate)) (return (local.get $thrown))))
    (local.set $index (i32.add (local.get $index) (i32.const 1)))
    (br $next)))
  (global.set $temp (local.get $type))
  (local.get $thrown))
"""

_ALLOCATE = "(i32.add (call $malloc (i32.add (local.get 0) (i32.const 24))) (i32.const 24))"
_THROW = """
  (i64.store $m (call $header (local.get 0) (i32.const 24)) (i64.const 0))
  (i64.store $m (call $header (local.get 0) (i32.const 16)) (i64.const 0))
  (i64.store $m (call $header (local.get 0) (i32.const 8)) (i64.const 0))
  (i32.store $m (call $header (local.get 0) (i32.const 20)) (local.get 1))
  (i32.store $m (call $header (local.get 0) (i32.const 16)) (local.get 2))
  (global.set $last (local.get 0))
  (global.set $uncaught (i32.add (global.get $uncaught) (i32.const 1)))
  (throw $exception (local.get 0))"""
_BEGIN_CATCH = """
  (local $count i32)
  (if (i32.eqz (i32.load8_u $m (call $header (local.get 0) (i32.const 12)))) (then
    (i32.store8 $m (call $header (local.get 0) (i32.const 12)) (i32.const 1))
    (global.set $uncaught (i32.sub (global.get $uncaught) (i32.const 1)))))
  (i32.store8 $m (call $header (local.get 0) (i32.const 11)) (i32.const 0))
  (call $push (local.get 0))
  (local.set $count (call $header (local.get 0) (i32.const 24)))
  (i32.store $m (local.get $count) (i32.add (i32.load $m (local.get $count)) (i32.const 1)))
  (if (call $__cxa_is_pointer_type (i32.load $m (call $header (local.get 0) (i32.const 20))))
    (then (return (i32.load $m (local.get 0)))))
  (if (i32.load $m (call $header (local.get 0) (i32.const 8)))
    (then (return (i32.load $m (call $header (local.get 0) (i32.const 8))))))
  (local.get 0)"""
_END_CATCH = """
  (local $caught i32) (local $count i32)
  (call $setThrew (i32.const 0) (i32.const 0))
  (local.set $caught (call $pop))
  (local.set $count (i32.load $m (call $header (local.get $caught) (i32.const 24))))
  (i32.store $m (call $header (local.get $caught) (i32.const 24)) (i32.sub (local.get $count) (i32.const 1)))
  (if (i32.and (i32.eq (local.get $count) (i32.const 1))
               (i32.eqz (i32.load8_u $m (call $header (local.get $caught) (i32.const 11))))) (then
    (if (i32.load $m (call $header (local.get $caught) (i32.const 16))) (then
      (drop (call_indirect $functions (param i32) (result i32)
        (local.get $caught) (i32.load $m (call $header (local.get $caught) (i32.const 16)))))))
    (call $free (call $header (local.get $caught) (i32.const 24)))))
  (global.set $last (i32.const 0))"""
_RETHROW = """
  (local $caught i32)
  (local.set $caught (call $pop))
  (if (i32.eqz (i32.load8_u $m (call $header (local.get $caught) (i32.const 11)))) (then
    (call $push (local.get $caught))
    (i32.store8 $m (call $header (local.get $caught) (i32.const 11)) (i32.const 1))
    (i32.store8 $m (call $header (local.get $caught) (i32.const 12)) (i32.const 0))
    (global.set $uncaught (i32.add (global.get $uncaught) (i32.const 1)))))
  (global.set $last (local.get $caught))
  (throw $exception (local.get $caught))"""
_RESUME = """
  (if (i32.eqz (global.get $last)) (then (global.set $last (local.get 0))))
  (throw $exception (local.get 0))"""

# Up to 2 GiB, as soljson.js allows; by a fifth at least, so that growth stays rare.
_RESIZE = """
  (local $pages i32) (local $wanted i32) (local $generous i32)
  (local.set $pages (memory.size $m))
  (if (i32.gt_u (local.get 0) (i32.const 2147483648)) (then (return (i32.const 0))))
  (local.set $wanted (i32.shr_u (i32.add (local.get 0) (i32.const 65535)) (i32.const 16)))
  (local.set $generous (i32.div_u (i32.mul (local.get $pages) (i32.const 6)) (i32.const 5)))
  (if (i32.gt_u (local.get $generous) (i32.const 32768)) (then (local.set $generous (i32.const 32768))))
  (if (i32.lt_u (local.get $wanted) (local.get $generous)) (then (local.set $wanted (local.get $generous))))
  (i32.ne (memory.grow $m (i32.sub (local.get $wanted) (local.get $pages))) (i32.const -1))"""

# What solc prints (never an answer) is dropped: the lengths are added up and reported as written.
_FD_WRITE = """
  (local $written i32)
  (block $done (loop $next
    (br_if $done (i32.eqz (local.get 2)))
    (local.set $written (i32.add (local.get $written) (i32.load $m offset=4 (local.get 1))))
    (local.set 1 (i32.add (local.get 1) (i32.const 8)))
    (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
    (br $next)))
  (i32.store $m (local.get 3) (local.get $written))
  (i32.const 0)"""
_NO_ENVIRONMENT = """
  (i32.store $m (local.get 0) (i32.const 0)) (i32.store $m (local.get 1) (i32.const 0)) (i32.const 0)"""

BODIES = {
    "___cxa_allocate_exception": _ALLOCATE,
    "___cxa_free_exception": "(call $free (call $header (local.get 0) (i32.const 24)))",
    "___cxa_throw": _THROW,
    "___cxa_begin_catch": _BEGIN_CATCH,
    "___cxa_end_catch": _END_CATCH,
    "___cxa_rethrow": _RETHROW,
    "___resumeException": _RESUME,
    "___cxa_uncaught_exceptions": "(global.get $uncaught)",
    "_llvm_eh_typeid_for": "(local.get 0)",
    "_getTempRet0": "(global.get $temp)",
    "_setTempRet0": "(global.set $temp (local.get 0))",
    "_emscripten_memcpy_big": "(memory.copy $m $m (local.get 0) (local.get 1) (local.get 2))",
    "_emscripten_resize_heap": _RESIZE,
    "_environ_sizes_get": _NO_ENVIRONMENT,
    "_environ_get": "(i32.const 0)",
    "_fd_write": _FD_WRITE,
    "_fd_close": "(i32.const 52)",
    "_fd_read": "(i32.const 52)",
    "_fd_seek": "(i32.const 70)",
    "_clock_gettime": "(i64.store $m (local.get 1) (i64.const 0)) (i32.const 0)",
    "__emscripten_get_now_is_monotonic": "(i32.const 1)",
}
"""JavaScript function -> its body, its parameters being locals 0, 1, ..."""

_ANSWER_ZERO = (
    "___sys",
    "__emscripten_date_now",
    "_emscripten_get_now",
    "_strftime_l",
    "_signal",
    "_pthread_join",
)


def stub_body(function: str, result: str) -> str:
    """Body of a function that solc links but does not need: 0 for the system, a trap (abort, exit) for the rest."""
    if result and function.startswith(_ANSWER_ZERO):
        return f"({result}.const 0)"
    return "(unreachable)"
