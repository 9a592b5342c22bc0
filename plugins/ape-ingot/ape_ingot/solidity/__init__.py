"""What the sources say about the code that runs: functions, statements, and the program counters that belong to them.

    compiled sources (`project`) -> functions and statements (`syntax`) -> program counters (`code`, `program`)
        -> tracebacks (`origin`, `walk`, `traceback`) and coverage (`coverage`)

Ape's compiler stays as it is: what it leaves out is asked of solc once more, when somebody looks.
"""
