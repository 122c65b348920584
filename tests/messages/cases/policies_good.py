"""A policy that is right; loading a scenario looks at it and runs nothing."""


def hire(env, org, role, limit=1):
    yield env.timeout(1)


raise RuntimeError("loading a scenario runs nothing")
