"""The rules of ``docs/explanation/model.md`` as a plain SimPy model, independent of the engine."""
